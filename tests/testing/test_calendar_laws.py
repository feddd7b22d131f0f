"""The laws of working time hold of a host's calendar, and a broken one shows its example."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from propflow.calendar import ServiceCalendar, Window, adjusted, every_day, weekdays
from propflow.testing import working_time_laws

OFFICE = ServiceCalendar(
    [Window("08:30", "12:00"), Window("14:00", "18:00")],
    days=adjusted(weekdays(range(1, 6)), off=[date(2026, 10, 1)], worked=[date(2026, 10, 10)]),
    zone="Asia/Shanghai",
)
NIGHT = ServiceCalendar([Window("22:00", "06:00")], days=every_day(), zone="Europe/Berlin")


@pytest.mark.parametrize("calendar", [OFFICE, NIGHT], ids=["office", "night"])
def test_every_law_holds(calendar):
    laws = working_time_laws(calendar)
    assert len({law.name for law in laws}) == len(laws) == 5
    for law in laws:
        law.check(examples=60)
        assert law.provided is not None


class Broken:
    """A calendar that is off where it is asked."""

    def __init__(self, **broken):
        self._broken = broken

    def __getattr__(self, name):
        return self._broken.get(name) or getattr(OFFICE, name)


def rounded(start, duration):
    return OFFICE.add(start, timedelta(hours=round(duration / timedelta(hours=1))))


def unsigned(start, end):
    return abs(OFFICE.between(start, end))


def sluggish(start, duration):
    return OFFICE.add(start, max(timedelta(0), timedelta(hours=50) - duration))


def hasty(moment):
    return moment


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("adding_in_parts_is_adding_at_once", {"add": rounded}),
        ("what_was_added_lies_between", {"add": rounded}),
        ("working_time_adds_up_and_is_signed", {"between": unsigned}),
        ("more_time_and_a_later_start_are_never_done_earlier", {"add": sluggish}),
        ("nothing_is_worked_before_the_next_opening", {"next_open": hasty}),
    ],
)
def test_a_broken_law_shows_its_example(name, broken):
    (law,) = (each for each in working_time_laws(Broken(**broken)) if each.name == name)
    with pytest.raises(AssertionError) as raised:
        law.check()
    assert str(raised.value).startswith(f"{law.says.en}: ")
    assert str(raised.value).endswith(law.says.zh)
