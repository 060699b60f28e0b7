"""From bytes to bytes: everything about an HTTP request that can be decided without I/O.

Adapters move bytes; what the bytes mean is decided here, once for all of them. The rules of this
file:

1. Nothing to change means the very same object, so that framing, digests and signatures of a
   clean request stay as they were.
2. A body is put back in the charset and the content coding in which it came, so that of its
   headers only those of `STALE_HEADERS` are wrong.
3. Nothing here raises because of a body. What cannot be read is given back as it came, beside a
   `Refusal` that a server may answer with and a client ignores: Mistral is the judge of it.
"""

from __future__ import annotations

import importlib
import json
import logging
import re
import zlib
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final

from mistral_sanitize._json import InvalidBodyError, decode, encode, room
from mistral_sanitize._sanitizer import Sanitizer, report_of
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.report import Report, shown
from mistral_sanitize.validation.refusals import repair_refused

__all__ = [
    "FRAMING_HEADERS",
    "MAX_SIZE",
    "STALE_HEADERS",
    "Exchange",
    "Hook",
    "OnReport",
    "Refusal",
    "Result",
    "applies",
    "declared_length",
    "gather",
    "sanitize_body",
]

MAX_SIZE: Final = 64 << 20
"""Bytes that a body may have once inflated, unless told otherwise."""

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

OnReport = Callable[[Report], object]
"""Called with each report that is not empty. What it raises reaches the caller."""

_log = logging.getLogger("mistral_sanitize")
_LOGGED_CHANGES = 20

_PATHS = tuple(ENDPOINTS)

_UNDECLARED = frozenset(
    {
        "",
        "application/octet-stream",  # aiohttp, for bytes
        "application/x-www-form-urlencoded",  # urllib, tornado, curl -d
        "text/json",
        "text/plain",  # aiohttp and niquests, for str; fetch()
    }
)
"""Types that say nothing: what clients declare when the user has declared none."""


def applies(method: str, path: str, content_type: str | bytes | None = None) -> str | None:
    """The endpoint that a request is for, by its published path, or ``None``: not ours.

    Ours is a POST to a path that ends in one of `models.ENDPOINTS`, whatever stands before its
    ``/v1``, with a JSON content type, or none, or one that a client puts where none was given.

    Args:
        method: The request's method, in any case.
        path: The request's path, or its whole URL; query, fragment and trailing slash are no
            part of the path.
        content_type: The value of the Content-Type header, if there is one.
    """
    if method.upper() != "POST":
        return None
    path = path.partition("#")[0].partition("?")[0].rstrip("/")
    if not path.endswith(_PATHS) or not _may_be_json(_text(content_type)):
        return None
    return next(endpoint for endpoint in _PATHS if path.endswith(endpoint))


def _may_be_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence in _UNDECLARED or essence == "application/json" or essence.endswith("+json")


def _text(value: str | bytes | None) -> str:
    """A header's value as text; some libraries keep it as bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else value or ""


def gather(body: object) -> bytes | None:
    """The bytes of a request body in any of the forms that HTTP clients take, or ``None``.

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
    # A lone surrogate makes a body that is no UTF-8, and so one that is left alone.
    if isinstance(part, str):
        return part.encode("utf-8", "surrogatepass")
    return part if isinstance(part, bytes) else bytes(memoryview(part))


def declared_length(header: object) -> int | None:
    """The bytes that a Content-Length announces: 0 without one, ``None`` if it is no number."""
    text = str(header or 0)
    # Twenty digits are too large, whatever comes after them.
    return int(text[:20]) if text.isdecimal() else None


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server answers to a body that it cannot pass on. Clients take no notice of it."""

    status: int
    """400: not a JSON object, or not in the coding it is said to be in; 413: too large."""
    message: str
    """One line that quotes nothing of the body."""

    @property
    def body(self) -> bytes:
        """The answer's body: JSON, in the shape of Mistral's own errors."""
        error = {
            "object": "error",
            "message": self.message,
            "type": "invalid_request_error",
            "param": None,
            "code": None,
        }
        return json.dumps(error, separators=(",", ":")).encode()

    @classmethod
    def too_large(cls, limit: int) -> Refusal:
        """The refusal of a body of more than `limit` bytes."""
        return cls(413, f"Request body larger than {limit} bytes")

    @classmethod
    def cut_short(cls) -> Refusal:
        """The refusal of a body that ends before it should, or does not say where."""
        return cls(400, "Request body is not as long as its Content-Length says")

    @classmethod
    def not_in_its_coding(cls) -> Refusal:
        """The refusal of a body that cannot be inflated."""
        return cls(400, "Request body is not in its content coding")


@dataclass(frozen=True)
class Result:
    """What became of one body. True when it has changed."""

    body: bytes = field(repr=False)
    """What to send; the very argument when nothing has changed."""
    refusal: Refusal | None = None
    """Why the body could not be read; a client sends it none the less."""
    _made: Callable[[], Report] | None = field(default=None, repr=False)

    def __bool__(self) -> bool:
        return self._made is not None

    @cached_property
    def report(self) -> Report | None:
        """What has changed, and why; ``None`` when nothing has.

        Made when it is first asked for: a report of many changes takes longer than the changes.
        """
        return None if self._made is None else self._made()

    @property
    def stale_headers(self) -> frozenset[str]:
        """The headers (lower case) to drop before Content-Length is set to that of `body`."""
        return STALE_HEADERS if self else FRAMING_HEADERS


def sanitize_body(
    body: bytes,
    *,
    sanitizer: Sanitizer,
    endpoint: str | None = None,
    content_type: str | bytes | None = None,
    content_encoding: str | bytes | None = None,
    max_size: int = MAX_SIZE,
) -> Result:
    """Sanitize the body of one request, whatever its charset and content coding.

    Pure: neither logs nor calls back, see `Exchange.clean` for that. Never raises because of a
    body.

    Args:
        body: The body as it is on the wire, without its chunked framing.
        sanitizer: What to do to it.
        endpoint: Which request it is, as `applies` says; the sanitizer's own by default.
        content_type: The value of the Content-Type header; its charset is looked at where the
            body is in none of JSON's own encodings.
        content_encoding: The value of the Content-Encoding header. ``gzip`` and ``deflate`` are
            read, ``br`` and ``zstd`` where the packages ``brotli`` (1.2 or newer) and
            ``backports.zstd`` (built into Python 3.14) are there. A body in any other coding is
            left alone, without a refusal.
        max_size: Bytes the body may have once inflated.
    """
    try:
        opened = _open(body, _text(content_type), _text(content_encoding), max_size)
        payload, run = _at(sanitizer, endpoint)._run(opened.payload, [])
        if not run.changes:
            return Result(body)
        return Result(opened.close(payload), None, partial(report_of, payload, run))
    except _UnreadError as why:
        return Result(body, refusal=why.refusal)


def _at(sanitizer: Sanitizer, endpoint: str | None) -> Sanitizer:
    if endpoint is None or endpoint == sanitizer.endpoint:
        return sanitizer
    return sanitizer.with_endpoint(endpoint)


# What adapters hold ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hook:
    """The options of an adapter, and its only way into this file.

    Args:
        sanitizer: What to do to the bodies; one with all the defaults if not given. The endpoint
            is each request's own.
        on_report: Called with each report that is not empty.
        retry_refused: Whether `Exchange.cure` may find a cure.
        max_size: Bytes a body may have once inflated.
    """

    sanitizer: Sanitizer | None = None
    on_report: OnReport | None = None
    retry_refused: bool = False
    max_size: int = MAX_SIZE

    def exchange(
        self,
        method: str | None,
        path: str,
        content_type: str | bytes | None = None,
        content_encoding: str | bytes | None = None,
    ) -> Exchange | None:
        """The exchange that a request begins, or ``None``: not ours, let it pass.

        The arguments are those of `applies` and `sanitize_body`.
        """
        endpoint = applies(method or "", path, content_type)
        if endpoint is None:
            return None
        return Exchange(self, endpoint, _text(content_type), _text(content_encoding))


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that is ours, and the answer to it."""

    hook: Hook
    endpoint: str
    content_type: str = field(default="", repr=False)
    content_encoding: str = field(default="", repr=False)

    def too_large(self, size: int) -> Refusal | None:
        """What a server answers to a body that is, or will be, of `size` bytes on the wire."""
        return Refusal.too_large(self.hook.max_size) if size > self.hook.max_size else None

    def clean(self, body: bytes) -> Result:
        """Sanitize the request's body, and report what has changed.

        Args:
            body: All of it, as it is on the wire, without its chunked framing.
        """
        result = sanitize_body(
            body,
            sanitizer=self.hook.sanitizer or _DEFAULT,
            endpoint=self.endpoint,
            content_type=self.content_type,
            content_encoding=self.content_encoding,
            # A body that is in memory by now is no larger for being looked at.
            max_size=max(self.hook.max_size, len(body)),
        )
        if result.refusal is not None:
            _log.debug("left alone %s: %s", self.endpoint, result.refusal.message)
        elif self._has_listeners() and result.report is not None:
            self._announce(result.report)
        return result

    def explain(self, payload: dict[str, Any]) -> Report:
        """Sanitize the request's payload, where a client shows that and no body, and report."""
        report = _at(self.hook.sanitizer or _DEFAULT, self.endpoint).explain(payload)
        if report:
            self._announce(report)
        return report

    def may_cure(self, status: int) -> bool:
        """Whether an answer of this status is worth reading: `cure` may find something in it."""
        return self.hook.retry_refused and status in (400, 422)

    def cure(
        self,
        sent: bytes,
        status: int,
        answer: bytes,
        answer_encoding: str | bytes | None = None,
    ) -> Result | None:
        """What to send once more after Mistral has refused `sent`, or ``None``.

        Args:
            sent: The body that was refused, as it was sent.
            status: The status of the answer.
            answer: The answer's body.
            answer_encoding: Its content coding, where the client has not undone it.
        """
        if not self.may_cure(status):
            return None
        try:
            opened = _open(sent, self.content_type, self.content_encoding, MAX_SIZE)
            refused, _ = _undo(answer, _text(answer_encoding), MAX_SIZE)
            report = repair_refused(opened.payload, status, refused)
            if not report:
                return None
            cured = Result(opened.close(report.payload), None, lambda: report)
        except _UnreadError:
            return None
        self._announce(report)
        return cured

    def _has_listeners(self) -> bool:
        return self.hook.on_report is not None or _log.isEnabledFor(logging.INFO)

    def _announce(self, report: Report) -> None:
        """Log by rule and path, never by value, and call back."""
        if _log.isEnabledFor(logging.INFO):
            changes = report.changes[:_LOGGED_CHANGES]
            places = ", ".join(f"{shown(change.path)} [{change.rule}]" for change in changes)
            more = len(report.changes) - len(changes)
            tail = f" and {more} more" if more else ""
            _log.info("sanitized %s: %s%s", self.endpoint, places, tail)
        if self.hook.on_report is not None:
            self.hook.on_report(report)


_DEFAULT = Sanitizer()


# Between a body and its payload ----------------------------------------------------------------

_Encode = Callable[[bytes], bytes]


class _UnreadError(Exception):
    """The body stays as it is; `refusal` is what a server says to that, if anything."""

    def __init__(self, refusal: Refusal | None) -> None:
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class _Opened:
    """A payload, and the way back to bytes: its charset, then its codings, innermost first."""

    payload: dict[str, Any]
    room: int
    """What its writer may take in advance."""
    charset: str
    codings: tuple[_Encode, ...]

    def close(self, payload: dict[str, Any]) -> bytes:
        try:
            body = encode(payload, self.room)
        except (ValueError, RecursionError):
            raise _UnreadError(Refusal(400, "Request body is nested too deep")) from None
        if self.charset != "utf-8":
            body = _recode(body.decode("utf-8"), self.charset)
        for apply in self.codings:
            body = apply(body)
        return body


def _open(body: bytes, content_type: str, content_encoding: str, limit: int) -> _Opened:
    plain, codings = _undo(body, content_encoding, limit)
    if len(plain) > limit:
        raise _UnreadError(Refusal.too_large(limit))
    payload, charset = _parse(plain, content_type)
    return _Opened(payload, room(plain), charset, codings)


def _parse(body: bytes, content_type: str) -> tuple[dict[str, Any], str]:
    # RFC 8259, 8.1: JSON between systems is UTF-8. RFC 4627 had UTF-16 and UTF-32 too, to be told
    # by their zeros. No charset is defined for application/json, so the bytes have the first word.
    charset: str = json.detect_encoding(body)
    if charset == "utf-8-sig":  # RFC 8259: a BOM may be ignored, and must not be added
        body, charset = body[3:], "utf-8"
    if charset == "utf-8" and _is_legacy(body, content_type):
        charset = _LEGACY[_charset(content_type)]
    try:
        text: bytes | str = body if charset == "utf-8" else body.decode(charset)
        return decode(text), charset
    except InvalidBodyError as error:
        raise _UnreadError(Refusal(400, str(error))) from None
    except UnicodeError:
        raise _UnreadError(Refusal(400, f"Request body is not {charset}")) from None


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
"""From a coded body and a limit to the plain one, and the way back. Raises `_UnreadError` above the
limit, and what it likes for a body that is not in its coding."""

_MAX_CODINGS = 3
_SLICE = 4096  # so that a member of some bytes does not cost a copy of all that follows it


def _undo(body: bytes, content_encoding: str, limit: int) -> tuple[bytes, tuple[_Encode, ...]]:
    names = [name.strip().lower() for name in content_encoding.split(",")]
    names = [name for name in names if name and name != "identity"]
    if len(names) > _MAX_CODINGS or not _CODINGS.keys() >= set(names):
        raise _UnreadError(None)
    codings: list[_Encode] = []
    for name in reversed(names):  # RFC 9110, 8.4: listed in the order in which they were applied
        try:
            body, again = _CODINGS[name](body, limit)
        except (_UnreadError, MemoryError):
            raise
        except ImportError:
            raise _UnreadError(None) from None
        except Exception:  # zlib.error, brotli.error, ZstdError: they share no base
            raise _UnreadError(Refusal(400, f"Request body is not {name}")) from None
        codings.insert(0, again)
    return body, tuple(codings)


def _inflate(body: bytes, wbits: int, limit: int) -> bytes:
    """Undo zlib's compression; several members, one after the other, are gzip's alone."""
    out, view, member = bytearray(), memoryview(body), zlib.decompressobj(wbits)
    while view:
        part = view[:_SLICE]
        out += member.decompress(part, limit + 1 - len(out))
        if len(out) > limit:
            raise _UnreadError(Refusal.too_large(limit))
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
        raise _UnreadError(Refusal.too_large(limit))
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
        raise _UnreadError(Refusal.too_large(limit))
    if decoder.unused_data:  # a second frame: lawful, and unheard of in a request
        raise _UnreadError(None)
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
