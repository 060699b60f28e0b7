"""What Mistral refuses of a tool's ``parameters``: `schema_fault`, in the words of jsonschema.

mistral-common judges them by the meta-schema of draft 7; `_KEYWORDS` says what each of its keywords
must be.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from mistral_sanitize.rules._subschemas import subschemas
from mistral_sanitize.validation.values import json_type, quoted, text

__all__ = ["SchemaFault", "schema_fault"]


class SchemaFault(NamedTuple):
    """What a JSON Schema has that is certainly refused: where, and in jsonschema's words."""

    path: tuple[Any, ...]
    words: str
    quoted: str | None = None
    grammar: bool = False
    """Whether it is the grammar compiler that stumbles, not the validator."""


class _Spot(NamedTuple):
    """A schema within a schema: the index of the one around it, the keys from there."""

    parent: int
    keys: tuple[Any, ...]
    schema: Any
    draft_7: bool
    """Whether draft 7 has schemas here, so that mistral-common looks at it."""


_LATER_DRAFTS: Final = frozenset(
    ("$defs", "dependentSchemas", "prefixItems", "unevaluatedProperties")
)


def schema_fault(schema: object) -> SchemaFault | None:
    """The outermost fault of a tool's ``parameters`` that is certainly refused, or ``None``.

    One a tool: the validator stops there. Iterative, and each object is looked at once, so that
    neither depth nor a schema that contains itself matters.
    """
    spots = [_Spot(-1, (), schema, True)]
    seen = {id(schema)}
    for index, spot in enumerate(spots):  # spots grows while it is walked
        fault = _own_fault(spot)
        if fault is not None:
            return fault._replace(path=(*_path_of(spots, index), *fault.path))
        if not isinstance(spot.schema, dict):
            continue
        for keys, inner in subschemas(spot.schema):
            if id(inner) not in seen:
                if isinstance(inner, dict):
                    seen.add(id(inner))
                draft_7 = spot.draft_7 and keys[0] not in _LATER_DRAFTS
                spots.append(_Spot(index, keys, inner, draft_7))
    return None


def _path_of(spots: list[_Spot], index: int) -> list[Any]:
    path: list[Any] = []
    while index >= 0:
        path.extend(reversed(spots[index].keys))
        index = spots[index].parent
    return path[::-1]


def _own_fault(spot: _Spot) -> SchemaFault | None:
    """The first fault of one schema's own keywords."""
    schema = spot.schema
    if not isinstance(schema, dict):
        # Nothing looks below a keyword of a later draft.
        return _judge_schema(schema) if spot.draft_7 else None
    if "$id" in schema:
        # BerriAI/litellm pull 13389 (400, 2025-08-07); nothing shows it accepted since.
        return SchemaFault(("$id",), "Grammar error: failed to compile JSON schema", None, True)
    if not spot.draft_7:
        return None
    for key, value in dict.items(schema):
        judge = _KEYWORDS.get(key)
        fault = None if judge is None else judge(value)
        if fault is not None:
            return fault._replace(path=(key, *fault.path))
    return None


_Judge = Callable[[Any], "SchemaFault | None"]


def _printed(value: object) -> str:
    """A value as jsonschema prints it, a string in quotes; see `quoted`."""
    string = text(value)
    return quoted(value) if string is None else f"'{string}'"


def _wrong_type(value: object, *kinds: str) -> SchemaFault:
    wanted = ", ".join(f"'{kind}'" for kind in kinds)
    return SchemaFault((), f"{{}} is not of type {wanted}", _printed(value))


def _fits_no_member(value: object) -> SchemaFault:
    # "Invalid tool schema: … is not valid under any of the given schemas": SylphxAI/
    # pdf-reader-mcp issue 63.
    return SchemaFault((), "{} is not valid under any of the given schemas", _printed(value))


def _must_be(kind: str) -> _Judge:
    """The judge of a value that must be of one of JSON's types."""

    def judge(value: Any) -> SchemaFault | None:
        found = json_type(value)
        if found == kind or (kind == "number" and found == "integer"):
            return None
        return _wrong_type(value, kind)

    return judge


def _judge_count(value: Any) -> SchemaFault | None:
    if json_type(value) == "number" and float.is_integer(value):
        value = int(value)  # draft 7: a float without a fraction is an integer
    if json_type(value) != "integer":
        return _wrong_type(value, "integer")
    return None if value >= 0 else _too_small(value, "{} is less than the minimum of 0")


def _judge_divisor(value: Any) -> SchemaFault | None:
    if json_type(value) not in ("integer", "number"):
        return _wrong_type(value, "number")
    if value > 0:
        return None
    return _too_small(value, "{} is less than or equal to the minimum of 0")


def _too_small(value: Any, words: str) -> SchemaFault:
    return SchemaFault((), words, quoted(value))


_TYPE_NAMES: Final = frozenset(
    ("array", "boolean", "integer", "null", "number", "object", "string")
)


def _judge_type(value: Any) -> SchemaFault | None:
    given = value if isinstance(value, (list, tuple)) else (value,)
    names = [text(name) for name in given]
    if names and _TYPE_NAMES.issuperset(names) and len(set(names)) == len(names):
        return None
    return _fits_no_member(value)


def _judge_names(value: Any) -> SchemaFault | None:
    if not isinstance(value, (list, tuple)):
        return _wrong_type(value, "array")
    names = [text(name) for name in value]
    for index, name in enumerate(names):
        if name is None:
            return _wrong_type(value[index], "string")._replace(path=(index,))
    if len(set(names)) == len(names):
        return None
    return SchemaFault((), "{} has non-unique elements", quoted(value))


def _judge_schema(value: Any) -> SchemaFault | None:
    return None if isinstance(value, (dict, bool)) else _wrong_type(value, "object", "boolean")


def _judge_schemas(value: Any) -> SchemaFault | None:
    if not isinstance(value, (list, tuple)):
        return _wrong_type(value, "array")
    return None if value else SchemaFault((), "[] should be non-empty")


def _judge_items(value: Any) -> SchemaFault | None:
    if isinstance(value, (list, tuple)):
        return _judge_schemas(value)
    return None if isinstance(value, (dict, bool)) else _fits_no_member(value)


_KEYWORDS: Final[dict[str, _Judge]] = {
    "type": _judge_type,
    "required": _judge_names,
    "items": _judge_items,
    **dict.fromkeys(
        ("properties", "patternProperties", "definitions", "dependencies"), _must_be("object")),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _judge_schemas),
    **dict.fromkeys(
        ("additionalProperties", "additionalItems", "contains", "propertyNames", "not", "if",
         "then", "else"), _judge_schema),
    **dict.fromkeys(("enum", "examples"), _must_be("array")),
    # A switch in draft 4, "True is not of type 'number'": ayunis-core pull 975.
    **dict.fromkeys(
        ("exclusiveMinimum", "exclusiveMaximum", "minimum", "maximum"), _must_be("number")),
    "multipleOf": _judge_divisor,
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        _judge_count),
    # "Mistral expects description to be a plain string": open-computer-use pull 11.
    **dict.fromkeys(
        ("title", "description", "pattern", "format", "$schema", "$ref", "$comment",
         "contentMediaType", "contentEncoding"), _must_be("string")),
    **dict.fromkeys(("uniqueItems", "readOnly"), _must_be("boolean")),
}  # fmt: skip
"""The keywords of draft 7's meta-schema, by which mistral-common judges, and what each must be."""
