"""No value of a payload, no key and no header is in anything that the adapters say.

Every client adapter through its real library, and every server adapter in a real server, all in
this process, so that every logger can be heard at every level: requests that are taken, refused,
cured, cut, coded wrongly, too large; upstreams that are down, that break off, that answer nonsense.
Libraries log and raise what they like of their own; what is heard of them at DEBUG is held to the
same.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance import CLIENTS, JSON, Call, Client
from servers_client import Server
from servers_here import PARAMS, SERVERS

from mistral_sanitize.testing import StrictMistral

sys.path.append(str(Path(__file__).parents[2]))  # where a test is run by its path alone
from tests.tools.leaks import SECRET, Overheard, leaked, planted

CHAT = "/v1/chat/completions"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
}
SECRETS = {
    "Authorization": f"Bearer {SECRET}1",
    "x-api-key": f"{SECRET}2",
    "Cookie": f"session={SECRET}3",
    "X-Amz-Security-Token": f"{SECRET}4",
    "Content-MD5": f"{SECRET}5",
}


def bodies() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """Bodies full of secrets, each with the headers that go with it."""
    dirty = {
        "model": "mistral-small-latest",
        "messages": [{"role": "user", "content": SECRET, "name": SECRET}],
        "user": SECRET,
        "stop": [SECRET],
        "metadata": {"a": SECRET},
    }
    text = json.dumps(dirty).encode()
    (*_, every, _) = planted(dirty)
    said = [{"role": "user", "content": SECRET}]
    yield "clean", json.dumps({**PAYLOAD, "messages": said}).encode(), JSON
    yield (
        "no messages",
        json.dumps({"model": "mistral-small-latest", "stop": SECRET}).encode(),
        JSON,
    )
    yield "dirty", text, JSON
    yield "streamed", json.dumps({**dirty, "stream": True}).encode(), JSON
    yield "refused", json.dumps({**every, "model": "mistral-small-latest"}).encode(), JSON
    yield "cured", json.dumps({**dirty, "n": 2}).encode(), JSON
    yield "cut", text[:-2], JSON
    yield "cut in a secret", text[: text.index(SECRET.encode()) + 4], JSON
    yield "no object", json.dumps([SECRET]).encode(), JSON
    yield "no UTF-8", text.replace(SECRET.encode(), SECRET.encode() + b"\xff"), JSON
    yield "too deep", text[:-1] + b',"x":' + b"[" * 100_000, JSON
    yield "gzip", gzip.compress(text), {**JSON, "Content-Encoding": "gzip"}
    yield "cut gzip", gzip.compress(text)[:-4], {**JSON, "Content-Encoding": "gzip"}
    yield "no gzip", text, {**JSON, "Content-Encoding": "gzip"}
    yield "no coding", text, {**JSON, "Content-Encoding": SECRET}
    yield "no charset", text + b"\xff", {"Content-Type": f"application/json; charset={SECRET}"}


BODIES = {name: (body, headers) for name, body, headers in bodies()}

# -- clients --------------------------------------------------------------------------------------


@contextlib.contextmanager
def answering(reply: Callable[[socket.socket], None]) -> Iterator[str]:
    """An upstream that reads a request's head and then does as it is told; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        connection.settimeout(5)
                        connection.recv(1 << 16)
                        reply(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{CHAT}"
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def _nonsense(connection: socket.socket) -> None:
    connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")


def _refusal_cut(connection: socket.socket) -> None:
    head = b"HTTP/1.1 422 Refused\r\nContent-Length: 500\r\n\r\n"
    connection.sendall(head + b'{"detail": [{"type": "extra_forbidden", "loc": ["body", "user"]')


def _refusal_coded(connection: socket.socket) -> None:
    head = b"HTTP/1.1 422 Refused\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n"
    connection.sendall(head + b"not gzip!")


def _nothing(connection: socket.socket) -> None:
    """Closes."""


BROKEN = {
    "nonsense": _nonsense,
    "a refusal that is cut": _refusal_cut,
    "a refusal in a coding that it is not in": _refusal_coded,
    "nothing": _nothing,
}


@pytest.fixture(scope="module")
def mistral() -> Iterator[tuple[StrictMistral, str]]:
    """Mistral, of an older schema, so that it refuses what a cure can be found for."""
    mistral = StrictMistral(profile="2024-11-07")
    with mistral.serve() as url:
        yield mistral, url + CHAT


def told(overheard: Overheard, kind: type[Client], call: Call, **options: Any) -> None:
    """Sends one call through a new client, and listens."""
    client: Client | None = None
    with overheard.listening():
        try:
            client = kind(**options)
            overheard.told(lambda: client.send(call))  # type: ignore[union-attr]
            overheard.see(*vars(client).values())
        finally:
            if client is not None:
                client.close()


def ours(kind: type[Client]) -> dict[str, Any]:
    """The options of the driver: a cure where the library can send again."""
    return {} if "cure" in kind.LACKS else {"retry_refused": True}


COMMON = ("requests", "httpx", "httpx-async", "aiohttp", "urllib3", "urllib")
KINDS = [
    pytest.param(kind, marks=[] if kind.NAME in COMMON else [pytest.mark.full], id=kind.NAME)
    for kind in CLIENTS
]


@pytest.mark.parametrize("kind", KINDS)
def test_clients(kind: type[Client], mistral: tuple[StrictMistral, str]) -> None:
    """Whatever the body and the answer, nothing that is said has a value, a key or a header."""
    overheard = Overheard()
    statuses = set()
    for body, headers in BODIES.values():
        mistral[0].clear()
        call = Call(mistral[1], body, headers={**SECRETS, **headers})
        told(overheard, kind, call, **ours(kind))
        statuses |= {received.status for received in mistral[0].requests}
    assert {200, 400, 422} <= statuses
    assert any("sanitized /v1/chat/completions" in said for said in overheard.said)
    assert leaked(overheard.text) is None


@pytest.mark.parametrize("kind", KINDS)
def test_clients_of_a_broken_upstream(kind: type[Client]) -> None:
    """Nobody there, or somebody who breaks off: the library's own error comes out, as it is."""
    body, headers = BODIES["dirty"]
    overheard = Overheard()
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    down = f"http://127.0.0.1:{port}{CHAT}"
    told(overheard, kind, Call(down, body, headers={**SECRETS, **headers}), **ours(kind))
    for reply in BROKEN.values():
        with answering(reply) as url:
            told(overheard, kind, Call(url, body, headers={**SECRETS, **headers}), **ours(kind))
    assert leaked(overheard.text) is None


# -- servers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARAMS)
def test_servers(name: str) -> None:
    """The log has no value, and an answer of ours (400, 413) quotes neither body nor header."""
    serve, framework, _ = SERVERS[name]
    overheard = Overheard()
    statuses: set[int] = set()
    with overheard.listening(), serve(framework) as port:
        server = Server(name, framework, port)
        for path in (CHAT, "/small" + CHAT):
            for body, headers in BODIES.values():
                for sent in (body, body + b" " * 3000):
                    answer = server.post(sent, path, **{**SECRETS, **headers})
                    statuses.add(answer.status)
                    assert answer.status < 500
                    if b'"object":"error"' in answer.body:  # ours, not the application's
                        overheard.said += [str(answer.headers), answer.body.decode()]
        server.leave_in_mid_body(BODIES["dirty"][0])
    assert {200, 400, 413, 422} <= statuses
    assert any("sanitized /v1/chat/completions" in said for said in overheard.said)
    assert leaked(overheard.text) is None


def test_lambda() -> None:
    """The same of AWS's events, whole and broken."""
    from mistral_sanitize.adapters.aws_lambda import SanitizeHandler, sanitize_event

    overheard = Overheard()

    def handler(event: Any, context: Any) -> Any:
        return None

    with overheard.listening():
        sanitizing = SanitizeHandler(handler)
        overheard.see(sanitizing)
        for body, headers in BODIES.values():
            for encoded in (False, True):
                event = {
                    "requestContext": {"http": {"method": "POST"}},
                    "rawPath": CHAT,
                    "headers": {**SECRETS, **headers},
                    "body": body.decode("latin-1"),
                    "isBase64Encoded": encoded,
                }
                overheard.said.append(repr(overheard.told(lambda e=event: sanitizing(e, None))))
                overheard.told(lambda e=event: sanitize_event(e))
    assert leaked(overheard.text) is None


def test_validation_in_fastapi() -> None:
    """A body that FastAPI refuses is answered in Mistral's own shape, quoted values and all; the
    log has none of them.
    """
    pytest.importorskip("fastapi")
    pytest.importorskip("httpx")
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from mistral_sanitize.adapters.fastapi import Sanitized
    from mistral_sanitize.models import ChatCompletionRequest

    app = FastAPI()

    async def endpoint(body: Any) -> Any:
        return {}

    endpoint.__annotations__ = {"body": Sanitized[ChatCompletionRequest]}
    app.add_api_route(CHAT, endpoint, methods=["POST"], response_model=None)
    overheard = Overheard()
    with overheard.listening(), TestClient(app) as client:
        answers = [
            client.post(CHAT, content=body, headers={**SECRETS, **headers}).status_code
            for body, headers in BODIES.values()
            if "Content-Encoding" not in headers
        ]
    assert {200, 422} <= set(answers)
    assert leaked(overheard.text) is None


def test_every_client_is_here() -> None:
    """A new driver is listened to by being declared."""
    assert len({kind.NAME for kind in CLIENTS}) == len(CLIENTS) >= 19
