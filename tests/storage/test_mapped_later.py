"""What comes by itself or late, on cases that are rows of a host's table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    insert,
    select,
    update,
)

from propflow import SYSTEM, Actor, Engine
from propflow.decision import replay
from propflow.runtime.parking import Parked
from propflow.storage.sqlalchemy import SQLStore, TableMapping
from propflow.testing import FakeClock
from tests.runtime.deadlines import DAY, HOUR, Chore

from .changes import empty
from .mapped_host import UTF8

CLERK = Actor("c1")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
NUMBERS = count(1)

CHORES = Table(
    "wy_chore",
    MetaData(),
    Column("nr", String(20), primary_key=True, default=lambda: f"WY-{next(NUMBERS):04}"),
    Column("zt", Integer, nullable=False),
    Column("ver", Integer, nullable=False),
    Column("ort", String(40), nullable=False),
    Column("art", String(10), nullable=False, server_default="chore"),
    Column("von", String(10), nullable=False, default="app"),
    **UTF8,
)
STATES = {
    name: code
    for code, name in enumerate(["waiting", "planned", "started", "held", "given_up", "closed"])
}


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request) -> Iterator[Any]:
    made = create_engine(request.getfixturevalue(request.param))
    CHORES.metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(delete(CHORES))
    yield made
    made.dispose()


@pytest.fixture
def store(database) -> Iterator[SQLStore]:
    mapping = TableMapping(
        CHORES, id="nr", state="zt", states=STATES, revision="ver", data={"place": "ort"}
    )
    made = SQLStore(database, tables={Chore: mapping})
    made.create_tables()
    empty(made)
    yield made
    made.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def engine(store, clock) -> Engine:
    return Engine(store, [Chore], clock=clock)


def put(database: Any, **cells: Any) -> None:
    with database.begin() as connection:
        connection.execute(
            insert(CHORES).values({"nr": "7", "zt": 0, "ver": 1, "ort": "B1"} | cells)
        )


def row(database: Any, number: str) -> Any:
    with database.connect() as connection:
        return connection.execute(select(CHORES).where(CHORES.c.nr == number)).one()


def test_a_key_comes_from_the_default_of_its_column(engine, database):
    first, second = (engine.start(Chore.open(place=f"B{n}"), by=CLERK) for n in (1, 2))
    assert first.id.startswith("WY-")
    assert int(second.id[3:]) == int(first.id[3:]) + 1
    held = row(database, second.id)
    assert (held.ort, held.art, held.von, held.zt) == ("B2", "chore", "app", 0)
    assert engine.get(second.id, Chore) == second


def test_a_deadline_moves_the_hosts_row(engine, database, clock):
    case = engine.start(Chore.open(place="B1"), by=CLERK, id="7")
    engine.fire(case, Chore.plan(), by=CLERK)
    clock.turn(HOUR)
    assert engine.run_due().fired == 1
    assert (engine.get("7", Chore).data.urged, row(database, "7").ver) == (1, 3)
    clock.turn(DAY)
    assert engine.run_due().fired == 1
    assert row(database, "7").zt == STATES["given_up"]
    clock.turn(2 * DAY)
    assert engine.run_due().fired == 1
    history = engine.history("7")
    assert [entry.event for entry in history] == ["open", "plan", "urge", "give_up", "close"]
    assert {entry.actor for entry in history[2:]} == {SYSTEM}
    assert replay(Chore, "7", history) == engine.get("7", Chore)
    assert engine.next_due() is None


def test_an_adopted_row_has_deadlines_from_then_on(engine, database, clock):
    put(database, zt=STATES["planned"])
    engine.adopt(Chore, "7", by=CLERK)
    assert engine.next_due() == NOON + HOUR
    put(database, nr="8", zt=STATES["started"])
    clock.turn(timedelta(minutes=30))
    assert [done.adopted for done in engine.adopt_all(Chore, by=CLERK)] == [1]
    clock.turn(HOUR)
    assert engine.run_due().fired == 2
    assert [row(database, number).ver for number in "78"] == [2, 2]


def test_a_deadline_does_not_fire_where_the_host_has_moved_the_row(engine, database, clock):
    case = engine.start(Chore.open(place="B1"), by=CLERK, id="7")
    engine.fire(case, Chore.plan(), by=CLERK)
    with database.begin() as connection:
        connection.execute(update(CHORES).values(zt=STATES["closed"], ver=9))
    clock.turn(HOUR)
    engine.run_due()
    # What the sweep found is in the history, and so a revision; the row is where the host put it.
    assert (row(database, "7").zt, row(database, "7").ver) == (STATES["closed"], 10)
    events = [entry.event for entry in engine.history("7")]
    assert events == ["open", "plan", "propflow:moved"]
    assert (engine.outbox(), engine.unfired(), engine.next_due()) == ((), (), None)


def test_messages_of_rows_leave_by_the_hosts_ids(engine, clock):
    for number in ("7", "8"):
        case = engine.start(Chore.open(place="B1"), by=CLERK, id=number)
        engine.fire(case, Chore.plan(), by=CLERK)
    clock.turn(HOUR)
    assert engine.run_due().fired == 2
    told: list[Any] = []
    assert {each.case_id for each in engine.outbox()} == {"7", "8"}
    assert engine.relay({"Notify": told.append}).sent == 2
    assert sorted((each.case_id, each.revision, each.index) for each in told) == [
        ("7", 3, 0),
        ("8", 3, 0),
    ]
    assert len({each.id for each in told}) == 2
    assert engine.outbox() == ()


def test_what_waited_for_a_row_is_taken_when_it_is_adopted(engine, database):
    later = engine.receive("7", Chore.begin(), by=CLERK, key="k2", occurred_at=NOON)
    early = engine.receive("7", Chore.plan(), by=CLERK, key="k1", occurred_at=NOON - HOUR)
    assert isinstance(early, Parked)
    assert isinstance(later, Parked)
    put(database)
    case = engine.adopt(Chore, "7", by=CLERK)
    assert (case.state, case.revision) == ("started", 3)
    assert [entry.event for entry in engine.history("7")] == ["(adopted)", "plan", "begin"]
    assert engine.parked() == ()
    assert row(database, "7").zt == STATES["started"]
    assert engine.receive("7", Chore.begin(), by=CLERK, key="k2", occurred_at=NOON) == case


def test_what_cannot_be_taken_of_an_adopted_row_stays_with_its_reasons(engine, database):
    engine.receive("7", Chore.begin(), by=CLERK, key="k1")
    put(database)
    assert engine.adopt(Chore, "7", by=CLERK).state == "waiting"
    (parked,) = engine.parked()
    assert parked.problem is not None


def test_what_waited_for_rows_adopted_in_bulk_is_taken_after(engine, database):
    engine.receive("7", Chore.plan(), by=CLERK, key="k1")
    put(database)
    assert [done.adopted for done in engine.adopt_all(Chore, by=CLERK)] == [1]
    assert engine.get("7", Chore).state == "waiting"
    assert engine.take_parked() == 1
    assert engine.get("7", Chore).state == "planned"
