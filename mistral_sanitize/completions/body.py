"""Completions on the wire: the body of one response, mapped as its pieces arrive, without I/O.

A streamed body (``text/event-stream``) is mapped line by line. Only its unfinished last line is
held, and every line that is not changed is the same bytes: comments, other fields, ``[DONE]``,
data in several lines, and an error that a host sends as bare JSON. Any split of the body into
pieces gives the same bytes. A JSON body is held until it ends, since nothing can be said of it
before; where nothing changes it is the same bytes too.

``gzip`` and ``deflate`` are undone piece by piece, and what is mapped is sent without a coding. A
body in another coding passes as it is, and so does what is longer than the limit; both are told.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, Protocol

from mistral_sanitize._json import decode, encode
from mistral_sanitize.completions import CompletionReport, restore
from mistral_sanitize.completions._inflate import INFLATERS, Inflate, TooLargeError
from mistral_sanitize.completions._notes import Left, left_for
from mistral_sanitize.report import Change, Report

__all__ = ["CompletionBody", "Mapper", "Restoring", "completion_body"]

_STALE: Final = frozenset(
    {
        "content-digest",  # RFC 9530
        "content-length",
        "content-md5",  # RFC 2616, 14.15
        "digest",  # RFC 3230
        "etag",  # RFC 9110, 8.8.3
        "repr-digest",  # RFC 9530
    }
)


class Mapper(Protocol):
    """What maps completions: `CompletionStream`, or `Restoring`."""

    @property
    def changes(self) -> tuple[Change, ...]: ...

    @property
    def left(self) -> tuple[Left, ...]: ...

    def chunk(self, chunk: Any) -> Any: ...


class Restoring:
    """`restore` for a whole completion or the chunks of a stream; it tells nothing."""

    changes: tuple[Change, ...] = ()
    left: tuple[Left, ...] = ()

    def __init__(self, report: Report) -> None:
        self._report = report

    def chunk(self, chunk: Any) -> Any:
        """The next chunk with the caller's names and ids."""
        return restore(chunk, self._report)


def completion_body(
    mapper: Mapper,
    *,
    status: int,
    content_type: str,
    content_encoding: str,
    max_size: int,
    on_close: Callable[[CompletionReport], object] | None = None,
) -> CompletionBody | None:
    """The body of a response that may hold a completion, or ``None``: it passes untouched.

    Args:
        mapper: What maps it: a `CompletionStream`, say.
        status: The status of the response; all but 200 are errors, and pass.
        content_type: The value of its Content-Type header; JSON and event streams are read.
        content_encoding: The value of its Content-Encoding header.
        max_size: Bytes that a JSON body, or a line of a stream, may have.
        on_close: Called at its end with a report that is not empty.
    """
    essence = content_type.partition(";")[0].strip().lower()
    if status != 200 or essence not in ("application/json", "text/event-stream"):
        return None
    return CompletionBody(
        mapper,
        is_stream=essence == "text/event-stream",
        content_encoding=content_encoding,
        max_size=max_size,
        on_close=on_close,
    )


class CompletionBody:
    """The body of one response, mapped as its pieces arrive. Not thread-safe; made for each.

    Give `feed` each piece, and send what it returns at once; then `close`, and send what that
    returns. The headers of a stream can be sent at once; those of a JSON body are known after
    `close`.

    Args:
        mapper: What maps the completion.
        is_stream: Whether it is an event stream, and not one JSON value.
        content_encoding: The value of the Content-Encoding header.
        max_size: Bytes that a JSON body, or a line of a stream, may have.
        on_close: Called at its end with a report that is not empty.
    """

    def __init__(
        self,
        mapper: Mapper,
        *,
        is_stream: bool,
        content_encoding: str = "",
        max_size: int,
        on_close: Callable[[CompletionReport], object] | None = None,
    ) -> None:
        self.is_stream = is_stream
        """Whether pieces are given back as they arrive; else all is, by `close`."""
        self._mapper = mapper
        self._left: dict[str, Left] = {}
        self._closed = False
        self._on_close = on_close
        coding = content_encoding.strip().lower()
        self._coded = coding not in ("", "identity")
        self._reader: _Reader
        if self._coded and coding not in INFLATERS:
            self._left["coding"] = left_for("coding")
            self._reader = _Untouched()
        elif is_stream:
            inflate = INFLATERS[coding](max_size) if self._coded else None
            self._reader = _EventStream(self._mapped, self._too_long, max_size, inflate)
        else:
            inflate = INFLATERS[coding](max_size) if self._coded else None
            self._reader = _Whole(self._mapped, self._too_long, max_size, inflate)

    def feed(self, data: bytes) -> bytes:
        """The next piece of the body as it is on the wire, without its chunked framing.

        Returns:
            What can be sent now; nothing yet of a JSON body.

        Raises:
            ValueError: an event stream is not in its content coding.
        """
        return self._reader.feed(data)

    def close(self) -> bytes:
        """The body has ended: what is still to be sent. A second time there is nothing."""
        if self._closed:
            return b""
        self._closed = True
        rest = self._reader.close()
        report = self.report
        if report and self._on_close is not None:
            self._on_close(report)
        return rest

    @property
    def stale_headers(self) -> frozenset[str]:
        """The headers (lower case) of the response to drop; those of a JSON body after `close`.

        Where ``content-length`` is among them and the body is no stream, it is set anew.
        """
        if not self._reader.rewrites:
            return frozenset()
        return _STALE | {"content-encoding"} if self._coded else _STALE

    @property
    def report(self) -> CompletionReport:
        """What was changed and left so far, without values; its `completion` is ``None``."""
        left = (*self._mapper.left, *self._left.values())
        return CompletionReport(None, self._mapper.changes, left)

    def _mapped(self, text: bytes) -> bytes | None:
        """The JSON text of a completion mapped; ``None`` where it stays as it is."""
        try:
            payload = decode(text)
            new = self._mapper.chunk(payload)
            return None if new is payload else encode(new)
        except (ValueError, RecursionError):
            return None

    def _too_long(self) -> None:
        self._left["size"] = left_for("size")


# Readers --------------------------------------------------------------------------------------

_Map = Callable[[bytes], "bytes | None"]
_Tell = Callable[[], None]


class _Reader(Protocol):
    @property
    def rewrites(self) -> bool:
        """Whether the body is, or may become, another than it was."""
        ...

    def feed(self, data: bytes) -> bytes: ...

    def close(self) -> bytes: ...


class _Untouched:
    """What cannot be read."""

    rewrites = False

    def feed(self, data: bytes) -> bytes:
        return data

    def close(self) -> bytes:
        return b""


class _Whole:
    """A JSON body: held as it is on the wire, until it ends or is too large."""

    def __init__(self, map_: _Map, too_long: _Tell, limit: int, inflate: Inflate | None) -> None:
        self.rewrites = False
        self._map = map_
        self._too_long = too_long
        self._limit = limit
        self._inflate = inflate
        self._held: list[bytes] | None = []
        self._size = 0

    def feed(self, data: bytes) -> bytes:
        if self._held is None:
            return data
        self._held.append(data)
        self._size += len(data)
        if self._size <= self._limit:
            return b""
        self._too_long()
        body, self._held = b"".join(self._held), None
        return body

    def close(self) -> bytes:
        body = b"".join(self._held or ())
        new = self._new(body)
        self.rewrites = new is not None
        return body if new is None else new

    def _new(self, body: bytes) -> bytes | None:
        if self._inflate is not None:
            try:
                body = self._inflate(body)
            except TooLargeError:
                self._too_long()
                return None
            except ValueError:  # whoever reads it will say so
                return None
        return self._map(body) if json.detect_encoding(body).startswith("utf-8") else None


_BOM: Final = b"\xef\xbb\xbf"


class _EventStream:
    """The lines of an event stream (HTML, 9.2.6): each given back as soon as it has ended."""

    rewrites = True

    def __init__(self, map_: _Map, too_long: _Tell, limit: int, inflate: Inflate | None) -> None:
        self._map = map_
        self._too_long = too_long
        self._limit = limit
        self._inflate = inflate
        self._held: list[bytes] = []
        """The unfinished last line, in pieces."""
        self._size = 0
        self._passing = False
        """In a line that is too long: the rest of it passes."""
        self._after_cr = False
        """A line has just ended in CR: an LF that comes next is the rest of its end."""
        self._first = True
        self._in_data = False
        """The event has a data line already: further ones are one value with it."""

    def feed(self, data: bytes) -> bytes:
        if self._inflate is not None:
            data = self._inflate(data)
        out: list[bytes] = []
        if self._after_cr and data:
            self._after_cr = False
            if data.startswith(b"\n"):
                out.append(b"\n")
                data = data[1:]
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if end:
            self._held.append(data[:end])
            lines = b"".join(self._held).splitlines(keepends=True)
            self._held, self._size = [], 0
            out += map(self._line, lines)
            self._after_cr = end == len(data) and lines[-1].endswith(b"\r")
        if end < len(data):
            out.append(self._hold(data[end:]))
        return b"".join(out)

    def close(self) -> bytes:
        rest = b"".join(self._held)
        return self._line(rest) if rest else b""

    def _hold(self, data: bytes) -> bytes:
        """Keep what has no end yet; give back what may not be kept."""
        if self._passing:
            return data
        self._held.append(data)
        self._size += len(data)
        if self._size <= self._limit:
            return b""
        self._too_long()
        line = b"".join(self._held)
        self._held, self._size = [], 0
        self._begins_data(line)
        self._passing = True
        return line

    def _line(self, line: bytes) -> bytes:
        """One line with its end, mapped if it is the data of an event."""
        if self._passing:  # the end of a line that was too long
            self._passing = False
            return line
        bare = line.rstrip(b"\r\n")
        start = self._begins_data(bare)
        if len(bare) > self._limit:
            self._too_long()
            return line
        text = bare[start:].lstrip(b" ")
        new = self._map(text) if start and text.startswith(b"{") else None
        return line if new is None else bare[: len(bare) - len(text)] + new + line[len(bare) :]

    def _begins_data(self, line: bytes) -> int:
        """Where the value of a line is that is all the data of its event so far; else 0."""
        start = len(_BOM) if self._first and line.startswith(_BOM) else 0
        self._first = False
        is_data = line.startswith(b"data:", start)
        continues = self._in_data and len(line) > start
        self._in_data = is_data or continues
        return start + len(b"data:") if is_data and not continues else 0
