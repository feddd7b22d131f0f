"""propflow's pure decision as a contestant: no engine, no store."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from benchmarks.contest import DATA, EVENTS, NOW, Refused, View
from benchmarks.propflow_orders import RepairOrder
from benchmarks.values import Actor, Case, Repair
from propflow.decision import Accepted, decide


class Decide:
    """An order is what the last decision accepted: its case and its history entry."""

    name = "propflow, decide"
    guards = True

    def __init__(self) -> None:
        self.actions: dict[str, Any] = {event: getattr(RepairOrder, event)() for event in EVENTS}

    def open(self) -> Any:
        return Opened(Case("r-1", "reported", None, DATA, 1, "repair_order", 1, NOW))

    def fire(self, order: Any, event: str, actor: Actor, now: datetime) -> Any:
        decision = decide(RepairOrder, order.case, self.actions[event], actor, now)
        if not isinstance(decision, Accepted):
            raise Refused
        return decision

    def view(self, order: Any) -> View:
        return View(order.case.state, order.case.revision - 1, order.entry)


@attrs.frozen
class Opened:
    """An order of which nothing was asked yet."""

    case: Case[Repair]
    entry: None = None


make = Decide
