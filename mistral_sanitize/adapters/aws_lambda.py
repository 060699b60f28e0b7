"""Sanitize the events that AWS Lambda is called with over HTTP.

API Gateway's REST APIs (payload 1.0) and HTTP APIs (2.0), function URLs (2.0) and load balancers
are told apart by their keys; any other event passes. Under Mangum, wrap the ASGI application with
`mistral_sanitize.adapters.asgi` instead.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from typing_extensions import Unpack

from mistral_sanitize.body import (
    AdapterOptions,
    ErrorResponse,
    Exchange,
    MappingServerOptions,
    Result,
    ServerOptions,
)

__all__ = ["SanitizeHandler", "sanitize_event"]

_Event = dict[str, Any]
_Handler = Callable[[_Event, Any], Any]


class SanitizeHandler:
    """A Lambda handler that sanitizes the event and hands it to another one.

    A body that is not a JSON object gets a 400 response, one that is too large a 413, in the
    shape of Mistral's errors; `handler` then is not called.

    Args:
        handler: The handler of the sanitized event.
        options: See `MappingServerOptions`.
    """

    def __init__(
        self,
        handler: _Handler,
        **options: Unpack[MappingServerOptions],
    ) -> None:
        self.handler = handler
        self._options = AdapterOptions.of(type(self).__name__, options, MappingServerOptions)

    def __call__(self, event: _Event, context: Any) -> Any:
        """Handle one event."""
        exchange = _exchange(self._options, event)
        if exchange is None:
            return self.handler(event, context)
        result = _clean(exchange, event)
        if result.error is not None:
            return _answer(result.error)
        response = self.handler(_with_body(event, result) if result else event, context)
        return _mapped(exchange, result, response)


def sanitize_event(
    event: _Event,
    **options: Unpack[ServerOptions],
) -> _Event:
    """The event with its body sanitized; the argument itself when there was nothing to change.

    An event that is not a request to one of Mistral's endpoints comes back as it is, and so does
    one whose body cannot be read: `SanitizeHandler` responds to it. The options are those of
    `SanitizeHandler` for requests, since this function sees no response.
    """
    bound = AdapterOptions.of("sanitize_event", options, ServerOptions)
    exchange = _exchange(bound, event)
    result = None if exchange is None else _clean(exchange, event)
    return _with_body(event, result) if result else event


def _clean(exchange: Exchange, event: _Event) -> Result:
    try:
        body = _body(event)
    except ValueError:  # no base64, or not even ASCII
        return Result(
            b"", error=ErrorResponse(400, "Request body is not the base64 it is said to be")
        )
    error = exchange.too_large(len(body))
    return exchange.clean(body) if error is None else Result(body, error=error)


def _exchange(options: AdapterOptions, event: _Event) -> Exchange | None:
    http = (event.get("requestContext") or {}).get("http")
    if http:
        method, path = http.get("method"), event.get("rawPath")
    else:
        method, path = event.get("httpMethod"), event.get("path")
    if not method or not path:  # an event of another service: a queue's, a clock's
        return None
    kind, coding = _header(event, "content-type"), _header(event, "content-encoding")
    return options.exchange(method, path, kind, coding)


def _header(event: _Event, name: str) -> str | None:
    # A load balancer sends one of the two maps, a REST API both: the other has only the last value.
    for field, values in (event.get("multiValueHeaders") or {}).items():
        if field.lower() == name:
            return ", ".join(values)
    for field, value in (event.get("headers") or {}).items():
        if field.lower() == name:
            return str(value)
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


def _mapped(exchange: Exchange, result: Result, response: Any) -> Any:
    """The handler's response, with the completion in it as the options ask."""
    if not isinstance(response, dict) or not isinstance(response.get("body"), str):
        return response
    status = int(response.get("statusCode") or 200)
    kind, coding = _header(response, "content-type"), _header(response, "content-encoding")
    body = exchange.completion([result], status, kind or "application/json", coding)
    if body is None:
        return response
    try:
        given = _body(response)
        data = body.feed(given) + body.close()
    except ValueError:  # no base64, or not in its coding: the gateway will say so
        return response
    return response if data == given else _with_data(response, data, body.stale_headers)


def _with_data(response: _Event, data: bytes, stale: frozenset[str]) -> _Event:
    binary = bool(response.get("isBase64Encoded"))
    fresh = {**response, "body": (base64.b64encode(data) if binary else data).decode()}
    for name in ("headers", "multiValueHeaders"):
        if response.get(name):
            kept = response[name].items()
            fresh[name] = {key: value for key, value in kept if key.lower() not in stale}
    return fresh


def _answer(error: ErrorResponse) -> _Event:
    return {
        "statusCode": error.status,
        "headers": {"content-type": "application/json"},
        "body": error.body.decode(),
        "isBase64Encoded": False,
    }
