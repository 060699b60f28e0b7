"""Lossy to the letter: what is gone is named, and what is named is gone.

Payloads are drawn, and some of their words, numbers and booleans are marked. Each that is marked is
in the result, or in what a lossy change had before it, or in a table of what says nothing: the
defaults and shapes of `rules._loss`, and ids, which `Report.ids` maps back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_sanitize import Sanitizer, explain
from mistral_sanitize.rules import RULES
from mistral_sanitize.rules._loss import DEFAULTS, says_more, says_something
from tests import jsonpatch
from tests.laws import law
from tests.payloads import options, payloads

Path = tuple[Any, ...]

IDS = frozenset(("id", "call_id", "tool_call_id", "tool_use_id", "$id"))
"""Keys of ids: a new one takes their place wherever the old one was."""


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The texts, numbers and booleans in a value, each with the keys that lead to it."""
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*path, key))
    elif value is not None:
        yield path, value


def put(value: Any, path: Path, leaf: Any) -> Any:
    """A copy of a value with something else at a place."""
    if not path:
        return leaf
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], leaf)
    return copy


def key_of(path: Path) -> Any:
    """The key of an object that leads to a place, through whatever lists."""
    return next((key for key in reversed(path) if isinstance(key, str)), None)


def is_default(key: Any, leaf: Any) -> bool:
    """Whether a leaf is in the table of defaults, in which a number is not a boolean."""
    return any(written(leaf) == written(default) for default in DEFAULTS.get(key, ())) or (
        isinstance(leaf, float) and any(leaf == number for number in DEFAULTS.get(key, ()))
    )


def written(value: Any) -> str:
    return json.dumps(value)


@st.composite
def marked(draw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A payload, some leaves of which are marked words and numbers; and the marks, by place."""
    payload = json.loads(json.dumps(jsonpatch.plain(draw(payloads()))))
    places = [path for path, _ in leaves(payload) if key_of(path) not in IDS]
    chosen = draw(st.lists(st.sampled_from(places), max_size=6, unique=True)) if places else []
    marks = {}
    for at, path in enumerate(chosen):
        mark: Any = f"zq{at}qz" if draw(st.integers(0, 2)) else 810_000_007 + at
        marks[str(path)] = mark
        payload = put(payload, path, mark)
    return payload, marks


FORM = {"type": "zq0qz", "schema": {"type": "object"}}
CALL = {"name": "f", "arguments": "{}"}


def told(content: Any, **fields: Any) -> dict[str, Any]:
    """A request in which the assistant of a reasoning model said something."""
    said = {"role": "assistant", "content": content, **fields}
    messages = [{"role": "user", "content": "Hi"}, said, {"role": "user", "content": "So?"}]
    return {"model": "magistral-medium-latest", "messages": messages}


WORD = {"word": "zq0qz"}
NUMBER = {"number": 810_000_007}


@law
@given(marked(), options())
@example((told("Yes.", reasoning_content=["a", 810_000_007]), NUMBER), {})
@example((told("Yes.", reasoning_content=[[{"x": 810_000_007}], "a"]), NUMBER), {})
@example((told("Yes.", tool_calls="zq0qz", function_call=CALL), WORD), {})
@example(({"messages": [], "tools": "zq0qz", "functions": [{"name": "f"}]}, WORD), {})
@example(({"messages": [{"role": "assistant", "content": "a", "prefix": "zq0qz"}]}, WORD), {})
@example(({"messages": [], "response_format": FORM}, WORD), {})
@example((told("", tool_calls=[{"id": "a", "type": "zq0qz", "function": CALL}]), WORD), {})
@example((told("", tool_calls=[{"id": "a", "type": "zq0qz", **CALL}]), WORD), {})
@example(
    ({"messages": [], "tools": [{"type": "custom", "custom": {
        "name": "f", "format": {"type": "zq0qz", "grammar": {"definition": "d"}}}}]}, WORD), {},
)  # fmt: skip
def test_what_is_gone_is_named(
    drawn: tuple[dict[str, Any], dict[str, Any]], opts: dict[str, Any]
) -> None:
    """Every marked word and number is in the result, or is named in a lossy change."""
    payload, marks = drawn
    report = Sanitizer(**opts).explain(payload)
    before, result = written(payload), written(report.payload)
    named = written([change.before for change in report.lossy])

    gone = {mark for mark in map(str, marks.values()) if mark in before and mark not in result}
    assert {mark for mark in gone if mark not in named} == set()


SWITCHES = ("required", "exclusiveMinimum", "exclusiveMaximum")
"""Booleans of JSON Schema's drafts 3 and 4."""
REASONING = frozenset(
    ("reasoning_effort", "reasoning", "thinking", "think", "enable_thinking",
     "chat_template_kwargs", "chat_template_args")
)  # fmt: skip
"""Fields of a request that ask for reasoning, or for none, by a switch."""
TOOLLESS = frozenset(("parallel_tool_calls", "tool_choice"))
"""Fields that choose among tools, which says nothing where there are none."""


@law
@given(payloads(), st.data())
def test_a_boolean_that_is_gone_is_named(payload: dict[str, Any], data: Any) -> None:
    """So is a boolean: one more than there is in the result was in a lossy change, or a default."""
    payload = json.loads(json.dumps(jsonpatch.plain(payload)))
    for path, leaf in list(leaves(payload)):
        if isinstance(leaf, bool):
            payload = put(payload, path, "so")
    places = [path for path, _ in leaves(payload) if key_of(path) not in IDS]
    if not places:
        return
    path, word = data.draw(st.sampled_from(places)), data.draw(st.booleans())
    payload = put(payload, path, word)

    report = explain(payload)

    text = json.dumps(word)
    if path[0] in REASONING or path[0] in TOOLLESS:
        return  # an effort says it in a word, or nothing else can happen
    if key_of(path) in SWITCHES and "properties" in path:
        return  # draft 7 has no such switch: it says the same with a name, or with the bound
    if text not in written(report.payload) and not is_default(key_of(path), word):
        assert text in written([change.before for change in report.lossy])


@law
@given(payloads(), options())
def test_what_is_named_is_gone(payload: dict[str, Any], opts: dict[str, Any]) -> None:
    """A lossy change had something before it: no default, no empty text, no null alone."""
    for change in Sanitizer(**opts).explain(jsonpatch.plain(payload)).lossy:
        key = key_of(tuple(change.path.split("/")))
        said = [(key_of(path), leaf) for path, leaf in leaves({key: change.before})]
        assert any(leaf != "" and not is_default(key, leaf) for key, leaf in said)


# -- the tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "value"), [(k, v) for k in DEFAULTS for v in DEFAULTS[k]], ids=str)
def test_a_default_says_nothing(key: str, value: Any) -> None:
    """A default that is spelled out says nothing under its key, at any depth; elsewhere it does."""
    assert not says_something(value, key)
    assert not says_something({key: value})
    assert not says_something([{"options": {key: value}}])
    assert not says_more({key: value, "text": "a"}, "a")
    assert says_something(value, "another_key")
    assert says_something({key: value, "another_key": 7})
    assert says_something({key: f"{value}, not"})


@pytest.mark.parametrize(
    ("value", "key"),
    [(0, "store"), (1, "include_usage"), (True, "n"), (False, "top_k"), (True, "store"),
     ([], "nothing"), ({"a": {"store": True}}, None), ({"stream_options": {"x": 1}}, None)],
    ids=str,
)  # fmt: skip
def test_what_is_like_a_default_says_something(value: Any, key: Any) -> None:
    """A number is not a boolean, and another value is not the default."""
    assert says_something(value, key) is (value != [])


@pytest.mark.parametrize(
    ("payload", "lossy"),
    [
        ({"store": False}, False),
        ({"store": True}, True),
        ({"stream_options": {"include_usage": True}}, False),
        ({"stream_options": {"include_usage": False}}, False),
        ({"stream_options": {"include_usage": True, "chunk_size": 5}}, True),
        ({"presence_penalty": 0}, False),
        ({"response_format": {"type": "json_object", "schema": {"type": "object"}}}, False),
        ({"response_format": {"type": "grammar", "schema": {"type": "object"}}}, True),
        ({"presence_penalty": 0.5}, True),
        ({"messages": [{"type": "message", "role": "user", "content": "a"}]}, False),
        ({"tools": [{"type": "function", "function": {"name": "f"}, "external_execution": False}]},
         False),
        ({"tools": [{"type": "function", "function": {"name": "f"}, "external_execution": True}]},
         True),
        ({"messages": [{"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "a", "content": "c", "is_error": False}]}]},
         False),
        ({"messages": [{"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "a", "content": "c", "is_error": True}]}]},
         True),
    ],
    ids=str,
)  # fmt: skip
def test_noise(payload: dict[str, Any], lossy: bool) -> None:
    """What says nothing that is lost is not a loss, and beside it what says something is."""
    messages = [{"role": "user", "content": "Hi"}]

    assert bool(explain({"model": "m", "messages": messages, **payload}).lossy) == lossy


def test_what_the_table_says_of_a_rule() -> None:
    """A rule of which the table says that it always loses something, or never, does so."""
    for payload, rule, lossy in (
        ({"reasoning_effort": "HIGH"}, "reasoning-effort", False),
        ({"reasoning_effort": "off"}, "reasoning-effort", False),
        ({"reasoning_effort": "minimal"}, "reasoning-effort", True),
        ({"messages": [{"role": "assistant", "content": "a", "prefix": 0}]},
         "trailing-assistant", True),
        ({"messages": [{"role": "assistant", "content": "a"}]}, "trailing-assistant", False),
    ):  # fmt: skip
        (change,) = explain({"model": "mistral-small-latest", "messages": [], **payload}).changes
        assert (change.rule, change.lossy) == (rule, lossy)
        assert RULES[rule].lossy in (None, lossy)


def test_places_in_a_list() -> None:
    """An index that says the place of its item says nothing; another number does."""
    assert not says_more([{"index": 0, "text": "a"}, {"index": 1, "text": "b"}], "ab")
    assert says_more([{"index": 7, "text": "a"}], "a")
    assert says_more({"index": 0, "text": "a"}, "a")
