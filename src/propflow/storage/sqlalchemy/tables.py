"""The tables: a case, its history, its outbox, an index of its fields, and turns to search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)
from sqlalchemy.sql.schema import SchemaItem

from propflow.storage.sqlalchemy.columns import INDEX_VALUE_LENGTH, Moment, Name, long_text

# An index entry of MariaDB holds 3072 bytes, four a character: with these lengths the widest
# index here, that of the fields, has 3044.
_ID = 255
_NAME = 120
_FIELD = 64

_MYSQL: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_default_charset": "utf8mb4",
    "mariadb_engine": "InnoDB",
    "mariadb_default_charset": "utf8mb4",
}


@attrs.frozen
class Tables:
    """The tables of one store, in the order in which they can be created."""

    case: Table
    history: Table
    outbox: Table
    indexed: Table
    turn: Table

    def __iter__(self) -> Iterator[Table]:
        """Yield the tables, each after those that it refers to."""
        yield from (self.case, self.history, self.outbox, self.indexed, self.turn)


def tables_in(metadata: MetaData, prefix: str, schema: str | None) -> Tables:
    """Return the tables, added to the metadata unless a store has added them before."""

    def table(name: str, *items: SchemaItem, **options: Any) -> Table:
        return Table(
            prefix + name, metadata, *items, schema=schema, keep_existing=True, **_MYSQL, **options
        )

    case = table(
        "case",
        *_case(),
        # A work list, and every case of a workflow: both are read in order, page by page.
        Index(f"{prefix}case_by_state", "tenant", "workflow", "state", "opened_at", "id"),
        Index(f"{prefix}case_by_opening", "tenant", "workflow", "opened_at", "id"),
        PrimaryKeyConstraint("tenant", "id", name=f"{prefix}case_pk"),
    )
    history = table(
        "history",
        *_history(),
        PrimaryKeyConstraint("tenant", "case_id", "revision", name=f"{prefix}history_pk"),
        UniqueConstraint("tenant", "key", name=f"{prefix}history_key"),
        ForeignKeyConstraint(
            ["tenant", "case_id"], [case.c.tenant, case.c.id], name=f"{prefix}history_case"
        ),
    )
    outbox = table(
        "outbox",
        *_outbox(),
        PrimaryKeyConstraint("tenant", "case_id", "revision", "index", name=f"{prefix}outbox_pk"),
    )
    indexed = table(
        "indexed",
        *_indexed(),
        PrimaryKeyConstraint("tenant", "case_id", "field", name=f"{prefix}indexed_pk"),
        Index(
            f"{prefix}indexed_by_value",
            *("tenant", "workflow", "field", "value", "opened_at", "case_id"),
        ),
        sqlite_with_rowid=False,
    )
    # A row is held by a step that relies on a search, so that another cannot rely on the same one
    # and add what this one has not found.
    turn = table(
        "turn",
        Column("tenant", Name(_ID), nullable=False),
        Column("workflow", Name(_NAME), nullable=False),
        PrimaryKeyConstraint("tenant", "workflow", name=f"{prefix}turn_pk"),
    )
    return Tables(case, history, outbox, indexed, turn)


def _case() -> list[SchemaItem]:
    return [
        Column("tenant", Name(_ID), nullable=False),
        Column("id", Name(_ID), nullable=False),
        Column("workflow", Name(_NAME), nullable=False),
        Column("version", Integer, nullable=False),
        Column("state", Name(_NAME), nullable=False),
        Column("previous", Name(_NAME)),
        Column("data", long_text(), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("opened_at", Moment, nullable=False),
        Column("occurred_at", Moment, nullable=False),
    ]


def _history() -> list[SchemaItem]:
    return [
        Column("tenant", Name(_ID), nullable=False),
        Column("case_id", Name(_ID), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("event", Name(_NAME), nullable=False),
        Column("payload", long_text()),
        Column("source", Name(_NAME), nullable=False),
        Column("target", Name(_NAME), nullable=False),
        Column("actor", Name(_ID), nullable=False),
        Column("roles", long_text(), nullable=False),
        Column("occurred_at", Moment, nullable=False),
        Column("recorded_at", Moment, nullable=False),
        Column("key", Name(_ID)),
        Column("late", Boolean, nullable=False),
        Column("data_hash", Name(64), nullable=False),
    ]


def _outbox() -> list[SchemaItem]:
    return [
        Column("tenant", Name(_ID), nullable=False),
        Column("case_id", Name(_ID), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("index", Integer, nullable=False),
        Column("kind", Name(_NAME), nullable=False),
        Column("body", long_text(), nullable=False),
        Column("recorded_at", Moment, nullable=False),
    ]


def _indexed() -> list[SchemaItem]:
    return [
        Column("tenant", Name(_ID), nullable=False),
        Column("case_id", Name(_ID), nullable=False),
        Column("field", Name(_FIELD), nullable=False),
        Column("workflow", Name(_NAME), nullable=False),
        Column("value", Name(INDEX_VALUE_LENGTH), nullable=False),
        # Of the case, which never changes it: so that the index has the order of a page.
        Column("opened_at", Moment, nullable=False),
    ]
