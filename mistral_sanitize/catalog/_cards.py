"""The rows of ``catalog.json`` as values, and the file read once.

One schema holds for every row: `source` is where it is known from, an address or a package
(``pkg:…``), `date` the day as of which it was seen there, and `disputed` what contradicts it, or
what it is only inferred from; an empty string where nothing does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = [
    "AliasMove",
    "ClosedName",
    "HistoricModel",
    "ModelCard",
    "Observation",
    "Weights",
    "alias_history",
    "by_fact",
    "by_id",
    "closed_name",
    "models",
    "observed",
    "table_2024_09_17",
]


@dataclass(frozen=True, slots=True)
class Weights:
    """Where the weights of a model can be had, and under which licence."""

    url: str
    licence: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model of Mistral's API, as of `mistral_sanitize.catalog.DATE`.

    Most rows are model cards of Mistral's documentation as of 2026-08-21, with what was found out
    about them since (`Observation`). Newer models are put together from several sources.

    Attributes:
        slug: The name of the card's file, unique.
        name: What Mistral calls the model.
        version: Mistral's version, ``"26.03"``; ``""`` where the card has none.
        ids: Ids that the API accepts for it, without the moving aliases; the model's own id first.
        aliases: Ids of the card that move from model to model (``…-latest``).
        status: The card's word: ``GA``, ``PublicPreview``, ``Deprecated`` or ``Retired``, or
            ``""`` where it is not known. A card keeps ``Deprecated`` after the day of retirement:
            see `retired_on`.
        released: ISO date; so are `deprecated` and `retired`, either of them perhaps to come.
        replacements: Ids of the model that Mistral names as its successor.
        context: Context length in tokens; ``None`` where it is not known.
        max_output: Longest completion in tokens; ``None`` where it is not known.
        endpoints: Published paths that serve it; empty on cards that were emptied (see below).
        capabilities: Short words: ``chat``, ``fim``, ``vision``, ``audio``, ``reasoning``,
            ``tools``, ``structured``, ``prediction``, ``prefix``, ``documents``, ``batch``,
            ``agents``, ``connectors``, ``embeddings``, ``moderation``, ``ocr``,
            ``transcription``, ``speech``. Cards of models retired in 2025 were emptied before
            their history begins: they have no words, and nothing follows from that.
        weights: Published weights that the card links to.
        licences: Licences of the weights, each once; empty for closed models.
        tier: ``open``, ``premier`` or ``labs``.
        free: Whether the card calls the use of the API free.
        temperature: The default temperature, as last seen in a public copy of ``GET /v1/models``
            (2025-03-17 to 2026-10-08; the cards have none).
        source: Where the row is from; single facts of it may be from an `Observation`.
        date: The day as of which it was seen there.
        disputed: What contradicts it, or what it is only inferred from.
    """

    slug: str
    name: str
    version: str
    ids: tuple[str, ...]
    aliases: tuple[str, ...]
    status: str
    released: str
    deprecated: str | None
    retired: str | None
    replacements: tuple[str, ...]
    context: int | None
    max_output: int | None
    endpoints: tuple[str, ...]
    capabilities: frozenset[str]
    weights: tuple[Weights, ...]
    licences: tuple[str, ...]
    tier: str
    free: bool
    temperature: float | None
    source: str
    date: str
    disputed: str

    def supports(self, *capabilities: str) -> bool:
        """Whether the card names all of these capabilities (``"chat"``, ``"tools"``, …)."""
        return self.capabilities.issuperset(capabilities)

    def serves(self, endpoint: str) -> bool:
        """Whether the card names this endpoint, by its path (``"/v1/chat/completions"``)."""
        return endpoint in self.endpoints

    def retired_on(self, date: str) -> bool:
        """Whether the card's day of retirement has come by this ISO date."""
        return self.retired is not None and self.retired <= date


@dataclass(frozen=True, slots=True)
class HistoricModel:
    """One row of Mistral's table of models of 2024-09-17 (commit a4f766cf), and what became of it.

    `max_tokens` and `endpoint` (the id, ``None`` for weights alone) are what the table said then.
    `slug` and `ids` are the model's card; `became` is its status today, with the retirement
    counted; `points_to` is where the alias that the table named points today.
    """

    name: str
    version: str
    max_tokens: int
    endpoint: str | None
    licence: str | None
    via_api: bool
    slug: str
    ids: tuple[str, ...]
    became: str
    deprecated: str | None
    retired: str | None
    replacements: tuple[str, ...]
    points_to: str | None
    source: str
    date: str
    disputed: str


@dataclass(frozen=True, slots=True)
class AliasMove:
    """From the ISO date `since` on, `alias` pointed at `points_to`.

    `commit` of mistralai/platform-docs-public is where that was written: on a docs page, or on the
    model card that `source` names.
    """

    alias: str
    points_to: str
    since: str
    commit: str
    source: str


@dataclass(frozen=True, slots=True)
class Observation:
    """One fact about some ids that was found out after or beside the cards.

    `fact` is what `value` is about:

    * ``reasoning_effort`` (the words; ``()`` for refused), ``reasoning_default`` (the word that
      holds where the field is absent), ``thinking``, ``prompt_mode``, ``n``, ``fim``,
      ``output_dimension`` (accepted or not), ``images`` (the most in one request); ``None`` is
      *not known*. What holds of a model's own id holds of its other ids and aliases too, unless
      they have rows of their own.
    * ``alias`` (its target), ``exists``, ``served``, ``invalid``: of the very ids of the row.
    * a field of the card: ``status``, ``deprecated``, ``retired``, ``replacements``, ``context``,
      and the capability ``reasoning``.
    * for the id ``*``, what holds of every model: ``embedding_inputs``, ``embedding_tokens``,
      ``prediction_excludes``.

    It holds from `since` on and before `until`, ISO dates or ``None`` for open.
    """

    ids: tuple[str, ...]
    fact: str
    value: str | int | bool | tuple[str, ...] | None
    since: str | None
    until: str | None
    date: str
    source: str
    disputed: str
    note: str

    def at(self, date: str) -> bool:
        """Whether the fact holds on this ISO date."""
        return (self.since is None or self.since <= date) and (
            self.until is None or date < self.until
        )


@dataclass(frozen=True, slots=True)
class ClosedName:
    """A prefix of another vendor's closed models, which Mistral cannot serve.

    Open models are no such: Mistral serves some under their own names (``deepseek-…``). `excepted`
    are prefixes of those that the rule would catch (``gpt-oss``).
    """

    prefix: str
    vendor: str
    excepted: tuple[str, ...]
    date: str
    source: str
    note: str

    def fits(self, name: str) -> bool:
        """Whether a name in lower case is one of the vendor's.

        A prefix without a hyphen at its end is a name too: ``o1`` is one, and ``o1x`` is not.
        """
        begins = name == self.prefix or name.startswith(f"{self.prefix.removesuffix('-')}-")
        return begins and not name.startswith(self.excepted)


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("catalog.json").read_bytes())
    return loaded


def _rows(table: str, *lists: str, **defaults: Any) -> list[dict[str, Any]]:
    """The rows of a table, with their defaults, their lists as tuples and their sources' addresses.

    A row may leave out what it has not: the file is read by people, and a column of nulls hides
    the facts.
    """
    sources = _data()["sources"]
    empty: dict[str, Any] = dict.fromkeys(lists, ())
    rows = []
    for row in _data()[table]:
        full = {**empty, **defaults, **row}
        full.update((name, tuple(full[name])) for name in lists)
        full["source"] = sources.get(full["source"], full["source"])
        rows.append(full)
    return rows


_AMENDED = ("status", "deprecated", "retired", "replacements", "context")
_AMENDED_CAPABILITIES = ("reasoning",)


def _amended(row: dict[str, Any]) -> dict[str, Any]:
    """The card's row, with what was found out about its first id since."""
    model_id = row["ids"][0] if row["ids"] else None
    facts = {fact: found[-1].value for fact, found in by_id().get(model_id, {}).items()}
    amended = {name: facts[name] for name in _AMENDED if name in facts}
    able = frozenset(row["capabilities"]) | {n for n in _AMENDED_CAPABILITIES if facts.get(n)}
    return {**row, **amended, "capabilities": able}


@lru_cache(maxsize=1)
def models() -> tuple[ModelCard, ...]:
    """Every model, oldest release first: 73 of them."""
    rows = _rows(
        "models", "ids", "aliases", "replacements", "endpoints", "licences", "weights",
        version="", capabilities=(), disputed="", deprecated=None, retired=None, context=None,
        max_output=None, temperature=None,
    )  # fmt: skip
    return tuple(
        ModelCard(**{**_amended(row), "weights": tuple(Weights(**w) for w in row["weights"])})
        for row in rows
    )


@lru_cache(maxsize=1)
def table_2024_09_17() -> tuple[HistoricModel, ...]:
    """Mistral's table of models of 2024-09-17 (commit a4f766cf), in its order: eleven rows.

    By the cards of today, Mistral Embed alone has not been retired since.
    """
    rows = _rows("table_2024_09_17", "ids", "replacements", disputed="")
    return tuple(HistoricModel(**row) for row in rows)


@lru_cache(maxsize=1)
def alias_history() -> tuple[AliasMove, ...]:
    """Where each alias pointed, and since when, by alias and date.

    From the docs pages until 2025-10-20 and from the model cards until 2026-08-21; `observed` has
    the moves that neither shows.
    """
    return tuple(AliasMove(*row) for row in _data()["alias_history"])


@lru_cache(maxsize=1)
def observed() -> tuple[Observation, ...]:
    """What was found out after or beside the cards, each row with date and source."""
    rows = _rows("observed", "ids", since=None, until=None, disputed="", note="")
    for row in rows:
        if isinstance(row["value"], list):
            row["value"] = tuple(row["value"])
    return tuple(Observation(**row) for row in rows)


@lru_cache(maxsize=1)
def _closed_names() -> tuple[ClosedName, ...]:
    rows = _rows("closed_names", "excepted", note="")
    return tuple(ClosedName(**row) for row in rows)


def closed_name(model_id: str) -> ClosedName | None:
    """The row that has this id as another vendor's closed model, if there is one.

    A router's prefix counts for nothing: ``openai/gpt-4o`` is as closed as ``gpt-4o``.
    """
    name = model_id.rpartition("/")[2].lower()
    return next((row for row in _closed_names() if row.fits(name)), None)


@lru_cache(maxsize=1)
def by_id() -> dict[str | None, dict[str, tuple[Observation, ...]]]:
    """The observed rows by id and fact."""
    facts: dict[str | None, dict[str, tuple[Observation, ...]]] = {}
    for row in observed():
        for model_id in row.ids:
            found = facts.setdefault(model_id, {})
            found[row.fact] = (*found.get(row.fact, ()), row)
    return facts


def by_fact(model_id: str, fact: str) -> tuple[Observation, ...]:
    """The observed rows about one fact of one id."""
    return by_id().get(model_id, {}).get(fact, ())
