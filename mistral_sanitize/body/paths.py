"""Which requests are ours: by method, path and content type."""

from __future__ import annotations

import re

from mistral_sanitize.body.framing import header_text
from mistral_sanitize.models import ENDPOINTS

__all__ = ["applies", "endpoint_of", "may_be_json", "serves_either"]

_PATHS = tuple(ENDPOINTS)
_CHAT = "/v1/chat/completions"
_AZURE = "/models/chat/completions"
"""Of Azure AI model inference; also what `MistralAzure` of Mistral's SDK 3.7.0 posts to."""
_RAW_PREDICT = re.compile(r"/publishers/mistralai/models/[^/?#]+:(?:streamR|r)awPredict(?=$|[/?#])")
"""Of Vertex AI, for chat and to fill in the middle: `mistralai/gcp/client` of SDK 3.7.0."""

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
    Azure's ``/models/chat/completions`` is ours too, and so are the ``:rawPredict`` and
    ``:streamRawPredict`` of Mistral's models on Vertex AI.

    Args:
        method: The request's method, in any case.
        path: The request's path, or its whole URL; query, fragment and trailing slash are not
            part of the path.
        content_type: The value of the Content-Type header, if there is one.
    """
    if method.upper() != "POST":
        return None
    endpoint = endpoint_of(path)
    return endpoint if endpoint is not None and may_be_json(content_type) else None


def endpoint_of(path: str) -> str | None:
    """The endpoint that a path or URL is of, by its published path."""
    if path in ENDPOINTS:  # what a server is mostly asked for
        return path
    return _endpoint(path.partition("#")[0].partition("?")[0].rstrip("/"))


def may_be_json(content_type: str | bytes | None) -> bool:
    """Whether a Content-Type is JSON's, or says nothing."""
    if content_type in (b"application/json", "application/json"):
        return True
    # RFC 9110, 5.3: a field that is there twice arrives as one list; who reads it takes either.
    return any(map(_is_json, header_text(content_type).split(",")))


def serves_either(path: str) -> bool:
    """Whether the body alone tells a chat completion from one to fill in the middle."""
    return "awPredict" in path and _RAW_PREDICT.search(path) is not None


def _endpoint(path: str) -> str | None:
    if path.endswith(_PATHS):
        return next(endpoint for endpoint in _PATHS if path.endswith(endpoint))
    if path.endswith(_AZURE) or _RAW_PREDICT.search(path):
        return _CHAT
    return None


def _is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence in _UNDECLARED or essence == "application/json" or essence.endswith("+json")
