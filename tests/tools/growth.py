"""What a call costs, without a clock: calls made, and bytes taken, however soon given back.

`test_operations` counts the calls of one `sanitize`. Hostile input asks for two things more. A
copy that is made anew for every item shows in no count of calls, so what is allocated at one go is
added up (`Cost.bulk`). And a search through a list is one call, however long the list: in
`counting` payloads every text is of a class whose ``==`` and ``hash`` are Python's own, so that
each comparison is a call.

What remains unseen is C code that neither allocates nor compares: a ``list.pop(0)``.
"""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

__all__ = ["Cost", "Text", "calls_of", "cost_of", "counting", "marginal"]


class Cost(NamedTuple):
    """What a call costs."""

    calls: int
    """Calls of Python functions and of built-in ones."""
    bulk: int = 0
    """Bytes allocated at one go, between two calls, where they are more than `_BULK`: copies of
    what is long. What is given back and taken again counts twice."""
    peak: int = 0
    """Bytes held at a time, at most."""


class Text(str):
    """A text whose every comparison is a call that is counted."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return str.__eq__(self, other) is not True

    def __hash__(self) -> int:
        return str.__hash__(self)


def counting(value: Any) -> Any:
    """The same payload, of texts that count."""
    top = [value]
    boxes: list[Any] = [top]
    for box in boxes:  # grows while it is walked
        for key, inner in list(box.items() if isinstance(box, dict) else enumerate(box)):
            if isinstance(inner, str):
                box[key] = Text(inner)
            elif isinstance(inner, dict):
                box[key] = {Text(k) if isinstance(k, str) else k: v for k, v in inner.items()}
                boxes.append(box[key])
            elif isinstance(inner, list):
                box[key] = list(inner)
                boxes.append(box[key])
    return top[0]


def calls_of(work: Callable[[], object]) -> Cost:
    """The calls of a call alone; do it once before, so that what is built once has been built."""
    calls = 0

    def on_event(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in _CALLS

    _profiled(work, on_event)
    return Cost(calls)


def cost_of(work: Callable[[], object]) -> Cost:
    """All that a call costs; takes ten times as long to find out."""
    calls = bulk = peak = 0
    memory, reset = tracemalloc.get_traced_memory, tracemalloc.reset_peak

    def look() -> None:
        nonlocal bulk, peak, last
        now, highest = memory()
        if highest - last > _BULK:
            bulk += highest - last
        peak = max(peak, highest)
        last = now
        reset()

    def on_event(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        if event in _CALLS:
            calls += 1
            look()

    tracemalloc.start()
    try:
        begun = last = memory()[0]
        _profiled(work, on_event)
        look()  # at what is since the last call
    finally:
        tracemalloc.stop()
    return Cost(calls, bulk, peak - begun)


_CALLS = frozenset(("call", "c_call"))
_BULK = 2_000


def _profiled(work: Callable[[], object], on_event: Callable[..., None]) -> None:
    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        work()
    finally:
        sys.setprofile(before)


def marginal(less: Cost, more: Cost, items: int) -> Cost:
    """What one further item costs, in whole calls and bytes."""
    return Cost(*(-(-(b - a) // items) for a, b in zip(less, more, strict=True)))
