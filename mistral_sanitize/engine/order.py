"""The order of messages: `put_in_order`, and new ids where nothing else is out of order.

`put_in_order` accepts the messages of a conversation, each in Mistral's shape already, and puts
them in an order that Mistral accepts. `engine.pairing` looks at all of them once to find which
result answers which call; then the list is built anew from the front, and each step recorded at the
place where it happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from mistral_sanitize.engine.anthropic import holds_tool_result, is_tool_result
from mistral_sanitize.engine.pairing import Call, calls_of, id_text, is_usable, pair
from mistral_sanitize.engine.walk import repair
from mistral_sanitize.rules._follows import FOLLOWS
from mistral_sanitize.rules._loss import json_text, says_more, says_something
from mistral_sanitize.rules._parts import joined
from mistral_sanitize.rules._run import Path, Run
from mistral_sanitize.rules.ids import fits, new_id
from mistral_sanitize.rules.order import BRIDGE, CONTINUE, NO_RESULT, PLACEHOLDER
from mistral_sanitize.schema.node import Value

__all__ = ["RULES_FOR_ORDERLY_MESSAGES", "put_in_order", "renumber_ids"]

RULES_FOR_ORDERLY_MESSAGES: Final = frozenset((
    "empty-assistant-placeholder", "trailing-assistant-user", "trailing-assistant-drop",
    "merge-system", "drop-unanswered-call", "merge-neighbours", "split-content-calls",
))  # fmt: skip
"""Rules that find something to do where nothing is out of order."""


def put_in_order(messages: Sequence[Any], items: Value, path: Path, run: Run) -> Any:
    """The messages in an order that Mistral accepts: the very same object if they are in one."""
    return _Ordering(messages, items, path, run).messages


def renumber_ids(messages: Sequence[Any], ids: Iterable[str], path: Path, run: Run) -> Any:
    """The messages with new ids for the calls whose ids do not fit, and for their results.

    For conversations that are in order but for that, as every one with OpenAI's ids is; `ids` are
    those of all their calls.
    """
    taken = set(filter(fits, ids))
    fresh: dict[str, str] = {}
    out = list(messages)
    for at, m in enumerate(messages):
        role = m.get("role") if isinstance(m, dict) else None
        if role == "tool":
            new = fresh.get(m["tool_call_id"])
            if new is not None:
                run.replace(path + (at, "tool_call_id"), "tool-call-id", m["tool_call_id"], new)
                out[at] = {**m, "tool_call_id": new}
        elif role == "assistant" and calls_of(m):
            calls = list(m["tool_calls"])
            for slot, call in enumerate(calls):
                old = call["id"]
                if old not in taken:
                    new = fresh[old] = new_id(old, taken)
                    taken.add(new)
                    run.ids[new] = old
                    run.replace(path + (at, "tool_calls", slot, "id"), "tool-call-id", old, new)
                    calls[slot] = {**call, "id": new}
                    out[at] = {**m, "tool_calls": calls}
    return out


class _Ordering:
    """The messages in an order that Mistral accepts, built from the front, each step recorded.

    At any time the messages are those of `out` and then the rest of the input: a step's path is
    that of its moment. `messages` is the very same object if nothing was to be done.
    """

    def __init__(self, messages: Sequence[Any], items: Value, path: Path, run: Run) -> None:
        self.given = messages
        self.items = items
        self.path = path
        self.run = run
        self.rules = run.rules
        self.out: list[Any] = []
        before = run.count
        self.turns = pair(messages)
        self.owner = {c.result: c for calls in self.turns.values() for c in calls
                      if c.result is not None}  # fmt: skip
        self._give_ids()
        self.moved: set[int] = set()
        self.prefixes: list[int] = []
        self.merged: dict[int, tuple[str, list[Any]]] = {}
        self.first_system: int | None = None
        self.index = 0
        self.may_drop = any(not _is_empty(m) for m in messages)
        while self.index < len(messages):
            m = messages[self.index]
            self.index += 1
            self._take(m)
        self._finish()
        self.messages = messages if run.count == before else self.out

    # ids

    def _give_ids(self) -> None:
        """New ids, where the old ones do not fit or stand already; stable as the history grows."""
        calls = [call for turn in self.turns.values() for call in turn]
        taken: set[Any] = {call.id for call in calls if fits(call.id)}
        used: dict[str, int] = {}
        missing = 0
        for call in calls:
            rule, old = None, call.key
            if old is None:
                missing += 1
                rule, old = _MISSING, f"\0{missing}"
            elif old in used and "duplicate-tool-call-id" in self.rules:
                # by its count and not by trying anew: n calls of one id are n hashes
                rule, old = "duplicate-tool-call-id", f"{old}\0{used[old]}"
            elif not fits(call.id):
                rule = "tool-call-id"
            if rule is not None and rule in self.rules:
                call.new_id, call.rule = new_id(old, taken), rule
                taken.add(call.new_id)
                used[call.new_id] = 1
                if call.key is not None:
                    self.run.ids[call.new_id] = call.key
            else:
                call.new_id = call.id
            if call.key is not None:
                used[call.key] = used.get(call.key, 0) + 1

    # one message

    def _take(self, m: Any) -> None:
        role = m.get("role") if isinstance(m, dict) else None
        if self.index - 1 in self.moved:
            self.run.remove(self._here(), "result-order", m, lossy=False)
        elif role == "tool" and self._comes_later(self.index - 1):
            self.run.remove(self._here(), "result-order", m, lossy=False)
        elif role == "assistant":
            self._assistant(m)
        elif role == "tool" and self.index - 1 in self.owner:
            self._result(m, self.owner[self.index - 1])  # its rule is off, or it stands here
        elif role == "tool" and "orphan-result" in self.rules:
            self._orphan(m)
        elif role == "system":
            self._system(m)
        elif role == "user":
            self._user(m)
        else:
            self.out.append(m)

    def _comes_later(self, index: int) -> bool:
        """Whether a result stands before its call, and will be moved behind it."""
        call = self.owner.get(index)
        return call is not None and call.turn > index and "result-order" in self.rules

    def _here(self) -> Path:
        return self.path + (len(self.out),)

    def _last_role(self) -> Any:
        last = self.out[-1] if self.out else None
        return last.get("role") if isinstance(last, dict) else None

    def _comes_late(self, role: str) -> bool:
        """Whether a role may not follow the last message's."""
        last = self._last_role()
        return isinstance(last, str) and role not in FOLLOWS.get(last, (role,))

    def _set(self, m: dict[str, Any], key: str, value: Any, rule: str) -> dict[str, Any]:
        """A copy of the next message with one key set, recorded."""
        if key in m:
            lossy = says_more(m[key], value, key) if key == "prefix" else None
            if key == "tool_call_id" and _is_id(m[key]):
                lossy = False
            self.run.replace(self._here() + (key,), rule, m[key], value, lossy)
        else:
            self.run.add(self._here() + (key,), rule, value)
        return {**m, key: value}

    def _insert(self, m: dict[str, Any], rule: str) -> None:
        self.run.add(self._here(), rule, m)
        self.out.append(m)

    def _user(self, m: dict[str, Any]) -> None:
        self._bridge()
        self._put_user(m)

    def _bridge(self) -> None:
        if self._last_role() == "tool" and "user-after-tool" in self.rules:
            self._insert({"role": "assistant", "content": BRIDGE}, "user-after-tool")

    def _put_user(self, m: dict[str, Any]) -> None:
        if self._last_role() == "user" and "merge-neighbours" in self.rules:
            self._merge(len(self.out) - 1, m, "merge-neighbours")
        else:
            self.out.append(m)

    def _merge(self, at: int, m: dict[str, Any], rule: str) -> None:
        """Notes that the next message joins an earlier one; `_join` does it once, at the end."""
        self.run.remove(self._here(), rule, m, _tells(m, "content"))
        self.merged.setdefault(at, (rule, []))[1].append(m.get("content"))

    def _join(self) -> None:
        for at, (rule, more) in self.merged.items():
            first = self.out[at]
            content = joined([first.get("content"), *more])
            if content != first.get("content"):
                self.run.replace((*self.path, at, "content"), rule, first.get("content"), content)
                self.out[at] = {**first, "content": content}

    def _system(self, m: dict[str, Any]) -> None:
        if self.first_system is not None and "merge-system" in self.rules:
            self._merge(self.first_system, m, "merge-system")
        elif self._comes_late("system") and "late-system" in self.rules:
            self._bridge()
            self._become_user(self._set(m, "role", "user", "late-system"), "late-system")
        else:
            if self.first_system is None:
                self.first_system = len(self.out)
            self.out.append(m)

    def _orphan(self, m: dict[str, Any]) -> None:
        content = m.get("content")
        rest = {k: v for k, v in m.items() if k not in ("role", "content", "tool_call_id", "name")}
        user = {"role": "user", "content": "" if content is None else content, **rest}
        self._bridge()
        lost = [v for k, v in m.items() if k == "name" or (k == "tool_call_id" and not _is_id(v))]
        self.run.replace(self._here(), "orphan-result", m, user, any(map(says_something, lost)))
        self._become_user(user, "orphan-result")

    def _become_user(self, m: dict[str, Any], rule: str) -> None:
        """A message that is the user's now, whose content may be in need of other repairs."""
        content = m.get("content")
        if isinstance(content, (list, tuple)) and holds_tool_result(content):
            told = [json_text(part) if is_tool_result(part) else part for part in content]
            m = self._set(m, "content", told, rule)
        self._put_user(repair(m, self.items, self._here(), self.run))

    def _assistant(self, m: dict[str, Any]) -> None:
        calls = self.turns.get(self.index - 1)
        if not calls:
            self._said(m)
            return
        m = self._with_ids(self._answered_only(m, calls), calls)
        if not calls_of(m):
            self._said(m)
            return
        if m.get("content") and "split-content-calls" in self.rules:
            m = self._split(m)
        if m.get("prefix") is True:
            self.prefixes.append(len(self.out))
        self.out.append(m)
        for call in calls:
            if call.new_id is not _DROPPED:
                self._answer(call)

    def _said(self, m: dict[str, Any]) -> None:
        """An assistant message without calls."""
        if _is_empty(m):
            if "empty-assistant-placeholder" in self.rules:
                m = self._set(m, "content", PLACEHOLDER, "empty-assistant-placeholder")
            elif "empty-assistant" in self.rules and self.may_drop:
                self.run.remove(self._here(), "empty-assistant", m, _tells(m))
                return
        if m.get("prefix") is True:
            self.prefixes.append(len(self.out))
        self.out.append(m)

    def _answered_only(self, m: dict[str, Any], calls: list[Call]) -> dict[str, Any]:
        """Under ``drop-unanswered-call``: without the calls that nothing answers."""
        if "drop-unanswered-call" not in self.rules:
            return m
        kept = [c for c in calls if c.result is not None]
        if len(kept) == len(calls):
            return m
        given = calls_of(m)
        gone = {call.slot for call in calls if call.result is None}
        for call in reversed(calls):
            if call.slot in gone:
                where = (*self._here(), "tool_calls", call.slot)
                self.run.remove(where, "drop-unanswered-call", given[call.slot], True)
                call.new_id = _DROPPED
        left = [slot for slot in range(len(given)) if slot not in gone]  # of no calls, too
        places = {slot: at for at, slot in enumerate(left)}
        for call in kept:
            call.slot = places[call.slot]
        return {**m, "tool_calls": [given[slot] for slot in left]}

    def _with_ids(self, m: dict[str, Any], calls: list[Call]) -> dict[str, Any]:
        changed: list[Any] | None = None
        for call in calls:
            if call.new_id is call.id or call.new_id is _DROPPED:
                continue
            old = calls_of(m)[call.slot]
            where = (*self._here(), "tool_calls", call.slot, "id")
            rule = call.rule
            if "id" in old:
                lossy = False if _is_id(old["id"]) else None
                self.run.replace(where, rule, old["id"], call.new_id, lossy)
            else:
                self.run.add(where, rule, call.new_id)
            if changed is None:
                changed = list(calls_of(m))
            changed[call.slot] = {**old, "id": call.new_id}
        return m if changed is None else {**m, "tool_calls": changed}

    def _split(self, m: dict[str, Any]) -> dict[str, Any]:
        """Under ``split-content-calls``: the content as a message of its own, before the calls."""
        self._insert({"role": "assistant", "content": m["content"]}, "split-content-calls")
        return self._set(m, "content", "", "split-content-calls")

    def _answer(self, call: Call) -> None:
        """The result of a call, right behind it: in place, moved there, or made."""
        if call.result is None:
            if "missing-result" in self.rules:
                result = {"role": "tool", "tool_call_id": call.new_id, "content": NO_RESULT}
                self._insert(result, "missing-result")
        elif call.result == self.index:
            self.index += 1
            self._result(self.given[call.result], call)
        elif "result-order" in self.rules:
            m = self.given[call.result]
            m = m if m.get("tool_call_id") == call.new_id else {**m, "tool_call_id": call.new_id}
            self.moved.add(call.result)
            self._insert(m, "result-order")

    def _result(self, m: dict[str, Any], call: Call) -> None:
        """A result where it stands, under the id of its call."""
        old = m.get("tool_call_id")
        if old != call.new_id and is_usable(call.new_id):
            rule = call.rule if id_text(m, "tool_call_id") == call.key else "result-id"
            rule = rule if is_usable(old) else _MISSING
            if rule in self.rules:
                m = self._set(m, "tool_call_id", call.new_id, rule)
        self.out.append(m)

    # the end

    def _finish(self) -> None:
        self._join()
        last: Any = self.out[-1] if self.out else None
        if _is_said(last):
            self._end_with_assistant(last)
        for at in self.prefixes:
            if at != len(self.out) - 1 and "prefix-not-last" in self.rules:
                m = self.out[at]
                self.run.remove((*self.path, at, "prefix"), "prefix-not-last", True, lossy=False)
                self.out[at] = {k: v for k, v in m.items() if k != "prefix"}

    def _end_with_assistant(self, last: dict[str, Any]) -> None:
        if "trailing-assistant-drop" in self.rules and not all(map(_is_said, self.out)):
            self._drop_last(_is_said, "trailing-assistant-drop")
        elif "trailing-assistant-user" in self.rules:
            if "empty-assistant" in self.rules:  # there were no others: now there is the user's
                self._drop_last(_is_empty, "empty-assistant")
            self._insert({"role": "user", "content": CONTINUE}, "trailing-assistant-user")
        elif last.get("prefix") is not True and "trailing-assistant" in self.rules:
            self.out.pop()
            self.out.append(self._set(last, "prefix", True, "trailing-assistant"))

    def _drop_last(self, which: Callable[[Any], bool], rule: str) -> None:
        while self.out and which(self.out[-1]):
            gone = self.out.pop()
            self.run.remove(self._here(), rule, gone, _tells(gone))
        self.prefixes = [at for at in self.prefixes if at < len(self.out)]


_DROPPED: Final = object()


_MISSING: Final = "missing-tool-call-id"


def _is_said(m: Any) -> bool:
    """Whether a message is the assistant's and calls nothing."""
    return isinstance(m, dict) and m.get("role") == "assistant" and not calls_of(m)


def _is_id(value: Any) -> bool:
    """Whether a value is an id, if not one of Mistral's: such says nothing of its own."""
    return isinstance(value, (str, int, float))


def _is_empty(m: Any) -> bool:
    return _is_said(m) and not m.get("content") and not says_something(m.get("tool_calls"))


def _tells(m: dict[str, Any], *besides: str) -> bool:
    """Whether a message says anything but whose it is, whether to continue it, and these."""
    plain = {"role", *besides} | ({"prefix"} if isinstance(m.get("prefix"), bool) else set())
    return any(says_something(v) for k, v in m.items() if k not in plain)
