"""The pass over messages: each repaired, and account kept of their order. Theory of operation.

A proxy's time goes into conversations that are nearly or wholly right, so this pass is two things:
a loop that knows at a look what needs no repair, and the walk for everything else.

**A plain message** is one that surely needs no repair of its own: a `dict`, no subclass, whose role
the schema has and whose keys are all the schema's; its content a string, or a list of text and
image parts that are as plain; its calls functions with a string for id, name and arguments; its
name legal. What is plain is read from the table of the schema (`FastPathTable`), and not written
down here. Plain is a promise, not a verdict: a message that is right and not plain costs the walk's
time and comes back as the same object.

**Why one loop**, and one file. A call of a Python function costs as much as all that there is to
look at in a message of two keys. So the commonest kinds are known within the loop: text alone, a
result in its turn. Calls, and messages that have only to lose keys that can just go, are one call
away (`_FastPath.calls`, `_FastPath.text`). All others go to `_FastPath.repaired`, which hands over
to `engine.walk`, and to `engine.anthropic` for parts that are messages of their own.

**The order** is one local, `state`: what may come next, and the state after it (`engine.states`).
Beside it are `pending`, the ids of calls that wait for a result, the next one last, and `seen`,
every id so far. Where anything is amiss the state is `lost` and stays so:
`engine.order` then looks at the whole conversation anew, so this pass need only say *surely in
order*. Ids that do not fit and nothing else are renewed by `renumber_ids`.

**The invariant.** The loop and the walk give the same result: whatever message is known at a look,
the walk would have returned as the same object, or without the same keys. The law
``test_types_do_not_matter`` of tests/test_laws.py holds it: subclasses are never plain, so the same
payload made of them takes the walk throughout, and has to come out alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from mistral_sanitize.engine.anthropic import folds_apart, take_apart
from mistral_sanitize.engine.order import (
    RULES_FOR_ORDERLY_MESSAGES,
    put_in_order,
    renumber_ids,
)
from mistral_sanitize.engine.pairing import calls_of, is_usable, name_of
from mistral_sanitize.engine.states import CALLS, PREFIX, State, States, states_of
from mistral_sanitize.engine.tools import note_name
from mistral_sanitize.engine.unknown import Keys, drop_unknown, keys_of
from mistral_sanitize.engine.walk import apply_marks, other_keys, plan_of
from mistral_sanitize.rules._follows import follows
from mistral_sanitize.rules._run import Path, Run
from mistral_sanitize.rules.names import message_of
from mistral_sanitize.schema.node import Node, Value

__all__ = ["FastPathTable", "repair_messages"]


# -- what the schema says of a plain message ----------------------------------------------------


class FastPathTable(NamedTuple):
    """What the fast pass needs of the schema, and of the rules that are on."""

    roles: Mapping[str, Keys]
    speakers: Mapping[str, Keys]
    """Those of messages that may be text alone."""
    text: Keys
    image_part: Keys
    image: Keys
    """What a part's ``image_url`` may be."""
    details: frozenset[Any]
    call: Keys
    function: Keys
    silent: bool
    """Whether an assistant's content may be null or absent."""
    image_lists: frozenset[str]
    """The roles whose content may be a list, of text and image parts at least."""
    text_lists: frozenset[str]
    """The roles whose content may be a list of text parts."""
    thinking_lists: frozenset[str]
    """The roles whose content may have thinking parts."""
    states: States
    start: State


@lru_cache(maxsize=256)
def _table(items: Value, rules: frozenset[str]) -> FastPathTable:
    tags = items.tags
    calls = tags["assistant"].fields["tool_calls"].value.items
    lists = {role: node.fields["content"].value.items for role, node in tags.items()}
    user = lists["user"]
    assert user is not None
    image = user.tags["image_url"].fields["image_url"].value.node
    assert calls is not None
    assert calls.node is not None
    function = calls.node.fields["function"].value.node
    assert function is not None
    assert image is not None
    words = image.fields["detail"].value.words
    roles = {role: keys_of(node, rules) for role, node in tags.items()}
    states = states_of(follows(bridged="user-after-tool" in rules), roles)
    return FastPathTable(
        roles=roles,
        speakers={role: keys for role, keys in roles.items() if role != "tool"},
        text=keys_of(user.tags["text"], rules),
        image_part=keys_of(user.tags["image_url"], rules),
        image=keys_of(image, rules),
        details=frozenset((None, *(words or ("low", "auto", "high")))),
        call=keys_of(calls.node, rules),
        function=keys_of(function, rules),
        silent="null" in tags["assistant"].fields["content"].value.types,
        image_lists=_with_part("image_url", lists),
        text_lists=_with_part("text", lists),
        thinking_lists=_with_part("thinking", lists),
        states=states,
        start=states.start if rules.isdisjoint(RULES_FOR_ORDERLY_MESSAGES) else states.lost,
    )


def _with_part(kind: str, lists: Mapping[str, Value | None]) -> frozenset[str]:
    return frozenset(role for role, i in lists.items() if i is not None and kind in i.tags)


# -- the loop -----------------------------------------------------------------------------------


def repair_messages(messages: Sequence[Any], items: Value, path: Path, run: Run) -> Any:
    """The messages, each repaired and all in order: the very same object if nothing was to do."""
    table = _table(items, run.rules)
    fast = _FastPath(table, items, path, run, messages)
    known, states, state = run.known_names, table.states, table.start
    lost = states.lost
    pending: list[str] = []
    seen: set[str] = set()
    out: list[Any] | None = None  # the new list, once there is one
    index = -1
    for m in messages:
        index += 1
        if type(m) is not dict:
            role = content = None
        else:
            try:
                role, content = m["role"], m["content"]
                if len(m) == 2 and type(content) is str and content:
                    state = state[role]
                    if out is not None:
                        out.append(m)
                    continue
            except (KeyError, TypeError):  # no such role, or it may not follow: look closer
                role, content = m.get("role"), m.get("content")
        if (
            role == "tool"
            and pending
            and m.get("tool_call_id") == pending[-1]
            and type(content) is str
            and (
                len(m) == 3
                or (len(m) == 4 and type(name := m.get("name")) is str and name in known)
            )
        ):
            pending.pop()
            if not pending and state is states.awaiting:
                state = states.after["tool"]
        elif role == "assistant" and "tool_calls" in m and (ids := fast.calls(m, content)):
            before = len(seen)
            seen.update(ids)
            fresh = len(seen) == before + len(ids)
            state = state.get(CALLS, lost) if fresh else lost
            pending = ids
        elif content and (text := fast.text(m, role, content, index, out)):
            state = state.get(role, lost)
            if text is not m:
                out = list(messages[:index]) if out is None else out
                m = text
        else:
            made = fast.repaired(m, role, content, index if out is None else len(out))
            out = fast.extended(out, made, messages, index)
            for each in made:
                state = _account(each, state, pending, seen, states)
            continue
        if out is not None:
            out.append(m)
    run.count += out is not None  # not all that became smaller is recorded
    return _in_order(messages if out is None else out, state, seen, fast)


def _in_order(messages: Sequence[Any], state: State, ids: set[str], fast: _FastPath) -> Any:
    """The messages in order, and with ids that fit."""
    states = fast.table.states
    if state is states.lost or state is states.awaiting or state is states.after["assistant"]:
        return put_in_order(messages, fast.items, fast.path, fast.run)
    if not ids:
        return messages
    joined = "".join(ids)
    if {*map(len, ids)} == {9} and joined.isascii() and joined.isalnum():
        return messages  # as `fits` says of each, without a call for each
    if not all(map(is_usable, ids)):
        return put_in_order(messages, fast.items, fast.path, fast.run)
    if "tool-call-id" in fast.run.rules:
        return renumber_ids(messages, ids, fast.path, fast.run)
    return messages


def _account(m: Any, state: State, pending: list[str], seen: set[str], states: States) -> State:
    """The state after a message that the walk has seen; `pending` and `seen` are brought to date.

    Numbers as ids are put right with the order, so they count as out of it.
    """
    if not isinstance(m, dict) or state is states.lost:
        return state
    role = m.get("role")
    if role == "tool":
        call_id = m.get("tool_call_id")
        if not pending or not isinstance(call_id, str) or call_id != pending.pop():
            return states.lost
        return states.awaiting if pending else states.after["tool"]
    if role != "assistant":
        if isinstance(role, str) and role in states.after:
            return state.get(role, states.lost)
        return states.lost if not state else states.start  # nobody knows what may follow such
    calls = calls_of(m)
    if calls:
        given = [call.get("id") if isinstance(call, dict) else None for call in calls]
        ids = [call_id for call_id in given if isinstance(call_id, str)]
        if len(set(ids)) != len(given) or not seen.isdisjoint(ids) or m.get("prefix") is True:
            return states.lost
        seen.update(ids)
        pending[:] = reversed(ids)
        return state.get(CALLS, states.lost)
    if not m.get("content"):
        return states.lost
    return state.get(PREFIX if m.get("prefix") is True else role, states.lost)


# -- one message ----------------------------------------------------------------------------------


class _FastPath:
    """The looks at one message, and the walk for what they do not know."""

    __slots__ = ("details", "image", "image_lists", "items", "owned", "path", "recording", "run",
                 "speakers", "table", "text_lists")  # fmt: skip

    def __init__(
        self, table: FastPathTable, items: Value, path: Path, run: Run, messages: Sequence[Any]
    ) -> None:
        self.table = table
        # nobody needs this list any more: it loses each message that another takes the place of
        self.owned = messages if run.owned and type(messages) is list else None
        self.items = items
        self.path = path
        self.run = run
        self.recording = run.changes is not None
        self.speakers = table.speakers
        self.text_lists = table.text_lists
        self.image_lists = table.image_lists
        self.image = table.image.allowed
        self.details = table.details

    def text(
        self, m: Any, role: Any, content: Any, index: int, out: list[Any] | None
    ) -> dict[str, Any] | None:
        """A message of text and images alone, without keys that can just go; the same if it has
        none. ``None`` where there is more to it: nothing is recorded then.
        """
        try:
            keys = self.speakers[role]
        except (KeyError, TypeError):
            return None
        stripped = m if len(m) == 2 else drop_unknown(m, keys)
        if stripped is None or (len(stripped) != 2 and not _is_bare(stripped)):
            return None
        if type(content) is not str and not self._are_plain(content, role):
            return self._with_stripped_parts(m, stripped, role, content, index, out)
        if stripped is not m:
            if self.recording:
                self.run.strip(self.path, (index if out is None else len(out),), m, keys.node)
            elif self.owned is not None:
                self.owned[index] = None
        return stripped

    def _are_plain(self, parts: Any, role: str) -> bool:
        """Whether a content is a list of texts, images and one thought that need no repair."""
        if type(parts) is not list or role not in self.text_lists:
            return False
        thinks = False
        for part in parts:
            if type(part) is not dict or len(part) != 2:
                return False
            kind = part.get("type")
            if kind == "text":
                if type(part.get("text")) is not str:
                    return False
            elif kind == "image_url" and role in self.image_lists:
                if not self._is_image(part.get("image_url")):
                    return False
            elif kind != "thinking" or thinks or not self._is_thought(part, role):
                return False  # a second one may have to join the first
            else:
                thinks = True
        return True

    def _is_image(self, image: Any) -> bool:
        """Whether what an image part holds needs no repair."""
        if type(image) is not dict:
            return type(image) is str
        if not image.keys() <= self.image or type(image.get("url")) is not str:
            return False
        detail = image.get("detail")
        return detail is None or (type(detail) is str and detail in self.details)

    def _is_thought(self, part: dict[str, Any], role: str) -> bool:
        """Whether a thinking part needs no repair, and may stay, if it is the only one."""
        if role not in self.table.thinking_lists or (
            self.run.facts.thinking is False and "thinking-model" in self.run.rules
        ):
            return False
        thoughts = part.get("thinking")
        if type(thoughts) is not list:
            return False
        says = False
        for thought in thoughts:
            if type(thought) is not dict or len(thought) != 2 or thought.get("type") != "text":
                return False
            if type(thought.get("text")) is not str:
                return False
            says = says or thought["text"] != ""
        return says

    def _with_stripped_parts(
        self, m: dict[str, Any], stripped: dict[str, Any], role: str, content: Any,
        index: int, out: list[Any] | None,
    ) -> dict[str, Any] | None:  # fmt: skip
        """The same for a message whose parts have keys that can just go."""
        at = index if out is None else len(out)
        lost: list[_Lost] = [] if stripped is m else [((at,), m, self.speakers[role].node)]
        parts = self._stripped(content, role, at, lost)
        if parts is None:
            return None
        if self.recording:
            self._record(lost)
        if self.owned is not None:
            self.owned[index] = None
        if stripped is m:
            stripped = m.copy()
        stripped["content"] = parts
        return stripped

    def _stripped(self, parts: Any, role: str, at: int, lost: list[_Lost]) -> list[Any] | None:
        """Texts and images without keys that can just go; ``None`` where a part needs more.

        `lost` gets the objects that became smaller.
        """
        if type(parts) is not list:
            return None
        table, recording = self.table, self.recording
        new, unsure = [], role not in self.text_lists
        for slot, part in enumerate(parts):
            if type(part) is not dict:
                return None
            kind = part.get("type")
            keys = table.text if kind == "text" else table.image_part
            stripped = part if len(part) == 2 else drop_unknown(part, keys)
            if stripped is None:
                return None
            if stripped is not part and recording:
                lost.append(((at, "content", slot), part, keys.node))
            if kind == "text":
                unsure = unsure or len(stripped) != 2 or type(stripped.get("text")) is not str
            else:
                image = stripped.get("image_url")
                if type(image) is dict and not image.keys() <= self.image:
                    smaller = drop_unknown(image, table.image)
                    if smaller is None:
                        return None
                    if recording:
                        lost.append(((at, "content", slot, "image_url"), image, table.image.node))
                    if stripped is part:
                        stripped = part.copy()
                    stripped["image_url"] = image = smaller
                as_image = kind == "image_url" and role in self.image_lists and len(stripped) == 2
                unsure = unsure or not (as_image and self._is_image(image))
            new.append(stripped)
        return new if not unsure or self._are_plain(new, role) else None

    def _record(self, lost: list[_Lost]) -> None:
        for where, obj, node in lost:
            self.run.strip(self.path, where, obj, node)

    def calls(self, m: dict[str, Any], content: Any) -> list[str] | None:
        """The ids of the calls of an assistant's message, the last one first; ``None`` where it
        is not plain.
        """
        calls = m.get("tool_calls")
        if type(calls) is not list or not calls:
            return None
        if type(content) is not str and not (content is None and self.table.silent):
            return None
        if (content is None or len(m) != 3) and not (
            m.get("prefix", False) is False and m.keys() <= self.table.roles["assistant"].allowed
        ):
            return None
        known = self.run.known_names
        ids: list[str] = []
        try:
            for call in calls:
                if type(call) is not dict:
                    return None
                call_id, function = call["id"], call["function"]
                if type(call_id) is not str or type(function) is not dict or len(function) != 2:
                    return None
                if (len(call) != 3 or call["type"] != "function") and not self._is_call(call):
                    return None
                name = function["name"]
                if type(name) is not str or (name not in known and not note_name(name, self.run)):
                    return None
                if type(function["arguments"]) is not str:
                    return None
                ids.append(call_id)
        except KeyError:  # there is no id, name, type or the like
            return None
        ids.reverse()
        return ids

    def _is_call(self, call: dict[str, Any]) -> bool:
        """Whether a call has keys of the schema alone, if not just the three that most have."""
        return (
            call.get("type", "function") == "function"
            and type(call.get("index", 0)) is int
            and call.keys() <= self.table.call.allowed
        )

    def _is_plain_result(self, m: dict[str, Any], content: Any) -> bool:
        """Whether a tool's message is plain, whatever its place."""
        call_id, name = m.get("tool_call_id"), m.get("name")
        if type(content) is not str or len(m) != 2 + (call_id is not None) + (name is not None):
            return False
        known = self.run.known_names
        return name is None or (type(name) is str and (name in known or note_name(name, self.run)))

    def repaired(self, m: Any, role: Any, content: Any, at: int) -> list[Any]:
        """Any message after its repairs; more than one where its parts are messages."""
        keys = self.table.roles.get(role) if type(role) is str else None
        if keys is not None:
            stripped = drop_unknown(m, keys)
            if stripped is None:
                if content is None or type(content) is str or self._are_plain(content, role):
                    return self._handled(m, keys, role, at)
            else:
                if stripped is not m:
                    self.run.strip(self.path, (at,), m, keys.node)
                    m = stripped
                plain = self._plain(m, role, content, at)
                if plain is not None:
                    return [plain]
        return self._walked(m, self.path + (at,))

    def extended(
        self, out: list[Any] | None, made: list[Any], messages: Sequence[Any], index: int
    ) -> list[Any] | None:
        """The new list with what became of a message, if there has to be one."""
        if out is None:
            if len(made) == 1 and made[0] is messages[index]:
                return None
            out = list(messages[:index])
        out += made
        if self.owned is not None:
            self.owned[index] = None
        return out

    def _handled(self, m: dict[str, Any], keys: Keys, role: str, at: int) -> list[Any]:
        """A message with keys that a rule handles, and no content to take apart: the walk, too,
        begins with the keys of such, since they may bring some.
        """
        path, run = self.path + (at,), self.run
        m = other_keys(m, keys.node, plan_of(keys.node), path, run)
        plain = self._plain(m, role, m.get("content"), at)
        if plain is not None:
            return [plain]
        return [self._noted(each) for each in take_apart(m, self.items, path, run)]

    def _plain(self, m: dict[str, Any], role: str, content: Any, at: int) -> dict[str, Any] | None:
        """A message without keys of its calls that can just go, if it is plain then."""
        if role == "tool":
            return m if self._is_plain_result(m, content) else None
        if role == "assistant" and m.get("tool_calls") is not None:
            return self._calling(m, content, at)
        if not content or not (type(content) is str or self._are_plain(content, role)):
            return None
        keys = self.table.roles[role].allowed
        return m if len(m) == 2 or (_is_bare(m) and m.keys() <= keys) else None

    def _calling(self, m: dict[str, Any], content: Any, at: int) -> dict[str, Any] | None:
        """A message with calls without keys of its parts and calls that can just go; ``None``
        where it needs more than that.
        """
        lost: list[_Lost] = []
        changed: dict[str, Any] = {}
        if type(content) is list:
            if not self._are_plain(content, "assistant"):
                changed["content"] = self._stripped(content, "assistant", at, lost)
                if changed["content"] is None:
                    return None
            content = ""
        if self.calls(m, content) is None:
            calls = self._stripped_calls(m["tool_calls"], at, lost)
            if calls is None or self.calls({**m, "tool_calls": calls}, content) is None:
                return None
            changed["tool_calls"] = calls
        if self.recording:
            self._record(lost)
        return {**m, **changed} if changed else m

    def _stripped_calls(self, calls: Any, at: int, lost: list[_Lost]) -> list[Any] | None:
        """Calls without keys that can just go; `lost` gets the objects that became smaller."""
        if type(calls) is not list:
            return None
        table = self.table
        new = []
        for slot, call in enumerate(calls):
            stripped = drop_unknown(call, table.call) if type(call) is dict else None
            if stripped is None:
                return None
            if stripped is not call:
                lost.append(((at, "tool_calls", slot), call, table.call.node))
            function = stripped.get("function")
            if type(function) is dict and len(function) > 2:
                smaller = drop_unknown(function, table.function)
                if smaller is None:
                    return None
                lost.append(((at, "tool_calls", slot, "function"), function, table.function.node))
                stripped = {**stripped, "function": smaller}
            new.append(stripped)
        return new

    def _walked(self, m: Any, path: Path) -> list[Any]:
        """One message through the walk."""
        run = self.run
        if isinstance(m, str) and "prompt" in run.rules:
            said = {"role": "user", "content": m}
            run.replace(path, "prompt", m, said)
            m = said
        if not isinstance(m, dict):
            return [m]
        if "role" not in m and "prompt" in run.rules:
            item = message_of(m)
            if item is not None:
                run.replace(path, "prompt", m, item)
                m = item
        tags, role = self.items.tags, m.get("role")
        if not isinstance(role, str) or role not in tags:
            m = apply_marks(m, self.items, path, run)
            role = m.get("role")
        node = tags.get(role) if isinstance(role, str) else None
        if node is not None and folds_apart(m, node):
            m = other_keys(m, node, plan_of(node), path, run)
        return [self._noted(each) for each in take_apart(m, self.items, path, run)]

    def _noted(self, m: dict[str, Any]) -> dict[str, Any]:
        """A message that the walk has seen, the names in it noted."""
        for call in calls_of(m):
            note_name(name_of(call), self.run)
        if m.get("role") == "tool":
            note_name(m.get("name"), self.run)
        return m


_Lost = tuple[Path, dict[str, Any], Node]
"""Where in the messages an object became smaller, the object as it was, and its node."""


def _is_bare(m: dict[str, Any]) -> bool:
    """Whether an assistant's message says in its other keys that there is nothing else to it."""
    return m.get("tool_calls") is None and m.get("prefix", False) is False
