"""Corners of the order that no row of `cases` is about: what one repair leaves to another."""

from __future__ import annotations

from typing import Any

from mistral_sanitize import explain, sanitize
from tests import jsonpatch

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
