"""The record of the mutation run is of this source; ``python -m tests.tools.mutation`` runs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mistral_sanitize import repair_refused, sanitize
from tests.tools.mutation.mutants import MODULES, PACKAGE, mutants_of
from tests.tools.mutation.survivors import listed, score, table, written


@pytest.mark.huge  # the record is of the last whole run; a run of hours makes it anew
@pytest.mark.parametrize("module", MODULES)
def test_survivors_are_of_this_source(module: str) -> None:
    """Each listed survivor is a change to a line that is still there, in the function it names."""
    # How a change is written differs among Pythons; where it is made does not.
    places = {mutant.key[:3] for mutant in mutants_of(module)}

    gone = [each.key for each in listed() if each.key[0] == module and each.key[:3] not in places]

    assert gone == []


@pytest.mark.huge
def test_survivors_have_a_reason() -> None:
    """Each is listed once, for a module that is mutated, and says why it is left."""
    survivors = listed()

    assert len({each.key for each in survivors}) == len(survivors)
    assert {each.key[0] for each in survivors} <= set(MODULES)
    assert all(each.why for each in survivors)


def test_the_file_reads_as_it_is_written() -> None:
    """What is written of the survivors is read as the same."""
    assert set(listed(written(listed()))) == set(listed())


@pytest.mark.huge
def test_score() -> None:
    """The score is of every module that is mutated, and the rest of the mutants is listed."""
    counts = score()
    left = [each.key[0] for each in listed()]

    assert list(counts) == list(MODULES)
    for module, count in counts.items():
        assert count["mutants"] - count["killed"] == left.count(module)
    assert "all" in table(counts, listed())


@pytest.mark.slow
def test_mutants_can_be_told_apart() -> None:
    """No two mutants of a module are the same, and each names a line of the module."""
    for module in MODULES:
        mutants = mutants_of(module)
        lines = {line.strip() for line in (PACKAGE / f"{module}.py").read_text("utf-8").split("\n")}

        assert len({mutant.key for mutant in mutants}) == len(mutants)
        assert {mutant.line for mutant in mutants} <= lines


ENTRY = "{'type': 'less_than_equal', 'loc': ['body', 'top_p'], 'msg': '', 'ctx': {'le': 1}}"
BUILT = {
    # closures that tables hold, and a table of the schema
    "validation/entry_cures": ("_clamp", "return cure → return None",
        f"repair_refused({{'top_p': 9}}, 422, {{'detail': [{ENTRY}]}})"),
    "validation/cures": (
        "remove_parameters", "return cure → return None",
        "repair_refused({'n': 2}, 400, {'message': 'n must be 1', 'code': '3051'})"),
    "schema/compile": (
        "compile_node", "profile.fields == 'closed' → profile.fields != 'closed'",
        "sanitize({'model': 'm', 'messages': [], 'x': 1}).get('x') is None"),
}  # fmt: skip
"""Functions that are called while the package is imported: of each a change, and what is true
without it, and false, or an exception, where the package was imported with it."""
ASKED = """
import ast, sys
from tests.tools.mutation.changes import import_changed
from tests.tools.mutation.mutants import PACKAGE, mutants_of

module, function, change, true = sys.argv[1:]
tree = ast.parse((PACKAGE / f"{module}.py").read_text("utf-8"))
(mutant,) = [m for m in mutants_of(module, tree) if (m.function, m.change) == (function, change)]
import_changed(mutant, tree)
from mistral_sanitize import repair_refused, sanitize
try:
    print(bool(eval(true)))
except TypeError:
    print("the cure is None")
"""


def run(text: str, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", text, *argv],
        check=False,
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
    )


@pytest.mark.parametrize("module", BUILT)
def test_what_is_built_at_import_is_built_anew(module: str) -> None:
    """A change to what makes a closure, or a table, at import is one where the package uses it."""
    function, change, true = BUILT[module]
    assert eval(true, {"repair_refused": repair_refused, "sanitize": sanitize})

    ran = run(ASKED, module, function, change, true)

    assert ran.stdout.strip() in ("False", "the cure is None"), ran.stderr


@pytest.mark.slow
def test_what_is_called_at_import() -> None:
    """Such functions are known: a change to them has to be imported anew."""
    text = "from tests.tools.mutation.changes import called_at_import as c; print(json.dumps(c()))"
    called = {tuple(pair) for pair in json.loads(run(f"import json; {text}").stdout)}

    assert {(module, function) for module, (function, *_) in BUILT.items()} <= called
