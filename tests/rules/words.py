"""The words that the rows are made of: a row itself, and requests, messages and chunks in short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SAME: Final = object()
"""The result of a row that comes back as the very same object."""


@dataclass(frozen=True)
class Case:
    """A payload before and after, and the rules that lead from the one to the other."""

    rule: str
    name: str
    before: dict[str, Any]
    after: Any = SAME
    source: str = ""
    also: tuple[str, ...] = ()
    """Other rules that the repair calls for."""
    lossy: bool = False
    """Whether the report says that something is lost."""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_noop(self) -> bool:
        """Whether the row is of a payload that the rule leaves alone."""
        return self.after is SAME

    def __str__(self) -> str:
        return f"{self.rule}-{'noop-' if self.is_noop else ''}{self.name.replace(' ', '-')}"


LARGE = "mistral-large-latest"  # does not reason
SMALL = "mistral-small-latest"  # reasons, and takes thinking back
EMBEDDINGS = {"endpoint": "/v1/embeddings"}
OLDEST = {"profile": "2024-09-17"}


def request(*messages: Any, model: str = LARGE, **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": list(messages) or [user()], **fields}


def user(content: Any = "Hi") -> dict[str, Any]:
    return {"role": "user", "content": content}


def said(content: Any, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **more}


def calls(*given: Any, content: Any = "", **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(given), **more}


def call(call_id: Any = "aaaaaaaa1", name: Any = "f", arguments: Any = "{}") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def result(call_id: Any = "aaaaaaaa1", content: Any = "sunny", **more: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content, **more}


def tool(name: str = "f", **more: Any) -> dict[str, Any]:
    function = {"name": name, "parameters": {"type": "object", "properties": {}}, **more}
    return {"type": "function", "function": function}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said}


def image(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def thinking(*said: str, **more: Any) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [text(each) for each in said], **more}


def system(content: Any = "Be brief.") -> dict[str, Any]:
    return {"role": "system", "content": content}


def parts(*given: Any, **fields: Any) -> dict[str, Any]:
    return request(user(list(given)), **fields)


def reply(*given: Any, **fields: Any) -> dict[str, Any]:
    """A conversation in which the assistant said these parts."""
    return request(user(), said(list(given)), user("And?"), **fields)


def with_schema(schema: Any) -> dict[str, Any]:
    """A request with a tool of this schema."""
    return request(tools=[{"type": "function", "function": {"name": "f", "parameters": schema}}])


def schema_of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


SPEC: Final = (
    "https://github.com/mistralai/platform-docs-public/blob/50c1afe7/openapi-public-doc.yaml"
)
OPENAI: Final = "https://platform.openai.com/docs/api-reference/chat/create"
RESPONSES: Final = "https://platform.openai.com/docs/api-reference/responses/create"
ANTHROPIC: Final = "https://docs.anthropic.com/en/api/messages"
COMPLETIONS: Final = "mistralai 3.7.0, AssistantMessage and ThinkChunk"
RIG: Final = "https://github.com/0xPlaygrounds/rig/pull/2331"
AI_SDK: Final = "https://ai-sdk.dev/docs/reference/ai-sdk-core/model-message"
COMMON: Final = "mistral-common 1.13.1, protocol/instruct/validator.py"
MCP: Final = "https://modelcontextprotocol.io/specification/2025-06-18/server/tools"

PDF = "data:application/pdf;base64,JVBERi0="
PNG = "data:image/png;base64,iVBORw0="
UUID = "7f1f5f5e-7a7e-4d5e-9a53-0d7c1a3c9f11"

GET = {"name": "get", "description": "Gets.", "parameters": schema_of()}
GET_TOOL = {"type": "function", "function": GET}
FORMAT = {"type": "json_schema", "json_schema": {"name": "p", "schema": {"type": "object"}}}
