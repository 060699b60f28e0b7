"""What was changed, and what Mistral would still refuse: `Change`, `Report`, `Problem`.

Only immutable values live here, and the RFC 6901 pointers that name a place. Payloads are private
and reports get logged: no value of a payload is ever in a `repr` or a `str` of these. Keys are, as
parts of a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

__all__ = ["Change", "Problem", "Report", "pointer"]


_FLOATS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def key_text(key: object) -> str:
    """A key as `json.dumps` writes it: ``1`` is ``"1"``, ``True`` is ``"true"``."""
    if isinstance(key, str):
        return str.__str__(key)
    if key is True:
        return "true"
    if key is False:
        return "false"
    if key is None:
        return "null"
    if isinstance(key, int):
        try:
            return int.__repr__(key)
        except ValueError:  # more digits than Python writes: `json.dumps` refuses it too
            return "<int>"
    if isinstance(key, float):
        return _FLOATS.get(float.__repr__(key), float.__repr__(key))
    return f"<{type(key).__name__}>"


def pointer(path: Iterable[object]) -> str:
    """The RFC 6901 JSON Pointer of a path of keys and indexes: ``("a", 0)`` is ``"/a/0"``."""
    return "".join([
        f"/{key}"
        if (type(key) is str and key.isidentifier()) or (type(key) is int and 0 <= key < 10**9)
        else _token(key)
        for key in path
    ])  # fmt: skip


def _token(key: object) -> str:
    return "/" + key_text(key).replace("~", "~0").replace("/", "~1")


def printable(text: str) -> str:
    """`text` with what a terminal or a log would act on, or cannot encode, escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


_SHOWN = 200


def shown(path: str, from_path: str | None = None) -> str:
    """A place for a line of a log or a table: printable, and short however long a key is."""
    if len(path) > _SHOWN:
        path = path[: _SHOWN - 1] + "…"
    return printable(path) if from_path is None else f"{shown(from_path)} -> {printable(path)}"


@dataclass(frozen=True, slots=True)
class Change:
    """One operation that `sanitize` did, as JSON Patch (RFC 6902) would write it, and why.

    Changes are in the order in which they were made, and each path is valid at that moment: if an
    earlier change inserted a message, later paths count it.
    """

    op: Literal["add", "remove", "replace", "move"]
    path: str
    """Where (RFC 6901)."""
    from_path: str | None
    """Where a ``move`` took the value from, else ``None``."""
    rule: str
    """The id of the rule that asked for it."""
    reason: str
    """One line that says why, in general terms."""
    lossy: bool
    """Whether information that the user wrote is nowhere in the result."""
    before: Any = field(default=None, repr=False)
    """The value removed or replaced; ``None`` for ``add`` and ``move``."""
    after: Any = field(default=None, repr=False)
    """The value added or put in place; ``None`` for ``remove`` and ``move``."""

    def __str__(self) -> str:
        mark = " (lossy)" if self.lossy else ""
        return f"{self.op} {shown(self.path, self.from_path)}: {self.reason} [{self.rule}]{mark}"


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What `explain` found: the clean payload, and every change that leads to it.

    True when anything changed. For `restore`, `names` and `ids` map the function names and
    tool-call ids in `payload` back to the caller's own.
    """

    payload: dict[str, Any] = field(repr=False)
    """What Mistral accepts; the argument itself when there was nothing to do."""
    changes: tuple[Change, ...]
    """Every change, in the order done."""
    _names: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    _ids: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.changes)

    @property
    def names(self) -> Mapping[str, str]:
        """Function names in `payload` that are not the caller's, each with the caller's."""
        return MappingProxyType(dict(self._names))

    @property
    def ids(self) -> Mapping[str, str]:
        """Tool-call ids in `payload` that are not the caller's, each with the caller's."""
        return MappingProxyType(dict(self._ids))

    @property
    def lossy(self) -> tuple[Change, ...]:
        """The changes after which something that the user wrote is nowhere in `payload`."""
        return tuple(change for change in self.changes if change.lossy)

    def as_json_patch(self) -> list[dict[str, Any]]:
        """The changes as an RFC 6902 document, which turns the argument into `payload`.

        Its values are those of the payload, not copies.
        """
        return [_operation(change) for change in self.changes]

    def __str__(self) -> str:
        if not self.changes:
            return "nothing to change"
        rows = [_row(change) for change in self.changes]
        wide = [max(len(row[i]) for row in rows) for i in range(4)]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, wide, strict=True)) for row in rows
        ]
        lost = len(self.lossy)
        total = f"{len(rows)} change{'s' if len(rows) != 1 else ''}"
        tail = f", {lost} of them lossy (marked !)" if lost else ", nothing lost"
        return "\n".join([f"{total}{tail}", *(line.rstrip() for line in lines)])


def _operation(change: Change) -> dict[str, Any]:
    if change.op == "move":
        return {"op": "move", "from": change.from_path, "path": change.path}
    if change.op == "remove":
        return {"op": "remove", "path": change.path}
    return {"op": change.op, "path": change.path, "value": change.after}


def _row(change: Change) -> tuple[str, str, str, str]:
    mark = "!" if change.lossy else " "
    return (f"{mark} {change.op}", shown(change.path, change.from_path), change.rule, change.reason)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that Mistral would refuse, in the words of its own response if they are known.

    `status` is that of the response: 422 for a violation of the schema, 400 for a rule that the
    schema does not show.
    """

    path: str
    """Where (RFC 6901)."""
    code: str
    """The ``code`` of a 400 (``"3230"``), the ``type`` of a 422's entry (``"extra_forbidden"``)."""
    words: str
    """The message, with ``{}`` where Mistral's response quotes a value of the request."""
    status: int = 422
    type: str = ""
    """The ``type`` of Mistral's response (``"invalid_request_message_order"``) or its entry."""
    loc: tuple[str | int, ...] = ()
    """The ``loc`` of a 422's entry, as Mistral's response writes it; empty for a 400."""
    quoted: str | None = field(default=None, repr=False)
    """The value that Mistral's response quotes, never in a `repr` or `str`."""

    @property
    def message(self) -> str:
        """What Mistral's response would say, the quoted value included."""
        return self.words if self.quoted is None else self.words.replace("{}", self.quoted, 1)

    def __str__(self) -> str:
        return f"{shown(self.path) or '/'}: {self.words.replace('{}', '…', 1)} [{self.code}]"
