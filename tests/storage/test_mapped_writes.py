"""What the host writes into its own rows, and what becomes of steps and deadlines then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, delete, select

from propflow import Actor, AsyncEngine, Engine
from propflow.decision.due import due
from propflow.decision.plan import plan_of
from propflow.definition.own_step import Moved, Recompute
from propflow.errors import (
    BrokenHistory,
    Conflict,
    FunctionRaised,
    Refused,
    RevisionWentBack,
    UnknownCode,
)
from propflow.runtime.reading import data_after
from propflow.runtime.registry import Registry
from propflow.storage import Ref
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from propflow.testing import FakeClock, replay

from .changes import empty
from .visits import HOUR, STATES, VISITS, Plain, Visiting, visits, write

CLERK = Actor("c1")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request) -> Iterator[Any]:
    made = create_engine(request.getfixturevalue(request.param))
    VISITS.metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(delete(VISITS))
    yield made
    made.dispose()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


def engine_on(database: Any, clock: FakeClock, workflow: Any = Visiting, **changed: Any) -> Engine:
    if changed.get("revision", "ver") is None:
        changed |= {"insert": {"ver": 1}}
    store = SQLStore(database, tables={workflow: visits(workflow, **changed)})
    store.create_tables()
    empty(store)
    return Engine(store, [workflow], clock=clock)


@pytest.fixture
def engine(database, clock) -> Engine:
    return engine_on(database, clock)


def version(database: Any, case_id: str = "1") -> int:
    with database.connect() as connection:
        return connection.execute(select(VISITS.c.ver).where(VISITS.c.id == int(case_id))).scalar()


def sweep(engine: Engine, clock: FakeClock, hours: int) -> int:
    """Let hours go by, sweeping in each; return what was fired."""
    fired = 0
    for _ in range(hours):
        clock.turn(HOUR)
        for _ in range(3):  # what a sweep keeps anew is for the next one
            swept = engine.run_due()
            fired += swept.fired
            assert swept.unfired == ()
    return fired


def test_a_row_that_the_host_moved_takes_steps(engine, database):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    engine.fire(case, Visiting.visit(), by=CLERK)
    write(database, case.id, zt=STATES["waiting"])
    assert engine.check(case.id, Visiting.hold(), by=CLERK)
    engine.fire(case.id, Visiting.note(), by=CLERK)
    moved = engine.fire(case.id, Visiting.visit(), by=CLERK)
    assert (moved.state, moved.previous, moved.revision) == ("visited", "waiting", 5)
    assert [(e.source, e.revision) for e in engine.history(case)][1:] == [
        ("waiting", 2),
        ("waiting", 4),
        ("waiting", 5),
    ]


def test_data_that_an_update_cannot_have_met_break_no_step(engine, database):
    case = engine.start(Visiting.open(place="A", hours=0), by=CLERK)
    with pytest.raises(FunctionRaised):
        engine.fire(case, Visiting.note(), by=CLERK)
    write(database, case.id, xs=9)
    engine.fire(case.id, Visiting.note(), by=CLERK)
    assert engine.fire(case.id, Visiting.note(), by=CLERK).data.notes == 2
    assert engine.clocks(case.id)[0].due == NOON + 9 * HOUR


@pytest.mark.parametrize("workflow", [Visiting, Plain])
@pytest.mark.parametrize("code", ["visited", "closed"])
def test_what_the_host_moved_on_is_due_no_more(database, clock, workflow, code):
    engine = engine_on(database, clock, workflow)
    case = engine.start(workflow.open(place="A"), by=CLERK)
    write(database, case.id, zt=STATES[code])
    shown = [each.deadline for each in engine.clocks(case.id)]
    assert shown == (["ending"] if workflow is Visiting and code == "visited" else [])
    assert sweep(engine, clock, 6) == 0
    assert (engine.outbox(), engine.unfired()) == ((), ())
    opened, told = engine.history(case.id)
    assert (opened.event, told.payload) == ("open", Moved("waiting"))
    assert (told.source, told.target, told.revision) == (code, code, 3)
    assert version(database) == 3
    assert "seeing" not in [each.deadline for each in engine.clocks(case.id)]
    if shown:  # what runs there too runs on
        assert engine.next_due() == NOON + 24 * HOUR
    else:
        assert engine.next_due() is None


def test_a_row_that_comes_back_begins_anew_with_its_next_step(engine, database, clock):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    write(database, case.id, zt=STATES["held"])
    write(database, case.id, zt=STATES["closed"])
    assert sweep(engine, clock, 2) == 0
    write(database, case.id, zt=STATES["waiting"])
    assert engine.clocks(case.id) == ()
    assert sweep(engine, clock, 8) == 0
    case = engine.fire(case.id, Visiting.note(), by=CLERK)
    (seeing, ending) = engine.clocks(case)
    assert seeing.since == ending.since == case.revision
    assert (seeing.due, ending.due) == (NOON + 14 * HOUR, NOON + 34 * HOUR)
    assert sweep(engine, clock, 4) == 2
    assert engine.get(case.id, Visiting).state == "closed"


def test_a_row_that_was_back_before_anyone_looked_was_never_away(engine, database, clock):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    write(database, case.id, zt=STATES["visited"])
    write(database, case.id, zt=STATES["waiting"])
    assert sweep(engine, clock, 4) == 2
    assert [e.event for e in engine.history(case)] == ["open", "propflow:climb", "give_up"]


def test_one_sweep_takes_all_that_is_due_of_a_row(engine, clock):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    clock.turn(5 * HOUR)
    assert engine.run_due().fired == 2
    assert [e.event for e in engine.history(case)] == ["open", "propflow:climb", "give_up"]


def test_a_row_that_the_host_put_on_hold_is_on_hold_from_when_it_was_found(engine, database, clock):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    write(database, case.id, zt=STATES["held"])
    assert sweep(engine, clock, 10) == 0  # found at two, when half was gone
    (seeing,) = engine.clocks(case.id)
    assert (seeing.on_hold, seeing.net) == (True, 2 * HOUR)
    engine.fire(case.id, Visiting.resume(), by=CLERK)
    assert sweep(engine, clock, 2) == 2


@pytest.mark.parametrize("revision", ["ver", None])
def test_a_limit_is_that_of_the_data_which_the_host_wrote(database, clock, revision):
    engine = engine_on(database, clock, revision=revision)
    case = engine.start(Visiting.open(place="A"), by=CLERK, id="1")
    write(database, case.id, xs=8, ver=2)
    assert engine.clocks(case.id)[0].due == NOON + 8 * HOUR
    assert sweep(engine, clock, 3) == 0
    assert [type(e.payload) for e in engine.history(case.id)[1:]] == [Recompute]
    assert sweep(engine, clock, 4) == 1
    assert engine.get(case.id, Visiting).state == "waiting"
    assert sweep(engine, clock, 1) == 1
    assert engine.get(case.id, Visiting).state == "closed"
    assert engine.unfired() == ()


@pytest.mark.parametrize("revision", ["ver", None])
def test_a_limit_that_the_host_shortened_is_seen_at_the_next_step(database, clock, revision):
    engine = engine_on(database, clock, revision=revision)
    case = engine.start(Visiting.open(place="A", hours=20), by=CLERK, id="1")
    write(database, case.id, xs=2, ver=2)
    assert engine.next_due() == NOON + 10 * HOUR  # nobody has told us
    engine.fire(case.id, Visiting.note(), by=CLERK)
    assert engine.next_due() == NOON + HOUR
    assert sweep(engine, clock, 2) == 2


def test_what_the_host_wrote_counts_from_the_step_before(engine, database, clock):
    case = engine.start(Visiting.open(place="A", hours=30), by=CLERK)
    clock.turn(10 * HOUR)
    engine.fire(case, Visiting.note(), by=CLERK)
    write(database, case.id, xs=2)
    assert engine.clocks(case.id)[0].due == NOON + 10 * HOUR  # nothing is due in the past
    clock.turn(HOUR)
    engine.fire(case.id, Visiting.note(), by=CLERK)
    assert engine.clocks(case.id)[0].due == NOON + 10 * HOUR


def test_a_row_that_the_host_deleted_is_due_no_more(engine, database, clock):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    write(database, case.id, sc=1)
    assert sweep(engine, clock, 30) == 0
    assert engine.next_due() is None


def test_a_request_that_is_repeated_is_answered_over_the_hosts_move(engine, database):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    engine.fire(case, Visiting.visit(), by=CLERK)
    write(database, case.id, zt=STATES["waiting"])
    first = engine.fire(case.id, Visiting.note(), by=CLERK, key="k1")
    engine.fire(case.id, Visiting.visit(), by=CLERK)
    assert engine.fire(case.id, Visiting.note(), by=CLERK, key="k1") == first


def test_replay_takes_the_hosts_writing_as_told_to(engine, database):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    engine.fire(case, Visiting.visit(), by=CLERK)
    write(database, case.id, zt=STATES["waiting"])
    engine.fire(case.id, Visiting.note(), by=CLERK)
    now = engine.fire(case.id, Visiting.visit(), by=CLERK)
    entries = engine.history(case.id)
    assert replay(Visiting, case.id, entries, mapped=True) == now
    with pytest.raises(BrokenHistory, match="revision 3 is missing"):
        replay(Visiting, case.id, entries)
    with pytest.raises(BrokenHistory, match="revision 6 is missing"):
        replay(Visiting, case.id, [*entries, entries[-1]], mapped=True)


def test_only_a_mapped_history_may_start_from_elsewhere(engine, database):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    engine.fire(case, Visiting.visit(), by=CLERK)
    write(database, case.id, zt=STATES["waiting"], raising=False)
    now = engine.fire(case.id, Visiting.note(), by=CLERK)
    entries = engine.history(case.id)
    assert replay(Visiting, case.id, entries, mapped=True) == now
    with pytest.raises(BrokenHistory, match="it starts from waiting, the case was visited"):
        replay(Visiting, case.id, entries)


def test_a_revision_that_went_back_says_so(engine, database, clock):
    case = engine.start(Visiting.open(place="A"), by=CLERK)
    for _ in range(2):
        engine.fire(case.id, Visiting.note(), by=CLERK)
    write(database, case.id, ver=1, raising=False)
    with pytest.raises(RevisionWentBack) as back:
        engine.fire(case.id, Visiting.note(), by=CLERK)
    error = back.value
    assert not isinstance(error, Conflict)
    assert (error.table, error.row, error.column) == ("wy_visit", case.id, "ver")
    assert (error.found, error.written) == (1, 3)
    assert "set ver to 4" in str(error)
    assert engine.get(case.id, Visiting).revision == 3
    assert engine.check(case.id, Visiting.note(), by=CLERK)
    clock.turn(2 * HOUR)
    (unfired,) = engine.run_due().unfired
    assert unfired.problem.startswith("RevisionWentBack: the row")
    assert (version(database), len(engine.history(case.id))) == (1, 3)
    write(database, case.id, ver=4, raising=False)
    assert engine.fire(case.id, Visiting.note(), by=CLERK).revision == 5


def test_rows_that_are_no_cases_hold_up_no_page(engine, database):
    for number in range(1, 6):
        engine.start(Visiting.open(place=f"B{number}"), by=CLERK, id=str(number))
    for number in ("2", "3", "5"):
        write(database, number, zt="?")
    with pytest.raises(UnknownCode, match=r"row 2 of wy_visit has zt = '\?'"):
        engine.find(Visiting)
    first = engine.find(Visiting, limit=2, skip_unfit=True)
    assert [case.id for case in first] == ["1"]
    assert [each.row_id for each in first.unfit] == ["2"]
    assert "zt = '?'" in first.unfit[0].problem
    second = engine.find(Visiting, limit=2, after=first.cursor, skip_unfit=True)
    assert ([case.id for case in second], second.unfit[0].row_id) == (["4"], "3")
    third = engine.find(Visiting, limit=2, after=second.cursor, skip_unfit=True)
    assert (third.cases, third.unfit[0].row_id, third.cursor) == ((), "5", None)
    assert engine.find(Visiting, state="waiting").unfit == ()


def test_an_engine_that_awaits_leaves_them_out_too(tmp_path):
    url = f"sqlite:///{tmp_path / 'visits.db'}"
    host = create_engine(url)
    VISITS.metadata.create_all(host)

    async def left_out() -> tuple[str, ...]:
        store = AsyncSQLStore(
            url.replace("sqlite", "sqlite+aiosqlite"), tables={Visiting: visits(Visiting)}
        )
        await store.create_tables()
        engine = AsyncEngine(store, [Visiting])
        case = await engine.start(Visiting.open(place="A"), by=CLERK)
        write(host, case.id, zt="?")
        with pytest.raises(UnknownCode):
            await engine.find(Visiting)
        page = await engine.find(Visiting, skip_unfit=True)
        await store.close()
        return tuple(each.row_id for each in page.unfit)

    assert asyncio.run(left_out()) == ("1",)
    host.dispose()


# Whatever both write ------------------------------------------------------------------------------

steps = st.sampled_from(
    [
        *(Visiting.note(), Visiting.visit(), Visiting.again(), Visiting.hold()),
        *(Visiting.resume(), Visiting.close(), Visiting.extend(hours=2), Visiting.extend(hours=9)),
    ]
)
cells = st.fixed_dictionaries(
    {},
    optional={"zt": st.sampled_from([*STATES.values()]), "xs": st.sampled_from([1, 4, 30])},
)
hosts = st.tuples(st.booleans(), cells.filter(bool))
programs = st.lists(steps | hosts | st.sampled_from([0, 1, 5, 26]), min_size=12, max_size=20)


@pytest.mark.parametrize("revision", ["ver", None])
def test_the_index_is_what_the_history_and_the_row_lead_to(database, clock, revision):
    part = 1 if database.dialect.name == "sqlite" else 4
    numbers = count(1)
    engine = engine_on(database, clock, revision=revision)
    store: Any = engine._store  # nothing else shows the index
    registry = Registry([Visiting], (), store.mapped)
    registered = registry.latest("visiting")

    def holds(case_id: str) -> None:
        case, entries = engine.get(case_id, Visiting), engine.history(case_id)
        ref = Ref("", case_id).in_table("wy_visit")
        data = data_after(registered, ref, entries, case)
        with store.begin(write=False) as tx:
            kept = store.due(tx, ref)
        assert tuple(kept) == due(plan_of(Visiting).spec, entries, data)

    @settings(max_examples=max(5, settings.default.max_examples // (2 * part)))
    @given(programs)
    def held(program: list[Any]) -> None:
        case_id = str(next(numbers))
        engine.start(Visiting.open(place="A"), by=CLERK, id=case_id)
        for step in program:
            if isinstance(step, tuple):
                write(database, case_id, raising=step[0], **step[1])
            elif isinstance(step, int):
                clock.turn(step * HOUR)
                engine.run_due()
                assert engine.unfired() == ()
            else:
                clock.turn(timedelta(minutes=1))
                try:
                    engine.fire(case_id, step, by=CLERK)
                except (Refused, FunctionRaised):
                    continue
                holds(case_id)

    held()
