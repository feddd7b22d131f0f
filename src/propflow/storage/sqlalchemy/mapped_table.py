"""A mapped table with its columns at hand: rows of the host's as parts of a case, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
from sqlalchemy import CHAR, Column, Table

from propflow.definition import ADOPTED
from propflow.errors import RowRefused, UnknownCode
from propflow.storage.json_text import dump
from propflow.storage.records import Change, HostRow, ReadText, Ref, Snapshot
from propflow.storage.sealing import hash_data
from propflow.storage.sqlalchemy.mapped_history import MappedHistory
from propflow.storage.sqlalchemy.mapped_moments import KEPT, Moments, text_of
from propflow.storage.sqlalchemy.mapped_values import (
    NOTHING,
    Codes,
    Convert,
    UnreadableValue,
    Value,
    key_parts,
    key_text,
)

Values = dict[str, Any]

TENANT = "of_propflow_tenant"
"""Binds the tenant; no column of a host's has the name, which SQLAlchemy would take for it."""

KEY = "of_propflow_key"
"""Binds the first part of the key, with its number behind it."""


@attrs.frozen(eq=False)
class MappedTable:
    """A table of the host's whose rows are cases; see `TableMapping` for what is what.

    Attributes:
        name: What `Ref.table` calls it.
        workflow: Name of the workflow.
        table: The table.
        key: The columns of its key.
        state: The column of the state.
        codes: The codes of the states.
        values: The fields of the data that have columns, by name.
        revision: The column of the revision.
        updated: The column of the last change, and how a moment is written to it.
        moments: A column of moments that stands for a revision.
        tenant: The column of the tenant.
        deleted: What marks a row as deleted.
        insert: What a new row holds beside; `None` where propflow opens none.
        history: The log of the host's, if there is one.
    """

    name: str
    workflow: str
    table: Table
    key: tuple[Column[Any], ...]
    state: Column[Any]
    codes: Codes
    values: Mapping[str, Value]
    revision: Column[Any] | None
    updated: tuple[Column[Any], Convert] | None
    moments: Moments | None
    tenant: Column[Any] | None
    deleted: tuple[tuple[Column[Any], Any], ...]
    insert: Mapping[str, Any]
    history: MappedHistory | None

    @property
    def read(self) -> list[Column[Any]]:
        """The columns that make up a case."""
        columns = [*self.key, self.state, *(value.column for value in self.values.values())]
        if self.moments is not None:
            columns.append(self.moments.column)
        return columns if self.revision is None else [*columns, self.revision]

    # Rows as cases --------------------------------------------------------------------------------

    def id_of(self, row: Mapping[Any, Any]) -> str:
        """Return the id of the case that a row is."""
        return key_text(tuple(_held(row, column) for column in self.key))

    def host_row(self, row: Mapping[Any, Any]) -> HostRow:
        """Return a row as parts of a case.

        Raises:
            UnknownCode: A column holds what the mapping does not know.
        """
        code = _held(row, self.state)
        state = self.codes.name(code)
        if state is NOTHING:
            raise UnknownCode(self.name, self.id_of(row), self.state.name, code)
        data: Values = {}
        for field, value in self.values.items():
            held = _held(row, value.column)
            try:
                data[field] = value.read(held)
            except UnreadableValue:
                raise UnknownCode(self.name, self.id_of(row), value.column.name, held) from None
        revision = None if self.revision is None else max(row[self.revision] or 1, 1)
        moment = None if self.moments is None else row[self.moments.column]
        return HostRow(state, dump(data), revision, moment)

    # Cases as rows --------------------------------------------------------------------------------

    def bound(self, ref: Ref) -> Values | None:
        """Return what names a row to a statement, `None` if no row can be meant."""
        parts = key_parts(self.key, ref.case_id)
        tenant = self.tenant_of(ref.tenant)
        if parts is None or tenant is None:
            return None
        return {TENANT: tenant, **{f"{KEY}{n}": part for n, part in enumerate(parts)}}

    def tenant_of(self, tenant: str) -> Any:
        """Return what the tenant's column holds; `None` if the tenant has no rows here."""
        if self.tenant is None:
            return tenant if tenant == "" else None  # nothing says whose rows they are
        try:
            held = self.tenant.type.python_type(tenant)
        except ValueError:
            return None
        return held if str(held) == tenant else None

    def moved(self, change: Change) -> Values:
        """Return what a step writes into its row.

        Raises:
            RowRefused: A value has no code.
        """
        snapshot = change.snapshot
        row: Values = {self.state.name: self.codes.by_name[snapshot.state]}
        data = json.loads(snapshot.data)
        for field, value in self.values.items():
            try:
                row[value.column.name] = value.write(data[field])
            except (TypeError, ValueError) as error:
                why = f"{value.column.name}: {error}"
                raise RowRefused(self.name, snapshot.ref.case_id, why) from error
        if self.revision is not None:
            row[self.revision.name] = snapshot.revision
        if self.updated is not None:
            column, write = self.updated
            row[column.name] = write(change.entry.recorded_at.astimezone(UTC))
        if self.moments is not None:
            row[self.moments.column.name] = self._following(self.moments, change)
        return row

    def _following(self, moments: Moments, change: Change) -> datetime:
        held = change.token if isinstance(change.token, datetime) else None
        return moments.following(change.entry.recorded_at.astimezone(UTC), held)

    def opened(self, change: Change) -> Values | None:
        """Return the row of a new case; `None` if no row can have its id.

        Raises:
            RowRefused: A value has no code.
        """
        parts = key_parts(self.key, change.snapshot.ref.case_id)
        tenant = self.tenant_of(change.snapshot.ref.tenant)
        if parts is None or tenant is None:
            return None
        row = {
            name: value(change.entry) if callable(value) else value
            for name, value in self.insert.items()
        }
        row |= {column.name: part for column, part in zip(self.key, parts, strict=True)}
        if self.tenant is not None:
            row[self.tenant.name] = tenant
        return row | self.moved(change)

    def beside(self, change: Change, held: datetime | None = None) -> Change:
        """Return what propflow's own tables keep of a change: what has no column.

        Args:
            change: The change.
            held: The moment that an adopted row holds; a step writes one.
        """
        if not self.values and self.moments is None:
            return change
        data = json.loads(change.snapshot.data)
        left = {field: plain for field, plain in data.items() if field not in self.values}
        if self.moments is not None:
            adopted = change.entry.event == ADOPTED
            left[KEPT] = text_of(held if adopted else self._following(self.moments, change))
        text = dump(left)
        return attrs.evolve(
            change,
            snapshot=attrs.evolve(change.snapshot, data=text),
            # The seal is over what we keep: the host may change the rest.
            entry=attrs.evolve(change.entry, data_hash=hash_data(text)),
            indexed=tuple(pair for pair in change.indexed if pair[0] not in self.values),
        )

    def logged(self, history: MappedHistory, change: Change) -> Values:
        """Return what a step adds to the host's log."""
        ref = change.snapshot.ref
        key = key_parts(self.key, ref.case_id)
        assert key is not None  # noqa: S101 - the row was written, or read
        return history.row(change, key, self.tenant_of(ref.tenant))

    def joined(self, stored: Snapshot, row: HostRow) -> Snapshot:
        """Return the case that a row and what is beside it make up."""
        # Where the host has moved the row itself, the state that it was in before is not on record.
        left = None if stored.state == row.state else stored.state
        previous = stored.previous if left is None else None
        # One that the host has lowered is no revision of the case; its next step tells the host.
        revision = max(stored.revision, row.revision or 0)
        text = stored.data
        if self.values or self.moments is not None:
            data = json.loads(stored.data)
            kept = data.pop(KEPT, None)
            text = dump(data | json.loads(row.data))
            if self.moments is not None:
                revision = self.moments.revision(revision, kept, text_of(row.moment))
                text = ReadText(text)
                text.token = row.moment
        return attrs.evolve(
            stored, state=row.state, previous=previous, data=text, revision=revision, left=left
        )

    def code_of(self, state: str) -> Any:
        """Return the code of a state, `NOTHING` for one that has none, as before the opening."""
        return self.codes.by_name.get(state, NOTHING)


def _held(row: Mapping[Any, Any], column: Column[Any]) -> Any:
    held = row[column]
    if isinstance(column.type, CHAR) and isinstance(held, str):
        return held.rstrip(" ")  # PostgreSQL fills it up
    return held
