"""A store in a SQL database: SQLite, PostgreSQL, MariaDB and MySQL through the same code."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, Executable, MetaData

from propflow.definition import Workflow
from propflow.errors import StoreUnavailable
from propflow.metrics import Steps, Trace
from propflow.storage.audit import Audited, Head, Watch
from propflow.storage.caps import BY_DIALECT, Caps
from propflow.storage.records import Change, Message, Outcome, Query, Ref, Snapshot, StoredEntry
from propflow.storage.sealing import Seals
from propflow.storage.sqlalchemy.auditing import audited
from propflow.storage.sqlalchemy.claiming import Claiming
from propflow.storage.sqlalchemy.claims import Claims
from propflow.storage.sqlalchemy.columns import MYSQL
from propflow.storage.sqlalchemy.connect import (
    TURN,
    begin_on_sqlite,
    commit,
    engine_for,
    parsed,
    reading_at_one_moment,
)
from propflow.storage.sqlalchemy.faults import translated, translates
from propflow.storage.sqlalchemy.joining import connection_of, savepoint_in
from propflow.storage.sqlalchemy.keeping import Connections
from propflow.storage.sqlalchemy.loading import load_cases
from propflow.storage.sqlalchemy.mapped_adopting import OnHostTables
from propflow.storage.sqlalchemy.mapped_cases import mapped_cases
from propflow.storage.sqlalchemy.mapped_checks import Mappings
from propflow.storage.sqlalchemy.parking import Parking
from propflow.storage.sqlalchemy.redacting import Redacting
from propflow.storage.sqlalchemy.rows import (
    case_id_of,
    entry_of,
    query_row,
    snapshot_of,
)
from propflow.storage.sqlalchemy.running import Portably, Running, ThroughConnection
from propflow.storage.sqlalchemy.schema import Schema, SchemaCalls
from propflow.storage.sqlalchemy.statements import Statements
from propflow.storage.sqlalchemy.tables import tables_in
from propflow.storage.sqlalchemy.traces import traces_in
from propflow.storage.sqlalchemy.writing_cte import CTEWriter
from propflow.storage.sqlalchemy.writing_portable import PortableWriter


class SQLStore(SchemaCalls, Claiming, Parking, Redacting, OnHostTables):
    """Keeps cases in tables of a SQL database; `Tx` is a SQLAlchemy `Connection`.

    Nothing is connected before the first use. A URL of SQLite opens a file in WAL mode, where
    readers read while one writes; ``sqlite://`` is a database in memory that all threads share,
    one at a time. An engine of the host's keeps the host's settings; on MySQL and MariaDB, run it
    at READ COMMITTED, as a URL does, so that a step sees what it lost against.

    A process that is forked cannot go on with connections of the one that it comes from: make the
    store after the fork.

    Args:
        database: A URL, or the host's own engine, which `close` leaves open.
        prefix: What the names of the tables begin with.
        schema: The schema of the tables, which exists already; the default one if `None`.
        metadata: The host's, if the tables shall be among its own.
        tables: The host's own tables whose rows are cases, by workflow.
        seal_key: A secret that the seals of histories are made with, kept outside of the database,
            so that whoever can write there cannot make them; the same one from the first case on.

    Attributes:
        caps: What the database can do.
        schema: The tables as they stand in a database, and their version; for those who upgrade it.

    Raises:
        InvalidArgument: The URL is none, or of a database that SQLAlchemy does not know.
        StoreUnavailable: The driver for the URL is not installed.
        InvalidMapping: With everything that is wrong with `tables`.
    """

    def __init__(
        self,
        database: str | Engine,
        *,
        prefix: str = "propflow_",
        schema: str | None = None,
        metadata: MetaData | None = None,
        tables: Mappings | None = None,
        seal_key: str | bytes | None = None,
    ) -> None:
        self._engine = engine_for(parsed(database)) if isinstance(database, str) else database
        self._connections = Connections(self._engine, owned=isinstance(database, str))
        self._closed = False
        dialect = self._engine.dialect.name
        self._sqlite = dialect == "sqlite"
        self._mysql = dialect in MYSQL
        self._known = dialect in BY_DIALECT
        self.caps = BY_DIALECT.get(dialect, Caps.NONE)
        self._tables = tables_in(MetaData() if metadata is None else metadata, prefix, schema)
        self.schema = Schema(self._tables, prefix, schema)
        self._sql = Statements(self._tables, dialect)
        self._mapped = mapped_cases(tables, self._engine.dialect, self._tables)
        self._seals = Seals(seal_key)
        self._writer = (
            CTEWriter(self._sql, self._seals, self._tables, dialect)
            if Caps.CTE_DML in self.caps
            else PortableWriter(self._sql, self._seals, dialect)
        )
        self._claims = Claims(self._tables, self.caps, dialect)

    def _create(self, part: Callable[[Connection], object]) -> None:
        tx = self._open(write=True)
        try:
            part(tx)
            commit(tx)
        except BaseException:
            self._connections.give_up(tx)
            raise
        self._connections.give_back(tx)

    @contextmanager
    def begin(self, *, write: bool) -> Generator[Connection]:
        """Open a transaction: committed when the block ends, rolled back when it raises.

        Raises:
            StoreUnavailable: The database cannot be reached, is closed, or is locked.
            SchemaMissing: The tables are not there, if that shows already.
        """
        tx = self._open(write=write, touch=self._sql.touch)
        try:
            yield tx
            with translated():
                commit(tx)
        except BaseException:
            self._connections.give_up(tx)
            raise
        with translated():
            self._connections.give_back(tx)

    @translates
    def _open(self, *, write: bool, touch: Executable | None = None) -> Connection:
        if self._closed:
            raise StoreUnavailable("the store is closed; make a new one")
        tx = self._connections.take()
        try:
            if write and TURN in tx.info:
                tx.info[TURN].take()
            tx.begin()
            if self._sqlite:
                own = self._connections.running(tx)
                if own is None:
                    begin_on_sqlite(tx, write=write, touch=touch)
                else:
                    own.run("BEGIN IMMEDIATE" if write else "BEGIN")
        except BaseException:
            self._connections.give_up(tx)
            raise
        return tx

    @contextmanager
    def join(self, handle: Any, *, write: bool) -> Generator[Connection]:
        """Write in the transaction of a `Session` or `Connection` of the host's, at a savepoint.

        A session is flushed first. A connection that has not begun begins as with any statement.

        Raises:
            InvalidArgument: It is neither, is on another database, or commits by itself.
            StoreUnavailable: The store or the connection is closed, the database does not answer or
                is locked, or the host's transaction has failed before.
            SchemaMissing: The tables are not there, if that shows already.
        """
        if self._closed:
            raise StoreUnavailable("the store is closed; make a new one")
        tx = connection_of(handle, self._tables.case, self._engine.dialect.name)
        if not write:
            yield tx
            return
        expiring = nullcontext() if self._mapped is None else self._mapped.expiring(tx, handle)
        with self._connections.lent(tx), savepoint_in(tx, self._sql), expiring:
            yield tx

    def close(self) -> None:
        """Close our own connections, leave the host's; `begin` raises from now on."""
        self._closed = True
        self._connections.close()

    @translates
    def load(
        self, tx: Connection, refs: Sequence[Ref], *, lock: bool = False
    ) -> list[Snapshot | None]:
        """Return the cases in the order asked for, `None` for one that is not there.

        Raises:
            StoreUnavailable: The database does not answer, or another transaction holds a case.
            SchemaMissing: The tables are not there.
        """
        if self._mapped is not None:
            return self._mapped.load(tx, refs, partial(self._load, tx, lock=lock), lock=lock)
        return self._load(tx, refs, lock=lock)

    def _load(self, tx: Connection, refs: Sequence[Ref], *, lock: bool) -> list[Snapshot | None]:
        return load_cases(tx, self._running(tx), self._sql, refs, lock=lock)

    @translates
    def apply(
        self, tx: Connection, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        """Write changes in order, each whole or not at all; the transaction stays usable.

        With `last`, a transaction of the store's own on PostgreSQL behind a network commits in the
        same message as one change.

        Raises:
            StoreUnavailable: The database does not answer, is locked, full or read-only, or this
                transaction gave way to another; nothing may be committed then.
            SchemaMissing: The tables are not there.
        """
        if self._mapped is not None:
            return self._mapped.apply(tx, changes, partial(self._apply, tx, last=False))
        return self._apply(tx, changes, last=last)

    def _apply(self, tx: Connection, changes: Sequence[Change], *, last: bool) -> list[Outcome]:
        if not any(change.begun or change.ended for change in changes):
            return self._writer.write(tx, self._running(tx), changes, last=last)
        outcomes = self._writer.write(tx, self._running(tx), changes, last=False)
        moved = zip(changes, outcomes, strict=True)
        self._claims.write(tx, [change for change, done in moved if done is Outcome.MOVED])
        return outcomes

    def _running(self, tx: Connection) -> Running:
        """Return how statements run in a transaction."""
        own = self._connections.running(tx)
        if own is not None:
            return own
        if self._known and "schema_translate_map" not in tx.get_execution_options():
            return ThroughConnection(tx)
        return Portably(tx)

    @translates
    def history(
        self, tx: Connection, ref: Ref, *, after: int = 0, limit: int = 1000
    ) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first.

        Raises:
            StoreUnavailable: The database does not answer.
            SchemaMissing: The tables are not there.
        """
        page = {**case_id_of(ref), "after": after, "limit": limit}
        return [entry_of(row) for row in self._running(tx).rows(self._sql.history, page)]

    @translates
    def keyed(self, tx: Connection, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any.

        Raises:
            StoreUnavailable: The database does not answer.
            SchemaMissing: The tables are not there.
        """
        rows = self._running(tx).rows(self._sql.keyed, {"tenant": tenant, "key": key})
        return (Ref(rows[0][0], rows[0][1]), entry_of(rows[0])) if rows else None

    @translates
    def find(self, tx: Connection, query: Query, *, lock: bool = False) -> list[Snapshot]:
        """Return the cases that match, ordered by `opened_at` and id.

        Raises:
            StoreUnavailable: The database does not answer, or another transaction holds a case.
            SchemaMissing: The tables are not there.
        """
        states = () if query.states is None else tuple(dict.fromkeys(query.states))
        if query.states is not None and not states:
            return []
        if lock and not self._sqlite:  # there a writer is alone anyway
            self._take_turn(tx, {"tenant": query.tenant, "workflow": query.workflow})
        if self._mapped is not None and query.workflow in self._mapped.by_workflow:
            return self._mapped.find(tx, query)
        statement = self._sql.find(
            states=len(states),
            wheres=len(query.where),
            after=query.after is not None,
        )
        return [snapshot_of(row) for row in tx.execute(statement, query_row(query, states))]

    def _take_turn(self, tx: Connection, of: dict[str, Any]) -> None:
        """Wait for other steps that rely on a search among the same cases.

        Holding what was found instead would not keep more from being added, and would let two
        steps wait in a ring, each for the case that the other moves.
        """
        run = self._running(tx)
        if self._mysql:
            run.count(self._sql.make_turn, of)
        elif not run.rows(self._sql.take_turn, of):
            self._writer.inserted(tx, run, self._sql.add_turn, of)
            run.rows(self._sql.take_turn, of)

    @translates
    def traces(
        self,
        tx: Connection,
        workflow: str | type[Workflow[Any]],
        steps: Steps,
        *,
        tenant: str = "",
        opened_from: datetime | None = None,
    ) -> list[Trace]:
        """Return what figures need of the histories of a workflow's cases, ordered by id.

        They are what `propflow.metrics.trace` takes from the same histories; a case without any
        such step has none. What is read grows with the entries that a step names.

        Args:
            tx: The transaction, as from ``store.begin(write=False)``.
            workflow: The workflow, whose names the steps are held against; or its name, for
                steps of versions that are gone.
            steps: What to look for.
            tenant: Of this tenant alone.
            opened_from: Only of cases opened at this moment, an aware datetime, or later.

        Raises:
            InvalidMetric: A step names an event or a state that the workflow lacks.
            StoreUnavailable: The database does not answer.
            SchemaMissing: The tables are not there.
        """
        return list(
            traces_in(
                tx,
                self._tables,
                tenant=tenant,
                workflow=workflow,
                steps=steps,
                opened_from=opened_from,
            )
        )

    def audit(
        self,
        *,
        heads: Iterable[Head] = (),
        outbox: bool = True,
        watch: Watch | None = None,
    ) -> Generator[Audited]:
        """Hold every case of every tenant against its seals, in the order of tenants and ids.

        Reads page by page in one transaction of its own, which sees the database as it was when
        that began, while others go on writing. What was altered is yielded and not raised.

        Args:
            heads: Heads that were kept outside of the database, in the order of an audit: shows
                cases that were removed, and histories that were sealed anew.
            outbox: Whether every message must still be there; say no if you delete those delivered.
            watch: Is called with the case and the entry for every entry that can be read.

        Raises:
            StoreUnavailable: The database cannot be reached, or does not answer.
            SchemaMissing: The tables are not there.
        """
        with translated(), reading_at_one_moment(self._engine) as tx:
            yield from audited(
                tx, self._tables, self._seals, outbox=outbox, kept=heads, watch=watch
            )

    @translates
    def outbox(self, tx: Connection, ref: Ref) -> list[tuple[int, Message]]:
        """Return the messages of a case with the revision each belongs to, in order.

        Raises:
            StoreUnavailable: The database does not answer.
            SchemaMissing: The tables are not there.
        """
        rows = self._running(tx).rows(self._sql.outbox, case_id_of(ref))
        return [(row[0], Message(*row[1:])) for row in rows]
