"""Corners of the order that no row of `rules` is about: what one repair leaves to another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mistral_sanitize import Sanitizer, explain, sanitize
from tests import jsonpatch
from tests.payloads import subclassed
from tests.rules.neighbours import neighbours

USER = {"role": "user", "content": "Hi"}


def ask(*messages: Any) -> dict[str, Any]:
    return {"model": "mistral-small-latest", "messages": list(messages)}


def test_a_single_call_as_content() -> None:
    """A part of Anthropic's that is the whole content is taken apart like one in a list."""
    use = {"type": "tool_use", "id": "abcdefghi", "name": "f", "input": {"a": 1}}
    payload = ask(USER, {"role": "assistant", "content": use})
    report = explain(payload)
    call = report.payload["messages"][1]["tool_calls"][0]
    assert call["function"] == {"name": "f", "arguments": '{"a":1}'}
    assert [change.rule for change in report.changes][:2] == ["content", "anthropic-part"]
    assert jsonpatch.apply(payload, report.as_json_patch()) == report.payload
    assert sanitize(report.payload) is report.payload


def test_a_result_in_a_message_that_becomes_the_users_late() -> None:
    """It cannot be taken apart any more, and is kept as text."""
    late = {"role": "system", "content": [{"type": "tool_result", "content": "42"}]}
    payload = ask(USER, {"role": "assistant", "content": "Well."}, late, USER)
    report = explain(payload)
    assert "42" in report.payload["messages"][2]["content"][0]["text"]
    assert jsonpatch.apply(payload, report.as_json_patch()) == report.payload
    assert sanitize(report.payload) is report.payload


def cached(role: str, text: str) -> dict[str, Any]:
    part = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
    return {"role": role, "content": [part]}


def test_marks_on_texts_go_and_the_texts_stay() -> None:
    """Of the user and of the assistant, of the first message and of later ones."""
    payload = ask(cached("user", "a"), cached("assistant", "b"), cached("user", "c"))
    for first in (0, 1):
        asked = ask(*payload["messages"][first:], USER)
        report = explain(asked)
        said = [m["content"] for m in report.payload["messages"][:-1]]
        assert said == [[{"type": "text", "text": text}] for text in "abc"[first:]]
        assert {change.rule for change in report.changes} == {"unknown-key"}
        assert jsonpatch.apply(asked, report.as_json_patch()) == report.payload
        assert sanitize(report.payload) is report.payload


def test_what_says_nothing_goes_without_a_word() -> None:
    """An empty refusal and a null of sound beside a reasoning that the walk looks at."""
    said = {"role": "assistant", "content": "b", "refusal": "", "audio": None, "reasoning": "r"}
    report = explain(ask(USER, said, USER))
    lossless = {change.path: change.lossy for change in report.changes}
    assert lossless["/messages/1/refusal"] is False
    assert lossless["/messages/1/audio"] is False
    assert report.payload["messages"][1]["content"][-1] == {"type": "text", "text": "b"}


def test_a_function_call_beside_the_calls_of_another() -> None:
    """The old name adds its call where no call of that name stands."""
    call = {"id": "abcdefghi", "type": "function", "function": {"name": "g", "arguments": "{}"}}
    said = {"role": "assistant", "content": "", "tool_calls": [call, "odd"],
            "function_call": {"name": "f", "arguments": "{}"}}  # fmt: skip
    calls = sanitize(ask(USER, said))["messages"][1]["tool_calls"]
    assert [c["function"]["name"] for c in calls if isinstance(c, dict)] == ["g", "f"]


def test_a_message_without_content() -> None:
    """Where no rule gives it one it stays, and the conversation with it."""
    payload = ask({"role": "user"}, USER)

    assert sanitize(payload, disable=("null-content",)) is payload


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({**USER, 5: "x"}, "/messages/0/5"),
        ({"role": "user", "content": [{"type": "text", "text": "a", 5: "x"}]},
         "/messages/0/content/0/5"),
    ],
    ids=str,
)  # fmt: skip
def test_a_key_that_is_no_string(message: dict[Any, Any], path: str) -> None:
    """It goes as every key does that Mistral lacks."""
    report = explain(ask(message))

    assert [(change.rule, change.path) for change in report.lossy] == [("unknown-key", path)]
    assert len(report.changes) == 1


def test_calls_in_camel_case() -> None:
    """They are the message's calls."""
    call = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    said = {"role": "assistant", "content": "Look.", "toolCalls": [call]}

    assert sanitize(ask(USER, said))["messages"][1]["tool_calls"] == [call]


IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org", "detail": "low"}}
COMMON: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "See"}, IMAGE]},
    {"role": "assistant", "content": "Yes.", "prefix": False},
    USER,
    {"role": "assistant", "content": [{"type": "text", "text": "Look."}], "tool_calls": [
        {"id": "aaaaaaaa1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
        {"id": "call_2", "function": {"name": "g", "arguments": "{}"}, "index": 1},
    ]},
    {"role": "tool", "tool_call_id": "aaaaaaaa1", "name": "f", "content": "1"},
    {"role": "tool", "tool_call_id": "call_2", "content": "2"},
    {"role": "assistant", "content": [{"type": "text", "text": "So."}, IMAGE]},
    {"role": "user", "content": [{"type": "image_url", "image_url": "https://example.org"}]},
]  # fmt: skip
"""A conversation of messages that the quick pass knows, of each role and shape."""

NEAR = [(at, put) for at, m in enumerate(COMMON) for put in ("", "2024-09-17", "without")]


@pytest.mark.parametrize(("at", "how"), NEAR)
def test_near_what_is_common(at: int, how: str) -> None:
    """The quick pass and the walk agree on every message that is near a common one."""
    options: dict[str, Any] = {"profile": how} if how[:1] == "2" else {}
    sanitizer = Sanitizer(**options, disable=("unknown-key",) if how == "without" else ())
    for message in (COMMON[at], *neighbours(COMMON[at])):
        payload = ask(*COMMON[:at], message, *COMMON[at + 1 :])

        plain, odd = sanitizer.explain(payload), sanitizer.explain(subclassed(payload))

        assert json.dumps(plain.payload) == json.dumps(odd.payload)
        assert bool(plain.lossy) == bool(odd.lossy)
        assert plain.payload == jsonpatch.apply(payload, plain.as_json_patch())
        assert sanitizer.sanitize(plain.payload) is plain.payload


# -- Anthropic's parts ---------------------------------------------------------------------------

CALL = {"id": "aaaaaaaa1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
MADE = {"role": "assistant", "content": "", "tool_calls": [CALL]}
ANSWER = {"role": "tool", "tool_call_id": "aaaaaaaa1", "content": "1"}
TEXTS = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
PICTURE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,R0lG"}}


def tool_result(content: Any = "1", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": "aaaaaaaa1", "content": content, **more}


def tool_use(**more: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": "aaaaaaaa1", "name": "f", "input": {"a": 1}, **more}


def settled(*messages: Any, **options: Any) -> Any:
    """The report, whose patch leads to its payload, once and for all."""
    payload = ask(USER, *messages)
    report = explain(payload, **options)
    assert jsonpatch.apply(payload, report.as_json_patch()) == jsonpatch.plain(report.payload)
    assert sanitize(report.payload, **options) is report.payload
    return report


@pytest.mark.parametrize(
    ("user", "answer", "rest", "lossy"),
    [
        ({"content": tool_result()}, "1", None, False),
        ({"content": [tool_result()]}, "1", None, False),
        ({"content": (tool_result(),)}, "1", None, False),
        ({"content": [tool_result("")]}, "", None, False),
        ({"content": [{"type": "tool_result", "tool_use_id": "aaaaaaaa1"}]}, "", None, False),
        ({"content": [tool_result(TEXTS)]}, TEXTS, None, False),
        ({"content": [tool_result(("a",))]}, TEXTS[:1], None, False),
        ({"content": [tool_result(is_error=True)]}, "1", None, True),
        ({"content": [TEXTS[0], tool_result(), TEXTS[1]]}, "1", TEXTS, False),
        ({"content": [tool_result()], "parts": ["a"]}, "1", TEXTS[:1], False),
        ({"content": [tool_result()], "text": "a"}, "1", "a", False),
        ({"content": [tool_result()], "images": ["R0lG"]}, "1", [PICTURE], False),
        ({"content": [tool_result()], "parts": []}, "1", "", False),
        ({"role": "Human", "content": [tool_result()]}, "1", None, False),
        ({"content": [tool_result()], "name": "Ann"}, "1", None, True),
    ],
    ids=str,
)
def test_results_apart(user: dict[str, Any], answer: Any, rest: Any, lossy: bool) -> None:
    """A result in the user's message is the tool's, before all else that the user says."""
    report = settled(MADE, {"role": "user", **user})

    expected = [{**ANSWER, "content": answer}]
    expected += [] if rest is None else [{"role": "user", "content": rest}]
    assert expected == report.payload["messages"][2:]
    assert lossy == bool(report.lossy)


def test_results_apart_of_several_calls() -> None:
    """Each result of a message is a message, in their order, after what came before."""
    two = {**CALL, "id": "aaaaaaaa2"}
    made = {**MADE, "tool_calls": [CALL, two]}
    both = [tool_result("1"), {**tool_result("2", is_error=True), "tool_use_id": "aaaaaaaa2"}]

    for before in ([], [USER], [{"role": "user", "content": "x", "odd": 1}]):
        messages = settled(*before, made, {"role": "user", "content": [*both, TEXTS[0]]}).payload[
            "messages"
        ]
        assert ["1", "2", TEXTS[:1]] == [m["content"] for m in messages[-3:]]
        assert [m["role"] for m in messages[-3:]] == ["tool", "tool", "user"]


def test_a_result_within_a_result() -> None:
    """What holds a further result is none, and stays for `check` to name."""
    within = {"role": "user", "content": [tool_result([tool_result()])]}

    for content in ([tool_result([tool_result()])], [tool_result((tool_result(), "a"))],
                    [tool_result(tool_result())]):  # fmt: skip
        new = settled(MADE, {**within, "content": content}).payload["messages"]
        assert new[-1]["content"] == content


@pytest.mark.parametrize(
    ("said", "arguments", "rest", "lossy"),
    [
        ({"content": tool_use()}, '{"a":1}', "", False),
        ({"content": [tool_use()]}, '{"a":1}', "", False),
        ({"content": (tool_use(),)}, '{"a":1}', "", False),
        ({"content": [TEXTS[0], tool_use(), TEXTS[1]]}, '{"a":1}', TEXTS, False),
        ({"content": [{"type": "tool_use", "id": "aaaaaaaa1", "name": "f"}]}, "{}", "", False),
        ({"content": [tool_use(input="x")]}, "x", "", False),
        ({"content": [tool_use(input=None)]}, "{}", "", False),
        ({"content": [tool_use(other=1)]}, '{"a":1}', "", True),
        ({"content": [tool_use()], "tool_calls": None}, '{"a":1}', "", False),
        ({"content": [tool_use()], "tool_calls": []}, '{"a":1}', "", False),
        ({"content": [tool_use()], "tool_calls": {"id": "aaaaaaaa2"}}, '{"a":1}', "", True),
        ({"content": [tool_use()], "tool_calls": "f()"}, '{"a":1}', "", True),
        ({"role": "AI", "content": [tool_use()]}, '{"a":1}', "", False),
    ],
    ids=str,
)
def test_calls_apart(said: dict[str, Any], arguments: str, rest: Any, lossy: bool) -> None:
    """A call in the assistant's content is one of its calls."""
    report = settled({"role": "assistant", **said}, ANSWER)

    made, answer = report.payload["messages"][1:]
    assert made["tool_calls"] == [{**CALL, "function": {"name": "f", "arguments": arguments}}]
    assert answer == ANSWER
    assert made["content"] == rest
    assert lossy == bool(report.lossy)


def test_calls_apart_stand_behind_the_others() -> None:
    """Beside calls that there are, and under a new id where there is none."""
    other = {"id": "aaaaaaaa2", "type": "function", "function": {"name": "g", "arguments": "{}"}}
    use = {"type": "tool_use", "name": "f", "input": {}}
    said = {"role": "assistant", "content": [use], "tool_calls": [other]}

    made = settled(said).payload["messages"][1]

    assert made["tool_calls"][0] == other
    assert made["tool_calls"][1]["function"] == CALL["function"]
    assert len(made["tool_calls"][1]["id"]) == 9


def test_calls_beside_a_null() -> None:
    """Where the schema has no null for what is said beside calls it goes; else it stays."""
    payload = ask(USER, {**MADE, "content": None}, ANSWER)
    without = {"role": "assistant", "tool_calls": [CALL]}

    assert sanitize(payload) is payload
    assert sanitize(payload, profile="2024-11-07")["messages"][1] == without


def test_a_call_whose_id_is_null() -> None:
    """A null is no id: the call gets one as if it had none."""
    without, null = (
        settled({"role": "assistant", "content": [{"type": "tool_use", "name": "f", **more}]})
        for more in ({}, {"id": None})
    )

    assert without.payload == null.payload
    assert without.as_json_patch() == null.as_json_patch()


def test_a_call_whose_input_is_no_json() -> None:
    """It cannot be written as arguments: it stays, and the calls beside it are taken apart."""
    odd = tool_use(input={"a": {1}})
    payload = ask(USER, {"role": "assistant", "content": [odd], "prefix": True})

    assert sanitize(payload) is payload

    said = {"role": "assistant", "content": [odd, tool_use()]}
    made = sanitize(ask(USER, said, ANSWER))["messages"][1]
    assert made["content"] == [odd]
    assert [call["function"]["arguments"] for call in made["tool_calls"]] == ['{"a":1}']


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [tool_use()]},
        {"role": "assistant", "content": [tool_result()], "prefix": True},
    ],
    ids=str,
)
def test_parts_of_the_other_role(message: dict[str, Any]) -> None:
    """A call that the user makes, and a result that the assistant gives, stay for `check`."""
    payload = ask(USER, message)

    assert sanitize(payload) is payload


def test_a_single_part_of_the_other_role() -> None:
    """It is a list of one, once, and stays for `check`."""
    report = settled({"role": "user", "content": tool_use()})

    assert report.payload["messages"][1]["content"] == [tool_use()]
    assert [change.rule for change in report.changes] == ["content"]


@pytest.mark.parametrize("content", [tool_use(), tool_result()], ids=str)
def test_a_single_part_where_no_rule_makes_it_a_list(content: dict[str, Any]) -> None:
    """Without the rule for content it stays as it is."""
    role = "user" if content["type"] == "tool_result" else "assistant"
    message = {"role": role, "content": content, **({"prefix": True} if role[0] == "a" else {})}

    assert sanitize(ask(USER, message), disable=("content",))["messages"][1] == message


# -- tools ---------------------------------------------------------------------------------------

PLAIN = {"type": "function", "function": {
    "name": "f", "description": "D", "strict": True,
    "parameters": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
}}  # fmt: skip


def test_near_a_plain_tool() -> None:
    """The quick look at tools and the walk agree on every tool that is near a common one."""
    for tool in (PLAIN, *neighbours(PLAIN)):
        payload = {**ask(USER), "tools": [tool, PLAIN]}

        plain, odd = explain(payload), explain(subclassed(payload))

        assert json.dumps(plain.payload) == json.dumps(odd.payload)
        assert bool(plain.lossy) == bool(odd.lossy)
        assert plain.payload == jsonpatch.apply(payload, plain.as_json_patch())
        assert sanitize(plain.payload) is plain.payload
