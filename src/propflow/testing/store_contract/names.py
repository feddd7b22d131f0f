"""Ids, keys, states and values compare byte for byte, and tenants do not see each other."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from propflow.storage import Outcome, OwningStore, Query, Ref
from propflow.testing.store_contract.changes import NOON, WORKFLOW, opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws

_MOVED, _STALE = Outcome.MOVED, Outcome.STALE

NAMES = ("a", "A", "ä", "a\u0308", "a ", " a", "a\u200b", "ß", "ss", "😀", "a%", "a_", "a/b")
"""Names that databases, and people, may take for each other."""


class NameLaws(StoreLaws):
    """Ids, keys, states and values compare byte for byte."""

    def test_ids_and_tenants_compare_byte_for_byte(self, store: OwningStore[Any]) -> None:
        tenants = ("t", "T", "t ")
        refs = [Ref(tenant, name) for tenant in tenants for name in NAMES]
        assert set(self.write(store, *map(opening, refs))) == {_MOVED}
        with store.begin(write=False) as tx:
            assert [case and case.ref for case in store.load(tx, refs)] == refs
            assert [len(store.history(tx, ref)) for ref in refs] == [1] * len(refs)
            for tenant in tenants:
                assert len(store.find(tx, Query(tenant, WORKFLOW))) == len(NAMES)
            assert store.load(tx, [Ref("t", "á"), Ref("t\t", "a")]) == [None, None]

    def test_keys_compare_byte_for_byte(self, store: OwningStore[Any]) -> None:
        changes = [opening(Ref("t", str(n)), key=key) for n, key in enumerate(NAMES)]
        assert set(self.write(store, *changes)) == {_MOVED}
        with store.begin(write=False) as tx:
            found = [store.keyed(tx, "t", key) for key in NAMES]
        assert found == [(change.snapshot.ref, change.entry) for change in changes]

    def test_states_and_values_compare_byte_for_byte(self, store: OwningStore[Any]) -> None:
        self.write(
            store,
            *(
                opening(Ref("t", str(n)), state=name, indexed=(("field", name),))
                for n, name in enumerate(NAMES)
            ),
        )
        for n, name in enumerate(NAMES):
            assert self.found(store, Query("t", WORKFLOW, states=(name,))) == [str(n)]
            assert self.found(store, Query("t", WORKFLOW, where=(("field", name),))) == [str(n)]

    def test_names_may_have_255_characters(self, store: OwningStore[Any]) -> None:
        ref = Ref("租" * 255, "😀" * 255)
        change = opening(ref, key="键" * 255)
        assert self.write(store, change) == [_MOVED]
        assert self.read(store, ref) == change.snapshot
        with store.begin(write=False) as tx:
            assert store.keyed(tx, ref.tenant, "键" * 255) == (ref, change.entry)

    def test_cases_of_one_moment_come_in_the_order_of_their_bytes(
        self, store: OwningStore[Any]
    ) -> None:
        self.write(store, *(opening(Ref("t", name)) for name in NAMES))
        ordered = sorted(NAMES)
        assert self.found(store, Query("t", WORKFLOW)) == ordered
        for n, name in enumerate(ordered):
            assert self.found(store, Query("t", WORKFLOW, after=(NOON, name))) == ordered[n + 1 :]

    @pytest.mark.parametrize(
        "text", ["x" * 64, "x" * 65, "x" * 100_000, "\0", "", '"中文 😀'], ids=range(6)
    )
    def test_indexed_values_may_be_any_text(self, store: OwningStore[Any], text: str) -> None:
        near = text + "x"
        self.write(
            store,
            opening(Ref("t", "1"), indexed=(("field", text),)),
            opening(Ref("t", "2"), indexed=(("field", near),)),
        )
        assert self.found(store, Query("t", WORKFLOW, where=(("field", text),))) == ["1"]
        assert self.found(store, Query("t", WORKFLOW, where=(("field", near),))) == ["2"]


class TenantLaws(StoreLaws):
    """Tenants do not see each other."""

    def test_tenants_do_not_see_each_other(self, store: OwningStore[Any]) -> None:
        mine = opening(Ref("mine", "1"), key="k", indexed=(("borrower", '"u7'),), messages=1)
        theirs = Ref("theirs", "1")
        self.write(store, mine)
        assert self.everything(store, theirs) == ([None], [], None, [], [], [], [])
        moved = step(attrs.evolve(mine.snapshot, ref=theirs))
        assert self.write(store, moved, opening(theirs, key="k")) == [_STALE, _MOVED]
        assert self.read(store, mine.snapshot.ref) == mine.snapshot

    def test_a_tenant_has_its_own_cases_keys_and_history(self, store: OwningStore[Any]) -> None:
        for tenant in ("", "other", REF.tenant):
            first = opening(Ref(tenant, REF.id), state=f"of {tenant}", key="k")
            second = step(first.snapshot, state=f"still of {tenant}")
            assert self.write(store, first, second) == [_MOVED, _MOVED]
        for tenant in ("", "other", REF.tenant):
            cases, history, keyed, found, *_ = self.everything(store, Ref(tenant, REF.id))
            assert [case.state for case in cases] == [f"still of {tenant}"]
            assert [entry.target for entry in history] == [f"of {tenant}", f"still of {tenant}"]
            assert keyed == (Ref(tenant, REF.id), history[0])
            assert found == cases
