"""Rules about reasoning: the effort that a request asks for, and earlier thoughts in its history.

The first are of the group *values*, the others of *content*.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from mistral_sanitize.catalog import EFFORTS, nearest_effort
from mistral_sanitize.rules._loss import json_text, says_beside, says_something
from mistral_sanitize.rules._parts import reasoning_texts, thinking_chunk
from mistral_sanitize.rules._rule import (
    REMOVE,
    SPEC,
    Absorbed,
    Edits,
    Outcome,
)
from mistral_sanitize.rules._run import Run
from mistral_sanitize.rules.content import CONTENT, kind_of, known_chunk, with_content
from mistral_sanitize.rules.ranges import is_json_number
from mistral_sanitize.rules.values import VALUES
from mistral_sanitize.schema.node import Node, Value

__all__ = ["effort"]

_ON: Final = frozenset(("enabled", "enable", "adaptive", "auto", "on", "true"))
_OFF: Final = frozenset(("disabled", "disable", "off", "false"))
_WORDS: Final = ("effort", "reasoning_effort", "enabled", "enable_thinking", "thinking", "type",
                 "level", "thinking_level", "thinkingLevel")  # fmt: skip
_BUDGETS: Final = ("max_tokens", "budget_tokens", "thinking_budget", "budget", "budgetTokens",
                   "thinkingBudget")  # fmt: skip


def effort(value: Any) -> str | None:
    """The effort that a vendor's switch asks for, as a word of ``reasoning_effort``'s.

    A switch that is on asks for ``high``, and so does a budget of tokens: none of them says how
    much in Mistral's words. A word that is none of these is returned as it is.
    """
    key = _key_of(value)
    if key is not None:
        # A budget of 0 is none, Gemini's -1 as much as the model likes.
        return effort(bool(value[key]) if key in _BUDGETS else value[key])
    if isinstance(value, bool):
        return "high" if value else "none"
    if not isinstance(value, str):
        return None
    word = value.lower()
    if word in _ON or word in _OFF:
        return "high" if word in _ON else "none"
    return word if word in EFFORTS else str(value)


def _key_of(value: Any) -> str | None:
    """The key of an object that says how much to reason."""
    if not isinstance(value, dict):
        return None
    for key in _WORDS:
        if isinstance(value.get(key), (str, bool)):
            return key
    return next((key for key in _BUDGETS if is_json_number(value.get(key))), None)


def _is_more_than_switch(value: Any) -> bool:
    """Whether a switch says more than how much to reason."""
    key = _key_of(value)
    if key in _BUDGETS and value[key] > 0:
        return True  # how many tokens
    return key is not None and any(says_something(value[k], k) for k in value if k != key)


def _accepted(run: Run) -> str:
    """The words that the model accepts, as a list in a sentence."""
    *words, last = run.facts.reasoning_efforts or ("",)
    return f"{', '.join(words)} and {last}" if words else last


def _effort_details(before: Any, after: Any, run: Run) -> str:
    """What the result of an effort that was not accepted costs, or means."""
    facts = run.facts
    if facts.reasoning_efforts is None:
        return "Mistral's words are from none to max"
    if not facts.reasoning_efforts:
        if facts.reasoning:
            return "it reasons always, and as much as it does by default"
        return "it does not reason"
    if after is None:
        default = facts.reasoning_default
        means = f", and without one it reasons at {default}" if default else ""
        return f"it accepts {_accepted(run)}{means}"
    asked = effort(before)
    if asked == after:
        return f"Mistral's word for it is {after}"
    if asked == "none":
        default = facts.reasoning_default
        most = f"; without the field it reasons at {default}" if default else ""
        return f"it cannot stop reasoning, and {after} is its lowest level{most}"
    below = after in EFFORTS and asked in EFFORTS and EFFORTS.index(after) < EFFORTS.index(asked)
    which = "the next level below" if below else "its lowest level, and reasons more than asked"
    return f"it accepts {_accepted(run)}; {after} is {which}"


@VALUES.request(
    "reasoning-effort",
    "this model does not accept this reasoning effort",
    "https://github.com/architects-toolkit/SmartHopper/issues/647 (400 3051, 2026-07-06)",
    reads=["reasoning_effort"],
    details=_effort_details,
)
def reasoning_effort(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """The nearest effort that the model accepts, at or below the one asked for if it can be."""
    given = request["reasoning_effort"]
    word = effort(given) if isinstance(given, (str, dict, bool)) else None
    if word is None or "reasoning_effort" not in node.fields:
        return
    accepted = run.facts.reasoning_efforts
    if accepted is not None and given in accepted:
        return
    # Of a model that is not known no word is known to be refused, whatever the schema's date.
    new = word if accepted is None else nearest_effort(word, accepted)
    if new is not None:
        if new != given:
            yield "reasoning_effort", Outcome(new, new != word or _is_more_than_switch(given))
        return
    lossy = not _is_done_anyway(given, word, run) or _is_more_than_switch(given)
    yield "reasoning_effort", Outcome(REMOVE, lossy)


def _is_done_anyway(switch: Any, word: str, run: Run) -> bool:
    """Whether the model does of itself what is asked for: it never reasons, or it always does."""
    if run.facts.reasoning_efforts:
        return False
    if run.facts.reasoning:
        key = _key_of(switch)
        said = switch if key is None else switch[key]
        if isinstance(said, str):
            return said.lower() in _ON
        return said is True or (is_json_number(said) and said < 0)
    return word == "none"


@VALUES.key(
    "reasoning-switch",
    "Mistral's option for reasoning is reasoning_effort",
    "https://github.com/1jehuang/jcode/issues/261 (422, 2026-05)",
)
def reasoning_switch(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    """A vendor's own switch for reasoning, or budget of it, to an effort."""
    switch = {key: obj[key]} if key in _BUDGETS else obj[key]
    word = effort(switch)
    if word is None or "reasoning_effort" not in node.fields:
        return Absorbed()
    more = _is_more_than_switch(switch)
    given = obj.get("reasoning_effort")
    if given is not None:
        return Absorbed(lossy=more or effort(given) != word)
    if run.facts.reasoning_efforts == ():
        return Absorbed(lossy=more or not _is_done_anyway(switch, word, run))
    return Absorbed({"reasoning_effort": word}, more)


@VALUES.request(
    "prompt-mode",
    "this model does not accept prompt_mode",
    "https://github.com/earendil-works/pi/issues/3096 (400 3051, 2026-04-13)",
    lossy=True,
    reads=["prompt_mode"],
)
def prompt_mode(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """A ``prompt_mode``, where the model is known to have none."""
    if request["prompt_mode"] is not None and run.facts.accepts_prompt_mode(run.date) is False:
        yield "prompt_mode", REMOVE


THINKING: Final = ("thinking", "reasoning")
"""The types of parts that hold thoughts which can be read."""


@CONTENT.value(
    "anthropic-thinking", "Mistral accepts thinking only as a list of chunks", f"{SPEC}: ThinkChunk"
)
def anthropic_thinking(part: Any, place: Any, run: Run) -> Any:
    """A thinking chunk whose text is a bare string."""
    return known_chunk(part, place)


@CONTENT.key(
    "reasoning",
    "Mistral accepts earlier reasoning as a chunk, where the model reasons",
    "https://github.com/BerriAI/litellm/issues/30835 (422, 2026-05-24)",
)
def reasoning(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    """What was thought before, as a chunk in front; what the content says already, once."""
    value = obj[key]
    texts = reasoning_texts(value)
    if not "".join(texts).strip():
        return Absorbed(lossy=False if isinstance(value, str) else None)
    items = node.fields["content"].value.items
    if items is None or "thinking" not in items.tags:
        return Absorbed()
    if run.is_conversation and run.facts.thinking is not True:
        return Absorbed()
    lossy = not isinstance(value, str) and says_beside(value, texts)
    content = obj.get("content")
    parts = list(content) if isinstance(content, (list, tuple)) else []
    chunks = [part for part in parts if kind_of(part) in THINKING]
    front, behind = _unsaid(texts, chunks) if chunks else (texts, [])
    if not front and not behind:
        return Absorbed(lossy=lossy)
    return Absorbed({"content": _with_thoughts(obj, parts, front, behind)}, lossy)


def _with_thoughts(
    obj: dict[str, Any], parts: list[Any], front: Sequence[str], behind: Sequence[str]
) -> Any:
    """The content with the thoughts before and behind those that it begins with."""
    at = next((i for i, part in enumerate(parts) if kind_of(part) not in THINKING), len(parts))
    if not at:
        return with_content(obj, thinking_chunk(*front, *behind), first=True)
    chunks = [[thinking_chunk(*said)] if said else [] for said in (front, behind)]
    return [*chunks[0], *parts[:at], *chunks[1], *parts[at:]]


def _unsaid(texts: list[str], chunks: list[Any]) -> tuple[list[str], list[str]]:
    """The texts that thinking chunks do not say yet: what goes before them, and what behind.

    Clients say the same in several keys, in one text or in a piece for each token, with or without
    newlines between.
    """
    told = [reasoning_texts(chunk) for chunk in chunks]
    said = [text for some in told for text in some]
    bare, whole = list(map(_bare, texts)), "".join(map(_bare, said))
    joined = "".join(bare)
    if joined in {whole, *map(_bare, said), *("".join(map(_bare, some)) for some in told)}:
        return [], []
    if whole and joined.startswith(whole) and _pieces(bare, whole):
        return [], texts[_pieces(bare, whole) :]
    if whole and joined.endswith(whole) and _pieces(bare[::-1], whole):
        return texts[: -_pieces(bare[::-1], whole)], []
    left = Counter(map(_bare, said))
    front = []
    for text, plain in zip(texts, bare, strict=True):
        if left[plain] > 0:
            left[plain] -= 1
        else:
            front.append(text)
    return front, []


def _bare(text: str) -> str:
    return text.replace("\n", "")


def _pieces(texts: list[str], whole: str) -> int:
    """How many of the first texts make up the whole; 0 where it ends within one."""
    length = 0
    for count, text in enumerate(texts, 1):
        length += len(text)
        if length >= len(whole):
            return count if length == len(whole) else 0
    return 0


def _leading_thoughts(parts: Sequence[Any]) -> tuple[list[dict[str, Any]], int]:
    """The thinking chunks in front, and how many parts they are with the empty texts between."""
    chunks: list[dict[str, Any]] = []
    end = 0
    for at, part in enumerate(parts):
        if kind_of(part) == "thinking" and isinstance(part.get("thinking"), (list, tuple)):
            chunks.append(part)
            end = at + 1
        elif kind_of(part) != "text" or part.get("text") != "":
            break
    return chunks, end


@CONTENT.value(
    "one-thinking-chunk",
    "Mistral accepts one thinking chunk at the front of a message",
    "https://github.com/earendil-works/pi/issues/9674 (400 'Expected at most one leading "
    "ThinkChunk, got 2', 2026-09-22)",
    never_changes=(str,),
    late=True,
)
def one_thinking_chunk(value: Any, place: Value, run: Run) -> Any:
    """Those in front as one; see `with_one_thinking_chunk`."""
    if not run.is_conversation or not isinstance(value, (list, tuple)):
        return value
    return with_one_thinking_chunk(value) or value


def with_one_thinking_chunk(value: Sequence[Any]) -> Outcome | None:
    """Content whose thinking chunks in front are one, their texts in order; ``None``: it is so.

    Empty texts between them go. The only signature stays; of several none can be that of the whole.
    Open is what ends open.
    """
    chunks, end = _leading_thoughts(value)
    if len(chunks) < 2:
        return None
    thoughts = [thought for chunk in chunks for thought in chunk["thinking"]]
    merged = {**chunks[0], "thinking": thoughts}
    given = [chunk.get("signature") for chunk in chunks]
    signatures = {json_text(signature): signature for signature in filter(says_something, given)}
    lost = len(signatures) > 1
    merged.pop("signature", None)
    if len(signatures) == 1:
        merged["signature"] = next(iter(signatures.values()))
    closed = [chunk.get("closed", True) for chunk in chunks]
    merged.pop("closed", None)
    if "closed" in chunks[-1]:
        merged["closed"] = closed[-1]
    lost = lost or any(word is not True and word is not closed[-1] for word in closed)
    return Outcome([merged, *value[end:]], lost)


@CONTENT.value(
    "empty-thinking",
    "Mistral does not accept thinking without a text",
    "422 on an empty thinking block with a signature, recorded live 2026-07-14",
)
def empty_thinking(part: Any, place: Value, run: Run) -> Any:
    """Thinking in which nothing is said goes; a signature of nothing goes with it."""
    if not run.is_conversation or kind_of(part) not in THINKING or reasoning_texts(part):
        return part
    thoughts = part.get("thinking")
    if isinstance(thoughts, (list, tuple)) and any(
        kind_of(t) not in ("text", None) for t in thoughts
    ):
        return part  # a reference is a thought, too
    return Outcome(REMOVE, says_beside(part, ()))


@CONTENT.value(
    "redacted-thinking",
    "this reasoning is encrypted for another vendor",
    f"{SPEC}: ThinkChunk; Anthropic's redacted_thinking",
    lossy=True,
)
def redacted_thinking(part: Any, place: Value, run: Run) -> Any:
    """Reasoning that another vendor encrypted goes: nobody else can read it."""
    return REMOVE if run.is_conversation and kind_of(part) == "redacted_thinking" else part


@CONTENT.value(
    "thinking-model",
    "this model does not accept thinking chunks",
    "https://github.com/mistralai/mistral-vibe/issues/758 (400 3051, 2026-06-09)",
    lossy=True,
)
def thinking_model(part: Any, place: Value, run: Run) -> Any:
    """Thinking goes where the model, or the schema of the date, is known to take none."""
    goes = "thinking" not in place.tags or run.facts.thinking is False
    return REMOVE if run.is_conversation and goes and kind_of(part) in THINKING else part
