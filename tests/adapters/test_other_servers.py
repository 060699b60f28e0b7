"""The servers that are neither ASGI nor WSGI, through the cases of `test_servers`."""

from __future__ import annotations

import asyncio
import functools
import gzip
import json
import queue
import threading
import zlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import test_servers
from servers_client import Server
from servers_handler import COUNTERS, LARGE, PAUSE, SMALL, handle

Start = Callable[[asyncio.Event, Callable[[int], None]], Coroutine[Any, Any, None]]


async def aiohttp(stopped: asyncio.Event, started: Callable[[int], None]) -> None:
    """One application for each variant, told apart by a path's first step."""
    from aiohttp import web

    from mistral_sanitize.adapters.aiohttp import sanitize_middleware

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/probe":
            return web.Response(body=COUNTERS.as_json())
        body = await (request.read() if request.query else request.content.read())
        # aiohttp has undone the coding, and left its header.
        headers = [(k, v) for k, v in request.headers.items() if k != "Content-Encoding"]
        outcome = handle(request.method, request.path, headers, body)
        response = web.StreamResponse(status=outcome.status)
        response.content_type = outcome.content_type.split(";")[0]
        await response.prepare(request)
        for part in outcome.parts:
            await response.write(part)
            await asyncio.sleep(PAUSE if outcome.streamed else 0)
        return response

    def application(limit: int | None) -> web.Application:
        middleware = sanitize_middleware(on_report=COUNTERS.on_report, max_body_size=limit)
        app = web.Application(
            middlewares=() if limit is None else [middleware], client_max_size=LARGE
        )
        app.router.add_route("*", "/{path:.*}", answer)
        return app

    app = application(LARGE)
    app.add_subapp("/bare/", application(None))
    app.add_subapp("/small/", application(SMALL))
    # The middleware of the outer application is before those of the inner ones.
    app.middlewares[0] = only_outside(app.middlewares[0])
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    started(runner.addresses[0][1])
    await stopped.wait()
    await runner.cleanup()


def only_outside(middleware: Any) -> Any:
    from aiohttp import web

    @web.middleware
    async def outside(request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith(("/bare/", "/small/")):
            response: web.StreamResponse = await handler(request)
            return response
        sanitized: web.StreamResponse = await middleware(request, handler)
        return sanitized

    return outside


async def tornado(stopped: asyncio.Event, started: Callable[[int], None]) -> None:
    """One handler for each variant."""
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets
    from tornado.web import Application, RequestHandler

    from mistral_sanitize.adapters.tornado import SanitizeMixin

    class Bare(RequestHandler):
        async def answer(self, *_: str) -> None:
            if self.request.path == "/probe":
                self.finish(COUNTERS.as_json())
                return
            request = self.request
            headers = list(request.headers.get_all())
            outcome = handle(str(request.method), request.path, headers, request.body)
            self.set_status(outcome.status)
            self.set_header("Content-Type", outcome.content_type)
            for part in outcome.parts:
                self.write(part)
                await self.flush()
                await asyncio.sleep(PAUSE if outcome.streamed else 0)

        get = post = put = answer

    class Chat(SanitizeMixin, Bare):
        max_body_size = LARGE

        def on_report(self, report: Any) -> None:
            COUNTERS.on_report(report)

    class Small(Chat):
        max_body_size = SMALL

    app = Application([(r"/bare/.*", Bare), (r"/small/.*", Small), (r"/.*", Chat)])
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(app)
    server.add_sockets(sockets)
    started(sockets[0].getsockname()[1])
    await stopped.wait()
    server.stop()
    await server.close_all_connections()


@dataclass(frozen=True)
class OtherServer(Server):
    @property
    def reads_first(self) -> bool:
        """Tornado reads a body before it calls anybody."""
        return self.name == "tornado"


SERVERS: dict[str, Start] = {"aiohttp": aiohttp, "tornado": tornado}


@pytest.fixture(
    scope="module",
    params=["aiohttp", pytest.param("tornado", marks=pytest.mark.full)],
)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server in a thread of this process."""
    running: queue.Queue[tuple[int, Callable[[], None]]] = queue.Queue()

    async def run() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        stop = functools.partial(loop.call_soon_threadsafe, stopped.set)
        await SERVERS[request.param](stopped, lambda port: running.put((port, stop)))

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    port, stop = running.get(timeout=30)
    yield OtherServer(request.param, request.param, port)
    stop()
    thread.join()


# The same cases, with the fixture of this module.
globals().update({k: case for k, case in vars(test_servers).items() if k.startswith("test_")})


@pytest.mark.parametrize(
    ("coding", "pack", "unpack"),
    [("gzip", gzip.compress, gzip.decompress), ("deflate", zlib.compress, zlib.decompress)],
)
def test_compressed_body(server: Server, coding: str, pack: Any, unpack: Any) -> None:
    """As for the others, but that aiohttp has undone the coding before anybody sees the body."""
    if server.name != "aiohttp":
        return test_servers.test_compressed_body(server, coding, pack, unpack)
    answer = server.post(pack(test_servers.DIRTY), Content_Encoding=coding)
    assert answer.status == 200
    assert test_servers.text_of(answer) == test_servers.PAYLOAD
    return None


def test_a_handler_may_read_or_stream(server: Server) -> None:
    """`read()` and `content` of a request have the same clean body."""
    for path in ("/v1/chat/completions", "/v1/chat/completions?read=1"):
        answer = server.post(test_servers.DIRTY, path)
        assert answer.status == 200
        assert json.loads(answer.json()["text"].encode("latin-1")) == test_servers.PAYLOAD
