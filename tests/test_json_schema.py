"""JSON Schemas as Python objects can be, and no JSON text: without end, or beyond any depth."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_sanitize import _json_schema, sanitize


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
    """What is no name goes from the names that are required."""
    assert mended({"required": ["a", 5]}) == {"required": ["a"]}


def test_a_name_required_twice_is_looked_at_closer() -> None:
    """The quick look vouches for no list in which a name stands twice."""
    assert not _json_schema.is_plain({"type": "object", "required": ["a", "a"]})
    assert _json_schema.is_plain({"type": "object", "required": ["a", "b"]})
