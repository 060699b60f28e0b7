"""What one payload becomes, or one line of a batch file: by the job that every worker gets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

from mistral_sanitize._json import InvalidBodyError, encode
from mistral_sanitize._sanitizer import Sanitizer, report_of_run
from mistral_sanitize.engine.changes import changes_of
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.redaction import redact
from mistral_sanitize.report import Change, Problem
from mistral_sanitize.rules._run import Run

__all__ = ["BATCH_RULE", "Form", "Job", "Treated", "Treatment", "fault"]

BATCH_RULE: Final = "batch-line"
"""What a report calls a change outside of a batch line's body. No rule of the library's: a batch
line is a matter of this command alone."""

Form = Literal["text", "json", "patch"]
"""What a report is written as."""

_BATCH_KEYS: Final = frozenset({"custom_id", "method", "url", "body"})
_JOB_KEYS: Final = ("method", "url")
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
    redact: bool = False
    """Whether what is the user's is replaced, and nothing else is changed."""

    @property
    def listening(self) -> bool:
        """Whether more is asked of a good line than what becomes of it."""
        return self.form is not None or self.check


class Treated(NamedTuple):
    """What became of one payload, or of one batch line."""

    payload: dict[str, Any]
    """The result: the very same object where there was nothing to do."""
    run: Run | None = None
    """What was done to the payload itself, if anything could be. Its paths do not count the
    ``/body`` of a batch line, and it has recorded the changes only if there is a report."""
    around: tuple[Change, ...] = ()
    """What was changed outside of a batch line's body."""
    problems: tuple[Problem, ...] = ()
    endpoint: str | None = None
    """The endpoint that the url of a batch line named."""
    custom_id: str | None = None
    batch: bool = False

    @property
    def changes(self) -> tuple[Change, ...]:
        """All of them, with paths from the top."""
        # Only made on demand, since a summary has no use for paths.
        inner = () if self.run is None else report_of_run(self.payload, self.run).changes
        return (*map(_inside, inner), *self.around) if self.batch else inner

    def kinds(self) -> list[tuple[bool, str]]:
        """Of each change whether something was lost, and the rule."""
        kinds = []
        if self.run is not None and self.run.count:
            kinds = [(lossy, rule) for _, _, _, rule, lossy, _, _ in changes_of(self.run)]
        return kinds + [(change.lossy, change.rule) for change in self.around]


class Treatment:
    """A `Job` at work on payloads and lines."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._recording = job.form is not None  # what nobody asks for is not collected
        self._sanitizers: dict[str, Sanitizer] = {}

    def payload(self, payload: dict[str, Any]) -> Treated:
        """One payload, or one batch line with a payload in it; it is of no use afterwards, but as
        the result.

        Raises:
            InvalidBodyError: it is a batch line with nothing in it that could be sanitized.
        """
        keys = payload.keys()
        if ("body" in keys and "custom_id" in keys) or (keys and keys <= _BATCH_KEYS):
            return self._batch_line(payload)
        return self._treated(payload, self.job.sanitizer)

    def _treated(self, payload: dict[str, Any], sanitizer: Sanitizer) -> Treated:
        if self.job.check:
            return Treated(payload, problems=sanitizer.check(payload))
        if self.job.redact:
            return Treated(redact(payload))
        recording = self._recording  # a record needs what was there before
        return Treated(*sanitizer._run(payload, recording=recording, owned=not recording))

    def _batch_line(self, line: dict[str, Any]) -> Treated:
        body = line.get("body")
        if not isinstance(body, dict):
            raise InvalidBodyError("the batch line has no body, or one that is not an object")
        sanitizer, endpoint = self._by_url(line.get("url"))
        inner = self._treated(body, sanitizer)
        new = line if inner.payload is body else {**line, "body": inner.payload}
        changes: list[Change] = []
        problems = [_inside_problem(p) for p in inner.problems if not _left_to_the_job(p)]
        custom_id = line.get("custom_id")
        if custom_id is not None and not isinstance(custom_id, str):
            new, custom_id = self._text_id(new, custom_id, changes, problems)
        if self.job.redact:
            new = {**new, "custom_id": redact({"user": custom_id or ""})["user"]}
        elif not self.job.check:
            new = _without_method(new, changes)
        return Treated(
            new, inner.run, tuple(changes), tuple(problems), endpoint, custom_id, batch=True
        )

    def _by_url(self, url: object) -> tuple[Sanitizer, str | None]:
        """The sanitizer for a batch line's url, and the endpoint that the url names."""
        if url is None:
            return self.job.sanitizer, None
        endpoint = _endpoint(url) if isinstance(url, str) else None
        if endpoint is None:
            if self.job.endpoint_given:
                return self.job.sanitizer, None
            raise InvalidBodyError("the batch line's url is not a known endpoint")
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
    if url in ENDPOINTS:
        return url
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
    gone = [key for key in _JOB_KEYS if key in line]
    if not gone:
        return line
    changes += [Change("remove", "/" + k, None, BATCH_RULE, _NO_METHOD, False, line[k])
                for k in gone]  # fmt: skip
    return {key: value for key, value in line.items() if key not in _JOB_KEYS}


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
