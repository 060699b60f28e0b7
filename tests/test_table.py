"""`_table`: what the models say under a profile is what Mistral published, and no mark is dead.

``data/schema_facts.json`` was extracted by a script from the raw documents (and by AST from the
SDK), and checked against them with jsonschema; the models were written by hand. So neither is a
copy of the other. By date it has, for each endpoint, the facts of the request and the names of
the objects in it, and the facts of each object, which are the same at all endpoints: whether it
is closed, the required and the nullable fields, and each field's type in the notation of
`signature`.
"""

# ruff: noqa: PYI030, PYI051, RUF036, UP007 - the annotations are values here, odd ones included.

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Union

import pytest
from annotated_types import Ge, Gt, Le, Lt, MaxLen, MinLen
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    create_model,
)

from mistral_sanitize import models, profiles
from mistral_sanitize.rules import RULES
from mistral_sanitize.schema.compile import compile_node, slots
from mistral_sanitize.schema.marks import (
    Bounded,
    DefaultTag,
    RenamedFrom,
    Repair,
    Required,
    Supported,
)
from mistral_sanitize.schema.node import Node, Value
from mistral_sanitize.schema.signature import signature

LATEST = profiles.LATEST
SDK = profiles.V2026_11_01


class Fact(TypedDict):
    """What is published of one object."""

    closed: bool
    required: list[str]
    nullable: list[str]
    types: dict[str, str]


_RAW: dict[str, Any] = json.loads(
    (Path(__file__).parent / "data" / "schema_facts.json").read_text(encoding="utf-8")
)


def facts(date: str, path: str) -> dict[str, Fact]:
    """By slot, what is published of an endpoint's objects."""
    endpoint = _RAW[date]["endpoints"][path]
    objects = {slot: _RAW[date]["objects"][slot] for slot in endpoint["objects"]}
    return {"request": endpoint["request"], **objects}


ENDPOINTS = [(date, path) for date in _RAW for path in _RAW[date]["endpoints"]]
OBJECTS = sorted({(date, slot) for date, path in ENDPOINTS for slot in facts(date, path)})

# -- two ways to say the same -----------------------------------------------------------------

_TOKEN = re.compile(
    r"(?P<number>(?:number|integer)(?:[\[(][^\])]+[\])])?)"
    r"|(?:enum|const)\((?P<words>[^)]*)\)"
    r"|(?P<string>string(?: format=[a-z]+)?)"
    r"|(?P<other>\{[^}]+\}|boolean|object|null)"
    r"|(?P<open>\[)"
    r"|(?P<close>\](?: items\d+\.\.)?)"
    r"|(?P<bar> \| )"
)


def members(text: str) -> list[str]:
    """The members of a type's union, in a normal form and sorted.

    What is taken for the same, since it takes the same JSON:

    * the order of members and of words;
    * ``const(x)`` and ``enum(x)``: the document went over from one to the other on 2026-03-04;
    * ``string format=uuid``, ``format=binary`` and ``string``: of a format nothing is checked;
    * ``enum(x) | string`` and ``string``: any other string is taken;
    * ``[x] | [y]`` and ``[x | y]``: a table has one `Value` for the items of all lists.
    """
    tokens = list(_TOKEN.finditer(text))
    assert "".join(token.group() for token in tokens) == text, f"unread: {text}"

    def union(at: int) -> tuple[list[str], int]:
        plain: set[str] = set()
        words: set[str] = set()
        items: list[str] = []
        least = ""
        while at < len(tokens) and not tokens[at]["close"]:
            token = tokens[at]
            at += 1
            if token["open"]:
                inner, at = union(at)
                items += inner
                least = tokens[at].group()[1:]
                at += 1
            elif token["words"]:
                words.update(token["words"].split("|"))
            elif token["string"]:
                plain.add("string")
            elif not token["bar"]:
                plain.add(token.group())
        if words and "string" not in plain:
            plain.add(f"enum({'|'.join(sorted(words))})")
        if items:
            lists = [item[1 : item.rindex("]")] for item in items if item.startswith("[")]
            rest = [item for item in items if not item.startswith("[")]
            plain.add(f"[{' | '.join(sorted({*rest, *(f'[{x}]' for x in lists)}))}]{least}")
        return sorted(plain), at

    return union(0)[0]


def unbounded(member: str) -> str:
    """A member of a union without its bounds."""
    return re.sub(r"^((?:number|integer))[\[(].*|(\]) items\d+\.\.$", r"\1\2", member)


def published(date: str, path: str, slot: str, name: str) -> list[str]:
    """The normal form of a field's published type.

    The SDK is generated from the same document and has no bounds: those of the newest profile
    before it that has the field are put in. Its ``type`` of a tool call and of a tool choice is
    any string, which is how Speakeasy writes an enum of one word with a default.
    """
    now = members(facts(date, path)[slot]["types"][name])
    if date != SDK.date:
        return now
    if (slot, name) in {("tool_call", "type"), ("tool_choice", "type")}:
        assert now == ["string"]
        return ["enum(function)"]
    for older in sorted(_RAW, reverse=True)[1:]:
        if path in _RAW[older]["endpoints"]:
            fact = facts(older, path).get(slot)
            if fact is not None and name in fact["types"]:
                bounded = {unbounded(m): m for m in members(fact["types"][name])}
                return sorted(bounded.get(member, member) for member in now)
    return now


# -- the drift test ---------------------------------------------------------------------------


def compiled(date: str, path: str) -> dict[str, Node]:
    return slots(models.ENDPOINTS[path], profiles.get(date))


def drift(node: Node, date: str, path: str, slot: str) -> list[str]:
    """In what a compiled object differs from what is published of it."""
    fact = facts(date, path)[slot]
    found = [] if node.closed is fact["closed"] else [f"{slot}: closed is {node.closed}"]
    found += [
        f"{slot}.{name} is not published" for name in node.fields if name not in fact["types"]
    ]
    for name in fact["types"]:
        field = node.fields.get(name)
        if field is None:
            found.append(f"{slot}.{name} is missing")
            continue
        expected = published(date, path, slot, name)
        actual = members(signature(field.value))
        if actual != expected:
            found.append(f"{slot}.{name}: {actual} is published as {expected}")
        if field.required is not (name in fact["required"]):
            found.append(f"{slot}.{name}: required is {field.required}")
        if ("null" in field.value.types) is not (name in fact["nullable"]):
            found.append(f"{slot}.{name}: nullable is {'null' in field.value.types}")
    return found


@pytest.mark.parametrize(("date", "path"), ENDPOINTS)
def test_the_tables_are_what_is_published(date: str, path: str) -> None:
    """Same objects, fields, types, bounds, words, nulls, required fields, closed or open."""
    nodes = compiled(date, path)

    assert sorted(facts(date, path)) == sorted(nodes)
    assert [line for slot, node in nodes.items() for line in drift(node, date, path, slot)] == []


def test_the_facts_are_of_every_dated_profile_and_endpoint() -> None:
    """There is no profile of Mistral's own without facts, and no endpoint that none has."""
    assert [p.date for p in profiles.ALL if p.host is None] == sorted(_RAW)
    assert {path for _, path in ENDPOINTS} == set(models.ENDPOINTS)


def test_the_first_profile_has_the_thirteen_fields() -> None:
    """The 13 keys that the Worker kept, which this library replaces."""
    node = compile_node(models.ChatCompletionRequest, profiles.V2024_09_17)

    assert set(node.fields) == {
        "model",
        "messages",
        "temperature",
        "top_p",
        "max_tokens",
        "min_tokens",
        "stream",
        "stop",
        "random_seed",
        "response_format",
        "tools",
        "tool_choice",
        "safe_prompt",
    }


def _close(fact: Fact, _: str) -> None:
    fact["closed"] = not fact["closed"]


def _require(fact: Fact, name: str) -> None:
    fact["required"] = sorted({*fact["required"]} ^ {name})


def _nullify(fact: Fact, name: str) -> None:
    fact["nullable"] = sorted({*fact["nullable"]} ^ {name})


def _add(fact: Fact, name: str) -> None:
    fact["types"][f"{name}_2"] = "string"


def _remove(fact: Fact, name: str) -> None:
    del fact["types"][name]


def _retype(fact: Fact, name: str) -> None:
    """A union without its first member, or a list of what was no union."""
    old = members(fact["types"][name])
    fact["types"][name] = " | ".join(old[1:]) if len(old) > 1 else f"[{old[0]}]"


def _rebound(fact: Fact, name: str) -> None:
    """Another upper bound, or another last word; a new list where there are neither."""
    old = fact["types"][name]
    new = re.sub(r"(?<=,)[^,\])]+(?=[\])])", "7", old)
    new = re.sub(r"(?<=[(|])(\w+)(?=\))", r"\1x", new) if new == old else new
    fact["types"][name] = f"{old} | [null]" if new == old else new


@pytest.mark.parametrize("mutate", [_close, _require, _nullify, _add, _remove, _retype, _rebound])
@pytest.mark.parametrize("date", sorted(_RAW))
def test_the_drift_test_notices(
    date: str, mutate: Callable[[Fact, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every single fact, changed in whatever respect, is a difference."""
    for path in _RAW[date]["endpoints"]:
        nodes = compiled(date, path)
        for slot, fact in facts(date, path).items():
            for name in fact["types"]:
                if _absorbed(date, slot, name):
                    continue
                changed: Fact = json.loads(json.dumps(fact))
                mutate(changed, name)
                with monkeypatch.context() as patch:
                    _put(patch, date, path, slot, changed)
                    assert drift(nodes[slot], date, path, slot), (path, slot, name)


def _absorbed(date: str, slot: str, name: str) -> bool:
    """The two fields where `published` looks past a fact, and the one where `members` does."""
    return (
        date == SDK.date and (slot, name) in {("tool_call", "type"), ("tool_choice", "type")}
    ) or (
        slot,
        name,
    ) == ("chunk.tool_reference", "tool")


def _put(patch: pytest.MonkeyPatch, date: str, path: str, slot: str, fact: Fact) -> None:
    if slot == "request":
        patch.setitem(_RAW[date]["endpoints"][path], "request", fact)
    else:
        patch.setitem(_RAW[date]["objects"], slot, fact)


# -- what the compiler honours, and what it refuses -------------------------------------------


class Thing(models.Model):
    """An object of no schema."""

    slot = "thing"


class Cat(models.Model):
    """A member of a tagged union."""

    slot = "cat"

    type: Literal["cat"] = "cat"


class Dog(models.Model):
    """Another one, with two tags."""

    slot = "dog"

    type: Literal["dog", "hound"] = "dog"


class Fish(models.Model):
    """One whose tag may be any string."""

    slot = "fish"

    type: str = "fish"


def with_field(annotation: Any, default: Any = ...) -> type[BaseModel]:
    return create_model("Thing", __base__=Thing, x=(annotation, default))


def value_of(annotation: Any, profile: profiles.Profile = LATEST) -> Value:
    return compile_node(with_field(annotation), profile).fields["x"].value


def tag_of(value: Any) -> str:
    return str(value.get("type", "cat"))


BY_TYPE = Discriminator("type")
BY_CALL = Discriminator(tag_of)
CAT_IF_NONE = DefaultTag("type", "cat")
AFTER = Supported(since="2027-01-01")


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (str, "string"),
        (None, "null"),
        (Union[bool, None], "boolean | null"),
        (Union[int, float, None], "integer | number | null"),
        (Annotated[float, Ge(0), Le(1)], "number[0,1]"),
        (Union[Annotated[float, Gt(0), Lt(1.5)], None], "number(0,1.5) | null"),
        (Union[Annotated[int, Ge(1)], str, None], "integer[1,inf] | string | null"),
        (str | Annotated[int, Lt(9)], "integer[-inf,9) | string"),
        (Annotated[int, Ge(1)] | Annotated[float, Ge(1)], "integer[1,inf] | number[1,inf]"),
        (Annotated[float, Le(1)] | Annotated[float, Le(2), AFTER], "number[-inf,1]"),
        (Literal["a", "b"], "enum(a|b)"),
        (Literal["b"] | Annotated[Literal["a", "b"] | None, Ge], None),
        (Literal["b"] | Literal["a", "b"], "enum(b|a)"),
        (Literal["a"] | Annotated[Literal["b"], AFTER], "enum(a)"),
        (Literal["a"] | str, "string"),
        (str | list[str], "string | [string]"),
        (list[int] | list[str | None], "[integer | string | null]"),
        (list[Cat] | list[list[Cat]], "[{cat} | [{cat}]]"),
        (Union[Annotated[list[str], MinLen(2)], None], "[string] items2.. | null"),
        (list[Annotated[str, AFTER]] | bool, "boolean"),
        (dict[str, Any] | str, "object | string"),
        (Cat | str, "{cat} | string"),
        (str | Cat, "{cat} | string"),
        (Annotated[Cat | Dog | None, BY_TYPE], "{cat} | {dog} | null"),
        (Annotated[Union[None, Cat, Dog], BY_TYPE], "{cat} | {dog} | null"),
        (Annotated[Cat | Annotated[Dog, AFTER], BY_TYPE], "{cat}"),
        (Annotated[Annotated[Cat, Tag("cat")] | Dog, BY_CALL, CAT_IF_NONE], "{cat} | {dog}"),
        (Annotated[Annotated[Cat, AFTER] | Dog, BY_CALL, CAT_IF_NONE], "{dog}"),
        (str | Annotated[None, AFTER, Supported(until="2026-01-01")], "string"),
        (str | Annotated[None, AFTER, Supported(since="2026-01-01")], "string | null"),
        (str | Annotated[None, Supported(without=("azure",))], "string | null"),
    ],
)
def test_an_annotation_compiles_to_one_value(annotation: Any, expected: str | None) -> None:
    """The members that the profile has are merged by the JSON type that they take."""
    if expected is None:
        with pytest.raises(TypeError, match=r"cannot be honoured|stands on a union"):
            value_of(annotation)
    else:
        assert expected == signature(value_of(annotation))


def test_repairs_stay_in_the_order_written_at_the_value_that_they_stand_on() -> None:
    """On a field they are the field's, on an item of a list the item's."""
    value = value_of(Annotated[list[Annotated[str, Repair("c")]], Repair("a"), Repair("b")])

    assert value.repairs == ("a", "b")
    assert value.items is not None
    assert value.items.repairs == ("c",)


def test_tags_are_the_words_of_the_members() -> None:
    """A node stands under each of its words, and under "" if an object without a tag is it."""
    with_default = value_of(Annotated[Cat | Dog, BY_CALL, CAT_IF_NONE])
    without = value_of(Annotated[Cat | Dog, BY_TYPE])

    assert with_default.tag == without.tag == "type"
    assert {k: n.slot for k, n in without.tags.items()} == {
        "cat": "cat",
        "dog": "dog",
        "hound": "dog",
    }
    assert with_default.tags[""] is with_default.tags["cat"] is without.tags["cat"]


def test_field_marks_come_with_the_field() -> None:
    """Old names, the bounds' rule and whether it is required stand on the field."""
    renamed = RenamedFrom("y", "why")
    annotation = Annotated[Annotated[int, Ge(0)] | None, renamed, Bounded("low", "remove")]

    field = compile_node(with_field(annotation, None), LATEST).fields["x"]

    assert field.renamed_from == (renamed,)
    assert field.bounded == Bounded("low", "remove")
    assert not field.required


def test_a_field_is_absent_where_no_member_is_supported() -> None:
    """Its own mark is one way, the marks of all its members the other."""
    assert not compile_node(with_field(Annotated[str, AFTER]), LATEST).fields
    assert not compile_node(
        with_field(Annotated[str, AFTER] | list[Annotated[str, AFTER]]), LATEST
    ).fields
    assert not compile_node(
        with_field(Annotated[Annotated[Cat, AFTER] | Annotated[None, AFTER], BY_TYPE]), LATEST
    ).fields


def test_required_holds_where_it_says() -> None:
    """Elsewhere the field may be left out."""
    model = with_field(Annotated[str | None, Required(without=("azure",))], None)

    assert compile_node(model, LATEST).fields["x"].required
    assert not compile_node(model, profiles.AZURE_2026_11_01).fields["x"].required


def test_an_alias_is_the_name() -> None:
    """The schema's field ``schema`` has another attribute in Python."""
    node = compile_node(models.JSONSchema, LATEST)

    assert "schema" in node.fields
    assert "schema_" not in node.fields


def test_nodes_are_compiled_once() -> None:
    """So that nodes can be told by identity."""
    assert compile_node(Cat, LATEST) is compile_node(Cat, LATEST)
    assert compile_node(Cat, LATEST) is not compile_node(Cat, SDK)


NUMBER = Annotated[float, Ge(0)]


@pytest.mark.parametrize(
    ("annotation", "default", "message"),
    [
        # Inside a union, where pydantic would not look and nobody would notice.
        (Union[Annotated[str, Repair("r")], None], ..., "Repair"),
        (Union[Annotated[NUMBER, Bounded("r")], None], ..., "Bounded"),
        (Union[Annotated[str, RenamedFrom("y", "r")], None], ..., "RenamedFrom"),
        (Union[Annotated[str, Required(since="2025-01-01")], None], None, "Required"),
        (Annotated[Cat | Dog, BY_TYPE] | str, ..., "Discriminator"),
        (Annotated[int | None, Ge(0), Le(1)] | str, ..., "Ge.*stands on a union"),
        # On items, where only repairs belong.
        (list[Annotated[str, RenamedFrom("y", "r")]], ..., "RenamedFrom"),
        (list[Annotated[float, Bounded("r")]], ..., "Bounded"),
        # On a type that it says nothing of.
        (Annotated[str, Ge(0)], ..., "Ge"),
        (Annotated[str, Lt(0)], ..., "Lt"),
        (Annotated[str, MinLen(1)], ..., "MinLen"),
        (Annotated[list[str], MaxLen(1)], ..., "MaxLen"),
        (Annotated[float, "a comment"], ..., "a comment"),
        (Annotated[Any, Ge("a")], ..., "no type"),
        (Annotated[str | int, Ge(0)], ..., "Ge.*stands on a union"),
        (Annotated[Cat, Tag("cat")], ..., "Tag"),
        (Annotated[float, Bounded("r")], ..., "no bounds"),
        # Twice, or without what it needs.
        (Annotated[NUMBER, Bounded("r"), Bounded("s")], ..., "beside"),
        (Annotated[float, Ge(0), Gt(1)], ..., "second bound"),
        (Annotated[str, Required(since="2025-01-01")], ..., "needs a default"),
        (Annotated[Cat | Dog, CAT_IF_NONE], ..., "no Discriminator"),
        (Annotated[Cat | Dog, BY_CALL], ..., "needs a DefaultTag"),
        (Annotated[Cat | Dog, BY_TYPE, CAT_IF_NONE], ..., "is nothing to"),
        (Annotated[Cat | Dog, BY_TYPE, BY_TYPE], ..., "stands on a union"),
        (Annotated[Cat | Dog, BY_CALL, CAT_IF_NONE, CAT_IF_NONE], ..., "stands on a union"),
        # Unions whose members could not be told apart.
        (Cat | Dog, ..., "nothing to tell them apart"),
        (Cat | dict[str, Any], ..., "nothing to tell them apart"),
        (Annotated[int, Ge(0)] | float, ..., "different bounds"),
        (Annotated[list[str], MinLen(1)] | list[int], ..., "different bounds"),
        (Annotated[Cat | str, BY_TYPE], ..., "to tell it by"),
        (Annotated[Cat | Literal["a"], BY_TYPE], ..., "to tell it by"),
        (Annotated[Cat | Fish, BY_TYPE], ..., "no words in 'type'"),
        (Annotated[Cat | Thing, BY_TYPE], ..., "no words in 'type'"),
        (Annotated[Cat | with_field(Literal["a"]), Discriminator("x")], ..., "no words in 'x'"),
        (Annotated[Cat | Annotated[Cat, Tag("cat")], BY_CALL, CAT_IF_NONE], ..., "two members"),
        (Annotated[Annotated[Cat, Tag("dog")] | Dog, BY_CALL, CAT_IF_NONE], ..., "Tag"),
        (Annotated[Annotated[Cat, CAT_IF_NONE] | Dog, BY_CALL, CAT_IF_NONE], ..., "DefaultTag"),
        (Annotated[Annotated[Cat, Tag("cat")] | Dog, BY_TYPE], ..., "Tag"),
        (Annotated[Cat | Annotated[None, "odd"], BY_TYPE], ..., "to tell it by"),
        # Types that the schema has not.
        (bytes, ..., "no type of Mistral's schema"),
        (Any, ..., "no type of Mistral's schema"),
        (dict[str, int], ..., "no type of Mistral's schema"),
        (Mapping[str, Any], ..., "no type of Mistral's schema"),
        (tuple[int, ...], ..., "no type of Mistral's schema"),
        (list, ..., "no type of Mistral's schema"),
        (Literal["a", 1], ..., "no strings"),
    ],
)
def test_what_cannot_be_honoured_is_an_error(annotation: Any, default: Any, message: str) -> None:
    """Never ignored: the error names the model, the field and the mark or type."""
    with pytest.raises(TypeError, match=rf"^Thing\.x: .*{message}"):
        compile_node(with_field(annotation, default), LATEST)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (Field(validation_alias=AliasChoices("a", "b")), "validation_alias"),
        (Field(validation_alias="a"), "validation_alias"),
        (Field(pattern="a"), "pattern"),
    ],
)
def test_a_pydantic_option_that_the_table_lacks_is_an_error(field: Any, message: str) -> None:
    """What `Field` takes and the engine would not do."""
    with pytest.raises(TypeError, match=message):
        compile_node(with_field(str, field), LATEST)


def test_a_discriminator_belongs_into_annotated() -> None:
    """``Field(discriminator=)`` is refused, since it is not a mark."""
    with pytest.raises(TypeError, match=r"put Discriminator\(\) into Annotated"):
        compile_node(with_field(Cat | Dog, Field(discriminator="type")), LATEST)


def test_a_bound_is_a_number() -> None:
    """Dates and strings can be compared as well, but not by the engine."""
    with pytest.raises(TypeError, match="no number to be a bound"):
        compile_node(with_field(Annotated[int, Ge("a")]), LATEST)


def test_a_model_needs_a_slot() -> None:
    """Without one, nothing could name its object."""

    class Nameless(BaseModel):
        model_config = ConfigDict(extra="forbid")

    with pytest.raises(TypeError, match="Nameless has no slot"):
        compile_node(Nameless, LATEST)


def test_a_model_is_closed_or_open() -> None:
    """Pydantic's default, to ignore unknown keys, is neither."""

    class Silent(BaseModel):
        slot: ClassVar[str] = "silent"

    with pytest.raises(TypeError, match="Silent is neither closed nor open"):
        compile_node(Silent, LATEST)


def test_a_bound_on_one_side_is_enough_to_keep() -> None:
    """A number may be bounded below, above or on both sides."""
    for bounds in [Ge(0)], [Le(1)], [Ge(0), Le(1)]:
        annotation: Any = float
        for mark in (*bounds, Bounded("r")):
            annotation = Annotated[annotation, mark]
        assert compile_node(with_field(annotation), LATEST).fields["x"].bounded == Bounded("r")


def test_one_span_is_enough_to_require_a_field() -> None:
    """Of several spans one that holds is enough, in whichever order they stand."""
    spans = (Required(until="2025-01-01"), Required(since="2026-08-01"))
    for first, second in (spans, spans[::-1]):
        model = with_field(Annotated[str, first, second], "")
        required = [compile_node(model, p).fields["x"].required for p in profiles.ALL[:7]]
        assert required == [True, True, False, False, False, True, True]


def test_a_plain_model_has_no_foreign_names() -> None:
    """`handled_keys` and `shapes` may be left out."""

    class Plain(BaseModel):
        model_config = ConfigDict(extra="allow")
        slot: ClassVar[str] = "plain"

    node = compile_node(Plain, LATEST)

    assert not node.closed
    assert node.handled_keys == {}
    assert node.shapes == ()


def test_a_name_has_one_meaning() -> None:
    """A field's own name, an old name and a foreign name exclude each other."""

    class Foreign(Thing):
        handled_keys: ClassVar[Mapping[str, str]] = {"x": "r"}

        x: int

    class Renamed(Thing):
        x: int
        y: Annotated[int, RenamedFrom("x", "r")]

    class Twice(Thing):
        handled_keys: ClassVar[Mapping[str, str]] = {"x": "r"}

        y: Annotated[int, RenamedFrom("x", "r")]

    for model in Foreign, Renamed:
        with pytest.raises(TypeError, match="'x' is a field"):
            compile_node(model, LATEST)
    with pytest.raises(TypeError, match="something else takes"):
        compile_node(Twice, LATEST)


def test_a_default_is_that_of_a_field() -> None:
    """Of one that the profile has; of a name that is no field at all, it is an error."""

    class Defaulted(Thing):
        defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {"x": ("r", 1), "y": ("r", 2)}

        x: int
        y: Annotated[int, AFTER]

    class Mistaken(Thing):
        defaults: ClassVar[Mapping[str, tuple[str, Any]]] = {"z": ("r", 1)}

    assert compile_node(Defaulted, LATEST).defaults == {"x": ("r", 1)}
    with pytest.raises(TypeError, match="'z' has a default and is no field"):
        compile_node(Mistaken, LATEST)


def test_a_slot_is_one_model() -> None:
    """Two models with the same slot in one request would overwrite each other."""

    class OtherCat(models.Model):
        slot = "cat"

    model = create_model("Thing", __base__=Thing, x=(Cat, ...), y=(OtherCat, ...))

    with pytest.raises(TypeError, match="'cat'"):
        slots(model, LATEST)


# -- the models themselves --------------------------------------------------------------------


def _classes() -> Iterator[type[models.Model]]:
    for name in models.__all__:
        if isinstance(thing := getattr(models, name), type) and thing not in (
            models.Model,
            models.OpenModel,
        ):
            yield thing


@pytest.mark.parametrize("model", list(_classes()), ids=lambda model: model.__name__)
def test_models_are_documented(model: type[models.Model]) -> None:
    """Every class cites its source and every field says what it is, in a line."""
    assert "Source: ``" in (model.__doc__ or "")
    assert {n for n, field in model.model_fields.items() if not field.description} == set()


def test_every_model_is_reached() -> None:
    """There is no model of which no profile's request has an object."""
    reached = {
        slot
        for path, model in models.ENDPOINTS.items()
        for profile in profiles.ALL
        for slot in slots(model, profile)
    }

    assert {model.slot for model in _classes()} == reached


MARKS = {
    ("request", "random_seed"): ("seed",),
    ("request", "max_tokens"): ("max_completion_tokens", "max_output_tokens"),
    ("request", "stop"): ("stop_sequences",),
    ("request", "safe_prompt"): ("safe_mode",),
    ("request", "output_dimension"): ("dimensions",),
}


def test_old_names_are_known_wherever_the_field_is() -> None:
    """On every endpoint that has the field, under every profile."""
    for model in models.ENDPOINTS.values():
        for profile in profiles.ALL:
            for slot, node in slots(model, profile).items():
                for name, field in node.fields.items():
                    old = tuple(mark.name for mark in field.renamed_from)
                    assert old == MARKS.get((slot, name), ())


REPAIRS = {
    ("chunk.input_audio", "input_audio", "audio-part"),
    ("function", "parameters", "tool-schema"),
    ("image_url", "detail", "image-detail"),
    ("message.assistant", "content", "content"),
    ("message.assistant", "content[]", "content-part"),
    ("message.assistant", "tool_calls[]", "tool-call-shape"),
    ("message.system", "content", "content"),
    ("message.system", "content[]", "content-part"),
    ("message.tool", "content", "content"),
    ("message.tool", "content[]", "content-part"),
    ("message.user", "content", "content"),
    ("message.user", "content[]", "content-part"),
    ("request", "frequency_penalty", "penalty-range"),
    ("request", "max_tokens", "out-of-range"),
    ("request", "min_tokens", "out-of-range"),
    ("request", "n", "out-of-range"),
    ("request", "output_dimension", "out-of-range"),
    ("request", "prediction", "prediction"),
    ("request", "presence_penalty", "penalty-range"),
    ("request", "random_seed", "out-of-range"),
    ("request", "response_format", "response-format"),
    ("request", "service_tier", "service-tier"),
    ("request", "stop", "stop"),
    ("request", "temperature", "temperature-range"),
    ("request", "tools[]", "tool-shape"),
    ("request", "top_p", "top-p-range"),
    ("tool_call.function", "arguments", "arguments"),
}
"""By slot, field (``[]``: each of its items) and rule: repairs whose place is not to be lost."""


def test_repairs_are_where_they_belong() -> None:
    """On a field, or on the items of its list, on whichever endpoints have the field."""
    found: set[tuple[str, str, str]] = set()
    for model in models.ENDPOINTS.values():
        for node in slots(model, SDK).values():
            for name, field in node.fields.items():
                found |= {(node.slot, name, rule) for rule in field.value.repairs}
                found |= {(node.slot, name, field.bounded.rule)} if field.bounded else set()
                if field.value.items is not None:
                    found |= {(node.slot, f"{name}[]", r) for r in field.value.items.repairs}

    assert REPAIRS - found == set()


def test_the_rules_that_the_models_name_exist() -> None:
    """A mark with an id that no rule has would be dead."""
    named: set[str] = set()
    for model in models.ENDPOINTS.values():
        for node in slots(model, SDK).values():
            named |= {*node.handled_keys.values(), *node.shapes}
            named |= {rule for rule, _ in node.defaults.values()}
            for field in node.fields.values():
                named |= {mark.rule for mark in field.renamed_from}
                named |= {field.bounded.rule} if field.bounded else set()
                value: Value | None = field.value
                while value is not None:
                    named |= {*value.repairs}
                    value = value.items

    assert named - set(RULES) == set()


HELLO: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
FUNCTION = {"name": "f", "parameters": {}}


@pytest.mark.parametrize(
    "more",
    [
        {"temperature": None, "top_p": 0, "min_tokens": 3, "top_k": 5},
        {"tools": [{"function": FUNCTION}, {"type": "function", "function": FUNCTION}]},
        {"tools": [{"type": "web_search"}, {"type": "connector", "connector_id": "c"}]},
        {"tools": [models.FunctionTool(function=models.Function.model_validate(FUNCTION))]},
        {"tool_choice": "required"},
        {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}},
        {"guardrails": [{"moderation_llm_v9": {}}]},
        {"reasoning_effort": "max"},
        {"model": None},
    ],
)
def test_the_models_take_what_any_profile_takes(more: dict[str, Any]) -> None:
    """Plain pydantic, without a profile; default values are those published."""
    request = models.ChatCompletionRequest.model_validate({**HELLO, **more})

    assert request.model_dump(exclude_unset=True).keys() == {**HELLO, **more}.keys()
    assert request.model_copy(update={"model": "m"}).tool_choice is not None


@pytest.mark.parametrize(
    ("more", "location", "kind"),
    [
        ({"seed": 1}, ("seed",), "extra_forbidden"),
        (
            {"tools": [{"function": {**FUNCTION, "x": 1}}]},
            ("tools", 0, "function", "function", "x"),
            "extra_forbidden",
        ),
        ({"tools": [{"type": ["function"]}]}, ("tools", 0), "union_tag_not_found"),
        ({"tools": ["function"]}, ("tools", 0), "union_tag_not_found"),
        ({"tools": [{"type": "custom"}]}, ("tools", 0), "union_tag_invalid"),
        ({"messages": [{"role": "developer"}]}, ("messages", 0), "union_tag_invalid"),
        (
            {"messages": [{"role": "user", "content": "", "name": "Ann"}]},
            ("messages", 0, "user", "name"),
            "extra_forbidden",
        ),
    ],
)
def test_the_models_refuse_what_none_takes(
    more: dict[str, Any], location: tuple[str | int, ...], kind: str
) -> None:
    """With a location as short as Mistral's."""
    with pytest.raises(ValidationError) as refused:
        models.ChatCompletionRequest.model_validate({**HELLO, **more})

    assert [(e["loc"], e["type"]) for e in refused.value.errors()] == [(location, kind)]


def test_secrets_are_not_in_the_repr() -> None:
    """A connector's token is for the wire, not for a log."""
    key = models.APIKeyAuth(value="hunter2")
    token = models.OAuth2TokenAuth(value="hunter2")

    assert "hunter2" not in f"{key!r} {token!r}"
