"""What the schema does not say about a value: that a string is a URL, an object a JSON Schema.

By the slot of the object and the name of the field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mistral_sanitize.strategies.leaves import (
    ASCII_TEXTS,
    IDS,
    JSON_OBJECTS,
    JSON_SCHEMAS,
    NAMES,
    SOUNDS,
    URLS,
    data_urls,
)
from mistral_sanitize.strategies.scope import Payloads

__all__ = ["OBJECTS", "ONLY", "SPOKEN", "STRINGS"]

# What the schema calls a string, and is one of a kind.
STRINGS: Final[Mapping[tuple[str, str], SearchStrategy[str]]] = {
    ("function", "name"): NAMES,
    ("json_schema", "name"): NAMES,
    ("message.tool", "name"): NAMES,
    ("tool_call.function", "name"): NAMES,
    ("tool_choice.function", "name"): NAMES,
    ("tool_call", "id"): IDS,
    ("message.tool", "tool_call_id"): IDS,
    ("tool_call.function", "arguments"): JSON_OBJECTS.map(json.dumps),
    ("image_url", "url"): data_urls("image/png"),
    ("chunk.image_url", "image_url"): data_urls("image/png"),
    ("chunk.document_url", "document_url"): data_urls("application/pdf"),
    ("chunk.input_audio", "input_audio"): URLS | SOUNDS,
    ("chunk.file", "file_id"): st.uuids().map(str),
    # No evidence that a tool's empty answer is refused, and that of any other text is.
    ("message.tool", "content"): st.text(max_size=40),
    ("function", "description"): st.text(max_size=40),
    ("prediction", "content"): st.text(max_size=40),
    ("request", "suffix"): st.text(max_size=40),
    ("request", "prompt_cache_key"): ASCII_TEXTS,
}

# What the schema leaves open, and is an object of a kind.
OBJECTS: Final[Mapping[tuple[str, str], Payloads]] = {
    ("function", "parameters"): JSON_SCHEMAS,
    ("json_schema", "schema"): JSON_SCHEMAS,
}

# What the schema takes and Mistral may not: null content is an empty turn, false the only prefix
# before the end, and log probabilities are enabled for no model (400 3051, recorded 2026-08).
ONLY: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("message.user", "content"): frozenset({"string", "array"}),
    ("message.system", "content"): frozenset({"string", "array"}),
    ("message.assistant", "content"): frozenset({"string", "array"}),
    ("request", "prompt_mode"): frozenset({"null"}),
    ("request", "logprobs"): frozenset({"null"}),
    ("request", "top_logprobs"): frozenset({"null"}),
    ("request", "prompt_logprobs"): frozenset({"null"}),
    ("request", "top_prompt_logprobs"): frozenset({"null"}),
    ("request", "model"): frozenset({"string"}),
    ("request", "input"): frozenset({"string", "array", "object"}),
    ("request", "tools"): frozenset({"array", "null"}),
}

MEDIA: Final = frozenset({"image_url", "document_url", "file", "input_audio"})
SPOKEN: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("message.user", "content"): frozenset({"thinking"}),
    ("message.assistant", "content"): MEDIA,
    ("message.tool", "content"): MEDIA | {"thinking"},
}
