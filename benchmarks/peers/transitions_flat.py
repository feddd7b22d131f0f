"""transitions, the flat machine: one machine for all orders, each order one of its models."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from transitions import Machine, MachineError

from benchmarks.contest import (
    DATA,
    STATES,
    TRANSITIONS,
    Refused,
    View,
    is_staff,
    on_the_team,
    record,
)
from benchmarks.values import Actor, Entry, Repair


class Order:
    """The model; the machine hangs the state and a trigger for each event on it."""

    state: str

    def __init__(self) -> None:
        self.data: Repair = DATA
        self.history: list[Entry] = []


def staff_only(step: Any) -> bool:
    return is_staff(step.args[0])


def team_only(step: Any) -> bool:
    return on_the_team(step.model.data, step.args[0])


def keep_record(step: Any) -> None:
    actor, now = step.args
    edge = step.transition
    record(step.model.history, actor, step.event.name, edge.source, edge.dest, now)


class TransitionsFlat:
    """A step calls the trigger that the machine bound to the order, which is the fastest way."""

    name = "transitions, flat"
    guards = True

    def __init__(self) -> None:
        self.machine = Machine(
            model=None,
            states=list(STATES),
            initial="reported",
            auto_transitions=False,
            send_event=True,
            transitions=[
                {
                    "trigger": event,
                    "source": source,
                    "dest": target,
                    "conditions": [staff_only, team_only],
                    "after": keep_record,
                }
                for source, event, target in TRANSITIONS
            ],
        )

    def open(self) -> Order:
        order = Order()
        self.machine.add_model(order)
        self.machine.remove_model(order)  # or the machine keeps, and searches, every order
        return order

    def fire(self, order: Any, event: str, actor: Actor, now: datetime) -> Any:
        try:
            moved = getattr(order, event)(actor, now)
        except MachineError as error:
            raise Refused from error
        if not moved:
            raise Refused
        return order

    def view(self, order: Order) -> View:
        return View(order.state, len(order.history), order.history[-1] if order.history else None)


make = TransitionsFlat
