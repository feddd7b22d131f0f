"""Every statement of a store, built once; only values are bound later."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Executable,
    FromClause,
    GenerativeSelect,
    Insert,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    false,
    insert,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite

from propflow.storage.sqlalchemy.prepared import Prepared
from propflow.storage.sqlalchemy.row_sets import RowSet, row_sets_in
from propflow.storage.sqlalchemy.rows import MOVED
from propflow.storage.sqlalchemy.tables import Tables

S = TypeVar("S", bound=GenerativeSelect)


@attrs.frozen
class Rows:
    """The statements over the rows that changes write into one table."""

    stored: Prepared
    add: Prepared
    drop: Prepared


class Statements:
    """The statements over one store's tables, in the words of its database."""

    def __init__(self, tables: Tables, dialect: str) -> None:
        case, history, outbox, _, turn, _, parked = tables
        self._tables = tables
        self._dialect = dialect

        self.touch: Executable = update(case).values(version=case.c.version).where(false())
        self.open_case = Prepared(_quiet(self._insert(case)))
        self.withdraw_case = Prepared(delete(case).where(*_of(case, "id")))
        # After `add_entry`, which has found the case at its revision and holds it.
        self.move_case = Prepared(
            update(case)
            .where(*_of(case, "id", "of_"))
            .values({name: _bind(case.c[name], name) for name in MOVED})
        )
        entry = {column.name: _bind(column, column.name) for column in tables.entry}
        self.first_entry = Prepared(_quiet(self._insert(history).values(entry)))
        self.add_entry = Prepared(_quiet(self._entry_at_revision()))
        self.row_sets = row_sets_in(tables)
        self.rows_of: dict[RowSet, Rows] = {
            rows: Rows(
                stored=Prepared(_held(select(*rows.table.c).where(*_of(rows.table)))),
                add=Prepared(
                    insert(rows.table).values(
                        {name: _bind(rows.table.c[name], name) for name in rows.columns}
                    )
                ),
                drop=Prepared(delete(rows.table).where(*_of(rows.table))),
            )
            for rows in self.row_sets
        }

        its_turn = [
            turn.c.tenant == bindparam("tenant"),
            turn.c.workflow == bindparam("workflow"),
        ]
        self.add_turn = Prepared(_quiet(self._insert(turn)))
        self.take_turn = Prepared(_held(select(turn.c.workflow).where(*its_turn)))
        # InnoDB lets two wait in a ring who insert one row and then hold it; this does both.
        self.make_turn = Prepared(
            mysql.insert(turn).on_duplicate_key_update(workflow=turn.c.workflow)
        )

        self.park = Prepared(_quiet(self._insert(parked)))
        self.revision = Prepared(_held(select(case.c.revision).where(*_of(case, "id"))))
        self.history = Prepared(
            select(*history.c)
            .where(*_of(history), history.c.revision > bindparam("after"))
            .order_by(history.c.revision)
            .limit(bindparam("limit"))
        )
        self.standing = Prepared(
            _held(select(case.c.revision, case.c.head, case.c.data).where(*_of(case, "id")))
        )
        self.keyed = Prepared(
            select(*history.c).where(
                history.c.tenant == bindparam("tenant"), history.c.key == bindparam("key")
            )
        )
        self.outbox = Prepared(
            select(outbox.c.revision, outbox.c.index, outbox.c.kind, outbox.c.body)
            .where(*_of(outbox))
            .order_by(outbox.c.revision, outbox.c.index)
        )
        many = (
            select(*case.c)
            .where(
                case.c.tenant == bindparam("tenant"),
                case.c.id.in_(bindparam("ids", expanding=True)),
            )
            # Whoever holds several takes them in one order, so that two cannot wait in a ring.
            .order_by(case.c.id)
        )
        one = select(*case.c).where(*_of(case, "id"))
        self.load = {False: Prepared(one), True: Prepared(_held(one))}
        self.load_many: dict[bool, Executable] = {False: many, True: _held(many)}
        self._find: dict[tuple[int, int, bool], Executable] = {}

    def find(self, *, states: int, wheres: int, after: bool) -> Executable:
        """Return the statement for a page of cases.

        Args:
            states: How many states to look in, 0 for all; bound as ``state0`` …, and several as
                ``states`` too.
            wheres: How many indexed values to look for; bound as ``field0``, ``value0`` …. The page
                is read along the first, so the rarest value had best come first.
            after: Whether the page follows a place, bound as ``after_moment``, ``after_id``.
        """
        shape = (states, wheres, after)
        statement = self._find.get(shape)
        if statement is None:
            statement = self._find[shape] = self._page(states=states, wheres=wheres, after=after)
        return statement

    def _page(self, *, states: int, wheres: int, after: bool) -> Executable:
        state = self._tables.case.c.state
        if states > 1 and wheres:
            page = self._ordered(
                wheres, state.in_(bindparam("states", expanding=True)), after=after
            )
        elif states > 1:
            page = self._merged(states, after=after)
        else:
            one = state == bindparam("state0")
            page = self._ordered(wheres, one if states else None, after=after)
        return page

    def _merged(self, states: int, *, after: bool) -> Select[Any]:
        """Return the first of a page of each state.

        With one condition for all the states, databases sort every case that is in one of them.
        """
        state = self._tables.case.c.state
        pages = [
            select(self._ordered(0, state == bindparam(f"state{n}"), after=after).subquery())
            for n in range(states)
        ]
        every = union_all(*pages).subquery()
        return select(*every.c).order_by(every.c.opened_at, every.c.id).limit(bindparam("limit"))

    def _ordered(
        self, wheres: int, state: ColumnElement[bool] | None, *, after: bool
    ) -> Select[Any]:
        """Return a page read in the order of an index, from its first row to its last."""
        case = self._tables.case
        source, conditions, moment, case_id = self._drive(wheres)
        if state is not None:
            conditions.append(state)
        if after:
            after_moment = _bind(moment, "after_moment")
            conditions.append(moment >= after_moment)
            conditions.append(or_(moment > after_moment, case_id > _bind(case_id, "after_id")))
        return (
            select(*case.c)
            .select_from(source)
            .where(*conditions)
            .order_by(moment, case_id)
            .limit(bindparam("limit"))
        )

    def _drive(
        self, wheres: int
    ) -> tuple[FromClause, list[ColumnElement[bool]], ColumnElement[Any], ColumnElement[Any]]:
        """Return what a page is read from: the cases, or the index of their fields."""
        case, indexed = self._tables.case, self._tables.indexed
        if not wheres:
            conditions = [
                case.c.tenant == bindparam("tenant"),
                case.c.workflow == bindparam("workflow"),
            ]
            return case, conditions, case.c.opened_at, case.c.id
        # The case is joined by its key alone, so that no database is tempted to begin with it.
        first = indexed.alias("by0")
        source: FromClause = first.join(
            case, and_(case.c.tenant == first.c.tenant, case.c.id == first.c.case_id)
        )
        conditions = [
            first.c.tenant == bindparam("tenant"),
            first.c.workflow == bindparam("workflow"),
            first.c.field == bindparam("field0"),
            first.c.value == bindparam("value0"),
        ]
        for n in range(1, wheres):
            other = indexed.alias(f"by{n}")
            same = and_(other.c.tenant == first.c.tenant, other.c.case_id == first.c.case_id)
            source = source.join(other, same)
            conditions.append(other.c.field == bindparam(f"field{n}"))
            conditions.append(other.c.value == bindparam(f"value{n}"))
        return source, conditions, first.c.opened_at, first.c.case_id

    def _entry_at_revision(self) -> Insert:
        """Return the insertion of an entry only where its case is at the expected revision."""
        case, history = self._tables.case, self._tables.history
        entry = _held(
            select(*(_bind(column, column.key) for column in self._tables.entry))
            .select_from(case)
            .where(
                case.c.tenant == bindparam("tenant"),
                case.c.id == bindparam("case_id"),
                case.c.revision == bindparam("expected"),
            )
        )
        names = [column.key for column in self._tables.entry]
        return self._insert(history).from_select(names, entry)

    def _insert(self, table: Table) -> Insert:
        """Return the insertion of a row, counted."""
        # The rows are counted before the driver's cursor is closed.
        kinds = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
        return kinds.get(self._dialect, insert)(table).execution_options(preserve_rowcount=True)


def _quiet(statement: Insert) -> Insert:
    """Return the insertion as one that writes nothing, and counts 0, where a key is taken.

    MySQL has nothing of the kind (INSERT IGNORE also cuts what is too long): there, and in a
    database that we do not know, the insertion still raises.
    """
    if isinstance(statement, postgresql.Insert | sqlite.Insert):
        return statement.on_conflict_do_nothing()
    return statement


def _bind(column: ColumnElement[Any], name: str) -> BindParameter[Any]:
    return bindparam(name, type_=column.type)


def _of(table: Table, case_id: str = "case_id", prefix: str = "") -> list[ColumnElement[bool]]:
    """Return the condition on the case; both names are bound, with the prefix before them."""
    return [
        table.c.tenant == bindparam(f"{prefix}tenant"),
        table.c[case_id] == bindparam(f"{prefix}{case_id}"),
    ]


def _held(statement: S) -> S:
    """Return a read that sees what is committed now and holds it, where the database can."""
    return statement.with_for_update(key_share=True)
