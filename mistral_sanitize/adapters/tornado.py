"""For Tornado: `SanitizeAsyncHTTPClient` for its client, `SanitizeMixin` for its handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tornado.httpclient import HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient, _HTTPConnection
from tornado.web import RequestHandler

from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.body import (
    MAX_SIZE,
    AdapterOptions,
    CompletionBody,
    ErrorResponse,
    Exchange,
    MappingClientOptions,
    Result,
    ServerOptions,
)
from mistral_sanitize.body.options import check_near_names, check_values
from mistral_sanitize.report import Report

__all__ = ["SanitizeAsyncHTTPClient", "SanitizeMixin"]


class SanitizeAsyncHTTPClient(SimpleAsyncHTTPClient):
    """A client that sanitizes; the bodies of a ``body_producer`` are not seen.

    ``AsyncHTTPClient.configure(SanitizeAsyncHTTPClient, sanitizer=...)`` makes every
    ``AsyncHTTPClient()`` one, and ``SanitizeAsyncHTTPClient(force_instance=True)`` only itself.

    Args:
        **kwargs: The options of `MappingClientOptions`, and those of ``SimpleAsyncHTTPClient``.
    """

    def initialize(  # Tornado hands on what configure() is given
        self,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """Bind the options; Tornado has no ``__init__`` here."""
        self._options, kwargs = AdapterOptions.among(
            type(self).__name__, kwargs, MappingClientOptions
        )
        super().initialize(*args, **kwargs)

    def _connection_class(self) -> type:
        return _Connection

    def fetch_impl(self, request: Any, callback: Callable[[HTTPResponse], None]) -> None:
        """Sanitize the request in place, send it, and return the response: untouched by default."""
        headers = request.headers
        kind, coding = headers.get("Content-Type"), headers.get("Content-Encoding")
        exchange = self._options.exchange(request.method, request.url, kind, coding)
        if exchange is not None and request.body is not None:
            result = exchange.clean(request.body)
            if result:
                _put(request, result)
            # Tornado asks for gzip by itself, and has undone it where this sees the response.
            _keep(request, exchange, result)
            if self._options.retry_refused and request.streaming_callback is None:
                callback = self._second_chance(exchange, request, result, callback)
        super().fetch_impl(request, callback)

    def _second_chance(
        self,
        exchange: Exchange,
        request: Any,
        result: Result,
        callback: Callable[[HTTPResponse], None],
    ) -> Callable[[HTTPResponse], None]:
        def answered(response: HTTPResponse) -> None:
            if not exchange.may_cure(response.code):
                return callback(response)
            cured = exchange.cure(request.body, response.code, response.body)
            if cured is None:
                return callback(response)
            before = request.headers.copy(), request.body
            _put(request, cured)
            _keep(request, exchange, result, cured)

            def sent_again(second: HTTPResponse) -> None:
                if second.code != _NO_RESPONSE:
                    return callback(second)
                exchange.gave_up(second.error)
                request.request.headers, request.request.body = before
                return callback(response)

            super(SanitizeAsyncHTTPClient, self).fetch_impl(request, sent_again)
            return None

        return answered


class _Connection(_HTTPConnection):
    """A connection that maps the completion in its response, in pieces where it is streamed."""

    _body: CompletionBody | None = None

    async def headers_received(self, first_line: Any, headers: Any) -> None:
        """Tornado's: the head of the response has come."""
        request: Any = self.request  # a proxy
        kept = vars(request.request).get(_KEY)
        if kept is not None and first_line.code == 200:
            exchange, sent = kept
            kind, coding = headers.get("Content-Type"), headers.get("Content-Encoding")
            self._body = exchange.completion(sent, first_line.code, kind, coding)
            if self._body is not None and self._body.is_stream:
                _drop(headers, self._body)
        await super().headers_received(first_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Tornado's: a piece of the body has come."""
        if self._body is not None:
            chunk = self._body.feed(chunk)
        return super().data_received(chunk) if chunk else None

    def finish(self) -> None:
        """Tornado's: the body has come to its end."""
        if self._body is not None and (rest := self._body.close()):
            super().data_received(rest)
            _drop(self.headers, self._body)
        super().finish()


_KEY = "_mistral_sanitize"


def _keep(request: Any, exchange: Exchange, *sent: Result) -> None:
    """Keep with the request what its connection needs; what the client has is a proxy of it."""
    vars(request.request)[_KEY] = exchange, sent


def _drop(headers: Any, body: CompletionBody) -> None:
    for name in body.stale_headers:
        headers.pop(name, None)


_NO_RESPONSE = 599
"""Tornado's status of a request that got no response."""


def _put(request: Any, result: Result) -> None:
    for name in result.stale_headers:
        request.headers.pop(name, None)
    request.request.body = result.body  # what the client has is a proxy of the HTTPRequest


_OPTIONS = ServerOptions.__optional_keys__


class SanitizeMixin(RequestHandler):
    """Sanitizes before the handler's method runs: ``class Chat(SanitizeMixin, RequestHandler)``.

    The options, those of `ServerOptions`, are attributes of the class; override `on_report` to get
    each report that is not empty. A handler with ``@stream_request_body`` gets its body later than
    this runs.

    Raises:
        TypeError: when a class is made of it with an option that is not of its type, or with an
            attribute that is a misspelt option.
    """

    sanitizer: Sanitizer | None = None
    """The `Sanitizer` for the bodies; one with all the defaults if not given."""
    max_body_size: int = MAX_SIZE
    """Bytes, inflated; above it the response is 413. The server's ``max_buffer_size`` comes
    first."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_values({name: getattr(cls, name) for name in _OPTIONS if hasattr(cls, name)})
        check_near_names(cls.__name__, vars(cls), ServerOptions, 0.85)

    def on_report(self, report: Report) -> None:
        """Do nothing with a report; it has been logged."""

    def prepare(self) -> Awaitable[None] | None:
        """Sanitize the request in place, or answer it where its body cannot be read."""
        request = self.request
        headers = request.headers
        kind, coding = headers.get("Content-Type"), headers.get("Content-Encoding")
        given = {name: getattr(self, name) for name in _OPTIONS if hasattr(self, name)}
        options = AdapterOptions.of(type(self).__name__, given, ServerOptions)
        exchange = options.exchange(request.method, request.path, kind, coding)
        if exchange is not None:
            body: bytes = request.body
            error = exchange.too_large(len(body))
            if error is None:
                result = exchange.clean(body)
                error = result.error
                if result:
                    for name in result.stale_headers:
                        headers.pop(name, None)
                    headers["Content-Length"] = str(len(result.body))
                    request.body = result.body
            if error is not None:
                self._refuse(error)
                return None
        return super().prepare()

    def _refuse(self, error: ErrorResponse) -> None:
        self.set_status(error.status)
        self.set_header("Content-Type", "application/json")
        self.finish(error.body)
