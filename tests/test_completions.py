"""`to_openai`: what Mistral and its hosts send, each as OpenAI's clients read it.

The shapes are those of 1,764 recorded completions, of the models of mistralai 3.7.0, and of public
reports; the source is beside each.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mistral_sanitize import CompletionStream, Report, to_openai
from mistral_sanitize.completions import COMPLETION_RULES, explain_completion
from mistral_sanitize.completions._notes import Notes
from mistral_sanitize.rules import RULES
from tests.completions import chunk, completion, delta, reference, text, thinking, tool_call

REPORT = Report({}, (), _names=(("ns_add", "ns.add"),), _ids=(("KyZd4gR9T", "call_1"),))
IMAGE = {"type": "image_url", "image_url": "https://example.org/i.png"}
RAIN = {"type": "tool_reference", "tool": "web_search", "title": "Rain"}


def kept(*chunks: tuple[int, Any], first: int = 0) -> dict[str, Any]:
    """``extra_content`` with these chunks, each at its place in the text."""
    entries = [{"index": i, "at": at, "chunk": c} for i, (at, c) in enumerate(chunks, first)]
    return {"mistral": {"chunks": entries}}


CONTENT = {
    "text chunks": ([text("Yes"), text(", it"), text(" is")], {"content": "Yes, it is"}),
    # 38 recorded, of magistral-medium, magistral-small, mistral-small-latest
    "thinking, text": (
        [thinking("Hm", closed=True), text("Yes")],
        {"content": "Yes", "reasoning_content": "Hm"},
    ),
    # 3 recorded: one cut by max_tokens, two with calls
    "thinking alone": ([thinking("Hm")], {"content": "", "reasoning_content": "Hm"}),
    "thinking in several chunks": (
        [thinking("a", "b"), thinking("c"), text("d")],
        {"content": "d", "reasoning_content": "abc"},
    ),
    "thinking as a string": (
        [{"type": "thinking", "thinking": "Hm"}, text("Yes")],
        {"content": "Yes", "reasoning_content": "Hm"},
    ),
    "empty thinking": ([thinking(), text("Yes")], {"content": "Yes"}),
    "null thinking": ([{"type": "thinking", "thinking": None}, "Yes"], {"content": "Yes"}),
    "empty text before thinking": (
        [text(""), thinking("Hm"), text("Yes")],
        {"content": "Yes", "reasoning_content": "Hm"},
    ),
    "signature null": (
        [thinking("Hm", signature=None), text("Yes")],
        {"content": "Yes", "reasoning_content": "Hm"},
    ),
    # SDK 3.7.0, ThinkChunk: to be sent back as it came
    "signature": (
        [thinking("Hm", signature="c2ln"), text("Yes")],
        {
            "content": "Yes",
            "reasoning_content": "Hm",
            "extra_content": kept((0, thinking("Hm", signature="c2ln"))),
        },
    ),
    "closed false": (
        [thinking("Hm", closed=False)],
        {
            "content": "",
            "reasoning_content": "Hm",
            "extra_content": kept((0, thinking("Hm", closed=False))),
        },
    ),
    "plain thinking, then signed": (
        [thinking("a"), thinking("b", signature="c2ln"), thinking("c"), text("d")],
        {
            "content": "d",
            "reasoning_content": "abc",
            "extra_content": kept((0, thinking("b", signature="c2ln")), (0, thinking("c"))),
        },
    ),
    "a reference in thinking": (
        [thinking("Hm", reference(1), "m"), text("Yes")],
        {
            "content": "Yes",
            "reasoning_content": "Hmm",
            "extra_content": kept((0, thinking("Hm", reference(1), "m"))),
        },
    ),
    "thinking that is no list": (
        [{"type": "thinking", "thinking": {"text": "Hm"}}, text("Yes")],
        {
            "content": "Yes",
            "extra_content": kept((0, {"type": "thinking", "thinking": {"text": "Hm"}})),
        },
    ),
    # SDK 3.7.0: a list of any chunks in any order
    "thinking after text": (
        [thinking("a"), text("b"), thinking("c"), text("d")],
        {
            "content": "bd",
            "reasoning_content": "ac",
            "extra_content": kept((1, thinking("c"))),
        },
    ),
    "thinking after a reference without text": (
        [reference(0), thinking("a"), text("b")],
        {
            "content": "b",
            "reasoning_content": "a",
            "extra_content": kept((0, reference(0)), (0, thinking("a"))),
        },
    ),
    # 1 recorded, of mistral-large-latest with documents; LiteLLM keeps the last text only
    "references": (
        [text("Paris"), reference(0, "doc-1"), text(" it is"), reference()],
        {
            "content": "Paris it is",
            "extra_content": kept((5, reference(0, "doc-1")), (11, reference())),
        },
    ),
    "code points are counted": (
        [text("𝄞é"), reference(0)],
        {"content": "𝄞é", "extra_content": kept((2, reference(0)))},
    ),
    "other chunks": (
        [IMAGE, text("a"), RAIN, {"type": "of_tomorrow", "text": "b"}, None],
        {
            "content": "a",
            "extra_content": kept(
                (0, IMAGE), (1, RAIN), (1, {"type": "of_tomorrow", "text": "b"}), (1, None)
            ),
        },
    ),
    "text with more than text": (
        [text("a"), text("b", annotations=[1]), text("c")],
        {"content": "abc", "extra_content": kept((1, text("b", annotations=[1])))},
    ),
    "text without type": (
        [{"text": "a"}, text("b")],
        {"content": "ab", "extra_content": kept((0, {"text": "a"}))},
    ),
    "an empty list": ([], {"content": ""}),
}
"""A content list, and what is said in its place."""


@pytest.mark.parametrize(("content", "said"), CONTENT.values(), ids=CONTENT)
def test_content(content: list[Any], said: dict[str, Any]) -> None:
    """A list becomes a string, its thinking reasoning_content, and the rest is kept whole."""
    expected = completion(**said)
    assert expected == to_openai(completion(content))
    assert expected == to_openai(completion(tuple(content)))


@pytest.mark.parametrize(("content", "said"), CONTENT.values(), ids=CONTENT)
def test_content_of_a_delta(content: list[Any], said: dict[str, Any]) -> None:
    """The same in a stream, where a delta without text has no content at all."""
    said = {key: value for key, value in said.items() if value != ""}
    assert chunk(said) == CompletionStream().chunk(delta(content))


def test_thinking_is_added_to_thinking() -> None:
    """Where a completion has reasoning_content too, the list's thinking comes after it."""
    given = completion([thinking("b"), text("c")], reasoning_content="a")
    assert completion("c", reasoning_content="ab") == to_openai(given)
    null = completion([thinking("b"), text("c")], reasoning_content=None)
    assert completion("c", reasoning_content="b") == to_openai(null)


def test_extra_content_is_added_to() -> None:
    """What other hosts put there stays, and so do chunks that are there already."""
    google = {"google": {"thought_signature": "c2ln"}}
    given = completion([reference(0)], extra_content=google)
    assert completion("", extra_content={**google, **kept((0, reference(0)))}) == to_openai(given)
    for nothing in (None, {}, {"mistral": None}, {"mistral": {}}, {"mistral": {"chunks": None}}):
        given = completion([reference(0)], extra_content=nothing)
        assert completion("", extra_content=kept((0, reference(0)))) == to_openai(given)


def test_the_rest_of_extra_content_stays() -> None:
    """Chunks that are there come first, whatever kind of list they are in; other keys stay."""
    for chunks in ([RAIN], (RAIN,)):
        given = completion([reference(0)], extra_content={"mistral": {"chunks": chunks, "x": 1}})
        extra = {
            "mistral": {"x": 1, "chunks": [RAIN, *kept((0, reference(0)))["mistral"]["chunks"]]}
        }
        assert completion("", extra_content=extra) == to_openai(given)


def test_what_else_a_thought_says_is_kept() -> None:
    """A key that thinking chunks have not today is not lost with them."""
    odd = thinking("Hm", mood="calm")
    given = completion([odd, text("Yes")])
    expected = completion("Yes", reasoning_content="Hm", extra_content=kept((0, odd)))
    assert expected == to_openai(given)


def test_lists_of_another_kind() -> None:
    """Tuples are lists: of chunks, of content, of thinking."""
    thought = {"type": "thinking", "thinking": (text("Hm"),)}
    given = (delta((thought, text("Yes"))), delta((text("!"),)))
    expected = [chunk({"content": "Yes", "reasoning_content": "Hm"}), delta("!")]
    assert expected == to_openai(given)


def test_one_choice_of_two() -> None:
    """A choice that needs nothing does not hide another that does."""
    given = completion("a")
    given["choices"] += completion([text("b")])["choices"]
    said = [choice["message"]["content"] for choice in to_openai(given)["choices"]]
    assert said == ["a", "b"]


def test_choices_without_index_in_a_list_of_chunks() -> None:
    """Each has its place in its chunk, and so ids of its own."""
    calls = [{"delta": {"tool_calls": [tool_call(...)]}} for _ in "ab"]
    new = to_openai([{"id": "c1", "choices": calls}])[0]["choices"]
    ids = [choice["delta"]["tool_calls"][0]["id"] for choice in new]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("delta_", [["x"], "x", 5])
def test_a_delta_that_is_none(delta_: Any) -> None:
    """What is not an object where one belongs is left alone."""
    given = {"choices": [{"index": 0, "delta": delta_}]}
    assert to_openai(given) is given


def test_text_beside_calls_is_counted() -> None:
    """The place of a kept chunk counts the text of every delta, those with calls, too."""
    stream = CompletionStream()
    stream.chunk(chunk({"content": "Paris", "tool_calls": [tool_call("a", index=0, **OPENAI)]}))
    new = stream.chunk(delta([reference(0)]))
    assert new == chunk({"extra_content": kept((5, reference(0)))})


def test_an_id_of_odd_text() -> None:
    """A lone surrogate in the completion's id is no fault."""
    given = {**completion("", tool_call(..., **OPENAI)), "id": "\ud800"}
    assert len(to_openai(given)["choices"][0]["message"]["tool_calls"][0]["id"]) == 9


@pytest.mark.parametrize(
    "said",
    [
        {"reasoning_content": ["Hm"]},
        {"extra_content": "x"},
        {"extra_content": {"mistral": [1]}},
        {"extra_content": {"mistral": {"chunks": "x"}}},
    ],
    ids=repr,
)
def test_a_field_in_the_way(said: dict[str, Any]) -> None:
    """Where something else is in a field that would be written, the content is left, and told."""
    given = completion([thinking("Hm"), reference(0)], **said)
    report = explain_completion(given)
    assert report.completion is given
    assert [left.path for left in report.left] == ["/choices/0/message/content"]


def test_places_are_counted_through_a_stream() -> None:
    """A kept chunk's index and place are those in the whole of its choice, not in its delta."""
    stream = CompletionStream()
    given = [delta("Paris"), delta([reference(0)]), delta(None), delta([text(" is"), reference(1)])]
    chunks = [stream.chunk(each) for each in given]
    assert chunks[0] is given[0]
    assert chunks[1] == chunk({"extra_content": kept((5, reference(0)))})
    assert chunks[2] is given[2]
    extra = kept((8, reference(1)), first=1)
    assert chunks[3] == chunk({"content": " is", "extra_content": extra})


def test_choices_are_apart() -> None:
    """Each choice of a stream is counted for itself."""
    stream = CompletionStream()
    stream.chunk(chunk({"content": "Paris"}, index=1))
    new = stream.chunk(chunk({"content": [thinking("Hm")]}, index=0))
    assert new == chunk({"reasoning_content": "Hm"}, index=0)
    assert stream.chunk(chunk({"content": [reference(0)]}, index=1)) == chunk(
        {"extra_content": kept((5, reference(0)))}, index=1
    )


def test_a_choice_without_index_has_its_place() -> None:
    """A choice that has no index, or one that is none, is counted by its place."""
    given = completion("", tool_call(..., type="function"))
    for odd in (None, True, -1, "0"):
        given["choices"][0]["index"] = odd
        new = to_openai(given)["choices"][0]
        assert new["message"]["tool_calls"][0]["id"] == "T7m8C141B", odd


# -- tool calls ------------------------------------------------------------------------------------

OPENAI = {"type": "function"}
WHOLE_CALLS = {
    # 318 of 374 recorded completions with calls; 56 have the type
    "no type": (tool_call(index=0), tool_call(index=0, **OPENAI)),
    "null type": (tool_call(type=None), tool_call(**OPENAI)),
    "no id": (tool_call(..., **OPENAI), tool_call("T7m8C141B", **OPENAI)),
    "null id": (tool_call(None, **OPENAI), tool_call("T7m8C141B", **OPENAI)),
    "empty id": (tool_call("", **OPENAI), tool_call("T7m8C141B", **OPENAI)),
    # zed#53605; the default of ToolCall.id in the SDK
    "id of null": (tool_call("null", **OPENAI), tool_call("T7m8C141B", **OPENAI)),
    # SDK 3.7.0: arguments are an object or a string
    "object": (
        tool_call(arguments={"c": "Köln"}, **OPENAI),
        tool_call(arguments='{"c":"Köln"}', **OPENAI),
    ),
    "empty object": (tool_call(arguments={}, **OPENAI), tool_call(**OPENAI)),
    "null arguments": (tool_call(arguments=None, **OPENAI), tool_call(**OPENAI)),
    "no arguments": (tool_call(arguments=..., **OPENAI), tool_call(**OPENAI)),
    "arguments that are a list": (
        tool_call(arguments=[1], **OPENAI),
        tool_call(arguments="[1]", **OPENAI),
    ),
}


@pytest.mark.parametrize(("given", "expected"), WHOLE_CALLS.values(), ids=WHOLE_CALLS)
def test_whole_calls(given: dict[str, Any], expected: dict[str, Any]) -> None:
    """A message's tool call has a type, an id of its own, and its arguments as text."""
    near = tool_call("AbCdEfGhI", **OPENAI)
    assert completion("", expected, near) == to_openai(completion("", given, near))


def test_new_ids_are_apart_and_the_same_again() -> None:
    """Each call of each choice has another, of nine letters and digits, the same each time."""
    given = completion("", tool_call("null"), tool_call("null"))
    given["choices"].append({**copy.deepcopy(given["choices"][0]), "index": 1})
    new = to_openai(given)
    ids = [call["id"] for c in new["choices"] for call in c["message"]["tool_calls"]]
    assert len(set(ids)) == 4
    assert all(len(id_) == 9 and id_.isascii() and id_.isalnum() for id_ in ids)
    assert new == to_openai(given)
    assert new != to_openai({**given, "id": "c2"})
    assert to_openai({**given, "id": None}) == {**to_openai({**given, "id": ""}), "id": None}


STREAMED_CALLS: dict[str, tuple[list[list[Any]], list[list[Any]]]] = {
    # 11 recorded streams of 2024 (magentic, openinference)
    "no index": (
        [[tool_call("a"), tool_call("b")], [tool_call("c")]],
        [
            [tool_call("a", index=0, **OPENAI), tool_call("b", index=1, **OPENAI)],
            [tool_call("c", index=2, **OPENAI)],
        ],
    ),
    # 96 recorded streams of 2026
    "no type": (
        [[tool_call("a", index=0)], [tool_call("b", index=1)]],
        [[tool_call("a", index=0, **OPENAI)], [tool_call("b", index=1, **OPENAI)]],
    ),
    # Mistral's calls of 2024 are whole, one a delta
    "no index and no id": (
        [[tool_call("a", "f")], [tool_call(..., "f")]],
        [
            [tool_call("a", "f", index=0, **OPENAI)],
            [tool_call("xequv2hmo", "f", index=1, **OPENAI)],
        ],
    ),
    "an empty id on what goes on": (
        [[tool_call("a", "f", "{", index=0, **OPENAI)], [tool_call("", "f", "}", index=0)]],
        [[tool_call("a", "f", "{", index=0, **OPENAI)], [tool_call(..., ..., "}", index=0)]],
    ),
    "a name once more, after a fragment without one": (
        [
            [tool_call("a", "f", "", index=0, **OPENAI)],
            [tool_call(..., ..., "{", index=0)],
            [tool_call("null", "f", "}", index=0)],
        ],
        [
            [tool_call("a", "f", "", index=0, **OPENAI)],
            [tool_call(..., ..., "{", index=0)],
            [tool_call(..., ..., "}", index=0)],
        ],
    ),
    "a name that is a number": (
        [[tool_call("a", "f", "{", index=0, **OPENAI)], [tool_call("null", 5, "}", index=0)]],
        [[tool_call("a", "f", "{", index=0, **OPENAI)], [tool_call(..., 5, "}", index=0)]],
    ),
    "no arguments yet": (
        [[tool_call("a", "f", ..., index=0, **OPENAI)], [tool_call(..., ..., "{}", index=0)]],
        [[tool_call("a", "f", ..., index=0, **OPENAI)], [tool_call(..., ..., "{}", index=0)]],
    ),
    "null for arguments": (
        [[tool_call("a", "f", None, index=0, **OPENAI)], [tool_call(..., ..., "{}", index=0)]],
        [[tool_call("a", "f", None, index=0, **OPENAI)], [tool_call(..., ..., "{}", index=0)]],
    ),
    "an index that is none": (
        [[tool_call("a", index=None), tool_call("b", index=True), tool_call("c", index="1")]],
        [
            [
                tool_call("a", index=0, **OPENAI),
                tool_call("b", index=1, **OPENAI),
                tool_call("c", index=2, **OPENAI),
            ]
        ],
    ),
    "indexes out of order": (
        [[tool_call("b", index=1)], [tool_call("a", index=0)], [tool_call("c")]],
        [
            [tool_call("b", index=1, **OPENAI)],
            [tool_call("a", index=0, **OPENAI)],
            [tool_call("c", index=2, **OPENAI)],
        ],
    ),
    # zed#53605, zed#54058, langchainjs#11505
    "ids of null": (
        [[tool_call("a", arguments='{"p', index=0)], [tool_call("null", "", '":1}', index=0)]],
        [
            [tool_call("a", arguments='{"p', index=0, **OPENAI)],
            [tool_call(..., ..., '":1}', index=0)],
        ],
    ),
    "a first id of null": (
        [[tool_call("null", index=0)], [tool_call("null", "g", index=1)]],
        [
            [tool_call("T7m8C141B", index=0, **OPENAI)],
            [tool_call("xequv2hmo", "g", index=1, **OPENAI)],
        ],
    ),
    # opencode#49692, pi#8387
    "fragments without id": (
        [[tool_call("a", arguments="", index=0)], [tool_call(..., "", "{}", index=0)]],
        [[tool_call("a", arguments="", index=0, **OPENAI)], [tool_call(..., ..., "{}", index=0)]],
    ),
    # mistral-vibe#1127
    "another id": (
        [
            [tool_call("chatcmpl-tool-b6", arguments="", index=0)],
            [tool_call("toolcall0", ..., "{}", index=0)],
        ],
        [
            [tool_call("chatcmpl-tool-b6", arguments="", index=0, **OPENAI)],
            [tool_call(..., ..., "{}", index=0)],
        ],
    ),
    "id and name again": (
        [[tool_call("a", arguments="", index=0)], [tool_call("a", "f", "{}", index=0)]],
        [[tool_call("a", arguments="", index=0, **OPENAI)], [tool_call(..., ..., "{}", index=0)]],
    ),
    "null id and name": (
        [[tool_call("a", arguments="", index=0)], [tool_call(None, None, "{}", index=0)]],
        [[tool_call("a", arguments="", index=0, **OPENAI)], [tool_call(None, None, "{}", index=0)]],
    ),
    "fragments without index": (
        [
            [tool_call("a", arguments=""), tool_call("b", arguments="")],
            [tool_call("a", ..., "1"), tool_call(..., ..., "2")],
        ],
        [
            [
                tool_call("a", arguments="", index=0, **OPENAI),
                tool_call("b", arguments="", index=1, **OPENAI),
            ],
            [tool_call(..., ..., "1", index=0), tool_call(..., ..., "2", index=1)],
        ],
    ),
    # SDK 3.7.0: ToolCall.index is 0 where none was sent
    "all at 0": (
        [
            [tool_call("a", index=0), tool_call("b", arguments="", index=0)],
            [tool_call("null", "", "2", index=0), tool_call("a", ..., "1", index=0)],
            [tool_call("c", index=0), tool_call("d", index=1)],
        ],
        [
            [
                tool_call("a", index=0, **OPENAI),
                tool_call("b", arguments="", index=1, **OPENAI),
            ],
            [tool_call(..., ..., "2", index=1), tool_call(..., ..., "1", index=0)],
            [tool_call("c", index=2, **OPENAI), tool_call("d", index=3, **OPENAI)],
        ],
    ),
    "all at 0, ids of null": (
        [[tool_call("null", index=0)] * 2, [tool_call("null", "g", index=0)]],
        [
            [
                tool_call("T7m8C141B", index=0, **OPENAI),
                tool_call("xequv2hmo", index=1, **OPENAI),
            ],
            [tool_call("tkS93W1ap", "g", index=2, **OPENAI)],
        ],
    ),
    "a fragment of nothing": (
        [[tool_call(..., ..., "{}")]],
        [[tool_call("T7m8C141B", ..., "{}", index=0, **OPENAI)]],
    ),
    "the name later": (
        [[tool_call("a", ..., "", index=0)], [tool_call(..., "f", "{", index=0)],
         [tool_call(..., "f", "}", index=0)]],
        [
            [tool_call("a", ..., "", index=0, **OPENAI)],
            [tool_call(..., "f", "{", index=0)],
            [tool_call(..., ..., "}", index=0)],
        ],
    ),
    "one id twice in a delta": (
        [[tool_call("a", index=0), tool_call("a", index=0)]],
        [[tool_call("a", index=0, **OPENAI), tool_call("a", index=1, **OPENAI)]],
    ),
    "an index on the first fragment only": (
        [
            [tool_call("a", arguments="", index=0), tool_call("b", arguments="", index=1)],
            [tool_call("a", ..., "1")],
        ],
        [
            [
                tool_call("a", arguments="", index=0, **OPENAI),
                tool_call("b", arguments="", index=1, **OPENAI),
            ],
            [tool_call(..., ..., "1", index=0)],
        ],
    ),
    "an id of null, and the name again": (
        [[tool_call("a", arguments="", index=0)], [tool_call("null", "f", "{}", index=0)]],
        [[tool_call("a", arguments="", index=0, **OPENAI)], [tool_call(..., ..., "{}", index=0)]],
    ),
    "an id that is a number": (
        [[tool_call(5, index=0), tool_call(6)]],
        [[tool_call(5, index=0, **OPENAI), tool_call(6, index=1, **OPENAI)]],
    ),
    "an id that is a number, said again with the name": (
        [[tool_call(5, arguments="", index=0)], [tool_call(5, "f", "{}", index=0)]],
        [[tool_call(5, arguments="", index=0, **OPENAI)], [tool_call(5, ..., "{}", index=0)]],
    ),
    "an object": (
        [[tool_call("a", arguments={"c": 1}, index=0, **OPENAI)]],
        [[tool_call("a", arguments='{"c":1}', index=0, **OPENAI)]],
    ),
    "odd": (
        [[None, {"function": "f", "index": 0, "id": "a"}, {"function": "f", "index": 0}]],
        [[None, {"function": "f", "index": 0, "id": "a"}, {"function": "f", "index": 0}]],
    ),
}  # fmt: skip
"""The tool calls of each delta of a stream, before and after."""


@pytest.mark.parametrize(("given", "expected"), STREAMED_CALLS.values(), ids=STREAMED_CALLS)
def test_streamed_calls(given: list[list[Any]], expected: list[list[Any]]) -> None:
    """Each call has an index of its own, a type, and says its id and name once."""
    chunks = [chunk({"tool_calls": calls}) for calls in given]
    assert [chunk({"tool_calls": calls}) for calls in expected] == to_openai(chunks)


def test_what_is_said_again_is_no_loss() -> None:
    """Ids and names that a later fragment repeats, and a list in which only thinking is."""
    chunks = [
        chunk({"tool_calls": [tool_call("a", arguments="", index=0, **OPENAI)]}),
        chunk({"tool_calls": [tool_call("a", "f", "{}", index=0)]}),
        chunk({"content": [thinking("x")]}),
    ]
    report = explain_completion(chunks)
    assert [change.op for change in report.changes].count("remove") == 3
    assert report.lossy == ()


def test_a_cut_name_is_left() -> None:
    """A name in pieces, as OpenAI allows it, is no other call, and stays as it is."""
    chunks = [
        chunk({"tool_calls": [tool_call("a", "get_", "", index=0, **OPENAI)]}),
        chunk({"tool_calls": [tool_call(..., "weather", "{}", index=0)]}),
    ]
    assert chunks is to_openai(chunks)


# -- finish reasons, and what is left --------------------------------------------------------------


def test_model_length() -> None:
    """The end of the model's context is the one length that OpenAI has, and that is told."""
    report = explain_completion(completion("Hi", finish_reason="model_length"))
    assert completion("Hi", finish_reason="length") == report.completion
    assert [change.rule for change in report.lossy] == ["completion-finish-reason"]
    assert chunk({}, "length") == to_openai(chunk({}, "model_length"))


@pytest.mark.parametrize(
    "reason", ["stop", "length", "tool_calls", "content_filter", "function_call"]
)
def test_finish_reasons_of_openai(reason: str) -> None:
    """They stay, and nothing is told."""
    given = completion("Hi", finish_reason=reason)
    assert explain_completion(given).completion is given
    assert not explain_completion(given)


@pytest.mark.parametrize("reason", ["error", "of_tomorrow", "", None, 5, ["stop"]])
def test_other_finish_reasons(reason: Any) -> None:
    """A reason that OpenAI does not have stays, and is told; none is made "stop"."""
    given = completion("Hi", finish_reason=reason)
    report = explain_completion(given)
    assert report.completion is given
    assert report and not report.changes
    assert [left.path for left in report.left] == ["/choices/0/finish_reason"]


def test_messages() -> None:
    """A choice with several messages is left as it is, and told."""
    given = {"choices": [{"messages": [{"content": [text("a")]}], "finish_reason": "stop"}]}
    report = explain_completion(given)
    assert report.completion is given
    assert [left.path for left in report.left] == ["/choices/0/messages"]
    assert str(report.left[0]) == f"left /choices/0/messages: {report.left[0].reason}"
    beside = {"choices": [{**completion("a")["choices"][0], "messages": []}]}
    assert to_openai(beside) is beside
    assert not explain_completion(beside).left


@pytest.mark.parametrize("function", [None, "f", {"arguments": "{}"}])
def test_a_call_without_function(function: Any) -> None:
    """A call that names no function is told: a name is not invented."""
    given = completion("", {"id": "a", "type": "function", "function": function})
    report = explain_completion(given)
    assert report.completion is given
    assert [left.path for left in report.left] == ["/choices/0/message/tool_calls/0/function"]


@pytest.mark.parametrize("odd", [{"a": {1}}, {"a": float}], ids=["a set", "a class"])
def test_arguments_that_are_no_json(odd: Any) -> None:
    """What a program has put there and JSON cannot write stays, and is told."""
    given = completion("", tool_call(arguments=odd, **OPENAI))
    report = explain_completion(given)
    assert report.completion is given
    path = "/choices/0/message/tool_calls/0/function/arguments"
    assert [left.path for left in report.left] == [path]


def test_arguments_that_contain_themselves() -> None:
    """Nor can JSON write those."""
    loop: dict[str, Any] = {}
    loop["a"] = loop
    given = completion("", tool_call(arguments=loop, **OPENAI))
    assert to_openai(given) is given


def test_arguments_that_cannot_be_written() -> None:
    """Arguments nested too deep stay an object, and are told."""
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    given = completion("", tool_call(arguments=deep, **OPENAI))
    report = explain_completion(given)
    assert report.completion is given
    paths = [left.path for left in report.left]
    assert paths == ["/choices/0/message/tool_calls/0/function/arguments"]
    while deep:  # or the interpreter frees it recursively
        deep = deep["a"]


@pytest.mark.parametrize(
    "given",
    [
        completion("Hi"),
        completion(None),
        completion("Yes", reasoning_content="Hm"),
        completion("", tool_call(index=0, **OPENAI)),
        chunk({"role": "assistant", "content": "Hi"}),
        chunk({"content": ""}, "stop", p="abc", usage={"prompt_tokens": 1}),
        {"object": "error", "message": "Service tier capacity exceeded", "code": "3505"},
        {"choices": None},
        {"choices": [None, "x", {"message": [], "delta": 1}]},
        {"choices": [{"index": 0, "delta": {"tool_calls": None}}]},
        {"data": [{"embedding": [0.5]}]},
        {},
        [],
        (),
        None,
        "content",
        b"data: {}",
        7,
    ],
    ids=repr,
)
@pytest.mark.parametrize("report", [None, REPORT, Report({}, ())], ids=["none", "names", "empty"])
def test_the_very_same(given: Any, report: Report | None) -> None:
    """With nothing to do, or for what is no completion, the object itself comes back."""
    assert given is to_openai(given, report)
    assert given is CompletionStream(report).chunk(given)
    assert given is explain_completion(given, report).completion


# -- names and ids, and reports --------------------------------------------------------------------


def test_with_a_report() -> None:
    """The caller's names and ids come back too, in whole completions and in streams."""
    given = tool_call("KyZd4gR9T", "ns_add", index=0)
    expected = tool_call("call_1", "ns.add", index=0, **OPENAI)
    assert completion("", expected) == to_openai(completion("", given), REPORT)
    stream = CompletionStream(REPORT)
    assert chunk({"tool_calls": [expected]}) == stream.chunk(chunk({"tool_calls": [given]}))
    again = chunk({"tool_calls": [tool_call("KyZd4gR9T", "ns_add", "1", index=0)]})
    once = chunk({"tool_calls": [tool_call(..., ..., "1", index=0)]})
    assert once == stream.chunk(again)
    assert {change.rule for change in stream.changes} == {
        "completion-call-type", "restored-name", "restored-id", "completion-call-id",
        "completion-call-name",
    }  # fmt: skip


def test_ids_of_rules() -> None:
    """No id is that of a rule of requests, which may be switched on and off."""
    assert COMPLETION_RULES.keys().isdisjoint(RULES)


def test_a_report_of_a_completion() -> None:
    """Each change has a rule, a place and a reason; and no value is in what is printed."""
    given = completion([thinking("secret"), text("word")], tool_call("null"))
    report = explain_completion(given)
    assert [(change.op, change.path, change.rule) for change in report.changes] == [
        ("replace", "/choices/0/message/content", "completion-content"),
        ("add", "/choices/0/message/reasoning_content", "completion-thinking"),
        ("replace", "/choices/0/message/tool_calls/0/id", "completion-call-id"),
        ("add", "/choices/0/message/tool_calls/0/type", "completion-call-type"),
    ]
    assert report.changes[1].after == "secret"
    assert all(change.reason == COMPLETION_RULES[change.rule] for change in report.changes)
    assert not report.lossy
    assert "secret" not in f"{report}{report!r}" and "word" not in f"{report}{report!r}"
    assert len(str(report).splitlines()) == 4
    assert not explain_completion(completion("Hi"))
    assert str(explain_completion(completion("Hi"))) == "nothing to change"


def test_a_dropped_id_is_lossy_where_it_says_something() -> None:
    """The other id of a fragment is nowhere afterwards; "null", or the same again, is no loss."""
    for id_, lossy in (("toolcall0", True), ("null", False), ("a", False)):
        calls = [tool_call("a", index=0, **OPENAI)], [tool_call(id_, ..., "{}", index=0)]
        report = explain_completion([chunk({"tool_calls": call}) for call in calls])
        assert [change.lossy for change in report.changes] == [lossy], id_


def test_a_list_is_told_with_the_places_in_it() -> None:
    """The places in a list of chunks begin with the chunk's."""
    report = explain_completion([delta("a"), delta([reference(0)]), chunk({}, "error")])
    assert [change.path for change in report.changes] == [
        "/1/choices/0/delta/content",
        "/1/choices/0/delta/extra_content",
    ]
    assert [left.path for left in report.left] == ["/2/choices/0/finish_reason"]


def test_a_stream_tells_each_kind_once() -> None:
    """However long a stream is, each kind of change is told once, and without what was said."""
    stream = CompletionStream()
    for _ in range(100):
        stream.chunk(delta([thinking("Hm")]))
    stream.chunk(chunk({}, "error"))
    assert [(change.rule, change.before, change.after) for change in stream.changes] == [
        ("completion-content", None, None),
        ("completion-thinking", None, None),
    ]
    assert [left.path for left in stream.left] == ["/choices/0/finish_reason"]


def test_names_or_ids_alone() -> None:
    """A report of names alone brings those back, and one of ids alone those."""
    call = tool_call("KyZd4gR9T", "ns_add", **OPENAI)
    names = Report({}, (), _names=REPORT._names)
    ids = Report({}, (), _ids=REPORT._ids)
    for report, id_, name in ((names, "KyZd4gR9T", "ns.add"), (ids, "call_1", "ns_add")):
        expected = completion("", tool_call(id_, name, **OPENAI))
        assert to_openai(completion("", call), report) == expected


def test_what_a_change_was_made_of() -> None:
    """`before` of each change is what stood there."""
    given = completion([text("a")], tool_call("null", **OPENAI), finish_reason="model_length")
    found = {change.path: change.before for change in explain_completion(given).changes}
    assert found == {
        "/choices/0/message/content": [text("a")],
        "/choices/0/message/tool_calls/0/id": "null",
        "/choices/0/finish_reason": "model_length",
    }
    emptied = CompletionStream()
    emptied._notes = Notes(values=True)
    emptied.chunk(delta([thinking("Hm")]))
    (removed,) = [change for change in emptied.changes if change.op == "remove"]
    assert removed.before == [thinking("Hm")]


def test_the_report_in_lines() -> None:
    """One line for each change, then one for what is left."""
    report = explain_completion(completion([text("a")], finish_reason="error"))
    lines = [*map(str, report.changes), *map(str, report.left)]
    assert str(report).split("\n") == lines
    assert len(lines) == 2


def test_what_is_one_kind_of_change() -> None:
    """Without values a change is noted once for its operation, place, rule and whether it loses."""
    notes = Notes(values=False)
    notes.change("replace", ("a",), "restored-id")
    notes.change("add", ("a",), "restored-id")
    notes.change("replace", ("b",), "restored-id")
    notes.change("replace", ("a",), "restored-name")
    notes.change("replace", ("a",), "restored-id", lossy=True)
    notes.change("replace", ("a",), "restored-id")
    assert len(notes.changes) == 5
    notes.leave(("a",), "size")
    notes.leave(("b",), "size")
    notes.leave(("a",), "coding")
    notes.leave(("a",), "size")
    assert len(notes.left) == 3
