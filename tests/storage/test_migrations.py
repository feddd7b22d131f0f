"""The versions of the tables: what they lead to, and that what an older one holds lives on."""

from __future__ import annotations

import multiprocessing
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, text, update

from propflow import Engine
from propflow.decision import replay
from propflow.decision.due import Due
from propflow.errors import SchemaMissing, SchemaOutdated
from propflow.storage import Kind, Ref
from propflow.storage.sqlalchemy import SQLStore
from propflow.storage.sqlalchemy.migrations import upgrade, upgrade_sql
from propflow.storage.sqlalchemy.tables import VERSION, tables_in
from tests.runtime.loans import BORROWER, KEEPER, KeyLoan

from .changes import opening
from .database_shape import shape_of

FIRST = "propflow_0001"


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def url(request) -> str:
    return request.getfixturevalue(request.param)


@pytest.fixture
def prefix() -> str:
    """A prefix of the test's own, for the database of a server serves several tests."""
    return f"m{uuid.uuid4().hex[:8]}_"


@pytest.fixture
def store(url, prefix):
    made = SQLStore(url, prefix=prefix)
    yield made
    made.close()


def test_the_last_version_is_the_one_that_the_tables_are_said_to_have():
    config = Config()
    config.set_main_option("script_location", "propflow.storage.sqlalchemy:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [VERSION]


def test_the_versions_lead_to_the_tables_that_the_metadata_have(store, prefix):
    upgrade(store)
    metadata = MetaData()
    tables_in(metadata, prefix, None)
    options = {
        "compare_type": True,
        "compare_server_default": True,
        "include_name": lambda name, kind, parents: (
            kind != "table" or (name.startswith(prefix) and name != f"{prefix}version")
        ),
    }
    with store.begin(write=False) as tx:
        assert compare_metadata(MigrationContext.configure(tx, opts=options), metadata) == []


def test_what_was_upgraded_is_what_would_have_been_created(store, url):
    upgrade(store)
    made = SQLStore(url, prefix=f"n{uuid.uuid4().hex[:8]}_")
    made.create_tables()
    with store.begin(write=False) as tx:
        assert shape_of(tx, store.schema.prefix) == shape_of(tx, made.schema.prefix)
    assert store.version() == made.version() == VERSION
    made.close()


def test_a_schema_of_the_hosts_choice(postgres, prefix):
    host = create_engine(postgres)
    with host.begin() as tx:
        tx.execute(text(f"CREATE SCHEMA {prefix}a"))
        tx.execute(text(f"CREATE SCHEMA {prefix}b"))
    upgraded = SQLStore(host, prefix="", schema=f"{prefix}a")
    created = SQLStore(host, prefix="", schema=f"{prefix}b")
    upgrade(upgraded)
    created.create_tables()
    upgraded.check_schema()
    with host.connect() as tx:
        both = [
            {what: [row.replace(schema, "") for row in rows] for what, rows in shape.items()}
            for schema in (f"{prefix}a", f"{prefix}b")
            for shape in [shape_of(tx, "", schema)]
        ]
    assert both[0] == both[1]
    host.dispose()


def test_upgrading_again_does_nothing(store):
    for _ in range(2):
        upgrade(store)
        store.create_tables()
        store.check_schema()
    assert store.version() == VERSION


def _upgrade_with_others(url: str, prefix: str, ready: Any) -> None:
    store = SQLStore(url, prefix=prefix)
    with store.begin(write=False) as tx:
        store.schema.version(tx)
    ready.wait()
    upgrade(store)
    store.close()


def test_of_several_processes_that_upgrade_one_does_it(store, url, prefix):
    upgrade(store, to=FIRST)
    spawning = multiprocessing.get_context("spawn")
    ready = spawning.Barrier(3)
    processes = [
        spawning.Process(target=_upgrade_with_others, args=(url, prefix, ready)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    store.check_schema()
    assert store.version() == VERSION


def test_an_upgrade_lets_go_of_its_lock(mariadb, prefix):
    first, second = SQLStore(mariadb, prefix=prefix), SQLStore(mariadb, prefix=prefix)
    upgrade(first)
    with first.begin(write=True), second.begin(write=True) as tx:
        lock = text("SELECT IS_FREE_LOCK(SHA1(CONCAT(DATABASE(), '.', :name)))")
        assert tx.scalar(lock, {"name": first.schema.table.fullname}) == 1
    upgrade(second)
    first.close()
    second.close()


def test_the_sql_leads_to_the_same_tables(store, url, prefix):
    sql = upgrade_sql(store)
    assert store.version() is None  # nothing was run
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    statements = [each.strip() for each in "\n".join(lines).split(";")]
    with store.begin(write=True) as tx:
        for statement in statements:
            if statement and statement not in ("BEGIN", "COMMIT"):
                tx.exec_driver_sql(statement)
    store.check_schema()
    other = SQLStore(url, prefix=f"n{uuid.uuid4().hex[:8]}_")
    upgrade(other)
    with store.begin(write=False) as tx:
        assert shape_of(tx, prefix) == shape_of(tx, other.schema.prefix)
    other.close()


def test_no_tables_and_old_tables_are_refused_by_name(store):
    with pytest.raises(SchemaMissing) as none:
        store.check_schema()
    assert type(none.value) is SchemaMissing
    upgrade(store, to=FIRST)
    prefix = store.schema.prefix
    with pytest.raises(SchemaOutdated, match="propflow db upgrade") as old:
        store.check_schema()
    assert (old.value.found, old.value.wanted) == (FIRST, VERSION)
    assert {f"{prefix}deadline", f"{prefix}outbox.status"} <= set(old.value.lacking)
    with pytest.raises(SchemaOutdated):
        store.create_tables()  # it would make a mixture of two versions
    assert store.version() == FIRST


def test_a_missing_column_is_named_when_a_step_meets_it(store, prefix):
    upgrade(store)
    with store.begin(write=True) as tx:
        tx.exec_driver_sql(f"ALTER TABLE {prefix}case DROP COLUMN occurred_at")
    with (
        pytest.raises(SchemaOutdated, match="occurred_at") as outdated,
        store.begin(write=True) as tx,
    ):
        store.apply(tx, [opening(Ref("", "1"))])
    assert outdated.value.found is None


def test_newer_tables_are_refused(store):
    upgrade(store)
    with store.begin(write=True) as tx:
        tx.execute(update(store.schema.table).values(version_num="propflow_9999"))
    for use in (store.check_schema, store.create_tables, lambda: upgrade(store)):
        with pytest.raises(SchemaOutdated, match="newer"):
            use()


def test_tables_of_the_hosts_metadata_need_no_version(store, url, prefix):
    metadata = MetaData()
    tables_in(metadata, prefix, None)
    with store.begin(write=True) as tx:
        metadata.create_all(tx)
    store.check_schema()
    assert store.version() is None
    upgrade(store)  # it finds them as they must be, and writes that down
    assert store.version() == VERSION


def test_tables_that_nobody_knows_are_left_alone(store, prefix):
    upgrade(store, to=FIRST)
    with store.begin(write=True) as tx:
        tx.exec_driver_sql(f"DROP TABLE {prefix}version")
    for use in (store.create_tables, lambda: upgrade(store), lambda: upgrade_sql(store)):
        with pytest.raises(SchemaOutdated, match="unknown"):
            use()


def test_an_upgrade_that_fails_changes_nothing(sqlite, postgres, prefix):
    for url in (sqlite, postgres):
        store = SQLStore(url, prefix=prefix)
        upgrade(store, to=FIRST)
        with store.begin(write=True) as tx:
            before = shape_of(tx, prefix)
            tx.exec_driver_sql(f"CREATE TABLE other{prefix} (a INTEGER)")
            tx.exec_driver_sql(f"CREATE INDEX {prefix}outbox_by_moment ON other{prefix} (a)")
        with pytest.raises(Exception, match="outbox_by_moment"):
            upgrade(store)
        with store.begin(write=False) as tx:
            assert shape_of(tx, prefix) == before
        assert store.version() == FIRST
        store.close()


# What is in the tables of the first version ------------------------------------------------------

ROWS = {
    "case": [
        "'', 'c1', 'key_loan', 1, 'lent', 'requested', '{data}', 2, {noon}, {later}",
        "'p2', 'c1', 'key_loan', 1, 'requested', NULL, '{data}', 1, {noon}, {noon}",
    ],
    "history": [
        "'', 'c1', 1, {opened}, 'k-1', {false}, '{hash}'",
        "'', 'c1', 2, 1, 'lend', NULL, 'requested', 'lent', {keeper}, {lent}, {false}, '{hash}'",
        "'p2', 'c1', 1, {opened}, NULL, {false}, '{hash}'",
    ],
    "outbox": ["'', 'c1', 2, 0, 'Notify', '{notify}', {later}"],
    "indexed": [
        "'', 'c1', 'borrower', 'key_loan', '\"u7', {noon}",
        "'', 'c1', 'deposit', 'key_loan', '0', {noon}",
        "'p2', 'c1', 'borrower', 'key_loan', '\"u7', {noon}",
        "'p2', 'c1', 'deposit', 'key_loan', '0', {noon}",
    ],
    "turn": ["'', 'key_loan'"],
}
TEXTS = {
    "data": '{"key":"泵房-B1","borrower":"u7","deposit":"0","returned_in":"","reminders":0}',
    "request": '{"key":"泵房-B1","borrower":"u7"}',
    "notify": '{"topic":"key_lent","to":["borrower"],"data":{}}',
    "hash": "0" * 64,
    "keeper": "'k1', '[\"key_keeper\"]'",
    "false": "FALSE",
}
MOMENTS = {
    "sqlite": "'2026-05-01T{}:00:00.000000Z'",
    "postgresql": "'2026-05-01 {}:00:00+00'",
    "mysql": "'2026-05-01 {}:00:00.000000'",
    "mariadb": "'2026-05-01 {}:00:00.000000'",
}


def fill(store: SQLStore) -> None:
    with store.begin(write=True) as tx:
        moment = MOMENTS[tx.dialect.name]
        given = {**TEXTS, "noon": moment.format(12), "later": moment.format(13)}
        given["lent"] = f"{given['later']}, {given['later']}, NULL"
        opened = "1, 'request', '{request}', 'START', 'requested', 'u7', '[]', {noon}, {noon}"
        given["opened"] = opened.format(**given)
        for table, rows in ROWS.items():
            for row in rows:
                name = store.schema.prefix + table
                values = row.format(**given).replace("%", "%%")
                tx.exec_driver_sql(f"INSERT INTO {name} VALUES ({values})")  # noqa: S608 - ours


def test_cases_of_the_first_version_live_on(store):
    upgrade(store, to=FIRST)
    fill(store)
    upgrade(store)
    store.check_schema()

    engine = Engine(store, [KeyLoan])
    loan = engine.get("c1", KeyLoan)
    assert (loan.state, loan.previous, loan.revision) == ("lent", "requested", 2)
    assert loan.data.key == "泵房-B1"
    assert replay(KeyLoan, "c1", engine.history("c1")) == loan
    assert list(engine.find(KeyLoan, state="lent", where={"borrower": "u7"})) == [loan]
    again = engine.start(
        KeyLoan.request(key="泵房-B1", borrower="u7"), by=BORROWER, id="c1", key="k-1"
    )
    assert (again.id, again.revision) == ("c1", 1)  # the answer of then

    with store.begin(write=False) as tx:
        ((revision, message),) = store.outbox(tx, Ref("", "c1"))
    assert (revision, message.kind) == (2, "Notify")

    done = engine.fire(loan, KeyLoan.give_back(returned_in="good"), by=KEEPER)
    assert replay(KeyLoan, "c1", engine.history("c1")) == done
    other = engine.scoped("p2")
    assert other.fire("c1", KeyLoan.lend(), by=KEEPER).state == "lent"
    assert engine.run_due().fired == 0


def test_an_audit_names_what_was_written_before_there_were_seals(store):
    upgrade(store, to=FIRST)
    fill(store)
    upgrade(store)
    Engine(store, [KeyLoan]).start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="new")
    found = {each.ref: each.alteration for each in store.audit()}
    assert found.pop(Ref("", "new")) is None
    assert [alteration.revision for alteration in found.values()] == [1, 1]


def test_messages_of_the_first_version_wait_to_be_sent(store):
    upgrade(store, to=FIRST)
    fill(store)
    upgrade(store)
    with store.begin(write=False) as tx:
        ((status, not_before, recorded_at, attempts, token),) = tx.exec_driver_sql(
            f"SELECT status, not_before, recorded_at, attempts, token"  # noqa: S608 - ours
            f" FROM {store.schema.prefix}outbox"
        )
    assert (status, attempts, token) == ("pending", 0, None)
    assert not_before == recorded_at


def test_deadlines_of_the_second_version_run_on(store):
    upgrade(store, to="propflow_0002")
    with store.begin(write=True) as tx:
        soon, later = (MOMENTS[tx.dialect.name].format(hour) for hour in (12, 13))
        tx.exec_driver_sql(
            f"INSERT INTO {store.schema.prefix}deadline"  # noqa: S608 - ours
            " (tenant, case_id, name, since, due_at, not_before)"
            f" VALUES ('', 'c1', 'late', 2, {soon}, {later})"
        )
    upgrade(store)
    noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    with store.begin(write=False) as tx:
        assert store.due(tx, Ref("", "c1")) == [Due("late", 2, noon)]
        (waiting,) = store.waiting(tx, Kind.DEADLINES, "", limit=10)
    assert (waiting.not_before, waiting.calendar) == (noon.replace(hour=13), "")
