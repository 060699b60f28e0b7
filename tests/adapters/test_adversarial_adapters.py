"""Requests that lie to a server about their length, and values that would be headers.

What is held of every server adapter: an application never gets a body of Mistral's endpoints that
was not sanitized, no lie is a 500, and the next client is served. How a lie is answered, or whether
the connection is closed, is the server's to say.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from conformance import JSON, Call, Client
from servers_client import Server
from servers_here import PARAMS, SERVERS
from test_clients import over

CHAT = "/v1/chat/completions"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
}
DIRTY = json.dumps({**PAYLOAD, "user": "u1", "logit_bias": {}}).encode()
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (len(DIRTY), DIRTY)
N = len(DIRTY)

LIES: dict[str, tuple[list[str], bytes]] = {
    "too short": ([f"Content-Length: {N - 10}"], DIRTY),
    "nothing": (["Content-Length: 0"], DIRTY),
    "too long": ([f"Content-Length: {N + 10}"], DIRTY),
    "far too long": ([f"Content-Length: {1 << 62}"], DIRTY),
    "of 5,000 digits": ([f"Content-Length: {'9' * 5000}"], DIRTY),
    "with zeros in front": ([f"Content-Length: {'0' * 30}{N}"], DIRTY),
    "negative": ([f"Content-Length: -{N}"], DIRTY),
    "with a sign": ([f"Content-Length: +{N}"], DIRTY),
    "no number": (["Content-Length: abc"], DIRTY),
    "not whole": ([f"Content-Length: {N}.0"], DIRTY),
    "hexadecimal": ([f"Content-Length: {N:#x}"], DIRTY),
    "with an underscore": (["Content-Length: 1_0"], DIRTY),
    "a superscript": (["Content-Length: \xb2"], DIRTY),
    "empty": (["Content-Length:"], DIRTY),
    "a list": ([f"Content-Length: {N}, {N}"], DIRTY),
    "twice": ([f"Content-Length: {N}", f"Content-Length: {N}"], DIRTY),
    "twice, the first short": ([f"Content-Length: {N - 10}", f"Content-Length: {N}"], DIRTY),
    "twice, the last short": ([f"Content-Length: {N}", f"Content-Length: {N - 10}"], DIRTY),
    "none": ([], DIRTY),
    "beside chunks": ([f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding: chunked"], CHUNKED),
    "behind chunks": (["Transfer-Encoding: chunked", "Content-Length: 5"], CHUNKED),
    "chunks in two codings": (["Transfer-Encoding: gzip, chunked"], CHUNKED),
    "chunks twice": (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], CHUNKED),
    "chunks that are none": (["Transfer-Encoding: chunked"], DIRTY),
    "a chunk too long": (["Transfer-Encoding: chunked"], CHUNKED.replace(b"\r\n0\r\n", b"0\r\n")),
    "a chunk of a negative size": (["Transfer-Encoding: chunked"], b"-" + CHUNKED),
    "chunks without an end": (["Transfer-Encoding: chunked"], CHUNKED[:-5]),
}  # fmt: skip
"""What a request says of its length, and what it sends."""


def raw(port: int, fields: list[str], body: bytes, path: str = CHAT) -> bytes:
    """What comes back until the server closes; nothing more is sent."""
    said = [f"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json", *fields]
    head = ("\r\n".join([*said, "Connection: close"]) + "\r\n\r\n").encode("latin-1")
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(head + body)
            client.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while part := client.recv(1 << 16):
                answer += part
    return answer


@pytest.fixture(scope="module", params=PARAMS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of every adapter."""
    serve, framework, _ = SERVERS[request.param]
    with serve(framework) as port:
        yield Server(request.param, framework, port)


@pytest.mark.parametrize("lie", LIES)
def test_lengths_that_lie(server: Server, lie: str) -> None:
    """No lie is a 500, none brings a dirty body to the application; the next client is served."""
    fields, body = LIES[lie]
    answer = raw(server.port, fields, body)
    status = answer.split(b" ", 2)[1] if answer else b""
    # 501: RFC 9112, 6.1, of a transfer coding that is not understood.
    assert not status.startswith(b"5") or status == b"501", answer[:500]
    if b'{"method"' in answer:  # the application's
        seen = json.loads(answer[answer.index(b'{"method"') : answer.rindex(b"}") + 1])
        # Of a length that is none, the application has it that there is no body.
        assert not seen["text"] or json.loads(seen["text"]) == PAYLOAD
    again = server.post(DIRTY)
    assert again.status == 200
    assert json.loads(again.json()["text"]) == PAYLOAD


@pytest.mark.parametrize("other", ["application/json", "text/html", "application/JSON; charset=x"])
def test_two_content_types(server: Server, other: str) -> None:
    """A field that is there twice does not bring a dirty body to the application."""
    fields = [f"Content-Length: {N}", f"Content-Type: {other}"]
    answer = raw(server.port, fields, DIRTY)
    status = answer.split(b" ", 2)[1] if answer else b""
    assert not status.startswith(b"5"), answer[:500]
    if b'{"method"' in answer:
        seen = json.loads(answer[answer.index(b'{"method"') : answer.rindex(b"}") + 1])
        assert json.loads(seen["text"]) == PAYLOAD


# -- values that would be headers -----------------------------------------------------------------

BREAKS = ("\r\nX-Injected: 1", "\nX-Injected: 1", "\rX-Injected: 1", "\0\r\n\r\nX-Injected: 1",
          "\u560d\u560aX-Injected: 1", "\x85X-Injected: 1", "\u2028X-Injected: 1")  # fmt: skip


def injecting(text: str) -> dict[str, Any]:
    """A request with the text in every place."""
    call = {"id": text, "type": "function", "function": {"name": text, "arguments": text}}
    return {
        "model": f"mistral-small-latest{text}",
        "messages": [
            {"role": "user", "content": text, "name": text, text: text},
            {"role": text, "content": text},
            {"role": "assistant", "content": text, "tool_calls": [call], "refusal": text},
            {"role": "tool", "tool_call_id": text, "name": text, "content": text},
        ],
        "tools": [{"type": "function", "function": {"name": text, "description": text}}],
        "user": text,
        text: text,
        "metadata": {text: text},
        "service_tier": text,
        "content-length": text,
    }


@pytest.mark.parametrize("text", BREAKS)
def test_no_value_is_a_header_of_a_server(server: Server, text: str) -> None:
    """Neither the application's headers nor the answer's have what a body said, right or wrong."""
    body = json.dumps(injecting(text)).encode()
    for sent in (body, body[:-1], json.dumps([text]).encode(), body + b" " * 3000):
        for path in (CHAT, "/small" + CHAT):
            answer = server.post(sent, path)
            assert "x-injected" not in answer.headers
            if answer.body.startswith(b'{"method"'):
                assert "x-injected" not in answer.json()["headers"]


@contextlib.contextmanager
def recorded() -> Iterator[tuple[str, list[bytes]]]:
    """An upstream that keeps the bytes of each request's head, refuses, and closes."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, connection.makefile("rb") as file:
                        heads.append(_head(file))
                        content = (
                            b'{"detail":[{"type":"extra_forbidden","loc":["body","metadata"]}]}'
                        )
                        head = b"HTTP/1.1 422 No\r\nConnection: close\r\nContent-Length: "
                        connection.sendall(head + b"%d\r\n\r\n%b" % (len(content), content))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{CHAT}", heads
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def _head(file: Any) -> bytes:
    """A request's head; its body is read and left."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += file.readline()
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    file.read(int(fields.get(b"content-length", 0)))
    return head


@over()
def test_no_value_is_a_header_of_a_client(kind: type[Client]) -> None:
    """Of a request that is sanitized, sent, refused, cured and sent again, no head has a value."""
    options = {} if "cure" in kind.LACKS else {"retry_refused": True}
    with recorded() as (url, heads):
        client = kind(**options)
        try:
            for text in BREAKS:
                body = json.dumps(injecting(text)).encode()
                client.send(Call(url, body, headers=JSON))
        finally:
            client.close()
    assert len(heads) == len(BREAKS) * (1 + len(options))
    for head in heads:
        assert b"injected" not in head.lower()
        assert head.count(b"\r\n\r\n") == 1
        names = [line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:-2]]
        assert names.count(b"content-length") == 1
        assert b"transfer-encoding" not in names
