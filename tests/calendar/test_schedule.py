"""Schedules: days, holidays, rules, and the schedules of the patrol regulation."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.calendar import (
    DAILY_INSPECTION,
    JOINT_PATROL,
    PATROL_SCHEDULES,
    WEEKLY_INSPECTION,
    DayKind,
    OnHoliday,
    RecurrenceRule,
    Schedule,
    Weekday,
    Window,
    adjusted,
    every_day,
    official_china,
    weekdays,
)
from propflow.errors import (
    InvalidSchedule,
    MissingExtra,
    OutsideCoverage,
    UnspecifiedError,
    UnspecifiedRuleError,
)
from propflow.unspecified import Unspecified

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
FESTIVAL = date(2026, 2, 9), date(2026, 3, 8)
"""Four weeks, Monday to Sunday; the Spring Festival is from the 15th to the 23rd of February."""


def schedule(**changes):
    values = {
        "zh": "巡楼",
        "en": "Round",
        "windows": [Window("09:00", "10:00")],
        "days": [Weekday.MONDAY],
        "zone": "Asia/Shanghai",
    }
    return Schedule("round", **{**values, **changes})


def days_of(plan, first, last):
    return [each.day for each in plan.occurrences(first, last)]


def test_the_daily_inspection_takes_place_every_calendar_day():
    found = DAILY_INSPECTION.occurrences(*FESTIVAL)
    assert [each.day for each in found] == [FESTIVAL[0] + n * DAY for n in range(28)]
    assert found[0].starts == datetime(2026, 2, 9, 9, 30, tzinfo=SHANGHAI)
    assert found[0].ends == datetime(2026, 2, 9, 10, 0, tzinfo=SHANGHAI)
    assert found[0].schedule == "daily_inspection_window"
    assert {"days", "on_holiday"} <= DAILY_INSPECTION.assumed


def test_the_joint_patrol_is_kept_on_a_holiday_monday():
    assert days_of(JOINT_PATROL, *FESTIVAL) == [date(2026, 2, n) for n in (9, 16, 23)] + [
        date(2026, 3, 2)
    ]
    assert JOINT_PATROL.leader == "project_general_manager"
    assert JOINT_PATROL.people == {
        *("project_general_manager", "department_head"),
        *("customer_service_assistant", "key_engineering_staff"),
    }


def test_the_weekly_inspection_has_no_weekday_until_the_host_gives_one():
    assert WEEKLY_INSPECTION.days is Unspecified
    with pytest.raises(UnspecifiedRuleError, match="weekday for weekly_inspection_window") as error:
        WEEKLY_INSPECTION.occurrences(*FESTIVAL)
    assert error.value.rules == ("weekly_inspection_window",)
    assert error.value.parameter == "weekday"
    assert isinstance(error.value, UnspecifiedError)
    given_one = attrs.evolve(WEEKLY_INSPECTION, days=[Weekday.WEDNESDAY])
    assert days_of(given_one, date(2026, 2, 9), date(2026, 2, 20)) == [
        date(2026, 2, 11),
        date(2026, 2, 18),
    ]
    assert WEEKLY_INSPECTION.days is Unspecified


def test_every_shipped_schedule_cites_its_clause_and_is_in_shanghai():
    for each in PATROL_SCHEDULES:
        assert each.source.startswith("巡检管理规程 3.")
        assert each.zone is SHANGHAI
        assert "zone" in each.assumed
    assert DAILY_INSPECTION.areas is Unspecified
    assert WEEKLY_INSPECTION.areas is Unspecified


@pytest.mark.parametrize(
    ("on_holiday", "expected"),
    [
        (OnHoliday.KEEP, [(2, 9, None), (2, 16, None), (2, 23, None), (3, 2, None)]),
        (OnHoliday.SKIP, [(2, 9, None), (3, 2, None)]),
        (OnHoliday.NEXT_WORKING_DAY, [(2, 9, None), (2, 24, (2, 16)), (3, 2, None)]),
    ],
)
def test_a_holiday_monday_is_kept_or_skipped_or_moved(on_holiday, expected):
    plan = schedule(on_holiday=on_holiday, working_days=official_china())
    found = [
        (
            each.day.month,
            each.day.day,
            each.moved_from and (each.moved_from.month, each.moved_from.day),
        )
        for each in plan.occurrences(*FESTIVAL)
    ]
    assert found == expected


def test_an_occurrence_is_moved_into_what_is_asked_and_out_of_it():
    plan = schedule(on_holiday=OnHoliday.NEXT_WORKING_DAY, working_days=official_china())
    assert days_of(plan, date(2026, 2, 24), date(2026, 2, 24)) == [date(2026, 2, 24)]
    assert days_of(plan, date(2026, 2, 16), date(2026, 2, 23)) == []
    assert days_of(plan, date(2026, 2, 18), date(2026, 2, 24)) == [date(2026, 2, 24)]


def test_moved_onto_a_day_of_its_own_there_is_only_one():
    plan = schedule(
        days=range(1, 8), on_holiday=OnHoliday.NEXT_WORKING_DAY, working_days=official_china()
    )
    found = plan.occurrences(date(2026, 2, 13), date(2026, 2, 25))
    assert [each.day.day for each in found] == [13, 14, 24, 25]
    assert [each.moved_from for each in found] == [None] * 4


def test_beyond_the_working_days_nothing_is_guessed():
    known = weekdays([1, 2, 3, 4, 5], first=date(2026, 2, 2), last=date(2026, 2, 22))
    plan = schedule(on_holiday=OnHoliday.NEXT_WORKING_DAY, working_days=known)
    assert days_of(plan, date(2026, 2, 3), date(2026, 2, 22)) == [
        date(2026, 2, 9),
        date(2026, 2, 16),
    ]
    with pytest.raises(OutsideCoverage):
        plan.occurrences(date(2026, 2, 3), date(2026, 2, 23))
    with pytest.raises(OutsideCoverage):  # an earlier one might be moved to the first day
        plan.occurrences(date(2026, 2, 2), date(2026, 2, 22))


def test_weekends_are_kept_where_only_holidays_are_taken_out():
    round_the_week = adjusted(every_day(), off=[date(2026, 10, 1)])
    plan = schedule(days=range(1, 8), on_holiday=OnHoliday.SKIP, working_days=round_the_week)
    found = days_of(plan, date(2026, 9, 30), date(2026, 10, 4))
    assert found == [date(2026, 9, 30), *(date(2026, 10, n) for n in (2, 3, 4))]


def test_several_windows_a_day_and_one_over_midnight_in_order():
    plan = schedule(windows=[Window("22:00", "02:00"), Window("09:00", "10:00")])
    found = plan.occurrences(date(2026, 2, 9), date(2026, 2, 9))
    assert [each.starts.hour for each in found] == [9, 22]
    assert found[1].ends == datetime(2026, 2, 10, 2, 0, tzinfo=SHANGHAI)
    assert found[1].day == date(2026, 2, 9)


def test_a_time_that_the_clock_leaves_out_is_moved_to_one_that_it_shows():
    plan = schedule(
        windows=[Window("02:30", "04:00")], days=[Weekday.SUNDAY], zone="America/New_York"
    )
    (found,) = plan.occurrences(date(2026, 3, 8), date(2026, 3, 8))
    assert found.starts.isoformat() == "2026-03-08T03:30:00-04:00"
    assert found.ends.isoformat() == "2026-03-08T04:00:00-04:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1MO", [date(2026, 2, 2), date(2026, 3, 2)]),
        # The first day is a Sunday, so its week is the one of 30 January.
        ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", [date(2026, 2, n) for n in (13, 27)]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", [date(2026, 2, 28)]),
        ("FREQ=DAILY;COUNT=2", [date(2026, 2, 1), date(2026, 2, 2)]),
        ("FREQ=DAILY;UNTIL=20260202", [date(2026, 2, 1), date(2026, 2, 2)]),
    ],
)
def test_days_by_a_rule_of_rfc_5545(text, expected):
    plan = schedule(days=RecurrenceRule(text, date(2026, 2, 1)))
    assert days_of(plan, date(2026, 2, 1), date(2026, 3, 5)) == expected


def test_a_rule_counts_from_its_first_day_wherever_one_asks():
    rule = RecurrenceRule("FREQ=DAILY;INTERVAL=3", date(2026, 2, 1))
    assert rule.between(date(2026, 2, 3), date(2026, 2, 8)) == [date(2026, 2, n) for n in (4, 7)]
    assert rule == RecurrenceRule("FREQ=DAILY;INTERVAL=3", date(2026, 2, 1))
    assert rule.between(date(2020, 1, 1), date(2026, 1, 31)) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("every monday", "is no rule of RFC 5545"),
        ("FREQ=SOMETIMES", "is no rule of RFC 5545"),
        ("FREQ=DAILY;UNTIL=20260202T000000Z", "is no rule of RFC 5545"),
        ("FREQ=HOURLY", "gives times of the day"),
        ("FREQ=DAILY;byhour=9", "gives times of the day"),
        ("DTSTART:20260201\nRRULE:FREQ=DAILY", "give one RRULE"),
        ("RRULE:FREQ=DAILY\nEXDATE:20260202", "give one RRULE"),
    ],
)
def test_a_rule_that_is_none_or_gives_times_is_refused(text, why):
    with pytest.raises(InvalidSchedule, match=why):
        RecurrenceRule(text, date(2026, 2, 1))


def test_without_dateutil_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "dateutil.rrule", None)
    with pytest.raises(MissingExtra, match=r'pip install "propflow\[schedules\]"'):
        RecurrenceRule("FREQ=DAILY", date(2026, 2, 1))


def test_everything_wrong_with_a_schedule_is_said_at_once():
    with pytest.raises(InvalidSchedule) as caught:
        schedule(
            zh=" ",
            windows=[],
            days=[0],
            zone="Asia/Beijing",
            on_holiday=OnHoliday.SKIP,
            assumed=["weather"],
        )
    assert [problem.where for problem in caught.value.problems] == [
        *("zh", "windows", "days", "zone", "assumed", "working_days"),
    ]


@pytest.mark.parametrize(
    "window",
    [
        Window("09:00", "10:00", weekdays=[1]),
        Window("09:00", "10:00", on=DayKind.ANY_DAY),
    ],
)
def test_a_schedule_says_its_days_in_one_place(window):
    with pytest.raises(InvalidSchedule, match="says days of its own"):
        schedule(windows=[window])


@given(
    worked=st.sets(st.integers(0, 40)),
    recurring=st.sets(st.integers(1, 7), min_size=1),
    first=st.integers(8, 20),
    length=st.integers(0, 15),
    on_holiday=st.sampled_from(OnHoliday),
)
def test_what_is_asked_in_parts_is_the_whole(worked, recurring, first, length, on_holiday):
    start = date(2026, 2, 1)
    # The last days are worked, so that what is moved always finds a day.
    made_up = [start + n * DAY for n in {*worked, 0, 41, 42}]
    days = adjusted(weekdays([7], first=start, last=start + 42 * DAY), worked=made_up)
    plan = schedule(days=recurring, on_holiday=on_holiday, working_days=days)
    begin, end = start + first * DAY, start + (first + length) * DAY
    whole = plan.occurrences(begin, end)
    every = [begin + n * DAY for n in range(length + 1)]
    assert whole == [found for day in every for found in plan.occurrences(day, day)]
    if on_holiday is not OnHoliday.KEEP:
        assert all(days.is_workday(each.day) for each in whole)
    for each in whole:
        planned = each.moved_from or each.day
        assert planned.isoweekday() in recurring
        between = [planned + n * DAY for n in range((each.day - planned).days)]
        assert not any(map(days.is_workday, between))
