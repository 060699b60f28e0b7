"""What cures the entries of a 422: `cure_entries`.

An entry has a ``type``, a ``loc`` and a ``msg``, as pydantic writes them. `CURES` says by the
``type`` what is done at the place that the ``loc`` names.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mistral_sanitize.report import Report
from mistral_sanitize.rules._loss import says_more, says_something
from mistral_sanitize.rules._parts import chunk_of
from mistral_sanitize.rules.names import ROLE_ALIASES
from mistral_sanitize.validation.cures import NEEDED, nearest_listed_effort
from mistral_sanitize.validation.edits import Edit, Edits, removal, report_of
from mistral_sanitize.validation.known import KNOWN_REFUSALS
from mistral_sanitize.validation.locations import (
    Path,
    Place,
    equals,
    find_place,
    steps_of,
    value_at,
)
from mistral_sanitize.validation.values import is_number

__all__ = ["CURES", "cure_entries"]

_MAX_WORDS: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Fault:
    """One entry of the response: its unions, and what cures it (``None``: nothing that we know)."""

    unions: tuple[tuple[Path, str], ...]
    cure: Edits | None


def cure_entries(payload: dict[str, Any], entries: Iterable[object]) -> Report | None:
    edits = _cure_all([_read_entry(payload, entry) for entry in entries], 0)
    # The same place may be named by several entries, and a place within another.
    by_path = {edit.path: edit for edit in edits or ()}
    tools = [edit for edit in by_path.values() if edit.rule == _NO_TOOL]
    others = [edit for edit in by_path.values() if edit.rule != _NO_TOOL]
    return report_of(payload, [*others, *_without_tools(payload, [edit.path[1] for edit in tools])])


def cure_extra_in_words(payload: dict[str, Any], found: re.Match[str]) -> Report | None:
    """What cures keys that are named in a sentence, each as a ``loc`` with points."""
    names = re.split(", ?", found[1] or found[2])
    return cure_entries(payload, [{"type": "extra_forbidden", "loc": name} for name in names])


_NO_TOOL: Final = "refused-tool"


def _without_tools(payload: dict[str, Any], indexes: list[int]) -> Edits:
    """The removal of these tools; with the last of them, of the list and what chooses among it."""
    if indexes and len(indexes) == len(payload["tools"]):
        keys = [key for key in ("tools", "tool_choice", "parallel_tool_calls") if key in payload]
        return tuple(removal(payload, (key,), _NO_TOOL) for key in keys)
    paths = [("tools", index) for index in sorted(indexes, reverse=True)]
    return tuple(removal(payload, path, _NO_TOOL) for path in paths)


def _cure_all(faults: list[_Fault], depth: int) -> Edits | None:
    """What cures every fault, or ``None``; `depth` unions are decided already.

    A value need fit only one member of a union, though each that it does not fit is reported: a
    part with an unknown key is one fault of the list's member, and one of ``content.str``. Of the
    members that can be cured, the one whose fault lies deepest is what was meant, since the others
    already stumble over the value's outside.
    """
    edits: list[Edit] = []
    members: dict[Path, dict[str, list[_Fault]]] = {}
    for fault in faults:
        if len(fault.unions) > depth:
            path, step = fault.unions[depth]
            members.setdefault(path, {}).setdefault(step, []).append(fault)
        elif fault.cure is None:
            return None
        else:
            edits.extend(fault.cure)
    for each in members.values():
        cures = [cure for same in each.values() if (cure := _cure_all(same, depth + 1)) is not None]
        if not cures:
            return None
        # A member that needs no cure is one that the value fits already.
        if () not in cures:
            edits.extend(max(cures, key=lambda cure: max(len(edit.path) for edit in cure)))
    return tuple(edits)


def _read_entry(payload: dict[str, Any], entry: object) -> _Fault:
    if not isinstance(entry, dict):
        return _Fault((), None)
    kind = entry.get("type")
    kind = kind if isinstance(kind, str) else _kind_by_words(_message(entry))
    cure = CURES.get(kind, _remove_null)
    steps = steps_of(entry.get("loc"))
    place = find_place(payload, steps)
    if place is not None and not (kind in _KIND_OF_TOOL and _other_tool(payload, place.path)):
        return _Fault(place.unions, cure(payload, place, entry))
    # The payload has no such place. If it should have one, this member of a union is not cured;
    # a key that is not there and should not be needs no cure.
    around = next(p for n in range(len(steps), -1, -1) if (p := find_place(payload, steps[:n])))
    if kind in _KIND_OF_TOOL and _other_tool(payload, around.path):
        return _Fault(around.unions, (removal(payload, around.path[:2], _NO_TOOL),))
    return _Fault(around.unions, () if cure is _remove_extra else None)


def _kind_by_words(message: str) -> str:
    """The type of an entry that a gateway has left its ``msg`` alone."""
    begun = [name for words, name in _BEGINNINGS if message.startswith(words)]
    return begun[0] if begun else ""


_BEGINNINGS: Final = sorted(
    ((row.words.split("%s")[0].split("{}")[0], name) for name, row in KNOWN_REFUSALS.items()
     if row.status == 422 and row.code == name),
    key=lambda each: -len(each[0]),
)  # fmt: skip
"""How the words of each type of entry begin, the longest first."""

_KIND_OF_TOOL: Final = frozenset((
    "enum", "literal_error", "missing", "union_tag_invalid", "union_tag_not_found",
))  # fmt: skip
"""The types of entry that say that a tool is of no kind that the schema has."""


def _other_tool(payload: dict[str, Any], path: Path) -> bool:
    """Whether a place is in a tool, or its type, that is not a function: ``web_search``.

    Of such a tool, one member of a union is said to be wrong and another to be missing; it can
    only go. A function's own faults are the caller's.
    """
    if len(path) not in (2, 3) or path[0] != "tools" or path[2:] not in ((), ("type",)):
        return False
    tool = value_at(payload, path[:2])
    kind = tool.get("type") if isinstance(tool, dict) else None
    return isinstance(kind, str) and kind != "function" and "function" not in tool


_Cure = Callable[[dict[str, Any], Place, Mapping[Any, Any]], Edits | None]


def _remove_extra(payload: dict[str, Any], place: Place, entry: Mapping[Any, Any]) -> Edits | None:
    path = place.path
    if not place.exact or _is_essential(payload, path):
        return None
    return (removal(payload, path, "refused-extra"),)


def _is_essential(payload: dict[str, Any], path: Path) -> bool:
    """Whether the object around `path` would be an empty one without that key.

    A response never asks for such a key's removal; one that seems to was misread.
    """
    key, parent = path[-1], value_at(payload, path[:-1])
    if isinstance(parent, (list, tuple)):
        return True
    if len(path) == 1:
        return key in ("model", "messages", "input", "prompt")
    if key in ("role", "content") or (key == "tool_calls" and parent.get("role") == "assistant"):
        return "role" in parent and says_something(parent[key])
    return equals(parent.get("type"), str(key))


def _clamp(word: str, beyond: Callable[[Any, Any], bool]) -> _Cure:
    """Clamps to the bound that the entry gives under `word` of its ``ctx``, or in its message."""

    def cure(payload: dict[str, Any], place: Place, entry: Mapping[Any, Any]) -> Edits | None:
        value, bound = value_at(payload, place.path), _bound_of(entry, word)
        if not place.exact or not is_number(value) or bound is None or not beyond(value, bound):
            return None
        return (Edit("replace", place.path, "refused-range", bound, lossy=True),)

    return cure


def _bound_of(entry: Mapping[Any, Any], word: str) -> int | float | None:
    limit = _context(entry, word)
    # JSON has no infinity; Python's parser has.
    if is_number(limit) and limit not in (math.inf, -math.inf):
        return limit
    found = re.search(r"equal to (-?\d{1,9}(?:\.\d{1,9})?)\Z", _message(entry))
    return None if not found else float(found[1]) if "." in found[1] else int(found[1])


def _context(entry: Mapping[Any, Any], key: str) -> Any:
    context = entry.get("ctx")
    return context.get(key) if isinstance(context, dict) else None


def _message(entry: Mapping[Any, Any]) -> str:
    message = entry.get("msg")
    return message[-_MAX_WORDS:] if isinstance(message, str) else ""


def _remove_at_open_bound(
    payload: dict[str, Any], place: Place, entry: Mapping[Any, Any]
) -> Edits | None:
    # No value is the nearest one to an exclusive bound.
    if (
        not place.exact
        or not is_number(value_at(payload, place.path))
        or _is_needed(payload, place.path)
    ):
        return None
    return (removal(payload, place.path, "refused-range"),)


def _remove_null(payload: dict[str, Any], place: Place, entry: Mapping[Any, Any]) -> Edits | None:
    """A null goes, whatever type the entry asks for; of other values we do not know better."""
    path = place.path
    if not path or value_at(payload, path) is not None or entry.get("type") == "missing":
        return None
    if path[-1] == "content" and len(path) == 3:
        return (Edit("replace", path, "refused-null", ""),)
    if _is_needed(payload, path):
        return None
    return (removal(payload, path, "refused-null"),)


def _is_needed(payload: dict[str, Any], path: Path) -> bool:
    return path[-1] in NEEDED or isinstance(value_at(payload, path[:-1]), (list, tuple))


def _remove_word(payload: dict[str, Any], place: Place, entry: Mapping[Any, Any]) -> Edits | None:
    if not place.path or _is_needed(payload, place.path):
        return None
    if place.path == ("reasoning_effort",):
        return nearest_listed_effort(payload, _message(entry), "refused-enum")
    return (removal(payload, place.path, "refused-enum"),)


def _replace_tag(payload: dict[str, Any], place: Place, entry: Mapping[Any, Any]) -> Edits | None:
    """A role by another name, or a part that Mistral has another chunk for."""
    path, value = place.path, value_at(payload, place.path)
    if not isinstance(value, dict):
        return None
    if len(path) == 2 and path[0] == "messages":
        role = _ROLES.get(value["role"]) if isinstance(value.get("role"), str) else None
        return None if role is None else (Edit("replace", (*path, "role"), "refused-role", role),)
    chunk = chunk_of(value) if path[-2:-1] == ("content",) else None
    if chunk is None or chunk is value or not isinstance(chunk.get("type"), str):
        return None
    tags = re.findall(r"'(\w{1,64})'", _message(entry).partition("expected tags")[2])
    if tags and chunk["type"] not in tags:
        return None
    chunk = {key: inner for key, inner in chunk.items() if key in _CHUNK_KEYS}
    return (Edit("replace", path, "refused-part", chunk, lossy=says_more(value, chunk)),)


_ROLES: Final[Mapping[str, str]] = {"developer": "system", **ROLE_ALIASES}
"""Roles that mean the same under another name (developer: live 2026-08-06)."""
_CHUNK_KEYS: Final = frozenset((
    "type", "text", "image_url", "document_url", "document_name", "input_audio", "file_id",
    "thinking",
))  # fmt: skip


CURES: Final[Mapping[str, _Cure]] = {
    "extra_forbidden": _remove_extra,
    "less_than_equal": _clamp("le", operator.gt),
    "greater_than_equal": _clamp("ge", operator.lt),
    "less_than": _remove_at_open_bound,
    "greater_than": _remove_at_open_bound,
    "enum": _remove_word,
    "literal_error": _remove_word,
    "union_tag_invalid": _replace_tag,
}
"""What is done, by the ``type`` of the entry; any other type is cured where its value is null."""
