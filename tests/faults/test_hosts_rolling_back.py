"""The host's transaction is rolled back at each of its statements: both go, its rows and ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, event, func, insert, select
from sqlalchemy.orm import Session

from propflow import Actor, Engine
from propflow.storage.sqlalchemy import SQLStore
from tests.faults.invariants import Found, examine, settled
from tests.faults.rounds import GUARD, MORNING, Round
from tests.faults.seeded_bugs import NOTES
from tests.runtime.loans import KEEPER, KeyLoan
from tests.storage.changes import empty
from tests.storage.hosts import begun_by_events
from tests.storage.mapped_host import WORKFLOWS, Base, LoanRow, fresh, tables


class GaveUp(Exception):
    """What the host raises."""


@attrs.define(eq=False)
class Statements:
    """Counts the statements of a host's connections, and gives up at one of them.

    Attributes:
        at: Which one, from 0, before it runs for an even number and after it for an odd one.
        seen: How many there were, twice each.
        armed: Whether to count.
    """

    at: int | None = None
    seen: int = 0
    armed: bool = False

    def begin(self, at: int | None) -> None:
        self.at, self.seen, self.armed = at, 0, True

    def end(self) -> int:
        self.armed = False
        return self.seen

    def __call__(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        # What takes a step back is propflow's answer to the fault.
        if not self.armed or statement.startswith(("ROLLBACK TO", "BEGIN")):
            return
        self.seen += 1
        if self.seen - 1 == self.at:
            self.armed = False
            raise GaveUp(statement)


@attrs.frozen
class Host:
    """A host with a database, and what counts its statements."""

    database: Database
    statements: Statements

    def rows(self, tables: Any) -> list[int]:
        with self.database.connect() as connection:
            return [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables
            ]


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    database = create_engine(request.getfixturevalue(request.param))
    if request.param == "sqlite":
        begun_by_events(database)
    statements = Statements()
    event.listen(database, "before_cursor_execute", statements)
    event.listen(database, "after_cursor_execute", statements)
    yield Host(database, statements)
    NOTES.drop(database, checkfirst=True)
    database.dispose()


def roll_back_everywhere(
    host: Host, tables: Any, work: Callable[[Session, str], None]
) -> Iterator[tuple[str, bool]]:
    """Give up everywhere; yield the work's name, and whether the host went on all the same."""
    with Session(host.database) as session, session.begin():
        host.statements.begin(None)
        work(session, "clean")
        places = host.statements.end()
    assert places > 10
    yield "clean", True
    for place in range(places):
        before = host.rows(tables)
        host.statements.begin(place)
        with pytest.raises(GaveUp), Session(host.database) as session, session.begin():
            work(session, str(place))
        assert host.rows(tables) == before
        yield str(place), False


def test_steps_and_the_hosts_rows_go_together(host: Host) -> None:
    store = SQLStore(host.database)
    store.create_tables()
    empty(store)
    NOTES.create(host.database)
    engine = Engine(store, [Round], clock=lambda: MORNING)
    everything = [*store._tables, NOTES]

    def work(session: Session, name: str) -> None:
        flow = engine.joined(session)
        session.execute(insert(NOTES), {"token": name})
        flow.start(Round.set_out(token=name), by=GUARD, id=name, key=name)
        session.execute(insert(NOTES), [{"token": f"{name} {n}"} for n in (1, 2, 3)])
        flow.fire(name, Round.stop(token=f"{name} 1"), by=GUARD, key=f"{name} 1")
        stops = [(name, Round.stop(token=f"{name} {n}")) for n in (2, 3)]
        flow.fire_many(stops, by=GUARD)

    tokens: list[str] = []
    for name, went_on in roll_back_everywhere(host, everything, work):
        if not went_on:  # the same again, with the same keys, to the end
            with Session(host.database) as session, session.begin():
                work(session, name)
        tokens += [name, *(f"{name} {n}" for n in (1, 2, 3))]
    given = settled(store)
    with host.database.connect() as connection:
        notes = list(connection.execute(select(NOTES.c.token)).scalars())
    found = examine(store, acknowledged=tokens, given=given, urged=True, host=notes)
    assert found == Found()


def test_a_call_that_fails_takes_back_its_own_part_alone(host: Host) -> None:
    store = SQLStore(host.database)
    store.create_tables()
    empty(store)
    NOTES.create(host.database)
    engine = Engine(store, [Round], clock=lambda: MORNING)
    engine.start(Round.set_out(token="first"), by=GUARD, id="1")

    def step(session: Session, token: str) -> None:
        engine.joined(session).fire("1", Round.stop(token=token), by=GUARD, key=token)

    tokens = ["first", "clean"]
    with Session(host.database) as session, session.begin():
        session.connection()
        host.statements.begin(None)
        step(session, "clean")
        places = host.statements.end()
    assert places > 5
    notes = tokens[:]
    for place in range(places - 1):  # after the last one, which releases it, the step is taken
        tokens += [f"before {place}", f"after {place}"]
        with Session(host.database) as session, session.begin():
            session.execute(insert(NOTES), {"token": f"before {place}"})
            step(session, f"before {place}")
            host.statements.begin(place)
            with pytest.raises(GaveUp):
                step(session, f"failed {place}")
            host.statements.end()
            session.execute(insert(NOTES), {"token": f"after {place}"})
            step(session, f"after {place}")
    given = settled(store)
    with host.database.connect() as connection:
        notes += connection.execute(select(NOTES.c.token)).scalars()
    found = examine(store, acknowledged=tokens, given=given, urged=True, host=notes)
    assert found == Found()


def test_rows_that_are_cases_go_back_to_what_they_were(host: Host) -> None:
    fresh(host.database)
    store = SQLStore(host.database, tables=tables())
    store.create_tables()
    empty(store)
    engine = Engine(store, WORKFLOWS, clock=lambda: MORNING)
    everything = [*store._tables, *Base.metadata.sorted_tables]

    def work(session: Session, name: str) -> None:
        number = 1 + (int(name) if name.isdecimal() else 900)
        flow = engine.joined(session)
        request = KeyLoan.request(key="B1", borrower="u7")
        flow.start(request, by=Actor("u7"), id=str(number), key=name)
        row = session.get_one(LoanRow, number)
        row.bz = "noted"
        flow.fire(str(number), KeyLoan.lend(), by=KEEPER, key=f"{name} lent")
        row.bz = "noted again"

    loans: dict[str, Any] = {}
    for name, went_on in roll_back_everywhere(host, everything, work):
        if not went_on:
            with Session(host.database) as session, session.begin():
                work(session, name)
        loans[name] = None
    with Session(host.database) as session:
        rows = list(session.scalars(select(LoanRow)))
        assert len(rows) == len(loans)
        for row in rows:
            case = engine.get(str(row.id), KeyLoan)
            history = engine.history(str(row.id))
            assert (row.zt, row.ver, row.bz) == ("02", case.revision, "noted again")
            assert [entry.event for entry in history] == ["request", "lend"]
            assert [entry.revision for entry in history] == sorted(e.revision for e in history)
    assert all(found.alteration is None for found in store.audit())
