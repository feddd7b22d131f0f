"""A store in a SQL database for asyncio: `SQLStore`, carried out where its statements can wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import MetaData, make_url
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_scoped_session,
)
from sqlalchemy.util.concurrency import greenlet_spawn

from propflow.errors import InvalidArgument
from propflow.storage.records import Change, Message, Outcome, Query, Ref, Snapshot, StoredEntry
from propflow.storage.sqlalchemy.connect import async_engine_for
from propflow.storage.sqlalchemy.store import SQLStore


class AsyncSQLStore:
    """Keeps cases as `SQLStore` does, in the same tables; `Tx` is an `AsyncConnection`.

    Every method does what that of `SQLStore` does, with the same errors, and is awaited. For the
    tasks of one event loop; close the store before the loop ends.

    Args:
        database: A URL, or the host's own engine, which `close` leaves open. A URL without a driver
            takes aiosqlite, psycopg or asyncmy.
        prefix: What the names of the tables begin with.
        schema: The schema of the tables, which exists already; the default one if `None`.
        metadata: The host's, if the tables shall be among its own.

    Raises:
        StoreUnavailable: The driver for the URL is not installed.
    """

    def __init__(
        self,
        database: str | AsyncEngine,
        *,
        prefix: str = "propflow_",
        schema: str | None = None,
        metadata: MetaData | None = None,
    ) -> None:
        self._owned = isinstance(database, str)
        self._engine = (
            async_engine_for(make_url(database)) if isinstance(database, str) else database
        )
        self._store = SQLStore(
            self._engine.sync_engine, prefix=prefix, schema=schema, metadata=metadata
        )

    async def create_tables(self) -> None:
        """Create the tables that are not there yet; what is there is left as it is.

        Raises:
            StoreUnavailable: The database cannot be reached, written to, or is closed.
        """
        await greenlet_spawn(self._store.create_tables)

    @asynccontextmanager
    async def begin(self, *, write: bool) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction: committed when the block ends, rolled back when it raises.

        Raises:
            StoreUnavailable: The database cannot be reached, is closed, or is locked.
            SchemaMissing: The tables are not there, if that shows already.
        """
        block = self._store.begin(write=write)
        connection = await greenlet_spawn(block.__enter__)
        try:
            yield AsyncConnection(self._engine, connection)
        except BaseException as error:
            end = greenlet_spawn(block.__exit__, type(error), error, error.__traceback__)
            await _to_its_end(end)
            raise
        await _to_its_end(greenlet_spawn(block.__exit__, None, None, None))

    @asynccontextmanager
    async def join(self, handle: Any, *, write: bool) -> AsyncGenerator[AsyncConnection]:
        """Write in the transaction of an `AsyncSession` or `AsyncConnection` of the host's.

        Raises:
            InvalidArgument: It is neither, is on another database, or commits by itself.
            StoreUnavailable: The store or the connection is closed, the database does not answer or
                is locked, or the host's transaction has failed before.
            SchemaMissing: The tables are not there, if that shows already.
        """
        block = self._store.join(_sync_of(handle), write=write)
        connection = await greenlet_spawn(block.__enter__)
        try:
            yield (
                handle
                if isinstance(handle, AsyncConnection)
                else AsyncConnection(self._engine, connection)
            )
        except BaseException as error:
            await greenlet_spawn(block.__exit__, type(error), error, error.__traceback__)
            raise
        await greenlet_spawn(block.__exit__, None, None, None)

    async def close(self) -> None:
        """Close our own connections, leave the host's; `begin` raises from now on."""
        self._store.close()
        if self._owned:
            await self._engine.dispose()

    async def load(
        self, tx: AsyncConnection, refs: Sequence[Ref], *, lock: bool = False
    ) -> list[Snapshot | None]:
        """Return the cases in the order asked for, `None` for one that is not there."""
        return await tx.run_sync(self._store.load, refs, lock=lock)

    async def apply(self, tx: AsyncConnection, changes: Sequence[Change]) -> list[Outcome]:
        """Write changes in order, each whole or not at all; the transaction stays usable."""
        return await tx.run_sync(self._store.apply, changes)

    async def history(
        self, tx: AsyncConnection, ref: Ref, *, after: int = 0, limit: int = 1000
    ) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first."""
        return await tx.run_sync(self._store.history, ref, after=after, limit=limit)

    async def keyed(
        self, tx: AsyncConnection, tenant: str, key: str
    ) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any."""
        return await tx.run_sync(self._store.keyed, tenant, key)

    async def find(
        self, tx: AsyncConnection, query: Query, *, lock: bool = False
    ) -> list[Snapshot]:
        """Return the cases that match, ordered by `opened_at` and id."""
        return await tx.run_sync(self._store.find, query, lock=lock)

    async def outbox(self, tx: AsyncConnection, ref: Ref) -> list[tuple[int, Message]]:
        """Return the messages of a case with the revision each belongs to, in order."""
        return await tx.run_sync(self._store.outbox, ref)


def _sync_of(handle: Any) -> Any:
    """Return what the host's handle stands before.

    Raises:
        InvalidArgument: It is no asynchronous session or connection, or not connected yet.
    """
    given: Any = handle
    if isinstance(given, async_scoped_session):
        given = cast("Any", given)()
    if isinstance(given, AsyncSession):
        return given.sync_session
    if not isinstance(given, AsyncConnection):
        why = "is neither an AsyncSession nor an AsyncConnection (an Engine takes the others)"
        raise InvalidArgument("handle", given, why)
    if given.sync_connection is None:
        raise InvalidArgument("handle", given, "is not connected yet; await it, or enter its block")
    return given.sync_connection


async def _to_its_end(end: Any) -> None:
    """Await the end of a transaction, which goes on if the task that waits for it is cancelled."""
    await asyncio.shield(end)
