"""For aiohttp: `SanitizeClientMiddleware` for a client, `sanitize_middleware` for a server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, hdrs, streams, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.payload import Payload
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict, CIMultiDictProxy
from typing_extensions import Unpack

from mistral_sanitize.body import (
    AdapterOptions,
    CompletionBody,
    ErrorResponse,
    Exchange,
    MappingClientOptions,
    Result,
    ServerOptions,
)

__all__ = ["SanitizeClientMiddleware", "sanitize_middleware"]


class SanitizeClientMiddleware:
    """A client middleware that sanitizes.

    ``aiohttp.ClientSession(middlewares=(SanitizeClientMiddleware(),))``, first of all middlewares:
    the first is the outermost, and a signer has to come after it. Middlewares given with a single
    request take the session's place.

    Args:
        options: See `MappingClientOptions`.
    """

    def __init__(self, **options: Unpack[MappingClientOptions]) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, MappingClientOptions)

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Sanitize the request in place, send it, and return the response: untouched by default."""
        exchange = self._exchange(request)
        if exchange is None or not isinstance(request.body, Payload):
            return await handler(request)
        result = exchange.clean(await request.body.as_bytes())
        if result:
            await _put(request, result)
        if exchange.reads_completions:
            request.headers[hdrs.ACCEPT_ENCODING] = "identity"
        response = await handler(request)
        if not exchange.may_cure(response.status):
            return await _answer(exchange, [result], response)
        refusal, error = await _read_back(response)
        cured = None if error is not None else exchange.cure(result.body, response.status, refusal)
        if cured is None:
            return response
        await _put(request, cured)
        second = await _send_again(exchange, request, handler)
        if second is None:
            return response
        return await _answer(exchange, [result, cured], second)

    def _exchange(self, request: ClientRequest) -> Exchange | None:
        headers = request.headers
        # compress= has set the header by now, and the writer does it later: still plain here.
        coding = None if request.compress else headers.get(hdrs.CONTENT_ENCODING)
        kind = ", ".join(headers.getall(hdrs.CONTENT_TYPE, ()))
        return self._options.exchange(request.method, str(request.url), kind, coding)


async def _put(request: ClientRequest, result: Result) -> None:
    for name in result.stale_headers:
        request.headers.popall(name, None)
    # Else both Content-Length and Transfer-Encoding would be sent; compressed it has to be chunked.
    request.chunked = True if request.compress else None
    if request.compress:
        request.headers[hdrs.TRANSFER_ENCODING] = "chunked"
    large = len(result.body) > _LARGE
    await request.update_body(io.BytesIO(result.body) if large else result.body)


class _Replayed(streams.StreamReader):
    """A stream of what was read, then the error with which that ended."""

    error: Exception | None = None

    async def _wait(self, func_name: str) -> None:
        if self.error is not None:
            raise self.error
        await super()._wait(func_name)


async def _send_again(
    exchange: Exchange, request: ClientRequest, handler: ClientHandlerType
) -> ClientResponse | None:
    """The response to the repaired request, ``None`` where there is none that can be read."""
    try:
        second = await handler(request)
        if "event-stream" in second.headers.get(hdrs.CONTENT_TYPE, ""):
            return second
        _, error = await _read_back(second)
        if error is None:
            return second
        second.close()
    except Exception as dropped:
        error = dropped
    exchange.gave_up(error)
    return None


async def _read_back(response: ClientResponse) -> tuple[bytes, Exception | None]:
    """Read a response to its end, or to its error, and put what was read in its place."""
    parts: list[bytes] = []
    error: Exception | None = None
    try:
        async for part in response.content.iter_any():
            parts.append(part)  # noqa: PERF401  # what came before an error is kept
    except Exception as broken:
        error = broken
    body = b"".join(parts)
    protocol = BaseProtocol(asyncio.get_running_loop())
    stream = _Replayed(protocol, max(2**16, len(body)), loop=asyncio.get_running_loop())
    stream.error = error
    stream.feed_data(body)
    if error is None:
        stream.feed_eof()
    response.content = stream
    return body, error


class _Mapped(streams.StreamReader):
    """The pieces of another stream, mapped, each as soon as somebody waits for it."""

    def __init__(self, stream: streams.StreamReader, body: CompletionBody) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(BaseProtocol(loop), 2**16, loop=loop)
        self._stream = stream
        self._mapping = body

    async def _wait(self, func_name: str) -> None:  # noqa: ARG002
        part = await self._stream.readany()
        if data := self._mapping.feed(part) if part else self._mapping.close():
            self.feed_data(data)
        if not part:
            self.feed_eof()


async def _answer(
    exchange: Exchange, sent: Sequence[Result], response: ClientResponse
) -> ClientResponse:
    """The response, with the completion in it as the options ask."""
    # No content coding: aiohttp has undone it, and left the header.
    kind = response.headers.get(hdrs.CONTENT_TYPE)
    body = exchange.completion(sent, response.status, kind)
    if body is None:
        return response
    if body.is_stream:
        response.content = _Mapped(response.content, body)
    else:
        raw, error = await _read_back(response)
        if error is not None:
            return response
        data = body.feed(raw) + body.close()
        if body.stale_headers:
            response.content = _stream(BaseProtocol(asyncio.get_running_loop()), data)
    headers = CIMultiDict(response.headers)
    for name in body.stale_headers:
        headers.popall(name, None)
    response._headers = CIMultiDictProxy(headers)
    response._cache.pop("headers", None)
    return response


_LARGE = 1 << 20  # aiohttp warns of larger bytes, and asks for a file


def sanitize_middleware(**options: Unpack[ServerOptions]) -> Middleware:
    """A middleware for ``web.Application(middlewares=[sanitize_middleware()])``.

    Args:
        options: See `ServerOptions`. ``max_body_size=`` is in the place of the application's own
            ``client_max_size``, which holds where it is not given (1 MiB if that is not given
            either); the bytes are those of the body with its content coding undone.

    Raises:
        TypeError: an option that does not exist or is not of its type.
    """
    bound = AdapterOptions.of("sanitize_middleware", options, ServerOptions)
    max_body_size = options.get("max_body_size")

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        # No content coding: aiohttp has undone it, and left the header.
        kind = ", ".join(request.headers.getall(hdrs.CONTENT_TYPE, ()))
        exchange = bound.exchange(request.method, request.path, kind)
        if exchange is None:
            return await handler(request)
        limit = request.client_max_size if max_body_size is None else max_body_size
        try:
            body = await _read(request, limit)
        except web.RequestPayloadError:  # aiohttp has inflated it, or tried to
            return _refuse(ErrorResponse.not_in_its_coding())
        if body is None:
            return _refuse(ErrorResponse.too_large(limit))
        result = exchange.clean(body)
        if result.error is not None:
            return _refuse(result.error)
        return await handler(_with(request, result, max(limit, len(result.body))))

    return middleware


async def _read(request: web.Request, limit: int) -> bytes | None:
    """The body, or ``None`` above the limit; 0 is none, as ``client_max_size`` has it."""
    if limit and (request.content_length or 0) > limit:
        return None
    body = bytearray()
    while part := await request.content.readany():
        body += part
        if limit and len(body) > limit:
            return None
    return bytes(body)


def _refuse(error: ErrorResponse) -> web.Response:
    return web.Response(status=error.status, body=error.body, content_type="application/json")


def _with(request: web.Request, result: Result, limit: int) -> web.Request:
    """The request, unread, with the body of the result."""
    headers = CIMultiDict(request.headers)
    for name in result.stale_headers:
        headers.popall(name, None)
    headers[hdrs.CONTENT_LENGTH] = str(len(result.body))
    clone = request.clone(headers=headers, client_max_size=limit)
    # There is no public way to give a request a body. A handler may read() or stream it: both
    # come here.
    clone._payload = _stream(request.protocol, result.body)
    return clone


def _stream(protocol: BaseProtocol, body: bytes) -> streams.StreamReader:
    # With a lower limit feed_data() would pause the parser, which is done by now.
    limit = max(2**16, len(body))
    stream = streams.StreamReader(protocol, limit, loop=asyncio.get_running_loop())
    stream.feed_data(body)
    stream.feed_eof()
    return stream
