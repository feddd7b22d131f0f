"""A clock to turn by hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from propflow.decision.decide import utc
from propflow.testing.play import MOMENT


class FakeClock:
    """A clock for ``Engine(…, clock=FakeClock())`` that stands still until it is turned.

    Args:
        now: What it shows at first, an aware datetime.

    Raises:
        NaiveDatetime: `now` has no UTC offset.
    """

    def __init__(self, now: datetime = MOMENT) -> None:
        self._now = utc("now", now)

    def __call__(self) -> datetime:
        """Return what it shows, an aware datetime in UTC."""
        return self._now

    def turn(self, by: timedelta) -> datetime:
        """Turn it on, or back with a negative duration, and return what it shows then."""
        self._now += by
        return self._now

    def set(self, now: datetime) -> None:
        """Set it.

        Raises:
            NaiveDatetime: `now` has no UTC offset.
        """
        self._now = utc("now", now)
