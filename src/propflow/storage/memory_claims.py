"""What a memory store keeps for later: deadlines that run, and messages on their way out."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal, TypeAlias

import attrs

from propflow.storage.claims import Claim, Kind, Settlement, Verdict, Wanted
from propflow.storage.records import Ref

Undo: TypeAlias = list[Callable[[], object]]
Key: TypeAlias = tuple[Ref, int, int, str]
"""A deadline by its name alone, a message by revision and index."""


def present() -> datetime:
    """Return the present in UTC: the clock of this store, as a database has one."""
    return datetime.now(UTC)


def key_of(claim: Claim) -> Key:
    """Return what a claim is kept under."""
    if claim.kind is Kind.DEADLINES:
        return claim.ref, 0, 0, claim.name
    return claim.ref, claim.revision, claim.index, ""


@attrs.frozen
class _Row:
    claim: Claim
    until: datetime | None = None
    status: Literal["pending", "sent", "dead"] = "pending"


class Queue:
    """The deadlines or the messages of all cases, those to be tried first in front."""

    def __init__(self) -> None:
        self._rows: dict[Key, _Row] = {}
        self._order: dict[str, list[tuple[datetime, Key]]] = {}
        self._pending: dict[Ref, list[Key]] = {}
        self._provisional: dict[str, dict[Key, str]] = {}

    def add(self, undo: Undo, claim: Claim) -> None:
        """Keep something new, over what has the same key."""
        self._put(undo, key_of(claim), _Row(claim))

    def drop(self, undo: Undo, key: Key) -> None:
        """Forget something, if it is there."""
        self._put(undo, key, None)

    def _put(self, undo: Undo, key: Key, row: _Row | None) -> None:
        old = self._set(key, row)
        undo.append(lambda: self._set(key, old))

    def _set(self, key: Key, row: _Row | None) -> _Row | None:
        old = self._rows.pop(key, None)
        order = self._order.setdefault(key[0].tenant, [])
        if old is not None and old.status == "pending":
            del order[bisect.bisect_left(order, (old.claim.not_before, key))]
            self._pending[key[0]].remove(key)
            self._provisional.get(key[0].tenant, {}).pop(key, None)
        if row is not None:
            self._rows[key] = row
            if row.status == "pending":
                bisect.insort(order, (row.claim.not_before, key))
                bisect.insort(self._pending.setdefault(key[0], []), key)
                if row.claim.calendar:
                    self._provisional.setdefault(key[0].tenant, {})[key] = row.claim.calendar
        if not self._pending.get(key[0], True):
            del self._pending[key[0]]
        return old

    def claim(self, undo: Undo, wanted: Wanted, clock: datetime) -> list[Claim]:
        """Lease what may be tried and nobody holds."""
        found: list[Claim] = []
        for key in tuple(self._candidates(wanted)):
            if len(found) == wanted.limit:
                break
            row = self._rows[key]
            if (row.until is None or row.until <= clock) and self._may_go(row.claim, key, wanted):
                held = attrs.evolve(row.claim, token=wanted.token)
                self._put(undo, key, _Row(held, clock + wanted.lease))
                found.append(held)
        return found

    def _candidates(self, wanted: Wanted) -> Iterator[Key]:
        """Yield what may be tried, held or not, in the order in which it is."""
        if wanted.other_than:
            for key, calendar in self._provisional.get(wanted.tenant, {}).items():
                if calendar not in wanted.other_than:
                    yield key
            return
        for moment, key in self._order.get(wanted.tenant, ()):
            if moment > wanted.now:
                break
            yield key

    def _may_go(self, claim: Claim, key: Key, wanted: Wanted) -> bool:
        """Whether no other message of the case must go before, and its kind is wanted."""
        if wanted.kind is Kind.DEADLINES:
            return True
        names = wanted.names
        ours = (each for each in self._pending[key[0]] if self._rows[each].claim.name in names)
        return claim.name in names and next(ours) == key

    def holds(self, undo: Undo, claim: Claim, until: datetime) -> bool:
        """Whether a claim still stands; then its lease is prolonged."""
        row = self._held(claim)
        if row is None:
            return False
        self._put(undo, key_of(claim), attrs.evolve(row, until=until))
        return True

    def settle(self, undo: Undo, settlement: Settlement) -> bool:
        """Write what becomes of a claim, if it still stands."""
        claim, verdict = settlement.claim, settlement.verdict
        row = self._held(claim)
        if row is None:
            return False
        after = attrs.evolve(row.claim, token="")
        if verdict is Verdict.DONE:
            kept = _Row(after, None, "sent") if claim.kind is Kind.OUTBOX else None
        else:
            failed = attrs.evolve(
                after,
                attempts=after.attempts + 1,
                problem=settlement.problem,
                not_before=settlement.not_before or after.not_before,
            )
            kept = _Row(failed, None, "dead" if verdict is Verdict.DEAD else "pending")
        self._put(undo, key_of(claim), kept)
        return True

    def _held(self, claim: Claim) -> _Row | None:
        row = self._rows.get(key_of(claim))
        return row if row is not None and row.claim.token == claim.token else None

    def of(self, ref: Ref) -> list[Claim]:
        """Return what is pending for a case, by key."""
        return [self._rows[key].claim for key in self._pending.get(ref, ())]

    def is_pending(self, key: Key) -> bool:
        """Whether something is there and is to be tried."""
        return key in self._pending.get(key[0], ())

    def first(self, tenant: str) -> datetime | None:
        """Return when the next may be tried."""
        order = self._order.get(tenant)
        return order[0][0] if order else None

    def failing(self, tenant: str, limit: int) -> list[Claim]:
        """Return what failed: pending deadlines, dead messages."""
        found = [attrs.evolve(row.claim, token="") for row in self._failing(tenant)]
        found.sort(key=lambda claim: (claim.not_before, key_of(claim)))
        return found[:limit]

    def _failing(self, tenant: str) -> Iterator[_Row]:
        for key, row in self._rows.items():
            wanted = "dead" if row.claim.kind is Kind.OUTBOX else "pending"
            if key[0].tenant == tenant and row.status == wanted and row.claim.attempts:
                yield row

    def waiting(self, tenant: str, limit: int) -> list[Claim]:
        """Return what is pending, the next to try first."""
        order = self._order.get(tenant, [])[:limit]
        return [attrs.evolve(self._rows[key].claim, token="") for _, key in order]

    def requeue(self, undo: Undo, key: Key, not_before: datetime) -> bool:
        """Make a dead message pending again, as if it was never tried."""
        row = self._rows.get(key)
        if row is None or row.status != "dead":
            return False
        again = attrs.evolve(row.claim, attempts=0, problem=None, not_before=not_before)
        self._put(undo, key, _Row(again))
        return True

    def sent(self, tenant: str, before: datetime, limit: int) -> list[Key]:
        """Return messages that were sent, those that might be sent first in front."""
        found = [
            (row.claim.not_before, key)
            for key, row in self._rows.items()
            if key[0].tenant == tenant and row.status == "sent" and row.claim.not_before < before
        ]
        return [key for _, key in sorted(found)[:limit]]
