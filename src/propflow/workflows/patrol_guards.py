"""What steps of a patrol must meet."""

from __future__ import annotations

from datetime import datetime

from propflow.calendar import Occurrence, Punctuality, punctuality
from propflow.definition import Case, Context, guard
from propflow.workflows.patrol_data import (
    Attendance,
    CheckIn,
    Evidence,
    PatrolData,
    PatrolPlan,
    PatrolSettings,
)

CLAUSE_3 = "物业客服部巡检管理规程 3.2-3.5"
CLAUSE_3_5 = "物业客服部巡检管理规程 3.5.1"
CLAUSE_4_1 = "物业客服部巡检管理规程 4.1"
PRACTICE = "物业客服部巡检管理规程 4.1 (not in the text; trade practice)"


def kept(data: PatrolData, began: datetime, done: datetime | None, context: Context) -> Punctuality:
    """Return how a patrol was kept, by its window and the tolerance that is set."""
    window = Occurrence(data.schedule, data.starts.date(), data.starts, data.ends)
    tolerance = context.settings(PatrolSettings).tolerance
    return punctuality(window, began, done, tolerance=tolerance)


def is_missed(data: PatrolData, moment: datetime, context: Context) -> bool:
    """Whether a patrol that begins at the moment is missed already."""
    return kept(data, moment, None, context) is Punctuality.MISSED


@guard(zh="巡检时段须有先后", en="the window must end after it begins", source=CLAUSE_3)
def window_in_order(_case: Case[PatrolData], payload: PatrolPlan, _context: Context) -> bool:
    """Whether both ends are aware and in order."""
    aware = None not in (payload.starts.utcoffset(), payload.ends.utcoffset())
    return aware and payload.starts < payload.ends


@guard(
    zh="巡检点编号不得重复或为空",
    en="the ids of the points must differ, and none be blank",
    source=PRACTICE,
)
def points_differ(_case: Case[PatrolData], payload: PatrolPlan, _context: Context) -> bool:
    """Whether every point has an id of its own."""
    ids = [point.id.strip() for point in payload.route]
    return all(ids) and len(set(ids)) == len(ids)


@guard(
    zh="巡检时段已过,应记为漏检",
    en="the window is over; the patrol is missed",
    code="window_over",
    source=CLAUSE_4_1,
)
def not_over(case: Case[PatrolData], _payload: Attendance, context: Context) -> bool:
    """Whether the patrol may still begin; before its window too, which is early."""
    return not is_missed(case.data, context.occurred_at, context)


@guard(zh="巡检人数不足", en="too few are there", code="too_few", source=PRACTICE)
def enough_are_there(_case: Case[PatrolData], payload: Attendance, context: Context) -> bool:
    """Whether `PatrolSettings.min_participants` are there."""
    wanted = context.settings(PatrolSettings).min_participants
    return wanted is None or len({context.actor.id, *payload.present}) >= wanted


@guard(zh="带队人须到场", en="whoever leads must be there", source=CLAUSE_3_5)
def leader_there(case: Case[PatrolData], payload: Attendance, context: Context) -> bool:
    """Whether the leader is there, where `PatrolSettings.leader_required` names the schedule."""
    if case.data.schedule not in context.settings(PatrolSettings).leader_required:
        return True
    return bool(case.data.leader) and case.data.leader in (context.actor.id, *payload.present)


@guard(zh="该点不在巡检路线上", en="the point is not on the route", source=PRACTICE)
def on_the_route(case: Case[PatrolData], payload: CheckIn, _context: Context) -> bool:
    """Whether the route has the point."""
    return any(point.id == payload.point for point in case.data.route)


@guard(zh="该点已签到", en="somebody checked in there already", source=PRACTICE)
def not_checked_yet(case: Case[PatrolData], payload: CheckIn, _context: Context) -> bool:
    """Whether nobody has checked in at the point."""
    return all(check.point != payload.point for check in case.data.checks)


@guard(zh="签到凭证不符合要求", en="the evidence is not what the point asks for", source=PRACTICE)
def evidence_fits(case: Case[PatrolData], payload: CheckIn, _context: Context) -> bool:
    """Whether the evidence is of the kind that the point asks for, and was read or taken."""
    wanted = {point.id: point.evidence for point in case.data.route}.get(payload.point)
    if payload.evidence is not Evidence.NONE and not payload.reading.strip():
        return False
    return wanted in (None, Evidence.NONE, payload.evidence)


@guard(zh="须按路线顺序签到", en="the points come in the order of the route", source=PRACTICE)
def in_order(case: Case[PatrolData], payload: CheckIn, context: Context) -> bool:
    """Whether it is the next point, where `PatrolSettings.in_order` asks for that."""
    if not context.settings(PatrolSettings).in_order:
        return True
    missing = unchecked(case.data)
    return bool(missing) and missing[0] == payload.point


@guard(zh="距上次签到的时间不足", en="too little time since the last check-in", source=PRACTICE)
def stayed_long_enough(case: Case[PatrolData], _payload: CheckIn, context: Context) -> bool:
    """Whether `PatrolSettings.min_stay` has gone by since the last check-in."""
    if not case.data.checks:
        return True
    wanted = context.settings(PatrolSettings).min_stay
    return context.occurred_at - case.data.checks[-1].at >= wanted


@guard(zh="尚有巡检点未签到", en="a point was not checked in at", source=PRACTICE)
def every_point_checked(case: Case[PatrolData], context: Context) -> bool:
    """Whether nothing is left, where `PatrolSettings.every_point` asks for that."""
    return not context.settings(PatrolSettings).every_point or not unchecked(case.data)


@guard(
    zh="完成时间不得早于开始时间", en="it cannot be completed before it began", source=CLAUSE_4_1
)
def not_before_it_began(case: Case[PatrolData], context: Context) -> bool:
    """Whether the completion comes after the beginning."""
    began = case.data.began_at
    return began is not None and began <= context.occurred_at


@guard(zh="巡检时段尚未结束", en="the window is not over yet", source=CLAUSE_4_1)
def is_over(case: Case[PatrolData], context: Context) -> bool:
    """Whether a patrol that has not begun can no longer begin in time."""
    return is_missed(case.data, context.occurred_at, context)


def unchecked(data: PatrolData) -> tuple[str, ...]:
    """Return the ids of the points where nobody has checked in, in the order of the route."""
    seen = {check.point for check in data.checks}
    return tuple(point.id for point in data.route if point.id not in seen)
