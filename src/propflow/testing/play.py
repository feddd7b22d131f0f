"""One case, played step by step by pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import attrs

from propflow.decision.decide import decide_step, new_case, utc
from propflow.decision.due import Due, key_of
from propflow.decision.plan import plan_of
from propflow.definition import Action, Actor, Case, Context, Entry, Refusal, Workflow
from propflow.definition.context import NO_FACTS
from propflow.definition.spec import WorkflowSpec
from propflow.errors import Refused
from propflow.testing.properties import Invariant, Monitor
from propflow.testing.timing import Timing, timing_of

D = TypeVar("D")

CASE_ID = "case-1"
"""The id of every case that is tried."""

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""When every step is tried, if nothing else is said."""


@attrs.frozen
class Step(Generic[D]):
    """One step of a script.

    Attributes:
        action: What is asked.
        actor: Who asks.
        after: How long after the step before it.
        late: How long before it was recorded it had happened.
        deadline: Name of the deadline that takes it, empty if somebody asks for it. Such a step
            happened when the deadline was due, and is taken only if that is over.
    """

    action: Action[Any, D]
    actor: Actor
    after: timedelta = timedelta(0)
    late: timedelta = timedelta(0)
    deadline: str = ""


@attrs.frozen
class Played(Generic[D]):
    """What came of playing some steps.

    Attributes:
        case: The case after the last step that was accepted, `None` if it was not even opened.
        entries: Its history.
        refused: The refusal that ended the play, `None` if every step was accepted.
    """

    case: Case[D] | None
    entries: tuple[Entry, ...]
    refused: Refused | None

    def keeps(self, what: Invariant[D] | Monitor[Any]) -> bool:
        """Whether an invariant holds of the case, or a monitor of its history."""
        if isinstance(what, Monitor):
            return what.check(self.entries) is None
        return self.case is None or what.holds(self.case)


def play(
    workflow: type[Workflow[D]],
    steps: Iterable[Step[D] | tuple[Action[Any, D], Actor]],
    *,
    now: datetime = MOMENT,
    facts: Mapping[str, Any] = NO_FACTS,
) -> Played[D]:
    """Open a case and take steps until one is refused; pure, no store and no clock.

    Args:
        workflow: The definition.
        steps: The actions with their actors, as pairs or, where time passes, as `Step`; the first
            one opens the case.
        now: When the first of them is taken, an aware datetime; the others too, unless they say
            how long after.
        facts: The host's answers by the names of the facts.

    Raises:
        NaiveDatetime: `now` has no UTC offset.
        UnknownEvent: The workflow has no such event.
        InvalidPayload: A payload is not of its event's class, or the data's does not take it.
        WrongWorkflow: An action is of another workflow.
        FunctionRaised: A guard, update or effects function is broken.
    """
    plan = plan_of(workflow)
    timing = timing_of(plan.spec, None, [])
    moment = utc("now", now)
    case: Case[D] | None = None
    entries: list[Entry] = []
    data: list[D] = []
    running: tuple[Due, ...] = ()
    for given in steps:
        step = given if isinstance(given, Step) else Step(*given)
        moment += step.after
        before = case or new_case(plan, step.action, case_id=CASE_ID, opened_at=moment)
        happened, key = moment - step.late, None
        if step.deadline:
            found = None if timing is None else _found(timing, running, step, moment)
            if found is None:
                return Played(case, tuple(entries), _not_due(plan.spec, step))
            happened, key = found.at, key_of(CASE_ID, found)
        context = Context(step.actor, moment, happened, facts, plan.spec.settings)
        last = max((entry.occurred_at for entry in entries), default=None)
        answer = decide_step(plan, before, step.action, context, key=key, last_occurred_at=last)
        if isinstance(answer, Refused):
            return Played(case, tuple(entries), answer)
        case = answer.case
        entries.append(answer.entry)
        data.append(case.data)
        if timing is not None:
            running = timing.whole(entries, data)
    return Played(case, tuple(entries), None)


def _found(timing: Timing, running: Iterable[Due], step: Step[Any], now: datetime) -> Due | None:
    """Return what is due as the step says, `None` if it is not."""
    fires = timing.fires.get(step.deadline)
    if fires is None or fires.event != step.action.event:
        return None
    found = next((each for each in running if each.deadline == step.deadline), None)
    return found if found and timing.is_known(found) and found.not_before <= now else None


def _not_due(spec: WorkflowSpec, step: Step[Any]) -> Refused:
    known = spec.deadlines.get(step.deadline)
    zh, en = (step.deadline, step.deadline) if known is None else (known.zh, known.en)
    reason = Refusal("not_due", f"“{zh}”未到期", f"the deadline {en} is not due")
    return Refused(spec.name, step.action.event, CASE_ID, [reason])
