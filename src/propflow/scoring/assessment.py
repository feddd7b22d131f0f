"""Assess findings against rule books: exact lines, and a total that is never guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

import attrs

from propflow.errors import AmbiguousBook, AmbiguousRule, InvalidPoints, Problem
from propflow.scoring.charging import Charge, Claim, Settlement, settle
from propflow.scoring.deduction import Account, Deduction, Unit
from propflow.scoring.finding import Finding
from propflow.scoring.finding_checks import refuse_faulty
from propflow.scoring.line import Bill, Line, total
from propflow.scoring.points import EXACT, Number, exact_all
from propflow.scoring.pricing import Charters, Placed, priced
from propflow.scoring.rule import Label, Rule
from propflow.scoring.rule_book import RuleBook
from propflow.scoring.wording import refusal
from propflow.unspecified import Unspecified


@attrs.frozen
class SetAside:
    """A finding that, for one person, place or inspection, is not charged under its rule.

    Attributes:
        finding: what was found.
        subject: the person or place; None where the rule is counted by neither.
        instead: the id of the rule that is charged in its stead.
        ruling: A33 same matter, A57 same fact, A59 one rule excludes the other.
        why: the same, for people.
    """

    finding: Finding
    subject: str | None
    instead: str
    ruling: str
    why: Label


@attrs.frozen
class Reckoning:
    """What findings cost under each rule, and what is left of the full mark.

    Attributes:
        lines: one for each rule charged, in the order of the books.
        base: the full mark, if the host gave one; the source gives none.
        floor: below which the score does not fall.
    """

    lines: tuple[Line, ...]
    base: Decimal | None
    floor: Decimal

    @property
    def unspecified(self) -> tuple[str, ...]:
        """The ids of the rules charged here whose points are not given."""
        return tuple(line.rule for line in self.lines if line.points is Unspecified)

    @property
    def total(self) -> Decimal:
        """All points deducted, exactly; base and floor do not touch it.

        Raises:
            UnspecifiedPointsError: points are missing; names every rule that needs them.
        """
        return total(self.lines)

    @property
    def score(self) -> Decimal | None:
        """What is left of the base, not below the floor; None without a base.

        Raises:
            UnspecifiedPointsError: points are missing; names every rule that needs them.
        """
        deducted = self.total
        return None if self.base is None else max(self.floor, EXACT.subtract(self.base, deducted))


@attrs.frozen
class Assessment(Reckoning):
    """The outcome of assessing findings; it does not depend on their order.

    Attributes:
        bills: the same lines once more, separately for each department and person charged.
        set_aside: findings not charged because something else is charged for the same matter.
    """

    bills: tuple[Bill, ...]
    set_aside: tuple[SetAside, ...]


def assess(
    books: RuleBook | Iterable[RuleBook],
    findings: Iterable[Finding],
    *,
    base: Number | None = None,
    floor: Number = 0,
) -> Assessment:
    """Charge findings under the rules of one or several books.

    Missing points never stop it: the lines stay readable, and only `total` and `score` raise.

    Args:
        books: one rule book, or several to be charged together.
        findings: what was found, in any order.
        base: the full mark from which the deduction is taken, if a score is wanted.
        floor: the lowest score (扣完为止).

    Raises:
        AmbiguousRule: two of the books hold a rule of the same id.
        AmbiguousBook: two of the books have the same id.
        UnknownRule: a finding names a rule that no book holds; names all of them, and in
            `problems` every fault of the other findings.
        InvalidFinding: findings that cannot be assessed; names every fault.
        InexactNumber: base or floor is a float, NaN or an infinity.
        InvalidPoints: base or floor is no number or below zero, or the floor is above the base.
    """
    lowest, full = scale_of(floor, base)
    rules = rules_by_id([books] if isinstance(books, RuleBook) else list(books))
    given = tuple(findings)
    refuse_faulty(given, rules)
    charters = {
        rule.id: (rule, book.account)
        for book, rule in rules.values()
        if isinstance(rule, Deduction) and book.account is not None
    }
    settled = _settle(sorted(given, key=_canonical), charters)
    lines, bills = priced(list(_placed(settled)), charters)
    return Assessment(
        lines=lines,
        bills=bills,
        set_aside=tuple(_set_aside(settled, charters)),
        base=full,
        floor=lowest,
    )


_Subject: TypeAlias = tuple[Account, Unit, str | None, str | None]
"""What is settled for itself: account, unit, inspection, and the person or place if any.

For a flat rule it is the inspected department: each has its own sheet.
"""
_Settled: TypeAlias = dict[_Subject, Settlement]


def scale_of(floor: Number, base: Number | None) -> tuple[Decimal, Decimal | None]:
    """The floor and the base as exact numbers.

    Raises:
        InexactNumber: one of them is a float, NaN or an infinity.
        InvalidPoints: one is no number or below zero, or the floor is above the base.
    """
    subject = "the scale of the assessment"
    given = {"floor": floor} if base is None else {"floor": floor, "base": base}
    scale = exact_all(subject, given)
    full = scale.get("base")
    if full is not None and scale["floor"] > full:
        raise InvalidPoints(subject, [Problem("floor", f"{floor} is above the base {base}")])
    return scale["floor"], full


def rules_by_id(books: Sequence[RuleBook]) -> dict[str, tuple[RuleBook, Rule]]:
    """All rules of the books, each with its book, in their order.

    Raises:
        AmbiguousRule: two of the books hold a rule of the same id.
        AmbiguousBook: two of the books have the same id.
    """
    rules: dict[str, tuple[RuleBook, Rule]] = {}
    twice: dict[str, None] = {}
    for book in books:
        for rule in book.rules:
            if rule.id in rules:
                twice[rule.id] = None
            rules[rule.id] = (book, rule)
    if twice:
        raise AmbiguousRule(list(twice), [book.id for book in books])
    for book_id, often in Counter(book.id for book in books).items():
        if often > 1:
            raise AmbiguousBook(book_id)
    return rules


def _canonical(finding: Finding) -> tuple[object, ...]:
    """One order for all findings, whichever way they came in."""
    return (
        finding.inspection or "",
        finding.found_at.isoformat() if finding.found_at else "",
        finding.rule,
        finding.persons,
        finding.places,
        finding.department or "",
        finding.fact or "",
        finding.by or "",
        finding.severity or "",
    )


def _settle(findings: Sequence[Finding], charters: Charters) -> _Settled:
    noted: dict[str, list[Claim]] = {rule_id: [] for rule_id in charters}
    for number, finding in enumerate(findings):
        rule, _ = charters[finding.rule]
        noted[finding.rule].append(Claim(rule, finding, number))
    claims: dict[_Subject, list[Claim]] = {}
    for rule, account in charters.values():
        unit = rule.unit
        for claim in noted[rule.id]:
            for subject in _subjects(rule, claim.finding):
                key = (account, unit, claim.finding.inspection, subject)
                claims.setdefault(key, []).append(claim)
    return {subject: settle(each) for subject, each in claims.items()}


def _subjects(rule: Deduction, finding: Finding) -> Sequence[str | None]:
    if rule.unit is Unit.PERSON:
        return finding.persons
    if rule.unit is Unit.PLACE:
        return finding.places
    return (finding.department if rule.unit is Unit.FLAT else None,)


def _placed(settled: _Settled) -> Iterator[Placed]:
    for (account, unit, inspection, subject), settlement in settled.items():
        counted = subject if unit in (Unit.PERSON, Unit.PLACE) else None
        for charge in settlement.charges:
            holder = subject
            if account is Account.DEPARTMENT:
                holder = _department(charge)
            yield Placed(account, holder, inspection, counted, charge)


def _department(charge: Charge) -> str | None:
    for claim in charge.claims:
        if claim.finding.department is not None:
            return claim.finding.department
    return None


def _set_aside(settled: _Settled, charters: Charters) -> Iterator[SetAside]:
    for (_, unit, _, subject), settlement in settled.items():
        for claim, denial in settlement.denied:
            instead, _ = charters[denial.instead]
            yield SetAside(
                finding=claim.finding,
                subject=subject if unit in (Unit.PERSON, Unit.PLACE) else None,
                instead=denial.instead,
                ruling=denial.ruling,
                why=refusal(denial, instead),
            )
