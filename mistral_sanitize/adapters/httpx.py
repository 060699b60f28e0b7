"""For httpx: `SanitizeTransport` and its async twin, and hooks for clients that exist already."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import httpx
from typing_extensions import Unpack

from mistral_sanitize.adapters import _httpx
from mistral_sanitize.body import (
    AdapterOptions,
    CommonOptions,
    CompletionOptions,
    MappingClientOptions,
)

__all__ = [
    "AsyncSanitizeTransport",
    "SanitizeAuth",
    "SanitizeTransport",
    "async_sanitize_request",
    "install",
    "sanitize_request",
]

_Flow = Generator[httpx.Request, httpx.Response, None]
_Client = TypeVar("_Client", httpx.Client, httpx.AsyncClient)


class _Replayed(_httpx.Replayed, httpx.SyncByteStream, httpx.AsyncByteStream):
    """What has been read of a response, as a stream that either client accepts."""


class _Mapped(_httpx.Mapped, httpx.SyncByteStream, httpx.AsyncByteStream):
    """A mapped stream, as one that either client accepts."""


_STREAMS = _httpx.Streams(_Replayed, _Mapped)


class SanitizeTransport(httpx.BaseTransport):
    """A transport that sanitizes, and sends with another.

    ``httpx.Client(transport=SanitizeTransport())``. A client that is given a transport ignores its
    own ``verify=``, ``http2=``, ``limits=`` and the proxies of the environment: give them to the
    inner transport, or use `install`.

    Args:
        transport: What sends; an ``httpx.HTTPTransport()`` by default.
        options: See `MappingClientOptions`.

    Raises:
        TypeError: an option that does not exist or is not of its type, or a transport of the other
            library. A client of the other library raises it with the first request.
    """

    def __init__(
        self,
        transport: httpx.BaseTransport | None = None,
        **options: Unpack[MappingClientOptions],
    ) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, MappingClientOptions)
        _check("the transport", transport)
        self.transport: httpx.BaseTransport = (
            transport if transport is not None else httpx.HTTPTransport()
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sanitize the request in place, send it, and return the response: untouched by default."""
        _check("the client", request)
        response: httpx.Response = _httpx.send(
            self._options, request, self.transport.handle_request, _STREAMS
        )
        return response

    def close(self) -> None:
        """Close the transport that sends."""
        self.transport.close()


class AsyncSanitizeTransport(httpx.AsyncBaseTransport):
    """The same for ``httpx.AsyncClient``.

    Args:
        transport: What sends; an ``httpx.AsyncHTTPTransport()`` by default.
        options: See `MappingClientOptions`.

    Raises:
        TypeError: as for `SanitizeTransport`.
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[MappingClientOptions],
    ) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, MappingClientOptions)
        _check("the transport", transport)
        self.transport: httpx.AsyncBaseTransport = (
            transport if transport is not None else httpx.AsyncHTTPTransport()
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sanitize the request in place, send it, and return the response: untouched by default."""
        _check("the client", request)
        response: httpx.Response = await _httpx.asend(
            self._options, request, self.transport.handle_async_request, _STREAMS
        )
        return response

    async def aclose(self) -> None:
        """Close the transport that sends."""
        await self.transport.aclose()


class SanitizeAuth(httpx.Auth):
    """Sanitizes, and then lets another authentication sign the body that will be sent.

    ``httpx.Client(auth=SanitizeAuth(SigV4(...)))``. It makes the client read every request's body
    into memory. It has no ``retry_refused=``.

    Args:
        auth: What authenticates.
        options: See `CommonOptions`.

    Raises:
        TypeError: an option that does not exist or is not of its type, or an ``auth`` of the other
            library.
    """

    requires_request_body = True

    def __init__(self, auth: httpx.Auth, **options: Unpack[CommonOptions]) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, CommonOptions)
        _check("the auth", auth)
        self.auth = auth
        self.requires_response_body: bool = auth.requires_response_body

    def auth_flow(self, request: httpx.Request) -> _Flow:
        """Sanitize the request in place, and authenticate it."""
        exchange = _httpx.exchange_of(self._options, request)
        if exchange is not None:
            _httpx.clean(exchange, request)
        yield from self.auth.auth_flow(request)


class _RequestHook:
    """An event hook; `install` knows its own by the class."""

    def __init__(self, options: AdapterOptions) -> None:
        self._options = options

    def __call__(self, request: httpx.Request) -> None:
        exchange = _httpx.exchange_of(self._options, request)
        if exchange is not None:
            request.read()
            _httpx.remember(request, exchange, _httpx.clean(exchange, request))


class _AsyncRequestHook:
    """The same for an async client, which awaits its hooks."""

    def __init__(self, options: AdapterOptions) -> None:
        self._options = options

    async def __call__(self, request: httpx.Request) -> None:
        exchange = _httpx.exchange_of(self._options, request)
        if exchange is not None:
            await request.aread()
            _httpx.remember(request, exchange, _httpx.clean(exchange, request))


class _ResponseHook:
    """An event hook for responses, where an option asks for it."""

    def __call__(self, response: httpx.Response) -> None:
        if kept := _httpx.remembered(response):
            _httpx.answer(*kept, response, _STREAMS)


class _AsyncResponseHook:
    """The same for an async client."""

    async def __call__(self, response: httpx.Response) -> None:
        if kept := _httpx.remembered(response):
            await _httpx.aanswer(*kept, response, _STREAMS)


_HOOKS = (_RequestHook, _AsyncRequestHook, _ResponseHook, _AsyncResponseHook)


def sanitize_request(request: httpx.Request) -> None:
    """Sanitize a request in place, with all the defaults.

    An event hook: ``httpx.Client(event_hooks={"request": [sanitize_request]})``.
    """
    _RequestHook(AdapterOptions())(request)


async def async_sanitize_request(request: httpx.Request) -> None:
    """Sanitize a request in place, with all the defaults.

    An event hook: ``httpx.AsyncClient(event_hooks={"request": [async_sanitize_request]})``.
    """
    await _AsyncRequestHook(AdapterOptions())(request)


def install(client: _Client, **options: Unpack[CompletionOptions]) -> _Client:
    """Make a client that exists already sanitize, and return it: the recommended form.

    It adds event hooks, so that the client keeps its transport, proxies and settings; the
    client's ``event_hooks``, when set later, displace them. Installing once more changes the
    options of the first time. It has no ``retry_refused=``: a hook cannot send.

    Args:
        client: An ``httpx.Client`` or ``httpx.AsyncClient``, of an SDK's making, say.
        options: See `CompletionOptions`.

    Raises:
        TypeError: an option that does not exist or is not of its type, or a client of the other
            library.
    """
    bound = AdapterOptions.of("install", options, CompletionOptions)
    _check("the client", client)
    if not isinstance(client, (httpx.Client, httpx.AsyncClient)):
        name = type(client).__name__
        raise TypeError(f"client must be an httpx.Client or httpx.AsyncClient, not a {name}")
    is_async = isinstance(client, httpx.AsyncClient)
    for hooks in client.event_hooks.values():
        hooks[:] = [hook for hook in hooks if not isinstance(hook, _HOOKS)]
    client.event_hooks["request"].append(
        _AsyncRequestHook(bound) if is_async else _RequestHook(bound)
    )
    if bound.completions is not None or bound.restore:
        # In front of others, which see the response that the client gets.
        hook = _AsyncResponseHook() if is_async else _ResponseHook()
        client.event_hooks["response"].insert(0, hook)
    return client


def _check(what: str, value: object) -> None:
    error = _httpx.wrong_library("httpx", what, value)
    if error is not None:
        raise error
