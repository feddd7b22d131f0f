"""Exported calendars, read back by the library and line by line."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest

from propflow.calendar import (
    DAILY_INSPECTION,
    JOINT_PATROL,
    WEEKLY_INSPECTION,
    Schedule,
    Window,
    to_icalendar,
)
from propflow.errors import InvalidSchedule, MissingExtra, NaiveDatetime, UnspecifiedRuleError

STAMPED = datetime(2026, 2, 1, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
WEEK = date(2026, 2, 9), date(2026, 2, 15)


def events_of(schedules, **options):
    file = to_icalendar(schedules, *WEEK, stamped=STAMPED, **options)
    return list(icalendar.Calendar.from_ical(file).walk("VEVENT"))


def test_the_file_says_in_utc_what_the_schedule_says_in_its_zone():
    lines = to_icalendar([JOINT_PATROL], *WEEK, stamped=STAMPED).decode().split("\r\n")
    assert lines == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//propflow//propflow//EN",
        "BEGIN:VEVENT",
        "SUMMARY;LANGUAGE=zh:巡检",
        "DTSTART:20260209T010000Z",
        "DTEND:20260209T020000Z",
        "DTSTAMP:20260201T000000Z",
        "UID:joint_patrol_window.20260209T010000Z@propflow",
        "DESCRIPTION:巡检管理规程 3.5",
        "LOCATION:大楼等区域",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_there_is_an_event_for_each_occurrence_with_an_id_of_its_own():
    events = events_of([DAILY_INSPECTION, JOINT_PATROL], language="en")
    assert [str(event["summary"]) for event in events] == ["Daily inspection"] * 7 + [
        "Joint patrol"
    ]
    assert len({str(event["uid"]) for event in events}) == 8
    assert events[0].start == datetime(2026, 2, 9, 1, 30, tzinfo=UTC)
    assert events[0].end == datetime(2026, 2, 9, 2, 0, tzinfo=UTC)
    assert "location" not in events[0]  # the table with the areas is lost


def test_what_a_schedule_does_not_say_is_left_out_and_signs_are_escaped():
    plain = Schedule(
        "round",
        zh="巡楼;A座,B座",
        en="Round",
        windows=[Window("09:00", "10:00")],
        days=[1],
        zone="UTC",
    )
    (event,) = events_of([plain])
    assert str(event["summary"]) == "巡楼;A座,B座"
    assert "description" not in event
    assert "location" not in event


def test_a_schedule_without_a_weekday_is_not_exported():
    with pytest.raises(UnspecifiedRuleError):
        events_of([WEEKLY_INSPECTION])


def test_what_cannot_be_is_refused():
    with pytest.raises(InvalidSchedule, match="2 have the id 'joint_patrol_window'"):
        events_of([JOINT_PATROL, JOINT_PATROL])
    with pytest.raises(NaiveDatetime, match="stamped="):
        to_icalendar([JOINT_PATROL], *WEEK, stamped=STAMPED.replace(tzinfo=None))


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(MissingExtra, match=r'pip install "propflow\[schedules\]"'):
        events_of([JOINT_PATROL])
