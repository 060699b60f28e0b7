"""Bytes to a payload and back.

`decode` is quick where it can be and exact where it must be: pydantic-core's parser first, and
where that one refuses (lone surrogates, more than 200 levels, integers beyond any float, a byte
order mark, UTF-16), the standard library's has the last word. Nothing here quotes the content.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pydantic_core import PydanticSerializationError, from_json, to_json

__all__ = ["InvalidBodyError", "decode", "encode"]


class InvalidBodyError(ValueError):
    """A body that is not JSON, or not a JSON object. Says where, never what.

    `position` is the offset at fault, in characters of the text (in bytes where it is no text),
    or ``None`` where the whole body is.
    """

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason if position is None else f"{reason} at position {position}")
        self.reason = reason
        self.position = position

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.position)


def decode(body: bytes | bytearray | memoryview | str) -> dict[str, Any]:
    """The JSON object that a body holds.

    Of a key that stands twice the last value counts, as for every parser of note. NaN and the
    infinities are read as Python's `json` does.

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


def _strictly(body: bytes | bytearray | str) -> Any:
    """What the standard library makes of it; its errors are translated outside of their handler,
    since an exception's context would carry the content.
    """
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


def encode(payload: dict[str, Any]) -> bytes:
    """The payload as compact JSON in UTF-8.

    Lone surrogates, which UTF-8 cannot carry, are written as escapes, infinities as numbers too
    large for any float, as which they were read (``1e999``), and NaN as Python's `json` does.
    """
    try:
        body = to_json(payload, inf_nan_mode="constants")
    except (PydanticSerializationError, ValueError, RecursionError):
        body = json.dumps(payload, separators=(",", ":")).encode("ascii")
    return _INFINITY.sub(_finite, body) if b"Infinity" in body else body


_INFINITY = re.compile(rb'"(?:[^"\\]|\\.)*"|Infinity')


def _finite(found: re.Match[bytes]) -> bytes:
    return b"1e999" if found[0] == b"Infinity" else found[0]
