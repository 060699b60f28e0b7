"""The rule about completions that come back as history in OpenAI's shape.

`mistral_sanitize.completions.to_openai` keeps what a string does not say in
``extra_content.mistral.chunks``; clients that send a message back as they got it send that too. Of
the group *content*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from mistral_sanitize.rules._loss import says_something
from mistral_sanitize.rules._parts import thinking_chunk
from mistral_sanitize.rules._rule import REMOVE, Absorbed, Outcome
from mistral_sanitize.rules._run import Run
from mistral_sanitize.rules.content import CONTENT, kind_of
from mistral_sanitize.schema.node import Node, Value

__all__ = ["text_of_chunk", "thinking_of_chunk"]


def text_of_chunk(chunk: Any) -> str | None:
    """What a text chunk of a completion says, or ``None``: another chunk."""
    if isinstance(chunk, str):
        return chunk
    if isinstance(chunk, dict) and chunk.get("type", "text") == "text":
        text = chunk.get("text")
        return text if isinstance(text, str) else None
    return None


def thinking_of_chunk(chunk: Any) -> str | None:
    """What a thinking chunk of a completion says, or ``None``: another chunk."""
    if kind_of(chunk) != "thinking":
        return None
    thinking = chunk.get("thinking")
    if isinstance(thinking, str):
        return thinking
    parts = thinking if isinstance(thinking, (list, tuple)) else ()
    return "".join(text_of_chunk(part) or "" for part in parts)


class _Kept(NamedTuple):
    """One chunk that was kept, and where: characters (code points) of the text before it."""

    at: int
    chunk: Any


@CONTENT.key(
    "completion-chunks",
    "chunks that to_openai kept in extra_content go back to their places",
    "mistralai 3.7.0, AssistantMessage: content is a list of any chunks in any order; ThinkChunk: "
    "signature, to be sent back",
)
def completion_chunks(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed | None:
    """Mistral's own list, where what the client sends back still fits what was kept.

    Where it does not (the client edited the text or the thinking) the key goes as an unknown one.
    """
    kept = _kept_in(obj[key])
    items = node.fields["content"].value.items
    text = _string_content(obj)
    if not kept or items is None or text is None or not _may_be_in(text, kept):
        return None
    thoughts = [said for _, chunk in kept if (said := thinking_of_chunk(chunk)) is not None]
    lead = _lead(obj, "".join(thoughts)) if thoughts else ""
    if lead is None:
        return None
    accepted = [_Kept(at, _as_accepted(chunk, items)) for at, chunk in kept]
    content = _cut(text, [each for each in accepted if each.chunk is not None])
    sets: dict[str, Any] = {}
    if thoughts and "thinking" in items.tags:
        content = [thinking_chunk(lead), *content] if lead else content
        sets = _without_thinking(obj, lead + "".join(thoughts))
    if any(kind_of(piece) != "text" or len(piece) > 2 for piece in content):
        sets["content"] = Outcome(content, lossy=False)  # the text is in pieces
    return Absorbed(sets, accepted != kept or _holds_more(obj[key]))


def _string_content(obj: Mapping[str, Any]) -> str | None:
    """The message's text; ``None`` where its content is not a string, and not left out."""
    content = obj.get("content")
    return "" if content is None else content if isinstance(content, str) else None


def _without_thinking(obj: Mapping[str, Any], said: str) -> dict[str, Any]:
    """The removal of the keys that say the thinking, now that the list does."""
    names = [name for name in _NAMES if name in obj and obj[name] in (said, None)]
    return {name: Outcome(REMOVE, lossy=False) for name in names}


_NAMES: Final = ("reasoning_content", "reasoning")
"""The names under which clients send thinking back as text: the first is `to_openai`'s."""


def _kept_in(extra: Any) -> list[_Kept] | None:
    """The chunks that ``extra_content`` keeps, in order; ``None``: they are not of our make."""
    mistral = extra.get("mistral") if isinstance(extra, dict) else None
    entries = mistral.get("chunks") if isinstance(mistral, dict) else None
    if not isinstance(entries, (list, tuple)):
        return None
    kept = [_kept_entry(entry) for entry in entries]
    return None if None in kept else [each for each in kept if each is not None]


def _kept_entry(entry: Any) -> _Kept | None:
    if not isinstance(entry, dict) or "chunk" not in entry:
        return None
    at, chunk = entry.get("at"), entry["chunk"]
    return _Kept(at, chunk) if isinstance(at, int) and not isinstance(at, bool) else None


def _may_be_in(text: str, kept: Sequence[_Kept]) -> bool:
    """Whether the chunks can have stood in this text."""
    done = 0
    for at, chunk in kept:
        said = text_of_chunk(chunk) or ""
        if not done <= at <= len(text) or not text.startswith(said, at):
            return False
        done = at + len(said)
    return True


def _cut(text: str, kept: Sequence[_Kept]) -> list[Any]:
    """The text cut where the chunks were, with the chunks."""
    content: list[Any] = []
    done = 0
    for at, chunk in kept:
        if at > done:
            content.append({"type": "text", "text": text[done:at]})
        content.append(chunk)
        done = at + len(text_of_chunk(chunk) or "")
    return [*content, {"type": "text", "text": text[done:]}] if done < len(text) else content


def _lead(obj: Mapping[str, Any], behind: str) -> str | None:
    """The thinking in front of all else: what comes before that of the kept chunks, if they fit."""
    said = next((obj[name] for name in _NAMES if isinstance(obj.get(name), str)), "")
    return said[: len(said) - len(behind)] if said.endswith(behind) else None


def _as_accepted(chunk: Any, items: Value) -> Any:
    """The chunk if the schema of the date has it, else what of it the schema has, or ``None``."""
    if text_of_chunk(chunk) is not None:
        return chunk
    if not _is_one_of(chunk, items):
        return None
    thinking = chunk.get("thinking") if chunk["type"] == "thinking" else None
    if not isinstance(thinking, (list, tuple)):
        return chunk
    parts = items.tags["thinking"].fields["thinking"].value.items
    if all(isinstance(part, str) or _is_one_of(part, parts) for part in thinking):
        return chunk
    text = thinking_of_chunk(chunk)
    return thinking_chunk(text) if text else None


def _is_one_of(chunk: Any, items: Value | None) -> bool:
    kind = kind_of(chunk)
    return isinstance(kind, str) and items is not None and kind in items.tags


def _holds_more(extra: Mapping[str, Any]) -> bool:
    """Whether ``extra_content`` says anything beside the chunks."""
    mistral = extra["mistral"]
    rest = [value for key, value in extra.items() if key != "mistral"]
    rest += [value for key, value in mistral.items() if key != "chunks"]
    for entry in mistral["chunks"]:
        rest += [value for key, value in entry.items() if key not in ("index", "at", "chunk")]
    return any(map(says_something, rest))
