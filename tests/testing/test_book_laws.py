from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from propflow.rulebooks import load, shipped
from propflow.scoring import Count, Repetition, Rung, Severity, assess, evaluate, penalise
from propflow.testing import scoring_laws

A = load("sheet_staff_image")
CARD = load("residential_scorecard_130")
SMALL = attrs.evolve(CARD, rules=CARD.score_items[:2])
PATROL = load("patrol_regulation")

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
    }
    cards = {
        "items_sum_to_sections_and_sections_to_the_total",
        "weights_in_proportion_leave_the_share",
    }
    names = {book.id: {law.name for law in scoring_laws(book)} for book in BOOKS}
    assert names["sheet_staff_image"] == names["rich"] == deductions
    assert names["patrol_regulation"] == deductions | {"doubling_is_idempotent"}
    assert names["residential_scorecard_130"] == cards
    assert names["service_checks_10"] == set()


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
    """A card whose total is not that of its sections, and whose share weighs too much."""

    def __init__(self, card, weights):
        self.items = card.items
        self.sections = card.sections
        self.total = None if card.total is None else card.total + 1
        self.share = card.share if weights is None else Decimal(2)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("items_sum_to_sections_and_sections_to_the_total", "do not agree for"),
        ("weights_in_proportion_leave_the_share", "becomes 2 with weights times"),
    ],
)
def test_a_broken_card_is_seen(monkeypatch, name, says):
    monkeypatch.setattr(
        "propflow.testing.book_laws.evaluate",
        lambda card, scores, weights=None: Lopsided(evaluate(card, scores), weights),
    )
    with pytest.raises(AssertionError, match=says):
        law_of(SMALL, name).check()


def test_compounding_is_seen(monkeypatch):
    monkeypatch.setattr(
        "propflow.testing.book_laws.penalise",
        lambda base, given, parties: penalise(base + len(given), given, parties),
    )
    with pytest.raises(AssertionError, match="doubling twice is doubling once"):
        law_of(PATROL, "doubling_is_idempotent").check()
