"""The mitmproxy addon, in a real mitmdump in front of `StrictMistral`."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from servers_client import Server
from test_adversarial_adapters import LIES, raw

import mistral_sanitize
from mistral_sanitize.testing import StrictMistral

sys.path.append(str(Path(__file__).parents[2]))  # where a test is run by its path alone
from test_leaks_adapters import BODIES, SECRETS

from tests.tools.leaks import leaked

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(sys.version_info < (3, 11), reason="mitmproxy's needs rule ours out there"),
]

PAUSE = 0.15
KEY = {"Authorization": "Bearer x"}
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "héllo €"}],
}
CLEAN = json.dumps(PAYLOAD, indent=1).encode()
DIRTY = json.dumps({**PAYLOAD, "user": "u1"}).encode()
SCRIPT = """
import logging

from mistral_sanitize.adapters.mitmproxy import SanitizeAddon

logging.getLogger("mistral_sanitize").setLevel(logging.DEBUG)
addons = [SanitizeAddon(max_body_size=100_000, on_report=lambda report: print(report, flush=True))]
"""
START = "from mitmproxy.tools.main import mitmdump; mitmdump()"


@pytest.fixture(scope="module")
def mistral() -> StrictMistral:
    """What stands behind the proxy."""
    return StrictMistral(pause=PAUSE)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with mitmproxy: it pins its dependencies, and stands beside few other packages."""
    if importlib.util.find_spec("mitmproxy") is not None:
        return sys.executable
    folder = tmp_path_factory.mktemp("mitmproxy-venv")
    venv.create(folder, with_pip=True)
    found = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    packages = ("mitmproxy>=11", "pydantic>=2.11", "typing-extensions>=4.12")
    install = [found, "-m", "pip", "install", "-q"]
    if quick := shutil.which("uv"):
        install = [quick, "pip", "install", "-q", "--python", found]
    subprocess.run([*install, *packages], check=True, timeout=300)
    return str(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the proxy has its script, its certificates and its log."""
    return tmp_path_factory.mktemp("mitmproxy")


@pytest.fixture(scope="module")
def proxy(python: str, mistral: StrictMistral, folder: Path) -> Iterator[Server]:
    """A mitmdump that passes everything on to `mistral`."""
    with proxying(python, mistral, folder, SCRIPT) as server:
        yield server


@contextlib.contextmanager
def proxying(python: str, mistral: StrictMistral, folder: Path, script: str) -> Iterator[Server]:
    (folder / "script.py").write_text(script)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "PYTHONPATH": str(Path(mistral_sanitize.__file__).parents[1])}
    with mistral.serve() as url, (folder / "log").open("wb") as log:
        options = ["--mode", f"reverse:{url}", "--listen-host", "127.0.0.1", "-p", str(port)]
        options += ["-s", str(folder / "script.py"), "--set", f"confdir={folder}"]
        command = [python, "-c", START, *options]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=env)
        try:
            wait_for(port, process, folder / "log")
            yield Server("mitmproxy", "none", port)
        finally:
            process.terminate()
            process.wait(10)


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(log.read_text())


def test_cleaned_on_the_way(proxy: Server, mistral: StrictMistral) -> None:
    """A dirty request is taken, its length right, in chunks and compressed too."""
    gzipped = gzip.compress(DIRTY)
    mistral.clear()
    assert proxy.post(DIRTY, **KEY).status == 200
    assert proxy.post(iter([DIRTY[:9], DIRTY[9:]]), **KEY).status == 200
    assert proxy.post(gzipped, Content_Encoding="gzip", **KEY).status == 200
    for received in mistral.requests:
        assert received.json() == PAYLOAD
        assert received.header("content-length") == str(len(received.body))


def test_clean_and_foreign_pass(proxy: Server, mistral: StrictMistral) -> None:
    """A clean body, and one for another path, arrive byte for byte."""
    mistral.clear()
    proxy.post(CLEAN, **KEY)
    proxy.post(DIRTY, "/v1/ocr", **KEY)
    assert [received.body for received in mistral.requests] == [CLEAN, DIRTY]


def test_refusals(proxy: Server, mistral: StrictMistral) -> None:
    """No JSON is 400, too large 413, in Mistral's shape, and nobody behind is asked."""
    mistral.clear()
    assert proxy.post(b"{no json", **KEY).json()["object"] == "error"
    assert proxy.post(b"", **KEY).status == 400
    assert proxy.post(DIRTY + b" " * 100_000, **KEY).status == 413
    assert mistral.requests == ()


def test_stream_is_not_held_back(proxy: Server) -> None:
    """The first event is there long before the last."""
    body = json.dumps({**PAYLOAD, "stream": True, "user": "u"}).encode()
    answer = proxy.post(body, **KEY)
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert answer.last - answer.first > 2 * PAUSE


def test_completions(python: str, tmp_path: Path) -> None:
    """With the option completions are in OpenAI's shape, and a stream is not held back."""
    script = SCRIPT.replace("max_body_size=100_000, ", 'completions="openai", restore=True, ')
    mistral = StrictMistral(text="Yes.", shape="thinking", pause=PAUSE)
    with proxying(python, mistral, tmp_path, script) as server:
        said = server.post(DIRTY, **KEY).json()["choices"][0]["message"]
        assert (said["content"], said["reasoning_content"]) == ("Yes.", "The user wants to know.")
        answer = server.post(json.dumps({**PAYLOAD, "stream": True}).encode(), **KEY)
        assert b'"reasoning_content":"wants to know."' in answer.body
        assert b'"content":[' not in answer.body
        assert answer.body.endswith(b"data: [DONE]\n\n")
        assert answer.last - answer.first > 2 * PAUSE
        assert server.post(b"{no json", **KEY).status == 400


@pytest.mark.parametrize("lie", [*LIES, "two types"])
def test_lengths_that_lie(proxy: Server, mistral: StrictMistral, lie: str) -> None:
    """However a request lies, Mistral gets it clean or not at all; the next one is served."""
    mistral.clear()
    two = [f"Content-Length: {len(DIRTY)}", "Content-Type: application/json"]
    # The lies are about a body of the length of theirs.
    fields, body = LIES.get(lie, (two, DIRTY))
    answer = raw(proxy.port, [*fields, "Authorization: Bearer x"], body)
    assert not answer.startswith(b"HTTP/1.1 500"), answer[:300]
    for received in mistral.requests:
        assert b"logit_bias" not in received.body and b"u1" not in received.body
    assert proxy.post(DIRTY, **KEY).status == 200
    assert mistral.requests[-1].json() == PAYLOAD


def test_nothing_leaks(proxy: Server, folder: Path) -> None:
    """Neither the log, with every report in it, nor an answer of ours has a value or a header."""
    ours = []
    for body, headers in BODIES.values():
        for sent in (body, body + b" " * 100_000):
            answer = proxy.post(sent, **{**SECRETS, **headers})
            if b'"object":"error"' in answer.body:
                ours.append(f"{answer.status} {answer.headers} {answer.body!r}")
    assert {answer[:3] for answer in ours} >= {"400", "413"}
    log = (folder / "log").read_text()
    assert "[unknown-key]" in log
    assert "sanitized /v1/chat/completions" in log
    assert leaked("\n".join((log, *ours))) is None
