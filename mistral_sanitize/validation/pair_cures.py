"""What cures a refusal of calls and results that do not pair: `pair_calls`.

Mistral says that their numbers differ, or that a result follows a user message, and not which call
or result is at fault. Each call gets its result right behind it: the one of its id, moved there, or
one that says that there is none. A result of no call becomes a user message.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from itertools import islice
from typing import Any, Final

from mistral_sanitize.report import Report
from mistral_sanitize.rules._loss import says_something
from mistral_sanitize.rules.order import NO_RESULT
from mistral_sanitize.validation.edits import Edit, report_of
from mistral_sanitize.validation.locations import equals

__all__ = ["pair_calls"]

_RULE: Final = "refused-pairing"


def pair_calls(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """Each call with its result right behind it, and no result without a call."""
    messages = payload.get("messages")
    if not isinstance(messages, (list, tuple)):
        return None
    return report_of(payload, _Pairs(messages).edits)


def _call_ids(message: Any) -> list[str]:
    """The ids of an assistant's calls."""
    if not isinstance(message, dict) or not equals(message.get("role"), "assistant"):
        return []
    calls = message.get("tool_calls")
    calls = calls if isinstance(calls, (list, tuple)) else ()
    ids = [call.get("id") for call in calls if isinstance(call, dict)]
    return [call_id for call_id in ids if isinstance(call_id, str)]


def _answers(message: Any) -> str | None:
    """The id that a result is of; ``None`` for what is not a result with an id."""
    if not isinstance(message, dict) or not equals(message.get("role"), "tool"):
        return None
    call_id = message.get("tool_call_id")
    return call_id if isinstance(call_id, str) else None


class _Pairs:
    """The edits that pair the calls, in one pass: at any time `length` messages are in order."""

    def __init__(self, messages: Any) -> None:
        self.messages = messages
        self.edits: list[Edit] = []
        self.length = 0
        self.moved: list[int] = []
        self.callers: dict[str, list[int]] = defaultdict(list)
        self.results: dict[str, list[int]] = defaultdict(list)
        for index, message in enumerate(messages):
            for call_id in _call_ids(message):
                self.callers[call_id].append(index)
            answered = _answers(message)
            if answered is not None:
                self.results[answered].append(index)
        index = 0
        while index < len(messages):
            index = self._take_next(index)

    def _take_next(self, index: int) -> int:
        """Takes the next message, with its results if it calls; the index of the one behind."""
        message = self.messages[index]
        if self._is_moved(index):
            return index + 1
        if _answers(message) is not None:
            self._make_user(message)
        self.length += 1
        called = _call_ids(message)
        return self._take_results(index, called) if called else index + 1

    def _take_results(self, caller: int, called: list[str]) -> int:
        index = caller + 1
        while index < len(self.messages):
            call_id = _answers(self.messages[index])
            if self._is_moved(index):
                index += 1
            elif call_id in called:
                called.remove(call_id)
                self.length += 1
                index += 1
            else:
                break
        for call_id in called:
            self._insert_result(caller, index, call_id)
        return index

    def _insert_result(self, caller: int, index: int, call_id: str) -> None:
        """The result of a call that has none behind it: moved there, or made."""
        at = self._later_result(caller, index, call_id)
        result: Any = {"role": "tool", "tool_call_id": call_id, "content": NO_RESULT}
        if at is not None:
            result = self.messages[at]
            between = bisect.bisect(self.moved, at) - bisect.bisect_left(self.moved, index)
            place = self.length + at - index - between
            self.edits.append(Edit("remove", ("messages", place), _RULE))
            bisect.insort(self.moved, at)
        self.edits.append(Edit("add", ("messages", self.length), _RULE, result))
        self.length += 1

    def _later_result(self, caller: int, index: int, call_id: str) -> int | None:
        """Where the result of a call is, if it is further on and not that of a later call."""
        results, callers = self.results[call_id], self.callers[call_id]
        first = bisect.bisect_left(results, index)
        ahead = islice(results, first, None)
        at = next((result for result in ahead if not self._is_moved(result)), None)
        later = bisect.bisect(callers, caller)
        if at is None:
            return None
        return None if later < len(callers) and callers[later] < at else at

    def _is_moved(self, index: int) -> bool:
        at = bisect.bisect_left(self.moved, index)
        return at < len(self.moved) and self.moved[at] == index

    def _make_user(self, message: dict[str, Any]) -> None:
        content = message.get("content")
        rest = ("role", "content", "tool_call_id")
        lost = any(says_something(v, k) for k, v in message.items() if k not in rest)
        user = {"role": "user", "content": "" if content is None else content}
        self.edits.append(Edit("replace", ("messages", self.length), _RULE, user, lossy=lost))
