"""Mistral's models by id and alias: what was published, what was seen beside it, what you say.

`DEFAULT` is the frozen table of this release (``catalog.json``): the model cards of
mistralai/platform-docs-public at commit 222f4ba9 (2026-08-21), the newer models, the table of
models of 2024-09-17 (commit a4f766cf), the history of the aliases, and what was found out after or
beside the cards. Each row has its source and date, and what disputes it.

The table ages, and a workspace has models that no table knows. `Catalog.with_listing` puts what
``GET /v1/models`` says over the table, `Catalog.with_model` what the caller knows; the option
``catalog=`` of every function takes the result, or the parsed JSON itself.

Every question is answered from these alone: nothing is fetched. ``None`` means *not known*: a rule
that depends on the model then leaves the request alone. Nothing is read when this module is
imported; the file is read once, at the first question. The functions of this module use `DEFAULT`;
a `Catalog` answers the same questions, most of them by `Catalog.facts`.
"""

from __future__ import annotations

from typing import Final

from mistral_sanitize.catalog._cards import (
    AliasMove,
    ClosedName,
    HistoricModel,
    ModelCard,
    Observation,
    Weights,
    alias_history,
    by_fact,
    closed_name,
    models,
    observed,
    table_2024_09_17,
)
from mistral_sanitize.catalog._catalog import DEFAULT, Catalog, Stated
from mistral_sanitize.catalog._efforts import EFFORTS, nearest_effort
from mistral_sanitize.catalog._facts import UNKNOWN, ModelFacts

__all__ = [
    "DATE",
    "DEFAULT",
    "EFFORTS",
    "SOURCE",
    "UNKNOWN",
    "AliasMove",
    "Catalog",
    "ClosedName",
    "HistoricModel",
    "ModelCard",
    "ModelFacts",
    "Observation",
    "Stated",
    "Weights",
    "alias_history",
    "closed_name",
    "find",
    "is_refused",
    "limit",
    "models",
    "nearest_effort",
    "observed",
    "prediction_excludes",
    "reasoning_efforts",
    "table_2024_09_17",
    "takes_audio",
    "takes_fim",
    "takes_images",
    "takes_n",
    "takes_output_dimension",
    "takes_prompt_mode",
    "takes_thinking",
    "takes_tools",
]

DATE: Final = "2026-11-26"
"""The day of the table: what was known then. Each row has a date of its own, most of them older."""

SOURCE: Final = "mistralai/platform-docs-public@222f4ba9:src/schema/models/models/*.ts"
"""The repository, commit and files of most model cards, those of 2026-08-21."""


def find(model_id: object) -> ModelCard | None:
    """The card of an id or alias; see `Catalog.find`."""
    return DEFAULT.find(model_id)


def is_refused(model_id: object, endpoint: str, date: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the API is known to refuse the id as "Invalid model"; see `Catalog.is_refused`."""
    return DEFAULT.is_refused(model_id, endpoint, date)


def limit(name: str) -> int | None:
    """A limit that holds for every model, or ``None`` if there is none of that name.

    ``"embedding_inputs"``: at most 256 a request (recorded 2026-08-15). ``"embedding_tokens"``: at
    most 65,536 a request (probed 2026-07-19). How many images a request may have depends on the
    model: `ModelFacts.max_images`.
    """
    value = next((row.value for row in by_fact("*", name)), None)
    return value if isinstance(value, int) else None


def prediction_excludes() -> tuple[str, ...]:
    """Fields that exclude ``prediction``: ``n`` (documentation, 2026-08-21)."""
    value = next((row.value for row in by_fact("*", "prediction_excludes")), ())
    return value if isinstance(value, tuple) else ()


def reasoning_efforts(model_id: object) -> tuple[str, ...] | None:
    """The words of ``reasoning_effort`` that the model accepts: `ModelFacts.reasoning_efforts`."""
    return DEFAULT.facts(model_id).reasoning_efforts


def takes_thinking(model_id: object) -> bool | None:
    """Whether the model accepts thinking chunks: `ModelFacts.thinking`."""
    return DEFAULT.facts(model_id).thinking


def takes_prompt_mode(model_id: object, date: str) -> bool | None:
    """Whether the model accepts ``prompt_mode`` on a day: `ModelFacts.accepts_prompt_mode`."""
    return DEFAULT.facts(model_id).accepts_prompt_mode(date)


def takes_output_dimension(model_id: object) -> bool | None:
    """Whether the embedding model accepts ``output_dimension``: `ModelFacts.output_dimension`."""
    return DEFAULT.facts(model_id).output_dimension


def takes_n(model_id: object) -> bool | None:
    """Whether the model accepts an ``n`` above 1: `ModelFacts.n`."""
    return DEFAULT.facts(model_id).n


def takes_images(model_id: object) -> bool | None:
    """Whether the chat model accepts ``image_url`` chunks: `ModelFacts.vision`."""
    return DEFAULT.facts(model_id).vision


def takes_audio(model_id: object) -> bool | None:
    """Whether the chat model accepts ``input_audio`` chunks: `ModelFacts.audio`."""
    return DEFAULT.facts(model_id).audio


def takes_fim(model_id: object) -> bool | None:
    """Whether the model fills in the middle: `ModelFacts.fim`."""
    return DEFAULT.facts(model_id).fim


def takes_tools(model_id: object) -> bool | None:
    """Whether the chat model accepts ``tools``: `ModelFacts.tools`."""
    return DEFAULT.facts(model_id).tools
