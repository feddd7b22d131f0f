import threading
import uuid

import pytest
from sqlalchemy import text

from propflow.errors import StoreUnavailable
from propflow.storage import Ref
from propflow.storage.sqlalchemy import SQLStore

from .changes import opening

REF = Ref("kept", uuid.uuid4().hex)
URLS = ["sqlite", "postgres", "mariadb"]


@pytest.fixture(params=URLS)
def store(request):
    made = SQLStore(request.getfixturevalue(request.param))
    made.create_tables()
    yield made
    made.close()


def used(store: SQLStore, *, write: bool = True):
    """Return the connection that a transaction is on."""
    with store.begin(write=write) as tx:
        store.load(tx, [REF])
        return tx, tx.connection.driver_connection


def test_a_connection_is_used_again(store):
    assert used(store) == used(store, write=False) == used(store)


def test_a_host_may_run_statements_on_it(store):
    first, ref = used(store), Ref("kept", uuid.uuid4().hex)
    with store.begin(write=True) as tx:
        assert tx.execute(text("SELECT 1")).scalar() == 1
        store.apply(tx, [opening(ref)])
    assert used(store) == first
    with store.begin(write=False) as tx:
        assert store.load(tx, [ref]) == [opening(ref).snapshot]


def fail_in(store: SQLStore, ref: Ref) -> None:
    with store.begin(write=True) as tx:
        store.apply(tx, [opening(ref)])
        raise KeyError(tx)


def test_one_whose_transaction_came_to_nothing_goes_back_to_the_pool(store):
    ref = Ref("kept", uuid.uuid4().hex)
    with pytest.raises(KeyError) as raised:
        fail_in(store, ref)
    assert raised.value.args[0].closed
    with store.begin(write=True) as tx:
        assert store.load(tx, [ref]) == [None]


@pytest.mark.parametrize(
    "leave",
    [
        lambda tx: tx.execution_options(of_the_host=True),
        lambda tx: tx.close(),
    ],
)
def test_one_on_which_the_host_left_something_goes_back_to_the_pool(store, leave):
    first = used(store)[0]
    with store.begin(write=False) as tx:
        leave(tx)
    assert tx is first
    assert tx.closed
    assert used(store)[0] is not first


def test_everybody_has_a_turn_however_many_they_are(sqlite):
    store = SQLStore(sqlite)
    store.create_tables()
    more_than_the_pool_has = 40
    start = threading.Barrier(more_than_the_pool_has)
    found = []

    def read() -> None:
        start.wait()
        for _ in range(20):
            with store.begin(write=False) as tx:
                found.extend(store.load(tx, [REF]))

    threads = [threading.Thread(target=read) for _ in range(more_than_the_pool_has)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == more_than_the_pool_has * 20
    store.close()


def test_a_waiting_thread_gets_the_connection_of_one_that_ends(sqlite):
    store = SQLStore(sqlite)
    store.create_tables()
    held = [store.begin(write=False) for _ in range(15)]  # as many as SQLAlchemy's pool gives out
    for block in held:
        block.__enter__()
    late = threading.Thread(target=used, args=(store,), kwargs={"write": False})
    late.start()
    late.join(0.2)
    assert late.is_alive()
    held.pop().__exit__(None, None, None)
    late.join(20)
    assert not late.is_alive()
    for block in held:
        block.__exit__(None, None, None)
    store.close()


def test_a_store_that_is_closed_keeps_none(store):
    with store.begin(write=False) as tx:
        store.close()
    assert tx.closed
    with pytest.raises(StoreUnavailable, match="closed"):
        used(store)


def test_those_that_the_server_hung_up_on_are_forgotten_together(postgres):
    store = SQLStore(postgres)
    store.create_tables()
    with store.begin(write=False) as one, store.begin(write=False) as other:
        pids = [tx.execute(text("SELECT pg_backend_pid()")).scalar() for tx in (one, other)]
    judge = SQLStore(postgres)
    with judge.begin(write=False) as tx:
        for pid in pids:
            tx.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    judge.close()
    with pytest.raises(StoreUnavailable, match="hung up"):
        used(store)
    assert used(store)[0] not in (one, other)
    store.close()
