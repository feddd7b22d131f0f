"""The textbook's step: what every job of a peer does, and in a loop without any queue."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from benchmarks.contest import WORKER
from benchmarks.durable import by_hand
from benchmarks.durable.due_contest import DUE, TAKEN, WARM_UP, Gate

PREFIX = "hand_"
_DUE = f"SELECT id FROM hand_case WHERE id LIKE 'due-%' AND state = '{DUE}' ORDER BY id"
_DUE_AGAIN = (
    f"UPDATE hand_case SET state = '{DUE}', previous = '{TAKEN}', revision = revision + 1"
    " WHERE id LIKE 'due-%'"
)


class Hand:
    """A connection that stays open, and the step on it."""

    def __init__(self, url: str) -> None:
        self._hand = by_hand.postgresql(url)

    def open(self, orders: Sequence[str]) -> None:
        for order in orders:
            self._hand.open(order)

    def open_for_warming(self) -> list[str]:
        """Make cases for this process to warm up on."""
        orders = [f"warm-{os.getpid()}-{n}" for n in range(WARM_UP)]
        self.open(orders)
        return orders

    def step(self, order: str) -> None:
        self._hand.step(order, "hold", WORKER)

    def due(self) -> list[str]:
        """Return the orders that wait for their step."""
        self._hand.cursor.execute(_DUE)
        orders = [order for (order,) in self._hand.cursor.fetchall()]
        self._hand.commit()
        return orders

    def state(self, order: str) -> str:
        return self._hand.kept(order).state

    def close(self) -> None:
        self._hand.close()


class HandCases:
    """The cases of the peers, on tables like those of propflow."""

    prefix = PREFIX

    def __init__(self, url: str, orders: Sequence[str]) -> None:
        hand = Hand(url)
        hand.open(orders)
        hand.close()

    def make_due(self, connection: Any) -> None:
        connection.execute(_DUE_AGAIN)

    def close(self) -> None:
        pass


class Loop:
    """No queue: each worker has its share of the orders from the start."""

    def __init__(self, url: str, worker: int, workers: int) -> None:
        self._url, self._worker, self._workers = url, worker, workers

    def install(self) -> None: ...

    def enqueue(self, orders: Sequence[str]) -> None: ...

    def work(self, gate: Gate) -> None:
        hand = Hand(self._url)
        for order in hand.open_for_warming():
            hand.step(order)
        orders = hand.due()[self._worker :: self._workers]
        gate.wait()
        for order in orders:
            hand.step(order)
        gate.stay()

    def remove(self) -> None: ...


make = Loop
