"""What newer facts about models would change: ``python -m tests.tools.catalog_diff NEWER.json``.

NEWER is either another ``catalog.json``, or a list of models as `mistral_sanitize.catalog` reads it
(the JSON of ``GET /v1/models`` or of Mistral's catalogue endpoint). Printed is, for each id, every
fact that differs, what would be called invalid or no longer, and each ``reasoning_effort`` that
would become another word. Exit code 1 where anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, Final
from unittest import mock

from mistral_sanitize import Sanitizer
from mistral_sanitize.catalog import DATE, EFFORTS, Catalog, ModelFacts, _cards, _facts

__all__ = ["differences"]

_CACHED: Final = (
    _cards._data, _cards.models, _cards.table_2024_09_17, _cards.alias_history, _cards.observed,
    _cards._closed_names, _cards.by_id, _facts._index, _facts.known_ids,
)  # fmt: skip
_UNSHOWN: Final = frozenset(("card", "history", "listed"))


def differences(newer: Any) -> list[str]:
    """What `newer`, parsed, would change, a fact a line, by id."""
    before = _known(Catalog())
    if isinstance(newer, dict) and "observed" in newer:
        with _table(newer):
            after = _known(Catalog())
    else:
        after = _known(Catalog().with_listing(newer))
    return list(_compared(before, after))


_Known = Mapping[str, Mapping[str, Any]]


def _known(catalog: Catalog) -> _Known:
    # Bound here: the functions would use one that is equal, and remembers the other table.
    bound = Sanitizer(catalog=catalog)
    return {model_id: _told(bound, model_id) for model_id in catalog.ids()}


def _told(bound: Sanitizer, model_id: str) -> dict[str, Any]:
    catalog = bound.catalog
    facts = catalog.facts(model_id)
    told = {f.name: getattr(facts, f.name) for f in fields(ModelFacts) if f.name not in _UNSHOWN}
    told["model"] = facts.card.slug if facts.card is not None else None
    told["called invalid"] = catalog.is_gone(model_id, DATE)
    for word in EFFORTS:
        payload = {"model": model_id, "messages": [], "reasoning_effort": word}
        got = bound.sanitize(payload).get("reasoning_effort", "(removed)")
        told[f"reasoning_effort={word}"] = got
    return told


def _compared(before: _Known, after: _Known) -> Iterator[str]:
    for model_id in sorted({*before, *after}):
        if model_id not in after:
            yield f"{model_id}: not known any more"
            continue
        if model_id not in before:
            yield f"{model_id}: new"
        old = before.get(model_id, {})
        for fact, value in after[model_id].items():
            was = old.get(fact)
            if value != was:
                yield f"{model_id}: {fact}: {_shown(was)} -> {_shown(value)}"


def _shown(value: Any) -> str:
    if value is None:
        return "not known"
    return " ".join(map(str, value)) or "none at all" if isinstance(value, tuple) else str(value)


@contextmanager
def _table(tables: Mapping[str, Any]) -> Iterator[None]:
    """Within, these tables are those of the package."""
    _forget()
    with mock.patch.object(_cards, "_data", return_value=tables):
        yield
    _forget()


def _forget() -> None:
    for cached in _CACHED:
        cached.cache_clear()


def main() -> int:
    """Prints the differences; 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.catalog_diff", description=__doc__)
    parser.add_argument("newer", type=Path, help="a newer catalog.json, or a list of models")
    lines = differences(json.loads(parser.parse_args().newer.read_bytes()))
    print("\n".join(lines) or "no difference")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
