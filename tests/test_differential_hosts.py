"""Under every profile: the real judges that packages ship, against what comes out of `sanitize`.

`tests/test_differential.py` asks them about Mistral's own newest schema. Here each profile has the
judges of its host (`JUDGES`): the models of `mistralai` and of its clients for Azure and Vertex,
the templates and validators of mistral-common, and `openai`'s types of a request for hosts of
OpenAI's dialect. Where they object to what is right, or left to the host, `DISAGREEMENTS` says why.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from mistral_common.protocol.instruct.messages import (
    AssistantMessage,
    SystemMessage,
    ToolMessage,
    UserMessage,
)
from mistral_common.protocol.instruct.tool_calls import Function, FunctionCall, Tool, ToolCall

from mistral_sanitize import Sanitizer, profiles, strategies
from tests.laws import law
from tests.payloads import conversations, numbered
from tests.rules.words import call, calls, result, said, text, user
from tests.test_hosts import TOOLS, rendered, turns, validated
from tests.test_hosts import VERSIONS as TEMPLATES
from tests.test_mistral_common import VERSIONS, verdict

pytest.importorskip("openai")
pytest.importorskip("mistralai.client.models")

Json = dict[str, Any]
Judge = Callable[[Json], "str | None"]
PROFILES: Final = (*profiles.ALL, *profiles.HOSTS)


# -- the judges ----------------------------------------------------------------------------------


def client(module: str) -> Judge:
    """What the request model of one of mistralai's clients says."""

    def judge(payload: Json) -> str | None:
        request = importlib.import_module(module).ChatCompletionRequest
        try:
            request.model_validate(payload)
        except ValueError as error:
            return str(error)
        return None

    return judge


@cache
def _openais() -> Any:
    from openai.types.chat import completion_create_params as types
    from pydantic import TypeAdapter

    return TypeAdapter(types.CompletionCreateParams)


def _exhausted(value: Any) -> None:
    """Judges what pydantic judges only when it is asked for: its iterables."""
    if isinstance(value, (str, bytes, int, float)) or value is None:
        return
    for inner in value.values() if isinstance(value, Mapping) else value:
        _exhausted(inner)


def openais(payload: Json) -> str | None:
    """What openai's types of a request say, in strict mode."""
    try:
        _exhausted(_openais().validate_python(payload, strict=True))
    except ValueError as error:
        return str(error)
    return None


def validators(payload: Json) -> str | None:
    """What mistral-common's validators of serving say, the content being text."""
    named = {"model": "m", **payload}
    try:
        return _said({str(version): verdict(named, version) for version in VERSIONS})
    except ValueError as error:
        return str(error)


def chat_templates(payload: Json) -> str | None:
    """What the templates of mistral-common, and those of 2024 and 2025, say."""
    found = {version: rendered(payload, version) for version in TEMPLATES}
    return _said({**found, "turns": turns(payload["messages"])})


def continuing(payload: Json) -> str | None:
    """What mistral-common's validators say in the mode of vLLM."""
    return _said({version: validated(payload, version) for version in TEMPLATES})


def _said(found: Mapping[str, str | None]) -> str | None:
    return "; ".join(f"{name}: {words}" for name, words in found.items() if words) or None


_MISTRALS: Final = {"sdk": client("mistralai.client.models"), "validators": validators}
MESSAGES: Final = {
    "system": SystemMessage, "user": UserMessage, "assistant": AssistantMessage,
    "tool": ToolMessage}  # fmt: skip
JUDGES: Final[dict[str, dict[str, Judge]]] = {
    **{profile.name: _MISTRALS for profile in profiles.ALL if profile.host is None},
    "azure-2026-11-01": {
        "azure": client("mistralai.azure.client.models"), "validators": validators},
    "vertex-2026-11-01": {
        "vertex": client("mistralai.gcp.client.models"), "validators": validators},
    "openrouter-2026-11": {"openai": openais, "validators": validators},
    "chat-template-2026-11": {"openai": openais, "templates": chat_templates},
    "vllm-2026-11": {"openai": openais, "templates": chat_templates, "vllm": continuing},
    "bedrock-2026-11": {"validators": validators},
}  # fmt: skip
"""By profile. Bedrock's schema of InvokeModel is shipped by no package."""


def objections(payload: Json, profile: profiles.Profile) -> dict[str, str]:
    """What the judges of a profile have against a request."""
    found = {name: judge(payload) for name, judge in JUDGES[profile.name].items()}
    return {name: words for name, words in found.items() if words is not None}


def test_every_profile_has_a_judge() -> None:
    """A profile that is added is judged, too."""
    assert JUDGES.keys() == {profile.name for profile in PROFILES}
    assert all(JUDGES.values())


# -- where they object to what is right -----------------------------------------------------------


class Disagreement(NamedTuple):
    """What a judge refuses and the host does not: why, and a request without it."""

    judge: str
    profile: str
    payload: Json
    """A least request of it, which `sanitize` returns as it is."""
    says: str
    why: str
    translated: Callable[[Any], Any]


def without_nulls(value: Any) -> Any:
    """Without the keys whose value is null, at any depth."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value


def without_key(name: str) -> Callable[[Any], Any]:
    """Without this key, at any depth."""

    def translated(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: translated(inner) for key, inner in value.items() if key != name}
        return [translated(inner) for inner in value] if isinstance(value, list) else value

    return translated


def as_text(*types: str) -> Callable[[Json], Json]:
    """Parts of these types as parts of text."""

    def mended(m: Json) -> Json:
        content = m.get("content")
        if not isinstance(content, list):
            return m
        return {**m, "content": [
            {"type": "text", "text": "."} if part.get("type") in types else part
            for part in content]}  # fmt: skip

    return lambda payload: {**payload, "messages": [mended(m) for m in payload["messages"]]}


def known(model: Any, value: Json) -> Json:
    """An object with the keys of a model of mistral-common's, whose models are closed."""
    return {key: inner for key, inner in value.items() if key in model.model_fields}


def with_known_keys(payload: Json) -> Json:
    """Messages, calls and tools with the keys that mistral-common knows."""
    mended = dict(payload)
    mended["messages"] = [known(MESSAGES[m["role"]], m) for m in payload["messages"]]
    for m in mended["messages"]:
        if m.get("tool_calls"):
            m["tool_calls"] = [
                {**known(ToolCall, call), "function": known(FunctionCall, call["function"])}
                for call in m["tool_calls"]
            ]
    if payload.get("tools"):
        mended["tools"] = [
            {**known(Tool, tool), "function": known(Function, tool["function"])}
            for tool in payload["tools"]
        ]
    return mended


_ASKED: Final = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
DISAGREEMENTS: Final = (
    Disagreement(
        "openai", "openrouter", {**_ASKED, "tools": None}, "Input should be iterable",
        "the types are of what openai's client sends; over HTTP null is no value", without_nulls),
    Disagreement(
        "openai", "openrouter",
        {**_ASKED, "messages": [{"role": "user", "content": [
            {"type": "text", "text": "Hi", "prompt_cache_breakpoint": False}]}]},
        "Input should be a valid dictionary",
        "a switch of an agent's own, which hosts with open fields ignore",
        without_key("prompt_cache_breakpoint")),
    Disagreement(
        "openai", "openrouter", {**_ASKED, "prompt_cache_retention": "in-memory"},
        "Input should be 'in_memory' or '24h'",
        "openai's clients before 3.0 spelled it so, and what OpenAI's API makes of it is its own",
        without_key("prompt_cache_retention")),
    Disagreement(
        "openai", "openrouter",
        {**_ASKED, "messages": [{"role": "user", "content": [
            {"type": "input_file", "file_data": "data:application/pdf;base64,AA=="}]}]},
        "validation error",
        "a part of the Responses API: files are left to such a host, as no answer of one is known",
        as_text("input_file", "document")),
    Disagreement(
        "templates", "chat-template",
        {**_ASKED, "messages": [{"role": "user", "content": [
            {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}]}]},
        "Only text, image and image_url chunks are supported",
        "the templates of models that hear accept sound; these are of others",
        as_text("input_audio")),
    Disagreement(
        "vllm", "vllm",
        {**_ASKED, "messages": [{"role": "system", "content": "Hi"}, {"role": "user", "content": [
            {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}]}]},
        "This is not allowed prior to the tokenizer version 13",
        "no profile knows the version of a model's tokenizer, and the newer ones accept both",
        as_text("input_audio")),
    Disagreement(
        "validators", "openrouter",
        {**_ASKED, "messages": [{"role": "user", "content": "Hi", "name": "ann"}]},
        "Extra inputs are not permitted",
        "OpenAI's users have names; a host with open fields passes them on or drops them",
        with_known_keys),
    Disagreement(
        "validators", "openrouter",
        {**_ASKED, "messages": [{"role": "system", "content": "Hi", "prefix": True},
                                {"role": "user", "content": "Hi"}]},
        "Extra inputs are not permitted",
        "a key of the caller's own, which is passed on or ignored where fields are open",
        with_known_keys),
    Disagreement(
        "validators", "openrouter",
        {**_ASKED, "tools": [{"type": "function", "cache_control": {"type": "ephemeral"},
                              "function": {"name": "f", "parameters": {}}}]},
        "Extra inputs are not permitted",
        "OpenRouter hands a mark of Anthropic's cache to the upstreams that have one",
        with_known_keys),
    Disagreement(
        "validators", "openrouter",
        {**_ASKED, "tools": [{"type": "function",
                              "function": {"name": "f", "description": None, "parameters": {}}}]},
        "Input should be a valid string",
        "OpenAI's clients write null for what is not there, which hosts of its dialect read so",
        without_nulls),
)  # fmt: skip


def left(payload: Json, profile: profiles.Profile) -> dict[str, str]:
    """What the judges of a profile object to once the rows of such hosts are translated: one of a
    host with open fields excuses nothing on one with closed."""
    found = {}
    for name, judge in JUDGES[profile.name].items():
        translated = payload
        for row in DISAGREEMENTS:
            if row.judge == name and profiles.get(row.profile).fields == profile.fields:
                translated = row.translated(translated)
        words = judge(translated)
        if words is not None:
            found[name] = words
    return found


@pytest.mark.parametrize("row", DISAGREEMENTS, ids=lambda row: row.why)
def test_where_they_object(row: Disagreement) -> None:
    """Each row is a disagreement: we leave the request alone, the judge refuses it, as it says."""
    profile = profiles.get(row.profile)
    sanitizer = Sanitizer(profile=profile)
    assert sanitizer.sanitize(row.payload) is row.payload
    assert sanitizer.check(row.payload) == ()
    assert row.says in objections(row.payload, profile)[row.judge]
    assert left(row.payload, profile) == {}
    assert row.why


# -- the laws -------------------------------------------------------------------------------------


def _judged(payload: Json, profile: profiles.Profile) -> None:
    """Asserts that no judge objects to what comes out, where `check` has nothing to name."""
    sanitizer = Sanitizer(profile=profile)
    clean = sanitizer.sanitize(payload)
    note(f"{profile}\n{clean}")
    if sanitizer.check(clean) == ():
        assert left(clean, profile) == {}


@law
@given(strategies.openai_payloads(), st.sampled_from(PROFILES))
def test_openais_requests(payload: Json, profile: profiles.Profile) -> None:
    """What clients of OpenAI's and their agents send, under every profile."""
    _judged(payload, profile)


@law
@given(conversations(odd=False), st.sampled_from(PROFILES))
def test_histories(messages: list[Any], profile: profiles.Profile) -> None:
    """Calls unanswered, answered twice, under any ids and in any order, under every profile."""
    said_ = numbered([user(), *messages])
    _judged({"model": "mistral-small-latest", "messages": said_, "tools": TOOLS}, profile)


@law
@given(st.data(), st.sampled_from(profiles.ALL))
def test_valid_requests(data: Any, profile: profiles.Profile) -> None:
    """What the schema of a date, or of a client, has is what its own models have."""
    payload = data.draw(strategies.payloads(profile=profile))
    note(f"{profile}\n{payload}")
    own = {k: v for k, v in JUDGES[profile.name].items() if k in ("azure", "vertex")}
    assert {name: judge(payload) for name, judge in own.items()} == dict.fromkeys(own)


def test_the_judges_object() -> None:
    """The judges are no rubber stamps: each refuses something that `sanitize` mends."""
    sent = [user(), calls(call("call_1")), result("call_2"), said("a"), said([text("b")])]
    payload = {"model": "mistral-small-latest", "messages": sent, "logit_bias": 3, "top_p": []}
    for profile in PROFILES:
        assert objections(payload, profile).keys() == JUDGES[profile.name].keys(), profile
