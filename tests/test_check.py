"""`check`: what Mistral would still refuse, in its own words; one row per fault, a noop beside."""

from __future__ import annotations

import base64
import copy
import enum
import math
import re
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_sanitize import Problem, Sanitizer, catalog, check, profiles, sanitize
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import RULES
from mistral_sanitize.schema.node import Field, Node, Value
from mistral_sanitize.validation.edits import REASONS
from mistral_sanitize.validation.entry_cures import CURES as ENTRY_CURES
from mistral_sanitize.validation.known import KNOWN_REFUSALS
from mistral_sanitize.validation.refusals import CURES
from mistral_sanitize.validation.schema import schema_problems
from mistral_sanitize.validation.tool_schema import schema_fault
from tests.laws import LEVELS
from tests.payloads import as_tuples
from tests.rules import CASES

CHAT = "/v1/chat/completions"
AGENTS = "/v1/agents/completions"
FIM = "/v1/fim/completions"
EMBEDDINGS = "/v1/embeddings"

SMALL = "mistral-small-latest"
USER = {"role": "user", "content": "Hello"}
SAID = {"role": "assistant", "content": "Hi"}
ID, OTHER_ID = "a1B2c3D4e", "f5G6h7I8j"
ORDER = "invalid_request_message_order"
CALL = "invalid_function_call"
ARGS = "invalid_request_invalid_args"
OPENAPI = "https://github.com/mistralai/platform-docs-public"
COMMON = "https://github.com/mistralai/mistral-common"
RIG = "https://github.com/0xPlaygrounds/rig"
GENAI = "https://github.com/maruel/genai"


def call(id_: Any = ID, name: Any = "ls") -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}}


def assistant(*calls: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": "", "tool_calls": list(calls), **more}


def result(id_: Any = ID, **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": "README.md", **more}


def tool(parameters: Any = None, name: Any = "ls") -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": parameters or {}}}


def ask(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"model": SMALL, "messages": list(messages or [USER]), **fields}


def said(*chunks: Any, role: str = "user", **fields: Any) -> dict[str, Any]:
    return ask({"role": role, "content": list(chunks)}, **fields)


def strict(schema: Any, **more: Any) -> dict[str, Any]:
    named = {"name": "a", "strict": True, "schema": schema, **more}
    return {"type": "json_schema", "json_schema": named}


def fim(**fields: Any) -> dict[str, Any]:
    return {"model": "codestral-latest", "prompt": "def f(", **fields}


def embed(**fields: Any) -> dict[str, Any]:
    return {"model": "mistral-embed", "input": ["hello"], **fields}


def audio(data: bytes, **fields: Any) -> dict[str, Any]:
    return sound(base64.b64encode(data).decode(), **fields)


def sound(text: Any, **fields: Any) -> dict[str, Any]:
    chunk = {"type": "input_audio", "input_audio": text}
    return said(chunk, **{"model": "voxtral-small-latest", **fields})


def openai_sound(data: Any, **more: Any) -> dict[str, Any]:
    return sound({"data": data, "format": "mp3", **more})


IMAGE = {"type": "image_url", "image_url": "https://example.com/0.png"}
TEXT = {"type": "text", "text": "Hi"}
PDF = {"type": "document_url", "document_url": "https://example.com/0.pdf"}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Simple."}]}
MP3, WAV = b"ID3\x04\0\0\0\0\0#TSSE", b"RIFF\x24\0\0\0WAVEfmt "
AAC = b"\xff\xf1\x60\x40\x18\xdf\xfc\xdd\xe0\x40"


# -- the schema -------------------------------------------------------------------------------


class Shape(NamedTuple):
    """A fault of the schema: where, pydantic's type, the words, Mistral's loc; and no fault."""

    id: str
    source: str
    payload: dict[str, Any]
    path: str
    code: str
    words: str
    loc: tuple[str | int, ...]
    noop: dict[str, Any]
    endpoint: str = CHAT
    profile: str = profiles.LATEST.name


EXTRA = ("extra_forbidden", "Extra inputs are not permitted")
MISSING = ("missing", "Field required")
NOT_A_STRING = ("string_type", "Input should be a valid string")
NO_OBJECT = (
    "model_attributes_type",
    "Input should be a valid dictionary or object to extract fields from",
)
ROLES = "'system', 'user', 'assistant', 'tool'"

ODD_KEY: dict[Any, Any] = {**ask(), 1: 2}

SHAPES = (
    Shape(
        "top-level", "https://github.com/editor-code-assistant/eca/issues/231",
        ask(max_completion_tokens=9), "/max_completion_tokens", *EXTRA,
        ("max_completion_tokens",), ask(max_tokens=9)),
    Shape(
        "message", "https://github.com/BerriAI/litellm/issues/30835",
        ask(USER, {"reasoning_content": "Hm.", **SAID}, USER), "/messages/1/reasoning_content",
        *EXTRA, ("messages", 1, "assistant", "reasoning_content"), ask(USER, SAID, USER)),
    Shape(
        "tool-call", "https://github.com/zeroclaw-labs/zeroclaw/issues/2693",
        ask(USER, assistant({**call(), "name": None}), result()),
        "/messages/1/tool_calls/0/name", *EXTRA,
        ("messages", 1, "assistant", "tool_calls", 0, "name"),
        ask(USER, assistant(call()), result())),
    Shape(
        "chunk", "https://github.com/musistudio/claude-code-router/issues/509",
        said(TEXT, {**TEXT, "cache_control": {}}), "/messages/0/content/1/cache_control", *EXTRA,
        ("messages", 0, "user", "content", 1, "cache_control"), said(TEXT, TEXT)),
    Shape(
        "image-url", f"{RIG}/pull/2331",
        said({"type": "image_url", "image_url": {"url": "https://e.com", "x": 1}}),
        "/messages/0/content/0/image_url/x", *EXTRA,
        ("messages", 0, "user", "content", 0, "image_url", "x"),
        said({"type": "image_url", "image_url": {"url": "https://e.com"}})),
    Shape(
        "function", "https://github.com/mistralai/client-python/issues/91",
        ask(tools=[{"type": "function", "function": {**tool()["function"], "required": ["a"]}}]),
        "/tools/0/function/required", *EXTRA, ("tools", 0, "function", "required"),
        ask(tools=[tool()])),
    Shape(
        "a-key-with-signs", OPENAPI, ask(**{"a/b~c": 1}), "/a~1b~0c", *EXTRA, ("a/b~c",), ask()),
    Shape("a-key-like-a-kind", OPENAPI, said({**TEXT, "array": 1}),
        "/messages/0/content/0/array", *EXTRA, ("messages", 0, "user", "content", 0, "array"),
        said(TEXT)),
    Shape("an-integer-for-a-key", "https://docs.python.org/3/library/json.html#json.dumps",
        ODD_KEY, "/1", *EXTRA, ("1",), ask()),
    Shape("no-messages", "https://github.com/nextcloud/integration_openai/issues/76",
        {"model": SMALL}, "/messages", *MISSING, ("messages",), ask()),
    Shape("no-text", OPENAPI, said({"type": "text"}), "/messages/0/content/0/text", *MISSING,
        ("messages", 0, "user", "content", 0, "text"), said(TEXT)),
    Shape("no-model", OPENAPI, {"messages": [USER]}, "/model", *MISSING, ("model",), ask()),
    Shape(
        "role", "422 union_tag_invalid, recorded live 2026-08-06",
        ask({"role": "developer", "content": "x"}, USER), "/messages/0", "union_tag_invalid",
        "Input tag '{}' found using 'role' does not match any of the expected tags: " + ROLES,
        ("messages", 0), ask({"role": "system", "content": "x"}, USER)),
    Shape("no-role", OPENAPI, ask({"content": "x"}), "/messages/0", "union_tag_not_found",
        "Unable to extract tag using discriminator 'role'", ("messages", 0), ask()),
    Shape(
        "chunk-type", f"{GENAI} (422, 2025-07-22)",
        said({"type": "audio_url", "audio_url": "x"}, profile=None), "/messages/0/content/0",
        "union_tag_invalid",
        "Input tag '{}' found using 'type' does not match any of the expected tags: "
        "<ChunkTypes.text: 'text'>, <ChunkTypes.image_url: 'image_url'>",
        ("messages", 0, "user", "content", 0), said(IMAGE), profile="2024-09-17"),
    Shape("no-message", OPENAPI, ask("Hello"), "/messages/0", *NO_OBJECT, ("messages", 0), ask()),
    Shape("no-function", OPENAPI, ask(tools=[{"function": "ls"}]), "/tools/0/function",
        *NO_OBJECT, ("tools", 0, "function"), ask(tools=[{"function": {"name": "ls",
        "parameters": {}}}])),
    Shape("no-parameters", OPENAPI, ask(tools=[tool([1])]), "/tools/0/function/parameters",
        "dict_type", "Input should be a valid dictionary",
        ("tools", 0, "function", "parameters"), ask(tools=[tool()])),
    Shape("content", "https://github.com/musistudio/claude-code-router/issues/509",
        ask({"role": "user", "content": 7}), "/messages/0/content", *NOT_A_STRING,
        ("messages", 0, "user", "content"), ask()),
    Shape("a-null-content", OPENAPI, ask({"role": "system", "content": None}, USER),
        "/messages/0/content", *NOT_A_STRING, ("messages", 0, "system", "content"),
        ask({"role": "user", "content": None})),
    Shape("an-image", OPENAPI, said({"type": "image_url", "image_url": 7}),
        "/messages/0/content/0/image_url", *NOT_A_STRING,
        ("messages", 0, "user", "content", 0, "image_url"), said(IMAGE)),
    Shape("a-list", OPENAPI, ask(tools={}), "/tools", "list_type", "Input should be a valid list",
        ("tools",), ask(tools=None)),
    Shape(
        "tool-choice", "https://github.com/kyaukyuai/gpt-all-star/issues/670",
        ask(tools=[tool()], tool_choice="maybe"), "/tool_choice", "enum",
        "Input should be 'auto', 'none', 'any' or 'required'", ("tool_choice",),
        ask(tools=[tool()], tool_choice="any")),
    Shape(
        "tool-type", f"{GENAI} (422 enum, 2026-02-08)",
        ask(tools=[{**tool(), "type": None}]), "/tools/0/type", "enum",
        "Input should be 'function'", ("tools", 0, "type"), ask(tools=[tool()])),
    Shape(
        "temperature", "https://github.com/scottyeager/Pal/issues/28", ask(temperature=2),
        "/temperature", "less_than_equal", "Input should be less than or equal to 1.5",
        ("temperature",),
        ask(temperature=1.5)),
    Shape(
        "top-p", "https://github.com/mnfst/modelparams.dev/pull/233 (422, 2026-08-17)",
        ask(top_p=0), "/top_p", "greater_than", "Input should be greater than 0", ("top_p",),
        ask(top_p=1)),
    Shape(
        "a-dated-top-p", "https://github.com/mistralai/platform-docs-public/issues/212 (422)",
        ask(top_p=None), "/top_p", "float_type", "Input should be a valid number", ("top_p",),
        ask(top_p=0), profile="2025-03-21"),
    Shape("max-tokens", OPENAPI, ask(max_tokens=-1), "/max_tokens", "greater_than_equal",
        "Input should be greater than or equal to 0", ("max_tokens",), ask(max_tokens=0)),
    Shape("a-float", OPENAPI, ask(max_tokens=1.0), "/max_tokens", "int_type",
        "Input should be a valid integer", ("max_tokens",), ask(max_tokens=1)),
    Shape("a-quoted-number", OPENAPI, ask(temperature="1"), "/temperature", "float_type",
        "Input should be a valid number", ("temperature",), ask(temperature=1)),
    Shape("a-boolean-number", OPENAPI, ask(temperature=True), "/temperature", "float_type",
        "Input should be a valid number", ("temperature",), ask(temperature=0.5)),
    Shape("nan", "RFC 8259, section 6", ask(temperature=math.nan), "/temperature",
        "finite_number", "Input should be a finite number", ("temperature",), ask(temperature=0)),
    Shape("a-boolean", OPENAPI, ask(stream=1), "/stream", "bool_type",
        "Input should be a valid boolean", ("stream",), ask(stream=True)),
    Shape("stop", OPENAPI, ask(stop=["a", 1]), "/stop/1", *NOT_A_STRING, ("stop", 1),
        ask(stop=["a", "b"])),
    Shape(
        "reference-id", OPENAPI, said({"type": "reference", "reference_ids": [1, 1.5]}),
        "/messages/0/content/0/reference_ids/1", *NOT_A_STRING,
        ("messages", 0, "user", "content", 0, "reference_ids", 1),
        said({"type": "reference", "reference_ids": [1, "a"]})),
    Shape("no-library", OPENAPI, ask(tools=[{"type": "document_library", "library_ids": []}]),
        "/tools/0/library_ids", "too_short",
        "List should have at least 1 item after validation, not 0", ("tools", 0, "library_ids"),
        ask(tools=[{"type": "document_library", "library_ids": ["a"]}])),
    Shape(
        "an-open-object", OPENAPI, ask(guardrails=[{"block_on_error": 1}]),
        "/guardrails/0/block_on_error", "bool_type", "Input should be a valid boolean",
        ("guardrails", 0, "block_on_error"), ask(guardrails=[{"anything": 1}])),
    Shape("fim", "https://github.com/twinnydotdev/twinny/issues/465", fim(n_prediction=1),
        "/n_prediction", *EXTRA, ("n_prediction",), fim(min_tokens=1), FIM),
    Shape("embeddings", "https://github.com/garrytan/gbrain/pull/3001", embed(dimensions=1),
        "/dimensions", *EXTRA, ("dimensions",), embed(), EMBEDDINGS),
    Shape(
        "lists-of-conversations", OPENAPI, {"model": "m", "input": [[{**USER, "name": "A"}]]},
        "/input/0/0/name", *EXTRA, ("input", 0, 0, "user", "name"),
        {"model": "mistral-moderation-latest", "input": [[USER]]}, "/v1/chat/moderations"),
    Shape(
        "a-conversation", OPENAPI, {"model": "ft:m", "input": {"messages": [{**USER, "name": 1}]}},
        "/input/messages/0/name", *EXTRA, ("input", "messages", 0, "user", "name"),
        {"model": "ft:m", "input": [{"messages": [USER]}]}, "/v1/chat/classifications"),
)  # fmt: skip


@pytest.mark.parametrize("case", SHAPES, ids=lambda case: case.id)
def test_a_fault_of_the_schema_is_named_as_pydantic_names_it(case: Shape) -> None:
    """Type, words and loc are those of Mistral's answer, the path is the real one."""
    problem = check(case.payload, endpoint=case.endpoint, profile=case.profile)[0]
    expected = (422, case.path, case.code, case.code, case.words, ("body", *case.loc))
    actual = (problem.status, problem.path, problem.type, problem.code, problem.words, problem.loc)
    assert expected == actual


@pytest.mark.parametrize("case", SHAPES, ids=lambda case: case.id)
def test_a_fault_of_the_schema_has_a_neighbour_that_is_none(case: Shape) -> None:
    """The noop row: the nearest request that Mistral takes."""
    assert check(case.noop, endpoint=case.endpoint, profile=case.profile) == ()


@pytest.mark.parametrize(
    ("payload", "paths"),
    [
        pytest.param(ask({"role": "user", "content": [7]}), ["/messages/0/content/0"], id="union"),
        pytest.param(
            ask(a=1, b=2, n="x"), ["/n", "/a", "/b"], id="several, fields before unknown keys"
        ),
        pytest.param({}, ["/model", "/messages"], id="nothing"),
    ],
)
def test_a_place_is_named_once(payload: dict[str, Any], paths: list[str]) -> None:
    """One problem a place, not one for every member of a union."""
    assert paths == [problem.path for problem in check(payload)]


def test_a_number_beside_a_string_may_be_an_integer() -> None:
    """No place of the schema takes both; one that does is told by the value's own type."""
    place = Value(frozenset(("number", "string")), low=1)
    node = Node("x", closed=True, fields={"a": Field("a", True, place)})
    assert [
        *schema_problems({"a": 1}, node),
        *schema_problems({"a": 1.5}, node),
        *schema_problems({"a": "x"}, node),
    ] == []
    (problem,) = schema_problems({"a": 0}, node)
    assert (problem.path, problem.code, problem.loc) == ("/a", "greater_than_equal", ("body", "a"))


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("developer", "'developer'"),
        (5, "'5'"),
        (True, "'True'"),
        (1.5, "'1.5'"),
        (["x"], "'[...]'"),
        ({"x": 1}, "'{...}'"),
    ],
)
def test_an_unknown_tag_is_quoted_in_the_message_alone(tag: Any, message: str) -> None:
    """The words have a place for it; the message is the answer's."""
    (problem,) = check(ask({"role": tag, "content": "x"}))
    assert problem.message == problem.words.replace("'{}'", message)


# -- behind the schema ------------------------------------------------------------------------


class Rule(NamedTuple):
    """A refusal behind the schema: the path, type, code and message; and what is taken."""

    id: str
    """The row of `KNOWN_REFUSALS`."""
    source: str
    payload: dict[str, Any]
    path: str
    type: str
    code: str
    message: str
    noop: dict[str, Any]
    endpoint: str = CHAT
    profile: str = profiles.LATEST.name
    status: int = 400


IDS = "must be a-z, A-Z, 0-9, with a length of 9."
NAMES = "must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length of 64."
LAST = "Expected last role User or Tool (or Assistant with prefix True) for serving but got "
PAIR = "Not the same number of function calls and responses"

BEHIND = (
    # the model
    Rule("model", f"{RIG}, 2026-08-15", ask(model="definitely-not-a-model"), "/model",
        "invalid_model", "1500", "Invalid model: definitely-not-a-model", ask()),
    Rule("model", f"{RIG}/pull/2337", ask(model="open-codestral-mamba"), "/model",
        "invalid_model", "1500",
        "Invalid model: open-codestral-mamba (replaced by codestral-2508 or codestral-latest)",
        ask(model="codestral-2508")),
    Rule("model", f"{GENAI} (2025-12-14)", ask(model="mistral-embed-2312"), "/model",
        "invalid_model", "1500", "Invalid model: mistral-embed-2312", ask()),
    Rule("model", RULES["model-prefix"].evidence, ask(model=f"mistral/{SMALL}"), "/model",
        "invalid_model", "1500", f"Invalid model: mistral/{SMALL}", ask(model="mistral-huge-9")),
    Rule("model", RULES["model-prefix"].evidence, ask(model=f"mistralai/{SMALL}"), "/model",
        "invalid_model", "1500", f"Invalid model: mistralai/{SMALL}", ask(model=SMALL)),
    Rule("model-missing", COMMON, ask(model=None), "/model", "invalid_model", "1500",
        "Model name parameter is required for serving mode", ask(), profile="2024-09-17"),
    Rule("fim", "https://github.com/langchain-ai/langchainjs/issues/8698",
        fim(model="mistral-large-latest"), "/model", ARGS, "3051",
        "FIM is not enabled for this model", fim(), FIM),
    # the arguments
    Rule("greedy", "https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338",
        ask(temperature=0, top_p=0.9), "/top_p", ARGS, "3051",
        "top_p must be 1 when using greedy sampling.", ask(temperature=0, top_p=1)),
    Rule("forced-tool", f"{RIG}/pull/2337",
        ask(tools=[tool()], tool_choice="any", response_format={"type": "json_object"}),
        "/tool_choice", ARGS, "3051",
        "`json_object` response type with tools is only compatible with `tool_choice: auto`",
        ask(tools=[tool()], tool_choice="auto", response_format={"type": "json_object"})),
    Rule("forced-tool", f"{RIG}/pull/2337",
        ask(tools=[tool()], tool_choice={"type": "function", "function": {"name": "ls"}},
            response_format={"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}),
        "/tool_choice", ARGS, "3051",
        "`json_schema` response type with tools is only compatible with `tool_choice: auto`",
        ask(tools=[tool()], tool_choice="required", response_format={"type": "text"})),
    Rule("json-schema", COMMON, ask(response_format={"type": "json_schema"}),
        "/response_format/json_schema", ARGS, "3051",
        "Response format `json_schema` must define the schema",
        ask(response_format={"type": "json_object"}, tool_choice="any")),
    Rule("strict-schema", "https://github.com/mistralai/client-ts/issues/107",
        ask(response_format=strict({"properties": {"a": {"type": "object"}},
                                    "additionalProperties": False})),
        "/response_format/json_schema/schema/properties/a", "invalid_request_json_schema", "3051",
        "Missing `additionalProperties: False` in object schema",
        ask(response_format=strict({"type": "object"}, strict=False))),
    Rule("strict-schema", "https://github.com/mistralai/client-ts/issues/107",
        ask(response_format=strict({"type": "object", "additionalProperties": {}})),
        "/response_format/json_schema/schema", "invalid_request_json_schema", "3051",
        "Missing `additionalProperties: False` in object schema",
        ask(response_format=strict({"type": "object", "additionalProperties": False}))),
    Rule("cache-key", "LiteLLM 1.110.2, llms/mistral/chat/transformation.py (2026-11)",
        ask(prompt_cache_key="é"), "/prompt_cache_key", ARGS, "3051",
        "prompt_cache_key must be a string of ASCII characters", ask(prompt_cache_key="e")),
    Rule("effort", "https://github.com/architects-toolkit/SmartHopper/issues/647",
        ask(reasoning_effort="medium"), "/reasoning_effort", ARGS, "3051",
        "reasoning_effort='medium' is not supported for this model. Must be one of "
        "(<ReasoningEffort.none: 'none'>, <ReasoningEffort.high: 'high'>)",
        ask(reasoning_effort="high")),
    Rule("effort", "https://github.com/tontinton/maki/pull/396",
        ask(model="ministral-8b-2512", reasoning_effort="high"), "/reasoning_effort", ARGS, "3051",
        "reasoning_effort='high' is not supported for this model",
        ask(model="mistral-huge-9", reasoning_effort="high")),
    Rule("prompt-mode", "https://github.com/earendil-works/pi/issues/3096",
        ask(prompt_mode="reasoning"), "/prompt_mode", ARGS, "3051",
        "Reasoning prompt mode is not enabled for this model", ask(prompt_mode=None)),
    Rule("cache-key", "LiteLLM 1.110.2, llms/mistral/chat/transformation.py",
        ask(prompt_cache_key="schlüssel"), "/prompt_cache_key", ARGS, "3051",
        "prompt_cache_key must be a string of ASCII characters", ask(prompt_cache_key="key")),
    Rule("n", "Mistral's docs, inference/sampling, 2026-08-21",
        ask(model="mistral-large-2512", n=2), "/n", ARGS, "3051", "n must be 1 for this model",
        ask(model="mistral-large-2512", n=1)),
    Rule("prediction", "Mistral's docs, predicted-outputs, 2026-08-21",
        ask(n=2, prediction={"content": "x"}), "/n", ARGS, "3051",
        "n is not supported with prediction", ask(n=2)),
    Rule("dimension", "https://github.com/garrytan/gbrain/pull/3001", embed(output_dimension=8),
        "/output_dimension", ARGS, "3051", "This model does not support output_dimension",
        embed(model="codestral-embed", output_dimension=8), EMBEDDINGS),
    Rule("inputs", f"{RIG}, 2026-08-15", embed(input=["x"] * 257), "/input",
        "invalid_request_prompt", "3210", "Too many inputs in request, split into more batches.",
        embed(input=["x"] * 256), EMBEDDINGS),
    # the conversation
    Rule("no-message", COMMON, {"model": SMALL, "messages": []}, "/messages", ORDER, "3230",
        "Conversation must have at least one message", ask({"role": "system", "content": "x"})),
    Rule("start", COMMON, ask({**SAID, "prefix": True}), "/messages/0", ORDER, "3230",
        "Conversation must start with a user message or system message",
        ask(SAID, USER)),
    Rule("start", COMMON, ask(result()), "/messages/0", ORDER, "3230",
        "Conversation must start with a user message or system message", ask(result(), USER)),
    Rule("last-role", f"{RIG}/issues/1130", ask(USER, SAID), "/messages/1", ORDER, "3230",
        f"{LAST}assistant", ask(USER, {**SAID, "prefix": True})),
    Rule("order", "https://github.com/charmbracelet/crush/issues/279",
        ask(assistant(call()), USER, result()), "/messages/2", ORDER, "3230",
        "Unexpected role 'tool' after role 'user'", ask(assistant(call()), result(), USER)),
    Rule("order", "https://github.com/SillyTavern/SillyTavern/pull/1558",
        ask(USER, SAID, {"role": "system", "content": "x"}), "/messages/2", ORDER, "3230",
        "Unexpected role 'system' after role 'assistant'",
        ask(USER, {"role": "system", "content": "x"})),
    Rule("order", "https://github.com/avante-corp/avante.nvim/pull/2695",
        ask(USER, assistant(call()), result(), USER), "/messages/3", ORDER, "3230",
        "Unexpected role 'user' after role 'tool'",
        ask(USER, assistant(call()), result(), SAID, USER), profile="2026-03-20"),
    Rule("unanswered", "https://github.com/mistralai/client-ts/issues/106",
        ask(USER, assistant(call(), call(OTHER_ID)), result()), "/messages/1/tool_calls",
        ORDER, "3230", PAIR, ask(USER, assistant(call(), call(OTHER_ID)), result(OTHER_ID),
        result())),
    Rule("unanswered", "https://github.com/miquido/draive/issues/398",
        ask(USER, assistant(call()), assistant(call()), result()), "/messages/1/tool_calls",
        ORDER, "3230", PAIR, ask(USER, assistant(call()), result(), assistant(call()), result())),
    Rule("unexpected-id", "https://github.com/pydantic/pydantic-ai/issues/3733",
        ask(USER, assistant(call()), result(), result("pR1CHbWdz")), "/messages/3/tool_call_id",
        ORDER, "3230", "Unexpected tool call id pR1CHbWdz in tool results",
        ask(USER, assistant(call()), result())),
    Rule("duplicate-result", COMMON, ask(USER, assistant(call()), result(), result()),
        "/messages/3/tool_call_id", ORDER, "3230", f"Duplicate tool call id {ID} in tool results",
        ask(USER, assistant(call()), result())),
    Rule("duplicate-call", COMMON, ask(USER, assistant(call(), call()), result()),
        "/messages/1/tool_calls/1/id", ORDER, "3230",
        f"Duplicate tool call id {ID} in assistant message",
        ask(USER, assistant(call()), result())),
    Rule("empty", "https://github.com/metadist/synaplan/issues/1115",
        ask(USER, {"role": "assistant", "content": ""}, USER), "/messages/1", ORDER, "3230",
        "Assistant message must have either content or tool_calls, but not none.",
        ask(USER, {"role": "assistant", "content": " "}, USER)),
    Rule("empty", "https://github.com/OpenHands/OpenHands/issues/8685",
        ask(USER, {"role": "assistant", "content": None, "tool_calls": []}, USER), "/messages/1",
        ORDER, "3230", "Assistant message must have either content or tool_calls, but not none.",
        # Content and calls together are taken: only the validator of version 3 refuses it.
        ask(USER, assistant(call(), content=[TEXT]), result())),
    Rule("prefix", COMMON, ask(USER, {**SAID, "prefix": True}, USER), "/messages/1/prefix", ORDER,
        "3230", "Assistant message with prefix True must be last message",
        ask(USER, {**SAID, "prefix": False}, USER)),
    Rule("id", "https://github.com/editor-code-assistant/eca/issues/233",
        ask(USER, assistant(call("call_1")), USER), "/messages/1/tool_calls/0/id", CALL, "3280",
        f"Tool call id was call_1 but {IDS}", ask(USER, assistant(call()), result())),
    Rule("id", "https://github.com/karthink/gptel/issues/1203",
        ask(USER, assistant(call("call_1")), result("call_1")), "/messages/2/tool_call_id", CALL,
        "3280", f"Tool call id was call_1 but {IDS}", ask(USER, assistant(call()), result())),
    Rule("call-id", COMMON, ask(USER, assistant({"function": call()["function"]})),
        "/messages/1/tool_calls/0/id", CALL, "3280",
        "Tool call id has to be defined in serving mode.",
        ask(USER, assistant({"id": ID, "function": call()["function"]}), result())),
    Rule("result-id", "https://github.com/langchain-ai/langchain/issues/28237",
        ask(USER, assistant(call()), result(None)), "/messages/2/tool_call_id", CALL, "3280",
        "Tool call id has to be defined.", ask(USER, assistant(call()), result())),
    Rule("name", "https://github.com/Kochava-Studios/witsy/pull/164",
        ask(tools=[tool(name="a.b")]), "/tools/0/function/name", CALL, "3280",
        f"Function name was a.b but {NAMES}", ask(tools=[tool(name="a" * 64)])),
    Rule("name", COMMON, ask(USER, assistant(call(name="a" * 65)), result()),
        "/messages/1/tool_calls/0/function/name", CALL, "3280",
        f"Function name was {'a' * 65} but {NAMES}",
        ask(USER, assistant(call(name="a-b_C9")), result())),
    Rule("name", COMMON, ask(USER, assistant(call()), result(name="")), "/messages/2/name", CALL,
        "3280", f"Function name was  but {NAMES}",
        ask(USER, assistant(call()), result(name=None))),
    # what the messages hold
    Rule("thinking", "https://github.com/mistralai/mistral-vibe/issues/758",
        ask(USER, {**SAID, "content": [TEXT, THOUGHT]}, USER, model="mistral-large-2512"),
        "/messages/1/content/1", ARGS, "3051", "Reasoning input is not enabled for this model",
        ask(USER, {**SAID, "content": [TEXT, THOUGHT]}, USER)),
    Rule("leading-thinking", "https://github.com/earendil-works/pi/issues/9674",
        ask(USER, {**SAID, "content": [THOUGHT, THOUGHT, TEXT]}, USER, model="zai-glm-latest"),
        "/messages/1/content/1", ARGS, "3051", "Expected at most one leading ThinkChunk, got 2",
        ask(USER, {**SAID, "content": [THOUGHT, TEXT, THOUGHT]}, USER, model="zai-glm-latest")),
    Rule("image", f"{GENAI} (2025-08-29)", said(IMAGE, model="voxtral-small-latest"),
        "/messages/0/content/0", ARGS, "3051", "Image input is not enabled for this model",
        said(IMAGE)),
    Rule("images", "https://github.com/earendil-works/pi/pull/120",
        ask({"role": "user", "content": [IMAGE] * 5}, {"role": "user", "content": [IMAGE] * 5},
            model="pixtral-12b-latest"),
        "/messages/1/content/3", ARGS, "3051", "Max images: 8", said(*[IMAGE] * 9)),
    Rule("audio", f"{GENAI} (2025-12-14)", audio(MP3, model=SMALL), "/messages/0/content/0", ARGS,
        "3051", "Audio input is not enabled for this model", audio(MP3)),
    Rule("audio-file", f"{GENAI} (2025-12-14)", audio(AAC), "/messages/0/content/0/input_audio",
        "invalid_request_audio", "3291",
        "Failed to load audio file. Verify that the given file is valid mp3 or wav.", audio(WAV)),
    Rule("document", f"{GENAI} (2025-12-14)", said(PDF, model="voxtral-small-latest"),
        "/messages/0/content/0", "internal_server_error", "1000", "Service unavailable.",
        said(PDF), status=500),
    # the tools
    Rule("tool-schema", "https://github.com/ayunis-core/ayunis-core/pull/975",
        ask(tools=[tool({"properties": {"a": {"exclusiveMinimum": True}}})]),
        "/tools/0/function/parameters/properties/a/exclusiveMinimum", ARGS, "3051",
        "Invalid tool schema: True is not of type 'number'",
        ask(tools=[tool({"properties": {"a": {"exclusiveMinimum": 0}}})])),
    Rule("grammar", "https://github.com/BerriAI/litellm/pull/13389",
        ask(tools=[tool({"$defs": {"a": {"$id": "x"}}})]),
        "/tools/0/function/parameters/$defs/a/$id", ARGS, "3051",
        "Grammar error: failed to compile JSON schema",
        ask(tools=[tool({"$schema": "x", "properties": {"$id": {}}})])),
)  # fmt: skip


@pytest.mark.parametrize("case", BEHIND, ids=lambda case: case.id)
def test_a_refusal_behind_the_schema_is_named_in_mistrals_words(case: Rule) -> None:
    """Type, code and message are those of Mistral's answer."""
    found = check(case.payload, endpoint=case.endpoint, profile=case.profile)
    expected = (case.status, case.path, case.type, case.code, case.message, ())
    assert expected in [(p.status, p.path, p.type, p.code, p.message, p.loc) for p in found]


@pytest.mark.parametrize("case", BEHIND, ids=lambda case: case.id)
def test_a_refusal_has_a_neighbour_that_is_none(case: Rule) -> None:
    """The noop row: the nearest request that Mistral takes."""
    assert check(case.noop, endpoint=case.endpoint, profile=case.profile) == ()


GLM = "zai-glm-5-3"
THOUGHTS = {"role": "assistant", "content": [THOUGHT, THOUGHT, TEXT]}

NEAR: tuple[tuple[str, dict[str, Any], list[str], dict[str, str]], ...] = (
    ("greedy needs both numbers", ask(temperature=0), [], {}),
    ("greedy with its top_p", ask(temperature=0, top_p=1), [], {}),
    ("a top_p of two is a fault of the schema", ask(temperature=0.5, top_p=2), ["/top_p"], {}),
    ("sampling with a top_p", ask(temperature=0.7, top_p=0.5), [], {}),
    ("false is no temperature", ask(temperature=False, top_p=0.5), ["/temperature"], {}),
    ("required forces, too",
     ask(tools=[tool()], tool_choice="required", response_format={"type": "json_object"}),
     ["/tool_choice"], {}),
    ("a named schema that is a list",
     ask(response_format={"type": "json_schema", "json_schema": ["x"]}),
     ["/response_format/json_schema"], {}),
    ("an effort that the schema lacks and the model accepts",
     ask(model=GLM, reasoning_effort="max"), [], {}),
    ("beside which other faults stay", ask(model=GLM, reasoning_effort="max", stop=7),
     ["/stop"], {}),
    ("an effort that a model nobody knows may accept",
     ask(model="x-1", reasoning_effort="max"), [], {}),
    ("an effort that there is not", ask(model="x-1", reasoning_effort="most"),
     ["/reasoning_effort"], {}),
    ("one completion", ask(model="mistral-large-2512", n=1), [], {}),
    ("one completion with a prediction",
     ask(n=1, prediction={"type": "content", "content": "x"}), [], {}),
    ("as many inputs as there may be", embed(input=["x"] * 256), [], {"endpoint": EMBEDDINGS}),
    ("texts to moderate are no inputs of embeddings",
     {"model": "mistral-moderation-latest", "input": ["x"] * 257}, [],
     {"endpoint": "/v1/moderations"}),
    ("other hosts have ids of their own", ask(model="gpt-4o"), [], {"profile": "azure"}),
    ("an answer is no start", ask(SAID), ["/messages/0"], {}),
    ("a result out of order is named once", ask(USER, result()), ["/messages/1"], {}),
    ("an empty list is no content", ask(USER, {"role": "assistant", "content": []}, USER),
     ["/messages/1"], {}),
    ("a list of a text is", ask(USER, {"role": "assistant", "content": [TEXT]}, USER), [], {}),
    ("two thoughts in front", ask(USER, THOUGHTS, USER, model=GLM),
     ["/messages/1/content/1"], {}),
    ("two thoughts in front for GLM by its short name", ask(USER, THOUGHTS, USER, model="glm-9"),
     ["/messages/1/content/1"], {}),
    ("two thoughts where nobody minds", ask(USER, THOUGHTS, USER), [], {}),
    ("as many images as there may be", said(*[IMAGE] * 8, model="pixtral-12b-latest"), [], {}),
    ("one more", said(*[IMAGE] * 9, model="pixtral-12b-latest"), ["/messages/0/content/8"], {}),
    ("a text for a model that hears", said(TEXT, model="voxtral-small-latest"), [], {}),
    ("a document for a model that is deaf and blind", said(PDF, model="codestral-latest"), [], {}),
    ("a document for a model that hears", said(PDF, model="voxtral-small-latest"),
     ["/messages/0/content/0"], {}),
)  # fmt: skip
"""Requests near a refusal behind the schema, and the places that are named: no more, no fewer."""


@pytest.mark.parametrize(
    ("payload", "paths", "options"), [row[1:] for row in NEAR], ids=[row[0] for row in NEAR]
)
def test_near_a_refusal(payload: dict[str, Any], paths: list[str], options: dict[str, str]) -> None:
    """What differs from a refusal in one point is named by that point."""
    assert [problem.path for problem in check(payload, **options)] == paths


@pytest.mark.parametrize("case", [*SHAPES, *BEHIND], ids=lambda case: case.id)
def test_tuples_are_lists(case: Shape | Rule) -> None:
    """Whoever writes JSON writes a list for a tuple, so the same is refused."""
    listed = check(case.payload, endpoint=case.endpoint, profile=case.profile)

    found = check(as_tuples(case.payload), endpoint=case.endpoint, profile=case.profile)

    assert [(p.path, p.message) for p in found] == [(p.path, p.message) for p in listed]


READ_ONLY = {
    "literal_error": "Mistral has enums, and so has `check`",
    "less_than": "no field has such a bound",
    "logprobs": "the schema has no logprobs: a 422 comes first",
    "no-effort": "in other words, as effort is",
    "both": "models of 2024 refuse it, those of today accept it",
    "option": "what no other row has the words of",
}
"""Rows of Mistral's that `repair_refused` reads and `check` does not name, each with the reason."""


def test_every_refusal_has_a_row() -> None:
    """Each of Mistral's refusals is named by `check` in some row here, or says why not."""
    mistral = {name for name, row in KNOWN_REFUSALS.items() if "mistral" in row.hosts}
    named = {case.id for case in BEHIND} | {case.code for case in SHAPES} | {"builtin-tool"}
    assert mistral == named | set(READ_ONLY)


def test_the_table_is_whole() -> None:
    """Each row says what is wrong, in a sentence, and where it is known from; its rules exist."""
    for name, row in KNOWN_REFUSALS.items():
        assert row.evidence and row.words and row.cause.endswith("."), name
        assert set(row.rules) <= set(RULES), name
        assert (row.status, row.type, row.code) == (row.kind.status, row.kind.type, row.kind.code)


def test_what_is_read_has_a_cure() -> None:
    """A row that is known by its words has a function, an entry of a 422 one by its type."""
    read = {name for name, row in KNOWN_REFUSALS.items() if row.reads}
    entries = {name for name, row in KNOWN_REFUSALS.items() if row.status == 422 and row.cure}
    assert read == set(CURES)
    assert {n for n, row in KNOWN_REFUSALS.items() if row.cure} == read | entries
    assert set(ENTRY_CURES) <= entries
    assert {row.cure for row in KNOWN_REFUSALS.values()} - {""} <= set(REASONS)


@pytest.mark.parametrize(
    ("endpoint", "profile", "found"),
    [
        (CHAT, "2026-08-13", True),
        (AGENTS, "2026-08-13", False),
    ],
)
def test_a_web_search_is_named(endpoint: str, profile: str, found: bool) -> None:
    """The document of 2026-08-13 has it, and every recorded answer of chat completions is a 422."""
    tools = [tool(), {"type": "web_search"}]
    payload = {"messages": [USER], "tools": tools}
    payload |= {"model": SMALL} if endpoint == CHAT else {"agent_id": "ag"}
    problems = check(payload, endpoint=endpoint, profile=profile)
    assert [(p.path, p.code, p.status, p.loc) for p in problems] == (
        [("/tools/1/type", "enum", 422, ("body", "tools", 1, "type"))] if found else []
    )
    assert check({**payload, "tools": tools[:1]}, endpoint=endpoint, profile=profile) == ()


@pytest.mark.parametrize("profile", ["2024-09-17", "2025-10-20", "2026-11-01"])
def test_a_web_search_where_the_schema_has_none(profile: str) -> None:
    """It is the schema that is in the way there, and that is said once."""
    problems = check(ask(tools=[{"type": "web_search"}]), profile=profile)
    assert [p.code for p in problems] == ["union_tag_invalid"]


@pytest.mark.parametrize("profile", ["openrouter", "vllm"])
def test_what_another_host_says_of_a_cache_key_is_not_known(profile: str) -> None:
    """That its characters are ASCII is Mistral's own word."""
    assert check(ask(prompt_cache_key="é"), profile=profile) == ()


def test_an_id_with_a_routers_prefix_that_is_listed() -> None:
    """A server that names it serves it."""
    assert [p.path for p in check(ask(model="mistral/x"))] == ["/model"]
    assert check(ask(model="mistral/x"), catalog=[{"id": "mistral/x"}]) == ()


AGENT = {"agent_id": "ag", "messages": [USER, SAID]}


@pytest.mark.parametrize(
    ("payload", "messages", "endpoint", "profile"),
    [
        pytest.param(
            ask(model="mistral-large"), (), CHAT, "azure-2026-11-01",
            id="other hosts have models of their own"),
        pytest.param(ask(model="azureai"), (), CHAT, "azure-2026-11-01", id="azure's own name"),
        pytest.param(
            said({"type": "input_audio", "input_audio": 7}, model="voxtral-small-latest"),
            ("Input should be a valid string",), CHAT, "2026-08-13", id="sound that is no string"),
        pytest.param(AGENT, (f"{LAST}assistant",), AGENTS, "2026-08-13", id="an agent's talk"),
        pytest.param(
            ask(reasoning_effort="low", prompt_mode="x", model="mistral-large-2512"),
            ("Extra inputs are not permitted",) * 2, CHAT, "2024-09-17",
            id="what the schema lacks is refused once"),
        pytest.param(
            ask(USER, {"role": "x", "content": ""}, result(), "x", {"role": "system"}), (
                "Input tag 'x' found using 'role' does not match any of the expected tags: "
                + ROLES, NO_OBJECT[1], "Field required",
                "Unexpected tool call id a1B2c3D4e in tool results",
            ), CHAT, "2026-08-13", id="what has no role may stand anywhere"),
        pytest.param(
            ask(USER, assistant(call(None), "x", {"id": ID, "function": 7}), result()), (
                "Input should be a valid string", *[NO_OBJECT[1]] * 2,
            ), CHAT, "2026-08-13", id="calls that are none"),
        pytest.param(ask(messages="x", tools=["x", {"function": 1}, {"function": {"name": "a",
            "parameters": 1}}]), (*[NO_OBJECT[1]] * 2, "Input should be a valid dictionary",
            "Input should be a valid list"), CHAT, "2026-08-13", id="no lists, no tools"),
    ],
)  # fmt: skip
def test_the_checks_run_where_they_can(
    payload: dict[str, Any], messages: tuple[str, ...], endpoint: str, profile: str
) -> None:
    """What has the wrong shape hides nothing else, and is named once."""
    found = check(payload, endpoint=endpoint, profile=profile)
    assert messages == tuple(problem.message for problem in found)


def test_prompt_mode_was_taken_before_the_magistral_models_went() -> None:
    """By the profile's date, as `sanitize` has it; the model itself is gone whatever the date."""
    payload = ask(model="magistral-medium-latest", prompt_mode="reasoning")
    assert check(payload, profile="2026-03-20") == ()
    assert [problem.path for problem in check(payload)] == ["/prompt_mode"]


def test_one_level_is_printed_as_a_tuple_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python writes a comma there; no model of the catalogue has one level alone."""
    facts = catalog.ModelFacts(reasoning_efforts=("high",))
    monkeypatch.setitem(catalog.DEFAULT._facts, SMALL, facts)
    (problem,) = check(ask(reasoning_effort="low"))
    assert problem.message.endswith("(<ReasoningEffort.high: 'high'>,)")


def test_the_schema_comes_first() -> None:
    """As in Mistral's answers: 422 before 400, and the model before the conversation."""
    found = check(ask(USER, SAID, model="gpt-4o", user="x"))
    assert [problem.path for problem in found] == ["/user", "/model", "/messages/1"]


@pytest.mark.parametrize(
    "payload",
    [
        sound("https://example.com/a.aac"),
        sound("not base64"),
        sound("data:audio/aac,x"),
        sound("data:audio/mpeg;base64," + base64.b64encode(MP3).decode()),
        audio(b"\xff\xfb\x90\x64" + bytes(12)),
        audio(b"\xff\xf3\x40\xc4" + bytes(12)),  # MPEG 2, layer III
        audio(b"\xff\xe3\x18\xc4"),  # MPEG 2.5, layer III
        audio(b"\xff\xfd\x90"),  # layer II
        audio(b"fLaC\0\0\0\x22"),
        audio(b"OggS\0\x02\0\0"),
        openai_sound(base64.b64encode(MP3).decode()),
    ],
)
def test_what_may_be_sound_is_left_alone(payload: dict[str, Any]) -> None:
    """URLs and what is no base64 are not judged; what was answered with 200 is sound.

    OpenAI's object: ruby_llm, recorded live 2026-08-19; flac and ogg: genai, 2025-12-14.
    """
    assert check(payload) == ()


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (openai_sound(base64.b64encode(AAC).decode()), "3291"),
        (openai_sound(7), "string_type"),
        (openai_sound("x", id="y"), "string_type"),
        (sound({"data": "x"}), "string_type"),
        (openai_sound("x") | {"model": SMALL}, "3051"),
        (said({"type": "image_url", "image_url": ["x"]}), "string_type"),
    ],
)
def test_only_that_object_is_accepted_for_a_string(payload: dict[str, Any], code: str) -> None:
    """Any other is not, nor sound that nobody can load, nor any sound on a model that is deaf."""
    assert [problem.code for problem in check(payload)] == [code]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff", b"\x89PNG\r\n\x1a\n0000", b"Ogg", b"fLa", b"ID", b"RIFF0000AVI ",
        b"RIFX0000WAVE", b"\xfe\xfb\x90\x64", b"\xff\xc3\x90", b"\xff\xf9\x50", b"\xff\xf1\x50",
    ],
)  # fmt: skip
def test_what_is_no_sound_is_named(data: bytes) -> None:
    """In base64, bare or in a data URL."""
    for prefix in ("", "data:audio/x;base64,"):
        found = check(sound(prefix + base64.b64encode(data).decode()))
        assert [problem.code for problem in found] == ["3291"]


# -- a tool's own schema ----------------------------------------------------------------------

GRAMMAR = "Grammar error: failed to compile JSON schema"
FAULTY: tuple[tuple[dict[str, Any], tuple[Any, ...], str], ...] = (
    ({"type": "objekt"}, ("type",), "'objekt' is not valid under any of the given schemas"),
    ({"type": []}, ("type",), "[...] is not valid under any of the given schemas"),
    ({"type": ["null", "null"]}, ("type",), "[...] is not valid under any of the given schemas"),
    ({"type": None}, ("type",), "None is not valid under any of the given schemas"),
    ({"required": True}, ("required",), "True is not of type 'array'"),
    ({"required": ["a", 1]}, ("required", 1), "1 is not of type 'string'"),
    ({"required": ["a", "a"]}, ("required",), "[...] has non-unique elements"),
    ({"items": "x"}, ("items",), "'x' is not valid under any of the given schemas"),
    ({"items": []}, ("items",), "[] should be non-empty"),
    ({"items": [{}, 1]}, ("items", 1), "1 is not of type 'object', 'boolean'"),
    ({"properties": []}, ("properties",), "[...] is not of type 'object'"),
    ({"properties": {"a": "string"}}, ("properties", "a"),
     "'string' is not of type 'object', 'boolean'"),
    ({"anyOf": {}}, ("anyOf",), "{...} is not of type 'array'"),
    ({"anyOf": []}, ("anyOf",), "[] should be non-empty"),
    ({"anyOf": [{"not": None}]}, ("anyOf", 0, "not"),
     "None is not of type 'object', 'boolean'"),
    ({"enum": "a"}, ("enum",), "'a' is not of type 'array'"),
    ({"minimum": "1"}, ("minimum",), "'1' is not of type 'number'"),
    ({"multipleOf": 0}, ("multipleOf",), "0 is less than or equal to the minimum of 0"),
    ({"multipleOf": "1"}, ("multipleOf",), "'1' is not of type 'number'"),
    ({"minLength": -1}, ("minLength",), "-1 is less than the minimum of 0"),
    ({"minLength": 1.5}, ("minLength",), "1.5 is not of type 'integer'"),
    ({"description": {"a": 1}}, ("description",), "{...} is not of type 'string'"),
    ({"uniqueItems": 1}, ("uniqueItems",), "1 is not of type 'boolean'"),
    ({"allOf": 1}, ("allOf",), "1 is not of type 'array'"),
    ({"oneOf": []}, ("oneOf",), "[] should be non-empty"),
    ({"contains": 1}, ("contains",), "1 is not of type 'object', 'boolean'"),
    ({"dependencies": 1}, ("dependencies",), "1 is not of type 'object'"),
    ({"patternProperties": 1}, ("patternProperties",), "1 is not of type 'object'"),
    ({"definitions": 1}, ("definitions",), "1 is not of type 'object'"),
    ({"additionalItems": 1}, ("additionalItems",), "1 is not of type 'object', 'boolean'"),
    ({"propertyNames": 1}, ("propertyNames",), "1 is not of type 'object', 'boolean'"),
    ({"if": 1}, ("if",), "1 is not of type 'object', 'boolean'"),
    ({"then": 1}, ("then",), "1 is not of type 'object', 'boolean'"),
    ({"else": 1}, ("else",), "1 is not of type 'object', 'boolean'"),
    ({"examples": 1}, ("examples",), "1 is not of type 'array'"),
    ({"exclusiveMaximum": True}, ("exclusiveMaximum",), "True is not of type 'number'"),
    ({"maxLength": -1}, ("maxLength",), "-1 is less than the minimum of 0"),
    ({"minItems": "1"}, ("minItems",), "'1' is not of type 'integer'"),
    ({"maxProperties": -1.0}, ("maxProperties",), "-1 is less than the minimum of 0"),
    ({"multipleOf": -0.5}, ("multipleOf",), "-0.5 is less than or equal to the minimum of 0"),
    ({"readOnly": "x"}, ("readOnly",), "'x' is not of type 'boolean'"),
    ({"$comment": 1}, ("$comment",), "1 is not of type 'string'"),
    ({"items": [{"allOf": [{"contains": {"type": 1}}]}]},
     ("items", 0, "allOf", 0, "contains", "type"),
     "1 is not valid under any of the given schemas"),
    ({"properties": {"a": {"$id": 1, "type": 1}}, "$defs": {"b": {"$id": "x"}}},
     ("properties", "a", "$id"), GRAMMAR),
)  # fmt: skip


@pytest.mark.parametrize(("schema", "path", "message"), FAULTY)
def test_a_schema_that_draft_7_has_not_is_named(
    schema: dict[str, Any], path: tuple[Any, ...], message: str
) -> None:
    """As jsonschema does, by which mistral-common judges; containers are not quoted."""
    fault = schema_fault(schema)
    assert fault is not None
    words = fault.words if fault.quoted is None else fault.words.replace("{}", fault.quoted, 1)
    assert (path, message, message == GRAMMAR) == (fault.path, words, fault.grammar)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": ["string", "null"], "required": [], "items": [{}, True], "enum": []},
        {"items": False, "additionalProperties": True, "not": {}, "default": None, "const": None},
        {"minLength": 0, "maxItems": 0, "minProperties": 0.0, "multipleOf": 1e-9},
        {"allOf": [True], "contains": False, "dependencies": {"a": ["b"]}, "readOnly": False},
        {"dependentSchemas": {"a": 7, "b": {"type": 7}}, "unevaluatedProperties": 7},
        {"multipleOf": 0.5, "minLength": 2.0, "maximum": -1, "exclusiveMaximum": 1.5},
        {"properties": {"type": {"type": "string"}, "required": {}, "$id": {}}},
        {"nullable": None, "example": 7, "x-y": []},
        # What later drafts have, draft 7 does not look at.
        {"$defs": {"a": {"type": 7}, "b": 7}, "prefixItems": [{"type": 7}]},
    ],
)
def test_a_schema_of_draft_7_is_left_alone(schema: dict[str, Any]) -> None:
    assert schema_fault(schema) is None


def test_the_outermost_fault_of_a_tool_is_named_alone() -> None:
    """The validator stops there."""
    wrong = {"type": "x"}
    found = check(ask(tools=[tool({"properties": {"a": {"properties": {"b": wrong}}, "c": wrong}}),
                             tool({"allOf": [wrong]})]))  # fmt: skip
    assert [problem.path for problem in found] == [
        "/tools/0/function/parameters/properties/c/type",
        "/tools/1/function/parameters/allOf/0/type",
    ]


def test_depth_and_cycles_cost_nothing() -> None:
    """A schema thousands of levels deep, one that contains itself, twice."""
    deep: dict[str, Any] = {"type": "x"}
    for _ in range(LEVELS):
        deep = {"items": deep}
    fault = schema_fault(deep)
    assert fault is not None and fault.path == ("items",) * LEVELS + ("type",)
    itself: dict[str, Any] = {"type": "object"}
    itself["properties"] = {"a": itself, "b": itself}
    assert schema_fault(itself) is None


# -- laws -------------------------------------------------------------------------------------


class Silent:
    """An object that `check` must not print; Hypothesis may."""

    __slots__ = ()
    asked: ClassVar[bool] = False

    def __repr__(self) -> str:
        assert not Silent.asked, "a payload is private"
        return "<private>"


class Text(Silent, str):
    __slots__ = ()
    __str__ = __format__ = Silent.__repr__  # type: ignore[assignment]


class Level(enum.IntEnum):
    HALF = 1


class Word(str, enum.Enum):
    USER = "user"


def test_what_json_dumps_writes_counts_as_what_it_writes() -> None:
    """Tuples, and subclasses of dict, list, str and int."""
    payload = OrderedDict(
        model=Text(SMALL),
        temperature=Level.HALF,
        max_tokens=Level.HALF,
        messages=(
            {Text("role"): Word.USER, "content": ({"type": Text("text"), "text": Text("é")},)},
            {"role": Text("assistant"), "content": None, "tool_calls": (call(Text(ID)),)},
            OrderedDict(result(Text(ID), name=Text("ls"))),
        ),
        tools=(tool(OrderedDict(type=Text("object"), required=(Text("a"),))),),
        tool_choice=Text("auto"),
        stop=(Text("a"),),
    )
    assert check(payload) == ()


def _deep() -> list[Any]:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    return deep


def _itself() -> dict[str, Any]:
    itself: dict[str, Any] = ask()
    itself["messages"].append(itself)
    itself["tools"] = [itself]
    return itself


ODDITIES: list[Any] = [
    Silent(), b"x", {1}, object, 10**5000, -(10**400), math.inf, math.nan, 1j, "\ud800", (), (1,),
    Text("x"), Level.HALF, Word.USER, _deep(), _itself(), ask, range(3), "user", "assistant",
    "tool", "system", "text", "function", "null", ID, SMALL, "json_schema", 0, 1, True,
    {"type": "function", "function": {"name": "a", "parameters": {"$id": 1}}}, call(), result(),
    {1: 2}, {None: 1, True: 2, 1.5: 3, ("x",): 4, 10**5000: 5, "\ud800": 6, b"x": 7, "é": 8},
]  # fmt: skip


def _odd(index: int) -> Any:
    return ODDITIES[index]


ODD = st.integers(0, len(ODDITIES) - 1).map(_odd)  # Hypothesis prints what it draws from
ROLE_WORDS = ("system", "user", "assistant", "tool")
KEYED = sorted(
    {"role", "content", "tool_calls", "tool_call_id", "name", "type", "text", "function", "id",
     "parameters", "arguments", "properties", "image_url", "input_audio", "thinking", "prefix"}
    | {name for model in ENDPOINTS.values() for name in model.model_fields}
)  # fmt: skip
KEYS = st.sampled_from(KEYED)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | ODD
JUNK = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=5)
        | st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=25,
)
PAYLOADS = st.dictionaries(KEYS | st.text(max_size=3), JUNK, max_size=6) | st.builds(
    lambda messages, more: {**more, "model": SMALL, "messages": messages},
    st.lists(
        st.dictionaries(KEYS, JUNK, max_size=4).map(lambda m: {"role": "user", **m}) | JUNK,
        max_size=5,
    ),
    st.dictionaries(KEYS, JUNK, max_size=3),
)


@given(
    payload=PAYLOADS,
    endpoint=st.sampled_from(sorted(ENDPOINTS)),
    profile=st.sampled_from(profiles.ALL),
)
def test_total(payload: dict[Any, Any], endpoint: str, profile: profiles.Profile) -> None:
    """Any dict whatever is checked without an exception, and every problem is well formed."""
    well_formed(payload, endpoint, profile)


@pytest.mark.parametrize("index", range(len(ODDITIES)))
def test_total_by_example(index: int) -> None:
    """Every oddity at every field, in content, and as a key where that is possible."""
    odd = _odd(index)
    for endpoint, model in ENDPOINTS.items():
        well_formed(dict.fromkeys(model.model_fields, odd), endpoint, profiles.V2026_11_01)
    for message in ({"role": odd}, *(dict.fromkeys(KEYED, odd) | {"role": r} for r in ROLE_WORDS)):
        well_formed(ask(message, message, tools=[message]), CHAT, profiles.LATEST)
    for kind in ("text", "image_url", "input_audio", "thinking", "document_url"):
        well_formed(said({"type": kind, kind: odd}, odd), CHAT, profiles.LATEST)
    if isinstance(odd, Hashable) and not isinstance(odd, tuple):
        well_formed({odd: odd, **ask({odd: odd})}, CHAT, profiles.LATEST)


def well_formed(payload: dict[Any, Any], endpoint: str, profile: profiles.Profile) -> None:
    Silent.asked = True
    try:
        found = check(payload, endpoint=endpoint, profile=profile)
    finally:
        Silent.asked = False
    assert len({problem.path for problem in found}) == len(found)
    for problem in found:
        assert problem.status in (422, 400, 500)
        assert problem.code and problem.type and problem.words and problem.message
        assert bool(problem.loc) == (problem.status == 422)
        assert str(problem) and repr(problem)


def _values(value: Any) -> Iterator[Any]:
    yield id(value)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _values(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _values(inner)


@pytest.mark.parametrize("case", [*SHAPES, *BEHIND], ids=lambda case: case.id)
def test_pure(case: Shape | Rule) -> None:
    """The argument is unchanged, to the order of its keys and the very objects in it."""
    before, same = copy.deepcopy(case.payload), list(_values(case.payload))
    check(case.payload, endpoint=case.endpoint, profile=case.profile)
    assert repr(before) == repr(case.payload)
    assert same == list(_values(case.payload))


SECRET = "s3cret/Value~of"


def _planted(value: Any) -> Any:
    """The value with a secret in place of every string but the tags that lead further in."""
    if isinstance(value, dict):
        return {
            k: v if k in ("role", "type") and v != "developer" else _planted(v)
            for k, v in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_planted(item) for item in value]
    return SECRET if isinstance(value, str) else value


def _shown(problem: Problem) -> str:
    return f"{problem} {problem!r} {problem.words} {problem.path} {problem.loc}"


@pytest.mark.parametrize("case", [*SHAPES, *BEHIND], ids=lambda case: case.id)
def test_private(case: Shape | Rule) -> None:
    """No value of a payload is in what a problem prints: payloads are private, logs are not."""
    for payload in (_planted(case.payload), {**case.payload, "model": SECRET}):
        for problem in check(payload, endpoint=case.endpoint, profile=case.profile):
            assert SECRET not in _shown(problem)
            assert "s3cret" not in _shown(problem)


@given(secret=st.text("0123456789", min_size=12, max_size=12), junk=PAYLOADS)
def test_private_wherever_the_value_stands(secret: str, junk: dict[Any, Any]) -> None:
    """As a role, a type, a model, an id, a name, a number and a word."""
    payload = {
        **junk,
        "model": secret,
        "reasoning_effort": secret,
        "temperature": int(secret),
        "messages": [
            {"role": secret, "content": secret},
            {"role": "user", "content": [{"type": secret}, {"type": "input_audio",
                                                            "input_audio": secret}]},
            assistant(call(secret, secret + "."), call(secret)), result(secret, name=secret + "."),
            result(secret), {"role": int(secret)},
        ],
        "tools": [tool({"type": secret}, secret + "."), tool({"minLength": -int(secret)})],
    }  # fmt: skip
    for problem in check(payload):
        assert secret not in _shown(problem)


@pytest.mark.parametrize(
    "case",
    [case for case in BEHIND if case.id in {
        "greedy", "forced-tool", "json-schema", "effort", "prompt-mode", "n", "dimension",
        "last-role", "order", "unanswered", "unexpected-id", "duplicate-result", "duplicate-call",
        "empty", "prefix", "id", "call-id", "result-id", "name", "thinking", "grammar",
    }],
    ids=lambda case: case.id,
)  # fmt: skip
def test_what_sanitize_cures_is_not_named_after_it(case: Rule) -> None:
    """These have a cure in the request itself."""
    options: Any = {"endpoint": case.endpoint, "profile": case.profile}
    assert check(sanitize(case.payload, **options), **options) == ()


def test_a_kept_field_takes_any_value() -> None:
    """A field newer than the release is let through, whatever it holds."""
    for value in (None, 1, "x", [Silent()], {"a": 1}):
        assert check(ask(brand_new=value), keep=("brand_new",)) == ()


def test_check_and_sanitize_agree() -> None:
    """What a rule changes, `check` names beforehand and not after; the docs list the exceptions."""
    unnamed = set()
    for case in CASES:
        chosen = case.options.get("enable") or "drop" in case.options
        sanitizer = Sanitizer(**case.options)
        if case.is_noop or chosen or sanitizer.profile.host is not None:
            continue
        before, after = (sanitizer.check(payload) for payload in (case.before, case.after))
        if sorted(p.code for p in before) == sorted(p.code for p in after):
            unnamed.add(case.rule)
    page = Path(__file__).parents[1] / "docs" / "explanation" / "guarantees.md"
    section = page.read_text("utf-8").partition("## Changed, though")[2].partition("\n## ")[0]
    assert unnamed == set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE))


NEMO = "mistral-nemo"
ON_TEMPLATES: tuple[tuple[dict[str, Any], list[str]], ...] = (
    (ask(USER, SAID, USER), []),
    (ask("x", USER), []),
    (ask(result(), USER), ["/messages/0"]),
    (ask(assistant(call()), result(), USER), ["/messages/0", "/messages/1"]),
    (ask(USER, assistant(call(), "x", {**call(), "function": 7}), result()), []),
    (ask(USER, assistant({**call(), "function": {"arguments": "{"}}), result()),
     ["/messages/1/tool_calls/0/function/arguments"]),
    (ask(USER, assistant({**call(), "function": {"arguments": {}}}), result()), []),
    (ask(USER, assistant(call(), content="Hm."), result(), model=NEMO), ["/messages/1/content"]),
    (ask(USER, assistant(call(), content="Hm."), result()), []),
    (said(TEXT, IMAGE, {"type": "input_audio"}), []),
    (said(IMAGE, model=NEMO), ["/messages/0/content/0"]),
    (said("x", {"type": "thinking"}), ["/messages/0/content/0", "/messages/0/content/1"]),
    ({"model": SMALL, "messages": []}, ["/messages"]),
    ({"model": SMALL, "messages": "Hello"}, ["/messages"]),
    ({"messages": [USER]}, []),
    (ask({**USER, "tool_calls": [call()]}), []),
    (ask({"role": "user", "content": None, "tool_calls": [call()]}), []),
    (ask(USER, assistant(call()), result(), model=NEMO), []),
    (ask(USER, {"role": "assistant", "content": ""}, USER), ["/messages/1"]),
    (said({"type": "image", "image": "x"}, model=NEMO), ["/messages/0/content/0"]),
    (said({"type": "image", "image": "x"}), []),
)  # fmt: skip


@pytest.mark.parametrize(("payload", "paths"), ON_TEMPLATES)
def test_what_templates_refuse(payload: dict[str, Any], paths: list[str]) -> None:
    """Under a chat template's profile: turns, calls, and what the model's template has not."""
    for given_ in (payload, as_tuples(payload)):
        found = check(given_, profile="chat-template")
        assert [problem.path for problem in found] == paths
        assert all(problem.words for problem in found)


@pytest.mark.parametrize(
    ("payload", "name", "quoted"),
    [
        (ask(SAID, USER), "template-first", ""),
        (ask(USER, USER), "template-turns", ""),
        (ask(USER, {"role": "developer", "content": "x"}), "template-role", "developer"),
        (ask(USER, {"content": "x"}), "template-role", "None"),
    ],
)
def test_which_word_of_a_template(payload: dict[str, Any], name: str, quoted: str) -> None:
    """At one place a template has several things to say; a role is quoted as Python prints it."""
    problem = check(payload, profile="chat-template")[0]

    assert problem.words == KNOWN_REFUSALS[name].words
    assert quoted in problem.message
