"""Working time the slow way: one look at the wall clock for every minute.

It shares no code with the calendar: a minute is open when the wall clock, read through `zoneinfo`,
shows a time within a window of that day, or of the day before for a window over midnight. It is
exact for windows that begin and end on whole minutes, in zones whose offsets are whole minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from propflow.calendar import DayKind, Window

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def _minute_of(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _open_on(window: Window, day: date, *, worked: bool) -> bool:
    fits = window.on is DayKind.ANY_DAY or (window.on is DayKind.WORKING_DAY) is worked
    return fits and day.isoweekday() in window.weekdays


def is_open(
    windows: Sequence[Window], is_workday: Callable[[date], bool], zone: ZoneInfo, moment: datetime
) -> bool:
    """Whether the minute that begins at the moment is working time."""
    wall = moment.astimezone(zone)
    today, yesterday = wall.date(), wall.date() - DAY
    now = wall.hour * 60 + wall.minute
    for window in windows:
        opens, closes = _minute_of(window.opens), _minute_of(window.closes)
        if _open_on(window, today, worked=is_workday(today)) and (
            opens <= now < closes or (closes <= opens <= now)
        ):
            return True
        if (
            closes <= opens
            and now < closes
            and _open_on(window, yesterday, worked=is_workday(yesterday))
        ):
            return True
    return False


class Oracle:
    """Every minute from one moment to another, and how much was worked up to each."""

    def __init__(
        self,
        windows: Sequence[Window],
        is_workday: Callable[[date], bool],
        zone: ZoneInfo,
        first: datetime,
        last: datetime,
    ) -> None:
        self.first = first.astimezone(UTC)
        self.count = (last - first) // MINUTE
        self.open = [
            is_open(windows, is_workday, zone, self.first + n * MINUTE) for n in range(self.count)
        ]
        self.worked = [0, *accumulate(int(each) for each in self.open)]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Working time from one moment to another, seconds and less included."""
        return self._worked(end) - self._worked(start)

    def add(self, start: datetime, duration: timedelta) -> datetime | None:
        """The earliest moment with so much behind it (or the latest, going back); None beyond."""
        if not duration:
            return start
        target = self._worked(start) + duration
        if not timedelta() <= target <= self.worked[-1] * MINUTE:
            return None
        whole, rest = divmod(target, MINUTE)
        if duration > timedelta() and not rest:  # done as soon as the last whole minute is
            whole, rest = whole - 1, MINUTE
        return self._at(self.worked.index(whole + 1) - 1) + rest

    def next_open(self, moment: datetime) -> datetime | None:
        """The moment if it is open, else the beginning of the next open minute; None beyond."""
        asked = (moment - self.first) // MINUTE
        if True not in self.open[asked:]:
            return None
        return max(moment, self._at(self.open.index(True, asked)))

    def _at(self, minute: int) -> datetime:
        return self.first + minute * MINUTE

    def _worked(self, moment: datetime) -> timedelta:
        minute, rest = divmod(moment - self.first, MINUTE)
        inside = rest if minute < self.count and self.open[minute] else timedelta()
        return self.worked[minute] * MINUTE + inside
