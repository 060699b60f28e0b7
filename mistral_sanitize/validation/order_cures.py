"""What cures a refusal of the order of messages: `alternate`, `reorder`, `begin_with_user`.

Mistral's own API refuses few orders, and says which two roles may not follow each other. Chat
templates want a system message first and then user and assistant in turn, where tool messages and
messages with calls do not count; they say only that. `alternate` makes a conversation such, as
mistral-common's normalizer does: neighbours of one role become one message, texts joined by a blank
line, calls kept. Nothing that a message says is lost.
"""

from __future__ import annotations

import itertools
import re
from typing import Any, Final

from mistral_sanitize.report import Report
from mistral_sanitize.rules._loss import says_something
from mistral_sanitize.rules.hosts import BEGIN
from mistral_sanitize.rules.order import BRIDGE
from mistral_sanitize.validation.edits import Edit, report_of
from mistral_sanitize.validation.locations import equals
from mistral_sanitize.validation.pair_cures import pair_calls

__all__ = ["alternate", "begin_with_user", "reorder"]

_RULE: Final = "refused-order"


def reorder(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Cures every place where the roles follow each other in the way that the words name."""
    role, after = found[1], found[2]
    if role == after:
        return alternate(payload, found)
    if role == "tool":
        return pair_calls(payload, found)
    messages = payload.get("messages")
    places = [
        index + 1
        for index, (before, message) in enumerate(itertools.pairwise(_message_list(messages)))
        if _has_role(before, after) and _has_role(message, role)
    ]
    if (role, after) == ("user", "tool"):
        edits = [Edit("add", ("messages", i), _RULE, _bridge()) for i in places]
    elif (role, after) == ("assistant", "system"):
        edits = [Edit("add", ("messages", i), _RULE, _opening_message()) for i in places]
    elif role == "system":
        edits = [Edit("replace", ("messages", i, "role"), _RULE, "user") for i in places]
    else:
        return None
    return report_of(payload, reversed(edits))


def begin_with_user(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """A user message before the assistant's that comes first."""
    messages = _message_list(payload.get("messages"))
    first = next((i for i, m in enumerate(messages) if not _has_role(m, "system")), None)
    if first is None or not _has_role(messages[first], "assistant"):
        return None
    return report_of(payload, [Edit("add", ("messages", first), _RULE, _opening_message())])


def alternate(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """The conversation as chat templates want it."""
    conversation = _Alternating()
    for message in _message_list(payload.get("messages")):
        conversation.add(message)
    return report_of(payload, conversation.edits)


def _message_list(messages: object) -> list[Any]:
    return list(messages) if isinstance(messages, (list, tuple)) else []


def _has_role(message: object, role: str) -> bool:
    return isinstance(message, dict) and equals(message.get("role"), role)


def _bridge() -> dict[str, str]:
    return {"role": "assistant", "content": BRIDGE}


def _opening_message() -> dict[str, str]:
    return {"role": "user", "content": BEGIN}


class _Alternating:
    """The messages in turn, built from the front, with the edits that lead there.

    At any time the messages are those of `out` and then the rest of the payload's.
    """

    def __init__(self) -> None:
        self.out: list[Any] = []
        self.edits: list[Edit] = []

    def add(self, message: Any) -> None:
        """Puts the next message behind those before."""
        if _has_role(message, "developer"):
            message = self._set(message, "role", "system")
        if _has_role(message, "system"):
            self._add_system(message)
        elif _has_role(message, "assistant"):
            self._add_assistant(message)
        elif _has_role(message, "user"):
            self._add_user(message)
        else:
            self.out.append(message)

    def _add_system(self, message: dict[str, Any]) -> None:
        if not self.out:
            self.out.append(message)
        elif not (_has_role(self.out[0], "system") and self._join(0, message)):
            self._add_user(self._set(message, "role", "user"))

    def _add_user(self, message: dict[str, Any]) -> None:
        if self.out and _has_role(self.out[-1], "tool"):
            self._insert(_bridge())
        last = len(self.out) - 1
        if not (self.out and _has_role(self.out[-1], "user") and self._join(last, message)):
            self.out.append(message)

    def _add_assistant(self, message: dict[str, Any]) -> None:
        calls = message.get("tool_calls")
        if isinstance(calls, (list, tuple)) and not calls:
            self.edits.append(Edit("remove", ("messages", len(self.out), "tool_calls"), _RULE))
            message = {key: value for key, value in message.items() if key != "tool_calls"}
        if all(_has_role(each, "system") for each in self.out):
            self._insert(_opening_message())
        last = self.out[-1]
        joins = _has_role(last, "assistant") and not last.get("tool_calls")
        if not (joins and self._join(len(self.out) - 1, message)):
            self.out.append(message)

    def _join(self, index: int, message: dict[str, Any]) -> bool:
        """Makes the next message a part of the one at `index`, if their contents can be joined."""
        first = self.out[index]
        content = _joined_contents(first.get("content"), message.get("content"))
        if content is _APART:
            return False
        rest = {k: v for k, v in message.items() if k not in ("role", "content", "tool_calls")}
        lost = any(says_something(v) for k, v in rest.items() if k in first and first[k] != v)
        path = ("messages", len(self.out))
        self.edits.append(Edit("remove", path, _RULE, lossy=lost))
        more = {key: value for key, value in rest.items() if key not in first}
        for key in ("content", "tool_calls"):
            if message.get(key):
                more[key] = content if key == "content" else message[key]
        for key, value in more.items():
            op = "replace" if key in first else "add"
            self.edits.append(Edit(op, ("messages", index, key), _RULE, value))  # type: ignore[arg-type]
        self.out[index] = {**first, **more}
        return True

    def _set(self, message: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
        self.edits.append(Edit("replace", ("messages", len(self.out), key), _RULE, value))
        return {**message, key: value}

    def _insert(self, message: dict[str, Any]) -> None:
        self.edits.append(Edit("add", ("messages", len(self.out)), _RULE, message))
        self.out.append(message)


_APART: Final = object()


def _joined_contents(first: object, second: object) -> Any:
    """Two contents as one: texts by a blank line, anything else as lists of parts."""
    said = [content for content in (first, second) if content]
    if len(said) < 2:
        return said[0] if said else first
    if all(isinstance(content, str) for content in said):
        return f"{first}\n\n{second}"
    parts = [_parts(content) for content in said]
    return _APART if None in parts else list(itertools.chain.from_iterable(parts))  # type: ignore[arg-type]


def _parts(content: object) -> list[Any] | None:
    if isinstance(content, (list, tuple)):
        return list(content)
    return [{"type": "text", "text": content}] if isinstance(content, str) else None
