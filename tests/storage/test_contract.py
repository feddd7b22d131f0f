"""The contract, on every store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from propflow.storage import MemoryStore, OwningStore
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from propflow.testing import Capability, StoreContract

ALONE = frozenset(
    {
        *(Capability.THREADS, Capability.JOIN, Capability.OUTBOX, Capability.CLAIMS),
        Capability.REDACT,
    }
)
ON_DISK = ALONE | {Capability.READERS, Capability.REOPEN}
SERVER = frozenset(Capability)


class TestMemory(StoreContract):
    declares = ALONE

    def make_store(self) -> MemoryStore:
        return MemoryStore()


class SQLContract(StoreContract):
    """The contract of a store in the database of a fixture, which it empties."""

    database: str

    @pytest.fixture
    def store(self, request: pytest.FixtureRequest) -> Iterator[OwningStore[Any]]:
        with self.opened(request.getfixturevalue(self.database)) as store:
            yield store

    def reopen(self, store: Any) -> SQLStore | AsyncSQLStore:
        return type(store)(store._engine.url.render_as_string(hide_password=False))


class TestSQLiteFile(SQLContract):
    declares = ON_DISK
    database = "sqlite_store"


class TestSQLiteMemory(SQLContract):
    declares = ALONE
    database = "sqlite_memory_store"


class TestPostgreSQL(SQLContract):
    declares = SERVER
    database = "postgres_store"


class TestPostgreSQLSerializable(SQLContract):
    """A host's engine on which a transaction gives way where it would wait elsewhere."""

    declares = SERVER - {Capability.LATEST}
    database = "serializable_store"

    @pytest.fixture
    def serializable_store(self, postgres_store, postgres) -> Iterator[SQLStore]:
        engine = create_engine(postgres, isolation_level="SERIALIZABLE")
        yield SQLStore(engine)
        engine.dispose()


class TestMariaDB(SQLContract):
    declares = SERVER
    database = "mariadb_store"


class TestMariaDBByItsOtherName(SQLContract):
    """SQLAlchemy takes it for MySQL until it has connected."""

    declares = SERVER
    database = "mysql_store"


class TestAsyncSQLiteFile(SQLContract):
    declares = ON_DISK
    database = "async_store"

    @pytest.fixture
    def async_store(self, sqlite_store, sqlite) -> AsyncSQLStore:
        return AsyncSQLStore(sqlite)


class TestAsyncPostgreSQL(SQLContract):
    declares = SERVER
    database = "async_store"

    @pytest.fixture
    def async_store(self, postgres_store, postgres) -> AsyncSQLStore:
        return AsyncSQLStore(postgres)


class TestAsyncMariaDB(SQLContract):
    declares = SERVER
    database = "async_store"

    @pytest.fixture
    def async_store(self, mariadb_store, mariadb) -> AsyncSQLStore:
        return AsyncSQLStore(mariadb.replace("+pymysql", "+asyncmy"))


class TestUnknownDatabase(SQLContract):
    """SQLite under a name that the store does not know, begun by the host's own events."""

    declares = ALONE
    database = "unknown_store"

    @pytest.fixture
    def unknown_store(self, sqlite, monkeypatch) -> Iterator[SQLStore]:
        monkeypatch.setattr(SQLiteDialect_pysqlite, "name", "unknown")
        engine = create_engine(sqlite, connect_args={"isolation_level": None, "timeout": 10})

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        store = SQLStore(engine)
        store.create_tables()
        yield store
        engine.dispose()
