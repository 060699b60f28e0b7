"""What holds for every row of every rule: each `test_<group>` asks it of its own rows."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable
from typing import Any, ClassVar, Final

import pytest

from mistral_sanitize import Sanitizer
from mistral_sanitize.rules import RULES
from tests import jsonpatch
from tests.payloads import subclassed
from tests.rules.neighbours import neighbours
from tests.rules.words import Case

__all__ = ["Rows"]

ROWS_OF: Final[dict[str, Callable[[Case], bool]]] = {
    "row": lambda row: True,
    "repaired": lambda row: not row.is_noop,
    "left": lambda row: row.is_noop,
    "conversation": lambda row: "messages" in row.before,
}
"""Which rows a test asks for, by the name of its argument."""


class Rows:
    """A subclass names its rows; each test below is then run with each of them."""

    rows: ClassVar[tuple[Case, ...]]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        for argument, belongs in ROWS_OF.items():
            if argument in metafunc.fixturenames:
                metafunc.parametrize(argument, list(filter(belongs, self.rows)), ids=str)

    def test_repair(self, repaired: Case) -> None:
        """The result is the row's, and the report names the rule and what it calls for, no more."""
        report = Sanitizer(**repaired.options).explain(repaired.before)

        assert repaired.after == report.payload
        assert list(repaired.after) == list(report.payload)
        assert {repaired.rule, *repaired.also} == {change.rule for change in report.changes}
        assert repaired.lossy == bool(report.lossy)

    def test_repair_is_complete(self, repaired: Case) -> None:
        """The argument is as it was, the patch leads to the result, and that is clean."""
        given = copy.deepcopy(repaired.before)
        sanitizer = Sanitizer(**repaired.options)

        report = sanitizer.explain(given)

        assert repr(repaired.before) == repr(given)
        if not _has_nan(given):
            assert report.payload == jsonpatch.apply(given, report.as_json_patch())
        assert sanitizer.sanitize(report.payload) is report.payload
        assert report.payload == sanitizer.sanitize(given)

    def test_before_and_after(self, repaired: Case) -> None:
        """A change has what stood at its place before it, and what stands there after it."""
        report = Sanitizer(**repaired.options).explain(repaired.before)
        state = jsonpatch.plain(repaired.before)
        if _has_nan(repaired.before):  # which equals nothing, itself included
            return

        for change, operation in zip(report.changes, report.as_json_patch(), strict=True):
            if change.op in ("remove", "replace"):
                assert jsonpatch.plain(change.before) == _at(state, change.path)
            else:
                assert change.before is None
                outer = _at(state, change.path.rpartition("/")[0])
                assert isinstance(outer, list) or change.path.rpartition("/")[2] not in outer
            state = jsonpatch.apply(state, [operation])
            if change.op in ("add", "replace"):
                assert jsonpatch.plain(change.after) == _at(state, change.path)
            else:
                assert change.after is None

    def test_disabled(self, repaired: Case) -> None:
        """A rule that is off changes nothing: no change bears its id."""
        sanitizer = _without(repaired)

        report = sanitizer.explain(repaired.before)

        assert repaired.rule not in {change.rule for change in report.changes}
        assert sanitizer.sanitize(report.payload) is report.payload

    def test_all_disabled(self, row: Case) -> None:
        """With every rule off, what came is what goes."""
        options = {k: v for k, v in row.options.items() if k not in ("enable", "disable")}

        assert Sanitizer(**options, disable=RULES).sanitize(row.before) is row.before

    def test_noop(self, left: Case) -> None:
        """A near payload comes back as the very same object, and the report is empty."""
        sanitizer = Sanitizer(**left.options)

        assert sanitizer.sanitize(left.before) is left.before
        assert not sanitizer.explain(left.before)

    @pytest.mark.parametrize("tuples", [False, True], ids=["subclasses", "tuples"])
    def test_other_types(self, row: Case, tuples: bool) -> None:
        """Subclasses of what JSON is read as, and tuples for lists, are repaired as those are."""
        sanitizer = Sanitizer(**row.options)

        plain = sanitizer.explain(jsonpatch.plain(row.before))
        odd = sanitizer.explain(subclassed(row.before, tuples=tuples))

        assert json.dumps(plain.payload) == json.dumps(odd.payload)
        assert [(c.rule, c.lossy) for c in plain.changes] == [
            (c.rule, c.lossy) for c in odd.changes
        ]

    def test_near_a_row_types_do_not_matter(self, conversation: Case) -> None:
        """The fast pass over messages and the walk agree on every row, and on all near it."""
        sanitizer = Sanitizer(**conversation.options)
        for payload in neighbours(conversation.before["messages"]):
            asked = {**conversation.before, "messages": payload}
            plain, odd = sanitizer.explain(asked), sanitizer.explain(subclassed(asked))
            assert json.dumps(plain.payload) == json.dumps(odd.payload)
            assert bool(plain.lossy) == bool(odd.lossy)


def _without(case: Case) -> Sanitizer:
    """The row's options with its rule off; one that was enabled is just not enabled."""
    options: dict[str, Any] = dict(case.options)
    enable = [rule for rule in options.pop("enable", ()) if rule != case.rule]
    disable = [*options.pop("disable", ()), case.rule]
    return Sanitizer(**options, enable=enable, disable=disable)


def _at(document: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def _has_nan(payload: dict[str, Any]) -> bool:
    return any(isinstance(v, float) and not math.isfinite(v) for v in payload.values())
