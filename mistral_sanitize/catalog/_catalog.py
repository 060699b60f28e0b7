"""`Catalog`: the frozen table, and over it what a caller says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, TypedDict

from typing_extensions import Unpack

from mistral_sanitize.catalog._cards import ModelCard, closed_name
from mistral_sanitize.catalog._facts import (
    UNKNOWN,
    ModelFacts,
    known_ids,
    overridden,
    table_facts,
)
from mistral_sanitize.catalog._listing import Entry, checked, entries_of

__all__ = ["DEFAULT", "Catalog", "Stated"]

# What a model must be able to do to be called on an endpoint at all. Classifiers are fine-tuned
# models, and the agents' endpoint takes an agent's id, so those say nothing about a model's card.
# An embedding model on chat completions is answered "Invalid model" (genai 35d6b090e, 2025-12-14);
# a chat model on FIM "FIM is not enabled for this model" (langchainjs issue 8698, 2025-08-15), and
# that is `ModelFacts.fim`. The other pairs cannot be served either; that the words are the same is
# inferred.
_NEEDS: Final = {
    "/v1/chat/completions": "chat",
    "/v1/fim/completions": "chat",
    "/v1/embeddings": "embeddings",
    "/v1/moderations": "moderation",
    "/v1/chat/moderations": "moderation",
}


class Stated(TypedDict, total=False):
    """What a caller may say of a model; see `ModelFacts` for each."""

    alias_of: str | None
    """The id of another model, whose facts hold where none is stated."""
    chat: bool | None
    fim: bool | None
    embeddings: bool | None
    moderation: bool | None
    tools: bool | None
    vision: bool | None
    audio: bool | None
    reasoning: bool | None
    """``False``: the model accepts neither ``reasoning_effort`` nor thinking chunks."""
    reasoning_efforts: Iterable[str] | None
    """``()``: the model does not accept the field."""
    reasoning_default: str | None
    thinking: bool | None
    prompt_mode: bool | None
    n: bool | None
    output_dimension: bool | None
    max_images: int | None
    context: int | None
    temperature: float | None
    retired: str | None
    replacements: Iterable[str] | None


class Catalog:
    """What is known of models: the frozen table, and over it what a caller says.

    Immutable, hashable, picklable, and safe to share among threads. `DEFAULT` is the table alone;
    `with_listing` and `with_model` give new catalogues. Where two calls disagree the later one
    wins, and every call wins over the table.
    """

    __slots__ = ("_by_id", "_entries", "_facts", "_hash")

    _entries: tuple[Entry, ...]
    _by_id: dict[str, list[Entry]]
    _facts: dict[str, ModelFacts]
    _hash: int

    def __init__(self) -> None:
        self._bind(())

    def _bind(self, entries: tuple[Entry, ...]) -> None:
        by_id: dict[str, list[Entry]] = {}
        for entry in entries:
            by_id.setdefault(entry.model_id, []).append(entry)
        put = object.__setattr__
        put(self, "_entries", entries)
        put(self, "_by_id", by_id)
        put(self, "_facts", {})  # what was asked for, kept
        put(self, "_hash", hash(entries))

    @staticmethod
    def of(value: object) -> Catalog:
        """The catalogue that an option gives: itself, or `DEFAULT` with a list of models.

        Raises:
            ValueError: neither; see `with_listing`.
        """
        return value if isinstance(value, Catalog) else DEFAULT.with_listing(value)

    def with_listing(self, answer: object) -> Catalog:
        """A new catalogue: what a server says of its models, over this one.

        Args:
            answer: the parsed JSON of ``GET /v1/models`` (the object, its ``data``, or one model
                of ``GET /v1/models/{id}``), or of Mistral's ``GET /model-catalog``.

        A model that is listed exists; one that is not may exist, too. An alias points where the
        list says. ``null``, an absent flag and what mistralai fills in for an absent key
        (a context of 32768, capabilities that are all false) carry no information. ``reasoning:
        false`` means that the model accepts neither ``reasoning_effort`` nor thinking chunks;
        ``true`` does not tell which words it accepts.

        Raises:
            ValueError: it is not such a list. The message names ``catalog`` and the place.
        """
        entries = entries_of(answer)
        # Of an id that is an entry of its own and an alias of another, its own entry counts more.
        own = {entry.model_id for entry in entries if entry.own}
        kept = (entry for entry in entries if entry.own or entry.model_id not in own)
        return _of((*self._entries, *kept))

    def with_model(self, model_id: str, **facts: Unpack[Stated]) -> Catalog:
        """A new catalogue: what the caller knows of one model, over this one. The model exists.

        Args:
            model_id: the id, as requests name it. What is said of a model's own id holds of its
                aliases too, unless something is said of them.
            facts: those of `Stated`, all by keyword; ``None`` says nothing.

        Raises:
            ValueError: a value that cannot be one; the message names ``catalog`` and the fact.
            TypeError: no such fact.
        """
        name = checked("reasoning_default", model_id, "model_id")
        target = facts.pop("alias_of", None)
        if target is not None:
            checked("reasoning_default", target, "alias_of")
        for fact in facts:
            if fact not in Stated.__annotations__:
                listed = ", ".join(sorted(Stated.__annotations__))
                raise TypeError(f"with_model: unknown fact {fact!r}; the facts are {listed}")
        said = ((fact, checked(fact, v)) for fact, v in sorted(facts.items()) if v is not None)
        return _of((*self._entries, Entry(name, target, tuple(said))))

    # -- questions ------------------------------------------------------------------------------

    def facts(self, model_id: object) -> ModelFacts:
        """What is known of an id; `UNKNOWN` (everything ``None``) of what nobody knows."""
        if not isinstance(model_id, str):
            return UNKNOWN
        found = self._facts.get(model_id)
        return self._look_up(model_id) if found is None else found

    def _look_up(self, model_id: str) -> ModelFacts:
        entries = self._by_id.get(model_id, ())
        facts = self._base(model_id, entries) if self._by_id else table_facts(model_id)
        for entry in entries:
            facts = overridden(facts, dict(entry.said))
        if facts is not UNKNOWN:  # of the ids that nobody knows there is no end
            self._facts[model_id] = facts
        return facts

    def _base(self, model_id: str, entries: Iterable[Entry]) -> ModelFacts:
        """What holds of an id for which only the entries say something: the table's facts.

        And those said of the model that it is an alias of, by the entries or by the table.
        """
        targets = [entry.target for entry in entries if entry.target is not None]
        if targets and not targets[-1]:
            return UNKNOWN
        facts = table_facts(targets[-1] if targets else model_id)
        own = targets[-1] if targets else facts.card.ids[0] if facts.card and facts.card.ids else ""
        if own != model_id:
            for entry in self._by_id.get(own, ()):
                facts = replace(overridden(facts, dict(entry.said)), listed=False)
        return facts

    def find(self, model_id: object) -> ModelCard | None:
        """The card of an id or alias, as of the newest knowledge; ``None`` if there is none.

        An alias is where it points now: ``magistral-medium-latest`` is Mistral Medium 3.5, since it
        was redirected on 2026-07-31. Fine-tuned models (``ft:…``) are not in the table, nor is any
        value that is not a string.
        """
        return self.facts(model_id).card

    def ids(self) -> tuple[str, ...]:
        """Every id and alias of which something is known, in alphabetical order."""
        return tuple(sorted({*known_ids(), *self._by_id}))

    def is_refused(
        self, model_id: object, endpoint: str, date: str
    ) -> tuple[bool, tuple[str, ...]]:
        """Whether the API is known to refuse the id as "Invalid model", and its replacements.

        `endpoint` is a published path and `date` an ISO date. Known to be refused is

        * the empty string,
        * an id that the API was seen to refuse on that date (`observed`, fact ``invalid``),
        * an id whose card has been retired by then. Moving aliases (``…-latest``) are excepted,
          since Mistral redirects them when their target goes, and so are ids seen to answer all the
          same, disputed ones included (`observed`, fact ``served``): devstral-2512, …,
        * another vendor's closed model (``gpt-4o``; `closed_name`),
        * a model that is not for this endpoint: an embedding model on chat completions.

        What the caller's list names is served, whatever the table says. An id that is merely
        unknown may be newer than this release, and is not called refused. The replacements are
        those of the card; ``()`` where none is named.
        """
        if not isinstance(model_id, str) or endpoint == "/v1/agents/completions":
            return False, ()
        facts = self.facts(model_id)
        if self.is_gone(model_id, date):
            return True, facts.replacements
        needed = _NEEDS.get(endpoint)
        return needed is not None and getattr(facts, needed) is False, ()

    def is_gone(self, model_id: str, date: str) -> bool:
        """Whether the id is known to be refused on every endpoint; see `is_refused`."""
        facts = self.facts(model_id)
        if facts.listed:
            return False
        if facts.seen("invalid", date) is not None:
            return True
        if facts.card is None:
            return not model_id or (closed_name(model_id) is not None and not facts.history)
        own = model_id in facts.card.ids and facts.card.retired_on(date)
        return own and facts.seen("served", date) is None

    # -- a value --------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("a Catalog is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("a Catalog is immutable")

    def __reduce__(self) -> tuple[Any, ...]:
        return _of, (self._entries,)

    def __eq__(self, other: object) -> bool:
        return self._entries == other._entries if isinstance(other, Catalog) else NotImplemented

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        if not self._entries:
            return "catalog.DEFAULT"
        return f"<Catalog: catalog.DEFAULT and what a caller says of {len(self._by_id)} ids>"


DEFAULT: Final = Catalog()
"""The frozen table alone."""


def _of(entries: tuple[Entry, ...]) -> Catalog:
    if not entries:
        return DEFAULT
    new = Catalog.__new__(Catalog)
    new._bind(entries)
    return new
