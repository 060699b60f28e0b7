"""For niquests: `SanitizeHook` and `AsyncSanitizeHook`, hooks of a session."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Any

from niquests import AsyncResponse, PreparedRequest, Response
from niquests.hooks import AsyncLifeCycleHook, LifeCycleHook
from typing_extensions import Unpack

from mistral_sanitize.body import AdapterOptions, ClientOptions, Exchange, Result, gather

__all__ = ["AsyncSanitizeHook", "SanitizeHook"]


class SanitizeHook(LifeCycleHook[Any]):
    """A hook that sanitizes: ``niquests.Session(hooks=SanitizeHook())``.

    A ``pre_request`` hook given with a single request takes its place.

    Args:
        options: See `ClientOptions`.
    """

    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        super().__init__()
        self._options = AdapterOptions.of(type(self).__name__, options, ClientOptions)

    def pre_request(self, prepared_request: PreparedRequest, **_: Any) -> PreparedRequest:
        """Sanitize the request in place."""
        exchange = _exchange(self._options, prepared_request)
        if exchange is not None:
            _clean(exchange, prepared_request, gather(prepared_request.body))
        return prepared_request

    def response(self, response: Response, **kwargs: Any) -> Response:
        """Return the response untouched, or that to the repaired request."""
        exchange = _refused(self._options, response)
        if exchange is None:
            return response
        try:
            answer = response.content
        except Exception as error:
            unread: Response = _unread(response, error)
            return unread
        request = _cure(exchange, response, answer)
        if request is None:
            return response
        try:
            second: Response = response.connection.send(request, **kwargs)
            if not kwargs.get("stream"):
                second.content  # noqa: B018  # read here, where the first is still at hand
        except Exception as dropped:
            exchange.gave_up(dropped)
            return response
        done: Response = _after(response, second, request)
        return done


class AsyncSanitizeHook(AsyncLifeCycleHook[Any]):
    """The same for ``niquests.AsyncSession``, whose bodies may be async generators.

    Args:
        options: See `ClientOptions`.
    """

    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        super().__init__()
        self._options = AdapterOptions.of(type(self).__name__, options, ClientOptions)

    async def pre_request(self, prepared_request: PreparedRequest, **_: Any) -> PreparedRequest:
        """Sanitize the request in place."""
        exchange = _exchange(self._options, prepared_request)
        if exchange is not None:
            body: Any = prepared_request.body
            if isinstance(body, AsyncIterable):
                body = [part async for part in body]
            _clean(exchange, prepared_request, gather(body))
        return prepared_request

    async def response(self, response: Any, **kwargs: Any) -> Any:
        """Return the response untouched, or that to the repaired request."""
        exchange = _refused(self._options, response)
        if exchange is None:
            return response
        try:
            content = response.content
            answer = await content if isinstance(response, AsyncResponse) else content
        except Exception as error:
            return _unread(response, error)
        request = _cure(exchange, response, answer)
        if request is None:
            return response
        try:
            second = await response.connection.send(request, **kwargs)
            if not kwargs.get("stream"):
                content = second.content
                await content if isinstance(second, AsyncResponse) else content
        except Exception as dropped:
            exchange.gave_up(dropped)
            return response
        return _after(response, second, request)


def _exchange(options: AdapterOptions, request: PreparedRequest) -> Exchange | None:
    headers: Any = request.headers or {}
    kind, coding = headers.get("Content-Type"), headers.get("Content-Encoding")
    return options.exchange(request.method, request.url or "", kind, coding)


def _clean(exchange: Exchange, request: PreparedRequest, body: bytes | None) -> None:
    if body is None:
        return
    result = exchange.clean(body)
    if result.body is not request.body:  # changed, or a stream that has been read by now
        _put(request, result)


def _put(request: PreparedRequest, result: Result) -> None:
    headers: Any = request.headers
    for name in result.stale_headers:
        headers.pop(name, None)
    headers["Content-Length"] = str(len(result.body))
    request.body = result.body
    request._body_position = None  # nothing to rewind any more


def _refused(options: AdapterOptions, response: Any) -> Exchange | None:
    """The exchange whose answer is worth reading, if it is."""
    if response.request is None or not isinstance(response.request.body, bytes):
        return None
    exchange = _exchange(options, response.request)
    if exchange is None or not exchange.may_cure(response.status_code or 0):
        return None
    return exchange


def _unread(response: Any, error: Exception) -> Any:
    """The response whose body cannot be read, to raise so again where the caller reads it."""

    def raise_again(*_: Any, **__: Any) -> Any:
        raise error.__cause__ or error.__context__ or error

    async def raise_later(*_: Any, **__: Any) -> Any:
        raise_again()

    is_async = isinstance(response, AsyncResponse)
    response.raw.read = response.raw.stream = raise_later if is_async else raise_again
    response._content_consumed = False
    return response


def _cure(exchange: Exchange, response: Any, answer: bytes | None) -> PreparedRequest | None:
    """The request to send in place of the refused one."""
    cured = exchange.cure(response.request.body, response.status_code, answer or b"")
    if cured is None:
        return None
    request: PreparedRequest = response.request.copy()
    _put(request, cured)
    return request


def _after(first: Any, second: Any, request: PreparedRequest) -> Any:
    # As niquests' own digest authentication does when it answers a challenge.
    second.history.append(first)
    second.request = request
    return second
