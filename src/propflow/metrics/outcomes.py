"""What became of cases: closed, passed, reopened, visited, content, complained about again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from propflow.errors import InexactNumber, InvalidMetric, Problem
from propflow.metrics.period import Period, check_aware
from propflow.metrics.rate import Rate
from propflow.metrics.step import Meaning
from propflow.metrics.timeliness import counted
from propflow.metrics.trace import Moment, Trace


def closure_rate(traces: Iterable[Trace], period: Period, *, cut_off: datetime) -> Rate:
    """闭环率: cases that were closed at the cut-off, of those accepted in the period.

    Raises:
        NaiveDatetime: the cut-off has no UTC offset.
        InvalidMetric: it is no datetime.
    """
    check_aware("cut_off", cut_off)
    cohort = _begun_in(traces, period)
    return Rate(sum(_is_closed(each, cut_off) for each in cohort), len(cohort))


def first_pass_rate(traces: Iterable[Trace], period: Period) -> Rate:
    """一次合格率: cases that passed their first check, of those first checked in the period."""
    cohort = [
        (each, first)
        for each in counted(traces)
        if (first := each.first(Meaning.CHECKED)) is not None and first.at in period
    ]
    passed = sum(_also(each, first, Meaning.PASSED) for each, first in cohort)
    return Rate(passed, len(cohort))


def reopen_rate(traces: Iterable[Trace], period: Period, *, within: timedelta) -> Rate:
    """返修率: cases reopened within so long of a closing, of those closed in the period."""
    closings = [
        (each, closed)
        for each in counted(traces)
        if (closed := [m for m in each.all(Meaning.CLOSED) if m.at in period])
    ]
    reopened = sum(
        any(_reopened(each, closing, within) for closing in closed) for each, closed in closings
    )
    return Rate(reopened, len(closings))


def follow_up_rate(
    traces: Iterable[Trace], period: Period, *, within: timedelta, as_of: datetime
) -> Rate:
    """回访率: visits done, of those that fell due in the period and by now.

    A visit is due so long after each `VISIT_DUE`; a later one is another visit. For a sample, give
    the traces that were sampled.

    Raises:
        NaiveDatetime: `as_of` has no UTC offset.
        InvalidMetric: it is no datetime.
    """
    check_aware("as_of", as_of)
    due = done = 0
    for each in counted(traces):
        moments = [m for m in each.all(Meaning.VISIT_DUE, Meaning.VISITED) if m.at <= as_of]
        for place, moment in enumerate(moments):
            by = moment.at + within
            if moment.meaning == Meaning.VISIT_DUE and by in period and by <= as_of:
                due += 1
                done += [m.meaning for m in moments[place + 1 : place + 2]] == [Meaning.VISITED]
    return Rate(done, due)


def satisfied_rate(traces: Iterable[Trace], period: Period) -> Rate:
    """满意率: answers of the satisfied, of the valid answers given in the period."""
    answers = [
        _also(each, answer, Meaning.SATISFIED)
        for each in counted(traces)
        for answer in each.all(Meaning.ANSWERED)
        if answer.at in period
    ]
    return Rate(sum(answers), len(answers))


def mean_satisfaction(
    traces: Iterable[Trace], period: Period, *, values: Mapping[str, Decimal | int | str]
) -> Fraction | None:
    """满意度: the exact mean of the values of the valid answers; None where there is none.

    Args:
        traces: The cases; `ANSWERED` keeps the answer's text (`Step.text`).
        period: When the answers were given.
        values: What each answer is worth.

    Raises:
        InvalidMetric: an answer has no value; all of them are named.
        InexactNumber: a value is a float.
    """
    answers = [
        answer.text
        for each in counted(traces)
        for answer in each.all(Meaning.ANSWERED)
        if answer.at in period
    ]
    inexact = [name for name, value in values.items() if isinstance(value, float)]
    if inexact:
        raise InexactNumber("values", [Problem(n, "is a float; write it as text") for n in inexact])
    unknown = sorted(set(answers) - set(values))
    if unknown:
        raise InvalidMetric("the mean", [Problem(repr(each), "has no value") for each in unknown])
    if not answers:
        return None
    return sum((Fraction(values[each]) for each in answers), Fraction()) / len(answers)


def complaint_rate(traces: Iterable[Trace], period: Period, *, households: int) -> Rate:
    """投诉率: valid complaints accepted in the period, per thousand households managed."""
    if households < 0:
        raise InvalidMetric("the rate", [Problem("households", f"{households} is negative")])
    return Rate(len(_begun_in(traces, period)), households, per=1000)


def repeat_complaint_rate(traces: Iterable[Trace], period: Period) -> Rate:
    """重复投诉率: complaints flagged as repeats, of the valid ones accepted in the period."""
    cohort = _begun_in(traces, period)
    return Rate(sum(each.first(Meaning.REPEATED) is not None for each in cohort), len(cohort))


def points_deducted(traces: Iterable[Trace], period: Period) -> Decimal:
    """扣分: the points posted to a ledger in the period, reversals included; exact.

    Args:
        traces: Those of the ledger; `POSTED` keeps the points as text (`Step.text`).
        period: When they were posted.

    Raises:
        InvalidMetric: the text of a posting is no number.
    """
    posted = [
        m.text for each in counted(traces) for m in each.all(Meaning.POSTED) if m.at in period
    ]
    wrong = sorted({text for text in posted if _number(text) is None})
    if wrong:
        raise InvalidMetric("the points", [Problem(repr(t), "is no number") for t in wrong])
    return sum(filter(None, map(_number, posted)), Decimal())


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _begun_in(traces: Iterable[Trace], period: Period) -> list[Trace]:
    return [
        each
        for each in counted(traces)
        if (begun := each.first(Meaning.ACCEPTED)) is not None and begun.at in period
    ]


def _is_closed(trace: Trace, cut_off: datetime) -> bool:
    turns = [m for m in trace.all(Meaning.CLOSED, Meaning.REOPENED) if m.at <= cut_off]
    return bool(turns) and turns[-1].meaning == Meaning.CLOSED


def _reopened(trace: Trace, closing: Moment, within: timedelta) -> bool:
    return any(
        moment.revision > closing.revision and moment.at <= closing.at + within
        for moment in trace.all(Meaning.REOPENED)
    )


def _also(trace: Trace, moment: Moment, meaning: Meaning) -> bool:
    """Whether the same entry has another meaning as well."""
    return any(other.revision == moment.revision for other in trace.all(meaning))
