"""`restore`: an answer with the caller's names and ids again."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_sanitize.completions import restore
from mistral_sanitize.report import Report

REPORT = Report({}, (), _names=(("ns_add", "ns.add"),), _ids=(("KyZd4gR9T", "call_1"),))


def call(id_: Any = "D681PevKs", name: Any = "ns_add") -> dict[str, Any]:
    return {"id": id_, "function": {"name": name, "arguments": '{"ns_add": 1}'}, "index": 0}


def answer(*calls: Any, key: str = "message") -> dict[str, Any]:
    """A chat completion, or a chunk of one, as recorded from api.mistral.ai in August 2026."""
    said = {"role": "assistant", "content": "", "tool_calls": list(calls)}
    choice = {"index": 0, key: said, "finish_reason": "tool_calls"}
    return {"id": "5f1e", "object": "chat.completion", "choices": [choice], "usage": {}}


@pytest.mark.parametrize("key", ["message", "delta"])
def test_names_and_ids(key: str) -> None:
    """Both are mapped, in answers and in streamed chunks; a new id and another name stay."""
    given_ = answer(call(), call("KyZd4gR9T", "f"), key=key)
    assert answer(call(name="ns.add"), call("call_1", "f"), key=key) == restore(given_, REPORT)


def test_lists() -> None:
    """Of a list of chunks each is restored, and those without a call stay the very same."""
    clean, calling = answer(call(name="f"), key="delta"), answer(call(), key="delta")
    restored = restore([clean, calling], REPORT)
    assert [clean, answer(call(name="ns.add"), key="delta")] == restored
    assert restored[0] is clean


def test_pure_and_sharing() -> None:
    """The argument is unchanged, and what is not on the way to a change is shared with it."""
    given_ = answer(call(), call(name="f"))
    before = copy.deepcopy(given_)
    restored = restore(given_, REPORT)
    assert before == given_
    assert list(before) == list(restored)
    assert restored["usage"] is given_["usage"]
    calls = restored["choices"][0]["message"]["tool_calls"]
    assert calls[1] is given_["choices"][0]["message"]["tool_calls"][1]


@pytest.mark.parametrize("report", [REPORT, Report({}, ())])
@pytest.mark.parametrize(
    "response",
    [
        answer(),
        answer(call(name="f")),
        [answer(call(name="f"))],
        {"choices": [{"message": {"content": "ns_add", "tool_calls": None}}]},
        {"choices": None, "name": "ns_add"},
        {"choices": [None, "x", {"message": [], "delta": 1}]},
        answer(
            "ns_add", None, {"function": "ns_add"}, {"function": {"name": ["ns_add"]}, "id": {}}
        ),
        {},
        [],
        None,
        "ns_add",
        b"ns_add",
        7,
    ],
    ids=repr,
)
def test_the_very_same(response: Any, report: Report) -> None:
    """With nothing to map, or in an answer of another shape, the object itself comes back."""
    assert response is restore(response, report)


def test_without_names_and_ids() -> None:
    """A report that renamed nothing maps nothing."""
    response = answer(call("KyZd4gR9T"))
    assert response is restore(response, Report({}, ()))


KEYS = st.sampled_from(
    ["choices", "message", "delta", "tool_calls", "function", "name", "id", "ns_add", "KyZd4gR9T"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
)


@given(JSON | JSON.map(lambda value: {"choices": [{"message": {"tool_calls": value}}]}))
def test_total_and_pure(response: Any) -> None:
    """Any JSON is restored without an exception or a change of the argument, and once is enough."""
    before = json.dumps(response)
    restored = restore(response, REPORT)
    assert before == json.dumps(response)
    assert restored is restore(restored, REPORT)
    assert (restored is response) == (json.dumps(restored) == before)


def test_names_alone_and_ids_alone() -> None:
    """A report that renamed nothing but ids gives those back, and one that renamed names, these."""
    names = Report({}, (), _names=(("ns_add", "ns.add"),))
    ids = Report({}, (), _ids=(("KyZd4gR9T", "call_1"),))
    given_ = answer(call("KyZd4gR9T"))
    assert answer(call("KyZd4gR9T", "ns.add")) == restore(given_, names)
    assert answer(call("call_1")) == restore(given_, ids)


def test_tuples() -> None:
    """Choices and calls in tuples, as some clients' objects have them, are restored as in lists."""
    message = {"tool_calls": (call(),)}
    restored = restore({"choices": ({"message": message},)}, REPORT)
    assert list(restored["choices"]) == [{"message": {"tool_calls": [call(name="ns.add")]}}]


@pytest.mark.parametrize("odd", ["ns_add", 5, {"a": 1}])
def test_odd_lists(odd: Any) -> None:
    """What should be a list and is none stays as it is, beside what is restored."""
    choices = [{"message": {"tool_calls": odd}, "delta": {"tool_calls": [call()]}}]
    restored = restore([{"choices": odd}, {"choices": choices}], REPORT)
    assert restored[0] == {"choices": odd}
    assert restored[1]["choices"][0]["message"] == {"tool_calls": odd}
    assert restored[1]["choices"][0]["delta"] == {"tool_calls": [call(name="ns.add")]}
