"""The pass over tools, and the names of functions wherever the passes meet them.

A tool that surely needs no repair is known at a look; every other goes through the walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from mistral_sanitize.engine.pairing import name_of
from mistral_sanitize.engine.walk import repair_list
from mistral_sanitize.rules import _json_schema
from mistral_sanitize.rules._run import Path, Run
from mistral_sanitize.rules.ids import legal_name
from mistral_sanitize.schema.node import Value

__all__ = ["note_choice", "note_name", "repair_tools"]


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

    tool: frozenset[str]
    function: frozenset[str]


@lru_cache(maxsize=64)
def _tool_table(items: Value) -> _ToolTable:
    tool = items.tags["function"]
    function = tool.fields["function"].value.node
    assert function is not None
    return _ToolTable(frozenset(tool.fields), frozenset(function.fields))


def repair_tools(value: Sequence[Any], items: Value, path: Path, run: Run) -> Any:
    """The tools, each repaired: the very same object if nothing was to be done."""
    table = _tool_table(items)
    known = None if "schema-dialect" in run.rules else partial(_is_plain, table=table, run=run)
    repaired = repair_list(value, items, path, run, known)
    for tool in repaired:
        name = name_of(tool)
        if type(name) is not str or name not in run.known_names:
            note_name(name, run)
    return repaired


def _is_plain(tool: Any, table: _ToolTable, run: Run) -> bool:
    """Whether a tool surely needs no repair."""
    if type(tool) is not dict or not tool.keys() <= table.tool or tool.get("type") != "function":
        return False
    function = tool.get("function")
    if type(function) is not dict or not function.keys() <= table.function:
        return False
    name, schema = function.get("name"), function.get("parameters")
    is_known = type(name) is str and name in run.known_names
    return (is_known or note_name(name, run)) and (
        type(function.get("description", "")) is str
        and type(function.get("strict", False)) is bool
        and type(schema) is dict
        and _json_schema.is_plain(schema)
    )
