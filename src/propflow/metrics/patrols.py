"""How patrols were kept, and what samples show."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from propflow.calendar import Occurrence, Punctuality, punctuality
from propflow.errors import InvalidMetric, Problem
from propflow.metrics.period import Period
from propflow.metrics.rate import Rate
from propflow.metrics.step import Meaning
from propflow.metrics.timeliness import counted
from propflow.metrics.trace import Trace

_NO_TIME = timedelta()


def patrol_completion(traces: Iterable[Trace], period: Period) -> Rate:
    """巡检完成率: patrols completed, late ones included, of those planned in the period."""
    planned = _planned_in(traces, period)
    done = sum(each.first(Meaning.COMPLETED) is not None for each in planned)
    return Rate(done, len(planned))


def patrol_punctuality(
    traces: Iterable[Trace], period: Period, *, tolerance: timedelta = _NO_TIME
) -> Rate:
    """巡检准时率: patrols begun and completed within their window, of those planned in the period.

    Source: 物业客服部巡检管理规程 3.3.1, 3.4.1 and 4.1.
    """
    planned = _planned_in(traces, period)
    return Rate(sum(_on_time(each, tolerance) for each in planned), len(planned))


def missed_points(traces: Iterable[Trace], period: Period) -> Rate:
    """漏检率: points without a check-in, of the points of the patrols planned in the period."""
    points = missed = 0
    for each in _planned_in(traces, period):
        planned = each.all(Meaning.PLANNED)[0].count
        checked = {moment.text for moment in each.all(Meaning.CHECKED_IN)}
        points += planned
        missed += max(0, planned - len(checked))
    return Rate(missed, points)


def sample_pass_rate(traces: Iterable[Trace], period: Period) -> Rate:
    """抽检合格率: sampled units that passed, of the units sampled in the period."""
    listed = list(traces)
    passed = _count(listed, period, Meaning.SAMPLE_PASSED)
    return Rate(passed, _count(listed, period, Meaning.SAMPLED))


def sampling_rate(traces: Iterable[Trace], period: Period, *, population: int) -> Rate:
    """抽检率: units sampled in the period, of all there are."""
    if population < 0:
        raise InvalidMetric("the rate", [Problem("population", f"{population} is negative")])
    return Rate(_count(traces, period, Meaning.SAMPLED), population)


def _count(traces: Iterable[Trace], period: Period, meaning: Meaning) -> int:
    return sum(m.at in period for each in counted(traces) for m in each.all(meaning))


def _planned_in(traces: Iterable[Trace], period: Period) -> list[Trace]:
    return [
        each
        for each in counted(traces)
        if (plan := each.first(Meaning.PLANNED)) is not None and plan.at in period
    ]


def _on_time(trace: Trace, tolerance: timedelta) -> bool:
    plan, end = trace.first(Meaning.PLANNED), trace.first(Meaning.PLANNED_END)
    begun, done = trace.first(Meaning.BEGUN), trace.first(Meaning.COMPLETED)
    if plan is None or end is None or begun is None or done is None:
        return False
    window = Occurrence(trace.case_id, plan.at.date(), plan.at, end.at)
    # A phone that was offline may report the end before the beginning.
    finished = max(begun.at, done.at)
    kept = punctuality(window, begun.at, finished, tolerance=tolerance)
    return kept is Punctuality.ON_TIME
