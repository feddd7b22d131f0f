"""Errors about what a store cannot do, keep or read."""

from __future__ import annotations

from collections.abc import Sequence

from propflow.errors.root import Problems, PropflowError


class StoreError(PropflowError):
    """A store could not do what was asked."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, is closed, or does not answer."""


class SchemaMissing(StoreError):
    """The database does not have propflow's tables."""


class SchemaOutdated(SchemaMissing):
    """The database has tables of another version of propflow, which are never changed unasked.

    Attributes:
        found: The version of the tables, `None` if they do not say.
        wanted: The version that this propflow needs.
        lacking: The tables and columns that are not there, or the driver's words for that.
    """

    def __init__(self, found: str | None, wanted: str, lacking: Sequence[str]) -> None:
        self.found = found
        self.wanted = wanted
        self.lacking = tuple(lacking)
        lacks = f" and lack {', '.join(self.lacking)}" if lacking else ""
        what_to_do = "bring them there: propflow db upgrade URL"
        if found is not None and found > wanted:
            what_to_do = "they are newer: install the propflow that made them, or a newer one"
        super().__init__(
            f"propflow's tables are at version {found or 'unknown'}{lacks}, and this propflow "
            f"needs {wanted}; {what_to_do}"
        )


class UnreadableData(Problems, StoreError):
    """Stored data do not fit their class; it was changed without a new version."""


class PayloadTooLarge(PropflowError):
    """A payload is larger than what is stored."""

    def __init__(self, workflow: str, event: str, size: int, limit: int) -> None:
        self.workflow = workflow
        self.event = event
        self.size = size
        self.limit = limit
        super().__init__(
            f"the payload of {workflow}.{event} has {size} bytes, the limit is {limit}; "
            "keep large things in files and store where they are"
        )


class InvalidMapping(Problems, StoreError):
    """Tables of the host's that cannot be mapped so; `problems` lists everything that is wrong."""


class UnknownCode(StoreError):
    """A row of the host's holds a code that its mapping does not know."""

    def __init__(self, table: str, row: str, column: str, code: object) -> None:
        self.table = table
        self.row = row
        self.column = column
        self.code = code
        super().__init__(
            f"the row {row} of {table} has {column} = {code!r}, which its mapping does not know; "
            "name the code in the TableMapping, or correct the row"
        )


class RevisionWentBack(StoreError):
    """The revision column of a row of the host's holds less than a step has written there."""

    def __init__(self, table: str, row: str, column: str, found: int, written: int) -> None:
        self.table = table
        self.row = row
        self.column = column
        self.found = found
        self.written = written
        super().__init__(
            f"the row {row} of {table} has {column} = {found}, but the last step left {written}: a "
            "revision never goes back, for steps would be mistaken for each other; nothing was "
            f"written: set {column} to {written + 1} there, and raise it with each change"
        )


class RowRefused(StoreError):
    """A table of the host's does not take a row: one of its constraints or types forbids it."""

    def __init__(self, table: str, row: str, why: str) -> None:
        self.table = table
        self.row = row
        self.why = why
        super().__init__(
            f"the table {table} does not take the row {row}: {why}; nothing was written: "
            "see what the mapping writes there, and what the table's constraints ask for"
        )


class InvalidQuery(Problems):
    """A search that cannot be made; `problems` lists every part that is wrong."""
