"""Reads values of a payload as `json.dumps` would; no methods of the caller's types are called."""

from __future__ import annotations

from typing import Any, Final, TypeGuard

from mistral_sanitize.report import key_text

__all__ = ["is_number", "json_type", "key_in_utf8", "quoted", "text"]


def text(value: object) -> str | None:
    """A string as `json.dumps` writes it, whatever subclass it is of; ``None`` for all else."""
    return str.__str__(value) if isinstance(value, str) else None


def quoted(value: object) -> str:
    """What Python's ``str`` makes of a scalar; of anything else the kind alone, since it is long.

    Never calls a method that a caller's class could have overridden.
    """
    string = text(value)
    if string is not None:
        return string
    if value is None or isinstance(value, (int, float)):
        return str(value) if value is None or isinstance(value, bool) else key_in_utf8(value)
    return "[...]" if isinstance(value, (list, tuple)) else "{...}"


def key_in_utf8(key: object) -> str:
    """A key as text that UTF-8 can carry: lone surrogates are written as escapes."""
    return key_text(key).encode("utf-8", "backslashreplace").decode()


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether JSON would write the value as a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_JSON_TYPES: Final[tuple[tuple[str, type | tuple[type, ...]], ...]] = (
    ("string", str),
    ("array", (list, tuple)),
    ("object", dict),
    ("boolean", bool),  # before integer: Python's booleans are integers
    ("integer", int),
    ("number", float),
)


def json_type(value: Any) -> str:
    """JSON Schema's name of a value's type; ``""`` for null and for what JSON cannot write."""
    for name, types in _JSON_TYPES:
        if isinstance(value, types):
            return name
    return ""
