"""Joining a transaction of the host's: the connection that it is on, and a savepoint in it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.exc import SQLAlchemyError

from propflow.errors import InvalidArgument
from propflow.storage.sqlalchemy.columns import MYSQL
from propflow.storage.sqlalchemy.connect import begin_on_sqlite
from propflow.storage.sqlalchemy.faults import translated
from propflow.storage.sqlalchemy.statements import Statements

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_SAVEPOINT = "propflow_step"


def connection_of(handle: Any, case: Table, dialect: str) -> Connection:
    """Return the connection of the host's handle; a session has written what it holds by then.

    Args:
        handle: The host's.
        case: The table of cases, for a session that is bound table by table.
        dialect: The database that the store speaks to.

    Raises:
        InvalidArgument: The handle is neither a session nor a connection, or of another database.
    """
    if isinstance(handle, Connection):
        connection = handle
    else:
        session = _session_of(handle)
        session.flush()
        connection = session.connection(bind_arguments={"clause": case})
    theirs = connection.dialect.name
    if theirs != dialect and not {theirs, dialect} <= set(MYSQL):
        raise InvalidArgument("handle", handle, f"is on {theirs}, the store on {dialect}")
    return connection


def _session_of(handle: Any) -> Session:
    from sqlalchemy.orm import Session, scoped_session  # slow to import

    session: Any = handle
    if isinstance(session, scoped_session):
        session = cast("Any", session)()
    if not isinstance(session, Session):
        why = "is neither a session nor a connection of SQLAlchemy (an AsyncEngine takes async)"
        raise InvalidArgument("handle", session, why)
    return session


@contextmanager
def savepoint_in(tx: Connection, statements: Statements) -> Generator[None]:
    """Take back what the block wrote when it raises, and leave the transaction usable.

    Raises:
        InvalidArgument: The connection commits by itself, so that nothing could be taken back.
    """
    with translated():
        _begin(tx, statements)
        # In the words that all databases share: an object of SQLAlchemy's for it costs as much as
        # two statements.
        tx.exec_driver_sql(f"SAVEPOINT {_SAVEPOINT}")
    try:
        yield
        with translated():
            tx.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVEPOINT}")
    except BaseException:
        with suppress(SQLAlchemyError):  # what the block raised says more
            tx.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")
            tx.exec_driver_sql(f"RELEASE SAVEPOINT {_SAVEPOINT}")
        raise


def _begin(tx: Connection, statements: Statements) -> None:
    driver: Any = tx.connection.driver_connection
    ask = getattr(driver, "get_autocommit", None)
    if (ask() if callable(ask) else getattr(driver, "autocommit", None)) is True:
        why = "commits every statement by itself (AUTOCOMMIT); give one with a transaction"
        raise InvalidArgument("handle", tx, why)
    if not tx.in_transaction():
        tx.begin()  # as any statement of the host's would
    if tx.dialect.name == "sqlite":
        # Released outside of a transaction, a savepoint of SQLite's is a commit.
        begin_on_sqlite(tx, write=True, touch=statements.touch)
