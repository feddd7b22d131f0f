"""The ledger of points: entries that are added and never changed, and months that stay closed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from propflow.errors import InvalidPosting, MonthClosed, NaiveDatetime, Problem
from propflow.scoring.deduction import Account
from propflow.scoring.points import Number, exact

_MONTH: Final = re.compile(r"[1-9][0-9]{3}-(0[1-9]|1[0-2])", re.ASCII)


def month_of(moment: datetime, zone: str = "Asia/Shanghai") -> str:
    """The calendar month of a moment by the clocks of a zone, such as ``2026-03``.

    Args:
        moment: an aware datetime.
        zone: the zone in which months begin; the default is an assumption (A53).

    Raises:
        NaiveDatetime: the moment has no UTC offset.
    """
    if moment.utcoffset() is None:
        raise NaiveDatetime("moment", moment)
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m}"


def is_month(value: object) -> bool:
    """Whether it is the text of a month such as ``2026-03``; such texts sort by time."""
    return isinstance(value, str) and _MONTH.fullmatch(value) is not None


def _signed(value: Number) -> Decimal:
    """The number as an exact Decimal, below zero too: a reversal gives points back."""
    if isinstance(value, str) and value.startswith("-"):
        return exact(value[1:], "points").copy_negate()
    if isinstance(value, Decimal) and value.is_signed():
        return exact(value.copy_negate(), "points").copy_negate()
    if isinstance(value, int) and value < 0:
        return exact(-value, "points").copy_negate()
    return exact(value, "points")


@attrs.frozen(kw_only=True)
class Posting:
    """One entry of the ledger.

    Attributes:
        account: whether a department or a person is charged.
        holder: the id of the department or person.
        month: the calendar month that it counts in, such as ``2026-03``.
        points: what is lost, exactly; below zero in a reversal.
        warnings: written warnings; below zero in a reversal.
        rule: the id of the rule; blank for conduct that no rule of a book names.
        reason: what was found or done, in words; in a reversal, why it is taken back.
        source: the id of the slip or sheet that it comes from.
        document: what that is, such as ``violation_slip``.
        noted_at: when it was found, an aware datetime, if that is known.
        reverses: the id of the entry that it takes back; blank if it takes back none.

    Raises:
        InexactNumber: the points are a float, NaN or an infinity.
        InvalidPoints: the points are no number.
        InvalidPosting: the month is none, the holder or the source is blank, or the signs are not
            those of a charge or of a reversal; names every fault.
    """

    account: Account
    holder: str
    month: str
    points: Decimal = attrs.field(converter=_signed)
    source: str
    warnings: int = 0
    rule: str = ""
    reason: str = ""
    document: str = ""
    noted_at: datetime | None = None
    reverses: str = ""

    def __attrs_post_init__(self) -> None:
        problems = list(self._faults())
        if problems:
            raise InvalidPosting("an entry of the ledger", problems)

    def _faults(self) -> Iterator[Problem]:
        for name in ("holder", "source"):
            if not getattr(self, name).strip():
                yield Problem(name, "is blank; an entry names whom it charges and where it is from")
        if not is_month(self.month):
            yield Problem("month", f"{self.month!r} is no calendar month such as '2026-03'")
        for name in ("points", "warnings"):
            value = getattr(self, name)
            if self.reverses and value > 0:
                yield Problem(name, f"{value} is above zero; a reversal gives back")
            elif not self.reverses and value < 0:
                yield Problem(name, f"{value} is below zero; name the entry taken back in reverses")

    def reversal(self, entry_id: str, *, month: str, reason: str) -> Posting:
        """The entry that takes this one back.

        Args:
            entry_id: the id of this entry.
            month: the month in which it is taken back; the one of this entry may be closed.
            reason: why.
        """
        return attrs.evolve(
            self,
            month=month,
            points=self.points.copy_negate(),
            warnings=-self.warnings,
            reason=reason,
            reverses=entry_id,
        )


_TAKEN_BACK: Final = ("account", "holder", "source", "document", "rule", "noted_at")
"""What an entry and its reversal have in common."""


def reversal_faults(
    reversal: Posting, taken_back: Posting | None, *, again: bool
) -> Iterator[Problem]:
    """What keeps an entry from taking another back.

    Args:
        reversal: the entry that is to be added.
        taken_back: the entry that it names; None if the ledger has none of this id.
        again: another reversal names the same entry.
    """
    if taken_back is None:
        yield Problem("reverses", f"the ledger has no entry {reversal.reverses!r}")
        return
    if taken_back.reverses:
        yield Problem(
            "reverses", f"{reversal.reverses!r} is a reversal itself; charge anew instead"
        )
    if again:
        yield Problem("reverses", f"{reversal.reverses!r} is taken back already")
    for name in _TAKEN_BACK:
        if getattr(reversal, name) != getattr(taken_back, name):
            yield Problem(name, f"is not that of the entry {reversal.reverses!r}")
    for name in ("points", "warnings"):
        if getattr(reversal, name) != -getattr(taken_back, name):
            yield Problem(name, f"is not what {reversal.reverses!r} charged, taken back in full")


def _frozen(postings: Mapping[str, Posting]) -> Mapping[str, Posting]:
    return MappingProxyType(dict(postings))


@attrs.frozen
class Ledger:
    """All entries by their ids in the order in which they came, and the months that are closed.

    It is a value: `post` and `close` give a new one. Entries are never changed and never taken
    out; what was wrong is taken back by another entry.
    """

    postings: Mapping[str, Posting] = attrs.field(factory=dict[str, Posting], converter=_frozen)
    closed: frozenset[str] = frozenset()

    def post(self, postings: Mapping[str, Posting]) -> Ledger:
        """Add entries, all of them or none; one that is there already with equal content stays.

        Args:
            postings: the entries by their ids.

        Raises:
            MonthClosed: a month is closed; names every such month.
            InvalidPosting: an id is taken by another entry, or a reversal does not take back what
                it names, exactly and once; names every fault.
        """
        added = {
            entry_id: posting
            for entry_id, posting in postings.items()
            if self.postings.get(entry_id) != posting
        }
        closed = sorted({posting.month for posting in added.values()} & self.closed)
        if closed:
            raise MonthClosed(closed)
        known = dict(self.postings)
        taken_back = {posting.reverses for posting in known.values()}
        problems: list[Problem] = []
        for entry_id, posting in added.items():
            if entry_id in known:
                problems.append(Problem(entry_id, "is an entry already, and entries never change"))
                continue
            if posting.reverses:
                again = posting.reverses in taken_back
                faults = reversal_faults(posting, known.get(posting.reverses), again=again)
                problems += [Problem(entry_id, str(fault)) for fault in faults]
            known[entry_id] = posting
            taken_back.add(posting.reverses)
        if problems:
            raise InvalidPosting("the entries to post", problems)
        return attrs.evolve(self, postings=known)

    def close(self, month: str) -> Ledger:
        """Close a month: nothing is posted to it any more, and it is never opened again.

        Raises:
            InvalidPosting: it is no calendar month.
        """
        if not is_month(month):
            message = f"{month!r} is no calendar month such as '2026-03'"
            raise InvalidPosting("the month to close", [Problem("month", message)])
        return attrs.evolve(self, closed=self.closed | {month})
