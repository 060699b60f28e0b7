"""The command line on documents: flags, reports, exit codes, files, terminals."""

from __future__ import annotations

import json
import os
import re
import runpy
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import assume, given

from mistral_sanitize import PENALTIES, Sanitizer, explain, profiles, sanitize, sanitize_json
from mistral_sanitize.__main__ import main
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.rules import RULES
from tests.command import ROOT, arguments, environment, is_batch_line, run, start
from tests.jsonpatch import apply
from tests.payloads import payloads

EXAMPLE = ROOT / "docs" / "examples" / "openai_request.json"
CLEAN = b'{ "model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hi"}] }'
DIRTY = (
    b'{"model": "mistral-small-latest", "messages": [{"role": "user", "content": "Hi"}], "seed": 1}'
)
CLEANED = (
    b'{"model":"mistral-small-latest","messages":[{"role":"user","content":"Hi"}],"random_seed":1}'
)
SECRET = "tell-nobody"


def encoded(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def alike(one: Any, other: Any) -> bool:
    """Equal as JSON, where objects have no order, and 1 is not true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


# -- what comes out ---------------------------------------------------------------------------


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf", b"\n"])
def test_a_clean_document_is_the_same_bytes(start: bytes, end: bytes) -> None:
    """With its spaces, its byte order mark and whatever stands at its end."""
    text = start + CLEAN + end

    assert run(stdin=text) == (0, text, "<stdin>: nothing to change\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_changed_document_is_compact_utf_8(encoding: str) -> None:
    """Whatever the encoding it came in, on one line that has an end."""
    ran = run("-q", stdin=DIRTY.decode().encode(encoding))

    assert ran == (0, CLEANED + b"\n", "")


@given(payloads())
def test_a_document_is_what_sanitize_json_makes_of_it(payload: dict[str, Any]) -> None:
    """For any payload that is no batch line, to the byte."""
    text = encoded(payload)
    assume(not is_batch_line(json.loads(text)))
    expected = sanitize_json(text)

    ran = run("--no-lines", "-q", stdin=text)

    assert ran == (0, expected if expected == text else expected + b"\n", "")


@pytest.mark.parametrize(
    ("argv", "terminal", "pretty"),
    [
        ([], False, False),
        ([], True, True),
        (["--indent"], False, True),
        (["--no-indent"], True, False),
        (["-o", "-"], True, False),
    ],
)
def test_indent(argv: list[str], *, terminal: bool, pretty: bool) -> None:
    """A document is pretty on a terminal, or as asked for."""
    ran = run(*argv, stdin=DIRTY, terminal=terminal)

    expected = json.dumps(json.loads(CLEANED), indent=2).encode() if pretty else CLEANED
    assert ran[:2] == (0, expected + b"\n")


@pytest.mark.parametrize("text", ["é", "\ud800", "\U0001f600"])
def test_an_indented_document_keeps_its_text(text: str) -> None:
    """Written as it is where UTF-8 can, with lone surrogates as escapes."""
    payload = {"messages": [{"role": "user", "content": text}]}

    out = run("--indent", stdin=encoded(payload)).out

    assert json.loads(out) == payload
    assert (text != "\ud800") is (b"\\u" not in out)


@pytest.mark.parametrize("depth", [150, 300, *range(964, 1001, 4), 5_000, 100_000])
@pytest.mark.parametrize("argv", [[], ["--indent"], ["--lines"], ["--format=patch"]], ids=str)
def test_depth(argv: list[str], depth: int) -> None:
    """Nesting is cleaned or named as bad input, and never the end of the program."""
    text = b'{"prompt": %s, "seed": 1, "x": {}}' % (b"[" * depth + b"]" * depth)

    ran = run(*argv, stdin=text)

    assert (ran.code == 0) is (b"random_seed" in ran.out)
    assert ran.code == 0 or "nested too deep" in ran.err


def test_documents_are_told_apart(tmp_path: Path) -> None:
    """Of several files each one starts on a line of its own."""
    files = [tmp_path / name for name in ("a.json", "b.json", "c.json")]
    for file, text in zip(files, (CLEAN, CLEAN + b"\n", DIRTY), strict=True):
        file.write_bytes(text)

    ran = run("-q", *files)

    assert ran == (0, CLEAN + b"\n" + CLEAN + b"\n" + CLEANED + b"\n", "")


@pytest.mark.parametrize(
    ("text", "argv", "lines"),
    [
        (b'{"seed": 1}', [], False),
        (b'{\n"seed": 1}', [], False),
        (b'{"seed": 1}\n\n', [], False),
        (b'{"messages": [\n{"role": "user"}\n], "seed": 1}', [], False),
        (b'{"seed": 1}\n{"seed": 1}', [], True),
        (b'\xef\xbb\xbf{"seed": 1}\n{"seed": 1}', [], True),
        (b'\n{"seed": 1}\r\n\r\n{"seed": 1}', [], True),
        (b'{"seed": 1}\n{"seed": 1,', [], True),
        (b'{"seed": 1}\noops', [], True),
        (b'7\n{"seed": 1}', [], True),
        (b'{"seed": 1}', ["--lines"], True),
        (b"", ["--lines"], True),
        (b'{"seed": 1}\n{"seed": 1}', ["--no-lines"], False),
        ('{"seed": 1}'.encode("utf-16"), [], False),
        ('{"seed": 1}\n{"seed": 1}'.encode("utf-16"), [], False),
    ],
)
@pytest.mark.parametrize("name", ["x.json", "x", "-"])
def test_documents_and_lines(
    tmp_path: Path, name: str, text: bytes, argv: list[str], *, lines: bool
) -> None:
    """JSON lines are what goes on after a first line that is JSON."""
    file: object = name
    if name != "-":
        file = tmp_path / name
        (tmp_path / name).write_bytes(text)

    err = run(*argv, file, stdin=text).err

    assert (re.search(r": [0-9]+ lines?, ", err) is not None) is lines


@pytest.mark.parametrize("suffix", [".jsonl", ".ndjson", ".JSONL"])
def test_a_suffix_says_lines(tmp_path: Path, suffix: str) -> None:
    """A file named so has lines, be there one or none; unless told otherwise."""
    file = tmp_path / f"x{suffix}"
    for count in (0, 1):
        file.write_bytes(DIRTY * count)
        assert f": {count} line" in run(file).err
    assert ": 1 change," in run("--no-lines", file).err


# -- options ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        ([], {}),
        (["--profile", "2024-09-17"], {"profile": "2024-09-17"}),
        (["--endpoint", "/v1/embeddings"], {"endpoint": "/v1/embeddings"}),
        (["--drop", "seed"], {"drop": ["seed"]}),
        (["--drop", "stream,stop", "--drop=tools"], {"drop": ["stream", "stop", "tools"]}),
        (["--no-drop"], {"drop": ()}),
        (["--keep", "seed, store,"], {"keep": ["seed", "store"]}),
        (["--enable", "name-prefix", "--disable", "drop"],
         {"enable": ["name-prefix"], "disable": ["drop"]}),
        (["--disable", "seed,null", "--disable", "unknown-key"],
         {"disable": ["seed", "null", "unknown-key"]}),
    ],
)  # fmt: skip
def test_options(argv: list[str], options: Any) -> None:
    """Each flag is the option of that name."""
    payload = json.loads(EXAMPLE.read_bytes())

    ran = run("-q", *argv, EXAMPLE)

    assert json.loads(ran.out) == sanitize(payload, **options)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--form", "json"], "unrecognized arguments"),
        (["--profile", "2024-09-18"], "did you mean 2024-09-17"),
        (["--endpoint", "/v1/chat/completion"], "did you mean '/v1/chat/completions'"),
        (["--disable", "seeed"], "did you mean 'seed'"),
        (["--drop", "seed", "--no-drop"], "--no-drop"),
        (["--drop", "seed", "--keep", "seed"], "'seed' is in drop and in keep"),
        (["--enable", "seed", "--disable", "seed"], "'seed' is in enable and in disable"),
        (["--format", "yaml"], "invalid choice"),
        (["--workers", "0"], "a number from 1 to 512, not '0'"),
        (["--workers", "many"], "a number from 1 to 512, not 'many'"),
        (["--check", "-o", "x"], "--output makes no sense"),
        (["--check", "--rejects", "x"], "--rejects makes no sense"),
        (["--check", "--format", "patch"], "--format patch makes no sense"),
        (["-o", "x", "--rejects", "./x"], "the same file"),
        (["no-such-file"], "no-such-file: No such file or directory"),
        (["."], ".: Is a directory"),
        ([str(EXAMPLE), "-o", "no-such-folder/x"], "no-such-folder/x: No such file or directory"),
    ],
)
def test_wrong_usage(
    argv: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, words that help, and nothing written."""
    monkeypatch.chdir(tmp_path)

    ran = run(*argv, stdin=CLEAN)

    assert ran[:2] == (2, b"")
    assert words in ran.err
    assert not list(tmp_path.iterdir())


def test_help_names_everything() -> None:
    """Profiles, endpoints, what is dropped, exit codes."""
    text = run("--help").out.decode()

    for name in (*(p.name for p in profiles.ALL), *ENDPOINTS, *PENALTIES, "130", "3  "):
        assert name in text
    assert max(map(len, text.splitlines())) <= 100


def test_lists() -> None:
    """The rules with their defaults under a profile, and the profiles with the default."""
    for profile in ("2024-09-17", profiles.LATEST.name):
        lines = run("--list-rules", "--profile", profile).out.decode().splitlines()
        on = {line.split()[0]: line.split()[1] for line in lines if line.startswith("  ") and
              line.split()[0] in RULES}  # fmt: skip
        dated = profiles.get(profile)
        assert on == {rule.id: "on" if rule.on(dated) else "off" for rule in RULES.values()}
        assert max(map(len, lines)) <= 100

    lines = run("--list-profiles").out.decode().splitlines()
    names = [line.split()[0] for line in lines if not line.startswith("   ")]
    assert names == [p.name for p in (*profiles.ALL, *profiles.HOSTS)]
    assert [line.split()[0] for line in lines if "  default  " in line] == [profiles.LATEST.name]


def test_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the installed package, if it is."""
    assert run("--version").out.startswith(b"mistral-sanitize ")

    monkeypatch.setattr("importlib.metadata.version", lambda _: "1.2.3")
    assert run("--version").out == b"mistral-sanitize 1.2.3\n"

    def absent(name: str) -> str:
        from importlib.metadata import PackageNotFoundError

        raise PackageNotFoundError(name)

    monkeypatch.setattr("importlib.metadata.version", absent)
    assert run("--version").out == b"mistral-sanitize (not installed)\n"


# -- reports ----------------------------------------------------------------------------------


def test_the_report_of_the_example() -> None:
    """Every place and every rule, what was lost first, in a hundred columns."""
    report = explain(json.loads(EXAMPLE.read_bytes()))
    assert report.lossy

    err = run(EXAMPLE).err

    assert max(map(len, err.splitlines())) <= 100
    head, lossy, repaired = re.split(r"\n\n  (?=lossy|repaired)", err)
    lost = len(report.lossy)
    assert head.endswith(f"{len(report.changes)} changes, {lost} of them lossy")
    for change in report.changes:
        section = lossy if change.lossy else repaired
        assert re.search(rf" {re.escape(change.path)}$", section, re.MULTILINE)
        assert f"    {change.rule} " in section
        assert change.reason in err
    assert "left to you" not in err


def test_the_example_is_refused_before_and_taken_after() -> None:
    """What it is an example of."""
    assert run("--check", EXAMPLE).code == 1

    cleaned = run("-q", EXAMPLE).out

    assert run("--check", stdin=cleaned) == (
        0, b"", "<stdin>: nothing that Mistral is known to refuse\n",
    )  # fmt: skip


def test_what_is_left_is_named() -> None:
    """What no rule can cure stands at the end of the report."""
    err = run(stdin=b'{"model": "mistral-small-latest", "seed": 1}').err

    assert "left to you: Mistral would still refuse\n    /messages: Field required [missing]" in err


def test_a_long_report_is_cut() -> None:
    """After eight places of a rule, and after 200 characters of a place."""
    messages = [{"role": "user", "content": "Hi", "x": 1} for _ in range(11)]
    err = run(stdin=encoded({"model": "m", "messages": messages, "y" * 300: 1})).err

    assert "/messages/6/x" in err
    assert "/messages/7/x" not in err
    assert "and 4 more; --format json has them all" in err
    assert f"/{'y' * 198}…\n" in err


def test_a_report_cannot_act_on_the_terminal() -> None:
    """Keys and names are escaped."""
    ran = run(stdin=encoded({"messages": [], "\x1b[2J\u202e": 1}))

    assert r"/\x1b[2J\u202e" in ran.err
    assert "\x1b" not in run("--format=json", stdin=encoded({"\x1b[2J": 1})).err


@pytest.mark.parametrize("argv", [[], ["--format", "json"], ["--check"], ["--lines"]], ids=str)
def test_reports_have_no_values(argv: list[str]) -> None:
    """Of a payload with secrets everywhere, none is told."""
    payload = {
        "model": SECRET, "user": SECRET, "seed": SECRET, "stop": [SECRET, 3], "temperature": 9,
        "messages": [
            {"role": SECRET, "content": SECRET, "name": SECRET},
            {"role": "assistant", "content": [{"type": SECRET, "text": SECRET}],
             "tool_calls": [{"id": SECRET, "function": {"name": SECRET + ".", "arguments": "{"}}]},
        ],
    }  # fmt: skip

    assert SECRET not in run(*argv, stdin=encoded(payload)).err


@pytest.mark.parametrize(
    ("env", "terminal", "coloured"),
    [
        ({}, False, False),
        ({}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": ""}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colours(env: dict[str, str], *, terminal: bool, coloured: bool) -> None:
    """On terminals, as NO_COLOR and FORCE_COLOR say; with colours or without, the same words."""
    err = run(EXAMPLE, env=env, terminal=terminal).err

    assert ("\x1b[" in err) is coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", err) == run(EXAMPLE).err


def test_format_json() -> None:
    """One object, with the changes but without their values."""
    payload = json.loads(EXAMPLE.read_bytes())

    ran = run("--format", "json", EXAMPLE)

    report = json.loads(ran.err)
    assert report["file"] == str(EXAMPLE)
    assert report["line"] == 1
    assert report["changes"] == [
        {"op": c.op, "path": c.path, "from": c.from_path, "rule": c.rule, "reason": c.reason,
         "lossy": c.lossy}
        for c in explain(payload).changes
    ]  # fmt: skip
    assert json.loads(run("--format=json", stdin=CLEAN).err)["changes"] == []


def test_format_json_of_problems() -> None:
    """With --check, the problems, without values."""
    ran = run("--check", "--format", "json", stdin=b'{"model": "m", "messages": [], "seed": 1}')

    assert ran[:2] == (1, b"")
    found = json.loads(ran.err)["problems"]
    assert {"path", "code", "message", "status", "type"} == set(found[0])
    assert ("/seed", "extra_forbidden") in [(p["path"], p["code"]) for p in found]


@given(payloads())
def test_format_patch(payload: dict[str, Any]) -> None:
    """A patch which, applied to the input, gives the output."""
    text = encoded(payload)

    ran = run("--format", "patch", "--no-lines", stdin=text)

    if ran.code == 0:
        document = json.loads(text)
        assert alike(apply(document, json.loads(ran.err)), json.loads(ran.out))


@pytest.mark.parametrize("argv", [[], ["--format=json"], ["--format=patch"], ["--check"]], ids=str)
def test_quiet(argv: list[str]) -> None:
    """No report in any form; what is bad is still named."""
    assert run("-q", *argv, EXAMPLE).err == ""
    assert run("-q", *argv, stdin=b"{").err.startswith("<stdin>:1: the body is not JSON")


# -- --check ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "code", "found"),
    [
        (json.loads(CLEAN), 0, []),
        ({}, 1, ["/model: Field required [missing]", "/messages: Field required [missing]"]),
        (json.loads(DIRTY), 1, ["/seed: Extra inputs are not permitted [extra_forbidden]"]),
    ],
)
def test_check(payload: dict[str, Any], code: int, found: list[str]) -> None:
    """Each problem with its path, message and code; nothing on standard output."""
    ran = run("--check", stdin=encoded(payload))

    assert ran[:2] == (code, b"")
    assert ran.err.splitlines()[:-1] == [f"<stdin>: {problem}" for problem in found]


def test_check_of_a_batch_line() -> None:
    """Paths count from the line; the model may be the job's to name."""
    line = encoded(
        {"custom_id": 7, "body": {"messages": [{"role": "user", "content": "Hi"}], "n": 0}}
    )

    ran = run("--check", stdin=line)

    assert ran.code == 1
    assert "<stdin>: /body/n: " in ran.err
    assert "<stdin>: /custom_id: Input should be a valid string [string_type]" in ran.err
    assert "/body/model" not in ran.err


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", 1),
        (b"\n", 2),
        (b"[]", 1),
        (b"null", 1),
        (b"{\n  'tell-nobody': 1}", 2),
        (b'\xef\xbb\xbf{\n"a": 1,\n\n]', 4),
        (b'{\n"a": "tell-nobody\xff"}', 2),
        ('{\n"a": 1,\n]'.encode("utf-16"), 3),
        (b'{"custom_id": "a", "body": "tell-nobody"}', 1),
        (b'{"a": ' + b"9" * 5_000 + b"}", 1),
    ],
)
def test_a_bad_document(tmp_path: Path, text: bytes, line: int) -> None:
    """Exit code 3; named by file and line, not quoted; nothing written, or only to the rejects."""
    file, out, bad = (tmp_path / name for name in ("in.json", "out.json", "bad.jsonl"))
    file.write_bytes(text)

    ran = run(file, "-o", out)

    assert ran[:2] == (3, b"")
    assert ran.err.startswith(f"{file}:{line}: ")
    assert SECRET not in ran.err
    assert os.listdir(tmp_path) == ["in.json"]
    assert json.loads(run("--format=json", file).err)["line"] == line

    assert run(file, "-o", out, "--rejects", bad).code == 3
    entry = json.loads(bad.read_bytes())
    assert (entry["file"], entry["line"]) == (str(file), line)
    assert entry["text"].encode("utf-8", "surrogateescape") == text
    assert not out.exists()


def test_bad_documents_among_others(tmp_path: Path) -> None:
    """They are left out; with --strict the first one ends the work."""
    files = [tmp_path / f"{number}.json" for number in range(3)]
    for file, text in zip(files, (CLEAN, b"{", DIRTY), strict=True):
        file.write_bytes(text)
    out = tmp_path / "out"

    assert run("-q", *files)[:2] == (3, CLEAN + b"\n" + CLEANED + b"\n")
    assert run("-q", "--strict", *files)[:2] == (3, CLEAN)
    assert run("-q", "--strict", *files, "-o", out).code == 3
    assert not out.exists()
    assert run("-q", *files, "-o", out).code == 3
    assert out.read_bytes() == CLEAN + b"\n" + CLEANED + b"\n"


def test_bad_lines_taken_for_a_document() -> None:
    """A first line that is bad hides that there are lines: the message says what to do."""
    text = b'{"a": \n{"b": 1}\n{"c": 1}\n'

    assert run(stdin=text).err.endswith(" (JSON lines? --lines says so)\n")
    assert "--lines" not in run("--no-lines", stdin=text).err
    assert "--lines" not in run(stdin=b"{\n}}").err
    assert run("--lines", stdin=text).out.count(b"\n") == 3


# -- files ------------------------------------------------------------------------------------


def test_an_output_file_may_be_the_input(tmp_path: Path) -> None:
    """It keeps its mode, and a link to it stays a link."""
    file, link = tmp_path / "a.json", tmp_path / "link.json"
    file.write_bytes(DIRTY)
    file.chmod(0o640)
    link.symlink_to(file)

    assert run("-q", link, "-o", link) == (0, b"", "")

    assert file.read_bytes() == CLEANED + b"\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert link.is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["a.json", "link.json"]


def test_a_new_file_has_the_mode_of_the_process(tmp_path: Path) -> None:
    """And not that of a temporary file."""
    (tmp_path / "plain").touch()

    run("-q", "-o", tmp_path / "out", stdin=CLEAN)

    assert (tmp_path / "out").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_is_no_file_is_written_to() -> None:
    """As /dev/null is, and stays."""
    assert run("-q", "-o", os.devnull, stdin=CLEAN) == (0, b"", "")
    assert not os.path.isfile(os.devnull)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("argv", [["-o", "/dev/full"], ["--rejects", "/dev/full"]], ids=str)
def test_a_full_disk(argv: list[str], tmp_path: Path) -> None:
    """Exit code 2, and the reason."""
    ran = run("-q", *argv, "--lines", stdin=b"oops\n" * 10_000)

    assert ran.code == 2
    assert ran.err.endswith("mistral-sanitize: No space left on device\n")


def test_standard_streams_that_are_closed() -> None:
    """They are named; a report that nobody can read is no reason to fail."""
    for closed, code in (("<&-", 2), (">&-", 2), ("2>&-", 0)):
        command = subprocess.list2cmdline(arguments())
        source = b"" if closed == "<&-" else CLEAN
        done = subprocess.run(
            ["sh", "-c", f"{command} {closed}"], input=source, capture_output=True,
            env=environment(), check=False,
        )  # fmt: skip
        assert done.returncode == code
        assert (b"Bad file descriptor" in done.stderr) is (code == 2)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_report_that_cannot_be_written() -> None:
    """Standard error being full ends it, without a traceback for there is no place for one."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            arguments(), input=CLEAN, stdout=subprocess.PIPE, stderr=full, env=environment(),
            check=False,
        )  # fmt: skip
    assert done.returncode in {2, 120}


def test_reading_from_a_terminal_is_said() -> None:
    """So that nobody waits for a program which waits for them."""
    assert run(stdin=CLEAN, typed=True).err.startswith("reading from the terminal; Ctrl-D ends it")
    assert run("-q", stdin=CLEAN, typed=True).err == ""


# -- as a process -----------------------------------------------------------------------------


def test_as_a_module() -> None:
    """`python -m mistral_sanitize` is the command, exit code included."""
    done = subprocess.run(
        arguments("--check"), input=DIRTY, capture_output=True, env=environment(), check=False
    )

    assert done.returncode == 1
    assert done.stdout == b""
    assert b"/seed: Extra inputs are not permitted" in done.stderr


def test_the_result_comes_before_the_report() -> None:
    """Where both go to one place, as on a terminal."""
    done = subprocess.run(
        arguments(), input=DIRTY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=environment(), check=True,
    )  # fmt: skip

    assert done.stdout.startswith(CLEANED + b"\n<stdin>: 1 change")


def test_nobody_reads_the_document(tmp_path: Path) -> None:
    """A pipe closed at its other end is no error worth a word."""
    file = tmp_path / "a.json"
    file.write_bytes(encoded({"messages": [{"role": "user", "content": "x" * 1_000_000}]}))
    read, write = os.pipe()
    os.close(read)

    process = start("-q", file, stdout=write)
    os.close(write)

    assert process.communicate() == (None, b"")
    assert process.returncode == 141


def test_in_a_thread() -> None:
    """`main` can be called where signals cannot be handled."""
    codes: list[int] = []
    thread = threading.Thread(
        target=lambda: codes.append(main(["-q", str(EXAMPLE), "-o", os.devnull]))
    )

    thread.start()
    thread.join()

    assert codes == [0]


def test_signals_are_as_before() -> None:
    """After `main`, in a program that calls it."""
    before = signal.getsignal(signal.SIGTERM)

    run("-q", stdin=CLEAN)

    assert signal.getsignal(signal.SIGTERM) is before


def test_an_ignored_signal_is_not_heeded() -> None:
    """What nohup asks for holds: the work goes on when the terminal has gone."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        ran = run("-q", stdin=CLEAN, writing=lambda: signal.raise_signal(signal.SIGHUP))
    finally:
        signal.signal(signal.SIGHUP, before)

    assert ran[0] == 0


SHARED: Final = {
    "model": "mistral-small-latest", "messages": [{"role": "user", "content": "hunter2 secret"}],
}  # fmt: skip


def test_redact(tmp_path: Path) -> None:
    """A document and a batch line are put out with placeholders, and nothing else is changed."""
    bodies = [{**SHARED, "seed": 1}, {"custom_id": "hunter2", "body": SHARED}]
    file = tmp_path / "b.jsonl"
    file.write_text("\n".join(map(json.dumps, bodies)) + "\nhunter2 is not JSON\n", "utf-8")

    ran = run("--redact", "--lines", str(file))
    first, second = map(json.loads, ran.out.splitlines())

    assert ran.code == 3  # the line that is not JSON is named, and not put out
    assert "hunter2" not in ran.out.decode() + ran.err
    assert first["seed"] == 1 and first["model"] == SHARED["model"]
    assert first["messages"][0]["content"] == second["body"]["messages"][0]["content"]
    assert len(second["custom_id"]) == len("hunter2")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--redact", "--check", "a"], "--redact makes no sense with it"),
        (["--redact", "--rejects", "r", "a"], "a bad line cannot be redacted"),
        (["a.jsonl", "--rejects", "a.jsonl"], "--rejects is a file that is read"),
        (["b.jsonl", "a.jsonl", "--strict", "--rejects", "./a.jsonl"], "is a file that is read"),
    ],
    ids=str,
)
def test_what_would_lose_lines(
    argv: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arguments by which a line would be lost, or shared, are refused before any is written."""
    monkeypatch.chdir(tmp_path)
    lines = '{"model": "m"}\nx\n{"model": "n"}\n'
    for name in ("a", "a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text(lines, "utf-8")

    ran = run(*argv)

    assert ran.code == 2 and words in ran.err
    assert (tmp_path / "a.jsonl").read_text("utf-8") == lines


@pytest.mark.parametrize("argv", [[], ["-"], ["b", "-"]], ids=str)
def test_rejects_in_the_file_of_standard_input(argv: list[str], tmp_path: Path) -> None:
    """So is a file that the shell redirects; another one, or none at all, is not."""
    lines = b'{"model": "m"}\nx\n{"model": "n"}\n'
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(lines)
    with open(tmp_path / "a", "rb") as source:
        command = arguments(*argv, "--lines", "--strict", "--rejects", "a")
        options: dict[str, Any] = {"capture_output": True, "env": environment(), "cwd": tmp_path}
        done = subprocess.run(command, stdin=source, check=False, **options)
        other = subprocess.run([*command[:-1], "c"], stdin=source, check=False, **options)

    assert done.returncode == 2 and b"is a file that is read" in done.stderr
    assert (tmp_path / "a").read_bytes() == lines
    assert other.returncode == 3 and (tmp_path / "c").exists()


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion(shell: str) -> None:
    """The shells' completion names the options; without the extra it says what is missing."""
    pytest.importorskip("shtab")

    assert b"--list-models" in run("--print-completion", shell).out


def test_completion_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without shtab the error names the extra."""
    monkeypatch.setitem(sys.modules, "shtab", None)

    ran = run("--print-completion", "bash")

    assert ran.code == 2 and "extra completion" in ran.err


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (signal.SIGINT, 130, "mistral-sanitize: interrupted\n"),
        (signal.SIGTERM, 143, ""),
        (signal.SIGHUP, 129, ""),
    ],
)
def test_signals_end_the_work(number: int, code: int, words: str) -> None:
    """With the exit code that a shell would give: see test_batch for files and workers."""
    ran = run("-q", stdin=CLEAN, writing=lambda: signal.raise_signal(number))

    assert ran == (code, b"", words)


def test_a_pipe_closed_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left in the stream that would fail at the interpreter's end."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", encoding="utf-8") as out:
        monkeypatch.setattr(sys, "stdout", out)

        assert main([str(EXAMPLE), "-q"]) == 141


def test_no_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none, nothing is said, and the work is done."""
    monkeypatch.setattr(sys, "stderr", None)

    assert main([str(EXAMPLE), "-o", os.devnull]) == 0

    assert sys.stderr.name == os.devnull
    sys.stderr.close()


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_no_standard_stream(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], stream: str
) -> None:
    """What is needed and not there is named."""
    monkeypatch.setattr(sys, stream, None)

    assert main(["-q", "-" if stream == "stdin" else str(EXAMPLE)]) == 2
    assert f"<{stream}>: " in capsys.readouterr().err


@pytest.mark.parametrize("argv", [["--lines"], ["--no-lines"]], ids=str)
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "too large for the memory"),
        (RecursionError("tell-nobody"), "nested too deep"),
        (KeyError("tell-nobody"), "mistral_sanitize failed with KeyError; please report this"),
    ],
)
def test_a_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch, argv: list[str], error: Exception, words: str
) -> None:
    """Concerns the payload that showed it, is told without what it may quote, and loses nothing."""

    def fault(self: Sanitizer, payload: Any, **how: Any) -> Any:
        raise error

    monkeypatch.setattr(Sanitizer, "_run", fault)

    ran = run(*argv, stdin=CLEAN)

    assert ran[:2] == (3, CLEAN if "--lines" in argv else b"")
    assert ran.err.startswith("<stdin>:1: ")
    assert words in ran.err
    assert SECRET not in ran.err


def test_the_exit_code_is_that_of_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m mistral_sanitize` hands it on."""
    monkeypatch.setattr(sys, "argv", ["mistral-sanitize", "--check", "-q", str(EXAMPLE)])
    before = signal.getsignal(signal.SIGINT)

    with pytest.raises(SystemExit) as stop:
        runpy.run_path(str(ROOT / "mistral_sanitize" / "__main__.py"), run_name="__main__")
    signal.signal(signal.SIGINT, before)

    assert stop.value.code == 1


def test_import_starts_nothing() -> None:
    """Worker processes import `__main__` under another name."""
    code = "import runpy; runpy.run_module('mistral_sanitize.__main__', run_name='__mp_main__')"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), check=True,
                          stdin=subprocess.DEVNULL, capture_output=True)  # fmt: skip
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_sanitizer_pickles_with_its_job() -> None:
    """What workers are given: see test_batch for them at work."""
    import pickle

    from mistral_sanitize.cli.payloads import Job

    job = Job(Sanitizer(drop=(), profile="2024-11-07"))
    assert pickle.loads(pickle.dumps(job)) == job
