"""What a change writes beside its case and its entry: a further set of rows is added here."""

from __future__ import annotations

from collections.abc import Callable

import attrs
from sqlalchemy import Table

from propflow.storage.records import Change
from propflow.storage.sqlalchemy.rows import Values, message_rows, value_rows
from propflow.storage.sqlalchemy.tables import Tables


@attrs.frozen
class RowSet:
    """Rows of one table that changes write; their columns `tenant` and `case_id` name the case.

    Attributes:
        table: The table.
        rows: Returns the rows of a change; `None` where it leaves the table as it is.
        replaces: The rows take the place of those that the case has, and are not added to them.
            Then the table's primary key tells which is which.
    """

    table: Table
    rows: Callable[[Change], list[Values] | None]
    replaces: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rows give; the database fills in the others."""
        given = (c for c in self.table.c if not c.nullable and c.server_default is None)
        return tuple(column.name for column in given)


def row_sets_in(tables: Tables) -> tuple[RowSet, ...]:
    """Return what a change writes into the tables of a store, in the order of writing."""
    return (
        RowSet(tables.outbox, message_rows),
        RowSet(tables.indexed, value_rows, replaces=True),
    )
