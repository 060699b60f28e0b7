"""The pass over messages and tools: each repaired, and their order kept account of.

`converse` is one pass over the messages that knows what the common, clean ones look like, and
keeps account of the order on the way. A message that it does not know goes through the walk of
`engine.walk`; a conversation that is out of order is put in order by `engine.order`. What a message
may hold is read from the table.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableSequence, Sequence
from functools import lru_cache, partial
from typing import Any, Final, NamedTuple

from mistral_sanitize.engine.order import ALWAYS, calls_of, name_of, refitted, settled, usable
from mistral_sanitize.engine.walk import mend, mend_list, repaired, special_keys
from mistral_sanitize.rules import _json_schema
from mistral_sanitize.rules._loss import json_text, says_something
from mistral_sanitize.rules._run import Path, Raw, Run
from mistral_sanitize.rules.ids import fits, legal_name
from mistral_sanitize.rules.names import message_of
from mistral_sanitize.schema.node import Node, Value

__all__ = ["converse", "note_choice", "tools"]


class _Keys(NamedTuple):
    """The keys of one kind of object, under some rules."""

    node: Node
    allowed: frozenset[str]
    special: frozenset[str] | None
    """Other keys that a rule knows better than to remove; ``None``: others are not removed."""


class _Look(NamedTuple):
    """What the quick pass needs of the table of messages."""

    roles: Mapping[str, _Keys]
    text: _Keys
    picture: _Keys
    call: frozenset[str]
    function: frozenset[str]
    details: frozenset[Any]
    image: _Keys
    """What a picture's ``image_url`` may be."""
    silent: bool
    """Whether an assistant's content may be null or absent."""
    lists: frozenset[str]
    """The roles whose content may be a list, of text and image chunks at least."""
    texts: frozenset[str]
    """The roles whose content may be a list of text chunks."""


@lru_cache(maxsize=256)
def _look(items: Value, rules: frozenset[str]) -> _Look:
    tags = items.tags
    calls = tags["assistant"].fields["tool_calls"].value.items
    call = calls.node if calls is not None else None
    function = call.fields["function"].value.node if call is not None else None
    lists = {role: node.fields["content"].value.items for role, node in tags.items()}
    user = lists["user"]
    assert user is not None
    image = user.tags["image_url"].fields["image_url"].value.node
    words = image.fields["detail"].value.words if image is not None else ()
    assert call is not None
    assert function is not None
    assert image is not None
    return _Look(
        roles={role: _keys(node, rules) for role, node in tags.items()},
        text=_keys(user.tags["text"], rules),
        picture=_keys(user.tags["image_url"], rules),
        call=frozenset(call.fields),
        function=frozenset(function.fields),
        details=frozenset((None, *(words or ("low", "auto", "high")))),
        image=_keys(image, rules),
        silent="null" in tags["assistant"].fields["content"].value.types,
        lists=frozenset(r for r, i in lists.items() if i is not None and "image_url" in i.tags),
        texts=frozenset(r for r, i in lists.items() if i is not None and "text" in i.tags),
    )


def _keys(node: Node, rules: frozenset[str]) -> _Keys:
    special = special_keys(node, rules) if "unknown-key" in rules and node.closed else None
    return _Keys(node, frozenset(node.fields), special)


def _lean(
    obj: dict[str, Any], keys: _Keys, path: Path, where: Path, changes: MutableSequence[Raw]
) -> dict[str, Any]:
    """The object without keys that can just go; itself where there are others, or none."""
    node, allowed, special = keys
    if special is None:
        return obj
    lean = {}
    for key in obj:
        if key in allowed:
            lean[key] = obj[key]
        elif key in special:
            if obj[key] is not None:  # a null says nothing to any rule
                return obj
        elif type(key) is str and not key.islower():
            return obj
    if len(lean) == len(obj):
        return obj
    changes.append(("strip", path, where, "", False, obj, node))
    return lean


def _lean_parts(
    parts: list[Any], role: str, look: _Look, path: Path, at: int, changes: MutableSequence[Raw]
) -> list[Any] | None:
    """A message's texts and images without keys that can just go: the same list where none does.

    ``None`` where a part needs more than that: nothing is recorded then.
    """
    if role not in look.texts:
        return None
    lean = parts
    lost: list[Raw] = []
    for j, part in enumerate(parts):
        if type(part) is not dict:
            return None
        slim: dict[str, Any] = part
        kind = part.get("type")
        if kind == "text":
            if len(part) != 2:
                slim = _lean(part, look.text, path, (at, "content", j), lost)
                if len(slim) != 2:
                    return None
            if type(slim.get("text")) is not str:
                return None
        elif kind == "image_url" and role in look.lists:
            if len(part) != 2:
                slim = _lean(part, look.picture, path, (at, "content", j), lost)
                if len(slim) != 2:
                    return None
            image = slim.get("image_url")
            if type(image) is dict:
                if not image.keys() <= look.image.allowed:
                    where = (at, "content", j, "image_url")
                    image = _lean(image, look.image, path, where, lost)
                    slim = {**slim, "image_url": image}
                    if not image.keys() <= look.image.allowed:
                        return None
                detail = image.get("detail")
                if type(image.get("url")) is not str or (
                    detail is not None and (type(detail) is not str or detail not in look.details)
                ):
                    return None
            elif type(image) is not str:
                return None
        else:
            return None
        if slim is not part:
            lean = list(parts) if lean is parts else lean
            lean[j] = slim
    if lost:
        changes.extend(lost)
    return lean


def converse(messages: Sequence[Any], items: Value, path: Path, run: Run) -> Any:
    """The messages, each repaired and all in order: the very same object if nothing was to do.

    One loop without calls for what is common and clean, since this is where a proxy's time goes:
    `prev` is the role before, `pending` the ids of the calls that wait for a result, the next one
    last, `seen` every id so far. `out` is the new list, once there is one.
    """
    rules = run.rules
    look = _look(items, rules)
    user, assistant = look.roles["user"], look.roles["assistant"]
    tool, system = look.roles["tool"], look.roles.get("system")
    orderly = rules.isdisjoint(ALWAYS)
    bridged = "user-after-tool" in rules
    out: list[Any] | None = None
    known, changes = run.known_names, run.changes
    seen: set[str] = set()
    pending: list[Any] = []
    prev = ""
    index = -1
    for m in messages:
        index += 1
        if type(m) is dict:
            role = m.get("role")
            content: Any = m.get("content")
            kind = type(content)
            if role == "user":
                if len(m) != 2:
                    lean = _lean(m, user, path, (index if out is None else len(out),), changes)
                    if lean is not m:
                        if out is None:
                            out = list(messages[:index])
                        m = lean
                plain = kind is str
                if kind is list:
                    at = index if out is None else len(out)
                    parts = _lean_parts(content, "user", look, path, at, changes)
                    plain = parts is not None
                    if plain and parts is not content:
                        if out is None:
                            out = list(messages[:index])
                        m = {**m, "content": parts}
                if plain and len(m) == 2:
                    if pending or (bridged and prev == "tool"):
                        orderly = False
                    prev = "user"
                    if out is not None:
                        out.append(m)
                    continue
            elif role == "assistant":
                if len(m) != 2:
                    if not m.keys() <= assistant.allowed:
                        lean = _lean(
                            m, assistant, path, (index if out is None else len(out),), changes
                        )
                        if lean is not m:
                            if out is None:
                                out = list(messages[:index])
                            m = lean
                    calls = m.get("tool_calls")
                else:
                    calls = None
                plain = kind is str
                if kind is list:
                    at = index if out is None else len(out)
                    parts = _lean_parts(content, "assistant", look, path, at, changes)
                    plain = parts is not None
                    if plain and parts is not content:
                        if out is None:
                            out = list(messages[:index])
                        m = {**m, "content": parts}
                if calls is None:
                    if plain and content and (len(m) == 2 or _plain_said(m, look)):
                        if pending:
                            orderly = False
                        prev = "assistant"
                        if out is not None:
                            out.append(m)
                        continue
                elif (
                    type(calls) is list
                    and (plain or (content is None and look.silent))
                    and m.get("prefix", False) is False
                    and m.keys() <= assistant.allowed
                ):  # fmt: skip
                    ids = _plain_calls(calls, look, run)
                    if ids:
                        if pending or None in ids or not seen.isdisjoint(ids):
                            orderly = False
                        seen.update(ids)
                        if len(ids) > 1:
                            if len(set(ids)) != len(ids):
                                orderly = False
                            ids.reverse()
                        pending = ids
                        prev = "assistant"
                        if out is not None:
                            out.append(m)
                        continue
            elif role == "tool":
                if len(m) != 3 and not m.keys() <= tool.allowed:
                    lean = _lean(m, tool, path, (index if out is None else len(out),), changes)
                    if lean is not m:
                        if out is None:
                            out = list(messages[:index])
                        m = lean
                call_id = m.get("tool_call_id")
                name = m.get("name")
                if kind is str and len(m) == 2 + (call_id is not None) + (name is not None):
                    if name is None or (type(name) is str and (name in known or _legal(name, run))):
                        if not pending or call_id != pending.pop():
                            orderly = False
                        prev = "tool"
                        if out is not None:
                            out.append(m)
                        continue
            elif role == "system" and system is not None and kind is str:
                if len(m) != 2:
                    lean = _lean(m, system, path, (index if out is None else len(out),), changes)
                    if lean is not m:
                        if out is None:
                            out = list(messages[:index])
                        m = lean
                if len(m) == 2:
                    if prev == "assistant" or prev == "tool":
                        orderly = False
                    prev = "system"
                    if out is not None:
                        out.append(m)
                    continue
        # what the lines above do not know goes through the walk
        mended = _mended(m, items, path + (index if out is None else len(out),), run)
        if out is None and (len(mended) != 1 or mended[0] is not m):
            out = list(messages[:index])
        for each in mended:
            if out is not None:
                out.append(each)
            if orderly:
                step = _step(each, prev, pending, seen, run)
                if step is None:
                    orderly = False
                else:
                    prev, pending = step
    result: Any = messages if out is None else out
    if orderly and prev != "assistant" and (not pending or prev == "prefix"):
        return refitted(result, path, run) if run.odd_ids and "tool-call-id" in rules else result
    return settled(result, items, path, run)


def _plain_said(m: dict[str, Any], look: _Look) -> bool:
    """Whether an assistant's message without calls surely has nothing else to look at."""
    return m.get("prefix", False) is False and m.keys() <= look.roles["assistant"].allowed


def _plain_calls(calls: list[Any], look: _Look, run: Run) -> list[Any] | None:
    """The ids of tool calls that need no repair of their own, or ``None``.

    An id that says nothing is ``None`` in the list: it is right for the schema, but the order is
    not settled without it. One that does not fit is noted in the run.
    """
    known = run.known_names
    ids: list[Any] = []
    for call in calls:
        if type(call) is not dict or call.get("type", "function") != "function":
            return None
        call_id, function = call.get("id"), call.get("function")
        if len(call) != 3 or "type" not in call:
            if not call.keys() <= look.call or type(call.get("index", 0)) is not int:
                return None
        if type(call_id) is not str or type(function) is not dict or len(function) != 2:
            return None
        name = function.get("name")
        if type(name) is not str or (name not in known and not _legal(name, run)):
            return None
        if type(function.get("arguments")) is not str:
            return None
        if len(call_id) != 9 or not call_id.isalnum() or not call_id.isascii():
            if not usable(call_id):
                call_id = None
            run.odd_ids = True
        ids.append(call_id)
    return ids


def _legal(name: Any, run: Run) -> bool:
    """Whether a function name is legal; if so it is known from now on, if not the run is told."""
    if isinstance(name, str):
        if legal_name(name):
            run.known_names.add(name)
            return True
        run.odd_names = True
    return False


_NOTHING: Final = object()


def _step(
    m: Any, prev: str, pending: list[Any], seen: set[str], run: Run
) -> tuple[str, list[Any]] | None:
    """The account of the order after one more message; ``None`` if it is out of order.

    `pending` is the caller's to give: a copy for each result would be one of all that wait.
    """
    if not isinstance(m, dict):
        return prev, pending
    role = m.get("role")
    if role == "tool":
        call_id = m.get("tool_call_id")
        if not pending or not isinstance(call_id, str) or call_id != pending[-1]:
            return None
        pending.pop()
        return "tool", pending
    if pending:
        return None
    if role == "assistant":
        calls = calls_of(m)
        ids: list[Any] = [c.get("id") if isinstance(c, dict) else None for c in calls]
        if not calls:
            if not m.get("content"):
                return None
            # nothing may follow a prefix: the account waits for what cannot come
            return ("prefix", [_NOTHING]) if m.get("prefix") is True else ("assistant", [])
        # numbers as ids are put right with the order
        if not all(isinstance(i, str) and usable(i) for i in ids) or not seen.isdisjoint(ids):
            return None
        if m.get("prefix") is True:
            return None
        run.odd_ids = run.odd_ids or not all(map(fits, ids))
        seen.update(ids)
        return None if len(set(ids)) != len(ids) else ("assistant", ids[::-1])
    if role == "system" and prev in ("assistant", "tool"):
        return None
    if role == "user" and prev == "tool" and "user-after-tool" in run.rules:
        return None
    return (role if isinstance(role, str) else ""), pending


# -- one message ------------------------------------------------------------------------------


def _mended(m: Any, items: Value, path: Path, run: Run) -> list[Any]:
    """One message through the walk; more than one where its parts are messages of their own."""
    if isinstance(m, str) and "prompt" in run.rules:
        said = {"role": "user", "content": m}
        run.replace(path, "prompt", m, said)
        m = said
    if not isinstance(m, dict):
        return [m]
    mended = _walked(m, items, path, run)
    for each in mended:
        _note_names(each, run)
    return mended


def _note_names(m: dict[str, Any], run: Run) -> None:
    """Looks at the function names of a message that the quick pass did not look at."""
    for call in calls_of(m):
        _legal(name_of(call), run)
    if m.get("role") == "tool":
        _legal(m.get("name"), run)


def _walked(m: dict[str, Any], items: Value, path: Path, run: Run) -> list[Any]:
    if "role" not in m and "prompt" in run.rules:
        item = message_of(m)
        if item is not None:
            run.replace(path, "prompt", m, item)
            m = item
    role = m.get("role")
    node = items.tags.get(role) if isinstance(role, str) else None
    if node is None:
        m = repaired(m, items, path, run)
    content = m.get("content")
    single = isinstance(content, dict) and (_is_use(content) or _is_result(content))
    if single and "content" in run.rules:
        run.replace(path + ("content",), "content", content, [content])
        content = [content]
        m = {**m, "content": content}
    if isinstance(content, (list, tuple)) and "anthropic-part" in run.rules:
        if m.get("role") == "user" and any(map(_is_result, content)):
            return _results_apart(m, list(content), items, path, run)
        if m.get("role") == "assistant" and any(map(_is_use, content)):
            m = _calls_apart(m, list(content), path, run)
    return [mend(m, items, path, run)]


def _is_use(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "tool_use"


def _is_result(part: Any) -> bool:
    """Whether a part is a result, and not one that holds further ones, as none can."""
    if not isinstance(part, dict) or part.get("type") != "tool_result":
        return False
    inner = part.get("content")
    inside = inner if isinstance(inner, (list, tuple)) else (inner,)
    return not any(isinstance(p, dict) and p.get("type") == "tool_result" for p in inside)


def _results_apart(
    m: dict[str, Any], content: list[Any], items: Value, path: Path, run: Run
) -> list[Any]:
    """Anthropic's ``tool_result`` parts as tool messages, before the rest of the message."""
    out: list[Any] = []
    rest = []
    *head, at = path
    for part in content:
        if not _is_result(part):
            rest.append(part)
            continue
        others = {k: v for k, v in part.items() if k not in ("type", "tool_use_id", "content")}
        result = {"role": "tool", "content": part.get("content", ""), **others}
        if part.get("tool_use_id") is not None:
            result["tool_call_id"] = part["tool_use_id"]
        run.add((*head, at + len(out)), "anthropic-part", result)
        out.append(mend(result, items, (*head, at + len(out)), run))
    here = (*head, at + len(out))
    if not rest and m.keys().isdisjoint(("parts", "text", "images")):
        lost = any(says_something(m[key]) for key in m if key not in ("role", "content"))
        run.remove(here, "anthropic-part", m, lossy=lost)
        return out
    said: Any = rest or ""
    run.replace((*here, "content"), "anthropic-part", m["content"], said, lossy=False)
    return [*out, mend({**m, "content": said}, items, here, run)]


def _calls_apart(m: dict[str, Any], content: list[Any], path: Path, run: Run) -> dict[str, Any]:
    """Anthropic's ``tool_use`` parts as tool calls of the message."""
    calls = list(calls_of(m))
    rest = []
    for part in content:
        given = part.get("input") if isinstance(part, dict) else None
        given = {} if given is None else given
        text = given if isinstance(given, str) else json_text(given)  # streamed, it is text already
        if _is_use(part) and text is not None:
            function = {"name": part.get("name"), "arguments": text}
            others = {k: v for k, v in part.items() if k not in ("type", "id", "name", "input")}
            call = {**others, "type": "function", "function": function}
            calls.append(call if part.get("id") is None else {"id": part["id"], **call})
        else:
            rest.append(part)
    if len(rest) == len(content):
        return m
    said: Any = rest or ""
    run.replace((*path, "content"), "anthropic-part", m["content"], said, lossy=False)
    if "tool_calls" in m:
        old = m["tool_calls"]
        lost = not isinstance(old, (list, tuple)) and says_something(old)
        run.replace((*path, "tool_calls"), "anthropic-part", old, calls, lost)
    else:
        run.add((*path, "tool_calls"), "anthropic-part", calls)
    return {**m, "content": said, "tool_calls": calls}


# -- tools ------------------------------------------------------------------------------------


class _ToolLook(NamedTuple):
    """What the quick pass needs of the table of tools."""

    tool: frozenset[str]
    function: frozenset[str]


@lru_cache(maxsize=64)
def _tool_look(items: Value) -> _ToolLook:
    tool = items.tags["function"]
    function = tool.fields["function"].value.node
    assert function is not None
    return _ToolLook(frozenset(tool.fields), frozenset(function.fields))


def tools(value: Sequence[Any], items: Value, path: Path, run: Run) -> Any:
    """The tools, each repaired: the very same object if nothing was to be done."""
    look = _tool_look(items)
    known = None if "schema-dialect" in run.rules else partial(_plain_tool, look=look, run=run)
    mended = mend_list(value, items, path, run, known)
    for tool in mended:
        name = name_of(tool)
        if type(name) is not str or name not in run.known_names:
            _legal(name, run)
    return mended


def _plain_tool(tool: Any, look: _ToolLook, run: Run) -> bool:
    """Whether a tool surely needs no repair."""
    if type(tool) is not dict or not tool.keys() <= look.tool or tool.get("type") != "function":
        return False
    function = tool.get("function")
    if type(function) is not dict or not function.keys() <= look.function:
        return False
    name, schema = function.get("name"), function.get("parameters")
    return ((name in run.known_names if type(name) is str else False) or _legal(name, run)) and (
        type(function.get("description", "")) is str
        and type(function.get("strict", False)) is bool
        and type(schema) is dict
        and _json_schema.is_plain(schema)
    )


def note_choice(choice: Any, run: Run) -> None:
    """Looks at the function that a tool choice names."""
    if isinstance(choice, dict):
        _legal(name_of(choice), run)
