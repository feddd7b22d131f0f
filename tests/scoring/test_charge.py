"""Charges: exact points from bills and verdicts, and nothing guessed."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from propflow.errors import (
    InexactNumber,
    InvalidPoints,
    InvalidPosting,
    UnspecifiedPointsError,
)
from propflow.rulebooks import load
from propflow.scoring import (
    Charge,
    Finding,
    assess,
    charged,
    charges,
    charges_against,
    obstruction,
)

SHEET = load("sheet_staff_image")
LIABILITY = load("patrol_regulation").rule("obstruction_liability")


def test_a_bill_becomes_charges_with_their_reckoning():
    findings = [
        Finding("ded_no_uniform", persons=["p1", "p2"], department="cleaning"),
        Finding("ded_office_untidy", places=["R1"], department="cleaning"),
    ]
    (bill,) = assess(SHEET, findings).bills
    found = charges(bill)
    assert [(each.rule, each.points) for each in found] == [
        ("ded_no_uniform", 2),
        ("ded_office_untidy", 1),
    ]
    assert found[0].reason == "一.1 未着工作服,每发现1人扣1分。 2人 × 1分 = 2分"
    assert charged(found) == (bill.total, 0)


def test_a_bill_whose_points_are_not_given_charges_nothing():
    (bill,) = assess(SHEET, [Finding("ded_no_badge", persons=["p1"])]).bills
    with pytest.raises(UnspecifiedPointsError) as raised:
        charges(bill)
    assert raised.value.rules == ("ded_no_badge",)


def test_a_verdict_charges_each_party():
    parties = {"department_supervisor": "head", "person_concerned": "p1"}
    points = {"department_supervisor": "2", "person_concerned": "1.5"}
    verdict = obstruction(LIABILITY, parties, points=points)
    (charge,) = charges_against(verdict, "p1")
    assert (charge.rule, charge.points) == ("obstruction_liability", Decimal("1.5"))
    assert charges_against(verdict, "nobody") == ()


def test_whoever_fills_both_roles_is_charged_once_and_the_dearer():
    parties = {"department_supervisor": "head", "person_concerned": "head"}
    points = {"department_supervisor": "2", "person_concerned": "3"}
    (charge,) = charges_against(obstruction(LIABILITY, parties, points=points), "head")
    assert charge.points == 3


def test_a_verdict_without_points_charges_nothing():
    parties = {"department_supervisor": "head", "person_concerned": "p1"}
    with pytest.raises(UnspecifiedPointsError):
        charges_against(obstruction(LIABILITY, parties), "p1")


def test_warnings_are_summed_beside_the_points():
    assert charged([Charge("a", "0.1", warnings=1), Charge("b", "0.2", warnings=2)]) == (
        Decimal("0.3"),
        3,
    )
    assert charged([]) == (0, 0)


@pytest.mark.parametrize("warnings", [-1, True, 1.0, "1"])
def test_warnings_are_a_whole_number(warnings):
    with pytest.raises(InvalidPosting):
        Charge("a", 1, warnings=warnings)


@pytest.mark.parametrize(
    ("points", "error"), [(0.5, InexactNumber), ("NaN", InexactNumber), (-1, InvalidPoints)]
)
def test_points_are_exact(points, error):
    with pytest.raises(error):
        Charge("a", points)


def test_a_charge_is_a_value():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Charge("a", 1).points = Decimal(2)
