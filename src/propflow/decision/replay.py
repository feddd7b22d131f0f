"""Replay: the history folded into the case again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from propflow.decision.decide import advanced, moved, new_case
from propflow.decision.plan import Plan, plan_of
from propflow.definition import Action, Case, Context, Entry
from propflow.definition.workflow import Workflow
from propflow.errors import BrokenHistory

D = TypeVar("D")


def replay(workflow: type[Workflow[D]], case_id: str, entries: Iterable[Entry]) -> Case[D]:
    """Return the case that a history leads to; updates run again, guards and effects do not.

    Args:
        workflow: The definition that the entries were decided with.
        case_id: The case's id, which entries do not repeat.
        entries: The case's whole history, oldest first.

    Raises:
        BrokenHistory: It is empty, has a gap, or an entry does not follow from the one before.
        UnknownEvent: The workflow does not have the event of an entry.
        InvalidPayload: An entry's payload is not of its event's class, or the data's does not
            take it.
        FunctionRaised: An update is broken.
    """
    return replay_plan(plan_of(workflow), case_id, entries)


def replay_plan(plan: Plan[D], case_id: str, entries: Iterable[Entry]) -> Case[D]:
    """Return the case that a history leads to, for a plan at hand; see `replay`."""
    case: Case[D] | None = None
    for entry in entries:
        case = _step(plan, case_id, case, entry)
    if case is None:
        raise BrokenHistory(case_id, 1, "it has no entries")
    return case


def _step(plan: Plan[D], case_id: str, case: Case[D] | None, entry: Entry) -> Case[D]:
    action: Action[Any, D] = Action(plan.spec.name, entry.event, entry.payload)
    event = plan.event(action)
    if case is None:
        if not event.opening:
            raise BrokenHistory(case_id, entry.revision, f"{entry.event!r} opens no case")
        case = new_case(plan, action, case_id=case_id, opened_at=entry.recorded_at)
    if entry.revision != case.revision + 1:
        raise BrokenHistory(case_id, entry.revision, f"revision {case.revision + 1} is missing")
    if entry.source != case.state:
        raise BrokenHistory(
            case_id, entry.revision, f"it starts from {entry.source}, the case was {case.state}"
        )
    if not any(
        move.target == entry.target and move.previous in (None, case.previous)
        for move in event.moves.get(entry.source, ())
    ):
        raise BrokenHistory(
            case_id,
            entry.revision,
            f"{entry.event!r} does not lead from {entry.source} to {entry.target}",
        )
    context = Context(
        entry.actor, entry.recorded_at, entry.occurred_at, settings=plan.spec.settings
    )
    return moved(case, entry.target, advanced(plan, event, case, entry.payload, context))
