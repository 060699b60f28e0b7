"""The dialect of OpenAI's clients, and of the agents around them, as Hypothesis strategies.

A table of what was seen: OpenAI's own fields by its Python SDK, and those of other servers and of
agents by the reports of requests that Mistral refused for them.
"""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mistral_sanitize import catalog
from mistral_sanitize.catalog import EFFORTS
from mistral_sanitize.strategies.leaves import (
    ASCII_TEXTS,
    BASE64,
    IDS,
    JSON_OBJECTS,
    JSON_SCHEMAS,
    LETTERS,
    NAMES,
    SOUNDS,
    TEXTS,
    data_urls,
)

__all__ = ["openai_payloads"]

_Json = dict[str, Any]
_Payloads = SearchStrategy[_Json]


def openai_payloads() -> _Payloads:
    """Chat requests as OpenAI's clients, and the agents around them, send them.

    With what was really seen: foreign fields at every level, nulls, the ``developer`` role, other
    clients' tool-call ids, reasoning in its dialects, legacy functions, custom tools, and parts of
    Anthropic's and of OpenAI's Responses. All of it can be made a request that Mistral accepts.
    """
    return _openai_request()


def _optional(**fields: SearchStrategy[Any]) -> _Payloads:
    return st.fixed_dictionaries({}, optional=fields)


def _null_or(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | strategy


# What routers call the models, and models that take images, audio, reasoning, or none of these.
_OPENAI_MODELS: Final = (
    "mistral-small-latest",
    "mistral/mistral-small-latest",
    "mistralai/mistral-large-latest",
    "codestral-latest",
    "voxtral-small-latest",
    "mistral-medium-latest",
)


# OpenAI's own, by its Python SDK 2.54.
_OPENAI_FIELDS = _optional(
    audio=_null_or(st.just({"voice": "alloy", "format": "mp3"})),
    frequency_penalty=_null_or(st.floats(-2, 2)),
    presence_penalty=_null_or(st.floats(-2, 2)),
    logit_bias=_null_or(st.dictionaries(st.integers(0, 99).map(str), st.integers(-100, 100))),
    logprobs=_null_or(st.booleans()),
    top_logprobs=_null_or(st.integers(0, 20)),
    max_completion_tokens=_null_or(st.integers(1, 32000)),
    max_tokens=_null_or(st.integers(1, 32000)),
    metadata=_null_or(st.dictionaries(NAMES, TEXTS, max_size=2)),
    modalities=_null_or(st.just(["text"])),
    n=_null_or(st.integers(1, 3)),
    parallel_tool_calls=_null_or(st.booleans()),
    prediction=_null_or(
        st.fixed_dictionaries(
            {
                "type": st.just("content"),
                "content": TEXTS
                | st.lists(st.builds(lambda t: {"type": "text", "text": t}, TEXTS)),
            }
        )
    ),
    prompt_cache_key=ASCII_TEXTS,
    prompt_cache_retention=_null_or(st.sampled_from(["in-memory", "24h"])),
    reasoning_effort=_null_or(st.sampled_from(EFFORTS)),
    response_format=st.sampled_from([{"type": "text"}, {"type": "json_object"}])
    | st.fixed_dictionaries(
        {"name": NAMES},
        optional={
            "schema": JSON_SCHEMAS,
            "strict": _null_or(st.booleans()),
            "description": _null_or(TEXTS),
        },
    ).map(lambda schema: {"type": "json_schema", "json_schema": schema}),
    safety_identifier=TEXTS,
    seed=_null_or(st.integers(-1, 2**31)),
    service_tier=_null_or(st.sampled_from(["auto", "default", "flex", "scale", "priority"])),
    stop=_null_or(st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=4)),
    store=_null_or(st.booleans()),
    stream=_null_or(st.booleans()),
    stream_options=_null_or(st.builds(lambda on: {"include_usage": on}, st.booleans())),
    temperature=_null_or(st.floats(0, 2)),
    top_p=_null_or(st.floats(0, 1)),
    user=st.text(max_size=8),
    verbosity=_null_or(st.sampled_from(["low", "medium", "high"])),
    web_search_options=st.just({}),
)

# Other servers' and agents' own, each of which was answered with 422 or is stripped by somebody.
_AGENT_FIELDS = _optional(
    cache_prompt=st.booleans(),
    chat_template_kwargs=st.builds(lambda on: {"enable_thinking": on}, st.booleans()),
    context_management=st.just({"edits": [{"type": "clear_tool_uses_20250919"}]}),
    enable_thinking=st.booleans(),
    guided_json=JSON_SCHEMAS,
    keep_alive=st.integers(-1, 300),
    min_p=st.floats(0, 1),
    num_ctx=st.integers(1024, 32000),
    options=st.just({"num_ctx": 4096}),
    provider=st.just({"order": ["mistral"]}),
    reasoning=st.sampled_from(EFFORTS).map(lambda effort: {"effort": effort}),
    reasoning_format=st.sampled_from(["hidden", "parsed", "raw"]),
    repetition_penalty=st.floats(0.5, 2),
    safe_mode=st.booleans(),
    thinking=st.sampled_from(["enabled", "disabled"]).map(lambda kind: {"type": kind}),
    top_k=st.integers(-1, 100),
    transforms=st.just([]),
)

_CACHED = _optional(
    cache_control=st.just({"type": "ephemeral"}), prompt_cache_breakpoint=st.booleans()
)


def _part(kind: str, **fields: SearchStrategy[Any]) -> _Payloads:
    return _merged(st.fixed_dictionaries({"type": st.just(kind), **fields}), _CACHED)


def _merged(*objects: _Payloads) -> _Payloads:
    return st.tuples(*objects).map(
        lambda several: {key: value for each in several for key, value in each.items()}
    )


_PDF = BASE64.map("data:application/pdf;base64,{}".format)
_TEXT_PARTS = _part("text", text=TEXTS) | _part("input_text", text=TEXTS)
_FILE_PARTS = st.one_of(
    _part("file", file=st.fixed_dictionaries({"file_data": _PDF, "filename": NAMES})),
    _part("file", file=st.fixed_dictionaries({"file_id": NAMES.map("file-{}".format)})),
    _part("input_file", file_data=_PDF, filename=NAMES),
    _part(
        "document",
        source=st.fixed_dictionaries(
            {"type": st.just("base64"), "media_type": st.just("application/pdf"), "data": BASE64}
        ),
    ),
)
_IMAGE_PARTS = st.one_of(
    _part(
        "image_url",
        image_url=st.fixed_dictionaries(
            {"url": data_urls("image/png")},
            optional={"detail": st.sampled_from(["auto", "low", "high", "original"])},
        ),
    ),
    _part("input_image", image_url=data_urls("image/png"), detail=st.just("auto")),
    _part(
        "image",
        source=st.fixed_dictionaries(
            {"type": st.just("base64"), "media_type": st.just("image/png"), "data": BASE64}
        ),
    ),
)
_AUDIO_PARTS = _part(
    "input_audio",
    input_audio=st.fixed_dictionaries({"data": SOUNDS, "format": st.sampled_from(["wav", "mp3"])}),
)

_OPENAI_IDS = st.one_of(
    IDS,
    st.integers(0, 3).map("call_{}".format),
    st.text(LETTERS, min_size=24, max_size=24).map("call_{}".format),
    st.text(LETTERS, min_size=22, max_size=22).map("toolu_01{}".format),
    st.uuids().map(lambda uuid: f"chatcmpl-tool-{uuid.hex}"),
    st.uuids().map(str),
    st.integers(0, 9).map("functions.f:{}".format),
)
# Names that OpenAI refuses too are sent by MCP clients: with dots, slashes, and too long.
_OPENAI_NAMES = NAMES | st.text(LETTERS + "_-./: ", min_size=1, max_size=80)


@st.composite
def _openai_request(draw: DrawFn) -> _Json:
    model = draw(st.sampled_from(_OPENAI_MODELS))
    payload: _Json = {"model": model}
    payload["messages"] = draw(_openai_conversation(model.rsplit("/")[-1]))
    payload.update(draw(_OPENAI_FIELDS))
    payload.update(draw(_AGENT_FIELDS))
    payload.update(draw(_TOOLS_OR_FUNCTIONS))
    # No client asks for both; Mistral takes one of them, and no rule can say which was meant.
    if payload.get("prediction") is not None:
        payload.pop("n", None)
    return payload


_FUNCTIONS = st.fixed_dictionaries(
    {"name": _OPENAI_NAMES},
    optional={
        "description": _null_or(TEXTS),
        "parameters": JSON_SCHEMAS,
        "strict": _null_or(st.booleans()),
    },
)
_OPENAI_TOOLS = st.one_of(
    _part("function", function=_FUNCTIONS),
    _FUNCTIONS.map(lambda function: {"type": "function", **function}),
    st.fixed_dictionaries(
        {"name": _OPENAI_NAMES, "input_schema": JSON_SCHEMAS}, optional={"description": TEXTS}
    ),
    st.fixed_dictionaries(
        {"name": _OPENAI_NAMES},
        optional={"description": TEXTS, "format": st.just({"type": "text"})},
    ).map(lambda custom: {"type": "custom", "custom": custom}),
)


def _openai_name(tool: _Json) -> str:
    inner = tool.get("function") or tool.get("custom") or tool
    name: str = inner["name"]
    return name


@st.composite
def _openai_tools(draw: DrawFn) -> _Json:
    tools = draw(st.lists(_OPENAI_TOOLS, min_size=1, max_size=3, unique_by=_openai_name))
    named = [{"type": "function", "function": {"name": _openai_name(tool)}} for tool in tools]
    allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": named[:1]}}
    choices = [allowed, None, "auto", "none", "required", *named]
    chosen = st.sampled_from(choices).map(lambda choice: {"tool_choice": choice})
    unchosen: _Payloads = st.just({})
    return {"tools": tools, **draw(unchosen | chosen)}


# What clients send that have no tools.
_NO_TOOLS: SearchStrategy[_Json] = st.sampled_from(
    [{}, {"tools": []}, {"tools": None}, {"tool_choice": None}, {"tool_choice": "auto"}]
)


def _legacy_functions() -> _Payloads:
    """``functions`` and ``function_call``, which were OpenAI's until November 2023."""
    functions = st.lists(_FUNCTIONS, min_size=1, max_size=2, unique_by=_openai_name)
    calls = _optional(function_call=st.sampled_from(["auto", "none"]))
    return _merged(st.fixed_dictionaries({"functions": functions}), calls)


_TOOLS_OR_FUNCTIONS = _NO_TOOLS | _openai_tools() | _legacy_functions()

_REASONING = _optional(
    reasoning_content=_null_or(st.text(max_size=20)),
    reasoning=_null_or(TEXTS),
    reasoning_details=TEXTS.map(lambda text: [{"type": "reasoning.text", "text": text}]),
    thinking_blocks=TEXTS.map(lambda text: [{"type": "thinking", "thinking": text}]),
)
_KEPT_CHUNKS = st.sampled_from(
    [
        {"type": "reference", "reference_ids": [0]},
        {"type": "thinking", "thinking": [], "signature": "x"},
        {"type": "of_tomorrow"},
    ]
)
# What `to_openai` and other hosts leave in a completion, for the client to send back.
_EXTRA = st.just({"google": {"thought_signature": "x"}}) | st.lists(_KEPT_CHUNKS, max_size=2).map(
    lambda kept: {
        "mistral": {"chunks": [{"index": i, "at": 0, "chunk": c} for i, c in enumerate(kept)]}
    }
)
_ECHOED = _optional(
    annotations=st.just([]),
    audio=st.none(),
    extra_content=_EXTRA,
    finish_reason=st.sampled_from(["stop", "tool_calls"]),
    function_call=st.none(),
    name=NAMES,
    provider_specific_fields=st.just({}),
    refusal=_null_or(TEXTS),
)
_ASIDES = _optional(
    cache_breakpoint=st.booleans(), id=NAMES, metadata=st.just({"origin": "x"}), name=NAMES
)


@st.composite
def _openai_conversation(draw: DrawFn, model: str) -> list[_Json]:
    """Instructions, then turns of the user, of calls with their results, and of answers."""
    user = _openai_user(model)
    found = draw(st.lists(_instructions(), max_size=2))
    for rounds in draw(st.lists(st.integers(0, 2), min_size=1, max_size=3)):
        found.append(draw(user))
        for _ in range(rounds):
            found += draw(_CALL_ROUNDS)
        if draw(st.booleans()):
            found.append(draw(_openai_answer()))
    return found


def _instructions() -> _Payloads:
    role = st.sampled_from(["system", "developer"])
    content = TEXTS | st.lists(_TEXT_PARTS, min_size=1, max_size=2)
    return _merged(st.fixed_dictionaries({"role": role, "content": content}), _ASIDES)


def _openai_user(model: str) -> _Payloads:
    # Voxtral hears, and answers a document with 500.
    parts = _TEXT_PARTS | (_AUDIO_PARTS if catalog.takes_audio(model) else _FILE_PARTS)
    if catalog.takes_images(model):
        parts |= _IMAGE_PARTS
    content = TEXTS | st.lists(parts, min_size=1, max_size=3)
    return _merged(st.fixed_dictionaries({"role": st.just("user"), "content": content}), _ASIDES)


def _openai_answer() -> _Payloads:
    refusals = TEXTS.map(lambda text: {"type": "refusal", "refusal": text})
    thoughts = TEXTS.map(lambda text: {"type": "thinking", "thinking": text, "signature": "x"})
    parts = _TEXT_PARTS | _part("output_text", text=TEXTS) | refusals | thoughts
    content = st.none() | st.text(max_size=20) | st.lists(parts, max_size=2)
    said = st.fixed_dictionaries({"role": st.just("assistant"), "content": content})
    no_calls = _optional(tool_calls=st.none() | st.just([]))
    return _merged(said, no_calls, _ECHOED, _REASONING)


@st.composite
def _openai_round(draw: DrawFn) -> list[_Json]:
    """Calls of functions, and of custom tools, with a result for each."""
    functions = st.fixed_dictionaries(
        {"name": _OPENAI_NAMES, "arguments": JSON_OBJECTS.map(json.dumps)}
    )
    customs = st.fixed_dictionaries({"name": _OPENAI_NAMES, "input": st.text(max_size=20)})
    called = st.builds(
        lambda function, more: {"type": "function", "function": function, **more},
        functions,
        _optional(index=st.integers(0, 3), call_id=_OPENAI_IDS, extra_content=st.just({})),
    ) | customs.map(lambda custom: {"type": "custom", "custom": custom})
    calls = draw(st.dictionaries(_OPENAI_IDS, called, min_size=1, max_size=3))
    turn: _Json = {"role": "assistant", "content": draw(st.none() | st.text(max_size=20))}
    turn["tool_calls"] = [{"id": id_, **call} for id_, call in calls.items()]
    content = st.text(max_size=20) | st.lists(_TEXT_PARTS, min_size=1, max_size=2)
    result = st.fixed_dictionaries({"content": content}, optional={"name": _OPENAI_NAMES})
    results = [{"role": "tool", "tool_call_id": id_, **draw(result)} for id_ in calls]
    return [{**turn, **draw(_ECHOED), **draw(_REASONING)}, *results]


@st.composite
def _anthropic_round(draw: DrawFn) -> list[_Json]:
    """The same as parts of the content, as Anthropic has it."""
    calls = draw(st.dictionaries(_OPENAI_IDS, _OPENAI_NAMES, min_size=1, max_size=2))
    uses = [
        {"type": "tool_use", "id": id_, "name": name, "input": draw(JSON_OBJECTS)}
        for id_, name in calls.items()
    ]
    results = [{"type": "tool_result", "tool_use_id": id_, "content": draw(TEXTS)} for id_ in calls]
    said = draw(st.lists(_part("text", text=TEXTS), max_size=1))
    return [
        {"role": "assistant", "content": [*said, *uses]},
        {"role": "user", "content": results},
    ]


def _function_round() -> SearchStrategy[list[_Json]]:
    """The same with the one ``function_call`` of old."""
    return st.builds(
        lambda name, arguments, content: [
            {
                "role": "assistant",
                "content": None,
                "function_call": {"name": name, "arguments": arguments},
            },
            {"role": "function", "name": name, "content": content},
        ],
        _OPENAI_NAMES,
        JSON_OBJECTS.map(json.dumps),
        TEXTS,
    )


_CALL_ROUNDS = _openai_round() | _anthropic_round() | _function_round()
