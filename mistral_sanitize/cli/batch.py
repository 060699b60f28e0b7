"""What one line becomes, and any number of lines: payloads, batch lines, bad ones; workers.

The rules of this file:

1. No line is lost: every one that is not blank is written as it came, cleaned, or handed on as
   `Rejected`.
2. Memory is bounded by the longest line and `HELD`, whatever the number of lines.
3. A line that needs nothing is the very same bytes.
"""

from __future__ import annotations

import json
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from heapq import merge
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, NamedTuple, cast

from mistral_sanitize._json import InvalidBodyError, decode, encode
from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.report import Change, Problem, Report, printable
from mistral_sanitize.rules import RULES

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

__all__ = [
    "BATCH_RULE",
    "HELD",
    "Chunk",
    "Duplicates",
    "Form",
    "Job",
    "Outcome",
    "Rejected",
    "Tally",
    "Treated",
    "Treatment",
    "WorkerDiedError",
    "outcomes",
]

HELD: Final = 32 << 20
"""Bytes of lines that may be with the workers at once; a longer line goes alone."""

BATCH_RULE: Final = "batch-line"
"""What a report calls a change outside of a batch line's body. No rule of the library's: a batch
line is a matter of this command alone."""

Form = Literal["text", "json", "patch"]
"""What a report is written as."""

_BATCH_KEYS: Final = frozenset({"custom_id", "method", "url", "body"})
_NO_METHOD: Final = "Mistral's batch lines have no method and no url: the endpoint is the job's"
_TEXT_ID: Final = "Mistral's custom_id is a string"


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with every line; each worker gets one."""

    sanitizer: Sanitizer
    endpoint_given: bool = False
    """Whether the user named the endpoint, which then holds where a line's url is no help."""
    check: bool = False
    form: Form | None = "text"
    """What `Outcome.notes` are written as; ``None`` for bad lines only."""
    rejects: bool = False
    """Whether bad lines are to leave the output."""
    strict: bool = False
    """Whether the first bad line is the last one looked at."""


# -- one payload ------------------------------------------------------------------------------


class Treated(NamedTuple):
    """What became of one payload, or of one batch line."""

    payload: dict[str, Any]
    """The result: the very same object where there was nothing to do."""
    report: Report
    """Of the payload itself; its paths do not count the ``/body`` of a batch line."""
    around: tuple[Change, ...]
    """What was changed outside of a batch line's body."""
    problems: tuple[Problem, ...]
    endpoint: str | None
    """The endpoint that the url of a batch line named."""
    custom_id: str | None
    batch: bool

    @property
    def changes(self) -> tuple[Change, ...]:
        """All of them, with paths from the top."""
        # Only made on demand, since a summary has no use for paths.
        inner = self.report.changes
        return (*map(_inside, inner), *self.around) if self.batch else inner


class Treatment:
    """A `Job` at work on payloads and lines."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._sanitizers: dict[str, Sanitizer] = {}

    def payload(self, payload: dict[str, Any]) -> Treated:
        """One payload, or one batch line with a payload in it.

        Raises:
            InvalidBodyError: it is a batch line with nothing in it that could be sanitized.
        """
        keys = payload.keys()
        if ("body" in keys and "custom_id" in keys) or (keys and keys <= _BATCH_KEYS):
            return self._batch_line(payload)
        return self._treated(payload, self.job.sanitizer)

    def _treated(self, payload: dict[str, Any], sanitizer: Sanitizer) -> Treated:
        if self.job.check:
            problems = sanitizer.check(payload)
            return Treated(payload, Report(payload, ()), (), problems, None, None, False)
        report = sanitizer.explain(payload)
        return Treated(report.payload, report, (), (), None, None, False)

    def _batch_line(self, line: dict[str, Any]) -> Treated:
        body = line.get("body")
        if not isinstance(body, dict):
            raise InvalidBodyError("the batch line has no body, or one that is no object")
        sanitizer, endpoint = self._by_url(line.get("url"))
        inner = self._treated(body, sanitizer)
        new = line if inner.payload is body else {**line, "body": inner.payload}
        changes: list[Change] = []
        problems = [_inside_problem(p) for p in inner.problems if not _left_to_the_job(p)]
        custom_id = line.get("custom_id")
        if custom_id is not None and not isinstance(custom_id, str):
            new, custom_id = self._text_id(new, custom_id, changes, problems)
        if not self.job.check:
            new = _without_method(new, changes)
        return Treated(
            new, inner.report, tuple(changes), tuple(problems), endpoint, custom_id, batch=True
        )

    def _by_url(self, url: object) -> tuple[Sanitizer, str | None]:
        """The sanitizer for a batch line's url, and the endpoint that the url names."""
        if url is None:
            return self.job.sanitizer, None
        endpoint = _endpoint(url) if isinstance(url, str) else None
        if endpoint is None:
            if self.job.endpoint_given:
                return self.job.sanitizer, None
            raise InvalidBodyError("the batch line's url is no endpoint that is known here")
        if endpoint not in self._sanitizers:
            self._sanitizers[endpoint] = self.job.sanitizer.with_endpoint(endpoint)
        return self._sanitizers[endpoint], endpoint

    def _text_id(
        self, line: dict[str, Any], custom_id: object, changes: list[Change],
        problems: list[Problem],
    ) -> tuple[dict[str, Any], str]:  # fmt: skip
        """A custom_id that is a number, as the string that Mistral takes."""
        text = encode({"": custom_id}).decode()[4:-1]
        if self.job.check:
            problems.append(
                Problem("/custom_id", "string_type", "Input should be a valid string",
                        type="string_type")
            )  # fmt: skip
            return line, text
        if isinstance(custom_id, bool) or not isinstance(custom_id, int):
            raise InvalidBodyError("the batch line's custom_id is neither a string nor null")
        changes.append(
            Change("replace", "/custom_id", None, BATCH_RULE, _TEXT_ID, False, custom_id, text)
        )
        return {**line, "custom_id": text}, text


def _endpoint(url: str) -> str | None:
    """The endpoint of a batch line's url, whole or in part: Azure's have no ``/v1``."""
    path = url.partition("#")[0].partition("?")[0].rstrip("/")
    # The longest first, since /moderations is also the end of /chat/moderations.
    known = sorted(ENDPOINTS, key=len, reverse=True)
    return next((e for e in known if path.endswith(e.removeprefix("/v1"))), None)


def _inside(change: Change) -> Change:
    from_path = None if change.from_path is None else "/body" + change.from_path
    return replace(change, path="/body" + change.path, from_path=from_path)


def _inside_problem(problem: Problem) -> Problem:
    return replace(problem, path="/body" + problem.path)


def _left_to_the_job(problem: Problem) -> bool:
    """A batch line may leave the model to the job, by Mistral's guide to batches."""
    return problem.path == "/model" and problem.code == "missing"


def _without_method(line: dict[str, Any], changes: list[Change]) -> dict[str, Any]:
    for key in ("method", "url"):
        if key in line:
            changes.append(
                Change("remove", "/" + key, None, BATCH_RULE, _NO_METHOD, False, line[key])
            )
            line = {k: v for k, v in line.items() if k != key}
    return line


# -- many lines -------------------------------------------------------------------------------


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

    def count(self, changes: tuple[Change, ...], place: tuple[int, int]) -> None:
        """Counts the changes of one line."""
        self.changed += bool(changes)
        counted = set()
        for change in changes:
            key = change.lossy, change.rule
            tally = self.tallies.get(key)
            if tally is None:
                tally = self.tallies[key] = Tally(RULES[change.rule].reason, place)
            tally.changes += 1
            if key not in counted:
                counted.add(key)
                tally.lines += 1

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
    job = treatment.job
    outcome = Outcome()
    out: list[bytes] = []
    ids: list[bytes] = []
    for number, raw in enumerate(chunk.lines, chunk.first):
        line = raw.rstrip(b"\r\n")
        if not line.strip():
            outcome.blank += 1
            continue
        outcome.lines += 1
        try:
            treated = treatment.payload(payload := decode(line))
            notes = note(job, chunk.file, number, treated)
            same = treated.payload is payload
            new = raw if same else encode(treated.payload) + raw[len(line) :]
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
        place = chunk.index, number
        outcome.count((*treated.report.changes, *treated.around), place)
        outcome.problems += len(treated.problems)
        outcome.notes += notes
        if treated.endpoint is not None:
            outcome.endpoints[treated.endpoint] = outcome.endpoints.get(treated.endpoint, 0) + 1
        if treated.custom_id is not None:
            ids.append(record(treated.custom_id, place))
        out.append(new)
    outcome.out = b"" if job.check else b"".join(out)
    outcome.ids = b"".join(ids)
    return outcome


def fault(error: Exception) -> str:
    """What is wrong with a payload that could not be treated; no message of others, which may
    quote it.
    """
    if isinstance(error, InvalidBodyError):
        return str(error)
    if isinstance(error, RecursionError):
        # What could be read may still be too deep to be written, by a level or two.
        return "the body is nested too deep"
    if isinstance(error, MemoryError):
        return "the body is too large for the memory there is"
    return f"mistral_sanitize failed with {type(error).__name__}; please report this"


def rejection(form: Form | None, bad: Rejected) -> str:
    """What a report says of a bad line: where, and what is wrong with it; no content."""
    if form in {"json", "patch"}:
        return json.dumps({"file": bad.file, "line": bad.line, "error": bad.reason})
    return f"{printable(bad.file)}:{bad.line}: {bad.reason}"


def note(job: Job, file: str, number: int, treated: Treated) -> list[str]:
    """What a report says of one line: in text, only what `check` found."""
    if job.form == "patch":
        patch = replace(treated.report, changes=treated.changes).as_json_patch()
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


# -- workers ----------------------------------------------------------------------------------


Outcomes = Generator[tuple[Chunk, Outcome], None, None]


class WorkerDiedError(RuntimeError):
    """A worker process was killed from outside."""


def outcomes(job: Job, chunks: Iterator[Chunk], workers: int) -> Outcomes:
    """Each chunk with what became of it, in order, by so many processes."""
    if workers == 1:
        treatment = Treatment(job)
        for chunk in chunks:
            yield chunk, treat_chunk(treatment, chunk)
    else:
        yield from _pooled(job, chunks, workers)


@dataclass(slots=True)
class _Task:
    """A chunk with a worker, or back from it."""

    chunk: Chunk
    outcome: Outcome | None = None


def _pooled(job: Job, chunks: Iterator[Chunk], workers: int) -> Outcomes:
    pool = _Pool(job, workers)
    # In the order of the file; the first one may be waited for while later ones are done.
    tasks: deque[_Task] = deque()
    held = 0
    try:
        for chunk in chunks:
            size = chunk.size
            while tasks and (
                not pool.free or len(tasks) >= 4 * workers or held + size > HELD
            ):  # fmt: skip
                if tasks[0].outcome is None:
                    pool.collect()
                else:
                    held -= tasks[0].chunk.size
                    yield _finished(tasks.popleft())
            tasks.append(task := _Task(chunk))
            pool.give(task)
            held += size
        while tasks:
            if tasks[0].outcome is None:
                pool.collect()
            else:
                yield _finished(tasks.popleft())
    finally:
        pool.close()


def _finished(task: _Task) -> tuple[Chunk, Outcome]:
    assert task.outcome is not None
    return task.chunk, task.outcome


class _Pool:
    """Worker processes, each with a pipe of its own and one task at a time.

    So neither end ever waits to write while the other does too, a dead worker is an end of file
    here, and so is our death for the workers: nobody is left behind. (With the pool of
    `concurrent.futures` a worker's death hangs up the others before Python 3.12, gh-94777, and
    ours leaves them waiting for ever.)
    """

    def __init__(self, job: Job, workers: int) -> None:
        # Imported here, since a single document should not pay for it. spawn: the one way to
        # start a process that is the same, and safe, everywhere.
        from multiprocessing import connection, get_context

        self._context = get_context("spawn")
        self._wait = connection.wait
        self._job = job
        self._workers = workers
        self._processes: list[SpawnProcess] = []
        self._idle: list[Connection] = []
        self._busy: dict[Connection, _Task] = {}

    @property
    def free(self) -> bool:
        """Whether there is a worker with nothing to do, or may be one."""
        return bool(self._idle) or len(self._processes) < self._workers

    def give(self, task: _Task) -> None:
        """Sends a task to a worker that is free."""
        if not self._idle:
            self._start()
        pipe = self._idle.pop()
        self._busy[pipe] = task
        with _mortal():
            pipe.send(task.chunk)

    def collect(self) -> None:
        """Waits for a worker to be done, and takes the outcomes of those that are."""
        for pipe in cast("list[Connection]", self._wait(list(self._busy))):
            with _mortal():
                self._busy[pipe].outcome = pipe.recv()
            del self._busy[pipe]
            self._idle.append(pipe)

    def close(self) -> None:
        """Ends the workers, whatever they are at."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        for pipe in (*self._idle, *self._busy):
            pipe.close()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, self._job), daemon=True)
        with _interrupts_blocked():
            process.start()
            self._processes.append(process)
            self._idle.append(ours)
        theirs.close()


@contextmanager
def _mortal() -> Iterator[None]:
    """What a pipe raises when there is nobody at its other end, as `WorkerDiedError`."""
    try:
        yield
    except (EOFError, OSError):
        raise WorkerDiedError("a worker process died; is there too little memory?") from None


def _work(pipe: Connection, job: Job) -> None:
    """What a worker does, until there is nobody to do it for."""
    # Where signals cannot be blocked, it hears of Ctrl-C, which is the command's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    treatment = Treatment(job)
    with suppress(EOFError, OSError):
        while True:
            pipe.send(treat_chunk(treatment, pipe.recv()))


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes started within never see Ctrl-C, which the terminal sends to all of them; the
    main one gets it afterwards. A handler would come too late for one that is just starting.
    """
    mask: Callable[..., Any] | None = getattr(signal, "pthread_sigmask", None)  # not on Windows
    if mask is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)


# -- custom_ids -------------------------------------------------------------------------------

_HASH = 12
_RECORD = _HASH + 8


def record(custom_id: str, place: tuple[int, int]) -> bytes:
    """A custom_id and the place where it stands, as `Duplicates` keeps them.

    96 bits: of a thousand million ids, two look alike with a chance of one in 10^11.
    """
    digest = blake2b(custom_id.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()
    index, line = place
    return digest + (index << 48 | line).to_bytes(8, "big")


class Duplicates:
    """Finds what stands twice among any number of records, in bounded memory: sorted runs in a
    temporary file without a name, merged at the end.
    """

    def __init__(self, run: int = 1 << 17) -> None:
        self._run = run
        self._recent: list[bytes] = []
        self._file: BinaryIO | None = None
        self._runs: list[tuple[int, int]] = []

    def add(self, records: bytes) -> None:
        """Takes note of some records."""
        self._recent += [records[i : i + _RECORD] for i in range(0, len(records), _RECORD)]
        if len(self._recent) >= self._run:
            self._recent.sort()
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115  # see close()
            start = self._file.tell()
            self._runs.append((start, start + self._file.write(b"".join(self._recent))))
            self._recent.clear()

    def close(self) -> None:
        """Gives the temporary file back."""
        if self._file is not None:
            self._file.close()

    def found(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """The place of each id that stood before, and where it stood first; in no order."""
        self._recent.sort()
        digest, first = b"", 0
        for entry in merge(self._recent, *(self._read(*run) for run in self._runs)):
            place = int.from_bytes(entry[_HASH:], "big")
            if entry[:_HASH] == digest:
                yield _place(place), _place(first)
            else:
                digest, first = entry[:_HASH], place

    def _read(self, start: int, end: int) -> Iterator[bytes]:
        file = self._file
        assert file is not None
        for at in range(start, end, 1024 * _RECORD):
            file.seek(at)
            piece = file.read(min(1024 * _RECORD, end - at))
            yield from (piece[i : i + _RECORD] for i in range(0, len(piece), _RECORD))


def _place(packed: int) -> tuple[int, int]:
    return packed >> 48, packed & (1 << 48) - 1
