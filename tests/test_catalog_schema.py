"""The file of the catalogue has one schema: each row with source, day, and what disputes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mistral_sanitize import catalog

FILE = Path(catalog.__file__).with_name("catalog.json")

Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Word = Annotated[str, Field(min_length=1)]
Words = list[Word]
Tokens = Annotated[int, Field(gt=0)]


class Row(BaseModel):
    """What every row has."""

    model_config = ConfigDict(extra="forbid", strict=True)

    source: Word
    date: Day
    disputed: Word | None = None


class Weights(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    url: Annotated[str, Field(pattern=r"^https://")]
    licence: Word


class ModelRow(Row):
    slug: Word
    name: Word
    version: Word | None = None
    ids: Words = []
    aliases: Words = []
    status: Literal["GA", "PublicPreview", "Deprecated", "Retired", ""]
    released: Day
    deprecated: Day | None = None
    retired: Day | None = None
    replacements: Words = []
    context: Tokens | None = None
    max_output: Tokens | None = None
    endpoints: list[Annotated[str, Field(pattern=r"^/v1/")]] = []
    capabilities: list[
        Literal[
            "chat", "fim", "vision", "audio", "reasoning", "tools", "structured", "prediction",
            "prefix", "documents", "batch", "agents", "connectors", "embeddings", "moderation",
            "ocr", "transcription", "speech", "classification",
        ]
    ] = []  # fmt: skip
    weights: list[Weights] = []
    licences: Words = []
    tier: Literal["open", "premier", "labs"]
    free: bool
    temperature: float | None = None


class HistoricRow(Row):
    name: Word
    version: Word
    max_tokens: Tokens
    endpoint: Word | None
    licence: Word | None
    via_api: bool
    slug: Word
    ids: Words
    became: Literal["GA", "Retired"]
    deprecated: Day | None
    retired: Day | None
    replacements: Words
    points_to: Word | None


class ObservedRow(Row):
    ids: Annotated[Words, Field(min_length=1)]
    fact: Word
    value: bool | int | str | Words | None
    since: Day | None = None
    until: Day | None = None
    note: Word | None = None


class ClosedRow(Row):
    prefix: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    vendor: Word
    excepted: Words = []
    note: Word | None = None


class File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    date: Day
    sources: dict[Word, Annotated[str, Field(pattern=r"^(https://|pkg:)")]]
    models: list[ModelRow]
    table_2024_09_17: list[HistoricRow]
    # alias, target, day, commit, kind of source
    alias_history: list[tuple[Word, Word, Day, Word, Word]]
    observed: list[ObservedRow]
    closed_names: list[ClosedRow]


VALUES: dict[str, type] = {
    **dict.fromkeys(("exists", "served", "invalid", "reasoning"), bool),
    **dict.fromkeys(("thinking", "prompt_mode", "n", "fim", "output_dimension"), bool),
    **dict.fromkeys(("alias", "status", "deprecated", "retired", "reasoning_default"), str),
    **dict.fromkeys(("reasoning_effort", "replacements", "prediction_excludes"), list),
    **dict.fromkeys(("context", "images", "embedding_inputs", "embedding_tokens"), int),
}
"""What the value of each fact is, or null for *not known*."""


def file() -> File:
    # In JSON a pair is a list; strictness is about the values.
    return File.model_validate_json(FILE.read_bytes())


def test_file_has_its_schema() -> None:
    """Every key of every row is known, and has a value of its type; none is missing."""
    assert file().date == catalog.DATE


@pytest.mark.parametrize("missing", ["source", "date"])
@pytest.mark.parametrize("table", ["models", "table_2024_09_17", "observed", "closed_names"])
def test_no_row_may_lack(table: str, missing: str) -> None:
    """A fact without its source or day is not one."""
    tables = json.loads(FILE.read_bytes())
    del tables[table][0][missing]
    with pytest.raises(ValidationError, match=missing):
        File.model_validate_json(json.dumps(tables))


def test_every_fact_has_a_value_of_its_kind() -> None:
    """Words are lists, limits are numbers, and so on; ``null`` is not known."""
    for row in file().observed:
        assert row.value is None or type(row.value) is VALUES[row.fact], row
        if row.fact in ("reasoning_effort", "reasoning_default") and row.value:
            words = row.value if isinstance(row.value, list) else [row.value]
            assert set(map(str, words)) <= set(catalog.EFFORTS), row


def test_every_short_source_is_used() -> None:
    """The list of sources has no row that nothing names, and no row names one that is not there."""
    tables = file()
    rows: list[Row] = [
        *tables.models, *tables.table_2024_09_17, *tables.observed, *tables.closed_names,
    ]  # fmt: skip
    short = {row.source for row in rows if not row.source.startswith(("https://", "pkg:"))}
    assert short <= set(tables.sources)
    assert set(tables.sources) - short <= {"genai-prices"}


def test_slugs_and_targets_are_there() -> None:
    """The historic rows and the observed aliases are about models of the table."""
    tables = file()
    slugs = {row.slug for row in tables.models}
    ids = {model_id for row in tables.models for model_id in row.ids}
    assert {row.slug for row in tables.table_2024_09_17} <= slugs
    assert {row.value for row in tables.observed if row.fact == "alias"} <= ids
    replacements = {name for row in tables.models for name in row.replacements}
    assert {name for name in replacements if catalog.find(name) is None} == set()
