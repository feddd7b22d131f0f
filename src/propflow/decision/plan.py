"""Plans: what a workflow's machine does, kept as immutable tables that a decision walks."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from propflow.definition import (
    START,
    SYSTEM,
    Action,
    Actor,
    Case,
    Context,
    Effect,
    Guard,
    Refusal,
    Role,
    Workflow,
    fields,
)
from propflow.definition.spec import EventSpec, WorkflowSpec
from propflow.errors import InvalidPayload, Problem, UnknownEvent, WrongWorkflow

if TYPE_CHECKING:
    from propflow.decision.machine import Oracle

D = TypeVar("D")


@attrs.frozen(eq=False, repr=False)
class Move:
    """One way that an event may lead from one state.

    Attributes:
        target: The state in which the case rests afterwards.
        guards: What must hold for this way.
        previous: The state in which the case must have been before, for a way back.
    """

    target: str
    guards: tuple[Guard[Any, Any], ...]
    previous: str | None


@attrs.frozen(eq=False, repr=False)
class EventPlan:
    """What one event does.

    Attributes:
        moves: The ways that it may lead, by state, in the order in which they are tried.
        roles: Names of the roles that may ask, `None` for anyone.
        by_system: Whether `SYSTEM` may ask.
        advance: Makes the new data; `None` if the data stay as they are.
        replaces: `advance` is the definition's own ``update=``.
        labels: The labels of all states, in Chinese and English.
    """

    workflow: str
    name: str
    zh: str
    en: str
    payload: type | None
    payload_type: type
    moves: Mapping[str, tuple[Move, ...]]
    roles: frozenset[str] | None
    by_system: bool
    wrong_role: Refusal
    guards: tuple[Guard[Any, Any], ...]
    advance: Callable[[Any, Any, Any], Any] | None
    replaces: bool
    effects: tuple[Effect, ...] | Callable[[Case[Any], Any, Context], Iterable[Effect]]
    opening: bool
    labels: Mapping[str, tuple[str, str]]

    def admits(self, actor: Actor) -> bool:
        """Whether the actor's roles may ask for the event."""
        if self.roles is None or not self.roles.isdisjoint(actor.roles):
            return True
        return self.by_system and actor == SYSTEM


@attrs.frozen(eq=False, repr=False)
class Plan(Generic[D]):
    """One version of a workflow, ready to decide."""

    spec: WorkflowSpec
    events: Mapping[str, EventPlan]
    openers: Mapping[str, Callable[[Any], D]]

    def event(self, action: Action[Any, D]) -> EventPlan:
        """Return the plan of an action's event.

        Raises:
            WrongWorkflow: The action is of another workflow.
            UnknownEvent: The workflow has no such event.
            InvalidPayload: The payload is not of the event's class.
        """
        if action.workflow != self.spec.name:
            raise WrongWorkflow(f"the action {action.event!r}", action.workflow, self.spec.name)
        event = self.events.get(action.event)
        if event is None:
            raise UnknownEvent(self.spec.name, action.event, tuple(self.events))
        if type(action.payload) is not event.payload_type:
            wanted, given = event.payload_type.__name__, type(action.payload).__name__
            problem = Problem("$", f"is {given}, not {wanted}")
            raise InvalidPayload(self.spec.name, action.event, [problem])
        return event


_plans: weakref.WeakKeyDictionary[type[Any], Plan[Any]] = weakref.WeakKeyDictionary()


def plan_of(workflow: type[Workflow[D]]) -> Plan[D]:
    """Return the workflow's plan, compiled from its `transitions` machine when first asked for."""
    plan = _plans.get(workflow)
    if plan is None:
        plan = _plans[workflow] = compile_plan(workflow.spec)
    return plan


def compile_plan(spec: WorkflowSpec) -> Plan[Any]:
    """Ask the workflow's machine what it does, and keep the answers."""
    from propflow.decision.machine import Oracle  # transitions costs time to import

    oracle = Oracle(spec)
    labels = {START.name: ("开始", "Start")}
    labels |= {name: (state.zh, state.en) for name, state in spec.states.items()}
    events = {name: _event_plan(spec, event, oracle, labels) for name, event in spec.events.items()}
    openers = {
        name: fields.opener(spec.data, event.payload, event.history_only)
        for name, event in spec.events.items()
        if event.opening
    }
    return Plan(spec, events, openers)


def _event_plan(
    spec: WorkflowSpec, event: EventSpec, oracle: Oracle, labels: Mapping[str, tuple[str, str]]
) -> EventPlan:
    moves: dict[str, tuple[Move, ...]] = {}
    for state in (START.name, *spec.tree.all_leaves()):
        tried = oracle.tried(event.name, state)
        if tried:
            moves[state] = tuple(
                Move(
                    oracle.target(event.name, state, index),
                    event.transitions[index].guards,
                    event.transitions[index].previous,
                )
                for index in tried
            )
    roles = frozenset(who.name for who in event.by if isinstance(who, Role))
    return EventPlan(
        workflow=spec.name,
        name=event.name,
        zh=event.zh,
        en=event.en,
        payload=event.payload,
        payload_type=type(None) if event.payload is None else event.payload,
        moves=moves,
        roles=roles if event.by else None,
        by_system=SYSTEM in event.by,
        wrong_role=_wrong_role(event),
        guards=event.guards,
        advance=_advance(spec, event),
        replaces=event.update is not None,
        effects=event.effects if callable(event.effects) else tuple(event.effects),
        opening=event.opening,
        labels=labels,
    )


def _advance(spec: WorkflowSpec, event: EventSpec) -> Callable[[Any, Any, Any], Any] | None:
    if event.update is not None:
        return event.update
    taken = fields.copied(event.payload, spec.data, event.history_only)
    if event.opening or not taken:  # an opening's data are built from the payload already
        return None
    return fields.copier(spec.data, taken)


def _wrong_role(event: EventSpec) -> Refusal:
    zh = [who.zh if isinstance(who, Role) else "系统" for who in event.by]
    en = [who.en if isinstance(who, Role) else "the system" for who in event.by]
    return Refusal(
        "wrong_role",
        f"只有{'、'.join(zh)}可以“{event.zh}”",
        f"{event.en}: only for {' or '.join(en)}",
    )
