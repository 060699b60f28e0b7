"""The laws of `to_openai`, over drawn content lists, tool calls and streams.

What a client makes of a stream is in `tests.completions`, written from what OpenAI's clients do.
"""

from __future__ import annotations

import copy
import gc
import json
from types import FunctionType, ModuleType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_sanitize import CompletionStream, Report, to_openai
from mistral_sanitize.completions import explain_completion
from tests import jsonpatch
from tests.completions import (
    accumulated,
    as_stream,
    chunk,
    completion,
    content_lists,
    foreign_calls,
    native,
    normal,
    openai_completions,
    openai_streams,
    reference,
    text,
    thinking,
    tool_call,
    words,
)
from tests.laws import law

REPORT = Report({}, (), _names=(("f", "ns.f"),), _ids=(("KyZd4gR9T", "call_1"),))

KEYS = st.sampled_from(
    ["choices", "message", "delta", "content", "type", "text", "thinking", "tool_calls", "function",
     "name", "id", "index", "arguments", "extra_content", "mistral", "chunks", "finish_reason",
     "reasoning_content", "null", "f"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
)
MESSAGES = st.fixed_dictionaries(
    {}, optional={"content": JSON | content_lists, "tool_calls": st.lists(JSON, max_size=3),
                  "extra_content": JSON, "reasoning_content": JSON}
)  # fmt: skip
ANYTHING = (
    JSON
    | st.lists(MESSAGES, max_size=3).map(lambda said: {"choices": [{"message": m} for m in said]})
    | st.lists(MESSAGES, max_size=3).map(lambda said: [{"choices": [{"delta": m}]} for m in said])
)
"""Any JSON, and much that is nearly a completion."""

REFERENCE_FIRST = [reference(0), thinking("a"), text("b")]
"""Thinking after a reference at offset 0: no text is before it, and it is not in front."""

streams = content_lists.flatmap(as_stream)
calls = foreign_calls()


@law
@given(content_lists)
@example(REFERENCE_FIRST)
def test_words_are_kept(content: list[Any]) -> None:
    """All text is in content and all thinking in reasoning_content, in order."""
    message = to_openai(completion(content))["choices"][0]["message"]
    assert words(content) == (message["content"], message.get("reasoning_content", ""))


@law
@given(content_lists)
@example(REFERENCE_FIRST)
@example([thinking("a"), thinking("b", signature="c2ln"), thinking("c"), text("d")])
def test_nothing_is_lost(content: list[Any]) -> None:
    """Mistral's list can be read from the result, but for seams and what says nothing."""
    report = explain_completion(completion(content))
    message = report.completion["choices"][0]["message"]
    assert normal(content) == normal(native(message))
    assert not report.lossy


@law
@given(st.data(), content_lists)
@example(None, REFERENCE_FIRST)
def test_a_stream_is_the_whole(data: Any, content: list[Any]) -> None:
    """However a list is cut into deltas, a client has the same in the end."""
    cut = data.draw(as_stream(content)) if data else [chunk({"content": [c]}) for c in content]
    whole = to_openai(completion(content))["choices"][0]["message"]
    said = {"role": "assistant", "content": "", **accumulated(to_openai(cut))}
    assert whole == {**said, "content": said["content"] or ""}


@law
@given(calls)
def test_calls_are_told_once(drawn: tuple[list[Any], list[Any]]) -> None:
    """However a host streams its tool calls, a client has each, with its id, name and arguments."""
    meant, chunks = drawn
    assert meant == accumulated(to_openai(chunks))["tool_calls"]


@law
@given(openai_completions() | openai_streams())
def test_openai_shaped_is_the_very_same(shaped: Any) -> None:
    """A completion in OpenAI's shape is the object itself, and so is each chunk of a stream."""
    assert shaped is to_openai(shaped)
    report = explain_completion(shaped)
    assert report.completion is shaped
    assert not report
    stream = CompletionStream()
    if isinstance(shaped, list):
        assert all(stream.chunk(each) is each for each in shaped)


@law
@given(ANYTHING | streams | calls.map(lambda drawn: drawn[1]), st.sampled_from([None, REPORT]))
def test_total_pure_and_idempotent(given_: Any, report: Report | None) -> None:
    """Any JSON comes back without an exception, the argument is unchanged, and once is enough."""
    before = json.dumps(given_)
    new = to_openai(given_, report)
    assert before == json.dumps(given_)
    assert (new is given_) == (json.dumps(new) == before)
    assert new is to_openai(new)
    if isinstance(given_, list):
        assert len(given_) == len(new)


@law
@given(ANYTHING | streams | calls.map(lambda drawn: drawn[1]), st.sampled_from([None, REPORT]))
def test_told(given_: Any, report: Report | None) -> None:
    """The changes of `explain_completion`, applied to the argument, give the result."""
    told = explain_completion(given_, report)
    assert told.completion == to_openai(given_, report)
    patch = [
        {"op": change.op, "path": change.path, "value": change.after} for change in told.changes
    ]
    assert jsonpatch.apply(given_, patch) == jsonpatch.plain(told.completion)
    assert (told.completion is given_) == (not told.changes)


@law
@given(streams | calls.map(lambda drawn: drawn[1]))
def test_a_stream_is_its_chunks(chunks: list[Any]) -> None:
    """A list of chunks is mapped as the chunks one by one, and tells the same kinds of change."""
    stream = CompletionStream()
    assert to_openai(chunks) == [stream.chunk(each) for each in chunks]
    told = explain_completion(chunks).changes
    assert {change.rule for change in told} == {change.rule for change in stream.changes}


def test_a_stream_holds_no_text() -> None:
    """What a stream remembers is counted in calls and choices: no text, no chunk, no arguments."""
    stream = CompletionStream(REPORT)
    for content in ("secret", [thinking("secret")], [text("secret"), reference("secret")]):
        stream.chunk(chunk({"content": content}))
    stream.chunk(chunk({"tool_calls": [tool_call("null", "f", {"a": "secret"})]}))
    stream.chunk(chunk({"tool_calls": [tool_call("other", "", "secret")]}))
    assert len(stream.changes) > 5
    assert "secret" not in _strings_within(stream)


def _strings_within(value: Any) -> set[str]:
    """Every string that can be reached from an object, through data alone."""
    found: set[str] = set()
    seen: set[int] = set()
    queue = [value]
    while queue:
        each = queue.pop()
        if id(each) in seen or isinstance(each, (type, FunctionType, ModuleType)):
            continue
        seen.add(id(each))
        if isinstance(each, str):
            found.add(each)
        queue += gc.get_referents(each)
    return found


# -- openai's own judgement ------------------------------------------------------------------------


@law
@given(content_lists, calls)
def test_valid_for_openai(content: list[Any], drawn: tuple[list[Any], list[Any]]) -> None:
    """Whatever Mistral sent, the result is valid under openai's types in strict mode."""
    types = pytest.importorskip("openai.types.chat")
    meant, chunks = drawn
    odd = [
        {**call, "type": None, "id": "null", "function": {**call["function"], "arguments": {}}}
        for call in meant
    ]
    given_ = completion(content, *odd, finish_reason="model_length")
    types.ChatCompletion.model_validate(to_openai(given_), strict=True)
    with pytest.raises(ValueError):
        types.ChatCompletion.model_validate(given_, strict=True)
    for each in to_openai([*chunks, chunk({"content": content}, "model_length")]):
        types.ChatCompletionChunk.model_validate(each, strict=True)


@law
@given(streams)
def test_the_sdk_reads_streams(chunks: list[Any]) -> None:
    """openai's `.stream()` helper has the whole text and thinking in the end."""
    pytest.importorskip("openai")
    from openai.lib.streaming.chat import ChatCompletionStreamState
    from openai.types.chat import ChatCompletionChunk

    state = ChatCompletionStreamState()
    for each in to_openai(chunks):
        state.handle_chunk(ChatCompletionChunk.model_validate(copy.deepcopy(each)))
    message = state.get_final_completion().choices[0].message
    ours = accumulated(to_openai(chunks))
    assert (message.content or "") == (ours.get("content") or "")
    assert getattr(message, "reasoning_content", "") == ours.get("reasoning_content", "")
    assert getattr(message, "extra_content", {}) == ours.get("extra_content", {})


@law
@given(calls)
def test_the_sdk_reads_calls(drawn: tuple[list[Any], list[Any]]) -> None:
    """openai's `.stream()` helper has each tool call, with its id, name and arguments."""
    pytest.importorskip("openai")
    from openai.lib.streaming.chat import ChatCompletionStreamState
    from openai.types.chat import ChatCompletionChunk

    meant, chunks = drawn
    state = ChatCompletionStreamState()
    for each in [*to_openai(chunks), chunk({}, "tool_calls")]:
        state.handle_chunk(ChatCompletionChunk.model_validate(copy.deepcopy(each)))
    said = state.get_final_completion().choices[0].message.tool_calls or []
    told = [(call.id, call.function.name, call.function.arguments) for call in said]
    assert told == [
        (call["id"], call["function"]["name"], call["function"]["arguments"]) for call in meant
    ]
