"""propflow's engine on its memory store as a contestant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from benchmarks.contest import DATA, EVENTS, NOW, WORKER, Refused, View
from benchmarks.firing import NOTE, noted_view
from benchmarks.propflow_orders import NotedRepairOrder
from benchmarks.values import Actor, Case, Repair
from propflow import Engine
from propflow import Refused as RefusedByPropflow
from propflow.storage import MemoryStore


class Fire:
    """An order is its case; each step builds the action with its payload and fires it."""

    name = "propflow, fire"
    guards = True

    def __init__(self) -> None:
        self.engine = Engine(MemoryStore(), [NotedRepairOrder], clock=lambda: NOW)
        self.events: dict[str, Any] = {event: getattr(NotedRepairOrder, event) for event in EVENTS}
        self.opening = NotedRepairOrder.report(place=DATA.place, fault=DATA.fault, team=DATA.team)

    def open(self) -> Case[Repair]:
        return self.engine.start(self.opening, by=WORKER)

    def fire(self, order: Case[Repair], event: str, actor: Actor, now: datetime) -> Case[Repair]:
        try:
            return self.engine.fire(order, self.events[event](note=NOTE.note), by=actor)
        except RefusedByPropflow as error:
            raise Refused from error

    def view(self, order: Case[Repair]) -> View:
        *_, last = self.engine.history(order.id)
        return noted_view(order, last if order.revision > 1 else None)


make = Fire
