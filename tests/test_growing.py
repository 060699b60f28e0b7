"""The growing conversation: what was sent of it is sent again, so that prompt caches hold.

An agent sends its history again with each turn. For every history and every cut at a turn's end the
sanitized messages of the part are the first of the sanitized whole, to the letter and to the order
of keys. There are exceptions, all of which need what comes later; each is a predicate here that
speaks of the messages as the client wrote them, and has an example in which it really applies.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mistral_sanitize import Sanitizer, profiles, strategies
from mistral_sanitize.rules.ids import new_id
from tests.laws import law
from tests.payloads import IDS, NAMES, conversations, numbered
from tests.rules.words import PNG, call, calls, image, result, said, system, text, user
from tests.test_hosts import HISTORIES

Messages = list[Any]

PROFILES: Final = (*profiles.ALL, *profiles.HOSTS)
TOOLS: Final = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in NAMES
]
CHOICES: Final = ("merge-neighbours", "merge-system", "split-content-calls", "user-after-tool",
                  "drop-unanswered-call", "empty-assistant-placeholder")  # fmt: skip


# -- what a history says of itself ---------------------------------------------------------------


def parts(m: Any) -> list[Any]:
    """The parts of a message's content that are objects."""
    content = m.get("content") if isinstance(m, dict) else None
    return [p for p in (content if isinstance(content, (list, tuple)) else [content])
            if isinstance(p, dict)]  # fmt: skip


def usable(id_: Any) -> str:
    """An id as text; empty for one that says nothing."""
    told = isinstance(id_, str) or (isinstance(id_, int) and not isinstance(id_, bool))
    return "" if not told or id_ == "null" else str(id_)


def ids_called(m: Any) -> list[str]:
    """The ids of a message's calls, in OpenAI's shape, that of old, and Anthropic's."""
    if not isinstance(m, dict):
        return []
    given_ = m.get("tool_calls")
    listed = given_ if isinstance(given_, (list, tuple)) else ()
    found = [usable(c.get("id", c.get("call_id"))) for c in listed if isinstance(c, dict)]
    found += [""] if isinstance(m.get("function_call"), dict) else []
    return found + [usable(p.get("id")) for p in parts(m) if p.get("type") == "tool_use"]


def ids_answered(m: Any) -> list[str]:
    """The ids of the results that a message is, or holds."""
    if not isinstance(m, dict):
        return []
    own = m.get("role") in ("tool", "function")
    found = [usable(m.get("tool_call_id"))] if own else []
    return found + [usable(p.get("tool_use_id")) for p in parts(m)
                    if p.get("type") == "tool_result"]  # fmt: skip


def unmet(messages: Messages) -> tuple[Counter[str], Counter[str]]:
    """The ids of calls without a result behind them, and of results without a call before them.

    By their ids alone: of results that have none, or another, nobody but `sanitize` says whose.
    """
    calls_, results = Counter[str](), Counter[str]()
    for m in messages:
        calls_.update(ids_called(m))
        for id_ in ids_answered(m):
            if id_ and calls_[id_]:
                calls_[id_] -= 1
            else:
                results[id_] += 1
    return +calls_, results


def is_result(m: Any) -> bool:
    """Whether a message is a result, or nothing but results."""
    said_ = parts(m)
    alone = bool(said_) and len(said_) == len(m["content"]) if isinstance(m, dict) else False
    return isinstance(m, dict) and (
        m.get("role") in ("tool", "function")
        or (alone and all(p.get("type") == "tool_result" for p in said_))
    )


def is_turns_end(messages: Messages, cut: int) -> bool:
    """Whether a client asks here: a user has spoken, or the calls just made have their results."""
    behind = messages[:cut]
    while behind and is_result(behind[-1]):
        behind.pop()
    if not behind or not isinstance(behind[-1], dict):
        return False
    if len(behind) == cut:
        return bool(behind[-1].get("role") == "user")
    return bool(ids_called(behind[-1]))


def marks(value: Any) -> Iterator[str]:
    """Every id and every name in a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("id", "call_id", "tool_call_id", "tool_use_id", "name"):
                yield from (inner,) if isinstance(inner, str) else ()
            yield from marks(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from marks(inner)


# -- the exceptions ------------------------------------------------------------------------------


def answers_late(messages: Messages, cut: int) -> bool:
    """A result arrives after a later turn, or before its call.

    The call was sent with a result that says so, or the result as the user's words; when the other
    half is there they stand together.
    """
    waiting, orphans = unmet(messages[:cut])
    _, more = unmet(messages[cut:])
    if waiting and more:
        return True
    return any(id_ in orphans for m in messages[cut:] for id_ in ids_called(m) if id_)


def takes_what_was_new(part: Messages, messages: Messages, cut: int) -> bool:
    """A later call has for its own the very id, or name, that was made for an earlier one.

    Of ids one in 10^16 does; of names a function that `tools` does not declare may.
    """
    made = {*marks(part)} - {*marks(messages[:cut])}
    return not made.isdisjoint(marks(messages[cut:]))


def instructs_late(messages: Messages, cut: int, rules: frozenset[str]) -> bool:
    """A system message comes later, where all of them are one at the front."""
    if rules.isdisjoint(("merge-system", "system-first")):
        return False
    roles = [m.get("role") for m in messages[cut:] if isinstance(m, dict)]
    return any(isinstance(r, str) and r.lower() in ("system", "developer") for r in roles)


def is_longer(before: Any, after: Any) -> bool:
    """Whether the content of a message goes on in another, which is the same but for that."""
    one, other = before["content"], after["content"]
    if {**before, "content": 0} != {**after, "content": 0}:
        return False
    if one == [] and isinstance(other, str):  # of no parts, which say what an empty text does
        one = ""
    if isinstance(one, str) and isinstance(other, list):  # the text is that of the first part now
        other = other[0].get("text") if one and other else ""
    if type(one) is not type(other):
        return False
    return bool(other.startswith(one) if isinstance(one, str) else other[: len(one)] == one)


def is_prefix(part: Messages, whole: Messages, rules: frozenset[str]) -> bool:
    """Whether the part is the whole's first messages.

    Where neighbours are one, a user's next words follow in the last of them, at its end.
    """
    if json.dumps(part) == json.dumps(whole[: len(part)]):
        return True
    if "merge-neighbours" not in rules or len(whole) < len(part):
        return False
    *head, last = part
    longer = is_longer(last, whole[len(head)])
    return json.dumps(head) == json.dumps(whole[: len(head)]) and longer


# -- the law -------------------------------------------------------------------------------------


def sent(sanitizer: Sanitizer, messages: Messages, **fields: Any) -> Messages:
    """What is sent of the messages."""
    payload = {"model": "mistral-small-latest", "messages": messages, **fields}
    found: Messages = sanitizer.sanitize(payload)["messages"]
    return found


def excepted(messages: Messages, cut: int, part: Messages, rules: frozenset[str]) -> bool:
    return (
        answers_late(messages, cut)
        or takes_what_was_new(part, messages, cut)
        or instructs_late(messages, cut, rules)
    )


@st.composite
def sanitizers(draw: Any) -> Sanitizer:
    """Every profile, and the rules of the order that are off by default."""
    chosen = draw(st.sets(st.sampled_from(CHOICES), max_size=2))
    return Sanitizer(profile=draw(st.sampled_from(PROFILES)), enable=chosen)


DIRTY: Final = conversations() | conversations(odd=False)
OPENAI: Final = strategies.openai_payloads().map(lambda payload: payload["messages"])


@law
@given(DIRTY, sanitizers(), st.data())
def test_a_part_is_sent_as_the_whole_begins(
    drawn: Messages, sanitizer: Sanitizer, data: Any
) -> None:
    """Whatever the history, the ids, the order and the host, but for the exceptions."""
    messages = [user(), *numbered(drawn)]
    ends = [cut for cut in range(1, len(messages)) if is_turns_end(messages, cut)]
    assume(ends)
    _holds(sanitizer, messages, data.draw(st.sampled_from(ends)), tools=TOOLS)


@law
@given(OPENAI, sanitizers())
@example(HISTORIES["parallel calls"], Sanitizer())
def test_a_client_of_openais_is_sent_as_it_began(messages: Messages, sanitizer: Sanitizer) -> None:
    """Agents' histories, Anthropic's parts among them: at every turn's end."""
    for cut in range(1, len(messages)):
        if is_turns_end(messages, cut):
            _holds(sanitizer, messages, cut)


@pytest.mark.parametrize("profile", PROFILES, ids=str)
def test_what_agents_send(profile: profiles.Profile) -> None:
    """The histories of the table, under every profile, with and without what they began with."""
    sanitizer = Sanitizer(profile=profile)
    held = 0
    for history in HISTORIES.values():
        for cut in range(1, len(history)):
            if is_turns_end(history, cut):
                held += _holds(sanitizer, history, cut)
    assert held > 30


def _holds(sanitizer: Sanitizer, messages: Messages, cut: int, **fields: Any) -> bool:
    """Asserts the law of one cut; false where it is excepted."""
    part = sent(sanitizer, messages[:cut], **fields)
    if excepted(messages, cut, part, sanitizer.rules):
        return False
    whole = sent(sanitizer, messages, **fields)
    told = f"{sanitizer}, cut at {cut}\n{messages}\n{part}\n{whole}"
    assert is_prefix(part, whole, sanitizer.rules), told
    return True


# -- the exceptions are real ---------------------------------------------------------------------


class Exceptional(NamedTuple):
    """A history whose part is sent otherwise than its whole, and what excepts it."""

    messages: Messages
    cut: int
    why: Callable[..., bool]
    profile: str = "2026-08-13"


ASKED: Final = [user(), calls(call("call_1"))]
EXCEPTIONS: Final[dict[str, Exceptional]] = {
    "a result after a later turn": Exceptional(
        [*ASKED, user("Are you there?"), result("call_1"), said("Yes.")], 3, answers_late),
    "one of two results after a later turn": Exceptional(
        [user(), calls(call("call_1"), call("call_2")), result("call_1"), user("And?"),
         result("call_2"), said("Yes.")], 4, answers_late),
    "a result of no known id after a later turn": Exceptional(
        [*ASKED, user("Are you there?"), result("other"), said("Yes.")], 3, answers_late),
    "a result of Anthropic's after a later turn": Exceptional(
        [user(), said([{"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}]),
         user("Are you there?"),
         user([{"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}])],
        3, answers_late),
    "a result before its call": Exceptional(
        [user(), result("call_1"), user("So?"), calls(call("call_1")), said("Yes.")],
        3, answers_late),
    "an id that a later call has": Exceptional(
        [*ASKED, result("call_1"), user(), calls(call(new_id("call_1", ()))),
         result(new_id("call_1", ()))], 4, takes_what_was_new),
    "a name that a later function has": Exceptional(
        [user(), calls(call("abcdefghi", name="a.b")), result("abcdefghi"), user(),
         calls(call("abcdefghj", name="a_b")), result("abcdefghj")], 4, takes_what_was_new),
    "a system message for a template": Exceptional(
        [system(), user(), said("a"), user(), system("Note."), said("b")], 4, instructs_late,
        "chat-template"),
    "the first system message for a template": Exceptional(
        [user(), said("a"), user(), system("Note."), said("b")], 3, instructs_late, "openrouter"),
}  # fmt: skip


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_exceptions(name: str) -> None:
    """Each is one: the predicate says so, no other does, and the part is no prefix of the whole."""
    row = EXCEPTIONS[name]
    sanitizer = Sanitizer(profile=row.profile)
    part, whole = sent(sanitizer, row.messages[: row.cut]), sent(sanitizer, row.messages)
    found = [
        *([answers_late] if answers_late(row.messages, row.cut) else []),
        *([takes_what_was_new] if takes_what_was_new(part, row.messages, row.cut) else []),
        *([instructs_late] if instructs_late(row.messages, row.cut, sanitizer.rules) else []),
    ]
    assert is_turns_end(row.messages, row.cut)
    assert found == [row.why]
    assert not is_prefix(part, whole, sanitizer.rules)


def test_up_to_the_call_that_waited_nothing_changes() -> None:
    """A late result costs the cache from its call on, and not before."""
    before = [user("a"), calls(call("call_0")), result("call_0"), said("b"), user("c")]
    row = [*before, calls(call("call_1")), user("d"), result("call_1"), said("e"), user("f")]
    part, whole = sent(Sanitizer(), row[:7]), sent(Sanitizer(), row)
    at = len(before) + 1
    assert part[:at] == whole[:at]
    assert part[at]["content"] != whole[at]["content"] == row[7]["content"]


def test_a_declared_name_is_no_exception() -> None:
    """Where `tools` declares the functions, as it does, an earlier name stays what it was."""
    row = EXCEPTIONS["a name that a later function has"]
    tools = [
        {"type": "function", "function": {"name": n, "parameters": {}}} for n in ("a.b", "a_b")
    ]
    assert _holds(Sanitizer(), row.messages, row.cut, tools=tools)


@pytest.mark.parametrize("profile", ["openrouter", "chat-template", "vllm"])
@pytest.mark.parametrize(
    "more", [user("b"), user([text("b")]), user([text("b"), image(PNG)]), result("no_such", "b")]
)
def test_a_users_next_words_follow_the_last(profile: str, more: Any) -> None:
    """Where neighbours are one message, it is the same but for its end."""
    sanitizer = Sanitizer(profile=profile)
    part, whole = sent(sanitizer, [user("a")]), sent(sanitizer, [user("a"), more])
    assert part != whole
    assert len(whole) == 1
    assert is_prefix(part, whole, sanitizer.rules)
    assert not is_prefix(whole, part, sanitizer.rules)


def test_the_law_is_no_rubber_stamp() -> None:
    """Another word, another order of keys, and a message less are seen."""
    part = [user("a"), said("b"), user("c")]
    rules = Sanitizer(profile="vllm").rules
    for whole in ([user("a"), said("B"), user("c"), said("d")],
                  [{"content": "a", "role": "user"}, *part[1:]], part[:2],
                  [user("a"), said("b"), user("d c")]):  # fmt: skip
        assert not is_prefix(part, whole, rules)
        assert not is_prefix(part, whole, Sanitizer().rules)
    assert is_prefix([user("a")], [user([text("a\n\nb"), text("c")])], rules)
    assert not is_prefix([user("a")], [user([text("b"), text("a")])], rules)
    assert not is_prefix([user("a")], [user([image(PNG)])], rules)
    assert {*IDS} >= {"call_1", "toolu_01ABC", ""}, "ids of many clients are drawn"
