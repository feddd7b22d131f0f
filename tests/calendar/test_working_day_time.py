"""Time in working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest

from propflow.calendar import ServiceCalendar, Window, WorkingDayTime
from propflow.errors import OutsideCoverage
from tests.calendar.calendars import CHANGES, some_days

DAY = timedelta(days=1)
NINE = [Window("09:00", "17:00")]


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize(("zone", "around"), CHANGES[:10])
def test_days_are_whole_and_time_never_runs_back(seed: int, zone: str, around: date) -> None:
    random = Random(seed)
    days = some_days(random, around, 12)
    calendar = ServiceCalendar(NINE, days=days, zone=zone)
    measure = WorkingDayTime.of(calendar)
    assert measure.known_until == _midnight(calendar, days.coverage.last + DAY)
    for _ in range(20):
        one, two, three = sorted(
            datetime.combine(around, time(), UTC) + random.random() * 16 * DAY - 8 * DAY
            for _ in range(3)
        )
        assert timedelta() <= measure.between(one, two) <= measure.between(one, three)
        assert measure.between(one, three) == measure.between(one, two) + measure.between(
            two, three
        )
        assert measure.add(one, timedelta()) == one
        amount = random.random() * 2 * DAY
        try:
            found = measure.add(one, amount)
        except OutsideCoverage:
            continue
        assert measure.between(one, found) >= amount
        assert measure.between(one, found - timedelta(seconds=1)) < amount


@pytest.mark.parametrize(("zone", "around"), CHANGES[:10])
def test_so_many_days_end_with_the_day_that_a_calendar_counts(zone: str, around: date) -> None:
    days = some_days(Random(3), around, 12)
    calendar = ServiceCalendar(NINE, days=days, zone=zone)
    measure = WorkingDayTime.of(calendar)
    for offset in range(-6, 3):
        day = around + offset * DAY
        noon = datetime.combine(day, time(12), calendar.zone)
        for count in (1, 2):
            due = measure.add(measure.next_day(noon), count * DAY)
            assert due == _midnight(calendar, calendar.add_days(day, count) + DAY)


def test_beyond_the_data_it_raises() -> None:
    days = some_days(Random(1), date(2026, 5, 4), 3)
    measure = WorkingDayTime.of(ServiceCalendar(NINE, days=days, zone="UTC"))
    inside = datetime(2026, 5, 4, tzinfo=UTC)
    for ask in (
        lambda: measure.add(inside, 9 * DAY),
        lambda: measure.between(inside, inside + 9 * DAY),
        lambda: measure.add(inside - 9 * DAY, DAY),
    ):
        with pytest.raises(OutsideCoverage):
            ask()


def _midnight(calendar: ServiceCalendar, day: date) -> datetime:
    return datetime.combine(day, time(), calendar.zone).astimezone(UTC)
