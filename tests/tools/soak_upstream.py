"""The upstream of the soak: answers as Mistral would, or as badly as ``x-fault`` tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import io
import json
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

from mistral_sanitize.testing import StrictMistral

__all__ = ["Upstream", "as_body", "reset"]


def as_body(payload: Any) -> bytes:
    """A payload as JSON."""
    return json.dumps(payload).encode()


class Upstream:
    """Answers as Mistral would, or as badly as it is told to."""

    def __init__(self) -> None:
        self.mistral = StrictMistral()
        self.seen: dict[str, asyncio.Event] = {}
        """By ``x-token``, whether a client has the first event."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._exchange(reader, writer):
                pass
        with contextlib.suppress(OSError):
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request; whether the connection lives on."""
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        fault = fields.get("x-fault", "")
        if fault == "reset before the body is read":
            return reset(writer)
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        if fault == "reset":
            return reset(writer)
        if fault == "closed":
            return False
        if fault == "silent":
            await asyncio.sleep(9)
            return False
        if fault == "garbage":
            writer.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
            return False
        await asyncio.sleep(0.3 if fault == "slow" else 0)
        status, headers, parts = self._answer(first.split(" ")[1], fields, body)
        if fault in _MAPPED:
            status, headers, parts = _MAPPED[fault](body)
        if fault == "short":
            writer.write(
                f"HTTP/1.1 200 OK\r\nContent-Length: {len(parts[0]) + 50}\r\n\r\n".encode()
            )
            writer.write(parts[0])
            return False
        writer.write(f"HTTP/1.1 {status}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n".encode())
        for at, part in enumerate(parts):
            if fault == "reset in the stream" and at == 2:
                return reset(writer)
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
            await writer.drain()
            if fault == "waits" and at == 0 and not await self._is_seen(fields["x-token"]):
                return reset(writer)
            await asyncio.sleep(0.02 if len(parts) > 1 else 0)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _is_seen(self, token: str) -> bool:
        """Whether the client has what was sent so far before the proxy's patience ends."""
        try:
            await asyncio.wait_for(self.seen.setdefault(token, asyncio.Event()).wait(), 5)
        except asyncio.TimeoutError:  # another class before Python 3.11
            return False
        return True

    def _answer(
        self, path: str, fields: dict[str, str], body: bytes
    ) -> tuple[str, str, tuple[bytes, ...]]:
        answered: list[Any] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": "Bearer any",
            "HTTP_CONTENT_ENCODING": fields.get("content-encoding", ""),
            "wsgi.input": io.BytesIO(body),
        }
        parts = tuple(self.mistral.wsgi(environ, lambda *args: answered.append(args)))
        self.mistral.clear()
        status, headers = answered[0]
        kept = [f"{name}: {value}\r\n" for name, value in headers if name != "content-length"]
        return status, "".join(kept), parts


_Mapped = tuple[str, str, tuple[bytes, ...]]
_JSON: Final = "Content-Type: application/json\r\n"
_EVENTS: Final = "Content-Type: text/event-stream\r\n"
_GZIP: Final = "Content-Encoding: gzip\r\n"
_SAID: Final = [
    {"type": "thinking", "thinking": [{"type": "text", "text": "Hm. " * 50}]},
    {"type": "text", "text": "Yes. " * 50},
    {"type": "reference", "reference_ids": [1]},
]
_CHOICE: Final = {"index": 0, "message": {"role": "assistant", "content": _SAID},
                  "finish_reason": "stop"}  # fmt: skip
_COMPLETION: Final = as_body({"id": "c", "object": "chat.completion", "choices": [_CHOICE]})


def _event(content: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": None}
    return b"data: " + as_body({"id": "c", "choices": [choice]}) + b"\n\n"


_STREAMED: Final = (*(_event([each]) for each in _SAID), b"data: [DONE]\n\n")
_PRESSED: Final = gzip.compress(b"".join(_STREAMED), mtime=0)
_PIECES: Final = tuple(_PRESSED[at : at + 40] for at in range(0, len(_PRESSED), 40))
_LONG: Final = (*(_event(["x" * 8000]) for _ in range(250)), b"data: [DONE]\n\n")


def _refused(body: bytes) -> _Mapped:
    """A refusal of one field, until it is gone."""
    if b'"n"' not in body:
        return "200 OK", _JSON, (_COMPLETION,)
    entry = {"type": "extra_forbidden", "loc": ["body", "n"], "msg": "no", "input": 1}
    return "422 Unprocessable Entity", _JSON, (as_body({"detail": [entry]}),)


_MAPPED: Final[dict[str, Callable[[bytes], _Mapped]]] = {
    "a list": lambda body: ("200 OK", _JSON, (_COMPLETION,)),
    "a list, gzip": lambda body: ("200 OK", _JSON + _GZIP, (gzip.compress(_COMPLETION),)),
    "a list, cut gzip": lambda body: ("200 OK", _JSON + _GZIP, (gzip.compress(_COMPLETION)[:60],)),
    "a list, no gzip": lambda body: ("200 OK", _JSON + _GZIP, (_COMPLETION,)),
    "events": lambda body: ("200 OK", _EVENTS, _STREAMED),
    "events, gzip": lambda body: (
        "200 OK", _EVENTS + _GZIP, _PIECES),
    "events, cut gzip": lambda body: ("200 OK", _EVENTS + _GZIP, (_PRESSED[:60],)),
    "events, no gzip": lambda body: ("200 OK", _EVENTS + _GZIP, _STREAMED),
    "events cut in a line": lambda body: ("200 OK", _EVENTS, (*_STREAMED[:1], _STREAMED[1][:30])),
    "many events": lambda body: ("200 OK", _EVENTS, _LONG),
    "waits": lambda body: ("200 OK", _EVENTS, _STREAMED),
    "refuses": _refused,
}  # fmt: skip
"""What an upstream answers with when told to by ``x-fault``."""


def reset(writer: asyncio.StreamWriter) -> bool:
    """Ends a connection the hard way."""
    sock = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False
