"""Verdicts: whether a clause applies, on which grounds, and what each party gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import attrs

from propflow.errors import MissingParty, UnspecifiedPointsError
from propflow.scoring.consequence import Consequence
from propflow.scoring.points import EXACT, Points, shown
from propflow.scoring.rule import Label
from propflow.unspecified import Unspecified


@attrs.frozen
class Ground:
    """One condition of a clause, whether it holds, and why, for people."""

    code: str
    holds: bool
    why: Label


@attrs.frozen
class Penalty:
    """What one party gets.

    Attributes:
        party: the id of the person.
        role: as what the person answers, e.g. `inspector`.
        points: what is deducted; `Unspecified` where the host has not said, None where the
            clause has nothing to do with points.
        warnings: written warnings.
        why: the wording and the reckoning, for people.
    """

    party: str
    role: str
    points: Points | None
    warnings: int
    why: Label


@attrs.frozen
class Verdict:
    """Whether a clause applies to what happened, and what follows.

    Attributes:
        rule: the id of the clause.
        grounds: all its conditions, those that hold and those that do not.
        penalties: what each party gets; empty if the clause does not apply.
        base_rule: the rule whose points are at stake, if it is not this clause.
        hint: what to do where they lack.
    """

    rule: str
    grounds: tuple[Ground, ...]
    penalties: tuple[Penalty, ...] = ()
    base_rule: str | None = None
    hint: str | None = None

    @property
    def applies(self) -> bool:
        """Whether every condition holds."""
        return all(ground.holds for ground in self.grounds)

    def points_of(self, party: str) -> Decimal:
        """What is deducted from this person under the clause; 0 if nothing is.

        Raises:
            UnspecifiedPointsError: the points are the host's to set, and it has not.
        """
        points = Decimal(0)
        for penalty in self.penalties:
            if penalty.party == party and penalty.points is not None:
                if penalty.points is Unspecified:
                    raise UnspecifiedPointsError([self.base_rule or self.rule], self.hint)
                points = max(points, penalty.points)
        return points


def greatest_multiplier(consequences: Iterable[Consequence]) -> Decimal:
    """The greatest multiplier of several consequences: they never compound; at least 1."""
    given = [each.multiplier for each in consequences if each.multiplier is not None]
    return max([Decimal(1), *given])


def multiplied(base: Points, factor: Decimal) -> Points:
    """The base points times a factor."""
    return base if base is Unspecified else EXACT.multiply(base, factor)


def penalise(
    base: Points, consequences: Iterable[Consequence], parties: Mapping[str, str]
) -> tuple[Penalty, ...]:
    """What several consequences of one breach bring to each of its parties.

    Of the multipliers, shares and warnings that meet in one role, the greatest applies; the same
    consequence twice is the same as once.

    Args:
        base: the points of the base rule.
        consequences: what follows from the breach.
        parties: who fills each role, e.g. `{"inspector": "u7"}`.

    Raises:
        MissingParty: a role that answers is not filled; names all of them.
    """
    listed = tuple(consequences)
    roles = list(dict.fromkeys(role for each in listed for role, _ in _factors(each)))
    missing = [role for role in roles if role not in parties]
    if missing:
        raise MissingParty(missing)
    return tuple(_penalty(base, listed, role, parties[role]) for role in roles)


def _factors(consequence: Consequence) -> Iterator[tuple[str, Decimal | None]]:
    for role in consequence.liable:
        yield role, consequence.multiplier
    for link in consequence.chain:
        yield link.party, link.share


def _penalty(base: Points, consequences: Iterable[Consequence], role: str, party: str) -> Penalty:
    factors: list[Decimal] = []
    warnings = 0
    clauses: dict[str, Label] = {}
    for each in consequences:
        for named, factor in _factors(each):
            if named == role:
                factors += [] if factor is None else [factor]
                clauses[each.id] = Label(
                    f"{each.clause} {each.text_zh_clean}", f"{each.clause} {each.text_en}"
                )
        if role in each.liable:
            warnings = max(warnings, each.warnings)
    points = multiplied(base, max(factors)) if factors else None
    zh = "；".join(label.zh for label in clauses.values())
    en = "; ".join(label.en for label in clauses.values())
    how = reckoned(base, max(factors)) if factors else Label("", "")
    return Penalty(party, role, points, warnings, Label(f"{zh}{how.zh}", f"{en}{how.en}"))


def reckoned(base: Points, factor: Decimal) -> Label:
    """How the points of a penalty come about."""
    if base is Unspecified:
        return Label("（分值须由使用单位设定）", " (the host must set the points)")
    product = shown(EXACT.multiply(base, factor))
    return Label(
        f" {shown(base)}分 × {shown(factor)} = {product}分",
        f" {shown(base)} × {shown(factor)} = {product}",
    )
