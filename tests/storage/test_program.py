"""A database does what the memory store does, whatever the program."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propflow.storage import Change, MemoryStore, Query, Ref
from propflow.storage.sqlalchemy import SQLStore

from .changes import NOON, WORKFLOW, empty, opening, step

TENANTS = ("", "t")
IDS = ("a", "A", "b")
KEYS = ("k1", "k2", "k3", "k4")
STATES = ("requested", "lent", "returned")
VALUES = ("1", "1 ", "x" * 70)
MOMENTS = tuple(NOON + timedelta(microseconds=n) for n in range(3))

refs = st.builds(Ref, st.sampled_from(TENANTS), st.sampled_from(IDS))
keys = st.none() | st.sampled_from(KEYS)
states = st.sampled_from(STATES)
values = st.sampled_from(VALUES)
places = st.tuples(st.sampled_from(MOMENTS), st.sampled_from(IDS))


@attrs.frozen
class Write:
    """Open or move cases in one transaction, and commit it or not."""

    attempts: Sequence[tuple[Ref, int | None, str, str | None, tuple[str, str], int]]
    commit: bool


@attrs.frozen
class Find:
    """Search, and hold what is found or not."""

    query: Query
    lock: bool


attempts = st.tuples(
    refs,
    # How far from the revision that it should expect; `None` opens.
    st.sampled_from((None, 0, 0, 0, -1, 1)),
    states,
    keys,
    st.tuples(values, values),
    st.integers(0, 2),
)
queries = st.builds(
    Query,
    st.sampled_from(TENANTS),
    st.just(WORKFLOW),
    st.none() | st.lists(states, max_size=3).map(tuple),
    st.dictionaries(st.sampled_from(("f", "g")), values).map(lambda d: tuple(d.items())),
    st.none() | places,
    st.integers(1, 4),
)
operations = st.builds(
    Write, st.lists(attempts, min_size=1, max_size=3), st.sampled_from((True, True, False))
) | st.builds(Find, queries, st.booleans())
programs = st.lists(operations, min_size=50, max_size=50)


class RolledBack(Exception):
    """The transaction is to be undone."""


def run(store: Any, program: Sequence[Write | Find]) -> list[Any]:
    """Carry a program out; return every answer, and in the end everything there is."""
    answers = [_do(store, operation) for operation in program]
    with store.begin(write=False) as tx:
        every = [Ref(tenant, id_) for tenant in TENANTS for id_ in IDS]
        answers.append(store.load(tx, every))
        answers += [(store.history(tx, ref), store.outbox(tx, ref)) for ref in every]
        answers += [store.keyed(tx, tenant, key) for tenant in TENANTS for key in KEYS]
    return answers


def _do(store: Any, operation: Write | Find) -> Any:
    if isinstance(operation, Find):
        with store.begin(write=operation.lock) as tx:
            return store.find(tx, operation.query, lock=operation.lock)
    outcomes = []
    with suppress(RolledBack), store.begin(write=True) as tx:
        for attempt in operation.attempts:
            outcomes += store.apply(tx, _changes(store, tx, *attempt))
        if not operation.commit:
            raise RolledBack
    return outcomes


def _changes(store, tx, ref, offset, state, key, pair, messages) -> list[Change]:
    indexed = (("f", pair[0]), ("g", pair[1]))
    more = {"state": state, "key": key, "indexed": indexed, "messages": messages}
    (before,) = store.load(tx, [ref])
    if offset is None or before is None:
        moment = MOMENTS[(len(state) + messages) % 3]
        first = opening(ref, opened_at=moment, **more)
        if offset is None or offset == 0:
            return [first, step(first.snapshot, state=state, indexed=indexed)]
        before = first.snapshot
    before = attrs.evolve(before, revision=max(1, before.revision + offset))
    return [step(before, **more)]


def test_sqlite_does_what_memory_does():
    """One database for all programs: opening one for each would take most of the time."""
    database = SQLStore("sqlite://")
    database.create_tables()

    @given(programs)
    def same(program: Sequence[Write | Find]) -> None:
        empty(database)
        assert run(database, program) == run(MemoryStore(), program)

    same()
    database.close()


@pytest.mark.parametrize("server", ["postgres_store", "mariadb_store"])
def test_servers_do_what_memory_does(server, request):
    database = request.getfixturevalue(server)

    @settings(max_examples=max(5, settings.default.max_examples // 10))
    @given(programs)
    def same(program: Sequence[Write | Find]) -> None:
        empty(database)
        assert run(database, program) == run(MemoryStore(), program)

    same()
