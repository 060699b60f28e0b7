"""What comes in and what goes out: a request as received, a response as bytes, a refusal."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["JSON", "TOO_LARGE", "Answer", "Received", "RefusedError", "header_fields", "inflate",
           "json_answer", "stream_answer"]  # fmt: skip

JSON = dict[str, Any]

TOO_LARGE = {"message": "Request size limit exceeded"}


@dataclass(frozen=True, slots=True)
class Received:
    """One request that came in, as it came: nothing decoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    """The body without its chunked framing, still in its content coding."""
    status: int
    """What was answered."""

    def header(self, name: str) -> str | None:
        """The value of a header, repeated ones joined by a comma, or ``None``."""
        found = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(found) if found else None

    def json(self) -> Any:
        """The body as JSON, gzip and deflate undone.

        Raises:
            ValueError: It is not JSON, or not in the coding it is said to be in.
        """
        return json.loads(inflate(self.body, self.header("content-encoding")))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    parts: tuple[bytes, ...]
    content_type: str = "application/json"

    @property
    def streamed(self) -> bool:
        return self.content_type != "application/json"


class RefusedError(Exception):
    def __init__(self, status: int, content: object) -> None:
        super().__init__(status)
        self.status = status
        self.content = content


def json_answer(content: object, status: int = 200) -> Answer:
    return Answer(status, (json.dumps(content, separators=(",", ":")).encode(),))


def stream_answer(events: Iterable[JSON]) -> Answer:
    parts = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
    return Answer(200, (*parts, b"data: [DONE]\n\n"), "text/event-stream; charset=utf-8")


def header_fields(answer: Answer) -> list[tuple[str, str]]:
    fields = [("content-type", answer.content_type)]
    if not answer.streamed:
        fields.append(("content-length", str(sum(map(len, answer.parts)))))
    return fields


def inflate(body: bytes, coding: str | None, limit: int = 1 << 30) -> bytes:
    if coding is None or coding.lower() in ("", "identity"):
        return body
    if coding.lower() not in ("gzip", "x-gzip", "deflate"):
        raise ValueError("unknown content coding")
    out = bytearray()
    while body:  # a gzip body may have several members
        member = zlib.decompressobj(wbits=47)  # gzip or zlib, by its head
        try:
            out += member.decompress(body, limit + 1 - len(out))
        except zlib.error:
            raise ValueError(f"not {coding}") from None
        if len(out) > limit:
            raise RefusedError(413, TOO_LARGE)
        if not member.eof:
            raise ValueError("cut short")
        body = member.unused_data
    return bytes(out)
