"""Substitutes for a revision column: a column of moments, or the state alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import attrs
import pytest
from sqlalchemy import DateTime, MetaData, String, create_engine, delete, insert, select, update
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from propflow import Actor, Engine
from propflow.decision import replay
from propflow.errors import Conflict, InvalidMapping, Refused
from propflow.storage import Outcome, Ref
from propflow.storage.sqlalchemy import SQLStore, TableMapping
from tests.runtime.loans import BORROWER, KEEPER, KeyLoan

from .changes import empty, step
from .mapped_host import STATES, UTF8

CLERK = Actor("c1")
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
FINE = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


class Base(DeclarativeBase):
    metadata: ClassVar[MetaData] = MetaData()


class Fine(Base):
    """A table whose moments have microseconds."""

    __tablename__ = "wy_fine"
    __table_args__ = UTF8

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    zt: Mapped[str] = mapped_column(String(2))
    ys: Mapped[str] = mapped_column(String(20))
    jyr: Mapped[str | None] = mapped_column(String(20))
    gxsj: Mapped[datetime | None] = mapped_column(FINE)


class Coarse(Base):
    """A table whose moments have whole seconds on MariaDB."""

    __tablename__ = "wy_coarse"
    __table_args__ = UTF8

    id: Mapped[str] = mapped_column(String(20), primary_key=True)
    zt: Mapped[str] = mapped_column(String(2))
    ys: Mapped[str] = mapped_column(String(20))
    jyr: Mapped[str | None] = mapped_column(String(20))
    gxsj: Mapped[datetime | None] = mapped_column(DateTime)


class Clock:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


def mapping(kind: Any, **changed: Any) -> TableMapping:
    declared: dict[str, Any] = {
        "id": "id",
        "state": "zt",
        "states": STATES,
        "data": {"key": "ys", "borrower": "jyr"},
        "revision": "gxsj",
        "zone": SHANGHAI,
    }
    return TableMapping(kind, **declared | changed)


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request) -> Iterator[Any]:
    made = create_engine(request.getfixturevalue(request.param))
    Base.metadata.create_all(made)
    with made.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(delete(table))
    yield made
    made.dispose()


@pytest.fixture(params=[Fine, Coarse])
def kind(request) -> Any:
    return request.param


@pytest.fixture
def clock() -> Clock:
    return Clock()


def engine_on(database: Any, of: TableMapping, clock: Clock) -> tuple[Engine, SQLStore]:
    store = SQLStore(database, tables={KeyLoan: of})
    store.create_tables()
    empty(store)
    return Engine(store, [KeyLoan], clock=clock), store


@pytest.fixture
def flow(database, kind, clock) -> tuple[Engine, SQLStore]:
    return engine_on(database, mapping(kind), clock)


def host_writes(database: Any, kind: Any, **values: Any) -> None:
    with database.begin() as connection:
        connection.execute(update(kind).values(**values))


def held(database: Any, kind: Any) -> datetime:
    with database.connect() as connection:
        moment: datetime = connection.execute(select(kind.gxsj)).scalar_one()
        return moment


def at(moment: datetime) -> datetime:
    """Return what the host writes: local time."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)


def adopted(database: Any, kind: Any, engine: Engine) -> Any:
    row = {"id": "1", "zt": "02", "ys": "B1", "jyr": "u7", "gxsj": at(NOON - timedelta(days=1))}
    with database.begin() as connection:
        connection.execute(insert(kind).values(**row))
    return engine.adopt(KeyLoan, "1", by=CLERK)


def test_steps_count_by_one_and_set_a_later_moment_each(database, kind, flow):
    engine, store = flow
    case = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1")
    moments = [held(database, kind)]
    for action in (KeyLoan.remind(), KeyLoan.lend(), KeyLoan.remind()):  # in one instant
        case = engine.fire(case, action, by=KEEPER)
        moments.append(held(database, kind))
        assert engine.get("1", KeyLoan) == case
    assert case.revision == 4
    assert moments == sorted(set(moments))
    assert replay(KeyLoan, "1", engine.history("1")) == case
    assert [found.alteration for found in store.audit()] == [None]


def test_what_the_host_wrote_since_is_a_conflict_and_then_the_case(database, kind, flow):
    engine, store = flow
    case = adopted(database, kind, engine)
    assert case.revision == 1
    case = engine.fire(case, KeyLoan.remind(), by=CLERK)
    host_writes(database, kind, jyr="u9", gxsj=at(NOON + timedelta(hours=1)))
    with pytest.raises(Conflict):
        engine.fire(case, KeyLoan.remind(), by=CLERK)
    read = engine.get("1", KeyLoan)
    assert read.revision > case.revision
    assert read.data.borrower == "u9"
    (found,) = engine.find(KeyLoan, state="lent")
    assert found == read
    with pytest.raises(Conflict):
        engine.fire("1", KeyLoan.remind(), by=CLERK, expected_revision=case.revision)
    after = engine.fire(read, KeyLoan.remind(), by=CLERK, key="k1")
    assert (after.revision, after.data.reminders) == (read.revision + 1, 2)
    assert engine.fire("1", KeyLoan.remind(), by=CLERK, key="k1") == after
    revisions = [entry.revision for entry in engine.history("1")]
    assert revisions == [1, 2, after.revision]
    assert [found.alteration for found in store.audit()] == [None]


def test_each_change_of_the_host_a_second_apart_is_seen(database, kind, flow):
    engine, _ = flow
    adopted(database, kind, engine)
    seen = []
    for n in range(3):
        host_writes(database, kind, jyr=f"u{n}", gxsj=at(NOON + n * SECOND))
        case = engine.get("1", KeyLoan)
        seen.append(case.revision)
        if n < 2:
            continue
        assert engine.fire(case, KeyLoan.remind(), by=CLERK).data.borrower == "u2"
    assert seen == sorted(set(seen))


def test_a_change_that_leaves_the_moment_is_not_a_conflict_but_is_what_is_decided_on(
    database, kind, flow
):
    engine, _ = flow
    case = adopted(database, kind, engine)
    moment = held(database, kind)
    host_writes(database, kind, jyr="k1")  # in the same microsecond, or without a new moment
    host_writes(database, kind, gxsj=moment)
    with pytest.raises(Refused):  # not on what the older case says
        engine.fire(case, KeyLoan.give_back(returned_in=""), by=KEEPER)
    assert engine.fire(case, KeyLoan.remind(), by=CLERK).data.borrower == "k1"


def test_a_moment_that_the_host_empties_or_puts_back_in_time_is_seen(database, kind, flow):
    engine, _ = flow
    case = engine.fire(adopted(database, kind, engine), KeyLoan.remind(), by=CLERK)
    for moment in (None, at(NOON - timedelta(days=400))):
        host_writes(database, kind, gxsj=moment)
        with pytest.raises(Conflict):
            engine.fire(case, KeyLoan.remind(), by=CLERK)
        case = engine.fire("1", KeyLoan.remind(), by=CLERK)
        assert held(database, kind) is not None


@pytest.mark.parametrize("database", ["postgres", "mariadb"], indirect=True)
def test_what_the_host_writes_in_the_middle_of_a_step_is_not_overwritten(database, clock):
    """Between the read of a step and its write, in the transaction that it is joined to."""
    engine, store = engine_on(database, mapping(Fine), clock)
    case = adopted(database, Fine, engine)
    with store.begin(write=True) as tx:
        (before,) = store.load(tx, [Ref("", case.id).in_table("wy_fine")], lock=True)
        tx.execute(update(Fine).values(jyr="u9", gxsj=at(NOON + timedelta(hours=1))))
        written = attrs.evolve(step(before), token=before.data.token)
        assert store.apply(tx, [written]) == [Outcome.STALE]
    assert engine.get("1", KeyLoan).data.borrower == "u9"


# The state alone -------------------------------------------------------------------------------


def test_without_a_revision_a_row_is_moved_only_from_where_it_was_read(database, clock):
    engine, _ = engine_on(database, mapping(Fine, revision=None), clock)
    case = adopted(database, Fine, engine)
    host_writes(database, Fine, zt="09")
    with pytest.raises(Refused):
        engine.fire(case, KeyLoan.remind(), by=CLERK)


def test_a_row_that_went_away_and_came_back_is_taken_for_one_that_stayed(database, clock):
    """ABA: the state says nothing of what was between; the step is decided on the row as it is."""
    engine, _ = engine_on(database, mapping(Fine, revision=None), clock)
    case = adopted(database, Fine, engine)
    host_writes(database, Fine, zt="08")
    host_writes(database, Fine, zt="02", jyr="u9")
    after = engine.fire(case, KeyLoan.remind(), by=CLERK)
    assert (after.revision, after.data.borrower) == (2, "u9")


def test_two_of_our_own_steps_never_pass_each_other(database, clock):
    engine, _ = engine_on(database, mapping(Fine, revision=None), clock)
    case = adopted(database, Fine, engine)
    engine.fire(case, KeyLoan.freeze(), by=CLERK)
    engine.fire("1", KeyLoan.thaw(), by=CLERK)  # back in the same state
    with pytest.raises(Conflict):
        engine.fire(case, KeyLoan.remind(), by=CLERK)


def test_moments_without_a_zone_need_one(sqlite):
    with pytest.raises(InvalidMapping, match="gxsj: holds no time zone"):
        SQLStore(sqlite, tables={KeyLoan: mapping(Fine, zone=None)})
    with pytest.raises(InvalidMapping, match=r"revision needs int or datetime"):
        SQLStore(sqlite, tables={KeyLoan: mapping(Fine, revision="jyr", data={"key": "ys"})})
