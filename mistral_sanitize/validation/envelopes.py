"""The refusals in a response, however they are wrapped: `findings`.

Mistral's own responses have held them in four shapes since 2024; gateways put the response, or its
text, into one of their own: in an object under ``error`` (one-api), as a string of JSON under
``error.metadata.raw`` (OpenRouter), in a sentence ("litellm.BadRequestError: MistralException -
{...}. Received Model Group=..."), as the ``repr`` of Python that an SDK prints, quoted once more.
So every object, list and string of a response is looked at, and every JSON within a string, from
the outside in. What echoes the request is not: a user may have written anything, a refusal
included.

A response may come from anywhere. Its depth, the number of its values and the text that is parsed
are bounded; what is beyond a bound is not read.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

__all__ = ["Sentence", "findings"]

MAX_DEPTH: Final = 64
"""Objects, lists and strings within each other: a response wrapped in ten gateways has about 40."""
_MAX_VALUES: Final = 10_000
_MAX_PARSED: Final = 1 << 24
"""Characters that are parsed in all, the same text twice counted twice."""
_REWRITING: Final = 32
"""What it costs to rewrite a character as JSON first, where parsing it costs one."""
_MAX_STARTS: Final = 32
"""Places in one string at which a JSON may begin."""


class Sentence(NamedTuple):
    """A text of a response, and the parts of it that are JSON: (start, end) of each."""

    text: str
    parsed: tuple[tuple[int, int], ...] = ()

    def is_parsed(self, index: int) -> bool:
        """Whether the character at this index belongs to JSON, which is read by itself."""
        return any(start <= index < end for start, end in self.parsed)


def findings(body: object) -> Iterator[list[Any] | Sentence]:
    """The lists of pydantic's entries and the sentences in a response, outermost first.

    `body` is the body as received, bytes or text, or what it parses to. The words around JSON in
    the body's own text are not yielded: they are a log's or a client's, not the response's.
    """
    reader = _EnvelopeReader()
    if isinstance(body, (bytes, bytearray)):
        body = bytes(body).decode("utf-8", "replace")
    if isinstance(body, str):
        waiting = deque((value, 0) for _, _, value in reader.embedded(body))
    else:
        waiting = deque([(body, 0)])
    for _ in range(_MAX_VALUES):
        if not waiting:
            return
        value, depth = waiting.popleft()
        finding, inner = reader.read(value)
        if finding is not None:
            yield finding
        if depth < MAX_DEPTH:
            waiting.extend((each, depth + 1) for each in inner[:_MAX_VALUES])


def _is_entry(value: object) -> bool:
    return isinstance(value, dict) and "loc" in value


_FIRST: Final = ("detail", "message", "error")
"""Where Mistral puts them."""
_ECHOES: Final = re.compile(r"input|ctx|url|param|request|payload|prompt|messages|headers")
"""Keys, or parts of keys, under which a response repeats the request or what it is about."""


def _values(envelope: dict[Any, Any]) -> list[Any]:
    """The values of an object that may hold a refusal, the likeliest first."""
    if "role" in envelope:  # a message of the request
        return []
    keys = [key for key in _FIRST if key in envelope]
    keys += [k for k in envelope if k not in _FIRST and not _ECHOES.search(str(k).lower())]
    return [envelope[key] for key in keys]


# -- JSON within a text ------------------------------------------------------------------------

_START = re.compile(r"\{|\[\s*\{")
_DECODER: Final = json.JSONDecoder(strict=False)


class _EnvelopeReader:
    """Reads values, and the JSON in texts, within `_MAX_PARSED`."""

    def __init__(self) -> None:
        self.left = _MAX_PARSED

    def read(self, value: object) -> tuple[list[Any] | Sentence | None, list[Any]]:
        """What a value is of a refusal, and the values within it that may be."""
        if isinstance(value, str):
            found = list(self.embedded(value))
            spans = tuple((start, end) for start, end, _ in found)
            return Sentence(value, spans), [each for _, _, each in found]
        if isinstance(value, (list, tuple)):
            return (list(value), []) if any(map(_is_entry, value)) else (None, list(value))
        if _is_entry(value):  # an entry alone is what some clients print of the list
            return [value], []
        return None, _values(value) if isinstance(value, dict) else []

    def embedded(self, text: str) -> Iterator[tuple[int, int, Any]]:
        """The objects and lists of objects in a text: where each begins and ends, and its value."""
        index = 0
        for _ in range(_MAX_STARTS):
            found = _START.search(text, index)
            if found is None:
                return
            start = found.start()
            self.left -= len(text) - start
            if self.left < 0:
                return
            try:
                value, index = self._decode(text, start)
            except _CutShortError:
                return  # what follows is a part of it
            except (ValueError, RecursionError):
                index = start + 1
            else:
                yield start, index, value

    def _decode(self, text: str, start: int) -> tuple[Any, int]:
        """The value that begins at `start`, written in any of three ways, and where it ends.

        As JSON; within a string of JSON or of Python that was not undone; as Python's ``repr``.
        """
        try:
            return _DECODER.raw_decode(text, start)
        except json.JSONDecodeError as error:
            failure = error
        cost = _REWRITING * (len(text) - start)
        if cost <= self.left and (literal := _literal_around(text, start)):
            self.left -= _REWRITING * len(literal[0])
            try:
                value, _ = self._decode(json.loads(_as_json(literal), strict=False), 0)
            except (ValueError, _CutShortError):
                pass
            else:
                return value, min(start + literal.end(), len(text))
        if cost <= self.left and _PYTHON.match(text, start):
            self.left -= cost
            value, _ = _DECODER.raw_decode(_LITERAL.sub(_as_json, text[start:]))
            return value, len(text)  # how much of the text it was is not known any more
        if failure.pos >= len(text.rstrip()) or failure.msg.startswith("Unterminated"):
            raise _CutShortError
        raise failure


class _CutShortError(Exception):
    """The text ends before its JSON does."""


def _literal_around(text: str, start: int) -> re.Match[str] | None:
    """The string, from `start` on, in which it is: its quote may have been left out."""
    before = max(text.rfind("'", 0, start), text.rfind('"', 0, start))
    quote = text[before] if before >= 0 else '"' if _ESCAPED.match(text, start) else ""
    return _LITERAL.match(quote + text[start:]) if quote else None


_ESCAPED = re.compile(r"[\[{\s]{1,9}\\+\"")
_PYTHON = re.compile(r"[\[{\s]{0,9}(?:'|\}|\])")

# A string, or what JSON spells otherwise: a word, a tuple. An open string ends with the text, so
# that the search is linear whatever the text.
_LITERAL = re.compile(
    r"'((?:[^'\\]|\\.)*)(?:'|\Z|\\\Z)|\"((?:[^\"\\]|\\.)*)(?:\"|\Z|\\\Z)|\b(None|True|False|inf|nan)\b"
    r"|(\()|(,?\s{0,9}\))",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)|\"", re.DOTALL)
_WORDS = {"None": "null", "True": "true", "False": "false", "inf": "Infinity", "nan": "NaN"}


def _as_json(found: re.Match[str]) -> str:
    if found[3]:
        return _WORDS[found[3]]
    if found[4] or found[5]:
        return "[" if found[4] else "]"
    return f'"{_ESCAPE.sub(_escaped, found[1] or found[2] or "")}"'


def _escaped(found: re.Match[str]) -> str:
    escape = found[1]
    if escape is None:
        return '\\"'
    if len(escape) == 3:
        return f"\\u00{escape[1:]}"
    return found[0] if escape in '"\\/bfnrtu' else escape
