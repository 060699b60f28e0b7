"""What the ASGI and WSGI middleware do where no HTTP server shows it."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest

from mistral_sanitize import Report
from mistral_sanitize.adapters import asgi, wsgi
from mistral_sanitize.testing import StrictMistral

CHAT = "/v1/chat/completions"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
}
CLEAN = json.dumps(PAYLOAD).encode()
DIRTY = json.dumps({**PAYLOAD, "user": "u1"}).encode()


def scope_of(**changes: Any) -> dict[str, Any]:
    headers = [(b"authorization", b"Bearer x"), (b"content-type", b"application/json")]
    return {"type": "http", "method": "POST", "path": CHAT, "headers": headers} | changes


def run(app: Any, scope: dict[str, Any], *messages: Any) -> list[Any]:
    """Send these messages; what the application sends comes back."""
    inbox = list(messages)
    sent: list[Any] = []

    async def receive() -> Any:
        return inbox.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def body_of(*parts: bytes) -> list[Any]:
    return [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1}
        for index, part in enumerate(parts)
    ]


class Recorder:
    """An ASGI application that keeps what it is given, and answers nothing."""

    def __init__(self, reads: int = 1) -> None:
        self.reads = reads
        self.scope: Any = None
        self.messages: list[Any] = []
        self.receive: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.receive = scope, receive
        for _ in range(self.reads):
            self.messages.append(await receive())


@pytest.mark.parametrize(
    "scope",
    [
        {"type": "websocket", "path": CHAT, "headers": []},
        {"type": "lifespan"},
        scope_of(method="OPTIONS"),
        scope_of(method="GET"),
        scope_of(path="/v1/ocr"),
        scope_of(headers=[(b"content-type", b"multipart/form-data; boundary=x")]),
    ],
)
def test_asgi_passes_what_is_not_ours(scope: dict[str, Any]) -> None:
    """The application has the very scope and the very `receive`, as without us."""
    recorder = Recorder(reads=0)

    async def receive() -> Any:
        raise AssertionError

    async def send(_message: Any) -> None:
        raise AssertionError

    before = dict(scope)
    asyncio.run(asgi.SanitizeMiddleware(recorder)(scope, receive, send))
    assert recorder.scope is scope
    assert recorder.receive is receive
    assert scope == before


def test_asgi_changes_the_scope_in_place() -> None:
    """What a router writes into the scope is seen by the middleware outside of ours."""
    recorder = Recorder()
    headers = [(b"Content-Length", b"9"), (b"Transfer-Encoding", b"chunked"), (b"X-A", b"1")]
    scope = scope_of(headers=headers)
    run(asgi.SanitizeMiddleware(recorder), scope, *body_of(DIRTY))
    assert recorder.scope is scope
    length = str(len(recorder.messages[0]["body"])).encode()
    assert scope["headers"] == [(b"X-A", b"1"), (b"content-length", length)]


def test_asgi_clean_headers_stay() -> None:
    """Nothing of a clean request is changed, its framing neither."""
    recorder = Recorder()
    headers = ((b"transfer-encoding", b"chunked"), (b"digest", b"x"))
    scope = scope_of(headers=headers)
    run(asgi.SanitizeMiddleware(recorder), scope, *body_of(CLEAN[:9], CLEAN[9:], b""))
    assert scope["headers"] is headers
    assert recorder.messages == body_of(CLEAN)


def test_asgi_disconnect_after_the_body() -> None:
    """After the body the application hears from the server itself."""
    recorder = Recorder(reads=2)
    run(asgi.SanitizeMiddleware(recorder), scope_of(), *body_of(DIRTY), {"type": "http.disconnect"})
    assert [message["type"] for message in recorder.messages] == ["http.request", "http.disconnect"]


def test_asgi_disconnect_in_mid_body() -> None:
    """The application sees what came, as unfinished, and then the disconnect."""
    reports: list[Report] = []
    recorder = Recorder(reads=2)
    app = asgi.SanitizeMiddleware(recorder, on_report=reports.append)
    first = {"type": "http.request", "body": DIRTY[:9], "more_body": True}
    sent = run(app, scope_of(), first, {"type": "http.disconnect"})
    assert recorder.messages == [first, {"type": "http.disconnect"}]
    assert (sent, reports) == ([], [])


@pytest.mark.parametrize(
    ("root", "path"), [("/v1", CHAT), ("/v1", "/chat/completions"), ("", CHAT)]
)
def test_asgi_mounted(root: str, path: str) -> None:
    """A mount may split the path, and servers do not agree whether ``path`` has it all."""
    recorder = Recorder()
    run(asgi.SanitizeMiddleware(recorder), scope_of(root_path=root, path=path), *body_of(DIRTY))
    assert json.loads(recorder.messages[0]["body"]) == PAYLOAD


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ([], b"{no json", 400),
        ([], b" " * 101, 413),
        ([(b"content-length", b"101")], b"", 413),
        ([(b"content-length", b"9" * 5000)], b"", 413),
        ([(b"content-length", b"many")], b"", 400),
    ],
)
def test_asgi_refuses(headers: list[Any], body: bytes, status: int) -> None:
    """What cannot be read is answered in Mistral's shape, and the application is not called."""
    recorder = Recorder()
    app = asgi.SanitizeMiddleware(recorder, max_body_size=100)
    start, answer = run(app, scope_of(headers=headers), *body_of(body))
    assert start["status"] == status
    fields = dict(start["headers"])
    assert fields[b"content-length"] == str(len(answer["body"])).encode()
    assert json.loads(answer["body"])["type"] == "invalid_request_error"
    assert recorder.scope is None


def test_asgi_in_front_of_strict_mistral() -> None:
    """The two fit together: what is refused bare is taken behind us."""
    for app, status in ((StrictMistral(), 422), (asgi.SanitizeMiddleware(StrictMistral()), 200)):
        assert run(app, scope_of(), *body_of(DIRTY))[0]["status"] == status


def test_asgi_error_in_on_report_is_not_swallowed() -> None:
    """What `on_report` raises reaches the server."""

    def fail(_report: Report) -> None:
        raise LookupError

    app = asgi.SanitizeMiddleware(Recorder(), on_report=fail)
    with pytest.raises(LookupError):
        run(app, scope_of(), *body_of(DIRTY))


# WSGI ----------------------------------------------------------------------------------------


class OneByOne(io.RawIOBase):
    """A stream that gives a byte at a time, and may not be read to its end."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.rest = body

    def read(self, size: int = -1) -> bytes:
        assert size > 0, "a read without a limit blocks on a socket"
        part, self.rest = self.rest[:1], self.rest[1:]
        return part


def environ_of(body: bytes, **changes: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": CHAT,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_AUTHORIZATION": "Bearer x",
        "wsgi.input": OneByOne(body),
    } | changes


class Kept:
    """A WSGI application that keeps its environment."""

    def __init__(self) -> None:
        self.environ: Any = None
        self.answer = iter([b"x"])

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.environ = environ
        return self.answer


def test_wsgi_reads_no_more_than_announced() -> None:
    """A stream may be the socket itself: it is read to Content-Length and no further."""
    kept = Kept()
    environ = environ_of(DIRTY, SCRIPT_NAME="/v1", PATH_INFO="/chat/completions")
    answer = wsgi.SanitizeMiddleware(kept)(environ, lambda *args: None)
    assert kept.environ is environ
    assert json.loads(environ["wsgi.input"].read()) == PAYLOAD
    assert environ["CONTENT_LENGTH"] == str(len(json.dumps(PAYLOAD, separators=(",", ":"))))
    assert answer is kept.answer


@pytest.mark.parametrize(
    "changes",
    [
        {"REQUEST_METHOD": "OPTIONS"},
        {"REQUEST_METHOD": "GET"},
        {"PATH_INFO": "/v1/ocr"},
        {"CONTENT_TYPE": "multipart/form-data; boundary=x"},
        {"CONTENT_LENGTH": ""},
    ],
)
def test_wsgi_passes_what_is_not_ours(changes: dict[str, str]) -> None:
    """The application has the very environment and stream, as without us."""
    kept = Kept()
    environ = environ_of(DIRTY, **changes)
    before = dict(environ)
    wsgi.SanitizeMiddleware(kept)(environ, lambda *args: None)
    assert kept.environ == before
    assert len(environ["wsgi.input"].rest) == len(DIRTY)


@pytest.mark.parametrize(
    ("body", "changes", "status"),
    [
        (b"{no json", {}, "400 Bad Request"),
        (b" " * 101, {}, "413 "),
        (b" " * 101, {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}, "413 "),
        (b"", {"CONTENT_LENGTH": "9" * 5000}, "413 "),
    ],
)
def test_wsgi_refuses(body: bytes, changes: dict[str, Any], status: str) -> None:
    """What cannot be read is answered in Mistral's shape, and the application is not called."""
    kept = Kept()
    started: list[Any] = []
    app = wsgi.SanitizeMiddleware(kept, max_body_size=100)
    (answer,) = app(environ_of(body, **changes), lambda *args: started.append(args))
    line, fields = started[0]
    assert line.startswith(status)
    assert dict(fields)["Content-Length"] == str(len(answer))
    assert json.loads(answer)["type"] == "invalid_request_error"
    assert kept.environ is None


def test_wsgi_clean_body() -> None:
    """Nothing of a clean request's environment is changed but the stream, which is read."""
    kept = Kept()
    environ = environ_of(CLEAN, HTTP_DIGEST="x")
    wsgi.SanitizeMiddleware(kept)(environ, lambda *args: None)
    assert environ["wsgi.input"].read() == CLEAN
    assert (environ["CONTENT_LENGTH"], environ["HTTP_DIGEST"]) == (str(len(CLEAN)), "x")


@pytest.mark.parametrize("length", [str(len(DIRTY) + 1), "abc", "many", "10, 10", "-1", "1.0"])
def test_wsgi_lengths_that_lie(length: str) -> None:
    """A body that is shorter than it should be, or does not say how long, reaches no application:
    one that does not count would take it as it is."""
    kept = Kept()
    answers: list[str] = []
    environ = environ_of(DIRTY, CONTENT_LENGTH=length)
    answer = wsgi.SanitizeMiddleware(kept)(environ, lambda status, headers: answers.append(status))
    assert answers == ["400 Bad Request"]
    assert json.loads(b"".join(answer))["message"].endswith("as its Content-Length says")
    assert kept.environ is None


def test_wsgi_chunked_clean_body_gets_a_length() -> None:
    """Django reads no body without one."""
    kept = Kept()
    changes = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    environ = environ_of(CLEAN, CONTENT_LENGTH="", **changes)
    wsgi.SanitizeMiddleware(kept)(environ, lambda *args: None)
    assert environ["CONTENT_LENGTH"] == str(len(CLEAN))
    assert "HTTP_TRANSFER_ENCODING" not in environ
    assert environ["wsgi.input"].read() == CLEAN


def test_wsgi_in_front_of_strict_mistral() -> None:
    """The two fit together: what is refused bare is taken behind us."""
    for app, status in (
        (StrictMistral(), "422"),
        (wsgi.SanitizeMiddleware(StrictMistral()), "200"),
    ):
        started: list[Any] = []
        app(environ_of(DIRTY), lambda *args, kept=started: kept.append(args))
        assert started[0][0].startswith(status)
