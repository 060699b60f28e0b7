"""Parts in other keys than the content, and parts that are messages or calls of their own."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from mistral_sanitize import explain, sanitize
from tests.payloads import subclassed
from tests.rules.words import text, user

RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "said#1"}
USE = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": "said#2"}}

PARTS: tuple[tuple[str, list[Any]], ...] = (
    ("user", [RESULT]), ("user", [RESULT, text("said#3")]), ("user", ["said#3", RESULT]),
    ("assistant", [USE]), ("assistant", [text("said#3"), USE]), ("assistant", ["said#3", USE]),
)  # fmt: skip
CONTENTS: tuple[Any, ...] = (..., None, "", "said#4", [text("said#4")])
OTHERS: tuple[dict[str, Any], ...] = ({}, {"refusal": "said#5"}, {"cache": True})


def cases() -> list[dict[str, Any]]:
    """Messages with such parts under each key that carries parts, alone and beside others."""
    made = []
    for key, (role, parts), content, more in product(
        ("content", "parts", "images", "text"), PARTS, CONTENTS, OTHERS
    ):
        if (role == "user" and "refusal" in more) or (key == "content" and content is not ...):
            continue
        message = {"role": role, **more, key: parts}
        made.append(message if content is ... else {**message, "content": content})
        if key == "parts":
            made.append({**message, "text": "said#6"})
    return made


@pytest.mark.parametrize("message", cases(), ids=str)
def test_folding_and_splitting_in_one_pass(message: dict[str, Any]) -> None:
    """Folded first and split then, in one pass: the second finds nothing, whatever the types are.

    What is said is said once.
    """
    call = {"id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    before = [] if message["role"] == "assistant" else [{"role": "assistant", "tool_calls": [call]}]
    payload = {"model": "mistral-small-latest", "messages": [user(), *before, message]}

    report = explain(payload)
    written = json.dumps(report.payload)

    assert sanitize(report.payload) is report.payload
    assert json.dumps(sanitize(subclassed(payload))) == written
    assert "tool_use" not in written
    assert "tool_result" not in written
    for said in (f"said#{n}" for n in range(1, 7)):
        assert written.count(said) == json.dumps(message).count(said)
