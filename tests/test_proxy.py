"""The proxy of `docs/examples`, served for real, with the real openai SDK in front of it."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mistral_sanitize
from mistral_sanitize.testing import StrictMistral

openai = pytest.importorskip("openai")
uvicorn = pytest.importorskip("uvicorn")
pytest.importorskip("starlette")
httpx = pytest.importorskip("httpx")

SCRIPT = Path(__file__).parents[1] / "docs/examples/proxy.py"
CHAT = "/v1/chat/completions"
PAUSE = 0.15
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
}
DIRTY: dict[str, Any] = {
    **PAYLOAD,
    "user": "u1",
    "store": False,
    "stream_options": {"include_usage": True},
    "messages": [{"role": "developer", "content": "be brief"}, *PAYLOAD["messages"]],
}
ALLOWED = ("access-control-allow-headers", "Content-Type, Authorization")
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "Content-Type, Authorization",
    "access-control-max-age": "86400",
}


def loaded(script: Path) -> Any:
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(f"docs_examples_{script.stem}", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def example() -> Any:
    """The hardened proxy."""
    return loaded(SCRIPT)


@pytest.fixture(scope="module")
def upstream() -> Iterator[tuple[StrictMistral, str]]:
    """What stands behind the proxy, and its URL."""
    mistral = StrictMistral(pause=PAUSE)
    with mistral.serve() as url:
        yield mistral, url


@pytest.fixture
def mistral(upstream: tuple[StrictMistral, str]) -> StrictMistral:
    """What stands behind the proxy, with no requests so far."""
    upstream[0].clear()
    return upstream[0]


@pytest.fixture(scope="module")
def proxy(example: Any, upstream: tuple[StrictMistral, str]) -> Iterator[str]:
    """The URL of the proxy."""
    with served(example.create_app(upstream[1])) as url:
        yield url


class served:
    """An application in a uvicorn of its own, in a thread."""

    def __init__(self, app: Any) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=2)
        self.server = uvicorn.Server(config)
        sockets = {"sockets": [self.socket]}
        self.thread = threading.Thread(target=self.server.run, kwargs=sockets, daemon=True)

    def __enter__(self) -> str:
        self.thread.start()
        end = time.monotonic() + 10
        while not self.server.started and time.monotonic() < end:
            time.sleep(0.01)
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __exit__(self, *_exc: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        self.socket.close()


def ask(
    url: str, method: str, path: str, body: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
    try:
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        chunked = "Transfer-Encoding" in fields
        connection.request(method, path, body, fields, encode_chunked=chunked)
        response = connection.getresponse()
        answer = {name.lower(): value for name, value in response.getheaders()}
        return response.status, answer, response.read()
    finally:
        connection.close()


@pytest.fixture
def client(proxy: str) -> Iterator[Any]:
    """The SDK, told of nothing but the proxy's URL."""
    with openai.OpenAI(base_url=proxy + "/v1", api_key="key", max_retries=0) as made:
        yield made


def test_sdk_is_refused_without(upstream: tuple[StrictMistral, str]) -> None:
    """Mistral refuses what the proxy makes good."""
    made = openai.OpenAI(base_url=upstream[1] + "/v1", api_key="key", max_retries=0)
    with made, pytest.raises(openai.UnprocessableEntityError):
        made.chat.completions.create(**DIRTY)


def test_sdk(client: Any, mistral: StrictMistral) -> None:
    """A dirty request of the SDK's is taken, and its key arrives."""
    completion = client.chat.completions.create(**DIRTY)
    assert completion.choices[0].message.content == "All good here."
    (received,) = mistral.requests
    assert received.header("authorization") == "Bearer key"
    assert received.json()["messages"][0]["role"] == "system"
    assert "user" not in received.json()


def test_sdk_stream(client: Any) -> None:
    """A stream comes event by event."""
    start = time.monotonic()
    times = []
    text = ""
    for chunk in client.chat.completions.create(**DIRTY, stream=True):
        times.append(time.monotonic() - start)
        text += chunk.choices[0].delta.content or ""
    assert text == "All good here."
    assert times[-1] - times[0] > 2 * PAUSE


def test_sdk_tools_and_embeddings(client: Any) -> None:
    """A forced tool is called, and other endpoints are served."""
    tool = {"type": "function", "function": {"name": "find", "strict": None}}
    completion = client.chat.completions.create(**DIRTY, tools=[tool], tool_choice="required")
    assert completion.choices[0].message.tool_calls[0].function.name == "find"
    assert len(client.embeddings.create(model="mistral-embed", input=["a", "b"]).data) == 2
    assert "mistral-small-latest" in {model.id for model in client.models.list()}


def test_preflight(proxy: str, mistral: StrictMistral) -> None:
    """A browser's preflight is answered with 204 and the CORS headers, and not passed on."""
    asked = {
        "Origin": "https://app.example.com",
        "Access_Control_Request_Method": "POST",
        "Access_Control_Request_Headers": "authorization,content-type,x-stainless-lang",
    }
    for headers in (asked, {}):
        status, answer, body = ask(proxy, "OPTIONS", CHAT, **headers)
        assert (status, body) == (204, b"")
        assert answer.items() >= CORS.items() - {ALLOWED}
        asked_for = headers.get("Access_Control_Request_Headers")
        assert answer[ALLOWED[0]] == (asked_for or ALLOWED[1])
    assert mistral.requests == ()


@pytest.mark.parametrize(("body", "status"), [(PAYLOAD, 200), ({}, 422), ("{no json", 400)])
def test_cors_on_answers(proxy: str, body: Any, status: int) -> None:
    """A browser may read the answer, be it good, Mistral's refusal or ours."""
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Origin": "https://app.example.com", "Authorization": "Bearer key"}
    got, answer, _ = ask(proxy, "POST", CHAT, text, **headers)
    assert got == status
    assert answer["access-control-allow-origin"] == "*"


def test_invalid_json(proxy: str, mistral: StrictMistral) -> None:
    """What is no JSON is 400, and not passed on."""
    status, _, body = ask(proxy, "POST", CHAT, "{no json", Authorization="Bearer key")
    assert status == 400
    assert "JSON" in json.loads(body)["message"]
    assert mistral.requests == ()


def test_path_query_method_and_headers_are_passed_on(proxy: str, mistral: StrictMistral) -> None:
    """Everything of a request arrives but what speaks of the connection."""
    headers = {"X_Request_Id": "r1", "TE": "trailers", "Accept": "text/x"}
    ask(proxy, "DELETE", "/v1/files/a%2Fb?x=1&y=%20", b"body", Authorization="Bearer k", **headers)
    (received,) = mistral.requests
    assert (received.method, received.query, received.body) == ("DELETE", "x=1&y=%20", b"body")
    assert received.path == "/v1/files/a/b"
    names = {name for name, _ in received.headers}
    assert names == {"accept", "accept-encoding", "authorization", "content-length", "host",
                     "x-request-id"}  # fmt: skip
    assert "127.0.0.1" in (received.header("host") or "")


def test_upload_of_unknown_length(proxy: str, mistral: StrictMistral) -> None:
    """A body for another path is passed on in chunks, as it comes."""
    parts = iter([b"one", b"two"])
    ask(proxy, "POST", "/v1/files", parts, Transfer_Encoding="chunked", Authorization="Bearer k")
    assert mistral.requests[0].body == b"onetwo"
    assert mistral.requests[0].path == "/v1/files"


def test_upstreams_errors_pass(proxy: str, mistral: StrictMistral) -> None:
    """Mistral's status and words reach the client: no key, no such path, too many requests."""
    assert ask(proxy, "GET", "/v1/models")[0] == 401
    assert ask(proxy, "GET", "/nope")[0] == 404
    mistral.fail_next(429)
    status, _, body = ask(proxy, "GET", "/v1/models", Authorization="Bearer k")
    assert (status, json.loads(body)) == (429, {"message": "Requests rate limit exceeded"})


def test_nobody_behind(example: Any) -> None:
    """Where Mistral cannot be reached the answer is 502, with CORS headers."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with served(example.create_app(f"http://127.0.0.1:{port}")) as url:
        status, answer, body = ask(url, "GET", "/v1/models", Origin="https://app.example.com")
    assert status == 502
    assert json.loads(body)["object"] == "error"
    assert answer["access-control-allow-origin"] == "*"


def test_too_slow(example: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Mistral does not answer in time the answer is 504."""
    monkeypatch.setattr(example, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with served(example.create_app(url)) as proxy:
            assert ask(proxy, "GET", "/v1/models")[0] == 504


def test_the_small_one(mistral: StrictMistral, upstream: tuple[StrictMistral, str]) -> None:
    """The proxy that the guide begins with: sanitizes, streams, and passes a refusal on."""
    small = loaded(SCRIPT.with_name("small_proxy.py"))
    limits = httpx.Limits(max_keepalive_connections=0)  # nobody closes a module's client
    small.client = httpx.AsyncClient(base_url=upstream[1], limits=limits)
    with served(small.app) as url, openai.OpenAI(base_url=f"{url}/v1", api_key="key") as client:
        assert client.chat.completions.create(**DIRTY).choices[0].message.content
        events = list(client.chat.completions.create(**DIRTY, stream=True))
        assert events[-1].choices[0].finish_reason == "stop"
        with pytest.raises(openai.UnprocessableEntityError):
            client.chat.completions.create(**DIRTY, temperature="hot")
    assert mistral.requests[0].json()["messages"][0]["role"] == "system"


def test_about_a_hundred_lines() -> None:
    """The proxy stays short enough to be read."""
    assert len(SCRIPT.read_text().splitlines()) < 110


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_demo() -> None:
    """``--demo`` runs with no key and no network, and stops when it is asked to."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = str(held.getsockname()[1])
    env = {**os.environ, "PYTHONPATH": str(Path(mistral_sanitize.__file__).parents[1])}
    command = [sys.executable, str(SCRIPT), "--demo", "--port", port]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        log = ""
        while "Uvicorn running" not in log:
            line = process.stderr.readline()
            assert line, log
            log += line
        status, _, body = ask(f"127.0.0.1:{port}", "POST", CHAT, json.dumps(DIRTY))
        assert status == 200
        assert re.search(rb"All good here", body)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) in (0, 130, -signal.SIGINT)
    finally:
        process.kill()
        process.wait(10)
        process.stderr.close()


def test_completions_in_openai_s_shape(example: Any) -> None:
    """With the flag an OpenAI client reads text and thinking; by default it gets Mistral's list."""
    mistral = StrictMistral(text="Yes.", shape="thinking")
    with mistral.serve() as url:
        for completions in ("openai", None):
            with served(example.create_app(url, completions=completions)) as proxy:
                client = openai.OpenAI(base_url=proxy + "/v1", api_key="k", max_retries=0)
                with client:
                    said = client.chat.completions.create(**PAYLOAD).choices[0].message
                    assert (said.content == "Yes.") == bool(completions)
                    if completions:
                        chunks = client.chat.completions.create(**PAYLOAD, stream=True)
                        parts = [chunk.choices[0].delta.content or "" for chunk in chunks]
                        assert "".join(parts) == "Yes."
