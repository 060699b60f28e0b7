"""For httpx2: `SanitizeTransport` and its async twin, and hooks for clients that exist already."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import httpx2

from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.adapters import _httpx
from mistral_sanitize.body import Exchange, Hook, OnReport, Result

__all__ = [
    "AsyncSanitizeTransport",
    "SanitizeAuth",
    "SanitizeTransport",
    "async_sanitize_request",
    "install",
    "sanitize_request",
]

_Flow = Generator[httpx2.Request, httpx2.Response, None]
_Client = TypeVar("_Client", httpx2.Client, httpx2.AsyncClient)


class SanitizeTransport(httpx2.BaseTransport):
    """A transport that sanitizes, and sends with another.

    ``httpx2.Client(transport=SanitizeTransport())``. A client that is given a transport ignores its
    own ``verify=``, ``http2=``, ``limits=`` and the proxies of the environment: give them to the
    inner transport, or use `install`.

    Args:
        transport: What sends; an ``httpx2.HTTPTransport()`` by default.
        sanitizer: What to do to the bodies; all the defaults if not given.
        on_report: Called with each report that is not empty.
        retry_refused: Whether to send a request once more that Mistral has refused for a reason
            that has a cure.
    """

    def __init__(
        self,
        transport: httpx2.BaseTransport | None = None,
        *,
        sanitizer: Sanitizer | None = None,
        on_report: OnReport | None = None,
        retry_refused: bool = False,
    ) -> None:
        self.transport: httpx2.BaseTransport = (
            transport if transport is not None else httpx2.HTTPTransport()
        )
        self._hook = Hook(sanitizer, on_report, retry_refused)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sanitize the request in place, send it, and give the answer untouched."""
        exchange = _httpx.exchange_of(self._hook, request)
        if exchange is None:
            return self.transport.handle_request(request)
        request.read()
        sent = _httpx.clean(exchange, request)
        response = self.transport.handle_request(request)
        if not exchange.may_cure(response.status_code):
            return response
        raw = b"".join(response.iter_raw())
        response.close()
        cured = _cure(exchange, sent, response, raw)
        if cured is None:
            return _replay(response, raw)
        _httpx.put(request, cured)
        return self.transport.handle_request(request)

    def close(self) -> None:
        """Close the transport that sends."""
        self.transport.close()


class AsyncSanitizeTransport(httpx2.AsyncBaseTransport):
    """The same for ``httpx2.AsyncClient``.

    Args:
        transport: What sends; an ``httpx2.AsyncHTTPTransport()`` by default.
        sanitizer: What to do to the bodies; all the defaults if not given.
        on_report: Called with each report that is not empty.
        retry_refused: Whether to send a request once more that Mistral has refused for a reason
            that has a cure.
    """

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport | None = None,
        *,
        sanitizer: Sanitizer | None = None,
        on_report: OnReport | None = None,
        retry_refused: bool = False,
    ) -> None:
        self.transport: httpx2.AsyncBaseTransport = (
            transport if transport is not None else httpx2.AsyncHTTPTransport()
        )
        self._hook = Hook(sanitizer, on_report, retry_refused)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sanitize the request in place, send it, and give the answer untouched."""
        exchange = _httpx.exchange_of(self._hook, request)
        if exchange is None:
            return await self.transport.handle_async_request(request)
        await request.aread()
        sent = _httpx.clean(exchange, request)
        response = await self.transport.handle_async_request(request)
        if not exchange.may_cure(response.status_code):
            return response
        raw = b"".join([part async for part in response.aiter_raw()])
        await response.aclose()
        cured = _cure(exchange, sent, response, raw)
        if cured is None:
            return _replay(response, raw)
        _httpx.put(request, cured)
        return await self.transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the transport that sends."""
        await self.transport.aclose()


class SanitizeAuth(httpx2.Auth):
    """Sanitizes, and then lets another authentication sign the body that will be sent.

    ``httpx2.Client(auth=SanitizeAuth(SigV4(...)))``. It makes the client read every request's body
    into memory. It has no ``retry_refused=``.

    Args:
        auth: What authenticates.
        sanitizer: What to do to the bodies; all the defaults if not given.
        on_report: Called with each report that is not empty.
    """

    requires_request_body = True

    def __init__(
        self,
        auth: httpx2.Auth,
        *,
        sanitizer: Sanitizer | None = None,
        on_report: OnReport | None = None,
    ) -> None:
        self.auth = auth
        self.requires_response_body: bool = auth.requires_response_body
        self._hook = Hook(sanitizer, on_report)

    def auth_flow(self, request: httpx2.Request) -> _Flow:
        """Sanitize the request in place, and authenticate it."""
        exchange = _httpx.exchange_of(self._hook, request)
        if exchange is not None:
            _httpx.clean(exchange, request)
        yield from self.auth.auth_flow(request)


class _RequestHook:
    """An event hook; `install` knows its own by the class."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook

    def __call__(self, request: httpx2.Request) -> None:
        exchange = _httpx.exchange_of(self._hook, request)
        if exchange is not None:
            request.read()
            _httpx.clean(exchange, request)


class _AsyncRequestHook:
    """The same for an async client, which awaits its hooks."""

    def __init__(self, hook: Hook) -> None:
        self._hook = hook

    async def __call__(self, request: httpx2.Request) -> None:
        exchange = _httpx.exchange_of(self._hook, request)
        if exchange is not None:
            await request.aread()
            _httpx.clean(exchange, request)


def sanitize_request(request: httpx2.Request) -> None:
    """Sanitize a request in place, with all the defaults.

    An event hook: ``httpx2.Client(event_hooks={"request": [sanitize_request]})``.
    """
    _RequestHook(Hook())(request)


async def async_sanitize_request(request: httpx2.Request) -> None:
    """Sanitize a request in place, with all the defaults.

    An event hook: ``httpx2.AsyncClient(event_hooks={"request": [async_sanitize_request]})``.
    """
    await _AsyncRequestHook(Hook())(request)


def install(
    client: _Client,
    *,
    sanitizer: Sanitizer | None = None,
    on_report: OnReport | None = None,
) -> _Client:
    """Make a client that exists already sanitize, and give it back.

    It adds an event hook, so that the client keeps its transport, proxies and settings; the
    client's ``event_hooks``, when set later, displace it. Installing once more changes the options
    of the first time. It has no ``retry_refused=``: a hook cannot send.

    Args:
        client: An ``httpx2.Client`` or ``httpx2.AsyncClient``, of an SDK's making, say.
        sanitizer: What to do to the bodies; all the defaults if not given.
        on_report: Called with each report that is not empty.
    """
    kind = _AsyncRequestHook if isinstance(client, httpx2.AsyncClient) else _RequestHook
    hooks = client.event_hooks["request"]
    hooks[:] = [hook for hook in hooks if not isinstance(hook, kind)]
    hooks.append(kind(Hook(sanitizer, on_report)))
    return client


def _cure(exchange: Exchange, sent: bytes, response: httpx2.Response, raw: bytes) -> Result | None:
    coding = _httpx.header(response, "content-encoding")
    return exchange.cure(sent, response.status_code, raw, coding)


def _replay(response: httpx2.Response, raw: bytes) -> httpx2.Response:
    """The answer again, its stream unread."""
    return httpx2.Response(
        response.status_code,
        headers=response.headers,
        stream=httpx2.ByteStream(raw),
        extensions=response.extensions,
    )
