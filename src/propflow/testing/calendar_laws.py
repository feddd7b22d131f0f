"""The laws of working time, to be tried on a calendar of one's own with random moments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

from hypothesis import strategies as st

from propflow.calendar import ServiceCalendar
from propflow.errors import OutsideCoverage
from propflow.scoring import Label
from propflow.testing.laws import Law, law

_TICK = timedelta(microseconds=1)
_LONGEST = timedelta(hours=60)
_COVERED = Label("结果在日历范围之内", "what is counted lies within the coverage of the calendar")

Moments: TypeAlias = tuple[datetime, datetime, datetime]
Example: TypeAlias = tuple[Moments, timedelta, timedelta]


def working_time_laws(calendar: ServiceCalendar) -> tuple[Law, ...]:
    """The laws that every calendar keeps, for one with windows, days and a zone of your own.

    An example that runs out of the days that the calendar knows counts for nothing.

    Use it as `@pytest.mark.parametrize("law", working_time_laws(office), ids=lambda law: law.name)`
    and call `law.check()`.
    """
    examples = st.tuples(
        st.tuples(*[_moments(calendar)] * 3), *[st.timedeltas(timedelta(0), _LONGEST)] * 2
    )

    def made(name: str, says: Label, objection: _Objection) -> Law:
        def covered(example: Example) -> str | None:
            try:
                return objection(calendar, *example)
            except OutsideCoverage:
                return None

        return law(name, says, examples, covered, provided=_COVERED)

    return tuple(made(*each) for each in _LAWS)


def _moments(calendar: ServiceCalendar) -> st.SearchStrategy[datetime]:
    """Draw moments of the days in the middle of the coverage, many of them at a window's edge."""
    first, last = calendar.coverage.first, calendar.coverage.last
    third = (last - first) // 3
    days = st.dates(first + third, max(first + third, last - third))
    edges = [
        timedelta(microseconds=since_midnight) + by
        for window in calendar.windows
        for since_midnight in (window.start, window.end)
        for by in (-_TICK, timedelta(0), _TICK)
    ]
    times = st.one_of(
        st.sampled_from(edges),
        st.timedeltas(timedelta(0), timedelta(days=1)),
    )

    def moment(day: date, time: timedelta) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=calendar.zone)
        return (midnight + time).astimezone(UTC)

    return st.builds(moment, days, times)


_Objection: TypeAlias = Callable[[ServiceCalendar, Moments, timedelta, timedelta], str | None]


def _in_parts(
    calendar: ServiceCalendar, at: Moments, one: timedelta, other: timedelta
) -> str | None:
    at_once = calendar.add(at[0], one + other)
    in_parts = calendar.add(calendar.add(at[0], one), other)
    if at_once == in_parts:
        return None
    return f"{at[0]} + {one + other} is {at_once}, in two parts {in_parts}"


def _between(
    calendar: ServiceCalendar, at: Moments, one: timedelta, _other: timedelta
) -> str | None:
    end = calendar.add(at[0], one)
    found = calendar.between(at[0], end)
    if end >= at[0] and found == one:
        return None
    return f"{found} lies between {at[0]} and {end}, which is {one} later"


def _sums(calendar: ServiceCalendar, at: Moments, _one: timedelta, _other: timedelta) -> str | None:
    a, b, c = at
    parts = calendar.between(a, b) + calendar.between(b, c)
    whole, back = calendar.between(a, c), calendar.between(c, a)
    if parts == whole == -back and abs(whole) <= abs(c - a):
        return None
    return f"from {a} over {b} to {c} it is {parts}, at once {whole}, and back {back}"


def _monotone(
    calendar: ServiceCalendar, at: Moments, one: timedelta, other: timedelta
) -> str | None:
    early, late = sorted(at[:2])
    due, later, longer = (
        calendar.add(early, one),
        calendar.add(late, one),
        calendar.add(early, one + other),
    )
    if due <= later and due <= longer:
        return None
    return f"{early} + {one} is {due}, {late} + {one} is {later}, + {one + other} is {longer}"


def _opening(
    calendar: ServiceCalendar, at: Moments, _one: timedelta, _other: timedelta
) -> str | None:
    opening = calendar.next_open(at[0])
    idle, worked = calendar.between(at[0], opening), calendar.between(opening, opening + _TICK)
    if opening >= at[0] and not idle and worked == _TICK:
        return None
    return f"{opening} is the next opening after {at[0]}, and {idle} is worked before"


_LAWS: tuple[tuple[str, Label, _Objection], ...] = (
    (
        "adding_in_parts_is_adding_at_once",
        Label("分次相加等于一次相加", "adding in two parts is adding at once"),
        _in_parts,
    ),
    (
        "what_was_added_lies_between",
        Label("加上多少,其间就是多少", "what was added lies between"),
        _between,
    ),
    (
        "working_time_adds_up_and_is_signed",
        Label("工时可以相加,有正负", "working time adds up, and is negative backwards"),
        _sums,
    ),
    (
        "more_time_and_a_later_start_are_never_done_earlier",
        Label("时长更长或开始更晚,不会更早到期", "more time or a later start is never due earlier"),
        _monotone,
    ),
    (
        "nothing_is_worked_before_the_next_opening",
        Label("下次开门之前没有工时", "nothing is worked before the next opening"),
        _opening,
    ),
)
