"""The warning that the data of a calendar end soon."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from propflow.calendar import ServiceCalendar
from propflow.cli.console import complaints


def warn_of_ending(calendars: Mapping[str, ServiceCalendar], ahead: timedelta) -> None:
    """Warn of each calendar, by its name, whose data end within a time."""
    now = datetime.now(UTC)  # noqa: TID251  # a warning to people, no decision
    for name, calendar in calendars.items():
        if calendar.known_until <= now + ahead:
            complaints().print(
                f"warning: the calendar {name} ends with {calendar.coverage.last}, and what is "
                "due later cannot be computed; bring newer data (for the official Chinese "
                "calendar: pip install -U chinesecalendar), or join days that you know",
                soft_wrap=True,
            )
