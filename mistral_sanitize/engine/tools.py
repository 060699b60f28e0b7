"""The pass over tools, and the names of functions wherever the passes meet them.

A plain tool is one that surely needs no repair: the schema's keys alone, a legal name, and
parameters in which no repair of a JSON Schema finds anything (`rules._json_schema.is_plain`). To
look through the parameters costs as much as to parse them, and an agent sends the same tools with
every request. So what was found of a list of tools is remembered, by its content.
"""

from __future__ import annotations

import marshal
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple, cast

from mistral_sanitize.engine.pairing import name_of
from mistral_sanitize.engine.unknown import Keys, drop_unknown, keys_of
from mistral_sanitize.engine.walk import repair
from mistral_sanitize.rules._json_schema import is_plain
from mistral_sanitize.rules._rule import REMOVE
from mistral_sanitize.rules._run import Path, Run
from mistral_sanitize.rules.ids import legal_name
from mistral_sanitize.schema.node import Value

__all__ = ["ToolsPass", "note_choice", "note_name"]


def note_name(name: Any, run: Run) -> bool:
    """Whether a function name is legal; if so it is known from now on, if not the run is told."""
    if isinstance(name, str):
        if legal_name(name):
            run.known_names.add(name)
            return True
        run.odd_names = True
    return False


def note_choice(choice: Any, run: Run) -> None:
    """Looks at the function that a tool choice names."""
    if isinstance(choice, dict):
        note_name(name_of(choice), run)


class _ToolTable(NamedTuple):
    """What the look at a tool needs of the schema."""

    tool: Keys
    function: Keys


@lru_cache(maxsize=64)
def _tool_table(items: Value, rules: frozenset[str]) -> _ToolTable:
    tool = items.tags["function"]
    function = tool.fields["function"].value.node
    assert function is not None
    return _ToolTable(keys_of(tool, rules), keys_of(function, rules))


class _Found(NamedTuple):
    """What was found of a list of tools."""

    names: frozenset[str]
    """The names of those that are plain, all of them legal."""
    others: tuple[int, ...]
    """The indexes of the others."""


class ToolsPass:
    """The pass over tools of one `Sanitizer`: ``(tools, items, path, run)`` to the tools, each
    repaired, the very same list if nothing was to be done.

    It remembers the latest lists: whether a tool is plain depends on its content, the schema and
    the rules, and the latter two are the `Sanitizer`'s. The key is a cryptographic hash of what
    `marshal` writes of a list, which tells ``1``, ``1.0`` and ``True`` apart and refuses anything
    but the built-in types themselves, so no subclass is ever trusted. What is judged is read back
    from the same bytes: nothing that happens to the list meanwhile can make a wrong entry. Only
    hashes and function names are kept, of `_MOST` lists at most. Threads may share it: what two of
    them find of one list is the same.
    """

    __slots__ = ("_found",)

    _MOST: Final = 256

    def __init__(self) -> None:
        self._found: dict[bytes, _Found] = {}

    def __call__(self, tools: Sequence[Any], items: Value, path: Path, run: Run) -> Any:
        table = _tool_table(items, run.rules)
        others: Sequence[int] = range(len(tools))
        if "schema-dialect" not in run.rules:
            names, others = self._look(tools, table)
            run.known_names |= names
        new: list[Any] | None = None
        gone = 0
        for index in others:
            tool, at = tools[index], index - gone
            repaired = _repaired(tool, table, items, path + (at,), run)
            if repaired is tool:
                continue
            if new is None:
                new = list(tools)
            if repaired is REMOVE:
                del new[at]
                gone += 1
            else:
                new[at] = repaired
        return tools if new is None else new

    def _look(self, tools: Sequence[Any], table: _ToolTable) -> _Found:
        """What there is to find of a list of tools, remembered or found out."""
        try:
            content = marshal.dumps(cast("Any", tools), 4)
        except ValueError:  # there is more in it than JSON's own types, or it is very deep
            return _find(tools, table)
        key = blake2b(content, digest_size=32).digest()
        found = self._found.get(key)
        if found is None:
            found = _find(marshal.loads(content), table)  # noqa: S302 - we wrote it
            if len(self._found) >= self._MOST:
                self._found.clear()
            self._found[key] = found
        return found


def _find(tools: Sequence[Any], table: _ToolTable) -> _Found:
    names: set[str] = set()
    others = []
    for index, tool in enumerate(tools):
        if _is_plain(tool, table):
            names.add(tool["function"]["name"])
        else:
            others.append(index)
    return _Found(frozenset(names), tuple(others))


def _is_plain(tool: Any, table: _ToolTable) -> bool:
    """Whether a tool surely needs no repair."""
    if type(tool) is not dict or not tool.keys() <= table.tool.allowed:
        return False
    function = tool.get("function")
    if tool.get("type") != "function" or type(function) is not dict:
        return False
    if not function.keys() <= table.function.allowed:
        return False
    name, schema = function.get("name"), function.get("parameters")
    return (
        type(name) is str
        and legal_name(name) is not None
        and type(function.get("description", "")) is str
        and type(function.get("strict", False)) is bool
        and type(schema) is dict
        and is_plain(schema)
    )


def _repaired(tool: Any, table: _ToolTable, items: Value, path: Path, run: Run) -> Any:
    """A tool that is not plain, after its repairs: itself, another, or `REMOVE`."""
    stripped = _stripped(tool, table) if "schema-dialect" not in run.rules else None
    if stripped is None:
        repaired = repair(tool, items, path, run)
    else:
        repaired = stripped
        if len(stripped) != len(tool):
            run.strip(path, (), tool, table.tool.node)
        if stripped["function"] is not tool["function"]:
            run.strip(path, ("function",), tool["function"], table.function.node)
    note_name(name_of(repaired), run)
    return repaired


def _stripped(tool: Any, table: _ToolTable) -> dict[str, Any] | None:
    """A tool without keys that can just go, if it is plain then."""
    if type(tool) is not dict or type(tool.get("function")) is not dict:
        return None
    stripped, function = (
        drop_unknown(tool, table.tool),
        drop_unknown(tool["function"], table.function),
    )
    if stripped is None or function is None:
        return None
    if function is not tool["function"]:
        stripped = {**stripped, "function": function}
    return stripped if _is_plain(stripped, table) else None
