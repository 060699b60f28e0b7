"""The memory of tools: a `Sanitizer` that has seen much does what a new one does."""

from __future__ import annotations

import copy
import json
import pickle
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from enum import IntEnum
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_sanitize import Report, Sanitizer, profiles
from mistral_sanitize.engine.tools import ToolsPass
from tests.laws import law
from tests.payloads import schemas


def memory(sanitizer: Sanitizer) -> ToolsPass:
    """The pass over tools that a sanitizer holds."""
    found = sanitizer._list_passes["tools",]
    assert isinstance(found, ToolsPass)
    return found


def request(*parameters: Any, **function: Any) -> dict[str, Any]:
    """A request with tools of these parameters."""
    tools = [
        {"type": "function", "function": {"name": f"f{at}", "parameters": schema, **function}}
        for at, schema in enumerate(parameters)
    ]
    messages = [{"role": "user", "content": "Go."}]
    return {"model": "mistral-large-latest", "messages": messages, "tools": tools}


def told(report: Report) -> Any:
    """All that a report says, values included."""
    changes = [(c.op, c.path, c.rule, c.lossy, c.before, c.after) for c in report.changes]
    return report.payload, changes


BOUNDED = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}}
ONE_OF_EACH = (1, 1.0, True)


def bounded(switch: Any) -> dict[str, Any]:
    """A schema in which ``True`` is draft 4's switch, and a number draft 7's bound."""
    schema = copy.deepcopy(BOUNDED)
    schema["properties"]["n"]["exclusiveMinimum"] = switch  # type: ignore[index]
    return schema


@pytest.mark.parametrize("first", ONE_OF_EACH)
def test_equal_values_of_other_types_are_told_apart(first: Any) -> None:
    """``1 == 1.0 == True``: whichever came first, each is judged by itself."""
    sanitizer = Sanitizer()
    sanitizer.sanitize(request(bounded(first)))
    for switch in ONE_OF_EACH:
        payload = request(bounded(switch))
        assert told(sanitizer.explain(payload)) == told(Sanitizer().explain(payload))
        assert (sanitizer.sanitize(payload) is payload) is (switch is not True)
    assert len(memory(sanitizer)._found) == 3


class One(IntEnum):
    """A subclass of `int`."""

    ONE = 1


@pytest.mark.parametrize(
    "schema",
    [
        OrderedDict(BOUNDED),
        {**BOUNDED, "properties": OrderedDict(n={"type": "integer"})},
        {**BOUNDED, "minProperties": One.ONE},
        {**BOUNDED, "default": {1, 2}, "examples": [object()]},
    ],
    ids=["dict", "within", "int", "object"],
)
def test_subclasses_are_never_trusted(schema: Any) -> None:
    """What is not of the built-in types themselves is looked at each time, and not remembered."""
    sanitizer = Sanitizer()
    for _ in range(2):
        payload = request(schema)
        assert told(sanitizer.explain(payload)) == told(Sanitizer().explain(payload))
    assert not memory(sanitizer)._found


def test_the_same_content_is_found_again() -> None:
    """Equal lists parsed anew are one entry, found again; an odd tool does not matter."""
    sanitizer = Sanitizer()
    body = json.dumps(request(BOUNDED, {"type": "str"}, BOUNDED))
    first = sanitizer.explain(json.loads(body))
    (found,) = memory(sanitizer)._found.values()
    assert (found.names, found.others) == ({"f0", "f2"}, (1,))
    second = sanitizer.explain(json.loads(body))
    assert told(first) == told(second)
    assert [change.path for change in second.changes] == ["/tools/1/function/parameters/type"]
    assert len(memory(sanitizer)._found) == 1


def test_mutation_does_not_poison() -> None:
    """A list that is changed after the call is another list to the next call."""
    sanitizer = Sanitizer()
    payload = request(copy.deepcopy(BOUNDED))
    assert sanitizer.sanitize(payload) is payload
    payload["tools"][0]["function"]["parameters"]["properties"]["n"]["type"] = "int"
    assert sanitizer.sanitize(payload) == Sanitizer().sanitize(payload) != payload
    payload["tools"][0]["function"]["parameters"]["properties"]["n"]["type"] = "integer"
    assert sanitizer.sanitize(payload) is payload


def test_mutation_meanwhile_does_not_poison() -> None:
    """A list that another thread changes during the calls leaves no wrong entry behind."""
    sanitizer, stop = Sanitizer(), Event()
    payload = request(*(copy.deepcopy(BOUNDED) for _ in range(20)))
    inner = payload["tools"][10]["function"]["parameters"]["properties"]["n"]

    def change() -> None:
        while not stop.is_set():
            inner["type"] = "int"
            inner["type"] = "integer"

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        for _ in range(200):
            sanitizer.sanitize(payload)
        stop.set()
        changing.result()
    for word in ("int", "integer"):
        inner["type"] = word
        assert sanitizer.sanitize(payload) == Sanitizer().sanitize(payload)


def test_bounded() -> None:
    """However many lists come, so many are remembered, and none is treated otherwise."""
    sanitizer = Sanitizer()
    for count in range(ToolsPass._MOST + 20):
        sanitizer.sanitize(request({**BOUNDED, "maxProperties": count}))
        assert len(memory(sanitizer)._found) <= ToolsPass._MOST
    payload = request({**BOUNDED, "maxProperties": 1})
    assert sanitizer.sanitize(payload) is payload


def test_each_has_its_own() -> None:
    """Other rules or another profile are another `Sanitizer`, with a memory of its own."""
    payload = request(BOUNDED, strict=True)
    seen = Sanitizer()
    assert seen.sanitize(payload) is payload
    older = Sanitizer(profile=profiles.get("2024-09-17"))
    assert "strict" not in older.sanitize(payload)["tools"][0]["function"]
    with_schema = request({"$schema": "http://json-schema.org/draft-07/schema#", **BOUNDED})
    assert seen.sanitize(with_schema) is with_schema
    assert Sanitizer(enable=("schema-dialect",)).sanitize(with_schema) != with_schema
    assert seen.with_endpoint("/v1/agents/completions")._list_passes["tools",] is not memory(seen)


@pytest.mark.parametrize(
    "clone", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_not_pickled(clone: Any) -> None:
    """A copy is equal, and begins with nothing."""
    sanitizer = Sanitizer()
    sanitizer.sanitize(request(BOUNDED))
    copied = clone(sanitizer)
    assert copied == sanitizer
    assert not memory(copied)._found
    assert b"properties" not in pickle.dumps(sanitizer)


def test_threads_share_it() -> None:
    """Threads that sanitize the same lists and others at once get what one alone gets."""
    sanitizer = Sanitizer()
    bodies = [json.dumps(request({**BOUNDED, "maxProperties": n % 40, "type": kind}))
              for n in range(400) for kind in ("object", "Object")]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(sanitizer.sanitize_json, bodies))
    assert results == [Sanitizer().sanitize_json(body) for body in bodies]


SEEN = Sanitizer()
"""Lives through all examples of the law."""


@law
@given(st.lists(schemas(), min_size=1, max_size=3))
def test_as_without_a_memory(parameters: list[Any]) -> None:
    """Whatever the tools: seen before or not, the result and the report are a new sanitizer's."""
    payload = request(*parameters)
    expected = told(Sanitizer().explain(payload))
    for _ in range(2):
        assert repr(told(SEEN.explain(payload))) == repr(expected)
