"""Adapters with one fault each, as people write them; `test_store_contract.py` runs them.

The name of the file keeps pytest from collecting it by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import timedelta

import attrs

from propflow.storage import Change, Claim, MemoryStore, Outcome, Ref, Snapshot, Wanted
from propflow.storage.memory import MemoryTx
from propflow.testing import Capability, StoreContract


def onto(change: Change, case: Snapshot) -> Change:
    """Return a change made to fit a case as it stands now."""
    revision = case.revision + 1
    return attrs.evolve(
        change,
        expected=case.revision,
        snapshot=attrs.evolve(change.snapshot, revision=revision),
        entry=attrs.evolve(change.entry, revision=revision),
    )


class NoVersionCheck(MemoryStore):
    """``UPDATE … WHERE id = ?``: whoever comes last overwrites."""

    def apply(
        self, tx: MemoryTx, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        return [self._overwrite(tx, change) for change in changes]

    def _overwrite(self, tx: MemoryTx, change: Change) -> Outcome:
        (case,) = self.load(tx, [change.snapshot.ref])
        if change.expected and case is not None:
            change = onto(change, case)
        return super().apply(tx, [change])[0]


class TwoTransactions(MemoryStore):
    """Writes each change in a transaction of its own, which the caller's does not take back."""

    def apply(
        self, tx: MemoryTx, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        outcomes = []
        for change in changes:
            with self.begin(write=True) as own:
                outcomes += super().apply(own, [change])
        return outcomes


class ReadThenWrite(NoVersionCheck):
    """Compares with what the transaction read, and writes without a condition.

    As an object-relational mapper does with a row that it holds already.
    """

    @contextmanager
    def begin(self, *, write: bool):
        with super().begin(write=write):
            tx = MemoryTx(threading.RLock())  # nobody waits for anybody
            tx.lock.acquire()
        with tx:
            self._seen = {**getattr(self, "_seen", {}), tx: {}}
            yield tx

    def load(self, tx: MemoryTx, refs: Sequence[Ref], *, lock: bool = False):
        seen = self._seen[tx]
        return [
            seen.setdefault(case.ref, case) if case else None for case in super().load(tx, refs)
        ]

    def apply(
        self, tx: MemoryTx, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        outcomes = []
        for change in changes:
            (held,) = self.load(tx, [change.snapshot.ref])
            if change.expected and (held is None or held.revision != change.expected):
                outcomes.append(Outcome.STALE)
                continue
            self._seen[tx].pop(change.snapshot.ref, None)
            outcomes += super().apply(tx, [change])
            self._seen[tx].pop(change.snapshot.ref, None)
        return outcomes


class SearchAlone(ReadThenWrite):
    """Lets everybody search at once who will rely on what is found."""

    def apply(
        self, tx: MemoryTx, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        with self._lock:  # each write by itself is sound
            return MemoryStore.apply(self, tx, changes)

    def load(self, tx: MemoryTx, refs: Sequence[Ref], *, lock: bool = False):
        return MemoryStore.load(self, tx, refs)


class NaiveTime(MemoryStore):
    """Keeps moments without their zone."""

    def apply(
        self, tx: MemoryTx, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        return super().apply(tx, [self._without_zone(change) for change in changes])

    def _without_zone(self, change: Change) -> Change:
        opened_at, occurred_at = (
            moment.replace(tzinfo=None)
            for moment in (change.snapshot.opened_at, change.snapshot.occurred_at)
        )
        return attrs.evolve(
            change,
            snapshot=attrs.evolve(change.snapshot, opened_at=opened_at, occurred_at=occurred_at),
        )


class TextOrderedHistory(MemoryStore):
    """Sorts the revisions of a history as text: 1, 10, 2."""

    def history(self, tx: MemoryTx, ref: Ref, *, after: int = 0, limit: int = 1000):
        entries = super().history(tx, ref, after=after, limit=limit)
        return sorted(entries, key=lambda entry: str(entry.revision))


class LostOutboxRow(MemoryStore):
    """Keeps one message a step."""

    def apply(
        self, tx: MemoryTx, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        kept = [attrs.evolve(change, messages=change.messages[:1]) for change in changes]
        return super().apply(tx, kept)


class KeyIgnored(MemoryStore):
    """Looks for nobody's key, and lets each be used again."""

    def apply(
        self, tx: MemoryTx, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        keyless = [
            attrs.evolve(change, entry=attrs.evolve(change.entry, key=None)) for change in changes
        ]
        return super().apply(tx, keyless)

    def keyed(self, tx: MemoryTx, tenant: str, key: str) -> None:
        return None


class TenantLeak(MemoryStore):
    """Looks cases up by their id alone."""

    def load(self, tx: MemoryTx, refs: Sequence[Ref], *, lock: bool = False):
        by_id = {ref.id: kept.latest.snapshot for ref, kept in self._cases.items()}
        own = super().load(tx, refs)
        return [case or by_id.get(ref.id) for ref, case in zip(refs, own, strict=True)]


class ReaderMutates(MemoryStore):
    """Hands out the list that it keeps."""

    def history(self, tx: MemoryTx, ref: Ref, *, after: int = 0, limit: int = 1000):
        if after:
            return super().history(tx, ref, after=after, limit=limit)
        return self._cases[ref].entries if ref in self._cases else []


class ClaimsTwice(MemoryStore):
    """Looks for what is due, and forgets that somebody holds it already."""

    def claim(self, tx: MemoryTx, wanted: Wanted) -> list[Claim]:
        clock = self._clock
        self._clock = lambda: clock() + timedelta(days=1)  # every lease has ended
        return super().claim(tx, wanted)


class NoNewData(MemoryStore):
    """Knows nothing of calendars: whatever it is asked for, it looks for what is due."""

    def claim(self, tx: MemoryTx, wanted: Wanted) -> list[Claim]:
        return super().claim(tx, attrs.evolve(wanted, other_than=()))


class FaultyContract(StoreContract):
    """What every faulty store says of itself."""

    declares = frozenset(
        {Capability.THREADS, Capability.JOIN, Capability.OUTBOX, Capability.CLAIMS}
    )


class TestMemoryStore(FaultyContract):
    """The store that they are all made from has none of the faults."""

    make_store = staticmethod(MemoryStore)


class TestNoVersionCheck(FaultyContract):
    make_store = staticmethod(NoVersionCheck)


class TestTwoTransactions(FaultyContract):
    make_store = staticmethod(TwoTransactions)


class TestReadThenWrite(FaultyContract):
    declares = FaultyContract.declares - {Capability.JOIN}
    make_store = staticmethod(ReadThenWrite)


class TestSearchAlone(FaultyContract):
    declares = FaultyContract.declares - {Capability.JOIN}
    make_store = staticmethod(SearchAlone)


class TestNaiveTime(FaultyContract):
    make_store = staticmethod(NaiveTime)


class TestTextOrderedHistory(FaultyContract):
    make_store = staticmethod(TextOrderedHistory)


class TestLostOutboxRow(FaultyContract):
    make_store = staticmethod(LostOutboxRow)


class TestKeyIgnored(FaultyContract):
    make_store = staticmethod(KeyIgnored)


class TestTenantLeak(FaultyContract):
    make_store = staticmethod(TenantLeak)


class TestReaderMutates(FaultyContract):
    make_store = staticmethod(ReaderMutates)


class TestClaimsTwice(FaultyContract):
    make_store = staticmethod(ClaimsTwice)


class TestNoNewData(FaultyContract):
    make_store = staticmethod(NoNewData)


FAULTS = {
    "NoVersionCheck": "a_stale_change_leaves_everything_as_it_was",
    "TwoTransactions": "an_error_takes_everything_back",
    "ReadThenWrite": "one_of_many_threads_moves_a_case[plain]",
    "SearchAlone": "of_many_threads_that_rely_on_a_search_one_goes_first",
    "NaiveTime": "keeps_moments_to_the_microsecond[2026-01-01 00:00:00+00:00]",
    "TextOrderedHistory": "history_is_complete_and_in_order",
    "LostOutboxRow": "keeps_messages_in_order",
    "KeyIgnored": "a_key_leads_to_its_entry",
    "TenantLeak": "tenants_do_not_see_each_other",
    "ClaimsTwice": "a_deadline_that_is_due_is_claimed_once",
    "NoNewData": "what_is_provisional_is_claimed_by_its_data",
    "ReaderMutates": "reading_changes_nothing",
}
"""Each planted fault, and the law that is there to find it."""
