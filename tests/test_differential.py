"""Other judges of the same requests, and other readers of the same bytes, beside ours.

Two kinds of disagreement are possible: a judge refuses what comes out of `sanitize`, or takes what
`check` names. None is filtered silently: each stands in a table here with the side that we take
and why, a test shows that it is one, and with all of them translated the judges agree on anything
that the strategies draw. The judges:

* ``models``: our own pydantic models, strictly (`check` is compiled from the same marks).
* ``sdk``: the request models of `mistralai`, the newest that Mistral has generated.
* ``common``: the models and validators of `mistral-common`, by version of the tokenizer.

For JSON: Python's `json`, pydantic-core's parser, which reads most bodies here, and orjson.
"""

from __future__ import annotations

import copy
import importlib
import json
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, note
from hypothesis import strategies as st
from pydantic_core import from_json

from mistral_sanitize import InvalidBodyError, check, profiles, sanitize, sanitize_json, strategies
from mistral_sanitize._json import decode, encode
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.strategies.faults import ENDED, FAULTS
from tests import jsonpatch
from tests.laws import law
from tests.payloads import json_values, payloads

pytest.importorskip("mistral_common", minversion="1.13")

from mistral_common.exceptions import MistralCommonException
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.protocol.instruct.validator import ValidationMode, get_validator
from mistral_common.tokens.tokenizers.base import TokenizerVersion

Json = dict[str, Any]
CHAT = "/v1/chat/completions"
NEWEST = profiles.V2026_11_01
"""The profile of the SDK's own document, which runs ahead of the published one."""
DOCUMENT = "Mistral's OpenAPI document, 2026-08-13"
COMMON = "mistral-common 1.13.1"
HELLO = {"role": "user", "content": "Hello"}


def ask(*messages: Json, **fields: Any) -> Json:
    """A request with these messages, after one of the user's."""
    return {"model": "mistral-small-latest", "messages": [HELLO, *messages], **fields}


# -- the judges ----------------------------------------------------------------------------------


def models(payload: Json, *, strict: bool = True) -> str | None:
    """What our models say against a request; ``None``: nothing."""
    try:
        ENDPOINTS[CHAT].model_validate(payload, strict=strict)
    except ValueError as error:
        return str(error)
    return None


def sdk(payload: Json) -> str | None:
    """What the SDK's models say."""
    request = importlib.import_module("mistralai.client.models").ChatCompletionRequest
    try:
        request.model_validate(payload)
    except ValueError as error:
        return str(error)
    return None


def common(version: str) -> Callable[[Json], str | None]:
    """What mistral-common says, with the validator of this version of the tokenizer."""

    def judge(payload: Json) -> str | None:
        validator = get_validator(TokenizerVersion(version), mode=ValidationMode.serving)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what it will call otherwise one day
                request: Any = ChatCompletionRequest.model_validate(payload)
            validator.validate_request(request)
        except (ValueError, MistralCommonException) as error:
            return str(error)
        return None

    return judge


VERSIONS = ("v3", "v7", "v11", "v13", "v15")
JUDGES: dict[str, Callable[[Json], str | None]] = {
    "models": models,
    "sdk": sdk,
    **{version: common(version) for version in VERSIONS},
}


# -- what is taken here and refused there ----------------------------------------------------------


class Refused(NamedTuple):
    """One thing that other judges refuse and we send: Mistral takes it."""

    name: str
    judges: tuple[str, ...]
    payload: Json
    """A least request of it, with which `check` finds nothing wrong."""
    says: str
    """Words of each judge's refusal."""
    why: str
    source: str
    translated: Callable[[Json], Json]
    """A request without it, in which everything else is as it was."""
    options: Json = {}  # noqa: RUF012  # never changed
    """Those of `check` under which it is taken."""


def without(*names: str) -> Callable[[Json], Json]:
    """Without these fields of the request."""
    return lambda payload: {k: v for k, v in payload.items() if k not in names}


def in_messages(mend: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """With each message mended, where there are any."""

    def mended(payload: Json) -> Json:
        said = payload.get("messages")
        return payload if said is None else {**payload, "messages": [mend(m) for m in said]}

    return mended


def in_chunks(mend: Callable[[Json], Json], *roles: str) -> Callable[[Json], Json]:
    """With each part of the content mended, in messages of these roles or in all."""

    def mended(message: Json) -> Json:
        content = message.get("content")
        if not isinstance(content, list) or (roles and message["role"] not in roles):
            return message
        return {**message, "content": [mend(chunk) for chunk in content]}

    return in_messages(mended)


def as_text(*types: str) -> Callable[[Json], Json]:
    """A part of these types as one of text."""
    return lambda chunk: {"type": "text", "text": "."} if chunk.get("type") in types else chunk


def plain_thought(chunk: Json) -> Json:
    if chunk.get("type") != "thinking":
        return chunk
    chunk = {key: value for key, value in chunk.items() if key != "signature"}
    return {**chunk, "thinking": "."} if isinstance(chunk["thinking"], list) else chunk


def without_index(message: Json) -> Json:
    calls = message.get("tool_calls")
    if not calls:
        return message
    return {**message, "tool_calls": [without("index")(call) for call in calls]}


def with_content(message: Json) -> Json:
    silent = message["role"] == "tool" and message.get("content") is None
    return {**message, "content": ""} if silent else message


def without_calls_content(message: Json) -> Json:
    return {**message, "content": None} if message.get("tool_calls") else message


def without_tools(*types: str) -> Callable[[Json], Json]:
    """Without the tools of these types."""

    def translated(payload: Json) -> Json:
        if not payload.get("tools"):
            return payload
        return {**payload, "tools": [t for t in payload["tools"] if t.get("type") not in types]}

    return translated


def clamped(payload: Json) -> Json:
    high = isinstance(payload.get("temperature"), (int, float)) and payload["temperature"] > 1
    return {**payload, "temperature": 1} if high else payload


def without_nulls(payload: Json) -> Json:
    null = [name for name in ("temperature", "top_p") if payload.get(name, 0) is None]
    return without(*null)(payload)


CALL = {"id": "a1B2c3D4e", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": "", "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "a1B2c3D4e", "content": "42"}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}
AUDIO = {"type": "input_audio", "input_audio": "https://example.com/a.mp3"}
THINKER = {"model": "magistral-medium-latest"}
HEARER = {"model": "voxtral-small-latest"}
SCHEMA = {"type": "object", "properties": {}}
SERVED: dict[str, Any] = {
    "frequency_penalty": 0.5,
    "guardrails": [{"block_on_error": True}],
    "metadata": {},
    "n": 1,
    "prediction": {"type": "content", "content": "a"},
    "presence_penalty": 0.5,
    "prompt_cache_key": "k",
    "prompt_mode": None,
    "safe_prompt": True,
    "service_tier": "auto",
    "stop": "x",
    "stream": False,
}
"""Fields of the API that a tokenizer has no use for, each with a value that Mistral takes."""


NEWER: dict[str, Any] = {
    "logprobs": True,
    "min_tokens": 0,
    "prompt_logprobs": True,
    "repetition_penalty": 1,
    "top_k": 5,
    "top_logprobs": 1,
    "top_prompt_logprobs": 1,
}
"""The same of the newest schema alone."""


GONE = ("code_interpreter", "web_search", "web_search_premium")
CONNECTORS = (*GONE, "connector", "document_library", "image_generation")


def said(*content: Json, **more: Any) -> Json:
    return {"role": "assistant", "content": list(content), **more}


REFUSED = (
    *(
        Refused(
            f"field {name}", VERSIONS, ask(**{name: value}), "Extra inputs are not permitted",
            "mistral-common makes prompts of requests; the field is for the server before it",
            f"{DOCUMENT}: ChatCompletionRequest.{name}", without(name),
        )
        for name, value in SERVED.items()
    ),
    *(
        Refused(
            f"field {name}", VERSIONS, ask(**{name: value}), "Extra inputs are not permitted",
            "mistral-common makes prompts of requests; the field is for the server before it",
            f"mistralai 3.7.0: ChatCompletionRequest.{name}", without(name), {"profile": NEWEST},
        )
        for name, value in NEWER.items()
    ),
    Refused(
        "temperature above 1", VERSIONS, ask(temperature=1.5), "less than or equal to 1",
        "the API's bound is another", f"{DOCUMENT}: temperature, maximum 1.5", clamped,
    ),
    Refused(
        "null temperature", VERSIONS, ask(temperature=None, top_p=None), "valid number",
        "the API has null for its default", f"{DOCUMENT}: temperature and top_p are nullable",
        without_nulls,
    ),
    Refused(
        "index of a call", VERSIONS, ask(CALLED | {"tool_calls": [{**CALL, "index": 0}]}, RESULT),
        "Extra inputs are not permitted", "streamed calls have one, and histories are made of them",
        f"{DOCUMENT}: ToolCall.index", in_messages(without_index),
    ),
    Refused(
        "null result", VERSIONS, ask(CALLED, {**RESULT, "content": None}), "valid string",
        "a tool may answer nothing", f"{DOCUMENT}: ToolMessage.content is nullable",
        in_messages(with_content),
    ),
    Refused(
        "documents and references", VERSIONS,
        ask({"role": "user", "content": [
            {"type": "document_url", "document_url": "https://example.com/a.pdf"}]}),
        "does not match any of the expected tags", "the server reads documents, and hands on text",
        f"{DOCUMENT}: DocumentURLChunk, FileChunk, ReferenceChunk, ToolReferenceChunk",
        in_chunks(as_text("document_url", "file", "reference", "tool_reference")),
    ),
    Refused(
        "thinking in chunks", VERSIONS, ask(said(THOUGHT), HELLO, **THINKER), "valid string",
        "the API's thinking is a list of chunks, there it is a string",
        f"{DOCUMENT}: ThinkChunk.thinking", in_chunks(plain_thought),
    ),
    Refused(
        "signature of thinking", VERSIONS,
        ask(said({**THOUGHT, "signature": "s"}), HELLO, **THINKER),
        "Extra inputs are not permitted", "the API gives and takes one",
        f"{DOCUMENT}: ThinkChunk.signature", in_chunks(plain_thought),
    ),
    Refused(
        "resources", VERSIONS,
        ask({"role": "user", "content": [
            {"type": "resource_link", "uri": "https://example.com/a"}]}),
        "does not match any of the expected tags", "the server reads them, and hands on text",
        "mistralai 3.7.0: ResourceChunk, ResourceLinkChunk",
        in_chunks(as_text("resource", "resource_link")), {"profile": NEWEST},
    ),
    Refused(
        "built-in tools", VERSIONS, ask(tools=[{"type": "code_interpreter"}]), "Field required",
        "connectors are run by the server", f"{DOCUMENT}: ChatCompletionRequest.tools",
        without_tools(*CONNECTORS),
    ),
    Refused(
        "built-in tools that went", ("sdk",), ask(tools=[{"type": "code_interpreter"}]),
        "Input should be", "the SDK's document is newer; the profile decides",
        f"{DOCUMENT}: CodeInterpreterTool; not in mistralai 3.7.0", without_tools(*GONE),
    ),
    # What only some versions of the tokenizer refuse: the model decides which it is.
    Refused(
        "reasoning effort", ("v3", "v7", "v11", "v13"), ask(reasoning_effort="high"),
        "is not supported for this model", "the catalogue knows which models take it",
        f"{COMMON}: v15 takes it", without("reasoning_effort"),
    ),
    Refused(
        "thinking of the system", ("v15",),
        ask()
        | {"messages": [{"role": "system", "content": [THOUGHT]}, HELLO], **THINKER},
        "valid string", "the schema has it; of the models with that tokenizer nothing is known",
        f"{DOCUMENT}: SystemMessage.content; {COMMON}: v7 to v13 take it",
        in_chunks(as_text("thinking"), "system"),
    ),
    Refused(
        "thinking", ("v3", "v7"), ask(said(THOUGHT), HELLO, **THINKER), "valid string",
        "the catalogue knows which models think: none with these tokenizers",
        f"{COMMON}: v11 and newer take it", in_chunks(as_text("thinking")),
    ),
    Refused(
        "content beside calls", ("v3",), ask({**CALLED, "content": "I look."}, RESULT),
        "either content or tool_calls, but not both", "both are taken live",
        f"{COMMON}: v7 and newer take it", in_messages(without_calls_content),
    ),
    Refused(
        "audio", ("v3",), ask({"role": "user", "content": [AUDIO]}, **HEARER),
        "Unexpected content chunk types", "the catalogue knows which models hear",
        f"{COMMON}: v7 and newer take it", in_chunks(as_text("input_audio")),
    ),
    Refused(
        "audio after a system prompt", ("v7",),
        ask() | {"messages": [{"role": "system", "content": "Listen."},
                              {"role": "user", "content": [AUDIO]}], **HEARER},
        "This is not allowed prior to the tokenizer version 13",
        "a limit of that template alone; the API names no tokenizer",
        f"{COMMON}: v11 and newer take it", in_chunks(as_text("input_audio")),
    ),
)  # fmt: skip


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: f"{row.name} by {row.judges[0]}")
def test_what_others_refuse_and_mistral_takes(row: Refused) -> None:
    """Each row is a disagreement: we find nothing wrong, the judges do, and not once translated."""
    payload = copy.deepcopy(row.payload)
    assert check(payload, **row.options) == ()
    assert sanitize(payload, drop=(), **row.options) is payload
    translated = row.translated(payload)
    assert translated != payload
    for name in row.judges:
        verdict = JUDGES[name](payload)
        assert verdict is not None and row.says in verdict, (name, verdict)
        # Another row may be needed as well: thinking in chunks is a thought.
        for other in REFUSED:
            if name in other.judges:
                translated = other.translated(translated)
        assert JUDGES[name](translated) is None
    assert payload == row.payload, "a translation is pure"


@pytest.mark.parametrize("name", SERVED)
def test_the_fields_that_others_lack_are_in_the_document(name: str) -> None:
    """What is refused there as unknown is a field of the request in Mistral's own document."""
    with open("tests/data/schema_facts.json", encoding="utf-8") as file:
        assert f'"{name}"' in file.read()


def objections(payload: Json, names: tuple[str, ...] = tuple(JUDGES)) -> dict[str, str]:
    """What each judge has against a request once the rows above are translated."""
    found = {}
    for name in names:
        translated = payload
        for row in REFUSED:
            if name in row.judges:
                translated = row.translated(translated)
        verdict = JUDGES[name](translated)
        if verdict is not None:
            found[name] = verdict
    return found


@law
@given(strategies.payloads())
def test_valid_requests_are_taken_by_all(payload: Json) -> None:
    """What is drawn as valid is taken by every judge as it is, but for the rows above."""
    assert objections(payload) == {}


@law
@given(strategies.payloads(profile=NEWEST))
def test_valid_requests_of_the_newest_schema_are_taken_by_all(payload: Json) -> None:
    """Under the schema that the SDK has, the SDK has no objection at all."""
    assert models(payload) is None
    assert sdk(payload) is None
    assert objections(payload) == {}


@law
@given(strategies.openai_payloads())
def test_openais_requests_are_taken_by_all_once_sanitized(payload: Json) -> None:
    """OpenAI's dialect, sanitized, is taken by every judge."""
    clean = sanitize(payload)
    note(f"{clean}")
    assert objections(clean) == {}


@law
@given(strategies.faulty_payloads())
def test_faulty_requests_are_taken_by_all_once_sanitized(fault: tuple[str, Json]) -> None:
    """A known fault, cured, is taken by every judge; what cannot be cured, `check` names."""
    clean = sanitize(fault[1])
    note(f"{clean}")
    if check(clean) == ():
        assert objections(clean) == {}


@law
@given(payloads())
def test_anything_that_check_takes_is_taken_by_the_schemas(payload: dict[Any, Any]) -> None:
    """Any object, as it is and sanitized: where `check` finds no fault of the schema, neither does
    the SDK, nor do our models; and where our models find one, so does `check`, and the reverse.
    """
    drawn = jsonpatch.plain(payload)
    for each in (drawn, sanitize(drawn, profile=NEWEST)):
        note(f"{each}")
        problems = [p for p in check(each, profile=NEWEST) if p.status == 422]
        note(f"{problems}")
        if not problems:
            assert models(each, strict=False) is None
            assert sdk(each) is None
        # JSON has one kind of number, and a model of Python's two.
        elif not any(p.path == "/model" and p.code == "missing" for p in problems):
            assert models(each) is not None


# -- what is refused here and taken there ----------------------------------------------------------

IGNORED = "the SDK's models leave out unknown keys: it does not send what it does not know"
LOOSE = "the SDK's models have no bounds"
UNKNOWN = "of a chunk that it does not know the SDK makes an UnknownContentChunk, for answers"
NULL = "one of the SDK's nullable types, for a null that the document does not have"
BEHIND = "no schema shows it: Mistral answers 400"
OTHER = "a matter of the model, of sampling or of the server; the validators look at messages"
SPLIT = "each version has its own rule for ids and content; the API has the strictest"
SHAPE = "mistral-common reads OpenAI's shape of audio too, and the document has a string"
KEPT = "taken by that tokenizer's template, refused live"

TAKEN: dict[str, dict[str, str]] = {
    "sdk": {
        **dict.fromkeys(
            ("store", "user", "seed", "max-completion-tokens", "safe-mode", "stream-options",
             "chat-template-kwargs", "functions", "message-name", "message-metadata",
             "reasoning-content", "finish-reason", "part-key", "call-key", "tool-key",
             "function-key"), IGNORED),
        **dict.fromkeys(
            ("temperature-range", "top-p-range", "negative-seed", "negative-max-tokens"), LOOSE),
        **dict.fromkeys(("audio-part", "file-part", "refusal-part", "unknown-part"), UNKNOWN),
        "null": NULL,
    },
    "v11": {
        **dict.fromkeys(
            ("unknown-model", "embedding-model", "retired-model", "image-model",
             "audio-model", "greedy-top-p", "forced-tool-json"), OTHER),
        "audio-part": SHAPE,
        "empty-assistant": KEPT,
    },
    "v15": {
        **dict.fromkeys(
            ("unknown-model", "embedding-model", "retired-model", "image-model",
             "audio-model", "greedy-top-p", "forced-tool-json", "reasoning-effort",
             "reasoning-effort-model"), OTHER),
        "audio-part": SHAPE,
        "empty-assistant": KEPT,
        "tool-call-id": SPLIT,
    },
}  # fmt: skip
"""By judge, the faults that it takes, each with the reason; a fault behind the schema is not the
SDK's to know, and our models' neither, so those have a law and no rows."""


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in ENDED])
def test_what_others_take_and_mistral_refuses(name: str) -> None:
    """Each known fault is refused by every judge, but for the rows above, and by `check`."""
    payload = FAULTS[name](ask())
    problems = check(payload)
    assert problems
    behind = {problem.status for problem in problems} == {400}
    assert (models(payload) is None) == behind, BEHIND
    assert (sdk(payload) is None) == (behind or name in TAKEN["sdk"])
    for version in ("v11", "v15"):
        # As it is: a stream that is null and a thought in chunks are refused for another reason.
        assert (JUDGES[version](payload) is None) == (name in TAKEN[version]), version


def test_the_rows_name_faults() -> None:
    """No row is of a fault that there is not, or is no more."""
    for rows in TAKEN.values():
        assert rows.keys() <= FAULTS.keys() - ENDED.keys()


# -- what counts as JSON ---------------------------------------------------------------------------


class _No:
    """Refused."""

    def __repr__(self) -> str:
        return "NO"


NO = _No()
NESTED = b"[" * 500 + b"]" * 500
VERY_DEEP = b"[" * 100_000 + b"]" * 100_000


class Read(NamedTuple):
    """Some bytes, and who reads them as what: ``NO`` is a refusal."""

    name: str
    body: bytes
    python: Any
    """Python's `json`; ours is the same, but that it wants an object."""
    pydantic: Any
    """pydantic-core's parser, which is asked first, and has the last word where it reads."""
    orjson: Any
    why: str = ""
    """Where they differ: why `sanitize_json` does what Python does."""


def same(name: str, body: bytes, value: Any) -> Read:
    return Read(name, body, value, value, value)


def a(value: Any) -> Json:
    return {"a": value}


_FASTAPI = "Mistral's 422 bodies are FastAPI's, which reads with Python's json"
_RFC_BOM = "RFC 8259, 8.1: a parser may ignore a mark rather than treating it as an error"
_RFC_WIDE = "RFC 4627, 3 allowed UTF-16 and UTF-32; .NET and Java clients write them"
_RFC_SURROGATE = "RFC 8259, 8.2: the grammar allows them; clients that cut strings write them"
_RFC_NUMBER = "RFC 8259, 6: any number is JSON; what a double makes of it is the reader's matter"
_NAN = "no JSON, and yet written by Python's and JavaScript's clients; " + _FASTAPI
_DEPTH = "RFC 8259, 9: a parser may limit the depth; 200 is less than agents' schemas may have"

READ = (
    # keys
    same("a key twice", b'{"a":1,"a":2}', a(2)),
    same("a key twice, once escaped", b'{"a":1,"\\u0061":2}', a(2)),
    same("a key twice, in two objects", b'{"a":{"b":1},"a":{"c":2}}', a({"c": 2})),
    same("an empty key", b'{"":1}', {"": 1}),
    same("a key of JavaScript's", b'{"__proto__":1}', {"__proto__": 1}),
    # encodings
    Read("a byte order mark", b'\xef\xbb\xbf{"a":1}', a(1), NO, NO, _RFC_BOM),
    same("two byte order marks", b"\xef\xbb\xbf" * 2 + b'{"a":1}', NO),
    same("a byte order mark within", b'{\xef\xbb\xbf"a":1}', NO),
    same("a byte order mark at the end", b'{"a":1}\xef\xbb\xbf', NO),
    Read("UTF-16", '{"a":1}'.encode("utf-16"), a(1), NO, NO, _RFC_WIDE),
    Read("UTF-16, no mark", '{"a":1}'.encode("utf-16-be"), a(1), NO, NO, _RFC_WIDE),
    Read("UTF-32", '{"a":1}'.encode("utf-32"), a(1), NO, NO, _RFC_WIDE),
    Read("UTF-32, no mark", '{"a":1}'.encode("utf-32-le"), a(1), NO, NO, _RFC_WIDE),
    same("UTF-7", b"+AHsAIg-a+ACI:1+AH0-", NO),
    same("Latin-1", b'{"a":"\xe9"}', NO),
    same("an overlong character", b'{"a":"\xc0\xaf"}', NO),
    same("a character beyond Unicode", b'{"a":"\xf4\x90\x80\x80"}', NO),
    same("half a character", b'{"a":"\xe2\x82"}', NO),
    same("a non-character", b'{"a":"\xef\xbf\xbf"}', a("\uffff")),
    # surrogates
    same("a pair of surrogates", b'{"a":"\\ud83d\\ude00"}', a("\U0001f600")),
    Read("a lone surrogate", b'{"a":"\\ud800"}', a("\ud800"), NO, NO, _RFC_SURROGATE),
    Read("a lone low surrogate", b'{"a":"\\udc00"}', a("\udc00"), NO, NO, _RFC_SURROGATE),
    Read("a pair the wrong way round", b'{"a":"\\ude00\\ud83d"}', a("\ude00\ud83d"), NO, NO,
         _RFC_SURROGATE),
    Read("a lone surrogate as a key", b'{"\\ud800":1}', {"\ud800": 1}, NO, NO, _RFC_SURROGATE),
    Read("a lone surrogate in bytes", b'{"a":"\xed\xa0\x80"}', a("\ud800"), NO, NO,
         "no UTF-8, and read by Python's json: " + _FASTAPI),
    Read("a pair in bytes (CESU-8)", b'{"a":"\xed\xa0\xbd\xed\xb8\x80"}', a("\ud83d\ude00"), NO, NO,
         "the same; written anew as escapes, it is the character"),
    # numbers
    Read("NaN", b'{"a":NaN}', a(math.nan), a(math.nan), NO, _NAN),
    Read("Infinity", b'{"a":Infinity}', a(math.inf), a(math.inf), NO, _NAN),
    Read("-Infinity", b'{"a":-Infinity}', a(-math.inf), a(-math.inf), NO, _NAN),
    same("nan", b'{"a":nan}', NO),
    same("-NaN", b'{"a":-NaN}', NO),
    same("+Infinity", b'{"a":+Infinity}', NO),
    same("Inf", b'{"a":Inf}', NO),
    same("-0", b'{"a":-0}', a(0)),
    same("-0.0", b'{"a":-0.0}', a(-0.0)),
    same("2**64-1", b'{"a":18446744073709551615}', a(2**64 - 1)),
    Read("2**64", b'{"a":18446744073709551616}', a(2**64), a(2**64), a(float(2**64)),
         "every digit is kept, where orjson makes a float of it"),
    Read("400 digits", b'{"a":' + b"9" * 400 + b"}", a(10**400 - 1), a(10**400 - 1), NO,
         _RFC_NUMBER),
    Read("4,300 digits", b'{"a":' + b"9" * 4300 + b"}", a(10**4300 - 1), a(10**4300 - 1), NO,
         _RFC_NUMBER),
    same("4,301 digits", b'{"a":' + b"9" * 4301 + b"}", NO),
    Read("1e999", b'{"a":1e999}', a(math.inf), a(math.inf), NO, _RFC_NUMBER),
    Read("-1e999", b'{"a":-1e999}', a(-math.inf), a(-math.inf), NO, _RFC_NUMBER),
    Read("5,000 digits and an exponent", b'{"a":' + b"1" * 5000 + b"e0}", a(math.inf), NO, NO,
         _RFC_NUMBER),
    same("1e-999", b'{"a":1e-999}', a(0.0)),
    same("1E+5", b'{"a":1E+5}', a(100000.0)),
    same("more digits than a double has", b'{"a":9007199254740993.0}', a(9007199254740992.0)),
    same("5,000 digits after the point", b'{"a":0.' + b"1" * 5000 + b"}", a(1 / 9)),
    *(same(number, b'{"a":%s}' % number.encode(), NO)
      for number in ("01", "-01", "+1", ".5", "1.", "1e", "-", "0x10", "1_0", "1,5", "\u0663")),
    # strings
    same("a control character", b'{"a":"\x01"}', NO),
    same("a tab", b'{"a":"\t"}', NO),
    same("a line's end", b'{"a":"\n"}', NO),
    same("NUL in a string", b'{"a":"\x00"}', NO),
    same("NUL, escaped", b'{"a":"\\u0000"}', a("\0")),
    same("DEL", b'{"a":"\x7f"}', a("\x7f")),
    same("U+2028", b'{"a":"\xe2\x80\xa8"}', a("\u2028")),
    same("an escaped slash", b'{"a":"\\/"}', a("/")),
    *(same(f"a bad escape {escape}", b'{"a":"%s"}' % escape.encode(), NO)
      for escape in ("\\x41", "\\'", "\\u12", "\\U0041", "\\u+041", "\\u 041", "\\u00_1", "\\")),
    # structure
    *(same(f"structure {body.decode()}", body, NO)
      for body in (b'{"a":1,}', b'{"a":[1,]}', b'{,"a":1}', b'{"a":1 "b":2}', b'{"a" 1}', b'{"a":}',
                   b"{a:1}", b"{'a':1}", b"{1:1}", b"{null:1}", b'{"a":1/**/}', b'{"a":1}//x',
                   b'{"a":[1}', b'{"a":1]', b'{"a":1', b'{"a":True}', b'{"a":tru}', b'{"a":nulll}',
                   b'{"a":undefined}', b"}", b"x")),
    # around
    same("nothing", b"", NO),
    same("white space alone", b" \n\t\r", NO),
    same("white space", b'\r\n {"a"\t:\n1} \r\n', a(1)),
    *(same(f"around {text!r}", b"%s" % text, NO)
      for text in (b'{"a":1}\0', b'\0{"a":1}', b'{"a":1}\f', b'\f{"a":1}', b'{"a":\v1}',
                   b'{"a":\xc2\xa01}', b'{"a":1}x', b'{"a":1}{"a":2}', b'{"a":1},', b'\x1e{"a":1}',
                   b')]}\'{"a":1}', b'data: {"a":1}')),
    # depth
    same("101 levels", b'{"a":' + NESTED[400:600] + b"}", a(json.loads(NESTED[400:600]))),
    Read("501 levels", b'{"a":' + NESTED + b"}", a(json.loads(NESTED)), NO, a(json.loads(NESTED)),
         _DEPTH),
    same("100,001 levels", b'{"a":' + VERY_DEEP + b"}", NO),
)  # fmt: skip
"""Every row is one decision: `sanitize_json` reads what Python's `json` reads, and as that."""


def read(reader: Callable[[bytes], Any], body: bytes) -> Any:
    """What a reader makes of the bytes, as Python would write it, or ``NO``."""
    try:
        return reader(body)
    except (ValueError, RecursionError, TypeError):
        return NO


def written(value: Any) -> str:
    """The value, told apart to the sign of a zero and the type of a number."""
    return repr(value)


@pytest.mark.parametrize("row", READ, ids=lambda row: row.name)
def test_who_reads_what(row: Read) -> None:
    """The bytes of each row are read by `json` and pydantic-core as it says; by us as by `json`."""
    assert written(read(json.loads, row.body)) == written(row.python)
    assert written(read(from_json, row.body)) == written(row.pydantic)
    assert written(read(decode, row.body)) == written(row.python)
    assert bool(row.why) == (len({written(v) for v in (row.python, row.pydantic, row.orjson)}) > 1)
    if row.python is NO:
        with pytest.raises(InvalidBodyError):
            sanitize_json(row.body)
    else:
        assert sanitize_json(row.body, keep=row.python.keys()) is row.body


@pytest.mark.full
@pytest.mark.parametrize("row", READ, ids=lambda row: row.name)
def test_what_orjson_reads(row: Read) -> None:
    """The same of orjson, which many clients write with and some servers read with."""
    orjson = pytest.importorskip("orjson", reason="orjson is not installed")
    assert written(read(orjson.loads, row.body)) == written(row.orjson)


@pytest.mark.parametrize("body", [b"[]", b'"a"', b"null", b"1", b"true"])
def test_json_that_is_no_object(body: bytes) -> None:
    """Every reader takes it, and a request is none."""
    assert read(from_json, body) == read(json.loads, body) is not NO
    assert read(decode, body) is NO


@pytest.mark.parametrize("row", [row for row in READ if row.python is not NO], ids=lambda r: r.name)
def test_what_is_read_is_written_for_every_reader(row: Read) -> None:
    """Read and written anew, in UTF-8, each row says the same to Python's `json` and to us."""
    body = encode(row.python)
    # Two surrogates beside each other are, as escapes, one character.
    expected = a("\U0001f600") if "CESU" in row.name else row.python
    assert written(json.loads(body.decode("utf-8"))) == written(expected)
    assert written(decode(body)) == written(expected)


# Bodies, and what becomes of them when some bytes are others.

_EDITS = (b"", b'"', b"\\", b",", b":", b"{", b"}", b"[", b"]", b"0", b"-", b"e9", b".", b"1", b"N",
          b"\0", b"\n", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\\u", b"NaN", b"1e999", b" ",
          b"\\ud800", b"null", b"9" * 30)  # fmt: skip


@st.composite
def near_json(draw: Any) -> bytes:
    """JSON with a few edits, which mostly leave none."""
    value = draw(st.dictionaries(st.text(max_size=3), json_values(6), max_size=3))
    text = json.dumps(
        value, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from((None, 1)))
    )
    body = text.encode(draw(st.sampled_from(("utf-8",) * 6 + ("utf-8-sig", "utf-16", "utf-32-be"))),
                       "surrogatepass")  # fmt: skip
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(body)))
        gone = draw(st.integers(0, 2))
        body = body[:at] + draw(st.sampled_from(_EDITS)) + body[at + gone :]
    return body


def leaves(value: Any) -> Iterator[Any]:
    """All texts, keys and numbers of a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


def is_lone(value: Any) -> bool:
    return isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value)


def has_surrogate(body: bytes) -> bool:
    """Whether a surrogate stands in the bytes themselves, or is escaped, alone or in a pair."""
    return b"\\ud" in body.lower() or b"\xed" in body


def beyond(value: Any) -> bool:
    """Whether it is an integer that 64 bits do not hold."""
    return isinstance(value, int) and not -(2**63) <= value < 2**64


def odd(body: bytes, value: Any, *, finite: bool) -> bool:
    """Whether another reader may refuse what Python's `json` reads, for a reason of the table."""
    found = list(leaves(value))
    return (
        json.detect_encoding(body) != "utf-8"
        or has_surrogate(body)
        or any(map(is_lone, found))
        or (finite and any(isinstance(v, float) and not math.isfinite(v) for v in found))
        or (finite and (b"NaN" in body or b"Infinity" in body or b"e9" in body.lower()))
        or (finite and any(beyond(v) and abs(v) > 1e308 for v in found))
    )


@law
@given(near_json())
@example(b'{"a":1e999}')
@example(b'{"a":1,"a":NaN}')
@example(b'{"\\ud800":1,"\\ud800":2}')
def test_readers_agree(body: bytes) -> None:
    """Ours reads as Python's `json` does; whatever pydantic-core reads is the same; what it does
    not read is a reason of the table.
    """
    value = read(json.loads, body)
    if isinstance(value, dict):
        assert written(read(decode, body)) == written(value)
    else:
        assert read(decode, body) is NO
    quick = read(from_json, body)
    if quick is not NO:
        assert written(quick) == written(value)
    elif value is not NO:
        assert odd(body, value, finite=False)


@pytest.mark.full
@law
@given(near_json())
def test_orjson_agrees(body: bytes) -> None:
    """orjson reads nothing that Python does not, reads it as the same up to integers beyond 64
    bits, and what it refuses is a reason of the table.
    """
    orjson = pytest.importorskip("orjson", reason="orjson is not installed")
    value, theirs = read(json.loads, body), read(orjson.loads, body)
    if theirs is NO:
        assert value is NO or odd(body, value, finite=True)
    else:
        assert json.dumps(narrowed(value)) == json.dumps(theirs)


def narrowed(value: Any) -> Any:
    """With integers beyond 64 bits as floats."""
    if isinstance(value, dict):
        return {key: narrowed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [narrowed(inner) for inner in value]
    return float(value) if beyond(value) else value


@pytest.mark.full
@law
@given(payloads())
def test_what_we_write_orjson_reads(payload: dict[Any, Any]) -> None:
    """What is written anew is read by orjson as the same, but for what JSON cannot say."""
    orjson = pytest.importorskip("orjson", reason="orjson is not installed")
    body = encode(sanitize(jsonpatch.plain(payload)))
    value, theirs = json.loads(body), read(orjson.loads, body)
    if theirs is NO:
        assert odd(body, value, finite=True)
    else:
        assert json.dumps(narrowed(value)) == json.dumps(theirs)
