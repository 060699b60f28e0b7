"""What is near a value: one value within it changed, one key less, or one key more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

__all__ = ["neighbours", "paths", "put"]

FEW: Final = (
    None, True, 5, "Zzz.", "", [], {}, ["Zzz."], {"type": "text", "text": "Zzz."}, {"aB": 1},
)  # fmt: skip
"""Values of each kind, of which one may take the place of any other."""
MORE: Final = ("unknown", "imageUrl", "name", "prefix", "index", "refusal")
"""Keys that one object or another has, or lacks."""


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value within a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        yield (*path, key)
        if isinstance(inner, (dict, list)):
            yield from paths(inner, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of a value with another at a path."""
    if not path:
        return new
    items = value.items() if isinstance(value, dict) else enumerate(value)
    made = {key: put(inner, path[1:], new) if key == path[0] else inner for key, inner in items}
    return made if isinstance(value, dict) else list(made.values())


def neighbours(value: Any) -> Iterator[Any]:
    """Every value that is one step away."""
    for path in paths(value):
        for odd in FEW:
            yield put(value, path, odd)
        around = value
        for key in path[:-1]:
            around = around[key]
        if isinstance(around, dict):
            yield put(value, path[:-1], {k: v for k, v in around.items() if k != path[-1]})
    for path in ((), *paths(value)):
        inner = value
        for key in path:
            inner = inner[key]
        if isinstance(inner, dict):
            for more in MORE:
                yield put(value, path, {**inner, more: "Zzz."})
