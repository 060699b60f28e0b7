"""Sanitize the events that AWS Lambda is called with over HTTP.

API Gateway's REST APIs (payload 1.0) and HTTP APIs (2.0), function URLs (2.0) and load balancers
are told apart by their keys; any other event passes. Under Mangum, wrap the ASGI application with
`mistral_sanitize.adapters.asgi` instead.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.body import MAX_SIZE, Exchange, Hook, OnReport, Refusal, Result

__all__ = ["SanitizeHandler", "sanitize_event"]

_Event = dict[str, Any]
_Handler = Callable[[_Event, Any], Any]


class SanitizeHandler:
    """A Lambda handler that sanitizes the event and hands it to another one.

    A body that is not a JSON object is answered with 400, one that is too large with 413, in the
    shape of Mistral's errors; `handler` then is not called.

    Args:
        handler: The handler of the sanitized event.
        sanitizer: What to do to the bodies; one with all the defaults if not given.
        on_report: Called with the `Report` of each event that was changed.
        max_body_size: Bytes a body may have, as sent and once inflated. Lambda's own limit is
            6 MB for the whole event.
    """

    def __init__(
        self,
        handler: _Handler,
        *,
        sanitizer: Sanitizer | None = None,
        on_report: OnReport | None = None,
        max_body_size: int = MAX_SIZE,
    ) -> None:
        self.handler = handler
        self._hook = Hook(sanitizer, on_report, max_size=max_body_size)

    def __call__(self, event: _Event, context: Any) -> Any:
        """Handle one event."""
        result = _clean(self._hook, event)
        if result is None:
            return self.handler(event, context)
        if result.refusal is not None:
            return _answer(result.refusal)
        return self.handler(_with_body(event, result) if result else event, context)


def sanitize_event(
    event: _Event,
    *,
    sanitizer: Sanitizer | None = None,
    on_report: OnReport | None = None,
    max_body_size: int = MAX_SIZE,
) -> _Event:
    """The event with its body sanitized; the argument itself when there was nothing to change.

    What is no request to one of Mistral's endpoints comes back as it is, and so does a body that
    cannot be read: `SanitizeHandler` answers it. The options are those of `SanitizeHandler`.
    """
    result = _clean(Hook(sanitizer, on_report, max_size=max_body_size), event)
    return _with_body(event, result) if result else event


def _clean(hook: Hook, event: _Event) -> Result | None:
    exchange = _exchange(hook, event)
    if exchange is None:
        return None
    try:
        body = _body(event)
    except ValueError:  # no base64, or not even ASCII
        return Result(b"", refusal=Refusal(400, "Request body is not the base64 it is said to be"))
    refusal = exchange.too_large(len(body))
    return exchange.clean(body) if refusal is None else Result(body, refusal=refusal)


def _exchange(hook: Hook, event: _Event) -> Exchange | None:
    http = (event.get("requestContext") or {}).get("http")
    if http:
        method, path = http.get("method"), event.get("rawPath")
    else:
        method, path = event.get("httpMethod"), event.get("path")
    if not method or not path:  # an event of another service: a queue's, a clock's
        return None
    kind, coding = _header(event, "content-type"), _header(event, "content-encoding")
    return hook.exchange(method, path, kind, coding)


def _header(event: _Event, name: str) -> str | None:
    # A load balancer sends one of the two maps, a REST API both.
    for field, value in (event.get("headers") or {}).items():
        if field.lower() == name:
            return str(value)
    for field, values in (event.get("multiValueHeaders") or {}).items():
        if field.lower() == name:
            return ", ".join(values)
    return None


def _body(event: _Event) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body, validate=True)
    return str(body).encode("utf-8", "surrogatepass")


def _with_body(event: _Event, result: Result) -> _Event:
    binary = bool(event.get("isBase64Encoded"))
    body = base64.b64encode(result.body) if binary else result.body
    fresh = {**event, "body": body.decode()}
    length = str(len(result.body))
    if event.get("headers"):
        fresh["headers"] = _reframed(event["headers"], result) | {"content-length": length}
    if event.get("multiValueHeaders"):
        fresh["multiValueHeaders"] = _reframed(event["multiValueHeaders"], result) | {
            "content-length": [length]
        }
    return fresh


def _reframed(headers: Mapping[str, Any], result: Result) -> dict[str, Any]:
    stale = result.stale_headers
    return {name: value for name, value in headers.items() if name.lower() not in stale}


def _answer(refusal: Refusal) -> _Event:
    return {
        "statusCode": refusal.status,
        "headers": {"content-type": "application/json"},
        "body": refusal.body.decode(),
        "isBase64Encoded": False,
    }
