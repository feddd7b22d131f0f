"""In time or not, and how long it took: figures that read clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import attrs

from propflow.calendar import (
    Held,
    Mark,
    Measure,
    Reading,
    Resumed,
    Started,
    Stopped,
    read_clock,
)
from propflow.errors import InvalidMetric, Problem
from propflow.metrics.period import Period, check_aware
from propflow.metrics.rate import Durations, Rate
from propflow.metrics.step import Meaning
from propflow.metrics.trace import Moment, Trace

_NO_TIME: Final = timedelta()


@attrs.frozen
class Limit:
    """How much may go by from a step to another, and on what it is measured.

    Attributes:
        after: How much.
        measure: A `ServiceCalendar`, or `CALENDAR_TIME`.
        hold_stops: Holds are left out; False for clocks that a hold does not concern.
    """

    after: timedelta
    measure: Measure
    hold_stops: bool = True

    def __attrs_post_init__(self) -> None:
        if self.after < _NO_TIME:
            raise InvalidMetric("the limit", [Problem("after", f"{self.after} is negative")])


def response_timeliness(
    traces: Iterable[Trace], period: Period, limit: Limit, *, as_of: datetime
) -> Rate:
    """报修响应及时率: first responses by their due moment, of the responses due in the period."""
    return _first_in_time(traces, period, limit, Meaning.RESPONDED, as_of)


def arrival_timeliness(
    traces: Iterable[Trace], period: Period, limit: Limit, *, as_of: datetime
) -> Rate:
    """到场及时率: first arrivals by their due moment, of the arrivals due in the period."""
    return _first_in_time(traces, period, limit, Meaning.ARRIVED, as_of)


def resolution_timeliness(
    traces: Iterable[Trace], period: Period, limit: Limit, *, as_of: datetime
) -> Rate:
    """处理及时率: cases first resolved by their due moment, of the cases due in the period."""
    return _first_in_time(traces, period, limit, Meaning.RESOLVED, as_of)


def overdue_rate(traces: Iterable[Trace], period: Period, limit: Limit, *, as_of: datetime) -> Rate:
    """超时率: cases not resolved by their due moment, of the cases due in the period."""
    return resolution_timeliness(traces, period, limit, as_of=as_of).complement


def rectification_timeliness(
    traces: Iterable[Trace], period: Period, limit: Limit, *, as_of: datetime
) -> Rate:
    """整改及时率: rectifications by their due moment, of those due in the period.

    Each round counts: a case that failed a check has a rectification due again.
    """
    check_aware("as_of", as_of)
    readings = (
        reading
        for each in counted(traces)
        for reading in _readings(each, Meaning.REQUIRED, Meaning.RECTIFIED, limit, as_of)
    )
    return _in_time(readings, period, as_of)


def response_durations(
    traces: Iterable[Trace], period: Period, measure: Measure, *, hold_stops: bool = True
) -> Durations:
    """平均响应时长: net time to the first response, of cases first responded to in the period."""
    return _durations(traces, period, Meaning.RESPONDED, Limit(_NO_TIME, measure, hold_stops))


def resolution_durations(
    traces: Iterable[Trace], period: Period, measure: Measure, *, hold_stops: bool = True
) -> Durations:
    """平均处理时长: net time to the first resolution, of cases first resolved in the period."""
    return _durations(traces, period, Meaning.RESOLVED, Limit(_NO_TIME, measure, hold_stops))


def counted(traces: Iterable[Trace]) -> Iterator[Trace]:
    """The traces that figures count: without cases that were ever `EXCLUDED`."""
    return (each for each in traces if each.first(Meaning.EXCLUDED) is None)


def _first_in_time(
    traces: Iterable[Trace], period: Period, limit: Limit, done: Meaning, as_of: datetime
) -> Rate:
    check_aware("as_of", as_of)
    readings = (
        reading
        for each in counted(traces)
        for reading in _readings(each, Meaning.ACCEPTED, done, limit, as_of)[:1]
    )
    return _in_time(readings, period, as_of)


def _in_time(readings: Iterable[Reading], period: Period, as_of: datetime) -> Rate:
    judged = [
        reading
        for reading in readings
        # What lies beyond the calendar lies beyond `as_of`, which does not.
        if not reading.provisional and reading.due in period and reading.due <= as_of
    ]
    return Rate(sum(not each.late and each.stopped_at is not None for each in judged), len(judged))


def _durations(traces: Iterable[Trace], period: Period, done: Meaning, limit: Limit) -> Durations:
    nets: list[timedelta] = []
    for each in counted(traces):
        end = each.first(done)
        if end is not None and end.at in period:
            runs = _runs(each, Meaning.ACCEPTED, done, limit)[:1]
            nets += [r.net for run in runs for r in _shown(run, limit, run[-1].at)]
    return Durations(tuple(nets))


def _readings(
    trace: Trace, begun: Meaning, done: Meaning, limit: Limit, as_of: datetime
) -> list[Reading]:
    runs = _runs(trace, begun, done, limit)
    return [reading for run in runs for reading in _shown(run, limit, as_of)]


def _shown(run: list[Mark], limit: Limit, at: datetime) -> list[Reading]:
    reading = read_clock(run, limit.measure, at)
    return [] if reading is None else [reading]


def _runs(trace: Trace, begun: Meaning, done: Meaning, limit: Limit) -> list[list[Mark]]:
    """The marks of each clock that begins with one step and ends with another.

    What arrives late, and says that it happened before the mark that precedes it, counts from
    there: the marks of a clock are in the order of the history.
    """
    runs: list[list[Mark]] = []
    run: list[Mark] = []
    holds = (Meaning.HELD, Meaning.RESUMED) if limit.hold_stops else ()
    for moment in trace.all(begun, done, *holds):
        if moment.meaning == begun:
            if not run:
                runs.append(run)
            run.append(Started(_not_before(run, moment), limit.after))
        elif run:
            _take(run, moment, done)
            run = [] if moment.meaning == done else run
    return runs


def _take(run: list[Mark], moment: Moment, done: Meaning) -> None:
    at = _not_before(run, moment)
    held = isinstance(run[-1], Held)
    if moment.meaning == done:
        run.append(Stopped(at))
    elif moment.meaning == Meaning.HELD and not held:
        run.append(Held(at))
    elif moment.meaning == Meaning.RESUMED and held:
        run.append(Resumed(at))


def _not_before(run: list[Mark], moment: Moment) -> datetime:
    return max(run[-1].at, moment.at) if run else moment.at
