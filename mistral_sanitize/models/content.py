"""The parts of a message's content.

Source: ``components/schemas`` of ``openapi.yaml`` and ``openapi-public-doc.yaml`` in
mistralai/platform-docs-public; each date is the day of the commit there. Chunks that only the SDK
knows are dated by its release on PyPI.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field

from mistral_sanitize.models._base import JSONObject, Model
from mistral_sanitize.schema.marks import Repair, Supported

__all__ = [
    "AudioChunk",
    "ContentChunk",
    "DocumentURLChunk",
    "FileChunk",
    "ImageURL",
    "ImageURLChunk",
    "ReferenceChunk",
    "ResourceChunk",
    "ResourceLinkChunk",
    "SystemContentChunk",
    "TextChunk",
    "ThinkChunk",
    "ToolReferenceChunk",
]

# The clients that mistralai 3.7.0 has for Azure and Vertex know text, image_url and reference
# only (``azure/client/models/contentchunk.py``, ``gcp/client/models/contentchunk.py``).
_HOSTED = ("azure", "vertex", "bedrock", "openrouter", "chat-template")
# Hosts that speak OpenAI's dialect, and Bedrock, whose content is a string.
_OPENAI = ("bedrock", "openrouter", "chat-template")


class TextChunk(Model):
    """Text. Source: ``TextChunk``."""

    slot = "chunk.text"
    defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {"text": ("null-content", "")}

    type: Literal["text"] = Field(default="text", description="The kind of the chunk.")
    text: str = Field(description="The text.")


class ImageURL(Model):
    """Where an image is. Source: ``ImageURL``."""

    slot = "image_url"

    url: str = Field(description="An https URL, or a data URI with the image in base64.")
    detail: Annotated[
        Annotated[str, Supported(until="2026-03-04")]
        | Annotated[Literal["low", "auto", "high"], Supported(since="2026-03-04")]
        | None,
        Repair("image-detail"),
    ] = Field(default=None, description="The resolution at which the model sees the image.")


class ImageURLChunk(Model):
    """An image. Source: ``ImageURLChunk``."""

    slot = "chunk.image_url"
    shapes: ClassVar[tuple[str, ...]] = ("image-part",)

    type: Literal["image_url"] = Field(default="image_url", description="The kind of the chunk.")
    image_url: ImageURL | str = Field(description="The image, or its URL alone.")


class ReferenceChunk(Model):
    """References to documents given before, by number or name. Source: ``ReferenceChunk``."""

    slot = "chunk.reference"

    type: Literal["reference"] = Field(default="reference", description="The kind of the chunk.")
    reference_ids: list[int | Annotated[str, Supported(since="2026-06-16")]] = Field(
        description="The references: numbers, and since 2026-06-16 strings as well."
    )


class DocumentURLChunk(Model):
    """A document. Source: ``DocumentURLChunk``."""

    slot = "chunk.document_url"

    type: Literal["document_url"] = Field(
        default="document_url", description="The kind of the chunk."
    )
    document_url: str = Field(description="An https URL, or a data URI with the document.")
    document_name: str | None = Field(default=None, description="The document's file name.")


class FileChunk(Model):
    """A file that was uploaded before. Source: ``FileChunk``."""

    slot = "chunk.file"
    shapes: ClassVar[tuple[str, ...]] = ("file-part",)

    type: Literal["file"] = Field(default="file", description="The kind of the chunk.")
    # The document has ``format: uuid``, the SDK a plain string: the looser of the two.
    file_id: str = Field(description="The file's id, a UUID.")


class ToolReferenceChunk(Model):
    """What a built-in tool found. Source: ``ToolReferenceChunk``."""

    slot = "chunk.tool_reference"

    type: Literal["tool_reference"] = Field(
        default="tool_reference", description="The kind of the chunk."
    )
    # The document spells the built-in ones out, beside any other string; 3.0.0 of the SDK has
    # ``mistral_mcp`` among them.
    tool: str = Field(description="The tool: web_search, document_library, or any other.")
    title: str = Field(description="The title of what was found.")
    url: str | None = Field(default=None, description="Where it was found.")
    favicon: str | None = Field(default=None, description="The URL of the site's icon.")
    description: str | None = Field(default=None, description="What was found, in a sentence.")


class ThinkChunk(Model):
    """What the model thought before it responded. Source: ``ThinkChunk``."""

    slot = "chunk.thinking"
    shapes: ClassVar[tuple[str, ...]] = ("anthropic-thinking",)

    type: Literal["thinking"] = Field(default="thinking", description="The kind of the chunk.")
    thinking: list[
        Annotated[
            TextChunk
            | Annotated[ToolReferenceChunk, Supported(since="2026-03-17")]
            | ReferenceChunk,
            Discriminator("type"),
        ]
    ] = Field(description="The thoughts.")
    closed: bool = Field(default=True, description="Whether the thought is complete.")
    signature: Annotated[str | None, Supported(since="2026-06-16")] = Field(
        default=None, description="The signature that the API gave the thought."
    )


class AudioChunk(Model):
    """Audio. Source: ``AudioChunk``."""

    slot = "chunk.input_audio"

    type: Literal["input_audio"] = Field(
        default="input_audio", description="The kind of the chunk."
    )
    input_audio: Annotated[str, Repair("audio-part")] = Field(
        description="The audio in base64, or its URL."
    )


class ResourceChunk(Model):
    """A resource of an MCP server. Source: ``ResourceChunk`` of the SDK, since 3.1.0."""

    slot = "chunk.resource"

    type: Literal["resource"] = Field(default="resource", description="The kind of the chunk.")
    uri: str = Field(description="The resource's URI.")
    content: Annotated[TextChunk | ImageURLChunk, Discriminator("type")] = Field(
        description="The resource itself."
    )


class ResourceLinkChunk(Model):
    """A link to a resource of an MCP server. Source: ``ResourceLinkChunk`` of the SDK 3.1.0."""

    slot = "chunk.resource_link"

    type: Literal["resource_link"] = Field(
        default="resource_link", description="The kind of the chunk."
    )
    uri: str = Field(description="The resource's URI.")
    metadata: JSONObject | None = Field(default=None, description="Data about the resource.")


ContentChunk = Annotated[
    TextChunk
    | ImageURLChunk
    | Annotated[DocumentURLChunk, Supported(since="2025-03-06", without=_HOSTED)]
    | Annotated[ReferenceChunk, Supported(since="2025-01-21", without=_OPENAI)]
    | Annotated[FileChunk, Supported(since="2025-07-24", without=_HOSTED)]
    | Annotated[ThinkChunk, Supported(since="2025-08-20", without=_HOSTED)]
    | Annotated[AudioChunk, Supported(since="2025-08-20", without=_HOSTED)]
    | Annotated[ResourceChunk, Supported(since="2026-10-06", without=_HOSTED, source="sdk")]
    | Annotated[ResourceLinkChunk, Supported(since="2026-10-06", without=_HOSTED, source="sdk")],
    Discriminator("type"),
    Repair("content-part"),
    Repair("redacted-thinking"),
    Repair("thinking-model"),
    Repair("empty-thinking"),
]
"""A part of what a user, the assistant or a tool says. Source: ``ContentChunk``."""

SystemContentChunk = Annotated[
    TextChunk | Annotated[ThinkChunk, Supported(since="2025-10-20", without=_OPENAI)],
    Discriminator("type"),
    Repair("content-part"),
    Repair("thinking-model"),
    Repair("empty-thinking"),
]
"""A part of a system message. Source: ``SystemMessageContentChunks``."""
