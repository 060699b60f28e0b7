"""`StrictMistral`: a stand-in for Mistral's API that refuses what Mistral refuses.

It has no dependency but ours, needs no key and no network, and answers as the API does: the error
shapes are those of recorded refusals, an answer's text is canned and echoes nothing of the request.
What it cannot know is what no schema and no rule says: models that are switched off, rate limits,
the quality of a prompt.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import struct
import sys
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import MutableMapping as _MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NoReturn, get_args
from urllib.parse import unquote, urlsplit

from mistral_sanitize import profiles
from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.catalog import DEFAULT, Catalog
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.profiles import Profile
from mistral_sanitize.report import Problem
from mistral_sanitize.testing.listing import model_list

__all__ = ["Received", "RuleErrors", "SchemaErrors", "StrictMistral"]

SchemaErrors = Literal["bare", "object", "object-status", "string", "conversations"]
"""The shapes of a 422 body that Mistral has answered with; ``bare`` since March 2025."""

RuleErrors = Literal["typed-status", "typed", "untyped"]
"""The shapes of a 400 body: with the status since March 2026, with a code since August 2025."""

_Json = dict[str, Any]
_Message = _MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request that came in, as it came: nothing decoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    """The body without its chunked framing, still in its content coding."""
    status: int
    """What was answered."""

    def header(self, name: str) -> str | None:
        """The value of a header, repeated ones joined by a comma, or ``None``."""
        found = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(found) if found else None

    def json(self) -> Any:
        """The body as JSON, gzip and deflate undone.

        Raises:
            ValueError: It is not JSON, or not in the coding it is said to be in.
        """
        return json.loads(_inflate(self.body, self.header("content-encoding")))


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    parts: tuple[bytes, ...]
    content_type: str = "application/json"

    @property
    def streamed(self) -> bool:
        return self.content_type != "application/json"


class _RefusedError(Exception):
    def __init__(self, status: int, content: object) -> None:
        super().__init__(status)
        self.status = status
        self.content = content


class StrictMistral:
    """Mistral's API in this process: an ASGI and a WSGI application, and a server (`serve`).

    Safe to use from many threads at once. An instance called with two arguments is a WSGI
    application, with three an ASGI one; servers that look at the application first (uvicorn,
    hypercorn) want `asgi` or `wsgi` themselves.

    Args:
        profile: The schema to judge by: a `Profile` or its name.
        catalog: What is known of models, as for `Sanitizer`; ``GET /v1/models`` lists them.
        schema_errors: The shape of a 422's body.
        rule_errors: The shape of a 400's body.
        keys: The API keys taken; any key is by default, but there must be one.
        text: What the assistant says.
        json_text: What it says in JSON, under a JSON ``response_format`` and as the arguments of
            a forced tool call.
        pause: Seconds between the events of a stream, to see that nothing holds them back.
        max_body_size: Bytes; a longer body, as sent or inflated, is answered with 413.

    Raises:
        ValueError: No such profile, or no such shape; a catalogue that is not one.
    """

    def __init__(
        self,
        *,
        profile: Profile | str = profiles.LATEST,
        catalog: Catalog | Mapping[str, Any] | Sequence[Any] = DEFAULT,
        schema_errors: SchemaErrors = "bare",
        rule_errors: RuleErrors = "typed-status",
        keys: Collection[str] = (),
        text: str = "All good here.",
        json_text: str = "{}",
        pause: float = 0.0,
        max_body_size: int = 128 << 20,
    ) -> None:
        shapes = (
            ("schema_errors", schema_errors, get_args(SchemaErrors)),
            ("rule_errors", rule_errors, get_args(RuleErrors)),
        )
        for option, value, words in shapes:
            if value not in words:
                listed = ", ".join(map(repr, words))
                raise ValueError(f"{option} must be one of {listed}; got {value!r}")
        base = Sanitizer(profile=profile, catalog=catalog, drop=())
        self._models = model_list(base.catalog)
        self._judges = {path: base.with_endpoint(path) for path in ENDPOINTS}
        self._schema_error = _SCHEMA_ERRORS[schema_errors]
        self._rule_error = _RULE_ERRORS[rule_errors]
        self._keys = frozenset(keys)
        self._canned = _Canned(text, json_text)
        self._pause = pause
        self._max_body_size = max_body_size
        self._lock = threading.Lock()
        self._requests: list[Received] = []
        self._failures: list[int] = []

    # What tests ask of it ------------------------------------------------------------------

    @property
    def requests(self) -> tuple[Received, ...]:
        """The requests so far, in the order answered."""
        with self._lock:
            return tuple(self._requests)

    def clear(self) -> None:
        """Forget the requests so far, and the failures still to come."""
        with self._lock:
            self._requests.clear()
            self._failures.clear()

    def fail_next(self, *statuses: int) -> None:
        """Answer the next requests with these statuses (429, 500, 503 …), one each."""
        with self._lock:
            self._failures.extend(statuses)

    @contextmanager
    def serve(self, *, port: int = 0) -> Iterator[str]:
        """Serve on a loopback port, a free one by default, and give the URL without its ``/v1``.

        The server is closed, and its threads are gone, when the block is left.
        """
        server = _Server(self, port)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.close_connections()
            server.server_close()
            thread.join()

    # The three ways in ---------------------------------------------------------------------

    def __call__(self, *args: Any) -> Any:
        """Be a WSGI application for two arguments, an ASGI 3 one for three."""
        return self.wsgi(*args) if len(args) == 2 else self.asgi(*args)

    async def asgi(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Be an ASGI 3 application."""
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        if scope["type"] == "websocket":
            return await send({"type": "websocket.close", "code": 1000})
        body = await self._asgi_body(receive)
        if body is None:  # the client left before the end: there is nobody to answer
            return None
        headers = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"]]
        query = scope.get("query_string", b"").decode("latin-1")
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        answer = self._answer(scope["method"], path, query, headers, body)
        fields = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in _fields(answer)]
        await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        for index, part in enumerate(answer.parts):
            if index and self._pause:
                await asyncio.sleep(self._pause)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        return await send({"type": "http.response.body", "body": b""})

    def wsgi(self, environ: _Json, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Be a WSGI application."""
        body = self._wsgi_body(environ)
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        query = environ.get("QUERY_STRING", "")
        method = environ["REQUEST_METHOD"]
        answer = self._answer(method, path, query, list(_wsgi_headers(environ)), body)
        start_response(f"{answer.status} {responses.get(answer.status, '')}", _fields(answer))
        return self._paced(answer.parts)

    async def _asgi_body(self, receive: _Receive) -> bytes | None:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            body += message.get("body", b"")
            if not message.get("more_body") or len(body) > self._max_body_size:
                return bytes(body)

    def _wsgi_body(self, environ: _Json) -> bytes:
        stream = environ["wsgi.input"]
        if length := environ.get("CONTENT_LENGTH"):
            body: bytes = stream.read(min(int(length), self._max_body_size + 1))
            return body
        if environ.get("wsgi.input_terminated"):  # else reading may block for ever
            rest: bytes = stream.read(self._max_body_size + 1)
            return rest
        return b""

    def _paced(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        for index, part in enumerate(parts):
            if index and self._pause:
                time.sleep(self._pause)
            yield part

    # What is answered ----------------------------------------------------------------------

    def _answer(
        self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
    ) -> _Answer:
        lowered = tuple((name.lower(), value) for name, value in headers)
        received = Received(method, path, query, lowered, body, 0)
        try:
            answer = self._reply_or_refuse(received)
        except RecursionError:  # some value quoted in the refusal nests too deep to be written
            answer = _json(_UNPARSED, 400)
        with self._lock:
            self._requests.append(Received(method, path, query, lowered, body, answer.status))
        return answer

    def _reply_or_refuse(self, request: Received) -> _Answer:
        try:
            return self._reply(request)
        except _RefusedError as refusal:
            return _json(refusal.content, refusal.status)

    def _reply(self, request: Received) -> _Answer:
        self._fail_if_told()
        if len(request.body) > self._max_body_size:
            raise _RefusedError(413, _TOO_LARGE)
        if request.path in self._judges:
            self._authorize(request, "POST")
            return self._complete(request)
        if request.path == "/v1/models":
            self._authorize(request, "GET")
            return _json({"object": "list", "data": self._models})
        if request.path.startswith("/v1/models/"):
            self._authorize(request, "GET")
            return _json(self._model(request.path.removeprefix("/v1/models/")))
        raise _RefusedError(404, _NO_ROUTE)

    def _model(self, name: str) -> _Json:
        for model in self._models:
            if model["id"] == name:
                return model
        raise _RefusedError(404, _error(f"Invalid model: {name}", "invalid_model", "1500"))

    def _fail_if_told(self) -> None:
        with self._lock:
            status = self._failures.pop(0) if self._failures else None
        if status is not None:
            raise _RefusedError(status, _RATE_LIMIT if status == 429 else _UNAVAILABLE)

    def _authorize(self, request: Received, method: str) -> None:
        if request.method != method and (request.method, method) != ("HEAD", "GET"):
            raise _RefusedError(405, {"detail": "Method Not Allowed"})
        scheme, _, key = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise _RefusedError(401, {"detail": "Unauthorized"})
        if self._keys and key.strip() not in self._keys:
            raise _RefusedError(401, {"detail": "Invalid API Key"})

    def _complete(self, request: Received) -> _Answer:
        payload = self._payload(request)
        problems = self._judges[request.path].check(payload)
        # Faults of the schema are answered before the rules behind it are looked at.
        faults = [problem for problem in problems if problem.status == 422]
        if faults:
            self._refuse_schema([_detail(problem, payload) for problem in faults])
        if problems:
            raise _RefusedError(problems[0].status, self._rule_error(problems[0]))
        return self._canned.answer(request.path, payload)

    def _payload(self, request: Received) -> _Json:
        """The body as FastAPI reads it, which Mistral's 422 bodies show to be in front."""
        coding = request.header("content-encoding")
        try:
            payload = json.loads(_inflate(request.body, coding, self._max_body_size))
        except json.JSONDecodeError as error:
            if not request.body:
                self._refuse_schema([_MISSING_BODY])
            what = {"type": "json_invalid", "loc": ["body", error.pos], "msg": "JSON decode error"}
            self._refuse_schema([{**what, "input": {}, "ctx": {"error": error.msg}}])
        except (ValueError, RecursionError):
            raise _RefusedError(400, _UNPARSED) from None
        if not isinstance(payload, dict):
            self._refuse_schema([{**_NO_OBJECT, "input": payload}])
        return payload

    def _refuse_schema(self, detail: list[_Json]) -> NoReturn:
        raise _RefusedError(422, self._schema_error(detail))


# The errors, as recorded ---------------------------------------------------------------------

_UNPARSED = {"detail": "There was an error parsing the body"}
_RATE_LIMIT = {"message": "Requests rate limit exceeded"}
_UNAVAILABLE = {
    "object": "error",
    "message": "Service unavailable.",
    "type": "internal_server_error",
    "param": None,
    "code": "3000",
}
_NO_ROUTE = {"message": "no Route matched with those values", "request_id": "0" * 32}
_TOO_LARGE = {"message": "Request size limit exceeded"}
_MISSING_BODY = {"type": "missing", "loc": ["body"], "msg": "Field required", "input": None}
_NO_OBJECT = {
    "type": "model_attributes_type",
    "loc": ["body"],
    "msg": "Input should be a valid dictionary or object to extract fields from",
}

_BOUNDS = {
    "greater_than": "gt",
    "greater_than_equal": "ge",
    "less_than": "lt",
    "less_than_equal": "le",
}
"""pydantic's types of a number out of range, each with its key in ``ctx``."""


def _error(message: object, kind: str, code: object, **more: object) -> _Json:
    return {"object": "error", "message": message, "type": kind, "param": None, "code": code} | more


_SCHEMA_ERRORS: Mapping[SchemaErrors, Callable[[list[_Json]], _Json]] = MappingProxyType(
    {
        "bare": lambda detail: {"detail": detail},
        "object": lambda detail: _error({"detail": detail}, "invalid_request_error", None),
        "object-status": lambda detail: _error(
            {"detail": detail}, "invalid_request_error", None, raw_status_code=422
        ),
        "string": lambda detail: _error(
            json.dumps({"detail": detail}), "internal_error_proxy", "1000"
        ),
        "conversations": lambda detail: {
            "object": "Error",
            "detail": detail,
            "message": detail,
            "type": "invalid_request_error",
            "code": 3001,
        },
    }
)

_RULE_ERRORS: Mapping[RuleErrors, Callable[[Problem], _Json]] = MappingProxyType(
    {
        "typed-status": lambda p: _error(p.message, p.type, p.code, raw_status_code=p.status),
        "typed": lambda p: _error(p.message, p.type, p.code),
        "untyped": lambda p: _error(p.message, "invalid_request_error", None),
    }
)


def _detail(problem: Problem, payload: _Json) -> _Json:
    entry: _Json = {
        "type": problem.type or problem.code,
        "loc": list(problem.loc),
        "msg": problem.message,
        "input": _at(payload, problem.path),
    }
    bound = _BOUNDS.get(entry["type"])
    if bound is not None:
        entry["ctx"] = {bound: json.loads(problem.message.rsplit(" ", 1)[1])}
    return entry


def _at(value: Any, path: str) -> Any:
    """What stands at an RFC 6901 pointer, or, as pydantic says for a missing key, its parent."""
    for step in path.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            break
    return value


def _inflate(body: bytes, coding: str | None, limit: int = 1 << 30) -> bytes:
    if coding is None or coding.lower() in ("", "identity"):
        return body
    if coding.lower() not in ("gzip", "x-gzip", "deflate"):
        raise ValueError("unknown content coding")
    out = bytearray()
    while body:  # a gzip body may have several members
        member = zlib.decompressobj(wbits=47)  # gzip or zlib, by its head
        try:
            out += member.decompress(body, limit + 1 - len(out))
        except zlib.error:
            raise ValueError(f"not {coding}") from None
        if len(out) > limit:
            raise _RefusedError(413, _TOO_LARGE)
        if not member.eof:
            raise ValueError("cut short")
        body = member.unused_data
    return bytes(out)


# The canned answers --------------------------------------------------------------------------

_CREATED = 1_786_579_200  # 2026-08-13, the day of the schema that LATEST stands for
_MODEL = "mistral-medium-latest"
_USAGE = {"prompt_tokens": 12, "completion_tokens": 6, "total_tokens": 18}
_CATEGORIES = (
    "sexual",
    "hate_and_discrimination",
    "violence_and_threats",
    "dangerous_and_criminal_content",
    "selfharm",
    "health",
    "financial",
    "law",
    "pii",
)


@dataclass(frozen=True, slots=True)
class _Canned:
    """Answers of the right form. Of the payload they take the model, counts and names, no text."""

    text: str
    json_text: str

    def answer(self, path: str, payload: _Json) -> _Answer:
        kind = path.removeprefix("/v1/")
        if kind == "embeddings":
            return _json(_embeddings(payload))
        if kind.endswith("moderations"):
            return _json(_results("mod", payload, kind.startswith("chat"), _moderation()))
        if kind.endswith("classifications"):
            label = {"label": {"scores": {"yes": 0.5, "no": 0.5}}}
            return _json(_results("class", payload, kind.startswith("chat"), label))
        return self._completion(payload)

    def _completion(self, payload: _Json) -> _Answer:
        tool = _forced_tool(payload)
        count = payload.get("n") or 1
        if payload.get("stream"):
            return _stream(self._events(payload, tool, count))
        calls = None if tool is None else [self._call(tool)]
        text = self._text(payload) if tool is None else ""
        message = {"role": "assistant", "content": text, "tool_calls": calls}
        choices = [
            {"index": index, "message": message, "finish_reason": _finish(tool)}
            for index in range(count)
        ]
        return _json(_head("cmpl", payload, "chat.completion", choices=choices, usage=_USAGE))

    def _events(self, payload: _Json, tool: str | None, count: int) -> Iterator[_Json]:
        head = _head("cmpl", payload, "chat.completion.chunk")
        text = self._text(payload)
        pieces = [word if i == 0 else " " + word for i, word in enumerate(text.split(" "))]
        deltas: list[_Json] = [{"content": piece} for piece in pieces]
        last: _Json = {"content": ""}
        if tool is not None:
            deltas, last = [], {"content": "", "tool_calls": [self._call(tool) | {"index": 0}]}
        for index in range(count):
            for delta in ({"role": "assistant", "content": ""}, *deltas):
                yield head | {"choices": [_choice(index, delta, None)]}
            final = head | {"choices": [_choice(index, last, _finish(tool))]}
            yield final | {"usage": _USAGE} if index == count - 1 else final

    def _text(self, payload: _Json) -> str:
        wanted = payload.get("response_format")
        plain = not isinstance(wanted, dict) or wanted.get("type", "text") == "text"
        return self.text if plain else self.json_text

    def _call(self, tool: str) -> _Json:
        function = {"name": tool, "arguments": self.json_text}
        return {"id": "a1B2c3D4e", "type": "function", "function": function}


def _finish(tool: str | None) -> str:
    return "stop" if tool is None else "tool_calls"


def _choice(index: int, delta: _Json, reason: str | None) -> _Json:
    return {"index": index, "delta": delta, "finish_reason": reason}


def _forced_tool(payload: _Json) -> str | None:
    """The name of the function that must be called, if one must."""
    choice = payload.get("tool_choice")
    if isinstance(choice, dict):
        return str(choice["function"]["name"])
    if choice not in ("any", "required"):
        return None
    functions = [tool["function"] for tool in payload.get("tools") or () if "function" in tool]
    return str(functions[0]["name"]) if functions else None


def _head(prefix: str, payload: _Json, kind: str, **more: object) -> _Json:
    model = payload.get("model") or _MODEL
    head = {"id": f"{prefix}-{'0' * 32}", "object": kind, "created": _CREATED, "model": model}
    return head | more


def _embeddings(payload: _Json) -> _Json:
    inputs = payload["input"]
    count = 1 if isinstance(inputs, str) else len(inputs)
    vector = _vector(payload)
    data = [{"object": "embedding", "index": i, "embedding": vector} for i in range(count)]
    return _head("embd", payload, "list", data=data, usage=_USAGE)


def _vector(payload: _Json) -> list[float] | list[int] | str:
    """A unit vector, of the length, number type and encoding asked for."""
    size = payload.get("output_dimension") or 1024
    kind = payload.get("output_dtype") or "float"
    if kind in ("binary", "ubinary"):  # eight dimensions to a byte
        size = -(-size // 8)
    if payload.get("encoding_format") == "base64":
        one = struct.pack("<f", 1.0) if kind == "float" else b"\x01"
        return base64.b64encode(one + bytes(len(one) * (size - 1))).decode()
    return [1.0] + [0.0] * (size - 1) if kind == "float" else [1] + [0] * (size - 1)


def _moderation() -> _Json:
    scores = dict.fromkeys(_CATEGORIES, 0.001)
    return {"categories": dict.fromkeys(_CATEGORIES, False), "category_scores": scores}


def _results(prefix: str, payload: _Json, chat: bool, result: _Json) -> _Json:
    """One result for each input; a conversation is a list, or an object that holds one."""
    inputs = payload["input"]
    many = isinstance(inputs, list) and not (chat and _is_conversation(inputs))
    count = len(inputs) if many else 1
    head = _head(prefix, payload, "list")
    return {"id": head["id"], "model": head["model"], "results": [result] * count}


def _is_conversation(inputs: list[Any]) -> bool:
    return bool(inputs) and isinstance(inputs[0], dict) and "role" in inputs[0]


# Bytes ---------------------------------------------------------------------------------------


def _json(content: object, status: int = 200) -> _Answer:
    return _Answer(status, (json.dumps(content, separators=(",", ":")).encode(),))


def _stream(events: Iterable[_Json]) -> _Answer:
    parts = [f"data: {json.dumps(event)}\n\n".encode() for event in events]
    return _Answer(200, (*parts, b"data: [DONE]\n\n"), "text/event-stream; charset=utf-8")


def _fields(answer: _Answer) -> list[tuple[str, str]]:
    fields = [("content-type", answer.content_type)]
    if not answer.streamed:
        fields.append(("content-length", str(sum(map(len, answer.parts)))))
    return fields


def _wsgi_headers(environ: _Json) -> Iterator[tuple[str, str]]:
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-"), value
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield name.replace("_", "-"), value


async def _lifespan(receive: _Receive, send: _Send) -> None:
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an event must not wait for the answer to the one before
    timeout = 60

    def respond(self) -> None:
        """Read one request, answer it."""
        app = self.server.app
        body = self._body(app._max_body_size)
        if body is None:
            return
        target = urlsplit(self.path)
        path, query = unquote(target.path), target.query
        answer = app._answer(self.command, path, query, list(self.headers.items()), body)
        chunked = answer.streamed and self.request_version != "HTTP/1.0"
        self.send_response(answer.status)
        for name, value in _fields(answer):
            self.send_header(name, value)
        if chunked:
            self.send_header("transfer-encoding", "chunked")
        elif answer.streamed:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self._write(app._paced(answer.parts), chunked)

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
            return self._reject(413, _TOO_LARGE["message"])
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


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close waits for them
    request_queue_size = 128
    ours: ClassVar[type[BaseHTTPRequestHandler]] = _Handler

    def __init__(self, app: StrictMistral, port: int) -> None:
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
