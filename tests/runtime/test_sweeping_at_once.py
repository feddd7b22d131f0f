"""A sweep asks its store for many cases at once, and not for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from propflow import Actor, Engine
from propflow.storage import MemoryStore, Ref, Snapshot
from tests.runtime.deadlines import DAY, HOUR, Chore
from tests.runtime.loans import Clock

WORKER = Actor("w1")


class Counting(MemoryStore):
    """Counts how often cases are loaded to be written."""

    loads = 0

    def load(self, tx: Any, refs: Sequence[Ref], *, lock: bool = False) -> list[Snapshot | None]:
        self.loads += lock
        return super().load(tx, refs, lock=lock)


@pytest.mark.parametrize("cases", [1, 30])
def test_the_cases_of_a_batch_are_loaded_together(clock: Clock, cases: int) -> None:
    store = Counting()
    engine = Engine(store, [Chore], clock=clock)
    for n in range(cases):
        engine.start(Chore.open(), by=WORKER, id=str(n))
        engine.fire(str(n), Chore.plan(), by=WORKER)
    clock.now += HOUR
    store.loads = 0
    assert engine.run_due().fired == cases
    assert store.loads == 1


def test_the_second_step_of_a_case_in_a_batch_follows_the_first(clock: Clock) -> None:
    store = Counting()
    engine = Engine(store, [Chore], clock=clock)
    case = engine.start(Chore.open(), by=WORKER)
    engine.fire(case.id, Chore.plan(), by=WORKER)
    clock.now += DAY
    store.loads = 0
    assert engine.run_due().fired == 2
    assert store.loads == 1
    entries = engine.history(case.id)
    assert [(entry.event, entry.revision) for entry in entries[2:]] == [("urge", 3), ("give_up", 4)]
    assert engine.get(case.id, Chore).data.urged == 1
