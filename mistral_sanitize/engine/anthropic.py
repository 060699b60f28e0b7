"""Anthropic's parts that are messages or calls of their own for Mistral: the rule `anthropic-part`.

A ``tool_use`` part is a call of its message, a ``tool_result`` part a message of the tool's. Both
change more than the value at one place, so the pass over messages does them, ahead of the walk.
"""

from __future__ import annotations

from typing import Any

from mistral_sanitize.engine.pairing import calls_of
from mistral_sanitize.engine.walk import repair
from mistral_sanitize.rules._loss import json_text, says_something
from mistral_sanitize.rules._run import Path, Run
from mistral_sanitize.schema.node import Node, Value

__all__ = [
    "folds_apart",
    "holds_tool_result",
    "is_flat_tool_result",
    "is_tool_result",
    "is_tool_use",
    "take_apart",
]


def is_tool_use(part: object) -> bool:
    """Whether a part is a call."""
    return isinstance(part, dict) and part.get("type") == "tool_use"


def is_tool_result(part: object) -> bool:
    """Whether a part is a result, of whatever content."""
    return isinstance(part, dict) and part.get("type") == "tool_result"


def holds_tool_result(content: object) -> bool:
    """Whether a content has a result among its parts, or is one."""
    return any(map(is_tool_result, content if isinstance(content, (list, tuple)) else (content,)))


def is_flat_tool_result(part: Any) -> bool:
    """Whether a part is a result, and not one that holds further ones, as none can."""
    return is_tool_result(part) and not holds_tool_result(part.get("content"))


def folds_apart(m: dict[str, Any], node: Node) -> bool:
    """Whether another key than the content has parts that will be taken apart from it."""
    return any(
        isinstance(m.get(key), (list, tuple)) and any(map(_is_apart, m[key]))
        for key, rule in node.handled_keys.items()
        if rule == "message-parts"
    )


def _is_apart(part: object) -> bool:
    return is_tool_use(part) or is_tool_result(part)


def take_apart(m: dict[str, Any], items: Value, path: Path, run: Run) -> list[Any]:
    """A message repaired: with the messages that its results are, and its calls in their place."""
    content = m.get("content")
    single = isinstance(content, dict) and (is_tool_use(content) or is_flat_tool_result(content))
    if single and "content" in run.rules:
        run.replace(path + ("content",), "content", content, [content])
        content = [content]
        m = {**m, "content": content}
    if isinstance(content, (list, tuple)) and "anthropic-part" in run.rules:
        if m.get("role") == "user" and any(map(is_flat_tool_result, content)):
            return _results_apart(m, list(content), items, path, run)
        if m.get("role") == "assistant" and any(map(is_tool_use, content)):
            m = _calls_apart(m, list(content), path, run)
    return [repair(m, items, path, run)]


def _results_apart(
    m: dict[str, Any], content: list[Any], items: Value, path: Path, run: Run
) -> list[Any]:
    """Anthropic's ``tool_result`` parts as tool messages, before the rest of the message."""
    out: list[Any] = []
    rest = []
    *head, at = path
    for part in content:
        if not is_flat_tool_result(part):
            rest.append(part)
            continue
        others = {k: v for k, v in part.items() if k not in ("type", "tool_use_id", "content")}
        result = {"role": "tool", "content": part.get("content", ""), **others}
        if part.get("tool_use_id") is not None:
            result["tool_call_id"] = part["tool_use_id"]
        run.add((*head, at + len(out)), "anthropic-part", result)
        out.append(repair(result, items, (*head, at + len(out)), run))
    here = (*head, at + len(out))
    if not rest and m.keys().isdisjoint(("parts", "text", "images")):
        lost = any(says_something(m[key]) for key in m if key not in ("role", "content"))
        run.remove(here, "anthropic-part", m, lossy=lost)
        return out
    said: Any = rest or ""
    run.replace((*here, "content"), "anthropic-part", m["content"], said, lossy=False)
    return [*out, repair({**m, "content": said}, items, here, run)]


def _as_call(part: Any) -> dict[str, Any] | None:
    """A ``tool_use`` part as a tool call; ``None`` for any other, or one that cannot be written."""
    if not is_tool_use(part):
        return None
    given = part.get("input")
    given = {} if given is None else given
    text = given if isinstance(given, str) else json_text(given)  # streamed, it is text already
    if text is None:
        return None
    function = {"name": part.get("name"), "arguments": text}
    others = {k: v for k, v in part.items() if k not in ("type", "id", "name", "input")}
    call = {**others, "type": "function", "function": function}
    return call if part.get("id") is None else {"id": part["id"], **call}


def _calls_apart(m: dict[str, Any], content: list[Any], path: Path, run: Run) -> dict[str, Any]:
    """Anthropic's ``tool_use`` parts as tool calls of the message."""
    calls = list(calls_of(m))
    rest = []
    for part in content:
        call = _as_call(part)
        if call is None:
            rest.append(part)
        else:
            calls.append(call)
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
