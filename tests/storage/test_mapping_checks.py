"""Whatever is wrong with a mapping is told when the store is made, all at once."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    create_engine,
    insert,
    select,
    text,
)

from propflow import START, Actor, Engine, Event, State, Workflow
from propflow.errors import InvalidMapping, PropflowError, RowRefused, UnknownCode
from propflow.storage.sqlalchemy import MappedColumn, SQLStore, TableMapping
from tests.runtime.loans import KeyAudit, KeyLoan

from .mapped_host import LoanRow, audits, loans, tables

CLERK = Actor("c1")


def problems_of(mapping: Any, workflow: Any = KeyLoan) -> list[str]:
    with pytest.raises(InvalidMapping) as invalid:
        SQLStore("sqlite://", tables={workflow: mapping})
    return sorted(map(str, invalid.value.problems))


def test_the_mapping_of_a_host_has_no_problems():
    assert dict(SQLStore("sqlite://", tables=tables()).mapped) == {
        "key_loan": "wy_key_loan",
        "key_audit": "wy_audit",
    }


def test_everything_that_is_wrong_is_told_at_once():
    found = problems_of(
        loans(
            id="nummer",
            revision="ys",
            updated="cjr",
            tenant="sc",
            states={"requested": "01", "lent": "01", "frozen": 8, "gone": "123"},
            data={"key": "ys", "borrower": "name", "colour": "bz", "reminders": "jyr"},
            deleted={"weg": 1},
            insert={"zt": "01", "neu": 1},
            strict=True,
        )
    )
    said = "\n".join(found)
    for part in (
        "nummer: is no column of the table, named by id; it has id, zt, ver",
        "wy_key_loan.ys: is named by revision and by data['key']",
        "wy_key_loan.ys: is String(length=20); revision needs int",
        "wy_key_loan.cjr: is String(length=20); updated needs datetime",
        "zt: 'requested' and 'lent' have one code, '01'",
        "zt: the code 8 does not fit String(length=2)",
        "zt: the code '123' does not fit String(length=2)",
        "zt: the state 'returned' has no code",
        "zt: key_loan has no state 'gone' to rest in",
        "name: is no column of the table, named by data['borrower']",
        "bz: Loan has no field 'colour'; it has key, borrower",
        "jyr: the column jyr holds String(length=20), which does not fit int",
        "weg: is no column of the table, named by deleted",
        "zt: is named by state and by insert['zt']",
        "neu: is no column of the table, named by insert['neu']",
        "strict: the field 'deposit' has no column",
        "wy_key_loan.ver: is NOT NULL and nothing gives it a value",
        "wy_key_loan.tenant: is NOT NULL and nothing gives it a value",
    ):
        assert part in said, part


def test_a_key_must_be_one():
    assert problems_of(loans(id="bz"), KeyLoan) == [
        "wy_key_loan.bz: is no key: nothing says that it is unique in the table"
    ]
    assert problems_of(audits(id=("xm",), insert={"bh": "1"}), KeyAudit) == [
        "wy_audit.xm: is no key: nothing says that it is unique in the table"
    ]
    blob = Table(
        "blob", MetaData(), Column("id", LargeBinary, primary_key=True), Column("zt", Integer)
    )
    states = {"requested": 1, "lent": 2, "frozen": 3, "returned": 4}
    assert problems_of(TableMapping(blob, id="id", state="zt", states=states)) == [
        "blob.id: is LargeBinary(); a key is of text or of whole numbers"
    ]


def test_two_workflows_cannot_have_one_table():
    both = {KeyLoan: loans(), KeyAudit: attrs.evolve(audits(), table=LoanRow)}
    with pytest.raises(InvalidMapping, match="is mapped to key_loan already; key_audit needs"):
        SQLStore("sqlite://", tables=both)


# Fields of every kind -----------------------------------------------------------------------------


class Grade(enum.StrEnum):
    LOW = "low"
    HIGH = "high"


@attrs.frozen
class Kinds:
    name: str
    note: str = ""
    maybe: str | None = None
    count: int = 0
    price: Decimal = Decimal(0)
    flag: bool = False
    other_flag: bool = False
    at: dt.datetime | None = None
    on: dt.date | None = None
    grade: Grade = Grade.LOW
    coded: Grade = Grade.LOW
    many: tuple[str, ...] = ()
    as_text: tuple[int, ...] = ()
    cents: Decimal = Decimal(0)


class Sorting(Workflow[Kinds]):
    """Holds a field of every kind."""

    indexed = ("name", "note", "count", "price", "flag", "at", "on", "grade", "coded")
    opened = State(zh="开", en="Open")
    shut = State(zh="关", en="Shut", final=True)
    begin = Event(Kinds, START >> opened, zh="开始", en="Begin")
    change = Event(Kinds, opened >> opened, zh="改", en="Change")
    shut_it = Event(opened >> shut, zh="关", en="Shut")


HOST = MetaData()
KINDS = Table(
    "host_kinds",
    HOST,
    Column("id", String(60), primary_key=True),
    Column("zt", Integer, nullable=False),
    Column("name", String(40), nullable=False),
    Column("note", String(40)),
    Column("maybe", String(40)),
    Column("count", Integer),
    Column("price", Numeric(12, 4)),
    Column("flag", Boolean),
    Column("other_flag", Integer),
    Column("at", DateTime),
    Column("on", Date),
    Column("grade", String(9)),
    Column("coded", Integer),
    Column("many", JSON),
    Column("as_text", String(80)),
    Column("cents", Integer),
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)


def sorting(**changed: Any) -> TableMapping:
    names = [column.name for column in KINDS.c if column.name not in {"id", "zt"}]
    declared: dict[str, Any] = {
        **{name: name for name in names},
        "coded": MappedColumn("coded", codes={"low": 1, Grade.HIGH: 2}),
        "cents": MappedColumn(
            "cents", write=lambda value: int(value * 100), read=lambda held: Decimal(held) / 100
        ),
    }
    options: dict[str, Any] = {"strict": True, "zone": ZoneInfo("Asia/Shanghai")}
    options["data"] = declared
    states = {"opened": 1, "shut": 2}
    return TableMapping(KINDS, id="id", state="zt", states=states, **options | changed)


FULL = Kinds(
    name="甲",
    note="n",
    maybe="m",
    count=-3,
    price=Decimal("12.5"),
    flag=True,
    other_flag=True,
    at=dt.datetime(2026, 5, 1, 4, 30, tzinfo=dt.UTC),
    on=dt.date(2026, 5, 1),
    grade=Grade.HIGH,
    coded=Grade.HIGH,
    many=("a", "b"),
    as_text=(1, 2),
    cents=Decimal("1.25"),
)


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request):
    made = create_engine(request.getfixturevalue(request.param))
    HOST.drop_all(made)
    HOST.create_all(made)
    yield made
    HOST.drop_all(made)
    made.dispose()


@pytest.fixture
def engine(database) -> Engine:
    store = SQLStore(database, tables={Sorting: sorting()})
    store.create_tables()
    return Engine(store, [Sorting])


@pytest.mark.parametrize("data", [FULL, Kinds(name="")], ids=["full", "empty"])
def test_fields_of_every_kind_come_back_and_are_found(engine, data):
    case = engine.start(Sorting.begin(**attrs.asdict(data, recurse=False)), by=CLERK)
    assert engine.get(case.id, Sorting).data == data
    changed = engine.fire(case, Sorting.change(**attrs.asdict(FULL, recurse=False)), by=CLERK)
    assert engine.get(case.id, Sorting) == changed
    for field in Sorting.indexed:
        found = engine.find(Sorting, where={field: getattr(FULL, field)})
        assert case.id in [each.id for each in found], field


def test_a_moment_stands_in_the_column_in_the_zone_of_the_host(engine, database):
    case = engine.start(Sorting.begin(name="x", at=FULL.at), by=CLERK)
    with database.connect() as connection:
        held = connection.execute(select(KINDS).where(KINDS.c.id == case.id)).mappings().one()
    assert held["at"] == dt.datetime(2026, 5, 1, 12, 30)  # noqa: DTZ001 - the host's own
    assert (held["note"], held["maybe"], held["coded"], held["cents"]) == (None, None, 1, 0)


@pytest.mark.parametrize(
    ("column", "held"),
    [("coded", 3), ("grade", "middle"), ("other_flag", 2), ("as_text", "[1"), ("as_text", '["x"]')],
)
def test_a_column_that_holds_what_its_field_cannot_is_named(engine, database, column, held):
    row = {"id": "r", "zt": 1, "name": "x", "grade": "low", "coded": 1, "as_text": "[]"}
    with database.begin() as connection:
        connection.execute(insert(KINDS).values(row | {column: held}))
    with pytest.raises(UnknownCode) as unknown:
        engine.adopt(Sorting, "r", by=CLERK)
    error = unknown.value
    assert (error.table, error.row, error.column, error.code) == ("host_kinds", "r", column, held)


def test_an_empty_column_is_the_default_of_its_field(engine, database):
    with database.begin() as connection:
        connection.execute(insert(KINDS).values({"id": "r", "zt": 1, "name": "x", "many": []}))
        connection.execute(text("UPDATE host_kinds SET as_text = '[]'"))
    assert engine.adopt(Sorting, "r", by=CLERK).data == Kinds(name="x")


def test_a_value_without_a_code_is_refused_by_name(database):
    declared = {"name": "name", "coded": MappedColumn("coded", codes={Grade.LOW: 1})}
    store = SQLStore(database, tables={Sorting: sorting(data=declared, strict=False)})
    store.create_tables()
    engine = Engine(store, [Sorting])
    with pytest.raises(RowRefused, match=r"coded: .*'high'.* has no code"):
        engine.start(Sorting.begin(name="x", coded=Grade.HIGH), by=CLERK, id="1")
    assert len(engine.find(Sorting)) == 0


def test_a_moment_needs_a_zone_and_a_type_must_fit():
    said = "\n".join(problems_of(sorting(zone=None), Sorting))
    assert "host_kinds.at: the column at holds moments without a time zone" in said
    said = "\n".join(
        problems_of(sorting(data={"name": "name", "price": "count"}, strict=False), Sorting)
    )
    assert "host_kinds.count: the column count holds Integer(), which does not fit Decimal" in said
    assert issubclass(InvalidMapping, PropflowError)
