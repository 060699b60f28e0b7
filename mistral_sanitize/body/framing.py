"""How a body is sent: the headers that describe it, and the forms in which clients hold it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, Final

__all__ = ["FRAMING_HEADERS", "STALE_HEADERS", "declared_length", "gather", "header_text"]

FRAMING_HEADERS: Final = frozenset({"content-length", "transfer-encoding", "trailer"})
"""Headers (lower case) that say how a body is sent: wrong once a stream has become bytes."""

STALE_HEADERS: Final = FRAMING_HEADERS | {
    "content-digest",  # RFC 9530
    "content-md5",  # RFC 2616, 14.15
    "digest",  # RFC 3230
    "repr-digest",  # RFC 9530
    "x-amz-content-sha256",  # Signature Version 4: the signature itself is the signer's to renew
}
"""Headers (lower case) to drop from a request whose body has changed; set Content-Length anew."""


def header_text(value: str | bytes | None) -> str:
    """A header's value as text; some libraries keep it as bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""


def declared_length(header: object) -> int | None:
    """The bytes that a Content-Length announces: 0 without one, ``None`` if it is not a number."""
    text = str(header or 0)
    # Twenty digits are too large, whatever comes after them.
    return int(text[:20]) if text.isdecimal() else None


def gather(body: object) -> bytes | None:
    """The bytes of a request body in any of the forms that HTTP clients accept, or ``None``.

    Bytes come back as they are, text as UTF-8; files and iterables are read to their end.
    ``None`` is for what is none of these, which has not been touched.

    Raises:
        TypeError: An iterable held something else than bytes and text; no client sends that.
    """
    if isinstance(body, (bytes, str)):
        return _chunk(body)
    if isinstance(body, (bytearray, memoryview, array)):
        return _chunk(body)
    read = getattr(body, "read", None)
    if callable(read):
        return _chunk(read())
    if isinstance(body, Iterable):
        return b"".join(map(_chunk, body))
    return None


def _chunk(part: Any) -> bytes:
    # A lone surrogate makes a body that is not UTF-8, and so one that is left alone.
    if isinstance(part, str):
        return part.encode("utf-8", "surrogatepass")
    return part if isinstance(part, bytes) else bytes(memoryview(part))
