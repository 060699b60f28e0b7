"""Which sanitizer a URL's host needs if the caller named none, and which paths are not served.

By the host alone, as `profiles.BY_HOST` has it, and never by the model's id. What is not known is
said, once in a process, with what to do about it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from mistral_sanitize import profiles
from mistral_sanitize._sanitizer import Sanitizer
from mistral_sanitize.body.announce import Once, log
from mistral_sanitize.profiles import Profile
from mistral_sanitize.report import shown

__all__ = ["DEFAULT", "SAID", "at_endpoint", "is_url", "note_unserved", "sanitizer_for"]

DEFAULT: Final = Sanitizer()
"""For Mistral's API as of this release's document."""

SAID: Final = Once(100)
"""The hosts and paths that have been spoken of."""

UNSERVED: Final = {
    "/v1/completions": "/v1/chat/completions, or /v1/fim/completions to fill in the middle",
    "/v1/responses": "/v1/chat/completions",
    "/v1/messages": "/v1/chat/completions",
    "/v1/images/generations": "the tool image_generation of Mistral's agents and conversations",
    "/v1/images/edits": "the tool image_generation of Mistral's agents and conversations",
    "/v1/images/variations": "the tool image_generation of Mistral's agents and conversations",
}
"""Paths of OpenAI's and Anthropic's APIs that Mistral's does not serve, and what to use instead."""


def is_url(path: str) -> bool:
    """Whether it names a host: what a client sends to does, what a server is asked for does not."""
    return not path.startswith("/") and "://" in path


@lru_cache(maxsize=64)
def at_endpoint(sanitizer: Sanitizer, endpoint: str | None) -> Sanitizer:
    """The sanitizer of the same options for an endpoint."""
    if endpoint is None or endpoint == sanitizer.endpoint:
        return sanitizer
    return sanitizer.with_endpoint(endpoint)


@lru_cache(maxsize=32)
def _sanitizer_of(profile: Profile) -> Sanitizer:
    return DEFAULT if profile == profiles.LATEST else Sanitizer(profile=profile)


def sanitizer_for(url: str) -> Sanitizer | None:
    """The sanitizer for what a URL's host serves, or ``None``: leave its requests alone.

    An unknown host, localhost included, is taken for Mistral's API or a proxy in front of it. That
    is said once, with how to choose a profile.
    """
    place = url.partition("#")[0].partition("?")[0]
    profile = profiles.for_url(place)
    if profile is not None:
        return _sanitizer_of(profile)
    if profiles.serves_other_models(place):
        return None
    host = _host(place)
    if SAID.is_first(host):
        log.warning(
            "%s is not a known host: its requests are sanitized for Mistral's API. If it serves "
            "the models itself, name what it is, as in sanitizer=Sanitizer(profile='vllm'); the "
            "names are in mistral_sanitize.profiles.ALIASES. sanitizer=Sanitizer() says that it "
            "is Mistral's API behind a proxy",
            host,
        )
    return DEFAULT


def note_unserved(method: str, url: str) -> None:
    """Say so, once, where a request is for a path that Mistral's API does not serve."""
    place = url.partition("#")[0].partition("?")[0].rstrip("/")
    path = next((path for path in UNSERVED if place.endswith(path)), None)
    if path is None or method.upper() != "POST":
        return
    profile = profiles.for_url(place)
    if profile is not None and profile.host is None and SAID.is_first((_host(place), path)):
        log.warning(
            "%s does not serve %s: requests to it pass untouched. Use %s",
            _host(place),
            path,
            UNSERVED[path],
        )


def _host(url: str) -> str:
    """The host in words for a log: without user, password and port."""
    try:
        return shown(urlsplit(url).hostname or "")
    except ValueError:  # brackets that are not of an address
        return ""
