"""The server adapters, each through real servers on loopback.

Every case runs on every pair of server and framework. The applications (`servers_asgi`,
`servers_wsgi`) answer with what they saw, and with the status that `StrictMistral` gives it.
"""

from __future__ import annotations

import gzip
import json
import socket
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from servers_client import CHAT, Server, running, sha256
from servers_handler import LARGE, PAUSE, SMALL

ASGI_SERVERS = ("uvicorn", "hypercorn", "granian")
ASGI_FRAMEWORKS = ("starlette", "fastapi", "litestar", "quart", "django", "django-middleware")
WSGI_SERVERS = ("wsgiref", "gunicorn", "waitress")
WSGI_FRAMEWORKS = ("flask", "bottle", "django", "django-middleware")
COMMON = {("uvicorn", "starlette"), ("uvicorn", "fastapi"), ("wsgiref", "flask")}
MODULES = {"django-middleware": "django"}

PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "héllo €"}],
}
# Spaces that no encoder of ours would write: bytes that pass must pass as they are.
CLEAN = json.dumps(PAYLOAD, indent=1).encode()
DIRTY = json.dumps({**PAYLOAD, "user": "u1", "logit_bias": {}}).encode()


def pairs() -> Iterator[Any]:
    for servers, frameworks in ((ASGI_SERVERS, ASGI_FRAMEWORKS), (WSGI_SERVERS, WSGI_FRAMEWORKS)):
        for framework in frameworks:
            for server in servers:
                pair = (server, framework)
                marks = () if pair in COMMON else (pytest.mark.full,)
                yield pytest.param(pair, marks=marks, id=f"{server}-{framework}")


@pytest.fixture(scope="module", params=pairs())
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A running server with the application of one framework."""
    name, framework = request.param
    pytest.importorskip(name)
    pytest.importorskip(MODULES.get(framework, framework))
    log = tmp_path_factory.mktemp("log") / f"{name}-{framework}.log"
    with running(name, framework, log) as started:
        yield started


def text_of(answer: Any) -> Any:
    """The payload that the application saw."""
    return json.loads(answer.json()["text"].encode("latin-1"))


def test_refused_without_and_taken_with(server: Server) -> None:
    """Mistral refuses a dirty payload as it is, and takes what the application gets behind us."""
    assert server.post(DIRTY, "/bare" + CHAT).status == 422
    answer = server.post(DIRTY)
    assert answer.status == 200
    assert text_of(answer) == PAYLOAD


def test_clean_body_is_the_same_to_the_byte(server: Server) -> None:
    """A body with nothing to change arrives as it was sent, headers and all."""
    answer = server.post(CLEAN, Content_MD5="of-the-body").json()
    assert answer["sha256"] == sha256(CLEAN)
    assert answer["headers"]["content-length"] == str(len(CLEAN))
    assert answer["headers"]["content-md5"] == "of-the-body"


def test_content_length_is_that_of_the_new_body(server: Server) -> None:
    """A changed body has its own length, no other framing, and no digest of the old one."""
    seen = server.post(DIRTY, Content_MD5="of-the-old-body").json()
    assert seen["headers"]["content-length"] == str(seen["length"])
    assert "transfer-encoding" not in seen["headers"]
    assert "content-md5" not in seen["headers"]


def test_other_headers_stay(server: Server) -> None:
    """The key, and whatever else a client sends, reaches the application."""
    headers = server.post(DIRTY, Authorization="Bearer key", X_Thing="a, b").json()["headers"]
    assert headers["authorization"] == "Bearer key"
    assert headers["x-thing"] == "a, b"


def test_chunked_dirty_body(server: Server) -> None:
    """A body in chunks is read to its end, cleaned, and then has a length."""
    if not server.reads_chunks:
        pytest.skip("this server hands no chunked body to an application")
    answer = server.post(iter([DIRTY[:7], DIRTY[7:30], DIRTY[30:]]))
    seen = answer.json()
    assert answer.status == 200
    assert text_of(answer) == PAYLOAD
    assert seen["headers"]["content-length"] == str(seen["length"])
    assert "transfer-encoding" not in seen["headers"]


def test_chunked_clean_body(server: Server) -> None:
    """A clean body in chunks arrives whole, with one framing or the other and not with both."""
    if not server.reads_chunks:
        pytest.skip("this server hands no chunked body to an application")
    answer = server.post(iter([CLEAN[:7], CLEAN[7:]]))
    seen = answer.json()
    assert answer.status == 200
    assert seen["sha256"] == sha256(CLEAN)
    # Framework's header maps hold an empty Content-Length for none.
    length = seen["headers"].get("content-length")
    assert bool(length) != ("transfer-encoding" in seen["headers"])


@pytest.mark.parametrize(
    ("coding", "pack", "unpack"),
    [("gzip", gzip.compress, gzip.decompress), ("deflate", zlib.compress, zlib.decompress)],
)
def test_compressed_body(server: Server, coding: str, pack: Any, unpack: Any) -> None:
    """A compressed body is cleaned inside, and stays in its coding."""
    answer = server.post(pack(DIRTY), Content_Encoding=coding)
    seen = answer.json()
    assert answer.status == 200
    assert seen["headers"]["content-encoding"] == coding
    assert seen["headers"]["content-length"] == str(seen["length"])
    assert json.loads(unpack(seen["text"].encode("latin-1"))) == PAYLOAD


@pytest.mark.parametrize("kind", ["", "application/json; charset=utf-8", "text/plain"])
def test_content_type_that_says_little(server: Server, kind: str) -> None:
    """Clients that declare nothing, or what their library does for them, are served too."""
    assert server.post(DIRTY, Content_Type=kind).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/ocr"),
        ("POST", "/v1/chat/completions/x"),
        ("POST", "/other"),
        ("PUT", CHAT),
    ],
)
def test_other_paths_and_methods_pass(server: Server, method: str, path: str) -> None:
    """What is no request to one of the endpoints arrives byte for byte, JSON or not."""
    for body in (DIRTY, b"{no json", b""):
        seen = server.post(body, path, method).json()
        assert seen["sha256"] == sha256(body)


def test_get_passes(server: Server) -> None:
    """A GET of an endpoint's path reaches the application."""
    answer = server.post(b"", CHAT, "GET")
    assert answer.status == 200
    assert answer.json()["method"] == "GET"


def test_prefix_before_v1(server: Server) -> None:
    """Whatever stands before the endpoint's path, the request is Mistral's, query or not."""
    answer = server.post(DIRTY, "/team/a" + CHAT + "?api-version=1")
    assert answer.status == 200
    assert answer.json()["path"] == "/team/a" + CHAT


@pytest.mark.parametrize("body", [b"{no json", b"", b"[]", b'"text"', b"\xff\xfe\xfd", b"nul"])
def test_no_json_object_is_400(server: Server, body: bytes) -> None:
    """What is no JSON object is answered in Mistral's error shape, the application not called."""
    before = server.counters()
    answer = server.post(body)
    assert answer.status == 400
    assert answer.headers["content-type"].startswith("application/json")
    error = answer.json()
    assert error["object"] == "error"
    assert error["type"] == "invalid_request_error"
    assert isinstance(error["message"], str)
    assert server.counters() == before


def test_over_the_limit_is_413(server: Server) -> None:
    """A body over `max_body_size` is refused, one of just that size is not."""
    just = DIRTY + b" " * (SMALL - len(DIRTY))
    assert server.post(just, "/small" + CHAT).status == 200
    before = server.counters()
    answer = server.post(just + b" ", "/small" + CHAT)
    assert answer.status == 413
    assert answer.json()["object"] == "error"
    assert server.counters() == before


def test_chunks_over_the_limit_are_413(server: Server) -> None:
    """The limit holds where no length was announced."""
    if not server.reads_chunks:
        pytest.skip("this server hands no chunked body to an application")
    answer = server.post(iter([DIRTY, b" " * SMALL]), "/small" + CHAT)
    assert answer.status == 413


def test_inflated_over_the_limit_is_413(server: Server) -> None:
    """The limit holds for what comes out of a small compressed body."""
    bomb = gzip.compress(DIRTY + b" " * (1 << 20))
    assert len(bomb) < SMALL
    assert server.post(bomb, "/small" + CHAT, Content_Encoding="gzip").status == 413


def test_limit_is_told_from_the_announced_length(server: Server) -> None:
    """Nobody has to send 33 MB to be told that it is too much."""
    if server.reads_first:
        pytest.skip("the body is read before anybody is called")
    head = (
        f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {LARGE + 1}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(head.encode())
        assert b" 413 " in client.recv(65536).splitlines()[0]


def test_20_megabytes(server: Server) -> None:
    """A large image is no obstacle, dirty or clean."""
    image = {"type": "image_url", "image_url": "data:image/png;base64," + "A" * (20 << 20)}
    payload = {**PAYLOAD, "messages": [{"role": "user", "content": [image]}]}
    clean = json.dumps(payload).encode()
    assert server.post(clean).json()["sha256"] == sha256(clean)
    answer = server.post(json.dumps({**payload, "user": "u"}).encode())
    assert answer.status == 200
    assert 20 << 20 < answer.json()["length"] < len(clean)


def test_concurrent_requests_do_not_mix(server: Server) -> None:
    """Of many requests at once each gets its own payload, and each report is made once."""
    before = server.counters()["reports"]

    def send(number: int) -> bool:
        messages = [{"role": "user", "content": f"number {number} " + "x" * number * 50}]
        clean = {**PAYLOAD, "messages": messages}
        answer = server.post(json.dumps({**clean, "user": f"u{number}"}).encode())
        return answer.status == 200 and bool(
            answer.json()["length"] == len(json.dumps(clean, separators=(",", ":")))
        )

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(send, range(36)))
    assert server.counters()["reports"] == before + 36


def test_on_report_exactly_once(server: Server) -> None:
    """`on_report` is called for a request that was changed, and for no other."""
    before = server.counters()["reports"]
    server.post(CLEAN)
    server.post(b"{no json")
    server.post(DIRTY, "/other")
    assert server.counters()["reports"] == before
    server.post(DIRTY)
    assert server.counters()["reports"] == before + 1


def test_client_gone_in_mid_body(server: Server) -> None:
    """A client that leaves is not reported as cleaned, and the next one is served."""
    before = server.counters()["reports"]
    for _ in range(3):
        server.leave_in_mid_body(DIRTY)
    assert server.post(CLEAN).status == 200
    assert server.counters()["reports"] == before


def test_stream_is_not_held_back(server: Server) -> None:
    """The first event of a streamed answer is there long before the last."""
    answer = server.post(json.dumps({**PAYLOAD, "stream": True, "user": "u"}).encode())
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.body.endswith(b"data: [DONE]\n\n")
    assert answer.last - answer.first > 3 * PAUSE


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("/v1/embeddings", {"model": "mistral-embed", "input": ["a"]}),
        ("/v1/fim/completions", {"model": "codestral-latest", "prompt": "def f("}),
    ],
)
def test_each_endpoint_has_its_own_schema(
    server: Server, path: str, payload: dict[str, Any]
) -> None:
    """The path decides by which schema a request is cleaned."""
    answer = server.post(json.dumps({**payload, "user": "u"}).encode(), path)
    assert text_of(answer) == payload
