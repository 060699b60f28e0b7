"""The command line, run in this process or in one of its own."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from mistral_sanitize.__main__ import main

__all__ = ["ROOT", "Ran", "arguments", "environment", "is_batch_line", "run", "start"]

ROOT = Path(__file__).resolve().parent.parent


class Ran(NamedTuple):
    """What a run left: its exit code, standard output and standard error."""

    code: int
    out: bytes
    err: str


class _Bytes(io.BytesIO):
    def __init__(self, data: bytes = b"", *, terminal: bool = False) -> None:
        super().__init__(data)
        self.terminal = terminal
        self.writing: Callable[[], object] | None = None

    def write(self, data: Any) -> int:
        if self.writing is not None:
            self.writing()
        return super().write(data)

    def isatty(self) -> bool:
        return self.terminal


def run(
    *argv: object,
    stdin: bytes = b"",
    terminal: bool = False,
    typed: bool = False,
    env: Mapping[str, str] | None = None,
    writing: Callable[[], object] | None = None,
) -> Ran:
    """Runs the command in this process; `terminal` says whether its outputs are terminals, and
    `typed` whether its input is one. `writing` is called whenever it writes to standard output.
    """
    source = io.TextIOWrapper(_Bytes(stdin, terminal=typed), encoding="utf-8")
    sink = _Bytes(terminal=terminal)
    sink.writing = writing
    out = io.TextIOWrapper(sink, encoding="utf-8")
    err = io.TextIOWrapper(_Bytes(terminal=terminal), encoding="utf-8", errors="backslashreplace")
    names = {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}
    clean = {k: v for k, v in os.environ.items() if k not in names}
    with (
        mock.patch.dict(os.environ, {**clean, "TERM": "xterm", **(env or {})}, clear=True),
        mock.patch.object(sys, "stdin", source),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            code = main([str(arg) for arg in argv])
        except SystemExit as stop:
            code = int(stop.code or 0)
    sink.writing = None
    out.flush()
    err.flush()
    # What the stream was made of, read before it closes it.
    said: Any = err.buffer
    return Ran(code, sink.getvalue(), said.getvalue().decode())


def is_batch_line(payload: dict[str, Any]) -> bool:
    """Whether the command takes a payload for a batch line, by its documentation."""
    keys = payload.keys()
    return {"custom_id", "body"} <= keys or (
        bool(keys) and keys <= {"custom_id", "method", "url", "body"}
    )


def arguments(*argv: object) -> list[str]:
    """The command in a process of its own."""
    return [sys.executable, "-m", "mistral_sanitize", *map(str, argv)]


def environment() -> dict[str, str]:
    """Of that process: it imports this checkout, from wherever it runs."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, "PYTHONPATH": path}


def start(*argv: object, **options: Any) -> subprocess.Popen[bytes]:
    """Starts the command in a process, and a session, of its own.

    Ctrl-C is heard there even where pytest itself was started without an ear for it.
    """
    options = {
        "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        **options,
    }
    return subprocess.Popen(arguments(*argv), env=environment(), start_new_session=True, **options)
