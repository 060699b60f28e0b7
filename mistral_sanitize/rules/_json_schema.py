"""Repairs of one JSON Schema: what a tool's parameters need before Mistral compiles them.

Pure functions, a schema in and a schema out, the very same object where there is nothing to do.
Sources: JSON Schema draft 7 (which mistral-common validates against), and the reports that
`rules.RULES` cites under tool-schema and schema-id.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from mistral_sanitize.rules._bare_properties import JSON_TYPES, bare_properties
from mistral_sanitize.rules._loss import json_text, says_something
from mistral_sanitize.rules._schema_refs import without_id
from mistral_sanitize.rules._subschemas import (
    SCHEMA_LISTS,
    SCHEMA_MAPS,
    SCHEMA_ONES,
    Keys,
    repair_schema,
    walk_schema,
)

__all__ = ["draft_7", "is_plain", "read", "without_dialect", "without_id"]

_TEXTS = ("description", "title", "$comment")
_WORDS = ("format", "pattern")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties",
           "minimum", "maximum")  # fmt: skip
_SWITCHES = (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum"))
"""Numbers that draft 4 has as switches, each beside its bound."""


def _less(schema: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {k: v for k, v in schema.items() if k not in keys}


def _no_dialect(schema: dict[str, Any], keys: Keys) -> dict[str, Any]:
    return _less(schema, "$schema") if "$schema" in schema else schema


_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean",
          "list": "array", "dict": "object", "double": "number", "date": "string"}  # fmt: skip
TYPE_WORDS = frozenset((*_TYPES, *_TYPES.values()))
"""Words for types in other languages than JSON Schema's, and those that they stand for."""


def _draft_7(schema: dict[str, Any], keys: Keys) -> dict[str, Any]:
    """One schema, its own keywords, made valid under draft 7 where it is clear how."""
    fixed: dict[str, Any] = {}
    for key, value in schema.items():
        fix = _KEYWORDS.get(key) if isinstance(key, str) else None
        new = value if fix is None else fix(value)
        if new is not value:
            fixed[key] = new
    fixed.update(_fix_switches(schema))
    required = schema.get("required")
    if isinstance(required, bool) and not (required and keys[:1] == ("properties",)):
        fixed["required"] = _GONE  # draft 3; true on a property is lifted by its object
    if fixed:
        merged = {**schema, **fixed}
        schema = {key: value for key, value in merged.items() if value is not _GONE}
    return _lift_required(schema)


def _loses(schema: dict[str, Any], mended: dict[str, Any]) -> bool:
    """Whether what a keyword said is nowhere in the mended schema, not in other words either."""
    for key in _TEXTS:
        value = schema.get(key)
        if isinstance(value, dict) and (
            any(v for k, v in value.items() if k not in _SAID) or not _is_known(value.get("type"))
        ):
            return True
    names = schema.get("required")
    if isinstance(names, (list, tuple)) and any(
        name is not None and not isinstance(name, str) for name in names
    ):
        return True
    return any(_is_lost(key, schema) for key in schema if key not in mended)


_SAID = ("type", "description")


def _is_lost(key: Any, schema: dict[str, Any]) -> bool:
    """Whether a keyword that has gone said something that nothing else says now."""
    value = schema[key]
    if key == "type":
        return not all(map(_is_known, value if isinstance(value, (list, tuple)) else (value,)))
    if key in _BOUNDS and _BOUNDS[key] in schema:
        return False  # the exclusive bound has the number
    if key in _EXCLUSIVE and value is True:
        bound = schema.get(_EXCLUSIVE[key])
        return bound is None or isinstance(bound, bool)
    return says_something(value, key)


def _is_known(word: Any) -> bool:
    """Whether a word for a type says what the schema says without it, or in another word."""
    return word is None or (isinstance(word, str) and (
        _fix_type(word) in JSON_TYPES or _fix_type(word) is _GONE
    ))  # fmt: skip


_EXCLUSIVE = dict(_SWITCHES)
_BOUNDS = {bound: key for key, bound in _SWITCHES}


_GONE: Any = object()
"""The value of a keyword that has to go."""


def _fix_null(value: Any) -> Any:
    return _GONE if value is None else value


def _fix_text(value: Any) -> Any:
    if isinstance(value, str):
        return value
    inner = value.get("description") if isinstance(value, dict) else None
    if isinstance(inner, str):
        return inner
    if isinstance(value, (list, tuple)) and value and all(isinstance(v, str) for v in value):
        return "\n".join(value)
    return (json_text(value) or _GONE) if isinstance(value, (int, float)) else _GONE


def _fix_switches(schema: dict[str, Any]) -> dict[str, Any]:
    """Bounds that draft 4 says in two keywords, a number and whether it is in."""
    fixed: dict[str, Any] = {}
    for key, bound in _SWITCHES:
        if isinstance(schema.get(key), bool):
            on = schema[key] and bound in schema and not isinstance(schema[bound], bool)
            fixed[key] = schema[bound] if on else _GONE
            if on:
                fixed[bound] = _GONE
    return fixed


def _fix_type(value: Any) -> Any:
    if isinstance(value, str):
        name = value if value in JSON_TYPES else _TYPES.get(value.lower(), value.lower())
        if name in JSON_TYPES:
            return value if name == value else name
        return _GONE if name in ("any", "") else value
    return _fix_types(value) if isinstance(value, (list, tuple)) else _fix_null(value)


def _fix_types(value: list[Any] | tuple[Any, ...]) -> Any:
    """A union of types: each by its name, none twice; any type is no restriction."""
    if not value or not all(isinstance(name, str) for name in value):
        return value or _GONE
    names = [_fix_type(name) for name in value]
    if any(name is _GONE for name in names):
        return _GONE
    once = list(dict.fromkeys(names))
    same = len(once) == len(value) and all(a is b for a, b in zip(once, value, strict=True))
    return value if same else once


def _fix_required(value: Any) -> Any:
    if isinstance(value, str):
        return [value]
    if isinstance(value, (list, tuple)):
        once = list(dict.fromkeys(name for name in value if isinstance(name, str)))
        return value if len(once) == len(value) else once
    return _fix_null(value)


def _fix_map(value: Any) -> Any:
    """Properties and the like: PHP's empty list is an empty object, a bare word a type."""
    if isinstance(value, (list, tuple)) and not value:
        return {}
    if isinstance(value, dict) and not all(isinstance(v, (dict, bool)) for v in value.values()):
        fixed = {key: _fix_schema(inner) for key, inner in value.items()}
        return fixed if any(fixed[key] is not inner for key, inner in value.items()) else value
    return _fix_null(value)


def _fix_schema(value: Any) -> Any:
    if isinstance(value, str) and _fix_type(value) in JSON_TYPES:
        return {"type": _fix_type(value)}
    if value is None or (isinstance(value, (list, tuple)) and not value):
        return {}
    return value


def _fix_one(value: Any) -> Any:
    new = _fix_schema(value)
    return _GONE if new is not value and not new else new


def _fix_some(value: Any) -> Any:
    return _GONE if value is None or value == [] or value == () else value


def _fix_count(value: Any) -> Any:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return _fix_null(value)


_KEYWORDS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_TEXTS, _fix_text),
    "type": _fix_type,
    "required": _fix_required,
    **dict.fromkeys(("properties", "$defs", "definitions", "patternProperties"), _fix_map),
    **dict.fromkeys(("items", "additionalProperties", "not", "propertyNames"), _fix_one),
    **dict.fromkeys(("anyOf", "oneOf", "allOf", "enum", "examples"), _fix_some),
    **dict.fromkeys(_COUNTS, _fix_count),
    **dict.fromkeys(_WORDS, _fix_null),
}
"""What becomes of each keyword's value."""


def _lift_required(schema: dict[str, Any]) -> dict[str, Any]:
    """Draft 3's ``required: true`` on a property, as an entry in the object's ``required``."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema
    lifted = {n for n, p in properties.items() if isinstance(p, dict) and p.get("required") is True}
    if not lifted:
        return schema
    given = schema.get("required")
    listed = list(given) if isinstance(given, (list, tuple)) else []  # of texts alone by now
    bare = {n: _less(p, "required") if n in lifted else p for n, p in properties.items()}
    missing = lifted.difference(listed)
    added = [n for n in properties if n in missing]
    return {**schema, "properties": bare, "required": [*listed, *added]}


def read(text: str) -> Any:
    """A schema that is written as a string of JSON; the string itself if it is none."""
    try:
        schema = json.loads(text)
    except (RecursionError, ValueError):
        return text
    return schema if isinstance(schema, dict) else text


def without_dialect(schema: Any) -> Any:
    """Without ``$schema``, in every schema within too; a property of that name stays."""
    return repair_schema(schema, _no_dialect)


def draft_7(schema: Any) -> tuple[Any, bool]:
    """Drafts 3 and 4, Python's and Gemini's type names, PHP's lists, nulls, odd descriptions, and
    properties without their object, to draft 7; and whether anything that was said went.

    What is repaired within may show that what is around it is a bare map: so it is done again until
    nothing changes. Schemas that people write need two rounds.
    """
    before: Any = None
    lost, rounds = False, 0
    while schema is not before and rounds < _ROUNDS:
        before = schema
        schema, more = _draft_7_once(before)
        lost = lost or more
        rounds += 1
    return schema, lost


_ROUNDS = 8


def _draft_7_once(schema: Any) -> tuple[Any, bool]:
    lost = False

    def enter(inner: dict[str, Any], keys: Keys, state: None) -> tuple[dict[str, Any], None]:
        nonlocal lost
        wrapped = with_object(inner, within=bool(keys))
        if wrapped is not inner:
            rest = {key: value for key, value in inner.items() if not isinstance(value, dict)}
            lost = lost or _loses(rest, wrapped)
        return wrapped, None

    def fix(inner: dict[str, Any], keys: Keys) -> dict[str, Any]:
        nonlocal lost
        mended = _draft_7(inner, keys)
        lost = lost or (mended is not inner and _loses(inner, mended))
        return mended

    return walk_schema(schema, enter, None, fix), lost


def with_object(schema: dict[str, Any], *, within: bool = False) -> dict[str, Any]:
    """A bare map of properties as the schema of an object that has them; any other as it is."""
    properties = bare_properties(schema, within=within, goes=_goes)
    if properties is None:
        return schema
    beside = {key: schema[key] for key in schema
              if key in ("$id", "$schema") and key not in properties}  # fmt: skip
    if schema.get("required") is True:
        beside["required"] = True
    return {"type": "object", **beside, "properties": properties}


def _goes(key: object, value: object) -> bool:
    """Whether a keyword's value, which is not an object, is one that some repair removes."""
    if isinstance(value, bool):
        return key == "required" or key in _EXCLUSIVE
    fix = _KEYWORDS.get(key) if isinstance(key, str) else None
    return fix is not None and fix(value) is _GONE


_TEXT_WORDS = frozenset((*_TEXTS, *_WORDS))
_NUMBERS = frozenset((*_COUNTS, *dict(_SWITCHES)))
_LOOKED_AT = frozenset((*_KEYWORDS, *SCHEMA_MAPS, *SCHEMA_LISTS, *SCHEMA_ONES, *_NUMBERS, "$id"))
"""The keywords that some repair above looks at, or into."""


DEPTH = 16
"""How deep `is_plain` looks."""


def is_plain(schema: dict[str, Any], depth: int = DEPTH) -> bool:
    """Whether the schema is surely one that none of the repairs above touches.

    It knows the common values only, and no great depth: false means "look closer".
    """
    for key, value in schema.items():
        plain = _PLAIN.get(key)
        if plain is None:
            if key == "type" and (type(value) is not str or value not in JSON_TYPES):
                return False
            continue
        kinds, check = plain
        if type(value) not in kinds or (check is not None and not check(value, depth)):
            return False
    return depth < DEPTH or "type" in schema or bare_properties(schema) is None


def _is_plain_map(value: Any, depth: int) -> bool:
    if not depth:
        return False
    for inner in value.values():  # a generator costs more than the rest
        if type(inner) is not dict or not is_plain(inner, depth - 1):
            return False
    return True


def _is_plain_list(value: Any, depth: int) -> bool:
    if not value or not depth:
        return False
    return all(type(inner) is dict and is_plain(inner, depth - 1) for inner in value)


def _is_plain_or_switch(value: Any, depth: int) -> bool:
    return type(value) is bool or (depth > 0 and is_plain(value, depth - 1))


def _is_plain_required(value: Any, depth: int) -> bool:
    return all(type(name) is str for name in value) and len(set(value)) == len(value)


_PLAIN: Final[Mapping[str, tuple[frozenset[type], Callable[[Any, int], bool] | None]]] = {
    **dict.fromkeys(_LOOKED_AT - {"type"}, (frozenset(), None)),
    **dict.fromkeys(_NUMBERS, (frozenset({int, float}), None)),
    **dict.fromkeys(("enum", "examples"), (frozenset({list}), lambda value, _: bool(value))),
    **dict.fromkeys(("anyOf", "oneOf", "allOf"), (frozenset({list}), _is_plain_list)),
    **dict.fromkeys(
        ("items", "additionalProperties"), (frozenset({bool, dict}), _is_plain_or_switch)
    ),
    **dict.fromkeys(("properties", "$defs", "definitions"), (frozenset({dict}), _is_plain_map)),
    **dict.fromkeys(_TEXT_WORDS, (frozenset({str}), None)),
    "required": (frozenset({list}), _is_plain_required),
}
"""What a keyword may have that no repair touches: its types, and what else holds of it.

Where a keyword is not here, anything; but ``type``, the one that every schema has.
"""
