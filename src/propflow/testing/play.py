"""One case, played step by step by pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import attrs

from propflow.decision.decide import decide_step, new_case, utc
from propflow.decision.plan import plan_of
from propflow.definition import Action, Actor, Case, Context, Entry, Workflow
from propflow.definition.context import NO_FACTS
from propflow.errors import Refused
from propflow.testing.properties import Invariant, Monitor

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
    """

    action: Action[Any, D]
    actor: Actor


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
    steps: Iterable[tuple[Action[Any, D], Actor]],
    *,
    now: datetime = MOMENT,
    facts: Mapping[str, Any] = NO_FACTS,
) -> Played[D]:
    """Open a case and take steps until one is refused; pure, no store and no clock.

    Args:
        workflow: The definition.
        steps: The actions with their actors; the first one opens the case.
        now: When all of them are taken, an aware datetime.
        facts: The host's answers by the names of the facts.

    Raises:
        NaiveDatetime: `now` has no UTC offset.
        UnknownEvent: The workflow has no such event.
        InvalidPayload: A payload is not of its event's class, or the data's does not take it.
        WrongWorkflow: An action is of another workflow.
        FunctionRaised: A guard, update or effects function is broken.
    """
    plan = plan_of(workflow)
    moment = utc("now", now)
    case: Case[D] | None = None
    entries: list[Entry] = []
    for action, actor in steps:
        before = case or new_case(plan, action, case_id=CASE_ID, opened_at=moment)
        context = Context(actor, moment, moment, facts, plan.spec.settings)
        answer = decide_step(plan, before, action, context)
        if isinstance(answer, Refused):
            return Played(case, tuple(entries), answer)
        case = answer.case
        entries.append(answer.entry)
    return Played(case, tuple(entries), None)
