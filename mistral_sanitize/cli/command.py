"""The command line: its options, its report, its exit codes."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import textwrap
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from heapq import nsmallest
from typing import Any, BinaryIO, Final, NoReturn

from mistral_sanitize import profiles
from mistral_sanitize._json import decode, encode
from mistral_sanitize._sanitizer import PENALTIES, Options, Sanitizer
from mistral_sanitize.catalog import Catalog
from mistral_sanitize.cli import batch as _batch
from mistral_sanitize.cli import files as _files
from mistral_sanitize.cli import models as _models
from mistral_sanitize.cli import terminal as _terminal
from mistral_sanitize.cli.batch import Chunk, Job, Outcome, Rejected, Treated, Treatment
from mistral_sanitize.cli.terminal import amount
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.report import Problem, printable

__all__ = ["main"]

_PROG: Final = "mistral-sanitize"

OK: Final = 0
PROBLEMS: Final = 1
USAGE: Final = 2
BAD_INPUT: Final = 3
INTERRUPTED: Final = 128 + 2  # as shells say of a process that SIGINT ended
CLOSED_PIPE: Final = 128 + 13
TERMINATED: Final = 128 + 15

_PIECE: Final = 1 << 18
"""Bytes of lines that are treated at once."""
_LARGE: Final = 8 << 20
"""Bytes from which starting workers pays."""
_SHOWN_DUPLICATES: Final = 20

_DESCRIPTION: Final = """\
Make OpenAI-style requests ones that Mistral's API takes, and say what changed and why.

Each FILE holds one JSON object, or JSON lines: one payload a line, or the lines of a batch file,
Mistral's {"custom_id", "body"} or OpenAI's {"custom_id", "method", "url", "body"}, which become
Mistral's. The result goes to standard output, the report to standard error.
"""

_EPILOG: Final = """\
exit codes:
  0    all is well
  1    --check found what Mistral would refuse
  2    wrong usage, a file that cannot be read or written, a worker that was killed
  3    bad input: a document or lines that are not JSON objects (or batch lines without a body);
       each is named by file and line. Bad lines are in the output as they came, in their place,
       or in the file of --rejects; bad documents are left out.
  130  interrupted by Ctrl-C; 143: terminated; 141: nobody reads the output any more

details:
  A file is JSON lines if it is named .jsonl or .ndjson, or if its first line is JSON and more
  comes after it. Blank lines and a byte order mark are left out, line ends are kept. A clean
  payload stays the same bytes, unless --indent (or a terminal) asks for a document to be pretty.
  An output file appears whole or not at all; it may be one of the input files.
  Of two lines with one custom_id, the second is named.

profiles:
  {profiles}

endpoints:
  {endpoints}

examples:
  mistral-sanitize request.json
  mistral-sanitize batch.jsonl -o clean.jsonl --rejects bad.jsonl
  mistral-sanitize --check request.json || echo refused
  curl ... | mistral-sanitize --no-drop --quiet | curl -d @- ...
"""


class _Terminated(BaseException):
    """SIGTERM came. Like KeyboardInterrupt, no `Exception`."""


class _Stopped(Exception):  # noqa: N818  # as StopIteration, it is no error
    """There is bad input, and so nothing to write to a file."""


def _parser() -> argparse.ArgumentParser:
    def lists(names: Sequence[str]) -> str:
        return "\n".join(textwrap.wrap(", ".join(names), 92)).replace("\n", "\n  ")

    parser = argparse.ArgumentParser(
        _PROG,
        description=_DESCRIPTION,
        epilog=_EPILOG.replace("{profiles}", lists([p.name for p in profiles.ALL])).replace(
            "{endpoints}", lists(list(ENDPOINTS))
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage=f"{_PROG} [options] [FILE ...]",
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="FILE", help="JSON or JSON lines; - or none: standard input")
    add("-o", "--output", metavar="FILE", help="write there instead of to standard output")
    add("-q", "--quiet", action="store_true", help="no report; bad input is still named")
    add("--check", action="store_true",
        help="write nothing, name what Mistral would refuse of the input as it is")  # fmt: skip
    add("--format", choices=["text", "json", "patch"], default="text", dest="form",
        help="the report: a text; a JSON object a payload, without values; or an RFC 6902 patch"
        " a payload, WITH the values of the payload")  # fmt: skip
    add("--indent", action=argparse.BooleanOptionalAction,
        help="whether a JSON document is written pretty; by default on a terminal")  # fmt: skip
    add("--version", action="store_true", help="print the version")

    group = parser.add_argument_group("what is changed")
    add = group.add_argument
    add("--profile", default=profiles.LATEST.name, metavar="NAME",
        help="Mistral's schema of which date; see below (default: %(default)s)")  # fmt: skip
    add("--endpoint", metavar="PATH",
        help="which request it is; see below (default: the url of a batch line, else"
        " /v1/chat/completions)")  # fmt: skip
    add("--drop", action="append", metavar="NAME",
        help=f"remove these fields, instead of {', '.join(sorted(PENALTIES))}; may be repeated,"
        " or several with commas between")  # fmt: skip
    add("--no-drop", action="store_true", help="remove no field that Mistral takes")
    add("--keep", action="append", metavar="NAME", help="send these fields, known or not")
    add("--enable", action="append", metavar="RULE", help="switch these rules on")
    add("--disable", action="append", metavar="RULE", help="switch these rules off")
    add("--catalog", metavar="FILE",
        help="what your account's models are: the saved JSON of GET /v1/models, or of Mistral's"
        " catalogue endpoint; see the guide to models")  # fmt: skip
    add(
        "--list-models",
        action="store_true",
        help="print the models that are known, those of --catalog among them; with --json, as JSON",
    )
    add("--json", action="store_true", help="print that list for programs")
    add("--list-rules", action="store_true", help="print the rules with their defaults and reasons")
    add("--list-profiles", action="store_true", help="print the profiles and their sources")

    group = parser.add_argument_group("JSON lines")
    add = group.add_argument
    add("--lines", action=argparse.BooleanOptionalAction,
        help="whether the input is JSON lines; by default, see below")  # fmt: skip
    add("--rejects", metavar="FILE",
        help='write bad lines there, as {"file", "line", "reason", "text"}, and not to the'
        " output")  # fmt: skip
    add("--strict", action="store_true", help="stop at the first bad line or document")
    add("--workers", type=_count, metavar="N",
        help="processes to use (default: 1; all cores for files above 8 MB)")  # fmt: skip
    return parser


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 512:
        raise argparse.ArgumentTypeError(f"a number from 1 to 512, not {text!r}")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; ``--help`` says what it does, and what the numbers mean it returns.

    Args:
        argv: the arguments; those of the process by default.

    Raises:
        SystemExit: ``--help``, or wrong usage.
    """
    if sys.stderr is None:  # the shell's 2>&-
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for good
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        with _terminable():
            return _run(parser, args)
    except KeyboardInterrupt:
        _say(_unwritten(args))
        return INTERRUPTED
    except _Terminated:
        return TERMINATED
    except BrokenPipeError:
        _silence()
        return CLOSED_PIPE
    except _batch.WorkerDiedError as error:
        _say(str(error))
        return USAGE
    except OSError as error:
        name = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        _say(f"{printable(name)}{error.strerror or error}")
        return USAGE


@contextmanager
def _terminable() -> Iterator[None]:
    """Within, SIGTERM ends the work as Ctrl-C does: nothing half-written stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(*_: object) -> NoReturn:
    raise _Terminated


def _say(text: str) -> None:
    """Says why there is no result; or not, where standard error is what failed."""
    with suppress(OSError):
        sys.stderr.write(f"{_PROG}: {text}\n")


def _unwritten(args: argparse.Namespace) -> str:
    file = args.output
    return "interrupted" if file in {None, "-"} else f"interrupted; {file} was not written"


def _silence() -> None:
    """Nobody reads any more: keeps the interpreter from saying so when it flushes at the end."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
            continue
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(parser: argparse.ArgumentParser, args: argparse.Namespace) -> int:
    if args.version:
        return _print([f"{_PROG} {_version()}"])
    if args.list_profiles:
        return _print(_terminal.list_profiles(_terminal.Style(sys.stdout)))
    try:
        sanitizer = Sanitizer(**_options(args))
    except ValueError as error:
        parser.error(str(error))
    if args.list_rules:
        return _print(_terminal.list_rules(_terminal.Style(sys.stdout), sanitizer.profile))
    if args.list_models:
        return _print(_listed_models(sanitizer.catalog, as_json=args.json))
    if args.json:
        parser.error("--json goes with --list-models; --format json is the report")
    _refuse(parser, args)
    job = Job(
        sanitizer,
        endpoint_given=args.endpoint is not None,
        check=args.check,
        form=None if args.quiet else args.form,
        rejects=args.rejects is not None,
        strict=args.strict,
    )
    return _Command(args, job).run()


def _print(lines: list[str]) -> int:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return OK


def _version() -> str:
    # Imported here: it takes as long as everything else.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(_PROG)
    except PackageNotFoundError:
        return "(not installed)"


def _options(args: argparse.Namespace) -> Options:
    options: Options = {"profile": args.profile}
    if args.endpoint is not None:
        options["endpoint"] = args.endpoint
    if args.no_drop and args.drop:
        raise ValueError("--drop names fields, and --no-drop says none")
    if args.no_drop or args.drop:
        options["drop"] = _names(args.drop)
    options["keep"] = _names(args.keep)
    options["enable"] = _names(args.enable)
    options["disable"] = _names(args.disable)
    if args.catalog is not None:
        options["catalog"] = _catalog(args.catalog)
    return options


def _catalog(path: str) -> Catalog:
    """The catalogue of a file of JSON."""
    with open(path, "rb") as file:
        text = file.read()
    try:
        return Catalog.of(json.loads(text))
    except (ValueError, RecursionError) as error:
        fault = str(error).removeprefix("catalog: ") or "not JSON"
        raise ValueError(f"--catalog: {printable(path)}: {fault}") from None


def _listed_models(known: Catalog, *, as_json: bool) -> list[str]:
    if as_json:
        return _models.as_json(known)
    return _models.as_table(_terminal.Style(sys.stdout), known)


def _names(given: list[str] | None) -> list[str]:
    return [name.strip() for names in given or () for name in names.split(",") if name.strip()]


def _refuse(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Says of arguments that do not go together, and of files that are not there, that it is so."""
    if args.check:
        for name, value in (
            ("--output", args.output),
            ("--rejects", args.rejects),
            ("--format patch", args.form == "patch" or None),
        ):
            if value is not None:
                parser.error(f"--check writes nothing: {name} makes no sense with it")
    written = [os.path.realpath(f) for f in (args.output, args.rejects) if f not in {None, "-"}]
    if len(set(written)) < len(written):
        parser.error("--output and --rejects are the same file")
    for file in args.files:
        # Before anything is written, not after half of the work. A pipe may be opened but once.
        if os.path.isfile(file) or os.path.isdir(file):
            open(file, "rb").close()
        elif file != "-":
            os.stat(file)


class _Command:
    """One run over the files."""

    def __init__(self, args: argparse.Namespace, job: Job) -> None:
        self._args = args
        self._job = job
        self._style = _terminal.Style(sys.stderr)
        self._paths: list[str] = args.files or ["-"]
        self._names: list[str] = []
        self._total = Outcome()
        self._bad_documents = 0
        self._bad_lines = 0
        self._documents = 0
        self._had_lines = False
        self._duplicates = _batch.Duplicates()
        self._write: BinaryIO | None = None
        self._rejects: BinaryIO | None = None
        self._open_line = False
        self._done = 0
        self._progress = self._new_progress()

    def _new_progress(self) -> _terminal.Progress:
        sizes = [_files.size_of(path) for path in self._paths]
        total = None if None in sizes else sum(filter(None, sizes))
        shown = (
            self._job.form == "text"
            and sys.stderr.isatty()
            # Two things on one terminal would get in each other's way.
            and (self._job.check or self._args.output is not None or not sys.stdout.isatty())
        )
        return _terminal.Progress(sys.stderr, total, shown=shown)

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
            self._write = _files.stdout()
            yield
            self._write.flush()
        else:
            with _files.written(self._args.output) as self._write:
                yield

    @contextmanager
    def _rejecting(self) -> Iterator[None]:
        if self._args.rejects is None:
            yield
        else:
            with _files.written(self._args.rejects) as self._rejects:
                yield

    def _file(self, index: int, path: str) -> None:
        if path == "-" and self._job.form is not None and _files.stdin().isatty():
            self._tell(["reading from the terminal; Ctrl-D ends it"])
        with _files.opened(path, index, self._args.lines) as file:
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

    def _document(self, file: _files.Input) -> None:
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
            line = _files.line_of(text, getattr(error, "position", None))
            bad = Rejected(file.name, line, _batch.fault(error), text)
            said = _batch.rejection(self._job.form, bad)
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

    def _notes(self, file: _files.Input, treated: Treated) -> list[str]:
        if self._job.form != "text":
            return _batch.note(self._job, file.name, 1, treated)
        if self._job.check:
            return _found(self._style, file.name, treated.problems)
        checking = replace(self._job, check=True)
        left = Treatment(checking).payload(treated.payload).problems
        return _terminal.change_report(self._style, file.name, treated.changes, left)

    def _hint(self, text: bytes) -> str:
        starts = sum(line.lstrip().startswith(b"{") for line in text.splitlines()[:3])
        looks = self._args.lines is None and self._job.form in {None, "text"} and starts > 1
        return " (JSON lines? --lines says so)" if looks else ""

    def _pretty(self) -> bool:
        if self._args.indent is not None:
            return bool(self._args.indent)
        return self._args.output is None and sys.stdout.isatty()

    # -- lines --------------------------------------------------------------------------------

    def _lines(self, file: _files.Input) -> None:
        self._had_lines = True
        workers = self._workers(file)
        # A line that comes alone is not kept waiting for others.
        live = file.live and workers == 1
        chunks = _chunks(file, 1 if live else _PIECE)
        with closing(_batch.outcomes(self._job, chunks, workers)) as results:
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

    def _workers(self, file: _files.Input) -> int:
        if self._args.workers is not None:
            return int(self._args.workers)
        size = _files.size_of("-" if file.name == _files.STDIN else file.name)
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
            notes.append(_batch.rejection(self._job.form, bad))
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
                lines += ["", f"  {title}: {_terminal.LOSSY if lossy else _terminal.KEPT}"]
                heads = ("rule", "changes", "lines", "first", "why")
                lines += _terminal.table(style, rows, heads, right=(1, 2, 3))
        lines += _endpoint_lines(style, total.endpoints)
        return lines

    def _place(self, place: tuple[int, int]) -> str:
        index, line = place
        if len(self._names) == 1:
            return str(line)
        # A table has no room for whole paths.
        return f"{printable(os.path.basename(self._names[index]))}:{line}"


def _found(style: _terminal.Style, name: str, problems: Sequence[Problem]) -> list[str]:
    name = printable(name)
    if not problems:
        return [f"{style(name, 'bold')}: nothing that Mistral is known to refuse"]
    return [
        *(f"{name}: {problem}" for problem in problems),
        f"{style(name, 'bold')}: {amount(len(problems), 'problem')}; Mistral would refuse this",
    ]


def _endpoint_lines(style: _terminal.Style, endpoints: dict[str, int]) -> list[str]:
    """Where the lines' urls went: the batch job has to name the endpoint now."""
    if not endpoints:
        return []
    said = ", ".join(f"{e} ({amount(n, 'line')})" for e, n in endpoints.items())
    if len(endpoints) == 1:
        return ["", f"  the endpoint of the batch job: {next(iter(endpoints))}"]
    warning = style("a batch job takes one endpoint", "yellow", "bold")
    return ["", f"  {warning}, and these lines are for {len(endpoints)}: {said}"]


def _chunks(file: _files.Input, size: int) -> Iterator[Chunk]:
    first = 1
    for piece in file.pieces(size):
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
