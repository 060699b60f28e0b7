"""The servers under test in threads of this process: what they log can be heard, and what they do
can be seen. `servers_client.running` has them in processes of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import test_other_servers

__all__ = ["PARAMS", "SERVERS"]


@contextlib.contextmanager
def _asgi(framework: str) -> Iterator[int]:
    uvicorn = pytest.importorskip("uvicorn")
    pytest.importorskip(framework.partition("-")[0])
    from servers_asgi import make

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(make(framework), log_config=None, log_level="debug")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(10)


@contextlib.contextmanager
def _wsgi(framework: str) -> Iterator[int]:
    pytest.importorskip(framework.partition("-")[0])
    from wsgiref.simple_server import make_server

    from servers_wsgi import make

    with make_server("127.0.0.1", 0, make(framework)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def _other(name: str) -> Iterator[int]:
    pytest.importorskip(name)
    running: queue.Queue[tuple[int, Callable[[], None]]] = queue.Queue()

    async def run() -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        stop = functools.partial(loop.call_soon_threadsafe, stopped.set)
        await test_other_servers.SERVERS[name](stopped, lambda port: running.put((port, stop)))

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    port, stop = running.get(timeout=30)
    yield port
    stop()
    thread.join()


SERVERS: dict[str, tuple[Callable[[str], Any], str, bool]] = {
    "asgi-starlette": (_asgi, "starlette", False),
    "asgi-fastapi": (_asgi, "fastapi", True),
    "asgi-django-middleware": (_asgi, "django-middleware", True),
    "wsgi-flask": (_wsgi, "flask", False),
    "wsgi-django-middleware": (_wsgi, "django-middleware", True),
    "aiohttp": (_other, "aiohttp", False),
    "tornado": (_other, "tornado", True),
}
"""By name: what serves, which framework, and whether only the full run has it."""
PARAMS = [
    pytest.param(name, marks=[pytest.mark.full] if full else [])
    for name, (_, _, full) in SERVERS.items()
]
"""One of each adapter, for `pytest.mark.parametrize`."""
