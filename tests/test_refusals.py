"""`repair_refused`: Mistral's answers as people posted them, and what cures each."""

from __future__ import annotations

import copy
import json
from typing import Any, NamedTuple, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_sanitize.rules.ids import new_id
from mistral_sanitize.rules.order import NO_RESULT
from mistral_sanitize.validation.edits import REASONS
from mistral_sanitize.validation.entry_cures import CURES
from mistral_sanitize.validation.refusals import repair_refused
from tests import jsonpatch
from tests.payloads import as_tuples

USER = {"role": "user", "content": "Hello"}
ID = "a1B2c3D4e"


def call(id_: Any = ID, name: Any = "ls") -> dict[str, Any]:
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}}


def assistant(*calls: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": "", "tool_calls": list(calls), **more}


def result(id_: Any = ID, **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": "README.md", **more}


def ask(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"model": "mistral-small-latest", "messages": list(messages or [USER]), **fields}


def extra(*loc: Any) -> dict[str, Any]:
    return {
        "type": "extra_forbidden",
        "loc": ["body", *loc],
        "msg": "Extra inputs are not permitted",
        "input": None,
    }


def entry(kind: Any, *loc: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "loc": ["body", *loc], "msg": "...", "input": None, **more}


def said(message: str) -> dict[str, Any]:
    return {"object": "error", "message": message, "type": "invalid_request_error", "code": None}


class Case(NamedTuple):
    """A request, the answer to it as posted at `source`, and the change: op, path, rule, value."""

    id: str
    source: str
    payload: dict[str, Any]
    body: Any
    changes: list[tuple[str, str, str, Any]]
    status: int = 422


def in_envelopes(count: int, body: Any) -> Any:
    for _ in range(count):
        body = {"error": body}
    return body


def thought(*texts: str, **more: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": t} for t in texts], **more}


def schema_format(schema: Any, **more: Any) -> dict[str, Any]:
    named = {"name": "a", "strict": True, "schema": schema, **more}
    return {"type": "json_schema", "json_schema": named}


TEXT = {"type": "text", "text": "4"}
IMAGE = {"type": "image_url", "image_url": "https://e.org/a.png"}
FUNCTION: dict[str, Any] = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object"}},
}
OPEN_SCHEMA = "Missing `additionalProperties: False` in object schema"
THOUGHTS = "Expected at most one leading ThinkChunk, got 2"
ALTERNATE = (
    "After the optional system message, conversation roles must alternate user and assistant roles "
    "except for tool calls and results."
)
TEMPLATES = "llama.cpp's models/templates, in the sdist of llama-cpp-python 0.3.36 (2026-10)"
COMMON_TEMPLATES = "mistral-common 1.13.1, integrations/chat_templates"

FITTING = new_id("2968-LWy3uasib", ())
MADE = new_id("\x001\x000", ()), new_id("\x001\x002", ())
UNION = "list[tagged-union[TextChunk,ImageURLChunk,DocumentURLChunk]]"

CASES = [
    # -- the shapes of the answer ---------------------------------------------------------------
    Case(
        "shape-1-json-in-a-string",
        "https://github.com/fsndzomga/mistral_rb/pull/1",
        ask(safe_mode=False),
        r'{"object":"error","message":"{\"detail\":[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",'
        r"\"safe_mode\"],\"msg\":\"Extra inputs are not permitted\",\"input\":false,\"url\":"
        r'\"https://errors.pydantic.dev/2.5/v/extra_forbidden\"}]}","type":"internal_error_proxy",'
        r'"param":null,"code":"1000"}',
        [("remove", "/safe_mode", "refused-extra", None)],
    ),
    Case(
        "shape-2-object-in-message",
        "https://github.com/editor-code-assistant/eca/issues/231",
        ask(max_completion_tokens=32000),
        b'{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body",'
        b'"max_completion_tokens"],"msg":"Extra inputs are not permitted","input":32000}]},'
        b'"type":"invalid_request_error","param":null,"code":null,"raw_status_code":422}',
        [("remove", "/max_completion_tokens", "refused-extra", None)],
    ),
    Case(
        "shape-3-bare-and-several",
        "https://github.com/openclaw/openclaw/issues/56546",
        ask(store=False, max_completion_tokens=8192, stream=True),
        b'{"detail":[{"type":"extra_forbidden","loc":["body","store"],"msg":"Extra inputs are not '
        b'permitted","input":false},{"type":"extra_forbidden","loc":["body",'
        b'"max_completion_tokens"],"msg":"Extra inputs are not permitted","input":8192}]}',
        [
            ("remove", "/store", "refused-extra", None),
            ("remove", "/max_completion_tokens", "refused-extra", None),
        ],
    ),
    Case(
        "shape-4-conversations",
        "https://github.com/vercel/ai/issues/10318",
        {"model": "mistral-small-latest", "inputs": "Hi", "tools": []},
        {
            "object": "Error",
            "detail": [extra("tools")],
            "message": [extra("tools")],
            "type": "invalid_request_error",
            "code": 3001,
        },
        [("remove", "/tools", "refused-extra", None)],
    ),
    Case(
        "python-repr-in-an-sdk-log",
        "https://github.com/openai/openai-agents-python/issues/442",
        ask(stream=True, stream_options={"include_usage": True}),
        "Error code: 422 - {'object': 'error', 'message': {'detail': [{'type': 'extra_forbidden', "
        "'loc': ['body', 'stream_options', 'include_usage'], 'msg': 'Extra inputs are not "
        "permitted', 'input': True}]}, 'type': 'invalid_request_error', 'param': None, "
        "'code': None}",
        [("remove", "/stream_options/include_usage", "refused-extra", None)],
    ),
    Case(
        "python-repr-with-quotes-of-both-kinds",
        "https://github.com/langchain-ai/langchain/issues/21196",
        ask(store=1),
        """{'detail': [{'msg': "it's", 'input': 'a "b" \\'c\\' \\x07', 'loc': ['body', 'store'], """
        """'type': 'extra_forbidden'}]}""",
        [("remove", "/store", "refused-extra", None)],
    ),
    Case(
        "one-entry-alone",
        "https://github.com/kyaukyuai/gpt-all-star/issues/670",
        ask(keep_alive=-1),
        "HTTP 422 {'type': 'extra_forbidden', 'loc': ['body', 'keep_alive'], 'input': -1}",
        [("remove", "/keep_alive", "refused-extra", None)],
    ),
    Case(
        "wrapped-by-a-proxy",
        "https://github.com/songquanpeng/one-api/issues/1290",
        ask(store=True),
        {"error": {"message": json.dumps({"detail": [extra("store")]}), "code": "422"}},
        [("remove", "/store", "refused-extra", None)],
    ),
    Case(
        "an-unknown-key-answered-with-400",
        "https://github.com/garrytan/gbrain/pull/3001",
        {"model": "mistral-embed", "input": ["hello"], "dimensions": 1024},
        {"detail": [extra("dimensions")]},
        [("remove", "/dimensions", "refused-extra", None)],
        400,
    ),
    # -- places -------------------------------------------------------------------------------
    Case(
        "role-step",
        "https://github.com/BerriAI/litellm/pull/30884",
        ask(USER, {"role": "assistant", "content": "4", "reasoning_content": "Sum."}, USER),
        {"detail": [extra("messages", 1, "assistant", "reasoning_content")]},
        [("remove", "/messages/1/reasoning_content", "refused-extra", None)],
    ),
    Case(
        "indexes-as-text",
        "https://github.com/charmbracelet/crush/issues/1590",
        ask(USER, {"role": "assistant", "content": "4", "reasoning_content": "\n"}, USER),
        {"detail": [extra("messages", "1", "assistant", "reasoning_content")]},
        [("remove", "/messages/1/reasoning_content", "refused-extra", None)],
    ),
    Case(
        "loc-as-dotted-text",
        "https://github.com/co-l/openfox/issues/220",
        ask(USER, {"role": "assistant", "content": "4", "reasoning": "Sum."}, USER),
        {"detail": [{"type": "extra_forbidden", "loc": "body.messages.1.assistant.reasoning"}]},
        [("remove", "/messages/1/reasoning", "refused-extra", None)],
    ),
    Case(
        "several-messages",
        "https://github.com/crewAIInc/crewAI/issues/6789",
        ask(
            {"role": "system", "content": "Be brief.", "cache_breakpoint": True},
            {**USER, "cache_breakpoint": True},
        ),
        '{"detail":[{"type":"extra_forbidden","loc":["body","messages",0,"system",'
        '"cache_breakpoint"],"msg":"Extra inputs are not permitted"},{"type":"extra_forbidden",'
        '"loc":["body","messages",1,"user","cache_breakpoint"],"msg":"Extra inputs are not '
        'permitted"}]}',
        [
            ("remove", "/messages/0/cache_breakpoint", "refused-extra", None),
            ("remove", "/messages/1/cache_breakpoint", "refused-extra", None),
        ],
    ),
    Case(
        "null-tool-calls-of-a-user",
        "https://github.com/Gage-Technologies/mistral-go/pull/2",
        ask({**USER, "name": "", "tool_calls": None}),
        said("") | {"message": {"detail": [extra("messages", 0, "user", n) for n in
                                           ("name", "tool_calls")]}},
        [
            ("remove", "/messages/0/name", "refused-extra", None),
            ("remove", "/messages/0/tool_calls", "refused-extra", None),
        ],
    ),
    Case(
        "inside-a-tool-call",
        "https://github.com/NousResearch/hermes-agent/pull/864",
        ask(USER, assistant({**call(), "call_id": "call_8fd1", "name": None}), result()),
        {
            "detail": [
                extra("messages", 1, "assistant", "tool_calls", 0, "call_id"),
                extra("messages", 1, "assistant", "tool_calls", 0, "name"),
            ]
        },
        [
            ("remove", "/messages/1/tool_calls/0/call_id", "refused-extra", None),
            ("remove", "/messages/1/tool_calls/0/name", "refused-extra", None),
        ],
    ),
    Case(
        "function-is-a-key-though-it-is-the-type-too",
        "https://github.com/NousResearch/hermes-agent/pull/864",
        ask(
            USER,
            assistant(call() | {"index": 0, "function": {"name": "ls", "index": 0}}),
            result(),
        ),
        {"detail": [extra("messages", 1, "assistant", "tool_calls", 0, "function", "index")]},
        [("remove", "/messages/1/tool_calls/0/function/index", "refused-extra", None)],
    ),
    Case(
        "inside-a-tool",
        "https://github.com/mistralai/client-python/issues/91",
        ask(
            tools=[
                {
                    "type": "function",
                    "function": {"name": "f", "parameters": {}, "required": ["content"]},
                }
            ]
        ),
        {
            "detail": [
                extra("tools", "list[Tool]", 0, "function", "required"),
                entry("string_type", "tools", "list[str]", 0),
            ]
        },
        [("remove", "/tools/0/function/required", "refused-extra", None)],
    ),
    Case(
        "a-part-with-an-unknown-key-is-not-flattened",
        "https://github.com/musistudio/claude-code-router/issues/509",
        ask(
            {
                "role": "system",
                "content": [
                    {"type": "text", "text": "You are", "cache_control": {"type": "ephemeral"}},
                    {"type": "text", "text": "a CLI."},
                ],
            },
            USER,
        ),
        {
            "detail": [
                entry("string_type", "messages", 0, "system", "content", "str"),
                extra("messages", 0, "system", "content", UNION, 0, "text", "cache_control"),
            ]
        },
        [("remove", "/messages/0/content/0/cache_control", "refused-extra", None)],
    ),
    Case(
        "a-part-whose-tag-is-not-in-the-loc",
        "https://github.com/langchain-ai/langchain/pull/34470",
        ask(USER, assistant(call()), result(content=[{"type": "text", "text": "R", "id": "lc"}])),
        {"detail": [extra("messages", 2, "tool", "content", UNION, 0, "id")]},
        [("remove", "/messages/2/content/0/id", "refused-extra", None)],
    ),
    Case(
        "a-stray-text-beside-an-image",
        "https://github.com/0xPlaygrounds/rig/pull/2331",
        ask(
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "https://a.b/c.png"}, "text": "cat"}
                ],
            }
        ),
        {"detail": [extra("messages", 0, "user", "content", "list", 0, "text")]},
        [("remove", "/messages/0/content/0/text", "refused-extra", None)],
    ),
    Case(
        "a-tag-that-is-a-key-too",
        "https://github.com/0xPlaygrounds/rig/pull/2331",
        ask(
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "https://a.b", "format": "x"}}
                ],
            }
        ),
        {
            "detail": [
                entry("string_type", "messages", 0, "user", "content", "str"),
                extra(
                    *("messages", 0, "user", "content", UNION, 0),
                    *("image_url", "image_url", "ImageURL", "format"),
                ),
                entry(
                    *("string_type", "messages", 0, "user", "content", UNION, 0),
                    *("image_url", "image_url", "str"),
                ),
            ]
        },
        [("remove", "/messages/0/content/0/image_url/format", "refused-extra", None)],
    ),
    Case(
        "a-tag-in-a-union-not-called-tagged",
        "https://github.com/0xPlaygrounds/rig/pull/2331",
        ask(tools=[{"type": "connector", "connector_id": "x", "name": "y"}]),
        {"detail": [extra("tools", "list[Tool]", 0, "connector", "name")]},
        [("remove", "/tools/0/name", "refused-extra", None)],
    ),
    Case(
        "a-tagged-item-reported-without-its-tag",
        "https://github.com/0xPlaygrounds/rig/pull/2331",
        ask(
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "https://a.b", "format": "x"}}
                ],
            }
        ),
        {"detail": [extra("messages", 0, "user", "content", UNION, 0, "image_url", "format")]},
        [("remove", "/messages/0/content/0/image_url/format", "refused-extra", None)],
    ),
    Case(
        "a-key-that-is-no-string",
        "https://docs.python.org/3/library/json.html#json.dumps",
        cast("dict[str, Any]", {**ask(), 1: "x"}),
        {"detail": [extra("1")]},
        [("remove", "/1", "refused-extra", None)],
    ),
    Case(
        "a-key-that-is-gone-needs-no-cure",
        "https://github.com/openclaw/openclaw/issues/56546",
        ask(store=False),
        {"detail": [extra("store"), extra("user"), extra("messages", 7, "user", "x")]},
        [("remove", "/store", "refused-extra", None)],
    ),
    Case(
        "an-object-and-a-key-in-it",
        "https://github.com/cline/cline/issues/582",
        ask(stream_options={"include_usage": True}),
        {"detail": [extra("stream_options"), extra("stream_options", "include_usage")]},
        [("remove", "/stream_options", "refused-extra", None)],
    ),
    # -- numbers ------------------------------------------------------------------------------
    Case(
        "above-the-bound",
        "https://github.com/scottyeager/Pal/issues/28",
        ask(temperature=2),
        b'{"object":"error","message":{"detail":[{"type":"less_than_equal","loc":["body",'
        b'"temperature"],"msg":"Input should be less than or equal to 1.5","input":2,"ctx":{"le":'
        b'1.5},"url":"https://errors.pydantic.dev/2.10/v/less_than_equal"}]},"type":'
        b'"invalid_request_error","param":null,"code":null}',
        [("replace", "/temperature", "refused-range", 1.5)],
    ),
    Case(
        "above-the-bound-of-the-message",
        "https://github.com/vegu-ai/talemate/issues/102",
        ask(temperature=1.31),
        {
            "detail": [
                entry(
                    *("less_than_equal", "temperature"),
                    msg="Input should be less than or equal to 1",
                )
            ]
        },
        [("replace", "/temperature", "refused-range", 1)],
    ),
    Case(
        "above-a-bound-with-a-point",
        "https://github.com/mnfst/modelparams.dev/pull/234",
        ask(temperature=1.51),
        {
            "detail": [
                entry(
                    *("less_than_equal", "temperature"),
                    msg="Input should be less than or equal to 1.5",
                    ctx={"le": float("inf")},
                )
            ]
        },
        [("replace", "/temperature", "refused-range", 1.5)],
    ),
    Case(
        "below-the-bound",
        "https://github.com/mnfst/modelparams.dev/pull/234",
        ask(presence_penalty=-3),
        {"detail": [entry("greater_than_equal", "presence_penalty", ctx={"ge": -2.0})]},
        [("replace", "/presence_penalty", "refused-range", -2.0)],
    ),
    Case(
        "at-an-exclusive-bound",
        "https://github.com/mnfst/modelparams.dev/pull/234",
        ask(top_p=0),
        {"detail": [entry("greater_than", "top_p", input=0, ctx={"gt": 0})]},
        [("remove", "/top_p", "refused-range", None)],
    ),
    # -- nulls and words ------------------------------------------------------------------------
    Case(
        "null-parameter",
        "https://github.com/mistralai/platform-docs-public/issues/212",
        ask(top_p=None),
        {
            "message": {
                "detail": [
                    entry("float_type", "top_p", msg="Input should be a valid number", input=None)
                ]
            }
        },
        [("remove", "/top_p", "refused-null", None)],
    ),
    Case(
        "null-content",
        "https://github.com/mistralai/platform-docs-public/issues/212",
        ask({"role": "user", "content": None}),
        {
            "detail": [
                entry("string_type", "messages", 0, "user", "content", "str"),
                entry("list_type", "messages", 0, "user", "content", UNION),
            ]
        },
        [("replace", "/messages/0/content", "refused-null", "")],
    ),
    Case(
        "null-in-a-tool",
        "https://github.com/mistralai/client-python/issues/91",
        ask(tools=[{"function": {"name": "f", "parameters": {}, "strict": None}}]),
        {"detail": [entry("bool_type", "tools", "list[Tool]", 0, "function", "strict")]},
        [("remove", "/tools/0/function/strict", "refused-null", None)],
    ),
    Case(
        "tool-choice-object-of-2024",
        "https://github.com/kyaukyuai/gpt-all-star/issues/670",
        ask(tool_choice={"type": "function", "function": {"name": "Assign"}}),
        {
            "detail": [
                entry("enum", "tool_choice", msg="Input should be 'auto', 'none' or 'any'")
            ]
        },
        [("remove", "/tool_choice", "refused-enum", None)],
    ),
    Case(
        "the-deepest-member-of-a-union",
        "https://github.com/kyaukyuai/gpt-all-star/issues/670",
        ask(tool_choice={"type": "function", "function": {"name": "Assign"}, "x": 1}),
        {
            "detail": [
                extra("tool_choice", "ToolChoice", "x"),
                entry("enum", "tool_choice", "ToolChoiceEnum"),
            ]
        },
        [("remove", "/tool_choice/x", "refused-extra", None)],
    ),
    Case(
        "image-detail",
        "https://github.com/0xPlaygrounds/rig/pull/2331",
        ask(
            {
                "role": "user",
                "content": [
                    {"type": "image_url", "image_url": {"url": "https://a.b", "detail": "original"}}
                ],
            }
        ),
        {
            "detail": [
                entry(
                    *("literal_error", "messages", 0, "user", "content", UNION, 0),
                    *("image_url", "image_url", "ImageURL", "detail"),
                )
            ]
        },
        [("remove", "/messages/0/content/0/image_url/detail", "refused-enum", None)],
    ),
    Case(
        "effort-outside-the-schema",
        "https://github.com/mistralai/mistral-vibe/issues/1117",
        ask(reasoning_effort="xhigh"),
        {
            "detail": [
                entry("enum", "reasoning_effort", msg="Input should be 'none', 'low' or 'high'")
            ]
        },
        [("replace", "/reasoning_effort", "refused-enum", "high")],
    ),
    Case(
        "developer",
        "https://github.com/openai/openai-agents-python/issues/442",
        ask({"role": "developer", "content": "You are a coding agent."}, USER),
        '{"detail":[{"type":"union_tag_invalid","loc":["body","messages",0],"msg":"Input tag '
        "'developer' found using 'role' does not match any of the expected tags\"}]}",
        [("replace", "/messages/0/role", "refused-role", "system")],
    ),
    # -- what the model takes ---------------------------------------------------------------------
    Case(
        "logprobs",
        "https://github.com/0xPlaygrounds/rig/blob/b75850e89/tests/cassettes/mistral/"
        "logprobs_rejection_matrix/blocking_mistral_small.yaml",
        ask(logprobs=True, top_logprobs=2),
        b'{"code":"3051","message":"Logprobs are not enabled for this model","object":"error",'
        b'"param":null,"raw_status_code":400,"type":"invalid_request_invalid_args"}',
        [
            ("remove", "/logprobs", "refused-model-option", None),
            ("remove", "/top_logprobs", "refused-model-option", None),
        ],
        400,
    ),
    Case(
        "effort-in-the-middle-goes-up",
        "https://github.com/architects-toolkit/SmartHopper/issues/647",
        ask(reasoning_effort="medium"),
        b'{"object":"error","message":"reasoning_effort=\'medium\' is not supported for this model.'
        b" Must be one of (<ReasoningEffort.none: 'none'>, <ReasoningEffort.high: 'high'>)\","
        b'"type":"invalid_request_invalid_args","param":null,"code":"3051","raw_status_code":400}',
        [("replace", "/reasoning_effort", "refused-model-option", "high")],
        400,
    ),
    Case(
        "effort-of-another-model",
        "https://github.com/mistralai/mistral-vibe/issues/1117",
        ask(reasoning_effort="minimal"),
        said("reasoning_effort='minimal' is not supported for this model. Must be one of "
             "['low', 'high', 'max']"),
        [("replace", "/reasoning_effort", "refused-model-option", "low")],
        400,
    ),
    Case(
        "no-effort-where-the-model-cannot-stop",
        "https://github.com/mistralai/mistral-vibe/issues/1115",
        ask(reasoning_effort="none"),
        said("reasoning_effort='none' is not supported for this model. Must be one of "
             "['low', 'high', 'max']"),
        [("replace", "/reasoning_effort", "refused-model-option", "low")],
        400,
    ),
    Case(
        "effort-of-no-kind",
        "https://github.com/HKUDS/nanobot/pull/4351",
        ask(reasoning_effort="high"),
        said("Reasoning effort is not enabled for this model"),
        [("remove", "/reasoning_effort", "refused-model-option", None)],
        400,
    ),
    Case(
        "prompt-mode",
        "https://github.com/earendil-works/pi/issues/3096",
        ask(prompt_mode="reasoning"),
        said("Reasoning prompt mode is not enabled for this model"),
        [("remove", "/prompt_mode", "refused-model-option", None)],
        400,
    ),
    Case(
        "thinking-chunks",
        "https://github.com/mistralai/mistral-vibe/issues/758",
        ask(
            USER,
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Sum."}]},
                    {"type": "text", "text": "4"},
                ],
            },
            USER,
            assistant(call(), content=[{"type": "thinking", "thinking": []}]),
            result(),
            {"role": "assistant", "content": [{"type": "thinking", "thinking": []}]},
            USER,
        ),
        b'{"object":"error","message":"Reasoning input is not enabled for this model","type":'
        b'"invalid_request_invalid_args","param":null,"code":"3051","raw_status_code":400}',
        [
            ("remove", "/messages/5", "refused-thinking", None),
            ("remove", "/messages/3/content/0", "refused-thinking", None),
            ("remove", "/messages/1/content/0", "refused-thinking", None),
        ],
        400,
    ),
    Case(
        "output-dimension",
        "https://github.com/garrytan/gbrain/pull/3001",
        {"model": "mistral-embed", "input": ["hello"], "output_dimension": 512},
        said("Model mistral-embed does not support output_dimension"),
        [("remove", "/output_dimension", "refused-model-option", None)],
        400,
    ),
    Case(
        "an-option-of-tomorrow",
        "https://github.com/architects-toolkit/SmartHopper/issues/647",
        ask(top_k=4),
        said("top_k=4 is not supported for this model"),
        [("remove", "/top_k", "refused-model-option", None)],
        400,
    ),
    # -- fields against each other -----------------------------------------------------------
    Case(
        "greedy",
        "https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338",
        ask(temperature=0, top_p=0.9),
        said("top_p must be 1 when using greedy sampling."),
        [("remove", "/top_p", "refused-greedy", None)],
        400,
    ),
    Case(
        "json-and-a-forced-tool",
        "https://github.com/0xPlaygrounds/rig/pull/2337",
        ask(tool_choice={"type": "function", "function": {"name": "add"}}),
        said("`json_schema` response type with tools is only compatible with `tool_choice: auto`"),
        [("replace", "/tool_choice", "refused-tool-choice", "auto")],
        400,
    ),
    Case(
        "neither",
        "https://github.com/metadist/synaplan/issues/1115",
        ask(USER, {"role": "assistant", "content": ""}, USER, assistant(content=None), USER),
        said("Assistant message must have either content or tool_calls, but not none."),
        [
            ("remove", "/messages/3", "refused-empty", None),
            ("remove", "/messages/1", "refused-empty", None),
        ],
        400,
    ),
    Case(
        "both",
        "https://github.com/langchain-ai/langchain/issues/21196",
        ask(USER, assistant(content="Hello!"), USER, assistant(call()), result()),
        said("Assistant message must have either content or tool_calls, but not both."),
        [
            ("remove", "/messages/1/tool_calls", "refused-empty", None),
            ("remove", "/messages/3/content", "refused-empty", None),
        ],
        400,
    ),
    # -- order, ids, names -----------------------------------------------------------
    Case(
        "last-is-assistant",
        "https://github.com/diegosouzapw/OmniRoute/issues/3396",
        ask(USER, {"role": "assistant", "content": "Hi there!"}),
        said("Expected last role User or Tool (or Assistant with prefix True) for serving but got "
             "assistant"),
        [("add", "/messages/1/prefix", "refused-last", True)],
        400,
    ),
    Case(
        "last-is-assistant-and-no-prefix",
        "https://github.com/crewAIInc/crewAI/issues/2194",
        ask(USER, {"role": "assistant", "content": "Hi there!", "prefix": False}),
        said("Expected last role User or Tool (or Assistant with prefix True) for serving but got "
             "assistant"),
        [("replace", "/messages/1/prefix", "refused-last", True)],
        400,
    ),
    Case(
        "last-is-empty",
        "https://github.com/crewAIInc/crewAI/issues/2194",
        ask(USER, {"role": "assistant", "content": ""}),
        said("Expected last role User or Tool (or Assistant with prefix True) for serving but got "
             "assistant"),
        [("remove", "/messages/1", "refused-last", None)],
        400,
    ),
    Case(
        "user-after-tool",
        "https://github.com/avante-corp/avante.nvim/pull/2695",
        ask(USER, assistant(call()), result(), USER, assistant(call("f5G6h7I8j")),
            result("f5G6h7I8j"), USER),
        said("Unexpected role 'user' after role 'tool'"),
        [
            ("add", "/messages/6", "refused-order", {"role": "assistant", "content": "OK."}),
            ("add", "/messages/3", "refused-order", {"role": "assistant", "content": "OK."}),
        ],
        400,
    ),
    Case(
        "system-after-assistant",
        "https://github.com/SillyTavern/SillyTavern/pull/1558",
        ask(USER, {"role": "assistant", "content": "Hi"}, {"role": "system", "content": "Brief."}),
        said("Unexpected role 'system' after role 'assistant'"),
        [("replace", "/messages/2/role", "refused-order", "user")],
        400,
    ),
    Case(
        "result-of-no-call",
        "https://github.com/pydantic/pydantic-ai/issues/3733",
        ask(USER, assistant(call(), call("f5G6h7I8j")), result(), result("pR1CHbWdz"), USER,
            assistant(call("k9L0m1N2o")), result("k9L0m1N2o")),
        said("Unexpected tool call id pR1CHbWdz in tool results") | {"code": "3230"},
        [("replace", "/messages/3/tool_call_id", "refused-pairing", "f5G6h7I8j")],
        400,
    ),
    Case(
        "id",
        "https://github.com/editor-code-assistant/eca/issues/233",
        ask(USER, assistant(call("2968-LWy3uasib"), call()), result("2968-LWy3uasib"), result()),
        b'{"object":"error","message":"Tool call id was 2968-LWy3uasib but must be a-z, A-Z, 0-9, '
        b'with a length of 9.","type":"invalid_function_call","param":null,"code":"3280"}',
        [
            ("replace", "/messages/1/tool_calls/0/id", "refused-id", FITTING),
            ("replace", "/messages/2/tool_call_id", "refused-id", FITTING),
        ],
        400,
    ),
    Case(
        "name",
        "https://github.com/nbonamy/witsy/pull/164",
        ask(
            USER,
            assistant(call(name="ns.add")),
            result(name="ns.add"),
            tools=[{"type": "function", "function": {"name": n}} for n in ("ns.add", "ns_sub")],
            tool_choice={"type": "function", "function": {"name": "ns.add"}},
        ),
        said("Function name was ns.add but must be a-z, A-Z, 0-9, or contain underscores and "
             "dashes, with a maximum length of 64."),
        [
            ("replace", "/tools/0/function/name", "refused-name", "ns_add"),
            ("replace", "/tool_choice/function/name", "refused-name", "ns_add"),
            ("replace", "/messages/1/tool_calls/0/function/name", "refused-name", "ns_add"),
            ("replace", "/messages/2/name", "refused-name", "ns_add"),
        ],
        400,
    ),
    Case(
        "effort-that-is-no-word",
        "https://github.com/architects-toolkit/SmartHopper/issues/647",
        ask(reasoning_effort=7),
        said("reasoning_effort=7 is not supported for this model. Must be one of ['high']"),
        [("remove", "/reasoning_effort", "refused-model-option", None)],
        400,
    ),
    Case(
        "entries-without-types",
        "gateways that print loc and msg alone",
        ask(store=True, temperature=2, user=None),
        {
            "errors": [
                {"loc": ["body", "store"], "msg": "Extra inputs are not permitted"},
                {"loc": ["temperature"], "msg": "Input should be less than or equal to 1.5"},
                {"loc": ["body", "user"], "msg": "Input should be a valid string"},
            ]
        },
        [
            ("remove", "/store", "refused-extra", None),
            ("replace", "/temperature", "refused-range", 1.5),
            ("remove", "/user", "refused-null", None),
        ],
    ),
    Case(
        "extra-in-words",
        "https://github.com/pydantic/pydantic-ai/issues/6593",
        ask({**USER, "name": "x"}, store=True),
        said("Extra inputs are not permitted: store, messages.0.user.name"),
        [
            ("remove", "/store", "refused-extra", None),
            ("remove", "/messages/0/name", "refused-extra", None),
        ],
    ),
    Case(
        "extra-as-pydantic-prints-it",
        "pydantic's text of a ValidationError",
        ask({**USER, "name": "x"}),
        said("1 validation error for ChatCompletionRequest\nmessages.0.user.name\n  Extra inputs "
             "are not permitted [type=extra_forbidden, input_value='x', input_type=str]"),
        [("remove", "/messages/0/name", "refused-extra", None)],
    ),
    Case(
        "missing-ids",
        "https://github.com/langchain-ai/langchain/issues/28237",
        ask(
            USER,
            assistant(call("null"), call(), {"function": call()["function"]}),
            {"role": "tool", "content": "a"},
            result(),
            result(""),
            {"role": "tool", "content": "of no call"},
        ),
        said("Tool call id has to be defined in serving mode."),
        [
            ("replace", "/messages/1/tool_calls/0/id", "refused-id", MADE[0]),
            ("add", "/messages/1/tool_calls/2/id", "refused-id", MADE[1]),
            ("add", "/messages/2/tool_call_id", "refused-id", MADE[0]),
            ("replace", "/messages/4/tool_call_id", "refused-id", MADE[1]),
        ],
        400,
    ),
    Case(
        "missing-and-odd-ids",
        COMMON_TEMPLATES,
        ask(USER, assistant(call("2968-LWy3uasib"), call("x")), result(None), result("x")),
        said("Tool message must have a call_id or tool_call_id of 9 characters or numbers."),
        [
            ("replace", "/messages/1/tool_calls/0/id", "refused-id", FITTING),
            ("replace", "/messages/1/tool_calls/1/id", "refused-id", new_id("x", ())),
            ("replace", "/messages/3/tool_call_id", "refused-id", new_id("x", ())),
            ("replace", "/messages/2/tool_call_id", "refused-id", FITTING),
        ],
        500,
    ),
    # -- unions and parts ---------------------------------------------------------------
    Case(
        "web-search",
        "https://github.com/maruel/genai, recorded on 11 models 2026-02-08",
        ask(tools=[{"type": "web_search"}], tool_choice="auto"),
        {
            "detail": [
                entry("enum", "tools", "list[Tool]", 0, "type", msg="Input should be 'function'"),
                entry("missing", "tools", "list[Tool]", 0, "function"),
                entry("string_type", "tools", "list[str]", 0),
            ]
        },
        [
            ("remove", "/tools", "refused-tool", None),
            ("remove", "/tool_choice", "refused-tool", None),
        ],
    ),
    Case(
        "web-search-beside-functions",
        "https://github.com/maruel/genai, recorded on 11 models 2026-02-08",
        ask(tools=[{"type": "web_search"}, FUNCTION, {"type": "image_generation"}]),
        {
            "detail": [
                entry("enum", "tools", 0, "type"),
                entry("missing", "tools", 0, "function"),
                entry("union_tag_invalid", "tools", 2),
            ]
        },
        [
            ("remove", "/tools/2", "refused-tool", None),
            ("remove", "/tools/0", "refused-tool", None),
        ],
    ),
    Case(
        "audio-url",
        "https://github.com/maruel/genai (422, 2025-07-22)",
        ask(
            {
                "role": "user",
                "content": [TEXT, {"type": "audio_url", "audio_url": {"url": "https://e.org/a"}}],
            }
        ),
        {
            "detail": [
                entry("string_type", "messages", 0, "user", "content", "str"),
                entry(
                    *("union_tag_invalid", "messages", 0, "user", "content", UNION, 1),
                    msg="Input tag 'audio_url' found using 'type' does not match any of the "
                    "expected tags: <ChunkTypes.text: 'text'>, "
                    "<ChunkTypes.input_audio: 'input_audio'>",
                ),
            ]
        },
        [
            (
                *("replace", "/messages/0/content/1", "refused-part"),
                {"type": "input_audio", "input_audio": "https://e.org/a"},
            )
        ],
    ),
    Case(
        "role-by-another-name",
        "LangChain's and Gemini's words for roles",
        ask(USER, {"role": "model", "content": "Hi"}, USER),
        {"detail": [entry("union_tag_invalid", "messages", 1)]},
        [("replace", "/messages/1/role", "refused-role", "assistant")],
    ),
    # -- schemas and thinking ------------------------------------------------------------
    Case(
        "strict-schema",
        "https://github.com/mistralai/client-ts/issues/107",
        ask(
            response_format=schema_format(
                {
                    "type": "object",
                    "properties": {"a": {"anyOf": [{"properties": {}}, {"type": "null"}]}},
                    "$defs": {"b": {"type": ["object", "null"], "additionalProperties": False}},
                }
            ),
            tools=[FUNCTION, {"function": {**FUNCTION["function"], "strict": True}}],
        ),
        {
            "object": "error",
            "message": OPEN_SCHEMA,
            "type": "invalid_request_json_schema",
            "code": "3051",
        },
        [
            (
                *("replace", "/response_format/json_schema/schema", "refused-strict-schema"),
                {
                    "type": "object",
                    "properties": {
                        "a": {
                            "anyOf": [
                                {"properties": {}, "additionalProperties": False},
                                {"type": "null"},
                            ]
                        }
                    },
                    "$defs": {"b": {"type": ["object", "null"], "additionalProperties": False}},
                    "additionalProperties": False,
                },
            ),
            (
                *("replace", "/tools/1/function/parameters", "refused-strict-schema"),
                {"type": "object", "additionalProperties": False},
            ),
        ],
        400,
    ),
    Case(
        "several-thinking-chunks",
        "https://github.com/earendil-works/pi/issues/9674",
        ask(
            USER,
            {
                "role": "assistant",
                "content": [thought("a"), {"type": "text", "text": ""}, thought("b", "c"), TEXT],
            },
            USER,
            {"role": "assistant", "content": [thought("a"), TEXT, thought("b")]},
            USER,
        ),
        said(THOUGHTS),
        [
            (
                *("replace", "/messages/1/content", "refused-thinking-chunks"),
                [thought("a", "b", "c"), TEXT],
            ),
        ],
        400,
    ),
    # -- chat templates and other hosts ----------------------------------------------------
    Case(
        "neighbours",
        "https://github.com/vllm-project/vllm/issues/6862",
        ask(
            {"role": "developer", "content": "Be brief."},
            USER,
            {"role": "user", "content": [TEXT]},
            {"role": "system", "content": "Be kind."},
            {"role": "assistant", "content": "Well.", "tool_calls": []},
            assistant(call(), content=None),
            result(),
            USER,
        ),
        {"object": "error", "message": ALTERNATE, "type": "BadRequestError", "code": 400},
        [
            ("replace", "/messages/0/role", "refused-order", "system"),
            ("remove", "/messages/2", "refused-order", None),
            (
                *("replace", "/messages/1/content", "refused-order"),
                [{"type": "text", "text": "Hello"}, TEXT],
            ),
            ("remove", "/messages/2", "refused-order", None),
            ("replace", "/messages/0/content", "refused-order", "Be brief.\n\nBe kind."),
            ("remove", "/messages/2/tool_calls", "refused-order", None),
            ("remove", "/messages/3", "refused-order", None),
            ("add", "/messages/2/tool_calls", "refused-order", [call()]),
            ("add", "/messages/4", "refused-order", {"role": "assistant", "content": "OK."}),
        ],
        400,
    ),
    Case(
        "a-greeting-first",
        TEMPLATES,
        ask({"role": "assistant", "content": "Hi"}, USER, {"role": "system", "content": "Brief."}),
        {"error": {"code": 500, "message": f"Jinja Exception: {ALTERNATE}"}},
        [
            ("add", "/messages/0", "refused-order", {"role": "user", "content": "Begin."}),
            ("replace", "/messages/3/role", "refused-order", "user"),
            ("remove", "/messages/3", "refused-order", None),
            ("replace", "/messages/2/content", "refused-order", "Hello\n\nBrief."),
        ],
        500,
    ),
    Case(
        "a-greeting-by-common's-words",
        COMMON_TEMPLATES,
        ask({"role": "system", "content": "Brief."}, {"role": "assistant", "content": "Hi"}, USER),
        {"error": "Conversation must start with a user or system message, got assistant."},
        [("add", "/messages/1", "refused-order", {"role": "user", "content": "Begin."})],
        404,
    ),
    Case(
        "two-assistants",
        "https://github.com/microsoft/autogen/issues/1037",
        ask(USER, {"role": "assistant", "content": "A"}, {"role": "assistant", "content": "B"},
            USER),
        said("Unexpected role 'assistant' after role 'assistant'"),
        [
            ("remove", "/messages/2", "refused-order", None),
            ("replace", "/messages/1/content", "refused-order", "A\n\nB"),
        ],
        400,
    ),
    Case(
        "system-in-the-middle",
        TEMPLATES,
        ask(USER, {"role": "system", "content": "Brief."}),
        said("Only user, assistant and tool roles are supported, got system."),
        [
            ("replace", "/messages/1/role", "refused-order", "user"),
            ("remove", "/messages/1", "refused-order", None),
            ("replace", "/messages/0/content", "refused-order", "Hello\n\nBrief."),
        ],
        500,
    ),
    Case(
        "template-ids",
        TEMPLATES,
        ask(USER, assistant(call("2968-LWy3uasib"), call()), result("2968-LWy3uasib"), result()),
        said("Tool call IDs should be alphanumeric strings with length 9!"),
        [
            ("replace", "/messages/1/tool_calls/0/id", "refused-id", FITTING),
            ("replace", "/messages/2/tool_call_id", "refused-id", FITTING),
        ],
        500,
    ),
    Case(
        "template-empty",
        COMMON_TEMPLATES,
        ask(USER, {"role": "assistant", "content": None}, USER),
        said("Assistant message must have a string or a list of chunks in content or a list of "
             "tool calls."),
        [("remove", "/messages/1", "refused-empty", None)],
        500,
    ),
    Case(
        "call-type",
        "llama.cpp's server (2026-10)",
        ask(USER, assistant({"id": ID, "function": {"name": "f", "arguments": "{}"}}), result()),
        {"error": {"code": 400, "message": "Missing tool call type", "type": "invalid_request"}},
        [("add", "/messages/1/tool_calls/0/type", "refused-call-type", "function")],
        400,
    ),
    Case(
        "null-content-of-calls",
        TEMPLATES,
        ask(USER, assistant(call(), content=None), result()),
        said("object of type 'NoneType' has no len()"),
        [("replace", "/messages/1/content", "refused-null", "")],
        500,
    ),
    Case(
        "content-as-a-string",
        TEMPLATES,
        ask({"role": "user", "content": [TEXT, TEXT]}, {"role": "user", "content": [IMAGE]}),
        said('can only concatenate str (not "list") to str'),
        [("replace", "/messages/0/content", "refused-content", "4\n4")],
        400,
    ),
    Case(
        "any",
        "llama.cpp's server, common/chat.cpp (2026-10)",
        ask(tool_choice="any"),
        said("Invalid tool_choice: any"),
        [("replace", "/tool_choice", "refused-tool-choice", "required")],
        400,
    ),
    Case(
        "effort-of-a-template",
        COMMON_TEMPLATES,
        ask(reasoning_effort="medium"),
        said('reasoning_effort must be either "none" or "high".'),
        [("replace", "/reasoning_effort", "refused-model-option", "high")],
        500,
    ),
    Case(
        "chat-template",
        "https://github.com/charmbracelet/crush/issues/1737",
        ask(chat_template_kwargs={"enable_thinking": False}),
        {"object": "error", "message": "chat_template is not supported for Mistral tokenizers.",
         "type": "BadRequestError", "param": "chat_template", "code": 400},
        [("remove", "/chat_template_kwargs", "refused-extra", None)],
        400,
    ),
    Case(
        "azure's-list",
        "https://github.com/langchain-ai/langchain/issues/29679",
        ask(n=1, safe_prompt=True),
        {"error": {"code": "extra_parameters", "message": "Extra parameters ['n', 'safe_prompt'] "
         "are not allowed when extra-parameters is not set or set to be 'error'."}},
        [
            ("remove", "/n", "refused-extra", None),
            ("remove", "/safe_prompt", "refused-extra", None),
        ],
        400,
    ),
    Case(
        "n-and-prediction",
        "Mistral's docs, studio/conversations/advanced/predicted-outputs, 2026-08-21",
        ask(n=2, prediction={"content": "x"}),
        said("n is not supported with prediction"),
        [("remove", "/n", "refused-model-option", None)],
        400,
    ),
    Case(
        "one-completion",
        "Mistral's docs, inference/sampling, 2026-08-21",
        ask(n=2),
        said("n must be 1 for this model"),
        [("remove", "/n", "refused-model-option", None)],
        400,
    ),
    Case(
        "several-ids",
        "https://github.com/editor-code-assistant/eca/issues/233",
        ask(USER, assistant(call("2968-LWy3uasib"), call("b")), result("2968-LWy3uasib"),
            result("b")),
        said("The model returned the following errors: Tool call id was b but must be a-z, A-Z, "
             "0-9, with a length of 9. Tool call id was b but must be a-z"),
        [
            ("replace", "/messages/1/tool_calls/1/id", "refused-id", new_id("b", ())),
            ("replace", "/messages/3/tool_call_id", "refused-id", new_id("b", ())),
            ("replace", "/messages/1/tool_calls/0/id", "refused-id", FITTING),
            ("replace", "/messages/2/tool_call_id", "refused-id", FITTING),
        ],
        400,
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_cures(case: Case) -> None:
    """The answer as posted is cured by just these changes, and the patch reproduces the payload."""
    before = copy.deepcopy(case.payload)
    report = repair_refused(case.payload, case.status, case.body)

    assert report is not None
    assert case.changes == [(c.op, c.path, c.rule, c.after) for c in report.changes]
    assert jsonpatch.apply(case.payload, report.as_json_patch()) == jsonpatch.plain(report.payload)
    assert before == case.payload
    assert all(change.reason == REASONS[change.rule] for change in report.changes)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_noop(case: Case) -> None:
    """The same answer to a request without the fault, or to the cured one, changes nothing."""
    report = repair_refused(case.payload, case.status, case.body)
    assert report is not None

    assert repair_refused(ask(), case.status, case.body) is None
    again = repair_refused(report.payload, case.status, case.body)
    assert again is None, again


def test_every_rule_has_a_case() -> None:
    """Each reason in the table is that of some change."""
    assert set(REASONS) == {rule for case in CASES for _, _, rule, _ in case.changes}


def test_ids_and_names_lead_back() -> None:
    """The report of a renaming says what the caller called it."""
    by_id = {case.id: case for case in CASES}
    ids, names = (
        repair_refused(by_id[each].payload, 400, by_id[each].body) for each in ("id", "name")
    )
    assert ids is not None
    assert names is not None
    assert ids.ids == {FITTING: "2968-LWy3uasib"}
    assert names.names == {"ns_add": "ns.add"}


def rename(*names: str) -> str:
    """The name that the last of `names` becomes."""
    payload = ask(tools=[{"type": "function", "function": {"name": name}} for name in names])
    body = said(f"Function name was {names[-1]} but must be a-z")
    report = repair_refused(payload, 400, body)
    assert report is not None
    name = report.payload["tools"][-1]["function"]["name"]
    assert isinstance(name, str)
    return name


def test_names_stay_apart() -> None:
    """A name does not become one that another function has, and a long one keeps its beginning."""
    assert rename("a b") == "a_b"
    assert rename("a_b", "a b").startswith("a_b_")
    long = "add_newam_task_with_due_date___8c498bee-e833-49a9-8a88-0ab59fa26cb8"
    assert rename(long).startswith(long[:55] + "_")
    assert len(rename(long)) == 64
    assert rename("") == "_"


NOTHING_LOST = frozenset((
    "shape-4-conversations", "null-tool-calls-of-a-user", "null-parameter", "null-content",
    "null-in-a-tool", "developer", "neither", "both", "last-is-assistant",
    "last-is-assistant-and-no-prefix", "last-is-empty", "user-after-tool",
    "system-after-assistant", "result-of-no-call", "id", "name", "audio-url",
    "role-by-another-name", "strict-schema", "several-thinking-chunks", "neighbours",
    "a-greeting-first", "a-greeting-by-common's-words", "two-assistants", "system-in-the-middle",
    "template-ids", "missing-ids", "missing-and-odd-ids", "template-empty", "call-type",
    "null-content-of-calls", "an-object-and-a-key-in-it", "python-repr-in-an-sdk-log",
    "a-key-that-is-gone-needs-no-cure",
    "content-as-a-string", "any", "several-ids",
))  # fmt: skip
SOME_LOST = {
    "shape-3-bare-and-several": [False, True],
    "web-search": [True, False],
    "azure's-list": [False, True],
    "entries-without-types": [True, True, False],
    "inside-a-tool-call": [True, False],
    "thinking-chunks": [False, False, True],
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_lossy(case: Case) -> None:
    """What the user wrote and is gone is marked; what says nothing, and what moves, is not."""
    report = repair_refused(case.payload, case.status, case.body)
    assert report is not None
    lossy = [change.lossy for change in report.changes]
    assert lossy == SOME_LOST.get(case.id, [case.id not in NOTHING_LOST] * len(lossy))


@pytest.mark.parametrize("message", [
    {"role": "assistant", "content": "", "tool_calls": [], "prefix": False},
    {"role": "assistant", "content": None, "name": "Ann"},
])  # fmt: skip
def test_an_empty_message_may_say_more(message: dict[str, Any]) -> None:
    """Whether to continue it says nothing of its own; a name does."""
    report = repair_refused(
        ask(USER, message, USER), 400, said("either content or tool_calls, but not none")
    )
    assert report is not None
    assert [change.lossy for change in report.changes] == ["name" in message]


NEEDED_KEYS = {
    "model": ({"model": None}, ("model",)),
    "messages": ({"messages": None}, ("messages",)),
    "input": ({"input": None}, ("input",)),
    "prompt": ({"prompt": None}, ("prompt",)),
    **{
        key: ({"messages": [{"role": "user", "content": [{"type": kind, key: None}]}]},
              ("messages", 0, "user", "content", UNION, 0, kind, key))
        for kind, key in (
            ("text", "text"), ("image_url", "image_url"), ("document_url", "document_url"),
            ("input_audio", "input_audio"), ("file", "file_id"), ("thinking", "thinking"),
        )
    },
    "url": ({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": None}}]}]},
        ("messages", 0, "user", "content", UNION, 0, "image_url", "image_url", "url")),
    "type": ({"tools": [{"type": None, "function": {}}]}, ("tools", 0, "type")),
    "role": ({"messages": [{"role": None}]}, ("messages", 0, "role")),
    "tool_calls": ({"messages": [{"role": "assistant", "tool_calls": None}]},
                   ("messages", 0, "assistant", "tool_calls")),
    "function": ({"tools": [{"function": None}]}, ("tools", 0, "function")),
    **{
        key: ({"tools": [{"function": {key: None}}]}, ("tools", 0, "function", key))
        for key in ("name", "parameters")
    },
    "arguments": ({"messages": [{"role": "assistant", "tool_calls": [
        {"function": {"arguments": None}}]}]},
        ("messages", 0, "assistant", "tool_calls", 0, "function", "arguments")),
    "json_schema": ({"response_format": {"json_schema": None}}, ("response_format", "json_schema")),
    "schema": ({"response_format": {"json_schema": {"schema": None}}},
               ("response_format", "json_schema", "schema")),
    "content": ({"prediction": {"type": "content", "content": None}}, ("prediction", "content")),
    "an item": ({"stop": [None]}, ("stop", 0)),
}  # fmt: skip


@pytest.mark.parametrize("key", NEEDED_KEYS)
@pytest.mark.parametrize("kind", ["string_type", "enum", "greater_than", "missing"])
def test_no_cure_strips_what_an_object_needs(key: str, kind: str) -> None:
    """A key without which the object is refused, or means something else, is the caller's."""
    payload, loc = NEEDED_KEYS[key]
    body = {"detail": [entry(kind, *loc, ctx={"gt": 0})]}
    assert repair_refused(payload, 422, body) is None
    if kind == "greater_than":
        numbers = json.loads(json.dumps(payload).replace("null", "0"))
        assert repair_refused(numbers, 422, body) is None


@pytest.mark.parametrize("message", [
    {"role": "user", "content": "Hi"},
    {"role": "assistant", "content": "", "tool_calls": [call()]},
])  # fmt: skip
@pytest.mark.parametrize("key", ["role", "content", "tool_calls"])
def test_what_makes_a_message_is_never_extra(message: dict[str, Any], key: str) -> None:
    """A response that seems to say so was misread; what is empty, or another's, may go."""
    role = message["role"]
    report = repair_refused(ask(message), 422, {"detail": [extra("messages", 0, role, key)]})
    assert (report is None) == (key not in message or bool(message[key]))
    stray = {"detail": [extra("metadata", key)]}
    elsewhere = repair_refused({"metadata": {key: "x"}}, 422, stray)
    assert (elsewhere is None) == (key == "role")


@pytest.mark.parametrize(
    ("payload", "loc"),
    [
        ({"top_p": 0.5}, ("top_p",)),  # a value that is no null
        ({}, ()),  # the body itself
        ({"top_p": None}, ("top_p", "x")),  # a place within it
    ],
)
def test_only_a_null_is_a_null(payload: dict[str, Any], loc: tuple[Any, ...]) -> None:
    """An entry of a type that nobody knows says nothing of any other value."""
    assert repair_refused(payload, 422, {"detail": [entry("float_type", *loc)]}) is None


PLAIN = {"role": "user", "content": ""}
EMPTY = {"role": "assistant", "content": ""}
THINKING = {"role": "assistant", "content": [thought("a"), TEXT]}
NEAR: list[tuple[str, dict[str, Any], list[str]]] = [
    ("Reasoning input is not enabled",
     ask(PLAIN, EMPTY, {**PLAIN, "content": [thought("a")]}, {**EMPTY, "content": "x"}, THINKING,
         {**EMPTY, "content": []}), ["/messages/4/content/0"]),
    ("Reasoning input is not enabled",
     ask({**EMPTY, "content": [thought("a")]}, assistant(call(), content=[thought("b")])),
     ["/messages/1/content/0", "/messages/0"]),
    ("either content or tool_calls, but not none", ask(PLAIN, {**PLAIN, "role": "tool"}, EMPTY),
     ["/messages/2"]),
    ("either content or tool_calls, but not both",
     ask({**EMPTY, "tool_calls": []}, {**PLAIN, "tool_calls": []}, {**EMPTY}, assistant(call())),
     ["/messages/0/tool_calls", "/messages/3/content"]),
    ("at most one leading ThinkChunk",
     ask({**EMPTY, "content": [TEXT, thought("a"), thought("b")]}, {**EMPTY, "content": "x"},
         {**EMPTY, "content": [thought("a"), thought("b")]}),
     ["/messages/2/content"]),
    ("This model does not support `top_k`", ask(top_k=1, top_p=1), ["/top_k"]),
    ("Logprobs are not enabled", ask(top_prompt_logprobs=2, prompt_logprobs=3, n=1),
     ["/prompt_logprobs", "/top_prompt_logprobs"]),
    ("x" * 10_000 + "Logprobs are not enabled", ask(logprobs=1), []),
    ("top_k=4 is not enabled", ask(top_k=4, top_p=1), ["/top_k"]),
    ("Missing tool call type", ask(assistant(call(), {"id": ID}), result(), assistant({})),
     ["/messages/0/tool_calls/1/type", "/messages/2/tool_calls/0/type"]),
    ("object of type 'NoneType' has no len", ask({"role": "assistant"}, PLAIN,
     {**EMPTY, "content": None}), ["/messages/2/content"]),
    ("must be either content or tool", ask(EMPTY), []),
    ("Expected last role", ask(EMPTY, USER, {"role": "assistant", "content": "x"}),
     ["/messages/2/prefix"]),
    ("Unexpected role 'user' after role 'tool'", ask(result(), "x", USER, result(), USER, USER),
     ["/messages/4"]),
    ("Unexpected role 'system' after role 'tool'",
     ask({"role": "system", "content": "x"}, result(), {"role": "system", "content": "x"}, USER,
         {"role": "system", "content": "x"}), ["/messages/2/role"]),
    ("Unexpected role 'assistant' after role 'system'",
     ask({"role": "system", "content": "x"}, THINKING, USER), ["/messages/1"]),
    ("Unexpected role \\'user\\' after role \\'tool\\'", ask(result(), USER), ["/messages/1"]),
    ("`chat_template` is not supported", ask(chat_template="x", seed=1), ["/chat_template"]),
    ("store: Extra inputs are not permitted", ask(store=1, user="x"), ["/store"]),
    ("Unexpected role 'tool' after role 'system'", ask({"role": "system"}, result()),
     ["/messages/1"]),
    ("Not the same number of function calls and responses", ask(
        USER, assistant(call("a"), call("b"), call("c")), result("x"), result("b"), USER, "x",
        result("a"), assistant(call("a")), result("a"), {"role": "tool"}), [
        "/messages/6", "/messages/2", "/messages/4", "/messages/3", "/messages/4", "/messages/5"]),
    ("Not the same number of function calls and responses",
     ask(USER, assistant(call("a")), assistant(call("a")), result("a"), USER), ["/messages/2"]),
    ("Not the same number of function calls and responses",
     ask(USER, assistant(call("a"), call(7)), result("a"), {"role": "assistant"}), []),
    ("Not the same number of function calls and responses", {"messages": "x"}, []),
    ("Tool call IDs should be", ask(assistant(call("x"), call(7)), result("y"), result("x")),
     ["/messages/0/tool_calls/0/id", "/messages/2/tool_call_id", "/messages/1/tool_call_id"]),
    ("Function name was a.b but must be", ask(
        assistant(call(name="a.b"), call(name="ok")), result(name="c d"), {**USER, "name": "a.b"},
        tools=[{"function": {"name": "c d"}}]),
     ["/messages/0/tool_calls/0/function/name", "/tools/0/function/name", "/messages/1/name"]),
    ('can only concatenate str (not "list")', ask(
        {**PLAIN, "content": [TEXT]}, {**PLAIN, "content": [TEXT, IMAGE]}, {**PLAIN, "content": 7}),
     ["/messages/0/content"]),
]  # fmt: skip


NEAR += [
    (ALTERNATE, ask({"role": "system", "content": "x"}, {**EMPTY, "content": "Hi"}, USER),
     ["/messages/1"]),
    (ALTERNATE, ask(USER, {**EMPTY, "content": "x", "tool_calls": None}, USER), []),
    (ALTERNATE, ask(USER, assistant(call()), {**EMPTY, "content": "x"}, USER), []),
    (ALTERNATE, ask({**USER, "content": 1}, USER, USER), ["/messages/2", "/messages/1/content"]),
    (ALTERNATE, ask({**PLAIN, "content": None}, PLAIN, {**EMPTY, "content": "x"}),
     ["/messages/1"]),
    (ALTERNATE, ask(USER, {**USER, "content": [TEXT]}), ["/messages/1", "/messages/0/content"]),
    (ALTERNATE, ask(USER, {"role": "narrator"}, "x", USER), []),
    ("Conversation must start with a user or system message", ask({"role": "system"}), []),
    ("Conversation must start with a user or system message", ask(USER, EMPTY), []),
]  # fmt: skip


def test_calls_and_results_pair() -> None:
    """Results move behind their calls, those of no call are the user's, and the patch is that."""
    payload = ask(
        USER, assistant(call("a"), call("b"), call("c")), result("x", name="n"), result("b"),
        USER, result("a"), assistant(call("a")), result("a"),
    )  # fmt: skip
    report = repair_refused(payload, 400, said("Unexpected role 'tool' after role 'user'"))
    assert report is not None
    assert report.payload["messages"] == [
        USER, assistant(call("a"), call("b"), call("c")), result("a"), result("b"),
        {"role": "tool", "tool_call_id": "c", "content": NO_RESULT},
        {"role": "user", "content": "README.md"}, USER, assistant(call("a")), result("a"),
    ]  # fmt: skip
    assert jsonpatch.apply(payload, report.as_json_patch()) == report.payload
    assert [c.path for c in report.changes if c.lossy] == ["/messages/5"]
    many = [assistant(call(str(i))) for i in range(300)] + [result(str(i)) for i in range(300)]
    report = repair_refused(ask(*many), 400, said("Not the same number of function calls"
                                                  " and responses"))  # fmt: skip
    assert report is not None
    assert jsonpatch.apply(ask(*many), report.as_json_patch()) == report.payload
    assert report.payload["messages"] == [
        each for i in range(300) for each in (assistant(call(str(i))), result(str(i)))
    ]


def test_three_of_one_role_become_one() -> None:
    """Each text once and in order; of other keys the first's stay, and what differs is lost."""
    named = [
        {**USER, "content": text, "name": name} for text, name in zip("abc", "xxy", strict=True)
    ]
    last = {"role": "user", "content": "d", "prefix": True}
    report = repair_refused(ask(*named, last), 400, said(ALTERNATE))
    assert report is not None
    assert report.payload["messages"] == [
        {"role": "user", "content": "a\n\nb\n\nc\n\nd", "name": "x", "prefix": True}
    ]
    assert [c.lossy for c in report.changes if c.op == "remove"] == [False, True, False]
    turns = [USER, {**EMPTY, "content": "a"}, assistant(call()), result()]
    report = repair_refused(ask(*turns), 400, said(ALTERNATE))
    assert report is not None
    assert report.payload["messages"][1] == {
        "role": "assistant", "content": "a", "tool_calls": [call()],
    }  # fmt: skip


SEARCH = {"type": "web_search"}
PARTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "audio_url", "audio_url": "https://e.org/a"},
     {"type": "input_audio", "input_audio": "https://e.org/a"}),
    ({"type": "input_text", "text": "a", "id": 7}, {"type": "text", "text": "a"}),
    ({"type": "input_file", "file_data": "data:application/pdf;base64,QQ==", "filename": "a.pdf"},
     {"type": "document_url", "document_url": "data:application/pdf;base64,QQ==",
      "document_name": "a.pdf"}),
    ({"type": "reasoning", "text": "a"}, thought("a")),
    ({"type": "input_image", "image_url": "https://e.org/a.png"},
     {"type": "image_url", "image_url": {"url": "https://e.org/a.png"}}),
]  # fmt: skip


@pytest.mark.parametrize(("part", "chunk"), PARTS)
def test_a_part_of_an_unknown_type_becomes_a_chunk(
    part: dict[str, Any], chunk: dict[str, Any]
) -> None:
    """Whether or not the response says which types there are; what no chunk has is lost."""
    payload = ask({"role": "user", "content": [part]})
    loc = ("union_tag_invalid", "messages", 0, "user", "content", UNION, 0)
    tags = f"... the expected tags: 'x', <ChunkTypes.{chunk['type']}: '{chunk['type']}'>"
    for more in ({}, {"msg": tags}):
        report = repair_refused(payload, 422, {"detail": [entry(*loc, **more)]})
        assert report is not None
        assert report.payload["messages"][0]["content"] == [chunk]
        assert [change.lossy for change in report.changes] == ["id" in part]


ENTRIES_NEAR: list[tuple[dict[str, Any], list[Any], list[str]]] = [
    (ask(tools=[SEARCH], parallel_tool_calls=True), [entry("literal_error", "tools", 0, "type")],
     ["/tools", "/parallel_tool_calls"]),
    (ask(tools=[FUNCTION, SEARCH]), [entry("union_tag_not_found", "tools", 1)], ["/tools/1"]),
    (ask(tools=[{**FUNCTION, "type": "x"}, FUNCTION]), [entry("enum", "tools", 0, "type")], []),
    (ask(tools=[{**SEARCH, "x": 1}]), [extra("tools", 0, "x")], ["/tools/0/x"]),
    (ask(tools=[{**SEARCH, "x": {"type": "y"}}]), [entry("enum", "tools", 0, "x", "y")],
     ["/tools/0/x"]),
    (ask({"type": "x"}), [entry("union_tag_invalid", "messages", 0)], []),
    ({"tools": {"type": "web_search"}}, [entry("union_tag_invalid", "tools")], []),
    ({"prompt": "x"}, [extra("prompt")], []),
    ({"input": "x"}, [extra("input")], []),
    (ask({**USER, "tool_calls": [call()]}), [extra("messages", 0, "user", "tool_calls")],
     ["/messages/0/tool_calls"]),
    ({"top_p": None}, [entry("missing", "top_p")], []),
    ({"top_p": -2}, [entry("greater_than_equal", "top_p", ctx={"ge": float("-inf")})], []),
    ({"metadata": {"role": "developer"}}, [entry("union_tag_invalid", "metadata")], []),
    ({"stop": [None]}, [entry("string_type", "stop", 0)], []),
    ({"stop": ["x"]}, [extra("stop", 0)], []),
    ({"a": {"b": 1}}, [{"type": "extra_forbidden", "loc": ("body", "a", "b")}], ["/a/b"]),
    ({"a": {"b": 1}}, [extra(*["x"] * 22, "a", "b")], []),  # as long as a loc may be
    # A key that the role is called after is a key of the message, not the role's step.
    (ask({"role": "user", "user": {"x": 1}, "x": 2}), [extra("messages", 0, "user", "x")],
     ["/messages/0/x"]),
    # Outside of a union that is tagged, a key comes before a tag.
    (ask({"role": "user", "content": [{"type": "text", "text": {"x": 1}, "x": 2}]}),
     [extra("messages", 0, "user", "content", "list[TextChunk]", 0, "text", "x")],
     ["/messages/0/content/0/text/x"]),
    (ask({"role": "user", "content": [{"type": "text", "text": {"x": 1}, "x": 2}]}),
     [extra("messages", 0, "user", "content", UNION, 0, "text", "x")],
     ["/messages/0/content/0/x"]),
    (ask(logprobs=1, top_prompt_logprobs=2, prompt_logprobs=3), [extra("prompt_logprobs")],
     ["/prompt_logprobs"]),
    ({"tool_choice": {"a": 1, "function": {"x": {"z": 1}, "y": 1}}},
     [extra("tool_choice", "M2", "function", "y"), extra("tool_choice", "M1", "a"),
      extra("tool_choice", "M1", "function", "x", "z")],
     ["/tool_choice/a", "/tool_choice/function/x/z"]),
]  # fmt: skip


@pytest.mark.parametrize("made", [lambda payload: payload, as_tuples], ids=["lists", "tuples"])
@pytest.mark.parametrize("row", ENTRIES_NEAR)
def test_only_what_the_entries_name_is_changed(
    row: tuple[dict[str, Any], list[Any], list[str]], made: Any
) -> None:
    """Beside each kind of cure there is a payload that is near, and has none."""
    payload, entries, paths = row
    report = repair_refused(made(payload), 422, {"detail": entries})
    assert paths == ([] if report is None else [change.path for change in report.changes])


@pytest.mark.parametrize("row", NEAR, ids=lambda row: row[0])
@pytest.mark.parametrize("made", [lambda payload: payload, as_tuples], ids=["lists", "tuples"])
def test_only_what_the_words_name_is_changed(
    row: tuple[str, dict[str, Any], list[str]], made: Any
) -> None:
    """Beside each place that is at fault there is one that is near, and stays as it is."""
    words, payload, paths = row
    report = repair_refused(made(payload), 400, said(words))
    assert paths == ([] if report is None else [change.path for change in report.changes])


def test_only_the_last_message_is_made_a_prefix() -> None:
    """Where the last item is no message, or another role's, an earlier one is left alone."""
    for last in (7, USER, result()):
        payload = ask(USER, {"role": "assistant", "content": "Hi"}, last)
        assert repair_refused(payload, 400, said("Expected last role User")) is None


def test_what_follows_a_place_that_is_gone_is_done() -> None:
    """An edit within what an earlier one removed is passed over, and those behind it are not."""
    payload = ask(stream_options={"include_usage": True}, store=True)
    body = {"detail": [extra("stream_options"), extra("stream_options", "include_usage"),
                       extra("store")]}  # fmt: skip
    report = repair_refused(payload, 422, body)
    assert report is not None
    assert [change.path for change in report.changes] == ["/stream_options", "/store"]


def test_of_members_that_can_be_cured_the_deepest_is() -> None:
    """Whichever comes first in the response: the others stumble over the value's outside."""
    choice = {"type": "function", "function": {"name": "f", "x": 1}, "y": 2}
    deep = extra("tool_choice", "ToolChoice", "function", "x")
    flat = entry("enum", "tool_choice", "ToolChoiceEnum")
    also = extra("tool_choice", "ToolChoice", "y")
    for detail in ([deep, flat], [flat, deep], [flat, also, deep], [deep, also, flat]):
        report = repair_refused(ask(tool_choice=choice), 422, {"detail": detail})
        assert report is not None
        assert "/tool_choice/function/x" in [change.path for change in report.changes]


def test_a_result_of_some_call_is_not_stray() -> None:
    """The id that the words name belongs to a call of the turn: another is at fault."""
    payload = ask(USER, assistant(call("aaaaaaaaa"), call("bbbbbbbbb")), result("aaaaaaaaa"))
    words = said("Unexpected tool call id aaaaaaaaa in tool results")
    assert repair_refused(payload, 400, words) is None
    again = ask(USER, assistant(call("aaaaaaaaa"), call("bbbbbbbbb")), result("ccccccccc"))
    assert repair_refused(again, 400, words) is None


# -- what only the user can cure ---------------------------------------------------------------

FILE = {"type": "file", "file": {"file_id": "7f1f5f5e"}}
INCURABLE = [
    ("retired model", ask(), 400, said("Invalid model: open-codestral-mamba") | {"code": "1500"}),
    ("undecodable audio", ask(), 400, said("Failed to load audio file. Verify that the given")),
    ("too many inputs", ask(), 400, said("Too many inputs in request, split into more batches.")),
    ("images", ask(), 400, said("Image input is not enabled for this model")),
    ("FIM", ask(), 400, said("FIM is not enabled for this model")),
    ("the model itself", ask(), 400, said("model is not supported")),
    ("tools", ask(tools=[{}]), 400, said("tools is not supported for this model")),
    ("pairing", ask(), 400, said("Not the same number of function calls and responses")),
    ("roles", ask(), 400, said("Unexpected role 'tool' after role 'user'")),
    ("no such id", ask(USER, result(7)), 400, said("Tool call id was x but must be")),
    ("no such name", ask(), 400, said("Function name was x but must be")),
    ("no choice", ask(), 400, said("only compatible with `tool_choice: auto`")),
    ("both and neither empty", ask(assistant(call(), content="x")), 400,
     said("either content or tool_calls, but not both")),
    ("last has calls", ask(assistant(call())), 400, said("Expected last role User")),
    ("last is a prefix", ask({"role": "assistant", "content": "x", "prefix": True}), 400,
     said("Expected last role User")),
    ("last is user", ask(), 400, said("Expected last role User")),
    ("last is no object", ask(USER, 7), 400, said("Expected last role User")),
    ("no messages", {"messages": 3}, 400, said("Expected last role User")),
    ("two calls for one result", ask(USER, assistant(call("aaaaaaaaa"), call("bbbbbbbbb")),
     result("x")), 400, said("Unexpected tool call id x in tool results")),
    ("effort without effort", ask(), 400, said("reasoning_effort='x' is not supported")),
    ("effort that is taken", ask(reasoning_effort="high"), 400,
     said("reasoning_effort='x' is not supported for this model. Must be one of ['high']")),
    ("messages is missing", {"model": "m", "prompt": "x"}, 422,
     {"detail": [entry("missing", "messages")]}),
    ("a part of the content is missing", ask({"role": "user", "content": [FILE]}), 422,
     {"detail": [extra("messages", 0, "user", "content", UNION, 0, "file", "file"),
                 entry("missing", "messages", 0, "user", "content", UNION, 0, "file", "file_id")]}),
    ("the content of a part", ask({"role": "user", "content": [FILE]}), 422,
     {"detail": [extra("messages", 0, "user", "content", UNION, 0, "file", "file")]}),
    ("a text part itself", ask({"role": "user", "content": [{"type": "text", "text": "x"}]}), 422,
     {"detail": [extra("messages", 0, "user", "content", UNION, 0, "text")]}),
    ("the text of a part", ask({"role": "user", "content": [{"type": "text", "text": "x"}]}), 422,
     {"detail": [extra("messages", 0, "user", "content", "list", 0, "text")]}),
    ("unknown part", ask({"role": "user", "content": [{"type": "audio_url"}]}), 422,
     {"detail": [entry("union_tag_invalid", "messages", 0, "user", "content", UNION, 0)]}),
    ("unknown role", ask({"role": "narrator", "content": "x"}), 422,
     {"detail": [entry("union_tag_invalid", "messages", 0)]}),
    ("model", ask(), 422, {"detail": [extra("model")]}),
    ("messages", ask(), 422, {"detail": [extra("messages")]}),
    ("a message", ask(), 422, {"detail": [extra("messages", 0)]}),
    ("content", ask(), 422, {"detail": [extra("messages", 0, "user", "content")]}),
    ("calls", ask(USER, assistant(call())), 422,
     {"detail": [extra("messages", 1, "assistant", "tool_calls")]}),
    ("null model", {"model": None}, 422, {"detail": [entry("string_type", "model")]}),
    ("null item", ask(stop=[None]), 422,
     {"detail": [entry("string_type", "stop", "list[str]", 0)]}),
    ("wrong type", ask(top_p="high"), 422, {"detail": [entry("float_type", "top_p")]}),
    ("bound without a number", ask(top_p=2), 422, {"detail": [entry("less_than_equal", "top_p")]}),
    ("no number", ask(top_p="2"), 422,
     {"detail": [entry("less_than_equal", "top_p", ctx={"le": 1}), extra("store")]}),
    ("no number at all", ask(top_p=True), 422, {"detail": [entry("greater_than", "top_p")]}),
    ("within the bound", ask(top_p=1), 422,
     {"detail": [entry("less_than_equal", "top_p", ctx={"le": 1})]}),
    ("one cured of two", ask(store=1), 422, {"detail": [extra("store"), entry("missing", "x")]}),
    ("one of two is odd", ask(store=1), 422, {"detail": [extra("store"), "x"]}),
    ("loc is no list", ask(store=1), 422, {"detail": [{"type": "extra_forbidden", "loc": 7}]}),
    ("loc is too long", ask(store=1), 422, {"detail": [extra(*["x"] * 99)]}),
    ("loc is odd", ask(store=1), 422, {"detail": [extra({}, 10**5000, "store")]}),
    ("kind is odd", ask(store=1), 422, {"detail": [entry({}, "store")]}),
    ("no loc", ask(store=1), 422, {"detail": [entry("enum")]}),
    ("a key of another object", ask(user="x"), 422, {"detail": [extra("metadata", "user")]}),
    ("an empty list", ask(store=1), 422, {"detail": []}),
    ("the key is wrong", ask(store=1), 401, {"detail": "Unauthorized"}),
    ("too many requests", ask(store=1), 429, {"message": "Requests rate limit exceeded"}),
    ("a fault of theirs", ask(store=1), 500, {"detail": [extra("store")]}),
    ("no JSON", ask(store=1), 422, b"\xff\x00<html>"),
    ("plain words", ask(logprobs=1), 400, "Logprobs are not enabled for this model"),
    ("truncated", ask(store=1), 422, '{"detail":[{"type":"extra_forbidden","loc":["body","store"'),
    ("an open string", ask(store=1), 422, "{'detail}"),
    ("nothing", ask(store=1), 422, b""),
    ("null", ask(store=1), 422, b"null"),
    ("a huge integer", ask(store=1), 422, b'{"detail":' + b"9" * 5000 + b"}"),
    ("a deep one", ask(store=1), 422, '{"detail":' * 100_000 + "0" + "}" * 100_000),
    ("too many envelopes", ask(store=1), 422, in_envelopes(70, {"detail": [extra("store")]})),
    ("what the request said", ask(store=1), 422,
     {"input": {"detail": [extra("store")]}, "error": {"request_body": {"detail": [extra("store")]},
      "messages": [said("Logprobs are not enabled")]}}),
    ("a message of the request", ask(logprobs=1), 400,
     {"error": [{"role": "user", "content": "Logprobs are not enabled"}]}),
    ("a tool that is a function", ask(tools=[{"type": "function"}]), 422,
     {"detail": [entry("missing", "tools", 0, "function")]}),
    ("a message that is a text", ask("Hi"), 422,
     {"detail": [entry("union_tag_invalid", "messages", 0)]}),
    ("a part with no chunk", ask({"role": "user", "content": [{"type": "video_url"}]}), 422,
     {"detail": [entry("union_tag_invalid", "messages", 0, "user", "content", UNION, 0)]}),
    ("a chunk that is not expected", ask({"role": "user", "content": [
        {"type": "audio_url", "audio_url": "https://e.org/a.mp3"}]}), 422,
     {"detail": [entry("union_tag_invalid", "messages", 0, "user", "content", UNION, 0,
                       msg="... any of the expected tags: <ChunkTypes.text: 'text'>")]}),
    ("a schema that maps", ask(response_format=schema_format({"type": "object",
     "additionalProperties": {"type": "string"}})), 400, said(OPEN_SCHEMA)),
    ("no schema", ask(response_format={"type": "json_schema"}), 400, said(OPEN_SCHEMA)),
    ("one thinking chunk", ask(USER, {"role": "assistant", "content": [thought("a"), TEXT]}), 400,
     said(THOUGHTS)),
    ("a needed parameter of several", ask(n=2), 400,
     said("Extra parameters ['n', 'messages'] are not allowed when extra-parameters is not set")),
    ("no option", ask(), 400, said("Extra parameters ['n'] are not allowed")),
    ("turns that alternate", ask(USER, {"role": "assistant", "content": "a"}, USER), 400,
     said(ALTERNATE)),
    ("contents that cannot be joined", ask({"role": "user", "content": 1}, USER), 400,
     said(ALTERNATE)),
    ("messages that are not a list", {"messages": "Hi"}, 400, said(ALTERNATE)),
    ("first is a result", ask(result(), USER), 400,
     said("Conversation must start with a user or system message, got tool.")),
    ("a tool choice by name", ask(tool_choice="auto"), 400, said("Invalid tool_choice: any")),
    ("Mistral's words with 500", ask(logprobs=True), 500,
     said("Logprobs are not enabled for this model")),
    ("Mistral's entries with 404", ask(store=True), 404, {"detail": [extra("store")]}),
    ("a user after the user", ask(), 400, said("Unexpected role 'user' after role 'user'")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "status", "body"), [row[1:] for row in INCURABLE], ids=[row[0] for row in INCURABLE]
)
def test_incurable(payload: dict[str, Any], status: int, body: Any) -> None:
    """What only the caller can cure, and what is not understood, is ``None``."""
    assert repair_refused(payload, status, body) is None


def test_a_payload_is_a_dict() -> None:
    """Anything else is a mistake of the caller's, named without its content."""
    payload: Any = "secret"
    with pytest.raises(TypeError, match=r"\Aa payload is a dict, not str\Z"):
        repair_refused(payload, 422, b"")


def test_an_integer_without_a_text_as_a_key() -> None:
    """A key that `json` refuses to write does not keep the others from being found."""
    payload: Any = {10**5000: 1, 7: 2}
    report = repair_refused(payload, 422, {"detail": [extra("7")]})
    assert report is not None
    assert [change.path for change in report.changes] == ["/7"]


def test_tuples_and_subclasses() -> None:
    """Whatever `json` takes as an array or an object is one."""

    class Message(dict[str, Any]):
        pass

    payload = {"messages": (Message(USER, name="x"),)}
    report = repair_refused(payload, 422, {"detail": (extra("messages", 0, "user", "name"),)})
    assert report is not None
    assert report.payload == {"messages": [USER]}


def test_copies_once() -> None:
    """Many edits of one list copy it once: n faults of n messages are no n * n entries."""

    class Messages(list[Any]):
        looks = 0

        def __iter__(self) -> Any:
            Messages.looks += 1
            return super().__iter__()

    messages = Messages({"role": "user", "content": "x", "name": "a"} for _ in range(50))
    loc = [["body", "messages", at, "user", "name"] for at in range(50)]
    detail = [{"type": "extra_forbidden", "loc": each} for each in loc]
    report = repair_refused({"model": "m", "messages": messages}, 422, {"detail": detail})
    assert report is not None
    assert report.payload["messages"] == [{"role": "user", "content": "x"}] * 50
    assert len(report.changes) == 50
    assert Messages.looks <= 1
    assert messages[0] == {"role": "user", "content": "x", "name": "a"}


def test_shares_what_it_does_not_change() -> None:
    """Only the containers on the way to the change are new."""
    other, changed = {"role": "user", "content": [{}]}, {**USER, "name": "x"}
    report = repair_refused(
        ask(other, changed), 422, {"detail": [extra("messages", 1, "user", "name")]}
    )
    assert report is not None
    assert report.payload["messages"][0] is other
    assert report.payload["messages"][1] is not changed


def test_values_are_not_in_texts() -> None:
    """Neither `repr` nor `str` of the report quotes what the payload or the answer say."""
    payload = ask(USER, assistant(call("secret-id")), result("secret-id"))
    report = repair_refused(payload, 400, said("Tool call id was secret-id but must be a-z"))
    assert report is not None
    assert "secret" not in f"{report}{report!r}{report.changes}"


# -- laws --------------------------------------------------------------------------------------

KEYS = st.sampled_from(
    [
        "body",
        "role",
        "type",
        "text",
        "content",
        "tool",
        "messages",
        "user",
        "0",
        "1",
        "assistant",
        "str",
        "x",
        "tool_calls",
        "id",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | KEYS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
STEPS = KEYS | st.integers(-1, 3) | st.just(UNION) | st.just("list[Tool]")
KINDS = st.sampled_from([*CURES, "float_type", "missing", "string_type"])
ENTRIES = st.fixed_dictionaries(
    {"type": KINDS, "loc": st.lists(STEPS, max_size=6)},
    optional={"ctx": st.dictionaries(st.sampled_from(["le", "ge"]), SCALARS), "msg": st.text()},
)
MESSAGES = st.sampled_from(
    [case.body["message"] for case in CASES if case.status == 400 and isinstance(case.body, dict)
     and "message" in case.body]
)  # fmt: skip
BODIES = (
    st.fixed_dictionaries({"detail": st.lists(ENTRIES, min_size=1, max_size=3)})
    | st.fixed_dictionaries({"message": MESSAGES | st.text()})
    | st.dictionaries(st.sampled_from(["detail", "message", "error"]), JSON)
    | st.binary()
    | st.text()
)
TURNS = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "tool", "system", "developer"])},
    optional={
        "content": JSON,
        "tool_calls": st.lists(st.fixed_dictionaries({"id": KEYS}), max_size=2),
        "tool_call_id": KEYS,
        "x": JSON,
    },
)
PAYLOADS = st.dictionaries(KEYS, JSON, max_size=5) | st.fixed_dictionaries(
    {"messages": st.lists(TURNS | JSON, max_size=4)},
    optional={"top_p": JSON, "tools": JSON, "tool_choice": JSON, "reasoning_effort": JSON},
)


@given(PAYLOADS, st.sampled_from([400, 422, 500, 404]), BODIES)
@example({"x": 1}, 422, {"detail": [extra("x")]})
def test_laws(payload: dict[str, Any], status: int, body: Any) -> None:
    """Total, pure, and complete: the patch leads to a payload that is another one."""
    before = json.dumps(payload)
    report = repair_refused(payload, status, body)

    assert before == json.dumps(payload)
    if report is not None:
        assert report
        assert before != json.dumps(report.payload)
        patched = jsonpatch.apply(payload, report.as_json_patch())
        assert json.dumps(jsonpatch.plain(report.payload)) == json.dumps(patched)


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Every scalar and empty container of a JSON value by its pointer."""
    if isinstance(value, (dict, list)) and value:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return {at: x for key, each in inner for at, x in leaves(each, f"{path}/{key}").items()}
    return {path: value}


@given(PAYLOADS, st.lists(ENTRIES, min_size=1, max_size=3))
def test_least(payload: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    """Every place that no entry names is in the result as it was."""
    report = repair_refused(payload, 422, {"detail": entries})
    if report is None:
        return
    touched = [change.path for change in report.changes]
    named = {str(step) for each in entries for step in each["loc"]} | {"role"}
    assert all(path.rsplit("/", 1)[1] in named for path in touched)

    def untouched(document: Any) -> dict[str, str]:
        return {
            path: json.dumps(value)
            for path, value in leaves(document).items()
            if not any(path == at or path.startswith(f"{at}/") for at in touched)
        }

    emptied = {at.rsplit("/", 1)[0] for at in touched}
    kept = untouched(report.payload)
    assert all(kept.get(path) == value for path, value in untouched(payload).items())
    assert all(path in untouched(payload) or path in emptied for path in kept)


@given(st.binary() | st.text().map(lambda text: "{'" + text + "}"))
def test_garbage(body: bytes | str) -> None:
    """No body whatever raises."""
    assert repair_refused(ask(store=1), 422, body) is None
