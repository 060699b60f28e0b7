"""What the playground page asks of the library: `describe` once, then `run` for each payload.

Text of JSON in, text of JSON out, in ASCII both ways, so that any string crosses from JavaScript to
Python and back. Nothing here decides about a payload: that is the library's. Everything the page
shows in place is cut to a length here; only the clean payload and the patch come whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from importlib.metadata import version
from typing import Any

from pydantic_core import to_json

from mistral_sanitize import (
    PENALTIES,
    Change,
    InvalidBodyError,
    Problem,
    Report,
    Sanitizer,
    profiles,
    repair_refused,
)
from mistral_sanitize._json import decode, encode
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.report import printable
from mistral_sanitize.rules import GROUPS, RULES

MAX_VALUE = 300
"""Characters shown of one value, or of one line of the diff."""
MAX_ROWS = 200
"""Changes shown of one rule, and problems shown at all."""
MAX_LINES = 4000
"""Lines of a payload above which there is no diff: it takes time that grows with their square."""

_ANSWERED = "Mistral's own answer, beside the payload"
_INFINITY = re.compile(r"(?m)(?<=[ -])Infinity(?=,?$)")


def describe() -> str:
    """What there is to choose from: profiles, endpoints, rules with their evidence."""
    rules = [
        {"id": r.id, "group": r.group, "reason": r.reason, "evidence": r.evidence}
        for r in RULES.values()
    ]
    known = [
        {
            "name": p.name,
            "summary": p.summary,
            "off": [rule.id for rule in RULES.values() if not rule.on(p.date)],
        }
        for p in profiles.ALL
    ]
    said = {
        "version": version("mistral_sanitize"),
        "endpoints": list(ENDPOINTS),
        "profiles": known,
        "profile": profiles.LATEST.name,
        "groups": GROUPS,
        "rules": rules,
        "drop": sorted(PENALTIES),
    }
    return json.dumps(said)


def run(request: str) -> str:
    """The clean payload, each change with its rule and evidence, and what `check` says.

    The request has the texts of `payload` and of Mistral's `answer` (empty: none), the answer's
    `status`, and the `options` of `Sanitizer`. What the answer asks for is done first, as it is
    about the payload that was sent; then the rules have their turn.
    """
    asked = json.loads(request)
    text, answer = asked["payload"], asked["answer"]
    try:
        sanitizer = Sanitizer(**asked["options"])
        payload = decode(text)
    except InvalidBodyError as error:
        return json.dumps({"error": {"at": "payload", **_place(text, error)}})
    except ValueError as error:
        return json.dumps({"error": {"at": "options", "message": str(error)}})
    answered = bool(answer.strip())
    cure = repair_refused(payload, asked["status"], answer) if answered else None
    report = sanitizer.explain(payload if cure is None else cure.payload)
    reports = (report,) if cure is None else (cure, report)
    changes = [change for each in reports for change in each.changes]
    clean = _pretty(report.payload) if changes else text
    before, left = sanitizer.check(payload), sanitizer.check(report.payload)
    said = {
        "clean": clean,
        "patch": _pretty([operation for each in reports for operation in each.as_json_patch()]),
        "diff": _diff(_pretty(payload), clean) if changes else [],
        "changes": len(changes),
        "lossy": sum(change.lossy for change in changes),
        "groups": [group for each in reports for group in _groups(each)],
        "answer": ("cured" if cure else "not cured") if answered else None,
        "before": len(before),
        "left": len(left),
        "problems": [_problem(problem) for problem in left[:MAX_ROWS]],
        "problems_before": [_problem(problem) for problem in before[:MAX_ROWS]],
    }
    return json.dumps(said)


def _place(text: str, error: InvalidBodyError) -> dict[str, Any]:
    """Where a text is no JSON object; the offset is JavaScript's, in UTF-16."""
    if error.position is None:
        return {"message": error.reason}
    before = text[: error.position]
    return {
        "message": error.reason,
        "line": before.count("\n") + 1,
        "column": len(before) - before.rfind("\n"),
        "offset": len(before.encode("utf-16-le", "surrogatepass")) // 2,
    }


def _pretty(value: Any) -> str:
    """Indented JSON; compact where it is nested too deep, or is no Unicode, for being indented."""
    try:
        return _INFINITY.sub("1e999", to_json(value, indent=2).decode())
    except (ValueError, RecursionError):
        return encode(value).decode()


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _shown(value: Any) -> str:
    """A value in one line, with what acts on a screen or has no sign of its own escaped."""
    return _cut(printable(encode(value).decode()))


def _groups(report: Report) -> Iterator[dict[str, Any]]:
    """The changes by rule, those after which something is lost first, as the command has them."""
    for lossy in (True, False):
        by_rule: dict[str, list[Change]] = {}
        for change in report.changes:
            if change.lossy is lossy:
                by_rule.setdefault(change.rule, []).append(change)
        for rule, changes in by_rule.items():
            yield {
                "rule": rule,
                "known": rule in RULES,
                "reason": changes[0].reason,
                "evidence": RULES[rule].evidence if rule in RULES else _ANSWERED,
                "lossy": lossy,
                "total": len(changes),
                "changes": [_row(change) for change in changes[:MAX_ROWS]],
            }


def _row(change: Change) -> dict[str, Any]:
    row = {"op": change.op, "path": _cut(printable(change.path))}
    if change.from_path is not None:
        row["from"] = _cut(printable(change.from_path))
    if change.op in ("remove", "replace"):
        row["before"] = _shown(change.before)
    if change.op in ("add", "replace"):
        row["after"] = _shown(change.after)
    return row


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "path": _cut(printable(problem.path)) or "/",
        "status": problem.status,
        "code": problem.code,
        "message": _cut(printable(problem.message)),
    }


def _diff(old: str, new: str) -> list[tuple[str, str]] | None:
    """Lines, each with its sign, three of context around what differs; ``None``: too many."""
    a, b = old.split("\n"), new.split("\n")
    if max(len(a), len(b)) > MAX_LINES:
        return None
    rows: list[tuple[str, str]] = []
    for hunk in SequenceMatcher(None, a, b).get_grouped_opcodes(3):
        if rows:
            rows.append(("…", ""))
        for tag, start, end, other, stop in hunk:
            if tag == "equal":
                rows += _lines(" ", a[start:end])
            else:
                rows += _lines("−", a[start:end])
                rows += _lines("+", b[other:stop])
    return rows


def _lines(sign: str, lines: Iterable[str]) -> list[tuple[str, str]]:
    return [(sign, _cut(printable(line))) for line in lines]
