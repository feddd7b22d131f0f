"""The open stretches of a calendar in UTC, with their running sum.

A moment is open when the wall clock of the zone reads a time within a window of that day (or of
the day before, for a window over midnight). Where clocks are set back, an hour that reads the same
twice is open twice; where they are set forward, a skipped hour is never open.

A table holds whole years next to each other and grows towards what is asked, so that after the
first question of its kind every answer is a binary search.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from itertools import accumulate, chain, product
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from propflow.calendar.window import DAY, EVERY_WEEKDAY, Window
from propflow.calendar.working_days import Coverage, WorkingDays
from propflow.errors import OutsideCoverage

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = EPOCH.toordinal()
_MICROSECOND: Final = timedelta(microseconds=1)
_NO_TIME: Final = timedelta()


@attrs.frozen(eq=False)
class Table:
    """The open stretches from `start` to `end`, in order and apart from one another.

    The first one is empty and lies at the start, so that every moment has one at or before it.
    `before[n]` is the working time before stretch n, counted from an origin of the table's own:
    only differences mean anything. Moments are given as the time since the epoch.
    """

    start: timedelta
    end: timedelta
    opens: list[timedelta]
    closes: list[timedelta]
    before: list[timedelta]

    @property
    def total(self) -> timedelta:
        """The working time at the end, counted as `before` is."""
        return self.before[-1] + self.closes[-1] - self.opens[-1]

    def worked(self, moment: timedelta) -> timedelta:
        """The working time at a moment of the table, counted as `before` is."""
        at = bisect_right(self.opens, moment) - 1
        return self.before[at] + min(moment, self.closes[at]) - self.opens[at]


_NOTHING: Final = Table(_MICROSECOND, _NO_TIME, [], [], [])


@attrs.define(eq=False)
class Timeline:
    """The tables of one calendar, made as they are needed.

    A table is never changed, only replaced, and every answer is worked out on the tables that it
    was begun with: threads may ask at the same time.
    """

    windows: Sequence[Window]
    days: WorkingDays
    zone: ZoneInfo
    coverage: Coverage
    first: timedelta = attrs.field(init=False)
    """The first moment that is known."""
    last: timedelta = attrs.field(init=False)
    """The moment at which knowledge ends; working time up to it is known."""
    _overnight: bool = attrs.field(init=False)
    _stretches: dict[tuple[int, bool, bool], list[tuple[int, int]]] = attrs.field(init=False)
    _table: Table = attrs.field(default=_NOTHING, init=False)

    def __attrs_post_init__(self) -> None:
        # Midnight may fall into a gap or come twice: the inner of both readings is surely known.
        self.first = max(self._midnight(self.coverage.first))
        self.last = min(self._midnight(self.coverage.last + timedelta(days=1)))
        self._overnight = any(window.end > DAY for window in self.windows)
        self._stretches = {
            (weekday, was, worked): self._stretches_of(weekday, was=was, worked=worked)
            for weekday, was, worked in product(EVERY_WEEKDAY, (True, False), (True, False))
        }

    def at(self, moment: timedelta) -> Table:
        """A table that holds the moment.

        Raises:
            OutsideCoverage: the moment is not within the coverage.
        """
        table = self._table
        return table if table.start <= moment <= table.end else self.reaching(table, moment)

    def reaching(self, table: Table, moment: timedelta) -> Table:
        """This table, or one of the same origin that holds another moment as well.

        Raises:
            OutsideCoverage: the moment is not within the coverage.
        """
        if table.start <= moment <= table.end:
            return table
        if not self.first <= moment <= self.last:
            raise self._outside((EPOCH + moment).astimezone(self.zone).isoformat())
        year = _year(min(moment, self.last - _MICROSECOND))
        if table is _NOTHING:
            table = self._page(year, year)
        elif moment < table.start:
            table = _ahead(self._page(year, _year(table.start) - 1), table)
        else:
            table = _after(table, self._page(_year(table.end), year))
        self._table = table
        return table

    def later(self, table: Table, asked: str) -> Table:
        """A table that goes on after this one, with the same origin.

        Raises:
            OutsideCoverage: the table ends with the coverage.
        """
        if table.end == self.last:
            raise self._outside(asked)
        year = _year(table.end)
        span = year - _year(table.start)  # twice the years each time, so that few times suffice
        table = self._table = _after(table, self._page(year, year + span))
        return table

    def earlier(self, table: Table, asked: str) -> Table:
        """A table that begins before this one, with the same origin.

        Raises:
            OutsideCoverage: the table begins with the coverage.
        """
        if table.start == self.first:
            raise self._outside(asked)
        year = _year(table.start) - 1
        span = _year(table.end) - year
        table = self._table = _ahead(self._page(year - span, year), table)
        return table

    def _page(self, first_year: int, last_year: int) -> Table:
        """The table of some years, counted in UTC, as far as they are covered."""
        start = max(self.first, _new_year(max(first_year, MINYEAR)))
        end = min(self.last, _new_year(min(last_year + 1, MAXYEAR)))
        opens, closes = [start], [start]
        for opened, closed in self._open_between(start // _MICROSECOND, end // _MICROSECOND):
            opens.append(timedelta(microseconds=opened))
            closes.append(timedelta(microseconds=closed))
        lengths = (closed - opened for opened, closed in zip(opens, closes, strict=True))
        before = list(accumulate(lengths, initial=_NO_TIME))
        before.pop()
        return Table(start, end, opens, closes, before)

    def _open_between(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The open stretches of a span in order; from here on all times are in microseconds."""
        for left, right, offset in self._same_offset(start, end):
            day, last = (left + offset) // DAY, (right + offset - 1) // DAY
            worked = self._overnight and self._is_workday(day - 1)
            for each in range(day, last + 1):
                was, worked = worked, self._is_workday(each)
                midnight = each * DAY - offset
                weekday = (each + _EPOCH_DAY - 1) % 7 + 1
                for opens, closes in self._stretches[weekday, was, worked]:
                    opened, closed = max(midnight + opens, left), min(midnight + closes, right)
                    if opened < closed:
                        yield opened, closed

    def _same_offset(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The parts of a span over which the zone keeps one UTC offset, with that offset.

        A look a day finds every change: no zone of the tz database has two within six days.
        """
        if start == end:  # all that is covered is a day that the zone has left out
            return
        left, low, offset = start, start, self._offset(start)
        for probe in chain(range(start + DAY, end, DAY), (end - 1,)):
            if self._offset(probe) != offset:
                change = self._change(low, probe, offset)
                yield left, change, offset
                left, offset = change, self._offset(probe)
            low = probe
        yield left, end, offset

    def _change(self, low: int, high: int, offset: int) -> int:
        """The first moment after `low` that no longer has its offset; `high` is one of them."""
        while high - low > 1:
            middle = (low + high) // 2
            if self._offset(middle) == offset:
                low = middle
            else:
                high = middle
        return high

    def _stretches_of(self, weekday: int, *, was: bool, worked: bool) -> list[tuple[int, int]]:
        """When a day is open, from its midnight: what is left of the night, then its own."""
        yesterday = (weekday - 2) % 7 + 1
        night = [
            (0, window.end - DAY)
            for window in self.windows
            if window.end > DAY and window.opens_on(yesterday, working=was)
        ]
        own = [
            (window.start, min(window.end, DAY))
            for window in self.windows
            if window.opens_on(weekday, working=worked)
        ]
        return sorted(night + own)

    def _is_workday(self, day: int) -> bool:
        return self.days.is_workday(date.fromordinal(day + _EPOCH_DAY))

    def _offset(self, moment: int) -> int:
        there = (EPOCH + timedelta(microseconds=moment)).astimezone(self.zone)
        return (there.utcoffset() or _NO_TIME) // _MICROSECOND

    def _midnight(self, day: date) -> tuple[timedelta, timedelta]:
        start = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return start - EPOCH, start.replace(fold=1) - EPOCH

    def _outside(self, asked: str) -> OutsideCoverage:
        return OutsideCoverage(str(self.days), *self.coverage, asked)


def _after(table: Table, page: Table) -> Table:
    """The table with a page behind it, and the origin of the table."""
    return Table(
        table.start,
        page.end,
        table.opens + page.opens[1:],
        table.closes + page.closes[1:],
        table.before + [table.total + before for before in page.before[1:]],
    )


def _ahead(page: Table, table: Table) -> Table:
    """The table with a page in front of it, and the origin of the table."""
    origin = table.before[0] - page.total
    return Table(
        page.start,
        table.end,
        page.opens + table.opens[1:],
        page.closes + table.closes[1:],
        [origin + before for before in page.before] + table.before[1:],
    )


def _year(moment: timedelta) -> int:
    return (EPOCH + moment).year


def _new_year(year: int) -> timedelta:
    return datetime(year, 1, 1, tzinfo=UTC) - EPOCH
