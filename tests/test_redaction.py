"""A payload that is redacted says nothing of the user's, and is judged as the payload is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, note

from mistral_sanitize import check, explain
from mistral_sanitize.redaction import redact
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
