"""Connections: the engine for a URL, and how a transaction begins on SQLite."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from time import perf_counter, sleep
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
    make_url,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from propflow.errors import InvalidArgument, StoreUnavailable
from propflow.storage.sqlalchemy.columns import MYSQL
from propflow.storage.sqlalchemy.queueing import Turn

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

SECONDS_FOR_A_LOCK = 10
"""How long a writer on SQLite waits for another, unless the URL says ``?timeout=``."""

FAR = "propflow_far"
"""Under this name, a connection knows whether its server is far away."""

TURN = "propflow_turn"
"""Under this name, a connection to a file of SQLite has its turn to write."""

_NEAR = 0.0003
"""Seconds for a message and its answer, up to which a server is near; a network takes longer."""

_BUSY = 5
"""What SQLite says where another connection has the lock."""

_BETWEEN_SWITCHES = 0.01
"""Seconds until a connection that found the database locked tries to write ahead again."""

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


def parsed(url: str) -> URL:
    """Return a URL that a host gives as text.

    Raises:
        InvalidArgument: It is none.
    """
    try:
        return make_url(url)
    except ArgumentError:
        why = "is no URL of a database; write one such as sqlite:///property.db"
        raise InvalidArgument("database", url, why) from None


def engine_for(url: URL) -> Engine:
    """Return an engine of ours; nothing is connected yet.

    Raises:
        InvalidArgument: SQLAlchemy does not know the database.
        StoreUnavailable: The database's driver is not installed.
    """
    with _driver(url, _DRIVERS) as complete:
        engine = create_engine(complete, **_options(url, QueuePool))
    if engine.dialect.name == "sqlite":
        _set_up_sqlite(engine, _seconds_for_a_lock(url))
        if not _in_memory(url) and not url.query.get("uri"):
            _take_turns(engine, str(url.database), _seconds_for_a_lock(url))
    elif engine.dialect.driver == "psycopg":
        event.listen(engine, "connect", _measure_the_way)
        event.listen(engine, "checkin", _return_near)
    return engine


def async_engine_for(url: URL) -> AsyncEngine:
    """Return an engine of ours that is awaited; nothing is connected yet.

    Raises:
        InvalidArgument: SQLAlchemy does not know the database.
        StoreUnavailable: The database's driver is not installed.
    """
    from sqlalchemy.ext.asyncio import create_async_engine  # slow to import

    with _driver(url, _ASYNC_DRIVERS) as complete:
        engine = create_async_engine(complete, **_options(url, AsyncAdaptedQueuePool))
    if engine.dialect.name == "sqlite":
        _set_up_sqlite(engine.sync_engine, _seconds_for_a_lock(url))
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
    except NoSuchModuleError:
        why = "is no database that SQLAlchemy knows; check its spelling, and install its dialect"
        raise InvalidArgument("database", url.drivername, why) from None
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
    if _in_memory(url):
        # A database in memory is its connection: one for all threads, each waiting for its turn.
        arguments["check_same_thread"] = False
        one = {"poolclass": queue, "pool_size": 1, "max_overflow": 0}
        return {"connect_args": arguments, **one}
    return {"connect_args": arguments}


def _seconds_for_a_lock(url: URL) -> float:
    return float(str(url.query.get("timeout", SECONDS_FOR_A_LOCK)))


def _set_up_sqlite(engine: Engine, seconds: float) -> None:
    """Let readers read while one writes, and keep what was committed if the process dies."""

    def connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        try:
            _switch_to_wal(cursor, seconds)
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.execute("PRAGMA foreign_keys = ON")
        finally:
            cursor.close()

    event.listen(engine, "connect", connect)


def _switch_to_wal(cursor: DBAPICursor, seconds: float) -> None:
    """Let SQLite write ahead, also where others make it do so at this moment.

    Those who switch a new file at once would wait for each other for ever: SQLite lets one of them
    do it, and the others fail without a wait.
    """
    start = perf_counter()
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except Exception as error:
            busy = getattr(error, "sqlite_errorcode", None) == _BUSY
            if not busy or perf_counter() - start > seconds:
                raise
            sleep(_BETWEEN_SWITCHES)
        else:
            return


def _in_memory(url: URL) -> bool:
    return url.database in (None, "", ":memory:") or url.query.get("mode") == "memory"


def _take_turns(engine: Engine, path: str, seconds: float) -> None:
    """Let writers of a file take turns; a connection's ends when it goes back to the pool."""

    def connect(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info[TURN] = Turn(path, seconds)

    def checkin(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if TURN in entry.info:
            entry.info[TURN].give_up()

    def close(_connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        if TURN in entry.info:
            entry.info[TURN].close()

    event.listen(engine, "connect", connect)
    event.listen(engine, "checkin", checkin)
    event.listen(engine, "close", close)


def _measure_the_way(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    """Note whether the server is so far away that messages had better not wait for each other."""
    driver: Any = connection
    ways: list[float] = []
    with driver.cursor() as cursor:
        for _ in range(3):
            start = perf_counter()
            cursor.execute("SELECT 1")
            ways.append(perf_counter() - start)
    driver.rollback()
    entry.info[FAR] = min(ways) > _NEAR


def _return_near(connection: DBAPIConnection | None, _entry: ConnectionPoolEntry) -> None:
    if connection is not None:
        begin_implicitly(connection)


def begin_implicitly(driver: Any) -> None:
    """Let psycopg begin transactions again, where the last one began itself."""
    if driver.autocommit:
        driver.autocommit = False


def end_turn(tx: Connection) -> None:
    """Let the next writer of a file of SQLite have its turn."""
    if TURN in tx.info:
        tx.info[TURN].give_up()


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


def commit(tx: Connection) -> None:
    """Commit, and leave no transaction open if that fails.

    SQLite goes on with a transaction whose commit failed, and SQLAlchemy takes it for ended: the
    connection would go back to the pool with the step in it and the lock of a writer.
    """
    try:
        tx.commit()
    except BaseException:
        if not tx.invalidated:
            with suppress(Exception):  # what the commit raised says more
                tx.dialect.do_rollback(tx.connection)
        raise


@contextmanager
def reading_at_one_moment(engine: Engine) -> Generator[Connection]:
    """Open a transaction whose reads all see the database as it was at one moment.

    From SQLite, which takes any bytes for text, those that are no text are read all the same.
    """
    dialect = engine.dialect.name
    with engine.connect() as tx:
        if dialect in ("postgresql", *MYSQL):
            tx.execution_options(isolation_level="REPEATABLE READ")
        with tx.begin():
            if dialect != "sqlite":
                yield tx
                return
            begin_on_sqlite(tx, write=False, touch=None)
            driver: Any = tx.connection.driver_connection
            driver.text_factory = _lenient
            try:
                yield tx
            finally:
                driver.text_factory = str


def _lenient(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")
