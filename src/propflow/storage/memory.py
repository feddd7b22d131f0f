"""A store in memory: for tests, demonstrations, and as the oracle that other stores must equal."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self

from propflow.errors import InvalidArgument, StoreUnavailable
from propflow.storage.records import (
    Change,
    Message,
    Outcome,
    Query,
    Ref,
    Snapshot,
    StoredEntry,
)


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


class MemoryStore:
    """Keeps cases in dictionaries, as atomically as a database: one user at a time."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._closed = False
        self._cases: dict[Ref, Snapshot] = {}
        self._order: dict[tuple[str, str], list[tuple[datetime, str]]] = {}
        self._indexed: dict[Ref, tuple[tuple[str, str], ...]] = {}
        self._history: dict[Ref, list[StoredEntry]] = {}
        self._keys: dict[tuple[str, str], tuple[Ref, int]] = {}
        self._outbox: dict[tuple[Ref, int, int], Message] = {}

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
        return [self._cases.get(ref) for ref in refs]

    def apply(self, tx: MemoryTx, changes: Sequence[Change]) -> list[Outcome]:
        """Write changes in order, each whole or not at all."""
        return [self._apply(tx, change) for change in changes]

    def _apply(self, tx: MemoryTx, change: Change) -> Outcome:
        snapshot, entry = change.snapshot, change.entry
        ref = snapshot.ref
        old = self._cases.get(ref)
        if change.expected == 0 and old is not None:
            return Outcome.DUPLICATE
        if change.expected != (0 if old is None else old.revision):
            return Outcome.STALE
        key = None if entry.key is None else (ref.tenant, entry.key)
        if key in self._keys:
            return Outcome.DUPLICATE

        indexed = self._indexed.get(ref)
        self._cases[ref] = snapshot
        self._indexed[ref] = change.indexed
        self._history.setdefault(ref, []).append(entry)
        if key is not None:
            self._keys[key] = (ref, entry.revision)
        for message in change.messages:
            self._outbox[ref, entry.revision, message.index] = message
        if old is None:
            order = self._order.setdefault((ref.tenant, snapshot.workflow), [])
            bisect.insort(order, (snapshot.opened_at, ref.id))
        tx.undo.append(lambda: self._undo(change, old, indexed))
        return Outcome.MOVED

    def _undo(
        self, change: Change, old: Snapshot | None, indexed: tuple[tuple[str, str], ...] | None
    ) -> None:
        snapshot, entry = change.snapshot, change.entry
        ref = snapshot.ref
        for message in change.messages:
            del self._outbox[ref, entry.revision, message.index]
        if entry.key is not None:
            del self._keys[ref.tenant, entry.key]
        self._history[ref].pop()
        if old is not None and indexed is not None:
            self._cases[ref], self._indexed[ref] = old, indexed
            return
        del self._cases[ref], self._indexed[ref], self._history[ref]
        self._order[ref.tenant, snapshot.workflow].remove((snapshot.opened_at, ref.id))

    def history(
        self, tx: MemoryTx, ref: Ref, *, after: int = 0, limit: int = 1000
    ) -> list[StoredEntry]:
        """Return the entries with a revision greater than `after`, oldest first."""
        return self._history.get(ref, [])[after : after + limit]

    def keyed(self, tx: MemoryTx, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        """Return the case and entry that a request with this key led to, if any."""
        found = self._keys.get((tenant, key))
        if found is None:
            return None
        ref, revision = found
        return ref, self._history[ref][revision - 1]

    def find(self, tx: MemoryTx, query: Query, *, lock: bool = False) -> list[Snapshot]:
        """Return the cases that match, ordered by `opened_at` and id."""
        order = self._order.get((query.tenant, query.workflow), [])
        start = 0 if query.after is None else bisect.bisect_right(order, query.after)
        found: list[Snapshot] = []
        for _, case_id in order[start:]:
            if len(found) == query.limit:
                break
            ref = Ref(query.tenant, case_id)
            snapshot = self._cases[ref]
            if query.states is not None and snapshot.state not in query.states:
                continue
            if set(query.where) <= set(self._indexed[ref]):
                found.append(snapshot)
        return found

    def outbox(self, tx: MemoryTx, ref: Ref) -> list[tuple[int, Message]]:
        """Return the messages of a case with the revision each belongs to, in order."""
        return [
            (revision, self._outbox[of, revision, index])
            for of, revision, index in sorted(self._outbox, key=lambda id_: id_[1:])
            if of == ref
        ]
