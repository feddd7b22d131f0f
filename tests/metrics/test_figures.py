"""Each figure, worked out by hand; and what all of them keep."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow import SYSTEM, Engine, metrics
from propflow.calendar import CALENDAR_TIME
from propflow.errors import InexactNumber, InvalidMetric, NaiveDatetime, OutsideCoverage
from propflow.metrics import (
    Durations,
    Limit,
    Meaning,
    Moment,
    Period,
    Rate,
    Step,
    Trace,
    trace,
)
from propflow.scoring import Account, Posting
from propflow.storage import MemoryStore
from propflow.workflows import LedgerEntry, LedgerMonth
from tests.metrics.figures import HOUR, OFFICE, WEEK, all_figures
from tests.metrics.jobs import MONDAY, STEPS, play

DAY = Period(MONDAY, MONDAY + timedelta(days=1))
LATER = MONDAY + timedelta(days=30)
FOUR_HOURS = Limit(4 * HOUR, CALENDAR_TIME)


def case(*said: str) -> Trace:
    """A trace from "accepted 0", "answered 2.5 good" …: what, after how many hours, and a text.

    What is said with a plus happened in the same step as what stands before it.
    """
    moments = []
    for revision, each in enumerate(said, 1):
        meanings, hours, *text = each.split()
        at = MONDAY + float(hours) * HOUR
        moments += [Moment(m, at, revision, *text) for m in meanings.split("+")]
    return Trace("c", tuple(moments))


# Timeliness -------------------------------------------------------------------------------------


def test_response_timeliness():
    cases = [
        case("accepted 0", "responded 4"),  # at the due moment
        case("accepted 0", "responded 4.1"),
        case("accepted 1"),  # never
        case("accepted 20", "responded 21"),  # due the next day
        case("accepted 0", "responded 1", "excluded 2"),
        case("responded 1"),  # never taken in
    ]
    assert metrics.response_timeliness(cases, DAY, FOUR_HOURS, as_of=LATER) == Rate(1, 3)


def test_what_is_not_due_yet_is_not_judged_yet():
    cases = [case("accepted 0"), case("accepted 3", "responded 4"), case("accepted 1")]
    now = MONDAY + 4.5 * HOUR
    assert metrics.response_timeliness(cases, DAY, FOUR_HOURS, as_of=now) == Rate(0, 1)
    at_due = metrics.response_timeliness(cases, DAY, FOUR_HOURS, as_of=MONDAY + 5 * HOUR)
    assert at_due == Rate(0, 2)


def test_what_is_due_beyond_the_calendar_is_not_judged_and_asking_there_raises():
    limit = Limit(9_000 * HOUR, OFFICE)
    old = MONDAY.replace(year=2099)
    trace = Trace("c", (Moment("accepted", old, 1),))
    period = Period(old, old + timedelta(days=3_000))
    assert metrics.resolution_timeliness([trace], period, limit, as_of=old) == Rate(0, 0)
    with pytest.raises(OutsideCoverage):
        metrics.resolution_timeliness([trace], period, limit, as_of=period.end)


def test_arrival_timeliness():
    cases = [case("accepted 0", "responded 1", "arrived 3"), case("accepted 0", "responded 1")]
    assert metrics.arrival_timeliness(cases, DAY, FOUR_HOURS, as_of=LATER) == Rate(1, 2)


def test_resolution_timeliness_leaves_holds_out_and_takes_the_first():
    held = case("accepted 0", "held 1", "held 1.5", "resumed 9", "resumed 10", "resolved 11")
    again = case("accepted 0", "resolved 3", "reopened 5", "resolved 20")
    late = case("resumed 0", "accepted 0", "resolved 5", "held 6")
    cases = [held, again, late]
    assert metrics.resolution_timeliness(cases, DAY, FOUR_HOURS, as_of=LATER) == Rate(2, 3)
    assert metrics.overdue_rate(cases, DAY, FOUR_HOURS, as_of=LATER) == Rate(1, 3)
    plain = attrs.evolve(FOUR_HOURS, hold_stops=False)
    assert metrics.resolution_timeliness(cases, DAY, plain, as_of=LATER) == Rate(1, 3)


def test_rectification_timeliness_counts_each_round():
    rounds = case("required 0", "rectified 2", "required 3", "rectified 8", "rectified 9")
    referred_again = case("required 0", "required 3", "rectified 6")
    cases = [rounds, referred_again]
    assert metrics.rectification_timeliness(cases, DAY, FOUR_HOURS, as_of=LATER) == Rate(2, 3)


def test_what_arrives_late_counts_from_the_mark_before_it():
    offline = case("accepted 5", "responded 4")
    assert metrics.response_timeliness([offline], DAY, FOUR_HOURS, as_of=LATER) == Rate(1, 1)
    assert metrics.response_durations([offline], DAY, CALENDAR_TIME).values == (timedelta(),)


def test_durations():
    cases = [
        case("accepted 0", "responded 1", "resolved 2"),
        case("accepted 0", "responded 3", "held 4", "resumed 6", "resolved 7"),
        case("accepted 0", "responded 30"),
        case("responded 1"),
    ]
    response = metrics.response_durations(cases, DAY, CALENDAR_TIME)
    assert sorted(response.values) == [HOUR, 3 * HOUR]
    assert (response.total, response.mean, response.median) == (4 * HOUR, 7_200, 7_200)
    resolution = metrics.resolution_durations(cases, DAY, CALENDAR_TIME)
    assert sorted(resolution.values) == [2 * HOUR, 5 * HOUR]
    with_holds = metrics.resolution_durations(cases, DAY, CALENDAR_TIME, hold_stops=False)
    assert sorted(with_holds.values) == [2 * HOUR, 7 * HOUR]


# Outcomes ---------------------------------------------------------------------------------------


def test_closure_rate():
    cases = [
        case("accepted 0", "closed 5"),
        case("accepted 0", "closed 5", "reopened 6"),
        case("accepted 0", "closed 5", "reopened 6", "closed 7"),
        case("accepted 0", "closed 11"),
        case("accepted 0"),
        case("accepted 25", "closed 26"),
    ]
    cut_off = MONDAY + 10 * HOUR
    assert metrics.closure_rate(cases, DAY, cut_off=cut_off) == Rate(2, 5)


def test_first_pass_rate():
    cases = [
        case("checked+passed 1"),
        case("checked 1", "checked+passed 2"),
        case("checked 30", "checked+passed 31"),
    ]
    assert metrics.first_pass_rate(cases, DAY) == Rate(1, 2)


def test_reopen_rate():
    cases = [
        case("closed 1", "reopened 3"),  # two hours later
        case("closed 1", "reopened 3.1"),
        case("closed 1"),
        case("closed 1", "reopened 9", "closed 10", "reopened 11"),
        case("closed 25", "reopened 26"),
    ]
    assert metrics.reopen_rate(cases, DAY, within=2 * HOUR) == Rate(2, 4)


def test_follow_up_rate():
    cases = [
        case("visit_due 0", "visited 1", "visited 2"),
        case("visit_due 0"),
        case("visit_due 0", "visit_due 1", "visited 2"),
        case("visit_due 22", "visited 23"),  # due the next day
        case("visited 1"),
        case("visit_due 3", "visited 7"),
    ]
    rate = metrics.follow_up_rate(cases, DAY, within=3 * HOUR, as_of=MONDAY + 6 * HOUR)
    assert rate == Rate(2, 5)  # the last was not done by then


def test_satisfaction():
    cases = [
        case("answered+satisfied 1 good", "answered 2 bad"),
        case("answered 3 fair"),
        case("answered 30 good"),
        case("answered 4 bad", "excluded 5"),
    ]
    assert metrics.satisfied_rate(cases, DAY) == Rate(1, 3)
    values = {"good": 5, "fair": Decimal("3.5"), "bad": "0"}
    assert metrics.mean_satisfaction(cases, DAY, values=values) == Fraction(17, 6)
    assert metrics.mean_satisfaction([], DAY, values=values) is None
    with pytest.raises(InvalidMetric, match="'bad': has no value") as raised:
        metrics.mean_satisfaction(cases, DAY, values={"good": 5})
    assert len(raised.value.problems) == 2
    with pytest.raises(InexactNumber):
        metrics.mean_satisfaction(cases, DAY, values={"good": 0.1})


def test_complaints():
    cases = [
        case("accepted 0"),
        case("accepted 1", "repeated 2"),
        case("accepted 1", "repeated 2", "excluded 3"),
        case("accepted 25"),
    ]
    rate = metrics.complaint_rate(cases, DAY, households=800)
    assert rate.value == Fraction(5, 2)
    assert metrics.repeat_complaint_rate(cases, DAY) == Rate(1, 2)
    with pytest.raises(InvalidMetric):
        metrics.complaint_rate(cases, DAY, households=-1)


def test_points_deducted():
    ledger = [case("posted 0 2.5"), case("posted 1 -0.5"), case("posted 24 7")]
    assert metrics.points_deducted(ledger, DAY) == Decimal("2.0")
    assert metrics.points_deducted([], DAY) == 0
    with pytest.raises(InvalidMetric, match="'many': is no number"):
        metrics.points_deducted([case("posted 0 many"), case("posted 0 1")], DAY)
    with pytest.raises(InvalidMetric):
        metrics.points_deducted([case("posted 0 NaN")], DAY)


def test_points_deducted_reads_the_ledger_that_ships():
    engine = Engine(MemoryStore(), [LedgerEntry, LedgerMonth], clock=lambda: MONDAY)
    posting = Posting(
        account=Account.PERSON, holder="p1", month="2026-03", points="2.50", source="slip-1"
    )
    for each in (posting, attrs.evolve(posting, points="1", source="slip-2")):
        engine.start(
            LedgerEntry.post(**attrs.asdict(each, recurse=False)), by=SYSTEM, id=each.source
        )
    back = posting.reversal("slip-1", month="2026-03", reason="revoked")
    engine.start(LedgerEntry.reverse(**attrs.asdict(back, recurse=False)), by=SYSTEM)
    steps = {Meaning.POSTED: Step(targets="posted", text="points")}
    entries = engine.find(LedgerEntry)
    traces = [trace(each.id, engine.history(each.id), steps) for each in entries]
    assert metrics.points_deducted(traces, DAY) == 1
    charged = [each for each in traces if each.case_id == "slip-1"]
    assert metrics.points_deducted(charged, DAY) == Decimal("2.5")


# Patrols and samples ----------------------------------------------------------------------------


def patrol(*said: str, points: int = 0, starts: float = 9) -> Trace:
    opens, ends = (MONDAY + hours * HOUR for hours in (starts, starts + 1))
    plan = (
        Moment("planned", opens, 0, count=points),
        Moment("planned_end", ends, 0),
    )
    return Trace("p", (*plan, *case(*said).moments))


def test_patrols():
    cases = [
        patrol("begun 9", "completed 10"),
        patrol("begun 9", "completed 10.5"),  # late
        patrol("begun 8.9", "completed 9.5"),  # early
        patrol("begun 11", "completed 12"),  # too late to be on time
        patrol("begun 9"),
        patrol(),
        patrol("begun 9", "excluded 9.1"),
        patrol("begun 33", "completed 33.5", starts=33),
        patrol("begun 9.6", "completed 9.5"),  # what a phone sent late
    ]
    assert metrics.patrol_completion(cases, DAY) == Rate(5, 7)
    assert metrics.patrol_punctuality(cases, DAY) == Rate(2, 7)
    tolerant = metrics.patrol_punctuality(cases, DAY, tolerance=HOUR / 2)
    assert tolerant == Rate(4, 7)


def test_missed_points():
    cases = [
        patrol("checked_in 9 a", "checked_in 9 b", "checked_in 9 a", points=3),
        patrol(points=2),
        patrol("checked_in 9 x", points=0),
    ]
    assert metrics.missed_points(cases, DAY) == Rate(3, 5)


def test_samples():
    cases = [case("sampled+sample_passed 1", "sampled 2"), case("sampled 30")]
    assert metrics.sample_pass_rate(iter(cases), DAY) == Rate(1, 2)
    assert metrics.sampling_rate(cases, DAY, population=40).value == Fraction(1, 20)
    with pytest.raises(InvalidMetric):
        metrics.sampling_rate(cases, DAY, population=-1)


# What all keep ----------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32))
def test_each_rate_is_a_share_or_none(seed):
    histories = play(MemoryStore(), Random(seed), 4)  # seeded by Hypothesis
    traces = [trace(case_id, entries, STEPS) for case_id, entries in histories.items()]
    figures = all_figures(traces)
    for name, figure in figures.items():
        if isinstance(figure, Rate):
            assert figure.numerator >= 0, name
            assert figure.value is None or 0 <= figure.value <= figure.per, name
            assert (figure.value is None) == (figure.denominator == 0), name
        elif isinstance(figure, Durations):
            assert all(value >= timedelta() for value in figure.values)
    assert all_figures(list(reversed(traces))).keys() == figures.keys()
    halves = (
        Period(WEEK.start, WEEK.start + timedelta(days=3)),
        Period(WEEK.start + timedelta(days=3), WEEK.end),
    )
    parts = [all_figures(traces, period) for period in halves]
    for name in ("response", "resolution", "rectification", "closure", "satisfied", "missed"):
        assert figures[name].denominator == sum(part[name].denominator for part in parts), name
        assert figures[name].numerator == sum(part[name].numerator for part in parts), name


def test_a_figure_of_nothing_is_none_and_shown_as_such():
    figures = all_figures([])
    for name in ("response", "closure", "satisfied", "completion", "samples"):
        assert figures[name].value is None
        assert figures[name].percent() == "n/a"
    assert (figures["responses"].mean, figures["responses"].median) == (None, None)
    assert figures["responses"].total == timedelta()


# Values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "shown"),
    [
        (Rate(1, 3), "33.33%"),
        (Rate(2, 3), "66.67%"),
        (Rate(1, 800), "0.13%"),  # 0.125, half up
        (Rate(1, 1), "100.00%"),
        (Rate(0, 7), "0.00%"),
    ],
)
def test_a_rate_is_rounded_half_up_and_only_when_shown(rate, shown):
    assert rate.percent() == shown
    assert rate.value == Fraction(rate.numerator, rate.denominator)


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two():
    durations = Durations(tuple(timedelta(microseconds=n) for n in (1, 2, 3, 10)))
    assert durations.median == Fraction(5, 2_000_000)
    assert durations.mean == Fraction(4, 1_000_000)


def test_a_period_of_days_is_that_of_the_zone():
    period = Period.of_days(date(2026, 3, 1), date(2026, 3, 31), "Asia/Shanghai")
    assert period.start == datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
    assert period.end == datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
    assert period.start in period
    assert period.end not in period


def test_a_period_that_cannot_be_is_refused():
    with pytest.raises(InvalidMetric, match="before the start"):
        Period(MONDAY, MONDAY - HOUR)
    with pytest.raises(InvalidMetric, match="no zone"):
        Period.of_days(date(2026, 3, 1), date(2026, 3, 1), "Atlantis")
    with pytest.raises(NaiveDatetime):
        Period(datetime(2026, 3, 1), MONDAY)  # noqa: DTZ001  # naive on purpose


def test_a_step_or_limit_that_cannot_be_is_refused():
    with pytest.raises(InvalidMetric) as raised:
        Step(where={"a b": "x"}, text="1")
    assert len(raised.value.problems) == 3
    with pytest.raises(InvalidMetric):
        Limit(-HOUR, CALENDAR_TIME)


MOMENTS = {
    "cut_off": [metrics.closure_rate],
    "as_of": [
        partial(metrics.response_timeliness, limit=FOUR_HOURS),
        partial(metrics.arrival_timeliness, limit=FOUR_HOURS),
        partial(metrics.resolution_timeliness, limit=FOUR_HOURS),
        partial(metrics.overdue_rate, limit=FOUR_HOURS),
        partial(metrics.rectification_timeliness, limit=FOUR_HOURS),
        partial(metrics.follow_up_rate, within=HOUR),
    ],
}


@pytest.mark.parametrize(
    ("name", "figure"), [(name, figure) for name, figures in MOMENTS.items() for figure in figures]
)
def test_what_names_no_moment_is_refused_even_where_there_is_no_case(name, figure):
    with pytest.raises(NaiveDatetime, match=f"{name}="):
        figure([], DAY, **{name: LATER.replace(tzinfo=None)})
    with pytest.raises(InvalidMetric, match=f"{name}: .* give an aware datetime"):
        figure([], DAY, **{name: LATER.date()})


def test_a_period_is_not_from_date_to_date():
    with pytest.raises(InvalidMetric, match=r"start: .* give an aware datetime"):
        Period(date(2026, 3, 1), date(2026, 4, 1))
