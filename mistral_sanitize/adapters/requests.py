"""For requests: `SanitizeAdapter` for a session, `SanitizeAuth` before a signer.

Mutating the PreparedRequest is what makes redirects and retries send the clean body again, and
what makes ``response.request`` show what was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from requests.exceptions import RequestException
from typing_extensions import Unpack
from urllib3.response import BaseHTTPResponse

from mistral_sanitize.adapters._urllib3 import mapped, read_back, read_whole, replayed
from mistral_sanitize.body import (
    AdapterOptions,
    CommonOptions,
    Exchange,
    MappingClientOptions,
    Result,
    gather,
)

__all__ = ["SanitizeAdapter", "SanitizeAuth"]


class SanitizeAdapter(BaseAdapter):
    """A transport adapter that sanitizes, and sends with another.

    ``session.mount("https://api.mistral.ai/", SanitizeAdapter())``, with the slash at the end:
    without it, requests would use it for ``https://api.mistral.ai.example.com`` too. It pickles
    with its session, as far as `on_report` pickles.

    Args:
        adapter: What sends; an ``HTTPAdapter()`` by default.
        options: See `MappingClientOptions`.
    """

    def __init__(
        self,
        adapter: BaseAdapter | None = None,
        **options: Unpack[MappingClientOptions],
    ) -> None:
        super().__init__()
        self.adapter: BaseAdapter = adapter if adapter is not None else HTTPAdapter()
        self._options = AdapterOptions.of(type(self).__name__, options, MappingClientOptions)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Sanitize the request in place, send it, and return the response: untouched by default."""

        def send() -> requests.Response:
            return self.adapter.send(request, stream, timeout, verify, cert, proxies)

        exchange = _exchange(self._options, request)
        sent = _clean(exchange, request) if exchange is not None else None
        response = send()
        if exchange is None or sent is None:
            return response
        if not exchange.may_cure(response.status_code):
            return _answer(exchange, [sent], response)
        cured = _cure(exchange, sent.body, response)
        if cured is None:
            return response
        before = request.headers.copy(), request.body
        _put(request, cured)
        try:
            second = send()
            if isinstance(second.raw, BaseHTTPResponse):
                second.raw = read_whole(second.raw)
        except Exception as dropped:
            exchange.gave_up(dropped)
            request.headers, request.body = before
            return response
        return _answer(exchange, [sent, cured], second)

    def close(self) -> None:
        """Close the adapter that sends."""
        self.adapter.close()


class SanitizeAuth(AuthBase):
    """Sanitizes, and then lets another authentication sign the body that will be sent.

    ``session.auth = SanitizeAuth(AWS4Auth(...))``. An ``auth=`` given with a single request takes
    its place, so give it the same way as the signer was given. It has no ``retry_refused=``: the
    answer never passes here.

    Args:
        auth: What authenticates: any callable that requests accepts, or a pair of user and
            password.
        options: See `CommonOptions`.
    """

    def __init__(
        self,
        auth: Callable[[requests.PreparedRequest], requests.PreparedRequest]
        | tuple[str, str]
        | None = None,
        **options: Unpack[CommonOptions],
    ) -> None:
        self.auth: Callable[[requests.PreparedRequest], requests.PreparedRequest] | None = (
            HTTPBasicAuth(*auth) if isinstance(auth, tuple) else auth
        )
        self._options = AdapterOptions.of(type(self).__name__, options, CommonOptions)

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sanitize the request in place, and authenticate it."""
        exchange = _exchange(self._options, r)
        if exchange is not None:
            _clean(exchange, r)
        return self.auth(r) if self.auth is not None else r


def _exchange(options: AdapterOptions, request: requests.PreparedRequest) -> Exchange | None:
    headers = request.headers
    kind, coding = headers.get("Content-Type"), headers.get("Content-Encoding")
    return options.exchange(request.method, request.url or "", kind, coding)


def _clean(exchange: Exchange, request: requests.PreparedRequest) -> Result | None:
    """Sanitize in place, and give what will be sent."""
    if exchange.reads_completions:
        request.headers["Accept-Encoding"] = "identity"
    body = gather(request.body)
    if body is None:
        return None
    result = exchange.clean(body)
    if result.body is not request.body:  # changed, or a stream that has been read by now
        _put(request, result)
    return result


def _answer(
    exchange: Exchange, sent: Sequence[Result], response: requests.Response
) -> requests.Response:
    """The response, with the completion in it as the options ask."""
    raw = response.raw
    if not isinstance(raw, BaseHTTPResponse):  # of an adapter that does not send with urllib3
        return response
    kind, coding = response.headers.get("Content-Type"), response.headers.get("Content-Encoding")
    body = exchange.completion(sent, response.status_code, kind, coding)
    if body is not None:
        response.raw = mapped(raw, body)
        for name in (*body.stale_headers, "Transfer-Encoding"):
            if name not in response.raw.headers:
                response.headers.pop(name, None)
        if "content-length" in response.raw.headers:
            response.headers["Content-Length"] = response.raw.headers["content-length"]
    return response


def _cure(exchange: Exchange, sent: bytes, response: requests.Response) -> Result | None:
    """What to send in place of the refused body; the response is as unread as before."""
    status, raw = response.status_code, response.raw
    if not isinstance(raw, BaseHTTPResponse):  # of an adapter that does not send with urllib3
        try:
            return exchange.cure(sent, status, response.content)
        except RequestException:
            return None
    refusal, error = read_back(raw)
    response.raw = replayed(raw, refusal, error)
    if error is not None:
        return None
    return exchange.cure(sent, status, refusal, response.headers.get("Content-Encoding"))


def _put(request: requests.PreparedRequest, result: Result) -> None:
    for name in result.stale_headers:
        request.headers.pop(name, None)
    # Without a Content-Length, HTTPAdapter would send the bytes chunked.
    request.headers["Content-Length"] = str(len(result.body))
    request.body = result.body
    request._body_position = None  # type: ignore[attr-defined]  # nothing to rewind any more
