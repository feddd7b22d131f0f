"""A score: what is given for one item of a card."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import attrs

from propflow.scoring.assessment import Assessment
from propflow.scoring.points import Number, exact


class Basis(StrEnum):
    """What the number of a score is."""

    POINTS = "points"  # judged by hand
    MEASURED = "measured"  # to be mapped onto points
    DEDUCTED = "deducted"  # to be taken from the maximum
    NOT_APPLICABLE = "not_applicable"


def _value(value: Number) -> Decimal:
    return exact(value, "a score")


@attrs.frozen
class Score:
    """What is given for one item: points by hand, unless one of the methods below makes it.

    Attributes:
        value: the number; what it is, `basis` says.
        basis: points, a measured value, a deduction, or nothing at all.
        reason: why the item is not applicable.
    """

    value: Decimal = attrs.field(converter=_value)
    basis: Basis = attrs.field(default=Basis.POINTS, kw_only=True)
    reason: str = attrs.field(default="", kw_only=True)

    @classmethod
    def not_applicable(cls, reason: str) -> Score:
        """The item does not apply: it leaves both the points and the maximum, and is shown."""
        return cls(0, basis=Basis.NOT_APPLICABLE, reason=reason)

    @classmethod
    def measured(cls, value: Number) -> Score:
        """A measured value, such as the percentage of a survey, which a mapping turns to points.

        Raises:
            InexactNumber: it is a float, NaN or an infinity.
            InvalidPoints: it is no number, or below zero.
        """
        return cls(value, basis=Basis.MEASURED)

    @classmethod
    def deducted(cls, assessment: Assessment) -> Score:
        """The maximum less what was deducted here, for an item of the method `from_deductions`.

        Raises:
            UnspecifiedPointsError: points are missing; names every rule that needs them.
        """
        return cls(assessment.total, basis=Basis.DEDUCTED)
