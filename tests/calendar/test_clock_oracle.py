"""Random histories of clocks show what a clock shows that is moved on minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import settings

from propflow.calendar import (
    CALENDAR_TIME,
    Held,
    Limited,
    Reopened,
    Resumed,
    ServiceCalendar,
    Started,
    Stopped,
    read_clock,
)
from propflow.errors import InvalidCalendar
from tests.calendar.calendars import CHANGES, some_days, some_windows
from tests.calendar.clock_oracle import SlowClock
from tests.calendar.oracle import MINUTE, Oracle
from tests.calendar.test_oracle import known

BATCHES = 100
HISTORIES = settings().max_examples
"""In each batch: 5,000 histories as a rule, 2 × 10⁵ when Hypothesis is thorough."""
ON_ONE_CALENDAR = 40


@pytest.mark.parametrize("seed", range(BATCHES))
def test_no_clock_differs_from_the_oracle(seed):
    random = Random(seed)  # the same histories every time
    for start in range(0, HISTORIES, ON_ONE_CALENDAR):
        measure, first, opened = some_measure(random)
        for _ in range(min(ON_ONE_CALENDAR, HISTORIES - start)):
            compare(random, measure, first, opened)


def some_measure(random):
    """A measure of time, the first moment that it knows, and for each minute if it is worked."""
    if random.random() < 0.1:
        return CALENDAR_TIME, datetime(2026, 2, 13, tzinfo=UTC), [True] * 10_000
    while True:
        name, day = random.choice(CHANGES)
        days = some_days(random, day, random.randint(1, 3))
        windows = some_windows(random)
        try:
            calendar = ServiceCalendar(windows, days=days, zone=name)
        except InvalidCalendar:
            continue  # overlapping windows, which have tests of their own
        first, last = known(calendar)
        if last - first > timedelta(hours=20):
            oracle = Oracle(windows, days.is_workday, calendar.zone, first, last)
            return calendar, first, oracle.open


def compare(random, measure, first, opened):
    span = min(random.choice((30, 300, 1200)), len(opened) - 1)
    begin = random.randrange(min(len(opened) - span, 5_000))  # calendar time never ends
    slow = SlowClock(opened, now=begin)
    marks, seen = [], []
    for minute in sorted({0, span, *(random.randint(0, span) for _ in range(6))}):
        while slow.now < begin + minute:
            slow.tick()
        at = first + slow.now * MINUTE
        for _ in range(random.choice((0, 1, 1, 1, 2))):
            kind, amount = some_turn(random, slow.state)
            marks.append(mark_of(kind, at, amount))
            slow.mark(kind, amount)
        seen.append((at, slow.show()))
    for at, shown in seen:
        assert_same(read_clock(marks, measure, at), shown, first)


def some_turn(random, state):
    """What may happen to a clock in a state, and by how much."""
    limit = random.choice((0, 1, random.randint(0, 120), random.randint(0, 1500)))
    longest = random.choice((None, random.randint(0, 200)))
    anew, other = ("started", limit), ("limited", limit)
    turns = {
        "none": [],
        "running": [("held", longest), ("stopped", None), other],
        "held": [("resumed", None), ("stopped", None), other],
        "stopped": [("reopened", None), other],
    }[state]
    return random.choice([*turns, *turns, *turns, anew])


def mark_of(kind, at, amount):
    span = None if amount is None else amount * MINUTE
    if kind == "held":
        return Held(at, "waiting", span)
    if kind in ("started", "limited"):
        return {"started": Started, "limited": Limited}[kind](at, span)
    return {"resumed": Resumed, "stopped": Stopped, "reopened": Reopened}[kind](at)


def assert_same(reading, shown, first):
    if shown is None:
        assert reading is None
        return
    assert reading.started_at == first + shown.started * MINUTE
    assert reading.stopped_at == (None if shown.stopped is None else first + shown.stopped * MINUTE)
    assert reading.on_hold == shown.on_hold
    assert reading.limit == shown.limit * MINUTE
    assert reading.net == shown.net * MINUTE
    assert reading.held == shown.held * MINUTE
    assert reading.remaining == (shown.limit - shown.net) * MINUTE
    assert reading.provisional == (shown.due is None)
    if shown.due is not None:
        assert reading.due.astimezone(UTC) == first + shown.due * MINUTE
    assert reading.late == shown.late
