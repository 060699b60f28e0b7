"""For ``urllib.request``: `SanitizeHandler`, to build an opener with."""

from __future__ import annotations

import io
from collections.abc import Sequence
from http.client import HTTPResponse, IncompleteRead
from typing import Any
from urllib.error import HTTPError
from urllib.request import BaseHandler, OpenerDirector, Request

from typing_extensions import Unpack

from mistral_sanitize.body import (
    AdapterOptions,
    CompletionBody,
    Exchange,
    MappingClientOptions,
    Result,
    gather,
    is_readable,
)

__all__ = ["SanitizeHandler"]


class SanitizeHandler(BaseHandler):
    """A handler that sanitizes: ``urllib.request.build_opener(SanitizeHandler()).open(...)``.

    ``urllib.request.install_opener`` makes ``urlopen`` use it.

    Args:
        options: See `MappingClientOptions`.
    """

    handler_order = 400  # HTTPHandler is 500: it works Content-Length out from what it finds
    parent: OpenerDirector

    def __init__(self, **options: Unpack[MappingClientOptions]) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, MappingClientOptions)

    def http_request(self, request: Request) -> Request:
        """Sanitize the request in place."""
        exchange = _exchange(self._options, request)
        body = gather(request.data) if exchange is not None else None
        if exchange is not None and body is not None:
            result = exchange.clean(body)
            if result.body is not request.data:  # changed, or a stream that has been read by now
                _put(request, result)
            _sent(request).append(result)
            if exchange.reads_completions:
                request.add_header("Accept-encoding", "identity")
        return request

    https_request = http_request

    def http_response(self, request: Request, response: HTTPResponse) -> Any:
        """Return the response, or that to the repaired request: untouched by default."""
        if not isinstance(request.data, bytes) or not isinstance(response, HTTPResponse):
            return response  # the latter of another handler: a test's, a cache's
        exchange = _exchange(self._options, request)
        if exchange is None:
            return response
        if isinstance(request, _Cured) or not exchange.may_cure(response.status):
            return _answer(exchange, _sent(request), response)
        refusal, error = _read_back(response)
        coding = response.headers.get("Content-Encoding")
        cured = None
        if error is None:
            cured = exchange.cure(request.data, response.status, refusal, coding)
        if cured is None:
            return response
        second = _Cured(request)
        _put(second, cured)
        _sent(second).extend([*_sent(request), cured])
        try:
            answer = self.parent.open(second, timeout=request.timeout)
        except HTTPError:  # a response too
            raise
        except Exception as dropped:
            exchange.gave_up(dropped)
            return response
        is_streamed = "event-stream" in answer.headers.get("Content-Type", "")
        if is_streamed or not isinstance(answer, HTTPResponse):
            return answer
        body, error = _read_back(answer)
        if error is None and is_readable(body, answer.headers.get("Content-Encoding")):
            return answer
        exchange.gave_up(error)
        return response

    https_response = http_response


class _Replayed(io.BytesIO):
    """What was read of a response, then the error with which that ended."""

    def __init__(self, raw: bytes, error: Exception | None, *, raises_on_parts: bool) -> None:
        super().__init__(raw)
        self._error = error
        self._raises_on_parts = raises_on_parts

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        return self._checked(data, whole=size is None or size < 0)

    def read1(self, size: int | None = -1, /) -> bytes:
        return self._checked(super().read1(-1 if size is None else size), whole=False)

    def _checked(self, data: bytes, *, whole: bool) -> bytes:
        if self._error is not None and (whole or (not data and self._raises_on_parts)):
            raise self._error
        return data


def _read_back(response: HTTPResponse) -> tuple[bytes, Exception | None]:
    """Read a response to its end, or to its error, and put what was read in its place."""
    error: Exception | None = None
    try:
        raw = response.read()
    except IncompleteRead as cut:
        raw, error = cut.partial, cut
    except Exception as broken:
        raw, error = b"", broken
    # http.client is silent of a missing end where parts are read, unless the body is in chunks.
    silent = isinstance(error, IncompleteRead) and not response.chunked
    # Its own state at the start of a body that ends with the connection.
    response.fp = _Replayed(raw, error, raises_on_parts=not silent)  # type: ignore[assignment]
    response.chunked, response.length = False, None
    return raw, error


class _Cured(Request):
    """A request that is sent for the second time, and not for a third."""

    def __init__(self, first: Request) -> None:
        super().__init__(
            first.full_url,
            headers=first.headers,
            origin_req_host=first.origin_req_host,
            unverifiable=first.unverifiable,
            method=first.get_method(),
        )
        self.unredirected_hdrs = dict(first.unredirected_hdrs)


def _sent(request: Request) -> list[Result]:
    """What became of the request, in the order done; kept with it."""
    kept: list[Result] = vars(request).setdefault("_mistral_sanitize", [])
    return kept


def _answer(exchange: Exchange, sent: Sequence[Result], response: HTTPResponse) -> HTTPResponse:
    """The response, with the completion in it as the options ask."""
    kind, coding = response.getheader("Content-Type"), response.getheader("Content-Encoding")
    body = exchange.completion(sent, response.status, kind, coding)
    if body is None:
        return response
    if body.is_stream:
        # What reads the socket is another from now on, and this one reads from that.
        inner = HTTPResponse.__new__(HTTPResponse)
        vars(inner).update(vars(response))
        response.fp = io.BufferedReader(_Mapped(inner, body))
    else:
        raw, error = _read_back(response)
        if error is not None:
            return response
        data = body.feed(raw) + body.close()
        response.fp = _Replayed(data, None, raises_on_parts=False)  # type: ignore[assignment]
    # Its own state at the start of a body that ends with the connection.
    response.chunked, response.length = False, None
    for name in body.stale_headers:
        del response.headers[name]
    return response


class _Mapped(io.RawIOBase):
    """The pieces of a response, mapped, each as soon as it is here."""

    def __init__(self, response: HTTPResponse, body: CompletionBody) -> None:
        self._response = response
        self._body = body
        self._data = b""
        self._is_done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._data and not self._is_done:
            part = self._response.read1(_PIECE)
            self._is_done = not part
            self._data = self._body.feed(part) if part else self._body.close()
        data, self._data = self._data[: len(buffer)], self._data[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            try:
                self._response.close()
            finally:
                self._body.close()
        super().close()


_PIECE = 1 << 16


def _exchange(options: AdapterOptions, request: Request) -> Exchange | None:
    kind, coding = request.get_header("Content-type"), request.get_header("Content-encoding")
    return options.exchange(request.get_method(), request.full_url, kind, coding)


def _put(request: Request, result: Result) -> None:
    for name in result.stale_headers:
        request.remove_header(name.capitalize())  # as Request keeps them
    request.data = result.body
