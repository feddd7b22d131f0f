"""The connections of a store: those of its own stay out of the pool between transactions."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from propflow.storage.sqlalchemy.connect import FAR, end_turn
from propflow.storage.sqlalchemy.running import FarAway, OnCursor


class Connections:
    """Hands out a connection for each transaction, and takes it back.

    To take one out of the pool and to bring it back costs as much as two statements on SQLite. So
    one of the store's own waits for the next transaction as the last one left it. No more are kept
    than the pool would keep, and none where somebody may wait for the pool. An engine of the host's
    keeps its connections.
    """

    def __init__(self, engine: Engine, *, owned: bool) -> None:
        self._engine = engine
        self._owned = owned
        self._free: deque[OnCursor] = deque()
        self._used: dict[Connection, OnCursor] = {}
        self._closed = False

    def take(self) -> Connection:
        """Return a connection that is kept, or one from the pool."""
        if not self._owned:
            return self._engine.connect()
        try:
            run = self._free.pop()
        except IndexError:
            tx = self._engine.connect()
            run = FarAway(tx) if tx.info.get(FAR) else OnCursor(tx)
        self._used[run.tx] = run
        return run.tx

    def running(self, tx: Connection) -> OnCursor | None:
        """Return the cursor of a connection of the store's own, in its transaction."""
        return self._used.get(tx)

    @contextmanager
    def lent(self, tx: Connection) -> Generator[None]:
        """Take a connection for one of the host's while somebody joins it.

        A transaction that the store began is not to end with the last statement then.
        """
        run = self._used.pop(tx, None)
        try:
            yield
        finally:
            if run is not None:
                self._used[tx] = run

    def give_back(self, tx: Connection) -> None:
        """Take a connection back whose transaction was committed."""
        run = self._used.pop(tx, None)
        if self._owned and self._closed and not tx.closed:
            tx.detach()  # the pool that it is from would not close it any more
        if run is None or self._closed or not self._spare() or _changed(tx):
            tx.close()
        else:
            run.rest()
            end_turn(tx)
            self._free.append(run)

    def give_up(self, tx: Connection) -> None:
        """Close a connection whose transaction came to nothing: it ends with that.

        Where the server hung up, it did so on the others too: all of ours are made anew.
        """
        lost = tx.invalidated
        self._used.pop(tx, None)
        with suppress(SQLAlchemyError):  # what the transaction raised says more
            tx.close()
        if lost and self._owned:
            self.empty()

    def close(self) -> None:
        """Close those of the store's own, and keep none from now on."""
        self._closed = True
        if self._owned:
            self.empty()

    def empty(self) -> None:
        """Close those that are kept, and all that are in the pool."""
        while self._free:
            with suppress(IndexError):  # another thread has it
                self._free.pop().tx.close()
        self._engine.dispose()

    def _spare(self) -> bool:
        pool = self._engine.pool
        return isinstance(pool, QueuePool) and pool.overflow() < 0


def _changed(tx: Connection) -> bool:
    """Whether somebody left more on a connection than the pool would have taken away."""
    return tx.closed or tx.invalidated or tx.in_transaction() or bool(tx.get_execution_options())
