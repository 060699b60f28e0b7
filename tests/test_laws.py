"""The laws of `sanitize`, each over everything that `json.dumps` accepts.

Every law is asked of every endpoint, of every profile and of any set of rules that are on; what a
law needs beyond that it says itself. Bugs that a law found stand beside it as examples.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st
from pydantic import ValidationError

from mistral_sanitize import (
    PENALTIES,
    Report,
    Sanitizer,
    check,
    explain,
    profiles,
    sanitize,
    strategies,
)
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.report import pointer
from mistral_sanitize.rules import RULES
from mistral_sanitize.rules._json_schema import draft_7, is_plain, without_id
from mistral_sanitize.schema.compile import compile_node
from mistral_sanitize.schema.node import Node, Value, node_of
from mistral_sanitize.schema.signature import signature
from tests import jsonpatch
from tests.laws import LEVELS, law
from tests.payloads import (
    CHAT,
    Object,
    conversations,
    described,
    exotic,
    numbered,
    options,
    payloads,
    schemas,
    subclassed,
)

FIM = "/v1/fim/completions"
USER = {"role": "user", "content": "Hello"}
IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org", "extra": 1}}
RESULT = {"type": "tool_result", "tool_use_id": "abcdefghi", "content": "#c0#"}
RESULT_IN_RESULT = {"type": "tool_result", "content": [{"type": "tool_result", "content": "a"}]}


def ask(*messages: Any, **fields: Any) -> dict[str, Any]:
    """A request with these messages, after one of the user's."""
    return {"model": "mistral-small-latest", "messages": [USER, *messages], **fields}


def call(id_: Any = "abcdefghi", name: Any = "f", arguments: Any = "{}") -> dict[str, Any]:
    """A tool call."""
    return {"id": id_, "type": "function", "function": {"name": name, "arguments": arguments}}


def called(*made: Any, **more: Any) -> dict[str, Any]:
    """An assistant's message with calls."""
    return {"role": "assistant", "content": "", "tool_calls": list(made), **more}


def result(id_: Any = "abcdefghi", **more: Any) -> dict[str, Any]:
    """A tool's message."""
    return {"role": "tool", "tool_call_id": id_, "content": "42", **more}


TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


def text(value: Any) -> str:
    """The value as JSON, in which 1, 1.0 and true differ, and in which order counts."""
    return json.dumps(value)


def ran(payload: dict[Any, Any], opts: Mapping[str, Any]) -> Report:
    """The report, with all that a failing example needs noted."""
    note(f"options: {described(opts)}")
    report = explain(payload, **opts)
    note(f"report: {report}")
    note(f"result: {report.payload!r}")
    return report


# -- total ---------------------------------------------------------------------------------------


@law
@given(payloads(), options())
@example(ask(called(call()), result(name=["f"])), {})
@example(
    ask({"role": "assistant", "content": "a", "prefix": True}),
    {"enable": {"trailing-assistant-drop"}},
)
@example(ask({"role": "user", "content": [{"type": "text", "text": None}]}), {})
@example(ask(called(call(3)), result(3)), {})
@example(ask(called(call(2**70)), result(2**70), called(call(True)), result(True)), {})
@example(ask(called(call(1.5), call(3)), result(1.5), result(3)), {})
@example(ask(called(call("3"), call(3)), result("3"), result(3)), {})
def test_total(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """Any JSON object whatever is sanitized without an exception, and printed without one."""
    report = ran(payload, opts)
    assert isinstance(report.payload, dict)
    assert str(report)
    assert repr(report)
    str(report).encode()


@cache
def nested(wrap: Callable[[Any], Any]) -> Any:
    inner: Any = "x"
    for _ in range(LEVELS):
        inner = wrap(inner)
    return inner


WRAPS: dict[str, Callable[[Any], Any]] = {
    "list": lambda v: [v],
    "tuple": lambda v: (v,),
    "object": lambda v: {"a": v},
    "text": lambda v: [{"type": "text", "text": v}],
    "content": lambda v: {"type": "text", "content": v},
    "thinking": lambda v: {"type": "thinking", "thinking": v},
    "source": lambda v: {"type": "document", "source": {"type": "content", "content": v}},
    "result": lambda v: [{"type": "tool_result", "content": v}],
    "file": lambda v: {"type": "file", "file": v},
    "image": lambda v: {"type": "image_url", "image_url": {"url": v}},
    "properties": lambda v: {"type": "object", "properties": {"a": v}, "$id": "x"},
    "items": lambda v: {"items": [v], "type": "LIST", "description": 3},
    "description": lambda v: {"description": v, "type": "object", "title": None},
    "effort": lambda v: {"enabled": None, "effort": v},
}
PLACES: dict[str, Callable[[Any], dict[Any, Any]]] = {
    "metadata": lambda v: ask(metadata=v),
    "unknown": lambda v: ask(unknown=v),
    "messages": lambda v: {"model": "m", "messages": v},
    "message": ask,
    "role": lambda v: ask({"role": v, "content": v}),
    "user": lambda v: ask({"role": "user", "content": v}),
    "users": lambda v: ask({"role": "user", "content": [v, v]}),
    "system": lambda v: ask({"role": "system", "content": v}),
    "assistant": lambda v: ask({"role": "assistant", "content": v}),
    "assistants": lambda v: ask({"role": "assistant", "content": [v]}, USER),
    "tool": lambda v: ask(called(call()), result(content=v)),
    "tools": lambda v: ask(called(call()), result(content=[v])),
    "name": lambda v: ask(called(call(name=v)), result(name=v)),
    "call": lambda v: ask(called(v), result()),
    "calls": lambda v: ask(called(call(), tool_calls=v), result()),
    "call id": lambda v: ask(called(call(v)), result(v)),
    "arguments": lambda v: ask(called(call(arguments=v)), result()),
    "custom": lambda v: ask(called({"custom": {"name": "f", "input": v}}), result()),
    "tool use": lambda v: ask(
        {"role": "assistant", "content": [{"type": "tool_use", "name": "f", "input": v}]}, result()
    ),
    "reasoning": lambda v: ask(
        {"role": "assistant", "content": "a", "reasoning": v, "reasoning_details": v}, USER
    ),
    "refusal": lambda v: ask({"role": "assistant", "refusal": v, "prefix": v}),
    "function call": lambda v: ask(
        {"role": "assistant", "function_call": {"name": "f", "arguments": v}}
    ),
    "parameters": lambda v: ask(
        tools=[{"type": "function", "function": {"name": "f", "parameters": v}}]
    ),
    "description": lambda v: ask(
        tools=[{"function": {"name": "f", "description": v, "required": v, "parameters": {}}}]
    ),
    "tool names": lambda v: ask(
        tools=[{"type": "function", "function": {"name": v}}], functions=[{"name": v}]
    ),
    "whole tool": lambda v: ask(tools=[v, {"type": "custom", "custom": v}]),
    "tool list": lambda v: ask(tools=v, functions=v),
    "tool choice": lambda v: ask(tool_choice=v, function_call=v, tools=[{"name": "f"}]),
    "allowed": lambda v: ask(tool_choice={"type": "allowed_tools", "tools": v}, tools=[v]),
    "response format": lambda v: ask(response_format=v),
    "json schema": lambda v: ask(
        response_format={"type": "json_schema", "json_schema": {"schema": v}}
    ),
    "prediction": lambda v: ask(prediction={"type": "content", "content": v}),
    "stop": lambda v: ask(stop=v),
    "guardrails": lambda v: ask(guardrails=[v, {"moderation_llm_v1": v}]),
    "switches": lambda v: ask(reasoning=v, thinking=v, chat_template_kwargs=v),
    "prompts": lambda v: {"model": "m", "prompt": v, "input": v, "system": v, "instructions": v},
    "numbers": lambda v: ask(temperature=v, top_p=v, max_tokens=v, seed=v, n=v),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_total_however_deep(place: str) -> None:
    """A hundred thousand levels in any place (in a short run, fewer) cost no exception, and little
    time.
    """
    every = [rule.id for rule in RULES.values() if not rule.default]
    oldest = Sanitizer(profile=profiles.V2024_09_17, enable=every)
    for wrap in WRAPS.values():
        payload = PLACES[place](nested(wrap))
        for sanitizer in (Sanitizer(), oldest):
            report = sanitizer.explain(payload)
            assert str(report)
            if place == "parameters":
                break  # of which each level is a schema, and has its price
            again = sanitizer.explain(report.payload)
            assert again.payload is report.payload
            assert not again


def test_not_an_object() -> None:
    """What is no dict is a type error that names the type and not the value."""
    for odd in (None, [], "secret", 3, [("model", "secret")]):
        with pytest.raises(TypeError) as caught:
            sanitize(odd)  # type: ignore[arg-type]
        assert "secret" not in str(caught.value)


# -- pure, quiet, fixpoint -----------------------------------------------------------------------


def shape(value: Any) -> Any:
    """The value with the types and the order of all that is in it."""
    if isinstance(value, dict):
        return type(value), [(type(k), repr(k), shape(v)) for k, v in value.items()]
    if isinstance(value, (list, tuple)):
        return type(value), [shape(v) for v in value]
    return type(value), repr(value)


@law
@given(payloads(), options())
def test_pure(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """The argument is unchanged, to the types of its values and the order of its keys."""
    before = copy.deepcopy(payload)
    report = ran(payload, opts)
    assert shape(before) == shape(payload)
    after = copy.deepcopy(report.payload)
    report.as_json_patch()
    assert shape(after) == shape(report.payload)


@law
@given(payloads(), options())
@example(ask(USER, {"role": "user", "content": ""}), {"enable": {"merge-neighbours"}})
@example({"tools": [{"name": "f", "parameters": {"properties": {"a": "text"}}}]}, {})
def test_quiet(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """The report is empty if and only if the result is the argument; no change changes nothing."""
    report = ran(payload, opts)
    assert bool(report) == (report.payload is not payload)
    assert text(sanitize(payload, **opts)) == text(report.payload)
    for change in report.changes:
        if change.op == "replace" and not exotic(change.before):
            assert text(change.before) != text(change.after), change
    if report and not exotic(payload):
        assert text(payload) != text(report.payload)


@law
@given(payloads(), options())
@example({"model": "mistral/mistralai/mistral-small-latest"}, {})
@example(ask({"role": "user", "content": [RESULT_IN_RESULT]}), {})
@example(
    ask({"role": "assistant", "content": "a"}, {"role": "system", "content": [IMAGE]}, USER), {}
)
@example({"messages": [{"role": "tool", "content": [{"type": "text"}]}]}, {"profile": "2024-09-17"})
@example(
    ask(
        {"role": "assistant", "content": "a"},
        {"role": "system", "content": [{"type": "tool_result"}]},
    ),
    {},
)
@example(
    ask({"role": "tool", "tool_call_id": "x", "content": [{"type": "tool_result"}]}),
    {"profile": "2024-11-07"},
)
@example(ask({"role": "assistant", "tool_calls": [call(), []]}), {})
@example(ask({"role": "assistant", "content": {"type": "tool_use", "name": "f", "input": {}}}), {})
@example(
    ask({"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}),
    {"enable": {"trailing-assistant-drop"}},
)
@example({"response_format": {"type": None}}, {})
@example({"messages": [{"content": {"type": "tool_result"}}]}, {})
@example(ask(called(call("call_1"), call("call_1"))), {"disable": {"duplicate-tool-call-id"}})
@example({"messages": [{"role": "assistant"}]}, {"enable": {"trailing-assistant-user"}})
@example(ask(called(call(3)), result(3)), {})
@example(ask(tools=[TOOL], toolChoice={"type": "function", "name": "f"}), {})
@example(ask(tools=[TOOL], toolChoice=100, tool_choice=[]), {})
@example(
    {"outputDimension": 1, "output_dimension": 2, "model": "mistral-small-latest"},
    {"endpoint": "/v1/embeddings", "disable": {"unknown-key"}},
)
def test_fixpoint(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """Sanitizing the result returns the same object and an empty report."""
    clean = ran(payload, opts).payload
    again = explain(clean, **opts)
    note(f"again: {again}")
    assert not again
    assert again.payload is clean


@law
@given(payloads(), options())
@example(ask(called(call("call_0"), call("call_0"))), {"disable": {"tool-call-id"}})
def test_only_rules_that_are_on(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """A change is one of a rule that is on, with that rule's reason."""
    on = Sanitizer(**opts).rules
    for change in ran(payload, opts).changes:
        assert change.rule in on
        assert change.reason.startswith(RULES[change.rule].reason)


# -- complete, ordered ---------------------------------------------------------------------------


def in_order(document: Any, patch: list[dict[str, Any]]) -> Any:
    """The patch applied; a key that moves within its object keeps its place there."""
    for operation in patch:
        source, target = operation.get("from"), operation["path"]
        if source is not None and source.rpartition("/")[0] == target.rpartition("/")[0]:
            outer, old = jsonpatch._place({"": document}, source)
            new = jsonpatch._place({"": document}, target)[1]
            if isinstance(outer, dict):
                pairs = [
                    (new if k == old else k, v) for k, v in outer.items() if k == old or k != new
                ]
                outer.clear()
                outer.update(pairs)
                continue
        document = jsonpatch.apply(document, [operation])
    return document


@law
@given(payloads(), options())
@example({float("inf"): 1, float("nan"): 2}, {})
def test_complete(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """Applying the report as a JSON Patch to the argument gives the result."""
    report = ran(payload, opts)
    patched = jsonpatch.apply(payload, report.as_json_patch())
    expected = json.dumps(jsonpatch.plain(report.payload), sort_keys=True)
    assert expected == json.dumps(patched, sort_keys=True)


@law
@given(payloads(), options())
@example({"response_format": {"json_schema": {"name": "n", "schema": {}}}}, {})
@example(
    ask(
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "a", "signature": "s"}]}
    ),
    {},
)
def test_ordered(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """Surviving keys keep their order; a renamed key keeps its place; new ones stand last."""
    report = ran(payload, opts)
    patched = in_order(jsonpatch.plain(payload), report.as_json_patch())
    assert text(jsonpatch.plain(report.payload)) == text(patched)


# -- closed --------------------------------------------------------------------------------------


def extra_keys(value: Any, place: Value, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of keys that the table does not have, in all closed objects that it knows."""
    if isinstance(value, (list, tuple)) and place.items is not None:
        for at, item in enumerate(value):
            yield from extra_keys(item, place.items, (*path, at))
    if isinstance(value, dict):
        node = node_of(value, place)
        if node is not None:
            yield from extra_in_node(value, node, path)


def extra_in_node(
    value: dict[Any, Any], node: Node, path: tuple[Any, ...]
) -> Iterator[tuple[Any, ...]]:
    """The same of one object."""
    for key, inner in value.items():
        if key in node.fields:
            yield from extra_keys(inner, node.fields[key].value, (*path, key))
        elif node.closed:
            yield (*path, key)


@law
@given(payloads(), options())
@example({"system": {"a": "b"}}, {})
@example({"input": [{}]}, {})
@example(
    ask({"role": "assistant", "content": "a"}, {"role": "system", "content": [IMAGE]}, USER), {}
)
def test_closed(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """No key is left that the table of the profile lacks, in any closed object that it has."""
    opts = {**opts, "keep": (), "disable": opts.get("disable", set()) - {"unknown-key"}}
    result = ran(payload, opts).payload
    profile = profiles.get(opts.get("profile", profiles.LATEST))
    node = compile_node(ENDPOINTS[opts.get("endpoint", CHAT)], profile)
    assert list(extra_in_node(result, node, ())) == []


@law
@given(payloads(), options(rules=False))
def test_closed_says_pydantic(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """Validating the result never yields ``extra_forbidden``.

    The models are the union of all dates; the newest profile is the one that has nearly all of it.
    """
    opts = {**opts, "keep": (), "profile": profiles.V2026_11_01}
    result = ran(payload, opts).payload
    try:
        ENDPOINTS[opts.get("endpoint", CHAT)].model_validate(jsonpatch.plain(result))
        found = []
    except ValidationError as error:
        found = [e["loc"] for e in error.errors() if e["type"] == "extra_forbidden"]
    assert found == []


# -- conservative --------------------------------------------------------------------------------


def marks(value: Any, letter: str = "") -> set[str]:
    """The numbered texts of `tests.payloads` that stand anywhere in a value, keys included."""
    found = json.dumps(value).split("#")
    return {f for f in found if f[:1] in ("c", "n") and f[1:].isdigit() and f.startswith(letter)}


@law
@given(payloads(), options())
@example(ask(called(call(), content=[RESULT]), USER), {})
@example(
    ask({"role": "user", "content": [{"type": "tool_use", "name": "f", "input": {"a": "#c0#"}}]}),
    {},
)
@example(ask(called(call(), function_call={"name": "f", "arguments": "#c0#"}), result()), {})
@example(ask(functions=["#n0#"]), {})
@example(ask(result("x", name="#n0#", other="#n1#")), {"disable": {"unknown-key"}})
@example(ask({"role": "assistant", "content": {"text": "#c0#"}, "refusal": "#c1#"}), {})
@example(ask({"role": "assistant", "content": {"file_url": "#c0#"}, "reasoning": "#c1#"}), {})
def test_conservative(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """No text of the payload is absent from the result, but for what lossy changes name."""
    report = ran(payload, opts)
    lost = marks(payload) - marks(report.payload)
    named = set().union(*(marks(change.before) for change in report.lossy))
    assert lost - named == set()


CONVERSATIONS = (CHAT, "/v1/agents/completions")
MAY_GO = frozenset(("drop", "allowed-tools", "function-call"))
"""Rules by which the caller asked that something goes; and of two versions of a call the older."""


@law
@given(conversations(), options(endpoints=CONVERSATIONS, rules=False))
def test_content_is_never_lost(messages: list[Any], opts: dict[str, Any]) -> None:
    """What a message says, calls, shows and answers is in the result, under every profile."""
    payload = numbered(ask(*messages))
    report = ran(payload, opts)
    asked = set().union(*(marks(c.before) for c in report.lossy if c.rule in MAY_GO))
    assert marks(payload, "c") - marks(report.payload) - asked == set()


# -- shared --------------------------------------------------------------------------------------


def touched(report: Report) -> set[str]:
    """Every path that a change names, and all that lead there."""
    found = {""}
    for change in report.changes:
        for path in (change.path, change.from_path):
            while path:
                found.add(path)
                path = path.rpartition("/")[0]
    return found


@law
@given(payloads(), options())
def test_shared(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """What no change touches is the very same object in the result."""
    report = ran(payload, opts)
    paths = touched(report)
    # A list that lost or got items has others elsewhere, and what was replaced is not the same.
    anew = {change.path for change in report.changes if change.op == "replace"} | {
        change.path.rpartition("/")[0]
        for change in report.changes
        if change.op != "replace" and change.path.rpartition("/")[2].isdigit()
    }

    def same(old: Any, new: Any, path: str) -> None:
        if path not in paths:
            assert old is new, path
        elif path in anew:
            return
        elif isinstance(old, dict) and isinstance(new, dict):
            for key in old:
                if isinstance(key, str) and key in new:
                    same(old[key], new[key], path + pointer((key,)))
        elif isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
            for at, (a, b) in enumerate(zip(old, new, strict=False)):
                same(a, b, f"{path}/{at}")

    same(payload, report.payload, "")


# -- accepted ------------------------------------------------------------------------------------


@law
@given(st.data(), st.sampled_from(profiles.ALL), st.sampled_from([*ENDPOINTS]))
def test_accepted(data: Any, profile: profiles.Profile, endpoint: str) -> None:
    """What is drawn as valid for a profile comes back the very same object, without a problem."""
    payload = data.draw(strategies.payloads(profile=profile, endpoint=endpoint))
    opts: Any = {"profile": profile, "endpoint": endpoint, "drop": ()}
    report = ran(payload, opts)
    assert report.payload is payload
    assert not report
    assert check(payload, **opts) == ()


@law
@given(strategies.openai_payloads())
def test_accepted_of_openai(payload: dict[str, Any]) -> None:
    """What is drawn as OpenAI's dialect comes out with no problem."""
    clean = ran(payload, {}).payload
    assert check(clean) == ()


# -- dated ---------------------------------------------------------------------------------------

TOGETHER: tuple[frozenset[str], ...] = (
    frozenset(("messages", "tools", "tool_choice", "parallel_tool_calls", "response_format")),
    frozenset(("temperature", "top_p")),
)
"""Fields of which one may decide what becomes of another."""


@cache
def spelled(value: Value) -> str:
    """All that the table says of a value, and of what is in it."""
    inner = [*value.tags.values(), *([value.node] if value.node else [])]
    nodes = [
        f"{n.slot} {n.closed} {sorted(n.handled_keys.items())} {n.shapes} {sorted(n.defaults)} "
        + " ".join(
            f"{f.name} {f.required} {f.renamed_from} {f.bounded} {spelled(f.value)}"
            for f in n.fields.values()
        )
        for n in inner
    ]
    items = "" if value.items is None else spelled(value.items)
    return f"{signature(value)} {sorted(value.tags)} {value.repairs} {nodes} [{items}]"


def spelled_field(node: Node, name: str) -> str:
    """The same of a field, ``-`` where the object has none of this name."""
    field = node.fields.get(name)
    return "-" if field is None else f"{field.required} {field.bounded} {spelled(field.value)}"


own = st.sampled_from([profile for profile in profiles.ALL if profile.host is None])


@law
@given(st.data(), own, own, st.sampled_from([*ENDPOINTS]), st.booleans())
def test_dated(
    data: Any, one: profiles.Profile, two: profiles.Profile, endpoint: str, valid: bool
) -> None:
    """Two profiles differ by what is marked between their dates, and by nothing else."""
    payload = data.draw(
        strategies.payloads(profile=two, endpoint=endpoint) if valid else payloads()
    )
    # Rules may have dates as well; here they are the same.
    dated = [rule.id for rule in RULES.values() if rule.until]
    opts: Any = {"endpoint": endpoint, "drop": (), "disable": dated}
    first = ran(payload, {**opts, "profile": one}).payload
    second = ran(payload, {**opts, "profile": two}).payload
    nodes = [compile_node(ENDPOINTS[endpoint], profile) for profile in (one, two)]
    for name in {**nodes[0].fields, **nodes[1].fields}:
        group = next((g for g in TOGETHER if name in g), {name})
        same = all(spelled_field(nodes[0], n) == spelled_field(nodes[1], n) for n in group)
        if same and name != "prompt_mode":  # which models took, and take no more
            assert text({name: first[name]} if name in first else {}) == text(
                {name: second[name]} if name in second else {}
            )
        elif name not in nodes[0].fields:
            assert name not in first


# -- drop and keep -------------------------------------------------------------------------------


@law
@given(payloads(), options())
def test_drop(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """No field that is to be dropped is in the result, under whichever name it came."""
    opts = {**opts, "disable": opts.get("disable", set()) - {"drop"}}
    dropped = opts.get("drop", PENALTIES - set(opts.get("keep", ())))
    assert not dropped & ran(payload, opts).payload.keys()


@law
@given(payloads(), options())
@example({"prompt": "a", "tool_choice": "auto"}, {"endpoint": FIM, "keep": {"tool_choice"}})
@example(ask(reasoning_effort="high"), {"profile": "2024-09-17", "keep": {"reasoning_effort"}})
@example(ask(prompt_mode="reasoning"), {"profile": "2024-09-17", "keep": {"prompt_mode"}})
@example(ask(parallel_tool_calls=True), {"profile": "2024-09-17", "keep": {"parallel_tool_calls"}})
def test_keep(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """A field that the profile lacks and that is to be kept is the very same in the result."""
    profile = profiles.get(opts.get("profile", profiles.LATEST))
    node = compile_node(ENDPOINTS[opts.get("endpoint", CHAT)], profile)
    result = ran(payload, opts).payload
    for name in opts.get("keep", ()):
        if name in payload and name not in node.fields:
            assert result[name] is payload[name]


def thought(text: str) -> dict[str, Any]:
    """A thinking part."""
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}]}


REASONS: dict[str, Any] = {"disable": ["thinking-model"]}


# -- the same, whatever the types ----------------------------------------------------------------


def told(report: Report) -> list[tuple[Any, ...]]:
    """The changes without their values."""
    return [(c.op, c.path, c.from_path, c.rule, c.lossy) for c in report.changes]


@law
@given(payloads(), options(), st.booleans())
@example(ask(called(call(), prefix=None), result()), {}, False)
@example(
    ask({"role": "user", "content": [{"type": "reference", "reference_ids": [3.0]}]}), {}, False
)
@example(ask({"role": "user", "content": [{"type": "tool_result"}], "refusal": None}), {}, False)
@example(ask({"role": "assistant", "content": [thought("a"), thought("b")]}, USER), REASONS, False)
@example(ask({"role": "assistant", "content": [thought(""), thought("b")]}, USER), REASONS, False)
@example(ask({"role": "assistant", "tool_calls": [call()], "x": 1}, result()), {}, False)
@example(
    ask({"role": "assistant", "content": "a", "reasoning_content": "b", "name": "c"}, USER),
    {},
    False,
)
def test_types_do_not_matter(payload: dict[Any, Any], opts: dict[str, Any], tuples: bool) -> None:
    """Subclasses and tuples, which the quick passes do not know, give the same result."""
    plain = jsonpatch.plain(payload)
    report = ran(plain, opts)
    odd = explain(subclassed(plain, tuples=tuples), **opts)
    note(f"odd: {odd}")
    assert text(report.payload) == text(odd.payload)
    assert bool(report) == bool(odd)


def reordered(payload: dict[Any, Any], shuffle: Callable[[list[Any]], Any]) -> dict[Any, Any]:
    """A copy with the keys of the request, of its messages and of their calls in another order.

    Not those of values that may be written out as text, in which order shows.
    """

    def shuffled(value: Any, lists: tuple[str, ...]) -> Any:
        if not isinstance(value, dict):
            return value
        pairs = [
            (
                k,
                [shuffled(i, lists[1:]) for i in v]
                if [k] == [*lists[:1]] and isinstance(v, list)
                else v,
            )
            for k, v in value.items()
        ]
        shuffle(pairs)
        return dict(pairs)

    return dict(shuffled(payload, ("messages", "tool_calls")))


@law
@given(payloads(), options(), st.randoms(use_true_random=False))
def test_key_order_does_not_matter(
    payload: dict[Any, Any], opts: dict[str, Any], random: Any
) -> None:
    """The keys of an object are in no order: another one gives the same result."""
    plain = jsonpatch.plain(payload)
    other = reordered(plain, random.shuffle)
    one, two = ran(plain, opts), ran(other, opts)
    assert json.dumps(one.payload, sort_keys=True) == json.dumps(two.payload, sort_keys=True)
    assert sorted(map(repr, told(one))) == sorted(map(repr, told(two)))


@law
@given(schemas())
@example({"allOf": ({"$id": "x"},)})
@example({"not": Object({"$id": "x"})})
def test_plain_schemas(schema: Any) -> None:
    """A tool's schema that the quick look calls plain is one that no repair touches."""
    if isinstance(schema, dict) and is_plain(schema):
        assert draft_7(schema)[0] is schema
        assert without_id(schema) is schema
