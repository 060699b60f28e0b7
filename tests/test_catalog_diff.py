"""The tool that says what newer facts about models would change."""

from __future__ import annotations

import json
from pathlib import Path

from mistral_sanitize import catalog
from tests.tools.catalog_diff import differences

FILE = Path(catalog.__file__).with_name("catalog.json")


def test_the_table_itself_changes_nothing() -> None:
    """And the package's own table is as it was, afterwards."""
    before = catalog.DEFAULT.facts("mistral-small-2603")
    assert differences(json.loads(FILE.read_bytes())) == []
    assert catalog.Catalog().facts("mistral-small-2603") == before


def test_a_newer_table() -> None:
    """A new model, an alias that moves, efforts that change: each is named, with its effect."""
    tables = json.loads(FILE.read_bytes())
    source = {"date": "2026-11-26", "source": "https://example.org"}
    tables["observed"] += [
        {"ids": ["mistral-large-latest"], "fact": "alias", "value": "mistral-large-4-0", **source},
        {"ids": ["robot-1"], "fact": "exists", "value": True, **source},
    ]
    lines = differences(tables)
    assert "robot-1: new" in lines
    large = [line.partition(": ")[2] for line in lines if line.startswith("mistral-large-latest")]
    assert "reasoning_efforts: none at all -> low medium high" in large
    assert "reasoning_effort=none: (removed) -> low" in large
    assert "model: mistral-large-3-25-12 -> mistral-large-4-0" in large


def test_a_table_that_lost_a_model() -> None:
    """What is not known any more is named too."""
    tables = json.loads(FILE.read_bytes())
    tables["models"] = [row for row in tables["models"] if row["slug"] != "zai-glm-5-3-flash"]
    tables["observed"] = [r for r in tables["observed"] if "zai-glm-5-3-flash" not in r["ids"]]
    assert "zai-glm-5-3-flash: not known any more" in differences(tables)


def test_a_list_of_models() -> None:
    """A list shows what it would change over the table."""
    lines = differences([{"id": "zai-glm-5-2"}, {"id": "codestral-2508", "capabilities": {
        "vision": True}}])  # fmt: skip
    assert lines == [
        "codestral-2508: vision: False -> True",
        "codestral-latest: vision: False -> True",
        "mistral-code-fim-latest: vision: False -> True",
        "mistral-code-latest: vision: False -> True",
        "zai-glm-5-2: called invalid: True -> False",
    ]
