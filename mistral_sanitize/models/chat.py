"""The requests that make text: chat, agents, and fill-in-the-middle.

Source: ``components/schemas`` of ``openapi.yaml`` and ``openapi-public-doc.yaml`` in
mistralai/platform-docs-public; each date is the day of the commit there. What only the SDK sends
is dated by its release on PyPI: 3.2.0 was on 2026-10-09.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Ge, Gt, Le
from pydantic import Discriminator, Field

from mistral_sanitize.models._base import JSONObject, Model, NonNegative, OpenModel
from mistral_sanitize.models.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from mistral_sanitize.models.tools import Tool, ToolChoice, ToolChoiceMode
from mistral_sanitize.schema.marks import Bounded, RenamedFrom, Repair, Required, Supported

__all__ = [
    "AgentsCompletionRequest",
    "ChatCompletionRequest",
    "FIMCompletionRequest",
    "GuardrailConfig",
    "JSONSchema",
    "ModerationLLMV1CategoryThresholds",
    "ModerationLLMV1Config",
    "ModerationLLMV2CategoryThresholds",
    "ModerationLLMV2Config",
    "Prediction",
    "ResponseFormat",
]


class JSONSchema(Model):
    """The JSON Schema that the completion must follow. Source: ``JsonSchema``."""

    slot = "json_schema"
    defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {
        "name": ("response-format", "response"),
        "schema": ("response-format", {}),
    }

    name: str = Field(description="The schema's name.")
    description: str | None = Field(default=None, description="What the schema is for.")
    # ``schema`` is a method of pydantic's, long deprecated.
    schema_: JSONObject = Field(alias="schema", description="The schema itself.")
    strict: bool = Field(
        default=False, description="Whether the completion must follow the schema exactly."
    )


class ResponseFormat(Model):
    """The format of the completion. Source: ``ResponseFormat``."""

    slot = "response_format"

    type: (
        Literal["text", "json_object"]
        | Annotated[Literal["json_schema"], Supported(since="2025-03-06")]
    ) = Field(default="text", description="Text, any JSON, or JSON that follows a schema.")
    json_schema: Annotated[JSONSchema | None, Supported(since="2025-03-06")] = Field(
        default=None, description="The schema, where the type is json_schema."
    )


class Prediction(Model):
    """What most of the completion is expected to be. Source: ``Prediction``."""

    slot = "prediction"

    type: Literal["content"] = Field(default="content", description="The kind of the prediction.")
    content: Annotated[str, Repair("prediction")] = Field(
        default="", description="The expected text."
    )


class _Thresholds(OpenModel):
    """From which score on a category counts; both moderation models know these categories."""

    sexual: float | None = Field(default=None, description="Sexual content.")
    hate_and_discrimination: float | None = Field(
        default=None, description="Hate and discrimination."
    )
    violence_and_threats: float | None = Field(default=None, description="Violence and threats.")
    selfharm: float | None = Field(default=None, description="Self-harm.")
    health: float | None = Field(default=None, description="Medical advice.")
    financial: float | None = Field(default=None, description="Financial advice.")
    law: float | None = Field(default=None, description="Legal advice.")
    pii: float | None = Field(default=None, description="Personally identifiable information.")


class ModerationLLMV1CategoryThresholds(_Thresholds):
    """The thresholds of moderation 2411. Source: ``ModerationLLMV1CategoryThresholds``."""

    slot = "guardrail.moderation_llm_v1.thresholds"

    dangerous_and_criminal_content: float | None = Field(
        default=None, description="Dangerous and criminal content."
    )


class ModerationLLMV2CategoryThresholds(_Thresholds):
    """The thresholds of moderation 2603. Source: ``ModerationLLMV2CategoryThresholds``."""

    slot = "guardrail.moderation_llm_v2.thresholds"

    dangerous: float | None = Field(default=None, description="Dangerous content.")
    criminal: float | None = Field(default=None, description="Criminal content.")
    jailbreaking: float | None = Field(default=None, description="Jailbreaking attempts.")


class _ModerationConfig(OpenModel):
    """How a moderation model guards a request."""

    ignore_other_categories: bool = Field(
        default=False, description="Whether to check only the categories that have a threshold."
    )
    action: Literal["none", "block"] = Field(
        default="none", description="What to do when content is flagged."
    )


class ModerationLLMV1Config(_ModerationConfig):
    """A guardrail that uses moderation 2411. Source: ``ModerationLLMV1Config``."""

    slot = "guardrail.moderation_llm_v1"

    model_name: str = Field(
        default="mistral-moderation-2411", description="The moderation model's id."
    )
    custom_category_thresholds: ModerationLLMV1CategoryThresholds | None = Field(
        default=None, description="Custom thresholds."
    )


class ModerationLLMV2Config(_ModerationConfig):
    """A guardrail that uses moderation 2603. Source: ``ModerationLLMV2Config``."""

    slot = "guardrail.moderation_llm_v2"

    model_name: str = Field(
        default="mistral-moderation-2603", description="The moderation model's id."
    )
    custom_category_thresholds: ModerationLLMV2CategoryThresholds | None = Field(
        default=None, description="Custom thresholds."
    )


class GuardrailConfig(OpenModel):
    """A guardrail of a request. Source: ``GuardrailConfig``."""

    slot = "guardrail"

    block_on_error: bool = Field(
        default=False, description="Whether to block the request if the guardrail itself fails."
    )
    moderation_llm_v1: ModerationLLMV1Config | None = Field(
        default=None, description="The guardrail that uses moderation 2411."
    )
    moderation_llm_v2: ModerationLLMV2Config | None = Field(
        default=None, description="The guardrail that uses moderation 2603."
    )


class _Completion(Model):
    """What chat, agents and fill-in-the-middle share."""

    slot = "request"
    # mistral-vibe 3.0.3 sends ``{"include_usage": true, "stream_tool_calls": true}``. Without the
    # latter it is OpenAI's: 422 extra_forbidden, and usage comes with a stream in any case.
    undocumented: ClassVar[Mapping[str, str]] = {"stream_options": "stream_tool_calls"}

    max_tokens: Annotated[
        NonNegative | None,
        RenamedFrom("max_completion_tokens", "max-completion-tokens", wins=True),
        RenamedFrom("max_output_tokens", "max-completion-tokens"),
        Bounded("out-of-range", "remove"),
    ] = Field(default=None, description="The maximum number of tokens in the completion.")
    stream: bool = Field(default=False, description="Whether to stream the completion.")
    stop: Annotated[
        str | list[str] | Annotated[None, Supported(since="2026-06-16")],
        RenamedFrom("stop_sequences", "stop-sequences"),
        Repair("stop"),
        Repair("stop-limit"),
    ] = Field(default=None, description="Stop sequences: the completion ends before one.")
    random_seed: Annotated[
        NonNegative | None, RenamedFrom("seed", "seed"), Bounded("out-of-range", "remove")
    ] = Field(
        default=None,
        description="The seed for sampling; the same seed should give the same completion.",
    )
    metadata: Annotated[JSONObject | None, Supported(since="2025-12-18")] = Field(
        default=None, description="The caller's own data about the request."
    )
    prompt_cache_key: Annotated[
        str | None,
        Supported(since="2026-05-07", without=("azure", "vertex")),
        Repair("cache-key"),
    ] = Field(
        default=None,
        description="A key that requests with the same beginning share, for the prompt cache.",
    )


class _Sampling(Model):
    """What chat and fill-in-the-middle share: an agent brings its own."""

    temperature: Annotated[
        Annotated[float, Ge(0), Le(1.5)] | Annotated[None, Supported(since="2024-11-07")],
        Bounded("temperature-range"),
    ] = Field(default=None, description="The sampling temperature.")
    top_p: Annotated[
        Annotated[float, Ge(0), Le(1), Supported(until="2026-06-16")]
        | Annotated[float, Gt(0), Le(1), Supported(since="2026-06-16")]
        | Annotated[None, Supported(since="2026-06-16")],
        Bounded("top-p-range"),
    ] = Field(
        default=None, description="Nucleus sampling: the share of probability to sample from."
    )


_Penalty = Annotated[float, Ge(-2), Le(2)] | Annotated[None, Supported(since="2026-06-16")]


class _Conversation(_Completion):
    """What chat and agents share."""

    handled_keys: ClassVar[Mapping[str, str]] = {
        "functions": "legacy-functions",
        "function_call": "legacy-functions",
        "reasoning": "reasoning-switch",
        "thinking": "reasoning-switch",
        "chat_template_kwargs": "reasoning-switch",
        "chat_template_args": "reasoning-switch",
        "enable_thinking": "reasoning-switch",
        "enable_reasoning": "reasoning-switch",
        "thinking_config": "reasoning-switch",
        "output_config": "reasoning-switch",
        "thinking_budget": "reasoning-switch",
        "think": "reasoning-switch",
        "prompt": "prompt",
        "input": "prompt",
        "instructions": "top-level-system",
        "system": "top-level-system",
        "format": "response-format",
        "text": "response-format",
    }

    response_format: Annotated[ResponseFormat, Repair("response-format")] = Field(
        default_factory=ResponseFormat, description="The format of the completion."
    )
    tools: list[Tool] | None = Field(default=None, description="The tools that the model may use.")
    tool_choice: ToolChoice | ToolChoiceMode = Field(
        default="auto", description="Whether the model may, must not or must use a tool, and which."
    )
    presence_penalty: Annotated[
        _Penalty, Supported(since="2024-11-07"), Bounded("penalty-range")
    ] = Field(default=None, description="A penalty on tokens that the text already has.")
    frequency_penalty: Annotated[
        _Penalty, Supported(since="2024-11-07"), Bounded("penalty-range")
    ] = Field(
        default=None, description="A penalty on tokens, by how often the text already has them."
    )
    n: Annotated[
        Annotated[int, Ge(1)] | None,
        Supported(since="2024-11-07"),
        Bounded("out-of-range", "remove"),
    ] = Field(default=None, description="How many completions to return.")
    prediction: Annotated[Prediction, Supported(since="2025-01-21"), Repair("prediction")] = Field(
        default_factory=Prediction, description="What most of the completion is expected to be."
    )
    parallel_tool_calls: Annotated[bool, Supported(since="2025-03-21")] = Field(
        default=True, description="Whether the model may call several tools at once."
    )
    prompt_mode: Annotated[Literal["reasoning"] | None, Supported(since="2025-06-13")] = Field(
        default=None, description="Whether to use the system prompt for reasoning."
    )
    # mistralai 3.5.0 has ``max``; the day of its release is not known, 3.7.0 has it.
    reasoning_effort: Annotated[
        Literal["none", "high"]
        | Annotated[
            Literal["minimal", "low", "medium", "xhigh"] | None, Supported(since="2026-06-16")
        ]
        | Annotated[Literal["max"], Supported(since="2026-11-01", source="sdk")],
        Supported(since="2026-03-20"),
    ] = Field(default=None, description="How much the model reasons before it responds.")
    service_tier: Annotated[
        Literal["auto", "standard_only"] | None,
        Supported(since="2026-08-13", without=("azure", "vertex")),
        Repair("service-tier"),
    ] = Field(default=None, description="Whether the request may use capacity reserved in advance.")
    # Went on 2024-10-25 (e5f312b8), and came again with the SDK.
    min_tokens: Annotated[
        NonNegative | None,
        Supported(until="2024-10-25"),
        Supported(since="2026-10-09", source="sdk"),
        Bounded("out-of-range", "remove"),
    ] = Field(default=None, description="The minimum number of tokens in the completion.")
    repetition_penalty: Annotated[float | None, Supported(since="2026-10-09", source="sdk")] = (
        Field(
            default=None, description="A penalty on tokens that the text or the prompt already has."
        )
    )
    top_k: Annotated[int | None, Supported(since="2026-10-09", source="sdk")] = Field(
        default=None, description="How many of the most likely tokens to sample from."
    )
    logprobs: Annotated[bool | None, Supported(since="2026-10-09", source="sdk")] = Field(
        default=None,
        description="Whether to return the log probabilities of the completion's tokens.",
    )
    top_logprobs: Annotated[int | None, Supported(since="2026-10-09", source="sdk")] = Field(
        default=None, description="How many of the most likely tokens to return at each position."
    )
    prompt_logprobs: Annotated[bool | None, Supported(since="2026-10-09", source="sdk")] = Field(
        default=None, description="Whether to return the log probabilities of the prompt's tokens."
    )
    top_prompt_logprobs: Annotated[int | None, Supported(since="2026-10-09", source="sdk")] = Field(
        default=None,
        description="How many of the most likely tokens to return at each position of the prompt.",
    )


class ChatCompletionRequest(_Conversation, _Sampling):
    """The body of POST /v1/chat/completions. Source: ``ChatCompletionRequest``."""

    # Azure serves one model at an endpoint: ``model`` is "azureai" if it is left out
    # (mistralai 3.7.0, ``azure/client/models/chatcompletionrequest.py``).
    model: Annotated[
        str | Annotated[None, Supported(until="2025-03-06")], Required(without=("azure",))
    ] = Field(default=None, description="The model's id.")
    messages: list[Message] = Field(description="The conversation so far.")
    guardrails: Annotated[list[GuardrailConfig] | None, Supported(since="2026-03-17")] = Field(
        default=None, description="The guardrails of the request."
    )
    safe_prompt: Annotated[
        bool,
        Supported(without=("vertex",)),
        RenamedFrom("safe_mode", "safe-mode"),
    ] = Field(default=False, description="Whether to put Mistral's safety prompt in front.")


class AgentsCompletionRequest(_Conversation):
    """The body of POST /v1/agents/completions. Source: ``AgentsCompletionRequest``."""

    agent_id: str = Field(description="The agent's id.")
    messages: list[
        Annotated[
            Annotated[SystemMessage, Supported(since="2024-11-07")]
            | UserMessage
            | AssistantMessage
            | ToolMessage,
            Discriminator("role"),
            Repair("developer-role"),
            Repair("function-role"),
            Repair("role-alias"),
            Repair("unknown-role"),
        ]
    ] = Field(description="The conversation so far.")
    guardrails: Annotated[list[GuardrailConfig] | None, Supported(since="2026-06-16")] = Field(
        default=None, description="The guardrails of the request."
    )


class FIMCompletionRequest(_Completion, _Sampling):
    """The body of POST /v1/fim/completions. Source: ``FIMCompletionRequest``."""

    model: str | Annotated[None, Supported(until="2025-03-06")] = Field(
        description="The model's id."
    )
    prompt: str = Field(description="The text before the gap.")
    suffix: str | None = Field(default="", description="The text after the gap.")
    # Unlike chat, fill-in-the-middle never lost it.
    min_tokens: Annotated[NonNegative | None, Bounded("out-of-range", "remove")] = Field(
        default=None, description="The minimum number of tokens in the completion."
    )
