"""Periods: from when to when a figure looks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from propflow.calendar.moments import wall_moment
from propflow.calendar.zones import zone_or_problem
from propflow.errors import InvalidMetric, NaiveDatetime, Problem


@attrs.frozen
class Period:
    """From a moment, which is in it, to a moment, which is not.

    Attributes:
        start: An aware datetime.
        end: An aware datetime, not before the start.

    Raises:
        NaiveDatetime: one of them has no UTC offset.
        InvalidMetric: the end is before the start, or one of them is no datetime.
    """

    start: datetime
    end: datetime

    def __attrs_post_init__(self) -> None:
        for name, moment in (("start", self.start), ("end", self.end)):
            check_aware(name, moment)
        if self.end.astimezone(UTC) < self.start.astimezone(UTC):
            problem = Problem("end", f"{self.end} is before the start, {self.start}")
            raise InvalidMetric("the period", [problem])

    @classmethod
    def of_days(cls, first: date, last: date, zone: str | ZoneInfo) -> Period:
        """Whole days of a zone, the last one included.

        Raises:
            InvalidMetric: the last day is before the first, or there is no such zone.
        """
        there = zone_or_problem(zone)
        if isinstance(there, Problem):
            raise InvalidMetric("the period", [there])
        return cls(wall_moment(first, 0, there), wall_moment(last + timedelta(days=1), 0, there))

    def __contains__(self, moment: datetime) -> bool:
        at = moment.astimezone(UTC)
        return self.start.astimezone(UTC) <= at < self.end.astimezone(UTC)


def check_aware(name: str, moment: object) -> None:
    """Refuse what names no moment.

    Raises:
        NaiveDatetime: it has no UTC offset.
        InvalidMetric: it is no datetime, such as a date.
    """
    if not isinstance(moment, datetime):
        problem = Problem(name, f"{moment!r} is no moment; give an aware datetime")
        raise InvalidMetric("the figure", [problem])
    if moment.utcoffset() is None:
        raise NaiveDatetime(name, moment)
