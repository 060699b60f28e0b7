"""Thoughts of earlier turns: one chunk in front, each said once, and only conversations lose any.

Over every key and shape in which clients send them back, with the pieces of a stream among them.
"""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_sanitize import Sanitizer, check, explain, sanitize
from tests.laws import law
from tests.rules.words import text, thinking, user

REASONS = "magistral-medium-latest"
KEYS = ("reasoning_content", "reasoning", "reasoning_details", "thinking_blocks", "thinking")
RULES = frozenset(
    ("thinking-model", "empty-thinking", "redacted-thinking", "one-thinking-chunk", "reasoning")
)


def asked(said: dict[str, Any], model: str = REASONS) -> dict[str, Any]:
    """A request in which the assistant said something between two turns of the user's."""
    return {"model": model, "messages": [user(), {"role": "assistant", **said}, user("So?")]}


# Pieces of thoughts: each its own, so that it can be counted where it comes out.
PIECES = st.lists(st.integers(10, 99).map("p{}q".format), min_size=1, max_size=4, unique=True)


@st.composite
def shapes(draw: Any, pieces: list[str], *, key: str) -> Any:
    """The same pieces, as a client may send them under a key, or among the content."""
    join = draw(st.sampled_from(("", "\n", "\n\n")))
    kind = {"reasoning_details": "reasoning.text"}.get(key, "thinking")
    inner = "text" if key == "reasoning_details" else "thinking"
    if draw(st.booleans()):
        return [{"type": kind, inner: piece} for piece in pieces]
    whole = join.join(pieces)
    return whole if key != "reasoning_details" else [{"type": kind, "text": whole}]


@st.composite
def told(draw: Any) -> tuple[dict[str, Any], list[str]]:
    """A message of the assistant's in which the same thoughts stand in one to four places."""
    pieces = draw(PIECES)
    said: dict[str, Any] = {"content": "Yes."}
    for key in draw(st.lists(st.sampled_from(KEYS), max_size=3, unique=True)):
        said[key] = draw(shapes(pieces, key=key))
    if not said.keys() - {"content"} or draw(st.booleans()):
        chunks: list[Any] = [thinking(piece) for piece in pieces]
        if draw(st.booleans()):
            chunks = [{"type": "thinking", "thinking": "".join(pieces)}]
        for _ in range(draw(st.integers(0, 2))):
            chunks.insert(draw(st.integers(0, len(chunks))), text(""))
        if draw(st.booleans()):
            chunks.insert(1, {"type": "thinking", "thinking": "", "signature": "s"})
        said["content"] = [*chunks, text("Yes.")]
    return said, pieces


def front_of(content: Any) -> list[Any]:
    """The thinking chunks at the front of a content, with nothing said between them."""
    found = []
    for part in content if isinstance(content, list) else ():
        if part["type"] == "thinking":
            found.append(part)
        elif part != text(""):
            break
    return found


@law
@given(told())
@example(({"content": [thinking("p1q"), text("c")], "reasoning_content": "p1q"}, ["p1q"]))
@example(
    (
        {"content": "c", "reasoning_content": "p1qp2q",
         "thinking_blocks": [{"thinking": "p1q"}, {"thinking": "p2q"}]},
        ["p1q", "p2q"],
    )
)  # fmt: skip
@example(
    (
        {"content": [thinking("p1q"), text("c")],
         "thinking_blocks": [{"thinking": "p1q"}, {"thinking": "p2q"}]},
        ["p1q", "p2q"],
    )
)  # fmt: skip
def test_said_once_is_said_once(drawn: tuple[dict[str, Any], list[str]]) -> None:
    """One chunk comes out in front, in which each piece is once and in its place."""
    said, pieces = drawn

    report = explain(asked(said))
    content = report.payload["messages"][1]["content"]

    assert len(front_of(content)) == 1
    written = "".join(t["text"] for part in front_of(content) for t in part["thinking"])
    assert [written.count(piece) for piece in pieces] == [1] * len(pieces)
    assert sorted(pieces, key=written.index) == pieces
    assert json.dumps(content).count("thinking") == 2  # its type, its key
    assert check(report.payload) == ()
    assert sanitize(report.payload) is report.payload


def test_different_thoughts_are_all_kept() -> None:
    """What is said in one key alone is in the one chunk with what the others say."""
    said = {"content": [thinking("a"), text("c")], "reasoning": "b", "reasoning_content": "d"}

    (chunk, rest) = sanitize(asked(said))["messages"][1]["content"]

    assert sorted(each["text"] for each in chunk["thinking"]) == ["a", "b", "d"]
    assert rest == text("c")


@pytest.mark.parametrize(
    ("said", "blocks", "expected"),
    [
        (["a"], ["a", "b"], ["a", "b"]),
        (["a", "b"], ["b"], ["a", "b"]),
        (["ab"], ["a", "b", "c"], ["ab", "c"]),
        (["b"], ["a", "b"], ["a", "b"]),
        (["bc"], ["a", "b", "c"], ["a", "bc"]),
        (["a", "x"], ["a", "y"], ["y", "a", "x"]),
        (["b"], ["ab", "c"], ["ab", "c", "b"]),
        (["abc"], ["ab", "cd"], ["ab", "cd", "abc"]),
        (["a", "a"], ["a", "a"], ["a", "a"]),
        (["a"], ["a", "a"], ["a", "a"]),
        (["a\nb"], ["a", "b"], ["a\nb"]),
    ],
    ids=str,
)
def test_thoughts_that_are_said_in_part(
    said: list[str], blocks: list[str], expected: list[str]
) -> None:
    """What the content says already is not said twice, and what it does not say is kept."""
    thoughts = [{"type": "thinking", "thinking": block} for block in blocks]
    payload = asked({"content": [thinking(*said), text("c")], "thinking_blocks": thoughts})

    report = explain(payload)

    assert report.payload["messages"][1]["content"] == [thinking(*expected), text("c")]
    assert not report.lossy
    assert sanitize(report.payload) is report.payload


def test_thoughts_between_calls() -> None:
    """Anthropic's thoughts between calls are one chunk before the calls that they led to."""
    parts: list[Any] = []
    for at in ("1", "2"):
        parts.append({"type": "thinking", "thinking": f"h{at}", "signature": f"s{at}"})
        parts.append({"type": "tool_use", "id": f"toolu_{at}", "name": "f", "input": {}})

    report = explain(asked({"content": parts}))
    message = report.payload["messages"][1]

    assert message["content"] == [thinking("h1", "h2")]
    assert len(message["tool_calls"]) == 2
    assert [change.rule for change in report.lossy] == ["one-thinking-chunk"]  # two signatures


@pytest.mark.parametrize(
    ("more", "expected", "lossy"),
    [
        (({}, {}), {}, False),
        (({"signature": "s"}, {}), {"signature": "s"}, False),
        (({}, {"signature": "s"}), {"signature": "s"}, False),
        (({"signature": "s"}, {"signature": "s"}), {"signature": "s"}, False),
        (({"signature": "s"}, {"signature": "t"}), {}, True),
        (({}, {"closed": False}), {"closed": False}, False),
        (({"closed": True}, {"closed": False}), {"closed": False}, False),
        (({"closed": False}, {}), {}, True),
        (({"closed": False}, {"closed": True}), {"closed": True}, True),
        (({"closed": True}, {}), {}, False),
    ],
    ids=str,
)
def test_what_is_beside_the_thoughts(more: Any, expected: Any, lossy: bool) -> None:
    """The only signature stays, and whether the last is closed; what cannot stay is lossy."""
    first, second = more

    report = explain(asked({"content": [thinking("a", **first), thinking("b", **second)]}))

    assert report.payload["messages"][1]["content"] == [thinking("a", "b", **expected)]
    assert bool(report.lossy) == lossy


@pytest.mark.parametrize(
    "content",
    [
        [thinking("a"), text("c")],
        [thinking("a", "b"), text("c")],
        [thinking("a"), text("c"), thinking("b")],
        [text("c"), thinking("a"), thinking("b")],
        [
            {"type": "thinking", "thinking": [{"type": "reference", "reference_ids": [1]}]},
            text("c"),
        ],
        [text(" "), thinking("a"), text("c")],
    ],
    ids=str,
)
def test_one_chunk_in_front_is_left_alone(content: Any) -> None:
    """One chunk in front, and chunks that are elsewhere, come back as they are."""
    payload = asked({"content": content})
    assert sanitize(payload) is payload


EMPTY = (
    {"thinking": "", "signature": "s"}, {"thinking": ""}, {"thinking": []}, {"thinking": None},
    {"thinking": [text("")]}, {"thinking": [text(""), text("")]}, {},
)  # fmt: skip


@pytest.mark.parametrize("more", EMPTY, ids=str)
@pytest.mark.parametrize("model", [REASONS, "mistral-small-latest", "unknown-model"])
def test_empty_thinking_goes(more: dict[str, Any], model: str) -> None:
    """A block in which nothing is thought goes, whatever the model; its signature is a loss."""
    report = explain(asked({"content": [{"type": "thinking", **more}, text("Yes.")]}, model))

    assert report.payload["messages"][1]["content"] == [text("Yes.")]
    assert bool(report.lossy) >= ("signature" in more)
    assert check(report.payload, disable=()) == check(asked({"content": [text("Yes.")]}, model))


@pytest.mark.parametrize("kind", [["thinking"], {"thinking": 1}, 5, None, ("reasoning",)], ids=str)
def test_a_type_that_is_not_a_word(kind: Any) -> None:
    """A part whose type is not a text is not a thought, and raises nothing."""
    part = {"type": kind, "thinking": ""}
    for content in ([part], [thinking("a"), part], [part, thinking("a")]):
        for more in ({}, {"reasoning": "b"}):
            report = explain(asked({"content": content, **more}))
            assert sanitize(report.payload) is report.payload


# -- moderation and classification -----------------------------------------------------------------

JUDGED = ("/v1/chat/moderations", "/v1/chat/classifications")


def judged(endpoint: str, said: dict[str, Any]) -> dict[str, Any]:
    messages = [user(), {"role": "assistant", **said}]
    conversation: Any = messages if "moderations" in endpoint else {"messages": messages}
    return {"model": "mistral-moderation-latest", "input": conversation}


@pytest.mark.parametrize("endpoint", JUDGED)
def test_what_is_judged_stays_whole(endpoint: str) -> None:
    """Thinking chunks, as many as there are, come back untouched: the schema has them."""
    said = {"content": [thinking("harm"), thinking("more"), text("sure")]}
    payload = judged(endpoint, said)

    assert sanitize(payload, endpoint=endpoint) is payload
    for model in (REASONS, "mistral-small-latest", "codestral-latest"):
        other = {**payload, "model": model}
        assert sanitize(other, endpoint=endpoint) is other


@pytest.mark.parametrize(("endpoint", "key"), [*product(JUDGED, KEYS)])
def test_thoughts_in_other_keys_are_judged_too(endpoint: str, key: str) -> None:
    """Reasoning under a key that the schema lacks becomes a chunk, and nothing is lost."""
    report = Sanitizer(endpoint=endpoint).explain(
        judged(endpoint, {"content": "sure", key: "harm"})
    )

    assert report.payload == judged(endpoint, {"content": [thinking("harm"), text("sure")]})
    assert not report.lossy


@law
@given(told(), st.sampled_from(JUDGED))
def test_only_conversations_lose_thoughts(
    drawn: tuple[dict[str, Any], list[str]], endpoint: str
) -> None:
    """What a rule about reasoning removes for good was in a chat or an agents request."""
    said, pieces = drawn
    report = Sanitizer(endpoint=endpoint).explain(judged(endpoint, said))

    assert not [change for change in report.lossy if change.rule in RULES]
    written = json.dumps(report.payload)
    assert all(piece in written for piece in pieces)
