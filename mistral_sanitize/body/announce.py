"""What adapters log: rules and places, never values.

What is lost is said at WARNING, so that it is seen where nothing is configured; once in a process
for each rule and kind of place, so that a busy proxy's log is not full of it. How often since, and
everything else, is said at INFO. All of it is on the logger ``mistral_sanitize``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final

from mistral_sanitize.completions import CompletionReport
from mistral_sanitize.report import Change, Report, pointer, shown

__all__ = [
    "Lost",
    "Once",
    "announce",
    "announce_completion",
    "forget",
    "is_told_of_all",
    "kind_of_place",
    "log",
    "lost_in",
]

log: Final[logging.Logger] = logging.getLogger("mistral_sanitize")

_MOST_PLACES: Final = 20
"""Places in one line."""

Lost = tuple[tuple[Any, ...], str]
"""A kind of place, every index a ``"*"``, and the rule that lost something there."""


_ALL: list[Once] = []


class Once:
    """What has been said in this process, and how often there was reason to since.

    Bounded, since keys of a payload are its sender's to make up; safe among threads.

    Args:
        limit: How many different things are remembered.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        _ALL.append(self)
        self._counts: dict[Hashable, int] = {}
        self._lock = threading.Lock()

    def count(
        self,
        thing: Hashable,
        times: int = 1,
        bounded: Callable[[Any], Hashable] = lambda thing: thing,
    ) -> int | None:
        """How often it has been counted, this included; ``None``: it cannot be remembered.

        Args:
            thing: What is counted.
            times: How often it is.
            bounded: What to remember of it: as much where it is short, and less where it is not.
        """
        with self._lock:
            if thing not in self._counts:
                thing = bounded(thing)
            before = self._counts.get(thing, 0)
            if not before and len(self._counts) >= self._limit:
                return None
            self._counts[thing] = total = before + times
            return total

    def is_first(self, thing: Hashable) -> bool:
        """Whether it is counted for the first time."""
        return self.count(thing) == 1

    def forget(self) -> None:
        """As in a new process."""
        with self._lock:
            self._counts.clear()


SAID: Final = Once(1000)
"""What has been lost: kinds of place, and rules."""


def forget() -> None:
    """Nothing has been said in this process, by anybody who says a thing once: for tests."""
    for once in _ALL:
        once.forget()


def kind_of_place(path: tuple[Any, ...]) -> tuple[Any, ...]:
    """A path with ``"*"`` for every index, and for a key that looks like one."""
    if len(path) == 1 and isinstance(path[0], str) and not path[0].isdecimal():
        return path  # a field of the request: nearly always
    return tuple(
        "*" if isinstance(step, int) or (isinstance(step, str) and step.isdecimal()) else step
        for step in path
    )


def lost_in(report: Report) -> list[Lost]:
    """What a report names as lossy."""
    return [_lost_place(change) for change in report.lossy]


def _lost_place(change: Change) -> Lost:
    steps = change.path.split("/")[1:]
    place = tuple(s.replace("~1", "/").replace("~0", "~") for s in steps)
    return kind_of_place(place), change.rule


def is_told_of_all() -> bool:
    """Whether the log has a use for changes that lose nothing."""
    return log.isEnabledFor(logging.INFO)


def announce(endpoint: str, lost: Sequence[Lost], report: Report | None) -> None:
    """Say what was done to a request.

    Args:
        endpoint: Which request it is.
        lost: What is lost, one for each change.
        report: All changes; ``None`` where `is_told_of_all` has said no.
    """
    new: list[str] = []
    again: list[str] = []
    if lost and log.isEnabledFor(logging.WARNING):
        counts: dict[Lost, int] = {}
        for one in lost:
            counts[one] = counts.get(one, 0) + 1
        for one, times in counts.items():
            total = SAID.count(one, times, _bounded)
            if total == times:
                new.append(_loss_words(one))
            elif report is not None:
                again.append(_loss_words(one) + (f" lossy, {total} so far" if total else " lossy"))
    if new:
        log.warning(
            "sanitized %s, lost %s (a warning once each, then counted at INFO)",
            endpoint,
            _listed(new),
        )
    if report is not None:
        kept = [f"{shown(c.path)} [{c.rule}]" for c in report.changes if not c.lossy]
        if kept or again:
            log.info("sanitized %s: %s", endpoint, _listed([*kept, *again]))


def announce_completion(endpoint: str, report: CompletionReport) -> None:
    """Say what was done to a completion, at INFO."""
    if is_told_of_all():
        places = [f"{shown(change.path)} [{change.rule}]" for change in report.changes]
        log.info(
            "mapped a completion of %s: %s", endpoint, _listed([*places, *map(str, report.left)])
        )


def _bounded(lost: Lost) -> Hashable:
    """What is remembered of it: keys are their sender's to make up, and as long as they like."""
    is_short = len(lost[0]) < 20 and all(len(str(step)) < 80 for step in lost[0])
    return lost if is_short else _loss_words(lost)


def _loss_words(lost: Lost) -> str:
    place, rule = lost
    return f"{shown(pointer(place))} [{rule}]"


def _listed(words: Sequence[str]) -> str:
    more = len(words) - _MOST_PLACES
    return ", ".join(words[:_MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
