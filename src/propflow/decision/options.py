"""Options: what an actor may do next, and why not the rest."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import attrs

from propflow.decision.decide import ask, no_way_back, reasons_elsewhere, wrong_state
from propflow.decision.plan import EventPlan, Plan
from propflow.definition import START, Case, Context, Guard, Refusal

D = TypeVar("D")

Answer = Literal["allowed", "refused", "depends"]


@attrs.frozen
class Option:
    """One event as an actor sees it.

    Attributes:
        event: Name of the event.
        zh: Its Chinese label.
        en: Its English label.
        answer: ``allowed``, ``refused``, or ``depends`` where a guard must see the payload first.
        reasons: Why it is refused, all of them; empty otherwise.
    """

    event: str
    zh: str
    en: str
    answer: Answer
    reasons: tuple[Refusal, ...] = ()


def options(plan: Plan[D], case: Case[D], context: Context) -> tuple[Option, ...]:
    """Return every event that can be asked of a case, in declared order.

    Raises:
        FunctionRaised: A guard is broken.
    """
    return tuple(
        _option(event, case, context) for event in plan.events.values() if not event.opening
    )


def openings(plan: Plan[Any], context: Context) -> tuple[Option, ...]:
    """Return every event that opens a case; their guards need the payload."""
    found: list[Option] = []
    for event in plan.events.values():
        if not event.opening:
            continue
        guarded = event.guards or all(move.guards for move in event.moves[START.name])
        reasons = () if event.admits(context.actor) else (event.wrong_role,)
        answer: Answer = "refused" if reasons else "depends" if guarded else "allowed"
        found.append(Option(event.name, event.zh, event.en, answer, reasons))
    return tuple(found)


def _option(event: EventPlan, case: Case[Any], context: Context) -> Option:
    reasons = [] if event.admits(context.actor) else [event.wrong_role]
    moves = event.moves.get(case.state)
    if moves is None:
        reasons.append(wrong_state(event, case.state))
        answerable = [guard for guard in event.guards if not guard.takes_payload]
        reasons += reasons_elsewhere(event, answerable, case, None, context)
        return Option(event.name, event.zh, event.en, "refused", tuple(reasons))
    depends, refusals = _ask_all(event, event.guards, case, context)
    reasons += refusals
    closed: list[Refusal] = []
    for move in moves:
        if move.previous is not None and move.previous != case.previous:
            continue
        open_question, refusals = _ask_all(event, move.guards, case, context)
        if not refusals:
            depends = depends or open_question
            break
        closed += [refusal for refusal in refusals if refusal not in closed]
    else:
        reasons += closed or [no_way_back(event, case.state)]
    if reasons:
        return Option(event.name, event.zh, event.en, "refused", tuple(reasons))
    return Option(event.name, event.zh, event.en, "depends" if depends else "allowed")


def _ask_all(
    event: EventPlan,
    guards: tuple[Guard[Any, Any], ...],
    case: Case[Any],
    context: Context,
) -> tuple[bool, list[Refusal]]:
    """Return whether a guard must see the payload, and what the others refuse."""
    depends = False
    refusals: list[Refusal] = []
    for guard in guards:
        if guard.takes_payload:
            depends = True
            continue
        refusal = ask(event, guard, case, None, context)
        if refusal is not None:
            refusals.append(refusal)
    return depends, refusals
