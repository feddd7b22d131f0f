"""A PostgreSQL behind a network; every server is far when none is near enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from propflow.storage import Outcome, Query, Ref
from propflow.storage.sqlalchemy import SQLStore, connect

from .changes import WORKFLOW, opening, step

REF = Ref("t", "1")


@pytest.fixture
def store(postgres_store, postgres, monkeypatch) -> Iterator[SQLStore]:
    monkeypatch.setattr(connect, "_NEAR", 0)
    store = SQLStore(postgres)
    with store.begin(write=False) as tx:
        assert tx.info[connect.FAR]
    yield store
    store.close()


def read(store):
    with store.begin(write=False) as tx:
        return store.load(tx, [REF]), store.history(tx, REF), store.outbox(tx, REF)


def test_one_change_commits_with_its_write(store):
    first = opening(REF, messages=1)
    with store.begin(write=True) as tx:
        assert store.load(tx, [REF], lock=True) == [None]
        assert store.apply(tx, [first], last=True) == [Outcome.MOVED]
        assert read(store) == ([first.snapshot], [first.entry], [(1, first.messages[0])])


def test_a_change_that_is_not_the_last_waits_for_the_commit(store):
    with store.begin(write=True) as tx:
        assert store.apply(tx, [opening(REF)]) == [Outcome.MOVED]
        assert read(store) == ([None], [], [])
    assert len(read(store)[1]) == 1


def test_a_stale_change_that_is_the_last_writes_nothing(store):
    first = opening(REF)
    with store.begin(write=True) as tx:
        store.apply(tx, [first, step(first.snapshot)])
    before = read(store)
    late = step(first.snapshot, key="k", messages=1)
    with store.begin(write=True) as tx:
        assert store.apply(tx, [late], last=True) == [Outcome.STALE]
        assert store.load(tx, [REF])[0].revision == 2
    assert read(store) == before


def test_what_is_not_committed_is_taken_back(store):
    def fail() -> None:
        with store.begin(write=True) as tx:
            store.load(tx, [REF], lock=True)
            assert store.apply(tx, [opening(REF)]) == [Outcome.MOVED]
            raise KeyError(REF)

    with pytest.raises(KeyError):
        fail()
    assert read(store) == ([None], [], [])


def test_a_connection_begins_anew_when_it_is_used_again(store):
    with store.begin(write=True) as tx:
        store.apply(tx, [opening(REF)], last=True)
    with store.begin(write=True) as tx:
        assert not tx.connection.driver_connection.autocommit
        tx.exec_driver_sql("DELETE FROM propflow_history")
        tx.rollback()
    assert len(read(store)[1]) == 1


def test_a_search_may_come_first(store):
    with store.begin(write=True) as tx:
        store.apply(tx, [opening(REF)])
    with store.begin(write=True) as tx:
        (found,) = store.find(tx, Query("t", WORKFLOW), lock=True)
        assert store.apply(tx, [step(found)], last=True) == [Outcome.MOVED]
    assert len(read(store)[1]) == 2


def test_what_is_joined_ends_with_who_began_it(store):
    with store.begin(write=True) as tx:
        with store.join(tx, write=True) as joined:
            assert store.apply(joined, [opening(REF)], last=True) == [Outcome.MOVED]
        assert read(store) == ([None], [], [])
    assert len(read(store)[1]) == 1
