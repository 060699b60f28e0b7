"""Completions to draw, and to read as a client does: what the tests of `completions` share.

The judges here are written from what OpenAI's clients do, not from `mistral_sanitize.completions`.
"""

from __future__ import annotations

import copy
import json
import string
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

__all__ = [
    "accumulated",
    "as_stream",
    "chunk",
    "completion",
    "content_lists",
    "delta",
    "foreign_calls",
    "native",
    "normal",
    "openai_completions",
    "openai_streams",
    "reference",
    "text",
    "thinking",
    "tool_call",
    "words",
]

Object = dict[str, Any]

USAGE: Final = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}


# -- made by hand --------------------------------------------------------------------------------


def completion(content: Any, *calls: Any, finish_reason: Any = "stop", **said: Any) -> Object:
    """A whole completion with one choice."""
    message = {"role": "assistant", "content": content, **said}
    if calls:
        message["tool_calls"] = list(calls)
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {
        "id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice],
        "usage": dict(USAGE),
    }  # fmt: skip


def chunk(said: Object, finish_reason: str | None = None, index: int = 0, **more: Any) -> Object:
    """A chunk of a streamed completion, with one choice."""
    choice = {"index": index, "delta": said, "finish_reason": finish_reason}
    head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**head, "choices": [choice], **more}


def delta(content: Any, finish_reason: str | None = None) -> Object:
    """A chunk that says this content."""
    return chunk({"content": content}, finish_reason)


def text(said: str, **more: Any) -> Object:
    """A text chunk."""
    return {"type": "text", "text": said, **more}


def thinking(*said: Any, **more: Any) -> Object:
    """A thinking chunk of these texts, or parts."""
    parts = [text(part) if isinstance(part, str) else part for part in said]
    return {"type": "thinking", "thinking": parts, **more}


def reference(*ids: Any) -> Object:
    """A reference chunk."""
    return {"type": "reference", "reference_ids": list(ids)}


def tool_call(
    id_: Any = "D681PevKs", name: Any = "f", arguments: Any = "{}", **more: Any
) -> Object:
    """A tool call, or a fragment of one; what is ``...`` is not in it."""
    function = {"name": name, "arguments": arguments}
    call = {"id": id_, "function": {k: v for k, v in function.items() if v is not ...}, **more}
    return {key: value for key, value in call.items() if value is not ...}


# -- read as a client does -----------------------------------------------------------------------


def accumulated(chunks: list[Object], choice: int = 0) -> Object:
    """The message that the deltas of one choice come to: strings are joined, lists by index."""
    message: Object = {}
    for each in chunks:
        for given in each["choices"]:
            if given["index"] == choice:
                _join(message, copy.deepcopy(given["delta"]))
    return message


def _join(into: Object, more: Object) -> None:
    for key, value in more.items():
        old = into.get(key)
        if old is None or key in ("index", "type"):
            into[key] = _listed([], value) if isinstance(value, list) else value
        elif isinstance(old, str) and isinstance(value, str):
            into[key] = old + value
        elif isinstance(old, dict) and isinstance(value, dict):
            _join(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            _listed(old, value)


def _listed(into: list[Object], more: list[Object]) -> list[Object]:
    for entry in more:
        if entry["index"] < len(into):
            _join(into[entry["index"]], entry)
        else:
            assert entry["index"] == len(into), "a place in the list is left out"
            into.append(entry)
    return into


def _said_by(item: Any) -> str:
    """The text of a text chunk, "" of any other."""
    if isinstance(item, str):
        return item
    is_text = isinstance(item, dict) and item.get("type") == "text"
    return item["text"] if is_text and isinstance(item.get("text"), str) else ""


def _thought_by(item: Any) -> str:
    """The thinking of a thinking chunk, "" of any other."""
    if not isinstance(item, dict) or item.get("type") != "thinking":
        return ""
    parts = item["thinking"]
    return parts if isinstance(parts, str) else "".join(map(_said_by, parts or []))


def words(content: list[Any]) -> tuple[str, str]:
    """All that a content list says, and all that it thinks."""
    return "".join(map(_said_by, content)), "".join(map(_thought_by, content))


def native(message: Object) -> list[Any]:
    """Mistral's list, read from what OpenAI's shape says."""
    content = message.get("content") or ""
    kept = message.get("extra_content", {}).get("mistral", {}).get("chunks", [])
    behind = "".join(_thought_by(entry["chunk"]) for entry in kept)
    lead = message.get("reasoning_content", "")
    assert lead.endswith(behind)
    built: list[Any] = [thinking(lead[: len(lead) - len(behind)])]
    place = 0
    for entry in kept:
        built += [text(content[place : entry["at"]]), entry["chunk"]]
        place = entry["at"] + len(_said_by(entry["chunk"]))
    return [*built, text(content[place:])]


def normal(content: list[Any]) -> list[Any]:
    """A list without what says nothing: empty chunks, defaults, seams between neighbours."""
    kept: list[Any] = []
    for item in map(_normal, content):
        last = kept[-1] if kept else None
        if item in (text(""), thinking("")):
            continue
        if (
            last is not None
            and _is_plain(item)
            and _is_plain(last)
            and last["type"] == item["type"]
        ):
            joined = _said_by(last) + _said_by(item), _thought_by(last) + _thought_by(item)
            kept[-1] = text(joined[0]) if item["type"] == "text" else thinking(joined[1])
        else:
            kept.append(item)
    return kept


def _normal(item: Any) -> Any:
    if isinstance(item, str):
        return text(item)
    if not isinstance(item, dict) or item.get("type") != "thinking":
        return item
    item = {k: v for k, v in item.items() if (k, v) not in (("closed", True), ("signature", None))}
    given = item["thinking"]
    if given is not None and not isinstance(given, (str, list)):
        return item
    parts: list[Any] = []
    for part in [given] if isinstance(given, str) else given or []:
        part = text(part) if isinstance(part, str) else part
        if part == text(""):
            continue
        if parts and _is_plain(part) and _is_plain(parts[-1]):
            parts[-1] = text(_said_by(parts[-1]) + _said_by(part))
        else:
            parts.append(part)
    return {**item, "thinking": parts or [text("")]}


def _is_plain(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    if item.get("type") == "thinking":
        return item == thinking(_thought_by(item))
    return item == text(_said_by(item))


# -- drawn ---------------------------------------------------------------------------------------

TEXTS: Final = st.text(max_size=4) | st.sampled_from(["", " ", "\n", "𝄞", "é", "null"])
_EMPTY_OR_NOT: Final = st.sampled_from(["", "", "a", "b ", "𝄞"])

_REFERENCES: Final = st.lists(st.integers(0, 3) | st.just("doc-1"), max_size=2).map(
    lambda ids: reference(*ids)
)
_TOOL_REFERENCE: Final = {"type": "tool_reference", "tool": "web_search", "title": "Rain"}
_OTHERS: Final = st.sampled_from(
    [
        {"type": "image_url", "image_url": "https://example.org/i.png"},
        {"type": "file", "file_id": "f1"},
        {"type": "of_tomorrow", "text": "no text chunk"},
        _TOOL_REFERENCE,
        {"type": "text", "text": 5},
        {"type": "reference"},
        {},
        None,
        7,
        [],
    ]
)

_MARKS: Final = st.fixed_dictionaries(
    {},
    optional={
        "closed": st.booleans(),
        "signature": st.sampled_from([None, "c2ln"]),
        "of_tomorrow": st.just(1),
    },
)


@st.composite
def _thinking_chunks(draw: DrawFn) -> Object:
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return {"type": "thinking", "thinking": draw(TEXTS)}
    if kind == 1:
        return {"type": "thinking", "thinking": draw(st.sampled_from([[], None]))}
    parts: list[Any] = draw(st.lists(_EMPTY_OR_NOT, max_size=2))
    if kind == 2:
        parts.insert(draw(st.integers(0, len(parts))), draw(_REFERENCES | st.just(_TOOL_REFERENCE)))
    return thinking(*parts, **(draw(_MARKS) if kind >= 4 else {}))


_TEXT_CHUNKS: Final = (
    TEXTS.map(text)
    | _EMPTY_OR_NOT.map(text)
    | TEXTS
    | TEXTS.map(lambda said: text(said, annotations=[]))
)

_CHUNKS: Final = _thinking_chunks() | _TEXT_CHUNKS | _REFERENCES | _OTHERS

content_lists: Final = st.lists(_CHUNKS, max_size=6) | st.tuples(
    # Thinking after something that has no text keeps its place, too.
    st.lists(_thinking_chunks(), max_size=2),
    _REFERENCES | _OTHERS,
    st.lists(_thinking_chunks() | _EMPTY_OR_NOT.map(text), max_size=3),
).map(lambda parts: [*parts[0], parts[1], *parts[2]])
"""What Mistral may send as ``content``, and some that it should not."""


@st.composite
def as_stream(draw: DrawFn, content: list[Any]) -> list[Object]:
    """The chunks of a stream that says this content, cut anywhere between the chunks of it."""
    deltas: list[Any] = []
    rest = list(content)
    while rest:
        if isinstance(rest[0], str):
            deltas.append(rest.pop(0))
        elif rest[0] == text(_said_by(rest[0])) and draw(st.booleans()):
            deltas.append(_said_by(rest.pop(0)))
        else:
            size = draw(st.integers(1, len(rest)))
            deltas.append(rest[:size])
            rest = rest[size:]
        if draw(st.booleans()):
            deltas.append(draw(st.sampled_from(["", None, [], [text("")]])))
    return [chunk({"role": "assistant"}), *map(delta, deltas), chunk({}, "stop", usage=USAGE)]


_IDS: Final = st.text(string.ascii_letters + string.digits, min_size=9, max_size=9)
_ARGUMENTS: Final = st.dictionaries(st.sampled_from("ab"), TEXTS, max_size=2).map(json.dumps)


@st.composite
def _calls(draw: DrawFn) -> list[tuple[str, str, str]]:
    """The ids, names and arguments of some calls."""
    ids = draw(st.lists(_IDS, min_size=1, max_size=3, unique=True))
    return [(id_, draw(st.sampled_from(["f", "g_h"])), draw(_ARGUMENTS)) for id_ in ids]


def _pieces(draw: DrawFn, said: str) -> list[str]:
    cuts = sorted(draw(st.lists(st.integers(0, len(said)), max_size=2)))
    return [said[a:b] for a, b in zip([0, *cuts], [*cuts, len(said)], strict=True)]


_FOREIGN: Final[dict[str, tuple[Object, Object]]] = {
    "whole, of 2024": ({"index": ...}, {}),
    "whole, of 2026": ({}, {}),
    "through the SDK": ({"index": 0, "type": "function"}, {}),
    "ids of null": ({}, {"id": "null", "name": ""}),
    "empty ids": ({}, {"id": "", "name": ""}),
    "no ids": ({}, {"id": ..., "name": ""}),
    "other ids": ({}, {"id": "toolcall0"}),
    "the same again": ({}, {"id": "=", "name": "="}),
    "the same name again": ({}, {"name": "="}),
    "without index": ({"index": ...}, {"index": ..., "id": "="}),
    "without index and id": ({"index": ...}, {"index": ..., "name": ""}),
    "all at 0": ({"index": 0}, {"index": 0, "name": ""}),
}
"""How hosts send calls: what is odd where a call begins, and in its further fragments; without the
latter it is sent whole."""


@st.composite
def foreign_calls(draw: DrawFn) -> tuple[list[Object], list[Object]]:
    """Calls as OpenAI has them, and the chunks of a stream that says them as some host does."""
    first, later = _FOREIGN[draw(st.sampled_from(sorted(_FOREIGN)))]
    meant: list[Object] = []
    groups: list[list[Object]] = []
    for index, (id_, name, arguments) in enumerate(draw(_calls())):
        meant.append(tool_call(id_, name, arguments, type="function", index=index))
        begin, *rest = _pieces(draw, arguments) if later else [arguments]
        groups.append([{**tool_call(id_, name, begin), "index": index, **first}])
        for piece in rest:
            same = {"id": id_, "name": name}
            odd = {k: same[k] if v == "=" else v for k, v in later.items()}
            fragment = tool_call(odd.pop("id", ...), odd.pop("name", ...), piece)
            groups.append([{**fragment, "index": index, **odd}])
    if not later and draw(st.booleans()):
        groups = [[call for group in groups for call in group]]
    cleaned = [[{k: v for k, v in c.items() if v is not ...} for c in group] for group in groups]
    return meant, [chunk({"tool_calls": group}) for group in cleaned]


_SAID: Final = st.fixed_dictionaries(
    {},
    optional={
        "refusal": st.none(),
        "reasoning_content": TEXTS,
        "annotations": st.just([]),
        "extra_content": st.just({"google": {"thought_signature": "c2ln"}}),
    },
)


@st.composite
def openai_completions(draw: DrawFn) -> Object:
    """A completion in OpenAI's shape, with what Mistral adds that no client minds."""
    calls = [
        tool_call(id_, name, arguments, type="function", **draw(_INDEXED))
        for id_, name, arguments in draw(st.just([]) | _calls())
    ]
    reason = draw(st.sampled_from(["stop", "length", "tool_calls", "content_filter"]))
    return completion(draw(st.none() | TEXTS), *calls, finish_reason=reason, **draw(_SAID))


_INDEXED: Final = st.fixed_dictionaries({}, optional={"index": st.integers(0, 2)})


@st.composite
def openai_streams(draw: DrawFn) -> list[Object]:
    """The chunks of a stream in OpenAI's shape: text, then calls in fragments."""
    chunks = [chunk({"role": "assistant", "content": ""}, p="abc")]
    chunks += [delta(said) for said in draw(st.lists(TEXTS, max_size=3))]
    for index, (id_, name, arguments) in enumerate(draw(st.just([]) | _calls())):
        begin, *rest = _pieces(draw, arguments)
        chunks.append(chunk({"tool_calls": [
            tool_call(id_, name, begin, type="function", index=index)
        ]}))  # fmt: skip
        fragments = [tool_call(..., ..., piece, index=index) for piece in rest]
        chunks += [chunk({"tool_calls": [fragment]}) for fragment in fragments]
    return [*chunks, chunk({}, "stop"), {**chunk({}), "choices": [], "usage": dict(USAGE)}]
