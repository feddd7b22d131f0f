"""Random calendars: windows that do not overlap, days as they come, zones that change clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import attrs

from propflow.calendar import Coverage, DayKind, Window
from propflow.errors import InvalidCalendar

# A zone and a day on which its clocks are changed: at night, at midnight, by half an hour, by a
# whole day that is left out, and on the last day of a year; the first has no such day since 1991.
CHANGES = (
    ("Asia/Shanghai", date(2026, 2, 17)),
    ("Asia/Shanghai", date(1991, 9, 15)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 11, 1)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kiritimati", date(1994, 12, 31)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("UTC", date(2026, 1, 1)),
)


@attrs.frozen
class Listed:
    """Working days that a test lists one by one."""

    coverage: Coverage
    worked: frozenset[date]

    def is_workday(self, day: date, /) -> bool:
        """Refuse by a plain `KeyError` what lies outside: the calendar must never ask for it."""
        if not self.coverage.first <= day <= self.coverage.last:
            raise KeyError(day)
        return day in self.worked


def some_days(random: Random, around: date, reach: int) -> Listed:
    """Days around one, of which most are worked."""
    first, last = (around + timedelta(days=sign * reach) for sign in (-1, 1))
    every = [first + timedelta(days=n) for n in range(2 * reach + 1)]
    share = random.choice((0.2, 0.7, 1.0))
    return Listed(Coverage(first, last), frozenset(d for d in every if random.random() < share))


def some_windows(random: Random, kinds: Sequence[DayKind] = tuple(DayKind)) -> tuple[Window, ...]:
    """One to four windows on whole minutes, over midnight as well, for some days or for all."""
    windows: list[Window] = []
    for _ in range(random.randint(1, 4)):
        length = random.choice((1, 15, 59, 240, 700, 1439))
        opens = random.choice((0, 1, 90, 120, 150, 510, 840, 1320, 1410, random.randrange(1440)))
        closes = opens + random.randint(1, length)
        closes -= 1440 if closes > 1440 else 0
        try:
            window = Window(
                f"{opens // 60:02}:{opens % 60:02}",
                f"{closes // 60:02}:{closes % 60:02}",
                on=random.choice(kinds),
                weekdays=random.choice((range(1, 8), range(1, 8), (1, 2, 3, 4, 5), (6, 7), (3,))),
            )
        except InvalidCalendar:
            continue  # 24:00 and 00:00 met
        windows.append(window)
    return tuple(windows)
