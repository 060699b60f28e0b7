"""The items of the Responses API's ``input``: known ones become messages, others are named."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_sanitize import check, explain, sanitize
from tests.rules.words import thinking

REASONS = "magistral-medium-latest"
USER = {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
SAID = {"type": "message", "role": "assistant", "status": "completed",
        "content": [{"type": "output_text", "text": "Yes.", "annotations": []}]}  # fmt: skip
CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "done"}

UNKNOWN = (
    "web_search_call", "tool_search_call", "compaction", "code_interpreter_call", "mcp_call",
    "image_generation_call", "mcp_list_tools", "file_search_call", "additional_tools",
    "item_reference", "computer_call", "of_tomorrow",
)  # fmt: skip


def messages_of(items: list[Any]) -> tuple[list[Any], bool]:
    """The messages that the items become, and whether something was lost; checked and stable."""
    report = explain({"model": REASONS, "input": items})
    assert check(report.payload) == ()
    assert sanitize(report.payload) is report.payload
    return report.payload["messages"], bool(report.lossy)


@pytest.mark.parametrize("kind", UNKNOWN)
@pytest.mark.parametrize("at", range(6))
def test_an_unknown_item_goes_alone(kind: str, at: int) -> None:
    """An item that is not a message goes, lossy, wherever it is: the others become messages."""
    items: list[Any] = [USER, CALL, OUTPUT, SAID, USER]
    expected, lossy = messages_of(items)
    assert not lossy
    assert len(expected) == 5

    items.insert(at, {"type": kind, "id": "i_1", "status": "completed", "action": {"query": "q"}})

    assert messages_of(items) == (expected, True)


def test_an_item_with_a_role_that_says_nothing() -> None:
    """Tools that a developer adds are no empty message; what a developer says is one."""
    tools = {"type": "additional_tools", "role": "developer", "tools": [{"type": "function"}]}

    assert messages_of([USER, tools, USER]) == (messages_of([USER, USER])[0], True)
    kept, _ = messages_of([{"role": "developer", "content": "Be brief."}, USER])
    assert kept[0] == {"role": "system", "content": "Be brief."}


@pytest.mark.parametrize(
    ("item", "thoughts", "lossy"),
    [
        ({"summary": [{"type": "summary_text", "text": "s"}]}, ["s"], False),
        ({"summary": [], "content": [{"type": "reasoning_text", "text": "r"}]}, ["r"], False),
        ({"content": [{"type": "reasoning_text", "text": "r"}]}, ["r"], False),
        (
            {"summary": [{"type": "summary_text", "text": "s"}],
             "content": [{"type": "reasoning_text", "text": "r"}]},
            ["s", "r"], False,
        ),
        ({"summary": "s", "encrypted_content": "x"}, ["s"], True),
    ],
    ids=str,
)  # fmt: skip
def test_reasoning_items(item: dict[str, Any], thoughts: list[str], lossy: bool) -> None:
    """A reasoning item keeps its text, in whichever of its two places it is."""
    messages, lost = messages_of([USER, {"type": "reasoning", **item}, SAID, USER])

    assert messages[1] == {"role": "assistant", "content": [thinking(*thoughts)]}
    assert lost == lossy


@pytest.mark.parametrize(
    "value",
    [[1, USER], [{"a": 1}], [{"type": "input_text", "text": "x"}], [{"type": "web_search_call"}],
     [["x"], USER]],
    ids=str,
)  # fmt: skip
def test_what_is_not_a_list_of_items(value: Any) -> None:
    """Anything else than items is what the user says, as JSON: nothing of it is lost."""
    messages, lossy = messages_of(value)

    assert len(messages) == 1
    assert not lossy


def test_texts_among_items() -> None:
    """A bare text among items is the user's."""
    assert messages_of(["Hi", SAID, USER])[0][0] == {"role": "user", "content": "Hi"}
