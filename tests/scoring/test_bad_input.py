"""What cannot be right is refused by name, whole, and with everything that is wrong with it."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from propflow.errors import (
    AmbiguousBook,
    InexactNumber,
    InvalidAnswers,
    InvalidFinding,
    InvalidPoints,
    InvalidPosting,
    InvalidRuleBook,
    InvalidScore,
    PropflowError,
    UnknownRule,
    UnspecifiedRuleError,
)
from propflow.rulebooks import load
from propflow.scoring import (
    Charge,
    Finding,
    Method,
    Rating,
    Rung,
    Score,
    Severity,
    Unit,
    assess,
    check,
    evaluate,
    rate,
    replay,
)

A = load("sheet_staff_image")
B = load("sheet_order_fire_safety")
PATROL = load("patrol_regulation")
CARD = load("residential_scorecard_130")
CHECKS = load("service_checks_10")
MODEL = load("model_service_rules")
UNIFORM, MISMATCHED = A.deductions[:2]
CLEAN, GREEN, EQUIPMENT = (item.id for item in CARD.score_items[:3])
NAN = Decimal("NaN")


def revised(*rules):
    return attrs.evolve(A, rules=rules)


def told(first="p1", second="p1"):
    return [
        Finding("ded_no_uniform", persons=[first], fact="f1"),
        Finding("ded_uniform_untidy", persons=[second], fact="f1"),
    ]


@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        pytest.param(lambda: A.with_values({"ded_no_badge": 0.5}), InexactNumber, id="float"),
        pytest.param(lambda: A.with_values({"ded_no_badge": NAN}), InexactNumber, id="nan"),
        pytest.param(lambda: assess(A, [], base=float("nan")), InexactNumber, id="nan-base"),
        pytest.param(lambda: Score("NaN"), InexactNumber, id="nan-score"),
        pytest.param(lambda: Severity("x", "x", "x", 1.5), InexactNumber, id="float-severity"),
        pytest.param(lambda: Rung(3, -1), InvalidPoints, id="negative-rung"),
        pytest.param(lambda: Charge("x", 1, warnings=-1), InvalidPosting, id="negative-warnings"),
        pytest.param(lambda: assess(A, [Finding("x")]), UnknownRule, id="unknown-rule"),
        pytest.param(lambda: assess(A, told("p1", "p2")), InvalidFinding, id="one-fact-told-twice"),
        pytest.param(
            lambda: assess([A, attrs.evolve(B, id=A.id)], []), AmbiguousBook, id="two-books"
        ),
        pytest.param(
            lambda: evaluate(CARD, {}, weights=dict.fromkeys(item_ids(), 0)),
            InvalidScore,
            id="all-weights-zero",
        ),
        pytest.param(lambda: evaluate(CARD, {}, weights={CLEAN: NAN}), InexactNumber, id="weight"),
    ],
)
def test_each_bad_input_has_an_error_with_a_name(attempt, error):
    with pytest.raises(error) as refusal:
        attempt()
    assert isinstance(refusal.value, PropflowError)


def item_ids():
    return [item.id for item in CARD.score_items]


def test_one_fact_may_be_told_under_two_rules():
    assert assess(A, told()).total == 1


def test_a_count_below_zero_is_refused_with_the_book():
    warning = attrs.evolve(PATROL.rule("concealment_written_warning"), warnings=-1, base_rule=None)
    with pytest.raises(InvalidRuleBook, match="warnings are below zero"):
        attrs.evolve(PATROL, rules=(warning,))


def test_links_in_a_circle_are_refused_each_by_name():
    one = attrs.evolve(UNIFORM, same_as=(MISMATCHED.id,))
    other = attrs.evolve(MISMATCHED, same_as=(UNIFORM.id, "dress"))
    with pytest.raises(InvalidRuleBook) as refusal:
        revised(one, other)
    assert [str(problem) for problem in refusal.value.problems] == [
        f"rule {mine!r}: same_as names the rule {named!r}; it takes a group that the rules share"
        for mine, named in ((UNIFORM.id, MISMATCHED.id), (MISMATCHED.id, UNIFORM.id))
    ]


def test_a_rule_that_names_itself_as_the_same_is_refused():
    with pytest.raises(InvalidRuleBook, match="same_as names the rule 'ded_no_uniform'"):
        revised(attrs.evolve(UNIFORM, same_as=(UNIFORM.id,)))


def test_unknown_rules_do_not_hide_what_else_is_wrong_with_findings():
    findings = [
        Finding("ded_no_unifrom", persons=["p1"], by=" "),
        Finding("ded_no_uniform"),
        *told("p1", "p2"),
        Finding("sheet_signatures"),
        Finding("x"),
    ]
    with pytest.raises(UnknownRule) as refusal:
        assess(A, findings)
    assert refusal.value.rules == ("ded_no_unifrom", "x")
    assert [problem.where for problem in refusal.value.problems] == [
        "finding 1 (ded_no_unifrom)",
        "finding 2 (ded_no_uniform)",
        "finding 4 (ded_uniform_untidy)",
        "finding 5 (sheet_signatures)",
    ]
    assert "; besides:\n  - finding 1 (ded_no_unifrom): by is ' '" in str(refusal.value)


def test_what_if_names_the_faults_of_findings_under_either_book_by_their_place():
    stricter = revised(attrs.evolve(UNIFORM, unit=Unit.PLACE))
    findings = [
        Finding("ded_no_uniform", persons=["p1"], places=["R1"]),
        Finding("ded_no_uniform", persons=["p1"], by=" "),
        Finding("x", by=""),
    ]
    with pytest.raises(UnknownRule) as refusal:
        replay(findings, A, stricter)
    assert refusal.value.rules == ("x",)
    assert [str(problem) for problem in refusal.value.problems] == [
        "finding 2 (ded_no_uniform): by is ' '; an id is a text that is not blank, or leave it out",
        "finding 3 (x): by is ''; an id is a text that is not blank, or leave it out",
        "finding 2 (ded_no_uniform): the rule is counted by place; name them in places=",
    ]
    with pytest.raises(InvalidFinding) as fault:
        replay(findings[:2], A, stricter)
    assert len(fault.value.problems) == 2


def test_unknown_items_and_items_without_a_dimension_do_not_hide_wrong_ratings():
    with pytest.raises(UnknownRule) as unknown:
        rate(CHECKS, [Rating("x", 1, 0.5), Rating("check_service_speed", -1, 1)])
    assert [problem.where for problem in unknown.value.problems] == [
        "rating 1 (x), perceived",
        "rating 2 (check_service_speed), expected",
    ]
    with pytest.raises(InvalidAnswers) as untagged:
        rate(MODEL, [Rating("std_dress_tidy", 0.5, 1)])
    assert [problem.where for problem in untagged.value.problems] == [
        "std_dress_tidy",
        "rating 1 (std_dress_tidy), expected",
    ]


def test_unknown_rules_do_not_hide_wrong_numbers():
    with pytest.raises(UnknownRule) as refusal:
        A.with_values({"x": 1, "ded_no_badge": 0.5, "y": NAN, "ded_uncivil_language": -1})
    assert refusal.value.rules == ("x", "y")
    assert [problem.where for problem in refusal.value.problems] == [
        "ded_no_badge",
        "y",
        "ded_uncivil_language",
    ]


def test_a_card_names_unknown_items_wrong_weights_and_wrong_scores_together():
    scores = {CLEAN: Score(11), "x": Score(1), "item_satisfaction_level": Score.measured(80)}
    weights = {GREEN: NAN, EQUIPMENT: -1, "y": 1}
    with pytest.raises(UnknownRule) as unknown:
        evaluate(CARD, scores, weights=weights)
    assert unknown.value.rules == ("x", "y")
    assert [problem.where for problem in unknown.value.problems] == [GREEN, EQUIPMENT, CLEAN]
    del scores["x"], weights["y"]
    with pytest.raises(InexactNumber) as refusal:
        evaluate(CARD, scores, weights=weights)
    assert [problem.where for problem in refusal.value.problems] == [GREEN, EQUIPMENT, CLEAN]
    assert refusal.value.subject == "the card residential_scorecard_130"


def test_an_unmapped_survey_hides_nothing():
    scores = {"item_satisfaction_level": Score.measured(80)}
    with pytest.raises(InvalidScore, match="are all zero"):
        evaluate(CARD, scores, weights=dict.fromkeys(item_ids(), 0))
    with pytest.raises(UnknownRule):
        evaluate(CARD, scores, weights={"x": 1})


def test_every_measured_value_without_a_mapping_is_named():
    mapped = attrs.evolve(CARD.rule(CLEAN), method=Method.MAPPING)
    rules = tuple(mapped if rule.id == CLEAN else rule for rule in CARD.rules)
    scores = dict.fromkeys([CLEAN, "item_satisfaction_level"], Score.measured(80))
    with pytest.raises(UnspecifiedRuleError, match="no mapping for ") as refusal:
        evaluate(attrs.evolve(CARD, rules=rules), scores)
    assert refusal.value.rules == (CLEAN, "item_satisfaction_level")


def test_unknown_items_do_not_hide_wrong_answers():
    with pytest.raises(UnknownRule) as refusal:
        check(CHECKS, {"x": "pass", "check_service_speed": "maybe"})
    assert [problem.where for problem in refusal.value.problems] == ["check_service_speed"]
    with pytest.raises(InvalidAnswers):
        check(CHECKS, {"check_service_speed": "maybe"})


def test_a_hundred_thousand_bad_findings_are_each_named_once():
    findings = [Finding("ded_no_uniform")] * 50_000 + [Finding("x", by="")] * 50_000
    with pytest.raises(UnknownRule) as refusal:
        assess(A, findings)
    assert (refusal.value.rules, len(refusal.value.problems)) == (("x",), 100_000)
