"""Drivers that tell somebody before and after each statement, and each end of a transaction.

The store runs its own transactions on the driver's cursor, which no event of SQLAlchemy's sees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic

import psycopg
import pymysql
import pytest
from psycopg.rows import Row
from pymysql.cursors import Cursor as MySQLCursor
from sqlalchemy import Engine, event

BEFORE, AFTER = "before", "after"
BEGIN, COMMIT, ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"

Watch = Callable[[str, str, Any], None]
"""Is told when, the words of the statement, and the driver's connection."""


def _watching(cursor: Any, watch: Watch) -> type[Any]:
    """Return a class of cursors that tell."""

    class Cursor(cursor):
        def execute(self, query: Any, *args: Any, **options: Any) -> Any:
            watch(BEFORE, str(query), self.connection)
            result = super().execute(query, *args, **options)
            watch(AFTER, str(query), self.connection)
            return result

        def executemany(self, query: Any, *args: Any, **options: Any) -> Any:
            watch(BEFORE, str(query), self.connection)
            result = super().executemany(query, *args, **options)
            watch(AFTER, str(query), self.connection)
            return result

    return Cursor


def _ending(connection: Any, watch: Watch) -> type[Any]:
    """Return a class of connections that tell how transactions end."""

    class Connection(connection):
        def commit(self) -> None:
            watch(BEFORE, COMMIT, self)
            super().commit()
            watch(AFTER, COMMIT, self)

        def rollback(self) -> None:
            watch(BEFORE, ROLLBACK, self)
            super().rollback()
            watch(AFTER, ROLLBACK, self)

    return Connection


def _sqlite(watch: Watch, args: Any, options: Any) -> Any:
    import sqlite3

    kind = _watching(sqlite3.Cursor, watch)

    class Connection(_ending(sqlite3.Connection, watch)):
        def cursor(self, factory: Any = kind) -> Any:
            return super().cursor(factory)

    return sqlite3.connect(*args, **{**options, "factory": Connection})


def _psycopg(watch: Watch, args: Any, options: Any) -> Any:
    kind = _watching(psycopg.Cursor, watch)
    return _ending(psycopg.Connection, watch).connect(*args, **options, cursor_factory=kind)


def _pymysql(watch: Watch, args: Any, options: Any) -> Any:
    kind = _watching(MySQLCursor, watch)
    return _ending(pymysql.connections.Connection, watch)(*args, **options, cursorclass=kind)


_CONNECT = {"pysqlite": _sqlite, "psycopg": _psycopg, "pymysql": _pymysql}


def watched(engine: Engine, watch: Watch) -> None:
    """Let every connection that an engine makes from now on tell what it does."""

    @event.listens_for(engine, "do_connect")
    def connect(dialect: Any, _record: Any, args: Any, options: Any) -> Any:
        return _CONNECT[dialect.driver](watch, args, options)

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        watch(BEFORE, BEGIN, connection.connection.driver_connection)


def watched_far_away(patch: pytest.MonkeyPatch, watch: Watch) -> None:
    """Let what is sent to a PostgreSQL behind a network be told too: it has cursors of its own."""
    kind = _watching(psycopg.ClientCursor, watch)

    class ClientCursor(kind, Generic[Row]):  # type: ignore[misc, valid-type]
        pass

    patch.setattr(psycopg, "ClientCursor", ClientCursor)
