"""Tools, the choice among them, and calls to them.

Source: ``components/schemas`` of ``openapi.yaml`` and ``openapi-public-doc.yaml`` in
mistralai/platform-docs-public; each date is the day of the commit there.
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from annotated_types import MinLen
from pydantic import Discriminator, Field, Tag

from mistral_sanitize.models._base import JSONObject, Model
from mistral_sanitize.schema.marks import DefaultTag, Repair, Supported

__all__ = [
    "APIKeyAuth",
    "CodeInterpreterTool",
    "ConnectorTool",
    "DocumentLibraryTool",
    "Function",
    "FunctionCall",
    "FunctionName",
    "FunctionTool",
    "ImageGenerationTool",
    "OAuth2TokenAuth",
    "Tool",
    "ToolCall",
    "ToolChoice",
    "ToolChoiceMode",
    "ToolConfiguration",
    "WebSearchPremiumTool",
    "WebSearchTool",
]


class Function(Model):
    """A function's name, description and parameters. Source: ``Function``."""

    slot = "function"
    handled_keys: ClassVar[Mapping[str, str]] = {
        "input_schema": "tool-shape",
        "inputSchema": "tool-shape",
        "schema": "tool-shape",
        "parametersJsonSchema": "tool-shape",
        "arguments": "tool-shape",
        "required": "function-required",
    }
    defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {
        "parameters": ("tool-parameters", {"type": "object", "properties": {}})
    }

    name: str = Field(description="The function's name: a-z, A-Z, 0-9, _ and -, at most 64.")
    description: str = Field(default="", description="What the function does; the model reads it.")
    strict: Annotated[bool, Supported(since="2025-01-21")] = Field(
        default=False, description="Whether the arguments must follow the schema exactly."
    )
    parameters: Annotated[
        JSONObject, Repair("tool-schema"), Repair("schema-id"), Repair("schema-dialect")
    ] = Field(description="The JSON Schema of the arguments.")


class FunctionTool(Model):
    """A function that the model may call. Source: ``Tool``."""

    slot = "tool.function"

    type: Literal["function"] = Field(default="function", description="The kind of the tool.")
    function: Function = Field(description="The function.")


class ToolConfiguration(Model):
    """Which tools of a server are offered. Source: ``ToolConfiguration``."""

    slot = "tool_configuration"

    exclude: list[str] | None = Field(default=None, description="Tools not to offer.")
    include: list[str] | None = Field(default=None, description="The only tools to offer.")
    requires_confirmation: list[str] | None = Field(
        default=None, description="Tools that need a person's consent before each call."
    )


class _BuiltInTool(Model):
    """A tool that Mistral runs itself."""

    tool_configuration: ToolConfiguration | None = Field(
        default=None, description="Which tools of the server to offer."
    )


class WebSearchTool(_BuiltInTool):
    """Web search. Source: ``WebSearchTool``."""

    slot = "tool.web_search"

    type: Literal["web_search"] = Field(default="web_search", description="The kind of the tool.")


class WebSearchPremiumTool(_BuiltInTool):
    """Web search that includes news agencies. Source: ``WebSearchPremiumTool``."""

    slot = "tool.web_search_premium"

    type: Literal["web_search_premium"] = Field(
        default="web_search_premium", description="The kind of the tool."
    )


class CodeInterpreterTool(_BuiltInTool):
    """Code execution. Source: ``CodeInterpreterTool``."""

    slot = "tool.code_interpreter"

    type: Literal["code_interpreter"] = Field(
        default="code_interpreter", description="The kind of the tool."
    )


class ImageGenerationTool(_BuiltInTool):
    """Image generation. Source: ``ImageGenerationTool``."""

    slot = "tool.image_generation"

    type: Literal["image_generation"] = Field(
        default="image_generation", description="The kind of the tool."
    )


class DocumentLibraryTool(_BuiltInTool):
    """Search in the user's document libraries. Source: ``DocumentLibraryTool``."""

    slot = "tool.document_library"

    type: Literal["document_library"] = Field(
        default="document_library", description="The kind of the tool."
    )
    library_ids: Annotated[list[str], MinLen(1)] = Field(
        description="The libraries to search, at least one."
    )


class OAuth2TokenAuth(Model):
    """A token for a connector. Source: ``OAuth2TokenAuth``."""

    slot = "authorization.oauth2-token"

    type: Literal["oauth2-token"] = Field(
        default="oauth2-token", description="The kind of the secret."
    )
    value: str = Field(description="The token.", repr=False)


class APIKeyAuth(Model):
    """A key for a connector. Source: ``APIKeyAuth``."""

    slot = "authorization.api-key"

    type: Literal["api-key"] = Field(default="api-key", description="The kind of the secret.")
    value: str = Field(description="The key.", repr=False)


class ConnectorTool(_BuiltInTool):
    """A connector to another service. Source: ``CustomConnector``."""

    slot = "tool.connector"

    type: Literal["connector"] = Field(default="connector", description="The kind of the tool.")
    connector_id: str = Field(description="The connector's id or name.")
    authorization: Annotated[OAuth2TokenAuth | APIKeyAuth | None, Discriminator("type")] = Field(
        default=None, description="The credentials for the connector."
    )


# ``type`` is not among the required fields of ``Tool``: a tool without one is a function.
_TOOL_TYPE = DefaultTag("type", "function")


def _tool_type(tool: Any) -> str | None:
    """The tag of a tool, for pydantic; ``None`` for what is no tool at all."""
    if isinstance(tool, dict):
        tag = tool.get(_TOOL_TYPE.key, _TOOL_TYPE.tag)
    else:
        tag = getattr(tool, _TOOL_TYPE.key, None)
    return tag if isinstance(tag, str) else None


_IN_DOCUMENTS = Supported(since="2026-06-16", source="document")
_IN_THE_SDK = Supported(since="2026-06-16", until="2026-09-28", source="sdk")

Tool = Annotated[
    Annotated[FunctionTool, Tag("function")]
    | Annotated[WebSearchTool, Tag("web_search"), _IN_DOCUMENTS, _IN_THE_SDK]
    | Annotated[WebSearchPremiumTool, Tag("web_search_premium"), _IN_DOCUMENTS, _IN_THE_SDK]
    | Annotated[CodeInterpreterTool, Tag("code_interpreter"), _IN_DOCUMENTS, _IN_THE_SDK]
    | Annotated[ImageGenerationTool, Tag("image_generation"), Supported(since="2026-06-16")]
    | Annotated[DocumentLibraryTool, Tag("document_library"), Supported(since="2026-06-16")]
    | Annotated[ConnectorTool, Tag("connector"), Supported(since="2026-06-16")],
    Discriminator(_tool_type),
    _TOOL_TYPE,
    Repair("custom-tool"),
    Repair("tool-shape"),
    Repair("builtin-tool"),
]
"""A tool that the model may use.

The three that end on 2026-09-28 are those that mistralai 3.0.0 took out of its union. No document
says so.
"""


class FunctionName(Model):
    """The name of a function. Source: ``FunctionName``."""

    slot = "tool_choice.function"

    name: str = Field(description="The function's name.")


class ToolChoice(Model):
    """The function that the model must call. Source: ``ToolChoice``."""

    slot = "tool_choice"

    type: Literal["function"] = Field(default="function", description="The kind of the tool.")
    function: FunctionName = Field(description="The function.")


ToolChoiceMode = (
    Literal["auto", "none", "any"]
    | Annotated[Literal["required"], Supported(since="2024-09-17", without=("bedrock",))]
)
"""Whether the model may, must not or must call a tool. Source: ``ToolChoiceEnum``."""


class FunctionCall(Model):
    """The function that a call names, and its arguments. Source: ``FunctionCall``."""

    slot = "tool_call.function"
    defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {"arguments": ("arguments", "{}")}

    name: str = Field(description="The function's name.")
    arguments: Annotated[JSONObject | str, Repair("arguments"), Repair("arguments-string")] = Field(
        description="The arguments: an object, or a string of JSON."
    )


class ToolCall(Model):
    """A call that the model made. Source: ``ToolCall``."""

    slot = "tool_call"

    id: str = Field(default="null", description="The call's id, nine letters and digits.")
    type: Literal["function"] = Field(default="function", description="The kind of the tool.")
    function: FunctionCall = Field(description="The function called, and its arguments.")
    index: Annotated[int, Supported(since="2025-01-21")] = Field(
        default=0, description="The call's place among the calls of its message."
    )
