"""What a violation slip keeps, what its events carry, and what a host may set about it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs

from propflow.calendar import WorkingDays, weekdays
from propflow.definition import Case
from propflow.errors import OutsideCoverage
from propflow.scoring import Account, Charge, HandedIn
from propflow.workflows.ledger_entry import Document

_MONDAY_TO_FRIDAY = weekdays({1, 2, 3, 4, 5})


@attrs.frozen
class ViolationSlipData:
    """What is kept about a violation slip.

    Attributes:
        person: Id of whoever it is about.
        conduct: What was done, in words.
        charges: What it charges; reduced where an appeal says so.
        department: Id of that person's department.
        noted_at: When it was seen, an aware datetime.
        evidence: Ids of photos and documents.
        about: Id of the case that it follows from, such as an issue.
        issuer: Id of whoever issued it, or wrote it while it is a draft.
        issued_at: When, an aware datetime in UTC.
        handed_in_at: When the office got it, an aware datetime in UTC.
        late: It came after the end of its week; `None` where the calendar does not know.
        announced_at: When it was announced, an aware datetime in UTC.
        meeting: The day of the meeting at which it was.
        appeals: How many times the person has appealed.
        appealed_for: What the appeal says.
        heard_by: Id of whoever heard it.
        month: The month of the ledger into which it was settled.
        revoked_by: Id of whoever revoked it.
    """

    person: str
    conduct: str
    charges: tuple[Charge, ...]
    department: str = ""
    noted_at: datetime | None = None
    evidence: tuple[str, ...] = ()
    about: str = ""
    issuer: str = ""
    issued_at: datetime | None = None
    handed_in_at: datetime | None = None
    late: bool | None = None
    announced_at: datetime | None = None
    meeting: date | None = None
    appeals: int = 0
    appealed_for: str = ""
    heard_by: str = ""
    month: str = ""
    revoked_by: str = ""


@attrs.frozen
class Slip:
    """A violation slip as it is written; when it was seen is the step's ``occurred_at``.

    Attributes:
        person: Id of whoever it is about.
        conduct: What was done, in words.
        charges: What it charges, each under a rule of a book or with a reason in words.
        department: Id of that person's department.
        evidence: Ids of photos and documents.
        about: Id of the case that it follows from.
    """

    person: str
    conduct: str
    charges: tuple[Charge, ...]
    department: str = ""
    evidence: tuple[str, ...] = ()
    about: str = ""


@attrs.frozen
class Announcement:
    """The weekly meeting at which slips are announced.

    Attributes:
        meeting: Its day.
    """

    meeting: date


@attrs.frozen
class Appeal:
    """The person's appeal.

    Attributes:
        appealed_for: What speaks against the slip.
    """

    appealed_for: str


@attrs.frozen
class Reduction:
    """What is charged instead, after an appeal or a dispute.

    Attributes:
        reason: Why.
        charges: What remains, fewer points than before.
    """

    reason: str
    charges: tuple[Charge, ...]


@attrs.frozen
class Settlement:
    """Into which month a slip is settled.

    Attributes:
        month: The month, such as ``2026-03``; blank for the one in which this is done.
    """

    month: str = ""


@attrs.frozen
class ViolationSlipSettings:
    """What a host may set about violation slips: ``ViolationSlip.with_settings(approval=True)``.

    Attributes:
        approval: A slip is issued by the project's general manager or the office. The text lets
            inspectors issue it directly (A11).
        four_eyes: Nobody issues a slip against themself.
        working_days: What counts as a working day for the end of the week (A12). Monday to Friday
            is an assumption; with `propflow.calendar.official_china()` make-up days count.
        hand_in_by: Until when slips are handed in on the last working day of the week; 18:00 is
            an assumption (A12). Whoever is later has it marked, and loses nothing.
        appeal_window: How long after the announcement the person may appeal; `None` for no
            appeals, as in the text (A50).
        zone: In which zone weeks, days and months begin; the default is an assumption (A53).
    """

    approval: bool = False
    four_eyes: bool = True
    working_days: WorkingDays = _MONDAY_TO_FRIDAY
    hand_in_by: time = time(18)
    appeal_window: timedelta | None = None
    zone: str = "Asia/Shanghai"


def hand_in_due(issued_at: datetime, settings: ViolationSlipSettings) -> datetime | None:
    """Return until when a slip is to be handed in: the end of the week in which it was issued.

    It is `None` where the whole week is off, or the calendar has no data for it. Whoever issues a
    slip after that moment, at the weekend, is due at once.

    Args:
        issued_at: An aware datetime.
        settings: What the host has set.
    """
    day = issued_at.astimezone(ZoneInfo(settings.zone)).date()
    sunday = day + timedelta(days=7 - day.isoweekday())
    week = [sunday - timedelta(days=back) for back in range(7)]
    try:
        last = next((each for each in week if settings.working_days.is_workday(each)), None)
    except OutsideCoverage:
        return None
    if last is None:
        return None
    return datetime.combine(last, settings.hand_in_by, ZoneInfo(settings.zone))


def document_of(case: Case[ViolationSlipData]) -> Document:
    """Return a slip as the ledger sees it: a person's account, settled into a month."""
    data = case.data
    return Document(
        id=case.id,
        name=case.workflow,
        account=Account.PERSON,
        holder=data.person,
        charges=data.charges,
        month=data.month,
        noted_at=data.noted_at,
    )


def handed_in(case: Case[ViolationSlipData]) -> HandedIn:
    """Return a slip that the office holds for `propflow.scoring.weekly_list`.

    Raises:
        ValueError: The slip has not been handed in.
    """
    data = case.data
    if data.handed_in_at is None:
        raise ValueError(f"the slip {case.id!r} has not been handed in")
    return HandedIn(
        slip=case.id,
        person=data.person,
        department=data.department,
        conduct=data.conduct,
        charges=data.charges,
        handed_in_at=data.handed_in_at,
        late=data.late,
    )
