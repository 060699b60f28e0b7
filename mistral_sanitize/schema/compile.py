"""Models and a profile → nodes: what the engine reads, compiled from the annotations of `models`.

A field's annotation is a union of members, each with marks on it (`schema.marks`). Here the members
that a profile has are merged into one `Value`. Rule 1: a mark that cannot be honoured where it
stands is a `TypeError` that names it; none is silently dead. (Inside ``Annotated[float, mark] |
None`` pydantic itself does not look for marks of ours.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Literal,
    TypeGuard,
    Union,
    get_args,
    get_origin,
)

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel, Discriminator, Tag

from mistral_sanitize.profiles import Profile
from mistral_sanitize.schema.marks import (
    Bounded,
    DefaultTag,
    RenamedFrom,
    Repair,
    Required,
    Supported,
)
from mistral_sanitize.schema.node import Field, Node, Value
from mistral_sanitize.schema.signature import signature

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["compile_node", "slots"]


_SCALARS: Final = {
    None: Value(frozenset({"null"})),
    NoneType: Value(frozenset({"null"})),
    bool: Value(frozenset({"boolean"})),
    int: Value(frozenset({"integer"})),
    float: Value(frozenset({"number"})),
    str: Value(frozenset({"string"})),
}
_OPAQUE: Final = Value(frozenset({"object"}))
_NUMERIC: Final = frozenset({"integer", "number"})
_CLOSED: Final = {"forbid": True, "allow": False}


@cache
def compile_node(model: type[BaseModel], profile: Profile) -> Node:
    """What `model` says of its object under `profile`: its fields, in the order declared.

    Raises `TypeError`, naming model, field and mark, on a type or a mark that has no meaning
    where it stands.
    """
    slot = getattr(model, "slot", None)
    if not isinstance(slot, str):
        raise TypeError(f"{model.__name__} has no slot")
    extra = model.model_config.get("extra")
    if extra not in _CLOSED:
        raise TypeError(f"{model.__name__} is neither closed nor open: extra={extra!r}")
    fields: dict[str, Field] = {}
    for attribute, info in model.model_fields.items():
        name = info.alias or attribute
        field = _compile_field(name, info, f"{model.__name__}.{attribute}", profile)
        if field is not None:
            fields[name] = field
    defaults = getattr(model, "defaults", {})
    _check_names(model, defaults)
    return Node(
        slot=slot,
        closed=_CLOSED[extra] and profile.fields == "closed",
        fields=fields,
        handled_keys=getattr(model, "handled_keys", {}),
        shapes=getattr(model, "shapes", ()),
        defaults={name: rule for name, rule in defaults.items() if name in fields},
    )


def _check_names(model: type[BaseModel], defaults: Iterable[str]) -> None:
    """No name of a model is said of two things, and what has a default is a field."""
    infos = {info.alias or attribute: info for attribute, info in model.model_fields.items()}
    others = set(getattr(model, "handled_keys", {}))
    for name, info in infos.items():
        for mark in info.metadata:
            if isinstance(mark, RenamedFrom):
                if mark.name in others:
                    here = f"{model.__name__}.{name}"
                    raise TypeError(f"{here}: {mark} takes a name that something else takes")
                others.add(mark.name)
    for name in sorted(others & infos.keys()):
        raise TypeError(
            f"{model.__name__}: {name!r} is a field, and not a handled key or an old name"
        )
    for name in sorted(set(defaults) - infos.keys()):
        raise TypeError(f"{model.__name__}: {name!r} has a default and is no field")


def slots(request: type[BaseModel], profile: Profile) -> dict[str, Node]:
    """Every node that can be reached from a request's model, by slot, the request first."""
    found: dict[str, Node] = {}
    ahead = [compile_node(request, profile)]
    while ahead:
        node = ahead.pop()
        # One slot is one model; the nodes of a model and profile are one object.
        if found.setdefault(node.slot, node) is not node:
            raise TypeError(f"two models claim the slot {node.slot!r}")
        for field in node.fields.values():
            value: Value | None = field.value
            while value is not None:
                reached = (*value.tags.values(), *((value.node,) if value.node else ()))
                ahead.extend(n for n in reached if n.slot not in found or found[n.slot] is not n)
                value = value.items
    return found


def _compile_field(name: str, info: FieldInfo, here: str, profile: Profile) -> Field | None:
    """One field, or ``None`` where the profile lacks it, or every member of its union."""
    if info.validation_alias not in (None, info.alias):
        raise TypeError(f"{here}: a validation_alias is no name that a request could have")
    marks: list[Any] = []
    renamed_from: list[RenamedFrom] = []
    bounded: Bounded | None = None
    required = info.is_required()
    for mark in info.metadata:
        if isinstance(mark, RenamedFrom):
            renamed_from.append(mark)
        elif isinstance(mark, Bounded):
            if bounded is not None:
                raise TypeError(f"{here}: {mark} stands beside {bounded}")
            bounded = mark
        elif isinstance(mark, Required):
            if info.is_required():
                raise TypeError(f"{here}: {mark} needs a default for where it does not hold")
            required = required or mark.at(profile.date, profile.host, profile.source)
        else:
            marks.append(mark)
    if info.discriminator is not None:
        raise TypeError(f"{here}: put Discriminator() into Annotated, not Field(discriminator=)")
    value = _value(info.annotation, marks, here, profile)
    if value is None:
        return None
    if bounded is not None and value.low is None and value.high is None:
        raise TypeError(f"{here}: {bounded} has no bounds to keep")
    return Field(name, required, value, tuple(renamed_from), bounded)


def _value(annotation: Any, marks: Sequence[Any], here: str, profile: Profile) -> Value | None:
    """The members of one union, merged; ``None`` where the profile has none of them.

    A value is what stands at one place of a payload: a field's, or an item's of a list. Repairs
    and discriminators belong to the value, all other marks to a member.
    """
    if not marks and isinstance(annotation, type):  # The usual case.
        return _member(annotation, [], here, profile)
    while get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        marks = (*inner, *marks)
    repairs: list[str] = []
    discriminator: Discriminator | None = None
    default: DefaultTag | None = None
    others: list[Any] = []
    for mark in marks:
        if isinstance(mark, Repair):
            repairs.append(mark.rule)
        elif isinstance(mark, Discriminator) and discriminator is None:
            discriminator = mark
        elif isinstance(mark, DefaultTag) and default is None:
            default = mark
        else:
            others.append(mark)
    members = _members(annotation, others, here, profile)
    if discriminator is not None:
        value = _tagged(members, discriminator, default, here, profile)
    elif default is not None:
        raise TypeError(f"{here}: {default} has no Discriminator beside it")
    else:
        value = None
        for member, its_marks in members:
            value = _merge(value, _member(member, its_marks, here, profile), here)
    if value is None or not repairs:
        return value
    return _with(value, repairs=tuple(repairs))


def _members(
    annotation: Any, marks: list[Any], here: str, profile: Profile
) -> Iterator[tuple[Any, list[Any]]]:
    """The leaves of a union that the profile has, each with the marks on it."""
    origin = get_origin(annotation)
    while origin is Annotated:
        annotation, *inner = get_args(annotation)
        marks = [*inner, *marks]
        origin = get_origin(annotation)
    if marks:
        spans = [mark for mark in marks if isinstance(mark, Supported)]
        if spans:
            of = (profile.date, profile.host, profile.source)
            if not any(span.at(*of) for span in spans):
                return
            marks = [mark for mark in marks if not isinstance(mark, Supported)]
    if origin is not Union and origin is not UnionType:
        yield annotation, marks
        return
    if marks:
        raise TypeError(f"{here}: {marks[0]!r} stands on a union, not on one of its members")
    for member in get_args(annotation):
        if isinstance(member, type):  # The usual case, and no place for marks.
            yield member, []
        else:
            yield from _members(member, [], here, profile)


def _member(kind: Any, marks: list[Any], here: str, profile: Profile) -> Value | None:
    """One member of a union; ``None`` for a list of what the profile lacks."""
    value: Value | None = _SCALARS.get(kind) if kind is None or isinstance(kind, type) else None
    if value is not None:
        return _constrained(value, marks, here) if marks else value
    origin = get_origin(kind)
    if origin is Literal:
        value = Value(frozenset({"string"}), words=_literal_words(kind, here))
    elif origin is list:
        items = _value(get_args(kind)[0], (), here, profile)
        if items is None:
            return None
        value = Value(frozenset({"array"}), items=items)
    elif origin is dict and get_args(kind) == (str, Any):
        value = _OPAQUE
    elif _is_model(kind):
        value = Value(frozenset({"object"}), node=compile_node(kind, profile))
    else:
        raise TypeError(f"{here}: {kind!r} is no type of Mistral's schema")
    return _constrained(value, marks, here)


def _tagged(
    members: Iterable[tuple[Any, list[Any]]],
    discriminator: Discriminator,
    default: DefaultTag | None,
    here: str,
    profile: Profile,
) -> Value | None:
    """The members of a union that are told apart by a tag; ``null`` may be among them.

    The tags are the words of the members' own field. The member that an object without a tag is,
    if there is one, stands under the empty string as well.
    """
    key = _discriminating_key(discriminator, default, here)
    types: set[str] = set()
    tags: dict[str, Node] = {}
    for member, marks in members:
        if member in (None, NoneType) and not marks:
            types.add("null")
            continue
        node, words = _told_by(member, key, here, profile)
        for mark in marks:
            if not (isinstance(mark, Tag) and default is not None and words == (mark.tag,)):
                raise TypeError(f"{here}: {mark!r} cannot be honoured on {node.slot}")
        for word in words:
            if word in tags:
                raise TypeError(f"{here}: two members have the tag {word!r}")
            tags[word] = node
        types.add("object")
    if not types:
        return None
    if default is not None and default.tag in tags:
        tags[""] = tags[default.tag]
    return Value(frozenset(types), tag=key, tags=tags)


def _discriminating_key(discriminator: Discriminator, default: DefaultTag | None, here: str) -> str:
    """The key by which the members of a union are told apart."""
    if isinstance(discriminator.discriminator, str):
        if default is not None:
            raise TypeError(f"{here}: {default} is nothing to {discriminator}")
        return discriminator.discriminator
    if default is None:
        raise TypeError(f"{here}: {discriminator} needs a DefaultTag, which tells the key")
    return default.key


def _told_by(member: Any, key: str, here: str, profile: Profile) -> tuple[Node, tuple[str, ...]]:
    """A member's node, and the words of its own field under the key."""
    if not _is_model(member):
        raise TypeError(f"{here}: {member!r} has no {key!r} to tell it by")
    node = compile_node(member, profile)
    words = node.fields[key].value.words if key in node.fields else None
    if words is None:
        raise TypeError(f"{here}: {member.__name__} has no words in {key!r} to tell it by")
    return node, words


def _is_model(kind: Any) -> TypeGuard[type[BaseModel]]:
    # By the MRO: issubclass() asks the ABC machinery, which took a third of a cold compilation.
    return isinstance(kind, type) and BaseModel in kind.__mro__


def _literal_words(kind: Any, here: str) -> tuple[str, ...]:
    words = get_args(kind)
    if not all(isinstance(word, str) for word in words):
        raise TypeError(f"{here}: {kind!r} has words that are no strings")
    return words


def _constrained(value: Value, marks: list[Any], here: str) -> Value:
    """The value within the bounds that its marks set."""
    bounds: dict[str, Any] = {}
    for mark in marks:
        if isinstance(mark, (Ge, Gt)) and value.types <= _NUMERIC:
            new = {"low": _numeric_bound(mark.ge if isinstance(mark, Ge) else mark.gt, here)}
            new["low_open"] = isinstance(mark, Gt)
        elif isinstance(mark, (Le, Lt)) and value.types <= _NUMERIC:
            new = {"high": _numeric_bound(mark.le if isinstance(mark, Le) else mark.lt, here)}
            new["high_open"] = isinstance(mark, Lt)
        elif isinstance(mark, MinLen) and "array" in value.types:
            new = {"min_items": mark.min_length}
        else:
            raise TypeError(f"{here}: {mark!r} cannot be honoured on {signature(value)!r}")
        if not bounds.keys().isdisjoint(new):
            raise TypeError(f"{here}: {mark!r} is a second bound on one side")
        bounds.update(new)
    return _with(value, **bounds) if bounds else value


def _numeric_bound(bound: Any, here: str) -> float:
    if isinstance(bound, (int, float)):
        return bound
    raise TypeError(f"{here}: {bound!r} is no number to be a bound")


def _merge(a: Value | None, b: Value | None, here: str) -> Value | None:
    """One value that takes what either takes, if JSON's types can tell the two apart."""
    if a is None or b is None:
        return a or b
    shared = a.types & b.types
    if "object" in shared:
        raise TypeError(f"{here}: two objects with nothing to tell them apart")
    if a.types & _NUMERIC and b.types & _NUMERIC and _range(a) != _range(b):
        raise TypeError(f"{here}: two numbers within different bounds")
    if "array" in shared and a.min_items != b.min_items:
        raise TypeError(f"{here}: two lists within different bounds")
    numbers = a if a.types & _NUMERIC else b
    objects = a if "object" in a.types else b
    return Value(
        types=a.types | b.types,
        low=numbers.low,
        low_open=numbers.low_open,
        high=numbers.high,
        high_open=numbers.high_open,
        words=_merge_words(a, b),
        items=_merge(a.items, b.items, here),
        min_items=a.min_items if "array" in a.types else b.min_items,
        node=objects.node,
        tag=objects.tag,
        tags=objects.tags,
        repairs=(*a.repairs, *b.repairs),
    )


def _merge_words(a: Value, b: Value) -> tuple[str, ...] | None:
    if "string" not in a.types & b.types:
        return a.words if "string" in a.types else b.words
    return None if a.words is None or b.words is None else tuple(dict.fromkeys(a.words + b.words))


def _range(value: Value) -> tuple[object, ...]:
    return value.low, value.low_open, value.high, value.high_open


def _with(value: Value, **changes: Any) -> Value:
    """A value with other attributes; a tenth of the cost of `dataclasses.replace`."""
    attributes = {name: getattr(value, name) for name in Value.__slots__}
    return Value(**{**attributes, **changes})
