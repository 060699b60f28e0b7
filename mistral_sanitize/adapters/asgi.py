"""Sanitize requests in front of any ASGI 3 application: Starlette, FastAPI, Litestar, Quart, …

The body is read whole before the application is called. Rewriting it lazily, in `receive`, or in
Starlette's ``BaseHTTPMiddleware``, would leave the old Content-Length for the application to see,
and a proxy that passes it on fails with a body too short for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from typing_extensions import Unpack

from mistral_sanitize.body import (
    STALE_HEADERS,
    AdapterOptions,
    CompletionBody,
    ErrorResponse,
    Exchange,
    MappingServerOptions,
    Result,
)
from mistral_sanitize.body.paths import endpoint_of

__all__ = ["SanitizeMiddleware"]

_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class SanitizeMiddleware:
    """An ASGI application that sanitizes what `app` receives; what it sends passes by default.

    Anything but a POST to one of Mistral's endpoints passes untouched: other paths and methods,
    websockets, lifespan events. A body that is not a JSON object gets a 400 response, one that is
    too large a 413, in the shape of Mistral's errors; `app` then is not called.

    Args:
        app: The application.
        options: See `MappingServerOptions`.
    """

    def __init__(
        self,
        app: _App,
        **options: Unpack[MappingServerOptions],
    ) -> None:
        self.app = app
        self._options = AdapterOptions.of(type(self).__name__, options, MappingServerOptions)

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        path = _path(scope)
        if endpoint_of(path) is None:  # before the headers are looked at
            return await self.app(scope, receive, send)
        kind, coding, length = _headers(scope)
        exchange = self._options.exchange("POST", path, kind, coding)
        if exchange is None:
            return await self.app(scope, receive, send)
        if error := exchange.too_large(length):
            return await _refuse(error, send)
        last = await receive()
        body = last.get("body", b"")
        if last.get("more_body"):
            body, last = await _read(body, receive, self._options.max_body_size)
        if error := exchange.too_large(len(body)):
            return await _refuse(error, send)
        if last["type"] != "http.request":
            # The client left: the application sees what it would have seen without us.
            partial = {"type": "http.request", "body": body, "more_body": True}
            return await self.app(scope, _replay([partial, last], receive), send)
        result = exchange.clean(body)
        if result.error is not None:
            return await _refuse(result.error, send)
        if result:
            _reframe(scope, result)
        if exchange.reads_completions:
            _ask_for_identity(scope)
            send = _MappedSend(exchange, result, send)
        whole = {"type": "http.request", "body": result.body, "more_body": False}
        return await self.app(scope, _replay([whole], receive), send)


def _path(scope: _Scope) -> str:
    """The whole path. Since ASGI 2.4 it includes ``root_path``, where older servers left it off."""
    root: str = scope.get("root_path", "")
    path: str = scope["path"]
    return path if path.startswith(root) else root + path


def _header(scope: _Scope, name: bytes) -> bytes:
    # RFC 9110, 5.3: a field that stands twice is one list.
    return b", ".join(value for key, value in scope.get("headers", ()) if key.lower() == name)


def _headers(scope: _Scope) -> tuple[bytes, bytes, int]:
    """The content type, the content coding, and the length that is announced, 0 without one."""
    kind = coding = length = b""
    for key, value in scope["headers"]:
        # Names are in lower case (ASGI 2.0), but for some servers' own. RFC 9110, 5.3: a field that
        # is there twice is one list.
        if len(key) not in _LENGTHS:
            continue
        name = key.lower()
        if name == b"content-type":
            kind = b"%b, %b" % (kind, value) if kind else value
        elif name == b"content-encoding":
            coding = b"%b, %b" % (coding, value) if coding else value
        elif name == b"content-length":
            length = b"%b, %b" % (length, value) if length else value
    # A longer number is too large all the same.
    return kind, coding, int(length[:20]) if length.isdigit() else 0


_LENGTHS = frozenset(map(len, ("content-type", "content-encoding", "content-length")))


async def _read(begun: bytes, receive: _Receive, limit: int) -> tuple[bytes, _Message]:
    """The body, or as much as came or is over the limit, and the last message."""
    body = bytearray(begun)
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body") or len(body) > limit:
            return bytes(body), message


def _replay(messages: list[_Message], receive: _Receive) -> _Receive:
    """A `receive` that has these messages first, and then waits for a disconnect as ever."""

    async def replayed() -> _Message:
        return messages.pop(0) if messages else await receive()

    return replayed


def _reframe(scope: _Scope, result: Result) -> None:
    # In place: a copy of the scope would hide what routers write into it (the endpoint, the
    # route) from the middleware around us.
    kept = [field for field in scope["headers"] if field[0].lower() not in _STALE]
    scope["headers"] = [*kept, (b"content-length", str(len(result.body)).encode())]


def _ask_for_identity(scope: _Scope) -> None:
    kept = [field for field in scope["headers"] if field[0].lower() != b"accept-encoding"]
    scope["headers"] = [*kept, (b"accept-encoding", b"identity")]


class _MappedSend:
    """A `send` that maps the completion in a response, and passes everything else."""

    def __init__(self, exchange: Exchange, result: Result, send: _Send) -> None:
        self._exchange = exchange
        self._result = result
        self._send = send
        self._body: CompletionBody | None = None
        self._start: _Message | None = None
        """The head of a JSON response, held until its length is known."""

    async def __call__(self, message: _Message) -> None:
        if message["type"] == "http.response.start":
            await self._begin(message)
        elif message["type"] == "http.response.body" and self._body is not None:
            await self._go_on(message, self._body)
        else:
            await self._send(message)

    async def _begin(self, message: _Message) -> None:
        kind, coding = _header(message, b"content-type"), _header(message, b"content-encoding")
        self._body = self._exchange.completion([self._result], message["status"], kind, coding)
        if self._body is None:
            await self._send(message)
        elif self._body.is_stream:
            await self._send({**message, "headers": _fresh(message, self._body)})
        else:
            self._start = message

    async def _go_on(self, message: _Message, body: CompletionBody) -> None:
        more = message.get("more_body", False)
        data = body.feed(message.get("body", b""))
        if not more:
            data += body.close()
        elif not data:
            return
        if self._start is not None:
            start, self._start = self._start, None
            if body.stale_headers:
                length = (b"content-length", str(len(data)).encode())
                start = {**start, "headers": [*_fresh(start, body), length]}
            await self._send(start)
        await self._send({**message, "body": data})


def _fresh(start: _Message, body: CompletionBody) -> list[tuple[bytes, bytes]]:
    stale = body.stale_headers
    headers = start.get("headers", ())
    return [field for field in headers if field[0].lower().decode("latin-1") not in stale]


_STALE = frozenset(name.encode() for name in STALE_HEADERS)


async def _refuse(error: ErrorResponse, send: _Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(error.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": error.body})
