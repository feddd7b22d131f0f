"""python-statemachine: one machine object per order, its callbacks injected by name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed

from benchmarks.contest import (
    DATA,
    EVENTS,
    STATES,
    Refused,
    View,
    is_staff,
    on_the_team,
    record,
    sources_of,
    target_of,
)
from benchmarks.values import Actor, Entry


class Order(StateMachine):
    """The machine and the order in one."""

    _states = {
        name: State(initial=name == "reported", final=name in {"closed", "cancelled"})
        for name in STATES
    }
    locals().update(_states)
    for _event in EVENTS:
        _edges = None
        for _source in sources_of(_event):
            _edge = _states[_source].to(
                _states[target_of(_event)], cond=["staff_only", "team_only"], on="keep_record"
            )
            _edges = _edge if _edges is None else _edges | _edge
        locals()[_event] = _edges
    del _event, _edges, _edge, _source, _states

    def __init__(self) -> None:
        self.data = DATA
        self.history: list[Entry] = []
        super().__init__()

    def staff_only(self, actor: Actor) -> bool:
        return is_staff(actor)

    def team_only(self, actor: Actor) -> bool:
        return on_the_team(self.data, actor)

    def keep_record(
        self, actor: Actor, event: Any, source: State, target: State, now: datetime
    ) -> None:
        record(self.history, actor, str(event), source.id, target.id, now)


class PythonStateMachine:
    """A step sends the event by name."""

    name = "python-statemachine"
    guards = True

    def open(self) -> Order:
        return Order()

    def fire(self, order: Order, event: str, actor: Actor, now: datetime) -> Order:
        try:
            order.send(event, actor=actor, now=now)
        except TransitionNotAllowed as error:
            raise Refused from error
        return order

    def view(self, order: Order) -> View:
        (state,) = order.configuration
        return View(state.id, len(order.history), order.history[-1] if order.history else None)


make = PythonStateMachine
