"""Provisional deadlines, and what becomes of them as the data of their calendar arrive."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from propflow import Actor, Engine, Refused, Workflow
from propflow.calendar import ServiceCalendar, Weekday, Window, weekdays
from propflow.decision.due import Due, due
from propflow.decision.plan import plan_of
from propflow.decision.replay import replay_each
from propflow.definition.own_step import Recompute
from propflow.storage import MemoryStore, OwningStore, Ref
from propflow.testing import FakeClock
from tests.runtime.ladders import HOUR, Mends, office
from tests.runtime.test_relaying import expire_leases

WORKER = Actor("w1")
SHANGHAI = ZoneInfo("Asia/Shanghai")
PARTS = {"resolution", "resolution#0", "resolution#1", "resolution#2", "warranty", "warranty#0"}


def may(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of May 2026 in Shanghai; the 4th is a Monday."""
    return datetime(2026, 5, day, hour, minute, tzinfo=SHANGHAI)


def known_to(day: int) -> type[Workflow[Any]]:
    return Mends.with_settings(calendar=office(last=date(2026, 5, day)))


def longer_days(last: int) -> ServiceCalendar:
    """What a host may decide that would be due later: open until midnight, the same days known."""
    return ServiceCalendar(
        [Window("08:30", "24:00")],
        days=weekdays(list(Weekday)[:5], first=date(2025, 1, 1), last=date(2026, 5, last)),
        zone="Asia/Shanghai",
    )


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(may(4, 17))


def begun(store: OwningStore[Any], workflow: type[Workflow[Any]], clock: FakeClock) -> Engine:
    engine = Engine(store, [workflow], clock=clock)
    engine.start(Mends.report(), by=WORKER, id="1")
    engine.fire("1", Mends.take(), by=WORKER)
    return engine


def kept(store: OwningStore[Any]) -> dict[str, Due]:
    with store.begin(write=False) as tx:
        return {each.deadline: each for each in store.due(tx, Ref("", "1"))}


def recomputed(engine: Engine) -> list[Recompute]:
    return [e.payload for e in engine.history("1") if isinstance(e.payload, Recompute)]


def computed(engine: Engine, workflow: type[Workflow[Any]]) -> tuple[Due, ...]:
    entries = engine.history("1")
    data = [case.data for case in replay_each(plan_of(workflow), "1", entries)]
    return due(workflow.spec, entries, data)


def test_what_is_provisional_is_kept_with_the_data_that_do_not_reach(
    store: OwningStore[Any], clock: FakeClock
) -> None:
    short = office(last=date(2026, 5, 4))
    begun(store, Mends.with_settings(calendar=short), clock)
    found = kept(store)
    provisional = {name for name, each in found.items() if each.calendar}
    assert provisional == PARTS  # `quiet` counts calendar time
    assert {found[name].calendar for name in PARTS} == {short.data_version()}
    assert {found[name].at for name in PARTS} == {short.known_until}


def test_new_data_are_used_as_soon_as_they_are_there(
    store: OwningStore[Any], clock: FakeClock
) -> None:
    begun(store, known_to(4), clock)
    newer = Engine(store, [Mends], clock=clock)
    clock.turn(timedelta(minutes=1))  # hours before the moment that was kept
    assert newer.run_due().fired == 0
    assert not any(each.calendar for each in kept(store).values())
    assert tuple(kept(store).values()) == computed(newer, Mends)
    (again,) = (each for each in recomputed(newer) if each.deadline == "resolution")
    assert (again.was, again.due_at) == (may(5), may(6, 12))
    assert again.was_calendar == office(last=date(2026, 5, 4)).data_version()
    assert again.calendar == office().data_version()
    entries = newer.history("1")
    newer.run_due()
    assert newer.history("1") == entries  # once


def test_what_new_data_make_due_earlier_is_done_then(
    store: OwningStore[Any], clock: FakeClock
) -> None:
    begun(store, known_to(5), clock)
    assert kept(store)["resolution"].at == may(6)
    longer = Mends.with_settings(calendar=longer_days(5))  # 7 hours on Monday, 5 on Tuesday
    newer = Engine(store, [longer], clock=clock)
    newer.run_due()
    assert kept(store)["resolution"].at == may(5, 13, 30)
    clock.set(may(5, 14))
    while newer.run_due().fired:
        pass
    fired = next(each for each in newer.clocks("1") if each.deadline == "resolution").fired_at
    assert fired == may(5, 13, 30)


def test_data_that_reach_further_but_not_far_enough_move_what_is_kept(clock: FakeClock) -> None:
    store = MemoryStore()
    begun(store, known_to(4), clock)
    newer = Engine(store, [known_to(5)], clock=clock)
    newer.run_due()
    assert {each.at for name, each in kept(store).items() if name in PARTS} == {may(6)}
    clock.set(may(6, 9))
    assert "resolution" in {each.deadline for each in newer.run_due().unfired}
    newest = Engine(store, [Mends], clock=clock)
    newest.run_due()  # though what has failed waits for its next attempt
    assert newest.unfired() == ()
    assert kept(store)["resolution"].at == may(6, 12)


def test_what_knows_less_undoes_nothing(store: OwningStore[Any], clock: FakeClock) -> None:
    newer = begun(store, known_to(5), clock)
    before = kept(store)
    older = Engine(store, [known_to(4)], clock=clock)
    for _ in range(3):
        older.run_due()
        expire_leases(store)
        newer.run_due()
    assert kept(store) == before
    assert recomputed(newer) == []


def test_two_that_know_as_far_do_not_take_turns_for_ever(
    store: OwningStore[Any], clock: FakeClock
) -> None:
    """As while a host brings in a new release: processes with both data sweep side by side."""
    one = begun(store, known_to(4), clock)
    other = Engine(store, [Mends.with_settings(calendar=longer_days(4))], clock=clock)
    for _ in range(4):
        other.run_due()
        one.run_due()
        expire_leases(store)
    told = [each for each in recomputed(one) if each.deadline == "warranty"]
    assert [each.calendar for each in told] == [longer_days(4).data_version()]
    assert kept(store)["warranty"].calendar == longer_days(4).data_version()


def test_a_sweep_asks_for_new_data_after_what_is_due(clock: FakeClock) -> None:
    store = MemoryStore()
    begun(store, known_to(4), clock)
    clock.set(may(4, 23))  # `quiet` has been due since 22:00
    newer = Engine(store, [Mends], clock=clock)
    assert newer.run_due(limit=1).fired == 1
    assert recomputed(newer) == []
    assert newer.run_due(limit=2).fired == 0
    assert len(recomputed(newer)) == 2


def test_a_deadline_that_ended_is_not_computed_anew(clock: FakeClock) -> None:
    store = MemoryStore()
    engine = begun(store, known_to(4), clock)
    engine.fire("1", Mends.finish(), by=WORKER)
    newer = Engine(store, [Mends], clock=clock)
    newer.run_due()
    assert recomputed(newer) == []
    assert kept(store) == {}


lasts = st.integers(4, 12)
steps = st.sampled_from(
    [Mends.hold(), Mends.resume(), Mends.acknowledge(), Mends.change(urgent=True), None, None]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(lasts, steps, st.integers(0, 30)), min_size=1, max_size=12))
def test_after_a_sweep_the_index_is_what_the_newest_data_say(
    program: list[tuple[int, Any, int]],
) -> None:
    """Data that only grow, steps between them, and a sweep with each: nothing stays behind."""
    clock = FakeClock(may(4, 8, 30))
    store = MemoryStore()
    begun(store, known_to(4), clock)
    reached = 4
    for last, step, hours in program:
        reached = max(reached, last)
        workflow = known_to(reached)
        engine = Engine(store, [workflow], clock=clock)
        if step is not None:
            with suppress(Refused):
                engine.fire("1", step, by=WORKER)
        clock.turn(hours * HOUR)
        while engine.run_due().fired:
            pass
        engine.run_due()  # what was computed anew may be due
        while engine.run_due().fired:
            pass
        assert tuple(kept(store).values()) == computed(engine, workflow)
