"""What npm's clients for OpenAI make of Mistral's completions, behind the middleware of a proxy.

Needs node and npm, and installs the packages into a folder of its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from mistral_sanitize.adapters.wsgi import SanitizeMiddleware
from mistral_sanitize.testing import StrictMistral

pytestmark = pytest.mark.full

SCRIPT = Path(__file__).with_name("completions.mjs")
PACKAGES = ("openai@^6", "ai@^6", "@ai-sdk/openai@^3", "zod@^4")
TEXT = "Yes, it is."
ARGUMENTS = '{"place": "Ulm"}'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages and the script."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("no node here")
    made = tmp_path_factory.mktemp("npm")
    quiet = ("--silent", "--no-audit", "--no-fund")
    subprocess.run([npm, "install", *quiet, *PACKAGES], cwd=made, check=True, timeout=300)
    shutil.copy(SCRIPT, made)
    return made


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@pytest.fixture
def run(folder: Path, request: pytest.FixtureRequest) -> Any:
    """Run the script against the test's shape, behind a middleware with these options."""
    shape = request.getfixturevalue("shape")
    mistral = StrictMistral(text=TEXT, json_text=ARGUMENTS, shape=shape)

    def run(**options: Any) -> Any:
        app: Any = SanitizeMiddleware(mistral.wsgi, **options)
        with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            url = f"http://127.0.0.1:{server.server_port}/v1"
            try:
                done = subprocess.run(
                    ["node", SCRIPT.name, url],
                    cwd=folder, check=True, capture_output=True, text=True, timeout=120,
                )  # fmt: skip
            finally:
                server.shutdown()
                thread.join()
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize(
    "shape",
    ["thinking", "thinking-with-text", "thinking-later", "signature", "references", "model-length"],
)
def test_text(run: Any, shape: str) -> None:
    """With the option every client has the text; without it, only one that is a string already."""
    mapped = run(completions="openai")
    assert {name: result.get("text") for name, result in mapped.items()} == dict.fromkeys(
        ("openai", "openaiStream", "ai", "aiStream"), TEXT
    )
    plain = run()
    if shape == "model-length":
        assert plain["openai"]["text"] == TEXT
    else:
        assert all(result.get("text") != TEXT for result in plain.values())
        assert "error" in plain["ai"]
        assert "error" in plain["aiStream"]


@pytest.mark.parametrize(
    "shape",
    ["calls-without-type", "calls-without-index", "fragments", "null-ids", "other-ids",
     "arguments-object"],
)  # fmt: skip
def test_calls(run: Any, shape: str) -> None:
    """With the option every client has each call, once, with its arguments."""
    mapped = run(completions="openai")
    for name, result in mapped.items():
        calls = result.get("calls")
        assert calls, (name, result)
        assert all(call == ["find", {"place": "Ulm"}] for call in calls), name
        assert len(calls) == len(mapped["openai"]["calls"]), name


@pytest.mark.parametrize("shape", ["calls-without-type", "calls-without-index"])
def test_calls_without(run: Any, shape: str) -> None:
    """Without the option the AI SDK refuses a call without type."""
    assert "error" in run()["ai"]
