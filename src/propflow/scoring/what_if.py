"""What if: the same findings under one book and under a changed one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import attrs

from propflow.scoring.assessment import Assessment, assess, rules_by_id
from propflow.scoring.deduction import Account
from propflow.scoring.finding import Finding
from propflow.scoring.finding_checks import refuse_faulty
from propflow.scoring.line import Line, total
from propflow.scoring.points import EXACT, Points
from propflow.scoring.rule_book import RuleBook
from propflow.unspecified import Unspecified


@attrs.frozen
class RuleEffect:
    """What one rule cost under each book.

    Attributes:
        rule: the id of the rule.
        before: its line under the first book; None if nothing is charged there.
        after: its line under the second book; None likewise.
    """

    rule: str
    before: Line | None
    after: Line | None

    @property
    def difference(self) -> Points:
        """What it costs more under the second book, below zero for less.

        `Unspecified` as long as one of the books gives no points for it.
        """
        return _difference(_points(self.before), _points(self.after))


@attrs.frozen
class AccountEffect:
    """What one department or person lost under each book.

    Attributes:
        account: whether it is a department or a person.
        holder: which; None where no finding names the department.
        before: the points under the first book; `Unspecified` if some are not given there.
        after: the points under the second book; likewise.
    """

    account: Account
    holder: str | None
    before: Points
    after: Points

    @property
    def difference(self) -> Points:
        """What it loses more under the second book, below zero for less."""
        return _difference(self.before, self.after)


@attrs.frozen
class WhatIf:
    """The same findings under two books.

    Attributes:
        before: the assessment under the first.
        after: the assessment under the second.
        rules: every rule charged under either, in the order of the second book and then the first.
        accounts: every account charged under either.
        dropped: findings under rules that only one of the books has; the other cannot charge them.
    """

    before: Assessment
    after: Assessment
    rules: tuple[RuleEffect, ...]
    accounts: tuple[AccountEffect, ...]
    dropped: tuple[Finding, ...]


def replay(
    findings: Iterable[Finding],
    before: RuleBook | Iterable[RuleBook],
    after: RuleBook | Iterable[RuleBook],
) -> WhatIf:
    """What the findings cost under one book, and what they would have cost under another.

    Args:
        findings: for example those of the last quarter.
        before: the book or books in force.
        after: the book or books as they might become.

    Raises:
        AmbiguousRule: two of the books of one side hold a rule of the same id.
        AmbiguousBook: two of the books of one side have the same id.
        UnknownRule: a finding names a rule that neither side holds; names all of them, and in
            `problems` every fault of the other findings.
        InvalidFinding: findings that cannot be assessed under a book that has their rule; names
            every fault under either side.
    """
    given = list(findings)
    sides = [_books(before), _books(after)]
    rules = [rules_by_id(side) for side in sides]
    refuse_faulty(given, *rules)
    old, new = (
        assess(side, [each for each in given if each.rule in known])
        for side, known in zip(sides, rules, strict=True)
    )
    return WhatIf(
        before=old,
        after=new,
        rules=_rules(old, new),
        accounts=_accounts(old, new),
        dropped=tuple(each for each in given if not all(each.rule in known for known in rules)),
    )


def _books(books: RuleBook | Iterable[RuleBook]) -> Sequence[RuleBook]:
    return [books] if isinstance(books, RuleBook) else list(books)


def _rules(old: Assessment, new: Assessment) -> tuple[RuleEffect, ...]:
    was = {line.rule: line for line in old.lines}
    now = {line.rule: line for line in new.lines}
    return tuple(RuleEffect(rule, was.get(rule), now.get(rule)) for rule in now | was)


def _accounts(old: Assessment, new: Assessment) -> tuple[AccountEffect, ...]:
    was = {(bill.account, bill.holder): bill.lines for bill in old.bills}
    now = {(bill.account, bill.holder): bill.lines for bill in new.bills}
    return tuple(
        AccountEffect(*key, _total(was.get(key, ())), _total(now.get(key, ())))
        for key in sorted(was | now, key=lambda key: (key[0], key[1] or ""))
    )


def _total(lines: Sequence[Line]) -> Points:
    return Unspecified if any(line.points is Unspecified for line in lines) else total(lines)


def _points(line: Line | None) -> Points:
    return Decimal(0) if line is None else line.points


def _difference(before: Points, after: Points) -> Points:
    if before is Unspecified or after is Unspecified:
        return Unspecified
    return EXACT.subtract(after, before)
