"""What stands around the core: the ASGI middleware, and the command line.

The middleware is driven without an event loop, so that it alone is measured: nothing in it waits.
The command runs in processes of its own, on a few lines and on many times as many: the difference
is the lines', the start-up is not. Many, since a start takes as long as ten thousand lines, and
what it wavers by is not to look like lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter, thread_time
from typing import Any, Final, NamedTuple

from mistral_sanitize import Sanitizer
from mistral_sanitize.adapters.asgi import SanitizeMiddleware
from tests.tools.benchmarks.measure import ROOT, compiling_once
from tests.tools.benchmarks.payloads import CHAT, body_of
from tests.tools.benchmarks.sessions import small

__all__ = ["asgi", "command", "long_files", "workers"]


async def _app(scope: Any, receive: Any, send: Any) -> None:
    await receive()


def _request(app: Any, body: bytes) -> None:
    """One request through an application, in which nothing waits."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    scope = {"type": "http", "method": "POST", "path": CHAT, "headers": headers}
    message = {"type": "http.request", "body": body, "more_body": False}

    async def receive() -> Any:
        return message

    async def send(_: Any) -> None:
        return None

    with suppress(StopIteration):
        app(scope, receive, send).send(None)


def asgi(rounds: int = 300, count: int = 50) -> dict[str, float]:
    """Seconds of a small clean request: `sanitize_json`, and the middleware beyond that and the
    application.
    """
    body, sanitizer = body_of(small()), Sanitizer()
    behind = SanitizeMiddleware(_app, sanitizer=sanitizer)
    ways: dict[str, Callable[[], object]] = {
        "plain": lambda: _request(_app, body),
        "behind": lambda: _request(behind, body),
        "sanitize_json": lambda: sanitizer.sanitize_json(body),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            start = thread_time()
            for _ in range(count):
                way()
            best[name] = min(best[name], (thread_time() - start) / count)
    core = best["sanitize_json"]
    return {"ASGI, sanitize_json": core, "ASGI, beyond": best["behind"] - best["plain"] - core}


_LOOP = """
import sys
from mistral_sanitize import Sanitizer
def loop(source, target):
    sanitize_json = Sanitizer().sanitize_json
    with open(source, "rb") as lines, open(target, "wb") as out:
        for line in lines:
            out.write(sanitize_json(line[:-1]) + b"\\n")
loop(*sys.argv[1:])
"""


class _Spent(NamedTuple):
    """What a Python of its own took, with the processes that it started."""

    clock: float
    processor: float
    """Seconds."""


def _spent(compiled: str, *arguments: str) -> _Spent:
    # Where bytecode may not be written, a start compiles for a second, and never quite the same.
    environment = compiling_once(compiled)
    start = perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], env=environment, cwd=ROOT,
                               stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    clock = perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return _Spent(clock, used.ru_utime + used.ru_stime)


_PEAK: Final = """
import resource, subprocess, sys
subprocess.run([sys.executable, *sys.argv[1:]], check=True, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def _peak_of(compiled: str, *arguments: str) -> float:
    """Bytes of memory of a process at the most. A small process starts it: what starts a process
    counts as its memory until it has begun, and this one is large.
    """
    out = subprocess.run([sys.executable, "-c", _PEAK, *arguments], cwd=ROOT, check=True,
                         env=compiling_once(compiled), capture_output=True, text=True)  # fmt: skip
    return float(out.stdout) * (1 if sys.platform == "darwin" else 1024)


def _command(source: Path, target: str, *options: str) -> tuple[str, ...]:
    return ("-m", "mistral_sanitize", "--lines", *options, "-o", target, str(source))


_FEW: Final = 2_000
_MANY: Final = 42_000


def command(rounds: int = 5) -> dict[str, float]:
    """Seconds of the processor a line, of small requests: the command, and the loop of
    `sanitize_json`.

    The command twice: told to be quiet, as the loop is, and with its summary.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        out, compiled = str(Path(folder, "out.jsonl")), str(Path(folder, "compiled"))
        for kind in ("clean", "dirty"):
            files = _lines_of(folder, kind)
            ways: dict[str, Callable[[Path], tuple[str, ...]]] = {
                "command": lambda f: _command(f, out, "--workers", "1", "-q"),
                "command and summary": lambda f: _command(f, out, "--workers", "1"),
                "loop": lambda f: ("-c", _LOOP, str(f), out),
            }
            best = {(name, count): float("inf") for name in ways for count in files}
            for turn in range(rounds + 1):
                for name, count in best:
                    took = _spent(compiled, *ways[name](files[count])).processor
                    if turn:  # the first one compiles
                        best[name, count] = min(best[name, count], took)
            for name in ways:
                more = best[name, _MANY] - best[name, _FEW]
                found[f"{name}, {kind}"] = more / (_MANY - _FEW)
    return found


def _lines_of(folder: str, kind: str) -> dict[int, Path]:
    line = body_of(small(dirty=kind == "dirty")) + b"\n"
    files = {count: Path(folder, f"{kind}-{count}.jsonl") for count in (_FEW, _MANY)}
    for count, file in files.items():
        file.write_bytes(line * count)
    return files


_LONG: Final = 400_000


def workers(rounds: int = 3) -> dict[str, float]:
    """Lines a second by one worker and by two: by the clock, and by what the processor was busy.

    The clock's are right only where two processors have nothing else to do. The others are what
    two processors could do at most, if neither ever waited: twice the lines, for all that the
    command and its workers take together.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        out, compiled = str(Path(folder, "out.jsonl")), str(Path(folder, "compiled"))
        line = body_of(small(dirty=True)) + b"\n"
        files = {count: Path(folder, f"{count}.jsonl") for count in (_MANY, _LONG)}
        for count, file in files.items():
            file.write_bytes(line * count)
        runs = {(number, count): (9e9, 9e9) for number in (1, 2) for count in files}
        for turn in range(rounds + 1):
            for (number, count), (clock, processor) in runs.items():
                took = _spent(
                    compiled, *_command(files[count], out, "-q", "--workers", str(number))
                )
                if turn:
                    runs[number, count] = min(clock, took.clock), min(processor, took.processor)
        for number, name in ((1, "one worker"), (2, "two workers")):
            clock, processor = (
                more - less
                for more, less in zip(runs[number, _LONG], runs[number, _MANY], strict=True)
            )
            found[f"{name}, lines a second"] = (_LONG - _MANY) / clock
            found[f"{name}, lines a second at most"] = number * (_LONG - _MANY) / processor
    return found


def long_files() -> dict[str, float]:
    """Peak bytes of the command at 100,000 lines of a batch file and at a million, each with an id
    of its own, by one worker and with the summary.
    """
    found = {}
    body = body_of(small(dirty=True))
    with tempfile.TemporaryDirectory() as folder:
        source, compiled = Path(folder, "in.jsonl"), str(Path(folder, "compiled"))
        for count, name in ((100_000, "100,000 lines"), (1_000_000, "1,000,000 lines")):
            with source.open("wb") as file:
                for number in range(count):
                    file.write(b'{"custom_id":"request-%d","body":%s}\n' % (number, body))
            run = _command(source, os.devnull, "--workers", "1")
            found[f"peak, {name}"] = _peak_of(compiled, *run)
    return found
