"""A host's own table as the cases of a workflow: how its columns are declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any

import attrs
from sqlalchemy import Table


@attrs.frozen
class MappedColumn:
    """A column that holds a field of the data in a form of its own.

    Attributes:
        name: Name of the column.
        codes: The column's code for each value of the field; a member of an enum, or what it is
            made of. Exclusive with `write` and `read`.
        write: Returns what the column holds for a value of the field.
        read: Returns the value of the field for what the column holds.
    """

    name: str
    codes: Mapping[Any, Any] | None = None
    write: Callable[[Any], Any] | None = None
    read: Callable[[Any], Any] | None = None


def _table_of(given: Any) -> Table:
    """Return the table itself, of a class that is mapped to one too."""
    table: Table = getattr(given, "__table__", given)
    return table


def _names(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _columns(given: Mapping[str, str | MappedColumn]) -> dict[str, MappedColumn]:
    return {
        field: MappedColumn(column) if isinstance(column, str) else column
        for field, column in given.items()
    }


@attrs.frozen(eq=False)
class HistoryMapping:
    """A log of the host's, to which each entry of a history is added in the step's transaction.

    It is a copy for the host's own screens: the history itself stays in propflow's tables, sealed.
    Each attribute that is left out has no column.

    Attributes:
        table: The table of the log, or a class of SQLAlchemy's ORM that is mapped to one.
        id: The column, or columns, with the key of the row that is the case.
        tenant: The column of the tenant, where the table of the cases has one.
        actor: The column of the id of who took the step.
        event: The column of the event: its code in `events`, or its name.
        source: The column of the state before, by its code in `TableMapping.states`; empty for the
            entry with which a case begins.
        target: The column of the state after, likewise.
        occurred_at: The column of when it happened.
        recorded_at: The column of when it was recorded.
        revision: The column of the case's revision after it.
        key: The column of the request's idempotency key.
        events: Codes of events by name; ``(adopted)``, ``(migrated)`` and ``(redacted)`` are some.
        payload: Columns of fields of payloads, by the field's name. Several fields may have one
            column: it holds the first of them that says something, and is empty where none does.
        insert: What further columns hold; a value, or a function of the `StoredEntry`.
        zone: The time zone of moments in columns that hold none; that of the `TableMapping` if not
            given.
    """

    table: Table = attrs.field(converter=_table_of)
    id: tuple[str, ...] = attrs.field(converter=_names, kw_only=True)
    tenant: str | None = attrs.field(default=None, kw_only=True)
    actor: str | None = attrs.field(default=None, kw_only=True)
    event: str | None = attrs.field(default=None, kw_only=True)
    source: str | None = attrs.field(default=None, kw_only=True)
    target: str | None = attrs.field(default=None, kw_only=True)
    occurred_at: str | None = attrs.field(default=None, kw_only=True)
    recorded_at: str | None = attrs.field(default=None, kw_only=True)
    revision: str | None = attrs.field(default=None, kw_only=True)
    key: str | None = attrs.field(default=None, kw_only=True)
    events: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)
    payload: Mapping[str, str] = attrs.field(factory=dict[str, str], kw_only=True)
    insert: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)
    zone: tzinfo | None = attrs.field(default=None, kw_only=True)


@attrs.frozen(eq=False)
class TableMapping:
    """A table of the host's whose rows are the cases of one workflow.

    Columns that no attribute names are left as they are. Whatever has no column lives in the row
    that propflow keeps beside each case, written in the same transaction.

    Attributes:
        table: The table, or a class of SQLAlchemy's ORM that is mapped to one.
        id: The column, or columns, of the key. The id of a case is the text of the key; several
            parts are joined with ``/``, where ``~`` and ``/`` in them become ``~0`` and ``~1``.
        state: The column of the state.
        states: The code of each state, as the column holds it.
        data: The column of each field of the data, by the field's name.
        revision: A column of numbers that each step raises by one, and each change of the host's
            own too; it is the case's revision. Or a column of moments that each step sets, and each
            change of the host's own too: then the revision counts steps, and one more and the
            seconds between where the host has set the moment since. Without either, it counts steps
            alone, and a row is moved only where it holds the state that the step started from.
        updated: A column that each step sets to the moment when it is recorded.
        tenant: The column of the tenant; without it, only an engine that is not `scoped` sees the
            table.
        deleted: Values that mark a row as deleted, by column: then it is no case.
        insert: What a row that propflow opens holds in columns that nothing else names; a value, or
            a function of the opening's `StoredEntry`.
        history: A log of the host's to which each entry is added too.
        strict: Refuse a mapping that leaves a field of the data without a column.
        zone: The time zone of moments in columns that hold none.
    """

    table: Table = attrs.field(converter=_table_of)
    id: tuple[str, ...] = attrs.field(converter=_names, kw_only=True)
    state: str = attrs.field(kw_only=True)
    states: Mapping[str, Any] = attrs.field(kw_only=True)
    data: Mapping[str, MappedColumn] = attrs.field(
        converter=_columns, factory=dict[str, MappedColumn], kw_only=True
    )
    revision: str | None = attrs.field(default=None, kw_only=True)
    updated: str | None = attrs.field(default=None, kw_only=True)
    tenant: str | None = attrs.field(default=None, kw_only=True)
    deleted: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)
    insert: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)
    history: HistoryMapping | None = attrs.field(default=None, kw_only=True)
    strict: bool = attrs.field(default=False, kw_only=True)
    zone: tzinfo | None = attrs.field(default=None, kw_only=True)
