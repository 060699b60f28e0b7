"""Of how many payloads a law is asked, and of how many levels the deepest of them are.

The README's test command asks each law of few, so that it takes about a minute. ``LAWS_EXAMPLES=40
LAWS_LEVELS=5000``, which .ci/run sets, are the full numbers; ``LAWS_EXAMPLES=1000`` is a night's.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

__all__ = ["EXAMPLES", "LEVELS", "draws", "law", "size"]

EXAMPLES: Final = int(os.environ.get("LAWS_EXAMPLES", "5"))
LEVELS: Final = int(os.environ.get("LAWS_LEVELS", "2000"))
"""Several times what Python's own stack allows, so that whatever recurses is found out."""


def draws(full: int) -> int:
    """How many to draw, where it is `full` with the full number of draws, 40."""
    return max(1, full * EXAMPLES // 40)


def size(full: int) -> int:
    """How many to make of what is counted: `full` from the full number of draws on, else fewer."""
    return min(full, draws(full))


law: Final = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The decorator of a law."""
