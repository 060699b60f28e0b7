"""Lines that no other test of the core reaches, each with what it is for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mistral_sanitize import Sanitizer, explain, repair_refused, sanitize, sanitize_json, to_openai
from mistral_sanitize.body import AdapterOptions
from mistral_sanitize.rules._rule import Group
from mistral_sanitize.rules._run import Run
from mistral_sanitize.rules.reasoning import _pieces

ASK: dict[str, Any] = {
    "model": "mistral-large-latest", "messages": [{"role": "user", "content": "Hi"}],
}  # fmt: skip


@pytest.mark.parametrize("infinite", [False, True])
def test_a_body_of_the_letter_that_infinities_begin_with(infinite: bool) -> None:
    """A body of many such letters is looked through once, and an infinity in it is found."""
    many = [{"role": "user", "content": "I" * 50_000}]
    held = {"a": float("inf")} if infinite else {}
    body = json.dumps({**ASK, "messages": many, "metadata": held, "x": 1})

    written = sanitize_json(body)

    assert (b"1e999" in written) == infinite
    assert b"Infinity" not in written


def test_what_a_server_is_asked_for_in_another_type() -> None:
    """A request on an endpoint's path that is not JSON passes by."""
    assert AdapterOptions().exchange("POST", "/v1/chat/completions", "text/html") is None
    assert AdapterOptions().exchange("POST", "/v1/chat/completions", "application/json")


def test_a_call_that_is_none() -> None:
    """What is not a call stays in a completion, beside one that is."""
    call = {"id": "aaaaaaaa1", "function": {"name": "f", "arguments": "{}"}}
    message = {"role": "assistant", "tool_calls": [5, call]}
    completion = {"id": "c", "choices": [{"index": 0, "message": message}]}

    made = to_openai(completion)["choices"][0]["message"]["tool_calls"]

    assert made[0] == 5 and made[1]["type"] == "function"


def test_a_kept_field_is_not_repaired() -> None:
    """What `keep` names passes, though a rule would remove it."""
    payload = {**ASK, "model": "mistral-large-2512", "n": 5}

    assert "n" not in sanitize(payload)
    assert sanitize(payload, keep=["n"], profile="2024-09-17")["n"] == 5


@pytest.mark.parametrize("schema", [[1], "object"])
def test_a_named_schema_that_is_not_an_object(schema: Any) -> None:
    """What stands in the schema's place stays there, and is not wrapped a second time."""
    named = {"name": "answer", "schema": schema}
    payload = {**ASK, "response_format": {"type": "json_schema", "json_schema": named}}

    assert sanitize(payload)["response_format"]["json_schema"] == named


def test_a_group_of_rules() -> None:
    """A rule is declared once, and has one function of each shape."""
    group = Group("a", "b")
    group.value("x", "reason", "evidence")(lambda value, place, run: value)

    with pytest.raises(TypeError, match="'x' is declared twice"):
        group.declared("x", "reason", "evidence", by="z")
    with pytest.raises(TypeError, match="'x' has a value function already"):
        group.value("x")


def test_the_model_of_a_run() -> None:
    """A run knows the request's model, as it is so far."""
    run = Run(frozenset(), "2026-08-13", "a", recording=True)
    run.model = "b"

    assert run.model == "b"


def test_texts_that_are_shorter_than_the_whole() -> None:
    """Texts make up a whole only where they are as long."""
    assert [_pieces(["a", "b"], whole) for whole in ("a", "ab", "abc")] == [1, 2, 0]


def test_a_null_choice_beside_a_format() -> None:
    """A choice that is null forces nothing."""
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    payload = {
        **ASK,
        "tools": [tool],
        "tool_choice": None,
        "response_format": {"type": "json_object"},
    }

    assert sanitize(payload, disable=["null"]) is payload


def test_an_endpoint_without_a_bound_of_the_host() -> None:
    """A host's lower bound is of the endpoints that have the field."""
    sanitizer = Sanitizer(profile="bedrock", endpoint="/v1/embeddings")

    assert sanitizer.sanitize({"model": "m", "input": "a", "temperature": 2}) == {}


def test_an_order_that_nobody_can_cure() -> None:
    """Of roles that may follow in no way, a refusal is left as it is."""
    payload = {
        **ASK,
        "messages": [
            *ASK["messages"],
            {"role": "assistant", "content": "a"},
            {"role": "tool", "content": "b", "tool_call_id": "aaaaaaaa1"},
        ],
    }
    words = "Unexpected role 'assistant' after role 'user'"
    body = json.dumps({"code": "3230", "message": words, "type": "invalid_request_message_order"})

    assert repair_refused(payload, 400, body) is None
    assert explain(payload)
