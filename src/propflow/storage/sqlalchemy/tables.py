"""The tables: a case with all that belongs to it, and steps whose case has not arrived."""

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
    text,
)
from sqlalchemy.sql.schema import SchemaItem

from propflow.storage.sqlalchemy.columns import INDEX_VALUE_LENGTH, Moment, Name, long_text

VERSION = "propflow_0004"
"""The version that these tables have: the last of `migrations.versions`, which leads to them."""

# An index entry of MariaDB holds 3072 bytes, four a character: with these lengths the widest
# index here, that of the fields, has 3044.
_ID = 255
_NAME = 120
_FIELD = 64
_DIGEST = 64
_STATUS = 8
_TOKEN = 32


REDACTIONS: dict[str, Any] = {"redacted": Integer, "payload_hash": Name(_DIGEST)}
"""The columns of a history that no step writes, and redactions do."""

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
    deadline: Table
    parked: Table

    @property
    def entry(self) -> list[Column[Any]]:
        """The columns of the history that a step writes."""
        return [column for column in self.history.c if column.name not in REDACTIONS]

    def __iter__(self) -> Iterator[Table]:
        """Yield the tables, each after those that it refers to."""
        yield from (self.case, self.history, self.outbox, self.indexed, self.turn, self.deadline)
        yield self.parked


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
        Index(f"{prefix}outbox_by_moment", "tenant", "status", "not_before"),
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
    deadline = table(
        "deadline",
        *_deadline(),
        PrimaryKeyConstraint("tenant", "case_id", "name", name=f"{prefix}deadline_pk"),
        Index(f"{prefix}deadline_by_moment", "tenant", "not_before"),
        # Few are provisional, and few have failed: where it can, the index holds no others.
        Index(
            f"{prefix}deadline_by_calendar", "tenant", "calendar", **_only("calendar IS NOT NULL")
        ),
        Index(
            f"{prefix}deadline_failing",
            *("tenant", "attempts", "not_before"),
            **_only("attempts > 0"),
        ),
    )
    parked = table(
        "parked",
        *_parked(),
        PrimaryKeyConstraint("tenant", "key", name=f"{prefix}parked_pk"),
        Index(f"{prefix}parked_by_case", "tenant", "case_id"),
    )
    return Tables(case, history, outbox, indexed, turn, deadline, parked)


def _only(which: str) -> dict[str, Any]:
    return {"sqlite_where": text(which), "postgresql_where": text(which)}


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
        # The seal of the latest entry, and that of what the row itself holds; rows from before
        # there were seals have none.
        Column("head", Name(_DIGEST), nullable=False, server_default=text("''")),
        Column("seal", Name(_DIGEST), nullable=False, server_default=text("''")),
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
        Column("data_hash", Name(_DIGEST), nullable=False),
        # The hash of the step's messages, and the seal of all that the entry holds.
        Column("sent", Name(_DIGEST)),
        Column("seal", Name(_DIGEST), nullable=False, server_default=text("''")),
        # What is hashed with content that may have to be forgotten; then the revision of the
        # redaction, and the hash of the payload that it took away.
        Column("salt", Name(_DIGEST)),
        *(Column(name, kind) for name, kind in REDACTIONS.items()),
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
        Column("status", Name(_STATUS), nullable=False, server_default="pending"),
        *_trying(),
    ]


def _deadline() -> list[SchemaItem]:
    return [
        Column("tenant", Name(_ID), nullable=False),
        Column("case_id", Name(_ID), nullable=False),
        Column("name", Name(_NAME), nullable=False),
        Column("since", Integer, nullable=False),
        Column("due_at", Moment, nullable=False),
        *_trying(),
        # Which data of a calendar do not reach to when it is due; nothing unless provisional.
        Column("calendar", Name(_DIGEST)),
    ]


def _parked() -> list[SchemaItem]:
    return [
        Column("tenant", Name(_ID), nullable=False),
        Column("key", Name(_ID), nullable=False),
        Column("case_id", Name(_ID), nullable=False),
        Column("workflow", Name(_NAME), nullable=False),
        Column("event", Name(_NAME), nullable=False),
        Column("payload", long_text()),
        Column("actor", Name(_ID), nullable=False),
        Column("roles", long_text(), nullable=False),
        Column("occurred_at", Moment, nullable=False),
        Column("received_at", Moment, nullable=False),
        Column("problem", long_text()),
    ]


def _trying() -> list[SchemaItem]:
    """Return what is known of attempts to be done with a row, and who holds it for one."""
    return [
        Column("not_before", Moment, nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("problem", long_text()),
        Column("token", Name(_TOKEN)),
        Column("leased_until", Moment),
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
