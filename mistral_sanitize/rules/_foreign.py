"""Keys that Mistral's objects lack but whose content must not be lost, and where it goes.

Each function looks at one object that has such a key and says what becomes of it: `Taken`, or
``None`` where it knows nothing better than to let the key go as an unknown one. Pure: nothing is
changed or recorded here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mistral_sanitize import catalog
from mistral_sanitize.rules._loss import json_text, says_more, says_something
from mistral_sanitize.rules._parts import is_part, reasoning_text, text_of, thinking_chunk
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import Node

__all__ = ["FOREIGN", "INSTEAD", "Taken", "effort", "message_of"]

_NOTHING: Final[Mapping[str, Any]] = {}


class Taken(NamedTuple):
    """What becomes of a foreign key."""

    sets: Mapping[str, Any] = _NOTHING
    """Keys of the same object, each with its new value."""
    lossy: bool | None = None
    """Whether the key's removal loses information; ``None``: if its value says something."""
    fronts: Mapping[str, Any] = _NOTHING
    """Lists of the same object, each with the item to put in front of it."""
    backs: Mapping[str, Any] = _NOTHING
    """Lists of the same object, each with the item to put behind it."""


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
    elif isinstance(content, str) or content is None:
        parts = [{"type": "text", "text": content}] if content else []
    else:
        parts = [content] if isinstance(content, dict) else [json_text(content)]
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
        return Taken(lossy=_more(obj[key]))  # said already, under another of the names
    said = _with_content(obj, thinking_chunk(text), first=True)
    return Taken({"content": said}, _more(obj[key]))


_SAID: Final = frozenset(("type", "text", "thinking", "content", "summary", "reasoning", "format",
                          "index", "id"))  # fmt: skip


def _more(value: Any) -> bool:
    """Whether reasoning in some client's blocks says more than its text: signatures, secrets."""
    blocks = value if isinstance(value, (list, tuple)) else (value,)
    return any(isinstance(b, dict) and any(b[k] for k in b if k not in _SAID) for b in blocks)


def _function_call(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    call = obj[key]
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        return Taken()
    function = {"name": call["name"], "arguments": call.get("arguments") or "{}"}
    calls = obj.get("tool_calls")
    calls = list(calls) if isinstance(calls, (list, tuple)) else []
    for other in calls:
        same = other.get("function") if isinstance(other, dict) else None
        if isinstance(same, dict) and same.get("name") == function["name"]:
            # some clients write both
            differs = json_text(same.get("arguments")) != json_text(function["arguments"])
            return Taken(lossy=differs or says_more(call, other))
    made = {"type": "function", "function": function}
    return Taken({"tool_calls": [*calls, made]}, says_more(call, made))


def _legacy_functions(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken | None:
    value = obj[key]
    if key == "functions":
        tools = obj.get("tools")
        tools = list(tools) if isinstance(tools, (list, tuple)) else []
        if not isinstance(value, (list, tuple)) or not value:
            return Taken()
        given = [tool.get("function") for tool in tools if isinstance(tool, dict)]
        given_names = (f.get("name") for f in given if isinstance(f, dict))
        names = {name for name in given_names if isinstance(name, str)}
        known = [isinstance(f, dict) and isinstance(f.get("name"), str) and f["name"] in names
                 for f in value]  # fmt: skip
        pairs = list(zip(value, known, strict=True))
        added = [{"type": "function", "function": f} for f, is_known in pairs
                 if isinstance(f, dict) and not is_known]  # fmt: skip
        told = {json_text(f) for f in given}
        lost = any(json_text(f) not in told for f, is_known in pairs
                   if is_known or not isinstance(f, dict))  # fmt: skip
        return Taken({"tools": [*tools, *added]} if added else _NOTHING, lost)
    if obj.get("tool_choice") is not None:
        return Taken(lossy=json_text(obj["tool_choice"]) != json_text(value))
    if isinstance(value, str) and value in ("auto", "none"):
        return Taken({"tool_choice": value}, False)
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        choice = {"type": "function", "function": {"name": value["name"]}}
        return Taken({"tool_choice": choice}, says_more(value, choice))
    return Taken()


_ON: Final = frozenset((True, "enabled", "adaptive", "auto", "on", "true"))
_OFF: Final = frozenset((False, "disabled", "off", "false"))


def effort(value: Any) -> str | None:
    """The effort that a vendor's switch asks for, as a word of `reasoning_effort`'s."""
    if isinstance(value, (str, bool)):
        return "high" if value in _ON else "none" if value in _OFF else str(value)
    if isinstance(value, dict):
        for key in ("effort", "reasoning_effort", "enabled", "enable_thinking", "thinking", "type",
                    "level"):  # fmt: skip
            if isinstance(value.get(key), (str, bool)):
                return effort(value[key])
    return None


def _reasoning_switch(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    if "reasoning_effort" not in node.fields or obj.get("reasoning_effort") is not None:
        return Taken()
    word = effort(obj[key])
    efforts = catalog.reasoning_efforts(run.model)
    if word is None or not efforts:
        return Taken()
    told = len(obj[key]) if isinstance(obj[key], dict) else 1
    return Taken({"reasoning_effort": word}, told > 1)


def message_of(item: Any) -> dict[str, Any] | None:
    """An item of the Responses API's ``input`` as a message, if it is one or as good as one."""
    if not isinstance(item, dict):
        return None
    if isinstance(item.get("role"), str):
        return item
    call_id = {"tool_call_id": item["call_id"]} if "call_id" in item else {}
    if item.get("type") in ("function_call", "custom_tool_call"):
        return {"role": "assistant", "content": "", "tool_calls": [item]}
    if item.get("type") in ("function_call_output", "custom_tool_call_output"):
        return {"role": "tool", **call_id, "content": item.get("output", "")}
    if item.get("type") == "reasoning":
        return {"role": "assistant", "content": "", "reasoning": item.get("summary")}
    return None


def _message_parts(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    """The AI SDK's and Gemini's ``parts``, a bare ``text``, Ollama's ``images``."""
    value = obj[key]
    if isinstance(value, str):
        parts: list[Any] = [value]
    elif isinstance(value, (list, tuple)):
        kind = {"type": "image"} if key == "images" else {}
        parts = [{**kind, "data": p} if kind and isinstance(p, str) else p for p in value]
    else:
        parts = [json_text(value)] if value else []
    if not parts or not any(parts):
        return Taken()
    content = obj.get("content")
    if not content:
        return Taken({"content": parts[0] if parts == [value] else parts}, False)
    told = [part for part in parts if is_part(part)]
    lost = any(says_something(part) and not is_part(part) for part in parts)
    texts = [part for part in told if text_of(part) is not None]
    if isinstance(content, str) and text_of(texts) == content:  # some clients say it twice
        told = [part for part in told if text_of(part) is None]
        lost = lost or says_more(texts, content)
    given = list(content) if isinstance(content, (list, tuple)) else [content]
    return Taken({"content": [*given, *told]} if told else _NOTHING, lost)


def _format(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken | None:
    """Ollama's ``format`` and the Responses API's ``text.format``, where nothing else says it.

    Beside Mistral's own name they go, though that may go too: a second pass would find them alone.
    """
    value = obj[key]
    lost = False
    if key == "text":
        lost = isinstance(value, dict) and len(value) > 1
        value = value.get("format") if isinstance(value, dict) else None
    if not value:
        return None
    if obj.get("response_format") is not None:
        return Taken()
    if isinstance(value, dict) and not isinstance(
        value.get("json_schema", value.get("schema")), dict
    ):
        if value.get("type") in ("text", "json_object"):
            return Taken({"response_format": value}, lost)
        value = {"type": "json_schema", "json_schema": {"schema": value}}
    return Taken({"response_format": value}, lost)


def _prompt(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken | None:
    """A prompt is what the user says: all of it, or the last of it."""
    value = obj[key]
    messages = obj.get("messages")
    if not value:
        return Taken()
    if messages is None and isinstance(value, (list, tuple)):
        said = [message_of(item) for item in value]
        if None not in said:
            return Taken({"messages": said}, says_more(value, said))
    parts = value if isinstance(value, (list, tuple)) else ()
    if parts and all(isinstance(item, str) for item in parts):
        content: Any = [{"type": "text", "text": item} for item in parts]
    else:
        content = value if isinstance(value, str) else json_text(value)
    if content is None:
        return Taken()
    return _said(obj, value, {"role": "user", "content": content}, first=False)


def _said(obj: dict[str, Any], value: Any, message: dict[str, Any], *, first: bool) -> Taken:
    """A message more, before the others or behind them, for the value of some other key."""
    messages = obj.get("messages")
    lost = says_more(value, message["content"])
    if isinstance(messages, (list, tuple)):
        there = {"messages": message}
        return Taken(fronts=there, lossy=lost) if first else Taken(backs=there, lossy=lost)
    return Taken() if messages is not None else Taken({"messages": [message]}, lost)


def _top_level_system(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken:
    value = obj[key]
    if not value:
        return Taken()
    text = text_of(value)
    if text is None:
        text = json_text(value)
    return _said(obj, value, {"role": "system", "content": text}, first=True) if text else Taken()


def _audio(obj: dict[str, Any], key: str, node: Node, run: Run) -> Taken | None:
    """What the assistant said aloud, by its transcript, where that is all there is."""
    audio = obj[key]
    if audio is None:
        return Taken()
    said = audio.get("transcript") if isinstance(audio, dict) else None
    if isinstance(said, str) and said and not obj.get("content"):
        return Taken({"content": said}, any(k not in ("id", "transcript") for k in audio))
    return None


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
    "audio-transcript": _audio,
    "reasoning": _reasoning,
    "function-call": _function_call,
    "legacy-functions": _legacy_functions,
    "reasoning-switch": _reasoning_switch,
    "prompt": _prompt,
    "message-parts": _message_parts,
    "response-format": _format,
    "top-level-system": _top_level_system,
    "function-required": _function_required,
}
"""By the rule's id: ``(object, key, node, run)`` to what becomes of the key."""

INSTEAD: Final[Mapping[str, str]] = {"message-name": "name-prefix"}
"""Rules that just remove their key, each with the opt-in rule that keeps what it says."""
