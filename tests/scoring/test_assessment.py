from __future__ import annotations

from decimal import Decimal, localcontext

import attrs
import pytest

from propflow.errors import (
    AmbiguousBook,
    AmbiguousRule,
    InexactNumber,
    InvalidPoints,
    UnspecifiedError,
    UnspecifiedPointsError,
)
from propflow.rulebooks import load
from propflow.scoring import Account, Count, Finding, Unit, Unspecified, assess

A = load("sheet_staff_image")
B = load("sheet_order_fire_safety")


def counts(result):
    return {line.rule: line.count for line in result.lines}


def test_the_example_of_the_design():
    result = assess(
        A, [Finding("ded_no_uniform", persons=["p1"]), Finding("ded_office_untidy", places=["R1"])]
    )
    assert [(line.rule, line.unit, line.count, line.points) for line in result.lines] == [
        ("ded_no_uniform", Unit.PERSON, 1, Decimal(1)),
        ("ded_office_untidy", Unit.PLACE, 1, Decimal(1)),
    ]
    assert result.total == Decimal(2)
    assert isinstance(result.total, Decimal)
    assert result.score is None


def test_a_line_holds_all_that_it_was_reckoned_from():
    two = Finding("ded_no_uniform", persons=["p2", "p3"])
    one = Finding("ded_no_uniform", persons=["p1"])
    (line,) = assess(A, [two, one]).lines
    assert line.each == Decimal(1)
    assert line.points == Decimal(3)
    assert line.account is Account.DEPARTMENT
    assert line.findings == (one, two)


def test_nothing_found_costs_nothing():
    assert assess(A, []).lines == ()
    assert assess([], []).total == Decimal(0)


def test_the_same_person_counts_once_per_rule_and_inspection():
    result = assess(
        A,
        [
            Finding("ded_no_uniform", persons=["p1"], inspection="i1"),
            Finding("ded_no_uniform", persons=["p1", "p2"], inspection="i1", by="q2"),
            Finding("ded_no_uniform", persons=["p1"], inspection="i2"),
            Finding("ded_no_uniform", persons=["p1"]),
        ],
    )
    assert counts(result) == {"ded_no_uniform": 4}


def test_one_person_breaking_several_rules_of_a_sheet_pays_for_each():
    rules = [rule.id for rule in A.deductions if rule.unit is Unit.PERSON]
    result = assess(A, [Finding(rule, persons=["p1"]) for rule in rules])
    assert set(counts(result).values()) == {1}
    assert len(result.lines) == 12
    assert result.set_aside == ()


def test_a_person_and_a_place_of_the_same_name_are_two():
    both = assess(
        A, [Finding("ded_no_uniform", persons=["x"]), Finding("ded_office_untidy", places=["x"])]
    )
    assert both.total == 2


def test_counting_every_time_is_a_switch_of_the_rule():
    rules = tuple(attrs.evolve(rule, count=Count.OCCURRENCE) for rule in A.deductions[:1])
    book = attrs.evolve(A, rules=rules)
    assert assess(book, [Finding("ded_no_uniform", persons=["p1", "p2"])] * 3).total == 6


def test_a_flat_rule_is_charged_once_per_inspection():
    first = Finding("ded_patrol_route_missing", inspection="i1")
    again = Finding("ded_patrol_route_missing", inspection="i1", places=["gate"])
    other = Finding("ded_patrol_route_missing", inspection="i2")
    assert counts(assess(B, [first, again])) == {"ded_patrol_route_missing": 1}
    assert counts(assess(B, [first, again, other])) == {"ded_patrol_route_missing": 2}


def test_no_route_and_not_knowing_the_route_both_count():
    result = assess(
        B,
        [Finding("ded_patrol_route_missing"), Finding("ded_patrol_route_unknown", persons=["p1"])],
    )
    assert result.total == 2


def test_where_there_is_no_log_its_gaps_are_not_charged():
    result = assess(
        B,
        [
            Finding("ded_fire_control_log_incomplete", places=["R1", "R2"]),
            Finding("ded_fire_control_log_missing", places=["R1"]),
        ],
    )
    assert counts(result) == {
        "ded_fire_control_log_missing": 1,
        "ded_fire_control_log_incomplete": 1,
    }
    assert [(each.subject, each.ruling) for each in result.set_aside] == [("R1", "A59")]
    only = assess(
        B,
        [
            Finding("ded_fire_control_log_incomplete", places=["R1"]),
            Finding("ded_fire_control_log_missing", places=["R1"]),
        ],
    )
    assert only.total == 1


def test_missing_points_leave_the_lines_readable_and_are_named_together():
    result = assess(
        [A, B],
        [
            Finding("ded_handover_log_incomplete", places=["R1"]),
            Finding("ded_no_uniform", persons=["p1"]),
            Finding("ded_no_badge", persons=["p1", "p2"]),
        ],
        base=100,
    )
    assert [(line.rule, line.count, line.each, line.points) for line in result.lines] == [
        ("ded_no_uniform", 1, Decimal(1), Decimal(1)),
        ("ded_no_badge", 2, Unspecified, Unspecified),
        ("ded_handover_log_incomplete", 1, Unspecified, Unspecified),
    ]
    assert result.unspecified == ("ded_no_badge", "ded_handover_log_incomplete")
    for read in ("total", "score"):
        with pytest.raises(UnspecifiedPointsError, match=r"book\.with_values") as refusal:
            getattr(result, read)
        assert refusal.value.rules == ("ded_no_badge", "ded_handover_log_incomplete")
        assert isinstance(refusal.value, UnspecifiedError)


def test_values_of_the_host_complete_the_total():
    book = A.with_values({"ded_no_badge": "0.5"})
    result = assess(book, [Finding("ded_no_badge", persons=["p1", "p2", "p3"])])
    assert str(result.total) == "1.5"


def test_base_and_floor_make_a_score_and_leave_the_total():
    findings = [Finding("ded_no_uniform", persons=["p1", "p2", "p3"])]
    assert assess(A, findings, base="100").score == Decimal(97)
    assert assess(A, findings, base=2).score == Decimal(0)
    low = assess(A, findings, base=2, floor="0.5")
    assert (low.score, low.total, low.base, low.floor) == (
        Decimal("0.5"),
        Decimal(3),
        Decimal(2),
        Decimal("0.5"),
    )


@pytest.mark.parametrize(
    ("scale", "error", "named"),
    [
        ({"base": 100.0}, InexactNumber, ["base"]),
        ({"base": 100, "floor": 0.5}, InexactNumber, ["floor"]),
        ({"base": "-1", "floor": "x"}, InvalidPoints, ["floor", "base"]),
        ({"base": "10", "floor": "11"}, InvalidPoints, ["floor"]),
    ],
)
def test_a_scale_that_cannot_be_right_is_refused(scale, error, named):
    with pytest.raises(error) as refusal:
        assess(A, [], **scale)
    assert [problem.where for problem in refusal.value.problems] == named


def test_a_rule_in_two_books_is_ambiguous():
    revised = A.with_values({"ded_no_badge": "1"})
    with pytest.raises(AmbiguousRule, match="in more than one of the books") as refusal:
        assess([A, B, revised], [])
    assert refusal.value.rules == tuple(rule.id for rule in A.rules)


def test_two_books_of_one_id_are_ambiguous_even_without_a_rule_in_common():
    with pytest.raises(AmbiguousBook, match="two books are called 'sheet_staff_image'") as refusal:
        assess([A, attrs.evolve(B, id=A.id)], [])
    assert refusal.value.book == A.id


def test_totals_do_not_round_whatever_context_the_host_has_set():
    long = "0.1234567890123456789012345678901234567"
    book = A.with_values({"ded_no_badge": long})
    with localcontext() as context:
        context.prec = 2
        result = assess(book, [Finding("ded_no_badge", persons=["p1", "p2", "p3"])], base="1E+50")
        assert str(result.total) == "0.3703703670370370367037037036703703701"
        assert str(result.score) == "9" * 50 + ".6296296329629629632962962963296296299"
