"""Which data of a calendar a provisional deadline was computed with."""

from __future__ import annotations

from sqlalchemy import Column

from propflow.storage.sqlalchemy.columns import Name
from propflow.storage.sqlalchemy.migrations.place import place

revision = "propflow_0003"
down_revision = "propflow_0002"
branch_labels = None


def upgrade() -> None:
    """Add the data's version; deadlines that run have none, and are computed anew when due."""
    at = place()
    at.add_column("deadline", Column("calendar", Name(64)))
    at.create_index(
        "deadline_by_calendar", "deadline", ["tenant", "calendar"], "calendar IS NOT NULL"
    )
