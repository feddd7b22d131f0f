"""pgqueuer on asyncpg: a queue manager that drains; the step runs in its event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

import asyncpg
from pgqueuer import AsyncpgDriver, Job, QueueManager
from pgqueuer.queries import Queries
from pgqueuer.types import QueueExecutionMode

from benchmarks.durable.due_by_hand import Hand
from benchmarks.durable.due_contest import Gate

QUEUE = "due"
BATCH = 100


class PgQueue:
    """Jobs in a table of the same database."""

    def __init__(self, url: str, _worker: int, _workers: int) -> None:
        self._url = url

    def install(self) -> None:
        asyncio.run(self._install())

    def enqueue(self, orders: Sequence[str]) -> None:
        asyncio.run(self._enqueue(orders, QUEUE))

    def work(self, gate: Gate) -> None:
        asyncio.run(self._work(gate))

    def remove(self) -> None: ...

    async def _install(self) -> None:
        connection = await asyncpg.connect(self._url)
        await Queries(AsyncpgDriver(connection)).install()
        await connection.close()

    async def _enqueue(self, orders: Sequence[str], queue: str) -> None:
        connection = await asyncpg.connect(self._url)
        count, payloads = len(orders), [order.encode() for order in orders]
        await Queries(AsyncpgDriver(connection)).enqueue([queue] * count, payloads, [0] * count)
        await connection.close()

    async def _work(self, gate: Gate) -> None:
        hand = Hand(self._url)
        own = f"warm-{os.getpid()}"
        await self._enqueue(hand.open_for_warming(), own)
        connection = await asyncpg.connect(self._url)
        await self._drain(connection, hand, own)
        gate.wait()
        await self._drain(connection, hand, QUEUE)
        gate.stay()
        await connection.close()

    async def _drain(self, connection: asyncpg.Connection, hand: Hand, queue: str) -> None:
        manager = QueueManager(Queries(AsyncpgDriver(connection)))

        @manager.entrypoint(queue)
        async def step(job: Job) -> None:
            hand.step((job.payload or b"").decode())

        await manager.run(mode=QueueExecutionMode.drain, batch_size=BATCH)


make = PgQueue
