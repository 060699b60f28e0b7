"""The inputs that were found: one file a target and style, each line the bytes as a JSON string.

A character of the string is a byte of the input (latin-1), so that what is text can be read.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from itertools import accumulate
from pathlib import Path
from types import FrameType
from typing import Any

import mistral_sanitize

__all__ = ["FOLDER", "needed", "pack", "path_of", "read", "unpack"]

FOLDER = Path(__file__).resolve().parent / "corpus"


def path_of(name: str) -> Path:
    """The file of a target and style."""
    return FOLDER / f"{name}.jsonl"


def read(name: str) -> list[bytes]:
    """The inputs of a target and style."""
    path = path_of(name)
    if not path.exists():
        return []
    lines = path.read_text("utf-8").split("\n")
    return [json.loads(line).encode("latin-1") for line in lines if line]


def unpack(name: str, folder: Path) -> None:
    """Writes each input into a file of its own, as libFuzzer wants them."""
    for data in read(name):
        (folder / hashlib.sha1(data, usedforsecurity=False).hexdigest()).write_bytes(data)


_OURS = str(Path(mistral_sanitize.__file__).parent)


def needed(
    target: Callable[[bytes], None], inputs: Iterable[bytes], given: Iterable[bytes] = ()
) -> list[bytes]:
    """Of the inputs, the shortest first, those that take a step through our code that neither one
    before nor one of the given took. One that breaks a law is left out: it belongs to the repair.
    """
    kept: list[bytes] = []
    seen: set[Any] = set().union(*(_steps(target, data) for data in given))
    for data in sorted(set(inputs), key=lambda data: (len(data), data)):
        steps = _steps(target, data)
        if not steps <= seen:
            kept.append(data)
            seen |= steps
    return kept


def _steps(target: Callable[[bytes], None], data: bytes) -> set[Any]:
    """The pairs of lines of ours that were run one after the other; none where a law is broken."""
    found: set[Any] = set()

    def enter(frame: FrameType, event: str, arg: object) -> Any:
        code, before = frame.f_code, 0
        if not code.co_filename.startswith(_OURS):
            return None

        def step(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal before
            if event == "line":
                found.add((code, before, frame.f_lineno))
                before = frame.f_lineno
            return step

        return step

    tracing = sys.gettrace()
    sys.settrace(enter)
    try:
        target(data)
    except Exception:
        return set()
    finally:
        sys.settrace(tracing)
    return found


def pack(name: str, inputs: Iterable[bytes], most: int) -> int:
    """Writes so many bytes of inputs in the place of those that are there, the shortest first.

    How many inputs that are.
    """
    lines = [json.dumps(data.decode("latin-1")) + "\n" for data in set(inputs)]
    lines.sort(key=lambda line: (len(line), line))
    sizes = accumulate(map(len, lines))
    kept = [line for line, size in zip(lines, sizes, strict=True) if size <= most]
    path_of(name).write_text("".join(kept), "utf-8")
    return len(kept)
