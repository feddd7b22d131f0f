"""What a store must do: a handful of methods over the host's own transaction handle."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable

from propflow.decision.due import Due
from propflow.storage.caps import Caps
from propflow.storage.claims import Claim, Kind, Settlement, Wanted
from propflow.storage.records import (
    Change,
    HostRow,
    Outcome,
    ParkedStep,
    Query,
    Ref,
    Snapshot,
    StoredEntry,
    Unadopted,
)

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

    def apply(
        self, tx: Tx_contra, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        """Write changes in order, each whole or not at all; the transaction stays usable.

        Args:
            tx: The host's handle.
            changes: The changes.
            last: Nothing more is written in the transaction, and it is to be committed if every
                change moves. A store that began it may commit then, together with the write.
        """
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

        A writing transaction sees no other writer's work between its first read and its commit. A
        store that cannot make others wait lets one of them give way when its block ends.

        Raises:
            StoreUnavailable: The database cannot be reached or is closed, or this transaction gave
                way to another: nothing was written, and the step may be tried again.
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


@runtime_checkable
class MappedStore(Protocol):
    """What a store has, awaited or not, whose cases may be rows of the host's own tables.

    Attributes:
        mapped: The name of the table for each workflow that has one, by the workflow's name. The
            engine asks for such a case by ``Ref(tenant, key).in_table(name)``.
    """

    @property
    def mapped(self) -> Mapping[str, str]:
        """The names of the tables by the names of their workflows."""
        ...

    def new_id(self, tx: Any, tenant: str, workflow: str, made: str) -> str | Awaitable[str]:
        """Return the key of a row that is to be opened: the id that was made, if the key takes it.

        Raises:
            InvalidArgument: The key has to be given.
        """
        ...

    def row(self, tx: Any, ref: Ref) -> HostRow | Awaitable[HostRow | None] | None:
        """Return a row of the host's, held until the transaction ends, case or not.

        Raises:
            UnknownCode: Its state is none that the mapping knows.
        """
        ...

    def unadopted(
        self, tx: Any, tenant: str, workflow: str, *, after: str | None, limit: int
    ) -> Sequence[Unadopted] | Awaitable[Sequence[Unadopted]]:
        """Return rows that are no case yet, held, in the order of the table's key."""
        ...


class AsyncStore(Protocol[Tx_contra]):
    """A `Store` whose methods are awaited; each does what that of the same name does there."""

    async def load(
        self, tx: Tx_contra, refs: Sequence[Ref], *, lock: bool = False
    ) -> list[Snapshot | None]:
        """Return the cases in the order asked for, `None` for one that is not there."""
        ...

    async def apply(
        self, tx: Tx_contra, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
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


class ClaimingStore(Protocol[Tx_contra]):
    """Keeps what is to be done later too: deadlines that run, and messages on their way out.

    `Engine.run_due`, `relay` and what belongs to them need it; the other calls do with a `Store`.
    """

    @property
    def caps(self) -> Caps:
        """What the store's database can do."""
        ...

    def now(self, tx: Tx_contra) -> datetime:
        """Return the present by the store's own clock, UTC; leases begin and end by it."""
        ...

    def claim(self, tx: Tx_contra, wanted: Wanted) -> list[Claim]:
        """Lease what may be tried and nobody holds, the longest due first.

        Of several that claim at once each gets others, whatever `caps` says. A message is claimed
        only when every earlier one of its case, among the kinds that are wanted, is settled. What
        was committed late is found too.
        """
        ...

    def hold(self, tx: Tx_contra, claims: Sequence[Claim], lease: timedelta) -> list[bool]:
        """Tell for each claim whether it still stands, and prolong those that do.

        What stands is held until the transaction ends, where the database can.
        """
        ...

    def settle(self, tx: Tx_contra, settlements: Sequence[Settlement]) -> list[bool]:
        """Write what becomes of claims; tell for each whether it still stood, and was written."""
        ...

    def due(self, tx: Tx_contra, ref: Ref) -> list[Due]:
        """Return the deadlines of a case that run, by name."""
        ...

    def next_moment(self, tx: Tx_contra, kind: Kind, tenant: str) -> datetime | None:
        """Return when the next of a kind may be tried, `None` if there is none."""
        ...

    def failing(self, tx: Tx_contra, kind: Kind, tenant: str, *, limit: int) -> list[Claim]:
        """Return the deadlines that failed and are tried again, or the dead messages."""
        ...

    def waiting(self, tx: Tx_contra, kind: Kind, tenant: str, *, limit: int) -> list[Claim]:
        """Return what is to be tried, held by somebody or not, the next to try first."""
        ...

    def requeue(
        self, tx: Tx_contra, ref: Ref, revision: int, index: int, not_before: datetime
    ) -> bool:
        """Let a dead message be tried as if for the first time; tell whether it was dead."""
        ...

    def prune(self, tx: Tx_contra, tenant: str, before: datetime, *, limit: int) -> int:
        """Delete messages that were sent, and might be sent before this moment; return how many."""
        ...


class AsyncClaimingStore(Protocol[Tx_contra]):
    """A `ClaimingStore` whose methods are awaited."""

    @property
    def caps(self) -> Caps:
        """What the store's database can do."""
        ...

    async def now(self, tx: Tx_contra) -> datetime:
        """Return the present by the store's own clock, UTC; leases begin and end by it."""
        ...

    async def claim(self, tx: Tx_contra, wanted: Wanted) -> list[Claim]:
        """Lease what may be tried and nobody holds, the longest due first.

        Of several that claim at once each gets others, whatever `caps` says. A message is claimed
        only when every earlier one of its case, among the kinds that are wanted, is settled. What
        was committed late is found too.
        """
        ...

    async def hold(self, tx: Tx_contra, claims: Sequence[Claim], lease: timedelta) -> list[bool]:
        """Tell for each claim whether it still stands, and prolong those that do.

        What stands is held until the transaction ends, where the database can.
        """
        ...

    async def settle(self, tx: Tx_contra, settlements: Sequence[Settlement]) -> list[bool]:
        """Write what becomes of claims; tell for each whether it still stood, and was written."""
        ...

    async def due(self, tx: Tx_contra, ref: Ref) -> list[Due]:
        """Return the deadlines of a case that run, by name."""
        ...

    async def next_moment(self, tx: Tx_contra, kind: Kind, tenant: str) -> datetime | None:
        """Return when the next of a kind may be tried, `None` if there is none."""
        ...

    async def failing(self, tx: Tx_contra, kind: Kind, tenant: str, *, limit: int) -> list[Claim]:
        """Return the deadlines that failed and are tried again, or the dead messages."""
        ...

    async def waiting(self, tx: Tx_contra, kind: Kind, tenant: str, *, limit: int) -> list[Claim]:
        """Return what is to be tried, held by somebody or not, the next to try first."""
        ...

    async def requeue(
        self, tx: Tx_contra, ref: Ref, revision: int, index: int, not_before: datetime
    ) -> bool:
        """Let a dead message be tried as if for the first time; tell whether it was dead."""
        ...

    async def prune(self, tx: Tx_contra, tenant: str, before: datetime, *, limit: int) -> int:
        """Delete messages that were sent, and might be sent before this moment; return how many."""
        ...


class ParkingStore(Protocol[Tx_contra]):
    """Keeps steps whose case has not arrived.

    `Engine.receive` and `parked` need it; the other calls do with a `Store`.
    """

    def park(self, tx: Tx_contra, step: ParkedStep) -> bool:
        """Keep a step, and tell whether it is kept now; `False` if one with its key was."""
        ...

    def parked(
        self,
        tx: Tx_contra,
        tenant: str,
        *,
        case_id: str | None = None,
        key: str | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[ParkedStep]:
        """Return the parked steps of a tenant, by key, character by character.

        Args:
            tx: The host's handle.
            tenant: Of this tenant alone.
            case_id: Only those of this case.
            key: Only the one with this key.
            after: Only those with a later key.
            limit: At most so many.
        """
        ...

    def unpark(self, tx: Tx_contra, step: ParkedStep, problem: str | None) -> None:
        """Forget a step, or write why it could not be taken."""
        ...


class AsyncParkingStore(Protocol[Tx_contra]):
    """A `ParkingStore` whose methods are awaited."""

    async def park(self, tx: Tx_contra, step: ParkedStep) -> bool:
        """Keep a step, and tell whether it is kept now; `False` if one with its key was."""
        ...

    async def parked(
        self,
        tx: Tx_contra,
        tenant: str,
        *,
        case_id: str | None = None,
        key: str | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[ParkedStep]:
        """Return the parked steps of a tenant, by key, character by character.

        Args:
            tx: The host's handle.
            tenant: Of this tenant alone.
            case_id: Only those of this case.
            key: Only the one with this key.
            after: Only those with a later key.
            limit: At most so many.
        """
        ...

    async def unpark(self, tx: Tx_contra, step: ParkedStep, problem: str | None) -> None:
        """Forget a step, or write why it could not be taken."""
        ...
