"""Strict schemas of a response format, and schemas that are in a place near their own."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_sanitize import check, explain, sanitize
from tests.jsonpatch import apply

STRING = {"type": "string"}
OBJECT: dict[str, Any] = {"type": "object", "properties": {"a": STRING}}
CLOSED: dict[str, Any] = {**OBJECT, "additionalProperties": False}
MAP = {"type": "object", "additionalProperties": STRING}


def request(**fields: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "Hi"}]
    return {"model": "mistral-small-latest", "messages": messages, **fields}


def strict(schema: Any, *, on: Any = True) -> dict[str, Any]:
    named = {"name": "n", "schema": schema, "strict": on}
    return request(response_format={"type": "json_schema", "json_schema": named})


def closed(schema: Any) -> Any:
    """The schema of a strict format, sanitized; nothing of it is lost, and once is enough."""
    before = strict(schema)
    report = explain(before)
    assert not report.lossy
    assert {change.rule for change in report.changes} <= {"strict-schema"}
    assert apply(before, report.as_json_patch()) == report.payload
    assert sanitize(report.payload) is report.payload
    return report.payload["response_format"]["json_schema"]["schema"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (OBJECT, CLOSED),
        ({"type": "object"}, {"type": "object", "additionalProperties": False}),
        ({"type": ["object", "null"]}, {"type": ["object", "null"], "additionalProperties": False}),
        ({"properties": {}}, {"properties": {}, "additionalProperties": False}),
        (
            {**OBJECT, "properties": {"o": OBJECT, "additionalProperties": OBJECT}},
            {**CLOSED, "properties": {"o": CLOSED, "additionalProperties": CLOSED}},
        ),
        ({"type": "array", "items": OBJECT}, {"type": "array", "items": CLOSED}),
        ({"anyOf": [OBJECT, STRING]}, {"anyOf": [CLOSED, STRING]}),
        ({"oneOf": [OBJECT, OBJECT]}, {"oneOf": [CLOSED, CLOSED]}),
        ({"$ref": "#/$defs/a", "$defs": {"a": OBJECT}},
         {"$ref": "#/$defs/a", "$defs": {"a": CLOSED}}),
        ({"definitions": {"a": OBJECT, "m": MAP}}, {"definitions": {"a": CLOSED, "m": MAP}}),
        ({"allOf": [OBJECT]}, {"allOf": [CLOSED]}),
        ({"type": "array", "prefixItems": [OBJECT]}, {"type": "array", "prefixItems": [CLOSED]}),
        ({**MAP, "$defs": {"a": OBJECT}}, {**MAP, "$defs": {"a": CLOSED}}),
        (
            {"allOf": [OBJECT, {"anyOf": [OBJECT]}], "items": OBJECT},
            {"allOf": [OBJECT, {"anyOf": [OBJECT]}], "items": CLOSED},
        ),
        (
            {**OBJECT, "anyOf": [{**OBJECT, "required": ["a"], "properties": {"b": OBJECT}}]},
            {**CLOSED, "anyOf": [{**OBJECT, "required": ["a"], "properties": {"b": CLOSED}}]},
        ),
        ({**OBJECT, "if": OBJECT, "then": OBJECT, "else": OBJECT, "not": OBJECT},
         {**CLOSED, "if": OBJECT, "then": OBJECT, "else": OBJECT, "not": OBJECT}),
    ],
    ids=str,
)  # fmt: skip
def test_strict_objects_are_closed(schema: Any, expected: Any) -> None:
    """Each object of a strict schema says that it has no other properties.

    Branches that say more of the same object do not: closed, they would exclude each other.
    """
    assert closed(schema) == expected


@pytest.mark.parametrize(
    "schema",
    [
        {}, STRING, CLOSED, MAP, {"type": "object", "additionalProperties": True},
        {"anyOf": [CLOSED, STRING]}, {"type": "array", "items": CLOSED},
        {"$ref": "#/$defs/a", "$defs": {"a": CLOSED}}, {"type": "string", "properties": {}},
        {"enum": [OBJECT], "const": OBJECT, "default": OBJECT},
    ],
    ids=str,
)  # fmt: skip
def test_a_strict_schema_that_says_so_stays(schema: Any) -> None:
    """A closed object, an explicit map, and what is not an object come back untouched."""
    before = strict(schema)
    assert sanitize(before) is before


@pytest.mark.parametrize("on", [False, None])
def test_a_schema_that_is_not_strict_stays(on: Any) -> None:
    """Without ``strict: true`` a schema is the user's own."""
    new = sanitize(strict(OBJECT, on=on))["response_format"]["json_schema"]

    assert new["schema"] is OBJECT
    plain = request(response_format={"type": "json_schema", "json_schema": {
        "name": "n", "schema": OBJECT}})  # fmt: skip
    assert sanitize(plain) is plain


def test_strict_in_quotes() -> None:
    """What is strict only after another repair is closed in the same pass."""
    new = sanitize(strict(OBJECT, on="true"))

    assert new == strict(CLOSED)
    assert sanitize(new) is new


def test_a_tool_is_not_closed() -> None:
    """A strict function keeps its parameters: no refusal of one is known."""
    tool = {"type": "function", "function": {"name": "f", "strict": True, "parameters": OBJECT}}
    payload = request(tools=[tool])

    assert sanitize(payload) is payload


def test_the_rule_can_be_switched_off() -> None:
    payload = strict(OBJECT)

    assert sanitize(payload, disable=("strict-schema",)) is payload


def test_a_strict_schema_without_end() -> None:
    """A schema that contains itself comes back as it is."""
    schema: dict[str, Any] = dict(OBJECT)
    schema["items"] = schema
    payload = strict(schema)

    assert sanitize(payload) is payload


# -- a schema in a near place ----------------------------------------------------------------------


def named(schema: Any, name: str = "response", **others: Any) -> Any:
    json_schema = {"name": name, "schema": schema, **others}
    return request(response_format={"type": "json_schema", "json_schema": json_schema})


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"type": "json_schema", "json_schema": OBJECT}, named(OBJECT)),
        ({"json_schema": OBJECT}, named(OBJECT)),
        ({"type": "json_object", "json_schema": OBJECT}, named(OBJECT)),
        ({"type": "json_schema", "json_schema": {"anyOf": [OBJECT]}}, named({"anyOf": [OBJECT]})),
        ({"type": "json_schema", "json_schema": {"title": STRING, "body": STRING}},
         named({"type": "object", "properties": {"title": STRING, "body": STRING}})),
        ({"type": "json_schema", "json_schema": {"name": "n", "strict": False, **OBJECT}},
         named(OBJECT, "n", strict=False)),
        ({"type": "json_schema", "json_schema": {"name": "n", "strict": True, **OBJECT}},
         named(CLOSED, "n", strict=True)),
        ({"type": "json_schema", "json_schema": {"description": "d", **OBJECT}},
         named({"description": "d", **OBJECT})),
        (OBJECT, named(OBJECT)),
        ({"type": "array", "items": OBJECT}, named({"type": "array", "items": OBJECT})),
    ],
    ids=str,
)  # fmt: skip
def test_a_format_that_is_the_schema(form: Any, expected: Any) -> None:
    """A schema in the place of what names it moves one place down, and nothing is lost."""
    report = explain(request(response_format=form))

    assert report.payload == expected
    assert not report.lossy
    assert check(report.payload) == ()
    assert sanitize(report.payload) is report.payload


@pytest.mark.parametrize(
    "json_schema",
    [{"name": "n", "schema": OBJECT}, {"name": "n", "schema": {}}, {"name": "n", "schema": MAP}],
    ids=str,
)
def test_a_named_schema_stays(json_schema: Any) -> None:
    """What has a schema under its own name is right."""
    payload = request(response_format={"type": "json_schema", "json_schema": json_schema})

    assert sanitize(payload) is payload


NAMES = ("arguments", "input_schema", "inputSchema", "schema", "parametersJsonSchema")


def function(**fields: Any) -> dict[str, Any]:
    return request(tools=[{"type": "function", "function": {"name": "f", **fields}}])


@pytest.mark.parametrize("key", NAMES)
@pytest.mark.parametrize("schema", [OBJECT, {}, MAP, {"type": "object"}], ids=str)
def test_parameters_under_another_name(key: str, schema: Any) -> None:
    """The parameters of a function are found under each name that a client has for them."""
    for payload in (function(**{key: schema}), function(**{key: schema, "parameters": None}),
                    request(tools=[{"type": "function", "name": "f", key: schema}])):  # fmt: skip
        report = explain(payload)
        assert report.payload == function(parameters=schema)
        assert not report.lossy


@pytest.mark.parametrize("key", NAMES)
def test_parameters_under_two_names(key: str) -> None:
    """Beside ``parameters`` another schema goes: lossy, unless it is the same."""
    same = explain(function(parameters=OBJECT, **{key: dict(OBJECT)}))
    other = explain(function(parameters=OBJECT, **{key: MAP}))

    assert same.payload == other.payload == function(parameters=OBJECT)
    assert not same.lossy
    assert [change.path for change in other.lossy] == [f"/tools/0/function/{key}"]


@pytest.mark.parametrize("key", NAMES)
def test_parameters_that_are_not_a_schema(key: str) -> None:
    """What is not an object under such a name is an unknown key."""
    report = explain(function(parameters=OBJECT, **{key: "text"}))

    assert report.payload == function(parameters=OBJECT)
    assert [change.rule for change in report.lossy] == ["unknown-key"]
