"""Strategies for the laws: whatever `json.dumps` accepts, biased towards what the rules know.

Most payloads are drawn from the words of Mistral's schema, of OpenAI's dialect and of its
neighbours, so that repairs fire, and then disturbed: odd types, odd keys, subclasses, tuples.
Texts are numbered (`numbered`), so that a law can ask what became of each.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from enum import Enum, IntEnum
from typing import Any

from hypothesis import strategies as st

from mistral_sanitize import profiles
from mistral_sanitize._sanitizer import PENALTIES
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.report import key_text
from mistral_sanitize.rules import RULES
from mistral_sanitize.schema.compile import slots

__all__ = ["CONTENT", "NOTE", "as_tuples", "conversations", "exotic", "json_values", "numbered",
           "options", "payloads", "schemas", "subclassed"]  # fmt: skip

CONTENT = "~content~"
"""Stands for a text that must never be lost; `numbered` makes each one unique."""
NOTE = "~note~"
"""Stands for a text that may be lost, but never silently."""

MODELS = (
    "mistral-small-latest",
    "mistral-large-latest",
    "mistral-medium-latest",
    "mistral-large-2512",
    "codestral-latest",
    "codestral-embed",
    "mistral-embed",
    "magistral-medium-latest",
    "devstral-small-latest",
    "pixtral-12b-2409",
    "zai-glm-5-3",
    "mistral/mistral-small-latest",
    "mistralai/no-such-model",
    "mistral/mistralai/mistral-small-latest",
    "gpt-4o",
    "",
)
CHAT = "/v1/chat/completions"
CONVERSATIONS = (CHAT, "/v1/agents/completions")

# -- words ---------------------------------------------------------------------------------------


def _schema_words() -> Iterator[str]:
    """Every key and every word of every object of every request, in a fixed order."""
    for model in ENDPOINTS.values():
        for profile in profiles.ALL:
            for node in slots(model, profile).values():
                yield from node.handled_keys
                for field in node.fields.values():
                    yield field.name
                    yield from (mark.name for mark in field.renamed_from)
                    yield from field.value.words or ()
                    yield from field.value.tags


# What OpenAI's and other clients' payloads have beside these: keys, then values.
_DIALECT = """
    user store stream_options logit_bias modalities audio web_search_options verbosity extra_body
    max_output_tokens service_tier seed functions function_call name refusal annotations
    reasoning_content reasoning_details thinking_blocks cache_control provider transforms
    custom format grammar definition syntax input_schema inputSchema schema call_id arguments
    input args tool_use_id is_error source media_type mediaType mimeType data file_data file_id
    filename file_url detail caller display_name $id $schema $ref $defs properties items required
    enum anyOf oneOf allOf not additionalProperties exclusiveMinimum nullable title description
    developer function human ai model bot critic input_text output_text summary_text
    reasoning image input_image input_file document file_url audio_url tool_result tool_use
    redacted_thinking thinking video custom allowed_tools web_search web_search_preview mcp
    json_object json_schema json text priority flex default enabled disabled minimal xhigh
    max true false string integer number boolean object array null STRING dict any
"""
WORDS = tuple(dict.fromkeys([*_schema_words(), *_DIALECT.split()]))

IDS = (
    "abcdefghi", "ABCDEFGH1", "a1b2c3d4e", "call_1", "call_2", "toolu_01ABC", "functions.f:0",
    "call_0", "chatcmpl-tool-1", "", "null", "123456789\n", "aaaa aaaa", "äbcdefghi",
    "\ud800", "chatcmpl-tool-2", "3f2a7c58-0b1e-4f6e-9d7c-1f2e3d4c5b6a",
)  # fmt: skip
NAMES = ("f", "g", "get_weather", "ns.f", "ns_f", "a b", "", "é", "x" * 65, "x" * 64, "-", "\ud800")


class Word(str):
    """A subclass of str, as ORMs and template engines have them."""

    __slots__ = ()


class Whole(int):
    """A subclass of int."""


class Real(float):
    """A subclass of float, as numpy's float64 is."""


class Items(list[Any]):
    """A subclass of list."""


class Object(dict[Any, Any]):
    """A subclass of dict."""


class Number(IntEnum):
    """An enumeration of integers."""

    NONE = 0
    ONE = 1
    MANY = 7


Text = Enum("Text", {f"W{i}": w for i, w in enumerate(WORDS) if w}, type=str)  # type: ignore[misc]


# -- any JSON value ------------------------------------------------------------------------------

_FLOATS = (0.0, -0.0, 1.0, 0.5, 1.5, 1.6, 2.5, -3.0, 1e300, 1e400, -1e400, float("nan"))
_INTS = (0, 1, -1, 2, 3, 8, 100, 10**30, -(10**30))
_QUOTED = ("0.5", "7", "-1", "1e999", "true", "False", "5.0", " 3 ", "nan", "1_0", "٣")


def keys() -> st.SearchStrategy[Any]:
    """Keys of objects: mostly words of the schemas."""
    odd = (0, 1, -7, 2.5, True, False, None, float("inf"), "", "a/b", "m~n", "\ud800", "~note",
           Number.MANY, Text("content"), Word("role"))  # fmt: skip
    return st.one_of(
        st.sampled_from(WORDS), st.sampled_from(WORDS), st.sampled_from(odd), st.text(max_size=3)
    )


def scalars() -> st.SearchStrategy[Any]:
    """Anything that is neither a list nor an object."""
    odd = (Whole(5), Real(0.5), Word("auto"), Word("user"), Number.ONE, Number.NONE, *Text)
    return st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from((None, True, False, NOTE, "", "\ud800", *_INTS, *_FLOATS, *_QUOTED)),
        st.sampled_from((*MODELS, *IDS, *NAMES)),
        st.sampled_from(odd),
        st.text(max_size=5),
    )


def _object(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """An object of which no two keys are one in JSON: which of these counts is nobody's law."""
    seen: set[str] = set()
    made = {}
    for key, value in pairs:
        if key_text(key) not in seen:
            seen.add(key_text(key))
            made[key] = value
    return made


def json_values(max_leaves: int = 8) -> st.SearchStrategy[Any]:
    """Any tree that `json.dumps` accepts."""
    return st.recursive(
        scalars(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.lists(inner, max_size=3).map(tuple),
            st.lists(inner, max_size=3).map(Items),
            st.lists(st.tuples(keys(), inner), max_size=4).map(_object),
            st.lists(st.tuples(keys(), inner), max_size=4).map(_object),
            st.lists(st.tuples(keys(), inner), max_size=4).map(lambda p: Object(_object(p))),
        ),
        max_leaves=max_leaves,
    )


_VALUES = json_values(4)


# -- parts, calls, tools -------------------------------------------------------------------------

C, N = CONTENT, NOTE
_URL = "https://example.org/" + C
PARTS: tuple[Any, ...] = (
    {"type": "text", "text": C},
    {"type": "text", "text": C, "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": ""},
    {"type": "text", "text": None},
    {"type": "text"},
    {"text": C},
    C,
    {"type": "input_text", "text": C},
    {"type": "output_text", "text": C, "annotations": []},
    {"type": "summary_text", "text": C},
    {"type": "refusal", "refusal": C},
    {"type": "image_url", "image_url": _URL},
    {"type": "image_url", "image_url": {"url": _URL, "detail": "auto"}},
    {"type": "image_url", "image_url": {"url": _URL, "detail": "original"}},
    {"type": "image_url", "image_url": {"url": _URL, "detail": None, "extra": N}},
    {"type": "image_url", "url": _URL},
    {"image_url": {"url": _URL}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": C}},
    {"type": "image", "source": {"type": "url", "url": _URL}},
    {"type": "image", "image": C, "mimeType": "image/webp"},
    {"type": "input_image", "image_url": _URL, "detail": "high"},
    {"type": "input_image", "file_id": C},
    {"type": "input_audio", "input_audio": C},
    {"type": "input_audio", "input_audio": {"data": C, "format": "wav"}},
    {"type": "audio_url", "audio_url": {"url": _URL}},
    {"type": "file", "file": {"file_data": C, "filename": C}},
    {"type": "file", "file": {"file_id": C}},
    {"type": "file", "file_id": C},
    {"type": "input_file", "file_url": _URL},
    {"type": "input_file", "file_data": C, "filename": C},
    {"type": "document", "source": {"type": "text", "data": C}, "title": C},
    {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": C}]}},
    {"type": "document", "source": {"type": "base64", "data": C}},
    {"type": "document", "source": {"type": "file", "file_id": C}},
    {"type": "document_url", "document_url": _URL, "document_name": None},
    {"type": "reference", "reference_ids": [1, "2", 3.0, None]},
    {"type": "thinking", "thinking": N},
    {"type": "thinking", "thinking": [{"type": "text", "text": N}], "signature": "s"},
    {"type": "thinking", "thinking": N, "signature": "s", "closed": None},
    {"type": "redacted_thinking", "data": N},
    {"type": "reasoning", "text": N},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": N}]},
    {"type": "tool_use", "id": "toolu_01ABC", "name": "f", "input": {"a": C}},
    {"type": "tool_use", "id": "toolu_02ABC", "name": "ns.f", "input": {}},
    {"type": "tool_use", "name": "g"},
    {"type": "tool_result", "tool_use_id": "toolu_01ABC", "content": C},
    {"type": "tool_result", "tool_use_id": "toolu_02ABC", "content": [{"type": "text", "text": C}]},
    {"type": "tool_result", "tool_use_id": None, "content": None},
    {"type": "tool_result", "content": [{"type": "tool_result", "content": C}]},
    {"type": "resource", "uri": N, "content": {"type": "text", "text": C}},
    {"type": "video_url", "video_url": {"url": C}},
    {"type": []},
    {},
)

_ARGUMENTS: tuple[Any, ...] = ("{}", "", '{"a":"' + C + '"}', C, {"a": C}, {}, None, [C], 3)


@st.composite
def calls(draw: Any) -> Any:
    """A tool call, in one of the shapes in use."""
    name = draw(st.sampled_from(("f", "f", "g", *NAMES)))
    arguments = copy.deepcopy(draw(st.sampled_from(_ARGUMENTS)))
    function = {"name": name, "arguments": arguments}
    shape = draw(st.integers(0, 11))
    call: dict[str, Any] = {"type": "function", "function": function}
    if shape == 1:
        call = {"function": function}
    elif shape == 2:
        call = {"type": "custom", "custom": {"name": name, "input": C}}
    elif shape == 3:
        call = {"type": "function_call", "name": name, "arguments": arguments}
        call["call_id"] = draw(st.sampled_from(IDS))
    elif shape == 4:
        call = {"name": name, "args": arguments}
    elif shape == 5:
        call = {"type": "function", "function": function, "index": draw(_VALUES)}
    elif shape == 6:
        call = {"type": "function", "function": {"name": name}}
    elif shape == 7:
        call = {"type": None, "function": {**function, "strict": N}}
    if draw(st.integers(0, 9)):
        call = {"id": draw(st.sampled_from(IDS)), **call}
    return call


_SCHEMA_LEAVES: tuple[Any, ...] = (
    {"type": "string"},
    {"type": "STRING", "description": None},
    {"type": "dict"},
    {"type": "any"},
    {"type": ["string", "null"]},
    {"type": "integer", "minimum": 1, "exclusiveMinimum": True},
    {"type": "integer", "exclusiveMaximum": True},
    {"type": "string", "required": True},
    {"type": "string", "required": False},
    {"$ref": "#/$defs/a", "$id": "x"},
    {"$id": "https://example.org/x", "title": None},
    {"description": {"description": "d"}, "enum": [None, 1]},
    {"title": 3},
    {"const": None, "default": None},
    {"type": "string", "minLength": -1, "maxLength": 2.0},
    {"enum": []},
    {"enum": [1, 1], "type": ["string", "string"]},
    {"type": "object", "required": ["a", "a"], "properties": []},
    {"required": "a", "type": []},
    {"type": "number", "multipleOf": 0},
    {"$ref": 5, "pattern": "("},
    {"anyOf": [], "items": None},
    {"minimum": "1", "uniqueItems": "true"},
    {},
    True,
    None,
)


def schemas() -> st.SearchStrategy[Any]:
    """JSON Schemas, valid and not: what tools have as parameters."""
    names = st.sampled_from(("a", "b", "$id", "$schema", "required", "type", "properties"))
    keywords = st.sampled_from(
        ("items", "additionalProperties", "not", "if", "anyOf", "allOf", "oneOf", "prefixItems",
         "$defs", "definitions", "required", "contains", "default", "enum", "const", "examples",
         "patternProperties", "type", "title", "description", "format", "nullable")
    )  # fmt: skip
    return st.recursive(
        st.sampled_from(_SCHEMA_LEAVES).map(copy.deepcopy),
        lambda inner: st.one_of(
            st.dictionaries(names, inner, max_size=3).map(
                lambda p: {"type": "object", "properties": p}
            ),
            st.dictionaries(
                keywords, st.one_of(inner, st.lists(inner, max_size=2), scalars()), max_size=3
            ),
            st.lists(inner, max_size=2).map(lambda i: {"anyOf": i}),
            st.lists(inner, max_size=2).map(lambda i: {"allOf": tuple(i)}),
            inner.map(lambda i: {"type": "array", "items": i, "$schema": "x", "$id": "y"}),
            inner.map(lambda i: Object({"properties": Object(a=i), "required": ["b"]})),
        ),
        max_leaves=4,
    )


@st.composite
def tools(draw: Any) -> Any:
    """A tool, in one of the shapes in use."""
    name = draw(st.sampled_from(("f", "g", *NAMES)))
    schema = draw(schemas())
    function = {"name": name, "description": "d", "parameters": schema}
    shape = draw(st.integers(0, 12))
    made: dict[int, Any] = {
        2: {"type": "function", "function": {**function, "strict": None, "description": None}},
        3: {"type": "function", **function},
        4: {"name": name, "description": "d", "input_schema": schema},
        5: {"type": "custom", "custom": {"name": name, "description": "d", "format": {
            "type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}}}},
        6: {"type": "custom", "name": name, "description": "d"},
        7: {"type": draw(st.sampled_from(("web_search", "web_search_preview", "connector", "mcp",
                                          "document_library", "code_interpreter")))},
        8: {"type": "function", "function": {"name": name, "required": ["a"]}},
        9: {"function": {**function, "required": ["a"], "note": N}},
        10: {"type": "function", "function": None},
        11: {"type": "custom", "custom": {"name": name}, "function": None},
    }  # fmt: skip
    return made.get(shape, {"type": "function", "function": function})


# -- messages ------------------------------------------------------------------------------------


@st.composite
def contents(draw: Any) -> Any:
    """What a message says."""
    kind = draw(st.integers(0, 11))
    if kind < 5:
        return C
    if kind == 5:
        return draw(st.sampled_from(("", None, [], (), {}, 3, True, {"a": N})))
    if kind == 6:
        return copy.deepcopy(draw(st.sampled_from(PARTS)))
    parts = draw(st.lists(st.sampled_from(PARTS), max_size=3))
    return [copy.deepcopy(part) for part in parts]


_EXTRAS: tuple[tuple[str, Any], ...] = (
    ("name", "bob"),
    ("name", ""),
    ("name", None),
    ("refusal", None),
    ("refusal", C),
    ("annotations", []),
    ("audio", None),
    ("reasoning_content", N),
    ("reasoning_content", ""),
    ("reasoning", N),
    ("reasoning_details", [{"type": "reasoning.text", "text": N}]),
    ("thinking_blocks", [{"type": "thinking", "thinking": N}]),
    ("function_call", None),
    ("function_call", {"name": "f", "arguments": '{"a":"' + C + '"}'}),
    ("function_call", {"name": "ns.f"}),
    ("tool_calls", []),
    ("tool_calls", None),
    ("tool_call_id", "call_1"),
    ("prefix", True),
    ("prefix", False),
    ("prefix", None),
    ("prefix", "true"),
    ("prefix", 0),
    ("cache_control", {"type": "ephemeral"}),
    ("id", "msg_1"),
    ("metadata", {"a": N}),
    ("content", None),
)


_ROLES: tuple[Any, ...] = (
    "developer", "function", "human", "ai", "System", "USER", "critic", "model", "", None, 3, [],
    Word("user"),
)  # fmt: skip


@st.composite
def conversations(draw: Any, *, odd: bool = True) -> list[Any]:
    """Messages: calls answered, unanswered, answered twice, out of order, under other ids.

    With `odd` false, content is text, and nothing but order, ids and names can be wrong.
    """
    messages: list[Any] = []
    open_ids: list[Any] = []
    for _ in range(draw(st.integers(0, 7))):
        kind = draw(st.integers(0, 13))
        message: Any
        if kind < 3:
            message = {"role": "user"}
        elif kind < 7:
            message = {"role": "assistant"}
            if kind < 6:
                made = draw(st.lists(calls() if odd else plain_calls(), min_size=1, max_size=3))
                message["tool_calls"] = made
                open_ids += [call.get("id", call.get("call_id")) for call in made]
        elif kind < 11:
            message = {"role": "tool"}
            if open_ids and draw(st.integers(0, 4)):
                message["tool_call_id"] = open_ids.pop(draw(st.integers(0, len(open_ids) - 1)))
            elif draw(st.integers(0, 2)):
                message["tool_call_id"] = draw(st.sampled_from(IDS))
            if not draw(st.integers(0, 2)):
                message["name"] = draw(st.sampled_from(NAMES))
        elif kind == 11:
            message = {"role": "system"}
        elif not odd:
            message = {"role": "user"}
        elif kind == 12:
            role = draw(st.sampled_from(_ROLES))
            message = {"role": role}
            if role == "function":
                message["name"] = draw(st.sampled_from(NAMES))
        else:
            message = {}
        if message.get("role") == "assistant":
            said = draw(st.sampled_from((C, "", None)) if not odd else contents())
            if said is not None or draw(st.booleans()):
                message["content"] = said
        elif not odd or draw(st.integers(0, 11)):
            message["content"] = draw(contents()) if odd else C
        if odd:
            for key, value in draw(st.lists(st.sampled_from(_EXTRAS), max_size=2)):
                if key in ("refusal", "function_call") and message.get("role") != "assistant":
                    continue  # it is the assistant who refuses and calls
                if key not in message or (value and key != "content"):
                    message[key] = copy.deepcopy(value)
        elif not draw(st.integers(0, 9)):
            message["prefix"] = True
        messages.append(message)
    return messages


@st.composite
def plain_calls(draw: Any) -> dict[str, Any]:
    """A tool call in Mistral's shape, but for its id and its name."""
    function = {"name": draw(st.sampled_from(NAMES)), "arguments": '{"a":"' + C + '"}'}
    call = {"type": "function", "function": function}
    return {"id": draw(st.sampled_from(IDS)), **call} if draw(st.integers(0, 7)) else call


# -- requests ------------------------------------------------------------------------------------

_FORMATS: tuple[Any, ...] = (
    {"type": "json_object"},
    {"type": "text"},
    {"type": "json"},
    {"type": "json_schema"},
    {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
    {"type": "json_schema", "json_schema": {"schema": {}, "strict": None, "x": N}},
    {"type": "json_schema", "json_schema": {"name": "n"}},
    {"type": "json_schema", "schema": {"type": "object"}, "name": "n", "strict": True},
    {"type": "json_object", "schema": {"type": "object"}},
    {"type": "grammar", "grammar": N},
    {"json_schema": {"name": "n", "schema": {}}},
    {"type": None},
    {},
    "json_object",
    "json",
    None,
)
_CHOICES: tuple[Any, ...] = (
    "auto", "none", "any", "required", "f", "no_such", None, {},
    {"type": "function", "function": {"name": "f"}},
    {"type": "function", "function": {"name": "ns.f"}},
    {"type": "function", "name": "f"},
    {"type": "tool", "name": "g"},
    {"type": "any"},
    {"type": "custom", "custom": {"name": "f"}},
    {"type": "web_search_preview"},
    {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "f"}]},
    {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [
        {"type": "function", "function": {"name": "f"}}]}},
    {"function": {"name": "f", "x": N}},
)  # fmt: skip
_TEMPERATURES = (0, 0.0, -0.0, 0.7, 1, 1.5, 1.6, 2, -1, None, "0.5", "9", float("nan"), 1e400, True)
_COUNTS = (0, 1, 5, -1, 2.0, 2.5, -3.0, None, "7", "-7", float("nan"), float("-inf"), True, 1e300)
_FIELDS: tuple[tuple[str, st.SearchStrategy[Any]], ...] = (
    ("temperature", st.sampled_from(_TEMPERATURES)),
    ("top_p", st.sampled_from((0, 0.0, 1, 1.0, 0.9, 1.1, -1, None, "0.5", "0", 1e400))),
    ("max_tokens", st.sampled_from(_COUNTS)),
    ("max_completion_tokens", st.sampled_from(_COUNTS)),
    ("min_tokens", st.sampled_from(_COUNTS)),
    ("n", st.sampled_from(_COUNTS)),
    ("seed", st.sampled_from(_COUNTS)),
    ("random_seed", st.sampled_from(_COUNTS)),
    ("presence_penalty", st.sampled_from((0, 2, 3, -2.5, None, "1"))),
    ("frequency_penalty", st.sampled_from((0, 2, 3, -2.5, None, "1"))),
    ("repetition_penalty", st.sampled_from((0, 2, 1e400, None))),
    ("stop", st.sampled_from(("", "x", [], [""], ["a", None, ""], list("abcdef"), None, ("a",)))),
    ("stream", st.sampled_from((True, False, None, "true"))),
    ("stream_options", st.just({"include_usage": True})),
    ("response_format", st.sampled_from(_FORMATS)),
    ("tools", st.lists(tools(), max_size=3)),
    ("tools", st.lists(tools(), max_size=2)),
    ("tool_choice", st.sampled_from(_CHOICES)),
    ("tool_choice", st.sampled_from(_CHOICES)),
    ("parallel_tool_calls", st.sampled_from((True, False, None))),
    ("functions", st.lists(tools().map(lambda t: t.get("function", t)), max_size=2)),
    ("function_call", st.sampled_from(("auto", "none", "x", {"name": "f"}, None, 3))),
    ("safe_mode", st.sampled_from((True, None))),
    ("safe_prompt", st.sampled_from((True, None, "false"))),
    ("prediction", st.sampled_from((
        {"type": "content", "content": [{"type": "text", "text": "a"}]}, "a", None, {},
        {"type": "content", "content": [{"type": "image_url"}]}))),
    ("reasoning_effort", st.sampled_from((
        "none", "minimal", "low", "medium", "high", "xhigh", "max", "?", None, 3))),
    ("reasoning", st.sampled_from(({"effort": "low"}, {"enabled": False, "x": N}, "high", True))),
    ("thinking", st.sampled_from(({"type": "enabled"}, {"type": "disabled"}, N, None))),
    ("chat_template_kwargs", st.sampled_from(({"enable_thinking": False}, {"a": N}))),
    ("enable_thinking", st.booleans()),
    ("prompt_mode", st.sampled_from(("reasoning", None, "x"))),
    ("service_tier", st.sampled_from(("auto", "default", "flex", "priority", "?", None, 3))),
    ("metadata", st.sampled_from(({"a": N}, None, {}))),
    ("prompt_cache_key", st.sampled_from(("k", None))),
    ("guardrails", st.sampled_from((
        [{"block_on_error": True, "x": N, "moderation_llm_v1": {"action": "none", "y": None}}],
        None, [None], [{"moderation_llm_v2": {"custom_category_thresholds": {"pii": "0.5"}}}]))),
    ("logprobs", st.sampled_from((True, None))),
    ("top_k", st.sampled_from(_COUNTS)),
    ("user", st.just(N)),
    ("store", st.just(False)),
    ("system", st.sampled_from((C, "", None, [{"type": "text", "text": C}], {"a": N}, 3))),
    ("instructions", st.sampled_from((C, None))),
    ("prompt", st.sampled_from((C, "", None, [C, C], [{"role": "user", "content": C}], {"a": N}))),
    ("suffix", st.sampled_from((C, None))),
    ("input", st.sampled_from((C, [C], [{"role": "user", "content": C}], None, [1, 2]))),
    ("dimensions", st.sampled_from(_COUNTS)),
    ("output_dimension", st.sampled_from(_COUNTS)),
    ("output_dtype", st.sampled_from(("float", "int8", None, "?"))),
    ("encoding_format", st.sampled_from(("float", "base64", None, "?"))),
    ("truncate_for_context_length", st.booleans()),
)  # fmt: skip


@st.composite
def _requests(draw: Any) -> dict[Any, Any]:
    """A request of some endpoint, with odd fields among its own."""
    made: list[tuple[Any, Any]] = []
    shape = draw(st.integers(0, 9))
    if shape < 9:
        made.append(("model", draw(st.sampled_from(MODELS))))
    if shape < 8:
        made.append(("messages", draw(conversations())))
    elif shape == 8:
        talks = st.lists(conversations(), max_size=2)
        made.append(("input", draw(st.one_of(
            conversations(), talks, talks.map(lambda t: [{"messages": m, "x": N} for m in t]))
        )))  # fmt: skip
    for name, values in draw(st.lists(st.sampled_from(_FIELDS), max_size=6)):
        made.append((name, copy.deepcopy(draw(values))))
    made = draw(st.permutations(made)) if draw(st.integers(0, 3)) == 0 else made
    return _object(made)


def _places(value: Any, found: list[Any]) -> list[Any]:
    """Every container in a tree."""
    if isinstance(value, (dict, list)):
        found.append(value)
        for inner in value.values() if isinstance(value, dict) else value:
            _places(inner, found)
    return found


@st.composite
def _disturbed(draw: Any) -> dict[Any, Any]:
    """A request, a few of whose places hold something that does not belong there."""
    payload = copy.deepcopy(draw(_requests()))  # the pools are shared
    for _ in range(draw(st.integers(0, 3))):
        places = _places(payload, [])
        place = places[draw(st.integers(0, len(places) - 1))]
        value = copy.deepcopy(draw(_VALUES))  # it may be changed in its turn
        if isinstance(place, dict):
            key = draw(st.sampled_from([*place])) if place and draw(st.booleans()) else draw(keys())
            if key in place or key_text(key) not in map(key_text, place):
                place[key] = value
        elif place:
            place[draw(st.integers(0, len(place) - 1))] = value
        else:
            place.append(value)
    return payload


@st.composite
def payloads(draw: Any) -> dict[Any, Any]:
    """A payload of any kind, its texts numbered; most are near to a request, some are not."""
    kind = draw(st.integers(0, 19))
    if kind == 0:
        pairs = st.lists(st.tuples(keys(), json_values(12)), max_size=6)
        return numbered(_object(draw(pairs)))
    payload = numbered(draw(_requests() if kind < 11 else _disturbed()))
    return subclassed(payload) if kind == 19 else payload


def numbered(value: Any) -> Any:
    """A copy in which every `CONTENT` and every `NOTE` is another text, ``c0.``, ``n1.``."""
    count = 0

    def text(old: str) -> str:
        nonlocal count
        for mark, letter in ((CONTENT, "c"), (NOTE, "n")):
            while mark in old:
                old = old.replace(mark, f"#{letter}{count}#", 1)
                count += 1
        return old

    def walk(old: Any) -> Any:
        if type(old) is str and "~" in old:
            return text(old)
        if isinstance(old, dict):
            made = {k: walk(v) for k, v in old.items()}
            return made if type(old) is dict else type(old)(made)
        if isinstance(old, (list, tuple)):
            items = [walk(v) for v in old]
            return items if type(old) is list else type(old)(items)
        return old

    return walk(value)


def as_tuples(value: Any) -> Any:
    """The same with tuples for lists, which `json.dumps` writes alike."""
    if isinstance(value, dict):
        return {key: as_tuples(inner) for key, inner in value.items()}
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value


def subclassed(value: Any, *, tuples: bool = False) -> Any:
    """A copy whose objects, lists and strings are of subclasses of these, or lists tuples."""
    if isinstance(value, dict):
        return Object({k: subclassed(v, tuples=tuples) for k, v in value.items()})
    if isinstance(value, (list, tuple)):
        items = [subclassed(v, tuples=tuples) for v in value]
        return tuple(items) if tuples else Items(items)
    return Word(value) if type(value) is str and not tuples else value


def exotic(value: Any) -> bool:
    """Whether the value has something that `json.loads` never makes."""
    try:
        return bool(json.loads(json.dumps(value)) != value)
    except RecursionError:
        return True


# -- options -------------------------------------------------------------------------------------

_RULE_IDS = tuple(RULES)
_TOP = tuple(dict.fromkeys(name for name, _ in _FIELDS))


@st.composite
def options(draw: Any, *, endpoints: tuple[str, ...] = tuple(ENDPOINTS), rules: bool = True) -> Any:
    """Options of `sanitize`: every endpoint, every profile, any rules on and off."""
    made: dict[str, Any] = {}
    if draw(st.integers(0, 2)) == 0:
        made["endpoint"] = draw(st.sampled_from(endpoints))
    if draw(st.booleans()):
        made["profile"] = draw(st.sampled_from([p.name for p in profiles.ALL]))
    if draw(st.integers(0, 3)) == 0:
        made["drop"] = draw(st.sets(st.sampled_from((*_TOP, *PENALTIES)), max_size=2))
    if draw(st.integers(0, 3)) == 0:
        kept = draw(st.sets(st.sampled_from((*_TOP, "x")), max_size=2))
        made["keep"] = kept - set(made.get("drop", ()))
    if rules:
        on = draw(st.sets(st.sampled_from(_RULE_IDS), max_size=4)) if draw(st.booleans()) else set()
        off = (
            draw(st.sets(st.sampled_from(_RULE_IDS), max_size=4)) if draw(st.booleans()) else set()
        )
        made["enable"] = on
        made["disable"] = off - on
    return {name: value for name, value in made.items() if value != set() or name == "drop"}


def described(options: Mapping[str, Any]) -> str:
    """Options as one would write them, for a note."""
    return ", ".join(f"{k}={sorted(v) if isinstance(v, set) else v!r}" for k, v in options.items())
