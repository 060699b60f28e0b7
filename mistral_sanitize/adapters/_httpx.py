"""What httpx and httpx2 have in common: all but the classes.

The two are one interface with two sets of types, and neither accepts the other's. So nothing is
imported here; ``httpx.py`` beside this file has the classes, and ``httpx2.py`` is generated from
it. Requests are changed in place, by way of a new one of the same class: a redirect then sends the
clean body again, a generator can be sent twice, and ``response.request`` shows what was sent.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, NamedTuple

from mistral_sanitize.body import AdapterOptions, CompletionBody, Exchange, Result, is_readable

__all__ = [
    "Mapped",
    "Replayed",
    "Streams",
    "aanswer",
    "answer",
    "asend",
    "clean",
    "exchange_of",
    "put",
    "remember",
    "remembered",
    "send",
    "wrong_library",
]


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
        f"{what} is an object of {other}, and this is the adapter for {library}: use "
        f"mistral_sanitize.adapters.{other}, most simply its install(client)"
    )


def header(message: Any, name: str) -> str | None:
    """The value of a header of a request or a response."""
    value: str | None = message.headers.get(name)
    return value


def exchange_of(options: AdapterOptions, request: Any) -> Exchange | None:
    """The exchange that the request begins, or ``None``: not ours."""
    kind, coding = header(request, "content-type"), header(request, "content-encoding")
    return options.exchange(request.method, str(request.url), kind, coding)


def clean(exchange: Exchange, request: Any) -> Result:
    """Sanitize a request that has been read, in place, and give what will be sent."""
    if exchange.reads_completions:
        request.headers["accept-encoding"] = "identity"
    result = exchange.clean(request.content)
    if result or header(request, "transfer-encoding"):
        put(request, result)
    return result


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


class Mapped:
    """The stream of a response whose events are mapped, each as soon as it is here.

    The libraries' own classes of streams come in where it is subclassed.
    """

    def __init__(self, stream: Any, body: CompletionBody) -> None:
        self._stream = stream
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            if data := self._body.feed(part):
                yield data
        if data := self._body.close():
            yield data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            if data := self._body.feed(part):
                yield data
        if data := self._body.close():
            yield data

    def close(self) -> None:
        """Close the stream, which may not have been read to its end."""
        try:
            self._stream.close()
        finally:
            self._body.close()

    async def aclose(self) -> None:
        """The same for an async stream."""
        try:
            await self._stream.aclose()
        finally:
            self._body.close()


class Streams(NamedTuple):
    """One library's own kinds of streams."""

    replayed: type[Replayed]
    mapped: type[Mapped]


def answer(exchange: Exchange, sent: Sequence[Result], response: Any, streams: Streams) -> Any:
    """The response, with the completion in it as the options ask.

    Args:
        exchange: That of the request.
        sent: What became of the request, in the order done.
        response: The library's response, its stream not read.
        streams: The library's own kinds of streams.
    """
    body = _body_of(exchange, sent, response)
    if body is None:
        return response
    if body.is_stream:
        return _with_stream(response, body, streams)
    return _with_whole(response, body, _read(response, streams.replayed()))


async def aanswer(
    exchange: Exchange, sent: Sequence[Result], response: Any, streams: Streams
) -> Any:
    """The same as `answer`, for a response whose stream is awaited."""
    body = _body_of(exchange, sent, response)
    if body is None:
        return response
    if body.is_stream:
        return _with_stream(response, body, streams)
    return _with_whole(response, body, await _aread(response, streams.replayed()))


def _body_of(exchange: Exchange, sent: Sequence[Result], response: Any) -> CompletionBody | None:
    kind, coding = header(response, "content-type"), header(response, "content-encoding")
    return exchange.completion(sent, response.status_code, kind, coding)


def _with_stream(response: Any, body: CompletionBody, streams: Streams) -> Any:
    for name in body.stale_headers:
        response.headers.pop(name, None)
    response.stream = streams.mapped(response.stream, body)
    return response


def _with_whole(response: Any, body: CompletionBody, read: Replayed) -> Any:
    if read.error is not None:  # the client gets it where it reads
        return response
    data = body.feed(read.raw) + body.close()
    if body.stale_headers:
        read.parts = [data]
        for name in body.stale_headers:
            response.headers.pop(name, None)
        response.headers["content-length"] = str(len(data))
    return response


_KEY = "mistral_sanitize"


def remember(request: Any, exchange: Exchange, sent: Result) -> None:
    """Keep with a request what the hook for its response needs."""
    if exchange.reads_completions:
        request.extensions = {**request.extensions, _KEY: (exchange, [sent])}


def remembered(response: Any) -> tuple[Exchange, Sequence[Result]] | None:
    """What `remember` kept with the request of a response."""
    kept: tuple[Exchange, Sequence[Result]] | None = response.request.extensions.get(_KEY)
    return kept


def send(
    options: AdapterOptions,
    request: Any,
    transport: Callable[[Any], Any],
    streams: Streams,
) -> Any:
    """Sanitize the request in place, send it, and give the response.

    Args:
        options: Those of the adapter.
        request: The library's request.
        transport: What sends it.
        streams: The library's own kinds of streams.
    """
    exchange = exchange_of(options, request)
    if exchange is None:
        return transport(request)
    request.read()
    sent = clean(exchange, request)
    response = transport(request)
    if not exchange.may_cure(response.status_code):
        return answer(exchange, [sent], response, streams)
    refusal = _read(response, streams.replayed())
    cured = _cure(exchange, sent.body, response, refusal)
    if cured is None:
        return response
    before = dict(vars(request))
    put(request, cured)
    second = None
    try:
        second = transport(request)
        if not _is_streamed(second):
            read = _read(second, streams.replayed())
            second = second if _is_whole(second, read) else None
    except Exception as error:
        exchange.gave_up(error)
        second = None
    if second is None:
        _restore(request, before)
        return response
    return answer(exchange, [sent, cured], second, streams)


async def asend(
    options: AdapterOptions,
    request: Any,
    transport: Callable[[Any], Awaitable[Any]],
    streams: Streams,
) -> Any:
    """The same as `send`, for a transport that is awaited."""
    exchange = exchange_of(options, request)
    if exchange is None:
        return await transport(request)
    await request.aread()
    sent = clean(exchange, request)
    response = await transport(request)
    if not exchange.may_cure(response.status_code):
        return await aanswer(exchange, [sent], response, streams)
    refusal = await _aread(response, streams.replayed())
    cured = _cure(exchange, sent.body, response, refusal)
    if cured is None:
        return response
    before = dict(vars(request))
    put(request, cured)
    second = None
    try:
        second = await transport(request)
        if not _is_streamed(second):
            read = await _aread(second, streams.replayed())
            second = second if _is_whole(second, read) else None
    except Exception as error:
        exchange.gave_up(error)
        second = None
    if second is None:
        _restore(request, before)
        return response
    return await aanswer(exchange, [sent, cured], second, streams)


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
