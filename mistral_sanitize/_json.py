"""Bytes to a payload and back.

`decode` is quick where it can be and exact where it must be: pydantic-core's parser first, and
where that one refuses (lone surrogates, more than 200 levels, integers beyond any float, a byte
order mark, UTF-16), the standard library's has the last word. Nothing here quotes the content.
"""

from __future__ import annotations

import json
import re
import sys
from io import BytesIO
from typing import Any, Final

from pydantic_core import PydanticSerializationError, from_json, to_json

__all__ = ["InvalidBodyError", "decode", "encode", "room"]


class InvalidBodyError(ValueError):
    """A body that is not JSON, or not a JSON object. Says where, never what.

    `position` is the offset of the fault, in characters of the text (in bytes if it is not text),
    or ``None`` if the whole body is at fault.
    """

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason if position is None else f"{reason} at position {position}")
        self.reason = reason
        self.position = position

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.position)


def decode(body: bytes | bytearray | memoryview | str) -> dict[str, Any]:
    """The JSON object that a body holds.

    If a key occurs twice the last value counts, as in all common parsers. NaN and the infinities
    are read as Python's `json` reads them.

    Raises:
        InvalidBodyError: the body is not JSON, or JSON but not an object.
    """
    if isinstance(body, memoryview):
        body = bytes(body)
    try:
        payload = from_json(body, cache_strings="keys")
    except (TypeError, ValueError):  # a TypeError for a string with a lone surrogate
        payload = _strictly(body)
    if not isinstance(payload, dict):
        raise InvalidBodyError("the body is JSON, but not an object")
    return payload


# In WebAssembly a parser that runs out of stack takes the interpreter with it.
_DEEPEST: Final = 500 if sys.platform == "emscripten" else None


def _levels(body: bytes | bytearray | str) -> int:
    """How deep a body is nested, at most; too many where its texts are not closed."""
    text = body if isinstance(body, str) else body.decode(json.detect_encoding(body), "replace")
    bare = re.sub(r'"[^"]*"', "", text.replace("\\\\", "").replace('\\"', ""))
    level = deepest = 0
    for found in re.finditer(r"[\[{]|[\]}]", bare):
        level += 1 if found[0] in "[{" else -1
        deepest = max(deepest, level)
    return deepest


def _strictly(body: bytes | bytearray | str) -> Any:
    """What the standard library makes of it; its errors are translated outside of their handler,
    since an exception's context would carry the content.
    """
    if _DEEPEST is not None and _levels(body) > _DEEPEST:
        raise InvalidBodyError("the body is nested too deep")
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        failure = InvalidBodyError(f"the body is not JSON: {error.msg}", error.pos)
    except UnicodeDecodeError as error:
        failure = InvalidBodyError("the body is not text in UTF-8, UTF-16 or UTF-32", error.start)
    except RecursionError:
        failure = InvalidBodyError("the body is nested too deep")
    except ValueError:
        failure = InvalidBodyError("the body has an integer of too many digits")
    raise failure


_LARGE: Final = 4 << 20
_SLICE: Final = 1 << 16
_BYTES_PER_QUOTE: Final = 64  # with fewer, writing each text by itself costs more than it saves
_LEVELS: Final = 8  # an image's address is six levels down; what is deeper is written as it is


def room(body: bytes | bytearray | memoryview | str) -> int:
    """The room that `encode` may take for this body in advance: none unless its texts are long."""
    if len(body) < _LARGE:
        return 0
    quotes = body.count('"') if isinstance(body, str) else bytes(body).count(b'"')
    return len(body) if quotes * _BYTES_PER_QUOTE < len(body) else 0


def encode(payload: dict[str, Any], room: int = 0) -> bytes:
    """The payload as compact JSON in UTF-8.

    Lone surrogates, which UTF-8 cannot carry, are written as escapes, infinities as numbers too
    large for any float, as which they were read (``1e999``), and NaN as Python's `json` does.

    Args:
        payload: What `decode` gives.
        room: About how many bytes it takes, where that is much and the texts are long: they are
            then written slice by slice into memory taken once. What writes everything at once
            holds it twice.
    """
    if not room:
        return _piece(payload)
    out = BytesIO()
    out.seek(room - 1)
    out.write(b"0")
    out.seek(0)
    _write(payload, out, _LEVELS)
    out.truncate()
    return out.getvalue()


def _write(value: Any, out: BytesIO, levels: int) -> None:
    if isinstance(value, str) and len(value) > _SLICE:
        out.write(b'"')
        slices = (value[at : at + _SLICE] for at in range(0, len(value), _SLICE))
        out.writelines(_piece(each)[1:-1] for each in slices)
        out.write(b'"')
    elif isinstance(value, dict) and value and levels:
        mark = b"{"
        for key, inner in value.items():
            out.write(mark + _piece(key) + b":")
            _write(inner, out, levels - 1)
            mark = b","
        out.write(b"}")
    elif isinstance(value, list) and levels and value and isinstance(value[0], (str, dict, list)):
        mark = b"["
        for inner in value:
            out.write(mark)
            _write(inner, out, levels - 1)
            mark = b","
        out.write(b"]")
    else:
        out.write(_piece(value))


def _piece(value: Any) -> bytes:
    try:
        body = to_json(value, inf_nan_mode="constants")
    except PydanticSerializationError:
        body = json.dumps(value, separators=(",", ":")).encode("ascii")
    return _finite(body) if _has_infinity(body) else body


_SPARSE: Final = 1024
_SLACK: Final = 16


def _has_infinity(body: bytes) -> bool:
    """Whether the word is anywhere in the body: ``b"Infinity" in body``, in a part of the time.

    Its first letter is rare in most bodies, and to look for one letter is many times quicker than
    to look for a word. Where it is not rare, the word is looked for from the end, which skips what
    cannot hold it and takes a third of the time of the same from the start (CPython 3.11).
    """
    at = body.find(b"I")
    found = 0
    while at >= 0:
        if body.startswith(b"Infinity", at):
            return True
        found += 1
        if found > at // _SPARSE + _SLACK:
            return body.rfind(b"Infinity", at) >= 0
        at = body.find(b"I", at + 1)
    return False


def _finite(body: bytes) -> bytes:
    """Infinities as numbers. A word in a text has an odd number of quotes before it.

    No pattern for a text: a group that repeats takes a hundred bytes of memory for each byte.
    """
    masked = body.replace(b"\\\\", b"__").replace(b'\\"', b"__")  # what is left are delimiters
    out, done, at, quotes = bytearray(), 0, 0, 0
    while (found := masked.find(b"Infinity", at)) >= 0:
        quotes += masked.count(b'"', at, found)
        at = found + len(b"Infinity")
        if quotes % 2 == 0:
            out += body[done:found] + b"1e999"
            done = at
    return bytes(out + body[done:]) if out else body
