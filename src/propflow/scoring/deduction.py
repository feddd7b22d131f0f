"""Deductions: points lost for each unit found, with caps, severities and repetition."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import attrs

from propflow.scoring.points import Number, Points, exact
from propflow.scoring.rule import Rule
from propflow.unspecified import Unspecified


class Unit(StrEnum):
    """What a deduction is counted by."""

    PERSON = "person"  # 每发现1人
    PLACE = "place"  # 每发现一处
    OCCURRENCE = "occurrence"  # every observation
    FLAT = "flat"  # once per inspection of a department, however often observed


class Count(StrEnum):
    """Whether the same person or place counts once per rule and inspection, or every time."""

    DISTINCT = "distinct"
    OCCURRENCE = "occurrence"


class Account(StrEnum):
    """Who loses the points of a book."""

    DEPARTMENT = "department"
    PERSON = "person"


def _points(value: Points | int | str) -> Points:
    return Unspecified if value is Unspecified else exact(value, "points")


def _multiplier(value: Number) -> Decimal:
    return exact(value, "multiplier")


def _adds(value: Number) -> Decimal:
    return exact(value, "adds")


def _cap(value: Number | None) -> Decimal | None:
    return None if value is None else exact(value, "cap")


@attrs.frozen
class Condition:
    """A part of a rule's wording that a host may switch off; the rest of the rule stays."""

    id: str
    zh: str
    en: str
    applies: bool = True


@attrs.frozen
class Severity:
    """A grade of gravity that a finding may name, and by what it multiplies the points."""

    id: str
    zh: str
    en: str
    multiplier: Decimal = attrs.field(converter=_multiplier)


@attrs.frozen
class Rung:
    """From this time in a month on, each further charge costs so many points more."""

    time: int
    adds: Decimal = attrs.field(converter=_adds)


@attrs.frozen
class Repetition:
    """What the same person or place costs more when it is charged again in a calendar month.

    Attributes:
        rungs: with rising times; the highest one reached applies, the lower ones with it do not.
        zone: the time zone in which months begin; the shipped value is an assumption (A53).
    """

    rungs: tuple[Rung, ...]
    zone: str = "Asia/Shanghai"


@attrs.frozen(kw_only=True)
class Deduction(Rule):
    """Points lost for each unit found.

    Attributes:
        points: lost for one unit; `Unspecified` where the source gives no number.
        unit: what is counted.
        count: whether the same person or place counts once per inspection, or every time.
        same_as: groups of rules on the same matter, also across books; for one person or place
            in one inspection, only one rule of a group is charged.
        excluded_by: rules of this book that, found at the same place, leave nothing to this one.
        conditions: parts of the wording that may be switched off.
        cap: the most points that the rule costs one account in one inspection; the source has none.
        severities: the grades that a finding may name; a finding without one costs the points.
        repetition: what coming back within a month adds; the source has none.
        set_by_host: the points come from the host and not from the source.
    """

    points: Points = attrs.field(converter=_points)
    unit: Unit
    count: Count = Count.DISTINCT
    same_as: tuple[str, ...] = ()
    excluded_by: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    cap: Decimal | None = attrs.field(default=None, converter=_cap)
    severities: tuple[Severity, ...] = ()
    repetition: Repetition | None = None
    set_by_host: bool = False

    @property
    def is_unspecified(self) -> bool:
        """Whether its points or anything else must come from the host."""
        return self.points is Unspecified or bool(self.needs)

    @property
    def in_force(self) -> bool:
        """Whether at least one condition still applies; a rule without conditions always does."""
        return not self.conditions or any(condition.applies for condition in self.conditions)

    @property
    def counts_every_time(self) -> bool:
        """Whether each observation counts, rather than each person, place or inspection."""
        return self.unit is Unit.OCCURRENCE or self.count is Count.OCCURRENCE

    def severity(self, severity_id: str | None) -> Severity | None:
        """The severity of this id; None if the rule has no such one."""
        for each in self.severities:
            if each.id == severity_id:
                return each
        return None
