"""The shapes in which `StrictMistral` answers: each is one that OpenAI's clients misread."""

from __future__ import annotations

import json
import urllib.request
from typing import Any, get_args

import pytest

from mistral_sanitize import to_openai
from mistral_sanitize.completions import explain_completion
from mistral_sanitize.testing import SHAPES, ShapeName, StrictMistral
from tests.completions import accumulated

PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "Hi"}],
    "tools": [{"type": "function", "function": {"name": "find", "parameters": {}}}],
}


def ask(url: str, **more: Any) -> Any:
    """The completion, or the list of a stream's chunks."""
    body = json.dumps({**PAYLOAD, **more}).encode()
    headers = {"Authorization": "Bearer any", "Content-Type": "application/json"}
    request = urllib.request.Request(url + "/v1/chat/completions", body, headers)
    with urllib.request.urlopen(request) as response:
        said = response.read().decode()
    if not more.get("stream"):
        return json.loads(said)
    lines = [line.removeprefix("data: ") for line in said.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def test_every_name_is_in_the_table() -> None:
    """The names that a type checker knows are those of the table."""
    assert set(get_args(ShapeName)) == SHAPES.keys()


@pytest.mark.parametrize("shape", SHAPES)
def test_whole_and_stream_say_the_same(shape: Any) -> None:
    """Mapped, both come to the same message, with the words that the stand-in was given."""
    with StrictMistral(text="So it is.", json_text='{"a":1}', shape=shape).serve() as url:
        whole, stream = ask(url), ask(url, stream=True)
    choice = to_openai(whole)["choices"][0]
    mapped = to_openai(stream)
    message, said = choice["message"], accumulated(mapped)
    assert message["content"] == (said["content"] or "")
    assert message.get("reasoning_content") == said.get("reasoning_content")
    assert message.get("extra_content") == said.get("extra_content")
    assert message["content"] in ("So it is.", "")
    for one, two in zip(message["tool_calls"] or [], said.get("tool_calls", []), strict=True):
        assert one["function"] == two["function"]
        assert one["function"]["name"] == "find"
    reasons = {each["choices"][0]["finish_reason"] for each in mapped}
    assert reasons == {None, choice["finish_reason"]}


@pytest.mark.parametrize("shape", SHAPES)
def test_openai_has_none_of_them(shape: Any) -> None:
    """All but the plain shape need a change, whole or streamed."""
    with StrictMistral(shape=shape).serve() as url:
        needed = bool(explain_completion(ask(url)) or explain_completion(ask(url, stream=True)))
    assert needed == (shape != "plain")


def test_what_is_asked_for_comes_plain() -> None:
    """A forced call, and JSON, come in the plain shape; each of several choices in the shape."""
    with StrictMistral(shape="thinking").serve() as url:
        forced = ask(url, tool_choice="any")
        assert forced["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "find"
        said = ask(url, response_format={"type": "json_object"})
        assert said["choices"][0]["message"]["content"] == "{}"
        both = ask(url, n=2)
        assert [type(each["message"]["content"]) for each in both["choices"]] == [list, list]
        streamed = ask(url, n=2, stream=True, tools=None)
        assert {each["choices"][0]["index"] for each in streamed} == {0, 1}


def test_a_shape_that_there_is_not() -> None:
    """The error names the option, and the shapes that there are."""
    with pytest.raises(ValueError, match=r"shape must be one of 'plain', .*; got 'thinkin'"):
        StrictMistral(shape="thinkin")  # type: ignore[arg-type]
