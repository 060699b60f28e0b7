"""What values say, and whether what takes the place of one says it too."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["json_text", "says_more", "says_something"]


def says_something(value: object) -> bool:
    """Whether leaving the value out loses information: null and empty values say nothing.

    Only JSON's own types are asked for their truth, which in others may be an error.
    """
    return value is not None and (not isinstance(value, (str, list, tuple, dict)) or bool(value))


_SHAPE: Final = frozenset(("type", "role", "format", "media_type", "mime_type", "mimeType"))
"""Keys whose words say only of which shape the rest is."""


def says_more(before: object, after: object) -> bool:
    """Whether an object or a list says anything that what takes its place says nowhere.

    What is said are texts, numbers and booleans; each may be part of a longer text, or stand in one
    as JSON.
    """
    if isinstance(before, (list, tuple)) and isinstance(after, (list, tuple)):
        if len(before) == len(after):
            pairs = zip(before, after, strict=True)
            return any(_says_more(a, b) for a, b in pairs if a is not b)
    return _says_more(before, after)


def _says_more(before: object, after: object) -> bool:
    said = [(key, leaf) for key, leaf in _leaves(after) if key not in _SHAPE]
    same = {id(leaf) for _, leaf in said}
    text = "\n".join(leaf if isinstance(leaf, str) else str(json_text(leaf)) for _, leaf in said)
    words: set[str] | None = None
    at = 0  # texts mostly keep their order: what was found is not looked through again
    for key, leaf in _leaves(before):
        if id(leaf) in same or (key in _SHAPE and isinstance(leaf, str)):
            continue
        if isinstance(leaf, str):
            at = _find(text, leaf, at)
        else:
            words = set(_WORD.findall(text)) if words is None else words
            at = at if json_text(leaf) in words else -1
        if at < 0:
            return True
    return False


_WORD: Final = re.compile(r"[\w.+-]+")


def _find(text: str, leaf: str, at: int) -> int:
    for form in (leaf, json.dumps(leaf, ensure_ascii=False)[1:-1]):
        found = text.find(form, at)
        found = text.find(form) if found < 0 else found
        if found >= 0:
            return found
    return -1


def _leaves(value: object) -> Iterator[tuple[object, Any]]:
    """The texts, numbers and booleans in a value, each with its key, in order.

    Each container once: one may contain itself.
    """
    waiting: list[tuple[object, object]] = [(None, value)]
    seen: set[int] = set()
    while waiting:
        key, inner = waiting.pop()
        if isinstance(inner, (dict, list, tuple)):
            if id(inner) in seen:
                continue
            seen.add(id(inner))
        if isinstance(inner, dict):
            waiting.extend(reversed(inner.items()))
        elif isinstance(inner, (list, tuple)):
            waiting.extend((key, item) for item in reversed(inner))
        elif inner is not None and not (isinstance(inner, str) and (not inner or inner.isspace())):
            yield key, inner


def json_text(value: object) -> str | None:
    """The value as JSON, or ``None`` where it is nested too deep to write."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, TypeError, ValueError):
        return None
