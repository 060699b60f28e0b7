"""What the command line shows: colours, tables, a report a person can read, a progress bar."""

from __future__ import annotations

import os
import shutil
import textwrap
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TextIO

from mistral_sanitize import profiles
from mistral_sanitize.profiles import Profile
from mistral_sanitize.report import Change, Problem, printable, shown
from mistral_sanitize.rules import GROUPS, RULES

__all__ = ["Progress", "Style", "amount", "change_report", "list_profiles", "list_rules", "table"]

_CODES: Final = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
LOSSY: Final = "what you wrote there is not in the result any more"
KEPT: Final = "nothing lost"

_MAX_PLACES = 8
_WIDTH = 100
_BAR = 24


class Style:
    """Colours for a stream, where it takes any; and how wide it is."""

    def __init__(self, stream: TextIO, environ: Mapping[str, str] = os.environ) -> None:
        terminal = stream.isatty()
        # https://no-color.org and https://force-color.org: set and not empty.
        self.colour: bool = not environ.get("NO_COLOR") and bool(
            environ.get("FORCE_COLOR") or (terminal and environ.get("TERM") != "dumb")
        )
        self.width: int = shutil.get_terminal_size((_WIDTH, 24)).columns if terminal else _WIDTH

    def __call__(self, text: str, *names: str) -> str:
        if not self.colour or not text:
            return text
        codes = ";".join(str(_CODES[name]) for name in names)
        return f"\x1b[{codes}m{text}\x1b[0m"


def amount(number: int, one: str, many: str | None = None) -> str:
    """``1 line``, ``2,000 lines``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def table(
    style: Style, rows: Iterable[Sequence[str]], head: Sequence[str] = (), right: Iterable[int] = ()
) -> list[str]:
    """Rows in columns; the first in cyan, the last wrapped at the terminal's width."""
    rows = list(rows)
    numbers = frozenset(right)
    wide = [max(map(len, column)) for column in zip(*rows, *filter(None, [head]), strict=True)]
    indent = 2 + sum(wide[:-1]) + 2 * (len(wide) - 1)
    lines = []
    for row in filter(None, [head, *rows]):
        cells = [c.rjust(w) if i in numbers else c.ljust(w)
                 for i, (c, w) in enumerate(zip(row[:-1], wide, strict=False))]  # fmt: skip
        last = textwrap.wrap(row[-1], max(style.width - indent, 30), break_on_hyphens=False) or [""]
        if row is head:
            lines.append(style("  " + "  ".join([*cells, *last]).rstrip(), "dim"))
            continue
        lines.append("  " + "  ".join([style(cells[0], "cyan"), *cells[1:], last[0]]).rstrip())
        lines += [" " * indent + more for more in last[1:]]
    return lines


# -- reports ----------------------------------------------------------------------------------


def change_report(
    style: Style, name: str, changes: Sequence[Change], left: Sequence[Problem]
) -> list[str]:
    """What was changed in one payload: what was lost first, then by rule; and what is left."""
    lost = [change for change in changes if change.lossy]
    name = style(printable(name), "bold")
    if not changes:
        lines = [f"{name}: nothing to change"]
    else:
        tail = f"{len(lost):,} of them lossy" if lost else "nothing lost"
        lines = [f"{name}: {amount(len(changes), 'change')}, {tail}"]
    kept = [change for change in changes if not change.lossy]
    wide = max((len(change.rule) for change in changes), default=0)
    for title, gloss, those in ((style("lossy", "red", "bold"), LOSSY, lost),
                                (style("repaired", "green", "bold"), KEPT, kept)):  # fmt: skip
        if those:
            lines += ["", f"  {title}: {gloss}", *_by_rule(style, those, wide)]
    if left:
        title = style("left to you", "yellow", "bold")
        lines += ["", f"  {title}: Mistral would still refuse"]
        lines += [f"    {problem}" for problem in left]
    return lines


def _by_rule(style: Style, changes: list[Change], wide: int) -> list[str]:
    lines = []
    by_rule: dict[str, list[Change]] = {}
    for change in changes:
        by_rule.setdefault(change.rule, []).append(change)
    for rule, those in by_rule.items():
        lines.append(f"    {style(rule.ljust(wide), 'cyan')}  {those[0].reason}")
        lines += [" " * (wide + 6) + _place(style, change) for change in those[:_MAX_PLACES]]
        if len(those) > _MAX_PLACES:
            more = f"and {len(those) - _MAX_PLACES:,} more; --format json has them all"
            lines.append(" " * (wide + 6) + style(more, "dim"))
    return lines


def _place(style: Style, change: Change) -> str:
    place = shown(change.path or "/", change.from_path)
    return f"{style(change.op.ljust(7), 'dim')}  {place}"


# -- lists ------------------------------------------------------------------------------------


def list_rules(style: Style, profile: Profile) -> list[str]:
    """Every rule by group, whether it is on by default under a profile, and why there is one."""
    wide = max(map(len, RULES))
    lines = [f"The rules, and which of them are on by default (profile {profile}).", ""]
    for group, title in GROUPS.items():
        lines.append(style(title, "bold"))
        rows = [
            (rule.id.ljust(wide), "on " if rule.on(profile) else "off", rule.reason)
            for rule in RULES.values()
            if rule.group == group
        ]
        lines += [*table(style, rows), ""]
    return lines[:-1]


def list_profiles(style: Style) -> list[str]:
    """Every profile, with what moved and where that was read."""
    rows = [
        (p.name, "default" if p is profiles.LATEST else "", f"{p.summary} ({p.file} {p.commit})")
        for p in (*profiles.ALL, *profiles.HOSTS)
    ]
    return table(style, rows)


# -- progress ---------------------------------------------------------------------------------


class Progress:
    """One line on a terminal that says how far the work is; nothing where there is no terminal.

    `total` is in bytes, ``None`` where that is not known. It first shows after half a second.
    """

    def __init__(self, stream: TextIO, total: int | None, *, shown: bool) -> None:
        self._stream = stream
        self._total = total
        self._shown = shown
        self._start = time.monotonic()
        self._next = self._start + 0.5
        self._drawn = False

    @property
    def seconds(self) -> float:
        """Since the work began."""
        return time.monotonic() - self._start

    def update(self, done: int, lines: int) -> None:
        """Shows how many bytes and lines are done, ten times a second at most."""
        now = time.monotonic()
        if self._shown and now >= self._next:
            self._next = now + 0.1
            width = shutil.get_terminal_size().columns - 1
            text = progress_line(done, self._total, lines, now - self._start, width)
            self._stream.write(f"\r{text}\x1b[K")
            self._stream.flush()
            self._drawn = True

    def clear(self) -> None:
        """Takes the line away, so that something else may be written."""
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._drawn = False
            # Soon again: what is written now must not leave the terminal without it for long.
            self._next = 0.0


def progress_line(done: int, total: int | None, lines: int, seconds: float, width: int) -> str:
    """How far the work is, in one line of at most `width` characters."""
    rate = f"{lines / seconds:,.0f} lines/s"
    if not total:
        return f"{_size(done)}  {amount(lines, 'line')}  {rate}"[:width]
    part = min(done / total, 1.0)
    text = f"{part:4.0%}  {_size(done)} of {_size(total)}  {rate}"
    if part >= 0.01:  # before, it says more about the start than about the end
        text += f"  {_clock((1 - part) * seconds / part)} left"
    full = int(part * _BAR)
    bar = f"[{'#' * full}{' ' * (_BAR - full)}] "
    return bar + text if len(bar) + len(text) <= width else text[:width]


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
