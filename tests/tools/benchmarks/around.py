"""What stands around the core: the ASGI middleware, and the command line.

The middleware is driven without an event loop, so that it alone is measured: nothing in it waits.
The command runs in processes of its own, on so many lines and on twice as many: the difference is
theirs, the start-up is not.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import thread_time
from typing import Any, Final

from mistral_sanitize import Sanitizer
from mistral_sanitize.adapters.asgi import SanitizeMiddleware
from tests.tools.benchmarks.measure import ROOT
from tests.tools.benchmarks.payloads import CHAT, body_of
from tests.tools.benchmarks.sessions import small

__all__ = ["asgi", "command"]

_LINES: Final = 6_000


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
sanitize_json = Sanitizer().sanitize_json
with open(sys.argv[1], "rb") as lines, open(sys.argv[2], "wb") as out:
    for line in lines:
        out.write(sanitize_json(line) + b"\\n")
"""


def _spent(*arguments: str) -> float:
    """The processor's seconds of a Python of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *arguments], env=environment, cwd=ROOT, check=True,
                   stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def command(rounds: int = 5) -> dict[str, float]:
    """Seconds a line, of small requests: the command, and the loop of `sanitize_json`."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder, "out.jsonl"))
        for kind in ("clean", "dirty"):
            line = body_of(small(dirty=kind == "dirty")) + b"\n"
            files = [Path(folder, f"{times}.jsonl") for times in (1, 2)]
            for times, file in enumerate(files, 1):
                file.write_bytes(line * (_LINES * times))
            ways: dict[str, Callable[[Path], tuple[str, ...]]] = {
                "command": lambda f: ("-m", "mistral_sanitize", "--lines", "--workers", "1", "-q",
                                      "-o", out, str(f)),
                "loop": lambda f: ("-c", _LOOP, str(f), out),
            }  # fmt: skip
            best = {(name, f): float("inf") for name in ways for f in files}
            for _ in range(rounds):
                for name, f in best:
                    best[name, f] = min(best[name, f], _spent(*ways[name](f)))
            for name in ways:
                more = best[name, files[1]] - best[name, files[0]]
                found[f"{name}, {kind}"] = more / _LINES
    return found
