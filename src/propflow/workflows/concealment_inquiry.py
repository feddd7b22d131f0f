"""检举核查: a report that an inspector conceals problems of the own department, or falsifies.

Clause 4.4 of the patrol regulation, and the protection of whoever reports it (A16). Who that is
never comes into propflow, and so into no history, outbox, diagram or export:

* the host keeps the name in a vault of its own, under a random UUID;
* a case holds that UUID and nothing else, and no field takes a text that might be a person's id;
* an officer opens the case, so that the reporter acts in no history;
* looking the name up is a step, `disclose`, open to officers alone, with a reason that stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import attrs

from propflow.definition import (
    SAME,
    START,
    Case,
    Context,
    Effect,
    Event,
    Settings,
    State,
    Workflow,
    guard,
)
from propflow.scoring import Charge, Number
from propflow.scoring.points import exact
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.roles import project_general_manager, report_officer
from propflow.workflows.violation_slip import slip_against

_CLAUSE = "物业客服部巡检管理规程 4.4"
_PRACTICE = "物业客服部巡检管理规程 4.4 (not in the text; trade practice)"


@attrs.frozen
class ConcealmentInquiryData:
    """What is kept about a report of concealment; who reported it is not.

    Attributes:
        inspector: Id of the inspector who is said to conceal or falsify.
        inspector_department: Id of the department to which that person belongs.
        concealed_department: Id of the department whose problems are concealed.
        description: What is said to be concealed. Write nothing that gives the reporter away.
        evidence: Ids of photos and documents.
        reporter: Under which random UUID the host's vault holds who reported it; `None` for an
            anonymous report.
        investigator: Id of whoever looks into it.
        decided_by: Id of whoever decided.
        decided_at: When, an aware datetime in UTC.
        disclosures: How many times the name was looked up; who, when and why is in the history.
    """

    inspector: str
    inspector_department: str
    concealed_department: str
    description: str
    evidence: tuple[str, ...] = ()
    reporter: UUID | None = None
    investigator: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    disclosures: int = 0


@attrs.frozen
class Report:
    """A report as an officer takes it down.

    Attributes:
        inspector: Id of the inspector who is said to conceal or falsify.
        inspector_department: Id of the department to which that person belongs.
        concealed_department: Id of the department whose problems are concealed.
        description: What is said to be concealed. Write nothing that gives the reporter away.
        evidence: Ids of photos and documents.
        reporter: Under which random UUID the host's vault holds who reported it.
    """

    inspector: str
    inspector_department: str
    concealed_department: str
    description: str
    evidence: tuple[str, ...] = ()
    reporter: UUID | None = None


def _points(value: Number) -> Decimal:
    return exact(value, "points")


@attrs.frozen
class ConcealmentInquirySettings:
    """What a host may set about reports of concealment.

    Attributes:
        points: What a confirmed report costs the inspector; 5 in the text.
        warnings: The written warnings that come with it; one in the text.
    """

    points: Decimal = attrs.field(default=Decimal(5), converter=_points)
    warnings: int = attrs.field(default=1, validator=attrs.validators.ge(0))


@guard(
    zh="须写明被检举的巡检人员和隐瞒的事实",
    en="the inspector and what is concealed must be named",
    source=_CLAUSE,
)
def report_complete(
    _case: Case[ConcealmentInquiryData], payload: Report, _context: Context
) -> bool:
    """Whether the person, both departments and the facts are more than blanks."""
    named = (
        payload.inspector,
        payload.inspector_department,
        payload.concealed_department,
        payload.description,
    )
    return all(text.strip() for text in named)


@guard(
    zh="被检举人不得办理",
    en="whoever is reported may not handle the report",
    source=_PRACTICE,
)
def not_the_reported(case: Case[ConcealmentInquiryData], context: Context) -> bool:
    """Whether somebody else acts; the person must not learn who reported it, of all people."""
    return context.actor.id != case.data.inspector


@guard(
    zh="隐瞒的须是本部门的问题,4.4 不及其他部门",
    en="it must be the own department; clause 4.4 covers no other",
    source=_CLAUSE,
)
def own_department(case: Case[ConcealmentInquiryData], _context: Context) -> bool:
    """Whether problems of the inspector's own department were concealed (A16)."""
    return case.data.inspector_department == case.data.concealed_department


@guard(zh="须为实名检举", en="the reporter must not be anonymous", source=_PRACTICE)
def not_anonymous(case: Case[ConcealmentInquiryData], _context: Context) -> bool:
    """Whether the host's vault holds a name."""
    return case.data.reporter is not None


def _investigate(
    case: Case[ConcealmentInquiryData], _payload: None, context: Context
) -> ConcealmentInquiryData:
    return attrs.evolve(case.data, investigator=context.actor.id)


def _decide(
    case: Case[ConcealmentInquiryData], _payload: Reason, context: Context
) -> ConcealmentInquiryData:
    return attrs.evolve(case.data, decided_by=context.actor.id, decided_at=context.occurred_at)


def _disclose(
    case: Case[ConcealmentInquiryData], _payload: Reason, _context: Context
) -> ConcealmentInquiryData:
    return attrs.evolve(case.data, disclosures=case.data.disclosures + 1)


def _open_slip(
    case: Case[ConcealmentInquiryData], _payload: Reason, context: Context
) -> Iterator[Effect]:
    settings = context.settings(ConcealmentInquirySettings)
    conduct = "隐情不报、弄虚作假"
    charge = Charge("concealment_deduction", settings.points, conduct, settings.warnings)
    department = case.data.inspector_department
    yield slip_against(
        case.data.inspector, conduct, (charge,), about=case.id, department=department
    )


class ConcealmentInquiry(Workflow[ConcealmentInquiryData]):
    """检举核查: reported to an officer, looked into, confirmed or found to have no ground.

    A confirmed report drafts one violation slip of 5 points and one written warning, however much
    was concealed.
    The text names no limit for it, so there is no deadline.
    """

    version = 1
    zh = "检举核查"
    en = "Concealment inquiry"
    indexed = ("inspector",)
    with_settings = Settings(ConcealmentInquirySettings)

    reported = State(zh="已检举", en="Reported", source=_CLAUSE)
    investigating = State(zh="核查中", en="Investigating", source=_PRACTICE)
    confirmed = State(zh="已查实", en="Confirmed", final=True, source=_CLAUSE)
    unfounded = State(zh="查无实据", en="Unfounded", final=True, source=_PRACTICE)

    report = Event(
        Report,
        START >> reported,
        zh="检举",
        en="Report",
        by=report_officer,
        guards=[report_complete, not_the_reported],
        source=_CLAUSE,
    )
    investigate = Event(
        reported >> investigating,
        zh="开始核查",
        en="Investigate",
        by=report_officer,
        guards=[not_the_reported],
        update=_investigate,
        source=_PRACTICE,
    )
    confirm = Event(
        Reason,
        investigating >> confirmed,
        zh="查实",
        en="Confirm",
        by=(report_officer, project_general_manager),
        guards=[not_the_reported, reason_given, own_department],
        update=_decide,
        effects=_open_slip,
        source=_CLAUSE,
    )
    dismiss = Event(
        Reason,
        [reported, investigating] >> unfounded,
        zh="不予认定",
        en="Dismiss",
        by=(report_officer, project_general_manager),
        guards=[not_the_reported, reason_given],
        update=_decide,
        source=_PRACTICE,
    )
    disclose = Event(
        Reason,
        [reported, investigating, confirmed, unfounded] >> SAME,
        zh="查阅检举人身份",
        en="Disclose the reporter",
        by=report_officer,
        guards=[not_the_reported, reason_given, not_anonymous],
        update=_disclose,
        source=_PRACTICE,
    )
