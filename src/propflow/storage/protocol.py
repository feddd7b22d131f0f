"""What a store must do: a handful of methods over the host's own transaction handle."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol, TypeVar

from propflow.storage.records import Change, Outcome, Query, Ref, Snapshot, StoredEntry

Tx = TypeVar("Tx")
Tx_contra = TypeVar("Tx_contra", contravariant=True)


class Store(Protocol[Tx_contra]):
    """Keeps cases; `Tx` is the host's handle on a transaction that is open already.

    No method begins, commits or rolls back. A tenant's cases, keys and history are invisible to
    every other tenant.
    """

    def load(
        self, tx: Tx_contra, refs: Sequence[Ref], *, lock: bool = False
    ) -> list[Snapshot | None]:
        """Return the cases in the order asked for, `None` for one that is not there.

        Args:
            tx: The host's handle.
            refs: Which cases.
            lock: Hold them until the transaction ends, where the database can.
        """
        ...

    def apply(self, tx: Tx_contra, changes: Sequence[Change]) -> list[Outcome]:
        """Write changes in order, each whole or not at all; the transaction stays usable."""
        ...

    def history(
        self, tx: Tx_contra, ref: Ref, *, after: int = 0, limit: int = 1000
    ) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first."""
        ...

    def keyed(self, tx: Tx_contra, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any."""
        ...

    def find(self, tx: Tx_contra, query: Query, *, lock: bool = False) -> list[Snapshot]:
        """Return the cases that match, ordered by `opened_at` and id.

        Args:
            tx: The host's handle.
            query: Which cases.
            lock: Let no other transaction search among the same workflow's cases with a lock, until
                this one ends.
        """
        ...


class OwningStore(Store[Tx], Protocol[Tx]):
    """A store that can open transactions itself, and write into those of the host's."""

    def begin(self, *, write: bool) -> AbstractContextManager[Tx]:
        """Open a transaction: committed when the block ends, rolled back when it raises.

        A writing transaction sees no other writer's work between its first read and its commit.

        Raises:
            StoreUnavailable: The database cannot be reached or is closed.
        """
        ...

    def join(self, handle: Any, *, write: bool) -> AbstractContextManager[Tx]:
        """Write in a transaction of the host's, which stays open and usable after the block.

        What the block wrote is taken back when it raises; nothing is committed.

        Args:
            handle: What the host has: a session, a connection, a transaction.
            write: Whether the block will write.

        Raises:
            InvalidArgument: This store cannot join the handle.
            StoreUnavailable: The handle is closed.
        """
        ...

    def close(self) -> None:
        """Let go of everything; later use raises `StoreUnavailable`."""
        ...


class AsyncStore(Protocol[Tx_contra]):
    """A `Store` whose methods are awaited; each does what that of the same name does there."""

    async def load(
        self, tx: Tx_contra, refs: Sequence[Ref], *, lock: bool = False
    ) -> list[Snapshot | None]:
        """Return the cases in the order asked for, `None` for one that is not there."""
        ...

    async def apply(self, tx: Tx_contra, changes: Sequence[Change]) -> list[Outcome]:
        """Write changes in order, each whole or not at all; the transaction stays usable."""
        ...

    async def history(
        self, tx: Tx_contra, ref: Ref, *, after: int = 0, limit: int = 1000
    ) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first."""
        ...

    async def keyed(self, tx: Tx_contra, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any."""
        ...

    async def find(self, tx: Tx_contra, query: Query, *, lock: bool = False) -> list[Snapshot]:
        """Return the cases that match, ordered by `opened_at` and id."""
        ...


class AsyncOwningStore(AsyncStore[Tx], Protocol[Tx]):
    """An `OwningStore` that is awaited."""

    def begin(self, *, write: bool) -> AbstractAsyncContextManager[Tx]:
        """Open a transaction: committed when the block ends, rolled back when it raises.

        Raises:
            StoreUnavailable: The database cannot be reached or is closed.
        """
        ...

    def join(self, handle: Any, *, write: bool) -> AbstractAsyncContextManager[Tx]:
        """Write in a transaction of the host's, which stays open and usable after the block.

        Raises:
            InvalidArgument: This store cannot join the handle.
            StoreUnavailable: The handle is closed.
        """
        ...

    async def close(self) -> None:
        """Let go of everything; later use raises `StoreUnavailable`."""
        ...
