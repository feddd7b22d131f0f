"""transitions, the hierarchical machine: the open and the worked states each have a parent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from transitions import MachineError
from transitions.extensions import HierarchicalMachine

from benchmarks.contest import TRANSITIONS, Refused, View, record
from benchmarks.peers.transitions_flat import Order, staff_only, team_only
from benchmarks.values import Actor

PATHS = {
    "reported": "waiting_reported",
    "assigned": "waiting_assigned",
    "in_progress": "working_in_progress",
    "on_hold": "working_on_hold",
    "completed": "completed",
    "closed": "closed",
    "cancelled": "cancelled",
}
LEAVES = {path: leaf for leaf, path in PATHS.items()}


def keep_record(step: Any) -> None:
    actor, now = step.args
    edge = step.transition
    record(step.model.history, actor, step.event.name, LEAVES[edge.source], LEAVES[edge.dest], now)


class TransitionsNested:
    """The same 12 transitions, from leaf to leaf."""

    name = "transitions, nested"
    guards = True

    def __init__(self) -> None:
        self.machine = HierarchicalMachine(
            model=None,
            states=[
                {"name": "waiting", "children": ["reported", "assigned"]},
                {"name": "working", "children": ["in_progress", "on_hold"]},
                "completed",
                "closed",
                "cancelled",
            ],
            initial=PATHS["reported"],
            auto_transitions=False,
            send_event=True,
            transitions=[
                {
                    "trigger": event,
                    "source": PATHS[source],
                    "dest": PATHS[target],
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
        return View(
            LEAVES[order.state],
            len(order.history),
            order.history[-1] if order.history else None,
        )


make = TransitionsNested
