"""Changes the core, one piece of a line at a time, and asks the tests whether they notice.

Run it from a checkout, with the tests' libraries and `coverage`. The tree is copied first, so that
it may be worked on meanwhile. A whole run takes hours of two cores; with ``--folder`` one that was
cut short goes on. Beside other work tests take longer, so that fewer are asked of a mutant
and more is left: ``MUTATION_BUDGET=9`` in the environment asks more of them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.tools.mutation.mutants import MODULES, Mutant, mutants_of
from tests.tools.mutation.survivors import (
    SCORE,
    SURVIVORS,
    Key,
    Survivor,
    listed,
    score,
    table,
    written,
)

ROOT: Final = Path(__file__).parents[3]

TESTS: Final = (
    "body", "body_corners", "body_hosts", "body_options", "catalog", "catalog_caller",
    "catalog_option", "check", "completion_body", "completion_laws", "completion_round_trip",
    "completions", "conversation", "corners", "edges", "envelopes", "fast_pass", "folding",
    "hosts", "ids", "input_items", "json", "json_schema", "laws", "order", "parts", "profiles",
    "public", "redaction", "refusals", "rejections", "report", "restore", "sanitizer", "shapes",
    "strict_schema", "table", "thinking_laws", "tools_memory", "unsaid",
)  # fmt: skip
"""What is asked: the tests of the core, but for those that count, fork, wait or open sockets."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.mutation", description=__doc__)
    parser.add_argument("--score", action="store_true", help="print what the last whole run found")
    parser.add_argument("--module", action="append", choices=MODULES, help="only this module")
    parser.add_argument("--function", help="only this function")
    parser.add_argument("--left", action="store_true", help="only those that survivors.txt lists")
    parser.add_argument("--list", action="store_true", help="print the mutants, and ask nobody")
    parser.add_argument("--workers", type=int, default=2, help="how many processes")
    parser.add_argument("--folder", type=Path, help="where a run that was cut short goes on")
    parser.add_argument("--update", action="store_true", help="write score.json and survivors.txt")
    args = parser.parse_args()
    modules = args.module or MODULES
    survivors = {each.key for each in listed()}

    def chosen(mutant: Mutant) -> bool:
        return (args.function is None or mutant.function == args.function) and (
            not args.left or mutant.key in survivors
        )

    if args.score:
        print(table(score(), listed()))
        return
    if args.list:
        for module in modules:
            for mutant in filter(chosen, mutants_of(module)):
                print(f"{module}:{mutant.lineno} {mutant.function}: {mutant.change}")
        return
    folder = (args.folder or Path(tempfile.mkdtemp(prefix="mutation-"))).resolve()
    _into(folder)
    from tests.tools.mutation.runner import ask_all

    files = [Path("tests/rules"), *(Path("tests", f"test_{name}.py") for name in TESTS)]
    tests = [str(file) for file in files if file.exists()]
    answers = ask_all(tests, modules, chosen, workers=args.workers, folder=folder, say=print)
    _tell(dict(answers), modules, update=args.update)
    print(folder)


def _into(folder: Path) -> None:
    """Goes on in a copy of the tree, once."""
    tree = folder / "tree"
    if Path.cwd() == tree:
        return
    if not tree.exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("mistral_sanitize", "tests", "docs"):
            shutil.copytree(ROOT / name, tree / name)
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md"):
            shutil.copy(ROOT / name, tree)
    os.chdir(tree)
    os.environ["HYPOTHESIS_NO_PLUGINS"] = "1"  # ours would import the package too early
    os.environ["MUTATION_ROOT"] = str(ROOT)
    arguments = [*sys.argv[1:], "--folder", str(folder)]
    os.execv(sys.executable, [sys.executable, "-m", "tests.tools.mutation", *arguments])


def _tell(answers: dict[Key, str], modules: Sequence[str], *, update: bool) -> None:
    """Prints the score, and what ``survivors.txt`` has no reason for, or need not list."""
    known = {each.key: each.why for each in listed()}
    found: list[Survivor] = []
    counts: dict[str, dict[str, int]] = {}
    for module in modules:
        mutants = mutants_of(module)
        left = [m.key for m in mutants if not answers.get(m.key, "").startswith(_NOTICED)]
        for key in left:
            asked = "open" if key in answers else "open: newer than the last run"
            found.append(Survivor(key, known.get(key, asked)))
            if key not in known:
                print(f"survives: {' | '.join(map(str, key))}")
        counts[module] = {"mutants": len(mutants), "killed": len(mutants) - len(left)}
    left_keys = {each.key for each in found}
    for key in known:
        if key[0] in modules and key not in left_keys:
            print(f"killed now: {' | '.join(map(str, key))}")
    print(table(counts, found))
    if update:
        root = Path(os.environ.get("MUTATION_ROOT", ROOT)) / "tests" / "tools" / "mutation"
        others = [each for each in listed() if each.key[0] not in modules]
        text = SURVIVORS.read_text("utf-8")
        head = "\n".join(line for line in text.splitlines() if line.startswith("# "))
        (root / SURVIVORS.name).write_text(f"{head}\n\n{written([*found, *others])}", "utf-8")
        whole = {**(score() if SCORE.exists() else {}), **counts}
        whole = {module: whole[module] for module in MODULES if module in whole}
        (root / SCORE.name).write_text(json.dumps(whole, indent=1) + "\n", "utf-8")


_NOTICED: Final = ("killed", "timeout")


if __name__ == "__main__":
    main()
