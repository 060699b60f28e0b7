"""For aiohttp: `SanitizeClientMiddleware` for a client, `sanitize_middleware` for a server."""

from __future__ import annotations

import asyncio
import io

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, hdrs, streams, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.payload import Payload
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict
from typing_extensions import Unpack

from mistral_sanitize.body import (
    AdapterOptions,
    ClientOptions,
    CommonOptions,
    ErrorResponse,
    Exchange,
    Result,
)
from mistral_sanitize.body.options import check_values

__all__ = ["SanitizeClientMiddleware", "sanitize_middleware"]


class SanitizeClientMiddleware:
    """A client middleware that sanitizes.

    ``aiohttp.ClientSession(middlewares=(SanitizeClientMiddleware(),))``, first of all middlewares:
    the first is the outermost, and a signer has to come after it. Middlewares given with a single
    request take the session's place.

    Args:
        options: See `ClientOptions`.
    """

    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, ClientOptions)

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Sanitize the request in place, send it, and give the answer untouched."""
        exchange = self._exchange(request)
        if exchange is None or not isinstance(request.body, Payload):
            return await handler(request)
        result = exchange.clean(await request.body.as_bytes())
        if result:
            await _put(request, result)
        response = await handler(request)
        if not exchange.may_cure(response.status):
            return response
        answer = await response.read()
        cured = exchange.cure(result.body, response.status, answer)
        if cured is None:
            # read() has kept it, and here it is again for who streams.
            response.content = _stream(BaseProtocol(asyncio.get_running_loop()), answer)
            return response
        response.release()
        await _put(request, cured)
        return await handler(request)

    def _exchange(self, request: ClientRequest) -> Exchange | None:
        headers = request.headers
        # compress= has set the header by now, and the writer does it later: still plain here.
        coding = None if request.compress else headers.get(hdrs.CONTENT_ENCODING)
        kind = headers.get(hdrs.CONTENT_TYPE)
        return self._options.exchange(request.method, request.url.raw_path, kind, coding)


async def _put(request: ClientRequest, result: Result) -> None:
    for name in result.stale_headers:
        request.headers.popall(name, None)
    # Else both Content-Length and Transfer-Encoding would be sent; compressed it has to be chunked.
    request.chunked = True if request.compress else None
    if request.compress:
        request.headers[hdrs.TRANSFER_ENCODING] = "chunked"
    large = len(result.body) > _LARGE
    await request.update_body(io.BytesIO(result.body) if large else result.body)


_LARGE = 1 << 20  # aiohttp warns of larger bytes, and asks for a file


def sanitize_middleware(
    *, max_body_size: int | None = None, **options: Unpack[CommonOptions]
) -> Middleware:
    """A middleware for ``web.Application(middlewares=[sanitize_middleware()])``.

    Args:
        max_body_size: Bytes, content coding undone; above it the response is 413. The application's
            own ``client_max_size`` (1 MiB if that is not given either) by default, and in its
            place where it is given.
        options: See `CommonOptions`.
    """
    bound = AdapterOptions.of("sanitize_middleware", options, CommonOptions)
    check_values({"max_body_size": max_body_size or 0})

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        # No content coding: aiohttp has undone it, and left the header.
        kind = request.headers.get(hdrs.CONTENT_TYPE)
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
