"""What Mistral, and hosts of its models, are known to refuse: `KNOWN_REFUSALS`, one table.

`check` names a problem in the words of a row, `repair_refused` knows a response by them, and the
index of errors in the documentation is made of them. To iterate it::

    for name, row in KNOWN_REFUSALS.items():
        row.status, row.type, row.code  # of the response, as Mistral sends them
        row.words  # its message; {} is a value of the request, %s a word out of our tables
        row.hosts  # who says it: some of "mistral", "chat-template", "azure"
        row.cause  # what is wrong, in one sentence
        row.rules  # ids of the rules of `RULES` that prevent it, most often on by default
        row.cure  # the rule id of what `repair_refused` does (see `edits.REASONS`); "": nothing
        row.evidence  # where it is known from

The rows come in the order in which Mistral looks: the schema first (status 422, where `name` is the
pydantic type of the entry), then the model, the arguments, the conversation, the tools. Of several
whose `reads` fit a message, the first one counts. More than 400 lines, since it is a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from mistral_sanitize.report import Problem, pointer
from mistral_sanitize.rules._rule import COMMON

__all__ = ["KNOWN_REFUSALS", "KnownRefusal"]


class _Kind(NamedTuple):
    """The head of a response."""

    type: str
    code: str
    status: int = 400


_MODEL: Final = _Kind("invalid_model", "1500")
_ARGS: Final = _Kind("invalid_request_invalid_args", "3051")
_PROMPT: Final = _Kind("invalid_request_prompt", "3210")
_ORDER: Final = _Kind("invalid_request_message_order", "3230")
_CALL: Final = _Kind("invalid_function_call", "3280")
_AUDIO: Final = _Kind("invalid_request_audio", "3291")
_JSON_SCHEMA: Final = _Kind("invalid_request_json_schema", "3051")
_SERVER: Final = _Kind("internal_server_error", "1000", 500)
_TEMPLATE: Final = _Kind("template", "template")
"""Servers that render a chat template answer with 400, 404 or 500 and types of their own."""


class KnownRefusal(NamedTuple):
    """One thing that is refused, in the words of the response.

    ``{}`` in `words` is a value of the request, ``%s`` a word out of our own tables. Where the
    code of a response was not recorded, it is the code of the nearest kind.
    """

    kind: _Kind
    words: str
    cause: str
    """What is wrong with the request, in one sentence."""
    evidence: str
    rules: tuple[str, ...] = ()
    """The ids of the rules that prevent it."""
    cure: str = ""
    """The rule id of the change that `repair_refused` makes; ``""``: only the caller can help."""
    reads: str = ""
    """The regular expression by which `repair_refused` knows the message."""
    hosts: tuple[str, ...] = ("mistral",)
    """Who says it: Mistral, servers that render a chat template, Azure's model inference."""

    @property
    def status(self) -> int:
        """The status of the response."""
        return self.kind.status

    @property
    def type(self) -> str:
        """The ``type`` of the response, or of its entry."""
        return self.kind.type

    @property
    def code(self) -> str:
        """The ``code`` of the response, the ``type`` of its entry."""
        return self.kind.code

    def problem(self, path: Sequence[object], *ours: str, quoted: str | None = None) -> Problem:
        """The problem at a path, with our words and the quoted value filled in."""
        words = self.words % ours if ours else self.words
        kind = self.kind
        return Problem(pointer(path), kind.code, words, kind.status, kind.type, (), quoted)


def _entry(
    name: str, words: str, cause: str, evidence: str, rules: tuple[str, ...] = (), cure: str = ""
) -> KnownRefusal:
    """A row of the schema's: the entry of a 422 of this pydantic type."""
    return KnownRefusal(_Kind(name, name, 422), words, cause, evidence, rules, cure)


def _template(
    words: str, cause: str, evidence: str, rules: tuple[str, ...] = (), cure: str = "",
    reads: str = "",
) -> KnownRefusal:  # fmt: skip
    """A row that only servers say which render a chat template: the status is theirs."""
    return KnownRefusal(_TEMPLATE, words, cause, evidence, rules, cure, reads, ("chat-template",))


_BOTH: Final = ("mistral", "chat-template")
"""The templates of mistral-common say it in Mistral's words."""
_OPENAPI: Final = "https://github.com/mistralai/platform-docs-public"
_RIG: Final = "https://github.com/0xPlaygrounds/rig"
_GENAI: Final = "https://github.com/maruel/genai"
_PARAMETERS: Final = "https://github.com/mnfst/modelparams.dev/pull/234"
_FILES: Final = "llama.cpp's models/templates, in llama-cpp-python 0.3.36 (2026-10)"
_TEMPLATES: Final = "mistral-common 1.13.1, chat templates and validators"

_SCHEMA_ROWS: Final[Mapping[str, KnownRefusal]] = {
    "extra_forbidden": _entry(
        "extra_forbidden", "Extra inputs are not permitted",
        "An object has a key that Mistral's schema does not have there.",
        "https://github.com/editor-code-assistant/eca/issues/231 (422, 2025-12)",
        ("unknown-key",), "refused-extra"),
    "missing": _entry(
        "missing", "Field required", "A key that the schema requires is not there.",
        "https://github.com/nextcloud/integration_openai/issues/76 (422, 2025-03)",
        ("prompt", "tool-parameters", "function-required")),
    "enum": _entry(
        "enum", "Input should be %s", "A word is not one that the schema lists.",
        f"{_GENAI} (422, 2026-02-08); https://github.com/kyaukyuai/gpt-all-star/issues/670",
        ("tool-choice", "reasoning-effort", "builtin-tool", "image-detail", "service-tier"),
        "refused-enum"),
    "literal_error": _entry(
        "literal_error", "Input should be %s", "A word is not one that the schema lists.",
        f"{_RIG}/pull/2331 (422, 2026-08)", ("image-detail",), "refused-enum"),
    "union_tag_invalid": _entry(
        "union_tag_invalid",
        "Input tag '{}' found using '%s' does not match any of the expected tags: %s",
        "A role of a message, or the type of a part, is not one that the schema has.",
        f"{_GENAI} (422, 2025-07-22); 422 recorded live 2026-08-06",
        ("developer-role", "function-role", "role-alias", "content-part", "audio-part",
         "file-part"), "refused-role"),
    "union_tag_not_found": _entry(
        "union_tag_not_found", "Unable to extract tag using discriminator '%s'",
        "A message has no role, or a part no type.", _OPENAPI, ("content-part",)),
    "less_than_equal": _entry(
        "less_than_equal", "Input should be less than or equal to %s", "A number is too large.",
        "https://github.com/scottyeager/Pal/issues/28 (422)",
        ("temperature-range", "top-p-range", "penalty-range"), "refused-range"),
    "greater_than_equal": _entry(
        "greater_than_equal", "Input should be greater than or equal to %s",
        "A number is too small.", f"{_PARAMETERS} (422, 2026-08-17)",
        ("temperature-range", "penalty-range", "out-of-range"), "refused-range"),
    "less_than": _entry(
        "less_than", "Input should be less than %s", "A number is too large.", _OPENAPI,
        ("out-of-range",), "refused-range"),
    "greater_than": _entry(
        "greater_than", "Input should be greater than %s", "A number is too small.",
        f"{_PARAMETERS} (422, 2026-08-17: top_p of 0)", ("top-p-range", "out-of-range"),
        "refused-range"),
    "string_type": _entry(
        "string_type", "Input should be a valid string",
        "A value is not a string; most often a null where Mistral accepts none.",
        f"{_OPENAPI}/issues/212 (422, 2025-03)",
        ("null", "null-content", "content", "message-parts"), "refused-null"),
    "int_type": _entry(
        "int_type", "Input should be a valid integer", "A value is not an integer, or it is null.",
        _OPENAPI, ("null", "whole-float", "quoted-scalar"), "refused-null"),
    "float_type": _entry(
        "float_type", "Input should be a valid number", "A value is not a number, or it is null.",
        f"{_OPENAPI}/issues/212 (422, 2025-03)", ("null", "quoted-scalar"), "refused-null"),
    "bool_type": _entry(
        "bool_type", "Input should be a valid boolean", "A value is not a boolean, or it is null.",
        "https://github.com/mistralai/client-python/issues/91", ("null", "quoted-scalar"),
        "refused-null"),
    "list_type": _entry(
        "list_type", "Input should be a valid list", "A value is not a list, or it is null.",
        _OPENAPI, ("null", "message-parts"), "refused-null"),
    "dict_type": _entry(
        "dict_type", "Input should be a valid dictionary",
        "A value is not an object, or it is null.", _OPENAPI, ("null",), "refused-null"),
    "model_attributes_type": _entry(
        "model_attributes_type",
        "Input should be a valid dictionary or object to extract fields from",
        "A value is not an object, or it is null.", _OPENAPI, ("null",), "refused-null"),
    "too_short": _entry(
        "too_short", "List should have at least %s item after validation, not %s",
        "A list has fewer items than the schema requires.", _OPENAPI),
    "finite_number": _entry(
        "finite_number", "Input should be a finite number",
        "A number is infinite or not a number.", "RFC 8259, section 6", ("not-a-number",)),
}  # fmt: skip

_MODEL_ROWS: Final[Mapping[str, KnownRefusal]] = {
    "model-missing": KnownRefusal(
        _MODEL, "Model name parameter is required for serving mode", "There is no model.", COMMON),
    "model": KnownRefusal(
        _MODEL, "Invalid model: {}%s",
        "No model has this id, it is retired, or the endpoint does not serve it.",
        f"{_RIG}, recorded 2026-08-15; the replacement is the card's", ("model-prefix",)),
    "fim": KnownRefusal(
        _ARGS, "FIM is not enabled for this model", "The model has no fill-in-the-middle.",
        "https://github.com/langchain-ai/langchainjs/issues/8698 (2025-08-15)"),
}  # fmt: skip

_ARGUMENT_ROWS: Final[Mapping[str, KnownRefusal]] = {
    "logprobs": KnownRefusal(
        _ARGS, "Logprobs are not enabled for this model",
        "The server knows logprobs, and no model that was tried returns them.",
        f"{_RIG} (400, recorded 2026-08-17)", ("unknown-key",), "refused-model-option",
        "Logprobs are not enabled"),
    "greedy": KnownRefusal(
        _ARGS, "top_p must be 1 when using greedy sampling.",
        "With temperature 0 Mistral accepts only top_p 1.",
        "https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338 (400, 2024-11-19)",
        ("greedy-top-p",), "refused-greedy", "top_p must be 1 when using greedy"),
    "forced-tool": KnownRefusal(
        _ARGS, "`%s` response type with tools is only compatible with `tool_choice: auto`",
        "A JSON response format stands beside a tool that must be called.",
        f"{_RIG} (400, recorded 2026-08-15)", ("forced-tool-json", "forced-tool-format"),
        "refused-tool-choice", "only compatible with `?tool_choice"),
    "json-schema": KnownRefusal(
        _ARGS, "Response format `json_schema` must define the schema",
        "The response format has no schema.",
        "mistral-common 1.13.1, protocol/instruct/request.py", ("response-format",)),
    "strict-schema": KnownRefusal(
        _JSON_SCHEMA, "Missing `additionalProperties: False` in object schema",
        "A strict schema has an object that allows properties which it does not list.",
        "https://github.com/mistralai/client-ts/issues/107 (2025-06)", ("strict-schema",),
        "refused-strict-schema", "Missing `?additionalProperties"),
    "effort": KnownRefusal(
        _ARGS, "reasoning_effort='{}' is not supported for this model%s",
        "The model does not have this reasoning effort.",
        "https://github.com/architects-toolkit/SmartHopper/issues/647 (2026-07-06)",
        ("reasoning-effort",), "refused-model-option",
        r"reasoning_effort\S{0,100} (?:is not supported(?:.*Must be one of (.*))?|must be (.*))",
        _BOTH),
    "no-effort": KnownRefusal(
        _ARGS, "Reasoning effort is not enabled for this model", "The model does not reason.",
        "https://github.com/HKUDS/nanobot/pull/4351 (400, 2026)", ("reasoning-effort",),
        "refused-model-option", "Reasoning effort is not enabled"),
    "prompt-mode": KnownRefusal(
        _ARGS, "Reasoning prompt mode is not enabled for this model",
        "The model does not have prompt_mode.",
        "https://github.com/earendil-works/pi/issues/3096 (2026-04-13)", ("prompt-mode",),
        "refused-model-option", "Reasoning prompt mode is not enabled"),
    # Nobody posted the body of the next three: of the first two there is documentation alone.
    "n": KnownRefusal(
        _ARGS, "n must be 1 for this model", "The model gives one completion only.",
        "Mistral's docs, inference/sampling, 2026-08-21: not on mistral-large-2512",
        ("model-n",), "refused-model-option", r"\bn must be 1\b"),
    "prediction": KnownRefusal(
        _ARGS, "%s is not supported with prediction",
        "A prediction excludes some other parameters.",
        "Mistral's docs, studio/conversations/advanced/predicted-outputs, 2026-08-21", (),
        "refused-model-option", r"\b(\w{1,64}) is not supported with prediction"),
    "dimension": KnownRefusal(
        _ARGS, "This model does not support output_dimension",
        "The dimension of this model's embeddings is fixed.",
        "https://github.com/garrytan/gbrain/pull/3001 (400, 2026-07-19)",
        ("model-output-dimension",), "refused-model-option",
        r"does not support `?(output_dimension)"),
    "cache-key": KnownRefusal(
        _ARGS, "prompt_cache_key must be a string of ASCII characters",
        "The cache key has a character that is not ASCII.",
        "LiteLLM 1.110.2, llms/mistral/chat/transformation.py (2026-11): the words are ours",
        ("cache-key",)),
    "inputs": KnownRefusal(
        _PROMPT, "Too many inputs in request, split into more batches.",
        "There are more inputs than one request may have.",
        f"{_RIG} (recorded 2026-08-15: 257 inputs)"),
}  # fmt: skip

_CONVERSATION_ROWS: Final[Mapping[str, KnownRefusal]] = {
    "no-message": KnownRefusal(
        _ORDER, "Conversation must have at least one message", "There is no message.", COMMON),
    "start": KnownRefusal(
        _ORDER, "Conversation must start with a user message or system message",
        "The only message is the assistant's or a tool's.", COMMON, ("orphan-result",),
        "refused-order", r"Conversation must start with a user(?: message)?(?: or|,)", _BOTH),
    "last-role": KnownRefusal(
        _ORDER, "Expected last role User or Tool (or Assistant with prefix True) for serving but "
        "got %s", "The last message is the assistant's, and not marked as a prefix.",
        f"{_RIG}/issues/1130 (400)",
        ("trailing-assistant", "trailing-assistant-user", "trailing-assistant-drop"),
        "refused-last", "Expected last role"),
    "order": KnownRefusal(
        _ORDER, "Unexpected role '%s' after role '%s'",
        "Two roles follow each other that may not.",
        "https://github.com/charmbracelet/crush/issues/279 (400, 2025-07-22)",
        ("late-system", "merge-system", "user-after-tool", "result-order", "orphan-result"),
        "refused-order", r"Unexpected role \W{1,9}(\w+)\W{1,9} after role \W{1,9}(\w+)", _BOTH),
    "unanswered": KnownRefusal(
        _ORDER, "Not the same number of function calls and responses",
        "A tool call has no result, or a result no call.",
        "https://github.com/mistralai/client-ts/issues/106 (400, 2025-06)",
        ("missing-result", "drop-unanswered-call", "orphan-result"), "refused-pairing",
        "Not the same number of function calls and responses"),
    "unexpected-id": KnownRefusal(
        _ORDER, "Unexpected tool call id {} in tool results",
        "A result has an id that no call before it has.",
        "https://github.com/pydantic/pydantic-ai/issues/3733 (400, 2025-12-15)",
        ("result-id", "orphan-result"), "refused-pairing",
        r"Unexpected tool call id (.*) in tool results"),
    "duplicate-result": KnownRefusal(
        _ORDER, "Duplicate tool call id {} in tool results", "Two results have the same id.",
        COMMON, ("orphan-result",)),
    "duplicate-call": KnownRefusal(
        _ORDER, "Duplicate tool call id {} in assistant message", "Two calls have the same id.",
        COMMON, ("duplicate-tool-call-id",)),
    "empty": KnownRefusal(
        _ORDER, "Assistant message must have either content or tool_calls, but not none.",
        "An assistant message has neither content nor tool calls.",
        "https://github.com/metadist/synaplan/issues/1115 (400, 2026-06-18)",
        ("empty-assistant", "empty-assistant-placeholder"), "refused-empty",
        "either content or tool_calls, but not none"),
    "both": KnownRefusal(
        _ORDER, "Assistant message must have either content or tool_calls, but not both.",
        "An assistant message has content and tool calls: models of 2024 accept one of them.",
        "https://github.com/langchain-ai/langchain/issues/21196 (400, 2024-05)",
        ("split-content-calls",), "refused-empty",
        "either content or tool_calls, but not both|cannot have both content and tool calls",
        _BOTH),
    "prefix": KnownRefusal(
        _ORDER, "Assistant message with prefix True must be last message",
        "A message before the last one is marked as a prefix.", COMMON, ("prefix-not-last",)),
    "id": KnownRefusal(
        _CALL, "Tool call id was {} but must be a-z, A-Z, 0-9, with a length of 9.",
        "A tool-call id is not nine letters and digits.",
        "https://github.com/editor-code-assistant/eca/issues/233 (400, 2025-12-13)",
        ("tool-call-id",), "refused-id", r"Tool call id was (.*) but must be"),
    "call-id": KnownRefusal(
        _CALL, "Tool call id has to be defined in serving mode.", "A tool call has no id.",
        COMMON, ("missing-tool-call-id",), "refused-id",
        "Tool call id has to be defined in serving mode"),
    "result-id": KnownRefusal(
        _CALL, "Tool call id has to be defined.", "A result does not say which call it answers.",
        "https://github.com/langchain-ai/langchain/issues/28237 (500, 2024-11)",
        ("missing-tool-call-id",), "refused-id", "Tool call id has to be defined"),
    "name": KnownRefusal(
        _CALL, "Function name was {} but must be a-z, A-Z, 0-9, or contain underscores and dashes, "
        "with a maximum length of 64.",
        "A function's name has other characters, or is too long.",
        "https://github.com/Kochava-Studios/witsy/pull/164 (400, 2025-04-04)",
        ("function-name",), "refused-name", r"Function name was (.*) but must be"),
    "thinking": KnownRefusal(
        _ARGS, "Reasoning input is not enabled for this model",
        "The model does not reason, and a message has a thinking chunk.",
        "https://github.com/mistralai/mistral-vibe/issues/758 (2026-06-09)",
        ("thinking-model", "reasoning"), "refused-thinking", "Reasoning input is not enabled"),
    "leading-thinking": KnownRefusal(
        _ARGS, "Expected at most one leading ThinkChunk, got %s",
        "A message begins with several thinking chunks.",
        "https://github.com/earendil-works/pi/issues/9674 (400 on GLM, 2026-09-22)",
        ("one-thinking-chunk",),
        "refused-thinking-chunks", "at most one leading ThinkChunk"),
    "image": KnownRefusal(
        _ARGS, "Image input is not enabled for this model", "The model does not accept images.",
        f"{_GENAI}, recorded on voxtral-small 2025-08-29"),
    "images": KnownRefusal(
        _ARGS, "Max images: %s", "There are more images than the model accepts.",
        "https://github.com/earendil-works/pi/pull/120 (400 on pixtral-12b, 2025-12-16)"),
    "audio": KnownRefusal(
        _ARGS, "Audio input is not enabled for this model", "The model does not accept audio.",
        f"{_GENAI}, recorded on 13 models 2025-12-14"),
    "audio-file": KnownRefusal(
        _AUDIO, "Failed to load audio file. Verify that the given file is valid mp3 or wav.",
        "The audio cannot be decoded.",
        f"{_GENAI}, recorded with aac on voxtral-small 2025-12-14"),
    "document": KnownRefusal(
        _SERVER, "Service unavailable.", "A model that hears is given a document.",
        f"{_GENAI}, recorded with a PDF on voxtral-small 2025-12-14"),
}  # fmt: skip

_TOOL_ROWS: Final[Mapping[str, KnownRefusal]] = {
    "builtin-tool": KnownRefusal(
        _Kind("enum", "enum", 422), "Input should be 'function'",
        "Chat completions have no web search: it is a tool of Mistral's conversations.",
        f"{_GENAI} (422 on 11 models, recorded 2026-02-08); the document of 2026-08-13 lists it, "
        "the SDK of 2026-09-28 does not, and no 200 is recorded", ("builtin-tool",),
        "refused-tool"),
    "tool-schema": KnownRefusal(
        _ARGS, "Invalid tool schema: %s", "The parameters are not a JSON Schema of draft 7.",
        "https://github.com/SylphxAI/pdf-reader-mcp/issues/63 (400)", ("tool-schema",)),
    "grammar": KnownRefusal(
        _ARGS, "%s", "The parameters have a keyword that Mistral's grammar compiler refuses.",
        "https://github.com/BerriAI/litellm/pull/13389 (400, 2025-08-07)", ("schema-id",)),
}  # fmt: skip

_TEMPLATE_ROWS: Final[Mapping[str, KnownRefusal]] = {
    "template-no-message": _template(
        "Conversation must have at least one message", "There is no message.", _TEMPLATES),
    "template-first": _template(
        "Conversation must start with a user or system message",
        "The first message is the assistant's or a tool's.", _TEMPLATES,
        ("leading-assistant", "orphan-result")),
    "template-turns": _template(
        "After the optional system message, conversation roles must alternate "
        "user/assistant/user/assistant/...",
        "Two messages of one role follow each other, or the first one is the assistant's.",
        "https://github.com/RooCodeInc/Roo-Code/issues/10045 (2025-12-12); "
        "https://github.com/vllm-project/vllm/issues/6862 (2024-07-27)",
        ("merge-neighbours", "merge-assistants", "merge-system", "leading-assistant",
         "user-after-tool"), "refused-order",
        r"roles must alternate|assistant messages at the end of the list"
        r"|with the exception of an initial optional system message"),
    "template-role": _template(
        "Only user, assistant and tool roles are supported, got {}.",
        "The template has no such role, or has it only for the first message.", _FILES,
        ("system-first", "merge-system", "developer-role", "function-role"), "refused-order",
        r"Only user(?:,| and) [a-z, ]{0,60}roles are supported"),
    "template-id": _template(
        "Tool call IDs should be alphanumeric strings with length 9!",
        "A tool-call id is not nine letters and digits.", f"{_FILES}; {_TEMPLATES}",
        ("tool-call-id", "missing-tool-call-id"), "refused-id",
        r"Tool call IDs? (?:should|must) be|must have an? (?:id|call_id)\b.{0,40}9 characters"),
    "template-call-type": _template(
        "Missing tool call type", "A tool call has no type.", "llama.cpp (2026-10)",
        ("call-type",), "refused-call-type", "Missing tool call type"),
    "template-arguments": _template(
        "Assistant tool call function.arguments must be valid JSON.",
        "The arguments of a tool call are not JSON.",
        "SGLang 0.5.23, serving_chat.py; mlx-lm and vLLM parse them likewise"),
    "template-null-content": _template(
        "Content is null beside tool calls: object of type 'NoneType' has no len()",
        "A message's content is null.",
        f"{_FILES}: Ministral 3, where the server puts nothing in its place",
        ("assistant-content", "null-content"), "refused-null",
        r"object of type 'NoneType' has no len|None has no element 0"),
    "template-empty": _template(
        "Assistant message must have either content or tool_calls, but not none.",
        "An assistant message has neither content nor tool calls.",
        f"{_TEMPLATES}; vLLM: Invalid assistant message: content='' tool_calls=None",
        ("empty-assistant", "empty-assistant-placeholder"), "refused-empty",
        r"Assistant message must have a string|Assistant message content must be non-empty"
        r"|Invalid assistant message: content="),
    "template-text-and-calls": _template(
        "Assistant message cannot have both content and tool calls on this model",
        "An assistant message has content and tool calls.",
        f"{_TEMPLATES}, version 3: 'cannot have both'"),
    "template-part": _template(
        "Only text, image and image_url block types are supported in message content.",
        "A part of content is of a type that the template does not have.", _FILES),
    "template-content": _template(
        'can only concatenate str (not "list") to str',
        "The template accepts content only as a string.", f"{_FILES}: Mistral Nemo",
        ("content-string", "tool-content-string"), "refused-content",
        r"can only concatenate str \(not \"list\"\)"),
    "template-images": _template(
        "This model's template has no place for images", "The model reads text only.",
        f"{_FILES}: Mistral Nemo"),
    "template-tool-images": _template(
        "A tool's result holds text: the template prints an image as its base64",
        "A tool's result has an image.", _TEMPLATES, ("tool-images",)),
    "template-tool-choice": _template(
        "tool_choice must be auto, none, required or a named tool",
        "These servers have required for Mistral's any.",
        "llama.cpp, SGLang and vLLM (2026-10)", ("required-tool-choice",), "refused-tool-choice",
        r"Invalid tool_choice: any"),
    "template-options": _template(
        "chat_template is not supported for Mistral tokenizers.",
        "vLLM's Mistral tokenizer has no chat template to configure.",
        "vllm/tokenizers/mistral.py (2026-10); https://github.com/charmbracelet/crush/issues/1737",
        (), "refused-extra", r"chat_template(?:_kwargs)?\W{1,9}(?:is|are) not supported"),
}  # fmt: skip

_OTHER_ROWS: Final[Mapping[str, KnownRefusal]] = {
    "extra-parameters": KnownRefusal(
        _Kind("", ""),
        "Extra parameters [{}] are not allowed when extra-parameters is not set or set to be "
        "'error'.",
        "Azure's model inference accepts only the fields of its own list.",
        "https://github.com/langchain-ai/langchain/issues/29679 (400, 2025-02-07)",
        ("unknown-key",), "refused-extra", r"Extra parameters? \[([^\]]{0,2000})\]", ("azure",)),
    "extra-in-words": KnownRefusal(
        _Kind("extra_forbidden", "extra_forbidden", 422), "Extra inputs are not permitted: {}",
        "An object has a key that the schema does not have there; a gateway says so in words.",
        "https://github.com/pydantic/pydantic-ai/issues/6593 (422, Azure, 2026-07-19); pydantic's "
        "own text of an error", ("unknown-key",), "refused-extra",
        r"Extra inputs are not permitted: ([\w.]+(?:, ?[\w.]+)*)"
        r"|(?<![\w.])([\w.]+)(?:: ?|\n +)Extra inputs are not permitted", ("azure",)),
    # What no row names yet, as the last to try.
    "option": KnownRefusal(
        _ARGS, "{} is not supported for this model", "The model does not support a parameter.",
        "https://github.com/architects-toolkit/SmartHopper/issues/647 (2026-07-06)", (),
        "refused-model-option",
        r"\b(\w{1,64})`?(?:=\S{1,100})? is not (?:supported|enabled)|does not support `?(\w+)"),
}  # fmt: skip

KNOWN_REFUSALS: Final[Mapping[str, KnownRefusal]] = {
    **_SCHEMA_ROWS,
    **_MODEL_ROWS,
    **_ARGUMENT_ROWS,
    **_CONVERSATION_ROWS,
    **_TOOL_ROWS,
    **_TEMPLATE_ROWS,
    **_OTHER_ROWS,
}
"""Every refusal that is known, by a name of ours; see the head of this module."""
