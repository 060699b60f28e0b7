"""`retry_refused=True` never turns a refusal into an exception: every client, over loopback.

The server says on the wire exactly what it is told to: a refusal that is whole, cut short or badly
compressed, and to the repaired request nothing, a reset, or something broken. What the caller gets
is held against what the same client gives it without the adapter.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conformance import CLIENTS, Call, Client

CHAT = "/v1/chat/completions"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
    "n": 2,
}
BODY = json.dumps(PAYLOAD).encode()
REFUSAL = json.dumps(
    {"detail": [{"type": "extra_forbidden", "loc": ["body", "n"], "msg": "Extra inputs"}]}
).encode()
COMPLETION = json.dumps({"object": "chat.completion", "choices": []}).encode()

Reply = Callable[[socket.socket], None]


def reply(status: int, body: bytes, *fields: str, length: int | None = None) -> Reply:
    """A response of these bytes, with this Content-Length, or that of the bytes."""
    size = len(body) if length is None else length
    head = [f"HTTP/1.1 {status} Any", "Content-Type: application/json", "Connection: close"]
    lines = [*head, *fields, *([f"Content-Length: {size}"] if size >= 0 else [])]
    text = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
    return lambda connection: connection.sendall(text)


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(body), body)


def drop(connection: socket.socket) -> None:
    """Closes without a word."""


def reset(connection: socket.socket) -> None:
    """Closes as a machine does that has lost its state."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def broken(status: int, body: bytes) -> dict[str, Reply]:
    """The ways in which a response is not whole."""
    coded = "Content-Encoding: gzip"
    return {
        "cut short": reply(status, body[:-5], length=len(body)),
        "cut in its chunks": reply(
            status, chunk(body[:-5]), "Transfer-Encoding: chunked", length=-1
        ),
        "badly compressed": reply(status, b"not gzip at all", coded),
        "compressed and cut short": reply(status, gzip.compress(body)[:-9], coded, length=500),
    }


REFUSALS = {"whole": reply(422, REFUSAL), **broken(422, REFUSAL)}
SECONDS: dict[str, Reply] = {
    "dropped": drop,
    "reset": reset,
    "nonsense": lambda connection: connection.sendall(b"\x16\x03\x01 this is not HTTP\r\n\r\n"),
    **{f"200, {name}": made for name, made in broken(200, COMPLETION).items()},
}


@contextlib.contextmanager
def serving(*replies: Reply) -> Iterator[tuple[str, list[bytes]]]:
    """A server with one reply for each request, and then none; its URL, and the bodies it got."""
    bodies: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))
    todo = iter(replies)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(10)
                    body = _read(connection)
                    if body:
                        bodies.append(body)
                        next(todo, drop)(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    with listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{CHAT}", bodies
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def _read(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    while len(body) < int(fields.get(b"content-length", b"0")):
        body += connection.recv(65536)
    return body


def outcome(client: Client, url: str, streamed: bool) -> tuple[Any, ...]:
    """What the caller gets: a status and a body, or parts of one and the class of an exception."""
    got: list[bytes] = []
    try:
        if not streamed:
            answer = client.send(Call(url, BODY))
            return answer.status, answer.body
        got.extend(client.pieces(Call(url, BODY)))
    except Exception as error:
        return b"".join(got), type(error)
    return b"".join(got), None


KINDS = [
    pytest.param(kind, marks=[pytest.mark.full] if kind.FULL else [], id=kind.NAME)
    for kind in CLIENTS
    if "cure" not in kind.LACKS
]
WAYS = [pytest.param(False, id="whole"), pytest.param(True, id="in parts")]


@contextlib.contextmanager
def open_client(kind: type[Client], **options: Any) -> Iterator[Client]:
    client = kind(**options)
    try:
        yield client
    finally:
        client.close()


def skip_unable(kind: type[Client], streamed: bool) -> None:
    for case in ("streamed cure", "streamed refusal"):
        if streamed and case in kind.LACKS:
            pytest.skip(kind.LACKS[case])


@pytest.mark.parametrize("streamed", WAYS)
@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_unreadable_refusal_is_as_without_the_adapter(
    kind: type[Client], name: str, streamed: bool
) -> None:
    """The same bytes and the same exception, wherever the refusal is cut or how it is coded."""
    skip_unable(kind, streamed)
    first = REFUSALS[name]
    with serving(first) as (url, _), open_client(kind, adapted=False) as plain:
        expected = outcome(plain, url, streamed)
    with serving(first) as (url, bodies), open_client(kind, retry_refused=True) as adapted:
        got = outcome(adapted, url, streamed)
    if streamed and "partial refusal" in kind.LACKS:
        got, expected = got[1:], expected[1:]
    assert got == expected
    assert len(bodies) >= (2 if name == "whole" else 1)


@pytest.mark.parametrize("streamed", WAYS)
@pytest.mark.parametrize("name", SECONDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_second_send_leaves_the_refusal(
    kind: type[Client], name: str, streamed: bool
) -> None:
    """The caller gets the 422, whole, as if nothing had been sent again."""
    skip_unable(kind, streamed)
    if streamed and name.startswith("200") and "partial refusal" in kind.LACKS:
        pytest.skip(kind.LACKS["partial refusal"])
    replies = REFUSALS["whole"], SECONDS[name]
    with serving(*replies) as (url, bodies), open_client(kind, retry_refused=True) as client:
        got = outcome(client, url, streamed)
    assert got == ((REFUSAL, None) if streamed else (422, REFUSAL))
    assert len(bodies) >= 2
    assert "n" not in json.loads(bodies[1])


RAISED = json.dumps(
    {"error": {"code": 500, "message": "Jinja Exception: Missing tool call type", "type": "server"}}
).encode()
CALLING = {
    "model": "mistral-small-latest",
    "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "", "tool_calls": [
            {"id": "abcdefgh1", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "abcdefgh1", "content": "42"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("status", [400, 404, 500])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_template_raises_is_cured(kind: type[Client], status: int) -> None:
    """Servers that render a chat template answer with these statuses; others than that stay."""
    body = json.dumps(CALLING).encode()
    first, second = reply(status, RAISED), reply(200, COMPLETION)
    with serving(first, second) as (url, bodies), open_client(kind, retry_refused=True) as client:
        assert client.send(Call(url, body)).status == 200
    assert json.loads(bodies[-1])["messages"][1]["tool_calls"][0]["type"] == "function"
    plain = reply(status, b'{"error": {"message": "Internal error"}}')
    with serving(plain) as (url, bodies), open_client(kind, retry_refused=True) as client:
        assert client.send(Call(url, body)).status == status
    assert len(bodies) == 1
