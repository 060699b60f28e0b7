"""`Rule`, and what the function of a rule returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

__all__ = ["REMOVE", "Judged", "Rule"]


class _Remove:
    """The type of `REMOVE`, so that it prints as what it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "REMOVE"


REMOVE: Final = _Remove()
"""What a repair returns for a value that has to go."""


class Judged(NamedTuple):
    """What a repair returns where it knows itself whether something is lost."""

    value: Any
    lossy: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """One repair. Its id is interface; the wording is not."""

    id: str
    group: str
    reason: str
    """One line, said of every change the rule makes."""
    evidence: str
    """Where the behaviour is known from: a document and its date, or the report that shows it."""
    default: bool = True
    """Whether it is on without being enabled."""
    until: str | None = None
    """The ISO date from which schemas on it is off by default, since Mistral takes it."""
    lossy: bool | None = None
    """Whether its changes lose information; ``None``: when a value that says something goes."""

    def on(self, date: str) -> bool:
        """Whether the rule is on by default under a schema of this ISO date."""
        return self.default and (self.until is None or date < self.until)
