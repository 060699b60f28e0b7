"""The command: ``python -m tests.tools.fuzz TARGET --runs N``; without a target it names them.

A target is one of `targets.TARGETS`, or the name before its dot for both styles, or ``all``. A run
begins with the corpus and our tables' rows. ``--save`` puts what it found into the corpus, no more
than is needed for the same coverage. Exit code 1: a law is broken; the input that breaks it is in
the folder that is named. 2: wrong usage, or atheris is not there.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.tools.fuzz import corpus

ROOT = Path(__file__).resolve().parents[3]
ENTRIES = ("sanitize_json", "sanitize_body", "check", "restore", "command", "completion", "refusal",
           "profile", "catalog")  # fmt: skip
STYLES = ("bytes", "grammar")
NAMES = tuple(f"{entry}.{style}" for entry in ENTRIES for style in STYLES)
MISSING = """\
The coverage-guided fuzzer atheris is not installed here. It has no wheel for every system and
Python; 3.0.0 was used with Python 3.11 on Linux. In an environment of its own:

    python3.11 -m venv .fuzz
    .fuzz/bin/pip install atheris -e '.[hypothesis,brotli,zstd]' pytest
    .fuzz/bin/python -m tests.tools.fuzz sanitize_json --runs 10000

The inputs found so far are replayed without it: pytest tests/test_fuzz_corpus.py"""

_LONGEST = 4096
"""Bytes of an input."""
_SECONDS = 20
"""After which one input counts as a hang."""
_MEGABYTES = 3000
_BYTES = 28_000
"""Of a file of the corpus: `--save` keeps the shortest of the inputs that coverage needs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; the exit code."""
    args = _parser().parse_args(argv)
    if importlib.util.find_spec("atheris") is None:
        print(MISSING, file=sys.stderr)
        return 2
    names = [name for name in NAMES if args.target in (name, name.split(".")[0], "all")]
    if not names:
        print(f"no target {args.target!r}; there are: all, {', '.join(NAMES)}", file=sys.stderr)
        return 2
    findings = Path(args.findings or tempfile.mkdtemp(prefix="fuzz-findings-"))
    findings.mkdir(parents=True, exist_ok=True)
    codes = [_run(name, args, findings) for name in names]
    print(f"findings: {findings}" if any(codes) else "no law is broken")
    return 1 if any(codes) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.tools.fuzz", description=__doc__)
    add = parser.add_argument
    add("target", help=f"all, or one of: {', '.join(NAMES)}")
    add("--runs", type=int, default=10_000, help="inputs of each target (default: %(default)s)")
    add("--seed", type=int, default=1, help="of libFuzzer's chance (default: %(default)s)")
    add("--save", action="store_true", help="put what was found into the corpus")
    add("--work", help="a folder that keeps all inputs found, for the next run")
    add("--findings", help="a folder for inputs that break a law")
    return parser


def _run(name: str, args: argparse.Namespace, findings: Path) -> int:
    from tests.tools.fuzz.seeds import dictionary, seeds

    with tempfile.TemporaryDirectory(prefix="fuzz-") as scratch:
        work = Path(args.work or scratch, name)
        begin, words = Path(scratch, "begin"), Path(scratch, "words")
        begin.mkdir()
        work.mkdir(parents=True, exist_ok=True)
        corpus.unpack(name, begin)
        for index, data in enumerate(seeds(name)):
            (begin / str(index)).write_bytes(data)
        words.write_text(dictionary(), "ascii")
        style: tuple[object, ...] = ("-max_len=512",)
        if name.endswith(".bytes"):
            style = (f"-max_len={_LONGEST}", f"-dict={words}")
        started = time.monotonic()
        code, said = _fuzz(
            name, findings, f"-runs={args.runs}", f"-seed={args.seed}", *style, work, begin
        )
        seconds = time.monotonic() - started
        print(json.dumps({"target": name, **_figures(said), "seconds": round(seconds)}), flush=True)
        if args.save:
            _save(name, work)
        return int(code != 0 or any(line.startswith("FINDING") for line in said))


def _fuzz(name: str, findings: Path, *options: object) -> tuple[int, list[str]]:
    """One process of libFuzzer: its exit code, and the lines it said."""
    limits = (
        f"-timeout={_SECONDS}",
        f"-rss_limit_mb={_MEGABYTES}",
        f"-artifact_prefix={findings}/",
    )
    argv = [sys.executable, "-m", "tests.tools.fuzz.harness", name, *limits, *map(str, options)]
    env = {**os.environ, "FUZZ_FINDINGS": str(findings)}
    process = subprocess.Popen(argv, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True,
                               errors="replace")  # fmt: skip
    said: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        if line.startswith("FINDING") or "ERROR" in line:
            sys.stderr.write(line)
    return process.wait(), said


_STATUS = re.compile(r"#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/\S+.*exec/s: (\d+)")


def _figures(said: Sequence[str]) -> dict[str, int]:
    """Inputs, edges and inputs a second, of libFuzzer's last line of status."""
    found = [match for line in said if (match := _STATUS.search(line))]
    names = ("runs", "edges", "features", "corpus", "per_second")
    return dict(zip(names, map(int, found[-1].groups()), strict=True)) if found else {}


def _save(name: str, work: Path) -> None:
    """Puts into the corpus what goes another way through our code than the rows of our tables."""
    from tests.tools.fuzz.seeds import seeds
    from tests.tools.fuzz.targets import TARGETS

    inputs = [*corpus.read(name), *(path.read_bytes() for path in work.iterdir())]
    needed = corpus.needed(TARGETS[name], inputs, seeds(name))
    kept = corpus.pack(name, needed, _BYTES)
    print(f"{name}: of {len(inputs)} inputs {len(needed)} are needed, {kept} are kept", flush=True)


if __name__ == "__main__":
    sys.exit(main())
