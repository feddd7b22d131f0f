"""Ways to add working time are timed only if they come to the same moment."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.working_time import AMOUNTS, MOVED, OFFICE, START, contestants, differences


def test_the_contestants_come_to_the_same_moments() -> None:
    assert differences(contestants()) == []


def test_a_calendar_that_forgets_a_holiday_is_found() -> None:
    ways = contestants()
    right = ways[OFFICE]
    ways[OFFICE] = lambda start, duration: right(start, duration) - timedelta(days=1)
    assert len(differences(ways)) == 14 * 24 * len(AMOUNTS)


def test_a_calendar_that_is_a_microsecond_off_is_found() -> None:
    ways = contestants()
    right = ways[MOVED]
    ways[MOVED] = lambda start, duration: (
        right(start, duration) + (timedelta(microseconds=1) if start == START else timedelta())
    )
    assert len(differences(ways)) == len(AMOUNTS)
