"""Tests of the tests: each of them can fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parent
JUDGES: Final = frozenset(("raises", "warns", "fail", "deprecated_call"))
"""What pytest has that fails beside ``assert``."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions() -> dict[str, list[tuple[str, Function]]]:
    """Every function below ``tests``, by its file; a method among them."""
    return {
        path.relative_to(TESTS).as_posix(): [
            (node.name, node)
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, Function)
        ]
        for path in sorted(TESTS.rglob("*.py"))
    }


@cache
def called(function: Function) -> frozenset[str]:
    """The names of what a function calls, or hands on to be called; its decorators do not count."""
    return frozenset(_called(function))


def _called(function: Function) -> Iterator[str]:
    nodes = [each for statement in function.body for each in ast.walk(statement)]
    own = {each.id for each in nodes if isinstance(each, ast.Name) and _is_set(each)}
    for node in nodes:
        if isinstance(node, ast.Call):
            for part in (node.func, *node.args, *(word.value for word in node.keywords)):
                if isinstance(part, ast.Name) and part.id not in own:
                    yield part.id
                elif isinstance(part, ast.Attribute):
                    yield part.attr


def _is_set(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def asserts(node: Function) -> bool:
    """Whether it judges itself: an assertion, or what pytest has beside."""
    if not JUDGES.isdisjoint(called(node)):
        return True
    return any(isinstance(inner, ast.Assert) for inner in ast.walk(node))


@cache
def judges() -> frozenset[str]:
    """The names of all functions that assert, or that call one which does."""
    every = [each for found in functions().values() for each in found]
    known = {name for name, node in every if asserts(node)}
    while more := {n for n, node in every if n not in known and not known.isdisjoint(called(node))}:
        known |= more
    return frozenset(known)


def without_judgement(found: list[tuple[str, Function]]) -> list[str]:
    return [
        f"{name}, line {node.lineno}"
        for name, node in found
        if name.startswith("test_") and not asserts(node) and judges().isdisjoint(called(node))
    ]


@pytest.mark.slow
def test_every_test_asserts_something() -> None:
    """A test has an assertion, or calls what has one: without it passes whatever happens."""
    missing = {file: without_judgement(found) for file, found in functions().items()}

    assert {file: names for file, names in missing.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_a(): sanitize({})", ["test_a, line 1"]),
        ("def test_a():\n    assert sanitize({})", []),
        ("def test_a():\n    with pytest.raises(ValueError): sanitize({})", []),
        ("async def test_a():\n    def law(): assert 1\n    law()", []),
        ("def helper(): sanitize({})", []),
    ],
)
def test_a_test_without_an_assertion_is_found(source: str, found: list[str]) -> None:
    """The check itself can fail."""
    node = ast.parse(source).body[0]

    assert isinstance(node, Function)
    assert without_judgement([(node.name, node)]) == found
