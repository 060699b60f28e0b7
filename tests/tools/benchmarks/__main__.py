"""One table of ratios from one run, and the goals: ``python -m tests.tools.benchmarks``.

--quick takes a minute and no large cases; --markdown prints what docs/explanation/performance.md
has between its marks, and --into writes it there.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.tools.benchmarks import measure
from tests.tools.benchmarks.payloads import CASES, CHAT, Case, body_of, chat, image, long
from tests.tools.benchmarks.rivals import RIVALS, installed

Times = Mapping[str, Mapping[str, float]]
"""Seconds by case and rival."""
Row = Sequence[str]

PLAIN, DIRTY = "200 messages, clean", "200 messages, dirty"
AGENT, PARTS = "agent, 250 messages, clean", "text and images, 200 messages, clean"
IMAGE = "10 MB image, clean"
BEGIN = "<!-- the output of python -m tests.tools.benchmarks --markdown -->"
END = "<!-- to here -->"


# -- the goals ----------------------------------------------------------------------------------


class Goal(NamedTuple):
    """One goal: the quotient of two measurements, and its bound."""

    what: str
    of: str
    to: str
    bound: float
    least: bool = False
    """Whether the bound is the least that will do, and not the most."""
    scale: float = 1.0
    """The quotient is divided by it."""


def _key(case: str, rival: str) -> str:
    return f"{case} / {rival}"


GOALS: Final = (
    Goal("200 messages, nothing to do: `sanitize` to `json.loads`",
         _key(PLAIN, "sanitize"), _key(PLAIN, "json.loads"), 0.85),
    Goal("200 messages, most of them dirty: `sanitize` to `json.loads`",
         _key(DIRTY, "sanitize"), _key(DIRTY, "json.loads"), 1.8),
    Goal("agent's history, nothing to do: `sanitize` to `json.loads`",
         _key(AGENT, "sanitize"), _key(AGENT, "json.loads"), 0.9),
    Goal("growth from 200 to 20,000 clean messages, beyond 100 times",
         _key("20,000 messages, clean", "sanitize"), _key(PLAIN, "sanitize"), 1.1, scale=100),
    Goal("growth from 200 to 20,000 dirty messages, beyond 100 times",
         _key("20,000 messages, dirty", "sanitize"), _key(DIRTY, "sanitize"), 1.1, scale=100),
    Goal("200 messages, nothing to do: `sanitize_json` to `json.loads`",
         _key(PLAIN, "sanitize_json"), _key(PLAIN, "json.loads"), 1.7),
    Goal("10 MB image, nothing to do: `sanitize_json` to `json.loads`",
         _key(IMAGE, "sanitize_json"), _key(IMAGE, "json.loads"), 1.0),
    Goal("200 clean messages: LiteLLM's transformation to `sanitize`",
         _key(PLAIN, "LiteLLM"), _key(PLAIN, "sanitize"), 50, least=True),
    Goal("200 dirty messages: LiteLLM's transformation to `sanitize`",
         _key(DIRTY, "LiteLLM"), _key(DIRTY, "sanitize"), 50, least=True),
    Goal("200 clean messages: the SDK's models to `sanitize`",
         _key(PLAIN, "SDK"), _key(PLAIN, "sanitize"), 8, least=True),
    Goal("200 dirty messages: the SDK's models to `sanitize`",
         _key(DIRTY, "SDK"), _key(DIRTY, "sanitize"), 8, least=True),
    Goal("import, to that of pydantic and a `BaseModel`",
         "import of mistral_sanitize", "import of pydantic and a BaseModel", 1.5),
    Goal("first `sanitize` call of a process, in ms", "first call", "one millisecond", 5),
    Goal("peak memory of `sanitize_json` beside the body, 50 MB image, dirty",
         "memory 50 MB image, dirty", "memory 50 MB image, dirty: body", 3),
    Goal("peak memory of `sanitize_json` beside the body, 50 MB of long messages, dirty",
         "memory 50 MB of long messages, dirty", "memory 50 MB of long messages, dirty: body", 3),
    Goal("peak memory of `sanitize_json` beside the body, 50 MB of short messages, dirty",
         "memory 50 MB of short messages, dirty", "memory 50 MB of short messages, dirty: body", 3),
)  # fmt: skip
"""Design goals, on the machine of the run."""


def verdicts(found: Mapping[str, float]) -> Iterator[Row]:
    """Each goal with what was measured and whether that will do."""
    yield "goal", "bound", "measured", "verdict"
    for goal in GOALS:
        bound = f"{'≥' if goal.least else '≤'} {goal.bound:g}"
        if goal.of not in found or goal.to not in found:
            yield goal.what, bound, "", "not measured"
            continue
        value = found[goal.of] / found[goal.to] / goal.scale
        good = value >= goal.bound if goal.least else value <= goal.bound
        yield goal.what, bound, f"{value:.2f}", "pass" if good else "**miss**"


# -- tables -------------------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def size(count: float) -> str:
    """Bytes, in the unit that suits."""
    for unit, step in (("MB", 1e6), ("kB", 1e3)):
        if count >= step:
            return f"{count / step:.3g} {unit}"
    return f"{count:.0f} B"


def ratio(value: float) -> str:
    """Two digits after the point, fewer where there are more before it."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def ratios(times: Times, bodies: Mapping[str, int]) -> Iterator[Row]:
    """Cases by rivals; `json.loads` in time, the others as multiples of it."""
    names = [rival.name for rival in RIVALS if any(rival.name in row for row in times.values())]
    yield "case", "body", *names
    for case, row in times.items():
        base = row["json.loads"]
        cells = ["–" if name not in row else ratio(row[name] / base) for name in names]
        cells[0] = duration(base)
        yield case, size(bodies[case]), *cells


def table(rows: Sequence[Row]) -> str:
    """The rows as Markdown, which is legible as it is."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join(
        "-" * (width + 1) + ("-" if not at else ":") for at, width in enumerate(widths)
    ) + "|"  # fmt: skip
    return "\n".join([lines[0], rule, *lines[1:]])


# -- the run ------------------------------------------------------------------------------------

_LARGE: Final = 1_500_000
_HUGE: Final = 20_000_000
_SHOWN: Final = ("json.loads", "sanitize", "sanitize_json", "loads+dumps", "orjson both", "SDK")


def memory(cases: Sequence[Case], shown: Sequence[str]) -> tuple[list[Row], dict[str, float]]:
    """Peaks by case and rival, without the argument: traced by Python / grown by the process."""
    found: dict[str, float] = {}
    rows: list[Row] = [("case", "body", *shown)]
    for case in cases:
        body, treats = body_of(case.make()), installed(case.endpoint)
        cells = []
        for name in shown:
            if name not in treats or (name == "SDK" and len(body) > _HUGE):
                cells.append("–")
                continue
            python = measure.traced(body, name, treats[name])
            process = measure.resident(body, name, case.endpoint)
            grown = "–" if process is None else ratio(process / len(body))
            cells.append(f"{ratio(python / len(body))} / {grown}")
            if name == "sanitize_json":
                peak = max(python, process or 0)
                found[f"memory {case.name}"] = peak
                found[f"memory {case.name}: body"] = len(body)
        rows.append((case.name, size(len(body)), *cells))
        note(f"memory: {case.name}")
    return rows, found


_MEMORY: Final = (
    *(case for case in CASES if case.name in
      ("20,000 messages, clean", "20,000 messages, dirty", IMAGE, "100,000 embeddings, clean")),
    Case("50 MB image, dirty", lambda: image(50_000_000, dirty=True), False),
    Case("50 MB of long messages, dirty", lambda: long(50_000, 1_000), False),
    Case("50 MB of short messages, dirty", lambda: {**chat(450_000, short=True), "user": "u"},
         False),
)  # fmt: skip


def machine() -> Iterator[str]:
    """Where this was run: processor, system, Python, versions, load."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines()
                 if line.startswith("model name")]  # fmt: skip
        model = names[0] if names else model
    yield f"{model}, {os.cpu_count()} processors, {platform.system()} {platform.release()}"
    yield f"{platform.python_implementation()} {platform.python_version()}"
    known = ("pydantic", "orjson", "litellm", "mistralai")
    here = {d.name: d.version for d in importlib.metadata.distributions() if d.name in known}
    yield ", ".join(f"{name} {here[name]}" for name in known if name in here)
    if hasattr(os, "getloadavg"):
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        yield f"load of the last 1, 5 and 15 minutes at the end of the run: {load}"


def note(text: str) -> None:
    """Progress, beside the output."""
    print(text, file=sys.stderr, flush=True)


def run(options: argparse.Namespace) -> str:
    """All of it, as Markdown."""
    seconds = 0.05 if options.quick else options.seconds
    found: dict[str, float] = {"one millisecond": 1e-3}
    times: dict[str, Mapping[str, float]] = {}
    bodies: dict[str, int] = {}
    for case in CASES:
        body = body_of(case.make())
        if (options.quick and len(body) > _LARGE) or options.only not in case.name:
            continue
        treats = installed(case.endpoint)
        took = measure.timed(body, treats, seconds=seconds, collecting=options.gc)
        times[case.name], bodies[case.name] = took, len(body)
        found.update({_key(case.name, name): value for name, value in took.items()})
        note(f"time: {case.name}")
    note(table(list(ratios(times, bodies))))
    parts = ["\n".join(f"* {line}" for line in machine()), table(list(ratios(times, bodies)))]
    if not options.only:
        rounds = 5 if options.quick else 21
        starts = measure.starts(rounds)
        found.update(starts)
        parts.append("\n".join(f"* {name}: {duration(value)}" for name, value in starts.items()))
    if not options.only and not options.quick:
        shown = [name for name in _SHOWN if name in installed(CHAT)]
        rows, peaks = memory(_MEMORY, shown)
        found.update(peaks)
        parts.append(table(rows))
    titles = ("Machine", "Time", "Start", "Peak memory")
    told = [f"### {title}\n\n{part}" for title, part in zip(titles, parts, strict=False)]
    told.append("### Goals\n\n" + table(list(verdicts(found))))
    return f"Run on {datetime.now(timezone.utc):%Y-%m-%d}.\n\n" + "\n\n".join(told) + "\n"


def main(argv: Sequence[str] | None = None) -> Any:
    """Run, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute, and no large cases")
    parser.add_argument("--markdown", action="store_true", help="with the marks of the page")
    parser.add_argument("--into", type=Path, help="a page to write the output into, at its marks")
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--gc", action="store_true", help="let the garbage collector run")
    parser.add_argument("--seconds", type=float, default=0.5, help="for each cell, at most")
    options = parser.parse_args(argv)
    output = run(options)
    marked = f"{BEGIN}\n\n{output}\n{END}"
    print(marked if options.markdown else output)
    if options.into is not None:
        page = options.into.read_text("utf-8")
        head, _, rest = page.partition(BEGIN)
        tail = rest.partition(END)[2]
        options.into.write_text(head + marked + tail, "utf-8")


if __name__ == "__main__":
    main()
