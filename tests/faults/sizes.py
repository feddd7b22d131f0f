"""How often each fault is tried: a minute or two in CI, 20 times it in the thorough profile."""

from __future__ import annotations

from hypothesis import settings

THOROUGH = settings().max_examples >= 2_000
_TIMES = 20 if THOROUGH else 1


def times(often: int) -> int:
    """Return how often to try what a CI run tries so often."""
    return often * _TIMES
