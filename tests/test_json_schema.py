"""JSON Schemas as Python objects can be, and no JSON text: without end, or beyond any depth."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from mistral_sanitize import explain, sanitize
from mistral_sanitize.rules import _json_schema


def request(schema: Any) -> dict[str, Any]:
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    return {"model": "m", "messages": [], "tools": [tool]}


def mended(schema: Any) -> Any:
    """The schema of the only tool, sanitized."""
    return sanitize(request(schema))["tools"][0]["function"]["parameters"]


def test_schema_that_contains_itself() -> None:
    """A schema that contains itself comes back as it is."""
    schema: dict[str, Any] = {"type": "STRING", "$id": "urn:a"}
    schema["not"] = schema
    payload = request(schema)

    assert sanitize(payload) is payload


def test_wide_schema() -> None:
    """A schema of many others, none of which contains itself, is mended in all of them."""
    schema = {"properties": {f"p{n}": {"items": {"type": "STRING"}} for n in range(5_000)}}

    new = mended(schema)

    assert all(p == {"items": {"type": "string"}} for p in new["properties"].values())


def test_deep_schema() -> None:
    """A schema of many levels is mended to the last of them."""
    schema: dict[str, Any] = {"type": "STRING", "$id": "urn:a"}
    for _ in range(10_000):
        schema = {"items": schema}

    new = mended(schema)

    for _ in range(10_000):
        new = new["items"]
    assert new == {"type": "string"}


def test_same_schema_twice() -> None:
    """One object in two places is mended in both, and stays as it is itself."""
    shared = {"type": "str"}

    new = mended({"properties": {"a": shared, "b": shared}})

    assert new == {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    assert shared == {"type": "str"}


@pytest.mark.parametrize(
    "schema",
    [
        {"items": [{"type": "string"}]},
        {"items": {"$ref": "#"}},
        {"anyOf": [{"type": "string"}, {"$ref": "#"}]},
        {"anyOf": [{"type": "string"}, True]},
        {"required": 5},
        {"anyOf": 5},
        {"enum": 5},
        {"additionalProperties": {"type": "string"}},
        {"minLength": 1.5},
        {"minimum": 1, "maximum": 2, "additionalProperties": True, "enum": [1], "const": 1},
        {"title": 5, 5: "x"},
    ],
    ids=str,
)
def test_what_is_not_common(schema: dict[Any, Any]) -> None:
    """What is not common is looked at closely, and comes back as it is where nothing is wrong."""
    new = mended({"type": "object", "properties": {"a": schema}})["properties"]["a"]

    assert new is schema or "title" in schema


def test_names_that_are_none() -> None:
    """What is no name goes from the names that are required, and the report tells."""
    assert mended({"required": ["a", 5]}) == {"required": ["a"]}
    assert explain(request({"required": ["a", ["b"]]})).lossy
    assert explain(request({"required": ("a", ["b"])})).lossy
    assert not explain(request({"required": ["a", None, "a"]})).lossy


def test_a_name_required_twice_is_looked_at_closer() -> None:
    """The quick look vouches for no list in which a name stands twice."""
    assert not _json_schema.is_plain({"type": "object", "required": ["a", "a"]})
    assert _json_schema.is_plain({"type": "object", "required": ["a", "b"]})


MCP: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {
        "path": {"type": "string", "pattern": "^/", "examples": ["/a"], "x-order": 1},
        "at": {"type": "string", "format": "date-time", "deprecated": False},
        "ratio": {"type": "number", "minimum": 0.5, "exclusiveMaximum": 2, "multipleOf": 0.1},
        "point": {"$ref": "#/$defs/Point"},
        "map": {"type": "object", "additionalProperties": {"type": "string"}},
        "either": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    },
    "required": ["path"],
    "additionalProperties": False,
    "$defs": {"Point": {"title": "Point", "type": "object", "properties": {"x": {"const": 1}}}},
}


def test_what_generators_write_is_common() -> None:
    """The quick look knows what pydantic, zod and MCP's servers make of their types."""
    assert _json_schema.is_plain(MCP)
    assert mended(MCP) is MCP


@pytest.mark.parametrize(
    "fault",
    [
        {"format": None}, {"pattern": 5}, {"additionalProperties": None}, {"oneOf": []},
        {"items": [{"$id": "x"}]}, {"items": {"$id": "x"}}, {"examples": []}, {"examples": None},
        {"exclusiveMinimum": True, "minimum": 1}, {"not": {"type": "str"}}, {"if": {"$id": "x"}},
        {"$defs": {"a": {"type": "str"}}}, {"$defs": []}, {"definitions": {"a": True}},
        {"prefixItems": [{"$id": "x"}]}, {"dependentSchemas": {"a": {"$id": "x"}}}, {"$id": "x"},
        {"allOf": ({"$id": "x"},)}, {"oneOf": [True]}, {"$comment": 5}, {"maxProperties": "5"},
    ],
    ids=str,
)  # fmt: skip
def test_what_needs_a_closer_look(fault: dict[str, Any]) -> None:
    """What some repair looks at, or into, is not vouched for, however deep it stands."""
    schema = {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}, fault]}}}
    assert not _json_schema.is_plain(schema)
    assert not _json_schema.is_plain(fault)


# -- one keyword at a time -----------------------------------------------------------------------


def mended_property(schema: dict[str, Any]) -> Any:
    """The schema of a property, sanitized."""
    return mended({"type": "object", "properties": {"a": schema}})["properties"]["a"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # Python's, Gemini's and other languages' names of types
        *[
            ({"type": word}, {"type": name})
            for word, name in {
                "str": "string", "date": "string", "int": "integer", "float": "number",
                "double": "number", "bool": "boolean", "list": "array", "dict": "object",
                "STRING": "string", "Integer": "integer", "NUMBER": "number",
                "Boolean": "boolean", "ARRAY": "array", "OBJECT": "object", "NULL": "null",
                "Str": "string",
            }.items()
        ],
        ({"type": ["str", "string", "null"]}, {"type": ["string", "null"]}),
        ({"type": ("str",)}, {"type": ["string"]}),
        ({"type": ["str", "null"]}, {"type": ["string", "null"]}),
        ({"type": ["string", "string"]}, {"type": ["string"]}),
        # what allows anything says so by its absence
        ({"type": "any"}, {}),
        ({"type": ""}, {}),
        ({"type": None}, {}),
        ({"type": []}, {}),
        ({"type": ["string", "any"]}, {}),
        # a format and a pattern are text, also where it is all digits
        ({"pattern": "5", "format": None}, {"pattern": "5"}),
        ({"pattern": None, "format": "12"}, {"format": "12"}),
        # lists of names
        ({"required": "a"}, {"required": ["a"]}),
        ({"required": ["a", "b", "a"]}, {"required": ["a", "b"]}),
        ({"required": ("a", 5)}, {"required": ["a"]}),
        ({"required": None}, {}),
        # maps of schemas
        ({"properties": []}, {"properties": {}}),
        ({"properties": ()}, {"properties": {}}),
        ({"properties": None}, {}),
        ({"$defs": []}, {"$defs": {}}),
        ({"definitions": []}, {"definitions": {}}),
        ({"patternProperties": []}, {"patternProperties": {}}),
        (
            {"properties": {"b": "int", "c": None, "d": [], "e": (), "f": True}},
            {"properties": {"b": {"type": "integer"}, "c": {}, "d": {}, "e": {}, "f": True}},
        ),
        # one schema
        ({"items": "str"}, {"items": {"type": "string"}}),
        ({"additionalProperties": "str"}, {"additionalProperties": {"type": "string"}}),
        ({"not": "str"}, {"not": {"type": "string"}}),
        ({"propertyNames": "str"}, {"propertyNames": {"type": "string"}}),
        ({"items": []}, {}),
        ({"items": ()}, {}),
        ({"items": None}, {}),
        ({"additionalProperties": None}, {}),
        # lists that must not be empty
        *[({key: empty}, {}) for key in ("anyOf", "oneOf", "allOf", "enum", "examples")
          for empty in (None, [], ())],
        # counts and bounds
        *[({key: "5"}, {key: 5}) for key in ("minLength", "maxLength", "minItems", "maxItems",
                                             "minProperties", "maxProperties", "minimum",
                                             "maximum")],
        *[({key: None}, {}) for key in ("minLength", "maximum", "format", "pattern")],
        ({"maxLength": "9" * 15}, {"maxLength": 10**15 - 1}),
        # texts
        ({"description": {"description": "A thing."}}, {"description": "A thing."}),
        ({"title": ["x", "y"]}, {"title": "x\ny"}),
        ({"$comment": ("x", "y")}, {"$comment": "x\ny"}),
        ({"description": 5}, {"description": "5"}),
        ({"description": 1.5}, {"description": "1.5"}),
        ({"description": None}, {}),
        ({"description": []}, {}),
        # draft 4's switches beside a bound
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"minimum": 1, "exclusiveMinimum": False}, {"minimum": 1}),
        ({"maximum": 1, "exclusiveMaximum": True}, {"exclusiveMaximum": 1}),
        ({"exclusiveMaximum": True}, {}),
        ({"minimum": True, "exclusiveMinimum": True}, {"minimum": True}),
        # draft 3's required
        ({"required": False}, {}),
        ({"items": {"required": True}}, {"items": {}}),
        ({"properties": {"b": {"required": True}}}, {"properties": {"b": {}}, "required": ["b"]}),
        (
            {"properties": {"b": {"required": True}, "c": {"required": True}}, "required": ("c",)},
            {"properties": {"b": {}, "c": {}}, "required": ["c", "b"]},
        ),
        (
            {"properties": {"b": {"required": True}, "c": {"required": False}, "d": 5}},
            {"properties": {"b": {}, "c": {}, "d": 5}, "required": ["b"]},
        ),
    ],
    ids=str,
)  # fmt: skip
def test_keyword(given: dict[str, Any], expected: dict[str, Any]) -> None:
    """A keyword that draft 7 does not take so is written as draft 7 takes it, in its place."""
    beside = {"default": 1, **given, "const": 1}

    new = mended_property(beside)

    assert {"default": 1, **expected, "const": 1} == new
    assert [key for key in ("default", *given, "const") if key in new] == [
        key for key in new if key in beside
    ]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": 5}, {"type": "Optional[str]"}, {"type": ["string", 5]}, {"type": ["null", "x"]},
        {"type": ["str", 5]}, {"type": ["str", {}]}, {"properties": ["b"]}, {"$defs": [{}]},
        {"required": 5}, {"required": []}, {"required": ("a", "b")},
        {"properties": 5}, {"properties": {"b": 5}}, {"properties": {"b": "Optional[str]"}},
        {"items": 5}, {"items": ["x"]}, {"items": {}}, {"additionalProperties": False},
        {"enum": "x"}, {"enum": [None]}, {"anyOf": 5},
        {"minLength": "-5"}, {"minLength": "²"}, {"minLength": "9" * 16}, {"minLength": "1.5"},
        {"pattern": "123"}, {"format": "5"}, {"description": ""}, {"title": "x"},
        {"exclusiveMinimum": 5, "minimum": 1}, {"required": "", "type": "string"},
    ],
    ids=str,
)  # fmt: skip
def test_keyword_stays(schema: dict[str, Any]) -> None:
    """What is right, and what nobody can tell the meaning of, is left as it is."""
    if schema.get("required") == "":
        assert mended_property(schema)["required"] == [""]
    else:
        assert mended_property(schema) is schema


SUBSCHEMAS = (
    *[{key: {"b": {"$id": "urn:b"}}} for key in ("properties", "$defs", "definitions",
                                                 "patternProperties", "dependentSchemas")],
    *[{key: [{"$id": "urn:b"}]} for key in ("anyOf", "oneOf", "allOf", "prefixItems", "items")],
    *[{key: ({"$id": "urn:b"},)} for key in ("anyOf", "items")],
    *[{key: {"$id": "urn:b"}} for key in ("items", "additionalProperties", "not", "if", "then",
                                          "else", "contains", "propertyNames", "additionalItems",
                                          "unevaluatedProperties")],
)  # fmt: skip


@pytest.mark.parametrize("schema", SUBSCHEMAS, ids=str)
@pytest.mark.parametrize("key", ["$id", "$schema"])
def test_every_place_of_a_schema_is_looked_at(schema: dict[str, Any], key: str) -> None:
    """A schema is mended wherever one may stand in another, and a value that looks like one is not.

    ``$schema`` goes where the opt-in rule is on.
    """
    written = json.dumps({"type": "object", "properties": {"a": schema}}).replace("$id", key)
    before = json.loads(written)
    data = {"const": {key: "x"}, "default": {key: "x"}, "enum": [{key: "x"}]}

    new = sanitize(request({**before, **data}), enable=("schema-dialect",))
    (tool,) = new["tools"]

    expected = written.replace(f'"{key}": "urn:b"', "")
    assert {**json.loads(expected), **data} == tool["function"]["parameters"]


def test_several_schemas_of_one_container() -> None:
    """Each of several schemas in one object or list is mended, and those between them stay."""
    kept = {"type": "string"}
    schema = {"properties": {"a": {"type": "int"}, "b": kept, "c": {"type": "INT"}},
              "anyOf": [{"$id": "x"}, kept, {"$id": "y"}]}  # fmt: skip

    new = mended(schema)

    assert new == {"properties": {"a": {"type": "integer"}, "b": kept, "c": {"type": "integer"}},
                   "anyOf": [{}, kept, {}]}  # fmt: skip
    assert new["properties"]["b"] is kept
    assert new["anyOf"][1] is kept


@pytest.mark.parametrize(
    ("given", "lossy"),
    [
        ({"description": {"x": 1}}, True),
        ({"title": {"x": 1}}, True),
        ({"$comment": ["x", 5]}, True),
        ({"description": {}}, False),
        ({"title": None}, False),
        ({"description": {"description": "A thing."}}, False),
        ({"description": {"description": "A thing.", "x": 1}}, True),
        ({"description": {"description": "A thing.", "type": "string"}}, False),
        ({"description": {"description": "A thing.", "type": "x"}}, True),
        ({"type": "any"}, False),
        ({"type": ["str", "any"]}, False),
        ({"type": ["x", "any"]}, True),
        ({"minimum": 1, "exclusiveMinimum": True}, False),
        ({"exclusiveMinimum": False}, False),
        ({"exclusiveMinimum": True}, True),
        ({"required": False}, False),
        ({"items": {"required": True}}, True),
        ({"description": "x", "type": "str"}, False),
    ],
    ids=str,
)
def test_a_description_that_cannot_be_kept_is_a_loss(given: dict[str, Any], lossy: bool) -> None:
    """The report says that something is lost when words that no text can hold had to go."""
    report = explain(request({"type": "object", "properties": {"a": given, "b": {"type": "int"}}}))

    assert lossy == bool(report.lossy)


@pytest.mark.parametrize("text", ["[1]", "5", '"x"', "null", "{bad", "[" * 100_000])
def test_a_text_that_is_no_schema_stays(text: str) -> None:
    """Parameters as a string of JSON are read; any other string is left for `check`."""
    payload = request(text)

    assert sanitize(payload) is payload


@pytest.mark.parametrize("key", ["anyOf", "oneOf", "allOf", "prefixItems", "items"])
def test_schemas_in_a_tuple(key: str) -> None:
    """A tuple of schemas is looked into as a list of them is."""
    new = mended_property({key: ({"type": "str"}, {"type": "string"})})

    assert list(new[key]) == [{"type": "string"}, {"type": "string"}]


def test_required_of_several_kinds() -> None:
    """Names that are lifted stand behind those that are listed, whatever else the list holds."""
    schema = {"properties": {"a": {"required": True}, "b": {}}, "required": ["b", ["a"]]}

    assert mended(schema)["required"] in (["b", ["a"], "a"], ["b", "a"])


WRAPS: tuple[Callable[[Any], dict[str, Any]], ...] = (
    lambda inner: {"type": "array", "items": inner},
    lambda inner: {"type": "object", "properties": {"a": inner}},
    lambda inner: {"anyOf": [inner]},
    lambda inner: {"additionalProperties": inner},
)


@pytest.mark.parametrize(("outer", "inner"), [*product(WRAPS[:3], repeat=2)])
def test_schemas_that_contain_each_other(outer: Any, inner: Any) -> None:
    """They come back as they are, through whichever keywords one leads to the other."""
    schema: dict[str, Any] = {}
    schema.update(outer(inner(schema)))
    payload = request(schema)

    assert sanitize(payload) is payload


@pytest.mark.parametrize("levels", range(14, 22))
def test_schemas_of_every_depth(levels: int) -> None:
    """A fault is found at any depth, within what is common and beyond."""
    for wrap in WRAPS:
        schema: Any = {"type": "str"}
        clean: Any = {"type": "string"}
        for _ in range(levels):
            schema, clean = wrap(schema), wrap(clean)

        assert clean == mended(schema)
        assert sanitize(request(clean))["tools"][0]["function"]["parameters"] is clean


# -- properties without their object --------------------------------------------------------------

STRING = {"type": "string"}
KEYWORD_NAMES = (
    "type", "title", "description", "required", "enum", "items", "properties", "format", "pattern",
    "default", "const", "examples", "$ref", "$id", "$schema", "$defs", "definitions", "anyOf",
    "allOf", "oneOf", "minimum", "maxLength", "minItems", "uniqueItems", "contains",
    "multipleOf", "readOnly", "nullable", "patternProperties", "prefixItems",
)  # fmt: skip


@pytest.mark.parametrize("name", KEYWORD_NAMES)
@pytest.mark.parametrize(
    "schema",
    [STRING, {"type": "array", "items": STRING}, {"type": ["string", "null"], "description": "d"}],
    ids=str,
)
def test_a_bare_map_of_properties_is_wrapped(name: str, schema: dict[str, Any]) -> None:
    """Properties in the schema's place get their object, whatever keyword one is called after.

    Alone, first or last among others; nothing is lost.
    """
    for bare in ({name: schema}, {name: schema, "body": {}}, {"title": STRING, name: schema}):
        report = explain(request(bare))

        (tool,) = report.payload["tools"]
        assert tool["function"]["parameters"] == {"type": "object", "properties": bare}
        assert not report.lossy


@pytest.mark.parametrize(
    ("bare", "expected"),
    [
        ({"title": STRING, "enum": None, "required": []}, None),
        ({"title": STRING, "description": None}, {"title": STRING}),
        ({"title": STRING, "required": False, "anyOf": []}, {"title": STRING}),
        ({"title": STRING, "required": True}, {"title": STRING}),
        ({"title": STRING, "$schema": "x"}, {"title": STRING}),
        ({"title": STRING, "exclusiveMinimum": False}, {"title": STRING}),
    ],
    ids=str,
)
def test_a_bare_map_beside_what_goes(bare: dict[str, Any], expected: Any) -> None:
    """What some repair removes tells neither way, so that one pass is enough."""
    new = mended(bare)

    if expected is not None:
        assert new["properties"] == expected
    assert mended(new) is new


@pytest.mark.parametrize(
    "schema",
    [
        {"type": STRING, "items": "string"},
        {"type": None, "items": {"type": STRING}},
        {"type": [], "items": "string"},
        {"type": STRING, "not": {"type": STRING}},
        {"type": STRING, "additionalProperties": {"title": STRING}},
        {"title": {"type": STRING}, "type": {"properties": {"a": STRING}}},
        {"title": {"a": STRING}, "type": {"description": "d"}},
        {"default": STRING, "$id": 5},
        {"default": STRING, "$id": {"type": STRING}},
    ],
    ids=str,
)
def test_a_map_that_shows_only_when_what_is_within_is_repaired(schema: dict[str, Any]) -> None:
    """Once is enough, also where a repair within shows what the schema around it is."""
    for outer in (schema, {"type": "object", "properties": {"p": schema}}):
        new = mended(outer)
        assert mended(new) is new


def test_a_required_bare_map_within() -> None:
    """Draft 3's required on a property that is a bare map is lifted as any other."""
    schema = {"type": "object", "properties": {"a": {"title": STRING, "required": True}}}

    new = mended(schema)

    assert new["properties"] == {"a": {"type": "object", "properties": {"title": STRING}}}
    assert new["required"] == ["a"]
    assert mended(new) is new


@pytest.mark.parametrize("name", ["not", "if", "then", "additionalProperties", "propertyNames"])
def test_a_keyword_with_its_own_value_is_a_name_beside_one_without(name: str) -> None:
    """A schema under ``not`` is the keyword's, unless something beside it shows a bare map."""
    assert sanitize(request({name: STRING})) == request({name: STRING})
    bare = {name: STRING, "title": STRING}
    assert mended(bare) == {"type": "object", "properties": bare}


def test_a_bare_map_within_is_wrapped_where_it_would_be_refused() -> None:
    """A property whose schema is a bare map is wrapped if a keyword there has an object.

    Without one the schema is valid, and Mistral accepts it as it is.
    """
    refused = {"title": STRING, "items": {"type": "array"}, "street": STRING}
    accepted = {"street": STRING, "city": STRING}
    schema = {"type": "object", "properties": {"a": refused, "b": accepted}}

    new = mended(schema)["properties"]

    assert new == {"a": {"type": "object", "properties": refused}, "b": accepted}
    assert new["b"] is accepted


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object"},
        {},
        {"anyOf": [STRING]},
        {"$ref": "#/$defs/a", "$defs": {"a": STRING}},
        {"type": "object", "properties": {"properties": STRING}},
        {"properties": {"title": STRING, "type": STRING}},
        {"properties": {"properties": STRING}},
        {"properties": {}},
        {"definitions": {"a": STRING}},
        {"patternProperties": {"^a": STRING}},
        {"x": {}},
        {"x": {"y": 1}},
        {"x-note": {"const": {"a": 1}}},
        {"default": {"a": 1}, "x": STRING},
        {"x": STRING, "y": True},
        {"x": STRING, 5: STRING},
        {"additionalProperties": STRING, "x": STRING},
    ],
    ids=str,
)
def test_a_schema_is_not_taken_for_a_bare_map(schema: dict[Any, Any]) -> None:
    """One keyword with a value of its own, or one value that is not a schema, and it stays."""
    assert mended(schema) is schema


def test_the_quick_look_knows_bare_maps() -> None:
    """The quick look vouches for no bare map, and for what merely has no type."""
    assert not _json_schema.is_plain({"city": STRING})
    assert not _json_schema.is_plain({"items": STRING})
    assert _json_schema.is_plain({"properties": {"city": STRING}})
    assert _json_schema.is_plain({"city": 5})
    assert _json_schema.is_plain({})


# -- references to a base that goes ----------------------------------------------------------------

BASE = "https://e.org/a/s"


@pytest.mark.parametrize(
    ("base", "reference", "local"),
    [
        (BASE, f"{BASE}#/$defs/x", "#/$defs/x"),
        (BASE, BASE, "#"),
        (BASE, f"{BASE}#", "#"),
        (f"{BASE}#", f"{BASE}#/$defs/x", "#/$defs/x"),
        (BASE, "s#/$defs/x", "#/$defs/x"),
        (BASE, "/a/s", "#"),
        (BASE, f"{BASE}#anchor", "#anchor"),
        (BASE, "#/$defs/x", "#/$defs/x"),
        (BASE, "#", "#"),
        (BASE, "part", "#/$defs/p~1q"),
        (BASE, "https://e.org/a/part#/properties/y", "#/$defs/p~1q/properties/y"),
        (BASE, "#named", "#/$defs/n"),
        (BASE, "https://other.org/s#/$defs/x", "https://other.org/s#/$defs/x"),
        (BASE, "http://[", "http://["),
        ("urn:example:s", "urn:example:s#/$defs/x", "#/$defs/x"),
        ("urn:example:s", "#/$defs/x", "#/$defs/x"),
        ("s.json", "s.json#/$defs/x", "#/$defs/x"),
    ],
)
def test_references_follow_the_id_that_goes(base: str, reference: str, local: str) -> None:
    """Without ``$id`` a reference leads where it led: a base that went is the document itself."""
    schema = {
        "$id": base,
        "properties": {"a": {"$ref": reference}, "b": {"$ref": 5}},
        "$defs": {
            "x": STRING,
            "p/q": {"$id": "part", "properties": {"y": {"$ref": "#/properties/z"}, "z": {}}},
            "n": {"$id": "#named"},
        },
    }

    report = explain(request(schema))
    (tool,) = report.payload["tools"]
    new = tool["function"]["parameters"]

    assert new["properties"] == {"a": {"$ref": local}, "b": {"$ref": 5}}
    assert new["$defs"]["p/q"]["properties"]["y"] == {"$ref": "#/$defs/p~1q/properties/z"}
    assert "$id" not in json.dumps(new)
    assert not report.lossy
    assert sanitize(report.payload) is report.payload


def test_references_without_an_id_stay() -> None:
    """Where no ``$id`` goes, no reference changes, absolute ones and dangling ones included."""
    schema = {"properties": {"a": {"$ref": f"{BASE}#/$defs/x"}, "$id": {"$ref": "#/$defs/x"}}}

    assert mended(schema) is schema


def test_references_of_a_huge_schema() -> None:
    """Beyond thousands of schemas, and at great depth, ``$id`` goes all the same."""
    wide = {"$id": BASE, "properties": {f"p{n}": {"$ref": f"{BASE}#/x"} for n in range(11_000)}}
    deep: dict[str, Any] = {"$id": BASE, "$ref": BASE}
    for _ in range(300):
        deep = {"items": deep}

    assert {p["$ref"] for p in mended(wide)["properties"].values()} == {"#/x"}
    assert "$id" not in json.dumps(mended({"type": "array", **deep}))
