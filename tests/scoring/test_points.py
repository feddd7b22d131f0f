from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from propflow.errors import InexactNumber, InvalidPoints
from propflow.scoring import Unspecified, UnspecifiedType
from propflow.scoring.points import EXACT, exact, exact_all, shown


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (Decimal("0.5"), "0.5"),
        (3, "3"),
        ("0.50", "0.50"),
        (" 1 ", "1"),
        ("１", "1"),  # typed with a Chinese input method
        (0, "0"),
    ],
)
def test_exact_numbers_come_through_digit_by_digit(value, number):
    assert str(exact(value, "points")) == number


def test_a_negative_zero_is_zero():
    assert str(exact(Decimal("-0"), "points")) == "0"


@pytest.mark.parametrize("value", [0.5, 1.0, float("nan"), "NaN", Decimal("sNaN"), "-Infinity"])
def test_what_is_not_exact_is_refused_by_name(value):
    with pytest.raises(InexactNumber, match=r"as a string, e\.g\. '0\.5'") as refusal:
        exact(value, "points of ded_x")
    assert refusal.value.problems[0].where == "points of ded_x"


@pytest.mark.parametrize("value", [True, None, "", "half", Fraction(1, 2), [1], Unspecified])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InvalidPoints, match="is not a number of points") as refusal:
        exact(value, "points")
    assert not isinstance(refusal.value, InexactNumber)


@pytest.mark.parametrize("value", [-1, "-0.5", Decimal("-1E-50")])
def test_points_below_zero_are_refused(value):
    with pytest.raises(InvalidPoints, match="is below zero"):
        exact(value, "points")


@pytest.mark.parametrize("value", ["9" * 100, "0." + "1" * 100])
def test_a_hundred_digits_on_a_side_are_let_in(value):
    assert str(exact(value, "points")) == value


@pytest.mark.parametrize("value", ["9" * 101, "0." + "1" * 101, "1E+999999", "1E-999999"])
def test_more_than_a_hundred_digits_on_a_side_are_refused(value):
    with pytest.raises(InvalidPoints, match="more than 100 digits"):
        exact(value, "points")


def test_the_hosts_decimal_context_does_not_round():
    long = "0.12345678901234567890123456789012345"
    with localcontext() as context:
        context.prec = 3
        number = exact(long, "points")
        assert str(EXACT.add(number, number)) == "0.24691357802469135780246913578024690"


def test_all_wrong_numbers_are_named_at_once():
    with pytest.raises(InvalidPoints) as refusal:
        exact_all("the values", {"a": "1", "b": "-1", "c": "x"})
    assert [problem.where for problem in refusal.value.problems] == ["b", "c"]
    assert not isinstance(refusal.value, InexactNumber)


@pytest.mark.parametrize("values", [{"a": 0.5, "b": "-1"}, {"b": "-1", "a": 0.5}])
def test_one_float_among_wrong_numbers_makes_the_error_an_inexact_number(values):
    with pytest.raises(InexactNumber, match="the values have 2 problems") as refusal:
        exact_all("the values", values)
    assert {problem.where for problem in refusal.value.problems} == {"a", "b"}


def test_right_numbers_come_back_under_their_names():
    assert exact_all("the values", {"a": "1", "b": 2}) == {"a": Decimal(1), "b": Decimal(2)}


@pytest.mark.parametrize(
    ("number", "text"),
    [("1.00", "1"), ("0.50", "0.5"), ("10", "10"), ("1E+3", "1000"), ("0.0", "0")],
)
def test_numbers_are_shown_as_people_write_them(number, text):
    assert shown(Decimal(number)) == text


def test_unspecified_is_one_value_and_no_number():
    assert isinstance(Unspecified, UnspecifiedType)
    assert repr(Unspecified) == "Unspecified"
    assert Unspecified != 0
    with pytest.raises(TypeError):
        Unspecified + Decimal(1)
