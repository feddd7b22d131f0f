"""问题整改: a problem found on patrol, until the customer-service department has passed it.

Clauses 4.3, 4.6 and 4.11 of the patrol regulation. The text names the ways out of ``found`` and
the check "until the requirement is met"; holding, sending back and cancelling are trade practice.
The acts that the trade calls 受理 and 退回 are the events ``accept`` and ``send_back`` (``return``
is a word of Python).
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from propflow.definition import (
    START,
    Case,
    Context,
    Deadline,
    Effect,
    Event,
    Notify,
    Settings,
    StartCase,
    State,
    Workflow,
)
from propflow.workflows.emergency_event import EmergencyEvent
from propflow.workflows.issue_data import (
    Cancellation,
    EmergencyDeclaration,
    FailedCheck,
    Found,
    Hold,
    IssueData,
    IssueSettings,
    Rectification,
    Referral,
    Stabilisation,
)
from propflow.workflows.issue_guards import (
    CLAUSE_4_3,
    CLAUSE_4_6,
    CLAUSE_4_11,
    PRACTICE,
    after_photos_for,
    department_named,
    duplicate_named,
    not_the_fixer,
    plan_registered,
    record_complete,
    recorded,
    report_attached,
    rest_is_referred,
    within_the_longest_hold,
)
from propflow.workflows.reasons import Reason, reached, reason_given
from propflow.workflows.roles import (
    CUSTOMER_SERVICE,
    DEPARTMENT,
    cs_supervisor,
    inspector,
    plan_leader,
)


def _rectify(case: Case[IssueData], payload: Rectification, context: Context) -> IssueData:
    return attrs.evolve(
        case.data,
        rectification=payload.rectification,
        after_photos=payload.after_photos,
        fixer=context.actor.id,
    )


def _declare_emergency(
    case: Case[IssueData], payload: EmergencyDeclaration, _context: Context
) -> IssueData:
    return attrs.evolve(case.data, emergency_kind=payload.kind, emergency_report="")


def _open_emergency_event(
    case: Case[IssueData], payload: EmergencyDeclaration, context: Context
) -> Iterator[Effect]:
    report = EmergencyEvent.report(
        kind=payload.kind,
        place=case.data.place,
        description=payload.description or case.data.description,
        plan=context.settings(IssueSettings).emergency_plans[payload.kind],
        issue_id=case.id,
        severity=payload.severity,
    )
    yield StartCase(report)


def _stabilise(case: Case[IssueData], payload: Stabilisation, context: Context) -> IssueData:
    data = attrs.evolve(case.data, emergency_report=payload.report)
    department = payload.refer_to.strip()
    if department:
        return attrs.evolve(data, department=department)
    return attrs.evolve(data, fixer=context.actor.id, after_photos=())


def _accept(case: Case[IssueData], _payload: None, context: Context) -> IssueData:
    return attrs.evolve(case.data, handler=context.actor.id)


def _send_back(case: Case[IssueData], _payload: Reason, context: Context) -> IssueData:
    bounces = case.data.bounces + 1
    limit = context.settings(IssueSettings).max_bounces
    escalated = case.data.escalated or reached(bounces, limit)
    return attrs.evolve(case.data, bounces=bounces, escalated=escalated)


def _escalate_bounces(case: Case[IssueData], payload: Reason, context: Context) -> Iterator[Effect]:
    if reached(case.data.bounces, context.settings(IssueSettings).max_bounces):
        yield Notify(
            "issue_bounced",
            to=cs_supervisor.name,
            data={"case_id": case.id, "bounces": case.data.bounces, "reason": payload.reason},
        )


def _verify_pass(case: Case[IssueData], _payload: None, context: Context) -> IssueData:
    return attrs.evolve(case.data, verifier=context.actor.id)


def _verify_fail(case: Case[IssueData], payload: FailedCheck, context: Context) -> IssueData:
    rounds = case.data.rounds + 1
    limit = context.settings(IssueSettings).max_rounds
    return attrs.evolve(
        case.data,
        rounds=rounds,
        escalated=case.data.escalated or reached(rounds, limit),
        department=payload.department.strip() or case.data.department,
    )


def _escalate_rounds(
    case: Case[IssueData], payload: FailedCheck, context: Context
) -> Iterator[Effect]:
    if reached(case.data.rounds, context.settings(IssueSettings).max_rounds):
        yield Notify(
            "issue_failed_checks",
            to=cs_supervisor.name,
            data={"case_id": case.id, "rounds": case.data.rounds, "reason": payload.reason},
        )


def _cancel(case: Case[IssueData], payload: Cancellation, _context: Context) -> IssueData:
    return attrs.evolve(
        case.data, cancel_reason=payload.reason, duplicate_of=payload.duplicate_of.strip()
    )


class Issue(Workflow[IssueData]):
    """问题整改: found on patrol, fixed on site or by a department, passed by customer service.

    What comes up again after the end is a new issue that names the old one (``recurrence_of``).
    The text says "in time" (4.3) and "until the requirement is met" (4.11), and no number: the
    limits are `Unspecified` until the host sets them. Each round of rectification has its own.
    """

    version = 1
    zh = "问题整改"
    en = "Issue"
    indexed = ("place", "department", "category")
    with_settings = Settings(IssueSettings)

    found = State(zh="已发现", en="Found", source=CLAUSE_4_6)
    fixed_on_site = State(zh="已现场整改", en="Fixed on site", source=CLAUSE_4_6)
    referred = State(zh="已报相关部门", en="Referred", source=CLAUSE_4_6)
    in_progress = State(zh="整改中", en="In progress", source=CLAUSE_4_3)
    on_hold = State(zh="已挂起", en="On hold", source=PRACTICE)
    rectified = State(zh="已整改", en="Rectified", source=CLAUSE_4_11)
    emergency = State(zh="应急处理中", en="Emergency", source=CLAUSE_4_6)
    verified = State(zh="已验证", en="Verified", final=True, source=CLAUSE_4_11)
    cancelled = State(zh="已取消", en="Cancelled", final=True, source=PRACTICE)

    record = Event(
        Found,
        START >> found,
        zh="记录",
        en="Record",
        by=inspector,
        guards=[record_complete],
        update=recorded,
        source=CLAUSE_4_6,
    )
    fix_on_site = Event(
        Rectification,
        found >> fixed_on_site,
        zh="现场整改",
        en="Fix on site",
        by=(inspector, *DEPARTMENT),
        guards=[after_photos_for("fix_on_site")],
        update=_rectify,
        source=CLAUSE_4_6,
    )
    refer = Event(
        Referral,
        found >> referred,
        zh="报相关部门",
        en="Refer",
        by=inspector,
        guards=[department_named],
        source=CLAUSE_4_6,
    )
    declare_emergency = Event(
        EmergencyDeclaration,
        found >> emergency,
        zh="转应急处理",
        en="Declare an emergency",
        by=inspector,
        guards=[plan_registered],
        update=_declare_emergency,
        effects=_open_emergency_event,
        source=CLAUSE_4_6,
    )
    stabilise = Event(
        Stabilisation,
        (emergency >> referred).when(rest_is_referred),
        emergency >> fixed_on_site,
        zh="解除紧急情况",
        en="Stabilise",
        by=plan_leader,
        guards=[report_attached],
        update=_stabilise,
        source=CLAUSE_4_6,
    )
    accept = Event(
        referred >> in_progress,
        zh="受理",
        en="Accept",
        by=DEPARTMENT,
        update=_accept,
        source=CLAUSE_4_3,
    )
    send_back = Event(
        Reason,
        referred >> found,
        zh="退回",
        en="Send back",
        by=DEPARTMENT,
        guards=[reason_given],
        update=_send_back,
        effects=_escalate_bounces,
        source=PRACTICE,
    )
    hold = Event(
        Hold,
        in_progress >> on_hold,
        zh="挂起",
        en="Put on hold",
        by=DEPARTMENT,
        guards=[reason_given, within_the_longest_hold],
        history_only=("reason",),
        source=PRACTICE,
    )
    resume = Event(
        on_hold >> in_progress,
        zh="恢复整改",
        en="Resume",
        by=DEPARTMENT,
        source=PRACTICE,
    )
    rectify = Event(
        Rectification,
        in_progress >> rectified,
        zh="完成整改",
        en="Rectify",
        by=DEPARTMENT,
        guards=[after_photos_for("rectify")],
        update=_rectify,
        source=CLAUSE_4_11,
    )
    verify_pass = Event(
        [fixed_on_site, rectified] >> verified,
        zh="验证通过",
        en="Pass the check",
        by=CUSTOMER_SERVICE,
        guards=[not_the_fixer],
        update=_verify_pass,
        source=CLAUSE_4_11,
    )
    verify_fail = Event(
        FailedCheck,
        rectified >> in_progress,
        fixed_on_site >> referred,
        zh="验证不通过",
        en="Fail the check",
        by=CUSTOMER_SERVICE,
        guards=[not_the_fixer, reason_given],
        update=_verify_fail,
        effects=_escalate_rounds,
        source=CLAUSE_4_11,
    )
    cancel = Event(
        Cancellation,
        [found, referred] >> cancelled,
        zh="取消",
        en="Cancel",
        by=cs_supervisor,
        guards=[duplicate_named],
        update=_cancel,
        source=PRACTICE,
    )

    handling = Deadline(
        found, limit="handling_limit", zh="处理时限", en="Handling", source=CLAUSE_4_3
    )
    rectification = Deadline(
        [referred, in_progress],
        limit="rectification_limit",
        pauses=on_hold,
        zh="整改时限",
        en="Rectification",
        source=CLAUSE_4_11,
    )
    verification = Deadline(
        [fixed_on_site, rectified],
        limit="verification_limit",
        zh="验证时限",
        en="Verification",
        source=CLAUSE_4_11,
    )
