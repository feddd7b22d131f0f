"""Which version the tables have, and whether it is the one that this propflow needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from propflow.errors import SchemaMissing, SchemaOutdated, StoreUnavailable
from propflow.storage.sqlalchemy.columns import MYSQL
from propflow.storage.sqlalchemy.faults import SCHEMA, translated
from propflow.storage.sqlalchemy.tables import VERSION, Tables

UPGRADING = "another process is upgrading the tables; wait until it is done, then try again"

_LONGEST_UPGRADE = 600
"""For how many seconds an upgrade waits for another."""


class Schema:
    """The tables of one store as they stand in the database, and their version.

    The version stands in a table of its own, as Alembic would make it. A host that has our versions
    among its own, or makes the tables with its own metadata, has no such table: then the columns
    tell whether the tables will do.

    Attributes:
        prefix: What the names of the tables begin with.
        name: The schema that they are in; `None` for the default one.
        table: Where their version stands.
    """

    def __init__(self, tables: Tables, prefix: str, schema: str | None) -> None:
        self.prefix = prefix
        self.name = schema
        self._tables = tables
        # Not in the host's metadata: the table belongs to whoever migrates.
        self.table = Table(
            f"{prefix}version",
            MetaData(),
            Column("version_num", String(32), nullable=False),
            PrimaryKeyConstraint("version_num", name=f"{prefix}version_pkc"),
            schema=schema,
        )

    def version(self, tx: Connection) -> str | None:
        """Return the version that the database has, `None` if it does not say."""
        if not inspect(tx).has_table(self.table.name, schema=self.table.schema):
            return None
        found: str | None = tx.scalar(select(self.table.c.version_num))
        return found

    def tenants(self, tx: Connection) -> list[str]:
        """Return the tenants that have cases, in order."""
        tenant = self._tables.case.c.tenant
        return list(tx.scalars(select(tenant).distinct().order_by(tenant)))

    def creation(self) -> Iterator[Callable[[Connection], object]]:
        """Yield what makes the tables, each to be done in a transaction of its own."""
        yield self._refuse_another_version
        for table in self._tables:
            yield partial(table.create, checkfirst=True)
        yield self._stamp

    def check(self, tx: Connection) -> None:
        """Look whether the tables are those that this propflow needs.

        Raises:
            SchemaMissing: There are none.
            SchemaOutdated: They are of another version, or lack something.
        """
        version, there = self.version(tx), self._there(tx)
        if version is None and not there:
            raise SchemaMissing(SCHEMA)
        lacking = [table.name for table in self._tables if table not in there]
        inspector = inspect(tx)
        for table in there:
            found = {column["name"] for column in inspector.get_columns(table.name, table.schema)}
            lacking += [f"{table.name}.{each.name}" for each in table.c if each.name not in found]
        if lacking or version not in {None, VERSION}:
            raise SchemaOutdated(version, VERSION, lacking)

    @contextmanager
    def upgrading(self, tx: Connection) -> Generator[None]:
        """Let no other process upgrade at the same time, and see that the version is known.

        Others wait. On SQLite they do so from the beginning of the transaction.

        Raises:
            SchemaOutdated: There are tables of which nobody can say which version they have, or the
                version is one that this propflow does not know.
            StoreUnavailable: Another process has been upgrading for ten minutes.
        """
        if tx.dialect.name == "postgresql":
            tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(self.table.fullname))))
        with (
            _alone_on_mysql(tx, self.table.fullname) if tx.dialect.name in MYSQL else nullcontext()
        ):
            if self.known_version(tx) == VERSION:
                self._stamp(tx)
            yield

    def known_version(self, tx: Connection) -> str | None:
        """Return the version to upgrade from, `None` where there is nothing yet.

        Raises:
            SchemaOutdated: There are tables of which nobody can say which version they have, or the
                version is one that this propflow does not know.
        """
        version = self.version(tx)
        if version is None and self._there(tx):
            self.check(tx)
            return VERSION
        if version is not None and version > VERSION:
            raise SchemaOutdated(version, VERSION, ())
        return version

    def _there(self, tx: Connection) -> list[Table]:
        inspector = inspect(tx)
        return [t for t in self._tables if inspector.has_table(t.name, schema=t.schema)]

    def _refuse_another_version(self, tx: Connection) -> None:
        version = self.version(tx)
        if version not in {None, VERSION}:
            raise SchemaOutdated(version, VERSION, ())

    def _stamp(self, tx: Connection) -> None:
        """Write down that the tables have our version, unless a version is there."""
        if self.version(tx) is None:
            self.check(tx)  # tables that somebody else made are not said to be what they are not
            self.table.create(tx, checkfirst=True)
            tx.execute(insert(self.table).values(version_num=VERSION))


@contextmanager
def _alone_on_mysql(tx: Connection, name: str) -> Generator[None]:
    """Hold a lock that outlives the commits that each change of a table makes there.

    Raises:
        StoreUnavailable: Another process holds it for too long.
    """
    # Such a lock is the whole server's; its name has up to 64 characters.
    lock = func.sha1(func.concat(func.database(), ".", name))
    if tx.scalar(select(func.get_lock(lock, _LONGEST_UPGRADE))) != 1:
        raise StoreUnavailable(UPGRADING)
    try:
        yield
    finally:
        with suppress(SQLAlchemyError):  # it ends with the connection too
            tx.execute(select(func.release_lock(lock)))


class SchemaCalls(ABC):
    """What a SQL store says of its tables, and does to them."""

    schema: Schema

    @abstractmethod
    def begin(self, *, write: bool) -> AbstractContextManager[Connection]:
        """Open a transaction."""

    @abstractmethod
    def _create(self, part: Callable[[Connection], object]) -> None:
        """Do a part of `Schema.creation`, in a transaction that needs no tables to begin."""

    def create_tables(self) -> None:
        """Create the tables that are not there yet, and note their version.

        What is there is left as it is: tables of an older propflow are upgraded when somebody says
        so (``propflow db upgrade``).

        Raises:
            SchemaOutdated: There are tables of another version.
            StoreUnavailable: The database cannot be reached, written to, or is closed.
        """
        for part in self.schema.creation():
            with translated():
                try:
                    self._create(part)
                except DBAPIError:
                    # Another process may have created it in between: then it is there now.
                    self._create(part)

    def check_schema(self) -> None:
        """Look whether the database has the tables that this propflow needs; change nothing.

        Call it when your program starts, so that it does not start on tables of another version.

        Raises:
            SchemaMissing: There are no tables.
            SchemaOutdated: They are of another version, or lack something.
            StoreUnavailable: The database cannot be reached, or is closed.
        """
        with translated(), self.begin(write=False) as tx:
            self.schema.check(tx)

    def tenants(self) -> list[str]:
        """Return the tenants that have cases, in order; the empty text stands for none.

        Raises:
            SchemaMissing: There are no tables.
            StoreUnavailable: The database cannot be reached, or is closed.
        """
        with translated(), self.begin(write=False) as tx:
            return self.schema.tenants(tx)

    def version(self) -> str | None:
        """Return the version of the tables, `None` if none is written down.

        Raises:
            StoreUnavailable: The database cannot be reached, or is closed.
        """
        with translated(), self.begin(write=False) as tx:
            return self.schema.version(tx)
