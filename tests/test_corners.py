"""One field at a time, in the shapes that clients write beside the common one."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_sanitize import Report, explain
from mistral_sanitize.engine.walk import walk
from mistral_sanitize.rules._run import Run
from mistral_sanitize.schema.marks import Bounded
from mistral_sanitize.schema.node import Field, Node, Value
from tests import jsonpatch
from tests.rules.words import LARGE, SMALL, call, schema_of, text, thinking, tool, user


def ask(*messages: Any, model: str = SMALL, **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": list(messages) or [user()], **fields}


def changed(report: Report) -> dict[str, bool]:
    """The places that changed, each with whether something was lost there."""
    found: dict[str, bool] = {}
    for change in report.changes:
        found[change.path] = found.get(change.path, False) or change.lossy
    return found


# -- what an assistant's message has beside its content ------------------------------------------


def of_assistant(**fields: Any) -> tuple[dict[str, Any], Report]:
    """What becomes of an assistant's message between two of the user's."""
    said = {"role": "assistant", **fields}
    report = explain(ask(user(), said, user("So?")))
    return report.payload["messages"][1], report


HM = thinking("Hm.")
YES = text("Yes.")


@pytest.mark.parametrize(
    "key", ["reasoning", "reasoning_content", "thinking_blocks", "reasoning_details", "thinking"]
)
@pytest.mark.parametrize(
    ("content", "value", "expected", "lossy"),
    [
        ("Yes.", "Hm.", [HM, YES], False),
        (None, "Hm.", [HM], False),
        ("", "Hm.", [HM], False),
        ([YES], "Hm.", [HM, YES], False),
        ((YES,), "Hm.", [HM, YES], False),
        ([HM, YES], "Hm.", [HM, YES], False),
        ([thinking("No."), YES], "Hm.", [thinking("Hm.", "No."), YES], False),
        ([text("Hm."), YES], "Hm.", [HM, text("Hm."), YES], False),
        ("Yes.", [{"text": "Hm."}, {"text": "Ha.", "signature": "s"}],
         [thinking("Hm.", "Ha."), YES], True),
        ("Yes.", {"text": "Hm.", "signature": "s"}, [HM, YES], True),
        ("Yes.", {"text": "Hm.", "signature": ""}, [HM, YES], False),
        ("Yes.", [{"text": "Hm."}, {"text": " "}, {"text": "Ha."}],
         [thinking("Hm.", " ", "Ha."), YES], False),
        ("Yes.", [{"type": "reasoning.text", "text": "Hm.", "index": 0, "id": None}],
         [HM, YES], False),
        *[("Yes.", [{"text": "Hm.", **more}], [HM, YES], True) for more in (
            {"type": "t"}, {"index": 1}, {"id": "x"}, {"format": "y"})],
        ("Yes.", ({"summary": "Hm."},), [HM, YES], False),
        ("Yes.", [{"content": "Hm."}], [HM, YES], False),
        ("Yes.", [{"thinking": "Hm."}], [HM, YES], False),
        ("Yes.", [{"reasoning": "Hm."}], [HM, YES], False),
        ([HM, YES], [{"text": "Hm.", "signature": "s"}], [HM, YES], True),
        ("Yes.", " ", "Yes.", False),
        ("Yes.", None, "Yes.", False),
        ("Yes.", [], "Yes.", False),
        ("Yes.", 5, "Yes.", True),
        ("Yes.", [{"data": "secret"}], "Yes.", True),
        ({"a": 1}, "Hm.", [HM, text('{"a":1}')], False),
        (5, "Hm.", [HM, text("5")], False),
    ],
    ids=str,
)  # fmt: skip
def test_reasoning(key: str, content: Any, value: Any, expected: Any, lossy: bool) -> None:
    """Earlier reasoning is a thinking chunk before what is said, once; signatures are lost."""
    new, report = of_assistant(content=content, **{key: value})

    assert {"role": "assistant", "content": expected} == {
        **new,
        "content": list(new["content"]) if isinstance(new["content"], tuple) else new["content"],
    }
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize(
    ("model", "profile"), [(SMALL, "2024-11-07"), (LARGE, "2026-08-13"), ("no-model", "2026-08-13")]
)
def test_reasoning_that_nobody_takes(model: str, profile: str) -> None:
    """Where the schema or the model takes no thinking, or it is not known, it goes as a loss."""
    said = {"role": "assistant", "content": "Yes.", "reasoning": "Hm."}

    report = explain(ask(user(), said, user(), model=model), profile=profile)

    assert report.payload["messages"][1] == {"role": "assistant", "content": "Yes."}
    assert [change.rule for change in report.lossy] == ["reasoning"]


@pytest.mark.parametrize(
    ("content", "refusal", "expected", "lossy"),
    [
        ("", "No.", "No.", False),
        (None, "No.", "No.", False),
        ([], "No.", "No.", False),
        ("Yes.", "No.", [YES, text("No.")], False),
        ([YES], "No.", [YES, text("No.")], False),
        ("Yes.", "", "Yes.", False),
        ("Yes.", 5, "Yes.", True),
        (YES, "No.", [YES, text("No.")], False),
        ({"a": 1}, "No.", [text('{"a":1}'), text("No.")], False),
        (5, "No.", [text("5"), text("No.")], False),
    ],
    ids=str,
)
def test_refusal(content: Any, refusal: Any, expected: Any, lossy: bool) -> None:
    """A refusal is what the assistant said, or is added to it."""
    new, report = of_assistant(content=content, refusal=refusal)

    assert {"role": "assistant", "content": expected} == new
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize(
    ("content", "audio", "expected", "lossy"),
    [
        (None, {"id": "a", "transcript": "Yes."}, "Yes.", False),
        ("", {"transcript": "Yes."}, "Yes.", False),
        (None, {"id": "a", "transcript": "Yes.", "data": "x"}, "Yes.", True),
        ("No.", {"id": "a", "transcript": "Yes."}, "No.", True),
        ("No.", {"id": "a", "transcript": ""}, "No.", True),
        ("No.", None, "No.", False),
        ("No.", 5, "No.", True),
    ],
    ids=str,
)
def test_audio(content: Any, audio: Any, expected: str, lossy: bool) -> None:
    """What was said aloud is the content where there is no other, by its transcript."""
    new, report = of_assistant(content=content, audio=audio)

    assert {"role": "assistant", "content": expected} == new
    assert lossy == bool(report.lossy)


F = {"name": "f", "arguments": "{}"}


@pytest.mark.parametrize(
    ("given", "calls", "expected", "lossy"),
    [
        ({"name": "f"}, None, [F], False),
        ({"name": "f", "arguments": ""}, None, [F], False),
        ({"name": "f", "arguments": None}, None, [F], False),
        ({"name": "f", "arguments": {"a": 1}}, None, [{"name": "f", "arguments": {"a": 1}}], False),
        ({"name": "f"}, [call("aaaaaaaa1", "g")], [{**F, "name": "g"}, F], False),
        ({"name": "f"}, (call("aaaaaaaa1", "g"),), [{**F, "name": "g"}, F], False),
        ({"name": "f"}, [call("aaaaaaaa1", "f")], [F], False),
        ({"name": "f", "arguments": '{"b":1}'}, [call("aaaaaaaa1", "f")], [F], True),
    ],
    ids=str,
)
def test_function_call(given: Any, calls: Any, expected: Any, lossy: bool) -> None:
    """The call of 2023 is a tool call among the others, unless it is one of them already."""
    new, report = of_assistant(content="Look.", function_call=given, tool_calls=calls)

    assert expected == [c["function"] for c in new["tool_calls"]]
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize(("given", "lossy"), [({"name": 5}, True), ("auto", True), (None, False)])
def test_no_function_call(given: Any, lossy: bool) -> None:
    """What calls nothing goes, as a loss if it says something."""
    new, report = of_assistant(content="Look.", function_call=given)

    assert new == {"role": "assistant", "content": "Look."}
    assert lossy == bool(report.lossy)


# -- functions of 2023 ---------------------------------------------------------------------------

GET = {"name": "f", "parameters": schema_of()}


@pytest.mark.parametrize(
    ("functions", "tools", "expected", "lossy"),
    [
        ([GET], None, ["f"], False),
        ((GET,), None, ["f"], False),
        ([GET], [tool("g")], ["g", "f"], False),
        ([GET], (tool("g"),), ["g", "f"], False),
        ([GET], [tool("f")], ["f"], False),
        ([{**GET, "description": "x"}], [tool("f")], ["f"], True),
        ([GET, {**GET, "name": "g"}], [tool("f")], ["f", "g"], False),
        ([GET, 5], None, ["f"], True),
        ([GET], [{"function": {"name": 5}}], [5, "f"], False),
        ([GET], [], ["f"], False),
        ([], None, None, False),
        (None, None, None, False),
        (5, None, None, True),
    ],
    ids=str,
)
def test_functions(functions: Any, tools: Any, expected: Any, lossy: bool) -> None:
    """Functions are tools behind the others, unless they are among them already."""
    more = {} if tools is None else {"tools": tools}

    report = explain(ask(**more, functions=functions))

    found = report.payload.get("tools")
    assert expected == (found and [each["function"]["name"] for each in found])
    assert lossy == bool(report.lossy)
    assert "functions" not in report.payload


@pytest.mark.parametrize(
    ("value", "choice", "expected", "lossy"),
    [
        ("auto", None, "auto", False),
        ("none", None, "none", False),
        ("weird", None, None, True),
        (None, None, None, False),
        ({"name": "f"}, None, {"type": "function", "function": {"name": "f"}}, False),
        ({"name": 5}, None, None, True),
        ("auto", "auto", "auto", False),
        ("none", "auto", "auto", True),
    ],
    ids=str,
)
def test_choice_of_a_function(value: Any, choice: Any, expected: Any, lossy: bool) -> None:
    """So is the choice among them, unless there is another."""
    more = {} if choice is None else {"tool_choice": choice}

    report = explain(ask(**more, functions=[GET], function_call=value))

    assert expected == report.payload.get("tool_choice")
    assert lossy == bool(report.lossy)
    assert "function_call" not in report.payload


# -- roles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "role", "rule"),
    [
        ({"role": "developer"}, "system", "developer-role"),
        ({"role": "USER"}, "user", "role-alias"),
        ({"role": "Human"}, "user", "role-alias"),
        ({"role": "human"}, "user", "role-alias"),
        ({"role": "SYSTEM"}, "system", "role-alias"),
        ({"role": "Developer"}, "user", "unknown-role"),
        ({"role": "weird"}, "user", "unknown-role"),
        ({"role": ""}, "user", "unknown-role"),
        ({"role": None}, "user", "role-alias"),
        ({}, "user", "role-alias"),
        ({"type": "human"}, "user", "role-alias"),
        ({"type": "system"}, "system", "role-alias"),
        ({"type": "weird"}, "user", "role-alias"),
        ({"type": 5}, "user", "role-alias"),
    ],
    ids=str,
)
def test_role(message: dict[str, Any], role: str, rule: str) -> None:
    """A role in other words, or left out, is Mistral's; one that nobody has is the user's."""
    report = explain(ask(user(), {**message, "content": "Hi"}))

    assert {"role": role, "content": "Hi"} == report.payload["messages"][1]
    assert (rule, "/messages/1/role") == (report.changes[0].rule, report.changes[0].path)
    says = message.get("role") if rule == "unknown-role" else message.get("type")
    assert bool(says) == bool(report.lossy)


@pytest.mark.parametrize(
    "message",
    [{"role": role} for role in ("ai", "AI", "model", "bot", "Assistant")] + [{"type": "ai"}],
    ids=str,
)
def test_role_of_the_assistant(message: dict[str, Any]) -> None:
    """So is the assistant's."""
    report = explain(ask(user(), {**message, "content": "Hi"}, user()))

    assert report.payload["messages"][1] == {"role": "assistant", "content": "Hi"}
    assert report.changes[0].rule == "role-alias"


@pytest.mark.parametrize("role", [{}, {"role": "weird"}, {"role": None}])
def test_role_by_what_only_one_can_have(role: dict[str, Any]) -> None:
    """A call shows the assistant, and a call's id the tool, whatever the role says."""
    made = {**role, "content": "", "tool_calls": [call("aaaaaaaa1")]}
    answer = {**role, "content": "1", "tool_call_id": "aaaaaaaa1"}

    report = explain(ask(user(), made, answer))

    assert [m["role"] for m in report.payload["messages"]] == ["user", "assistant", "tool"]


def test_nothing_in_no_role_stays() -> None:
    """A message without a role and without content says nothing: it is left for `check`."""
    assert not explain(ask(user(), {"content": ""}))
    assert not explain(ask(user(), {"role": 5, "content": "Hi"}))


# -- calls ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "name", "arguments", "lossy"),
    [
        ({"type": "custom", "custom": {"name": "f", "input": "x"}}, "f", '{"input":"x"}', False),
        ({"custom": {"name": "f"}}, "f", '{"input":""}', False),
        ({"name": "f", "arguments": "{}"}, "f", "{}", False),
        ({"name": "f", "input": {"a": 1}}, "f", {"a": 1}, False),
        ({"name": "f", "args": {"a": 1}}, "f", {"a": 1}, False),
        ({"name": "f", "arguments": None}, "f", "{}", False),
        ({"name": "f"}, "f", "{}", False),
        ({"name": "f", "args": [1]}, "f", "[1]", False),
        ({"name": "f", "other": 1}, "f", "{}", True),
        ({"type": "tool_call", "function": {"name": "f", "arguments": "{}"}}, "f", "{}", False),
        ({"type": "custom", "custom": {"name": "f"}, "function": {"name": "g", "arguments": "{}"}},
         "g", "{}", True),
        ({"name": "f", "function": {"name": "g", "arguments": "{}"}}, "g", "{}", True),
        ({"function": {"name": "g", "arguments": 5}}, "g", "5", False),
        ({"function": {"name": "g", "arguments": True}}, "g", "true", False),
        ({"function": {"name": "g", "arguments": ()}}, "g", "{}", False),
    ],
    ids=str,
)  # fmt: skip
def test_call(given: dict[str, Any], name: str, arguments: Any, lossy: bool) -> None:
    """A call in another shape is a function's, under its own id."""
    made = {"role": "assistant", "content": "", "tool_calls": [{"id": "aaaaaaaa1", **given}]}
    answer = {"role": "tool", "tool_call_id": "aaaaaaaa1", "content": "1"}

    report = explain(ask(user(), made, answer))

    (new,) = report.payload["messages"][1]["tool_calls"]
    assert {"name": name, "arguments": arguments} == new["function"]
    assert new["id"] == "aaaaaaaa1"
    assert new.keys() <= {"id", "type", "function"}
    assert new.get("type", "function") == "function"
    assert lossy == bool(report.lossy)


def test_call_of_the_responses_api() -> None:
    """A call of the Responses API has two ids: its result bears the one that it is called by."""
    made = {"type": "function_call", "id": "fc_1", "call_id": "aaaaaaaa1", "name": "f",
            "arguments": "{}"}  # fmt: skip
    answer = {"role": "tool", "tool_call_id": "aaaaaaaa1", "content": "1"}

    new = explain(ask(user(), {"role": "assistant", "content": "", "tool_calls": [made]}, answer))

    assert [call("aaaaaaaa1")] == new.payload["messages"][1]["tool_calls"]


# -- tools ---------------------------------------------------------------------------------------

INPUT = {"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]}
NAMED = {"name": "f", "description": "D", "strict": True, "parameters": schema_of()}


@pytest.mark.parametrize(
    ("given", "function", "lossy"),
    [
        *[
            ({"name": "f", key: schema_of(), "description": "D", "strict": True}, NAMED, False)
            for key in ("parameters", "input_schema", "inputSchema", "schema")
        ],
        ({"name": "f", "parameters": schema_of(), "input_schema": {"a": 1}},
         {"name": "f", "parameters": schema_of()}, True),
        ({"name": "f", "other": 1}, {"name": "f", "parameters": schema_of()}, True),
        ({"name": "f"}, {"name": "f", "parameters": schema_of()}, False),
        ({"type": "function", "name": "f", "parameters": schema_of(), "required": ["a"]},
         {"name": "f", "parameters": {**schema_of(), "required": ["a"]}}, False),
        ({"type": "custom", "name": "f", "input_schema": schema_of()},
         {"name": "f", "parameters": schema_of()}, False),
        ({"type": "custom", "name": "f"}, {"name": "f", "parameters": INPUT}, False),
        ({"type": "custom", "custom": {"name": "f", "description": "D"}},
         {"name": "f", "parameters": INPUT, "description": "D"}, False),
        ({"type": "custom", "custom": {"name": "f", "format": {"type": "text"}}},
         {"name": "f", "parameters": INPUT}, False),
        ({"type": "custom", "custom": {"name": "f", "description": "D", "format": {
            "type": "grammar", "grammar": {"syntax": "lark", "definition": "start: x"}}}},
         {"name": "f", "parameters": INPUT,
          "description": "D\nThe input follows this lark grammar:\nstart: x"}, False),
        ({"type": "custom", "name": "f", "format": {"syntax": "regex", "definition": "x"}},
         {"name": "f", "parameters": INPUT,
          "description": "The input follows this regex grammar:\nx"}, False),
        ({"type": "function", "function": {"name": "f", "parameters": schema_of(),
                                           "required": ("a",)}},
         {"name": "f", "parameters": {**schema_of(), "required": ["a"]}}, False),
        ({"type": "function", "function": {"name": "f", "parameters": {
            **schema_of(), "required": ["b"]}, "required": ["a"]}},
         {"name": "f", "parameters": {**schema_of(), "required": ["b"]}}, True),
        ({"type": "function", "function": {"name": "f", "parameters": schema_of(),
                                           "required": "a"}},
         {"name": "f", "parameters": schema_of()}, True),
        ({"type": "function", "function": {"name": "f", "required": ["a"]}},
         {"name": "f", "parameters": schema_of()}, True),
    ],
    ids=str,
)  # fmt: skip
def test_tool(given: dict[str, Any], function: dict[str, Any], lossy: bool) -> None:
    """A tool in another shape is a function with its schema of parameters."""
    report = explain(ask(tools=[given]))

    assert [{"type": "function", "function": function}] == report.payload["tools"]
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"type": "image_generation"}, True),
        ({"type": "web_search"}, False),
        ({"type": 5}, True),
        ({"type": "weird", "function": {"name": "f", "parameters": schema_of()}}, True),
        ({"function": {"name": "f", "parameters": schema_of()}}, True),
        (5, True),
        ({"type": "computer_20250124", "name": "computer"}, False),
        ({"type": "file_search"}, False),
    ],
    ids=str,
)
def test_tool_that_is_not_ours_to_change(given: Any, left: bool) -> None:
    """Mistral's own tools stay, and so does what `check` names; another vendor's go, as a loss."""
    report = explain(ask(tools=[tool("g"), given]))

    assert [tool("g"), *([given] if left else [])] == report.payload["tools"]
    assert left != bool(report.lossy)


# -- values --------------------------------------------------------------------------------------


class _Gone:
    """A value that has to go; its name is that of a test, the same in every process."""

    def __repr__(self) -> str:
        return "GONE"


GONE: Any = _Gone()
OBJECT = {"type": "object"}
CLOSED = {**OBJECT, "additionalProperties": False}
NAME = "response"


@pytest.mark.parametrize(
    ("field", "given", "expected", "lossy"),
    [
        *[("stop", empty, GONE, False) for empty in ("", [], [""], ("",), [None])],
        ("stop", ["a", "", None, "b"], ["a", "b"], False),
        *[("service_tier", word, "standard_only", True)
          for word in ("default", "standard", "flex", "scale")],
        *[("service_tier", word, "auto", True) for word in ("priority", "fast")],
        ("service_tier", "AUTO", GONE, True),
        ("prediction", "x", {"type": "content", "content": "x"}, False),
        ("prediction", [text("a"), text("b")], {"type": "content", "content": "ab"}, False),
        ("prediction", (text("a"),), {"type": "content", "content": "a"}, False),
        *[("prediction", kind([{**text("a"), "also": "b"}]), {"type": "content", "content": "a"},
           True) for kind in (list, tuple)],
        ("prediction", "", GONE, False),
        ("prediction", [], GONE, False),
        ("prediction", {"type": "content", "content": [text("a"), text("b")]},
         {"type": "content", "content": "ab"}, False),
        ("response_format", "json", {"type": "json_object"}, False),
        ("response_format", "json_object", {"type": "json_object"}, False),
        ("response_format", "text", {"type": "text"}, False),
        ("response_format", {"type": "json"}, {"type": "json_object"}, False),
        ("response_format", {"type": "json_schema"}, {"type": "json_object"}, False),
        ("response_format", {"type": "json_schema", "json_schema": None}, {"type": "json_object"},
         False),
        ("response_format", {"type": "json_schema", "strict": True}, {"type": "json_object"}, True),
        ("response_format", {"type": "json_schema", "strict": None, "name": ""},
         {"type": "json_object"}, False),
        ("response_format", {"type": "json_schema", "json_schema": {"schema": OBJECT}},
         {"type": "json_schema", "json_schema": {"schema": OBJECT, "name": NAME}}, False),
        ("response_format", {"type": "json_schema", "name": "n", "schema": OBJECT, "strict": True},
         {"type": "json_schema", "json_schema": {"name": "n", "schema": CLOSED, "strict": True}},
         False),
        ("response_format", {"schema": OBJECT},
         {"type": "json_schema", "json_schema": {"schema": OBJECT, "name": NAME}}, False),
        ("response_format", {"type": "json_object", "schema": OBJECT},
         {"type": "json_schema", "json_schema": {"schema": OBJECT, "name": NAME}}, False),
        ("response_format", {"json_schema": {"name": "n", "schema": OBJECT}},
         {"type": "json_schema", "json_schema": {"name": "n", "schema": OBJECT}}, False),
        ("response_format", {"type": None, "json_schema": {"name": "n", "schema": OBJECT}},
         {"type": "json_schema", "json_schema": {"name": "n", "schema": OBJECT}}, False),
        ("response_format", {"type": "json_schema", "json_schema": {"name": "n"}},
         {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}, False),
        ("response_format", {"type": "weird"}, GONE, True),
        ("response_format", {"type": "grammar", "grammar": "x"}, GONE, True),
        ("response_format", {}, GONE, False),
    ],
    ids=str,
)  # fmt: skip
def test_value(field: str, given: Any, expected: Any, lossy: bool) -> None:
    """A value in other words, or that says nothing, is Mistral's, or goes."""
    report = explain(ask(**{field: given}))

    assert expected == report.payload.get(field, GONE)
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        *[("stop", value) for value in ("a", ["a"], ("a", "b"), 5, [5], None, list("abcde"))],
        *[("service_tier", word) for word in ("auto", "standard_only", 5)],
        *[("prediction", value) for value in (5, {"type": "content", "content": "x"},
                                              {"type": "content"}, {"content": "x"},
                                              {"type": "content", "content": [{"type": "x"}]})],
        *[("response_format", value) for value in (5, {"type": "text"}, {"type": 5},
                                                   {"type": "json_object"})],
    ],
    ids=str,
)  # fmt: skip
def test_value_stays(field: str, given: Any) -> None:
    """What Mistral takes, and what nobody can tell the meaning of, is left as it is."""
    payload = ask(**{field: given})

    assert explain(payload).payload is payload


@pytest.mark.parametrize("detail", ["original", "LOW", 5, "medium", ["low"]])
def test_detail(detail: Any) -> None:
    """An image's detail in a word that Mistral lacks goes, and Mistral chooses."""
    part = {"type": "image_url", "image_url": {"url": "https://x", "detail": detail}}

    report = explain(ask(user([part])))

    (new,) = report.payload["messages"][0]["content"]
    assert new["image_url"] == {"url": "https://x"}
    assert [change.rule for change in report.lossy] == ["image-detail"]


@pytest.mark.parametrize("detail", ["low", "auto", "high", None])
def test_detail_stays(detail: Any) -> None:
    """Mistral's words stay."""
    part = {"type": "image_url", "image_url": {"url": "https://x", "detail": detail}}
    payload = ask(user([part]))

    assert explain(payload).payload is payload


@pytest.mark.parametrize("stop", [list("abcde"), tuple("abcde")])
def test_stop_limit(stop: Any) -> None:
    """Where it is asked for, the first four stop sequences are kept."""
    report = explain(ask(stop=stop), enable=("stop-limit",))

    assert list("abcd") == list(report.payload["stop"])
    assert report.lossy


@pytest.mark.parametrize("stop", ["abcde", list("abcd"), tuple("abcd"), []])
def test_stop_limit_of_no_more_than_four(stop: Any) -> None:
    """Four are no more than four, and a string is one."""
    assert not explain(ask(stop=stop), enable=("stop-limit",)).lossy


# -- what stands beside the messages -------------------------------------------------------------

MADE = {"role": "assistant", "content": "", "tool_calls": [call("aaaaaaaa1")]}
ANSWER = {"role": "tool", "tool_call_id": "aaaaaaaa1", "content": "1"}
CALL_ITEM = {"type": "function_call", "call_id": "aaaaaaaa1", "name": "f", "arguments": "{}"}
OUTPUT_ITEM = {"type": "function_call_output", "call_id": "aaaaaaaa1", "output": "1"}


@pytest.mark.parametrize("key", ["prompt", "input"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Hi", [user("Hi")]),
        (["Hi"], [user([text("Hi")])]),
        (("Hi", "there"), [user([text("Hi"), text("there")])]),
        (5, [user("5")]),
        (["Hi", 5], [user('["Hi",5]')]),
        ({"a": 1}, [user('{"a":1}')]),
        ([1, 2], [user("[1,2]")]),
        ([user("a")], [user("a")]),
        ((user("a"), user("b")), [user("a"), user("b")]),
        ([CALL_ITEM, OUTPUT_ITEM], [MADE, ANSWER]),
        ([{**CALL_ITEM, "type": "custom_tool_call"},
          {**OUTPUT_ITEM, "type": "custom_tool_call_output"}], [MADE, ANSWER]),
        ([{"type": "reasoning", "summary": [text("Hm.")]}, user("a")],
         [{"role": "assistant", "content": [HM]}, user("a")]),
        ([{"type": "function_call_output", "call_id": "x"}], [user("")]),
        ([{"type": "function_call_output", "output": "1"}], [user("1")]),
        ([{"role": 5}, {"type": "x"}], [user('[{"role":5},{"type":"x"}]')]),
    ],
    ids=str,
)  # fmt: skip
def test_prompt(key: str, value: Any, expected: Any) -> None:
    """A prompt instead of messages is what the user says, and items are messages."""
    report = explain({"model": SMALL, key: value})

    assert {"model": SMALL, "messages": expected} == report.payload
    assert report.lossy == ()


@pytest.mark.parametrize(
    ("value", "messages", "expected", "lossy"),
    [
        ("Hi", [user("a")], [user("a"), user("Hi")], False),
        ("Hi", (user("a"),), [user("a"), user("Hi")], False),
        ("Hi", None, [user("Hi")], False),
        ("", [user("a")], [user("a")], False),
        ([user("b")], [user("a")], [user("a"), user('[{"role":"user","content":"b"}]')], False),
        ([], [user("a")], [user("a")], False),
        (None, [user("a")], [user("a")], False),
        ("Hi", 5, 5, True),
    ],
    ids=str,
)
def test_prompt_beside_messages(value: Any, messages: Any, expected: Any, lossy: bool) -> None:
    """It is the last of what the user says, and where there is no place for it, it is lost."""
    report = explain({"model": SMALL, "messages": messages, "prompt": value})

    assert {"model": SMALL, "messages": expected} == report.payload
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ("Hi", [user("Hi")]),
        (user("a"), [user("a")]),
        (["Hi", user("b")], [user("Hi"), user("b")]),
        ([CALL_ITEM, OUTPUT_ITEM], [MADE, ANSWER]),
    ],
    ids=str,
)
def test_messages_that_are_no_list_of_messages(messages: Any, expected: Any) -> None:
    """One message, a bare text, and items of the Responses API are messages."""
    assert expected == explain({"model": SMALL, "messages": messages}).payload["messages"]


@pytest.mark.parametrize("key", ["system", "instructions"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("Be brief.", "Be brief."),
        ([text("a"), text("b")], "a\nb"),
        ((text("a"),), "a"),
        ({"a": 1}, '{"a":1}'),
        (5, "5"),
    ],
    ids=str,
)
@pytest.mark.parametrize("messages", [[user()], (user(),), None])
def test_system_prompt(key: str, value: Any, said: str, messages: Any) -> None:
    """A system prompt beside the messages is the first of them."""
    report = explain({"model": SMALL, "messages": messages, key: value})

    assert [{"role": "system", "content": said}, *(messages or ())] == report.payload["messages"]
    assert report.lossy == ()


@pytest.mark.parametrize("key", ["system", "instructions"])
@pytest.mark.parametrize("value", ["", [], None])
def test_system_prompt_of_nothing(key: str, value: Any) -> None:
    """One that says nothing goes."""
    report = explain(ask(**{key: value}))

    assert ask() == report.payload
    assert report.lossy == ()


SEEN = {"type": "image_url", "image_url": {"url": "data:image/png;base64,R0lG"}}


@pytest.mark.parametrize(
    ("message", "expected", "lossy"),
    [
        ({"parts": [{"text": "Hi"}]}, [text("Hi")], False),
        ({"parts": ({"text": "Hi"},)}, [text("Hi")], False),
        ({"parts": "Hi"}, "Hi", False),
        ({"text": "Hi"}, "Hi", False),
        ({"parts": {"a": 1}}, [text('{"a":1}')], False),
        ({"parts": 5}, [text("5")], False),
        ({"parts": []}, "", False),
        ({"images": ["R0lG"]}, [SEEN], False),
        ({"content": "Look.", "images": ["R0lG"]}, [text("Look."), SEEN], False),
        ({"content": [text("Look.")], "images": ("R0lG",)}, [text("Look."), SEEN], False),
        ({"content": "Hi", "parts": [text("Hi")]}, "Hi", False),
        ({"content": "Hi", "text": "Hi"}, "Hi", False),
        ({"content": "a\nb", "parts": [{"text": "a"}, {"text": "b"}]}, "a\nb", False),
        ({"content": "Hi", "parts": [text("Ho")]}, [text("Hi"), text("Ho")], False),
        ({"content": "Hi", "text": "Ho"}, [text("Hi"), text("Ho")], False),
        ({"content": "Hi", "parts": [text("Hi"), {"type": "image", "data": "R0lG"}]},
         [text("Hi"), SEEN], False),
        ({"content": "Hi", "parts": [{"a": 1}]}, "Hi", True),
        ({"content": "Hi", "parts": [{"a": 1}, text("Ho")]}, [text("Hi"), text("Ho")], True),
        ({"content": (text("Look."),), "images": ["R0lG"]}, [text("Look."), SEEN], False),
        ({"content": "Look.", "images": [{"type": "image", "data": "R0lG"}]},
         [text("Look."), SEEN], False),
        ({"content": "Hi", "parts": [{}, text("Hi")]}, "Hi", False),
        ({"content": [text("a")], "parts": ["Hi"]}, [text("a"), text("Hi")], False),
        ({"content": "", "parts": ["Hi"]}, [text("Hi")], False),
        ({"content": "a", "parts": None}, "a", False),
    ],
    ids=str,
)  # fmt: skip
def test_message_parts(message: dict[str, Any], expected: Any, lossy: bool) -> None:
    """What stands under parts, text or images is content, beside the content that there is."""
    report = explain(ask({"role": "user", **message}))

    assert [{"role": "user", "content": expected}] == report.payload["messages"]
    assert lossy == bool(report.lossy)


AS_SCHEMA = {"type": "json_schema", "json_schema": {"schema": OBJECT, "name": NAME}}


@pytest.mark.parametrize(
    ("fields", "expected", "lossy"),
    [
        ({"format": "json"}, {"type": "json_object"}, False),
        ({"format": OBJECT}, AS_SCHEMA, False),
        ({"format": {"schema": OBJECT}}, AS_SCHEMA, False),
        ({"format": {"type": "text"}}, {"type": "text"}, False),
        ({"format": {"type": "json_object"}}, {"type": "json_object"}, False),
        ({"format": AS_SCHEMA}, AS_SCHEMA, False),
        ({"format": ""}, GONE, False),
        ({"format": None}, GONE, False),
        ({"text": {"format": {"type": "text"}}}, {"type": "text"}, False),
        ({"text": {"format": {"type": "json_schema", "name": NAME, "schema": OBJECT}}},
         {"type": "json_schema", "json_schema": {"name": NAME, "schema": OBJECT}}, False),
        ({"text": {"format": {"type": "text"}, "verbosity": "low"}}, {"type": "text"}, True),
        ({"text": {"verbosity": "low"}}, GONE, True),
        ({"text": "x"}, GONE, True),
        ({"format": "json", "response_format": {"type": "text"}}, {"type": "text"}, True),
    ],
    ids=str,
)  # fmt: skip
def test_format(fields: dict[str, Any], expected: Any, lossy: bool) -> None:
    """The format under another name is the response's, unless that is said."""
    report = explain(ask(**fields))

    assert expected == report.payload.get("response_format", GONE)
    assert report.payload.keys() <= {"model", "messages", "response_format"}
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize(
    ("fields", "expected", "lossy"),
    [
        *[({key: True}, "high", False) for key in ("reasoning", "thinking", "enable_thinking",
                                                   "think")],
        *[({key: False}, "none", False) for key in ("reasoning", "thinking", "enable_thinking",
                                                    "think")],
        *[({"thinking": word}, "high", False) for word in ("enabled", "adaptive", "auto", "on",
                                                           "true", "high")],
        *[({"thinking": word}, "none", False) for word in ("disabled", "off", "false", "none")],
        *[({"reasoning": {key: "high"}}, "high", False) for key in ("effort", "reasoning_effort",
                                                                    "type", "level", "thinking")],
        *[({"reasoning": {key: False}}, "none", False) for key in ("enabled", "enable_thinking",
                                                                   "thinking")],
        ({"chat_template_kwargs": {"enable_thinking": True}}, "high", False),
        ({"chat_template_kwargs": {"thinking": False}}, "none", False),
        ({"reasoning": {"effort": "low"}}, "high", True),
        ({"reasoning": {"effort": None, "enabled": True}}, "high", False),
        ({"reasoning": {"effort": "high", "summary": "auto"}}, "high", True),
        ({"thinking": {"type": "enabled", "budget_tokens": 5}}, "high", True),
        ({"reasoning": {"max_tokens": 5}}, "high", True),
        ({"reasoning": 5}, GONE, True),
        ({"reasoning": None}, GONE, False),
        ({"reasoning": True, "reasoning_effort": "none"}, "none", True),
        ({"reasoning": True, "reasoning_effort": None}, "high", False),
        ({"reasoning_effort": {"effort": "low"}}, "high", True),
        ({"reasoning_effort": True}, "high", False),
        ({"reasoning_effort": False}, "none", False),
        ({"reasoning_effort": "weird"}, GONE, True),
        *[({"reasoning_effort": word}, "high", True) for word in ("minimal", "low", "medium",
                                                                  "xhigh", "max")],
        ({"reasoning_effort": "none"}, "none", False),
        ({"reasoning_effort": 5}, 5, False),
    ],
    ids=str,
)  # fmt: skip
def test_reasoning_effort(fields: dict[str, Any], expected: Any, lossy: bool) -> None:
    """A switch for reasoning is the effort, and an effort the nearest that the model has."""
    report = explain(ask(**fields))

    assert expected == report.payload.get("reasoning_effort", GONE)
    assert report.payload.keys() <= {"model", "messages", "reasoning_effort"}
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize(
    ("model", "profile"),
    [(LARGE, "2026-08-13"), (SMALL, "2024-11-07")],
)
def test_reasoning_switch_of_no_use(model: str, profile: str) -> None:
    """Where the schema or the model has no effort, the switch is lost."""
    report = explain(ask(model=model, reasoning={"effort": "high"}), profile=profile)

    assert ask(model=model) == report.payload
    assert report.lossy


@pytest.mark.parametrize("word", ["none", "minimal", "low", "medium", "high", "xhigh"])
def test_effort_for_a_model_that_is_not_known(word: str) -> None:
    """Every word stays as it is written: of a model that is not known none is known as refused."""
    payload = ask(model="no-model", reasoning_effort=word)

    assert explain(payload).payload is payload
    assert explain({**payload, "reasoning_effort": "max"}).payload["reasoning_effort"] == "max"
    switched = explain(ask(model="no-model", reasoning={"effort": word}))
    assert switched.payload == payload


# -- numbers and names ---------------------------------------------------------------------------

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("field", "given", "expected", "rules"),
    [
        ("temperature", -0.1, 0, ["temperature-range"]),
        ("temperature", 1.6, 1.5, ["temperature-range"]),
        ("temperature", 2, 1.5, ["temperature-range"]),
        ("temperature", 10**400, 1.5, ["temperature-range"]),
        ("temperature", -(10**400), 0, ["temperature-range"]),
        ("temperature", INF, 1.5, ["temperature-range"]),
        ("temperature", -INF, 0, ["temperature-range"]),
        ("temperature", NAN, GONE, ["not-a-number"]),
        ("temperature", "1.6", 1.5, ["quoted-scalar", "temperature-range"]),
        ("temperature", "-1", 0, ["quoted-scalar", "temperature-range"]),
        ("temperature", " 1 ", 1, ["quoted-scalar"]),
        ("temperature", "1e0", 1.0, ["quoted-scalar"]),
        ("temperature", "1E400", 1.5, ["quoted-scalar", "temperature-range"]),
        ("temperature", "+0.5", 0.5, ["quoted-scalar"]),
        ("temperature", "0.5e+0", 0.5, ["quoted-scalar"]),
        ("top_p", 0, GONE, ["top-p-range"]),
        ("top_p", 0.0, GONE, ["top-p-range"]),
        ("top_p", -1, GONE, ["top-p-range"]),
        ("top_p", 1.5, 1, ["top-p-range"]),
        ("top_p", 2, 1, ["top-p-range"]),
        ("top_p", "0", GONE, ["quoted-scalar", "top-p-range"]),
        ("top_p", INF, 1, ["top-p-range"]),
        ("top_p", -INF, GONE, ["not-a-number"]),
        ("top_p", NAN, GONE, ["not-a-number"]),
        ("max_tokens", -1, GONE, ["out-of-range"]),
        ("max_tokens", 1.0, 1, ["whole-float"]),
        ("max_tokens", -1.0, GONE, ["whole-float", "out-of-range"]),
        ("max_tokens", "5", 5, ["quoted-scalar"]),
        ("max_tokens", "5.0", 5, ["quoted-scalar", "whole-float"]),
        ("max_tokens", "5.5", 5.5, ["quoted-scalar"]),
        ("max_tokens", "-1", GONE, ["quoted-scalar", "out-of-range"]),
        ("max_tokens", INF, GONE, ["not-a-number"]),
        ("max_tokens", -INF, GONE, ["not-a-number"]),
        ("max_tokens", NAN, GONE, ["not-a-number"]),
        ("n", 0, GONE, ["out-of-range"]),
        ("n", 0.0, GONE, ["whole-float", "out-of-range"]),
        ("n", "2", 2, ["quoted-scalar"]),
        ("stream", "true", True, ["quoted-scalar"]),
        ("stream", "FALSE", False, ["quoted-scalar"]),
        ("safe_prompt", " True ", True, ["quoted-scalar"]),
        ("presence_penalty", -2.1, -2, ["penalty-range"]),
        ("frequency_penalty", 3, 2, ["penalty-range"]),
        ("presence_penalty", "3", 2, ["quoted-scalar", "penalty-range"]),
        ("presence_penalty", -INF, -2, ["penalty-range"]),
    ],
    ids=str,
)
def test_number(field: str, given: Any, expected: Any, rules: list[str]) -> None:
    """A number beyond a bound is at the bound, or goes where the bound is none; quotes go."""
    payload = ask(**{field: given})

    report = explain(payload, drop=())

    new = report.payload.get(field, GONE)
    assert (expected, type(expected)) == (new, type(new)) or (
        field in ("presence_penalty", "frequency_penalty") and expected == new
    )
    assert rules == [change.rule for change in report.changes]
    assert [change.lossy for change in report.changes] == [
        rule not in ("quoted-scalar", "whole-float") for rule in rules
    ]
    assert jsonpatch.apply(payload, report.as_json_patch()) == report.payload


@pytest.mark.parametrize(
    ("field", "given"),
    [
        *[("temperature", v) for v in (0, 1.5, 0.0, True, None, "abc", "0x1", "1.", "nan", "", "٥",
                                       "1" * 301)],
        *[("top_p", v) for v in (1, 0.01, 1.0)],
        *[("max_tokens", v) for v in (0, 1, 1.5, True, "٥", 10**400)],
        *[("stream", v) for v in ("yes", "1", 1, 0, "")],
        *[("presence_penalty", v) for v in (-2, 2, 0, True, b"3")],
        ("n", 1),
        ("stop", "5"),
        ("model", "true"),
        ("model", INF),
        ("model", None),
    ],
    ids=str,
)  # fmt: skip
def test_number_stays(field: str, given: Any) -> None:
    """What is within the bounds, and what is no number, is left as it is."""
    payload = ask(**{field: given})

    assert explain(payload, drop=()).payload is payload


@pytest.mark.parametrize(
    ("field", "given", "off", "expected"),
    [
        ("temperature", INF, "not-a-number", 1.5),
        ("temperature", INF, "temperature-range", GONE),
        ("max_tokens", INF, "not-a-number", INF),
        ("max_tokens", -INF, "not-a-number", -INF),
        ("max_tokens", -INF, "out-of-range", GONE),
        ("top_p", -INF, "not-a-number", -INF),
        ("temperature", 2, "temperature-range", 2),
        ("max_tokens", "-5", "out-of-range", -5),
        ("max_tokens", "-5", "quoted-scalar", "-5"),
        ("max_tokens", -5.0, "whole-float", GONE),
        ("max_tokens", 5.0, "whole-float", 5.0),
        ("response_format", None, "null", None),
    ],
    ids=str,
)
def test_number_with_a_rule_off(field: str, given: Any, off: str, expected: Any) -> None:
    """Each of the rules on numbers does its own part, whether the others are on or not."""
    report = explain(ask(**{field: given}), disable=(off,))

    assert expected == report.payload.get(field, GONE)


@pytest.mark.parametrize("bound", [0, 1])
def test_bounds_are_within(bound: int) -> None:
    """A bound that is not said to be open is itself a number that Mistral takes."""
    place = Value(frozenset(("integer",)), low=0, high=1)
    field = Field("x", False, place, bounded=Bounded("out-of-range", outside="remove"))
    run = Run(frozenset(("out-of-range",)), "", None, recording=True)
    given = {"x": bound}

    assert walk(given, Node("x", closed=True, fields={"x": field}), (), run) is given


@pytest.mark.parametrize(
    ("fields", "expected", "lossy"),
    [
        ({"seed": 1}, {"random_seed": 1}, False),
        ({"seed": 1, "random_seed": 2}, {"random_seed": 2}, True),
        ({"seed": 1, "random_seed": 1}, {"random_seed": 1}, False),
        ({"seed": 1, "random_seed": None}, {"random_seed": 1}, False),
        ({"seed": None, "random_seed": 1}, {"random_seed": 1}, False),
        ({"seed": None}, {}, False),
        ({"max_completion_tokens": 5}, {"max_tokens": 5}, False),
        ({"max_completion_tokens": 5, "max_tokens": 6}, {"max_tokens": 5}, True),
        ({"max_tokens": 6, "max_completion_tokens": 5}, {"max_tokens": 5}, True),
        ({"max_completion_tokens": 5, "max_tokens": None}, {"max_tokens": 5}, False),
        ({"max_completion_tokens": None, "max_tokens": 6}, {"max_tokens": 6}, False),
        ({"max_completion_tokens": 4096, "max_tokens": int("4096")}, {"max_tokens": 4096}, False),
        ({"stop_sequences": ["a"], "stop": ["a"]}, {"stop": ["a"]}, False),
        ({"stop_sequences": [], "stop": ["a"]}, {"stop": ["a"]}, False),
        ({"stop_sequences": ["a"], "stop": "b"}, {"stop": "b"}, True),
        ({"maxTokens": 5}, {"max_tokens": 5}, False),
        ({"maxTokens": 5, "max_tokens": 6}, {"max_tokens": 6}, True),
        ({"maxTokens": 4096, "max_tokens": int("4096")}, {"max_tokens": 4096}, False),
        ({"maxTokens": 5, "max_tokens": None}, {"max_tokens": None}, True),
        ({"maxTokens": None, "max_tokens": 6}, {"max_tokens": 6}, False),
        ({"topP": 0.5}, {"top_p": 0.5}, False),
        ({"TopP": 0.5}, {}, True),
        ({"randomSeed": 1}, {"random_seed": 1}, False),
        ({"unknown": 1}, {}, True),
        ({"unknownKey": None}, {}, False),
        ({"UNKNOWN": []}, {}, False),
    ],
    ids=str,
)
def test_name(fields: dict[str, Any], expected: dict[str, Any], lossy: bool) -> None:
    """A field under another name is Mistral's, unless that stands there and says another thing."""
    report = explain({**fields, **ask()})

    assert {**expected, **ask()} == report.payload
    assert lossy == bool(report.lossy)


def test_names_of_what_cannot_be_written() -> None:
    """What is too deep to be compared may say another thing."""
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]

    report = explain({"stop_sequences": deep, "stop": [deep], **ask()})

    assert [c.path for c in report.lossy] == ["/stop_sequences"]


def test_a_name_that_wins_takes_nothing_unsaid() -> None:
    """Where another's name wins, Mistral's own goes by a removal that says what it was."""
    report = explain({"max_tokens": 6, "max_completion_tokens": 5, **ask()})

    assert [(c.op, c.path, c.before, c.lossy) for c in report.changes] == [
        ("remove", "/max_tokens", 6, True),
        ("move", "/max_tokens", None, False),
    ]


@pytest.mark.parametrize(
    ("fields", "keep"),
    [
        ({"x": None}, "x"), ({"seed": 1}, "seed"), ({"seed": 1, "random_seed": 2}, "seed"),
        ({"reasoning": {"effort": "high"}}, "reasoning"), ({"presence_penalty": 1},
                                                           "presence_penalty"),
        ({"newField": 1}, "newField"), ({"system": "Be brief."}, "system"),
    ],
    ids=str,
)  # fmt: skip
def test_keep(fields: dict[str, Any], keep: str) -> None:
    """What is to be kept is kept under its own name, whatever else that name means."""
    payload = {**ask(), **fields}

    assert explain(payload, keep=(keep,)).payload is payload


def test_keep_of_one_name_leaves_the_others() -> None:
    """The field that is kept takes nothing, and other names of other fields are what they were."""
    report = explain(ask(seed=1, max_completion_tokens=5, thinking=True), keep=("seed",))

    assert ask(seed=1, max_tokens=5, reasoning_effort="high") == report.payload


def test_keys_that_are_no_strings() -> None:
    """They go as every key does that Mistral lacks, under the names that JSON gives them."""
    odd = {5: "x", True: "x", None: "x", 1.5: "x", -INF: "x", NAN: "x"}

    report = explain({**odd, **ask()})

    assert ask() == report.payload
    assert [change.path for change in report.changes] == [
        "/5",
        "/true",
        "/null",
        "/1.5",
        "/-Infinity",
        "/NaN",
    ]


# -- names of functions --------------------------------------------------------------------------


def test_names_beside_what_is_none() -> None:
    """An illegal name is replaced wherever it stands, beside what is no name, or a user's."""
    tools = (tool("a.b"), tool(5), {"type": "function", "function": None})
    choice = {"type": "function", "function": None, "name": 5}
    made = {"role": "assistant", "content": "", "tool_calls": (call("aaaaaaaa1", "a.b"),)}
    answer = {"role": "tool", "tool_call_id": "aaaaaaaa1", "name": "a.b", "content": "1"}
    speaker = {**user(), "name": "a.b"}

    report = explain(
        ask(speaker, made, answer, tools=tools, tool_choice=choice),
        disable=("message-name", "unknown-key", "tool-choice"),
    )

    new = report.payload
    assert [t["function"]["name"] for t in new["tools"][:2]] == ["a_b", 5]
    assert new["messages"][0] is speaker
    assert new["messages"][1]["tool_calls"][0]["function"]["name"] == "a_b"
    assert new["messages"][2]["name"] == "a_b"
    assert dict(report.names) == {"a_b": "a.b"}


def test_a_legal_name_is_no_other_functions() -> None:
    """The name that an illegal one would get stays that of the function that has it already."""
    report = explain(ask(tools=[tool("a.b"), tool("a_b"), tool("ok")]))

    first, *others = [t["function"]["name"] for t in report.payload["tools"]]
    assert others == ["a_b", "ok"]
    assert first not in others
    assert {first: "a.b"} == dict(report.names)


# -- a choice among no tools ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "lossy"),
    [
        *[("tool_choice", word, False) for word in ("auto", "none", "any", "required")],
        ("tool_choice", None, False),
        *[("parallel_tool_calls", value, False) for value in (True, False, None)],
    ],
    ids=str,
)  # fmt: skip
def test_choice_of_nothing(field: str, value: Any, lossy: bool) -> None:
    """Without tools there is none to choose, and a word for it says nothing."""
    report = explain(ask(**{field: value}))

    assert ask() == report.payload
    assert lossy == bool(report.lossy)


@pytest.mark.parametrize("endpoint", ["/v1/fim/completions", "/v1/embeddings"])
def test_endpoints_without_tools(endpoint: str) -> None:
    """Where the schema has no tools and no messages, nothing is made of their absence."""
    payload = {"model": "m"}

    assert explain(payload, endpoint=endpoint).payload is payload
    assert not explain(
        {**payload, "tools": [], "messages": "Hi"}, endpoint=endpoint
    ).payload.keys() - {"model"}


@pytest.mark.parametrize("temperature", [0, 0.0, "0"])
def test_greedy(temperature: Any) -> None:
    """Greedy sampling takes no ``top_p``, however its temperature is written."""
    report = explain(ask(temperature=temperature, top_p=0.5))

    assert "top_p" not in report.payload
    assert report.lossy


@pytest.mark.parametrize("temperature", [False, "", None, 0.1])
def test_not_greedy(temperature: Any) -> None:
    """Another temperature takes it, and so does what is none."""
    assert explain(ask(temperature=temperature, top_p=0.5)).payload["top_p"] == 0.5


# -- options and endpoints -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["presence_penalty", "frequency_penalty", "repetition_penalty"])
def test_penalties(name: str) -> None:
    """Each penalty is dropped by default, and sent where nothing is to be dropped."""
    payload = ask(**{name: 1})

    assert ask() == explain(payload, profile="2026-11-01").payload
    assert explain(payload, profile="2026-11-01", drop=()).payload is payload


def test_agents_converse() -> None:
    """A conversation with an agent is put in order as one with a model is."""
    payload = {"agent_id": "a", "messages": [user(), {"role": "assistant", "content": "Well,"}]}

    new = explain(payload, endpoint="/v1/agents/completions").payload

    assert new["messages"][1] == {"role": "assistant", "content": "Well,", "prefix": True}


def test_a_name_that_only_the_choice_has() -> None:
    """An agent's tool, chosen by an illegal name, is renamed though the request has no tools."""
    choice = {"type": "function", "function": {"name": "a.b"}}
    payload = {"agent_id": "a", "messages": [user()], "tool_choice": choice}

    report = explain(payload, endpoint="/v1/agents/completions")

    assert report.payload["tool_choice"]["function"]["name"] == "a_b"
    assert dict(report.names) == {"a_b": "a.b"}


# -- names of speakers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "expected", "lossy"),
    [
        ("Ann", "Hi", "Ann: Hi", False),
        ("Ann", "", "Ann: ", False),
        ("Ann", [text("Hi")], [text("Ann:"), text("Hi")], False),
        ("Ann", (text("Hi"),), [text("Ann:"), text("Hi")], False),
        ("", "Hi", "Hi", False),
        (5, "Hi", "Hi", True),
        ("Ann", text("Hi"), [text("Hi")], True),
    ],
    ids=str,
)
def test_name_prefix(name: Any, content: Any, expected: Any, lossy: bool) -> None:
    """Where it is asked for, the speaker's name stands before what is said."""
    report = explain(ask({**user(content), "name": name}), enable=("name-prefix",))

    assert [user(expected)] == report.payload["messages"]
    assert lossy == bool(report.lossy)


def test_sound_of_null() -> None:
    """A null of sound goes by the rule for sound."""
    _, report = of_assistant(content="Yes.", audio=None)

    assert [change.rule for change in report.changes] == ["audio-transcript"]


@pytest.mark.parametrize(
    ("profile", "given", "expected"),
    [
        ("2026-03-20", "low", "low"), ("2026-03-20", "max", "max"), ("2026-08-13", "low", "low"),
        ("2026-08-13", "medium", "low"), ("2026-08-13", "max", "max"),
        ("2026-11-01", "max", "max"), ("2026-11-01", "minimal", "low"),
    ],
)  # fmt: skip
def test_effort_that_the_model_has(profile: str, given: str, expected: str) -> None:
    """A level that the model has stays, whatever the schema's date; else the next one below."""
    report = explain(ask(model="zai-glm-5-3", reasoning_effort=given), profile=profile)

    assert expected == report.payload["reasoning_effort"]
