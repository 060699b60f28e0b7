"""The requests that make no text: embeddings, moderation, classification.

Source: ``components/schemas`` of ``openapi.yaml`` and ``openapi-public-doc.yaml`` in
mistralai/platform-docs-public; each date is the day of the commit there.
"""

from typing import Annotated, Literal

from pydantic import Field

from mistral_sanitize.models._base import JSONObject, Model, Positive
from mistral_sanitize.models.messages import Message
from mistral_sanitize.schema.marks import Bounded, RenamedFrom, Required, Supported

__all__ = [
    "ChatClassificationRequest",
    "ChatModerationRequest",
    "ClassificationRequest",
    "EmbeddingRequest",
    "InstructRequest",
    "ModerationRequest",
]


class _Request(Model):
    """What these requests share."""

    slot = "request"


class EmbeddingRequest(_Request):
    """The body of POST /v1/embeddings. Source: ``EmbeddingRequest``."""

    model: str = Field(description="The model's id.")
    input: str | list[str] = Field(description="The text, or the texts.")
    # Not in the document between b19f5e8a (2025-03-06) and 4422b455 (2025-10-20).
    encoding_format: (
        Annotated[str | None, Supported(until="2025-03-06")]
        | Annotated[Literal["float", "base64"], Supported(since="2025-10-20")]
    ) = Field(default="float", description="The encoding of the embeddings: numbers or base64.")
    output_dimension: Annotated[
        Positive | None,
        Supported(since="2025-06-02"),
        RenamedFrom("dimensions", "dimensions"),
        Bounded("out-of-range", "remove"),
    ] = Field(default=None, description="The dimension of the embeddings.")
    output_dtype: Annotated[
        Literal["float", "int8", "uint8", "binary", "ubinary"], Supported(since="2025-06-02")
    ] = Field(default="float", description="The type of the numbers.")
    metadata: Annotated[JSONObject | None, Supported(since="2026-02-04")] = Field(
        default=None, description="The caller's own data about the request."
    )


class _TextRequest(_Request):
    """What the requests share that judge text; the document has one schema for both."""

    input: str | list[str] = Field(description="The text, or the texts.")
    metadata: Annotated[JSONObject | None, Supported(since="2026-02-04")] = Field(
        default=None, description="The caller's own data about the request."
    )


class ModerationRequest(_TextRequest):
    """The body of POST /v1/moderations. Source: ``ClassificationRequest``."""

    model: Annotated[
        str | Annotated[None, Supported(until="2025-03-06")], Required(since="2025-03-06")
    ] = Field(default=None, description="The model's id.")


class ClassificationRequest(_TextRequest):
    """The body of POST /v1/classifications. Source: ``ClassificationRequest``."""

    model: str = Field(description="The model's id.")


class ChatModerationRequest(_Request):
    """The body of POST /v1/chat/moderations. Source: ``ChatModerationRequest``."""

    model: str | Annotated[None, Supported(until="2025-03-06")] = Field(
        description="The model's id."
    )
    input: list[Message] | list[list[Message]] = Field(
        description="The conversation, or the conversations."
    )
    truncate_for_context_length: Annotated[
        bool, Supported(since="2025-03-06", until="2025-04-16")
    ] = Field(default=False, description="Whether to cut input that exceeds the model's context.")


class InstructRequest(Model):
    """A conversation to classify. Source: ``InstructRequest``."""

    slot = "instruct_request"

    messages: list[Message] = Field(description="The conversation.")


class ChatClassificationRequest(_Request):
    """The body of POST /v1/chat/classifications. Source: ``ChatClassificationRequest``."""

    model: str = Field(description="The model's id.")
    input: InstructRequest | list[InstructRequest] = Field(
        description="The conversation, or the conversations."
    )
