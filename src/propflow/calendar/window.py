"""Opening windows: from when to when on the wall clock, and on which days."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import Enum, IntEnum
from itertools import combinations, product
from typing import Final

import attrs

from propflow.errors import InvalidCalendar, Problem

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND
_CLOCK: Final = re.compile(r"(\d\d):([0-5]\d)(?::([0-5]\d))?", re.ASCII)


class Weekday(IntEnum):
    """A day of the ISO week, numbered as `date.isoweekday()` does."""

    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6
    SUNDAY = 7


EVERY_WEEKDAY: Final = frozenset(Weekday)


class DayKind(Enum):
    """The days on which a window opens, by what the calendar's `days` say of them."""

    WORKING_DAY = "working_day"
    DAY_OFF = "day_off"
    ANY_DAY = "any_day"


def clock(text: str) -> int | None:
    """Microseconds from midnight to a wall-clock time, or None where the text is none.

    Args:
        text: ``HH:MM`` or ``HH:MM:SS``, from ``00:00`` to ``24:00``.
    """
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    moment = ((hours * 60 + minutes) * 60 + seconds) * SECOND
    return moment if moment <= DAY else None


def _weekdays(days: Iterable[int]) -> frozenset[int]:
    return frozenset(days)


@attrs.frozen
class Window:
    """A stretch of the day, in the wall-clock time of the calendar that holds it.

    The opening moment is in the window, the closing one is not. A window that closes at or before
    the time at which it opens runs over midnight and belongs to the day on which it opens.

    Attributes:
        opens: ``HH:MM`` or ``HH:MM:SS``, from ``00:00`` on and before ``24:00``.
        closes: Likewise, up to ``24:00``.
        on: On which kind of day it opens; working days when nothing is said.
        weekdays: On which weekdays it opens, of those of its kind; all when nothing is said.

    Raises:
        InvalidCalendar: a time is none, the window is empty, or a weekday is not 1 to 7.
    """

    opens: str
    closes: str
    on: DayKind = attrs.field(default=DayKind.WORKING_DAY, kw_only=True)
    weekdays: frozenset[int] = attrs.field(default=EVERY_WEEKDAY, kw_only=True, converter=_weekdays)
    start: int = attrs.field(init=False, eq=False, repr=False)
    """Microseconds from the day's midnight to the opening."""
    end: int = attrs.field(init=False, eq=False, repr=False)
    """Microseconds from the day's midnight to the closing; over midnight, more than a day."""

    def __attrs_post_init__(self) -> None:
        opens, closes = clock(self.opens), clock(self.closes)
        hint = "is no time of the day; write it as '08:30', or '24:00' for the day's end"
        problems = [
            Problem(name, f"{text!r} {hint}")
            for name, text, moment in (
                ("opens", self.opens, opens),
                ("closes", self.closes, closes),
            )
            if moment is None
        ]
        if opens == DAY:
            problems.append(Problem("opens", "'24:00' is the next day's '00:00'"))
        if opens is not None and opens == closes:
            problems.append(Problem("closes", "the window is empty; all day is '00:00' to '24:00'"))
        if not self.weekdays or not self.weekdays <= EVERY_WEEKDAY:
            problems.append(Problem("weekdays", "name at least one, from 1 (Monday) to 7"))
        if problems or opens is None or closes is None:
            raise InvalidCalendar(f"the window {self.opens}–{self.closes}", problems)
        object.__setattr__(self, "start", opens)
        object.__setattr__(self, "end", closes if closes > opens else closes + DAY)

    def __str__(self) -> str:
        return f"{self.opens}–{self.closes}"

    def opens_on(self, weekday: int, *, working: bool) -> bool:
        """Say whether the window opens on such a day."""
        kind = DayKind.WORKING_DAY if working else DayKind.DAY_OFF
        return weekday in self.weekdays and self.on in {kind, DayKind.ANY_DAY}


def overlaps(windows: Sequence[Window]) -> list[Problem]:
    """Every pair of windows that may be open at the same time on the wall clock."""
    problems: list[Problem] = []
    for one, other in combinations(windows, 2):
        if _share_a_day(one, other) and one.start < other.end and other.start < one.end:
            problems.append(Problem("windows", f"{one} and {other} overlap on the same day"))
    for night, morning in product(windows, repeat=2):
        if night.end - DAY > morning.start and _follows(night, morning):
            problems.append(Problem("windows", f"{night} runs into the {morning} of the next day"))
    return problems


def _share_a_day(one: Window, other: Window) -> bool:
    return any(
        one.opens_on(weekday, working=working) and other.opens_on(weekday, working=working)
        for weekday, working in product(EVERY_WEEKDAY, (True, False))
    )


def _follows(night: Window, morning: Window) -> bool:
    return any(weekday % 7 + 1 in morning.weekdays for weekday in night.weekdays)
