"""A store in a SQL database for asyncio: `SQLStore`, carried out where its statements can wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_scoped_session,
)
from sqlalchemy.util.concurrency import greenlet_spawn

from propflow.decision.due import Due
from propflow.definition import Workflow
from propflow.errors import InvalidArgument
from propflow.metrics import Steps, Trace
from propflow.storage.audit import Audited, Head, Watch
from propflow.storage.claims import Claim, Kind, Settlement, Wanted
from propflow.storage.records import (
    Change,
    HostRow,
    Message,
    Outcome,
    ParkedStep,
    Query,
    Ref,
    Snapshot,
    StoredEntry,
    Unadopted,
)
from propflow.storage.sqlalchemy.connect import async_engine_for, parsed
from propflow.storage.sqlalchemy.mapped_checks import Mappings
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
        tables: The host's own tables whose rows are cases, by workflow.
        seal_key: A secret that the seals of histories are made with.

    Raises:
        InvalidArgument: The URL is none, or of a database that SQLAlchemy does not know.
        StoreUnavailable: The driver for the URL is not installed.
        InvalidMapping: With everything that is wrong with `tables`.
    """

    def __init__(
        self,
        database: str | AsyncEngine,
        *,
        prefix: str = "propflow_",
        schema: str | None = None,
        metadata: MetaData | None = None,
        tables: Mappings | None = None,
        seal_key: str | bytes | None = None,
    ) -> None:
        self._owned = isinstance(database, str)
        self._engine = async_engine_for(parsed(database)) if isinstance(database, str) else database
        self._store = SQLStore(
            self._engine.sync_engine,
            prefix=prefix,
            schema=schema,
            metadata=metadata,
            tables=tables,
            seal_key=seal_key,
        )
        self.caps = self._store.caps

    @property
    def mapped(self) -> Mapping[str, str]:
        """The names of the host's tables by the names of the workflows whose cases they hold."""
        return self._store.mapped

    async def create_tables(self) -> None:
        """Create the tables that are not there yet, and note their version.

        Raises:
            SchemaOutdated: There are tables of another version.
            StoreUnavailable: The database cannot be reached, written to, or is closed.
        """
        await greenlet_spawn(self._store.create_tables)

    async def check_schema(self) -> None:
        """Look whether the database has the tables that this propflow needs; change nothing.

        Raises:
            SchemaMissing: There are no tables.
            SchemaOutdated: They are of another version, or lack something.
            StoreUnavailable: The database cannot be reached, or is closed.
        """
        await greenlet_spawn(self._store.check_schema)

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

    async def apply(
        self, tx: AsyncConnection, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        """Write changes in order, each whole or not at all; the transaction stays usable."""
        return await tx.run_sync(self._store.apply, changes, last=last)

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

    async def now(self, tx: AsyncConnection) -> datetime:
        """Return the present by the database's clock, UTC."""
        return await tx.run_sync(self._store.now)

    async def claim(self, tx: AsyncConnection, wanted: Wanted) -> list[Claim]:
        """Lease what may be tried and nobody holds, the longest due first."""
        return await tx.run_sync(self._store.claim, wanted)

    async def hold(
        self, tx: AsyncConnection, claims: Sequence[Claim], lease: timedelta
    ) -> list[bool]:
        """Tell for each claim whether it still stands, and prolong those that do."""
        return await tx.run_sync(self._store.hold, claims, lease)

    async def settle(self, tx: AsyncConnection, settlements: Sequence[Settlement]) -> list[bool]:
        """Write what becomes of claims; tell for each whether it still stood."""
        return await tx.run_sync(self._store.settle, settlements)

    async def due(self, tx: AsyncConnection, ref: Ref) -> list[Due]:
        """Return the deadlines of a case that run, by name."""
        return await tx.run_sync(self._store.due, ref)

    async def next_moment(self, tx: AsyncConnection, kind: Kind, tenant: str) -> datetime | None:
        """Return when the next of a kind may be tried, `None` if there is none."""
        return await tx.run_sync(self._store.next_moment, kind, tenant)

    async def failing(
        self, tx: AsyncConnection, kind: Kind, tenant: str, *, limit: int
    ) -> list[Claim]:
        """Return the deadlines that failed and are tried again, or the dead messages."""
        return await tx.run_sync(self._store.failing, kind, tenant, limit=limit)

    async def waiting(
        self, tx: AsyncConnection, kind: Kind, tenant: str, *, limit: int
    ) -> list[Claim]:
        """Return what is to be tried, held by somebody or not, the next to try first."""
        return await tx.run_sync(self._store.waiting, kind, tenant, limit=limit)

    async def requeue(
        self, tx: AsyncConnection, ref: Ref, revision: int, index: int, not_before: datetime
    ) -> bool:
        """Let a dead message be tried as if for the first time; tell whether it was dead."""
        return await tx.run_sync(self._store.requeue, ref, revision, index, not_before)

    async def prune(self, tx: AsyncConnection, tenant: str, before: datetime, *, limit: int) -> int:
        """Delete messages that were sent, and might be sent before this moment."""
        return await tx.run_sync(self._store.prune, tenant, before, limit=limit)

    async def park(self, tx: AsyncConnection, step: ParkedStep) -> bool:
        """Keep a step, and tell whether it is kept now; `False` if one with its key was."""
        return await tx.run_sync(self._store.park, step)

    async def parked(
        self,
        tx: AsyncConnection,
        tenant: str,
        *,
        case_id: str | None = None,
        key: str | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[ParkedStep]:
        """Return the parked steps of a tenant, by key."""
        return await tx.run_sync(
            self._store.parked, tenant, case_id=case_id, key=key, after=after, limit=limit
        )

    async def unpark(self, tx: AsyncConnection, step: ParkedStep, problem: str | None) -> None:
        """Forget a step, or write why it could not be taken."""
        await tx.run_sync(self._store.unpark, step, problem)

    async def redact(
        self,
        tx: AsyncConnection,
        ref: Ref,
        revisions: Sequence[int],
        *,
        by: int,
        undelivered: bool,
    ) -> tuple[int, ...]:
        """Take the payloads and messages of entries away, and the data hashes of all entries."""
        return await tx.run_sync(self._store.redact, ref, revisions, by=by, undelivered=undelivered)

    async def traces(
        self,
        tx: AsyncConnection,
        workflow: str | type[Workflow[Any]],
        steps: Steps,
        *,
        tenant: str = "",
        opened_from: datetime | None = None,
    ) -> list[Trace]:
        """Return what figures need of the histories of a workflow's cases; see `SQLStore`."""
        return await tx.run_sync(
            self._store.traces, workflow, steps, tenant=tenant, opened_from=opened_from
        )

    async def audit(
        self,
        *,
        heads: Iterable[Head] = (),
        outbox: bool = True,
        watch: Watch | None = None,
    ) -> AsyncGenerator[Audited]:
        """Hold every case of every tenant against its seals; see `SQLStore`.

        The transaction ends with the iteration; close it (``aclose``) if you leave before its end.
        """
        found = self._store.audit(heads=heads, outbox=outbox, watch=watch)
        try:
            while True:
                each: Audited | None = await greenlet_spawn(next, found, None)
                if each is None:
                    return
                yield each
        finally:
            await greenlet_spawn(found.close)

    async def new_id(self, tx: AsyncConnection, tenant: str, workflow: str, made: str) -> str:
        """Return the key of a row that is to be opened: the id that was made, if the key takes it.

        Raises:
            InvalidArgument: The key has several columns, and so has to be given.
        """
        return await tx.run_sync(self._store.new_id, tenant, workflow, made)

    async def row(self, tx: AsyncConnection, ref: Ref) -> HostRow | None:
        """Return a row of the host's, held until the transaction ends, case or not.

        Raises:
            UnknownCode: It holds a code that the mapping does not know.
        """
        return await tx.run_sync(self._store.row, ref)

    async def unadopted(
        self, tx: AsyncConnection, tenant: str, workflow: str, *, after: str | None, limit: int
    ) -> list[Unadopted]:
        """Return rows that are no case yet, held, in the order of the table's key."""
        return await tx.run_sync(self._store.unadopted, tenant, workflow, after=after, limit=limit)

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
