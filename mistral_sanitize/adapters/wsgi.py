"""Sanitize requests in front of any WSGI application: Flask, Django, Bottle, …"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from typing_extensions import Unpack

from mistral_sanitize.body import (
    AdapterOptions,
    ErrorResponse,
    Exchange,
    Result,
    ServerOptions,
    declared_length,
)

__all__ = ["SanitizeMiddleware"]

_Environ = dict[str, Any]
_StartResponse = Callable[..., Any]
_App = Callable[[_Environ, _StartResponse], Iterable[bytes]]


class SanitizeMiddleware:
    """A WSGI application that sanitizes what `app` receives, and nothing that it answers.

    Anything but a POST to one of Mistral's endpoints passes untouched. A body that is not a JSON
    object is answered with 400, one that is too large with 413, in the shape of Mistral's errors;
    `app` then is not called.

    A body sent in chunks is read where the server says that it ends (``wsgi.input_terminated``:
    gunicorn, waitress, granian, Werkzeug), and then has a Content-Length. wsgiref cannot serve
    such a request at all: it passes, with the empty body that an application gets there.

    Args:
        app: The application.
        options: See `ServerOptions`.
    """

    def __init__(
        self,
        app: _App,
        **options: Unpack[ServerOptions],
    ) -> None:
        self.app = app
        self._options = AdapterOptions.of(type(self).__name__, options, ServerOptions)

    def __call__(self, environ: _Environ, start_response: _StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        exchange = self._exchange(environ)
        error = None if exchange is None else self._clean(exchange, environ)
        if error is not None:
            return _refuse(error, start_response)
        return self.app(environ, start_response)

    def _exchange(self, environ: _Environ) -> Exchange | None:
        return self._options.exchange(
            environ["REQUEST_METHOD"],
            environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
            environ.get("CONTENT_TYPE"),
            environ.get("HTTP_CONTENT_ENCODING"),
        )

    def _clean(self, exchange: Exchange, environ: _Environ) -> ErrorResponse | None:
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
        return result.error


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


def _refuse(error: ErrorResponse, start_response: _StartResponse) -> list[bytes]:
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(error.body))),
    ]
    start_response(f"{error.status} {HTTPStatus(error.status).phrase}", headers)
    return [error.body]
