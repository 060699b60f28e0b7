"""The fast pass over messages and the walk agree: what each look knows, and what is next to it.

`tests/test_laws.py::test_types_do_not_matter` draws; here are the rows, one or two for each thing
that the loop looks at. What is made of subclasses takes the walk throughout.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from mistral_sanitize import Report, Sanitizer, explain, sanitize, sanitize_json
from tests.test_laws import subclassed

Json = dict[str, Any]
USER: Json = {"role": "user", "content": "Hi."}
DONE: Json = {"role": "assistant", "content": "Done."}


def call(call_id: Any = "abcdefghi", name: Any = "f", **more: Any) -> Json:
    function = {"name": name, "arguments": "{}", **more.pop("function", {})}
    return {"id": call_id, "type": "function", "function": function, **more}


def calls(*made: Any, **more: Any) -> Json:
    return {"role": "assistant", "content": "", "tool_calls": list(made or (call(),)), **more}


def result(call_id: Any = "abcdefghi", **more: Any) -> Json:
    return {"role": "tool", "tool_call_id": call_id, "content": "1", **more}


def thought(*texts: Any, **more: Any) -> Json:
    thoughts = [{"type": "text", "text": text} for text in texts]
    return {"type": "thinking", "thinking": thoughts, **more}


def image(url: Any, **more: Any) -> Json:
    return {"type": "image_url", "image_url": url, **more}


TEXT: Json = {"type": "text", "text": "a"}
CACHED: Json = {**TEXT, "cache_control": {"type": "ephemeral"}}
A, B = "abcdefghi", "bcdefghij"

CLEAN: dict[str, list[Any]] = {
    "text": [{"role": "system", "content": "Be brief."}, USER, DONE, USER],
    "two of a kind": [USER, USER, DONE, DONE, USER],
    "parts": [{"role": "user", "content": [TEXT, image("https://a.b/c"), image({"url": "d"})]}],
    "details": [{"role": "user", "content": [image({"url": "d", "detail": "low"})]}],
    "no detail": [{"role": "user", "content": [image({"url": "d", "detail": None})]}],
    "a call": [USER, calls(), result(), DONE, USER],
    "a named result": [USER, calls(), result(name="f"), USER],
    "several calls": [USER, calls(call(A), call(B)), result(A), result(B)],
    "calls after calls": [USER, calls(call(A)), result(A), calls(call(B)), result(B)],
    "an index": [USER, calls(call(index=0)), result()],
    "no type": [USER, calls({"id": A, "function": {"name": "f", "arguments": "{}"}}), result()],
    "no content": [USER, calls(content=None), result()],
    "parts and calls": [USER, calls(content=[TEXT]), result()],
    "no prefix": [USER, {**DONE, "prefix": False}, USER],
    "no calls": [USER, {**DONE, "tool_calls": None}, USER],
    "a prefix": [USER, {**DONE, "prefix": True}],
    "a thought": [USER, {"role": "assistant", "content": [thought("b"), TEXT]}, USER],
    "a thought and calls": [USER, calls(content=[thought("b", "c")]), result()],
}  # fmt: skip

DIRTY: dict[str, list[Any]] = {
    "a key": [{**USER, "name": "anna"}, {**DONE, "id": "m"}, {**USER, "x": 1, "y": None}],
    "keys of a result": [USER, calls(id="m"), result(id="m", is_error=False), USER],
    "a key in camel case": [{**USER, "cacheControl": {}}, {**USER, "Name": "b"}],
    "a key that is no text": [{**USER, 1: 2}],
    "parts": [{"role": "user", "content": [CACHED, image({"url": "a", "format": "b"}, x=1)]}, USER],
    "parts and keys": [{"role": "user", "content": [TEXT, CACHED], "id": "m"}],
    "an odd detail": [{"role": "user", "content": [image({"url": "d", "detail": "HIGH"})]}],
    "odd images": [{"role": "user", "content": [image(3), image({"url": 3}), image(None)]}],
    "camel case in a part": [{"role": "user", "content": [{**TEXT, "cacheControl": {}}]}],
    "a url in camel case": [{"role": "user", "content": [image({"url": "a", "mimeType": "b"})]}],
    "odd parts": [{"role": "user", "content": ["a", {"type": "text"}, {**TEXT, "text": 1}]}],
    "a part of no kind": [{"role": "user", "content": [{"text": "a", "type": None}, CACHED]}],
    "an empty list": [{"role": "user", "content": []}, {**USER, "content": ""}],
    "images of the system's": [{"role": "system", "content": [image("a")]}, USER],
    "keys of a call": [USER, calls(call(caller="x"), call(B, function={"x": 1})), result(),
                       result(B)],
    "camel case in a call": [USER, calls(call(callType="x")), result()],
    "camel case in a function": [USER, calls(call(function={"toolName": "x"})), result()],
    "a flat call": [USER, calls({"id": A, "name": "f", "arguments": "{}"}), result()],
    "an odd index": [USER, calls(call(index="0")), result()],
    "no calls": [USER, {**DONE, "tool_calls": []}, {**DONE, "tool_calls": {}}, USER],
    "calls that are none": [USER, calls("f", None), USER],
    "an odd name": [USER, calls(call(name="a.b")), result(name="a.b"), USER],
    "no name": [USER, calls(call(name=None)), result(name=None), USER],
    "arguments": [USER, calls(call(function={"arguments": {}})), result()],
    "parts and calls": [USER, calls(content=[CACHED]), result()],
    "odd parts and calls": [USER, calls(content=["a"]), result()],
    "an unknown third key": [USER, {"role": "assistant", "tool_calls": [call()], "x": 1},
                             result()],
    "content that is none": [USER, calls(content=3), result(content=None), result(content=[TEXT])],
    "ids of OpenAI's": [USER, calls(call("call_1"), call("call_2")), result("call_1"),
                        result("call_2"), USER],
    "ids twice": [USER, calls(call(A), call(A)), result(A), result(A), calls(), result()],
    "ids that are none": [USER, calls(call("null"), call("")), result("null"), result(""), USER],
    "numbers as ids": [USER, calls(call(1)), result(1), USER],
    "no id": [USER, calls({"type": "function", "function": {"name": "f", "arguments": "{}"}}),
              {"role": "tool", "content": "1"}],
    "results in another order": [USER, calls(call(A), call(B)), result(B), result(A)],
    "a result too many": [USER, calls(), result(), result(), DONE, USER],
    "no result": [USER, calls(), USER, calls(call(B))],
    "a late system message": [USER, DONE, {"role": "system", "content": "Be brief."}, USER],
    "a late one with a key": [USER, DONE, {"role": "system", "content": "a", "x": 1}, USER],
    "after a prefix": [USER, {**DONE, "prefix": True}, USER],
    "a prefix with a key": [USER, {**DONE, "prefix": True, "x": 1}],
    "a prefix with calls": [USER, calls(prefix=True), result()],
    "the assistant last": [USER, DONE],
    "an empty assistant": [USER, {"role": "assistant", "content": ""}, USER],
    "another role": [USER, {"role": "critic", "content": "a"},
                     {"role": "Developer", "content": "b"}],
    "no role": [{"content": "a"}, {"role": None, "content": "b"},
                {"role": ["user"], "content": "c"}],
    "texts": ["Hi.", None, 3, USER],
    "a handled key": [USER, {**DONE, "reasoning_content": "b", "refusal": None}, USER],
    "handled keys and calls": [USER, calls(reasoning="b", content=None), result("x", text="c")],
    "a handled key beside a text": [USER, {**DONE, "refusal": "No.", "name": "b"}, USER],
    "a handled key and parts": [USER, {**DONE, "content": [TEXT], "reasoning": "b"}, USER],
    "a handled key and dirty parts": [USER, {**DONE, "content": [CACHED], "reasoning": "b"},
                                      USER],
    "a handled key with a use": [
        USER, {"role": "assistant", "content": [{"type": "tool_use", "id": A, "name": "f"}],
               "reasoning": "b"}, result()],
    "thoughts": [USER, {"role": "assistant", "content": [thought("b"), thought("c"), TEXT]}, USER],
    "no thought": [USER, {"role": "assistant", "content": [thought(), thought(""), TEXT]}, USER],
    "odd thoughts": [USER, {"role": "assistant", "content": [{"type": "thinking", "thinking": "b"},
                     {"type": "thinking", "thinking": [{"type": "text", "text": 1}]}]}, USER],
    "a thought of no text": [USER, {"role": "assistant", "content": [thought(1), TEXT]}, USER],
    "a reference as a thought": [USER, {"role": "assistant", "content": [
        {"type": "thinking", "thinking": [{"type": "reference", "reference_ids": [1]}]}, TEXT]},
        USER],
    "a thought of the user's": [{"role": "user", "content": [thought("b"), TEXT]}],
    "results as parts": [USER, calls(), {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": A, "content": "1"}, TEXT]}],
}  # fmt: skip

OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "first schema": {"profile": "2024-09-17"},
    "unknown keys stay": {"disable": ["unknown-key"]},
    "thoughts stay": {"disable": ["thinking-model"]},
    "bridged": {"enable": ["user-after-tool"]},
    "merged": {"enable": ["merge-neighbours", "merge-system"]},
    "ids stay": {"disable": ["tool-call-id"]},
}


def request(messages: list[Any]) -> Json:
    return {"model": "mistral-medium-latest", "messages": messages}


def told(report: Report) -> list[Any]:
    """The changes, in whatever order; one that replaces a whole part may name but a key of it."""
    return sorted((c.op, c.rule, c.lossy) for c in report.changes)


@pytest.mark.parametrize("messages", CLEAN.values(), ids=CLEAN)
def test_plain_messages_are_left_alone(messages: list[Any]) -> None:
    """What is right comes back as the same object, by the look and by the walk."""
    payload = request(messages)
    assert sanitize(payload) is payload
    assert not explain(payload)
    assert not explain(subclassed(payload, tuples=False))
    body = json.dumps(payload).encode()
    assert sanitize_json(body) is body


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize(
    "messages", [*CLEAN.values(), *DIRTY.values()], ids=[*CLEAN, *map("dirty {}".format, DIRTY)]
)
def test_the_walk_agrees(messages: list[Any], options: dict[str, Any]) -> None:
    """The same result, and the same changes but for their order; with a report and without one."""
    sanitizer = Sanitizer(**options)
    payload = request(messages)
    report = sanitizer.explain(payload)
    walked = sanitizer.explain(subclassed(payload, tuples=False))
    assert json.dumps(report.payload) == json.dumps(walked.payload)
    assert told(report) == told(walked)
    assert json.dumps(sanitizer.sanitize(payload)) == json.dumps(report.payload)
    written = json.loads(sanitizer.sanitize_json(json.dumps(payload)))
    assert written == json.loads(json.dumps(report.payload))
