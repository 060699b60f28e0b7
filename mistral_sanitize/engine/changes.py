"""The changes of a run as a report lists them: one by one, each marked as lossy or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mistral_sanitize.rules import RULES
from mistral_sanitize.rules._loss import says_more, says_something
from mistral_sanitize.rules._run import Path, Run, Stripped

__all__ = ["Done", "changes_of"]

Done = tuple[str, Path, "Path | None", str, bool, Any, Any]
"""A change as a report tells it: the same, judged, with a removal of keys one by one."""


def changes_of(run: Run) -> Iterator[Done]:
    """The changes of a run, each by itself, and each judged."""
    for change in run.changes or ():
        if isinstance(change, Stripped):
            yield from _unkept_keys(change, run)
            continue
        op, path, from_path, rule, lossy, before, after = change
        if lossy is None:
            lossy = _is_lossy(op, path, rule, before, after)
        yield op, path, from_path, rule, lossy, before, after


def _unkept_keys(change: Stripped, run: Run) -> Iterator[Done]:
    path, node = change.path + change.where, change.node
    for key, value in change.obj.items():
        if key not in node.fields:
            rule = node.handled_keys.get(key)
            rule = rule if rule in run.rules else "unknown-key"
            yield "remove", path + (key,), None, rule, says_something(value, key), value, None


def _is_lossy(op: str, path: Path, rule: str, before: Any, after: Any) -> bool:
    lossy = RULES[rule].lossy
    if lossy is not None:
        return lossy
    key = path[-1] if path else None
    if not isinstance(key, str):
        key = next((key for key in reversed(path) if isinstance(key, str)), None)
    return says_something(before, key) if op == "remove" else says_more(before, after, key)
