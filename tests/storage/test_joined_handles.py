"""What can be joined, and what cannot."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import create_engine, text

from propflow import Conflict, Engine, NotFound, Refused
from propflow.errors import InvalidArgument, StoreUnavailable
from propflow.storage import MemoryStore
from propflow.storage.sqlalchemy import SQLStore
from tests.runtime.loans import BORROWER, KeyLoan

from .hosts import OPENING, WORKFLOWS, begun_by_events


@pytest.fixture
def store(host_store):
    return host_store


@pytest.fixture
def engine(host_engine):
    return host_engine


# Handles -----------------------------------------------------------------------------------------


def test_each_engine_is_for_its_handle_and_its_tenant_alone(host, engine):
    with host.connect() as connection:
        flow = engine.joined(connection).scoped("t1")
        flow.start(OPENING, by=BORROWER, id="1")
        other = engine.scoped("t1").joined(connection)
        assert other.get("1", KeyLoan) == flow.get("1", KeyLoan)
        with pytest.raises(NotFound):
            engine.joined(connection).get("1", KeyLoan)
        with pytest.raises(NotFound):
            engine.scoped("t1").get("1", KeyLoan)  # on a connection of its own
        connection.commit()
    assert engine.scoped("t1").get("1", KeyLoan).id == "1"


@pytest.mark.parametrize("call", ["find", "start"])
def test_what_is_no_handle_is_refused(engine, store, call):
    for handle in ("handle", store, MemoryStore()):
        flow = engine.joined(handle)
        with pytest.raises(InvalidArgument, match="neither a session nor a connection"):
            flow.find(KeyLoan) if call == "find" else flow.start(OPENING, by=BORROWER)


def test_a_handle_on_another_kind_of_database_is_refused(postgres):
    store = SQLStore(postgres)
    memory = create_engine("sqlite://")
    with memory.connect() as connection, pytest.raises(InvalidArgument, match="is on sqlite"):
        Engine(store, WORKFLOWS).joined(connection).find(KeyLoan)
    memory.dispose()
    store.close()


def test_a_connection_that_is_closed_is_named(host, engine):
    connection = host.connect()
    connection.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        engine.joined(connection).start(OPENING, by=BORROWER)
    with pytest.raises(StoreUnavailable, match="closed"):
        engine.joined(connection).find(KeyLoan)


def test_a_store_that_is_closed_joins_nothing(host, store, engine):
    store.close()
    with host.connect() as connection, pytest.raises(StoreUnavailable, match="store is closed"):
        engine.joined(connection).find(KeyLoan)


@pytest.mark.parametrize("database", ["postgres", "mariadb"])
def test_a_connection_that_commits_by_itself_is_refused(request, database):
    host = create_engine(request.getfixturevalue(database), isolation_level="AUTOCOMMIT")
    store = SQLStore(host)
    with host.connect() as connection, pytest.raises(InvalidArgument, match="AUTOCOMMIT"):
        Engine(store, WORKFLOWS).joined(connection).start(OPENING, by=BORROWER)
    host.dispose()


def test_a_transaction_that_failed_before_is_named(postgres):
    host = create_engine(postgres)
    SQLStore(host).create_tables()
    with host.connect() as connection:
        with pytest.raises(Exception, match="nowhere"):
            connection.execute(text("SELECT 1 FROM nowhere"))
        with pytest.raises(StoreUnavailable, match="failed before"):
            Engine(SQLStore(host), WORKFLOWS).joined(connection).find(KeyLoan)
        with pytest.raises(StoreUnavailable, match="failed before"):
            Engine(SQLStore(host), WORKFLOWS).joined(connection).start(OPENING, by=BORROWER)
    host.dispose()


def test_a_step_waits_for_no_lock_that_it_cannot_get_after_reading(sqlite):
    """On SQLite a transaction that has read cannot wait for a writer; the host is told."""
    host = create_engine(sqlite, connect_args={"timeout": 0.05})
    begun_by_events(host)
    store = SQLStore(host)
    store.create_tables()
    engine = Engine(store, WORKFLOWS)
    with host.connect() as connection, host.connect() as writer:
        writer.exec_driver_sql("CREATE TABLE held (n)")
        flow = engine.joined(connection)
        with pytest.raises(StoreUnavailable, match="locked"):
            flow.start(OPENING, by=BORROWER)
        writer.rollback()
        assert flow.start(OPENING, by=BORROWER).revision == 1
        connection.commit()
    host.dispose()


# In memory ---------------------------------------------------------------------------------------


def test_the_memory_store_joins_its_own_transactions():
    store = MemoryStore()
    engine = Engine(store, WORKFLOWS)
    with suppress(ZeroDivisionError), store.begin(write=True) as tx:
        engine.joined(tx).start(OPENING, by=BORROWER, id="lost")
        raise ZeroDivisionError
    with store.begin(write=True) as tx:
        flow = engine.joined(tx)
        loan = flow.start(OPENING, by=BORROWER, id="kept")
        with pytest.raises(Refused):
            flow.fire(loan, KeyLoan.lend(), by=BORROWER)
    assert engine.find(KeyLoan).cases == (loan,)


def test_the_memory_store_takes_back_what_a_failed_call_wrote():
    class Loses(MemoryStore):
        def apply(self, tx, changes, **options):
            super().apply(tx, changes, **options)
            raise Conflict("1", 1, 2)

    store = Loses()
    with store.begin(write=True) as tx:
        MemoryStore.apply(store, tx, [])
        with pytest.raises(Conflict):
            Engine(store, WORKFLOWS).joined(tx).start(OPENING, by=BORROWER, key="k")
    assert Engine(store, WORKFLOWS).find(KeyLoan).cases == ()


def test_the_memory_store_refuses_other_transactions():
    store, other = MemoryStore(), MemoryStore()
    engine = Engine(store, WORKFLOWS)
    with other.begin(write=True) as tx, pytest.raises(InvalidArgument, match="no transaction of"):
        engine.joined(tx).find(KeyLoan)
    with store.begin(write=True) as tx:
        pass
    with pytest.raises(StoreUnavailable, match="has ended"):
        engine.joined(tx).find(KeyLoan)
