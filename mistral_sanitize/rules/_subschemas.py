"""The schemas within a JSON Schema, and a walk that repairs each of them.

A schema stands under a keyword: alone (``items``), in a list (``anyOf``) or in a map
(``properties``). The names in a map are names, never keywords: a property called ``$id`` is a
property. Source: JSON Schema draft 7 and 2020-12, "Keywords for applying subschemas".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

__all__ = ["SCHEMA_LISTS", "SCHEMA_MAPS", "SCHEMA_ONES", "Keys", "repair_schema", "subschemas",
           "walk_schema"]  # fmt: skip

Keys = tuple[Any, ...]
"""The keys that lead to a schema from the one around it: ``("properties", "a")``."""

Repair = Callable[[dict[str, Any], Keys], dict[str, Any]]
"""One schema, and the keys that lead to it, to the schema itself or a new one."""

State = TypeVar("State")
Enter = Callable[[dict[str, Any], Keys, State], tuple[dict[str, Any], State]]
"""The same, and what is known from around it, to the schema and what is known within."""

SCHEMA_MAPS: Final = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
SCHEMA_LISTS: Final = ("anyOf", "oneOf", "allOf", "prefixItems")
SCHEMA_ONES: Final = ("items", "additionalProperties", "not", "if", "then", "else", "contains",
                      "propertyNames", "additionalItems", "unevaluatedProperties")  # fmt: skip

_Node = tuple[int, Keys, dict[str, Any], dict[str, Any]]
"""The index of the schema around, the keys that lead here, the schema, the schema as entered."""


def subschemas(schema: dict[str, Any]) -> list[tuple[Keys, Any]]:
    """The schemas directly within a schema, each with the keys that lead to it."""
    found: list[tuple[Keys, Any]] = []
    for key in SCHEMA_MAPS:
        inner = schema.get(key)
        if isinstance(inner, dict):
            found += [((key, name), inner[name]) for name in inner]
    for key in SCHEMA_LISTS:
        inner = schema.get(key)
        if isinstance(inner, (list, tuple)):
            found += [((key, i), item) for i, item in enumerate(inner)]
    for key in SCHEMA_ONES:
        inner = schema.get(key)
        if isinstance(inner, dict):
            found.append(((key,), inner))
        elif isinstance(inner, (list, tuple)):
            found += [((key, i), item) for i, item in enumerate(inner)]
    return found


def repair_schema(schema: Any, repair: Repair) -> Any:
    """The schema with every schema within repaired, itself if nothing changed.

    Those within come before the ones around them.
    """
    return walk_schema(schema, _as_it_is, None, repair)


def _as_it_is(schema: dict[str, Any], keys: Keys, state: None) -> tuple[dict[str, Any], None]:
    return schema, None


def walk_schema(
    schema: Any, enter: Enter[State], state: State, repair: Repair | None = None
) -> Any:
    """The schema with every schema within changed, itself if nothing was.

    `enter` is asked of each on the way down, before the schemas within are looked for, with the
    state of the schema around it; `repair` on the way up, when those within are repaired.
    Iterative, so that depth costs nothing; a schema that contains itself is left alone.
    """
    if not isinstance(schema, dict):
        return schema
    entered, state = enter(schema, (), state)
    nodes: list[_Node] = [(-1, (), schema, entered)]
    states = [state]
    for index, (_, _, _, outer) in enumerate(nodes):  # nodes grows while it is walked
        if index and index % 4096 == 0 and _contains_itself(nodes, index):
            return schema
        for keys, inner in subschemas(outer):
            if isinstance(inner, dict):
                entered, state = enter(inner, keys, states[index])
                nodes.append((index, keys, inner, entered))
                states.append(state)
    return _assembled(nodes, repair)


def _assembled(nodes: list[_Node], repair: Repair | None) -> Any:
    """The first of the nodes, with what became of the others in it."""
    changed: dict[int, dict[str, Any]] = {}
    for index in range(len(nodes) - 1, -1, -1):  # children come after their parents
        parent, keys, original, entered = nodes[index]
        new = changed.get(index, entered)
        if repair is not None:
            new = repair(new, keys)
        if new is original:
            continue
        if parent < 0:
            return new
        outer = changed.get(parent)
        if outer is None:
            outer = changed[parent] = dict(nodes[parent][3])
        _put(outer, nodes[parent][3], keys, new)
    return nodes[0][2]


def _contains_itself(nodes: list[_Node], index: int) -> bool:
    seen: set[int] = set()
    while index >= 0:
        if id(nodes[index][2]) in seen:
            return True
        seen.add(id(nodes[index][2]))
        index = nodes[index][0]
    return False


def _put(outer: dict[str, Any], original: dict[str, Any], keys: Keys, new: Any) -> None:
    """Puts a schema into `outer`, the copy of `original`, copying the container that holds it."""
    if len(keys) == 1:
        outer[keys[0]] = new
        return
    key, place = keys
    if outer[key] is original[key]:
        inner = original[key]
        outer[key] = dict(inner) if isinstance(inner, dict) else list(inner)
    outer[key][place] = new
