"""Each entry of a history is added to the host's own log, in the transaction of its step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    insert,
    select,
)
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import Session

from propflow import Actor, Engine
from propflow.errors import Conflict, InvalidMapping, RowRefused
from propflow.storage.sqlalchemy import HistoryMapping, SQLStore
from tests.runtime.loans import BORROWER, KEEPER, KeyLoan

from .changes import empty
from .mapped_host import UTF8, LoanRow, fresh, loan, loans

CLERK = Actor("c1")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)

LOG = Table(
    "wy_key_loan_log",
    MetaData(),
    Column("lsh", Integer, primary_key=True),
    Column("loan", Integer, nullable=False),
    Column("zh", String(20), nullable=False),
    Column("czr", String(4), nullable=False),
    Column("cz", String(40), nullable=False),
    Column("yzt", String(2)),
    Column("xzt", String(2), nullable=False),
    Column("sj", DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")),
    Column("bb", Integer),
    Column("bz", String(40)),
    Column("ly", String(20), nullable=False),
    **UTF8,
)


def log(**changed: Any) -> HistoryMapping:
    declared: dict[str, Any] = {
        "id": "loan",
        "tenant": "zh",
        "actor": "czr",
        "event": "cz",
        "source": "yzt",
        "target": "xzt",
        "occurred_at": "sj",
        "revision": "bb",
        "events": {"lend": "发放", "(adopted)": "接管"},
        "payload": {"returned_in": "bz", "borrower": "bz"},
        "insert": {"ly": lambda entry: f"v{entry.version}"},
        "zone": SHANGHAI,
    }
    return HistoryMapping(LOG, **declared | changed)


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request) -> Iterator[Any]:
    made = create_engine(request.getfixturevalue(request.param))
    fresh(made)
    LOG.metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(delete(LOG))
    yield made
    made.dispose()


@pytest.fixture
def store(database) -> Iterator[SQLStore]:
    made = SQLStore(database, tables={KeyLoan: loans(history=log())})
    made.create_tables()
    empty(made)
    yield made
    made.close()


@pytest.fixture
def engine(store) -> Engine:
    return Engine(store, [KeyLoan], clock=lambda: NOON)


def logged(database: Any) -> list[dict[str, Any]]:
    columns = [column for column in LOG.c if column.name != "lsh"]
    with database.connect() as connection:
        rows = connection.execute(select(*columns).order_by(LOG.c.lsh)).mappings()
        return [dict(row) for row in rows]


def line(**cells: Any) -> dict[str, Any]:
    local = NOON.astimezone(SHANGHAI).replace(tzinfo=None)
    return {"loan": 1, "zh": "", "sj": local, "bz": None, "ly": "v1"} | cells


def test_each_entry_is_a_line_of_the_log(engine, database):
    case = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
    case = engine.fire(case, KeyLoan.lend(), by=KEEPER, occurred_at=NOON - timedelta(hours=1))
    engine.fire(case, KeyLoan.give_back(returned_in="good"), by=KEEPER)
    early = line()["sj"] - timedelta(hours=1)
    assert logged(database) == [
        line(czr="u7", cz="request", yzt=None, xzt="01", bb=1, bz="u7"),
        line(czr="k1", cz="发放", yzt="01", xzt="02", bb=2, sj=early),
        line(czr="k1", cz="give_back", yzt="02", xzt="09", bb=3, bz="good"),
    ]


def test_the_history_itself_stays_and_is_sealed(engine, store, database):
    case = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
    engine.fire(case, KeyLoan.lend(), by=KEEPER)
    with database.begin() as connection:
        connection.execute(delete(LOG))
    assert [entry.event for entry in engine.history("1")] == ["request", "lend"]
    assert [found.alteration for found in store.audit()] == [None]


def test_rows_that_are_adopted_begin_with_a_line_too(engine, database):
    with database.begin() as connection:
        connection.execute(insert(LoanRow), [loan(n, "02", ver=7) for n in (1, 2, 3)])
    engine.adopt(KeyLoan, "2", by=CLERK)
    assert [done.adopted for done in engine.adopt_all(KeyLoan, by=CLERK, batch=1)] == [1, 2]
    assert [row["loan"] for row in logged(database)] == [2, 1, 3]
    assert logged(database)[0] == line(
        loan=2, czr="c1", cz="接管", yzt=None, xzt="02", bb=7, bz="u7"
    )


def test_a_step_that_is_not_taken_leaves_no_line(engine, database):
    case = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1", key="k")
    engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1", key="k")
    engine.fire("1", KeyLoan.remind(), by=CLERK)
    with pytest.raises(Conflict):
        engine.fire(case, KeyLoan.remind(), by=CLERK)
    assert [row["cz"] for row in logged(database)] == ["request", "remind"]


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_the_line_is_part_of_the_hosts_transaction(engine, database, ends):
    with Session(database) as session:
        flow = engine.joined(session)
        flow.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
        assert session.scalars(select(LOG.c.cz)).all() == ["request"]
        getattr(session, ends)()
    assert len(logged(database)) == (ends == "commit")


def test_a_line_that_the_log_does_not_take_takes_the_step_back(engine, database):
    engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
    with database.begin() as connection:
        if database.dialect.name == "sqlite":  # it does not mind the length
            connection.exec_driver_sql(
                "CREATE TRIGGER short BEFORE INSERT ON wy_key_loan_log WHEN length(NEW.czr) > 4 "
                "BEGIN SELECT RAISE(ABORT, 'czr is too long'); END"
            )
    with pytest.raises(RowRefused, match="wy_key_loan_log does not take the row 1"):
        engine.fire("1", KeyLoan.remind(), by=Actor("somebody"))
    assert engine.get("1", KeyLoan).revision == 1
    assert len(logged(database)) == 1
    assert engine.fire("1", KeyLoan.remind(), by=CLERK).revision == 2


def test_tenants_have_lines_of_their_own(engine, database):
    engine.scoped("p1").start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
    assert [row["zh"] for row in logged(database)] == ["p1"]


def test_a_redaction_is_a_line_and_leaves_the_others_to_the_host(engine, database):
    case = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
    engine.redact(case, by=CLERK, reason="asked", data=lambda data: attrs.evolve(data, borrower=""))
    assert [(row["cz"], row["bz"]) for row in logged(database)] == [
        ("request", "u7"),
        ("(redacted)", None),
    ]


def problems_of(**changed: Any) -> list[str]:
    with pytest.raises(InvalidMapping) as invalid:
        SQLStore("sqlite://", tables={KeyLoan: loans(history=log(**changed))})
    return [str(problem) for problem in invalid.value.problems]


def test_everything_that_is_wrong_with_a_log_is_told_at_once():
    found = problems_of(
        id=("loan", "nr"),
        tenant=None,
        actor="bb",
        event="bb",
        revision="cz",
        payload={"borower": "bz"},
        events={"lent": 1},
        insert={},
        zone=None,
    )
    assert [each.partition(":")[0] for each in found] == [
        "wy_key_loan.history.nr",
        "wy_key_loan.history.id",
        "wy_key_loan.history.tenant",
        "wy_key_loan.history.bb",
        "wy_key_loan.history.cz",
        "wy_key_loan.history.sj",
        "wy_key_loan.history.bb",
        "wy_key_loan.history.payload['borower']",
        "wy_key_loan.history.bb",
        "wy_key_loan.history.events['lent']",
        "wy_key_loan.history.zh",
        "wy_key_loan.history.czr",
        "wy_key_loan.history.ly",
    ]
    assert "takes no names, and these events have no code: request, lend" in "\n".join(found)
