"""Time in working days: what limits such as 15 working days run on."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from propflow.calendar.service import ServiceCalendar
from propflow.calendar.working_days import WorkingDayIndex

_DAY: Final = timedelta(days=1)
_NO_TIME: Final = timedelta()


@attrs.frozen(eq=False)
class WorkingDayTime:
    """Time that goes by on working days, from midnight to midnight, and on no others.

    A working day is 24 hours of it, also where the clocks are changed: what a longer day has more
    does not count, and a shorter one is whole at its end. Moments come out in UTC.
    """

    _zone: ZoneInfo
    _index: WorkingDayIndex

    @classmethod
    def of(cls, calendar: ServiceCalendar) -> WorkingDayTime:
        """The time of a calendar's `working_days` in its zone; its windows do not matter."""
        return cls(calendar.zone, WorkingDayIndex(calendar.working_days))

    @property
    def known_until(self) -> datetime:
        """The moment at which knowledge of the working days ends, in UTC."""
        return self._midnight(self._index.days.coverage[1] + _DAY)

    def next_day(self, moment: datetime) -> datetime:
        """The first midnight after a moment, in UTC: from there days are counted."""
        return self._midnight(self._day(moment) + _DAY)

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest moment at which so much has gone by, which is not less than nothing.

        Raises:
            OutsideCoverage: `start` or the result lies outside what the working days cover.
        """
        gone = self._gone(start)
        if not duration:
            return start.astimezone(UTC)
        days, left = divmod(gone + duration, _DAY)
        if not left:
            days, left = days - 1, _DAY
        day = self._index.at(days, f"{start.isoformat()} + {duration} of working days")
        return min(self._midnight(day) + left, self._midnight(day + _DAY))

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much goes by between two moments.

        Raises:
            OutsideCoverage: One of them lies outside what the working days cover.
        """
        return self._gone(end) - self._gone(start)

    def _gone(self, moment: datetime) -> timedelta:
        """How much has gone by since the first day that is known."""
        day = self._day(moment)
        before = self._index.before(day) * _DAY
        if not self._index.days.is_workday(day):
            return before
        return before + min(moment.astimezone(UTC) - self._midnight(day), _DAY)

    def _day(self, moment: datetime) -> date:
        """The day of a moment; clocks that are set back over midnight do not bring one back."""
        day = moment.astimezone(self._zone).date()
        begun = moment >= self._midnight(day + _DAY)
        return day + _DAY if begun else day

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)
