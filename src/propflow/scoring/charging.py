"""Which findings are charged when several of them are about the same thing.

Each person, place or inspection is settled for itself. Four rulings of the source decide:

* A59: a rule that is excluded by another one found here leaves nothing to charge.
* A33: of rules on the same matter (`same_as`), one is charged.
* A57: one fact is charged once in an account, under whatever rules it was noted.
* A37: under one rule it counts once, unless the rule counts every time.

Where they leave a choice, the dearest way is charged, and a rule with points before one without.
So a further finding never makes a deduction smaller, and no order of findings matters.
(Only a finding that excludes another rule may: it replaces what that rule had charged.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import attrs

from propflow.scoring.deduction import Deduction, Severity
from propflow.scoring.finding import Finding
from propflow.scoring.points import EXACT, Points
from propflow.unspecified import Unspecified

Observation: TypeAlias = tuple[str, str | int]


@attrs.frozen(eq=False)
class Claim:
    """A finding that would charge one person, place or inspection under one rule.

    `number` is the finding's place in the order of all findings.
    """

    rule: Deduction
    finding: Finding
    number: int

    @property
    def observation(self) -> Observation:
        """What was seen: the fact, or the finding itself where no fact is named."""
        fact = self.finding.fact
        return ("finding", self.number) if fact is None else ("fact", fact)


@attrs.frozen
class Denial:
    """Why a claim is not charged: the ruling, and the rule that stands in its place."""

    ruling: str
    instead: str


@attrs.frozen
class Charge:
    """One person, place or inspection charged once under one rule.

    Attributes:
        rule: the rule.
        severity: the gravest one noted, if it is graver than none at all.
        claims: what stands behind it, at least one, in the order of all findings.
    """

    rule: Deduction
    severity: Severity | None
    claims: tuple[Claim, ...]


@attrs.frozen
class Settlement:
    """What is charged, and which claims were denied."""

    charges: tuple[Charge, ...]
    denied: tuple[tuple[Claim, Denial], ...]


@attrs.frozen
class _Noted:
    """A rule with all that was observed under it; `rank` is its place in the books."""

    rule: Deduction
    observations: tuple[Observation, ...]
    severities: Mapping[Observation, Severity | None]
    rank: int

    def rivals(self, other: _Noted) -> bool:
        """Whether only one of the two may be charged."""
        return self.rank != other.rank and not set(self.rule.same_as).isdisjoint(other.rule.same_as)

    def touches(self, other: _Noted) -> bool:
        """Whether charging the one may take something from the other."""
        return self.rivals(other) or not set(self.observations).isdisjoint(other.observations)

    def slots(self) -> list[_Slot]:
        """The single charges that the rule can make here."""
        if self.rule.counts_every_time:
            return [self._slot((observation,)) for observation in self.observations]
        return [self._slot(self.observations)]

    def _slot(self, observations: tuple[Observation, ...]) -> _Slot:
        severity = None
        if self.severities:
            severity = _gravest(self.rule, [self.severities[each] for each in observations])
        return _Slot(self, observations, severity)


@attrs.frozen(eq=False)
class _Slot:
    """One charge, and the observations of which any one can justify it."""

    noted: _Noted
    observations: tuple[Observation, ...]
    severity: Severity | None

    @property
    def points(self) -> Points:
        """What it costs: the points of the rule times the gravest severity that was noted."""
        points = self.noted.rule.points
        if self.severity is None or points is Unspecified:
            return points
        return EXACT.multiply(points, self.severity.multiplier)

    def price(self) -> tuple[bool, Decimal, int]:
        """Sorts the dearest last, the earlier rule after the later, no points before any."""
        points = self.points
        if points is Unspecified:
            return (False, Decimal(0), -self.noted.rank)
        return (True, points, -self.noted.rank)


_Charges: TypeAlias = dict[Observation, _Slot]


def settle(claims: Sequence[Claim]) -> Settlement:
    """Settle the claims on one person, place or inspection in one account.

    Args:
        claims: in the order of the books, and of the findings within a rule.
    """
    # The claims come rule by rule, so the ends tell whether there is one rule; nearly always.
    rule = claims[0].rule
    if claims[-1].rule is rule:
        return Settlement(_alone(rule, claims), ())
    by_rule: dict[str, list[Claim]] = {}
    for claim in claims:
        by_rule.setdefault(claim.rule.id, []).append(claim)
    if not _compete(by_rule):
        return Settlement(
            tuple(charge for own in by_rule.values() for charge in _alone(own[0].rule, own)), ()
        )
    found = set(by_rule)
    noted = [each for each in _noted(claims) if found.isdisjoint(each.rule.excluded_by)]
    kept: dict[str, _Noted] = {}
    charges: _Charges = {}
    for cluster in _clusters(noted):
        way = max(_ways(cluster), key=lambda way: _worth(_assign(way)))
        kept |= {each.rule.id: each for each in way}
        charges |= _assign(way)
    judged = [(claim, _denial(claim, found, kept, charges)) for claim in claims]
    granted = [claim for claim, denial in judged if denial is None]
    return Settlement(
        charges=tuple(_charges(granted, charges)),
        denied=tuple((claim, denial) for claim, denial in judged if denial is not None),
    )


def _compete(by_rule: Mapping[str, Sequence[Claim]]) -> bool:
    """Whether charging one of the rules may take something from another; seldom."""
    matters: set[str] = set()
    facts: set[str] = set()
    for claims in by_rule.values():
        rule = claims[0].rule
        own = {claim.finding.fact for claim in claims if claim.finding.fact is not None}
        if not (
            by_rule.keys().isdisjoint(rule.excluded_by)
            and matters.isdisjoint(rule.same_as)
            and facts.isdisjoint(own)
        ):
            return True
        matters.update(rule.same_as)
        facts |= own
    return False


def _alone(rule: Deduction, claims: Sequence[Claim]) -> tuple[Charge, ...]:
    """The charges under a rule that nothing competes with."""
    if len(claims) == 1 or not rule.counts_every_time:
        return (_charge(rule, claims),)
    by_observation: dict[Observation, list[Claim]] = {}
    for claim in claims:
        by_observation.setdefault(claim.observation, []).append(claim)
    return tuple(_charge(rule, group) for group in by_observation.values())


def _charge(rule: Deduction, claims: Sequence[Claim]) -> Charge:
    severity = None
    if rule.severities:
        severity = _gravest(rule, [rule.severity(claim.finding.severity) for claim in claims])
    return Charge(rule, severity, tuple(claims))


def _charges(granted: Sequence[Claim], charges: _Charges) -> Iterator[Charge]:
    """Each charge with the granted claims of which any could justify it."""
    behind: dict[tuple[str, Observation | None], list[Claim]] = {}
    for claim in granted:
        observation = claim.observation if claim.rule.counts_every_time else None
        behind.setdefault((claim.rule.id, observation), []).append(claim)
    for observation, slot in charges.items():
        rule = slot.noted.rule
        claims = behind[rule.id, observation if rule.counts_every_time else None]
        yield Charge(rule, slot.severity, tuple(claims))


def _noted(claims: Sequence[Claim]) -> list[_Noted]:
    observations: dict[str, dict[Observation, None]] = {}
    severities: dict[str, dict[Observation, Severity | None]] = {}
    rules: dict[str, Deduction] = {}
    for claim in claims:
        rule, seen = claim.rule, claim.observation
        rules[rule.id] = rule
        observations.setdefault(rule.id, {})[seen] = None
        if rule.severities:
            noted = severities.setdefault(rule.id, {})
            severity = rule.severity(claim.finding.severity)
            noted[seen] = _gravest(rule, [noted.get(seen, severity), severity])
    return [
        _Noted(rule, tuple(observations[rule_id]), severities.get(rule_id, {}), rank)
        for rank, (rule_id, rule) in enumerate(rules.items())
    ]


def _gravest(rule: Deduction, noted: Sequence[Severity | None]) -> Severity | None:
    """The one of the greatest multiplier; None stands for a multiplier of 1.

    Of equals it is None, or the one that the rule names first, in whatever order they were noted.
    """
    named = [each for each in (None, *rule.severities) if each in noted]
    return max(named, key=lambda each: Decimal(1) if each is None else each.multiplier)


def _clusters(noted: Sequence[_Noted]) -> Iterator[list[_Noted]]:
    """The rules in sets that have nothing to do with each other; nearly always single rules."""
    rest = list(noted)
    while rest:
        cluster = [rest.pop(0)]
        for member in cluster:  # which grows while it is walked
            cluster += [other for other in rest if member.touches(other)]
            rest = [other for other in rest if not member.touches(other)]
        yield sorted(cluster, key=lambda each: each.rank)


def _ways(cluster: Sequence[_Noted]) -> Iterator[Sequence[_Noted]]:
    """The largest sets of the rules in which no two are on the same matter, earlier rules first."""
    for each in cluster:
        if any(each.rivals(other) for other in cluster):
            yield from _ways([other for other in cluster if not each.rivals(other)])
            yield from _ways([other for other in cluster if other is not each])
            return
    yield cluster


def _assign(way: Sequence[_Noted]) -> _Charges:
    """Spend every observation on at most one charge so that the dearest charges are made.

    Charges are served dearest first; an observation already spent moves over if the charge that
    it served has another. (Serving by price is the best way: what can be served together is a
    transversal matroid.)
    """
    spent: _Charges = {}

    def serve(slot: _Slot, tried: set[Observation]) -> bool:
        for observation in slot.observations:
            if observation in tried:
                continue
            tried.add(observation)
            if observation not in spent or serve(spent[observation], tried):
                spent[observation] = slot
                return True
        return False

    slots = [slot for each in way for slot in each.slots()]
    for slot in sorted(slots, key=_Slot.price, reverse=True):
        serve(slot, set())
    return spent


def _worth(charges: _Charges) -> tuple[Decimal, int, int]:
    """Dearest last: by points, then by charges with points, then by charges."""
    total, specified = Decimal(0), 0
    for slot in charges.values():
        points = slot.points
        if points is not Unspecified:
            total, specified = EXACT.add(total, points), specified + 1
    return (total, specified, len(charges))


def _denial(
    claim: Claim, found: set[str], kept: dict[str, _Noted], charges: _Charges
) -> Denial | None:
    for excluder in claim.rule.excluded_by:
        if excluder in found:
            return Denial("A59", excluder)
    if claim.rule.id not in kept:
        rival = next(
            each
            for each in kept.values()
            if not set(each.rule.same_as).isdisjoint(claim.rule.same_as)
        )
        return Denial("A33", rival.rule.id)
    slot = charges.get(claim.observation)
    if slot is not None and slot.noted.rule.id != claim.rule.id:
        return Denial("A57", slot.noted.rule.id)
    return None
