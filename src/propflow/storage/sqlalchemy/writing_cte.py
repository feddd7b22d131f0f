"""Writing on PostgreSQL: a change, or many at once, whole in one statement."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    Connection,
    Executable,
    FromClause,
    Text,
    and_,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from propflow.storage.records import Change, Outcome, Ref
from propflow.storage.sealing import Sealed, Seals
from propflow.storage.sqlalchemy.batches import batches
from propflow.storage.sqlalchemy.chaining import Chains
from propflow.storage.sqlalchemy.prepared import Prepared
from propflow.storage.sqlalchemy.row_sets import RowSet
from propflow.storage.sqlalchemy.rows import MOVED, Values, case_row, entry_row
from propflow.storage.sqlalchemy.running import Running
from propflow.storage.sqlalchemy.statements import Statements
from propflow.storage.sqlalchemy.tables import Tables
from propflow.storage.sqlalchemy.writing_portable import PortableWriter

_CASE = "case_"


@attrs.frozen
class _Shape:
    """What a statement has to write: it is built once for each shape."""

    opening: bool
    many: bool
    sets: tuple[RowSet, ...]


class CTEWriter(PortableWriter):
    """Writes with one data-modifying statement: the entry, and from it all the rest.

    The entry comes first. It is written only where the case is at the expected revision, or not
    there, and its keys are free; every other row is written for an entry that was.
    """

    def __init__(self, statements: Statements, seals: Seals, tables: Tables, dialect: str) -> None:
        super().__init__(statements, seals, dialect)
        self._tables = tables
        self._prepared: dict[_Shape, Prepared] = {}

    def write(
        self, tx: Connection, run: Running, changes: Sequence[Change], *, last: bool
    ) -> list[Outcome]:
        """Write changes in order, each whole or not at all."""
        chains = Chains(self._seals, self._sql.standing, run)
        if len(changes) == 1:
            return self._write(run, chains, changes, last=last)
        outcomes: list[Outcome] = []
        for batch in batches(changes):
            found: dict[Ref, Outcome] = {}
            alike: dict[tuple[bool, ...], list[Change]] = {}
            for change in batch:
                alike.setdefault(self._kind(change), []).append(change)
            for some in alike.values():
                written = self._write(run, chains, some)
                found |= zip((change.snapshot.ref for change in some), written, strict=True)
            outcomes += (found[change.snapshot.ref] for change in batch)
        return outcomes

    def _kind(self, change: Change) -> tuple[bool, ...]:
        """Return what is alike for changes of one statement: opening, and what they replace."""
        replaced = (of.rows(change) is None for of in self._sql.row_sets if of.replaces)
        return change.expected == 0, *replaced

    def _write(
        self, run: Running, chains: Chains, changes: Sequence[Change], *, last: bool = False
    ) -> list[Outcome]:
        """Write changes that are alike, of different cases and with different keys."""
        opening = changes[0].expected == 0
        sets: list[RowSet] = []
        values: Values = {}
        for of in self._sql.row_sets:
            parts = [of.rows(change) for change in changes]
            rows = [row for part in parts for row in part or ()]
            if rows or (of.replaces and not opening and parts[0] is not None):
                values[f"rows{len(sets)}"] = _json(rows)
                sets.append(of)
        shape = _Shape(opening=opening, many=len(changes) > 1, sets=tuple(sets))
        statement = self._prepared.get(shape)
        if statement is None:
            statement = self._prepared[shape] = Prepared(self._statement(shape))
        sealed = [chains.sealed(change) for change in changes]
        given = [_given(change, of) for change, of in zip(changes, sealed, strict=True)]
        values |= {"given": _json(given)} if shape.many else given[0]
        moved = {(tenant, case_id) for tenant, case_id in run.rows(statement, values, last=last)}
        for change, seals in zip(changes, sealed, strict=True):
            if change.snapshot.ref in moved:
                chains.moved(change, seals)
        return [
            Outcome.MOVED
            if change.snapshot.ref in moved
            else Outcome.DUPLICATE
            if opening
            else self.refused(run, change)
            for change in changes
        ]

    def _statement(self, shape: _Shape) -> Executable:
        cases, history = self._tables.case, self._tables.history
        names = [column.name for column in self._tables.entry]
        given = self._given(shape)
        taken = [given.c[name] for name in names]
        at_case = and_(cases.c.tenant == given.c.tenant, cases.c.id == given.c.case_id)
        source = select(*taken)
        if shape.opening:
            source = source.where(~exists(select(cases.c.id).where(at_case)))
        else:
            at_revision = and_(at_case, cases.c.revision == given.c.expected)
            source = source.join_from(given, cases, at_revision)
            source = source.with_for_update(of=cases, key_share=True)
        entry = (
            insert(history)
            .from_select(names, source)
            .on_conflict_do_nothing()
            .returning(history.c.tenant, history.c.case_id)
            .cte("entry")
        )
        of_given = and_(entry.c.tenant == given.c.tenant, entry.c.case_id == given.c.case_id)
        if shape.opening:
            columns = list(cases.c.keys())
            new = select(*(given.c[_in_given(name)] for name in columns))
            new = new.join_from(given, entry, of_given)
            written: list[CTE] = [insert(cases).from_select(columns, new).cte("opened")]
        else:
            written = [
                update(cases)
                .values({name: given.c[_in_given(name)] for name in MOVED})
                .where(at_case, of_given)
                .cte("moved")
            ]
        for n, of in enumerate(shape.sets):
            written += _rows(n, of, entry, opening=shape.opening)
        return select(entry.c.tenant, entry.c.case_id).add_cte(*written)

    def _given(self, shape: _Shape) -> CTE:
        """Return the rows to write as a table: one of bound values, or many from JSON."""
        case = self._tables.case
        kinds = {column.name: column.type for column in self._tables.entry}
        kinds |= {_in_given(name): column.type for name, column in case.c.items()}
        kinds["expected"] = case.c.revision.type
        if not shape.many:
            one = (bindparam(name, type_=kind).label(name) for name, kind in kinds.items())
            return select(*one).cte("given")
        records = _records("given", [column(name, kind) for name, kind in kinds.items()])
        return select(*records.c).cte("given_rows")


def _rows(n: int, of: RowSet, entry: CTE, *, opening: bool) -> Iterable[CTE]:
    """Yield what writes the n-th set of rows for the entries that were written."""
    table = of.table
    names = list(of.columns)
    key = [column.name for column in table.primary_key if column.name not in _OF_CASE]
    records = _records(f"rows{n}", [column(name, table.c[name].type) for name in names])
    of_entry = and_(*(records.c[name] == entry.c[name] for name in _OF_CASE))
    rows = select(*(records.c[name] for name in names)).join_from(records, entry, of_entry)
    adding = insert(table).from_select(names, rows)
    if of.replaces and not opening:
        others = [name for name in names if name not in {*_OF_CASE, *key}]
        new = adding.excluded
        differs = tuple_(*(table.c[name] for name in others)).is_distinct_from(
            tuple_(*(new[name] for name in others))
        )
        adding = adding.on_conflict_do_update(
            index_elements=[*_OF_CASE, *key],
            set_={name: new[name] for name in others},
            where=differs,
        )
        kept = exists(
            select(records.c.case_id).where(
                *(records.c[name] == table.c[name] for name in (*_OF_CASE, *key))
            )
        )
        of_case = [table.c[name] == entry.c[name] for name in _OF_CASE]
        yield delete(table).where(*of_case, ~kept).cte(f"dropped{n}")
    yield adding.cte(f"added{n}")


_OF_CASE = ("tenant", "case_id")


def _records(name: str, columns: Sequence[ColumnElement[Any]]) -> FromClause:
    """Return the rows of a JSON array that is bound by the name."""
    text = cast(bindparam(name, type_=Text()), JSON)
    records: Any = func.json_to_recordset(text).table_valued(*columns, name=name)
    derived: FromClause = records.render_derived(name=f"{name}_json", with_types=True)
    return derived


def _in_given(name: str) -> str:
    """Return the name in `_given` of a column of the case."""
    return {"tenant": "tenant", "id": "case_id", "revision": "revision"}.get(name, _CASE + name)


def _given(change: Change, sealed: Sealed) -> Values:
    row = {_in_given(name): value for name, value in case_row(change.snapshot, sealed).items()}
    return {**row, **entry_row(change, sealed), "expected": change.expected}


def _json(rows: Sequence[Values]) -> str:
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=_moment)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    raise TypeError(f"{value!r} is neither text, number nor moment")
