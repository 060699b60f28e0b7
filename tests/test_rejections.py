"""What Mistral was reported to refuse, one minimal request for each class of fault.

The classes are those of public reports from 2023-12 to 2026-09. A row says what becomes of the
request: a result that nothing is known to be wrong with; the same object, where Mistral takes it
by now; or the code by which `check` names what only its author can mend.
"""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from mistral_sanitize import Sanitizer, check, profiles
from tests.rules.words import (
    EMBEDDINGS,
    LARGE,
    PDF,
    PNG,
    SAME,
    SMALL,
    UUID,
    call,
    calls,
    image,
    parts,
    reply,
    request,
    result,
    said,
    schema_of,
    system,
    text,
    tool,
    user,
)

FIM = {"endpoint": "/v1/fim/completions"}
NO_RESULT = "No result was recorded for this tool call."
WAV = "UklGRiQAAABXQVZFZm10IA=="
FORCED = {"type": "function", "function": {"name": "f"}}


@dataclass(frozen=True)
class Report:
    """A class of fault, a request that has it, where it was reported, and what becomes of it."""

    fault: str
    source: str
    before: dict[str, Any]
    after: Any = SAME
    """The result; `SAME`: the request itself comes back."""
    code: str = ""
    """The code by which `check` names what is left in the result; empty: nothing is."""
    refused: bool = True
    """Whether `check` finds fault with the request as it is."""
    options: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.fault.replace(" ", "-")


def given(fault: str, source: str, before: dict[str, Any], after: Any, **options: Any) -> Report:
    """A fault that is cured."""
    return Report(fault, source, before, after, options=options)


def both(fault: str, source: str, before: dict[str, Any], after: Any) -> Report:
    """What was refused once and is accepted today, and is rewritten in Mistral's own shape."""
    return Report(fault, source, before, after, refused=False)


def left(fault: str, source: str, before: dict[str, Any], code: str, **options: Any) -> Report:
    """A fault that only the request's author can mend."""
    return Report(fault, source, before, SAME, code, options=options)


def taken(fault: str, source: str, before: dict[str, Any], **options: Any) -> Report:
    """What Mistral refused once, and takes today."""
    return Report(fault, source, before, refused=False, options={"drop": (), **options})


IDS = (
    given("order/ids: tool call id not [a-zA-Z0-9]{9}",
          "https://github.com/openclaw/openclaw/issues/57672",
          request(user(), calls(call("exec1774786568428215")), result("exec1774786568428215")),
          request(user(), calls(call("gmu552Xyr")), result("gmu552Xyr"))),
    given("order/ids: tool_call_id missing",
          "https://github.com/langchain-ai/langchain/issues/28237",
          request(user(), calls(call()), {"role": "tool", "content": "sunny"}),
          request(user(), calls(call()),
                  {"role": "tool", "content": "sunny", "tool_call_id": "aaaaaaaa1"})),
    given("order/ids: tool result id matches no call",
          "https://github.com/pydantic/pydantic-ai/issues/3733",
          request(user(), calls(call()), result("pR1CHbWdz")),
          request(user(), calls(call()), result())),
)  # fmt: skip

ORDER = (
    given("order: last message is assistant", "https://github.com/0xPlaygrounds/rig/issues/1130",
          request(user(), said("Well,")), request(user(), said("Well,", prefix=True))),
    given("order: calls and responses do not pair",
          "https://github.com/mistralai/client-ts/issues/106",
          request(user(), calls(call(), call("aaaaaaaa2")), result("aaaaaaaa2"), user()),
          request(user(), calls(call(), call("aaaaaaaa2")), result(content=NO_RESULT),
                  result("aaaaaaaa2"), user())),
    given("order: calls and responses do not pair",
          "https://github.com/mistralai/mistral-vibe/issues/1114",
          request(user(), calls(call()), user("Stop!"), result()),
          request(user(), calls(call()), result(), user("Stop!"))),
    taken("order: user after tool", "https://github.com/mistralai/mistral-common/pull/218",
          request(user(), calls(call()), result(), user("So?"))),
    given("order: user after tool", "https://github.com/avante-corp/avante.nvim/pull/2695",
          request(user(), calls(call()), result(), user("So?")),
          request(user(), calls(call()), result(), said("OK."), user("So?")),
          profile=profiles.V2025_10_20),
    given("order: tool without its assistant call",
          "https://github.com/mistralai/mistral-inference/issues/135",
          request(user(), result("call_1")), request(user(), user("sunny"))),
    given("order: system after assistant/tool",
          "https://github.com/swarmauri/swarmauri-sdk/issues/162",
          request(user(), said("Yes."), system(), user("So?")),
          request(user(), said("Yes."), user("Be brief."), user("So?"))),
    taken("order: assistant directly after system", "mistral-common 1.13.1, the table of roles",
          request(system(), said("Welcome."), user())),
    given("assistant: neither content nor tool_calls",
          "https://github.com/metadist/synaplan/issues/1115",
          request(user(), said(""), user("So?")), request(user(), user("So?"))),
    taken("assistant: content and tool_calls together",
          "https://github.com/QuantumNous/new-api/pull/1182",
          request(user(), calls(call(), content="Look."), result())),
    taken("cross-field: prefix with tools",
          "https://github.com/mistralai/client-python/issues/186",
          request(user(), said("Well,", prefix=True), tools=[tool()])),
)  # fmt: skip

MESSAGES = (
    given("message: other client bookkeeping (id, metadata, ...)",
          "https://github.com/BerriAI/litellm/issues/30882",
          request(user(), said("Yes.", id="msg_1", metadata={"a": 1}), user("So?")),
          request(user(), said("Yes."), user("So?"))),
    given("message: name on user/assistant/system",
          "https://github.com/microsoft/autogen/issues/2748",
          request({**user(), "name": "Ann"}), request()),
    given("message: reasoning_content / reasoning / thinking_blocks",
          "https://github.com/charmbracelet/crush/issues/1590",
          request(user(), calls(call(), reasoning_content="\n"), result(), model="devstral-2512"),
          request(user(), calls(call()), result(), model="devstral-2512")),
    given("message: reasoning_content / reasoning / thinking_blocks",
          "https://github.com/co-l/openfox/issues/220",
          request(user(), said("4", reasoning="Hm."), user("So?"), model=SMALL),
          request(user(), said([{"type": "thinking", "thinking": [text("Hm.")]}, text("4")]),
                  user("So?"), model=SMALL)),
    given("message: extra keys inside tool_calls",
          "https://github.com/zeroclaw-labs/zeroclaw/issues/2693",
          request(user(), calls({**call(), "name": None}), result()),
          request(user(), calls(call()), result())),
    given("message: response bookkeeping (finish_reason, refusal, annotations, ...)",
          "https://github.com/NousResearch/hermes-agent/pull/253",
          request(user(), said("Yes.", finish_reason="stop", refusal=None, annotations=[]),
                  user("So?")),
          request(user(), said("Yes."), user("So?"))),
    given("message: unknown role", "422 union_tag_invalid, recorded live 2026-08-06",
          request({"role": "developer", "content": "Be brief."}, user()),
          request(system(), user())),
    given("missing: messages (prompt sent)",
          "https://github.com/nextcloud/integration_openai/issues/76",
          {"model": LARGE, "prompt": "Hi"}, request()),
)  # fmt: skip

CONTENT = (
    given("content part: OpenAI file / audio shapes",
          "https://github.com/0xPlaygrounds/rig/pull/2331",
          parts({"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
                {"type": "file", "file": {"file_id": UUID}}),
          parts({"type": "document_url", "document_url": PDF, "document_name": "a.pdf"},
                {"type": "file", "file_id": UUID})),
    both("content part: OpenAI file / audio shapes",
          "https://github.com/0xPlaygrounds/rig/pull/2331; ruby_llm, 200 on 2026-08-19",
          parts({"type": "input_audio", "input_audio": {"data": WAV, "format": "wav"}},
                model="voxtral-small-latest"),
          parts({"type": "input_audio", "input_audio": WAV}, model="voxtral-small-latest")),
    given("content part: unknown chunk type", "https://github.com/maruel/genai, 2025-07",
          parts({"type": "audio_url", "audio_url": {"url": "https://e.org/a.mp3"}},
                model="voxtral-small-latest"),
          parts({"type": "input_audio", "input_audio": "https://e.org/a.mp3"},
                model="voxtral-small-latest")),
    left("content part: unknown chunk type", "OpenRouter's and vLLM's video_url",
         parts({"type": "video_url", "video_url": {"url": "https://e.org/a.mp4"}}),
         "union_tag_invalid"),
    left("content part: media bytes not decodable", "https://github.com/maruel/genai, 2025-12",
         parts({"type": "input_audio", "input_audio": "//FgQBjf/N4EAExhdmM1OC4xMzQuMTAwAAIkp1mh"},
               model="voxtral-small-latest"), "3291"),
    given("content chunk: cache_control",
          "https://github.com/musistudio/claude-code-router/issues/509",
          request(system([{**text("Be brief."), "cache_control": {"type": "ephemeral"}}]), user()),
          request(system([text("Be brief.")]), user())),
    given("content chunk: extra key", "https://github.com/0xPlaygrounds/rig/pull/2331",
          parts({**image(PNG), "alt": ""}), parts(image(PNG))),
    given("content: tool content list", "https://github.com/langchain-ai/langchain/pull/34470",
          request(user(), calls(call()), result(content=[{**text("sunny"), "id": "lc_1"}])),
          request(user(), calls(call()), result(content=[text("sunny")]))),
)  # fmt: skip

TOP_LEVEL = (
    given("top-level: stream_options", "https://github.com/BerriAI/litellm/issues/8978",
          request(stream=True, stream_options={"include_usage": True}), request(stream=True)),
    given("top-level: user", "https://github.com/lobehub/lobehub/issues/2685",
          request(user="u1"), request()),
    given("top-level: Ollama / llama.cpp options", "https://ollama.com, and llama.cpp's server",
          request(keep_alive=-1, cache_prompt=True, n_predict=-1, min_p=0.05), request()),
    given("top-level: reasoning / thinking object", "https://github.com/1jehuang/jcode/issues/261",
          request(thinking={"type": "disabled"}, model=SMALL),
          request(reasoning_effort="none", model=SMALL)),
    given("top-level: Responses API / agent-client passthrough",
          "agent clients of 2026-07, which send Claude's and Codex' control blocks",
          request(context_management={"edits": []}, include=[], truncation="auto"), request()),
    given("top-level: chat_template_kwargs",
          "https://github.com/skye-harris/hass_local_openai_llm/issues/25",
          request(chat_template_kwargs={"enable_thinking": False}), request()),
    given("top-level: functions/function_call (legacy OpenAI)",
          "https://github.com/jekalmin/extended_openai_conversation/issues/295",
          request(functions=[{"name": "f", "parameters": schema_of()}], function_call="auto"),
          request(tools=[tool()], tool_choice="auto")),
    given("top-level: max_completion_tokens",
          "https://github.com/editor-code-assistant/eca/issues/231",
          request(max_completion_tokens=9), request(max_tokens=9)),
    taken("top-level: presence/frequency_penalty (historic)",
          "https://github.com/vercel/ai/issues/16775",
          request(presence_penalty=0.5, frequency_penalty=None)),
    given("top-level: sampling extras (top_k, repetition_penalty, ...)",
          "https://github.com/guidance-ai/guidance/issues/1351",
          request(top_k=40, min_p=0.05, repetition_penalty=1.1), request()),
    given("top-level: store", "https://github.com/openclaw/openclaw/issues/56546",
          request(store=False), request()),
    given("top-level: guided_json / vLLM extras", "https://docs.vllm.ai",
          request(guided_json={"type": "object"}, ignore_eos=False), request()),
    taken("top-level: metadata (historic)",
          "https://github.com/OpenHands/OpenHands-CLI/issues/83", request(metadata={"a": "b"})),
    taken("top-level: n (historic)", "the document of 2024-11-07 has n", request(n=2, model=SMALL)),
    taken("top-level: prompt_cache_key (historic)",
          "https://github.com/sipeed/picoclaw/issues/1333", request(prompt_cache_key="agent")),
    given("top-level: safe_mode -> safe_prompt", "https://github.com/fsndzomga/mistral_rb/pull/1",
          request(safe_mode=False), request(safe_prompt=False)),
    given("top-level: seed -> random_seed", "https://github.com/AndroidPoet/ChatterUI/issues/143",
          request(seed=3), request(random_seed=3)),
    taken("top-level: tool_choice object/required (historic)",
          "https://github.com/kyaukyuai/gpt-all-star/issues/670",
          request(tools=[tool()], tool_choice=FORCED)),
    given("other host: parameter valid on api.mistral.ai",
          "mistralai 3.7.0, its clients for Azure and Vertex",
          request(prompt_cache_key="agent"), request(), profile=profiles.AZURE_2026_11_01),
)  # fmt: skip

VALUES = (
    given("range: temperature", "https://github.com/scottyeager/Pal/issues/28",
          request(temperature=2), request(temperature=1.5)),
    taken("range: temperature", "https://github.com/vegu-ai/talemate/issues/102",
          request(temperature=1.31)),
    given("range: top_p", "https://github.com/mnfst/modelparams.dev/pull/233",
          request(top_p=0), request()),
    given("value: null where not nullable",
          "https://github.com/mistralai/platform-docs-public/issues/212",
          request(stream=None, tools=[tool()], tool_choice=None, response_format=None),
          request(tools=[tool()])),
    taken("value: max_tokens >= context (disputed)",
          "https://github.com/openclaw/openclaw/pull/53006", request(max_tokens=262144)),
    given("cross-field: greedy sampling needs top_p=1",
          "https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338",
          request(temperature=0, top_p=0.9), request(temperature=0)),
    given("cross-field: json response_format with forced tool_choice",
          "https://github.com/0xPlaygrounds/rig/pull/2337",
          request(tools=[tool()], tool_choice=FORCED, response_format={"type": "json_object"}),
          request(tools=[tool()], tool_choice="auto", response_format={"type": "json_object"})),
    given("tools: extra key in function / bad schema",
          "https://github.com/mistralai/client-python/issues/91",
          request(tools=[tool(parameters=schema_of(a={}), required=["a"])]),
          request(tools=[tool(parameters={**schema_of(a={}), "required": ["a"]})])),
    given("tools: extra key in function / bad schema",
          "https://github.com/SylphxAI/pdf-reader-mcp/issues/63",
          request(tools=[tool(parameters=schema_of(
              a={"type": "integer", "minimum": 0, "exclusiveMinimum": True}))]),
          request(tools=[tool(parameters=schema_of(
              a={"type": "integer", "exclusiveMinimum": 0}))])),
    given("tools: function name charset/length",
          "https://github.com/Kochava-Studios/witsy/pull/164",
          request(tools=[tool("a.b")]), request(tools=[tool("a_b")])),
    given("tools: non-function tool type", "https://github.com/maruel/genai, 2026-02-08",
          request(tools=[tool(), {"type": "web_search_preview"}]), request(tools=[tool()])),
)  # fmt: skip

MODELS = (
    left("model: invalid/retired model id", "https://github.com/withceleste/celeste-python/issues/311",
         request(model="pixtral-large-latest"), "1500"),
    given("model: reasoning_effort value/model",
          "https://github.com/architects-toolkit/SmartHopper/issues/647",
          request(reasoning_effort="medium", model=SMALL),
          request(reasoning_effort="high", model=SMALL)),
    given("model: reasoning_effort value/model",
          "https://github.com/withceleste/celeste-python/issues/311",
          request(reasoning_effort="high", model="ministral-8b-2512"),
          request(model="ministral-8b-2512")),
    left("model: image or audio input not enabled", "https://github.com/maruel/genai, 2025-08",
         parts(image(PNG), model="voxtral-small-latest"), "3051"),
    left("model: image or audio input not enabled", "https://github.com/maruel/genai, 2025-12",
         parts({"type": "input_audio", "input_audio": "UklGRg=="}, model=SMALL), "3051"),
    given("model: logprobs not enabled", "https://github.com/0xPlaygrounds/rig, 2026-08-17",
          request(logprobs=True, top_logprobs=2), request()),
    left("model: endpoint not enabled (FIM)",
         "https://github.com/langchain-ai/langchainjs/issues/8698",
         {"model": LARGE, "prompt": "Hi"}, "3051", **FIM),
    given("model: output_dimension not supported",
          "https://github.com/garrytan/gbrain/pull/3001",
          {"model": "mistral-embed", "input": "a", "output_dimension": 256},
          {"model": "mistral-embed", "input": "a"}, **EMBEDDINGS),
    given("model: prompt_mode not enabled", "https://github.com/earendil-works/pi/issues/3096",
          request(prompt_mode="reasoning", model="mistral-small-2603"),
          request(model="mistral-small-2603")),
    given("model: thinking chunks on non-reasoning model",
          "https://github.com/mistralai/mistral-vibe/issues/758",
          reply({"type": "thinking", "thinking": [text("Hm.")]}, text("Yes."),
                model="ministral-8b-2512"),
          reply(text("Yes."), model="ministral-8b-2512")),
    taken("model: tools not supported", "a report of 2024-03; every model of today takes tools",
          request(tools=[tool()], model="mistral-tiny")),
    left("limits: embedding batch size", "https://github.com/0xPlaygrounds/rig, 2026-08-15",
         {"model": "mistral-embed", "input": ["a"] * 257}, "3210", **EMBEDDINGS),
    taken("limits: number of images", "https://github.com/earendil-works/pi/pull/120: a limit is "
          "known of pixtral-12b alone, which is gone", parts(*[image(PNG)] * 9, model=SMALL)),
    left("server: 5xx on odd but valid payload", "https://github.com/maruel/genai, 2025-12",
         parts({"type": "document_url", "document_url": PDF}, model="voxtral-small-latest"),
         "1000"),
)  # fmt: skip

ENDPOINTS = (
    given("embeddings: OpenAI dimensions", "https://github.com/garrytan/gbrain/pull/3001",
          {"model": "codestral-embed", "input": "a", "dimensions": 256},
          {"model": "codestral-embed", "input": "a", "output_dimension": 256}, **EMBEDDINGS),
    taken("embeddings: encoding_format (not a rejection)",
          "https://github.com/Mintplex-Labs/anything-llm/issues/5794",
          {"model": "mistral-embed", "input": "a", "encoding_format": "base64"}, **EMBEDDINGS),
    given("embeddings: foreign fields", "the NVIDIA embeddings API has input_type",
          {"model": "mistral-embed", "input": "a", "input_type": "query"},
          {"model": "mistral-embed", "input": "a"}, **EMBEDDINGS),
    given("fim: foreign fields", "https://github.com/twinnydotdev/twinny/issues/465",
          {"model": "codestral-latest", "prompt": "a", "n_prediction": 9},
          {"model": "codestral-latest", "prompt": "a"}, **FIM),
    given("conversations/agents: field of another endpoint",
          "https://github.com/partITech/php-mistral/issues/76",
          {"agent_id": "ag_1", "messages": [user()], "temperature": 0.5, "model": LARGE},
          {"agent_id": "ag_1", "messages": [user()]}, endpoint="/v1/agents/completions"),
)  # fmt: skip

REPORTS: Final = (*IDS, *ORDER, *MESSAGES, *CONTENT, *TOP_LEVEL, *VALUES, *MODELS, *ENDPOINTS)


@pytest.mark.parametrize("row", REPORTS, ids=str)
def test_reported(row: Report) -> None:
    """The request is cured and clean; or taken as it is; or `check` names what is left."""
    given = copy.deepcopy(row.before)
    sanitizer = Sanitizer(**row.options)

    new = sanitizer.sanitize(row.before)

    assert given == row.before
    if row.after is SAME:
        assert new is row.before
    else:
        assert row.after == new
    assert ([row.code] if row.code else []) == [problem.code for problem in sanitizer.check(new)]


@pytest.mark.parametrize("row", [r for r in REPORTS if r.refused and not r.code], ids=str)
def test_refused_as_it_is(row: Report) -> None:
    """`check` finds fault with what Mistral refused, before it is sanitized."""
    options = {key: row.options[key] for key in ("endpoint", "profile") if key in row.options}

    assert check(row.before, **options)


def test_classes() -> None:
    """Every class of fault is here: 70 of them, each with a source."""
    classes = Counter(row.fault for row in REPORTS)

    assert len(classes) == 70
    assert all(row.source for row in REPORTS)
