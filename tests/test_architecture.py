"""The architecture, read from the source: who imports whom, sizes, names, complexity, and its page.

docs/explanation/architecture.md says why; this holds it. What fails here names what to change.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

import mistral_sanitize

PACKAGE: Final = Path(mistral_sanitize.__file__).parent
PAGE: Final = Path(__file__).parents[1] / "docs" / "explanation" / "architecture.md"

FLOORS: Final = (
    ("report", "profiles", "catalog", "_json"),
    ("schema",),
    ("models", "rules"),
    ("engine", "validation"),
    ("_sanitizer",),
    ("completions", "redaction"),
    ("body",),
    ("adapters", "cli", "testing", "strategies"),
    ("_hypothesis", "pytest_plugin", "__main__"),
)
"""Each imports what is on a floor below its own, and nothing beside it or above."""

CORE: Final = tuple(part for floor in FLOORS[:7] for part in floor)

LONG, LONGER = 400, 600
"""Lines that a file may have; lines that one may have whose head says why it is one file."""
COMPLEX, TOO_COMPLEX = 15, 30
"""The cyclomatic complexity from which the page gives the reason, and the highest there is."""
MOST_COMPLEX: Final = 12
"""How many functions may be above `COMPLEX`."""


# -- the source -----------------------------------------------------------------------------------


@cache
def modules() -> Mapping[str, Path]:
    """Every module by its name within the package; the package itself is ``""``."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree_of(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text("utf-8"))


@cache
def imports_of(name: str) -> frozenset[str]:
    """The modules of the package that one imports, wherever in it and for whatever purpose."""
    found = set()
    for node in ast.walk(tree_of(name)):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            named = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found.update(_module_in(each) for each in named if each.split(".")[0] == PACKAGE.name)
    return frozenset(found - {name})


def _module_in(dotted: str) -> str:
    """The module that ``mistral_sanitize.a.b.name`` is of: the longest that there is."""
    inner = dotted.partition(".")[2]
    while inner not in modules():
        inner = inner.rpartition(".")[0]
    return inner


def part_of(name: str) -> str:
    return name.partition(".")[0]


def functions_of(name: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method of a module with its qualified name, those within others too."""

    def inside(node: ast.AST, above: str) -> Iterator[tuple[str, ast.AST]]:
        for child in ast.iter_child_nodes(node):
            own = above
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                own = f"{above}.{child.name}".lstrip(".")
                if not isinstance(child, ast.ClassDef):
                    yield own, child
            yield from inside(child, own)

    for qualified, node in inside(tree_of(name), ""):
        assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        yield qualified, node


def complexity(function: ast.AST) -> int:
    """The cyclomatic complexity, as radon counts it: 1, and 1 for each way to branch."""
    count = 1
    for node in ast.walk(function):
        if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.ExceptHandler, ast.Assert)):
            count += 1
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            count += 1 + bool(node.orelse)
        elif isinstance(node, ast.BoolOp):
            count += len(node.values) - 1
        elif isinstance(node, ast.comprehension):
            count += 1 + len(node.ifs)
        elif isinstance(node, ast.match_case):
            count += 1
    return count


# -- direction ------------------------------------------------------------------------------------


def test_every_module_has_a_floor() -> None:
    """No part of the package is missing from the floors, and none is there that does not exist."""
    parts = {part_of(name) for name in modules()} - {""}

    assert parts == {part for floor in FLOORS for part in floor}


@pytest.mark.parametrize("part", [part for floor in FLOORS for part in floor])
def test_imports_go_down(part: str) -> None:
    """A part imports what is below it, for types too; none imports the package as a whole."""
    floor = next(n for n, parts in enumerate(FLOORS) if part in parts)
    below = {part, *(each for parts in FLOORS[:floor] for each in parts)}
    wrong = {
        name: sorted(imported)
        for name in modules()
        if part_of(name) == part
        if (imported := {m for m in imports_of(name) if part_of(m) not in below})
    }

    assert wrong == {}


def test_no_module_imports_itself_by_way_of_others() -> None:
    """There is no circle, imports for type checkers counted."""
    left = {name: set(imports_of(name)) for name in modules()}
    while free := [name for name, imported in left.items() if not imported & left.keys()]:
        for name in free:
            del left[name]

    circles = {name: sorted(imported & left.keys()) for name, imported in left.items()}
    assert circles == {}


def test_few_private_modules_at_the_root() -> None:
    """What is not for users has a folder whose name says what it is about."""
    private = [p.name for p in PACKAGE.glob("_*.py") if not p.name.startswith("__")]

    assert len(private) <= 5, private


# -- sizes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", modules())
def test_a_file_is_short_or_says_why_not(name: str) -> None:
    """Above 400 lines it is a table, or its docstring says why it is one file; 600 is the most."""
    lines = len(modules()[name].read_text("utf-8").splitlines())

    assert lines <= LONGER
    if lines > LONG:
        said = " ".join((ast.get_docstring(tree_of(name)) or "").split())
        why = re.search(r"\b[Oo]ne (file|loop|table)\b", said)
        assert why, f"{lines} lines: why is it one file?"


@cache
def complex_functions() -> Mapping[str, int]:
    return {
        f"{name}.{qualified}": count
        for name in modules()
        for qualified, node in functions_of(name)
        if (count := complexity(node)) > COMPLEX
    }


def test_no_function_is_too_complex() -> None:
    """No function has a cyclomatic complexity above 30, and a dozen at most are above 15."""
    found = complex_functions()

    assert {name: count for name, count in found.items() if count > TOO_COMPLEX} == {}
    assert len(found) <= MOST_COMPLEX, dict(sorted(found.items(), key=lambda item: -item[1]))


def test_complex_functions_have_a_reason() -> None:
    """The page names each function above 15 and says why it is one."""
    listed = re.findall(r"^\* `([\w.]+)`: \w", PAGE.read_text("utf-8"), re.MULTILINE)

    assert sorted(listed) == sorted(complex_functions())


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("def f(): pass", 1),
        ("def f(a):\n if a: pass\n elif b: pass\n else: pass", 3),
        ("def f(a):\n return a and b or c", 3),
        ("def f(a):\n return [x for x in a if x if y]", 4),
        ("def f(a):\n for x in a: pass\n else: pass", 3),
        ("def f(a):\n try: pass\n except A: pass\n except B: pass", 3),
        ("def f(a):\n while a:\n  assert a\n return 1 if a else 2", 4),
    ],
)
def test_complexity_is_counted(source: str, count: int) -> None:
    """By the ways through a function: the figures are those of radon 6.0."""
    assert complexity(ast.parse(source).body[0]) == count


# -- names ----------------------------------------------------------------------------------------


def test_a_name_means_one_thing() -> None:
    """No function and no class of the core has the name of another one."""
    where = defaultdict(list)
    for name in modules():
        if name == "" or part_of(name) in CORE:
            for node in tree_of(name).body:
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    where[node.name].append(name)

    # The overloads of a function follow each other in one module.
    assert {n: m for n, m in where.items() if len(set(m)) > 1} == {}


# -- the page -------------------------------------------------------------------------------------


def purpose_of(name: str) -> str:
    """The first line of a module's docstring."""
    said = ast.get_docstring(tree_of(name))
    assert said, f"{name}: no docstring"
    return said.splitlines()[0]


def module_table() -> str:
    """The modules as the page shows them: by floor, each with its purpose."""
    lines = ["```text", f"{'mistral_sanitize':<30}{purpose_of('')}"]
    for floor in FLOORS:
        for part in floor:
            lines += ["", *(
                f"{'  ' * name.count('.')}{name.rpartition('.')[2]:<{30 - 2 * name.count('.')}}"
                f"{purpose_of(name)}"
                for name in modules() if part_of(name) == part
            )]  # fmt: skip
    return "\n".join((*lines, "```"))


def test_the_page_shows_every_module() -> None:
    """``python -m tests.test_architecture`` writes the list of modules; this says when to."""
    assert module_table() in PAGE.read_text("utf-8"), "python -m tests.test_architecture"


def write_page() -> None:
    text = PAGE.read_text("utf-8")
    begin, end = "<!-- the modules -->\n\n", "\n\n<!-- to here -->"
    before, _, rest = text.partition(begin)
    PAGE.write_text(before + begin + module_table() + end + rest.partition(end)[2], "utf-8")


if __name__ == "__main__":
    write_page()
