"""`sanitize_body`: the body of one request, whatever its charset and content coding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from mistral_sanitize._sanitizer import Sanitizer, report_of_run
from mistral_sanitize.body.announce import Lost, kind_of_place
from mistral_sanitize.body.codings import UnreadError, opened
from mistral_sanitize.body.errors import ErrorResponse
from mistral_sanitize.body.framing import FRAMING_HEADERS, STALE_HEADERS, header_text
from mistral_sanitize.body.hosts import at_endpoint
from mistral_sanitize.body.options import MAX_SIZE
from mistral_sanitize.engine.changes import changes_of
from mistral_sanitize.report import Report
from mistral_sanitize.rules._run import Run

__all__ = ["Result", "sanitize_body", "sanitize_by"]


@dataclass(frozen=True)
class Result:
    """What became of one body. True when it has changed."""

    body: bytes = field(repr=False)
    """What to send; the very argument when nothing has changed."""
    error: ErrorResponse | None = None
    """Why the body could not be read; a client sends it none the less."""
    _made: Callable[[], Report] | None = field(default=None, repr=False)
    _lost: Callable[[], list[Lost]] = field(default=list, repr=False)

    def __bool__(self) -> bool:
        return self._made is not None

    @cached_property
    def report(self) -> Report | None:
        """What has changed, and why; ``None`` when nothing has.

        Made when it is first asked for: a report of many changes takes longer than the changes.
        """
        return None if self._made is None else self._made()

    @property
    def lost(self) -> list[Lost]:
        """What is lost, for each lossy change: a kind of place, and the rule. Without a report."""
        return self._lost()

    @property
    def stale_headers(self) -> frozenset[str]:
        """The headers (lower case) to drop before Content-Length is set to that of `body`."""
        return STALE_HEADERS if self else FRAMING_HEADERS


def sanitize_body(
    body: bytes,
    *,
    sanitizer: Sanitizer,
    endpoint: str | None = None,
    content_type: str | bytes | None = None,
    content_encoding: str | bytes | None = None,
    max_size: int = MAX_SIZE,
) -> Result:
    """Sanitize the body of one request, whatever its charset and content coding.

    Pure: neither logs nor calls back, see `Exchange.clean` for that. Never raises because of a
    body.

    Args:
        body: The body as it is on the wire, without its chunked framing.
        sanitizer: What to do to it.
        endpoint: Which request it is, as `applies` says; the sanitizer's own by default.
        content_type: The value of the Content-Type header; its charset is looked at where the
            body is in none of JSON's own encodings.
        content_encoding: The value of the Content-Encoding header. ``gzip`` and ``deflate`` are
            read, ``br`` and ``zstd`` where the packages ``brotli`` (1.2 or newer) and
            ``backports.zstd`` (built into Python 3.14) are there. A body in any other coding is
            left alone, without an `error`.
        max_size: Bytes the body may have once inflated.
    """
    bound = at_endpoint(sanitizer, endpoint)
    return sanitize_by(
        lambda _: bound, body, header_text(content_type), header_text(content_encoding), max_size
    )


def sanitize_by(
    choose: Callable[[dict[str, Any]], Sanitizer],
    body: bytes,
    content_type: str,
    content_encoding: str,
    max_size: int,
) -> Result:
    """The same as `sanitize_body`, by a sanitizer that is chosen once the payload is known."""
    try:
        read = opened(body, content_type, content_encoding, max_size)
        payload, run = choose(read.payload)._run(read.payload, recording=True)
        if not run.count:
            return Result(body)
        report, lost = partial(report_of_run, payload, run), partial(_lost, run)
        return Result(read.close(payload), None, report, lost)
    except UnreadError as why:
        return Result(body, error=why.error)


def _lost(run: Run) -> list[Lost]:
    return [
        (kind_of_place(path), rule)
        for _, path, _, rule, is_lossy, _, _ in changes_of(run)
        if is_lossy
    ]
