"""Thoughts of earlier turns: one chunk in front, each said once, and only conversations lose any.

Over every key and shape in which clients send them back, with the pieces of a stream among them.
"""

from __future__ import annotations

import json
import re
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


@st.composite
def thoughts(draw: Any, word: Any) -> dict[str, Any]:
    """A thought in one of the shapes in which clients send it."""
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return {"type": "thinking", "thinking": word(), "signature": word()}
    if kind == 1:
        return {"type": "reasoning", "text": word()}
    if kind == 2:
        return {"type": "thinking", "thinking": draw(st.sampled_from(("", [], None)))}
    more = draw(st.sampled_from(({}, {"signature": "s"}, {"signature": 0}, {"closed": False})))
    return thinking(*(word() for _ in range(draw(st.integers(1, 2)))), **more)


_BESIDE = (
    "", None, text(""), {"type": "text"}, {"type": "redacted_thinking", "data": "d"},
    {"type": "tool_use", "id": "t1", "name": "f", "input": {}},
    {"type": "refusal", "refusal": "no"},
)  # fmt: skip


@st.composite
def scattered(draw: Any) -> dict[str, Any]:
    """A conversation with thoughts in front, in the middle and at the end of what is said."""
    count = 0

    def word() -> str:
        nonlocal count
        count += 1
        return f"w{count}w"

    messages = [user(word())]
    for _ in range(draw(st.integers(1, 3))):
        parts: list[Any] = [
            draw(thoughts(word)) if kind < 3
            else text(word()) if kind == 3 else draw(st.sampled_from(_BESIDE))
            for kind in draw(st.lists(st.integers(0, 5), max_size=6))
        ]  # fmt: skip
        said: dict[str, Any] = {"role": "assistant", "content": parts}
        for key in draw(st.lists(st.sampled_from(KEYS), max_size=2, unique=True)):
            blocks = [{"type": "thinking", "thinking": word()} for _ in range(2)]
            said[key] = draw(st.sampled_from((word(), blocks)))
        messages.append(said)
        if draw(st.booleans()):
            messages.append(user(word()))
    model = draw(st.sampled_from((REASONS, "zai-glm-5-3", "mistral-giant-2701")))
    return {"model": model, "messages": messages}


_JOINING = ("merge-neighbours", "trailing-assistant-user", "empty-assistant-placeholder")


@law
@given(scattered(), st.sets(st.sampled_from(_JOINING)))
@example({"model": REASONS, "messages": [
    user(), {"role": "assistant", "content": [thinking("w1w")]},
    {"role": "assistant", "content": [thinking("w2w"), text("w3w")]}]}, {"merge-neighbours"},
)  # fmt: skip
@example({"model": REASONS, "messages": [
    user(), {"role": "assistant", "content": [
        text("w1w"), thinking("w2w"), thinking("w3w"), text("w4w"), thinking("w5w")]}]}, set(),
)  # fmt: skip
def test_one_in_front_wherever_thoughts_are(payload: dict[str, Any], joining: set[str]) -> None:
    """However many there are, and wherever: one comes out in front, and each word once.

    A word that does not come out is in a lossy change.
    """
    sanitizer = Sanitizer(enable=joining)
    report = sanitizer.explain(payload)

    contents = [m.get("content") for m in report.payload["messages"] if m["role"] == "assistant"]
    assert all(len(front_of(content)) <= 1 for content in contents)
    before, after = json.dumps(payload), json.dumps(report.payload)
    named = json.dumps([change.before for change in report.lossy])
    words = set(re.findall(r"w[0-9]+w", before))
    assert all(after.count(word) <= 1 for word in words)
    assert {word for word in words if word not in after and word not in named} == set()
    assert sanitizer.sanitize(report.payload) is report.payload
    assert "leading" not in " ".join(p.message for p in sanitizer.check(report.payload))


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
        (({"closed": None}, {"signature": ""}), {}, False),
        (({"signature": False}, {}), {"signature": False}, False),
        (({"signature": 0}, {"signature": "s"}), {}, True),
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
