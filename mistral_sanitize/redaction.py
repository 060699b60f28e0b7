"""A case that can be shared: `redact` keeps the shape of a payload and none of its contents.

Every value that is the user's is replaced by a placeholder of the same kind, length and shape:
texts, URLs, base64, ids, names, the texts of schemas, what `metadata` and `arguments` contain. What
belongs to Mistral's or another client's protocol stays: keys, roles, types, words of enums, the
numbers of options, ids of published models. So `explain` and `check` say the same of both.

Each run of letters or digits is replaced by itself: the same run by the same placeholder, different
runs by different ones. So names stay consistent, and a text that occurs twice still occurs twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from mistral_sanitize import catalog, profiles
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules._json_schema import TYPE_WORDS
from mistral_sanitize.rules._loss import SHAPES
from mistral_sanitize.rules._parts import PART_TYPES
from mistral_sanitize.rules.names import ROUTER_PREFIXES
from mistral_sanitize.schema.compile import slots
from mistral_sanitize.schema.node import Value

__all__ = ["redact"]

_DEEPEST: Final = 200
"""How deep a value is read; what is deeper is replaced as a whole."""


def redact(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The payload with every value that is the user's replaced by a placeholder.

    Args:
        payload: a request as a client would send it. Never changed.

    Returns:
        A payload of the same shape, of which `explain` and `check` say the same, except that the
        ids and names that they generate are made from the placeholders.

    Raises:
        TypeError: the payload is not a dict.
    """
    if not isinstance(payload, dict):
        raise TypeError(f"a payload is a dict, not {type(payload).__name__}")
    redacted: dict[str, Any] = _Redaction().protocol(payload, 0)
    return redacted


_TEXTS: Final = frozenset((
    "content", "text", "arguments", "input", "output", "refusal", "instructions", "system",
    "prompt", "description", "title", "transcript", "partial_json", "stop", "stop_sequences",
    "suffix",
))  # fmt: skip
"""Keys of what people and models say: nothing under them is a word of the protocol."""

_HANDLES: Final = frozenset(("name", "id", "tool_call_id", "tool_use_id", "call_id"))
"""Keys of names and ids, which are never base64, however they look: every sign of them counts."""

_SCHEMAS: Final = frozenset((
    "parameters", "input_schema", "inputSchema", "schema", "json_schema", "guided_json",
))  # fmt: skip
_DATA: Final = frozenset((
    "metadata", "extra_body", "logit_bias", "safety_settings", "options", "user_location",
    "cache_control", "provider",
))  # fmt: skip
"""Keys of objects that no schema describes: their own keys are the user's, too."""

_WORDS: Final = frozenset((
    "developer", "function", "human", "ai", "bot", "model", "tool", "user", "assistant",
    "system", "latest", "input_text", "output_text", "summary_text", "reasoning_text",
    "refusal", "image", "input_image", "input_audio", "input_file", "file", "document", "audio",
    "video", "thinking", "reasoning", "redacted_thinking", "tool_use", "tool_result",
    "tool-call", "tool-result", "function_call", "function_call_output", "custom",
    "custom_tool_call", "custom_tool_call_output", "message", "summary", "encrypted",
    "web_search_preview", "web_search_call", "allowed_tools", "auto", "any", "required", "none",
    "enabled", "disabled", "adaptive", "on", "off", "true", "false", "default", "flex",
    "priority", "scale", "standard", "fast", "ephemeral", "base64", "url", "wav", "mp3", "flac",
    "ogg", "pcm", "json", "json_object", "json_schema", "text", "grammar", "lark", "regex",
    "minimal", "low", "medium", "high", "xhigh", "max", "concise", "detailed", "object",
    "array", "string", "number", "integer", "boolean", "null", "image/png", "image/jpeg",
    "image/gif", "image/webp", "application/pdf", "text/plain", "audio/wav", "audio/mpeg",
    "audio/mp3", "content",
))  # fmt: skip
"""Words of other clients' protocols; those of Mistral's own come from the models."""

_KEYWORDS: Final = frozenset((
    "type", "properties", "required", "items", "enum", "const", "default", "examples",
    "description", "title", "format", "pattern", "minLength", "maxLength", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems",
    "minProperties", "maxProperties", "additionalProperties", "patternProperties",
    "propertyNames", "dependencies", "dependentSchemas", "dependentRequired", "anyOf", "oneOf",
    "allOf", "not", "if", "then", "else", "contains", "prefixItems", "additionalItems", "$ref",
    "$defs", "definitions", "$id", "$schema", "$anchor", "$comment", "nullable", "strict",
    "name", "readOnly", "writeOnly", "deprecated", "contentEncoding", "contentMediaType",
    "unevaluatedProperties", "unevaluatedItems", "minContains", "maxContains", "schema",
    # Places where clients put a schema within an object that is one, or has its name.
    "json", "json_schema", "parameters", "value",
))  # fmt: skip
_NAMED: Final = frozenset(("properties", "patternProperties", "$defs", "definitions",
                           "dependentSchemas", "dependencies", "dependentRequired"))  # fmt: skip
_FORMATS: Final = frozenset((
    "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname",
    "ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uuid", "uri-template",
    "json-pointer", "relative-json-pointer", "regex", "int32", "int64", "float", "double",
    "byte", "binary", "password",
))  # fmt: skip

_PREFIXES: Final = re.compile(f"(?:{'|'.join(ROUTER_PREFIXES)})*")
_RUN: Final = re.compile(r"[A-Za-z]+|[0-9]+|[^\W\d_A-Za-z]+|(?:(?![0-9])\d)+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://")
_DATA_URL: Final = re.compile(r"(data:[\w.+/;=-]*,)(.*)", re.DOTALL | re.ASCII)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{16}[A-Za-z0-9+/_\r\n-]*={0,2}\s*")
_MAGIC: Final = re.compile(
    r"UklGR[g-v].{4}[BFJNRVZdhlptx159]XQVZF|(?:T2dnU|ZkxhQ)[w-z0-9+/]|SUQz|/[+/].|"
    r"iVBORw|/9j/|R0lGOD|JVBERi"
)
"""How the base64 of sounds, images and PDFs begins: what they are can still be seen. Of a wav file
``RIFF``, four bytes that say its length, and ``WAVE``; of a frame of MPEG audio two bytes."""
_JSON: Final = re.compile(
    r'"(?:\\.|[^"\\])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[^"\d]', re.DOTALL
)
_SCALAR: Final = re.compile(r"true|false|[+-]?\d[\d.eE+-]*", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


class _Protocol(NamedTuple):
    """What the schemas, and the tables of the rules, say of strings."""

    words: frozenset[str]
    """The words of every enum and tag, and of parts in other clients' shapes."""
    scalars: frozenset[str]
    """The fields that hold numbers or booleans, which some clients quote."""


@lru_cache(maxsize=1)
def _protocol() -> _Protocol:
    words: set[str] = {*PART_TYPES, *(word for words in SHAPES.values() for word in words)}
    scalars: set[str] = set()
    for profile in (profiles.LATEST, profiles.V2026_11_01):
        for model in ENDPOINTS.values():
            for node in slots(model, profile).values():
                for field in node.fields.values():
                    if field.value.types & {"number", "integer", "boolean"}:
                        scalars.update((field.name, *(mark.name for mark in field.renamed_from)))
                    value: Value | None = field.value
                    while value is not None:
                        words.update(value.words or ())
                        words.update(value.tags)
                        value = value.items
    return _Protocol(frozenset(words - {""}), frozenset(scalars))


class _Redaction:
    """One redaction: which run became which placeholder."""

    def __init__(self) -> None:
        self.made: dict[str, str] = {}
        self.encoded: dict[str, str] = {}
        """The same of base64."""
        self.next: dict[str, Iterator[str]] = {}
        """By the shape of a run: its placeholders that are not taken yet."""

    # objects, by what they are

    def protocol(self, obj: dict[Any, Any], depth: int) -> dict[Any, Any]:
        """An object of the protocol: its keys stay."""
        return {key: self._under(key, value, depth + 1) for key, value in obj.items()}

    def _under(self, key: Any, value: Any, depth: int) -> Any:
        if depth > _DEEPEST:
            return None
        if isinstance(value, str):
            return self._string(key, value)
        if key in _DATA or (key in ("arguments", "input") and isinstance(value, dict)):
            return self.data(value, depth)
        if key in _SCHEMAS:
            return self.schema(value, depth)
        if isinstance(value, dict):
            return self.protocol(value, depth)
        if isinstance(value, (list, tuple)):
            return [self._under(key, item, depth + 1) for item in value]
        return value

    def data(self, value: Any, depth: int) -> Any:
        """What is the user's altogether, keys and numbers included."""
        if depth > _DEEPEST:
            return None
        if isinstance(value, dict):
            return {self._key(k): self.data(v, depth + 1) for k, v in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.data(item, depth + 1) for item in value]
        if isinstance(value, str):
            return self.text(value)
        return self._number(value)

    def schema(self, value: Any, depth: int) -> Any:
        """A JSON Schema, or what stands in the place of one: its keywords stay."""
        if depth > _DEEPEST:
            return None
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, (list, tuple)):
            return [self.schema(item, depth + 1) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key if key in _KEYWORDS else self._key(key): self._keyword(key, inner, depth + 1)
            for key, inner in value.items()
        }

    def _keyword(self, key: Any, value: Any, depth: int) -> Any:
        if key in _NAMED and isinstance(value, dict):
            return {self._key(k): self.schema(v, depth + 1) for k, v in value.items()}
        if key in ("enum", "const", "default", "examples"):
            return self.data(value, depth)
        if isinstance(value, str):
            return self._keyword_text(key, value)
        if key in ("type", "required") and isinstance(value, (list, tuple)):
            return [self._keyword_text(key, v) if isinstance(v, str) else v for v in value]
        return self.schema(value, depth)

    def _keyword_text(self, key: Any, value: str) -> str:
        if key == "$schema" or (key == "type" and value.lower() in _WORDS | TYPE_WORDS):
            return value
        if key == "format" and value in _FORMATS:
            return value
        if key == "pattern":
            return _pattern(value)
        if key == "$ref":
            parts = value.split("/")
            return "/".join(part if part in _KEYWORDS else self.text(part) for part in parts)
        return self.text(value)

    # strings and numbers

    def _string(self, key: Any, value: str) -> str:
        if key == "model":
            return self._model(value)
        if key not in _TEXTS:
            word = value.lower()
            if word in _WORDS or word in _protocol().words:
                return value
            if key in _protocol().scalars and _SCALAR.fullmatch(value.strip()):
                return value
        return self._plain(value) if key in _HANDLES else self.text(value)

    def _model(self, value: str) -> str:
        bare = value[len(_PREFIXES.match(value)[0]) :]  # type: ignore[index]
        refused, _ = catalog.is_refused(bare, "/v1/chat/completions", catalog.DATE)
        known = catalog.find(bare) is not None or refused
        return value if known else value[: len(value) - len(bare)] + self._plain(bare)

    def text(self, value: str) -> str:
        """A text, a URL, base64 or JSON, each in its own shape."""
        data_url = _DATA_URL.fullmatch(value)
        if data_url is not None:
            return data_url[1] + self._base64(data_url[2])
        scheme = _SCHEME.match(value)
        if scheme is not None:
            return scheme[0] + self._plain(value[scheme.end() :])
        if _is_base64(value):
            return self._base64(value)
        if value.lstrip()[:1] in ("{", "["):
            return _JSON.sub(lambda token: self._token(token[0]), value)
        return self._plain(value)

    def _token(self, token: str) -> str:
        if token[0] == '"' and len(token) > 1:
            return f'"{self._escaped(token[1:-1])}"'
        if token[0] in "-0123456789":
            return re.sub("[1-9]", "1", token)
        return token if token in ("true", "false", "null") else self._plain(token)

    def _escaped(self, inner: str) -> str:
        """The inside of a JSON string, its escapes left as they are but for their letters."""
        pieces: list[str] = []
        at = 0
        for escape in _ESCAPE.finditer(inner):
            pieces.append(self._plain(inner[at : escape.start()]))
            pieces.append("\\u00e9" if escape[0][1] == "u" else escape[0])
            at = escape.end()
        return "".join((*pieces, self._plain(inner[at:])))

    def _key(self, key: Any) -> Any:
        return self._plain(key) if isinstance(key, str) else key

    def _plain(self, value: str) -> str:
        return _RUN.sub(lambda run: self._run(run[0]), value)

    def _run(self, run: str) -> str:
        """The placeholder of one run: as long, of the same kind of characters, and its own."""
        if run not in self.made:
            shape = _shape(run)
            self.made[run] = next(self.next.setdefault(shape, _placeholders(shape)))
        return self.made[run]

    def _base64(self, value: str) -> str:
        """Base64 of the same length and its own, that begins as what it is."""
        if value not in self.encoded:
            begins = _MAGIC.match(value)
            magic = begins[0] if begins else ""
            body = re.sub(r"[^=\s]", "A", value[len(magic) :])
            if magic.startswith("UklG"):
                magic = "UklGRgAAAABXQVZF"  # no length
            room = body[:-4].rstrip("\n\r =")  # the last four may be padded
            count = (
                _counted(len(self.encoded), len(room), _LETTERS.upper()) if room.isalpha() else room
            )
            self.encoded[value] = magic + count + body[len(room) :]
        return self.encoded[value]

    def _number(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        shown = re.sub("[1-9]", "1", repr(value))
        try:
            return type(value)(shown)
        except ValueError:  # nan and the infinities, and an int of another type
            return value


def _is_base64(value: str) -> bool:
    """Whether a text looks like base64: long, of its signs alone, neither a word nor a number."""
    told = value.isalpha() or value.isdigit() or "_" in value[:16]
    return not told and _BASE64.fullmatch(value) is not None


def _shape(run: str) -> str:
    """What the placeholder of a run keeps: its length, and of which kind each character is."""
    if run.isascii():
        return run.translate(_SHAPE)
    return (_FOREIGN_LETTERS if run.isalpha() else _FOREIGN_DIGITS)[0] * len(run)


def _placeholders(shape: str) -> Iterator[str]:
    """Runs of a shape, simple ones first; where there are no more, the first again and again."""
    letters = next(
        (kind for kind in (_DIGITS, _FOREIGN_LETTERS, _FOREIGN_DIGITS) if shape[0] == kind[0]),
        _LETTERS,
    )
    for number in range(min(len(letters) ** len(shape), 1_000_000)):
        made = _counted(number, len(shape), letters)
        yield "".join(b.upper() if a.isupper() else b for a, b in zip(shape, made, strict=True))
    while True:
        yield shape


_DIGITS: Final = "1234567890"
_FOREIGN_LETTERS: Final = "éàáâãäåæçèêëìíîïðñòóôõöøùúû"
_FOREIGN_DIGITS: Final = "٠١٢٣٤٥٦٧٨٩"
_SHAPE: Final = {
    **{ord(c): "A" if c.isupper() else "a" for c in _LETTERS + _LETTERS.upper()},
    **{ord(c): "1" for c in "0123456789"},
}
"""What makes a run of letters or digits its shape."""


def _counted(number: int, length: int, letters: str) -> str:
    """A number in the base of the letters, the last letter counting fastest."""
    made = []
    for _ in range(length):
        number, digit = divmod(number, len(letters))
        made.append(letters[digit])
    return "".join(reversed(made))


def _pattern(value: str) -> str:
    """A pattern of the same length that is one, or none, as it was."""
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError):
        return "(" + "a" * (len(value) - 1)
    return "a" * len(value)
