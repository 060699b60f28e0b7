"""The record of the mutation run is of this source; ``python -m tests.tools.mutation`` runs it."""

from __future__ import annotations

import pytest

from tests.tools.mutation.__main__ import MODULES
from tests.tools.mutation.mutants import PACKAGE, mutants_of
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


def test_mutants_can_be_told_apart() -> None:
    """No two mutants of a module are the same, and each names a line of the module."""
    for module in MODULES:
        mutants = mutants_of(module)
        lines = {line.strip() for line in (PACKAGE / f"{module}.py").read_text("utf-8").split("\n")}

        assert len({mutant.key for mutant in mutants}) == len(mutants)
        assert {mutant.line for mutant in mutants} <= lines
