"""Which role may follow which: one table for the repairs, checks and cures of the order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["FOLLOWS", "FOLLOWS_BRIDGED", "follows"]

FOLLOWS: Final[Mapping[str, frozenset[str]]] = {
    "system": frozenset(("system", "user", "assistant")),
    "user": frozenset(("system", "user", "assistant")),
    "assistant": frozenset(("user", "assistant", "tool")),
    "tool": frozenset(("user", "assistant", "tool")),
}
"""The roles that may follow each: mistral-common 1.13.1, ``_validate_message_order``.

That a result also needs a call which waits for it is not a matter of roles.
"""

FOLLOWS_BRIDGED: Final[Mapping[str, frozenset[str]]] = {
    **FOLLOWS,
    "tool": FOLLOWS["tool"] - {"user"},
}
"""The same until mistral-common 1.11.1 of 2026-04-29: the assistant speaks before the user does
(the rule ``user-after-tool``)."""


def follows(*, bridged: bool) -> Mapping[str, frozenset[str]]:
    """The table under a schema that wants the assistant to speak after a result, or does not."""
    return FOLLOWS_BRIDGED if bridged else FOLLOWS
