"""What a strict JSON schema of a response format needs: ``additionalProperties: false``.

Mistral refuses a strict schema of an object without it: ``Missing `additionalProperties: False` in
object schema`` (https://github.com/mistralai/client-ts/issues/107, 2025-06). Every strict schema
that is recorded with a 200 has it, and OpenAI asks for it too.
"""

from __future__ import annotations

from typing import Any, Final

from mistral_sanitize.rules._subschemas import Keys, walk_schema

__all__ = ["closed", "first_open_object", "is_object_schema"]

_BRANCHES: Final = frozenset(("allOf", "if", "then", "else", "not", "dependentSchemas"))
"""Keywords whose schemas say something more of the same object: closed, two would exclude each
other, and a negated one would say the opposite."""
_CHOICES: Final = frozenset(("anyOf", "oneOf"))
"""Keywords whose schemas do so too, where the object has properties beside them."""


def is_object_schema(schema: dict[str, Any]) -> bool:
    """Whether a schema is one of an object: by its type, or by its properties."""
    kind = schema.get("type")
    if isinstance(kind, (list, tuple)):
        return "object" in kind
    return kind == "object" if kind is not None else isinstance(schema.get("properties"), dict)


def closed(schema: Any) -> Any:
    """The schema with ``additionalProperties: false`` on every object that says nothing of it.

    On those within too: properties, items, ``$defs``, branches of ``anyOf``. An object that has the
    keyword stays as it is, whatever it says. The very same object where there is nothing to do.
    """

    def enter(inner: dict[str, Any], keys: Keys, around: _Around) -> tuple[dict[str, Any], _Around]:
        outer, partial = around
        partial = bool(keys) and _is_partial(outer, keys[0], partial)
        if partial or "additionalProperties" in inner or not is_object_schema(inner):
            return inner, (inner, partial)
        return {**inner, "additionalProperties": False}, (inner, False)

    outermost: _Around = ({}, False)
    return walk_schema(schema, enter, outermost)


def first_open_object(schema: Any) -> Keys | None:
    """The path of the outermost object that a strict schema needs closed, and that is not.

    Where it has the keyword with another value, that is the caller's to change; else `closed` adds
    it. ``None`` where there is no such object.
    """
    found: list[_Way] = []

    def enter(inner: dict[str, Any], keys: Keys, state: _Seen) -> tuple[dict[str, Any], _Seen]:
        (outer, partial), way = state
        partial = bool(keys) and _is_partial(outer, keys[0], partial)
        way = (way, keys)
        if not (found or partial) and is_object_schema(inner):
            if inner.get("additionalProperties") is not False:
                found.append(way)
        return inner, ((inner, partial), way)

    outermost: _Seen = (({}, False), None)
    walk_schema(schema, enter, outermost)
    return _keys_of(found[0]) if found else None


def _keys_of(way: _Way) -> Keys:
    steps: list[Keys] = []
    while way is not None:
        way, keys = way
        steps.append(keys)
    return tuple(key for keys in reversed(steps) for key in keys)


_Way = tuple[Any, Keys] | None
"""The way to a schema: that to the one around it, and the keys from there. Not copied each time."""
_Seen = tuple["_Around", _Way]
_Around = tuple[dict[str, Any], bool]
"""The schema around another, and whether it says something more of the object around that."""


def _is_partial(outer: dict[str, Any], key: str, partial: bool) -> bool:
    """Whether the schemas under a keyword say something more of the same object."""
    if key not in _BRANCHES and key not in _CHOICES:
        return False
    if partial or isinstance(outer.get("properties"), dict):
        return True
    return key in _BRANCHES and not (key == "allOf" and len(outer[key]) == 1)
