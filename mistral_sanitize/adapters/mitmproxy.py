"""An addon for mitmproxy: sanitize what passes through, whoever sent it.

It goes into a script of your own, ``mitmdump -s script.py``. Do not give ``-s`` the path of this
file: mitmproxy puts a script's folder in front of `sys.path`, and beside this one there are a
``requests.py`` and an ``httpx.py``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from typing_extensions import Unpack

from mistral_sanitize.body import (
    AdapterOptions,
    CompletionBody,
    ErrorResponse,
    Exchange,
    MappingServerOptions,
    Result,
)

__all__ = ["SanitizeAddon"]

# mitmproxy pins its dependencies, so that it is seldom there where types are checked; and without
# it a type checker takes its name for that of this very file. Hence no import statement, and `Any`.
_http = import_module("mitmproxy.http")


class SanitizeAddon:
    """A mitmproxy addon that sanitizes requests to Mistral's endpoints, on any host.

    A body that is not a JSON object gets a 400 response, one that is too large a 413, in the
    shape of Mistral's errors. Streamed answers to sanitized endpoints pass event by event, which
    mitmproxy would otherwise hold back to the end. A request that mitmproxy itself streams
    (``stream_large_bodies``) has no body to look at, and passes.

    Args:
        options: See `MappingServerOptions`.
    """

    def __init__(self, **options: Unpack[MappingServerOptions]) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, MappingServerOptions)

    def request(self, flow: Any) -> None:
        """mitmproxy's event: the request has come in whole."""
        exchange = self._exchange(flow)
        body = flow.request.raw_content
        if exchange is None or body is None:
            return
        error = exchange.too_large(len(body))
        result = exchange.clean(body) if error is None else Result(body, error=error)
        if result.error is not None:
            flow.response = _answer(result.error)
        else:
            if result:
                _replace(flow.request, result)
            if exchange.reads_completions:
                flow.request.headers["accept-encoding"] = "identity"
                flow.metadata[_KEY] = (exchange, result)

    def responseheaders(self, flow: Any) -> None:
        """mitmproxy's event: the head of the answer has come, and nothing of its body."""
        if flow.response is None or self._exchange(flow) is None:
            return
        body = _body_of(flow)
        if body is not None and body.is_stream:
            _drop(flow.response, body)
            flow.response.stream = _Mapped(body)
        elif flow.response.headers.get("content-type", "").startswith("text/event-stream"):
            flow.response.stream = True

    def response(self, flow: Any) -> None:
        """mitmproxy's event: the response has come in whole."""
        body = _body_of(flow)
        if body is None or body.is_stream or flow.response.raw_content is None:
            return
        data = body.feed(flow.response.raw_content) + body.close()
        if body.stale_headers:
            _drop(flow.response, body)
            flow.response.raw_content = data
            flow.response.headers["content-length"] = str(len(data))

    def _exchange(self, flow: Any) -> Exchange | None:
        request = flow.request
        headers = request.headers
        kind, coding = headers.get("content-type"), headers.get("content-encoding")
        return self._options.exchange(request.method, request.url, kind, coding)


_KEY = "mistral_sanitize"


def _body_of(flow: Any) -> CompletionBody | None:
    kept = flow.metadata.get(_KEY)
    if kept is None:
        return None
    exchange, result = kept
    headers = flow.response.headers
    kind, coding = headers.get("content-type"), headers.get("content-encoding")
    body: CompletionBody | None = exchange.completion(
        [result], flow.response.status_code, kind, coding
    )
    return body


class _Mapped:
    """What mitmproxy calls with each piece of a streamed body, and with nothing at its end."""

    def __init__(self, body: CompletionBody) -> None:
        self._body = body

    def __call__(self, data: bytes) -> bytes:
        return self._body.feed(data) if data else self._body.close()


def _drop(response: Any, body: CompletionBody) -> None:
    for name in body.stale_headers:
        response.headers.pop(name, None)


def _replace(request: Any, result: Result) -> None:
    for name in result.stale_headers:
        request.headers.pop(name, None)
    request.raw_content = result.body
    request.headers["content-length"] = str(len(result.body))


def _answer(error: ErrorResponse) -> Any:
    return _http.Response.make(error.status, error.body, {"content-type": "application/json"})
