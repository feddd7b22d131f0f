"""propflow's sweep: the due step hangs on the state, and `run_due` takes it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from benchmarks.contest import DATA
from benchmarks.durable.due_contest import WARM_UP, Gate
from benchmarks.propflow_orders import on_the_team
from benchmarks.values import Repair
from propflow import START, SYSTEM, Deadline, Engine, Event, Notify, State, Workflow
from propflow.storage.sqlalchemy import SQLStore

PREFIX = "due_"
_AT_ONCE = 1000


class DueOrder(Workflow[Repair]):
    """An order that is put on hold by its deadline, with a message."""

    in_progress = State(zh="处理中", en="In progress")
    on_hold = State(zh="挂单", en="On hold")
    closed = State(zh="已关闭", en="Closed", final=True)

    begin = Event(Repair, START >> in_progress, zh="开工", en="Begin")
    hold = Event(
        in_progress >> on_hold,
        zh="挂单",
        en="Hold",
        by=SYSTEM,
        guards=[on_the_team],
        effects=[Notify("hold", to="staff")],
    )
    resume = Event(on_hold >> in_progress, zh="恢复", en="Resume")
    close = Event(in_progress >> closed, zh="关闭", en="Close")

    in_time = Deadline(in_progress, after=timedelta(microseconds=1), fires=hold)


def _engine(url: str) -> tuple[SQLStore, Engine]:
    store = SQLStore(url, prefix=PREFIX)
    return store, Engine(store, [DueOrder])


def _open(engine: Any, orders: Sequence[str], team: tuple[str, ...]) -> None:
    for order in orders:
        opening = DueOrder.begin(place=DATA.place, fault=DATA.fault, team=team)
        engine.start(opening, by=SYSTEM, id=order)


class OurCases:
    """The cases of propflow; each has its deadline as soon as it is in progress."""

    prefix = PREFIX

    def __init__(self, url: str, orders: Sequence[str]) -> None:
        self._store, self._engine = _engine(url)
        self._store.create_tables()
        off_the_team = self._engine.scoped("refused")
        _open(off_the_team, ["refused"], DATA.team)
        swept = off_the_team.run_due()
        if swept.fired or "on_the_team" not in repr(swept.unfired):
            raise AssertionError(f"SYSTEM is off the team, but {swept}")
        self._orders = orders
        _open(self._engine, orders, (*DATA.team, SYSTEM.id))
        self._engine.run_due(limit=len(orders))

    def make_due(self, _: Any) -> None:
        for start in range(0, len(self._orders), _AT_ONCE):
            some = self._orders[start : start + _AT_ONCE]
            self._engine.fire_many([(order, DueOrder.resume()) for order in some], by=SYSTEM)

    def close(self) -> None:
        self._store.close()


class Sweep:
    """`run_due` in each worker, until it finds nothing."""

    limit: int | None = None

    def __init__(self, url: str, _worker: int, _workers: int) -> None:
        self._url = url

    def install(self) -> None: ...

    def enqueue(self, orders: Sequence[str]) -> None: ...

    def work(self, gate: Gate) -> None:
        store, engine = _engine(self._url)
        own = engine.scoped(f"warm-{os.getpid()}")
        _open(own, [f"warm-{n}" for n in range(WARM_UP)], (*DATA.team, SYSTEM.id))
        limit = {} if self.limit is None else {"limit": self.limit}
        own.run_due(**limit)
        gate.wait()
        while engine.run_due(**limit).fired:
            pass
        gate.stay()
        store.close()

    def remove(self) -> None: ...


make = Sweep
