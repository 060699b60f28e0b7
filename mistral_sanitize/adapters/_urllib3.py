"""What the adapters for urllib3 and requests share: a response read, or to be read, once more."""

from __future__ import annotations

import io
from collections.abc import Generator
from typing import Any, cast

import urllib3
from urllib3.exceptions import DecodeError
from urllib3.response import BaseHTTPResponse

from mistral_sanitize.body import CompletionBody, is_readable

__all__ = ["is_read", "mapped", "read_back", "read_whole", "replayed"]


class _Body(io.BytesIO):
    """Bytes that say when they are at their end, as http.client's responses do, then an error.

    Without `isclosed` ``stream(None)`` would read them for ever.
    """

    def __init__(self, raw: bytes, error: Exception | None) -> None:
        super().__init__(raw)
        self._error = error

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self._error is not None and (not data or size is None or size < 0):
            raise self._error
        return data

    def isclosed(self) -> bool:
        if self.closed:
            return True
        return self._error is None and self.tell() == len(self.getbuffer())


class _Replayed(urllib3.HTTPResponse):
    """A response that gives, where it is streamed, all that came in chunks before an error."""

    is_cut: bool = False

    def stream(
        self, amt: int | None = 2**16, decode_content: bool | None = None
    ) -> Generator[bytes, None, None]:
        # read() fills `amt` or raises: a larger one would lose the bytes before the error.
        return super().stream(1 if self.chunked and self.is_cut else amt, decode_content)


def read_back(response: BaseHTTPResponse) -> tuple[bytes, Exception | None]:
    """Read a response to its end, or to its error: its bytes, their content coding as it came."""
    parts: list[bytes] = []
    try:
        for part in response.stream(decode_content=False):
            parts.append(part)  # noqa: PERF402  # what came before an error is kept
    except Exception as error:
        return b"".join(parts), error
    return b"".join(parts), None


def replayed(
    response: BaseHTTPResponse, raw: bytes, error: Exception | None, decode_content: bool = True
) -> BaseHTTPResponse:
    """The response again, unread: its bytes, and then its error.

    Args:
        response: It, of which nothing is left.
        raw: What `read_back` has read.
        error: How that ended.
        decode_content: Whether reading it undoes its content coding unless told otherwise.
    """
    response.release_conn()
    kept: dict[str, Any] = {"original_response": getattr(response, "_original_response", None)}
    again = _Replayed(
        body=_Body(raw, error),
        headers=response.headers,
        status=response.status,
        version=response.version,
        reason=response.reason,
        preload_content=False,
        decode_content=decode_content,
        request_url=response.url,
        **kept,
    )
    again.is_cut = error is not None
    return again


def read_whole(response: BaseHTTPResponse, decode_content: bool = True) -> BaseHTTPResponse:
    """The response, unread; one that is not an event stream is read here.

    Args:
        response: One of which nothing has been read.
        decode_content: As for `replayed`.

    Raises:
        Exception: what came of reading it, or of undoing its content coding.
    """
    if "event-stream" in response.headers.get("content-type", ""):
        return response
    raw, error = read_back(response)
    if error is not None:
        raise error
    if not is_readable(raw, response.headers.get("content-encoding")):
        raise DecodeError("not in its content coding", ValueError())
    return replayed(response, raw, None, decode_content)


def is_read(response: BaseHTTPResponse) -> bool:
    """Whether it was read when it came: ``preload_content=True``, urllib3's default."""
    return cast("Any", response)._body is not None


class _MappedFile:
    """What a response reads from: each piece as soon as it is here, mapped."""

    def __init__(self, response: BaseHTTPResponse, body: CompletionBody) -> None:
        self._response = response
        self._body = body
        self._data = b""
        self._is_done = False
        self.closed = False

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            parts = iter(lambda: self.read1(_PIECE), b"")
            return b"".join(parts)
        return self.read1(size)

    def read1(self, size: int = -1, /) -> bytes:
        while not self._data and not self._is_done:
            part = self._response.read1(_PIECE, decode_content=False)
            self._is_done = not part
            self._data = self._body.feed(part) if part else self._body.close()
        size = len(self._data) if size < 0 else size
        data, self._data = self._data[:size], self._data[size:]
        return data

    def isclosed(self) -> bool:
        return self.closed or (self._is_done and not self._data)

    def close(self) -> None:
        self.closed = True
        try:
            self._response.close()
        finally:
            self._body.close()

    def release_conn(self) -> None:
        self._response.release_conn()


_PIECE = 1 << 16


class _Mapped(urllib3.HTTPResponse):
    """A response whose pieces are given as they come, however many are asked for."""

    def stream(
        self,
        amt: int | None = 2**16,
        decode_content: bool | None = None,  # noqa: ARG002
    ) -> Generator[bytes, None, None]:
        while data := cast("Any", self._fp).read1(_PIECE if amt is None else amt):
            yield data

    def release_conn(self) -> None:
        cast("Any", self._fp).release_conn()


def mapped(
    response: BaseHTTPResponse, body: CompletionBody, decode_content: bool = True
) -> BaseHTTPResponse:
    """The response with the completion in it mapped; in pieces if it is an event stream.

    Args:
        response: One of which nothing has been read, or all when it came.
        body: What its body goes through.
        decode_content: As for `replayed`.
    """
    if is_read(response):
        cast("Any", response)._body = body.feed(response.data) + body.close()
        _drop(response, body)
        return response
    if body.is_stream:
        kept: dict[str, Any] = {"original_response": getattr(response, "_original_response", None)}
        headers = urllib3.HTTPHeaderDict(response.headers)
        for name in (*body.stale_headers, "transfer-encoding"):
            headers.discard(name)
        return _Mapped(
            body=cast("Any", _MappedFile(response, body)),
            headers=headers,
            status=response.status,
            version=response.version,
            reason=response.reason,
            preload_content=False,
            decode_content=decode_content,
            request_url=response.url,
            **kept,
        )
    raw, error = read_back(response)
    if error is None:
        raw = body.feed(raw) + body.close()
        _drop(response, body)
        if body.stale_headers:
            response.headers["content-length"] = str(len(raw))
    return replayed(response, raw, error, decode_content)


def _drop(response: BaseHTTPResponse, body: CompletionBody) -> None:
    for name in body.stale_headers:
        response.headers.discard(name)
