"""What is tried on a workflow: every event, by every actor, with every given payload."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Generic, TypeAlias, TypeVar, cast

import attrs

from propflow.decision.decide import utc
from propflow.decision.plan import Plan, plan_of
from propflow.definition import START, Action, Actor, Context, Workflow
from propflow.errors import InvalidPayload, InvalidTrial, Problem, UnknownEvent, WrongWorkflow
from propflow.testing.play import Step
from propflow.testing.timing import TimeLeft, Timing, timing_of

D = TypeVar("D")

Abstraction: TypeAlias = Callable[[D], Hashable]
"""What of the data makes a difference; cases that agree in it are tried once."""

Choice: TypeAlias = tuple[Step[D], Context]


@attrs.frozen(eq=False)
class Trial(Generic[D]):
    """A workflow with all that is tried on it.

    Attributes:
        actors: Who tries.
        payloads: The actions that were given.
        actions: These, and those of the events without a payload.
        choices: The steps that the definition leaves open to role and state, by state.
        pauses: How long may pass before a step, beside no time at all.
        until: After when nothing is tried any more; `None` where no pauses are tried.
        deadlines: The names of the deadlines that may come due, `None` for whichever can.
        timing: These deadlines, `None` if there are none.
    """

    workflow: type[Workflow[D]]
    plan: Plan[D]
    actors: tuple[Actor, ...]
    payloads: tuple[Action[Any, D], ...]
    actions: tuple[Action[Any, D], ...]
    now: datetime
    facts: Mapping[str, Any]
    choices: Mapping[str, tuple[Choice[D], ...]]
    pauses: tuple[timedelta, ...] = ()
    until: datetime | None = None
    deadlines: tuple[str, ...] | None = None
    timing: Timing | None = None


WEEK = timedelta(days=7)


def trial_of(
    workflow: type[Workflow[D]],
    actors: Iterable[Actor],
    payloads: Iterable[Action[Any, D]],
    now: datetime,
    facts: Mapping[str, Any],
    *,
    pauses: Iterable[timedelta] = (),
    within: timedelta = WEEK,
    deadlines: Iterable[str] | None = (),
    time_left: TimeLeft = "exact",
) -> Trial[D]:
    """Return everything to try, events without a payload included.

    Raises:
        InvalidTrial: No actor is given or one is none, an event lacks a payload, an action does not
            fit, a pause is none, or a deadline cannot come due.
        NaiveDatetime: `now` has no UTC offset.
    """
    plan = plan_of(workflow)
    who, given, moment = tuple(actors), tuple(payloads), utc("now", now)
    problems = [] if who else [Problem("actors", "is empty; give at least one for each role")]
    problems += [
        Problem(f"actors[{place}]", f"{actor!r} is no actor; give Actor(id, roles=[…])")
        for place, actor in enumerate(cast("tuple[object, ...]", who))
        if not isinstance(actor, Actor)
    ]
    for place, action in enumerate(given):
        if not isinstance(cast("object", action), Action):
            message = f"{action!r} is no action; call the event to make one"
            problems.append(Problem(f"payloads[{place}]", message))
            continue
        try:
            plan.event(action)
        except (InvalidPayload, UnknownEvent, WrongWorkflow) as error:
            problems.append(Problem(f"payloads[{place}]", str(error)))
    waits = tuple(pauses)
    for place, pause in enumerate(waits):
        if pause <= timedelta(0):
            problems.append(Problem(f"pauses[{place}]", f"{pause} is no time that passes"))
    chosen = None if deadlines is None else tuple(deadlines)
    timing = timing_of(plan.spec, chosen, problems, time_left)
    named = {action.event for action in given if isinstance(cast("object", action), Action)}
    fired = {each.event for each in timing.fires.values()} if timing else set[str | None]()
    for name, event in plan.events.items():
        if event.payload is not None and name not in named | fired:
            message = f"give at least one payload to try, such as {workflow.__name__}.{name}(…)"
            problems.append(Problem(name, message))
    if problems:
        raise InvalidTrial(f"the trial of {workflow.spec.name}", problems)
    bare: list[Action[Any, D]] = [
        Action(workflow.spec.name, name, None)
        for name, event in plan.events.items()
        if event.payload is None and name not in named
    ]
    actions = (*given, *bare)
    settings = plan.spec.settings
    contexts = [Context(actor, moment, moment, facts, settings) for actor in who]
    states = (START.name, *plan.spec.tree.all_leaves())
    choices = {
        state: tuple(
            (Step(action, context.actor), context)
            for action in actions
            for context in contexts
            if state in plan.events[action.event].moves
            and plan.events[action.event].admits(context.actor)
        )
        for state in states
    }
    until = moment + within if waits else None
    return Trial(
        *(workflow, plan, who, given, actions, moment, facts, choices, waits, until, chosen),
        timing=timing,
    )
