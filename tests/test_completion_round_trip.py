"""The way there and back: a completion in OpenAI's shape, sent back as history.

`to_openai` and the rule ``completion-chunks`` together: a client that sends a message back as it
got it sends Mistral what Mistral sent.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mistral_sanitize import Sanitizer, check, explain, to_openai
from tests.completions import (
    Object,
    accumulated,
    as_stream,
    completion,
    content_lists,
    normal,
    reference,
    text,
    thinking,
    tool_call,
    words,
)
from tests.laws import law
from tests.test_completion_laws import REFERENCE_FIRST

THINKS = "mistral-small-latest"
LISTS = [
    REFERENCE_FIRST,
    [thinking("a"), text("b"), thinking("a"), text("b")],
    [thinking("a"), thinking("b", signature="c2ln"), text("d")],
    [text("Paris"), reference(0), text(" it is"), reference("doc-1")],
    [reference(0)],
    [thinking("Hm", closed=False)],
    [thinking("a", reference(0)), text("𝄞"), reference(1), text("é")],
]


def asked(said: Object, model: str = THINKS) -> Object:
    """A request with a message in its history."""
    user = {"role": "user", "content": "Why?"}
    return {"model": model, "messages": [user, said, user]}


def mapped(content: Any, *calls: Any) -> Object:
    """The message of a completion with this content, as an OpenAI client has it."""
    message: Object = to_openai(completion(content, *calls))["choices"][0]["message"]
    return message


def sent(said: Object, **options: Any) -> tuple[Any, bool]:
    """The content that Mistral is sent for a message, and whether anything was lost."""
    report = Sanitizer(**options).explain(asked(said))
    found = [m for m in report.payload["messages"] if m["role"] == "assistant"]
    content = found[0]["content"] if found else ""
    lossy = bool(report.lossy)
    return normal(content if isinstance(content, list) else [text(content)]), lossy


def _is_sent(content: list[Any]) -> bool:
    """Whether Mistral accepts the list in a request: what it does not, no way back can send."""
    if not all(isinstance(c, str) or (isinstance(c, dict) and "type" in c) for c in content):
        return False
    native = asked({"role": "assistant", "content": content})
    report = explain(native)
    return not report.lossy and not check(report.payload) and bool("".join(words(content)).strip())


@law
@given(content_lists)
@example(LISTS[0])
@example(LISTS[1])
@example(LISTS[2])
@example(LISTS[3])
@example(LISTS[5])
@example(LISTS[6])
def test_there_and_back(content: list[Any]) -> None:
    """What comes back is what the list itself would have been sent as."""
    assume(_is_sent(content))
    back, lossy = sent(mapped(content))
    assert not lossy
    assert back == sent({"role": "assistant", "content": content})[0]


@law
@given(st.data(), content_lists)
def test_there_in_a_stream_and_back(data: Any, content: list[Any]) -> None:
    """The same for what a client has put together of the chunks of a stream."""
    assume(_is_sent(content))
    said = accumulated(to_openai(data.draw(as_stream(content))))
    assert sent(said) == sent(mapped(content))


@pytest.mark.parametrize("content", LISTS, ids=str)
def test_exactly(content: list[Any]) -> None:
    """Where Mistral's list has no seams, it comes back to the byte."""
    said = mapped(content, tool_call("D681PevKs", type="function"))
    result = {"role": "tool", "tool_call_id": "D681PevKs", "content": "1"}
    user = {"role": "user", "content": "Why?"}
    tools = [{"type": "function", "function": {"name": "f", "parameters": {}}}]
    payload = {"model": THINKS, "messages": [user, said, result], "tools": tools}
    before = copy.deepcopy(payload)
    report = explain(payload)
    expected = {"role": "assistant", "content": content, "tool_calls": said["tool_calls"]}
    native = explain({**payload, "messages": [user, expected, result]}).payload
    assert report.payload == native
    assert not report.lossy
    assert payload == before


@law
@given(content_lists)
def test_through_the_sdk(content: list[Any]) -> None:
    """The same through openai's own objects, dumped as its guides say."""
    types = pytest.importorskip("openai.types.chat")
    given_ = to_openai(completion(content))
    message = types.ChatCompletion.model_validate(given_).choices[0].message
    for dumped in (message.model_dump(), message.to_dict(), message.model_dump(exclude_none=True)):
        assert sent(dumped) == sent(mapped(content))


EDITED: dict[str, Any] = {
    "text cut short": {"content": "Par"},
    "thinking changed": {"reasoning_content": "Hm, yes"},
    "thinking taken out": {"reasoning_content": None},
    "content as a list": {"content": [text("Paris it is")]},
    "content as a number": {"content": 5},
}


@pytest.mark.parametrize("edit", EDITED.values(), ids=EDITED)
def test_what_the_client_edited(edit: Object) -> None:
    """Where it does not fit any more, what was kept goes, and the report says so."""
    said = {**mapped([thinking("a", signature="c2ln"), text("Paris"), reference(0)]), **edit}
    report = explain(asked(said))
    lost = [change.path for change in report.lossy]
    assert "/messages/1/extra_content" in lost
    assert all(change.rule != "completion-chunks" for change in report.changes)
    without = {key: value for key, value in said.items() if key != "extra_content"}
    assert report.payload == explain(asked(without)).payload


ODD_KEPT = [
    None, "x", [], {}, {"mistral": None}, {"mistral": []}, {"mistral": {}},
    {"mistral": {"chunks": "x"}}, {"mistral": {"chunks": {}}}, {"mistral": {"chunks": []}},
    {"mistral": {"chunks": [None]}}, {"mistral": {"chunks": [{"at": 0}]}},
    {"mistral": {"chunks": [{"at": True, "chunk": reference(0)}]}},
    {"mistral": {"chunks": [{"at": "0", "chunk": reference(0)}]}},
    {"mistral": {"chunks": [{"at": -1, "chunk": reference(0)}]}},
    {"mistral": {"chunks": [{"at": 12, "chunk": reference(0)}]}},
    {"mistral": {"chunks": [{"at": 2, "chunk": reference(0)}, {"at": 1, "chunk": reference(1)}]}},
    {"mistral": {"chunks": [{"at": 0, "chunk": text("Rome", x=1)}]}},
    {"mistral": {"chunks": [{"at": 0, "chunk": text("Paris", x=1)}, {"at": 3, "chunk": None}]}},
    {"google": {"thought_signature": "x"}},
]  # fmt: skip


@pytest.mark.parametrize("kept", ODD_KEPT, ids=str)
def test_what_is_not_of_our_make(kept: Any) -> None:
    """Anybody may write this field: what is in it and does not fit goes, as every unknown key."""
    said = {"role": "assistant", "content": "Paris it is", "extra_content": kept}
    report = explain(asked(said))
    assert report.payload["messages"][1] == {"role": "assistant", "content": "Paris it is"}
    assert [change.path for change in report.changes] == ["/messages/1/extra_content"]
    unknown = {"role": "assistant", "content": "Paris it is", "of_tomorrow": kept}
    assert bool(report.lossy) == bool(explain(asked(unknown)).lossy)


def test_the_rule_can_be_switched_off() -> None:
    """Without it the field is one that Mistral's schema does not have."""
    said = mapped([text("Paris"), reference(0)])
    back, lossy = sent(said, disable=("completion-chunks",))
    assert (back, lossy) == ([text("Paris")], True)


def test_a_model_that_nobody_knows() -> None:
    """What was kept of thinking proves that the model thinks; nothing of it is taken away."""
    content = [thinking("a"), text("b"), thinking("c", signature="c2ln")]
    report = explain(asked(mapped(content), model="ft:of-mine"))
    assert report.payload["messages"][1]["content"] == content
    assert not report.lossy
