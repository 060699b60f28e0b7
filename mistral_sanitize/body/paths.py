"""Which requests are ours: by method, path and content type."""

from __future__ import annotations

from mistral_sanitize.body.framing import text_of
from mistral_sanitize.models import ENDPOINTS

__all__ = ["applies"]

_PATHS = tuple(ENDPOINTS)

_UNDECLARED = frozenset(
    {
        "",
        "application/octet-stream",  # aiohttp, for bytes
        "application/x-www-form-urlencoded",  # urllib, tornado, curl -d
        "text/json",
        "text/plain",  # aiohttp and niquests, for str; fetch()
    }
)
"""Types that say nothing: what clients declare when the user has declared none."""


def applies(method: str, path: str, content_type: str | bytes | None = None) -> str | None:
    """The endpoint that a request is for, by its published path, or ``None``: not ours.

    Ours is a POST to a path that ends in one of `models.ENDPOINTS`, whatever is before its
    ``/v1``, with a JSON content type, or none, or one that a client sets where none was given.

    Args:
        method: The request's method, in any case.
        path: The request's path, or its whole URL; query, fragment and trailing slash are not
            part of the path.
        content_type: The value of the Content-Type header, if there is one.
    """
    if method.upper() != "POST":
        return None
    path = path.partition("#")[0].partition("?")[0].rstrip("/")
    if not path.endswith(_PATHS) or not _may_be_json(text_of(content_type)):
        return None
    return next(endpoint for endpoint in _PATHS if path.endswith(endpoint))


def _may_be_json(content_type: str) -> bool:
    # RFC 9110, 5.3: a field that is there twice arrives as one list; who reads it takes either.
    return any(map(_is_json, content_type.split(",")))


def _is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence in _UNDECLARED or essence == "application/json" or essence.endswith("+json")
