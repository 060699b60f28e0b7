"""The library computes and does nothing else: no network, process, thread, or file written.

Each test is a process of its own under an audit hook, since a hook cannot be taken off again; what
is audited stands in https://docs.python.org/3/library/audit_events.html. Adapters need libraries
whose own imports do as they like: these are loaded before the hook is set.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

import mistral_sanitize

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = Path(mistral_sanitize.__file__).parent
EXAMPLE: Final = ROOT / "docs" / "examples" / "openai_request.json"

HOOK: Final = """
import os, sys

FORBIDDEN = ("socket.", "http.client.", "urllib.", "ftplib.", "smtplib.", "subprocess.", "pty.",
             "shutil.", "tempfile.", "thread.")
OF_OS = ("exec", "fork", "forkpty", "link", "mkdir", "posix_spawn", "putenv", "remove", "rename",
         "rmdir", "spawn", "symlink", "system", "truncate", "unsetenv", "utime")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC

def forbidden(event, args):
    if event == "open":
        path, mode, flags = args
        return bool(set(mode or "") & set("wax+")) or bool((flags or 0) & WRITING)
    return event.startswith(FORBIDDEN) or event in ["os." + name for name in OF_OS]

def hook(event, args):
    if forbidden(event, args):
        # No exception: somebody might catch it.
        os.write(2, f"it does {event} {args[:2]!r}".encode())
        os._exit(99)
"""

LOAD: Final = """
import importlib, json
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
"""

ON: Final = """
import threading  # whose threads are not audited before 3.12
threading.Thread.start = lambda thread: hook("thread.start", (thread.name,))
sys.addaudithook(hook)
"""

USE: Final = """
import contextlib, io, json
from mistral_sanitize import (
    CompletionStream, Sanitizer, check, explain, profiles, repair_refused, restore, sanitize,
    sanitize_json, to_openai
)
from mistral_sanitize.cli.command import main
from tests.rules import CASES

with open(sys.argv[2], "rb") as file:
    body = file.read()
payload = json.loads(body)
report = explain(payload)
assert report and sanitize(payload) == report.payload
assert check(payload) and not check(report.payload)
assert sanitize_json(body) != body
assert restore({"choices": []}, report) == {"choices": []}
said = {"choices": [{"message": {"content": [{"type": "text", "text": "a"}]}}]}
assert to_openai(said, report) == {"choices": [{"message": {"content": "a"}}]}
assert CompletionStream().chunk(said) == to_openai(said)
refusal = {"detail": [{"type": "extra_forbidden", "loc": ["body", "store"], "msg": ""}]}
assert repair_refused({**report.payload, "store": True}, 422, refusal)
for profile in profiles.ALL:
    sanitizer = Sanitizer(profile=profile, drop=())
    sanitizer.check(sanitizer.sanitize(payload))
for case in CASES:
    check(sanitize(case.before, **case.options), **case.options)
asked = 0
for options in ([], ["--quiet"], ["--check"], ["--format", "json"], ["--format", "patch"],
                ["--list-rules"], ["--list-profiles"], ["--version"], ["--help"], ["--no"]):
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        with contextlib.suppress(SystemExit):
            main([*options, sys.argv[2]])
        out.flush()
    asked += out.buffer.tell() > 0
assert asked == 10, asked
"""


def run(*parts: str, modules: list[str]) -> subprocess.CompletedProcess[str]:
    """A script in a process of its own, which writes no bytecode."""
    arguments = [sys.executable, "-B", "-c", "".join(parts), json.dumps(modules), str(EXAMPLE)]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def of(layer: str) -> list[str]:
    """The names of a layer's modules; of the package's own that need nothing else for ``""``."""
    folder = PACKAGE / layer
    prefix = ".".join(filter(None, ("mistral_sanitize", layer)))
    return sorted(
        f"{prefix}.{path.stem}" for path in folder.glob("*.py") if path.stem != "__init__"
    )


OPTIONAL: Final = ("strategies", "_hypothesis", "_openai_strategies", "_scalars", "_faults",
                   "pytest_plugin")  # fmt: skip
CORE: Final = [name for name in of("") if name.split(".")[1] not in OPTIONAL] + of("models")
NEED: Final = [name for name in of("") if name not in CORE] + of("adapters")


def test_importing_and_using_it() -> None:
    """Every module that needs no other library is imported, and everything is done that it does."""
    done = run(HOOK, ON, LOAD, USE, modules=CORE)

    assert (done.returncode, done.stderr) == (0, "")


def libraries(module: str) -> list[str]:
    """What a module imports that is not the package's own, wherever in it."""
    path = PACKAGE.joinpath(*module.split(".")[1:]).with_suffix(".py")
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return sorted(name for name in found if name.split(".")[0] != "mistral_sanitize")


@pytest.mark.slow
@pytest.mark.parametrize("module", NEED)
def test_importing_what_needs_a_library(module: str) -> None:
    """The module itself does nothing that the libraries it imports have not done before."""
    needed = libraries(module)
    if absent := [name for name in needed if find_spec(name.split(".")[0]) is None]:
        pytest.skip(f"not installed: {', '.join(absent)}")
    load = LOAD.replace("argv[1]", "argv[3]")
    script = (HOOK, load, ON, LOAD)

    done = subprocess.run(
        [sys.executable, "-B", "-c", "".join(script), json.dumps([module]), "", json.dumps(needed)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "deed",
    [
        "import socket; socket.socket()",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
        "open(sys.argv[2] + '.not-there', 'w')",
        "os.open(sys.argv[2], os.O_RDWR)",
        "import subprocess; subprocess.run([sys.executable, '-V'])",
        "os.system('true')",
        "import threading; threading.Thread(target=print).start()",
        "import tempfile; tempfile.mkdtemp()",
        "os.environ['A'] = 'b'",
    ],
)
def test_the_hook_sees(deed: str) -> None:
    """Each of the things that it forbids ends the process, even where errors are caught."""
    done = run(HOOK, ON, f"try:\n  {deed}\nexcept Exception: pass", modules=[])

    assert done.returncode == 99
    assert "it does" in done.stderr
