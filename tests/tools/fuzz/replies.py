"""What is fuzzed of the way back: completions, streams and refusals through gateways.

The judges are not the code that is judged: a body cut anywhere is held against the same body in one
piece, a stream against its chunks one by one, a wrapped refusal against the bare one.
"""

from __future__ import annotations

import copy
import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from mistral_sanitize import CompletionStream, Report, to_openai
from mistral_sanitize.completions import explain_completion, restore
from mistral_sanitize.completions.body import CompletionBody, Mapper, Restoring
from mistral_sanitize.validation.refusals import repair_refused
from tests import jsonpatch
from tests.test_envelopes import READ, WRAPPERS, parsed
from tests.tools.fuzz import grammar
from tests.tools.fuzz.grammar import Choices
from tests.tools.fuzz.laws import cure_laws, depth, judged, private, text

__all__ = ["READ", "TARGETS", "stream_seeds"]

Json = dict[str, Any]

REPORT: Final = Report({}, (), _names=(("f", "ns.f"),), _ids=(("KyZd4gR9T", "call_1"),))
_SHALLOW = 100
_LIMITS: Final = (1 << 20, 40, 300)

# -- completions -------------------------------------------------------------------------------


def completion_laws(given: Any, report: Report | None) -> None:
    """`to_openai` is total, pure, complete and once; `restore` too; a list is its chunks."""
    before = text(given)
    told = explain_completion(given, report)
    new = told.completion
    assert text(given) == before, "pure"
    private(repr(told), *told.left, *map(repr, told.changes))
    assert (new is given) == (text(new) == before), "quiet"
    assert (new is given) == (not told.changes), "untold"
    # Mistral uses the names that it was sent. One that has the caller's too, for the same call,
    # says two names until they are restored, and one from then on.
    assert to_openai(new) is new or _is_restored(given, report), "once"
    assert text(to_openai(given, report)) == text(new), "another result"
    patch = [{"op": c.op, "path": c.path, "value": c.after} for c in told.changes]
    assert text(jsonpatch.apply(given, patch)) == text(new), "complete"
    if isinstance(given, list):
        stream = CompletionStream(report)
        assert text([stream.chunk(each) for each in given]) == text(new), "a list is its chunks"
        assert {c.rule for c in stream.changes} == {c.rule for c in told.changes}
    if report is not None:
        again = restore(new, report)
        assert again is new or _twice(report), "restored again"


def _is_restored(given: Any, report: Report | None) -> bool:
    """Whether a reply has a name or an id that is the caller's, and was not sent."""
    said = text(given)
    mine = () if report is None else (*report.names.values(), *report.ids.values())
    return any(json.dumps(each) in said for each in mine)


def _twice(report: Report) -> bool:
    """Whether a name of the caller's is a new name too: then a second mapping is another one."""
    table: Json = {**report.names, **report.ids}
    return any(value in table for value in table.values())


# -- bodies ------------------------------------------------------------------------------------

_PRESSED: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "": bytes,
    "identity": bytes,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "x-gzip": grammar._members,
    "deflate": zlib.compress,
    "Deflate ": grammar._raw_deflate,
    "br": bytes,
}
_CODINGS: Final = tuple(_PRESSED)


def _body(mapper: Mapper, *, is_stream: bool, coding: str, limit: int) -> CompletionBody:
    return CompletionBody(mapper, is_stream=is_stream, content_encoding=coding, max_size=limit)


def _given_in(body: CompletionBody, pieces: Sequence[bytes]) -> tuple[bytes, bool]:
    """What comes of these pieces, and whether all were read."""
    out: list[bytes] = []
    try:
        out += map(body.feed, pieces)
    except ValueError as error:
        private(error)
        return b"".join(out), False
    return b"".join([*out, body.close()]), True


def _mapper(restoring: bool, report: Report | None) -> Mapper:
    return Restoring(REPORT) if restoring else CompletionStream(report)


def split_laws(
    data: bytes, cuts: Sequence[int], *, is_stream: bool, coding: str, limit: int, kind: int
) -> None:
    """Any split of a body gives the same bytes, the same report and the same headers."""
    report = REPORT if kind & 1 else None
    made = [
        _body(_mapper(kind & 2 > 0, report), is_stream=is_stream, coding=coding, limit=limit)
        for _ in range(3)
    ]
    at = sorted(cut % (len(data) + 1) for cut in cuts)
    pieces = [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]
    single = [data[at : at + 1] for at in range(len(data))]
    ways = [_given_in(made[0], [data]), _given_in(made[1], pieces), _given_in(made[2], single)]
    private(*(repr(body.report) for body in made))
    inflated = coding.strip().lower() not in ("", "identity", "br")
    if inflated and (is_stream or limit != _LIMITS[0]):
        # The limit is of a piece, and what was read before a fault has been sent by then.
        whole, ok = ways[0]
        if ok and limit == _LIMITS[0]:
            assert ways[1:] == [(whole, True)] * 2, "a split gives other bytes"
        return
    assert ways[1] == ways[0], "a split gives other bytes"
    assert ways[2] == ways[0], "a split by the byte gives other bytes"
    assert all(body.report.changes == made[0].report.changes for body in made), "other changes"
    assert all(body.report.left == made[0].report.left for body in made), "other things are left"
    assert all(body.stale_headers == made[0].stale_headers for body in made), "other headers"
    if not made[0].report.changes and not made[0].stale_headers:
        assert ways[0][0] == data, "a body that was not changed is other bytes"


def completion_bytes(data: bytes) -> None:
    c = Choices(data)
    how, coding, limit = c.below(8), c.pick(_CODINGS), c.pick(_LIMITS)
    cuts = [c.below(60_000) for _ in range(4)]
    rest = c.rest()
    split_laws(rest, cuts, is_stream=how & 4 > 0, coding=coding, limit=limit, kind=how)
    reply = judged(rest)
    if reply is not None and depth(reply) <= _SHALLOW:
        completion_laws(reply, REPORT if how & 1 else None)


_ENDS: Final = (b"\n", b"\r\n", b"\r")
_LINES: Final = (
    b": keep-alive", b"event: message", b"id: 1", b"data", b"data:", b"data: [DONE]", b"data: {",
    b'{"object":"error","message":"Service tier capacity exceeded"}', b"data: \xff", b"",
    b"\xef\xbb\xbfdata: 1", b"retry: 5", b"data: \xe2\x80\xa8", b"data: 1\x0bdata: {}",
)  # fmt: skip
_SAID: Final[Sequence[Any]] = (
    "a", "", None, [], "𝄞", {"type": "text", "text": "#c1#"}, {"type": "text", "text": ""},
    {"type": "text", "text": "b", "annotations": []}, {"type": "text", "text": 5}, "#c2#",
    {"type": "thinking", "thinking": "#c3#"},
    {"type": "thinking", "thinking": [{"type": "text", "text": "#c4#"}], "closed": True},
    {"type": "thinking", "thinking": [{"type": "text", "text": "x"}], "signature": "s"},
    {"type": "thinking", "thinking": ["x", {"type": "reference", "reference_ids": [1]}]},
    {"type": "thinking", "thinking": None}, {"type": "reference", "reference_ids": [0, "d"]},
    {"type": "image_url", "image_url": "https://example.org/i.png"}, {"type": "of_tomorrow"},
    {"type": "tool_reference", "tool": "web_search"}, {}, 7, True,
)  # fmt: skip
_REASONS: Final = ("stop", "length", "model_length", "tool_calls", "error", None, 3, "")
_CALL_IDS: Final = ("KyZd4gR9T", "D681PevKs", "null", "", "call_1", None, 3, "toolcall0")
_CALL_NAMES: Final = ("f", "g", "", "ns.f", None, 3)
_PIECES: Final[Sequence[Any]] = (
    "{}",
    '{"a":',
    '"b"}',
    "",
    {"a": 1},
    {},
    None,
    [1],
    float("inf"),
    "#c5#",
)


_EXTRA: Final[Sequence[Any]] = (
    {}, {"mistral": {}}, {"mistral": {"chunks": []}}, {"google": 1}, None, 3, {"mistral": None},
    {"mistral": {"chunks": [{"at": 0, "chunk": {}}]}},
)  # fmt: skip


def _call(c: Choices) -> Any:
    if c.below(12) == 11:
        return grammar._any(c, 4)
    made: Json = {"function": {"name": c.pick(_CALL_NAMES), "arguments": c.pick(_PIECES)}}
    given = c.below(16)
    if given & 1 == 0:
        made["id"] = c.pick(_CALL_IDS)
    if given & 2:
        made["index"] = c.pick((0, 1, 2, None, -1, True, 10**9, "0", 1.0))
    if given & 4:
        made["type"] = c.pick(("function", None, "custom"))
    if given == 15:
        made["function"].pop(c.pick(("name", "arguments")))
    return made


def _message(c: Choices) -> Any:
    if c.below(16) == 15:
        return grammar._any(c, 3)
    made: Json = {}
    kind = c.below(4)
    if kind == 0:
        made["content"] = c.pick(_SAID)
    elif kind < 3:
        made["content"] = [copy.deepcopy(c.pick(_SAID)) for _ in range(c.below(5))]
    if c.below(3) == 0:
        made["tool_calls"] = [_call(c) for _ in range(c.below(4))]
    if c.below(8) == 7:
        made["reasoning_content"] = c.pick(("", "#c6#", None, [], 3))
    if c.below(8) == 7:
        made["extra_content"] = copy.deepcopy(c.pick(_EXTRA))
    if c.below(12) == 11:
        made[c.pick(("role", "tool_calls", "content", "refusal", "prefix"))] = grammar._any(c, 4)
    return made


def _reply(c: Choices, key: str) -> Any:
    if c.below(24) == 23:
        return grammar._any(c, 2)
    choices: list[Any] = []
    for position in range(1 + c.below(3)):
        index = c.pick((position, 0, None, "1", -1, 3))
        choice: Any = {"index": index, key: _message(c), "finish_reason": c.pick(_REASONS)}
        choices.append(choice if c.below(16) < 15 else grammar._any(c, 3))
    return {"id": c.pick(("c1", None, 3)), "object": "chat.completion", "choices": choices}


def _written(c: Choices, value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=c.below(2) == 0).encode("utf-8", "surrogatepass")
    except ValueError:
        return b"{"


def completion_grammar(data: bytes) -> None:
    c = Choices(data)
    how = c.below(8)
    if how < 2:
        completion_laws(_reply(c, "message"), REPORT if how else None)
        return
    chunks = [_reply(c, "delta") for _ in range(1 + c.below(4))]
    if how < 4:
        completion_laws(chunks, REPORT if how & 1 else None)
        return
    body = _written(c, _reply(c, "message"))
    is_stream = how > 4
    if is_stream:
        body = c.pick((b"", b"\xef\xbb\xbf", b"\n"))
        for chunk in chunks:
            if c.below(4) == 3:
                body += c.pick(_LINES) + c.pick(_ENDS)
            end = c.pick(_ENDS)
            body += c.pick((b"data: ", b"data:", b"data:  ")) + _written(c, chunk)
            body += end * c.pick((2, 1, 0))
    coding, limit = c.pick(_CODINGS), c.pick(_LIMITS)
    pressed = _PRESSED[coding](body)
    if c.below(6) == 5:
        pressed = pressed[: c.below(len(pressed) + 1)] + c.rest()[:8]
    cuts = [c.below(60_000) for _ in range(3)]
    split_laws(pressed, cuts, is_stream=is_stream, coding=coding, limit=limit, kind=c.below(4))


def stream_seeds() -> list[bytes]:
    """Bodies of ``completion.bytes``: streams and completions of Mistral's, in each coding."""
    said: list[Json] = [
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}]},
        {"content": [{"type": "text", "text": "a"}, {"type": "reference", "reference_ids": [1]}]},
        {"tool_calls": [{"id": "KyZd4gR9T", "function": {"name": "f", "arguments": {"a": 1}}}]},
    ]
    whole = [{"id": "c", "choices": [{"index": 0, "message": each}]} for each in said]
    chunks = [{"id": "c", "choices": [{"index": 0, "delta": each}]} for each in said]
    stream = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks)
    found = []
    for coding, press in enumerate(_PRESSED.values()):
        head = bytes([coding, 0]) + bytes(8)
        found.append(b"\4" + head + press(stream + b"data: [DONE]\n\n"))
        found += [b"\0" + head + press(json.dumps(each).encode()) for each in whole]
    return found


# -- refusals through gateways -----------------------------------------------------------------


@cache
def _bare(index: int) -> Any:
    return parsed(READ[index].body)


def _told(report: Report | None) -> list[tuple[Any, ...]] | None:
    return None if report is None else [(c.op, c.path, c.rule, c.after) for c in report.changes]


def envelope_laws(payload: Json, status: int, bare: Any, wraps: Sequence[int]) -> None:
    """A refusal in any nesting of gateways' envelopes has the cure of the bare one."""
    body = bare
    for wrap in wraps:
        body = WRAPPERS[wrap % len(WRAPPERS)](body)
    written = body if isinstance(body, str) else json.dumps(body)
    same = _told(repair_refused(payload, status, written.encode("utf-8", "replace")))
    assert same == _told(repair_refused(payload, status, bare)), "another cure in an envelope"


def refusal_bytes(data: bytes) -> None:
    """A row of our table; its response wrapped, and at times damaged."""
    c = Choices(data)
    index = c.below(len(READ))
    case, bare = READ[index], _bare(index)
    wraps = [c.below(len(WRAPPERS)) for _ in range(c.below(6))]
    rest = c.rest()
    if not rest:
        envelope_laws(case.payload, case.status, bare, wraps)
        return
    body = bare
    for wrap in wraps:
        body = WRAPPERS[wrap](body)
    written = (body if isinstance(body, str) else json.dumps(body)).encode()
    at = int.from_bytes(rest[:2], "big") % (len(written) + 1)
    damaged = written[:at] + rest[3:] + written[at + (rest[2] if len(rest) > 2 else 0) :]
    cure_laws(case.payload, case.status, damaged)


def refusal_grammar(data: bytes) -> None:
    """A drawn response about a drawn request, wrapped, as text, bytes or parsed."""
    c = Choices(data)
    payload = grammar.payload(c, grammar.options(c))
    status = c.pick((422, 400))
    body = grammar.any_answer(c, payload)
    if isinstance(body, bytes):
        body = body.decode("utf-8", "replace")
    try:
        json.dumps(body)
    except ValueError:  # an integer that no text has
        body = "{"
    for _ in range(c.below(5)):
        body = c.pick(WRAPPERS)(body)
    form = c.below(3)
    if form and not isinstance(body, str):
        body = json.dumps(body)
    if form == 2:
        body = body.encode("utf-8", "surrogatepass")
    cure_laws(payload, status, body)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "completion.bytes": completion_bytes,
    "completion.grammar": completion_grammar,
    "refusal.bytes": refusal_bytes,
    "refusal.grammar": refusal_grammar,
}
