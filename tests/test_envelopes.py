"""Refusals are read however they are wrapped, and what echoes the request is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_sanitize.report import Report
from mistral_sanitize.rules.ids import new_name
from mistral_sanitize.validation.envelopes import MAX_DEPTH, Sentence, findings
from mistral_sanitize.validation.refusals import repair_refused
from tests.test_refusals import CASES, Case, ask, extra, said


def parsed(body: Any) -> Any:
    """The response as a gateway has it: the JSON object, if it is one."""
    if isinstance(body, bytes):
        body = body.decode()
    try:
        return json.loads(body) if isinstance(body, str) else body
    except ValueError:
        return body


def text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body)


def openrouter(body: Any) -> Any:
    metadata = {"raw": text(body), "provider_name": "Mistral"}
    return {"error": {"message": "Provider returned error", "code": 422, "metadata": metadata}}


def litellm(body: Any) -> Any:
    message = (
        f"litellm.BadRequestError: MistralException - {text(body)}. Received Model "
        "Group=mistral-small\nAvailable Model Group Fallbacks=None"
    )
    return {"error": {"message": message, "type": None, "param": None, "code": "400"}}


def azure(body: Any) -> Any:
    inner = body if isinstance(body, dict) else {"message": body}
    return {"error": {"code": "Invalid input", "status": 422, **inner}}


def one_api(body: Any) -> Any:
    error = {"message": text(body), "type": "upstream_error", "param": "422", "code": "bad"}
    return {"error": error}


def sentence(body: Any) -> Any:
    return {"error": f"upstream said: {text(body)}"}


def status_line(body: Any) -> Any:
    return f"Error code: 422 - {text(body)}"


def python(body: Any) -> Any:
    return f"Error code: 400 - {body!r}" if isinstance(body, dict) else status_line(body)


def quoted(body: Any) -> Any:
    return {"message": f"status 422, body {json.dumps(text(body))}, try again"}


def in_bytes(body: Any) -> Any:
    return {"detail": f"Request failed: {text(body).encode()!r}"}


def in_a_list(body: Any) -> Any:
    return [{"success": False, "errors": [{"code": 5007, "message": body}]}]


def lambda_proxy(body: Any) -> Any:
    return {"statusCode": 422, "headers": {"x": "y"}, "body": text(body)}


WRAPPERS: tuple[Callable[[Any], Any], ...] = (
    openrouter, litellm, azure, one_api, sentence, status_line, python, quoted, in_bytes,
    in_a_list, lambda_proxy,
)  # fmt: skip
READ = [case for case in CASES if not isinstance(parsed(case.body), str)]


def told(report: Report | None) -> list[tuple[str, str, str, Any]]:
    assert report is not None
    return [(c.op, c.path, c.rule, c.after) for c in report.changes]


@pytest.mark.parametrize("wrap", WRAPPERS, ids=lambda wrap: wrap.__name__)
def test_a_wrapped_refusal_has_the_same_cure(wrap: Callable[[Any], Any]) -> None:
    """Whatever gateway the refusal came through, as parsed JSON, text and bytes."""
    for case in READ:
        wrapped = wrap(parsed(case.body))
        bodies = [wrapped, text(wrapped), text(wrapped).encode()]
        for body in bodies if isinstance(wrapped, (dict, list)) else bodies[1:]:
            assert told(repair_refused(case.payload, case.status, body)) == case.changes, case.id


@given(st.sampled_from(READ), st.lists(st.sampled_from(WRAPPERS), min_size=2, max_size=5))
def test_in_any_nesting(case: Case, wraps: list[Callable[[Any], Any]]) -> None:
    """One law: wrapping a refusal, and wrapping that, gives the same cure."""
    body = parsed(case.body)
    for wrap in wraps:
        body = wrap(body)
    assert told(repair_refused(case.payload, case.status, text(body))) == case.changes


def test_words_before_and_behind() -> None:
    """At the body's own level only JSON counts: words there are a log's."""
    body = json.dumps({"detail": [extra("store")]})
    for around in ("HTTP 422: {}", "{}\n", 'said "{}"', "<p>{}</p>", "a {{ b }} {}"):
        report = repair_refused(ask(store=1), 422, around.replace("{}", body))
        assert told(report) == [("remove", "/store", "refused-extra", None)], around
    assert repair_refused(ask(logprobs=1), 400, "Logprobs are not enabled: {}") is None


def test_entries_as_python_prints_them() -> None:
    """FastAPI's exceptions, as text: tuples, quotes of both kinds, a comma at the end."""
    entry = {"type": "extra_forbidden", "loc": ("body", "store"), "msg": "it's", "x": ('"',)}
    for message in (str([entry, entry]), f"1 validation error:\n  {entry}\n  File (x.py)"):
        report = repair_refused(ask(store=1), 422, {"object": "error", "message": message})
        assert told(report) == [("remove", "/store", "refused-extra", None)]


@pytest.mark.parametrize(
    "name",
    ['{"message": "Logprobs are not enabled"}', "{'message': 'Logprobs are not enabled'}"],
)
def test_json_that_a_refusal_quotes_is_not_a_refusal(name: str) -> None:
    """The words around JSON decide, where they are a refusal that quotes it."""
    payload = ask(logprobs=True, tools=[{"function": {"name": name}}])
    report = repair_refused(payload, 400, said(f"Function name was {name} but must be a-z"))
    assert told(report) == [
        ("replace", "/tools/0/function/name", "refused-name", new_name(name, ()))
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"error": "x", "request": {"detail": [extra("store")]}},
        {"error": "x", "headers": {"x-error": json.dumps({"detail": [extra("store")]})}},
        {"error": "x", "payload": json.dumps({"detail": [extra("store")]})},
        {"detail": [{**extra("user"), "input": {"detail": [extra("store")]}}]},
        {"error": {"messages": [{"role": "user", "content": json.dumps(extra("store"))}]}},
        {"error": [{"role": "user", "content": json.dumps(extra("store"))}]},
    ],
)
def test_what_echoes_the_request_is_not_read(body: Any) -> None:
    """A user may have written anything, a refusal of Mistral's included."""
    assert repair_refused(ask(store=1), 422, body) is None


def test_the_likeliest_is_read_first() -> None:
    """Of several refusals in one response, that where Mistral puts its own; any kind of bytes."""
    for key in ("detail", "message", "error"):
        body = {"also": {"detail": [extra("user")]}, key: {"detail": [extra("store")]}}
        for each in (body, json.dumps(body), bytearray(json.dumps(body).encode())):
            report = repair_refused(ask(store=1, user="x"), 422, each)
            assert told(report) == [("remove", "/store", "refused-extra", None)]


def test_where_words_are_json() -> None:
    """From the first character of the JSON to the one behind it."""
    sentence = Sentence("a {} b", ((2, 4),))
    assert [sentence.is_parsed(index) for index in range(6)] == [
        False, False, True, True, False, False,
    ]  # fmt: skip
    assert next(findings({"message": "a {} b"})) == sentence


@pytest.mark.parametrize("wrap", [lambda body: {"error": body}, lambda body: [body]])
def test_depth_is_bounded(wrap: Callable[[Any], Any]) -> None:
    """A refusal at the last depth that is read is read, and the next is not."""
    body: Any = {"detail": [extra("store")]}
    for _ in range(MAX_DEPTH - 1):
        body = wrap(body)
    assert repair_refused(ask(store=1), 422, body) is not None
    assert repair_refused(ask(store=1), 422, wrap(body)) is None


def test_size_is_bounded() -> None:
    """Neither many values, nor many braces, nor much text take long, or more than is left."""
    many = {"errors": [{"x": 1}] * 20_000, "z": {"detail": [extra("store")]}}
    assert repair_refused(ask(store=1), 422, many) is None
    refusal = json.dumps({"detail": [extra("store")]})
    assert repair_refused(ask(store=1), 422, "{x " * 31 + refusal) is not None
    assert repair_refused(ask(store=1), 422, "{x " * 32 + refusal) is None
    assert repair_refused(ask(store=1), 422, refusal + " " * (1 << 24)) is None
    itself: dict[str, Any] = {}
    itself["error"] = [itself, itself]
    assert repair_refused(ask(store=1), 422, itself) is None


def test_json_that_is_cut_short() -> None:
    """Half a list of entries is not a list of entries; whole words beside it are read."""
    whole = json.dumps({"detail": [extra("store"), extra("user")]})
    for end in (-1, -10, -60):
        assert repair_refused(ask(store=1), 422, whole[:end]) is None
    cut = '{"message": "Logprobs are not enabled for this mod'
    assert told(repair_refused(ask(logprobs=True), 400, {"error": f"upstream said: {cut}"})) == [
        ("remove", "/logprobs", "refused-model-option", None)
    ]


@given(st.text("{}[]'\"\\():,abx0 \n") | st.binary())
def test_any_text_whatever(body: str | bytes) -> None:
    """Nothing raises, and a text without JSON holds nothing."""
    for found in findings(body):
        assert isinstance(found, list) or found.text in str(body) or found.text
    assert list(findings({"message": "plain"})) == [("plain", ())]
