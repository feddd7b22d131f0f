"""Celery on Redis: each worker is a process with the solo pool, which hands no job to another."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Sequence
from typing import Any

from celery import Celery, signals
from celery.platforms import SecurityWarning
from redis import Redis

from benchmarks.durable.due_by_hand import Hand
from benchmarks.durable.due_contest import TAKEN, Gate

REDIS = os.environ.get("PROPFLOW_BENCH_REDIS_URL", "redis://127.0.0.1:6379/0")
QUEUE, HELD = "due", "held"
"""Jobs wait in a list that no worker looks at; it gets the other name when the clock starts."""


class CeleryQueue:
    """An app whose keys in Redis begin with the name of the database."""

    def __init__(self, url: str, worker: int, _workers: int) -> None:
        self._url, self._worker = url, worker
        self._keys = url.rpartition("/")[2] + "-"
        self._app = Celery(QUEUE, broker=REDIS)
        self._app.conf.update(
            broker_transport_options={"global_keyprefix": self._keys},
            task_ignore_result=True,
            worker_redirect_stdouts=False,  # the gate speaks there
            worker_prefetch_multiplier=128,
        )
        self._hand: Hand | None = None

        @self._app.task(name="step")
        def step(order: str) -> None:
            assert self._hand is not None
            self._hand.step(order)

        self._step: Any = step

    def install(self) -> None:
        Redis.from_url(REDIS).ping()

    def enqueue(self, orders: Sequence[str], queue: str = HELD) -> None:
        with self._app.producer_or_acquire() as producer:
            for order in orders:
                self._step.apply_async((order,), queue=queue, producer=producer)

    def work(self, gate: Gate) -> None:
        own = f"warm-{os.getpid()}"
        # It warns whoever is root; the jobs are JSON and the machine is that of a benchmark.
        warnings.simplefilter("ignore", SecurityWarning)
        signals.worker_process_init.connect(self._connect, weak=False)
        attending = threading.Thread(target=self._attend, args=(gate, own), daemon=True)
        signals.worker_ready.connect(lambda **_: attending.start(), weak=False)
        options = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"]
        self._app.worker_main(
            ["worker", *POOL, "-Q", f"{own},{QUEUE}", "-n", self._host(), *options]
        )

    def remove(self) -> None:
        redis = Redis.from_url(REDIS)
        for key in redis.scan_iter(f"{self._keys}*"):
            redis.delete(key)

    def _connect(self, **_: Any) -> None:
        self._hand = Hand(self._url)

    def _host(self) -> str:
        return f"due{self._worker}@{self._keys}"

    def _attend(self, gate: Gate, own: str) -> None:
        """Warm the worker up, let it at the queue when the clock starts, and stop it."""
        hand = Hand(self._url)
        orders = hand.open_for_warming()
        self.enqueue(orders, own)
        while any(hand.state(order) != TAKEN for order in orders):
            time.sleep(0.01)
        hand.close()
        gate.wait()
        if self._worker == 0:
            Redis.from_url(REDIS).rename(self._keys + HELD, self._keys + QUEUE)
        gate.stay()
        os.kill(os.getpid(), signal.SIGTERM)


POOL = ("-P", "solo")

make = CeleryQueue
