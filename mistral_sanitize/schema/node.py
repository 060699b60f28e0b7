"""`Node`, `Field`, `Value`: one object, one field, one value of the schema, in one profile.

`compile` makes them from the models; everything that walks a payload reads them. Only immutable
values live here, and nothing here names a field of Mistral's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from mistral_sanitize.schema.marks import Bounded, RenamedFrom

__all__ = ["ANYTHING", "Field", "Node", "Value", "node_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """What JSON value a place takes, under one profile: the union's members, merged by JSON type.

    `types` are JSON Schema's names: null, boolean, integer, number, string, array, object.
    `low` and `high` bound numbers (``None``: no bound); `words` are the only strings taken
    (``None``: any). `items` describes the items of an array. An object is opaque (the user's,
    never entered: ``"object"`` in `types` with neither `node` nor `tags`), one `node`, or one of
    the nodes of `tags`, by its string under the key `tag`. `repairs` are the rule ids of
    ``Repair`` marks that stand on this value, in the order written.
    """

    types: frozenset[str]
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False
    words: tuple[str, ...] | None = None
    items: Value | None = None
    min_items: int | None = None
    node: Node | None = None
    tag: str | None = None
    tags: Mapping[str, Node] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One field of an object under one profile."""

    name: str
    required: bool
    value: Value
    renamed_from: tuple[RenamedFrom, ...] = ()
    bounded: Bounded | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One object of the schema under one profile.

    `slot` is the model's name for the schema's object (``"message.user"``), `closed` whether
    keys that `fields` lacks are refused. `handled_keys` maps such a key to the id of the rule that
    knows better than to remove it; `shapes` are the ids of the rules that may turn the whole
    object into another one, applied before its keys are looked at.
    """

    slot: str
    closed: bool
    fields: Mapping[str, Field]
    handled_keys: Mapping[str, str] = field(default_factory=dict)
    shapes: tuple[str, ...] = ()
    defaults: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    """Keys that the schema requires and clients leave out: the rule that adds it, and the value."""

    def within(self, names: Collection[str] | None, highest: Iterable[tuple[str, float]]) -> Node:
        """The same object with the fields of these names only, and with lower upper bounds."""
        if names is None and not highest:
            return self
        fields = {
            name: field for name, field in self.fields.items() if names is None or name in names
        }
        for name, high in highest:
            if name in fields:
                value = replace(fields[name].value, high=high, high_open=False)
                fields[name] = replace(fields[name], value=value)
        return replace(self, fields=fields)

    def keeping(self, names: Iterable[str]) -> Node:
        """The same object with fields of these names that take any value, if it has none such."""
        fields = {name: Field(name, False, ANYTHING) for name in sorted(names)}
        kept = tuple(fields)
        spared = {
            name: replace(f, renamed_from=tuple(m for m in f.renamed_from if m.name not in kept))
            for name, f in self.fields.items()
        }
        handled = {key: rule for key, rule in self.handled_keys.items() if key not in fields}
        return replace(self, fields={**fields, **spared}, handled_keys=handled)


ANYTHING: Final = Value(
    frozenset(("null", "boolean", "integer", "number", "string", "array", "object"))
)


def node_of(value: dict[str, Any], place: Value) -> Node | None:
    """The node that an object belongs to, by its tag where there are several."""
    if place.tag is None:
        return place.node
    tag = value.get(place.tag)
    return (
        place.tags.get("" if tag is None else tag) if tag is None or isinstance(tag, str) else None
    )
