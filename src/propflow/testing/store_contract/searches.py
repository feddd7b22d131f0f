"""A search finds what matches, all of it, page by page and in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeAlias

import attrs
import pytest

from propflow.definition import MIGRATED
from propflow.storage import Change, OwningStore, Query, Ref, Snapshot
from propflow.testing.store_contract.changes import NOON, WORKFLOW, opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws

_Matches: TypeAlias = Callable[[Change], bool]

_ANY = Query("t", WORKFLOW)
_BOTH = (("borrower", '"u1'), ("key", "3"))

_QUERIES: Sequence[tuple[Query, _Matches]] = (
    (_ANY, lambda _: True),
    (attrs.evolve(_ANY, states=("lent",)), lambda c: c.snapshot.state == "lent"),
    (
        attrs.evolve(_ANY, states=("lent", "lent", "requested", "none")),
        lambda c: c.snapshot.state != "returned",
    ),
    (attrs.evolve(_ANY, states=()), lambda _: False),
    (attrs.evolve(_ANY, states=("none",)), lambda _: False),
    (attrs.evolve(_ANY, where=_BOTH[:1]), lambda c: c.indexed[0] == _BOTH[0]),
    (
        attrs.evolve(_ANY, states=("lent", "returned"), where=_BOTH),
        lambda c: c.snapshot.state != "requested" and c.indexed == _BOTH,
    ),
    (attrs.evolve(_ANY, where=(("key", '"u1'),)), lambda _: False),
    (attrs.evolve(_ANY, where=(("key", "1"), ("key", "2"))), lambda _: False),
    (Query("t", "none"), lambda _: False),
)


class SearchLaws(StoreLaws):
    """A search finds what matches, all of it, page by page and in order."""

    def fill(self, store: OwningStore[Any]) -> list[Change]:
        """Write 60 cases in an order of their own; return them in the order of a page."""
        changes = [
            opening(
                Ref("t", f"{n * 7 % 60:02}"),
                opened_at=NOON + timedelta(microseconds=n * 7 % 60 // 4),
                state=("requested", "lent", "returned")[n % 3],
                indexed=(("borrower", f'"u{n % 4}'), ("key", str(n % 5))),
            )
            for n in range(60)
        ]
        self.write(store, *changes)
        issue = opening(Ref("t", "other"), workflow="issue", state="lent", indexed=_BOTH)
        self.write(store, issue)
        return sorted(changes, key=lambda c: (c.snapshot.opened_at, c.snapshot.ref.id))

    @pytest.mark.parametrize("lock", [False, True], ids=["plain", "locking"])
    @pytest.mark.parametrize(("query", "matches"), _QUERIES, ids=range(len(_QUERIES)))
    def test_finds_what_matches_page_by_page(
        self, store: OwningStore[Any], query: Query, matches: _Matches, *, lock: bool
    ) -> None:
        wanted = [c.snapshot for c in self.fill(store) if matches(c)]
        found: list[Snapshot] = []
        for _ in range(20):
            with store.begin(write=lock) as tx:
                page = store.find(tx, attrs.evolve(query, limit=7), lock=lock)
            found += page
            if len(page) < 7:
                break
            query = attrs.evolve(query, after=(page[-1].opened_at, page[-1].ref.id))
        assert found == wanted

    def test_finds_a_case_where_it_is_now(self, store: OwningStore[Any]) -> None:
        first = opening(REF, indexed=(("borrower", '"u7'), ("key", "1")))
        self.write(store, first)
        second = step(first.snapshot, indexed=(("borrower", '"u8'), ("key", "1")))
        self.write(store, second)
        query = Query(REF.tenant, WORKFLOW)
        assert self.found(store, attrs.evolve(query, states=("requested",))) == []
        assert self.found(store, attrs.evolve(query, states=("lent",))) == [REF.id]
        assert self.found(store, attrs.evolve(query, where=(("borrower", '"u7'),))) == []
        assert self.found(store, attrs.evolve(query, where=(("borrower", '"u8'),))) == [REF.id]
        assert self.found(store, attrs.evolve(query, where=(("key", "1"),))) == [REF.id]

    def test_a_migration_without_values_leaves_none_of_before(
        self, store: OwningStore[Any]
    ) -> None:
        first = opening(REF, indexed=(("borrower", '"u7'), ("deposit", "1")))
        second = step(first.snapshot)
        second = attrs.evolve(second, entry=attrs.evolve(second.entry, event=MIGRATED))
        query = Query(REF.tenant, WORKFLOW, where=(("borrower", '"u7'),))
        self.write(store, first)
        assert self.found(store, query) == [REF.id]
        self.write(store, second)
        assert self.found(store, query) == []
        assert self.found(store, Query(REF.tenant, WORKFLOW)) == [REF.id]
