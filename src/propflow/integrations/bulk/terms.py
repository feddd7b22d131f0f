"""What a rule book says, as the constants of an expression; what does not fit is refused by name.

Numbers are decimals of one scale. A price has up to 17 digits and a count up to 18, so that every
product and every sum of products is exact in the 38 digits that engines give a decimal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations
from typing import Any, Final

import attrs

from propflow.errors import NotInBulk, Problem
from propflow.integrations.bulk.library import ibis
from propflow.scoring.assessment import rules_by_id
from propflow.scoring.deduction import Account, Deduction, Severity, Unit
from propflow.scoring.points import EXACT
from propflow.scoring.rule import Rule
from propflow.scoring.rule_book import RuleBook
from propflow.unspecified import Unspecified

PRICE_DIGITS: Final = 17


@attrs.frozen
class Terms:
    """One deduction as the expression needs it.

    Attributes:
        rule: the deduction.
        account: who loses the points.
        rank: its place in the books.
        grades: its severities and none at all (None), the gravest last; empty without severities.
        matter: a number that rules on the same matter share.
    """

    rule: Deduction
    account: Account
    rank: int
    grades: tuple[Severity | None, ...]
    matter: int

    def price(self, grade: int) -> Decimal | None:
        """What one charge costs under this grade; None if the source gives no number."""
        points = self.rule.points
        if points is Unspecified:
            return None
        severity = self.grades[grade] if self.grades else None
        return points if severity is None else EXACT.multiply(points, severity.multiplier)

    def numbers(self) -> Iterator[Decimal]:
        """Every number of points that the expression has to hold."""
        prices = (self.price(grade) for grade in range(len(self.grades) or 1))
        yield from (price for price in prices if price is not None)
        if self.rule.repetition is not None:
            yield from (rung.adds for rung in self.rule.repetition.rungs)
        if self.rule.cap is not None:
            yield self.rule.cap


@attrs.frozen
class Book:
    """The deductions of one or several books, in their order, with one scale for all numbers.

    `years` are those in which months are told apart, for what comes back within a month.
    """

    ids: tuple[str, ...]
    rules: Mapping[str, Rule]
    terms: Mapping[str, Terms]
    scale: int
    years: range

    @property
    def price(self) -> str:
        """The type of a price."""
        return f"decimal({PRICE_DIGITS}, {self.scale})"

    @property
    def product(self) -> str:
        """The type of a price times a count."""
        return f"decimal(36, {self.scale})"

    @property
    def graded(self) -> bool:
        """Whether any rule has severities."""
        return any(each.grades for each in self.terms.values())

    @property
    def rungs(self) -> int:
        """How many rungs the longest repetition has."""
        ladders = (each.rule.repetition for each in self.terms.values())
        return max((len(each.rungs) for each in ladders if each is not None), default=0)

    def named(self, holds: Callable[[Deduction], bool]) -> list[str]:
        """The ids of the deductions of which this holds."""
        return [rule_id for rule_id, each in self.terms.items() if holds(each.rule)]

    def counted_by(self, unit: Unit) -> list[str]:
        """The ids of the deductions of this unit."""
        return self.named(lambda rule: rule.unit is unit)

    def related(self) -> list[str]:
        """The rules that a rule of the book may displace, or that may displace one."""
        matters = [each.matter for each in self.terms.values()]
        together = {
            rule_id for rule_id, each in self.terms.items() if matters.count(each.matter) > 1
        }
        for rule_id, each in self.terms.items():
            if each.rule.excluded_by:
                together |= {rule_id, *each.rule.excluded_by}
        return [rule_id for rule_id in self.terms if rule_id in together]

    def choose(self, column: Any, value: Callable[[Terms], Any], kind: str) -> Any:
        """A column with a constant for each rule; rules of one constant share a branch."""
        library = ibis()
        by_value: dict[object, list[str]] = {}
        for rule_id, each in self.terms.items():
            by_value.setdefault(value(each), []).append(rule_id)
        if len(by_value) == 1:
            return library.literal(next(iter(by_value)), type=kind)
        branches = [
            (column.isin(ids), library.literal(each, type=kind))
            for each, ids in by_value.items()
            if each is not None
        ]
        return library.cases(*branches, else_=library.null(kind))


def book_of(books: RuleBook | Iterable[RuleBook], years: range) -> Book:
    """The terms of the books.

    Raises:
        AmbiguousRule: two of the books hold a rule of the same id.
        AmbiguousBook: two of the books have the same id.
        NotInBulk: what an expression cannot carry exactly; names every rule concerned.
    """
    listed = [books] if isinstance(books, RuleBook) else list(books)
    rules = rules_by_id(listed)
    charged = [
        (rule, book.account)
        for book, rule in rules.values()
        if isinstance(rule, Deduction) and book.account is not None
    ]
    matters = _matters(charged)
    terms = {
        rule.id: Terms(rule, account, rank, _grades(rule), matters[rule.id])
        for rank, (rule, account) in enumerate(charged)
    }
    scale = max((_places(each) for term in terms.values() for each in term.numbers()), default=0)
    problems = [*_too_long(terms.values(), scale), *_crossing(charged, matters)]
    if problems:
        raise NotInBulk(", ".join(book.id for book in listed), problems)
    return Book(
        ids=tuple(book.id for book in listed),
        rules={rule_id: rule for rule_id, (_, rule) in rules.items()},
        terms=terms,
        scale=scale,
        years=years,
    )


def _grades(rule: Deduction) -> tuple[Severity | None, ...]:
    """The gravest last; of equals none at all, and then the one that is named first."""
    if not rule.severities:
        return ()
    listed = [*reversed(rule.severities), None]
    return tuple(sorted(listed, key=lambda each: Decimal(1) if each is None else each.multiplier))


def _places(number: Decimal) -> int:
    return max(0, -int(number.normalize(EXACT).as_tuple().exponent))


def _too_long(terms: Iterable[Terms], scale: int) -> Iterator[Problem]:
    for each in terms:
        long = [one for one in each.numbers() if one and one.adjusted() + 1 + scale > PRICE_DIGITS]
        if long or scale > PRICE_DIGITS:
            number = f"{(long or list(each.numbers()) or [Decimal(0)])[0]}"
            yield Problem(
                f"rule {each.rule.id!r}",
                f"{number} with {scale} decimals, the most of any number here, has more than "
                f"{PRICE_DIGITS} digits; score it with propflow.scoring.assess",
            )


_Charged = Sequence[tuple[Deduction, Account]]


def _rivals(one: tuple[Deduction, Account], other: tuple[Deduction, Account]) -> bool:
    (rule, account), (another, its) = one, other
    meet = account is its and rule.unit is another.unit
    return meet and not set(rule.same_as).isdisjoint(another.same_as)


def _matters(charged: _Charged) -> dict[str, int]:
    """A number for each rule; rules that are rivals, directly or through others, share it."""
    matters = {rule.id: rank for rank, (rule, _) in enumerate(charged)}
    for one, other in combinations(charged, 2):
        if _rivals(one, other):
            kept, gone = matters[one[0].id], matters[other[0].id]
            matters = {rule: kept if each == gone else each for rule, each in matters.items()}
    return matters


def _crossing(charged: _Charged, matters: Mapping[str, int]) -> Iterator[Problem]:
    for one, other in combinations(charged, 2):
        if matters[one[0].id] == matters[other[0].id] and not _rivals(one, other):
            yield Problem(
                f"rule {other[0].id!r}",
                f"it is on the same matter as a rule that is on one with {one[0].id!r}, but is on "
                "none with that; an expression carries only groups of same_as that do not cross",
            )


UNITS: Final = {Unit.PERSON: "person", Unit.PLACE: "place", Unit.FLAT: "department"}
"""The column that holds what a rule is counted by."""
