"""The interface is what it was: names, signatures, rules, profiles, options, extras, command."""

from __future__ import annotations

from tests.tools.interface import differences


def test_interface() -> None:
    """What is public has not changed; where it should, ``--write`` says so in the same commit."""
    changed = differences()

    assert not changed, "\n".join(
        ("python -m tests.tools.interface --write, if this is meant:", *changed)
    )
