"""投诉: a complaint, from whoever hears it first to the visit after the answer.

The seed gives the titles of the manual's chapter 7 alone. What stands here is trade practice in
our own words: no number of it is a default, and no time limit is.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from propflow.definition import (
    ANY,
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Effect,
    Event,
    FireCase,
    Notify,
    Settings,
    State,
    Workflow,
)
from propflow.workflows.complaint_data import (
    Answer,
    Assignment,
    Complained,
    ComplaintData,
    ComplaintLevel,
    ComplaintSettings,
    Invalidity,
    Merge,
    MergedCase,
    Registration,
    Transfer,
)
from propflow.workflows.complaint_guards import (
    another_department,
    answer_given,
    complainant_or_desk,
    department_named,
    into_another,
    nothing_merged_into_it,
    visited_if_required,
)
from propflow.workflows.reasons import Reason, reached, reason_given
from propflow.workflows.roles import (
    CUSTOMER_SERVICE,
    DEPARTMENT,
    cs_supervisor,
    customer_service,
    department_head,
    project_general_manager,
    resident,
)
from propflow.workflows.visits import Visit, dissatisfied

_RECEPTION = "物业客户服务手册 7.1 (title only; trade practice)"
_HANDLING = "物业客户服务手册 7.2 (title only; trade practice)"
_VISIT = "物业客户服务手册 9.0 (title only; trade practice)"


def _receive(case: Case[ComplaintData], payload: Complained, context: Context) -> ComplaintData:
    complainant = payload.complainant.strip() or context.actor.id
    return attrs.evolve(case.data, complainant=complainant, received_by=context.actor.id)


def _alert(case: Case[ComplaintData], payload: Registration, _context: Context) -> Iterator[Effect]:
    if payload.level == ComplaintLevel.MAJOR:
        yield Notify("complaint_major", project_general_manager.name, {"case_id": case.id})
    if payload.repeat:
        yield Notify("complaint_repeated", cs_supervisor.name, {"case_id": case.id})


def _transfer(case: Case[ComplaintData], payload: Transfer, _context: Context) -> ComplaintData:
    return attrs.evolve(case.data, department=payload.department.strip(), handler="")


def _send_back(case: Case[ComplaintData], _payload: Reason, context: Context) -> ComplaintData:
    bounces = case.data.bounces + 1
    escalates = reached(bounces, context.settings(ComplaintSettings).max_bounces)
    return attrs.evolve(
        case.data,
        bounces=bounces,
        department="",
        escalation_level=case.data.escalation_level + escalates,
    )


def _escalate_bounces(
    case: Case[ComplaintData], payload: Reason, context: Context
) -> Iterator[Effect]:
    if reached(case.data.bounces, context.settings(ComplaintSettings).max_bounces):
        yield Notify(
            "complaint_bounced",
            cs_supervisor.name,
            {"case_id": case.id, "bounces": case.data.bounces, "reason": payload.reason},
        )


def _investigate(case: Case[ComplaintData], _payload: None, context: Context) -> ComplaintData:
    return attrs.evolve(case.data, handler=context.actor.id)


def _respond(case: Case[ComplaintData], payload: Answer, context: Context) -> ComplaintData:
    return attrs.evolve(
        case.data,
        answer=payload.answer,
        answered_by=context.actor.id,
        visits=0,
        visit_result=None,
    )


def _remind_of_merged(
    case: Case[ComplaintData], _payload: Answer, _context: Context
) -> Iterator[Effect]:
    if case.data.merged_ids:
        yield Notify(
            "complaint_merged_unanswered",
            customer_service.name,
            {"case_id": case.id, "merged_ids": list(case.data.merged_ids)},
        )


def _visit(case: Case[ComplaintData], payload: Visit, context: Context) -> ComplaintData:
    return attrs.evolve(
        case.data,
        visits=case.data.visits + 1,
        visit_result=payload.result,
        visitor=context.actor.id,
    )


def _dismiss(case: Case[ComplaintData], payload: Invalidity, context: Context) -> ComplaintData:
    return attrs.evolve(case.data, answer=payload.answer, answered_by=context.actor.id)


def _merge(case: Case[ComplaintData], payload: Merge, _context: Context) -> ComplaintData:
    return attrs.evolve(case.data, merged_into=payload.into)


def _tell_the_other(
    case: Case[ComplaintData], payload: Merge, _context: Context
) -> Iterator[Effect]:
    yield FireCase(payload.into, Complaint.take_in(case.id), by=SYSTEM)


def _take_in(case: Case[ComplaintData], payload: MergedCase, _context: Context) -> ComplaintData:
    return attrs.evolve(case.data, merged_ids=(*case.data.merged_ids, payload.case_id))


def _reopen(case: Case[ComplaintData], _payload: Reason, _context: Context) -> ComplaintData:
    return attrs.evolve(case.data, reopenings=case.data.reopenings + 1, visits=0, visit_result=None)


def _urge(case: Case[ComplaintData], _payload: None, _context: Context) -> ComplaintData:
    return attrs.evolve(case.data, urges=case.data.urges + 1)


def _pass_on_urge(case: Case[ComplaintData], _payload: None, _context: Context) -> Iterator[Effect]:
    to = case.data.handler or case.data.department or customer_service.name
    yield Notify("complaint_urged", to, {"case_id": case.id, "urges": case.data.urges})


def _escalate(case: Case[ComplaintData], _payload: Reason, _context: Context) -> ComplaintData:
    return attrs.evolve(case.data, escalation_level=case.data.escalation_level + 1)


def _tell_the_manager(
    case: Case[ComplaintData], payload: Reason, _context: Context
) -> Iterator[Effect]:
    yield Notify(
        "complaint_escalated",
        project_general_manager.name,
        {"case_id": case.id, "level": case.data.escalation_level, "reason": payload.reason},
    )


class Complaint(Workflow[ComplaintData]):
    """投诉: received by anyone, registered and answered, closed after the visit.

    The trade's 退回 is the event ``send_back``, 判定无效 is ``dismiss``, 回访 is ``visit``. Of two
    complaints with one cause, one goes on for both (``merge``); the complainant of the other one
    still gets an answer and a visit of their own, recorded on the merged complaint.
    """

    version = 1
    zh = "投诉"
    en = "Complaint"
    indexed = ("complainant", "department", "issue_id")
    with_settings = Settings(ComplaintSettings)

    received = State(zh="已受理", en="Received", source=_RECEPTION)
    registered = State(zh="已登记", en="Registered", source=_RECEPTION)
    acknowledged = State(zh="已告知受理", en="Acknowledged", source=_RECEPTION)
    assigned = State(zh="已派部门", en="Assigned", source=_HANDLING)
    investigating = State(zh="调查处理中", en="Investigating", source=_HANDLING)
    on_hold = State(zh="已挂起", en="On hold", source=_HANDLING)
    responded = State(zh="已答复", en="Responded", source=_HANDLING)
    follow_up = State(zh="待回访", en="Follow-up", source=_VISIT)
    closed = State(zh="已结案", en="Closed", final=True, source=_HANDLING)
    invalid = State(zh="无效", en="Invalid", final=True, source=_HANDLING)
    merged = State(zh="已合并", en="Merged", final=True, source=_HANDLING)
    withdrawn = State(zh="已撤诉", en="Withdrawn", final=True, source=_HANDLING)

    receive = Event(
        Complained,
        START >> received,
        zh="接待投诉",
        en="Receive",
        update=_receive,
        source=_RECEPTION,
    )
    register = Event(
        Registration,
        received >> registered,
        zh="登记",
        en="Register",
        by=CUSTOMER_SERVICE,
        effects=_alert,
        source=_RECEPTION,
    )
    acknowledge = Event(
        registered >> acknowledged,
        zh="告知已受理",
        en="Acknowledge",
        by=CUSTOMER_SERVICE,
        source=_RECEPTION,
    )
    assign = Event(
        Assignment,
        acknowledged >> assigned,
        zh="派给部门",
        en="Assign",
        by=CUSTOMER_SERVICE,
        guards=[department_named],
        source=_HANDLING,
    )
    transfer = Event(
        Transfer,
        [assigned, investigating] >> assigned,
        zh="转部门",
        en="Transfer",
        by=(*DEPARTMENT, *CUSTOMER_SERVICE),
        guards=[department_named, another_department, reason_given],
        update=_transfer,
        source=_HANDLING,
    )
    send_back = Event(
        Reason,
        assigned >> acknowledged,
        zh="退回",
        en="Send back",
        by=DEPARTMENT,
        guards=[reason_given],
        update=_send_back,
        effects=_escalate_bounces,
        source=_HANDLING,
    )
    investigate = Event(
        assigned >> investigating,
        zh="开始调查",
        en="Investigate",
        by=(*DEPARTMENT, *CUSTOMER_SERVICE),
        update=_investigate,
        source=_HANDLING,
    )
    hold = Event(
        Reason,
        [assigned, investigating] >> on_hold,
        zh="挂起",
        en="Put on hold",
        by=(*DEPARTMENT, *CUSTOMER_SERVICE),
        guards=[reason_given],
        history_only=("reason",),
        source=_HANDLING,
    )
    resume = Event(
        on_hold >> PREVIOUS,
        zh="恢复处理",
        en="Resume",
        by=(*DEPARTMENT, *CUSTOMER_SERVICE),
        source=_HANDLING,
    )
    respond = Event(
        Answer,
        investigating >> responded,
        merged >> SAME,
        zh="答复",
        en="Respond",
        by=(*DEPARTMENT, *CUSTOMER_SERVICE),
        guards=[answer_given],
        update=_respond,
        effects=_remind_of_merged,
        source=_HANDLING,
    )
    arrange_visit = Event(
        responded >> follow_up,
        zh="安排回访",
        en="Arrange a visit",
        by=CUSTOMER_SERVICE,
        source=_VISIT,
    )
    visit = Event(
        Visit,
        (follow_up >> investigating).when(dissatisfied),
        [follow_up, merged] >> SAME,
        zh="回访",
        en="Visit",
        by=CUSTOMER_SERVICE,
        update=_visit,
        source=_VISIT,
    )
    close = Event(
        [responded, follow_up] >> closed,
        zh="结案",
        en="Close",
        by=CUSTOMER_SERVICE,
        guards=[visited_if_required],
        source=_HANDLING,
    )
    dismiss = Event(
        Invalidity,
        [registered, acknowledged, assigned, investigating] >> invalid,
        zh="判定无效",
        en="Dismiss as invalid",
        by=CUSTOMER_SERVICE,
        guards=[reason_given, answer_given],
        update=_dismiss,
        source=_HANDLING,
    )
    merge = Event(
        Merge,
        [received, registered, acknowledged, assigned, investigating] >> merged,
        zh="合并",
        en="Merge",
        by=CUSTOMER_SERVICE,
        guards=[into_another, nothing_merged_into_it],
        update=_merge,
        effects=_tell_the_other,
        source=_HANDLING,
    )
    take_in = Event(
        MergedCase,
        ANY >> SAME,
        zh="并入他案",
        en="Take in another",
        by=SYSTEM,
        update=_take_in,
        source=_HANDLING,
    )
    withdraw = Event(
        [received, registered, acknowledged, assigned, investigating, on_hold] >> withdrawn,
        zh="撤诉",
        en="Withdraw",
        by=(resident, *CUSTOMER_SERVICE),
        guards=[complainant_or_desk],
        source=_HANDLING,
    )
    reopen = Event(
        Reason,
        closed >> assigned,
        invalid >> registered,
        zh="重新受理",
        en="Reopen",
        by=(resident, *CUSTOMER_SERVICE),
        guards=[complainant_or_desk, reason_given],
        update=_reopen,
        source=_HANDLING,
    )
    urge = Event(
        ANY >> SAME,
        zh="催办",
        en="Urge",
        by=(resident, *CUSTOMER_SERVICE),
        guards=[complainant_or_desk],
        update=_urge,
        effects=_pass_on_urge,
        source=_HANDLING,
    )
    escalate = Event(
        Reason,
        ANY >> SAME,
        zh="升级",
        en="Escalate",
        by=(department_head, *CUSTOMER_SERVICE),
        guards=[reason_given],
        update=_escalate,
        effects=_tell_the_manager,
        source=_HANDLING,
    )
