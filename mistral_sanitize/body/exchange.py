"""`AdapterOptions` and `Exchange`: what an adapter holds, and what it does with one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.body.announce import (
    Lost,
    announce,
    announce_completion,
    is_told_of_all,
    log,
    lost_in,
)
from mistral_sanitize.body.codings import UnreadError, opened, undone
from mistral_sanitize.body.errors import ErrorResponse
from mistral_sanitize.body.framing import header_text
from mistral_sanitize.body.hosts import (
    DEFAULT,
    at_endpoint,
    is_url,
    note_unserved,
    sanitizer_for,
)
from mistral_sanitize.body.options import (
    MAX_SIZE,
    OnCompletion,
    OnReport,
    check_names,
    check_values,
    split,
)
from mistral_sanitize.body.paths import applies, may_be_json, serves_either
from mistral_sanitize.body.sanitize import Result, sanitize_by
from mistral_sanitize.completions import CompletionReport, CompletionStream
from mistral_sanitize.completions.body import CompletionBody, Mapper, Restoring, completion_body
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.report import Report
from mistral_sanitize.validation.refusals import STATUSES, repair_refused

__all__ = ["AdapterOptions", "Exchange"]

_FIM = "/v1/fim/completions"

_COMPLETING: Final = ("/v1/chat/completions", "/v1/agents/completions")
"""The endpoints whose responses are chat completions."""


def _set(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True, slots=True)
class AdapterOptions:
    """The options of an adapter, bound and checked: its only way into this package.

    The fields are the options of `ClientOptions` and `ServerOptions`. The sanitizer's endpoint is
    each request's own.

    Raises:
        TypeError: the value of an option is not of its type.
    """

    sanitizer: Sanitizer | None = None
    on_report: OnReport | None = None
    retry_refused: bool = False
    max_body_size: int = MAX_SIZE
    completions: Literal["openai"] | None = None
    restore: bool = False
    on_completion: OnCompletion | None = None

    def __post_init__(self) -> None:
        check_values({each.name: getattr(self, each.name) for each in fields(self)})

    @classmethod
    def of(cls, owner: str, given: Mapping[str, Any], kind: Any) -> AdapterOptions:
        """The options given to an adapter, by the name of its class.

        Args:
            owner: The adapter's name, for the message of an error.
            given: Its keywords.
            kind: `ClientOptions`, `ServerOptions` or `CommonOptions`: which there are.

        Raises:
            TypeError: an option that does not exist, with the near misses, or one of the wrong
                type.
        """
        check_names(owner, given, kind)
        return cls(**_set(given))

    @classmethod
    def among(
        cls, owner: str, given: dict[str, Any], kind: Any
    ) -> tuple[AdapterOptions, dict[str, Any]]:
        """The same, where the keywords of a library's own class are among those given: and these.

        Raises:
            TypeError: as `of` does; a keyword is taken for a misspelt option where it looks like
                one.
        """
        ours, rest = split(owner, given, kind)
        return cls(**_set(ours)), rest

    def exchange(
        self,
        method: str | None,
        path: str,
        content_type: str | bytes | None = None,
        content_encoding: str | bytes | None = None,
    ) -> Exchange | None:
        """The exchange that a request begins, or ``None``: not ours, let it pass.

        The arguments are those of `applies` and `sanitize_body`; `path` is the whole URL where a
        client knows it. Without a `sanitizer` the URL's host then says which one it is, see
        `profiles.for_url`; the requests to hosts of other vendors are not ours.
        """
        if method == "POST" and path in ENDPOINTS:  # what a server is mostly asked for
            if not may_be_json(content_type):
                return None
            return self._begun(path, content_type, content_encoding, self.sanitizer or DEFAULT)
        endpoint = applies(method or "", path, content_type)
        named = is_url(path)
        if endpoint is None:
            if named:
                note_unserved(method or "", path)
            return None
        sanitizer = self.sanitizer
        if sanitizer is None:
            sanitizer = sanitizer_for(path) if named else DEFAULT
            if sanitizer is None:  # another vendor's
                return None
        return self._begun(endpoint, content_type, content_encoding, sanitizer, serves_either(path))

    def _begun(
        self,
        endpoint: str,
        content_type: str | bytes | None,
        content_encoding: str | bytes | None,
        sanitizer: Sanitizer,
        may_be_fim: bool = False,
    ) -> Exchange:
        kind = header_text(content_type)
        coding = header_text(content_encoding) if content_encoding else ""
        return Exchange(self, endpoint, kind, coding, sanitizer, may_be_fim)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that is ours, and the response to it."""

    options: AdapterOptions
    endpoint: str
    content_type: str = field(default="", repr=False)
    content_encoding: str = field(default="", repr=False)
    sanitizer: Sanitizer = DEFAULT
    """What it is sanitized by, but for its endpoint."""
    may_be_fim: bool = False
    """Whether the path does not tell a chat completion from one to fill in the middle."""

    def too_large(self, size: int) -> ErrorResponse | None:
        """The response to a body that is, or will be, of `size` bytes on the wire, if too large."""
        limit = self.options.max_body_size
        return ErrorResponse.too_large(limit) if size > limit else None

    def clean(self, body: bytes) -> Result:
        """Sanitize the request's body, and report what has changed.

        Args:
            body: All of it, as it is on the wire, without its chunked framing.
        """
        # A body that is in memory by now is no larger for being looked at.
        limit = max(self.options.max_body_size, len(body))
        result = sanitize_by(self._choose, body, self.content_type, self.content_encoding, limit)
        if result.error is not None:
            log.debug("left alone %s: %s", self.endpoint, result.error.message)
        elif result:
            self._announce(result.lost, lambda: result.report)
        return result

    def explain(self, payload: dict[str, Any]) -> Report:
        """Sanitize the request's payload, where a client shows that and no body, and report."""
        report = self._choose(payload).explain(payload)
        if report:
            self._announce(lost_in(report), lambda: report)
        return report

    def may_cure(self, status: int) -> bool:
        """Whether a response of this status is worth reading: `cure` may find something in it."""
        return self.options.retry_refused and status in STATUSES

    def cure(
        self,
        sent: bytes,
        status: int,
        answer: bytes,
        answer_encoding: str | bytes | None = None,
    ) -> Result | None:
        """What to send once more after Mistral has refused `sent`, or ``None``.

        Args:
            sent: The body that was refused, as it was sent.
            status: The status of the response.
            answer: The response's body.
            answer_encoding: Its content coding, where the client has not undone it.
        """
        if not self.may_cure(status):
            return None
        try:
            read = opened(sent, self.content_type, self.content_encoding, MAX_SIZE)
            refused, _ = undone(answer, header_text(answer_encoding), MAX_SIZE)
            report = repair_refused(read.payload, status, refused)
            if not report:
                return None
            cured = Result(read.close(report.payload), None, lambda: report)
        except UnreadError:
            return None
        self._announce(lost_in(report), lambda: report)
        return cured

    def gave_up(self, error: BaseException | None) -> None:
        """Say that the repaired request could not be sent, and that the refusal stands."""
        why = "what came cannot be read" if error is None else type(error).__name__
        log.info("could not send %s again: %s", self.endpoint, why)

    @property
    def reads_completions(self) -> bool:
        """Whether a response may have to be converted, and so should have no content coding."""
        options = self.options
        is_on = options.completions is not None or options.restore
        return is_on and self.endpoint in _COMPLETING

    def completion(
        self,
        sent: Sequence[Result | Report],
        status: int,
        content_type: str | bytes | None,
        content_encoding: str | bytes | None = None,
    ) -> CompletionBody | None:
        """What the body of the response is to go through, or ``None``: it passes untouched.

        Args:
            sent: What became of the request, in the order done: what `clean` returned, and what
                `cure` returned after it.
            status: The status of the response.
            content_type: The value of its Content-Type header.
            content_encoding: The value of its Content-Encoding header; ``None`` where that has been
                undone.
        """
        mapper = self._mapper(sent) if self.reads_completions else None
        if mapper is None:
            return None
        return completion_body(
            mapper,
            status=status,
            content_type=header_text(content_type),
            content_encoding=header_text(content_encoding),
            max_size=self.options.max_body_size,
            on_close=self._announce_completion,
        )

    def _mapper(self, sent: Sequence[Result | Report]) -> Mapper | None:
        report = _way_back(sent) if self.options.restore else None
        if self.options.completions is not None:
            return CompletionStream(report)
        return Restoring(report) if report is not None else None

    def _announce_completion(self, report: CompletionReport) -> None:
        announce_completion(self.endpoint, report)
        if self.options.on_completion is not None:
            self.options.on_completion(report)

    def _choose(self, payload: dict[str, Any]) -> Sanitizer:
        is_fim = self.may_be_fim and "prompt" in payload and "messages" not in payload
        endpoint = _FIM if is_fim else self.endpoint
        sanitizer = self.sanitizer
        return sanitizer if sanitizer.endpoint == endpoint else at_endpoint(sanitizer, endpoint)

    def _announce(self, lost: list[Lost], report: Callable[[], Report | None]) -> None:
        """Log by rule and place, never by value, and call back."""
        announce(self.endpoint, lost, report() if is_told_of_all() else None)
        if self.options.on_report is not None:
            made = report()
            assert made is not None  # of what has changed
            self.options.on_report(made)


def _way_back(sent: Sequence[Result | Report]) -> Report | None:
    """The names and ids of what was sent, each with the caller's; ``None`` if they are the same."""
    names: dict[str, str] = {}
    ids: dict[str, str] = {}
    for each in sent:
        report = each if isinstance(each, Report) else each.report
        if report is not None:  # its own lead back to what was sent before it
            names.update({new: names.get(old, old) for new, old in report.names.items()})
            ids.update({new: ids.get(old, old) for new, old in report.ids.items()})
    return Report({}, (), tuple(names.items()), tuple(ids.items())) if names or ids else None
