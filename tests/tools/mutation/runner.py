"""The tests asked of one mutant after the other, in processes forked from one that has them all.

The tests are collected once. For each mutant the code is changed in place (the code of a function,
its defaults, or what a statement of the module defines, and what hangs on that), the package's
caches are emptied, the tests that reach the changed line are run until one fails (first those that
noticed a change near by, then the quickest), and the code is changed back. The test that failed is
then asked of the unchanged code: should it fail still, the mutant is tried again in a process of
its own. A test that takes many times what it took before is stopped, and has noticed.

What a class body declares cannot be changed in place: there a process that has imported nothing yet
reads the changed module, and the module's own tests are asked.

Which tests reach which line is measured beforehand, in a run of all of them with `coverage`.
Hypothesis draws the same examples in each run, few of them, and does not shrink.
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import re
import resource
import select
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import coverage
import pytest
from hypothesis import Phase, settings

from tests.tools.mutation.mutants import PACKAGE, Mutant, mutants_of

__all__ = ["ask_all"]

EXAMPLES: Final = "12"
"""How many payloads a law is asked of, of a mutant."""
SLOW: Final = 0.35
"""A test that takes longer, in seconds, is asked of no mutant."""
BUDGET: Final = float(os.environ.get("MUTATION_BUDGET", "2.5"))
"""Nor is what a mutant would cost more than, in seconds: a line that all tests reach."""
FIRST: Final = ("test_what_becomes_of_it", "test_near_what_is_common")
"""Tests that hold much against each other in little time, asked first where they reach a line."""
LAST: Final = ("test_all_disabled", "test_other_types", "test_repair_is_complete",
               "test_the_drift_test_notices", "test_private", "test_near_a_row")  # fmt: skip
"""Tests of many cases that say what others say, asked last."""
HEAVY: Final = ("however_deep", "half_a_million", "large_histories", "test_deep", "depth",
                "linear_time")  # fmt: skip
"""Nor are these, which take long, or fill the memory that every child would have to copy."""
TIMES: Final = 5
"""A test that takes so many times what it took, and half a second, has noticed."""
MEMORY: Final = 3 << 30
BATCH: Final = 150
"""Mutants of one process."""

KILLED, SLEPT, SURVIVED, UNREACHED = "killed", "timeout", "survived", "unreached"


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
        _find_caches()
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
                for cache in _CACHES:  # or only the first test would reach what is kept then
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
        for module in sorted(_name_of(path) for path in PACKAGE.rglob("*.py")):
            by_line = data.contexts_by_lineno(str(PACKAGE / f"{module}.py"))
            found["lines"][module] = {line: [c for c in who if c] for line, who in by_line.items()}

    loop = _Loop(act)
    pytest.main([*_OPTIONS, *tests], plugins=[loop])
    out.write_text(json.dumps(found))


# -- one mutant ---------------------------------------------------------------------------------


def _functions(module: ModuleType) -> dict[str, FunctionType]:
    """The functions and methods that a module defines, by qualified name."""
    found: dict[str, FunctionType] = {}

    def add(name: str, value: Any) -> None:
        value = getattr(value, "__func__", value)
        value = getattr(value, "fget", value)
        value = getattr(value, "__wrapped__", value)
        if isinstance(value, FunctionType):
            found.setdefault(name, value)

    for name, value in vars(module).items():
        if isinstance(value, type) and value.__module__ == module.__name__:
            for inner, member in vars(value).items():
                add(f"{name}.{inner}", member)
        else:
            add(name, value)
    return found


def _code_of(code: CodeType, path: list[str]) -> CodeType:
    for name in path:
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)
    return code


def _change(mutant: Mutant, tree: ast.Module) -> Callable[[], None]:
    """Changes the loaded module as the mutant says; gives what changes it back."""
    back = mutant.apply()
    try:
        undo = _changed(mutant, tree)
    finally:
        back()
    _empty_caches(mutant.module)

    def both() -> None:
        undo()
        _empty_caches(mutant.module)

    return both


def _changed(mutant: Mutant, tree: ast.Module) -> Callable[[], None]:
    module = sys.modules[_imported(mutant.module)]
    file = str(PACKAGE / f"{mutant.module}.py")
    top = mutant.function.split(".")[0]
    if mutant.kind == "module":
        return _redefine(module, tree, mutant.function, file)
    part = next(n for n in tree.body if getattr(n, "name", None) == top)
    flags = ast.parse("from __future__ import annotations").body
    whole = compile(ast.fix_missing_locations(ast.Module([*flags, part], [])), file, "exec")
    function = _functions(module)[mutant.function]
    if mutant.kind == "code":
        old = function.__code__
        function.__code__ = _code_of(whole, mutant.function.split("."))
        return lambda: setattr(function, "__code__", old)
    space = dict(vars(module))
    exec(whole, space)
    new: Any = space[top]
    for name in mutant.function.split(".")[1:]:
        new = vars(new)[name]
    new = getattr(new, "__wrapped__", new)
    given = function.__defaults__, function.__kwdefaults__
    function.__defaults__, function.__kwdefaults__ = new.__defaults__, new.__kwdefaults__

    def undo() -> None:
        function.__defaults__, function.__kwdefaults__ = given

    return undo


def _redefine(module: ModuleType, tree: ast.Module, changed: str, file: str) -> Callable[[], None]:
    """Runs a statement of a module anew, and those that hang on it, and puts the values about."""
    names = {changed}
    space = dict(vars(module))
    put: list[tuple[ModuleType, str, Any]] = []
    for statement in tree.body:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or statement.value is None:
            continue
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        if not isinstance(target, ast.Name):
            continue
        read = {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}
        if target.id != changed and not read & names:
            continue
        names.add(target.id)
        value = compile(ast.Expression(statement.value), file, "eval")
        new, old = eval(value, space), vars(module).get(target.id)
        space[target.id] = new
        for other in list(sys.modules.values()):
            if vars(other).get(target.id) is old and other.__name__.startswith(_OURS):
                setattr(other, target.id, new)
                put.append((other, target.id, old))

    def undo() -> None:
        for other, name, old in reversed(put):
            setattr(other, name, old)

    return undo


_OURS: Final = ("mistral_sanitize", "test")


def _name_of(path: Path) -> str:
    """A module of the package as the record names it: ``engine/walk``."""
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def _imported(module: str) -> str:
    """A module by the name it is imported under."""
    return ".".join(("mistral_sanitize", *module.removesuffix("/__init__").split("/")))


_DEEP: Final = frozenset(("schema/compile", "schema/node", "schema/marks", "profiles"))
"""Modules on which the compiled tables hang."""


_CACHES: Final[list[Any]] = []


def _empty_caches(module: str) -> None:
    for cache in _CACHES:
        if module in _DEEP or not cache.__module__.endswith(".schema.compile"):
            cache.cache_clear()


def _find_caches() -> None:
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper):
            if str(getattr(thing, "__module__", "")).startswith("mistral_sanitize"):
                _CACHES.append(thing)


class _Reads(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads one module of the package from a changed tree."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self.name = _imported(module)
        self.file = str(PACKAGE / f"{module}.py")
        self.tree = tree

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != self.name:
            return None
        return importlib.util.spec_from_loader(name, self, origin=self.file)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self.file
        exec(compile(self.tree, self.file, "exec"), vars(module))


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


class _Plan:
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
        else:
            reached.update(self._readers_of(mutant))
            own = _own_tests(mutant.module)
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
        seen = [test for test in near if test in reached]
        rest = sorted(direct.difference(seen), key=self._rank)
        rest += sorted(beside.difference(seen), key=self._rank)
        left, asked = BUDGET if limit else 60, []
        for test in (*dict.fromkeys(seen), *rest):
            left -= self.seconds[test]
            if left < 0:
                break
            asked.append(test)
        return asked

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
    plan = _Plan(measured)
    total = sum(plan.seconds.values())
    say(f"{len(plan.seconds)} tests, {total:.0f} s; asked: {len(plan.asked)}")
    for bad in measured["failed"]:
        say(f"fails as it is: {bad}")
    todo = [(m, at) for m in modules for at, x in enumerate(mutants_of(m)) if chosen(x)]
    say(f"{len(todo)} mutants")
    answers = folder / "answers.jsonl"
    answers.touch()
    _forked(lambda: _warm(tests, todo, plan, answers, workers))  # who reads a changed module
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


def _record(plan: _Plan, answers: Path, mutant: Mutant, answer: str, began: float) -> None:
    status, _, test = answer.partition(" ")
    if status == KILLED and test in plan.seconds:
        plan.noticed(mutant, test)
    line = json.dumps([mutant.key, answer, round(time.monotonic() - began, 2)]) + "\n"
    with answers.open("a") as file:
        file.write(line)


def _warm(
    tests: Sequence[str], todo: list[tuple[str, int]], plan: _Plan, answers: Path, workers: int
) -> None:
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
        _find_caches()
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
                    undo = _change(mutant, trees[mutant.module][0])
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
                    _record(plan, answers, mutant, answer, began)
                    answered += 1
                    if answer.startswith(SLEPT) or answer.endswith("by a signal"):
                        break
                child.end()
                mine = mine[answered:]

        _each_of(workers, lambda at: work(mutants[at::workers]))

    loop = _Loop(act)
    pytest.main([*_OPTIONS, *tests], plugins=[loop])


def _cold_ones(
    tests: Sequence[str], todo: list[tuple[str, int]], plan: _Plan, answers: Path
) -> None:
    """The others."""
    done = {tuple(key) for key, _, _ in _lines(answers)}
    for module, at in todo:
        tree = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))
        mutant = mutants_of(module, tree)[at]
        if mutant.kind == "class" and mutant.key not in done:
            began = time.monotonic()
            answer = _cold(mutant, tree, tests, plan)
            _record(plan, answers, mutant, answer, began)


def _own_tests(module: str) -> str:
    """The file or folder of the tests that are about a module, which need not exist."""
    own = f"tests/test_{module.split('/')[-1].strip('_')}.py"
    if module.startswith("rules/") and not Path(own).exists():
        return "tests/rules"
    return own


def _cold(mutant: Mutant, tree: ast.Module, tests: Sequence[str], plan: _Plan) -> str:
    """A mutant of what a class declares, in a process that imports everything anew.

    Asked are the module's own tests, or those of corners where it has none.
    """
    own = _own_tests(mutant.module)
    own = own if Path(own).exists() else "tests/test_corners.py"
    names = [name for name in plan.tests(mutant, limit=False) if name.startswith(own)][:500]
    tests = [own]  # to import all takes seconds
    order = {name: at for at, name in enumerate(names)}

    def work(say: Callable[[str], None]) -> None:
        mutant.apply()
        sys.meta_path.insert(0, _Reads(mutant.module, tree))

        def act(items: list[Any]) -> None:
            chosen = sorted((i for i in items if i.nodeid in order), key=lambda i: order[i.nodeid])
            say(_run(loop, chosen, plan.seconds, say) if chosen else f"{KILLED} on import")

        loop = _Loop(act)
        pytest.main([*_OPTIONS, *tests], plugins=[loop])
        say(f"{KILLED} on import")

    if not names:
        return UNREACHED
    child = _Child(work)
    answer = child.line(300) or f"{KILLED} by a signal"
    child.end()
    return answer
