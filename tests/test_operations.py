"""Speed, without a clock: how often the interpreter calls something, and what it allocates.

A call of the library's is what a message costs, in Python; a call of a built-in is a fraction of
that. Both are the same on every machine and nearly so under every Python, so a bound on them fails
where a benchmark would waver. The bounds are what was measured on CPython 3.11, a tenth more, and
a fixed part for what is outside of the messages. To lower one is progress, to raise one needs a
reason in the commit.

What C code does within one call is not counted: ``python -m tests.tools.benchmarks`` times that.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import Any, NamedTuple

import pytest

from mistral_sanitize import Sanitizer
from mistral_sanitize.cli.lines import Chunk, treat_chunk
from mistral_sanitize.cli.payloads import Form, Job, Treatment
from tests.laws import size
from tests.tools.benchmarks.payloads import (
    ADVERSARIAL,
    CHAT,
    EMBEDDINGS,
    adversary,
    agent,
    body_of,
    chat,
    embeddings,
    image,
    mcp,
    parts,
    tools,
)
from tests.tools.benchmarks.sessions import coding, small

FIXED = 100
"""Calls, of either kind, that a request may cost beside its messages."""


class Calls(NamedTuple):
    """How often something was called."""

    python: int
    builtin: int


def counted(
    payload: dict[str, Any], endpoint: str = CHAT, *, first: bool = False
) -> tuple[Calls, Any]:
    """The calls that one `sanitize` makes, and its result. What is built once has been built.

    What a `Sanitizer` remembers of the payload it remembers, unless it meets it for the `first`
    time.
    """
    sanitize = Sanitizer(endpoint=endpoint).sanitize
    sanitize(payload)
    if first:
        sanitize = Sanitizer(endpoint=endpoint).sanitize
    return calls_of(partial(sanitize, payload))


def calls_of(work: Callable[[], Any]) -> tuple[Calls, Any]:
    """The calls that some work makes, and its result."""
    counts = dict.fromkeys(("call", "c_call"), 0)

    def on_event(frame: FrameType, event: str, arg: object) -> None:
        if event in counts:
            counts[event] += 1

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        result = work()
    finally:
        sys.setprofile(before)
    return Calls(counts["call"], counts["c_call"]), result


def allocated(payload: dict[str, Any]) -> int:
    """The most bytes that one `sanitize` holds at a time, its result included."""
    sanitize = Sanitizer().sanitize
    sanitize(payload)
    peaks = []
    for _ in range(3):  # the least: other threads allocate too
        tracemalloc.start()
        try:
            result = sanitize(payload)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        del result
    return min(peaks)


def fresh(payload: dict[str, Any]) -> dict[str, Any]:
    """As a server has it: parsed."""
    parsed: dict[str, Any] = json.loads(body_of(payload))
    return parsed


class Bound(NamedTuple):
    """What one message, or one tool, may cost."""

    make: Callable[[int], dict[str, Any]]
    python: float
    builtin: float
    clean: bool


BOUNDS = {
    "plain, clean": Bound(chat, 0.1, 1, True),
    "plain, dirty": Bound(lambda n: chat(n, dirty=True), 2.8, 11.8, False),
    "agent, clean": Bound(agent, 0.7, 12, True),
    "agent, OpenAI's ids": Bound(lambda n: agent(n, openai_ids=True), 4.8, 23.5, False),
    "agent, ids and keys": Bound(
        lambda n: agent(n, openai_ids=True, dirty=True), 13.3, 42, False
    ),
    "text and images, clean": Bound(parts, 1.1, 8.5, True),
    "text and images, dirty": Bound(lambda n: parts(n, dirty=True), 4, 19.5, False),
}  # fmt: skip


@pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS)
def test_calls_of_a_message(bound: Bound) -> None:
    """So many calls for each of 200 messages and no more; a clean request comes back itself."""
    payload = fresh(bound.make(200))
    calls, result = counted(payload)
    count = len(payload["messages"])
    assert calls.python <= bound.python * count + FIXED
    assert calls.builtin <= bound.builtin * count + FIXED
    assert (result is payload) is bound.clean


class ToolBound(NamedTuple):
    """What one tool may cost, met for the first time, and ever after."""

    make: Callable[[int], list[Any]]
    python: float
    builtin: float
    again: float


TOOLS = {
    "deep schemas": ToolBound(tools, 112, 200, 2.2),
    "schemas of MCP's servers": ToolBound(mcp, 25, 60, 2.2),
}


@pytest.mark.parametrize("bound", TOOLS.values(), ids=TOOLS)
@pytest.mark.parametrize("odd", [False, True], ids=["plain", "one to be repaired"])
def test_calls_of_a_tool(bound: ToolBound, odd: bool) -> None:
    """Some calls for each schema of a tool, but once: seen again, none of them, also where another
    tool has to be repaired."""
    few, many = (fresh({**chat(2), "tools": bound.make(count)}) for count in (10, 40))
    for payload in (few, many) if odd else ():
        payload["tools"][0]["function"]["parameters"]["type"] = "Object"
    for first in (True, False):
        (base, _), (calls, result) = counted(few, first=first), counted(many, first=first)
        assert (result is many) is not odd
        assert (calls.python - base.python) / 30 <= (bound.python if first else bound.again)
        assert (calls.builtin - base.builtin) / 30 <= (bound.builtin if first else bound.again)


def thoughts(messages: int, *, dirty: bool = False) -> dict[str, Any]:
    """A conversation in which each assistant's message has a thought: as a part, or beside."""
    payload = {**chat(messages), "model": "mistral-medium-latest"}
    for message in payload["messages"]:
        if message["role"] == "assistant" and dirty:
            message.update(reasoning_content="Let me see.", refusal=None)
        elif message["role"] == "assistant":
            thought = {"type": "thinking", "thinking": [{"type": "text", "text": "Let me see."}]}
            message["content"] = [thought, {"type": "text", "text": message["content"]}]
    return payload


def session(hundreds: int, *, dirty: bool = False) -> dict[str, Any]:
    """A coding agent's session, of about four messages for each 2 kB."""
    return coding(hundreds * 4_000, dirty=dirty)


LONGER = {
    "thoughts, clean": Bound(thoughts, 2.2, 9, True),
    "thoughts, dirty": Bound(lambda n: thoughts(n, dirty=True), 18.2, 31.5, False),
    "coding session, clean": Bound(session, 0.4, 14.4, True),
    "coding session, dirty": Bound(lambda n: session(n, dirty=True), 20, 49, False),
}


@pytest.mark.parametrize("bound", LONGER.values(), ids=LONGER)
def test_calls_of_a_longer_conversation(bound: Bound) -> None:
    """What each message more costs where there are thoughts and calls; the tools are the same."""
    few, many = fresh(bound.make(100)), fresh(bound.make(300))
    more = len(many["messages"]) - len(few["messages"])
    (base, _), (calls, result) = counted(few), counted(many)
    assert (calls.python - base.python) / more <= bound.python
    assert (calls.builtin - base.builtin) / more <= bound.builtin
    assert (result is many) is bound.clean


SINGLE = {
    "an image of 1 MB": (image(1_000_000), CHAT),
    "1,000 embeddings": (embeddings(1_000), EMBEDDINGS),
    "1,000 embeddings, dirty": (embeddings(1_000, dirty=True), EMBEDDINGS),
}


@pytest.mark.parametrize(("payload", "endpoint"), SINGLE.values(), ids=SINGLE)
def test_calls_of_what_needs_no_look(payload: dict[str, Any], endpoint: str) -> None:
    """Neither the length of a text nor that of a list of texts costs a call."""
    payload = fresh(payload)
    calls, result = counted(payload, endpoint)
    assert result is payload or "user" in payload
    assert max(calls) <= FIXED


class LineBound(NamedTuple):
    """What a line of the command may cost beyond `sanitize_json` of it."""

    form: Form | None
    dirty: bool
    python: float
    builtin: float


LINES = {
    "clean": LineBound(None, False, 2, 4.3),
    "dirty": LineBound(None, True, 1, 5.4),
    "clean, summary": LineBound("text", False, 7.6, 5.4),
    "dirty, summary": LineBound("text", True, 32, 45),
}


@pytest.mark.parametrize("bound", LINES.values(), ids=LINES)
def test_calls_of_a_line(bound: LineBound) -> None:
    """The batch engine adds a few calls to those of `sanitize_json`. What a summary says is
    collected for a summary alone.
    """
    line = body_of(small(dirty=bound.dirty))
    sanitizer = Sanitizer()
    treatment = Treatment(Job(sanitizer, form=bound.form))
    few, many = (Chunk("f", 0, 1, [line + b"\n"] * count) for count in (101, 301))
    treat_chunk(treatment, few)
    (base, _), (calls, outcome) = (
        calls_of(partial(treat_chunk, treatment, chunk)) for chunk in (few, many)
    )
    alone, cleaned = calls_of(partial(sanitizer.sanitize_json, line))
    assert outcome.out == (cleaned + b"\n") * 301
    assert (calls.python - base.python) / 200 - alone.python <= bound.python
    assert (calls.builtin - base.builtin) / 200 - alone.builtin <= bound.builtin


# -- allocations --------------------------------------------------------------------------------

NOTHING = 8_000
"""Bytes that a clean request may cost, however long it is: iterators, a look's results."""


@pytest.mark.parametrize("make", [chat, parts], ids=["plain", "text and images"])
@pytest.mark.parametrize("count", [200, 2_000, 20_000])
def test_clean_messages_allocate_nothing(make: Callable[[int], Any], count: int) -> None:
    """Not one container stays for a clean message: 20,000 cost what 200 do."""
    assert allocated(fresh(make(count))) <= NOTHING


@pytest.mark.parametrize("count", [200, 2_000, 20_000])
def test_clean_calls_allocate_their_ids(count: int) -> None:
    """What an agent's history costs is the set of its ids, which is how two alike are found."""
    payload = fresh(agent(count))
    ids = {call["id"] for m in payload["messages"] for call in m.get("tool_calls", ())}
    assert allocated(payload) <= sys.getsizeof(ids) * 1.7 + NOTHING  # a set that grows is twice


@pytest.mark.parametrize("size", [1_000, 1_000_000])
def test_images_are_not_copied(size: int) -> None:
    """Nothing is allocated for the bytes of an image, be it in a clean request or a dirty one."""
    for dirty in (False, True):
        assert allocated(fresh(image(size, dirty=dirty))) <= NOTHING


# -- growth -------------------------------------------------------------------------------------


def _growing() -> Iterator[tuple[str, Callable[[int], dict[str, Any]]]]:
    for name, bound in BOUNDS.items():
        yield name, bound.make
    for name in ADVERSARIAL:
        yield name, lambda count, name=name: adversary(name, count)


GROWING = dict(_growing())


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING)
def test_calls_grow_with_the_messages(make: Callable[[int], dict[str, Any]]) -> None:
    """From 200 to 1,000 to 5,000 messages (in a short run, from fewer to fewer) each further one
    costs the same, within 2 %.

    The hostile ones are of the kinds for which the obvious algorithm is quadratic: results in the
    wrong order, ids twice, results without calls.
    """
    few, some, many = size(200), size(1_000), size(5_000)
    small, middle, large = (counted(fresh(make(count)))[0] for count in (few, some, many))
    for kind in ("python", "builtin"):
        a, b, c = (getattr(calls, kind) for calls in (small, middle, large))
        assert (c - b) / (many - some) <= (b - a) / (some - few) * 1.02 + 0.01


def test_tools_grow_with_their_number() -> None:
    """The same for tools."""
    counts = [counted(fresh({**chat(2), "tools": tools(n)}))[0].python for n in (10, 100, 1_000)]
    assert (counts[2] - counts[1]) / 900 <= (counts[1] - counts[0]) / 90 * 1.02
