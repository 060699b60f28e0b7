"""For Tornado: `SanitizeAsyncHTTPClient` for its client, `SanitizeMixin` for its handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from tornado.httpclient import HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.web import RequestHandler

from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.body import MAX_SIZE, Exchange, Hook, OnReport, Refusal, Result
from mistral_sanitize.report import Report

__all__ = ["SanitizeAsyncHTTPClient", "SanitizeMixin"]


class SanitizeAsyncHTTPClient(SimpleAsyncHTTPClient):
    """A client that sanitizes; the bodies of a ``body_producer`` are not seen.

    ``AsyncHTTPClient.configure(SanitizeAsyncHTTPClient, sanitizer=...)`` makes every
    ``AsyncHTTPClient()`` one, and ``SanitizeAsyncHTTPClient(force_instance=True)`` only itself.

    Args:
        sanitizer: What to do to the bodies; all the defaults if not given.
        on_report: Called with each report that is not empty.
        retry_refused: Whether to send a request once more that Mistral has refused for a reason
            that has a cure; not where the answer goes to a ``streaming_callback``.
    """

    def initialize(  # Tornado hands on what configure() is given
        self,
        *args: Any,
        sanitizer: Sanitizer | None = None,
        on_report: OnReport | None = None,
        retry_refused: bool = False,
        **kwargs: Any,
    ) -> None:
        """Take the options; Tornado has no ``__init__`` here."""
        self._hook = Hook(sanitizer, on_report, retry_refused)
        super().initialize(*args, **kwargs)

    def fetch_impl(self, request: Any, callback: Callable[[HTTPResponse], None]) -> None:
        """Sanitize the request in place, send it, and give the answer untouched."""
        headers = request.headers
        kind, coding = headers.get("Content-Type"), headers.get("Content-Encoding")
        path = urlsplit(request.url).path
        exchange = self._hook.exchange(request.method, path, kind, coding)
        if exchange is not None and request.body is not None:
            result = exchange.clean(request.body)
            if result:
                _put(request, result)
            if self._hook.retry_refused and request.streaming_callback is None:
                callback = self._second_chance(exchange, request, callback)
        super().fetch_impl(request, callback)

    def _second_chance(
        self, exchange: Exchange, request: Any, callback: Callable[[HTTPResponse], None]
    ) -> Callable[[HTTPResponse], None]:
        def answered(response: HTTPResponse) -> None:
            if not exchange.may_cure(response.code):
                return callback(response)
            cured = exchange.cure(request.body, response.code, response.body)
            if cured is None:
                return callback(response)
            _put(request, cured)
            super(SanitizeAsyncHTTPClient, self).fetch_impl(request, callback)
            return None

        return answered


def _put(request: Any, result: Result) -> None:
    for name in result.stale_headers:
        request.headers.pop(name, None)
    request.request.body = result.body  # what the client has is a proxy of the HTTPRequest


class SanitizeMixin(RequestHandler):
    """Sanitizes before the handler's method runs: ``class Chat(SanitizeMixin, RequestHandler)``.

    The options are attributes of the class; override `on_report` to get each report that is not
    empty. A handler with ``@stream_request_body`` gets its body later than this runs.
    """

    sanitizer: Sanitizer | None = None
    """What to do to the bodies; all the defaults if not given."""
    max_body_size: int = MAX_SIZE
    """Bytes, inflated; above it the answer is 413. The server's ``max_buffer_size`` comes first."""

    def on_report(self, report: Report) -> None:
        """Do nothing with a report; it has been logged."""

    def prepare(self) -> Awaitable[None] | None:
        """Sanitize the request in place, or answer it where its body cannot be read."""
        request = self.request
        headers = request.headers
        kind, coding = headers.get("Content-Type"), headers.get("Content-Encoding")
        hook = Hook(self.sanitizer, self.on_report, max_size=self.max_body_size)
        exchange = hook.exchange(request.method, request.path, kind, coding)
        if exchange is not None:
            body: bytes = request.body
            refusal = exchange.too_large(len(body))
            if refusal is None:
                result = exchange.clean(body)
                refusal = result.refusal
                if result:
                    for name in result.stale_headers:
                        headers.pop(name, None)
                    headers["Content-Length"] = str(len(result.body))
                    request.body = result.body
            if refusal is not None:
                self._refuse(refusal)
                return None
        return super().prepare()

    def _refuse(self, refusal: Refusal) -> None:
        self.set_status(refusal.status)
        self.set_header("Content-Type", "application/json")
        self.finish(refusal.body)
