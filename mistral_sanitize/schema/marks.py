"""Inert marks for ``Annotated``: what a field's type alone cannot say.

Only frozen, hashable values are defined here; nothing in this file looks at a payload. A mark is on
a field of a model, or on one member of its union. `schema.compile` reads it, and raises for a mark
that has no meaning at its place, so that none is silently ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mistral_sanitize.profiles import Source

__all__ = ["Bounded", "DefaultTag", "RenamedFrom", "Repair", "Required", "Supported"]


@dataclass(frozen=True, slots=True)
class _Span:
    """A span of time, on all hosts but some. See the marks below for what holds in it."""

    since: str | None = None
    until: str | None = None
    without: tuple[str, ...] = ()
    source: Source | None = None

    def __post_init__(self) -> None:
        if self.since is None and self.until is None and not self.without:
            raise ValueError(f"{type(self).__name__}() needs a since, an until or a without")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError(f"since={self.since} is not before until={self.until}")

    def at(self, date: str, host: str | None = None, source: Source = "document") -> bool:
        """Whether it holds in a schema of this ISO date, on `host` (``None``: Mistral's own).

        `source` is where that schema was read.
        """
        return (
            (self.since is None or self.since <= date)
            and (self.until is None or date < self.until)
            and host not in self.without
            and self.source in (None, source)
        )


@dataclass(frozen=True, slots=True)
class Supported(_Span):
    """Mistral's schema has the field, or the union member, from `since` on, before `until`.

    Dates are ISO dates (``"2024-11-07"``); `since` is inclusive, `until` exclusive, and ``None``
    leaves that end open. `without` names the hosts (``"azure"``, ``"vertex"``) that lack it.
    `source` is ``"sdk"`` for a fact of the SDK alone: a document that is published later does not
    have it until its own mark says so. ``None`` is a fact of both, as almost all are.
    Where several are on one place, one that holds is enough: what went away may come back.
    """


@dataclass(frozen=True, slots=True)
class Required(_Span):
    """A request must have the field from `since` on, before `until`, except on hosts `without`.

    Otherwise it may be left out: the model has a default for it, and accepts what any schema does.
    """


@dataclass(frozen=True, slots=True)
class DefaultTag:
    """Which member of a tagged union an object without `key` is: the one with the tag `tag`.

    Used beside a callable ``pydantic.Discriminator``, which alone would not say that.
    """

    key: str
    tag: str


@dataclass(frozen=True, slots=True)
class RenamedFrom:
    """Other clients call the field `name`; `rule` renames it.

    Where a payload has both, Mistral's own name wins, unless `wins` says that the other does.
    """

    name: str
    rule: str
    wins: bool = False


@dataclass(frozen=True, slots=True)
class Bounded:
    """A number outside the field's bounds is repaired by `rule`.

    ``"clamp"`` sets the nearest bound, or removes the field if that bound is exclusive;
    ``"remove"`` removes the field.
    """

    rule: str
    outside: Literal["clamp", "remove"] = "clamp"


@dataclass(frozen=True, slots=True)
class Repair:
    """The value of the field, or the item of the list, is repaired by the function of `rule`."""

    rule: str
