"""Days by a rule of RFC 5545, such as the first Monday of a month.

The one place that imports `dateutil`, when a rule is made; the extra `schedules` brings it.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final

import attrs

from propflow.errors import InvalidSchedule, MissingExtra, Problem

if TYPE_CHECKING:
    from dateutil.rrule import rrule

_OF_THE_DAY: Final = (
    *("FREQ=HOURLY", "FREQ=MINUTELY", "FREQ=SECONDLY"),
    *("BYHOUR", "BYMINUTE", "BYSECOND"),
)


@attrs.frozen
class RecurrenceRule:
    """Days by a rule of RFC 5545; the times of day come from the windows of the schedule.

    Attributes:
        text: The rule, such as ``FREQ=MONTHLY;BYDAY=1MO``. An ``UNTIL`` is a date.
        first: The day from which the rule counts, as DTSTART does. Unlike DTSTART it is no
            occurrence unless the rule says so.

    Raises:
        InvalidSchedule: the text is no rule, or one that gives times of the day.
        MissingExtra: `python-dateutil` is not installed.
    """

    text: str
    first: date
    _rule: rrule = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_rule", _parse(self.text, self.first))

    def between(self, first: date, last: date) -> list[date]:
        """The days of the rule from `first` to `last`, both included."""
        found = self._rule.between(_midnight(first), _midnight(last), inc=True)
        return [moment.date() for moment in found]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _parse(text: str, first: date) -> rrule:
    try:
        from dateutil.rrule import rrule, rrulestr
    except ImportError as error:
        raise MissingExtra("schedules", "python-dateutil") from error
    subject = f"the recurrence rule {text!r}"
    try:
        rule = rrulestr(text, dtstart=_midnight(first))
    except (ValueError, TypeError, AttributeError) as error:
        why = f"is no rule of RFC 5545 ({error}); write it as 'FREQ=MONTHLY;BYDAY=1MO'"
        raise InvalidSchedule(subject, [Problem("text", why)]) from error
    if not isinstance(rule, rrule) or "DTSTART" in text.upper():
        why = "give one RRULE, and the day from which it counts in `first`"
        raise InvalidSchedule(subject, [Problem("text", why)])
    parts = text.upper().removeprefix("RRULE:").split(";")
    if any(part.strip().startswith(_OF_THE_DAY) for part in parts):
        why = "gives times of the day; give days, and the times in the schedule's windows"
        raise InvalidSchedule(subject, [Problem("text", why)])
    return rule
