"""The mutants that no test notices, each with the reason why that is right: ``survivors.txt``.

The file has a paragraph for each line of the package: module, function and the line's text, then
each change, then its reason after a ``=``; one reason may stand for several changes. ``#2`` is the
second of several changes that are alike. A reason that begins with ``open`` is none: the mutant
may stand for a behaviour that no test states yet.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["SCORE", "SURVIVORS", "Key", "Survivor", "listed", "score", "table", "written"]

SURVIVORS: Final = Path(__file__).with_name("survivors.txt")
SCORE: Final = Path(__file__).with_name("score.json")
"""How many mutants of each module the last whole run made and killed."""

Key = tuple[str, str, str, str, int]
"""Module, function, line, change, and which of several alike."""


class Survivor(NamedTuple):
    """One mutant, and why it is left."""

    key: Key
    why: str

    @property
    def is_open(self) -> bool:
        return self.why.startswith("open")


def listed(text: str | None = None) -> tuple[Survivor, ...]:
    """Every survivor of the file, in its order."""
    found: list[Survivor] = []
    place = ("", "", "")
    waiting: list[tuple[str, int]] = []
    for raw in (SURVIVORS.read_text("utf-8") if text is None else text).splitlines():
        line = raw.strip()
        if not line or raw.startswith("# "):
            continue
        if not raw.startswith(" "):
            module, function, code = raw.split(" | ", 2)
            place = (module, function, code)
        elif line.startswith("= "):
            found += [Survivor((*place, *change), line[2:]) for change in waiting]
            waiting = []
        else:
            change, mark, nth = line.rpartition(" #")
            is_nth = bool(mark) and nth.isdigit()
            waiting.append((change, int(nth) - 1) if is_nth else (line, 0))
    return tuple(found)


def written(survivors: Iterable[Survivor]) -> str:
    """The file's text for these survivors, those of a line with one reason together."""
    groups: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for (module, function, line, change, nth), why in survivors:
        words = f"{change} #{nth + 1}" if nth else change
        groups.setdefault((module, function, line), {}).setdefault(why, []).append(words)
    paragraphs = []
    for place, reasons in groups.items():
        lines = [" | ".join(place)]
        for why, changes in reasons.items():
            lines += [f"    {change}" for change in changes] + [f"    = {why}"]
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs) + "\n"


def score() -> dict[str, dict[str, int]]:
    """By module: how many mutants the last whole run made, and how many were noticed."""
    found: dict[str, dict[str, int]] = json.loads(SCORE.read_text("utf-8"))
    return found


def table(counts: Mapping[str, Mapping[str, int]], survivors: Iterable[Survivor]) -> str:
    """The score in lines: a module each, and the whole."""
    is_open = Counter(s.key[0] for s in survivors if s.is_open)
    explained = Counter(s.key[0] for s in survivors if not s.is_open)
    rows = [("module", "mutants", "killed", "explained", "open", "score")]
    whole = Counter[str]()
    for module, count in counts.items():
        rows.append(_row(module, count["mutants"], count["killed"], explained[module],
                         is_open[module]))  # fmt: skip
        whole.update(mutants=count["mutants"], killed=count["killed"])
    known = list(counts)
    rows.append(_row("all", whole["mutants"], whole["killed"],
                     sum(explained[m] for m in known), sum(is_open[m] for m in known)))  # fmt: skip
    wide = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(w) if at else cell.ljust(w)
                  for at, (cell, w) in enumerate(zip(row, wide, strict=True)))
        for row in rows
    )  # fmt: skip


def _row(module: str, mutants: int, killed: int, explained: int, left: int) -> tuple[str, ...]:
    # What no test can notice is no mutant to notice.
    share = f"{killed / max(1, mutants - explained):.1%}"
    return module, str(mutants), str(killed), str(explained), str(left), share
