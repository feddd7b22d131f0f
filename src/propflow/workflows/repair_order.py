"""报修: a repair order, from the report to the visit afterwards, in four variants.

The seed gives the titles of the manual's chapters 8 and 16 alone. What stands here is trade
practice in our own words: no number of it is a default, and no time limit is.
"""

from __future__ import annotations

from propflow.definition import (
    ANY,
    PREVIOUS,
    SAME,
    START,
    Deadline,
    Event,
    Settings,
    State,
    Workflow,
)
from propflow.workflows import repair_order_guards as must
from propflow.workflows import repair_order_updates as then
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.repair_order_data import (
    Confirmation,
    DamageReport,
    Dispatch,
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
from propflow.workflows.roles import (
    CUSTOMER_SERVICE,
    DISPATCHERS,
    cs_supervisor,
    resident,
    technician,
)
from propflow.workflows.visits import Visit, dissatisfied

_FLOW = "物业客户服务手册 8.1 (title only; trade practice)"
_VISIT = "物业客户服务手册 9.0 (title only; trade practice)"
_PAID = "物业客户服务手册 16.3 (title only; trade practice)"

_REPORTER = (resident, *CUSTOMER_SERVICE)


class RepairOrder(Workflow[RepairOrderData]):
    """报修: one definition for the variants that `RepairKind` lists.

    The kind is chosen when the order is reported, and may be corrected before the work; what it
    asks for (a quote, an approval, a payment, whose confirmation, a visit) stands in
    `RepairOrderSettings`. 抢单 is the event ``grab``: the first wins, for it leaves ``pooled``.
    退回 is ``send_back``, 催办 is ``urge``.
    """

    version = 1
    zh = "报修"
    en = "Repair order"
    indexed = ("reporter", "worker", "kind")
    with_settings = Settings(RepairOrderSettings)

    reported = State(zh="已报修", en="Reported", source=_FLOW)
    accepted = State(zh="已受理", en="Accepted", source=_FLOW)
    pooled = State(zh="待抢单", en="Pooled", source=_FLOW)
    assigned = State(zh="已派单", en="Assigned", source=_FLOW)
    en_route = State(zh="上门途中", en="En route", source=_FLOW)
    arrived = State(zh="已到场", en="Arrived", source=_FLOW)
    quoted = State(zh="已报价", en="Quoted", source=_PAID)
    in_progress = State(zh="维修中", en="In progress", source=_FLOW)
    on_hold = State(zh="已挂起", en="On hold", source=_FLOW)
    completed = State(zh="已完工", en="Completed", source=_FLOW)
    confirmed = State(zh="已验收", en="Confirmed", source=_FLOW)
    awaiting_payment = State(zh="待付款", en="Awaiting payment", source=_PAID)
    follow_up = State(zh="待回访", en="Follow-up", source=_VISIT)
    closed = State(zh="已结单", en="Closed", final=True, source=_FLOW)
    declined = State(zh="已拒绝报价", en="Declined", final=True, source=_PAID)
    cancelled = State(zh="已取消", en="Cancelled", final=True, source=_FLOW)
    force_closed = State(zh="已强制结单", en="Closed by force", final=True, source=_FLOW)

    report = Event(
        DamageReport,
        START >> reported,
        zh="报修",
        en="Report",
        update=then.with_reporter,
        source=_FLOW,
    )
    accept = Event(reported >> accepted, zh="受理", en="Accept", by=CUSTOMER_SERVICE, source=_FLOW)
    reclassify = Event(
        Reclassification,
        [reported, accepted, pooled, assigned, en_route, arrived] >> SAME,
        zh="更正报修类型",
        en="Correct the kind",
        by=(technician, *DISPATCHERS),
        guards=[reason_given],
        update=then.with_kind,
        source=_FLOW,
    )
    pool = Event(
        accepted >> pooled, zh="放入抢单池", en="Put up for grabs", by=DISPATCHERS, source=_FLOW
    )
    grab = Event(
        pooled >> assigned, zh="抢单", en="Grab", by=technician, update=then.grabbed, source=_FLOW
    )
    assign = Event(
        Dispatch,
        [accepted, pooled] >> assigned,
        zh="派单",
        en="Assign",
        by=DISPATCHERS,
        guards=[must.worker_named],
        update=then.given_to,
        source=_FLOW,
    )
    transfer = Event(
        Handover,
        [assigned, en_route, arrived, in_progress] >> assigned,
        zh="转单",
        en="Transfer",
        by=(technician, *DISPATCHERS),
        guards=[must.worker_or_dispatcher, must.worker_named, must.another_worker, reason_given],
        update=then.given_to,
        source=_FLOW,
    )
    send_back = Event(
        Reason,
        [assigned, en_route, arrived] >> accepted,
        zh="退单",
        en="Send back",
        by=technician,
        guards=[must.by_worker, reason_given],
        update=then.sent_back,
        effects=then.escalate_bounces,
        source=_FLOW,
    )
    set_out = Event(
        assigned >> en_route,
        zh="出发",
        en="Set out",
        by=technician,
        guards=[must.by_worker],
        source=_FLOW,
    )
    arrive = Event(
        [assigned, en_route] >> arrived,
        zh="到场",
        en="Arrive",
        by=technician,
        guards=[must.by_worker],
        source=_FLOW,
    )
    quote = Event(
        Quote,
        [arrived, quoted, in_progress] >> quoted,
        zh="报价",
        en="Quote",
        by=technician,
        guards=[must.by_worker, must.to_be_quoted, must.price_given, must.scheme_given],
        update=then.quoted,
        source=_PAID,
    )
    accept_quote = Event(
        QuoteApproval,
        quoted >> in_progress,
        zh="同意报价",
        en="Accept the quote",
        by=_REPORTER,
        guards=[must.reporter_or_desk, must.approval_given],
        update=then.quote_accepted,
        source=_PAID,
    )
    decline_quote = Event(
        Reason,
        quoted >> declined,
        zh="拒绝报价",
        en="Decline the quote",
        by=_REPORTER,
        guards=[must.reporter_or_desk, reason_given],
        history_only=("reason",),
        source=_PAID,
    )
    begin_work = Event(
        arrived >> in_progress,
        zh="开工",
        en="Begin the work",
        by=technician,
        guards=[must.by_worker, must.price_agreed],
        source=_FLOW,
    )
    hold = Event(
        Reason,
        [assigned, arrived, in_progress] >> on_hold,
        zh="挂起",
        en="Put on hold",
        by=(technician, *DISPATCHERS),
        guards=[must.worker_or_dispatcher, reason_given],
        history_only=("reason",),
        source=_FLOW,
    )
    resume = Event(
        on_hold >> PREVIOUS,
        zh="恢复",
        en="Resume",
        by=(technician, *DISPATCHERS),
        guards=[must.worker_or_dispatcher],
        source=_FLOW,
    )
    complete = Event(
        Work,
        in_progress >> completed,
        zh="完工",
        en="Complete",
        by=technician,
        guards=[must.by_worker, must.after_photos_given],
        update=then.completed,
        source=_FLOW,
    )
    confirm = Event(
        Confirmation,
        completed >> confirmed,
        zh="验收",
        en="Confirm",
        by=_REPORTER,
        guards=[must.may_judge_work, must.not_the_worker, must.signature_given],
        update=then.confirmed,
        source=_FLOW,
    )
    reject = Event(
        Reason,
        completed >> in_progress,
        zh="验收不通过",
        en="Reject",
        by=_REPORTER,
        guards=[must.may_judge_work, must.not_the_worker, reason_given],
        update=then.rejected,
        effects=then.escalate_rounds,
        source=_FLOW,
    )
    request_payment = Event(
        confirmed >> awaiting_payment,
        zh="通知付款",
        en="Request the payment",
        by=CUSTOMER_SERVICE,
        guards=[must.payment_due],
        source=_PAID,
    )
    record_payment = Event(
        Payment,
        awaiting_payment >> follow_up,
        zh="登记收款",
        en="Record the payment",
        by=CUSTOMER_SERVICE,
        guards=[must.paid_in_full, must.receipt_given],
        update=then.paid,
        source=_PAID,
    )
    arrange_visit = Event(
        confirmed >> follow_up,
        zh="安排回访",
        en="Arrange a visit",
        by=CUSTOMER_SERVICE,
        guards=[must.nothing_due],
        source=_VISIT,
    )
    rate = Event(
        Rating,
        [confirmed, awaiting_payment, follow_up, closed] >> SAME,
        zh="评价",
        en="Rate",
        by=resident,
        guards=[must.by_reporter],
        history_only=("comment",),
        effects=then.tell_of_bad_rating,
        source=_VISIT,
    )
    visit = Event(
        Visit,
        (follow_up >> assigned).when(dissatisfied),
        follow_up >> SAME,
        zh="回访",
        en="Visit",
        by=CUSTOMER_SERVICE,
        update=then.visited,
        source=_VISIT,
    )
    close = Event(
        [confirmed, follow_up] >> closed,
        zh="结单",
        en="Close",
        by=CUSTOMER_SERVICE,
        guards=[must.nothing_due, must.visited_if_required],
        source=_FLOW,
    )
    cancel = Event(
        Reason,
        [reported, accepted, pooled, assigned, en_route, arrived] >> cancelled,
        zh="取消",
        en="Cancel",
        by=_REPORTER,
        guards=[must.reporter_or_desk, reason_given],
        history_only=("reason",),
        source=_FLOW,
    )
    force_close = Event(
        Reason,
        ANY >> force_closed,
        zh="强制结单",
        en="Close by force",
        by=cs_supervisor,
        guards=[reason_given],
        history_only=("reason",),
        source=_FLOW,
    )
    reopen = Event(
        Reason,
        [closed, force_closed] >> accepted,
        zh="重新受理",
        en="Reopen",
        by=_REPORTER,
        guards=[must.reporter_or_desk, reason_given],
        update=then.reopened,
        source=_FLOW,
    )
    urge = Event(
        ANY >> SAME,
        zh="催办",
        en="Urge",
        by=_REPORTER,
        guards=[must.reporter_or_desk],
        update=then.urged,
        effects=then.pass_on_urge,
        source=_FLOW,
    )

    response = Deadline(
        reported, limit="response_limit", zh="响应时限", en="Response", source=_FLOW
    )
    arrival = Deadline(
        [reported, accepted, pooled, assigned, en_route],
        limit="arrival_limit",
        pauses=on_hold,
        zh="到场时限",
        en="Arrival",
        source=_FLOW,
    )
    repair = Deadline(
        [reported, accepted, pooled, assigned, en_route, arrived, quoted, in_progress],
        limit="repair_limit",
        pauses=on_hold,
        zh="完工时限",
        en="Repair",
        source=_FLOW,
    )
    visiting = Deadline(follow_up, limit="visit_limit", zh="回访时限", en="Visit", source=_VISIT)
