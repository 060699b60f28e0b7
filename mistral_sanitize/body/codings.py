"""Between a body and its payload: content codings, then charsets, and the same way back.

Every codec is bounded: nothing is inflated beyond the limit, however small it arrives.
"""

from __future__ import annotations

import importlib
import json
import re
import zlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mistral_sanitize._json import InvalidBodyError, decode, encode, room
from mistral_sanitize.body.errors import ErrorResponse
from mistral_sanitize.body.framing import header_text
from mistral_sanitize.body.options import MAX_SIZE

__all__ = ["Opened", "UnreadError", "is_readable", "opened", "undone"]

_Encode = Callable[[bytes], bytes]


class UnreadError(Exception):
    """The body stays as it is; `error` is what a server says to that, if anything."""

    def __init__(self, error: ErrorResponse | None) -> None:
        self.error = error


class Opened(NamedTuple):
    """A payload, and the way back to bytes: its charset, then its codings, innermost first."""

    payload: dict[str, Any]
    text: bytes | str
    """What it was parsed from, which says how much room its writer may take in advance."""
    charset: str
    codings: tuple[_Encode, ...]

    def close(self, payload: dict[str, Any]) -> bytes:
        """The bytes of another payload, in the same charset and codings."""
        try:
            body = encode(payload, room(self.text))
        except (ValueError, RecursionError):
            raise UnreadError(ErrorResponse(400, "Request body is nested too deep")) from None
        if self.charset != "utf-8":
            body = _recode(body.decode("utf-8"), self.charset)
        for apply in self.codings:
            body = apply(body)
        return body


def opened(body: bytes, content_type: str, content_encoding: str, limit: int) -> Opened:
    """The payload of a body of at most `limit` bytes once inflated.

    Raises:
        UnreadError: the body is not JSON, not in its coding, or too large.
    """
    plain, codings = undone(body, content_encoding, limit) if content_encoding else (body, ())
    if len(plain) > limit:
        raise UnreadError(ErrorResponse.too_large(limit))
    text, charset = _decoded_text(plain, content_type)
    try:
        return Opened(decode(text), text, charset, codings)
    except InvalidBodyError as error:
        raise UnreadError(ErrorResponse(400, str(error))) from None


def _decoded_text(body: bytes, content_type: str) -> tuple[bytes | str, str]:
    """The text of a body, as bytes where it is UTF-8, and its charset."""
    if ";" not in content_type and body[:1] == b"{" and body[1:2] != b"\0":
        return body, "utf-8"  # what nearly every request is: the same as below
    # RFC 8259, 8.1: JSON between systems is UTF-8. RFC 4627 had UTF-16 and UTF-32 too, to be told
    # by their zeros. No charset is defined for application/json, so the bytes have the first word.
    charset: str = json.detect_encoding(body)
    if charset == "utf-8-sig":  # RFC 8259: a BOM may be ignored, and must not be added
        body, charset = body[3:], "utf-8"
    if charset == "utf-8" and _is_legacy(body, content_type):
        charset = _LEGACY[_charset(content_type)]
    try:
        return body if charset == "utf-8" else body.decode(charset), charset
    except UnicodeError:
        raise UnreadError(ErrorResponse(400, f"Request body is not {charset}")) from None


_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)

_LEGACY: Final = {
    "iso-8859-1": "latin-1",
    "iso8859-1": "latin-1",
    "latin-1": "latin-1",
    "latin1": "latin-1",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}
"""The charsets believed, by the names they go by. Not all that Python knows: some are slow."""


def _charset(content_type: str) -> str:
    found = _CHARSET.search(content_type)
    return found[1].lower() if found else ""


def _is_legacy(body: bytes, content_type: str) -> bool:
    """Whether the charset that is declared is to be believed: only where UTF-8 is ruled out."""
    if _charset(content_type) not in _LEGACY:
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _recode(text: str, charset: str) -> bytes:
    if charset in _LEGACY.values():  # every character has an escape that is ASCII
        text = re.sub(r"[^\0-\x7f]", lambda found: json.dumps(found[0])[1:-1], text)
    return text.encode(charset)


# Content codings -------------------------------------------------------------------------------

_Decode = Callable[[bytes, int], tuple[bytes, _Encode]]
"""From a coded body and a limit to the plain one, and the way back. Raises `UnreadError` above the
limit, and what it likes for a body that is not in its coding."""

_MAX_CODINGS = 3
_SLICE = 4096  # so that a member of some bytes does not cost a copy of all that follows it


def undone(body: bytes, content_encoding: str, limit: int) -> tuple[bytes, tuple[_Encode, ...]]:
    """The body without its content codings, and what applies them again, innermost first."""
    names = [name.strip().lower() for name in content_encoding.split(",")]
    names = [name for name in names if name and name != "identity"]
    if len(names) > _MAX_CODINGS or not _CODINGS.keys() >= set(names):
        raise UnreadError(None)
    codings: list[_Encode] = []
    for name in reversed(names):  # RFC 9110, 8.4: listed in the order in which they were applied
        try:
            body, again = _CODINGS[name](body, limit)
        except (UnreadError, MemoryError):
            raise
        except ImportError:
            raise UnreadError(None) from None
        except Exception:  # zlib.error, brotli.error, ZstdError: they share no base
            raise UnreadError(ErrorResponse(400, f"Request body is not {name}")) from None
        codings.insert(0, again)
    return body, tuple(codings)


def is_readable(body: bytes, content_encoding: str | bytes | None) -> bool:
    """Whether a body is in its content coding, or in one that is not known here."""
    try:
        undone(body, header_text(content_encoding), MAX_SIZE)
    except UnreadError as why:
        return why.error is None
    return True


def _inflate(body: bytes, wbits: int, limit: int) -> bytes:
    """Undo zlib's compression; several members, one after the other, are gzip's alone."""
    out, view, member = bytearray(), memoryview(body), zlib.decompressobj(wbits)
    while view:
        part = view[:_SLICE]
        out += member.decompress(part, limit + 1 - len(out))
        if len(out) > limit:
            raise UnreadError(ErrorResponse.too_large(limit))
        view = view[len(part) - len(member.unused_data) :]
        if member.eof and view:
            if wbits != _GZIP:
                raise ValueError("data after the end")
            if view[0] == 0:  # padding, as the gzip program allows
                view = memoryview(bytes(view).lstrip(b"\0"))
                if view:
                    raise ValueError("data after the end")
                break
            member = zlib.decompressobj(wbits)
    if not member.eof:
        raise ValueError("cut short")
    return bytes(out)


_GZIP, _ZLIB, _RAW = 31, 15, -15


def _deflated(wbits: int) -> _Encode:
    def again(body: bytes) -> bytes:
        pressed = zlib.compressobj(wbits=wbits)
        return pressed.compress(body) + pressed.flush()

    return again


def _gzip(body: bytes, limit: int) -> tuple[bytes, _Encode]:
    return _inflate(body, _GZIP, limit), _deflated(_GZIP)


def _deflate(body: bytes, limit: int) -> tuple[bytes, _Encode]:
    # RFC 9110, 8.4.1.2: "deflate" is the zlib format, and some send it without its wrapper.
    try:
        return _inflate(body, _ZLIB, limit), _deflated(_ZLIB)
    except (zlib.error, ValueError):
        return _inflate(body, _RAW, limit), _deflated(_RAW)


def _brotli(body: bytes, limit: int) -> tuple[bytes, _Encode]:
    brotli = importlib.import_module("brotli")
    decoder = brotli.Decompressor()
    if not hasattr(decoder, "can_accept_more_data"):  # before 1.2 nothing bounds what comes out
        raise ImportError("brotli older than 1.2")
    out: bytes = decoder.process(body, output_buffer_limit=limit + 1)
    if len(out) > limit:
        raise UnreadError(ErrorResponse.too_large(limit))
    if not decoder.is_finished():
        raise ValueError("cut short")
    return out, brotli.compress


def _zstd(body: bytes, limit: int) -> tuple[bytes, _Encode]:
    try:
        zstd = importlib.import_module("compression.zstd")  # Python 3.14
    except ImportError:
        zstd = importlib.import_module("backports.zstd")
    decoder = zstd.ZstdDecompressor()
    out = decoder.decompress(body, max_length=limit + 1)
    if len(out) > limit:
        raise UnreadError(ErrorResponse.too_large(limit))
    if decoder.unused_data:  # a second frame: lawful, and unheard of in a request
        raise UnreadError(None)
    if not decoder.eof:
        raise ValueError("cut short")
    return out, zstd.compress


_CODINGS: Final[dict[str, _Decode]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,  # RFC 9110, 8.4.1.3: the same
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
