"""A rule book: the rules of one source document, each with its wording, place and provenance.

Books are values. `with_values` and `switch_off` give a new book, so the shipped one never changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import combinations

import attrs

from propflow.errors import InvalidRuleBook, Problem, UnknownRule
from propflow.scoring.points import Number, Points, exact, exact_all
from propflow.unspecified import Unspecified


class Unit(StrEnum):
    """What a deduction is counted by."""

    PERSON = "person"  # 每发现1人
    PLACE = "place"  # 每发现一处
    OCCURRENCE = "occurrence"  # every observation
    FLAT = "flat"  # once per inspection, however often observed


class Count(StrEnum):
    """Whether the same person or place counts once per rule and inspection, or every time."""

    DISTINCT = "distinct"
    OCCURRENCE = "occurrence"


class Account(StrEnum):
    """Who loses the points of a book."""

    DEPARTMENT = "department"
    PERSON = "person"


class Provenance(StrEnum):
    """How a rule stands in its source; a value set by the host does not change it."""

    EXPLICIT = "explicit"  # written there
    ASSUMED = "assumed"  # a visible default of ours
    RECONSTRUCTED = "reconstructed"  # read out of damaged text
    UNSPECIFIED = "unspecified"  # written there, with its number missing
    MISSING = "missing"  # named there, its content lost


@attrs.frozen
class Label:
    """What people see, in both languages."""

    zh: str
    en: str


@attrs.frozen
class Section:
    """A numbered part of a book, such as 一 仪容仪表."""

    number: str
    zh: str
    en: str


@attrs.frozen
class Condition:
    """A part of a rule's wording that a host may switch off; the rest of the rule stays."""

    id: str
    zh: str
    en: str
    applies: bool = True


@attrs.frozen(kw_only=True)
class Rule:
    """One rule of a source document; its subclass says what the rule does.

    Attributes:
        id: unique across all books.
        clause: where it stands in the source, e.g. `一.4`.
        text_zh: the wording as found, slips of the pen included.
        text_zh_clean: our reading of it, for display.
        text_en: the same in English.
        provenance: how the rule stands in its source.
        section: the number of the book's section that holds it, if any.
        rulings: the numbers of the decisions taken where the wording is open, e.g. `A37`.
    """

    id: str
    clause: str
    text_zh: str
    text_zh_clean: str
    text_en: str
    provenance: Provenance
    section: str | None = None
    rulings: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Clause(Rule):
    """Wording without arithmetic: the head of a form, a signature row, a statement."""


def _points(value: Points | int | str) -> Points:
    return Unspecified if value is Unspecified else exact(value, "points")


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
        set_by_host: the points come from the host and not from the source.
    """

    points: Points = attrs.field(converter=_points)
    unit: Unit
    count: Count = Count.DISTINCT
    same_as: tuple[str, ...] = ()
    excluded_by: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    set_by_host: bool = False

    @property
    def in_force(self) -> bool:
        """Whether at least one condition still applies; a rule without conditions always does."""
        return not self.conditions or any(condition.applies for condition in self.conditions)

    @property
    def counts_every_time(self) -> bool:
        """Whether each observation counts, rather than each person, place or inspection."""
        return self.unit is Unit.OCCURRENCE or self.count is Count.OCCURRENCE


@attrs.frozen(kw_only=True)
class RuleBook:
    """The rules of one source document, in its order.

    Attributes:
        id: the name under which it is loaded, e.g. `sheet_staff_image`.
        title: what the document is called.
        account: who loses the points.
        rules: all rules, in the order of the source.
        sections: its numbered parts.
        source: the file or document from which the wording is quoted.
        incomplete: the source breaks off, so rules are surely missing.
        missing: what is known to be lost.
        rulings: decisions that hold for the whole book, e.g. `A49`.

    Raises:
        InvalidRuleBook: two rules share an id, or a rule names what the book does not have.
    """

    id: str
    title: Label
    account: Account
    rules: tuple[Rule, ...]
    sections: tuple[Section, ...] = ()
    source: str = ""
    incomplete: bool = False
    missing: tuple[Label, ...] = ()
    rulings: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        named = [(rule.id, rule) for rule in self.rules]
        problems = [
            Problem(f"rule {rule!r}", message) for _, rule, message in faults(named, self.sections)
        ]
        if problems:
            raise InvalidRuleBook(f"the rule book {self.id!r}", problems)

    @property
    def deductions(self) -> tuple[Deduction, ...]:
        """The rules that cost points, in the order of the source."""
        return tuple(rule for rule in self.rules if isinstance(rule, Deduction))

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
        """The ids of the rules whose number the source leaves out, in its order."""
        return tuple(rule.id for rule in self.deductions if rule.points is Unspecified)

    def with_values(self, values: Mapping[str, Number]) -> RuleBook:
        """A new book in which these rules cost these points; this one stays as it is.

        Args:
            values: points by rule id, e.g. `{"ded_no_badge": "0.5"}`.

        Raises:
            UnknownRule: an id that no deduction of this book has; names all of them.
            InexactNumber: at least one value is a float, NaN or an infinity.
            InvalidPoints: at least one value is no number or is below zero.
        """
        self._refuse_unknown(values)
        points = exact_all(f"the values for {self.id}", values)
        return self._revised(
            {
                rule.id: attrs.evolve(rule, points=points[rule.id], set_by_host=True)
                for rule in self.deductions
                if rule.id in points
            }
        )

    def switch_off(self, rule_id: str, condition: str) -> RuleBook:
        """A new book in which one condition of a rule no longer applies.

        Raises:
            UnknownRule: no deduction of this book has the id, or the rule has no such condition.
        """
        self._refuse_unknown([rule_id])
        (rule,) = (rule for rule in self.deductions if rule.id == rule_id)
        if condition not in {each.id for each in rule.conditions}:
            raise UnknownRule([f"{rule_id}/{condition}"], [self.id])
        conditions = tuple(
            attrs.evolve(each, applies=each.applies and each.id != condition)
            for each in rule.conditions
        )
        return self._revised({rule_id: attrs.evolve(rule, conditions=conditions)})

    def _refuse_unknown(self, rule_ids: Sequence[str] | Mapping[str, object]) -> None:
        known = {rule.id for rule in self.deductions}
        unknown = [rule_id for rule_id in rule_ids if rule_id not in known]
        if unknown:
            raise UnknownRule(unknown, [self.id])

    def _revised(self, rules: Mapping[str, Rule]) -> RuleBook:
        return attrs.evolve(self, rules=tuple(rules.get(rule.id, rule) for rule in self.rules))


def faults(
    rules: Sequence[tuple[str, Rule | None]], sections: Sequence[Section] | None
) -> Iterator[tuple[int, str, str]]:
    """What is wrong between the rules of a book: position, rule id and message of each fault.

    A rule that could not be read comes as None: others may still name it. Sections that could not
    be read come as None too.
    """
    known = dict(rules)
    numbers = None if sections is None else {None, *(section.number for section in sections)}
    seen: set[str] = set()
    for position, (rule_id, rule) in enumerate(rules):
        if rule_id in seen:
            yield position, rule_id, "the id is taken by an earlier rule; give it one of its own"
        seen.add(rule_id)
        if rule is None:
            continue
        if numbers is not None and rule.section not in numbers:
            yield position, rule_id, f"section {rule.section!r} is not among the book's sections"
        if isinstance(rule, Deduction):
            for message in _deduction_faults(rule, known):
                yield position, rule_id, message


def _deduction_faults(rule: Deduction, known: Mapping[str, Rule | None]) -> Iterator[str]:
    if rule.points is Unspecified and rule.provenance is not Provenance.UNSPECIFIED:
        yield f"points are unspecified, but the provenance says {rule.provenance.value!r}"
    if rule.unit is Unit.FLAT and rule.count is Count.OCCURRENCE:
        yield "a flat rule is charged once per inspection; to count each time, use unit occurrence"
    for first, second in combinations(rule.conditions, 2):
        if first.id == second.id:
            yield f"two conditions share the id {first.id!r}"
    for other_id in rule.excluded_by:
        other = known.get(other_id)
        if other_id == rule.id or other_id not in known:
            yield f"excluded_by names {other_id!r}, which is not another rule of this book"
        elif other is not None and not (isinstance(other, Deduction) and other.unit is rule.unit):
            yield f"excluded_by names {other_id!r}, which is not a deduction by {rule.unit.value}"
        elif rule.id in _excluders(other_id, known):
            yield f"excluded_by names {other_id!r}, which this rule excludes in turn"


def _excluders(rule_id: str, known: Mapping[str, Rule | None]) -> set[str]:
    """Every rule that leaves nothing to this one, directly or through others."""
    found: set[str] = set()
    waiting = [rule_id]
    while waiting:
        rule = known.get(waiting.pop())
        if isinstance(rule, Deduction):
            new = set(rule.excluded_by) - found
            found |= new
            waiting += new
    return found
