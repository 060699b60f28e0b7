"""An HTTP/1.1 server on a loopback port that leaves no threads or connections behind."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, NamedTuple
from urllib.parse import unquote, urlsplit

from mistral_sanitize.testing.wire import TOO_LARGE, Answer, header_fields

__all__ = ["Application", "Server"]


class Application(NamedTuple):
    """What is served."""

    answer: Callable[[str, str, str, list[tuple[str, str]], bytes], Answer]
    """Method, path, query, headers and body to an answer."""
    paced: Callable[[Iterable[bytes]], Iterator[bytes]]
    """The parts of an answer, each when it is to be sent."""
    max_body_size: int


class _Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an event must not wait for the answer to the one before
    timeout = 60

    def respond(self) -> None:
        """Read one request, answer it."""
        app = self.server.app
        body = self._body(app.max_body_size)
        if body is None:
            return
        target = urlsplit(self.path)
        path, query = unquote(target.path), target.query
        answer = app.answer(self.command, path, query, list(self.headers.items()), body)
        chunked = answer.streamed and self.request_version != "HTTP/1.0"
        self.send_response(answer.status)
        for name, value in header_fields(answer):
            self.send_header(name, value)
        if chunked:
            self.send_header("transfer-encoding", "chunked")
        elif answer.streamed:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self._write(app.paced(answer.parts), chunked)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond  # noqa: N815

    def _write(self, parts: Iterable[bytes], chunked: bool) -> None:
        for part in parts:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _body(self, limit: int) -> bytes | None:
        """The body, or ``None`` where there is no answering: bad framing, or a client gone."""
        length, coding = self.headers.get("content-length"), self.headers.get("transfer-encoding")
        if (length is not None and coding is not None) or (coding or "chunked") != "chunked":
            # RFC 9112, 6.1: possibly request smuggling, and surely a bug of the client's.
            return self._reject(400, "Content-Length beside Transfer-Encoding, or an odd coding")
        try:
            size = int(length or 0)
            body = self._chunks(limit) if coding else self.rfile.read(min(size, limit))
        except ValueError:
            return self._reject(400, "bad framing")
        if max(size, len(body)) > limit:
            return self._reject(413, TOO_LARGE["message"])
        if len(body) < size:
            self.close_connection = True
            return None
        return body

    def _chunks(self, limit: int) -> bytes:
        body = bytearray()
        while size := int(self.rfile.readline(1024).split(b";")[0], 16):
            body += self.rfile.read(min(size, limit + 1 - len(body)))
            if len(body) > limit:
                return bytes(body)
            if self.rfile.read(2) != b"\r\n":
                raise ValueError("a chunk that does not end")
        while self.rfile.readline(65536) not in (b"\r\n", b""):
            pass  # trailers
        return bytes(body)

    def _reject(self, status: int, message: str) -> bytes | None:
        self.close_connection = True
        content = json.dumps({"message": message}).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)
        return None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: the requests are there to be asked for."""


class Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for them
    request_queue_size = 128
    ours: ClassVar[type[BaseHTTPRequestHandler]] = _Handler

    def __init__(self, app: Application, port: int) -> None:
        self.app = app
        self._open: set[Any] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), self.ours)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, for `close_connections`."""
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection, and close it."""
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Wake the threads that wait for a client's next request."""
        with self._guard:
            for connection in self._open:
                with suppress(OSError):  # the client was quicker
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that went away."""
        if not isinstance(sys.exc_info()[1], (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)
