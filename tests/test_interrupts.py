"""Ctrl-C at any moment ends the command with 130, and shows no traceback.

Not by the clock: a process of the command's is forked at each moment that is looked at, and each
of the copies hears the signal there and then.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mistral_sanitize import __main__ as start
from mistral_sanitize.cli import command
from tests.command import ROOT, environment

EXAMPLE = ROOT / "docs" / "examples" / "openai_request.json"


_WATCHED = """
import json, os, runpy, signal, sys

signal.signal(signal.SIGINT, signal.default_int_handler)
seen, ended, parent = set(), [], os.getpid()
armed, MODULES = False, sys.argv.pop(1) == "modules"

def moment(frame, event, arg):
    global armed
    code = frame.f_code
    if event != "call" or code in seen or os.getpid() != parent:
        return
    armed = armed or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    name = code.co_filename
    is_module = code.co_name == "<module>"
    if not armed or not (is_module if MODULES else "mistral_sanitize" in name):
        return
    seen.add(code)
    read, write = os.pipe()
    copy = os.fork()
    if not copy:
        sys.setprofile(None)
        os.dup2(write, 2)
        os.kill(os.getpid(), signal.SIGINT)
        return
    os.close(write)
    said = open(read, "rb").read().decode()
    _, status = os.waitpid(copy, 0)
    end = os.waitstatus_to_exitcode(status)
    ended.append([os.path.relpath(name) + ":" + code.co_name, end, said])

sys.argv = ["mistral-sanitize", *sys.argv[1:]]
sys.setprofile(moment)
try:
    runpy.run_module("mistral_sanitize", run_name="__main__", alter_sys=True)
except SystemExit as stop:
    sys.setprofile(None)
    if os.getpid() != parent:
        raise
    print(json.dumps([stop.code, ended]))
"""


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="copies are forked")


def watched(what: str) -> tuple[int, list[Any]]:
    """The command's exit code, and how each copy ended: where it was, its code, what it said."""
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, what, "-q", "-o", os.devnull],
        input='{"seed": 1}', capture_output=True, text=True, check=True, env=environment(),
        cwd=ROOT,
    )  # fmt: skip
    code, ended = json.loads(done.stdout.splitlines()[-1])
    return code, ended


SAID = ("", "mistral-sanitize: interrupted; /dev/null was not written\n")


@needs_fork
@pytest.mark.slow
def test_while_modules_are_loaded() -> None:
    """At the start of every module, ours and others'."""
    code, ended = watched("modules")

    assert code == 0
    assert [moment for moment in ended if moment[1:] != [130, ""]] == []
    names = {name.rpartition("site-packages/")[2].rpartition("lib/")[2] for name, _, _ in ended}
    assert names >= {f"mistral_sanitize/{at}.py:<module>" for at in (
        "cli/command", "_sanitizer", "cli/run", "rules/__init__", "models/chat",
    )} | {"pydantic/__init__.py:<module>"}  # fmt: skip


@needs_fork
@pytest.mark.slow
def test_at_any_moment() -> None:
    """At the first call of every function of ours, from the first to the last."""
    code, ended = watched("functions")

    assert code == 0
    assert len(ended) > 300
    assert [moment for moment in ended if moment[1] != 130 or moment[2] not in SAID] == []


# -- in this process ---------------------------------------------------------------------------


@pytest.fixture
def default_handler() -> Iterator[None]:
    """The handler that Python installs, and afterwards the one that there was."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_process_is_the_commands(
    monkeypatch: pytest.MonkeyPatch, default_handler: None, tmp_path: Path
) -> None:
    """Without arguments the handler is there, and stays; with them the caller's stays."""
    done = ["-q", str(EXAMPLE), "-o", str(tmp_path / "out.json")]
    assert start.main(done) == 0
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    monkeypatch.setattr(sys, "argv", ["mistral-sanitize", *done])

    assert start.main() == 0
    assert signal.getsignal(signal.SIGINT) is start._interrupted


def test_another_handler_stays(default_handler: None) -> None:
    """Where Ctrl-C is ignored it stays so, and in a thread nothing is changed."""
    thread = threading.Thread(target=start._hear_interrupts)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    start._hear_interrupts()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_what_the_handler_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """It raises while the command works, and ends the process before and after."""
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)

    start._interrupted(2, None)
    monkeypatch.delitem(sys.modules, command.__name__)
    start._interrupted(2, None)
    assert ended == [130, 130]

    monkeypatch.undo()
    monkeypatch.setattr(command, "WORKING", [True])
    with pytest.raises(KeyboardInterrupt):
        start._interrupted(2, None)
