"""The changes that are planted in a rule book."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from propflow.errors import InvalidRuleBook
from propflow.scoring import (
    CheckItem,
    Consequence,
    Count,
    Deduction,
    Label,
    Rule,
    RuleBook,
    ScoreItem,
    Unit,
    Unspecified,
    changes,
)


@attrs.frozen
class Mutant:
    """A book with one change.

    Attributes:
        rule: the id of the rule that was changed.
        field: which field of it.
        notice: the change, for people.
        book: the changed book.
    """

    rule: str
    field: str
    notice: Label
    book: RuleBook


def tried(book: RuleBook, tests: Callable[[RuleBook], object]) -> Iterator[tuple[Mutant, bool]]:
    """Run the tests on every mutant of a book, and yield whether they noticed it.

    Raises:
        Exception: Whatever the tests raise on the unchanged book.
    """
    tests(book)
    for mutant in _mutants(book):
        try:
            tests(mutant.book)
        except Exception:  # noqa: BLE001 - however a test fails, it noticed
            yield mutant, True
        else:
            yield mutant, False


def _mutants(book: RuleBook) -> Iterator[Mutant]:
    for position, rule in enumerate(book.rules):
        for field, changed in _changed(rule):
            rules = (*book.rules[:position], changed, *book.rules[position + 1 :])
            try:
                mutant = attrs.evolve(book, rules=rules)
            except InvalidRuleBook:
                continue  # loading would notice this one
            notice = next(each.notice for each in changes(book, mutant) if each.field == field)
            yield Mutant(rule.id, field, notice, mutant)


def _changed(rule: Rule) -> Iterator[tuple[str, Rule]]:
    if isinstance(rule, Deduction):
        yield from _changed_deduction(rule)
    elif isinstance(rule, ScoreItem):
        yield "weight", attrs.evolve(rule, weight=rule.weight + 1)
    elif isinstance(rule, CheckItem):
        if rule.limit is not None:
            limit = attrs.evolve(rule.limit, at_most=rule.limit.at_most + 1)
            yield "limit", attrs.evolve(rule, limit=limit)
    elif isinstance(rule, Consequence):
        yield from _changed_consequence(rule)


def _changed_consequence(rule: Consequence) -> Iterator[tuple[str, Rule]]:
    if rule.multiplier is not None:
        yield "multiplier", attrs.evolve(rule, multiplier=rule.multiplier + 1)
    yield "warnings", attrs.evolve(rule, warnings=rule.warnings + 1)
    if rule.base_rule is not None:
        yield "base_rule", attrs.evolve(rule, base_rule=None)
    for role in rule.liable:
        liable = tuple(each for each in rule.liable if each != role)
        yield "liable", attrs.evolve(rule, liable=liable)
    if rule.chain:
        yield "chain", attrs.evolve(rule, chain=())


def _changed_deduction(rule: Deduction) -> Iterator[tuple[str, Rule]]:
    more = 0 if rule.points is Unspecified else rule.points + 1
    yield "points", attrs.evolve(rule, points=more)
    for unit in Unit:
        if unit is not rule.unit:
            yield "unit", attrs.evolve(rule, unit=unit)
    other = Count.OCCURRENCE if rule.count is Count.DISTINCT else Count.DISTINCT
    yield "count", attrs.evolve(rule, count=other)
    if rule.cap is not None:
        yield "cap", attrs.evolve(rule, cap=None)
        yield "cap", attrs.evolve(rule, cap=rule.cap + 1)
    for link in ("same_as", "excluded_by", "severities"):
        if getattr(rule, link):
            without: Any = {link: ()}
            yield link, attrs.evolve(rule, **without)
    if rule.repetition is not None:
        yield "repetition", attrs.evolve(rule, repetition=None)
