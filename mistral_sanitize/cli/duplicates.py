"""Finds each ``custom_id`` that occurs twice, among any number of lines, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from heapq import merge
from tempfile import TemporaryFile
from typing import BinaryIO

__all__ = ["Duplicates", "record"]

_HASH = 12
_RECORD = _HASH + 8
_PIECE = 256 * _RECORD
"""Bytes of a run that are read at once: of each of them at the end, so they are to be few."""


def record(custom_id: str, place: tuple[int, int]) -> bytes:
    """A custom_id and the place where it stands, as `Duplicates` keeps them.

    96 bits: of a thousand million ids, two look alike with a chance of one in 10^11.
    """
    digest = blake2b(custom_id.encode("utf-8", "surrogatepass"), digest_size=_HASH).digest()
    index, line = place
    return digest + (index << 48 | line).to_bytes(8, "big")


class Duplicates:
    """Finds what stands twice among any number of records, in bounded memory: sorted runs in a
    temporary file without a name, merged at the end.
    """

    def __init__(self, run: int = 1 << 15) -> None:
        self._run = run
        self._recent: list[bytes] = []
        self._file: BinaryIO | None = None
        self._runs: list[tuple[int, int]] = []

    def add(self, records: bytes) -> None:
        """Takes note of some records."""
        self._recent += [records[i : i + _RECORD] for i in range(0, len(records), _RECORD)]
        if len(self._recent) >= self._run:
            self._recent.sort()
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115  # see close()
            start = self._file.tell()
            self._runs.append((start, start + self._file.write(b"".join(self._recent))))
            self._recent.clear()

    def close(self) -> None:
        """Gives the temporary file back."""
        if self._file is not None:
            self._file.close()

    def found(self) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """The place of each id that stood before, and where it stood first; in no order."""
        self._recent.sort()
        digest, first = b"", 0
        for entry in merge(self._recent, *(self._read(*run) for run in self._runs)):
            place = int.from_bytes(entry[_HASH:], "big")
            if entry[:_HASH] == digest:
                yield _place(place), _place(first)
            else:
                digest, first = entry[:_HASH], place

    def _read(self, start: int, end: int) -> Iterator[bytes]:
        file = self._file
        assert file is not None
        for at in range(start, end, _PIECE):
            file.seek(at)
            piece = file.read(min(_PIECE, end - at))
            yield from (piece[i : i + _RECORD] for i in range(0, len(piece), _RECORD))


def _place(packed: int) -> tuple[int, int]:
    return packed >> 48, packed & (1 << 48) - 1
