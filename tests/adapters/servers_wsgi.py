"""The WSGI applications under test, each bare, wrapped, and wrapped with a small limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from servers_handler import COUNTERS, LARGE, PAUSE, SMALL, Outcome, handle

from mistral_sanitize.adapters.wsgi import SanitizeMiddleware

METHODS = ["GET", "POST", "PUT"]


def paced(outcome: Outcome) -> Iterator[bytes]:
    for part in outcome.parts:
        yield part
        time.sleep(PAUSE)


def options(limit: int) -> dict[str, Any]:
    return {"on_report": COUNTERS.on_report, "max_body_size": limit}


def flask(limit: int | None) -> Any:
    from flask import Flask, Response, request

    app = Flask(__name__)

    @app.route("/<path:path>", methods=METHODS)
    def endpoint(path: str) -> Response:
        headers = [(name, value) for name, value in request.headers]
        outcome = handle(request.method, "/" + path, headers, request.get_data())
        content = paced(outcome) if outcome.streamed else outcome.parts[0]
        return Response(content, outcome.status, content_type=outcome.content_type)

    if limit is not None:
        app.wsgi_app = SanitizeMiddleware(app.wsgi_app, **options(limit))  # type: ignore[method-assign]
    return app


def bottle(limit: int | None) -> Any:
    from bottle import Bottle, request, response

    app = Bottle()

    @app.route("/<path:path>", method=METHODS)  # type: ignore[untyped-decorator,unused-ignore]
    def endpoint(path: str) -> Iterable[bytes]:
        body = request.body.read()
        outcome = handle(request.method, "/" + path, list(request.headers.items()), body)
        response.status = outcome.status
        response.content_type = outcome.content_type
        return paced(outcome) if outcome.streamed else outcome.parts

    return app if limit is None else SanitizeMiddleware(app, **options(limit))


def django(limit: int | None) -> Any:
    from servers_django import wsgi

    app = wsgi(None)
    return app if limit is None else SanitizeMiddleware(app, **options(limit))


def django_middleware(limit: int | None) -> Any:
    from servers_django import wsgi

    return wsgi(limit)


MAKERS: dict[str, Callable[[int | None], Any]] = {
    "flask": flask,
    "bottle": bottle,
    "django": django,
    "django-middleware": django_middleware,
}


def make(framework: str) -> Any:
    """The three variants of one framework's application behind one door."""
    maker = MAKERS[framework]
    variants = {"bare": maker(None), "small": maker(SMALL)}
    default = maker(LARGE)

    def door(environ: Any, start_response: Any) -> Iterable[bytes]:
        first = environ["PATH_INFO"].split("/")[1]
        if first == "probe":
            start_response("200 OK", [("Content-Type", "application/json")])
            return [COUNTERS.as_json()]
        answer: Iterable[bytes] = variants.get(first, default)(environ, start_response)
        return answer

    return door
