"""What drivers raise, as errors of ours: the one place that knows their codes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from sqlalchemy import exc
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from propflow.errors import SchemaMissing, SchemaOutdated, StoreError, StoreUnavailable
from propflow.storage.sqlalchemy.tables import VERSION

P = ParamSpec("P")
T = TypeVar("T")

SCHEMA = "the database lacks propflow's tables; create them: store.create_tables()"
COLUMN = "a column is not there"
CLOSED = "the connection to the database is closed; open a new one"
NOT_REACHED = "the database cannot be reached; check the URL, and that the server runs"
LOST = "the database hung up; see that it runs, then try the step again"
LOCKED = (
    "the database is locked by another writer; end its transaction, or try the step again; if it "
    "is your own, take the step in it: engine.joined(session)"
)
LOST_RACE = "the transaction gave way to another one; roll it back and try the step again"
FAILED = "the transaction has failed before; roll it back, or to the savepoint before the failure"
READ_ONLY = "the database is read-only; give the user and the file the right to write"
FULL = "the disk of the database is full; free space, then try the step again"
DENIED = "the database refuses the user; check name, password and rights"
UNKNOWN = "there is no such database or schema; create it, or check its name"
BUSY = "the database takes no more connections; close some, or allow more"
NOT_OPENED = "the database file cannot be opened; check its path, its folder and the rights to them"
DISK = "the disk of the database cannot be read or written; check it, and restore if need be"
DAMAGED = "the file is damaged or not a database; restore a copy, or check the path"
NO_TURN = "no connection came free in time; end transactions sooner, or allow more connections"

_SQLITE = {
    5: LOCKED,  # BUSY
    6: LOCKED,  # LOCKED
    8: READ_ONLY,
    10: DISK,  # IOERR
    11: DAMAGED,  # CORRUPT
    13: FULL,
    14: NOT_OPENED,  # CANTOPEN
    26: DAMAGED,  # NOTADB
}
"""By SQLite's primary result code."""

_SQLSTATE = {
    "08": LOST,
    "25006": READ_ONLY,
    "25P02": FAILED,
    "28": DENIED,
    "3D000": UNKNOWN,
    "3F000": UNKNOWN,
    "40001": LOST_RACE,
    "40P01": LOST_RACE,
    "42501": DENIED,
    "42703": COLUMN,
    "42P01": SCHEMA,
    "53100": FULL,
    "53300": BUSY,
    "55P03": LOCKED,
    "57014": LOCKED,  # a lock or statement timeout
    "57P": LOST,  # the server shuts down
}
"""By PostgreSQL's code, or the class that it begins with."""

_MYSQL = {
    1020: LOST_RACE,  # what was read is not what is there, with innodb_snapshot_isolation
    1021: FULL,
    1040: BUSY,
    1044: DENIED,
    1045: DENIED,
    1049: UNKNOWN,
    1053: LOST,
    1054: COLUMN,
    1114: FULL,
    1142: DENIED,
    1146: SCHEMA,
    1205: LOCKED,
    1213: LOST_RACE,
    1290: READ_ONLY,
    1792: READ_ONLY,
    1836: READ_ONLY,
    1927: LOST,
    2002: NOT_REACHED,
    2003: NOT_REACHED,
    2006: LOST,
    2013: LOST,
}
"""By the number that MySQL and MariaDB give."""

_DUPLICATE_IN_MYSQL = 1062


@contextmanager
def translated() -> Generator[None]:
    """Turn what the database is to blame for into errors of ours; the rest are bugs, and pass."""
    try:
        yield
    except SQLAlchemyError as error:
        known = _known(error)
        if known is None:
            raise
        raise known from error


def translates(call: Callable[P, T]) -> Callable[P, T]:
    """Make a function raise what `translated` turns errors into; quicker, for every step."""

    @wraps(call)
    def translating(*args: P.args, **options: P.kwargs) -> T:
        try:
            return call(*args, **options)
        except SQLAlchemyError as error:
            known = _known(error)
            if known is None:
                raise
            raise known from error

    return translating


def is_duplicate(error: DBAPIError) -> bool:
    """Tell whether a unique key was taken already, on MySQL and MariaDB."""
    return _number(error.orig) == _DUPLICATE_IN_MYSQL


def _known(error: SQLAlchemyError) -> StoreError | None:
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable(NO_TURN)
    if isinstance(error, exc.ResourceClosedError | exc.PendingRollbackError):
        return StoreUnavailable(CLOSED)
    if not isinstance(error, DBAPIError) or error.orig is None:
        return None
    what = _what(error.orig)
    if error.connection_invalidated and what in (None, NOT_REACHED):
        what = LOST  # it was reached before
    if what is None:
        return None
    words = " ".join(str(error.orig).split())
    if what is COLUMN:
        return SchemaOutdated(None, VERSION, [words])
    kind = SchemaMissing if what is SCHEMA else StoreUnavailable
    return kind(f"{what} ({words})")


def _what(orig: BaseException) -> str | None:
    """Return what is wrong by the codes of whichever driver it came from."""
    text = str(orig)
    if "closed database" in text or "connection is closed" in text:
        return CLOSED
    code = getattr(orig, "sqlite_errorcode", None)
    if isinstance(code, int):
        if text.startswith("no such table"):
            return SCHEMA
        lacks_column = "no such column" in text or "has no column named" in text
        return COLUMN if lacks_column else _SQLITE.get(code & 0xFF)
    number = _number(orig)
    if number is not None:
        return _MYSQL.get(number)
    state = getattr(orig, "sqlstate", None) or getattr(orig, "pgcode", None)
    if isinstance(state, str):
        return next((_SQLSTATE[state[:n]] for n in (5, 3, 2) if state[:n] in _SQLSTATE), None)
    # libpq gives no code when it never reached the server, or was refused by it.
    return NOT_REACHED if type(orig).__name__ == "OperationalError" else None


def _number(orig: BaseException | None) -> int | None:
    args = cast("tuple[object, ...]", () if orig is None else orig.args)
    return args[0] if args and isinstance(args[0], int) else None
