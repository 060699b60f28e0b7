"""Inputs made out of bytes: each byte is a decision, so a small mutation is a small change.

The words are those of the table that the engine walks (fields, foreign keys, tags, words of enums)
and the pools of `tests.payloads`. Texts carry that module's marks, numbered, so that a law can ask
where each of them went. Nothing here is random, and nothing here needs atheris.
"""

from __future__ import annotations

import copy
import gzip
import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar

from mistral_sanitize import profiles
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import RULES
from mistral_sanitize.schema.compile import compile_node
from mistral_sanitize.schema.node import Node, Value
from mistral_sanitize.validation.entry_cures import CURES
from tests import payloads as pools

__all__ = ["Choices", "Wire", "any_answer", "any_reply", "any_text", "lines", "options", "payload",
           "text_of", "wire"]  # fmt: skip

T = TypeVar("T")
Json = dict[str, Any]

_DEEPEST = 6
CHAT = pools.CHAT


class Choices:
    """Decisions read off bytes; past their end each decision is the first option."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def below(self, count: int) -> int:
        """A number from 0 to `count` - 1: of one byte, or of two where one is too few."""
        width = 1 if count <= 256 else 2
        taken = self._data[self._at : self._at + width]
        self._at += width
        return int.from_bytes(taken, "big") % count

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """At most so many of `options`."""
        return [self.pick(options) for _ in range(self.below(most + 1))]

    def rest(self) -> bytes:
        """All bytes that no decision has used."""
        taken = self._data[self._at :]
        self._at = len(self._data)
        return taken


# -- values ------------------------------------------------------------------------------------

_SCALARS: tuple[Any, ...] = (
    None, True, False, "", pools.NOTE, "\ud800", "0", "a", *pools._INTS, *pools._FLOATS,
    *pools._QUOTED, 4096, 1.0000001, -0.0, 2**53 + 1, "é\u2028😀", "null", "\0", "x" * 300,
)  # fmt: skip
_TEXTS = (pools.CONTENT, pools.NOTE, "", " ", "a", "\ud800", "é", "\n", pools.CONTENT * 2)
_KEYS = ("", "a/b", "m~n", "\ud800", "é", "__proto__", "0", "-1", "type", "role", "content", "text",
         "id", "name", "x")  # fmt: skip
_URLS = ("https://example.org/" + pools.CONTENT, "data:image/png;base64,AAAA", "", "file_1",
         "data:application/pdf;base64," + pools.CONTENT, "data:;base64,")  # fmt: skip
_POOLS: Mapping[str, Sequence[Any]] = {
    "arguments": pools._ARGUMENTS,
    "function_call": ({"name": "f", "arguments": '{"a":1}'}, "auto", "none", {"name": "ns.f"}),
    "id": (*pools.IDS, 3, 3.0, True, None),
    "image_url": (*_URLS, *({"url": url, "detail": "high"} for url in _URLS)),
    "input_audio": ("UklGRg==", "SUQzBAAA", {"data": "UklGRg==", "format": "wav"}, *_URLS),
    "model": pools.MODELS,
    "name": pools.NAMES,
    "parameters": pools._SCHEMA_LEAVES,
    "reasoning_effort": ("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    "response_format": pools._FORMATS,
    "stop": ("", "x", [], [""], ["a", None, ""], list("abcdef"), list("abcdefghijklmnopqrstuvwx")),
    "tool_call_id": (*pools.IDS, 3, 3.0, True, None),
    "tool_choice": pools._CHOICES,
}
_NAMED = frozenset(("id", "model", "name", "tool_call_id"))
"""Texts that may come out as others without a loss: no mark stands in them."""
_CALLS: tuple[Any, ...] = (
    {"function": {"name": "f", "arguments": "{}"}},
    {"type": "function", "function": {"name": "ns.f", "arguments": {"a": pools.CONTENT}}},
    {"type": "custom", "custom": {"name": "f", "input": pools.CONTENT}},
    {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
    {"name": "g", "args": {"a": pools.CONTENT}},
    {"type": "function", "function": {"name": "f"}},
    {},
    None,
)
_TOOLS: tuple[Any, ...] = (
    {"type": "function", "function": {"name": "f", "description": "d", "parameters": {}}},
    {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}},
    {"name": "ns.f", "description": "d", "input_schema": {"type": "object"}},
    {"type": "custom", "custom": {"name": "f", "description": "d"}},
    {"type": "web_search_preview"},
    {"type": "function", "function": {"name": "g", "required": ["a"]}},
    {"type": "mcp", "server_label": "x"},
    None,
)
_ROLES = ("user", "assistant", "tool", "system", "developer", "function", "model", "human", "",
          "USER", None, 3, [])  # fmt: skip


def _any(c: Choices, depth: int) -> Any:
    """Any JSON value."""
    kind = c.below(8)
    if depth >= _DEEPEST or kind < 5:
        return copy.deepcopy(c.pick(_SCALARS))
    if kind == 5:
        return [_any(c, depth + 1) for _ in range(c.below(4))]
    keys = pools.WORDS if kind == 6 else _KEYS
    return {c.pick(keys): _any(c, depth + 1) for _ in range(c.below(4))}


def _value(c: Choices, place: Value | None, key: str, depth: int) -> Any:
    """What stands under `key`: mostly what the table takes there, at times anything."""
    how = c.below(12)
    if how < 4 and key in _POOLS:
        return copy.deepcopy(c.pick(_POOLS[key]))
    if place is None or how > 9 or depth >= _DEEPEST:
        return copy.deepcopy(c.pick(_SCALARS)) if how == 10 else _any(c, depth)
    return _fitting(c, place, key, depth)


def _fitting(c: Choices, place: Value, key: str, depth: int) -> Any:
    kinds = sorted(place.types)
    kind = c.pick(kinds)
    if kind == "null":
        return None
    if kind == "boolean":
        return c.below(2) == 1
    if kind in ("integer", "number"):
        bounds = [bound for bound in (place.low, place.high) if bound is not None]
        return c.pick((1, 0, 0.5, 2, *bounds, *(bound + 1 for bound in bounds)))
    if kind == "string":
        if key in _NAMED:
            return c.pick(_POOLS[key])
        return c.pick(place.words) if place.words else c.pick((*_TEXTS, *_URLS))
    if kind == "array":
        return [_item(c, place.items, key, depth + 1) for _ in range(c.below(5))]
    if place.tags:
        return _item(c, place, key, depth + 1)
    if place.node is not None:
        return _object(c, place.node, {}, depth + 1)
    if key in ("parameters", "schema"):
        return _schema(c, depth + 1)
    return {c.pick(_KEYS): _any(c, depth + 1) for _ in range(c.below(3))}


def _item(c: Choices, place: Value | None, key: str, depth: int) -> Any:
    """An item of a list, or a member of a union."""
    how = c.below(10)
    foreign: Sequence[Any] = {"tool_calls": _CALLS, "tools": _TOOLS}.get(key, pools.PARTS)
    if place is None or how == 9:
        return _any(c, depth)
    if how < 4 and key in ("content", "tool_calls", "tools", "thinking"):
        return copy.deepcopy(c.pick(foreign))
    if place.tag == "role":
        role = c.pick(_ROLES)
        tags = place.tags
        node = tags.get(role) if isinstance(role, str) else None
        return _object(c, node or tags["user"], {"role": role}, depth)
    if place.tags:
        tag = c.pick(sorted(place.tags))
        return _object(c, place.tags[tag], {place.tag: tag} if tag else {}, depth)
    return _value(c, place, key, depth)


def _object(c: Choices, node: Node, made: dict[Any, Any], depth: int) -> dict[Any, Any]:
    """An object of the table, with some keys that it has and some that it has not."""
    own = [name for name, field in node.fields.items() if field.required and name not in made]
    if c.below(8) < 7:
        for name in own:
            made[name] = _value(c, node.fields[name].value, name, depth)
    for _ in range(c.below(6)):
        kind = c.below(8)
        if kind < 5:
            names: Sequence[str] = tuple(node.fields)
        elif kind == 5:
            names = _others(node)
        elif kind == 6 and node.slot.startswith("message"):
            name, value = c.pick(pools._EXTRAS)
            made.setdefault(name, copy.deepcopy(value))
            continue
        else:
            names = (pools.WORDS, _KEYS, _camel(node))[c.below(3)]
        name = c.pick(names or ("x",))
        field = node.fields.get(name)
        made[name] = _value(c, field.value if field else None, name, depth)
    return made


@cache
def _camel(node: Node) -> tuple[str, ...]:
    """The object's own keys as JavaScript's clients write them."""
    found = (re.sub("_([a-z])", lambda m: m[1].upper(), name) for name in node.fields)
    return tuple(name for name in found if name not in node.fields)


@cache
def _others(node: Node) -> tuple[str, ...]:
    """The keys that the table knows of an object, and that the object has not."""
    renamed = [mark.name for field in node.fields.values() for mark in field.renamed_from]
    return tuple(dict.fromkeys([*renamed, *node.handled_keys]))


def _schema(c: Choices, depth: int) -> Any:
    """A JSON Schema, or nearly one."""
    kind = c.below(6)
    if depth >= _DEEPEST or kind < 2:
        return copy.deepcopy(c.pick(pools._SCHEMA_LEAVES))
    if kind < 4:
        names = ("a", "b", "$id", "required", "type")
        found = {c.pick(names): _schema(c, depth + 1) for _ in range(c.below(3))}
        return {"type": "object", "properties": found, "required": c.some(names, 2)}
    word = c.pick(("items", "anyOf", "allOf", "not", "$defs", "if", "prefixItems", "enum", "const",
                   "additionalProperties", "required", "default", "type", "$ref"))  # fmt: skip
    inner = _schema(c, depth + 1)
    return {word: [inner] if kind == 4 else inner}


# -- requests ----------------------------------------------------------------------------------

_RULES = tuple(RULES)
_OFF = tuple(rule.id for rule in RULES.values() if not rule.default or rule.until)
_TOP = ("temperature", "top_p", "n", "seed", "tools", "metadata", "presence_penalty", "x")


def options(c: Choices) -> Json:
    """Options of `sanitize`: half of the time the defaults."""
    if c.below(2) == 0:
        return {}
    made: Json = {}
    if c.below(2):
        made["endpoint"] = c.pick(tuple(ENDPOINTS))
    if c.below(2):
        made["profile"] = c.pick(profiles.ALL).name
    drop = c.some(_TOP, 1)
    if c.below(3) == 0:
        made["drop"] = drop
    made["keep"] = [name for name in c.some(_TOP, 1) if name not in made.get("drop", ())]
    made["enable"] = c.some(_OFF, 3)
    made["disable"] = [name for name in c.some(_RULES, 3) if name not in made["enable"]]
    return {name: value for name, value in made.items() if value or name == "drop"}


def payload(c: Choices, opts: Json) -> Json:
    """A request for the endpoint of `opts`, or at times for another; its texts are numbered."""
    endpoint = opts.get("endpoint", CHAT)
    if c.below(8) == 7:
        endpoint = c.pick(tuple(ENDPOINTS))
    profile = profiles.get(opts.get("profile", profiles.LATEST))
    made = _object(c, compile_node(ENDPOINTS[endpoint], profile), {}, 0)
    numbered: Json = pools.numbered(made)
    return numbered


def text_of(c: Choices, value: Any) -> str:
    """The value as JSON, in one of the ways in which clients write it."""
    separators = c.pick(((",", ":"), (", ", ": "), (" ,\r\n", "\t: ")))
    text = json.dumps(value, ensure_ascii=c.below(2) == 0, separators=separators)
    fault = c.below(12)
    if fault == 1 and isinstance(value, dict):
        twice = json.dumps(c.pick(("model", "messages", "role", "x")))
        text = text.replace("{", "{" + twice + ":1" + ("," if value else ""), 1)
    elif fault == 2:
        text = text.replace("1", c.pick(("1e400", "-0", "1.10", "1E5", "9" * 400, "01", "1.")))
    elif fault == 3:
        text = text.replace('"', c.pick(('\\"', "'", '"\\u0000', '"\x01', '"\\ud800')), 1)
    elif fault == 4:
        text += c.pick(("\n", " \t", "\0", "x", "{}", "\ufeff", "\f"))
    elif fault == 5:
        text = text[: c.below(len(text) + 1)]
    return text


def any_text(c: Choices) -> tuple[str, Json]:
    """A body as text, and options."""
    opts = options(c)
    text = text_of(c, payload(c, opts))
    return text, opts


# -- bodies on the wire ------------------------------------------------------------------------


class Wire(NamedTuple):
    """A request body as it is on the wire, with what its headers say of it."""

    body: bytes
    content_type: str
    content_encoding: str
    whole: bool
    """Whether nothing was done to the bytes after they had been made."""


_CHARSETS: tuple[tuple[str, str], ...] = (
    ("utf-8", ""), ("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("latin-1", "ISO-8859-1"),
    ("cp1252", '"windows-1252"'), ("utf-16", "utf-16"), ("utf-16-be", ""), ("utf-16-le", ""),
    ("utf-32", ""), ("utf-32-le", "utf-8"), ("utf-8", "latin1"), ("utf-8", "koi8-r"),
)  # fmt: skip


def _raw_deflate(body: bytes) -> bytes:
    pressed = zlib.compressobj(wbits=-15)
    return pressed.compress(body) + pressed.flush()


def _members(body: bytes) -> bytes:
    half = len(body) // 2
    return gzip.compress(body[:half], mtime=0) + gzip.compress(body[half:], mtime=0) + b"\0\0"


def _library(name: str) -> Callable[[bytes], bytes]:
    def press(body: bytes) -> bytes:
        try:
            module = __import__(name, fromlist=["compress"])
        except ImportError:  # then the coding is one that the library cannot read either
            return body
        made: bytes = module.compress(body)
        return made

    return press


CODINGS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("gzip", lambda body: gzip.compress(body, mtime=0)),
    ("x-gzip", _members),
    ("deflate", zlib.compress),
    ("Deflate", _raw_deflate),
    ("br", _library("brotli")),
    ("zstd", _library("backports.zstd")),
    ("identity", bytes),
    ("", bytes),
    ("compress", bytes),
)


def wire(c: Choices, text: str) -> Wire:
    """The text as a body, in some charset and content codings, at times damaged."""
    charset, said = c.pick(_CHARSETS)
    body = text.encode(charset, "surrogatepass" if charset.startswith("utf") else "replace")
    names = []
    for name, press in c.some(CODINGS, 2 if c.below(3) else 4):
        body = press(body)
        names.append(name)
    harm = c.below(10)
    at = c.below(len(body) + 1)
    if harm == 7:
        body = body[:at]
    elif harm == 8:
        body = body[:at] + bytes([c.below(256)]) + body[at + 1 :]
    elif harm == 9:
        body += c.rest()[:64] or b"\0"
    kind = c.pick(("application/json", "text/plain", ""))
    content_type = f"{kind}; charset={said}" if said else kind
    return Wire(body, content_type, ", ".join(names), harm < 7)


# -- lines of a batch file ---------------------------------------------------------------------

_URL_ENDS = (*ENDPOINTS, "https://api.openai.com/v1/chat/completions", "/chat/completions?x=1", "",
             "/v1/responses", None, 3)  # fmt: skip


def lines(c: Choices) -> bytes:
    """JSON lines: payloads, batch lines of both vendors, blanks and garbage among them."""
    made: list[bytes] = []
    for _ in range(c.below(5)):
        kind = c.below(8)
        value: Any = payload(c, {})
        if kind in (3, 4, 5):
            value = {"custom_id": c.pick(("a", "b", "a", 3, None, 2.5, "é\ud800", [])),
                     "body": value}  # fmt: skip
        if kind in (4, 5):
            value |= {"method": c.pick(("POST", "GET", None)), "url": c.pick(_URL_ENDS)}
        if kind == 5:
            value[c.pick(("x", "body", "custom_id", "method"))] = _any(c, 4)
        text = "" if kind == 6 else text_of(c, value)
        line = text.encode("utf-8", c.pick(("surrogatepass", "replace")))
        if kind == 7:
            line = c.pick((b"x", b"\xff", b"[]", b"{", b"\xef\xbb\xbf{}", b"null", b"\0"))
        made += [line, c.pick((b"\n", b"\r\n", b"", b"\n\n", b"\r"))]
    return b"".join(made)


# -- answers -----------------------------------------------------------------------------------


def any_reply(c: Choices, names: Sequence[str], ids: Sequence[str]) -> Any:
    """A completion, a chunk of one or something like it, that uses these names and ids."""

    def call() -> Any:
        if c.below(6) == 5:
            return _any(c, 3)
        function = {"name": c.pick((*names, "f")), "arguments": "{}"}
        made: Json = {"id": c.pick((*ids, "null")), "function": function}
        if c.below(6) == 5:
            made[c.pick(("function", "id", "index", "name"))] = _any(c, 3)
        return made

    def choice() -> Any:
        if c.below(6) == 5:
            return _any(c, 3)
        calls = [call() for _ in range(c.below(4))]
        inner: Json = {"role": "assistant", "content": _any(c, 4), "tool_calls": calls}
        if c.below(6) == 5:
            inner["tool_calls"] = _any(c, 3)
        return {"index": 0, c.pick(("message", "delta")): inner}

    def completion() -> Any:
        if c.below(6) == 5:
            return _any(c, 2)
        return {"id": "x", "choices": [choice() for _ in range(c.below(3))]}

    return [completion() for _ in range(c.below(3))] if c.below(5) == 4 else completion()


_KINDS: tuple[Any, ...] = (
    *CURES, "missing", "string_type", "model_attributes_type", "json_invalid", "", None,
    3, [],
)  # fmt: skip
_UNIONS: tuple[Any, ...] = (
    "list[tagged-union[TextChunk,ImageURLChunk]]", "str", "nullable", "Tool", "list[Tool]",
    "function-wrap[x()]", "text", "assistant", "user", "tool", "body", -1, 3.0, None, "9" * 12,
    10**5000, True, [],
)  # fmt: skip
_WORDS = ("f", "ns.f", "call_1", "abcdefghi", "user", "tool", "system", "assistant", "top_p", "n",
          "reasoning_effort", "tools", "model", "", "9" * 30, "(", "\\1", "\ud800")  # fmt: skip
_SAYINGS = (
    "Logprobs are not enabled", "reasoning_effort='{}' is not supported. Must be one of '{}'",
    "Reasoning effort is not enabled", "Reasoning prompt mode is not enabled",
    "Reasoning input is not enabled", "top_p must be 1 when using greedy sampling.",
    "is only compatible with `tool_choice: auto`",
    "Assistant message must have either content or tool_calls, but not none.",
    "Assistant message must have either content or tool_calls, but not both.",
    "Expected last role User or Tool but got assistant", "Unexpected role '{}' after role '{}'",
    "Unexpected tool call id {} in tool results", "Tool call id was {} but must be a-z",
    "Function name was {} but must be a-z", "`{}`=3 is not supported", "{} is not enabled",
    "This model does not support `{}`", "{}", "Input should be less than or equal to {}",
)  # fmt: skip


def _loc(c: Choices, value: Any) -> list[Any]:
    """Steps that lead into `value`, with such between as pydantic puts there, and some astray."""
    steps: list[Any] = ["body"] if c.below(4) else []
    for _ in range(c.below(8)):
        how = c.below(6)
        if how < 4 and isinstance(value, dict) and value:
            key = c.pick(list(value))
            steps.append(key)
            value = value[key]
        elif how < 4 and isinstance(value, list) and value:
            at = c.below(len(value))
            steps.append(at)
            value = value[at]
        else:
            steps.append(c.pick(_UNIONS))
    return steps


def _entry(c: Choices, about: Json) -> Any:
    if c.below(10) == 9:
        return _any(c, 3)
    loc: Any = _loc(c, about)
    if c.below(8) == 7:
        loc = ".".join(map(str, filter(lambda s: not isinstance(s, int), loc)))
    bound = c.pick((0, 1, 1.5, -2, float("inf"), float("nan"), None, "1", 10**400, True))
    context: Any = {c.pick(("le", "ge", "lt", "gt")): bound}
    return {"type": c.pick(_KINDS), "loc": loc, "msg": _said(c),
            "ctx": context if c.below(4) else _any(c, 4)}  # fmt: skip


def _said(c: Choices) -> str:
    words = c.pick(_SAYINGS)
    return words.replace("{}", str(c.pick(_WORDS)), 1).replace("{}", str(c.pick(_WORDS)), 1)


def any_answer(c: Choices, about: Json) -> Any:
    """An answer that refuses `about`, in one of the shapes seen, as an object, text or bytes."""
    kind = c.below(6)
    content: Any = _any(c, 2)
    if kind < 3:
        content = {"detail": [_entry(c, about) for _ in range(c.below(4))]}
    elif kind < 5:
        content = {"object": "error", "message": _said(c), "type": "invalid_request_error"}
    for _ in range(c.below(3)):
        how = c.below(4)
        inner = content if how < 2 else _dumped(content) if how == 2 else _dumped(content, repr)
        content = {c.pick(("message", "detail", "error", "x")): inner}
    form = c.below(4)
    if form == 0:
        return content
    text = _dumped(content)
    if form == 1:
        text = c.pick(("Error code: 422 - ", "", "{", "}")) + _dumped(content, repr)
    return text if form < 3 else text.encode("utf-8", "surrogatepass")


def _dumped(value: Any, write: Callable[[Any], str] = json.dumps) -> str:
    try:
        return write(value)
    except ValueError:  # an integer without a text
        return "{"
