"""Consequences other than plain points: multipliers, warnings, liable parties, chains."""

from __future__ import annotations

from decimal import Decimal

import attrs

from propflow.scoring.points import Number, exact
from propflow.scoring.rule import Rule


def _multiplier(value: Number | None) -> Decimal | None:
    return None if value is None else exact(value, "multiplier")


def _share(value: Number) -> Decimal:
    return exact(value, "share")


@attrs.frozen
class Link:
    """A party further up, and its share of the base points: 2.5 is two and a half times."""

    party: str
    share: Decimal = attrs.field(converter=_share)


@attrs.frozen(kw_only=True)
class Consequence(Rule):
    """What follows from a breach beside or instead of points.

    Attributes:
        base_rule: the deduction whose points are multiplied or shared; None where the source
            leaves it to a document of the host.
        multiplier: by what the base points are multiplied for the liable parties. Of several
            that meet, the greatest applies; they never compound.
        warnings: written warnings for each liable party.
        liable: the roles that answer for it, e.g. `inspector`.
        chain: further parties with their shares of the base points.
    """

    base_rule: str | None = None
    multiplier: Decimal | None = attrs.field(default=None, converter=_multiplier)
    warnings: int = 0
    liable: tuple[str, ...] = ()
    chain: tuple[Link, ...] = ()
