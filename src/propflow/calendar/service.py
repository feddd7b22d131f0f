"""Service calendars: arithmetic on working time, exact to the microsecond."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from propflow.calendar.timeline import EPOCH, Timeline
from propflow.calendar.window import DAY, Window, overlaps
from propflow.calendar.working_days import Coverage, WorkingDayIndex, WorkingDays, check_day
from propflow.calendar.zones import zone_or_problem
from propflow.errors import InvalidCalendar, NaiveDatetime, Problem

IsoWeek: TypeAlias = str | date | tuple[int, int]
"""A week as ``"2026-W40"``, as ``(2026, 40)``, or by any day of it."""

_WEEK: Final = re.compile(r"(\d{4})-?W(\d{2})", re.ASCII)
_YEARS: Final = (1000, 9000)
_NO_TIME: Final = timedelta()


@attrs.frozen(init=False)
class ServiceCalendar:
    """When service is given: windows of the wall clock, on the days that are worked, in one zone.

    Service hours and working days are two things. `days` says on which days the windows open; a
    desk that is open at weekends has `every_day()` there. `working_days` is what `add_days` and
    `last_working_day` count; it is the same as `days` when nothing else is said.

    All moments are aware, and those that are returned are in the calendar's zone. Working time is
    the time during which the wall clock of the zone reads a time within a window, so a night shift
    is an hour longer or shorter when the clocks are changed.

    Attributes:
        windows: When it is open, by day kind.
        days: On which days the windows open.
        working_days: What counts as a working day.
        zone: The zone whose wall clock the windows are read on.
        coverage: The first and the last day for which working time is known. A window over
            midnight makes the first day of `days` unknown, because the night before it is.
    """

    windows: tuple[Window, ...]
    days: WorkingDays
    working_days: WorkingDays
    zone: ZoneInfo
    coverage: Coverage = attrs.field(eq=False)
    _timeline: Timeline = attrs.field(eq=False, repr=False)
    _index: WorkingDayIndex = attrs.field(eq=False, repr=False)
    _epoch_there: datetime = attrs.field(eq=False, repr=False)

    def __init__(
        self,
        windows: Iterable[Window],
        *,
        days: WorkingDays,
        zone: str | ZoneInfo,
        working_days: WorkingDays | None = None,
    ) -> None:
        """Check all of it and report every problem at once.

        Args:
            windows: At least one; they may not overlap.
            days: On which days the windows open.
            zone: A name of the IANA database, such as ``Asia/Shanghai``.
            working_days: What counts as a working day; `days` when nothing is said.

        Raises:
            InvalidCalendar: windows overlap or are missing, there is no such zone, or the days
                cover nothing.
        """
        listed = tuple(windows)
        known = _coverage(days, listed)
        there = zone_or_problem(zone)
        problems = overlaps(listed) if listed else [Problem("windows", "name at least one")]
        problems += [each for each in (known, there) if isinstance(each, Problem)]
        if problems or isinstance(known, Problem) or isinstance(there, Problem):
            raise InvalidCalendar("the service calendar", problems)
        counted = days if working_days is None else working_days
        values = {
            "windows": listed,
            "days": days,
            "working_days": counted,
            "zone": there,
            "coverage": known,
            "_timeline": Timeline(listed, days, there, known),
            "_index": WorkingDayIndex(counted),
            "_epoch_there": EPOCH.replace(tzinfo=there),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The moment at which that much working time has gone by since `start`.

        The earliest such moment: work that fills the morning is done at noon, not after lunch.
        A negative duration goes back, to the latest moment from which that much is left until
        `start`. Nothing added gives `start`, be it open or not. In the calendar's zone.

        Raises:
            NaiveDatetime: `start` has no UTC offset.
            OutsideCoverage: `start` or the result lies outside the coverage.
        """
        moment = self._since_epoch("start", start)
        timeline = self._timeline
        table = timeline.at(moment)
        target = table.worked(moment) + duration
        if duration > _NO_TIME:
            while target > table.total:
                table = timeline.later(table, f"{start.isoformat()} + {duration} of working time")
            at = bisect_left(table.before, target) - 1
        elif duration:
            while target < table.before[0]:
                table = timeline.earlier(
                    table, f"{start.isoformat()} - {-duration} of working time"
                )
            at = bisect_right(table.before, target) - 1
        else:
            return self._there(moment)
        return self._there(table.opens[at] + target - table.before[at])

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; negative when `end` comes first.

        Raises:
            NaiveDatetime: one of them has no UTC offset.
            OutsideCoverage: one of them lies outside the coverage.
        """
        first, last = self._since_epoch("start", start), self._since_epoch("end", end)
        table = self._timeline.reaching(self._timeline.at(first), last)
        return table.worked(last) - table.worked(first)

    def next_open(self, moment: datetime) -> datetime:
        """The moment itself if a window is open then, else the next opening; in the zone.

        Raises:
            NaiveDatetime: the moment has no UTC offset.
            OutsideCoverage: the moment lies outside the coverage, or nothing opens within it.
        """
        asked = self._since_epoch("moment", moment)
        table = self._timeline.at(asked)
        at = bisect_right(table.closes, asked)
        while at == len(table.opens):
            table = self._timeline.later(table, f"the next opening after {moment.isoformat()}")
            at = bisect_right(table.closes, asked)
        return self._there(max(asked, table.opens[at]))

    def add_days(self, day: date, count: int) -> date:
        """The working day that is `count` working days after `day`, which is not counted itself.

        A negative count goes back. Nothing added gives the day itself, be it worked or not.

        Raises:
            OutsideCoverage: the day or the result lies outside the coverage of `working_days`.
            MomentForDay: `day` is a datetime.
        """
        return self._index.add(day, count)

    def last_working_day(self, iso_week: IsoWeek) -> date | None:
        """The last working day of an ISO week, or None where the whole week is off.

        Args:
            iso_week: ``"2026-W40"``, ``(2026, 40)``, or any day of the week.

        Raises:
            InvalidCalendar: there is no such week.
            OutsideCoverage: part of the week lies outside the coverage of `working_days`.
            MomentForDay: `iso_week` is a datetime.
        """
        monday = _monday(iso_week)
        return self._index.last_between(monday, monday + timedelta(days=6))

    @property
    def known_until(self) -> datetime:
        """The moment at which knowledge ends, in the zone; what is due later is provisional."""
        return self._there(self._timeline.last)

    def data_version(self) -> str:
        """A digest of the windows, the zone and every day that is known: other data, another one.

        Keep it beside a due moment that was computed, to find those to compute again. The first
        call looks at every day of the coverage.
        """
        return self._digest

    @cached_property
    def _digest(self) -> str:
        digest = sha256(f"{self.zone.key} {self.coverage}".encode())
        for window in self.windows:
            days_of_week = sorted(map(int, window.weekdays))
            digest.update(f"{window} {window.on.value} {days_of_week}".encode())
        for days in (self.days, self.working_days):
            first, last = (day.toordinal() for day in days.coverage)
            worked = (days.is_workday(date.fromordinal(n)) for n in range(first, last + 1))
            digest.update(bytes(worked))
        return digest.hexdigest()

    def _since_epoch(self, name: str, moment: datetime) -> timedelta:
        try:
            return moment - EPOCH
        except TypeError:
            raise NaiveDatetime(name, moment) from None

    def _there(self, moment: timedelta) -> datetime:
        # As (EPOCH + moment).astimezone(zone), without looking for the offset of UTC.
        return self.zone.fromutc(self._epoch_there + moment)


def _coverage(days: WorkingDays, windows: Iterable[Window]) -> Coverage | Problem:
    first, last = days.coverage
    if first.year < _YEARS[0] or last.year > _YEARS[1]:
        return Problem("days", f"cover {first} to {last}; keep to the years 1000 to 9000")
    if any(window.end > DAY for window in windows):
        first += timedelta(days=1)
    if last < first:
        return Problem("days", f"cover nothing, from {first} to {last}")
    return Coverage(first, last)


def _monday(iso_week: IsoWeek) -> date:
    if isinstance(iso_week, date):
        check_day("iso_week", iso_week)
        return iso_week - timedelta(days=iso_week.isoweekday() - 1)
    problem = Problem("iso_week", f"{iso_week!r} is no ISO week; write it as '2026-W40'")
    if isinstance(iso_week, str):
        match = _WEEK.fullmatch(iso_week)
        if match is None:
            raise InvalidCalendar("the week", [problem])
        year, week = int(match[1]), int(match[2])
    else:
        year, week = iso_week
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        raise InvalidCalendar("the week", [problem]) from None
