"""Rosters: who is on duty when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from propflow.calendar.moments import wall_moment
from propflow.calendar.window import DAY, Window, clock
from propflow.calendar.zones import zone_or_problem
from propflow.errors import InvalidSchedule, NaiveDatetime, Problem


@attrs.frozen
class Shift:
    """A stretch of the day for which people are on duty.

    Attributes:
        id: A stable name, for programs.
        zh: Name for people, in Chinese.
        en: Name for people, in English.
        window: From when to when, on the wall clock of the roster; its days come from there.
    """

    id: str
    zh: str
    en: str
    window: Window


def _names(persons: Iterable[str]) -> tuple[str, ...]:
    return tuple(persons)


@attrs.frozen
class Duty:
    """Who is on a shift that begins on a day.

    Attributes:
        day: The day on which the shift begins.
        shift: Id of the shift.
        persons: Ids of those who are on duty.
    """

    day: date
    shift: str
    persons: tuple[str, ...] = attrs.field(converter=_names)


@attrs.frozen
class OnDuty:
    """A person on duty, from when to when, in the zone of the roster."""

    person: str
    shift: str
    starts: datetime
    ends: datetime


@attrs.frozen(init=False)
class Roster:
    """Who is on which shift on which day, as the host plans it.

    Attributes:
        shifts: The shifts there are.
        duties: Who is on them.
        zone: The zone whose wall clock the shifts are read on.
    """

    shifts: tuple[Shift, ...]
    duties: tuple[Duty, ...]
    zone: ZoneInfo
    _planned: dict[date, list[OnDuty]] = attrs.field(eq=False, repr=False)

    def __init__(
        self, shifts: Iterable[Shift], duties: Iterable[Duty], *, zone: str | ZoneInfo
    ) -> None:
        """Check all of it and report every problem at once.

        Raises:
            InvalidSchedule: two shifts have one id, a duty names a shift that there is not, a
                shift is planned twice on a day, or there is no such zone.
        """
        kinds, planned = tuple(shifts), tuple(duties)
        there = zone_or_problem(zone)
        known = {shift.id: shift for shift in kinds}
        problems = [
            Problem("shifts", f"{count} have the id {name!r}")
            for name, count in Counter(shift.id for shift in kinds).items()
            if count > 1
        ]
        problems += [
            Problem(f"the duty of {duty.day}", f"there is no shift {duty.shift!r}")
            for duty in planned
            if duty.shift not in known
        ]
        times = Counter((duty.day, duty.shift) for duty in planned)
        problems += [
            Problem(f"the duty of {day}", f"the shift {shift!r} is planned twice; name all at once")
            for (day, shift), count in times.items()
            if count > 1
        ]
        if isinstance(there, Problem):
            problems.append(there)
        if problems or isinstance(there, Problem):
            raise InvalidSchedule("the roster", problems)
        by_day: dict[date, list[OnDuty]] = {}
        for duty in planned:
            window = known[duty.shift].window
            starts = wall_moment(duty.day, window.start, there)
            ends = wall_moment(duty.day, window.end, there)
            by_day.setdefault(duty.day, []).extend(
                OnDuty(person, duty.shift, starts, ends) for person in duty.persons
            )
        object.__setattr__(self, "shifts", kinds)
        object.__setattr__(self, "duties", planned)
        object.__setattr__(self, "zone", there)
        object.__setattr__(self, "_planned", by_day)

    def on_duty(self, moment: datetime) -> list[OnDuty]:
        """Who is on duty at a moment; a shift has begun when it starts and is over when it ends.

        Raises:
            NaiveDatetime: the moment has no UTC offset.
        """
        if moment.utcoffset() is None:
            raise NaiveDatetime("moment", moment)
        asked = moment.astimezone(UTC)
        day = moment.astimezone(self.zone).date()
        return [
            each
            for begins in (day - timedelta(days=1), day)  # the night shift began the day before
            for each in self._planned.get(begins, [])
            if each.starts.astimezone(UTC) <= asked < each.ends.astimezone(UTC)
        ]


def check_sender(shift: Shift, *, before: str) -> None:
    """Refuse a shift during which nothing can be sent before a time of the day.

    The sender must have begun before that time, and be on duty until then.

    Args:
        shift: The shift of the one who sends.
        before: ``HH:MM``; what is sent at this time is late.

    Source: 物业客服部巡检管理规程 4.10: the late shift sends before 18:30.

    Raises:
        InvalidSchedule: the shift does not cover the time, or it is none.
    """
    deadline = clock(before)
    if deadline is None:
        why = f"{before!r} is no time of the day; write it as '18:30'"
        raise InvalidSchedule("the sending time", [Problem("before", why)])
    window = shift.window
    if not any(window.start < moment <= window.end for moment in (deadline, deadline + DAY)):
        why = (
            f"the shift {shift.id!r} ({window}) is not on duty up to {before}; let it begin "
            "earlier, or let another shift send"
        )
        raise InvalidSchedule("the sender's shift", [Problem("shift", why)])
