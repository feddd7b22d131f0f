"""A host's own table is the case."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import attrs
import pytest
from sqlalchemy import create_engine, insert, select, update
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from propflow import SYSTEM, Actor, AsyncEngine, Engine
from propflow.definition import Redacted
from propflow.errors import (
    AmbiguousId,
    CaseExists,
    Conflict,
    InvalidArgument,
    InvalidId,
    NotFound,
    Refused,
    RowRefused,
    TenancyError,
    UnknownCode,
)
from propflow.storage import Query
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.runtime.loans import BORROWER, KEEPER, Cupboard, KeyAudit, KeyLoan

from .changes import empty
from .mapped_host import WORKFLOWS, AuditRow, LoanRow, fresh, loan, tables

CLERK = Actor("c1")


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request) -> Iterator[Any]:
    made = create_engine(request.getfixturevalue(request.param))
    fresh(made)
    yield made
    made.dispose()


@pytest.fixture(params=["own", "host's"])
def store(request, database) -> Iterator[SQLStore]:
    """The store on connections of its own, and on those of the host's engine."""
    url = database.url.render_as_string(hide_password=False)
    made = SQLStore(url if request.param == "own" else database, tables=tables())
    made.create_tables()
    empty(made)
    yield made
    made.close()


@pytest.fixture
def engine(store) -> Engine:
    return Engine(store, WORKFLOWS)


def put(database, kind, *rows) -> None:
    with database.begin() as connection:
        connection.execute(insert(kind), list(rows))


def row(database, number: int = 1) -> dict[str, Any]:
    with database.connect() as connection:
        found = connection.execute(select(LoanRow.__table__).where(LoanRow.id == number))
        return dict(found.mappings().one())


def change(database, number: int = 1, **values) -> None:
    with database.begin() as connection:
        connection.execute(update(LoanRow.__table__).where(LoanRow.id == number).values(values))


def test_an_adopted_row_is_the_case(engine, database):
    put(database, LoanRow, loan(1, "02", ver=7))
    case = engine.adopt(KeyLoan, "1", by=CLERK)
    assert (case.id, case.state, case.previous, case.revision) == ("1", "lent", None, 7)
    assert (case.data.key, case.data.borrower, case.data.deposit) == ("B1", "u7", Decimal("5.00"))
    assert row(database) == loan(1, "02", ver=7)  # adopting writes nothing into it

    case = engine.fire("1", KeyLoan.remind(), by=CLERK)
    case = engine.fire(case, KeyLoan.give_back(returned_in="good"), by=KEEPER)
    assert (case.state, case.previous, case.revision) == ("returned", "lent", 9)
    assert (case.data.reminders, case.data.returned_in) == (1, "good")  # these have no column
    assert row(database) == loan(1, "09", ver=9)
    assert engine.get("1", KeyLoan) == case
    entries = engine.history("1")
    assert [entry.event for entry in entries] == ["(adopted)", "remind", "give_back"]
    assert [entry.revision for entry in entries] == [7, 8, 9]
    assert entries[0].payload.borrower == "u7"


def test_a_case_that_is_opened_is_a_new_row(engine, database):
    case = engine.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="12")
    assert (case.id, case.revision) == ("12", 1)
    assert row(database, 12) == loan(
        12, ys="B2", jyr="u8", yj=Decimal("0.00"), cjr="u7", sc=None, bz=None
    )
    with pytest.raises(CaseExists):
        engine.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="12")
    following = engine.start(KeyLoan.request(key="B3", borrower="u8"), by=BORROWER)
    assert row(database, int(following.id))["ys"] == "B3"
    assert engine.get(following.id, KeyLoan) == following


def test_what_the_host_wrote_since_is_a_conflict_and_then_the_case(engine, database):
    put(database, LoanRow, loan(1))
    case = engine.adopt(KeyLoan, "1", by=CLERK)
    change(database, jyr="u9", ver=2)
    with pytest.raises(Conflict):
        engine.fire(case, KeyLoan.remind(), by=CLERK)
    case = engine.fire("1", KeyLoan.remind(), by=CLERK)
    assert (case.data.borrower, case.revision) == ("u9", 3)
    assert [entry.revision for entry in engine.history(case)] == [1, 3]


def test_a_row_that_the_host_has_moved_has_no_way_back_on_record(engine, database):
    put(database, LoanRow, loan(1))
    case = engine.fire(engine.adopt(KeyLoan, "1", by=CLERK), KeyLoan.freeze(), by=CLERK)
    assert case.previous == "requested"
    change(database, zt="02")
    assert engine.get("1", KeyLoan).state == "lent"
    change(database, zt="08")
    assert engine.fire("1", KeyLoan.thaw(), by=CLERK).state == "requested"
    put(database, LoanRow, loan(2, "08"))
    engine.adopt(KeyLoan, "2", by=CLERK)
    with pytest.raises(Refused) as refused:
        engine.fire("2", KeyLoan.thaw(), by=CLERK)
    assert [reason.code for reason in refused.value.reasons] == ["no_previous_state"]


def test_an_unknown_code_names_table_row_and_code(engine, database):
    put(database, LoanRow, loan(1), loan(2, "77"))
    engine.adopt(KeyLoan, "1", by=CLERK)
    with pytest.raises(UnknownCode, match=r"row 2 of wy_key_loan has zt = '77'"):
        engine.adopt(KeyLoan, "2", by=CLERK)
    change(database, zt="78")
    with pytest.raises(UnknownCode) as unknown:
        engine.fire("1", KeyLoan.remind(), by=CLERK)
    error = unknown.value
    assert (error.table, error.row, error.column, error.code) == ("wy_key_loan", "1", "zt", "78")


def test_two_tables_may_both_have_a_row_of_one_id(engine, database):
    put(database, AuditRow, {"xm": "p1", "bh": "a/b~", "zt": 1, "dy": "x", "ys": "k"})
    audit = engine.adopt(KeyAudit, "p1/a~1b~0", by=CLERK)
    assert engine.get(audit.id, KeyAudit).data.of == "x"
    with database.begin() as connection:
        connection.execute(sql("DELETE FROM wy_audit"))
    assert [case.id for case in engine.find(KeyAudit)] == []
    with pytest.raises(NotFound):
        engine.history(audit.id)


def test_an_id_alone_may_be_ambiguous(engine, database):
    put(database, LoanRow, loan(1))
    mine = engine.adopt(KeyLoan, "1", by=CLERK)
    shelf = engine.start(Cupboard.install(), by=CLERK, id="1")
    with pytest.raises(AmbiguousId) as ambiguous:
        engine.history("1")
    assert set(ambiguous.value.workflows) == {"key_loan", "cupboard"}
    assert len(engine.history(mine)) == len(engine.history(shelf)) == 1
    assert engine.fire("1", KeyLoan.remind(), by=CLERK).workflow == "key_loan"
    with pytest.raises(InvalidId):
        engine.start(Cupboard.install(), by=CLERK, id="wy_key_loan\x1f1")


def test_rows_are_found_along_the_hosts_columns(engine, database):
    put(
        database,
        LoanRow,
        *(loan(n, "02" if n % 2 else "01", jyr=f"u{n % 3}", yj=Decimal(n)) for n in range(1, 13)),
    )
    for number in range(1, 11):
        engine.adopt(KeyLoan, str(number), by=CLERK)
    assert len(engine.find(KeyLoan)) == 10
    lent = engine.find(KeyLoan, state="lent", where={"borrower": "u1"})
    assert sorted(case.id for case in lent) == ["1", "7"]
    assert [case.id for case in engine.find(KeyLoan, where={"deposit": Decimal("4.0")})] == ["4"]
    change(database, 7, zt="09")
    assert [case.id for case in engine.find(KeyLoan, state="lent", where={"borrower": "u1"})] == [
        "1"
    ]
    pages, cursor = [], None
    while True:
        page = engine.find(KeyLoan, limit=3, after=cursor)
        pages += [case.id for case in page]
        cursor = page.cursor
        if cursor is None:
            break
    assert sorted(pages, key=int) == [str(n) for n in range(1, 11)]


def test_a_deleted_row_is_no_case(engine, database):
    put(database, LoanRow, loan(1), loan(2, sc=1))
    engine.adopt(KeyLoan, "1", by=CLERK)
    with pytest.raises(NotFound):
        engine.adopt(KeyLoan, "2", by=CLERK)
    change(database, sc=1)
    with pytest.raises(NotFound):
        engine.get("1", KeyLoan)
    assert len(engine.find(KeyLoan)) == 0
    with pytest.raises(CaseExists):
        engine.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="2")


def test_adopting_twice_is_refused_and_a_strange_key_finds_nothing(engine, database):
    put(database, LoanRow, loan(1))
    engine.adopt(KeyLoan, "1", by=CLERK)
    with pytest.raises(CaseExists):
        engine.adopt(KeyLoan, "1", by=CLERK)
    for strange in ("01", "x", "1.0", " 1", "１", "2"):
        with pytest.raises(NotFound):
            engine.adopt(KeyLoan, strange, by=CLERK)
        with pytest.raises(NotFound):
            engine.get(strange, KeyLoan)
    with pytest.raises(InvalidArgument, match="is no key of wy_key_loan"):
        engine.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="x")


def test_tenants_do_not_see_each_others_rows(engine, database):
    put(database, LoanRow, loan(1, tenant="a"), loan(2, tenant="b"))
    a, b = engine.scoped("a"), engine.scoped("b")
    a.adopt(KeyLoan, "1", by=CLERK)
    for other in (b, engine):
        with pytest.raises(NotFound):
            other.adopt(KeyLoan, "1", by=CLERK)
        with pytest.raises(NotFound):
            other.fire("1", KeyLoan.remind(), by=CLERK)
        assert len(other.find(KeyLoan)) == 0
    with pytest.raises(CaseExists):
        b.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="1")
    mine = b.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="3")
    assert row(database, 3)["tenant"] == "b"
    assert [case.id for case in b.find(KeyLoan)] == [mine.id]
    a.start(Cupboard.install(), by=CLERK, id="1")
    with pytest.raises(TenancyError, match="no rows of the tenant 'a'"):
        a.start(KeyAudit.begin(of="1", key="k"), by=CLERK, id="p/1")


def test_a_row_that_the_table_does_not_take_is_told_and_nothing_is_written(engine, database):
    put(database, LoanRow, loan(1))
    engine.adopt(KeyLoan, "1", by=CLERK)
    if database.dialect.name == "sqlite":
        return  # which takes text of any length
    with pytest.raises(RowRefused) as refused:
        engine.start(KeyLoan.request(key="B" * 21, borrower="u8"), by=BORROWER, id="2")
    assert (refused.value.table, refused.value.row) == ("wy_key_loan", "2")
    with pytest.raises(NotFound):
        engine.get("2", KeyLoan)


def test_a_key_makes_a_step_of_a_row_repeatable(engine, database):
    put(database, LoanRow, loan(1))
    engine.adopt(KeyLoan, "1", by=CLERK)
    first = engine.fire("1", KeyLoan.remind(), by=CLERK, key="k1")
    change(database, jyr="u9", ver=5)
    engine.fire("1", KeyLoan.freeze(), by=CLERK)
    again = engine.fire("1", KeyLoan.remind(), by=CLERK, key="k1")
    assert (again.state, again.revision, again.data) == (first.state, first.revision, first.data)
    assert len(engine.history("1")) == 3


def test_many_rows_are_moved_in_one_commit(engine, database):
    put(database, LoanRow, *(loan(n) for n in range(1, 4)))
    for n in range(1, 4):
        engine.adopt(KeyLoan, str(n), by=CLERK)
    moved = engine.fire_many([(str(n), KeyLoan.freeze()) for n in range(1, 4)], by=CLERK)
    assert [case.state for case in moved] == ["frozen"] * 3
    assert [row(database, n)["zt"] for n in range(1, 4)] == ["08"] * 3


# In a session of the host's ----------------------------------------------------------------------


def test_objects_of_a_session_show_what_a_step_wrote_and_can_be_flushed(engine, database):
    put(database, LoanRow, loan(1))
    with Session(database) as session, session.begin():
        held = session.get_one(LoanRow, 1)
        held.bz = "flushed first"
        flow = engine.joined(session)
        flow.adopt(KeyLoan, "1", by=CLERK)
        case = flow.fire("1", KeyLoan.lend(), by=KEEPER)
        assert (held.zt, held.ver) == ("02", case.revision)
        held.bz = "and after"  # its flush raised when the version that it knew was old
        session.flush()
        assert flow.get("1", KeyLoan).revision == case.revision + 1
        with pytest.raises(Refused):
            flow.fire("1", KeyLoan.lend(), by=KEEPER)
        held.bz = "and after a refusal"
    assert (row(database)["bz"], row(database)["zt"]) == ("and after a refusal", "02")


def test_objects_without_a_version_column_are_read_again(engine, database):
    put(database, AuditRow, {"xm": "p", "bh": "1", "zt": 1, "dy": "x", "ys": "k"})
    engine.adopt(KeyAudit, "p/1", by=CLERK)
    with Session(database) as session:
        held, other = session.get_one(AuditRow, ("p", "1")), LoanRow(**loan(9))
        session.add(other)
        engine.joined(session).fire("p/1", KeyAudit.finish(), by=SYSTEM)
        assert held.zt == 2
        session.rollback()
        assert held.zt == 1
    assert engine.get("p/1", KeyAudit).state == "opened"


def test_a_row_that_is_new_in_the_session_can_be_adopted_at_once(engine, database):
    with Session(database) as session, session.begin():
        new = LoanRow(**loan(1))
        session.add(new)
        case = engine.joined(session).adopt(KeyLoan, "1", by=CLERK)
        assert (case.revision, new.ver) == (1, 1)
    assert engine.get("1", KeyLoan).state == "requested"


def test_nothing_is_left_of_what_the_host_rolls_back(engine, database, store):
    with database.connect() as connection:
        flow = engine.joined(connection)
        flow.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="5")
        flow.fire("5", KeyLoan.remind(), by=CLERK)
        connection.rollback()
    with pytest.raises(NotFound):
        engine.get("5", KeyLoan)
    with store.begin(write=False) as tx:
        assert store.find(tx, Query("", "key_loan")) == []


# Rows that were there before ---------------------------------------------------------------------


def test_all_rows_are_adopted_in_batches_and_what_is_left_later(engine, database):
    rows = [loan(n, "02" if n % 2 else "01", ver=n % 3) for n in range(1, 8)]
    put(database, LoanRow, *rows, loan(8, "77"), loan(9, sc=1), loan(10, tenant="other"))
    done = []
    for progress in engine.adopt_all(KeyLoan, by=CLERK, batch=3):
        done.append(progress)
        if len(done) == 1:
            break  # whatever ends it
    assert (done[0].adopted, done[0].last, done[0].unfit) == (3, "3", ())
    left = list(engine.adopt_all(KeyLoan, by=CLERK, batch=3))
    assert [progress.adopted for progress in left] == [3, 4]
    (unfit,) = left[-1].unfit
    assert unfit.row_id == "8"
    assert "zt = '77'" in unfit.problem
    change(database, 8, zt="09")
    assert [progress.adopted for progress in engine.adopt_all(KeyLoan, by=CLERK)] == [1]
    assert list(engine.adopt_all(KeyLoan, by=CLERK)) == []
    assert len(engine.find(KeyLoan)) == 8
    # A revision column without a number from 1 on becomes 1; the others stay as they are.
    assert [row(database, n)["ver"] for n in range(1, 8)] == [1, 2, 1, 1, 2, 1, 1]
    assert [engine.get(str(n), KeyLoan).revision for n in range(1, 4)] == [1, 2, 1]
    assert engine.fire("3", KeyLoan.remind(), by=CLERK).revision == 2


def test_rows_with_a_composite_key_are_adopted_in_its_order(engine, database):
    keys = [("p", "1"), ("p", "2"), ("p/q", "1"), ("p~", "/")]
    put(
        database,
        AuditRow,
        *({"xm": xm, "bh": bh, "zt": 1, "dy": "x", "ys": "k"} for xm, bh in keys),
    )
    (*_, last) = engine.adopt_all(KeyAudit, by=CLERK, batch=2)
    assert last.adopted == 4
    found = {case.id for case in engine.find(KeyAudit)}
    assert found == {"p/1", "p/2", "p~1q/1", "p~0/~1"}
    assert {engine.get(case_id, KeyAudit).id for case_id in found} == found


def test_a_workflow_without_a_table_adopts_nothing(engine):
    with pytest.raises(InvalidArgument, match="has no table of the host's"):
        engine.adopt(Cupboard, "1", by=CLERK)
    with pytest.raises(InvalidArgument, match="has no table of the host's"):
        list(engine.adopt_all(Cupboard, by=CLERK))


# Awaited ------------------------------------------------------------------------------------------


def test_mapped_cases_can_be_awaited(database):
    drivers = {"sqlite": "sqlite+aiosqlite", "mariadb": "mariadb+asyncmy"}
    name = drivers.get(database.dialect.name, "postgresql+psycopg")
    url = database.url.set(drivername=name).render_as_string(hide_password=False)
    put(database, LoanRow, loan(1), loan(2), loan(3))

    async def scenario() -> None:
        store = AsyncSQLStore(url, tables=tables())
        await store.create_tables()
        host = create_async_engine(url)
        async with store.begin(write=True) as tx:
            for table in reversed(list(store._store._tables)):
                await tx.execute(table.delete())
        engine = AsyncEngine(store, WORKFLOWS)
        case = await engine.adopt(KeyLoan, "1", by=CLERK)
        assert [p.adopted async for p in engine.adopt_all(KeyLoan, by=CLERK)] == [2]
        await engine.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="4")
        async with AsyncSession(host) as session, session.begin():
            held = await session.get_one(LoanRow, 1)
            flow = engine.joined(session)
            case = await flow.fire(case, KeyLoan.lend(), by=KEEPER)
            assert (held.zt, held.ver) == ("02", 2)  # read again at once: nothing to await
            held.bz = "after"
            with pytest.raises(Refused):
                await flow.fire("1", KeyLoan.lend(), by=KEEPER)
        assert (await engine.get("1", KeyLoan)).revision == 3
        found = await engine.find(KeyLoan, state="lent", where={"borrower": "u7"})
        assert [each.id for each in found] == ["1"]
        await store.close()
        await host.dispose()

    asyncio.run(scenario())
    assert (row(database)["bz"], row(database)["zt"]) == ("after", "02")


def test_the_seals_hold_whatever_the_host_writes_into_its_columns(engine, database, store):
    put(database, LoanRow, loan(1, ver=4), loan(2))
    for progress in engine.adopt_all(KeyLoan, by=CLERK):
        assert progress.adopted == 2
    change(database, jyr="u9", ver=9)
    engine.fire("1", KeyLoan.remind(), by=CLERK)
    engine.fire("1", KeyLoan.freeze(), by=CLERK)
    assert [found for found in store.audit() if found.alteration is not None] == []
    with store.begin(write=True) as tx:
        tx.exec_driver_sql("DELETE FROM propflow_history WHERE event = 'remind'")
    assert [found.alteration is None for found in store.audit()] == [False, True]


def test_what_is_redacted_leaves_the_hosts_columns_too(engine, database, store):
    put(database, LoanRow, loan(1, "02", ver=7, jyr="13812345678"))
    case = engine.adopt(KeyLoan, "1", by=CLERK)
    case = engine.fire(case, KeyLoan.remind(), by=CLERK)
    case = engine.redact(
        case, by=CLERK, reason="asked", data=lambda data: attrs.evolve(data, borrower="")
    )
    assert (case.revision, case.data.borrower, case.data.reminders) == (9, "", 1)
    assert row(database) == loan(1, "02", ver=9, jyr="")
    assert engine.history("1")[0].payload == Redacted(by=9)
    change(database, ver=12)
    done = engine.fire("1", KeyLoan.give_back(returned_in="good"), by=KEEPER)
    assert (done.revision, done.data.borrower) == (13, "")
    (audited,) = store.audit()
    assert (audited.alteration, audited.redacted) == (None, (7,))
