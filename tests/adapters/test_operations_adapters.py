"""What a server's adapter adds to a small request, without a clock: the calls that it makes.

The goal is a time, at most that of `sanitize_json` once more, and the benchmark measures it. Calls
are the same on every machine: the bounds are what was measured on CPython 3.11, and a few more.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from mistral_sanitize import Sanitizer
from mistral_sanitize.adapters.asgi import SanitizeMiddleware as Asgi
from mistral_sanitize.adapters.wsgi import SanitizeMiddleware as Wsgi

CHAT = "/v1/chat/completions"
CLEAN: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi!"},
        {"role": "user", "content": "What is up?"},
    ],
    "max_tokens": 100,
}
DIRTY = {**CLEAN, "user": "u1", "seed": 1}
HEADERS = [
    (b"host", b"localhost"),
    (b"user-agent", b"a client"),
    (b"accept", b"*/*"),
    (b"content-type", b"application/json"),
    (b"authorization", b"Bearer key"),
]


def calls(run: Callable[[], object]) -> int:
    """The functions of Python's that it calls, the second time."""
    run()
    count = 0

    def on_event(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def asgi(body: bytes, path: str) -> Callable[[], object]:
    """One request to an application that reads it, with the adapter around it."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        """Send nothing."""

    adapter = Asgi(app)

    def run() -> None:
        length = (b"content-length", str(len(body)).encode())
        scope = {"type": "http", "method": "POST", "path": path, "headers": [*HEADERS, length]}
        with contextlib.suppress(StopIteration):
            adapter(scope, receive, send).send(None)

    return run


def wsgi(body: bytes, path: str) -> Callable[[], object]:
    """The same for WSGI."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read()
        return []

    adapter = Wsgi(app)

    def run() -> None:
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        adapter(environ, print)

    return run


MOST = {"clean": 24, "dirty": 48}
"""Calls of Python functions beyond those of `sanitize_json`, and of a request that passes."""


@pytest.mark.parametrize("serve", [asgi, wsgi])
@pytest.mark.parametrize(("name", "payload"), [("clean", CLEAN), ("dirty", DIRTY)])
def test_an_adapter_calls_little_around_a_small_request(
    serve: Callable[[bytes, str], Callable[[], object]], name: str, payload: dict[str, Any]
) -> None:
    """Beyond the work itself, and what it costs to pass a request that is not ours."""
    body, sanitizer = json.dumps(payload).encode(), Sanitizer()
    core = calls(lambda: sanitizer.sanitize_json(body))
    passing = calls(serve(body, "/other"))
    assert 0 < calls(serve(body, CHAT)) - core - passing <= MOST[name]


@pytest.mark.parametrize("serve", [asgi, wsgi])
def test_what_is_not_ours_costs_next_to_nothing(
    serve: Callable[[bytes, str], Callable[[], object]],
) -> None:
    """Of another path neither the headers nor the body are looked at."""
    body = json.dumps(CLEAN).encode()
    assert calls(serve(body, "/v1/files")) <= 20
