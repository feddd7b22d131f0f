"""A window says when it opens and closes, on which days, and refuses what is none."""

from __future__ import annotations

import pytest

from propflow.calendar import DayKind, Weekday, Window
from propflow.errors import InvalidCalendar

HOUR = 3_600_000_000


def test_a_window_opens_on_working_days_when_nothing_is_said():
    window = Window("08:30", "12:00")
    assert window.opens_on(Weekday.SUNDAY, working=True)
    assert not window.opens_on(Weekday.MONDAY, working=False)
    assert (window.start, window.end) == (8.5 * HOUR, 12 * HOUR)
    assert str(window) == "08:30–12:00"


def test_a_window_for_days_off_and_one_for_any_day():
    off = Window("09:00", "12:00", on=DayKind.DAY_OFF)
    assert not off.opens_on(Weekday.MONDAY, working=True)
    assert off.opens_on(Weekday.MONDAY, working=False)
    always = Window("09:00", "12:00", on=DayKind.ANY_DAY, weekdays=[6, 7])
    assert always.opens_on(Weekday.SATURDAY, working=True)
    assert always.opens_on(Weekday.SUNDAY, working=False)
    assert not always.opens_on(Weekday.FRIDAY, working=True)


@pytest.mark.parametrize(
    ("opens", "closes", "end"),
    [
        ("22:00", "06:00", 30),
        ("22:00", "00:00", 24),
        ("22:00", "24:00", 24),
        ("00:00", "24:00", 24),
        ("10:00", "09:00", 33),
    ],
)
def test_a_window_that_closes_before_it_opens_runs_over_midnight(opens, closes, end):
    assert Window(opens, closes).end == end * HOUR


def test_windows_know_seconds():
    assert Window("00:00:01", "00:00:59").end == 59_000_000


@pytest.mark.parametrize(
    ("opens", "closes", "where"),
    [
        ("8:30", "12:00", ["opens"]),
        ("08:30", "12:60", ["closes"]),
        ("08:30", "24:00:01", ["closes"]),
        ("08:30", "12:00:60", ["closes"]),
        ("25:00", "noon", ["opens", "closes"]),
        ("٠٨:٣٠", "12:00", ["opens"]),
        ("24:00", "06:00", ["opens"]),
        ("24:00", "24:00", ["opens", "closes"]),
        ("08:30", "08:30:00", ["closes"]),
    ],
)
def test_a_time_that_is_none_and_an_empty_window_are_refused(opens, closes, where):
    with pytest.raises(InvalidCalendar) as caught:
        Window(opens, closes)
    assert [problem.where for problem in caught.value.problems] == where


@pytest.mark.parametrize("weekdays", [[], [0], [1, 8]])
def test_weekdays_are_one_to_seven(weekdays):
    with pytest.raises(InvalidCalendar, match="from 1 \\(Monday\\) to 7"):
        Window("08:30", "12:00", weekdays=weekdays)


def test_windows_that_say_the_same_are_equal():
    assert Window("08:30", "12:00") == Window("08:30", "12:00", weekdays=range(1, 8))
    assert Window("08:30", "12:00") != Window("08:30", "12:00", on=DayKind.ANY_DAY)
