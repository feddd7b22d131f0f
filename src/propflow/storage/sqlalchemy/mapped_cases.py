"""Cases that are rows of the host's tables: the row, and what propflow keeps beside it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import groupby
from typing import Any

import attrs
from sqlalchemy import Connection, Dialect, RowMapping, select, text
from sqlalchemy.exc import DataError, IntegrityError

from propflow.definition import ADOPTED
from propflow.errors import (
    InvalidArgument,
    RevisionWentBack,
    RowRefused,
    TenancyError,
    UnknownCode,
)
from propflow.storage.records import Change, HostRow, Outcome, Query, Ref, Snapshot, Unadopted
from propflow.storage.sqlalchemy.mapped_checks import Mappings, mapped_tables
from propflow.storage.sqlalchemy.mapped_expiring import expire
from propflow.storage.sqlalchemy.mapped_statements import (
    KEYS,
    LIMIT,
    REVISION,
    STATE,
    MappedStatements,
)
from propflow.storage.sqlalchemy.mapped_table import TENANT, MappedTable
from propflow.storage.sqlalchemy.mapped_values import NOTHING, key_parts, key_text
from propflow.storage.sqlalchemy.rows import snapshot_of
from propflow.storage.sqlalchemy.tables import Tables

_KEYS_AT_ONCE = 500

Load = Callable[[Sequence[Ref]], list[Snapshot | None]]
Write = Callable[[Sequence[Change]], list[Outcome]]
Beside = Callable[[Change], Outcome]


def _way(change: Change) -> str:
    """Return how a change is written: into our own tables alone, a host's too, or an adoption."""
    if not change.snapshot.ref.table:
        return "own"
    return "adopted" if change.entry.event == ADOPTED else "host"


class MappedCases:
    """Reads and writes rows of the host's tables; a row is always held before what is beside it.

    Attributes:
        by_workflow: The tables by the names of their workflows.
    """

    def __init__(self, mapped: dict[str, MappedTable], tables: Tables) -> None:
        self.by_workflow = mapped
        self._tables = tables
        self._by_name = {of.name: of for of in mapped.values()}
        self._written_in: dict[Connection, list[Ref]] = {}
        self._sql = {of.name: MappedStatements(of, tables) for of in mapped.values()}

    def load(
        self, tx: Connection, refs: Sequence[Ref], own: Load, *, lock: bool
    ) -> list[Snapshot | None]:
        """Return the cases in the order asked for, `None` for one that is not there.

        Args:
            tx: The transaction.
            refs: Which cases, of the host's tables or of our own.
            own: Reads them in our own tables.
            lock: Hold them until the transaction ends.
        """
        rows: dict[Ref, HostRow] = {}
        for name in sorted({ref.table for ref in refs if ref.table}):
            rows |= self._rows(tx, name, [ref for ref in refs if ref.table == name], lock=lock)
        there = [ref for ref in refs if not ref.table or ref in rows]
        found = dict(zip(there, own(there) if there else [], strict=True))
        return [
            stored
            if stored is None or ref not in rows
            else self._by_name[ref.table].joined(stored, rows[ref])
            for ref, stored in ((ref, found.get(ref)) for ref in refs)
        ]

    def _rows(
        self, tx: Connection, name: str, refs: Sequence[Ref], *, lock: bool
    ) -> dict[Ref, HostRow]:
        """Return rows of one table, read in the order of their keys."""
        of = self._by_name.get(name)
        if of is None:
            return {}
        if len(refs) == 1:
            only = self._row(tx, of, refs[0], lock=lock)
            return {} if only is None else {refs[0]: only}
        found: dict[Ref, HostRow] = {}
        for tenant in sorted({ref.tenant for ref in refs}):
            held = of.tenant_of(tenant)
            parts = {key_parts(of.key, ref.case_id) for ref in refs if ref.tenant == tenant}
            keys = sorted(part for part in parts if part is not None)
            if held is None:
                continue
            for start in range(0, len(keys), _KEYS_AT_ONCE):
                some: list[Any] = keys[start : start + _KEYS_AT_ONCE]
                bound = {TENANT: held, KEYS: [k[0] for k in some] if len(of.key) == 1 else some}
                for row in tx.execute(self._sql[name].load_many[lock], bound).mappings():
                    found[Ref(tenant, of.id_of(row)).in_table(name)] = of.host_row(row)
        return found

    def _row(self, tx: Connection, of: MappedTable, ref: Ref, *, lock: bool) -> HostRow | None:
        bound = of.bound(ref)
        if bound is None:
            return None
        row = tx.execute(self._sql[of.name].load[lock], bound).mappings().first()
        return None if row is None or of.id_of(row) != ref.case_id else of.host_row(row)

    def row(self, tx: Connection, ref: Ref) -> HostRow | None:
        """Return a row, held until the transaction ends, case or not."""
        of = self._by_name.get(ref.table)
        return None if of is None else self._row(tx, of, ref, lock=True)

    # Writing --------------------------------------------------------------------------------------

    def apply(self, tx: Connection, changes: Sequence[Change], own: Write) -> list[Outcome]:
        """Write changes in order, each whole or not at all.

        Args:
            tx: The transaction.
            changes: The changes, of the host's rows or of our own.
            own: Writes changes into our own tables.
        """
        outcomes: list[Outcome] = []
        for way, some in groupby(changes, key=_way):
            if way == "adopted":
                outcomes += self._adopt(tx, list(some), own)
            elif way == "host":
                outcomes += (self._write(tx, change, lambda c: own([c])[0]) for change in some)
            else:
                outcomes += own(list(some))
        return outcomes

    def _write(self, tx: Connection, change: Change, beside: Beside) -> Outcome:
        """Write a change of a row and what is beside it, both or neither."""
        of = self._by_name[change.snapshot.ref.table]
        savepoint = tx.begin_nested()
        try:
            outcome = self._written(tx, of, change, beside)
        except BaseException as error:
            savepoint.rollback()
            # Another transaction may have inserted the row since we looked for it.
            may_be_there = isinstance(error, RowRefused) and change.expected == 0
            if may_be_there and self._is_taken(tx, of, change.snapshot.ref):
                return Outcome.DUPLICATE
            raise
        if outcome is Outcome.MOVED:
            savepoint.commit()
            self._note(tx, change.snapshot.ref)
        else:
            savepoint.rollback()
        return outcome

    def _written(self, tx: Connection, of: MappedTable, change: Change, beside: Beside) -> Outcome:
        write = self._open if change.expected == 0 else self._move
        outcome = write(tx, of, change, beside)
        if outcome is Outcome.MOVED:
            self._log(tx, of, change)
        return outcome

    def _log(self, tx: Connection, of: MappedTable, change: Change) -> None:
        """Add an entry to the host's own log."""
        if of.history is not None:
            with _told(of.history.name, change.snapshot.ref):
                tx.execute(of.history.insert, of.logged(of.history, change))

    def _open(self, tx: Connection, of: MappedTable, change: Change, beside: Beside) -> Outcome:
        ref = change.snapshot.ref
        row = of.opened(change)
        if row is None:
            if of.tenant_of(ref.tenant) is None:
                raise TenancyError(
                    f"the table {of.name} has no rows of the tenant {ref.tenant!r}: its mapping "
                    "names no tenant column, or one that cannot hold it; use the engine unscoped, "
                    "or name the column: TableMapping(…, tenant=…)"
                )
            wanted = ", ".join(f"{column.name} {column.type!r}" for column in of.key)
            raise InvalidArgument("id", ref.case_id, f"is no key of {of.name} ({wanted})")
        if self._is_taken(tx, of, ref):
            return Outcome.DUPLICATE
        with _told(of.name, ref):
            tx.execute(self._sql[of.name].insert, row)
        return beside(of.beside(change))

    def _is_taken(self, tx: Connection, of: MappedTable, ref: Ref) -> bool:
        return tx.execute(self._sql[of.name].taken, of.bound(ref)).first() is not None

    def _move(self, tx: Connection, of: MappedTable, change: Change, beside: Beside) -> Outcome:
        ref = change.snapshot.ref
        bound = of.bound(ref)
        code = of.code_of(change.entry.source)
        if bound is None or code is NOTHING:
            return Outcome.STALE
        statement = self._sql[of.name].move.values(of.moved(change))
        # SQLite keeps text, which has several forms for one moment; there a writer is alone anyway.
        read = change.token if tx.dialect.name != "sqlite" else None
        if of.moments is not None and isinstance(read, datetime):
            statement = statement.where(of.moments.column == read)
        with _told(of.name, ref):
            moved = tx.execute(statement, {**bound, STATE: code, REVISION: change.expected})
        if moved.rowcount != 1:
            self._check_not_back(tx, of, change)
            return Outcome.STALE
        if of.revision is not None or of.moments is not None:
            self._catch_up(tx, change)
        return beside(of.beside(change))

    def _check_not_back(self, tx: Connection, of: MappedTable, change: Change) -> None:
        """Tell a revision that the host has lowered from a case that somebody else has changed.

        Raises:
            RevisionWentBack: The row has a lower one than the last step gave it.
        """
        case, ref = self._tables.case, change.snapshot.ref
        row = self._row(tx, of, ref, lock=True)
        if row is None or of.revision is None or row.revision is None:
            return
        asked = select(case.c.revision).where(case.c.tenant == ref.tenant, case.c.id == ref.id)
        ours = tx.execute(asked).scalar() or 0
        if row.revision < ours:
            raise RevisionWentBack(of.name, ref.case_id, of.revision.name, row.revision, ours)

    def _catch_up(self, tx: Connection, change: Change) -> None:
        """Bring what is beside a row to the revision that the host has given the row since."""
        case = self._tables.case
        of_case = [
            case.c.tenant == change.snapshot.ref.tenant,
            case.c.id == change.snapshot.ref.id,
            case.c.revision < change.expected,
        ]
        tx.execute(case.update().where(*of_case).values(revision=change.expected))

    def _adopt(self, tx: Connection, changes: list[Change], own: Write) -> list[Outcome]:
        """Write what is beside rows that the host has; they stay, but for a missing revision."""
        beside: list[Change] = []
        for change in changes:
            ref = change.snapshot.ref
            of = self._by_name[ref.table]
            first = self._sql[of.name].first_revision
            bound = of.bound(ref)
            if first is not None and bound is not None and change.snapshot.revision == 1:
                with _told(of.name, ref):
                    tx.execute(first, bound)
                self._note(tx, ref)
            held = None if of.moments is None else self._row(tx, of, ref, lock=False)
            beside.append(of.beside(change, None if held is None else held.moment))
        outcomes = own(beside)
        for change, outcome in zip(changes, outcomes, strict=True):
            if outcome is Outcome.MOVED:
                self._log(tx, self._by_name[change.snapshot.ref.table], change)
        return outcomes

    def _note(self, tx: Connection, ref: Ref) -> None:
        """Note that a row was written, for a session that may have loaded it."""
        if tx in self._written_in:
            self._written_in[tx].append(ref)

    @contextmanager
    def expiring(self, tx: Connection, handle: Any) -> Generator[None]:
        """Let a session of the host's forget what it has loaded of rows that the block writes.

        Otherwise its objects would show what was, and a flush of one with a version column raise.
        """
        self._written_in[tx] = []
        try:
            yield
            written = self._written_in[tx]
        finally:
            del self._written_in[tx]
        if written and not isinstance(handle, Connection):
            expire(handle, ((self._by_name[ref.table], ref) for ref in written))

    # Finding --------------------------------------------------------------------------------------

    def find(self, tx: Connection, query: Query) -> list[Snapshot]:
        """Return the cases that match, ordered by `opened_at` and id."""
        of = self.by_workflow[query.workflow]
        held = of.tenant_of(query.tenant)
        codes = [of.code_of(state) for state in query.states or ()]
        codes = [code for code in codes if code is not NOTHING]
        if held is None or (query.states is not None and not codes):
            return []
        statement = self._sql[of.name].find(query, codes, tx.dialect)
        found: list[Snapshot] = []
        width = len(of.read)
        for row in tx.execute(statement, {TENANT: held}).mappings():
            stored = snapshot_of(list(row.values())[width:])
            held_row = _row_or_why(of, row)
            found.append(
                attrs.evolve(stored, unfit=held_row)  # whoever wants the case is told
                if isinstance(held_row, UnknownCode)
                else of.joined(stored, held_row)
            )
        return found

    def unadopted(
        self, tx: Connection, tenant: str, workflow: str, *, after: str | None, limit: int
    ) -> list[Unadopted]:
        """Return rows that are no case yet, held, in the order of the key."""
        of = self.by_workflow[workflow]
        held = of.tenant_of(tenant)
        if held is None:
            return []
        place = None if after is None else key_parts(of.key, after)
        statement = self._sql[of.name].unadopted(tenant, place, tx.dialect)
        rows = tx.execute(statement, {TENANT: held, LIMIT: limit}).mappings()
        return [Unadopted(of.id_of(row), _row_or_why(of, row)) for row in rows]

    # Keys -----------------------------------------------------------------------------------------

    def new_id(self, tx: Connection, workflow: str, made: str, *, alone: Callable[[], None]) -> str:
        """Return the key of a new row.

        Args:
            tx: The transaction.
            workflow: Whose table.
            made: The id that was made, for a key that takes it.
            alone: Waits until nobody else asks, for a key that has no sequence.

        Raises:
            InvalidArgument: The key has several columns.
        """
        of = self.by_workflow[workflow]
        first, *others = of.key
        if others:
            names = ", ".join(column.name for column in of.key)
            why = f"is missing: the key of {of.name} is {names}, which the host has to give"
            raise InvalidArgument("id", None, why)
        if first.default is not None:  # the host's own way to number its rows
            return key_text((tx.scalar(first.default),))
        if first.type.python_type is not int:
            parts = key_parts(of.key, made)
            return made if parts is not None else key_text((_uuid(),))
        number = _from_sequence(tx, of)
        if number is None:
            alone()
            number = (tx.execute(self._sql[of.name].highest).scalar() or 0) + 1
        return str(number)


def _row_or_why(of: MappedTable, row: RowMapping) -> HostRow | UnknownCode:
    try:
        return of.host_row(row)
    except UnknownCode as unknown:
        return unknown


def mapped_cases(mappings: Mappings | None, dialect: Dialect, tables: Tables) -> MappedCases | None:
    """Return what works on the host's tables; `None` where there are none.

    Raises:
        InvalidMapping: With everything that is wrong with any of them.
    """
    return MappedCases(mapped_tables(mappings, dialect), tables) if mappings else None


def _uuid() -> Any:
    import uuid

    return uuid.uuid4()


def _from_sequence(tx: Connection, of: MappedTable) -> int | None:
    """Return the next number of the column's own sequence, where PostgreSQL has one."""
    if tx.dialect.name != "postgresql":
        return None
    quoted = tx.dialect.identifier_preparer.format_table(of.table)
    names = {"table": quoted, "column": of.key[0].name}
    sequence = tx.execute(text("SELECT pg_get_serial_sequence(:table, :column)"), names).scalar()
    if sequence is None:
        return None
    number: int = tx.execute(
        text("SELECT nextval(CAST(:name AS regclass))"), {"name": sequence}
    ).scalar_one()
    return number


@contextmanager
def _told(table: str, ref: Ref) -> Generator[None]:
    """Say which row the table did not take, and why."""
    try:
        yield
    except (IntegrityError, DataError) as error:
        why = " ".join(str(error.orig).split())
        raise RowRefused(table, ref.case_id, why) from error
