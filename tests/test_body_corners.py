"""Bodies in the corners of their codings and charsets, and what an exchange hands on."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from mistral_sanitize import Sanitizer
from mistral_sanitize.body import (
    MAX_SIZE,
    AdapterOptions,
    ErrorResponse,
    applies,
    declared_length,
    sanitize_body,
)

CHAT = "/v1/chat/completions"
DIRTY = {"model": "m", "messages": [], "unknown": "é"}
CLEAN = {"model": "m", "messages": []}


def body_of(payload: dict[str, Any], charset: str = "utf-8") -> bytes:
    return json.dumps(payload, ensure_ascii=False).encode(charset)


def test_the_default_limit() -> None:
    """A body may have 64 MiB once inflated, unless told otherwise."""
    assert MAX_SIZE == 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("header", "length"),
    [(None, 0), ("", 0), ("7", 7), (7, 7), ("9" * 20, int("9" * 20)), ("9" * 30, int("9" * 20)),
     ("-1", None), ("1.0", None), ("7x", None), (" ", None)],
)  # fmt: skip
def test_declared_length(header: object, length: int | None) -> None:
    """What a Content-Length announces: at most twenty digits of it, too many for any limit."""
    assert declared_length(header) == length


@pytest.mark.parametrize("make", [ErrorResponse.cut_short, ErrorResponse.not_in_its_coding])
def test_refusals_of_what_never_was_a_body(make: Callable[[], ErrorResponse]) -> None:
    """A body that ends too soon, or is not in its coding, is a fault of the request."""
    refusal = make()

    assert refusal.status == 400
    assert json.loads(refusal.body)["message"] == refusal.message
    assert b" " not in refusal.body.replace(refusal.message.encode(), b"")


@pytest.mark.parametrize("tail", ["/", "//", "?a=/v1/embeddings", "#/v1/embeddings", "/?x#y"])
def test_what_stands_behind_the_path(tail: str) -> None:
    """Slashes at the end, a query and a fragment are no part of the path."""
    assert applies("post", f"https://proxy.example/any{CHAT}{tail}") == CHAT


@pytest.mark.parametrize(
    "content_type",
    [" application/json ;charset=utf-8", "APPLICATION/JSON", "application/vnd.x+json ; a=b",
     "text/plain ;charset=x", b" application/json "],
)  # fmt: skip
def test_a_type_as_clients_write_it(content_type: str | bytes) -> None:
    """Capitals, spaces and parameters do not matter."""
    assert applies("POST", CHAT, content_type) == CHAT


def test_a_request_without_a_method() -> None:
    """What has no method is not ours."""
    assert AdapterOptions().exchange(None, CHAT) is None


def cleaned(
    body: bytes, hook: AdapterOptions, path: str = CHAT, type_: str = "", coding: str = ""
) -> bytes:
    exchange = hook.exchange("POST", path, type_, coding)
    assert exchange is not None
    return exchange.clean(body).body


def test_an_exchange_hands_on_what_it_knows() -> None:
    """The sanitizer, the endpoint, the charset and the coding of a request are those of its own."""
    keeps = AdapterOptions(sanitizer=Sanitizer(keep=("unknown",), disable=("drop",)))

    assert json.loads(cleaned(body_of(DIRTY), AdapterOptions())) == CLEAN
    assert json.loads(cleaned(body_of(DIRTY), keeps)) == DIRTY
    assert json.loads(cleaned(body_of(DIRTY), AdapterOptions(), "/v1/embeddings")) == {"model": "m"}

    latin = cleaned(body_of({**DIRTY, "model": "é"}, "latin-1"), AdapterOptions(), CHAT,
                    "application/json; charset=iso-8859-1")  # fmt: skip
    assert json.loads(latin) == {**CLEAN, "model": "é"}

    packed = cleaned(gzip.compress(body_of(DIRTY)), AdapterOptions(), coding="gzip")
    assert json.loads(gzip.decompress(packed)) == CLEAN


def test_an_exchange_explains_by_its_own_sanitizer() -> None:
    """So it is where a client shows the payload itself."""
    exchange = AdapterOptions(sanitizer=Sanitizer(keep=("unknown",))).exchange("POST", CHAT)
    assert exchange is not None
    assert exchange.explain(DIRTY).payload is DIRTY


def test_a_body_that_is_there_is_looked_at_whatever_its_size() -> None:
    """The limit of an exchange is for what inflating adds."""
    assert json.loads(cleaned(body_of(DIRTY), AdapterOptions(max_body_size=1))) == CLEAN
    packed = gzip.compress(body_of({**DIRTY, "unknown": "x" * 10_000}))
    assert cleaned(packed, AdapterOptions(max_body_size=1), coding="gzip") == packed


@pytest.mark.parametrize(
    "charset", ["iso-8859-1", "ISO8859-1", "latin-1", "Latin1", "windows-1252", "cp1252"]
)
def test_every_name_of_a_charset(charset: str) -> None:
    """A charset is believed by each of its names, in any case, and written again."""
    body = body_of(DIRTY | {"model": "é"}, "latin-1")

    for mark in (f'; Charset="{charset}"', f";charset = {charset} ;x=y"):
        result = sanitize_body(body, sanitizer=Sanitizer(), content_type=f"application/json{mark}")

        assert json.loads(result.body.decode("ascii")) == CLEAN | {"model": "é"}
        assert result


def test_a_byte_order_mark_goes_with_a_change() -> None:
    """A body that is written anew has none; one that is clean keeps it."""
    mark = b"\xef\xbb\xbf"

    assert sanitize_body(mark + body_of(DIRTY), sanitizer=Sanitizer()).body.startswith(b"{")
    assert sanitize_body(mark + body_of(CLEAN), sanitizer=Sanitizer()).body.startswith(mark)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    """Behind one, a body that is not UTF-8 is still in the charset that is declared."""
    body = b"\xef\xbb\xbf" + body_of(DIRTY | {"model": "é"}, "latin-1")

    result = sanitize_body(body, sanitizer=Sanitizer(), content_type="text/json; charset=latin-1")

    assert json.loads(result.body) == CLEAN | {"model": "é"}


PACKED = gzip.compress(body_of(DIRTY), mtime=0)


@pytest.mark.parametrize(
    "tail", [b"\0", b"\0" * 5000, gzip.compress(b" ", mtime=0), gzip.compress(b"", mtime=0)]
)
def test_what_may_stand_behind_gzip(tail: bytes) -> None:
    """Zeros, and further members, as the gzip program allows."""
    result = sanitize_body(PACKED + tail, sanitizer=Sanitizer(), content_encoding="gzip")

    assert json.loads(gzip.decompress(result.body)) == CLEAN


@pytest.mark.parametrize(
    "tail", [b"x", b"\0x", b"\0X", b"\0" * 5000 + b"x", b"\x1f", b"\1", PACKED[:-1]]
)
def test_what_may_not_stand_behind_gzip(tail: bytes) -> None:
    """Anything else is no gzip."""
    result = sanitize_body(PACKED + tail, sanitizer=Sanitizer(), content_encoding="gzip")

    assert result.body == PACKED + tail
    assert result.error is not None
    assert result.error.status == 400


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("tail", [b"", b"x", b"\0"])
def test_what_may_stand_behind_deflate(raw: bool, tail: bytes) -> None:
    """Nothing, with zlib's wrapper and without."""
    press = zlib.compressobj(wbits=-15 if raw else 15)
    packed = press.compress(body_of(DIRTY)) + press.flush() + tail

    result = sanitize_body(packed, sanitizer=Sanitizer(), content_encoding="deflate")

    assert (result.error is None) == (not tail)
    assert bool(result) == (not tail)


def test_deflate_that_looks_as_if_it_had_a_wrapper() -> None:
    """What cannot be read with zlib's wrapper is read without, whatever it begins with."""
    text = (b"\t " + body_of(DIRTY)).ljust(0x2009)
    packed = b"\x58\x09\x20\xf6\xdf" + text + b"\1\0\0\xff\xff"  # stored, as it is
    assert zlib.decompress(packed, -15) == text

    result = sanitize_body(packed, sanitizer=Sanitizer(), content_encoding="deflate")

    assert json.loads(zlib.decompress(result.body, -15)) == CLEAN


@pytest.mark.parametrize(("coding", "press"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_what_stays_large_when_packed(coding: str, press: Callable[[bytes], bytes]) -> None:
    """A body is read to its end in however many pieces."""
    packed = press(body_of(DIRTY | {"unknown": random.Random(0).randbytes(9_000).hex()}))

    result = sanitize_body(packed, sanitizer=Sanitizer(), content_encoding=coding)

    assert len(packed) > 9_000
    assert json.loads(zlib.decompress(result.body, 47)) == CLEAN


@pytest.mark.parametrize("over", [-1, 0, 1])
@pytest.mark.parametrize("coding", ["gzip", "deflate", ""])
def test_the_limit_is_of_what_comes_out(over: int, coding: str) -> None:
    """A body of just so many bytes is read, and one of one more is not, however small it was."""
    body = body_of({**DIRTY, "unknown": "x" * 20_000})
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "": bytes}[coding](body)

    result = sanitize_body(packed, sanitizer=Sanitizer(), content_encoding=coding,
                           max_size=len(body) - over)  # fmt: skip

    assert bool(result) == (over <= 0)
    assert (result.error is None) == (over <= 0)
    if result.error is not None:
        assert (result.error.status, f"{len(body) - over} bytes" in result.error.message) == (
            413, True)  # fmt: skip


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_three_codings_at_most(times: int) -> None:
    """More are left alone, without a word; names that say nothing do not count."""
    body = body_of(DIRTY)
    for _ in range(times):
        body = gzip.compress(body)
    coding = ", ".join(["identity", *["GZIP"] * times, ""])

    result = sanitize_body(body, sanitizer=Sanitizer(), content_encoding=coding)

    assert bool(result) == (times < 4)
    assert result.error is None
