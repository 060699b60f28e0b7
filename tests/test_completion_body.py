"""`CompletionBody`: a response's body mapped as it arrives, by the byte."""

from __future__ import annotations

import gzip
import json
import logging
import os
import zlib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_sanitize import CompletionStream, Report, to_openai
from mistral_sanitize.body import AdapterOptions, Exchange
from mistral_sanitize.completions import CompletionReport
from mistral_sanitize.completions.body import CompletionBody, Restoring, completion_body
from tests.completions import as_stream as cut
from tests.completions import (
    chunk,
    completion,
    content_lists,
    delta,
    foreign_calls,
    openai_completions,
    openai_streams,
    text,
    thinking,
    tool_call,
)
from tests.laws import law

ENDS = (b"\n", b"\r\n", b"\r")
DONE = b"data: [DONE]"
LIMIT = 1 << 20


def stream(coding: str = "", limit: int = LIMIT) -> CompletionBody:
    return CompletionBody(
        CompletionStream(), is_stream=True, content_encoding=coding, max_size=limit
    )


def whole(coding: str = "", limit: int = LIMIT) -> CompletionBody:
    return CompletionBody(
        CompletionStream(), is_stream=False, content_encoding=coding, max_size=limit
    )


def given_in(body: CompletionBody, *pieces: bytes) -> bytes:
    """What comes of these pieces."""
    return b"".join([*map(body.feed, pieces), body.close()])


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def events(chunks: list[Any], end: bytes = b"\n") -> bytes:
    """The chunks as a host sends them."""
    return b"".join(b"data: " + compact(each) + end * 2 for each in chunks) + DONE + end * 2


def single(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted(cut % (len(data) + 1) for cut in cuts)
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]


CUTS = st.lists(st.integers(0, 10_000), max_size=6)
STREAMS = content_lists.flatmap(cut) | foreign_calls().map(lambda drawn: drawn[1])
MISTRAL = [delta([thinking("Hm")]), delta([thinking()]), delta("Yes"), chunk({}, "model_length")]

LINES = st.sampled_from(
    [
        b"",
        b": keep-alive",
        b"event: message",
        b"id: 1",
        b"retry: 5",
        b"data",
        b"data:",
        b"data: [DONE]",
        b"data: {",
        b'{"object":"error","message":"Service tier capacity exceeded"}',
        b"data: " + compact(delta("Yes")),
        b"data: " + compact(delta([text("Yes")])),
        b"data:" + compact(delta([thinking("Hm")])),
        b"data:   " + compact(chunk({"tool_calls": [tool_call("null")]})) + b" ",
        b"data: \xff",
        b"\xef\xbb\xbfdata: 1",
    ]
)
ANY_STREAM = st.builds(
    lambda bom, lines, last: bom + b"".join(line + end for line, end in lines) + last,
    st.sampled_from([b"", b"\xef\xbb\xbf"]),
    st.lists(st.tuples(LINES, st.sampled_from(ENDS)), max_size=8),
    LINES,
)
"""Lines of all kinds with ends of all kinds, not all of them a stream that anybody sends."""


# -- streams ---------------------------------------------------------------------------------------


@law
@given(STREAMS, st.sampled_from(ENDS), CUTS)
@example(MISTRAL, b"\r", [])
def test_a_stream_of_bytes_is_its_chunks(chunks: list[Any], end: bytes, cuts: list[int]) -> None:
    """The bytes are those of the mapped chunks, and those of a chunk that is the same are too."""
    expected = b""
    for before, after in zip(chunks, to_openai(chunks), strict=True):
        expected += b"data: " + (compact(before) if before is after else compact(after)) + end * 2
    expected += DONE + end * 2
    assert expected == given_in(stream(), *pieces_of(events(chunks, end), cuts))


@law
@given(ANY_STREAM, CUTS)
@example(events(MISTRAL, b"\r\n"), [])
@example(b": a\r: b\n: c\n", [7])
def test_any_split_gives_the_same_bytes(data: bytes, cuts: list[int]) -> None:
    """However the body is cut, even by the byte, the result and the report are the same."""
    at_once, by_cuts, by_byte = stream(), stream(), stream()
    expected = given_in(at_once, data)
    assert expected == given_in(by_cuts, *pieces_of(data, cuts))
    assert expected == given_in(by_byte, *single(data))
    assert at_once.report.changes == by_byte.report.changes
    assert at_once.report.left == by_byte.report.left


@law
@given(ANY_STREAM, CUTS)
def test_any_split_with_a_limit(data: bytes, cuts: list[int]) -> None:
    """The same where some lines are too long to be held."""
    at_once, by_byte = stream(limit=40), stream(limit=40)
    assert given_in(at_once, data) == given_in(by_byte, *single(data))
    assert at_once.report.left == by_byte.report.left


@law
@given(openai_streams(), st.sampled_from(ENDS), CUTS)
def test_openai_shaped_streams_are_the_same_bytes(
    chunks: list[Any], end: bytes, cuts: list[int]
) -> None:
    """A stream in OpenAI's shape is the same bytes, however it is written."""
    data = b"".join(b"data:" + json.dumps(each).encode() + end + end for each in chunks)
    body = stream()
    assert data == given_in(body, *pieces_of(data, cuts))
    assert not body.report


def test_each_line_is_given_back_at_once() -> None:
    """What has ended is sent on with the piece that ends it; nothing but a rest is held."""
    body = stream()
    for each in MISTRAL:
        line = b"data: " + compact(each)
        assert body.feed(line[:9]) == b""
        assert body.feed(line[9:]) == b""
        assert body.feed(b"\n").endswith(b"}\n")
        assert body.feed(b"\n") == b"\n"
    assert body.feed(b": keep-alive\r") == b": keep-alive\r"
    assert body.feed(b"\n") == b"\n"
    assert body.feed(b"") == b""
    assert body.close() == b""


def test_a_line_feed_after_the_rest_of_a_line() -> None:
    """An LF that comes with the next piece ends the line that was held, not the CR before it."""
    assert given_in(stream(), b": a\r: b", b"\n: c\n") == b": a\r: b\n: c\n"
    assert given_in(stream(), b": a\r", b"\n: b\r", b"", b"\n") == b": a\r\n: b\r\n"


def test_a_last_line_without_an_end() -> None:
    """The data of a stream that ends without a line end is mapped; a second close gives nothing."""
    body = stream()
    assert body.feed(b"data: " + compact(delta([text("Yes")]))) == b""
    assert body.close() == b"data: " + compact(delta("Yes"))
    assert body.close() == b""


def test_lines_that_pass() -> None:
    """Comments, fields, data in several lines and bare errors are the same bytes."""
    mapped = compact(delta([text("Yes")]))
    for passing in (
        b": comment\n\n",
        b"event: completion\nid: 7\nretry: 1\n\n",
        b"data: first\ndata: " + mapped + b"\n\n",
        b"data: first\nevent: x\ndata: " + mapped + b"\n\n",
        b"data: " + mapped[:20] + b"\ndata: " + mapped[20:] + b"\n\n",
        b'{"object":"error","message":"Service tier capacity exceeded","code":"3505"}\n',
        b"DATA: " + mapped + b"\n\n",
        b"data " + mapped + b"\n\n",
        b"data: [" + mapped + b"]\n\n",
        b"data: " + mapped[:-1] + b"\n\n",
        b"data: \xff" + mapped + b"\n\n",
    ):
        assert passing == given_in(stream(), passing)
        near = given_in(stream(), passing + b"\ndata: " + mapped + b"\n\n")
        assert near == passing + b"\ndata: " + compact(delta("Yes")) + b"\n\n"


@pytest.mark.parametrize(
    "data",
    [
        b"data: " + compact(MISTRAL[0]) + b"X\n\n",
        b"data:X" + compact(MISTRAL[0]) + b"\n\n",
        b"x" + compact(MISTRAL[0]) + b"\n\n",
        compact(MISTRAL[0]) + b"\n\n",
        b"\n\xef\xbb\xbfdata: " + compact(MISTRAL[0]) + b"\n\n",
    ],
    ids=["behind", "in front", "another field", "no field", "a mark that is not the first"],
)
def test_lines_that_are_nearly_data(data: bytes) -> None:
    """Only JSON that is the whole value of a data line is mapped."""
    assert data == given_in(stream(), data)
    assert data == given_in(stream(), *single(data))


def test_data_without_a_space() -> None:
    """The space behind the colon may be left out."""
    given_ = b"data:" + compact(delta([text("a")])) + b"\n\n"
    assert b"data:" + compact(delta("a")) + b"\n\n" == given_in(stream(), given_)


def test_an_empty_piece_between_cr_and_lf() -> None:
    """It is one end of a line all the same, so that the event goes on."""
    second = b"\ndata: " + compact(delta([text("a")])) + b"\r\n\r\n"
    assert b"data: 1\r" + second == given_in(stream(), b"data: 1\r", b"", second)


def test_an_unfinished_line_of_just_the_limit() -> None:
    """So many bytes are held, one more is given back, and the rest of that line passes."""
    body = stream(limit=300)
    assert body.feed(b"\n") == b"\n"
    assert body.feed(b"x" * 300) == b""
    assert body.feed(b"x") == b"x" * 301
    rest = b"data: " + compact(delta([text("a")])) + b"\n"
    assert len(rest) < 300
    assert body.feed(rest) == rest
    assert body.feed(b"y" * 300) == b""
    assert given_in(body, b"y", b"\n") == b"y" * 301 + b"\n"
    assert [left.path for left in body.report.left] == [""]


def test_a_long_line_in_small_pieces() -> None:
    """The pieces of an unfinished line are counted together."""
    body = stream(limit=10)
    out = [body.feed(b"xxxx") for _ in range(4)]
    assert out == [b"", b"", b"x" * 12, b"xxxx"]


def test_a_byte_order_mark() -> None:
    """A mark in front of the first line stays there; anywhere else it is part of a field's name."""
    mapped, plain = compact(delta([text("Yes")])), compact(delta("Yes"))
    bom = b"\xef\xbb\xbf"
    line = bom + b"data: " + mapped + b"\n\n"
    assert given_in(stream(), line + line) == bom + b"data: " + plain + b"\n\n" + line


def test_a_line_that_is_too_long() -> None:
    """It passes, and is told; what comes after it is mapped again."""
    long = b"data: " + compact(delta([text("x" * 100)])) + b"\n\n"
    comment = b": " + b"x" * 500 + b"\n"
    short = b"data: " + compact(delta([text("Yes")])) + b"\n\n"
    mapped = b"data: " + compact(delta("Yes")) + b"\n\n"
    for pieces in ([long + comment + short], single(long + comment + short)):
        body = stream(limit=200)
        assert given_in(body, *pieces) == long + comment + mapped
        assert [left.path for left in body.report.left] == [""]
        assert body.report
    exact = b"data: " + compact(delta([text("Yes")]))
    assert given_in(stream(limit=len(exact)), *single(exact)) == mapped.rstrip(b"\n")
    assert given_in(stream(limit=len(exact) - 1), *single(exact)) == exact


def test_data_after_a_long_line_of_the_same_event() -> None:
    """A long data line is data all the same: what continues it passes too."""
    mapped = b"data: " + compact(delta([text("Yes")])) + b"\n\n"
    long = b"data: " + b"x" * 300 + b"\n" + mapped
    for pieces in ([long], single(long)):
        assert given_in(stream(limit=200), *pieces) == long


# -- whole bodies ----------------------------------------------------------------------------------


@law
@given(content_lists, CUTS)
def test_whole_bodies(content: list[Any], cuts: list[int]) -> None:
    """A JSON body is mapped at its end, and nothing of it is sent before."""
    given_ = completion(content)
    body = whole()
    assert not body.is_stream
    for piece in pieces_of(compact(given_), cuts):
        assert body.feed(piece) == b""
    assert to_openai(given_) == json.loads(body.close())
    assert "content-length" in body.stale_headers
    assert "content-encoding" not in body.stale_headers


@law
@given(openai_completions(), st.sampled_from([None, 1]), st.sampled_from(["", "gzip", "deflate"]))
def test_whole_bodies_in_openai_s_shape(given_: Any, indent: int | None, coding: str) -> None:
    """A body that needs nothing is the same bytes, in its coding, and so are its headers."""
    data = json.dumps(given_, indent=indent).encode()
    data = {"": bytes, "gzip": gzip.compress, "deflate": zlib.compress}[coding](data)
    body = whole(coding)
    assert data == given_in(body, data)
    assert body.stale_headers == frozenset()
    assert not body.report


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b'"choices"', b"\xff", "\ufeff{".encode(), json.dumps({}).encode("utf-16"),
     compact(completion([text("a")])).decode().encode("utf-16")],
    ids=repr,
)  # fmt: skip
def test_whole_bodies_that_pass(data: bytes) -> None:
    """What is no JSON object in UTF-8 is the same bytes."""
    body = whole()
    assert data == given_in(body, data)
    assert not body.stale_headers


def test_a_mark_in_front_of_a_whole_body() -> None:
    """A byte order mark does not hide a completion; RFC 8259 has it not sent again."""
    data = b"\xef\xbb\xbf" + compact(completion([text("a")]))
    assert compact(completion("a")) == given_in(whole(), data)


def test_a_whole_body_that_is_too_large() -> None:
    """It passes as it arrives, and is told."""
    data = compact(completion([text("a")]))
    body = whole(limit=len(data) - 1)
    assert data == given_in(body, *single(data), b"")
    assert not body.stale_headers
    assert [left.path for left in body.report.left] == [""]
    assert compact(completion("a")) == given_in(whole(limit=len(data)), data)


def test_a_completion_too_deep_to_write() -> None:
    """What cannot be written anew stays as it is."""
    deep = b"[" * 400 + b"]" * 400
    data = compact(completion([text("a")]))[:-1] + b',"deep":' + deep + b"}"
    new = given_in(whole(), data)
    assert json.loads(new)["choices"][0]["message"]["content"] == "a"
    deep = b"[" * 100_000 + b"]" * 100_000
    data = compact(completion([text("a")]))[:-1] + b',"deep":' + deep + b"}"
    assert data == given_in(whole(), data)


# -- content codings -------------------------------------------------------------------------------


def raw_deflate(data: bytes) -> bytes:
    pressed = zlib.compressobj(wbits=-15)
    return pressed.compress(data) + pressed.flush()


CODED = {
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[:9]) + gzip.compress(data[9:]) + b"\0\0",
    "deflate": zlib.compress,
    " Deflate ": raw_deflate,
}


@pytest.mark.parametrize("coding", CODED)
def test_codings(coding: str) -> None:
    """gzip and deflate are undone, however they are cut, and what is mapped has no coding."""
    plain = given_in(stream(), events(MISTRAL))
    coded = CODED[coding](events(MISTRAL))
    for pieces in ([coded], single(coded), [b"", coded, b""]):
        body = stream(coding)
        assert plain == given_in(body, *pieces)
        assert body.stale_headers >= {"content-encoding", "content-length"}
    body = whole(coding)
    assert compact(completion("a")) == given_in(
        body, *single(CODED[coding](compact(completion([text("a")]))))
    )
    assert body.stale_headers >= {"content-encoding", "content-length", "etag", "digest"}


def test_which_deflate() -> None:
    """The wrapper of zlib is known by both of its bytes: raw deflate may begin like half of one."""
    data = compact(completion([text("a")]))
    # 0 and 31 are a multiple of 31, and 8 is the number of the method (RFC 1950, 2.2)
    for first, size in ((0, 31), (8, 23)):
        head = bytes([first, size, 0, size ^ 0xFF, 0xFF])  # a block that is not compressed
        coded = head + data[:size] + raw_deflate(data[size:])
        assert compact(completion("a")) == given_in(whole("deflate"), coded)


def test_a_long_coded_body_in_one_piece() -> None:
    """What is undone slice by slice is the whole of it."""
    data = compact(completion([text(os.urandom(20_000).hex())]))
    for coding in ("gzip", "deflate"):
        new = given_in(whole(coding), CODED[coding](data))
        assert new == compact(to_openai(json.loads(data)))


def test_what_stands_behind_a_member() -> None:
    """Zeros, however they are cut; anything else is no gzip."""
    event = b"data: " + compact(delta("a")) + b"\n\n"
    assert event == given_in(stream("gzip"), gzip.compress(event) + b"\0", b"\0", b"\0\0")
    with pytest.raises(ValueError, match="not in its content coding"):
        given_in(stream("gzip"), gzip.compress(event) + b"XXX")


def test_a_piece_of_just_the_limit() -> None:
    """So many bytes pass, and no more."""
    event = b"data: " + compact(delta("a")) + b"\n\n"
    assert event == given_in(stream("gzip", limit=len(event)), gzip.compress(event))
    with pytest.raises(ValueError, match="too large"):
        stream("gzip", limit=len(event) - 1).feed(gzip.compress(event))


def test_a_coded_stream_is_given_back_as_it_is_flushed() -> None:
    """An event that a host has flushed is not held until the next one."""
    pressed = zlib.compressobj(wbits=31)
    body = stream("gzip")
    for each in MISTRAL:
        line = b"data: " + compact(each) + b"\n\n"
        assert body.feed(pressed.compress(line) + pressed.flush(zlib.Z_SYNC_FLUSH))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br", "of_tomorrow"])
def test_other_codings_pass(coding: str) -> None:
    """A body in another coding is the same bytes, and told; its headers hold."""
    for body in (stream(coding), whole(coding)):
        assert given_in(body, b"\x01", b"\x02") == b"\x01\x02"
        assert not body.stale_headers
        assert [left.path for left in body.report.left] == [""]


def test_bodies_that_are_not_in_their_coding() -> None:
    """A whole one passes; of a stream it is an error, as for any client that inflates it."""
    data = compact(completion([text("a")]))
    assert data == given_in(whole("gzip"), data)
    assert gzip.compress(data) + b"xyz" == given_in(whole("gzip"), gzip.compress(data) + b"xyz")
    with pytest.raises(ValueError, match="not in its content coding"):
        stream("gzip").feed(data)


def test_a_bomb() -> None:
    """No piece is inflated beyond the limit."""
    bomb = gzip.compress(b"x" * (1 << 20))
    body = whole("gzip", limit=1 << 16)
    assert bomb == given_in(body, bomb)
    assert [left.path for left in body.report.left] == [""]
    with pytest.raises(ValueError, match="too large"):
        stream("gzip", limit=1 << 16).feed(bomb)
    many = gzip.compress(b"x" * 60_000) * 2
    assert many == given_in(whole("gzip", limit=1 << 16), many)


# -- which responses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind", "reads"),
    [
        (200, "application/json", True),
        (200, "Application/JSON; charset=utf-8", True),
        (200, "text/event-stream; charset=utf-8", True),
        (201, "application/json", False),
        (400, "application/json", False),
        (429, "text/event-stream", False),
        (200, "text/html", False),
        (200, "", False),
    ],
)
def test_which_responses(status: int, kind: str, reads: bool) -> None:
    """A 200 with JSON or an event stream may hold a completion; errors and all else pass."""
    body = completion_body(
        CompletionStream(), status=status, content_type=kind, content_encoding="", max_size=LIMIT
    )
    assert (body is not None) == reads
    if body is not None:
        assert body.is_stream == ("event-stream" in kind)


def test_how_a_response_is_read() -> None:
    """Its type may have parameters and spaces, and its coding is undone."""
    data = compact(completion([text("a")]))
    body = completion_body(
        CompletionStream(), status=200, content_type="application/json ; charset=utf-8",
        content_encoding="gzip", max_size=LIMIT,
    )  # fmt: skip
    assert body is not None
    assert body.stale_headers == frozenset()  # nothing is known before the end
    assert given_in(body, gzip.compress(data)) == compact(completion("a"))


def test_on_close_is_for_what_there_is_to_say() -> None:
    """It is called with what was changed or left, and not where there is nothing."""
    said: list[CompletionReport] = []
    for content in ("a", [text("a")]):
        body = CompletionBody(
            CompletionStream(), is_stream=False, max_size=LIMIT, on_close=said.append
        )
        given_in(body, compact(completion(content)))
    assert [len(report.changes) for report in said] == [1]


def test_restoring() -> None:
    """With nothing but `restore`, names and ids are the caller's, and the rest is Mistral's."""
    report = Report({}, (), _names=(("ns_add", "ns.add"),))
    given_ = completion([text("a")], tool_call("null", "ns_add"))
    body = CompletionBody(Restoring(report), is_stream=False, max_size=LIMIT)
    expected = completion([text("a")], tool_call("null", "ns.add"))
    assert compact(expected) == given_in(body, compact(given_))
    assert not body.report


def test_the_report() -> None:
    """It says what was changed and left, without values."""
    body = stream()
    given_in(body, events([*MISTRAL, chunk({}, "error")]))
    assert {change.rule for change in body.report.changes} == {
        "completion-content", "completion-thinking", "completion-finish-reason"
    }  # fmt: skip
    assert all(change.before is None and change.after is None for change in body.report.changes)
    assert [left.path for left in body.report.left] == ["/choices/0/finish_reason"]
    assert body.report.completion is None


# -- what adapters do with it ----------------------------------------------------------------------

CALL = {"type": "function", "function": {"name": "ns.add", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "ns.add", "parameters": {"type": "object"}}}
ASKED = {
    "model": "mistral-small-latest",
    "messages": [
        {"role": "user", "content": "1+1?"},
        {"role": "assistant", "content": "", "tool_calls": [{**CALL, "id": "call_1"}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "2"},
    ],
    "tools": [TOOL],
}


def exchange(path: str = "/v1/chat/completions", **options: Any) -> Exchange:
    found = AdapterOptions(**options).exchange("POST", path, "application/json")
    assert found is not None
    return found


def test_off_by_default() -> None:
    """Without an option no response is read, and none for an endpoint that has no completions."""
    sent = [exchange().clean(compact(ASKED))]
    assert exchange().completion(sent, 200, "application/json") is None
    assert not exchange().reads_completions
    embeddings = exchange("/v1/embeddings", completions="openai", restore=True)
    assert not embeddings.reads_completions
    assert embeddings.completion(sent, 200, "application/json") is None
    assert exchange(restore=True).completion([], 200, "application/json") is None
    assert exchange(completions="openai").completion([], 500, "application/json") is None


@pytest.mark.parametrize("options", [{"restore": True}, {"restore": True, "completions": "openai"}])
def test_names_and_ids_of_what_was_sent(options: Any) -> None:
    """Names and ids lead back through all that became of the request: to the caller's own."""
    found = exchange(**options)
    first = found.clean(compact(ASKED))
    assert first.report is not None
    sent_name = first.report.payload["tools"][0]["function"]["name"]
    sent_id = first.report.payload["messages"][2]["tool_call_id"]
    second = Report({}, (), (("again", sent_name), ("other", "x.y")), (("AAAAAAAAA", sent_id),))
    clean = found.clean(compact(first.report.payload))
    body = found.completion([first, clean, second], 200, b"application/json", b"identity")
    assert body is not None
    calls = [("AAAAAAAAA", "again"), (sent_id, sent_name), ("BBBBBBBBB", "other")]
    given_ = completion("", *(tool_call(id_, name, type="function") for id_, name in calls))
    told = json.loads(given_in(body, compact(given_)))["choices"][0]["message"]["tool_calls"]
    assert [(call["id"], call["function"]["name"]) for call in told] == [
        ("call_1", "ns.add"), ("call_1", "ns.add"), ("BBBBBBBBB", "x.y")
    ]  # fmt: skip


def test_a_completion_is_announced(caplog: pytest.LogCaptureFixture) -> None:
    """What was done is logged by rule and place, and `on_completion` is told, once, at the end."""
    told: list[CompletionReport] = []
    found = exchange(completions="openai", on_completion=told.append)
    with caplog.at_level(logging.INFO, "mistral_sanitize"):
        body = found.completion([], 200, "text/event-stream")
        assert body is not None
        body.feed(events([*MISTRAL, chunk({}, "error")]))
        assert told == []
        body.close()
        body.close()
    assert len(told) == 1
    assert told[0].lossy
    assert "/choices/0/delta/content [completion-content]" in caplog.text
    assert "left /choices/0/finish_reason" in caplog.text
    assert "Hm" not in caplog.text
    caplog.clear()
    quiet = exchange(completions="openai").completion([], 200, "text/event-stream")
    assert quiet is not None
    given_in(quiet, events(MISTRAL))
    assert caplog.text == ""


@pytest.mark.parametrize(
    "wrong", [{"completions": "mistral"}, {"restore": 1}, {"on_completion": "log"}], ids=str
)
def test_wrong_options(wrong: Any) -> None:
    """A value that is none of an option's is an error that names the option."""
    with pytest.raises(TypeError, match=next(iter(wrong))):
        AdapterOptions(**wrong)
