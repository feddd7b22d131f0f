"""What the events of a complaint change in it, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from propflow.definition import (
    Case,
    Context,
    Effect,
    Notify,
)
from propflow.workflows.complaint_data import (
    Answer,
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
from propflow.workflows.reasons import Reason, reached
from propflow.workflows.roles import (
    cs_supervisor,
    customer_service,
    project_general_manager,
)
from propflow.workflows.visits import Visit

_RECEPTION = "物业客户服务手册 7.1 (title only; trade practice)"
_HANDLING = "物业客户服务手册 7.2 (title only; trade practice)"
_VISIT = "物业客户服务手册 9.0 (title only; trade practice)"


def receive(case: Case[ComplaintData], payload: Complained, context: Context) -> ComplaintData:
    """Return the complaint with who complains and who received it."""
    complainant = payload.complainant.strip() or context.actor.id
    return attrs.evolve(case.data, complainant=complainant, received_by=context.actor.id)


def alert(case: Case[ComplaintData], payload: Registration, _context: Context) -> Iterator[Effect]:
    """Tell the manager of a major complaint."""
    if payload.level == ComplaintLevel.MAJOR:
        yield Notify("complaint_major", project_general_manager.name, {"case_id": case.id})
    if payload.repeat:
        yield Notify("complaint_repeated", cs_supervisor.name, {"case_id": case.id})


def transfer(case: Case[ComplaintData], payload: Transfer, _context: Context) -> ComplaintData:
    """Return the complaint with another department, and nobody of it yet."""
    return attrs.evolve(case.data, department=payload.department.strip(), handler="")


def send_back(case: Case[ComplaintData], _payload: Reason, context: Context) -> ComplaintData:
    """Return the complaint with one bounce more, which may escalate it."""
    bounces = case.data.bounces + 1
    escalates = reached(bounces, context.settings(ComplaintSettings).max_bounces)
    return attrs.evolve(
        case.data,
        bounces=bounces,
        department="",
        escalation_level=case.data.escalation_level + escalates,
    )


def escalate_bounces(
    case: Case[ComplaintData], payload: Reason, context: Context
) -> Iterator[Effect]:
    """Tell the supervisor once departments have sent it back too often."""
    if reached(case.data.bounces, context.settings(ComplaintSettings).max_bounces):
        yield Notify(
            "complaint_bounced",
            cs_supervisor.name,
            {"case_id": case.id, "bounces": case.data.bounces, "reason": payload.reason},
        )


def investigate(case: Case[ComplaintData], _payload: None, context: Context) -> ComplaintData:
    """Return the complaint with who handles it."""
    return attrs.evolve(case.data, handler=context.actor.id)


def respond(case: Case[ComplaintData], payload: Answer, context: Context) -> ComplaintData:
    """Return the complaint with the answer and who gave it."""
    return attrs.evolve(
        case.data,
        answer=payload.answer,
        answered_by=context.actor.id,
        visits=0,
        visit_result=None,
    )


def remind_of_merged(
    case: Case[ComplaintData], _payload: Answer, _context: Context
) -> Iterator[Effect]:
    """Say that those whose complaints were merged into it need an answer too."""
    if case.data.merged_ids:
        yield Notify(
            "complaint_merged_unanswered",
            customer_service.name,
            {"case_id": case.id, "merged_ids": list(case.data.merged_ids)},
        )


def visit(case: Case[ComplaintData], payload: Visit, context: Context) -> ComplaintData:
    """Return the complaint with one visit more and its result."""
    return attrs.evolve(
        case.data,
        visits=case.data.visits + 1,
        visit_result=payload.result,
        visitor=context.actor.id,
    )


def dismiss(case: Case[ComplaintData], payload: Invalidity, context: Context) -> ComplaintData:
    """Return the complaint with why it is not valid."""
    return attrs.evolve(case.data, answer=payload.answer, answered_by=context.actor.id)


def merge(case: Case[ComplaintData], payload: Merge, _context: Context) -> ComplaintData:
    """Return the complaint with the one that it was merged into."""
    return attrs.evolve(case.data, merged_into=payload.into)


def take_in(case: Case[ComplaintData], payload: MergedCase, _context: Context) -> ComplaintData:
    """Return the complaint with one more that was merged into it."""
    return attrs.evolve(case.data, merged_ids=(*case.data.merged_ids, payload.case_id))


def reopen(case: Case[ComplaintData], _payload: Reason, _context: Context) -> ComplaintData:
    """Return the complaint open again: it needs another visit."""
    return attrs.evolve(case.data, reopenings=case.data.reopenings + 1, visits=0, visit_result=None)


def urge(case: Case[ComplaintData], _payload: None, _context: Context) -> ComplaintData:
    """Return the complaint urged once more."""
    return attrs.evolve(case.data, urges=case.data.urges + 1)


def pass_on_urge(case: Case[ComplaintData], _payload: None, _context: Context) -> Iterator[Effect]:
    """Tell whoever has it that it was urged."""
    to = case.data.handler or case.data.department or customer_service.name
    yield Notify("complaint_urged", to, {"case_id": case.id, "urges": case.data.urges})


def escalate(case: Case[ComplaintData], _payload: Reason, _context: Context) -> ComplaintData:
    """Return the complaint one level higher."""
    return attrs.evolve(case.data, escalation_level=case.data.escalation_level + 1)


def tell_the_manager(
    case: Case[ComplaintData], payload: Reason, _context: Context
) -> Iterator[Effect]:
    """Tell the manager that it was escalated."""
    yield Notify(
        "complaint_escalated",
        project_general_manager.name,
        {"case_id": case.id, "level": case.data.escalation_level, "reason": payload.reason},
    )
