"""Random calendars give, to the microsecond, what a look at every minute gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings

from propflow.calendar import ServiceCalendar
from propflow.errors import InvalidCalendar, OutsideCoverage
from tests.calendar.calendars import CHANGES, some_days, some_windows
from tests.calendar.oracle import Oracle

BATCHES = 100
QUESTIONS = 20
CALENDARS = settings().max_examples // QUESTIONS
"""Of each batch: 4,000 questions of each kind as a rule, 2 × 10⁵ when Hypothesis is thorough."""


@pytest.mark.parametrize("seed", range(BATCHES))
def test_no_answer_differs_from_the_oracle(seed):
    random = Random(seed)  # the same calendars every time
    asked = 0
    while asked < CALENDARS * QUESTIONS:
        name, day = random.choice(CHANGES)
        zone = ZoneInfo(name)
        reach = random.randint(1, 5)
        days = some_days(random, day, reach)
        windows = some_windows(random)
        try:
            calendar = ServiceCalendar(windows, days=days, zone=name)
        except InvalidCalendar:
            continue  # overlapping windows, which have tests of their own
        first, last = known(calendar)
        if last - first < timedelta(hours=1):
            continue
        oracle = Oracle(windows, days.is_workday, zone, first, last)
        for _ in range(QUESTIONS):
            one, other = (some_moment(random, first, last) for _ in range(2))
            assert calendar.between(one, other) == oracle.between(one, other)
            assert_next_open(calendar, oracle, one)
            assert_add(calendar, oracle, one, some_duration(random))
            asked += 1


def known(calendar):
    """From the first to the last midnight of the coverage, by `zoneinfo` alone."""
    first, last = calendar.coverage
    following = last + timedelta(days=1)
    midnight = datetime(first.year, first.month, first.day, tzinfo=calendar.zone)
    end = datetime(following.year, following.month, following.day, tzinfo=calendar.zone)
    return (
        max(midnight.astimezone(UTC), midnight.replace(fold=1).astimezone(UTC)),
        min(end.astimezone(UTC), end.replace(fold=1).astimezone(UTC)),
    )


def some_moment(random, first, last):
    span = (last - first) // timedelta(microseconds=1)
    if random.random() < 0.5:  # on a whole minute, where windows begin and end
        return first + random.randint(0, span // 60_000_000) * timedelta(minutes=1)
    return first + random.randint(0, span) * timedelta(microseconds=1)


def some_duration(random):
    minutes = random.choice((0, 1, random.randint(-300, 300), random.randint(-5000, 5000)))
    exact = random.choice((0, 0, random.randint(0, 60_000_000)))
    return timedelta(minutes=minutes, microseconds=exact)


def assert_add(calendar, oracle, start, duration):
    expected = oracle.add(start, duration)
    if expected is None:
        with pytest.raises(OutsideCoverage):
            calendar.add(start, duration)
    else:
        found = calendar.add(start, duration)
        # In UTC: Python finds a time that the clock reads twice equal to none of another zone.
        assert found.astimezone(UTC) == expected
        assert calendar.between(start, found) == duration


def assert_next_open(calendar, oracle, moment):
    expected = oracle.next_open(moment)
    if expected is None:
        with pytest.raises(OutsideCoverage):
            calendar.next_open(moment)
    else:
        assert calendar.next_open(moment).astimezone(UTC) == expected
