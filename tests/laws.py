"""Of how many payloads a law is asked: ``LAWS_EXAMPLES=1000 pytest`` for a night's run."""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, settings

__all__ = ["EXAMPLES", "law"]

EXAMPLES: Final = int(os.environ.get("LAWS_EXAMPLES", "40"))

law: Final = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The decorator of a law."""
