"""SQLite answers every question of the store through an index."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Connection, create_engine, event

from propflow.storage import Query, Ref
from propflow.storage.sqlalchemy import SQLStore

from .changes import NOON, WORKFLOW, opening, step

AFTER = (NOON, "3")
PAGES = {
    "of a state": Query("t", WORKFLOW, ("lent",)),
    "of a state, further on": Query("t", WORKFLOW, ("lent",), after=AFTER),
    "of several states": Query("t", WORKFLOW, ("lent", "requested"), after=AFTER),
    "of all states": Query("t", WORKFLOW, after=AFTER),
    "of a value": Query("t", WORKFLOW, where=(("borrower", "u1"),)),
    "of a value and a state": Query("t", WORKFLOW, ("lent",), (("borrower", "u1"),), AFTER),
    "of two values": Query("t", WORKFLOW, where=(("borrower", "u1"), ("key", "k")), after=AFTER),
}


class Plans:
    """What SQLite says about each statement that passes."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def note(self, connection: Connection, cursor, statement, parameters, *_) -> None:
        if statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            # By the connection of the driver, or this would note itself.
            plain = connection.connection.dbapi_connection
            values = parameters[0] if isinstance(parameters, list) else parameters
            rows = plain.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            self.steps += [row[3] for row in rows]

    def scans(self) -> list[str]:
        """Return the steps that read a whole table, or a whole index of it."""
        return [step for step in self.steps if step.startswith("SCAN") and "propflow" in step]


@pytest.fixture(params=[False, True], ids=["fresh", "analyzed"])
def planned(request, sqlite):
    engine = create_engine(sqlite)
    store = SQLStore(engine)
    store.create_tables()
    cases = [
        opening(
            Ref("t", str(n)),
            state=("requested", "lent", "returned")[n % 3],
            indexed=(("borrower", f"u{n % 2}"), ("key", "k")),
            opened_at=NOON + timedelta(seconds=n),
        )
        for n in range(300)
    ]
    with store.begin(write=True) as tx:
        store.apply(tx, cases)
        if request.param:
            tx.exec_driver_sql("ANALYZE")
    plans = Plans()
    event.listen(engine, "before_cursor_execute", plans.note)
    yield store, plans
    engine.dispose()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_from_an_index(planned, page):
    store, plans = planned
    with store.begin(write=False) as tx:
        assert store.find(tx, PAGES[page])
    assert plans.scans() == []
    indexes = [step for step in plans.steps if "_by_" in step]
    index = "propflow_indexed_by_value" if "value" in page else "propflow_case_by_"
    assert indexes
    assert all(index in step for step in indexes)
    before_sorts = [
        before
        for before, step in pairwise(plans.steps)
        if step.startswith("USE TEMP B-TREE") and not before.startswith("SCAN anon")
    ]
    # The pages of several states are merged; nothing larger than a page is ever sorted.
    assert before_sorts == []


def test_a_step_touches_nothing_but_its_case(planned):
    store, plans = planned
    ref = Ref("t", "1")
    with store.begin(write=True) as tx:
        assert store.keyed(tx, "t", "k") is None
        (before,) = store.load(tx, [ref], lock=True)
        moved = step(before, key="k", indexed=(("borrower", "u9"), ("key", "k")), messages=2)
        store.apply(tx, [moved, opening(ref), opening(Ref("t", "x"), key="k")])
        store.load(tx, [ref, Ref("t", "2")])
        assert len(store.history(tx, ref)) == 2
        assert len(store.outbox(tx, ref)) == 2
    assert len(plans.steps) > 8
    assert plans.scans() == []
