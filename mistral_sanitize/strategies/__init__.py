"""Hypothesis strategies for requests: those that Mistral accepts, OpenAI's dialect, and faults.

Needs the extra ``hypothesis``. Everything here draws parsed JSON. What an object may hold is read
from the compiled table (`schema.compile`): a new field of `models` is drawn by being declared;
`_STRINGS` and `_OBJECTS` say what the schema does not (a URL, base64, a JSON Schema), and
`_request` keeps the rules between fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mistral_sanitize import catalog, profiles
from mistral_sanitize.models import ENDPOINTS, Model
from mistral_sanitize.profiles import LATEST, Profile
from mistral_sanitize.rules._strict_schema import closed
from mistral_sanitize.rules.ids import new_id
from mistral_sanitize.schema.compile import compile_node
from mistral_sanitize.schema.node import Field, Node, Value
from mistral_sanitize.strategies.faults import ENDED, FAULTS, USER_AFTER_TOOL
from mistral_sanitize.strategies.leaves import (
    ASCII_TEXTS,
    IDS,
    JSON,
    JSON_OBJECTS,
    JSON_SCHEMAS,
    NAMES,
    SOUNDS,
    TEXTS,
    URLS,
    data_urls,
)
from mistral_sanitize.strategies.openai import openai_payloads
from mistral_sanitize.validation.checks import KNOWN_ON

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

_Json = dict[str, Any]
_Payloads = SearchStrategy[_Json]

_CHAT: Final = "/v1/chat/completions"


# -- what anybody may use ----------------------------------------------------------------------


def json_values() -> SearchStrategy[Any]:
    """Any JSON value: null, booleans, finite numbers, text, and lists and objects of them."""
    return JSON


def payloads(*, profile: Profile | str = LATEST, endpoint: str = _CHAT) -> _Payloads:
    """Requests that Mistral accepts, under the schema of `profile`, at `endpoint`.

    Every field, chunk type and tool shape that the profile has; conversations in order, with
    parallel tool calls; models of the catalogue, and of each only what it takes. Penalties are
    among the fields: ``sanitize`` leaves such a payload alone if it is told ``drop=()``.

    Raises `ValueError` for an unknown profile or endpoint.
    """
    known = profiles.get(profile)
    if endpoint not in ENDPOINTS:
        raise ValueError(f"unknown endpoint {endpoint!r}; there are {', '.join(ENDPOINTS)}")
    return _request(compile_node(ENDPOINTS[endpoint], known), known, endpoint)


def conversations(*, profile: Profile | str = LATEST) -> SearchStrategy[list[_Json]]:
    """The ``messages`` of a chat request that Mistral accepts, well ordered, with tool calls."""
    known = profiles.get(profile)
    return _conversation(_items(_chat(known), "messages"), _scope(_ANY_MODEL, known))


def messages(*, profile: Profile | str = LATEST) -> _Payloads:
    """One message, of any role, that Mistral's schema takes."""
    known = profiles.get(profile)
    tags = _items(_chat(known), "messages").tags
    scope = _scope(_ANY_MODEL, known)
    return st.one_of(
        *(_object(node, scope, {"role": st.just(role)}) for role, node in _by_tag(tags))
    ).map(lambda message: _with_own_ids([message])[0])


def content_chunks(*, profile: Profile | str = LATEST) -> _Payloads:
    """One part of a user message's content, of any type that the profile has."""
    known = profiles.get(profile)
    user = _items(_chat(known), "messages").tags["user"]
    scope = replace(_scope(_ANY_MODEL, known), without=frozenset())
    return _tagged(_items(user, "content"), scope)


def tools(*, profile: Profile | str = LATEST) -> _Payloads:
    """One tool, a function or any other that the profile has."""
    known = profiles.get(profile)
    return _tagged(_items(_chat(known), "tools"), _scope(_ANY_MODEL, known))


def _chat(profile: Profile) -> Node:
    return compile_node(ENDPOINTS[_CHAT], profile)


def _items(node: Node, name: str) -> Value:
    items = node.fields[name].value.items
    assert items is not None, name
    return items


def _by_tag(tags: Mapping[str, Node]) -> Iterable[tuple[str, Node]]:
    """The members of a union by their tag, without the one for objects that have none."""
    return ((tag, node) for tag, node in tags.items() if tag)


def faulty_payloads(*, profile: Profile | str = LATEST) -> SearchStrategy[tuple[str, _Json]]:
    """A fault's name, of `FAULTS`, and a chat request that Mistral refuses for it.

    Raises `ValueError` for an unknown profile.
    """
    known = profiles.get(profile)
    scope = _scope(_ANY_MODEL, known)
    whole = st.fixed_dictionaries(
        {
            "model": st.just(_ANY_MODEL),
            "messages": _conversation(_items(_chat(known), "messages"), scope),
        },
        optional={"stream": st.booleans(), "max_tokens": st.integers(1, 1000)},
    )
    names = [name for name in FAULTS if known.date < ENDED.get(name, "9999")]
    return st.builds(
        lambda name, payload: (name, FAULTS[name](payload)), st.sampled_from(names), whole
    )


# -- what the schema does not say ---------------------------------------------------------------

# What the schema calls a string, and is one of a kind. By the slot of the object and the field.
_STRINGS: Final[Mapping[tuple[str, str], SearchStrategy[str]]] = {
    ("function", "name"): NAMES,
    ("json_schema", "name"): NAMES,
    ("message.tool", "name"): NAMES,
    ("tool_call.function", "name"): NAMES,
    ("tool_choice.function", "name"): NAMES,
    ("tool_call", "id"): IDS,
    ("message.tool", "tool_call_id"): IDS,
    ("tool_call.function", "arguments"): JSON_OBJECTS.map(json.dumps),
    ("image_url", "url"): data_urls("image/png"),
    ("chunk.image_url", "image_url"): data_urls("image/png"),
    ("chunk.document_url", "document_url"): data_urls("application/pdf"),
    ("chunk.input_audio", "input_audio"): URLS | SOUNDS,
    ("chunk.file", "file_id"): st.uuids().map(str),
    # No evidence that a tool's empty answer is refused, and that of any other text is.
    ("message.tool", "content"): st.text(max_size=40),
    ("function", "description"): st.text(max_size=40),
    ("prediction", "content"): st.text(max_size=40),
    ("request", "suffix"): st.text(max_size=40),
    ("request", "prompt_cache_key"): ASCII_TEXTS,
}

# What the schema leaves open, and is an object of a kind.
_OBJECTS: Final[Mapping[tuple[str, str], _Payloads]] = {
    ("function", "parameters"): JSON_SCHEMAS,
    ("json_schema", "schema"): JSON_SCHEMAS,
}

# What the schema takes and Mistral may not: null content is an empty turn, false the only prefix
# before the end, and log probabilities are enabled for no model (400 3051, recorded 2026-08).
_ONLY: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("message.user", "content"): frozenset({"string", "array"}),
    ("message.system", "content"): frozenset({"string", "array"}),
    ("message.assistant", "content"): frozenset({"string", "array"}),
    ("request", "prompt_mode"): frozenset({"null"}),
    ("request", "logprobs"): frozenset({"null"}),
    ("request", "top_logprobs"): frozenset({"null"}),
    ("request", "prompt_logprobs"): frozenset({"null"}),
    ("request", "top_prompt_logprobs"): frozenset({"null"}),
    ("request", "model"): frozenset({"string"}),
    ("request", "input"): frozenset({"string", "array", "object"}),
    ("request", "tools"): frozenset({"array", "null"}),
}


# -- values, by the table ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a request's model takes, and the day: what the schema says nothing of."""

    model: str | None
    date: str
    without: frozenset[str]
    """The chunk types that the model does not take."""


# For what is drawn without a request: a model that takes most.
_ANY_MODEL: Final = "mistral-small-latest"

_CHUNK_TAKEN: Final[Mapping[str, Callable[[object], bool | None]]] = {
    "image_url": catalog.takes_images,
    "input_audio": catalog.takes_audio,
    "thinking": catalog.takes_thinking,
}


def _scope(model: str | None, profile: Profile) -> _Scope:
    without = {kind for kind, taken in _CHUNK_TAKEN.items() if taken(model) is not True}
    # Voxtral answers a document with 500, whatever its card says (genai, recorded 2025-12).
    if model is not None and (catalog.takes_audio(model) or not _able(model, "documents")):
        without |= {"document_url", "file"}
    return _Scope(model, profile.date, frozenset(without))


def _able(model: str | None, capability: str) -> bool:
    card = catalog.find(model)
    return card is not None and card.supports(capability)


def _value(value: Value, scope: _Scope, where: tuple[str, str]) -> SearchStrategy[Any]:
    """All that may stand at one place, the simplest first: it is what an example shrinks to."""
    kinds: Mapping[str, Callable[[], SearchStrategy[Any]]] = {
        "null": st.none,
        "boolean": st.booleans,
        "integer": partial(_integers, value),
        "number": partial(_numbers, value),
        "string": partial(_strings, value, where),
        "object": partial(_objects, value, scope, where),
        "array": partial(_arrays, value, scope, where),
    }
    return st.one_of(*(draw() for kind, draw in kinds.items() if kind in value.types))


def _integers(value: Value) -> SearchStrategy[int]:
    low = 0 if value.low is None else int(value.low) + value.low_open
    return st.integers(low, low + 2**15 if value.high is None else int(value.high))


def _numbers(value: Value) -> SearchStrategy[float]:
    low, high = value.low or 0, 1 if value.high is None else value.high
    whole = range(int(low) + value.low_open, int(high) + 1)
    return st.sampled_from(whole) | st.floats(
        low, high, exclude_min=value.low_open, exclude_max=value.high_open
    )


def _strings(value: Value, where: tuple[str, str]) -> SearchStrategy[str]:
    return _STRINGS.get(where, TEXTS) if value.words is None else st.sampled_from(value.words)


def _objects(value: Value, scope: _Scope, where: tuple[str, str]) -> _Payloads:
    if value.tags:
        return _tagged(value, scope)
    if value.node is None:
        return _OBJECTS.get(where, JSON_OBJECTS)
    return _object(value.node, scope, {})


def _arrays(value: Value, scope: _Scope, where: tuple[str, str]) -> SearchStrategy[list[Any]]:
    """Lists, never empty: Mistral takes few of those, and they say nothing."""
    items = value.items
    assert items is not None, where
    if items.tag == "role":
        conversation = _conversation(items, scope)
        several = st.lists(conversation, min_size=1, max_size=2)
        return conversation | several if "array" in items.types else conversation
    # Media are the user's to send, and of a tool's or an assistant's Mistral's cards say nothing.
    if where in _SPOKEN:
        scope = replace(scope, without=scope.without | _SPOKEN[where])
    return st.lists(_value(items, scope, where), min_size=1, max_size=3)


_MEDIA: Final = frozenset({"image_url", "document_url", "file", "input_audio"})
_SPOKEN: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("message.user", "content"): frozenset({"thinking"}),
    ("message.assistant", "content"): _MEDIA,
    ("message.tool", "content"): _MEDIA | {"thinking"},
}


def _tagged(value: Value, scope: _Scope) -> _Payloads:
    """The members of a union, without the chunk types that the model does not take."""
    tag = value.tag
    assert tag is not None
    members = [(word, node) for word, node in _by_tag(value.tags) if word not in scope.without]
    drawn = [_object(node, scope, {tag: st.just(word)}) for word, node in members]
    if "" in value.tags:
        drawn.append(_object(value.tags[""], scope, {}))
    return st.one_of(*drawn)


def _object(node: Node, scope: _Scope, given: Mapping[str, SearchStrategy[Any]]) -> _Payloads:
    """One object: `given`, then what is required, and any of the rest."""
    special = _NODES.get(node.slot)
    return special(node, scope, given) if special else _plain(node, scope, given)


def _plain(
    node: Node,
    scope: _Scope,
    given: Mapping[str, SearchStrategy[Any]],
    without: Collection[str] = (),
) -> _Payloads:
    rest = {
        name: field
        for name, field in node.fields.items()
        if name not in given and name not in without
    }
    return st.fixed_dictionaries(
        {**given, **_fields(node, scope, (f for f in rest.values() if f.required))},
        optional=_fields(node, scope, (f for f in rest.values() if not f.required)),
    )


def _fields(node: Node, scope: _Scope, fields: Iterable[Field]) -> dict[str, SearchStrategy[Any]]:
    drawn = {field.name: _field(node, scope, field.name) for field in fields}
    return {name: strategy for name, strategy in drawn.items() if strategy is not None}


def _field(node: Node, scope: _Scope, name: str) -> SearchStrategy[Any] | None:
    """What one field may hold, with this model; ``None`` where it takes the field not at all."""
    where, value = (node.slot, name), node.fields[name].value
    narrowed = _BY_MODEL[where](value, scope.model) if where in _BY_MODEL else value
    if narrowed is None:
        return None
    types = narrowed.types & _ONLY.get(where, narrowed.types)
    return _value(replace(narrowed, types=types), scope, where)


def _content(node: Node, scope: _Scope) -> SearchStrategy[Any]:
    content = _field(node, scope, "content")
    assert content is not None
    return content


# -- what depends on the model -----------------------------------------------------------------


def _efforts(value: Value, model: str | None) -> Value | None:
    taken = catalog.reasoning_efforts(model)
    if taken is None:
        return value
    words = tuple(word for word in value.words or () if word in taken)
    return replace(value, words=words) if words else None


def _answers(value: Value, model: str | None) -> Value:
    return replace(value, high=1 if catalog.takes_n(model) is False else 3)


def _dimension(value: Value, model: str | None) -> Value | None:
    return replace(value, high=3072) if catalog.takes_output_dimension(model) else None


def _dtype(value: Value, model: str | None) -> Value | None:
    return value if catalog.takes_output_dimension(model) else None


def _predicted(value: Value, model: str | None) -> Value | None:
    return value if model is None or _able(model, "prediction") else None


_BY_MODEL: Final[Mapping[tuple[str, str], Callable[[Value, str | None], Value | None]]] = {
    ("request", "reasoning_effort"): _efforts,
    ("request", "n"): _answers,
    ("request", "prediction"): _predicted,
    ("request", "output_dimension"): _dimension,
    ("request", "output_dtype"): _dtype,
}
"""What the model leaves of a field's values; ``None`` where it takes the field not at all."""


# -- objects with a rule of their own ----------------------------------------------------------


def _response_format(
    node: Node, scope: _Scope, given: Mapping[str, SearchStrategy[Any]]
) -> _Payloads:
    """The schema stands there if, and only if, the type is the one that needs it."""
    words = node.fields["type"].value.words or ()
    if scope.model is not None and not _able(scope.model, "structured"):
        words = ("text",)
    plain = [word for word in words if word != "json_schema"]
    drawn: list[_Payloads] = [st.fixed_dictionaries({"type": st.sampled_from(plain)})]
    if "json_schema" in words:
        schema = node.fields["json_schema"].value
        required = replace(schema, types=frozenset({"object"}))
        where = (node.slot, "json_schema")
        drawn.append(
            st.fixed_dictionaries(
                {
                    "type": st.just("json_schema"),
                    "json_schema": _value(required, scope, where).map(_closed_if_strict),
                }
            )
        )
    return st.one_of(*drawn)


def _closed_if_strict(named: dict[str, Any]) -> dict[str, Any]:
    """A named schema; a strict one needs ``additionalProperties: false`` on every object."""
    return {**named, "schema": closed(named["schema"])} if named.get("strict") is True else named


def _assistant(node: Node, scope: _Scope, given: Mapping[str, SearchStrategy[Any]]) -> _Payloads:
    """A turn that says something, or calls something, or both."""
    said = _plain(
        node, scope, {**given, "content": _content(node, scope)}, without=("prefix", "tool_calls")
    )
    return said | _calling(node, scope, given)


def _calling(node: Node, scope: _Scope, given: Mapping[str, SearchStrategy[Any]]) -> _Payloads:
    """An assistant's turn with tool calls; its content may then be empty, or missing."""
    calls = node.fields["tool_calls"].value
    value = replace(calls, types=frozenset({"array"}))
    return st.builds(
        lambda turn, empty: {**turn, **empty},
        _plain(
            node,
            scope,
            {**given, "tool_calls": _value(value, scope, (node.slot, "tool_calls"))},
            without=("prefix", "content"),
        ),
        st.fixed_dictionaries({}, optional={"content": st.just("") | _content(node, scope)}),
    )


_NODES: Final[
    Mapping[str, Callable[[Node, _Scope, Mapping[str, SearchStrategy[Any]]], _Payloads]]
] = {
    "response_format": _response_format,
    "message.assistant": _assistant,
}


# -- conversations -----------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _conversation(
    items: Value, scope: _Scope, *, prefixed: bool = False
) -> SearchStrategy[list[_Json]]:
    """System messages, then turns: the user, rounds of calls with their results, an answer.

    The last turn has no answer, or one that is a prefix to go on from.
    """
    node = items.tags["assistant"]
    just: Mapping[str, SearchStrategy[Any]] = {"role": st.just("assistant")}
    said = _plain(
        node, scope, {**just, "content": _content(node, scope)}, without=("prefix", "tool_calls")
    )
    systems: SearchStrategy[list[_Json]] = st.just([])
    if "system" in items.tags:
        systems = st.lists(_role(items, scope, "system"), max_size=2)
    a_round = _round(_calling(node, scope, just), _role(items, scope, "tool"))
    turn = partial(st.builds, _turn, _role(items, scope, "user"))
    rounds, answers = st.lists(a_round, max_size=3), st.lists(said, max_size=1)
    between = turn(rounds, answers)
    if scope.date < USER_AFTER_TOOL:
        answered = st.lists(said, min_size=1, max_size=1)
        between = turn(st.just([]), answers) | turn(rounds, answered)
    # Drawn, and then left out, for a model without prefixes: else its examples would be the
    # shorter ones, and every failing example would shrink to such a model.
    prefix = answers.map(
        lambda found: [{**message, "prefix": True} for message in found if prefixed]
    )
    return st.builds(
        lambda before, turns, last: _with_own_ids([*before, *chain(*turns), *last]),
        systems,
        st.lists(between, max_size=2),
        turn(rounds, prefix),
    )


def _turn(user: _Json, rounds: list[list[_Json]], answer: list[_Json]) -> list[_Json]:
    return [user, *chain(*rounds), *answer]


def _round(calling: _Payloads, result: _Payloads) -> SearchStrategy[list[_Json]]:
    """Calls, in parallel, and a result for each in their order."""

    @st.composite
    def rounds(draw: DrawFn) -> list[_Json]:
        turn = draw(calling)
        return [turn, *(_answering(draw(result), call) for call in turn["tool_calls"])]

    return rounds()


@lru_cache(maxsize=256)
def _role(items: Value, scope: _Scope, role: str) -> _Payloads:
    return _object(items.tags[role], scope, {"role": st.just(role)})


def _answering(result: _Json, call: _Json) -> _Json:
    """The result as that of `call`; a name stays only if it is the call's."""
    named = {"name": call["function"]["name"]} if result.get("name") else {}
    return {**result, **named, "tool_call_id": call.get("id")}


def _with_own_ids(found: list[_Json]) -> list[_Json]:
    """Each call with an id that no other has, and its place as index; the results follow."""
    taken: set[str] = set()
    ahead: list[str] = []
    for message in found:
        for place, call in enumerate(message.get("tool_calls") or ()):
            given = call.get("id", "")
            call["id"] = given if given and given not in taken else new_id(given, taken)
            taken.add(call["id"])
            ahead.append(call["id"])
            if "index" in call:
                call["index"] = place
        if message["role"] == "tool" and ahead:
            message["tool_call_id"] = ahead.pop(0)
    return found


# -- requests ----------------------------------------------------------------------------------

# By endpoint: the capability that a model's card must name, and a model that is always taken.
_MODELS: Final[Mapping[str, tuple[str, str]]] = {
    _CHAT: ("chat", _ANY_MODEL),
    "/v1/fim/completions": ("fim", "codestral-latest"),
    "/v1/embeddings": ("embeddings", "mistral-embed"),
    "/v1/moderations": ("moderation", "mistral-moderation-latest"),
    "/v1/chat/moderations": ("moderation", "mistral-moderation-latest"),
    "/v1/classifications": ("classification", "ft:classifier:ministral-3b-latest:82f3f89c"),
    "/v1/chat/classifications": ("classification", "ft:classifier:ministral-3b-latest:82f3f89c"),
    "/v1/agents/completions": ("agents", _ANY_MODEL),
}


@lru_cache(maxsize=16)
def _model_ids(endpoint: str) -> tuple[str, ...]:
    """The ids and aliases of the models that serve the endpoint today, whatever the profile."""
    capability, always = _MODELS[endpoint]
    able = (model for model in catalog.models() if model.supports(capability))
    ids = dict.fromkeys(i for model in able for i in (*model.ids, *model.aliases))
    live = (i for i in ids if not catalog.is_refused(i, endpoint, KNOWN_ON)[0])
    return tuple({always: None, **dict.fromkeys(i for i in live if _able(i, capability))})


@lru_cache(maxsize=64)
def _request(node: Node, profile: Profile, endpoint: str) -> _Payloads:
    """One request: its model first, then what that takes."""
    if "model" not in node.fields:
        return _of_model(node, profile, None)
    models_ = st.sampled_from(_model_ids(endpoint))
    return models_.flatmap(lambda model: _of_model(node, profile, model))


@lru_cache(maxsize=512)
def _of_model(node: Node, profile: Profile, model: str | None) -> _Payloads:
    scope = _scope(model, profile)
    bare = _bare(node, scope)
    if "tools" not in node.fields:
        return bare.map(_settled)
    tool_lists = _tool_lists(node, replace(scope, model=None))
    able = catalog.takes_tools(model) is not False
    # Drawn and then left out for a model that takes none, as a prefix is.
    tool_lists = tool_lists.map(lambda drawn: drawn if able else {})
    return _with_tools(bare, tool_lists, node).map(_settled)


def _bare(node: Node, scope: _Scope) -> _Payloads:
    """The request without what depends on its tools."""
    given: dict[str, SearchStrategy[Any]] = {}
    if "model" in node.fields:
        given["model"] = st.just(scope.model)
    if "messages" in node.fields:
        # Models that take the same chunks share the strategy, which is long to build.
        alike = replace(scope, model=None)
        prefixed = _able(scope.model, "prefix")
        given["messages"] = _conversation(_items(node, "messages"), alike, prefixed=prefixed)
    return _plain(node, scope, given, without=_TOOL_FIELDS)


_TOOL_FIELDS: Final = ("tools", "tool_choice", "parallel_tool_calls")


@lru_cache(maxsize=64)
def _tool_lists(node: Node, scope: _Scope) -> _Payloads:
    items = _items(node, "tools")
    # Functions first, and for themselves: it is they that can be chosen by name.
    function = _object(items.tags["function"], scope, {"type": st.just("function")})
    several = (
        st.lists(tool, min_size=1, max_size=3, unique_by=_tool_name)
        for tool in (function, _tagged(items, scope))
    )
    return st.fixed_dictionaries({}, optional={"tools": st.one_of(*several)})


def _with_tools(bare: _Payloads, tool_lists: _Payloads, node: Node) -> _Payloads:
    """Tools, and what there may be beside them only."""
    words = node.fields["tool_choice"].value.words or ()
    parallel = {name: st.booleans() for name in ("parallel_tool_calls",) if name in node.fields}

    # Written inside, since a strategy shows its arguments when a test fails.
    @st.composite
    def with_tools(draw: DrawFn) -> _Json:
        payload = {**draw(bare), **draw(tool_lists)}
        if "tools" not in payload:
            return payload
        choice = st.sampled_from(_choices(payload, words))
        beside = st.fixed_dictionaries({}, optional={"tool_choice": choice, **parallel})
        return {**payload, **draw(beside)}

    return with_tools()


def _choices(payload: _Json, words: Sequence[str]) -> Sequence[Any]:
    # 400: a JSON answer with tools is only compatible with auto; none is taken as well.
    if payload.get("response_format", {}).get("type", "text") != "text":
        return ("auto", "none")
    names = [tool["function"]["name"] for tool in payload["tools"] if "function" in tool]
    return [*words, *({"type": "function", "function": {"name": name}} for name in names)]


def _tool_name(tool: _Json) -> str:
    name: str = tool["function"]["name"] if "function" in tool else f"/{tool['type']}"
    return name


def _settled(payload: _Json) -> _Json:
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


# -- st.from_type ------------------------------------------------------------------------------


def of_type(model: type[Model]) -> SearchStrategy[Model]:
    """What `st.from_type` draws: requests that Mistral accepts, other objects by the schema."""
    path = next((path for path, each in ENDPOINTS.items() if each is model), None)
    if path is not None:
        return payloads(endpoint=path).map(model.model_validate)
    drawn = _object(compile_node(model, LATEST), _scope(_ANY_MODEL, LATEST), {})
    return drawn.map(model.model_validate)
