"""Plant one change at a time in a rule book, and see which ones the host's tests let live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs

from propflow.errors import InvalidRuleBook
from propflow.scoring import (
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


@attrs.frozen
class MutationReport:
    """Which changes were noticed.

    Attributes:
        killed: the mutants on which the tests failed, as they should.
        survivors: the mutants on which the tests passed: nobody would notice these changes.
    """

    killed: tuple[Mutant, ...]
    survivors: tuple[Mutant, ...]

    def __str__(self) -> str:
        """A line for each survivor, to be shown when a test of the tests fails."""
        planted = len(self.killed) + len(self.survivors)
        lines = [f"{len(self.survivors)} of {planted} changes went unnoticed"]
        return "\n  ".join([*lines, *(mutant.notice.en for mutant in self.survivors)])


def mutate(book: RuleBook, tests: Callable[[RuleBook], object]) -> MutationReport:
    """Run the tests on every mutant of a book: one changed point, unit, cap or link each.

    Args:
        book: the book that the tests are for.
        tests: passes the unchanged book, and raises whatever it likes on a changed one.

    Raises:
        Exception: whatever the tests raise on the unchanged book; mend them first.
    """
    tests(book)
    killed: list[Mutant] = []
    survivors: list[Mutant] = []
    for mutant in _mutants(book):
        try:
            tests(mutant.book)
        except Exception:  # noqa: BLE001 - however a test fails, it noticed
            killed.append(mutant)
        else:
            survivors.append(mutant)
    return MutationReport(tuple(killed), tuple(survivors))


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
    elif isinstance(rule, Consequence):
        if rule.multiplier is not None:
            yield "multiplier", attrs.evolve(rule, multiplier=rule.multiplier + 1)
        yield "warnings", attrs.evolve(rule, warnings=rule.warnings + 1)


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
