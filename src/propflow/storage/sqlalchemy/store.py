"""A store in a SQL database: SQLite, PostgreSQL, MariaDB and MySQL through the same code."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, nullcontext, suppress
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Insert, MetaData, Table, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from propflow.errors import StoreUnavailable
from propflow.storage.records import Change, Message, Outcome, Query, Ref, Snapshot, StoredEntry
from propflow.storage.sqlalchemy.columns import MYSQL
from propflow.storage.sqlalchemy.connect import begin_on_sqlite, engine_for
from propflow.storage.sqlalchemy.faults import is_duplicate, translated
from propflow.storage.sqlalchemy.joining import connection_of, savepoint_in
from propflow.storage.sqlalchemy.rows import (
    case_id_of,
    case_row,
    entry_of,
    entry_row,
    id_of,
    message_row,
    move_row,
    query_row,
    snapshot_of,
    value_rows,
)
from propflow.storage.sqlalchemy.statements import Statements
from propflow.storage.sqlalchemy.tables import tables_in

_IDS_AT_ONCE = 500


class SQLStore:
    """Keeps cases in tables of a SQL database; `Tx` is a SQLAlchemy `Connection`.

    Nothing is connected before the first use. A URL of SQLite opens a file in WAL mode, where
    readers read while one writes; ``sqlite://`` is a database in memory that all threads share,
    one at a time. An engine of the host's keeps the host's settings; on MySQL and MariaDB, run it
    at READ COMMITTED, as a URL does, so that a step sees what it lost against.

    Args:
        database: A URL, or the host's own engine, which `close` leaves open.
        prefix: What the names of the tables begin with.
        schema: The schema of the tables, which exists already; the default one if `None`.
        metadata: The host's, if the tables shall be among its own.

    Raises:
        StoreUnavailable: The driver for the URL is not installed.
    """

    def __init__(
        self,
        database: str | Engine,
        *,
        prefix: str = "propflow_",
        schema: str | None = None,
        metadata: MetaData | None = None,
    ) -> None:
        self._owned = isinstance(database, str)
        self._engine = engine_for(make_url(database)) if isinstance(database, str) else database
        self._closed = False
        dialect = self._engine.dialect.name
        self._sqlite = dialect == "sqlite"
        self._mysql = dialect in MYSQL
        self._silent = dialect in ("sqlite", "postgresql")
        self._tables = tables_in(MetaData() if metadata is None else metadata, prefix, schema)
        self._sql = Statements(self._tables, dialect)

    def create_tables(self) -> None:
        """Create the tables that are not there yet; what is there is left as it is.

        Raises:
            StoreUnavailable: The database cannot be reached, written to, or is closed.
        """
        for table in self._tables:
            with translated():
                try:
                    self._create(table)
                except DBAPIError:
                    # Another process may have created it in between: then it is there now.
                    self._create(table)

    def _create(self, table: Table) -> None:
        with closing(self._open(write=True)) as tx:
            table.create(tx, checkfirst=True)
            tx.commit()

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
        except BaseException:
            with suppress(SQLAlchemyError):  # what the block raised says more
                tx.close()
            raise
        with translated(), closing(tx):
            tx.commit()

    @translated()
    def _open(self, *, write: bool, touch: Executable | None = None) -> Connection:
        if self._closed:
            raise StoreUnavailable("the store is closed; make a new one")
        tx = self._engine.connect()
        try:
            tx.begin()
            if self._sqlite:
                begin_on_sqlite(tx, write=write, touch=touch)
        except BaseException:
            tx.close()
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
        with translated():
            savepoint = savepoint_in(tx, self._sql)
        try:
            yield tx
        except BaseException:
            with suppress(SQLAlchemyError):  # what the block raised says more
                savepoint.rollback()
            raise
        with translated():
            savepoint.commit()

    def close(self) -> None:
        """Close our own connections, leave the host's; `begin` raises from now on."""
        self._closed = True
        if self._owned:
            self._engine.dispose()

    @translated()
    def load(
        self, tx: Connection, refs: Sequence[Ref], *, lock: bool = False
    ) -> list[Snapshot | None]:
        """Return the cases in the order asked for, `None` for one that is not there.

        Raises:
            StoreUnavailable: The database does not answer, or another transaction holds a case.
            SchemaMissing: The tables are not there.
        """
        if len(refs) == 1:
            row = tx.execute(self._sql.load[lock], id_of(refs[0])).first()
            return [None if row is None else snapshot_of(row)]
        wanted: dict[str, list[str]] = {}
        for ref in sorted(set(refs)):
            wanted.setdefault(ref.tenant, []).append(ref.id)
        found: dict[Ref, Snapshot] = {}
        for tenant, ids in wanted.items():
            for start in range(0, len(ids), _IDS_AT_ONCE):
                some = {"tenant": tenant, "ids": ids[start : start + _IDS_AT_ONCE]}
                for row in tx.execute(self._sql.load_many[lock], some):
                    snapshot = snapshot_of(row)
                    found[snapshot.ref] = snapshot
        return [found.get(ref) for ref in refs]

    @translated()
    def apply(self, tx: Connection, changes: Sequence[Change]) -> list[Outcome]:
        """Write changes in order, each whole or not at all; the transaction stays usable.

        Raises:
            StoreUnavailable: The database does not answer, is locked, full or read-only, or this
                transaction gave way to another; nothing may be committed then.
            SchemaMissing: The tables are not there.
        """
        outcomes: list[Outcome] = []
        messages: list[dict[str, Any]] = []
        for change in changes:
            outcome = (
                self._open_case(tx, change) if change.expected == 0 else self._move(tx, change)
            )
            outcomes.append(outcome)
            if outcome is Outcome.MOVED:
                messages += (message_row(change, message) for message in change.messages)
        if messages:
            tx.execute(self._sql.add_messages, messages)
        return outcomes

    def _open_case(self, tx: Connection, change: Change) -> Outcome:
        if not self._inserted(tx, self._sql.open_case, case_row(change.snapshot)):
            return Outcome.DUPLICATE
        if not self._inserted(tx, self._sql.first_entry, entry_row(change)):
            tx.execute(self._sql.withdraw_case, id_of(change.snapshot.ref))
            return Outcome.DUPLICATE
        if change.indexed:
            tx.execute(self._sql.add_values, value_rows(change))
        return Outcome.MOVED

    def _move(self, tx: Connection, change: Change) -> Outcome:
        # The entry goes first: it is written only where the case is at the expected revision and
        # the key is free, and from then on nobody else can move the case. So nothing is ever to
        # be taken back.
        ref = change.snapshot.ref
        row = {**entry_row(change), "expected": change.expected}
        if not self._inserted(tx, self._sql.add_entry, row):
            revision = tx.execute(self._sql.revision, id_of(ref)).scalar()
            return Outcome.DUPLICATE if revision == change.expected else Outcome.STALE
        tx.execute(self._sql.move_case, move_row(change.snapshot))
        if change.indexed:
            self._reindex(tx, change)
        return Outcome.MOVED

    def _reindex(self, tx: Connection, change: Change) -> None:
        """Write the values of indexed fields if they differ; few steps change any."""
        rows = value_rows(change)
        of_case = case_id_of(change.snapshot.ref)
        stored = {(row.field, row.value) for row in tx.execute(self._sql.values, of_case)}
        if stored != {(row["field"], row["value"]) for row in rows}:
            tx.execute(self._sql.drop_values, of_case)
            tx.execute(self._sql.add_values, rows)

    def _inserted(self, tx: Connection, statement: Insert, row: dict[str, Any]) -> bool:
        """Insert a row, and tell whether its keys were free; nothing is written if not."""
        if self._silent:
            return tx.execute(statement, row).rowcount == 1
        try:
            # InnoDB takes back a statement that failed and nothing else; of a database that we
            # do not know, we cannot say that.
            with nullcontext() if self._mysql else tx.begin_nested():
                return tx.execute(statement, row).rowcount == 1
        except IntegrityError as error:
            if self._mysql and not is_duplicate(error):
                raise
            return False

    @translated()
    def history(
        self, tx: Connection, ref: Ref, *, after: int = 0, limit: int = 1000
    ) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first.

        Raises:
            StoreUnavailable: The database does not answer.
            SchemaMissing: The tables are not there.
        """
        page = {**case_id_of(ref), "after": after, "limit": limit}
        return [entry_of(row) for row in tx.execute(self._sql.history, page)]

    @translated()
    def keyed(self, tx: Connection, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any.

        Raises:
            StoreUnavailable: The database does not answer.
            SchemaMissing: The tables are not there.
        """
        row = tx.execute(self._sql.keyed, {"tenant": tenant, "key": key}).first()
        return None if row is None else (Ref(row[0], row[1]), entry_of(row))

    @translated()
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
        if self._mysql:
            tx.execute(self._sql.make_turn, of)
        elif tx.execute(self._sql.take_turn, of).first() is None:
            self._inserted(tx, self._sql.add_turn, of)
            tx.execute(self._sql.take_turn, of)

    @translated()
    def outbox(self, tx: Connection, ref: Ref) -> list[tuple[int, Message]]:
        """Return the messages of a case with the revision each belongs to, in order.

        Raises:
            StoreUnavailable: The database does not answer.
            SchemaMissing: The tables are not there.
        """
        rows = tx.execute(self._sql.outbox, case_id_of(ref))
        return [(row[0], Message(*row[1:])) for row in rows]
