"""Steps whose case has not arrived are kept, found and forgotten, on every store."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from propflow.storage import MemoryStore, ParkedStep, Ref

from .changes import NOON

STEP = ParkedStep(
    Ref("t", "1"), "k1", "loan", "lend", '{"a":"\\u0000"}', "u7", ("a", "b"), NOON, NOON
)


@pytest.fixture(params=["memory", "sqlite_store", "postgres_store", "mariadb_store"])
def store(request):
    return MemoryStore() if request.param == "memory" else request.getfixturevalue(request.param)


def parked(store, tenant="t", **which):
    with store.begin(write=False) as tx:
        return store.parked(tx, tenant, **which)


def test_a_key_is_parked_once(store):
    later = attrs.evolve(STEP, occurred_at=NOON + timedelta(days=1))
    with store.begin(write=True) as tx:
        assert store.park(tx, STEP)
        assert not store.park(tx, later)
        assert store.park(tx, attrs.evolve(STEP, ref=Ref("u", "1")))
    assert parked(store) == [STEP]


def test_parked_steps_are_found_by_case_by_key_and_page_by_page(store):
    steps = [
        attrs.evolve(STEP, key=key, ref=Ref("t", case), payload=None)
        for key, case in (("B", "1"), ("a", "2"), ("b", "1"))
    ]
    with store.begin(write=True) as tx:
        for step in reversed(steps):
            store.park(tx, step)
    assert parked(store) == steps
    assert parked(store, case_id="1") == [steps[0], steps[2]]
    assert parked(store, key="a") == [steps[1]]
    assert parked(store, after="B", limit=1) == [steps[1]]
    assert parked(store, "other") == []


def test_a_parked_step_is_forgotten_or_marked_and_taken_back_with_the_block(store):
    with store.begin(write=True) as tx:
        store.park(tx, STEP)

    def fail() -> None:
        with store.begin(write=True) as tx:
            store.unpark(tx, STEP, None)
            store.park(tx, attrs.evolve(STEP, key="k2"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert parked(store) == [STEP]
    with store.begin(write=True) as tx:
        store.unpark(tx, STEP, "refused")
    assert parked(store) == [attrs.evolve(STEP, problem="refused")]
    with store.begin(write=True) as tx:
        store.unpark(tx, STEP, None)
        store.unpark(tx, STEP, "gone already")
    assert parked(store) == []
