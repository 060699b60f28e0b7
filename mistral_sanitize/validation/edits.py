"""Edits of a payload that was refused, and the report of them: `Edit`, `report_of`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from mistral_sanitize.report import Change, Report, pointer
from mistral_sanitize.rules._loss import says_more, says_something
from mistral_sanitize.validation.locations import MISSING, Path, value_at

__all__ = ["REASONS", "Edit", "Edits", "removal", "removal_of_said", "report_of"]

REASONS: Final[Mapping[str, str]] = {
    "refused-extra": "the response says that this key is not accepted here",
    "refused-range": "the response gives a bound that the number exceeds",
    "refused-null": "the response says that null is not accepted here",
    "refused-enum": "the response says that this word is not one that is accepted",
    "refused-role": "the response says that this role does not exist",
    "refused-part": "the response says that no part of content has this type",
    "refused-tool": "the response says that there is no tool of this type",
    "refused-model-option": "the response says that this model does not support it",
    "refused-thinking": "the response says that this model does not accept reasoning",
    "refused-thinking-chunks": "the response says that a message begins with one thinking chunk",
    "refused-greedy": "the response says that greedy sampling needs a top_p of 1",
    "refused-tool-choice": "the response says that this tool_choice is not accepted",
    "refused-strict-schema": "the response says that a strict schema lists all properties",
    "refused-empty": "the response says that an assistant message has content or tool calls",
    "refused-content": "the response says that content is a string",
    "refused-call-type": "the response says that a tool call has a type",
    "refused-id": "the response says that a tool-call id is nine of a-z, A-Z, 0-9",
    "refused-pairing": "the response says that calls and results do not pair",
    "refused-name": "the response says that the function's name is not legal",
    "refused-order": "the response says that these roles cannot follow each other",
    "refused-last": "the response says that a final assistant message has to be a prefix",
}
"""The rule id of each change that `repair_refused` may make, with the reason that goes with it."""


class Edit(NamedTuple):
    """One change to make, at a path of the payload as it is when the change's turn comes."""

    op: Literal["add", "remove", "replace"]
    path: Path
    rule: str
    value: Any = None
    lossy: bool = False


Edits = tuple[Edit, ...]


def removal(payload: Any, path: Path, rule: str) -> Edit:
    """The edit that removes what is at `path`; lossy if that says something."""
    key = next((key for key in reversed(path) if isinstance(key, str)), None)
    return Edit("remove", path, rule, lossy=says_something(value_at(payload, path), key))


def removal_of_said(payload: Any, path: Path, rule: str) -> Edit:
    """The same for a message or a chunk, whose role or type alone says nothing."""
    value = value_at(payload, path)
    said = {k: v for k, v in value.items() if not (k == "prefix" and isinstance(v, bool))}
    return Edit("remove", path, rule, lossy=says_more(said, None))


def _with_edit(value: Any, edit: Edit, path: Path, ours: dict[int, Any]) -> Any:
    """`value` with `edit` done at `path`: copies along the path, everything else shared.

    `ours` are the copies made so far, by their ids: they are changed in place, so that n edits of
    a list of n messages copy it once.
    """
    key, rest = path[0], path[1:]
    copy: Any = value
    if id(value) not in ours:
        copy = dict(value) if isinstance(value, dict) else list(value)
        ours[id(copy)] = copy
    if rest:
        copy[key] = _with_edit(value[key], edit, rest, ours)
    elif edit.op == "remove":
        del copy[key]
    elif edit.op == "add" and isinstance(copy, list):
        copy.insert(key, edit.value)
    else:
        copy[key] = edit.value
    return copy


def report_of(
    payload: dict[str, Any],
    edits: Iterable[Edit],
    *,
    names: tuple[tuple[str, str], ...] = (),
    ids: tuple[tuple[str, str], ...] = (),
) -> Report | None:
    """The report of `edits` done in order; ``None`` when there are none."""
    clean, changes = payload, []
    ours: dict[int, Any] = {}
    for edit in edits:
        before = None if edit.op == "add" else value_at(clean, edit.path)
        # An earlier edit removed the object around it.
        if before is MISSING:
            continue
        clean = _with_edit(clean, edit, edit.path, ours)
        changes.append(
            Change(
                edit.op,
                pointer(edit.path),
                None,
                edit.rule,
                REASONS[edit.rule],
                edit.lossy,
                before=before,
                after=edit.value,
            )
        )
    return Report(clean, tuple(changes), names, ids) if changes else None
