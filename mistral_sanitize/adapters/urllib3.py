"""For urllib3: `SanitizePoolManager` and `SanitizeProxyManager`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import urllib3
from urllib3.response import BaseHTTPResponse

from mistral_sanitize.adapters._urllib3 import (
    is_read,
    mapped,
    read_back,
    read_whole,
    replayed,
)
from mistral_sanitize.body import AdapterOptions, Exchange, MappingClientOptions, Result, gather

__all__ = ["SanitizePoolManager", "SanitizeProxyManager"]


class _Sanitizing(urllib3.PoolManager):
    """A manager whose `urlopen` sanitizes: where every request passes, and each hop of a redirect.

    A pool that is taken out of the manager (`connection_from_url`) sends by itself.
    """

    def __init__(self, *args: Any, **kw: Any) -> None:
        self._options, kw = AdapterOptions.among(type(self).__name__, kw, MappingClientOptions)
        super().__init__(*args, **kw)

    def urlopen(  # type: ignore[override]  # as PoolManager's own is not RequestMethods'
        self, method: str, url: str, redirect: bool = True, **kw: Any
    ) -> BaseHTTPResponse:
        """Sanitize the request, send it, and return the response: untouched by default."""
        exchange = self._exchange(method, url, kw)
        body = gather(kw.get("body")) if exchange is not None else None
        if exchange is None or body is None:
            return super().urlopen(method, url, redirect=redirect, **kw)
        result = exchange.clean(body)
        if result.body is not kw["body"]:  # changed, or a stream that has been read by now
            kw = self._with(kw, result)
        if exchange.reads_completions:
            kw["headers"] = self._headers(kw)
            kw["headers"]["accept-encoding"] = "identity"
        response = super().urlopen(method, url, redirect=redirect, **kw)
        if not exchange.may_cure(response.status):
            return _answer(exchange, [result], response, kw)
        cured = None
        if is_read(response):
            cured = exchange.cure(result.body, response.status, response.data)
        else:
            raw, error = read_back(response)
            response = replayed(response, raw, error, kw.get("decode_content", True))
            if error is None:
                coding = response.headers.get("content-encoding")
                cured = exchange.cure(result.body, response.status, raw, coding)
        if cured is None:
            return response
        try:
            second = super().urlopen(method, url, redirect=redirect, **self._with(kw, cured))
            if not is_read(second):
                second = read_whole(second, kw.get("decode_content", True))
        except Exception as dropped:
            exchange.gave_up(dropped)
            return response
        return _answer(exchange, [result, cured], second, kw)

    def _exchange(self, method: str, url: str, kw: dict[str, Any]) -> Exchange | None:
        headers = self._headers(kw)
        kind, coding = headers.get("content-type"), headers.get("content-encoding")
        return self._options.exchange(method, url, kind, coding)

    def _headers(self, kw: dict[str, Any]) -> urllib3.HTTPHeaderDict:
        # A copy: the mapping is the caller's, who may send it again with another body.
        given = kw.get("headers")
        return urllib3.HTTPHeaderDict(self.headers if given is None else given)

    def _with(self, kw: dict[str, Any], result: Result) -> dict[str, Any]:
        headers = self._headers(kw)
        for name in result.stale_headers:
            headers.discard(name)
        kw = {**kw, "body": result.body, "headers": headers, "chunked": False}
        kw.pop("body_pos", None)  # of the stream that the body was
        return kw


class SanitizePoolManager(_Sanitizing):
    """A ``PoolManager`` that sanitizes.

    Args:
        *args: As for ``urllib3.PoolManager``.
        **kw: The options of `MappingClientOptions`, and those of ``urllib3.PoolManager``.
    """


class SanitizeProxyManager(_Sanitizing, urllib3.ProxyManager):
    """A ``ProxyManager`` that sanitizes.

    Args:
        *args: As for ``urllib3.ProxyManager``: the proxy's URL first.
        **kw: The options of `MappingClientOptions`, and those of ``urllib3.ProxyManager``.
    """


def _answer(
    exchange: Exchange, sent: Sequence[Result], response: BaseHTTPResponse, kw: dict[str, Any]
) -> BaseHTTPResponse:
    """The response, with the completion in it as the options ask."""
    coding = None if is_read(response) else response.headers.get("content-encoding")
    kind = response.headers.get("content-type")
    body = exchange.completion(sent, response.status, kind, coding)
    return response if body is None else mapped(response, body, kw.get("decode_content", True))
