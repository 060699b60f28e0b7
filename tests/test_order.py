"""Every short conversation there is, of a few kinds of message: what `sanitize` makes of its order.

The laws of `test_laws` draw long and odd ones; here none of the short ones is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest

from mistral_sanitize import Sanitizer
from mistral_sanitize.rules.ids import fits
from tests import jsonpatch
from tests.payloads import subclassed
from tests.rules.words import call, calls, result, said, system, text, user

ONE, TWO, LONG = "aaaaaaaa1", "aaaaaaaa2", "call_3"

KINDS: dict[str, dict[str, Any]] = {
    "user": user("Hi"),
    "system": system("Be brief."),
    "said": said("Yes."),
    "empty": said(""),
    "prefix": said("Well,", prefix=True),
    "calls one": calls(call(ONE, "f")),
    "calls two": calls(call(ONE, "f"), call(TWO, "g"), content="Look."),
    "calls long": calls(call(LONG, "f")),
    "one": result(ONE, "first"),
    "two": result(TWO, "second"),
    "long": result(LONG, "third"),
}
"""Messages that may stand anywhere, and do."""

OPTIONS: dict[str, Mapping[str, Any]] = {
    "": {},
    "an old schema": {"profile": "2024-09-17"},
    **{
        f"with {rule}": {"enable": (rule,)}
        for rule in ("empty-assistant-placeholder", "trailing-assistant-user",
                     "trailing-assistant-drop", "merge-system", "drop-unanswered-call",
                     "merge-neighbours", "split-content-calls", "user-after-tool")
    },
    **{
        f"without {rule}": {"disable": (rule,)}
        for rule in ("tool-call-id", "duplicate-tool-call-id", "empty-assistant",
                     "trailing-assistant", "prefix-not-last", "late-system", "missing-result",
                     "orphan-result", "result-order", "result-id")
    },
}  # fmt: skip


def conversations(first: str, length: int) -> Iterator[list[Any]]:
    for rest in product(KINDS, repeat=length - 1):
        yield [KINDS[first], *(KINDS[kind] for kind in rest)]


def ask(messages: list[Any]) -> dict[str, Any]:
    return {"model": "mistral-large-latest", "messages": messages}


def in_order(messages: list[Any]) -> bool:
    """Whether Mistral takes it: calls answered one by one by ids that fit, nobody out of turn."""
    before, waiting = "", []
    ids = [c["id"] for m in messages for c in m.get("tool_calls", ())]
    if len(set(ids)) != len(ids) or not all(map(fits, ids)):
        return False
    for m in messages:
        role = m["role"]
        if role == "tool":
            if not waiting or m["tool_call_id"] != waiting.pop(0):
                return False
        elif waiting or before == "prefix":
            return False
        elif role == "system" and before in ("assistant", "tool"):
            return False
        elif role == "assistant":
            waiting = [c["id"] for c in m.get("tool_calls", ())]
            if not waiting and not m["content"]:
                return False
        before = "prefix" if m.get("prefix") else role
        before = "calls" if waiting else before
    return not waiting and before != "assistant"


def all_said(messages: list[Any]) -> set[str]:
    return {m["content"] for m in messages} | {
        c["function"]["name"] for m in messages for c in m.get("tool_calls", ())
    }


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_every_conversation_of_four(first: str, second: str) -> None:
    """It comes out in an order that Mistral takes, with all that was said in it, in few changes."""
    sanitizer = Sanitizer()
    for rest in product(KINDS, repeat=2):
        messages = [KINDS[kind] for kind in (first, second, *rest)]
        if not any(m["role"] == "user" or m["content"] not in ("", None) for m in messages):
            continue
        report = sanitizer.explain(ask(messages))
        new = report.payload["messages"]

        assert in_order(new), rest
        assert all_said(messages) - {""} <= all_said(new), rest
        assert bool(report) != in_order(messages), rest
        assert report.lossy == ()


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("first", KINDS)
def test_every_conversation_of_three(first: str, options: str) -> None:
    """The report leads from the one to the other, once is enough, and types do not matter."""
    sanitizer = Sanitizer(**OPTIONS[options])
    for length in (1, 2, 3):
        for messages in conversations(first, length):
            payload = ask(messages)
            report = sanitizer.explain(payload)

            assert report.payload == jsonpatch.apply(payload, report.as_json_patch())
            assert sanitizer.sanitize(report.payload) is report.payload
            assert bool(report) == (report.payload is not payload)
            odd = sanitizer.explain(subclassed(payload))
            assert json.dumps(report.payload) == json.dumps(odd.payload)
            assert [c.rule for c in report.changes] == [c.rule for c in odd.changes]


# -- what becomes of it --------------------------------------------------------------------------

OLD = {"profile": "2024-09-17"}
C1 = calls(call(ONE, "f"))
X1 = calls({**call(ONE, "f"), "x": 1})
R1 = result(ONE, "1")
C2 = calls(call(ONE, "f"), call(TWO, "g"))
R2 = result(TWO, "2")
NONE = "No result was recorded for this tool call."


def on(*rules: str) -> dict[str, Any]:
    return {"enable": rules}


@pytest.mark.parametrize(
    ("messages", "options", "expected", "rules"),
    [
        # the bridge that older schemas want
        ([user("a"), C1, R1, user("b")], OLD, "u:a a: t:1 a:OK. u:b", "user-after-tool"),
        ([user("a"), C1, R1, system("s"), user("b")], OLD, "u:a a: t:1 a:OK. u:s u:b",
         "user-after-tool late-system"),
        ([user("a"), C1, R1, result("x", "o"), user("b")], OLD, "u:a a: t:1 a:OK. u:o u:b",
         "user-after-tool orphan-result"),
        # neighbours
        ([user("a"), user("b"), user("c")], on("merge-neighbours"), "u:a\n\nb\n\nc",
         "merge-neighbours merge-neighbours merge-neighbours"),
        ([user(""), user("b")], on("merge-neighbours"), "u:b", "merge-neighbours merge-neighbours"),
        ([user("a"), user("")], on("merge-neighbours"), "u:a", "merge-neighbours"),
        ([user("a"), said("x"), user("b")], on("merge-neighbours"), "u:a a:x u:b", ""),
        ([user("a"), C1, user("b"), user("c"), R1], on("merge-neighbours"),
         "u:a a: t:1 u:b\n\nc",
         "result-order merge-neighbours result-order merge-neighbours"),
        ([system("a"), user("b"), system("c"), system("d")], on("merge-system"),
         "s:a\n\nc\n\nd u:b", "merge-system merge-system merge-system"),
        ([user("a"), said("x"), system("b"), user("c")], on("merge-system"), "u:a a:x u:b u:c",
         "late-system"),
        ([system("s"), user("a"), said("x"), system("b"), user("c")], on("merge-system"),
         "s:s\n\nb u:a a:x u:c", "merge-system merge-system"),
        # the last word
        ([user("a"), said("x")], {}, "u:a p:x", "trailing-assistant"),
        ([user("a"), said("x"), said("y")], {}, "u:a a:x p:y", "trailing-assistant"),
        ([user("a"), said("x"), said("y")], on("trailing-assistant-drop"), "u:a",
         "trailing-assistant-drop trailing-assistant-drop"),
        ([said("x")], on("trailing-assistant-drop"), "p:x", "trailing-assistant"),
        ([user("a"), said("x", prefix=True), said("y")], on("trailing-assistant-drop"), "u:a",
         "trailing-assistant-drop trailing-assistant-drop"),
        ([user("a"), said("x", prefix=True), user("b"), said("y")], on("trailing-assistant-drop"),
         "u:a a:x u:b", "trailing-assistant-drop prefix-not-last"),
        ([user("a"), said("x")], on("trailing-assistant-user"), "u:a a:x u:Continue.",
         "trailing-assistant-user"),
        ([user("a"), said("x", prefix=True)], on("trailing-assistant-user"), "u:a a:x u:Continue.",
         "trailing-assistant-user prefix-not-last"),
        ([user("a"), said("x", prefix=True), user("b")], {}, "u:a a:x u:b", "prefix-not-last"),
        ([user("a"), said("x", prefix=True), user("b"), said("y", prefix=True)], {},
         "u:a a:x u:b p:y", "prefix-not-last"),
        ([user("a"), {**C1, "prefix": True}, R1], {}, "u:a a: t:1", "prefix-not-last"),
        # empty turns
        ([user("a"), said(""), user("b")], {}, "u:a u:b", "empty-assistant"),
        ([user("a"), said(""), user("b")], on("empty-assistant-placeholder"), "u:a a:(empty) u:b",
         "empty-assistant-placeholder"),
        ([user("a"), said("", prefix=True)], {}, "u:a", "empty-assistant"),
        ([said("")], {}, "p:", "trailing-assistant"),
        ([said(""), said("")], {}, "a: p:", "trailing-assistant"),
        # calls and results
        ([user("a"), C1], {}, f"u:a a: t:{NONE}", "missing-result"),
        ([user("a"), C2, R2], {}, f"u:a a: t:{NONE} t:2", "missing-result"),
        ([user("a"), C2, R2], on("drop-unanswered-call"), "u:a a: t:2", "drop-unanswered-call"),
        ([user("a"), C2, R1], on("drop-unanswered-call"), "u:a a: t:1", "drop-unanswered-call"),
        ([user("a"), C1, user("b")], on("drop-unanswered-call"), "u:a u:b",
         "drop-unanswered-call empty-assistant"),
        ([user("a"), calls(call(ONE), content="x"), user("b")], on("drop-unanswered-call"),
         "u:a a:x u:b", "drop-unanswered-call"),
        ([user("a"), C2, R2, R1], {}, "u:a a: t:1 t:2", "result-order result-order"),
        ([user("a"), C1, user("b"), R1], {}, "u:a a: t:1 u:b", "result-order result-order"),
        ([R1, user("a"), C1], {}, "u:a a: t:1", "result-order result-order"),
        ([user("a"), R1, user("b")], {}, "u:a u:1 u:b", "orphan-result"),
        ([user("a"), C1, R1, R1], {}, "u:a a: t:1 u:1", "orphan-result"),
        ([user("a"), result("x", None), user("b")], {}, "u:a u: u:b",
         "orphan-result"),
        ([user("a"), C1, result("x", "1")], {}, "u:a a: t:1", "result-id"),
        ([user("a"), C1, said("x"), R1, user("b")], {}, "u:a a: t:1 a:x u:b",
         "result-order result-order"),
        ([user("a"), C1, said("x"), result("y", "1"), user("b")], {}, "u:a a: t:1 a:x u:b",
         "result-order result-order"),
        ([user("a"), C1, system("s"), R1], {}, "u:a a: t:1 u:s",
         "result-order late-system result-order"),
        ([user("a"), calls(call("")), {"role": "tool", "content": "1"}], {}, "u:a a: t:1",
         "missing-tool-call-id missing-tool-call-id"),
        ([user("a"), C1, {"role": "tool", "content": "1", "x": 1}], {}, "u:a a: t:1",
         "unknown-key missing-tool-call-id"),
        ([user("a"), C1, R1, user("b"), C1, R1], {}, "u:a a: t:1 u:b a: t:1",
         "duplicate-tool-call-id duplicate-tool-call-id"),
        ([user("a"), calls(call(ONE), call(ONE)), R1, R1], {}, "u:a a: t:1 t:1",
         "duplicate-tool-call-id duplicate-tool-call-id"),
        ([user("a"), X1, R1, user("b"), X1, R1], {}, "u:a a: t:1 u:b a: t:1",
         "unknown-key unknown-key duplicate-tool-call-id duplicate-tool-call-id"),
        ([user("a"), calls(call(ONE), {**call(ONE), "x": 1}), R1, R1], {}, "u:a a: t:1 t:1",
         "unknown-key duplicate-tool-call-id duplicate-tool-call-id"),
        ([user("a"), calls({**call(LONG), "x": 1}), result(LONG, "3"), user("b"), X1, R1], {},
         "u:a a: t:3 u:b a: t:1", "unknown-key unknown-key tool-call-id tool-call-id"),
        ([user("a"), result(ONE, "o"), C1, R1, user("b")], {}, "u:a u:o a: t:1 u:b",
         "orphan-result"),
        ([result(ONE, "o"), result(ONE, "p"), calls(call(ONE), call(ONE)), R1], {},
         "u:p a: t:o t:1",
         "result-order orphan-result duplicate-tool-call-id result-order duplicate-tool-call-id"),
        ([user("a"), C1, R1, result(ONE, "o"), user("b"), C1], {},
         f"u:a a: t:1 u:o u:b a: t:{NONE}",
         "orphan-result duplicate-tool-call-id missing-result"),
        ([user("a"), calls(call(ONE), content="Look."), R1], on("split-content-calls"),
         "u:a a:Look. a: t:1", "split-content-calls split-content-calls"),
        ([user("a"), C1, R1], on("split-content-calls"), "u:a a: t:1", ""),
        ([user("a"), said("x"), system("s")], {}, "u:a a:x u:s", "late-system"),
        ([user("a"), said("x"), system([text("s")])], {},
         "u:a a:x u:[{'type': 'text', 'text': 's'}]", "late-system"),
        ([system("s"), system("t"), user("a"), system("u")], {}, "s:s s:t u:a s:u", ""),
    ],
    ids=str,
)  # fmt: skip
def test_what_becomes_of_it(
    messages: list[Any], options: Mapping[str, Any], expected: str, rules: str
) -> None:
    """Nothing is said twice or invented beyond what the rule is for, and each step is named."""
    report = Sanitizer(**options).explain(ask(messages))

    new = report.payload["messages"]
    letters = [("p" if m.get("prefix") else m["role"][0]) for m in new]
    assert expected == " ".join(f"{x}:{m['content']}" for x, m in zip(letters, new, strict=True))
    assert rules.split() == [change.rule for change in report.changes]


@pytest.mark.parametrize(
    ("given", "more", "expected"),
    [
        ("a", [[text("b")]], [text("a"), text("b")]),
        ([text("a")], ["b", [text("c")]], [text("a"), text("b"), text("c")]),
        ([], [[text("c")]], [text("c")]),
        ("", [[text("c")]], [text("c")]),
        ((text("a"),), ["b"], [text("a"), text("b")]),
    ],
    ids=str,
)
def test_parts_are_joined(given: Any, more: list[Any], expected: list[Any]) -> None:
    """Content in parts is joined part by part, and a string becomes one of them."""
    messages = [user(given), *map(user, more)]

    (new,) = Sanitizer(**on("merge-neighbours")).sanitize(ask(messages))["messages"]

    assert {"role": "user", "content": expected} == new


@pytest.mark.parametrize(
    ("ids", "answers", "expected"),
    [
        ((None, None), ((None, "2", "g"), (None, "1", "f")), ["1", "2"]),
        (("", "null"), (("", "1", None), ("null", "2", None)), ["1", "2"]),
        ((None, None), ((None, "1", "g"), (None, "2", "g")), ["2", "1"]),
        ((1, 2), (("2", "2", None), ("1", "1", None)), ["1", "2"]),
        (("1", 2), ((1, "1", None), (2, "2", None)), ["1", "2"]),
        ((ONE, ONE), ((ONE, "1", None), (ONE, "2", None)), ["1", "2"]),
        ((ONE, TWO), (("x", "1", None), ("y", "2", None)), ["1", "2"]),
        ((ONE, TWO), ((ONE, "1", None), ("y", "2", None)), ["1", "2"]),
        ((ONE, TWO), (("y", "1", None), (TWO, "2", None)), ["1", "2"]),
        ((True, [1]), ((True, "1", None), ([1], "2", None)), ["1", "2"]),
        ((None, ONE), ((ONE, "1", None), (None, "2", None)), ["2", "1"]),
        ((ONE, None), ((None, "1", None), (ONE, "2", None)), ["2", "1"]),
    ],
    ids=str,
)
def test_results_find_their_calls(ids: Any, answers: Any, expected: list[str]) -> None:
    """By id, as text or as a number; else by the function's name; else by order."""
    made = calls(call(ids[0], "f"), call(ids[1], "g"))
    given = [
        {**result(id_, content), **({} if name is None else {"name": name})}
        for id_, content, name in answers
    ]

    new = Sanitizer().sanitize(ask([user("a"), made, *given]))["messages"]

    assert expected == [m["content"] for m in new[2:]]
    assert [c["id"] for c in new[1]["tool_calls"]] == [m["tool_call_id"] for m in new[2:]]


def test_ids_lead_back() -> None:
    """The report leads from each new id to the caller's, a number by its text."""
    made = calls(call("call_1"), call(ONE), call(7), call(None), call(True))

    report = Sanitizer().explain(ask([user("a"), made]))

    new = [c["id"] for c in report.payload["messages"][1]["tool_calls"]]
    assert {new[0]: "call_1", new[2]: "7"} == dict(report.ids)
    assert new[1] == ONE


OFF = {"disable": ("unknown-key",)}


def test_odd_messages_among_calls() -> None:
    """What is no message stands where it stood, and ids are made to fit all the same."""
    made, answer = calls(call(LONG)), result(LONG)

    new = Sanitizer().sanitize(ask([user("a"), made, answer, 5, None, user("b")]))["messages"]

    assert [5, None, user("b")] == new[3:]
    assert new[1]["tool_calls"][0]["id"] == new[2]["tool_call_id"] != LONG


def test_calls_of_nobody() -> None:
    """Calls in a message of the user's are none, where unknown keys are left in."""
    payload = ask([{**user("a"), "tool_calls": [call(LONG)]}, calls(call(ONE)), R1])

    assert Sanitizer(**OFF).sanitize(payload) is payload

    new = Sanitizer(**OFF).sanitize(ask([payload["messages"][0], calls(call("x")), result("x")]))
    assert new["messages"][0] is payload["messages"][0]

    other = {**user("a"), "tool_calls": [call(ONE)]}
    new = Sanitizer(**OFF).sanitize(ask([other, calls(call(ONE)), user("b"), R1]))["messages"]
    assert [other, calls(call(ONE)), R1, user("b")] == new


def test_a_call_beside_what_is_none() -> None:
    """What is no call keeps its place among those that stay, and they keep theirs."""
    asked = calls(call(TWO), True, call(LONG))

    report = Sanitizer(**on("drop-unanswered-call")).explain(
        ask([user("a"), asked, result(LONG, "3"), user("b")])
    )

    _, made, answer, _ = report.payload["messages"]
    odd, left = made["tool_calls"]
    assert odd is True
    assert left["id"] == answer["tool_call_id"]
    assert report.ids == {left["id"]: LONG}


def test_a_result_of_nobody() -> None:
    """A call's id in a message of the user's answers nothing, where unknown keys are left in."""
    other = {**user("a"), "tool_call_id": ONE}

    new = Sanitizer(**OFF).sanitize(ask([R1, other, C1]))["messages"]

    assert [other, C1, R1] == new


def test_an_orphan_keeps_what_else_it_says() -> None:
    """A result without its call becomes the user's with all its other keys, if they may stay."""
    answer = {**result("x", "1"), "more": "said"}

    new = Sanitizer(**OFF).sanitize(ask([user("a"), answer, user("b")]))["messages"]

    assert new[1] == {"role": "user", "content": "1", "more": "said"}


@pytest.mark.parametrize(
    ("fields", "lossy"),
    [
        ({}, False), ({"tool_call_id": 5}, False), ({"tool_call_id": 1.5}, False),
        ({"content": [text("a")]}, False), ({"tool_call_id": {"a": "said"}}, True),
        ({"tool_call_id": ["said"]}, True), ({"tool_call_id": {}}, False), ({"name": ""}, False),
        ({"name": "f"}, True), ({"name": 0}, True), ({"tool_call_id": None}, False),
    ],
    ids=str,
)  # fmt: skip
def test_what_an_orphan_loses(fields: dict[str, Any], lossy: bool) -> None:
    """A result that becomes the user's loses its name, and what stands where its id should."""
    report = Sanitizer().explain(ask([user("a"), {**result("x", "1"), **fields}]))

    assert [c.rule for c in report.lossy] == ["orphan-result"] * lossy


@pytest.mark.parametrize("rule", ["missing-result", "trailing-assistant-user"])
@pytest.mark.parametrize(
    ("more", "lossy"),
    [({}, False), ({"x": []}, False), ({"prefix": True}, False), ({"x": 1}, True),
     ({"prefix": "a"}, True)],
)  # fmt: skip
def test_what_an_empty_message_loses(more: dict[str, Any], lossy: bool, rule: str) -> None:
    """An empty message goes with all its other keys, if they may stay: they may say something."""
    sanitizer = Sanitizer(enable=(rule,), disable=("unknown-key",))

    report = sanitizer.explain(ask([user("a"), {"role": "assistant", "content": "", **more}]))

    assert [c.rule for c in report.lossy] == ["empty-assistant"] * lossy
    assert "empty-assistant" in {c.rule for c in report.changes}


@pytest.mark.parametrize("rule", ["merge-neighbours", "merge-system"])
def test_what_a_merged_message_loses(rule: str) -> None:
    """Messages that become one lose what else the later ones say, if that may stay."""
    sanitizer = Sanitizer(enable=(rule,), disable=("unknown-key",))
    role = "user" if rule == "merge-neighbours" else "system"
    first, second, third = ({"role": role, "content": text} for text in "abc")

    report = sanitizer.explain(ask([first, second, {**third, "x": "said"}, user("d")]))

    assert [(c.rule, c.before) for c in report.lossy] == [(rule, {**third, "x": "said"})]


@pytest.mark.parametrize(
    ("made", "answers", "lossy"),
    [
        ({"a": "said"}, "aaaaaaaa1", ["/messages/1/tool_calls/0/id"]),
        ("aaaaaaaa1", ["said"], ["/messages/2/tool_call_id"]),
        (None, "aaaaaaaa1", []), (5, 6, []), ("call_1", "call_2", []), ({}, [], []),
        (1.5, 1.5, []), ("null", "", []),
    ],
    ids=str,
)  # fmt: skip
def test_what_ids_lose(made: Any, answers: Any, lossy: list[str]) -> None:
    """An id says which call is meant and nothing else; what stands in its place may say more."""
    messages = [user("a"), calls(call(made)), result(answers)]

    assert [c.path for c in Sanitizer().explain(ask(messages)).lossy] == lossy


def test_ids_of_a_tuple_of_calls() -> None:
    """Ids that do not fit are repaired in tuples, too, in a conversation that is in order."""
    answers = [result("call_1", "1"), result("call_2", "2")]
    second = {**calls(), "tool_calls": (call("call_2"),)}
    messages = [user("a"), calls(call("call_1")), answers[0], second, answers[1], user("b")]

    new = Sanitizer().sanitize(ask(messages))["messages"]

    assert fits(new[4]["tool_call_id"])
    assert new[4]["tool_call_id"] == new[3]["tool_calls"][0]["id"]


@pytest.mark.parametrize("odd", [1.6, True, "f", {"id": "x"}, [5]])
def test_ids_beside_calls_that_are_none(odd: Any) -> None:
    """Ids that do not fit are repaired in all of a conversation, whatever another has for calls."""
    other = {"role": "assistant", "content": "b", "tool_calls": odd}
    messages = [user("a"), calls(call("call_1")), result("call_1", "1"), other, user("c")]

    new = Sanitizer(**OFF).sanitize(ask(messages))["messages"]

    made, answer = new[1]["tool_calls"][0]["id"], new[2]["tool_call_id"]
    assert made == answer != "call_1"
    assert new[3] == other


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_result_within_an_orphan(kind: type) -> None:
    """A part that only a tool's message can have is text in the user's."""
    content = kind(["c", {"type": "tool_result", "content": "a"}, text("b")])

    payload = ask([user("a"), result("x", content), user("b")])

    report = Sanitizer(disable=("tool-content", "content-part")).explain(payload)

    assert jsonpatch.apply(payload, report.as_json_patch()) == report.payload
    assert report.lossy == ()
    assert ["c", '{"type":"tool_result","content":"a"}', text("b")] == (
        report.payload["messages"][1]["content"]
    )
    assert {"orphan-result"} == {change.rule for change in report.changes}


def test_a_result_that_moves_is_the_same() -> None:
    """A result that is put behind its call is the very same object there."""
    new = Sanitizer().sanitize(ask([user("a"), C1, user("b"), R1]))["messages"]

    assert new[2] is R1


def test_two_calls_of_one_function_without_ids() -> None:
    """Results that name the function that two calls have answer them by order."""
    made = calls(call(None, "f"), call(None, "f"))
    answers = [{**result(None, content), "name": "f"} for content in "12"]

    new = Sanitizer().sanitize(ask([user("a"), made, *answers]))["messages"]

    assert [m["content"] for m in new[2:]] == ["1", "2"]


def test_calls_that_are_no_list_are_not_nothing() -> None:
    """A message that says nothing, beside calls that nobody can read, is left for `check`."""
    payload = ask([user("a"), {**said(""), "tool_calls": "x"}, user("b")])

    assert Sanitizer().sanitize(payload) is payload


def test_a_call_is_no_last_word() -> None:
    """A call at the end is none to be continued, where results are not made."""
    payload = ask([user("a"), C1])

    assert Sanitizer(disable=("missing-result",)).sanitize(payload) is payload
