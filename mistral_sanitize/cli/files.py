"""The command line's files: what they hold, how they are read, how they are written.

An output file appears whole or not at all: it is written beside its place under another name, and
renamed at the end.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EBADF
from io import BytesIO
from shutil import copymode
from typing import BinaryIO, Final, TextIO

from mistral_sanitize._json import InvalidBodyError, decode

__all__ = ["STDIN", "Input", "line_of", "opened", "size_of", "stdin", "stdout", "written"]

STDIN: Final = "<stdin>"
"""What reports call standard input."""

_BOM: Final = b"\xef\xbb\xbf"
_WIDE_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")
_LINE_SUFFIXES: Final = (".jsonl", ".ndjson")


@dataclass(slots=True)
class Input:
    """An open file, of which the first lines have been read to see what it holds."""

    name: str
    index: int
    file: BinaryIO
    live: bool
    """Whether it is a pipe or a terminal, where more may come at any time."""
    head: list[bytes]
    lines: bool
    """Whether it has one payload a line; else it is one JSON document."""

    def text(self) -> bytes:
        """All of it."""
        return b"".join(self.head) + self.file.read()

    def pieces(self, size: int) -> Iterator[list[bytes]]:
        """Its lines, so many bytes at a time or a little more; without a byte order mark."""
        if self.head:
            if not self.live:
                self.head += self.file.readlines(size)
            yield self._unmarked()
        while piece := self.file.readlines(size):
            yield piece

    def arrivals(self, size: int) -> Iterator[list[bytes]]:
        """The same, but never waiting for more when a line is there: those that came together."""
        if self.head:
            yield self._unmarked()
        begun: list[bytes] = []
        # `BinaryIO` does not have it, and every stream for bytes that is buffered does
        read1: Callable[[int], bytes] = self.file.read1  # type: ignore[attr-defined]
        while piece := read1(size):
            end = piece.rfind(b"\n") + 1
            if end:
                yield BytesIO(b"".join([*begun, piece[:end]])).readlines()
                begun.clear()
            begun.append(piece[end:])
        if rest := b"".join(begun):
            yield [rest]

    def _unmarked(self) -> list[bytes]:
        # RFC 8259, 8.1: JSON text that is sent has no byte order mark.
        return [self.head[0].removeprefix(_BOM), *self.head[1:]]


@contextmanager
def opened(path: str, index: int, lines: bool | None) -> Iterator[Input]:
    """A file by its path, or standard input by ``-``.

    `lines` says whether it has one payload a line; ``None``: see for yourself.
    """
    if path == "-":
        yield _sniffed(STDIN, index, stdin(), lines)
    else:
        with open(path, "rb") as file:
            yield _sniffed(path, index, file, lines)


def stdin() -> BinaryIO:
    """Standard input, for bytes."""
    return _buffer(sys.stdin, STDIN)


def stdout() -> BinaryIO:
    """Standard output, for bytes."""
    return _buffer(sys.stdout, "<stdout>")


def _buffer(stream: TextIO | None, name: str) -> BinaryIO:
    if stream is None:  # the shell's <&- or >&-
        raise OSError(EBADF, os.strerror(EBADF), name)
    return stream.buffer


def size_of(path: str) -> int | None:
    """The bytes of a file, if it is one whose size is known."""
    try:
        status = os.fstat(stdin().fileno()) if path == "-" else os.stat(path)
    except (OSError, ValueError):
        return None  # a standard input that is no file at all
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _sniffed(name: str, index: int, file: BinaryIO, lines: bool | None) -> Input:
    head: list[bytes] = []
    found = Input(name, index, file, size_of("-" if name == STDIN else name) is None, head, False)
    if lines is None and name.lower().endswith(_LINE_SUFFIXES):
        lines = True
    if lines is None:
        found.lines = _has_lines(file, head)
    elif lines:
        found.lines = True
        head += filter(None, [file.readline()])
    return found


def _has_lines(file: BinaryIO, head: list[bytes]) -> bool:
    """Whether the first line that is not blank is a JSON text, with another after it.

    No JSON text goes on after its end, so this is no guess.
    """
    if not _next(file, head) or head[0].startswith(_WIDE_BOMS):
        return False
    try:
        decode(head[-1].removeprefix(_BOM))
    except InvalidBodyError as error:
        if error.position is not None:
            return False
        # else it is JSON, or what no more lines could make whole
    return _next(file, head)


def _next(file: BinaryIO, head: list[bytes]) -> bool:
    """Reads until a line that is not blank; whether there is one."""
    while line := file.readline():
        head.append(line)
        if line.removeprefix(_BOM).strip():
            return True
    return False


def line_of(text: bytes, position: int | None) -> int:
    """The number of the line, from 1, in which a position of `InvalidBodyError` is."""
    if position is None:
        return 1
    try:
        # As `json.loads` reads bytes, which is where positions come from.
        characters = text.decode(json.detect_encoding(text), "surrogatepass")
    except UnicodeDecodeError:
        return text.count(b"\n", 0, position) + 1
    return characters.count("\n", 0, position) + 1


@contextmanager
def written(path: str) -> Iterator[BinaryIO]:
    """A file to write, which is in its place once this ends well, and else was never there.

    What is there already keeps its mode, a link stays a link, and what is no file (a pipe,
    ``/dev/null``) is written to directly.
    """
    place = os.path.realpath(path)
    exists = os.path.exists(place)
    if exists and not os.path.isfile(place):
        with open(place, "wb") as file:
            yield file
        return
    folder, name = os.path.split(place)
    temporary = os.path.join(folder, f".{name[:200]}.{secrets.token_hex(4)}.tmp")
    try:
        file = open(temporary, "xb")  # noqa: SIM115  # its name in an error is not to be seen
    except OSError as error:
        error.filename = path  # the name that the user knows
        raise
    try:
        with file:
            yield file
        if exists:
            copymode(place, temporary)
        os.replace(temporary, place)
    except BaseException:
        with suppress(FileNotFoundError):  # interrupted just after the renaming
            os.unlink(temporary)
        raise
