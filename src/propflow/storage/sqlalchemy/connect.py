"""Connections: the engine for a URL, and how a transaction begins on SQLite."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL, Connection, Engine, Executable, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from propflow.errors import StoreUnavailable
from propflow.storage.sqlalchemy.columns import MYSQL

SECONDS_FOR_A_LOCK = 10
"""How long a writer on SQLite waits for another, unless the URL says ``?timeout=``."""

_DRIVERS = {
    "postgresql": ("postgresql+psycopg", "postgres"),
    "mysql": ("mysql+pymysql", "mariadb"),
    "mariadb": ("mariadb+pymysql", "mariadb"),
}


def engine_for(url: URL) -> Engine:
    """Return an engine of ours; nothing is connected yet.

    Raises:
        StoreUnavailable: The database's driver is not installed.
    """
    dialect = url.get_backend_name()
    if dialect == "sqlite":
        return _sqlite(url)
    driver, extra = _DRIVERS.get(dialect, (dialect, ""))
    if url.drivername == dialect:
        url = url.set(drivername=driver)
    options: dict[str, Any] = {}
    if dialect in ("postgresql", *MYSQL):
        # A step that lost its case to another must see what the other wrote.
        options["isolation_level"] = "READ COMMITTED"
    try:
        return create_engine(url, **options)
    except ModuleNotFoundError as error:
        package = f"propflow[{extra}]" if url.drivername == driver else error.name
        raise StoreUnavailable(
            f"the driver for {url.drivername} is not installed; run: pip install '{package}'"
        ) from error


def _sqlite(url: URL) -> Engine:
    options: dict[str, Any] = {}
    if "timeout" not in url.query:
        options["timeout"] = SECONDS_FOR_A_LOCK
    if url.database in (None, "", ":memory:") or url.query.get("mode") == "memory":
        # A database in memory is its connection: one for all threads, each waiting for its turn.
        options["check_same_thread"] = False
        engine = create_engine(
            url, poolclass=QueuePool, pool_size=1, max_overflow=0, connect_args=options
        )
    else:
        engine = create_engine(url, connect_args=options)
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let readers read while one writes, and keep what was committed if the process dies."""
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


def begin_on_sqlite(tx: Connection, *, write: bool, touch: Executable | None) -> None:
    """Begin what Python's driver would begin later, or not at all.

    A writer takes the write lock at once: one that has read first cannot wait for another writer,
    it can only fail. Where the host's engine has begun by itself, `touch`, a statement that
    changes nothing, takes the lock, if there are tables to touch.
    """
    if getattr(tx.connection.driver_connection, "in_transaction", False):
        if write and touch is not None:
            tx.execute(touch)
    else:
        tx.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
