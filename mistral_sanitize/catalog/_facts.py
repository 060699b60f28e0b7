"""What is known of one id: `ModelFacts`, made of the frozen table or of what a caller says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from mistral_sanitize.catalog._cards import (
    ModelCard,
    Observation,
    alias_history,
    by_fact,
    by_id,
    models,
    observed,
)

__all__ = ["UNKNOWN", "ModelFacts", "card_of", "known_ids", "overridden", "table_facts"]


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is known of the model that an id names. ``None`` means *not known* in every field.

    A rule that depends on the model acts where a fact is known and otherwise leaves the request
    alone.
    """

    card: ModelCard | None = None
    """The row of the table, if the id is in it."""
    listed: bool = False
    """Whether the caller's own list, or the caller, names the id: it then exists, whatever the
    table says."""
    chat: bool | None = None
    """Whether it serves chat completions."""
    fim: bool | None = None
    """Whether it fills in the middle. Others answer 400 "FIM is not enabled for this model"
    (langchainjs issue 8698, 2025-08-15)."""
    embeddings: bool | None = None
    moderation: bool | None = None
    tools: bool | None = None
    """Whether it accepts ``tools``."""
    vision: bool | None = None
    """Whether it accepts ``image_url`` chunks. Others answer 400 "Image input is not enabled for
    this model" (recorded on voxtral-small, genai 66b63e622, 2025-08-29)."""
    audio: bool | None = None
    """Whether it accepts ``input_audio`` chunks. Others answer 400 "Audio input is not enabled for
    this model" (recorded on 13 models, genai 66b63e622, 2025-12-14)."""
    reasoning: bool | None = None
    """Whether it reasons, always or when asked."""
    reasoning_efforts: tuple[str, ...] | None = None
    """The words of ``reasoning_effort`` that it accepts; ``()``: it does not accept the field. The
    schema has more words than any model accepts: the others are refused with 400, code 3051."""
    reasoning_default: str | None = None
    """The word that holds where the field is absent; ``none`` for a model that does not reason."""
    thinking: bool | None = None
    """Whether the history may have ``thinking`` chunks. Models that do not reason respond with 400
    "Reasoning input is not enabled for this model" (mistral-vibe issue 758, 2026-06-09)."""
    prompt_mode: bool | None = None
    """Whether it accepts ``prompt_mode`` today; see `accepts_prompt_mode`."""
    n: bool | None = None
    """Whether it accepts an ``n`` above 1."""
    output_dimension: bool | None = None
    """Whether the embedding model accepts ``output_dimension``."""
    max_images: int | None = None
    """The most images in one request."""
    context: int | None = None
    """Context length in tokens."""
    temperature: float | None = None
    """The default temperature."""
    retired: str | None = None
    """ISO date of its retirement, perhaps to come."""
    replacements: tuple[str, ...] = ()
    """Ids that Mistral names as its successor."""
    history: tuple[Observation, ...] = ()
    """Rows of the table that hold from or until some day: ``invalid``, ``served``,
    ``prompt_mode``."""

    @property
    def can_stop_reasoning(self) -> bool | None:
        """Whether its reasoning can be switched off, or never was on."""
        if self.reasoning_efforts:
            return "none" in self.reasoning_efforts
        if self.reasoning is False:
            return True
        return False if self.reasoning and self.reasoning_efforts == () else None

    def seen(self, fact: str, date: str) -> Observation | None:
        """The dated row about this fact that holds on this ISO date."""
        return next((row for row in self.history if row.fact == fact and row.at(date)), None)

    def accepts_prompt_mode(self, date: str) -> bool | None:
        """Whether a request with ``prompt_mode`` is accepted on this ISO date.

        The Magistral models accepted it until 2026-07-31, when their ids were redirected; every
        model of Mistral's has refused it since (inspect_ai pull 4711).
        """
        row = self.seen("prompt_mode", date)
        return self.prompt_mode if row is None else row.value is True


UNKNOWN: Final = ModelFacts()
"""Of an id that nobody knows."""

# -- the table -----------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _index() -> dict[str, ModelCard]:
    """The card of every id and alias; of two, the one that the newest knowledge names."""
    # An id on two cards (open-mistral-7b, voxtral-mini-2507, voxtral-mini-latest) is the newer
    # release, and of two of one day the one that chats.
    ranked = sorted(models(), key=lambda card: (card.released, card.supports("chat")))
    index = {model_id: card for card in ranked for model_id in card.ids + card.aliases}
    # Aliases that no card has any more, where they pointed last.
    latest = {move.alias: move.points_to for move in alias_history()}
    for alias, target in latest.items():
        if alias not in index and target in index:
            index[alias] = index[target]
    # What was seen on the API wins over the cards, which still give the magistral aliases theirs.
    for row in observed():
        if row.fact == "alias":
            index.update((alias, index[str(row.value)]) for alias in row.ids)
    return index


def card_of(model_id: str) -> ModelCard | None:
    """The card of an id or alias, as of the newest knowledge."""
    return _index().get(model_id)


@lru_cache(maxsize=1)
def known_ids() -> tuple[str, ...]:
    """Every id and alias that the table says something of, in alphabetical order."""
    seen = {model_id for row in observed() for model_id in row.ids if model_id != "*"}
    return tuple(sorted(seen.union(_index())))


def _observed(model_id: str, own: str) -> dict[str, Any]:
    """What is observed of an id, or else of the first id of its card."""
    rows = {name: by_fact(model_id, fact) or by_fact(own, fact) for fact, name in _FACTS.items()}
    return {name: found[0].value for name, found in rows.items() if found}


def table_facts(model_id: str) -> ModelFacts:
    """What the table says of an id; `UNKNOWN` if nothing.

    What is observed of the id comes first, then what is observed of the first id of its card,
    then what follows from the card.
    """
    card = card_of(model_id)
    if card is None and model_id not in by_id():
        return UNKNOWN
    own = card.ids[0] if card is not None and card.ids else model_id
    found = _from_card(card) if card is not None else {}
    modes = by_fact(model_id, "prompt_mode") or by_fact(own, "prompt_mode")
    found.update(_observed(model_id, own))
    found.update({row.fact: row.value for row in modes if row.since is row.until is None})
    history = [row for fact in _ALONE for row in by_fact(model_id, fact)]
    history += [row for row in modes if row.since or row.until]
    return ModelFacts(**{**found, **_reasoning(found)}, history=tuple(history))


def _reasoning(found: Mapping[str, Any]) -> dict[str, Any]:
    """Whether a model reasons, by its card and by what it accepts; its effort if it does not."""
    efforts = found.get("reasoning_efforts")
    card: ModelCard | None = found.get("card")
    if efforts or found.get("thinking") or (card is not None and card.supports("reasoning")):
        return {"reasoning": True}
    if card is None or efforts is None:
        return {}  # disputed: see the row of its efforts
    return {"reasoning": False, "reasoning_default": "none"}


_FACTS: Final[Mapping[str, str]] = {
    "reasoning_effort": "reasoning_efforts",
    "reasoning_default": "reasoning_default",
    "thinking": "thinking",
    "n": "n",
    "fim": "fim",
    "output_dimension": "output_dimension",
    "images": "max_images",
}
"""Facts of observed rows, each with its name here."""

_ALONE: Final = ("invalid", "served", "exists")
"""Facts of the very ids of a row."""


def _from_card(card: ModelCard) -> dict[str, Any]:
    """What follows from a card.

    A model that is on a card refuses what only some models were seen to accept. Of what models can
    do, an emptied card says nothing.
    """
    said: dict[str, Any] = {
        "card": card,
        "context": card.context,
        "temperature": card.temperature,
        "retired": card.retired,
        "replacements": card.replacements,
        "reasoning_efforts": (),
        "thinking": False,
        "prompt_mode": False,
        "output_dimension": False,
        "fim": card.supports("fim"),
    }
    if card.capabilities:
        chats = card.supports("chat")
        said |= {"chat": chats, "n": chats}
        said |= {name: card.supports(name) for name in ("embeddings", "moderation")}
        said |= {name: card.supports("chat", name) for name in ("tools", "vision", "audio")}
    return said


# -- what a caller says ----------------------------------------------------------------------------


def overridden(facts: ModelFacts, said: Mapping[str, Any]) -> ModelFacts:
    """The facts with those of a caller in their place, and with what follows from them."""
    given: dict[str, Any] = {"listed": True, **said}
    efforts = said.get("reasoning_efforts")
    reasons = said.get("reasoning", True if efforts else None)
    if reasons is False:
        given = {"reasoning_efforts": (), "reasoning_default": "none", "thinking": False, **given}
    elif reasons is True and facts.reasoning is not True:
        # What was known is of a model that does not reason, and so of another one.
        forgotten = {"reasoning_efforts": None, "reasoning_default": None, "thinking": None}
        given = {"reasoning": True, **forgotten, **given}
    if efforts and facts.reasoning_default not in efforts:
        given.setdefault("reasoning_default", None)
    if "prompt_mode" in said:
        given["history"] = tuple(row for row in facts.history if row.fact != "prompt_mode")
    return replace(facts, **given)
