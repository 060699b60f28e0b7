"""The inputs that the fuzzer found, replayed without it, and the fuzzer's own judges.

`tests/tools/fuzz` has the targets and the laws; its README has the record of the runs.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from typing import Any

import pytest

from mistral_sanitize import InvalidBodyError, explain, sanitize_json
from mistral_sanitize.rules import GROUPS, RULES
from tests.tools.fuzz import __main__ as command
from tests.tools.fuzz import corpus, grammar, laws, seeds
from tests.tools.fuzz.targets import TARGETS

KILOBYTES = 300
"""Of all files of the corpus together: it is read by people who clone this, too."""


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_keeps_the_laws(name: str) -> None:
    """Each input of the corpus, and each row of our tables, goes through its target."""
    found = corpus.read(name)
    assert len(found) > 20
    for data in (*found, *seeds.seeds(name)):
        TARGETS[name](data)


def test_the_corpus_is_small() -> None:
    """And holds nothing but the files of the targets."""
    files = sorted(corpus.FOLDER.iterdir())
    assert [file.name for file in files] == sorted(f"{name}.jsonl" for name in TARGETS)
    assert sum(file.stat().st_size for file in files) < KILOBYTES * 1000


def test_the_corpus_reaches_the_rules() -> None:
    """The grammar is no narrower than the table: the inputs fire rules of every group."""
    fired: set[str] = set()
    for data in corpus.read("sanitize_json.grammar"):
        c = grammar.Choices(data)
        opts = grammar.options(c)
        fired |= {change.rule for change in explain(grammar.payload(c, opts), **opts).changes}
    assert {RULES[rule].group for rule in fired} == GROUPS.keys()
    assert len(fired) > len(RULES) // 2


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 40, bytes(range(256))])
def test_any_bytes_are_an_input(name: str, data: bytes) -> None:
    """Past the end of the bytes each decision is the first one, and all of them end."""
    try:
        TARGETS[name](data)
    except Exception as error:  # a law that is broken, or what no input may lead to
        pytest.fail(repr(error))


def test_a_corpus_is_packed_and_read(monkeypatch: Any, tmp_path: Any) -> None:
    """Any bytes survive, each once, the shortest first, as many as there is room for."""
    monkeypatch.setattr(corpus, "FOLDER", tmp_path)
    inputs = [bytes(range(256)), b"", b"a", b'"\\', b"a", bytes(1000)]
    assert corpus.pack("x", inputs, 2000) == 4
    assert corpus.read("x") == [b"", b"a", b'"\\', bytes(range(256))]
    assert corpus.read("y") == []


def test_the_needed_inputs() -> None:
    """Those are kept that go another way through our code; shorter ones before longer ones."""

    def target(data: bytes) -> None:
        if data == b"broken":
            raise ValueError
        sanitize_json(data)

    dirty, same = b'{"x":1}', b'{"y":1}'
    inputs = [same, dirty, b"{}", b"{ }", b"broken"]
    assert corpus.needed(target, inputs) == [b"{}", dirty]
    assert corpus.needed(target, inputs, given=[b"{ }", same]) == []


def test_the_targets_are_those_of_the_command() -> None:
    """The command names them without importing what it may be without."""
    assert tuple(TARGETS) == command.NAMES


def test_without_atheris(monkeypatch: Any, capsys: Any) -> None:
    """The command says what is missing, how to get it, and what can be done without."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert command.main(["check"]) == 2
    said = capsys.readouterr().err
    assert "atheris is not installed" in said
    assert "pip install atheris" in said
    assert "pytest tests/test_fuzz_corpus.py" in said


# -- the laws notice -------------------------------------------------------------------------------

DIRTY = {"model": "m", "messages": [{"role": "user", "content": "#c0#"}], "user": "#n1#"}
BODY = json.dumps(DIRTY).encode()


def broken(monkeypatch: Any, name: str, wrong: Any) -> None:
    """Puts something wrong in the place of what the laws call by this name."""
    right = getattr(laws, name)
    monkeypatch.setattr(laws, name, lambda *args, **more: wrong(right, *args, **more))


def cut(right: Any, payload: Any, **opts: Any) -> Any:
    report = right(payload, **opts)
    if "user" not in payload:
        return report
    return replace(report, payload={**report.payload, "messages": []})


def untold(right: Any, payload: Any, **opts: Any) -> Any:
    report = right(payload, **opts)
    return replace(report, changes=tuple(replace(c, lossy=False) for c in report.changes))


def changed(right: Any, payload: Any, **opts: Any) -> Any:
    payload.pop("user", None)
    return right(payload, **opts)


def telling(right: Any, payload: Any, **opts: Any) -> Any:
    report = right(payload, **opts)
    return replace(report, changes=tuple(replace(c, path="/#n1#") for c in report.changes))


@pytest.mark.parametrize(
    ("wrong", "law"),
    [(cut, "differ"), (untold, "conservative"), (changed, "pure"), (telling, "quoted")],
)
def test_a_wrong_report_is_noticed(monkeypatch: Any, wrong: Any, law: str) -> None:
    """A loss untold, another result, a changed argument, a value in a text."""
    laws.payload_laws(json.loads(BODY), {})
    broken(monkeypatch, "explain", wrong)
    with pytest.raises(AssertionError, match=law):
        laws.payload_laws(json.loads(BODY), {})


def quoting(right: Any, body: Any, **opts: Any) -> Any:
    try:
        return right(body, **opts)
    except InvalidBodyError:
        raise InvalidBodyError(f"the body is not JSON: {body!r}", 0) from None


def chained(right: Any, body: Any, **opts: Any) -> Any:
    try:
        return right(body, **opts)
    except InvalidBodyError as error:
        raise error from ValueError(repr(body))


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (BODY[:-1], quoting),
        (BODY[:-1], chained),
        (BODY[:-1], lambda right, body, **opts: body),
        (BODY, lambda right, body, **opts: body.replace(b'"m"', b'"n"')),
        (b"{}", lambda right, body, **opts: b"{ }"),
    ],
    ids=["quoting", "chained", "lenient", "another", "rewritten"],
)
def test_a_wrong_body_is_noticed(monkeypatch: Any, body: bytes, wrong: Any) -> None:
    """A message or a context that quotes, bytes read that are no JSON, and another result."""
    laws.body_laws(body, {})
    broken(monkeypatch, "sanitize_json", wrong)
    with pytest.raises(AssertionError):
        laws.body_laws(body, {})


def test_a_cure_without_end_is_noticed(monkeypatch: Any) -> None:
    """An answer that is cured again and again is a loop, in a proxy."""
    answer = {"detail": [{"type": "extra_forbidden", "loc": ["body", "user"], "msg": ""}]}
    laws.cure_laws(dict(DIRTY), 422, answer)

    def again(right: Any, payload: Any, status: int, body: Any) -> Any:
        report = right({**payload, "user": 1}, status, body)
        swapped = {**payload, "user": payload["user"] + "."}
        change = replace(
            report.changes[0], op="replace", path="/user", before=None, after=swapped["user"]
        )
        return replace(report, payload=swapped, changes=(change,))

    broken(monkeypatch, "repair_refused", again)
    with pytest.raises(AssertionError, match="without end"):
        laws.cure_laws({**DIRTY, "user": "x"}, 422, answer)


def test_another_reply_is_noticed(monkeypatch: Any) -> None:
    """`restore` changes names and ids that were renamed, and nothing beside."""
    report = replace(explain({"messages": []}), _names=(("a_b", "a.b"),))
    reply = {"choices": [{"message": {"content": "x", "tool_calls": [
        {"id": "1", "function": {"name": "a_b", "arguments": "{}"}}]}}]}  # fmt: skip
    laws.restore_laws(reply, report)
    broken(monkeypatch, "restore", lambda right, value, known: {**right(value, known), "x": 1})
    with pytest.raises(AssertionError, match="shape"):
        laws.restore_laws(reply, report)


def test_a_problem_that_quotes_is_noticed(monkeypatch: Any) -> None:
    """`check` names places and words of its own."""
    laws.check_laws(dict(DIRTY), {})

    def quoted(right: Any, payload: Any, **opts: Any) -> Any:
        return tuple(replace(p, words="#c0#") for p in right(payload, **opts))

    broken(monkeypatch, "check", quoted)
    with pytest.raises(AssertionError, match="quoted"):
        laws.check_laws(dict(DIRTY), {})
