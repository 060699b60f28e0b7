"""For ``urllib.request``: `SanitizeHandler`, of which an opener is built."""

from __future__ import annotations

import io
from http.client import HTTPResponse
from typing import Any
from urllib.request import BaseHandler, OpenerDirector, Request
from urllib.response import addinfourl

from typing_extensions import Unpack

from mistral_sanitize.body import AdapterOptions, ClientOptions, Exchange, Result, gather

__all__ = ["SanitizeHandler"]


class SanitizeHandler(BaseHandler):
    """A handler that sanitizes: ``urllib.request.build_opener(SanitizeHandler()).open(...)``.

    ``urllib.request.install_opener`` makes ``urlopen`` use it.

    Args:
        options: See `ClientOptions`.
    """

    handler_order = 400  # HTTPHandler is 500: it works Content-Length out from what it finds
    parent: OpenerDirector

    def __init__(self, **options: Unpack[ClientOptions]) -> None:
        self._options = AdapterOptions.of(type(self).__name__, options, ClientOptions)

    def http_request(self, request: Request) -> Request:
        """Sanitize the request in place."""
        exchange = _exchange(self._options, request)
        body = gather(request.data) if exchange is not None else None
        if exchange is not None and body is not None:
            result = exchange.clean(body)
            if result.body is not request.data:  # changed, or a stream that has been read by now
                _put(request, result)
        return request

    https_request = http_request

    def http_response(self, request: Request, response: HTTPResponse) -> Any:
        """Give the answer untouched, or that to the cured request."""
        if isinstance(request, _Cured) or not isinstance(request.data, bytes):
            return response
        exchange = _exchange(self._options, request)
        if exchange is None or not exchange.may_cure(response.status):
            return response
        raw = response.read()
        coding = response.headers.get("Content-Encoding")
        cured = exchange.cure(request.data, response.status, raw, coding)
        if cured is None:
            again = addinfourl(io.BytesIO(raw), response.headers, response.url, response.status)
            again.msg = response.reason  # type: ignore[attr-defined]  # as http.client's has it
            return again
        response.close()
        second = _Cured(request)
        _put(second, cured)
        return self.parent.open(second, timeout=request.timeout)

    https_response = http_response


class _Cured(Request):
    """A request that is sent for the second time, and not for a third."""

    def __init__(self, first: Request) -> None:
        super().__init__(
            first.full_url,
            headers=first.headers,
            origin_req_host=first.origin_req_host,
            unverifiable=first.unverifiable,
            method=first.get_method(),
        )
        self.unredirected_hdrs = dict(first.unredirected_hdrs)


def _exchange(options: AdapterOptions, request: Request) -> Exchange | None:
    kind, coding = request.get_header("Content-type"), request.get_header("Content-encoding")
    return options.exchange(request.get_method(), request.selector, kind, coding)


def _put(request: Request, result: Result) -> None:
    for name in result.stale_headers:
        request.remove_header(name.capitalize())  # as Request keeps them
    request.data = result.body
