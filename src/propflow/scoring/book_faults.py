"""What is wrong between the rules of a book: names that lead nowhere, and sums that are off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from propflow.scoring.check_item import CheckItem
from propflow.scoring.consequence import Consequence
from propflow.scoring.deduction import Account, Count, Deduction, Repetition, Unit
from propflow.scoring.knots import knots
from propflow.scoring.points import EXACT, shown
from propflow.scoring.rule import Provenance, Rule, Section
from propflow.scoring.score_item import Method, ScoreItem, ScoreSection, ScoreTotal
from propflow.unspecified import Unspecified

Fault: TypeAlias = tuple[int, str, str]
"""Position, rule id and message."""

_Known: TypeAlias = Mapping[str, Rule | None]


def faults(
    rules: Sequence[tuple[str, Rule | None]],
    sections: Sequence[Section] | None,
    account: Account | None = None,
) -> Iterator[Fault]:
    """What is wrong between the rules of a book.

    A rule that could not be read comes as None: others may still name it. Sections that could not
    be read come as None too, and then neither they nor the account are looked at.
    """
    known = dict(rules)
    numbers = None if sections is None else {None, *(section.number for section in sections)}
    knotted = _knotted(known)
    seen: set[str] = set()
    for position, (rule_id, rule) in enumerate(rules):
        if rule_id in seen:
            yield position, rule_id, "the id is taken by an earlier rule; give it one of its own"
        seen.add(rule_id)
        if rule is None:
            continue
        if numbers is not None and rule.section not in numbers:
            yield position, rule_id, f"section {rule.section!r} is not among the book's sections"
        for message in _own(rule, known, knotted):
            yield position, rule_id, message
        if numbers is not None and isinstance(rule, Deduction):
            for message in _account_faults(rule, account):
                yield position, rule_id, message
    if None not in known.values():
        yield from _sums(rules)


def _own(rule: Rule, known: _Known, knotted: Mapping[str, int]) -> Iterator[str]:
    if isinstance(rule, Deduction | CheckItem):
        for group in rule.same_as:
            if group in known:  # a link would tie nothing, and two of them could form a circle
                yield f"same_as names the rule {group!r}; it takes a group that the rules share"
    if isinstance(rule, Deduction):
        yield from _deduction_faults(rule)
        yield from _exclusion_faults(rule, known, knotted)
    elif isinstance(rule, ScoreItem):
        yield from _item_faults(rule)
    elif isinstance(rule, CheckItem):
        for other in rule.overlaps:
            found = other != rule.id and other in known
            if not found or not isinstance(known[other], CheckItem | None):
                yield f"overlaps names {other!r}, which is not another check item of this book"
    elif isinstance(rule, Consequence):
        yield from _consequence_faults(rule, known)


def _account_faults(rule: Deduction, account: Account | None) -> Iterator[str]:
    if account is None:
        yield "costs points, but the book does not say whose; give the book an account"
    elif account is Account.PERSON and rule.unit is not Unit.PERSON:
        yield (
            f"the book charges persons, so the unit cannot be {rule.unit.value}; count by person, "
            "with count = occurrence to charge every time"
        )


def _deduction_faults(rule: Deduction) -> Iterator[str]:
    if rule.points is Unspecified and rule.provenance is not Provenance.UNSPECIFIED:
        yield f"points are unspecified, but the provenance says {rule.provenance.value!r}"
    if rule.unit is Unit.FLAT and rule.count is Count.OCCURRENCE:
        yield "a flat rule is charged once per inspection; to count each time, use unit occurrence"
    for name, ids in (
        ("conditions", [each.id for each in rule.conditions]),
        ("severities", [each.id for each in rule.severities]),
    ):
        for twice in (each for each, often in Counter(ids).items() if often > 1):
            yield f"two {name} share the id {twice!r}"
    if rule.repetition is not None:
        yield from _repetition_faults(rule.repetition)


def _exclusion_faults(rule: Deduction, known: _Known, knotted: Mapping[str, int]) -> Iterator[str]:
    for other_id in rule.excluded_by:
        other = known.get(other_id)
        if other_id == rule.id or other_id not in known:
            yield f"excluded_by names {other_id!r}, which is not another rule of this book"
        elif other is not None and not (isinstance(other, Deduction) and other.unit is rule.unit):
            yield f"excluded_by names {other_id!r}, which is not a deduction by {rule.unit.value}"
        elif knotted.get(other_id, -1) == knotted.get(rule.id):
            yield f"excluded_by names {other_id!r}, which this rule excludes in turn"


def _repetition_faults(repetition: Repetition) -> Iterator[str]:
    times = [rung.time for rung in repetition.rungs]
    if not times or times[0] < 2 or any(one >= two for one, two in pairwise(times)):  # noqa: PLR2004 - the first time is none
        yield "repetition needs rungs with rising times, the first from 2"
    if any(one.adds > two.adds for one, two in pairwise(repetition.rungs)):
        yield "a later rung of the repetition adds less than an earlier one"
    try:
        ZoneInfo(repetition.zone)
    except (KeyError, ValueError, OSError):
        yield f"repetition has the zone {repetition.zone!r}, which is no time zone"


def _knotted(known: _Known) -> Mapping[str, int]:
    """A number for each deduction; two that share it exclude each other, perhaps through others."""
    deductions = {each.id: each for each in known.values() if isinstance(each, Deduction)}
    return knots(
        {
            rule_id: [other for other in rule.excluded_by if other in deductions]
            for rule_id, rule in deductions.items()
        }
    )


def _item_faults(item: ScoreItem) -> Iterator[str]:
    if bool(item.bands) is not (item.method is Method.BANDS):
        yield "bands belong to method bands, and that method needs them"
    for upper, lower in pairwise(item.bands):
        if upper.at_least <= lower.at_least or upper.points < lower.points:
            yield "bands go from the highest down, and a higher one never earns less"
    if any(band.points > item.max_points for band in item.bands):
        yield f"a band earns more than the {shown(item.max_points)} points of the item"
    if item.floor > item.max_points:
        yield f"the floor is above the {shown(item.max_points)} points of the item"


def _consequence_faults(rule: Consequence, known: _Known) -> Iterator[str]:
    if rule.warnings < 0:
        yield "warnings are below zero"
    base = rule.base_rule
    if base is not None and not isinstance(known.get(base, rule), Deduction | None):
        yield f"base_rule names {base!r}, which is not a deduction of this book"


def _sums(rules: Iterable[tuple[str, Rule | None]]) -> Iterator[Fault]:
    """Sections and totals that declare another number of points than theirs sum to."""
    placed = [(position, rule) for position, (_, rule) in enumerate(rules)]
    sections = [rule for _, rule in placed if isinstance(rule, ScoreSection)]
    declared = {section.section for section in sections}
    items: dict[str | None, list[ScoreItem]] = {}
    loose: list[ScoreItem] = []
    for _, rule in placed:
        if isinstance(rule, ScoreItem):
            items.setdefault(rule.section, []).append(rule)
            loose += [] if rule.section in declared else [rule]
    own: list[ScoreItem | ScoreSection]
    for position, rule in placed:
        if isinstance(rule, ScoreSection):
            own = [*items.get(rule.section, ())]
            named = f"section {rule.section}"
        elif isinstance(rule, ScoreTotal):
            own = [*sections, *loose]
            named = "the total"
        else:
            continue
        found = Decimal(0)
        for each in own:
            found = EXACT.add(found, each.max_points)
        if found != rule.max_points:
            parts = " + ".join(f"{each.id} {shown(each.max_points)}" for each in own) or "nothing"
            message = f"{named} declares {shown(rule.max_points)} points, but {parts} is "
            yield position, rule.id, message + shown(found)
