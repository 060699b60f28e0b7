"""The clients under test: one driver each, and what each cannot do, as data.

A driver sends a `Call` through its real library. `LACKS` of a driver names the cases that its
library cannot be put to, with the reason; the guide of the library says the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

Form = Literal["bytes", "str", "json", "chunks", "file"]
"""How a body is handed to the library; ``chunks`` is a generator."""

FORMS: tuple[Form, ...] = ("bytes", "str", "json", "chunks", "file")
JSON = {"Content-Type": "application/json"}
KEY = {"Authorization": "Bearer key"}


def lacks_cures(why: str) -> dict[str, str]:
    """Of a client that cannot send a request again by itself."""
    return {"cure": why, "streamed cure": why}


def lacks_completions(why: str) -> dict[str, str]:
    """Of an adapter that cannot change the body of a response."""
    return {"completions": why}


@dataclass(frozen=True)
class Call:
    """One request to send."""

    url: str
    body: bytes = b""
    form: Form = "bytes"
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)

    @property
    def sent_headers(self) -> dict[str, str]:
        return {**KEY, **self.headers}

    def given(self) -> Any:
        """The body in its form, but for ``json`` and for what is async."""
        if self.form == "str":
            return self.body.decode()
        if self.form == "chunks":
            return self.chunks()
        if self.form == "file":
            return io.BytesIO(self.body)
        return self.body

    def chunks(self) -> Iterator[bytes]:
        half = len(self.body) // 2
        yield self.body[:half]
        yield self.body[half:]

    async def async_chunks(self) -> AsyncIterator[bytes]:
        for chunk in self.chunks():
            yield chunk

    def async_given(self) -> Any:
        return self.async_chunks() if self.form == "chunks" else self.given()


@dataclass(frozen=True)
class Answer:
    """What the library gave back."""

    status: int
    body: bytes


class Client:
    """A driver: a client of a library, plain or with our adapter of it in place."""

    NAME: ClassVar[str]
    FULL: ClassVar[bool] = False
    """Whether only the full run has the library."""
    PICKLES: ClassVar[bool] = False
    """Whether the library pickles its clients."""
    LACKS: ClassVar[Mapping[str, str]] = {}

    def __init__(self, adapted: bool = True, **options: Any) -> None:
        raise NotImplementedError

    @staticmethod
    def adapter(name: str) -> Any:
        """Our module for the library."""
        return importlib.import_module(f"mistral_sanitize.adapters.{name}")

    def send(self, call: Call) -> Answer:
        raise NotImplementedError

    def send_many(self, calls: Sequence[Call]) -> list[Answer]:
        """Send them at once: from threads, or as tasks of one loop."""
        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(self.send, calls))

    def pieces(self, call: Call) -> Iterator[bytes]:
        """The parts of a streamed answer as they come in."""
        raise NotImplementedError

    def arrivals(self, call: Call) -> list[float]:
        """The times at which parts of a streamed answer came in."""
        return [time.monotonic() for _ in self.pieces(call)]

    def pickled(self) -> Any:
        """What the library pickles, with our adapter in it."""
        raise NotImplementedError

    def close(self) -> None:
        """Close what is open."""


class AsyncClient(Client):
    """A driver of an async library, in a loop of its own."""

    def __init__(self, adapted: bool = True, **options: Any) -> None:
        self.loop = asyncio.new_event_loop()
        self.stack = contextlib.AsyncExitStack()
        self.loop.run_until_complete(self.open(adapted, options))

    async def open(self, adapted: bool, options: dict[str, Any]) -> None:
        raise NotImplementedError

    async def asend(self, call: Call) -> Answer:
        raise NotImplementedError

    def apieces(self, call: Call) -> AsyncIterator[bytes]:
        raise NotImplementedError

    def pieces(self, call: Call) -> Iterator[bytes]:
        parts = aiter(self.apieces(call))
        with contextlib.suppress(StopAsyncIteration):
            while True:
                yield self.loop.run_until_complete(anext(parts))

    def send(self, call: Call) -> Answer:
        return self.loop.run_until_complete(self.asend(call))

    def send_many(self, calls: Sequence[Call]) -> list[Answer]:
        async def together() -> list[Answer]:
            return await asyncio.gather(*map(self.asend, calls))

        return self.loop.run_until_complete(together())

    def close(self) -> None:
        self.loop.run_until_complete(self.stack.aclose())
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


# requests ------------------------------------------------------------------------------------


class Requests(Client):
    NAME = "requests"
    PICKLES = True

    def __init__(self, adapted: bool = True, **options: Any) -> None:
        import requests

        self.session = requests.Session()
        self.session.trust_env = False
        if adapted:
            self.adapt(self.adapter("requests"), options)

    def adapt(self, module: Any, options: dict[str, Any]) -> None:
        self.session.mount("http://127.0.0.1", module.SanitizeAdapter(**options))

    def _request(self, call: Call, **more: Any) -> Any:
        body = {"json": json.loads(call.body)} if call.form == "json" else {"data": call.given()}
        return self.session.request(
            call.method, call.url, headers=call.sent_headers, timeout=30, **body, **more
        )

    def send(self, call: Call) -> Answer:
        response = self._request(call)
        return Answer(response.status_code, response.content)

    def pieces(self, call: Call) -> Iterator[bytes]:
        with self._request(call, stream=True) as response:
            yield from response.iter_content(None)

    def pickled(self) -> Any:
        return self.session

    def close(self) -> None:
        self.session.close()


class RequestsAuth(Requests):
    NAME = "requests-auth"
    LACKS: ClassVar[Mapping[str, str]] = {
        **lacks_cures("an auth does not see the answer"),
        **lacks_completions("an auth does not see the answer"),
    }

    def adapt(self, module: Any, options: dict[str, Any]) -> None:
        options.pop("retry_refused", None)
        self.session.auth = module.SanitizeAuth(**options)


# httpx and httpx2 ----------------------------------------------------------------------------


class Httpx(Client):
    NAME = "httpx"
    LIBRARY = "httpx"

    def __init__(self, adapted: bool = True, **options: Any) -> None:
        library = importlib.import_module(self.LIBRARY)
        self.client = self.make(library, options if adapted else None)

    def make(self, library: Any, options: dict[str, Any] | None) -> Any:
        more = {}
        if options is not None:
            more["transport"] = self.adapter(self.LIBRARY).SanitizeTransport(**options)
        return library.Client(trust_env=False, follow_redirects=True, timeout=30, **more)

    def _arguments(self, call: Call) -> dict[str, Any]:
        body = {"json": json.loads(call.body)} if call.form == "json" else {"content": call.given()}
        return {"headers": call.sent_headers, **body}

    def send(self, call: Call) -> Answer:
        response = self.client.request(call.method, call.url, **self._arguments(call))
        return Answer(response.status_code, response.content)

    def pieces(self, call: Call) -> Iterator[bytes]:
        with self.client.stream(call.method, call.url, **self._arguments(call)) as response:
            yield from response.iter_bytes()

    def close(self) -> None:
        self.client.close()


class HttpxInstalled(Httpx):
    NAME = "httpx-install"
    LACKS: ClassVar[Mapping[str, str]] = lacks_cures("an event hook cannot send")

    def make(self, library: Any, options: dict[str, Any] | None) -> Any:
        client = library.Client(trust_env=False, follow_redirects=True, timeout=30)
        if options is not None:
            options.pop("retry_refused", None)
            self.adapter(self.LIBRARY).install(client, **options)
        return client


class HttpxAuth(Httpx):
    NAME = "httpx-auth"
    LACKS: ClassVar[Mapping[str, str]] = {
        **lacks_cures("it signs, and leaves sending to others"),
        **lacks_completions("it signs, and sees no response"),
    }

    def make(self, library: Any, options: dict[str, Any] | None) -> Any:
        auth = None
        if options is not None:
            options.pop("retry_refused", None)
            auth = self.adapter(self.LIBRARY).SanitizeAuth(library.Auth(), **options)
        return library.Client(trust_env=False, follow_redirects=True, timeout=30, auth=auth)


class AsyncHttpx(AsyncClient):
    NAME = "httpx-async"
    LIBRARY = "httpx"
    LACKS: ClassVar[Mapping[str, str]] = {"form:file": "an async httpx client reads no plain file"}

    async def open(self, adapted: bool, options: dict[str, Any]) -> None:
        library = importlib.import_module(self.LIBRARY)
        client = self.make(library, options if adapted else None)
        self.client = await self.stack.enter_async_context(client)

    def make(self, library: Any, options: dict[str, Any] | None) -> Any:
        more = {}
        if options is not None:
            more["transport"] = self.adapter(self.LIBRARY).AsyncSanitizeTransport(**options)
        return library.AsyncClient(trust_env=False, follow_redirects=True, timeout=30, **more)

    def _arguments(self, call: Call) -> dict[str, Any]:
        if call.form == "json":
            return {"headers": call.sent_headers, "json": json.loads(call.body)}
        return {"headers": call.sent_headers, "content": call.async_given()}

    async def asend(self, call: Call) -> Answer:
        response = await self.client.request(call.method, call.url, **self._arguments(call))
        return Answer(response.status_code, response.content)

    async def apieces(self, call: Call) -> AsyncIterator[bytes]:
        streamed = self.client.stream(call.method, call.url, **self._arguments(call))
        async with streamed as response:
            async for part in response.aiter_bytes():
                yield part


class AsyncHttpxInstalled(AsyncHttpx):
    NAME = "httpx-async-install"
    LACKS: ClassVar[Mapping[str, str]] = {**AsyncHttpx.LACKS, **HttpxInstalled.LACKS}

    def make(self, library: Any, options: dict[str, Any] | None) -> Any:
        client = library.AsyncClient(trust_env=False, follow_redirects=True, timeout=30)
        if options is not None:
            options.pop("retry_refused", None)
            self.adapter(self.LIBRARY).install(client, **options)
        return client


class _OnHttpx2:
    LIBRARY = "httpx2"


class Httpx2(_OnHttpx2, Httpx):
    NAME = "httpx2"


class Httpx2Installed(_OnHttpx2, HttpxInstalled):
    NAME = "httpx2-install"


class Httpx2Auth(_OnHttpx2, HttpxAuth):
    NAME = "httpx2-auth"


class AsyncHttpx2(_OnHttpx2, AsyncHttpx):
    NAME = "httpx2-async"


class AsyncHttpx2Installed(_OnHttpx2, AsyncHttpxInstalled):
    NAME = "httpx2-async-install"


# aiohttp -------------------------------------------------------------------------------------


class Aiohttp(AsyncClient):
    NAME = "aiohttp"

    async def open(self, adapted: bool, options: dict[str, Any]) -> None:
        import aiohttp

        middlewares = ()
        if adapted:
            middlewares = (self.adapter("aiohttp").SanitizeClientMiddleware(**options),)
        session = aiohttp.ClientSession(
            middlewares=middlewares, auto_decompress=True, read_bufsize=1 << 20
        )
        self.session = await self.stack.enter_async_context(session)

    def _request(self, call: Call, **more: Any) -> Any:
        if call.form == "json":
            body: dict[str, Any] = {"json": json.loads(call.body)}
        else:
            body = {"data": call.async_given()}
        if isinstance(body.get("data"), bytes) and len(call.body) > 1 << 20:  # as aiohttp asks
            body["data"] = io.BytesIO(call.body)
        return self.session.request(
            call.method, call.url, headers=call.sent_headers, **body, **more
        )

    async def asend(self, call: Call) -> Answer:
        async with self._request(call) as response:
            return Answer(response.status, await response.read())

    async def apieces(self, call: Call) -> AsyncIterator[bytes]:
        async with self._request(call) as response:
            async for part in response.content.iter_any():
                yield part


# urllib3 and urllib --------------------------------------------------------------------------


class Urllib3(Client):
    NAME = "urllib3"

    def __init__(self, adapted: bool = True, **options: Any) -> None:
        import urllib3

        self.manager: Any = urllib3.PoolManager(maxsize=30)
        if adapted:
            self.manager = self.adapter("urllib3").SanitizePoolManager(maxsize=30, **options)

    def _request(self, call: Call, **more: Any) -> Any:
        body = {"json": json.loads(call.body)} if call.form == "json" else {"body": call.given()}
        headers = call.sent_headers
        return self.manager.request(
            call.method, call.url, headers=headers, timeout=30, **body, **more
        )

    def send(self, call: Call) -> Answer:
        response = self._request(call)
        return Answer(response.status, response.data)

    def pieces(self, call: Call) -> Iterator[bytes]:
        yield from self._request(call, preload_content=False).stream(None)

    def close(self) -> None:
        self.manager.clear()


class Urllib3Stream(Urllib3):
    NAME = "urllib3-unread"

    def send(self, call: Call) -> Answer:
        response = self._request(call, preload_content=False)
        return Answer(response.status, b"".join(response.stream()))


class Urllib(Client):
    NAME = "urllib"
    LACKS: ClassVar[Mapping[str, str]] = {
        "redirect": "urllib sends no POST again by itself",
        "form:str": "urllib takes no str",
        "form:json": "urllib has no json argument",
    }

    def __init__(self, adapted: bool = True, **options: Any) -> None:
        import urllib.request

        handlers: list[Any] = [urllib.request.ProxyHandler({})]
        if adapted:
            handlers.append(self.adapter("urllib").SanitizeHandler(**options))
        self.opener = urllib.request.build_opener(*handlers)

    def _open(self, call: Call) -> Any:
        import urllib.error
        import urllib.request

        body = call.given() if call.body or call.method == "POST" else None
        request = urllib.request.Request(
            call.url, body, headers=call.sent_headers, method=call.method
        )
        try:
            return self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            return error

    def send(self, call: Call) -> Answer:
        with self._open(call) as response:
            return Answer(response.status, response.read())

    def pieces(self, call: Call) -> Iterator[bytes]:
        with self._open(call) as response:
            while part := response.read1():
                yield part


# Those of the full run -----------------------------------------------------------------------


NOT_IN_PARTS = {"partial refusal": "niquests keeps nothing of a body that cannot be read"}


LAZY = lacks_completions("its hooks see a response that is still on its way")


class Niquests(Requests):
    NAME = "niquests"
    FULL = True
    PICKLES = False
    LACKS: ClassVar[Mapping[str, str]] = {**NOT_IN_PARTS, **LAZY}

    def __init__(self, adapted: bool = True, **options: Any) -> None:
        import niquests

        hooks = {"hooks": self.adapter("niquests").SanitizeHook(**options)} if adapted else {}
        self.session: Any = niquests.Session(disable_http2=True, disable_http3=True, **hooks)
        self.session.trust_env = False


class AsyncNiquests(AsyncClient):
    NAME = "niquests-async"
    FULL = True
    LACKS: ClassVar[Mapping[str, str]] = {
        **NOT_IN_PARTS,
        **LAZY,
        "streamed refusal": "its async iter_content gives nothing of an answer that has been read",
    }

    async def open(self, adapted: bool, options: dict[str, Any]) -> None:
        import niquests

        hooks = {"hooks": self.adapter("niquests").AsyncSanitizeHook(**options)} if adapted else {}
        session: Any = niquests.AsyncSession(disable_http2=True, disable_http3=True, **hooks)
        session.trust_env = False
        self.session = await self.stack.enter_async_context(session)

    async def _request(self, call: Call, **more: Any) -> Any:
        body = (
            {"json": json.loads(call.body)} if call.form == "json" else {"data": call.async_given()}
        )
        return await self.session.request(
            call.method, call.url, headers=call.sent_headers, timeout=30, **body, **more
        )

    async def asend(self, call: Call) -> Answer:
        response = await self._request(call)
        return Answer(response.status_code, response.content)

    async def apieces(self, call: Call) -> AsyncIterator[bytes]:
        response = await self._request(call, stream=True)
        async for part in await response.iter_content(-1):
            yield part


class Tornado(AsyncClient):
    NAME = "tornado"
    FULL = True
    LACKS: ClassVar[Mapping[str, str]] = {
        "form:json": "tornado has no json argument",
        "identity": "tornado asks for gzip by itself, and undoes it",
        "form:file": "tornado takes no file",
        "streamed cure": "what went to a streaming_callback cannot be taken back",
        "form:chunks": "a body_producer writes to the connection itself",
    }

    async def open(self, adapted: bool, options: dict[str, Any]) -> None:
        from tornado.simple_httpclient import SimpleAsyncHTTPClient

        kind: Any = SimpleAsyncHTTPClient
        if adapted:
            kind = self.adapter("tornado").SanitizeAsyncHTTPClient
        self.client = kind(force_instance=True, max_clients=30, max_buffer_size=1 << 26, **options)

    def _request(self, call: Call, **more: Any) -> Any:
        from tornado.httpclient import HTTPRequest

        body = call.given() if call.body or call.method == "POST" else None
        return HTTPRequest(
            call.url, call.method, call.sent_headers, body, request_timeout=30,
            allow_nonstandard_methods=True, **more
        )  # fmt: skip

    async def asend(self, call: Call) -> Answer:
        response = await self.client.fetch(self._request(call), raise_error=False)
        return Answer(response.code, response.body)

    async def apieces(self, call: Call) -> AsyncIterator[bytes]:
        parts: asyncio.Queue[bytes | None] = asyncio.Queue()
        request = self._request(call, streaming_callback=parts.put_nowait)
        fetched = asyncio.ensure_future(self.client.fetch(request, raise_error=False))
        fetched.add_done_callback(lambda _: parts.put_nowait(None))
        while part := await parts.get():
            yield part
        await fetched

    def close(self) -> None:
        async def close() -> None:
            self.client.close()

        self.loop.run_until_complete(close())
        super().close()


CLIENTS: tuple[type[Client], ...] = (
    Requests,
    RequestsAuth,
    Httpx,
    HttpxInstalled,
    HttpxAuth,
    AsyncHttpx,
    AsyncHttpxInstalled,
    Httpx2,
    Httpx2Installed,
    Httpx2Auth,
    AsyncHttpx2,
    AsyncHttpx2Installed,
    Aiohttp,
    Urllib3,
    Urllib3Stream,
    Urllib,
    Niquests,
    AsyncNiquests,
    Tornado,
)
