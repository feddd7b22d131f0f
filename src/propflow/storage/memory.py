"""A store in memory: for tests, demonstrations, and as the oracle that other stores must equal."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Self

import attrs

from propflow.decision.due import Due
from propflow.errors import InvalidArgument, StoreUnavailable
from propflow.storage.caps import Caps
from propflow.storage.claims import Claim, Kind, Settlement, Wanted, outgoing, running
from propflow.storage.memory_claims import Queue, present
from propflow.storage.records import (
    Change,
    Message,
    Outcome,
    ParkedStep,
    Query,
    Ref,
    Snapshot,
    StoredEntry,
)
from propflow.storage.redacting import refuse_undelivered


class MemoryTx:
    """A transaction of a `MemoryStore`: holds its lock, and undoes its work if the block fails."""

    __slots__ = ("ended", "lock", "undo")

    def __init__(self, lock: threading.RLock) -> None:
        self.lock = lock
        self.undo: list[Callable[[], object]] = []
        self.ended = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is not None:
                self.undo_to(0)
        finally:
            self.ended = True
            self.lock.release()

    def undo_to(self, length: int) -> None:
        """Undo everything but the first changes, the latest first."""
        while len(self.undo) > length:
            self.undo.pop()()


class _Kept:
    """What is kept of one case."""

    __slots__ = ("entries", "latest")

    def __init__(self, first: Change) -> None:
        self.latest = first
        self.entries = [first.entry]


class MemoryStore:
    """Keeps cases in dictionaries, as atomically as a database: one user at a time.

    Args:
        clock: The store's own clock, by which leases end, as a database has one.
    """

    caps = Caps.NONE

    def __init__(self, *, clock: Callable[[], datetime] = present) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._cases: dict[Ref, _Kept] = {}
        self._order: dict[tuple[str, str], list[tuple[datetime, str]]] = {}
        self._keys: dict[tuple[str, str], tuple[Ref, int]] = {}
        self._outbox: dict[tuple[Ref, int, int], Message] = {}
        self._queues = {kind: Queue() for kind in Kind}
        self._parked: dict[tuple[str, str], ParkedStep] = {}
        self._clock = clock

    def begin(self, *, write: bool) -> MemoryTx:
        """Open a transaction; others wait for it.

        Raises:
            StoreUnavailable: The store is closed.
        """
        self._lock.acquire()
        if self._closed:
            self._lock.release()
            raise StoreUnavailable("the memory store is closed; make a new one")
        return MemoryTx(self._lock)

    @contextmanager
    def join(self, handle: Any, *, write: bool) -> Generator[MemoryTx]:
        """Write in a transaction that this store's `begin` opened.

        Raises:
            InvalidArgument: It is none of this store's.
            StoreUnavailable: It has ended.
        """
        if not isinstance(handle, MemoryTx) or handle.lock is not self._lock:
            raise InvalidArgument("handle", handle, "is no transaction of this store's begin()")
        if handle.ended:
            raise StoreUnavailable("the transaction has ended; begin another one")
        before = len(handle.undo)
        try:
            yield handle
        except BaseException:
            handle.undo_to(before)
            raise

    def close(self) -> None:
        """Refuse further use; what was kept is lost with the store."""
        self._closed = True

    def load(
        self, tx: MemoryTx, refs: Sequence[Ref], *, lock: bool = False
    ) -> list[Snapshot | None]:
        """Return the cases in the order asked for, `None` for one that is not there."""
        get = self._cases.get
        return [None if (kept := get(ref)) is None else kept.latest.snapshot for ref in refs]

    def apply(
        self, tx: MemoryTx, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        """Write changes in order, each whole or not at all."""
        return [self._apply(tx, change) for change in changes]

    def _apply(self, tx: MemoryTx, change: Change) -> Outcome:
        snapshot, entry = change.snapshot, change.entry
        ref = snapshot.ref
        kept = self._cases.get(ref)
        if change.expected == 0 and kept is not None:
            return Outcome.DUPLICATE
        if change.expected != (0 if kept is None else kept.latest.snapshot.revision):
            return Outcome.STALE
        if entry.key is not None:
            if (ref.tenant, entry.key) in self._keys:
                return Outcome.DUPLICATE
            self._keys[ref.tenant, entry.key] = (ref, entry.revision)

        for message in change.messages:
            self._outbox[ref, entry.revision, message.index] = message
        if kept is None:
            self._cases[ref] = _Kept(change)
            order = self._order.setdefault((ref.tenant, snapshot.workflow), [])
            bisect.insort(order, (snapshot.opened_at, ref.id))
            tx.undo.append(lambda: self._undo(change, None))
        else:
            before, kept.latest = kept.latest, change
            kept.entries.append(entry)
            tx.undo.append(lambda: self._undo(change, before))
        if change.messages or change.begun or change.ended:
            self._keep_for_later(tx, change)
        return Outcome.MOVED

    def _keep_for_later(self, tx: MemoryTx, change: Change) -> None:
        ref, recorded_at = change.snapshot.ref, change.entry.recorded_at
        deadlines, outbox = self._queues[Kind.DEADLINES], self._queues[Kind.OUTBOX]
        for name in change.ended:
            deadlines.drop(tx.undo, (ref, 0, 0, name))
        for due in change.begun:
            deadlines.add(tx.undo, running(ref, due))
        for message in change.messages:
            outbox.add(tx.undo, outgoing(ref, change.entry.revision, message, recorded_at))

    def _undo(self, change: Change, before: Change | None) -> None:
        snapshot, entry = change.snapshot, change.entry
        ref = snapshot.ref
        for message in change.messages:
            del self._outbox[ref, entry.revision, message.index]
        if entry.key is not None:
            del self._keys[ref.tenant, entry.key]
        if before is not None:
            kept = self._cases[ref]
            kept.latest = before
            kept.entries.pop()
            return
        del self._cases[ref]
        self._order[ref.tenant, snapshot.workflow].remove((snapshot.opened_at, ref.id))

    def history(
        self, tx: MemoryTx, ref: Ref, *, after: int = 0, limit: int = 1000
    ) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first."""
        kept = self._cases.get(ref)
        return [] if kept is None else kept.entries[after : after + limit]

    def redact(
        self, tx: MemoryTx, ref: Ref, revisions: Sequence[int], *, by: int, undelivered: bool
    ) -> tuple[int, ...]:
        """Take the payloads and messages of entries away, and the data hashes of all entries.

        Raises:
            CannotRedact: Messages are yet to be delivered; nothing was written.
        """
        kept, outbox = self._cases[ref], self._queues[Kind.OUTBOX]
        sent = [key for key in self._outbox if key[0] == ref and key[1] in revisions]
        if not undelivered:
            refuse_undelivered(ref, [key[1:] for key in sent if outbox.is_pending((*key, ""))])
        had = {key[1] for key in sent}
        taken = tuple(n for n in revisions if n in had or kept.entries[n - 1].payload is not None)
        before = kept.entries
        kept.entries = [
            attrs.evolve(each, data_hash="", payload=None, redacted=by)
            if each.revision in taken
            else attrs.evolve(each, data_hash="")
            for each in before
        ]
        tx.undo.append(lambda: setattr(kept, "entries", before))
        for key in sent:
            self._forget(tx, key)
        return taken

    def _forget(self, tx: MemoryTx, key: tuple[Ref, int, int]) -> None:
        self._queues[Kind.OUTBOX].drop(tx.undo, (*key, ""))
        tx.undo.append(partial(self._outbox.__setitem__, key, self._outbox.pop(key)))

    def keyed(self, tx: MemoryTx, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any."""
        found = self._keys.get((tenant, key))
        if found is None:
            return None
        ref, revision = found
        return ref, self._cases[ref].entries[revision - 1]

    def find(self, tx: MemoryTx, query: Query, *, lock: bool = False) -> list[Snapshot]:
        """Return the cases that match, ordered by `opened_at` and id."""
        order = self._order.get((query.tenant, query.workflow), [])
        start = 0 if query.after is None else bisect.bisect_right(order, query.after)
        found: list[Snapshot] = []
        for _, case_id in order[start:]:
            if len(found) == query.limit:
                break
            latest = self._cases[Ref(query.tenant, case_id)].latest
            snapshot = latest.snapshot
            if query.states is not None and snapshot.state not in query.states:
                continue
            if set(query.where) <= set(latest.indexed):
                found.append(snapshot)
        return found

    def outbox(self, tx: MemoryTx, ref: Ref) -> list[tuple[int, Message]]:
        """Return the messages of a case with the revision each belongs to, in order."""
        return [
            (revision, self._outbox[of, revision, index])
            for of, revision, index in sorted(self._outbox, key=lambda id_: id_[1:])
            if of == ref
        ]

    def now(self, tx: MemoryTx) -> datetime:
        """Return the present by the store's own clock, UTC."""
        return self._clock()

    def claim(self, tx: MemoryTx, wanted: Wanted) -> list[Claim]:
        """Lease what may be tried and nobody holds, the longest due first."""
        return self._queues[wanted.kind].claim(tx.undo, wanted, self._clock())

    def hold(self, tx: MemoryTx, claims: Sequence[Claim], lease: timedelta) -> list[bool]:
        """Tell for each claim whether it still stands, and prolong those that do."""
        until = self._clock() + lease
        return [self._queues[claim.kind].holds(tx.undo, claim, until) for claim in claims]

    def settle(self, tx: MemoryTx, settlements: Sequence[Settlement]) -> list[bool]:
        """Write what becomes of claims; tell for each whether it still stood."""
        return [self._queues[each.claim.kind].settle(tx.undo, each) for each in settlements]

    def due(self, tx: MemoryTx, ref: Ref) -> list[Due]:
        """Return the deadlines of a case that run, by name."""
        rows = self._queues[Kind.DEADLINES].of(ref)
        return [
            Due(claim.name, claim.revision, claim.moment, calendar=claim.calendar) for claim in rows
        ]

    def next_moment(self, tx: MemoryTx, kind: Kind, tenant: str) -> datetime | None:
        """Return when the next of a kind may be tried, `None` if there is none."""
        return self._queues[kind].first(tenant)

    def failing(self, tx: MemoryTx, kind: Kind, tenant: str, *, limit: int) -> list[Claim]:
        """Return the deadlines that failed and are tried again, or the dead messages."""
        return self._queues[kind].failing(tenant, limit)

    def waiting(self, tx: MemoryTx, kind: Kind, tenant: str, *, limit: int) -> list[Claim]:
        """Return what is to be tried, held by somebody or not, the next to try first."""
        return self._queues[kind].waiting(tenant, limit)

    def requeue(
        self, tx: MemoryTx, ref: Ref, revision: int, index: int, not_before: datetime
    ) -> bool:
        """Let a dead message be tried as if for the first time; tell whether it was dead."""
        key = (ref, revision, index, "")
        return self._queues[Kind.OUTBOX].requeue(tx.undo, key, not_before)

    def prune(self, tx: MemoryTx, tenant: str, before: datetime, *, limit: int) -> int:
        """Delete messages that were sent, and might be sent before this moment."""
        keys = self._queues[Kind.OUTBOX].sent(tenant, before, limit)
        for key in keys:
            self._forget(tx, key[:3])
        return len(keys)

    def park(self, tx: MemoryTx, step: ParkedStep) -> bool:
        """Keep a step, and tell whether it is kept now; `False` if one with its key was."""
        if (step.ref.tenant, step.key) in self._parked:
            return False
        self._set_parked(tx, step, step)
        return True

    def parked(
        self,
        tx: MemoryTx,
        tenant: str,
        *,
        case_id: str | None = None,
        key: str | None = None,
        after: str = "",
        limit: int = 1000,
    ) -> list[ParkedStep]:
        """Return the parked steps of a tenant, by key."""
        found = [
            step
            for (of, _), step in self._parked.items()
            if of == tenant and step.key > after and case_id in (None, step.ref.id)
        ]
        if key is not None:
            found = [step for step in found if step.key == key]
        return sorted(found, key=lambda step: step.key)[:limit]

    def unpark(self, tx: MemoryTx, step: ParkedStep, problem: str | None) -> None:
        """Forget a step, or write why it could not be taken."""
        if (step.ref.tenant, step.key) in self._parked:
            kept = None if problem is None else attrs.evolve(step, problem=problem)
            self._set_parked(tx, step, kept)

    def _set_parked(self, tx: MemoryTx, step: ParkedStep, kept: ParkedStep | None) -> None:
        place = (step.ref.tenant, step.key)
        before = self._parked.pop(place, None)
        if kept is not None:
            self._parked[place] = kept

        def undo() -> None:
            self._parked.pop(place, None)
            if before is not None:
                self._parked[place] = before

        tx.undo.append(undo)
