"""The ASGI applications under test, each bare, wrapped, and wrapped with a small limit.

They are made by name (`make`) in the server's process; a path's first step picks the variant.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from servers_handler import COUNTERS, LARGE, PAUSE, SMALL, Outcome, handle

from mistral_sanitize.adapters.asgi import SanitizeMiddleware

METHODS = ["GET", "POST", "PUT"]


async def paced(outcome: Outcome) -> AsyncIterator[bytes]:
    for part in outcome.parts:
        yield part
        await asyncio.sleep(PAUSE)


def options(limit: int) -> dict[str, Any]:
    return {"on_report": COUNTERS.on_report, "max_body_size": limit}


def starlette(limit: int | None) -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def endpoint(request: Request) -> Response:
        return starlette_answer(
            handle(request.method, request.url.path, request.headers.items(), await request.body())
        )

    app = Starlette(routes=[Route("/{path:path}", endpoint, methods=METHODS)])
    if limit is not None:
        app.add_middleware(SanitizeMiddleware, **options(limit))
    return app


def starlette_answer(outcome: Outcome) -> Any:
    from starlette.responses import Response, StreamingResponse

    if outcome.streamed:
        return StreamingResponse(paced(outcome), outcome.status, media_type=outcome.content_type)
    return Response(outcome.parts[0], outcome.status, media_type=outcome.content_type)


def fastapi(limit: int | None) -> Any:
    from fastapi import FastAPI
    from starlette.requests import Request

    app = FastAPI()

    async def endpoint(request: Request) -> Any:
        return starlette_answer(
            handle(request.method, request.url.path, request.headers.items(), await request.body())
        )

    # The name in its annotations is local, where FastAPI cannot look it up.
    endpoint.__annotations__ = {"request": Request}
    app.add_api_route("/{path:path}", endpoint, methods=METHODS, response_model=None)
    if limit is not None:
        app.add_middleware(SanitizeMiddleware, **options(limit))
    return app


def litestar(limit: int | None) -> Any:
    from litestar import Litestar, Request, route
    from litestar.middleware import DefineMiddleware
    from litestar.response import Response, Stream

    async def endpoint(request: Request[Any, Any, Any]) -> Response[Any]:
        outcome = handle(
            request.method, request.url.path, list(request.headers.items()), await request.body()
        )
        if outcome.streamed:
            return Stream(
                paced(outcome), status_code=outcome.status, media_type=outcome.content_type
            )
        return Response(
            outcome.parts[0], status_code=outcome.status, media_type=outcome.content_type
        )

    # The names in its annotations are local, where Litestar cannot look them up.
    endpoint.__annotations__ = {"request": Request, "return": Response}
    # Litestar answers 413 over 10 MB by itself.
    handler: Any = route("/{path:path}", http_method=METHODS, request_max_body_size=None)(endpoint)
    middleware = [DefineMiddleware(SanitizeMiddleware, **options(limit))] if limit else []
    return Litestar([handler], middleware=middleware, openapi_config=None)


def quart(limit: int | None) -> Any:
    from quart import Quart, Response, request

    app = Quart(__name__)
    app.config["MAX_CONTENT_LENGTH"] = None  # 16 MB by default

    @app.route("/<path:path>", methods=METHODS)
    async def endpoint(path: str) -> Response:
        body = await request.get_data()
        outcome = handle(request.method, "/" + path, list(request.headers.items()), body)
        content = paced(outcome) if outcome.streamed else outcome.parts[0]
        response = Response(content, outcome.status, content_type=outcome.content_type)
        response.timeout = None
        return response

    if limit is not None:
        app.asgi_app = SanitizeMiddleware(app.asgi_app, **options(limit))  # type: ignore[method-assign]
    return app


def django(limit: int | None) -> Any:
    from servers_django import asgi

    app = asgi(None)
    return app if limit is None else SanitizeMiddleware(app, **options(limit))


def django_middleware(limit: int | None) -> Any:
    from servers_django import asgi

    return asgi(limit)


MAKERS: dict[str, Callable[[int | None], Any]] = {
    "starlette": starlette,
    "fastapi": fastapi,
    "litestar": litestar,
    "quart": quart,
    "django": django,
    "django-middleware": django_middleware,
}


def make(framework: str) -> Any:
    """The three variants of one framework's application behind one door."""
    maker = MAKERS[framework]
    variants = {"bare": maker(None), "small": maker(SMALL)}
    default = maker(LARGE)

    async def door(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        first = scope["path"].split("/")[1]
        if first == "probe":
            return await _probe(send)
        app = variants.get(first, default)
        await app(scope, receive, send)
        return None

    return door


async def _probe(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": COUNTERS.as_json()})


async def _lifespan(receive: Any, send: Any) -> None:
    # The applications need no start-up of their own, and there are three of them.
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})
