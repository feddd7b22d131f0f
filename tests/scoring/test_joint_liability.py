"""Clause 4.3 under every reading of ruling A15."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow import START, Actor
from propflow.definition import Entry
from propflow.errors import InvalidFinding, MissingParty, UnknownShift, UnspecifiedPointsError
from propflow.rulebooks import load
from propflow.scoring import (
    ComplaintSince,
    Doubled,
    Label,
    LiabilityTerms,
    Link,
    LinkedComplaint,
    Shift,
    Unspecified,
    joint_liability,
    penalise,
)

REGULATION = load("patrol_regulation")
DOUBLE = REGULATION.rule("joint_liability_double_penalty")
BASE = load("sheet_staff_image").rule("ded_absent_from_post")
OPEN_BASE = load("sheet_staff_image").rule("ded_no_badge")
NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)
SHIFT = Shift("q1", NINE, NINE + timedelta(hours=8))


def at(hour, minute=0):
    return NINE.replace(hour=hour, minute=minute)


def history(*steps):
    """Entries from (moment, target) pairs; the first is the opening."""
    source, entries = START.name, []
    for revision, (moment, target) in enumerate(steps, start=1):
        entries.append(Entry(Actor("q1"), "step", None, source, target, moment, moment, revision))
        source = target
    return entries


EVENING = at(20)
FOUND = (at(10), "found")
COMPLAINT = LinkedComplaint("c1", "i1", at(12))


def judge(*steps, complaints=(COMPLAINT,), shift=SHIFT, when=EVENING, **options):
    given = {"base": BASE, "responsible": "p9", "consequences": [DOUBLE]} | options
    return joint_liability(
        "i1",
        history(FOUND, *steps),
        inspector="q1",
        shift=shift,
        complaints=complaints,
        at=when,
        **given,
    )


def holding(verdict):
    return [ground.code for ground in verdict.grounds if ground.holds]


ALL = ["found_on_duty", "not_handled_in_time", "complaint_followed"]


def test_an_unhandled_problem_and_a_complaint_make_the_inspector_pay_double():
    verdict = judge()
    assert verdict.applies
    assert holding(verdict) == ALL
    assert [(each.party, each.role, each.points) for each in verdict.penalties] == [
        ("q1", "inspector", 2),
        ("p9", "responsible", 1),
    ]
    assert (verdict.points_of("q1"), verdict.points_of("p9"), verdict.points_of("x")) == (2, 1, 0)
    assert verdict.penalties[0].why == Label(
        "巡检人员连带责任 1分 × 2 = 2分", "inspector, jointly liable 1 × 2 = 2"
    )


@pytest.mark.parametrize("state", ["fixed_on_site", "referred", "emergency", "cancelled"])
@pytest.mark.parametrize(
    ("moment", "liable"), [(at(16), False), (at(17), False), (at(17, 1), True)]
)
def test_whatever_leads_out_of_found_by_the_end_of_the_shift_counts_as_handling(
    state, moment, liable
):
    verdict = judge((moment, state))
    assert verdict.applies is liable
    assert ("not_handled_in_time" in holding(verdict)) is liable
    assert verdict.penalties == () or liable


def test_a_stricter_reading_does_not_take_a_referral_for_handling():
    strict = LiabilityTerms(unhandled=frozenset({"found", "referred"}))
    referred = (at(11), "referred")
    assert not judge(referred).applies
    assert judge(referred, terms=strict).applies
    assert not judge(referred, (at(12), "in_progress"), terms=strict).applies
    assert judge(referred, (at(18), "in_progress"), terms=strict).applies


def test_what_was_sent_back_had_been_handled():
    assert not judge((at(11), "referred"), (at(12), "found")).applies


@pytest.mark.parametrize(
    ("within", "handled", "liable"),
    [
        (timedelta(hours=1), at(11), False),
        (timedelta(hours=1), at(11, 1), True),
        (timedelta(hours=99), at(17), False),
        (timedelta(hours=99), at(17, 1), True),
    ],
)
def test_the_host_may_set_a_shorter_deadline_and_never_a_longer_one(within, handled, liable):
    terms = LiabilityTerms(within=within)
    assert judge((handled, "fixed_on_site"), terms=terms).applies is liable


def test_before_the_deadline_nobody_is_liable_yet():
    verdict = judge(when=at(17))
    assert holding(verdict) == ["found_on_duty", "complaint_followed"]
    assert verdict.grounds[1].why == Label(
        "尚未处理，期限2025-03-03 17:00+00:00未到",
        "not handled yet, and not due before 2025-03-03 17:00+00:00",
    )
    assert judge(when=at(17, 1)).applies


def test_what_happens_after_the_moment_of_judgement_is_not_known():
    late = judge((at(19), "fixed_on_site"), when=at(18))
    assert late.applies
    assert late.grounds[1].why.en == "not handled by 2025-03-03 17:00+00:00"
    later = judge((at(19), "fixed_on_site"))
    assert later.grounds[1].why.en.endswith("due 2025-03-03 17:00+00:00: late")
    assert not judge(when=at(18), complaints=[LinkedComplaint("c1", "i1", at(18, 1))]).applies


@pytest.mark.parametrize(
    ("complaint", "since", "counts"),
    [
        (LinkedComplaint("c1", "i1", at(10)), ComplaintSince.FOUND, False),
        (LinkedComplaint("c1", "i1", at(10, 1)), ComplaintSince.FOUND, True),
        (LinkedComplaint("c1", "i2", at(12)), ComplaintSince.FOUND, False),
        (LinkedComplaint("c1", "i1", at(17)), ComplaintSince.DEADLINE, False),
        (LinkedComplaint("c1", "i1", at(17, 1)), ComplaintSince.DEADLINE, True),
    ],
)
def test_only_a_complaint_about_this_problem_and_after_the_moment_counts(complaint, since, counts):
    verdict = judge(complaints=[complaint], terms=LiabilityTerms(complaint_since=since))
    assert verdict.applies is counts
    assert verdict.grounds[2].why.en == (
        "complaints: c1" if counts else "no complaint about this problem followed"
    )


@pytest.mark.parametrize(
    ("shift", "holds"),
    [
        (SHIFT, True),
        (Shift("q1", at(10), at(17)), True),
        (Shift("q1", at(9), at(10)), True),
        (Shift("q1", at(10, 1), at(17)), False),
        (Shift("q1", at(1), at(9, 59)), False),
    ],
)
def test_the_problem_must_have_been_found_on_the_inspectors_own_shift(shift, holds):
    verdict = judge(shift=shift)
    assert verdict.applies is holds
    assert verdict.grounds[0].holds is holds


def test_an_unknown_shift_is_an_error():
    with pytest.raises(UnknownShift, match="shift of 'q1'") as refusal:
        judge(shift=None)
    assert (refusal.value.issue, refusal.value.inspector) == ("i1", "q1")


@pytest.mark.parametrize(
    ("doubled", "points"),
    [(Doubled.INSPECTOR, (2, 1)), (Doubled.RESPONSIBLE, (1, 2)), (Doubled.BOTH, (2, 2))],
)
def test_who_is_doubled_is_a_switch(doubled, points):
    verdict = judge(terms=LiabilityTerms(doubled=doubled))
    assert tuple(each.points for each in verdict.penalties) == points


def test_without_a_responsible_person_the_inspector_pays_alone():
    assert [each.party for each in judge(responsible=None).penalties] == ["q1"]


def test_one_person_in_both_roles_pays_the_greater_and_not_the_sum():
    assert judge(responsible="q1").points_of("q1") == 2


def test_multipliers_do_not_compound_and_doubling_twice_is_doubling():
    triple = attrs.evolve(DOUBLE, id="triple", multiplier="3")
    half = attrs.evolve(DOUBLE, id="half", multiplier="0.5")
    assert judge(consequences=[DOUBLE, DOUBLE]).points_of("q1") == 2
    assert judge(consequences=[DOUBLE, triple]).points_of("q1") == 3
    assert judge(consequences=[half]).points_of("q1") == 1
    assert judge(consequences=[]).points_of("q1") == 1


def test_without_a_base_the_verdict_stands_and_its_points_are_the_hosts():
    verdict = judge(base=None)
    assert verdict.applies
    assert [each.points for each in verdict.penalties] == [Unspecified, Unspecified]
    with pytest.raises(UnspecifiedPointsError, match="in base=") as refusal:
        verdict.points_of("q1")
    assert refusal.value.rules == ("joint_liability_double_penalty",)
    assert verdict.points_of("someone else") == 0


def test_a_base_without_points_is_named():
    verdict = judge(base=OPEN_BASE)
    assert verdict.penalties[0].why.en.endswith("(the host must set the points)")
    with pytest.raises(UnspecifiedPointsError, match=r"book\.with_values") as refusal:
        verdict.points_of("p9")
    assert refusal.value.rules == ("ded_no_badge",)


def test_nobody_who_is_not_liable_needs_a_base():
    verdict = judge(base=None, complaints=[])
    assert not verdict.applies
    assert verdict.points_of("q1") == 0


def test_all_that_is_wrong_with_the_question_is_said_at_once():
    naive = NINE.replace(tzinfo=None)
    with pytest.raises(InvalidFinding) as refusal:
        joint_liability(
            "i1",
            history((naive, "found")),
            inspector="q1",
            shift=Shift("q2", naive, at(8)),
            complaints=[LinkedComplaint("c1", "i1", naive), LinkedComplaint("c2", "i2", naive)],
            at=naive,
            consequences=[],
        )
    assert [problem.where for problem in refusal.value.problems] == [
        *("at", "shift.start", "complaint c1", "history, revision 1", "shift")
    ]


@pytest.mark.parametrize(
    ("entries", "shift", "message"),
    [
        ([], SHIFT, "history: is empty; pass it from the opening of the issue on"),
        (history(FOUND), Shift("q1", at(9), at(8)), "shift: ends before it begins"),
    ],
)
def test_a_question_that_cannot_be_judged_is_refused(entries, shift, message):
    with pytest.raises(InvalidFinding) as refusal:
        joint_liability(
            "i1", entries, inspector="q1", shift=shift, complaints=[], at=at(20), consequences=[]
        )
    assert [str(problem) for problem in refusal.value.problems] == [message]


minutes = st.integers(0, 12 * 60).map(lambda number: NINE + timedelta(minutes=number))
states = st.sampled_from(["found", "referred", "fixed_on_site", "emergency", "in_progress"])
terms = st.builds(
    LiabilityTerms,
    unhandled=st.sampled_from([frozenset({"found"}), frozenset({"found", "referred"})]),
    within=st.none() | st.integers(0, 600).map(lambda number: timedelta(minutes=number)),
    complaint_since=st.sampled_from(ComplaintSince),
    doubled=st.sampled_from(Doubled),
)


@given(st.lists(st.tuples(minutes, states), max_size=4), minutes, terms)
def test_without_a_complaint_nobody_is_liable(steps, when, reading):
    ordered = sorted(steps, key=lambda step: step[0])
    assert not judge(*ordered, complaints=[], when=when, terms=reading).applies


@given(
    st.lists(st.tuples(minutes, states), min_size=1, max_size=4),
    st.lists(minutes, max_size=3),
    st.integers(0, 600),
    terms,
)
def test_earlier_handling_never_makes_anybody_liable(steps, received, earlier, reading):
    ordered = sorted(steps, key=lambda step: step[0])
    sooner = [
        (max(at(10), moment - timedelta(minutes=earlier)), state) for moment, state in ordered
    ]
    complaints = [LinkedComplaint(f"c{n}", "i1", each) for n, each in enumerate(received)]
    options = {"complaints": complaints, "terms": reading, "when": at(23)}
    assert judge(*ordered, **options).applies or not judge(*sooner, **options).applies


def test_a_chain_shares_the_base_points_upwards():
    chained = attrs.evolve(
        DOUBLE, warnings=1, chain=(Link("department_head", "2.5"), Link("manager", "0.5"))
    )
    parties = {"inspector": "q1", "department_head": "h1", "manager": "m1"}
    found = penalise(Decimal(20), [chained, DOUBLE], parties)
    assert [(each.party, each.role, each.points, each.warnings) for each in found] == [
        ("q1", "inspector", 40, 1),
        ("h1", "department_head", 50, 0),
        ("m1", "manager", 10, 0),
    ]
    assert found[1].why.zh.endswith("依据《员工考核制度》双倍处罚。 20分 × 2.5 = 50分")


def test_every_role_that_answers_must_be_filled():
    liability = REGULATION.rule("obstruction_liability")
    with pytest.raises(MissingParty, match="parties=") as refusal:
        penalise(Decimal(1), [liability, DOUBLE], {"inspector": "q1"})
    assert refusal.value.roles == ("department_supervisor", "person_concerned")
