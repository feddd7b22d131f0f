"""A store in memory: for tests, demonstrations, and as the oracle that other stores must equal."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from propflow.errors import StoreUnavailable
from propflow.storage.records import (
    Change,
    Message,
    Outcome,
    Query,
    Ref,
    Snapshot,
    StoredEntry,
)

K = TypeVar("K")
V = TypeVar("V")


class MemoryTx:
    """A transaction of a `MemoryStore`: what to undo if it fails."""

    __slots__ = ("undo",)

    def __init__(self) -> None:
        self.undo: list[Callable[[], object]] = []


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

    @contextmanager
    def begin(self, *, write: bool) -> Generator[MemoryTx]:
        """Open a transaction; others wait for it.

        Raises:
            StoreUnavailable: The store is closed.
        """
        with self._lock:
            if self._closed:
                raise StoreUnavailable("the memory store is closed; make a new one")
            tx = MemoryTx()
            try:
                yield tx
            except BaseException:
                while tx.undo:
                    tx.undo.pop()()
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

        _put(tx, self._cases, ref, snapshot)
        _put(tx, self._indexed, ref, change.indexed)
        if key is not None:
            _put(tx, self._keys, key, (ref, entry.revision))
        for message in change.messages:
            _put(tx, self._outbox, (ref, entry.revision, message.index), message)
        if old is None:
            order = self._order.setdefault((ref.tenant, snapshot.workflow), [])
            place = (snapshot.opened_at, ref.id)
            bisect.insort(order, place)
            tx.undo.append(lambda: order.remove(place))
        entries = self._history.setdefault(ref, [])
        entries.append(entry)
        tx.undo.append(entries.pop)
        return Outcome.MOVED

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


def _put(tx: MemoryTx, into: dict[K, V], key: K, value: V) -> None:
    """Set a value, and remember how to undo it."""
    if key in into:
        old = into[key]
        tx.undo.append(lambda: into.__setitem__(key, old))
    else:
        tx.undo.append(lambda: into.pop(key))
    into[key] = value
