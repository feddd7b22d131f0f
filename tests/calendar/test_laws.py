"""The laws of working time, on calendars that Hypothesis makes up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import attrs
from hypothesis import given, reject
from hypothesis import strategies as st

from propflow.calendar import DayKind, ServiceCalendar, adjusted, every_day
from propflow.errors import InvalidCalendar, OutsideCoverage
from tests.calendar.calendars import CHANGES, some_days, some_windows

REACH = 40
DURATIONS = st.timedeltas(timedelta(0), timedelta(hours=60))
SHORT = st.timedeltas(timedelta(0), timedelta(hours=20))


@attrs.frozen
class Drawn:
    """A calendar, the days beneath it, and a day around which it knows some."""

    calendar: ServiceCalendar
    day: date

    def moment(self, draw):
        middle = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)
        away = draw(st.timedeltas(timedelta(days=-10), timedelta(days=10)))
        return middle + away


@st.composite
def drawn_calendars(draw, kinds=tuple(DayKind)):
    random = Random(draw(st.integers(0, 2**32)))  # seeded by Hypothesis
    zone, day = draw(st.sampled_from(CHANGES))
    windows = some_windows(random, kinds)
    try:
        calendar = ServiceCalendar(windows, days=some_days(random, day, REACH), zone=zone)
    except InvalidCalendar:
        reject()
    return Drawn(calendar, day)


def added(calendar, start, duration):
    """What `add` gives, in UTC; an example that runs out of the coverage is given up."""
    try:
        return calendar.add(start, duration).astimezone(UTC)
    except OutsideCoverage:
        reject()


@given(drawn=drawn_calendars(), one=SHORT, other=SHORT, data=st.data())
def test_adding_at_once_or_in_two_parts_is_the_same(drawn, one, other, data):
    start = drawn.moment(data.draw)
    calendar = drawn.calendar
    at_once = added(calendar, start, one + other)
    assert added(calendar, added(calendar, start, one), other) == at_once
    back = added(calendar, start, -one - other)
    assert added(calendar, added(calendar, start, -one), -other) == back


@given(drawn=drawn_calendars(), duration=DURATIONS, data=st.data())
def test_what_was_added_lies_between(drawn, duration, data):
    start = drawn.moment(data.draw)
    end = added(drawn.calendar, start, duration)
    assert end >= start
    assert drawn.calendar.between(start, end) == duration
    begin = added(drawn.calendar, start, -duration)
    assert begin <= start
    assert drawn.calendar.between(begin, start) == duration


@given(drawn=drawn_calendars(), data=st.data())
def test_adding_what_lies_between_comes_no_later_and_leaves_nothing(drawn, data):
    start, end = sorted(drawn.moment(data.draw) for _ in range(2))
    calendar = drawn.calendar
    found = added(calendar, start, calendar.between(start, end))
    assert start <= found <= end
    assert calendar.between(found, end) == timedelta(0)


@given(drawn=drawn_calendars(), data=st.data())
def test_working_time_adds_up_and_is_signed(drawn, data):
    one, two, three = (drawn.moment(data.draw) for _ in range(3))
    between = drawn.calendar.between
    assert between(one, two) + between(two, three) == between(one, three)
    assert between(one, two) == -between(two, one)
    assert abs(between(one, two)) <= abs(two - one)


@given(drawn=drawn_calendars(), duration=DURATIONS, data=st.data())
def test_more_time_and_a_later_start_are_never_done_earlier(drawn, duration, data):
    one, two = sorted(drawn.moment(data.draw) for _ in range(2))
    more = duration + data.draw(SHORT)
    assert added(drawn.calendar, one, duration) <= added(drawn.calendar, two, duration)
    assert added(drawn.calendar, one, duration) <= added(drawn.calendar, one, more)


@given(drawn=drawn_calendars(), data=st.data())
def test_nothing_is_worked_before_the_next_opening(drawn, data):
    moment = drawn.moment(data.draw)
    calendar = drawn.calendar
    try:
        opening = calendar.next_open(moment).astimezone(UTC)
    except OutsideCoverage:
        reject()
    tick = timedelta(microseconds=1)
    assert opening >= moment
    assert calendar.between(moment, opening) == timedelta(0)
    assert calendar.between(opening, opening + tick) == tick
    assert calendar.next_open(opening).astimezone(UTC) == opening


@given(
    drawn=drawn_calendars(kinds=(DayKind.WORKING_DAY, DayKind.ANY_DAY)),
    duration=DURATIONS,
    data=st.data(),
)
def test_a_holiday_more_is_never_due_earlier_and_a_make_up_day_never_later(drawn, duration, data):
    calendar = drawn.calendar
    start = drawn.moment(data.draw)
    day = drawn.day + timedelta(days=data.draw(st.integers(-12, 12)))
    set_days = {"off": [day]}, {"worked": [day]}
    holiday, made_up = (
        with_days(calendar, adjusted(calendar.days, **change)) for change in set_days
    )
    due = added(calendar, start, duration)
    assert added(holiday, start, duration) >= due
    assert added(made_up, start, duration) <= due


def with_days(calendar, days):
    return ServiceCalendar(calendar.windows, days=days, zone=calendar.zone)


@given(
    day=st.integers(-20, 20),
    one=st.integers(0, 8),
    other=st.integers(0, 8),
    drawn=drawn_calendars(),
)
def test_days_are_added_at_once_or_in_two_parts(drawn, day, one, other):
    calendar = ServiceCalendar(
        drawn.calendar.windows,
        days=every_day(),
        working_days=drawn.calendar.days,
        zone=drawn.calendar.zone,
    )
    start = drawn.day + timedelta(days=day)
    for sign in (1, -1):
        try:
            at_once = calendar.add_days(start, sign * (one + other))
            part = calendar.add_days(start, sign * one)
        except OutsideCoverage:
            continue
        assert calendar.add_days(part, sign * other) == at_once
        passed = [
            start + timedelta(days=sign * n) for n in range(1, abs((at_once - start).days) + 1)
        ]
        assert sum(map(drawn.calendar.days.is_workday, passed)) == one + other
