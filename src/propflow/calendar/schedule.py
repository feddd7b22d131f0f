"""Schedules: what recurs on which days, within which windows, and who takes part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from propflow.calendar.moments import wall_moment
from propflow.calendar.recurrence_rule import RecurrenceRule
from propflow.calendar.window import EVERY_WEEKDAY, DayKind, Window
from propflow.calendar.working_days import WorkingDays
from propflow.calendar.zones import zone_or_problem
from propflow.errors import InvalidSchedule, Problem, UnspecifiedRuleError
from propflow.unspecified import Unspecified, UnspecifiedType

Days: TypeAlias = frozenset[int] | RecurrenceRule | UnspecifiedType
"""ISO weekdays, a rule of RFC 5545, or `Unspecified` where the source leaves the weekday out."""

_A_DAY: Final = timedelta(days=1)


class OnHoliday(Enum):
    """What becomes of an occurrence on a day that is not worked, a free weekend among them."""

    KEEP = "keep"
    SKIP = "skip"
    NEXT_WORKING_DAY = "next_working_day"


@attrs.frozen
class Occurrence:
    """One time at which a schedule falls due.

    Attributes:
        schedule: Id of the schedule.
        day: The day on which it begins, in the schedule's zone.
        starts: When its window opens, in the schedule's zone.
        ends: When its window closes, likewise.
        moved_from: The day that was not worked and from which it was moved here, if any.
    """

    schedule: str
    day: date
    starts: datetime
    ends: datetime
    moved_from: date | None = None


@attrs.frozen(init=False)
class Schedule:
    """What recurs: on which days, within which windows, where, and who takes part.

    Attributes:
        id: A stable name, for programs.
        zh: Name for people, in Chinese.
        en: Name for people, in English.
        windows: From when to when, on each of its days; an occurrence for each.
        days: Weekdays, a rule, or `Unspecified`.
        zone: The zone whose wall clock the windows are read on.
        on_holiday: What becomes of it on a day that is not worked.
        working_days: Which days are worked; needed unless `on_holiday` is to keep. For "weekends
            too, but not on public holidays", give `adjusted(every_day(), off=…)`.
        leader: Role of whoever leads, or None.
        participants: Roles of those who take part.
        areas: Where; `Unspecified` if the source has lost it.
        source: The clause that it comes from, or empty.
        assumed: Names of the fields that the source leaves open and that are assumed here.
    """

    id: str
    zh: str
    en: str
    windows: tuple[Window, ...]
    days: Days
    zone: ZoneInfo
    on_holiday: OnHoliday
    working_days: WorkingDays | None
    leader: str | None
    participants: tuple[str, ...]
    areas: tuple[str, ...] | UnspecifiedType
    source: str
    assumed: frozenset[str]

    def __init__(
        self,
        id: str,
        *,
        zh: str,
        en: str,
        windows: Iterable[Window],
        days: Iterable[int] | RecurrenceRule | UnspecifiedType,
        zone: str | ZoneInfo,
        on_holiday: OnHoliday = OnHoliday.KEEP,
        working_days: WorkingDays | None = None,
        leader: str | None = None,
        participants: Iterable[str] = (),
        areas: Iterable[str] | UnspecifiedType = (),
        source: str = "",
        assumed: Iterable[str] = (),
    ) -> None:
        """Check all of it and report every problem at once.

        Raises:
            InvalidSchedule: a label is empty, there is no window or one that says days itself, a
                weekday is none, there is no such zone, an assumed field is none, or the working
                days are missing.
        """
        listed = tuple(windows)
        recurring = days if isinstance(days, RecurrenceRule | UnspecifiedType) else frozenset(days)
        there = zone_or_problem(zone)
        guessed = frozenset(assumed)
        problems = [
            *_label_problems(id, zh, en),
            *_window_problems(listed),
            *_day_problems(recurring),
            *([there] if isinstance(there, Problem) else []),
            *_assumed_problems(guessed),
        ]
        if on_holiday is not OnHoliday.KEEP and working_days is None:
            why = f"say which days are worked, because on_holiday is {on_holiday.value}"
            problems.append(Problem("working_days", why))
        if problems or isinstance(there, Problem):
            raise InvalidSchedule(f"the schedule {id!r}", problems)
        values = {
            "id": id,
            "zh": zh,
            "en": en,
            "windows": listed,
            "days": recurring,
            "zone": there,
            "on_holiday": on_holiday,
            "working_days": working_days,
            "leader": leader,
            "participants": tuple(participants),
            "areas": areas if isinstance(areas, UnspecifiedType) else tuple(areas),
            "source": source,
            "assumed": guessed,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def people(self) -> frozenset[str]:
        """The roles of all who are needed: those who take part, and who leads."""
        leaders = () if self.leader is None else (self.leader,)
        return frozenset((*self.participants, *leaders))

    def occurrences(self, first: date, last: date) -> list[Occurrence]:
        """Every occurrence that begins on a day from `first` to `last`, in order of time.

        One that is moved from a holiday counts on the day to which it is moved; moved onto a day
        that has one of its own, there is only that one.

        Raises:
            UnspecifiedRuleError: the source does not give the weekday, and the host has not
                set it: `attrs.evolve(schedule, days=[…])`.
            OutsideCoverage: the working days do not reach far enough to tell.
        """
        found: dict[date, date | None] = {}
        for day in self._days_between(self._look_back(first), last):
            takes_place = self._takes_place_on(day, last)
            if takes_place is not None and takes_place >= first:
                moved_from = None if takes_place == day else day
                if moved_from is None or takes_place not in found:
                    found[takes_place] = moved_from
        return sorted(
            (
                self._occurrence(day, window, moved_from)
                for day, moved_from in found.items()
                for window in self.windows
            ),
            key=lambda each: each.starts.astimezone(UTC),
        )

    def _days_between(self, first: date, last: date) -> Iterator[date]:
        if self.days is Unspecified:
            raise UnspecifiedRuleError([self.id], "weekday")
        if isinstance(self.days, RecurrenceRule):
            yield from self.days.between(first, last)
            return
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if day.isoweekday() in self.days:
                yield day

    def _look_back(self, first: date) -> date:
        """The first day from which an occurrence may be moved to `first` or later."""
        if self.on_holiday is OnHoliday.NEXT_WORKING_DAY and self.working_days is not None:
            while not self.working_days.is_workday(first - _A_DAY):
                first -= _A_DAY
        return first

    def _takes_place_on(self, day: date, last: date) -> date | None:
        """The day on which an occurrence takes place; None if it is skipped or after `last`."""
        if self.on_holiday is OnHoliday.KEEP or self.working_days is None:
            return day
        if self.on_holiday is OnHoliday.SKIP:
            return day if self.working_days.is_workday(day) else None
        while day <= last and not self.working_days.is_workday(day):
            day += _A_DAY
        return day if day <= last else None

    def _occurrence(self, day: date, window: Window, moved_from: date | None) -> Occurrence:
        starts, ends = (wall_moment(day, clock, self.zone) for clock in (window.start, window.end))
        return Occurrence(self.id, day, starts, ends, moved_from)


def _label_problems(id: str, zh: str, en: str) -> list[Problem]:
    return [
        Problem(name, "is empty; programs and people need it")
        for name, text in (("id", id), ("zh", zh), ("en", en))
        if not text.strip()
    ]


def _window_problems(windows: tuple[Window, ...]) -> list[Problem]:
    if not windows:
        return [Problem("windows", "name at least one")]
    return [
        Problem("windows", f"{window} says days of its own; say them in `days` and `on_holiday`")
        for window in windows
        if window.weekdays != EVERY_WEEKDAY or window.on is not DayKind.WORKING_DAY
    ]


def _day_problems(days: Days) -> list[Problem]:
    if isinstance(days, frozenset) and (not days or not days <= EVERY_WEEKDAY):
        return [Problem("days", "name at least one weekday, from 1 (Monday) to 7")]
    return []


def _assumed_problems(assumed: frozenset[str]) -> list[Problem]:
    fields = {field.name for field in attrs.fields(Schedule)}
    return [Problem("assumed", f"there is no field {name!r}") for name in sorted(assumed - fields)]
