"""How long to wait before something that failed is tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import attrs

_MOST_DOUBLINGS = 32


def _chance() -> float:
    from random import random  # it takes time to import, and only what failed needs it

    return random()  # noqa: S311 - it only spreads waits


@attrs.frozen
class Backoff:
    """Waits twice as long after each failure, and a bit more or less, so that crowds disperse.

    Attributes:
        first: How long to wait after the first failure.
        longest: The longest time to wait.
        attempts: After so many failures no more is tried; `None` goes on for ever.
        chance: Returns a number from 0 to 1, which spreads each wait from half of it to all.
    """

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=1)
    attempts: int | None = None
    chance: Callable[[], float] = _chance

    def wait(self, failures: int) -> timedelta:
        """Return how long to wait after so many failures, 1 or more."""
        doublings = min(failures - 1, _MOST_DOUBLINGS)
        full = self.longest
        if self.first < self.longest / 2**doublings:
            full = self.first * 2**doublings
        return full * (0.5 + self.chance() / 2)

    def gives_up(self, failures: int) -> bool:
        """Whether no more is tried after so many failures."""
        return self.attempts is not None and failures >= self.attempts
