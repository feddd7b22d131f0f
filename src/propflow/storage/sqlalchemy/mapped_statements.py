"""The statements over one mapped table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Executable,
    Insert,
    Select,
    String,
    Update,
    and_,
    bindparam,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import mysql

from propflow.storage.records import IN_TABLE, Query
from propflow.storage.sqlalchemy.columns import MYSQL, collation_of, index_value
from propflow.storage.sqlalchemy.mapped_table import KEY, TENANT, MappedTable
from propflow.storage.sqlalchemy.mapped_values import NOTHING, Value
from propflow.storage.sqlalchemy.tables import Tables

REVISION = "of_propflow_revision"
"""Binds the revision that a row must be at."""

STATE = "of_propflow_state"
"""Binds the code that a row must hold."""


KEYS = "of_propflow_keys"
"""Binds several keys."""

LIMIT = "of_propflow_limit"
"""Binds how many rows to return at most."""


class MappedStatements:
    """Statements over the rows of one table; what names a row is bound by `TENANT` and `KEY`."""

    def __init__(self, of: MappedTable, tables: Tables) -> None:
        self._of = of
        self._tables = tables
        self.insert: Insert = insert(of.table)
        one = select(*of.read).where(*self._named())
        self.load: dict[bool, Select[Any]] = {
            False: one,
            True: one.with_for_update(key_share=True, of=of.table),
        }
        several = select(*of.read).where(*self._mine(), self._key_in()).order_by(*of.key)
        self.load_many: dict[bool, Select[Any]] = {
            False: several,
            True: several.with_for_update(key_share=True, of=of.table),
        }
        self.move: Update = update(of.table).where(
            *self._named(), of.state == bindparam(STATE, type_=of.state.type)
        )
        if of.revision is not None:
            self.move = self.move.where(func.coalesce(of.revision, 1) == bindparam(REVISION))
        # A row that is deleted, or another tenant's, has its key too.
        taken = [column == bindparam(f"{KEY}{n}") for n, column in enumerate(of.key)]
        if of.tenant is not None and of.tenant.primary_key:
            taken.append(of.tenant == bindparam(TENANT))
        self.taken: Select[Any] = select(*of.key).where(*taken)
        self.highest: Select[Any] = select(func.max(of.key[0]))

    @property
    def first_revision(self) -> Update | None:
        """What gives an adopted row a revision where it has none."""
        column = self._of.revision
        if column is None:
            return None
        missing = or_(column.is_(None), column < 1)
        return update(self._of.table).where(*self._named(), missing).values({column.name: 1})

    def find(self, query: Query, states: list[Any], dialect: Dialect) -> Executable:
        """Return a page of cases, found along the indexes of the host's table."""
        of, case = self._of, self._tables.case
        source = of.table.join(case, self._beside(query.tenant, dialect))
        conditions = [*self._mine(), case.c.workflow == query.workflow]
        if states:
            conditions.append(of.state.in_(states))
        for n, (field, text) in enumerate(query.where):
            if field in of.values:
                conditions.append(_equals(of.values[field], text))
                continue
            indexed = self._tables.indexed.alias(f"by{n}")
            at = and_(indexed.c.tenant == case.c.tenant, indexed.c.case_id == case.c.id)
            source = source.join(indexed, at)
            conditions += [indexed.c.field == field, indexed.c.value == index_value(text)]
        if query.after is not None:
            moment, case_id = query.after
            later = or_(case.c.opened_at > moment, case.c.id > case_id)
            conditions += [case.c.opened_at >= moment, later]
        return (
            select(*of.read, *case.c)
            .select_from(source)
            .where(*conditions)
            .order_by(case.c.opened_at, case.c.id)
            .limit(query.limit)
        )

    def unadopted(
        self, tenant: str, after: tuple[Any, ...] | None, dialect: Dialect
    ) -> Select[Any]:
        """Return rows that are no case yet; `LIMIT` is bound."""
        of = self._of
        case = exists(select(self._tables.case.c.id).where(self._beside(tenant, dialect)))
        page = select(*of.read).where(*self._mine(), ~case).order_by(*of.key)
        page = page.with_for_update(key_share=True, of=of.table)
        if after is not None and len(of.key) == 1:
            page = page.where(of.key[0] > after[0])
        elif after is not None:
            page = page.where(tuple_(*of.key) > tuple_(*after))
        return page.limit(bindparam(LIMIT))

    def _mine(self) -> list[ColumnElement[bool]]:
        """Return the condition on rows that are the tenant's, and not deleted."""
        of = self._of
        conditions: list[ColumnElement[bool]] = [
            column.is_not(None) if held is None else or_(column.is_(None), column != held)
            for column, held in of.deleted
        ]
        if of.tenant is not None:
            conditions.append(of.tenant == bindparam(TENANT))
        return conditions

    def _named(self) -> list[ColumnElement[bool]]:
        keys = [column == bindparam(f"{KEY}{n}") for n, column in enumerate(self._of.key)]
        return [*self._mine(), *keys]

    def _key_in(self) -> ColumnElement[bool]:
        keys: BindParameter[Any] = bindparam(KEYS, expanding=True)
        if len(self._of.key) == 1:
            return self._of.key[0].in_(keys)
        return tuple_(*self._of.key).in_(keys)

    def _beside(self, tenant: str, dialect: Dialect) -> ColumnElement[bool]:
        """Return the condition that a row of ours is the one beside a row of the host's."""
        parts = [_text(column, dialect) for column in self._of.key]
        if len(parts) > 1:
            parts = [func.replace(func.replace(part, "~", "~0"), "/", "~1") for part in parts]
        joined: ColumnElement[Any] = literal(self._of.name + IN_TABLE, String)
        for n, part in enumerate(parts):
            joined = joined.concat("/").concat(part) if n else joined.concat(part)
        case = self._tables.case.c
        return and_(case.tenant == tenant, case.id == _bytewise(joined, dialect))


def _equals(value: Value, text: str) -> ColumnElement[bool]:
    """Return the condition that a column holds a value, given as canonical text."""
    plain: Any = None if text == "null" else text.removeprefix('"')
    held = value.write(plain)
    if held is None:
        blank: ColumnElement[bool] = value.column.is_(None)
        return or_(blank, value.column == "") if plain == "" else blank
    return value.column == held if held is not NOTHING else value.column.is_(None)


def _text(column: ColumnElement[Any], dialect: Dialect) -> ColumnElement[Any]:
    """Return a part of a key as text."""
    if dialect.name in MYSQL:
        return cast(column, mysql.CHAR(charset="utf8mb4"))
    return cast(column, String)


def _bytewise(text: ColumnElement[Any], dialect: Dialect) -> ColumnElement[Any]:
    """Return text that compares as our names do, so that the index on them serves."""
    if dialect.name == "postgresql":
        return text.collate("C")
    if dialect.name in MYSQL:
        collation = collation_of(dialect)
        return cast(text, mysql.BINARY()) if collation is None else text.collate(collation)
    return text
