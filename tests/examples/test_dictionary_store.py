"""The adapter for a service of documents keeps the contract."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from examples.dictionary_store import DictionaryStore, Shelf
from propflow import Actor, Engine
from propflow.errors import StoreUnavailable
from propflow.storage import Query
from propflow.testing import Capability, StoreContract
from propflow.workflows import Issue, roles


class TestDictionaryStore(StoreContract):
    declares = frozenset(Capability) - {Capability.LATEST, Capability.CLAIMS, Capability.REDACT}

    def make_store(self) -> DictionaryStore:
        self.shelf = Shelf()
        return DictionaryStore(self.shelf)

    def reopen(self, store: DictionaryStore) -> DictionaryStore:
        return DictionaryStore(self.shelf)


def test_who_was_slower_gives_way_and_wrote_nothing():
    shelf = Shelf()
    store = DictionaryStore(shelf)
    engine = Engine(store, [Issue])
    lin = Actor("lin", roles=[roles.inspector])
    opening = Issue.record(place="大堂", description="地砖破损")

    def be_slow() -> None:
        with store.begin(write=True) as work:
            work.put("photos/1", "mine")
            engine.joined(work).start(opening, by=lin, id="1")
            engine.start(opening, by=lin, id="1")

    with pytest.raises(StoreUnavailable, match="try it again"):
        be_slow()
    assert engine.get("1", Issue).revision == 1
    assert shelf.get("photos/1") == (0, "")


def test_of_two_that_rely_on_a_search_one_gives_way():
    store = DictionaryStore(Shelf())
    query = Query("", "issue")

    def search(meanwhile: Callable[[], None]) -> None:
        with store.begin(write=True) as work:
            store.find(work, query, lock=True)
            meanwhile()

    with pytest.raises(StoreUnavailable):
        search(lambda: search(lambda: None))
