"""Any number of lines: what becomes of each, what the report says of it, and the counts.

No line is lost: every one that is not blank is written as it came, cleaned, or handed on as
`Rejected`. A line that needs nothing is the very same bytes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mistral_sanitize._json import decode, encode
from mistral_sanitize.cli.duplicates import record
from mistral_sanitize.cli.payloads import Form, Job, Treated, Treatment, fault
from mistral_sanitize.report import Change, Problem, Report, printable
from mistral_sanitize.rules import RULES

__all__ = ["Chunk", "Outcome", "Rejected", "Tally", "note", "rejection", "treat_chunk"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines of a file, with their ends."""

    file: str
    index: int
    """Which of the files it is."""
    first: int
    """The number of the first line, from 1."""
    lines: list[bytes]

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(map(len, self.lines))


class Rejected(NamedTuple):
    """A bad line, as it came but for its end."""

    file: str
    line: int
    reason: str
    text: bytes

    def as_json(self) -> bytes:
        """The line of the file of rejects. Bytes that are no UTF-8 come as ``surrogateescape``."""
        text = self.text.decode("utf-8", "surrogateescape")
        entry = {"file": self.file, "line": self.line, "reason": self.reason, "text": text}
        return json.dumps(entry).encode() + b"\n"


@dataclass(slots=True)
class Tally:
    """How often a rule changed something, in how many lines, and where first."""

    reason: str
    first: tuple[int, int]
    """Index of the file and number of the line."""
    changes: int = 0
    lines: int = 0


@dataclass(slots=True)
class Outcome:
    """What became of the lines of a chunk, or of all of them."""

    out: bytes = b""
    """What is written in their place."""
    lines: int = 0
    blank: int = 0
    changed: int = 0
    problems: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What the report says of single lines, in order."""
    tallies: dict[tuple[bool, str], Tally] = field(default_factory=dict)
    """By whether something was lost, and by rule."""
    endpoints: dict[str, int] = field(default_factory=dict)
    """The endpoints that urls named, and how many did."""
    ids: bytes = b""
    """Records for `Duplicates`."""

    def count(self, treated: Treated, place: tuple[int, int]) -> None:
        """Counts what was done to one line."""
        if treated.endpoint is not None:
            self.endpoints[treated.endpoint] = self.endpoints.get(treated.endpoint, 0) + 1
        kinds = treated.kinds()
        if not kinds:
            return
        self.changed += 1
        for kind in kinds:
            tally = self.tallies.get(kind)
            if tally is None:
                rule = RULES.get(kind[1])
                reason = treated.around[0].reason if rule is None else rule.reason
                tally = self.tallies[kind] = Tally(reason, place)
            tally.changes += 1
        for kind in {*kinds}:
            self.tallies[kind].lines += 1

    def gather(self, other: Outcome) -> None:
        """Adds the counts of another outcome, which comes after this one; no lines, no notes."""
        self.lines += other.lines
        self.blank += other.blank
        self.changed += other.changed
        self.problems += other.problems
        for key, tally in other.tallies.items():
            known = self.tallies.setdefault(key, Tally(tally.reason, tally.first))
            known.changes += tally.changes
            known.lines += tally.lines
        for endpoint, count in other.endpoints.items():
            self.endpoints[endpoint] = self.endpoints.get(endpoint, 0) + count


def treat_chunk(treatment: Treatment, chunk: Chunk) -> Outcome:
    """What becomes of the lines of a chunk."""
    job, treat = treatment.job, treatment.payload
    listening, summing = job.listening, job.form == "text"
    outcome = Outcome()
    out: list[bytes] = []
    ids: list[bytes] = []
    for number, raw in enumerate(chunk.lines, chunk.first):
        line = raw.rstrip(b"\r\n")
        if not line or line.isspace():
            outcome.blank += 1
            continue
        outcome.lines += 1
        try:
            payload = decode(line)
            treated = treat(payload)
            new = treated.payload
            done = raw if new is payload else encode(new) + raw[len(line) :]
            notes = note(job, chunk.file, number, treated) if listening else ()
        except Exception as error:
            # Whatever it is, the other lines are not to pay for it.
            bad = Rejected(chunk.file, number, fault(error), line)
            outcome.rejected.append(bad)
            outcome.notes.append(rejection(job.form, bad))
            if job.strict:
                break
            if not job.rejects:
                out.append(raw)
            continue
        out.append(done)
        if listening:
            place = chunk.index, number
            outcome.notes += notes
            outcome.problems += len(treated.problems)
            if summing:
                outcome.count(treated, place)
            if treated.custom_id is not None:
                ids.append(record(treated.custom_id, place))
    outcome.out = b"" if job.check else b"".join(out)
    outcome.ids = b"".join(ids)
    return outcome


def rejection(form: Form | None, bad: Rejected) -> str:
    """What a report says of a bad line: where, and what is wrong with it; no content."""
    if form in {"json", "patch"}:
        return json.dumps({"file": bad.file, "line": bad.line, "error": bad.reason})
    return f"{printable(bad.file)}:{bad.line}: {bad.reason}"


def note(job: Job, file: str, number: int, treated: Treated) -> list[str]:
    """What a report says of one line: in text, only what `check` found."""
    if job.form == "patch":
        patch = Report(treated.payload, treated.changes).as_json_patch()
        return [encode({"": patch}).decode("utf-8")[4:-1]]
    if job.form == "json":
        place: dict[str, Any] = {"file": file, "line": number}
        if job.check:
            return [json.dumps({**place, "problems": [problem_json(p) for p in treated.problems]})]
        return [json.dumps({**place, "changes": [change_json(c) for c in treated.changes]})]
    if job.form == "text":
        return [f"{printable(file)}:{number}: {problem}" for problem in treated.problems]
    return []


def change_json(change: Change) -> dict[str, Any]:
    """A change for a report in JSON: no values."""
    return {
        "op": change.op, "path": change.path, "from": change.from_path, "rule": change.rule,
        "reason": change.reason, "lossy": change.lossy,
    }  # fmt: skip


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem for a report in JSON: no values."""
    return {
        "path": problem.path, "code": problem.code, "message": problem.words.replace("{}", "…", 1),
        "status": problem.status, "type": problem.type,
    }  # fmt: skip
