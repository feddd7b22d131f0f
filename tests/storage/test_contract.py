"""The contract, on every store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from propflow.storage import MemoryStore
from propflow.storage.sqlalchemy import SQLStore

from .contract import ConcurrentStoreContract, ServerStoreContract, StoreContract
from .waiting import Waiting, waiting


class TestMemory(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestSQLiteFile(ConcurrentStoreContract):
    @pytest.fixture
    def store(self, sqlite_store) -> SQLStore:
        return sqlite_store


class TestSQLiteMemory(StoreContract):
    @pytest.fixture
    def store(self, sqlite_memory_store) -> SQLStore:
        return sqlite_memory_store


class TestPostgreSQL(ServerStoreContract):
    @pytest.fixture
    def store(self, postgres_store) -> SQLStore:
        return postgres_store


class TestMariaDB(ServerStoreContract):
    @pytest.fixture
    def store(self, mariadb_store) -> SQLStore:
        return mariadb_store


class TestMariaDBByItsOtherName(StoreContract):
    """SQLAlchemy takes it for MySQL until it has connected."""

    @pytest.fixture
    def store(self, mysql_store) -> SQLStore:
        return mysql_store


class TestAsyncSQLiteFile(ConcurrentStoreContract):
    @pytest.fixture
    def store(self, sqlite_store, sqlite) -> Iterator[Waiting]:
        yield from waiting(sqlite)


class TestAsyncPostgreSQL(ServerStoreContract):
    @pytest.fixture
    def store(self, postgres_store, postgres) -> Iterator[Waiting]:
        yield from waiting(postgres)


class TestAsyncMariaDB(ServerStoreContract):
    @pytest.fixture
    def store(self, mariadb_store, mariadb) -> Iterator[Waiting]:
        yield from waiting(mariadb.replace("+pymysql", "+asyncmy"))


class TestUnknownDatabase(StoreContract):
    """SQLite under a name that the store does not know, begun by the host's own events."""

    @pytest.fixture
    def store(self, sqlite, monkeypatch) -> Iterator[SQLStore]:
        monkeypatch.setattr(SQLiteDialect_pysqlite, "name", "unknown")
        engine = create_engine(sqlite, connect_args={"isolation_level": None, "timeout": 10})

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        store = SQLStore(engine)
        store.create_tables()
        yield store
        engine.dispose()
