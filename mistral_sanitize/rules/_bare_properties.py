"""A map of properties that is given where a schema belongs: ``{"title": {"type": "string"}}``.

Whoever leaves out the object around the properties gets ``Invalid tool schema: {'type': 'string',
…} is not of type 'string'`` as soon as a parameter is called after a keyword
(https://github.com/UKGovernmentBEIS/inspect_ai/pull/1562, 2025-03-28). A map is told from a schema
by what no schema has: every value is a schema, and no keyword has a value that is right for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from mistral_sanitize.rules._subschemas import SCHEMA_MAPS, SCHEMA_ONES

__all__ = ["JSON_TYPES", "bare_properties", "is_schema"]

JSON_TYPES: Final = frozenset(("string", "integer", "number", "boolean", "array", "object", "null"))

_OF_ARRAYS: Final = frozenset(("items", "contains", "additionalItems"))
"""Keywords that only speak of arrays: the parameters of a function are an object."""
_TEXTS: Final = frozenset(("title", "description", "$comment", "format", "pattern", "$schema",
                           "$id", "contentEncoding", "contentMediaType"))  # fmt: skip
_NEVER_OBJECTS: Final = frozenset((
    *_TEXTS, "type", "$ref", "$anchor", "$dynamicRef", "enum", "required", "examples", "anyOf",
    "oneOf", "allOf", "prefixItems", "minLength", "maxLength", "minItems", "maxItems",
    "minProperties", "maxProperties", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
    "multipleOf", "uniqueItems", "readOnly", "writeOnly", "deprecated", "nullable", "minContains",
    "maxContains",
))  # fmt: skip
"""Keywords whose values are texts, numbers, booleans and lists: an object there is not theirs."""


_BESIDE: Final = frozenset(("$id", "$schema"))
"""Keywords that say nothing of the shape: beside properties they are the whole schema's."""


def _none_goes(key: object, value: object) -> bool:
    return False


def bare_properties(
    schema: Mapping[Any, Any],
    *,
    within: bool = False,
    goes: Callable[[object, object], bool] = _none_goes,
) -> dict[str, Any] | None:
    """The properties, where this is a map of them and not a schema.

    Where a keyword has an object and accepts none, Mistral refuses it as a schema: then ``items``
    and the like are names too. `within` another schema that is the only way to tell. Outside all
    others it is the parameters of a function, where ``items`` of some type are no array's. What
    `goes` in any case, a null or an empty list, tells neither way.
    """
    refused = named = False
    applied: set[str] = set()
    properties: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _BESIDE and not (isinstance(value, dict) and value and is_schema(value)):
            continue
        if not isinstance(value, dict) or not isinstance(key, str):
            if goes(key, value):
                continue
            return None
        if value and not is_schema(value, described=not within):
            return None
        if key in SCHEMA_MAPS and _is_map(value):
            return None
        properties[key] = value
        if key in SCHEMA_ONES:
            applied.add(key)
            named = named or (key in _OF_ARRAYS and _is_word(value.get("type")))
        else:
            refused = refused or (key in _NEVER_OBJECTS and bool(value))
            named = named or bool(value)
    if within and properties.keys() <= {"description"}:
        return None  # a description that is told as a schema has it
    told = refused or (named and not within and applied <= _OF_ARRAYS)
    return properties if told else None


def _is_word(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return bool(value) and all(isinstance(word, str) for word in value)
    return isinstance(value, str) and value != ""


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple)) and bool(value)


def _is_map(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(v, (dict, bool)) for v in value.values())


_TELLING: Final[Mapping[str, Callable[[object], bool]]] = {
    "type": _is_word,
    "$ref": _is_word,
    "enum": _is_list,
    "anyOf": _is_list,
    "oneOf": _is_list,
    "allOf": _is_list,
    "properties": _is_map,
    "items": lambda value: isinstance(value, dict),
    "const": lambda value: not isinstance(value, dict),
}
"""Keywords that tell a schema from any other object, each with what its value has to be."""


def is_schema(value: Mapping[Any, Any], *, described: bool = False) -> bool:
    """Whether an object surely is a schema: by its type, its reference, its values.

    With `described` a description alone is enough.
    """
    for key, accepts in _TELLING.items():
        if key in value and accepts(value[key]):
            return True
    return described and isinstance(value.get("description"), str)
