"""What Mistral's schema refuses (status 422): `schema_problems`, as pydantic says it.

The nodes of `schema.compile` become one core schema of pydantic-core, closed and strict, and its
errors become problems, with two paths each: the real one, and the ``loc`` of Mistral's response,
where the role of a message is a step. One problem per place: in a union, the member is judged that
the value is meant to be, which its JSON type shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

from pydantic_core import CoreSchema, ErrorDetails, SchemaValidator, ValidationError
from pydantic_core import core_schema as core

from mistral_sanitize.report import Problem, pointer
from mistral_sanitize.schema.node import Node, Value
from mistral_sanitize.validation.values import json_type, key_in_utf8, quoted, text

__all__ = ["schema_problems"]


def schema_problems(payload: dict[str, Any], node: Node) -> Iterator[Problem]:
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
    return SchemaValidator(_object_schema(node))


def _object_schema(node: Node) -> CoreSchema:
    fields = {
        field.name: core.typed_dict_field(_place_schema(field.value), required=field.required)
        for field in node.fields.values()
    }
    shape = core.typed_dict_schema(
        fields, strict=True, extra_behavior="forbid" if node.closed else "ignore"
    )
    return core.no_info_before_validator_function(_as_object, shape)


def _as_object(value: Any) -> Any:
    """A dict with the keys that `json.dumps` writes: pydantic accepts only strings as keys."""
    if isinstance(value, dict):
        for key in dict.keys(value):
            if type(key) is not str or not key.isascii():
                return {key_in_utf8(k): v for k, v in dict.items(value)}
    return value


def _as_list(value: Any) -> Any:
    """A tuple as the list that `json.dumps` writes."""
    return list(value) if isinstance(value, tuple) else value


_ANYTHING: Final = frozenset(("null", "boolean", "integer", "number", "string", "array", "object"))
_KINDS: Final = ("string", "number", "integer", "boolean", "object", "array")
"""JSON's types; of several that a place accepts, a wrong value should have been the first."""


def _kinds(value: Value) -> tuple[str, ...]:
    """The JSON types that a place accepts, without null; a number may be an integer."""
    types = value.types - {"integer"} if "number" in value.types else value.types
    return tuple(kind for kind in _KINDS if kind in types)


def _place_schema(value: Value) -> CoreSchema:
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
        kind = json_type(value)
        if kind == "integer" and "number" in kinds:
            return "number"
        return kind if kind in kinds else kinds[0]

    return choose


def _string_schema(value: Value) -> CoreSchema:
    if value.words is not None:
        return core.literal_schema(list(value.words))
    return core.str_schema(strict=True)


def _bounds(value: Value) -> dict[str, Any]:
    return {
        "gt" if value.low_open else "ge": value.low,
        "lt" if value.high_open else "le": value.high,
    }


def _number_schema(value: Value) -> CoreSchema:
    return core.float_schema(strict=True, allow_inf_nan=False, **_bounds(value))


def _integer_schema(value: Value) -> CoreSchema:
    return core.int_schema(strict=True, **_bounds(value))


def _boolean_schema(value: Value) -> CoreSchema:
    return core.bool_schema(strict=True)


def _array_schema(value: Value) -> CoreSchema:
    items = None if value.items is None else _place_schema(value.items)
    schema = core.list_schema(items, strict=True, min_length=value.min_items)
    return core.no_info_before_validator_function(_as_list, schema)


def _any_object_schema(value: Value) -> CoreSchema:
    """An object: the user's, or one of the schema's, by its tag where there are several."""
    if value.tags:
        choices = {tag: _object_schema(node) for tag, node in value.tags.items()}
        union = core.tagged_union_schema(choices, _tagger(value))
        return core.no_info_before_validator_function(_as_object, union)
    return core.dict_schema(strict=True) if value.node is None else _object_schema(value.node)


def _tagger(value: Value) -> Callable[[Any], str | None]:
    """What tells the tag of an object: ``""`` where one without has a default, else none."""
    key, tags = value.tag, value.tags

    def tag_of(given: Any) -> str | None:
        if not isinstance(given, dict):
            return None
        tag = dict.get(given, key)
        word = "" if tag is None else text(tag)
        # pydantic would print an unknown tag: it gets none to print.
        return word if word in tags else None

    return tag_of


_KIND_SCHEMAS: Final[dict[str, Callable[[Value], CoreSchema]]] = {
    "string": _string_schema,
    "number": _number_schema,
    "integer": _integer_schema,
    "boolean": _boolean_schema,
    "object": _any_object_schema,
    "array": _array_schema,
}


def _problem(error: ErrorDetails, node: Node) -> Problem:
    path, loc, value = _follow_loc(error["loc"], node)
    kind, words, quote = error["type"], error["msg"], None
    if kind == "union_tag_not_found" and value is not None:
        kind, words, quote = _tag_problem(error["input"], value)
    elif kind == "dict_type" and value is not None and value.node is not None:
        kind, words = _NOT_AN_OBJECT
    elif kind == "literal_error":
        kind = "enum"  # Mistral has enums: gpt-all-star issue 670; genai, recorded 2026-02-08
    return Problem(pointer(path), kind, words, 422, kind, ("body", *loc), quote)


# Mistral's objects are models, not dicts; pydantic says so of the body of a FastAPI route.
_NOT_AN_OBJECT: Final = (
    "model_attributes_type",
    "Input should be a valid dictionary or object to extract fields from",
)


def _tag_problem(given: object, value: Value) -> tuple[str, str, str | None]:
    """Type, words and quoted value where a tag names no member of the union.

    "Input tag 'developer' found using 'role' does not match any of the expected tags" (recorded
    2026-08-06); for a chunk, the tags are printed as those of an enum (genai, 2025-07-22).
    """
    if not isinstance(given, dict):
        return (*_NOT_AN_OBJECT, None)
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


def _follow_loc(
    steps: Iterable[int | str], node: Node
) -> tuple[list[int | str], list[int | str], Value | None]:
    """The real path of pydantic's ``loc``, the ``loc`` as Mistral writes it, and what is there.

    A union's member is a step for pydantic. In Mistral's responses the role of a message
    is a step as well (``body.messages.2.assistant.name``), the kind of a tool is not
    (``body.tools.0.function.required``). Key by key along the nodes, so that no key can be mistaken
    for such a step.
    """
    path: list[int | str] = []
    loc: list[int | str] = []
    rest = list(steps)[::-1]
    current: Node | None = node
    value: Value | None = None
    while rest:
        step = rest.pop()
        path.append(step)
        loc.append(step)
        if current is not None:
            field = current.fields.get(str(step))
            value = None if field is None else field.value
        else:
            value = None if value is None else value.items
        current = None
        if value is None:
            break
        if rest and len(_kinds(value)) > 1:
            rest.pop()
        if not rest or isinstance(rest[-1], int):
            continue  # the end, or an item of a list
        current = value.node
        if value.tags:
            tag = str(rest.pop())
            current = value.tags[tag]
            if value.tag == "role":
                loc.append(tag)
    return path, loc, value
