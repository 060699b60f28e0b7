"""What a run begins with beside the corpus, and words for libFuzzer: all from our tables."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from typing import Any

from tests.payloads import WORDS
from tests.rules import CASES
from tests.test_refusals import CASES as ANSWERS
from tests.tools.fuzz import hosts, replies

__all__ = ["dictionary", "seeds"]


def seeds(name: str) -> Iterator[bytes]:
    """Inputs of a target: one for each row of our tables, as far as its style goes."""
    entry, style = name.split(".")
    if style == "grammar":  # any bytes are decisions
        yield from (bytes(range(start, start + 32)) for start in range(0, 256, 32))
    elif entry == "completion":
        yield from replies.stream_seeds()
    elif entry == "catalog":
        yield from map(_json, hosts.catalog_seeds())
    elif entry == "refusal":  # each row, bare and in an envelope
        for index in range(len(replies.READ)):
            yield from (bytes([*_number(index), 0]), bytes([*_number(index), 1, index % 256]))
    elif entry == "restore":
        for row in ANSWERS:
            yield b"\0" + bytes([row.status == 400]) + _json(row.payload) + b"\n" + _text(row.body)
    else:
        head = {"sanitize_body": b"\0\0\0", "command": b"\0\0"}.get(entry, b"\0")
        yield from (head + _json(case.before) for case in CASES)
    if name == "sanitize_body.bytes":
        for case in CASES[::10]:
            yield b"\0\1\0" + gzip.compress(_json(case.before), mtime=0)
            yield b"\0\2\0" + zlib.compress(_json(case.before))
    if name == "command.bytes":
        lines = [json.dumps({"custom_id": str(i), "body": c.before}) for i, c in enumerate(CASES)]
        yield from (b"\0\3" + "\n".join(lines[i : i + 3]).encode() for i in range(0, 60, 3))


def _number(index: int) -> bytes:
    """As `Choices` reads one of so many rows."""
    return index.to_bytes(1 if len(replies.READ) <= 256 else 2, "big")


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _text(answer: Any) -> bytes:
    if isinstance(answer, str):
        return answer.encode()
    return answer if isinstance(answer, bytes) else _json(answer)


def dictionary() -> str:
    """libFuzzer's file of words: the table's, as they stand in JSON, and JSON's own."""
    words = [json.dumps(word) for word in WORDS if word.isascii()]
    words += [f"{word}: " for word in words[:150]]
    words += ["null", "true", "false", "NaN", "Infinity", "-0", "1e999", "0.5", "[]", "{}", "[{",
              "}]", '""', '"\\ud800"', ",\n"]  # fmt: skip
    return "".join(f'"{_escaped(word)}"\n' for word in words)


def _escaped(word: str) -> str:
    return "".join(c if c.isalnum() or c in " :_-[]{},." else f"\\x{ord(c):02x}" for c in word)
