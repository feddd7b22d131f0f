"""Cases, their history and outbox, the index of their fields, and turns to search."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from propflow.storage.sqlalchemy.columns import Moment, Name, long_text
from propflow.storage.sqlalchemy.migrations.place import Place, place

revision = "propflow_0001"
down_revision = None
branch_labels = ("propflow",)


def upgrade() -> None:
    """Create the tables."""
    at = place()
    _case(at)
    _history(at)
    _outbox(at)
    _indexed(at)
    at.create_table(
        "turn",
        Column("tenant", Name(255), nullable=False),
        Column("workflow", Name(120), nullable=False),
        PrimaryKeyConstraint("tenant", "workflow", name=f"{at.prefix}turn_pk"),
    )


def _case(at: Place) -> None:
    at.create_table(
        "case",
        Column("tenant", Name(255), nullable=False),
        Column("id", Name(255), nullable=False),
        Column("workflow", Name(120), nullable=False),
        Column("version", Integer, nullable=False),
        Column("state", Name(120), nullable=False),
        Column("previous", Name(120)),
        Column("data", long_text(), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("opened_at", Moment, nullable=False),
        Column("occurred_at", Moment, nullable=False),
        PrimaryKeyConstraint("tenant", "id", name=f"{at.prefix}case_pk"),
    )
    at.create_index("case_by_state", "case", ["tenant", "workflow", "state", "opened_at", "id"])
    at.create_index("case_by_opening", "case", ["tenant", "workflow", "opened_at", "id"])


def _history(at: Place) -> None:
    case = f"{at.schema}.{at.prefix}case" if at.schema else f"{at.prefix}case"
    at.create_table(
        "history",
        Column("tenant", Name(255), nullable=False),
        Column("case_id", Name(255), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("version", Integer, nullable=False),
        Column("event", Name(120), nullable=False),
        Column("payload", long_text()),
        Column("source", Name(120), nullable=False),
        Column("target", Name(120), nullable=False),
        Column("actor", Name(255), nullable=False),
        Column("roles", long_text(), nullable=False),
        Column("occurred_at", Moment, nullable=False),
        Column("recorded_at", Moment, nullable=False),
        Column("key", Name(255)),
        Column("late", Boolean, nullable=False),
        Column("data_hash", Name(64), nullable=False),
        PrimaryKeyConstraint("tenant", "case_id", "revision", name=f"{at.prefix}history_pk"),
        UniqueConstraint("tenant", "key", name=f"{at.prefix}history_key"),
        ForeignKeyConstraint(
            ["tenant", "case_id"],
            [f"{case}.tenant", f"{case}.id"],
            name=f"{at.prefix}history_case",
        ),
    )


def _outbox(at: Place) -> None:
    at.create_table(
        "outbox",
        Column("tenant", Name(255), nullable=False),
        Column("case_id", Name(255), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("index", Integer, nullable=False),
        Column("kind", Name(120), nullable=False),
        Column("body", long_text(), nullable=False),
        Column("recorded_at", Moment, nullable=False),
        PrimaryKeyConstraint(
            "tenant", "case_id", "revision", "index", name=f"{at.prefix}outbox_pk"
        ),
    )


def _indexed(at: Place) -> None:
    at.create_table(
        "indexed",
        Column("tenant", Name(255), nullable=False),
        Column("case_id", Name(255), nullable=False),
        Column("field", Name(64), nullable=False),
        Column("workflow", Name(120), nullable=False),
        Column("value", Name(65), nullable=False),
        Column("opened_at", Moment, nullable=False),
        PrimaryKeyConstraint("tenant", "case_id", "field", name=f"{at.prefix}indexed_pk"),
        sqlite_with_rowid=False,
    )
    at.create_index(
        "indexed_by_value",
        "indexed",
        ["tenant", "workflow", "field", "value", "opened_at", "case_id"],
    )
