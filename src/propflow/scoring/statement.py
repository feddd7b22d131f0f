"""Statements: what the month has brought to each account; and the list for the weekly meeting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import cast

import attrs

from propflow.errors import InvalidPosting, NaiveDatetime, Problem
from propflow.scoring.charge import Charge, charged
from propflow.scoring.deduction import Account
from propflow.scoring.ledger import Posting, is_month
from propflow.scoring.points import EXACT


@attrs.frozen
class Statement:
    """What was posted to one account in one month; points, and never money.

    Attributes:
        account: whether it is a department's or a person's.
        holder: the id of the department or person.
        month: the calendar month, such as ``2026-03``.
        postings: the entries of the month, by date, then by slip or sheet, then by rule;
            reversals of what earlier months charged are among them.
    """

    account: Account
    holder: str
    month: str
    postings: tuple[Posting, ...]

    @property
    def points(self) -> Decimal:
        """All points of the month, exactly; below zero where more is given back than charged."""
        return _sum(self.postings)

    @property
    def charged(self) -> Decimal:
        """The points charged in the month, before anything is given back."""
        return _sum(each for each in self.postings if not each.reverses)

    @property
    def given_back(self) -> Decimal:
        """The points given back in the month, from 0."""
        return _sum(each for each in self.postings if each.reverses).copy_abs()

    @property
    def warnings(self) -> int:
        """The written warnings of the month, less those taken back in it."""
        return sum(each.warnings for each in self.postings)

    @property
    def slips(self) -> tuple[str, ...]:
        """The ids of the slips and sheets behind the charges of the month, each once."""
        sources = (each.source for each in self.postings if not each.reverses)
        return tuple(dict.fromkeys(sources))


def _sum(postings: Iterable[Posting]) -> Decimal:
    points = Decimal(0)
    for each in postings:
        points = EXACT.add(points, each.points)
    return points


def _place(posting: Posting) -> tuple[object, ...]:
    return (
        posting.noted_at is not None,  # those without a date come first
        posting.noted_at,
        posting.source,
        posting.rule,
        bool(posting.reverses),
        posting.reason,
        posting.points,
    )


def statement(
    postings: Iterable[Posting], *, account: Account, holder: str, month: str
) -> Statement:
    """The statement of one account for one month; entries of others are left out.

    Args:
        postings: entries of the ledger, in any order.
        account: whether it is a department's or a person's.
        holder: the id of the department or person.
        month: the calendar month, such as ``2026-03``.

    Raises:
        InvalidPosting: the month is none.
    """
    _refuse_no_month(month)
    wanted = (account, holder, month)
    own = [each for each in postings if (each.account, each.holder, each.month) == wanted]
    return Statement(account, holder, month, tuple(sorted(own, key=_place)))


def statements(postings: Iterable[Posting], *, month: str) -> tuple[Statement, ...]:
    """The statement of every account that has entries in the month: departments, then persons.

    Raises:
        InvalidPosting: the month is none.
    """
    _refuse_no_month(month)
    found: dict[tuple[Account, str], list[Posting]] = {}
    for each in postings:
        if each.month == month:
            found.setdefault((each.account, each.holder), []).append(each)
    return tuple(
        Statement(account, holder, month, tuple(sorted(found[account, holder], key=_place)))
        for account, holder in sorted(found)
    )


def _refuse_no_month(month: str) -> None:
    if not is_month(month):
        message = f"{month!r} is no calendar month such as '2026-03'"
        raise InvalidPosting("a statement", [Problem("month", message)])


@attrs.frozen
class HandedIn:
    """A violation slip as the office reads it out at the weekly meeting.

    Attributes:
        slip: the id of the slip.
        person: the id of whoever it is about.
        department: the id of that person's department, if the slip names it.
        conduct: what was done, in words.
        charges: what it charges.
        handed_in_at: when the office got it, an aware datetime.
        late: it came after the end of its week; None where the calendar does not know.
    """

    slip: str
    person: str
    department: str
    conduct: str
    charges: tuple[Charge, ...]
    handed_in_at: datetime
    late: bool | None = None

    @property
    def points(self) -> Decimal:
        """The points of the slip, exactly."""
        return charged(self.charges)[0]

    @property
    def warnings(self) -> int:
        """The written warnings of the slip."""
        return charged(self.charges)[1]


def weekly_list(slips: Iterable[HandedIn], *, meeting: datetime) -> tuple[HandedIn, ...]:
    """The slips to be read out: all that were handed in before the meeting (A13).

    Args:
        slips: the slips that the office holds and has not yet announced, in any order.
        meeting: when the meeting begins, an aware datetime.

    Returns:
        The slips by department, then by person, then in the order in which they came.

    Raises:
        NaiveDatetime: the meeting has no UTC offset.
        InvalidPosting: it is no datetime.

    Source: patrol_regulation 4.2.
    """
    if not isinstance(cast("object", meeting), datetime):
        message = f"{meeting!r} is no moment; give an aware datetime"
        raise InvalidPosting("a weekly list", [Problem("meeting", message)])
    if meeting.utcoffset() is None:
        raise NaiveDatetime("meeting", meeting)
    before = [each for each in slips if each.handed_in_at < meeting]
    return tuple(
        sorted(
            before, key=lambda each: (each.department, each.person, each.handed_in_at, each.slip)
        )
    )
