"""The statements that claim and settle, built once for deadlines and once for messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    Executable,
    Insert,
    Integer,
    Select,
    Table,
    Text,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from propflow.storage.claims import Kind, Verdict
from propflow.storage.sqlalchemy.columns import MYSQL, Moment
from propflow.storage.sqlalchemy.tables import Tables

PENDING = "pending"
SENT = "sent"
DEAD = "dead"

_NOW = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')",
    "postgresql": "clock_timestamp()",
    **dict.fromkeys(MYSQL, "UTC_TIMESTAMP(6)"),
}


def clock_of(dialect: str) -> Executable:
    """Return the question what time it is by the database's own clock."""
    words = _NOW.get(dialect, "CURRENT_TIMESTAMP")
    return select(literal_column(words, Moment()))


_FREED = {"token": None, "leased_until": None}


class ClaimStatements:
    """The statements over one table; what names rows is bound with ``of_``, what is set without."""

    def __init__(self, tables: Tables, kind: Kind, dialect: str) -> None:
        """Build them.

        Args:
            tables: The tables of the store.
            kind: Which of them.
            dialect: SQLAlchemy's name of the database. SQLite cannot hold rows that were read;
                PostgreSQL takes many places as arrays, and so one text for any number of them.
        """
        holds = dialect != "sqlite"
        self._arrays = dialect == "postgresql"
        outbox = kind is Kind.OUTBOX
        self._table = table = tables.outbox if outbox else tables.deadline
        self._outbox = outbox
        self._place = (
            (table.c.case_id, table.c.revision, table.c.index)
            if outbox
            else (table.c.case_id, table.c.name)
        )
        pending = [table.c.status == PENDING] if outbox else []
        of_tenant = table.c.tenant == bindparam("of_tenant")
        these = [of_tenant, *self._in_places()]
        one = [
            of_tenant,
            *(column == bindparam(f"of_{column.key}") for column in self._place),
        ]
        free = or_(
            table.c.leased_until.is_(None),
            table.c.leased_until <= bindparam("clock", type_=Moment()),
        )

        self.add: Insert = insert(table)
        self.drop: Executable = delete(table).where(*one)
        # As `each` binds. MariaDB may look for a list by reading, and so holding, rows of others.
        own = these if self._arrays else one
        self.drop_each: Executable = delete(table).where(*own)
        search = self._search(pending, free)
        self.search = _skipping(search, table, holds=holds)
        self.search_others: dict[bool, dict[bool, Executable]] = {}
        if not outbox:
            others = self._search_others(free)
            before = others.where(table.c.calendar < bindparam("below"))
            self.search_others = {
                True: _skipping(before, table, holds=holds),
                False: _skipping(others, table, holds=holds),
            }
        self.lease: Executable = update(table).where(*these, free, *pending)
        self.leased: Executable = select(*self._shown()).where(
            *these, table.c.token == bindparam("of_token")
        )
        standing = select(*self._place, table.c.token).where(*these, *pending)
        self.standing: Executable = standing.with_for_update() if holds else standing
        self.prolong_each: Executable = update(table).where(*own)
        self.settle: dict[Verdict, Executable] = {
            Verdict.DONE: update(table).where(*one).values(status=SENT, **_FREED)
            if outbox
            else delete(table).where(*one),
            Verdict.AGAIN: update(table).where(*one).values(**_FREED),
        }
        if outbox:
            self.settle[Verdict.DEAD] = update(table).where(*one).values(status=DEAD, **_FREED)
            self.requeue: Executable = (
                update(table)
                .where(*one, table.c.status == DEAD)
                .values(status=PENDING, attempts=0, problem=None)
            )
            self.sent: Executable = (
                select(*self._place)
                .where(of_tenant, table.c.status == SENT, table.c.not_before < bindparam("before"))
                .order_by(table.c.not_before)
                .limit(bindparam("limit"))
            )
            self.prune: Executable = delete(table).where(*these, table.c.status == SENT)
        self.of_case: Executable = (
            select(
                *(() if outbox else (table.c.name, table.c.since, table.c.due_at, table.c.calendar))
            )
            .where(of_tenant, table.c.case_id == bindparam("of_case_id"))
            .order_by(*self._place)
        )
        self.first: Executable = (
            select(table.c.not_before)
            .where(of_tenant, *pending)
            .order_by(table.c.not_before)
            .limit(1)
        )
        self.waiting: Executable = (
            select(*self._shown())
            .where(of_tenant, *pending)
            .order_by(table.c.not_before, *self._place)
            .limit(bindparam("limit"))
        )
        # As it stands in the condition of the index: a bound number would not fit it.
        failed = table.c.status == DEAD if outbox else table.c.attempts > literal_column("0")
        self.failing: Executable = (
            select(*self._shown())
            .where(of_tenant, failed)
            .order_by(table.c.not_before, *self._place)
            .limit(bindparam("limit"))
        )

    def these(self, tenant: str, places: Sequence[tuple[Any, ...]]) -> dict[str, Any]:
        """Return what names some rows of a tenant, as the statements on several rows bind it."""
        which: dict[str, Any] = {"of_tenant": tenant}
        if self._arrays:
            columns = zip(*places, strict=True)
            return which | {f"places_{n}": list(column) for n, column in enumerate(columns)}
        return which | {"ids": [place[0] for place in places], "places": list(places)}

    def each(self, tenant: str, places: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """Return what the statements ending so are run with, for some rows of a tenant."""
        if self._arrays:
            return [self.these(tenant, places)]
        names = [f"of_{column.key}" for column in self._place]
        return [{"of_tenant": tenant, **dict(zip(names, p, strict=True))} for p in places]

    def _in_places(self) -> list[ColumnElement[bool]]:
        place = tuple_(*self._place)
        if not self._arrays:
            return [
                self._table.c.case_id.in_(bindparam("ids", expanding=True)),
                place.in_(bindparam("places", expanding=True)),
            ]
        arrays = [
            bindparam(f"places_{n}", type_=ARRAY(Integer if is_number else Text))
            for n, is_number in enumerate(isinstance(c.type, Integer) for c in self._place)
        ]
        names = (column.name for column in self._place)
        given = func.unnest(*arrays).table_valued(*names).render_derived()
        # The first condition is for the index: a join may read the whole table instead.
        return [self._table.c.case_id == any_(arrays[0]), place.in_(select(*given.c))]

    def _search(self, pending: list[ColumnElement[bool]], free: ColumnElement[bool]) -> Select[Any]:
        table = self._table
        conditions = [
            table.c.tenant == bindparam("tenant"),
            *pending,
            table.c.not_before <= bindparam("now"),
            free,
        ]
        if self._outbox:
            names: BindParameter[Any] = bindparam("names", expanding=True)
            before = table.alias("before")
            conditions.append(table.c.kind.in_(names))
            conditions.append(
                ~exists().where(
                    before.c.tenant == table.c.tenant,
                    before.c.case_id == table.c.case_id,
                    before.c.status == PENDING,
                    before.c.kind.in_(names),
                    or_(
                        before.c.revision < table.c.revision,
                        and_(
                            before.c.revision == table.c.revision,
                            before.c.index < table.c.index,
                        ),
                    ),
                )
            )
        return (
            select(*self._place)
            .where(*conditions)
            .order_by(table.c.not_before)
            .limit(bindparam("limit"))
        )

    def _search_others(self, free: ColumnElement[bool]) -> Select[Any]:
        """Return the search for provisional deadlines: nothing comes after no calendar at all."""
        table = self._table
        return (
            select(*self._place)
            .where(
                table.c.tenant == bindparam("tenant"),
                table.c.calendar > bindparam("above"),
                free,
            )
            .limit(bindparam("limit"))
        )

    def _shown(self) -> tuple[ColumnElement[Any], ...]:
        """Return the columns in the order of a `Claim`."""
        c = self._table.c
        own: tuple[ColumnElement[Any], ...]
        if self._outbox:
            own = (c.revision, c.kind, c.index, c.recorded_at, c.body)
            calendar: ColumnElement[Any] = literal("")
        else:
            own = (c.since, c.name, literal(0), c.due_at, literal(""))
            calendar = c.calendar
        return (c.tenant, c.case_id, *own, c.attempts, c.problem, c.not_before, calendar)


def _skipping(search: Select[Any], table: Table, *, holds: bool) -> dict[bool, Executable]:
    """Return a search by whether it passes over what others hold."""
    skipping = search.with_for_update(skip_locked=True, of=table) if holds else search
    return {False: search, True: skipping}
