"""A proxy in front of Mistral's API: point any OpenAI client at it, browsers included.

python proxy.py [--upstream https://codestral.mistral.ai] [--demo: no key, no network]
"""

import argparse
import contextlib
import os
from collections.abc import AsyncIterator

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mistral_sanitize.adapters.asgi import SanitizeMiddleware
from mistral_sanitize.testing import StrictMistral

UPSTREAM = os.environ.get("MISTRAL_UPSTREAM", "https://api.mistral.ai")
COMPLETIONS = os.environ.get("MISTRAL_COMPLETIONS")  # "openai": not for Mistral's own clients
TIMEOUT = httpx.Timeout(30, read=600)  # seconds; a long completion may take minutes to begin
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ALLOWED = "Access-Control-Allow-Headers"  # as a browser asks: SDKs send headers of their own
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    ALLOWED: "Content-Type, Authorization",
    "Access-Control-Max-Age": "86400",
}
# RFC 9110, 7.6.1: these are about one connection, and there are two. uvicorn adds the last two.
OURS_ALONE = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer"}
OURS_ALONE |= {b"transfer-encoding", b"upgrade", b"host", b"expect", b"server", b"date"}


class Cors(CORSMiddleware):
    def preflight_response(self, request_headers: Headers) -> Response:
        allowed = request_headers.get("access-control-request-headers") or CORS[ALLOWED]
        return Response(status_code=204, headers={**CORS, ALLOWED: allowed})


async def forward(request: Request) -> Response:
    """Pass a request on, and the response back as it comes."""
    if request.method == "OPTIONS":  # one that no browser sent, since it names no origin
        return Response(status_code=204, headers=CORS)
    state, path, query = request.app.state, request.scope["raw_path"], request.scope["query_string"]
    url = state.upstream.copy_with(raw_path=path + (b"?" + query if query else b""))
    headers = [field for field in request.headers.raw if field[0] not in OURS_ALONE]
    if state.key and "authorization" not in request.headers:
        headers.append((b"authorization", b"Bearer " + state.key.encode()))
    has_body = {"content-length", "transfer-encoding"} & set(request.headers)
    content = request.stream() if has_body else None
    try:
        outgoing = state.client.build_request(request.method, url, headers=headers, content=content)
        answer = await state.client.send(outgoing, stream=True)
    except httpx.TimeoutException:
        return JSONResponse({"object": "error", "message": "Mistral's API took too long"}, 504)
    except httpx.TransportError:
        return JSONResponse({"object": "error", "message": "Mistral's API is out of reach"}, 502)
    response = StreamingResponse(parts(answer), answer.status_code)
    fields = [(name.lower(), value) for name, value in answer.headers.raw]
    response.raw_headers = [field for field in fields if field[0] not in OURS_ALONE]
    return response


async def parts(answer: httpx.Response) -> AsyncIterator[bytes]:
    async with contextlib.aclosing(answer):
        async for part in answer.aiter_raw():  # raw: compressed stays compressed
            yield part


@contextlib.asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with httpx.AsyncClient(timeout=TIMEOUT) as app.state.client:
        app.state.client.headers.clear()  # the headers are the caller's
        yield


def create_app(
    upstream: str = UPSTREAM, key: str = "", completions: str | None = COMPLETIONS
) -> Starlette:
    """The proxy; `key` is for clients that send none, so leave it empty where others can ask."""
    sanitize = Middleware(SanitizeMiddleware, completions=completions)
    middleware = [Middleware(Cors, allow_origins=["*"]), sanitize]
    routes = [Route("/{path:path}", forward, methods=METHODS)]
    app = Starlette(routes=routes, middleware=middleware, lifespan=lifespan)
    app.state.upstream, app.state.key = httpx.URL(upstream), key
    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", default=UPSTREAM)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--completions", choices=["openai"], default=COMPLETIONS)
    parser.add_argument("--demo", action="store_true")
    options = parser.parse_args()
    mistral = StrictMistral(pause=0.2).serve() if options.demo else contextlib.nullcontext()
    with mistral as demo:
        key = "demo" if options.demo else ""
        app = create_app(demo or options.upstream, key, options.completions)
        uvicorn.run(app, host=options.host, port=options.port, timeout_graceful_shutdown=30)
