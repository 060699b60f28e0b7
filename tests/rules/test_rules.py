"""The registry of the rules, and what holds for all rows together."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_sanitize import Sanitizer, explain, profiles
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import DEFAULT, GROUPS, REPAIRS, RULES, Rule
from mistral_sanitize.rules._loss import json_text
from mistral_sanitize.rules._rule import REMOVE
from mistral_sanitize.rules.ids import fits, legal_name, new_id, new_name
from mistral_sanitize.schema.compile import slots
from mistral_sanitize.schema.node import Value
from tests.rules import BY_GROUP, CASES, Case
from tests.rules.neighbours import paths, put

_REPAIRED = [case for case in CASES if not case.is_noop]
_LEFT = [case for case in CASES if case.is_noop]


def _nested(levels: int) -> Any:
    value: Any = "x"
    for level in range(levels):
        value = [value] if level % 2 else {"type": value}
    return value


ODD = (
    None, True, 5, -1.5, "", "x", [], {}, [[]], [{}], [None], (), (1,), {"a": 1}, {5: None},
    {"type": []}, {"type": "text"}, {"type": "function"}, {"role": "user"}, {"required": [{}]},
    {"properties": {"a": 1}}, "\ud800", float("nan"), 10**400, _nested(50),
)  # fmt: skip
"""Values that no field expects."""


_PLACES = [(case, path) for case in CASES for path in paths(case.before)]


@settings(max_examples=500)
@given(st.sampled_from(_PLACES), st.sampled_from(ODD))
def test_near_the_rows(place: tuple[Case, tuple[Any, ...]], odd: Any) -> None:
    """A row with an odd value anywhere in it is sanitized all the same, and once is enough."""
    case, path = place
    payload = put(case.before, path, odd)
    sanitizer = Sanitizer(**case.options)

    report = sanitizer.explain(payload)

    assert sanitizer.sanitize(report.payload) is report.payload
    assert bool(report) == (report.payload is not payload)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_rows_of_a_rule(rule: Rule) -> None:
    """Every rule has a row that it repairs, one beside it that it leaves alone, and a source."""
    repaired = [case for case in _REPAIRED if case.rule == rule.id]
    left = [case for case in _LEFT if case.rule == rule.id]

    file = f"tests/rules/test_{rule.group}.py"
    assert repaired, f"{file} has no row that {rule.id} repairs"
    assert left, f"{file} has no row that {rule.id} leaves alone"
    assert [case.name for case in repaired if not case.source] == [], "rows without a source"


@pytest.mark.parametrize("group", GROUPS)
def test_rows_of_a_group(group: str) -> None:
    """The rows of a rule are in the file of its group."""
    assert {row.rule for row in BY_GROUP[group] if RULES[row.rule].group != group} == set()


def marked() -> set[str]:
    """The rules whose repair of a value is marked on a model: on a field, an item, or an object."""
    found: set[str] = set()
    for profile in profiles.ALL:
        for model in ENDPOINTS.values():
            for node in slots(model, profile).values():
                found.update(node.shapes)
                for field in node.fields.values():
                    value: Value | None = field.value
                    while value is not None:
                        found.update(value.repairs)
                        value = value.items
    return found


def test_a_repair_of_a_value_has_its_place() -> None:
    """A rule of one value acts where a model carries its mark; without one it never would."""
    assert REPAIRS.keys() - marked() == set(), "no field has the mark Repair(id)"


def test_names_of_rows() -> None:
    """Every row has a name of its own, and a rule that exists."""
    assert len(CASES) == len({str(case) for case in CASES})
    assert {case.rule for case in CASES} <= RULES.keys()
    assert {rule for case in CASES for rule in case.also} <= RULES.keys()


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_rule(rule: Rule) -> None:
    """A rule's id is in kebab case, it belongs to a known group, and says why and from where."""
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule.id)
    assert RULES[rule.id] is rule
    assert rule.group in GROUPS
    assert rule.reason
    assert "\n" not in rule.reason
    assert rule.evidence
    assert rule.until is None or re.fullmatch(r"\d{4}-\d\d-\d\d", rule.until)


def test_groups() -> None:
    """Rules stand together by group, in the order of the groups, and no group is empty."""
    order = list(dict.fromkeys(rule.group for rule in RULES.values()))

    assert list(GROUPS) == order
    runs = [group for i, group in enumerate(r.group for r in RULES.values())
            if i == 0 or group != list(RULES.values())[i - 1].group]  # fmt: skip
    assert order == runs


def test_repairs_are_of_rules() -> None:
    """Every repair of one value belongs to a rule."""
    assert REPAIRS.keys() <= RULES.keys()


def test_default() -> None:
    """The rules that are on by default under any schema are those without a date."""
    assert {r.id for r in RULES.values() if r.default and r.until is None} == DEFAULT


@pytest.mark.parametrize("rule", [r for r in RULES.values() if not r.default], ids=lambda r: r.id)
def test_opt_in(rule: Rule) -> None:
    """An opt-in rule is off under every profile, until it is enabled."""
    for profile in profiles.ALL:
        assert rule.id not in Sanitizer(profile=profile).rules
        assert rule.id in Sanitizer(profile=profile, enable=(rule.id,)).rules


@pytest.mark.parametrize("case", [c for c in _REPAIRED if not RULES[c.rule].default], ids=str)
def test_opt_in_rows(case: Case) -> None:
    """What only an opt-in rule repairs, the defaults do not repair by it."""
    options = {k: v for k, v in case.options.items() if k != "enable"}
    if "profile" in options and case.rule in profiles.get(options["profile"]).on:
        del options["profile"]  # the host asks for it

    report = Sanitizer(**options).explain(case.before)

    assert case.rule not in {change.rule for change in report.changes}


@pytest.mark.parametrize("profile", profiles.ALL, ids=str)
def test_dated_rule(profile: profiles.Profile) -> None:
    """The bridge between a result and the user is on where Mistral refused the pair, as of old."""
    on = "user-after-tool" in Sanitizer(profile=profile).rules

    assert (profile.date < "2026-04-29" or profile.host is not None) == on


def test_dated_rule_today() -> None:
    """Under the newest schema nothing is put between a result and the user."""
    assert "user-after-tool" not in Sanitizer().rules


def test_ids_and_names_collide_with_none() -> None:
    """Where a new id or name is taken there is another one, and one more after that."""
    ids: set[str] = set()
    names = {"my_tool"}
    for _ in range(3):
        call_id, name = new_id("call_1", ids), new_name("my.tool", names)
        assert fits(call_id) and call_id not in ids
        assert legal_name(name) and name not in names
        ids.add(call_id)
        names.add(name)


def test_removal_prints() -> None:
    """The mark of a removal prints as what it is."""
    assert repr(REMOVE) == "REMOVE"


def test_only_jsons_types_are_asked_for_their_truth() -> None:
    """A value of another type says something, whatever it makes of being asked (arrays raise)."""

    class Array:
        def __bool__(self) -> bool:
            raise ValueError("ambiguous")

    report = explain({"model": "m", "messages": [], "unknown": Array()})
    assert [(change.path, change.lossy) for change in report.changes] == [("/unknown", True)]


def test_a_dated_rule_ends_on_its_day() -> None:
    """A rule is off under the schema of the very day from which Mistral takes what it repairs."""
    rule = RULES["user-after-tool"]

    assert rule.until == "2026-04-29"
    day_before = replace(profiles.LATEST, date="2026-04-28")
    assert rule.on(day_before)
    assert not rule.on(replace(day_before, date="2026-04-29"))
    assert rule.on(profiles.get("azure"))  # of which the date says nothing


def test_what_is_on_by_itself() -> None:
    """A rule is on unless it says otherwise, and cannot be changed."""
    rule = Rule("a", "keys", "b", "c")

    assert (rule.default, rule.until, rule.lossy) == (True, None, None)
    assert rule.on(profiles.LATEST)
    assert not hasattr(rule, "__dict__")
    with pytest.raises(FrozenInstanceError):
        rule.default = False  # type: ignore[misc]


def test_json_text() -> None:
    """JSON without blanks, letters as they are; ``None`` for what is no JSON, or nested too far."""
    levels = 12_000  # more than Python writes, but for the newest
    nested: list[Any] = []
    for _ in range(levels - 1):
        nested = [nested]

    assert json_text({"a": ["é", 1]}) == '{"a":["é",1]}'
    assert json_text({"a": b""}) is None
    assert json_text(nested) in (None, "[" * levels + "]" * levels)


@pytest.mark.parametrize(
    ("endpoint", "more"),
    [
        ("/v1/chat/completions", {"messages": [5]}),
        ("/v1/chat/moderations", {"input": [5]}),
        ("/v1/chat/completions", {"messages": [{"role": "assistant", "tool_calls": [5]}]}),
        (
            "/v1/chat/completions",
            {
                "messages": [],
                "tools": [{"type": "function", "function": {"name": "f", "parameters": [1]}}],
            },
        ),
    ],
    ids=str,
)
def test_what_is_no_object(endpoint: str, more: dict[str, Any]) -> None:
    """A message, a call or a schema that is no object stays, for `check` to name."""
    assert not explain({"model": "m", **more}, endpoint=endpoint)
