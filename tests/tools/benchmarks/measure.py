"""Time, memory and start-up. Whatever is compared is measured in turns, within one run.

* The processor's time, not the clock's: other work on the machine does not count, as long as it
  does not fight for the caches.
* The best of several: what remains of other work only ever adds.
* The garbage collector waits unless told otherwise. It runs by the number of containers that are
  alive, so it would bill whoever allocates last for all that stand around; parsing suffers most.
* A payload is parsed anew for each call, outside of what is timed, and what a call returns is
  freed outside of it too.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from time import thread_time
from typing import Any, Final

from tests.tools.benchmarks.rivals import RIVALS, Treat

__all__ = ["compiling_once", "resident", "starts", "timed", "traced"]

ROOT: Final = Path(__file__).resolve().parents[3]
_OF: Final = {rival.name: rival.of for rival in RIVALS}
_MOST_ROUNDS: Final = 400
_FEWEST_ROUNDS: Final = 2


def _arguments(of: str, body: bytes, count: int) -> list[Any]:
    return [body] * count if of == "body" else [json.loads(body) for _ in range(count)]


def timed(
    body: bytes, treats: Mapping[str, Treat], *, seconds: float, collecting: bool = False
) -> dict[str, float]:
    """The best time of each in seconds, taken in turns; those that refuse the request are left out.

    `seconds` is what each may take in all, beyond three calls, the first of which is not counted.
    """
    count = 10 if len(body) < 5_000 else 1
    best: dict[str, float] = {}
    spent: dict[str, float] = {}
    for name, treat in treats.items():  # what is built at the first call is not counted
        try:
            treat(*_arguments(_OF[name], body, 1))
        except Exception:  # it is the rival's verdict on the request, whatever it raises
            continue
        best[name], spent[name] = float("inf"), 0.0
    gc.collect()
    for turn in range(_MOST_ROUNDS):
        waiting = [n for n in best if turn < _FEWEST_ROUNDS or spent[n] < seconds]
        if not waiting:
            break
        for name in waiting:
            taken = _once(treats[name], _arguments(_OF[name], body, count), collecting)
            spent[name] += taken
            best[name] = min(best[name], taken / count)
    return best


def _once(treat: Treat, arguments: list[Any], collecting: bool) -> float:
    results = [None] * len(arguments)
    if not collecting:
        gc.disable()
    try:
        start = thread_time()
        for index, argument in enumerate(arguments):
            results[index] = treat(argument)
        return thread_time() - start
    finally:
        gc.enable()


def traced(body: bytes, name: str, treat: Treat) -> int:
    """The most bytes that Python had allocated at once during a call, result included.

    What a library written in another language allocates by itself is not among them.
    """
    (argument,) = _arguments(_OF[name], body, 1)
    treat(argument)
    (argument,) = _arguments(_OF[name], body, 1)
    gc.collect()
    tracemalloc.start()
    try:
        result = treat(argument)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        del result


# -- in processes of their own ------------------------------------------------------------------

_RESIDENT = """
import gc, json, sys
from pathlib import Path
from tests.tools.benchmarks.measure import _OF, _arguments
from tests.tools.benchmarks.rivals import RIVALS
name, endpoint, file = sys.argv[1:]
treat = next(rival for rival in RIVALS if rival.name == name).make(endpoint)
small = b'{"model":"m","input":["x"],"messages":[{"role":"user","content":"x"}]}'
treat(*_arguments(_OF[name], small, 1))
body = Path(file).read_bytes()
(argument,) = _arguments(_OF[name], body, 1)
gc.collect()
def status(key):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
before = status("VmRSS")
result = treat(argument)
print(status("VmHWM") - before)
"""


def resident(body: bytes, name: str, endpoint: str) -> int | None:
    """By how many bytes a process grew at most during a call; ``None`` where not on Linux."""
    if not Path("/proc/self/clear_refs").exists():
        return None
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        out = _child(_RESIDENT, name, endpoint, file.name)
    return int(out)


def compiling_once(compiled: str) -> dict[str, str]:
    """The environment of a Python of its own that keeps its bytecode in this directory."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": compiled}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def _child(code: str, *arguments: str, compiled: str | None = None) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    if compiled is not None:
        environment = compiling_once(compiled)
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.strip().splitlines()[-1]


_TIMED = "from time import thread_time as c\ns = c()\n{}\nprint(c() - s)"
_IMPORTS: Final = {
    "import of pydantic and a BaseModel": (
        "import pydantic\nclass M(pydantic.BaseModel):\n    a: int"
    ),
    # the package imports what is asked of it, and nothing before
    "import of mistral_sanitize": "from mistral_sanitize import sanitize",
}
_FIRST = """
import json
from time import thread_time
from mistral_sanitize import sanitize
payload = json.loads('{"model": "m", "messages": [{"role": "user", "content": "x"}], "user": "u"}')
start = thread_time()
sanitize(payload)
print(thread_time() - start)
"""


def starts(times: int) -> dict[str, float]:
    """Median seconds of an import, and of the first call, each in a fresh process, in turns.

    All is compiled beforehand, into a directory of its own: in a tree that is being edited, half
    of the modules would be compiled again each time.
    """
    codes = {name: _TIMED.format(code) for name, code in _IMPORTS.items()} | {"first call": _FIRST}
    taken: dict[str, list[float]] = {name: [] for name in codes}
    with tempfile.TemporaryDirectory() as compiled:
        for turn in range(times + 1):
            for name, code in codes.items():
                seconds = float(_child(code, compiled=compiled))
                if turn:  # the first one compiles
                    taken[name].append(seconds)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}
