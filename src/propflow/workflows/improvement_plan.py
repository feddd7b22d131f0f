"""改进: a plan for one low item of a published scorecard, until its effect has been verified.

The note at the end of the scorecard asks for improvement measures for low-scoring items; the steps
are trade practice. Scoring the item again is a new card, which leaves the published one alone.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs

from propflow.definition import (
    ANY,
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Deadline,
    Event,
    Settings,
    State,
    Workflow,
    guard,
)
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.roles import department_head, office, project_general_manager

_NOTE = "住宅物业管理服务质量考核评分细则 note"
_PRACTICE = "住宅物业管理服务质量考核评分细则 note (not in the text; trade practice)"


@attrs.frozen
class ImprovementPlanData:
    """What is kept about an improvement plan.

    Attributes:
        item: Id of the low item.
        points: What it earned.
        maximum: What it could have earned.
        review: Id of the scorecard review that found it low.
        why: The reckoning, in words.
        measures: What is to be done.
        owner: Id of whoever answers for it.
        due: The day by which it is done, in the host's zone.
        approved_by: Id of whoever approved it.
        result: What was done, as last reported.
        finished_by: Id of whoever reported it done.
        verified_by: Id of whoever verified the effect.
        rounds: How many times the effect was not enough.
        overdue: Its day passed before it was done.
    """

    item: str
    points: Decimal
    maximum: Decimal
    review: str = ""
    why: str = ""
    measures: str = ""
    owner: str = ""
    due: date | None = None
    approved_by: str = ""
    result: str = ""
    finished_by: str = ""
    verified_by: str = ""
    rounds: int = 0
    overdue: bool = False


@attrs.frozen
class LowItem:
    """An item that scored low.

    Attributes:
        item: Its id.
        points: What it earned.
        maximum: What it could have earned.
        review: Id of the scorecard review that found it low.
        why: The reckoning, in words.
    """

    item: str
    points: Decimal
    maximum: Decimal
    review: str = ""
    why: str = ""


@attrs.frozen
class Measures:
    """What is to be done about an item.

    Attributes:
        measures: What is to be done.
        owner: Id of whoever answers for it.
        due: The day by which it is done.
    """

    measures: str
    owner: str
    due: date


@attrs.frozen
class Result:
    """What was done.

    Attributes:
        result: In words.
    """

    result: str


@attrs.frozen
class ImprovementPlanSettings:
    """What a host may set about improvement plans.

    Attributes:
        four_eyes: Whoever reported a plan done, or answers for it, may not verify it.
        zone: In which zone days begin; the default is an assumption (A53).
    """

    four_eyes: bool = True
    zone: str = "Asia/Shanghai"


@guard(zh="须写明措施和责任人", en="measures and an owner must be named", source=_NOTE)
def measures_named(_case: Case[ImprovementPlanData], payload: Measures, _context: Context) -> bool:
    """Whether both are more than blanks."""
    return bool(payload.measures.strip() and payload.owner.strip())


@guard(zh="须写明整改结果", en="what was done must be written", source=_PRACTICE)
def result_named(_case: Case[ImprovementPlanData], payload: Result, _context: Context) -> bool:
    """Whether the result is more than blanks."""
    return bool(payload.result.strip())


@guard(
    zh="完成人和责任人不得自行验证",
    en="neither the owner nor whoever reported it done may verify it",
    source=_PRACTICE,
)
def verified_by_another(case: Case[ImprovementPlanData], context: Context) -> bool:
    """Whether somebody else verifies, unless `four_eyes` is off."""
    four_eyes = context.settings(ImprovementPlanSettings).four_eyes
    return not four_eyes or context.actor.id not in (case.data.finished_by, case.data.owner)


@guard(
    zh="须已过期限,且尚未标记逾期",
    en="its day must have passed, and not be marked as such yet",
    source=_PRACTICE,
)
def newly_overdue(case: Case[ImprovementPlanData], context: Context) -> bool:
    """Whether the day has passed and nobody has marked it yet."""
    zone = ZoneInfo(context.settings(ImprovementPlanSettings).zone)
    due = case.data.due
    passed = due is not None and context.now.astimezone(zone).date() > due
    return passed and not case.data.overdue


def _approve(
    case: Case[ImprovementPlanData], _payload: None, context: Context
) -> ImprovementPlanData:
    return attrs.evolve(case.data, approved_by=context.actor.id)


def _finish(
    case: Case[ImprovementPlanData], payload: Result, context: Context
) -> ImprovementPlanData:
    return attrs.evolve(case.data, result=payload.result, finished_by=context.actor.id)


def _verify(
    case: Case[ImprovementPlanData], _payload: None, context: Context
) -> ImprovementPlanData:
    return attrs.evolve(case.data, verified_by=context.actor.id)


def _reject(
    case: Case[ImprovementPlanData], _payload: Reason, _context: Context
) -> ImprovementPlanData:
    return attrs.evolve(case.data, rounds=case.data.rounds + 1)


def _mark(
    case: Case[ImprovementPlanData], _payload: None, _context: Context
) -> ImprovementPlanData:
    return attrs.evolve(case.data, overdue=True)


def _day_over(data: ImprovementPlanData, settings: ImprovementPlanSettings) -> datetime | None:
    """Return the midnight after its day, unless it was marked by hand already."""
    if data.due is None or data.overdue:
        return None
    return datetime.combine(data.due + timedelta(days=1), time(), ZoneInfo(settings.zone))


class ImprovementPlan(Workflow[ImprovementPlanData]):
    """改进: required by a low item, planned, approved, done, and verified by somebody else."""

    version = 1
    zh = "改进计划"
    en = "Improvement plan"
    indexed = ("item", "review", "owner")
    with_settings = Settings(ImprovementPlanSettings)

    required = State(zh="须改进", en="Required", source=_NOTE)
    planned = State(zh="已制定措施", en="Planned", source=_NOTE)
    approved = State(zh="已批准", en="Approved", source=_PRACTICE)
    in_progress = State(zh="改进中", en="In progress", source=_PRACTICE)
    done = State(zh="已完成", en="Done", source=_PRACTICE)
    verified = State(zh="已验证", en="Verified", final=True, source=_PRACTICE)

    require = Event(
        LowItem,
        START >> required,
        zh="要求改进",
        en="Require",
        by=(SYSTEM, office),
        source=_NOTE,
    )
    plan = Event(
        Measures,
        required >> planned,
        zh="制定措施",
        en="Plan",
        by=department_head,
        guards=[measures_named],
        source=_NOTE,
    )
    send_back = Event(
        Reason,
        planned >> required,
        zh="退回",
        en="Send back",
        by=project_general_manager,
        guards=[reason_given],
        history_only=("reason",),
        source=_PRACTICE,
    )
    approve = Event(
        planned >> approved,
        zh="批准",
        en="Approve",
        by=project_general_manager,
        update=_approve,
        source=_PRACTICE,
    )
    begin = Event(
        approved >> in_progress,
        zh="开始改进",
        en="Begin",
        by=department_head,
        source=_PRACTICE,
    )
    finish = Event(
        Result,
        in_progress >> done,
        zh="完成",
        en="Finish",
        by=department_head,
        guards=[result_named],
        update=_finish,
        source=_PRACTICE,
    )
    verify = Event(
        done >> verified,
        zh="验证通过",
        en="Verify",
        by=(office, project_general_manager),
        guards=[verified_by_another],
        update=_verify,
        source=_PRACTICE,
    )
    reject = Event(
        Reason,
        done >> in_progress,
        zh="验证不通过",
        en="Reject",
        by=(office, project_general_manager),
        guards=[verified_by_another, reason_given],
        update=_reject,
        source=_PRACTICE,
    )
    mark_overdue = Event(
        ANY >> SAME,
        zh="标记逾期",
        en="Mark as overdue",
        by=(SYSTEM, office),
        guards=[newly_overdue],
        update=_mark,
        source=_PRACTICE,
    )

    marking = Deadline(
        [required, planned, approved, in_progress],
        at=_day_over,
        fires=mark_overdue,
        source=_PRACTICE,
    )
