"""Rules about reasoning: how much of it is asked for, and what was thought before.

The first are of the group *values*, the others of *content*.
"""

from __future__ import annotations

from typing import Any, Final

from mistral_sanitize import catalog
from mistral_sanitize.rules._parts import reasoning_text, thinking_chunk
from mistral_sanitize.rules._rule import (
    REMOVE,
    SPEC,
    Absorbed,
    Edits,
)
from mistral_sanitize.rules._run import Run
from mistral_sanitize.rules.content import CONTENT, kind_of, known_chunk, with_content
from mistral_sanitize.rules.values import VALUES
from mistral_sanitize.schema.node import Node, Value

__all__ = ["effort", "nearest_effort"]


_SCALE: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def nearest_effort(word: str, levels: tuple[str, ...]) -> str | None:
    """The nearest of a model's levels, ties upward; whoever asks for reasoning gets some."""
    if word in levels or not levels:
        return word if word in levels else None
    if word not in _SCALE:
        return None
    at = _SCALE.index(word)
    some = [level for level in levels if level != "none" and level in _SCALE]
    return min(
        some, key=lambda level: (abs(_SCALE.index(level) - at), -_SCALE.index(level)), default=None
    )


_ON: Final = frozenset((True, "enabled", "adaptive", "auto", "on", "true"))


_OFF: Final = frozenset((False, "disabled", "off", "false"))


def effort(value: Any) -> str | None:
    """The effort that a vendor's switch asks for, as a word of `reasoning_effort`'s."""
    if isinstance(value, (str, bool)):
        return "high" if value in _ON else "none" if value in _OFF else str(value)
    if isinstance(value, dict):
        for key in ("effort", "reasoning_effort", "enabled", "enable_thinking", "thinking", "type",
                    "level"):  # fmt: skip
            if isinstance(value.get(key), (str, bool)):
                return effort(value[key])
    return None


@VALUES.request(
    "reasoning-effort",
    "this model does not accept this reasoning effort",
    "https://github.com/architects-toolkit/SmartHopper/issues/647 (400 3051, 2026-07-06)",
    lossy=True,
    reads=["reasoning_effort"],
)
def reasoning_effort(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """The nearest effort that the model accepts."""
    given = request["reasoning_effort"]
    field = node.fields.get("reasoning_effort")
    word = effort(given) if isinstance(given, (dict, bool)) else given
    if not isinstance(word, str) or field is None:
        return
    words = field.value.words or ()
    levels = catalog.reasoning_efforts(run.model)
    levels = words if levels is None else tuple(level for level in levels if level in words)
    if given in levels:
        return
    nearest = nearest_effort(word, levels)
    yield "reasoning_effort", REMOVE if nearest is None else nearest


@VALUES.key(
    "reasoning-switch",
    "Mistral's option for reasoning is reasoning_effort",
    "https://github.com/1jehuang/jcode/issues/261 (422, 2026-05)",
)
def reasoning_switch(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    if "reasoning_effort" not in node.fields or obj.get("reasoning_effort") is not None:
        return Absorbed()
    word = effort(obj[key])
    efforts = catalog.reasoning_efforts(run.model)
    if word is None or not efforts:
        return Absorbed()
    told = len(obj[key]) if isinstance(obj[key], dict) else 1
    return Absorbed({"reasoning_effort": word}, told > 1)


@VALUES.request(
    "prompt-mode",
    "this model does not accept prompt_mode",
    "https://github.com/earendil-works/pi/issues/3096 (400 3051, 2026-04-13)",
    lossy=True,
    reads=["prompt_mode"],
)
def prompt_mode(request: dict[str, Any], node: Node, run: Run) -> Edits:
    """A ``prompt_mode``, where the model is known to have none."""
    if request["prompt_mode"] is not None and (
        catalog.takes_prompt_mode(run.model, run.date) is False
    ):
        yield "prompt_mode", REMOVE


@CONTENT.value(
    "anthropic-thinking", "Mistral accepts thinking only as a list of chunks", f"{SPEC}: ThinkChunk"
)
def anthropic_thinking(part: Any, place: Any, run: Run) -> Any:
    """A thinking chunk whose text is a bare string."""
    return known_chunk(part, place)


@CONTENT.key(
    "reasoning",
    "Mistral accepts earlier reasoning as a thinking chunk, where the model reasons",
    "https://github.com/BerriAI/litellm/issues/30835 (422, 2026-05-24)",
)
def reasoning(obj: dict[str, Any], key: str, node: Node, run: Run) -> Absorbed:
    text = reasoning_text(obj[key])
    if not text.strip():
        return Absorbed(lossy=False if isinstance(obj[key], str) else None)
    items = node.fields["content"].value.items
    if run.takes_thinking is not True or items is None or "thinking" not in items.tags:
        return Absorbed()
    content = obj.get("content")
    parts = content if isinstance(content, (list, tuple)) else ()
    if any(isinstance(p, dict) and p.get("type") == "thinking" and reasoning_text(p) == text
           for p in parts):  # fmt: skip
        return Absorbed(lossy=_more(obj[key]))  # said already, under another of the names
    said = with_content(obj, thinking_chunk(text), first=True)
    return Absorbed({"content": said}, _more(obj[key]))


_SAID: Final = frozenset(("type", "text", "thinking", "content", "summary", "reasoning", "format",
                          "index", "id"))  # fmt: skip


def _more(value: Any) -> bool:
    """Whether reasoning in some client's blocks says more than its text: signatures, secrets."""
    blocks = value if isinstance(value, (list, tuple)) else (value,)
    return any(isinstance(b, dict) and any(b[k] for k in b if k not in _SAID) for b in blocks)


@CONTENT.value(
    "redacted-thinking",
    "this reasoning is encrypted for another vendor",
    f"{SPEC}: ThinkChunk; Anthropic's redacted_thinking",
    lossy=True,
)
def redacted_thinking(part: Any, place: Value, run: Run) -> Any:
    """Reasoning that another vendor encrypted goes: nobody else can read it."""
    return REMOVE if kind_of(part) == "redacted_thinking" else part


@CONTENT.value(
    "thinking-model",
    "this model does not accept thinking chunks",
    "https://github.com/mistralai/mistral-vibe/issues/758 (400 3051, 2026-06-09)",
    lossy=True,
)
def thinking_model(part: Any, place: Value, run: Run) -> Any:
    """Thinking goes where the model, or the schema of the date, is known to take none."""
    goes = "thinking" not in place.tags or run.takes_thinking is False
    return REMOVE if goes and kind_of(part) in ("thinking", "reasoning") else part
