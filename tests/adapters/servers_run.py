"""Serve one framework's application with one server: ``servers_run.py SERVER FRAMEWORK PORT``."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

HOST = "127.0.0.1"


def uvicorn(app: Any, port: int) -> None:
    import uvicorn

    uvicorn.run(app, host=HOST, port=port, log_level="warning")


def hypercorn(app: Any, port: int) -> None:
    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"{HOST}:{port}"]
    asyncio.run(serve(app, config))


def granian(app: Any, port: int) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    # Its worker is a process of its own, which has to find the application by name.
    Server("servers_run:served", address=HOST, port=port, interface=Interfaces.ASGI).serve()


def __getattr__(name: str) -> Any:
    if name != "served":
        raise AttributeError(name)
    from servers_asgi import make

    return make(os.environ["SERVERS_FRAMEWORK"])


def gunicorn(app: Any, port: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Application(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"{HOST}:{port}")
            self.cfg.set("worker_class", "gthread")
            self.cfg.set("threads", 8)
            self.cfg.set("graceful_timeout", 1)
            self.cfg.set("control_socket_disable", True)

        def load(self) -> Any:
            return app

    Application().run()


def waitress(app: Any, port: int) -> None:
    from waitress import serve

    serve(app, listen=f"{HOST}:{port}", threads=8)


def wsgiref(app: Any, port: int) -> None:
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        request_queue_size = 128

    class Handler(WSGIRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    make_server(HOST, port, app, Server, Handler).serve_forever()


ASGI: dict[str, Callable[[Any, int], None]] = {
    "uvicorn": uvicorn,
    "hypercorn": hypercorn,
    "granian": granian,
}
WSGI: dict[str, Callable[[Any, int], None]] = {
    "gunicorn": gunicorn,
    "waitress": waitress,
    "wsgiref": wsgiref,
}


def main(server: str, framework: str, port: str) -> None:
    os.environ["SERVERS_FRAMEWORK"] = framework
    if server in ASGI:
        from servers_asgi import make

        ASGI[server](make(framework), int(port))
    else:
        from servers_wsgi import make

        WSGI[server](make(framework), int(port))


if __name__ == "__main__":
    main(*sys.argv[1:])
