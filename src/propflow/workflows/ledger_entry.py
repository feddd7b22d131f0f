"""扣分台账: the ledger of points, each entry a case that ends as it is opened; and closed months.

An entry is opened by the step of the slip or sheet that it comes from, in the same commit. It is
never changed: what was wrong is taken back by another entry, in full and once. A month that was
closed stays closed; what comes later is posted to a later one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from propflow.definition import (
    START,
    SYSTEM,
    Case,
    Context,
    Event,
    Refusal,
    Settings,
    StartCase,
    State,
    Workflow,
    cases,
    guard,
)
from propflow.errors import NotFound, WrongWorkflow
from propflow.scoring import Account, Charge, Posting, is_month, month_of
from propflow.scoring.ledger import reversal_faults
from propflow.workflows.roles import office

_STATISTICS = "物业客服部巡检管理规程 4.2"
_PRACTICE = "物业客服部巡检管理规程 4.2 (not in the text; trade practice)"


@attrs.frozen
class LedgerSettings:
    """What a host may set about the ledger.

    Attributes:
        zone: In which zone months begin; the default is an assumption (A53). Give slips, sheets
            and months the same.
    """

    zone: str = "Asia/Shanghai"


@attrs.frozen
class MonthData:
    """What is kept about a closed month.

    Attributes:
        month: The calendar month, such as ``2026-03``.
        closed_by: Id of whoever closed it.
    """

    month: str
    closed_by: str = ""


@attrs.frozen
class Closing:
    """Which month is closed.

    Attributes:
        month: The calendar month, such as ``2026-03``.
    """

    month: str


@guard(
    zh="只能结已过完的自然月,如2026-03",
    en="only a calendar month that is over can be closed, such as 2026-03",
    source=_STATISTICS,
)
def month_is_over(_case: Case[MonthData], payload: Closing, context: Context) -> bool:
    """Whether the month has ended by the clocks of `LedgerSettings.zone`."""
    now = month_of(context.now, context.settings(LedgerSettings).zone)
    return is_month(payload.month) and payload.month < now


@guard(zh="该月须尚未结账", en="the month must not be closed yet", source=_STATISTICS)
def not_closed_yet(_case: Case[MonthData], payload: Closing, context: Context) -> bool:
    """Whether nobody has closed it before."""
    return not _closed(payload.month, context)


def _closed(month: str, context: Context) -> bool:
    return bool(context.fact(cases).find(LedgerMonth, where={"month": month}, limit=1))


def _close(case: Case[MonthData], _payload: Closing, context: Context) -> MonthData:
    return attrs.evolve(case.data, closed_by=context.actor.id)


class LedgerMonth(Workflow[MonthData]):
    """月结: a month of the ledger that is closed, once and for all."""

    version = 1
    zh = "台账月结"
    en = "Ledger month"
    indexed = ("month",)
    needs = (cases,)
    with_settings = Settings(LedgerSettings)

    closed = State(zh="已结账", en="Closed", final=True, source=_STATISTICS)

    close = Event(
        Closing,
        START >> closed,
        zh="结账",
        en="Close",
        by=office,
        guards=[month_is_over, not_closed_yet],
        update=_close,
        source=_STATISTICS,
    )


@guard(
    zh="不得记入已结账的月份",
    en="nothing is posted to a month that is closed",
    code="month_closed",
    source=_STATISTICS,
)
def month_open(_case: Case[Posting], payload: Posting, context: Context) -> bool:
    """Whether nobody has closed the month; steps that close it and steps that ask take turns."""
    return not _closed(payload.month, context)


@guard(
    zh="不得记入未到的月份",
    en="nothing is posted to a month that has not begun",
    source=_STATISTICS,
)
def month_has_begun(_case: Case[Posting], payload: Posting, context: Context) -> bool:
    """Whether the month has begun by the clocks of `LedgerSettings.zone`."""
    return payload.month <= month_of(context.now, context.settings(LedgerSettings).zone)


@guard(zh="记账不得冲销他账", en="what takes an entry back is a reversal", source=_STATISTICS)
def takes_nothing_back(_case: Case[Posting], payload: Posting, _context: Context) -> bool:
    """Whether the entry charges."""
    return not payload.reverses


@guard(
    zh="冲销须与原账一致,且只能冲销一次",
    en="a reversal takes back one entry, in full and once",
    code="reversal_fits",
    source=_PRACTICE,
)
def reversal_fits(_case: Case[Posting], payload: Posting, context: Context) -> bool | Refusal:
    """Whether the entry takes back what it names, exactly, and nothing else has done so."""
    known = context.fact(cases)
    before = known.find(LedgerEntry, where={"reverses": payload.reverses}, limit=1)
    try:
        taken_back = known.get(payload.reverses, LedgerEntry).data
    except (NotFound, WrongWorkflow):
        taken_back = None
    faults = list(reversal_faults(payload, taken_back, again=bool(before)))
    if not faults:
        return True
    why = "; ".join(map(str, faults))
    return Refusal("reversal_fits", f"冲销须与原账一致,且只能冲销一次:{why}", f"no reversal: {why}")


@guard(zh="须指明所冲销的账目", en="the entry taken back must be named", source=_PRACTICE)
def names_an_entry(_case: Case[Posting], payload: Posting, _context: Context) -> bool:
    """Whether the entry takes another back."""
    return bool(payload.reverses)


class LedgerEntry(Workflow[Posting]):
    """记账: one entry of the ledger of points; it ends as it is opened.

    Its data are a `propflow.scoring.Posting`, of which `propflow.scoring.statement` is made.
    """

    version = 1
    zh = "扣分台账"
    en = "Ledger entry"
    indexed = ("holder", "month", "source", "reverses")
    needs = (cases,)
    with_settings = Settings(LedgerSettings)

    posted = State(zh="已记账", en="Posted", final=True, source=_STATISTICS)

    post = Event(
        Posting,
        START >> posted,
        zh="记账",
        en="Post",
        by=SYSTEM,
        guards=[takes_nothing_back, month_has_begun, month_open],
        source=_STATISTICS,
    )
    reverse = Event(
        Posting,
        START >> posted,
        zh="冲销",
        en="Reverse",
        by=SYSTEM,
        guards=[names_an_entry, month_has_begun, month_open, reversal_fits],
        source=_PRACTICE,
    )


@attrs.frozen(kw_only=True)
class Document:
    """A slip or sheet as the ledger sees it: whom it charges, with what, in which month.

    Attributes:
        id: Id of its case.
        name: Name of its workflow.
        account: Whether it charges a department or a person.
        holder: Id of the department or person.
        charges: What it charges.
        month: The month that they are posted to.
        noted_at: When it was found, an aware datetime, if that is known.
    """

    id: str
    name: str
    account: Account
    holder: str
    charges: tuple[Charge, ...]
    month: str
    noted_at: datetime | None = None

    def entry_ids(self) -> Iterator[str]:
        """Yield the ids of its entries, one for each charge; two steps cannot open one id."""
        for number, _ in enumerate(self.charges, 1):
            yield f"{self.id}:{number}"

    def postings(self) -> Iterator[Posting]:
        """Yield its entries, one for each charge."""
        for charge in self.charges:
            yield Posting(
                account=self.account,
                holder=self.holder,
                month=self.month,
                points=charge.points,
                warnings=charge.warnings,
                rule=charge.rule,
                reason=charge.reason,
                source=self.id,
                document=self.name,
                noted_at=self.noted_at,
            )


def post_all(document: Document) -> Iterator[StartCase]:
    """Yield what posts a document to the ledger, in the commit of the step that declares it."""
    for entry_id, posting in zip(document.entry_ids(), document.postings(), strict=True):
        action = LedgerEntry.post(**attrs.asdict(posting, recurse=False))
        yield StartCase(action, by=SYSTEM, id=entry_id)


def reverse_all(document: Document, *, month: str, reason: str) -> Iterator[StartCase]:
    """Yield what takes a document back from the ledger.

    Args:
        document: The document as it was posted.
        month: The month in which it is taken back.
        reason: Why.
    """
    for entry_id, posting in zip(document.entry_ids(), document.postings(), strict=True):
        reversal = posting.reversal(entry_id, month=month, reason=reason)
        action = LedgerEntry.reverse(**attrs.asdict(reversal, recurse=False))
        yield StartCase(action, by=SYSTEM, id=f"{entry_id}:reversed")
