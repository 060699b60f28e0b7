"""Whole requests: a model, then what it accepts, without fields that contradict each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mistral_sanitize import catalog
from mistral_sanitize.profiles import Profile
from mistral_sanitize.schema.node import Node
from mistral_sanitize.strategies.objects import (
    conversation,
    items_of,
    object_of,
    plain_object,
    tagged,
)
from mistral_sanitize.strategies.scope import (
    ANY_MODEL,
    CHAT,
    JSONObject,
    Payloads,
    Scope,
    able_to,
    scope_of,
)
from mistral_sanitize.validation.checks import KNOWN_ON

__all__ = ["request"]

# By endpoint: the capability that a model's card must name, and a model that is always taken.
_MODELS: Final[Mapping[str, tuple[str, str]]] = {
    CHAT: ("chat", ANY_MODEL),
    "/v1/fim/completions": ("fim", "codestral-latest"),
    "/v1/embeddings": ("embeddings", "mistral-embed"),
    "/v1/moderations": ("moderation", "mistral-moderation-latest"),
    "/v1/chat/moderations": ("moderation", "mistral-moderation-latest"),
    "/v1/classifications": ("classification", "ft:classifier:ministral-3b-latest:82f3f89c"),
    "/v1/chat/classifications": ("classification", "ft:classifier:ministral-3b-latest:82f3f89c"),
    "/v1/agents/completions": ("agents", ANY_MODEL),
}


@lru_cache(maxsize=16)
def _model_ids(endpoint: str) -> tuple[str, ...]:
    """The ids and aliases of the models that serve the endpoint today, whatever the profile."""
    capability, always = _MODELS[endpoint]
    able = (model for model in catalog.models() if model.supports(capability))
    ids = dict.fromkeys(i for model in able for i in (*model.ids, *model.aliases))
    live = (i for i in ids if not catalog.is_refused(i, endpoint, KNOWN_ON)[0])
    return tuple({always: None, **dict.fromkeys(i for i in live if able_to(i, capability))})


@lru_cache(maxsize=64)
def request(node: Node, profile: Profile, endpoint: str) -> Payloads:
    """One request: its model first, then what that takes."""
    if "model" not in node.fields:
        return _of_model(node, profile, None)
    models_ = st.sampled_from(_model_ids(endpoint))
    return models_.flatmap(lambda model: _of_model(node, profile, model))


@lru_cache(maxsize=512)
def _of_model(node: Node, profile: Profile, model: str | None) -> Payloads:
    scope = scope_of(model, profile)
    bare = _bare(node, scope)
    if "tools" not in node.fields:
        return bare.map(_settled)
    tool_lists = _tool_lists(node, replace(scope, model=None))
    able = catalog.takes_tools(model) is not False
    # Drawn and then left out for a model that takes none, as a prefix is.
    tool_lists = tool_lists.map(lambda drawn: drawn if able else {})
    return _with_tools(bare, tool_lists, node).map(_settled)


def _bare(node: Node, scope: Scope) -> Payloads:
    """The request without what depends on its tools."""
    given: dict[str, SearchStrategy[Any]] = {}
    if "model" in node.fields:
        given["model"] = st.just(scope.model)
    if "messages" in node.fields:
        # Models that take the same chunks share the strategy, which is long to build.
        alike = replace(scope, model=None)
        prefixed = able_to(scope.model, "prefix")
        given["messages"] = conversation(items_of(node, "messages"), alike, prefixed=prefixed)
    return plain_object(node, scope, given, without=_TOOL_FIELDS)


_TOOL_FIELDS: Final = ("tools", "tool_choice", "parallel_tool_calls")


@lru_cache(maxsize=64)
def _tool_lists(node: Node, scope: Scope) -> Payloads:
    items = items_of(node, "tools")
    # Functions first, and for themselves: it is they that can be chosen by name.
    function = object_of(items.tags["function"], scope, {"type": st.just("function")})
    several = (
        st.lists(tool, min_size=1, max_size=3, unique_by=_tool_name)
        for tool in (function, tagged(items, scope))
    )
    return st.fixed_dictionaries({}, optional={"tools": st.one_of(*several)})


def _with_tools(bare: Payloads, tool_lists: Payloads, node: Node) -> Payloads:
    """Tools, and what there may be beside them only."""
    words = node.fields["tool_choice"].value.words or ()
    parallel = {name: st.booleans() for name in ("parallel_tool_calls",) if name in node.fields}

    # Written inside, since a strategy shows its arguments when a test fails.
    @st.composite
    def with_tools(draw: DrawFn) -> JSONObject:
        payload = {**draw(bare), **draw(tool_lists)}
        if "tools" not in payload:
            return payload
        choice = st.sampled_from(_choices(payload, words))
        beside = st.fixed_dictionaries({}, optional={"tool_choice": choice, **parallel})
        return {**payload, **draw(beside)}

    return with_tools()


def _choices(payload: JSONObject, words: Sequence[str]) -> Sequence[Any]:
    # 400: a JSON answer with tools is only compatible with auto; none is taken as well.
    if payload.get("response_format", {}).get("type", "text") != "text":
        return ("auto", "none")
    names = [tool["function"]["name"] for tool in payload["tools"] if "function" in tool]
    return [*words, *({"type": "function", "function": {"name": name}} for name in names)]


def _tool_name(tool: JSONObject) -> str:
    name: str = tool["function"]["name"] if "function" in tool else f"/{tool['type']}"
    return name


def _settled(payload: JSONObject) -> JSONObject:
    """The payload without the fields that contradict another."""
    without: set[str] = set()
    if payload.get("temperature") == 0:  # greedy sampling: one answer, of all the probability
        without |= {name for name in ("top_p", "n") if payload.get(name) not in (None, 1)}
    # A prefix beside tools is reported as failing (mistralai/client-python issue 186).
    if any(message.get("prefix") for message in payload.get("messages", ())):
        without |= {*_TOOL_FIELDS}
    if "prediction" in payload:
        without |= {*catalog.prediction_excludes()}
    return {name: value for name, value in payload.items() if name not in without}
