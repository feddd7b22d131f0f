from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import attrs
import pytest

from propflow.errors import InvalidFinding, UnknownRule
from propflow.rulebooks import load
from propflow.scoring import Account, Finding, RuleBook, assess

A = load("sheet_staff_image")
B = load("sheet_order_fire_safety")
MORNING = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)


def problems_of(*findings, books=(A, B)):
    with pytest.raises(InvalidFinding) as refusal:
        assess(books, findings)
    return [str(problem) for problem in refusal.value.problems]


def test_every_unknown_rule_is_named_with_the_books():
    with pytest.raises(UnknownRule) as refusal:
        assess([A, B], [Finding("x"), Finding("ded_no_uniform"), Finding("y"), Finding("x")])
    assert refusal.value.rules == ("x", "y")
    assert refusal.value.books == ("sheet_staff_image", "sheet_order_fire_safety")


def test_without_books_every_rule_is_unknown():
    with pytest.raises(UnknownRule, match="in no book at all"):
        assess([], [Finding("ded_no_uniform", persons=["p1"])])


def test_every_fault_of_every_finding_is_reported_at_once():
    assert problems_of(
        Finding("ded_no_uniform"),
        Finding("ded_office_untidy", persons=["p1"], found_at=MORNING.replace(tzinfo=None)),
        Finding("ded_hair_nails", persons=["p1"]),
        Finding("sheet_signatures"),
        Finding("ded_no_badge", persons=["", 7], by=" ", fact=3, found_at="today"),
    ) == [
        "finding 1 (ded_no_uniform): the rule is counted by person; name them in persons=",
        (
            "finding 2 (ded_office_untidy): found_at 2025-03-03T09:30:00 has no time zone; "
            "give an aware datetime"
        ),
        "finding 2 (ded_office_untidy): the rule is counted by place; name them in places=",
        (
            "finding 4 (sheet_signatures): this rule is wording without points; "
            "name the deduction that was broken"
        ),
        "finding 5 (ded_no_badge): persons holds 7; an id is a text that is not blank",
        "finding 5 (ded_no_badge): persons holds ''; an id is a text that is not blank",
        "finding 5 (ded_no_badge): fact is 3; an id is a text that is not blank, or leave it out",
        "finding 5 (ded_no_badge): by is ' '; an id is a text that is not blank, or leave it out",
        "finding 5 (ded_no_badge): found_at is 'today'; give an aware datetime",
    ]


def test_a_rule_that_is_wholly_switched_off_cannot_be_found():
    off = A.switch_off("ded_hair_nails", "men").switch_off("ded_hair_nails", "women")
    assert problems_of(Finding("ded_hair_nails", persons=["p1"]), books=off) == [
        (
            "finding 1 (ded_hair_nails): every condition of this rule is switched off, "
            "so nothing can be found under it"
        )
    ]


def test_a_flat_rule_needs_neither_person_nor_place():
    assert assess(B, [Finding("ded_patrol_route_missing")]).total == 1


NOTED = Finding(
    "ded_no_uniform",
    persons=["p1"],
    inspection="i1",
    department="d1",
    fact="f1",
    found_at=MORNING,
    by="q1",
)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"persons": ["p2"]}, "persons"),
        ({"places": ["R1"]}, "places"),
        ({"inspection": "i2"}, "inspection"),
        ({"department": None}, "department"),
        ({"found_at": MORNING + timedelta(minutes=1)}, "found_at"),
        ({"rule": "ded_office_untidy", "places": ["R1"]}, "unit, places"),
        ({"rule": "ded_uniform_untidy", "persons": ["p2"]}, "persons"),
    ],
)
def test_one_fact_with_other_content_is_refused(change, named):
    assert problems_of(NOTED, attrs.evolve(NOTED, **change))[0].endswith(
        f"fact 'f1' was given by finding 1 (ded_no_uniform) with other {named}; "
        "a fact is one observation, so give this one an id of its own"
    )


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"by": "q2"},
        {"rule": "ded_duties_unknown"},
        {"found_at": MORNING.astimezone(timezone(timedelta(hours=8)))},
    ],
)
def test_one_fact_may_be_noted_again_by_another_finder_or_under_another_rule(change):
    assert assess([A, B], [NOTED, attrs.evolve(NOTED, **change)]).total == 1


def test_two_accounts_may_use_a_fact_each_in_its_own_way():
    slips = RuleBook(
        id="slips",
        title=A.title,
        account=Account.PERSON,
        rules=(attrs.evolve(A.deductions[0], id="slip"),),
        sections=A.sections,
    )
    slip = attrs.evolve(NOTED, rule="slip", inspection=None, found_at=None)
    result = assess([A, slips], [NOTED, slip])
    assert [(line.rule, line.account) for line in result.lines] == [
        ("ded_no_uniform", Account.DEPARTMENT),
        ("slip", Account.PERSON),
    ]
    assert result.total == 2
