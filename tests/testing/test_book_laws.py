from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from propflow.rulebooks import load, shipped
from propflow.scoring import (
    JOINT_LIABILITY,
    Count,
    Repetition,
    Rung,
    Severity,
    assess,
    evaluate,
    joint_liability,
    penalise,
    statements,
)
from propflow.testing import scoring_laws

A = load("sheet_staff_image")
CARD = load("residential_scorecard_130")
SMALL = attrs.evolve(CARD, rules=CARD.score_items[:2])
PATROL = load("patrol_regulation")
CHECKS = load("service_checks_10")

RICH = attrs.evolve(
    A,
    id="rich",
    rules=(
        attrs.evolve(
            A.deductions[0],
            same_as=(),
            cap="2.5",
            severities=(Severity("grave", "严重", "grave", "3"),),
            repetition=Repetition((Rung(2, "0.5"), Rung(3, "1"))),
        ),
        attrs.evolve(A.deductions[1], same_as=("x",), count=Count.OCCURRENCE),
        attrs.evolve(A.deductions[2], same_as=("x",), points="2"),
    ),
)
BOOKS = [*map(load, shipped()), RICH]
LAWS = [
    pytest.param(law, id=f"{book.id}-{law.name}") for book in BOOKS for law in scoring_laws(book)
]


def law_of(book, name):
    (law,) = (each for each in scoring_laws(book) if each.name == name)
    return law


@pytest.mark.parametrize("law", LAWS)
def test_every_law_holds_for_every_shipped_book_and_for_one_with_all_there_is(law):
    law.check(examples=40)


def test_a_book_gets_the_laws_that_concern_it():
    deductions = {
        "order_does_not_matter",
        "a_further_finding_never_lowers_the_deduction",
        "the_same_again_changes_nothing",
        "missing_points_are_named",
        "a_floor_never_touches_the_total",
        "bills_sum_to_the_total",
        "reversals_restore_the_total",
    }
    cards = {
        "items_stay_within_their_maximum",
        "items_sum_to_sections_and_sections_to_the_total",
        "weights_in_proportion_leave_the_share",
        "weights_of_one_are_no_weights",
        "a_share_is_from_0_to_1_or_none",
    }
    checks = {"a_rate_is_from_0_to_1_or_none", "what_does_not_apply_changes_no_rate"}
    names = {book.id: {law.name for law in scoring_laws(book)} for book in BOOKS}
    assert names["sheet_staff_image"] == names["rich"] == deductions
    liability = {
        "doubling_is_idempotent",
        "no_complaint_no_joint_liability",
        "earlier_handling_never_creates_liability",
    }
    assert names["patrol_regulation"] == deductions | liability | checks
    assert names["residential_scorecard_130"] == cards
    assert names["service_checks_10"] == names["model_service_rules"] == checks


def first_come(books, findings, **options):
    return assess(books, findings[:1], **options)


def shrinking(books, findings, **options):
    return assess(books, findings if len(findings) < 2 else [], **options)


def doubling(books, findings, **options):
    result = assess(books, findings, **options)
    return attrs.evolve(result, lines=result.lines * len(findings))


class Pricey:
    """An assessment whose total the floor changes."""

    def __init__(self, result, floor):
        self.result = result
        self.floor = floor

    def __getattr__(self, name):
        return getattr(self.result, name)

    @property
    def total(self):
        return self.result.total + self.floor


def floored(books, findings, *, floor=0, **options):
    return Pricey(assess(books, findings, floor=floor, **options), floor)


def unbilled(books, findings, **options):
    return attrs.evolve(assess(books, findings, **options), bills=())


@pytest.mark.parametrize(
    ("name", "broken", "says"),
    [
        ("order_does_not_matter", first_come, "cost otherwise in the order"),
        ("a_further_finding_never_lowers_the_deduction", shrinking, "is added to"),
        ("the_same_again_changes_nothing", doubling, "is noted again beside"),
        ("a_floor_never_touches_the_total", floored, "becomes"),
        ("bills_sum_to_the_total", unbilled, "0 is billed of"),
    ],
)
def test_a_broken_law_shows_its_smallest_counterexample(monkeypatch, name, broken, says):
    monkeypatch.setattr("propflow.testing.book_laws.assess", broken)
    law = law_of(A, name)
    with pytest.raises(AssertionError, match=says) as refusal:
        law.check()
    text = str(refusal.value)
    assert text.startswith(law.says.en)
    assert law.says.zh in text
    assert "Finding('ded_" in text
    assert "severity=" not in text


def test_missing_points_that_are_passed_over_are_seen(monkeypatch):
    monkeypatch.setattr(
        "propflow.testing.book_laws.assess",
        lambda book, findings: Unnamed(assess(book, findings)),
    )
    with pytest.raises(AssertionError, match=r"lack points, and \[\] are named"):
        law_of(A, "missing_points_are_named").check()


class Unnamed:
    """An assessment that takes missing points for zero."""

    def __init__(self, result):
        self.lines = result.lines

    total = Decimal(0)


class Lopsided:
    """A card that earns more than there is, and whose total and share are not its sections'."""

    def __init__(self, card, weights):
        self.items = [
            each if each.points is None else attrs.evolve(each, points=each.maximum + 1)
            for each in card.items
        ]
        self.sections = card.sections
        self.maximum = card.maximum
        self.total = None if card.total is None else card.total + 1
        self.share = card.share if weights is None else Decimal(2)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("items_sum_to_sections_and_sections_to_the_total", "do not agree for"),
        ("items_stay_within_their_maximum", "earns"),
        ("weights_in_proportion_leave_the_share", "becomes 2 with weights times"),
        ("weights_of_one_are_no_weights", "of 20 is the share 2 for"),
    ],
)
def test_a_broken_card_is_seen(monkeypatch, name, says):
    monkeypatch.setattr(
        "propflow.testing.book_laws.evaluate",
        lambda card, scores, weights=None: Lopsided(evaluate(card, scores), weights),
    )
    with pytest.raises(AssertionError, match=says):
        law_of(SMALL, name).check()


def test_points_that_are_not_given_back_are_seen(monkeypatch):
    def forgetful(postings, *, month):
        return () if month == "2026-02" else statements(postings, month=month)

    monkeypatch.setattr("propflow.testing.book_laws.statements", forgetful)
    with pytest.raises(AssertionError, match="and 0 are left of"):
        law_of(A, "reversals_restore_the_total").check()


class Boastful:
    """A result whose every rate is two."""

    share = Decimal(2)
    pass_rate = Decimal(2)


@pytest.mark.parametrize(
    ("book", "evaluating", "name", "says"),
    [
        (SMALL, "evaluate", "a_share_is_from_0_to_1_or_none", "the share is 2 for"),
        (CHECKS, "check", "a_rate_is_from_0_to_1_or_none", "the pass rate is 2 for"),
        (CHECKS, "check", "what_does_not_apply_changes_no_rate", "the pass rate is 2, not None"),
    ],
)
def test_a_rate_above_one_is_seen(monkeypatch, book, evaluating, name, says):
    monkeypatch.setattr(f"propflow.testing.book_laws.{evaluating}", lambda *_: Boastful())
    with pytest.raises(AssertionError, match=says):
        law_of(book, name).check()


def test_compounding_is_seen(monkeypatch):
    monkeypatch.setattr(
        "propflow.testing.book_laws.penalise",
        lambda base, given, parties: penalise(base + len(given), given, parties),
    )
    with pytest.raises(AssertionError, match="doubling twice is doubling once"):
        law_of(PATROL, "doubling_is_idempotent").check()


def test_the_laws_of_joint_liability_come_with_its_rule():
    rules = tuple(rule for rule in PATROL.rules if rule.id != JOINT_LIABILITY)
    names = {law.name for law in scoring_laws(attrs.evolve(PATROL, rules=rules))}
    assert "doubling_is_idempotent" in names
    assert not {name for name in names if "liability" in name}


def passing_over_complaints(issue, history, **given):
    verdict = joint_liability(issue, history, **given)
    return attrs.evolve(verdict, grounds=verdict.grounds[:2])


def charging_those_who_are_not_liable(issue, history, **given):
    verdict = joint_liability(issue, history, **given)
    return attrs.evolve(verdict, penalties=("twice",))


def charging_the_quick(issue, history, **given):
    """Judges the issue as if nobody had handled it, where it was handled within the hour."""
    first = history[0].occurred_at
    quick = any(entry.occurred_at - first < timedelta(hours=1) for entry in history[1:])
    return joint_liability(issue, history[:1] if quick else history, **given)


@pytest.mark.parametrize(
    ("name", "broken", "says"),
    [
        (
            "no_complaint_no_joint_liability",
            passing_over_complaints,
            "inspector is held liable for\n  on duty 09:00 to 17:00, found at 09:00",
        ),
        (
            "no_complaint_no_joint_liability",
            charging_those_who_are_not_liable,
            "complaints: none",
        ),
        (
            "earlier_handling_never_creates_liability",
            charging_the_quick,
            "and inspector is, for\n  on duty 09:00 to 17:00, found at 09:00",
        ),
    ],
)
def test_a_broken_law_of_liability_tells_the_smallest_story(monkeypatch, name, broken, says):
    monkeypatch.setattr("propflow.testing.liability_laws.joint_liability", broken)
    law = law_of(PATROL, name)
    with pytest.raises(AssertionError, match=says) as refusal:
        law.check()
    text = str(refusal.value)
    assert text.startswith(law.says.en)
    assert law.says.zh in text
