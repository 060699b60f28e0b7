"""`restore`: an answer of Mistral's with the caller's own function names and tool-call ids again.

`sanitize` makes names and ids legal where Mistral would refuse them, and the report says which. An
answer calls the functions by the names that Mistral was given; `restore` undoes that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from mistral_sanitize.report import Report

__all__ = ["restore"]

_Response = TypeVar("_Response")


def restore(response: _Response, report: Report) -> _Response:
    """`response` with the names and ids that the caller of `report`'s payload used.

    `response` is a chat completion as parsed JSON, a chunk of a streamed one, or a list of either:
    ``choices[].message.tool_calls[]`` and ``choices[].delta.tool_calls[]`` are looked at. Names are
    mapped by ``report.names`` and ids by ``report.ids``; a new id, made by Mistral, stays. The very
    same object comes back when there is nothing to map, and otherwise a copy that shares all that
    is unchanged; the argument is never changed. Anything of another shape is returned as it is.

    Each chunk is restored on its own: Mistral streams a name whole, within one chunk, and not in
    pieces. A name that some other host cuts in pieces stays as it came.
    """
    names, ids = report.names, report.ids
    if not names and not ids:
        return response

    def function(value: Any) -> Any:
        return _at(value, "name", lambda name: _mapped(name, names))

    def call(value: Any) -> Any:
        return _at(_at(value, "function", function), "id", lambda id_: _mapped(id_, ids))

    def calls(value: Any) -> Any:
        return _at(value, "tool_calls", lambda items: _each(items, call))

    def choice(value: Any) -> Any:
        return _at(_at(value, "message", calls), "delta", calls)

    def completion(value: Any) -> Any:
        return _at(value, "choices", lambda items: _each(items, choice))

    mend: Callable[[Any], _Response] = completion
    return _each(response, completion) if isinstance(response, list) else mend(response)


def _mapped(text: Any, table: Mapping[str, str]) -> Any:
    # Odd answers have anything here, and a list could not be looked up.
    return table.get(text, text) if isinstance(text, str) else text


def _at(value: Any, key: str, mend: Callable[[Any], Any]) -> Any:
    """The object with what stands under `key` mended; the same one if that is the same."""
    if not isinstance(value, dict) or key not in value:
        return value
    new = mend(value[key])
    return value if new is value[key] else {**value, key: new}


def _each(value: Any, mend: Callable[[Any], Any]) -> Any:
    """The list with every item mended; the same one if they are the same."""
    if not isinstance(value, (list, tuple)):
        return value
    new = [mend(item) for item in value]
    return value if all(a is b for a, b in zip(new, value, strict=True)) else new
