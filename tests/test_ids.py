"""Tool-call ids and function names: legal, distinct, the same in all places, and reversible."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_sanitize import explain, restore, sanitize
from mistral_sanitize.rules.ids import fits, legal_name, new_id, new_name
from tests.laws import law, size
from tests.payloads import IDS, NAMES, conversations, numbered

NINE = re.compile(r"[a-zA-Z0-9]{9}")
LEGAL = re.compile(r"[a-zA-Z0-9_-]{1,64}")
USER = {"role": "user", "content": "Hello"}


def ask(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"model": "mistral-small-latest", "messages": [USER, *messages], **fields}


def call(id_: Any = None, name: str = "f", **more: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": "{}"}
    return {
        **({} if id_ is None else {"id": id_}),
        "type": "function",
        "function": function,
        **more,
    }


def called(*calls: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": "", "tool_calls": list(calls)}


def result(id_: Any = None, content: str = "42", **more: Any) -> dict[str, Any]:
    return {
        "role": "tool",
        "content": content,
        **({} if id_ is None else {"tool_call_id": id_}),
        **more,
    }


def ids_of(payload: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    """The ids of all calls, and of all results, in order."""
    said = payload["messages"]
    calls = [c["id"] for m in said if m["role"] == "assistant" for c in m.get("tool_calls") or ()]
    return calls, [m["tool_call_id"] for m in said if m["role"] == "tool"]


# -- ids -----------------------------------------------------------------------------------------


@law
@given(conversations(odd=False))
def test_calls_and_results(messages: list[Any]) -> None:
    """Ids are nine letters and digits, no two calls share one, and results bear their calls'."""
    calls, results = ids_of(sanitize(numbered(ask(*messages))))
    assert all(NINE.fullmatch(i) for i in calls)
    assert len(set(calls)) == len(calls)
    assert results == calls


@law
@given(conversations(odd=False))
def test_results_follow_their_calls(messages: list[Any]) -> None:
    """The results of a turn stand right behind it, in the order of its calls."""
    said = sanitize(numbered(ask(*messages)))["messages"]
    for at, m in enumerate(said):
        if m["role"] == "assistant":
            expected = [c["id"] for c in m.get("tool_calls") or ()]
            found = said[at + 1 : at + 1 + len(expected)]
            assert expected == [r.get("tool_call_id") for r in found]


@law
@given(conversations(odd=False))
def test_fitting_ids_stay(messages: list[Any]) -> None:
    """An id that fits is still that of the first call that had it, and of no other."""
    payload = numbered(ask(*messages))
    old, _ = ids_of({"messages": [*map(_with_ids, payload["messages"])]})
    new, _ = ids_of(sanitize(payload))
    assert len(old) == len(new)
    given_ = set()
    for before, after in zip(old, new, strict=True):
        if fits(before) and before not in given_:
            assert before == after
        else:
            assert after not in {i for i in old if fits(i)}
        given_.add(before)


def _with_ids(m: dict[str, Any]) -> dict[str, Any]:
    """The message, with a null for each id that is not there."""
    if m["role"] == "tool":
        return {"tool_call_id": None, **m}
    calls = m.get("tool_calls")
    return {**m, "tool_calls": [{"id": None, **c} for c in calls]} if calls else m


@law
@given(st.lists(st.tuples(st.lists(st.sampled_from(IDS), min_size=1, max_size=3), st.booleans())))
def test_stable_as_the_history_grows(turns: list[tuple[list[str], bool]]) -> None:
    """What was sent of a conversation is sent again, so that prompt caches hold."""
    messages: list[Any] = []
    sent: list[Any] = []
    for turn, user in turns:
        messages += [called(*map(call, turn)), *map(result, turn), *([USER] if user else [])]
        said = sanitize(ask(*messages))["messages"]
        assert json.dumps(sent) == json.dumps(said[: len(sent)])
        sent = said


def test_the_same_tomorrow() -> None:
    """A new id is a hash of the old one and of nothing else: no process, no clock, no order."""
    alone = ids_of(sanitize(ask(called(call("call_1")), result("call_1"))))[0]
    later = ids_of(sanitize(ask(called(call("call_2")), result("call_2"), called(call("call_1")),
                                result("call_1"))))[0]  # fmt: skip
    assert alone == [new_id("call_1", ())]
    assert later[1:] == alone


def test_none_collides() -> None:
    """Where the hash of an id is an id in use, another is taken; the one in use stays."""
    hashed = new_id("call_1", ())
    payload = ask(called(call("call_1"), call(hashed)), result("call_1"), result(hashed))
    calls, results = ids_of(sanitize(payload))
    assert hashed == calls[1]
    assert NINE.fullmatch(calls[0])
    assert calls[0] != hashed
    assert calls == results


@pytest.mark.parametrize("missing", [None, "", "null"])
def test_missing_ids(missing: Any) -> None:
    """Calls and results that name no id are paired by their order."""
    turn = [called(call(missing), call(missing)), result(missing, "a"), result(missing, "b")]
    said = sanitize(ask(*turn, *turn))["messages"]
    calls, results = ids_of({"messages": said})
    assert len(set(calls)) == 4
    assert calls == results
    assert [m["content"] for m in said if m["role"] == "tool"] == ["a", "b", "a", "b"]


@pytest.mark.parametrize("id_", ["call_0", "abcdefghi"])
def test_duplicate_ids(id_: str) -> None:
    """One id on several calls, in a turn or in several, is paired by order."""
    turn = [called(call(id_), call(id_)), result(id_, "a"), result(id_, "b")]
    report = explain(ask(*turn, *turn))
    calls, results = ids_of(report.payload)
    assert len(set(calls)) == 4
    assert calls == results
    assert [m["content"] for m in report.payload["messages"][2:4]] == ["a", "b"]
    assert "duplicate-tool-call-id" in {change.rule for change in report.changes}
    assert report.lossy == ()


def test_results_by_name() -> None:
    """Of results without an id, one that names a function answers the call of that function."""
    payload = ask(called(call(name="f"), call(name="g")), result(name="g", content="of g"),
                  result(name="f", content="of f"))  # fmt: skip
    said = sanitize(payload)["messages"]
    assert [m["content"] for m in said[2:]] == ["of f", "of g"]


KINDS: dict[str, Iterator[str]] = {
    "call_…": (f"call_{i:024x}" for i in count()),
    "toolu_01…": (f"toolu_01{i:022d}" for i in count()),
    "chatcmpl-tool-…": (f"chatcmpl-tool-{i:032x}" for i in count()),
    "functions.f:0": (f"functions.f:{i}" for i in count()),
    "call_0": (f"call_{i}" for i in count()),
    "uuid": (f"{i:08x}-0b1e-4f6e-9d7c-1f2e3d4c5b6a" for i in count()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_million(kind: str) -> None:
    """Half a million ids of each kind in use (in a short run, fewer) hash to as many ids."""
    number = size(500_000)
    hashed = {new_id(old, ()) for old, _ in zip(KINDS[kind], range(number), strict=False)}
    assert len(hashed) == number
    assert all(NINE.fullmatch(i) for i in list(hashed)[:1000])


def test_large_histories() -> None:
    """Ten thousand calls (in a short run, fewer) under one id, under none, and answered backwards:
    each is answered once.
    """
    count = size(10_000)
    for ids in (
        ["call_0"] * count,
        ["abcdefghi"] * count,
        [None] * count,
        [f"call_{i}" for i in range(count)],
    ):
        one_turn = ask(called(*map(call, ids)), *map(result, reversed(ids)))
        many = ask(*[m for i in ids for m in (called(call(i)), result(i))])
        for payload in (one_turn, many):
            calls, results = ids_of(sanitize(payload))
            assert len(set(calls)) == count
            assert calls == results
    orphans = sanitize(ask(*[result(f"call_{i}") for i in range(count)]))
    assert {m["role"] for m in orphans["messages"]} == {"user"}


# -- names ---------------------------------------------------------------------------------------

names = st.one_of(st.sampled_from(NAMES), st.text(max_size=8), st.text(min_size=60, max_size=80))


@law
@given(st.lists(names, max_size=8, unique=True))
def test_new_names(old: list[str]) -> None:
    """New names are legal and distinct, and none is that of another function."""
    taken = {name for name in old if legal_name(name)}
    for name in old:
        if not legal_name(name):
            new = new_name(name, taken)
            assert LEGAL.fullmatch(new)
            assert new not in taken
            taken.add(new)


@law
@given(st.lists(names, min_size=1, max_size=6, unique=True), st.data())
@example(["a.b", "a_b", "a b"], None)
def test_names(old: list[str], data: Any) -> None:
    """A function has one legal name wherever it is named, two never the same, all reversible."""
    choice = old[0] if data is None else data.draw(st.sampled_from(old))
    payload = ask(
        called(*[call(f"{i:09}", name) for i, name in enumerate(old)]),
        *[result(f"{i:09}", name=name) for i, name in enumerate(old) if name],
        *[result(f"{i:09}") for i, name in enumerate(old) if not name],
        tools=[{"type": "function", "function": {"name": n, "parameters": {}}} for n in old],
        tool_choice={"type": "function", "function": {"name": choice}},
    )
    report = explain(payload)
    new = [tool["function"]["name"] for tool in report.payload["tools"]]
    assert all(map(LEGAL.fullmatch, new))
    assert len(set(new)) == len(old)
    back = {**dict(zip(new, new, strict=True)), **report.names}
    assert old == [back[name] for name in new]
    assert new == [c["function"]["name"] for c in report.payload["messages"][1]["tool_calls"]]
    assert report.payload["tool_choice"]["function"]["name"] == new[old.index(choice)]
    by_id = {f"{i:09}": name for i, name in enumerate(new)}
    for m in report.payload["messages"][2:]:
        assert m.get("name", by_id[m["tool_call_id"]]) == by_id[m["tool_call_id"]]

    answered = [call("D681PevKs", name) for name in new]
    answer = {"choices": [{"message": {"role": "assistant", "tool_calls": answered}}]}
    restored = restore(answer, report)["choices"][0]["message"]["tool_calls"]
    assert old == [c["function"]["name"] for c in restored]


@law
@given(
    st.lists(st.sampled_from([i for i in IDS if i not in ("", "null")]), max_size=5, unique=True)
)
def test_ids_are_reversible(old: list[str]) -> None:
    """`Report.ids` leads from each new id to the caller's."""
    report = explain(ask(called(*map(call, old)), *map(result, old)) if old else ask())
    calls, _ = ids_of(report.payload)
    assert old == [report.ids.get(i, i) for i in calls]
    assert not report.ids.keys() & set(old)


# -- the same in every release -------------------------------------------------------------------

LONG = "a" * 65


@pytest.mark.parametrize(
    ("old", "taken", "new"),
    [
        ("call_1", (), "K6AHeqGzz"),
        ("call_1", ("K6AHeqGzz",), "0fGWCQglY"),
        ("call_1", ("K6AHeqGzz", "0fGWCQglY"), "sEoCLcIRZ"),
        ("", (), "1r1vyaMyT"),
        ("\ud800", (), "s3mTzq9yK"),
    ],
)
def test_an_id_is_the_same_in_every_release(old: str, taken: tuple[str, ...], new: str) -> None:
    """A conversation that is kept for months bears the ids that it was sent with at first."""
    assert new == new_id(old, taken)


@pytest.mark.parametrize(
    ("old", "taken", "new"),
    [
        ("my.tool", (), "my_tool"),
        ("my.tool", ("my_tool",), "my_tool_D9qehcln"),
        ("my.tool", ("my_tool", "my_tool_D9qehcln"), "my_tool_vuZRO0XU"),
        ("", (), "_"),
        ("." * 64, (), "_" * 64),
        (LONG, (), f"{LONG[:55]}_XCaTGDCB"),
        (LONG, (f"{LONG[:55]}_XCaTGDCB",), f"{LONG[:55]}_JT4VXhUk"),
    ],
)
def test_a_name_is_the_same_in_every_release(old: str, taken: tuple[str, ...], new: str) -> None:
    """So does a function, whose new name is as near to the old one as can be, and of 64 at most."""
    assert new == new_name(old, taken)
    assert LEGAL.fullmatch(new)


@pytest.mark.parametrize(
    "id_",
    [
        "abcdefgh",
        "abcdefghij",
        "abcdefgh_",
        "abcdefgh\n",
        "abcdefghé",
        "１２３４５６７８９",
        123456789,
    ],
)
def test_what_fits_is_nine_letters_and_digits(id_: Any) -> None:
    """Anything but nine of a-z, A-Z and 0-9 is replaced: shorter, longer, other alphabets."""
    calls, results = ids_of(sanitize(ask(called(call(id_)), result(id_))))
    assert NINE.fullmatch(calls[0])
    assert calls == results
    assert calls != [id_]
