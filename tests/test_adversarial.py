"""Hostile input: long, deep, wide, looped, coded, of the wrong kind, and changed while it is read.

Growth is shown by counting (`growth`), never by a clock. What takes gigabytes runs in a process of
its own whose memory is bounded, and in the full tests only. Bodies that lie to a server are in
`adapters/test_adversarial_adapters.py`.
"""

from __future__ import annotations

import contextlib
import copy
import gzip
import json
import os
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mistral_sanitize
from mistral_sanitize import (
    InvalidBodyError,
    Report,
    Sanitizer,
    repair_refused,
    sanitize_json,
)
from mistral_sanitize.body import AdapterOptions, Result, sanitize_body
from mistral_sanitize.rules import RULES
from tests.test_laws import PLACES
from tests.tools.growth import Cost, calls_of, cost_of, counting, marginal
from tests.tools.hostile import (
    CLEAN,
    EXOTIC,
    GROWING,
    LOOPS,
    RAISING,
    Boom,
    ask,
    call,
    called,
    result,
    tool,
)

CHAT = "/v1/chat/completions"
SANITIZER = Sanitizer()
EVERY = Sanitizer(
    profile="2024-09-17", enable=[rule.id for rule in RULES.values() if not rule.default]
)
"""The oldest schema, and every rule that may be on."""

# -- growth -------------------------------------------------------------------------------------

Work = Callable[[Any], object]


def explained(sanitizer: Sanitizer) -> Work:
    """All that is done with a payload: sanitized, the report made, printed, and as a patch."""

    def work(payload: Any) -> object:
        report = sanitizer.explain(payload)
        return str(report), report.as_json_patch()

    return work


WORK: dict[str, Work] = {
    "explain": explained(SANITIZER),
    "explain, every rule": explained(EVERY),
    "check": SANITIZER.check,
}


def costs(
    work: Work, make: Callable[[int], Any], sizes: tuple[int, ...], cost: Callable[..., Cost]
) -> list[Cost]:
    """What the work costs for each of the sizes."""
    found = []
    for size in sizes:
        payload = make(size)
        work(payload)  # what is built once is built now
        found.append(cost(lambda payload=payload: work(payload)))
    return found


def assert_linear(costs: list[Cost], sizes: tuple[int, ...]) -> None:
    """A further item costs no more where there are many than where there are few.

    A list or dict that grows is copied now and then, at doubled sizes: so bytes may differ by a
    factor; calls hardly do.
    """
    few = marginal(costs[0], costs[1], sizes[1] - sizes[0])
    many = marginal(costs[1], costs[2], sizes[2] - sizes[1])
    assert many.calls <= few.calls * 1.05 + 2, (few, many)
    assert many.bulk <= few.bulk * 1.5 + 1_500, (few, many)
    assert many.peak <= few.peak * 1.5 + 500, (few, many)


FEW = (20, 80, 320)


@pytest.mark.parametrize("name", GROWING)
def test_calls_grow_with_the_input(name: str) -> None:
    """In every place where a request can be long, a further item costs what the others did.

    The texts count their comparisons, so that a search through a list is seen.
    """
    for make in (GROWING[name], lambda n: counting(GROWING[name](n))):
        assert_linear(costs(WORK["explain"], make, FEW, calls_of), FEW)


MANY = (25, 100, 400)


@pytest.mark.full
@pytest.mark.parametrize("work", ["explain", "check"])
@pytest.mark.parametrize("name", GROWING)
def test_bytes_grow_with_the_input(name: str, work: str) -> None:
    """The same of what is allocated at one go, and of memory at its peak."""
    assert_linear(costs(WORK[work], GROWING[name], MANY, cost_of), MANY)


@pytest.mark.full
@pytest.mark.parametrize("work", ["explain, every rule", "check"])
@pytest.mark.parametrize("name", GROWING)
def test_calls_grow_with_the_input_in_other_work(name: str, work: str) -> None:
    """The same of calls and comparisons, with all rules at once and under the oldest schema."""
    assert_linear(costs(WORK[work], lambda n: counting(GROWING[name](n)), FEW, calls_of), FEW)


def _extra(*loc: Any) -> dict[str, Any]:
    return {"type": "extra_forbidden", "loc": ["body", *loc], "msg": "Extra inputs"}


def _turn(*roles: str) -> list[dict[str, Any]]:
    return [{"role": role, "content": "x"} for role in roles]


REFUSED: dict[str, Callable[[int], tuple[dict[str, Any], int, Any]]] = {
    "keys": lambda n: (
        {f"k{i}": 1 for i in range(n)}, 422, {"detail": [_extra(f"k{i}") for i in range(n)]}),
    "keys of messages": lambda n: (
        {"messages": [{"role": "user", "content": "x", "k": 1}] * n}, 422,
        {"detail": [_extra("messages", i, "user", "k") for i in range(n)]}),
    "ids": lambda n: (
        ask(called(*[call("bad")] * n)), 400,
        {"message": "Tool call id was bad but must be a-z, A-Z, 0-9, with a length of 9."}),
    "names": lambda n: (
        ask(tools=[tool("b d")] * n), 400, {"message": "Function name was b d but must be a-z"}),
    "thoughts": lambda n: (
        ask(*[{"role": "assistant", "content": [{"type": "thinking"}, {"type": "text"}]}] * n), 400,
        {"message": "Reasoning input is not enabled for this model"}),
    "order": lambda n: (
        {"messages": _turn("tool", "user") * n}, 400,
        {"message": "Unexpected role 'user' after role 'tool'"}),
    "empty turns": lambda n: (
        {"messages": [{"role": "assistant", "content": ""}] * n}, 400,
        {"message": "Assistant message must have either content or tool_calls, but not none."}),
    "a stray result": lambda n: (
        ask(*[m for i in range(n) for m in (called(call(f"c{i}")), result(f"c{i}"))]), 400,
        {"message": "Unexpected tool call id zz in tool results"}),
    "a long word": lambda n: (CLEAN, 400, {"message": "x" * n * 10}),
}  # fmt: skip
"""What Mistral refused, and its answer, by a length."""


QUICK = ("keys", "order", "a long word")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.full]) for n in REFUSED]
)
def test_refusals_are_read_in_linear_time(name: str) -> None:
    """`repair_refused` costs the same for each thing that the answer names."""
    sizes = (40, 160, 640)
    assert_linear(costs(lambda args: repair_refused(*args), REFUSED[name], sizes, cost_of), sizes)


LONG_WORDS = """
import resource
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
from mistral_sanitize import repair_refused
for word in ("x", "reasoning_effort", "reasoning_effort=", "_ is not ", "x=", "does not support `"):
    for _ in range(30):
        repair_refused({"messages": []}, 400, {"message": word * 20_000})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_CPU is POSIX's")
def test_a_long_word_is_no_trouble_for_a_pattern() -> None:
    """Words that Mistral's answer quotes are the client's: none of them makes the search slow.

    A pattern's steps cannot be counted. So this has ten seconds of the processor's time for what
    takes one; a pattern that may start anywhere in a word takes a minute, or an hour.
    """
    done = _in_a_process(LONG_WORDS)
    assert done.returncode == 0, done.stderr


def _in_a_process(code: str) -> subprocess.CompletedProcess[str]:
    root = Path(mistral_sanitize.__file__).parents[1]
    env = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env)


@pytest.mark.parametrize("text", ["x", "\\", '"', "é"])
def test_words_of_the_writer_cost_no_memory(text: str) -> None:
    """A body with a word that the writer looks for takes a few times its size, as any does."""
    long = text * (500_000 // len(text))
    payload = {**CLEAN, "messages": [{"role": "user", "content": long + "Infinity"}], "x": 1}
    body = json.dumps(payload, ensure_ascii=False).encode()
    cost = cost_of(lambda: sanitize_body(body, sanitizer=SANITIZER))
    assert cost.peak < 12 * len(body)


# -- printed and logged ---------------------------------------------------------------------------


def test_a_printed_report_is_as_long_as_its_paths() -> None:
    """One long key does not make all the other rows as long."""
    report = SANITIZER.explain({**CLEAN, "k" * 100_000: 1, **{f"k{i}": 1 for i in range(500)}})
    assert len(str(report)) < 300_000


def test_a_long_key_is_a_short_line(caplog: pytest.LogCaptureFixture) -> None:
    """A client cannot fill the log with the names of its fields."""
    exchange = AdapterOptions().exchange("POST", CHAT)
    assert exchange is not None
    keys = {letter * 100_000: 1 for letter in "abcdefghijklmnop"}
    with caplog.at_level("DEBUG"):
        exchange.clean(json.dumps({**CLEAN, **keys}).encode())
    (record,) = [r for r in caplog.records if r.name == "mistral_sanitize"]
    assert len(record.getMessage()) < 10_000


# -- loops, and what no JSON has ------------------------------------------------------------------


@pytest.mark.parametrize("place", [
    pytest.param(place, marks=[pytest.mark.slow] if place == "parameters" else [])
    for place in PLACES
])  # fmt: skip
def test_values_that_contain_themselves(place: str) -> None:
    """Wherever a value contains itself, there is a result, a report and a verdict; no recursion."""
    for make in LOOPS.values():
        for sanitizer in (SANITIZER, EVERY):
            report = sanitizer.explain(PLACES[place](make()))
            assert isinstance(report.payload, dict)
            assert str(report)
            assert repr(report.changes)
            assert isinstance(sanitizer.check(report.payload), tuple)


@pytest.mark.parametrize("place", PLACES)
def test_values_that_no_json_has(place: str) -> None:
    """Bytes, sets, mappings that are no dicts, keys that are no strings: left, moved or removed."""
    for make in EXOTIC.values():
        for sanitizer in (SANITIZER, EVERY):
            report = sanitizer.explain(PLACES[place](make()))
            assert isinstance(report.payload, dict)
            str(report).encode()
            assert isinstance(sanitizer.check(report.payload), tuple)


def raised_by(work: Callable[[Any], object], payload: Any) -> Exception | None:
    try:
        work(payload)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("place", PLACES)
def test_values_that_raise(place: str) -> None:
    """What a caller's own object raises comes out as it is, or not at all; nothing else does."""
    for make in RAISING.values():
        for work in WORK.values():
            raised = raised_by(work, PLACES[place](make()))
            assert raised is None or isinstance(raised, Boom)


def test_a_payload_that_is_its_own_message() -> None:
    """The whole payload within itself is no trouble either."""
    payload: dict[str, Any] = dict(CLEAN)
    payload["messages"] = [payload]
    payload["metadata"] = payload["tools"] = payload["user"] = payload
    report = SANITIZER.explain(payload)
    assert "user" not in report.payload
    assert SANITIZER.check(report.payload)


def test_looped_values_cannot_be_written() -> None:
    """What no JSON can hold is an error of the writer's, and not of ours; nothing is lost."""
    payload = {**CLEAN, "metadata": LOOPS["object"](), "user": "u"}
    clean = SANITIZER.sanitize(payload)
    assert clean["metadata"] is payload["metadata"]
    with pytest.raises(ValueError, match=r"[Cc]ircular"):
        json.dumps(clean)


# -- JSON text ------------------------------------------------------------------------------------

DEEP: dict[str, tuple[bytes, bytes]] = {
    "lists": (b"[", b"]"),
    "objects": (b'{"a":', b"}"),
    "both": (b'[{"a":', b"}]"),
    "openings alone": (b"[", b""),
    "keys alone": (b'{"a":', b""),
}
AROUND: dict[str, tuple[bytes, bytes]] = {
    "nothing": (b"", b""),
    "unknown": (b'{"x":', b"}"),
    "metadata": (b'{"metadata":', b"}"),
    "content": (b'{"messages":[{"role":"user","content":', b"}]}"),
    "arguments": (
        b'{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":',
        b"}}]}]}"),
    "parameters": (b'{"tools":[{"type":"function","function":{"name":"f","parameters":', b"}}]}"),
    "response format": (
        b'{"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":', b"}}}"),
}  # fmt: skip


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("deep", DEEP)
def test_deep_text(deep: str, around: str) -> None:
    """A hundred thousand levels in any place of a body are an `InvalidBodyError`."""
    opening, closing = DEEP[deep]
    before, after = AROUND[around]
    body = before + opening * 100_000 + b"1" + closing * 100_000 + after
    for given in (body, body.decode(), bytearray(body)):
        with pytest.raises(InvalidBodyError):
            sanitize_json(given)


LEVELS = [*range(190, 215), *range(900, 1100)]


def test_text_at_the_edge_of_what_python_reads() -> None:
    """At any depth between what is read and what is not, the body is written or refused.

    Python's reader and writer do not count alike, so there may be levels that can be read and not
    be written: those are an `InvalidBodyError` of `sanitize_json` and a refusal of `sanitize_body`.
    """
    for levels in LEVELS:
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            inner = opening * levels + b"1" + closing * levels
            body = b'{"x":1,"metadata":{"a":' + inner + b"}}"
            with contextlib.suppress(InvalidBodyError):
                assert inner in sanitize_json(body)
            found = sanitize_body(body, sanitizer=SANITIZER)
            assert found.error is None or found.error.status == 400
            assert inner in found.body


HIDDEN = "\\u0061", "a"


@pytest.mark.parametrize("first", ["messages", "\\u006dessages"])
@pytest.mark.parametrize("second", ["messages", "mes\\u0073ages"])
def test_a_key_twice_is_one_when_the_body_is_written(first: str, second: str) -> None:
    """However a key is spelled, the last of two equal ones counts, and the other is not sent on."""
    one, two = '[{"role":"user","content":"one"}]', '[{"role":"user","content":"two"}]'
    body = f'{{"{first}":{one},"x":1,"{second}":{two}}}'.encode()
    assert sanitize_json(body) == f'{{"messages":{two}}}'.encode()


def test_a_key_twice_in_a_clean_body_is_left() -> None:
    """A body without a change is the same bytes, both keys in it: Mistral decides."""
    body = json.dumps({**CLEAN, "model": "a"})[:-1].encode() + b', "model": "b"}'
    assert sanitize_json(body) is body


NEAR = ("Model", "model ", "\\u200bmodel", "mod\\u0065l\\u0000", "ｍodel")


@pytest.mark.parametrize("near", NEAR)
def test_a_key_that_looks_like_another_is_unknown(near: str) -> None:
    """No key is trimmed, folded or normalized into one that Mistral has."""
    body = f'{{"model":"m","{near}":"other","messages":[]}}'.encode()
    assert json.loads(sanitize_json(body)).get("model") == "m"
    assert b"other" not in sanitize_json(body)


# -- codings --------------------------------------------------------------------------------------

Pack = Callable[[bytes], bytes]


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def codings() -> Iterator[tuple[str, str, Pack]]:
    """Every coding that is read here: its name, its label, and how to make it."""
    yield "gzip", "gzip", lambda body: gzip.compress(body, mtime=0)
    yield "x-gzip", "x-gzip", lambda body: gzip.compress(body, mtime=0)
    yield "deflate", "deflate", zlib.compress
    yield "raw deflate", "deflate", _raw_deflate
    try:
        import brotli

        yield "br", "br", brotli.compress
    except ImportError:
        pass
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            from backports import zstd
        except ImportError:
            return
    yield "zstd", "zstd", zstd.compress


CODINGS = {name: (label, pack) for name, label, pack in codings()}
PACKERS = dict(CODINGS.values())
DIRTY = json.dumps({**CLEAN, "user": "u1"}).encode()


def run(body: bytes, coding: str, limit: int = 1 << 20) -> Result:
    return sanitize_body(body, sanitizer=SANITIZER, content_encoding=coding, max_size=limit)


@pytest.mark.parametrize("name", CODINGS)
def test_a_stream_cut_anywhere_is_no_body(name: str) -> None:
    """Cut after any of its bytes, a coded body is refused, and given back as it came."""
    label, pack = CODINGS[name]
    whole = pack(DIRTY)
    assert run(whole, label)
    for end in range(len(whole)):
        found = run(whole[:end], label)
        assert not found
        assert found.error is not None and found.error.status == 400
        assert found.body == whole[:end]


@pytest.mark.parametrize("name", CODINGS)
def test_a_stream_with_any_byte_wrong(name: str) -> None:
    """With a bit flipped in any byte, there is a result; never an exception, never another body."""
    label, pack = CODINGS[name]
    whole = pack(DIRTY)
    for at in range(len(whole)):
        broken = whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :]
        found = run(broken, label)
        assert found or found.body == broken


NESTED = ("gzip, gzip", "gzip, deflate", "deflate, gzip, deflate", "gzip, gzip, br", "zstd, br",
          "br, zstd, gzip", "x-gzip,  , identity,gzip")  # fmt: skip


def packed(body: bytes, codings: str) -> bytes:
    for name in filter(None, map(str.strip, codings.split(","))):
        body = body if name == "identity" else PACKERS[name](body)
    return body


def known(codings: str) -> bool:
    return all(name.strip() in {*PACKERS, "identity", ""} for name in codings.split(","))


@pytest.mark.parametrize("nested", [n for n in NESTED if known(n)])
def test_nested_codings(nested: str) -> None:
    """Up to three codings are undone from the last to the first, and done again."""
    found = run(packed(DIRTY, nested), nested)
    assert found
    assert run(found.body, nested).body is found.body  # clean now, in the same codings


def test_more_codings_are_left_alone() -> None:
    """Four are nobody's honest request: the body passes as it came, and nothing is undone."""
    four = "gzip, gzip, gzip, gzip"
    body = packed(DIRTY, four)
    found = run(body, four)
    assert not found
    assert found.body is body
    assert found.error is None


BOMB = 64 << 20


@pytest.mark.parametrize("name", CODINGS)
def test_a_bomb_costs_the_limit(name: str) -> None:
    """What would inflate to 64 MB takes a few times the limit of 1 MB, and is refused with 413."""
    label, pack = CODINGS[name]
    bomb = pack(b"[" + b" " * (8 << 20 if name == "br" else BOMB))
    cost = cost_of(lambda: run(bomb, label))
    assert run(bomb, label).error.status == 413  # type: ignore[union-attr]
    assert cost.peak < (4 << 20) + 2 * len(bomb)


@pytest.mark.parametrize("nested", [n for n in NESTED if known(n)])
def test_a_bomb_within_a_bomb(nested: str) -> None:
    """The limit holds for each coding: what is small again inside is not inflated on the way."""
    bomb = packed(b" " * (16 << 20), nested)
    found = run(bomb, nested)
    assert found.error is not None and found.error.status == 413
    assert found.body is bomb


@pytest.mark.parametrize("label", ["gzip", "deflate"])
def test_a_bomb_in_front_of_garbage(label: str) -> None:
    """That the limit was passed is said before anybody looks at what follows."""
    assert run(PACKERS[label](b" " * (2 << 20)) + b"garbage", label).error.status == 413  # type: ignore[union-attr]


# -- texts with a meaning for somebody else -------------------------------------------------------

WORDS = ("Infinity", "-Infinity", "NaN", '"Infinity', "\\Infinity", "\\\\", '\\"', "\\", "\ud800",
         "\0", "\u2028", "1e999")  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
def test_words_of_the_writer_in_texts(word: str) -> None:
    """What the writer of JSON looks for may stand in any text, and in any key, and stays there."""
    payload = {**CLEAN, "messages": [{"role": "user", "content": word * 5}],
               "metadata": {word: word, "n": float("inf")}, "x": 1}  # fmt: skip
    body = json.dumps(payload).encode()
    clean = json.loads(sanitize_json(body))
    assert clean == {key: value for key, value in payload.items() if key != "x"}


# -- at the same time -----------------------------------------------------------------------------

DOCUMENTED = (RuntimeError, KeyError, IndexError, TypeError)


def _restless() -> dict[str, Any]:
    payload = copy.deepcopy(ask(called(call("call_1"), call("call_2")), result("call_1"), x=1))
    payload["messages"] *= 20
    payload["tools"] = [tool("f.g", {"$id": "x", "properties": {"a": {"$id": "x"}}})]
    return payload


def test_a_payload_changed_by_another_thread() -> None:
    """A payload that another thread changes meanwhile is a result, or an error of Python's own.

    Python says "changed size during iteration" where it notices; a list that becomes shorter, or a
    key that goes, may be missing where it was just seen. In `check` it is pydantic-core that
    notices, and calls it a panic. Whatever comes out, the next payload is sanitized as ever.
    """
    payload = _restless()
    stop = threading.Event()

    def disturb() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            payload[f"k{turn % 50}"] = turn
            payload.pop(f"k{(turn + 25) % 50}", None)
            payload["messages"].append({"role": "assistant", "content": "x", f"k{turn}": 1})
            del payload["messages"][turn % 3]
            for message in payload["messages"][:3]:
                message[f"k{turn}"] = [turn]
                message.pop(f"k{turn - 1}", None)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=disturb) for _ in range(2)]
    try:
        for thread in threads:
            thread.start()
        for _ in range(150):
            for work in (SANITIZER.explain, SANITIZER.check):
                try:
                    found = work(payload)
                except DOCUMENTED:
                    continue
                except BaseException as error:
                    if work != SANITIZER.check or type(error).__name__ != "PanicException":
                        raise
                    continue
                assert not isinstance(found, Report) or str(found)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(before)
    still = _restless()
    assert str(SANITIZER.explain(still)) == str(Sanitizer().explain(copy.deepcopy(still)))


# -- what takes gigabytes -------------------------------------------------------------------------

HUGE = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (6 << 30, 6 << 30))
resource.setrlimit(resource.RLIMIT_CPU, (300, 300))
from mistral_sanitize import Sanitizer
from mistral_sanitize.body import sanitize_body
S, MB, MANY = Sanitizer(), 1 << 20, 1_000_000
USER = {"role": "user", "content": "q"}
def ask(*messages, **more): return {"model": "m", "messages": [USER, *messages], **more}
def made(**function): return {"type": "function", "function": function}
def call(i, n="f"): return {"id": i, **made(name=n, arguments="{}")}
def tool(n="f", **more): return {**made(name=n, parameters={}), **more}
def keys(): return {f"k{n}": n for n in range(MANY)}
def said(*calls): return {"role": "assistant", "content": "", "tool_calls": [*calls]}
def text(): return "x" * (100 * MB)
"""
CASES = {
    "a million messages": "ask(*[USER] * MANY)",
    "a million messages, each odd": "ask(*[{**USER, 'name': 'a'}] * MANY)",
    "calls, results late": (
        "ask(*[said(call(f'c{n:08d}')) for n in range(MANY // 4)],"
        " *[{'role': 'tool', 'tool_call_id': f'c{n:08d}', 'content': ''}"
        " for n in range(MANY // 4)])"),
    "calls in a message": "ask(said(*[call(f'call_{n}') for n in range(MANY // 4)]))",
    "results of one id first": (
        "ask(*[{'role': 'tool', 'tool_call_id': 'a', 'content': ''}] * (MANY // 4),"
        " said(*[call('a')] * (MANY // 4)))"),
    "a million keys": "{**ask(), **keys()}",
    "a million keys in a message": "ask({**USER, **keys()})",
    "a million keys in a tool": "ask(tools=[tool(**keys())])",
    "a million keys in metadata": "ask(metadata=keys())",
    "properties": (
        "ask(tools=[{'type': 'function', 'function': {'name': 'f', 'parameters':"
        " {'properties': {f'k{n}': {'$id': 'x'} for n in range(MANY // 4)}}}}])"),
    "tools of one name": "ask(tools=[tool('f.g')] * (MANY // 4))",
    "a long content": "ask({'role': 'user', 'content': text()}, x=1)",
    "a long part": "ask({'role': 'user', 'content': [{'type': 'input_text', 'text': text()}]})",
    "a long id": "ask(said(call(text())))",
    "a long tool name": "ask(tools=[tool('.' + text())])",
    "a long key": "{**ask(), text(): 1}",
    "a long key in capitals": "{**ask(), 'K' + text(): 1}",
    "a long model": "{**ask(), 'model': 'mistral/' * (12 * MB)}",
    "a long role": "ask({'role': text(), 'content': 'x'})",
    "a long word of quotes": (
        "ask({'role': 'user', 'content': chr(34) * (50 * MB) + 'Infinity'}, x=1)"),
    "a long word of the writer's": "ask({'role': 'user', 'content': text() + 'Infinity'}, x=1)",
}  # fmt: skip
"""What is a payload of a gigabyte or near it, by name."""


@pytest.mark.full
@pytest.mark.huge
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS is Linux's")
@pytest.mark.parametrize("name", CASES)
def test_huge(name: str) -> None:
    """A million of anything and texts of 100 MB are done in 6 GB: as a payload and as a body.

    A quarter of that where each is an object of several levels.

    In a process of its own, which may take no more, and five minutes of the processor's time: what
    is quadratic would take days.
    """
    code = f"""{HUGE}
payload = {CASES[name]}
report = S.explain(payload)
assert isinstance(report.payload, dict)
assert S.explain(report.payload).payload is report.payload
str(report)
del report
body = json.dumps(payload).encode()
del payload
if len(body) < 130 * MB:
    found = sanitize_body(body, sanitizer=S, max_size=1 << 30)
    assert found.error is None
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""
    done = _in_a_process(code)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) < 6 << 10
