"""Severities, repetition, caps, and whom the points are laid to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.errors import InvalidFinding, InvalidRuleBook, UnspecifiedPointsError
from propflow.rulebooks import load
from propflow.scoring import (
    Account,
    Finding,
    Provenance,
    Reason,
    Repetition,
    RuleBook,
    Rung,
    Severity,
    Unit,
    Unspecified,
    assess,
)

A = load("sheet_staff_image")
GRAVE = Severity("grave", "严重", "grave", "3")
SLIGHT = Severity("slight", "轻微", "slight", "0.5")
LADDER = Repetition((Rung(3, "1"), Rung(5, "2.5")))
MARCH = datetime(2025, 3, 3, 9, tzinfo=UTC)


def rule(rule_id, points="1", **fields):
    provenance = Provenance.UNSPECIFIED if points is Unspecified else Provenance.EXPLICIT
    plain = {"same_as": (), "excluded_by": (), "provenance": provenance}
    return attrs.evolve(A.deductions[0], id=rule_id, points=points, **(plain | fields))


def book(*rules, account=Account.DEPARTMENT):
    return RuleBook(id="book", title=A.title, account=account, rules=rules, sections=A.sections)


def on(rule_id, *persons, **fields):
    return Finding(rule_id, persons=persons or ("p1",), **fields)


def day(number, *persons, **fields):
    return on(
        "a", *persons, found_at=MARCH + timedelta(days=number), inspection=f"{number}", **fields
    )


def adjusted(result):
    (line,) = result.lines
    return {each.reason: each.points for each in line.adjustments}


def test_a_severity_multiplies_the_points_of_the_persons_it_was_noted_for():
    result = assess(
        book(rule("a", "2", severities=(GRAVE, SLIGHT))),
        [on("a", "p1"), on("a", "p2", "p3", severity="grave"), on("a", "p4", severity="slight")],
    )
    (line,) = result.lines
    assert (line.count, line.each, line.points) == (4, 2, 2 + 6 + 6 + 1)
    assert [(each.reason, each.points) for each in line.adjustments] == [
        (Reason.SEVERITY, 8),
        (Reason.SEVERITY, -1),
    ]
    assert line.why.zh.endswith("4人 × 2分 = 8分，严重×3（2次）+8分，轻微×0.5（1次）−1分，合计15分")
    assert line.why.en.endswith(
        "4 persons × 2 = 8; grave ×3 (2): +8; slight ×0.5 (1): −1; in all 15"
    )


@pytest.mark.parametrize(
    ("noted", "points"),
    [
        (["slight"], "0.5"),
        (["slight", None], "1"),
        ([None, "slight", "grave"], "3"),
        (["grave", "slight"], "3"),
    ],
)
@pytest.mark.parametrize("fact", [None, "f1"])
def test_of_several_severities_of_one_person_the_gravest_counts(noted, points, fact):
    ours = book(rule("a", severities=(GRAVE, SLIGHT)))
    findings = [on("a", severity=each, fact=fact) for each in noted]
    assert assess(ours, findings).total == Decimal(points)


def test_severity_decides_which_rule_on_a_matter_is_dearest():
    ours = book(rule("a", "1", severities=(GRAVE,), same_as=("x",)), rule("b", "2", same_as=("x",)))
    assert [line.rule for line in assess(ours, [on("a"), on("b")]).lines] == ["b"]
    grave = assess(ours, [on("a", severity="grave"), on("b")])
    assert [(line.rule, line.points) for line in grave.lines] == [("a", 3)]


def test_a_severity_of_a_rule_without_points_waits_for_them():
    ours = book(rule("a", Unspecified, severities=(GRAVE,)))
    result = assess(ours, [on("a", severity="grave")])
    assert result.unspecified == ("a",)
    assert result.lines[0].adjustments == ()
    assert assess(ours.with_values({"a": "0.5"}), [on("a", severity="grave")]).total == Decimal(
        "1.5"
    )


def test_coming_back_within_a_month_adds_from_the_named_time_on():
    ours = book(rule("a", repetition=LADDER))
    result = assess(ours, [day(number) for number in range(6)])
    assert result.total == 6 + 1 + 1 + Decimal("2.5") * 2
    (line,) = result.lines
    assert line.why.en.endswith(
        "6 persons × 1 = 6; from time 3 in a month 1 more (2): +2; "
        "from time 5 in a month 2.5 more (2): +5; in all 13"
    )
    assert "当月第3次起每次加1分（2次）+2分" in line.why.zh


def test_two_times_are_not_three_and_another_person_or_month_begins_anew():
    ours = book(rule("a", repetition=LADDER))
    assert assess(ours, [day(1), day(2)]).lines[0].adjustments == ()
    assert assess(ours, [day(1), day(2), day(3, "p2")]).total == 3
    assert assess(ours, [day(1), day(2), day(40)]).total == 3
    assert assess(ours, [day(1), day(2, "p2"), day(3, "p1", "p2"), day(4)]).total == 5 + 1


def test_a_month_begins_in_the_zone_of_the_rule():
    last_evening = datetime(2025, 3, 31, 17, tzinfo=UTC)  # 1 April in Shanghai
    findings = [day(1), day(2), on("a", found_at=last_evening, inspection="x")]
    assert assess(book(rule("a", repetition=LADDER)), findings).total == 3
    in_utc = attrs.evolve(LADDER, zone="UTC")
    assert assess(book(rule("a", repetition=in_utc)), findings).total == 4


def test_a_flat_rule_comes_back_for_the_department_and_an_occurrence_too():
    for unit in (Unit.FLAT, Unit.OCCURRENCE):
        ours = book(rule("a", unit=unit, repetition=LADDER))
        mine = [day(number, department="d1") for number in range(3)]
        theirs = [day(number, department="d2") for number in (3, 4)]
        assert assess(ours, mine + theirs).total == 5 + 1


def test_a_cap_limits_what_a_rule_costs_an_account_in_one_inspection():
    ours = book(rule("a", "2", cap="5"))
    result = assess(
        ours,
        [
            on("a", "p1", "p2", "p3", "p4", inspection="i1", department="d1"),
            on("a", "p5", "p6", inspection="i1", department="d2"),
            on("a", "p1", "p2", "p3", inspection="i2", department="d1"),
        ],
    )
    assert result.total == 5 + 4 + 5
    assert adjusted(result) == {Reason.CAP: -4}
    assert result.lines[0].why.zh.endswith("9人 × 2分 = 18分，每次检查最多扣5分 −4分，合计14分")
    assert result.lines[0].why.en.endswith("= 18; at most 5: −4; in all 14")
    assert {bill.holder: bill.total for bill in result.bills} == {"d1": 10, "d2": 4}


def test_a_cap_holds_for_severity_and_repetition_too():
    ours = book(rule("a", "2", cap="6.5", severities=(GRAVE,), repetition=LADDER))
    result = assess(ours, [day(1), day(2), day(3, severity="grave")])
    assert adjusted(result) == {
        Reason.SEVERITY: 4,
        Reason.REPETITION: 1,
        Reason.CAP: Decimal("-0.5"),
    }
    assert result.total == 2 + 2 + Decimal("6.5")


def test_no_adjustment_rounds_whatever_context_the_host_has_set():
    ours = book(rule("a", "1.23456789", cap="2.34567891"))
    with localcontext() as context:
        context.prec = 2
        result = assess(ours, [on("a", "p1", "p2")])
        assert str(result.total) == "2.34567891"
        assert "−0.12345687分" in result.lines[0].why.zh


@pytest.mark.parametrize(
    ("fields", "finding", "message"),
    [
        (
            {"severities": (GRAVE, SLIGHT)},
            on("a", severity="dire"),
            "severity 'dire' is not one of the rule's, which are: grave, slight",
        ),
        (
            {},
            on("a", severity="grave"),
            "severity 'grave' is not one of the rule's, which are: none",
        ),
        (
            {"repetition": LADDER},
            on("a"),
            "the rule costs more when it is broken again; say when in found_at=",
        ),
    ],
)
def test_a_finding_that_the_rule_cannot_price_is_refused(fields, finding, message):
    with pytest.raises(InvalidFinding) as refusal:
        assess(book(rule("a", **fields)), [finding])
    assert [problem.message for problem in refusal.value.problems] == [message]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"severities": (GRAVE, GRAVE)}, "two severities share the id 'grave'"),
        (
            {"repetition": Repetition(())},
            "repetition needs rungs with rising times, the first from 2",
        ),
        (
            {"repetition": Repetition((Rung(1, 1),))},
            "repetition needs rungs with rising times, the first from 2",
        ),
        (
            {"repetition": Repetition((Rung(3, 1), Rung(3, 1)))},
            "repetition needs rungs with rising times, the first from 2",
        ),
        (
            {"repetition": Repetition((Rung(3, 2), Rung(4, 1)))},
            "a later rung of the repetition adds less than an earlier one",
        ),
        (
            {"repetition": Repetition((Rung(3, 1),), zone="Asia/Shangai")},
            "repetition has the zone 'Asia/Shangai', which is no time zone",
        ),
        (
            {"repetition": Repetition((Rung(3, 1),), zone="../etc")},
            "repetition has the zone '../etc', which is no time zone",
        ),
    ],
)
def test_a_rule_that_cannot_be_priced_is_refused(fields, message):
    with pytest.raises(InvalidRuleBook) as refusal:
        book(rule("a", **fields))
    assert [problem.message for problem in refusal.value.problems] == [message]


def test_a_book_that_charges_persons_counts_by_person():
    with pytest.raises(InvalidRuleBook, match="the book charges persons, so the unit cannot be"):
        book(rule("a", unit=Unit.PLACE), account=Account.PERSON)


def test_each_department_gets_its_own_bill():
    result = assess(
        A,
        [
            Finding("ded_no_uniform", persons=["p1", "p2"], department="d2"),
            Finding("ded_office_untidy", places=["R1"], department="d1"),
            Finding("ded_no_badge", persons=["p1"], department="d1"),
            Finding("ded_absent_from_post", persons=["p9"]),
        ],
    )
    assert [
        (bill.account, bill.holder, [(line.rule, line.count) for line in bill.lines])
        for bill in result.bills
    ] == [
        (Account.DEPARTMENT, None, [("ded_absent_from_post", 1)]),
        (Account.DEPARTMENT, "d1", [("ded_no_badge", 1), ("ded_office_untidy", 1)]),
        (Account.DEPARTMENT, "d2", [("ded_no_uniform", 2)]),
    ]
    assert result.bills[2].total == 2
    with pytest.raises(UnspecifiedPointsError) as refusal:
        _ = result.bills[1].total
    assert refusal.value.rules == ("ded_no_badge",)


def test_a_person_noted_twice_in_an_inspection_is_laid_to_the_department_that_is_named():
    findings = [on("ded_no_uniform", "p1"), on("ded_no_uniform", "p1", department="d1")]
    (bill,) = assess(A, findings).bills
    assert (bill.holder, bill.total) == ("d1", 1)


def test_a_flat_rule_is_charged_to_each_department_that_was_inspected():
    fire = load("sheet_order_fire_safety")
    found = [
        Finding("ded_patrol_route_missing", inspection="i1", department=department)
        for department in ("d1", "d1", "d2")
    ]
    result = assess(fire, found)
    assert result.total == 2
    assert [(bill.holder, bill.total) for bill in result.bills] == [("d1", 1), ("d2", 1)]


def test_a_person_pays_for_each_confirmed_concealment():
    patrol = load("patrol_regulation")
    found = [
        on("concealment_deduction", "p1", fact="report 1"),
        on("concealment_deduction", "p1", "p2", fact="report 2"),
    ]
    result = assess([patrol, A], [*found, on("ded_no_uniform", "p1", department="d1")])
    assert [(bill.account, bill.holder, bill.total) for bill in result.bills] == [
        (Account.DEPARTMENT, "d1", 1),
        (Account.PERSON, "p1", 10),
        (Account.PERSON, "p2", 5),
    ]


PRICED = book(
    rule("a", "1", severities=(GRAVE, SLIGHT), same_as=("x",)),
    rule("b", "2", severities=(GRAVE,), same_as=("x", "y")),
    rule("c", "1.5", same_as=("y",)),
)
CAPPED = book(
    rule("a", "1", cap="2", severities=(GRAVE, SLIGHT)),
    rule("b", "2", severities=(GRAVE,), repetition=LADDER),
    rule("c", "1.5", cap="4", repetition=LADDER),
)


def notes(facts):
    return st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "c"]),
            st.sampled_from(["p1", "p2"]),
            st.integers(0, 3),
            st.sampled_from(facts),
            st.sampled_from([None, "grave"]),
            st.sampled_from([None, "d1", "d2"]),
        ),
        max_size=9,
    ).map(lambda drawn: [noted(*each) for each in drawn])


def noted(rule_id, person, number, fact, severity, department):
    return on(
        rule_id,
        person,
        severity=None if rule_id == "c" else severity,
        inspection=f"i{number}",
        fact=None if fact is None else f"{fact} {person} {number} {department}",
        found_at=MARCH + timedelta(days=12 * number),
        department=department,
    )


@given(notes([None, "f1", "f2"]))
def test_severities_keep_a_further_finding_from_lowering_the_deduction(findings):
    totals = [assess(PRICED, findings[:end]).total for end in range(len(findings) + 1)]
    assert totals == sorted(totals)


@given(notes([None]))
def test_caps_and_repetition_keep_a_further_finding_from_lowering_the_deduction(findings):
    totals = [assess(CAPPED, findings[:end]).total for end in range(len(findings) + 1)]
    assert totals == sorted(totals)


@given(notes([None, "f1"]), st.sampled_from([PRICED, CAPPED]))
def test_bills_hold_what_the_lines_hold(findings, ours):
    result = assess(ours, findings)
    assert sum(bill.total for bill in result.bills) == result.total
    for line in result.lines:
        mine = [each for bill in result.bills for each in bill.lines if each.rule == line.rule]
        assert sum(each.count for each in mine) == line.count
        assert sum(each.points for each in mine) == line.points
        behind = [finding for each in mine for finding in each.findings]
        assert sorted(map(repr, behind)) == sorted(map(repr, line.findings))


@given(notes([None, "f1"]).flatmap(lambda day: st.tuples(st.just(day), st.permutations(day))))
def test_no_order_of_findings_matters_to_severity_repetition_and_caps(days):
    one, other = (assess(CAPPED, findings) for findings in days)
    assert repr(one) == repr(other)
