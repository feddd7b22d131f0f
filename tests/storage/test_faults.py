"""A database that fails is named, with what to do; a bug stays a bug."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from propflow.errors import SchemaMissing, StoreUnavailable
from propflow.storage import Outcome, Query, Ref
from propflow.storage.sqlalchemy import SQLStore

from .changes import opening, step

REF = Ref("", "1")
URLS = ["sqlite", "postgres", "mariadb"]
SERVERS = ["postgres", "mariadb"]


def begin(store: SQLStore, *, write: bool = False) -> None:
    with store.begin(write=write):
        pass


@pytest.fixture
def url(request) -> str:
    return request.getfixturevalue(request.param)


USES: dict[str, Callable[[SQLStore, Any], object]] = {
    "load": lambda store, tx: store.load(tx, [REF]),
    "load many": lambda store, tx: store.load(tx, [REF, Ref("", "2")], lock=True),
    "open": lambda store, tx: store.apply(tx, [opening(REF)]),
    "move": lambda store, tx: store.apply(tx, [step(opening(REF).snapshot)]),
    "history": lambda store, tx: store.history(tx, REF),
    "keyed": lambda store, tx: store.keyed(tx, "", "k"),
    "find": lambda store, tx: store.find(tx, Query("", "w", where=(("f", "1"),))),
    "outbox": lambda store, tx: store.outbox(tx, REF),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("url", URLS, indirect=True)
def test_missing_tables(url, use):
    store = SQLStore(url, prefix="absent_")
    missing = pytest.raises(SchemaMissing, match=r"store\.create_tables\(\).*absent_")
    with store.begin(write=False) as tx, missing:
        USES[use](store, tx)
    store.close()


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("url", URLS, indirect=True)
def test_a_connection_that_is_closed(url, use):
    store = SQLStore(url)
    engine = create_engine(url)
    connection = engine.connect()
    connection.close()
    with pytest.raises(StoreUnavailable, match="closed; open a new one"):
        USES[use](store, connection)
    engine.dispose()
    store.close()


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("url", URLS, indirect=True)
def test_a_connection_whose_driver_has_closed_it(url, use):
    store = SQLStore(url)
    store.create_tables()
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.connection.dbapi_connection.close()
        with pytest.raises(StoreUnavailable, match=r"is closed; open a new one|hung up"):
            USES[use](store, connection)
        connection.invalidate()
    engine.dispose()
    store.close()


@pytest.mark.parametrize(
    ("url", "kill"),
    [
        ("postgres", "SELECT pg_terminate_backend({})"),
        ("mariadb", "KILL CONNECTION {}"),
    ],
    indirect=["url"],
)
def test_a_server_that_hangs_up(url, kill):
    store = SQLStore(url)
    store.create_tables()
    own = "SELECT pg_backend_pid()" if "postgres" in url else "SELECT connection_id()"
    other = create_engine(url, isolation_level="AUTOCOMMIT")

    def step_that_is_cut_off() -> None:
        with store.begin(write=True) as tx:
            number = tx.exec_driver_sql(own).scalar()
            with other.connect() as killer:
                killer.exec_driver_sql(kill.format(number))
            store.load(tx, [REF])

    with pytest.raises(StoreUnavailable, match="hung up; see that it runs"):
        step_that_is_cut_off()
    begin(store)  # the next transaction has a connection of its own
    other.dispose()
    store.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql://postgres@127.0.0.1:1/x?connect_timeout=2", "mariadb://root@127.0.0.1:1/x"],
)
def test_a_server_that_is_not_there(url):
    pytest.importorskip("psycopg" if "postgres" in url else "pymysql")
    store = SQLStore(url)
    with pytest.raises(StoreUnavailable, match="cannot be reached; check the URL"):
        begin(store)
    with pytest.raises(StoreUnavailable, match="cannot be reached; check the URL"):
        store.create_tables()
    store.close()


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_a_database_that_is_not_there(url):
    name = make_url(url).database
    store = SQLStore(url.replace(name, "propflow_absent"))
    with pytest.raises(StoreUnavailable, match="propflow_absent"):
        begin(store)
    store.close()


def test_a_schema_that_is_not_there(postgres):
    store = SQLStore(postgres, schema="propflow_absent")
    with pytest.raises(StoreUnavailable, match=r"no such database or schema.*propflow_absent"):
        store.create_tables()
    with store.begin(write=False) as tx, pytest.raises(SchemaMissing):
        store.load(tx, [REF])
    store.close()


@pytest.mark.parametrize(
    ("url", "driver", "package"),
    [
        ("postgresql://localhost/x", "psycopg", r"propflow\[postgres\]"),
        ("mysql://localhost/x", "pymysql", r"propflow\[mariadb\]"),
        ("mariadb://localhost/x", "pymysql", r"propflow\[mariadb\]"),
        ("postgresql+pg8000://localhost/x", "pg8000", "pg8000"),
    ],
)
def test_a_driver_that_is_not_there(monkeypatch, url, driver, package):
    monkeypatch.setitem(sys.modules, driver, None)
    with pytest.raises(StoreUnavailable, match=f"pip install '{package}'"):
        SQLStore(url)


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_two_steps_that_wait_for_each_other(url):
    store = SQLStore(url)
    store.create_tables()
    refs = [Ref("ring", "1"), Ref("ring", "2")]
    with store.begin(write=True) as tx:
        assert store.apply(tx, [opening(ref) for ref in refs]) == [Outcome.MOVED] * 2
    both_hold_one = threading.Barrier(2)

    def hold_both(first: int) -> None:
        with store.begin(write=True) as tx:
            store.load(tx, [refs[first]], lock=True)
            both_hold_one.wait()
            store.load(tx, [refs[1 - first]], lock=True)

    with ThreadPoolExecutor(2) as pool:
        steps = [pool.submit(hold_both, first) for first in (0, 1)]
        errors = [step.exception() for step in steps]
    assert [type(error) for error in errors].count(type(None)) == 1
    (error,) = filter(None, errors)
    assert isinstance(error, StoreUnavailable)
    assert "gave way to another one; roll it back and try the step again" in str(error)
    store.close()


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_a_step_that_waits_too_long(url):
    store = SQLStore(url)
    store.create_tables()
    ref = Ref("waits", "1")
    with store.begin(write=True) as tx:
        store.apply(tx, [opening(ref)])
        with store.begin(write=True) as other:
            wait = "lock_timeout = '50ms'" if "postgres" in url else "innodb_lock_wait_timeout = 1"
            other.exec_driver_sql(f"SET {wait}")
            with pytest.raises(StoreUnavailable, match="locked by another writer"):
                store.apply(other, [opening(ref)])
    with store.begin(write=False) as tx:
        assert store.load(tx, [ref]) == [opening(ref).snapshot]
    store.close()


@pytest.mark.parametrize("url", SERVERS, indirect=True)
def test_a_session_that_may_only_read(url):
    store = SQLStore(url)
    store.create_tables()
    with store.begin(write=True) as tx:
        only = "SET TRANSACTION READ ONLY" if "postgres" in url else "START TRANSACTION READ ONLY"
        tx.exec_driver_sql(only)
        with pytest.raises(StoreUnavailable, match="read-only"):
            store.apply(tx, [opening(Ref("reads", "1"))])
    store.close()


# SQLite ------------------------------------------------------------------------------------------


def test_a_file_that_another_writer_holds(sqlite):
    store, other = SQLStore(f"{sqlite}?timeout=0.01"), SQLStore(f"{sqlite}?timeout=0.01")
    store.create_tables()
    with (
        store.begin(write=True),
        pytest.raises(StoreUnavailable, match=r"locked by another writer.* engine\.joined\("),
    ):
        begin(other, write=True)
    begin(other, write=True)
    store.close()
    other.close()


def test_a_reader_that_turns_writer_too_late(sqlite):
    store = SQLStore(f"{sqlite}?timeout=0.01")
    store.create_tables()
    first = opening(REF)
    with store.begin(write=False) as tx:
        assert store.load(tx, [REF]) == [None]
        with store.begin(write=True) as other:
            store.apply(other, [first])
        with pytest.raises(StoreUnavailable, match="locked by another writer"):
            store.apply(tx, [opening(REF)])
    store.close()


def test_a_folder_that_is_not_there(tmp_path):
    store = SQLStore(f"sqlite:///{tmp_path / 'none' / 'property.db'}")
    with pytest.raises(StoreUnavailable, match="cannot be opened; check its path"):
        store.create_tables()
    store.close()


def test_a_file_that_is_no_database(tmp_path):
    path = tmp_path / "property.db"
    path.write_text("问题整改" * 1000)
    store = SQLStore(f"sqlite:///{path}")
    with pytest.raises(StoreUnavailable, match="not a database; restore a copy, or check the path"):
        begin(store)
    store.close()


def test_a_file_that_may_only_be_read(sqlite):
    writer = SQLStore(sqlite)
    writer.create_tables()
    path = sqlite.removeprefix("sqlite:///")
    store = SQLStore(f"sqlite:///file:{path}?mode=ro&uri=true")
    with store.begin(write=False) as tx:
        assert store.load(tx, [REF]) == [None]
    with pytest.raises(StoreUnavailable, match="read-only; give"), store.begin(write=False) as tx:
        store.apply(tx, [opening(REF)])
    store.close()
    writer.close()


def test_a_file_that_has_grown_as_large_as_it_may(sqlite):
    store = SQLStore(sqlite)
    store.create_tables()
    with store.begin(write=True) as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreUnavailable, match="disk of the database is full"):
            store.apply(tx, [opening(REF, data='"' + "x" * 100_000 + '"')])
    with store.begin(write=False) as tx:
        assert store.load(tx, [REF]) == [None]
        assert store.history(tx, REF) == []
    store.close()


def test_a_commit_that_fails_leaves_no_transaction_open(tmp_path):
    # Without a WAL, a reader keeps a writer from committing, and SQLite then goes on with the
    # transaction.
    engine = create_engine(f"sqlite:///{tmp_path / 'property.db'}?timeout=0.01")
    store = SQLStore(engine)
    store.create_tables()

    def open_while_somebody_reads() -> None:
        with engine.connect() as reader:
            reader.exec_driver_sql("BEGIN")
            assert reader.exec_driver_sql("SELECT count(*) FROM propflow_case").scalar() == 0
            with store.begin(write=True) as tx:
                store.apply(tx, [opening(REF)])

    with pytest.raises(StoreUnavailable, match="locked by another writer"):
        open_while_somebody_reads()
    with store.begin(write=True) as tx:
        assert store.load(tx, [REF]) == [None]
        assert store.apply(tx, [opening(REF)]) == [Outcome.MOVED]
    engine.dispose()


# Bugs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", URLS, indirect=True)
def test_what_the_block_raises_is_its_own(url):
    store = SQLStore(url)
    with pytest.raises(DBAPIError, match="host_table"), store.begin(write=False) as tx:
        tx.execute(text("SELECT * FROM host_table"))
    store.close()


@pytest.mark.parametrize("url", URLS, indirect=True)
def test_a_value_that_breaks_a_rule_of_the_table_is_no_duplicate(url):
    store = SQLStore(url)
    store.create_tables()
    first = opening(Ref("bug", "1"))
    broken = attrs.evolve(first, snapshot=attrs.evolve(first.snapshot, data=None))
    with pytest.raises(IntegrityError), store.begin(write=True) as tx:
        store.apply(tx, [broken])
    with store.begin(write=True) as tx:
        assert store.apply(tx, [first]) == [Outcome.MOVED]
    store.close()
