"""The decision: what a step would make of a case, or every reason why it may not be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar, cast

import attrs

from propflow.decision.plan import EventPlan, Move, Plan, plan_of
from propflow.definition import START, Action, Actor, Case, Context, Effect, Entry, Guard, Refusal
from propflow.definition.context import NO_FACTS
from propflow.definition.workflow import Workflow
from propflow.errors import (
    FunctionRaised,
    InvalidArgument,
    InvalidPayload,
    NaiveDatetime,
    Problem,
    Refused,
    WrongWorkflow,
)

D = TypeVar("D")


@attrs.frozen(slots=False)  # made for every step: faster so, if larger
class Accepted(Generic[D]):
    """A step that may be taken.

    Attributes:
        case: The case after it.
        entry: Its entry in the history.
        effects: What follows from it, in order.
    """

    accepted: ClassVar[Literal[True]] = True
    reasons: ClassVar[tuple[Refusal, ...]] = ()

    case: Case[D]
    entry: Entry
    effects: tuple[Effect, ...]


def decide(
    workflow: type[Workflow[D]],
    case: Case[D],
    action: Action[Any, D],
    actor: Actor,
    now: datetime,
    *,
    facts: Mapping[str, Any] = NO_FACTS,
) -> Accepted[D] | Refused:
    """Decide one step; pure, so asking twice gives the same answer.

    Args:
        workflow: The definition.
        case: The case as it is; ``new_case(plan_of(workflow), action, …)`` makes the one to open.
        action: What is asked.
        actor: Who asks.
        now: When, an aware datetime.
        facts: The host's answers by the names of the facts.

    Raises:
        NaiveDatetime: `now` has no UTC offset.
        UnknownEvent: The workflow has no such event.
        InvalidPayload: The payload is not of the event's class, or the data's does not take it.
        WrongWorkflow: The case or the action is of another workflow.
        FunctionRaised: A guard, update or effects function is broken.
    """
    moment = utc("now", now)
    context = Context(actor, moment, moment, facts, workflow.spec.settings)
    return decide_step(plan_of(workflow), case, action, context)


def new_case(
    plan: Plan[D], action: Action[Any, D], *, case_id: str, opened_at: datetime
) -> Case[D]:
    """Return the case that an opening is decided on: revision 0, state START, the payload's data.

    Raises:
        UnknownEvent: The workflow has no such event.
        InvalidPayload: The payload is not of the event's class, or the data's does not take it.
        NaiveDatetime: `opened_at` has no UTC offset.
    """
    event = plan.event(action)
    try:
        # An event that opens nothing has no data to build; the decision refuses it in START.
        data = plan.openers[event.name](action.payload) if event.opening else cast("D", None)
    except Exception as error:
        raise _refused_by_data(plan, event, error) from error
    return Case(
        case_id,
        START.name,
        None,
        data,
        0,
        plan.spec.name,
        plan.spec.version,
        utc("opened_at", opened_at),
    )


def decide_step(
    plan: Plan[D],
    case: Case[D],
    action: Action[Any, D],
    context: Context,
    *,
    key: str | None = None,
    last_occurred_at: datetime | None = None,
) -> Accepted[D] | Refused:
    """Decide one step with everything at hand; the engine's way in."""
    event = plan.event(action)
    if case.workflow != event.workflow:
        raise WrongWorkflow(f"the case {case.id!r}", case.workflow, event.workflow)
    payload = action.payload
    reasons: list[Refusal] = []
    if not event.admits(context.actor):
        reasons.append(event.wrong_role)
    moves = event.moves.get(case.state)
    if moves is None:
        reasons.append(wrong_state(event, case.state))
        reasons += reasons_elsewhere(event, event.guards, case, payload, context)
        return Refused(event.workflow, event.name, case.id, tuple(reasons))
    for guard in event.guards:
        refusal = ask(event, guard, case, payload, context)
        if refusal is not None:
            reasons.append(refusal)
    move = _choose(event, moves, case, payload, context, reasons)
    if reasons or move is None:
        return Refused(event.workflow, event.name, case.id, tuple(reasons))

    data = case.data
    if event.advance is not None:
        data = advanced(plan, event, case, payload, context)
    after: Case[D] = moved(case, move.target, data)
    entry = Entry(
        context.actor,
        event.name,
        payload,
        case.state,
        move.target,
        context.occurred_at,
        context.now,
        after.revision,
        key,
        last_occurred_at is not None and context.occurred_at < last_occurred_at,
    )
    effects = event.effects
    if callable(effects):
        effects = _effects(event, effects, after, payload, context)
    return Accepted(after, entry, effects)


def moved(case: Case[D], target: str, data: D) -> Case[D]:
    """Return the case one revision on; `previous` changes only when the state does."""
    previous: str | None = case.state
    if case.state in (target, START.name):
        previous = case.previous  # of a case that is being opened it is None
    return Case(
        case.id,
        target,
        previous,
        data,
        case.revision + 1,
        case.workflow,
        case.version,
        case.opened_at,
    )


def advanced(plan: Plan[D], event: EventPlan, case: Case[D], payload: Any, context: Context) -> D:
    """Return the data after a step; updates read no facts, so that replay can repeat them.

    Raises:
        FunctionRaised: The update raised, or returned something else than the workflow's data.
        InvalidPayload: There is no update, and the data's class does not take the values.
    """
    if event.advance is None:
        return case.data
    if context.has_facts:
        context = context.without_facts()
    try:
        data: D = event.advance(case, payload, context)
    except Exception as error:
        if not event.replaces:
            raise _refused_by_data(plan, event, error) from error
        raise FunctionRaised(event.workflow, event.name, "update", "") from error
    if event.replaces and type(data) is not plan.spec.data:
        wrong = TypeError(f"it returned {type(data).__name__}, not {plan.spec.data.__name__}")
        raise FunctionRaised(event.workflow, event.name, "update", "") from wrong
    return data


def _refused_by_data(plan: Plan[Any], event: EventPlan, error: Exception) -> InvalidPayload:
    problem = Problem("$", f"{plan.spec.data.__name__} does not take it: {error}")
    return InvalidPayload(plan.spec.name, event.name, [problem])


def _choose(
    event: EventPlan,
    moves: tuple[Move, ...],
    case: Case[Any],
    payload: Any,
    context: Context,
    reasons: list[Refusal],
) -> Move | None:
    """Return the first move whose guards consent; if there is none, add why to the reasons."""
    against: list[Refusal] = []
    for move in moves:
        if move.previous is not None and move.previous != case.previous:
            continue
        if not move.guards:
            return move
        refusals = [
            refusal
            for guard in move.guards
            if (refusal := ask(event, guard, case, payload, context)) is not None
        ]
        if not refusals:
            return move
        against += [refusal for refusal in refusals if refusal not in against]
    reasons += against or [no_way_back(event, case.state)]
    return None


def ask(
    event: EventPlan, guard: Guard[Any, Any], case: Case[Any], payload: Any, context: Context
) -> Refusal | None:
    """Return why a guard refuses, or `None` if it consents.

    Raises:
        FunctionRaised: The guard is broken.
    """
    try:
        if guard.takes_payload:
            answer = guard.function(case, payload, context)
        else:
            answer = guard.function(case, context)
        if answer is True:
            return None  # almost every answer, settled in a moment
        consents = not isinstance(answer, Refusal) and bool(answer)
    except Exception as error:
        raise FunctionRaised(event.workflow, event.name, "guard", guard.code) from error
    if consents:
        return None
    return answer if isinstance(answer, Refusal) else guard.refusal


def reasons_elsewhere(
    event: EventPlan,
    guards: Iterable[Guard[Any, Any]],
    case: Case[Any],
    payload: Any,
    context: Context,
) -> list[Refusal]:
    """Return what guards of an event say in a state that the event does not start from.

    A guard may lean on what holds in its own states, so one that raises here is left out: the step
    is refused whatever it would have said.
    """
    reasons: list[Refusal] = []
    for guard in guards:
        try:
            refusal = ask(event, guard, case, payload, context)
        except FunctionRaised:
            continue
        if refusal is not None:
            reasons.append(refusal)
    return reasons


def _effects(
    event: EventPlan,
    function: Callable[[Case[Any], Any, Context], Iterable[Effect]],
    after: Case[Any],
    payload: Any,
    context: Context,
) -> tuple[Effect, ...]:
    try:
        effects: tuple[Any, ...] = tuple(function(after, payload, context))
    except Exception as error:
        raise FunctionRaised(event.workflow, event.name, "effects", "") from error
    for effect in effects:
        if not isinstance(effect, Effect):
            wrong = TypeError(f"it returned {effect!r}, which is no Effect")
            raise FunctionRaised(event.workflow, event.name, "effects", "") from wrong
    return effects


def wrong_state(event: EventPlan, state: str) -> Refusal:
    """Return the reason that the event does not start from this state, and where it does."""
    zh, en = event.labels.get(state, (state, state))
    from_zh = "、".join(event.labels[name][0] for name in event.moves)
    from_en = ", ".join(event.labels[name][1] for name in event.moves)
    return Refusal(
        "wrong_state",
        f"“{zh}”时不能“{event.zh}”;可在:{from_zh}",
        f"{event.en}: not in state {en}; possible in {from_en}",
    )


def no_way_back(event: EventPlan, state: str) -> Refusal:
    """Return the reason that the state to go back to is not on record."""
    zh, en = event.labels[state]
    return Refusal(
        "no_previous_state",
        f"没有记录进入“{zh}”之前的状态,无法“{event.zh}”",
        f"{event.en}: the state before {en} is not on record",
    )


def utc(name: str, moment: object) -> datetime:
    """Return the moment in UTC.

    Raises:
        InvalidArgument: It is no datetime.
        NaiveDatetime: It has no offset.
    """
    if not isinstance(moment, datetime):
        raise InvalidArgument(name, moment, "is no moment; give an aware datetime")
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise NaiveDatetime(name, moment)
    return moment.astimezone(UTC)
