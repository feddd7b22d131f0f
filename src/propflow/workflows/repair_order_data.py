"""What a repair order keeps, what its events carry, and what a host may set about it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from decimal import Decimal

import attrs

from propflow.definition import TimeLimit
from propflow.unspecified import Unspecified, UnspecifiedType
from propflow.workflows.visits import VisitResult


class RepairKind(enum.StrEnum):
    """The variant of a repair order."""

    OWNER = "owner"
    """In a resident's premises (手册 8.1)."""
    LARGE = "large"
    """A large repair for an owner (手册 8.2): survey and scheme, approved before the work."""
    PUBLIC_AREA = "public_area"
    """In a public area (手册 8.3): no owner to confirm it."""
    PAID = "paid"
    """A paid service (手册 16.3): quoted before the work, paid after it."""


class Grade(enum.StrEnum):
    """How content a resident is; the host maps grades to numbers, if it wants numbers."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"


@attrs.frozen
class RepairOrderData:
    """What is kept about a repair order.

    Attributes:
        place: Where.
        description: What is broken.
        kind: The variant.
        reporter: Id of whoever reported it, and confirms it where there is an owner.
        urgent: It cannot wait.
        category: The trade, such as plumbing; the host's own codes.
        photos: Ids of photos of the damage.
        issue_id: Id of the issue that it comes from.
        worker: Id of the technician who has it.
        scheme: The scheme and budget of a large repair, or what the quote covers.
        quote: The price quoted last, in the host's currency.
        quote_accepted: The reporter has agreed to that price.
        approval: Id of the approval, of the owner or of the maintenance fund.
        work_done: What was done, as last reported.
        after_photos: Ids of photos taken after the work.
        rounds: How many times the work was rejected.
        bounces: How many times technicians have sent it back.
        escalated: It has come to `RepairOrderSettings.max_rounds` or `max_bounces`.
        confirmed_by: Id of whoever confirmed the work.
        signature: Id of the signed service sheet.
        paid: What has been paid, in the host's currency.
        receipt: Number of the last receipt.
        grade: The reporter's rating.
        visits: How many follow-up visits were tried since the work was last completed.
        visit_result: What the last of them found.
        visitor: Id of whoever made it.
        urges: How many times it has been urged.
        reopenings: How many times it has been reopened.
    """

    place: str
    description: str
    kind: RepairKind = RepairKind.OWNER
    reporter: str = ""
    urgent: bool = False
    category: str = ""
    photos: tuple[str, ...] = ()
    issue_id: str = ""
    worker: str = ""
    scheme: str = ""
    quote: Decimal = Decimal(0)
    quote_accepted: bool = False
    approval: str = ""
    work_done: str = ""
    after_photos: tuple[str, ...] = ()
    rounds: int = 0
    bounces: int = 0
    escalated: bool = False
    confirmed_by: str = ""
    signature: str = ""
    paid: Decimal = Decimal(0)
    receipt: str = ""
    grade: Grade | None = None
    visits: int = 0
    visit_result: VisitResult | None = None
    visitor: str = ""
    urges: int = 0
    reopenings: int = 0


@attrs.frozen
class DamageReport:
    """What is known when a repair is asked for.

    Attributes:
        place: Where.
        description: What is broken.
        kind: The variant.
        reporter: Id of whoever asks for it; blank for whoever takes it down.
        urgent: It cannot wait.
        category: The trade; the host's own codes.
        photos: Ids of photos of the damage.
        issue_id: Id of the issue that it comes from.
    """

    place: str
    description: str
    kind: RepairKind = RepairKind.OWNER
    reporter: str = ""
    urgent: bool = False
    category: str = ""
    photos: tuple[str, ...] = ()
    issue_id: str = ""


@attrs.frozen
class Reclassification:
    """Which variant an order really is, as seen on the spot.

    Attributes:
        kind: The variant.
        reason: Why.
    """

    kind: RepairKind
    reason: str


@attrs.frozen
class Dispatch:
    """Who gets an order.

    Attributes:
        worker: Id of the technician.
    """

    worker: str


@attrs.frozen
class Handover:
    """Which other technician gets an order, and why.

    Attributes:
        worker: Id of the other technician.
        reason: Why.
    """

    worker: str
    reason: str


@attrs.frozen
class Quote:
    """The price, told before the work.

    Attributes:
        quote: The price in the host's currency.
        scheme: What it covers; the scheme and budget of a large repair.
    """

    quote: Decimal
    scheme: str = ""


@attrs.frozen
class QuoteApproval:
    """The agreement to a quote.

    Attributes:
        approval: Id of the approval, of the owner or of the maintenance fund; a large repair
            needs it, and so does customer service when it answers for the reporter.
    """

    approval: str = ""


@attrs.frozen
class Work:
    """What was done.

    Attributes:
        work_done: What was done.
        after_photos: Ids of photos taken afterwards.
    """

    work_done: str = ""
    after_photos: tuple[str, ...] = ()


@attrs.frozen
class Confirmation:
    """The agreement to the work.

    Attributes:
        signature: Id of the signed service sheet, which customer service needs when it answers
            for the reporter.
    """

    signature: str = ""


@attrs.frozen
class Payment:
    """Money received.

    Attributes:
        amount: How much, in the host's currency.
        receipt: Number of the receipt.
    """

    amount: Decimal
    receipt: str


@attrs.frozen
class Rating:
    """How content the reporter is.

    Attributes:
        grade: The grade.
        comment: In words.
    """

    grade: Grade
    comment: str = ""


def _kinds(values: Iterable[RepairKind | str]) -> frozenset[RepairKind]:
    return frozenset(RepairKind(value) for value in values)


_LIMIT = attrs.validators.optional(attrs.validators.ge(1))


@attrs.frozen
class RepairOrderSettings:
    """What a host may set about repairs: ``RepairOrder.with_settings(visit_kinds=["owner"])``.

    Attributes:
        quote_kinds: Variants whose price must be agreed before the work.
        approval_kinds: Variants whose quote needs a written approval, of `quote_kinds`.
        payment_kinds: Variants that are paid before they are closed, of `quote_kinds`.
        desk_confirmed_kinds: Variants that the customer-service department confirms, for want of
            an owner.
        visit_kinds: Variants that are closed only after a follow-up visit; one that reached nobody
            counts.
        after_photo_kinds: Variants whose completion needs photos.
        four_eyes: Whoever did the work may not confirm it.
        max_bounces: How many times technicians may send an order back before each further time
            escalates, that one included; `None` for no limit.
        max_rounds: How many times the work may be rejected before each further time escalates, that
            one included; `None` for no limit.
        response_limit: How long until an order is accepted. The sources of the trade differ in this
            and the next three, and the manual names none.
        arrival_limit: How long from the report until somebody is there; holds do not count.
        repair_limit: How long from the report until the work is completed; holds do not count,
            waiting for a quote to be accepted does. Work that is rejected begins it anew.
        visit_limit: How long until it is visited and closed.
    """

    quote_kinds: frozenset[RepairKind] = attrs.field(
        default=frozenset({RepairKind.LARGE, RepairKind.PAID}), converter=_kinds
    )
    approval_kinds: frozenset[RepairKind] = attrs.field(
        default=frozenset({RepairKind.LARGE}), converter=_kinds
    )
    payment_kinds: frozenset[RepairKind] = attrs.field(
        default=frozenset({RepairKind.PAID}), converter=_kinds
    )
    desk_confirmed_kinds: frozenset[RepairKind] = attrs.field(
        default=frozenset({RepairKind.PUBLIC_AREA}), converter=_kinds
    )
    visit_kinds: frozenset[RepairKind] = attrs.field(
        default=frozenset({RepairKind.OWNER, RepairKind.LARGE, RepairKind.PAID}), converter=_kinds
    )
    after_photo_kinds: frozenset[RepairKind] = attrs.field(
        default=frozenset[RepairKind](), converter=_kinds
    )
    four_eyes: bool = True
    max_bounces: int | None = attrs.field(default=None, validator=_LIMIT)
    max_rounds: int | None = attrs.field(default=None, validator=_LIMIT)
    response_limit: TimeLimit | UnspecifiedType = Unspecified
    arrival_limit: TimeLimit | UnspecifiedType = Unspecified
    repair_limit: TimeLimit | UnspecifiedType = Unspecified
    visit_limit: TimeLimit | UnspecifiedType = Unspecified

    def __attrs_post_init__(self) -> None:
        unquoted = (self.approval_kinds | self.payment_kinds) - self.quote_kinds
        if unquoted:
            raise ValueError(
                f"{', '.join(sorted(unquoted))}: approval_kinds and payment_kinds must be among "
                "quote_kinds, for what is not quoted has no price to approve or to pay"
            )
