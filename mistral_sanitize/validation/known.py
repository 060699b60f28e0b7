"""What Mistral is known to refuse although its schema allows it: `KNOWN_REFUSALS`, one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from mistral_sanitize.report import Problem, pointer

__all__ = ["KNOWN_REFUSALS", "Kind", "KnownRefusal"]


class Kind(NamedTuple):
    """The head of one of Mistral's responses."""

    type: str
    code: str
    status: int = 400


_MODEL: Final = Kind("invalid_model", "1500")
_ARGS: Final = Kind("invalid_request_invalid_args", "3051")
_PROMPT: Final = Kind("invalid_request_prompt", "3210")
_ORDER: Final = Kind("invalid_request_message_order", "3230")
_CALL: Final = Kind("invalid_function_call", "3280")
_AUDIO: Final = Kind("invalid_request_audio", "3291")
_SERVER: Final = Kind("internal_server_error", "1000", 500)


class KnownRefusal(NamedTuple):
    """One thing that Mistral refuses although its schema allows it, in Mistral's words.

    ``{}`` in `words` is a value of the request, ``%s`` a word out of our own tables. Where the
    code of a response was not recorded, it is the code of the nearest kind.
    """

    kind: Kind
    words: str
    evidence: str

    def problem(self, path: Sequence[object], *ours: str, quoted: str | None = None) -> Problem:
        """The problem at a path, with our words and the quoted value filled in."""
        words = self.words % ours if ours else self.words
        kind = self.kind
        return Problem(pointer(path), kind.code, words, kind.status, kind.type, (), quoted)


_COMMON: Final = "mistral-common 1.13.1, protocol/instruct/validator.py"

KNOWN_REFUSALS: Final[Mapping[str, KnownRefusal]] = {
    # the model
    "model-missing": KnownRefusal(
        _MODEL, "Model name parameter is required for serving mode", _COMMON),
    "model": KnownRefusal(
        _MODEL, "Invalid model: {}%s",
        "https://github.com/0xPlaygrounds/rig, recorded 2026-08-15; the replacement is the card's"),
    "fim": KnownRefusal(
        _ARGS, "FIM is not enabled for this model",
        "https://github.com/langchain-ai/langchainjs/issues/8698 (2025-08-15)"),
    # the arguments
    "greedy": KnownRefusal(
        _ARGS, "top_p must be 1 when using greedy sampling.",
        "https://github.com/devoxx/DevoxxGenieIDEAPlugin/issues/338 (400, 2024-11-19)"),
    "forced-tool": KnownRefusal(
        _ARGS, "`%s` response type with tools is only compatible with `tool_choice: auto`",
        "https://github.com/0xPlaygrounds/rig (400, recorded 2026-08-15)"),
    "json-schema": KnownRefusal(
        _ARGS, "Response format `json_schema` must define the schema",
        "mistral-common 1.13.1, protocol/instruct/request.py"),
    "effort": KnownRefusal(
        _ARGS, "reasoning_effort='{}' is not supported for this model%s",
        "https://github.com/architects-toolkit/SmartHopper/issues/647 (2026-07-06)"),
    # The words are ours: LiteLLM's code says so, and nobody posted a refusal.
    "cache-key": KnownRefusal(
        _ARGS, "prompt_cache_key must be a string of ASCII characters",
        "LiteLLM 1.110.2, llms/mistral/chat/transformation.py (2026-11)"),
    "prompt-mode": KnownRefusal(
        _ARGS, "Reasoning prompt mode is not enabled for this model",
        "https://github.com/earendil-works/pi/issues/3096 (2026-04-13)"),
    # Nobody posted the body of the next three: of the first two there is documentation alone.
    "n": KnownRefusal(
        _ARGS, "n must be 1 for this model",
        "Mistral's docs, inference/sampling, 2026-08-21: not on mistral-large-2512"),
    "prediction": KnownRefusal(
        _ARGS, "%s is not supported with prediction",
        "Mistral's docs, studio/conversations/advanced/predicted-outputs, 2026-08-21"),
    "dimension": KnownRefusal(
        _ARGS, "This model does not support output_dimension",
        "https://github.com/garrytan/gbrain/pull/3001 (400, 2026-07-19)"),
    "inputs": KnownRefusal(
        _PROMPT, "Too many inputs in request, split into more batches.",
        "https://github.com/0xPlaygrounds/rig (recorded 2026-08-15: 257 inputs)"),
    # the conversation
    "no-message": KnownRefusal(
        _ORDER, "Conversation must have at least one message", _COMMON),
    "start": KnownRefusal(
        _ORDER, "Conversation must start with a user message or system message", _COMMON),
    "last-role": KnownRefusal(
        _ORDER, "Expected last role User or Tool (or Assistant with prefix True) for serving but "
        "got %s", "https://github.com/0xPlaygrounds/rig/issues/1130 (400)"),
    "order": KnownRefusal(
        _ORDER, "Unexpected role '%s' after role '%s'",
        "https://github.com/charmbracelet/crush/issues/279 (400, 2025-07-22)"),
    "unanswered": KnownRefusal(
        _ORDER, "Not the same number of function calls and responses",
        "https://github.com/mistralai/client-ts/issues/106 (400, 2025-06)"),
    "unexpected-id": KnownRefusal(
        _ORDER, "Unexpected tool call id {} in tool results",
        "https://github.com/pydantic/pydantic-ai/issues/3733 (400, 2025-12-15)"),
    "duplicate-result": KnownRefusal(
        _ORDER, "Duplicate tool call id {} in tool results", _COMMON),
    "duplicate-call": KnownRefusal(
        _ORDER, "Duplicate tool call id {} in assistant message", _COMMON),
    "empty": KnownRefusal(
        _ORDER, "Assistant message must have either content or tool_calls, but not none.",
        "https://github.com/metadist/synaplan/issues/1115 (400, 2026-06-18)"),
    "prefix": KnownRefusal(
        _ORDER, "Assistant message with prefix True must be last message", _COMMON),
    "id": KnownRefusal(
        _CALL, "Tool call id was {} but must be a-z, A-Z, 0-9, with a length of 9.",
        "https://github.com/editor-code-assistant/eca/issues/233 (400, 2025-12-13)"),
    "call-id": KnownRefusal(
        _CALL, "Tool call id has to be defined in serving mode.", _COMMON),
    "result-id": KnownRefusal(
        _CALL, "Tool call id has to be defined.",
        "https://github.com/langchain-ai/langchain/issues/28237 (500, 2024-11)"),
    "name": KnownRefusal(
        _CALL, "Function name was {} but must be a-z, A-Z, 0-9, or contain underscores and dashes, "
        "with a maximum length of 64.",
        "https://github.com/Kochava-Studios/witsy/pull/164 (400, 2025-04-04)"),
    # what the messages hold
    "thinking": KnownRefusal(
        _ARGS, "Reasoning input is not enabled for this model",
        "https://github.com/mistralai/mistral-vibe/issues/758 (2026-06-09)"),
    "image": KnownRefusal(
        _ARGS, "Image input is not enabled for this model",
        "https://github.com/maruel/genai, recorded on voxtral-small 2025-08-29"),
    "images": KnownRefusal(
        _ARGS, "Max images: %s",
        "https://github.com/earendil-works/pi/pull/120 (400 on pixtral-12b, 2025-12-16)"),
    "audio": KnownRefusal(
        _ARGS, "Audio input is not enabled for this model",
        "https://github.com/maruel/genai, recorded on 13 models 2025-12-14"),
    "audio-file": KnownRefusal(
        _AUDIO, "Failed to load audio file. Verify that the given file is valid mp3 or wav.",
        "https://github.com/maruel/genai, recorded with aac on voxtral-small 2025-12-14"),
    "document": KnownRefusal(
        _SERVER, "Service unavailable.",
        "https://github.com/maruel/genai, recorded with a PDF on voxtral-small 2025-12-14"),
    # the tools
    "tool-schema": KnownRefusal(
        _ARGS, "Invalid tool schema: %s",
        "https://github.com/SylphxAI/pdf-reader-mcp/issues/63 (400)"),
    "grammar": KnownRefusal(
        _ARGS, "%s", "https://github.com/BerriAI/litellm/pull/13389 (400, 2025-08-07)"),
}  # fmt: skip
"""Every refusal that no schema shows, by a name of ours."""
