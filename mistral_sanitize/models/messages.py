"""The messages of a conversation.

Source: ``components/schemas`` of ``openapi.yaml`` and ``openapi-public-doc.yaml`` in
mistralai/platform-docs-public; each date is the day of the commit there.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field

from mistral_sanitize.models._base import Model
from mistral_sanitize.models.content import ContentChunk, SystemContentChunk
from mistral_sanitize.models.tools import ToolCall
from mistral_sanitize.schema.marks import Repair, Supported

__all__ = ["AssistantMessage", "Message", "SystemMessage", "ToolMessage", "UserMessage"]


_PARTS = {"parts": "message-parts", "text": "message-parts", "images": "message-parts"}


class SystemMessage(Model):
    """What the model is told before the conversation. Source: ``SystemMessage``."""

    slot = "message.system"
    handled_keys: ClassVar[Mapping[str, str]] = {"name": "message-name", **_PARTS}
    defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {"content": ("null-content", "")}

    role: Literal["system"] = Field(default="system", description="The role of the author.")
    content: Annotated[
        str | list[SystemContentChunk], Repair("content"), Repair("one-thinking-chunk")
    ] = Field(description="The text of the message, or its parts.")


class UserMessage(Model):
    """What the user says. Source: ``UserMessage``."""

    slot = "message.user"
    defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {"content": ("null-content", "")}
    handled_keys: ClassVar[Mapping[str, str]] = {"name": "message-name", **_PARTS}

    role: Literal["user"] = Field(default="user", description="The role of the author.")
    content: Annotated[
        str | list[ContentChunk] | Annotated[None, Supported(since="2024-11-18")],
        Repair("content"),
        Repair("one-thinking-chunk"),
    ] = Field(description="The text of the message, or its parts.")


class AssistantMessage(Model):
    """What the model said, and which tools it called. Source: ``AssistantMessage``."""

    slot = "message.assistant"
    handled_keys: ClassVar[Mapping[str, str]] = {
        "name": "message-name",
        "refusal": "refusal",
        "audio": "audio-transcript",
        "function_call": "function-call",
        "extra_content": "completion-chunks",  # which reads reasoning_content
        "reasoning_content": "reasoning",
        "reasoning": "reasoning",
        "reasoning_details": "reasoning",
        "thinking_blocks": "reasoning",
        "thinking": "reasoning",
        **_PARTS,
    }

    role: Literal["assistant"] = Field(default="assistant", description="The role of the author.")
    content: Annotated[
        str
        | Annotated[list[ContentChunk], Supported(since="2024-11-07")]
        # The document of 2024-11-07 lost the null when it got the list, and regained it.
        | Annotated[None, Supported(until="2024-11-07"), Supported(since="2024-11-18")],
        Repair("content"),
        Repair("one-thinking-chunk"),
    ] = Field(default=None, description="The text of the message, or its parts.")
    tool_calls: list[Annotated[ToolCall, Repair("tool-call-shape")]] | None = Field(
        default=None, description="The calls that the model made."
    )
    prefix: bool = Field(
        default=False,
        description="Whether this is the beginning of the completion, which the model continues.",
    )


class ToolMessage(Model):
    """What a tool returned. Source: ``ToolMessage``."""

    slot = "message.tool"
    handled_keys: ClassVar[Mapping[str, str]] = _PARTS
    defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {"content": ("null-content", "")}

    role: Literal["tool"] = Field(default="tool", description="The role of the author.")
    content: Annotated[
        str
        | Annotated[list[ContentChunk], Supported(since="2024-11-18")]
        | Annotated[None, Supported(since="2024-11-18")],
        Repair("content"),
        Repair("tool-content"),
        Repair("one-thinking-chunk"),
        Repair("tool-content-string"),
    ] = Field(description="The tool's result.")
    tool_call_id: str | None = Field(
        default=None, description="The id of the call that this answers."
    )
    name: str | None = Field(default=None, description="The name of the function that was called.")


Message = Annotated[
    SystemMessage | UserMessage | AssistantMessage | ToolMessage,
    Discriminator("role"),
    Repair("developer-role"),
    Repair("function-role"),
    Repair("role-alias"),
    Repair("unknown-role"),
]
"""A message of any role."""
