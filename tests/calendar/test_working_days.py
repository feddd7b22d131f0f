"""Working days: official, plain, set by the host, and joined; never beyond what is known."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from propflow.calendar import (
    Coverage,
    ServiceCalendar,
    Weekday,
    Window,
    adjusted,
    every_day,
    joined,
    official_china,
    weekdays,
)
from propflow.errors import InvalidCalendar, MissingExtra, MomentForDay, OutsideCoverage

OFFICE_WEEK = weekdays(range(Weekday.MONDAY, Weekday.SATURDAY))
DAY = timedelta(days=1)


def counting(days):
    """A calendar that counts these working days and is always open."""
    always = every_day(first=date(2000, 1, 1), last=date(2050, 12, 31))
    windows = [Window("00:00", "24:00")]
    return ServiceCalendar(windows, days=always, working_days=days, zone="Asia/Shanghai")


def test_the_official_calendar_agrees_with_its_package_on_every_day():
    days = official_china()
    first, last = days.coverage
    assert (first.month, first.day, last.month, last.day) == (1, 1, 12, 31)
    assert first <= date(2004, 1, 1)
    assert last >= date(2026, 12, 31)
    every = [first + n * DAY for n in range((last - first).days + 1)]
    ours = [days.is_workday(day) for day in every]
    assert ours == [chinese_calendar.is_workday(day) for day in every]


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 13), True),  # a Friday
        (date(2026, 2, 14), True),  # a Saturday, made up for the Spring Festival
        (date(2026, 2, 15), False),  # a Sunday
        (date(2026, 2, 17), False),  # the festival, a Tuesday
        (date(2026, 10, 10), True),  # a Saturday, made up for the National Day
    ],
)
def test_make_up_days_are_worked_and_holidays_are_not(day, worked):
    assert official_china().is_workday(day) is worked


def test_beyond_the_data_the_official_calendar_does_not_fall_back_to_monday_to_friday():
    days = official_china()
    after = days.coverage.last + DAY
    with pytest.raises(OutsideCoverage) as caught:
        days.is_workday(after)
    error = caught.value
    assert (error.first, error.last) == days.coverage
    assert error.asked == str(after)
    assert str(days.coverage.last) in str(error)
    assert "pip install -U chinesecalendar" in str(error)
    with pytest.raises(OutsideCoverage):
        days.is_workday(days.coverage.first - DAY)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    official_china.cache_clear()
    monkeypatch.setitem(sys.modules, "chinese_calendar", None)
    with pytest.raises(MissingExtra, match=r'pip install "propflow\[china\]"') as caught:
        official_china()
    assert (caught.value.extra, caught.value.package) == ("china", "chinesecalendar")


def test_plain_weekdays_know_no_holiday():
    assert OFFICE_WEEK.is_workday(date(2026, 10, 1))
    assert not OFFICE_WEEK.is_workday(date(2026, 10, 10))
    assert every_day().is_workday(date(2026, 10, 10))
    assert str(OFFICE_WEEK) == "the plain weekdays"


def test_plain_weekdays_hold_for_as_long_as_the_host_says():
    days = weekdays([1], first=date(2027, 1, 1), last=date(2027, 12, 31))
    assert days.coverage == Coverage(date(2027, 1, 1), date(2027, 12, 31))
    with pytest.raises(OutsideCoverage):
        days.is_workday(date(2028, 1, 3))


def test_everything_wrong_with_plain_weekdays_is_said_at_once():
    with pytest.raises(InvalidCalendar) as caught:
        weekdays([8], first=date(2027, 1, 2), last=date(2027, 1, 1))
    assert [problem.where for problem in caught.value.problems] == ["worked", "last"]
    with pytest.raises(InvalidCalendar, match="name at least one weekday"):
        weekdays([])


def test_a_host_sets_days_off_and_days_worked():
    days = adjusted(OFFICE_WEEK, off=[date(2026, 7, 3)], worked=[date(2026, 7, 4)])
    assert not days.is_workday(date(2026, 7, 3))
    assert days.is_workday(date(2026, 7, 4))
    assert not days.is_workday(date(2026, 7, 5))
    assert days.is_workday(date(2026, 7, 6))
    assert days.coverage == OFFICE_WEEK.coverage
    assert "set by the host" in str(days)
    with pytest.raises(OutsideCoverage):
        days.is_workday(date(2100, 1, 1))


def test_days_set_both_ways_or_outside_are_refused_together():
    both, outside = date(2026, 7, 3), date(2100, 1, 1)
    with pytest.raises(InvalidCalendar) as caught:
        adjusted(OFFICE_WEEK, off=[both, outside], worked=[both])
    assert [problem.where for problem in caught.value.problems] == [str(both), str(outside)]


def test_a_host_goes_on_where_the_official_data_end():
    official = official_china()
    begins = official.coverage.last + DAY
    ends = begins.replace(month=12, day=31)
    own = weekdays(range(1, 6), first=begins, last=ends)
    days = joined(official, own)
    assert days.coverage == Coverage(official.coverage.first, ends)
    assert days.is_workday(date(2026, 2, 14))
    monday = begins + (7 - begins.weekday()) * DAY
    assert days.is_workday(monday)
    assert not days.is_workday(monday - DAY)
    assert str(days) == "the official Chinese calendar, then the plain weekdays"
    with pytest.raises(OutsideCoverage):
        days.is_workday(ends + DAY)


def test_joined_days_leave_no_gap_and_no_overlap():
    one = weekdays([1], first=date(2026, 1, 1), last=date(2026, 12, 31))
    late = weekdays([1], first=date(2027, 1, 2), last=date(2027, 12, 31))
    with pytest.raises(InvalidCalendar, match="must begin on 2027-01-01"):
        joined(one, late)
    with pytest.raises(InvalidCalendar, match="must begin on 2027-01-01"):
        joined(one, one)
    with pytest.raises(InvalidCalendar, match="name at least one"):
        joined()


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 2, 13), 1, date(2026, 2, 14)),  # the make-up Saturday counts
        (date(2026, 2, 13), 2, date(2026, 2, 24)),  # nine days of festival do not
        (date(2026, 2, 24), -2, date(2026, 2, 13)),
        (date(2026, 2, 17), 1, date(2026, 2, 24)),
        (date(2026, 2, 17), -1, date(2026, 2, 14)),
        (date(2026, 2, 17), 0, date(2026, 2, 17)),
        (date(2026, 9, 24), 15, date(2026, 10, 22)),  # by hand: see below
    ],
)
def test_working_days_are_added_and_taken_away(day, count, expected):
    # From 24 September 2026, 25 to 27 being the Mid-Autumn Festival with its weekend, and 1 to 7
    # October the National Day: 28, 29, 30 September, 8, 9, 10 (made up), 12, 13, 14, 15, 16, 19,
    # 20, 21, 22 October.
    assert counting(official_china()).add_days(day, count) == expected


def test_days_are_not_counted_beyond_the_data():
    calendar = counting(official_china())
    first, last = official_china().coverage
    for day, count in [(last, 1), (first, -1), (last + DAY, 0), (last + DAY, -1)]:
        with pytest.raises(OutsideCoverage):
            calendar.add_days(day, count)
    with pytest.raises(OutsideCoverage, match=r"2026-12-31 \+400000 working days"):
        calendar.add_days(date(2026, 12, 31), 400_000)


def test_a_moment_is_no_day():
    moment = datetime(2026, 2, 13, 23, 0, tzinfo=UTC)
    with pytest.raises(MomentForDay, match=r"day=2026-02-13T23:00:00\+00:00 is a moment"):
        counting(official_china()).add_days(moment, 1)
    with pytest.raises(MomentForDay, match="iso_week="):
        counting(official_china()).last_working_day(moment)


@pytest.mark.parametrize(
    ("week", "expected"),
    [
        ("2026-W07", date(2026, 2, 14)),  # ends on a make-up Saturday
        ("2026W07", date(2026, 2, 14)),
        ((2026, 7), date(2026, 2, 14)),
        (date(2026, 2, 9), date(2026, 2, 14)),
        (date(2026, 2, 15), date(2026, 2, 14)),
        ("2026-W08", None),  # the Spring Festival, Monday to Sunday
        ("2026-W40", date(2026, 9, 30)),  # ends with the National Day
    ],
)
def test_the_last_working_day_of_a_week(week, expected):
    assert counting(official_china()).last_working_day(week) == expected


@pytest.mark.parametrize("week", ["2026-W54", "2026-40", "W40", (2026, 0)])
def test_a_week_that_is_none_is_refused(week):
    with pytest.raises(InvalidCalendar, match="is no ISO week"):
        counting(official_china()).last_working_day(week)


def test_a_week_of_which_a_day_is_unknown_is_refused():
    days = weekdays([1, 2, 3], first=date(2026, 7, 1), last=date(2026, 7, 31))  # Wednesday, Friday
    calendar = counting(days)
    assert calendar.last_working_day("2026-W28") == date(2026, 7, 8)
    for week in ("2026-W27", "2026-W31"):
        with pytest.raises(OutsideCoverage):
            calendar.last_working_day(week)


def test_a_week_before_the_first_working_day_has_none():
    days = adjusted(
        weekdays([1], first=date(2026, 6, 1), last=date(2026, 6, 30)), off=[date(2026, 6, 1)]
    )
    assert counting(days).last_working_day("2026-W23") is None
