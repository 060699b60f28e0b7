"""The response of `StrictMistral` to ``GET /v1/models``, made from a catalogue."""

from __future__ import annotations

from typing import Any, Final

from mistral_sanitize.catalog import DATE, Catalog

__all__ = ["model_list"]

_FLAGS: Final = {
    "completion_chat": "chat",
    "function_calling": "tools",
    "completion_fim": "fim",
    "vision": "vision",
    "audio": "audio",
    "reasoning": "reasoning",
    "moderation": "moderation",
}
"""Capabilities, each with the fact of the catalogue; one that is not known is left out."""

_CREATED: Final = 1_767_225_600


def model_list(catalog: Catalog) -> list[dict[str, Any]]:
    """Every id of a model that is not gone on the catalogue's day; an alias is an entry too."""
    ids = [model_id for model_id in catalog.ids() if _is_served(catalog, model_id)]
    groups: dict[str, list[str]] = {}
    for model_id in ids:
        groups.setdefault(_own_id(catalog, model_id), []).append(model_id)
    return [_entry(catalog, model_id, groups[_own_id(catalog, model_id)]) for model_id in ids]


def _is_served(catalog: Catalog, model_id: str) -> bool:
    facts = catalog.facts(model_id)
    return facts.listed or (facts.card is not None and not catalog.is_gone(model_id, DATE))


def _own_id(catalog: Catalog, model_id: str) -> str:
    card = catalog.find(model_id)
    return card.ids[0] if card is not None and card.ids else model_id


def _entry(catalog: Catalog, model_id: str, group: list[str]) -> dict[str, Any]:
    facts = catalog.facts(model_id)
    flags = {word: getattr(facts, fact) for word, fact in _FLAGS.items()}
    card = facts.card
    return {
        "id": model_id,
        "object": "model",
        "created": _CREATED,
        "owned_by": "mistralai",
        "capabilities": {word: flag for word, flag in flags.items() if flag is not None}
        | {"ocr": card is not None and card.supports("ocr")},
        "name": _own_id(catalog, model_id),
        "description": model_id if card is None else card.name,
        "max_context_length": facts.context,
        "aliases": [other for other in group if other != model_id],
        "deprecation": facts.retired and f"{facts.retired}T00:00:00Z",
        "deprecation_replacement_model": next(iter(facts.replacements), None),
        "default_model_temperature": facts.temperature,
        "type": "base",
    }
