"""What every application under test does with a request, whatever its framework.

The applications see a request through their framework and hand it over; what they saw goes back to
the test as JSON, with the status that `StrictMistral` gives it.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mistral_sanitize.testing import StrictMistral

PAUSE = 0.15
"""Seconds between the events of a streamed answer."""

SMALL = 2000
"""`max_body_size` of the applications under ``/small``, in bytes."""

LARGE = 32 << 20
"""`max_body_size` of the others."""

MISTRAL = StrictMistral()


@dataclass(frozen=True)
class Outcome:
    """What the framework is to answer."""

    status: int
    content_type: str
    parts: tuple[bytes, ...]

    @property
    def streamed(self) -> bool:
        return "event-stream" in self.content_type


class Counters:
    """How often the applications of this process were called, and `on_report` was."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls = 0
        self.reports = 0

    def on_report(self, _report: object) -> None:
        with self._lock:
            self.reports += 1

    def on_call(self) -> None:
        with self._lock:
            self.calls += 1

    def as_json(self) -> bytes:
        return json.dumps({"calls": self.calls, "reports": self.reports}).encode()


COUNTERS = Counters()


def handle(method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes) -> Outcome:
    """Answer as Mistral would, and tell what was seen."""
    COUNTERS.on_call()
    seen: dict[str, Any] = {"method": method, "path": path, "length": len(body)}
    seen["headers"] = {name.lower(): value for name, value in headers}
    seen["sha256"] = hashlib.sha256(body).hexdigest()
    seen["text"] = body[:2000].decode("latin-1")
    if method != "POST" or not path.endswith("/v1/chat/completions"):
        return Outcome(200, "application/json", (json.dumps(seen).encode(),))
    coding = seen["headers"].get("content-encoding", "")
    verdict = judge(body, coding)
    if verdict.streamed:
        return verdict
    return Outcome(verdict.status, "application/json", (json.dumps(seen).encode(),))


def judge(body: bytes, coding: str) -> Outcome:
    """What Mistral answers to this body."""
    answered: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/v1/chat/completions",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": "Bearer any",
        "HTTP_CONTENT_ENCODING": coding,
        "wsgi.input": io.BytesIO(body),
    }
    parts = tuple(MISTRAL.wsgi(environ, lambda *args: answered.append(args)))
    MISTRAL.clear()
    status, fields = answered[0]
    return Outcome(int(status[:3]), dict(fields)["content-type"], parts)
