"""Bodies: bytes to a payload and back, and what is decided about odd ones."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mistral_sanitize import InvalidBodyError, _json, sanitize, sanitize_json
from mistral_sanitize._json import decode, encode
from tests.laws import law
from tests.payloads import options, payloads

# -- clean bodies --------------------------------------------------------------------------------

CLEAN = {
    "plain": b'{"model":"m","messages":[{"role":"user","content":"Hello"}]}',
    "white space": b'\n{ "model" :\t"m" }\r\n',
    "numbers": b'{"metadata":{"a":1.10,"b":-0,"c":1e400,"d":1E+5,"e":0.1e1}}',
    "escapes": b'{"metadata":{"\\u0061":"\\u00e9\\/\\ud83d\\ude00"}}',
    "a lone surrogate": b'{"model":"\\ud800"}',
    "a lone surrogate in bytes": b'{"model":"\xed\xa0\x80"}',
    "a duplicate key": b'{"model":"a","model":"b"}',
    "NaN and infinities": b'{"metadata":{"a":NaN,"b":Infinity,"c":-Infinity}}',
    "4,000 digits": b'{"random_seed":' + b"7" * 4000 + b"}",
    "500 levels": b'{"metadata":{"a":' + b"[" * 500 + b"]" * 500 + b"}}",
    "a byte order mark": b'\xef\xbb\xbf{"model":"m"}',
    "UTF-16": '{"model":"é"}'.encode("utf-16"),
    "UTF-16, no mark": '{"model":"é"}'.encode("utf-16-be"),
    "UTF-32": '{"model":"é"}'.encode("utf-32"),
    "an empty object": b"{}",
}


@pytest.mark.parametrize("body", CLEAN.values(), ids=CLEAN)
def test_clean_bodies_are_the_same_bytes(body: bytes) -> None:
    """Where there is nothing to do, not a byte is altered: a body of bytes is the very same."""
    assert sanitize_json(body) is body
    assert bytes(sanitize_json(bytearray(body))) == body
    assert sanitize_json(memoryview(body)) == body


def test_results_are_bytes_of_their_own() -> None:
    """What comes back for a mutable buffer does not change when that does."""
    body = bytearray(CLEAN["plain"])
    clean = sanitize_json(body)
    body[2:7] = b"other"
    assert type(clean) is bytes
    assert clean == CLEAN["plain"]


@pytest.mark.parametrize(
    "text", ['{"model":"é"}', '{"model":"\\ud83d\\ude00"}', '{"metadata":{"a":1.10}}']
)
def test_text(text: str) -> None:
    """A text is a body in UTF-8."""
    assert text.encode() == sanitize_json(text)


@example('{"model":"\ud800"}')
@example('{"model":"\ud800","x":1}')
@example('{"\udfff":1,"model":"m"}')
@given(
    st.text(st.characters(), max_size=5).map(lambda t: json.dumps({"model": t}, ensure_ascii=False))
)
def test_text_that_utf_8_cannot_carry(text: str) -> None:
    """Lone surrogates in a text come out as escapes: UTF-8 of the same meaning."""
    body = sanitize_json(text)
    body.decode("utf-8")
    assert sanitize(json.loads(text)) == json.loads(body)


def test_parts_of_a_buffer() -> None:
    """A memoryview counts from where it begins."""
    assert sanitize_json(memoryview(b'garbage{"model":"m","x":1}')[7:]) == b'{"model":"m"}'


# -- dirty bodies --------------------------------------------------------------------------------

DIRTY = {
    "compact": (b'{ "model" : "m" , "x" : 1 }', b'{"model":"m"}'),
    "text beyond ASCII": (b'{"model":"\\u00e9","x":1}', '{"model":"é"}'.encode()),
    "a pair of surrogates": (b'{"model":"\\ud83d\\ude00","x":1}', '{"model":"😀"}'.encode()),
    "a lone surrogate": (b'{"model":"\\ud800","x":1}', b'{"model":"\\ud800"}'),
    "a lone surrogate in bytes": (b'{"model":"\xed\xa0\x80","x":1}', b'{"model":"\\ud800"}'),
    "the last of two": (b'{"model":"a","x":1,"model":"b"}', b'{"model":"b"}'),
    "a byte order mark": (b'\xef\xbb\xbf{"model":"m","x":1}', b'{"model":"m"}'),
    "UTF-16": ('{"model":"é","x":1}'.encode("utf-16"), '{"model":"é"}'.encode()),
    "a large integer": (b'{"random_seed":123456789012345678901,"x":1}',
                        b'{"random_seed":123456789012345678901}'),
    "4,000 digits": (b'{"random_seed":' + b"7" * 4000 + b',"x":1}',
                     b'{"random_seed":' + b"7" * 4000 + b"}"),
    "NaN": (b'{"metadata":{"a":NaN},"x":1}', b'{"metadata":{"a":NaN}}'),
    "numbers": (b'{"metadata":{"a":1.10,"b":-0.0,"c":1E5},"x":1}',
                b'{"metadata":{"a":1.1,"b":-0.0,"c":100000.0}}'),
    "500 levels": (CLEAN["500 levels"][:-1] + b',"x":1}', CLEAN["500 levels"]),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), DIRTY.values(), ids=DIRTY)
def test_dirty_bodies(body: bytes, expected: bytes) -> None:
    """A body with something to do is written anew: compact, in UTF-8, of the same values."""
    assert expected == sanitize_json(body)
    assert expected == sanitize_json(bytearray(body)) == sanitize_json(memoryview(body))


@pytest.mark.parametrize("number", ["1e400", "-1e400", "Infinity", "-Infinity"])
def test_infinities(number: str) -> None:
    """A number beyond a double is the same number to every parser that takes it."""
    written = sanitize_json(b'{"metadata":{"a":%b},"x":1}' % number.encode())
    assert json.loads(written) == {"metadata": {"a": float(number)}}


@law
@given(payloads(), options())
def test_bodies_and_payloads(payload: dict[Any, Any], opts: dict[str, Any]) -> None:
    """A body comes out as what its payload comes out as."""
    for body in (json.dumps(payload), json.dumps(payload).encode()):
        expected = sanitize(json.loads(body), **opts)
        result = sanitize_json(body, **opts)
        result.decode("utf-8")
        assert json.dumps(expected) == json.dumps(json.loads(result))


@law
@given(payloads())
def test_there_and_back(payload: dict[Any, Any]) -> None:
    """What `encode` writes `decode` reads, to the type of every value and the order of keys."""
    plain = json.loads(json.dumps(payload))
    assert json.dumps(plain) == json.dumps(decode(encode(plain)))


_TEXT = st.text(st.characters(), max_size=3)
_TEXTS = _TEXT | st.builds(lambda a, b: a * 70_000 + b, _TEXT, _TEXT)  # some are several slices
_LEAVES = _TEXTS | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
_DEEP = st.recursive(
    _LEAVES, lambda inner: st.lists(inner) | st.dictionaries(_TEXT, inner), max_leaves=8
)


@law
@given(st.dictionaries(_TEXT, _DEEP), st.integers(1, 2_000_000))
@example({"a": [[[[[[[[[["x" * 100_000]]]]]]]]]]}, 1)
@example({"a": "Infinity" * 20_000, "b": [float("inf")]}, 300_000)
@example({"a": '\\"' * 50_000, "b": ["\ud800" * 70_000, "\ud83d\ude00" * 40_000]}, 1)
def test_large_bodies_are_written_in_pieces(payload: dict[str, Any], room: int) -> None:
    """Whatever room is taken in advance, what is written is the same."""
    assert decode(encode(payload, room)) == decode(encode(payload))


@pytest.mark.parametrize("size", [5_000_000, 20_000_000])
def test_large_bodies_are_not_held_thrice(size: int) -> None:
    """A dirty body of an image takes its text and the new body, and a tenth for all else."""
    url = "data:image/png;base64," + "A" * size
    said = {"role": "user", "content": [{"type": "image_url", "image_url": url}]}
    body = json.dumps({"model": "m", "messages": [said], "user": "u"}).encode()
    sanitize_json(body)
    tracemalloc.start()
    try:
        clean = sanitize_json(body)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(clean) < len(body)
    assert peak <= 2.1 * len(body)


@pytest.mark.parametrize(
    "text", ["Infinity", '\\"Infinity', '"', "\\", "\\\\Infinity", "Infinity,"]
)
def test_the_word_infinity(text: str) -> None:
    """In a text it is a word like others; beside it, an infinity is one still."""
    payload = {"metadata": {"a": text, "b": [float("inf"), text, -float("inf")], text: 1}}
    assert json.loads(encode(payload)) == payload
    assert b"Infinity]" not in encode(payload)


@pytest.mark.parametrize("room", [0, 1])
@pytest.mark.parametrize(
    ("payload", "written"),
    [
        ({"a": float("inf")}, b'{"a":1e999}'),
        ({"a": -float("inf"), "b": [float("inf")]}, b'{"a":-1e999,"b":[1e999]}'),
        ({"a": "\\", "b": float("inf")}, b'{"a":"\\\\","b":1e999}'),
        ({"a": '"', "b": float("inf")}, b'{"a":"\\"","b":1e999}'),
        ({"Infinity": "Infinity", "b": float("inf")}, b'{"Infinity":"Infinity","b":1e999}'),
    ],
)
def test_infinities_are_numbers(payload: dict[str, Any], written: bytes, room: int) -> None:
    """An infinity is written as a number, whatever stands before it, and in a piece of its own."""
    assert written == encode(payload, room)


def test_the_word_infinity_costs_no_memory() -> None:
    """A text that has it is not held more than four times (a pattern took 120 times)."""
    payload = {"metadata": "x" * 1_000_000 + "Infinity"}
    tracemalloc.start()
    try:
        encode(payload)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@law
@given(st.binary(max_size=30) | st.text(max_size=30))
@example(b'{"a":' * 100_000)
@example("[" * 100_000)
def test_any_bytes(body: bytes | str) -> None:
    """Any bytes and any text are an object or an `InvalidBodyError`, as `json.loads` decides."""
    try:
        decoded: Any = json.loads(body)
    except (ValueError, RecursionError):
        decoded = None
    if isinstance(decoded, dict):
        assert json.dumps(decode(body)) == json.dumps(decoded)
    else:
        with pytest.raises(InvalidBodyError):
            decode(body)


# -- what is no JSON -----------------------------------------------------------------------------

SECRET = "s3cr3t"
INVALID: dict[str, tuple[bytes | str, int | None]] = {
    "nothing": (b"", 0),
    "white space": (b" \n", 2),
    "cut short": (b'{"model":"s3cr3t', 9),
    "trailing bytes": (b'{"model":"m"} s3cr3t', 14),
    "two objects": (b'{"model":"m"}{"model":"s3cr3t"}', 13),
    "a trailing NUL": (b'{"model":"s3cr3t"}\0', 18),
    "single quotes": (b"{'s3cr3t':1}", 1),
    "no colon": (b'{"s3cr3t" 1}', 10),
    "a bare word": (b"s3cr3t", 0),
    "a control character": (b'{"model":"s3cr3t\n"}', 16),
    "a bad escape": (b'{"model":"s3cr3t\\x"}', 16),
    "a leading zero": (b'{"s3cr3t":01}', 11),
    "not UTF-8": (b'{"model":"s3cr3t\xff"}', 16),
    "half of UTF-16": ('{"model":"s3cr3t"}'.encode("utf-16-le")[:-1], 34),
    "text with a byte order mark": ('\ufeff{"model":"s3cr3t"}', 0),
    "a list": (b'["s3cr3t"]', None),
    "a string": (b'"s3cr3t"', None),
    "null": (b"null", None),
    "NaN": (b"NaN", None),
    "5,000 digits": (b'{"s3cr3t":' + b"7" * 5000 + b"}", None),
    "100,000 lists": (b'{"s3cr3t":' + b"[" * 100_000 + b"]" * 100_000 + b"}", None),
    "100,000 objects": (b'{"s3cr3t":' * 100_000 + b"1" + b"}" * 100_000, None),
}


@pytest.mark.parametrize(("body", "position"), INVALID.values(), ids=INVALID)
def test_invalid_bodies(body: bytes | str, position: int | None) -> None:
    """What is no JSON object is an `InvalidBodyError` that says where, and never what."""
    with pytest.raises(InvalidBodyError) as caught:
        sanitize_json(body)
    error = caught.value
    assert position == error.position
    assert isinstance(error, ValueError)
    assert str(error).startswith("the body ")
    said = [str(error), repr(error), error.reason]
    said += traceback.format_exception(type(error), error, error.__traceback__)
    chain: BaseException | None = error
    while chain is not None:
        said += [str(chain), repr(chain), repr(vars(chain)), repr(chain.args)]
        chain = chain.__cause__ or chain.__context__
    assert SECRET not in "".join(said)


def test_invalid_bodies_travel() -> None:
    """The error can be pickled and copied, as queues and test runners do."""
    error = InvalidBodyError("the body is not JSON: Extra data", 13)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(error) is type(other)
        assert (str(error), error.position, error.reason) == (
            str(other),
            other.position,
            other.reason,
        )


@pytest.mark.parametrize("body", [None, 5, {}, ["{}"]])
def test_not_a_body(body: Any) -> None:
    """What is neither bytes nor text is a type error."""
    with pytest.raises(TypeError):
        sanitize_json(body)


# -- depth where a parser has no stack of its own ------------------------------------------------

LEVELS: dict[str, tuple[bytes | bytearray | str, int]] = {
    "nothing": (b"", 0),
    "an object": (b"{}", 1),
    "one in the other": (b'{"a":[{"b":[]}],"c":[]}', 4),
    "one after the other": ('{"a":[[],[],{}],"b":[]}', 3),
    "a deeper one behind": ('{"a":[[]],"b":[[[]]]}', 4),
    "a buffer": (bytearray(b'{"a":[]}'), 2),
    "brackets in a text": ('{"[[":"{{[["}', 1),
    "an escaped quote": ('{"a":"\\"[[","b":[]}', 2),
    "an escaped backslash": ('{"a":"\\\\","b":"[["}', 1),
    "both": ('{"a":"\\\\\\"[[","b":"[["}', 1),
    "not UTF-8": (b'{"a":"\xff[[","b":[]}', 2),
    "a lone surrogate": ('{"a":"\ud800[[","b":[]}', 2),
    "UTF-16": ('{"a":"\\"[[\u0122","b":[]}'.encode("utf-16"), 2),
    "UTF-32": ('{"a":"\\"[[\u0122","b":[]}'.encode("utf-32-be"), 2),
    "a text that is not closed": (b'{"a":"[[', 3),
    "not closed": (b"[[{", 3),
    "closed before it is open": (b"]][", 0),
}


@pytest.mark.parametrize(("body", "levels"), LEVELS.values(), ids=LEVELS)
def test_levels(body: bytes | bytearray | str, levels: int) -> None:
    """What counts are brackets outside of texts, and of those how many are open at a time."""
    assert levels == _json._levels(body)


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b'{"a":' + b"[" * 499 + b"]" * 499 + b"}", False),
        (b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", True),
        (b'{"a":' * 501 + b"1" + b"}" * 501, True),
        (b"[" * 20_000, True),
        (json.dumps({"a": "[" * 600, "b": '\\"[[' * 600, "c": "\ud800"}).encode(), False),
        (json.dumps({"a": [[]] * 600, "c": "\ud800"}), False),
    ],
)
def test_the_bound_in_webassembly(
    body: bytes | str, deep: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Python's parser would take the interpreter down, a bound of ours comes first.

    Only what pydantic's parser refuses is counted; brackets in texts are none.
    """
    monkeypatch.setattr(_json, "_DEEPEST", 500)
    if deep:
        with pytest.raises(InvalidBodyError, match=r"^the body is nested too deep$"):
            decode(body)
    else:
        assert decode(body) == json.loads(body)
