"""zlib's content codings undone as the pieces of a body arrive."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Final

__all__ = ["INFLATERS", "Inflate", "TooLargeError"]

_GZIP, _ZLIB, _RAW = 31, 15, -15

Inflate = Callable[[bytes], bytes]
"""From the next piece of a coded body to what it holds. Raises ValueError if it is not coded so,
or if a piece inflates to more than the limit."""


def _gzip_feed(limit: int) -> Inflate:
    return _Inflater(limit, _GZIP).feed


def _deflate_feed(limit: int) -> Inflate:
    return _Inflater(limit, None).feed


INFLATERS: Final = {
    "gzip": _gzip_feed,
    "x-gzip": _gzip_feed,  # RFC 9110, 8.4.1.3: the same
    "deflate": _deflate_feed,
}


class TooLargeError(ValueError):
    """A piece of the body inflates to more than the limit."""


_SLICE: Final = 4096  # so that a member of some bytes does not cost a copy of all that follows it


class _Inflater:
    """zlib's compression undone, piece by piece.

    Args:
        limit: Bytes that one piece may inflate to.
        wbits: Which format; ``None`` for the one that "deflate" turns out to be.
    """

    def __init__(self, limit: int, wbits: int | None) -> None:
        self._limit = limit
        self._wbits = wbits
        self._head = b""
        self._member: Any = None

    def feed(self, data: bytes) -> bytes:
        if self._wbits is None:
            # RFC 9110, 8.4.1.2: "deflate" is the zlib format, and some send it without its wrapper.
            data = self._head = self._head + data
            if len(data) < 2:
                return b""
            is_zlib = data[0] & 15 == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._wbits, self._head = (_ZLIB if is_zlib else _RAW), b""
        out = bytearray()
        try:
            for at in range(0, len(data), _SLICE):
                self._inflate(data[at : at + _SLICE], self._wbits, out)
        except zlib.error:
            raise ValueError("the body is not in its content coding") from None
        return bytes(out)

    def _inflate(self, data: bytes, wbits: int, out: bytearray) -> None:
        while data:
            if self._member is None or self._member.eof:
                # Several members, one after the other, and zeros behind them: gzip's alone.
                data = data.lstrip(b"\0") if self._member is not None else data
                if not data:
                    return
                self._member = zlib.decompressobj(wbits)
            out += self._member.decompress(data, self._limit + 1 - len(out))
            if len(out) > self._limit:
                raise TooLargeError("the body is too large once inflated")
            data = self._member.unused_data
