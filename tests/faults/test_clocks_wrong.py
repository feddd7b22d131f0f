"""Workers whose clocks are minutes apart or drift, and handlers that hang, raise or return late."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest

from propflow import Engine
from propflow.runtime import Delivery
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.invariants import EVENING, Found, examine, settled
from tests.faults.rounds import GUARD, HOUR, MORNING, Round
from tests.faults.sizes import times
from tests.runtime.test_relaying import expire_leases
from tests.storage.changes import empty

WORKERS = 4
TURNS = 9
QUARTER = HOUR / 4
TEN = timedelta(minutes=10)


def apart(worker: int, passed: timedelta, chance: random.Random) -> timedelta:
    """Return how wrong a clock is: up to ten minutes, always as much."""
    return TEN * (worker - 1.5) / 1.5


def drifting(worker: int, passed: timedelta, chance: random.Random) -> timedelta:
    """Return how wrong a clock is that is too fast or slow, and is set anew now and then."""
    return passed * (worker - 1.5) * 0.05 + TEN * chance.choice([-1, 0, 0, 0, 1])


@attrs.define
class Worker:
    """One of several that sweep and relay.

    Attributes:
        engine: Its engine.
        now: What its clock shows.
    """

    engine: Engine = attrs.field(init=False)
    now: datetime = MORNING

    def clock(self) -> datetime:
        return self.now


@attrs.define
class Desk:
    """A handler: what it was given, and in which order of each round it first came.

    Attributes:
        store: Where the messages are.
        chance: Of what it does.
        others: Workers that go on while it hangs.
    """

    store: SQLStore
    chance: random.Random
    others: list[Worker]
    ids: list[str] = attrs.field(factory=list)
    first: dict[str, list[int]] = attrs.field(factory=dict)
    late: int = 0
    hanging: bool = False

    def take(self, delivery: Delivery[Any]) -> None:
        if delivery.id not in self.ids:
            self.first.setdefault(delivery.case_id, []).append(delivery.revision)
        self.ids.append(delivery.id)

    def returns(self, delivery: Delivery[Any]) -> None:
        self.take(delivery)

    def hangs(self, delivery: Delivery[Any]) -> None:
        """Take it, and do not return before another worker has been given it too."""
        self.take(delivery)
        if not self.hanging and self.chance.random() < 0.2:
            self.hanging = True
            expire_leases(self.store)
            self.others[self.chance.randrange(WORKERS)].engine.relay({"Notify": self.hangs})
            self.hanging = False
            self.late += 1

    def raises(self, delivery: Delivery[Any]) -> None:
        """Fail before it is taken, twice at most."""
        if delivery.attempt < 3 and self.chance.random() < 0.4:
            raise ConnectionError("no answer")
        self.take(delivery)

    def returns_late(self, delivery: Delivery[Any]) -> None:
        """Take it, and return when the lease has ended, with nobody else who took it."""
        self.take(delivery)
        if self.chance.random() < 0.2:
            expire_leases(self.store)
            self.late += 1


PROFILES: dict[str, tuple[Callable[..., timedelta], str]] = {
    "apart": (apart, "returns"),
    "drifting, and handlers that hang": (drifting, "hangs"),
    "apart, and handlers that raise": (apart, "raises"),
    "drifting, and handlers that return late": (drifting, "returns_late"),
}


@pytest.mark.parametrize("profile", PROFILES)
def test_clocks_and_handlers_that_go_wrong(store: SQLStore, profile: str) -> None:
    wrong, behaviour = PROFILES[profile]
    for seed in range(times(1)):
        empty(store)
        _live(store, random.Random(seed), wrong, behaviour)


def _live(
    store: SQLStore,
    chance: random.Random,
    wrong: Callable[..., timedelta],
    behaviour: str,
) -> None:
    workers = [Worker() for _ in range(WORKERS)]
    desk = Desk(store, chance, workers)
    handler = getattr(desk, behaviour)
    for worker in workers:
        worker.engine = Engine(store, [Round], clock=worker.clock)
    tokens: list[str] = []
    opened: dict[str, datetime] = {}
    for turn in range(TURNS):
        passed = turn * QUARTER
        for number in chance.sample(range(WORKERS), WORKERS):
            worker, token = workers[number], f"{turn} {number}"
            worker.now = MORNING + passed + wrong(number, passed, chance)
            if turn < 3:
                worker.engine.start(Round.set_out(token=token), by=GUARD, id=token)
                opened[token] = worker.now
            else:
                case = chance.choice(list(opened))
                worker.engine.fire(case, Round.stop(token=token), by=GUARD, key=token)
            tokens.append(token)
            worker.engine.run_due()
            worker.engine.relay({"Notify": handler})
    for case, at in opened.items():
        urged = [e for e in workers[0].engine.history(case) if e.event == "urge"]
        # By the clock of who fired it, it was due: an hour after the round began by its own.
        assert all(e.recorded_at >= at + HOUR == e.occurred_at for e in urged)
    for worker in workers:
        worker.now = EVENING
    expire_leases(store)
    while workers[0].engine.relay({"Notify": desk.take}).tried or workers[1].engine.run_due().fired:
        pass
    assert settled(store) == []
    assert max(Counter(desk.ids).values()) <= 1 + (behaviour in ("hangs", "returns_late")) * 3
    assert all(revisions == sorted(revisions) for revisions in desk.first.values())
    assert (desk.late > 0) is (behaviour in ("hangs", "returns_late"))
    found = examine(store, acknowledged=tokens, given=set(desk.ids), urged=True)
    assert found == Found()
