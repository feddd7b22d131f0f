"""Connections: the engine for a URL, and how a transaction begins on SQLite."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    AsyncAdaptedQueuePool,
    Connection,
    Engine,
    Executable,
    QueuePool,
    create_engine,
    event,
)
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from propflow.errors import StoreUnavailable
from propflow.storage.sqlalchemy.columns import MYSQL

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

SECONDS_FOR_A_LOCK = 10
"""How long a writer on SQLite waits for another, unless the URL says ``?timeout=``."""

_DRIVERS = {
    "postgresql": ("postgresql+psycopg", "postgres"),
    "mysql": ("mysql+pymysql", "mariadb"),
    "mariadb": ("mariadb+pymysql", "mariadb"),
}
_ASYNC_DRIVERS = {
    "sqlite": ("sqlite+aiosqlite", "async"),
    "postgresql": ("postgresql+psycopg", "async"),
    "mysql": ("mysql+asyncmy", "async"),
    "mariadb": ("mariadb+asyncmy", "async"),
}
"""By the database that a URL names: the driver if it names none, and the extra that brings it."""


def engine_for(url: URL) -> Engine:
    """Return an engine of ours; nothing is connected yet.

    Raises:
        StoreUnavailable: The database's driver is not installed.
    """
    with _driver(url, _DRIVERS) as complete:
        engine = create_engine(complete, **_options(url, QueuePool))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def async_engine_for(url: URL) -> AsyncEngine:
    """Return an engine of ours that is awaited; nothing is connected yet.

    Raises:
        StoreUnavailable: The database's driver is not installed.
    """
    from sqlalchemy.ext.asyncio import create_async_engine  # slow to import

    with _driver(url, _ASYNC_DRIVERS) as complete:
        engine = create_async_engine(complete, **_options(url, AsyncAdaptedQueuePool))
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    return engine


@contextmanager
def _driver(url: URL, drivers: dict[str, tuple[str, str]]) -> Generator[URL]:
    """Complete a URL with our driver; say how to install it if it is not there."""
    dialect = url.get_backend_name()
    driver, extra = drivers.get(dialect, (dialect, ""))
    if url.drivername == dialect:
        url = url.set(drivername=driver)
    try:
        yield url
    except ModuleNotFoundError as error:
        package = f"propflow[{extra}]" if extra and url.drivername == driver else error.name
        raise StoreUnavailable(
            f"the driver for {url.drivername} is not installed; run: pip install '{package}'"
        ) from error


def _options(url: URL, queue: type[QueuePool | AsyncAdaptedQueuePool]) -> dict[str, Any]:
    """Return how an engine of ours is made."""
    dialect = url.get_backend_name()
    if dialect in ("postgresql", *MYSQL):
        # A step that lost its case to another must see what the other wrote.
        return {"isolation_level": "READ COMMITTED"}
    if dialect != "sqlite":
        return {}
    arguments: dict[str, Any] = {}
    if "timeout" not in url.query:
        arguments["timeout"] = SECONDS_FOR_A_LOCK
    if url.database in (None, "", ":memory:") or url.query.get("mode") == "memory":
        # A database in memory is its connection: one for all threads, each waiting for its turn.
        arguments["check_same_thread"] = False
        one = {"poolclass": queue, "pool_size": 1, "max_overflow": 0}
        return {"connect_args": arguments, **one}
    return {"connect_args": arguments}


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
