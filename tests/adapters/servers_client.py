"""A server in a process of its own, and a client that sends exactly what it is told to."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mistral_sanitize

CHAT = "/v1/chat/completions"
START_UP = 30.0
"""Seconds a server may need until it answers."""


@dataclass(frozen=True)
class Answer:
    """An answer, with the seconds to the first and the last of its body."""

    status: int
    headers: dict[str, str]
    body: bytes
    first: float = 0.0
    last: float = 0.0

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running server with one framework's application."""

    name: str
    framework: str
    port: int

    @property
    def reads_chunks(self) -> bool:
        """wsgiref does not; Django reads none under WSGI, whatever the server."""
        return self.name != "wsgiref" and not (
            self.name in ("gunicorn", "waitress") and self.framework == "django-middleware"
        )

    @property
    def reads_first(self) -> bool:
        """waitress reads a body before it calls anybody, and Django under ASGI does."""
        asgi = self.name in ("uvicorn", "hypercorn", "granian")
        return self.name == "waitress" or (asgi and self.framework == "django-middleware")

    def post(
        self,
        body: bytes | Iterable[bytes],
        path: str = CHAT,
        method: str = "POST",
        **headers: str,
    ) -> Answer:
        """Send one request: bytes with a Content-Length, anything else in chunks."""
        fields = {"Content-Type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        chunked = not isinstance(body, bytes)
        if chunked:
            fields["Transfer-Encoding"] = "chunked"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body, fields, encode_chunked=chunked)
            return _read(connection)

    def counters(self) -> dict[str, int]:
        """How often the applications were called, and `on_report` was."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", "/probe")
            counters: dict[str, int] = json.loads(connection.getresponse().read())
        return counters

    def leave_in_mid_body(self, body: bytes) -> None:
        """Announce a body, send half of it, and go."""
        head = (
            f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
            client.sendall(head.encode() + body[: len(body) // 2])
            time.sleep(0.05)


def _read(connection: http.client.HTTPConnection) -> Answer:
    start = time.monotonic()
    response = connection.getresponse()
    body = bytearray()
    first = 0.0
    while part := response.read1(65536):
        first = first or time.monotonic() - start
        body += part
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, headers, bytes(body), first, time.monotonic() - start)


@contextlib.contextmanager
def running(name: str, framework: str, log: Path) -> Iterator[Server]:
    """A server on a free port; its log is shown where it does not come up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = Path(__file__).with_name("servers_run.py")
    command = [sys.executable, str(script), name, framework, str(port)]
    # The package under test is the one that this process has, installed or not.
    env = {**os.environ, "PYTHONPATH": str(Path(mistral_sanitize.__file__).parents[1])}
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=env
        )
    server = Server(name, framework, port)
    try:
        _wait_until_up(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_until_up(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_UP
    while time.monotonic() < end and process.poll() is None:
        if _is_up(server):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{server.name} did not come up:\n{log.read_text(errors='replace')}")


def _is_up(server: Server) -> bool:
    try:
        server.counters()
    except (OSError, ValueError, http.client.HTTPException):
        return False
    return True


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
