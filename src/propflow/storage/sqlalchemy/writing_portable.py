"""Writing change by change, with statements that every database has."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from propflow.storage.caps import BY_DIALECT, Caps
from propflow.storage.records import Change, Outcome
from propflow.storage.sealing import Sealed, Seals
from propflow.storage.sqlalchemy.chaining import Chains
from propflow.storage.sqlalchemy.columns import MYSQL
from propflow.storage.sqlalchemy.faults import is_duplicate
from propflow.storage.sqlalchemy.prepared import Prepared
from propflow.storage.sqlalchemy.row_sets import RowSet
from propflow.storage.sqlalchemy.rows import (
    Values,
    case_id_of,
    case_row,
    entry_row,
    id_of,
    move_row,
)
from propflow.storage.sqlalchemy.running import Running
from propflow.storage.sqlalchemy.statements import Statements


class PortableWriter:
    """Writes one change after another, its rows table by table."""

    def __init__(self, statements: Statements, seals: Seals, dialect: str) -> None:
        self._sql = statements
        self._seals = seals
        self._mysql = dialect in MYSQL
        self._silent = Caps.QUIET_INSERT in BY_DIALECT.get(dialect, Caps.NONE)

    def write(
        self, tx: Connection, run: Running, changes: Sequence[Change], *, last: bool
    ) -> list[Outcome]:
        """Write changes in order, each whole or not at all."""
        chains = Chains(self._seals, self._sql.standing, run)
        outcomes: list[Outcome] = []
        for change in changes:
            sealed = chains.sealed(change)
            write = self._open if change.expected == 0 else self._move
            outcome = write(tx, run, change, sealed)
            if outcome is Outcome.MOVED:
                chains.moved(change, sealed)
            outcomes.append(outcome)
        return outcomes

    def _open(self, tx: Connection, run: Running, change: Change, sealed: Sealed) -> Outcome:
        if not self.inserted(tx, run, self._sql.open_case, case_row(change.snapshot, sealed)):
            return Outcome.DUPLICATE
        if not self.inserted(tx, run, self._sql.first_entry, entry_row(change, sealed)):
            run.count(self._sql.withdraw_case, id_of(change.snapshot.ref))
            return Outcome.DUPLICATE
        for rows_of in self._sql.row_sets:
            rows = rows_of.rows(change)
            if rows:
                run.each(self._sql.rows_of[rows_of].add, rows)
        return Outcome.MOVED

    def _move(self, tx: Connection, run: Running, change: Change, sealed: Sealed) -> Outcome:
        # The entry goes first: it is written only where the case is at the expected revision and
        # the key is free, and from then on nobody else can move the case. So nothing is ever to
        # be taken back.
        row = {**entry_row(change, sealed), "expected": change.expected}
        if not self.inserted(tx, run, self._sql.add_entry, row):
            return self.refused(run, change)
        run.count(self._sql.move_case, move_row(change.snapshot, sealed))
        for rows_of in self._sql.row_sets:
            rows = rows_of.rows(change)
            if rows_of.replaces and rows is not None:
                self._replace(run, rows_of, change, rows)
            elif rows:
                run.each(self._sql.rows_of[rows_of].add, rows)
        return Outcome.MOVED

    def refused(self, run: Running, change: Change) -> Outcome:
        """Tell why a case was not moved."""
        found = run.rows(self._sql.revision, id_of(change.snapshot.ref))
        at_revision = bool(found) and found[0][0] == change.expected
        return Outcome.DUPLICATE if at_revision else Outcome.STALE

    def _replace(
        self, run: Running, rows_of: RowSet, change: Change, rows: Sequence[Values]
    ) -> None:
        """Write the rows of a case anew if they differ; few steps change any."""
        of_case = case_id_of(change.snapshot.ref)
        sql = self._sql.rows_of[rows_of]
        stored = {tuple(row) for row in run.rows(sql.stored, of_case)}
        names = rows_of.table.c.keys()
        if stored != {tuple(row[name] for name in names) for row in rows}:
            run.count(sql.drop, of_case)
            if rows:
                run.each(sql.add, rows)

    def inserted(self, tx: Connection, run: Running, statement: Prepared, row: Values) -> bool:
        """Insert a row, and tell whether its keys were free; nothing is written if not."""
        if self._silent:
            return run.count(statement, row) == 1
        try:
            # InnoDB takes back a statement that failed and nothing else; of a database that we
            # do not know, we cannot say that.
            with nullcontext() if self._mysql else tx.begin_nested():
                return run.count(statement, row) == 1
        except IntegrityError as error:
            if self._mysql and not is_duplicate(error):
                raise
            return False
