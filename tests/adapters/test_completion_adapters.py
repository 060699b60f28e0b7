"""``completions="openai"`` and ``restore=True``, through real clients and servers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import io
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from conformance import CLIENTS, Call, Client

from mistral_sanitize import to_openai
from mistral_sanitize.adapters import asgi, aws_lambda, wsgi
from mistral_sanitize.completions import CompletionReport
from mistral_sanitize.testing import SHAPES, StrictMistral

CHAT = "/v1/chat/completions"
PAUSE = 0.05
TOOL = {"type": "function", "function": {"name": "weather.today", "parameters": {"type": "object"}}}
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "Hi"}],
    "tools": [TOOL],
}
WHOLE = json.dumps(PAYLOAD).encode()
STREAM = json.dumps({**PAYLOAD, "stream": True}).encode()
KEY = {"Authorization": "Bearer any"}
CHANGED = sorted(SHAPES.keys() - {"plain"})


def over_clients(case: str = "") -> pytest.MarkDecorator:
    """Run a test with each library whose adapter can change the body of a response."""
    rows = [
        pytest.param(kind, id=kind.NAME, marks=[pytest.mark.full] if kind.FULL else [])
        for kind in CLIENTS
        if "completions" not in kind.LACKS and case not in kind.LACKS
    ]
    return pytest.mark.parametrize("kind", rows)


def chunks_of(body: bytes) -> list[Any]:
    """The chunks of a streamed body, without its end."""
    lines = [line for line in body.decode().split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


@contextlib.contextmanager
def opened(kind: type[Client], adapted: bool = True, **options: Any) -> Iterator[Client]:
    client = kind(adapted, **options)
    try:
        yield client
    finally:
        client.close()


# -- clients ---------------------------------------------------------------------------------------


@over_clients()
@pytest.mark.parametrize("shape", CHANGED)
def test_every_shape(kind: type[Client], shape: Any) -> None:
    """What the client reads is in OpenAI's shape, whole and streamed; without the option it is not.

    The plain client and the one that only sanitizes get the same bytes.
    """
    mistral = StrictMistral(shape=shape)
    reports: list[CompletionReport] = []
    with mistral.serve() as url, contextlib.ExitStack() as stack:
        sanitized = stack.enter_context(opened(kind))
        mapped = stack.enter_context(
            opened(kind, completions="openai", on_completion=reports.append)
        )
        given = sanitized.send(Call(url + CHAT, WHOLE)).body
        got = mapped.send(Call(url + CHAT, WHOLE)).body
        expected = to_openai(json.loads(given))
        assert json.loads(got) == expected
        assert (got == given) == (expected == json.loads(given))
        given = sanitized.send(Call(url + CHAT, STREAM)).body
        got = mapped.send(Call(url + CHAT, STREAM)).body
        assert chunks_of(got) == to_openai(chunks_of(given))
        assert (got == given) == (to_openai(chunks_of(given)) == chunks_of(given))
    assert all(reports)
    assert len(reports) in (1, 2)


@over_clients()
def test_plain_completions_are_the_same_bytes(kind: type[Client]) -> None:
    """What is in OpenAI's shape already passes as it is, and so do errors; nothing is told."""
    reports: list[CompletionReport] = []
    options: dict[str, Any] = {"completions": "openai", "on_completion": reports.append}
    mistral = StrictMistral()
    with mistral.serve() as url, opened(kind) as plain, opened(kind, **options) as mapped:
        call = Call(url + CHAT, WHOLE)
        assert plain.send(call) == mapped.send(call)
        call = Call(url + CHAT, STREAM)
        assert plain.send(call) == mapped.send(call)
        mistral.fail_next(429, 429)
        assert plain.send(call) == mapped.send(call)
        embeddings = json.dumps({"model": "mistral-embed", "input": "a"}).encode()
        call = Call(url + "/v1/embeddings", embeddings)
        assert plain.send(call) == mapped.send(call)
    assert reports == []


@over_clients("identity")
def test_no_content_coding_is_asked_for(kind: type[Client]) -> None:
    """With the option the client asks for a body without a coding, to read it as it comes."""
    mistral = StrictMistral()
    models = "/v1/models"
    with (
        mistral.serve() as url,
        opened(kind) as plain,
        opened(kind, completions="openai") as client,
    ):
        client.send(Call(url + CHAT, WHOLE))
        assert mistral.requests[-1].header("accept-encoding") == "identity"
        for each in (client, plain):
            each.send(Call(url + models, b"", method="GET"))
        others = [request.header("accept-encoding") for request in mistral.requests[-2:]]
        assert others[0] == others[1]


@over_clients()
def test_events_arrive_as_they_are_sent(kind: type[Client]) -> None:
    """A mapped stream is not held back: what was thought is here while the rest is being sent."""
    mistral = StrictMistral(shape="thinking", pause=PAUSE)
    with mistral.serve() as url, opened(kind, completions="openai") as client:
        times = client.arrivals(Call(url + CHAT, STREAM))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert sum(gap > PAUSE / 2 for gap in gaps) >= 3


@over_clients()
@pytest.mark.parametrize("options", [{}, {"completions": "openai"}], ids=["alone", "openai"])
def test_restore(kind: type[Client], options: Any) -> None:
    """A function that was sent by another name is called by its own, whole and streamed."""
    mistral = StrictMistral(shape="calls-without-type")
    with mistral.serve() as url, opened(kind, restore=True, **options) as client:
        answer = client.send(Call(url + CHAT, WHOLE)).body
        assert mistral.requests[-1].json()["tools"][0]["function"]["name"] == "weather_today"
        message = json.loads(answer)["choices"][0]["message"]
        names = [call["function"]["name"] for call in message["tool_calls"]]
        assert names == ["weather.today"] * 2
        assert ("type" in message["tool_calls"][0]) == bool(options)
        streamed = client.send(Call(url + CHAT, STREAM)).body
        assert b'"weather.today"' in streamed
        assert b'"weather_today"' not in streamed
        clean = json.dumps({**PAYLOAD, "tools": []}).encode()
        assert client.send(Call(url + CHAT, clean)).status == 200


@over_clients()
@pytest.mark.parametrize("streamed", [False, True])
def test_a_body_that_comes_compressed(kind: type[Client], streamed: bool) -> None:
    """A host that compresses unasked is read all the same, and the client has the right text."""
    chunk = {
        "id": "c",
        "choices": [{"index": 0, "delta": {"content": [{"type": "text", "text": "é"}]}}],
    }
    whole = {
        "id": "c",
        "choices": [{"index": 0, "message": {"content": [{"type": "text", "text": "é"}]}}],
    }
    line = b"data: " + json.dumps(chunk).encode() + b"\n\n"
    body = line + b"data: [DONE]\n\n" if streamed else json.dumps(whole).encode()
    headers = {
        "Content-Type": "text/event-stream" if streamed else "application/json",
        "Content-Encoding": "gzip",
    }
    with (
        answering(gzip.compress(body), headers) as url,
        opened(kind, completions="openai") as client,
    ):
        got = client.send(Call(url + CHAT, STREAM)).body
    if streamed:
        assert chunks_of(got)[0]["choices"][0]["delta"] == {"content": "é"}
    else:
        assert json.loads(got)["choices"][0]["message"] == {"content": "é"}


@over_clients()
def test_a_body_that_is_no_completion(kind: type[Client]) -> None:
    """What only looks like one is the same bytes: no JSON, an error with 200, HTML."""
    for body, content_type in (
        (b"{not json", "application/json"),
        (b'{"object": "error", "message": "x"}', "application/json"),
        (b"<html>", "text/html"),
        (b'{"object": "error"}\n', "text/event-stream"),
        (b"", "application/json"),
    ):
        headers = {"Content-Type": content_type}
        with answering(body, headers) as url, opened(kind, completions="openai") as client:
            assert client.send(Call(url + CHAT, WHOLE)).body == body


@contextlib.contextmanager
def answering(body: bytes, headers: dict[str, str]) -> Iterator[str]:
    """A server that has one response for everything."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


# -- servers ---------------------------------------------------------------------------------------

Serve = Callable[..., Any]


@contextlib.contextmanager
def served_by_uvicorn(mistral: StrictMistral, **options: Any) -> Iterator[str]:
    uvicorn = pytest.importorskip("uvicorn")
    app = asgi.SanitizeMiddleware(mistral.asgi, **options)
    config = uvicorn.Config(app, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""


@contextlib.contextmanager
def served_by_wsgiref(mistral: StrictMistral, **options: Any) -> Iterator[str]:
    app: Any = wsgi.SanitizeMiddleware(mistral.wsgi, **options)
    with make_server("127.0.0.1", 0, app, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


SERVERS = pytest.mark.parametrize("serve", [served_by_uvicorn, served_by_wsgiref])
PLAIN = next(kind for kind in CLIENTS if kind.NAME == "httpx")


def post(url: str, body: bytes) -> Any:
    with opened(PLAIN, adapted=False) as client:
        return client.send(Call(url + CHAT, body))


@SERVERS
@pytest.mark.parametrize("shape", CHANGED)
def test_servers_map_every_shape(serve: Serve, shape: Any) -> None:
    """Behind the middleware the client reads OpenAI's shape; by default it reads Mistral's."""
    reports: list[CompletionReport] = []
    mistral = StrictMistral(shape=shape)
    with serve(mistral) as url:
        whole, stream = post(url, WHOLE).body, post(url, STREAM).body
    with serve(mistral, completions="openai", on_completion=reports.append) as url:
        assert json.loads(post(url, WHOLE).body) == to_openai(json.loads(whole))
        assert chunks_of(post(url, STREAM).body) == to_openai(chunks_of(stream))
    assert all(reports)
    assert len(reports) in (1, 2)


@SERVERS
def test_servers_leave_the_rest(serve: Serve) -> None:
    """What is in OpenAI's shape, and what is an error, is the same bytes."""
    mistral = StrictMistral()
    with serve(mistral) as url, serve(mistral, completions="openai", restore=True) as mapped:
        for body in (WHOLE, STREAM):
            assert post(url, body) == post(mapped, body)
        mistral.fail_next(503, 503)
        assert post(url, WHOLE) == post(mapped, WHOLE)
        assert post(url, b"{").status == post(mapped, b"{").status == 400


@SERVERS
def test_servers_restore(serve: Serve) -> None:
    """The client's own function names come back."""
    with serve(StrictMistral(shape="calls-without-type"), restore=True) as url:
        for body in (WHOLE, STREAM):
            got = post(url, body).body
            assert b'"weather.today"' in got
            assert b"weather_today" not in got


@SERVERS
def test_servers_hold_nothing_back(serve: Serve) -> None:
    """A mapped stream comes event by event."""
    mistral = StrictMistral(shape="thinking", pause=PAUSE)
    with serve(mistral, completions="openai") as url, opened(PLAIN, adapted=False) as client:
        times = client.arrivals(Call(url + CHAT, STREAM))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert sum(gap > PAUSE / 2 for gap in gaps) >= 3


def test_headers_of_a_mapped_body() -> None:
    """The length is that of the new body, and what described the old one is gone."""
    body = json.dumps({"choices": [{"message": {"content": [{"type": "text", "text": "a"}]}}]})

    def app(environ: Any, start_response: Any) -> Any:
        assert environ["HTTP_ACCEPT_ENCODING"] == "identity"
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response("200 OK", [*headers, ("ETag", "x"), ("X-Other", "y")])
        yield body[:9].encode()
        yield body[9:].encode()

    status, headers, got = called(wsgi.SanitizeMiddleware(app, completions="openai"), WHOLE)
    assert json.loads(got) == {"choices": [{"message": {"content": "a"}}]}
    assert status == "200 OK"
    assert dict(headers) == {
        "Content-Type": "application/json",
        "X-Other": "y",
        "Content-Length": str(len(got)),
    }


def called(app: Any, body: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    """What a WSGI server would send."""
    head: list[Any] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": CHAT,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    written: list[bytes] = []
    parts = app(environ, lambda *given: head.append(given) or written.append)
    data = b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()
    return head[0][0], head[0][1], b"".join(written) + data


def test_wsgi_applications_of_all_kinds() -> None:
    """One that answers at once, one that writes, one that is lazy, one that is closed early."""
    data = json.dumps(
        {"choices": [{"message": {"content": [{"type": "text", "text": "a"}]}}]}
    ).encode()
    mapped = {"choices": [{"message": {"content": "a"}}]}
    json_type = [("Content-Type", "application/json")]
    closed: list[str] = []

    class Parts(list[bytes]):
        def close(self) -> None:
            closed.append("app")

    def at_once(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", json_type)
        return Parts([data[:5], b"", data[5:]])

    def writes(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", json_type)(data)
        return []

    def passes(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return untouched

    def lazy(environ: Any, start_response: Any) -> Any:
        start_response("404 Not Found", json_type)
        yield data

    untouched = [b"same"]
    options: dict[str, Any] = {"completions": "openai"}
    for app in (at_once, writes):
        assert json.loads(called(wsgi.SanitizeMiddleware(app, **options), WHOLE)[2]) == mapped
    assert closed == ["app"]
    assert called(wsgi.SanitizeMiddleware(lazy, **options), WHOLE)[2] == data
    middleware = wsgi.SanitizeMiddleware(passes, **options)
    assert called(middleware, WHOLE)[2] == b"same"


def test_asgi_messages_of_all_kinds() -> None:
    """A JSON response in pieces is one message with its length; other messages pass."""
    data = json.dumps(
        {"choices": [{"message": {"content": [{"type": "text", "text": "a"}]}}]}
    ).encode()
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (b"accept-encoding", b"identity") in scope["headers"]
        headers = [(b"Content-Type", b"application/json"), (b"etag", b"x")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": data[:5], "more_body": True})
        await send({"type": "http.response.debug"})
        await send({"type": "http.response.body", "body": data[5:]})

    async def receive() -> Any:
        return {"type": "http.request", "body": WHOLE}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": CHAT,
        "headers": [(b"content-type", b"application/json"), (b"accept-encoding", b"br")],
    }  # fmt: skip
    asyncio.run(asgi.SanitizeMiddleware(app, completions="openai")(scope, receive, send))
    assert [message["type"] for message in sent] == [
        "http.response.debug", "http.response.start", "http.response.body"
    ]  # fmt: skip
    body = sent[2]["body"]
    assert json.loads(body) == {"choices": [{"message": {"content": "a"}}]}
    assert sent[1]["headers"] == [
        (b"Content-Type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]


@pytest.mark.parametrize("binary", [False, True])
def test_lambda(binary: bool) -> None:
    """The handler's response is mapped in its event, and what is no response passes."""
    data = json.dumps(
        {"choices": [{"message": {"content": [{"type": "text", "text": "é"}]}}]}
    ).encode()
    event = {
        "version": "2.0", "rawPath": CHAT, "requestContext": {"http": {"method": "POST"}},
        "headers": {"content-type": "application/json"}, "body": WHOLE.decode(),
    }  # fmt: skip

    def handler(event: Any, context: Any) -> Any:
        return {
            "statusCode": 200,
            "headers": {"Content-Type": "application/json", "Content-Length": str(len(data))},
            "body": base64.b64encode(data).decode() if binary else data.decode(),
            "isBase64Encoded": binary,
        }

    plain = aws_lambda.SanitizeHandler(handler)(event, None)
    assert plain == handler(event, None)
    got = aws_lambda.SanitizeHandler(handler, completions="openai")(event, None)
    body = base64.b64decode(got["body"]) if binary else got["body"]
    assert json.loads(body) == {"choices": [{"message": {"content": "é"}}]}
    assert got["headers"] == {"Content-Type": "application/json"}
    for odd in (None, "x", {"statusCode": 200}, {"statusCode": 200, "body": "{"},
                {"statusCode": 200, "body": "€", "isBase64Encoded": True},
                {"statusCode": 500, "body": data.decode()}):  # fmt: skip
        adapted = aws_lambda.SanitizeHandler(
            lambda event, context, odd=odd: odd, completions="openai"
        )
        assert adapted(event, None) is odd


@pytest.mark.full
@pytest.mark.parametrize("is_async", [False, True])
def test_django(is_async: bool) -> None:
    """Responses and streamed responses of views are mapped."""
    pytest.importorskip("django")
    import servers_django  # noqa: F401  # its settings
    from django.http import HttpResponse, StreamingHttpResponse
    from django.test import RequestFactory
    from django.test.utils import override_settings

    from mistral_sanitize.adapters.django import SanitizeMiddleware

    data = json.dumps(
        {"choices": [{"message": {"content": [{"type": "text", "text": "a"}]}}]}
    ).encode()
    mapped = {"choices": [{"message": {"content": "a"}}]}
    line = b'data: {"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}]}\n\n'

    async def alist(parts: list[bytes]) -> Any:
        for part in parts:
            yield part

    def ask(content: Any, kind: str, **headers: str) -> Any:
        def answer() -> Any:
            if isinstance(content, bytes):
                return HttpResponse(content, content_type=kind, headers=headers)
            parts = alist(content) if is_async else iter(content)
            return StreamingHttpResponse(parts, content_type=kind, headers=headers)

        def view(request: Any) -> Any:
            assert request.headers["Accept-Encoding"] == "identity"
            return answer()

        async def async_view(request: Any) -> Any:
            return view(request)

        with override_settings(MISTRAL_SANITIZE={"completions": "openai"}):
            middleware: Any = SanitizeMiddleware(async_view if is_async else view)
            request = RequestFactory().post(CHAT, WHOLE.decode(), "application/json")

            async def arun() -> tuple[Any, bytes]:
                response = await middleware(request)
                if not response.streaming:
                    return response, response.content
                return response, b"".join([part async for part in response.streaming_content])

            if is_async:
                return asyncio.run(arun())
            response = middleware(request)
            streamed = response.streaming
            return response, b"".join(response.streaming_content) if streamed else response.content

    response, got = ask(data, "application/json", ETag="x")
    assert json.loads(got) == mapped
    assert "ETag" not in response
    assert response["Content-Length"] == str(len(got))
    _, got = ask([line[:7], line[7:]], "text/event-stream")
    assert got == b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
    response, got = ask([data[:7], data[7:]], "application/json", **{"Content-Length": "9"})
    assert json.loads(got) == mapped
    assert "Content-Length" not in response
    pressed = gzip.compress(data)
    response, got = ask([pressed], "application/json", **{"Content-Encoding": "gzip"})
    assert got == pressed
    response, got = ask(pressed, "application/json", **{"Content-Encoding": "gzip"})
    assert json.loads(got) == mapped
    assert "Content-Encoding" not in response
    _, got = ask(b"<html>", "text/html")
    assert got == b"<html>"
