"""Rules of the group *tools*: tools, and the choice among them. One file for the group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mistral_sanitize.rules import _json_schema
from mistral_sanitize.rules._loss import json_text, says_more, says_something
from mistral_sanitize.rules._rule import (
    REMOVE,
    SPEC,
    Absorbed,
    Edits,
    Group,
    Outcome,
)
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import Node, Value

__all__ = ["SCHEMA_NAMES", "TOOLS", "is_web_search"]


TOOLS: Final = Group("tools", "Tools and the choice among them")


@TOOLS.request(
    "empty-tools",
    "Mistral does not accept an empty list of tools",
    "https://github.com/partITech/php-mistral/issues/76 (422, 2025-11)",
    lossy=False,
    reads=["tools"],
)
def empty_tools(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """An empty list of tools goes."""
    tools = request["tools"]
    if "tools" in node.fields and isinstance(tools, (list, tuple)) and not tools:
        yield "tools", REMOVE


@TOOLS.request(
    "tool-choice-without-tools",
    "there is no tool to choose",
    "vLLM and Mistral's own SDK refuse it",
    reads=["tool_choice"],
)
def tool_choice_without_tools(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """A choice among no tools goes."""
    if _has_no_tools(request, node):
        yield "tool_choice", _pointless(request["tool_choice"], ("auto", "none", "any", "required"))


@TOOLS.request(
    "parallel-calls-without-tools",
    "there is no tool to call in parallel",
    "https://github.com/mistralai/mistral-common: to_openai sends it only with tools",
    reads=["parallel_tool_calls"],
)
def parallel_calls_without_tools(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """Likewise."""
    if _has_no_tools(request, node):
        yield "parallel_tool_calls", _pointless(request["parallel_tool_calls"], (True, False))


def _has_no_tools(request: dict[str, Any], node: Node) -> bool:
    """Whether the request has no tools, where it could: an agent's own are not in it."""
    return "tools" in node.fields and "agent_id" not in node.fields and not request.get("tools")


def _pointless(value: Any, words: tuple[Any, ...]) -> Outcome:
    """The removal of a choice among no tools, of which `words` say nothing."""
    is_word = any(value is word or (value == word and isinstance(value, str)) for word in words)
    return Outcome(REMOVE, not is_word and says_something(value))


@TOOLS.value("tool-shape", "Mistral nests a function's definition under function", f"{SPEC}: Tool")
def tool_shape(tool: Any, place: Value, run: Run) -> Any:
    """Responses' flat tools, Anthropic's and bare functions to Mistral's function."""
    if not isinstance(tool, dict) or isinstance(tool.get("function"), dict):
        return tool
    if isinstance(tool.get("toolSpec"), dict):  # Bedrock's
        tool = {**{k: v for k, v in tool.items() if k != "toolSpec"}, **tool["toolSpec"]}
    key = next((k for k in ("parameters", *SCHEMA_NAMES) if isinstance(tool.get(k), dict)), None)
    if not isinstance(tool.get("name"), str) or not _defines_function(tool.get("type"), place, key):
        return tool
    function = {k: tool[k] for k in ("name", "description", "strict", "required") if k in tool}
    others = {k: v for k, v in tool.items() if k not in ("type", key, *function)}
    if key is not None:
        function["parameters"] = _schema_under(key, tool[key])
    return {**others, "type": "function", "function": function}


def _defines_function(kind: object, place: Value, schema: str | None) -> bool:
    """Whether a tool of a type is a function: of a type that Mistral lacks, if it has a schema."""
    if kind is None or kind == "function" or kind == "custom":
        return True
    return schema is not None and not (isinstance(kind, str) and kind in place.tags)


SCHEMA_NAMES: Final = (
    "input_schema", "inputSchema", "schema", "parametersJsonSchema", "arguments",
)  # fmt: skip
"""Other clients' names for the parameters: Anthropic's, MCP's, Gemini's, Hugging Face's."""


def _schema_under(key: str, value: dict[str, Any]) -> dict[str, Any]:
    """The schema under a key: Bedrock has an object around it, with ``json`` alone."""
    inner = value.get("json")
    return inner if key == "inputSchema" and len(value) == 1 and isinstance(inner, dict) else value


@TOOLS.key("tool-shape")
def parameters_name(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed | None:
    """The parameters' schema of a function, under another client's name."""
    value, given = obj[key], obj.get("parameters")
    if not isinstance(value, dict):
        return None
    value = _schema_under(key, value)
    if given is None:
        return Absorbed({"parameters": value}, False)
    return Absorbed(lossy=says_something(value) and json_text(value) != json_text(given))


TOOLS.declared(
    "tool-parameters",
    "Mistral requires a schema of the parameters, even if only an empty one",
    f"{SPEC}: Function.parameters is required",
    by="engine.walk, by the defaults of models.Function",
    lossy=False,
)


@TOOLS.key(
    "function-required",
    "Mistral has the list of required parameters in their schema",
    "https://github.com/mistralai/client-python/issues/91 (422, 2024-05-18)",
)
def function_required(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    value, schema = obj[key], obj.get("parameters")
    if not isinstance(schema, dict) or not isinstance(value, (list, tuple)):
        return Absorbed()
    if "required" in schema:
        differs = json_text(schema["required"]) != json_text(value)
        return Absorbed(lossy=differs and says_something(value))
    return Absorbed({"parameters": {**schema, "required": list(value)}}, False)


@TOOLS.value(
    "custom-tool",
    "Mistral has no free-form tools: this becomes a function with one input",
    f"{SPEC}: Tool; OpenAI's custom tools of 2025-08",
)
def custom_tool(tool: Any, place: Value, run: Run) -> Any:
    """A custom tool, OpenAI's of either API, as a function with one input."""
    if not isinstance(tool, dict) or isinstance(tool.get("function"), dict):
        return tool
    if isinstance(tool.get("custom"), dict):
        return _custom_tool(tool["custom"])
    return (
        _custom_tool(tool) if tool.get("type") == "custom" and "input_schema" not in tool else tool
    )


def _custom_tool(custom: dict[str, Any]) -> dict[str, Any]:
    """A function whose one argument is the free text, described as the tool and its grammar."""
    said = [custom["description"]] if isinstance(custom.get("description"), str) else []
    form = custom.get("format")
    inner = form.get("grammar", form) if isinstance(form, dict) else None
    if isinstance(inner, dict) and isinstance(inner.get("definition"), str):
        syntax = f"{inner['syntax']} " if inner.get("syntax") else ""
        said.append(f"The input follows this {syntax}grammar:\n{inner['definition']}")
    schema = {
        "type": "object",
        "properties": {"input": {"type": "string"}},
        "required": ["input"],
    }
    function: dict[str, Any] = {"name": custom.get("name"), "parameters": schema}
    if said:
        function["description"] = "\n".join(said)
    return {"type": "function", "function": function}


@TOOLS.value(
    "builtin-tool",
    "Mistral's chat completions have no such tool",
    "https://github.com/maruel/genai (422 enum on 11 models, recorded 2026-02-08); web_search: the "
    "document of 2026-08-13 has it, the SDK of 2026-09-28 has not, and no 200 is recorded",
)
def builtin_tool(tool: Any, place: Value, run: Run) -> Any:
    """A tool of another vendor's servers goes: Mistral cannot run it."""
    if isinstance(tool, dict) and "function" not in tool:
        kind = tool.get("type")
        if isinstance(kind, str) and kind not in place.tags and kind != "custom":
            return REMOVE
    return tool


@TOOLS.request("builtin-tool", reads=["tools"], early=True)
def web_search(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """A web search goes: published for chat, and refused there whenever it was seen sent."""
    tools = request["tools"]
    if "model" in node.fields and isinstance(tools, (list, tuple)):
        kept = [tool for tool in tools if not is_web_search(tool)]
        if len(kept) < len(tools):
            yield "tools", Outcome(kept)


def is_web_search(tool: object) -> bool:
    """Whether it is a tool that Mistral's documents have for chat, and its API has not."""
    kinds = ("web_search", "web_search_premium")
    return isinstance(tool, dict) and tool.get("type") in kinds and "function" not in tool


@TOOLS.value(
    "tool-schema",
    "not a valid JSON Schema of draft 7",
    "https://github.com/SylphxAI/pdf-reader-mcp/issues/63; https://github.com/"
    "ayunis-core/ayunis-core/pull/975 (400 Invalid tool schema)",
)
def tool_schema(value: Any, place: Value, run: Run) -> Any:
    """What is not draft 7 is made so, where it is clear how; a schema written as JSON is read."""
    if isinstance(value, (list, tuple)) and not value:
        return Outcome({"type": "object", "properties": {}}, False)  # PHP's empty object
    if isinstance(value, str):
        value = _json_schema.read(value)
    return Outcome(*_json_schema.draft_7(value))


@TOOLS.value(
    "schema-id",
    "Mistral's grammar compiler does not accept $id",
    "https://github.com/BerriAI/litellm/pull/13389 (400 Grammar error, 2025-08-07)",
    lossy=False,
)
def schema_id(value: Any, place: Value, run: Run) -> Any:
    """``$id`` of a tool's schema goes, and of every schema within."""
    return _json_schema.without_id(value)


@TOOLS.value(
    "schema-dialect",
    "the $schema that names the dialect is removed",
    "https://github.com/BerriAI/litellm/pull/13389; recorded with 200 in 2025-12",
    default=False,
    lossy=False,
)
def schema_dialect(value: Any, place: Value, run: Run) -> Any:
    """``$schema``, likewise."""
    return _json_schema.without_dialect(value)


def _choice_name(choice: Mapping[str, Any]) -> Any:
    for key in ("function", "custom", "tool"):
        inner = choice.get(key)
        if isinstance(inner, dict) and isinstance(inner.get("name"), str):
            return inner["name"]
    return choice.get("name") if isinstance(choice.get("name"), str) else None


def _named(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name}}


def _tool_name(tool: Any) -> Any:
    return _choice_name(tool) if isinstance(tool, dict) else None


def _words(node: Node) -> tuple[str, ...]:
    return node.fields["tool_choice"].value.words or ()


def _judged(before: Mapping[str, Any], after: Any) -> Outcome:
    return Outcome(after, says_more(before, after))


def _parallel(
    choice: dict[str, Any], request: dict[str, Any], node: Node
) -> tuple[dict[str, Any], Edits]:
    """Anthropic's word on parallel calls: the choice without it where that says it, and edits."""
    if not isinstance(choice.get("disable_parallel_tool_use"), bool):
        return choice, iter(())
    parallel = not choice["disable_parallel_tool_use"]
    rest = {k: v for k, v in choice.items() if k != "disable_parallel_tool_use"}
    if "parallel_tool_calls" in request:
        return (rest if request["parallel_tool_calls"] is parallel else choice), iter(())
    if "parallel_tool_calls" in node.fields:
        return rest, iter((("parallel_tool_calls", parallel),))
    return (rest if parallel else choice), iter(())  # as Mistral does unless told otherwise


@TOOLS.request(
    "allowed-tools",
    "Mistral has no allowed_tools: only the tools that it names are kept",
    f"{SPEC}: tool_choice; OpenAI's allowed_tools of 2025-08",
    reads=["tool_choice"],
    early=True,
)
def allowed_tools(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """The tools that the choice names, and its mode."""
    choice = request["tool_choice"]
    if "tool_choice" not in node.fields or not isinstance(choice, dict):
        return
    if choice.get("type") != "allowed_tools":
        return
    choice, parallel = _parallel(choice, request, node)
    yield from parallel
    words = _words(node)
    inner = choice.get("allowed_tools")
    inner = inner if isinstance(inner, dict) else choice
    named = inner.get("tools")
    names = {_tool_name(tool) for tool in named} if isinstance(named, (list, tuple)) else set()
    tools = request.get("tools")
    if isinstance(tools, (list, tuple)):
        kept = [tool for tool in tools if _tool_name(tool) in names]
        if not kept:  # nothing that there is may be called
            yield "tool_choice", "none"
            return
        if len(kept) != len(tools):
            yield "tools", Outcome(kept)
        tools = kept
    mode = inner.get("mode")
    mode = mode if isinstance(mode, str) and mode in words else "auto"
    yield "tool_choice", Outcome(mode, says_more(choice, [mode, tools]))


@TOOLS.request(
    "tool-choice",
    "Mistral's tool_choice has another shape",
    f"{SPEC}: tool_choice",
    reads=["tool_choice"],
    early=True,
)
def tool_choice(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """Other clients' ways to choose among the tools."""
    choice = request["tool_choice"]
    if choice is None or "tool_choice" not in node.fields:
        return
    words = _words(node)
    if isinstance(choice, str):
        if choice not in words:
            yield "tool_choice", _word_choice(choice, request, words)
    elif not isinstance(choice, dict):
        yield "tool_choice", REMOVE
    elif choice.get("type") != "allowed_tools":
        rest, parallel = _parallel(choice, request, node)
        yield from parallel
        yield from _object_choice(rest, choice, words)


def _object_choice(said: dict[str, Any], choice: dict[str, Any], words: tuple[str, ...]) -> Edits:
    kind, name = choice.get("type"), _choice_name(choice)
    if name is not None:
        inner = choice.get("function")
        if not isinstance(inner, dict) or kind not in (None, "function"):
            yield "tool_choice", _judged(said, _named(name))
    elif isinstance(kind, str) and kind in ("auto", "any", "none", "required"):
        rest = {key: value for key, value in said.items() if key != "type"}
        yield "tool_choice", _judged(rest, kind if kind in words else "any")
    else:
        yield "tool_choice", REMOVE


def _word_choice(word: str, request: dict[str, Any], words: tuple[str, ...]) -> Any:
    if word == "required" and "any" in words:
        return Outcome("any", False)
    tools = request.get("tools")
    if isinstance(tools, (list, tuple)) and any(_tool_name(tool) == word for tool in tools):
        return _named(word)
    return REMOVE


@TOOLS.request(
    "forced-tool-json",
    "with a JSON response_format Mistral accepts only tool_choice auto",
    "https://github.com/0xPlaygrounds/rig (400, recorded 2026-08-15)",
    lossy=True,
    reads=["response_format", "tool_choice", "tools"],
)
def forced_tool_json(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """The choice is left to the model."""
    if _forces_tool_and_json(request):
        yield "tool_choice", "auto"


@TOOLS.request(
    "forced-tool-format",
    "with a forced tool Mistral does not accept a JSON response_format",
    "https://github.com/0xPlaygrounds/rig (400, recorded 2026-08-15)",
    default=False,
    lossy=True,
    reads=["response_format", "tool_choice", "tools"],
    replaces="forced-tool-json",
)
def forced_tool_format(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """The format goes instead."""
    if _forces_tool_and_json(request):
        yield "response_format", REMOVE


def _forces_tool_and_json(request: dict[str, Any]) -> bool:
    form, choice = request["response_format"], request["tool_choice"]
    if choice is None or not isinstance(form, dict) or not request["tools"]:
        return False
    return form.get("type") in ("json_object", "json_schema") and choice not in ("auto", "none")


TOOLS.declared(
    "function-name",
    "Mistral accepts function names of a-z, A-Z, 0-9, _ and -, up to 64",
    "https://github.com/nbonamy/witsy/pull/164 (400, 2025-04)",
    by="engine.request.rename_functions",
    lossy=False,
)
