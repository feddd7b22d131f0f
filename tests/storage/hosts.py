"""A host with a table of its own beside propflow's."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, Engine, String, event, func, insert, select, table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tests.runtime.loans import Cupboard, KeyAudit, KeyLoan

OPENING = KeyLoan.request(key="B1", borrower="u7")
WORKFLOWS = [KeyLoan, KeyAudit, Cupboard]


class Base(DeclarativeBase):
    """The host's."""


class Note(Base):
    """A row of the host's."""

    __tablename__ = "host_note"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(String(9), default="")


def begun_by_events(engine: Engine) -> None:
    """Make SQLite begin when SQLAlchemy does, as its manual advises."""

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection):
        connection.exec_driver_sql("BEGIN")


def write(handle, number: int) -> None:
    handle.execute(insert(Note), [{"id": number, "text": ""}])


def notes(host) -> list[int]:
    with host.connect() as connection:
        return list(connection.execute(select(Note.id).order_by(Note.id)).scalars())


def rows(host) -> dict[str, int]:
    """Return how many rows each of propflow's tables has."""
    with host.connect() as connection:
        return {
            name: connection.execute(
                select(func.count()).select_from(table(f"propflow_{name}"))
            ).scalar_one()
            for name in ("case", "history", "outbox", "indexed")
        }


NOTHING = {"case": 0, "history": 0, "outbox": 0, "indexed": 0}
