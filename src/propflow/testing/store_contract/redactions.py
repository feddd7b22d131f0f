"""What was said leaves a history when it is asked to, and nothing else does."""

from __future__ import annotations

from typing import Any, cast

import attrs
import pytest

from propflow.errors import CannotRedact
from propflow.storage import Change, Outcome, OwningStore, RedactingStore, Ref, StoredEntry
from propflow.testing.store_contract.capability import Capability, needs
from propflow.testing.store_contract.changes import opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws

_OTHER = Ref(REF.tenant, "loan-2")


class RedactionLaws(StoreLaws):
    """What was said leaves a history when it is asked to, and nothing else does."""

    @needs(Capability.REDACT)
    def test_a_payload_goes_and_the_rest_of_its_entry_stays(self, store: OwningStore[Any]) -> None:
        first, second, third = self._three(store)
        with store.begin(write=True) as tx:
            assert self._of(store).redact(tx, REF, [1], by=4, undelivered=False) == (1,)
        gone = attrs.evolve(_closed(first), payload=None, redacted=4)
        with store.begin(write=False) as tx:
            assert store.history(tx, REF) == [gone, _closed(second), _closed(third)]
            assert store.keyed(tx, REF.tenant, "k") == (REF, gone)
        assert self.read(store) == third.snapshot

    @needs(Capability.REDACT)
    def test_an_entry_without_anything_to_take_is_left(self, store: OwningStore[Any]) -> None:
        first = opening(REF)
        second = step(first.snapshot)
        assert second.entry.payload is None
        self.write(store, first, second)
        with store.begin(write=True) as tx:
            assert self._of(store).redact(tx, REF, [1, 2], by=3, undelivered=False) == (1,)
            assert store.history(tx, REF, after=1) == [_closed(second)]

    @needs(Capability.REDACT, Capability.OUTBOX)
    def test_messages_go_with_what_was_said(self, store: OwningStore[Any]) -> None:
        first, second, third = self._three(store)
        with store.begin(write=True) as tx:
            assert self._of(store).redact(tx, REF, [1, 2], by=4, undelivered=True) == (1, 2)
            assert self.messages(store, tx, REF) == [(3, m) for m in third.messages]
            assert self.messages(store, tx, _OTHER) == [(1, m) for m in first.messages]
            assert second.entry.payload is None
            assert store.history(tx, REF)[1].redacted == 4

    @needs(Capability.REDACT, Capability.OUTBOX)
    def test_messages_that_wait_are_not_taken_unasked(self, store: OwningStore[Any]) -> None:
        self._three(store)
        before = self.everything(store)
        with store.begin(write=True) as tx, pytest.raises(CannotRedact) as refused:
            self._of(store).redact(tx, REF, [2, 3], by=4, undelivered=False)
        assert {each.where for each in refused.value.problems} == {"entries[2]", "entries[3]"}
        assert self.everything(store) == before

    @needs(Capability.REDACT)
    def test_other_cases_stay_and_the_case_goes_on(self, store: OwningStore[Any]) -> None:
        _, _, third = self._three(store)
        others = [_OTHER, Ref("project-18", REF.id)]
        self.write(store, opening(others[1]))
        before = self._of_each(store, others)
        with store.begin(write=True) as tx:
            self._of(store).redact(tx, REF, [1, 2, 3], by=4, undelivered=True)
            fourth = step(third.snapshot)
            assert store.apply(tx, [fourth]) == [Outcome.MOVED]
        with store.begin(write=False) as tx:
            assert store.history(tx, REF, after=3) == [fourth.entry]
        assert self._of_each(store, others) == before

    @needs(Capability.REDACT)
    def test_what_was_taken_is_back_when_the_transaction_fails(
        self, store: OwningStore[Any]
    ) -> None:
        self._three(store)
        before = self.everything(store)

        def fail() -> None:
            with store.begin(write=True) as tx:
                self._of(store).redact(tx, REF, [1, 2, 3], by=4, undelivered=True)
                raise KeyError(REF)

        with pytest.raises(KeyError):
            fail()
        assert self.everything(store) == before

    def _of_each(self, store: OwningStore[Any], refs: list[Ref]) -> list[Any]:
        with store.begin(write=False) as tx:
            return [*store.load(tx, refs), *(store.history(tx, ref) for ref in refs)]

    def _of(self, store: OwningStore[Any]) -> RedactingStore[Any]:
        return cast("RedactingStore[Any]", store)

    def _three(self, store: OwningStore[Any]) -> tuple[Change, Change, Change]:
        """Write three steps of one case, the later two with messages, and one of another."""
        first = opening(REF, key="k")
        second = step(first.snapshot, messages=1)
        third = step(second.snapshot, messages=2)
        self.write(store, first, second, third, opening(_OTHER, key="other"))
        return first, second, third


def _closed(change: Change) -> StoredEntry:
    """Return an entry as it is once a redaction has come after it."""
    return attrs.evolve(change.entry, data_hash="")
