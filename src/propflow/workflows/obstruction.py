"""抵触排斥: a department that resists or excludes the inspectors.

Clause 4.5 of the patrol regulation holds the department's supervisor and the person concerned
liable, and gives neither points nor a form (A17): whoever decides must say what each loses.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import attrs

from propflow.definition import START, Case, Context, Effect, Event, State, Workflow, guard
from propflow.scoring import Charge, Number
from propflow.scoring.points import exact
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.roles import inspector, office, project_general_manager
from propflow.workflows.violation_slip import slip_against

_CLAUSE = "物业客服部巡检管理规程 4.5"
_PRACTICE = "物业客服部巡检管理规程 4.5 (not in the text; trade practice)"


@attrs.frozen
class ObstructionData:
    """What is kept about an obstruction.

    Attributes:
        department: Id of the department.
        supervisor: Id of its supervisor, who answers for it.
        person: Id of the person concerned, who answers too; it may be the supervisor.
        description: What happened.
        evidence: Ids of photos and documents.
        inspector: Id of whoever was obstructed.
        happened_at: When, an aware datetime in UTC.
        answer: What the department says to it.
        answered_by: Id of whoever said it.
        decided_by: Id of whoever decided.
    """

    department: str
    supervisor: str
    person: str
    description: str
    evidence: tuple[str, ...] = ()
    inspector: str = ""
    happened_at: datetime | None = None
    answer: str = ""
    answered_by: str = ""
    decided_by: str = ""


@attrs.frozen
class Obstructed:
    """What an inspector reports; it happened at the step's ``occurred_at``.

    Attributes:
        department: Id of the department.
        supervisor: Id of its supervisor.
        person: Id of the person concerned.
        description: What happened.
        evidence: Ids of photos and documents.
    """

    department: str
    supervisor: str
    person: str
    description: str
    evidence: tuple[str, ...] = ()


@attrs.frozen
class Answer:
    """What the department says.

    Attributes:
        answer: In words.
    """

    answer: str


def _points(value: Number) -> Decimal:
    return exact(value, "points")


@attrs.frozen
class Liability:
    """What each party loses; the clause gives no number, and there is no default.

    Attributes:
        reason: Why.
        supervisor_points: What the supervisor loses.
        person_points: What the person concerned loses.
        supervisor_warnings: Written warnings for the supervisor.
        person_warnings: Written warnings for the person concerned.
    """

    reason: str
    supervisor_points: Decimal = attrs.field(converter=_points)
    person_points: Decimal = attrs.field(converter=_points)
    supervisor_warnings: int = attrs.field(default=0, validator=attrs.validators.ge(0))
    person_warnings: int = attrs.field(default=0, validator=attrs.validators.ge(0))


@guard(
    zh="须写明部门、部门主管、当事人和事实",
    en="the department, its supervisor, the person and the facts must be named",
    source=_CLAUSE,
)
def parties_named(_case: Case[ObstructionData], payload: Obstructed, _context: Context) -> bool:
    """Whether all are more than blanks."""
    named = (payload.department, payload.supervisor, payload.person, payload.description)
    return all(text.strip() for text in named)


@guard(zh="须写明答复", en="the answer must say something", source=_PRACTICE)
def answer_given(_case: Case[ObstructionData], payload: Answer, _context: Context) -> bool:
    """Whether the answer is more than blanks."""
    return bool(payload.answer.strip())


@guard(
    zh="只限部门主管或当事人",
    en="only for the supervisor or the person concerned",
    source=_PRACTICE,
)
def by_a_party(case: Case[ObstructionData], context: Context) -> bool:
    """Whether one of those who may be held liable speaks."""
    return context.actor.id in (case.data.supervisor, case.data.person)


@guard(
    zh="须由双方以外的人认定",
    en="neither the inspector nor the parties may decide",
    source=_PRACTICE,
)
def decided_by_another(case: Case[ObstructionData], context: Context) -> bool:
    """Whether somebody decides who is no side of it."""
    data = case.data
    return context.actor.id not in (data.inspector, data.supervisor, data.person)


def _report(case: Case[ObstructionData], _payload: Obstructed, context: Context) -> ObstructionData:
    return attrs.evolve(case.data, inspector=context.actor.id, happened_at=context.occurred_at)


def _answer(case: Case[ObstructionData], payload: Answer, context: Context) -> ObstructionData:
    return attrs.evolve(case.data, answer=payload.answer, answered_by=context.actor.id)


def _decide(
    case: Case[ObstructionData], _payload: Liability | Reason, context: Context
) -> ObstructionData:
    return attrs.evolve(case.data, decided_by=context.actor.id)


def _open_slips(
    case: Case[ObstructionData], payload: Liability, _context: Context
) -> Iterator[Effect]:
    data = case.data
    losses = {data.person: (payload.person_points, payload.person_warnings)}
    head = (payload.supervisor_points, payload.supervisor_warnings)
    if data.supervisor in losses:  # who is both is charged once, and the dearer
        own = losses[data.person]
        head = (max(own[0], head[0]), max(own[1], head[1]))
    losses[data.supervisor] = head
    for person, (points, warnings) in losses.items():
        charge = Charge("obstruction_liability", points, payload.reason, warnings)
        yield slip_against(
            person, data.description, (charge,), about=case.id, department=data.department
        )


class Obstruction(Workflow[ObstructionData]):
    """抵触排斥: reported by the inspector, answered by the department, decided by neither.

    A decision to hold them liable drafts one violation slip for each party.
    The text names no limit for it, so there is no deadline.
    """

    version = 1
    zh = "抵触排斥"
    en = "Obstruction"
    indexed = ("department", "supervisor", "person")

    reported = State(zh="已报告", en="Reported", source=_CLAUSE)
    answered = State(zh="已申辩", en="Answered", source=_PRACTICE)
    liable = State(zh="已追责", en="Liable", final=True, source=_CLAUSE)
    dismissed = State(zh="不予追责", en="Dismissed", final=True, source=_PRACTICE)

    report = Event(
        Obstructed,
        START >> reported,
        zh="报告",
        en="Report",
        by=inspector,
        guards=[parties_named],
        update=_report,
        source=_CLAUSE,
    )
    respond = Event(
        Answer,
        reported >> answered,
        zh="申辩",
        en="Respond",
        guards=[by_a_party, answer_given],
        update=_answer,
        source=_PRACTICE,
    )
    hold_liable = Event(
        Liability,
        [reported, answered] >> liable,
        zh="追责",
        en="Hold liable",
        by=project_general_manager,
        guards=[decided_by_another, reason_given],
        update=_decide,
        effects=_open_slips,
        source=_CLAUSE,
    )
    dismiss = Event(
        Reason,
        [reported, answered] >> dismissed,
        zh="不予追责",
        en="Dismiss",
        by=(project_general_manager, office),
        guards=[decided_by_another, reason_given],
        update=_decide,
        source=_PRACTICE,
    )
