"""The official Chinese calendar: holidays and make-up working days, from `chinesecalendar`.

The one place that imports the package, when it is first asked for; the extra `china` brings it.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import attrs

from propflow.calendar.window import Weekday
from propflow.calendar.working_days import Coverage, check_covered
from propflow.errors import MissingExtra


@attrs.frozen
class OfficialChina:
    """The working days of mainland China as the State Council's yearly notices set them."""

    coverage: Coverage
    _holidays: frozenset[date] = attrs.field(repr=False)
    _made_up: frozenset[date] = attrs.field(repr=False)

    def __str__(self) -> str:
        return "the official Chinese calendar"

    def is_workday(self, day: date, /) -> bool:
        """Say whether the day is worked: make-up days are, holidays and other weekends are not.

        Raises:
            OutsideCoverage: the installed `chinesecalendar` has no data for the day's year.
        """
        check_covered(self, day)
        return day in self._made_up or (
            day.isoweekday() <= Weekday.FRIDAY and day not in self._holidays
        )


@cache
def official_china() -> OfficialChina:
    """The official calendar, as far as the installed package has data: whole years.

    The notice for a year appears towards the end of the year before, and may still move days of
    that December (2018-12-29 and 2018-12-31 were): update the package when it does, or set the
    days with `adjusted`.

    Source: 国务院办公厅关于部分节假日安排的通知, of each year.

    Raises:
        MissingExtra: `chinesecalendar` is not installed.
    """
    try:
        # The tables and not the package's own `is_workday`, which searches all years anew for
        # the first and the last at every call.
        from chinese_calendar import constants  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
    except ImportError as error:
        raise MissingExtra("china", "chinesecalendar") from error
    holidays = frozenset[date](constants.holidays)
    known = Coverage(date(min(holidays).year, 1, 1), date(max(holidays).year, 12, 31))
    return OfficialChina(known, holidays, frozenset(constants.workdays))
