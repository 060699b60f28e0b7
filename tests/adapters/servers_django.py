"""A Django project in one module, for ASGI and for WSGI, with our Django middleware or without."""

from __future__ import annotations

import asyncio
from typing import Any

import django
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.handlers.asgi import ASGIRequest
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test.utils import override_settings
from django.urls import re_path
from servers_handler import COUNTERS, Outcome, handle


def sync_view(request: HttpRequest) -> Any:
    from servers_wsgi import paced

    outcome = seen(request)
    if outcome.streamed:
        return StreamingHttpResponse(paced(outcome), content_type=outcome.content_type)
    return HttpResponse(outcome.parts[0], content_type=outcome.content_type, status=outcome.status)


async def async_view(request: HttpRequest) -> Any:
    from servers_asgi import paced

    outcome = seen(request)
    if outcome.streamed:
        return StreamingHttpResponse(paced(outcome), content_type=outcome.content_type)
    return HttpResponse(outcome.parts[0], content_type=outcome.content_type, status=outcome.status)


def seen(request: HttpRequest) -> Outcome:
    assert request.method is not None
    return handle(request.method, request.path, list(request.headers.items()), request.body)


def view(request: HttpRequest) -> Any:
    return async_view(request) if isinstance(request, ASGIRequest) else sync_view(request)


async def dispatch(request: HttpRequest) -> Any:
    return await async_view(request)


assert asyncio.iscoroutinefunction(dispatch)

urlpatterns: list[Any] = []

if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__,
        SECRET_KEY="tests",
        ALLOWED_HOSTS=["*"],
        DATA_UPLOAD_MAX_MEMORY_SIZE=None,  # 2.5 MB by default
        MIDDLEWARE=[],
        DEBUG_PROPAGATE_EXCEPTIONS=False,
    )
    django.setup(set_prefix=False)


def asgi(limit: int | None) -> Any:
    """The project as an ASGI application."""
    urlpatterns[:] = [re_path("", async_view)]
    with override_settings(**middleware(limit)):
        return get_asgi_application()


def wsgi(limit: int | None) -> Any:
    """The project as a WSGI application."""
    urlpatterns[:] = [re_path("", sync_view)]
    with override_settings(**middleware(limit)):
        return get_wsgi_application()


def middleware(limit: int | None) -> dict[str, Any]:
    if limit is None:
        return {"MIDDLEWARE": []}
    return {
        "MIDDLEWARE": ["mistral_sanitize.adapters.django.SanitizeMiddleware"],
        "MISTRAL_SANITIZE": {"on_report": COUNTERS.on_report, "max_body_size": limit},
    }
