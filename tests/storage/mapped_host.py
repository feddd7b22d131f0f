"""A host whose own tables are the cases: one with a version column, one with little of anything."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import Numeric, SmallInteger, String, delete
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from propflow.storage.sqlalchemy import TableMapping
from tests.runtime.loans import Cupboard, KeyAudit, KeyLoan

WORKFLOWS = [KeyLoan, KeyAudit, Cupboard]


UTF8 = {"mysql_charset": "utf8mb4", "mariadb_charset": "utf8mb4"}


class Base(DeclarativeBase):
    """The host's."""


class LoanRow(Base):
    """A loan of a key, as the host has long kept it; `ver` is the ORM's version column."""

    __tablename__ = "wy_key_loan"

    id: Mapped[int] = mapped_column(primary_key=True)
    zt: Mapped[str] = mapped_column(String(2))
    ver: Mapped[int] = mapped_column()
    tenant: Mapped[str] = mapped_column(String(20))
    ys: Mapped[str] = mapped_column(String(20))
    jyr: Mapped[str | None] = mapped_column(String(20), index=True)
    yj: Mapped[Decimal] = mapped_column(Numeric(10, 2), default=0)
    cjr: Mapped[str] = mapped_column(String(20))
    sc: Mapped[int | None] = mapped_column(SmallInteger)
    bz: Mapped[str | None] = mapped_column(String(40))

    __mapper_args__: ClassVar[dict[str, Any]] = {"version_id_col": ver}
    __table_args__ = UTF8


class AuditRow(Base):
    """A look into the cupboard: a composite key, and no version column."""

    __tablename__ = "wy_audit"
    __table_args__ = UTF8

    xm: Mapped[str] = mapped_column(String(20), primary_key=True)
    bh: Mapped[str] = mapped_column(String(40), primary_key=True)
    zt: Mapped[int]
    dy: Mapped[str] = mapped_column(String(40))
    ys: Mapped[str] = mapped_column(String(40))


STATES = {"requested": "01", "lent": "02", "frozen": "08", "returned": "09"}


def loans(**changed: Any) -> TableMapping:
    """Return the mapping of the table of loans."""
    declared: dict[str, Any] = {
        "id": "id",
        "state": "zt",
        "revision": "ver",
        "tenant": "tenant",
        "states": STATES,
        "data": {"key": "ys", "borrower": "jyr", "deposit": "yj"},
        "deleted": {"sc": 1},
        "insert": {"cjr": lambda entry: entry.actor},
    }
    return TableMapping(LoanRow, **declared | changed)


def audits(**changed: Any) -> TableMapping:
    """Return the mapping of the table of audits, which has no column for `checked`."""
    declared: dict[str, Any] = {
        "id": ("xm", "bh"),
        "state": "zt",
        "states": {"opened": 1, "done": 2},
        "data": {"of": "dy", "key": "ys"},
    }
    return TableMapping(AuditRow, **declared | changed)


def loan(number: int, state: str = "01", **more: Any) -> dict[str, Any]:
    """Return a row that the host inserts."""
    row = {"id": number, "zt": state, "ver": 1, "tenant": "", "ys": "B1", "jyr": "u7"}
    return row | {"yj": Decimal("5.00"), "cjr": "host", "sc": 0, "bz": "note"} | more


def tables() -> dict[Any, TableMapping]:
    return {KeyLoan: loans(), KeyAudit: audits()}


def fresh(engine: Any) -> None:
    """Leave the host's tables empty."""
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            connection.execute(delete(table))
