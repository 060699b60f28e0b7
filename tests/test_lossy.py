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

from mistral_sanitize import Sanitizer, catalog, explain
from mistral_sanitize.rules import RULES
from mistral_sanitize.rules._loss import DEFAULTS, _is_silent, says_more, says_something
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


@st.composite
def with_boolean(draw: Any) -> tuple[dict[str, Any], Path]:
    """A payload with one boolean in it, at a place that is drawn; and the place."""
    payload = json.loads(json.dumps(jsonpatch.plain(draw(payloads()))))
    for path, leaf in list(leaves(payload)):
        if isinstance(leaf, bool):
            payload = put(payload, path, "so")
    places = [path for path, _ in leaves(payload) if key_of(path) not in IDS]
    if not places:
        return {"store": draw(st.booleans())}, ("store",)
    path = draw(st.sampled_from(places))
    return put(payload, path, draw(st.booleans())), path


def at(value: Any, path: Path) -> Any:
    """What is at a place; ``None`` where there is none."""
    for step in path:
        found = isinstance(value, dict) and step in value
        if not found and not (isinstance(value, list) and isinstance(step, int)):
            return None
        value = value[step]
    return value


REASONING = frozenset(
    ("reasoning_effort", "reasoning", "thinking", "think", "enable_thinking",
     "chat_template_kwargs", "chat_template_args")
)  # fmt: skip
"""Fields of a request that ask for reasoning, or for none."""
SWITCHES = frozenset((*REASONING, "effort", "enabled", "type", "level"))
"""Keys whose boolean does that there."""
BOUNDS = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}


def is_told_otherwise(payload: Any, path: Path, result: Any) -> bool:
    """Whether the result has a boolean in other words, or it is one of the wishes of the table in
    docs/explanation/guarantees.md that are fulfilled without it.
    """
    word, key = at(payload, path), key_of(path)
    tools = result.get("tools")
    if path[0] in REASONING and key in SWITCHES:
        facts = catalog.DEFAULT.facts(result.get("model"))
        effort = result.get("reasoning_effort")
        if effort is None and facts.reasoning_efforts == ():
            return word is bool(facts.reasoning)  # it reasons always, or never
        return bool(effort == ("high" if word else "none"))
    if key == "disable_parallel_tool_use":
        return not tools or result.get("parallel_tool_calls") is not word
    if path == ("parallel_tool_calls",):
        return not tools  # nothing to call
    if key == "prefix":
        return word is True and not result["messages"][-1].get("prefix")  # nothing to continue
    if key == "required" and word is True:  # of a property: its object names it
        return any(r == path[-2] and key_of(p) == "required" for p, r in leaves(result))
    if key in BOUNDS and word is True:  # of a bound: the bound is there under the other name
        bound = at(payload, (*path[:-1], BOUNDS[key]))
        return any(leaf == bound and key_of(p) == key for p, leaf in leaves(result))
    return False


def asking(**fields: Any) -> dict[str, Any]:
    """A request of a model that can stop reasoning."""
    user = {"role": "user", "content": "Hi"}
    return {"model": "mistral-small-latest", "messages": [user], **fields}


TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
ALWAYS = {"model": "magistral-medium-2506"}
NEVER = {"model": "mistral-large-latest"}


def schema_of(schema: dict[str, Any]) -> dict[str, Any]:
    """A request with a tool whose one parameter has a schema."""
    parameters = {"type": "object", "properties": {"a": {"type": "number", **schema}}}
    return asking(tools=[{"type": "function", "function": {"name": "f", "parameters": parameters}}])


_OF_A = ("tools", 0, "function", "parameters", "properties", "a")
_BOOLEANS: tuple[tuple[dict[str, Any], Path], ...] = (
    (asking(tools=[TOOL], parallel_tool_calls=False), ("parallel_tool_calls",)),
    (asking(parallel_tool_calls=False), ("parallel_tool_calls",)),
    (asking(tools=[TOOL], tool_choice=True), ("tool_choice",)),
    (asking(tool_choice=False), ("tool_choice",)),
    (asking(tools=[TOOL], tool_choice={"type": "any", "x": True}), ("tool_choice", "x")),
    (asking(tool_choice={"type": "any", "x": False}), ("tool_choice", "x")),
    (asking(tools=[TOOL], tool_choice={"type": "auto", "disable_parallel_tool_use": True}),
     ("tool_choice", "disable_parallel_tool_use")),
    (asking(tool_choice={"type": "auto", "disable_parallel_tool_use": True}),
     ("tool_choice", "disable_parallel_tool_use")),
    (asking(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "f", "x": True}}),
     ("tool_choice", "function", "x")),
    (asking(functions=[{"name": "f"}], function_call=True), ("function_call",)),
    *((asking(**{key: word}), (key,)) for key in sorted(REASONING) for word in (True, False)),
    *((asking(**{key: word}, **model), (key,))
      for key in sorted(REASONING) for word in (True, False) for model in (ALWAYS, NEVER)),
    (asking(enable_thinking=True, reasoning_effort="none"), ("enable_thinking",)),
    (asking(enable_thinking=False, model="zai-glm-5-3"), ("enable_thinking",)),
    (asking(reasoning={"effort": "low", "exclude": True}), ("reasoning", "exclude")),
    (asking(reasoning={"enabled": True, "exclude": True}), ("reasoning", "exclude")),
    (asking(thinking={"type": "enabled", "display": False}), ("thinking", "display")),
    (asking(chat_template_kwargs={"enable_thinking": True, "x": False}),
     ("chat_template_kwargs", "x")),
    (asking(think=True, reasoning={"x": True}), ("reasoning", "x")),
    (schema_of({"required": True}), (*_OF_A, "required")),
    (schema_of({"items": {"required": True}}), (*_OF_A, "items", "required")),
    (schema_of({"minimum": 7, "exclusiveMinimum": True}), (*_OF_A, "exclusiveMinimum")),
    (schema_of({"exclusiveMaximum": True}), (*_OF_A, "exclusiveMaximum")),
    (schema_of({"title": True}), (*_OF_A, "title")),
    (told([{"type": "thinking", "thinking": "a", "signature": False}], reasoning="b"),
     ("messages", 1, "content", 0, "signature")),
    (told("a", prefix=True), ("messages", 1, "prefix")),
    (told("a", example=True), ("messages", 1, "example")),
)  # fmt: skip


def silent_boolean(payload: dict[str, Any], path: Path) -> str | None:
    """What is wrong where a boolean is gone, says something, and no lossy change names it."""
    word = at(payload, path)
    report = explain(payload)
    text = json.dumps(word)
    if text in written(report.payload) or is_default(key_of(path), word):
        return None
    if is_told_otherwise(payload, path, report.payload):
        return None
    named = [change.before for change in report.lossy]
    if path[0] in REASONING and ("high" if word else "none") in named:
        return None  # in the word that it was first
    return None if text in written(named) else str(report)


@law
@given(with_boolean())
def test_a_boolean_that_is_gone_is_named(drawn: tuple[dict[str, Any], Path]) -> None:
    """So is a boolean, wherever it was."""
    assert silent_boolean(*drawn) is None


@pytest.mark.parametrize(("payload", "path"), _BOOLEANS, ids=str)
def test_such_a_boolean(payload: dict[str, Any], path: Path) -> None:
    """In the fields of which the table has something to say, and beside them."""
    assert silent_boolean(payload, path) is None


@law
@given(payloads(), options())
def test_what_is_named_is_gone(payload: dict[str, Any], opts: dict[str, Any]) -> None:
    """A lossy change had something before it: no default, no empty text, no null alone."""
    for change in Sanitizer(**opts).explain(jsonpatch.plain(payload)).lossy:
        key = key_of(tuple(change.path.split("/")))
        said = [(key_of(path), leaf) for path, leaf in leaves({key: change.before})]
        assert any(leaf != "" and not is_default(key, leaf) for key, leaf in said)


@law
@given(marked(), options())
def test_what_is_there_is_not_named(
    drawn: tuple[dict[str, Any], dict[str, Any]], opts: dict[str, Any]
) -> None:
    """A change is lossy only if something is gone: where all it had are marks, one of them is."""
    payload, marks = drawn
    report = Sanitizer(**opts).explain(payload)
    result = written(report.payload)

    for change in report.lossy:
        key = key_of(tuple(change.path.split("/")))
        said = [leaf for path, leaf in leaves({key: change.before})
                if not _is_silent(key_of(path), leaf)]  # fmt: skip
        if said and all(leaf in marks.values() for leaf in said):
            assert any(str(leaf) not in result for leaf in said), str(report)


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
        ({"usage": {"include": True}, "include_reasoning": True}, False),
        ({"usage": {"include": False}}, True),
        ({"provider": {"allow_fallbacks": True, "data_collection": "allow"}}, False),
        ({"provider": {"allow_fallbacks": True, "data_collection": "deny"}}, True),
        ({"reasoning": {"enabled": False, "exclude": False}, "model": "mistral-small-latest"},
         False),
        ({"parallel_tool_calls": True}, False),
        ({"parallel_tool_calls": 1}, True),
        ({"mirostat": 0, "cache_prompt": True, "repeat_penalty": 1.0}, False),
        ({"mirostat": 2}, True),
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
        request = {"model": "mistral-small-latest", "messages": [], **payload}
        (change,) = explain(request).changes
        assert (change.rule, change.lossy) == (rule, lossy)
        assert RULES[rule].lossy in (None, lossy)


@pytest.mark.parametrize("content", ["", "a"])
def test_a_last_message_that_is_dropped(content: str) -> None:
    """It is a loss where it said something."""
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": content}]
    request = {"model": "mistral-small-latest", "messages": messages}
    (change,) = explain(
        request, enable=["trailing-assistant-drop"], disable=["empty-assistant"]
    ).changes
    assert (change.rule, change.lossy) == ("trailing-assistant-drop", bool(content))
    assert RULES[change.rule].lossy is None


def test_places_in_a_list() -> None:
    """An index that says the place of its item says nothing; another number does."""
    assert not says_more([{"index": 0, "text": "a"}, {"index": 1, "text": "b"}], "ab")
    assert says_more([{"index": 7, "text": "a"}], "a")
    assert says_more({"index": 0, "text": "a"}, "a")
