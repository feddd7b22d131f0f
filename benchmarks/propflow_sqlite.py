"""propflow's engine on its SQLite store, for the measurements of scale."""

from __future__ import annotations

from pathlib import Path

from benchmarks.contest import DATA, WORKER
from benchmarks.propflow_orders import RepairOrder
from propflow import Engine
from propflow.storage.sqlalchemy import SQLStore


class Sqlite:
    """One database file; a step puts the order on hold or takes it up again."""

    def __init__(self, file: Path) -> None:
        store = SQLStore(f"sqlite:///{file}")
        store.create_tables()
        self.engine = Engine(store, [RepairOrder])

    def start(self) -> str:
        opening = RepairOrder.report(place=DATA.place, fault=DATA.fault, team=DATA.team)
        order = self.engine.start(opening, by=WORKER)
        for action in (RepairOrder.assign(), RepairOrder.begin()):
            order = self.engine.fire(order, action, by=WORKER)
        return order.id

    def step(self, case_id: str) -> None:
        order = self.engine.get(case_id, RepairOrder)
        action = RepairOrder.resume() if order.state == "on_hold" else RepairOrder.hold()
        self.engine.fire(case_id, action, by=WORKER)


make = Sqlite
