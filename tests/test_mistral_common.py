"""What comes out passes the validators of mistral-common, which Mistral's servers and vLLM run.

That package knows another schema (``thinking`` is a string there, temperature ends at 1), so its
validators are asked about what they share with the API: order, pairing, ids, names and tools. The
content is reduced to text.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st

from mistral_sanitize import check, explain, profiles
from tests import jsonpatch
from tests.laws import law
from tests.payloads import conversations, numbered, schemas

pytest.importorskip("mistral_common")

from mistral_common.exceptions import MistralCommonException
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import ValidationMode, get_validator
from mistral_common.tokens.tokenizers.base import TokenizerVersion

VERSIONS = tuple(TokenizerVersion(name) for name in ("v3", "v7", "v11", "v13", "v15"))
USER = {"role": "user", "content": "Hello"}
CALL = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def reduced(message: dict[str, Any], version: TokenizerVersion) -> dict[str, Any]:
    """The message as mistral-common knows it, its content as text."""
    content = message.get("content")
    if isinstance(content, (list, tuple)):
        content = "(parts)" if content else ""
    role = message["role"]
    if content is None and role != "assistant":
        content = ""
    if version is TokenizerVersion.v3 and message.get("tool_calls"):
        content = None  # "content or tool_calls, but not both": both are taken live
    kept = ("role", "tool_calls", "prefix", "tool_call_id", "name")
    made = {key: message[key] for key in kept if message.get(key) is not None}
    if "tool_calls" in made:
        # index and an object as arguments are the API's, and not that package's
        made["tool_calls"] = [
            {"id": c.get("id", "null"), "function": {**c["function"], "arguments": "{}"}}
            for c in made["tool_calls"]
        ]
    return {**made, "content": content}


def verdict(payload: dict[str, Any], version: TokenizerVersion) -> str | None:
    """What the validator of a tokenizer's version says against the request in serving mode."""
    request: Any = ChatCompletionRequest.model_validate(
        {
            "model": payload["model"],
            "messages": [reduced(m, version) for m in payload["messages"]],
            "tools": payload.get("tools"),
        }
    )
    try:
        get_validator(version, mode=ValidationMode.serving).validate_request(request)
    except MistralCommonException as error:
        return str(error)
    return None


def opens_with_calls(payload: dict[str, Any]) -> bool:
    """Whether the first message makes calls, as where a history was cut off.

    The validators do not count the calls of a first message, and refuse its results. The API takes
    both: rig recorded four such requests with 200 (2026-08, agent_tool_sessions).
    """
    messages = payload.get("messages")
    return bool(messages) and bool(messages[0].get("tool_calls"))


def judged(payload: dict[str, Any], **options: Any) -> None:
    """Asserts that each validator takes what comes out, or `check` names why not."""
    report = explain(payload, **options)
    note(f"{report}")
    note(f"{report.payload}")
    for version in VERSIONS:
        said = verdict(report.payload, version)
        if said is not None and not opens_with_calls(report.payload):
            problems = check(report.payload, **options)
            assert problems, (version, said)
            assert {problem.status for problem in problems} == {400}, said


def ask(*messages: Any, **fields: Any) -> dict[str, Any]:
    return {"model": "mistral-small-latest", "messages": list(messages), **fields}


@law
@given(conversations(odd=False))
@example(
    [
        {"role": "assistant", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "abcdefghi", "content": "42"},
    ]
)
def test_conversations(messages: list[Any]) -> None:
    """Calls unanswered, answered twice, under any ids, in any order: what comes out is in order."""
    judged(numbered(ask(*messages)))


@law
@given(conversations(odd=False))
def test_conversations_that_begin_with_the_user(messages: list[Any]) -> None:
    """Where the user begins there is nothing that could not be cured: no validator objects."""
    clean = explain(numbered(ask(USER, *messages))).payload
    note(f"{clean}")
    assert [None] * len(VERSIONS) == [verdict(clean, version) for version in VERSIONS]


@law
@given(conversations(odd=False), st.sampled_from([profile.name for profile in profiles.ALL]))
def test_conversations_under_every_profile(messages: list[Any], profile: str) -> None:
    """Older schemas want more (an assistant between result and user), and get no less."""
    clean = explain(numbered(ask(USER, *messages)), profile=profile).payload
    note(f"{clean}")
    assert [None] * len(VERSIONS) == [verdict(clean, version) for version in VERSIONS]


CHOICES = ("merge-neighbours", "merge-system", "split-content-calls", "user-after-tool",
           "drop-unanswered-call", "trailing-assistant-user", "trailing-assistant-drop",
           "empty-assistant-placeholder")  # fmt: skip


@law
@given(conversations(odd=False), st.sets(st.sampled_from(CHOICES)))
@example(
    [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}],
    {"trailing-assistant-drop"},
)
def test_conversations_under_the_other_choices(messages: list[Any], rules: set[str]) -> None:
    """The rules that do otherwise what is disputed lead to an order that is taken, too."""
    note(f"{sorted(rules)}")
    clean = explain(numbered(ask(USER, *messages)), enable=rules).payload
    note(f"{clean}")
    assert [None] * len(VERSIONS) == [verdict(clean, version) for version in VERSIONS]


@law
@given(st.lists(schemas(), min_size=1, max_size=2))
def test_tools(parameters: list[Any]) -> None:
    """Tools whose parameters are no JSON Schema of draft 7 are made so, or `check` names them."""
    tools = [
        {"type": "function", "function": {"name": f"f{i}", "parameters": p}}
        for i, p in enumerate(parameters)
        if isinstance(p, dict)
    ]
    # As JSON: jsonschema, which judges there, knows no tuples.
    judged(jsonpatch.plain(ask(USER, tools=tools) if tools else ask(USER)))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_judge(version: TokenizerVersion) -> None:
    """The validators do object to what they should: this file asks them the right thing."""
    call = {"id": "call_1", "function": {"name": "a b", "arguments": "{}"}}
    assert verdict(ask(USER), version) is None
    assert verdict(ask(), version) is not None
    assert verdict(ask(USER, {"role": "assistant", "content": "Hello"}), version) is not None
    assert verdict(ask(USER, {"role": "assistant", "tool_calls": [call]}), version) is not None
