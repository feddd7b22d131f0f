"""Errors about calendars: what makes none, and what lies beyond their data."""

from __future__ import annotations

from datetime import date, datetime

from propflow.errors.root import Problems, PropflowError


class InvalidCalendar(Problems):
    """Windows, days or a zone that make no calendar; `problems` names each fault."""


class InvalidSchedule(Problems):
    """A schedule, shift, roster or patrol time that cannot be; `problems` names each fault."""


class InvalidClock(Problems):
    """Marks that contradict each other, such as overlapping holds; `problems` names each fault."""


class OutsideCoverage(PropflowError):
    """A calendar was asked about days for which it has no data; nothing is guessed.

    Attributes:
        days: The working days that were asked.
        first: The first day that they know.
        last: The last day that they know.
        asked: What was asked for.
    """

    def __init__(self, days: str, first: date, last: date, asked: str) -> None:
        self.days = days
        self.first = first
        self.last = last
        self.asked = asked
        super().__init__(
            f"{asked} lies outside what {days} covers, {first} to {last}; bring newer data (for "
            "the official Chinese calendar: pip install -U chinesecalendar), or append days that "
            "you know: joined(days, weekdays(…, first=…, last=…))"
        )


class MomentForDay(PropflowError):
    """A moment was given where a day is counted; its date depends on the zone."""

    def __init__(self, name: str, moment: datetime) -> None:
        self.name = name
        self.moment = moment
        super().__init__(
            f"{name}={moment.isoformat()} is a moment; give its day in the calendar's zone: "
            "moment.astimezone(calendar.zone).date()"
        )
