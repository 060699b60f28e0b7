"""What the playground page asks of the library: `describe` once, then `run` for each payload.

JSON texts in and out, in ASCII both ways, so that any string crosses from JavaScript to Python and
back. Nothing here decides about a payload: that is the library's. What is decided here is whether a
text is in the right box (`wrong_box`). Everything the page shows in place is cut to a length here;
only the clean payload and the patch come whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

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

_ANSWERED = "Mistral's own response, beside the payload"
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
            "off": [rule.id for rule in RULES.values() if not rule.on(p)],
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
    about the payload that was sent; then the rules are applied. A text that is in the wrong box is
    an error that says what it is, with what to put into which box instead.
    """
    asked = json.loads(request)
    text, answer = asked["payload"], asked["answer"]
    if misplaced := wrong_box(text, answer):
        return json.dumps({"error": misplaced})
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


_REQUEST = frozenset({"messages", "input", "inputs", "prompt"})
"""What a request of some endpoint has, and no error response."""
_ERROR = frozenset({"detail", "error", "errors"})
_SPOKEN = re.compile(
    r"(?i)\b(?:error code|status(?:[_ ]code)?|http(?:/[\d.]+)?|api error occurred)\W{0,3}(\d{3})?"
)
"""How logs and SDKs introduce a response: the status is its group, where they give one."""


def wrong_box(payload: str, answer: str) -> dict[str, Any] | None:
    """What is in a box where it does not belong, as an error of the page; ``None``: all is well.

    Both are texts as they were pasted. The result has ``at`` (the box), ``head`` and ``message``,
    and in ``fix``, where there is one, what each box holds after the button called ``action``.
    """
    sent, received = _kind(payload), _kind(answer)
    if sent is not None and sent.kind == "response":
        fix = {"payload": "", "answer": sent.text, "status": sent.status}
        if received is not None and received.kind in ("request", "line"):
            fix |= {"payload": received.text, **received.endpoint}
        message = (
            "This is what the API sent back. Move it to the box below, and paste the request that "
            "it refused here: then the playground applies what the response asks for."
        )
        return _wrong("payload", sent.name, message, "Move it to the response box", fix)
    if sent is not None and sent.kind == "line":
        fix = {"payload": sent.text, **sent.endpoint}
        message = (
            "A batch file has one request per line, each in an envelope with a custom_id. The "
            "request is under body. Whole files are for the command line: mistral-sanitize FILE."
        )
        return _wrong("payload", sent.name, message, "Use its body", fix)
    if sent is not None and sent.kind == "other":
        return _wrong("payload", sent.name, sent.text, None, {})
    if received is not None and received.kind in ("request", "line"):
        moved = {"payload": received.text, **received.endpoint}
        fix = {"answer": ""} if payload.strip() else {"answer": "", **moved}
        message = "It belongs in the payload box. This box is for what the API sent back."
        action = "Empty this box" if payload.strip() else "Move it to the payload box"
        return _wrong("answer", received.name, message, action, fix)
    return None


def _wrong(
    at: str, name: str, message: str, action: str | None, fix: dict[str, Any]
) -> dict[str, Any]:
    error = {"at": at, "head": f"This is {name}, not {_EXPECTED[at]}", "message": message}
    return {**error, "action": action, "fix": fix} if action else error


_EXPECTED = {"payload": "the body of a request", "answer": "an error response"}


class _Text(NamedTuple):
    """What a pasted text is, and what of it belongs in a box."""

    kind: str
    """``request``, ``response``, ``line`` (a request in a batch line), or ``other``."""
    name: str
    text: str
    """What to put into the box it belongs in; of ``other``, what to do."""
    status: int = 422
    endpoint: Mapping[str, str] = MappingProxyType({})


def _kind(text: str) -> _Text | None:
    """What a text is, where that can be told; ``None`` for anything else, and for no text."""
    if not text.strip():
        return None
    try:
        value = _parsed(text)
    except ValueError:
        return _kind_of_text(text)
    if isinstance(value, list):
        return _kind_of_list(value)
    if not isinstance(value, dict):
        return None
    if "loc" in value:  # an entry of a response's list; what it quotes is under input
        return _Text("response", "an entry of an error response", text)
    if not _REQUEST.isdisjoint(value):
        return _Text("request", "a request", text)
    if "custom_id" in value or _is_object(value.get("body")):
        return _kind_of_line(value)
    if isinstance(value.get("choices"), list):
        todo = "There is nothing to repair in a completion. Paste the request it came from."
        return _Text("other", "a completion", todo)
    if _is_error(value):
        return _Text("response", "an error response", text, _status(value))
    return None


def _parsed(text: str) -> Any:
    """A JSON text's value; `ValueError` for other texts, and for what is nested deeply."""
    return from_json(text.encode("utf-8", "surrogatepass"))


def _kind_of_text(text: str) -> _Text | None:
    """JSON Lines, or the line of a log that quotes a response."""
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        values = [_parsed(line) for line in lines]
    except ValueError:
        said = _SPOKEN.search(text)
        if said and "{" in text and text.find("{") > said.start():
            status = int(said[1]) if said[1] else 422
            return _Text("response", "a logged error response", text, status)
        return None
    if len(values) > 1 and all(isinstance(value, dict) for value in values):
        first = _kind(lines[0])
        todo = (
            "Paste one of its lines. Whole files are for the command line: mistral-sanitize FILE."
        )
        if first is not None and first.kind == "line":
            return _Text("line", f"a batch file of {len(values)} lines", *first[2:])
        return _Text("other", f"JSON Lines: {len(values)} payloads", todo)
    return None


def _kind_of_list(value: list[Any]) -> _Text | None:
    if not value or not all(map(_is_object, value)):
        return None
    if all("role" in each for each in value):
        todo = 'In a request, the list is under messages: {"model": "…", "messages": […]}.'
        return _Text("other", "a list of messages", todo)
    if all("loc" in each for each in value):
        return _Text("response", "the list of an error response", _pretty({"detail": value}))
    return None


def _kind_of_line(value: dict[str, Any]) -> _Text | None:
    """A line of a batch's input, or of its results."""
    body, response = value.get("body"), value.get("response")
    if _is_object(body) and not _is_error(body):
        urls = (value.get("url"), value.get("endpoint"))
        known = [url for url in urls if isinstance(url, str) and url in ENDPOINTS]
        endpoint = {"endpoint": known[0]} if known else {}
        return _Text("line", "a line of a batch file", _pretty(body), endpoint=endpoint)
    if not _is_object(response):
        response = value
    inner = response.get("body")
    inner = inner if _is_object(inner) else value.get("error")
    if not _is_object(inner) or not _is_error(inner):
        return None
    status = response.get("status_code")
    status = status if isinstance(status, int) and 400 <= status < 600 else _status(inner)
    return _Text("response", "a line of a batch's results", _pretty(inner), status)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_error(value: dict[str, Any]) -> bool:
    """Whether an object is an error response: Mistral's, or one of a gateway in front of it."""
    if not _REQUEST.isdisjoint(value):
        return False
    said = isinstance(value.get("message"), (str, dict)) and not {"role", "model"} & set(value)
    return said or value.get("object") == "error" or any(value.get(key) for key in _ERROR)


def _status(value: dict[str, Any]) -> int:
    """The HTTP status that an error response names, or that its kind comes with."""
    for each in (value, value.get("error")):
        for key in ("raw_status_code", "status_code", "status", "code"):
            status = each.get(key) if isinstance(each, dict) else None
            if str(status).isdigit() and 400 <= int(str(status)) < 600:
                return int(str(status))
    return 422 if re.search(r"\bloc\b", str(value)) else 400


def _place(text: str, error: InvalidBodyError) -> dict[str, Any]:
    """Where a text is not a JSON object; the offset is JavaScript's, in UTF-16."""
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
    """Indented JSON; compact where its depth or a lone surrogate prevents indenting."""
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
