"""Points: exact decimals, or `Unspecified` where the source gives no number.

Points feed wages, so nothing here is rounded and nothing is guessed. A number enters as a
`Decimal`, an `int` or a string; a float is refused, because 0.1 as a float is not 0.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import Final, TypeAlias

from propflow.errors import InexactNumber, InvalidPoints, Problem
from propflow.unspecified import UnspecifiedType

Points: TypeAlias = Decimal | UnspecifiedType
"""What a rule deducts: an exact number, or `Unspecified`."""

Number: TypeAlias = Decimal | int | str
"""What a host may write for points: all three are exact."""

_DIGITS: Final = 100

# The host's own decimal context may round to few digits, so sums and products are made in this one.
# 300 digits hold the largest number that `exact` lets in, times any count, to its last place; the
# trap on Inexact turns a rounding into a crash instead of a wrong wage.
EXACT: Final = Context(prec=300, traps=[DivisionByZero, Inexact, InvalidOperation, Overflow])


def exact(value: object, where: str) -> Decimal:
    """The number as a Decimal, digit by digit.

    Args:
        value: a `Decimal`, an `int` or a string such as `"0.5"`.
        where: what the number is for; the error repeats it.

    Raises:
        InexactNumber: it is a float, NaN or an infinity.
        InvalidPoints: it is no number, is below zero, or has more than 100 digits on a side.
    """
    if isinstance(value, float):
        raise _inexact(value, where)
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise _invalid(where, f"{value!r} is not a number of points; write e.g. '0.5'")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise _invalid(where, f"{value!r} is not a number of points; write e.g. '0.5'") from None
    if not number.is_finite():
        raise _inexact(value, where)
    if number < 0:
        raise _invalid(where, f"{value} is below zero; points are lost by deducting 0 or more")
    if number.adjusted() >= _DIGITS or int(number.as_tuple().exponent) < -_DIGITS:
        raise _invalid(where, f"more than {_DIGITS} digits before or after the decimal point")
    return number.copy_abs()  # "-0" is zero


def exact_all(subject: str, values: Mapping[str, object]) -> dict[str, Decimal]:
    """Every number as a Decimal, or one error that names each that is wrong.

    Raises:
        InexactNumber: at least one is a float, NaN or an infinity.
        InvalidPoints: at least one is no number, below zero or too long, and none is inexact.
    """
    numbers: dict[str, Decimal] = {}
    problems: list[Problem] = []
    error = InvalidPoints
    for where, value in values.items():
        try:
            numbers[where] = exact(value, where)
        except InvalidPoints as refusal:
            problems += refusal.problems
            error = InexactNumber if isinstance(refusal, InexactNumber) else error
    if problems:
        raise error(subject, problems)
    return numbers


def shown(points: Decimal) -> str:
    """The number as people write it: no exponent, no idle zeros after the decimal point."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: Fraction | None) -> str:
    """The share as people read it: two decimals of a percent, rounded half up; n/a for None."""
    if share is None:
        return "n/a"
    hundredths = (share * 10_000 * 2 + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def _inexact(value: object, where: str) -> InexactNumber:
    hint = "is not exact; write the number as a string, e.g. '0.5'"
    return InexactNumber("a number of points", [Problem(where, f"{value!r} {hint}")])


def _invalid(where: str, message: str) -> InvalidPoints:
    return InvalidPoints("a number of points", [Problem(where, message)])
