"""The tests asked of one mutant after the other, in processes forked from one that has them all.

The tests are collected once. For each mutant the code is changed in place (the code of a function,
its defaults, or what a statement of the module defines, and what hangs on that), the package's
caches are emptied, the tests that reach the changed line are run until one fails (first those that
noticed a change near by, then the quickest), and the code is changed back. The test that failed is
then asked of the unchanged code: should it fail still, the mutant is tried again in a process of
its own. A test that takes many times what it took before is stopped, and has noticed.

What a class body declares cannot be changed in place: there a process that has imported nothing yet
reads the changed module, and is asked the tests of a few files. So it is with each change that
nobody noticed where the package had built something of the unchanged code when it was imported.

Which tests reach which line is measured beforehand, in a run of all of them with `coverage`.
Hypothesis draws the same examples in each run, few of them, and does not shrink.
"""

from __future__ import annotations

import ast
import functools
import gc
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final

import coverage
import pytest
from hypothesis import Phase, settings

from tests.tools.mutation.changes import (
    CACHES,
    called_at_import,
    change,
    find_caches,
    import_changed,
    name_of,
)
from tests.tools.mutation.mutants import PACKAGE, Mutant, mutants_of
from tests.tools.mutation.plan import HEAVY, Plan, own_tests

__all__ = ["ask_all"]

EXAMPLES: Final = "12"
"""How many payloads a law is asked of, of a mutant."""
TIMES: Final = 5
"""A test that takes so many times what it took, and half a second, has noticed."""
MEMORY: Final = 3 << 30
FILES: Final = 3
"""Files of tests that a process which imports everything anew asks, beside the module's own."""
BATCH: Final = 150
"""Mutants of one process."""

KILLED, SLEPT, SURVIVED, UNREACHED = "killed", "timeout", "survived", "unreached"
AGAIN: Final = "again"
"""Nobody noticed it in place; it is asked once more where everything is imported anew."""


def _prepare() -> None:
    os.environ["LAWS_EXAMPLES"] = EXAMPLES
    settings.register_profile(
        "mutation",
        settings(
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
        ),
    )
    settings.load_profile("mutation")


class _Loop:
    """Takes the place of pytest's own loop over the tests."""

    def __init__(self, act: Callable[[list[pytest.Item]], None]) -> None:
        self.act = act
        self.failed = ""

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for item in session.items:
            item.repr_failure = lambda *_: "failed"  # type: ignore[method-assign] # nobody reads it
        try:
            self.act(session.items)
        except Exception:
            traceback.print_exc()
            raise
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid

    def run(self, items: Sequence[pytest.Item], each: Callable[[pytest.Item], None]) -> str:
        """The first of the tests that fails, ``""`` if none does."""
        for at, item in enumerate(items):
            each(item)
            after = items[at + 1] if at + 1 < len(items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                break
        return self.failed


_OPTIONS: Final = ("-o", "addopts=", "-p", "no:terminal", "-p", "no:cacheprovider",
                   "-p", "no:faulthandler", "--assert=plain", "-s")  # fmt: skip


# -- which tests reach which line ---------------------------------------------------------------


def measure(tests: Sequence[str], out: Path) -> None:
    """Writes how long each test takes, and the lines that it reaches. In a child of its own."""
    found: dict[str, Any] = {"seconds": {}, "lines": {}, "failed": []}

    def act(items: list[pytest.Item]) -> None:
        find_caches()
        cover = coverage.Coverage(data_file=None, config_file=False, source=[str(PACKAGE)])
        cover.start()
        started = 0.0
        function = None
        last: list[str] = []

        def each(item: pytest.Item) -> None:
            nonlocal started, function
            now = time.process_time()
            if last:
                found["seconds"][last.pop()] = now - started
            last.append(item.nodeid)
            if getattr(item, "originalname", None) != function:
                function = getattr(item, "originalname", None)
                for cache in CACHES:  # or only the first test would reach what is kept then
                    cache.cache_clear()
            cover.switch_context(item.nodeid)
            started = time.process_time()

        for item in items:
            if any(word in item.nodeid for word in HEAVY):
                continue
            loop.failed = ""
            if loop.run([item], each):
                found["failed"].append(item.nodeid)
        found["seconds"][last.pop()] = time.process_time() - started
        cover.stop()
        data = cover.get_data()
        for module in sorted(name_of(path) for path in PACKAGE.rglob("*.py")):
            by_line = data.contexts_by_lineno(str(PACKAGE / f"{module}.py"))
            found["lines"][module] = {line: [c for c in who if c] for line, who in by_line.items()}

    loop = _Loop(act)
    pytest.main([*_OPTIONS, *tests], plugins=[loop])
    out.write_text(json.dumps(found))


# -- a process of its own -------------------------------------------------------------------------


class _Child:
    """A forked process that says lines, and is stopped when it says none for too long."""

    def __init__(self, work: Callable[[Callable[[str], None]], object]) -> None:
        sys.stdout.flush()
        self.read, write = os.pipe()
        self.pid = os.fork()
        self.rest = b""
        if self.pid == 0:
            os.close(self.read)
            try:
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                null = os.open(os.devnull, os.O_RDWR)
                for at in (0, 1, 2):
                    os.dup2(null, at)
                gc.disable()
                work(lambda line: _write(write, line))
            except BaseException as error:
                _write(write, f"error {error!r}")
            finally:
                os._exit(0)
        os.close(write)

    def line(self, limit: float) -> str | None:
        """The next line; ``None`` at the end, and `SLEPT` when there was none for so long."""
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.read], [], [], limit)
            if not ready:
                os.kill(self.pid, signal.SIGKILL)
                return SLEPT
            piece = os.read(self.read, 1 << 16)
            if not piece:
                return None
            self.rest += piece
        line, _, self.rest = self.rest.partition(b"\n")
        return line.decode(errors="replace")

    def end(self) -> None:
        os.close(self.read)
        os.waitpid(self.pid, 0)


def _write(to: int, line: str) -> None:
    os.write(to, line.replace("\n", " ").encode(errors="replace") + b"\n")


def _run(loop: _Loop, items: list[Any], seconds: dict[str, float], say: Any) -> str:
    """What the tests say. Where one takes too long that is said at once, and the process ends."""
    current = ""

    def out_of_time(*_: Any) -> None:
        say(f"{SLEPT} {current}")
        os._exit(0)

    def each(item: Any) -> None:
        nonlocal current
        current = item.nodeid
        signal.setitimer(signal.ITIMER_PROF, 0.5 + TIMES * seconds.get(current, 1))

    signal.signal(signal.SIGPROF, out_of_time)
    loop.failed = ""
    failed = loop.run(items, each)
    signal.setitimer(signal.ITIMER_PROF, 0)
    return f"{KILLED} {failed}" if failed else SURVIVED


# -- all of them --------------------------------------------------------------------------------


def ask_all(
    tests: Sequence[str], modules: Sequence[str], chosen: Callable[[Mutant], bool], *,
    workers: int, folder: Path, say: Callable[[str], None],
) -> list[tuple[tuple[Any, ...], str]]:  # fmt: skip
    """Every chosen mutant of the modules, with ``killed`` and by which test, or ``survived``."""
    _prepare()
    baseline = folder / "measured.json"
    if not baseline.exists():
        _each_of(2, lambda at: measure(tests[at::2], folder / f"measured.{at}.json"))
        baseline.write_text(json.dumps(_merged([folder / f"measured.{at}.json" for at in (0, 1)])))
    measured = json.loads(baseline.read_text())
    plan = Plan(measured)
    total = sum(plan.seconds.values())
    say(f"{len(plan.seconds)} tests, {total:.0f} s; asked: {len(plan.asked)}")
    for bad in measured["failed"]:
        say(f"fails as it is: {bad}")
    imported = folder / "imported.json"
    if not imported.exists():
        _forked(lambda: imported.write_text(json.dumps(called_at_import())))
    at_import = {tuple(pair) for pair in json.loads(imported.read_text())}
    todo = [(m, at) for m in modules for at, x in enumerate(mutants_of(m)) if chosen(x)]
    say(f"{len(todo)} mutants")
    answers = folder / "answers.jsonl"
    answers.touch()
    _forked(
        lambda: _warm(tests, todo, plan, answers, workers, at_import)
    )  # who reads a changed module
    _each_of(workers, lambda at: _cold_ones(tests, todo[at::workers], plan, answers))  # has not yet
    return [(tuple(key), answer) for key, answer, _ in _lines(answers)]


def _merged(files: Sequence[Path]) -> dict[str, Any]:
    whole: dict[str, Any] = {"seconds": {}, "lines": {}, "failed": []}
    for file in files:
        part = json.loads(file.read_text())
        whole["seconds"].update(part["seconds"])
        whole["failed"] += part["failed"]
        for module, lines in part["lines"].items():
            there = whole["lines"].setdefault(module, {})
            for line, who in lines.items():
                there[line] = [*there.get(line, ()), *who]
    return whole


def _forked(work: Callable[[], object]) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)


def _each_of(workers: int, work: Callable[[int], object]) -> None:
    pids = []
    for at in range(workers):
        pid = os.fork()
        if pid == 0:
            try:
                work(at)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


def _lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _again(mutant: Mutant, answer: str, at_import: AbstractSet[tuple[str, str]]) -> str:
    """The answer of a mutant made in place, or that it has to be asked where it is built anew."""
    built = mutant.kind != "code" or (mutant.module, mutant.function) in at_import
    return AGAIN if built and answer in (SURVIVED, UNREACHED) else answer


def _record(plan: Plan, answers: Path, mutant: Mutant, answer: str, began: float) -> None:
    status, _, test = answer.partition(" ")
    if status == KILLED and test in plan.seconds:
        plan.noticed(mutant, test)
    line = json.dumps([mutant.key, answer, round(time.monotonic() - began, 2)]) + "\n"
    with answers.open("a") as file:
        file.write(line)


def _warm(
    tests: Sequence[str], todo: list[tuple[str, int]], plan: Plan, answers: Path, workers: int,
    at_import: AbstractSet[tuple[str, str]],
) -> None:  # fmt: skip
    """The mutants that can be made in place."""
    done = {tuple(key) for key, _, _ in _lines(answers)}
    trees: dict[str, tuple[ast.Module, list[Mutant]]] = {}
    for module in {module for module, _ in todo}:
        tree = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))
        trees[module] = tree, mutants_of(module, tree)
    mutants = [trees[module][1][at] for module, at in todo]
    mutants = [m for m in mutants if m.kind != "class" and m.key not in done]

    def act(items: list[pytest.Item]) -> None:
        by_name = {item.nodeid: item for item in items if item.nodeid in plan.asked}
        # Once without a change: what tests keep for each other is there for every child.
        for item in by_name.values():
            loop.failed = ""
            if loop.run([item], lambda _: None):
                plan.asked.discard(item.nodeid)
                print(f"fails as it is: {item.nodeid}", flush=True)
        find_caches()
        gc.collect()
        gc.freeze()

        def names_of(mutant: Mutant) -> list[str]:
            return [name for name in plan.tests(mutant) if name in by_name]

        def batch(mine: list[Mutant], say: Callable[[str], None]) -> None:
            for mutant in mine:
                names = names_of(mutant)
                if not names:
                    say(UNREACHED)
                    continue
                try:
                    undo = change(mutant, trees[mutant.module][0])
                except Exception as error:  # it cannot even be defined
                    say(f"{KILLED} {type(error).__name__}")
                    continue
                answer = _run(loop, [by_name[name] for name in names], plan.seconds, say)
                undo()
                status, _, test = answer.partition(" ")
                if status == KILLED:
                    plan.noticed(mutant, test)
                    if _run(loop, [by_name[test]], plan.seconds, lambda _: say("bad")) != SURVIVED:
                        say(f"bad {answer}")
                        return
                say(answer)

        def work(mine: list[Mutant]) -> None:
            while mine:
                now, answered = mine[:BATCH], 0
                child = _Child(lambda say, now=now: batch(now, say))
                while answered < len(now):
                    mutant, began = now[answered], time.monotonic()
                    answer = child.line(120)
                    if answer is None:
                        answer = f"{KILLED} by a signal"
                    if answer.startswith("bad"):
                        if answered:
                            break  # again, as the first of another process
                        answer = answer[4:] or KILLED
                    _record(plan, answers, mutant, _again(mutant, answer, at_import), began)
                    answered += 1
                    if answer.startswith(SLEPT) or answer.endswith("by a signal"):
                        break
                child.end()
                mine = mine[answered:]

        _each_of(workers, lambda at: work(mutants[at::workers]))

    loop = _Loop(act)
    pytest.main([*_OPTIONS, *tests], plugins=[loop])


def _cold_ones(
    tests: Sequence[str], todo: list[tuple[str, int]], plan: Plan, answers: Path
) -> None:
    """The others."""
    known = {tuple(key): answer for key, answer, _ in _lines(answers)}
    kept = {module: mutants_of(module) for module in dict.fromkeys(module for module, _ in todo)}

    @functools.cache
    def sound(test: str) -> bool:
        """Whether a test passes on the unchanged code, in such a process."""
        return _asked_anew(lambda: None, [test], [test.partition("::")[0]], plan) == SURVIVED

    for module, at in todo:
        answer = known.get(kept[module][at].key, AGAIN if kept[module][at].kind == "class" else "")
        if answer == AGAIN:
            tree = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))
            mutant = mutants_of(module, tree)[at]
            began = time.monotonic()
            answer = _cold(mutant, tree, tests, plan)
            status, _, test = answer.partition(" ")
            if status == KILLED and "::" in test and not sound(test):
                answer = SURVIVED  # as it is: it fails alone, whatever is changed
            _record(plan, answers, mutant, answer, began)


def _file_of(test: str) -> str:
    """The file of a test, or the folder of those of rules."""
    return "tests/rules" if test.startswith("tests/rules/") else test.partition("::")[0]


def _cold(mutant: Mutant, tree: ast.Module, tests: Sequence[str], plan: Plan) -> str:
    """A mutant in a process that imports everything anew.

    Asked are the tests that reach it, of the few files that have the most of them (to import all
    takes seconds), and the module's own, or those of corners where it has none.
    """
    own = own_tests(mutant.module)
    own = own if Path(own).exists() else "tests/test_corners.py"
    reached = [name for name in plan.tests(mutant) if _file_of(name) in tests]
    most = [file for file, _ in Counter(map(_file_of, reached)).most_common(FILES)]
    files = list(dict.fromkeys((own, *most)))
    beside = [name for name in plan.tests(mutant, limit=False) if name.startswith(own)][:500]
    names = list(dict.fromkeys((*(n for n in reached if _file_of(n) in files), *beside)))

    if not names:
        return UNREACHED
    return _asked_anew(lambda: import_changed(mutant, tree), names, files, plan)


def _asked_anew(
    prepare: Callable[[], None], names: Sequence[str], files: Sequence[str], plan: Plan
) -> str:
    """What tests say, in this order, in a process that imports everything anew."""
    order = {name: at for at, name in enumerate(names)}

    def work(say: Callable[[str], None]) -> None:
        prepare()

        def act(items: list[Any]) -> None:
            chosen = sorted((i for i in items if i.nodeid in order), key=lambda i: order[i.nodeid])
            say(_run(loop, chosen, plan.seconds, say) if chosen else f"{KILLED} on import")

        loop = _Loop(act)
        pytest.main([*_OPTIONS, *files], plugins=[loop])
        say(f"{KILLED} on import")

    child = _Child(work)
    answer = child.line(300) or f"{KILLED} by a signal"
    child.end()
    return answer
