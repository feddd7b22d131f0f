"""Asynchronous engines: in the host's transaction, and against engines that wait."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, event, func, insert, make_url, select
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)

from propflow import AsyncEngine, Conflict, Engine, NotFound, Refused
from propflow.errors import InvalidArgument, StoreUnavailable
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.runtime.loans import BORROWER, KEEPER, Cupboard, KeyLoan, Posting, departments

from .changes import empty
from .hosts import NOTHING, OPENING, WORKFLOWS, Note, notes, rows

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+psycopg",
    "mariadb": "mariadb+asyncmy",
}


@pytest.fixture
def async_url(host, host_store):
    """The host's database, with empty tables, for the asynchronous driver."""
    return host.url.set(drivername=DRIVERS[host.dialect.name])


def play(async_url, scenario):
    """Run a scenario with the host's own asynchronous engine, in an event loop of its own."""

    async def main():
        host = create_async_engine(async_url)
        if host.dialect.name == "sqlite":

            @event.listens_for(host.sync_engine, "begin")
            def begin(connection: Connection) -> None:
                connection.exec_driver_sql("BEGIN IMMEDIATE")

        try:
            return await scenario(host, AsyncEngine(AsyncSQLStore(host), WORKFLOWS))
        finally:
            await host.dispose()

    return asyncio.run(main())


def opened(kind, host):
    return AsyncSession(host) if kind == "session" else host.connect()


both = pytest.mark.parametrize("kind", ["session", "connection"])


@both
@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_a_commit_keeps_both_and_a_rollback_neither(host, async_url, kind, ends):
    async def scenario(database, engine):
        async with opened(kind, database) as handle:
            flow = engine.joined(handle)
            await handle.execute(insert(Note), [{"id": 1, "text": ""}])
            loan = await flow.start(OPENING, by=BORROWER)
            loan = await flow.fire(loan, KeyLoan.lend(), by=KEEPER)
            assert await flow.get(loan.id, KeyLoan) == loan
            assert handle.in_transaction()
            assert not handle.in_nested_transaction()
            await getattr(handle, ends)()

    play(async_url, scenario)
    if ends == "commit":
        assert notes(host) == [1]
        assert rows(host) == {"case": 1, "history": 2, "outbox": 1, "indexed": 2}
    else:
        assert (notes(host), rows(host)) == ([], NOTHING)


@both
def test_what_fails_leaves_the_work_of_the_host(host, async_url, kind):
    async def scenario(database, engine):
        await engine.start(OPENING, by=BORROWER, id="old", key="k")
        await engine.start(Cupboard.install(limit=0), by=KEEPER, id="cupboard")
        async with opened(kind, database) as handle:
            flow = engine.joined(handle)
            await handle.execute(insert(Note), [{"id": 1, "text": ""}])
            with pytest.raises(Refused):
                await flow.fire("cupboard", Cupboard.take(key="B1"), by=KEEPER)
            with pytest.raises(Conflict):
                await flow.start(OPENING, by=BORROWER, id="old")
            with pytest.raises(NotFound):
                await flow.get("none", KeyLoan)
            await flow.fire("old", KeyLoan.lend(), by=KEEPER)
            await handle.commit()
        assert (await engine.get("old", KeyLoan)).state == "lent"

    play(async_url, scenario)
    assert notes(host) == [1]
    assert rows(host) == {"case": 2, "history": 3, "outbox": 1, "indexed": 2}


def test_what_was_written_before_a_conflict_is_taken_back_and_not_tried_again(host, async_url):
    class LosesTheRace(AsyncSQLStore):
        tried = 0

        async def apply(self, tx, changes, **options):
            await super().apply(tx, changes, **options)
            self.tried += 1
            raise Conflict("1", 1, 2)

    async def scenario(database, _):
        store = LosesTheRace(database)
        async with AsyncSession(database) as session:
            session.add(Note(id=1))
            with pytest.raises(Conflict):
                await (
                    AsyncEngine(store, WORKFLOWS)
                    .joined(session)
                    .start(OPENING, by=BORROWER, key="k")
                )
            await session.commit()
        assert store.tried == 1

    play(async_url, scenario)
    assert (notes(host), rows(host)) == ([1], NOTHING)


def test_a_session_is_flushed_first_and_facts_see_it(host, async_url):
    async def provide(connection, case, action):
        assert isinstance(connection, AsyncConnection)
        count = (await connection.execute(select(func.count(Note.id)))).scalar_one()
        return {departments: frozenset({"A"} if count else ())}

    async def scenario(database, _):
        engine = AsyncEngine(AsyncSQLStore(database), [Posting], facts=provide)
        opening = Posting.apply(department="A", holder="u7")
        async with AsyncSession(database, autoflush=False) as session, session.begin():
            with pytest.raises(Refused):
                await engine.joined(session).start(opening, by=BORROWER)
            session.add(Note(id=1))
            await engine.joined(session).start(opening, by=BORROWER)

    play(async_url, scenario)
    assert notes(host) == [1]
    assert rows(host)["case"] == 1


@both
def test_a_savepoint_of_the_host_takes_the_step_back(host, async_url, kind):
    async def scenario(database, engine):
        async with opened(kind, database) as handle:
            flow = engine.joined(handle)
            await flow.start(OPENING, by=BORROWER, id="kept")
            inner = await handle.begin_nested()
            await flow.start(OPENING, by=BORROWER, id="lost")
            await inner.rollback()
            await flow.fire("kept", KeyLoan.lend(), by=KEEPER)
            await handle.commit()
        return [(case.id, case.state) for case in await engine.find(KeyLoan)]

    assert play(async_url, scenario) == [("kept", "lent")]


def test_what_is_no_handle_is_refused(async_url):
    async def scenario(database, engine):
        with pytest.raises(InvalidArgument, match="neither an AsyncSession nor"):
            await engine.joined("handle").find(KeyLoan)
        with pytest.raises(InvalidArgument, match="not connected yet"):
            await engine.joined(database.connect()).find(KeyLoan)
        async with database.connect() as connection:
            pass
        with pytest.raises(StoreUnavailable, match="closed"):
            await engine.joined(connection).start(OPENING, by=BORROWER)

    play(async_url, scenario)


def test_a_session_of_the_task_can_be_joined(host, async_url):
    async def scenario(database, engine):
        sessions = async_scoped_session(async_sessionmaker(database), asyncio.current_task)
        await engine.joined(sessions).start(OPENING, by=BORROWER)
        await sessions.rollback()
        await sessions.remove()

    play(async_url, scenario)
    assert rows(host) == NOTHING


# Both kinds on one database ----------------------------------------------------------------------

ROUNDS = 12


@pytest.mark.parametrize("database", ["sqlite", "postgres", "mariadb"])
def test_of_engines_that_wait_and_that_await_one_wins_each_step(request, database):
    url = request.getfixturevalue(database)
    store = SQLStore(url)
    store.create_tables()
    empty(store)
    engine = Engine(store, WORKFLOWS)
    loan = engine.start(OPENING, by=BORROWER, id="1")

    def waits(revision):
        return engine.fire("1", KeyLoan.remind(), by=KEEPER, expected_revision=revision)

    async def main():
        driver = DRIVERS[make_url(url).get_backend_name()]
        other = AsyncSQLStore(f"{driver}:{url.partition(':')[2]}")
        awaits = AsyncEngine(other, WORKFLOWS)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(3) as threads:
            for revision in range(loan.revision, loan.revision + ROUNDS):
                step = KeyLoan.remind()
                tries = [
                    *(loop.run_in_executor(threads, waits, revision) for _ in range(3)),
                    *(
                        awaits.fire("1", step, by=KEEPER, expected_revision=revision)
                        for _ in range(3)
                    ),
                ]
                results = await asyncio.gather(*tries, return_exceptions=True)
                names = sorted(type(result).__name__ for result in results)
                assert names == ["Case"] + ["Conflict"] * 5, results
        await other.close()

    asyncio.run(main())
    assert engine.get("1", KeyLoan).data.reminders == ROUNDS
    assert [entry.revision for entry in engine.history("1")] == list(range(1, ROUNDS + 2))
    store.close()


def test_an_audit_is_awaited_case_by_case(async_url, host_store):
    engine = Engine(host_store, [KeyLoan])
    for number in range(3):
        opening = KeyLoan.request(key="B1", borrower="u7")
        engine.start(opening, by=BORROWER, id=str(number))
    expected = list(host_store.audit())

    async def scenario(host, _):
        store = AsyncSQLStore(host)
        seen = []
        found = [each async for each in store.audit(watch=lambda case, _: seen.append(case.ref.id))]
        left = store.audit()
        assert await anext(left) == found[0]
        await left.aclose()  # gives its connection back
        async with host.begin() as connection:
            await connection.exec_driver_sql("UPDATE propflow_history SET actor = 'x'")
        return found, seen, [each.alteration async for each in store.audit()]

    found, seen, altered = play(async_url, scenario)
    assert found == expected
    assert seen == ["0", "1", "2"]
    assert [each.revision for each in altered] == [1, 1, 1]
