"""One table of ratios from one run, and the goals: ``python -m tests.tools.benchmarks``.

--quick takes some minutes, and leaves out bodies of more than 2.5 MB, the memory, two workers and
a million lines; --markdown prints what docs/explanation/performance.md has between its marks, and
--into writes it there.
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
from typing import Any, Final

from tests.tools.benchmarks import around, measure
from tests.tools.benchmarks.goals import key, verdicts
from tests.tools.benchmarks.payloads import CASES, CHAT, Case, body_of, chat, image, long
from tests.tools.benchmarks.rivals import RIVALS, installed

Times = Mapping[str, Mapping[str, float]]
"""Seconds by case and rival."""
Row = Sequence[str]

BEGIN = "<!-- the output of python -m tests.tools.benchmarks --markdown -->"
END = "<!-- to here -->"


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

_LARGE: Final = 2_500_000
_HUGE: Final = 20_000_000
_SHOWN: Final = ("json.loads", "sanitize_json", "filter")


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
      ("20,000 messages, dirty", "coding session, 2 MB, dirty")),
    Case("50 MB image, dirty", lambda: image(50_000_000, dirty=True), False),
    Case("50 MB of long messages, dirty", lambda: long(50_000, 1_000), False),
    Case("50 MB of small messages, dirty", lambda: chat(370_000, dirty=True, short=True), False),
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
    seconds = min(options.seconds, 0.05) if options.quick else options.seconds
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
        found.update({key(case.name, name): value for name, value in took.items()})
        note(f"time: {case.name}")
    note(table(list(ratios(times, bodies))))
    parts = ["\n".join(f"* {line}" for line in machine()), table(list(ratios(times, bodies)))]
    if not options.only:
        rounds = 5 if options.quick else 21
        starts = measure.starts(rounds)
        beside = around.asgi(50 if options.quick else 300)
        beside.update(around.command(3 if options.quick else 7))
        note("ASGI, command line")
        told = {name: duration(value) for name, value in {**starts, **beside}.items()}
        found.update(starts)
        found.update(beside)
        if not options.quick:
            rates, peaks = around.workers(), around.long_files()
            note("workers, a million lines")
            found.update(rates)
            found.update(peaks)
            told.update({name: f"{value:,.0f}" for name, value in rates.items()})
            told.update({f"command, {name}": size(value) for name, value in peaks.items()})
        parts.append("\n".join(f"* {name}: {value}" for name, value in told.items()))
    if not options.only and not options.quick:
        shown = [name for name in _SHOWN if name in installed(CHAT)]
        rows, peaks = memory(_MEMORY, shown)
        found.update(peaks)
        parts.append(table(rows))
    titles = ("Machine", "Time", "Start, and around the core", "Peak memory")
    sections = [f"### {title}\n\n{part}" for title, part in zip(titles, parts, strict=False)]
    sections.append("### Goals\n\n" + table(list(verdicts(found))))
    return f"Run on {datetime.now(timezone.utc):%Y-%m-%d}.\n\n" + "\n\n".join(sections) + "\n"


def main(argv: Sequence[str] | None = None) -> Any:
    """Run, and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some minutes, and no large cases")
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
