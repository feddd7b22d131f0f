"""Three ways to run a statement: on the driver's cursor, through a connection, and portably."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Any, Protocol

from sqlalchemy import Connection, CursorResult
from sqlalchemy.exc import DBAPIError

from propflow.storage.sqlalchemy.connect import begin_implicitly
from propflow.storage.sqlalchemy.prepared import Prepared
from propflow.storage.sqlalchemy.rows import Values


class Running(Protocol):
    """A way to run statements in one transaction; what goes wrong is an error of SQLAlchemy's."""

    def rows(
        self, statement: Prepared, values: Values, *, last: bool = False
    ) -> Sequence[Sequence[Any]]:
        """Run a statement, and return its rows; commit with the last one where that is quicker."""
        ...

    def count(self, statement: Prepared, values: Values) -> int:
        """Run a statement, and return how many rows it wrote."""
        ...

    def each(self, statement: Prepared, many: Sequence[Values]) -> int:
        """Run a statement for each of the values, and return how many rows that wrote."""
        ...


class OnCursor:
    """On the driver's cursor, with nothing in between: for transactions that the store began.

    Attributes:
        tx: The connection.
    """

    def __init__(self, tx: Connection) -> None:
        self.tx = tx
        self._dialect = tx.dialect
        self._error: type[Exception] = tx.dialect.loaded_dbapi.Error
        self.cursor: Any = tx.connection.cursor()

    def rows(
        self, statement: Prepared, values: Values, *, last: bool = False
    ) -> Sequence[Sequence[Any]]:
        """Run a statement, and return its rows."""
        compiled = statement.on(self._dialect)
        self.run(compiled.text, compiled.bound(values))
        return compiled.read(self.cursor.fetchall())

    def count(self, statement: Prepared, values: Values) -> int:
        """Run a statement, and return how many rows it wrote."""
        compiled = statement.on(self._dialect)
        self.run(compiled.text, compiled.bound(values))
        return int(self.cursor.rowcount)

    def each(self, statement: Prepared, many: Sequence[Values]) -> int:
        """Run a statement for each of the values, and return how many rows that wrote."""
        compiled = statement.on(self._dialect)
        if len(many) == 1:
            self.run(compiled.text, compiled.bound(many[0]))
        else:
            try:
                self.cursor.executemany(compiled.text, [compiled.bound(row) for row in many])
            except self._error as error:
                raise self._told(compiled.text, error) from error
        return int(self.cursor.rowcount)

    def run(self, text: str, values: Any = ()) -> None:
        """Run a text in the driver's own words."""
        try:
            self.cursor.execute(text, values)
        except self._error as error:
            raise self._told(text, error) from error

    def rest(self) -> None:
        """Make ready for another transaction, after a commit."""

    def _told(self, text: str, error: Exception) -> BaseException:
        """Return the driver's error as SQLAlchemy would tell it; a lost connection is let go."""
        lost = self._dialect.is_disconnect(
            error,  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - any driver's
            self.tx.connection.dbapi_connection,
            self.cursor,
        )
        if lost:
            self.tx.invalidate(error)
        return DBAPIError.instance(
            text,
            None,
            error,
            self._error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=self._dialect,
        )


class FarAway(OnCursor):
    """On a psycopg connection to a server behind a network: fewer messages wait for an answer.

    What begins the transaction goes out in one message with its first statement, and what commits
    it with the last. psycopg's own pipeline waits for the begin, and for each synchronization. The
    server plans these two statements each time, which is cheaper than the way there.
    """

    def rows(
        self, statement: Prepared, values: Values, *, last: bool = False
    ) -> Sequence[Sequence[Any]]:
        """Run a statement, and return its rows."""
        from psycopg import ClientCursor
        from psycopg.pq import TransactionStatus

        driver: Any = self.tx.connection.driver_connection
        begins = driver.info.transaction_status == TransactionStatus.IDLE
        if not begins and not last:
            return super().rows(statement, values)
        compiled = statement.on(self._dialect)
        text = compiled.text
        if begins:
            driver.autocommit = True  # until it rests: the text begins by itself
            text = f"BEGIN ISOLATION LEVEL READ COMMITTED; {text}"
        if last:
            text = f"{text}; COMMIT"
        try:
            with closing(ClientCursor[Any](driver)) as opened:
                cursor: Any = opened
                cursor.execute(text, compiled.bound(values))
                if begins:
                    cursor.nextset()
                return compiled.read(cursor.fetchall())
        except self._error as error:
            raise self._told(compiled.text, error) from error

    def rest(self) -> None:
        """Let psycopg begin transactions again, where the last one began itself."""
        begin_implicitly(self.tx.connection.driver_connection)


class ThroughConnection:
    """Through a connection of the host's, whose events see every statement."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    def rows(
        self, statement: Prepared, values: Values, *, last: bool = False
    ) -> Sequence[Sequence[Any]]:
        """Run a statement, and return its rows."""
        compiled = statement.on(self._tx.dialect)
        return compiled.read(self._run(compiled.text, compiled.bound(values)).all())

    def count(self, statement: Prepared, values: Values) -> int:
        """Run a statement, and return how many rows it wrote."""
        compiled = statement.on(self._tx.dialect)
        return self._run(compiled.text, compiled.bound(values)).rowcount

    def each(self, statement: Prepared, many: Sequence[Values]) -> int:
        """Run a statement for each of the values, and return how many rows that wrote."""
        compiled = statement.on(self._tx.dialect)
        bound = [compiled.bound(values) for values in many]
        return self._run(compiled.text, bound if len(bound) > 1 else bound[0]).rowcount

    def _run(self, text: str, values: Any) -> CursorResult[Any]:
        return self._tx.exec_driver_sql(text, values)


class Portably:
    """Statement by statement as SQLAlchemy compiles them, whatever the database."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx

    def rows(
        self, statement: Prepared, values: Values, *, last: bool = False
    ) -> Sequence[Sequence[Any]]:
        """Run a statement, and return its rows."""
        return self._tx.execute(statement.statement, values).all()

    def count(self, statement: Prepared, values: Values) -> int:
        """Run a statement, and return how many rows it wrote."""
        return self._tx.execute(statement.statement, values).rowcount

    def each(self, statement: Prepared, many: Sequence[Values]) -> int:
        """Run a statement for each of the values, and return how many rows that wrote."""
        return sum(self.count(statement, values) for values in many)
