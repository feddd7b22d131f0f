"""Publish a scorecard: what to improve for every low item, and when the next is due."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from decimal import Decimal

import attrs

from propflow.errors import IncompleteScorecard, InvalidPoints, Problem, UnspecifiedRuleError
from propflow.scoring.points import Number, exact
from propflow.scoring.rule import Label
from propflow.scoring.scorecard import Scorecard
from propflow.unspecified import Unspecified, UnspecifiedType


@attrs.frozen
class Improvement:
    """A low item for which improvement measures must be drawn up.

    Attributes:
        item: the item's id.
        points: what it earned.
        maximum: what it could have earned.
        why: the wording and the reckoning, for people.
    """

    item: str
    points: Decimal
    maximum: Decimal
    why: Label


@attrs.frozen
class Publication:
    """A published card; scoring again makes another card and leaves this one alone.

    Attributes:
        card: the card as it was published.
        on: the day.
        low_score_ratio: below which part of its maximum an item is low.
        improvements: one for every low item; there is no publication without them.
    """

    card: Scorecard
    on: date
    low_score_ratio: Decimal
    improvements: tuple[Improvement, ...]


def publish(card: Scorecard, *, on: date, low_score_ratio: Number = "0.6") -> Publication:
    """Publish a complete card.

    Args:
        card: the card.
        on: the day, in the host's own time zone.
        low_score_ratio: from 0 to 1; the source names none, and 0.6 is an assumption (A29).

    Raises:
        IncompleteScorecard: items are not scored; names all of them.
        InexactNumber: the ratio is a float, NaN or an infinity.
        InvalidPoints: the ratio is no number, below zero or above 1.

    Source: residential_scorecard_130, closing note.
    """
    if card.missing:
        raise IncompleteScorecard(card.missing)
    improvements = tuple(
        Improvement(each.item, each.points, each.maximum, each.why)
        for each in card.low(low_score_ratio)
        if each.points is not None
    )
    return Publication(card, on, exact(low_score_ratio, "low_score_ratio"), improvements)


def next_publication(last: date, *, every_months: int | UnspecifiedType = Unspecified) -> date:
    """When the next card is to be published: so many months later, or on that month's last day.

    Args:
        last: the day of the last publication.
        every_months: the period, at least 1. The source says "periodically" and no more (A28), so
            there is no default.

    Raises:
        UnspecifiedRuleError: the period is not given.
        InvalidPoints: the period is no whole number from 1.

    Source: residential_scorecard_130, closing note.
    """
    if every_months is Unspecified:
        raise UnspecifiedRuleError(["scorecard_publication"], "publication_period")
    months: object = every_months
    if not isinstance(months, int) or isinstance(months, bool) or months < 1:
        hint = f"{months!r} is no whole number from 1"
        raise InvalidPoints("the publication period", [Problem("every_months", hint)])
    years, month = divmod(last.month - 1 + months, 12)
    year, month = last.year + years, month + 1
    return date(year, month, min(last.day, monthrange(year, month)[1]))
