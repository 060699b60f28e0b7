"""Corners of the order that no row of `cases` is about: what one repair leaves to another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mistral_sanitize import Sanitizer, explain, sanitize
from tests import jsonpatch
from tests.cases.neighbours import neighbours
from tests.payloads import subclassed

USER = {"role": "user", "content": "Hi"}


def ask(*messages: Any) -> dict[str, Any]:
    return {"model": "mistral-small-latest", "messages": list(messages)}


def test_a_single_call_as_content() -> None:
    """A part of Anthropic's that is the whole content is taken apart like one in a list."""
    use = {"type": "tool_use", "id": "abcdefghi", "name": "f", "input": {"a": 1}}
    payload = ask(USER, {"role": "assistant", "content": use})
    report = explain(payload)
    call = report.payload["messages"][1]["tool_calls"][0]
    assert call["function"] == {"name": "f", "arguments": '{"a":1}'}
    assert jsonpatch.apply(payload, report.as_json_patch()) == report.payload
    assert sanitize(report.payload) is report.payload


def test_a_result_in_a_message_that_becomes_the_users_late() -> None:
    """It cannot be taken apart any more, and is kept as text."""
    late = {"role": "system", "content": [{"type": "tool_result", "content": "42"}]}
    payload = ask(USER, {"role": "assistant", "content": "Well."}, late, USER)
    report = explain(payload)
    assert "42" in report.payload["messages"][2]["content"][0]["text"]
    assert jsonpatch.apply(payload, report.as_json_patch()) == report.payload
    assert sanitize(report.payload) is report.payload


def cached(role: str, text: str) -> dict[str, Any]:
    part = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
    return {"role": role, "content": [part]}


def test_marks_on_texts_go_and_the_texts_stay() -> None:
    """Of the user and of the assistant, of the first message and of later ones."""
    payload = ask(cached("user", "a"), cached("assistant", "b"), cached("user", "c"))
    for first in (0, 1):
        asked = ask(*payload["messages"][first:], USER)
        report = explain(asked)
        said = [m["content"] for m in report.payload["messages"][:-1]]
        assert said == [[{"type": "text", "text": text}] for text in "abc"[first:]]
        assert {change.rule for change in report.changes} == {"unknown-key"}
        assert jsonpatch.apply(asked, report.as_json_patch()) == report.payload
        assert sanitize(report.payload) is report.payload


def test_what_says_nothing_goes_without_a_word() -> None:
    """An empty refusal and a null of sound beside a reasoning that the walk looks at."""
    said = {"role": "assistant", "content": "b", "refusal": "", "audio": None, "reasoning": "r"}
    report = explain(ask(USER, said, USER))
    lossless = {change.path: change.lossy for change in report.changes}
    assert lossless["/messages/1/refusal"] is False
    assert lossless["/messages/1/audio"] is False
    assert report.payload["messages"][1]["content"][-1] == {"type": "text", "text": "b"}


def test_a_function_call_beside_the_calls_of_another() -> None:
    """The old name adds its call where no call of that name stands."""
    call = {"id": "abcdefghi", "type": "function", "function": {"name": "g", "arguments": "{}"}}
    said = {"role": "assistant", "content": "", "tool_calls": [call, "odd"],
            "function_call": {"name": "f", "arguments": "{}"}}  # fmt: skip
    calls = sanitize(ask(USER, said))["messages"][1]["tool_calls"]
    assert [c["function"]["name"] for c in calls if isinstance(c, dict)] == ["g", "f"]


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org", "detail": "low"}}
COMMON: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "See"}, IMAGE]},
    {"role": "assistant", "content": "Yes.", "prefix": False},
    USER,
    {"role": "assistant", "content": [{"type": "text", "text": "Look."}], "tool_calls": [
        {"id": "aaaaaaaa1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"id": "call_2", "function": {"name": "g", "arguments": "{}"}, "index": 1},
    ]},
    {"role": "tool", "tool_call_id": "aaaaaaaa1", "name": "f", "content": "1"},
    {"role": "tool", "tool_call_id": "call_2", "content": "2"},
    {"role": "assistant", "content": [{"type": "text", "text": "So."}, IMAGE]},
    {"role": "user", "content": [{"type": "image_url", "image_url": "https://example.org"}]},
]  # fmt: skip
"""A conversation of messages that the quick pass knows, of each role and shape."""

NEAR = [(at, put) for at, m in enumerate(COMMON) for put in ("", "2024-09-17", "without")]


@pytest.mark.parametrize(("at", "how"), NEAR)
def test_near_what_is_common(at: int, how: str) -> None:
    """The quick pass and the walk agree on every message that is near a common one."""
    options: dict[str, Any] = {"profile": how} if how[:1] == "2" else {}
    sanitizer = Sanitizer(**options, disable=("unknown-key",) if how == "without" else ())
    for message in (COMMON[at], *neighbours(COMMON[at])):
        payload = ask(*COMMON[:at], message, *COMMON[at + 1 :])

        plain, odd = sanitizer.explain(payload), sanitizer.explain(subclassed(payload))

        assert json.dumps(plain.payload) == json.dumps(odd.payload)
        assert bool(plain.lossy) == bool(odd.lossy)
        assert plain.payload == jsonpatch.apply(payload, plain.as_json_patch())
        assert sanitizer.sanitize(plain.payload) is plain.payload
