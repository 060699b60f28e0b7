"""The options of every adapter: a wrong one is named where it is given, never at a request."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from mistral_sanitize import Sanitizer, sanitize
from mistral_sanitize.body import ClientOptions, CommonOptions, ServerOptions

CLIENT, SERVER, COMMON = (
    kind.__optional_keys__ for kind in (ClientOptions, ServerOptions, CommonOptions)
)


def django(**options: Any) -> Any:
    """Django's middleware, with its options where Django has them."""
    pytest.importorskip("django")
    from django.conf import settings
    from django.test import override_settings

    if not settings.configured:
        settings.configure()
    from mistral_sanitize.adapters.django import SanitizeMiddleware

    with override_settings(MISTRAL_SANITIZE=options):
        return SanitizeMiddleware(lambda request: request)


def make(module: str, name: str, *args: Any) -> Callable[..., Any]:
    """An adapter's constructor, by the names of its module and its class."""

    def made(**options: Any) -> Any:
        library = module.partition(".")[0]
        if library not in ("asgi", "wsgi", "aws_lambda", "urllib"):
            pytest.importorskip(library)
        adapter = importlib.import_module(f"mistral_sanitize.adapters.{module}")
        return getattr(adapter, name)(*args, **options)

    return made


def install(library: str) -> Callable[..., Any]:
    def made(**options: Any) -> Any:
        module = importlib.import_module(f"mistral_sanitize.adapters.{library}")
        with importlib.import_module(library).Client() as client:
            return module.install(client, **options)

    return made


ADAPTERS: dict[str, tuple[Callable[..., Any], frozenset[str]]] = {
    "requests": (make("requests", "SanitizeAdapter"), CLIENT),
    "requests-auth": (make("requests", "SanitizeAuth"), COMMON),
    "httpx": (make("httpx", "SanitizeTransport"), CLIENT),
    "httpx-async": (make("httpx", "AsyncSanitizeTransport"), CLIENT),
    "httpx-install": (install("httpx"), COMMON),
    "httpx2": (make("httpx2", "SanitizeTransport"), CLIENT),
    "httpx2-async": (make("httpx2", "AsyncSanitizeTransport"), CLIENT),
    "httpx2-install": (install("httpx2"), COMMON),
    "aiohttp": (make("aiohttp", "SanitizeClientMiddleware"), CLIENT),
    "aiohttp-server": (make("aiohttp", "sanitize_middleware"), SERVER),
    "urllib3": (make("urllib3", "SanitizePoolManager"), CLIENT),
    "urllib3-proxy": (make("urllib3", "SanitizeProxyManager", "http://127.0.0.1:1"), CLIENT),
    "urllib": (make("urllib", "SanitizeHandler"), CLIENT),
    "niquests": (make("niquests", "SanitizeHook"), CLIENT),
    "niquests-async": (make("niquests", "AsyncSanitizeHook"), CLIENT),
    "litellm": (make("litellm", "SanitizeLogger"), COMMON),
    "asgi": (make("asgi", "SanitizeMiddleware", print), SERVER),
    "wsgi": (make("wsgi", "SanitizeMiddleware", print), SERVER),
    "django": (django, SERVER),
    "fastapi": (make("fastapi", "SanitizedBody"), COMMON),
    "lambda": (make("aws_lambda", "SanitizeHandler", print), SERVER),
    "lambda-event": (make("aws_lambda", "sanitize_event", {}), SERVER),
}
"""Every adapter that has a constructor, by name, and the options that it accepts."""

GOOD: dict[str, Any] = {
    "sanitizer": Sanitizer(drop=()),
    "on_report": print,
    "retry_refused": True,
    "max_body_size": 1000,
}
WRONG: dict[str, tuple[Any, str]] = {
    "sanitizer": (sanitize, "not the function sanitize"),
    "on_report": ("print", "not a str"),
    "retry_refused": ("false", "not a str"),
    "max_body_size": ("1 MB", "not a str"),
}
MISSPELT = {
    "sanitizer": "sanitiser",
    "on_report": "on_reprot",
    "retry_refused": "retry_refuse",
    "max_body_size": "max_body_sise",
}

EACH = [(name, option) for name, (_, options) in ADAPTERS.items() for option in sorted(options)]


@pytest.mark.parametrize(("name", "option"), EACH)
def test_a_right_option_is_accepted(name: str, option: str) -> None:
    """Each option that is documented, by itself."""
    make, _ = ADAPTERS[name]
    assert make(**{option: GOOD.get(option)}) is not None


@pytest.mark.parametrize("name", [n for n in ADAPTERS if n != "django"])
def test_none_is_the_default(name: str) -> None:
    """So that a caller passes on what it may not have."""
    make, options = ADAPTERS[name]
    assert make(**dict.fromkeys(options)) is not None


@pytest.mark.parametrize(("name", "option"), [each for each in EACH if each[1] in WRONG])
def test_a_value_of_the_wrong_type_is_named(name: str, option: str) -> None:
    """At construction, by the option and what was given, not by the value."""
    make, _ = ADAPTERS[name]
    value, words = WRONG[option]
    with pytest.raises(TypeError, match=f"^{option} must be .*{words}"):
        make(**{option: value})


@pytest.mark.parametrize(("name", "option"), [each for each in EACH if each[1] in MISSPELT])
def test_a_misspelt_option_is_named_with_the_right_one(name: str, option: str) -> None:
    """At construction; among the keywords of a library's own class too."""
    make, _ = ADAPTERS[name]
    wrong = MISSPELT[option]
    with pytest.raises(TypeError, match=f"unknown option '{wrong}'; did you mean '{option}'"):
        make(**{wrong: GOOD[option]})


@pytest.mark.parametrize("name", [n for n in ADAPTERS if not n.startswith("urllib3")])
def test_an_option_that_is_nowhere_lists_all(name: str) -> None:
    """What it resembles nothing of is answered with all that there are."""
    make, options = ADAPTERS[name]
    with pytest.raises(TypeError, match=r"unknown option 'xyz'; The options are .*sanitizer"):
        make(xyz=1)
    assert "sanitizer" in options


def test_the_urllib3_of_a_user_keeps_its_own_keywords() -> None:
    """No keyword of a pool looks like one of ours."""
    urllib3 = pytest.importorskip("urllib3")
    from mistral_sanitize.adapters.urllib3 import SanitizePoolManager

    fields = [name.removeprefix("key_") for name in urllib3.poolmanager.PoolKey._fields]
    fields.remove("headers")
    manager = SanitizePoolManager(5, headers={"a": "b"}, **dict.fromkeys(fields))
    assert manager.connection_pool_kw.keys() == set(fields)
    manager.clear()


@pytest.mark.full
def test_tornados_options_are_checked_where_the_class_is_made() -> None:
    """They are attributes of a handler."""
    pytest.importorskip("tornado")
    from tornado.web import RequestHandler

    from mistral_sanitize.adapters.tornado import SanitizeAsyncHTTPClient, SanitizeMixin

    with pytest.raises(TypeError, match=r"^sanitizer must be a Sanitizer"):
        type("Chat", (SanitizeMixin, RequestHandler), {"sanitizer": sanitize})
    with pytest.raises(TypeError, match="Chat: unknown option 'on_reprot'; did you mean 'on_rep"):
        type("Chat", (SanitizeMixin, RequestHandler), {"on_reprot": print})
    type("Chat", (SanitizeMixin, RequestHandler), {"report": print, "max_size": 1})
    with pytest.raises(TypeError, match="unknown option 'on_reprot'; did you mean 'on_report'"):
        SanitizeAsyncHTTPClient(force_instance=True, on_reprot=print)


# -- the other httpx ------------------------------------------------------------------------------

PAIRS = [("httpx", "httpx2"), ("httpx2", "httpx")]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_a_client_of_the_other_httpx_is_named(ours: str, theirs: str) -> None:
    """The client is built of one library and our transport of the other: which to take is said."""
    module = importlib.import_module(f"mistral_sanitize.adapters.{ours}")
    library = importlib.import_module(theirs)
    named = rf"use mistral_sanitize\.adapters\.{theirs}, .*install"
    words = rf"the client is an object of {theirs}, .*{named}"
    with library.Client(transport=module.SanitizeTransport()) as client:
        with pytest.raises(TypeError, match=words):
            client.post("http://127.0.0.1:1/v1/chat/completions", json={})
        with pytest.raises(TypeError, match=words):
            module.install(client)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_a_transport_or_an_auth_of_the_other_httpx_is_named(ours: str, theirs: str) -> None:
    """Where the adapter is made."""
    module = importlib.import_module(f"mistral_sanitize.adapters.{ours}")
    library = importlib.import_module(theirs)
    with pytest.raises(TypeError, match=f"the transport is an object of {theirs}"):
        module.SanitizeTransport(library.MockTransport(lambda request: None))
    with pytest.raises(TypeError, match=f"the transport is an object of {theirs}"):
        module.AsyncSanitizeTransport(library.MockTransport(lambda request: None))
    with pytest.raises(TypeError, match=f"the auth is an object of {theirs}"):
        module.SanitizeAuth(library.BasicAuth("user", "password"))


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
def test_install_wants_a_client(library: str) -> None:
    """An SDK's own object is not one."""
    module = importlib.import_module(f"mistral_sanitize.adapters.{library}")
    with pytest.raises(TypeError, match=f"client must be an {library}.Client or .*, not a dict"):
        module.install({})
