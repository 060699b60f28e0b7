"""One run of libFuzzer, a process: ``python -m tests.tools.fuzz.harness TARGET [OPTION...]``.

The options are libFuzzer's. With FUZZ_FINDINGS, a folder, a broken law is written there once, and
the run goes on; without it the run ends at the first. Needs atheris.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["mistral_sanitize"]):
    from tests.tools.fuzz.targets import TARGETS


def _place(error: BaseException) -> str:
    """What is wrong and where: two inputs with the same one are one finding."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-4:]]
    law = re.sub(r"\d+", "*", str(error))[:160] if isinstance(error, AssertionError) else ""
    return f"{type(error).__name__} {law!r} {' '.join(places)}"


def _going_on(target: Callable[[bytes], None], folder: Path) -> Callable[[bytes], None]:
    seen: set[str] = set()

    def run(data: bytes) -> None:
        try:
            target(data)
        except Exception as error:
            place = _place(error)
            if place in seen:
                return
            seen.add(place)
            name = hashlib.sha1(place.encode(), usedforsecurity=False).hexdigest()[:12]
            (folder / name).write_bytes(data)
            (folder / f"{name}.txt").write_text(traceback.format_exc(), "utf-8", "backslashreplace")
            print(f"FINDING {name}: {place}: {error!r:.300}", file=sys.stderr, flush=True)

    return run


def main() -> None:
    """Runs the target of the first argument; never returns."""
    target = TARGETS[sys.argv.pop(1)]
    findings = os.environ.get("FUZZ_FINDINGS")
    atheris.Setup(sys.argv, target if findings is None else _going_on(target, Path(findings)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
