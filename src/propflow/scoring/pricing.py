"""From charges to lines: severity, repetition and caps, each shown as an adjustment of its own.

Which charges stand has been decided before; nothing here changes that choice. The dearest way was
found with severities, but without repetition and caps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from propflow.scoring.charging import Charge
from propflow.scoring.deduction import Account, Deduction, Repetition, Rung, Severity
from propflow.scoring.finding import Finding
from propflow.scoring.line import Adjustment, Bill, Line, Reason
from propflow.scoring.points import EXACT, Points
from propflow.scoring.wording import capped, graver, reckoning, repeated
from propflow.unspecified import Unspecified

Charters: TypeAlias = Mapping[str, tuple[Deduction, Account]]
"""The deductions by id, in the order of the books, each with who loses its points."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@attrs.frozen(eq=False)
class Placed:
    """A charge and whom it is laid to.

    Attributes:
        account: whether a department or a person loses the points.
        holder: which; None where no finding names the department.
        inspection: during which inspection.
        subject: the person or place that was counted, if any.
        charge: what is charged.
    """

    account: Account
    holder: str | None
    inspection: str | None
    subject: str | None
    charge: Charge

    @property
    def found_at(self) -> datetime:
        """When it was first found; rules that count repetition take no finding without a time."""
        return min(claim.finding.found_at or _LONG_AGO for claim in self.charge.claims)


_Rungs: TypeAlias = Mapping[Placed, Rung]


def priced(
    placed: Sequence[Placed], charters: Charters
) -> tuple[tuple[Line, ...], tuple[Bill, ...]]:
    """The lines of all accounts together, and the bill of each account.

    Bills come by account, those of departments first, and by id.
    """
    rungs = dict(_repetitions(placed))
    by_account: dict[tuple[Account, str | None], list[Placed]] = {}
    for each in placed:
        by_account.setdefault((each.account, each.holder), []).append(each)
    bills = (
        Bill(account, holder, tuple(_lines(by_account[account, holder], charters, rungs)))
        for account, holder in sorted(by_account, key=lambda key: (key[0], key[1] or ""))
    )
    return tuple(_lines(placed, charters, rungs)), tuple(bills)


def _repetitions(placed: Iterable[Placed]) -> Iterator[tuple[Placed, Rung]]:
    """What comes back within a calendar month, with the highest rung that it has reached."""
    returning: dict[tuple[object, ...], list[Placed]] = {}
    for each in placed:
        rule = each.charge.rule
        if rule.repetition is not None:
            month = each.found_at.astimezone(ZoneInfo(rule.repetition.zone))
            subject = each.holder if each.subject is None else each.subject
            key = (rule.id, each.account, subject, month.year, month.month)
            returning.setdefault(key, []).append(each)
    for group in returning.values():
        # Of one moment, the order is that of the inspections and then of the accounts.
        group.sort(key=lambda each: (each.found_at, each.inspection or "", each.holder or ""))
        for time, each in enumerate(group, start=1):
            yield from ((each, rung) for rung in _reached(each.charge.rule.repetition, time))


def _reached(repetition: Repetition | None, time: int) -> list[Rung]:
    rungs = repetition.rungs if repetition else ()
    return [rung for rung in rungs if rung.time <= time][-1:]


def _lines(placed: Iterable[Placed], charters: Charters, rungs: _Rungs) -> Iterator[Line]:
    by_rule: dict[str, list[Placed]] = {}
    for each in placed:
        by_rule.setdefault(each.charge.rule.id, []).append(each)
    for rule, account in charters.values():
        if rule.id in by_rule:
            yield _line(rule, account, by_rule[rule.id], rungs)


@attrs.frozen
class Tally:
    """How often a rule is charged, and how often graver or again.

    Attributes:
        count: all charges.
        severities: how many of them have each severity of the rule.
        rungs: how many of them reached each rung of its repetition as their highest.
        over: the points that its cap takes away.
    """

    count: int
    severities: tuple[int, ...] = ()
    rungs: tuple[int, ...] = ()
    over: Decimal = Decimal(0)


def tallied(
    rule: Deduction, account: Account, tally: Tally, findings: tuple[Finding, ...] = ()
) -> Line:
    """The line of a rule from numbers alone, with its reckoning."""
    adjustments: tuple[Adjustment, ...] = ()
    points: Points = Unspecified
    if rule.points is not Unspecified:
        adjustments = tuple(_adjustments(rule, rule.points, tally))
        points = EXACT.multiply(rule.points, tally.count)
        for adjustment in adjustments:
            points = EXACT.add(points, adjustment.points)
    return Line(
        rule=rule.id,
        unit=rule.unit,
        count=tally.count,
        each=rule.points,
        points=points,
        account=account,
        findings=findings,
        why=reckoning(rule, tally.count, adjustments, points),
        adjustments=adjustments,
    )


def _line(rule: Deduction, account: Account, placed: Sequence[Placed], rungs: _Rungs) -> Line:
    behind = {claim.number: claim.finding for each in placed for claim in each.charge.claims}
    return tallied(
        rule,
        account,
        _tally(rule, placed, rungs),
        tuple(behind[number] for number in sorted(behind)),
    )


def _tally(rule: Deduction, placed: Sequence[Placed], rungs: _Rungs) -> Tally:
    ladder = rule.repetition.rungs if rule.repetition else ()
    over = Decimal(0)
    if rule.cap is not None and rule.points is not Unspecified:
        over = _above_cap(rule.points, rule.cap, placed, rungs)
    return Tally(
        count=len(placed),
        severities=tuple(
            sum(each.charge.severity == severity for each in placed) for severity in rule.severities
        ),
        rungs=tuple(sum(rungs.get(each) == rung for each in placed) for rung in ladder),
        over=over,
    )


def _adjustments(rule: Deduction, points: Decimal, tally: Tally) -> Iterator[Adjustment]:
    for severity, count in zip(rule.severities, tally.severities, strict=True):
        if count:
            more = EXACT.multiply(_more(points, severity), count)
            yield Adjustment(Reason.SEVERITY, more, graver(severity, count, more))
    ladder = rule.repetition.rungs if rule.repetition else ()
    for rung, count in zip(ladder, tally.rungs, strict=True):
        if count:
            more = EXACT.multiply(rung.adds, count)
            yield Adjustment(Reason.REPETITION, more, repeated(rung, count, more))
    if rule.cap is not None and tally.over:
        less = tally.over.copy_negate()
        yield Adjustment(Reason.CAP, less, capped(rule.cap, less))


def _more(points: Decimal, severity: Severity) -> Decimal:
    return EXACT.subtract(EXACT.multiply(points, severity.multiplier), points)


def _above_cap(points: Decimal, cap: Decimal, placed: Sequence[Placed], rungs: _Rungs) -> Decimal:
    """What the cap takes away: it holds for one account in one inspection."""
    spent: dict[tuple[str | None, str | None], Decimal] = {}
    for each in placed:
        cost = points
        if each.charge.severity is not None:
            cost = EXACT.add(cost, _more(points, each.charge.severity))
        if each in rungs:
            cost = EXACT.add(cost, rungs[each].adds)
        key = (each.holder, each.inspection)
        spent[key] = EXACT.add(spent.get(key, Decimal(0)), cost)
    over = Decimal(0)
    for cost in spent.values():
        over = EXACT.add(over, max(Decimal(0), EXACT.subtract(cost, cap)))
    return over
