"""Two schedules that need the same people at the same time are reported."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from propflow.calendar import (
    DAILY_INSPECTION,
    JOINT_PATROL,
    PATROL_SCHEDULES,
    Schedule,
    Weekday,
    Window,
    clashes,
)
from propflow.errors import UnspecifiedRuleError

WEEK = date(2026, 2, 9), date(2026, 2, 15)


def round_of(name, opens, closes, zone="Asia/Shanghai"):
    return Schedule(
        name,
        zh=name,
        en=name,
        windows=[Window(opens, closes)],
        days=range(1, 8),
        zone=zone,
        participants=["guard"],
    )


def test_the_regulation_needs_the_department_heads_twice_on_mondays():
    (clash,) = clashes([DAILY_INSPECTION, JOINT_PATROL], *WEEK)
    assert clash.one.day == clash.other.day == date(2026, 2, 9)
    assert clash.people == {"department_head"}
    assert clash.en == (
        "Daily inspection (2026-02-09 09:30–10:00) and Joint patrol (2026-02-09 09:00–10:00) "
        "need the same people: department_head"
    )
    assert clash.zh.startswith("日检(2026-02-09 09:30–10:00)与巡检")


def test_one_clash_for_every_monday_in_order():
    found = clashes([JOINT_PATROL, DAILY_INSPECTION], date(2026, 2, 1), date(2026, 2, 28))
    assert [clash.one.day.day for clash in found] == [2, 9, 16, 23]


def test_taking_the_day_out_of_one_settles_it():
    daily = attrs.evolve(DAILY_INSPECTION, days=set(range(1, 8)) - {Weekday.MONDAY})
    assert clashes([daily, JOINT_PATROL], *WEEK) == []


def test_others_may_work_at_the_same_time():
    other = attrs.evolve(DAILY_INSPECTION, participants=["guard"])
    assert clashes([other, JOINT_PATROL], *WEEK) == []


def test_what_only_touches_does_not_clash():
    assert (
        clashes([round_of("one", "09:00", "10:00"), round_of("two", "10:00", "11:00")], *WEEK) == []
    )


@pytest.mark.parametrize(
    "other",
    [
        round_of("early", "05:59", "07:00"),  # clashes with the night that began the day before
        round_of("away", "16:00", "17:00", "America/Los_Angeles"),  # the next morning in Shanghai
    ],
)
def test_nights_and_zones_are_compared_as_moments(other):
    night = round_of("night", "23:00", "06:00")
    away = attrs.evolve(night, windows=[Window("07:30", "08:30")])
    same = night if other.id == "early" else away
    assert len(clashes([same, other], *WEEK)) == 6
    assert len(clashes([other, same], *WEEK)) == 6


def test_a_schedule_without_a_weekday_cannot_be_checked():
    with pytest.raises(UnspecifiedRuleError):
        clashes(PATROL_SCHEDULES, *WEEK)
