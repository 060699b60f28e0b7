"""Rules of the group *names*: other names for what Mistral has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mistral_sanitize.rules._loss import json_text, says_more, says_something
from mistral_sanitize.rules._parts import is_part, text_of
from mistral_sanitize.rules._rule import (
    NOTHING,
    SPEC,
    Absorbed,
    Edits,
    Group,
    Outcome,
)
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import Node, Value

__all__ = ["NAMES", "ROLE_ALIASES", "ROUTER_PREFIXES", "message_of"]


NAMES: Final = Group("names", "Other names for what Mistral has")


NAMES.declared(
    "seed",
    "Mistral calls it random_seed",
    "https://github.com/AndroidPoet/ChatterUI/issues/143 (422, 2025-05)",
    by="engine.walk, by the mark RenamedFrom",
)

NAMES.declared(
    "max-completion-tokens",
    "Mistral calls it max_tokens",
    "https://github.com/editor-code-assistant/eca/issues/231 (422, 2025-12)",
    by="engine.walk, by the mark RenamedFrom",
)

NAMES.declared(
    "stop-sequences",
    "Mistral calls it stop",
    f"{SPEC}: stop; Anthropic's and Gemini's name",
    by="engine.walk, by the mark RenamedFrom",
)

NAMES.declared(
    "safe-mode",
    "Mistral calls it safe_prompt since 2024-01-18",
    "https://github.com/fsndzomga/mistral_rb/issues/2 (422, 2024-01)",
    by="engine.walk, by the mark RenamedFrom",
)

NAMES.declared(
    "dimensions",
    "Mistral calls it output_dimension, where the model has one",
    f"{SPEC}, EmbeddingRequest; refused by mistral-embed (400, 2026-07-19)",
    by="engine.walk, by the mark RenamedFrom",
)


@NAMES.key(
    "legacy-functions",
    "functions and function_call are tools and tool_choice now",
    "https://github.com/jekalmin/extended_openai_conversation/issues (422, 2025-02)",
)
def legacy_functions(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed | None:
    value = obj[key]
    if key != "functions":
        return _function_call(obj, value)
    return _functions(obj, value) if value and isinstance(value, (list, tuple)) else Absorbed()


def _functions(obj: dict[str, Any], value: Sequence[Any]) -> Absorbed:
    """Functions as tools, behind those that there are; one of a name that a tool has goes."""
    tools = obj.get("tools")
    tools = list(tools) if isinstance(tools, (list, tuple)) else []
    given = [tool.get("function") for tool in tools if isinstance(tool, dict)]
    names = set(map(_name_of, given)) - {None}
    added = [f for f in value if isinstance(f, dict) and _name_of(f) not in names]
    others = [f for f in value if not isinstance(f, dict) or _name_of(f) in names]
    told = {json_text(function) for function in given}
    lost = any(says_something(f) and json_text(f) not in told for f in others)
    made = [{"type": "function", "function": function} for function in added]
    return Absorbed({"tools": [*tools, *made]} if made else NOTHING, lost)


def _name_of(function: object) -> str | None:
    name = function.get("name") if isinstance(function, dict) else None
    return name if isinstance(name, str) else None


def _function_call(obj: dict[str, Any], value: object) -> Absorbed:
    """The choice of a function, or of none, as one among tools."""
    if obj.get("tool_choice") is not None:
        differs = json_text(obj["tool_choice"]) != json_text(value)
        return Absorbed(lossy=differs and says_something(value))
    if isinstance(value, str) and value in ("auto", "none"):
        return Absorbed({"tool_choice": value}, False)
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        choice = {"type": "function", "function": {"name": value["name"]}}
        return Absorbed({"tool_choice": choice}, says_more(value, choice))
    return Absorbed()


@NAMES.key(
    "function-call",
    "function_call is one of the tool_calls now",
    f"{SPEC}: AssistantMessage has tool_calls only",
)
def function_call(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    call = obj[key]
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        return Absorbed()
    function = {"name": call["name"], "arguments": call.get("arguments") or "{}"}
    calls = obj.get("tool_calls")
    calls = list(calls) if isinstance(calls, (list, tuple)) else []
    for other in calls:
        same = other.get("function") if isinstance(other, dict) else None
        if isinstance(same, dict) and same.get("name") == function["name"]:
            # some clients write both
            differs = json_text(same.get("arguments")) != json_text(function["arguments"])
            return Absorbed(lossy=differs or says_more(call, other))
    made = {"type": "function", "function": function}
    return Absorbed({"tool_calls": [*calls, made]}, says_more(call, made))


@NAMES.value(
    "function-role",
    "the function role is the tool role now",
    f"{SPEC}: the roles are system, user, assistant and tool",
)
def function_role(message: Any, place: Value, run: Run) -> Any:
    """OpenAI's function of 2023 is a tool; which call it answers is found by its name."""
    if isinstance(message, dict) and message.get("role") == "function":
        return {**message, "role": "tool"}
    return message


@NAMES.value(
    "developer-role",
    "Mistral calls the developer role system",
    "422 union_tag_invalid, recorded live 2026-08-06",
)
def developer_role(message: Any, place: Value, run: Run) -> Any:
    """OpenAI's developer is Mistral's system."""
    if isinstance(message, dict) and message.get("role") == "developer" and "system" in place.tags:
        return {**message, "role": "system"}
    return message


ROLE_ALIASES: Final = {"human": "user", "ai": "assistant", "model": "assistant", "bot": "assistant"}


@NAMES.value(
    "role-alias",
    "Mistral has another word for this role",
    f"{SPEC}: the roles are system, user, assistant and tool, in lower case",
)
def role_alias(message: Any, place: Value, run: Run) -> Any:
    """Roles in capitals, and LangChain's and Gemini's words; a role left out, where it shows."""
    if not isinstance(message, dict):
        return message
    role = message.get("role")
    if role is None:
        if "tool_call_id" in message:
            return {**message, "role": "tool"}
        if "tool_calls" in message:
            return {**message, "role": "assistant"}
        kind = message.get("type")
        alias = ROLE_ALIASES.get(kind, kind) if isinstance(kind, str) else None
        alias = alias if alias in place.tags else "user"
        return {**message, "role": alias} if message.get("content") else message
    if not isinstance(role, str) or role in place.tags:
        return message
    alias = ROLE_ALIASES.get(role.lower(), role.lower())
    return {**message, "role": alias} if alias in place.tags else message


NAMES.declared(
    "camel-case",
    "Mistral writes it in snake_case",
    f"{SPEC}; Mistral's TypeScript SDK and its users write camelCase",
    by="engine.walk.camel",
)


@NAMES.value(
    "unknown-role",
    "Mistral has no such role: the message becomes the user's",
    f"{SPEC}: the roles are system, user, assistant and tool",
)
def unknown_role(message: Any, place: Value, run: Run) -> Any:
    """Any other word: what it says is kept as the user's."""
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str) or role in place.tags:
        return message
    # what only one role can have tells which it is
    says = "tool" if "tool_call_id" in message else "assistant" if "tool_calls" in message else ""
    known = {**message, "role": says if says in place.tags else "user"}
    return Outcome(known, says_something(role))


ROUTER_PREFIXES: Final = ("mistral/", "mistralai/")


@NAMES.request(
    "model-prefix",
    "the prefix is a router's, not part of Mistral's model id",
    "https://github.com/BerriAI/litellm: provider prefix of mistral/; 400 invalid_model",
    lossy=False,
    reads=["model"],
    early=True,
)
def model_prefix(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """The model's own id, unless the caller's list has the prefix in it."""
    model = request["model"]
    if isinstance(model, str) and model.startswith(ROUTER_PREFIXES) and not run.facts.listed:
        at = 0
        while model.startswith(ROUTER_PREFIXES, at):  # no copy each time: a body may repeat it
            at = model.index("/", at) + 1
        run.model = model = model[at:]
        yield "model", model


def message_of(item: Any) -> dict[str, Any] | None:
    """An item of the Responses API's ``input`` as a message, if it is one or as good as one."""
    if not isinstance(item, dict):
        return None
    kind = item.get("type")
    if isinstance(item.get("role"), str):
        # additional_tools, an item of tomorrow: it has a role, and is not what someone said
        says = kind in (None, "message") or any(key in item for key in _OF_A_MESSAGE)
        return item if says else None
    call_id = {"tool_call_id": item["call_id"]} if "call_id" in item else {}
    if kind in ("function_call", "custom_tool_call"):
        return {"role": "assistant", "content": "", "tool_calls": [item]}
    if kind in ("function_call_output", "custom_tool_call_output"):
        return {"role": "tool", **call_id, "content": item.get("output", "")}
    if kind == "reasoning":
        told = [item[key] for key in ("summary", "content") if item.get(key)]
        thought = told[0] if len(told) == 1 else told
        return {"role": "assistant", "content": "", "reasoning": thought}
    return None


_OF_A_MESSAGE: Final = ("content", "tool_calls", "parts", "text", "images", "refusal")
"""Keys of which a message has one, whatever it calls its type."""


def _messages_of(items: Sequence[Any]) -> list[dict[str, Any]] | None:
    """The messages among the items of a list; ``None`` where it holds none, or anything else.

    An item that is of a type of its own, and no message, has no place: a search, a call of a
    server's tool, a compaction, whatever comes tomorrow.
    """
    found = []
    for item in items:
        message = {"role": "user", "content": item} if isinstance(item, str) else message_of(item)
        if message is not None:
            found.append(message)
        elif not isinstance(item, dict) or not isinstance(item.get("type"), str) or is_part(item):
            return None
    return found if any(isinstance(item, dict) for item in items) and found else None


@NAMES.key(
    "prompt",
    "a chat request has its prompt in messages",
    "https://github.com/nextcloud/integration_openai: 422 missing messages, 2025-03-31",
)
def prompt(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed | None:
    """A prompt is what the user says: all of it, or the last of it."""
    value = obj[key]
    messages = obj.get("messages")
    if not value:
        return Absorbed()
    if messages is None and isinstance(value, (list, tuple)):
        said = _messages_of(value)
        if said is not None:
            return Absorbed({"messages": said}, says_more(value, said))
    parts = value if isinstance(value, (list, tuple)) else ()
    if parts and all(isinstance(item, str) for item in parts):
        content: Any = [{"type": "text", "text": item} for item in parts]
    else:
        content = value if isinstance(value, str) else json_text(value)
    if content is None:
        return Absorbed()
    return _said(obj, value, {"role": "user", "content": content}, first=False)


@NAMES.request("prompt", reads=["messages"], early=True)
def single_message(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """A single message, or a bare text, where a list of messages belongs."""
    messages = request["messages"]
    if "messages" not in node.fields:
        return
    if isinstance(messages, str):
        yield "messages", [{"role": "user", "content": messages}]
    elif isinstance(messages, dict) and "role" in messages:
        yield "messages", [messages]


def _said(obj: dict[str, Any], value: Any, message: dict[str, Any], *, first: bool) -> Absorbed:
    """A message more, before the others or behind them, for the value of some other key."""
    messages = obj.get("messages")
    lost = says_more(value, message["content"])
    if isinstance(messages, (list, tuple)):
        there = {"messages": message}
        return (
            Absorbed(prepends=there, lossy=lost) if first else Absorbed(appends=there, lossy=lost)
        )
    return Absorbed() if messages is not None else Absorbed({"messages": [message]}, lost)


@NAMES.key(
    "top-level-system",
    "Mistral accepts the system prompt only as the first message",
    f"{SPEC}: no system or instructions field; Anthropic's and OpenAI's Responses' name",
)
def top_level_system(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    value = obj[key]
    if not value:
        return Absorbed()
    text = text_of(value)
    if text is None:
        text = json_text(value)
    return (
        _said(obj, value, {"role": "system", "content": text}, first=True) if text else Absorbed()
    )
