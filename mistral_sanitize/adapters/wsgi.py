"""Sanitize requests in front of any WSGI application: Flask, Django, Bottle, …"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from typing_extensions import Unpack

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

_Environ = dict[str, Any]
_StartResponse = Callable[..., Any]
_App = Callable[[_Environ, _StartResponse], Iterable[bytes]]


class SanitizeMiddleware:
    """A WSGI application that sanitizes what `app` receives; its responses pass by default.

    Anything but a POST to one of Mistral's endpoints passes untouched. A body that is not a JSON
    object gets a 400 response, one that is too large a 413, in the shape of Mistral's errors;
    `app` then is not called.

    A body sent in chunks is read where the server says that it ends (``wsgi.input_terminated``:
    gunicorn, waitress, granian, Werkzeug), and then has a Content-Length. wsgiref cannot serve
    such a request at all: it passes, with the empty body that an application gets there.

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

    def __call__(self, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        exchange = self._exchange(environ)
        cleaned = None if exchange is None else self._clean(exchange, environ)
        if isinstance(cleaned, ErrorResponse):
            return _refuse(cleaned, start_response)
        if exchange is None or cleaned is None or not exchange.reads_completions:
            return self.app(environ, start_response)
        environ["HTTP_ACCEPT_ENCODING"] = "identity"
        response = _Mapped(exchange, cleaned, start_response)
        return response.of(self.app(environ, response.start))

    def _exchange(self, environ: _Environ) -> Exchange | None:
        return self._options.exchange(
            environ["REQUEST_METHOD"],
            environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
            environ.get("CONTENT_TYPE"),
            environ.get("HTTP_CONTENT_ENCODING"),
        )

    def _clean(self, exchange: Exchange, environ: _Environ) -> Result | ErrorResponse | None:
        announced = environ.get("CONTENT_LENGTH")
        if not announced and not environ.get("wsgi.input_terminated"):
            return None  # neither a length nor an end: nothing that a server could have read
        length = declared_length(announced)
        if length is None:
            return ErrorResponse.cut_short()
        if error := exchange.too_large(length):
            return error
        body = _read(
            environ["wsgi.input"], length if announced else self._options.max_body_size + 1
        )
        environ["wsgi.input"] = io.BytesIO(body)
        if len(body) < length:  # an application that does not count would take it as it is
            return ErrorResponse.cut_short()
        if error := exchange.too_large(len(body)):
            return error
        result = exchange.clean(body)
        if result or not announced:
            _reframe(environ, result)
        return result.error or result


def _read(stream: Any, size: int) -> bytes:
    """At most `size` bytes; never without a limit, since the stream may be the socket itself."""
    body = bytearray()
    while len(body) < size and (part := stream.read(size - len(body))):
        body += part
    return bytes(body)


def _reframe(environ: _Environ, result: Result) -> None:
    for name in result.stale_headers:
        environ.pop(f"HTTP_{name.upper().replace('-', '_')}", None)
    environ["CONTENT_LENGTH"] = str(len(result.body))
    environ["wsgi.input"] = io.BytesIO(result.body)


_Headers = list[tuple[str, str]]


class _Mapped:
    """A response in which the completion is mapped: what a server iterates over, and closes."""

    def __init__(self, exchange: Exchange, result: Result, start_response: _StartResponse) -> None:
        self._exchange = exchange
        self._result = result
        self._start_response = start_response
        self._body: CompletionBody | None = None
        self._is_started = False
        self._head: tuple[Any, ...] = ()
        """That of a JSON response, held until its length is known."""
        self._app: Iterable[bytes] = ()
        self._parts: Iterator[bytes] = iter(())
        self._written: list[bytes] = []
        self._is_done = False

    def of(self, parts: Iterable[bytes]) -> Iterable[bytes]:
        """The response of these parts: themselves where they pass."""
        if self._is_started and self._body is None:
            return parts
        self._app, self._parts = parts, iter(parts)
        return self

    def start(self, status: str, headers: _Headers, *exc_info: Any) -> Callable[[bytes], Any]:
        """What the application calls as its ``start_response``."""
        named = {name.lower(): value for name, value in headers}
        self._is_started = True
        self._body = self._exchange.completion(
            [self._result],
            int(status[:3]),
            named.get("content-type"),
            named.get("content-encoding"),
        )
        if self._body is None:
            write: Callable[[bytes], Any] = self._start_response(status, headers, *exc_info)
            return write
        if self._body.is_stream:
            self._start_response(status, _fresh(headers, self._body), *exc_info)
        else:
            self._head = (status, headers, *exc_info)
        return self._written.append

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        while not self._is_done:
            part = next(self._parts, None)
            if self._body is None:
                if part is None:
                    break
                return part
            data = self._body.feed(b"".join([*self._written, part or b""]))
            self._written.clear()
            if part is None:
                self._is_done = True
                data += self._body.close()
            if self._head and (data or self._is_done):
                self._send_head(data)
            if data:
                return data
        raise StopIteration

    def _send_head(self, data: bytes) -> None:
        (status, headers, *exc_info), self._head = self._head, ()
        if self._body is not None and self._body.stale_headers:
            headers = [*_fresh(headers, self._body), ("Content-Length", str(len(data)))]
        self._start_response(status, headers, *exc_info)

    def close(self) -> None:
        """What the server calls at the end, whatever that was."""
        try:
            close = getattr(self._app, "close", None)  # PEP 3333: an iterable may have one
            if close is not None:
                close()
        finally:
            if self._body is not None:
                self._body.close()


def _fresh(headers: _Headers, body: CompletionBody) -> _Headers:
    return [field for field in headers if field[0].lower() not in body.stale_headers]


def _refuse(error: ErrorResponse, start_response: _StartResponse) -> list[bytes]:
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(error.body))),
    ]
    start_response(f"{error.status} {HTTPStatus(error.status).phrase}", headers)
    return [error.body]
