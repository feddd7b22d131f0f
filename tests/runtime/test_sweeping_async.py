"""Sweeps that are awaited, and sweeps of several processes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

from propflow import Actor, AsyncEngine, Engine
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.runtime.deadlines import HOUR, Chore
from tests.runtime.loans import Clock

WORKER = Actor("w1")
CASES = 60
PROGRAM = """
import sys
from datetime import datetime, UTC
from propflow import Engine
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.deadlines import Chore
engine = Engine(SQLStore(sys.argv[1]), [Chore], clock=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))
print("ready", flush=True)
fired = 0
while swept := engine.run_due(limit=3).fired:
    fired += swept
    print("fired", swept, flush=True)
"""


def test_a_sweep_that_is_awaited_does_the_same(tmp_path: Path) -> None:
    async def main() -> None:
        store = AsyncSQLStore(f"sqlite:///{tmp_path / 'cases.db'}")
        await store.create_tables()
        clock = Clock()
        engine = AsyncEngine(store, [Chore], clock=clock)
        for case in ("1", "2"):
            await engine.start(Chore.open(broken=case == "2"), by=WORKER, id=case)
            await engine.fire(case, Chore.plan(), by=WORKER)
        clock.now += HOUR
        swept = await engine.run_due()
        assert (swept.fired, [each.case_id for each in swept.unfired]) == (1, ["2"])
        assert await engine.unfired() == swept.unfired
        assert (await engine.get("1", Chore)).data.urged == 1
        assert await engine.next_due() == swept.unfired[0].not_before
        await store.close()

    asyncio.run(main())


def test_processes_that_are_killed_and_go_on_lose_and_double_nothing(tmp_path: Path) -> None:
    """Each process is killed in the midst of its sweeps; the leases of the dead end later."""
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    store = SQLStore(url)
    store.create_tables()
    clock = Clock()
    engine = Engine(store, [Chore], clock=clock)
    for n in range(CASES):
        engine.start(Chore.open(), by=WORKER, id=str(n))
        engine.fire(str(n), Chore.plan(), by=WORKER)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(["src", ".", *sys.path])}
    for lines in (2, 4):
        command = [sys.executable, "-c", PROGRAM, url]
        sweeps = [
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
            for _ in range(2)
        ]
        for process in sweeps:
            assert process.stdout is not None
            for _ in range(lines):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
            process.communicate()
    with store.begin(write=True) as tx:  # as if a minute had passed on the database's clock
        tx.exec_driver_sql(
            "UPDATE propflow_deadline SET leased_until = '2000-01-01T00:00:00.000000Z'"
        )
    clock.now += 2 * HOUR
    engine.run_due(limit=CASES)
    assert [engine.get(str(n), Chore).data.urged for n in range(CASES)] == [1] * CASES
    store.close()
