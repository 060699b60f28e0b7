"""`strategies`: what is drawn as accepted is, OpenAI's dialect can be, and faults are faults."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mistral_sanitize import _hypothesis, catalog, check, explain, models, profiles, strategies
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.profiles import Profile
from mistral_sanitize.schema.compile import compile_node
from mistral_sanitize.schema.node import Node
from mistral_sanitize.strategies import (
    FAULTS,
    content_chunks,
    conversations,
    faulty_payloads,
    json_values,
    messages,
    openai_payloads,
    payloads,
    tools,
)
from tests.laws import draws

T = TypeVar("T")
CHAT = "/v1/chat/completions"
HELLO = {"role": "user", "content": "0"}
LATEST_CHAT = compile_node(ENDPOINTS[CHAT], profiles.LATEST)


def drawn(strategy: SearchStrategy[T], count: int) -> list[T]:
    """So many examples, the same ones in each run."""
    found: list[T] = []

    @settings(max_examples=count, derandomize=True, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    collect()
    return found


def least(strategy: SearchStrategy[T], condition: Callable[[T], bool]) -> T:
    """The example that a failing test would show."""
    phases = [Phase.generate, Phase.shrink]
    return find(
        strategy,
        condition,
        settings=settings(max_examples=1000, phases=phases, derandomize=True, database=None),
    )


@pytest.fixture(scope="module")
def accepted() -> list[dict[str, Any]]:
    return drawn(payloads(), 300)


@pytest.fixture(scope="module")
def foreign() -> list[dict[str, Any]]:
    return drawn(openai_payloads(), 200)


def shown(pool: list[T], strategy: SearchStrategy[T], condition: Callable[[T], Any]) -> T:
    """An example that meets the condition: of the pool, or else a rarer one."""
    found = next((example for example in pool if condition(example)), None)
    if found is not None:
        return found
    rare = settings(max_examples=5000, phases=[Phase.generate], derandomize=True, database=None)
    return find(strategy, lambda example: bool(condition(example)), settings=rare)


# -- accepted ----------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", profiles.ALL, ids=str)
def test_accepted(profile: Profile) -> None:
    """What is drawn for a profile comes back the very same, without a problem."""

    @settings(max_examples=draws(40))
    @given(payloads(profile=profile))
    def law(payload: dict[str, Any]) -> None:
        report = explain(payload, profile=profile, drop=())
        assert report.payload is payload, str(report)
        assert check(payload, profile=profile, drop=()) == ()

    law()


@pytest.mark.parametrize("endpoint", [path for path in ENDPOINTS if path != CHAT])
@pytest.mark.parametrize("profile", [profiles.V2024_09_17, profiles.LATEST], ids=str)
def test_accepted_elsewhere(profile: Profile, endpoint: str) -> None:
    """So does what is drawn for another endpoint."""

    @settings(max_examples=draws(20))
    @given(payloads(profile=profile, endpoint=endpoint))
    def law(payload: dict[str, Any]) -> None:
        report = explain(payload, profile=profile, endpoint=endpoint, drop=())
        assert report.payload is payload, str(report)
        assert check(payload, profile=profile, endpoint=endpoint, drop=()) == ()

    law()


@given(payloads())
def test_models_take_it(payload: dict[str, Any]) -> None:
    """The strict models take it, and it is what JSON makes of it."""
    models.ChatCompletionRequest.model_validate(payload)
    assert payload == json.loads(json.dumps(payload))


@given(conversations())
def test_conversations(conversation: list[dict[str, Any]]) -> None:
    """A conversation is the messages of a request that Mistral accepts."""
    payload = {"model": "mistral-small-latest", "messages": conversation}
    assert payload is explain(payload).payload
    assert check(payload) == ()


@given(messages(), tools(), content_chunks())
def test_pieces(message: dict[str, Any], tool: dict[str, Any], chunk: dict[str, Any]) -> None:
    """One message, tool or chunk is what the schema takes."""
    payload = {
        "model": "mistral-small-latest",
        "messages": [message, {"role": "user", "content": [chunk]}],
        "tools": [tool],
    }
    assert [problem for problem in check(payload) if problem.status == 422] == []
    assert models.ChatCompletionRequest.model_validate(payload).tools is not None


# -- by the table ------------------------------------------------------------------------------


@pytest.mark.slow  # as all that looks into hundreds of draws; the laws above are asked of few
def test_every_field(accepted: list[dict[str, Any]]) -> None:
    """A field of the table is drawn by being declared."""
    assert set().union(*accepted) == {*LATEST_CHAT.fields}


def tags(node: Node, name: str) -> set[str]:
    items = node.fields[name].value.items
    assert items is not None
    return {tag for tag in items.tags if tag}


@pytest.mark.slow
def test_every_chunk() -> None:
    """So is a type of chunk."""
    items = LATEST_CHAT.fields["messages"].value.items
    assert items is not None
    kinds = {chunk["type"] for chunk in drawn(content_chunks(), 400)}
    assert kinds == tags(items.tags["user"], "content")


@pytest.mark.slow
def test_thoughts_wherever_they_may_be() -> None:
    """One in front of a message, which is all that is accepted there; elsewhere two in a row."""
    least(messages(), lambda m: any(thoughts_in_a_row(m)))
    assert not [m for m in drawn(messages(), 300) if 0 in thoughts_in_a_row(m)]


def thoughts_in_a_row(message: dict[str, Any]) -> list[int]:
    """Where in a message's content a thought is right before another."""
    content = message.get("content")
    kinds = [part.get("type") for part in content] if isinstance(content, list) else []
    return [at for at, pair in enumerate(pairwise(kinds)) if set(pair) == {"thinking"}]


@pytest.mark.slow
def test_every_tool() -> None:
    """So is a type of tool but those that are refused; a function may lack its type."""
    kinds = {tool.get("type") for tool in drawn(tools(), 400)}
    assert kinds == tags(LATEST_CHAT, "tools") - {"web_search", "web_search_premium"} | {None}


@pytest.mark.slow
def test_every_role() -> None:
    """So is a role."""
    assert {m["role"] for m in drawn(messages(), 200)} == tags(LATEST_CHAT, "messages")


def calls(payload: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [message.get("tool_calls") or [] for message in payload["messages"]]


SHAPES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "parallel calls": lambda p: any(len(each) > 1 for each in calls(p)),
    "rounds of calls": lambda p: sum(map(bool, calls(p))) > 1,
    "user after tool": lambda p: "tool user" in " ".join(m["role"] for m in p["messages"]),
    "prefix": lambda p: p["messages"][-1].get("prefix"),
    "named choice": lambda p: isinstance(p.get("tool_choice"), dict),
    "schema": lambda p: "json_schema" in p.get("response_format", {}),
    "greedy": lambda p: p.get("temperature") == 0,
    "arguments object": lambda p: any(
        isinstance(call["function"]["arguments"], dict) for each in calls(p) for call in each
    ),
    "image": lambda p: '"image_url"' in json.dumps(p),
    "sound": lambda p: '"input_audio"' in json.dumps(p),
    "thinking": lambda p: '"thinking"' in json.dumps(p),
    "another model": lambda p: p["model"] != "mistral-small-latest",
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape(shape: str, accepted: list[dict[str, Any]]) -> None:
    """The shapes that the rules between fields allow are drawn."""
    assert shown(accepted, payloads(), SHAPES[shape])


# -- shrinking ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_shrinks_to_a_handful_of_keys() -> None:
    """What a failing test shows is the fault and little else."""
    assert least(payloads(), lambda payload: True) == {
        "model": "mistral-small-latest",
        "messages": [HELLO],
    }
    hot = least(payloads(), lambda payload: (payload.get("temperature") or 0) > 0)
    assert hot == {"model": "mistral-small-latest", "messages": [HELLO], "temperature": 1}
    parallel = least(payloads(), lambda payload: bool(SHAPES["parallel calls"](payload)))
    # Four messages at best; Hypothesis does not always find that one round of calls is enough.
    assert len(parallel["messages"]) <= 6
    assert {"model", "messages"} == set(parallel)
    assert least(openai_payloads(), lambda payload: True) == {
        "model": "mistral-small-latest",
        "messages": [HELLO],
    }


# -- OpenAI's dialect --------------------------------------------------------------------------


@given(openai_payloads())
def test_openai(payload: dict[str, Any]) -> None:
    """The dialect comes out without a problem."""
    assert check(explain(payload).payload) == ()


FOREIGN = (
    *("seed", "max_completion_tokens", "store", "user", "stream_options", "functions"),
    *("reasoning", "thinking", "chat_template_kwargs", "keep_alive", "top_k", "safe_mode"),
    *("developer", "function_call", "custom", "allowed_tools", "input_schema", "tool_use"),
    *("refusal", "reasoning_content", "thinking_blocks", "cache_control", "finish_reason"),
    *("tool_result", "input_text", "output_text", "input_image", "input_file", "input_audio"),
    *("file_data", "file_id", "document", "image", "name", "annotations"),
)


@pytest.mark.slow
@pytest.mark.parametrize("word", FOREIGN)
def test_openai_features(word: str, foreign: list[dict[str, Any]]) -> None:
    """What was seen of the dialect is drawn."""
    assert shown(foreign, openai_payloads(), lambda payload: f'"{word}"' in json.dumps(payload))


# -- faults ------------------------------------------------------------------------------------


@given(faulty_payloads())
def test_faulty(pair: tuple[str, dict[str, Any]]) -> None:
    """A faulty request is refused."""
    name, payload = pair
    assert check(payload), name


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault(name: str) -> None:
    """Every fault is one, under a profile of its time, and is JSON."""
    payload = FAULTS[name]({"model": "mistral-small-latest", "messages": [HELLO]})
    assert payload == json.loads(json.dumps(payload))
    assert check(payload, profile=profiles.V2026_03_20)


# What no change of the request cures: the caller has to say what was meant.
ONLY_THE_CALLER = {
    *("unknown-model", "embedding-model", "retired-model", "image-model", "audio-model"),
    *("unknown-part", "messages"),
}


@given(faulty_payloads())
def test_cured(pair: tuple[str, dict[str, Any]]) -> None:
    """Sanitizing cures every fault but those of which only the caller knows the cure."""
    name, payload = pair
    assert bool(check(explain(payload).payload)) == (name in ONLY_THE_CALLER), name


def test_faults_are_dated(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Mistral takes by the day of the profile is no fault any more."""
    two = {name: FAULTS[name] for name in ("user-after-tool", "store")}
    monkeypatch.setattr(strategies, "FAULTS", two)
    before = faulty_payloads(profile=profiles.V2026_03_20)
    assert {name for name, _ in drawn(faulty_payloads(), 20)} == {"store"}
    assert {name for name, _ in drawn(before, 20)} == {*two}


# -- the interface -----------------------------------------------------------------------------


@given(json_values())
def test_json_values(value: Any) -> None:
    """JSON of any kind."""
    assert value == json.loads(json.dumps(value))


@pytest.mark.parametrize(
    "strategy", [payloads, conversations, messages, tools, content_chunks, faulty_payloads]
)
def test_validates_at_once(strategy: Callable[..., object]) -> None:
    """A mistaken argument is an error where it stands, not when the first example is drawn."""
    with pytest.raises(ValueError, match="unknown profile"):
        strategy(profile="2024-09-18")
    strategy(profile="2024-09-17")
    strategy(profile=profiles.VERTEX_2026_11_01)
    with pytest.raises(TypeError):
        strategy(profiles.LATEST)


def test_unknown_endpoint() -> None:
    """An endpoint is one of those that have a model."""
    with pytest.raises(ValueError, match=r"unknown endpoint '/v1/chat'; there are /v1/chat/"):
        payloads(endpoint="/v1/chat")


def test_strategies_can_be_the_first_import() -> None:
    """Hypothesis loads the entry point while `strategies` itself is being imported."""
    code = "from mistral_sanitize.strategies import payloads; print(payloads())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_from_type() -> None:
    """Once registered, `st.from_type` draws the models; a request is one that is accepted."""
    _hypothesis.register()

    @settings(max_examples=draws(20), suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def law(data: st.DataObject) -> None:
        request = data.draw(st.from_type(models.ChatCompletionRequest))
        assert isinstance(request, models.ChatCompletionRequest)
        payload = request.model_dump(mode="json", by_alias=True, exclude_unset=True)
        assert check(payload, drop=()) == ()
        for model in (models.UserMessage, models.ResourceChunk, models.FunctionTool):
            assert isinstance(data.draw(st.from_type(model)), model)

    law()


@pytest.mark.slow
def test_models_are_those_of_the_catalogue(accepted: list[dict[str, Any]]) -> None:
    """Each model id is known to the catalogue."""
    assert all(catalog.find(payload["model"]) is not None for payload in accepted)
