"""What holds for every test: no property is judged by how fast this machine is today, nor by what
was said in another test."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, settings

from tests.laws import draws

settings.register_profile(
    "any machine",
    max_examples=draws(100),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")


@pytest.fixture(autouse=True)
def nothing_said() -> None:
    """What is said once in a process is said once in each test, and not in the first alone."""
    announce = sys.modules.get("mistral_sanitize.body.announce")
    if announce is not None:
        announce.forget()
