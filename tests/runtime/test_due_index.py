"""The due moments that a store keeps are those that the history leads to, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from propflow import SYSTEM, Actor, Engine, PropflowError, Workflow
from propflow.decision import replay
from propflow.decision.clocks import clocks
from propflow.decision.due import due
from propflow.decision.plan import plan_of
from propflow.decision.replay import replay_each
from propflow.runtime import Backoff
from propflow.storage import OwningStore, Ref
from tests.runtime.deadlines import DAY, HOUR, Chore
from tests.runtime.ladders import Mends
from tests.runtime.loans import Clock
from tests.runtime.nags import Nagged

WORKER = Actor("w1")
SOON = Backoff(first=timedelta(minutes=1), chance=lambda: 1.0)
IDS = ("a", "b")

Step = Callable[[Engine, Clock, str], object]

actions = st.sampled_from(
    [
        *(Chore.plan(), Chore.begin(), Chore.note(), Chore.lock(), Chore.unlock()),
        *(Chore.hold(), Chore.resume(), Chore.urge(), Chore.close()),
    ]
)


def fire(case: str, action: Any, ago: timedelta | None) -> Step:
    def step(engine: Engine, clock: Clock, prefix: str) -> None:
        at = None if ago is None else clock.now - ago
        engine.fire(prefix + case, action, by=WORKER, occurred_at=at)

    return step


def fire_both(first: Any, second: Any) -> Step:
    return lambda engine, clock, prefix: engine.fire_many(
        [(prefix + "a", first), (prefix + "b", second), (prefix + "a", second)], by=SYSTEM
    )


def sweep(later: timedelta, limit: int) -> Step:
    def step(engine: Engine, clock: Clock, prefix: str) -> None:
        clock.now += later
        engine.run_due(limit=limit, retry=SOON)

    return step


cases = st.sampled_from(IDS)
moments = st.sampled_from([None, None, HOUR, -HOUR, 2 * DAY])
steps = (
    st.builds(fire, cases, actions, moments)
    | st.builds(fire, cases, actions, moments)
    | st.builds(fire_both, actions, actions)
    | st.builds(
        sweep,
        st.sampled_from([timedelta(0), timedelta(minutes=1), HOUR, DAY, 2 * DAY]),
        st.integers(1, 3),
    )
)
programs = st.lists(steps, min_size=30, max_size=30)


def test_the_index_is_what_the_history_leads_to(store: OwningStore[Any], clock: Clock) -> None:
    holds_for(Chore, Chore.open(), store, clock, programs)


MOMENT = datetime(2026, 5, 5, tzinfo=UTC)
mending = st.sampled_from(
    [
        *(Mends.take(), Mends.hand_back(), Mends.acknowledge(), Mends.hold(), Mends.resume()),
        *(Mends.hold(), Mends.resume(), Mends.finish(), Mends.reopen()),
        *(Mends.change(urgent=True), Mends.change(urgent=False), Mends.supervise(until=MOMENT)),
    ]
)
mending_steps = (
    st.builds(fire, cases, mending, moments)
    | st.builds(fire, cases, mending, moments)
    | st.builds(fire_both, mending, mending)
    | st.builds(
        sweep, st.sampled_from([timedelta(0), HOUR, 3 * HOUR, DAY, 4 * DAY]), st.integers(1, 9)
    )
)


def test_it_is_so_with_pauses_limits_of_the_data_and_rungs(
    store: OwningStore[Any], clock: Clock
) -> None:
    programs = st.lists(mending_steps, min_size=30, max_size=30)
    holds_for(Mends, Mends.report(), store, clock, programs)


nagging = st.sampled_from(
    [
        *(Nagged.urge(), Nagged.urge(), Nagged.answer(), Nagged.take(), Nagged.rest()),
        *(Nagged.wake(), Nagged.note(), Nagged.finish(), Nagged.reopen()),
    ]
)
nagging_steps = (
    st.builds(fire, cases, nagging, moments)
    | st.builds(fire, cases, nagging, moments)
    | st.builds(fire_both, nagging, nagging)
    | st.builds(sweep, st.sampled_from([timedelta(0), HOUR, 4 * HOUR, DAY]), st.integers(1, 9))
)


def test_it_is_so_with_what_counts_from_events(store: OwningStore[Any], clock: Clock) -> None:
    programs = st.lists(nagging_steps, min_size=30, max_size=30)
    holds_for(Nagged, Nagged.ask(), store, clock, programs)


def holds_for(
    workflow: type[Workflow[Any]],
    opening: Any,
    store: OwningStore[Any],
    clock: Clock,
    programs: st.SearchStrategy[list[Step]],
) -> None:
    engine = Engine(store, [workflow], clock=clock)
    prefixes = count()

    @settings(
        max_examples=max(5, settings.default.max_examples // 5),
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(programs)
    def same(program: list[Step]) -> None:
        prefix = f"{next(prefixes)}."
        for case in IDS:
            engine.start(opening, by=WORKER, id=prefix + case)
        for step in program:
            try:
                step(engine, clock, prefix)
            except PropflowError:
                continue
        for case in IDS:
            entries = engine.history(prefix + case)
            data = [each.data for each in replay_each(plan_of(workflow), "", entries)]
            with store.begin(write=False) as tx:
                kept = store.due(tx, Ref("", prefix + case))
            assert tuple(kept) == due(workflow.spec, entries, data)
            assert replay(workflow, prefix + case, entries) == engine.get(prefix + case, workflow)
            fired = [entry.key for entry in entries if entry.key is not None]
            assert len(fired) == len(set(fired))
            restarted = Engine(store, [workflow], clock=clock)
            shown = restarted.clocks(prefix + case)
            assert shown == clocks(workflow.spec, entries, data, clock.now)

    same()
