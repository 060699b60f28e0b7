"""The list of models that ``--list-models`` prints, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any, Final

from mistral_sanitize.catalog import DATE, Catalog, ModelFacts
from mistral_sanitize.cli.terminal import Style, amount, table
from mistral_sanitize.report import printable

__all__ = ["as_json", "as_table"]

_ACCEPTS: Final = {
    "chat": "chat",
    "fim": "fim",
    "embeddings": "embeddings",
    "moderation": "moderation",
    "tools": "tools",
    "vision": "images",
    "audio": "audio",
    "thinking": "thinking",
    "prompt_mode": "prompt_mode",
    "output_dimension": "output_dimension",
}
"""Facts that are true of a model, each with the word of the table."""

_ELSEWHERE: Final = ("ocr", "transcription", "speech")
"""What cards say of models that serve none of the endpoints here."""

_UNSHOWN: Final = frozenset(("card", "history"))


def as_table(style: Style, catalog: Catalog) -> list[str]:
    """Every model that is served, a row for each; then those that are retired."""
    served, gone = [], []
    for ids, facts in _groups(catalog):
        if catalog.is_gone(ids[0], DATE):
            gone.append(_gone_row(ids, facts))
        else:
            served.append(_row(ids, facts))
    heads = ("model", "context", "efforts", "retired", "accepts; aliases")
    return [
        style(f"{amount(len(served), 'model')} known on {DATE}", "bold"),
        "An effort with a star holds where reasoning_effort is absent; ? is not known. A day of",
        "retirement with ? is over, and the model may be served all the same.",
        "",
        *table(style, served, heads, right=(1,)),
        "",
        style(f"{amount(len(gone), 'model')} retired or refused by {DATE}", "bold"),
        "",
        *table(style, gone, ("model", "retired", "replaced by")),
    ]


def as_json(catalog: Catalog) -> list[str]:
    """Every id and alias, an object for each; ``null`` is not known."""
    models = [_object(catalog, model_id, ids[0]) for ids, _ in _groups(catalog) for model_id in ids]
    text = json.dumps({"date": DATE, "models": models}, indent=1, ensure_ascii=True)
    return text.splitlines()


def _groups(catalog: Catalog) -> Iterable[tuple[list[str], ModelFacts]]:
    """The ids of each model of which the same is known, its own first, and what is known."""
    groups: dict[tuple[str, ModelFacts], list[str]] = {}
    for model_id in catalog.ids():
        facts = catalog.facts(model_id)
        own = facts.card.ids[0] if facts.card is not None and facts.card.ids else model_id
        gone = catalog.is_gone(model_id, DATE)
        # That of an id of its own, and of an alias that is gone when its model is not.
        same = replace(facts, listed=False, history=())
        groups.setdefault((f"{own} {gone}", same), []).append(model_id)
    found = [
        (sorted(ids, key=lambda i: (i != own.partition(" ")[0], i)), facts)
        for (own, facts), ids in groups.items()
    ]
    return sorted(found, key=lambda group: group[0])


def _row(ids: list[str], facts: ModelFacts) -> tuple[str, ...]:
    does = [word for fact, word in _ACCEPTS.items() if getattr(facts, fact)]
    if facts.card is not None:
        does += [word for word in _ELSEWHERE if facts.card.supports(word)]
    retired = facts.retired or ""
    aliases = f"; {', '.join(map(printable, ids[1:]))}" if ids[1:] else ""
    return (
        printable(ids[0]),
        f"{facts.context:,}" if facts.context else "?",
        _efforts(facts),
        f"{retired}?" if retired and retired <= DATE else retired,
        (" ".join(does) or "?") + aliases,
    )


def _efforts(facts: ModelFacts) -> str:
    if facts.reasoning_efforts is None:
        return "?"
    default = facts.reasoning_default
    words = (f"{word}*" if word == default else word for word in facts.reasoning_efforts)
    return " ".join(map(printable, words)) or "-"


def _gone_row(ids: list[str], facts: ModelFacts) -> tuple[str, ...]:
    instead = " or ".join(map(printable, facts.replacements))
    return (", ".join(map(printable, ids)), facts.retired or "?", instead or "-")


def _object(catalog: Catalog, model_id: str, own: str) -> dict[str, Any]:
    facts = catalog.facts(model_id)
    card = facts.card
    known = {f.name: getattr(facts, f.name) for f in fields(facts) if f.name not in _UNSHOWN}
    return {
        "id": model_id,
        "model": own,
        "name": None if card is None else card.name,
        "version": None if card is None else card.version,
        "status": None if card is None else card.status or None,
        "released": None if card is None else card.released,
        "deprecated": None if card is None else card.deprecated,
        "gone": catalog.is_gone(model_id, DATE),
        "max_output": None if card is None else card.max_output,
        "licences": None if card is None else list(card.licences),
        "source": None if card is None else card.source,
        "date": None if card is None else card.date,
        "disputed": None if card is None else card.disputed or None,
        **known,
    }
