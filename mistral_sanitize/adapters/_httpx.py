"""What httpx and httpx2 have in common: all but the classes.

The two are one interface with two sets of types, which neither takes from the other. So nothing
is imported here, and the modules beside this one are the same text but for the name: a test says
so. Requests are changed in place, by way of a new one of the same class: a redirect then sends the
clean body again, a generator can be sent twice, and ``response.request`` shows what was sent.
"""

from __future__ import annotations

from typing import Any

from mistral_sanitize.body import Exchange, Hook, Result

__all__ = ["clean", "exchange_of", "header", "put"]


def header(message: Any, name: str) -> str | None:
    """The value of a header of a request or a response."""
    value: str | None = message.headers.get(name)
    return value


def exchange_of(hook: Hook, request: Any) -> Exchange | None:
    """The exchange that the request begins, or ``None``: not ours."""
    kind, coding = header(request, "content-type"), header(request, "content-encoding")
    return hook.exchange(request.method, request.url.path, kind, coding)


def clean(exchange: Exchange, request: Any) -> bytes:
    """Sanitize a request that has been read, in place, and give the body that will be sent."""
    result = exchange.clean(request.content)
    if result or header(request, "transfer-encoding"):
        put(request, result)
    return result.body


def put(request: Any, result: Result) -> None:
    """Give the request another body."""
    # Content-Length is left to the constructor, and no Transfer-Encoding may stand beside it: of
    # the two, httpx drops the one and httpx2 the other.
    kept = [
        (name, value)
        for name, value in request.headers.raw
        if name.decode("latin-1").lower() not in result.stale_headers
    ]
    new = type(request)(
        request.method,
        request.url,
        headers=kept,
        content=result.body,
        extensions=request.extensions,
    )
    # The stream, the headers and the content that was cached on reading, all at once.
    vars(request).update(vars(new))
