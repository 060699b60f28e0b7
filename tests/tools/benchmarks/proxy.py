"""What the ASGI middleware adds to a request: ``python -m tests.tools.benchmarks.proxy``.

Two uvicorns on loopback serve the same application, which reads the body and answers; one has the
middleware. One client asks them in turns on kept connections, so that each pair of requests meets
the same machine; then several clients ask each for some seconds. Needs uvicorn.
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter, sleep
from typing import Any

from tests.tools.benchmarks.measure import ROOT
from tests.tools.benchmarks.payloads import CHAT, agent, body_of, chat

BODIES = {
    "20 messages, clean": chat(20),
    "20 messages, dirty": chat(20, dirty=True),
    "200 messages, clean": chat(200),
    "200 messages, dirty": chat(200, dirty=True),
    "agent, 250 messages, clean": agent(250),
}


async def plain(scope: Any, receive: Any, send: Any) -> None:
    """Read the body, and answer."""
    assert scope["type"] == "http"
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


def sanitized() -> Any:
    """The same behind the middleware."""
    from mistral_sanitize.adapters.asgi import SanitizeMiddleware

    return SanitizeMiddleware(plain)


@contextmanager
def served(app: str, port: int, *options: str) -> Iterator[int]:
    """An application in a uvicorn of its own."""
    command = [sys.executable, "-m", "uvicorn", f"tests.tools.benchmarks.proxy:{app}", *options]
    command += ["--port", str(port), "--log-level", "warning", "--lifespan", "off"]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(200):
            try:
                ask(http.client.HTTPConnection("127.0.0.1", port), b"{}")
                break
            except OSError:
                sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def ask(connection: http.client.HTTPConnection, body: bytes) -> float:
    """Send one request; the seconds until its answer has been read."""
    start = perf_counter()
    connection.request("POST", CHAT, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status in (200, 400)
    return perf_counter() - start


def rate(port: int, body: bytes, clients: int, seconds: float) -> float:
    """Requests per second of so many clients at once."""
    end = perf_counter() + seconds

    def one(_: int) -> int:
        connection, count = http.client.HTTPConnection("127.0.0.1", port), 0
        while perf_counter() < end:
            ask(connection, body)
            count += 1
        return count

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(one, range(clients))) / seconds


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--port", type=int, default=18_471)
    options = parser.parse_args()
    print("| request | p50 | with | p99 | with | requests/s | with |")
    print("|---------|----:|-----:|----:|-----:|-----------:|-----:|")
    with (
        served("plain", options.port) as without,
        served("sanitized", options.port + 1, "--factory") as behind,
    ):
        ports = (without, behind)
        connections = [http.client.HTTPConnection("127.0.0.1", port) for port in ports]
        for name, payload in BODIES.items():
            body = body_of(payload)
            taken: list[list[float]] = [[], []]
            for turn in range(options.requests + 20):
                for at, connection in enumerate(connections):
                    seconds = ask(connection, body)
                    if turn >= 20:
                        taken[at].append(seconds)
            for times in taken:
                times.sort()
            cells = [f"{times[len(times) * q // 100] * 1e3:.2f} ms"
                     for q in (50, 99) for times in taken]  # fmt: skip
            cells += [f"{rate(port, body, 4, options.seconds):.0f}" for port in ports]
            print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
