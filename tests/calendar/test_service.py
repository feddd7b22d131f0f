"""Service calendars: examples worked by hand, refusals, and what a table does not change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from propflow.calendar import (
    DayKind,
    ServiceCalendar,
    Window,
    adjusted,
    every_day,
    official_china,
    weekdays,
)
from propflow.errors import InvalidCalendar, NaiveDatetime, OutsideCoverage

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
OFFICE = ServiceCalendar(
    [Window("08:30", "12:00"), Window("14:00", "18:00")],
    days=official_china(),
    zone="Asia/Shanghai",
)
NIGHT = [Window("22:00", "06:00")]


def at(text, zone=SHANGHAI):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def hours(number):
    return timedelta(hours=number)


@pytest.mark.parametrize(
    ("start", "worked", "due"),
    [
        # Friday until 18:00 2 h; the make-up Saturday 7.5 h; the festival, 15 to 23 February,
        # nothing; Tuesday the 24th from 08:30 the last 2.5 h.
        ("2026-02-13T16:00", 12, "2026-02-24T11:00"),
        # Within the lunch break: counted from 14:00 on.
        ("2026-02-13T12:30", 1, "2026-02-13T15:00"),
        # Over the lunch break.
        ("2026-02-13T11:00", 2, "2026-02-13T15:00"),
        # A full morning is done at noon, not after lunch; a full day at 18:00, not next morning.
        ("2026-02-13T08:30", 3.5, "2026-02-13T12:00"),
        ("2026-02-13T08:30", 7.5, "2026-02-13T18:00"),
        # On a holiday: from the next opening on.
        ("2026-02-18T10:00", 1, "2026-02-24T09:30"),
        # Nothing to do is done at once, at night too.
        ("2026-02-13T23:00", 0, "2026-02-13T23:00"),
        # Back: the latest moment from which so much is left.
        ("2026-02-24T11:00", -12, "2026-02-13T16:00"),
        ("2026-02-13T15:00", -1, "2026-02-13T14:00"),
        ("2026-02-13T13:00", -1, "2026-02-13T11:00"),
        ("2026-02-13T18:00", -4, "2026-02-13T14:00"),
    ],
)
def test_lunch_holidays_and_make_up_days_by_hand(start, worked, due):
    found = OFFICE.add(at(start), hours(worked))
    assert found == at(due)
    assert found.tzinfo is SHANGHAI
    assert OFFICE.between(at(start), at(due)) == hours(worked)
    assert OFFICE.between(at(due), at(start)) == hours(-worked)


def test_working_time_is_exact_to_the_microsecond():
    tick = timedelta(microseconds=1)
    assert OFFICE.add(at("2026-02-13T12:00") - tick, 2 * tick) == at("2026-02-13T14:00") + tick
    assert OFFICE.between(at("2026-02-13T12:00") - tick, at("2026-02-13T14:00") + tick) == 2 * tick
    assert OFFICE.next_open(at("2026-02-13T12:00") - tick) == at("2026-02-13T12:00") - tick


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-02-13T08:30", "2026-02-13T08:30"),
        ("2026-02-13T10:15", "2026-02-13T10:15"),
        ("2026-02-13T12:00", "2026-02-13T14:00"),
        ("2026-02-13T18:00", "2026-02-14T08:30"),
        ("2026-02-14T18:00", "2026-02-24T08:30"),
    ],
)
def test_the_next_opening(moment, opening):
    assert OFFICE.next_open(at(moment)) == at(opening)


def test_a_moment_may_come_in_any_zone():
    start = at("2026-02-13T16:00").astimezone(NEW_YORK)
    found = OFFICE.add(start, hours(12))
    assert found.isoformat() == "2026-02-24T11:00:00+08:00"


def test_service_hours_and_working_days_are_two_things():
    desk = ServiceCalendar(
        [Window("08:00", "22:00")],
        days=every_day(),
        working_days=official_china(),
        zone="Asia/Shanghai",
    )
    assert desk.add(at("2026-02-17T21:00"), hours(2)) == at("2026-02-18T09:00")
    assert desk.add_days(date(2026, 2, 17), 1) == date(2026, 2, 24)
    assert desk.coverage == every_day().coverage
    assert OFFICE.working_days is OFFICE.days


def test_other_windows_on_days_off():
    desk = ServiceCalendar(
        [
            Window("08:30", "18:00"),
            Window("10:00", "12:00", on=DayKind.DAY_OFF),
            Window("20:00", "21:00", on=DayKind.ANY_DAY),
        ],
        days=official_china(),
        zone="Asia/Shanghai",
    )
    assert desk.between(at("2026-02-14T00:00"), at("2026-02-15T00:00")) == hours(10.5)
    assert desk.between(at("2026-02-15T00:00"), at("2026-02-16T00:00")) == hours(3)


@pytest.mark.parametrize(
    ("start", "end", "worked"),
    [
        ("2026-03-07T22:00", "2026-03-08T06:00", 7),  # clocks forward at 02:00
        ("2026-10-31T22:00", "2026-11-01T06:00", 9),  # and back at 02:00
        ("2026-07-01T22:00", "2026-07-02T06:00", 8),
    ],
)
def test_a_night_shift_is_as_long_as_the_night(start, end, worked):
    guard = ServiceCalendar(NIGHT, days=every_day(), zone="America/New_York")
    assert guard.between(at(start, NEW_YORK), at(end, NEW_YORK)) == hours(worked)
    assert guard.add(at(start, NEW_YORK), hours(worked)) == at(end, NEW_YORK)


def test_a_time_that_the_clock_reads_twice_is_open_twice():
    desk = ServiceCalendar([Window("01:15", "01:45")], days=every_day(), zone="America/New_York")
    first, second = at("2026-11-01T01:15", NEW_YORK), at("2026-11-01T01:15", NEW_YORK)
    second = second.replace(fold=1)
    assert desk.add(first, hours(0.5)) == at("2026-11-01T01:45", NEW_YORK)
    assert desk.add(first, hours(0.75)).astimezone(UTC) == second.astimezone(UTC) + hours(0.25)
    assert desk.between(at("2026-11-01T00:00", NEW_YORK), at("2026-11-02T00:00", NEW_YORK)) == (
        hours(1)
    )


def test_a_time_that_the_clock_leaves_out_is_never_open():
    desk = ServiceCalendar([Window("02:15", "02:45")], days=every_day(), zone="America/New_York")
    assert desk.next_open(at("2026-03-07T12:00", NEW_YORK)) == at("2026-03-09T02:15", NEW_YORK)


@pytest.mark.parametrize("call", ["add", "between", "between_end", "next_open"])
def test_a_naive_moment_is_refused(call):
    naive, aware = at("2026-02-13T10:00", None), at("2026-02-13T10:00")
    calls = {
        "add": lambda: OFFICE.add(naive, hours(1)),
        "between": lambda: OFFICE.between(naive, aware),
        "between_end": lambda: OFFICE.between(aware, naive),
        "next_open": lambda: OFFICE.next_open(naive),
    }
    with pytest.raises(NaiveDatetime, match="has no UTC offset"):
        calls[call]()


def test_beyond_the_data_every_question_is_refused():
    last = OFFICE.coverage[1]
    evening = datetime(last.year, last.month, last.day, 23, tzinfo=SHANGHAI)
    morning = datetime(2004, 1, 1, 1, tzinfo=SHANGHAI)
    beyond = evening + hours(2)
    with pytest.raises(OutsideCoverage, match=r"\+ 1:00:00 of working time lies outside"):
        OFFICE.add(evening, hours(1))
    with pytest.raises(OutsideCoverage, match="- 1:00:00 of working time lies outside"):
        OFFICE.add(morning, hours(-1))
    with pytest.raises(OutsideCoverage, match="the next opening after"):
        OFFICE.next_open(evening)
    for call in (
        lambda: OFFICE.add(beyond, hours(0)),
        lambda: OFFICE.between(evening, beyond),
        lambda: OFFICE.between(beyond, evening),
        lambda: OFFICE.next_open(beyond),
        lambda: OFFICE.add(morning - hours(2), hours(0)),
    ):
        with pytest.raises(OutsideCoverage, match="00:00"):
            call()


def test_knowledge_ends_with_the_last_midnight():
    days = every_day(first=date(2026, 1, 1), last=date(2026, 12, 31))
    desk = ServiceCalendar([Window("00:00", "24:00")], days=days, zone="UTC")
    end = at("2027-01-01T00:00", UTC)
    assert desk.add(end - hours(1), hours(1)) == end
    assert desk.between(at("2026-01-01T00:00", UTC), end) == timedelta(days=365)
    assert desk.add(end, hours(-1)) == end - hours(1)
    with pytest.raises(OutsideCoverage):
        desk.next_open(end)
    with pytest.raises(OutsideCoverage):
        desk.add(end, timedelta(microseconds=1))


def test_of_a_last_midnight_that_comes_twice_it_is_the_first():
    havana = ZoneInfo("America/Havana")
    days = every_day(first=date(2026, 10, 30), last=date(2026, 10, 31))
    desk = ServiceCalendar([Window("00:00", "24:00")], days=days, zone=havana)
    end = at("2026-11-01T00:00", havana)
    assert desk.between(at("2026-10-31T00:00", havana), end) == hours(24)
    with pytest.raises(OutsideCoverage, match="2026-11-01T00:30:00-04:00"):
        desk.between(end, at("2026-11-01T00:30", havana))


def test_a_window_over_midnight_makes_the_first_day_unknown():
    days = every_day(first=date(2026, 1, 1), last=date(2026, 1, 31))
    guard = ServiceCalendar(NIGHT, days=days, zone="Asia/Shanghai")
    assert guard.coverage == (date(2026, 1, 2), date(2026, 1, 31))
    assert guard.between(at("2026-01-02T00:00"), at("2026-01-02T06:00")) == hours(6)
    with pytest.raises(OutsideCoverage):
        guard.next_open(at("2026-01-01T23:00"))


def test_a_calendar_that_never_opens_says_so_instead_of_searching_on():
    never = ServiceCalendar(
        [Window("08:00", "09:00", on=DayKind.DAY_OFF)], days=every_day(), zone="Asia/Shanghai"
    )
    with pytest.raises(OutsideCoverage):
        never.next_open(at("2026-02-13T10:00"))
    assert never.between(at("2026-02-13T10:00"), at("2027-02-13T10:00")) == hours(0)


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ([], "windows: name at least one"),
        ([Window("08:00", "12:00"), Window("11:59", "18:00")], "overlap on the same day"),
        ([Window("22:00", "06:00"), Window("05:00", "08:00")], "runs into the 05:00–08:00"),
        ([Window("22:00", "06:00"), Window("23:00", "01:00")], "overlap on the same day"),
        (
            [Window("22:00", "06:00", weekdays=[5]), Window("05:00", "08:00", weekdays=[6])],
            "of the next day",
        ),
    ],
)
def test_windows_that_overlap_are_refused(windows, message):
    with pytest.raises(InvalidCalendar, match=message):
        ServiceCalendar(windows, days=every_day(), zone="Asia/Shanghai")


@pytest.mark.parametrize(
    "windows",
    [
        [Window("08:00", "12:00"), Window("12:00", "18:00")],
        [Window("08:00", "12:00"), Window("09:00", "10:00", on=DayKind.DAY_OFF)],
        [Window("08:00", "12:00", weekdays=[1]), Window("09:00", "10:00", weekdays=[2])],
        [Window("22:00", "06:00", weekdays=[5]), Window("05:00", "08:00", weekdays=[5])],
        [Window("22:00", "06:00"), Window("06:00", "08:00")],
    ],
)
def test_windows_that_only_touch_or_never_meet_are_fine(windows):
    assert ServiceCalendar(windows, days=every_day(), zone="UTC").windows == tuple(windows)


def test_everything_wrong_with_a_calendar_is_said_at_once():
    with pytest.raises(InvalidCalendar) as caught:
        ServiceCalendar(
            NIGHT * 2,
            days=every_day(first=date(2026, 1, 1), last=date(2026, 1, 1)),
            zone="Asia/Beijing",
        )
    where = [problem.where for problem in caught.value.problems]
    assert sorted(set(where)) == ["days", "windows", "zone"]
    assert "pip install tzdata" in str(caught.value)


@pytest.mark.parametrize("zone", ["Asia/Beijing", "../etc/passwd", "", "Asia"])
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises(InvalidCalendar, match="there is no zone"):
        ServiceCalendar(NIGHT, days=every_day(), zone=zone)


@pytest.mark.parametrize("years", [(1, 2000), (2000, 9999)])
def test_days_beyond_all_measure_are_refused(years):
    first, last = date(years[0], 1, 1), date(years[1], 12, 31)
    with pytest.raises(InvalidCalendar, match="keep to the years 1000 to 9000"):
        ServiceCalendar(NIGHT, days=every_day(first=first, last=last), zone="UTC")


def test_a_zone_may_be_given_as_such():
    assert ServiceCalendar(NIGHT, days=every_day(), zone=SHANGHAI).zone is SHANGHAI


def test_calendars_that_say_the_same_are_equal_whatever_they_have_answered():
    one, other = (
        ServiceCalendar(NIGHT, days=weekdays([1, 2]), zone="Asia/Shanghai") for _ in range(2)
    )
    one.next_open(at("2026-02-13T12:00"))
    assert one == other
    assert hash(one) == hash(other)
    assert one != ServiceCalendar(NIGHT, days=weekdays([1]), zone="Asia/Shanghai")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        one.zone = NEW_YORK


def test_answers_do_not_depend_on_what_was_asked_before():
    moments = [at(f"{year}-06-01T12:00") for year in (2020, 2005, 2026, 2015, 2004, 2010)]
    used = ServiceCalendar(OFFICE.windows, days=OFFICE.days, zone=SHANGHAI)
    for start in moments:
        for end in moments:
            new = ServiceCalendar(OFFICE.windows, days=OFFICE.days, zone=SHANGHAI)
            worked = new.between(start, end)
            assert used.between(start, end) == worked
            assert used.add(start, worked) == new.add(start, worked)
            assert used.between(start, used.add(start, worked)) == worked


def test_a_day_that_a_zone_left_out_has_no_working_time():
    gone = date(2011, 12, 30)  # Samoa went from the 29th to the 31st
    days = every_day(first=gone, last=gone)
    desk = ServiceCalendar([Window("00:00", "24:00")], days=days, zone="Pacific/Apia")
    change = at("2011-12-30T10:00", UTC)
    assert desk.between(change, change) == hours(0)
    with pytest.raises(OutsideCoverage):
        desk.next_open(change)
    longer = every_day(first=date(2011, 12, 29), last=date(2011, 12, 31))
    desk = ServiceCalendar([Window("00:00", "24:00")], days=longer, zone="Pacific/Apia")
    assert desk.between(change - hours(24), change + hours(24)) == hours(48)


def test_a_make_up_day_of_the_host_moves_a_due_moment():
    more = adjusted(official_china(), worked=[date(2026, 2, 15)])
    office = ServiceCalendar(OFFICE.windows, days=more, zone=SHANGHAI)
    assert office.add(at("2026-02-13T16:00"), hours(12)) == at("2026-02-15T11:00")


def test_a_calendar_says_until_when_it_knows():
    days = every_day(first=date(2026, 1, 1), last=date(2026, 12, 31))
    desk = ServiceCalendar([Window("08:00", "18:00")], days=days, zone="Asia/Shanghai")
    assert desk.known_until == at("2027-01-01T00:00")
    assert desk.known_until.tzinfo == SHANGHAI
    with pytest.raises(OutsideCoverage):
        desk.between(desk.known_until, desk.known_until + timedelta(microseconds=1))


def test_the_data_version_changes_with_what_is_known_and_with_nothing_else():
    def version(days, *, closes="18:00", zone="Asia/Shanghai", **more):
        return ServiceCalendar(
            [Window("08:00", closes)], days=days, zone=zone, **more
        ).data_version()

    year = {"first": date(2026, 1, 1), "last": date(2026, 12, 31)}
    plain = weekdays(range(1, 6), **year)
    saturday = date(2026, 2, 14)
    ours = version(plain)
    assert version(adjusted(plain)) == ours  # other objects, the same data
    others = {
        version(adjusted(plain, worked=[saturday])),
        version(weekdays(range(1, 6), first=year["first"], last=date(2027, 12, 31))),
        version(plain, closes="18:01"),
        version(plain, zone="Asia/Tokyo"),
        version(plain, working_days=every_day(**year)),
    }
    assert len(others - {ours}) == 5
