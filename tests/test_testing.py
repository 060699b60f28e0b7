"""`StrictMistral`: refuses what Mistral refuses, in Mistral's words, and answers the rest."""

from __future__ import annotations

import asyncio
import base64
import gzip
import http.client
import io
import json
import socket
import struct
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args

import pytest

from mistral_sanitize import sanitize
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.testing import RuleErrors, SchemaErrors, StrictMistral

CHAT = "/v1/chat/completions"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "Where is the library?"}],
}
FOREIGN = {**PAYLOAD, "user": "u1"}
UNFINISHED = {**PAYLOAD, "messages": [*PAYLOAD["messages"], {"role": "assistant", "content": "In"}]}
TOOL = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}
KEY = {"Authorization": "Bearer any"}


class Answer:
    """An answer of whichever way in."""

    def __init__(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    def json(self) -> Any:
        return json.loads(self.body)

    def events(self) -> list[str]:
        """The data of each event of a stream."""
        return [line[6:] for line in self.body.decode().split("\n\n") if line]


def over_wsgi(
    app: StrictMistral, method: str, path: str, body: bytes, headers: dict[str, str]
) -> Answer:
    started: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.partition("?")[0],
        "QUERY_STRING": path.partition("?")[2],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    parts = app(environ, lambda *args: started.append(args))
    return Answer(int(started[0][0][:3]), started[0][1], b"".join(parts))


def over_asgi(
    app: StrictMistral, method: str, path: str, body: bytes, headers: dict[str, str]
) -> Answer:
    halves = [body[: len(body) // 2], body[len(body) // 2 :]]
    messages = [
        {"type": "http.request", "body": half, "more_body": not index}
        for index, half in enumerate(halves)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path.partition("?")[0],
        "query_string": path.partition("?")[2].encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(app(scope, receive, send))
    fields = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return Answer(sent[0]["status"], fields, b"".join(part["body"] for part in sent[1:]))


def over_http(
    app: StrictMistral, method: str, path: str, body: bytes, headers: dict[str, str]
) -> Answer:
    with app.serve() as url:
        request = urllib.request.Request(url + path, body or None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return Answer(response.status, response.headers.items(), response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers.items(), error.read())


@pytest.fixture(params=[over_wsgi, over_asgi, over_http], ids=["wsgi", "asgi", "http"])
def ask(request: pytest.FixtureRequest) -> Any:
    """Asks an instance in one of the three ways in."""
    way = request.param

    def ask_(
        app: StrictMistral,
        payload: object,
        path: str = CHAT,
        method: str = "POST",
        headers: dict[str, str] = KEY,
    ) -> Answer:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        answer: Answer = way(app, method, path, body, headers)
        return answer

    return ask_


def post(app: StrictMistral, payload: object, path: str = CHAT, **headers: str) -> Answer:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return over_wsgi(app, "POST", path, body, {**KEY, **headers})


# What is judged ------------------------------------------------------------------------------


def test_takes_what_mistral_takes(ask: Any) -> None:
    """A request that Mistral takes gets a completion, on each way in."""
    answer = ask(StrictMistral(), PAYLOAD)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    completion = answer.json()
    assert completion["object"] == "chat.completion"
    assert completion["model"] == PAYLOAD["model"]
    assert completion["choices"][0]["finish_reason"] == "stop"


def test_refuses_what_mistral_refuses(ask: Any) -> None:
    """An unknown key is answered with 422, the value quoted, and not after `sanitize`."""
    answer = ask(StrictMistral(), FOREIGN)
    assert answer.status == 422
    assert answer.json() == {
        "detail": [
            {
                "type": "extra_forbidden",
                "loc": ["body", "user"],
                "msg": "Extra inputs are not permitted",
                "input": "u1",
            }
        ]
    }
    assert ask(StrictMistral(), sanitize(FOREIGN)).status == 200


def test_rule_behind_the_schema(ask: Any) -> None:
    """A conversation in an order that Mistral refuses is answered with 400 and its typed code."""
    answer = ask(StrictMistral(), UNFINISHED)
    assert answer.status == 400
    assert answer.json() == {
        "object": "error",
        "message": "Expected last role User or Tool (or Assistant with prefix True) for serving"
        " but got assistant",
        "type": "invalid_request_message_order",
        "param": None,
        "code": "3230",
        "raw_status_code": 400,
    }


def test_schema_before_rules() -> None:
    """Of a request with faults of both kinds the schema's are answered, all of them at once."""
    answer = post(StrictMistral(), {**UNFINISHED, "user": "u", "seed": 1})
    assert answer.status == 422
    assert {entry["loc"][-1] for entry in answer.json()["detail"]} == {"user", "seed"}


def test_number_out_of_range_has_its_bound() -> None:
    """As in recorded answers, the bound stands in ``ctx``."""
    answer = post(StrictMistral(), {**PAYLOAD, "temperature": 2})
    (entry,) = answer.json()["detail"]
    assert entry["type"] == "less_than_equal"
    assert entry["input"] == 2
    assert entry["ctx"] == {"le": 1.5}


def test_missing_field_quotes_its_parent() -> None:
    """As pydantic does: there is no value to quote."""
    payload = {"model": "mistral-small-latest"}
    (entry,) = post(StrictMistral(), payload).json()["detail"]
    assert entry["type"] == "missing"
    assert entry["loc"] == ["body", "messages"]
    assert entry["input"] == payload


def test_fault_within_messages() -> None:
    """A fault inside a message is named, and its value quoted, where it stands."""
    message = {"role": "user", "content": "hi", "cache_control": {"type": "ephemeral"}}
    (entry,) = post(StrictMistral(), {**PAYLOAD, "messages": [message]}).json()["detail"]
    assert entry["loc"] == ["body", "messages", 0, "user", "cache_control"]
    assert entry["input"] == {"type": "ephemeral"}


def test_profile() -> None:
    """A field is refused under the schema of a day when Mistral had not got it yet."""
    payload = {**PAYLOAD, "presence_penalty": 0.5}
    assert post(StrictMistral(), payload).status == 200
    assert post(StrictMistral(profile="2024-09-17"), payload).status == 422


@pytest.mark.parametrize("shape", get_args(SchemaErrors))
def test_shapes_of_422(shape: Any) -> None:
    """Every shape that a 422 has had can be asked for, and names the same fault."""
    content = post(StrictMistral(schema_errors=shape), FOREIGN).json()
    detail = {
        "bare": lambda: content["detail"],
        "object": lambda: content["message"]["detail"],
        "object-status": lambda: content["message"]["detail"],
        "string": lambda: json.loads(content["message"])["detail"],
        "conversations": lambda: content["message"],
    }[shape]()
    assert detail[0]["loc"] == ["body", "user"]
    heads = {
        "object": ("invalid_request_error", None),
        "object-status": ("invalid_request_error", None),
        "string": ("internal_error_proxy", "1000"),
        "conversations": ("invalid_request_error", 3001),
    }
    if shape in heads:
        assert (content["type"], content["code"]) == heads[shape]
    assert content.get("raw_status_code") == (422 if shape == "object-status" else None)


@pytest.mark.parametrize("shape", get_args(RuleErrors))
def test_shapes_of_400(shape: Any) -> None:
    """Every shape that a 400 has had can be asked for."""
    content = post(StrictMistral(rule_errors=shape), UNFINISHED).json()
    assert content["message"].startswith("Expected last role")
    assert content["code"] == (None if shape == "untyped" else "3230")
    assert content.get("raw_status_code") == (400 if shape == "typed-status" else None)


def test_unknown_shape_or_profile() -> None:
    """A wrong argument is an error when the instance is made."""
    with pytest.raises(ValueError, match=r"rule_errors must be one of .*typed-status"):
        StrictMistral(rule_errors="nope")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"schema_errors must be one of .*bare"):
        StrictMistral(schema_errors="nope")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="profile"):
        StrictMistral(profile="nope")


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{no json", 422, "json_invalid"),
        (b"", 422, "missing"),
        (b"[]", 422, "model_attributes_type"),
        (b"\xff\xfe\xfd", 400, None),
        (b"[" * 100_000, 400, None),
    ],
)
def test_bodies_that_are_no_object(ask: Any, body: bytes, status: int, kind: str | None) -> None:
    """What is no JSON object is refused as FastAPI does."""
    answer = ask(StrictMistral(), body)
    assert answer.status == status
    if kind is not None:
        assert answer.json()["detail"][0]["type"] == kind


def test_deepest_value_is_no_crash() -> None:
    """A value that nests almost too deep to be read may be too deep to be quoted."""
    for depth in range(900, 1100):
        body = b'{"user":' + b"[" * depth + b"]" * depth + b"}"
        assert post(StrictMistral(), body).status in (400, 422)


# Who may ask, and for what -------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic x"}]
)
def test_no_key_is_401(ask: Any, headers: dict[str, str]) -> None:
    """Nothing is answered without a key, not even a refusal."""
    for path, method in ((CHAT, "POST"), ("/v1/models", "GET")):
        answer = ask(StrictMistral(), FOREIGN, path, method, headers)
        assert answer.status == 401
        assert answer.json() == {"detail": "Unauthorized"}


def test_keys() -> None:
    """Where keys are given, no other is taken."""
    app = StrictMistral(keys=["right"])
    assert post(app, PAYLOAD, Authorization="Bearer right").status == 200
    assert post(app, PAYLOAD, Authorization="Bearer wrong").json() == {"detail": "Invalid API Key"}


@pytest.mark.parametrize("path", ["/", "/v1/chat", "/v2/chat/completions", "/prefix" + CHAT])
def test_unknown_path_is_404(ask: Any, path: str) -> None:
    """Mistral's gateway knows its routes alone."""
    answer = ask(StrictMistral(), PAYLOAD, path)
    assert answer.status == 404
    assert answer.json()["message"] == "no Route matched with those values"


def test_wrong_method_is_405(ask: Any) -> None:
    """An endpoint is asked by POST, the list of models by GET."""
    assert ask(StrictMistral(), b"", CHAT, "GET").status == 405
    assert ask(StrictMistral(), b"", "/v1/models", "POST").status == 405


def test_fail_next(ask: Any) -> None:
    """Failures that were asked for come first, one each, whatever the request."""
    app = StrictMistral()
    app.fail_next(503, 429)
    assert ask(app, PAYLOAD).json()["type"] == "internal_server_error"
    assert ask(app, PAYLOAD).status == 429
    assert ask(app, PAYLOAD).status == 200
    app.fail_next(520)
    assert ask(app, PAYLOAD).status == 520
    app.fail_next(500)
    app.clear()
    assert ask(app, PAYLOAD).status == 200


# What is answered ----------------------------------------------------------------------------


def test_answer_echoes_nothing() -> None:
    """No text of a payload is in an answer: a leak in a proxy's log is then a leak of its own."""
    for payload in (PAYLOAD, {**PAYLOAD, "stream": True}):
        assert b"library" not in post(StrictMistral(), payload).body


def test_text_and_number_of_choices() -> None:
    """The assistant says `text`, as often as ``n`` asks."""
    choices = post(StrictMistral(text="Down the hall."), {**PAYLOAD, "n": 2}).json()["choices"]
    assert [choice["index"] for choice in choices] == [0, 1]
    assert {choice["message"]["content"] for choice in choices} == {"Down the hall."}


def test_json_format() -> None:
    """Under a JSON format the answer is JSON."""
    payload = {**PAYLOAD, "response_format": {"type": "json_object"}}
    message = post(StrictMistral(json_text='{"a":1}'), payload).json()["choices"][0]["message"]
    assert json.loads(message["content"]) == {"a": 1}
    payload["response_format"] = {"type": "text"}
    assert post(StrictMistral(text="plain"), payload).json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    "choice", ["any", "required", {"type": "function", "function": {"name": "find"}}]
)
@pytest.mark.parametrize("stream", [False, True])
def test_forced_tool_is_called(choice: Any, stream: bool) -> None:
    """A tool that must be called is called, with an id such as Mistral makes."""
    payload = {**PAYLOAD, "tools": [TOOL], "tool_choice": choice, "stream": stream}
    answer = post(StrictMistral(json_text='{"q":1}'), payload)
    if stream:
        last = json.loads(answer.events()[-2])["choices"][0]
        calls = last["delta"]["tool_calls"]
    else:
        last = answer.json()["choices"][0]
        calls = last["message"]["tool_calls"]
    assert last["finish_reason"] == "tool_calls"
    assert calls[0]["function"] == {"name": "find", "arguments": '{"q":1}'}
    assert len(calls[0]["id"]) == 9
    assert calls[0]["id"].isalnum()


@pytest.mark.parametrize("choice", ["auto", "none", None])
def test_no_tool_is_called_unforced(choice: str | None) -> None:
    """A tool that may be called is not."""
    payload = {**PAYLOAD, "tools": [TOOL]} | ({"tool_choice": choice} if choice else {})
    assert post(StrictMistral(), payload).json()["choices"][0]["finish_reason"] == "stop"


def test_stream(ask: Any) -> None:
    """A stream is chunks whose pieces make up the text, then ``[DONE]``, with the usage last."""
    answer = ask(StrictMistral(text="One two three."), {**PAYLOAD, "stream": True})
    assert answer.headers["content-type"].startswith("text/event-stream")
    *events, done = answer.events()
    assert done == "[DONE]"
    chunks = [json.loads(event) for event in events]
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0]["role"] == "assistant"
    assert "".join(delta["content"] for delta in deltas) == "One two three."
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert [("usage" in chunk) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]


def test_fim_and_agents() -> None:
    """Fill-in-the-middle and agents are answered like a chat, streamed too."""
    app = StrictMistral()
    fim = {"model": "codestral-latest", "prompt": "def f(", "suffix": "return"}
    agents = {"agent_id": "ag_1", "messages": PAYLOAD["messages"]}
    for path, payload in (("/v1/fim/completions", fim), ("/v1/agents/completions", agents)):
        answer = post(app, payload, path)
        assert answer.json()["choices"][0]["message"]["role"] == "assistant"
        assert post(app, {**payload, "stream": True}, path).events()[-1] == "[DONE]"


@pytest.mark.parametrize(("inputs", "count"), [("a", 1), (["a"], 1), (["a", "b", "c"], 3)])
def test_embeddings(inputs: Any, count: int) -> None:
    """There is one vector for each input."""
    payload = {"model": "mistral-embed", "input": inputs}
    data = post(StrictMistral(), payload, "/v1/embeddings").json()["data"]
    assert [row["index"] for row in data] == list(range(count))
    assert {len(row["embedding"]) for row in data} == {1024}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"output_dimension": 3}, [1.0, 0.0, 0.0]),
        ({"output_dimension": 3, "output_dtype": "int8"}, [1, 0, 0]),
        ({"output_dimension": 16, "output_dtype": "ubinary"}, [1, 0]),
    ],
)
def test_embeddings_as_asked(options: Any, expected: list[float]) -> None:
    """Vectors have the length and the type of number that the request asks for, base64 too."""
    payload = {"model": "codestral-embed", "input": "a", **options}
    data = post(StrictMistral(), payload, "/v1/embeddings").json()["data"]
    assert data[0]["embedding"] == expected
    payload["encoding_format"] = "base64"
    data = post(StrictMistral(), payload, "/v1/embeddings").json()["data"]
    width = 1 if "output_dtype" in options else 4
    assert len(base64.b64decode(data[0]["embedding"])) == width * len(expected)


@pytest.mark.parametrize(
    ("path", "inputs", "count"),
    [
        ("/v1/moderations", "a", 1),
        ("/v1/moderations", ["a", "b"], 2),
        ("/v1/classifications", ["a", "b"], 2),
        ("/v1/chat/moderations", [{"role": "user", "content": "a"}], 1),
        ("/v1/chat/moderations", [[{"role": "user", "content": "a"}]] * 2, 2),
        ("/v1/chat/classifications", {"messages": [{"role": "user", "content": "a"}]}, 1),
        ("/v1/chat/classifications", [{"messages": [{"role": "user", "content": "a"}]}] * 2, 2),
    ],
)
def test_moderations_and_classifications(path: str, inputs: Any, count: int) -> None:
    """There is one result for each text, or for each conversation."""
    answer = post(StrictMistral(), {"model": "mistral-moderation-latest", "input": inputs}, path)
    assert answer.status == 200
    results = answer.json()["results"]
    assert len(results) == count
    assert ("category_scores" in results[0]) == ("moderations" in path)


def test_every_endpoint_is_served() -> None:
    """No published endpoint is a 404."""
    for path in ENDPOINTS:
        assert post(StrictMistral(), {}, path).status in (200, 422)


def test_models(ask: Any) -> None:
    """The list is the catalogue's, every alias an entry; each can be asked for."""
    app = StrictMistral()
    cards = ask(app, b"", "/v1/models", "GET").json()["data"]
    names = [card["id"] for card in cards]
    assert {"mistral-small-latest", "codestral-latest", "mistral-embed"} <= set(names)
    card = ask(app, b"", "/v1/models/mistral-small-latest", "GET").json()
    assert card in cards
    assert card["capabilities"]["completion_chat"] is True
    answer = ask(app, b"", "/v1/models/gpt-4o", "GET")
    assert answer.status == 404
    assert answer.json()["type"] == "invalid_model"


# What is kept --------------------------------------------------------------------------------


def test_requests_are_kept(ask: Any) -> None:
    """Requests can be asked for as they came, with what was answered, until they are cleared."""
    app = StrictMistral()
    ask(app, FOREIGN, CHAT + "?a=b%20c")
    (received,) = app.requests
    assert (received.method, received.path, received.query) == ("POST", CHAT, "a=b%20c")
    assert received.body == json.dumps(FOREIGN).encode()
    assert received.json() == FOREIGN
    assert received.header("Authorization") == "Bearer any"
    assert received.header("X-None") is None
    assert received.status == 422
    assert "library" not in repr(received)
    assert "any" not in repr(received)
    app.clear()
    assert app.requests == ()


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_compressed_requests(ask: Any, coding: str, pack: Any) -> None:
    """A compressed body is read, and kept as it came."""
    app = StrictMistral()
    body = pack(json.dumps(PAYLOAD).encode())
    assert ask(app, body, headers={**KEY, "Content-Encoding": coding}).status == 200
    assert app.requests[0].body == body
    assert app.requests[0].json() == PAYLOAD


def test_bad_compression_is_400(ask: Any) -> None:
    """A body that is not in the coding it is said to be in, or in none we know, is refused."""
    for coding in ("gzip", "snappy"):
        assert (
            ask(StrictMistral(), b"{}", headers={**KEY, "Content-Encoding": coding}).status == 400
        )


def test_gzip_members_and_cuts() -> None:
    """A gzip body may have several members; one that is cut short is refused."""
    body = json.dumps(PAYLOAD).encode()
    packed = gzip.compress(body[:20]) + gzip.compress(body[20:])
    coded = {"Content-Encoding": "gzip"}
    assert post(StrictMistral(), packed, **coded).status == 200
    app = StrictMistral()
    assert post(app, packed[:-3], **coded).status == 400
    with pytest.raises(ValueError, match="cut short"):
        app.requests[0].json()


def test_too_large_is_413(ask: Any) -> None:
    """A body over `max_body_size` is refused, sent or inflated."""
    app = StrictMistral(max_body_size=1000)
    assert ask(app, b"{" + b" " * 1000).status == 413
    bomb = gzip.compress(b"{" + b" " * 100_000 + b"}")
    assert ask(app, bomb, headers={**KEY, "Content-Encoding": "gzip"}).status == 413


def test_threads() -> None:
    """Many threads may ask at once; no request is lost."""
    app = StrictMistral()
    with app.serve() as url, ThreadPoolExecutor(16) as pool:

        def ask_(number: int) -> int:
            body = json.dumps({**PAYLOAD, "random_seed": number}).encode()
            request = urllib.request.Request(url + CHAT, body, KEY)
            with urllib.request.urlopen(request, timeout=10) as response:
                return int(response.status)

        assert set(pool.map(ask_, range(64))) == {200}
    assert {received.json()["random_seed"] for received in app.requests} == set(range(64))


# The server ----------------------------------------------------------------------------------


@pytest.fixture
def connection() -> Iterator[http.client.HTTPConnection]:
    """A connection to an instance that is being served, which is its attribute `app`."""
    app = StrictMistral(max_body_size=100_000)
    with app.serve() as url:
        made: Any = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        made.app = app
        yield made
        made.close()


def test_chunked_request(connection: Any) -> None:
    """A body in chunks is put together, and the connection goes on after it."""
    body = json.dumps(PAYLOAD).encode()
    for _ in range(2):
        connection.request("POST", CHAT, iter([body[:5], body[5:]]), KEY, encode_chunked=True)
        response = connection.getresponse()
        assert response.status == 200
        response.read()
    assert [received.body for received in connection.app.requests] == [body, body]


def test_trailers(connection: Any) -> None:
    """Fields after the last chunk are no part of the body, nor of the next request."""
    body = json.dumps(PAYLOAD).encode()
    headers = {**KEY, "Transfer-Encoding": "chunked"}
    framed = b"%x;ext=1\r\n%b\r\n0\r\nDigest: x\r\nX-Y: z\r\n\r\n" % (len(body), body)
    for _ in range(2):
        connection.request("POST", CHAT, framed, headers)
        connection.getresponse().read()
    assert [received.body for received in connection.app.requests] == [body, body]


def test_client_gone_in_mid_stream(capfd: pytest.CaptureFixture[str]) -> None:
    """A client that hangs up on a stream is no news."""
    app = StrictMistral(text="a b c d e f g", pause=0.02)
    body = json.dumps({**PAYLOAD, "stream": True}).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nAuthorization: Bearer x\r\nContent-Length: {len(body)}\r\n\r\n"
    with app.serve() as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10) as client:
            # Closed with an unread answer, a socket says so with a reset.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(head.encode() + body)
            client.recv(100)
        time.sleep(0.2)
    assert capfd.readouterr().err == ""


def test_two_framings_are_refused(connection: Any) -> None:
    """Content-Length beside Transfer-Encoding is what no client should send."""
    headers = {**KEY, "Content-Length": "2", "Transfer-Encoding": "chunked"}
    connection.request("POST", CHAT, b"2\r\n{}\r\n0\r\n\r\n", headers)
    assert connection.getresponse().status == 400
    assert connection.app.requests == ()


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: x\r\n\r\n",
        "Transfer-Encoding: gzip\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx",
    ],
)
def test_bad_framing_is_400(connection: Any, head: str) -> None:
    """A body whose end cannot be found is refused, and the connection closed."""
    with socket.create_connection((connection.host, connection.port), timeout=10) as client:
        client.sendall(f"POST {CHAT} HTTP/1.1\r\nHost: x\r\n{head}".encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert connection.app.requests == ()


@pytest.mark.parametrize("chunked", [False, True])
def test_too_large_over_the_wire(connection: Any, chunked: bool) -> None:
    """A body over the limit is not read to its end."""
    body = b" " * 100_001
    sent: Any = iter([body]) if chunked else body
    connection.request("POST", CHAT, sent, KEY, encode_chunked=chunked)
    assert connection.getresponse().status == 413


def test_client_gone_in_mid_body(connection: Any) -> None:
    """Half a request is none."""
    with socket.create_connection((connection.host, connection.port), timeout=10) as client:
        client.sendall(f"POST {CHAT} HTTP/1.1\r\nContent-Length: 100\r\n\r\n{{".encode())
    connection.request("GET", "/v1/models", headers=KEY)
    assert connection.getresponse().status == 200
    assert [received.path for received in connection.app.requests] == ["/v1/models"]


def test_head_and_http_1_0(connection: Any) -> None:
    """HEAD has no body; a client of HTTP/1.0 gets its stream without chunks."""
    connection.request("HEAD", "/v1/models", headers=KEY)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"")
    body = json.dumps({**PAYLOAD, "stream": True}).encode()
    head = f"POST {CHAT} HTTP/1.0\r\nAuthorization: Bearer x\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((connection.host, connection.port), timeout=10) as client:
        client.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert b"chunked" not in answer
    assert answer.endswith(b"data: [DONE]\n\n")


def test_pause_between_events(ask: Any) -> None:
    """With a pause the events come one by one, on every way in."""
    start = time.monotonic()
    ask(StrictMistral(text="a b", pause=0.05), {**PAYLOAD, "stream": True})
    assert time.monotonic() - start > 0.15


def test_serve_leaves_nothing_behind() -> None:
    """After the block the port is closed and the threads are gone, idle connections or not."""
    threads = threading.active_count()
    with StrictMistral().serve() as url:
        host, _, port = url.removeprefix("http://").partition(":")
        idle = http.client.HTTPConnection(host, int(port), timeout=10)
        idle.request("GET", "/v1/models", headers=KEY)
        idle.getresponse().read()
    assert threading.active_count() == threads
    idle.close()
    with pytest.raises(OSError):
        socket.create_connection((host, int(port)), timeout=1)


# The ASGI and WSGI applications --------------------------------------------------------------


def test_asgi_lifespan_and_websocket() -> None:
    """Servers may start and stop the application; a websocket is closed."""
    events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return events.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(StrictMistral().asgi({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    asyncio.run(StrictMistral().asgi({"type": "websocket"}, receive, send))
    assert sent[-1] == "websocket.close"


def test_asgi_client_gone() -> None:
    """A client that leaves before the end of its body is no request."""
    app = StrictMistral()
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "method": "POST", "path": CHAT, "headers": []}, receive, send))
    assert sent == []
    assert app.requests == ()


def test_wsgi_chunked() -> None:
    """Without a length the body is read where the server says that it ends."""
    app = StrictMistral()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": CHAT,
        "HTTP_AUTHORIZATION": "Bearer x",
        "wsgi.input": io.BytesIO(json.dumps(PAYLOAD).encode()),
    }
    app.wsgi({**environ, "wsgi.input_terminated": True}, lambda *args: None)
    app.wsgi(environ, lambda *args: None)
    assert [received.status for received in app.requests] == [200, 422]
