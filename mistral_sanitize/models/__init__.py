"""Pydantic models of every object of Mistral's requests, each field once.

They are the only source of what a request may contain: names, types, bounds, nulls, and the dates
between which each of them was valid (`mistral_sanitize.schema.marks`). The models are the union
of all dated schemas; `schema.compile` compiles what a single one accepts.

Source: ``openapi.yaml`` and, since 2026-06-16, ``openapi-public-doc.yaml`` of
mistralai/platform-docs-public; Mistral's SDK where it runs ahead of them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from mistral_sanitize.models._base import (
    Model,
    OpenModel,
)
from mistral_sanitize.models.chat import (
    AgentsCompletionRequest,
    ChatCompletionRequest,
    FIMCompletionRequest,
    GuardrailConfig,
    JSONSchema,
    ModerationLLMV1CategoryThresholds,
    ModerationLLMV1Config,
    ModerationLLMV2CategoryThresholds,
    ModerationLLMV2Config,
    Prediction,
    ResponseFormat,
)
from mistral_sanitize.models.content import (
    AudioChunk,
    ContentChunk,
    DocumentURLChunk,
    FileChunk,
    ImageURL,
    ImageURLChunk,
    ReferenceChunk,
    ResourceChunk,
    ResourceLinkChunk,
    SystemContentChunk,
    TextChunk,
    ThinkChunk,
    ToolReferenceChunk,
)
from mistral_sanitize.models.endpoints import (
    ChatClassificationRequest,
    ChatModerationRequest,
    ClassificationRequest,
    EmbeddingRequest,
    InstructRequest,
    ModerationRequest,
)
from mistral_sanitize.models.messages import (
    AssistantMessage,
    Message,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from mistral_sanitize.models.tools import (
    APIKeyAuth,
    CodeInterpreterTool,
    ConnectorTool,
    DocumentLibraryTool,
    Function,
    FunctionCall,
    FunctionName,
    FunctionTool,
    ImageGenerationTool,
    OAuth2TokenAuth,
    Tool,
    ToolCall,
    ToolChoice,
    ToolChoiceMode,
    ToolConfiguration,
    WebSearchPremiumTool,
    WebSearchTool,
)

__all__ = [
    "ENDPOINTS",
    "APIKeyAuth",
    "AgentsCompletionRequest",
    "AssistantMessage",
    "AudioChunk",
    "ChatClassificationRequest",
    "ChatCompletionRequest",
    "ChatModerationRequest",
    "ClassificationRequest",
    "CodeInterpreterTool",
    "ConnectorTool",
    "ContentChunk",
    "DocumentLibraryTool",
    "DocumentURLChunk",
    "EmbeddingRequest",
    "FIMCompletionRequest",
    "FileChunk",
    "Function",
    "FunctionCall",
    "FunctionName",
    "FunctionTool",
    "GuardrailConfig",
    "ImageGenerationTool",
    "ImageURL",
    "ImageURLChunk",
    "InstructRequest",
    "JSONSchema",
    "Message",
    "Model",
    "ModerationLLMV1CategoryThresholds",
    "ModerationLLMV1Config",
    "ModerationLLMV2CategoryThresholds",
    "ModerationLLMV2Config",
    "ModerationRequest",
    "OAuth2TokenAuth",
    "OpenModel",
    "Prediction",
    "ReferenceChunk",
    "ResourceChunk",
    "ResourceLinkChunk",
    "ResponseFormat",
    "SystemContentChunk",
    "SystemMessage",
    "TextChunk",
    "ThinkChunk",
    "Tool",
    "ToolCall",
    "ToolChoice",
    "ToolChoiceMode",
    "ToolConfiguration",
    "ToolMessage",
    "ToolReferenceChunk",
    "UserMessage",
    "WebSearchPremiumTool",
    "WebSearchTool",
]

ENDPOINTS: Mapping[str, type[Model]] = MappingProxyType(
    {
        "/v1/chat/completions": ChatCompletionRequest,
        "/v1/fim/completions": FIMCompletionRequest,
        "/v1/agents/completions": AgentsCompletionRequest,
        "/v1/embeddings": EmbeddingRequest,
        "/v1/moderations": ModerationRequest,
        "/v1/chat/moderations": ChatModerationRequest,
        "/v1/classifications": ClassificationRequest,
        "/v1/chat/classifications": ChatClassificationRequest,
    }
)
"""The model of each endpoint's request, by the endpoint's published path."""
