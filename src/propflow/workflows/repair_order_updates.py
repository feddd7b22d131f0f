"""What the steps of a repair order change and send."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import attrs

from propflow.definition import Case, Context, Effect, Notify
from propflow.workflows.reasons import Reason, reached
from propflow.workflows.repair_order_data import (
    Confirmation,
    DamageReport,
    Dispatch,
    Grade,
    Handover,
    Payment,
    Quote,
    QuoteApproval,
    Rating,
    Reclassification,
    RepairOrderData,
    RepairOrderSettings,
    Work,
)
from propflow.workflows.roles import cs_supervisor, customer_service
from propflow.workflows.visits import Visit


def with_reporter(
    case: Case[RepairOrderData], payload: DamageReport, context: Context
) -> RepairOrderData:
    """Return the data with the reporter."""
    return attrs.evolve(case.data, reporter=payload.reporter.strip() or context.actor.id)


def with_kind(
    case: Case[RepairOrderData], payload: Reclassification, _context: Context
) -> RepairOrderData:
    """Return the data with the true kind, for which no price is agreed yet."""
    return attrs.evolve(case.data, kind=payload.kind, quote_accepted=False)


def grabbed(case: Case[RepairOrderData], _payload: None, context: Context) -> RepairOrderData:
    """Return the data with the technician who was first."""
    return attrs.evolve(case.data, worker=context.actor.id)


def given_to(
    case: Case[RepairOrderData], payload: Dispatch | Handover, _context: Context
) -> RepairOrderData:
    """Return the data with the technician who is to have the order."""
    return attrs.evolve(case.data, worker=payload.worker.strip())


def sent_back(case: Case[RepairOrderData], _payload: Reason, context: Context) -> RepairOrderData:
    """Return the data without a technician, one bounce on."""
    bounces = case.data.bounces + 1
    limit = context.settings(RepairOrderSettings).max_bounces
    return attrs.evolve(
        case.data,
        worker="",
        bounces=bounces,
        escalated=case.data.escalated or reached(bounces, limit),
    )


def escalate_bounces(
    case: Case[RepairOrderData], payload: Reason, context: Context
) -> Iterator[Effect]:
    """Yield a message to the supervisor once the limit of bounces is reached."""
    if reached(case.data.bounces, context.settings(RepairOrderSettings).max_bounces):
        yield Notify(
            "repair_bounced",
            cs_supervisor.name,
            {"case_id": case.id, "bounces": case.data.bounces, "reason": payload.reason},
        )


def quoted(case: Case[RepairOrderData], payload: Quote, _context: Context) -> RepairOrderData:
    """Return the data with a price that nobody has agreed to yet."""
    return attrs.evolve(
        case.data, quote=payload.quote, scheme=payload.scheme, quote_accepted=False, approval=""
    )


def quote_accepted(
    case: Case[RepairOrderData], payload: QuoteApproval, _context: Context
) -> RepairOrderData:
    """Return the data with the price agreed."""
    return attrs.evolve(case.data, quote_accepted=True, approval=payload.approval.strip())


def completed(case: Case[RepairOrderData], payload: Work, _context: Context) -> RepairOrderData:
    """Return the data with what was done, which nobody has visited yet."""
    return attrs.evolve(
        case.data,
        work_done=payload.work_done,
        after_photos=payload.after_photos,
        visits=0,
        visit_result=None,
    )


def confirmed(
    case: Case[RepairOrderData], payload: Confirmation, context: Context
) -> RepairOrderData:
    """Return the data with whoever confirmed the work."""
    return attrs.evolve(
        case.data, confirmed_by=context.actor.id, signature=payload.signature.strip()
    )


def rejected(case: Case[RepairOrderData], _payload: Reason, context: Context) -> RepairOrderData:
    """Return the data one round on."""
    rounds = case.data.rounds + 1
    limit = context.settings(RepairOrderSettings).max_rounds
    escalated = case.data.escalated or reached(rounds, limit)
    return attrs.evolve(case.data, rounds=rounds, escalated=escalated)


def escalate_rounds(
    case: Case[RepairOrderData], payload: Reason, context: Context
) -> Iterator[Effect]:
    """Yield a message to the supervisor once the limit of rounds is reached."""
    if reached(case.data.rounds, context.settings(RepairOrderSettings).max_rounds):
        yield Notify(
            "repair_rejected",
            cs_supervisor.name,
            {"case_id": case.id, "rounds": case.data.rounds, "reason": payload.reason},
        )


def paid(case: Case[RepairOrderData], payload: Payment, _context: Context) -> RepairOrderData:
    """Return the data with the money received."""
    paid: Decimal = case.data.paid + payload.amount
    return attrs.evolve(case.data, paid=paid, receipt=payload.receipt.strip())


def tell_of_bad_rating(
    case: Case[RepairOrderData], payload: Rating, _context: Context
) -> Iterator[Effect]:
    """Yield a message to the supervisor where the reporter is not content."""
    if payload.grade in (Grade.DISSATISFIED, Grade.VERY_DISSATISFIED):
        yield Notify(
            "repair_badly_rated",
            cs_supervisor.name,
            {"case_id": case.id, "grade": str(payload.grade)},
        )


def visited(case: Case[RepairOrderData], payload: Visit, context: Context) -> RepairOrderData:
    """Return the data with the result of one more visit."""
    return attrs.evolve(
        case.data,
        visits=case.data.visits + 1,
        visit_result=payload.result,
        visitor=context.actor.id,
    )


def reopened(case: Case[RepairOrderData], _payload: Reason, _context: Context) -> RepairOrderData:
    """Return the data as they are before a new dispatch."""
    return attrs.evolve(
        case.data,
        worker="",
        confirmed_by="",
        signature="",
        visits=0,
        visit_result=None,
        reopenings=case.data.reopenings + 1,
    )


def urged(case: Case[RepairOrderData], _payload: None, _context: Context) -> RepairOrderData:
    """Return the data with one more urging."""
    return attrs.evolve(case.data, urges=case.data.urges + 1)


def pass_on_urge(
    case: Case[RepairOrderData], _payload: None, _context: Context
) -> Iterator[Effect]:
    """Yield a message to the technician, or to customer service while there is none."""
    to = case.data.worker or customer_service.name
    yield Notify("repair_urged", to, {"case_id": case.id, "urges": case.data.urges})
