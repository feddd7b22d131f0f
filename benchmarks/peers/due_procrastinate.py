"""procrastinate on psycopg: a worker that ends with its queue; the step runs in its event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from procrastinate import App, PsycopgConnector

from benchmarks.durable.due_by_hand import Hand
from benchmarks.durable.due_contest import Gate

QUEUE = "due"


class Procrastinate:
    """Jobs in a table of the same database."""

    def __init__(self, url: str, _worker: int, _workers: int) -> None:
        self._url = url
        self._hand: Hand | None = None
        self._app = App(connector=PsycopgConnector(conninfo=url))

        @self._app.task(name="step")
        async def step(order: str) -> None:
            assert self._hand is not None
            self._hand.step(order)

        self._step: Any = step

    def install(self) -> None:
        with self._app.open():
            self._app.schema_manager.apply_schema()

    def enqueue(self, orders: Sequence[str]) -> None:
        with self._app.open():
            self._step.configure(queue=QUEUE).batch_defer(*({"order": order} for order in orders))

    def work(self, gate: Gate) -> None:
        asyncio.run(self._work(gate))

    def remove(self) -> None: ...

    async def _work(self, gate: Gate) -> None:
        self._hand = Hand(self._url)
        own = f"warm-{os.getpid()}"
        jobs: list[Any] = [{"order": order} for order in self._hand.open_for_warming()]
        async with self._app.open_async():
            await self._step.configure(queue=own).batch_defer_async(*jobs)
            await self._app.run_worker_async(queues=[own], **OPTIONS)
            gate.wait()
            await self._app.run_worker_async(queues=[QUEUE], **OPTIONS)
            gate.stay()


OPTIONS: dict[str, Any] = {"wait": False, "install_signal_handlers": False}

make = Procrastinate
