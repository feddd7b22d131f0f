"""The engine that is awaited: the same types, once awaited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_type

from loans import KeyLoan, Loan, Tickets
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from propflow import Action, Actor, AsyncEngine, Case, Engine, Fact, Refused
from propflow.decision import Accepted, Option
from propflow.definition import Entry
from propflow.runtime.page import Page
from propflow.storage import AsyncOwningStore, MemoryStore
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore

someone = Actor("u7")


async def provide(
    connection: Any, case: Case[Any], action: Action[Any, Any] | None
) -> Mapping[Fact[Any] | str, Any]:
    return {}


async def awaiting(session: AsyncSession) -> None:
    store = AsyncSQLStore("sqlite://")
    owning: AsyncOwningStore[Any] = store
    engine = AsyncEngine(owning, [KeyLoan, Tickets], facts=provide)
    loan = await engine.start(KeyLoan.request(key="B1", borrower="u7"), by=someone)
    assert_type(loan, Case[Loan])
    assert_type(await engine.fire(loan, KeyLoan.lend(), by=someone), Case[Loan])
    assert_type(await engine.fire("c1", KeyLoan.lend(), by=someone), Case[Loan])
    assert_type(await engine.get("c1", KeyLoan), Case[Loan])
    assert_type(await engine.find(KeyLoan, state=KeyLoan.lent), Page[Loan])
    answer = await engine.check(loan, KeyLoan.lend(), by=someone)
    assert_type(answer, Accepted[Loan] | Refused)
    assert_type(await engine.options(loan, by=someone), tuple[Option, ...])
    assert_type(await engine.history(loan), tuple[Entry, ...])
    assert_type(engine.joined(session), AsyncEngine)
    assert_type(engine.scoped("t1"), AsyncEngine)

    # An action of another workflow on a case
    await engine.fire(loan, Tickets.close(), by=someone)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]

    # Stores that are awaited are for the engine that awaits, and the others for the other
    Engine(store, [KeyLoan])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncEngine(MemoryStore(), [KeyLoan])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    AsyncEngine(SQLStore("sqlite://"), [KeyLoan])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def joining(session: Session) -> None:
    engine = Engine(SQLStore("sqlite://"), [KeyLoan])
    assert_type(engine.joined(session), Engine)
    assert_type(engine.scoped("t1").joined(session), Engine)
