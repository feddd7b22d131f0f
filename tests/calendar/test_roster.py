"""Rosters: who is on duty at a moment, and whether a shift can send in time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from propflow.calendar import Duty, OnDuty, Roster, Shift, Window, check_sender
from propflow.errors import InvalidSchedule, NaiveDatetime

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLY = Shift("early", "早班", "Early shift", Window("07:00", "15:00"))
LATE = Shift("late", "晚班", "Late shift", Window("14:00", "22:00"))
NIGHT = Shift("night", "夜班", "Night shift", Window("22:00", "07:00"))
ROSTER = Roster(
    [EARLY, LATE, NIGHT],
    [
        Duty(date(2026, 2, 9), "early", ["u1", "u2"]),
        Duty(date(2026, 2, 9), "late", ["u3"]),
        Duty(date(2026, 2, 9), "night", ["u4"]),
        Duty(date(2026, 2, 10), "early", ["u1"]),
    ],
    zone="Asia/Shanghai",
)


def at(day, text):
    return datetime.fromisoformat(f"2026-02-{day:02}T{text}+08:00")


@pytest.mark.parametrize(
    ("moment", "persons"),
    [
        (at(9, "06:59:59"), []),
        (at(9, "07:00"), ["u1", "u2"]),
        (at(9, "14:00"), ["u1", "u2", "u3"]),  # two shifts overlap for the handover
        (at(9, "15:00"), ["u3"]),
        (at(9, "22:00"), ["u4"]),
        (at(10, "06:59:59"), ["u4"]),  # the night that began the day before
        (at(10, "07:00"), ["u1"]),
        (at(11, "07:00"), []),
    ],
)
def test_who_is_on_duty(moment, persons):
    assert [each.person for each in ROSTER.on_duty(moment)] == persons
    assert [each.person for each in ROSTER.on_duty(moment.astimezone(UTC))] == persons


def test_a_duty_says_from_when_to_when():
    (night,) = ROSTER.on_duty(at(10, "03:00"))
    assert night == OnDuty("u4", "night", at(9, "22:00"), at(10, "07:00"))
    assert night.starts.tzinfo is SHANGHAI


def test_a_naive_moment_is_refused():
    with pytest.raises(NaiveDatetime):
        ROSTER.on_duty(at(9, "07:00").replace(tzinfo=None))


def test_everything_wrong_with_a_roster_is_said_at_once():
    duty = Duty(date(2026, 2, 9), "early", ["u1"])
    with pytest.raises(InvalidSchedule) as caught:
        Roster([EARLY, EARLY], [duty, duty, Duty(duty.day, "noon", [])], zone="Asia/Beijing")
    assert [str(problem).partition(";")[0] for problem in caught.value.problems] == [
        "shifts: 2 have the id 'early'",
        "the duty of 2026-02-09: there is no shift 'noon'",
        "the duty of 2026-02-09: the shift 'early' is planned twice",
        "zone: there is no zone 'Asia/Beijing'",
    ]


def test_rosters_that_say_the_same_are_equal():
    again = Roster(ROSTER.shifts, ROSTER.duties, zone="Asia/Shanghai")
    assert again == ROSTER
    assert hash(again) == hash(ROSTER)


@pytest.mark.parametrize(
    ("window", "before"),
    [
        (Window("14:00", "22:00"), "18:30"),
        (Window("14:00", "18:30"), "18:30"),
        (Window("18:29:59", "22:00"), "18:30"),
        (Window("22:00", "07:00"), "24:00"),
        (Window("22:00", "07:00"), "00:00"),
        (Window("22:00", "07:00"), "07:00"),
    ],
)
def test_a_shift_that_is_on_duty_up_to_the_time_may_send(window, before):
    check_sender(Shift("late", "晚班", "Late shift", window), before=before)


@pytest.mark.parametrize(
    ("window", "before"),
    [
        (Window("18:30", "22:00"), "18:30"),  # begins when it is too late
        (Window("09:00", "18:00"), "18:30"),  # has gone home
        (Window("22:00", "07:00"), "22:00"),
        (Window("22:00", "07:00"), "07:00:01"),
    ],
)
def test_a_shift_that_is_not_on_duty_up_to_the_time_may_not(window, before):
    with pytest.raises(InvalidSchedule, match="let it begin earlier, or let another shift send"):
        check_sender(Shift("late", "晚班", "Late shift", window), before=before)


def test_a_sending_time_that_is_none_is_refused():
    with pytest.raises(InvalidSchedule, match="'half past six' is no time of the day"):
        check_sender(LATE, before="half past six")
