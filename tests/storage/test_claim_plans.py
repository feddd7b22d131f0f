"""What is due is found through an index, and what commits late is found too."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest
from sqlalchemy import create_engine, event, text

from propflow.decision.due import Due
from propflow.storage import Kind, Ref, Settlement, Verdict, Wanted
from propflow.storage.sqlalchemy import SQLStore

from .changes import NOON, opening
from .test_plans import Plans

LATER = NOON + timedelta(days=1)
HOUR = timedelta(hours=1)


def filled(store, cases=300):
    changes = [
        attrs.evolve(
            opening(Ref("t", str(n)), messages=2),
            begun=(Due("soon", 1, NOON + timedelta(seconds=n)),),
        )
        for n in range(cases)
    ]
    with store.begin(write=True) as tx:
        store.apply(tx, changes)


def claim(store, kind, token, now=LATER):
    with store.begin(write=True) as tx:
        return store.claim(tx, Wanted(kind, "t", now, 5, token, HOUR, ("Notify",)))


@pytest.fixture(params=[False, True], ids=["fresh", "analyzed"])
def planned(request, sqlite):
    engine = create_engine(sqlite)
    store = SQLStore(engine)
    store.create_tables()
    filled(store)
    if request.param:
        with store.begin(write=True) as tx:
            tx.exec_driver_sql("ANALYZE")
    plans = Plans()
    event.listen(engine, "before_cursor_execute", plans.note)
    yield store, plans
    engine.dispose()


@pytest.mark.parametrize("kind", Kind)
def test_what_is_due_is_claimed_through_its_index(planned, kind):
    store, plans = planned
    claims = claim(store, kind, "a")
    assert len(claims) == 5
    with store.begin(write=True) as tx:
        store.hold(tx, claims, HOUR)
        store.settle(tx, [Settlement(each, Verdict.DONE) for each in claims])
        store.next_moment(tx, kind, "t")
        store.failing(tx, kind, "t", limit=3)
        store.waiting(tx, kind, "t", limit=3)
    assert plans.scans() == []
    table = "outbox" if kind is Kind.OUTBOX else "deadline"
    assert any(f"propflow_{table}_by_moment" in step for step in plans.steps)


def provisional(store, cases=300):
    """Rows of which every hundredth is provisional, by data of its own."""
    changes = [
        attrs.evolve(
            opening(Ref("t", f"p{n}")),
            begun=(Due("late", 1, LATER, calendar="" if n % 100 else f"b{n}"),),
        )
        for n in range(cases)
    ]
    with store.begin(write=True) as tx:
        store.apply(tx, changes)


def claim_others(store, *known):
    wanted = Wanted(Kind.DEADLINES, "t", NOON, 9, str(known), HOUR, other_than=known)
    with store.begin(write=True) as tx:
        return {each.ref.id for each in store.claim(tx, wanted)}


def test_what_other_data_may_change_is_claimed_through_its_index(planned):
    store, plans = planned
    provisional(store)
    assert claim_others(store, "b0", "b100") == {"p200"}
    assert plans.scans() == []
    searches = [step for step in plans.steps if "_by_calendar" in step]
    assert len(searches) == 3  # before the first known, between the two, and after the last
    assert "propflow_deadline_by_moment" not in str(plans.steps)


@pytest.mark.parametrize("server", ["postgres_store", "mariadb_store"])
def test_servers_find_what_other_data_may_change_through_the_index_too(request, server):
    store = request.getfixturevalue(server)
    provisional(store, 2000)
    with store._engine.begin() as connection:
        analyze = "ANALYZE" if server == "postgres_store" else "ANALYZE TABLE"
        connection.execute(text(f"{analyze} propflow_deadline")).close()
    ran = []
    event.listen(
        store._engine,
        "before_cursor_execute",
        lambda _, cursor, statement, parameters, *rest: ran.append((statement, parameters)),
    )
    assert len(claim_others(store, "b0", "b100")) == 9
    searches = [each for each in ran if "calendar >" in each[0]]
    assert len(searches) == 3
    with store.begin(write=True) as tx:
        for search, values in searches:
            rows = tx.exec_driver_sql(f"EXPLAIN {search}", values).all()
            assert "propflow_deadline_by_calendar" in str(rows)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("server", ["postgres_store", "mariadb_store"])
def test_servers_claim_through_the_index_too(request, server, kind):
    store = request.getfixturevalue(server)
    filled(store, 2000)
    table = "outbox" if kind is Kind.OUTBOX else "deadline"
    with store._engine.begin() as connection:
        analyze = "ANALYZE" if server == "postgres_store" else "ANALYZE TABLE"
        connection.execute(text(f"{analyze} propflow_{table}")).close()
    ran = []
    event.listen(
        store._engine,
        "before_cursor_execute",
        lambda _, cursor, statement, parameters, *rest: ran.append((statement, parameters)),
    )
    assert len(claim(store, kind, "a", NOON + HOUR)) == 5
    search, values = next(each for each in ran if "not_before <=" in each[0])
    with store.begin(write=True) as tx:
        rows = tx.exec_driver_sql(f"EXPLAIN {search}", values).all()
    assert f"propflow_{table}_by_moment" in str(rows)


@pytest.mark.parametrize("server", ["postgres_store", "mariadb_store"])
def test_messages_that_commit_out_of_order_are_all_found(request, server):
    """Each transaction is held open while a later one commits and is claimed."""
    store = request.getfixturevalue(server)
    seen = []
    for n in range(20):
        early = opening(Ref("t", f"early {n}"), messages=1)
        late = opening(Ref("t", f"late {n}"), messages=1, opened_at=NOON + HOUR)
        with store.begin(write=True) as held:
            store.apply(held, [early])
            with store.begin(write=True) as tx:
                store.apply(tx, [late])
            claims = claim(store, Kind.OUTBOX, f"a{n}")
            assert [each.ref.id for each in claims] == [f"late {n}"]
            seen += claims
        claims = claim(store, Kind.OUTBOX, f"b{n}")
        assert [each.ref.id for each in claims] == [f"early {n}"]
        seen += claims
    assert len({each.ref for each in seen}) == len(seen) == 40


def failing(store, claims):
    with store.begin(write=True) as tx:
        store.settle(tx, [Settlement(each, Verdict.AGAIN, LATER, "no answer") for each in claims])


def test_what_failed_is_read_along_an_index_of_its_own(planned):
    store, plans = planned
    failing(store, claim(store, Kind.DEADLINES, "a"))
    plans.steps.clear()
    with store.begin(write=True) as tx:
        assert len(store.failing(tx, Kind.DEADLINES, "t", limit=3)) == 3
    assert any("propflow_deadline_failing" in step for step in plans.steps)


@pytest.mark.parametrize("server", ["postgres_store", "mariadb_store"])
def test_servers_read_what_failed_along_it_too(request, server):
    store = request.getfixturevalue(server)
    filled(store, 2000)
    failing(store, claim(store, Kind.DEADLINES, "a", NOON + HOUR))
    with store._engine.begin() as connection:
        analyze = "ANALYZE" if server == "postgres_store" else "ANALYZE TABLE"
        connection.execute(text(f"{analyze} propflow_deadline")).close()
    ran = []
    event.listen(
        store._engine,
        "before_cursor_execute",
        lambda _, cursor, statement, parameters, *rest: ran.append((statement, parameters)),
    )
    with store.begin(write=True) as tx:
        assert len(store.failing(tx, Kind.DEADLINES, "t", limit=30)) == 5
        search, values = next(each for each in ran if "attempts >" in each[0])
        rows = tx.exec_driver_sql(f"EXPLAIN {search}", values).all()
    assert "propflow_deadline_failing" in str(rows)


def test_what_fails_is_listed_no_longer_than_asked(sqlite_store):
    filled(sqlite_store, 10)
    for kind, verdict in ((Kind.DEADLINES, Verdict.AGAIN), (Kind.OUTBOX, Verdict.DEAD)):
        claims = claim(sqlite_store, kind, "a")
        with sqlite_store.begin(write=True) as tx:
            sqlite_store.settle(
                tx, [Settlement(each, verdict, LATER, "no answer") for each in claims]
            )
            assert len(sqlite_store.failing(tx, kind, "t", limit=3)) == 3
            assert len(sqlite_store.failing(tx, kind, "t", limit=30)) == 5
