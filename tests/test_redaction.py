"""A payload that is redacted says nothing of the user's, and is judged as the payload is."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from mistral_sanitize import check, explain
from mistral_sanitize.redaction import redact
from mistral_sanitize.strategies import openai_payloads
from tests.laws import law
from tests.payloads import payloads
from tests.rules import CASES, Case
from tests.rules.words import PNG, call, calls, image, request, result, said, text, thinking, user

SECRETS = (
    "hunter2secret", "SKABCDEFGHIJ", "geheimnis", "anna.kowalska@corp.example", "4111111111111111",
    "пароль", "Rumpelstiltskin",
)  # fmt: skip


def judged(payload: Any, **options: Any) -> tuple[Any, Any]:
    """What a report and `check` say: places, rules, losses and codes, without values."""
    report = explain(payload, **options)
    changes = [(c.op, _bare(c.path), c.from_path, c.rule, c.lossy) for c in report.changes]
    return changes, [(_bare(p.path), p.code, p.status) for p in check(payload, **options)]


def _bare(path: str) -> str:
    """A path without the names that are the user's."""
    return re.sub(r"/(properties|\$defs|metadata)/[^/]*", r"/\1/*", path)


def planted(secret: str) -> dict[str, Any]:
    """A request with a secret in every place that is a user's."""
    tool = {"type": "function", "function": {
        "name": f"get_{secret}"[:60], "description": secret, "parameters": {
            "type": "object", "title": secret, "$id": f"https://{secret}.example/s",
            "properties": {secret: {"type": "string", "enum": [secret, "b"], "default": secret,
                                    "pattern": secret, "format": secret, "const": secret},
                           "n": {"$ref": f"#/$defs/{secret}"}},
            "required": [secret], "$defs": {secret: {"description": secret}}}}}  # fmt: skip
    return {
        "model": "mistral-small-latest",
        "messages": [
            {"role": "system", "content": secret, "name": secret},
            user([text(f"Hi, {secret}!"), image(f"https://{secret}.example/a.png?k={secret}"),
                  image(PNG), {"type": "document_url", "document_url": secret,
                               "document_name": secret}]),
            said([thinking(secret), text(secret)], reasoning_content=secret),
            calls(call(f"call_{secret}", f"get_{secret}"[:60], json.dumps({"q": secret, "n": 1}))),
            result(f"call_{secret}", json.dumps([{"name": secret}])),
            calls(call(f"call_2_{secret}", f"get_{secret}"[:60], {"q": [secret], secret: 41})),
            result(f"call_2_{secret}", [text(secret)]),
            {"role": secret, "content": {"a": secret}},
            user(secret),
        ],
        "tools": [tool], "tool_choice": {"type": "function", "function": {"name": secret}},
        "metadata": {secret: secret, "n": 41}, "user": secret, "stop": [secret],
        "response_format": {"type": "json_schema", "json_schema": {
            "name": secret, "description": secret, "schema": {"properties": {secret: {}}}}},
        "prediction": {"type": "content", "content": secret}, "prompt_cache_key": secret,
        "safety_identifier": secret, "a_field_of_tomorrow": {"x": [secret]}, "seed": 7,
    }  # fmt: skip


@pytest.mark.parametrize("secret", SECRETS)
def test_planted_secrets(secret: str) -> None:
    """A secret that stands in every place of the user's is nowhere in what is shared."""
    shared = json.dumps(redact(planted(secret)), ensure_ascii=False)

    assert secret.lower() not in shared.lower()
    for part in secret.split("."):
        assert len(part) < 5 or part.lower() not in shared.lower()


@pytest.mark.parametrize("secret", SECRETS)
def test_a_case_is_judged_alike(secret: str) -> None:
    """The report and `check` name the same places, rules and losses."""
    payload = planted(secret)

    assert judged(redact(payload)) == judged(payload)


@pytest.mark.parametrize("case", [c for c in CASES if "messages" in c.before], ids=str)
def test_rows_are_judged_alike(case: Case) -> None:
    """So they do of every row of every rule that is of a conversation, but for what is named."""
    options = dict(case.options)

    assert judged(redact(case.before), **options) == judged(case.before, **options)


SPOKEN = frozenset((
    "content", "text", "thinking", "reasoning_content", "reasoning", "refusal", "description",
    "title", "default", "user", "stop", "signature",
))  # fmt: skip
"""Keys under which a client's user, its model or its author wrote something."""


def seeded(value: Any, secret: str, key: object = None) -> Any:
    """The payload with a secret behind every text, and as an argument of every call."""
    if isinstance(value, dict):
        return {inner: seeded(value[inner], secret, inner) for inner in value}
    if isinstance(value, list):
        return [seeded(item, secret, key) for item in value]
    if key == "arguments" and isinstance(value, str) and value[:1] == "{":
        return json.dumps({**json.loads(value), "q": secret})
    return f"{value} {secret}" if isinstance(value, str) and key in SPOKEN else value


@law
@given(openai_payloads(), st.text("bcdefghijkmnop", min_size=7, max_size=12))
def test_a_secret_in_every_text(payload: dict[str, Any], secret: str) -> None:
    """Of whatever clients send: no secret is in what is shared, and it is judged as the payload."""
    payload = seeded(payload, secret)
    shared = redact(payload)

    assert secret not in json.dumps(shared)
    assert judged(shared) == judged(payload)


SOUND = b"\0" * 20


@pytest.mark.parametrize("head", [
    b"RIFF\x24\x08\x00\x91WAVEfmt ", b"RIFF\x24\x08\x00\x91AVI LIST", b"ID3\x04", b"fLaC", b"OggS",
    b"\xff\xfb\x90", b"\xff\xf3\x40", b"\xff\xf1\x50", b"%PDF-1.7", b"no sound at all, this",
], ids=repr)  # fmt: skip
@pytest.mark.parametrize("broken", [False, True])
def test_what_a_file_is_can_be_seen(head: bytes, *, broken: bool) -> None:
    """A sound is one afterwards, and what is none is refused as it was; lines may be broken."""
    data = (base64.encodebytes if broken else base64.b64encode)(head + SOUND * 5).decode()
    part = {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}
    payload = request(user([part]), model="voxtral-small-latest")

    assert judged(redact(payload)) == judged(payload)


@pytest.mark.parametrize("ids", [
    [f"call_{number}" for number in range(12)],
    ["chatcmpl-tool-e3e70682c2094cac629f6fbed82c07cd",
     "chatcmpl-tool-f728b4fa42485e3a0a5d2f346baa9455"],
    ["вызов", "ответ"], ["٣٤", "٣٥"], ["1234567890123456", "1234567890123457"],
], ids=str)  # fmt: skip
def test_ids_stay_apart(ids: list[str]) -> None:
    """Two ids are two afterwards, in whatever letters: as many calls have a result."""
    payload = request(
        user("x"), calls(*(call(i, "f", "{}") for i in ids)), *(result(i, "y") for i in ids)
    )
    shared = redact(payload)

    assert len({made["id"] for made in shared["messages"][1]["tool_calls"]}) == len(ids)
    assert judged(shared) == judged(payload)


def test_a_name_keeps_its_signs() -> None:
    """A name that could be base64 is none: it is as legal as it was."""
    payload = request(user("x"), calls(call("aaaaaaaaa", "abcdefghijk0000/", "{}")),
                      result("aaaaaaaaa", "y"))  # fmt: skip

    assert judged(redact(payload)) == judged(payload)


def test_shapes_stay() -> None:
    """Lengths, cases, signs, schemes and codings stay; what is the same stays the same."""
    payload = request(
        user([text("Hello, World 42!"), image(PNG), image("https://e.org/a_b.png")]),
        calls(call("call_1", "get weather", '{"city": "Paris", "days": 10, "now": true}')),
        result("call_1", '{"ok": [1, 2.5, null]}'),
        temperature=0.7, seed=3, reasoning_effort="high", a_field_of_tomorrow="x y",
    )  # fmt: skip

    redacted = redact(payload)
    content = redacted["messages"][0]["content"]
    made, answer = redacted["messages"][1]["tool_calls"][0], redacted["messages"][2]

    assert (redacted["temperature"], redacted["seed"]) == (0.7, 3)
    assert redacted["reasoning_effort"] == "high"
    assert len(content[0]["text"]) == len("Hello, World 42!")
    assert content[0]["text"][5:7] == ", " and content[0]["text"][-1] == "!"
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,iVBORw")
    assert content[2]["image_url"]["url"].startswith("https://")
    assert made["id"] == answer["tool_call_id"] != "call_1"
    assert " " in made["function"]["name"]
    assert json.loads(made["function"]["arguments"]).keys() != {"city", "days", "now"}
    assert list(json.loads(made["function"]["arguments"]).values())[1:] == [10, True]
    assert json.loads(answer["content"])
    assert payload["messages"][0]["content"][0]["text"] == "Hello, World 42!"


def test_a_payload_is_a_dict() -> None:
    """Anything else is a TypeError, as everywhere."""
    with pytest.raises(TypeError, match="a payload is a dict, not list"):
        redact([])  # type: ignore[arg-type]


@law
@given(payloads())
def test_total(payload: dict[Any, Any]) -> None:
    """Any payload is redacted without an exception, and is as it was."""
    before = repr(payload)

    shared = redact(payload)

    note(f"{shared}")
    assert repr(payload) == before
    assert shared.keys() == payload.keys()


def test_deep() -> None:
    """What is deeper than anybody reads is left out."""
    inner: Any = "secret"
    for _ in range(50_000):
        inner = [inner]

    assert "secret" not in repr(redact({"metadata": {"a": inner}, "x": inner}))
