"""Deadlines, what becomes of messages in the outbox, seals, and steps that arrive early."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    column,
    table,
    text,
    update,
)

from propflow.storage.sqlalchemy.columns import Moment, Name, long_text
from propflow.storage.sqlalchemy.migrations.place import Place, place

revision = "propflow_0002"
down_revision = "propflow_0001"
branch_labels = None


def upgrade() -> None:
    """Add deadlines, what is known of messages, seals, and steps whose case has not arrived.

    Messages that wait go on waiting. What is there stays without a seal: only the store has the key
    to make one.
    """
    at = place()
    _deadline(at)
    _outbox(at)
    _seals(at)
    _parked(at)


def _deadline(at: Place) -> None:
    at.create_table(
        "deadline",
        Column("tenant", Name(255), nullable=False),
        Column("case_id", Name(255), nullable=False),
        Column("name", Name(120), nullable=False),
        Column("since", Integer, nullable=False),
        Column("due_at", Moment, nullable=False),
        Column("not_before", Moment, nullable=False),
        *_trying(),
        PrimaryKeyConstraint("tenant", "case_id", "name", name=f"{at.prefix}deadline_pk"),
    )
    at.create_index("deadline_by_moment", "deadline", ["tenant", "not_before"])


def _outbox(at: Place) -> None:
    name = f"{at.prefix}outbox"
    at.add_column("outbox", _status())
    at.add_column("outbox", Column("not_before", Moment))
    for each in _trying():
        at.add_column("outbox", each)
    rows = table(
        name, column("not_before", Moment), column("recorded_at", Moment), schema=at.schema
    )
    op.execute(update(rows).values(not_before=rows.c.recorded_at))
    # SQLite cannot alter a column: there the table is written anew, from what stands here.
    with op.batch_alter_table(name, schema=at.schema, copy_from=_outbox_so_far(at)) as outbox:
        outbox.alter_column("not_before", existing_type=Moment(), nullable=False)
    at.create_index("outbox_by_moment", "outbox", ["tenant", "status", "not_before"])


def _outbox_so_far(at: Place) -> Table:
    return Table(
        f"{at.prefix}outbox",
        MetaData(),
        Column("tenant", Name(255), nullable=False),
        Column("case_id", Name(255), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("index", Integer, nullable=False),
        Column("kind", Name(120), nullable=False),
        Column("body", long_text(), nullable=False),
        Column("recorded_at", Moment, nullable=False),
        _status(),
        Column("not_before", Moment),
        *_trying(),
        PrimaryKeyConstraint(
            "tenant", "case_id", "revision", "index", name=f"{at.prefix}outbox_pk"
        ),
        schema=at.schema,
    )


def _seals(at: Place) -> None:
    at.add_column("case", Column("head", Name(64), nullable=False, server_default=text("''")))
    at.add_column("case", Column("seal", Name(64), nullable=False, server_default=text("''")))
    at.add_column("history", Column("sent", Name(64)))
    at.add_column("history", Column("seal", Name(64), nullable=False, server_default=text("''")))


def _parked(at: Place) -> None:
    at.create_table(
        "parked",
        Column("tenant", Name(255), nullable=False),
        Column("key", Name(255), nullable=False),
        Column("case_id", Name(255), nullable=False),
        Column("workflow", Name(120), nullable=False),
        Column("event", Name(120), nullable=False),
        Column("payload", long_text()),
        Column("actor", Name(255), nullable=False),
        Column("roles", long_text(), nullable=False),
        Column("occurred_at", Moment, nullable=False),
        Column("received_at", Moment, nullable=False),
        Column("problem", long_text()),
        PrimaryKeyConstraint("tenant", "key", name=f"{at.prefix}parked_pk"),
    )
    at.create_index("parked_by_case", "parked", ["tenant", "case_id"])


def _status() -> Column[str]:
    return Column("status", Name(8), nullable=False, server_default="pending")


def _trying() -> list[Column[Any]]:
    return [
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("problem", long_text()),
        Column("token", Name(32)),
        Column("leased_until", Moment),
    ]
