"""Check items: questions that an inspection answers, without points."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import attrs

from propflow.scoring.points import Number, exact
from propflow.scoring.rule import Rule


class Answer(StrEnum):
    """What an inspection says about a check item."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"  # leaves both sides of every rate
    OBSERVATION = "observation"  # noted without a verdict; in no rate either


class Dimension(StrEnum):
    """The RATER dimensions of service quality."""

    RELIABILITY = "reliability"
    ASSURANCE = "assurance"
    TANGIBLES = "tangibles"
    EMPATHY = "empathy"
    RESPONSIVENESS = "responsiveness"


def _at_most(value: Number) -> Decimal:
    return exact(value, "at_most")


@attrs.frozen
class Limit:
    """A number that can be measured, and the most that passes."""

    metric: str
    at_most: Decimal = attrs.field(converter=_at_most)


@attrs.frozen(kw_only=True)
class CheckItem(Rule):
    """A question without points.

    Attributes:
        dimension: the RATER dimension; our own tag, which no source gives.
        overlaps: items of this book on nearly the same matter: linked, never merged (A30).
        same_as: groups of rules on the same matter in other books (A33).
        limit: what can be measured, where the wording gives a number.
    """

    dimension: Dimension | None = None
    overlaps: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    limit: Limit | None = None

    def judge(self, measured: Number) -> Answer:
        """Pass or fail by the limit; an observation where the wording gives none.

        Raises:
            InexactNumber: the number is a float, NaN or an infinity.
            InvalidPoints: it is no number, or below zero.
        """
        value = exact(measured, f"the measured value for {self.id}")
        if self.limit is None:
            return Answer.OBSERVATION
        return Answer.PASS if value <= self.limit.at_most else Answer.FAIL
