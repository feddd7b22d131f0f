"""Reading every case of a database with its history and outbox, in order and page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Generic, TypeVar

import attrs
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Executable,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from propflow.storage.audit import (
    Alteration,
    Audited,
    CaseAudit,
    Head,
    SealedCase,
    SealedEntry,
    SentMessage,
    Tampering,
    Unreadable,
    Watch,
)
from propflow.storage.records import Message, Ref, Snapshot
from propflow.storage.sealing import Seals
from propflow.storage.sqlalchemy.columns import Moment, Name
from propflow.storage.sqlalchemy.rows import Values, entry_of, snapshot_of
from propflow.storage.sqlalchemy.tables import Tables

T = TypeVar("T")

_ROWS = 1000

Read = Callable[[Sequence[Any]], T]


class Rows(Generic[T]):
    """The rows of a table in the order of its primary key, with one row to look ahead.

    What cannot be read as its column's type comes as `Unreadable`, and not as an error.
    """

    def __init__(self, tx: Connection, table: Table, read: Read[T]) -> None:
        self._tx = tx
        self._read = read
        self._convert = _converters(table, tx.dialect)
        self._names = list(table.c.keys())
        self._key = [self._names.index(column.name) for column in table.primary_key]
        raw = [type_coerce(column, NullType()).label(column.name) for column in table.c]
        key = [table.c[self._names[n]] for n in self._key]
        page = select(*raw).order_by(*key).limit(_ROWS)
        self._first, self._further = page, page.where(_after(key))
        self._rows = self._all()
        self.next: tuple[Ref, T | Unreadable] | None = next(self._rows, None)

    def take(self, ref: Ref) -> Iterator[T | Unreadable]:
        """Yield the rows of a case, which is not behind the present place."""
        while self.next is not None and self.next[0] == ref:
            _, row = self.next
            self.next = next(self._rows, None)
            yield row

    def _all(self) -> Iterator[tuple[Ref, T | Unreadable]]:
        page = self._page(self._first, {})
        while page:
            for row in page:
                yield self._placed(row)
            after = {f"after{n}": page[-1][at] for n, at in enumerate(self._key)}
            page = self._page(self._further, after)

    def _page(self, statement: Executable, after: Values) -> Sequence[Any]:
        return self._tx.execute(statement, after).all()

    def _placed(self, row: Any) -> tuple[Ref, T | Unreadable]:
        tenant, case_id, *more = (row[n] for n in self._key)
        ref = Ref(_text(tenant), _text(case_id))
        revision = more[0] if more and isinstance(more[0], int) else 0
        try:
            values = [convert(value) for convert, value in zip(self._convert, row, strict=True)]
            return ref, self._read(values)
        except (ValueError, TypeError, OverflowError) as error:
            return ref, Unreadable(revision, f"its row cannot be read: {error}")


def audited(
    tx: Connection,
    tables: Tables,
    seals: Seals,
    *,
    outbox: bool,
    kept: Iterable[Head],
    watch: Watch | None,
) -> Iterator[Audited]:
    """Yield every case of every tenant, in the order of tenants and ids.

    Args:
        tx: A transaction that sees the database as it was at one moment.
        tables: The tables of the store.
        seals: Makes seals as the store does.
        outbox: Whether every message must still be there.
        kept: Heads that were kept outside, in the order of tenants and ids.
        watch: Is shown each entry.
    """
    cases, indexed = Rows(tx, tables.case, _case), Rows(tx, tables.indexed, _value)
    entries, messages = Rows(tx, tables.history, _entry), Rows(tx, tables.outbox, _message)
    heads = iter(kept)
    head = next(heads, None)
    while True:
        streams = (cases.next, entries.next, messages.next, indexed.next)
        places = [place[0] for place in streams if place is not None]
        if head is not None:
            places.append(head.ref)
        if not places:
            return
        ref = min(places)
        (row, *_) = (*cases.take(ref), None)
        values = list(indexed.take(ref))
        sent = _by_revision(messages.take(ref))
        of = head if head is not None and head.ref == ref else None
        if of is not None:
            head = next(heads, None)
        if isinstance(row, SealedCase):
            case = attrs.evolve(row, indexed=_of_index(row.snapshot, values))
            audit = CaseAudit(seals, case, of, watch)
            yield _followed(audit, entries.take(ref), sent if outbox else None)
        elif isinstance(row, Unreadable):
            yield Audited(ref, None, Alteration(Tampering.ALTERED, None, row.why))
        else:
            why = "its row is not there, but its head was kept, or other rows of it are there"
            yield Audited(ref, None, Alteration(Tampering.REMOVED, None, why))
        for rest in (entries.take(ref), sent):  # of a case that was not read to its end
            for _ in rest:
                pass


def _followed(
    audit: CaseAudit,
    entries: Iterable[SealedEntry | Unreadable],
    sent: Iterator[tuple[int, list[SentMessage | Unreadable]]] | None,
) -> Audited:
    """Hold the entries of a case against their seals, each with its messages."""
    group = None if sent is None else next(sent, None)
    for row in entries:
        revision = row.revision if isinstance(row, Unreadable) else row.entry.revision
        strays: list[int] = []
        while sent is not None and group is not None and group[0] < revision:
            strays.append(group[0])
            group = next(sent, None)
        if sent is None:
            audit.add(row, None)
        elif group is None or group[0] > revision:
            audit.add(row, [])
        else:
            audit.add(row, group[1])
            group = next(sent, None)
        for stray in strays:  # if it is the entry that was removed, that has been told
            audit.stray(stray)
    found = audit.finish()
    if group is not None:
        audit.stray(group[0])
    return attrs.evolve(found, alteration=audit.found)


def _by_revision(
    rows: Iterable[SentMessage | Unreadable],
) -> Iterator[tuple[int, list[SentMessage | Unreadable]]]:
    for revision, some in groupby(rows, key=lambda row: row.revision):
        yield revision, list(some)


def _of_index(case: Snapshot, rows: Iterable[_Value | Unreadable]) -> tuple[tuple[str, str], ...]:
    """Return the fields and values in the index; one that is not the case's stands out."""
    return tuple(
        (row.field, row.value)
        if isinstance(row, _Value) and (row.workflow, row.opened_at) == _shown(case)
        else ("", "")
        for row in rows
    )


def _shown(case: Snapshot) -> tuple[str, datetime]:
    return case.workflow, case.opened_at


@attrs.frozen
class _Value:
    """A row of the index of fields."""

    field: str
    workflow: str
    value: str
    opened_at: datetime


def _case(row: Sequence[Any]) -> SealedCase:
    *_, head, seal = row
    return SealedCase(snapshot_of(row), head, seal, ())


def _entry(row: Sequence[Any]) -> SealedEntry:
    *_, data_hash, sent, seal, salt, _, payload_hash = row
    return SealedEntry(entry_of(row), sent, seal, salt, payload_hash, data_hash)


def _message(row: Sequence[Any]) -> SentMessage:
    _, _, revision, index, kind, body, recorded_at, *_ = row
    return SentMessage(revision, Message(index, kind, body), recorded_at)


def _value(row: Sequence[Any]) -> _Value:
    _, _, field, workflow, value, opened_at = row
    return _Value(field, workflow, value, opened_at)


def _after(key: Sequence[ColumnElement[Any]], n: int = 0) -> ColumnElement[bool]:
    """Return the condition on rows behind a place, bound as ``after0`` …, from the n-th on.

    Databases read it along the primary key; a comparison of tuples they do not, all of them.
    """
    column, place = type_coerce(key[n], NullType()), bindparam(f"after{n}", type_=NullType())
    if n == len(key) - 1:
        return column > place
    return and_(column >= place, or_(column > place, _after(key, n + 1)))


def _converters(table: Table, dialect: Dialect) -> list[Callable[[Any], Any]]:
    return [_converter(column, dialect) for column in table.c]


def _converter(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any]:
    """Return what reads a driver's value as the column means it, and nothing else."""
    convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
    kind, nullable, name = _KINDS[type(column.type)], column.nullable, column.name

    def read(value: Any) -> Any:
        if value is None and nullable:
            return None
        made = value if convert is None else convert(value)
        if not isinstance(made, kind) or (kind is bool and value not in (0, 1)):
            raise TypeError(f"{name} holds {value!r}")
        if isinstance(made, str):
            made.encode()  # what is no text at all was read with surrogates
        return made

    return read


_KINDS: dict[type, type] = {
    Name: str,
    Text: str,
    Moment: datetime,
    Integer: int,
    Boolean: bool,
}


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
