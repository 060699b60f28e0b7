"""What httpx and httpx2 have in common: all but the classes.

The two are one interface with two sets of types, and neither accepts the other's. So nothing is
imported here; ``httpx.py`` beside this file has the classes, and ``httpx2.py`` is generated from
it. Requests are changed in place, by way of a new one of the same class: a redirect then sends the
clean body again, a generator can be sent twice, and ``response.request`` shows what was sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from mistral_sanitize.body import AdapterOptions, Exchange, Result, is_readable

__all__ = ["Replayed", "asend", "clean", "exchange_of", "put", "send", "wrong_library"]


def wrong_library(library: str, what: str, value: object) -> TypeError | None:
    """The error to raise where `value` is of the other of the two libraries, or ``None``.

    Args:
        library: ``"httpx"`` or ``"httpx2"``: whose adapter was called.
        what: The value in words.
        value: What it was given.
    """
    other = "httpx" if library == "httpx2" else "httpx2"
    packages = {base.__module__.partition(".")[0] for base in type(value).__mro__}
    if library in packages or other not in packages:
        return None
    return TypeError(
        f"{what} is of {other}, and this is the adapter for {library}: use "
        f"mistral_sanitize.adapters.{other}, where install(client) is the shortest way"
    )


def header(message: Any, name: str) -> str | None:
    """The value of a header of a request or a response."""
    value: str | None = message.headers.get(name)
    return value


def exchange_of(options: AdapterOptions, request: Any) -> Exchange | None:
    """The exchange that the request begins, or ``None``: not ours."""
    kind, coding = header(request, "content-type"), header(request, "content-encoding")
    return options.exchange(request.method, str(request.url), kind, coding)


def clean(exchange: Exchange, request: Any) -> bytes:
    """Sanitize a request that has been read, in place, and give the body that will be sent."""
    result = exchange.clean(request.content)
    if result or header(request, "transfer-encoding"):
        put(request, result)
    return result.body


def put(request: Any, result: Result) -> None:
    """Give the request another body."""
    # Content-Length is left to the constructor, and no Transfer-Encoding may be beside it: of
    # the two, httpx drops the one and httpx2 the other.
    kept = [
        (name, value)
        for name, value in request.headers.raw
        if name.decode("latin-1").lower() not in result.stale_headers
    ]
    new = type(request)(
        request.method,
        request.url,
        headers=kept,
        content=result.body,
        extensions=request.extensions,
    )
    # The stream, the headers and the content that was cached on reading, all at once.
    vars(request).update(vars(new))


class Replayed:
    """What has been read of a response's stream, to be read again: its bytes, then its error.

    The libraries' own classes of streams come in where it is subclassed.
    """

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.error: Exception | None = None

    @property
    def raw(self) -> bytes:
        """All of the bytes, their content coding as it came."""
        return b"".join(self.parts)

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts
        if self.error is not None:
            raise self.error

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            yield part
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Nothing is open: the stream itself was closed when it had been read."""

    async def aclose(self) -> None:
        """Nothing is open."""


def send(
    options: AdapterOptions,
    request: Any,
    transport: Callable[[Any], Any],
    replayed: type[Replayed],
) -> Any:
    """Sanitize the request in place, send it, and give the response untouched.

    Args:
        options: Those of the adapter.
        request: The library's request.
        transport: What sends it.
        replayed: The library's own kind of `Replayed`.
    """
    exchange = exchange_of(options, request)
    if exchange is None:
        return transport(request)
    request.read()
    sent = clean(exchange, request)
    response = transport(request)
    if not exchange.may_cure(response.status_code):
        return response
    refusal = _read(response, replayed())
    cured = _cure(exchange, sent, response, refusal)
    if cured is None:
        return response
    before = dict(vars(request))
    put(request, cured)
    try:
        second = transport(request)
        if _is_streamed(second) or _is_whole(second, _read(second, replayed())):
            return second
    except Exception as error:
        exchange.gave_up(error)
    _restore(request, before)
    return response


async def asend(
    options: AdapterOptions,
    request: Any,
    transport: Callable[[Any], Awaitable[Any]],
    replayed: type[Replayed],
) -> Any:
    """The same as `send`, for a transport that is awaited."""
    exchange = exchange_of(options, request)
    if exchange is None:
        return await transport(request)
    await request.aread()
    sent = clean(exchange, request)
    response = await transport(request)
    if not exchange.may_cure(response.status_code):
        return response
    refusal = await _aread(response, replayed())
    cured = _cure(exchange, sent, response, refusal)
    if cured is None:
        return response
    before = dict(vars(request))
    put(request, cured)
    try:
        second = await transport(request)
        if _is_streamed(second) or _is_whole(second, await _aread(second, replayed())):
            return second
    except Exception as error:
        exchange.gave_up(error)
    _restore(request, before)
    return response


def _read(response: Any, replayed: Replayed) -> Replayed:
    """Read the response to its end, or to its error, and put what was read in its place."""
    try:
        for part in response.stream:
            replayed.parts.append(part)  # what came before an error is kept
    except Exception as error:
        replayed.error = error
    finally:
        response.stream.close()
    response.stream = replayed
    return replayed


async def _aread(response: Any, replayed: Replayed) -> Replayed:
    try:
        async for part in response.stream:
            replayed.parts.append(part)
    except Exception as error:
        replayed.error = error
    finally:
        await response.stream.aclose()
    response.stream = replayed
    return replayed


def _cure(exchange: Exchange, sent: bytes, response: Any, refusal: Replayed) -> Result | None:
    if refusal.error is not None:
        return None
    coding = header(response, "content-encoding")
    return exchange.cure(sent, response.status_code, refusal.raw, coding)


def _is_streamed(response: Any) -> bool:
    return "event-stream" in (header(response, "content-type") or "")


def _is_whole(response: Any, read: Replayed) -> bool:
    if read.error is not None:
        return False
    return is_readable(read.raw, header(response, "content-encoding"))


def _restore(request: Any, before: dict[str, Any]) -> None:
    vars(request).clear()
    vars(request).update(before)
