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
from mistral_sanitize.rules._loss import says_something
from mistral_sanitize.validation.cures import NEEDED, nearest_listed_effort
from mistral_sanitize.validation.edits import Edit, Edits, removal, report_of
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
    return report_of(payload, by_path.values())


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
    cure = CURES.get(kind, _remove_null) if isinstance(kind, str) else _remove_null
    steps = steps_of(entry.get("loc"))
    if place := find_place(payload, steps):
        return _Fault(place.unions, cure(payload, place, entry))
    # The payload has no such place. If it should have one, this member of a union is not cured;
    # a key that is not there and should not be needs no cure.
    around = next(p for n in range(len(steps), -1, -1) if (p := find_place(payload, steps[:n])))
    return _Fault(around.unions, () if cure is _remove_extra else None)


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


def _rename_role(payload: dict[str, Any], place: Place, entry: Mapping[Any, Any]) -> Edits | None:
    # The one unknown role that has the same meaning under another name (live 2026-08-06).
    path = (*place.path, "role")
    if len(path) != 3 or path[0] != "messages" or not equals(value_at(payload, path), "developer"):
        return None
    return (Edit("replace", path, "refused-role", "system"),)


CURES: Final[Mapping[str, _Cure]] = {
    "extra_forbidden": _remove_extra,
    "less_than_equal": _clamp("le", operator.gt),
    "greater_than_equal": _clamp("ge", operator.lt),
    "less_than": _remove_at_open_bound,
    "greater_than": _remove_at_open_bound,
    "enum": _remove_word,
    "literal_error": _remove_word,
    "union_tag_invalid": _rename_role,
}
"""What is done, by the ``type`` of the entry; any other type is cured where its value is null."""
