"""Which result answers which call: what the messages themselves say, read once.

Nothing is changed here. `pair` gives the calls of every turn, each with the index of its result;
`engine.order` builds the conversation anew from them.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mistral_sanitize.report import key_text

__all__ = ["Call", "calls_of", "id_text", "is_usable", "name_of", "pair"]


@dataclass(slots=True, eq=False)
class Call:
    """One tool call: where it is, its id, and the message that answers it."""

    turn: int
    slot: int
    id: Any
    key: str | None
    """The id as text, if it says which call is meant."""
    name: Any
    result: int | None = None
    new_id: Any = None
    rule: str = ""
    """The rule that gave it its new id."""


def calls_of(m: Mapping[str, Any]) -> Sequence[Any]:
    """The tool calls of a message, none where it has no list of them."""
    calls = m.get("tool_calls")
    return calls if isinstance(calls, (list, tuple)) else ()


def is_usable(call_id: object) -> bool:
    """Whether an id says which call is meant; ``"null"`` is the schema's default for none."""
    if isinstance(call_id, str):
        return call_id not in ("", "null")
    return isinstance(call_id, int) and not isinstance(call_id, bool)


def name_of(call: Any) -> Any:
    """The name of the function that a call calls, if it has one."""
    function = call.get("function") if isinstance(call, dict) else None
    return function.get("name") if isinstance(function, dict) else None


def id_text(holder: Any, name: str) -> str | None:
    """An id as text, if it is usable; some clients write numbers."""
    call_id = holder.get(name) if isinstance(holder, dict) else None
    if not is_usable(call_id):
        return None
    return call_id if isinstance(call_id, str) else key_text(call_id)


def pair(messages: Sequence[Any]) -> dict[int, list[Call]]:
    """The calls of every turn that has some, each with the message that answers it.

    A result belongs to the call of its id, in the latest turn that has such a call unanswered, or,
    where no such call is before it, in the next one. One without an id, or with one that no call
    has, belongs to the first call of the latest turn that is unanswered, of the same name if there
    is one.
    """
    objects = {i: m for i, m in enumerate(messages) if isinstance(m, dict)}
    turns = {
        i: _turn(i, m) for i, m in objects.items() if m.get("role") == "assistant" and calls_of(m)
    }
    pairing = _Pairing(messages, turns, objects)
    for index, m in objects.items():
        if index in turns:
            pairing.begin(turns[index])
        elif m.get("role") == "tool":
            pairing.answer(index, id_text(m, "tool_call_id"))
    pairing.end_turn()
    return turns


def _turn(index: int, m: dict[str, Any]) -> list[Call]:
    """The calls of a message."""
    return [
        Call(index, slot, call.get("id"), id_text(call, "id"), name_of(call))
        for slot, call in enumerate(calls_of(m))
        if isinstance(call, dict)
    ]


class _Pairing:
    """The calls and results met so far that have not found each other."""

    def __init__(
        self, messages: Sequence[Any], turns: dict[int, list[Call]], objects: dict[int, Any]
    ) -> None:
        self.messages = messages
        self.keys = {call.key for calls in turns.values() for call in calls}
        self.to_come = Counter(
            id_text(m, "tool_call_id") for m in objects.values() if m.get("role") == "tool"
        )
        self.waiting: dict[str, list[list[Call]]] = {}
        self.early: dict[str, deque[int]] = {}
        self.loose: list[int] = []
        self.current: list[Call] = []

    def begin(self, calls: list[Call]) -> None:
        """Puts the calls of a turn among those that wait, but for those that are answered already.

        A result before its call answers it where none behind it does.
        """
        self.end_turn()
        self.current = calls
        groups: dict[str, list[Call]] = {}
        asked = Counter(call.key for call in calls)
        for call in calls:
            if call.key is None:
                continue
            asked[call.key] -= 1
            early = self.early.get(call.key)
            unmet = call.key not in self.waiting
            if early and unmet and asked[call.key] >= self.to_come[call.key]:
                call.result = early.popleft()  # it is before its call
            else:
                groups.setdefault(call.key, []).append(call)
        for key, group in groups.items():
            group.reverse()
            self.waiting.setdefault(key, []).append(group)

    def answer(self, index: int, key: str | None) -> None:
        """Gives a result to the call that waits for its id, or keeps it."""
        self.to_come[key] -= 1
        groups = self.waiting.get(key, []) if key is not None else []
        while groups and not groups[-1]:
            groups.pop()
        if groups:
            groups[-1].pop().result = index
        elif key is None or key not in self.keys:
            self.loose.append(index)
        else:
            self.early.setdefault(key, deque()).append(index)

    def end_turn(self) -> None:
        """Gives results that name no call to the calls of their turn that have none, by order."""
        loose, self.loose = self.loose, []
        if not loose:
            return
        open_calls = {call.slot: call for call in self.current if call.result is None}
        by_name: dict[Any, list[int]] = {}
        for slot in sorted(open_calls, reverse=True):
            name = open_calls[slot].name
            by_name.setdefault(name if isinstance(name, str) else None, []).append(slot)
        unnamed = []
        for index in loose:
            name = self.messages[index].get("name")
            slots = by_name.get(name) if isinstance(name, str) else None
            if slots:
                open_calls.pop(slots.pop()).result = index
            else:
                unnamed.append(index)
        for index, call in zip(unnamed, list(open_calls.values()), strict=False):
            call.result = index
