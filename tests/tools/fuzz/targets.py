"""What is fuzzed: `TARGETS`, each a function of bytes that raises where a law is broken.

Each entry point of the library has two: ``.bytes`` takes the input for what a stranger sends, and
``.grammar`` makes a likely request out of it (see `grammar`). The first byte of ``.bytes`` picks
the options.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Final
from unittest import mock

from mistral_sanitize import Sanitizer, explain, profiles
from mistral_sanitize.body import AdapterOptions, Result, sanitize_body
from mistral_sanitize.cli.command import main
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import RULES
from tests.tools.fuzz import grammar, hosts, replies
from tests.tools.fuzz.grammar import Choices
from tests.tools.fuzz.laws import (
    body_laws,
    check_laws,
    cure_laws,
    depth,
    judged,
    payload_laws,
    private,
    restore_laws,
    text,
)

__all__ = ["TARGETS"]

Json = dict[str, Any]

OPTIONS: Final[Sequence[Json]] = (
    {},
    {"drop": ()},
    {"keep": ("x", "metadata", "seed")},
    {"enable": tuple(rule.id for rule in RULES.values() if not rule.default)},
    {"disable": tuple(rule.id for rule in RULES.values())},
    *({"profile": profile.name} for profile in profiles.ALL),
    *({"endpoint": endpoint} for endpoint in ENDPOINTS),
)
"""What the first byte of a ``.bytes`` input picks from."""


def _opened(data: bytes) -> tuple[Json, bytes]:
    return OPTIONS[(data[0] if data else 0) % len(OPTIONS)], data[1:]


# -- sanitize_json -----------------------------------------------------------------------------


def sanitize_json_bytes(data: bytes) -> None:
    opts, body = _opened(data)
    body_laws(body, opts)
    payload = judged(body)
    if payload is not None and data[0] & 128:
        payload_laws(payload, opts)


def sanitize_json_grammar(data: bytes) -> None:
    c = Choices(data)
    opts = grammar.options(c)
    payload = grammar.payload(c, opts)
    if c.below(2):
        payload_laws(payload, opts)
        return
    written = grammar.text_of(c, payload)
    body_laws(written if c.below(4) == 3 else written.encode("utf-8", "surrogatepass"), opts)


# -- sanitize_body -----------------------------------------------------------------------------

_CHAT = "/v1/chat/completions"
_LIMIT = 1 << 16
_REFUSED = re.compile(
    r"Request body (?:larger than \d+ bytes|is not [a-z0-9-]+|is nested too deep)\Z|the body "
)
_CODINGS = ("", "gzip", "deflate", "br", "zstd", "identity", "gzip, gzip", "br,deflate", "x")
_TYPES = ("", "application/json", "text/plain; charset=latin1", 'x/y;charset="cp1252', "a;charset=")


def _told(result: Result, body: bytes) -> None:
    """What a `Result` may be."""
    assert result.report is None or result.error is None
    assert bool(result) == (result.report is not None)
    if not result:
        assert result.body is body, "a body that was not changed is another object"
    private(result, repr(result))
    if result.error is not None:
        assert result.error.status in (400, 413)
        assert _REFUSED.match(result.error.message), result.error.message
        json.loads(result.error.body)


def _body_laws(body: bytes, kind: str, coding: str, opts: Json) -> Result:
    """`sanitize_body` is total, answers or cleans, and has nothing to do to what it cleaned."""
    sanitizer = Sanitizer(**opts)
    headers: Any = {"content_type": kind, "content_encoding": coding}
    result = sanitize_body(body, sanitizer=sanitizer, max_size=_LIMIT, **headers)
    _told(result, body)
    if result:
        again = sanitize_body(result.body, sanitizer=sanitizer, **headers)
        assert again.body is result.body, f"fixpoint: {again.report}"
        assert again.error is None, f"what was written cannot be read: {again.error}"
    return result


def _exchange_laws(body: bytes, kind: str, coding: str, opts: Json) -> None:
    """What adapters hold is no other."""
    exchange = AdapterOptions(Sanitizer(**opts), max_body_size=_LIMIT).exchange(
        "POST", _CHAT, kind, coding
    )
    if exchange is not None:
        _told(exchange.clean(body), body)


def sanitize_body_bytes(data: bytes) -> None:
    opts, rest = _opened(data)
    c = Choices(rest)
    coding, kind = c.pick(_CODINGS), c.pick(_TYPES)
    laws = _body_laws if data < b"\x80" else _exchange_laws
    laws(c.rest(), kind, coding, opts)


def sanitize_body_grammar(data: bytes) -> None:
    c = Choices(data)
    written, opts = grammar.any_text(c)
    wire = grammar.wire(c, written)
    result = _body_laws(wire.body, wire.content_type, wire.content_encoding, opts)
    payload = judged(written)
    plain = "," not in wire.content_encoding and wire.content_encoding in ("", "identity")
    if result and wire.whole and plain and payload is not None and written.isascii():
        found = json.loads(result.body)
        assert text(found) == text(explain(payload, **opts).payload), "another result"


# -- check -------------------------------------------------------------------------------------


def check_bytes(data: bytes) -> None:
    opts, body = _opened(data)
    payload = judged(body)
    if payload is not None:
        check_laws(payload, opts)


def check_grammar(data: bytes) -> None:
    c = Choices(data)
    opts = grammar.options(c)
    check_laws(grammar.payload(c, opts), opts)


# -- restore and repair_refused ----------------------------------------------------------------

_STATUSES = (422, 400, 200, 500, 0)


def restore_bytes(data: bytes) -> None:
    opts, rest = _opened(data)
    body, _, answer = rest[1:].partition(b"\n")
    status = _STATUSES[(rest[0] if rest else 0) % len(_STATUSES)]
    payload = judged(body)
    if payload is None or depth(payload) > 100:
        return
    cure_laws(payload, status, answer)
    AdapterOptions(retry_refused=True).exchange("POST", _CHAT).cure(body, status, answer)  # type: ignore[union-attr]
    reply = judged(answer)
    if reply is not None and depth(reply) <= 100:
        restore_laws(reply, explain(payload, **opts))
        cure_laws(payload, status, reply)


def restore_grammar(data: bytes) -> None:
    c = Choices(data)
    opts = grammar.options(c)
    payload = grammar.payload(c, opts)
    if c.below(2):
        cure_laws(payload, c.pick(_STATUSES), grammar.any_answer(c, payload))
        return
    report = explain(payload, **opts)
    reply = grammar.any_reply(c, tuple(report.names), tuple(report.ids))
    restore_laws(reply, report)


# -- the command line --------------------------------------------------------------------------


class _Stdin:
    """Standard input of so many bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def _text_stream() -> Any:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")


def _run(argv: Sequence[str], stdin: bytes) -> tuple[int, bytes, str]:
    """Exit code, standard output, standard error."""
    out, err = _text_stream(), _text_stream()
    with mock.patch.object(sys, "stdin", _Stdin(stdin)), redirect_stdout(out), redirect_stderr(err):
        code = main(argv)
        out.flush()
        err.flush()
        return code, out.buffer.getvalue(), err.buffer.getvalue().decode("utf-8")


_SWITCHES: Final[Sequence[Sequence[str]]] = (
    (), ("--check",), ("-q",), ("--format", "json"), ("--format", "patch"), ("--strict",),
    ("--indent",), ("--no-drop",), ("--endpoint", "/v1/embeddings"),
    ("--profile", profiles.ALL[0].name),
)  # fmt: skip
_FORMS: Final[Sequence[tuple[str, Sequence[str]]]] = (
    ("", ()), ("", ("--lines",)), ("", ("--no-lines",)),
    ("in", ()), ("in.json", ()), ("in.jsonl", ()), ("in.jsonl", ("--rejects",)),
)  # fmt: skip
"""The input's file, none for standard input, and what is said of lines."""


def _command_laws(data: bytes, argv: list[str], name: str, said: Sequence[str]) -> None:
    """Whatever it reads: no exception, a documented exit code, no line lost, a fixpoint."""
    with tempfile.TemporaryDirectory(prefix="fuzz") as folder:
        source, rejects = Path(folder, name), Path(folder, "rejects")
        if name:
            source.write_bytes(data)
        rejecting = "--rejects" in said and "--check" not in argv
        named = [os.fspath(source)] if name else []
        more = ["--rejects", os.fspath(rejects)] if rejecting else [*said]
        if more == ["--rejects"]:
            more = []
        code, out, err = _run([*argv, *more, *named], data)
        entries = rejects.read_bytes().splitlines() if rejecting else []
    assert code in (0, 3) or (code == 1 and "--check" in argv), f"exit code {code}: {err}"
    assert "please report this" not in err and "Traceback" not in err, err
    if "patch" not in argv:
        private(err)
    # A url says which request it is, and Mistral's lines have none: then it is the option's matter.
    again = code == 0 and b"url" not in data
    if "--check" in argv:
        assert out == b"", "--check writes"
    elif name == "in.jsonl" or "--lines" in said:
        _lines_laws(data, argv, out, entries, again=again)
    elif again and "--no-lines" in said and "--indent" not in argv:
        assert _run([*argv, "--no-lines"], out)[:2] == (0, out), "fixpoint of a document"


def _lines_laws(
    data: bytes, argv: list[str], out: bytes, entries: list[bytes], *, again: bool
) -> None:
    for entry in entries:
        assert json.loads(entry).keys() == {"file", "line", "reason", "text"}
    if "--strict" not in argv:
        assert _full(out) + len(entries) == _full(data.removeprefix(_BOM)), "a line is lost"
    if again:
        assert _run([*argv, "--lines"], out)[:2] == (0, out), "fixpoint of lines"


_BOM = b"\xef\xbb\xbf"


def _full(written: bytes) -> int:
    """How many lines are not blank."""
    return sum(1 for line in io.BytesIO(written) if line.strip())


def _command(c: Choices, make: Callable[[Choices], bytes]) -> None:
    argv = [word for switch in c.some(_SWITCHES, 2) for word in switch]
    name, said = c.pick(_FORMS)
    if "--check" in argv and "patch" in argv:  # wrong usage
        argv.remove("--check")
    _command_laws(make(c), argv, name, said)


def command_bytes(data: bytes) -> None:
    _command(Choices(data), Choices.rest)


def command_grammar(data: bytes) -> None:
    _command(Choices(data), grammar.lines)


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {
    "sanitize_json.bytes": sanitize_json_bytes,
    "sanitize_json.grammar": sanitize_json_grammar,
    "sanitize_body.bytes": sanitize_body_bytes,
    "sanitize_body.grammar": sanitize_body_grammar,
    "check.bytes": check_bytes,
    "check.grammar": check_grammar,
    "restore.bytes": restore_bytes,
    "restore.grammar": restore_grammar,
    "command.bytes": command_bytes,
    "command.grammar": command_grammar,
    **replies.TARGETS,
    **hosts.TARGETS,
}
"""By name: entry point and style of the input."""
