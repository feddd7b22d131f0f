from __future__ import annotations

import attrs
import pytest

from propflow.rulebooks import load
from propflow.scoring import Finding, Link, Repetition, Rung, Severity, assess, changes
from propflow.testing import mutate

A = load("sheet_staff_image")
B = load("sheet_order_fire_safety")
CARD = load("residential_scorecard_130")
PATROL = load("patrol_regulation")
MODEL = load("model_service_rules")

CAPPED = attrs.evolve(
    A,
    id="capped",
    rules=(
        attrs.evolve(
            A.deductions[0],
            cap="5",
            severities=(Severity("grave", "严重", "grave", "3"),),
            repetition=Repetition((Rung(3, "1"),)),
        ),
    ),
)

CHAINED = attrs.evolve(
    PATROL,
    id="chained",
    rules=(
        attrs.evolve(
            PATROL.rule("joint_liability_double_penalty"), chain=(Link("team_leader", "0.5"),)
        ),
    ),
)


def planted(book):
    return [(mutant.rule, mutant.field) for mutant in mutate(book, lambda _: None).survivors]


def test_without_tests_every_change_survives_and_is_named():
    report = mutate(CAPPED, lambda _: None)
    assert report.killed == ()
    assert [mutant.field for mutant in report.survivors] == [
        *("points", "unit", "unit", "unit", "count", "cap", "cap", "same_as"),
        *("severities", "repetition"),
    ]
    assert str(report).startswith("10 of 10 changes went unnoticed\n  一.1 No uniform: ")
    assert str(report).endswith("repetition: (rungs (time 3, adds 1), zone Asia/Shanghai) → none")


@pytest.mark.parametrize(
    "book", [A, B, CARD, PATROL, MODEL, CAPPED, CHAINED], ids=lambda book: book.id
)
def test_every_mutant_differs_from_the_book_in_one_field_of_one_rule(book):
    survivors = mutate(book, lambda _: None).survivors
    assert survivors
    for mutant in survivors:
        (change,) = changes(book, mutant.book)
        assert (change.rule, change.field, change.notice) == (
            *(mutant.rule, mutant.field),
            mutant.notice,
        )


def test_a_comparison_of_everything_lets_nothing_live():
    def tests(book):
        assert book == B

    report = mutate(B, tests)
    assert report.survivors == ()
    assert len(report.killed) == len(planted(B))
    assert str(report) == f"0 of {len(report.killed)} changes went unnoticed"


def test_a_test_of_one_rule_kills_the_changes_of_that_rule_alone():
    def tests(book):
        twice = [Finding("ded_no_uniform", persons=["p1"])] * 2
        assert assess(book, twice).total == 1

    report = mutate(A, tests)
    assert {mutant.rule for mutant in report.killed} == {"ded_no_uniform"}
    assert {mutant.field for mutant in report.killed} == {"points", "unit", "count"}
    assert "ded_no_badge" in {mutant.rule for mutant in report.survivors}


def test_links_between_rules_are_planted_too():
    assert ("ded_fire_control_log_incomplete", "excluded_by") in planted(B)
    assert ("joint_liability_double_penalty", "multiplier") in planted(PATROL)
    assert ("concealment_written_warning", "warnings") in planted(PATROL)
    assert ("concealment_written_warning", "base_rule") in planted(PATROL)
    assert planted(PATROL).count(("obstruction_liability", "liable")) == 2
    assert planted(CHAINED)[-1] == ("joint_liability_double_penalty", "chain")
    assert planted(MODEL) == [("std_phone_three_rings", "limit")]
    assert ("item_satisfaction_level", "weight") in planted(CARD)


def test_what_loading_would_refuse_is_not_planted():
    assert ("concealment_deduction", "unit") not in planted(PATROL)


def test_tests_that_fail_on_the_unchanged_book_are_to_be_mended_first():
    def tests(book):
        raise RuntimeError(book.id)

    with pytest.raises(RuntimeError, match="sheet_staff_image"):
        mutate(A, tests)
