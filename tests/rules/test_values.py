"""The rules on values that Mistral, or the model, does not accept."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_sanitize import explain, profiles
from tests.rules.rows import Rows
from tests.rules.words import (
    EMBEDDINGS,
    FORMAT,
    OLDEST,
    OPENAI,
    RESPONSES,
    SMALL,
    SPEC,
    Case,
    image,
    parts,
    request,
    text,
)


def _strict(schema: dict[str, Any], *, strict: bool = True) -> dict[str, Any]:
    """A response format with a schema."""
    named = {"name": "n", "strict": strict, "schema": schema}
    return {"type": "json_schema", "json_schema": named}


ROWS = (
    Case("stop", "an empty list", request(stop=[]), request(),
         source="https://github.com/langchain-ai/langchain/pull/38047"),
    Case("stop", "an empty string", request(stop=""), request(), source=SPEC),
    Case("stop", "empty ones among others", request(stop=["a", "", None]), request(stop=["a"]),
         source=SPEC),
    Case("stop", "more than four", request(stop=["a", "b", "c", "d", "e"])),
    Case("stop", "a string", request(stop="END")),
    Case("stop-limit", "more than four", request(stop=["a", "b", "c", "d", "e"]),
         request(stop=["a", "b", "c", "d"]), lossy=True, options={"enable": ("stop-limit",)},
         source="https://github.com/langchain-ai/langchain/pull/38047"),
    Case("stop-limit", "four", request(stop=["a", "b", "c", "d"]),
         options={"enable": ("stop-limit",)}),
    Case("strict-schema", "an object that does not say so",
         request(response_format=_strict({"type": "array", "items": {"type": "object"}})),
         request(response_format=_strict(
             {"type": "array", "items": {"type": "object", "additionalProperties": False}})),
         source="https://github.com/mistralai/client-ts/issues/107"),
    Case("strict-schema", "an explicit map",
         request(response_format=_strict({"type": "object", "additionalProperties": {}}))),
    Case("strict-schema", "a schema that is not strict",
         request(response_format=_strict({"type": "object"}, strict=False))),
    Case("response-format", "the schema in the place of what names it",
         request(response_format={"type": "json_schema", "json_schema": {"type": "object"}}),
         request(response_format={"type": "json_schema", "json_schema": {
             "schema": {"type": "object"}, "name": "response"}}),
         source="Groq and Ollama recordings: the schema itself"),
    Case("response-format", "a word", request(response_format="json"),
         request(response_format={"type": "json_object"}), source="Ollama writes format: json"),
    Case("response-format", "json for json_object", request(response_format={"type": "json"}),
         request(response_format={"type": "json_object"}), source=SPEC),
    Case("response-format", "flat, as in Responses",
         request(response_format={"type": "json_schema", "name": "p",
                                  "schema": {"type": "object"}}),
         request(response_format=FORMAT), source=RESPONSES),
    Case("response-format", "a schema beside json_object, as in llama.cpp",
         request(response_format={"type": "json_object", "schema": {"type": "object"}}),
         request(response_format={"type": "json_schema", "json_schema": {
             "schema": {"type": "object"}, "name": "response"}}),
         source="https://github.com/ggml-org/llama.cpp/tree/master/tools/server"),
    Case("response-format", "without a name",
         request(response_format={"type": "json_schema", "json_schema": {"schema": {}}}),
         request(response_format={"type": "json_schema", "json_schema": {
             "schema": {}, "name": "response"}}), source=SPEC),
    Case("response-format", "without a schema",
         request(response_format={"type": "json_schema", "json_schema": {"name": "p"}}),
         request(response_format={"type": "json_schema", "json_schema": {
             "name": "p", "schema": {}}}), source=OPENAI),
    Case("response-format", "without its object", request(response_format={"type": "json_schema"}),
         request(response_format={"type": "json_object"}), source=SPEC),
    Case("response-format", "without a type",
         request(response_format={"json_schema": {"name": "p", "schema": {"type": "object"}}}),
         request(response_format=FORMAT), source=SPEC),
    Case("response-format", "with a type of null",
         request(response_format={"type": None, "json_schema": {"name": "p",
                                                                "schema": {"type": "object"}}}),
         request(response_format=FORMAT), source=SPEC),
    Case("response-format", "that says nothing", request(response_format={}), request(),
         source=SPEC),
    Case("response-format", "of another vendor",
         request(response_format={"type": "grammar", "grammar": "root ::= x"}), request(),
         lossy=True, source=SPEC),
    Case("response-format", "a schema under an old schema", request(response_format=FORMAT),
         request(response_format={"type": "json_object"}), lossy=True, options=OLDEST,
         source="json_schema came with the document of 2025-03-06"),
    Case("response-format", "Ollama's word", request(format="json"),
         request(response_format={"type": "json_object"}),
         source="https://github.com/ollama/ollama/blob/main/docs/api.md"),
    Case("response-format", "Ollama's schema", request(format={"type": "object"}),
         request(response_format={"type": "json_schema", "json_schema": {
             "schema": {"type": "object"}, "name": "response"}}),
         source="https://github.com/ollama/ollama/blob/main/docs/api.md"),
    Case("response-format", "of Responses' text",
         request(text={"format": {"type": "json_schema", "name": "p",
                                  "schema": {"type": "object"}}}),
         request(response_format=FORMAT), source=RESPONSES),
    Case("response-format", "plain, of Responses' text", request(text={"format": {"type": "text"}}),
         request(response_format={"type": "text"}), source=RESPONSES),
    Case("response-format", "another beside Mistral's own",
         request(format="json", text={"verbosity": "low"}, response_format={"type": "text"}),
         request(response_format={"type": "text"}), lossy=True, also=("unknown-key",),
         source=RESPONSES),
    Case("response-format", "Mistral's", request(response_format=FORMAT)),
    Case("response-format", "the others",
         request(response_format={"type": "text", "json_schema": None})),
    Case("prediction", "parts",
         request(prediction={"type": "content", "content": [text("a"), text("b")]}),
         request(prediction={"type": "content", "content": "ab"}), source=OPENAI),
    Case("prediction", "a string", request(prediction="ab"),
         request(prediction={"type": "content", "content": "ab"}), source=SPEC),
    Case("prediction", "Mistral's", request(prediction={"type": "content", "content": "ab"})),
    Case("image-detail", "a word of OpenAI's",
         parts(image("https://e.org/a.png", detail="original")),
         parts(image("https://e.org/a.png")), lossy=True, source=OPENAI),
    Case("image-detail", "Mistral's words", parts(image("https://e.org/a.png", detail="low"))),
    Case("image-detail", "any word under an older schema",
         parts(image("https://e.org/a.png", detail="original")),
         options={"profile": profiles.V2025_10_20}),
    Case("service-tier", "priority", request(service_tier="priority"),
         request(service_tier="auto"), lossy=True, source=OPENAI),
    Case("service-tier", "flex", request(service_tier="flex"),
         request(service_tier="standard_only"), lossy=True, source=OPENAI),
    Case("service-tier", "an unknown word", request(service_tier="gold"), request(), lossy=True,
         source=SPEC),
    Case("service-tier", "Mistral's words", request(service_tier="standard_only")),
    Case("reasoning-effort", "the nearest that the model has",
         request(reasoning_effort="low", model=SMALL),
         request(reasoning_effort="high", model=SMALL),
         lossy=True, source="https://github.com/architects-toolkit/SmartHopper/issues/647"),
    Case("reasoning-effort", "of a model that has others",
         request(reasoning_effort="medium", model="zai-glm-5-3"),
         request(reasoning_effort="high", model="zai-glm-5-3"), lossy=True,
         source="https://github.com/mistralai/mistral-vibe/issues/1115",
         options={"profile": profiles.V2026_11_01}),
    Case("reasoning-effort", "of a model that does not reason", request(reasoning_effort="high"),
         request(), lossy=True, source="https://github.com/withceleste/celeste-python/issues/311"),
    Case("reasoning-effort", "beyond the schema for an unknown model",
         request(reasoning_effort="max", model="mistral-giant-2701"),
         request(reasoning_effort="xhigh", model="mistral-giant-2701"), lossy=True, source=SPEC),
    Case("reasoning-effort", "no effort at all", request(reasoning_effort="huge", model=SMALL),
         request(model=SMALL), lossy=True, source=SPEC),
    Case("reasoning-effort", "the model's", request(reasoning_effort="none", model=SMALL)),
    Case("reasoning-effort", "the schema's for an unknown model",
         request(reasoning_effort="medium", model="mistral-giant-2701")),
    Case("reasoning-switch", "OpenRouter's",
         request(reasoning={"effort": "high"}, model=SMALL),
         request(reasoning_effort="high", model=SMALL),
         source="https://openrouter.ai/docs/use-cases/reasoning-tokens"),
    Case("reasoning-switch", "Anthropic's",
         request(thinking={"type": "enabled", "budget_tokens": 9}, model=SMALL),
         request(reasoning_effort="high", model=SMALL), lossy=True,
         source="https://github.com/1jehuang/jcode/issues/261"),
    Case("reasoning-switch", "DeepSeek's off", request(thinking={"type": "disabled"}, model=SMALL),
         request(reasoning_effort="none", model=SMALL), source="https://api-docs.deepseek.com"),
    Case("reasoning-switch", "vLLM's",
         request(chat_template_kwargs={"enable_thinking": False}, model=SMALL),
         request(reasoning_effort="none", model=SMALL),
         source="https://github.com/skye-harris/hass_local_openai_llm/issues/25"),
    Case("reasoning-switch", "Qwen's", request(enable_thinking=True, model=SMALL),
         request(reasoning_effort="high", model=SMALL), source="https://qwen.readthedocs.io"),
    Case("reasoning-switch", "beside Mistral's own",
         request(reasoning={"effort": "high"}, reasoning_effort="none", model=SMALL),
         request(reasoning_effort="none", model=SMALL), lossy=True, source=SPEC),
    Case("reasoning-switch", "of a model that does not reason",
         request(thinking={"type": "enabled"}), request(), lossy=True, source=SPEC),
    Case("reasoning-switch", "with a word of its own",
         request(reasoning={"effort": "medium"}, model=SMALL),
         request(reasoning_effort="high", model=SMALL), also=("reasoning-effort",), lossy=True,
         source=SPEC),
    Case("reasoning-switch", "that says neither", request(reasoning={"summary": "auto"},
                                                          model=SMALL),
         request(model=SMALL), lossy=True, source=RESPONSES),
    Case("reasoning-switch", "that is none", request(reasoning=5, model=SMALL),
         request(model=SMALL), lossy=True, source=RESPONSES),
    Case("reasoning-switch", "Mistral's", request(reasoning_effort="high", model=SMALL)),
    Case("prompt-mode", "of a model that has none",
         request(prompt_mode="reasoning", model=SMALL), request(model=SMALL), lossy=True,
         source="https://github.com/earendil-works/pi/issues/3096"),
    Case("prompt-mode", "of a model when it had one",
         request(prompt_mode="reasoning", model="magistral-medium-2509"),
         options={"profile": profiles.V2025_10_20}),
    Case("prompt-mode", "null", request(prompt_mode=None)),
    Case("model-n", "of a model that gives one answer",
         request(n=2, model="mistral-large-2512"), request(model="mistral-large-2512"),
         lossy=True, source="Mistral's docs, inference/sampling, 2026-08-21"),
    Case("model-n", "one", request(n=1, model="mistral-large-2512")),
    Case("model-n", "of another model", request(n=2, model=SMALL)),
    Case("model-output-dimension", "of mistral-embed",
         {"model": "mistral-embed", "input": "a", "output_dimension": 256},
         {"model": "mistral-embed", "input": "a"}, lossy=True, options=EMBEDDINGS,
         source="https://github.com/garrytan/gbrain/pull/3001"),
    Case("model-output-dimension", "under OpenAI's name",
         {"model": "mistral-embed", "input": "a", "dimensions": 1024},
         {"model": "mistral-embed", "input": "a"}, also=("dimensions",), lossy=True,
         options=EMBEDDINGS, source="https://github.com/garrytan/gbrain/pull/3001"),
    Case("model-output-dimension", "of codestral-embed",
         {"model": "codestral-embed", "input": "a", "output_dimension": 256}, options=EMBEDDINGS),
)  # fmt: skip


class TestRows(Rows):
    """What holds for every row: `tests.rules.rows`."""

    rows = ROWS


@pytest.mark.parametrize(
    ("given", "expected", "changes"),
    [
        # A schema beside the null that stands where it belongs.
        ({"type": "json_schema", "json_schema": None, "schema": {"a": 1}},
         {"type": "json_schema", "json_schema": {"schema": {"a": 1}, "name": "response"}}, 2),
        # The other word for the type is all that changes.
        ({"type": "json", "json_schema": {"name": "n", "schema": {}}},
         {"type": "json_object", "json_schema": {"name": "n", "schema": {}}}, 1),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_kept_of_a_response_format(given: Any, expected: Any, changes: int) -> None:
    """All that Mistral's has a place for, and nothing is lost."""
    report = explain({"model": "m", "messages": [], "response_format": given})

    assert report.payload["response_format"] == expected
    assert [(c.rule, c.lossy) for c in report.changes] == [("response-format", False)] * changes
