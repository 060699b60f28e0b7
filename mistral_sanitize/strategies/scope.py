"""What a request's model accepts of what the schema has, by the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from hypothesis.strategies import SearchStrategy

from mistral_sanitize import catalog
from mistral_sanitize.profiles import Profile
from mistral_sanitize.rules import RULES
from mistral_sanitize.schema.node import Value

__all__ = [
    "ANY_MODEL",
    "CHAT",
    "NARROWED",
    "JSONObject",
    "Payloads",
    "Scope",
    "able_to",
    "scope_of",
]

JSONObject = dict[str, Any]
Payloads = SearchStrategy[JSONObject]

CHAT: Final = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a request's model and its host accept: what the schema says nothing of."""

    model: str | None
    user_after_tool: bool
    """Whether a user message may be right after a tool's."""
    without: frozenset[str]
    """The chunk types that the model does not accept."""


# For what is drawn without a request: a model that takes most.
ANY_MODEL: Final = "mistral-small-latest"

_CHUNK_TAKEN: Final[Mapping[str, Callable[[object], bool | None]]] = {
    "image_url": catalog.takes_images,
    "input_audio": catalog.takes_audio,
    "thinking": catalog.takes_thinking,
}


def scope_of(model: str | None, profile: Profile) -> Scope:
    without = {kind for kind, taken in _CHUNK_TAKEN.items() if taken(model) is not True}
    # Voxtral answers a document with 500, whatever its card says (genai, recorded 2025-12).
    if model is not None and (catalog.takes_audio(model) or not able_to(model, "documents")):
        without |= {"document_url", "file"}
    user_after_tool = not RULES["user-after-tool"].on(profile)
    return Scope(model, user_after_tool, frozenset(without))


def able_to(model: str | None, capability: str) -> bool:
    card = catalog.find(model)
    return card is not None and card.supports(capability)


# -- fields whose values depend on the model ----------------------------------------------------


def _efforts(value: Value, model: str | None) -> Value | None:
    taken = catalog.reasoning_efforts(model)
    if taken is None:
        return value
    words = tuple(word for word in value.words or () if word in taken)
    return replace(value, words=words) if words else None


def _answers(value: Value, model: str | None) -> Value:
    return replace(value, high=1 if catalog.takes_n(model) is False else 3)


def _dimension(value: Value, model: str | None) -> Value | None:
    return replace(value, high=3072) if catalog.takes_output_dimension(model) else None


def _dtype(value: Value, model: str | None) -> Value | None:
    return value if catalog.takes_output_dimension(model) else None


def _predicted(value: Value, model: str | None) -> Value | None:
    return value if model is None or able_to(model, "prediction") else None


NARROWED: Final[Mapping[tuple[str, str], Callable[[Value, str | None], Value | None]]] = {
    ("request", "reasoning_effort"): _efforts,
    ("request", "n"): _answers,
    ("request", "prediction"): _predicted,
    ("request", "output_dimension"): _dimension,
    ("request", "output_dtype"): _dtype,
}
"""What the model leaves of a field's values; ``None`` where it takes the field not at all."""
