"""投诉: a complaint, from whoever hears it first to the visit after the answer.

The seed gives the titles of the manual's chapter 7 alone. What stands here is trade practice in
our own words: no number of it is a default, and no time limit is.
"""

from __future__ import annotations

from collections.abc import Iterator

from propflow.definition import (
    ANY,
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Deadline,
    Effect,
    Event,
    FireCase,
    Settings,
    State,
    Workflow,
)
from propflow.workflows import complaint_updates as then
from propflow.workflows.complaint_data import (
    Answer,
    Assignment,
    Complained,
    ComplaintData,
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
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.roles import (
    CUSTOMER_SERVICE,
    DEPARTMENT,
    department_head,
    resident,
)
from propflow.workflows.visits import Visit, dissatisfied

_RECEPTION = "物业客户服务手册 7.1 (title only; trade practice)"
_HANDLING = "物业客户服务手册 7.2 (title only; trade practice)"
_VISIT = "物业客户服务手册 9.0 (title only; trade practice)"


def _tell_the_other(
    case: Case[ComplaintData], payload: Merge, _context: Context
) -> Iterator[Effect]:
    yield FireCase(payload.into, Complaint.take_in(case.id), by=SYSTEM)


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
        update=then.receive,
        source=_RECEPTION,
    )
    register = Event(
        Registration,
        received >> registered,
        zh="登记",
        en="Register",
        by=CUSTOMER_SERVICE,
        effects=then.alert,
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
        update=then.transfer,
        source=_HANDLING,
    )
    send_back = Event(
        Reason,
        assigned >> acknowledged,
        zh="退回",
        en="Send back",
        by=DEPARTMENT,
        guards=[reason_given],
        update=then.send_back,
        effects=then.escalate_bounces,
        source=_HANDLING,
    )
    investigate = Event(
        assigned >> investigating,
        zh="开始调查",
        en="Investigate",
        by=(*DEPARTMENT, *CUSTOMER_SERVICE),
        update=then.investigate,
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
        update=then.respond,
        effects=then.remind_of_merged,
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
        update=then.visit,
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
        update=then.dismiss,
        source=_HANDLING,
    )
    merge = Event(
        Merge,
        [received, registered, acknowledged, assigned, investigating] >> merged,
        zh="合并",
        en="Merge",
        by=CUSTOMER_SERVICE,
        guards=[into_another, nothing_merged_into_it],
        update=then.merge,
        effects=_tell_the_other,
        source=_HANDLING,
    )
    take_in = Event(
        MergedCase,
        ANY >> SAME,
        zh="并入他案",
        en="Take in another",
        by=SYSTEM,
        update=then.take_in,
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
        update=then.reopen,
        source=_HANDLING,
    )
    urge = Event(
        ANY >> SAME,
        zh="催办",
        en="Urge",
        by=(resident, *CUSTOMER_SERVICE),
        guards=[complainant_or_desk],
        update=then.urge,
        effects=then.pass_on_urge,
        source=_HANDLING,
    )
    escalate = Event(
        Reason,
        ANY >> SAME,
        zh="升级",
        en="Escalate",
        by=(department_head, *CUSTOMER_SERVICE),
        guards=[reason_given],
        update=then.escalate,
        effects=then.tell_the_manager,
        source=_HANDLING,
    )

    acknowledgement = Deadline(
        [received, registered],
        limit="acknowledgement_limit",
        zh="告知受理时限",
        en="Acknowledgement",
        source=_RECEPTION,
    )
    reply = Deadline(
        [received, registered, acknowledged, assigned, investigating],
        limit="reply_limit",
        pauses=on_hold,
        zh="答复时限",
        en="Reply",
        source=_HANDLING,
    )
    visiting = Deadline(follow_up, limit="visit_limit", zh="回访时限", en="Visit", source=_VISIT)
