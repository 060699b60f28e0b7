"""`body`: rows of a table where there is a table, laws where there is a law."""

from __future__ import annotations

import gzip
import importlib
import io
import json
import logging
import random
import sys
import tracemalloc
import zlib
from array import array
from collections.abc import Callable
from dataclasses import FrozenInstanceError, fields
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mistral_sanitize import Report, Sanitizer, body
from mistral_sanitize.body import (
    FRAMING_HEADERS,
    MAX_SIZE,
    STALE_HEADERS,
    AdapterOptions,
    ErrorResponse,
    Exchange,
    Result,
    applies,
    gather,
    sanitize_body,
)
from mistral_sanitize.models import ENDPOINTS

CHAT = "/v1/chat/completions"
SANITIZER = Sanitizer()
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "h\u00e9llo \u20ac \U0001f600"}],
}
CLEAN_TEXT = json.dumps(PAYLOAD, indent=1, ensure_ascii=False)
DIRTY_TEXT = json.dumps({**PAYLOAD, "user": "u1"}, ensure_ascii=False)
CLEAN, DIRTY = CLEAN_TEXT.encode(), DIRTY_TEXT.encode()


def run(body: bytes, content_type: str = "", coding: str = "", **more: Any) -> Result:
    return sanitize_body(
        body, sanitizer=SANITIZER, content_type=content_type, content_encoding=coding, **more
    )


# Is it ours? ---------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "around",
    ["{}", "/proxy{}", "/a/b{}", "{}/", "{}//", "{}?a=b", "{}?a=/v1/x", "{}#stream", "{}/?a#b"],
)
def test_the_end_of_the_path_is_the_endpoint(endpoint: str, around: str) -> None:
    """Whatever stands before `/v1`, and the query, fragment and slash at the end do not count."""
    assert applies("POST", around.format(endpoint)) == endpoint
    assert applies("post", "https://api.mistral.ai" + around.format(endpoint)) == endpoint


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", CHAT),
        ("PUT", CHAT),
        ("OPTIONS", CHAT),
        ("", CHAT),
        ("POST", ""),
        ("POST", "/"),
        ("POST", "/v1/chat/completions/x"),
        ("POST", "/v1/chat/completionsX"),
        ("POST", "/chat/completions"),
        ("POST", "/xv1/chat/completions"),
        ("POST", "/v1/conversations"),
        ("POST", "/?x=/v1/chat/completions"),
        ("POST", "/#/v1/chat/completions"),
    ],
)
def test_all_else_is_not_ours(method: str, path: str) -> None:
    """Other methods, and paths that only look like it."""
    assert applies(method, path) is None


@pytest.mark.parametrize(
    ("content_type", "ours"),
    [
        (None, True),
        ("", True),
        ("application/json", True),
        (b"application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/vnd.api+json", True),
        ("text/json", True),
        ("text/plain; charset=utf-8", True),
        ("application/octet-stream", True),
        ("application/x-www-form-urlencoded", True),
        ("application/json, application/json", True),
        (b"text/html, application/json", True),
        ("application/json; charset=utf-8, application/xml", True),
        ("multipart/form-data; boundary=x", False),
        ('multipart/form-data; boundary=", application/json"', False),
        ("application/xml, text/html", False),
        ("application/xml", False),
        ("application/json-seq", False),
        ("image/png", False),
    ],
)
def test_content_types(content_type: str | bytes | None, ours: bool) -> None:
    """JSON's types, none, and those that clients put where the user gave none."""
    assert (applies("POST", CHAT, content_type) == CHAT) is ours


@given(st.text(), st.text(), st.one_of(st.none(), st.text(), st.binary()))
def test_applies_is_total(method: str, path: str, content_type: str | bytes | None) -> None:
    """Any three strings have an answer, and it is an endpoint or none."""
    assert applies(method, path, content_type) in {None, *ENDPOINTS}


# Bodies in all the forms that clients take ---------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"ab", b"ab"),
        ("\u00e9", b"\xc3\xa9"),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"ab"), b"ab"),
        (array("b", b"ab"), b"ab"),
        (io.BytesIO(b"ab"), b"ab"),
        (io.StringIO("\u00e9"), b"\xc3\xa9"),
        (iter([b"a", "b", bytearray(b"c")]), b"abc"),
        ([], b""),
        (None, None),
        (object(), None),
    ],
)
def test_gather(body: object, expected: bytes | None) -> None:
    """Bytes, text, buffers, files and iterables become bytes; the rest is nothing of ours."""
    assert gather(body) == expected


def test_gather_gives_bytes_back_as_they_are() -> None:
    """Not a copy: the identity of the body is how an adapter knows that nothing happened."""
    assert gather(CLEAN) is CLEAN


def test_gather_of_what_no_client_sends() -> None:
    """A list of numbers would be lost in silence."""
    with pytest.raises(TypeError):
        gather([1, 2])


# Charsets ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"]
)
def test_json_encodings(charset: str) -> None:
    """JSON's own encodings are told by their bytes, and kept; a BOM is not written for UTF-8."""
    clean, dirty = CLEAN_TEXT.encode(charset), DIRTY_TEXT.encode(charset)
    assert run(clean).body is clean
    result = run(dirty, "application/json; charset=latin-1")
    assert json.loads(result.body.decode(charset)) == PAYLOAD
    assert result.body.startswith(b"\xef") is False


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "ISO-8859-1", '"latin1"', "latin-1", "windows-1252", "cp1252"]
)
def test_declared_charsets(label: str) -> None:
    """A charset is believed where UTF-8 is ruled out; what it lacks is written as an escape."""
    payload = {**PAYLOAD, "messages": [{"role": "user", "content": "h\u00e9llo"}]}
    kind = f"application/json; charset={label}"
    clean = json.dumps(payload, ensure_ascii=False).encode("latin-1")
    assert run(clean, kind).body is clean
    escaped = (
        '{"user":"u", "x\u00e9":1, "messages":[{"role":"user","content":"\u00e9\\ud83d\\ude00"}]}'
    )
    result = run(escaped.encode("latin-1"), kind)
    assert result.body.isascii()
    assert json.loads(result.body)["messages"][0]["content"] == "\u00e9\U0001f600"


def test_utf8_wins_over_the_label() -> None:
    """RFC 8259: JSON is UTF-8, whatever a label says that nobody looks at."""
    assert json.loads(run(DIRTY, "application/json; charset=latin-1").body) == PAYLOAD


@pytest.mark.parametrize("label", ["utf-7", "rot13", "idna", "nonsense", "utf-8", "shift_jis", ""])
def test_other_labels_are_not_believed(label: str) -> None:
    """Not every codec that Python has is one to run on a stranger's bytes."""
    result = run(b'{"user":"\xe9"}', f"application/json; charset={label}")
    assert result.body == b'{"user":"\xe9"}'
    assert result.error is not None
    assert result.error.status == 400


def test_utf16_cut_in_a_character() -> None:
    """What its first bytes promise, the rest may not hold."""
    result = run(DIRTY_TEXT.encode("utf-16")[:-1])
    assert result.error == ErrorResponse(400, "Request body is not utf-16")


@pytest.mark.parametrize("written", [b"\\ud83d", b"\xed\xa0\xbd"])
def test_a_lone_surrogate_is_escaped(written: bytes) -> None:
    """UTF-8 cannot carry it, though some write it so; an escape can."""
    body = b'{"user":"u","messages":[{"role":"user","content":"%b"}]}' % written
    result = run(body)
    assert b"\\ud83d" in result.body.lower()
    assert result.body.isascii()


# Content codings -----------------------------------------------------------------------------

Pack = Callable[[bytes], bytes]


def raw_deflate(body: bytes) -> bytes:
    packed = zlib.compressobj(wbits=-15)
    return packed.compress(body) + packed.flush()


def raw_inflate(body: bytes) -> bytes:
    return zlib.decompress(body, -15)


def zstd() -> ModuleType:
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return importlib.import_module(name)


def brotli() -> ModuleType:
    return importlib.import_module("brotli")


CODINGS: dict[str, tuple[str, Pack, Pack]] = {
    "gzip": ("gzip", gzip.compress, gzip.decompress),
    "x-gzip": ("X-GZIP", gzip.compress, gzip.decompress),
    "deflate": ("deflate", zlib.compress, zlib.decompress),
    "raw deflate": ("deflate", raw_deflate, raw_inflate),
    "br": ("br", lambda b: brotli().compress(b), lambda b: brotli().decompress(b)),
    "zstd": ("zstd", lambda b: zstd().compress(b), lambda b: zstd().decompress(b)),
}


@pytest.fixture(params=CODINGS, name="coded")
def coded_(request: pytest.FixtureRequest) -> tuple[str, Pack, Pack]:
    """One content coding: its name, the way in and the way out."""
    return CODINGS[request.param]


def test_the_coding_is_kept(coded: tuple[str, Pack, Pack]) -> None:
    """Sanitized inside its coding; a clean body is not even repacked."""
    name, pack, unpack = coded
    clean = pack(CLEAN)
    assert run(clean, coding=name).body is clean
    result = run(pack(DIRTY), coding=name)
    assert json.loads(unpack(result.body)) == PAYLOAD
    assert result.report is not None


def test_a_bomb_is_not_inflated(coded: tuple[str, Pack, Pack]) -> None:
    """What would grow above the limit is left alone, and is 413 for a server."""
    name, pack, _ = coded
    bomb = pack(b" " * (1 << 20) + DIRTY)
    result = run(bomb, coding=name, max_size=1 << 18)
    assert result.body is bomb
    assert result.error == ErrorResponse.too_large(1 << 18)
    assert json.loads(coded[2](run(bomb, coding=name, max_size=1 << 21).body)) == PAYLOAD


@pytest.mark.parametrize("name", ["gzip", "deflate", "raw deflate", "zstd"])
def test_a_bomb_takes_no_memory(name: str) -> None:
    """Of what would grow above the limit no more is inflated than the limit, early or late."""
    coding, pack, _ = CODINGS[name]
    bomb = pack(random.Random(0).randbytes(1 << 18) + bytes(1 << 22))
    for limit in (1 << 10, (1 << 18) + 1000):
        tracemalloc.start()
        try:
            assert run(bomb, coding=coding, max_size=limit).error == ErrorResponse.too_large(limit)
            assert tracemalloc.get_traced_memory()[1] < 2 * limit + (1 << 18)
        finally:
            tracemalloc.stop()


def piece_of_brotli() -> int:
    """How much it inflates at least, where there is as much."""
    bomb = brotli().compress(bytes(1 << 18))
    return len(brotli().Decompressor().process(bomb, output_buffer_limit=1))


def test_a_bomb_that_fills_a_piece_of_memory() -> None:
    """A piece that is just as large as the limit is not the whole."""
    bomb, limit = brotli().compress(bytes(1 << 18)), piece_of_brotli()
    assert run(bomb, coding="br", max_size=limit).error == ErrorResponse.too_large(limit)


@pytest.mark.parametrize("name", ["gzip", "deflate", "raw deflate", "br", "zstd"])
def test_a_fault_behind_the_limit(name: str) -> None:
    """No more is read than makes a body too large: what is wrong after it is not seen."""
    limit, text = 1000, b"x" * 1002
    if name == "br":  # reads by the piece, ahead within its window
        limit, text = piece_of_brotli() - 1, b"x" * 40_000
        pressed = brotli().Compressor(lgwin=10)
        packed = pressed.process(text) + pressed.flush()
    elif name == "zstd":
        pressed = zstd().ZstdCompressor()
        packed = pressed.compress(text, pressed.FLUSH_BLOCK)
    else:
        pressed = zlib.compressobj(wbits={"gzip": 31, "deflate": 15, "raw deflate": -15}[name])
        packed = pressed.compress(text) + pressed.flush(zlib.Z_SYNC_FLUSH)
    coding, bad = CODINGS[name][0], packed + b"\xff" * 9
    assert run(bad, coding=coding, max_size=limit).error == ErrorResponse.too_large(limit)
    assert run(bad, coding=coding).error == ErrorResponse(400, f"Request body is not {coding}")


def test_the_limit_is_exact(coded: tuple[str, Pack, Pack]) -> None:
    """A body of just the limit is inside."""
    name, pack, _ = coded
    assert run(pack(DIRTY), coding=name, max_size=len(DIRTY))
    assert not run(pack(DIRTY), coding=name, max_size=len(DIRTY) - 1)


@pytest.mark.parametrize("keep", [0, 1, 5, -5, -1])
def test_a_stream_cut_short(coded: tuple[str, Pack, Pack], keep: int) -> None:
    """A truncated body is no body, even where its text is there to the last brace."""
    name, pack, _ = coded
    cut = pack(DIRTY)[:keep]
    result = run(cut, coding=name)
    assert result.body is cut
    assert result.error == ErrorResponse(400, f"Request body is not {name.lower()}")


@pytest.mark.parametrize("name", ["gzip", "deflate", "raw deflate"])
def test_data_after_the_end(name: str) -> None:
    """What follows the end of a body is nothing that may vanish."""
    coding, pack, _ = CODINGS[name]
    assert run(pack(DIRTY) + b"x", coding=coding).error is not None


def test_gzip_of_several_members() -> None:
    """RFC 1952: members follow each other, with zeros after the last."""
    half = len(DIRTY) // 2
    body = gzip.compress(DIRTY[:half]) + gzip.compress(b"") + gzip.compress(DIRTY[half:])
    assert json.loads(gzip.decompress(run(body, coding="gzip").body)) == PAYLOAD
    assert json.loads(gzip.decompress(run(body + bytes(9000), coding="gzip").body)) == PAYLOAD
    assert run(body + b"\0\0x", coding="gzip").error is not None


def test_many_small_members_take_linear_time() -> None:
    """Half a million members are a second's work, not an hour's."""
    body = gzip.compress(b"") * 100_000 + gzip.compress(DIRTY)
    assert run(body, coding="gzip")


def test_zstd_of_several_frames_is_left_alone() -> None:
    """Lawful, unheard of in a request, and a way to make a server work."""
    body = zstd().compress(DIRTY) * 2
    assert run(body, coding="zstd") == Result(body)


@pytest.mark.parametrize("names", ["gzip, deflate", "identity, gzip,deflate", ",gzip,, deflate"])
def test_codings_one_upon_the_other(names: str) -> None:
    """RFC 9110: listed in the order in which they were applied."""
    result = run(zlib.compress(gzip.compress(DIRTY)), coding=names)
    assert json.loads(gzip.decompress(zlib.decompress(result.body))) == PAYLOAD


@pytest.mark.parametrize("name", ["compress", "aes128gcm", "gzip, gzip, gzip, gzip"])
def test_unknown_codings_are_left_alone(name: str) -> None:
    """Nothing can be said of what cannot be read: not even that it is wrong."""
    assert run(DIRTY, coding=name) == Result(DIRTY)


@pytest.mark.parametrize("name", ["br", "zstd"])
def test_codings_without_their_package(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is not there, the coding is one that nobody knows."""
    body = CODINGS[name][1](DIRTY)
    for module in ("brotli", "backports.zstd", "compression.zstd"):
        monkeypatch.setitem(sys.modules, module, None)
    assert run(body, coding=name) == Result(body)


@pytest.mark.parametrize("name", ["compression.zstd", "backports.zstd"])
def test_zstd_of_either_package(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own will do, where it has one, and so will the one that brings it to others."""
    module = zstd()
    for each in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, each, module if each == name else None)
    result = run(module.compress(DIRTY), coding="zstd")
    assert json.loads(module.decompress(result.body)) == PAYLOAD


def test_an_old_brotli_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 1.2 nothing bounds what it makes of a body."""
    old = ModuleType("brotli")
    old.Decompressor = type("Decompressor", (), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "brotli", old)
    assert run(DIRTY, coding="br") == Result(DIRTY)


def test_running_out_of_memory_is_not_the_bodys_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is passed on, not taken for a bad body."""
    greedy = ModuleType("brotli")

    class Decompressor:
        def can_accept_more_data(self) -> bool:
            raise AssertionError

        def process(self, body: bytes, output_buffer_limit: int) -> bytes:
            raise MemoryError

    greedy.Decompressor = Decompressor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "brotli", greedy)
    with pytest.raises(MemoryError):
        run(DIRTY, coding="br")


# What cannot be read -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b"[]", b'"x"', b"1", b"null", b"{}x", b"\xff", b"{'a':1}"]
)
def test_what_is_no_object_is_refused(body: bytes) -> None:
    """400 for a server; the very bytes for a client."""
    result = run(body)
    assert result.body is body
    assert result.error is not None
    assert result.error.status == 400
    assert not result


def test_nesting_without_end_is_refused() -> None:
    """Deeper than any parser goes."""
    body = b'{"a":' + b"[" * 200_000
    assert run(body).error is not None


@pytest.mark.parametrize("error", [RecursionError, ValueError])
def test_what_cannot_be_written_again(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payload that no encoder takes leaves the body as it was."""

    def refuse(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(body.codings, "encode", refuse)
    assert run(DIRTY) == Result(DIRTY, error=ErrorResponse(400, "Request body is nested too deep"))


def test_above_the_limit() -> None:
    """A plain body has the same bound as an inflated one."""
    assert run(DIRTY, max_size=len(DIRTY) - 1).error == ErrorResponse.too_large(len(DIRTY) - 1)
    assert run(DIRTY, max_size=len(DIRTY))


def test_a_refusal_has_the_shape_of_mistrals_errors() -> None:
    """Five keys, and nothing of the body."""
    refusal = run(b'{"secret": ').error
    assert refusal is not None
    error = json.loads(refusal.body)
    assert error == {
        "object": "error",
        "message": refusal.message,
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    assert "secret" not in refusal.message
    assert ErrorResponse.too_large(5) == ErrorResponse(413, "Request body larger than 5 bytes")


def test_a_result_keeps_its_body_to_itself() -> None:
    """Bodies are private, and results get logged."""
    assert "llo" not in repr(run(DIRTY))


def test_values_cannot_be_changed() -> None:
    """No field of what adapters share can be set anew, and only a result keeps more: its report."""
    for value in (
        ErrorResponse(400, "no"),
        Result(b"{}"),
        AdapterOptions(),
        Exchange(AdapterOptions(), CHAT),
    ):
        for each in fields(value):
            with pytest.raises(FrozenInstanceError):
                setattr(value, each.name, None)
        assert hasattr(value, "__dict__") == isinstance(value, Result)


def test_stale_headers() -> None:
    """A new body outdates its digests; one that was only read keeps them."""
    assert run(DIRTY).stale_headers == STALE_HEADERS
    assert run(CLEAN).stale_headers == FRAMING_HEADERS
    assert STALE_HEADERS > FRAMING_HEADERS
    assert all(name == name.lower() for name in STALE_HEADERS)


def test_the_endpoint_decides_what_is_known() -> None:
    """The options are the sanitizer's, the fields the endpoint's."""
    body = b'{"model":"mistral-embed","input":["a"],"messages":[]}'
    result = run(body, endpoint="/v1/embeddings")
    assert json.loads(result.body) == {"model": "mistral-embed", "input": ["a"]}
    assert run(body, endpoint="/v1/chat/completions").body != result.body


# Laws ----------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
keys = st.sampled_from(["model", "messages", "user", "temperature", "tools", "n"]) | st.text()
payloads = st.dictionaries(keys, json_values, max_size=5)
charsets = st.sampled_from(["utf-8", "utf-16", "utf-32-be"])
codings = st.sampled_from(["", "gzip", "deflate", "raw deflate"])


@given(
    st.binary(max_size=300),
    st.sampled_from(["", "application/json; charset=latin-1"]),
    st.sampled_from(["", "gzip", "deflate", "br", "zstd", "gzip, deflate", "x"]),
)
def test_any_bytes_at_all(body: bytes, content_type: str, coding: str) -> None:
    """Never an exception; and what is not changed is the very body."""
    result = run(body, content_type, coding)
    assert bool(result) or result.body is body
    assert not (result.report and result.error)


@given(payloads, charsets, codings)
def test_the_body_says_what_the_payload_says(payload: Any, charset: str, coding: str) -> None:
    """Through every charset and coding the outcome is that of `Sanitizer.sanitize`."""
    name, pack, unpack = CODINGS.get(coding, ("", bytes, bytes))
    body = pack(json.dumps(payload).encode(charset))
    result = run(body, coding=name)
    # What JSON makes of the payload, not what Python holds: -0.0 and the like are others' laws.
    expected = SANITIZER.sanitize(json.loads(json.dumps(payload)))
    assert json.loads(unpack(result.body).decode(charset)) == expected
    assert bool(result) or result.body is body


@given(payloads, codings)
def test_a_second_time_finds_nothing(payload: Any, coding: str) -> None:
    """Redirects and retries pass here again: to the very same bytes."""
    name, pack, _ = CODINGS.get(coding, ("", bytes, bytes))
    once = run(pack(json.dumps(payload).encode()), coding=name)
    assert run(once.body, coding=name).body is once.body


# Exchanges -----------------------------------------------------------------------------------


def test_an_exchange_begins_with_a_request_that_is_ours() -> None:
    """The others have none."""
    hook = AdapterOptions()
    assert hook.exchange("GET", CHAT) is None
    assert hook.exchange(None, CHAT) is None
    assert hook.exchange("POST", CHAT, b"application/json", b"gzip") == Exchange(
        hook, CHAT, "application/json", "gzip"
    )
    assert hook.exchange("POST", CHAT) == Exchange(hook, CHAT)


def test_an_exchange_keeps_its_headers_to_itself() -> None:
    """What a client writes there is its own affair."""
    assert "s3cr3t" not in repr(Exchange(AdapterOptions(), CHAT, "text/json; s3cr3t", "s3cr3t"))


def exchange(**options: Any) -> Exchange:
    begun = AdapterOptions(**options).exchange("POST", "/proxy" + CHAT)
    assert begun is not None
    return begun


def test_clean_reports_what_has_changed(caplog: pytest.LogCaptureFixture) -> None:
    """Once to the log, by rule and path, and once to the callback."""
    reports: list[Report] = []
    seeded = json.dumps({**PAYLOAD, "seed": 1}).encode()
    with caplog.at_level(logging.INFO, "mistral_sanitize"):
        result = exchange(on_report=reports.append).clean(seeded)
    assert reports == [result.report]
    assert caplog.messages == [f"sanitized {CHAT}: /random_seed [seed]"]


def levels(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    caplog.clear()
    return said


LOST = f"sanitized {CHAT}, lost {{}} (a warning once each, then counted at INFO)"


def test_what_is_lost_is_a_warning_once(caplog: pytest.LogCaptureFixture) -> None:
    """Seen where nothing is configured; then counted at INFO, beside what loses nothing."""
    named = [{"role": "user", "content": "a", "cache_control": {"type": "x"}}] * 2
    body = json.dumps({**PAYLOAD, "messages": named, "seed": 1, "user": "u1"}).encode()
    places = "/messages/*/cache_control [unknown-key]"
    with caplog.at_level(logging.INFO, "mistral_sanitize"):
        exchange().clean(DIRTY)
        assert levels(caplog) == [("WARNING", LOST.format("/user [unknown-key]"))]
        exchange().clean(body)
        assert levels(caplog) == [
            ("WARNING", LOST.format(places)),
            ("INFO", f"sanitized {CHAT}: /random_seed [seed], /user [unknown-key] lossy, 2 so far"),
        ]
        exchange().clean(body)
        (one,) = levels(caplog)
        assert one[0] == "INFO"
        assert "/user [unknown-key] lossy, 3 so far" in one[1]
        assert f"{places} lossy, 4 so far" in one[1]


def test_what_is_lost_is_seen_by_default(caplog: pytest.LogCaptureFixture) -> None:
    """At Python's default level; and a log above it is told nothing, nor remembers anything."""
    with caplog.at_level(logging.ERROR, "mistral_sanitize"):
        exchange().clean(DIRTY)
        exchange().explain({**PAYLOAD, "user": "u1"})
    with caplog.at_level(logging.WARNING, "mistral_sanitize"):
        exchange().clean(json.dumps({**PAYLOAD, "seed": 1}).encode())
        assert levels(caplog) == []
        exchange().explain({**PAYLOAD, "user": "u1"})
        exchange().clean(DIRTY)
        assert levels(caplog) == [("WARNING", LOST.format("/user [unknown-key]"))]


def test_both_ways_of_naming_what_is_lost_agree() -> None:
    """Of a run and of its report: the same kinds of place, an index in no matter which."""
    call = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    payload = {
        **PAYLOAD,
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "a", "x~/y": {"0": 1}}]},
            {"role": "assistant", "content": "", "tool_calls": [{**call, "index": 5, "z": "z"}]},
            {"role": "tool", "tool_call_id": "abcdefghi", "content": "1", "w": 1},
        ],
        "0": 1,
    }
    result = run(json.dumps(payload).encode())
    assert result.report is not None
    assert result.lost == body.announce.lost_in(result.report)
    assert len(result.lost) == len(result.report.lossy) > 3


def test_what_is_remembered_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    """A client that makes up keys does not fill the memory, nor the log at WARNING."""
    with caplog.at_level(logging.INFO, "mistral_sanitize"):
        for start in range(0, 2000, 100):
            keys = {f"k{i}": "x" for i in range(start, start + 100)}
            exchange().clean(json.dumps({**PAYLOAD, **keys}).encode())
    said = [level for level, _ in levels(caplog)]
    assert (said.count("WARNING"), said.count("INFO")) == (10, 10)
    once = body.announce.Once(2)
    assert [once.count(thing) for thing in "abcab"] == [1, 1, None, 2, 2]
    assert not once.is_first("a")
    assert not once.is_first("c")
    once.forget()
    assert once.is_first("c")


def test_clean_says_nothing_of_a_clean_body(caplog: pytest.LogCaptureFixture) -> None:
    """No change, no report, no line."""
    reports: list[Report] = []
    with caplog.at_level(logging.DEBUG, "mistral_sanitize"):
        assert exchange(on_report=reports.append).clean(CLEAN).body is CLEAN
    assert (reports, caplog.messages) == ([], [])


def test_clean_says_softly_what_it_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG: a client sends it all the same."""
    with caplog.at_level(logging.DEBUG, "mistral_sanitize"):
        exchange().clean(b"{")
    (message,) = caplog.messages
    assert message.startswith(f"left alone {CHAT}: ")


def test_a_long_report_is_a_short_line(caplog: pytest.LogCaptureFixture) -> None:
    """A line of the log stays one; control characters in a key do not reach it."""
    payload = {**PAYLOAD, **{f"x{i}\n": 1 for i in range(30)}}
    with caplog.at_level(logging.INFO, "mistral_sanitize"):
        exchange().clean(json.dumps(payload).encode())
    (message,) = caplog.messages
    assert "/x19\\n [unknown-key] and 10 more (a warning" in message
    assert "\n" not in message


def test_a_long_key_is_a_short_line(caplog: pytest.LogCaptureFixture) -> None:
    """A line of the log is no longer for the keys that a client invents."""
    with caplog.at_level(logging.INFO, "mistral_sanitize"):
        exchange().clean(json.dumps({**PAYLOAD, "k" * 100_000: 1}).encode())
    (message,) = caplog.messages
    assert len(message) < 300
    assert "k… [unknown-key]" in message


def test_nobody_asks_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report is made when somebody looks at it, once, and not for a server that has no use."""
    made: list[object] = []
    real = body.sanitize.report_of_run
    monkeypatch.setattr(
        body.sanitize, "report_of_run", lambda *args: made.append(args) or real(*args)
    )
    result = exchange().clean(DIRTY)
    assert result
    assert made == []
    assert result.report is result.report
    assert len(made) == 1


def test_nothing_is_formatted_for_a_log_that_is_off(caplog: pytest.LogCaptureFixture) -> None:
    """Above WARNING there is no line."""
    with caplog.at_level(logging.ERROR, "mistral_sanitize"):
        assert exchange().clean(DIRTY)
    assert caplog.messages == []


def test_what_a_callback_raises_is_the_callers() -> None:
    """So a callback can stop a request whose change it does not like."""

    def stop(report: Report) -> None:
        raise PermissionError

    with pytest.raises(PermissionError):
        exchange(on_report=stop).clean(DIRTY)


def test_explain_is_for_clients_that_show_a_payload() -> None:
    """The same report as for the body, to the same places."""
    reports: list[Report] = []
    begun = exchange(on_report=reports.append)
    report = begun.explain({**PAYLOAD, "user": "u1"})
    assert report.payload == PAYLOAD
    assert not begun.explain(PAYLOAD)
    assert reports == [report]


def test_the_limit_is_for_what_inflating_adds() -> None:
    """A body in memory is looked at, however large; a server asks before it reads on."""
    begun = exchange(max_body_size=10)
    assert begun.clean(DIRTY)
    assert begun.too_large(10) is None
    assert begun.too_large(11) == ErrorResponse.too_large(10)
    assert exchange().too_large(MAX_SIZE) is None


# Cures ---------------------------------------------------------------------------------------


def refusal_of(*keys: str) -> bytes:
    detail = [
        {"type": "extra_forbidden", "loc": ["body", key], "msg": "Extra inputs are not permitted"}
        for key in keys
    ]
    return json.dumps({"detail": detail}).encode()


def test_a_cure_is_the_least_change() -> None:
    """What Mistral names is repaired, in the coding of the request, and reported."""
    reports: list[Report] = []
    hook = AdapterOptions(on_report=reports.append, retry_refused=True)
    begun = hook.exchange("POST", CHAT, None, "gzip")
    assert begun is not None
    sent = gzip.compress(json.dumps({**PAYLOAD, "n": 2}).encode())
    cured = begun.cure(sent, 422, refusal_of("n"))
    assert cured is not None
    assert json.loads(gzip.decompress(cured.body)) == PAYLOAD
    assert reports == [cured.report]
    again = begun.cure(sent, 422, gzip.compress(refusal_of("n")), b"gzip")
    assert again is not None
    assert again.body == cured.body


@pytest.mark.parametrize(
    ("status", "answer", "coding"),
    [
        (200, refusal_of("n"), None),
        (500, refusal_of("n"), None),
        (422, refusal_of("other"), None),
        (422, b"", None),
        (422, b"<html>", None),
        (400, b'{"message":"no idea"}', None),
        (422, refusal_of("n"), "compress"),
        (422, refusal_of("n"), "gzip"),
    ],
)
def test_no_cure(status: int, answer: bytes, coding: str | None) -> None:
    """Other statuses, answers that name nothing of ours, and answers that cannot be read."""
    sent = json.dumps({**PAYLOAD, "n": 2}).encode()
    assert exchange(retry_refused=True).cure(sent, status, answer, coding) is None


def test_no_cure_of_what_was_not_read() -> None:
    """A body that was sent as it was stays so."""
    assert exchange(retry_refused=True).cure(b"{", 422, refusal_of("n")) is None


def test_no_cure_unless_asked() -> None:
    """Off by default: a second request costs money."""
    begun = exchange()
    assert not begun.may_cure(422)
    assert begun.cure(json.dumps({**PAYLOAD, "n": 2}).encode(), 422, refusal_of("n")) is None
    assert [s for s in range(100, 600) if exchange(retry_refused=True).may_cure(s)] == [
        400,
        404,
        422,
        500,
    ]
