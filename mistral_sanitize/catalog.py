"""Mistral's models by id and alias: what was published, and what was seen beside it.

Two tables stand in ``catalog.json``. The *published* one is made from the model cards in
`src/schema/models/models/*.ts` of mistralai/platform-docs-public at commit 222f4ba9 (2026-08-21),
with the table of models of 2024-09-17 (commit a4f766cf) and the history of the aliases. The
*observed* one holds what the live API was seen to do after or beside the cards, each row with its
date and source; where sources disagree, the row's note begins with ``disputed``.

Every query answers from these tables alone and asks nobody. ``None`` means *not known*: a rule that
depends on the model then leaves the request alone. Nothing is read when this module is imported;
the file is read once, at the first question.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = [
    "DATE",
    "SOURCE",
    "AliasMove",
    "HistoricModel",
    "Model",
    "Observation",
    "Weights",
    "alias_history",
    "find",
    "is_refused",
    "limit",
    "models",
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

DATE = "2026-08-21"
"""The day of the published catalogue. Observed rows have dates of their own, some of them later."""

SOURCE = "mistralai/platform-docs-public@222f4ba9:src/schema/models/models/*.ts"
"""The repository, commit and files of the published catalogue."""

# An id with none of these names is no model of Mistral's: refused as "Invalid model" (recorded for
# "definitely-not-a-model", rig b75850e89, 2026-08-15). One that has such a name, and is not in the
# tables, may be newer than this release. Mistral names its families in -stral and -xtral (mistral,
# codestral, pixtral, …), and the next one should not be called impossible: hence the two words.
_FAMILY_WORDS = ("stral", "xtral")
_FAMILY_PREFIXES = ("open-", "labs-", "zai-", "glm-", "ft:")

# What a model must be able to do to be called on an endpoint at all. Classifiers are fine-tuned
# models, and the agents' endpoint takes an agent's id, so those say nothing about a model's card.
# An embedding model on chat completions is answered "Invalid model" (genai 35d6b090e, 2025-12-14);
# a chat model on FIM "FIM is not enabled for this model" (langchainjs issue 8698, 2025-08-15), and
# that is `takes_fim`. The other pairs cannot be served either; that the words are the same is
# inferred.
_NEEDS = {
    "/v1/chat/completions": "chat",
    "/v1/fim/completions": "chat",
    "/v1/embeddings": "embeddings",
    "/v1/moderations": "moderation",
    "/v1/chat/moderations": "moderation",
}


@dataclass(frozen=True, slots=True)
class Weights:
    """Where the weights of a model can be had, and under which licence."""

    url: str
    licence: str


@dataclass(frozen=True, slots=True)
class Model:
    """One model card of Mistral's, as of `DATE`.

    Attributes:
        slug: The name of the card's file, unique.
        name: What Mistral calls the model.
        version: Mistral's version, ``"26.03"``; ``""`` where the card has none.
        ids: Ids the API takes for it, without the moving aliases.
        aliases: Ids of the card that move from model to model (``…-latest``).
        status: The card's word: ``GA``, ``PublicPreview``, ``Deprecated`` or ``Retired``. A card
            keeps ``Deprecated`` after the day of retirement: see `retired_on`.
        released: ISO date; so are `deprecated` and `retired`, either of them perhaps to come.
        replacements: Ids of the model that Mistral names as its successor.
        context: Context length in tokens; ``None`` where the card has none.
        max_output: Longest answer in tokens; two cards alone have it.
        endpoints: Published paths that serve it; empty on cards that were emptied (see below).
        capabilities: Short words: ``chat``, ``fim``, ``vision``, ``audio``, ``reasoning``,
            ``tools``, ``structured``, ``prediction``, ``prefix``, ``documents``, ``batch``,
            ``agents``, ``connectors``, ``embeddings``, ``moderation``, ``ocr``,
            ``transcription``, ``speech``. Cards of models retired in 2025 were emptied before
            their history begins: they have no words, and nothing follows from that.
        weights: Published weights; empty for closed models.
        licences: Licences of the weights, each once.
        tier: ``open``, ``premier`` or ``labs``.
        free: Whether the card calls the use of the API free.
        temperature: The default temperature, as last seen in a public copy of ``GET /v1/models``
            (2025-03-17 to 2026-10-08; the cards have none).
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

    def supports(self, capability: str) -> bool:
        """Whether the card names this capability (``"chat"``, ``"tools"``, …)."""
        return capability in self.capabilities

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
    `slug` and `ids` are the model's card; `became` is its status on `DATE`, with the retirement
    counted; `points_to` is where the alias that the table named pointed on that day.
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
    """One fact of the live API, after or beside the cards.

    `fact` is what `value` is about: ``reasoning_effort`` (the words; ``()`` for refused),
    ``thinking``, ``prompt_mode``, ``n``, ``fim``, ``output_dimension`` (taken or not, ``None`` for
    not known), ``alias`` (its target), ``exists``, ``served``, ``invalid`` and, for the id ``*``,
    the limits. It holds from `since` on and before `until`, ISO dates or ``None`` for open.
    `date` is when it was seen, `source` an address.
    """

    ids: tuple[str, ...]
    fact: str
    value: str | int | bool | tuple[str, ...] | None
    since: str | None
    until: str | None
    date: str
    source: str
    note: str

    def at(self, date: str) -> bool:
        """Whether the fact holds on this ISO date."""
        return (self.since is None or self.since <= date) and (
            self.until is None or date < self.until
        )


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("catalog.json").read_bytes())
    return loaded


def _tuples(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """The row, with the lists of these names as tuples; a list that is left out is empty."""
    return {**row, **{name: tuple(row.get(name, ())) for name in names}}


# What a row may leave out: the file is read by people, and a column of nulls hides the facts.
_MODEL_DEFAULTS: dict[str, Any] = dict.fromkeys(
    ("deprecated", "retired", "context", "max_output", "temperature")
) | {"version": ""}
_OBSERVATION_DEFAULTS: dict[str, Any] = {"since": None, "until": None, "note": ""}


@lru_cache(maxsize=1)
def models() -> tuple[Model, ...]:
    """Every model card, oldest release first (65 of them; source and date: `SOURCE`, `DATE`)."""
    return tuple(
        Model(
            **{
                **_MODEL_DEFAULTS,
                **_tuples(row, "ids", "aliases", "replacements", "endpoints", "licences"),
                "capabilities": frozenset(row.get("capabilities", ())),
                "weights": tuple(Weights(**weights) for weights in row.get("weights", ())),
            }
        )
        for row in _data()["models"]
    )


@lru_cache(maxsize=1)
def table_2024_09_17() -> tuple[HistoricModel, ...]:
    """Mistral's table of models of 2024-09-17 (commit a4f766cf), in its order: eleven rows.

    By the cards of `DATE`, Mistral Embed alone has not been retired since.
    """
    return tuple(
        HistoricModel(**_tuples(row, "ids", "replacements")) for row in _data()["table_2024_09_17"]
    )


@lru_cache(maxsize=1)
def alias_history() -> tuple[AliasMove, ...]:
    """Where each alias pointed, and since when, by alias and date.

    From the docs pages until 2025-10-20 and from the model cards since; `observed` has the moves
    that neither shows.
    """
    return tuple(AliasMove(*row) for row in _data()["alias_history"])


@lru_cache(maxsize=1)
def observed() -> tuple[Observation, ...]:
    """What the live API was seen to do after or beside the cards, each row with date and source."""
    return tuple(
        Observation(
            **{
                **_OBSERVATION_DEFAULTS,
                **_tuples(row, "ids"),
                "value": tuple(row["value"]) if isinstance(row["value"], list) else row["value"],
            }
        )
        for row in _data()["observed"]
    )


@lru_cache(maxsize=1)
def _facts() -> dict[tuple[str, str], tuple[Observation, ...]]:
    """The observed rows by fact and id."""
    facts: dict[tuple[str, str], tuple[Observation, ...]] = {}
    for row in observed():
        for model_id in row.ids:
            facts[row.fact, model_id] = (*facts.get((row.fact, model_id), ()), row)
    return facts


def _fact(fact: str, model_id: str, date: str | None = None) -> Observation | None:
    """The row about this fact of this id, of those that hold on the date where one is given."""
    for row in _facts().get((fact, model_id), ()):
        if date is None or row.at(date):
            return row
    return None


@lru_cache(maxsize=1)
def _index() -> dict[str, Model]:
    """The model of every id and alias; of two, the one that the newest knowledge names."""
    # An id on two cards (open-mistral-7b, voxtral-mini-2507, voxtral-mini-latest) is the newer
    # release, and of two of one day the one that chats.
    ranked = sorted(models(), key=lambda model: (model.released, model.supports("chat")))
    index = {model_id: model for model in ranked for model_id in model.ids + model.aliases}
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


def find(model_id: object) -> Model | None:
    """The model of an id, dated id or alias, as of the newest knowledge; ``None`` if unknown.

    An alias is where it points now: ``magistral-medium-latest`` is Mistral Medium 3.5, since it was
    redirected on 2026-07-31. Fine-tuned models (``ft:…``) are not in the catalogue, nor is any
    value that is not a string.
    """
    return _index().get(model_id) if isinstance(model_id, str) else None


def limit(name: str) -> int | None:
    """A limit that holds for every model, or ``None`` if there is none of that name.

    ``"images"``: at most 8 a request (documentation, 2026-08-21). ``"embedding_inputs"``: at most
    256 a request (recorded 2026-08-15). ``"embedding_tokens"``: at most 65,536 a request (probed
    2026-07-19).
    """
    row = _fact(name, "*")
    return row.value if row is not None and isinstance(row.value, int) else None


def prediction_excludes() -> tuple[str, ...]:
    """Fields that may not stand beside ``prediction``: ``n`` (documentation, 2026-08-21)."""
    row = _fact("prediction_excludes", "*")
    return row.value if row is not None and isinstance(row.value, tuple) else ()


def reasoning_efforts(model_id: object) -> tuple[str, ...] | None:
    """The words of ``reasoning_effort`` that the model takes.

    ``()`` is a model known not to take the field, and ``None`` one of which nothing is known.
    The schema has more words than any model takes: the others are refused with 400, code 3051.
    Small 4 and Medium 3.5 take none and high (probed 2026-06-03 and 2026-07-15), Z.ai GLM 5.3 low,
    high and max (2026-09-17). Every other chat model on a card refuses the field.
    """
    if not isinstance(model_id, str):
        return None
    row = _fact("reasoning_effort", model_id)
    if row is not None:
        return row.value if isinstance(row.value, tuple) else None
    return None if find(model_id) is None else ()


def takes_thinking(model_id: object) -> bool | None:
    """Whether ``thinking`` chunks may stand in the history sent to the model.

    Models that do not reason answer 400 "Reasoning input is not enabled for this model"
    (devstral-small-latest, mistral-vibe issue 758, 2026-06-09); Small 4 takes them (recorded
    2026-08-19). ``None`` if the model is not known.
    """
    return _observed_or(model_id, "thinking", None, False)


def takes_prompt_mode(model_id: object, date: str) -> bool | None:
    """Whether a request with ``prompt_mode`` is taken by the model on this ISO date.

    The Magistral models took it until 2026-07-31, when their ids were redirected; every model of
    Mistral's has refused it since (inspect_ai pull 4711). zai-glm-5-2 takes and ignores it (pi
    issue 9375, 2026-09-09). ``None`` if the model is not known.
    """
    return _observed_or(model_id, "prompt_mode", date, False)


def takes_output_dimension(model_id: object) -> bool | None:
    """Whether the embedding model takes ``output_dimension``.

    codestral-embed does (documentation, 2026-08-21); mistral-embed answers 400 "does not support
    output_dimension" (gbrain pull 3001, 2026-07-19). ``None`` if the model is not known.
    """
    return _observed_or(model_id, "output_dimension", None, False)


def takes_n(model_id: object) -> bool | None:
    """Whether the model takes an ``n`` above 1.

    All chat models do but mistral-large-2512, by the documentation (2026-08-21; no refusal was
    seen in public). ``None`` if the model is not known, or its card is emptied.
    """
    return _observed_or(model_id, "n", None, _supports(model_id, "chat"))


def takes_images(model_id: object) -> bool | None:
    """Whether the chat model takes ``image_url`` chunks, by its card.

    Others answer 400 "Image input is not enabled for this model" (recorded on voxtral-small,
    genai 66b63e622, 2025-08-29). ``None`` if the model is not known, or its card is emptied.
    """
    return _supports(model_id, "chat", "vision")


def takes_audio(model_id: object) -> bool | None:
    """Whether the chat model takes ``input_audio`` chunks, by its card.

    Others answer 400 "Audio input is not enabled for this model" (recorded on 13 models, genai
    66b63e622, 2025-12-14). ``None`` if the model is not known, or its card is emptied.
    """
    return _supports(model_id, "chat", "audio")


def takes_fim(model_id: object) -> bool | None:
    """Whether the model takes fill-in-the-middle requests: Codestral, and its mistral-code aliases.

    Others answer 400 "FIM is not enabled for this model" (langchainjs issue 8698, 2025-08-15).
    ``None`` if the model is not known.
    """
    return _observed_or(model_id, "fim", None, bool(_supports(model_id, "fim")))


def takes_tools(model_id: object) -> bool | None:
    """Whether the chat model takes ``tools``, by its card.

    ``None`` if the model is not known, or its card is emptied.
    """
    return _supports(model_id, "chat", "tools")


def is_refused(model_id: object, endpoint: str, date: str) -> tuple[bool, tuple[str, ...]]:
    """Whether the id is known to be answered "Invalid model", and the ids that replace it.

    `endpoint` is a published path and `date` an ISO date. Known to be refused is an id

    * that the API was seen to refuse on that date (`observed`, fact ``invalid``),
    * whose card has been retired by then. Moving aliases (``…-latest``) are excepted, since Mistral
      redirects them when their target goes, and so are ids seen to answer all the same, disputed
      ones included (`observed`, fact ``served``): open-mistral-nemo, devstral-2512, …,
    * of a model that is not for this endpoint: an embedding model on chat completions,
    * whose name is of no family of Mistral's (``gpt-4o``, the empty string).

    An id that is merely unknown may be newer than this release and is not called refused. The
    replacements are those of the card; ``()`` where none is named.
    """
    if not isinstance(model_id, str) or endpoint == "/v1/agents/completions":
        return False, ()
    model = find(model_id)
    if _fact("invalid", model_id, date) is not None:
        return True, model.replacements if model is not None else ()
    if model is None:
        return not (_has_family(model_id) or _fact("exists", model_id) is not None), ()
    if model_id in model.ids and model.retired_on(date):
        served = _fact("served", model_id, date) is not None
        return (False, ()) if served else (True, model.replacements)
    needed = _NEEDS.get(endpoint)
    if needed is not None and model.capabilities and not model.supports(needed):
        return True, ()
    return False, ()


def _has_family(model_id: str) -> bool:
    """Whether the id has the name of a family of Mistral's."""
    name = model_id.lower()
    return name.startswith(_FAMILY_PREFIXES) or any(word in name for word in _FAMILY_WORDS)


def _supports(model_id: object, *capabilities: str) -> bool | None:
    """Whether the model's card names all of these; ``None`` if it is unknown or emptied."""
    model = find(model_id)
    if model is None or not model.capabilities:
        return None
    return model.capabilities.issuperset(capabilities)


def _observed_or(
    model_id: object, fact: str, date: str | None, otherwise: bool | None
) -> bool | None:
    """What was observed of the id; of a model on a card without a row, `otherwise`."""
    if not isinstance(model_id, str):
        return None
    row = _fact(fact, model_id, date)
    if row is not None:
        return row.value if isinstance(row.value, bool) else None
    return None if find(model_id) is None else otherwise
