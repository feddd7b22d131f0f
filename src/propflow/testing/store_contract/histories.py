"""The history of a case is complete and in order, and a key leads into it."""

from __future__ import annotations

from typing import Any

from propflow.storage import OwningStore, Ref
from propflow.testing.store_contract.changes import opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws


class HistoryLaws(StoreLaws):
    """The history of a case is complete and in order, and a key leads into it."""

    def test_reads_every_entry_as_it_was_written(self, store: OwningStore[Any]) -> None:
        first = opening(REF, key="k1")
        second = step(first.snapshot)
        third = step(second.snapshot, key="k3")
        self.write(store, first, second, third)
        with store.begin(write=False) as tx:
            assert store.history(tx, REF) == [first.entry, second.entry, third.entry]

    def test_history_is_complete_and_in_order(self, store: OwningStore[Any]) -> None:
        change = opening(REF)
        changes = [change]
        for _ in range(29):
            change = step(change.snapshot)
            changes.append(change)
        self.write(store, *changes)
        with store.begin(write=False) as tx:
            assert store.history(tx, REF) == [change.entry for change in changes]
            assert [e.revision for e in store.history(tx, REF, after=27)] == [28, 29, 30]
            assert [e.revision for e in store.history(tx, REF, after=5, limit=2)] == [6, 7]
            assert store.history(tx, REF, after=30) == []
            assert store.history(tx, Ref(REF.tenant, "none")) == []

    def test_a_key_leads_to_its_entry(self, store: OwningStore[Any]) -> None:
        first = opening(REF)
        second = step(first.snapshot, key="k😀")
        self.write(store, first, second)
        with store.begin(write=False) as tx:
            assert store.keyed(tx, REF.tenant, "k😀") == (REF, second.entry)
            assert store.keyed(tx, REF.tenant, "k") is None
