"""Moments by the wall clock of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def wall_moment(day: date, clock: int, zone: ZoneInfo) -> datetime:
    """The moment at which the zone's wall clock has run for `clock` microseconds of a day.

    A time that the clock leaves out becomes the one that it shows instead; of a time that it reads
    twice, it is the first.
    """
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(microseconds=clock)
    return wall.astimezone(UTC).astimezone(zone)
