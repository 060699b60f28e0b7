"""What servers take, and what they are given: typed bodies, middleware, applications.

For mypy and pyright; nothing here is run.
"""

from __future__ import annotations

from typing import Annotated, Any

import httpx
from _typeshed.wsgi import WSGIApplication
from aiohttp import web
from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter
from starlette.applications import Starlette
from starlette.middleware import Middleware
from typing_extensions import assert_type

from mistral_sanitize import Sanitizer
from mistral_sanitize.adapters import asgi, aws_lambda, wsgi
from mistral_sanitize.adapters.aiohttp import sanitize_middleware
from mistral_sanitize.adapters.fastapi import Sanitized, SanitizedBody
from mistral_sanitize.models import (
    AssistantMessage,
    ChatCompletionRequest,
    EmbeddingRequest,
    FIMCompletionRequest,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from mistral_sanitize.testing import StrictMistral

# -- FastAPI's body ------------------------------------------------------------------------------

app = FastAPI()


@app.post("/v1/chat/completions")
async def chat(body: Sanitized[ChatCompletionRequest]) -> str:
    """The body is the model itself, to the route and to whom it is passed."""
    assert_type(body, ChatCompletionRequest)
    assert_type(body.model, str | None)
    assert_type(body.max_tokens, int | None)
    for message in body.messages:
        assert_type(message, AssistantMessage | SystemMessage | ToolMessage | UserMessage)
    return body.model or ""


@app.post("/v1/fim/completions")
def fim(body: Sanitized[FIMCompletionRequest]) -> str:
    """A model of another endpoint is that model."""
    assert_type(body, FIMCompletionRequest)
    return body.prompt


class Ours(ChatCompletionRequest):
    """A model that extends one of ours."""

    tenant: str


Strict = Annotated[Ours, SanitizedBody(sanitizer=Sanitizer(profile="2026-03-20"))]


@app.post("/tenants/{name}/v1/chat/completions")
def tenant(name: str, body: Strict, other: Sanitized[Ours]) -> str:
    """Options are given by the mark, and the type stays."""
    assert_type(body, Ours)
    assert_type(other, Ours)
    return name + body.tenant


class NotOurs(BaseModel):
    """Any other model is refused: nothing would be known of its endpoint."""


wrong: Sanitized[NotOurs]  # type: ignore[type-var]  # pyright: ignore[reportInvalidTypeForm]

adapter: TypeAdapter[EmbeddingRequest] = TypeAdapter(Sanitized[EmbeddingRequest])
assert_type(adapter.validate_python({}), EmbeddingRequest)


# -- middleware ----------------------------------------------------------------------------------

Starlette(middleware=[Middleware(asgi.SanitizeMiddleware, sanitizer=Sanitizer(drop=()))])
app.add_middleware(asgi.SanitizeMiddleware, max_body_size=1 << 20)
web.Application(middlewares=[sanitize_middleware()])


def wrapped(application: WSGIApplication) -> WSGIApplication:
    """A WSGI application in, a WSGI application out."""
    return wsgi.SanitizeMiddleware(application)


def handled(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A handler of AWS Lambda's."""
    assert_type(aws_lambda.sanitize_event(event, max_body_size=1 << 20), dict[str, Any])
    return event


aws_lambda.SanitizeHandler(handled, sanitizer=Sanitizer(drop=()))
asgi.SanitizeMiddleware(app, on_reprot=print)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
wsgi.SanitizeMiddleware(print, max_body_size="1 MB")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# -- the stand-in --------------------------------------------------------------------------------

mistral = StrictMistral()
httpx.Client(transport=httpx.WSGITransport(app=mistral.wsgi))
httpx.AsyncClient(transport=httpx.ASGITransport(app=mistral.asgi))
httpx.AsyncClient(transport=httpx.ASGITransport(app=mistral))
for received in mistral.requests:
    assert_type(received.status, int)
    assert_type(received.header("authorization"), str | None)
    body: Any = received.json()
