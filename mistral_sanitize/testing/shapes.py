"""The shapes in which Mistral and its hosts send completions, as a table.

Each is a function of what is to be said and called; where it is known from is beside it. OpenAI's
clients read none of them but "plain" right: `mistral_sanitize.completions` is for that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple

__all__ = ["SHAPES", "Said", "Shape", "ShapeName", "Words"]

_Json = dict[str, Any]

ShapeName = Literal[
    "plain",
    "thinking",
    "thinking-with-text",
    "thinking-only",
    "thinking-later",
    "signature",
    "references",
    "calls-without-type",
    "calls-without-index",
    "fragments",
    "null-ids",
    "other-ids",
    "arguments-object",
    "model-length",
]


class Words(NamedTuple):
    """What a completion says, whatever its shape."""

    text: str
    tool: str
    """The name of the function that it calls, if its shape is one of a call."""
    arguments: str
    """The arguments of the call, as JSON text."""

    @property
    def pieces(self) -> list[str]:
        """The text, cut before each space, as Mistral streams it."""
        first, *rest = self.text.split(" ")
        return [first, *(f" {word}" for word in rest)]


class Said(NamedTuple):
    """One choice of a completion: its message, and the deltas that come to the same."""

    content: Any
    deltas: list[_Json]
    calls: list[_Json] | None = None
    reason: str = "stop"


Shape = Callable[[Words], Said]


def _text(said: str) -> _Json:
    return {"type": "text", "text": said}


def _thinking(*said: str, **more: Any) -> _Json:
    return {"type": "thinking", "thinking": [_text(part) for part in said], **more}


def _content(*contents: Any) -> list[_Json]:
    return [{"content": content} for content in contents]


def _plain(words: Words) -> Said:
    return Said(words.text, _content(*words.pieces))


_THOUGHTS: Final = ("The user ", "wants to know.")


def _think(words: Words) -> Said:
    # 38 of 1,190 recorded completions, and 15 of 574 streams, of which nine end it so (2026)
    deltas = [[_thinking(part, closed=True)] for part in _THOUGHTS]
    chunks = [_thinking("".join(_THOUGHTS), closed=True), _text(words.text)]
    return Said(chunks, _content(*deltas, [_thinking()], *words.pieces))


def _think_with_text(words: Words) -> Said:
    # 4 of 15 recorded streams with thinking: the first of the text is in the delta of the last
    first, *rest = words.pieces
    chunks = [_thinking("".join(_THOUGHTS), closed=True), _text(words.text)]
    mixed = [_thinking(_THOUGHTS[1], closed=True), _text(first)]
    return Said(chunks, _content([_thinking(_THOUGHTS[0])], mixed, *rest))


def _think_only(words: Words) -> Said:
    # recorded 2026-08-16, cut by max_tokens
    chunks = [_thinking("".join(_THOUGHTS), closed=True)]
    return Said(chunks, _content(*([_thinking(part)] for part in _THOUGHTS)), reason="length")


def _think_later(words: Words) -> Said:
    # mistralai 3.7.0: a list of any chunks in any order
    first, *rest = words.pieces
    last = "".join(rest)
    chunks = [_thinking("One."), _text(first), _thinking("Two."), _text(last)]
    return Said(chunks, _content([_thinking("One.")], first, [_thinking("Two.")], *rest))


def _sign(words: Words) -> Said:
    # mistralai 3.7.0, ThinkChunk: a signature, to be sent back
    chunk = _thinking("Hm.", signature="c2lnbmF0dXJl")
    return Said([chunk, _text(words.text)], _content([chunk], *words.pieces))


def _refer(words: Words) -> Said:
    # recorded of mistral-large-latest with documents; https://github.com/vercel/ai/issues/4820
    first, *rest = words.pieces
    reference = {"type": "reference", "reference_ids": [0]}
    chunks = [_text(first), reference, _text("".join(rest))]
    return Said(chunks, _content(first, [reference], *rest))


def _call(words: Words, id_: str = "a1B2c3D4e", **more: Any) -> _Json:
    return {"id": id_, "function": {"name": words.tool, "arguments": words.arguments}, **more}


def _calling(calls: list[_Json], *deltas: list[_Json]) -> Said:
    said: list[_Json] = [{"content": "", "tool_calls": each} for each in deltas]
    return Said("", said, calls, "tool_calls")


def _untyped(words: Words) -> Said:
    # 318 of 374 recorded completions with calls, 107 of 140 streams
    calls = [_call(words, index=0), _call(words, "f5G6h7I8j", index=1)]
    return _calling(calls, calls)


def _unindexed(words: Words) -> Said:
    # 11 recorded streams of 2024 (magentic, openinference)
    calls = [_call(words), _call(words, "f5G6h7I8j")]
    return _calling(calls, calls)


def _cut(words: Words, later: _Json) -> Said:
    """A call in fragments, with these keys on those that continue it."""
    half = (len(words.arguments) + 1) // 2
    named = {"name": words.tool, "arguments": words.arguments[:half]}
    unnamed = {"name": "", "arguments": words.arguments[half:]}
    first = {"id": "a1B2c3D4e", "type": "function", "function": named, "index": 0}
    return _calling(
        [_call(words, type="function")], [first], [{**later, "function": unnamed, "index": 0}]
    )


def _fragments(words: Words) -> Said:
    # GLM: https://github.com/earendil-works/pi/issues/8387
    return _cut(words, {})


def _null_ids(words: Words) -> Said:
    # https://github.com/zed-industries/zed/issues/53605; mistralai 3.7.0, ToolCall.id
    whole = [_call(words, "null", type="function")]
    return _cut(words, {"id": "null"})._replace(calls=whole)


def _other_ids(words: Words) -> Said:
    # https://github.com/mistralai/mistral-vibe/issues/1127
    return _cut(words, {"id": "toolcall0"})


def _object(words: Words) -> Said:
    # mistralai 3.7.0, FunctionCall: arguments are an object or a string
    call = _call(words, type="function", index=0)
    call["function"]["arguments"] = {"place": "Ulm"}
    return _calling([call], [call])


def _model_length(words: Words) -> Said:
    # mistralai 3.7.0, ChatCompletionChoice.finish_reason
    return _plain(words)._replace(reason="model_length")


SHAPES: Final[Mapping[ShapeName, Shape]] = {
    "plain": _plain,
    "thinking": _think,
    "thinking-with-text": _think_with_text,
    "thinking-only": _think_only,
    "thinking-later": _think_later,
    "signature": _sign,
    "references": _refer,
    "calls-without-type": _untyped,
    "calls-without-index": _unindexed,
    "fragments": _fragments,
    "null-ids": _null_ids,
    "other-ids": _other_ids,
    "arguments-object": _object,
    "model-length": _model_length,
}
"""Every shape by its name."""
