"""The host's own log: what each history entry writes into it, beside the history itself."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import attrs
from sqlalchemy import Column, Dialect, Insert, insert

from propflow.definition import ADOPTED, MIGRATED, REDACTED, START
from propflow.definition.own_step import OWN_STEPS
from propflow.definition.spec import WorkflowSpec
from propflow.errors import Problem
from propflow.storage.json_text import dump
from propflow.storage.records import Change, StoredEntry
from propflow.storage.sqlalchemy.mapped_columns import NamedColumns, kind_of
from propflow.storage.sqlalchemy.mapping import HistoryMapping, TableMapping

Read = Callable[[StoredEntry], Any]

_KINDS: Mapping[str, tuple[type, ...]] = {
    "actor": (str,),
    "key": (str,),
    "revision": (int,),
    "occurred_at": (dt.datetime,),
    "recorded_at": (dt.datetime,),
}
"""What a column must hold for an attribute of an entry; states and events have codes."""


@attrs.frozen(eq=False)
class MappedHistory:
    """The log of one mapped table.

    Attributes:
        name: Name of the table of the log.
        insert: Adds a row to it.
        key: The columns that name the row of the case.
        tenant: The column of the tenant, if there is one.
        cells: What makes the other columns of an entry.
        remarks: For each column of remarks, the fields of payloads that it may hold.
    """

    name: str
    insert: Insert
    key: tuple[str, ...]
    tenant: str | None
    cells: Mapping[str, Read]
    remarks: Mapping[str, tuple[str, ...]]

    def row(self, change: Change, key: tuple[Any, ...], tenant: Any) -> dict[str, Any]:
        """Return the row of an entry.

        Args:
            change: The step.
            key: The key of the row that is the case.
            tenant: What a column of the tenant holds.
        """
        row = {name: read(change.entry) for name, read in self.cells.items()}
        row |= zip(self.key, key, strict=True)
        if self.tenant is not None:
            row[self.tenant] = tenant
        if self.remarks:
            said: Any = json.loads(change.entry.payload or "{}")
            row |= {name: _first(said, fields) for name, fields in self.remarks.items()}
        return row


def _first(said: Any, fields: tuple[str, ...]) -> str | None:
    """Return the first of the fields that says something, as text."""
    payload = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    for field in fields:
        value = payload.get(field)
        if value not in (None, ""):
            return value if isinstance(value, str) else dump(value)
    return None


def mapped_history(
    of: TableMapping, spec: WorkflowSpec, dialect: Dialect, problems: list[Problem]
) -> MappedHistory | None:
    """Return the log that a mapping declares, and add what is wrong with it to the problems."""
    declared = of.history
    if declared is None:
        return None
    table = declared.table
    named = NamedColumns(table, declared.zone or of.zone, dialect)
    for name in declared.id:
        named.column("id", name)
    if len(declared.id) != len(of.id):
        wanted = ", ".join(of.id)
        named.problem("id", f"has {len(declared.id)} columns; the key of the case is {wanted}")
    if (declared.tenant is None) != (of.tenant is None):
        named.problem("tenant", "is a column of one of the two tables; name it in both, or neither")
    named.column("tenant", declared.tenant)
    cells: dict[str, Read] = dict(_cells(declared, of, named))
    remarks: dict[str, tuple[str, ...]] = {}
    for field, name in declared.payload.items():
        if name not in remarks:
            named.column(f"payload[{field!r}]", name)
        remarks[name] = (*remarks.get(name, ()), field)
    _check_fields(declared, spec, named)
    for name, value in declared.insert.items():
        named.column(f"insert[{name!r}]", name)
        cells[name] = value if callable(value) else _always(value)
    named.check_filled()
    problems += named.within("history")
    return MappedHistory(
        table.fullname, insert(table), declared.id, declared.tenant, cells, remarks
    )


def _cells(declared: HistoryMapping, of: TableMapping, named: NamedColumns) -> Mapping[str, Read]:
    cells: dict[str, Read] = {}
    for attribute in (*_KINDS, "event", "source", "target"):
        column = named.column(attribute, getattr(declared, attribute))
        if column is None:
            continue
        named.check_type(attribute, column, *_KINDS.get(attribute, (str, int)))
        cells[column.name] = _read(attribute, column, declared, of, named)
    return cells


def _read(
    attribute: str,
    column: Column[Any],
    declared: HistoryMapping,
    of: TableMapping,
    named: NamedColumns,
) -> Read:
    """Return what makes an attribute of an entry what the column holds."""
    if attribute in {"occurred_at", "recorded_at"}:
        write = named.writes(column)
        return lambda entry: write(getattr(entry, attribute).astimezone(dt.UTC))
    if attribute == "event":
        events = declared.events
        return lambda entry: events.get(entry.event, entry.event)
    if attribute in {"source", "target"}:
        codes = {START.name: None, **of.states}
        # A migration may start from a state that only an earlier version had.
        return lambda entry: codes.get(getattr(entry, attribute))
    return lambda entry: getattr(entry, attribute)


def _always(value: Any) -> Read:
    return lambda _: value


def _check_fields(declared: HistoryMapping, spec: WorkflowSpec, named: NamedColumns) -> None:
    payloads = [event.payload for event in spec.events.values() if event.payload is not None]
    fields = {field.name for kind in payloads for field in attrs.fields(kind)}
    for field in declared.payload:
        if field not in fields:
            known = ", ".join(sorted(fields))
            named.problem(f"payload[{field!r}]", f"is a field of no payload; they have {known}")
    column = named.all.get(declared.event or "")
    every = (*spec.events, ADOPTED, MIGRATED, REDACTED, *OWN_STEPS)
    missing = [event for event in every if event not in declared.events]
    if column is not None and missing and kind_of(column) is int:
        names = ", ".join(missing)
        named.problem(column.name, f"takes no names, and these events have no code: {names}")
    for event in declared.events:
        if event not in every:
            known = ", ".join(spec.events)
            named.problem(f"events[{event!r}]", f"{spec.name} has no such event; it has {known}")
