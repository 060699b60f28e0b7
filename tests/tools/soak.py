"""A proxy under load and faults for some minutes: ``python -m tests.tools.soak``.

Three parties, all on loopback. In a process of its own the proxy of `docs/examples`, under uvicorn.
Behind it an upstream that answers as `StrictMistral` does, unless the request's ``x-fault`` header
tells it to misbehave. In front of it clients of which every kind does one thing, right or wrong
(`KINDS`, with what may come of each).

With ``--way-back`` the same proxy maps what comes back, too: ``completions="openai"`` and
``restore`` in front, ``retry_refused`` behind. Then there are kinds more (`WAY_BACK`): responses
compressed, cut and badly compressed, readers who are slow, refusals that are repaired, and a first
event that has to arrive before the upstream sends the second.

Three times the proxy is left alone until it has nothing to do, and asked what it holds: after a
warm-up, in the middle, and at the end. What is in use then must not have grown: tasks, file
descriptors, bytes that Python has allocated; and the process's memory no more than `GROWTH`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import gzip
import importlib.util
import itertools
import json
import logging
import os
import random
import socket
import sys
import tracemalloc
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.tools.soak_upstream import Upstream, as_body, reset

__all__ = ["KINDS", "WAY_BACK", "Held", "Soaked", "soak"]

ROOT = Path(__file__).resolve().parents[2]
HOST: Final = "127.0.0.1"
CHAT: Final = "/v1/chat/completions"
CLIENTS: Final = 12
"""Clients at a time."""
PATIENCE: Final = 30.0
"""Seconds after which a request counts as never answered."""
GROWTH: Final = 24 << 20
"""Bytes by which the process may have grown: the allocator keeps what the largest bodies took."""
PYTHON: Final = 512 << 10
"""Bytes by which what Python has allocated may have grown."""

PAYLOAD: Final[dict[str, Any]] = {
    "model": "mistral-small-latest",
    "messages": [{"role": "user", "content": "hi"}],
}
DIRTY: Final = {**PAYLOAD, "user": "u1", "store": False, "seed": 7}


# -- the proxy ------------------------------------------------------------------------------------


class Held(NamedTuple):
    """What the proxy's process holds."""

    rss: int
    """Bytes of memory, as the system counts."""
    python: int
    """Bytes that Python has allocated since the start."""
    files: int
    """File descriptors: sockets and all else."""
    tasks: int
    """Tasks of the loop that are not done."""


def _held() -> Held:
    gc.collect()
    rss = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    files = len(os.listdir("/proc/self/fd"))
    return Held(rss, tracemalloc.get_traced_memory()[0], files, len(asyncio.all_tasks()))


class _Httpx:
    """httpx, whose client sends what Mistral has refused once more."""

    def __init__(self, httpx: Any) -> None:
        self._httpx = httpx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._httpx, name)

    def AsyncClient(self, **options: Any) -> Any:
        from mistral_sanitize.adapters.httpx import AsyncSanitizeTransport

        return self._httpx.AsyncClient(
            transport=AsyncSanitizeTransport(retry_refused=True), **options
        )


def serve(upstream: str, *, way_back: bool) -> None:
    """The proxy, on a port that it prints, with ``/probe`` beside it. Does not come back."""
    import httpx
    import uvicorn

    path = ROOT / "docs/examples/proxy.py"
    spec = importlib.util.spec_from_file_location("docs_examples_proxy", path)
    assert spec is not None
    assert spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    # Long enough for an upstream that waits until its client has the first event.
    vars(example)["TIMEOUT"] = httpx.Timeout(5, read=6 if way_back else 1.5)
    if way_back:
        vars(example)["httpx"] = _Httpx(httpx)
    proxy = example.create_app(upstream, completions="openai" if way_back else None)
    for middleware in proxy.user_middleware:
        if "completions" in middleware.kwargs:
            middleware.kwargs["restore"] = way_back

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != "/probe":
            await proxy(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": as_body(_held()._asdict())})

    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # of clients that were reset
    tracemalloc.start()
    with socket.create_server((HOST, 0), backlog=256) as listener:
        print(listener.getsockname()[1], flush=True)
        config = uvicorn.Config(app, log_level="critical", loop="asyncio", timeout_keep_alive=2)
        uvicorn.Server(config).run([listener])


# -- the clients ----------------------------------------------------------------------------------


@dataclass
class Wire:
    """A connection to the proxy."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> str:
        """The status of the answer that comes, ``cut`` behind it where it has no end."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        status = head.split(b" ", 2)[1].decode()
        try:
            if b"transfer-encoding: chunked" in head.lower():
                while size := int(await self.reader.readuntil(b"\r\n"), 16):
                    await self.reader.readexactly(size + 2)
                await self.reader.readexactly(2)
            else:
                length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
                await self.reader.readexactly(int(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            return f"{status} cut"
        return status


def head(length: int | None, *lines: str, path: str = CHAT) -> bytes:
    """A request's head; chunked where there is no length."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    said = [f"POST {path} HTTP/1.1", "Host: proxy", "Content-Type: application/json",
            "Authorization: Bearer key", framing, *lines]  # fmt: skip
    return ("\r\n".join(said) + "\r\n\r\n").encode()


Act = Callable[[Wire], Awaitable[str]]


class Kind(NamedTuple):
    """Something that clients do: how often among all, and what may come of it."""

    weight: int
    outcomes: frozenset[str]
    act: Act


def _whole(body: bytes, *lines: str, path: str = CHAT) -> Act:
    async def act(wire: Wire) -> str:
        await wire.send(head(len(body), *lines, path=path) + body)
        return await wire.answer()

    return act


def _faulty(fault: str, payload: Any = DIRTY) -> Act:
    return _whole(as_body(payload), f"x-fault: {fault}")


def _chunked(body: bytes, *, ends: bool = True) -> Act:
    async def act(wire: Wire) -> str:
        await wire.send(head(None))
        for at in range(0, len(body), 20):
            part = body[at : at + 20]
            await wire.send(b"%x\r\n%b\r\n" % (len(part), part))
        if not ends:
            return _gone(wire)
        await wire.send(b"0\r\n\r\n")
        return await wire.answer()

    return act


def _gone(wire: Wire) -> str:
    reset(wire.writer)
    return "gone"


def _half(body: bytes, *, hard: bool) -> Act:
    async def act(wire: Wire) -> str:
        await wire.send(head(len(body)) + body[: len(body) // 2])
        await asyncio.sleep(0.02)
        if hard:
            return _gone(wire)
        wire.writer.write_eof()
        return await wire.answer()

    return act


async def _slowly(wire: Wire) -> str:
    body = as_body(DIRTY)
    await wire.send(head(len(body)))
    for at in range(0, len(body), 30):
        await wire.send(body[at : at + 30])
        await asyncio.sleep(0.03)
    return await wire.answer()


async def _leaves_mid_stream(wire: Wire) -> str:
    body = as_body({**DIRTY, "stream": True})
    await wire.send(head(len(body)) + body)
    await wire.reader.readuntil(b"data:")
    return _gone(wire)


async def _leaves_unanswered(wire: Wire) -> str:
    body = as_body(DIRTY)
    await wire.send(head(len(body), "x-fault: slow") + body)
    await asyncio.sleep(0.05)
    return _gone(wire)


async def _pipelines(wire: Wire) -> str:
    body = as_body(DIRTY)
    await wire.send((head(len(body)) + body) * 3)
    return "+".join([await wire.answer() for _ in range(3)])


async def _announces_much(wire: Wire) -> str:
    await wire.send(head(1 << 30) + b"{")
    return await wire.answer()


async def _says_less(wire: Wire) -> str:
    body = as_body(DIRTY)
    await wire.send(head(len(body) - 10) + body)
    return await wire.answer()


def _kind(weight: int, outcomes: str, act: Act) -> Kind:
    return Kind(weight, frozenset(outcomes.split(" | ")), act)


_STREAM = {**DIRTY, "stream": True}
_LARGE = as_body({**DIRTY, "messages": [{"role": "user", "content": "x" * (2 << 20)}]})
_BOMB = gzip.compress(b'{"x":"' + b" " * (80 << 20) + b'"}', 9)
_BAD_GATEWAY = "502"

KINDS: Final[dict[str, Kind]] = {
    "clean": _kind(12, "200", _whole(as_body(PAYLOAD))),
    "dirty": _kind(20, "200", _whole(as_body(DIRTY))),
    "dirty, streamed": _kind(12, "200", _whole(as_body(_STREAM))),
    "dirty, gzip": _kind(4, "200", _whole(gzip.compress(as_body(DIRTY)), "Content-Encoding: gzip")),
    "dirty, in chunks": _kind(4, "200", _chunked(as_body(DIRTY))),
    "dirty, slowly": _kind(3, "200", _slowly),
    "three at once": _kind(3, "200+200+200", _pipelines),
    "refused by Mistral": _kind(4, "422", _whole(as_body({"model": "mistral-small-latest"}))),
    "another path": _kind(3, "404", _whole(as_body(DIRTY), path="/v1/nothing")),
    "2 MB": _kind(2, "200", _whole(_LARGE)),
    "no JSON": _kind(4, "400", _whole(b"{no json")),
    "no object": _kind(2, "400", _whole(b"[1, 2]")),
    "100,000 levels": _kind(1, "400", _whole(b"[" * 100_000)),
    "no gzip": _kind(2, "400", _whole(as_body(DIRTY), "Content-Encoding: gzip")),
    "a bomb": _kind(1, "413", _whole(_BOMB, "Content-Encoding: gzip")),
    "an unknown coding": _kind(
        2, "400", _whole(as_body(DIRTY), "Content-Encoding: compress")),  # Mistral's answer
    "1 GB announced": _kind(2, "413", _announces_much),
    "less announced than sent": _kind(2, "400", _says_less),
    "half a body, then an end": _kind(3, "closed | 400 | 502", _half(as_body(DIRTY), hard=False)),
    "half a body, then a reset": _kind(4, "gone", _half(as_body(DIRTY), hard=True)),
    "half a large body, then a reset": _kind(1, "gone", _half(_LARGE, hard=True)),
    "half of the chunks, then a reset": _kind(3, "gone", _chunked(as_body(DIRTY), ends=False)),
    "gone while it waits": _kind(4, "gone", _leaves_unanswered),
    "gone in the stream": _kind(6, "gone", _leaves_mid_stream),
    "upstream slow": _kind(4, "200", _faulty("slow")),
    "upstream silent": _kind(1, "504", _faulty("silent")),
    "upstream reset": _kind(4, _BAD_GATEWAY, _faulty("reset")),
    "upstream reset at once": _kind(
        2, _BAD_GATEWAY, _faulty("reset before the body is read")),
    "upstream reset in the stream": _kind(
        4, "200 cut", _faulty("reset in the stream", _STREAM)),
    "upstream closed": _kind(2, _BAD_GATEWAY, _faulty("closed")),
    "upstream garbage": _kind(2, _BAD_GATEWAY, _faulty("garbage")),
    "upstream short": _kind(2, "200 cut", _faulty("short")),
}  # fmt: skip
"""What clients do, and what may come of it: a status, ``cut`` after an answer without an end,
``closed`` for a connection that was closed without one, ``gone`` for a client that did not wait."""


# -- the way back ---------------------------------------------------------------------------------

_UPSTREAM: Final = Upstream()
_TOKENS: Final = itertools.count()


async def _mapped(wire: Wire, fault: str, has: bytes, lacks: bytes) -> str:
    """The status of a completion that is, or is not, in OpenAI's shape."""
    body = as_body({**_STREAM, "n": 1})
    await wire.send(head(len(body), f"x-fault: {fault}", "Connection: close") + body)
    answer = await wire.reader.read(-1)
    status = answer.split(b" ", 2)[1].decode()
    return status if has in answer and lacks not in answer else f"{status} not mapped"


def _maps(fault: str, has: bytes = b"reasoning_content", lacks: bytes = b'"thinking":') -> Act:
    return lambda wire: _mapped(wire, fault, has, lacks)


async def _sees_the_first(wire: Wire) -> str:
    """Reads the first event, which the upstream waits for before it sends the second."""
    token, body = str(next(_TOKENS)), as_body(_STREAM)
    seen = _UPSTREAM.seen.setdefault(token, asyncio.Event())
    try:
        await wire.send(head(len(body), "x-fault: waits", f"x-token: {token}",
                             "Connection: close") + body)  # fmt: skip
        await wire.reader.readuntil(b"data:")
        seen.set()
        rest = await wire.reader.read(-1)
    finally:
        del _UPSTREAM.seen[token]
    return "200" if b"[DONE]" in rest else "buffered"


async def _reads_slowly(wire: Wire) -> str:
    body = as_body(_STREAM)
    await wire.send(head(len(body), "x-fault: many events", "Connection: close") + body)
    answer = bytearray()
    while part := await wire.reader.read(100_000):
        answer += part
        await asyncio.sleep(0.02)
    return "200" if b"[DONE]" in answer else "200 cut"


async def _cancels(wire: Wire) -> str:
    body = as_body(_STREAM)
    await wire.send(head(len(body), "x-fault: many events") + body)
    await wire.reader.readuntil(b"data:")
    return _gone(wire)


WAY_BACK: Final[dict[str, Kind]] = {
    **KINDS,
    "a list is mapped": _kind(8, "200", _maps("a list")),
    "a list, gzip": _kind(4, "200", _maps("a list, gzip")),
    "a list, cut gzip": _kind(2, "200", _faulty("a list, cut gzip")),
    "a list, no gzip": _kind(2, "200", _faulty("a list, no gzip")),
    "events are mapped": _kind(8, "200", _maps("events")),
    "events, gzip": _kind(4, "200", _maps("events, gzip")),
    "events, cut gzip": _kind(2, "200", _faulty("events, cut gzip")),
    "events, no gzip": _kind(2, "200 cut", _faulty("events, no gzip")),
    "events cut in a line": _kind(2, "200", _maps("events cut in a line")),
    "the first event at once": _kind(6, "200", _sees_the_first),
    "reads slowly": _kind(2, "200", _reads_slowly),
    "gone in many events": _kind(4, "gone", _cancels),
    "refused, and repaired": _kind(6, "200", _maps("refuses")),
}
"""The kinds with ``--way-back``."""


async def _act(port: int, kind: Kind) -> str:
    """What comes of it."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return "not accepted"
    try:
        return await asyncio.wait_for(kind.act(Wire(reader, writer)), PATIENCE)
    except asyncio.IncompleteReadError:
        return "closed"
    except ConnectionError:
        return "reset"
    except asyncio.TimeoutError:  # another class before Python 3.11
        return "never answered"
    finally:
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()


# -- the soak -------------------------------------------------------------------------------------


@dataclass
class Soaked:
    """What came of it."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By kind and outcome."""
    held: list[Held] = field(default_factory=list)
    """What the proxy held when it had nothing to do: warm, in the middle, at the end."""
    kinds: dict[str, Kind] = field(default_factory=lambda: KINDS)
    highest: int = 0
    """Bytes of the process's memory, at most, when it was asked under load."""

    @property
    def requests(self) -> int:
        return self.outcomes.total()

    @property
    def unexpected(self) -> dict[tuple[str, str], int]:
        """Outcomes that are not to be."""
        return {
            (kind, outcome): count
            for (kind, outcome), count in self.outcomes.items()
            if outcome not in self.kinds[kind].outcomes
        }

    @property
    def leaks(self) -> list[str]:
        """What has grown."""
        warm, end = self.held[0], self.held[-1]
        found = []
        for name, bound in (("rss", GROWTH), ("python", PYTHON), ("files", 0), ("tasks", 0)):
            grown = getattr(end, name) - getattr(warm, name)
            if grown > bound:
                found.append(f"{name} grew by {grown:,}")
        return found

    def table(self) -> str:
        """All of it, for people."""
        lines = [f"{self.requests:,} requests"]
        for kind in self.kinds:
            counts = {o: c for (k, o), c in sorted(self.outcomes.items()) if k == kind}
            said = ", ".join(f"{outcome} x {count:,}" for outcome, count in counts.items())
            lines.append(f"  {kind:34}{said}")
        lines.append(f"  {'held by the proxy when idle':34}{'warm':>12}{'middle':>12}{'end':>12}")
        for name in Held._fields:
            row = [getattr(held, name) for held in self.held]
            cells = [f"{v / 1e6:.1f} MB" if name in ("rss", "python") else str(v) for v in row]
            lines.append(f"  {name:34}" + "".join(f"{cell:>12}" for cell in cells))
        lines.append(f"  highest rss under load: {self.highest / 1e6:.1f} MB")
        lines += [f"  UNEXPECTED: {what}: {count}" for what, count in self.unexpected.items()]
        lines += [f"  LEAK: {leak}" for leak in self.leaks]
        return "\n".join(lines)


async def _probe(port: int) -> Held:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"GET /probe HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return Held(**json.loads(answer.partition(b"\r\n\r\n")[2].split(b"\r\n")[1]))


async def _idle(port: int) -> Held:
    """What the proxy holds once it holds no less any more."""
    # httpx closes connections that nobody has used for 5 seconds when it is next asked for one.
    await asyncio.sleep(6)
    assert await _act(port, KINDS["clean"]) == "200"
    held = await _probe(port)
    calm = 0
    while calm < 3:
        await asyncio.sleep(0.5)
        now = await _probe(port)
        calm = 0 if now.files < held.files or now.tasks < held.tasks else calm + 1
        held = now
    return held


async def soak(seconds: float, seed: int = 0, *, way_back: bool = False) -> Soaked:
    """Soak for so long, beside the time in which the proxy is left alone."""
    draw = random.Random(seed)
    kinds = WAY_BACK if way_back else KINDS
    found = Soaked(kinds=kinds)
    weights = [kind.weight for kind in kinds.values()]
    server = await asyncio.start_server(_UPSTREAM, HOST, 0, limit=1 << 23, backlog=256)
    upstream = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    proxy = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.tools.soak", "--serve", upstream,
        *(["--way-back"] if way_back else []), cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert proxy.stdout is not None

    async def act(name: str) -> None:
        found.outcomes[name, await _act(port, kinds[name])] += 1

    async def client(end: float) -> None:
        while loop.time() < end:
            (name,) = draw.choices(list(kinds), weights)
            await act(name)

    async def phase(length: float) -> None:
        await asyncio.gather(*map(act, kinds))  # each at least once, however short the time
        end = loop.time() + length
        clients = [asyncio.ensure_future(client(end)) for _ in range(CLIENTS)]
        while loop.time() < end:
            await asyncio.sleep(min(2.0, length))
            found.highest = max(found.highest, (await _probe(port)).rss)
        await asyncio.gather(*clients)
        found.held.append(await _idle(port))

    try:
        loop = asyncio.get_running_loop()
        port = int(await asyncio.wait_for(proxy.stdout.readline(), PATIENCE))
        for part in (0.2, 0.4, 0.4):
            await phase(part * seconds)
    finally:
        proxy.terminate()
        await proxy.wait()
        server.close()
    return found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--way-back", action="store_true", help="map and restore completions, too")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, way_back=options.way_back)
        return 0
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # of clients that were reset
    found = asyncio.run(soak(options.minutes * 60, options.seed, way_back=options.way_back))
    print(found.table())
    return 1 if found.unexpected or found.leaks else 0


if __name__ == "__main__":
    sys.exit(main())
