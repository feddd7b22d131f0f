"""What must hold for the steps of a repair order."""

from __future__ import annotations

from decimal import Decimal

from propflow.definition import Case, Context, Refusal, guard
from propflow.workflows.repair_order_data import (
    Confirmation,
    Dispatch,
    Handover,
    Payment,
    Quote,
    QuoteApproval,
    RepairOrderData,
    RepairOrderSettings,
    Work,
)
from propflow.workflows.roles import CUSTOMER_SERVICE, DISPATCHERS, plays_any

_OWNER = "物业客户服务手册 8.1 (title only; trade practice)"
_LARGE = "物业客户服务手册 8.2 (title only; trade practice)"
_PUBLIC = "物业客户服务手册 8.3 (title only; trade practice)"
_VISIT = "物业客户服务手册 9.0 (title only; trade practice)"
_PAID = "物业客户服务手册 16.3 (title only; trade practice)"


def outstanding(data: RepairOrderData, settings: RepairOrderSettings) -> Decimal:
    """Return what is still to be paid, in the host's currency."""
    if data.kind not in settings.payment_kinds:
        return Decimal(0)
    return max(data.quote - data.paid, Decimal(0))


@guard(
    zh="只限报修人本人或客服部",
    en="only for the reporter or the customer-service department",
    source=_OWNER,
)
def reporter_or_desk(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether a resident acts on an order of their own."""
    return context.actor.id == case.data.reporter or plays_any(context.actor, CUSTOMER_SERVICE)


@guard(zh="只限报修人本人", en="only for the reporter", source=_OWNER)
def by_reporter(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether the actor is the one who reported the damage."""
    return context.actor.id == case.data.reporter


@guard(zh="只限接单的维修人员", en="only for the technician who has the order", source=_OWNER)
def by_worker(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether the actor is the technician who has the order."""
    return context.actor.id == case.data.worker


@guard(
    zh="只限接单的维修人员或派单人员",
    en="only for the technician who has the order, or whoever dispatches orders",
    source=_OWNER,
)
def worker_or_dispatcher(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether a technician acts on an order of their own."""
    return context.actor.id == case.data.worker or plays_any(context.actor, DISPATCHERS)


@guard(zh="须指定维修人员", en="the technician must be named", source=_OWNER)
def worker_named(
    _case: Case[RepairOrderData], payload: Dispatch | Handover, _context: Context
) -> bool:
    """Whether the technician's id is more than blanks."""
    return bool(payload.worker.strip())


@guard(zh="须转给另一名维修人员", en="it must go to another technician", source=_OWNER)
def another_worker(case: Case[RepairOrderData], payload: Handover, _context: Context) -> bool:
    """Whether the order would really change hands."""
    return payload.worker.strip() != case.data.worker


@guard(zh="须为可报价的报修", en="only for a kind of repair that is quoted", source=_PAID)
def to_be_quoted(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether `RepairOrderSettings.quote_kinds` has the variant."""
    return case.data.kind in context.settings(RepairOrderSettings).quote_kinds


@guard(zh="报价须大于零", en="the price must be more than zero", source=_PAID)
def price_given(_case: Case[RepairOrderData], payload: Quote, _context: Context) -> bool:
    """Whether the price is a positive number."""
    return payload.quote.is_finite() and payload.quote > 0


@guard(
    zh="须经同意的维修,报价须附施工方案和预算",
    en="what needs an approval must be quoted with its scheme and budget",
    source=_LARGE,
)
def scheme_given(case: Case[RepairOrderData], payload: Quote, context: Context) -> bool:
    """Whether a variant of `RepairOrderSettings.approval_kinds` comes with its scheme."""
    needed = case.data.kind in context.settings(RepairOrderSettings).approval_kinds
    return not needed or bool(payload.scheme.strip())


@guard(zh="须附书面同意", en="the written approval must be attached", source=_LARGE)
def approval_given(case: Case[RepairOrderData], payload: QuoteApproval, context: Context) -> bool:
    """Whether an approval is there where the variant, or acting for the reporter, needs one."""
    by_variant = case.data.kind in context.settings(RepairOrderSettings).approval_kinds
    for_another = context.actor.id != case.data.reporter
    return not (by_variant or for_another) or bool(payload.approval.strip())


@guard(zh="须先报价并取得同意", en="the price must be quoted and agreed first", source=_PAID)
def price_agreed(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether the work may begin: the variant needs no quote, or its quote is accepted."""
    quoted = case.data.kind in context.settings(RepairOrderSettings).quote_kinds
    return not quoted or case.data.quote_accepted


@guard(zh="须附完工照片", en="photos taken after the work are required", source=_OWNER)
def after_photos_given(case: Case[RepairOrderData], payload: Work, context: Context) -> bool:
    """Whether a variant of `RepairOrderSettings.after_photo_kinds` comes with photos."""
    needed = case.data.kind in context.settings(RepairOrderSettings).after_photo_kinds
    return not needed or any(photo.strip() for photo in payload.after_photos)


@guard(zh="维修人员不得验收自己的工作", en="whoever did the work may not confirm it", source=_OWNER)
def not_the_worker(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether somebody else confirms, unless `RepairOrderSettings.four_eyes` is off."""
    four_eyes = context.settings(RepairOrderSettings).four_eyes
    return not four_eyes or context.actor.id != case.data.worker


@guard(zh="只限有权验收的人", en="only for whoever may accept the work", source=_PUBLIC)
def may_judge_work(case: Case[RepairOrderData], context: Context) -> bool | Refusal:
    """Whether the actor is the reporter or customer service; the latter alone without an owner."""
    if plays_any(context.actor, CUSTOMER_SERVICE):
        return True
    if case.data.kind in context.settings(RepairOrderSettings).desk_confirmed_kinds:
        return Refusal(
            "confirmed_by_customer_service",
            "该类报修由客服部验收",
            "this kind of repair is confirmed by the customer-service department",
        )
    if context.actor.id == case.data.reporter:
        return True
    return Refusal(
        "confirmed_by_reporter",
        "只限报修人本人或客服部验收",
        "only the reporter or the customer-service department confirms the work",
    )


@guard(
    zh="客服部代为验收须附签字的服务单",
    en="to confirm for the reporter, the signed service sheet must be attached",
    source=_OWNER,
)
def signature_given(case: Case[RepairOrderData], payload: Confirmation, context: Context) -> bool:
    """Whether customer service shows the signature of the reporter for whom it answers."""
    desk_kinds = context.settings(RepairOrderSettings).desk_confirmed_kinds
    own_word = case.data.kind in desk_kinds or context.actor.id == case.data.reporter
    return own_word or bool(payload.signature.strip())


@guard(zh="须有待收款项", en="something must be left to pay", source=_PAID)
def payment_due(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether money is still to be paid."""
    return outstanding(case.data, context.settings(RepairOrderSettings)) > 0


@guard(zh="款项须已付清", en="nothing may be left to pay", source=_PAID)
def nothing_due(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether all money is paid."""
    return outstanding(case.data, context.settings(RepairOrderSettings)) == 0


@guard(zh="收款金额须等于未付金额", en="the amount must be what is outstanding", source=_PAID)
def paid_in_full(case: Case[RepairOrderData], payload: Payment, context: Context) -> bool:
    """Whether the payment settles the order."""
    due = outstanding(case.data, context.settings(RepairOrderSettings))
    return payload.amount.is_finite() and payload.amount == due


@guard(zh="须填写收据号", en="the number of the receipt is required", source=_PAID)
def receipt_given(_case: Case[RepairOrderData], payload: Payment, _context: Context) -> bool:
    """Whether the receipt's number is more than blanks."""
    return bool(payload.receipt.strip())


@guard(zh="须先回访", en="a follow-up visit must come first", source=_VISIT)
def visited_if_required(case: Case[RepairOrderData], context: Context) -> bool:
    """Whether somebody visited after the work, where the variant needs it."""
    required = case.data.kind in context.settings(RepairOrderSettings).visit_kinds
    return not required or case.data.visit_result is not None
