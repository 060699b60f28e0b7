"""The fields of one request: the rules across them, and the names of its functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from mistral_sanitize.engine.walk import camel, set_key
from mistral_sanitize.rules import REQUEST_REPAIRS, RULES
from mistral_sanitize.rules._rule import REMOVE, RequestFunction
from mistral_sanitize.rules._run import Run
from mistral_sanitize.rules.ids import legal_name, new_name
from mistral_sanitize.schema.node import ANYTHING, Node

__all__ = ["Step", "early_names", "rename_functions", "repair_request", "steps"]

Step = tuple[str, str, frozenset[str], RequestFunction]
"""A rule's id, the keys without all of which it need not run, the first apart, and its function."""


def steps(rules: frozenset[str], *, early: bool) -> tuple[Step, ...]:
    """The repairs that are on, those ahead of the walk or those behind it, in their order.

    One in whose place another acts is not among them.
    """
    replaced = {RULES[rule].replaces for rule in REQUEST_REPAIRS if rule in rules}
    return tuple(
        (rule, repair.reads[0], frozenset(repair.reads[1:]), repair.function)
        for rule, repair in REQUEST_REPAIRS.items()
        if repair.early is early and rule in rules - replaced
    )


def repair_request(
    request: dict[str, Any], repairs: Iterable[Step], node: Node, run: Run
) -> dict[str, Any]:
    """The request with the edits of each repair made, the very same object if there are none."""
    new = request
    for rule, first, others, function in repairs:
        if first in new and (not others or others <= new.keys()):
            for key, value in function(new, node, run):
                field = node.fields.get(key)
                if field is None or field.value is not ANYTHING:
                    if new is request:
                        new = dict(request)
                    set_key(new, key, value, (), rule, run)
    return new


_CHOOSES: Final = "toolChoice"


def early_names(request: dict[str, Any], node: Node, run: Run) -> dict[str, Any]:
    """The request with the name that early repairs read, where that is written in camelCase."""
    named = camel(request, _CHOOSES, node, (), run) if _CHOOSES in request else None
    return request if named is None else named


# -- function names -----------------------------------------------------------------------------


def _places(request: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every place of a request that names a function, with the name."""
    for at, tool in _items(request.get("tools")):
        function = tool.get("function")
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            yield ("tools", at, "function", "name"), function["name"]
    choice = request.get("tool_choice")
    if isinstance(choice, dict) and isinstance(choice.get("function"), dict):
        name = choice["function"].get("name")
        if isinstance(name, str):
            yield ("tool_choice", "function", "name"), name
    for at, message in _items(request.get("messages")):
        for slot, call in _items(message.get("tool_calls")):
            function = call.get("function")
            if isinstance(function, dict) and isinstance(function.get("name"), str):
                yield ("messages", at, "tool_calls", slot, "function", "name"), function["name"]
        if message.get("role") == "tool" and isinstance(message.get("name"), str):
            yield ("messages", at, "name"), message["name"]


def _items(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    if isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            if isinstance(item, dict):
                yield at, item


def rename_functions(request: dict[str, Any], run: Run) -> dict[str, Any]:
    """The request with every function's name legal, the same everywhere, two never made one."""
    places = list(_places(request))
    taken = {name for _, name in places if legal_name(name)}
    legal: dict[str, str] = {}
    for path, name in places:
        if name not in legal and not legal_name(name) and (name or path[-2] == "function"):
            legal[name] = new_name(name, taken)
            taken.add(legal[name])
            run.names[legal[name]] = name
    new = request
    copied: dict[tuple[Any, ...], Any] = {}
    for path, name in places:
        if legal_name(name):
            continue
        if name not in legal:  # the empty name of a result, which may have none
            new = _edit(new, path, REMOVE, copied)
            run.remove(path, "function-name", name)
        else:
            new = _edit(new, path, legal[name], copied)
            run.replace(path, "function-name", name, legal[name])
    return new


def _edit(root: Any, path: tuple[Any, ...], value: Any, copied: dict[tuple[Any, ...], Any]) -> Any:
    """The root with the value at a path; each container on the way is copied once."""
    if () not in copied:
        copied[()] = dict(root)
    at = copied[()]
    for depth in range(1, len(path)):
        key = path[:depth]
        if key not in copied:
            inner = at[path[depth - 1]]
            copied[key] = dict(inner) if isinstance(inner, dict) else list(inner)
            at[path[depth - 1]] = copied[key]
        at = copied[key]
    if value is REMOVE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copied[()]
