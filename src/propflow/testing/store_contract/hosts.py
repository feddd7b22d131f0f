"""A store begins, joins, closes and opens again as its host wants."""

from __future__ import annotations

from typing import Any

import pytest

from propflow.errors import PropflowError, StoreUnavailable
from propflow.storage import Outcome, OwningStore, Ref
from propflow.testing.store_contract.capability import Capability, needs
from propflow.testing.store_contract.changes import opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws
from propflow.testing.store_contract.waiting import WaitingStore

_MOVED, _STALE = Outcome.MOVED, Outcome.STALE
_OTHER = Ref(REF.tenant, "loan-2")


class JoinLaws(StoreLaws):
    """A step in a transaction of the host's is committed with it or not at all."""

    @needs(Capability.JOIN)
    def test_a_joined_step_is_committed_with_the_host(self, store: OwningStore[Any]) -> None:
        first = opening(REF, messages=1)
        second = step(first.snapshot)
        with self.host_transaction(store) as handle:
            with store.join(handle, write=True) as tx:
                assert store.apply(tx, [first]) == [_MOVED]
            with store.join(handle, write=True) as tx:
                assert store.apply(tx, [second]) == [_MOVED]
            with store.join(handle, write=False) as tx:
                assert store.load(tx, [REF]) == [second.snapshot]
        cases, history, *_ = self.everything(store)
        assert (cases, history) == ([second.snapshot], [first.entry, second.entry])

    @needs(Capability.JOIN)
    def test_a_joined_step_is_rolled_back_with_the_host(self, store: OwningStore[Any]) -> None:
        first = opening(REF, indexed=(("borrower", '"u7'),))
        self.write(store, first)
        before = self.everything(store)
        change = step(first.snapshot, key="k", indexed=(("borrower", '"u8'),), messages=2)

        def roll_back() -> None:
            with self.host_transaction(store) as handle:
                with store.join(handle, write=True) as tx:
                    assert store.apply(tx, [change, opening(_OTHER)]) == [_MOVED, _MOVED]
                raise KeyError(REF)

        with pytest.raises(KeyError):
            roll_back()
        assert self.everything(store) == before
        assert self.read(store, _OTHER) is None

    @needs(Capability.JOIN)
    def test_what_fails_in_a_joined_block_leaves_the_rest(self, store: OwningStore[Any]) -> None:
        first = opening(REF)
        second = step(first.snapshot, key="k", messages=1)

        def fail(handle: Any) -> None:
            with store.join(handle, write=True) as tx:
                assert store.apply(tx, [second, opening(_OTHER)]) == [_MOVED, _MOVED]
                raise KeyError(REF)

        with self.host_transaction(store) as handle:
            with store.join(handle, write=True) as tx:
                assert store.apply(tx, [first]) == [_MOVED]
            with pytest.raises(KeyError):
                fail(handle)
            with store.join(handle, write=True) as tx:
                assert store.load(tx, [REF, _OTHER]) == [first.snapshot, None]
                assert store.apply(tx, [step(second.snapshot), second]) == [_STALE, _MOVED]
        cases, history, *_, sent = self.everything(store)
        assert (cases, history) == ([second.snapshot], [first.entry, second.entry])
        assert len(sent) == (Capability.OUTBOX in self.declares)

    @needs(Capability.JOIN)
    def test_what_is_no_handle_cannot_be_joined(self, store: OwningStore[Any]) -> None:
        with pytest.raises(PropflowError):
            store.join(object(), write=True).__enter__()


class LifeLaws(StoreLaws):
    """A store that is closed says so, and one that is opened again has everything."""

    def test_a_closed_store_says_so(self, store: OwningStore[Any]) -> None:
        store.close()
        for write in (True, False):
            with pytest.raises(StoreUnavailable, match="closed"):
                store.begin(write=write).__enter__()

    @needs(Capability.REOPEN)
    def test_what_was_written_is_there_again(self, store: OwningStore[Any]) -> None:
        first = opening(REF, key="k", indexed=(("borrower", '"u7'),), messages=2)
        second = step(first.snapshot, indexed=(("borrower", '"u7'),))
        self.write(store, first, second)
        before = self.everything(store)
        store.close()
        closed = store.store if isinstance(store, WaitingStore) else store
        with self.opened(self.reopen(closed)) as again:
            assert self.everything(again) == before
            third = step(second.snapshot)
            assert self.write(again, second, third) == [_STALE, _MOVED]
