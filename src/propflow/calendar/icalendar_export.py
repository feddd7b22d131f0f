"""Occurrences as an iCalendar file (RFC 5545), which people subscribe to on their phones.

The one place that imports `icalendar`, when a file is made; the extra `schedules` brings it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

from propflow.calendar.schedule import Schedule
from propflow.errors import InvalidSchedule, MissingExtra, NaiveDatetime, Problem
from propflow.unspecified import UnspecifiedType


def to_icalendar(
    schedules: Sequence[Schedule],
    first: date,
    last: date,
    *,
    stamped: datetime,
    language: Literal["zh", "en"] = "zh",
) -> bytes:
    """An event for each occurrence that begins from `first` to `last`, in UTC and UTF-8.

    An event keeps its UID from export to export as long as it begins at the same moment, so that a
    newer file replaces an older one. Each occurrence is written out, because no recurrence rule can
    say what becomes of it on a holiday.

    Args:
        schedules: What to export.
        first: First day.
        last: Last day.
        stamped: When the file is made; every event says so.
        language: Which of the names is shown.

    Raises:
        InvalidSchedule: two schedules have one id.
        NaiveDatetime: `stamped` has no UTC offset.
        UnspecifiedRuleError: a schedule has no weekday yet.
        OutsideCoverage: the working days of a schedule do not reach far enough to tell.
        MissingExtra: `icalendar` is not installed.
    """
    try:
        import icalendar
    except ImportError as error:
        raise MissingExtra("schedules", "icalendar") from error
    if stamped.utcoffset() is None:
        raise NaiveDatetime("stamped", stamped)
    counted = Counter(schedule.id for schedule in schedules)
    problems = [
        Problem("schedules", f"{count} have the id {name!r}; each event needs one of its own")
        for name, count in counted.items()
        if count > 1
    ]
    if problems:
        raise InvalidSchedule("the calendar file", problems)
    library: Any = icalendar  # its own types leave most of it open
    file = library.Calendar()
    file.add("prodid", "-//propflow//propflow//EN")
    file.add("version", "2.0")
    for schedule in schedules:
        name = schedule.zh if language == "zh" else schedule.en
        for occurrence in schedule.occurrences(first, last):
            starts = occurrence.starts.astimezone(UTC)
            event = library.Event()
            event.add("uid", f"{schedule.id}.{starts:%Y%m%dT%H%M%SZ}@propflow")
            event.add("dtstamp", stamped.astimezone(UTC))
            event.add("dtstart", starts)
            event.add("dtend", occurrence.ends.astimezone(UTC))
            event.add("summary", name, parameters={"language": language})
            if schedule.source:
                event.add("description", schedule.source)
            if schedule.areas and not isinstance(schedule.areas, UnspecifiedType):
                event.add("location", ", ".join(schedule.areas))
            file.add_component(event)
    content: bytes = file.to_ical()
    return content
