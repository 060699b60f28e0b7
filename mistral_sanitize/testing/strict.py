"""`StrictMistral` itself: it judges a request, responds to it, and records it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import contextmanager
from http.client import responses
from typing import Any, NoReturn, get_args

from mistral_sanitize import profiles
from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.catalog import DEFAULT, Catalog
from mistral_sanitize.models import ENDPOINTS
from mistral_sanitize.profiles import Profile
from mistral_sanitize.testing.canned import Canned
from mistral_sanitize.testing.errors import (
    MISSING_BODY,
    NO_ROUTE,
    NOT_AN_OBJECT,
    RATE_LIMIT,
    RULE_ERRORS,
    SCHEMA_ERRORS,
    UNAVAILABLE,
    UNPARSED,
    RuleErrors,
    SchemaErrors,
    detail_of,
    error_of,
)
from mistral_sanitize.testing.listing import model_list
from mistral_sanitize.testing.server import Application, Server
from mistral_sanitize.testing.shapes import ShapeName
from mistral_sanitize.testing.wire import (
    JSON,
    TOO_LARGE,
    Answer,
    Received,
    RefusedError,
    header_fields,
    inflate,
    json_answer,
)

__all__ = ["StrictMistral"]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]


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
        keys: The API keys accepted; by default any key, but there must be one.
        text: What the assistant says.
        json_text: What it says in JSON, under a JSON ``response_format`` and as the arguments of
            a forced tool call.
        shape: The shape of its chat completions, a name of `SHAPES`; what a request asks for by
            ``tool_choice`` or ``response_format`` comes in the plain one.
        pause: Seconds between the events of a stream, to see that nothing holds them back.
        max_body_size: Bytes; to a longer body, as sent or decompressed, the response is 413.

    Raises:
        ValueError: An unknown profile or shape, or an invalid catalogue.
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
        shape: ShapeName = "plain",
        pause: float = 0.0,
        max_body_size: int = 128 << 20,
    ) -> None:
        shapes = (
            ("schema_errors", schema_errors, get_args(SchemaErrors)),
            ("rule_errors", rule_errors, get_args(RuleErrors)),
            ("shape", shape, get_args(ShapeName)),
        )
        for option, value, words in shapes:
            if value not in words:
                listed = ", ".join(map(repr, words))
                raise ValueError(f"{option} must be one of {listed}; got {value!r}")
        base = Sanitizer(profile=profile, catalog=catalog, drop=())
        self._models = model_list(base.catalog)
        self._judges = {path: base.with_endpoint(path) for path in ENDPOINTS}
        self._schema_error = SCHEMA_ERRORS[schema_errors]
        self._rule_error = RULE_ERRORS[rule_errors]
        self._keys = frozenset(keys)
        self._canned = Canned(text, json_text, shape)
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
        served = Application(self._answer, self._paced, self._max_body_size)
        server = Server(served, port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
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
        fields = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in header_fields(answer)]
        await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        for index, part in enumerate(answer.parts):
            if index and self._pause:
                await asyncio.sleep(self._pause)
            await send({"type": "http.response.body", "body": part, "more_body": True})
        return await send({"type": "http.response.body", "body": b""})

    def wsgi(self, environ: JSON, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Be a WSGI application."""
        body = self._wsgi_body(environ)
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        query = environ.get("QUERY_STRING", "")
        method = environ["REQUEST_METHOD"]
        answer = self._answer(method, path, query, list(_wsgi_headers(environ)), body)
        start_response(f"{answer.status} {responses.get(answer.status, '')}", header_fields(answer))
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

    def _wsgi_body(self, environ: JSON) -> bytes:
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
    ) -> Answer:
        lowered = tuple((name.lower(), value) for name, value in headers)
        received = Received(method, path, query, lowered, body, 0)
        try:
            answer = self._reply_or_refuse(received)
        except RecursionError:  # some value quoted in the refusal nests too deep to be written
            answer = json_answer(UNPARSED, 400)
        with self._lock:
            self._requests.append(Received(method, path, query, lowered, body, answer.status))
        return answer

    def _reply_or_refuse(self, request: Received) -> Answer:
        try:
            return self._reply(request)
        except RefusedError as refusal:
            return json_answer(refusal.content, refusal.status)

    def _reply(self, request: Received) -> Answer:
        self._fail_if_told()
        if len(request.body) > self._max_body_size:
            raise RefusedError(413, TOO_LARGE)
        if request.path in self._judges:
            self._authorize(request, "POST")
            return self._complete(request)
        if request.path == "/v1/models":
            self._authorize(request, "GET")
            return json_answer({"object": "list", "data": self._models})
        if request.path.startswith("/v1/models/"):
            self._authorize(request, "GET")
            return json_answer(self._model(request.path.removeprefix("/v1/models/")))
        raise RefusedError(404, NO_ROUTE)

    def _model(self, name: str) -> JSON:
        for model in self._models:
            if model["id"] == name:
                return model
        raise RefusedError(404, error_of(f"Invalid model: {name}", "invalid_model", "1500"))

    def _fail_if_told(self) -> None:
        with self._lock:
            status = self._failures.pop(0) if self._failures else None
        if status is not None:
            raise RefusedError(status, RATE_LIMIT if status == 429 else UNAVAILABLE)

    def _authorize(self, request: Received, method: str) -> None:
        if request.method != method and (request.method, method) != ("HEAD", "GET"):
            raise RefusedError(405, {"detail": "Method Not Allowed"})
        scheme, _, key = (request.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise RefusedError(401, {"detail": "Unauthorized"})
        if self._keys and key.strip() not in self._keys:
            raise RefusedError(401, {"detail": "Invalid API Key"})

    def _complete(self, request: Received) -> Answer:
        payload = self._payload(request)
        problems = self._judges[request.path].check(payload)
        # Faults of the schema are answered before the rules behind it are looked at.
        faults = [problem for problem in problems if problem.status == 422]
        if faults:
            self._refuse_schema([detail_of(problem, payload) for problem in faults])
        if problems:
            raise RefusedError(problems[0].status, self._rule_error(problems[0]))
        return self._canned.answer(request.path, payload)

    def _payload(self, request: Received) -> JSON:
        """The body as FastAPI reads it, which Mistral's 422 bodies show to be in front."""
        coding = request.header("content-encoding")
        try:
            payload = json.loads(inflate(request.body, coding, self._max_body_size))
        except json.JSONDecodeError as error:
            if not request.body:
                self._refuse_schema([MISSING_BODY])
            what = {"type": "json_invalid", "loc": ["body", error.pos], "msg": "JSON decode error"}
            self._refuse_schema([{**what, "input": {}, "ctx": {"error": error.msg}}])
        except (ValueError, RecursionError):
            raise RefusedError(400, UNPARSED) from None
        if not isinstance(payload, dict):
            self._refuse_schema([{**NOT_AN_OBJECT, "input": payload}])
        return payload

    def _refuse_schema(self, detail: list[JSON]) -> NoReturn:
        raise RefusedError(422, self._schema_error(detail))


def _wsgi_headers(environ: JSON) -> Iterator[tuple[str, str]]:
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
