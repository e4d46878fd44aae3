"""Settings for all tests: random examples are the same in every run, and nothing is written beside the sources."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "npsolver",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("npsolver")
