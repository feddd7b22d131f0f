"""A case on its way by pure decisions alone, and the table of what may lead where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from propflow.decision import Accepted, decide, new_case, plan_of
from propflow.definition import Action, Actor, Case, Effect, Role, Workflow

NOW = datetime(2025, 6, 3, 1, 30, tzinfo=UTC)


class Walk:
    """One case; every step must be accepted, and a refusal must leave it as it was."""

    def __init__(self, workflow: type[Workflow[Any]], opening: Action[Any, Any], by: Actor) -> None:
        self.workflow = workflow
        self.effects: tuple[Effect, ...] = ()
        self.case: Case[Any] = new_case(plan_of(workflow), opening, case_id="case-1", opened_at=NOW)
        self.step(opening, by)

    @property
    def state(self) -> str:
        return self.case.state

    @property
    def data(self) -> Any:
        return self.case.data

    def step(self, action: Action[Any, Any], by: Actor) -> Walk:
        decision = decide(self.workflow, self.case, action, by, NOW)
        assert isinstance(decision, Accepted), f"{action.event}: {decision.reasons}"
        self.case = decision.case
        self.effects = decision.effects
        return self

    def codes(self, action: Action[Any, Any], by: Actor) -> set[str]:
        """Return the codes of the refusal."""
        decision = decide(self.workflow, self.case, action, by, NOW)
        assert not isinstance(decision, Accepted), f"{action.event} was accepted"
        return {reason.code for reason in decision.reasons}


def case_in(
    workflow: type[Workflow[Any]], state: str, data: Any, previous: str | None
) -> Case[Any]:
    """Return a case that rests in a state, however it came there."""
    return Case("case-1", state, previous, data, 3, workflow.spec.name, 1, NOW)


def outcomes(
    workflow: type[Workflow[Any]],
    state: str,
    action: Action[Any, Any],
    by: Actor,
    data: Any,
    *,
    previous: str | None = None,
) -> str | set[str]:
    """Return the state after a step, or the codes of its refusal."""
    case = case_in(workflow, state, data, previous)
    before = attrs.evolve(case)
    decision = decide(workflow, case, action, by, NOW)
    assert case == before
    if isinstance(decision, Accepted):
        return decision.case.state
    return {reason.code for reason in decision.reasons}


def pairs(
    workflow: type[Workflow[Any]], actions: Mapping[str, Action[Any, Any]]
) -> list[tuple[str, str]]:
    """Return every state with every event that opens no case, each of which needs an action."""
    events = [name for name, event in workflow.spec.events.items() if not event.opening]
    assert sorted(events) == sorted(actions)
    return [(state, event) for state in workflow.spec.states for event in events]


def roles_asked(workflow: type[Workflow[Any]]) -> dict[str, set[str]]:
    """Return, by event, the names of the roles that may ask; none for anyone."""
    return {
        name: {role.name for role in event.by if isinstance(role, Role)}
        for name, event in workflow.spec.events.items()
    }


def everyone(workflow: type[Workflow[Any]], actor_id: str, *, but: Iterable[str] = ()) -> Actor:
    """Return an actor with every role that the workflow knows, but for some."""
    names = set[str]().union(*roles_asked(workflow).values())
    return Actor(actor_id, names.difference(but))
