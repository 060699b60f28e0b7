"""An addon for mitmproxy: sanitize what passes through, whoever sent it.

It goes into a script of your own, ``mitmdump -s script.py``. Do not give ``-s`` the path of this
file: mitmproxy puts a script's folder in front of `sys.path`, and beside this one there are a
``requests.py`` and an ``httpx.py``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from typing_extensions import Unpack

from mistral_sanitize.body import AdapterOptions, ErrorResponse, Exchange, Result, ServerOptions

__all__ = ["SanitizeAddon"]

# mitmproxy pins its dependencies, so that it is seldom there where types are checked; and without
# it a type checker takes its name for that of this very file. Hence no import statement, and `Any`.
_http = import_module("mitmproxy.http")


class SanitizeAddon:
    """A mitmproxy addon that sanitizes requests to Mistral's endpoints, on any host.

    A body that is not a JSON object is answered with 400, one that is too large with 413, in the
    shape of Mistral's errors. Streamed answers to sanitized endpoints pass event by event, which
    mitmproxy would otherwise hold back to the end. A request that mitmproxy itself streams
    (``stream_large_bodies``) has no body to look at, and passes.

    Args:
        options: See `ServerOptions`.
    """

    def __init__(self, **options: Unpack[ServerOptions]) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, ServerOptions)

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
        elif result:
            _replace(flow.request, result)

    def responseheaders(self, flow: Any) -> None:
        """mitmproxy's event: the head of the answer has come, and nothing of its body."""
        if flow.response is None or self._exchange(flow) is None:
            return
        if flow.response.headers.get("content-type", "").startswith("text/event-stream"):
            flow.response.stream = True

    def _exchange(self, flow: Any) -> Exchange | None:
        request = flow.request
        headers = request.headers
        kind, coding = headers.get("content-type"), headers.get("content-encoding")
        return self._options.exchange(request.method, request.url, kind, coding)


def _replace(request: Any, result: Result) -> None:
    for name in result.stale_headers:
        request.headers.pop(name, None)
    request.raw_content = result.body
    request.headers["content-length"] = str(len(result.body))


def _answer(error: ErrorResponse) -> Any:
    return _http.Response.make(error.status, error.body, {"content-type": "application/json"})
