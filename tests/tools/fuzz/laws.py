"""What must hold of any input whatever. Each function raises `AssertionError` where it does not.

The judges are not the code that is judged: Python's `json`, the JSON Patch of `tests.jsonpatch`,
the table of the profile, and the marks that the grammar puts into texts. Messages of these
assertions may quote the input; those of the library must not, and that is one of the laws.
"""

from __future__ import annotations

import copy
import json
import re
from typing import Any

from mistral_sanitize import (
    InvalidBodyError,
    Report,
    Sanitizer,
    check,
    explain,
    profiles,
    restore,
    sanitize,
    sanitize_json,
)
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import RULES
from mistral_sanitize.schema.compile import compile_node
from mistral_sanitize.validation.edits import REASONS
from mistral_sanitize.validation.refusals import STATUSES, repair_refused
from tests import jsonpatch

__all__ = [
    "body_laws",
    "check_laws",
    "cure_laws",
    "judged",
    "payload_laws",
    "private",
    "restore_laws",
]

Json = dict[str, Any]

_MARK = re.compile(r"#[cn]\d+#|~content~|~note~")
_FAULT = re.compile(
    r"the body (?:is not JSON: [A-Z][A-Za-z ',:\\()]+ at position \d+"
    r"|is not text in UTF-8, UTF-16 or UTF-32(?: at position \d+)?"
    r"|is nested too deep|has an integer of too many digits|is JSON, but not an object)\Z"
)
"""Everything that `InvalidBodyError` may say: words of ours and of `json`, and a position."""

_PARSER = re.compile(r"Expected bytes, bytearray or str\Z|[^\"]{1,70} at line \d+ column \d+\Z")

_SHALLOW = 150
"""Levels that every parser, writer and judge here takes. What is deeper has laws of its own, in
`tests/test_laws.py`; here it must not raise, and no more is asked."""


def text(value: Any) -> str:
    """The value as JSON, in which 1, 1.0 and true differ, and in which order counts."""
    return json.dumps(value)


def private(*said: object) -> None:
    """None of the texts has a value of the payload in it."""
    for each in said:
        found = _MARK.search(str(each))
        assert found is None, f"a value is quoted: {each}"


def depth(value: Any) -> int:
    """How deep the nesting is; without recursion."""
    level, deepest = [value], 0
    while level:
        inner: list[Any] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level, deepest = inner, deepest + 1
    return deepest


# -- payloads ----------------------------------------------------------------------------------


def payload_laws(payload: Json, opts: Json) -> Report:
    """Total, pure, quiet, fixpoint, complete, closed, conservative, on, private."""
    deep = depth(payload) > _SHALLOW
    before = "" if deep else text(payload)
    report = explain(payload, **opts)
    clean = report.payload
    assert isinstance(clean, dict)
    private(report, repr(report), *map(repr, report.changes))
    assert bool(report) == (clean is not payload), "quiet"
    again = explain(clean, **opts)
    assert not again, f"fixpoint: {again}"
    assert again.payload is clean, "fixpoint: another object"
    on = Sanitizer(**opts).rules
    for change in report.changes:
        assert change.rule in on, f"rule is off: {change.rule}"
        assert change.reason.startswith(RULES[change.rule].reason)
        assert change.lossy in _lossy(change.rule), f"lossy, which the table denies: {change.rule}"
    if deep:
        return report
    assert text(payload) == before, "pure"
    assert text(sanitize(payload, **opts)) == text(clean), "explain and sanitize differ"
    if report:
        assert text(clean) != before, "quiet: a change that changes nothing"
        patched = jsonpatch.apply(payload, report.as_json_patch())
        assert _sorted(patched) == _sorted(clean), "complete"
    _conservative(before, clean, report)
    if not opts.get("keep") and "unknown-key" in on:
        extra = list(_extra_keys(clean, opts))
        assert extra == [], f"closed: {extra}"
    return report


def _lossy(rule: str) -> tuple[bool, ...]:
    """What the table lets a change by this rule be."""
    always = RULES[rule].lossy
    return (False, True) if always is None else (always,)


def _sorted(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _marks(written: str) -> set[str]:
    return {found for found in _MARK.findall(written) if found[0] == "#"}


def _conservative(before: str, clean: Json, report: Report) -> None:
    # Names and ids that are others now are in the report, and `restore` brings them back, but for
    # an id that no call had: its result has that of its call, or is a message of the user now.
    replaced = [change.before for change in report.changes if change.rule == "result-id"]
    results = [change.before for change in report.changes if change.rule == "orphan-result"]
    replaced += [result.get("tool_call_id") for result in results if isinstance(result, dict)]
    renamed = [*report.names.values(), *report.ids.values(), *replaced]
    lost = _marks(before) - _marks(text([clean, renamed]))
    if lost:
        named = set().union(*(_marks(text(change.before)) for change in report.lossy))
        unnamed = lost - named
        rules = sorted({c.rule for c in report.changes if unnamed & _marks(text(c.before))})
        assert unnamed == set(), f"conservative: {rules} took {sorted(unnamed)}"


def _extra_keys(clean: Json, opts: Json) -> Any:
    from tests.test_laws import extra_in_node

    profile = profiles.get(opts.get("profile", profiles.LATEST))
    model = ENDPOINTS[opts.get("endpoint", "/v1/chat/completions")]
    known = model.undocumented if profile.host is None else {}
    for key, sign in known.items():  # which Mistral accepts, though it does not say so
        if isinstance(clean.get(key), dict) and sign in clean[key]:
            clean = {name: value for name, value in clean.items() if name != key}
    return extra_in_node(clean, compile_node(model, profile), ())


# -- bodies ------------------------------------------------------------------------------------


def judged(body: bytes | str) -> Json | None:
    """What Python's `json` makes of a body; ``None`` for what is no object."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _attempt(body: bytes | str, opts: Json) -> tuple[bytes, InvalidBodyError | None]:
    try:
        return sanitize_json(body, **opts), None
    except InvalidBodyError as error:
        return b"", error


def _discreet(context: BaseException | None) -> None:
    """What an error's context may be: jiter's word for a fault and its place, or for a type."""
    if context is not None:
        assert type(context) in (TypeError, ValueError), f"it may carry the body: {context!r}"
        assert _PARSER.match(str(context)), f"another message: {context}"
        assert not vars(context)
        _discreet(context.__cause__ or context.__context__)


def body_laws(body: bytes | str, opts: Json) -> None:
    """`sanitize_json` is `sanitize` on what `json.loads` reads, and the same bytes when clean."""
    payload = judged(body)
    clean, error = _attempt(body, opts)
    if error is not None:
        assert _FAULT.match(str(error)), f"another message: {error}"
        _discreet(error.__cause__ or error.__context__)
        # How deep is too deep depends on the frames around.
        deep = "too deep" in str(error) and payload is not None and depth(payload) > _SHALLOW
        assert payload is None or deep, f"not read: {error}"
        return
    assert payload is not None, "read what json does not"
    report = explain(payload, **opts)
    if not report:
        if isinstance(body, str):
            body = body.encode("utf-8", "backslashreplace")
            assert clean == body, "a clean text is changed"
        else:
            assert clean is body, "a clean body is another object"
        return
    clean.decode("utf-8")
    assert sanitize_json(clean, **opts) is clean, (
        f"fixpoint of bytes: {explain(json.loads(clean), **opts)}"
    )
    if depth(payload) < _SHALLOW:
        assert text(json.loads(clean)) == text(report.payload), "another result than sanitize"


# -- check -------------------------------------------------------------------------------------


def check_laws(payload: Json, opts: Json) -> None:
    """`check` is total, pure, repeatable and private; after `sanitize` no key is one too many."""
    deep = depth(payload) > _SHALLOW
    before = "" if deep else text(payload)
    problems = check(payload, **opts)
    for problem in problems:
        assert isinstance(problem.message, str)
        assert problem.status in (400, 422, 500)
        assert problem.path == "" or problem.path[0] == "/"
        private(problem, repr(problem), problem.words, problem.loc)
    if not deep:
        assert text(payload) == before, "pure"
    assert check(payload, **opts) == problems, "repeatable"
    clean = sanitize(payload, **opts)
    left = check(clean, **opts)
    if "unknown-key" in Sanitizer(**opts).rules:
        assert "extra_forbidden" not in {problem.code for problem in left}, left
    if not problems and not opts:
        assert left == (), "what Mistral took is spoilt"


# -- answers -----------------------------------------------------------------------------------


def restore_laws(reply: Any, report: Report) -> None:
    """`restore` is total and pure, and changes names and ids in `report`, and nothing else."""
    before = copy.deepcopy(reply)
    restored = restore(reply, report)
    assert text(reply) == text(before), "pure"
    table = {**report.names, **report.ids}
    if not table:
        assert restored is reply
    assert text(_shape(restored, table)) == text(_shape(reply, table)), "another shape"
    if restored is not reply:
        assert text(restored) != text(reply), "a copy of the same"


def _shape(value: Any, table: Json) -> Any:
    """The value with every text that may be mapped, or be mapped to, as one and the same."""
    if isinstance(value, str):
        return None if value in table or value in table.values() else value
    if isinstance(value, dict):
        return {key: _shape(inner, table) for key, inner in value.items()}
    return [_shape(item, table) for item in value] if isinstance(value, list) else value


def cure_laws(payload: Json, status: int, answer: Any) -> None:
    """`repair_refused` is total, pure, complete and private, and cures nothing for ever."""
    before = text(payload)
    report = repair_refused(payload, status, answer)
    assert text(payload) == before, "pure"
    for _ in range(2 * before.count(",") + 20):
        if report is None:
            return
        assert report, "an empty report"
        assert status in STATUSES
        private(report, repr(report), *map(repr, report.changes))
        assert {change.rule for change in report.changes} <= REASONS.keys()
        patched = jsonpatch.apply(payload, report.as_json_patch())
        assert _sorted(patched) == _sorted(report.payload), "complete"
        assert text(report.payload) != text(payload), "a cure that changes nothing"
        payload = report.payload
        report = repair_refused(payload, status, answer)
    raise AssertionError("the same answer is cured without end")
