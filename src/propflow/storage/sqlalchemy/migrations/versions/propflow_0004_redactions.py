"""What lets personal data leave a history and its seals stay; an index of what failed."""

from __future__ import annotations

from sqlalchemy import Column, Integer

from propflow.storage.sqlalchemy.columns import Name
from propflow.storage.sqlalchemy.migrations.place import place

revision = "propflow_0004"
down_revision = "propflow_0003"
branch_labels = None


def upgrade() -> None:
    """Add the salts of entries, and what redactions leave of a payload.

    What is there stays without a salt: its seals are as they were.
    """
    at = place()
    at.add_column("history", Column("salt", Name(64)))
    at.add_column("history", Column("redacted", Integer))
    at.add_column("history", Column("payload_hash", Name(64)))
    at.create_index(
        "deadline_failing", "deadline", ["tenant", "attempts", "not_before"], "attempts > 0"
    )
