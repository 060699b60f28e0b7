"""The rules: a table of what is repaired, and the repairs of one value.

`RULES` names every repair, says why in one line, and where that is known from. The functions below
it are pure: they look at one value and return it (the very same object: nothing to do), another one
in its place, or `REMOVE`. They neither walk nor record; that is `_engine`'s. Repairs that need more
than one value stand in `conversation`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mistral_sanitize import _json_schema

if TYPE_CHECKING:
    from mistral_sanitize._engine import Run, Value

__all__ = ["DEFAULT", "GROUPS", "REMOVE", "REPAIRS", "RULES", "Rule"]


class _Remove:
    """The type of `REMOVE`, so that it prints as what it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "REMOVE"


REMOVE: Final = _Remove()
"""What a repair returns for a value that has to go."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One repair. Its id is interface; the wording is not."""

    id: str
    group: str
    reason: str
    """One line, said of every change the rule makes."""
    evidence: str
    """Where the behaviour is known from: a document and its date, or the report that shows it."""
    default: bool = True
    """Whether it is on without being enabled."""
    until: str | None = None
    """The ISO date from which schemas on it is off by default, since Mistral takes it."""
    lossy: bool | None = None
    """Whether its changes lose information; ``None``: when a value that says something goes."""

    def on(self, date: str) -> bool:
        """Whether the rule is on by default under a schema of this ISO date."""
        return self.default and (self.until is None or date < self.until)


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
    Rule("unknown-role", "names", "Mistral has no such role: the message becomes the user's",
         f"{_SPEC}: the roles are system, user, assistant and tool"),
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
         "vLLM and Mistral's own SDK refuse it; nothing is lost", lossy=False),
    Rule("parallel-calls-without-tools", "tools", "there is no tool to call in parallel",
         "https://github.com/mistralai/mistral-common: to_openai sends it only with tools",
         lossy=False),
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
         "ayunis-core/ayunis-core/pull/975 (400 Invalid tool schema)", lossy=False),
    Rule("schema-id", "tools", "Mistral's grammar compiler takes no $id",
         "https://github.com/BerriAI/litellm/pull/13389 (400 Grammar error, 2025-08-07)"),
    Rule("schema-dialect", "tools", "without the $schema that names the dialect",
         "https://github.com/BerriAI/litellm/pull/13389; recorded with 200 in 2025-12",
         default=False),
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
    Rule("thinking-model", "content", "this model takes no thinking chunk",
         "https://github.com/mistralai/mistral-vibe/issues/758 (400 3051, 2026-06-09)", lossy=True),
    Rule("anthropic-part", "content", "Mistral has tool calls and tool messages for this part",
         f"{_SPEC}: tool_calls, ToolMessage; Anthropic's tool_use and tool_result"),
    Rule("message-name", "content", "only tool messages have a name",
         "https://github.com/microsoft/autogen/issues (422, 2024-05-21)"),
    Rule("name-prefix", "content", "the speaker's name goes in front of the text",
         "SillyTavern's practice; AutoGen's speakers lose identity otherwise", default=False,
         lossy=False),
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
         "https://github.com/langchain-ai/langchain/issues/28237 (500, 2024-11)", lossy=False),
    Rule("result-id", "ids", "a result bears the id of its call",
         "https://github.com/pydantic/pydantic-ai/issues/3733 (400 3230, 2025-12-15)",
         lossy=False),
    Rule("duplicate-tool-call-id", "ids", "two tool calls cannot share an id",
         f"https://github.com/editor-code-assistant/eca/issues/233; {_COMMON}", lossy=False),
    # order
    Rule("empty-assistant", "order", "an assistant message with neither content nor tool calls",
         "https://github.com/metadist/synaplan/issues/1115 (400, 2026-06-18)", lossy=False),
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
         "buzz/litellm-mistral-proxy; a choice out there", default=False, lossy=False),
    Rule("missing-result", "order", "every tool call needs a result",
         "https://github.com/mistralai/client-ts/issues/106 (400 3230, 2025-06)", lossy=False),
    Rule("drop-unanswered-call", "order", "without the tool calls that have no result",
         "https://github.com/567-labs/instructor/issues/724; a choice out there", default=False,
         lossy=True),
    Rule("orphan-result", "order", "a result without its call is something the user says",
         "https://github.com/mistralai/mistral-inference/issues/135 (400, 2024-03)", lossy=False),
    Rule("result-order", "order", "results follow their calls, in the calls' order",
         "https://github.com/mistralai/mistral-vibe/issues/1114 (400 3230, 2026-09-19)",
         lossy=False),
    Rule("user-after-tool", "order", "between a result and the user the assistant speaks",
         "https://github.com/avante-corp/avante.nvim/pull/2695 (400 3230, 2025-09); taken since "
         "mistral-common 1.11.1 of 2026-04-29", until="2026-04-29", lossy=False),
    Rule("merge-neighbours", "order", "neighbouring user messages as one",
         "https://github.com/charmbracelet/crush/issues/279; not needed on api.mistral.ai",
         default=False, lossy=False),
)  # fmt: skip
"""Every rule by its id, in the order of the documentation."""

DEFAULT: Final = frozenset(rule.id for rule in RULES.values() if rule.default and not rule.until)
"""The ids of the rules that are on by default under every profile."""


# -- what values say ---------------------------------------------------------------------------


def says_something(value: object) -> bool:
    """Whether leaving the value out loses information: null and empty values say nothing."""
    return bool(value) or isinstance(value, (int, float))


def text_of(value: object) -> str | None:
    """The text of a string, a text part, or a list of them; ``None`` if it holds anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        texts = [text_of(item) for item in value]
        return None if None in texts else "\n".join(t for t in texts if t)
    if isinstance(value, dict):
        text = value.get("text")
        if isinstance(text, str) and value.get("type") in (
            None,
            "text",
            "input_text",
            "output_text",
        ):
            return text
        refusal = value.get("refusal")
        if isinstance(refusal, str) and value.get("type") == "refusal":
            return refusal
    return None


def json_text(value: object) -> str | None:
    """The value as JSON, or ``None`` where it is nested too deep to write."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, TypeError, ValueError):
        return None


def data_url(data: str, media_type: object) -> str:
    """Base64 as a data URL, unless it is a URL already."""
    if data.startswith(("data:", "http://", "https://")):
        return data
    kind = media_type if isinstance(media_type, str) and media_type else "application/octet-stream"
    return f"data:{kind};base64,{data}"


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
    types = place.node.fields["type"].value.words or ()
    kind = value.get("type")
    kind = _FORMATS.get(kind, kind) if isinstance(kind, str) else kind
    schema = value.get("json_schema")
    if kind == "json_schema" and "json_schema" not in types:
        return {"type": "json_object"}  # the schemas of 2024 have no other JSON format
    if schema is None and isinstance(value.get("schema"), dict) and "json_schema" in types:
        flat = {k: v for k, v in value.items() if k not in ("type", "json_schema")}
        return {"type": "json_schema", "json_schema": flat}
    if kind == "json_schema" and schema is None:
        return {"type": "json_object"}
    if kind is None and isinstance(schema, dict) and "json_schema" in types:
        return {"type": "json_schema", **{k: v for k, v in value.items() if k != "type"}}
    if isinstance(kind, str) and kind not in types:
        return REMOVE
    if kind is None:
        return REMOVE if not says_something(schema) and len(value) <= 1 else value
    return value if kind == value.get("type") else {**value, "type": kind}


def prediction(value: Any, place: Value, run: Run) -> Any:
    """Text parts as one string, and a bare string in an object, as Mistral has them."""
    if isinstance(value, str) and place.node is not None:
        return {"type": "content", "content": value}
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
    return tier if tier in words else REMOVE


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
    if value is None:
        return "{}"
    text = json_text(value)
    return value if text is None else text


def arguments_string(value: Any, place: Value, run: Run) -> Any:
    """An object as a string of JSON."""
    text = json_text(value) if isinstance(value, dict) else None
    return value if text is None else text


def content(value: Any, place: Value, run: Run) -> Any:
    """A single part as a list of one; what is no content at all, as JSON.

    Where the schema of the date takes only a string, a list of text parts is joined by newlines.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return value
    if isinstance(value, (list, tuple)):
        if "array" in place.types:
            return value
        text = text_of(value)
        return value if text is None else text
    if isinstance(value, dict) and isinstance(value.get("type"), str):
        return [value] if "array" in place.types else _or_same(text_of(value), value)
    text = json_text(value)
    return value if text is None else text


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
        alias = "tool" if "tool_call_id" in message else "assistant"
        return {**message, "role": alias} if alias == "tool" or "tool_calls" in message else message
    if not isinstance(role, str) or role in place.tags:
        return message
    alias = _ROLES.get(role.lower(), role.lower())
    return {**message, "role": alias} if alias in place.tags else message


def unknown_role(message: Any, place: Value, run: Run) -> Any:
    """Any other word: what it says is kept as the user's."""
    role = message.get("role") if isinstance(message, dict) else None
    if isinstance(role, str) and role not in place.tags:
        return {**message, "role": "user"}
    return message


# -- parts of content -----------------------------------------------------------------------------


def thinking_chunk(text: str) -> dict[str, Any]:
    """Mistral's chunk for reasoning."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


def _text_part(part: dict[str, Any]) -> Any:
    text = part.get("text")
    return {"type": "text", "text": text} if isinstance(text, str) else part


def _refusal_part(part: dict[str, Any]) -> Any:
    text = part.get("refusal")
    return {"type": "text", "text": text} if isinstance(text, str) else part


def _reasoning_part(part: dict[str, Any]) -> Any:
    text = reasoning_text(part)
    return thinking_chunk(text) if text else part


def _image(url: object, detail: object = None) -> dict[str, Any] | None:
    if isinstance(url, dict):
        detail = url.get("detail", detail)
        url = url.get("url")
    if not isinstance(url, str):
        return None
    image = {"url": url} if detail is None else {"url": url, "detail": detail}
    return {"type": "image_url", "image_url": image}


def _source(part: dict[str, Any]) -> str | None:
    """The URL of Anthropic's ``source``: given, or made of its base64."""
    source = part.get("source")
    if not isinstance(source, dict):
        return None
    if isinstance(source.get("url"), str):
        return str(source["url"])
    if isinstance(source.get("data"), str) and source.get("type") != "text":
        return data_url(source["data"], source.get("media_type"))
    return None


def _image_part(part: dict[str, Any]) -> Any:
    """Anthropic's ``image``, the AI SDK's, and Responses' ``input_image``."""
    url = _source(part)
    for key in ("image_url", "image", "url"):
        if url is None and key in part:
            chunk = _image(part[key], part.get("detail"))
            if chunk is not None and key == "image":
                media = part.get("mediaType", part.get("mimeType", "image/png"))
                chunk["image_url"]["url"] = data_url(chunk["image_url"]["url"], media)
            if chunk is not None:
                return chunk
    if url is None and isinstance(part.get("file_id"), str):
        return {"type": "file", "file_id": part["file_id"]}
    return part if url is None else _image(url, part.get("detail"))


def _document(url: str, name: object) -> dict[str, Any]:
    chunk: dict[str, Any] = {"type": "document_url", "document_url": url}
    if isinstance(name, str) and name:
        chunk["document_name"] = name
    return chunk


def _document_part(part: dict[str, Any]) -> Any:
    """Anthropic's ``document``: by URL, by base64, as text, or as a file's id."""
    url = _source(part)
    if url is not None:
        return _document(url, part.get("title"))
    source = part.get("source")
    if isinstance(source, dict):
        if isinstance(source.get("file_id"), str):
            return {"type": "file", "file_id": source["file_id"]}
        text = text_of(source.get("data" if source.get("type") == "text" else "content"))
        if text is not None:
            title = part.get("title")
            titled = f"{title}\n{text}" if isinstance(title, str) and title else text
            return {"type": "text", "text": titled}
    return part


def file_part(part: Any, place: Any, run: Run) -> Any:
    """OpenAI's ``file`` and ``input_file``, and the AI SDK's, to Mistral's chunks."""
    if not isinstance(part, dict):
        return part
    inner = part.get("file")
    source = inner if isinstance(inner, dict) else part
    name = source.get("filename", source.get("file_name", source.get("name")))
    media = source.get("mediaType", source.get("mimeType", source.get("media_type")))
    for key in ("file_data", "file_url", "url", "data"):
        data = source.get(key)
        if isinstance(data, str) and data:
            return _document(data_url(data, media or "application/pdf"), name)
    file_id = source.get("file_id")
    if isinstance(file_id, str) and (source is not part or part.get("type") != "file"):
        return {"type": "file", "file_id": file_id}
    return part


def image_part(part: Any, place: Any, run: Run) -> Any:
    """An image chunk whose URL stands beside it instead of in it."""
    if isinstance(part, dict) and "image_url" not in part:
        return _image_part(part)
    return part


def anthropic_thinking(part: Any, place: Any, run: Run) -> Any:
    """A thinking chunk whose text is a bare string."""
    if isinstance(part, dict) and isinstance(part.get("thinking"), str):
        return {**part, "thinking": [{"type": "text", "text": part["thinking"]}]}
    return part


def _audio_part(part: dict[str, Any]) -> Any:
    """vLLM's ``audio_url``."""
    source = part.get("audio_url")
    url = source.get("url") if isinstance(source, dict) else source
    return {"type": "input_audio", "input_audio": url} if isinstance(url, str) else part


def _file_chunk(part: dict[str, Any]) -> Any:
    return file_part(part, None, None)  # type: ignore[arg-type]


PARTS: Final[Mapping[str, Callable[[dict[str, Any]], Any]]] = {
    "input_text": _text_part,
    "output_text": _text_part,
    "summary_text": _text_part,
    "refusal": _refusal_part,
    "reasoning": _reasoning_part,
    "image": _image_part,
    "input_image": _image_part,
    "document": _document_part,
    "input_file": _file_chunk,
    "file_url": _file_chunk,
    "audio_url": _audio_part,
}
"""Parts that Mistral lacks, by type, each with what makes a chunk of Mistral's of it."""


def content_part(part: Any, place: Value, run: Run) -> Any:
    """One part of a list of content, to a chunk that Mistral has.

    Thinking goes where the model is known to take none, or the schema of the date has no chunk for
    it. What no chunk of Mistral's can hold stays, for `check` to name.
    """
    if isinstance(part, str):
        return {"type": "text", "text": part}
    if not isinstance(part, dict):
        return part
    kind = part.get("type")
    if kind is None:
        if isinstance(part.get("text"), str):
            return {**part, "type": "text"}
        return {**part, "type": "image_url"} if "image_url" in part else part
    if not isinstance(kind, str):
        return part
    if kind in place.tags:
        return part
    repair = PARTS.get(kind)
    return part if repair is None else repair(part)


def thinking_model(part: Any, place: Value, run: Run) -> Any:
    """Thinking goes where the model, or the schema of the date, is known to take none."""
    kind = part.get("type") if isinstance(part, dict) else None
    if kind == "redacted_thinking":
        return REMOVE
    if kind == "thinking" and ("thinking" not in place.tags or run.takes_thinking is False):
        return REMOVE
    return part


def reasoning_text(value: Any) -> str:
    """The text of earlier reasoning, in any of the shapes that clients send back.

    A string (``reasoning_content``, ``reasoning``); a list of Anthropic's or LiteLLM's blocks
    (``thinking_blocks``); OpenRouter's ``reasoning_details``; an object with one of these.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return "\n".join(text for text in map(reasoning_text, value) if text.strip())
    if isinstance(value, dict):
        for key in ("thinking", "text", "content", "summary", "reasoning"):
            text = reasoning_text(value.get(key)) if key in value else ""
            if text:
                return text
    return ""


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
        return {**(ids if ids["id"] is not None else {}), "type": "function", "function": function}
    kind = call.get("type")
    if isinstance(kind, str) and kind != "function":
        return {**call, "type": "function"}
    return call


def tool_shape(tool: Any, place: Value, run: Run) -> Any:
    """Responses' flat tools, Anthropic's, bare functions and custom tools to Mistral's function."""
    if not isinstance(tool, dict) or isinstance(tool.get("function"), dict):
        return tool
    kind = tool.get("type")
    if isinstance(tool.get("custom"), dict) or (kind == "custom" and "input_schema" not in tool):
        custom = tool["custom"] if isinstance(tool.get("custom"), dict) else tool
        return _custom_tool(custom) if "custom-tool" in run.rules else tool
    if kind not in (None, "function", "custom") or not isinstance(tool.get("name"), str):
        return tool
    function = {k: tool[k] for k in ("name", "description", "strict", "required") if k in tool}
    for key in ("parameters", "input_schema", "inputSchema", "schema"):
        if isinstance(tool.get(key), dict):
            function["parameters"] = tool[key]
            break
    return {"type": "function", "function": function}


def _custom_tool(custom: dict[str, Any]) -> dict[str, Any]:
    """A function whose one argument is the free text, described as the tool and its grammar."""
    said = [custom["description"]] if isinstance(custom.get("description"), str) else []
    form = custom.get("format")
    inner = form.get("grammar", form) if isinstance(form, dict) else None
    if isinstance(inner, dict) and isinstance(inner.get("definition"), str):
        said.append(
            f"The input follows this {inner.get('syntax', '')} grammar:\n{inner['definition']}"
        )
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
    """What is not draft 7 is made so, where it is clear how."""
    return _json_schema.draft_7(value)


class Repairing(NamedTuple):
    """A repair of one value, and the types of value that it surely leaves alone."""

    function: Callable[[Any, Any, Any], Any]
    leaves: frozenset[type] = frozenset()


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
    "tool-content-string": Repairing(tool_content_string, _STR),
    "developer-role": Repairing(developer_role),
    "function-role": Repairing(function_role),
    "role-alias": Repairing(role_alias),
    "unknown-role": Repairing(unknown_role),
    "content-part": Repairing(content_part),
    "thinking-model": Repairing(thinking_model),
    "file-part": Repairing(file_part),
    "image-part": Repairing(image_part),
    "anthropic-thinking": Repairing(anthropic_thinking),
    "tool-call-shape": Repairing(tool_call_shape),
    "tool-shape": Repairing(tool_shape),
    "builtin-tool": Repairing(builtin_tool),
    "schema-id": Repairing(schema_id),
    "schema-dialect": Repairing(schema_dialect),
    "tool-schema": Repairing(tool_schema),
}
"""The repairs of one value, by the rule's id: ``(value, place, run)`` to the value, or REMOVE."""
