"""The command line from its start to its exit code, whatever ends it: a signal, a closed pipe."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Final, NoReturn

from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.catalog import Catalog
from mistral_sanitize.cli import models, terminal
from mistral_sanitize.cli.options import PROG, make_parser, options_of, refuse_odd
from mistral_sanitize.cli.payloads import Job
from mistral_sanitize.cli.run import OK, Run
from mistral_sanitize.cli.workers import WorkerDiedError
from mistral_sanitize.report import printable

__all__ = ["main"]

USAGE: Final = 2
INTERRUPTED: Final = 128 + 2  # as shells say of a process that SIGINT ended
CLOSED_PIPE: Final = 128 + 13

WORKING: Final[list[bool]] = []
"""Not empty while there may be something to clean up: Ctrl-C raises `KeyboardInterrupt` then, and
ends the process at once before and after, where `mistral_sanitize.__main__` started it."""

_ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Signals that end the work as Ctrl-C does. Windows has no SIGHUP."""


class _Terminated(BaseException):
    """A signal came that ends the work. Like KeyboardInterrupt, no `Exception`."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; ``--help`` says what it does, and what the numbers mean it returns.

    Args:
        argv: the arguments; those of the process by default.

    Raises:
        SystemExit: ``--help``, or wrong usage.
    """
    if sys.stderr is None:  # the shell's 2>&-
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for good
    parser = make_parser()
    args = parser.parse_args(argv)
    try:
        WORKING.append(True)
        with _terminable():
            return _run(parser, args)
    except KeyboardInterrupt:
        WORKING.clear()  # another is not waited for
        _say(_unwritten(args))
        return INTERRUPTED
    except _Terminated as error:
        return 128 + error.number
    except BrokenPipeError:
        _silence()
        return CLOSED_PIPE
    except WorkerDiedError as error:
        _say(str(error))
        return USAGE
    except OSError as error:
        name = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        _say(f"{printable(name)}{error.strerror or error}")
        return USAGE
    finally:
        WORKING.clear()


@contextmanager
def _terminable() -> Iterator[None]:
    """Within, a signal ends the work as Ctrl-C does: nothing half-written stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    # nohup's word holds: a signal that is ignored stays so
    heeded = [number for number in _ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _terminate) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(number: int, _: object) -> NoReturn:
    raise _Terminated(number)


def _say(text: str) -> None:
    """Says why there is no result; or not, where standard error is what failed."""
    with suppress(OSError):
        sys.stderr.write(f"{PROG}: {text}\n")


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
        return _print([f"{PROG} {_version()}"])
    if args.print_completion:
        return _print([_completion(parser, args.print_completion)])
    if args.list_profiles:
        return _print(terminal.list_profiles(terminal.Style(sys.stdout)))
    try:
        sanitizer = Sanitizer(**options_of(args))
    except ValueError as error:
        parser.error(str(error))
    if args.list_rules:
        return _print(terminal.list_rules(terminal.Style(sys.stdout), sanitizer.profile))
    if args.list_models:
        return _print(_listed_models(sanitizer.catalog, as_json=args.json))
    if args.json:
        parser.error("--json goes with --list-models; --format json is the report")
    refuse_odd(parser, args)
    job = Job(
        sanitizer,
        endpoint_given=args.endpoint is not None,
        check=args.check,
        form=None if args.quiet or args.redact else args.form,
        # A bad line cannot be redacted, and so is not put out.
        rejects=args.rejects is not None or args.redact,
        redact=args.redact,
        strict=args.strict,
    )
    return Run(args, job).run()


def _print(lines: list[str]) -> int:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return OK


def _version() -> str:
    # Imported here: it takes as long as everything else.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(PROG)
    except PackageNotFoundError:
        return "(not installed)"


def _completion(parser: argparse.ArgumentParser, shell: str) -> str:
    try:
        shtab = import_module("shtab")
    except ModuleNotFoundError:
        parser.error("--print-completion needs the extra completion: pip install '.[completion]'")
    return str(shtab.complete(parser, shell=shell))


def _listed_models(known: Catalog, *, as_json: bool) -> list[str]:
    if as_json:
        return models.as_json(known)
    return models.as_table(terminal.Style(sys.stdout), known)
