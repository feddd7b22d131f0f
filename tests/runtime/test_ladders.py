"""Clocks, ladders, holds and provisional deadlines, in an engine."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from propflow import SYSTEM, Actor, AsyncEngine, Deadline, Engine, Rung
from propflow.definition.own_step import Climb, Recompute
from propflow.errors import FunctionRaised, InvalidRegistration, OutsideCoverage
from propflow.storage import MemoryStore, Ref
from propflow.storage.sqlalchemy import AsyncSQLStore
from propflow.testing import FakeClock
from tests.runtime.ladders import HOUR, Mending, Mends, office
from tests.runtime.loans import KeyLoan

WORKER = Actor("w1")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def may(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of May 2026 in Shanghai; the 4th is a Monday."""
    return datetime(2026, 5, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(may(4, 8, 30))


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def engine(memory: MemoryStore, clock: FakeClock) -> Engine:
    return Engine(memory, [Mends], clock=clock)


def begun(engine: Engine, **data: Any) -> str:
    case = engine.start(Mends.report(**data), by=WORKER, id="1")
    return engine.fire(case, Mends.take(), by=WORKER).id


def shown(engine: Engine) -> dict[str, Any]:
    return {clock.deadline: clock for clock in engine.clocks("1")}


def told(memory: MemoryStore) -> list[str]:
    with memory.begin(write=False) as tx:
        return [message.body for _, message in memory.outbox(tx, Ref("", "1"))]


def test_a_case_shows_a_clock_for_each_deadline(engine: Engine, clock: FakeClock) -> None:
    begun(engine)
    clock.set(may(4, 15))
    clocks = shown(engine)
    assert list(clocks) == ["response", "resolution", "warranty", "quiet"]
    resolution = clocks["resolution"]
    assert (resolution.zh, resolution.en) == ("催", "Remind")
    assert resolution.due == may(5, 15)
    assert (resolution.net, resolution.remaining) == (4.5 * HOUR, 7.5 * HOUR)
    assert (resolution.limit, resolution.held) == (12 * HOUR, 0 * HOUR)
    assert (resolution.late, resolution.on_hold, resolution.provisional) == (False, False, False)
    assert clocks["response"].over
    assert clocks["warranty"].due == may(8)  # the fourth is not counted; to the end of the seventh
    assert clocks["quiet"].due == may(4, 13, 30)
    assert clocks["quiet"].late
    assert Engine(engine._store, [Mends], clock=clock).clocks("1") == tuple(clocks.values())


def test_a_hold_stops_the_clock_and_nothing_fires_on_it(engine: Engine, clock: FakeClock) -> None:
    begun(engine)
    clock.set(may(4, 10, 30))
    engine.fire("1", Mends.hold(), by=WORKER)
    clock.set(may(6, 10, 30))
    assert shown(engine)["resolution"].on_hold
    assert shown(engine)["resolution"].held == 15 * HOUR
    engine.run_due()
    assert [entry.event for entry in engine.history("1")] == ["report", "take", "hold"]
    engine.fire("1", Mends.resume(), by=WORKER)
    assert shown(engine)["resolution"].due == may(7, 15)
    assert shown(engine)["quiet"].due == may(6, 13, 30)
    assert engine.next_due() == may(6, 13, 30).astimezone(UTC)


def test_a_hold_lapses(engine: Engine, clock: FakeClock) -> None:
    begun(engine)
    engine.fire("1", Mends.hold(), by=WORKER)
    clock.set(may(30))
    while engine.run_due().fired:
        pass
    fired = shown(engine)["resolution"].fired_at
    assert fired == may(12, 15).astimezone(UTC)  # a week of hold, then twelve hours
    assert shown(engine)["quiet"].fired_at is None  # this one's hold does not lapse


def test_each_rung_is_climbed_once_and_delivered_when_the_window_is_open(
    engine: Engine, memory: MemoryStore, clock: FakeClock
) -> None:
    clock.set(may(4, 17))
    begun(engine, urgent=True)  # due at 11:30 the next day, four fifths of it at 10:42
    clock.set(may(5, 10, 41))
    engine.run_due()
    assert told(memory) == []
    for minute in (42, 42, 43):
        clock.set(may(5, 10, minute))
        engine.run_due()
    (first,) = told(memory)
    assert '"worker"' in first
    assert '"head"' in first
    entry = engine.history("1")[-1]
    assert entry.payload == Climb("resolution", 0, ("worker", "head"), may(5, 11, 30))
    assert (entry.actor, entry.occurred_at) == (SYSTEM, may(5, 10, 42))
    clock.set(may(6, 9))
    while engine.run_due().fired:
        pass
    assert len([body for body in told(memory) if "resolution" in body]) == 3
    assert shown(engine)["resolution"].climbed == (0, 1, 2)
    assert shown(engine)["resolution"].fired_at == may(5, 11, 30)


def test_what_is_reached_in_the_night_is_told_in_the_morning(
    memory: MemoryStore, clock: FakeClock
) -> None:
    class Nightly(Mends):
        """Counts night and day, and tells in service hours."""

        resolution = Deadline(
            Mends.spec.states["at_work"],
            after=12 * HOUR,
            rungs=[Rung(share="1", to="head")],
            notify_in=office(),
            zh="夜",
            en="Nightly",
        )

    engine = Engine(memory, [Nightly], clock=clock)
    clock.set(may(4, 17))
    engine.start(Nightly.report(), by=WORKER, id="1")
    engine.fire("1", Nightly.take(), by=WORKER)
    engine.fire("1", Nightly.hold(), by=WORKER)
    engine.fire("1", Nightly.resume(), by=WORKER)
    clock.set(may(5, 8))
    engine.run_due()
    assert told(memory) == []
    clock.set(may(5, 8, 30))
    engine.run_due()
    assert len(told(memory)) == 1
    entry = next(e for e in engine.history("1") if e.event == "propflow:climb")
    assert (entry.occurred_at, entry.recorded_at) == (may(5, 5), may(5, 8, 30))


def test_an_acknowledged_ladder_is_climbed_no_further(engine: Engine, clock: FakeClock) -> None:
    begun(engine)
    engine.fire("1", Mends.acknowledge(), by=WORKER)
    clock.set(may(6, 18))
    while engine.run_due().fired:
        pass
    resolution = shown(engine)["resolution"]
    assert (resolution.acknowledged, resolution.climbed) == (True, ())
    assert resolution.fired_at == may(5, 15)


def test_another_limit_counts_from_the_start(engine: Engine, clock: FakeClock) -> None:
    begun(engine)
    clock.set(may(4, 15))
    engine.fire("1", Mends.change(urgent=True), by=WORKER)  # 4 hours: nobody is late before it
    assert shown(engine)["resolution"].due == may(4, 15)
    engine.fire("1", Mends.change(urgent=False), by=WORKER)
    assert shown(engine)["resolution"].due == may(5, 15)


def test_without_a_limit_there_is_no_clock(clock: FakeClock) -> None:
    engine = Engine(MemoryStore(), [Mends.with_settings(quick=None)], clock=clock)
    begun(engine, urgent=True)
    assert "resolution" not in shown(engine)
    engine.fire("1", Mends.change(urgent=False), by=WORKER)
    assert shown(engine)["resolution"].due == may(5, 15)


def test_an_order_has_a_limit_of_its_own(
    engine: Engine, memory: MemoryStore, clock: FakeClock
) -> None:
    begun(engine)
    engine.fire("1", Mends.supervise(until=may(4, 11)), by=WORKER)
    order = shown(engine)["order"]
    assert (order.due, order.remaining, order.late) == (may(4, 11), 2.5 * HOUR, False)
    clock.set(may(4, 10))
    assert engine.run_due().fired == 1
    assert "order" in told(memory)[0]
    clock.set(may(4, 12))
    assert shown(engine)["order"].late
    assert engine.run_due().fired == 1
    engine.fire("1", Mends.finish(), by=WORKER)
    assert shown(engine)["order"].net == 3.5 * HOUR


def test_a_step_never_fails_where_the_calendar_ends(memory: MemoryStore, clock: FakeClock) -> None:
    short = Mends.with_settings(calendar=office(last=date(2026, 5, 4)))
    engine = Engine(memory, [short], clock=clock)
    begun(engine)
    assert shown(engine)["resolution"].provisional
    with pytest.raises(OutsideCoverage):
        _ = shown(engine)["resolution"].due
    clock.set(may(5, 9))
    (problem, *_) = (e.problem for e in engine.run_due().unfired if e.deadline == "resolution")
    assert "provisional" in problem
    assert isinstance(shown(engine)["resolution"].reading, OutsideCoverage)
    with pytest.raises(OutsideCoverage):
        _ = shown(engine)["resolution"].net

    newer = Engine(memory, [Mends], clock=clock)  # newer data arrive
    clock.turn(HOUR)
    newer.run_due()
    assert shown(newer)["resolution"].due == may(5, 15)
    found = [e.payload for e in newer.history("1") if isinstance(e.payload, Recompute)]
    again = next(each for each in found if each.deadline == "resolution")
    assert (again.was, again.due_at) == (may(5), may(5, 15))
    assert again.calendar == office().data_version()
    clock.set(may(5, 15))
    newer.run_due()
    assert shown(newer)["resolution"].fired_at == may(5, 15)


def test_where_nobody_knows_when_the_window_opens_it_is_told_at_once(
    memory: MemoryStore, clock: FakeClock
) -> None:
    class Nightly(Mends):
        """Tells in service hours, of which the next are not known."""

        resolution = Deadline(
            Mends.spec.states["at_work"],
            after=12 * HOUR,
            rungs=[Rung(share="1", to="head")],
            notify_in=office(last=date(2026, 5, 4)),
            zh="夜",
            en="Nightly",
        )

    engine = Engine(memory, [Nightly], clock=clock)
    clock.set(may(4, 17))
    engine.start(Nightly.report(), by=WORKER, id="1")
    engine.fire("1", Nightly.take(), by=WORKER)
    clock.set(may(5, 5))
    assert engine.run_due().fired == 2
    assert len(told(memory)) == 1


def test_a_calendar_that_nobody_has_named_is_refused() -> None:
    with pytest.raises(InvalidRegistration) as refused:
        Engine(MemoryStore(), [Mending])
    no_calendar = "calendar= gives no ServiceCalendar; choose one"
    no_window = "notify_in= gives no ServiceCalendar; choose one"
    assert [str(problem) for problem in refused.value.problems] == [
        f"mending version 1, deadline 'response': {no_calendar}",
        f"mending version 1, deadline 'resolution': {no_calendar}; {no_window}",
        f"mending version 1, deadline 'warranty': {no_calendar}",
    ]


@pytest.mark.parametrize(
    ("after", "at"),
    [
        (lambda data, settings: 3, None),
        (lambda data, settings: data.nothing, None),
        (None, lambda data, settings: datetime(2026, 5, 4)),  # noqa: DTZ001
        (None, lambda data, settings: "soon"),
    ],
)
def test_a_function_that_is_broken_says_so(after: Any, at: Any, clock: FakeClock) -> None:
    class Broken(Mends):
        """Has a function that is broken."""

        resolution = Deadline(
            Mends.spec.states["at_work"], after=after, at=at, zh="坏", en="Broken"
        )
        tell = Deadline(Mends.spec.states["at_work"], after=after, at=at, fires=Mends.remind)

    engine = Engine(MemoryStore(), [Broken], clock=clock)
    engine.start(Broken.report(), by=WORKER, id="1")
    with pytest.raises(FunctionRaised, match="tell"):
        engine.fire("1", Broken.take(), by=WORKER)
    assert engine.get("1", Broken).state == "new"


def test_an_engine_that_awaits_has_clocks_too(clock: FakeClock) -> None:
    async def ask() -> None:
        store = AsyncSQLStore("sqlite+aiosqlite://")
        await store.create_tables()
        engine = AsyncEngine(store, [Mends], clock=clock)
        case = await engine.start(Mends.report(), by=WORKER)
        (response,) = await engine.clocks(case)
        assert response.due == may(4, 10, 30)
        await store.close()

    asyncio.run(ask())


def test_a_workflow_without_deadlines_has_no_clocks(clock: FakeClock) -> None:
    engine = Engine(MemoryStore(), [KeyLoan], clock=clock)
    loan = engine.start(KeyLoan.request(key="k", borrower="u"), by=WORKER)
    assert engine.clocks(loan) == ()
