"""Clocks of a case: what has run, what was held, what is left, and when it is due.

Everything is computed from the marks, every time: no running sum is kept that could go wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import attrs

from propflow.calendar.marks import (
    ClockState,
    Held,
    Limited,
    Mark,
    Started,
    Stopped,
    check_marks,
    lapse_of,
)
from propflow.errors import NaiveDatetime, OutsideCoverage

_NO_TIME: Final = timedelta()
_END: Final = datetime.max.replace(tzinfo=UTC)


class Measure(Protocol):
    """What a clock is read on: a `ServiceCalendar`, or `CALENDAR_TIME`."""

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest moment at which so much has gone by."""
        ...

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much goes by between two moments."""
        ...


@attrs.frozen
class CalendarTime:
    """Time as it goes by, night and day; moments come out in UTC."""

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The moment so much later, or the last there is."""
        moment = start.astimezone(UTC)
        return moment + min(duration, _END - moment)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The time from one moment to another."""
        return end.astimezone(UTC) - start.astimezone(UTC)


CALENDAR_TIME: Final = CalendarTime()
"""Time as it goes by, for limits that know no service hours."""


@attrs.frozen
class Reading:
    """What a clock shows at a moment; durations are in its measure.

    Attributes:
        started_at: When it began, last from nothing.
        stopped_at: When it stopped, or None while it goes on.
        on_hold: It is on hold now.
        limit: How much may go by.
        net: How much has run, holds excluded.
        held: How much would have run during holds.
        late: It went past its due moment before it stopped, or has by now. To the moment: what
            falls due at the end of the morning and is done over lunch is late.
        foreseen: When it is or was due, or the error that says why that is not known yet.
    """

    started_at: datetime
    stopped_at: datetime | None
    on_hold: bool
    limit: timedelta
    net: timedelta
    held: timedelta
    late: bool
    foreseen: datetime | OutsideCoverage = attrs.field(eq=str)

    @property
    def remaining(self) -> timedelta:
        """How much is left of the limit; negative once more has run."""
        return self.limit - self.net

    @property
    def provisional(self) -> bool:
        """Whether the due moment lies beyond the calendar's data, and comes with newer ones."""
        return isinstance(self.foreseen, OutsideCoverage)

    @property
    def due(self) -> datetime:
        """When it is or was due; on hold, when it would be if it were resumed at this moment.

        Raises:
            OutsideCoverage: the reading is provisional.
        """
        if isinstance(self.foreseen, OutsideCoverage):
            raise self.foreseen.with_traceback(None)
        return self.foreseen


def read_clock(marks: Iterable[Mark], measure: Measure, now: datetime) -> Reading | None:
    """What a clock shows at a moment; None if it has not been started by then.

    Args:
        marks: What happened to it, in order of time; marks after `now` do not count yet.
        measure: What it runs on.
        now: The moment to read it at, an aware datetime.

    Raises:
        NaiveDatetime: `now` has no UTC offset.
        InvalidClock: marks contradict each other, such as holds that overlap; every problem is
            named.
        OutsideCoverage: a mark or `now` lies outside what the calendar knows.
    """
    if now.utcoffset() is None:
        raise NaiveDatetime("now", now)
    listed = tuple(marks)
    check_marks(listed)
    moment = now.astimezone(UTC)
    begun = [
        (number, mark)
        for number, mark in enumerate(listed)
        if isinstance(mark, Started) and mark.at.astimezone(UTC) <= moment
    ]
    if not begun:
        return None
    last, start = begun[-1]
    started = start.at.astimezone(UTC)
    clock = _Clock(measure, started, start.limit, since=started)
    for mark in listed[last + 1 :]:
        at = mark.at.astimezone(UTC)
        if at > moment:
            break
        clock.take(mark, at)
    return clock.reading(moment)


@attrs.define
class _Clock:
    """A clock while its marks are gone through."""

    measure: Measure
    started_at: datetime
    limit: timedelta
    since: datetime
    """From when on it has been in its state."""
    state: ClockState = ClockState.RUNNING
    lapses: datetime | None = None
    """When the hold ends by itself."""
    floor: datetime | None = None
    """A limit that came later makes nothing due before this moment."""
    runs: list[tuple[datetime, datetime]] = attrs.Factory(list[tuple[datetime, datetime]])
    holds: list[tuple[datetime, datetime]] = attrs.Factory(list[tuple[datetime, datetime]])

    def take(self, mark: Mark, at: datetime) -> None:
        """Let a mark happen."""
        self._lapse(at)
        if isinstance(mark, Limited):
            self._change_limit(at, mark.limit)
        elif isinstance(mark, Held):
            self._turn(ClockState.HELD, at)
            self.lapses = lapse_of(mark)
        elif isinstance(mark, Stopped):
            self._turn(ClockState.STOPPED, at)
        elif self.state is not ClockState.RUNNING:  # resumed or reopened
            self._turn(ClockState.RUNNING, at)

    def _lapse(self, now: datetime) -> None:
        if self.state is ClockState.HELD and self.lapses is not None and self.lapses <= now:
            self._turn(ClockState.RUNNING, self.lapses)

    def _turn(self, state: ClockState, at: datetime) -> None:
        if self.state is ClockState.RUNNING:
            self.runs.append((self.since, at))
        elif self.state is ClockState.HELD:
            self.holds.append((self.since, at))
        self.state, self.since = state, at

    def _change_limit(self, at: datetime, limit: timedelta) -> None:
        # Nobody is late by a limit that was not there yet, nor excused by a shorter one.
        due = self._foreseen(at)
        self.floor = min(at, due.astimezone(UTC)) if isinstance(due, datetime) else at
        self.limit = limit

    def reading(self, now: datetime) -> Reading:
        """What it shows at a moment that is not before its last mark."""
        self._lapse(now)
        stopped = self.state is ClockState.STOPPED
        due = self._foreseen(now)
        until = self.since if stopped else now
        return Reading(
            started_at=self.started_at,
            stopped_at=self.since if stopped else None,
            on_hold=self.state is ClockState.HELD,
            limit=self.limit,
            net=self._total(self._stretches(self.runs, ClockState.RUNNING, now)),
            held=self._total(self._stretches(self.holds, ClockState.HELD, now)),
            late=isinstance(due, datetime) and until > due.astimezone(UTC),
            foreseen=due,
        )

    def _stretches(
        self, ended: Sequence[tuple[datetime, datetime]], state: ClockState, now: datetime
    ) -> list[tuple[datetime, datetime]]:
        return [*ended, (self.since, now)] if self.state is state else list(ended)

    def _total(self, stretches: Iterable[tuple[datetime, datetime]]) -> timedelta:
        return sum((self.measure.between(*each) for each in stretches), _NO_TIME)

    def _foreseen(self, now: datetime) -> datetime | OutsideCoverage:
        try:
            due = self._reached(now)
        except OutsideCoverage as error:
            return error.with_traceback(None)  # a reading is kept; the frames need not be
        if self.floor is None or self.floor <= due.astimezone(UTC):
            return due
        return self.measure.add(self.floor, _NO_TIME)  # in the zone of the measure

    def _reached(self, now: datetime) -> datetime:
        """The first moment at which the limit has run, if it runs on from now or from its stop."""
        left = self.limit
        for start, end in self._stretches(self.runs, ClockState.RUNNING, now):
            worked = self.measure.between(start, end)
            if worked >= left:
                return self.measure.add(start, left)
            left -= worked
        return self.measure.add(self.since if self.state is ClockState.STOPPED else now, left)
