"""The command line on JSON lines: batch lines, bad lines, workers, memory, signals."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mistral_sanitize import InvalidBodyError, Sanitizer, explain, sanitize_json
from mistral_sanitize.cli import workers as pool
from mistral_sanitize.cli.duplicates import Duplicates, record
from mistral_sanitize.cli.files import Input
from mistral_sanitize.cli.lines import Chunk
from mistral_sanitize.cli.payloads import Job
from mistral_sanitize.cli.terminal import Progress, progress_line
from mistral_sanitize.models import ENDPOINTS
from tests.command import ROOT, environment, is_batch_line, run, start
from tests.jsonpatch import apply
from tests.laws import draws, size
from tests.payloads import json_values, payloads

EXAMPLE = json.loads((ROOT / "docs" / "examples" / "openai_request.json").read_bytes())
CLEAN = {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hi"}]}
DIRTY = {**CLEAN, "seed": 1}
CLEANED = {**CLEAN, "random_seed": 1}
CHAT = "/v1/chat/completions"


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def alike(one: Any, other: Any) -> bool:
    """Equal as JSON, where objects have no order, and 1 is not true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def numbered(count: int) -> bytes:
    """So many batch lines in OpenAI's form, each as long as a real one."""
    rest = encoded({"method": "POST", "url": CHAT, "body": EXAMPLE})[1:]
    return b"".join(b'{"custom_id":"r%d",%s\n' % (i, rest) for i in range(count))


# -- laws -------------------------------------------------------------------------------------


def payload_lines() -> st.SearchStrategy[bytes]:
    """Payloads, other JSON, and bytes that are neither, without a line's end in them."""
    texts = st.one_of(payloads().map(encoded), json_values().map(encoded), st.binary(max_size=20))
    return texts.map(lambda text: re.sub(rb"[\r\n]", b" ", text))


@settings(max_examples=draws(50))
@given(
    st.lists(st.tuples(payload_lines(), st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\r\n \n"]))),
    st.booleans(),
)
def test_lines_are_what_sanitize_json_makes_of_them(
    lines: list[tuple[bytes, bytes]], unfinished: bool
) -> None:
    """Line by line, to the byte, ends included; what it raises for stays in its place."""
    expected, bad, number = b"", [], 0
    text = b""
    for position, (line, end) in enumerate(lines):
        end = b"" if unfinished and position == len(lines) - 1 else end
        text += line + end
        number += 1
        if line.removeprefix(b"\xef\xbb\xbf" if position == 0 else b"").strip():
            if position == 0:
                line = line.removeprefix(b"\xef\xbb\xbf")
            try:
                if is_batch_line(json.loads(line)):
                    return
            except (ValueError, AttributeError, RecursionError):
                pass
            try:
                line = sanitize_json(line)
            except InvalidBodyError as error:
                bad.append(f"<stdin>:{number}: {error}")
            expected += line + end.split(b"\n")[0] + b"\n" * (b"\n" in end)
        number += end.count(b"\n") - 1

    ran = run("--lines", "-q", stdin=text)

    assert ran.out == expected
    assert ran.err.splitlines() == bad
    assert ran.code == (3 if bad else 0)


@settings(max_examples=draws(50))
@given(
    st.lists(
        st.fixed_dictionaries(
            {"body": payloads()},
            optional={
                "custom_id": st.text(max_size=3) | st.integers() | st.none(),
                "method": st.just("POST"),
                "url": st.sampled_from(sorted(ENDPOINTS)),
                "metadata": json_values(),
            },
        ),
        min_size=1,
        max_size=3,
    )
)
@example([{"body": {"\x85": []}}])
def test_patches_of_lines(lines: list[dict[str, Any]]) -> None:
    """A patch a line: applied to the line, it gives the line of the output."""
    texts = [encoded(line) for line in lines]

    ran = run("--lines", "--format", "patch", stdin=b"\n".join(texts))

    # splitlines() would also split at U+0085, which JSON need not escape in a string
    said = [json.loads(line) for line in ran.err.split("\n") if line]
    patches = [entry for entry in said if isinstance(entry, list)]
    assert len(patches) == len(lines)
    for before, after, patch in zip(texts, ran.out.splitlines(), patches, strict=True):
        assert alike(apply(json.loads(before), patch), json.loads(after))


@given(st.lists(st.integers(0, 30)), st.integers(1, 10), st.integers(1, 5))
def test_duplicates_are_found(numbers: list[int], run_length: int, step: int) -> None:
    """Each id that stood before, with its first place, however few are kept in memory."""
    records = [record(str(n), (0, line)) for line, n in enumerate(numbers)]
    expected = [
        ((0, line), (0, numbers.index(n)))
        for line, n in enumerate(numbers)
        if n in numbers[:line]
    ]  # fmt: skip
    duplicates = Duplicates(run_length)
    for first in range(0, len(records), step):
        duplicates.add(b"".join(records[first : first + step]))

    assert sorted(duplicates.found()) == expected
    duplicates.close()


def test_a_place_survives_its_record() -> None:
    """File and line, up to sizes that no disk has."""
    places = [(0, 1), (1, 0), (60_000, (1 << 48) - 1)]
    duplicates = Duplicates(2)
    for place in places:
        duplicates.add(record("\ud800", place))

    assert sorted(duplicates.found()) == [(place, places[0]) for place in places[1:]]
    duplicates.close()


# -- batch lines ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"custom_id": "a", "body": CLEAN}, None),
        ({"custom_id": None, "body": CLEAN}, None),
        ({"body": CLEAN}, None),
        ({"custom_id": "a", "metadata": {"seed": 1}, "body": CLEAN}, None),
        ({"custom_id": "a", "body": DIRTY}, {"custom_id": "a", "body": CLEANED}),
        ({"custom_id": "a", "method": "POST", "url": CHAT, "body": DIRTY},
         {"custom_id": "a", "body": CLEANED}),
        ({"custom_id": "a", "method": "POST", "url": CHAT, "body": CLEAN},
         {"custom_id": "a", "body": CLEAN}),
        ({"body": CLEAN, "url": None, "custom_id": "a"}, {"body": CLEAN, "custom_id": "a"}),
        ({"url": CHAT, "body": CLEAN}, {"body": CLEAN}),
        ({"custom_id": 7, "body": CLEAN}, {"custom_id": "7", "body": CLEAN}),
        # No batch lines, but payloads with a key too many.
        ({**CLEAN, "custom_id": "a"}, CLEAN),
        ({**CLEAN, "body": {}}, CLEAN),
    ],
)  # fmt: skip
@pytest.mark.parametrize("argv", [["--lines"], ["--no-lines"]], ids=str)
def test_batch_lines(argv: list[str], line: dict[str, Any], expected: Any) -> None:
    """OpenAI's become Mistral's; a clean one of Mistral's is the same bytes."""
    text = encoded(line) + b"\n"

    ran = run(*argv, "-q", stdin=text)

    assert ran == (0, text if expected is None else compact(expected) + b"\n", "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"custom_id": "a"}, "no body"),
        ({"custom_id": "a", "body": None}, "no body"),
        ({"custom_id": "a", "body": [], "x": 1}, "no body"),
        ({"method": "POST", "url": CHAT}, "no body"),
        ({"custom_id": "a", "url": "/v1/responses", "body": CLEAN}, "url"),
        ({"custom_id": "a", "url": "/v1/completions", "body": CLEAN}, "url"),
        ({"custom_id": "a", "url": 1, "body": CLEAN}, "url"),
        ({"custom_id": True, "body": CLEAN}, "custom_id is neither"),
        ({"custom_id": 1.5, "body": CLEAN}, "custom_id is neither"),
        ({"custom_id": ["a"], "body": CLEAN}, "custom_id is neither"),
    ],
)
def test_bad_batch_lines(line: dict[str, Any], words: str) -> None:
    """Those with nothing in them to sanitize, or for nobody knows what."""
    text = encoded(line) + b"\n"

    ran = run("--lines", "-q", stdin=text)

    assert ran[:2] == (3, text)
    assert words in ran.err


@pytest.mark.parametrize(
    ("url", "argv", "endpoint"),
    [
        *((endpoint, [], endpoint) for endpoint in ENDPOINTS),
        *((endpoint.removeprefix("/v1"), [], endpoint) for endpoint in ENDPOINTS),
        ("https://api.mistral.ai/v1/embeddings/?a=b#c", [], "/v1/embeddings"),
        (None, [], CHAT),
        (None, ["--endpoint=/v1/embeddings"], "/v1/embeddings"),
        ("/v1/responses", ["--endpoint=/v1/embeddings"], "/v1/embeddings"),
        ("/v1/moderations", ["--endpoint=/v1/embeddings"], "/v1/moderations"),
    ],
)
def test_the_url_names_the_endpoint(url: str | None, argv: list[str], endpoint: str) -> None:
    """Whole, in part or in Azure's short form; else it is that of the option."""
    body = {**DIRTY, "input": ["a"], "prompt": "b", "suffix": "c", "dimensions": 3}
    expected = Sanitizer(endpoint=endpoint).sanitize(body)

    ran = run("--lines", *argv, stdin=encoded({"custom_id": "a", "url": url, "body": body}) * 2)
    ran = run("--lines", *argv, stdin=encoded({"custom_id": "a", "url": url, "body": body}))

    assert json.loads(ran.out) == {"custom_id": "a", "body": expected}


def test_endpoints_are_said() -> None:
    """The one that the job has to name; or that there are several, which no job takes."""
    chat = encoded({"custom_id": "a", "url": CHAT, "body": CLEAN}) + b"\n"
    other = encoded({"custom_id": "b", "url": "/v1/moderations", "body": {"input": "x"}}) + b"\n"

    assert run("--lines", stdin=chat).err.endswith(f"the endpoint of the batch job: {CHAT}\n")
    assert run("--lines", stdin=chat + other + other).err.endswith(
        "a batch job takes one endpoint, and these lines are for 2: "
        f"{CHAT} (1 line), /v1/moderations (2 lines)\n"
    )


def test_repeated_custom_ids(tmp_path: Path) -> None:
    """The second is named with the place of the first, over all files; null is no id."""
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    ids = ["a", "b", None, None, "a", 1]
    one.write_bytes(b"".join(encoded({"custom_id": i, "body": CLEAN}) + b"\n" for i in ids))
    two.write_bytes(b"".join(encoded({"custom_id": i, "body": CLEAN}) + b"\n" for i in "1cb"))
    expected = [
        f"{one}:5: the custom_id of {one}:1 again",
        f"{two}:1: the custom_id of {one}:6 again",
        f"{two}:3: the custom_id of {one}:2 again",
    ]

    ran = run(one, two)
    assert ran.err.splitlines()[:3] == expected
    assert "2 files: 9 lines, 1 changed, 3 repeated custom_ids" in ran.err
    assert re.search(r" 1\.jsonl:6  Mistral's custom_id is a string\n", ran.err)
    assert ran.code == 0
    assert run("-q", one, two).err == ""
    assert run("--check", "-q", two).code == 0
    assert run("--check", "-q", two, two).code == 1

    said = [json.loads(line) for line in run("--format=json", one, two).err.splitlines()[-3:]]
    assert [f"{s['file']}:{s['line']}: {s['error']}" for s in said] == expected


@pytest.mark.parametrize("form", ["text", "json"])
def test_many_repeated_custom_ids(form: str) -> None:
    """Twenty are named, the rest is counted."""
    text = (encoded({"custom_id": "a", "body": CLEAN}) + b"\n") * 30

    err = run("--lines", "--format", form, stdin=text).err

    assert err.count(" again") == 20
    assert "9 more custom_ids that stood before" in err


# -- bad lines --------------------------------------------------------------------------------

BAD = b'{"secret": \n'
MIXED = encoded(DIRTY) + b"\n" + BAD + encoded(CLEAN) + b"\n[1]\r\n" + encoded(DIRTY) + b"\n"


@pytest.mark.parametrize("workers", [1, 2])
def test_bad_lines_stay_in_place(workers: int) -> None:
    """As they were; named by file and line, and not quoted."""
    ran = run("--lines", "--workers", workers, stdin=MIXED)

    good = compact(CLEANED) + b"\n"
    assert ran.code == 3
    assert ran.out == good + BAD + encoded(CLEAN) + b"\n[1]\r\n" + good
    assert ran.err.startswith(
        "<stdin>:2: the body is not JSON: Expecting value at position 11\n"
        "<stdin>:4: the body is JSON, but not an object\n"
        "<stdin>: 5 lines, 2 changed, 2 bad"
    )
    assert "secret" not in ran.err


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_rejects(tmp_path: Path, workers: int) -> None:
    """Bad lines leave the output for a file that says where they were, and lose nothing."""
    out, bad = tmp_path / "out", tmp_path / "bad"
    text = MIXED + b"\xff{\n"

    ran = run("--lines", "-q", "--workers", workers, "-o", out, "--rejects", bad, stdin=text)

    good = compact(CLEANED) + b"\n"
    assert ran[:2] == (3, b"")
    assert out.read_bytes() == good + encoded(CLEAN) + b"\n" + good
    entries = [json.loads(line) for line in bad.read_bytes().splitlines()]
    assert [(e["file"], e["line"]) for e in entries] == [("<stdin>", n) for n in (2, 4, 6)]
    assert [e["reason"] for e in entries[:2]] == [
        "the body is not JSON: Expecting value at position 11",
        "the body is JSON, but not an object",
    ]
    texts = [e["text"].encode("utf-8", "surrogateescape") for e in entries]
    assert texts == [BAD.rstrip(b"\n"), b"[1]", b"\xff{"]


def test_no_rejects(tmp_path: Path) -> None:
    """The file is there all the same: one from another run would mislead."""
    bad = tmp_path / "bad"
    bad.write_text("old")

    assert run("--lines", "-q", "--rejects", bad, stdin=encoded(CLEAN)).code == 0
    assert bad.read_bytes() == b""


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_strict(tmp_path: Path, workers: int) -> None:
    """The first bad line ends the work; what came before is on standard output, not in a file."""
    out, bad = tmp_path / "out", tmp_path / "bad"
    out.write_text("old")
    argv = ["--lines", "--strict", "-q", "--workers", workers]

    ran = run(*argv, stdin=MIXED)
    assert ran[:2] == (3, compact(CLEANED) + b"\n")
    assert ran.err == "<stdin>:2: the body is not JSON: Expecting value at position 11\n"

    assert run(*argv, "-o", out, "--rejects", bad, stdin=MIXED).code == 3
    assert out.read_text() == "old"
    assert json.loads(bad.read_bytes())["line"] == 2
    assert sorted(os.listdir(tmp_path)) == ["bad", "out"]


def test_bad_lines_in_other_reports() -> None:
    """With --format json and patch they are objects in their place."""
    for form in ("json", "patch"):
        said = [
            json.loads(s) for s in run("--lines", "--format", form, stdin=MIXED).err.splitlines()
        ]
        assert [isinstance(s, dict) and "error" in s for s in said] == [
            False, True, False, True, False,
        ]  # fmt: skip
        assert (said[3]["file"], said[3]["line"]) == ("<stdin>", 4)


def test_bad_lines_under_check() -> None:
    """They count for more than problems."""
    ran = run("--lines", "--check", stdin=MIXED)

    assert ran[:2] == (3, b"")
    assert "<stdin>:1: /seed: Extra inputs are not permitted [extra_forbidden]\n" in ran.err
    assert "<stdin>: 5 lines, 2 problems, 2 bad" in ran.err
    assert run("--lines", "--check", stdin=encoded(DIRTY)).code == 1
    assert run("--lines", "--check", stdin=encoded(CLEAN)).code == 0


# -- ends, marks, blanks ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"A\nA\n", b"A\nA\n"),
        (b"A\r\nA\r\n", b"A\r\nA\r\n"),
        (b"A\nA", b"A\nA"),
        (b"\xef\xbb\xbfA\nA\n", b"A\nA\n"),
        (b"\xef\xbb\xbf\nA\n", b"A\n"),
        (b"\n\nA\n \t\r\nA\n\n", b"A\nA\n"),
        (b" A \t\nA", b" A \t\nA"),
        (b"\n\n", b""),
        (b"", b""),
    ],
)
def test_ends(text: bytes, expected: bytes) -> None:
    """Ends and spaces stay as they are; blank lines and the byte order mark go."""
    line = encoded(CLEAN)

    ran = run("--lines", stdin=text.replace(b"A", line))

    assert ran[:2] == (0, expected.replace(b"A", line))
    blank = len(
        [1 for part in text.removeprefix(b"\xef\xbb\xbf").split(b"\n")[:-1] if not part.strip()]
    )
    assert (f"{blank} blank line" in ran.err) is (blank > 0)


def test_a_changed_line_keeps_its_end() -> None:
    """As Windows writes it, or none."""
    ran = run("--lines", "-q", stdin=encoded(DIRTY) + b"\r\n" + encoded(DIRTY))

    assert ran.out == compact(CLEANED) + b"\r\n" + compact(CLEANED)


def test_files_one_after_the_other(tmp_path: Path) -> None:
    """A last line without an end gets one where another file follows."""
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    one.write_bytes(encoded(CLEAN))
    two.write_bytes(b"\xef\xbb\xbf" + encoded(DIRTY))

    assert run("-q", one, two, one).out.splitlines() == [
        encoded(CLEAN), compact(CLEANED), encoded(CLEAN),
    ]  # fmt: skip


# -- reports ----------------------------------------------------------------------------------


def test_the_summary_counts() -> None:
    """Changes and lines by rule, as `explain` has them, what was lost first."""
    bodies = [EXAMPLE, CLEAN, DIRTY, EXAMPLE]
    changes: Counter[tuple[bool, str]] = Counter()
    lines: Counter[tuple[bool, str]] = Counter()
    for body in bodies:
        found = [(change.lossy, change.rule) for change in explain(body).changes]
        changes.update(found)
        lines.update(set(found))

    err = run("--lines", stdin=b"\n".join(map(encoded, bodies))).err

    assert "<stdin>: 4 lines, 3 changed (" in err
    assert max(map(len, err.splitlines())) <= 100
    sections = dict(
        zip((True, False), re.split(r"\n\n  (?:lossy|repaired): ", err)[1:], strict=True)
    )
    for (lossy, rule), count in changes.items():
        assert re.search(
            rf"^  {rule} +{count} +{lines[lossy, rule]} +[13]  ", sections[lossy], re.MULTILINE
        )


@pytest.mark.slow
def test_workers_count_the_same() -> None:
    """Whoever counts."""
    text = numbered(300)

    one, many = (run("--lines", "--workers", n, stdin=text) for n in (1, 3))

    assert one.out == many.out
    seconds = re.compile(r"\([0-9.]+ s\)")
    assert seconds.sub("", one.err) == seconds.sub("", many.err)


@pytest.mark.parametrize(
    ("done", "total", "lines", "seconds", "width", "expected"),
    [
        (0, 0, 0, 1.0, 79, "0 B  0 lines  0 lines/s"),
        (1_500, None, 1, 2.0, 79, "1.5 kB  1 line  0 lines/s"),
        (0, 100, 0, 1.0, 79, f"[{' ' * 24}]   0%  0 B of 100 B  0 lines/s"),
        (50, 100, 7, 2.0, 79,
         f"[{'#' * 12}{' ' * 12}]  50%  50 B of 100 B  4 lines/s  0:02 left"),
        (25_000_000, 100_000_000, 9_000, 3_600.0, 99,
         f"[{'#' * 6}{' ' * 18}]  25%  25 MB of 100 MB  2 lines/s  3:00:00 left"),
        (2 * 10**12, 10**12, 1, 1.0, 79,
         f"[{'#' * 24}] 100%  2.0 TB of 1.0 TB  1 lines/s  0:00 left"),
        (999_600, 2_000_000_000, 1, 1.0, 30, "  0%  1 MB of 2 GB  1 lines/s"),
        (50, 100, 7, 2.0, 20, " 50%  50 B of 100 B "),
    ],
)  # fmt: skip
def test_progress_line(
    done: int, total: int | None, lines: int, seconds: float, width: int, expected: str
) -> None:
    """The bar, the amount, the rate and the time that is left, as far as there is room."""
    assert progress_line(done, total, lines, seconds, width) == expected


def test_progress_is_shown_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """From half a second on, ten times a second at most, and at once after a message."""
    clock = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    stream = io.StringIO()
    progress = Progress(stream, 100, shown=True)
    shown = []
    for clock[0], message in (
        (0.4, 0), (0.5, 0), (0.55, 0), (0.56, 1), (0.57, 0), (0.6, 0), (0.7, 0),
    ):  # fmt: skip
        if message:
            progress.clear()
            progress.clear()
        before = stream.tell()
        progress.update(1, 1)
        shown.append(stream.tell() > before)
    assert shown == [False, True, False, True, False, False, True]
    assert stream.getvalue().count("\r\x1b[K") == 1

    hidden = Progress(stream, 100, shown=False)
    clock[0] = 9.0
    before = stream.tell()
    hidden.update(1, 1)
    hidden.clear()
    assert stream.tell() == before


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize(
    "argv",
    [
        pytest.param([], marks=pytest.mark.slow),
        pytest.param(["-q"], marks=pytest.mark.slow),
        ["--format=json"],
    ],
    ids=str,
)
def test_progress_on_a_terminal(tmp_path: Path, argv: list[str]) -> None:
    """A bar while it works, gone when it is done; not beside another report."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(numbered(200 if "--format=json" in argv else 4_000))
    ours, theirs = os.openpty()
    process = start(source, "-o", tmp_path / "out", *argv, stderr=theirs)
    os.close(theirs)
    said = b""
    # Linux has no end of a file here but an error.
    while piece := read_some(ours):
        said += piece
    os.close(ours)

    assert process.wait() == 0
    assert (b"% " in said) is (b" left" in said) is (argv == [])
    if not argv:
        assert re.search(rb"\r\[#* *\] +[0-9]+%  .* of [0-9.]+ MB  [0-9,]+ lines/s", said)
        assert said.rpartition(b"lines/s")[2].partition(b"\r\x1b[K")[2]
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is None


def read_some(file: int) -> bytes:
    try:
        return os.read(file, 1 << 16)
    except OSError:
        return b""


# -- size, workers, signals -------------------------------------------------------------------

MEASURE = """
import resource, runpy, sys
sys.argv = ["mistral-sanitize", *sys.argv[1:]]
try:
    runpy.run_module("mistral_sanitize", run_name="__main__")
except SystemExit as stop:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, stop.code)
"""


def memory(*argv: object) -> int:
    """The most memory, in MB, that the command took."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, argv)], env=environment(), check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    size, code = done.stdout.split()
    assert code == b"0"
    return int(size) // (1 << 20 if sys.platform == "darwin" else 1 << 10)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
def test_memory_does_not_grow(tmp_path: Path) -> None:
    """A file of 50 MB takes hardly more than one of 1 MB, with one worker or several."""
    body = {**DIRTY, "messages": [{"role": "user", "content": "x" * 1_800}]}
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    for file, count in ((small, 500), (large, 25_000)):
        with file.open("wb") as lines:
            for number in range(count):
                lines.write(encoded({"custom_id": str(number), "body": body}) + b"\n")

    for workers in (1, 2):
        argv = ("-q", "--workers", workers, "-o", os.devnull)
        assert memory(large, *argv) < memory(small, *argv) + (15 if workers == 1 else 60)


@pytest.mark.parametrize(
    "megabytes", [20, pytest.param(200, marks=pytest.mark.full)]
)  # fmt: skip
@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_huge_line(tmp_path: Path, megabytes: int, workers: int) -> None:
    """It is a line as any other."""
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    message = b'{"messages": [{"role": "user", "content": "%s"}], "seed": 1}\n'
    source.write_bytes(message % (b"x" * megabytes * 1_000_000) + message % b"y")

    process = start("-q", source, "-o", out, "--workers", workers)

    assert process.communicate() == (b"", b"")
    assert process.returncode == 0
    expected = b'{"messages":[{"role":"user","content":"%s"}],"random_seed":1}\n'
    assert out.read_bytes() == expected % (b"x" * megabytes * 1_000_000) + expected % b"y"


@pytest.mark.parametrize("held", [pool.HELD, 0, 1_000])
def test_any_number_of_pieces(monkeypatch: pytest.MonkeyPatch, held: int) -> None:
    """More than are looked at together, or than may be; each comes out once, in order."""
    monkeypatch.setattr(pool, "HELD", held)
    job = Job(Sanitizer())
    chunks = [Chunk("f", 0, n, [encoded({**DIRTY, "seed": n})] * (n % 3)) for n in range(50)]

    assert list(pool.outcomes(job, iter(chunks), 2)) == list(pool.outcomes(job, iter(chunks), 1))


def test_workers_keep_the_order(tmp_path: Path) -> None:
    """Though some pieces take them much longer than others."""
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"custom_id": str(n), "body": EXAMPLE if n % 1_700 < 170 else CLEAN}
        for n in range(size(20_000))
    ]
    source.write_bytes(b"".join(encoded(line) + b"\n" for line in lines))

    # No matter how many cores there are.
    process = start("-q", source, "-o", out, "--workers", 3)

    assert process.communicate() == (b"", b"")
    ids = [json.loads(line)["custom_id"] for line in out.read_bytes().splitlines()]
    assert ids == [line["custom_id"] for line in lines]


def test_large_files_get_all_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above 8 MB; where that can be asked, those that the process may use."""
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    small.write_bytes(encoded(CLEAN) + b"\n")
    large.write_bytes((b" " * 999 + b"\n") * 9_000)
    asked = []

    def noted(job: Job, chunks: Iterator[Chunk], workers: int) -> Iterator[Any]:
        asked.append(workers)
        yield from ()

    monkeypatch.setattr("mistral_sanitize.cli.run.outcomes", noted)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 8}, raising=False)
    run("-q", small, large)
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    run("-q", large)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    run("-q", large)
    run("-q", large, "--workers", 2)
    run("-q", "--lines", stdin=large.read_bytes())

    assert asked == [1, 3, 4, 1, 2, 1]


def test_a_worker_in_this_process() -> None:
    """What a worker does is what the command does without any; it ends with the command."""
    chunk = Chunk("f", 0, 1, [encoded(DIRTY) + b"\n", BAD])
    job = Job(Sanitizer())
    ours, theirs = Pipe()
    before = signal.getsignal(signal.SIGINT)
    worker = threading.Thread(target=pool._work, args=(theirs, job))
    with mock.patch("signal.signal") as ignored:  # which is not for a thread to call
        worker.start()
        ours.send(chunk)
        outcome = ours.recv()
        ours.close()
        worker.join()
    theirs.close()

    assert outcome == next(pool.outcomes(job, iter([chunk]), 1))[1]
    ignored.assert_called_once_with(signal.SIGINT, signal.SIG_IGN)
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("present", [True, False])
def test_interrupts_wait_for_a_worker_to_start(
    monkeypatch: pytest.MonkeyPatch, *, present: bool
) -> None:
    """Where a system has masks of signals."""
    if not present:
        monkeypatch.delattr(signal, "pthread_sigmask", raising=False)
    came = []
    before = signal.signal(signal.SIGINT, lambda *_: came.append(1))
    try:
        with pool._interrupts_blocked():
            signal.raise_signal(signal.SIGINT)
            during = len(came)
        assert (during, len(came)) == (0 if present else 1, 1)
    finally:
        signal.signal(signal.SIGINT, before)


class Bomb(bytes):
    """Ends the process that unpickles it."""

    def __reduce__(self) -> Any:
        return os._exit, (1,)


def test_a_worker_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is found out, and is exit code 2."""
    with pytest.raises(pool.WorkerDiedError, match="a worker process died"):
        list(pool.outcomes(Job(Sanitizer()), iter([Chunk("f", 0, 1, [Bomb()])] * 9), 2))

    def died(*_: object) -> Iterator[Any]:
        raise pool.WorkerDiedError("so it is")
        yield

    monkeypatch.setattr("mistral_sanitize.cli.run.outcomes", died)
    assert run("--lines", "-q", stdin=b"{}") == (2, b"", "mistral-sanitize: so it is\n")


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bad line, and so many batch lines that the command is at work for long."""
    path = tmp_path_factory.mktemp("long") / "in.jsonl"
    path.write_bytes(b"oops\n" + numbered(1_000) * 20)
    return path


@contextmanager
def at_work(long_file: Path, tmp_path: Path, *argv: object) -> Iterator[subprocess.Popen[bytes]]:
    """The command amidst a long file, with an old ``out.jsonl`` in its way."""
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    os.link(long_file, source)
    out.write_text("old")
    bad = tmp_path / "bad.jsonl"
    process = start("-q", source, "-o", out, "--rejects", bad, *argv)
    assert process.stderr is not None and process.stdout is not None
    with process, process.stderr:
        # The first line is bad, so by now the work has begun.
        assert process.stderr.readline().startswith(os.fsencode(f"{source}:1: "))
        yield process


@pytest.mark.skipif(sys.platform == "win32", reason="other signals")
@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"]
)
def test_signals(
    long_file: Path, tmp_path: Path, number: signal.Signals, code: int, workers: int
) -> None:
    """It stops, without a traceback, and leaves nothing half-written and nobody behind."""
    with at_work(long_file, tmp_path, "--workers", workers) as process:
        # Ctrl-C goes to all processes that the terminal has in front; `kill` to one.
        if number == signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        assert process.stderr is not None
        said = process.stderr.read().decode()
        assert process.wait(60) == code

    unwritten = f"mistral-sanitize: interrupted; {tmp_path / 'out.jsonl'} was not written\n"
    assert said == (unwritten if code == 130 else "")
    assert sorted(os.listdir(tmp_path)) == ["in.jsonl", "out.jsonl"]
    assert (tmp_path / "out.jsonl").read_text() == "old"
    assert is_gone(process.pid)


@pytest.mark.skipif(sys.platform == "win32", reason="other signals")
@pytest.mark.slow
def test_workers_end_with_the_command(long_file: Path, tmp_path: Path) -> None:
    """Though it was killed, and could not tell them."""
    with at_work(long_file, tmp_path, "--workers", 2) as process:
        process.kill()
        process.wait()
        assert is_gone(process.pid)


def is_gone(group: int) -> bool:
    """Whether no process of a group is alive; it may take them a moment, or their parent one to
    notice that they are dead.
    """
    for _ in range(200):
        ps = ["ps", "-A", "-o", "pgid=,stat="]
        rows = subprocess.run(ps, capture_output=True, text=True, check=True).stdout.splitlines()
        if not [r for r in rows if r.split()[0] == str(group) and not r.split()[1].startswith("Z")]:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_killed_worker(long_file: Path, tmp_path: Path) -> None:
    """As the kernel does where memory is short: said, and nothing half-written."""
    with at_work(long_file, tmp_path, "--workers", 2) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        workers = [
            int(pid)
            for pid in children
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        os.kill(workers[0], signal.SIGKILL)
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(60) == 2

    assert said == b"mistral-sanitize: a worker process died; is there too little memory?\n"
    assert (tmp_path / "out.jsonl").read_text() == "old"
    assert sorted(os.listdir(tmp_path)) == ["in.jsonl", "out.jsonl"]


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_closed_pipe(tmp_path: Path, workers: int) -> None:
    """As `| head -n 1` makes it: quiet."""
    source = tmp_path / "in.jsonl"
    source.write_bytes(numbered(2_000))
    process = start("-q", source, "--workers", workers)
    assert process.stdout is not None and process.stderr is not None

    assert json.loads(process.stdout.readline())["custom_id"] == "r0"
    process.stdout.close()

    assert process.stderr.read() == b""
    assert process.wait(60) == 141
    process.stderr.close()


class Arriving(io.RawIOBase):
    """A pipe in which bytes come so many at a time."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        part = self._parts.pop(0) if self._parts else b""
        room[: len(part)] = part
        return len(part)


@given(st.lists(st.text("ab\n\r", min_size=1, max_size=9)), st.integers(0, 2))
def test_lines_that_come_together(texts: list[str], read: int) -> None:
    """Whole lines, all of them and each once, as soon as their ends are there."""
    parts = [text.encode() for text in texts]
    expected = io.BytesIO(b"".join(parts)).readlines()
    pipe = io.BufferedReader(Arriving(list(parts)))
    head = [line for line in (pipe.readline() for _ in range(read)) if line]
    pieces = Input("f", 0, pipe, True, head, True).arrivals(1 << 16)

    found = list(pieces)

    assert [line for piece in found for line in piece] == expected
    assert all(piece for piece in found)
    ended = sum(b"\n" in part for part in parts)
    assert len(found) <= ended + bool(head) + 1


def test_a_stream_is_answered_line_by_line() -> None:
    """A line that comes alone through a pipe is not kept until there are more."""
    process = start("-q", "--lines", stdin=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    with process:
        for number in range(3):
            process.stdin.write(encoded({**DIRTY, "seed": number}) + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["random_seed"] == number
        process.stdin.close()
        assert process.wait(60) == 0
