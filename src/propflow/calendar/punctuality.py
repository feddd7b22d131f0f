"""Punctuality: whether what was planned was done early, on time, late, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final

from propflow.calendar.schedule import Occurrence
from propflow.errors import InvalidSchedule, NaiveDatetime, Problem

_NO_TIME: Final = timedelta()


class Punctuality(Enum):
    """How an occurrence was kept; no points follow from it."""

    EARLY = "early"
    ON_TIME = "on_time"
    LATE = "late"
    MISSED = "missed"


def punctuality(
    occurrence: Occurrence,
    started: datetime | None,
    finished: datetime | None,
    *,
    tolerance: timedelta = _NO_TIME,
) -> Punctuality:
    """How an occurrence was kept, to the second; asked once its window has closed.

    On time is what started and finished within the window, both ends included. What started after
    the window, or never, was missed. What finished after it, or has not, is late, even if it was
    begun early; what was begun before it and finished by its end is early. A fraction of a second
    counts as the second in which it lies.

    Args:
        occurrence: What was planned.
        started: When it was begun, or None if it never was.
        finished: When it was finished, or None if it has not been.
        tolerance: By how much the window is wider at both ends.

    Source: 物业客服部巡检管理规程 3.3.1, 3.4.1 and 4.1.

    Raises:
        NaiveDatetime: a moment has no UTC offset.
        InvalidSchedule: it finished before it started or without a start, or the tolerance is
            negative.
    """
    begun, done = _second("started", started), _second("finished", finished)
    problems: list[Problem] = []
    if tolerance < _NO_TIME:
        problems.append(Problem("tolerance", f"{tolerance} is negative; give nothing or more"))
    if done is not None and (begun is None or done < begun):
        problems.append(Problem("finished", f"{finished} is before the start, {started}"))
    if problems:
        raise InvalidSchedule(f"the time of {occurrence.schedule} on {occurrence.day}", problems)
    opens = occurrence.starts.astimezone(UTC) - tolerance
    closes = occurrence.ends.astimezone(UTC) + tolerance
    if begun is None or begun > closes:
        return Punctuality.MISSED
    if done is None or done > closes:
        return Punctuality.LATE
    return Punctuality.EARLY if begun < opens else Punctuality.ON_TIME


def _second(name: str, moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    if moment.utcoffset() is None:
        raise NaiveDatetime(name, moment)
    return moment.astimezone(UTC).replace(microsecond=0)
