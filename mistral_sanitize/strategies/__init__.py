"""Hypothesis strategies for requests: those that Mistral accepts, OpenAI's dialect, and faults.

Needs the extra ``hypothesis``. Everything here draws parsed JSON. What an object may hold is read
from the compiled table (`schema.compile`): a new field of `models` is drawn by being declared;
`kinds` says what the schema does not (a URL, base64, a JSON Schema), `scope` what a model accepts,
and `requests` keeps the rules between fields.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mistral_sanitize import profiles
from mistral_sanitize.models import ENDPOINTS, Model
from mistral_sanitize.profiles import LATEST, Profile
from mistral_sanitize.schema.compile import compile_node
from mistral_sanitize.strategies.faults import ENDED, FAULTS
from mistral_sanitize.strategies.leaves import JSON
from mistral_sanitize.strategies.objects import (
    by_tag,
    chat_node,
    conversation,
    items_of,
    object_of,
    tagged,
    with_own_ids,
)
from mistral_sanitize.strategies.openai import openai_payloads
from mistral_sanitize.strategies.requests import request
from mistral_sanitize.strategies.scope import ANY_MODEL, CHAT, JSONObject, Payloads, scope_of

__all__ = [
    "FAULTS",
    "content_chunks",
    "conversations",
    "faulty_payloads",
    "json_values",
    "messages",
    "openai_payloads",
    "payloads",
    "tools",
]


def json_values() -> SearchStrategy[Any]:
    """Any JSON value: null, booleans, finite numbers, text, and lists and objects of them."""
    return JSON


def payloads(*, profile: Profile | str = LATEST, endpoint: str = CHAT) -> Payloads:
    """Requests that Mistral accepts, under the schema of `profile`, at `endpoint`.

    Every field, chunk type and tool shape that the profile has; conversations in order, with
    parallel tool calls; models of the catalogue, each with only what it accepts. Penalties are
    among the fields, so ``sanitize`` leaves such a payload alone only with ``drop=()``.

    Raises `ValueError` for an unknown profile or endpoint.
    """
    known = profiles.get(profile)
    if endpoint not in ENDPOINTS:
        raise ValueError(f"unknown endpoint {endpoint!r}; there are {', '.join(ENDPOINTS)}")
    return request(compile_node(ENDPOINTS[endpoint], known), known, endpoint)


def conversations(*, profile: Profile | str = LATEST) -> SearchStrategy[list[JSONObject]]:
    """The ``messages`` of a chat request that Mistral accepts, well ordered, with tool calls."""
    known = profiles.get(profile)
    return conversation(items_of(chat_node(known), "messages"), scope_of(ANY_MODEL, known))


def messages(*, profile: Profile | str = LATEST) -> Payloads:
    """One message, of any role, that Mistral's schema accepts."""
    known = profiles.get(profile)
    tags = items_of(chat_node(known), "messages").tags
    scope = scope_of(ANY_MODEL, known)
    return st.one_of(
        *(object_of(node, scope, {"role": st.just(role)}) for role, node in by_tag(tags))
    ).map(lambda message: with_own_ids([message])[0])


def content_chunks(*, profile: Profile | str = LATEST) -> Payloads:
    """One part of a user message's content, of any type that the profile has."""
    known = profiles.get(profile)
    user = items_of(chat_node(known), "messages").tags["user"]
    scope = replace(scope_of(ANY_MODEL, known), without=frozenset())
    return tagged(items_of(user, "content"), scope)


def tools(*, profile: Profile | str = LATEST) -> Payloads:
    """One tool, a function or any other that the profile has."""
    known = profiles.get(profile)
    return tagged(items_of(chat_node(known), "tools"), scope_of(ANY_MODEL, known))


def faulty_payloads(*, profile: Profile | str = LATEST) -> SearchStrategy[tuple[str, JSONObject]]:
    """A fault's name, of `FAULTS`, and a chat request that Mistral refuses for it.

    Raises `ValueError` for an unknown profile.
    """
    known = profiles.get(profile)
    scope = scope_of(ANY_MODEL, known)
    whole = st.fixed_dictionaries(
        {
            "model": st.just(ANY_MODEL),
            "messages": conversation(items_of(chat_node(known), "messages"), scope),
        },
        optional={"stream": st.booleans(), "max_tokens": st.integers(1, 1000)},
    )
    names = [name for name in FAULTS if known.date < ENDED.get(name, "9999")]
    return st.builds(
        lambda name, payload: (name, FAULTS[name](payload)), st.sampled_from(names), whole
    )


def of_type(model: type[Model]) -> SearchStrategy[Model]:
    """What `st.from_type` draws: requests that Mistral accepts, other objects by the schema."""
    path = next((path for path, each in ENDPOINTS.items() if each is model), None)
    if path is not None:
        return payloads(endpoint=path).map(model.model_validate)
    drawn = object_of(compile_node(model, LATEST), scope_of(ANY_MODEL, LATEST), {})
    return drawn.map(model.model_validate)
