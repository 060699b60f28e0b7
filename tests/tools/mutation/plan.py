"""Which tests are asked of a mutant, and in which order."""

from __future__ import annotations

import ast
import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from tests.tools.mutation.mutants import PACKAGE, Mutant

__all__ = ["HEAVY", "Plan", "own_tests"]

BUDGET: Final = float(os.environ.get("MUTATION_BUDGET", "2.5"))
"""What a mutant may cost, in seconds as measured: some lines are reached by all tests."""
SLOW: Final = BUDGET / 7
"""A test that takes longer is asked of no mutant."""
LAWS: Final = "tests/test_laws.py::"
"""They hold most against a line, and take long: they are asked before what is only quick."""
FIRST: Final = ("test_what_becomes_of_it", "test_near_what_is_common")
"""Tests that hold much against each other in little time, asked first where they reach a line."""
LAST: Final = ("test_all_disabled", "test_other_types", "test_repair_is_complete",
               "test_the_drift_test_notices", "test_private", "test_near_a_row")  # fmt: skip
"""Tests of many cases that say what others say, asked last."""
HEAVY: Final = ("however_deep", "half_a_million", "large_histories", "test_deep", "depth",
                "linear_time")  # fmt: skip
"""Nor are these, which take long, or fill the memory that every child would have to copy."""


class Plan:
    """Which tests to ask of a mutant, in which order."""

    def __init__(self, measured: dict[str, Any]) -> None:
        self.seconds: dict[str, float] = measured["seconds"]
        self.lines: dict[str, dict[str, list[str]]] = measured["lines"]
        bad = set(measured["failed"])
        self.asked = {t for t, s in self.seconds.items() if s <= SLOW and t not in bad
                      and not any(word in t for word in HEAVY)}  # fmt: skip
        self.recent: dict[Any, list[str]] = defaultdict(list)
        self.readers: dict[str, dict[str, list[int]]] = {}
        self.texts: dict[str, list[str]] = {}

    def tests(self, mutant: Mutant, *, limit: bool = True) -> list[str]:
        lines = self.lines.get(mutant.module, {})
        reached: set[str] = set()
        if mutant.kind == "code":
            for line in {mutant.lineno, mutant.header}:
                reached.update(lines.get(str(line), ()))
            if not reached:  # it ran at import: then whoever reaches what was built there
                for line in self._span_of(mutant):
                    reached.update(lines.get(str(line), ()))
        else:
            reached.update(self._readers_of(mutant))
            own = own_tests(mutant.module)
            reached.update(test for test in self.asked if test.startswith(own))
        reached &= self.asked
        # What is kept is made for the first test alone: the others of its cases may need it too.
        functions = {test.partition("[")[0] for test in reached}
        beside = {t for t in self.asked - reached if t.partition("[")[0] in functions}
        direct, reached = reached, reached | beside
        words = self._words(mutant)
        named = [test for test in reached if any(word in test for word in words)]
        first = [test for word in FIRST for test in sorted(reached) if word in test]
        near = (*self.recent[mutant.module, mutant.function], *self.recent[mutant.module])
        near = (*near[:8], *first, *sorted(named, key=self._rank)[:400], *near[8:])
        laws = sorted((test for test in direct if test.startswith(LAWS)), key=self._rank)
        seen = [test for test in (*near, *laws) if test in reached]
        rest = sorted(direct.difference(seen), key=self._rank)
        rest += sorted(beside.difference(seen), key=self._rank)
        left, asked = BUDGET if limit else 60, []
        for test in (*dict.fromkeys(seen), *rest):
            left -= self.seconds[test]
            if left < 0:
                break
            asked.append(test)
        return asked

    def _span_of(self, mutant: Mutant) -> range:
        """The lines of the function that a mutant is of."""
        body: Any = ast.parse((PACKAGE / f"{mutant.module}.py").read_text("utf-8"))
        for name in mutant.function.split("."):
            body = next(node for node in body.body if getattr(node, "name", None) == name)
        return range(body.lineno, body.end_lineno + 1)

    def _words(self, mutant: Mutant) -> list[str]:
        """What the line and those before it quote: tests that are named so are asked early."""
        if mutant.module not in self.texts:
            text = (PACKAGE / f"{mutant.module}.py").read_text("utf-8")
            self.texts[mutant.module] = text.splitlines()
        before = 3 if mutant.kind == "module" else 1
        lines = self.texts[mutant.module][mutant.lineno - before : mutant.lineno]
        return re.findall(r'"([\w$./-]{4,})"', "".join(lines))

    def _rank(self, test: str) -> tuple[bool, float, str]:
        return any(word in test for word in LAST), self.seconds[test], test

    def _readers_of(self, mutant: Mutant) -> set[str]:
        """The tests that reach a line where the name is read, in any module; or the module."""
        name = mutant.function.split(".")[0 if mutant.kind == "module" else -1]
        reached: set[str] = set()
        for module, lines in self.lines.items():
            if module not in self.readers:
                self.readers[module] = _reads(module)
            for line in self.readers[module].get(name, ()):
                reached.update(lines.get(str(line), ()))
        if mutant.kind == "class" or not reached:
            for who in self.lines.get(mutant.module, {}).values():
                reached.update(who)
        return reached

    def noticed(self, mutant: Mutant, test: str) -> None:
        for key in ((mutant.module, mutant.function), mutant.module):
            recent = self.recent[key]
            if test in recent:
                recent.remove(test)
            recent.insert(0, test)
            del recent[12:]


def _reads(module: str) -> dict[str, list[int]]:
    """Where each name is read in a module, and the names that hang on it there."""
    tree = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))
    found: dict[str, list[int]] = defaultdict(list)
    hang: dict[str, set[str]] = defaultdict(set)
    for node in tree.body:
        names = [n for n in ast.walk(node) if isinstance(n, (ast.Name, ast.Attribute))]
        for name in names:
            word = name.id if isinstance(name, ast.Name) else name.attr
            found[word].append(name.lineno)
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                if isinstance(target, ast.Name) and target.id != word:
                    hang[word].add(target.id)
    for word, others in hang.items():
        for other in others:
            found[word] += [line for line in found[other] if line not in found[word]]
    return found


def own_tests(module: str) -> str:
    """The file or folder of the tests that are about a module, which need not exist."""
    own = f"tests/test_{module.split('/')[-1].strip('_')}.py"
    if module.startswith("rules/") and not Path(own).exists():
        return "tests/rules"
    return own
