"""The order of messages as a machine: what may come next, and the state after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = ["CALLS", "PREFIX", "State", "States", "states_of"]

State: TypeAlias = "dict[object, State]"
"""By the role of a message of text, or by one of the marks below, the state after it."""
CALLS: Final = object()
PREFIX: Final = object()


class States(NamedTuple):
    """The order of messages as a machine; each state is an object of its own."""

    start: State
    after: Mapping[str, State]
    """After a message of each role."""
    awaiting: State
    """After calls: only their results may come."""
    ended: State
    """After a prefix: the answer goes on from it."""
    lost: State
    """Something was out of order; every way leads here."""


def states_of(follows: Mapping[str, frozenset[str]], roles: Iterable[str]) -> States:
    after: dict[str, State] = {role: dict[object, Any]() for role in roles}
    awaiting: State = {}
    ended: State = {}
    lost: State = {}
    for key in (*after, CALLS, PREFIX):
        lost[key] = lost
    for role, state in after.items():
        # without a call that waits for it, no result may follow
        for then in follows[role] & after.keys() - {"tool"}:
            state[then] = after[then]
        state[CALLS], state[PREFIX] = awaiting, ended  # the assistant may follow everywhere
    start: State = {CALLS: awaiting, PREFIX: ended}
    start.update((role, state) for role, state in after.items() if role != "tool")
    del lost["tool"]
    return States(start, after, awaiting, ended, lost)
