"""The Worker of `docs/examples/cloudflare`, in CPython for WebAssembly, on Node's web platform.

Real are the Worker's code, our wheel, Pyodide, pydantic-core's build for it, and `StrictMistral`
behind. Cloudflare's own runtime is not here: of it, a class of four lines takes the place.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from mistral_sanitize.testing import StrictMistral

pytestmark = pytest.mark.full

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs/examples/cloudflare/src"
RUNNER = Path(__file__).with_name("cloudflare_worker.mjs")
CHAT = "https://worker.example.com/v1/chat/completions"
PAUSE = 0.1
KEY = {"authorization": "Bearer key"}
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "héllo €"}],
}
DIRTY: dict[str, Any] = {**PAYLOAD, "user": "u1", "logit_bias": {}}
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "Content-Type, Authorization",
    "access-control-max-age": "86400",
}


def run(*command: object, cwd: Path = ROOT) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True, timeout=300)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, and those that it needs, for Pyodide."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheels")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    download = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder)
    any_python = ("--only-binary=:all:", "--python-version", "3.14", "--platform")
    pure = ("annotated-types", "typing-extensions", "typing-inspection")
    run(*download, *any_python, "any", f"pydantic=={version('pydantic')}", *pure)
    run(*download, *any_python, "pyemscripten_2026_0_wasm32", "--implementation", "cp",
        "--abi", "cp314", f"pydantic-core=={version('pydantic-core')}")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pyodide for CPython 3.14."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("needs Node and npm")
    folder = tmp_path_factory.mktemp("pyodide")
    run(npm, "install", "--silent", "--no-save", "--prefix", folder, "pyodide@314", cwd=folder)
    return folder / "node_modules/pyodide/pyodide.mjs"


@pytest.fixture(scope="module")
def mistral() -> StrictMistral:
    """What stands behind the Worker."""
    return StrictMistral(pause=PAUSE)


@pytest.fixture(scope="module")
def process(wheels: Path, pyodide: Path, mistral: StrictMistral) -> Iterator[subprocess.Popen[str]]:
    """The Worker, waiting for requests."""
    with mistral.serve() as url:
        command = ["node", str(RUNNER), str(pyodide), str(wheels), str(SOURCE), url]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with subprocess.Popen(command, text=True, encoding="utf-8", **pipes) as running:
            assert running.stdin is not None
            assert running.stdout is not None
            assert "3.14" in running.stdout.readline()
            yield running
            running.stdin.close()
            assert running.wait(30) == 0


@pytest.fixture
def ask(process: subprocess.Popen[str], mistral: StrictMistral) -> Any:
    """Sends the Worker one request."""
    mistral.clear()

    def ask_(url: str, **init: Any) -> Any:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"url": url, **init}) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    return ask_


def test_preflight(ask: Any, mistral: StrictMistral) -> None:
    """A preflight is answered with 204 and the CORS headers, and not passed on."""
    answer = ask(CHAT, method="OPTIONS")
    assert (answer["status"], answer["text"]) == (204, "")
    assert answer["headers"].items() >= CORS.items()
    asked = {"access-control-request-headers": "authorization,x-stainless-lang"}
    answer = ask(CHAT, method="OPTIONS", headers=asked)
    assert answer["headers"]["access-control-allow-headers"] == "authorization,x-stainless-lang"
    assert mistral.requests == ()


@pytest.mark.parametrize("body", ["{no json", "[]", ""])
def test_bad_json(ask: Any, mistral: StrictMistral, body: str) -> None:
    """What is no JSON object is 400 in Mistral's shape, with CORS headers, and not passed on."""
    answer = ask(CHAT, method="POST", headers=KEY, body=body)
    assert answer["status"] == 400
    assert json.loads(answer["text"])["object"] == "error"
    assert answer["headers"]["access-control-allow-origin"] == "*"
    assert mistral.requests == ()


def test_deep_nesting_does_not_end_the_worker(ask: Any) -> None:
    """A body that no stack there holds is refused, and the next request is served."""
    deep = '{"metadata":{"a":' + "[" * 20_000 + "]" * 20_000 + "}}"
    assert ask(CHAT, method="POST", headers=KEY, body=deep)["status"] == 400
    assert ask(CHAT, method="POST", headers=KEY, body=json.dumps(PAYLOAD))["status"] == 200


def test_dirty_payload(ask: Any, mistral: StrictMistral) -> None:
    """A dirty payload is taken; key, path and query are passed on, the length is right."""
    answer = ask(CHAT + "?a=1", method="POST", headers=KEY, body=json.dumps(DIRTY))
    assert answer["status"] == 200
    assert answer["headers"]["access-control-allow-origin"] == "*"
    (received,) = mistral.requests
    assert received.json() == PAYLOAD
    assert received.query == "a=1"
    assert received.header("authorization") == "Bearer key"
    assert received.header("content-length") == str(len(received.body))


def test_clean_payload_is_the_same_to_the_byte(ask: Any, mistral: StrictMistral) -> None:
    """A clean body is passed on as it is."""
    body = json.dumps(PAYLOAD, indent=1)
    assert ask(CHAT, method="POST", headers=KEY, body=body)["status"] == 200
    assert mistral.requests[0].body == body.encode()


def test_gzip(ask: Any, mistral: StrictMistral) -> None:
    """A compressed body is cleaned inside."""
    packed = base64.b64encode(gzip.compress(json.dumps(DIRTY).encode())).decode()
    headers = {**KEY, "content-encoding": "gzip"}
    assert ask(CHAT, method="POST", headers=headers, base64=packed)["status"] == 200
    assert mistral.requests[0].json() == PAYLOAD


def test_stream(ask: Any) -> None:
    """Events pass one by one."""
    body = json.dumps({**DIRTY, "stream": True})
    answer = ask(CHAT, method="POST", headers=KEY, body=body)
    assert answer["text"].endswith("data: [DONE]\n\n")
    assert len(answer["parts"]) >= 4
    assert answer["parts"][-1] - answer["parts"][0] > 2000 * PAUSE


def test_other_requests_pass(ask: Any, mistral: StrictMistral) -> None:
    """Other paths, and Mistral's errors, pass as they are."""
    models = ask("https://worker.example.com/v1/models", headers=KEY)
    assert models["status"] == 200
    assert ask("https://worker.example.com/v1/models")["status"] == 401
    upload = ask("https://worker.example.com/v1/files", method="POST", headers=KEY, body="{no")
    assert upload["status"] == 404
    assert mistral.requests[-1].body == b"{no"
    mistral.fail_next(503)
    assert ask(CHAT, method="POST", headers=KEY, body=json.dumps(PAYLOAD))["status"] == 503


def test_too_large(ask: Any) -> None:
    """A body that would not fit in a Worker's memory is refused."""
    packed = base64.b64encode(gzip.compress(b" " * (17 << 20))).decode()
    headers = {**KEY, "content-encoding": "gzip"}
    assert ask(CHAT, method="POST", headers=headers, base64=packed)["status"] == 413
