"""Values, objects and conversations, drawn by the compiled table.

They are one module because they are one recursion: a value may be an object, an object's field a
conversation, and a conversation's message an object.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from itertools import chain, takewhile
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.profiles import Profile
from mistral_sanitize.rules._strict_schema import closed
from mistral_sanitize.rules.ids import new_id
from mistral_sanitize.schema.compile import compile_node
from mistral_sanitize.schema.node import Field, Node, Value
from mistral_sanitize.strategies.kinds import OBJECTS, ONLY, SPOKEN, STRINGS
from mistral_sanitize.strategies.leaves import JSON_OBJECTS, TEXTS
from mistral_sanitize.strategies.scope import CHAT, NARROWED, JSONObject, Payloads, Scope, able_to

__all__ = ["by_tag", "chat_node", "conversation", "items_of", "object_of", "plain_object",
           "tagged", "with_own_ids"]  # fmt: skip


def chat_node(profile: Profile) -> Node:
    return compile_node(ENDPOINTS[CHAT], profile)


def items_of(node: Node, name: str) -> Value:
    items = node.fields[name].value.items
    assert items is not None, name
    return items


def by_tag(tags: Mapping[str, Node]) -> Iterable[tuple[str, Node]]:
    """The members of a union by their tag, without the one for objects that have none."""
    return ((tag, node) for tag, node in tags.items() if tag)


# -- values ------------------------------------------------------------------------------------


def _value(value: Value, scope: Scope, where: tuple[str, str]) -> SearchStrategy[Any]:
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
    return STRINGS.get(where, TEXTS) if value.words is None else st.sampled_from(value.words)


def _objects(value: Value, scope: Scope, where: tuple[str, str]) -> Payloads:
    if value.tags:
        return tagged(value, scope)
    if value.node is None:
        return OBJECTS.get(where, JSON_OBJECTS)
    return object_of(value.node, scope, {})


def _arrays(value: Value, scope: Scope, where: tuple[str, str]) -> SearchStrategy[list[Any]]:
    """Lists, never empty: Mistral takes few of those, and they say nothing."""
    items = value.items
    assert items is not None, where
    if items.tag == "role":
        one = conversation(items, scope)
        several = st.lists(one, min_size=1, max_size=2)
        return one | several if "array" in items.types else one
    # Media are the user's to send, and of a tool's or an assistant's Mistral's cards say nothing.
    if where in SPOKEN:
        scope = replace(scope, without=scope.without | SPOKEN[where])
    lists = st.lists(_value(items, scope, where), min_size=1, max_size=3)
    return lists.map(_one_thought) if "thinking" in items.tags else lists


def _one_thought(parts: list[Any]) -> list[Any]:
    """The parts with one thought in front, which is all that Mistral accepts there (GLM, 2026-09).

    Elsewhere there may be as many as are drawn, in a row, too.
    """
    front = len(list(takewhile(_is_thought, parts)))
    return parts[front - 1 :] if front > 1 else parts


def _is_thought(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "thinking"


_NEVER_ACCEPTED: Final = frozenset({"web_search", "web_search_premium"})
"""What documents have and Mistral has refused whenever it was seen sent: ``builtin-tool``."""


def tagged(value: Value, scope: Scope) -> Payloads:
    """The members of a union, without the chunk types that the model does not take."""
    tag = value.tag
    assert tag is not None
    without = scope.without | _NEVER_ACCEPTED
    members = [(word, node) for word, node in by_tag(value.tags) if word not in without]
    drawn = [object_of(node, scope, {tag: st.just(word)}) for word, node in members]
    if "" in value.tags:
        drawn.append(object_of(value.tags[""], scope, {}))
    return st.one_of(*drawn)


def object_of(node: Node, scope: Scope, given: Mapping[str, SearchStrategy[Any]]) -> Payloads:
    """One object: `given`, then what is required, and any of the rest."""
    special = _NODES.get(node.slot)
    return special(node, scope, given) if special else plain_object(node, scope, given)


def plain_object(
    node: Node,
    scope: Scope,
    given: Mapping[str, SearchStrategy[Any]],
    without: Collection[str] = (),
) -> Payloads:
    rest = {
        name: field
        for name, field in node.fields.items()
        if name not in given and name not in without
    }
    return st.fixed_dictionaries(
        {**given, **_fields(node, scope, (f for f in rest.values() if f.required))},
        optional=_fields(node, scope, (f for f in rest.values() if not f.required)),
    )


def _fields(node: Node, scope: Scope, fields: Iterable[Field]) -> dict[str, SearchStrategy[Any]]:
    drawn = {field.name: _field(node, scope, field.name) for field in fields}
    return {name: strategy for name, strategy in drawn.items() if strategy is not None}


def _field(node: Node, scope: Scope, name: str) -> SearchStrategy[Any] | None:
    """What one field may hold, with this model; ``None`` where it takes the field not at all."""
    where, value = (node.slot, name), node.fields[name].value
    narrowed = NARROWED[where](value, scope.model) if where in NARROWED else value
    if narrowed is None:
        return None
    types = narrowed.types & ONLY.get(where, narrowed.types)
    return _value(replace(narrowed, types=types), scope, where)


def _content(node: Node, scope: Scope) -> SearchStrategy[Any]:
    content = _field(node, scope, "content")
    assert content is not None
    return content


# -- objects with a rule of their own ----------------------------------------------------------


def _response_format(
    node: Node, scope: Scope, given: Mapping[str, SearchStrategy[Any]]
) -> Payloads:
    """The schema stands there if, and only if, the type is the one that needs it."""
    words = node.fields["type"].value.words or ()
    if scope.model is not None and not able_to(scope.model, "structured"):
        words = ("text",)
    plain = [word for word in words if word != "json_schema"]
    drawn: list[Payloads] = [st.fixed_dictionaries({"type": st.sampled_from(plain)})]
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


def _assistant(node: Node, scope: Scope, given: Mapping[str, SearchStrategy[Any]]) -> Payloads:
    """A turn that says something, or calls something, or both."""
    said = plain_object(
        node, scope, {**given, "content": _content(node, scope)}, without=("prefix", "tool_calls")
    )
    return said | _calling(node, scope, given)


def _calling(node: Node, scope: Scope, given: Mapping[str, SearchStrategy[Any]]) -> Payloads:
    """An assistant's turn with tool calls; its content may then be empty, or missing."""
    calls = node.fields["tool_calls"].value
    value = replace(calls, types=frozenset({"array"}))
    return st.builds(
        lambda turn, empty: {**turn, **empty},
        plain_object(
            node,
            scope,
            {**given, "tool_calls": _value(value, scope, (node.slot, "tool_calls"))},
            without=("prefix", "content"),
        ),
        st.fixed_dictionaries({}, optional={"content": st.just("") | _content(node, scope)}),
    )


_NODES: Final[
    Mapping[str, Callable[[Node, Scope, Mapping[str, SearchStrategy[Any]]], Payloads]]
] = {
    "response_format": _response_format,
    "message.assistant": _assistant,
}


# -- conversations -----------------------------------------------------------------------------


@lru_cache(maxsize=256)
def conversation(
    items: Value, scope: Scope, *, prefixed: bool = False
) -> SearchStrategy[list[JSONObject]]:
    """System messages, then turns: the user, rounds of calls with their results, an answer.

    The last turn has no answer, or one that is a prefix to go on from.
    """
    node = items.tags["assistant"]
    just: Mapping[str, SearchStrategy[Any]] = {"role": st.just("assistant")}
    said = plain_object(
        node, scope, {**just, "content": _content(node, scope)}, without=("prefix", "tool_calls")
    )
    systems: SearchStrategy[list[JSONObject]] = st.just([])
    if "system" in items.tags:
        systems = st.lists(_role(items, scope, "system"), max_size=2)
    a_round = _round(_calling(node, scope, just), _role(items, scope, "tool"))
    turn = partial(st.builds, _turn, _role(items, scope, "user"))
    rounds, answers = st.lists(a_round, max_size=3), st.lists(said, max_size=1)
    between = turn(rounds, answers)
    if not scope.user_after_tool:
        answered = st.lists(said, min_size=1, max_size=1)
        between = turn(st.just([]), answers) | turn(rounds, answered)
    # Drawn, and then left out, for a model without prefixes: else its examples would be the
    # shorter ones, and every failing example would shrink to such a model.
    prefix = answers.map(
        lambda found: [{**message, "prefix": True} for message in found if prefixed]
    )
    return st.builds(
        lambda before, turns, last: with_own_ids([*before, *chain(*turns), *last]),
        systems,
        st.lists(between, max_size=2),
        turn(rounds, prefix),
    )


def _turn(
    user: JSONObject, rounds: list[list[JSONObject]], answer: list[JSONObject]
) -> list[JSONObject]:
    return [user, *chain(*rounds), *answer]


def _round(calling: Payloads, result: Payloads) -> SearchStrategy[list[JSONObject]]:
    """Calls, in parallel, and a result for each in their order."""

    @st.composite
    def rounds(draw: DrawFn) -> list[JSONObject]:
        turn = draw(calling)
        return [turn, *(_answering(draw(result), call) for call in turn["tool_calls"])]

    return rounds()


@lru_cache(maxsize=256)
def _role(items: Value, scope: Scope, role: str) -> Payloads:
    return object_of(items.tags[role], scope, {"role": st.just(role)})


def _answering(result: JSONObject, call: JSONObject) -> JSONObject:
    """The result as that of `call`; a name stays only if it is the call's."""
    named = {"name": call["function"]["name"]} if result.get("name") else {}
    return {**result, **named, "tool_call_id": call.get("id")}


def with_own_ids(found: list[JSONObject]) -> list[JSONObject]:
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
