"""Whether a sweep costs more where more deadlines are open, most of them not due for long."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
from sqlalchemy import MetaData, text

from benchmarks.durable.databases import made_on_postgresql
from benchmarks.harness import Batch, Clock, Ratio, Work, interleave
from benchmarks.report import Section, micro, times
from benchmarks.scale import FLAT
from propflow import SAME, START, SYSTEM, Actor, Deadline, Engine, Event, State, Workflow
from propflow.storage.sqlalchemy import SQLStore
from propflow.storage.sqlalchemy.tables import tables_in

DUE = 1_000
SIZES = (1_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 100_000)
HOUR = timedelta(hours=1)
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
_FAR = _BEGUN + timedelta(days=20_000)
_SENDER = Actor("w1")


@attrs.frozen
class Job:
    place: str


class Reminded(Workflow[Job]):
    """A job that is reminded of every hour, as long as it waits."""

    waiting = State(zh="待办", en="Waiting")
    done = State(zh="已办", en="Done", final=True)

    ask = Event(Job, START >> waiting, zh="派单", en="Ask")
    remind = Event(waiting >> SAME, zh="催办", en="Remind", by=SYSTEM)
    finish = Event(waiting >> done, zh="办结", en="Finish")

    again = Deadline([ask, remind], after=HOUR, fires=remind)


class Sweeping:
    """Open deadlines in one database: a thousand that are due every hour, the others in 2080."""

    def __init__(self, store: SQLStore, prefix: str, size: int) -> None:
        self.now = _BEGUN
        store.create_tables()
        self._store = store
        self.engine = Engine(store, [Reminded], clock=lambda: self.now)
        for name, count, now in (("due", DUE, _BEGUN), ("far", size - DUE, _FAR)):
            if count:
                self.now = now
                self.engine.start(Reminded.ask(place="lobby"), by=_SENDER, id=name)
                copy(store, prefix, name, count - 1)
        self.now = _BEGUN

    def sweep_hourly(self, repeat: int) -> Batch:
        """Give so many sweeps, an hour apart; each finds the same thousand due again."""

        def batch() -> None:
            for _ in range(repeat):
                self.now += HOUR
                swept = self.engine.run_due(limit=DUE)
                assert swept.fired == DUE

        assert self.engine.run_due(limit=DUE).fired == 0
        return batch

    def close(self) -> None:
        self._store.close()


def copy(store: SQLStore, prefix: str, template: str, copies: int) -> None:
    """Copy every row that belongs to one case, under new ids."""
    with store.begin(write=True) as tx:
        for table in tables_in(MetaData(), prefix, None):
            owner = "id" if table.name == f"{prefix}case" else "case_id"
            if owner not in table.columns:
                continue
            names = [column.name for column in table.columns]
            taken = ("CAST(:id AS text) || '-' || i" if n == owner else f't."{n}"' for n in names)
            listed = ", ".join(f'"{name}"' for name in names)
            tx.execute(
                text(
                    "WITH RECURSIVE n(i) AS"
                    " (SELECT 1 WHERE :copies > 0 UNION ALL SELECT i + 1 FROM n WHERE i < :copies)"
                    f' INSERT INTO "{table.name}" ({listed})'
                    f' SELECT {", ".join(taken)} FROM n, "{table.name}" t WHERE t."{owner}" = :id'
                ),
                {"id": template, "copies": copies},
            )
        # The planner of a database that has run for a while knows how large its tables are.
        tx.execute(text("ANALYZE"))


def _compare(
    title: str, sweeping: Sequence[tuple[str, Sweeping]], seconds: float, clock: Clock
) -> Section:
    works = [Work(name, each.sweep_hourly, DUE) for name, each in sweeping]
    figures = interleave(works, seconds=seconds, clock=clock, repeats=1)
    rows = []
    for figure in figures:
        ratio = Ratio.of(figure, figures[0])
        verdict = "flat" if ratio.median <= FLAT else "NOT FLAT"
        rows.append((figure.name, micro(figure.median), *times(ratio), verdict))
    for _, each in sweeping:
        each.close()
    return Section(
        title,
        ("open deadlines", "µs/fired", "× smallest", "min–max", ""),
        tuple(rows),
        (f"the second row repeats the first in other tables: the noise; flat is ≤ {FLAT} ×",),
    )


def _named(sizes: Sequence[int]) -> list[tuple[str, int]]:
    smallest, *larger = sizes
    return [
        (f"{smallest:,}", smallest),
        (f"{smallest:,}, again", smallest),
        *((f"{size:,}", size) for size in larger),
    ]


def on_sqlite(seconds: float, sizes: Sequence[int] = SIZES) -> Section:
    """Time sweeps of a thousand due deadlines on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        sweeping = [
            (name, Sweeping(SQLStore(f"sqlite:///{Path(folder, f'{n}.db')}"), "propflow_", size))
            for n, (name, size) in enumerate(_named(sizes))
        ]
        title = f"SQLite: CPU time of a sweep over {DUE:,} due, by how many deadlines are open"
        return _compare(title, sweeping, seconds, time.process_time_ns)


def on_postgresql(seconds: float, sizes: Sequence[int] = SIZES) -> Section:
    """Time the same on PostgreSQL."""
    with made_on_postgresql() as url:
        sweeping = [
            (name, Sweeping(SQLStore(url, prefix=f"s{n}_"), f"s{n}_", size))
            for n, (name, size) in enumerate(_named(sizes))
        ]
        title = f"PostgreSQL: wall time of a sweep over {DUE:,} due, by how many are open"
        return _compare(title, sweeping, seconds, time.perf_counter_ns)
