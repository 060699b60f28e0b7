"""Keys that Mistral's objects lack but whose content must not be lost, and where it goes.

Each function looks at one object that has such a key and says what becomes of it: `Taken`, or
``None`` where it knows nothing better than to let the key go as an unknown one. Pure: nothing is
changed or recorded here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mistral_sanitize import catalog
from mistral_sanitize.rules import json_text, reasoning_text, text_of, thinking_chunk

if TYPE_CHECKING:
    from mistral_sanitize._engine import Node, Run

__all__ = ["FOREIGN", "INSTEAD", "Taken"]

_NOTHING: Final[Mapping[str, Any]] = {}


class Taken(NamedTuple):
    """What becomes of a foreign key."""

    sets: Mapping[str, Any] = _NOTHING
    """Keys of the same object, each with its new value."""
    lossy: bool | None = None
    """Whether the key's removal loses information; ``None``: if its value says something."""
    fronts: Mapping[str, Any] = _NOTHING
    """Lists of the same object, each with the item to put in front of it."""
    stays: bool = False
    """Whether the key stays, since nothing of Mistral's holds its content: `check` names it."""


def _name_prefix(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken | None:
    name, content = obj[key], obj.get("content")
    if isinstance(name, str) and name:
        if isinstance(content, str):
            return Taken({"content": f"{name}: {content}"}, False)
        if isinstance(content, (list, tuple)):
            said = [{"type": "text", "text": f"{name}:"}, *content]
            return Taken({"content": said}, False)
    return None


def _with_content(obj: dict[str, Any], part: dict[str, Any], *, first: bool) -> list[Any]:
    """The message's content as a list, with a part in front of it or behind it."""
    content = obj.get("content")
    if isinstance(content, (list, tuple)):
        parts = list(content)
    else:
        parts = [{"type": "text", "text": content}] if isinstance(content, str) and content else []
    return [part, *parts] if first else [*parts, part]


def _refusal(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    text = obj[key]
    if not isinstance(text, str) or not text:
        return Taken()
    if not obj.get("content"):
        return Taken({"content": text}, False)
    return Taken(
        {"content": _with_content(obj, {"type": "text", "text": text}, first=False)}, False
    )


def _reasoning(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    text = reasoning_text(obj[key])
    if not text.strip():
        return Taken(lossy=False if isinstance(obj[key], str) else None)
    items = node.fields["content"].value.items
    if run.takes_thinking is not True or items is None or "thinking" not in items.tags:
        return Taken()
    content = obj.get("content")
    parts = content if isinstance(content, (list, tuple)) else ()
    if any(isinstance(p, dict) and p.get("type") == "thinking" and reasoning_text(p) == text
           for p in parts):  # fmt: skip
        return Taken(lossy=False)  # said already, under another of the names
    return Taken({"content": _with_content(obj, thinking_chunk(text), first=True)}, False)


def _function_call(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    call = obj[key]
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        return Taken()
    function = {"name": call["name"], "arguments": call.get("arguments") or "{}"}
    calls = obj.get("tool_calls")
    calls = list(calls) if isinstance(calls, (list, tuple)) else []
    if any(isinstance(c, dict) and isinstance(c.get("function"), dict)
           and c["function"].get("name") == function["name"] for c in calls):  # fmt: skip
        return Taken(lossy=False)  # some clients write both
    return Taken({"tool_calls": [*calls, {"type": "function", "function": function}]}, False)


def _name_of(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    return function.get("name") if isinstance(function, dict) else None


def _legacy_functions(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken | None:
    value = obj[key]
    if key == "functions":
        tools = obj.get("tools")
        tools = list(tools) if isinstance(tools, (list, tuple)) else []
        if not isinstance(value, (list, tuple)) or not value:
            return Taken()
        names = [_name_of(tool) for tool in tools]
        added = [{"type": "function", "function": f} for f in value
                 if isinstance(f, dict) and f.get("name") not in names]  # fmt: skip
        return Taken({"tools": [*tools, *added]} if added else _NOTHING, False)
    if obj.get("tool_choice") is not None:
        return Taken(lossy=False)  # Mistral's own name says it
    if isinstance(value, str) and value in ("auto", "none"):
        return Taken({"tool_choice": value}, False)
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        choice = {"type": "function", "function": {"name": value["name"]}}
        return Taken({"tool_choice": choice}, False)
    return Taken()


_ON: Final = frozenset((True, "enabled", "adaptive", "auto", "on", "true"))
_OFF: Final = frozenset((False, "disabled", "off", "false"))


def _effort(value: Any) -> str | None:
    """The effort that a vendor's switch asks for, as a word of `reasoning_effort`'s."""
    if isinstance(value, (str, bool)):
        return "high" if value in _ON else "none" if value in _OFF else str(value)
    if isinstance(value, dict):
        for key in ("effort", "reasoning_effort", "enabled", "enable_thinking", "thinking", "type",
                    "level"):  # fmt: skip
            if isinstance(value.get(key), (str, bool)):
                return _effort(value[key])
    return None


def _reasoning_switch(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    if "reasoning_effort" not in node.fields or obj.get("reasoning_effort") is not None:
        return Taken()
    word = _effort(obj[key])
    efforts = catalog.reasoning_efforts(run.model)
    if word is None or not efforts:
        return Taken()
    told = len(obj[key]) if isinstance(obj[key], dict) else 1
    return Taken({"reasoning_effort": word}, told > 1)


def _prompt(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken | None:
    """A prompt where there are no messages: it is the user's message."""
    value = obj[key]
    if obj.get("messages") is not None:
        return Taken()
    if isinstance(value, str):
        return Taken({"messages": [{"role": "user", "content": value}]}, False)
    if isinstance(value, (list, tuple)) and value:
        if all(isinstance(item, dict) and isinstance(item.get("role"), str) for item in value):
            return Taken({"messages": list(value)}, False)
        if all(isinstance(item, str) for item in value):
            said = [{"type": "text", "text": item} for item in value]
            return Taken({"messages": [{"role": "user", "content": said}]}, False)
    return Taken(stays=bool(value))


def _top_level_system(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    value = obj[key]
    text = text_of(value)
    if text is None:
        return Taken(stays=bool(value))
    if not text:
        return Taken()
    message = {"role": "system", "content": text}
    if isinstance(obj.get("messages"), (list, tuple)):
        return Taken(fronts={"messages": message}, lossy=False)
    if obj.get("messages") is None:
        return Taken({"messages": [message]}, False)
    return Taken(stays=True)


def _function_required(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    value, schema = obj[key], obj.get("parameters")
    if not isinstance(schema, dict) or not isinstance(value, (list, tuple)):
        return Taken()
    if "required" in schema:
        return Taken(lossy=json_text(schema["required"]) != json_text(value))
    return Taken({"parameters": {**schema, "required": list(value)}}, False)


FOREIGN: Final[Mapping[str, Callable[[dict[str, Any], str, Any, Any], Taken | None]]] = {
    "name-prefix": _name_prefix,
    "refusal": _refusal,
    "reasoning": _reasoning,
    "function-call": _function_call,
    "legacy-functions": _legacy_functions,
    "reasoning-switch": _reasoning_switch,
    "prompt": _prompt,
    "top-level-system": _top_level_system,
    "function-required": _function_required,
}
"""By the rule's id: ``(object, key, node, run)`` to what becomes of the key."""

INSTEAD: Final[Mapping[str, str]] = {"message-name": "name-prefix"}
"""Rules that just remove their key, each with the opt-in rule that keeps what it says."""
