"""Many changes at once, on every database: each with the outcome that it has alone."""

from __future__ import annotations

import attrs
import pytest

from propflow.decision.due import Due
from propflow.storage import MemoryStore, Outcome, Query, Ref

from .changes import NOON, WORKFLOW, opening, step

MOVED, STALE, DUPLICATE = Outcome.MOVED, Outcome.STALE, Outcome.DUPLICATE


@pytest.fixture(params=["memory", "sqlite_store", "postgres_store", "mariadb_store"])
def store(request):
    return MemoryStore() if request.param == "memory" else request.getfixturevalue(request.param)


def write(store, *changes) -> list[Outcome]:
    with store.begin(write=True) as tx:
        return store.apply(tx, changes)


def test_of_many_moves_the_good_ones_are_made(store):
    firsts = [opening(Ref("t", str(n)), indexed=(("field", str(n)),)) for n in range(6)]
    write(store, *firsts, opening(Ref("t", "other"), key="used"))
    moves = [
        step(first.snapshot, indexed=(("field", "x"),), messages=n, key=f"k{n}")
        for n, first in enumerate(firsts)
    ]
    moves[2] = step(attrs.evolve(firsts[2].snapshot, revision=9), messages=1)
    moves[4] = step(firsts[4].snapshot, key="used", messages=1)
    wanted = [MOVED, MOVED, STALE, MOVED, DUPLICATE, MOVED]
    assert write(store, *moves) == wanted
    assert write(store, *moves[:2]) == [STALE, STALE]
    with store.begin(write=False) as tx:
        found = store.find(tx, Query("t", WORKFLOW, where=(("field", "x"),)))
        assert [case.ref.id for case in found] == list("0135")
        for n, (first, move) in enumerate(zip(firsts, moves, strict=True)):
            made = wanted[n] is MOVED
            ref = first.snapshot.ref
            assert store.load(tx, [ref]) == [move.snapshot if made else first.snapshot]
            assert len(store.history(tx, ref)) == 1 + made
            assert len(store.outbox(tx, ref)) == (n if made else 0)


def test_changes_that_depend_on_each_other_go_in_order(store):
    first, other = opening(Ref("t", "1"), key="k"), opening(Ref("t", "2"))
    second = step(first.snapshot, messages=1)
    late = step(first.snapshot)
    taken = step(other.snapshot, key="k")
    changes = [first, other, second, late, taken, step(second.snapshot, key="k2")]
    assert write(store, *changes) == [MOVED, MOVED, MOVED, STALE, DUPLICATE, MOVED]
    with store.begin(write=False) as tx:
        assert [e.revision for e in store.history(tx, Ref("t", "1"))] == [1, 2, 3]
        assert [e.revision for e in store.history(tx, Ref("t", "2"))] == [1]


def test_the_deadlines_of_many_changes_begin_and_end_together(store):
    due = Due("soon", 1, NOON)
    firsts = [
        attrs.evolve(opening(Ref(tenant, str(n))), begun=(due, attrs.evolve(due, deadline="late")))
        for tenant in "tu"
        for n in range(3)
    ]
    assert write(store, *firsts) == [MOVED] * 6
    again = Due("soon", 2, NOON)
    moves = [attrs.evolve(step(first.snapshot), ended=("soon",)) for first in firsts]
    moves[0] = attrs.evolve(moves[0], begun=(again,))
    moves[1] = attrs.evolve(step(firsts[1].snapshot), ended=("soon", "late"))
    moves[5] = attrs.evolve(step(attrs.evolve(firsts[5].snapshot, revision=9)), ended=("soon",))
    # The last of them begins one that the next change of the same case ends.
    short = attrs.evolve(step(moves[4].snapshot), begun=(Due("soon", 3, NOON),))
    over = attrs.evolve(step(short.snapshot), ended=("soon",))
    assert write(store, *moves, short, over) == [*[MOVED] * 5, STALE, MOVED, MOVED]
    with store.begin(write=False) as tx:
        left = [[each.deadline for each in store.due(tx, c.snapshot.ref)] for c in firsts]
        assert store.due(tx, firsts[0].snapshot.ref) == [attrs.evolve(due, deadline="late"), again]
    assert left == [["late", "soon"], [], ["late"], ["late"], ["late"], ["late", "soon"]]


def test_a_field_that_is_indexed_no_more_is_found_no_more(store):
    firsts = [opening(Ref("t", str(n)), indexed=(("a", "1"), ("b", str(n)))) for n in range(3)]
    write(store, *firsts)
    moves = [step(firsts[0].snapshot, indexed=(("b", "x"),))]
    moves += [step(first.snapshot) for first in firsts[1:]]
    assert write(store, *moves) == [MOVED] * 3
    with store.begin(write=False) as tx:
        for field, value, wanted in (("a", "1", "12"), ("b", "x", "0"), ("b", "2", "2")):
            query = Query("t", WORKFLOW, where=((field, value),))
            if isinstance(store, MemoryStore):
                continue  # it forgets the values of a change that names none
            assert [case.ref.id for case in store.find(tx, query)] == list(wanted)
