"""Shapes: what pydantic says of a payload under one profile, and of a tool's own JSON Schema.

The nodes of `schema.compile` become one core schema of pydantic-core, closed and strict, and its errors
become problems, with two paths each: the real one, and the ``loc`` of Mistral's answer, where the
role of a message is a step. One problem per place: of a union the member is judged that the value
is meant to be, told by its JSON type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic_core import CoreSchema, ErrorDetails, SchemaValidator, ValidationError
from pydantic_core import core_schema as core

from mistral_sanitize.report import Problem, key_text, pointer
from mistral_sanitize.rules._json_schema import _subschemas
from mistral_sanitize.schema.node import Node, Value

__all__ = ["SchemaFault", "faults", "quoted", "schema_fault", "text"]


def text(value: object) -> str | None:
    """A string as `json.dumps` writes it, whatever subclass it is of; ``None`` for all else."""
    return str.__str__(value) if isinstance(value, str) else None


def quoted(value: object) -> str:
    """What Python's ``str`` makes of a scalar; of anything else the kind alone, since it is long.

    Never calls a method that a caller's class could have overridden.
    """
    said = text(value)
    if said is not None:
        return said
    if value is None or isinstance(value, (int, float)):
        return str(value) if value is None or isinstance(value, bool) else _key(value)
    return "[...]" if isinstance(value, (list, tuple)) else "{...}"


# -- the request ------------------------------------------------------------------------------


def faults(payload: dict[str, Any], node: Node) -> Iterator[Problem]:
    """What the schema refuses, each place once: status 422."""
    try:
        _validator(node).validate_python(payload)
    except ValidationError as error:
        # Neither url nor context: they would be made for every error, and nobody reads them.
        found = error.errors(include_url=False, include_context=False)
    else:
        return
    for each in found:
        yield _problem(each, node)


@lru_cache(maxsize=256)
def _validator(node: Node) -> SchemaValidator:
    return SchemaValidator(_object(node))


def _object(node: Node) -> CoreSchema:
    fields = {
        field.name: core.typed_dict_field(_place(field.value), required=field.required)
        for field in node.fields.values()
    }
    shape = core.typed_dict_schema(
        fields, strict=True, extra_behavior="forbid" if node.closed else "ignore"
    )
    return core.no_info_before_validator_function(_as_object, shape)


def _as_object(value: Any) -> Any:
    """A dict with the keys that `json.dumps` writes: pydantic takes strings alone for keys."""
    if isinstance(value, dict):
        for key in dict.keys(value):
            if type(key) is not str or not key.isascii():
                return {_key(k): v for k, v in dict.items(value)}
    return value


def _key(key: object) -> str:
    """A key as text that UTF-8 can carry: lone surrogates are written as escapes."""
    return key_text(key).encode("utf-8", "backslashreplace").decode()


def _as_list(value: Any) -> Any:
    """A tuple as the list that `json.dumps` writes."""
    return list(value) if isinstance(value, tuple) else value


_ANYTHING: Final = frozenset(("null", "boolean", "integer", "number", "string", "array", "object"))
_KINDS: Final = ("string", "number", "integer", "boolean", "object", "array")
"""JSON's types; of several that a place takes, the first is what a wrong value should have been."""


def _kinds(value: Value) -> tuple[str, ...]:
    """The JSON types that a place takes, but null; a number may be an integer."""
    types = value.types - {"integer"} if "number" in value.types else value.types
    return tuple(kind for kind in _KINDS if kind in types)


def _place(value: Value) -> CoreSchema:
    """The core schema of one place: its types, told apart, and null."""
    if value.types == _ANYTHING and value.node is None and not value.tags:
        return core.any_schema()
    kinds = _kinds(value)
    schemas = {kind: _KIND_SCHEMAS[kind](value) for kind in kinds}
    schema = schemas[kinds[0]]
    if len(kinds) > 1:
        schema = core.tagged_union_schema(schemas, _chooser(kinds))
    return core.nullable_schema(schema) if "null" in value.types else schema


def _chooser(kinds: tuple[str, ...]) -> Callable[[Any], str]:
    """What tells which of the types a value is, or should have been."""

    def choose(value: Any) -> str:
        kind = _kind(value)
        if kind == "integer" and "number" in kinds:
            return "number"
        return kind if kind in kinds else kinds[0]

    return choose


def _kind(value: object) -> str:
    """JSON's type of a value; ``""`` for what no JSON has."""
    for kind, types in _TYPES:
        if isinstance(value, types):
            return kind
    return ""


_TYPES: Final[tuple[tuple[str, type | tuple[type, ...]], ...]] = (
    ("string", str),
    ("array", (list, tuple)),
    ("object", dict),
    ("boolean", bool),  # before integer: Python's booleans are integers
    ("integer", int),
    ("number", float),
)


def _string(value: Value) -> CoreSchema:
    if value.words is not None:
        return core.literal_schema(list(value.words))
    return core.str_schema(strict=True)


def _bounds(value: Value) -> dict[str, Any]:
    return {
        "gt" if value.low_open else "ge": value.low,
        "lt" if value.high_open else "le": value.high,
    }


def _number(value: Value) -> CoreSchema:
    return core.float_schema(strict=True, allow_inf_nan=False, **_bounds(value))


def _integer(value: Value) -> CoreSchema:
    return core.int_schema(strict=True, **_bounds(value))


def _boolean(value: Value) -> CoreSchema:
    return core.bool_schema(strict=True)


def _array(value: Value) -> CoreSchema:
    items = None if value.items is None else _place(value.items)
    schema = core.list_schema(items, strict=True, min_length=value.min_items)
    return core.no_info_before_validator_function(_as_list, schema)


def _either(value: Value) -> CoreSchema:
    """An object: the user's, or one of the schema's, by its tag where there are several."""
    if value.tags:
        choices = {tag: _object(node) for tag, node in value.tags.items()}
        union = core.tagged_union_schema(choices, _tagger(value))
        return core.no_info_before_validator_function(_as_object, union)
    return core.dict_schema(strict=True) if value.node is None else _object(value.node)


def _tagger(value: Value) -> Callable[[Any], str | None]:
    """What tells the tag of an object: ``""`` where one without has a default, else none."""
    key, tags = value.tag, value.tags

    def tag_of(given: Any) -> str | None:
        if not isinstance(given, dict):
            return None
        tag = dict.get(given, key)
        said = "" if tag is None else text(tag)
        # pydantic would print an unknown tag: it gets none to print.
        return said if said in tags else None

    return tag_of


_KIND_SCHEMAS: Final[dict[str, Callable[[Value], CoreSchema]]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "object": _either,
    "array": _array,
}


def _problem(error: ErrorDetails, node: Node) -> Problem:
    path, loc, value = _follow(error["loc"], node)
    kind, words, said = error["type"], error["msg"], None
    if kind == "union_tag_not_found" and value is not None:
        kind, words, said = _untagged(error["input"], value)
    elif kind == "dict_type" and value is not None and value.node is not None:
        kind, words = _NO_OBJECT
    elif kind == "literal_error":
        kind = "enum"  # Mistral has enums: gpt-all-star issue 670; genai, recorded 2026-02-08
    return Problem(pointer(path), kind, words, 422, kind, ("body", *loc), said)


# Mistral's objects are models, not dicts; pydantic says so of the body of a FastAPI route.
_NO_OBJECT: Final = (
    "model_attributes_type",
    "Input should be a valid dictionary or object to extract fields from",
)


def _untagged(given: object, value: Value) -> tuple[str, str, str | None]:
    """Type, words and quoted value where no member of a tagged union is meant.

    "Input tag 'developer' found using 'role' does not match any of the expected tags" (recorded
    2026-08-06); for a chunk, the tags are printed as those of an enum (genai, 2025-07-22).
    """
    if not isinstance(given, dict):
        return (*_NO_OBJECT, None)
    key = str(value.tag)
    tag = dict.get(given, key)
    if tag is None:
        return "union_tag_not_found", f"Unable to extract tag using discriminator '{key}'", None
    tags = ", ".join(map(_tag_text, value.tags.items()))
    words = f"Input tag '{{}}' found using '{key}' does not match any of the expected tags: {tags}"
    return "union_tag_invalid", words, quoted(tag)


def _tag_text(item: tuple[str, Node]) -> str:
    tag, node = item
    return f"<ChunkTypes.{tag}: '{tag}'>" if node.slot.startswith("chunk.") else f"'{tag}'"


def _follow(
    steps: Iterable[int | str], node: Node
) -> tuple[list[int | str], list[int | str], Value | None]:
    """The real path of pydantic's ``loc``, the ``loc`` as Mistral writes it, and what stands there.

    A union's member is a step for pydantic. The role of a message is one in Mistral's answers as
    well (``body.messages.2.assistant.name``), the kind of a tool is none (``body.tools.0.function.
    required``). Key by key along the nodes, so that no key can be taken for such a step.
    """
    path: list[int | str] = []
    loc: list[int | str] = []
    rest = list(steps)[::-1]
    here: Node | None = node
    value: Value | None = None
    while rest:
        step = rest.pop()
        path.append(step)
        loc.append(step)
        if here is not None:
            field = here.fields.get(str(step))
            value = None if field is None else field.value
        else:
            value = None if value is None else value.items
        here = None
        if value is None:
            break
        if rest and len(_kinds(value)) > 1:
            rest.pop()
        if not rest or isinstance(rest[-1], int):
            continue  # the end, or an item of a list
        here = value.node
        if value.tags:
            tag = str(rest.pop())
            here = value.tags[tag]
            if value.tag == "role":
                loc.append(tag)
    return path, loc, value


# -- a tool's own schema ----------------------------------------------------------------------


class SchemaFault(NamedTuple):
    """What a JSON Schema has that is surely refused: where, and in jsonschema's words."""

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
    """The outermost fault of a tool's ``parameters`` that is surely refused, or ``None``.

    One a tool: the validator stops there. Iterative, and each object is looked at once, so that
    neither depth nor a schema that contains itself matters.
    """
    spots = [_Spot(-1, (), schema, True)]
    seen = {id(schema)}
    for index, spot in enumerate(spots):  # spots grows while it is walked
        fault = _own_fault(spot)
        if fault is not None:
            return fault._replace(path=(*_way(spots, index), *fault.path))
        if not isinstance(spot.schema, dict):
            continue
        for keys, inner in _subschemas(spot.schema):
            if id(inner) not in seen:
                if isinstance(inner, dict):
                    seen.add(id(inner))
                draft_7 = spot.draft_7 and keys[0] not in _LATER_DRAFTS
                spots.append(_Spot(index, keys, inner, draft_7))
    return None


def _way(spots: list[_Spot], index: int) -> list[Any]:
    way: list[Any] = []
    while index >= 0:
        way.extend(reversed(spots[index].keys))
        index = spots[index].parent
    return way[::-1]


def _own_fault(spot: _Spot) -> SchemaFault | None:
    """The first fault of one schema's own keywords."""
    schema = spot.schema
    if not isinstance(schema, dict):
        # Below a keyword of a later draft nobody looks.
        return _a_schema(schema) if spot.draft_7 else None
    if "$id" in schema:
        # BerriAI/litellm pull 13389 (400, 2025-08-07); nothing shows it taken since.
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


def _shown(value: object) -> str:
    """A value as jsonschema prints it, a string in quotes; see `quoted`."""
    said = text(value)
    return quoted(value) if said is None else f"'{said}'"


def _not(value: object, *kinds: str) -> SchemaFault:
    wanted = ", ".join(f"'{kind}'" for kind in kinds)
    return SchemaFault((), f"{{}} is not of type {wanted}", _shown(value))


def _none_of(value: object) -> SchemaFault:
    # "Invalid tool schema: … is not valid under any of the given schemas": SylphxAI/
    # pdf-reader-mcp issue 63.
    return SchemaFault((), "{} is not valid under any of the given schemas", _shown(value))


def _is(kind: str) -> _Judge:
    """What judges a value that must be of one of JSON's types."""

    def judge(value: Any) -> SchemaFault | None:
        found = _kind(value)
        if found == kind or (kind == "number" and found == "integer"):
            return None
        return _not(value, kind)

    return judge


def _a_count(value: Any) -> SchemaFault | None:
    if _kind(value) == "number" and float.is_integer(value):
        value = int(value)  # draft 7: a float without a fraction is an integer
    if _kind(value) != "integer":
        return _not(value, "integer")
    return None if value >= 0 else _below(value, "{} is less than the minimum of 0")


def _a_divisor(value: Any) -> SchemaFault | None:
    if _kind(value) not in ("integer", "number"):
        return _not(value, "number")
    if value > 0:
        return None
    return _below(value, "{} is less than or equal to the minimum of 0")


def _below(value: Any, words: str) -> SchemaFault:
    return SchemaFault((), words, quoted(value))


_NAMES: Final = frozenset(("array", "boolean", "integer", "null", "number", "object", "string"))


def _a_type(value: Any) -> SchemaFault | None:
    names = value if isinstance(value, (list, tuple)) else (value,)
    said = [text(name) for name in names]
    if said and _NAMES.issuperset(said) and len(set(said)) == len(said):
        return None
    return _none_of(value)


def _names(value: Any) -> SchemaFault | None:
    if not isinstance(value, (list, tuple)):
        return _not(value, "array")
    said = [text(name) for name in value]
    for at, name in enumerate(said):
        if name is None:
            return _not(value[at], "string")._replace(path=(at,))
    if len(set(said)) == len(said):
        return None
    return SchemaFault((), "{} has non-unique elements", quoted(value))


def _a_schema(value: Any) -> SchemaFault | None:
    return None if isinstance(value, (dict, bool)) else _not(value, "object", "boolean")


def _schemas(value: Any) -> SchemaFault | None:
    if not isinstance(value, (list, tuple)):
        return _not(value, "array")
    return None if value else SchemaFault((), "[] should be non-empty")


def _items(value: Any) -> SchemaFault | None:
    if isinstance(value, (list, tuple)):
        return _schemas(value)
    return None if isinstance(value, (dict, bool)) else _none_of(value)


_KEYWORDS: Final[dict[str, _Judge]] = {
    "type": _a_type,
    "required": _names,
    "items": _items,
    **dict.fromkeys(
        ("properties", "patternProperties", "definitions", "dependencies"), _is("object")),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _schemas),
    **dict.fromkeys(
        ("additionalProperties", "additionalItems", "contains", "propertyNames", "not", "if",
         "then", "else"), _a_schema),
    **dict.fromkeys(("enum", "examples"), _is("array")),
    # A switch in draft 4, "True is not of type 'number'": ayunis-core pull 975.
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum", "minimum", "maximum"), _is("number")),
    "multipleOf": _a_divisor,
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        _a_count),
    # "Mistral expects description to be a plain string": open-computer-use pull 11.
    **dict.fromkeys(
        ("title", "description", "pattern", "format", "$schema", "$ref", "$comment",
         "contentMediaType", "contentEncoding"), _is("string")),
    **dict.fromkeys(("uniqueItems", "readOnly"), _is("boolean")),
}  # fmt: skip
"""The keywords of draft 7's meta-schema, by which mistral-common judges, and what each must be."""
