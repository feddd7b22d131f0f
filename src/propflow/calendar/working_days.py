"""Working days: which days are worked, and from when to when that is known."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple, Protocol

import attrs

from propflow.calendar.window import EVERY_WEEKDAY
from propflow.errors import InvalidCalendar, MomentForDay, OutsideCoverage, Problem

_FIRST: Final = date(1970, 1, 1)
_LAST: Final = date(2099, 12, 31)


class Coverage(NamedTuple):
    """The first and the last day that are known, both included."""

    first: date
    last: date


class WorkingDays(Protocol):
    """What a host implements to bring working days of its own: two members, and no clock.

    A value should be hashable and equal to its like, as a frozen class is.
    """

    @property
    def coverage(self) -> tuple[date, date]:
        """The first and the last day for which there are data, both included."""
        ...

    def is_workday(self, day: date, /) -> bool:
        """Say whether a day within the coverage is worked."""
        ...


@attrs.frozen
class Weekdays:
    """Working days by weekday alone, without any holiday; made by `weekdays` and `every_day`."""

    worked: frozenset[int]
    coverage: Coverage

    def __str__(self) -> str:
        return "the plain weekdays"

    def is_workday(self, day: date, /) -> bool:
        """Say whether the day is worked.

        Raises:
            OutsideCoverage: the day lies outside the coverage that the host gave.
        """
        check_covered(self, day)
        return day.isoweekday() in self.worked


def weekdays(worked: Iterable[int], *, first: date = _FIRST, last: date = _LAST) -> Weekdays:
    """Working days by weekday alone: the host says so explicitly, nothing falls back to it.

    Args:
        worked: ISO weekdays, 1 (Monday) to 7, or members of `Weekday`.
        first: First day for which this holds.
        last: Last day for which this holds.

    Raises:
        InvalidCalendar: a weekday is none of the seven, none is named, or `last` is before `first`.
    """
    days = frozenset(worked)
    problems: list[Problem] = []
    if not days or not days <= EVERY_WEEKDAY:
        problems.append(Problem("worked", "name at least one weekday, from 1 (Monday) to 7"))
    if last < first:
        problems.append(Problem("last", f"{last} is before the first day, {first}"))
    if problems:
        raise InvalidCalendar("the weekdays", problems)
    return Weekdays(days, Coverage(first, last))


def every_day(*, first: date = _FIRST, last: date = _LAST) -> Weekdays:
    """Every day is worked, holidays included: a desk or a guard that never closes.

    Raises:
        InvalidCalendar: `last` is before `first`.
    """
    return weekdays(EVERY_WEEKDAY, first=first, last=last)


@attrs.frozen
class Adjusted:
    """Working days with single days set otherwise by the host; made by `adjusted`."""

    days: WorkingDays
    off: frozenset[date]
    worked: frozenset[date]

    def __str__(self) -> str:
        return f"{self.days} with days set by the host"

    @property
    def coverage(self) -> Coverage:
        """The coverage of the days beneath."""
        return Coverage(*self.days.coverage)

    def is_workday(self, day: date, /) -> bool:
        """Say whether the day is worked.

        Raises:
            OutsideCoverage: the days beneath do not know the day.
        """
        check_covered(self, day)
        return day in self.worked or (day not in self.off and self.days.is_workday(day))


def adjusted(
    days: WorkingDays, *, off: Iterable[date] = (), worked: Iterable[date] = ()
) -> Adjusted:
    """The same working days, except those that the host sets otherwise.

    Args:
        days: The days to start from.
        off: Days that are not worked, such as a company holiday.
        worked: Days that are worked, such as a make-up day.

    Raises:
        InvalidCalendar: a day is set both ways, or lies outside the coverage of `days`.
    """
    free, made_up = frozenset(off), frozenset(worked)
    first, last = days.coverage
    problems = [
        Problem(str(day), "is set off and worked at once; choose one")
        for day in sorted(free & made_up)
    ]
    problems += [
        Problem(str(day), f"lies outside what {days} covers, {first} to {last}; join days first")
        for day in sorted(free | made_up)
        if not first <= day <= last
    ]
    if problems:
        raise InvalidCalendar("the adjusted days", problems)
    return Adjusted(days, free, made_up)


@attrs.frozen
class Joined:
    """Working days that follow one another in time; made by `joined`."""

    parts: tuple[WorkingDays, ...]

    def __str__(self) -> str:
        return ", then ".join(map(str, self.parts))

    @property
    def coverage(self) -> Coverage:
        """From the first day of the first part to the last day of the last."""
        return Coverage(self.parts[0].coverage[0], self.parts[-1].coverage[1])

    def is_workday(self, day: date, /) -> bool:
        """Say whether the day is worked, by the part that knows it.

        Raises:
            OutsideCoverage: no part knows the day.
        """
        check_covered(self, day)
        part = next(part for part in self.parts if day <= part.coverage[1])
        return part.is_workday(day)


def joined(*parts: WorkingDays) -> Joined:
    """Working days that follow one another, such as official data and what a host knows beyond.

    Raises:
        InvalidCalendar: there is no part, or a part does not begin on the day after the one
            before it ends.
    """
    problems = [] if parts else [Problem("parts", "name at least one")]
    for earlier, later in pairwise(parts):
        due = earlier.coverage[1] + timedelta(days=1)
        if later.coverage[0] != due:
            problems.append(
                Problem(str(later), f"begins on {later.coverage[0]}; it must begin on {due}")
            )
    if problems:
        raise InvalidCalendar("the joined days", problems)
    return Joined(parts)


def check_covered(days: WorkingDays, day: date) -> None:
    """Refuse a day that is not known.

    Raises:
        OutsideCoverage: the day lies outside the coverage.
    """
    first, last = days.coverage
    if not first <= day <= last:
        raise OutsideCoverage(str(days), first, last, str(day))


@attrs.define(eq=False)
class WorkingDayIndex:
    """The working days of a whole coverage in order, listed when they are first counted."""

    days: WorkingDays
    _listed: list[int] | None = attrs.field(default=None, init=False)

    def add(self, day: date, count: int) -> date:
        """The working day that is `count` working days after the day, or before it if negative.

        Raises:
            OutsideCoverage: the day, or the one to be found, lies outside the coverage.
            MomentForDay: `day` is a datetime.
        """
        check_day("day", day)
        check_covered(self.days, day)
        if count == 0:
            return day
        listed = self._ordinals()
        if count > 0:
            at = bisect_right(listed, day.toordinal()) + count - 1
        else:
            at = bisect_left(listed, day.toordinal()) + count
        if not 0 <= at < len(listed):
            first, last = self.days.coverage
            raise OutsideCoverage(str(self.days), first, last, f"{day} {count:+d} working days")
        return date.fromordinal(listed[at])

    def last_between(self, first: date, last: date) -> date | None:
        """The last working day from `first` to `last`, or None where no day of them is worked.

        Raises:
            OutsideCoverage: one of the days lies outside the coverage.
        """
        check_covered(self.days, first)
        check_covered(self.days, last)
        listed = self._ordinals()
        at = bisect_right(listed, last.toordinal()) - 1
        found = at >= 0 and listed[at] >= first.toordinal()
        return date.fromordinal(listed[at]) if found else None

    def before(self, day: date) -> int:
        """How many working days of the coverage come before a day.

        Raises:
            OutsideCoverage: the day lies outside the coverage.
        """
        check_covered(self.days, day)
        return bisect_left(self._ordinals(), day.toordinal())

    def at(self, count: int, asked: str) -> date:
        """The working day that has so many before it.

        Args:
            count: How many, from 0.
            asked: What is asked for, in words, for the error.

        Raises:
            OutsideCoverage: the coverage has no more than so many.
        """
        listed = self._ordinals()
        if count >= len(listed):
            raise OutsideCoverage(str(self.days), *self.days.coverage, asked)
        return date.fromordinal(listed[count])

    def _ordinals(self) -> list[int]:
        if self._listed is None:
            first, last = self.days.coverage
            every = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
            self._listed = [day.toordinal() for day in every if self.days.is_workday(day)]
        return self._listed


def check_day(name: str, day: date) -> None:
    """Refuse a datetime where a day is counted.

    Raises:
        MomentForDay: it is a datetime.
    """
    if isinstance(day, datetime):
        raise MomentForDay(name, day)
