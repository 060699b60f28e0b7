"""No value of a payload is in anything that the library says: each law over secrets in every place.

What is named in docs/explanation/security.md stays as named: paths are made of keys; and
`Change.before` and `.after`, `Report.payload`, `.names` and `.ids`, `.as_json_patch()`,
`Problem.message` and ``--format patch`` have values because they are asked for them. The adapters,
with headers and keys, are in `adapters/test_leaks_adapters.py`.
"""

from __future__ import annotations

import gzip
import io
import json
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from mistral_sanitize import (
    Change,
    InvalidBodyError,
    Problem,
    Report,
    Sanitizer,
    check,
    explain,
    repair_refused,
    restore,
    sanitize,
    sanitize_json,
)
from mistral_sanitize.body import AdapterOptions, sanitize_body
from mistral_sanitize.completions import explain_completion
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import RULES
from mistral_sanitize.strategies.faults import FAULTS
from mistral_sanitize.testing import StrictMistral
from tests.command import run
from tests.tools.hostile import GROWING
from tests.tools.leaks import NUMBER, SECRET, Overheard, leaked, planted

CHAT = "/v1/chat/completions"
EVERY = Sanitizer(
    profile="2024-09-17", enable=[rule.id for rule in RULES.values() if not rule.default]
)
SANITIZER = Sanitizer()

TAKEN: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
}
FULL: dict[str, Any] = {
    **TAKEN,
    "tools": [{"type": "function", "function": {
        "name": "f", "description": "d", "parameters": {
            "type": "object", "title": "t", "properties": {"a": {"type": "string", "enum": ["b"]}},
            "required": ["a"]}}}],
    "tool_choice": {"type": "function", "function": {"name": "f"}},
    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"a": "b"}}},
    "messages": [
        {"role": "user", "content": [
            {"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": "u"}},
            {"type": "input_audio", "input_audio": "a"}, {"type": "file", "file_id": "i"},
            {"type": "document_url", "document_url": "d"}]},
        {"role": "assistant", "content": "c", "tool_calls": [
            {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "abcdefghi", "name": "f", "content": "r"},
    ],
    "stop": ["s"], "temperature": 0.5, "random_seed": 3, "metadata": {"k": "v"}, "n": 1,
    "prediction": {"type": "content", "content": "p"}, "reasoning_effort": "high", "user": "u",
    "guardrails": [{"block_on_error": True, "moderation_llm_v1": {"action": "block"}}],
}  # fmt: skip
"""Something in every field."""


def payloads() -> Iterator[tuple[str, dict[str, Any]]]:
    """A request with every field, one with each known fault, one of each hostile kind."""
    yield "full", FULL
    for name, fault in FAULTS.items():
        yield name, fault(TAKEN)
    for name, make in GROWING.items():
        yield name, make(2)


PAYLOADS = dict(payloads())
NAMES = [
    pytest.param(name, marks=[pytest.mark.full] if name in GROWING else []) for name in PAYLOADS
]


def assert_silent(overheard: Overheard) -> None:
    assert leaked(overheard.text) is None


def see(overheard: Overheard, report: Report | None) -> None:
    """All that a report prints as; its text again after pickling."""
    if report is None:
        return
    overheard.see(report, report.changes, *report.changes, *report.lossy)
    overheard.see(pickle.loads(pickle.dumps(report)))
    overheard.said += [f"{change.reason} {change.rule} {change.op}" for change in report.changes]


@pytest.mark.parametrize("name", NAMES)
def test_reports_and_problems(name: str) -> None:
    """Reports, changes and problems print no value: in any place, of all rules."""
    overheard = Overheard()
    for payload in planted(PAYLOADS[name]):
        for sanitizer in (SANITIZER, EVERY):
            with overheard.listening():
                see(overheard, overheard.told(partial(sanitizer.explain, payload)))
                for problem in overheard.told(partial(sanitizer.check, payload)) or ():
                    overheard.see(problem)
                    overheard.said += [problem.words, problem.code, problem.type, str(problem.loc)]
    assert_silent(overheard)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_endpoint(endpoint: str) -> None:
    """Likewise where the payload is not of the endpoint at all."""
    overheard = Overheard()
    sanitizer = SANITIZER.with_endpoint(endpoint)
    for base in (FULL, {"model": "m", "input": ["a"], "prompt": "b", "suffix": "c"}):
        for payload in planted(base):
            with overheard.listening():
                see(overheard, sanitizer.explain(payload))
                overheard.see(*sanitizer.check(payload))
    assert_silent(overheard)


SPOILED: dict[str, Callable[[str], bytes]] = {
    "cut": lambda text: text[:-1].encode(),
    "cut in a secret": lambda text: text[: text.rindex(SECRET) + 4].encode(),
    "goes on": lambda text: (text + SECRET).encode(),
    "a list": lambda text: f"[{text}]".encode(),
    "a text": lambda text: f'"{SECRET}"'.encode(),
    "a bare word": lambda text: text.replace(f'"{SECRET}', SECRET, 1).encode(),
    "no UTF-8": lambda text: text.encode().replace(SECRET.encode(), SECRET.encode() + b"\xff", 1),
    "a lone surrogate, not escaped": lambda text: text.encode("utf-8") + b"\xed\xa0\x80",
    "UTF-16 cut": lambda text: text.encode("utf-16")[:-1],
    "a number too long": lambda text: f'{{"a":"{SECRET}","n":{"9" * 5000}}}'.encode(),
    "a control character": lambda text: text.replace(SECRET, SECRET + "\n", 1).encode(),
    "too deep": lambda text: (f'{{"a":"{SECRET}","b":' + "[" * 100_000).encode(),
    "an escape that is none": lambda text: text.replace(SECRET, SECRET + "\\q", 1).encode(),
}
LABELS = ("", "gzip", "deflate", "br", "zstd", f"{SECRET}", f"gzip, {SECRET}", "gzip, gzip")


@pytest.mark.parametrize("name", SPOILED)
def test_bodies_that_cannot_be_read(name: str) -> None:
    """`InvalidBodyError`, refusals and the log say where, and quote neither body nor header."""
    (*_, every, _) = planted(FULL)
    body = SPOILED[name](json.dumps(every))
    overheard = Overheard()
    with overheard.listening():
        for given in (body, bytearray(body), memoryview(body)):
            assert overheard.told(lambda given=given: sanitize_json(given)) is None
        overheard.told(lambda: sanitize_json(body.decode("utf-8", "surrogateescape")))
        for label in LABELS:
            for kind in ("application/json", f"application/json; charset={SECRET}"):
                for sent in (body, gzip.compress(body), body + b"x"):
                    exchange = AdapterOptions(retry_refused=True).exchange(
                        "POST", CHAT, kind, label
                    )
                    assert exchange is not None
                    result = exchange.clean(sent)
                    overheard.see(result, result.error)
                    if result.error is not None:
                        overheard.said += [result.error.message, result.error.body.decode()]
                    exchange.cure(sent, 422, body, label)
    assert_silent(overheard)


def test_an_exchange_does_not_print_its_headers() -> None:
    """Neither the Content-Type nor the Content-Encoding of a request is printed."""
    overheard = Overheard()
    exchange = AdapterOptions().exchange("POST", CHAT, f"application/json; x={SECRET}", SECRET)
    overheard.see(exchange)
    assert_silent(overheard)


@pytest.mark.parametrize("name", NAMES)
def test_bodies_that_are_changed(name: str) -> None:
    """The log, `Result` and the report of a body, before and after it was asked for."""
    overheard = Overheard()
    reports: list[Report] = []
    exchange = AdapterOptions(on_report=reports.append).exchange("POST", CHAT)
    assert exchange is not None
    for payload in planted(PAYLOADS[name]):
        body = json.dumps(payload).encode()
        with overheard.listening():
            for result in (exchange.clean(body), sanitize_body(body, sanitizer=EVERY)):
                overheard.see(result)
                see(overheard, result.report)
                overheard.see(result)
    assert reports or name == "messages"  # that one is without, and nothing can be repaired
    assert_silent(overheard)


ODD: tuple[Any, ...] = (SECRET, SECRET.encode(), [SECRET], NUMBER, {SECRET}, (SECRET,), None)


@pytest.mark.parametrize("function", [sanitize, explain, check])
def test_what_is_no_payload(function: Callable[[Any], Any]) -> None:
    """A `TypeError` names the type, not the value."""
    overheard = Overheard()
    for odd in ODD:
        with pytest.raises(TypeError) as caught:
            function(odd)
        overheard.hear(caught.value)
    assert_silent(overheard)


SAYINGS = ("Tool call id was {} but must be a-z", "Function name was {} but must be",
           "Unexpected tool call id {} in tool results", "Invalid model: {}", "{} is not enabled",
           "reasoning_effort='{}' is not supported", "does not support {}")  # fmt: skip


def test_refusals() -> None:
    """What `repair_refused` finds, in answers full of secrets, is told without them."""
    overheard = Overheard()
    for payload in planted(FULL):
        answers: list[Any] = [{"message": said.format(f"{SECRET}3")} for said in SAYINGS]
        for kind in ("extra_forbidden", "enum", "less_than_equal", "string_type", SECRET):
            for loc in (["body", "metadata", "k"], ["body", "messages", 0, "user", SECRET],
                        ["body", "n"], ["body", "tool_choice"], [SECRET], "body.user"):  # fmt: skip
                entry = {"type": kind, "loc": loc, "msg": SECRET, "input": SECRET, "ctx": {"le": 1}}
                answers.append({"detail": [entry]})
        with overheard.listening():
            for answer in answers:
                for form in (answer, json.dumps(answer), json.dumps(answer)[:-2], repr(answer)):
                    see(overheard, overheard.told(partial(repair_refused, payload, 422, form)))
        if NUMBER in payload.values():
            break  # the first of each sort is enough here: the last payloads have all of them
    assert_silent(overheard)


def test_answers() -> None:
    """`restore` raises nothing and says nothing, whatever the answer is."""
    overheard = Overheard()
    report = explain({**FULL, "tools": [{"type": "function", "function": {"name": "a b"}}]})
    answer = {"choices": [{"message": {"tool_calls": [
        {"id": "x", "function": {"name": "a_b", "arguments": "{}"}}]}}]}  # fmt: skip
    with overheard.listening():
        for odd in planted(answer):
            overheard.told(lambda odd=odd: restore(odd, report))
        for odd in ODD:
            overheard.told(lambda odd=odd: restore(odd, report))
    assert len(overheard.said) == 1  # what was printed, and that is nothing
    assert_silent(overheard)


def test_completions() -> None:
    """What `explain_completion` and the body of a completion tell is by rule and place alone."""
    overheard = Overheard()
    report = explain({**FULL, "tools": [{"type": "function", "function": {"name": "a b"}}]})
    content = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}], "signature": "s"},
        {"type": "text", "text": "Yes"},
        {"type": "reference", "reference_ids": ["r"]},
    ]
    call = {"id": "null", "function": {"name": "a_b", "arguments": {"a": "b"}}}
    said = {"content": content, "tool_calls": [call]}
    choice = {"message": said, "delta": said, "finish_reason": "error"}
    exchange = AdapterOptions(
        SANITIZER, completions="openai", on_completion=overheard.see
    ).exchange("POST", CHAT, "application/json")
    assert exchange is not None
    with overheard.listening():
        for odd in planted({"id": "c", "choices": [choice]}):
            overheard.see(overheard.told(lambda odd=odd: explain_completion(odd, report)))
            for kind in ("application/json", "text/event-stream"):
                body = exchange.completion([report], 200, kind)
                assert body is not None
                event = b"data: " + json.dumps(odd).encode() + b"\n\n"
                body.feed(event if body.is_stream else event[6:])
                body.close()
                overheard.see(body.report)
    assert_silent(overheard)


def test_objects_of_the_library() -> None:
    """Sanitizers, hooks and what `StrictMistral` received print neither payload nor header."""
    overheard = Overheard()
    mistral = StrictMistral(keys={SECRET}, text=SECRET, json_text=SECRET)
    overheard.see(mistral, SANITIZER, EVERY, AdapterOptions(SANITIZER, print))
    for payload in planted(FULL):
        body = json.dumps(payload).encode()
        environ = {"REQUEST_METHOD": "POST", "PATH_INFO": CHAT, "CONTENT_LENGTH": str(len(body)),
                   "HTTP_AUTHORIZATION": f"Bearer {SECRET}", "HTTP_X_API_KEY": SECRET,
                   "wsgi.input": io.BytesIO(body)}  # fmt: skip
        with overheard.listening():
            list(mistral.wsgi(environ, lambda *_: None))
    assert len(mistral.requests) > 100
    overheard.see(*mistral.requests)
    overheard.see(Change("add", "/a", None, "r", "why", False, SECRET, SECRET))
    overheard.see(Problem("/a", "1", "w {}", quoted=SECRET))
    assert_silent(overheard)


@pytest.mark.parametrize(("status", "key"), [(401, ""), (401, f"{SECRET}wrong"), (422, SECRET)])
def test_a_key_is_not_in_an_answer(status: int, key: str) -> None:
    """What `StrictMistral` refuses, it refuses without the key, right or wrong."""
    answered: list[Any] = []
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": CHAT, "CONTENT_LENGTH": "2",
               "HTTP_AUTHORIZATION": f"Bearer {key}", "wsgi.input": io.BytesIO(b"{}")}  # fmt: skip
    mistral = StrictMistral(keys={SECRET})
    body = b"".join(mistral.wsgi(environ, lambda *said: answered.append(said)))
    assert answered[0][0].startswith(str(status))
    assert leaked(f"{answered} {body!r}") is None


def test_errors_of_internal_faults() -> None:
    """Where a rule of ours failed, the command says which exception it was, and no more."""
    (*_, every, behind) = planted(FULL)
    bodies = [every, behind, {"custom_id": SECRET, "body": SECRET},
              {"custom_id": [SECRET], "body": {}},
              {"custom_id": SECRET, "body": {}, "url": SECRET}]  # fmt: skip
    overheard = Overheard()
    for argv in ([], ["--check"], ["--format=json"], ["--check", "--format=json"], ["--strict"]):
        for lines in ("--lines", "--no-lines"):
            for body in bodies:
                for text in (json.dumps(body), json.dumps(body)[:-3], json.dumps([body]), SECRET):
                    ran = run(*argv, lines, stdin=text.encode())
                    overheard.said.append(ran.err)
    assert_silent(overheard)


@pytest.mark.parametrize("argv", [(), ("--check",), ("--format=json",)], ids=str)
@pytest.mark.parametrize("name", ["full", *FAULTS])
def test_the_command(name: str, argv: tuple[str, ...]) -> None:
    """Standard error has no value: as a document and as lines; nor has the terminal's colour."""
    overheard = Overheard()
    every = [*planted(PAYLOADS[name])]
    lines = "\n".join(map(json.dumps, every)).encode()
    overheard.said.append(run(*argv, "--lines", stdin=lines).err)
    for payload in every[-2:]:
        overheard.said.append(run(*argv, stdin=json.dumps(payload).encode()).err)
    assert_silent(overheard)


def test_the_listener_hears() -> None:
    """What is to be overheard is: a secret that is said in any way is found."""
    import logging
    import sys
    import warnings

    def told(*ways: Callable[[], object]) -> Iterator[str]:
        for way in ways:
            overheard = Overheard()
            with overheard.listening():
                overheard.told(way)
            yield overheard.text

    def behind() -> None:
        try:
            raise KeyError(SECRET)
        except KeyError:
            raise InvalidBodyError("no") from None

    def raising() -> None:
        raise ValueError(NUMBER)

    for text in told(
        lambda: logging.getLogger("some.where").debug("%s", SECRET),
        lambda: logging.getLogger("mistral_sanitize").debug("x", extra={"a": SECRET}),
        lambda: warnings.warn(SECRET, stacklevel=1),
        lambda: print(SECRET, file=sys.stderr),
        behind,
        raising,
    ):
        assert leaked(text) is not None
