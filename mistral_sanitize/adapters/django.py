"""Sanitize requests inside Django: an entry for ``MIDDLEWARE``, sync and async.

The options are in the settings, each of them optional::

    MISTRAL_SANITIZE = {"sanitizer": Sanitizer(drop=()), "on_report": log, "max_body_size": 1 << 20}

To sanitize below Django instead, wrap its application in `mistral_sanitize.adapters.asgi` or
`wsgi`: that is the only way for bodies sent in chunks to a WSGI server, of which Django reads none.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.http.response import HttpResponseBase

from mistral_sanitize.body import (
    AdapterOptions,
    CompletionBody,
    ErrorResponse,
    Exchange,
    MappingServerOptions,
    Result,
    declared_length,
)

__all__ = ["SanitizeMiddleware"]


class SanitizeMiddleware:
    """Django middleware that sanitizes what the views see of a request to Mistral's endpoints.

    Other requests pass. A body that is not a JSON object gets a 400 response, one that is larger
    than ``max_body_size``, or than Django's own ``DATA_UPLOAD_MAX_MEMORY_SIZE``, a 413, in the
    shape of Mistral's errors. Django's own limit is 2.5 MB unless it is set.

    Raises:
        TypeError: ``MISTRAL_SANITIZE`` has an unknown option.
    """

    sync_capable = True
    async_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self.get_response = get_response
        given = getattr(settings, "MISTRAL_SANITIZE", {})
        self._options = AdapterOptions.of("settings.MISTRAL_SANITIZE", given, MappingServerOptions)
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Serve one request."""
        if self._is_async:
            return self._acall(request)
        cleaned = self._clean(request)
        if isinstance(cleaned, ErrorResponse):
            return _answer(cleaned)
        response: Any = self.get_response(request)
        return response if cleaned is None else _mapped(*cleaned, response)

    async def _acall(self, request: HttpRequest) -> HttpResponseBase:
        # Under ASGI Django has the body already, in memory or in a file: nothing here waits.
        cleaned = self._clean(request)
        if isinstance(cleaned, ErrorResponse):
            return _answer(cleaned)
        response: Any = self.get_response(request)
        answer: HttpResponseBase = await response
        return answer if cleaned is None else _mapped(*cleaned, answer)

    def _clean(self, request: HttpRequest) -> tuple[Exchange, Result] | ErrorResponse | None:
        meta = request.META
        exchange = self._options.exchange(
            request.method,
            request.path,
            meta.get("CONTENT_TYPE"),
            meta.get("HTTP_CONTENT_ENCODING"),
        )
        return None if exchange is None else self._exchange(exchange, request)

    def _exchange(
        self, exchange: Exchange, request: HttpRequest
    ) -> tuple[Exchange, Result] | ErrorResponse | None:
        length = declared_length(request.META.get("CONTENT_LENGTH"))
        if length is None:
            return ErrorResponse.cut_short()
        if error := exchange.too_large(length):
            return error
        try:
            body = request.body
        except RequestDataTooBig:
            return ErrorResponse.too_large(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        except RawPostDataException:  # a middleware before us has begun to read the stream
            return None
        if len(body) < length:  # a view that does not count would take it as it is
            return ErrorResponse.cut_short()
        if error := exchange.too_large(len(body)):
            return error
        result = exchange.clean(body)
        if result:
            _replace(request, result)
        if exchange.reads_completions:
            request.META["HTTP_ACCEPT_ENCODING"] = "identity"
            request.__dict__.pop("headers", None)
        return result.error or (exchange, result)


def _replace(request: Any, result: Result) -> None:
    """Give a request another body. Django has no public way to: these are the names it uses."""
    request._body = result.body
    request._stream = io.BytesIO(result.body)
    for name in result.stale_headers:
        request.META.pop(f"HTTP_{name.upper().replace('-', '_')}", None)
    request.META["CONTENT_LENGTH"] = str(len(result.body))
    request.__dict__.pop("headers", None)  # made from META, and kept, when first asked for


def _mapped(exchange: Exchange, result: Result, response: Any) -> HttpResponseBase:
    """The response, with the completion in it as the options ask."""
    kind, coding = response.get("Content-Type"), response.get("Content-Encoding")
    body = exchange.completion([result], response.status_code, kind, coding)
    if body is None:
        return _typed(response)
    if response.streaming:
        # Django gives no other moment to see the whole of a JSON body that a view streams.
        if not body.is_stream and coding is not None:
            return _typed(response)
        over = _over_async if response.is_async else _over
        response.streaming_content = over(response.streaming_content, body)
        stale = body.stale_headers or {"content-length"}
    else:
        data = body.feed(response.content) + body.close()
        stale = body.stale_headers
        if stale:
            response.content = data
    for name in stale:
        if name in response:
            del response[name]
    if stale and not response.streaming:
        response["Content-Length"] = str(len(response.content))
    return _typed(response)


def _typed(response: Any) -> HttpResponseBase:
    same: HttpResponseBase = response
    return same


def _over(parts: Iterator[bytes], body: CompletionBody) -> Iterator[bytes]:
    for part in parts:
        if data := body.feed(part):
            yield data
    yield body.close()


async def _over_async(parts: AsyncIterator[bytes], body: CompletionBody) -> AsyncIterator[bytes]:
    async for part in parts:
        if data := body.feed(part):
            yield data
    yield body.close()


def _answer(error: ErrorResponse) -> HttpResponse:
    return HttpResponse(error.body, status=error.status, content_type="application/json")
