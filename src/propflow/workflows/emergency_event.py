"""突发事件: an emergency, from its report to the review afterwards.

The seed's clause 4.6 sends an emergency to "the relevant emergency plan" and does not give the
plans; the stages and the three classes are common practice, in our own words.
"""

from __future__ import annotations

import enum

import attrs

from propflow.definition import (
    SAME,
    START,
    Case,
    Context,
    Deadline,
    Event,
    Settings,
    State,
    TimeLimit,
    Workflow,
    guard,
)
from propflow.unspecified import Unspecified, UnspecifiedType
from propflow.workflows.roles import plan_leader, project_general_manager

_CLAUSE = "物业客服部巡检管理规程 4.6"
_PRACTICE = "物业客服部巡检管理规程 4.6 (the plan is not in the text; trade practice)"


class Severity(enum.StrEnum):
    """How grave an emergency is."""

    A = "A"
    """Serious."""
    B = "B"
    """Considerable."""
    C = "C"
    """Slight."""


@attrs.frozen
class EmergencyReport:
    """What is known when an emergency is reported.

    Attributes:
        kind: The type of event, such as ``fire``.
        place: Where.
        description: What happens.
        plan: Id of the emergency plan to follow, if it is known already.
        issue_id: Id of the issue that it was found as.
        severity: Its class, if it is classified already.
    """

    kind: str
    place: str
    description: str
    plan: str = ""
    issue_id: str = ""
    severity: Severity | None = None


@attrs.frozen
class EmergencyEventData:
    """What is kept about an emergency.

    Attributes:
        kind: The type of event.
        place: Where.
        description: What happens.
        plan: Id of the emergency plan that is followed.
        issue_id: Id of the issue that it was found as.
        severity: Its class.
        reported_by: Id of whoever reported it.
        led_by: Id of whoever started the plan.
        report: Id of the written report.
        reviewed_by: Id of whoever reviewed it.
        lessons: What the review found.
    """

    kind: str
    place: str
    description: str
    plan: str = ""
    issue_id: str = ""
    severity: Severity | None = None
    reported_by: str = ""
    led_by: str = ""
    report: str = ""
    reviewed_by: str = ""
    lessons: str = ""


@attrs.frozen
class PlanStart:
    """How an emergency plan is started.

    Attributes:
        plan: Id of the plan; may be blank if the report named it.
        severity: The class; may be left out if the report gave it.
    """

    plan: str = ""
    severity: Severity | None = None


@attrs.frozen
class WrittenReport:
    """The written report on an emergency.

    Attributes:
        report: Id of the document.
    """

    report: str


@attrs.frozen
class Review:
    """The review of an emergency.

    Attributes:
        lessons: What it found.
    """

    lessons: str = ""


@guard(
    zh="须指明所启动的应急预案",
    en="the emergency plan must be named",
    code="no_emergency_plan",
    source=_CLAUSE,
)
def plan_named(case: Case[EmergencyEventData], payload: PlanStart, _context: Context) -> bool:
    """Whether the plan is known from the report or named now."""
    return bool(payload.plan.strip() or case.data.plan.strip())


@guard(zh="须先定级", en="the emergency must be classified", source=_PRACTICE)
def classified(case: Case[EmergencyEventData], payload: PlanStart, _context: Context) -> bool:
    """Whether the class is known from the report or given now."""
    return (payload.severity or case.data.severity) is not None


@guard(zh="须附书面报告", en="the written report must be attached", source=_PRACTICE)
def report_attached(
    _case: Case[EmergencyEventData], payload: WrittenReport, _context: Context
) -> bool:
    """Whether the report's id is more than blanks."""
    return bool(payload.report.strip())


@guard(zh="须先提交书面报告", en="the written report must be filed first", source=_PRACTICE)
def report_filed(case: Case[EmergencyEventData], _context: Context) -> bool:
    """Whether the written report is on file."""
    return bool(case.data.report)


def _report(
    case: Case[EmergencyEventData], _payload: EmergencyReport, context: Context
) -> EmergencyEventData:
    return attrs.evolve(case.data, reported_by=context.actor.id)


def _start_plan(
    case: Case[EmergencyEventData], payload: PlanStart, context: Context
) -> EmergencyEventData:
    return attrs.evolve(
        case.data,
        plan=payload.plan.strip() or case.data.plan,
        severity=payload.severity or case.data.severity,
        led_by=context.actor.id,
    )


def _review(
    case: Case[EmergencyEventData], payload: Review, context: Context
) -> EmergencyEventData:
    return attrs.evolve(case.data, lessons=payload.lessons, reviewed_by=context.actor.id)


@attrs.frozen
class EmergencyEventSettings:
    """What a host may set about emergencies: ``EmergencyEvent.with_settings(start_limit=…)``.

    Attributes:
        start_limit: How long until the plan is started.
        review_limit: How long from the report until it is reviewed, for which the written report
            must be filed. The sources of the trade differ, and the text names none.
    """

    start_limit: TimeLimit | UnspecifiedType = Unspecified
    review_limit: TimeLimit | UnspecifiedType = Unspecified


class EmergencyEvent(Workflow[EmergencyEventData]):
    """突发事件: reported by anyone or opened by an issue, handled by a plan, then reviewed.

    Clause 4.6 says "start the plan" without a number: the limits are `Unspecified` until the host
    sets them.
    """

    version = 1
    zh = "突发事件"
    en = "Emergency event"
    indexed = ("issue_id", "place")
    with_settings = Settings(EmergencyEventSettings)

    reported = State(zh="已报告", en="Reported", source=_CLAUSE)
    plan_started = State(zh="已启动预案", en="Plan started", source=_CLAUSE)
    under_control = State(zh="已受控", en="Under control", source=_PRACTICE)
    recovered = State(zh="已恢复", en="Recovered", source=_PRACTICE)
    reviewed = State(zh="已总结", en="Reviewed", final=True, source=_PRACTICE)

    report = Event(
        EmergencyReport,
        START >> reported,
        zh="报告",
        en="Report",
        update=_report,
        source=_CLAUSE,
    )
    start_plan = Event(
        PlanStart,
        reported >> plan_started,
        zh="启动预案",
        en="Start the plan",
        by=plan_leader,
        guards=[plan_named, classified],
        update=_start_plan,
        source=_CLAUSE,
    )
    bring_under_control = Event(
        plan_started >> under_control,
        zh="控制事态",
        en="Bring under control",
        by=plan_leader,
        source=_PRACTICE,
    )
    recover = Event(
        under_control >> recovered,
        zh="恢复正常",
        en="Recover",
        by=plan_leader,
        source=_PRACTICE,
    )
    file_report = Event(
        WrittenReport,
        [under_control, recovered] >> SAME,
        zh="提交书面报告",
        en="File the written report",
        by=plan_leader,
        guards=[report_attached],
        source=_PRACTICE,
    )
    review = Event(
        Review,
        recovered >> reviewed,
        zh="总结",
        en="Review",
        by=project_general_manager,
        guards=[report_filed],
        update=_review,
        source=_PRACTICE,
    )

    starting = Deadline(
        reported, limit="start_limit", zh="启动预案时限", en="Starting the plan", source=_CLAUSE
    )
    reviewing = Deadline(
        [reported, plan_started, under_control, recovered],
        limit="review_limit",
        zh="总结时限",
        en="Review",
        source=_PRACTICE,
    )
