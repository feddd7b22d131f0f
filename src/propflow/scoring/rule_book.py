"""A rule book: the rules of one source document, each with its wording, place and provenance.

Books are values. `with_values`, `with_maxima` and `switch_off` give a new book, so the shipped one
never changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

import attrs

from propflow.errors import InvalidPoints, InvalidRuleBook, Problem, UnknownRule
from propflow.scoring.book_faults import faults
from propflow.scoring.check_item import CheckItem
from propflow.scoring.consequence import Consequence
from propflow.scoring.deduction import Account, Deduction
from propflow.scoring.points import Number, exact_all
from propflow.scoring.rule import Clause, Label, Rule, Section
from propflow.scoring.score_item import ScoreItem, ScoreSection, ScoreTotal

R = TypeVar("R", bound=Rule)


@attrs.frozen(kw_only=True)
class RuleBook:
    """The rules of one source document, in its order.

    Attributes:
        id: the name under which it is loaded, e.g. `sheet_staff_image`.
        title: what the document is called.
        account: who loses the points; None for a book without deductions.
        rules: all rules, in the order of the source.
        sections: its numbered parts.
        contents: the entries of the source's own list of contents.
        source: the file or document from which the wording is quoted.
        incomplete: the source breaks off or leaves out parts, so rules are surely missing.
        missing: what is known to be lost.
        missing_clauses: the numbers that the source skips; nothing is made up for them.
        rulings: decisions that hold for the whole book, e.g. `A49`.

    Raises:
        InvalidRuleBook: two rules share an id, a rule names what the book does not have, or
            points do not sum to what their section or the book declares.
    """

    id: str
    title: Label
    account: Account | None = None
    rules: tuple[Rule, ...]
    sections: tuple[Section, ...] = ()
    contents: tuple[Clause, ...] = ()
    source: str = ""
    incomplete: bool = False
    missing: tuple[Label, ...] = ()
    missing_clauses: tuple[str, ...] = ()
    rulings: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        rules = (*self.rules, *self.contents)
        named = [(rule.id, rule) for rule in rules]
        problems = [
            Problem(f"rule {rule!r}", message)
            for _, rule, message in faults(named, self.sections, self.account)
        ]
        if problems:
            raise InvalidRuleBook(f"the rule book {self.id!r}", problems)

    @property
    def deductions(self) -> tuple[Deduction, ...]:
        """The rules that cost points, in the order of the source."""
        return self._of(Deduction)

    @property
    def score_items(self) -> tuple[ScoreItem, ...]:
        """The items that earn points, in the order of the source."""
        return self._of(ScoreItem)

    @property
    def check_items(self) -> tuple[CheckItem, ...]:
        """The questions without points, in the order of the source."""
        return self._of(CheckItem)

    @property
    def consequences(self) -> tuple[Consequence, ...]:
        """What follows beside or instead of points, in the order of the source."""
        return self._of(Consequence)

    def rule(self, rule_id: str) -> Rule:
        """The rule of this id.

        Raises:
            UnknownRule: the book has none.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise UnknownRule([rule_id], [self.id])

    def unspecified(self) -> tuple[str, ...]:
        """The ids of the rules for which the host must supply something, in their order."""
        return tuple(rule.id for rule in self.rules if rule.is_unspecified)

    def with_values(self, values: Mapping[str, Number]) -> RuleBook:
        """A new book in which these rules cost these points; this one stays as it is.

        Args:
            values: points by rule id, e.g. `{"ded_no_badge": "0.5"}`.

        Raises:
            UnknownRule: an id that no deduction of this book has; names all of them, and in
                `problems` every wrong value.
            InexactNumber: at least one value is a float, NaN or an infinity.
            InvalidPoints: at least one value is no number or is below zero.
        """
        points = self._numbers("the values", values, self.deductions)
        return self._revised(
            {
                rule.id: attrs.evolve(rule, points=points[rule.id], set_by_host=True)
                for rule in self.deductions
                if rule.id in points
            }
        )

    def with_maxima(self, maxima: Mapping[str, Number]) -> RuleBook:
        """A new book with these maxima; every sum is checked again (A24).

        Args:
            maxima: points by the id of an item, a section or the total. What changes an item
                changes its section and the total too, so give all three.

        Raises:
            UnknownRule: an id that no item, section or total of this book has; names all of them,
                and in `problems` every wrong value.
            InexactNumber: at least one value is a float, NaN or an infinity.
            InvalidPoints: at least one value is no number or is below zero.
            InvalidRuleBook: the new maxima do not sum up; names the sections that are off.
        """
        scored = [
            rule for rule in self.rules if isinstance(rule, ScoreItem | ScoreSection | ScoreTotal)
        ]
        points = self._numbers("the maxima", maxima, scored)
        return self._revised(
            {
                rule.id: attrs.evolve(rule, max_points=points[rule.id], set_by_host=True)
                for rule in scored
                if rule.id in points
            }
        )

    def switch_off(self, rule_id: str, condition: str) -> RuleBook:
        """A new book in which one condition of a rule no longer applies.

        Raises:
            UnknownRule: no deduction of this book has the id, or the rule has no such condition.
        """
        rule = next((each for each in self.deductions if each.id == rule_id), None)
        if rule is None:
            raise UnknownRule([rule_id], [self.id])
        if condition not in {each.id for each in rule.conditions}:
            raise UnknownRule([f"{rule_id}/{condition}"], [self.id])
        conditions = tuple(
            attrs.evolve(each, applies=each.applies and each.id != condition)
            for each in rule.conditions
        )
        return self._revised({rule_id: attrs.evolve(rule, conditions=conditions)})

    def _of(self, kind: type[R]) -> tuple[R, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, kind))

    def _numbers(
        self, subject: str, values: Mapping[str, object], among: Sequence[Rule]
    ) -> dict[str, Decimal]:
        known = {rule.id for rule in among}
        unknown = [rule_id for rule_id in values if rule_id not in known]
        try:
            numbers = exact_all(f"{subject} for {self.id}", values)
        except InvalidPoints as refusal:
            if unknown:
                raise UnknownRule(unknown, [self.id], refusal.problems) from None
            raise
        if unknown:
            raise UnknownRule(unknown, [self.id])
        return numbers

    def _revised(self, rules: Mapping[str, Rule]) -> RuleBook:
        return attrs.evolve(self, rules=tuple(rules.get(rule.id, rule) for rule in self.rules))
