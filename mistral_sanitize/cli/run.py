"""One run over the files: what is read, processed, written and reported."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from heapq import nsmallest
from typing import Any, BinaryIO, Final

from mistral_sanitize._json import decode, encode
from mistral_sanitize.cli import files, terminal
from mistral_sanitize.cli.duplicates import Duplicates
from mistral_sanitize.cli.lines import Chunk, Outcome, Rejected, note, rejection
from mistral_sanitize.cli.payloads import Job, Treated, Treatment, fault
from mistral_sanitize.cli.terminal import amount
from mistral_sanitize.cli.workers import outcomes
from mistral_sanitize.report import Problem, printable

__all__ = ["BAD_INPUT", "OK", "PROBLEMS", "Run"]

OK: Final = 0
PROBLEMS: Final = 1
BAD_INPUT: Final = 3

_PIECE: Final = 1 << 18
"""Bytes of lines that are treated at once."""
_LARGE: Final = 8 << 20
"""Bytes from which starting workers pays."""
_SHOWN_DUPLICATES: Final = 20


class _Stopped(Exception):  # noqa: N818  # as StopIteration, it is no error
    """There is bad input, and so nothing to write to a file."""


class Run:
    """One run over the files."""

    def __init__(self, args: argparse.Namespace, job: Job) -> None:
        self._args = args
        self._job = job
        self._style = terminal.Style(sys.stderr)
        self._paths: list[str] = args.files or ["-"]
        self._names: list[str] = []
        self._total = Outcome()
        self._bad_documents = 0
        self._bad_lines = 0
        self._documents = 0
        self._had_lines = False
        self._duplicates = Duplicates()
        self._write: BinaryIO | None = None
        self._rejects: BinaryIO | None = None
        self._open_line = False
        self._done = 0
        self._progress = self._new_progress()

    def _new_progress(self) -> terminal.Progress:
        sizes = [files.size_of(path) for path in self._paths]
        total = None if None in sizes else sum(filter(None, sizes))
        shown = (
            self._job.form == "text"
            and sys.stderr.isatty()
            # Two things on one terminal would get in each other's way.
            and (self._job.check or self._args.output is not None or not sys.stdout.isatty())
        )
        return terminal.Progress(sys.stderr, total, shown=shown)

    def run(self) -> int:
        """Does the work; the exit code."""
        twice = 0
        try:
            # The rejects are kept even where there is nothing to put out.
            with closing(self._duplicates), self._rejecting():
                with suppress(_Stopped), self._writing():
                    for index, path in enumerate(self._paths):
                        self._file(index, path)
                    if self._bad_documents and not self._documents and not self._had_lines:
                        raise _Stopped  # rather than an empty file
                twice = self._repeated()
        finally:
            self._progress.clear()
        if self._job.form == "text" and self._had_lines:
            self._tell(self._summary(twice))
        if self._bad_documents or self._bad_lines:
            return BAD_INPUT
        return PROBLEMS if self._job.check and (self._total.problems or twice) else OK

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._job.check:
            yield
        elif self._args.output in {None, "-"}:
            self._write = files.stdout()
            yield
            self._write.flush()
        else:
            with files.written(self._args.output) as self._write:
                yield

    @contextmanager
    def _rejecting(self) -> Iterator[None]:
        if self._args.rejects is None:
            yield
        else:
            with files.written(self._args.rejects) as self._rejects:
                yield

    def _file(self, index: int, path: str) -> None:
        if path == "-" and self._job.form is not None and files.stdin().isatty():
            self._tell(["reading from the terminal; Ctrl-D ends it"])
        with files.opened(path, index, self._args.lines) as file:
            self._names.append(file.name)
            if file.lines:
                self._lines(file)
            else:
                self._document(file)

    def _put(self, data: bytes) -> None:
        """Writes; with a line's end first where the file before had none at its end."""
        if self._write is None or not data:
            return
        self._write.write(b"\n" + data if self._open_line else data)
        self._open_line = not data.endswith(b"\n")

    def _tell(self, lines: Sequence[str]) -> None:
        """Writes to standard error."""
        if lines:
            self._progress.clear()
            sys.stderr.write("\n".join(lines) + "\n")
            sys.stderr.flush()

    def _reject(self, bad: Rejected) -> None:
        if self._rejects is not None:
            self._rejects.write(bad.as_json())
        if self._job.strict:
            raise _Stopped

    # -- one document -------------------------------------------------------------------------

    def _document(self, file: files.Input) -> None:
        text = file.text()
        try:
            payload = decode(text)
            treated = Treatment(self._job).payload(payload)
            if self._pretty():
                new = _indented(treated.payload)
            else:
                new = text if treated.payload is payload else encode(treated.payload) + b"\n"
            notes = self._notes(file, treated)
        except Exception as error:
            line = files.line_of(text, getattr(error, "position", None))
            bad = Rejected(file.name, line, fault(error), text)
            said = rejection(self._job.form, bad)
            self._tell([said + self._hint(text)])
            self._bad_documents += 1
            self._reject(bad)
            return
        self._documents += 1
        self._total.problems += len(treated.problems)
        self._put(new)
        if self._write is not None:
            self._write.flush()  # so that on a terminal the report comes after the result
        self._tell(notes)

    def _notes(self, file: files.Input, treated: Treated) -> list[str]:
        if self._job.form != "text":
            return note(self._job, file.name, 1, treated)
        if self._job.check:
            return _found(self._style, file.name, treated.problems)
        checking = replace(self._job, check=True)
        left = Treatment(checking).payload(treated.payload).problems
        return terminal.change_report(self._style, file.name, treated.changes, left)

    def _hint(self, text: bytes) -> str:
        starts = sum(line.lstrip().startswith(b"{") for line in text.splitlines()[:3])
        looks = self._args.lines is None and self._job.form in {None, "text"} and starts > 1
        return " (JSON lines? --lines says so)" if looks else ""

    def _pretty(self) -> bool:
        if self._args.indent is not None:
            return bool(self._args.indent)
        return self._args.output is None and sys.stdout.isatty()

    # -- lines --------------------------------------------------------------------------------

    def _lines(self, file: files.Input) -> None:
        self._had_lines = True
        workers = self._workers(file)
        # A line that comes alone is not kept waiting for others.
        live = file.live and workers == 1
        chunks = _chunks(file, file.arrivals(_PIECE) if live else file.pieces(_PIECE))
        with closing(outcomes(self._job, chunks, workers)) as results:
            for chunk, outcome in results:
                self._put(outcome.out)
                if live and self._write is not None:
                    self._write.flush()
                self._tell(outcome.notes)
                self._total.gather(outcome)
                self._bad_lines += len(outcome.rejected)
                for bad in outcome.rejected:
                    self._reject(bad)
                self._duplicates.add(outcome.ids)
                self._done += chunk.size
                self._progress.update(self._done, self._total.lines)

    def _workers(self, file: files.Input) -> int:
        if self._args.workers is not None:
            return int(self._args.workers)
        size = files.size_of("-" if file.name == files.STDIN else file.name)
        return _cores() if size is not None and size > _LARGE else 1

    def _repeated(self) -> int:
        """How many custom_ids stood before; names the first of them."""
        count = 0

        def counted() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
            nonlocal count
            for found in self._duplicates.found():
                count += 1
                yield found

        notes = []
        for place, first in nsmallest(_SHOWN_DUPLICATES, counted()):
            words = f"the custom_id of {self._names[first[0]]}:{first[1]} again"
            bad = Rejected(self._names[place[0]], place[1], words, b"")
            notes.append(rejection(self._job.form, bad))
        if count > len(notes):
            notes.append(self._more(count - len(notes)))
        if self._job.form is not None:
            self._tell(notes)
        return count

    def _more(self, count: int) -> str:
        words = f"{amount(count, 'more custom_id')} that stood before"
        return words if self._job.form == "text" else json.dumps({"error": words})

    def _summary(self, twice: int) -> list[str]:
        total, style = self._total, self._style
        seconds = self._progress.seconds
        counts = [
            amount(total.lines, "line"),
            amount(total.changed, "changed", "changed"),
            amount(self._bad_lines, "bad", "bad") if self._bad_lines else "",
            amount(total.blank, "blank line left out", "blank lines left out")
            if total.blank else "",
            amount(twice, "repeated custom_id") if twice else "",
        ]  # fmt: skip
        if self._job.check:
            counts[1] = amount(total.problems, "problem")
        name = self._names[0] if len(self._names) == 1 else amount(len(self._names), "file")
        head = style(printable(name), "bold")
        lines = [f"{head}: {', '.join(filter(None, counts))} ({seconds:,.1f} s)"]
        for lossy, title in ((True, style("lossy", "red", "bold")),
                             (False, style("repaired", "green", "bold"))):  # fmt: skip
            rows = [
                (rule, f"{t.changes:,}", f"{t.lines:,}", self._place(t.first), t.reason)
                for (lost, rule), t in total.tallies.items()
                if lost is lossy
            ]
            if rows:
                lines += ["", f"  {title}: {terminal.LOSSY if lossy else terminal.KEPT}"]
                heads = ("rule", "changes", "lines", "first", "why")
                lines += terminal.table(style, rows, heads, right=(1, 2, 3))
        lines += _endpoint_lines(style, total.endpoints)
        return lines

    def _place(self, place: tuple[int, int]) -> str:
        index, line = place
        if len(self._names) == 1:
            return str(line)
        # A table has no room for whole paths.
        return f"{printable(os.path.basename(self._names[index]))}:{line}"


def _found(style: terminal.Style, name: str, problems: Sequence[Problem]) -> list[str]:
    name = printable(name)
    if not problems:
        return [f"{style(name, 'bold')}: nothing that Mistral is known to refuse"]
    return [
        *(f"{name}: {problem}" for problem in problems),
        f"{style(name, 'bold')}: {amount(len(problems), 'problem')}; Mistral would refuse this",
    ]


def _endpoint_lines(style: terminal.Style, endpoints: dict[str, int]) -> list[str]:
    """Where the lines' urls went: the batch job has to name the endpoint now."""
    if not endpoints:
        return []
    said = ", ".join(f"{e} ({amount(n, 'line')})" for e, n in endpoints.items())
    if len(endpoints) == 1:
        return ["", f"  the endpoint of the batch job: {next(iter(endpoints))}"]
    warning = style("a batch job takes one endpoint", "yellow", "bold")
    return ["", f"  {warning}, and these lines are for {len(endpoints)}: {said}"]


def _chunks(file: files.Input, pieces: Iterator[list[bytes]]) -> Iterator[Chunk]:
    first = 1
    for piece in pieces:
        yield Chunk(file.name, file.index, first, piece)
        first += len(piece)


def _cores() -> int:
    """The cores that this process may use."""
    affinity: Any = getattr(os, "sched_getaffinity", None)  # not on macOS and Windows
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _indented(payload: dict[str, Any]) -> bytes:
    """The payload as JSON for people."""
    try:
        text = json.dumps(payload, indent=2, ensure_ascii=False)
        return text.encode() + b"\n"
    except (UnicodeEncodeError, RecursionError):  # lone surrogates; too deep for Python code
        return encode(payload) + b"\n"
