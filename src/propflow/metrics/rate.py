"""Rates and durations, exact; rounded only when they are shown."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Final

import attrs

_MICROSECOND: Final = timedelta(microseconds=1)
_A_SECOND: Final = 1_000_000


@attrs.frozen
class Rate:
    """So many of so many.

    Attributes:
        numerator: How many did.
        denominator: How many could have.
        per: For how many it is given; 1, or 1000 for "per thousand households".
    """

    numerator: int
    denominator: int
    per: int = 1

    @property
    def value(self) -> Fraction | None:
        """The exact share, times `per`; None where the denominator is 0."""
        if self.denominator == 0:
            return None
        return Fraction(self.numerator, self.denominator) * self.per

    @property
    def complement(self) -> Rate:
        """How many did not."""
        return attrs.evolve(self, numerator=self.denominator - self.numerator)

    def percent(self, places: int = 2) -> str:
        """The share in percent for people, rounded half up; ``n/a`` without a denominator."""
        value = self.value
        return "n/a" if value is None else f"{rounded(value * 100, places)}%"


@attrs.frozen
class Durations:
    """How long it took, case by case, exact to the microsecond.

    Attributes:
        values: One net duration a case, in no order that means anything.
    """

    values: tuple[timedelta, ...]

    @property
    def total(self) -> timedelta:
        """All of them together."""
        return sum(self.values, timedelta())

    @property
    def mean(self) -> Fraction | None:
        """The exact mean in seconds; None where there is none."""
        if not self.values:
            return None
        return Fraction(self.total // _MICROSECOND, len(self.values) * _A_SECOND)

    @property
    def median(self) -> Fraction | None:
        """The exact median in seconds, of two middle ones their mean; None where there is none."""
        if not self.values:
            return None
        return median(Fraction(each // _MICROSECOND, _A_SECOND) for each in self.values)


def rounded(value: Fraction, places: int) -> Decimal:
    """A fraction that is not negative as a decimal with so many places, rounded half up."""
    doubled = 2 * value * 10**places
    return Decimal((doubled.numerator + doubled.denominator) // (2 * doubled.denominator)).scaleb(
        -places
    )
