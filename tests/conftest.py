"""What holds for every test: no property is judged by how fast this machine is today."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.laws import draws

settings.register_profile(
    "any machine",
    max_examples=draws(100),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("any machine")
