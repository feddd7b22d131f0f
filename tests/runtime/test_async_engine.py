"""The same calls, awaited."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import create_async_engine

from propflow import AsyncEngine, Conflict, Engine, NotFound, Refused
from propflow.decision import replay
from propflow.errors import (
    CaseExists,
    InvalidRegistration,
    KeyReused,
    SchemaMissing,
    StoreUnavailable,
    TenancyError,
)
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.runtime.loans import (
    BORROWER,
    KEEPER,
    Clock,
    Cupboard,
    KeyAudit,
    KeyLoan,
    Posting,
    departments,
)

WORKFLOWS = [KeyLoan, KeyAudit, Cupboard]
OPENING = KeyLoan.request(key="B1", borrower="u7")

Scenario = Callable[[AsyncEngine], Awaitable[Any]]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'cases.db'}"


def play(url: str, scenario: Scenario, **options: Any) -> Any:
    """Run a scenario on an engine over a new store, in an event loop of its own."""

    async def main() -> Any:
        store = AsyncSQLStore(url)
        await store.create_tables()
        workflows = options.pop("workflows", WORKFLOWS)
        try:
            return await scenario(AsyncEngine(store, workflows, clock=Clock(), **options))
        finally:
            await store.close()

    return asyncio.run(main())


def test_a_case_goes_from_opening_to_end(url: str) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        loan = await engine.start(OPENING, by=BORROWER, key="app-1")
        assert (loan.state, loan.previous, loan.revision) == ("requested", None, 1)
        for action in (KeyLoan.remind(), KeyLoan.freeze(), KeyLoan.thaw(), KeyLoan.lend()):
            loan = await engine.fire(loan, action, by=KEEPER)
        loan = await engine.fire(loan.id, KeyLoan.give_back(returned_in="good"), by=KEEPER)
        assert await engine.get(loan.id, KeyLoan) == loan
        assert replay(KeyLoan, loan.id, await engine.history(loan)) == loan

    play(url, scenario)


def test_the_answers_are_those_of_the_engine_that_waits(url: str, tmp_path: Path) -> None:
    async def scenario(engine: AsyncEngine) -> list[Any]:
        loan = await engine.start(OPENING, by=BORROWER, id="1")
        await engine.start(Cupboard.install(limit=1), by=KEEPER, id="c")
        steps = [
            ("1", KeyLoan.lend()),
            ("c", Cupboard.take(key="a")),
            ("c", Cupboard.take(key="b")),
        ]
        return [
            loan,
            (await engine.check(KeyLoan, OPENING, by=BORROWER)).case.data,
            await engine.check(loan, KeyLoan.lend(), by=KEEPER),
            await engine.options(KeyLoan, by=BORROWER),
            await engine.options("1", by=BORROWER),
            [str(result) for result in await engine.fire_many(steps, by=KEEPER)],
            await engine.find(KeyAudit),
            await engine.find(KeyLoan, state="lent", where={"borrower": "u7"}, limit=1),
            await engine.history("c"),
        ]

    store = SQLStore(f"sqlite:///{tmp_path / 'other.db'}")
    store.create_tables()
    engine = Engine(store, WORKFLOWS, clock=Clock())
    loan = engine.start(OPENING, by=BORROWER, id="1")
    engine.start(Cupboard.install(limit=1), by=KEEPER, id="c")
    steps = [("1", KeyLoan.lend()), ("c", Cupboard.take(key="a")), ("c", Cupboard.take(key="b"))]
    expected = [
        loan,
        engine.check(KeyLoan, OPENING, by=BORROWER).case.data,
        engine.check(loan, KeyLoan.lend(), by=KEEPER),
        engine.options(KeyLoan, by=BORROWER),
        engine.options("1", by=BORROWER),
        [str(result) for result in engine.fire_many(steps, by=KEEPER)],
        engine.find(KeyAudit),
        engine.find(KeyLoan, state="lent", where={"borrower": "u7"}, limit=1),
        engine.history("c"),
    ]
    store.close()
    assert play(url, scenario) == expected


def test_both_engines_read_what_the_other_wrote(url: str) -> None:
    async def opening(engine: AsyncEngine) -> None:
        await engine.start(OPENING, by=BORROWER, id="1")

    async def reading(engine: AsyncEngine) -> None:
        assert (await engine.get("1", KeyLoan)).state == "lent"

    play(url, opening)
    store = SQLStore(url)
    Engine(store, WORKFLOWS).fire("1", KeyLoan.lend(), by=KEEPER)
    store.close()
    play(url, reading)


def test_errors_are_those_of_the_engine_that_waits_and_change_nothing(url: str) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        loan = await engine.start(OPENING, by=BORROWER, id="1", key="k")
        assert await engine.start(OPENING, by=BORROWER, key="k") == loan
        with pytest.raises(Refused) as refused:
            await engine.fire(loan, KeyLoan.lend(), by=BORROWER)
        assert [r.code for r in refused.value.reasons] == ["wrong_role", "not_the_borrower"]
        with pytest.raises(Conflict):
            await engine.fire("1", KeyLoan.lend(), by=KEEPER, expected_revision=2)
        with pytest.raises(NotFound):
            await engine.history("none")
        with pytest.raises(CaseExists):
            await engine.start(OPENING, by=BORROWER, id="1")
        with pytest.raises(KeyReused):
            await engine.fire("1", KeyLoan.lend(), by=KEEPER, key="k")
        assert await engine.get("1", KeyLoan) == loan
        assert len(await engine.history("1")) == 1

    play(url, scenario)


def test_tenants_are_kept_apart(url: str) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        with pytest.raises(TenancyError):
            await engine.find(KeyLoan)
        one = engine.scoped("t1")
        await one.start(OPENING, by=BORROWER, id="1")
        with pytest.raises(NotFound):
            await engine.scoped("t2").get("1", KeyLoan)
        with pytest.raises(TenancyError):
            one.scoped("t2")

    play(url, scenario, tenancy="required")


async def provide_later(connection: Any, case: Any, action: Any) -> dict[Any, Any]:
    """Read the facts from the database of the transaction."""
    rows = await connection.exec_driver_sql("SELECT 'A'")
    return {departments: frozenset(rows.scalars())}


def provide_at_once(connection: Any, case: Any, action: Any) -> dict[Any, Any]:
    return {departments: frozenset({"A"})}


@pytest.mark.parametrize("provide", [provide_later, provide_at_once])
def test_facts_are_awaited_or_not(url: str, provide: Any) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        post = await engine.start(Posting.apply(department="A", holder="u7"), by=BORROWER)
        assert (await engine.fire(post, Posting.take_up(), by=BORROWER)).state == "held"
        other = await engine.start(Posting.apply(department="A", holder="u8"), by=BORROWER)
        with pytest.raises(Refused):
            await engine.fire(other, Posting.take_up(), by=BORROWER)
        with pytest.raises(Refused):
            await engine.start(Posting.apply(department="B", holder="u8"), by=BORROWER)

    play(url, scenario, workflows=[Posting], facts=provide)


def test_a_fact_that_nobody_answers_is_refused_when_the_engine_is_made(url: str) -> None:
    async def scenario(engine: AsyncEngine) -> None: ...

    with pytest.raises(InvalidRegistration):
        play(url, scenario, workflows=[Posting])


def test_of_many_tasks_one_wins_each_step(url: str) -> None:
    async def scenario(engine: AsyncEngine) -> list[Any]:
        loan = await engine.start(OPENING, by=BORROWER, id="1")
        tries = [engine.fire(loan, KeyLoan.lend(), by=KEEPER) for _ in range(8)]
        return await asyncio.gather(*tries, return_exceptions=True)

    results = play(url, scenario)
    assert sorted(type(result).__name__ for result in results) == ["Case"] + ["Conflict"] * 7


def test_the_same_request_from_many_tasks_is_taken_once(url: str) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        tries = [engine.start(OPENING, by=BORROWER, key="k") for _ in range(8)]
        opened = await asyncio.gather(*tries)
        assert len({case.id for case in opened}) == 1
        assert len(await engine.find(KeyLoan)) == 1

    play(url, scenario)


def test_a_task_that_is_cancelled_leaves_nothing(url: str) -> None:
    async def scenario(engine: AsyncEngine) -> None:
        task = asyncio.ensure_future(
            engine.start(Posting.apply(department="A", holder="u7"), by=BORROWER)
        )
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(await engine.find(Posting)) == 0
        forever.set()
        await engine.start(Posting.apply(department="A", holder="u7"), by=BORROWER)  # not locked

    asked, forever = asyncio.Event(), asyncio.Event()

    async def provide(connection: Any, case: Any, action: Any) -> dict[Any, Any]:
        asked.set()
        await forever.wait()
        return {departments: frozenset({"A"})}

    play(url, scenario, workflows=[Posting], facts=provide)


def test_a_commit_goes_on_when_its_task_is_cancelled(url: str) -> None:
    async def main() -> None:
        database = create_async_engine(url.replace("sqlite", "sqlite+aiosqlite"))
        store = AsyncSQLStore(database)
        await store.create_tables()
        engine = AsyncEngine(store, WORKFLOWS)
        torn: list[Any] = []
        event.listen(database.sync_engine, "invalidate", lambda *given: torn.append(given))

        @event.listens_for(database.sync_engine, "commit")
        def commit(connection: Connection) -> None:
            task.cancel()

        task = asyncio.ensure_future(engine.start(OPENING, by=BORROWER, id="1", key="k"))
        with pytest.raises(asyncio.CancelledError):
            await task
        event.remove(database.sync_engine, "commit", commit)
        # A writer waits until the other has ended, and then finds what it wrote.
        with pytest.raises(Conflict):
            await engine.start(OPENING, by=BORROWER, id="1")
        assert torn == []
        await database.dispose()

    asyncio.run(main())


def test_a_database_in_memory_is_shared_by_the_tasks() -> None:
    async def scenario(engine: AsyncEngine) -> None:
        await asyncio.gather(
            *(engine.start(OPENING, by=BORROWER, id=str(number)) for number in range(5))
        )
        assert len(await engine.find(KeyLoan)) == 5

    play("sqlite://", scenario)


def test_a_store_that_is_closed_or_empty_is_named(url: str) -> None:
    async def main() -> None:
        store = AsyncSQLStore(url)
        engine = AsyncEngine(store, WORKFLOWS)
        with pytest.raises(SchemaMissing):
            await engine.find(KeyLoan)
        with pytest.raises(SchemaMissing):
            await engine.start(OPENING, by=BORROWER)
        await store.close()
        with pytest.raises(StoreUnavailable, match="closed"):
            await engine.find(KeyLoan)

    asyncio.run(main())


def test_every_call_takes_what_that_of_the_other_engine_takes() -> None:
    names = {name for name in dir(Engine) if not name.startswith("_")}
    assert names == {name for name in dir(AsyncEngine) if not name.startswith("_")}
    for name in names:
        waits, awaits = getattr(Engine, name), getattr(AsyncEngine, name)
        takes, returns = inspect.signature(waits), inspect.signature(awaits)
        assert takes.parameters == returns.parameters
        assert takes.return_annotation == returns.return_annotation.replace("AsyncI", "I")
        is_awaited = inspect.iscoroutinefunction(awaits) or inspect.isasyncgenfunction(awaits)
        assert is_awaited is (name in vars(AsyncEngine))
