"""Clocks of a case: one example of each thing that may happen, and the laws that they keep."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.calendar import (
    CALENDAR_TIME,
    Held,
    Limited,
    Reopened,
    Resumed,
    ServiceCalendar,
    Started,
    Stopped,
    Window,
    every_day,
    read_clock,
    weekdays,
)
from propflow.errors import InvalidClock, NaiveDatetime, OutsideCoverage

SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = ServiceCalendar(
    [Window("08:30", "12:00"), Window("14:00", "18:00")],
    days=weekdays(range(1, 6), first=date(2026, 1, 1), last=date(2026, 12, 31)),
    zone="Asia/Shanghai",
)
HOUR = timedelta(hours=1)


def at(clock, day=2):
    """A moment of March 2026, which begins on a Sunday."""
    hours, minutes = clock.split(":")
    return datetime(2026, 3, day, int(hours), int(minutes), tzinfo=SHANGHAI)


def test_a_clock_that_was_not_started_shows_nothing():
    assert read_clock([], OFFICE, at("09:00")) is None
    assert read_clock([Started(at("10:00"), HOUR)], OFFICE, at("09:00")) is None


def test_a_running_clock():
    reading = read_clock([Started(at("11:00"), 4 * HOUR)], OFFICE, at("15:00"))
    assert (reading.net, reading.held, reading.remaining) == (2 * HOUR, timedelta(), 2 * HOUR)
    assert reading.due == at("17:00")
    assert reading.due.tzinfo == SHANGHAI
    assert (reading.started_at, reading.stopped_at) == (at("11:00"), None)
    assert (reading.late, reading.on_hold, reading.provisional) == (False, False, False)


def test_late_is_what_goes_past_its_due_moment_even_over_lunch():
    marks = [Started(at("08:30"), timedelta(hours=3.5))]
    assert not read_clock(marks, OFFICE, at("12:00")).late
    over_lunch = read_clock(marks, OFFICE, at("13:00"))
    assert over_lunch.late
    assert over_lunch.remaining == timedelta()


def test_a_hold_moves_the_due_moment_by_what_it_held():
    marks = [Started(at("09:00"), 4 * HOUR), Held(at("10:00"), "no part"), Resumed(at("15:00"))]
    reading = read_clock(marks, OFFICE, at("16:00"))
    assert (reading.net, reading.held) == (2 * HOUR, 3 * HOUR)
    assert reading.due == at("18:00")


def test_on_hold_the_due_moment_is_as_if_it_were_resumed_now():
    marks = [Started(at("09:00"), 4 * HOUR), Held(at("10:00"))]
    morning, evening = (read_clock(marks, OFFICE, at(c)) for c in ("11:00", "18:00"))
    assert morning.on_hold
    assert morning.due == at("16:00")
    assert evening.due == at("11:30", day=3)
    assert not evening.late


def test_a_hold_lapses_after_its_longest():
    marks = [Started(at("09:00"), 4 * HOUR), Held(at("10:00"), longest=HOUR)]
    for lapsed in (marks, [*marks, Resumed(at("11:30"))], [*marks, Held(at("11:30"))]):
        reading = read_clock(lapsed, OFFICE, at("11:30"))
        assert (reading.net, reading.held) == (1.5 * HOUR, HOUR)
    assert read_clock(marks, OFFICE, at("11:30")).due == at("16:00")


def test_a_longer_limit_counts_from_the_start():
    marks = [Started(at("09:00"), HOUR), Limited(at("11:00"), 4 * HOUR)]
    assert read_clock(marks, OFFICE, at("11:00")).due == at("15:00")


def test_nobody_is_late_by_a_limit_that_was_not_there_yet():
    marks = [Started(at("09:00"), 6 * HOUR), Limited(at("11:30"), HOUR)]
    reading = read_clock(marks, OFFICE, at("11:30"))
    assert reading.due == at("11:30")
    assert not reading.late
    assert reading.remaining == -1.5 * HOUR


def test_a_shorter_limit_excuses_nobody_who_was_late():
    marks = [Started(at("09:00"), 2 * HOUR), Limited(at("11:30"), HOUR)]
    assert read_clock(marks, OFFICE, at("11:30")).due == at("11:00")


def test_a_limit_that_is_changed_in_the_hour_that_comes_twice():
    havana = ServiceCalendar([Window("00:00", "24:00")], days=every_day(), zone="America/Havana")
    start = datetime(2026, 11, 1, 4, 40, tzinfo=UTC)  # 00:40, for the first time
    marks = [Started(start, 3 * HOUR), Limited(start + HOUR / 2, HOUR / 4)]
    reading = read_clock(marks, havana, start + HOUR)
    assert reading.due.astimezone(UTC) == start + HOUR / 2  # 00:10, for the second time
    assert reading.late


def test_a_limit_that_is_changed_twice():
    marks = [Started(at("09:00"), 8 * HOUR), Limited(at("11:00"), HOUR)]
    again = [*marks, Limited(at("11:30"), 1.5 * HOUR)]
    assert read_clock(again, OFFICE, at("11:30")).due == at("11:00")


def test_a_limit_that_is_changed_while_the_due_moment_is_beyond_the_data():
    marks = [Started(at("09:00"), timedelta(days=300)), Limited(at("10:00"), timedelta(hours=0.5))]
    assert read_clock(marks, OFFICE, at("10:00")).due == at("10:00")


def test_a_stopped_clock_keeps_what_it_showed():
    marks = [Started(at("09:00"), 2 * HOUR), Stopped(at("10:00"))]
    for reading in (read_clock(marks, OFFICE, at(c)) for c in ("10:00", "17:00")):
        assert (reading.net, reading.stopped_at) == (HOUR, at("10:00"))
        assert reading.due == at("11:00")
        assert not reading.late


def test_a_clock_stopped_on_hold_was_due_as_if_resumed_then():
    marks = [Started(at("09:00"), 2 * HOUR), Held(at("10:00")), Stopped(at("11:00"))]
    reading = read_clock(marks, OFFICE, at("17:00"))
    assert (reading.held, reading.due) == (HOUR, at("12:00"))


def test_a_reopened_clock_does_not_count_the_time_in_between():
    marks = [Started(at("09:00"), 2 * HOUR), Stopped(at("10:00")), Reopened(at("15:00"))]
    reading = read_clock(marks, OFFICE, at("15:30"))
    assert (reading.net, reading.held) == (1.5 * HOUR, timedelta())
    assert reading.due == at("16:00")


def test_a_clock_that_is_started_anew_forgets_what_ran():
    marks = [
        Started(at("09:00"), HOUR),
        Held(at("10:00")),
        Started(at("11:00"), 2 * HOUR),  # handed over, while it was on hold
    ]
    reading = read_clock(marks, OFFICE, at("11:30"))
    assert (reading.started_at, reading.net, reading.held) == (at("11:00"), HOUR / 2, timedelta())
    assert reading.due == at("15:00")


def test_calendar_time_knows_no_service_hours():
    reading = read_clock([Started(at("11:00"), 4 * HOUR)], CALENDAR_TIME, at("13:00"))
    assert (reading.net, reading.due) == (2 * HOUR, at("15:00"))


def test_beyond_the_data_a_clock_is_provisional_and_its_due_moment_raises():
    start = datetime(2026, 12, 31, 17, 0, tzinfo=SHANGHAI)
    reading = read_clock([Started(start, 8 * HOUR)], OFFICE, start + HOUR)
    assert reading.provisional
    assert (reading.late, reading.remaining) == (False, 7 * HOUR)
    assert reading == read_clock([Started(start, 8 * HOUR)], OFFICE, start + HOUR)
    with pytest.raises(OutsideCoverage) as raised:
        _ = reading.due
    assert raised.value.last == date(2026, 12, 31)
    newer = ServiceCalendar(
        OFFICE.windows,
        days=weekdays(range(1, 6), first=date(2026, 1, 1), last=date(2027, 12, 31)),
        zone="Asia/Shanghai",
    )
    known = read_clock([Started(start, 8 * HOUR)], newer, start + HOUR)
    assert known.due == datetime(2027, 1, 1, 17, 30, tzinfo=SHANGHAI)
    assert not known.provisional


def test_what_contradicts_itself_is_refused_with_every_problem():
    naive = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001  # naive on purpose
    marks = [
        Held(at("08:00")),
        Limited(at("08:30"), HOUR),
        Started(at("09:00"), -HOUR),
        Started(at("09:00"), HOUR),
        Resumed(at("09:10")),
        Reopened(at("09:20")),
        Held(at("10:00"), longest=-HOUR),
        Held(at("10:00")),
        Held(at("11:00")),
        Stopped(at("10:30")),
        Stopped(at("12:00")),
        Held(at("12:10")),
        Resumed(at("12:20")),
        Stopped(naive),
    ]
    with pytest.raises(InvalidClock) as raised:
        read_clock(marks, OFFICE, at("18:00"))
    said = [str(problem).partition(": ")[2] for problem in raised.value.problems]
    assert said == [
        "the clock has not been started",
        "the clock has not been started",
        "its limit, -1 day, 23:00:00, is negative",
        "there is no hold to resume from",
        "the clock has not stopped",
        "its longest hold, -1 day, 23:00:00, is negative",
        "overlaps the hold from 2026-03-02T10:00:00+08:00; resume that one first",
        "comes before 2026-03-02T03:00:00+00:00; sort the marks",
        "the clock has stopped; reopen it first",
        "the clock has stopped; reopen it first",
        "the clock has stopped; reopen it first",
        "it has no UTC offset; give an aware datetime",
    ]
    assert str(raised.value.problems[0]) == (
        "mark 0, Held at 2026-03-02T08:00:00+08:00: the clock has not been started"
    )


def test_a_naive_moment_to_read_it_at_is_refused():
    with pytest.raises(NaiveDatetime):
        read_clock([], OFFICE, datetime(2026, 3, 2))  # noqa: DTZ001  # naive on purpose


# Laws -------------------------------------------------------------------------------------------

GUARD = ServiceCalendar([Window("22:00", "06:00")], days=every_day(), zone="Europe/Berlin")
MEASURES = st.sampled_from([OFFICE, GUARD, CALENDAR_TIME])
BEGIN = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)  # the last days of winter time in Berlin
SPANS = st.timedeltas(timedelta(), timedelta(days=4))
LIMITS = st.timedeltas(timedelta(), timedelta(days=2))


@st.composite
def histories(draw):
    """Marks of one clock, to the microsecond: runs, holds, stops, in any order that can be."""
    now, marks = BEGIN, [Started(BEGIN, draw(LIMITS))]
    state = "running"
    for span in draw(st.lists(SPANS, max_size=6)):
        now += span
        turns = {
            "running": [("held", Held(now)), ("stopped", Stopped(now))],
            "held": [("running", Resumed(now)), ("stopped", Stopped(now))],
            "stopped": [("running", Reopened(now))],
        }
        state, mark = draw(st.sampled_from([*turns[state], (state, Limited(now, draw(LIMITS)))]))
        marks.append(mark)
    return tuple(marks), now + draw(SPANS)


@given(history=histories(), measure=MEASURES)
def test_what_ran_and_what_was_held_make_up_all_but_the_stops(history, measure):
    marks, now = history
    reading = read_clock(marks, measure, now)
    stopped = timedelta()
    since = None
    for mark in marks:
        if isinstance(mark, Stopped):
            since = mark.at
        elif isinstance(mark, Reopened):
            stopped += measure.between(since, mark.at)
            since = None
    if since is not None:
        stopped += measure.between(since, now)
    assert reading.net + reading.held + stopped == measure.between(BEGIN, now)


@given(history=histories(), measure=MEASURES, spans=st.tuples(SPANS, SPANS))
def test_a_hold_never_makes_a_due_earlier(history, measure, spans):
    marks, now = history
    running = [mark for mark in marks if isinstance(mark, Started | Limited)]
    start, end = now + spans[0], now + spans[0] + spans[1]
    held = [*running, Held(start), Resumed(end)]
    free = read_clock(running, measure, end)
    reading = read_clock(held, measure, end)
    assert reading.due.astimezone(UTC) >= free.due.astimezone(UTC)
    assert reading.net <= free.net


@given(history=histories(), measure=MEASURES, cut=st.integers(0, 6))
def test_marks_to_come_do_not_count(history, measure, cut):
    marks, now = history
    before = [mark for mark in marks if mark.at <= marks[min(cut, len(marks) - 1)].at]
    moment = before[-1].at
    assert read_clock(marks, measure, moment) == read_clock(before, measure, moment)
    assert read_clock(marks, measure, now) == read_clock(marks, measure, now)


@given(history=histories(), measure=MEASURES, spans=st.tuples(SPANS, SPANS))
def test_a_clock_that_runs_falls_due_when_it_said(history, measure, spans):
    marks, now = history
    marks = [mark for mark in marks if not isinstance(mark, Limited)]
    first, second = (read_clock(marks, measure, now + span) for span in sorted(spans))
    if not second.on_hold:
        assert first.due == second.due
    else:
        assert first.due.astimezone(UTC) <= second.due.astimezone(UTC)
    assert first.late <= second.late


@given(history=histories(), measure=MEASURES)
def test_more_time_is_never_due_earlier(history, measure):
    marks, now = history
    shorter = read_clock(marks, measure, now)
    more = [
        attrs.evolve(mark, limit=mark.limit + HOUR) if isinstance(mark, Started | Limited) else mark
        for mark in marks
    ]
    longer = read_clock(more, measure, now)
    assert longer.due.astimezone(UTC) >= shorter.due.astimezone(UTC)
