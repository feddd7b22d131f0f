"""Charges: what a violation slip or an inspection sheet takes from one account, rule by rule."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import attrs

from propflow.errors import InvalidPosting, Problem, UnspecifiedPointsError
from propflow.scoring.line import Bill
from propflow.scoring.points import EXACT, Number, exact
from propflow.scoring.verdict import Verdict
from propflow.unspecified import Unspecified


def _points(value: Number) -> Decimal:
    return exact(value, "points")


def _warnings(_charge: object, _field: object, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        message = f"{value!r} is no number of written warnings; give a whole one from 0"
        raise InvalidPosting("a charge", [Problem("warnings", message)])


@attrs.frozen
class Charge:
    """What is charged under one rule.

    Attributes:
        rule: the id of the rule; blank for conduct that no rule of a book names.
        points: what is lost, exactly, from 0.
        reason: what was found or done, in words.
        warnings: the written warnings that come with it.

    Raises:
        InexactNumber: the points are a float, NaN or an infinity.
        InvalidPoints: the points are no number or below zero.
        InvalidPosting: the warnings are no whole number from 0.
    """

    rule: str
    points: Decimal = attrs.field(converter=_points)
    reason: str = ""
    warnings: int = attrs.field(default=0, validator=_warnings)


def charges(bill: Bill) -> tuple[Charge, ...]:
    """What a bill charges its account, with the reckoning in Chinese as the reason.

    Raises:
        UnspecifiedPointsError: points are missing; names every rule that needs them.
    """
    missing = [line.rule for line in bill.lines if line.points is Unspecified]
    if missing:
        raise UnspecifiedPointsError(missing)
    return tuple(
        Charge(line.rule, line.points, line.why.zh)
        for line in bill.lines
        if line.points is not Unspecified
    )


def charges_against(verdict: Verdict, party: str) -> tuple[Charge, ...]:
    """What a verdict charges one person: at most one charge, for a person is charged once.

    Of several roles that the person fills, the dearest is charged, with the most warnings.

    Raises:
        UnspecifiedPointsError: the points are the host's to set, and it has not.
    """
    penalties = [each for each in verdict.penalties if each.party == party]
    if not penalties:
        return ()
    reason = "；".join(dict.fromkeys(each.why.zh for each in penalties))
    warnings = max(each.warnings for each in penalties)
    return (Charge(verdict.rule, verdict.points_of(party), reason, warnings),)


def charged(given: Iterable[Charge]) -> tuple[Decimal, int]:
    """The points and the written warnings of several charges, exactly."""
    points, warnings = Decimal(0), 0
    for each in given:
        points = EXACT.add(points, each.points)
        warnings += each.warnings
    return points, warnings
