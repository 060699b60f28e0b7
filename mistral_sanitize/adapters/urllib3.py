"""For urllib3: `SanitizePoolManager` and `SanitizeProxyManager`."""

from __future__ import annotations

import io
from typing import Any, cast

import urllib3
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from mistral_sanitize.body import AdapterOptions, ClientOptions, Exchange, Result, gather

__all__ = ["SanitizePoolManager", "SanitizeProxyManager"]


class _Sanitizing(urllib3.PoolManager):
    """A manager whose `urlopen` sanitizes: where every request passes, and each hop of a redirect.

    A pool that is taken out of the manager (`connection_from_url`) sends by itself.
    """

    def __init__(self, *args: Any, **kw: Any) -> None:
        self._options, kw = AdapterOptions.among(type(self).__name__, kw, ClientOptions)
        super().__init__(*args, **kw)

    def urlopen(  # type: ignore[override]  # as PoolManager's own is not RequestMethods'
        self, method: str, url: str, redirect: bool = True, **kw: Any
    ) -> BaseHTTPResponse:
        """Sanitize the request, send it, and give the answer untouched."""
        exchange = self._exchange(method, url, kw)
        body = gather(kw.get("body")) if exchange is not None else None
        if exchange is None or body is None:
            return super().urlopen(method, url, redirect=redirect, **kw)
        result = exchange.clean(body)
        if result.body is not kw["body"]:  # changed, or a stream that has been read by now
            kw = self._with(kw, result)
        response = super().urlopen(method, url, redirect=redirect, **kw)
        if not exchange.may_cure(response.status):
            return response
        raw = _read(response)
        coding = None if raw is None else response.headers.get("content-encoding")
        answer = response.data if raw is None else raw
        cured = exchange.cure(result.body, response.status, answer, coding)
        if cured is None:
            return response if raw is None else _replay(response, raw, kw)
        response.release_conn()
        return super().urlopen(method, url, redirect=redirect, **self._with(kw, cured))

    def _exchange(self, method: str, url: str, kw: dict[str, Any]) -> Exchange | None:
        headers = self._headers(kw)
        kind, coding = headers.get("content-type"), headers.get("content-encoding")
        return self._options.exchange(method, parse_url(url).path or "", kind, coding)

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
        **kw: The options of `ClientOptions`, and those of ``urllib3.PoolManager``.
    """


class SanitizeProxyManager(_Sanitizing, urllib3.ProxyManager):
    """A ``ProxyManager`` that sanitizes.

    Args:
        *args: As for ``urllib3.ProxyManager``: the proxy's URL first.
        **kw: The options of `ClientOptions`, and those of ``urllib3.ProxyManager``.
    """


def _read(response: BaseHTTPResponse) -> bytes | None:
    """What is left of the answer, its content coding as it came; ``None`` if it has been read."""
    if cast("Any", response)._body is not None:  # preload_content=True, the default
        return None
    return response.read(decode_content=False)


class _Body(io.BytesIO):
    """Bytes that say when they are at their end, as http.client's answers do.

    Else ``stream(None)`` would read them for ever.
    """

    def isclosed(self) -> bool:
        return self.closed or self.tell() == len(self.getbuffer())


def _replay(response: BaseHTTPResponse, raw: bytes, kw: dict[str, Any]) -> BaseHTTPResponse:
    """The answer again, unread."""
    response.release_conn()
    return urllib3.HTTPResponse(
        body=_Body(raw),
        headers=response.headers,
        status=response.status,
        version=response.version,
        reason=response.reason,
        preload_content=False,
        decode_content=kw.get("decode_content", True),
        request_url=response.url,
    )
