"""The rules, one row at a time: what each repairs, and what it leaves alone."""

from __future__ import annotations

import copy
import json
import math
import re
from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mistral_sanitize import Report, Sanitizer, explain, profiles
from mistral_sanitize.rules import DEFAULT, GROUPS, REPAIRS, RULES, Rule
from mistral_sanitize.rules._loss import json_text
from mistral_sanitize.rules._rule import REMOVE
from mistral_sanitize.rules.ids import fits, legal_name, new_id, new_name
from tests import jsonpatch
from tests.cases import CASES, Case
from tests.cases.neighbours import neighbours, paths, put
from tests.payloads import subclassed

_REPAIRED = [case for case in CASES if not case.is_noop]
_LEFT = [case for case in CASES if case.is_noop]


def _without(case: Case) -> Sanitizer:
    """The row's options with its rule off; one that was enabled is just not enabled."""
    options: dict[str, Any] = dict(case.options)
    enable = [rule for rule in options.pop("enable", ()) if rule != case.rule]
    disable = [*options.pop("disable", ()), case.rule]
    return Sanitizer(**options, enable=enable, disable=disable)


@pytest.mark.parametrize("case", _REPAIRED, ids=str)
def test_repair(case: Case) -> None:
    """The result is the row's, and the report names the rule and what it calls for, no more."""
    report = Sanitizer(**case.options).explain(case.before)

    assert case.after == report.payload
    assert list(case.after) == list(report.payload)
    assert {case.rule, *case.also} == {change.rule for change in report.changes}
    assert case.lossy == bool(report.lossy)


@pytest.mark.parametrize("case", _REPAIRED, ids=str)
def test_repair_is_complete(case: Case) -> None:
    """The argument is as it was, the patch leads to the result, and that is clean."""
    given = copy.deepcopy(case.before)
    sanitizer = Sanitizer(**case.options)

    report = sanitizer.explain(given)

    assert repr(case.before) == repr(given)
    if not _has_nan(given):
        assert report.payload == jsonpatch.apply(given, report.as_json_patch())
    assert sanitizer.sanitize(report.payload) is report.payload
    assert report.payload == sanitizer.sanitize(given)


def _at(document: Any, pointer: str) -> Any:
    for token in pointer.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


@pytest.mark.parametrize("case", _REPAIRED, ids=str)
def test_before_and_after(case: Case) -> None:
    """A change has what stood at its place before it, and what stands there after it."""
    if _has_nan(case.before):
        return
    report = Sanitizer(**case.options).explain(case.before)
    state = jsonpatch.plain(case.before)

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


def _has_nan(payload: dict[str, Any]) -> bool:
    return any(isinstance(v, float) and not math.isfinite(v) for v in payload.values())


@pytest.mark.parametrize("case", _REPAIRED, ids=str)
def test_disabled(case: Case) -> None:
    """A rule that is off changes nothing: no change bears its id."""
    sanitizer = _without(case)

    report = sanitizer.explain(case.before)

    assert case.rule not in {change.rule for change in report.changes}
    assert sanitizer.sanitize(report.payload) is report.payload


@pytest.mark.parametrize("case", CASES, ids=str)
def test_all_disabled(case: Case) -> None:
    """With every rule off, what came is what goes."""
    options = {k: v for k, v in case.options.items() if k not in ("enable", "disable")}

    assert Sanitizer(**options, disable=RULES).sanitize(case.before) is case.before


@pytest.mark.parametrize("case", _LEFT, ids=str)
def test_noop(case: Case) -> None:
    """A near payload comes back as the very same object, and the report is empty."""
    sanitizer = Sanitizer(**case.options)

    assert sanitizer.sanitize(case.before) is case.before
    assert not sanitizer.explain(case.before)


@pytest.mark.parametrize("tuples", [False, True], ids=["subclasses", "tuples"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_other_types(case: Case, tuples: bool) -> None:
    """Subclasses of what JSON is read as, and tuples for lists, are repaired as those are."""
    sanitizer = Sanitizer(**case.options)

    plain = sanitizer.explain(jsonpatch.plain(case.before))
    odd = sanitizer.explain(subclassed(case.before, tuples=tuples))

    assert json.dumps(plain.payload) == json.dumps(odd.payload)
    assert [(c.rule, c.lossy) for c in plain.changes] == [(c.rule, c.lossy) for c in odd.changes]


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


@pytest.mark.parametrize("case", [c for c in CASES if "messages" in c.before], ids=str)
def test_near_a_row_types_do_not_matter(case: Case) -> None:
    """The quick pass over messages and the walk agree on every row, and on all that is near it."""
    sanitizer = Sanitizer(**case.options)
    for payload in neighbours(case.before["messages"]):
        asked = {**case.before, "messages": payload}
        plain, odd = sanitizer.explain(asked), sanitizer.explain(subclassed(asked))
        assert json.dumps(plain.payload) == json.dumps(odd.payload)
        assert bool(plain.lossy) == bool(odd.lossy)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_rows_of_a_rule(rule: Rule) -> None:
    """Every rule has a row that it repairs, one beside it that it leaves alone, and a source."""
    repaired = [case for case in _REPAIRED if case.rule == rule.id]

    assert repaired
    assert all(case.source for case in repaired)
    assert [case for case in _LEFT if case.rule == rule.id]


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

    report = Sanitizer(**options).explain(case.before)

    assert case.rule not in {change.rule for change in report.changes}


@pytest.mark.parametrize("profile", profiles.ALL, ids=str)
def test_dated_rule(profile: profiles.Profile) -> None:
    """The bridge between a result and the user is on where Mistral refused the pair, as of old."""
    on = "user-after-tool" in Sanitizer(profile=profile).rules

    assert (profile.date < "2026-04-29") == on


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
    assert rule.on("2026-04-28")
    assert not rule.on("2026-04-29")


def test_what_is_on_by_itself() -> None:
    """A rule is on unless it says otherwise, and cannot be changed."""
    rule = Rule("a", "keys", "b", "c")

    assert (rule.default, rule.until, rule.lossy) == (True, None, None)
    assert rule.on("2026-08-13")
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


def _message(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": role, "content": content, **more}]}


def _content(report: Report) -> Any:
    return report.payload["messages"][0]["content"]


TEXT = {"type": "text", "text": "Hi"}
DOCUMENT = {"type": "document_url", "document_url": "https://example.org/a"}
FILE = {"type": "file", "file": {"file_data": "JVBERi0=", "filename": "a.pdf"}}
REASONING = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}
REFERENCE = {"type": "reference", "reference_ids": [1]}


@pytest.mark.parametrize(
    ("content", "expected", "rules"),
    [
        # A part that is newer than this is for `check` to name, and so is all beside it.
        ([{"type": "brand_new"}, 5], [{"type": "brand_new"}, {"type": "text", "text": "5"}],
         {"content-part"}),
        ([{"type": "input_audio", "input_audio": {"url": "https://example.org/a"}}],
         [{"type": "input_audio", "input_audio": "https://example.org/a"}], {"audio-part"}),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_user_says(content: Any, expected: Any, rules: set[str]) -> None:
    """Parts of content, with the rules that repair them."""
    report = explain(_message("user", content))

    assert _content(report) == expected
    assert {change.rule for change in report.changes} == rules


@pytest.mark.parametrize(
    ("profile", "content", "expected"),
    [
        # Texts are texts, where content is a string, too.
        (profiles.V2024_09_17, [TEXT, TEXT], "Hi\nHi"),
        (profiles.V2024_09_17, [{"a": 1}], '[{"a":1}]'),
        (profiles.V2024_09_17, [{"type": "brand_new"}], '[{"type":"brand_new"}]'),
        # A chunk that Mistral has stays, and one that the date has not is data.
        (profiles.LATEST, [REFERENCE], [REFERENCE]),
        (profiles.LATEST, [DOCUMENT], [DOCUMENT]),
        (profiles.AZURE_2026_11_01, [DOCUMENT], json_text([DOCUMENT])),
        # What no JSON can be made of is for `check` to name.
        (profiles.LATEST, [TEXT, b""], [TEXT, b""]),
    ],
    ids=str,
)
def test_what_a_tool_returns(profile: profiles.Profile, content: Any, expected: Any) -> None:
    """Chunks as they are, other data as JSON, and no change where nothing is changed."""
    call = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "abcdefghi", "content": content}
    asked = {"role": "user", "content": "Hi"}
    before = [asked, {"role": "assistant", "tool_calls": [call]}, result]

    report = Sanitizer(profile=profile).explain({"model": "m", "messages": before})

    assert report.payload["messages"][2] == {**result, "content": expected}
    assert bool(report) == (content != expected)


@pytest.mark.parametrize(
    ("role", "part", "profile"),
    [
        ("user", FILE, profiles.AZURE_2026_11_01),
        ("user", FILE, profiles.V2024_11_07),
        ("system", {"type": "image", "url": "https://example.org/a"}, profiles.LATEST),
    ],
)
def test_a_part_of_which_the_schema_has_no_chunk(
    role: str, part: Any, profile: profiles.Profile
) -> None:
    """It stays as it came, for `check` to name."""
    assert not Sanitizer(profile=profile).explain(_message(role, [part, TEXT]))


def test_reasoning_before_there_was_any() -> None:
    """Under a schema without thinking, another's reasoning goes, and that is a loss."""
    payload = _message("assistant", [REASONING, TEXT], prefix=True)

    report = Sanitizer(profile=profiles.V2025_03_21).explain(payload)

    assert _content(report) == [TEXT]
    assert [(c.rule, c.lossy) for c in report.changes] == [("thinking-model", True)]


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


@pytest.mark.parametrize(
    ("given", "expected", "changes"),
    [
        # A schema beside the null that stands where it belongs.
        ({"type": "json_schema", "json_schema": None, "schema": {"a": 1}},
         {"type": "json_schema", "json_schema": {"schema": {"a": 1}, "name": "response"}}, 2),
        # The other word for the type is all that changes.
        ({"type": "json", "json_schema": {"name": "n", "schema": {}}},
         {"type": "json_object", "json_schema": {"name": "n", "schema": {}}}, 1),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_kept_of_a_response_format(given: Any, expected: Any, changes: int) -> None:
    """All that Mistral's has a place for, and nothing is lost."""
    report = explain({"model": "m", "messages": [], "response_format": given})

    assert report.payload["response_format"] == expected
    assert [(c.rule, c.lossy) for c in report.changes] == [("response-format", False)] * changes


ID = "abcdefghi"


@pytest.mark.parametrize(
    ("call", "expected", "rules"),
    [
        ({"type": "custom", "id": ID, "custom": {"name": "f", "input": "x"}},
         {"id": ID, "type": "function", "function": {"name": "f", "arguments": '{"input":"x"}'}},
         []),
        ({"type": "function_call", "call_id": ID, "name": "f", "arguments": "{}"},
         {"id": ID, "type": "function", "function": {"name": "f", "arguments": "{}"}}, []),
        ({"id": ID, "name": "f", "arguments": "{}", "index": 3},
         {"index": 3, "id": ID, "type": "function", "function": {"name": "f", "arguments": "{}"}},
         []),
        # Without an id there is none to replace.
        ({"name": "f", "arguments": "{}"},
         {"type": "function", "function": {"name": "f", "arguments": "{}"}, "id": ...},
         [("add", "missing-tool-call-id")]),
    ],
    ids=str,
)  # fmt: skip
def test_a_call(call: Any, expected: Any, rules: list[tuple[str, str]]) -> None:
    """A call in another shape, its keys in Mistral's order, with what else it says."""
    report = explain(_message("assistant", "", tool_calls=[call]))

    (made,) = report.payload["messages"][0]["tool_calls"]
    assert made == {**expected, "id": made["id"]}
    assert list(made) == list(expected)
    assert [(c.op, c.rule) for c in report.changes if "/tool_calls" in c.path] == [
        ("replace", "tool-call-shape"),
        *rules,
    ]


def test_a_grammar_of_no_syntax() -> None:
    """A custom tool may leave out which grammar it is: the description then names none."""
    form = {"type": "grammar", "grammar": {"definition": "start: WORD"}}
    tool = {"type": "custom", "custom": {"name": "f", "format": form}}

    report = explain({"model": "m", "messages": [], "tools": [tool]})

    (made,) = report.payload["tools"]
    said = made["function"]["description"].split()
    assert said == ["The", "input", "follows", "this", "grammar:", "start:", "WORD"]
