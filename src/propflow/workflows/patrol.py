"""巡检任务: one patrol, from its plan to its completion; what is found on the way becomes an issue.

Clauses 3.2 to 3.5 and 4.1 of the patrol regulation give the forms of patrol, their times and that
times are kept. Routes, check-ins and their evidence are trade practice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import attrs

from propflow.calendar import Punctuality
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
    StartCase,
    State,
    Workflow,
)
from propflow.workflows.issue import Issue
from propflow.workflows.issue_guards import CLAUSE_4_6
from propflow.workflows.patrol_data import (
    Attendance,
    CheckIn,
    PatrolData,
    PatrolFinding,
    PatrolPlan,
    PatrolSettings,
    PointCheck,
)
from propflow.workflows.patrol_guards import (
    CLAUSE_3,
    CLAUSE_4_1,
    PRACTICE,
    enough_are_there,
    every_point_checked,
    evidence_fits,
    in_order,
    is_over,
    kept,
    leader_there,
    not_before_it_began,
    not_checked_yet,
    not_over,
    on_the_route,
    points_differ,
    stayed_long_enough,
    window_in_order,
)
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.roles import cs_supervisor, inspector


def _begin(case: Case[PatrolData], payload: Attendance, context: Context) -> PatrolData:
    present = dict.fromkeys((context.actor.id, *payload.present))
    return attrs.evolve(case.data, present=tuple(present), began_at=context.occurred_at)


def _check_in(case: Case[PatrolData], payload: CheckIn, context: Context) -> PatrolData:
    check = PointCheck(
        payload.point, context.occurred_at, context.actor.id, payload.evidence, payload.reading
    )
    return attrs.evolve(case.data, checks=(*case.data.checks, check))


def _issue_id(case: Case[PatrolData]) -> str:
    return f"{case.id}:{len(case.data.issues) + 1}"


def _find(case: Case[PatrolData], _payload: PatrolFinding, _context: Context) -> PatrolData:
    return attrs.evolve(case.data, issues=(*case.data.issues, _issue_id(case)))


def _open_issue(
    case: Case[PatrolData], payload: PatrolFinding, _context: Context
) -> Iterator[Effect]:
    found = Issue.record(
        place=payload.place,
        description=payload.description,
        zone=payload.zone,
        category=payload.category,
        severity=payload.severity,
        on_site_action=payload.on_site_action,
        photos=payload.photos,
    )
    # Effects see the case after the step, whose last issue this is.
    yield StartCase(found, id=case.data.issues[-1])


def _complete(case: Case[PatrolData], _payload: None, context: Context) -> PatrolData:
    done = context.occurred_at
    began = case.data.began_at or done
    result = kept(case.data, began, done, context)
    return attrs.evolve(case.data, completed_at=done, punctuality=result)


_SECOND = timedelta(seconds=1)


def _miss(case: Case[PatrolData], _payload: None, _context: Context) -> PatrolData:
    return attrs.evolve(case.data, punctuality=Punctuality.MISSED)


class Patrol(Workflow[PatrolData]):
    """巡检任务: planned, walked with check-ins and findings, completed early, on time or late."""

    version = 1
    zh = "巡检任务"
    en = "Patrol"
    indexed = ("schedule", "leader")
    with_settings = Settings(PatrolSettings)

    planned = State(zh="已计划", en="Planned", source=CLAUSE_3)
    in_progress = State(zh="巡检中", en="In progress", source=CLAUSE_3)
    completed = State(zh="已完成", en="Completed", final=True, source=CLAUSE_4_1)
    missed = State(zh="已漏检", en="Missed", final=True, source=CLAUSE_4_1)
    cancelled = State(zh="已取消", en="Cancelled", final=True, source=PRACTICE)

    plan = Event(
        PatrolPlan,
        START >> planned,
        zh="计划",
        en="Plan",
        by=(cs_supervisor, SYSTEM),
        guards=[window_in_order, points_differ],
        source=CLAUSE_3,
    )
    begin = Event(
        Attendance,
        planned >> in_progress,
        zh="开始巡检",
        en="Begin",
        by=inspector,
        guards=[not_over, enough_are_there, leader_there],
        update=_begin,
        source=CLAUSE_4_1,
    )
    check_in = Event(
        CheckIn,
        in_progress >> SAME,
        zh="签到",
        en="Check in",
        by=inspector,
        guards=[on_the_route, not_checked_yet, evidence_fits, in_order, stayed_long_enough],
        update=_check_in,
        source=PRACTICE,
    )
    find = Event(
        PatrolFinding,
        in_progress >> SAME,
        zh="发现问题",
        en="Find a problem",
        by=inspector,
        update=_find,
        effects=_open_issue,
        source=CLAUSE_4_6,
    )
    complete = Event(
        in_progress >> completed,
        zh="完成巡检",
        en="Complete",
        by=inspector,
        guards=[not_before_it_began, every_point_checked],
        update=_complete,
        source=CLAUSE_4_1,
    )
    miss = Event(
        planned >> missed,
        zh="记为漏检",
        en="Record as missed",
        by=(cs_supervisor, SYSTEM),
        guards=[is_over],
        update=_miss,
        source=CLAUSE_4_1,
    )
    cancel = Event(
        Reason,
        [planned, in_progress] >> cancelled,
        zh="取消",
        en="Cancel",
        by=cs_supervisor,
        guards=[reason_given],
        history_only=("reason",),
        source=PRACTICE,
    )

    # A window is closed (A09): what begins in the second of its end is in time.
    missing = Deadline(
        planned,
        at=lambda data, settings: data.ends + settings.tolerance + _SECOND,
        fires=miss,
        source=CLAUSE_4_1,
    )
