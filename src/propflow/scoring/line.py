"""Lines: what each rule costs, in all and to each account."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

import attrs

from propflow.errors import UnspecifiedPointsError
from propflow.scoring.deduction import Account, Unit
from propflow.scoring.finding import Finding
from propflow.scoring.points import EXACT, Points
from propflow.scoring.rule import Label
from propflow.unspecified import Unspecified


class Reason(StrEnum):
    """Why a line is not just count times points."""

    SEVERITY = "severity"
    REPETITION = "repetition"
    CAP = "cap"


@attrs.frozen
class Adjustment:
    """Points added to a line, or below zero taken from it, and why, for people."""

    reason: Reason
    points: Decimal
    why: Label


@attrs.frozen
class Line:
    """What one rule costs.

    Attributes:
        rule: the rule's id.
        unit: what is counted.
        count: how many persons, places, occurrences or inspections are charged, at least one.
        each: points for one; `Unspecified` where the source gives no number.
        points: count times each, and what the adjustments add; `Unspecified` likewise.
        account: who loses the points.
        findings: the findings behind the count in a fixed order, repeats that add nothing included.
        why: the wording and the reckoning, for people.
        adjustments: what severity and repetition added and a cap took away.
    """

    rule: str
    unit: Unit
    count: int
    each: Points
    points: Points
    account: Account
    findings: tuple[Finding, ...]
    why: Label
    adjustments: tuple[Adjustment, ...] = ()


@attrs.frozen
class Bill:
    """What one account is charged: a department's under a sheet, a person's under a slip.

    Attributes:
        account: whether it is a department's or a person's.
        holder: the id of the department or person; None where no finding names the department.
        lines: one for each rule charged to it, in the order of the books.
    """

    account: Account
    holder: str | None
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        """All points deducted from the account, exactly.

        Raises:
            UnspecifiedPointsError: points are missing; names every rule that needs them.
        """
        return total(self.lines)


def total(lines: Iterable[Line]) -> Decimal:
    """The points of the lines, exactly.

    Raises:
        UnspecifiedPointsError: points are missing; names every rule that needs them.
    """
    summed = Decimal(0)
    missing: list[str] = []
    for line in lines:
        if line.points is Unspecified:
            missing.append(line.rule)
        else:
            summed = EXACT.add(summed, line.points)
    if missing:
        raise UnspecifiedPointsError(missing)
    return summed
