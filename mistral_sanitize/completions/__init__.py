"""The way back: a completion of Mistral's for a client that expects OpenAI's shape.

`to_openai` maps what OpenAI's clients refuse or lose; `restore` gives the caller's own function
names and tool-call ids again. Both are opt-in, and nothing else in this package touches a
completion. A client that reads Mistral's own shape must not be given a mapped one.

Theory of operation:

1. A completion that is in OpenAI's shape is the very same object afterwards. What changes is a copy
   that shares the rest, and the argument is never changed.
2. A content list becomes three things: its text, joined, is ``content``; its thinking, joined, is
   ``reasoning_content``; each chunk that those two do not say exactly (a reference, an image, a
   signature, thinking after text, a future type) is kept, whole, in
   ``extra_content.mistral.chunks``, with the number of characters of ``content`` before it. The
   three are enough to build the list again: see the rule ``completion-chunks``.
3. One chunk of a stream in, one out, at once. `CompletionStream` remembers of a stream only how
   many characters and kept chunks there were, and the tool calls' indexes, ids and names.

Made from 1,764 recorded completions of /v1/chat/completions (2024 to August 2026), the models of
mistralai 3.7.0 and public reports; ``docs/guides/completions.md`` says which shape is from where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from mistral_sanitize.completions._notes import (
    COMPLETION_RULES,
    Draft,
    Left,
    Notes,
    Path,
    Repair,
    each,
)
from mistral_sanitize.completions._parts import (
    ChoiceState,
    finish_reason,
    needs_nothing,
    number_of,
    restores,
    streamed_calls,
    string_content,
    whole_calls,
)
from mistral_sanitize.report import Change, Report

__all__ = [
    "COMPLETION_RULES",
    "CompletionReport",
    "CompletionStream",
    "Left",
    "explain_completion",
    "restore",
    "to_openai",
]

_Completion = TypeVar("_Completion")


@dataclass(frozen=True, slots=True, eq=False)
class CompletionReport:
    """What `explain_completion` found. True when anything was changed, or left."""

    completion: Any = field(repr=False)
    """The completion, or the list of chunks, in OpenAI's shape; ``None`` for a stream of bytes."""
    changes: tuple[Change, ...]
    """Every change, in the order done; of a stream of bytes each kind of change once, without its
    values, and with its place in the chunk."""
    left: tuple[Left, ...]
    """What is not in OpenAI's shape, and stays."""

    def __bool__(self) -> bool:
        return bool(self.changes or self.left)

    @property
    def lossy(self) -> tuple[Change, ...]:
        """The changes after which something that Mistral sent is nowhere in `completion`."""
        return tuple(change for change in self.changes if change.lossy)

    def __str__(self) -> str:
        return "\n".join(map(str, (*self.changes, *self.left))) or "nothing to change"


def to_openai(completion: _Completion, report: Report | None = None) -> _Completion:
    """A completion of Mistral's in the shape in which OpenAI's clients read it.

    Args:
        completion: A chat completion as parsed JSON, or the list of all chunks of one streamed
            completion; `CompletionStream` is for chunks that arrive one by one. Never changed.
        report: What `explain` returned for the request. With it the caller's function names and
            tool-call ids come back too, as by `restore`.

    Returns:
        The very same object when there is nothing to do, else a copy that shares what is
        unchanged. Anything that is not a completion, an error of Mistral's too, is returned as it
        is. Text and thinking are joined and nothing is lost: see `COMPLETION_RULES`.

    Raises nothing, whatever the JSON.
    """
    return CompletionStream(report)._all(completion)


def explain_completion(completion: Any, report: Report | None = None) -> CompletionReport:
    """The same as `to_openai`, with every change and all that is left.

    The arguments are those of `to_openai`. The changes are in the order in which they were done,
    as JSON Patch (RFC 6902) would write them.
    """
    stream = CompletionStream(report)
    stream._notes = Notes(values=True)
    new = stream._all(completion)
    return CompletionReport(new, stream.changes, stream.left)


class CompletionStream:
    """`to_openai` for the chunks of one streamed completion, each at once as it arrives.

    Not thread-safe, and for one stream only: begin a new one for each. It holds no text, however
    long the stream is.

    Args:
        report: What `explain` returned for the request, to bring names and ids back too.
    """

    __slots__ = ("_choices", "_ids", "_names", "_notes")

    def __init__(self, report: Report | None = None) -> None:
        self._names: Mapping[str, str] = {} if report is None else report.names
        self._ids: Mapping[str, str] = {} if report is None else report.ids
        self._choices: dict[int, ChoiceState] = {}
        self._notes = Notes(values=False)

    def chunk(self, chunk: _Completion) -> _Completion:
        """The next chunk, as parsed JSON, in OpenAI's shape; the very same if it is in it."""
        new: _Completion = self._completion(chunk, ())
        return new

    @property
    def changes(self) -> tuple[Change, ...]:
        """What was changed so far: each kind of change once, without its values."""
        return self._notes.changes

    @property
    def left(self) -> tuple[Left, ...]:
        """What OpenAI's shape does not have and was left as it is, each kind once."""
        return self._notes.left

    def _all(self, completion: _Completion) -> _Completion:
        repair = self._completion
        is_list = isinstance(completion, (list, tuple))
        new: _Completion = each(completion, (), repair) if is_list else repair(completion, ())
        return new

    def _completion(self, value: Any, path: Path) -> Any:
        if not isinstance(value, dict):
            return value
        choices = value.get("choices")
        if isinstance(choices, list) and all(map(needs_nothing, choices)):
            self._count(choices)
            return value
        draft = Draft(value, path, self._notes)
        id_ = value.get("id")
        source = id_ if isinstance(id_, str) else ""
        draft.nest("choices", lambda all_, at: each(all_, at, self._choice(source)))
        return draft.value

    def _count(self, choices: list[dict[str, Any]]) -> None:
        """Count the text of choices that need nothing."""
        for position, choice in enumerate(choices):
            content = (choice.get("delta") or {}).get("content")
            if content:
                self._state(number_of(choice, position)).length += len(content)

    def _state(self, number: int) -> ChoiceState:
        state = self._choices.get(number)
        if state is None:
            state = self._choices[number] = ChoiceState()
        return state

    def _choice(self, completion: str) -> Repair:
        """What repairs each choice of the completion that has this id."""

        def choice(value: Any, path: Path) -> Any:
            if not isinstance(value, dict):
                return value
            draft = Draft(value, path, self._notes)
            number = number_of(value, path[-1])
            source = f"{completion}/{number}"
            draft.nest("message", lambda said, at: self._message(said, at, source))
            if "delta" in value:
                state = self._state(number)
                draft.nest("delta", lambda said, at: self._delta(said, at, source, state))
            if "messages" in value and "message" not in value:
                self._notes.leave((*path, "messages"), "messages")
            finish_reason(draft)
            return draft.value

        return choice

    def _message(self, value: Any, path: Path, source: str) -> Any:
        if not isinstance(value, dict):
            return value
        draft = Draft(value, path, self._notes)
        string_content(draft, ChoiceState(), whole=True)
        draft.nest("tool_calls", lambda calls, at: whole_calls(calls, at, self._notes, source))
        return self._restored(draft)

    def _delta(self, value: Any, path: Path, source: str, state: ChoiceState) -> Any:
        if not isinstance(value, dict):
            return value
        draft = Draft(value, path, self._notes)
        string_content(draft, state, whole=False)
        draft.nest(
            "tool_calls",
            lambda calls, at: streamed_calls(calls, at, self._notes, source, state.calls),
        )
        return self._restored(draft)

    def _restored(self, draft: Draft) -> Any:
        if self._names or self._ids:
            repair = restores(self._names, self._ids, self._notes)
            draft.nest("tool_calls", lambda calls, at: each(calls, at, repair))
        return draft.value


def restore(response: _Completion, report: Report) -> _Completion:
    """`response` with the names and ids that the caller of `report`'s payload used.

    `response` is a chat completion as parsed JSON, a chunk of a streamed one, or a list of either:
    ``choices[].message.tool_calls[]`` and ``choices[].delta.tool_calls[]`` are looked at. Names are
    mapped by ``report.names`` and ids by ``report.ids``; a new id, made by Mistral, stays. The very
    same object comes back when there is nothing to map, and otherwise a copy that shares all that
    is unchanged; the argument is never changed. Anything of another shape is returned as it is.

    Each chunk is restored on its own: Mistral streams a name whole, within one chunk, and not in
    pieces. A name that some other host cuts in pieces stays as it came.
    """
    if not report.names and not report.ids:
        return response
    notes = Notes(values=False)
    call = restores(report.names, report.ids, notes)

    def inside(*keys: str, repair: Repair) -> Repair:
        """What repairs each of these values of an object."""

        def repaired(value: Any, path: Path) -> Any:
            if not isinstance(value, dict):
                return value
            draft = Draft(value, path, notes)
            for key in keys:
                draft.nest(key, repair)
            return draft.value

        return repaired

    said = inside("tool_calls", repair=lambda calls, path: each(calls, path, call))
    choice = inside("message", "delta", repair=said)
    completion = inside("choices", repair=lambda choices, path: each(choices, path, choice))
    new: _Completion = (
        each(response, (), completion) if isinstance(response, list) else completion(response, ())
    )
    return new
