"""How messages change for the chat templates of other hosts: the rules of `rules.hosts`.

One pass over messages that `engine.order` has put in order, from the front: at any time the
messages are those of `out` and then the rest of the input, and the path of a change is that of its
moment. What joins an earlier message is collected and joined once, at the end, so that a run of
neighbours costs no more than its length. Where the pass changes anything, the order is looked at
again, since a message more may be one out of order: `repair_messages_for_templates` is that loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mistral_sanitize.engine.messages import repair_messages
from mistral_sanitize.rules._loss import json_text, says_beside, says_something
from mistral_sanitize.rules._parts import joined, reasoning_text, reasoning_texts, text_of
from mistral_sanitize.rules._run import Path, Run
from mistral_sanitize.rules.hosts import BEGIN
from mistral_sanitize.schema.node import Value

__all__ = ["repair_messages_for_templates"]

_ROUNDS: Final = 4
"""The order is right after two; the others are for what nobody has thought of."""


def repair_messages_for_templates(
    messages: Sequence[Any], items: Value, path: Path, run: Run
) -> Any:
    """The messages, each repaired, in order, and as chat templates accept them."""
    ordered: Any = None
    after: Any = messages
    rounds = 0
    while after is not ordered and rounds < _ROUNDS:
        ordered = repair_messages(after, items, path, run)
        after = _Pass(ordered, items, path, run).messages
        rounds += 1
    return after


class _Pass:
    """One pass. `messages` is the very same object if nothing was to be done."""

    def __init__(self, messages: Sequence[Any], items: Value, path: Path, run: Run) -> None:
        self.path = path
        self.run = run
        self.rules = run.rules
        self.is_open = not items.tags["assistant"].closed
        self.out: list[Any] = []
        self.changed = False
        self.images: list[Any] = []
        """Images of the results just put out, for a user message behind them."""
        self.joins: dict[tuple[int, str], list[Any]] = {}
        """By the index in `out` and the key: what the message there is to have besides its own."""
        self.has_begun = False
        given = self._system_first(messages) if "system-first" in self.rules else messages
        for m in given:
            self._take(m)
        self._show_images(None)
        for (at, key), values in self.joins.items():
            self._join(at, key, values)
        self.messages = self.out if self.changed else messages

    # the record

    def _here(self) -> Path:
        return self.path + (len(self.out),)

    def _set(self, m: dict[str, Any], key: str, value: Any, rule: str,
             lossy: bool | None = None) -> dict[str, Any]:  # fmt: skip
        """The next message with one key set, recorded."""
        self.changed = True
        if key in m:
            self.run.replace(self._here() + (key,), rule, m[key], value, lossy)
        else:
            self.run.add(self._here() + (key,), rule, value)
        return {**m, key: value}

    def _unset(self, m: dict[str, Any], key: str, rule: str) -> dict[str, Any]:
        """The next message without one key, recorded."""
        self.changed = True
        self.run.remove(self._here() + (key,), rule, m[key], False)
        return {k: v for k, v in m.items() if k != key}

    def _insert(self, m: dict[str, Any], rule: str) -> None:
        self.changed = True
        self.run.add(self._here(), rule, m)
        self.out.append(m)

    # one message

    def _system_first(self, messages: Sequence[Any]) -> Sequence[Any]:
        """The messages with the first system message at the front."""
        for at, m in enumerate(messages):
            if isinstance(m, dict) and m.get("role") == "system":
                if at:
                    self.changed = True
                    self.run.add((*self.path, 0), "system-first", m)
                    self.run.remove((*self.path, at + 1), "system-first", m, lossy=False)
                    return [m, *messages[:at], *messages[at + 1 :]]
                return messages
        return messages

    def _take(self, m: Any) -> None:
        if not isinstance(m, dict):
            self.out.append(m)
            return
        role = m.get("role")
        if role != "tool":
            m = self._show_images(m)
        if role == "assistant":
            self._assistant(m)
            self.has_begun = True
        elif role == "tool":
            self.out.append(self._as_string(self._without_images(m)))
        else:
            self.out.append(self._as_string(m))
            self.has_begun = self.has_begun or role != "system"

    def _as_string(self, m: dict[str, Any]) -> dict[str, Any]:
        """Text parts as one string."""
        content = m.get("content")
        if "content-string" in self.rules and isinstance(content, (list, tuple)):
            text = text_of(content)
            if text is not None:
                return self._set(m, "content", text, "content-string")
        return m

    def _assistant(self, m: dict[str, Any]) -> None:
        if "reasoning-content" in self.rules and self.is_open:
            m = self._with_reasoning(m)
        m = self._with_calls(self._as_string(m))
        if "leading-assistant" in self.rules and not self.has_begun:
            self._insert({"role": "user", "content": BEGIN}, "leading-assistant")
        if "merge-assistants" in self.rules and self.out and _may_grow(self.out[-1]):
            self._merge(self.out[-1], m)
        else:
            self.out.append(m)

    def _with_calls(self, m: dict[str, Any]) -> dict[str, Any]:
        """Calls as hosts want them, and content beside them."""
        if "tool_calls" not in m:
            return m
        calls = m["tool_calls"]
        if not calls and (calls is None or isinstance(calls, (list, tuple))):
            if "empty-tool-calls" not in self.rules:
                return m
            return self._unset(m, "tool_calls", "empty-tool-calls")
        if not isinstance(calls, (list, tuple)):
            return m
        if "call-type" in self.rules:
            m = self._with_types(m, calls)
        if m.get("content") is None and "assistant-content" in self.rules:
            m = self._set(m, "content", "", "assistant-content")
        return m

    def _with_types(self, m: dict[str, Any], calls: Sequence[Any]) -> dict[str, Any]:
        typed = list(calls)
        for slot, call in enumerate(calls):
            if isinstance(call, dict) and call.get("type") is None:
                where = self._here() + ("tool_calls", slot, "type")
                if "type" in call:
                    self.run.replace(where, "call-type", None, "function")
                else:
                    self.run.add(where, "call-type", "function")
                typed[slot] = {**call, "type": "function"}
                self.changed = True
        return m if all(a is b for a, b in zip(typed, calls, strict=True)) else {
            **m, "tool_calls": typed
        }  # fmt: skip

    def _with_reasoning(self, m: dict[str, Any]) -> dict[str, Any]:
        """Thinking chunks as the text of ``reasoning_content``."""
        content = m.get("content")
        if not isinstance(content, (list, tuple)):
            return m
        thoughts = [part for part in content if _is_thought(part)]
        if not thoughts:
            return m
        rest = [part for part in content if not _is_thought(part)]
        text = "\n".join(filter(None, map(reasoning_text, thoughts)))
        told = m.get("reasoning_content")
        lost = says_beside(thoughts, reasoning_texts(thoughts))
        m = self._set(m, "content", rest or "", "reasoning-content", lost)
        if not text or (isinstance(told, str) and text in told):
            return m  # said already
        if isinstance(told, str) and told:
            text = f"{told}\n{text}"
        elif says_something(told):
            text = f"{json_text(told)}\n{text}"
        return self._set(m, "reasoning_content", text, "reasoning-content", lossy=False)

    # neighbours

    def _merge(self, first: dict[str, Any], m: dict[str, Any]) -> None:
        """The next message as a part of the last one: its content is joined at the end."""
        rule, at = "merge-assistants", len(self.out) - 1
        where = (*self.path, at)
        new = dict(first)
        lost = False
        for key, value in m.items():
            if key in ("role", "content") or not says_something(value):
                continue
            if key not in new or not says_something(new[key]):
                self._put(where + (key,), key in new, new.get(key), value)
                new[key] = value
            elif _is_reasoning(key, new[key], value):
                self.joins.setdefault((at, key), []).append(value)
            else:
                lost = lost or json_text(new[key]) != json_text(value)
        self.run.remove(self._here(), rule, m, lost)
        self.changed = True
        self.out[at] = new
        if m.get("content"):
            self.joins.setdefault((at, "content"), []).append(m["content"])

    def _put(self, where: Path, is_there: bool, before: Any, value: Any) -> None:
        if is_there:
            self.run.replace(where, "merge-assistants", before, value, False)
        else:
            self.run.add(where, "merge-assistants", value)

    def _join(self, at: int, key: str, values: list[Any]) -> None:
        first = self.out[at]
        value = joined([first.get(key), *values])
        self._put((*self.path, at, key), key in first, first.get(key), value)
        self.out[at] = {**first, key: value}

    # images of results

    def _without_images(self, m: dict[str, Any]) -> dict[str, Any]:
        """A result without its images, which wait for the end of the results."""
        content = m.get("content")
        if "tool-images" not in self.rules or not isinstance(content, (list, tuple)):
            return m
        images = [part for part in content if _is_image(part)]
        if not images:
            return m
        self.images += images
        rest = [part for part in content if not _is_image(part)]
        return self._set(m, "content", rest or "", "tool-images", lossy=False)

    def _show_images(self, m: Any) -> Any:
        """Puts the images that wait into a user message, in front of the next message `m`."""
        if not self.images:
            return m
        images, self.images = self.images, []
        if m is not None and m.get("role") == "user" and "merge-neighbours" in self.rules:
            return self._set(m, "content", joined([images, m.get("content")]), "tool-images", False)
        self._insert({"role": "user", "content": images}, "tool-images")
        return m


def _may_grow(m: Any) -> bool:
    """Whether a message is the assistant's, and calls nothing yet."""
    return isinstance(m, dict) and m.get("role") == "assistant" and not m.get("tool_calls")


def _is_reasoning(key: str, one: Any, other: Any) -> bool:
    texts = isinstance(one, str) and isinstance(other, str) and one != other
    return texts and key in ("reasoning_content", "reasoning")


def _is_thought(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "thinking"


def _is_image(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") in ("image_url", "image")
