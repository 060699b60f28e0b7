"""The rules: a table of what is repaired, and the repairs of one value.

`RULES` names every repair, says why in one line, and where that is known from. The functions below
it are pure: they look at one value and return it (the very same object: nothing to do), another one
in its place, or `REMOVE`. They neither walk nor record; that is the work of `engine.walk`. Repairs that need more
than one value are in `engine.messages`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from mistral_sanitize.rules import _json_schema, _parts
from mistral_sanitize.rules._loss import json_text, says_something
from mistral_sanitize.rules._parts import text_of
from mistral_sanitize.rules._rule import REMOVE, Judged, Rule
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.node import Value

__all__ = ["DEFAULT", "GROUPS", "REMOVE", "REPAIRS", "RULES", "Rule"]


_SPEC = "Mistral's OpenAPI document, 2026-08-13"
_COMMON = "mistral-common 1.13.1, protocol/instruct/validator.py"

GROUPS: Final = {
    "keys": "Keys that Mistral's schema does not have",
    "names": "Other names for what Mistral has",
    "nulls": "Nulls where Mistral takes none",
    "ranges": "Numbers out of Mistral's bounds",
    "values": "Values that Mistral, or the model, does not take",
    "tools": "Tools and the choice among them",
    "content": "Content in other clients' shapes",
    "ids": "Tool-call ids",
    "order": "The order of messages, and calls with their results",
}


def _table(*rules: Rule) -> Mapping[str, Rule]:
    return {rule.id: rule for rule in rules}


RULES: Final = _table(
    # keys
    Rule("unknown-key", "keys", "Mistral's schema has no such key here",
         f"{_SPEC}: additionalProperties false; 422 extra_forbidden, reported since 2024-01"),
    Rule("drop", "keys", "the drop option names this field",
         "the caller's choice; the default drops the penalties, as the project's owner asked"),
    # names
    Rule("seed", "names", "Mistral calls it random_seed",
         "https://github.com/AndroidPoet/ChatterUI/issues/143 (422, 2025-05)"),
    Rule("max-completion-tokens", "names", "Mistral calls it max_tokens",
         "https://github.com/editor-code-assistant/eca/issues/231 (422, 2025-12)"),
    Rule("stop-sequences", "names", "Mistral calls it stop",
         f"{_SPEC}: stop; Anthropic's and Gemini's name"),
    Rule("safe-mode", "names", "Mistral calls it safe_prompt since 2024-01-18",
         "https://github.com/fsndzomga/mistral_rb/issues/2 (422, 2024-01)"),
    Rule("dimensions", "names", "Mistral calls it output_dimension, where the model has one",
         f"{_SPEC}, EmbeddingRequest; refused by mistral-embed (400, 2026-07-19)"),
    Rule("legacy-functions", "names", "functions and function_call are tools and tool_choice now",
         "https://github.com/jekalmin/extended_openai_conversation/issues (422, 2025-02)"),
    Rule("function-call", "names", "function_call is one of the tool_calls now",
         f"{_SPEC}: AssistantMessage has tool_calls only"),
    Rule("function-role", "names", "the function role is the tool role now",
         f"{_SPEC}: the roles are system, user, assistant and tool"),
    Rule("developer-role", "names", "Mistral calls the developer role system",
         "422 union_tag_invalid, recorded live 2026-08-06"),
    Rule("role-alias", "names", "Mistral has another word for this role",
         f"{_SPEC}: the roles are system, user, assistant and tool, in lower case"),
    Rule("camel-case", "names", "Mistral writes it in snake_case",
         f"{_SPEC}; Mistral's TypeScript SDK and its users write camelCase"),
    Rule("unknown-role", "names", "Mistral has no such role: the message becomes the user's",
         f"{_SPEC}: the roles are system, user, assistant and tool", lossy=True),
    Rule("model-prefix", "names", "the prefix is a router's, not part of Mistral's model id",
         "https://github.com/BerriAI/litellm: provider prefix of mistral/; 400 invalid_model"),
    Rule("prompt", "names", "a chat request takes its prompt as messages",
         "https://github.com/nextcloud/integration_openai: 422 missing messages, 2025-03-31"),
    Rule("top-level-system", "names", "Mistral takes the system prompt as the first message",
         f"{_SPEC}: no system or instructions field; Anthropic's and OpenAI's Responses' name"),
    # nulls
    Rule("null", "nulls", "Mistral takes no null here",
         "https://github.com/mistralai/platform-docs-public/issues/212 (422, 2025-03)"),
    Rule("null-content", "nulls", "Mistral wants content here, if only an empty string",
         f"{_SPEC}: content is required for system, user and tool"),
    # ranges
    Rule("temperature-range", "ranges", "beyond Mistral's bounds for temperature",
         "422 less_than_equal 1.5, 2025-02-20; probed 2026-08-17", lossy=True),
    Rule("top-p-range", "ranges", "beyond Mistral's bounds for top_p",
         "https://github.com/mnfst/modelparams.dev/pull/233 (422 greater_than 0, 2026-08-17)",
         lossy=True),
    Rule("penalty-range", "ranges", "beyond Mistral's bounds for penalties",
         f"{_SPEC}: -2 to 2", lossy=True),
    Rule("out-of-range", "ranges", "below what Mistral takes",
         f"{_SPEC}: minimum of token counts, random_seed and n", lossy=True),
    Rule("not-a-number", "ranges", "JSON has no such number",
         "RFC 8259, section 6: Infinity and NaN are not permitted", lossy=True),
    Rule("whole-float", "ranges", "Mistral wants an integer here",
         f"{_SPEC}: type integer", lossy=False),
    Rule("quoted-scalar", "ranges", "Mistral wants the value itself, not a string of it",
         f"{_SPEC}: type number, integer or boolean", lossy=False),
    Rule("greedy-top-p", "ranges", "temperature 0 is greedy sampling, which takes no top_p but 1",
         "https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338 (400, 2024-11-19)",
         lossy=True),
    # values
    Rule("stop", "values", "an empty stop stops nothing",
         "https://github.com/langchain-ai/langchain/pull/38047 (2026-06): [] refused",
         lossy=False),
    Rule("stop-limit", "values", "at most four stop sequences",
         "https://github.com/langchain-ai/langchain/pull/38047 (2026-06); no limit is published",
         default=False, lossy=True),
    Rule("response-format", "values", "Mistral's response_format has another shape",
         f"{_SPEC}: ResponseFormat and JsonSchema"),
    Rule("prediction", "values", "Mistral takes the predicted content as one string",
         f"{_SPEC}: Prediction.content"),
    Rule("image-detail", "values", "Mistral's image detail is low, auto or high",
         f"{_SPEC}: ImageURL.detail"),
    Rule("service-tier", "values", "Mistral's service tiers are auto and standard_only",
         f"{_SPEC}: service_tier"),
    Rule("reasoning-effort", "values", "not a reasoning effort that this model takes",
         "https://github.com/architects-toolkit/SmartHopper/issues/647 (400 3051, 2026-07-06)",
         lossy=True),
    Rule("reasoning-switch", "values", "Mistral's switch for reasoning is reasoning_effort",
         "https://github.com/1jehuang/jcode/issues/261 (422, 2026-05)"),
    Rule("prompt-mode", "values", "this model takes no prompt_mode",
         "https://github.com/earendil-works/pi/issues/3096 (400 3051, 2026-04-13)", lossy=True),
    Rule("model-n", "values", "this model gives one completion only",
         "Mistral's docs, inference/sampling, 2026-08-21: not on mistral-large-2512", lossy=True),
    Rule("model-output-dimension", "values", "this model's embeddings have one size only",
         "400 'does not support output_dimension' on mistral-embed, 2026-07-19", lossy=True),
    # tools
    Rule("empty-tools", "tools", "an empty list of tools is none",
         "https://github.com/partITech/php-mistral/issues/76 (422, 2025-11)", lossy=False),
    Rule("tool-choice-without-tools", "tools", "there is no tool to choose",
         "vLLM and Mistral's own SDK refuse it"),
    Rule("parallel-calls-without-tools", "tools", "there is no tool to call in parallel",
         "https://github.com/mistralai/mistral-common: to_openai sends it only with tools"),
    Rule("tool-shape", "tools", "Mistral nests a function's definition under function",
         f"{_SPEC}: Tool"),
    Rule("tool-parameters", "tools", "Mistral wants the parameters' schema, if only an empty one",
         f"{_SPEC}: Function.parameters is required", lossy=False),
    Rule("function-required", "tools", "required belongs into the parameters' schema",
         "https://github.com/mistralai/client-python/issues/91 (422, 2024-05-18)"),
    Rule("custom-tool", "tools", "Mistral has no free-form tools: a function with one input",
         f"{_SPEC}: Tool; OpenAI's custom tools of 2025-08"),
    Rule("builtin-tool", "tools", "Mistral's chat completions have no such tool",
         "https://github.com/maruel/genai (422 enum, 2026-02-08)"),
    Rule("tool-schema", "tools", "not a valid JSON Schema of draft 7",
         "https://github.com/SylphxAI/pdf-reader-mcp/issues/63; https://github.com/"
         "ayunis-core/ayunis-core/pull/975 (400 Invalid tool schema)"),
    Rule("schema-id", "tools", "Mistral's grammar compiler takes no $id",
         "https://github.com/BerriAI/litellm/pull/13389 (400 Grammar error, 2025-08-07)",
         lossy=False),
    Rule("schema-dialect", "tools", "without the $schema that names the dialect",
         "https://github.com/BerriAI/litellm/pull/13389; recorded with 200 in 2025-12",
         default=False, lossy=False),
    Rule("allowed-tools", "tools", "Mistral has no allowed_tools: the tools are left that it names",
         f"{_SPEC}: tool_choice; OpenAI's allowed_tools of 2025-08"),
    Rule("tool-choice", "tools", "Mistral's tool_choice has another shape",
         f"{_SPEC}: tool_choice"),
    Rule("forced-tool-json", "tools", "a JSON response_format takes no tool_choice but auto",
         "https://github.com/0xPlaygrounds/rig (400, recorded 2026-08-15)", lossy=True),
    Rule("forced-tool-format", "tools", "a forced tool takes no JSON response_format",
         "https://github.com/0xPlaygrounds/rig (400, recorded 2026-08-15)", default=False,
         lossy=True),
    Rule("function-name", "tools", "Mistral's function names are a-z, A-Z, 0-9, _ and -, up to 64",
         "https://github.com/nbonamy/witsy/pull/164 (400, 2025-04)", lossy=False),
    # content
    Rule("content", "content", "Mistral takes content as a string or a list of chunks",
         f"{_SPEC}: content of the four messages"),
    Rule("content-part", "content", "Mistral has another chunk for this part",
         f"{_SPEC}: ContentChunk; https://github.com/0xPlaygrounds/rig (422, 2026-08-15)"),
    Rule("audio-part", "content", "Mistral takes the audio's base64 or URL as a string",
         f"{_SPEC}: AudioChunk"),
    Rule("file-part", "content", "Mistral's chunk for a file has another shape",
         f"{_SPEC}: FileChunk and DocumentURLChunk; rig (422, 2026-08-15)"),
    Rule("image-part", "content", "Mistral's chunk for an image has another shape",
         f"{_SPEC}: ImageURLChunk"),
    Rule("anthropic-thinking", "content", "Mistral takes thinking as a list of chunks",
         f"{_SPEC}: ThinkChunk"),
    Rule("refusal", "content", "Mistral has no refusal: it is text",
         "https://github.com/0xPlaygrounds/rig (422, 2026-08-15)"),
    Rule("reasoning", "content", "Mistral takes earlier reasoning as a thinking chunk, if the "
         "model reasons", "https://github.com/BerriAI/litellm/issues/30835 (422, 2026-05-24)"),
    Rule("redacted-thinking", "content", "reasoning that only its vendor can decrypt",
         f"{_SPEC}: ThinkChunk; Anthropic's redacted_thinking", lossy=True),
    Rule("audio-transcript", "content", "what was said aloud is text",
         f"{_SPEC}: AssistantMessage; OpenAI's audio of an assistant message"),
    Rule("thinking-model", "content", "this model takes no thinking chunk",
         "https://github.com/mistralai/mistral-vibe/issues/758 (400 3051, 2026-06-09)", lossy=True),
    Rule("anthropic-part", "content", "Mistral has tool calls and tool messages for this part",
         f"{_SPEC}: tool_calls, ToolMessage; Anthropic's tool_use and tool_result"),
    Rule("message-name", "content", "only tool messages have a name",
         "https://github.com/microsoft/autogen/issues (422, 2024-05-21)"),
    Rule("name-prefix", "content", "the speaker's name goes in front of the text",
         "SillyTavern's practice; AutoGen's speakers lose identity otherwise", default=False,
         lossy=False),
    Rule("tool-content", "content", "what a tool returned is data, and written as JSON",
         f"{_SPEC}: ToolMessage.content is a string or a list of chunks"),
    Rule("message-parts", "content", "Mistral has a message's parts under content",
         f"{_SPEC}: UserMessage; the AI SDK's parts, Ollama's images"),
    Rule("tool-content-string", "content", "a tool's content as one string",
         "https://github.com/langchain-ai/langchain/pull/34470; lists recorded with 200",
         default=False, lossy=False),
    Rule("split-content-calls", "content", "content and tool calls as two messages",
         "https://github.com/github/copilot-cli/issues/4884 (422, 2026-09, cause inferred)",
         default=False, lossy=False),
    Rule("tool-call-shape", "content", "Mistral's tool call has another shape",
         f"{_SPEC}: ToolCall"),
    Rule("arguments", "content", "Mistral takes arguments as a string or an object",
         f"{_SPEC}: FunctionCall.arguments"),
    Rule("arguments-string", "content", "arguments as a string of JSON",
         "a code comment of 2026 says that objects are refused; the schema has them",
         default=False, lossy=False),
    # ids
    Rule("tool-call-id", "ids", "Mistral's tool-call ids are nine of a-z, A-Z, 0-9",
         "https://github.com/BerriAI/litellm and 10 more (400 3280, 2024-07 to 2026-04)",
         lossy=False),
    Rule("missing-tool-call-id", "ids", "a tool call and its result need an id",
         "https://github.com/langchain-ai/langchain/issues/28237 (500, 2024-11)"),
    Rule("result-id", "ids", "a result bears the id of its call",
         "https://github.com/pydantic/pydantic-ai/issues/3733 (400 3230, 2025-12-15)",
         lossy=False),
    Rule("duplicate-tool-call-id", "ids", "two tool calls cannot share an id",
         f"https://github.com/editor-code-assistant/eca/issues/233; {_COMMON}", lossy=False),
    # order
    Rule("empty-assistant", "order", "an assistant message with neither content nor tool calls",
         "https://github.com/metadist/synaplan/issues/1115 (400, 2026-06-18)"),
    Rule("empty-assistant-placeholder", "order", "an empty assistant message says so",
         "https://github.com/metadist/synaplan/issues/1115; a choice out there", default=False,
         lossy=False),
    Rule("trailing-assistant", "order", "a last assistant message is a prefix to be continued",
         "https://github.com/0xPlaygrounds/rig/issues/1130 (400 3230)", lossy=False),
    Rule("trailing-assistant-user", "order", "after a last assistant message the user speaks",
         "https://github.com/crewAIInc/crewAI/pull/2308; a choice out there", default=False,
         lossy=False),
    Rule("trailing-assistant-drop", "order", "without the last assistant message",
         "https://github.com/diegosouzapw/OmniRoute; a choice out there", default=False,
         lossy=True),
    Rule("prefix-not-last", "order", "only the last message can be a prefix",
         f"{_COMMON}: 'Assistant message with prefix True must be last message'", lossy=False),
    Rule("late-system", "order", "after an assistant or tool message the system has no say",
         f"{_COMMON}: 'Unexpected role 'system' after role 'assistant''", lossy=False),
    Rule("merge-system", "order", "later system messages join the first",
         "buzz/litellm-mistral-proxy; a choice out there", default=False),
    Rule("missing-result", "order", "every tool call needs a result",
         "https://github.com/mistralai/client-ts/issues/106 (400 3230, 2025-06)", lossy=False),
    Rule("drop-unanswered-call", "order", "without the tool calls that have no result",
         "https://github.com/567-labs/instructor/issues/724; a choice out there", default=False,
         lossy=True),
    Rule("orphan-result", "order", "a result without its call is something the user says",
         "https://github.com/mistralai/mistral-inference/issues/135 (400, 2024-03)"),
    Rule("result-order", "order", "results follow their calls, in the calls' order",
         "https://github.com/mistralai/mistral-vibe/issues/1114 (400 3230, 2026-09-19)",
         lossy=False),
    Rule("user-after-tool", "order", "between a result and the user the assistant speaks",
         "https://github.com/avante-corp/avante.nvim/pull/2695 (400 3230, 2025-09); taken since "
         "mistral-common 1.11.1 of 2026-04-29", until="2026-04-29", lossy=False),
    Rule("merge-neighbours", "order", "neighbouring user messages as one",
         "https://github.com/charmbracelet/crush/issues/279; not needed on api.mistral.ai",
         default=False),
)  # fmt: skip
"""Every rule by its id, in the order of the documentation."""

DEFAULT: Final = frozenset(rule.id for rule in RULES.values() if rule.default and not rule.until)
"""The ids of the rules that are on by default under every profile."""


# -- one value -----------------------------------------------------------------------------------


def stop(value: Any, place: Value, run: Run) -> Any:
    """Empty strings, and lists with nothing in them, go."""
    if isinstance(value, str):
        return value or REMOVE
    if not isinstance(value, (list, tuple)):
        return value
    kept = [item for item in value if item is not None and item != ""]
    if not kept:
        return REMOVE
    return value if len(kept) == len(value) else kept


def stop_limit(value: Any, place: Value, run: Run) -> Any:
    """The first four, where there are more."""
    return value[:4] if isinstance(value, (list, tuple)) and len(value) > 4 else value


_FORMATS = {"json": "json_object"}


def response_format(value: Any, place: Value, run: Run) -> Any:
    """OpenAI's shapes, chat and Responses, llama.cpp's, and bare words, to Mistral's."""
    if isinstance(value, str):
        value = {"type": value}
    if not isinstance(value, dict) or place.node is None:
        return value
    if "type" in value and value["type"] is None:
        value = {k: v for k, v in value.items() if k != "type"}
    types = place.node.fields["type"].value.words or ()
    kind = value.get("type")
    kind = _FORMATS.get(kind, kind) if isinstance(kind, str) else kind
    schema = value.get("json_schema")
    if kind == "json_schema" and "json_schema" not in types:
        return Judged({"type": "json_object"})  # the schemas of 2024 have no other JSON format
    if schema is None and isinstance(value.get("schema"), dict) and "json_schema" in types:
        flat = {k: v for k, v in value.items() if k not in ("type", "json_schema")}
        return {"type": "json_schema", "json_schema": flat}
    if kind == "json_schema" and schema is None:
        plain = {"type": "json_object"}
        says = any(says_something(v) for key, v in value.items() if key != "type")
        return Judged(plain) if says else plain
    if kind is None and isinstance(schema, dict) and "json_schema" in types:
        return {**value, "type": "json_schema"}
    if isinstance(kind, str) and kind not in types:
        return REMOVE
    if kind is None:
        return value if place.node.fields.keys() & value.keys() else REMOVE
    return value if kind is value.get("type") else {**value, "type": kind}


def prediction(value: Any, place: Value, run: Run) -> Any:
    """Text parts as one string, and a bare string in an object, as Mistral has them."""
    if place.node is not None:  # the prediction itself, not its content
        if isinstance(value, (str, list, tuple)):
            return {"type": "content", "content": value} if value else REMOVE
        return value
    if isinstance(value, (list, tuple)):
        texts = [text_of(part) for part in value]
        return value if None in texts else "".join(t for t in texts if t)
    return value


def image_detail(value: Any, place: Value, run: Run) -> Any:
    """A word that the schema lacks goes: Mistral then chooses."""
    if place.words is None or value is None or (isinstance(value, str) and value in place.words):
        return value
    return REMOVE


_TIERS = {
    "priority": "auto",
    "fast": "auto",
    "default": "standard_only",
    "standard": "standard_only",
    "flex": "standard_only",
    "scale": "standard_only",
}


def service_tier(value: Any, place: Value, run: Run) -> Any:
    """OpenAI's tiers to the nearest of Mistral's two."""
    words = place.words or ()
    if not isinstance(value, str) or value in words:
        return value
    tier = _TIERS.get(value)
    return Judged(tier) if tier in words else REMOVE


def audio_part(value: Any, place: Value, run: Run) -> Any:
    """OpenAI's ``{data, format}``, or a URL in an object, as the bare string."""
    if isinstance(value, dict):
        for key in ("data", "url"):
            if isinstance(value.get(key), str):
                return value[key]
    return value


def arguments(value: Any, place: Value, run: Run) -> Any:
    """Null is an empty object; what is neither a string nor an object is written as JSON."""
    if isinstance(value, (str, dict)):
        return value
    if value is None or value == [] or value == ():
        return "{}"  # PHP writes an empty object as an empty list
    text = json_text(value)
    return value if text is None else text


def arguments_string(value: Any, place: Value, run: Run) -> Any:
    """An object as a string of JSON."""
    text = json_text(value) if isinstance(value, dict) else None
    return value if text is None else text


def content(value: Any, place: Value, run: Run) -> Any:
    """A single part as a list of one; what is data and no content at all, as JSON.

    Where the schema of the date takes only a string, a list of text parts is joined by newlines.
    """
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, dict) and _parts.is_part(value):
        return [value] if "array" in place.types else _or_same(text_of(value), value)
    if isinstance(value, (list, tuple)):
        # thinking may go yet: beside what then stays as it is, it makes no list of parts
        mends = "content-part" in run.rules
        kept = value if mends else [item for item in value if not _is_thinking(item)]
        if not kept or any(map(_parts.is_part, kept)):
            return value if "array" in place.types else _or_same(text_of(value), value)
        if any(map(_is_unknown_part, kept)):
            return value  # for `check` to name
    return _or_same(json_text(value), value)


def _is_unknown_part(item: object) -> bool:
    """Whether an item says of which type it is, so that it may be a part newer than this."""
    return isinstance(item, dict) and isinstance(item.get("type"), str)


def tool_content(value: Any, place: Value, run: Run) -> Any:
    """Data that a tool returned as it is, lists and objects, as JSON; lists of parts stay."""
    if not isinstance(value, (list, tuple)):
        return value
    if place.items is None:
        return value if text_of(value) is not None else _or_same(json_text(value), value)
    tags = place.items.tags
    held = [isinstance(item, str) or _held(item, tags) for item in value]
    if all(held):
        return value
    if not any(held):
        return _or_same(json_text(value), value)
    pairs = list(zip(value, held, strict=True))
    told = [item if is_held else _or_same(json_text(item), item) for item, is_held in pairs]
    return told if any(a is not b for a, b in zip(told, value, strict=True)) else value


def _held(item: Any, tags: Mapping[str, Any]) -> bool:
    """Whether a chunk that Mistral has can hold the item."""
    if not isinstance(item, dict):
        return False
    kind = item.get("type")
    if isinstance(kind, str) and kind in tags:
        return True
    chunk = _parts.chunk_of(item)
    return chunk is not None and chunk["type"] in tags


def tool_content_string(value: Any, place: Value, run: Run) -> Any:
    """A list of text parts as one string."""
    return _or_same(text_of(value), value) if isinstance(value, (list, tuple)) else value


def _or_same(text: str | None, value: Any) -> Any:
    return value if text is None else text


# -- the role of a message ------------------------------------------------------------------------


def developer_role(message: Any, place: Value, run: Run) -> Any:
    """OpenAI's developer is Mistral's system."""
    if isinstance(message, dict) and message.get("role") == "developer" and "system" in place.tags:
        return {**message, "role": "system"}
    return message


def function_role(message: Any, place: Value, run: Run) -> Any:
    """OpenAI's function of 2023 is a tool; which call it answers is found by its name."""
    if isinstance(message, dict) and message.get("role") == "function":
        return {**message, "role": "tool"}
    return message


_ROLES: Final = {"human": "user", "ai": "assistant", "model": "assistant", "bot": "assistant"}


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
        alias = _ROLES.get(kind, kind) if isinstance(kind, str) else None
        alias = alias if alias in place.tags else "user"
        return {**message, "role": alias} if message.get("content") else message
    if not isinstance(role, str) or role in place.tags:
        return message
    alias = _ROLES.get(role.lower(), role.lower())
    return {**message, "role": alias} if alias in place.tags else message


def unknown_role(message: Any, place: Value, run: Run) -> Any:
    """Any other word: what it says is kept as the user's."""
    role = message.get("role") if isinstance(message, dict) else None
    if not isinstance(role, str) or role in place.tags:
        return message
    # what only one role can have tells which it is
    says = "tool" if "tool_call_id" in message else "assistant" if "tool_calls" in message else ""
    return {**message, "role": says if says in place.tags else "user"}


# -- parts of content -----------------------------------------------------------------------------


def file_part(part: Any, place: Any, run: Run) -> Any:
    """A file in OpenAI's shape, or in another's, under the type that Mistral has too."""
    return _chunk(part, place)


def image_part(part: Any, place: Any, run: Run) -> Any:
    """An image likewise."""
    return _chunk(part, place)


def anthropic_thinking(part: Any, place: Any, run: Run) -> Any:
    """A thinking chunk whose text is a bare string."""
    return _chunk(part, place)


def _chunk(part: Any, place: Any) -> Any:
    chunk = _parts.chunk_of(part) if isinstance(part, dict) else None
    return chunk if chunk is not None and chunk["type"] in place.tags else part


def content_part(part: Any, place: Value, run: Run) -> Any:
    """One part of a list of content, to a chunk that Mistral has.

    What no chunk of Mistral's can hold stays, for `check` to name.
    """
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if part is None:
        return REMOVE
    if isinstance(part, dict):
        if _is_tagged(part, place):
            return part
        chunk = _chunk(part, place)
        if chunk is not part or isinstance(part.get("type"), str):
            return chunk
    text = _parts.text_of(part) or json_text(part)
    return part if text is None else {"type": "text", "text": text}


_PLACED: Final = {"text": (str,), "input_audio": (str, dict), "document_url": (str,)}
"""Types that Mistral has, whose content other clients put elsewhere in the part."""


def _is_tagged(part: dict[str, Any], place: Value) -> bool:
    """Whether the part is of a type that has its own repairs, or needs none."""
    kind = part.get("type")
    if not isinstance(kind, str) or kind not in place.tags:
        return False
    return kind not in _PLACED or isinstance(part.get(kind), _PLACED[kind])


def redacted_thinking(part: Any, place: Value, run: Run) -> Any:
    """Reasoning that another vendor encrypted goes: nobody else can read it."""
    return REMOVE if _kind(part) == "redacted_thinking" else part


def thinking_model(part: Any, place: Value, run: Run) -> Any:
    """Thinking goes where the model, or the schema of the date, is known to take none."""
    goes = "thinking" not in place.tags or run.takes_thinking is False
    return REMOVE if goes and _kind(part) in ("thinking", "reasoning") else part


def _kind(part: Any) -> Any:
    return part.get("type") if isinstance(part, dict) else None


def _is_thinking(part: Any) -> bool:
    return _kind(part) in ("thinking", "reasoning", "redacted_thinking")


# -- tool calls and tools -------------------------------------------------------------------------


def tool_call_shape(call: Any, place: Value, run: Run) -> Any:
    """Custom calls, Responses' calls, Anthropic's ``tool_use`` and flat calls to Mistral's."""
    if not isinstance(call, dict):
        return call
    custom = call.get("custom")
    if isinstance(custom, dict) and "function" not in call:
        call = {k: v for k, v in call.items() if k not in ("custom", "type")}
        text = json_text({"input": custom.get("input", "")})
        function = {"name": custom.get("name"), "arguments": text}
        return {**call, "type": "function", "function": function}
    if isinstance(call.get("name"), str) and "function" not in call:
        given = call.get("arguments", call.get("input", call.get("args")))
        function = {"name": call["name"], "arguments": arguments(given, place, run)}
        ids = {"id": call.get("call_id", call.get("id"))}
        read = ("id", "call_id", "name", "arguments", "input", "args", "type")
        others = {k: v for k, v in call.items() if k not in read}
        ids = ids if ids["id"] is not None else {}
        return {**others, **ids, "type": "function", "function": function}
    kind = call.get("type")
    if isinstance(kind, str) and kind != "function":
        return {**call, "type": "function"}
    return call


def custom_tool(tool: Any, place: Value, run: Run) -> Any:
    """A custom tool, OpenAI's of either API, as a function with one input."""
    if not isinstance(tool, dict) or isinstance(tool.get("function"), dict):
        return tool
    if isinstance(tool.get("custom"), dict):
        return _custom_tool(tool["custom"])
    return (
        _custom_tool(tool) if tool.get("type") == "custom" and "input_schema" not in tool else tool
    )


def tool_shape(tool: Any, place: Value, run: Run) -> Any:
    """Responses' flat tools, Anthropic's and bare functions to Mistral's function."""
    if not isinstance(tool, dict) or isinstance(tool.get("function"), dict):
        return tool
    kind = tool.get("type")
    if kind not in (None, "function", "custom") or not isinstance(tool.get("name"), str):
        return tool
    function = {k: tool[k] for k in ("name", "description", "strict", "required") if k in tool}
    read = {"type", *function}
    for key in ("parameters", "input_schema", "inputSchema", "schema"):
        if isinstance(tool.get(key), dict):
            function["parameters"] = tool[key]
            read.add(key)
            break
    others = {k: v for k, v in tool.items() if k not in read}
    return {**others, "type": "function", "function": function}


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


def builtin_tool(tool: Any, place: Value, run: Run) -> Any:
    """A tool of another vendor's servers goes: Mistral cannot run it."""
    if isinstance(tool, dict) and "function" not in tool:
        kind = tool.get("type")
        if isinstance(kind, str) and kind not in place.tags and kind != "custom":
            return REMOVE
    return tool


# -- JSON Schema ----------------------------------------------------------------------------------


def schema_id(value: Any, place: Value, run: Run) -> Any:
    """``$id`` of a tool's schema goes, and of every schema within."""
    return _json_schema.without_id(value)


def schema_dialect(value: Any, place: Value, run: Run) -> Any:
    """``$schema``, likewise."""
    return _json_schema.without_dialect(value)


def tool_schema(value: Any, place: Value, run: Run) -> Any:
    """What is not draft 7 is made so, where it is clear how; a schema written as JSON is read."""
    if isinstance(value, (list, tuple)) and not value:
        return Judged({"type": "object", "properties": {}}, False)  # PHP's empty object
    if isinstance(value, str):
        value = _json_schema.read(value)
    return Judged(*_json_schema.draft_7(value))


class Repairing(NamedTuple):
    """A repair of one value, and the types of value that it surely leaves alone."""

    function: Callable[[Any, Any, Any], Any]
    leaves: frozenset[type] = frozenset()
    late: bool = False
    """Whether it waits until the items of the value are repaired."""


_STR = frozenset((str,))

REPAIRS: Final[Mapping[str, Repairing]] = {
    "stop": Repairing(stop),
    "stop-limit": Repairing(stop_limit, _STR),
    "response-format": Repairing(response_format),
    "prediction": Repairing(prediction),
    "image-detail": Repairing(image_detail),
    "service-tier": Repairing(service_tier),
    "audio-part": Repairing(audio_part, _STR),
    "arguments": Repairing(arguments, frozenset((str, dict))),
    "arguments-string": Repairing(arguments_string, _STR),
    "content": Repairing(content, _STR),
    "tool-content": Repairing(tool_content, _STR),
    "tool-content-string": Repairing(tool_content_string, _STR, late=True),
    "developer-role": Repairing(developer_role),
    "function-role": Repairing(function_role),
    "role-alias": Repairing(role_alias),
    "unknown-role": Repairing(unknown_role),
    "content-part": Repairing(content_part),
    "redacted-thinking": Repairing(redacted_thinking),
    "thinking-model": Repairing(thinking_model),
    "file-part": Repairing(file_part),
    "image-part": Repairing(image_part),
    "anthropic-thinking": Repairing(anthropic_thinking),
    "tool-call-shape": Repairing(tool_call_shape),
    "custom-tool": Repairing(custom_tool),
    "tool-shape": Repairing(tool_shape),
    "builtin-tool": Repairing(builtin_tool),
    "schema-id": Repairing(schema_id),
    "schema-dialect": Repairing(schema_dialect),
    "tool-schema": Repairing(tool_schema),
}
"""The repairs of one value, by the rule's id: ``(value, place, run)`` to the value, or REMOVE."""
