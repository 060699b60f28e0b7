"""One mutant made in place: the code of a function, its defaults, or what a statement defines.

What was built while the package was imported keeps what it was built of: a closure its code, a
table the values of another. So a mutant of a function that is called then (`called_at_import`), or
of a statement, that nobody notices here is asked again in a process that imports everything anew
(`import_changed` is how it does).
"""

from __future__ import annotations

import ast
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any, Final

from tests.tools.mutation.mutants import MODULES, PACKAGE, Mutant

__all__ = ["called_at_import", "change", "find_caches", "import_changed", "name_of"]


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


def change(mutant: Mutant, tree: ast.Module) -> Callable[[], None]:
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


def name_of(path: Path) -> str:
    """A module of the package as the record names it: ``engine/walk``."""
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def _imported(module: str) -> str:
    """A module by the name it is imported under."""
    return ".".join(("mistral_sanitize", *module.removesuffix("/__init__").split("/")))


_DEEP: Final = frozenset(("schema/compile", "schema/node", "schema/marks", "profiles"))
"""Modules on which the compiled tables hang."""


CACHES: Final[list[Any]] = []


def _empty_caches(module: str) -> None:
    for cache in CACHES:
        if module in _DEEP or not cache.__module__.endswith(".schema.compile"):
            cache.cache_clear()


def find_caches() -> None:
    for thing in gc.get_objects():
        if isinstance(thing, functools._lru_cache_wrapper):
            if str(getattr(thing, "__module__", "")).startswith("mistral_sanitize"):
                CACHES.append(thing)


def called_at_import() -> list[tuple[str, str]]:
    """The functions, each with its module, that are called while the package's modules that decide
    are imported. In a process that has imported none of them."""
    called: set[tuple[str, str]] = set()

    def watch(frame: FrameType, event: str, _: Any) -> None:
        file = Path(frame.f_code.co_filename)
        if event == "call" and PACKAGE in file.parents:
            name = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)  # 3.11
            outermost = name.partition(".<locals>")[0]
            called.add((name_of(file), outermost))

    sys.setprofile(watch)
    try:
        for module in MODULES:
            importlib.import_module(_imported(module))
    finally:
        sys.setprofile(None)
    return sorted(called)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
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


def import_changed(mutant: Mutant, tree: ast.Module) -> None:
    """From now on the module is imported as the mutant of this tree has it."""
    mutant.apply()
    sys.meta_path.insert(0, _Changed(mutant.module, tree))
