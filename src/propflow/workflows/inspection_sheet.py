"""扣分表: a deduction sheet, from the inspection to the confirmation of the inspected department.

The foot of the sheets asks for the inspector's signature and the department's confirmation (A46).
What happens where the department does not confirm is trade practice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import attrs

from propflow.definition import (
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Deadline,
    Effect,
    Event,
    Settings,
    State,
    Workflow,
    guard,
)
from propflow.scoring import Account, Charge, month_of
from propflow.workflows.charge_guards import charges_grounded, less_than_before
from propflow.workflows.ledger_entry import Document, post_all, reverse_all
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.roles import REVIEWERS, department_head, inspector, office
from propflow.workflows.violation_slip_data import Reduction

_FOOT = "服务质量检查评分标准 foot"
_PRACTICE = "服务质量检查评分标准 foot (not in the text; trade practice)"


@attrs.frozen
class InspectionSheetData:
    """What is kept about a deduction sheet.

    Attributes:
        book: Id of the rule book whose sheet it is.
        department: Id of the inspected department, whose account is charged (A49).
        charges: What it charges; none where nothing was found.
        inspection: Id of the inspection.
        remarks: What else is to be said.
        inspector: Id of whoever filled it in.
        inspected_at: When, an aware datetime in UTC.
        signed_at: When the inspector signed, an aware datetime in UTC.
        disputed_by: Id of whoever disputed it.
        dispute: Why.
        confirmed_by: Id of whoever confirmed it or decided the dispute; the system's where it
            counts as confirmed.
        month: The month of the ledger that it was posted to, once it is confirmed.
        annulled_by: Id of whoever annulled it.
    """

    book: str
    department: str
    charges: tuple[Charge, ...] = ()
    inspection: str = ""
    remarks: str = ""
    inspector: str = ""
    inspected_at: datetime | None = None
    signed_at: datetime | None = None
    disputed_by: str = ""
    dispute: str = ""
    confirmed_by: str = ""
    month: str = ""
    annulled_by: str = ""


@attrs.frozen
class Sheet:
    """A deduction sheet as it is filled in; the inspection was at the step's ``occurred_at``.

    Attributes:
        book: Id of the rule book whose sheet it is.
        department: Id of the inspected department.
        charges: What it charges: `propflow.scoring.charges` makes them of a bill.
        inspection: Id of the inspection.
        remarks: What else is to be said.
    """

    book: str
    department: str
    charges: tuple[Charge, ...] = ()
    inspection: str = ""
    remarks: str = ""


@attrs.frozen
class Amendment:
    """What stands on a draft instead.

    Attributes:
        charges: What it charges.
        remarks: What else is to be said.
    """

    charges: tuple[Charge, ...]
    remarks: str = ""


@attrs.frozen
class InspectionSheetSettings:
    """What a host may set about deduction sheets.

    Attributes:
        deemed_after: How long after the signature a sheet that nobody disputes counts as
            confirmed; `None` for never, as in the text (A46).
        zone: In which zone months begin; the default is an assumption (A53).
    """

    deemed_after: timedelta | None = None
    zone: str = "Asia/Shanghai"


@guard(zh="须写明检查表和被检部门", en="the book and the department must be named", source=_FOOT)
def sheet_named(_case: Case[InspectionSheetData], payload: Sheet, _context: Context) -> bool:
    """Whether both are more than blanks."""
    return bool(payload.book.strip() and payload.department.strip())


@guard(zh="只限填表的品检人员", en="only for the inspector who filled it in", source=_FOOT)
def own_sheet(case: Case[InspectionSheetData], context: Context) -> bool:
    """Whether the inspector of the sheet acts."""
    return context.actor.id == case.data.inspector


@guard(
    zh="品检人员不得对自己的检查表作确认或提异议",
    en="the inspector may not confirm or dispute the own sheet",
    source=_FOOT,
)
def not_the_inspector(case: Case[InspectionSheetData], context: Context) -> bool:
    """Whether somebody else answers for the department."""
    return context.actor.id != case.data.inspector


@guard(
    zh="须由品检人员和异议人以外的人裁定",
    en="neither the inspector nor whoever disputed it may decide",
    source=_PRACTICE,
)
def neutral(case: Case[InspectionSheetData], context: Context) -> bool:
    """Whether somebody else decides."""
    return context.actor.id not in (case.data.inspector, case.data.disputed_by)


@guard(
    zh="须已满所设的视同确认期限",
    en="the time must have passed that is set for a sheet to count as confirmed",
    source=_PRACTICE,
)
def deemed(case: Case[InspectionSheetData], context: Context) -> bool:
    """Whether `deemed_after` has passed since the signature."""
    after = context.settings(InspectionSheetSettings).deemed_after
    signed_at = case.data.signed_at
    return after is not None and signed_at is not None and context.now >= signed_at + after


def _fill_in(
    case: Case[InspectionSheetData], _payload: Sheet, context: Context
) -> InspectionSheetData:
    return attrs.evolve(case.data, inspector=context.actor.id, inspected_at=context.occurred_at)


def _sign(case: Case[InspectionSheetData], _payload: None, context: Context) -> InspectionSheetData:
    return attrs.evolve(case.data, signed_at=context.occurred_at)


def _confirmed(data: InspectionSheetData, context: Context) -> InspectionSheetData:
    month = month_of(context.now, context.settings(InspectionSheetSettings).zone)
    return attrs.evolve(data, confirmed_by=context.actor.id, month=month)


def _confirm(
    case: Case[InspectionSheetData], _payload: Reason | None, context: Context
) -> InspectionSheetData:
    return _confirmed(case.data, context)


def _dispute(
    case: Case[InspectionSheetData], payload: Reason, context: Context
) -> InspectionSheetData:
    return attrs.evolve(case.data, dispute=payload.reason, disputed_by=context.actor.id)


def _reduce(
    case: Case[InspectionSheetData], payload: Reduction, context: Context
) -> InspectionSheetData:
    return _confirmed(attrs.evolve(case.data, charges=payload.charges), context)


def _annul(
    case: Case[InspectionSheetData], _payload: Reason, context: Context
) -> InspectionSheetData:
    return attrs.evolve(case.data, annulled_by=context.actor.id)


def _document(case: Case[InspectionSheetData]) -> Document:
    data = case.data
    return Document(
        id=case.id,
        name=case.workflow,
        account=Account.DEPARTMENT,
        holder=data.department,
        charges=data.charges,
        month=data.month,
        noted_at=data.inspected_at,
    )


def _post(case: Case[InspectionSheetData], _payload: object, _context: Context) -> Iterator[Effect]:
    yield from post_all(_document(case))


def _give_back(
    case: Case[InspectionSheetData], payload: Reason, context: Context
) -> Iterator[Effect]:
    if case.data.month:
        month = month_of(context.now, context.settings(InspectionSheetSettings).zone)
        yield from reverse_all(_document(case), month=month, reason=payload.reason)


def _deemed_at(data: InspectionSheetData, settings: InspectionSheetSettings) -> datetime | None:
    if data.signed_at is None or settings.deemed_after is None:
        return None
    return data.signed_at + settings.deemed_after


class InspectionSheet(Workflow[InspectionSheetData]):
    """扣分表: signed by the inspector, confirmed by the inspected department.

    A sheet is posted to the ledger when it is confirmed, and only then; where it is annulled
    afterwards, reversals take it back in the month of the annulment.
    """

    version = 1
    zh = "扣分表"
    en = "Inspection sheet"
    indexed = ("department", "book", "inspection", "month")
    with_settings = Settings(InspectionSheetSettings)

    draft = State(zh="草稿", en="Draft", source=_FOOT)
    signed = State(zh="已签名", en="Signed", source=_FOOT)
    disputed = State(zh="有异议", en="Disputed", source=_PRACTICE)
    confirmed = State(zh="已确认", en="Confirmed", final=True, source=_FOOT)
    void = State(zh="已作废", en="Void", final=True, source=_PRACTICE)

    fill_in = Event(
        Sheet,
        START >> draft,
        zh="填表",
        en="Fill in",
        by=inspector,
        guards=[sheet_named, charges_grounded],
        update=_fill_in,
        source=_FOOT,
    )
    amend = Event(
        Amendment,
        draft >> SAME,
        zh="更正",
        en="Amend",
        by=inspector,
        guards=[own_sheet, charges_grounded],
        source=_PRACTICE,
    )
    sign = Event(
        draft >> signed,
        zh="签名",
        en="Sign",
        by=inspector,
        guards=[own_sheet],
        update=_sign,
        source=_FOOT,
    )
    confirm = Event(
        signed >> confirmed,
        zh="确认",
        en="Confirm",
        by=department_head,
        guards=[not_the_inspector],
        update=_confirm,
        effects=_post,
        source=_FOOT,
    )
    deem_confirmed = Event(
        signed >> confirmed,
        zh="视同确认",
        en="Deem confirmed",
        by=(SYSTEM, office),
        guards=[not_the_inspector, deemed],
        update=_confirm,
        effects=_post,
        source=_PRACTICE,
    )
    raise_dispute = Event(
        Reason,
        signed >> disputed,
        zh="提出异议",
        en="Dispute",
        by=department_head,
        guards=[not_the_inspector, reason_given],
        update=_dispute,
        source=_PRACTICE,
    )
    uphold = Event(
        Reason,
        disputed >> confirmed,
        zh="维持",
        en="Uphold",
        by=REVIEWERS,
        guards=[neutral, reason_given],
        update=_confirm,
        effects=_post,
        source=_PRACTICE,
    )
    reduce = Event(
        Reduction,
        disputed >> confirmed,
        zh="减轻",
        en="Reduce",
        by=REVIEWERS,
        guards=[neutral, reason_given, charges_grounded, less_than_before],
        update=_reduce,
        effects=_post,
        source=_PRACTICE,
    )
    discard = Event(
        Reason,
        draft >> void,
        zh="作废草稿",
        en="Discard",
        by=inspector,
        guards=[own_sheet, reason_given],
        update=_annul,
        source=_PRACTICE,
    )
    annul = Event(
        Reason,
        [signed, disputed, confirmed] >> void,
        zh="作废",
        en="Annul",
        by=REVIEWERS,
        guards=[neutral, reason_given],
        update=_annul,
        effects=_give_back,
        source=_PRACTICE,
    )

    deeming = Deadline(signed, at=_deemed_at, fires=deem_confirmed, source=_PRACTICE)
