"""A change is written whole or not at all, and its outcome says which."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from propflow.storage import Outcome, OwningStore, Ref
from propflow.testing.store_contract.changes import opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws

_MOVED, _STALE, _DUPLICATE = Outcome.MOVED, Outcome.STALE, Outcome.DUPLICATE


class OutcomeLaws(StoreLaws):
    """A change is written whole or not at all, and its outcome says which."""

    def test_a_stale_change_leaves_everything_as_it_was(self, store: OwningStore[Any]) -> None:
        first = opening(REF, indexed=(("borrower", '"u7'),), messages=1)
        second = step(first.snapshot, indexed=(("borrower", '"u7'),))
        self.write(store, first, second)
        before = self.everything(store)
        late = step(
            first.snapshot, state="lost", key="k", indexed=(("borrower", '"u8'),), messages=1
        )
        early = step(attrs.evolve(second.snapshot, revision=7), key="k", messages=1)
        absent = step(attrs.evolve(first.snapshot, ref=Ref(REF.tenant, "none")), key="k")
        assert self.write(store, late, early, absent) == [_STALE, _STALE, _STALE]
        assert self.everything(store) == before
        assert self.read(store, Ref(REF.tenant, "none")) is None

    def test_a_case_is_opened_once(self, store: OwningStore[Any]) -> None:
        first = opening(REF, indexed=(("borrower", '"u7'),), messages=1)
        self.write(store, first)
        before = self.everything(store)
        again = opening(REF, state="lent", key="k", indexed=(("borrower", '"u8'),), messages=2)
        assert self.write(store, again, first) == [_DUPLICATE, _DUPLICATE]
        assert self.everything(store) == before

    def test_a_key_opens_once(self, store: OwningStore[Any]) -> None:
        self.write(store, opening(REF, key="k"))
        other = Ref(REF.tenant, "loan-2")
        change = opening(other, key="k", indexed=(("borrower", '"u8'),), messages=1)
        before = self.everything(store)
        assert self.write(store, change) == [_DUPLICATE]
        assert self.everything(store) == before
        case, history, *_, sent = self.everything(store, other)
        assert (case, history, sent) == ([None], [], [])

    def test_a_key_moves_once(self, store: OwningStore[Any]) -> None:
        first = opening(REF, indexed=(("borrower", '"u7'),), messages=1)
        other = opening(Ref(REF.tenant, "loan-2"), key="k")
        self.write(store, first, other)
        before = self.everything(store)
        change = step(first.snapshot, key="k", indexed=(("borrower", '"u8'),), messages=1)
        assert self.write(store, change) == [_DUPLICATE]
        assert self.everything(store) == before

    def test_stale_comes_before_duplicate(self, store: OwningStore[Any]) -> None:
        first = opening(REF, key="k")
        second = step(first.snapshot)
        self.write(store, first, second)
        assert self.write(store, step(first.snapshot, key="k")) == [_STALE]
        assert self.write(store, step(second.snapshot, key="k")) == [_DUPLICATE]

    def test_the_transaction_stays_usable(self, store: OwningStore[Any]) -> None:
        first = opening(REF, key="k")
        second = step(first.snapshot, messages=1)
        third = step(second.snapshot)
        with store.begin(write=True) as tx:
            changes = [first, first, step(first.snapshot, key="k"), second, second, third]
            outcomes = store.apply(tx, changes)
            assert store.load(tx, [REF]) == [third.snapshot]
        assert outcomes == [_MOVED, _DUPLICATE, _DUPLICATE, _MOVED, _STALE, _MOVED]
        assert self.read(store) == third.snapshot
        with store.begin(write=False) as tx:
            assert store.history(tx, REF) == [first.entry, second.entry, third.entry]

    def test_a_refused_change_gives_its_key_back(self, store: OwningStore[Any]) -> None:
        first = opening(REF)
        self.write(store, first, step(first.snapshot))
        assert self.write(store, step(first.snapshot, key="k")) == [_STALE]
        assert self.write(store, opening(Ref(REF.tenant, "loan-2"), key="k")) == [_MOVED]

    def test_a_batch_of_nothing(self, store: OwningStore[Any]) -> None:
        assert self.write(store) == []

    def test_an_error_takes_everything_back(self, store: OwningStore[Any]) -> None:
        first = opening(REF, indexed=(("borrower", '"u7'),))
        self.write(store, first)
        before, empty = self.everything(store), self.everything(store, Ref("empty", "1"))
        change = step(first.snapshot, key="k", indexed=(("borrower", '"u8'),), messages=2)
        other = opening(Ref("empty", "1"), key="k", indexed=(("borrower", '"u7'),), messages=1)

        def fail() -> None:
            with store.begin(write=True) as tx:
                assert store.apply(tx, [change, other]) == [_MOVED, _MOVED]
                raise KeyError(REF)

        with pytest.raises(KeyError):
            fail()
        assert self.everything(store) == before
        assert self.everything(store, Ref("empty", "1")) == empty
        assert self.write(store, change, other) == [_MOVED, _MOVED]
