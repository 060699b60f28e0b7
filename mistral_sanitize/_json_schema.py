"""Repairs of one JSON Schema: what a tool's parameters need before Mistral compiles them.

Pure functions, a schema in and a schema out, the very same object where there is nothing to do.
Sources: JSON Schema draft 7 (which mistral-common validates against), and the reports that
`rules.RULES` cites under tool-schema and schema-id.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

__all__ = ["draft_7", "is_plain", "without_dialect", "without_id"]

Fix = Callable[[dict[str, Any], tuple[Any, ...]], dict[str, Any]]
"""One schema, and the keys that lead to it from the one around it, to the schema or a new one."""

_SCHEMA_MAPS = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_SCHEMA_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SCHEMA_ONES = ("items", "additionalProperties", "not", "if", "then", "else", "contains",
                "propertyNames", "additionalItems", "unevaluatedProperties")  # fmt: skip
_PLAIN = frozenset(("type", "description", "enum", "default", "title", "format", "minLength",
                    "maxLength", "minimum", "maximum", "examples", "pattern", "const",
                    "nullable"))  # fmt: skip


def _subschemas(schema: dict[str, Any]) -> list[tuple[tuple[Any, ...], Any]]:
    """The schemas directly within a schema, each with the keys that lead to it."""
    found: list[tuple[tuple[Any, ...], Any]] = []
    for key in _SCHEMA_MAPS:
        inner = schema.get(key)
        if isinstance(inner, dict):
            found += [((key, name), inner[name]) for name in inner]
    for key in _SCHEMA_LISTS:
        inner = schema.get(key)
        if isinstance(inner, (list, tuple)):
            found += [((key, i), item) for i, item in enumerate(inner)]
    for key in _SCHEMA_ONES:
        inner = schema.get(key)
        if isinstance(inner, dict):
            found.append(((key,), inner))
        elif isinstance(inner, (list, tuple)):
            found += [((key, i), item) for i, item in enumerate(inner)]
    return found


def mend_schema(schema: Any, fix: Fix) -> Any:
    """The schema with `fix` applied to it and to every schema within, itself if nothing changed.

    Properties that bear the name of a keyword are properties, never touched. Iterative, so that
    depth costs nothing; a schema that contains itself is left alone.
    """
    if not isinstance(schema, dict):
        return schema
    nodes: list[tuple[int, tuple[Any, ...], dict[str, Any]]] = [(-1, (), schema)]
    for index, (_, _, current) in enumerate(nodes):  # nodes grows while it is walked
        if index and index % 4096 == 0 and _contains_itself(nodes, index):
            return schema
        for keys, inner in _subschemas(current):
            if isinstance(inner, dict):
                nodes.append((index, keys, inner))
    mended: dict[int, dict[str, Any]] = {}
    for index in range(len(nodes) - 1, -1, -1):  # children come after their parents
        parent, keys, original = nodes[index]
        fixed = fix(mended.get(index, original), keys)
        if fixed is original:
            continue
        if parent < 0:
            return fixed
        outer = mended.get(parent)
        if outer is None:
            outer = mended[parent] = dict(nodes[parent][2])
        _put(outer, nodes[parent][2], keys, fixed)
    return schema


def _contains_itself(nodes: list[tuple[int, tuple[Any, ...], dict[str, Any]]], index: int) -> bool:
    seen: set[int] = set()
    while index >= 0:
        if id(nodes[index][2]) in seen:
            return True
        seen.add(id(nodes[index][2]))
        index = nodes[index][0]
    return False


def _put(outer: dict[str, Any], original: dict[str, Any], keys: tuple[Any, ...], new: Any) -> None:
    """Puts a schema into `outer`, the copy of `original`, copying the container it stands in."""
    if len(keys) == 1:
        outer[keys[0]] = new
        return
    key, place = keys
    if outer[key] is original[key]:
        inner = original[key]
        outer[key] = dict(inner) if isinstance(inner, dict) else list(inner)
    outer[key][place] = new


def _without(schema: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {k: v for k, v in schema.items() if k not in keys}


def _no_id(schema: dict[str, Any], keys: tuple[Any, ...]) -> dict[str, Any]:
    return _without(schema, "$id") if "$id" in schema else schema


def _no_dialect(schema: dict[str, Any], keys: tuple[Any, ...]) -> dict[str, Any]:
    return _without(schema, "$schema") if "$schema" in schema else schema


_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean",
          "list": "array", "dict": "object", "double": "number", "date": "string"}  # fmt: skip
_JSON_TYPES = frozenset(("string", "integer", "number", "boolean", "array", "object", "null"))
_NULLABLE_KEYWORDS = frozenset(("default", "const", "enum", "examples", "example"))


def _draft_7(schema: dict[str, Any], keys: tuple[Any, ...]) -> dict[str, Any]:
    """One schema, its own keywords, made valid under draft 7 where it is clear how."""
    new = schema
    for key in [k for k, v in schema.items() if v is None and k not in _NULLABLE_KEYWORDS
                and k in _KEYWORDS]:  # fmt: skip
        new = _without(new, key)
    for key in ("description", "title"):
        said = new.get(key)
        if key in new and not isinstance(said, str):
            new = {**new, key: _described(said)}
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(new.get(key), bool):  # draft 4: a switch beside the bound
            on = new[key] and bound in new
            new = {**_without(new, key, bound), key: new[bound]} if on else _without(new, key)
    kind = new.get("type")
    if isinstance(kind, str) and kind not in _JSON_TYPES:
        name = _TYPES.get(kind.lower(), kind.lower())
        if name in _JSON_TYPES:
            new = {**new, "type": name}
        elif name == "any":
            new = _without(new, "type")
    required = new.get("required")
    if isinstance(required, bool) and not (required and keys[:1] == ("properties",)):
        new = _without(new, "required")  # draft 3; true on a property is lifted by its object
    return _lift_required(new)


def _json_text(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, TypeError, ValueError):
        return ""


def _described(said: Any) -> str:
    inner = said.get("description") if isinstance(said, dict) else None
    return inner if isinstance(inner, str) else _json_text(said)


def _lift_required(schema: dict[str, Any]) -> dict[str, Any]:
    """Draft 3's ``required: true`` on a property, as an entry in the object's ``required``."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema
    lifted = {n for n, p in properties.items() if isinstance(p, dict) and p.get("required") is True}
    if not lifted:
        return schema
    given = schema.get("required")
    listed = list(given) if isinstance(given, (list, tuple)) else []
    bare = {n: _without(p, "required") if n in lifted else p for n, p in properties.items()}
    added = [n for n in properties if n in lifted and n not in listed]
    return {**schema, "properties": bare, "required": [*listed, *added]}


_KEYWORDS = frozenset((*_PLAIN, *_SCHEMA_MAPS, *_SCHEMA_LISTS, *_SCHEMA_ONES, "required"))


def without_id(schema: Any) -> Any:
    """Without ``$id``, in the schema and in every schema within; a property of that name stays."""
    return mend_schema(schema, _no_id)


def without_dialect(schema: Any) -> Any:
    """Without ``$schema``, likewise."""
    return mend_schema(schema, _no_dialect)


def draft_7(schema: Any) -> Any:
    """Drafts 3 and 4, Python's and Gemini's type names, nulls and odd descriptions, to draft 7."""
    return mend_schema(schema, _draft_7)


def is_plain(schema: dict[str, Any], depth: int = 16) -> bool:
    """Whether the schema is surely one that none of the repairs above touches.

    It knows the common keywords only, and no great depth: false means "look closer".
    """
    if type(schema.get("description", "")) is not str or not depth:
        return False
    kind = schema.get("type")
    if kind is not None and (type(kind) is not str or kind not in _JSON_TYPES):
        return False
    for key in schema:
        if key in _SIMPLE:
            continue
        inner = schema[key]
        if key == "properties":
            if type(inner) is not dict:
                return False
            for each in inner.values():
                if (
                    type(each) is not dict
                    or each.get("required", 0) is True
                    or not is_plain(each, depth - 1)
                ):
                    return False
        elif key == "items":
            if type(inner) is not dict or not is_plain(inner, depth - 1):
                return False
        elif key == "required":
            if type(inner) is not list:
                return False
        elif key == "additionalProperties":
            if type(inner) is not bool:
                return False
        elif key == "enum" or key == "default" or key == "const":
            continue
        elif key == "title":
            if type(inner) is not str:
                return False
        elif key == "anyOf":
            if type(inner) is not list:
                return False
            for each in inner:
                if type(each) is not dict or not is_plain(each, depth - 1):
                    return False
        elif inner is None or type(inner) is bool or type(inner) is dict or type(inner) is list:
            return False
        elif key[:1] == "$":
            return False
    return True


_SIMPLE = frozenset(("type", "description"))
