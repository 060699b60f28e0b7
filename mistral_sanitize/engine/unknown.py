"""Unknown keys that can simply be removed, recognized without the walk."""

from __future__ import annotations

from typing import Any, NamedTuple

from mistral_sanitize.engine.walk import handled_keys_of
from mistral_sanitize.schema.node import Node

__all__ = ["Keys", "drop_unknown", "keys_of"]


class Keys(NamedTuple):
    """The keys of one kind of object, under some rules."""

    node: Node
    allowed: frozenset[str]
    handled: frozenset[str] | None
    """Other keys that a rule does more with than to remove them; ``None``: others stay."""


def keys_of(node: Node, rules: frozenset[str]) -> Keys:
    """The keys of a node's objects where these rules are on."""
    handled = handled_keys_of(node, rules) if "unknown-key" in rules and node.closed else None
    return Keys(node, frozenset(node.fields), handled)


def drop_unknown(obj: dict[str, Any], keys: Keys) -> dict[str, Any] | None:
    """The object without keys that can just go, itself if it has none; ``None`` where one has to
    stay or a rule does more with it.
    """
    _, allowed, handled = keys
    stripped = obj
    for key in obj:
        if key not in allowed:
            if handled is None or (type(key) is str and not key.islower()):
                return None
            if key in handled and obj[key] is not None:  # a null says nothing to any rule
                return None
            if stripped is obj:
                stripped = obj.copy()
            del stripped[key]
    return stripped
