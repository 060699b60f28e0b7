"""The rules on tools and the choice among them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mistral_sanitize import explain, profiles
from tests.rules.rows import Rows
from tests.rules.words import (
    ANTHROPIC,
    COMMON,
    FORMAT,
    GET,
    GET_TOOL,
    OLDEST,
    OPENAI,
    RESPONSES,
    SPEC,
    Case,
    call,
    calls,
    request,
    result,
    schema_of,
    tool,
    user,
    with_schema,
)

_FORCED = {"type": "function", "function": {"name": "f"}}
AGES_AGO = replace(profiles.V2024_09_17, name="2024-08-06", date="2024-08-06")
_INPUT = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
_LONG = "add_task_" + "x" * 60


def choose(choice: Any, **fields: Any) -> dict[str, Any]:
    """A request with two tools and a choice among them."""
    return request(tools=[tool("f"), tool("g")], tool_choice=choice, **fields)


def allowed(mode: Any, *names: str) -> dict[str, Any]:
    """OpenAI's choice of some of the tools."""
    tools = [{"type": "function", "function": {"name": name}} for name in names]
    return {"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}}


F = {"type": "function", "function": {"name": "f"}}
ONLY_F = [tool("f")]

ROWS = (
    Case("empty-tools", "an empty list", request(tools=[]), request(),
         source="https://github.com/partITech/php-mistral/issues/76"),
    Case("empty-tools", "a tool", request(tools=[tool()])),
    Case("tool-choice-without-tools", "no tools", request(tool_choice="auto"), request(),
         source="https://docs.vllm.ai: tool_choice needs tools"),
    Case("tool-choice-without-tools", "empty tools", request(tools=[], tool_choice="none"),
         request(), also=("empty-tools",), source="https://docs.vllm.ai: tool_choice needs tools"),
    Case("tool-choice-without-tools", "tools", request(tools=[tool()], tool_choice="auto")),
    Case("tool-choice-without-tools", "an agent's own tools",
         {"agent_id": "ag_1", "messages": [user()], "tool_choice": "any"},
         options={"endpoint": "/v1/agents/completions"}),
    Case("parallel-calls-without-tools", "no tools", request(parallel_tool_calls=False),
         request(), source=COMMON),
    Case("parallel-calls-without-tools", "tools",
         request(tools=[tool()], parallel_tool_calls=False)),
    Case("tool-shape", "Responses' flat tool",
         request(tools=[{"type": "function", **GET, "strict": True}]),
         request(tools=[{"type": "function", "function": {
             "name": "get", "description": "Gets.", "strict": True, "parameters": schema_of()}}]),
         source=RESPONSES),
    Case("tool-shape", "Anthropic's tool",
         request(tools=[{"name": "get", "description": "Gets.", "input_schema": schema_of()}]),
         request(tools=[GET_TOOL]), source=ANTHROPIC),
    Case("tool-shape", "a bare function", request(tools=[GET]), request(tools=[GET_TOOL]),
         source=OPENAI),
    Case("tool-shape", "Mistral's", request(tools=[GET_TOOL])),
    Case("tool-shape", "Mistral's without a type", request(tools=[{"function": GET}])),
    Case("tool-shape", "parameters under Hugging Face's name",
         request(tools=[{"function": {"name": "f", "arguments": schema_of(a={})}}]),
         request(tools=[{"function": {"name": "f", "parameters": schema_of(a={})}}]),
         source="Hugging Face's tool definitions have arguments"),
    Case("tool-schema", "properties without their object",
         with_schema({"video": {"type": "string"}, "description": {"type": "string"}}),
         with_schema(schema_of(video={"type": "string"}, description={"type": "string"})),
         source="https://github.com/UKGovernmentBEIS/inspect_ai/pull/1562"),
    Case("tool-schema", "a reference and its definitions",
         with_schema({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}})),
    Case("schema-id", "a reference to it",
         with_schema({"$id": "https://e.org/s", "$ref": "https://e.org/s#/$defs/a",
                      "$defs": {"a": {"type": "object"}}}),
         with_schema({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}),
         source="https://github.com/BerriAI/litellm/pull/13389"),
    Case("tool-parameters", "left out",
         request(tools=[{"type": "function", "function": {"name": "f"}}]),
         request(tools=[tool()]), source=SPEC),
    Case("tool-parameters", "null", request(tools=[tool(parameters=None)]),
         request(tools=[tool()]), source=OPENAI),
    Case("tool-parameters", "an empty schema", request(tools=[tool(parameters={})])),
    Case("function-required", "moved into the schema",
         request(tools=[tool(parameters=schema_of(a={}), required=["a"])]),
         request(tools=[tool(parameters={**schema_of(a={}), "required": ["a"]})]),
         source="https://github.com/mistralai/client-python/issues/91"),
    Case("function-required", "said there too",
         request(tools=[tool(parameters={**schema_of(a={}), "required": ["a"]},
                             required=["a"])]),
         request(tools=[tool(parameters={**schema_of(a={}), "required": ["a"]})]),
         source="https://github.com/mistralai/client-python/issues/91"),
    Case("function-required", "contradicted there",
         request(tools=[tool(parameters={**schema_of(a={}, b={}), "required": ["a"]},
                             required=["b"])]),
         request(tools=[tool(parameters={**schema_of(a={}, b={}), "required": ["a"]})]),
         lossy=True, source="https://github.com/mistralai/client-python/issues/91"),
    Case("function-required", "no list", request(tools=[tool(required=True)]),
         request(tools=[tool()]), lossy=True, source=SPEC),
    Case("function-required", "in the schema",
         request(tools=[tool(parameters={**schema_of(a={}), "required": ["a"]})])),
    Case("builtin-tool", "of another vendor",
         request(tools=[tool(), {"type": "web_search_preview"}]), request(tools=[tool()]),
         lossy=True, source="https://github.com/maruel/genai: 422 enum, 2026-02-08"),
    Case("builtin-tool", "the only one",
         request(tools=[{"type": "file_search", "vector_store_ids": ["v"]}], tool_choice="auto"),
         request(), also=("empty-tools", "tool-choice-without-tools"), lossy=True,
         source=RESPONSES),
    Case("builtin-tool", "Mistral's own under an older schema",
         request(tools=[tool(), {"type": "web_search"}]), request(tools=[tool()]), lossy=True,
         options={"profile": profiles.V2026_03_20},
         source="https://github.com/maruel/genai: 422 enum, 2026-02-08"),
    Case("builtin-tool", "Mistral's own", request(tools=[{"type": "web_search"}])),
    Case("tool-schema", "draft 4's exclusive bounds",
         with_schema(schema_of(a={"type": "number", "minimum": 0, "exclusiveMinimum": True},
                               b={"type": "number", "maximum": 9, "exclusiveMaximum": False})),
         with_schema(schema_of(a={"type": "number", "exclusiveMinimum": 0},
                               b={"type": "number", "maximum": 9})),
         source="https://github.com/SylphxAI/pdf-reader-mcp/issues/63"),
    Case("tool-schema", "draft 3's required",
         with_schema(schema_of(a={"type": "string", "required": True},
                               b={"type": "string", "required": False})),
         with_schema({**schema_of(a={"type": "string"}, b={"type": "string"}),
                      "required": ["a"]}),
         source="https://github.com/ayunis-core/ayunis-core/pull/975"),
    Case("tool-schema", "Python's and Gemini's words",
         with_schema({"type": "OBJECT", "properties": {"a": {"type": "str"},
                                                       "b": {"type": "any"}}}),
         with_schema(schema_of(a={"type": "string"}, b={})), source=COMMON),
    Case("tool-schema", "a description that is a schema",
         with_schema(schema_of(a={"description": {"type": "string", "description": "A thing."}},
                               b={"description": ["x"]}, c={"title": 1})),
         with_schema(schema_of(a={"description": "A thing."}, b={"description": "x"},
                               c={"title": "1"})),
         source="https://github.com/e2b-dev/open-computer-use/pull/11"),
    Case("tool-schema", "nulls", with_schema(schema_of(a={"type": "string", "format": None,
                                                          "default": None, "const": None})),
         with_schema(schema_of(a={"type": "string", "default": None, "const": None})),
         source=COMMON),
    Case("tool-schema", "PHP's empty lists",
         with_schema(schema_of(a=[], b={"type": "object", "properties": [], "anyOf": []})),
         with_schema(schema_of(a={}, b={"type": "object", "properties": {}})), source=COMMON),
    Case("tool-schema", "PHP's empty list at the top", with_schema([]), with_schema(schema_of()),
         source=COMMON),
    Case("tool-schema", "a string of JSON", with_schema('{"type":"object","properties":{}}'),
         with_schema(schema_of()), source=COMMON),
    Case("tool-schema", "words for schemas, and lists of words",
         with_schema({**schema_of(a="string", b={"type": ["STRING", "NULL", "null"]},
                                  c={"type": ["any"]}, d=None), "required": "a"}),
         with_schema({**schema_of(a={"type": "string"}, b={"type": ["string", "null"]}, c={},
                                  d={}), "required": ["a"]}), source=COMMON),
    Case("tool-schema", "names twice, and counts in quotes",
         with_schema({**schema_of(a={"minLength": "1"}), "required": ["a", "a"]}),
         with_schema({**schema_of(a={"minLength": 1}), "required": ["a"]}), source=COMMON),
    Case("tool-schema", "what cannot be mended",
         with_schema(schema_of(a={"type": "Optional[str]"}))),
    Case("tool-schema", "no schema at all", with_schema("{bad")),
    Case("tool-schema", "deep within",
         with_schema(schema_of(a={"type": "array", "items": {"anyOf": [
             {"type": "STRING"}, {"$ref": "#/$defs/d"}]}}) | {"$defs": {"d": {"type": "INT"}}}),
         with_schema(schema_of(a={"type": "array", "items": {"anyOf": [
             {"type": "string"}, {"$ref": "#/$defs/d"}]}}) | {"$defs": {"d": {"type": "integer"}}}),
         source=COMMON),
    Case("tool-schema", "what is common",
         with_schema({"title": "A", "description": "B", "additionalProperties": False,
                      **schema_of(
                          a={"type": "array", "items": {"type": "string"}, "minItems": 1},
                          b={"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
                          c={"enum": ["x"], "const": "x"}, d={"type": "array", "items": {}}),
                      "required": ["a"]})),
    Case("tool-schema", "beside what is right",
         with_schema({"title": "A", "description": "B", **schema_of(a={"type": "str"})}),
         with_schema({"title": "A", "description": "B", **schema_of(a={"type": "string"})}),
         source=COMMON),
    Case("tool-schema", "properties named like keywords",
         with_schema({**schema_of(type={"type": "string"}, required={"type": "boolean"},
                                  title={"type": "string"}, description={"type": "string"},
                                  properties={"type": "object"}), "required": ["required"]})),
    Case("tool-schema", "what only looks odd",
         with_schema(schema_of(a={"type": ["string", "null"], "enum": [None], "examples": [1]},
                               b={"$ref": "#/$defs/d"}, c=True, d={"exclusiveMinimum": 1},
                               e={"not": {}, "if": {}, "then": {"type": "string"}},
                               f={"items": [{"type": "string"}]}) | {"$defs": {"d": {}}})),
    Case("schema-id", "at the top and within",
         with_schema({"$id": "urn:a", **schema_of(a={"$id": "urn:b", "type": "string"})}),
         with_schema(schema_of(a={"type": "string"})),
         source="https://github.com/BerriAI/litellm/pull/13389"),
    Case("schema-id", "a property of that name",
         with_schema({**schema_of(**{"$id": {"type": "string"}}), "required": ["$id"]})),
    Case("schema-dialect", "when asked for",
         with_schema({"$schema": "http://json-schema.org/draft-07/schema#", **schema_of()}),
         with_schema(schema_of()), options={"enable": ("schema-dialect",)},
         source="https://github.com/BerriAI/litellm/pull/13389"),
    Case("schema-dialect", "a property of that name",
         with_schema(schema_of(**{"$schema": {"type": "string"}})),
         options={"enable": ("schema-dialect",)}),
    Case("schema-dialect", "unless asked for",
         with_schema({"$schema": "http://json-schema.org/draft-07/schema#", **schema_of()})),
    Case("custom-tool", "with a grammar, its call and its choice",
         request(user(),
                 calls({"id": "aaaaaaaa1", "type": "custom",
                        "custom": {"name": "run", "input": "1+1"}}),
                 result(),
                 tools=[{"type": "custom", "custom": {
                     "name": "run", "description": "Runs.", "format": {
                         "type": "grammar",
                         "grammar": {"syntax": "lark", "definition": "start: X"}}}}],
                 tool_choice={"type": "custom", "custom": {"name": "run"}}),
         request(user(),
                 calls({"id": "aaaaaaaa1", "type": "function",
                        "function": {"name": "run", "arguments": '{"input":"1+1"}'}}),
                 result(),
                 tools=[{"type": "function", "function": {
                     "name": "run", "parameters": _INPUT,
                     "description": "Runs.\nThe input follows this lark grammar:\nstart: X"}}],
                 tool_choice={"type": "function", "function": {"name": "run"}}),
         also=("tool-call-shape", "tool-choice"), source=OPENAI),
    Case("custom-tool", "of Responses", request(tools=[{"type": "custom", "name": "run"}]),
         request(tools=[{"type": "function", "function": {"name": "run", "parameters": _INPUT}}]),
         source=RESPONSES),
    Case("custom-tool", "a function of one input", request(tools=[tool("run", parameters=_INPUT)])),
    Case("allowed-tools", "some of the tools",
         request(tools=[tool("f"), tool("g")], tool_choice={
             "type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [
                 {"type": "function", "function": {"name": "g"}}]}}),
         request(tools=[tool("g")], tool_choice="required"), lossy=True, source=OPENAI),
    Case("allowed-tools", "all of the tools",
         request(tools=[tool("f")], tool_choice={
             "type": "allowed_tools", "mode": "auto",
             "tools": [{"type": "function", "name": "f"}]}),
         request(tools=[tool("f")], tool_choice="auto"), source=RESPONSES),
    Case("allowed-tools", "none of the tools",
         request(tools=[tool("f")], tool_choice={"type": "allowed_tools", "tools": []}),
         request(tools=[tool("f")], tool_choice="none"), source=RESPONSES),
    Case("allowed-tools", "without tools",
         request(tool_choice={"type": "allowed_tools", "mode": "auto", "tools": []}), request(),
         also=("tool-choice-without-tools",), source=RESPONSES),
    Case("allowed-tools", "a function of that name",
         request(tools=[tool("allowed_tools")],
                 tool_choice={"type": "function", "function": {"name": "allowed_tools"}})),
    Case("tool-choice", "Anthropic's tool",
         request(tools=[tool()], tool_choice={"type": "tool", "name": "f"}),
         request(tools=[tool()], tool_choice=_FORCED), source=ANTHROPIC),
    Case("tool-choice", "Anthropic's word", request(tools=[tool()], tool_choice={"type": "any"}),
         request(tools=[tool()], tool_choice="any"), source=ANTHROPIC),
    Case("tool-choice", "Responses' function",
         request(tools=[tool()], tool_choice={"type": "function", "name": "f"}),
         request(tools=[tool()], tool_choice=_FORCED), source=RESPONSES),
    Case("tool-choice", "a bare name", request(tools=[tool()], tool_choice="f"),
         request(tools=[tool()], tool_choice=_FORCED), source=SPEC),
    Case("tool-choice", "a word of nobody's", request(tools=[tool()], tool_choice="validated"),
         request(tools=[tool()]), lossy=True, source=SPEC),
    Case("tool-choice", "another vendor's tool",
         request(tools=[tool()], tool_choice={"type": "web_search_preview"}),
         request(tools=[tool()]), lossy=True, source=RESPONSES),
    Case("tool-choice", "one call at a time",
         request(tools=[tool()], tool_choice={"type": "auto", "disable_parallel_tool_use": True}),
         request(tools=[tool()], tool_choice="auto", parallel_tool_calls=False), source=ANTHROPIC),
    Case("tool-choice", "one call at a time, said before",
         request(tools=[tool()], parallel_tool_calls=False,
                 tool_choice={"type": "auto", "disable_parallel_tool_use": True}),
         request(tools=[tool()], parallel_tool_calls=False, tool_choice="auto"),
         source=ANTHROPIC),
    Case("tool-choice", "that names nothing", request(tools=[tool()], tool_choice={}),
         request(tools=[tool()]), source=SPEC),
    Case("tool-choice", "a boolean", request(tools=[tool()], tool_choice=True),
         request(tools=[tool()]), lossy=True, source=SPEC),
    Case("tool-choice", "required, before Mistral had the word",
         request(tools=[tool()], tool_choice="required"),
         request(tools=[tool()], tool_choice="any"), options={"profile": AGES_AGO},
         source="the document of 2024-08 has auto, none and any"),
    Case("tool-choice", "Mistral's word", request(tools=[tool()], tool_choice="required")),
    Case("tool-choice", "Mistral's function", request(tools=[tool()], tool_choice=_FORCED)),
    Case("tool-choice", "without a type",
         request(tools=[tool()], tool_choice={"function": {"name": "f"}})),
    Case("forced-tool-json", "a function",
         request(tools=[tool()], tool_choice=_FORCED, response_format={"type": "json_object"}),
         request(tools=[tool()], tool_choice="auto", response_format={"type": "json_object"}),
         lossy=True, source="https://github.com/0xPlaygrounds/rig/pull/2337"),
    Case("forced-tool-json", "any of them",
         request(tools=[tool()], tool_choice="any", response_format=FORMAT),
         request(tools=[tool()], tool_choice="auto", response_format=FORMAT), lossy=True,
         source="https://github.com/0xPlaygrounds/rig/pull/2337"),
    Case("forced-tool-json", "not forced",
         request(tools=[tool()], tool_choice="none", response_format=FORMAT)),
    Case("forced-tool-json", "no JSON",
         request(tools=[tool()], tool_choice="any", response_format={"type": "text"})),
    Case("forced-tool-format", "when asked for",
         request(tools=[tool()], tool_choice="any", response_format=FORMAT),
         request(tools=[tool()], tool_choice="any"), lossy=True,
         options={"enable": ("forced-tool-format",)},
         source="https://github.com/0xPlaygrounds/rig/pull/2337"),
    Case("forced-tool-format", "not forced",
         request(tools=[tool()], tool_choice="auto", response_format=FORMAT),
         options={"enable": ("forced-tool-format",)}),
    Case("function-name", "everywhere the same",
         request(user(), calls(call(name="my.tool")), result(name="my.tool"),
                 tools=[tool("my.tool")],
                 tool_choice={"type": "function", "function": {"name": "my.tool"}}),
         request(user(), calls(call(name="my_tool")), result(name="my_tool"),
                 tools=[tool("my_tool")],
                 tool_choice={"type": "function", "function": {"name": "my_tool"}}),
         source="https://github.com/danny-avila/LibreChat/issues/7435"),
    Case("function-name", "two never one", request(tools=[tool("a.b"), tool("a_b"), tool("a b")]),
         request(tools=[tool("a_b_TraNTSgo"), tool("a_b"), tool("a_b_uzfepcAn")]),
         source="https://github.com/danny-avila/LibreChat/issues/7435"),
    Case("function-name", "too long", request(tools=[tool(_LONG)]),
         request(tools=[tool(f"{_LONG[:55]}_m5XpUSK1")]),
         source="https://github.com/nbonamy/witsy/pull/164"),
    Case("function-name", "among what has none",
         request(user(), calls(call(), call("aaaaaaaa2", 5)), result(), result("aaaaaaaa2"),
                 tools=[tool("a.b"), {"type": "image_generation"}, None],
                 tool_choice={"function": {"name": 5}}),
         request(user(), calls(call(), call("aaaaaaaa2", 5)), result(), result("aaaaaaaa2"),
                 tools=[tool("a_b"), {"type": "image_generation"}, None],
                 tool_choice={"function": {"name": 5}}),
         options={"disable": ("tool-choice",)}, source=COMMON),
    Case("function-name", "the empty one of a result",
         request(user(), calls(call()), result(name="")),
         request(user(), calls(call()), result()), source=COMMON),
    Case("function-name", "legal ones", request(tools=[tool("a-b_C9"), tool("x" * 64)])),
    *[
        Case("tool-choice", f"a word as a type: {word}", choose({"type": word}), choose(word),
             source=ANTHROPIC)
        for word in ("auto", "none", "required", "any")
    ],
    Case("tool-choice", "a type that is no word", choose({"type": "what"}),
         request(tools=[tool("f"), tool("g")]), lossy=True, source=SPEC),
    Case("tool-choice", "neither a word nor an object", choose(5),
         request(tools=[tool("f"), tool("g")]), lossy=True, source=SPEC),
    Case("tool-choice", "the name of no tool", choose("zz"),
         request(tools=[tool("f"), tool("g")]), lossy=True, source=OPENAI),
    Case("tool-choice", "the name of the second tool", choose("g"),
         choose({"type": "function", "function": {"name": "g"}}), source=OPENAI),
    Case("tool-choice", "under tool", choose({"type": "tool", "tool": {"name": "f"}}), choose(F),
         source="Cohere's and LangChain's shape"),
    Case("tool-choice", "beside a function without a name",
         choose({"type": "tool", "function": {"name": 5}, "name": "f"}), choose(F), lossy=True,
         source=OPENAI),
    Case("tool-choice", "a function of another type",
         choose({"type": "custom", "function": {"name": "f"}}), choose(F), source=OPENAI),
    Case("tool-choice", "a function without a type", choose({"function": {"name": "f"}})),
    Case("tool-choice", "calls one after the other",
         choose({"type": "auto", "disable_parallel_tool_use": True}),
         choose("auto", parallel_tool_calls=False), source=ANTHROPIC),
    Case("tool-choice", "calls in parallel",
         choose({"type": "auto", "disable_parallel_tool_use": False}),
         choose("auto", parallel_tool_calls=True), source=ANTHROPIC),
    Case("tool-choice", "calls in parallel, said twice",
         choose({"type": "auto", "disable_parallel_tool_use": True}, parallel_tool_calls=True),
         choose("auto", parallel_tool_calls=True), lossy=True, source=ANTHROPIC),
    Case("tool-choice", "calls in parallel under a schema without",
         choose({"type": "auto", "disable_parallel_tool_use": True}), choose("auto"),
         lossy=True, options=OLDEST, source=ANTHROPIC),
    Case("tool-choice", "calls in parallel, as they are anyway",
         choose({"type": "auto", "disable_parallel_tool_use": False}), choose("auto"),
         options=OLDEST, source=ANTHROPIC),
    Case("allowed-tools", "all of them", choose(allowed("auto", "f", "g")), choose("auto"),
         source=OPENAI),
    *[
        Case("allowed-tools", f"the mode {mode}", choose(allowed(mode, "f")),
             request(tools=ONLY_F, tool_choice="auto"), lossy=True, source=OPENAI)
        for mode in (5, "weird", ["auto"])
    ],
    Case("allowed-tools", "the mode any, and nothing nested",
         choose({"type": "allowed_tools", "mode": "any", "tools": ({"name": "f"},)}),
         request(tools=ONLY_F, tool_choice="any"), lossy=True, source=OPENAI),
    Case("allowed-tools", "no list of tools",
         choose({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": 5}}),
         choose("none"), lossy=True, source=OPENAI),
)  # fmt: skip


class TestRows(Rows):
    """What holds for every row: `tests.rules.rows`."""

    rows = ROWS


ID = "abcdefghi"


@pytest.mark.parametrize(
    ("given", "expected", "rules"),
    [
        ({"type": "custom", "id": ID, "custom": {"name": "f", "input": "x"}},
         {"id": ID, "type": "function", "function": {"name": "f", "arguments": '{"input":"x"}'}},
         []),
        ({"type": "function_call", "call_id": ID, "name": "f", "arguments": "{}"},
         {"id": ID, "type": "function", "function": {"name": "f", "arguments": "{}"}}, []),
        ({"id": ID, "name": "f", "arguments": "{}", "index": 3},
         {"index": 3, "id": ID, "type": "function", "function": {"name": "f", "arguments": "{}"}},
         []),
        # Without an id there is none to replace.
        ({"name": "f", "arguments": "{}"},
         {"type": "function", "function": {"name": "f", "arguments": "{}"}, "id": ...},
         [("add", "missing-tool-call-id")]),
    ],
    ids=str,
)  # fmt: skip
def test_a_call(given: Any, expected: Any, rules: list[tuple[str, str]]) -> None:
    """A call in another shape, its keys in Mistral's order, with what else it says."""
    report = explain(request(calls(given)))

    (made,) = report.payload["messages"][0]["tool_calls"]
    assert made == {**expected, "id": made["id"]}
    assert list(made) == list(expected)
    assert [(c.op, c.rule) for c in report.changes if "/tool_calls" in c.path] == [
        ("replace", "tool-call-shape"),
        *rules,
    ]


def test_a_grammar_of_no_syntax() -> None:
    """A custom tool may leave out which grammar it is: the description then names none."""
    form = {"type": "grammar", "grammar": {"definition": "start: WORD"}}
    custom = {"type": "custom", "custom": {"name": "f", "format": form}}

    report = explain({"model": "m", "messages": [], "tools": [custom]})

    (made,) = report.payload["tools"]
    said = made["function"]["description"].split()
    assert said == ["The", "input", "follows", "this", "grammar:", "start:", "WORD"]
