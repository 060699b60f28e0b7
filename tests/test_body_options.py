"""The options of adapters: which there are, of what type, and what is said of others."""

from __future__ import annotations

from typing import Any

import pytest

from mistral_sanitize import Sanitizer, sanitize
from mistral_sanitize.body import (
    MAX_SIZE,
    AdapterOptions,
    ClientOptions,
    CommonOptions,
    ServerOptions,
    is_readable,
)

CHAT = "/v1/chat/completions"


def test_what_is_given_is_bound() -> None:
    """By name; what is not given, or is None, is the default."""
    mine = Sanitizer(drop=())
    bound = AdapterOptions.of("An", {"sanitizer": mine, "retry_refused": True}, ClientOptions)
    assert bound == AdapterOptions(sanitizer=mine, retry_refused=True)
    nothing = dict.fromkeys(ServerOptions.__optional_keys__)
    assert AdapterOptions.of("A", nothing, ServerOptions) == AdapterOptions()
    assert AdapterOptions().max_body_size == MAX_SIZE


def test_among_a_librarys_own() -> None:
    """Ours are taken out, the others are the library's; what looks like ours is named."""
    given = {"on_report": print, "retries": 3, "timeout": None}
    bound, rest = AdapterOptions.among("A", given, ClientOptions)
    assert (bound, rest) == (AdapterOptions(on_report=print), {"retries": 3, "timeout": None})
    with pytest.raises(
        TypeError, match=r"^A: unknown option 'on_reprot'; did you mean 'on_report'"
    ):
        AdapterOptions.among("A", {"on_reprot": print, "timeout": 1}, ClientOptions)


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        (CommonOptions, "sanitiser", "did you mean 'sanitizer'"),
        (CommonOptions, "retry_refused", "unknown option 'retry_refused'; .*The options are"),
        (ServerOptions, "max_size", "did you mean 'max_body_size'"),
        (ClientOptions, "xyz", "unknown option 'xyz'; The options are .*retry_refused, sanitizer"),
    ],
)
def test_an_unknown_option_is_named(kind: Any, name: str, words: str) -> None:
    """With the near misses, and with all that there are."""
    with pytest.raises(TypeError, match=f"^Adapter: .*{words}"):
        AdapterOptions.of("Adapter", {name: 1}, kind)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("sanitizer", sanitize, "a Sanitizer .for example .*, not the function sanitize"),
        ("sanitizer", Sanitizer, "not the class Sanitizer"),
        ("sanitizer", {"drop": ()}, "not a dict"),
        ("on_report", "print", "a function of a Report, not a str"),
        ("retry_refused", "no", "True or False, not a str"),
        ("retry_refused", 1, "not a int"),
        ("max_body_size", "1 MB", "a number of bytes, not a str"),
        ("max_body_size", True, "not a bool"),
        ("max_body_size", None, "not a NoneType"),
    ],
)
def test_a_value_of_the_wrong_type_is_named(option: str, value: Any, words: str) -> None:
    """The option, what it wants, and what it was given, without the value."""
    with pytest.raises(TypeError, match=f"^{option} must be .*{words}"):
        AdapterOptions(**{option: value})


@pytest.mark.parametrize(
    ("coding", "body", "readable"),
    [
        (None, b"x", True),
        (b"identity", b"x", True),
        ("gzip", b"not gzip", False),
        ("gzip, deflate", b"not gzip", False),
        ("snappy", b"anything", True),
    ],
)
def test_whether_a_body_is_in_its_coding(
    coding: str | bytes | None, body: bytes, readable: bool
) -> None:
    """A coding that is not known here is not judged."""
    assert is_readable(body, coding) is readable


def test_giving_up_is_said_without_the_words_of_the_error(caplog: pytest.LogCaptureFixture) -> None:
    """At INFO, by the class: an error's words may hold what was sent."""
    exchange = AdapterOptions(retry_refused=True).exchange("POST", CHAT)
    assert exchange is not None
    with caplog.at_level("INFO", "mistral_sanitize"):
        exchange.gave_up(ConnectionError("secret"))
        exchange.gave_up(None)
    assert caplog.messages == [
        f"could not send {CHAT} again: ConnectionError",
        f"could not send {CHAT} again: what came cannot be read",
    ]
