"""Strategies for the leaves of a request, and for JSON: what `strategies` is built of."""

from __future__ import annotations

import base64
import string
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

__all__ = [
    "ASCII_TEXTS",
    "BASE64",
    "IDS",
    "JSON",
    "JSON_OBJECTS",
    "JSON_SCHEMAS",
    "LETTERS",
    "NAMES",
    "SOUNDS",
    "TEXTS",
    "URLS",
    "data_urls",
]

_Json = dict[str, Any]
_Payloads = SearchStrategy[_Json]

LETTERS: Final = string.ascii_letters + string.digits
TEXTS = st.text(min_size=1, max_size=40)
ASCII_TEXTS = st.text(st.characters(max_codepoint=127), min_size=1, max_size=40)
NAMES = st.text(LETTERS + "_-", min_size=1, max_size=64)
IDS = st.text(LETTERS, min_size=9, max_size=9)
BASE64 = st.binary(min_size=1, max_size=16).map(lambda data: base64.b64encode(data).decode())
# Mistral loads mp3 and wav, and says so of anything else (400 3291).
SOUNDS = st.sampled_from([b"ID3\x04", b"RIFF\x24\x00\x00\x00WAVEfmt "]).map(
    lambda start: base64.b64encode(start + bytes(12)).decode()
)
URLS = st.text(string.ascii_lowercase, min_size=1, max_size=8).map("https://example.com/{}".format)
_NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
_SCALARS = st.none() | st.booleans() | _NUMBERS | st.text()


def _nested(inner: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)


JSON = st.recursive(_SCALARS, _nested, max_leaves=8)
# Two levels: nobody looks into what is the user's, and a request has many of them.
_LEAVES = _SCALARS | st.lists(_SCALARS, max_size=2)
JSON_OBJECTS: _Payloads = st.dictionaries(
    st.text(max_size=8),
    _LEAVES | st.dictionaries(st.text(max_size=8), _LEAVES, max_size=2),
    max_size=2,
)


def data_urls(media_type: str) -> SearchStrategy[str]:
    return URLS | BASE64.map(f"data:{media_type};base64,{{}}".format)


def _schema_of(properties: _Json) -> _Json:
    return {"type": "object", "properties": properties, "required": sorted(properties)[:1]}


_TYPES = st.sampled_from(["string", "number", "integer", "boolean", "null"])
JSON_SCHEMAS: _Payloads = st.dictionaries(
    NAMES,
    st.recursive(
        st.fixed_dictionaries({"type": _TYPES}, optional={"description": TEXTS})
        | st.fixed_dictionaries({"enum": st.lists(TEXTS, min_size=1, max_size=3, unique=True)}),
        lambda inner: (
            inner.map(lambda items: {"type": "array", "items": items})
            | st.dictionaries(NAMES, inner, max_size=3).map(_schema_of)
        ),
        max_leaves=4,
    ),
    max_size=3,
).map(_schema_of)
