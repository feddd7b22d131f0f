"""Plans and the real `transitions` machine, side by side on the same events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import attrs
from transitions import MachineError

from propflow.decision import Plan, new_case
from propflow.decision.decide import Accepted, decide_step
from propflow.decision.machine import host_machine
from propflow.definition import Action, Case, Context, Entry
from tests.decision.drawn import Board, Fired, Turn
from tests.decision.steps import NOON


class Thing:
    """An object of the host's own: the machine moves its state, and it keeps the rest itself."""

    state: str
    previous: str | None = None
    data: Board = Board()

    @property
    def leaf(self) -> str:
        return self.state.rpartition("/")[2]


@attrs.frozen
class Walk:
    """What became of a case, and the first difference from what became of the thing."""

    case: Case[Board] | None
    entries: tuple[Entry, ...]
    difference: str | None


def walk(plan: Plan[Any], start: Fired, steps: Iterable[Fired]) -> Walk:
    """Fire the events at a new case through the plan, and at a thing through the machine."""
    thing = Thing()
    machine = host_machine(plan.spec)
    machine.add_model(thing)
    action = action_of(plan, start)
    case: Case[Board] = new_case(plan, action, case_id="c1", opened_at=NOON)
    entries: list[Entry] = []
    for hours, fired in enumerate([start, *steps]):
        moment = NOON + timedelta(hours=hours)
        action = action_of(plan, fired)
        context = Context(fired.actor, moment, moment)
        thing.data = case.data
        answer = decide_step(plan, case, action, context)
        codes = {reason.code for reason in answer.reasons}
        left = thing.leaf
        try:
            trigger = getattr(thing, fired.event)
            machine_accepts, somewhere = trigger(context=context, payload=action.payload), True
        except MachineError:
            machine_accepts, somewhere = False, False
        here = f"{fired} in {case.state} after {case.previous}"
        if answer.accepted is not machine_accepts or ("wrong_state" in codes) is somewhere:
            why = f"{here}: plan {answer.accepted} {codes}, machine {machine_accepts} {somewhere}"
            return Walk(case, tuple(entries), why)
        if isinstance(answer, Accepted):
            case = answer.case
            entries.append(answer.entry)
            if left not in ("START", thing.leaf):
                thing.previous = left
        if entries and (case.state, case.previous) != (thing.leaf, thing.previous):
            why = f"{here}: plan {case.state}, machine {thing.leaf}"
            return Walk(case, tuple(entries), why)
        if not entries:
            return Walk(None, (), None)
    return Walk(case, tuple(entries), None)


def action_of(plan: Plan[Any], fired: Fired) -> Action[Any, Board]:
    takes = plan.spec.events[fired.event].payload
    return Action(plan.spec.name, fired.event, None if takes is None else Turn(fired.number))
