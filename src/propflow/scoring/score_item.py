"""Score items: points earned out of a maximum, in sections, towards a total."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import attrs

from propflow.errors import InvalidPoints, Problem
from propflow.scoring.points import EXACT, Number, exact, exact_all
from propflow.scoring.rule import Rule


class Method(StrEnum):
    """How an item comes to its points; scoring by hand is always possible beside it."""

    JUDGED = "judged"  # by hand
    MAPPING = "mapping"  # from a measured value, by a function of the host
    BANDS = "bands"  # from a measured value, by the bands of the item
    FROM_DEDUCTIONS = "from_deductions"  # the maximum less what was deducted


def _maximum(value: Number) -> Decimal:
    return exact(value, "max_points")


def _weight(value: Number) -> Decimal:
    return exact(value, "weight")


def _floor(value: Number) -> Decimal:
    return exact(value, "floor")


def _at_least(value: Number) -> Decimal:
    return exact(value, "at_least")


def _points(value: Number) -> Decimal:
    return exact(value, "points")


@attrs.frozen
class Band:
    """A measured value of at least so much earns so many points."""

    at_least: Decimal = attrs.field(converter=_at_least)
    points: Decimal = attrs.field(converter=_points)


@attrs.frozen(kw_only=True)
class ScoreItem(Rule):
    """Points earned out of a maximum.

    Attributes:
        max_points: the most that can be earned.
        weight: how much the item weighs in the share; the raw total knows no weights.
        method: how the points come about.
        bands: for `bands`, the highest first; a value below them all earns nothing.
        floor: for `from_deductions`, below which the item does not fall.
        set_by_host: the maximum comes from the host and not from the source.
    """

    max_points: Decimal = attrs.field(converter=_maximum)
    weight: Decimal = attrs.field(default=Decimal(1), converter=_weight)
    method: Method = Method.JUDGED
    bands: tuple[Band, ...] = ()
    floor: Decimal = attrs.field(default=Decimal(0), converter=_floor)
    set_by_host: bool = False


@attrs.frozen(kw_only=True)
class ScoreSection(Rule):
    """The maximum that the source declares for the items of one section.

    Attributes:
        max_points: what the items of `section` must sum to.
        set_by_host: the maximum comes from the host and not from the source.
    """

    max_points: Decimal = attrs.field(converter=_maximum)
    set_by_host: bool = False


@attrs.frozen(kw_only=True)
class ScoreTotal(Rule):
    """The maximum that the source declares for the whole card.

    Attributes:
        max_points: what the sections must sum to.
        set_by_host: the maximum comes from the host and not from the source.
    """

    max_points: Decimal = attrs.field(converter=_maximum)
    set_by_host: bool = False


def linear(percent: Number, maximum: Number) -> Decimal:
    """Points in proportion to a percentage: 90 % of 20 is 18, exactly.

    One possible mapping of a survey onto an item. It is never applied unless it is called, because
    the source names no mapping.

    Raises:
        InexactNumber: a number is a float, NaN or an infinity.
        InvalidPoints: a number is none, is below zero, or the percentage is above 100.
    """
    subject = "a linear mapping"
    given = exact_all(subject, {"percent": percent, "maximum": maximum})
    if given["percent"] > 100:  # noqa: PLR2004 - per cent
        raise InvalidPoints(subject, [Problem("percent", f"{percent} is above 100")])
    return EXACT.divide(EXACT.multiply(given["percent"], given["maximum"]), Decimal(100))


def banded(value: Decimal, bands: tuple[Band, ...]) -> Decimal:
    """The points of the first band that the value reaches; 0 below them all."""
    for band in bands:
        if value >= band.at_least:
            return band.points
    return Decimal(0)
