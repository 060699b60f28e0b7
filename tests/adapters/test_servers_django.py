"""The Django middleware where no HTTP server shows it: limits, settings, streams begun, async."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

pytestmark = pytest.mark.full
pytest.importorskip("django")

import servers_django  # noqa: E402, F401  # its settings
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.test import AsyncRequestFactory, RequestFactory  # noqa: E402
from django.test.utils import override_settings  # noqa: E402

from mistral_sanitize import Report  # noqa: E402
from mistral_sanitize.adapters.django import SanitizeMiddleware  # noqa: E402

CHAT = "/v1/chat/completions"
PAYLOAD: dict[str, Any] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
}
DIRTY = json.dumps({**PAYLOAD, "user": "u1"})
JSON = "application/json"


def view(request: HttpRequest) -> JsonResponse:
    body = request.body
    seen = {"body": body.decode(), "read": request.read().decode()}
    return JsonResponse({**seen, "length": request.headers.get("Content-Length")})


async def async_view(request: HttpRequest) -> JsonResponse:
    return view(request)


def post(body: str, path: str = CHAT, **extra: Any) -> Any:
    return RequestFactory().post(path, body, JSON, **extra)


def test_view_sees_the_clean_body() -> None:
    """Whichever way a view reads, and asks for the length, it is that of the clean body."""
    request = post(DIRTY, headers={"Digest": "of-the-old-body"})
    assert request.headers["Digest"]  # makes Django keep the headers it has
    seen = json.loads(SanitizeMiddleware(view)(request).content)
    assert json.loads(seen["body"]) == PAYLOAD
    assert seen["read"] == seen["body"]
    assert seen["length"] == str(len(seen["body"]))
    assert "Digest" not in request.headers


def test_async() -> None:
    """Before an async view the middleware is async, and does the same."""
    middleware = SanitizeMiddleware(async_view)

    async def ask(body: str) -> Any:
        return await middleware(AsyncRequestFactory().post(CHAT, body, JSON))

    seen = json.loads(asyncio.run(ask(DIRTY)).content)
    assert json.loads(seen["body"]) == PAYLOAD
    assert asyncio.run(ask("{no json")).status_code == 400


def test_settings() -> None:
    """The options stand in the settings; one that there is not is an error."""
    reports: list[Report] = []
    options = {"on_report": reports.append, "max_body_size": 200}
    with override_settings(MISTRAL_SANITIZE=options):
        middleware = SanitizeMiddleware(view)
        assert middleware(post(DIRTY)).status_code == 200
        assert middleware(post(DIRTY + " " * 200)).status_code == 413
    assert len(reports) == 1
    with override_settings(MISTRAL_SANITIZE={"max_size": 1}), pytest.raises(TypeError):
        SanitizeMiddleware(view)


def test_djangos_own_limit_is_413() -> None:
    """Over DATA_UPLOAD_MAX_MEMORY_SIZE Django would answer 400 with a page of HTML."""
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        answer = SanitizeMiddleware(view)(post(DIRTY))
    assert answer.status_code == 413
    assert json.loads(answer.content)["object"] == "error"


def test_limit_without_a_length() -> None:
    """Under ASGI a body may come without a length; the limit holds all the same."""

    async def ask() -> Any:
        request = AsyncRequestFactory().post(CHAT, DIRTY, JSON)
        request.META["CONTENT_LENGTH"] = ""
        return await SanitizeMiddleware(async_view)(request)

    with override_settings(MISTRAL_SANITIZE={"max_body_size": 10}):
        assert asyncio.run(ask()).status_code == 413


@pytest.mark.parametrize("length", [str(len(DIRTY) + 1), "abc", "10, 10", "-5", "1.0"])
def test_lengths_that_lie(length: str) -> None:
    """A body that is shorter than it should be, or does not say how long: no view takes it raw."""
    request = post(DIRTY)
    request.META["CONTENT_LENGTH"] = length
    assert SanitizeMiddleware(view)(request).status_code == 400


def test_what_is_not_ours_passes() -> None:
    """Another path, a stream that has been begun: the view sees what came."""
    middleware = SanitizeMiddleware(view)
    assert json.loads(middleware(post(DIRTY, "/other")).content)["body"] == DIRTY
    begun = post(DIRTY)
    begun.read(1)
    assert SanitizeMiddleware(lambda request: request)(begun) is begun
