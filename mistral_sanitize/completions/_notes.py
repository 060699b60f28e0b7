"""Changes to a completion: what each is called, where it is noted, and the copy it is made in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import is_
from types import MappingProxyType
from typing import Any, Final, Literal

from mistral_sanitize.report import Change, pointer, shown

__all__ = ["COMPLETION_RULES", "Draft", "Left", "Notes", "Path", "Repair", "each", "is_index",
           "left_for"]  # fmt: skip

COMPLETION_RULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "completion-content": "OpenAI's content is one string: the text of the chunks is joined",
        "completion-thinking": "OpenAI's clients read thinking in reasoning_content",
        "completion-kept": "a string does not say this chunk: it is kept in extra_content",
        "completion-call-type": "OpenAI's tool calls have a type",
        "completion-call-index": "each of OpenAI's streamed tool calls has an index of its own",
        "completion-call-id": "each of OpenAI's tool calls has an id of its own, said once",
        "completion-call-name": "OpenAI's streams say the name of a tool call once",
        "completion-arguments": "OpenAI's arguments are JSON text",
        "completion-finish-reason": "OpenAI has one finish reason for all limits on length",
        "restored-name": "the request was sent with another name for this function",
        "restored-id": "the request was sent with another id for this tool call",
    }
)
"""What `to_openai` changes, by the rule of a `Change`, each with its reason.

These are about completions: `enable` and `disable` know the rules of requests only.
"""

_LEFT: Final = {
    "finish-reason": "OpenAI has no such finish reason",
    "messages": "OpenAI's choices have one message, not several",
    "content": "another field is in the way of what this content would become",
    "function": "OpenAI's tool calls name a function",
    "arguments": "these arguments cannot be written as JSON text",
    "coding": "the body is in a content coding that is not read",
    "size": "the body, or a line of it, is larger than the limit",
}

Path = tuple[Any, ...]
Repair = Callable[[Any, Path], Any]


# Notes and drafts -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Left:
    """What `to_openai` found that OpenAI's shape does not have, and left as it is."""

    path: str
    """Where (RFC 6901)."""
    reason: str
    """One line that says why, in general terms."""

    def __str__(self) -> str:
        return f"left {shown(self.path)}: {self.reason}"


def left_for(why: str, path: Path = ()) -> Left:
    """What was left, by a key of the table of reasons."""
    return Left(pointer(path), _LEFT[why])


class Notes:
    """What was changed and what was left.

    Args:
        values: Whether each change is kept, with its values. Else each kind of change in each place
            is kept once and without them, so that a long stream holds no text.
    """

    __slots__ = ("_changes", "_left", "_values")

    def __init__(self, *, values: bool) -> None:
        self._values = values
        self._changes: dict[Any, Change] = {}
        self._left: dict[Any, Left] = {}

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(self._changes.values())

    @property
    def left(self) -> tuple[Left, ...]:
        return tuple(self._left.values())

    def change(
        self,
        op: Literal["add", "remove", "replace"],
        path: Path,
        rule: str,
        *,
        before: Any = None,
        after: Any = None,
        lossy: bool = False,
    ) -> None:
        kind = len(self._changes) if self._values else (op, path, rule, lossy)
        if kind not in self._changes:
            if not self._values:
                before = after = None
            self._changes[kind] = Change(
                op, pointer(path), None, rule, COMPLETION_RULES[rule], lossy, before, after
            )

    def leave(self, path: Path, why: str) -> None:
        self._left.setdefault((path, why), left_for(why, path))


class Draft:
    """One object of a completion, copied at its first change; `value` is what it is by now."""

    __slots__ = ("_given", "notes", "path", "value")

    def __init__(self, given: dict[str, Any], path: Path, notes: Notes) -> None:
        self._given = self.value = given
        self.path = path
        self.notes = notes

    def set(self, key: str, new: Any, rule: str, *, lossy: bool = False) -> None:
        path = (*self.path, key)
        if key in self.value:
            before = self.value[key]
            self.notes.change("replace", path, rule, before=before, after=new, lossy=lossy)
        else:
            self.notes.change("add", path, rule, after=new)
        self._own()[key] = new

    def remove(self, key: str, rule: str, *, lossy: bool = False) -> None:
        before = self._own().pop(key)
        self.notes.change("remove", (*self.path, key), rule, before=before, lossy=lossy)

    def nest(self, key: str, repair: Repair) -> None:
        """What is under `key`, if anything, repaired; the repair makes its own notes."""
        if key in self.value:
            new = repair(self.value[key], (*self.path, key))
            if new is not self.value[key]:
                self._own()[key] = new

    def _own(self) -> dict[str, Any]:
        if self.value is self._given:
            self.value = dict(self._given)
        return self.value


def each(value: Any, path: Path, repair: Repair) -> Any:
    """The list with every item repaired; the same one if they are the same."""
    if not isinstance(value, (list, tuple)):
        return value
    new = [repair(item, (*path, i)) for i, item in enumerate(value)]
    return value if all(map(is_, new, value)) else new


def is_index(value: Any) -> bool:
    """Whether it is a place in a list, as JSON has it."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
