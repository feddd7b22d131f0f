"""Scorecards: points out of a maximum, section by section, and never a total by halves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import TypeVar

import attrs

from propflow.errors import (
    InvalidPoints,
    InvalidScore,
    Problem,
    UnknownRule,
    UnspecifiedRuleError,
)
from propflow.scoring.points import EXACT, Number, exact, exact_all
from propflow.scoring.rule import Label
from propflow.scoring.rule_book import RuleBook
from propflow.scoring.score import Score
from propflow.scoring.score_item import ScoreItem
from propflow.scoring.score_reading import SurveyMapping, points_of, score_wording

T = TypeVar("T")


class Standing(StrEnum):
    """How an item stands on a card."""

    SCORED = "scored"
    NOT_APPLICABLE = "not_applicable"
    MISSING = "missing"


@attrs.frozen
class ItemScore:
    """One item of a card.

    Attributes:
        item: the item's id.
        section: the number of its section, if any.
        standing: scored, not applicable, or not scored yet.
        points: what was earned; None unless it is scored.
        maximum: the most that could be earned.
        weight: how much it weighs in the share.
        why: the wording and the reckoning, for people.
    """

    item: str
    section: str | None
    standing: Standing
    points: Decimal | None
    maximum: Decimal
    weight: Decimal
    why: Label


@attrs.frozen
class SectionScore:
    """The items of one section.

    Attributes:
        number: the number of the section; None for items outside every section.
        title: what it is called.
        items: its items, in the order of the book.
    """

    number: str | None
    title: Label
    items: tuple[ItemScore, ...]

    @property
    def total(self) -> Decimal | None:
        """What was earned; None as long as an item is not scored."""
        return _total(self.items)

    @property
    def maximum(self) -> Decimal:
        """The most that could be earned, without what is not applicable."""
        return _maximum(self.items)


@attrs.frozen
class Scorecard:
    """A card with its scores; a frozen value, so a published one stays as it is.

    Attributes:
        book: the rule book that was used.
        scores: what was given, by the id of the item.
        items: every item, in the order of the book.
        weights: what was given in place of the weights of the book, by the id of the item.
        mappings: what turned measured values into points, by the id of the item.
    """

    book: RuleBook
    scores: Mapping[str, Score]
    items: tuple[ItemScore, ...]
    weights: Mapping[str, Number]
    mappings: Mapping[str, SurveyMapping]

    @property
    def total(self) -> Decimal | None:
        """What was earned, without weights; None as long as an item is not scored."""
        return _total(self.items)

    @property
    def maximum(self) -> Decimal:
        """The most that could be earned, without weights and without what is not applicable."""
        return _maximum(self.items)

    @property
    def share(self) -> Fraction | None:
        """Weighted points out of the weighted maximum, exactly.

        None for an incomplete card, and where nothing that weighs is applicable.
        """
        if self.total is None:
            return None
        earned, possible = Fraction(0), Fraction(0)
        for each in self.items:
            if each.points is not None:
                earned += Fraction(each.weight) * Fraction(each.points)
                possible += Fraction(each.weight) * Fraction(each.maximum)
        return earned / possible if possible else None

    @property
    def missing(self) -> tuple[str, ...]:
        """The ids of the items that are not scored."""
        return tuple(each.item for each in self.items if each.standing is Standing.MISSING)

    @property
    def not_applicable(self) -> tuple[str, ...]:
        """The ids of the items that do not apply."""
        return tuple(each.item for each in self.items if each.standing is Standing.NOT_APPLICABLE)

    @property
    def sections(self) -> tuple[SectionScore, ...]:
        """The sections of the book that have items; items outside them all come last."""
        places = [(each.number, Label(each.zh, each.en)) for each in self.book.sections]
        listed = [
            SectionScore(
                number, title, tuple(each for each in self.items if each.section == number)
            )
            for number, title in (*places, (None, self.book.title))
        ]
        return tuple(section for section in listed if section.items)

    def low(self, ratio: Number = "0.6") -> tuple[ItemScore, ...]:
        """The items that earned strictly less than this part of their maximum.

        Args:
            ratio: from 0 to 1. The source names no threshold; 0.6 is an assumption (A29).

        Raises:
            InexactNumber: the ratio is a float, NaN or an infinity.
            InvalidPoints: it is no number, below zero or above 1.
        """
        threshold = exact(ratio, "the ratio of low scores")
        if threshold > 1:
            raise InvalidPoints("the ratio of low scores", [Problem("ratio", f"{ratio} > 1")])
        return tuple(
            each
            for each in self.items
            if each.points is not None and each.points < EXACT.multiply(threshold, each.maximum)
        )

    def rescored(self, scores: Mapping[str, Score]) -> Scorecard:
        """A new card with these scores in place of the old; this one stays as it is.

        Raises:
            UnknownRule: an id that no item of the card has; names all of them.
            InvalidScore: a score that cannot be; names every one.
            UnspecifiedRuleError: a measured value has no mapping.
        """
        merged = {**self.scores, **scores}
        return evaluate(self.book, merged, weights=self.weights, mappings=self.mappings)


def evaluate(
    card: RuleBook,
    scores: Mapping[str, Score],
    *,
    weights: Mapping[str, Number] | None = None,
    mappings: Mapping[str, SurveyMapping] | None = None,
) -> Scorecard:
    """Score a card.

    Args:
        card: a rule book with score items.
        scores: by the id of the item; items without one leave the card incomplete.
        weights: in place of the book's own, by the id of the item (A24).
        mappings: what turns a measured value into points, by the id of the item (A25). There is
            no default.

    Raises:
        UnknownRule: an id that no item of the card has; names all of them.
        InexactNumber: at least one weight is a float, NaN or an infinity.
        InvalidPoints: at least one weight is no number, or is below zero.
        InvalidScore: a score that cannot be, or weights that are all zero.
        UnspecifiedRuleError: measured values have no mapping, and nothing else is wrong.

        Of several, the first of this list is raised, and `problems` names all that is wrong.
    """
    items = {item.id: item for item in card.score_items}
    given, mapped = dict(weights or {}), dict(mappings or {})
    unknown = [each for each in dict.fromkeys([*scores, *given, *mapped]) if each not in items]
    refused: list[InvalidPoints | InvalidScore] = []
    weighing: Mapping[str, Decimal] = {}
    points: Mapping[str, Decimal] = {}
    try:
        weighing = _weights(card, items, _known(given, items))
    except (InvalidPoints, InvalidScore) as refusal:
        refused.append(refusal)
    try:
        points = points_of(items, _known(scores, items), mapped)
    except InvalidScore as refusal:
        refused.append(refusal)
    except UnspecifiedRuleError:
        if not unknown and not refused:
            raise
    _refuse(card, unknown, refused)
    return Scorecard(
        book=card,
        scores=MappingProxyType(dict(scores)),
        items=tuple(
            _item(item, scores.get(item.id), points.get(item.id), weighing[item.id])
            for item in items.values()
        ),
        weights=MappingProxyType(given),
        mappings=MappingProxyType(mapped),
    )


def _known(given: Mapping[str, T], items: Mapping[str, ScoreItem]) -> dict[str, T]:
    return {item: value for item, value in given.items() if item in items}


def _refuse(
    card: RuleBook, unknown: Sequence[str], refused: Sequence[InvalidPoints | InvalidScore]
) -> None:
    problems = [problem for refusal in refused for problem in refusal.problems]
    if unknown:
        raise UnknownRule(unknown, [card.id], problems)
    if refused:
        first = refused[0]
        raise type(first)(first.subject if len(refused) == 1 else f"the card {card.id}", problems)


def _weights(
    card: RuleBook, items: Mapping[str, ScoreItem], given: Mapping[str, Number]
) -> dict[str, Decimal]:
    subject = f"the weights for {card.id}"
    weights = {item.id: item.weight for item in items.values()} | exact_all(subject, given)
    if weights and not any(weights.values()):
        message = "are all zero, so nothing would count; give at least one item a weight"
        raise InvalidScore(subject, [Problem("the weights", message)])
    return weights


def _item(
    item: ScoreItem, score: Score | None, points: Decimal | None, weight: Decimal
) -> ItemScore:
    if points is not None:
        standing = Standing.SCORED
    else:
        standing = Standing.MISSING if score is None else Standing.NOT_APPLICABLE
    return ItemScore(
        item=item.id,
        section=item.section,
        standing=standing,
        points=points,
        maximum=item.max_points,
        weight=weight,
        why=score_wording(item, score, points),
    )


def _total(items: Iterable[ItemScore]) -> Decimal | None:
    summed = Decimal(0)
    for each in items:
        if each.standing is Standing.MISSING:
            return None
        summed = EXACT.add(summed, each.points or Decimal(0))
    return summed


def _maximum(items: Iterable[ItemScore]) -> Decimal:
    summed = Decimal(0)
    for each in items:
        if each.standing is not Standing.NOT_APPLICABLE:
            summed = EXACT.add(summed, each.maximum)
    return summed
