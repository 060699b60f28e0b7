"""The walk. Rule 1: everything that changes a payload happens in this file or goes through it.

It is one file so that rule 1 can be checked by reading it. It reads the nodes of `schema.node`,
which `schema.compile` makes of the models: nothing here names a field of Mistral's.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mistral_sanitize.rules import KEY_REPAIRS, REPAIRS, RULES
from mistral_sanitize.rules._loss import json_text, says_something, snake
from mistral_sanitize.rules._rule import REMOVE, Outcome
from mistral_sanitize.rules._run import Path, Run
from mistral_sanitize.schema.marks import Bounded, RenamedFrom
from mistral_sanitize.schema.node import Field, Node, Value, node_of

__all__ = [
    "Plan",
    "apply_marks",
    "camel",
    "handled_keys_of",
    "other_keys",
    "plain_types",
    "plan_of",
    "repair",
    "repair_list",
    "set_key",
    "walk",
]


def handled_keys_of(node: Node, rules: frozenset[str]) -> frozenset[str]:
    """The keys that `node` lacks and a rule that is on does more with than to remove them."""
    renamed = [mark for field in node.fields.values() for mark in field.renamed_from]
    absorbed = [
        key
        for key, rule in node.handled_keys.items()
        if rule in rules and (rule not in _REPLACED or _REPLACED[rule] in rules)
    ]
    return frozenset((*(mark.name for mark in renamed if mark.rule in rules), *absorbed))


_REPLACED: Final = {
    rule.replaces: rule.id for rule in RULES.values() if rule.replaces in KEY_REPAIRS
}
"""Rules that remove a key, each with the rule that keeps what it says, where that is on."""


def set_key(obj: dict[str, Any], key: str, value: Any, path: Path, rule: str, run: Run) -> None:
    """Sets one key of an object that is ours to change, or removes it, and records that."""
    value, lossy = value if isinstance(value, Outcome) else (value, None)
    if value is REMOVE:
        run.remove(path + (key,), rule, obj.pop(key), lossy)
    elif key not in obj:
        obj[key] = value
        run.add(path + (key,), rule, value)
    else:
        run.replace(path + (key,), rule, obj[key], value, lossy)
        obj[key] = value


# -- the walk ---------------------------------------------------------------------------------


class _Step(NamedTuple):
    """What the walk does with one field, in the order of a tuple that unpacks fast."""

    rank: int
    """Its place among the fields: steps are done in the order of the declarations."""
    plain: frozenset[type]
    """The types of value that need no look."""
    numbers: frozenset[type]
    """The types of number that need none from `low` to `high`."""
    low: float
    high: float
    field: Field


class Plan(NamedTuple):
    """A node, prepared for the walk."""

    allowed: frozenset[str]
    renames: Mapping[str, tuple[Field, RenamedFrom]]
    handled: Mapping[str, int]
    """Other keys that a rule knows better than to remove, each with its place in the order of the
    declarations."""
    steps: Mapping[str, _Step]


@lru_cache(maxsize=4096)
def plain_types(value: Value) -> frozenset[type]:
    """The Python types of which any value is right here, so that the walk need not look at it."""
    types: set[type] = set()
    if "null" in value.types:
        types.add(type(None))
    if "boolean" in value.types:
        types.add(bool)
    if "string" in value.types:
        types.add(str)  # words are for `check`, unless a repair looks at them
    if "object" in value.types and value.node is None and not value.tags:
        types.add(dict)
    if "array" in value.types and (value.items is None or _scalar(value.items)):
        types.add(list)
    if value.low is None and value.high is None:
        types |= {int, float} if "number" in value.types else set()
        types |= {int} if "integer" in value.types else set()
    for rule in value.repairs:
        types &= REPAIRS[rule].never_changes
    return frozenset(types)


def _plain_numbers(value: Value) -> tuple[frozenset[type], float, float]:
    """The Python types of which a number from the one bound to the other is right here."""
    low = -sys.float_info.max if value.low is None else value.low
    high = sys.float_info.max if value.high is None else value.high
    types: set[type] = set() if value.repairs else {int}
    if "number" in value.types and not value.repairs:
        types.add(float)
    elif "integer" not in value.types:
        types.clear()
    return (
        frozenset(types),
        math.nextafter(low, math.inf) if value.low_open else low,
        math.nextafter(high, -math.inf) if value.high_open else high,
    )


def _scalar(value: Value) -> bool:
    """Whether a list of such values needs no look: strings, which have no repairs of their own."""
    return value.types == {"string"} and not value.repairs


@lru_cache(maxsize=4096)
def plan_of(node: Node) -> Plan:
    renames = {
        mark.name: (field, mark) for field in node.fields.values() for mark in field.renamed_from
    }
    steps = {
        f.name: _Step(rank, plain_types(f.value), *_plain_numbers(f.value), f)
        for rank, f in enumerate(node.fields.values())
    }
    handled = dict.fromkeys((*renames, *node.handled_keys))
    ranks = {key: rank for rank, key in enumerate(handled)}
    return Plan(frozenset(node.fields), renames, ranks, steps)


def walk(obj: dict[str, Any], node: Node, path: Path, run: Run) -> dict[str, Any]:
    """The object with every repair of its own fields, and of those within, applied.

    Returns the very same object where nothing was to be done. Depth is that of the schema, not
    that of the payload.
    """
    plan = plan_of(node)
    new = obj
    if not obj.keys() <= plan.allowed:
        new = other_keys(obj, node, plan, path, run)
    for key, (rule, default) in node.defaults.items():
        if (key not in new or new[key] is None) and rule in run.rules:
            if key in new and "null" in node.fields[key].value.types:
                continue
            if new is obj:
                new = dict(obj)
            set_key(new, key, deepcopy(default), path, rule, run)
    for step in _due(new, plan.steps):
        its = step.field
        name = its.name
        value = new[name]
        new_value = repair(value, its.value, path + (name,), run, its)
        if new_value is not value:
            if new is obj:
                new = dict(obj)
            if new_value is REMOVE:
                del new[name]
            else:
                new[name] = new_value
    return new


def _due(obj: dict[str, Any], steps: Mapping[str, _Step]) -> list[_Step]:
    """The steps of the fields whose values need a look: an object has few of a request's fields."""
    due = []
    for key, value in obj.items():
        if key in steps:
            step = steps[key]
            _, plain, numbers, low, high, _ = step
            kind = type(value)
            if kind not in plain and not (kind in numbers and low <= value <= high):
                due.append(step)
    if len(due) > 1:
        due.sort()
    return due


def other_keys(obj: dict[str, Any], node: Node, plan: Plan, path: Path, run: Run) -> dict[str, Any]:
    """The object without the keys that the schema lacks: renamed, absorbed, or removed.

    Those that a rule knows come first, in the order in which the model declares them, so that
    the order of the payload's keys does not matter.
    """
    new = obj
    removal = {}
    handled = plan.handled
    known_here = [key for key in obj if key in handled]
    if known_here:
        known_here.sort(key=handled.__getitem__)
        for key in known_here:
            if key not in new:  # a rule for another key has absorbed it
                removal[key] = ""
            else:
                known, removal[key] = _handle_key(new, key, node, plan, path, run)
                if known is not None:
                    new = known
                    removal[key] = ""
    removes = node.closed and "unknown-key" in run.rules
    for key in obj:
        if key in plan.allowed:
            continue
        if key not in removal and type(key) is str and not key.islower():
            known = camel(new, key, node, path, run)
            if known is not None:
                new = known
                continue
        rule = removal.get(key, "unknown-key")
        if removes if rule == "unknown-key" else rule:
            if new is obj:
                new = dict(obj)
            run.remove(path + (key,), rule, new.pop(key))
    return new


def camel(obj: dict[str, Any], key: str, node: Node, path: Path, run: Run) -> dict[str, Any] | None:
    """The object with a key in camelCase under its name, if the schema has that and nobody else."""
    name = snake(key)
    if name not in node.fields:  # another client's name for a field, in camelCase
        fields = node.fields.values()
        name = next((f.name for f in fields if any(m.name == name for m in f.renamed_from)), "")
    if "camel-case" not in run.rules or not name:
        return None
    if name in obj:  # Mistral's own name says it
        return _drop_twin(obj, key, name, "camel-case", path, run)
    return _moved(obj, key, name, "camel-case", path, run)


def _handle_key(
    obj: dict[str, Any], key: str, node: Node, plan: Plan, path: Path, run: Run
) -> tuple[dict[str, Any] | None, str]:
    """The object after a rule that knows the key; else ``None``, and the rule to remove it by."""
    if key in plan.renames:
        return _rename_key(obj, key, *plan.renames[key], path, run), "unknown-key"
    rule = node.handled_keys[key]
    if rule not in run.rules:
        return None, "unknown-key"
    if _REPLACED.get(rule) in run.rules:
        kept = _absorb(obj, key, _REPLACED[rule], node, path, run)
        if kept is not None:
            return kept, rule
    return _absorb(obj, key, rule, node, path, run), "unknown-key"


def _rename_key(
    obj: dict[str, Any], key: str, field: Field, mark: RenamedFrom, path: Path, run: Run
) -> dict[str, Any] | None:
    if mark.rule not in run.rules:
        return None
    value, given = obj[key], obj.get(field.name)
    if value is None or (given is not None and not mark.wins):
        # nothing to carry over, or Mistral's own name says it
        return _drop_twin(obj, key, field.name, mark.rule, path, run)
    return _moved(obj, key, field.name, mark.rule, path, run)


def _drop_twin(
    obj: dict[str, Any], key: str, name: str, rule: str, path: Path, run: Run
) -> dict[str, Any]:
    """The object without what stands under `key`, where `name` says it."""
    run.remove((*path, key), rule, obj[key], _says_else(obj[key], obj.get(name)))
    return {k: v for k, v in obj.items() if k != key}


def _moved(
    obj: dict[str, Any], key: str, name: str, rule: str, path: Path, run: Run
) -> dict[str, Any]:
    """The object with what stands under `key` under `name`, whatever stood there."""
    if name in obj:
        run.remove((*path, name), rule, obj[name], _says_else(obj[name], obj[key]))
    run.move((*path, name), (*path, key), rule)
    return {name if k == key else k: v for k, v in obj.items() if k != name}


def _says_else(before: Any, kept: Any) -> bool:
    """Whether a value that goes says something, and not just what the one that is kept says."""
    said = json_text(before)
    return says_something(before) and (said is None or said != json_text(kept))


def _absorb(
    obj: dict[str, Any], key: str, rule: str, node: Node, path: Path, run: Run
) -> dict[str, Any] | None:
    absorbed = KEY_REPAIRS[rule].function(obj, key, node, run)
    if absorbed is None:
        return None
    sets, lossy, prepends, appends = absorbed
    new = dict(obj)
    for name, value in sets.items():
        set_key(new, name, value, path, rule, run)
    for name, item in prepends.items():
        new[name] = [item, *new[name]]
        run.add((*path, name, 0), rule, item)
    for name, item in appends.items():
        new[name] = [*new[name], item]
        run.add((*path, name, len(new[name]) - 1), rule, item)
    run.remove(path + (key,), rule, new.pop(key), lossy)
    return new


def apply_marks(value: Any, place: Value, path: Path, run: Run, *, late: bool = False) -> Any:
    """One value after the repairs that stand on its place: itself, another, or `REMOVE`."""
    for rule in place.repairs:
        if rule in run.rules and REPAIRS[rule].late is late:
            new = REPAIRS[rule].function(value, place, run)
            new, lossy = new if isinstance(new, Outcome) else (new, None)
            if new is REMOVE:
                run.remove(path, rule, value, lossy)
                return REMOVE
            if new is not value:
                _replaced(value, new, path, rule, run, lossy)
                value = new
    return value


def repair(value: Any, place: Value, path: Path, run: Run, field: Field | None = None) -> Any:
    """One value with every repair applied, in it too: the value itself, another, or `REMOVE`."""
    if place.repairs:
        value = apply_marks(value, place, path, run)
        if value is REMOVE:
            return value
    if value is None:
        return _null(value, place, path, run, field)
    if isinstance(value, dict):
        return _object(value, place, path, run)
    if isinstance(value, (list, tuple)):
        if place.items is None:
            return value
        list_pass = run.list_passes.get(path) or repair_list
        return apply_marks(list_pass(value, place.items, path, run), place, path, run, late=True)
    if isinstance(value, str):
        return _quoted(value, place, path, run, field)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _repair_number(value, place, path, run, field)
    return value


def _replaced(
    before: Any, after: Any, path: Path, rule: str, run: Run, lossy: bool | None = None
) -> None:
    """Records a replacement where it happened: at one key of an object, if only that differs."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() <= after.keys():
        keys = [k for k in after if k not in before or after[k] is not before[k]]
        if len(keys) == 1:
            if keys[0] in before:
                run.replace((*path, keys[0]), rule, before[keys[0]], after[keys[0]], lossy)
            else:
                run.add((*path, keys[0]), rule, after[keys[0]])
            return
    run.replace(path, rule, before, after, lossy)


def _null(value: None, place: Value, path: Path, run: Run, field: Field | None) -> Any:
    if "null" in place.types or "null" not in run.rules or field is None or field.required:
        return value
    run.remove(path, "null", value)
    return REMOVE


def _object(value: dict[str, Any], place: Value, path: Path, run: Run) -> Any:
    node = node_of(value, place)
    if node is None:
        return value  # the user's, or nothing that this union has
    for rule in node.shapes:
        if rule in run.rules:
            shaped = REPAIRS[rule].function(value, place, run)
            if shaped is not value:
                _replaced(value, shaped, path, rule, run)
                value = shaped
                node = node_of(value, place) or node
    return walk(value, node, path, run)


def repair_list(value: Sequence[Any], items: Value, path: Path, run: Run) -> Any:
    """A list with every item repaired: the very same one where nothing was to be done."""
    plain = plain_types(items)
    new: list[Any] | None = None
    at = 0
    for index, item in enumerate(value):
        if type(item) not in plain:
            new_value = repair(item, items, path + (at,), run)
            if new_value is not item:
                if new is None:
                    new = list(value[:index])
                if new_value is REMOVE:
                    continue
                item = new_value
        at += 1
        if new is not None:
            new.append(item)
    return value if new is None else new


# -- scalars ----------------------------------------------------------------------------------

_WORDS = {"true": True, "false": False}
_NUMBER = re.compile(r"[+-]?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,3})?", re.ASCII)


def _quoted(value: str, place: Value, path: Path, run: Run, field: Field | None) -> Any:
    """A number or a boolean in quotes, where the schema has no string."""
    if "string" in place.types or "quoted-scalar" not in run.rules:
        return value
    text = value.strip()
    bare: Any = value
    if "boolean" in place.types:
        bare = _WORDS.get(text.lower(), value)
    elif _NUMBER.fullmatch(text) and place.types & {"number", "integer"}:
        bare = float(text) if set(text) & set(".eE") else int(text)
    if bare is value:
        return value
    run.replace(path, "quoted-scalar", value, bare)
    return bare if isinstance(bare, bool) else _repair_number(bare, place, path, run, field)


def _repair_number(
    value: int | float, place: Value, path: Path, run: Run, field: Field | None
) -> Any:
    """Bounds, and integers for whole floats."""
    if not place.types & {"number", "integer"}:
        return value
    rule = field.bounded if field is not None else None
    if isinstance(value, float) and not math.isfinite(value):
        value = _finite_number(value, place, path, run, rule)
        if not isinstance(value, (int, float)) or not math.isfinite(value):
            return value
    if "number" not in place.types and isinstance(value, float) and value.is_integer():
        if "whole-float" in run.rules:
            run.replace(path, "whole-float", value, int(value))
            value = int(value)
    outside = _outside(value, place)
    if outside is None or rule is None or rule.rule not in run.rules:
        return value
    bound, is_open = outside
    if rule.outside == "remove" or is_open:
        run.remove(path, rule.rule, value)
        return REMOVE
    bound = int(bound) if bound == int(bound) and isinstance(value, int) else bound
    run.replace(path, rule.rule, value, bound)
    return bound


def _finite_number(value: float, place: Value, path: Path, run: Run, rule: Bounded | None) -> Any:
    """NaN goes, and so does an infinity that no bound can take the place of."""
    clamps = rule is not None and rule.outside == "clamp" and rule.rule in run.rules
    if "not-a-number" not in run.rules or (clamps and not math.isnan(value)):
        outside = None if math.isnan(value) else _outside(value, place)
        if outside is not None and clamps and rule is not None and not outside[1]:
            run.replace(path, rule.rule, value, outside[0])
            return outside[0]
        if "not-a-number" not in run.rules:
            return value
    run.remove(path, "not-a-number", value)
    return REMOVE


def _outside(value: int | float, place: Value) -> tuple[float, bool] | None:
    """The bound that a number is beyond, and whether it is exclusive; ``None`` if within."""
    if place.low is not None and (value < place.low or (place.low_open and value == place.low)):
        return place.low, place.low_open
    if place.high is not None and (value > place.high or (place.high_open and value == place.high)):
        return place.high, place.high_open
    return None
