"""Deadlines fire when they are due, once each, on every store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from propflow import SYSTEM, Actor, Engine
from propflow.decision import replay
from propflow.errors import InvalidArgument, InvalidId, TenancyError
from propflow.runtime import Backoff
from propflow.storage import OwningStore, Ref
from tests.runtime.deadlines import DAY, HOUR, Chore
from tests.runtime.loans import Clock

WORKER = Actor("w1")
EXACT = Backoff(first=timedelta(minutes=1), chance=lambda: 1.0)


@pytest.fixture
def engine(store: OwningStore[Any], clock: Clock) -> Engine:
    return Engine(store, [Chore], clock=clock)


def at_work(engine: Engine, case_id: str = "1", **data: Any) -> Any:
    engine.start(Chore.open(**data), by=WORKER, id=case_id)
    return engine.fire(case_id, Chore.plan(), by=WORKER)


def test_a_deadline_fires_once_when_it_is_due(engine: Engine, clock: Clock) -> None:
    case = at_work(engine)
    planned_at = engine.history(case)[-1].occurred_at
    assert engine.next_due() == planned_at + HOUR
    assert engine.run_due().fired == 0

    clock.now += HOUR
    assert engine.run_due().fired == 1
    assert engine.run_due().fired == 0
    urged = engine.get("1", Chore)
    assert (urged.data.urged, urged.revision) == (1, 3)
    entry = engine.history("1")[-1]
    assert (entry.actor, entry.event, entry.late) == (SYSTEM, "urge", False)
    assert entry.occurred_at == planned_at + HOUR
    assert entry.recorded_at > entry.occurred_at
    assert engine.next_due() == planned_at + DAY


def test_a_chain_of_deadlines_counts_from_when_each_was_due(engine: Engine, clock: Clock) -> None:
    case = at_work(engine)
    planned_at = engine.history(case)[-1].occurred_at
    clock.now += 30 * DAY
    fired = []
    while count := engine.run_due().fired:
        fired.append(count)
    assert fired == [2, 1]
    closed = engine.get("1", Chore)
    assert (closed.state, engine.next_due()) == ("closed", None)
    assert [entry.occurred_at - planned_at for entry in engine.history(case)[2:]] == [
        HOUR,
        DAY,
        3 * DAY,
    ]
    assert replay(Chore, "1", engine.history("1")) == closed


def test_a_step_that_stays_does_not_restart_it_and_coming_back_does(
    engine: Engine, clock: Clock
) -> None:
    at_work(engine)
    due = engine.next_due()
    for action in (Chore.note(), Chore.begin(), Chore.note()):
        clock.now += timedelta(minutes=10)
        engine.fire("1", action, by=WORKER)
        assert engine.next_due() == due
    clock.now += timedelta(minutes=10)
    engine.fire("1", Chore.hold(), by=WORKER)
    assert engine.next_due() is None
    engine.fire("1", Chore.resume(), by=WORKER)
    assert engine.next_due() == engine.history("1")[-1].occurred_at + HOUR


def test_what_a_person_does_is_not_the_deadline(engine: Engine, clock: Clock) -> None:
    at_work(engine)
    due = engine.next_due()
    engine.fire("1", Chore.urge(), by=WORKER)
    engine.fire("1", Chore.urge(), by=SYSTEM)
    assert engine.next_due() == due
    clock.now += HOUR
    assert engine.run_due().fired == 1
    assert engine.get("1", Chore).data.urged == 3


def test_recording_late_gives_no_more_time_and_a_fast_clock_none_either(
    engine: Engine, clock: Clock
) -> None:
    happened = clock.now - 2 * HOUR
    engine.start(Chore.open(), by=WORKER, id="1", occurred_at=happened)
    engine.fire("1", Chore.plan(), by=WORKER, occurred_at=happened)
    assert engine.next_due() == happened + HOUR
    assert engine.run_due().fired == 1
    engine.start(Chore.open(), by=WORKER, id="2")
    engine.fire("2", Chore.plan(), by=WORKER, occurred_at=clock.now + 9 * DAY)
    planned = engine.history("2")[-1]
    with engine._store.begin(write=False) as tx:
        dues = {due.deadline: due.at for due in engine._store.due(tx, Ref("", "2"))}
    assert dues["urging"] == planned.recorded_at + HOUR


def test_a_refused_deadline_waits_and_holds_up_no_other(engine: Engine, clock: Clock) -> None:
    at_work(engine, "1", locked=True)
    at_work(engine, "2")
    clock.now += 2 * DAY
    first = engine.run_due(retry=EXACT)
    assert first.fired == 3
    (unfired,) = first.unfired
    assert (unfired.case_id, unfired.deadline, unfired.attempts) == ("1", "giving_up", 1)
    assert "the job is not locked" in unfired.problem
    assert engine.unfired() == first.unfired
    assert engine.run_due(retry=EXACT) == attrs.evolve(first, fired=0, unfired=())

    clock.now += timedelta(minutes=1)
    (again,) = engine.run_due(retry=EXACT).unfired
    assert again.attempts == 2
    assert again.not_before - clock.now == timedelta(minutes=2)
    engine.fire("1", Chore.unlock(), by=WORKER)
    clock.now += timedelta(minutes=2)
    assert engine.run_due(retry=EXACT).fired == 1
    assert engine.get("1", Chore).state == "given_up"
    assert engine.unfired() == ()


def test_a_deadline_that_raises_waits_and_holds_up_no_other(engine: Engine, clock: Clock) -> None:
    at_work(engine, "1", broken=True)
    at_work(engine, "2")
    clock.now += HOUR
    swept = engine.run_due(retry=EXACT)
    assert swept.fired == 1
    (unfired,) = swept.unfired
    assert (unfired.case_id, unfired.deadline) == ("1", "urging")
    assert "FunctionRaised" in unfired.problem
    assert engine.get("1", Chore).data.urged == 0
    assert engine.run_due(retry=EXACT) == attrs.evolve(swept, fired=0, unfired=())


def test_a_sweep_fires_no_more_than_its_limit(engine: Engine, clock: Clock) -> None:
    for n in range(5):
        at_work(engine, str(n))
    clock.now += HOUR
    assert [engine.run_due(limit=2).fired for _ in range(4)] == [2, 2, 1, 0]
    assert sum(engine.get(str(n), Chore).data.urged for n in range(5)) == 5


def test_a_sweep_is_of_one_tenant(store: OwningStore[Any], clock: Clock) -> None:
    engine = Engine(store, [Chore], clock=clock, tenancy="required")
    north, south = engine.scoped("north"), engine.scoped("south")
    at_work(north)
    at_work(south)
    clock.now += HOUR
    assert north.run_due().fired == 1
    assert (north.get("1", Chore).data.urged, south.get("1", Chore).data.urged) == (1, 0)
    assert south.next_due() < clock.now
    for call in (engine.run_due, engine.next_due, engine.unfired):
        with pytest.raises(TenancyError):
            call()


def test_a_sweep_makes_transactions_of_its_own(engine: Engine) -> None:
    with engine._store.begin(write=True) as tx:
        joined = engine.joined(tx)
        with pytest.raises(InvalidArgument, match="transactions of its own"):
            joined.run_due()
        assert joined.next_due() is None


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_is_positive(engine: Engine, limit: int) -> None:
    with pytest.raises(InvalidArgument):
        engine.run_due(limit=limit)
    with pytest.raises(InvalidArgument):
        engine.unfired(limit=limit)


def test_the_keys_of_deadlines_are_nobody_elses(engine: Engine) -> None:
    with pytest.raises(InvalidId, match="keeps for itself"):
        engine.start(Chore.open(), by=WORKER, key="propflow:deadline:urging:2:1")


def test_a_case_that_moves_on_is_due_no_more_though_it_was_claimed(
    engine: Engine, clock: Clock
) -> None:
    """The step comes between the claim and the firing."""
    at_work(engine)
    clock.now += HOUR
    work = engine._run_due(10, EXACT)
    part = next(work)
    claims = engine._part(part)
    assert [claim.name for claim in claims] == ["urging"]
    engine.fire("1", Chore.hold(), by=WORKER)
    engine.fire("1", Chore.resume(), by=WORKER)
    part = work.send(claims)
    with pytest.raises(StopIteration) as end:
        work.send(engine._part(part))
    assert end.value.value.fired == 0
    assert engine.get("1", Chore).data.urged == 0
    assert engine.next_due() == engine.history("1")[-1].occurred_at + HOUR


def test_two_sweeps_at_once_get_different_deadlines(engine: Engine, clock: Clock) -> None:
    for n in range(4):
        at_work(engine, str(n))
    clock.now += HOUR
    one, two = engine._run_due(3, EXACT), engine._run_due(3, EXACT)
    first, second = engine._part(next(one)), engine._part(next(two))
    assert (len(first), len(second)) == (3, 1)
    for work, claims in ((two, second), (one, first)):
        with pytest.raises(StopIteration) as end:
            work.send(engine._part(work.send(claims)))
        assert end.value.value.fired == len(claims)
    assert [engine.get(str(n), Chore).data.urged for n in range(4)] == [1, 1, 1, 1]
