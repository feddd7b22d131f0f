"""What is SQLite's own: how its connections are set up, how transactions begin, who waits."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    StaticPool,
    create_engine,
    event,
    inspect,
    text,
)

from propflow.errors import StoreUnavailable
from propflow.storage import Outcome, Ref
from propflow.storage.sqlalchemy import SQLStore

from .changes import opening, step

REF = Ref("", "1")


@pytest.fixture
def engine(sqlite) -> Iterator[Engine]:
    """An engine of the host's."""
    engine = create_engine(sqlite, connect_args={"timeout": 0.05})
    yield engine
    engine.dispose()


def begun_by_events(engine: Engine, statement: str) -> None:
    """Make an engine begin as SQLAlchemy's manual advises."""

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def test_nothing_is_opened_before_it_is_used(tmp_path):
    path = tmp_path / "property.db"
    store = SQLStore(f"sqlite:///{path}")
    assert not path.exists()
    store.create_tables()
    assert path.exists()
    store.close()


def test_connections_of_ours_are_durable_and_wait(sqlite):
    store = SQLStore(sqlite)
    wanted = {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 10_000}
    with store.begin(write=False) as tx:
        found = {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
    assert found == wanted
    store.close()


def test_the_url_may_say_how_long_to_wait(sqlite):
    store = SQLStore(f"{sqlite}?timeout=0.05")
    with store.begin(write=False) as tx:
        assert tx.exec_driver_sql("PRAGMA busy_timeout").scalar() == 50
    store.close()


def test_a_file_in_which_somebody_writes_is_waited_for(sqlite):
    writer = sqlite3.connect(sqlite.removeprefix("sqlite:///"), check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    # SQLite itself does not wait here: it fails to switch to writing ahead at once.
    timer = threading.Timer(0.3, writer.close)
    store = SQLStore(sqlite)
    timer.start()
    store.create_tables()
    timer.join()
    store.close()


def test_a_file_in_which_somebody_writes_for_too_long_is_said_to_be_locked(sqlite):
    writer = sqlite3.connect(sqlite.removeprefix("sqlite:///"))
    writer.execute("BEGIN IMMEDIATE")
    store = SQLStore(f"{sqlite}?timeout=0.05")
    with pytest.raises(StoreUnavailable, match="locked by another writer"):
        store.create_tables()
    store.close()
    writer.close()


def test_connections_of_the_host_stay_as_they_are(engine):
    SQLStore(engine).create_tables()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 0


def test_closing_leaves_the_engine_of_the_host():
    engine = create_engine("sqlite://", poolclass=StaticPool)
    store = SQLStore(engine)
    store.create_tables()
    store.close()
    # A database in memory would be gone with its connection.
    assert inspect(engine).has_table("propflow_case")
    engine.dispose()


@pytest.mark.parametrize("begin", [None, "BEGIN", "BEGIN IMMEDIATE"])
def test_a_writer_holds_the_lock_from_the_start(sqlite, engine, begin):
    if begin is not None:
        begun_by_events(engine, begin)
    store = SQLStore(engine)
    store.create_tables()
    with store.begin(write=True) as tx:
        other = sqlite3.connect(sqlite.removeprefix("sqlite:///"), timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
        assert store.apply(tx, [opening(REF)]) == [Outcome.MOVED]
    with store.begin(write=False) as tx:
        assert store.load(tx, [REF]) == [opening(REF).snapshot]


@pytest.mark.parametrize("begin", [None, "BEGIN"])
def test_a_reader_takes_no_lock_and_sees_one_moment(sqlite, engine, begin):
    if begin is not None:
        begun_by_events(engine, begin)
    writer = SQLStore(sqlite)  # makes the file one with a log, where readers see a snapshot
    writer.create_tables()
    first = opening(REF)
    with writer.begin(write=True) as tx:
        writer.apply(tx, [first])
    reader = SQLStore(engine)
    with reader.begin(write=False) as tx:
        assert reader.load(tx, [REF]) == [first.snapshot]
        with writer.begin(write=True) as other:
            writer.apply(other, [step(first.snapshot)])
        assert reader.load(tx, [REF]) == [first.snapshot]
        assert len(reader.history(tx, REF)) == 1
    writer.close()


def test_what_the_host_wrote_is_committed_with_the_step(engine):
    begun_by_events(engine, "BEGIN")
    store = SQLStore(engine)
    store.create_tables()
    with store.begin(write=True) as tx:
        tx.exec_driver_sql("CREATE TABLE host (n)")
        store.apply(tx, [opening(REF)])
    assert inspect(engine).has_table("host")


def test_writers_wait_for_each_other(sqlite):
    store = SQLStore(sqlite)
    store.create_tables()
    first = opening(REF)
    seen: list[int] = []

    def follow() -> None:
        with store.begin(write=True) as tx:
            (snapshot,) = store.load(tx, [REF])
            seen.append(snapshot.revision)

    with store.begin(write=True) as tx:
        store.apply(tx, [first])
        thread = threading.Thread(target=follow)
        thread.start()
        store.apply(tx, [step(first.snapshot)])
    thread.join()
    assert seen == [2]
    store.close()


def test_many_may_create_the_tables_at_once(sqlite):
    stores = [SQLStore(sqlite) for _ in range(6)]
    start = threading.Barrier(len(stores))
    raised: list[BaseException] = []

    def create(store: SQLStore) -> None:
        start.wait()
        try:
            store.create_tables()
        except BaseException as error:  # noqa: BLE001 - a thread's error is seen here alone
            raised.append(error)

    threads = [threading.Thread(target=create, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []
    with stores[0].begin(write=True) as tx:
        assert stores[0].apply(tx, [opening(REF)]) == [Outcome.MOVED]
    for store in stores:
        store.close()


def test_a_database_in_memory_is_one_for_all_threads():
    store = SQLStore("sqlite://")
    store.create_tables()
    with store.begin(write=True) as tx:
        store.apply(tx, [opening(REF)])
    found = []

    def read() -> None:
        with store.begin(write=False) as tx:
            found.extend(store.load(tx, [REF]))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert found == [opening(REF).snapshot]
    store.close()
    with pytest.raises(StoreUnavailable):
        store.begin(write=False).__enter__()


def test_two_databases_in_memory_are_apart():
    one, other = SQLStore("sqlite://"), SQLStore("sqlite:///:memory:")
    one.create_tables()
    with other.begin(write=False) as tx:
        assert inspect(tx).get_table_names() == []
    one.close()
    other.close()


def test_a_history_has_its_case(sqlite_store):
    with sqlite_store.begin(write=True) as tx:
        sqlite_store.apply(tx, [opening(REF)])
        with pytest.raises(Exception, match="FOREIGN KEY"):
            tx.execute(text("DELETE FROM propflow_case"))


def test_the_tables_have_the_names_that_the_host_wants(engine):
    metadata = MetaData()
    with engine.begin() as connection:
        connection.exec_driver_sql("ATTACH ':memory:' AS wy")
        store = SQLStore(engine, prefix="pf$", schema="wy", metadata=metadata)
        metadata.create_all(connection)
        assert store.apply(connection, [opening(REF, messages=1)]) == [Outcome.MOVED]
        assert connection.exec_driver_sql('SELECT id FROM wy."pf$case"').scalar() == "1"
        assert store.load(connection, [REF]) == [opening(REF).snapshot]
    assert set(metadata.tables) == {
        f"wy.pf${name}"
        for name in ("case", "history", "outbox", "indexed", "turn", "deadline", "parked")
    }


def test_two_stores_may_share_metadata(engine):
    metadata = MetaData()
    one, other = SQLStore(engine, metadata=metadata), SQLStore(engine, metadata=metadata)
    one.create_tables()
    with other.begin(write=True) as tx:
        assert other.apply(tx, [opening(REF)]) == [Outcome.MOVED]


def test_moments_are_text_that_sqlite_understands(sqlite_store):
    with sqlite_store.begin(write=True) as tx:
        sqlite_store.apply(tx, [opening(REF)])
        row = tx.exec_driver_sql(
            "SELECT opened_at, strftime('%H:%M:%f', opened_at) FROM propflow_case"
        ).one()
    assert tuple(row) == ("2026-05-01T12:00:00.123456Z", "12:00:00.123")
