"""JSON Patch (RFC 6902) applied: the judge of `Report.as_json_patch`, written from the RFC."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["apply", "plain"]


def plain(document: Any) -> Any:
    """A copy of `document` as JSON has it: only lists and dicts, only strings as keys."""
    return json.loads(json.dumps(document))


def apply(document: Any, patch: Iterable[Mapping[str, Any]]) -> Any:
    """A copy of `document` with each operation done; `LookupError` where a place is missing."""
    # The document stands under one key, so that the empty pointer is no special case.
    root = {"": plain(document)}
    for operation in patch:
        op = operation["op"]
        if op == "add":
            _add(root, operation["path"], plain(operation["value"]))
        elif op == "remove":
            _take(root, operation["path"])
        elif op == "replace":
            _replace(root, operation["path"], plain(operation["value"]))
        elif op == "move":
            _add(root, operation["path"], _take(root, operation["from"]))
        else:
            raise ValueError(f"no operation of these tests: {op}")
    return root[""]


def _place(root: Any, pointer: str) -> tuple[Any, Any]:
    """The container that `pointer` ends in, and the key or the index there."""
    outer: Any = root
    key: Any = ""
    for token in pointer.split("/")[1:]:
        outer, key = outer[key], token.replace("~1", "/").replace("~0", "~")
        if isinstance(outer, list):
            key = len(outer) if key == "-" else int(key)
    return outer, key


def _take(root: Any, pointer: str) -> Any:
    outer, key = _place(root, pointer)
    return outer.pop(key)


def _add(root: Any, pointer: str, value: Any) -> None:
    outer, key = _place(root, pointer)
    if not isinstance(outer, list):
        outer[key] = value
    elif key <= len(outer):
        outer.insert(key, value)
    else:
        raise IndexError(key)


def _replace(root: Any, pointer: str, value: Any) -> None:
    outer, key = _place(root, pointer)
    if isinstance(outer, dict) and key not in outer:
        raise KeyError(key)
    outer[key] = value
