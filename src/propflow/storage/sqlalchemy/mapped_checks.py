"""Making a mapped table from what a host declares, with everything that is wrong at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

import attrs
from sqlalchemy import Column, Dialect, String, UniqueConstraint

from propflow.definition import Workflow
from propflow.definition.fields import types_of
from propflow.definition.spec import WorkflowSpec
from propflow.errors import InvalidMapping, Problem
from propflow.storage.sqlalchemy.mapped_columns import NamedColumns, kind_of
from propflow.storage.sqlalchemy.mapped_history import mapped_history
from propflow.storage.sqlalchemy.mapped_moments import Moments, unit_of
from propflow.storage.sqlalchemy.mapped_table import MappedTable
from propflow.storage.sqlalchemy.mapped_values import Codes, Value, key_fits, typed, value_of
from propflow.storage.sqlalchemy.mapping import MappedColumn, TableMapping

Mappings = Mapping[type[Workflow[Any]], TableMapping]


def mapped_tables(mappings: Mappings, dialect: Dialect) -> dict[str, MappedTable]:
    """Return the tables by the names of their workflows.

    Raises:
        InvalidMapping: With everything that is wrong with any of them.
    """
    problems: list[Problem] = []
    made: dict[str, MappedTable] = {}
    taken: dict[str, str] = {}
    for workflow, mapping in mappings.items():
        name, spec = mapping.table.fullname, workflow.spec
        if name in taken:
            problems.append(
                Problem(name, f"is mapped to {taken[name]} already; {spec.name} needs another")
            )
        taken[name] = spec.name
        found = _Maker(mapping, spec, dialect)
        problems += [Problem(f"{name}.{each.where}", each.message) for each in found.problems]
        if not problems:
            made[spec.name] = found.made()
    if problems:
        raise InvalidMapping("the mapping", problems)
    return made


class _Maker:
    """Looks everything up that one mapping names, and notes what is wrong."""

    def __init__(self, mapping: TableMapping, spec: WorkflowSpec, dialect: Dialect) -> None:
        self._mapping = mapping
        self._spec = spec
        self._dialect = dialect
        self._named = NamedColumns(mapping.table, mapping.zone, dialect)
        self._columns, self.problems = self._named.all, self._named.problems
        self._key = tuple(
            c for name in mapping.id if (c := self._named.column("id", name)) is not None
        )
        self._state = self._named.column("state", mapping.state)
        self._revision = self._named.column("revision", mapping.revision)
        self._updated = self._named.column("updated", mapping.updated)
        self._tenant = self._named.column("tenant", mapping.tenant)
        self._deleted = [(self._named.column("deleted", n), v) for n, v in mapping.deleted.items()]
        self._values = dict(self._fields())
        self._insert()
        self._check_key()
        self._check_states()
        self._check_types()
        self._history = mapped_history(mapping, spec, dialect, self.problems)

    def made(self) -> MappedTable:
        """Return the table, once nothing is wrong with it."""
        mapping, state = self._mapping, self._state
        if state is None:
            raise AssertionError("a mapping with problems is not made")
        return MappedTable(
            mapping.table.fullname,
            self._spec.name,
            mapping.table,
            self._key,
            state,
            Codes.of(mapping.states),
            self._values,
            None if self._dated else self._revision,
            None if self._updated is None else (self._updated, self._named.writes(self._updated)),
            self._moments(),
            self._tenant,
            tuple((column, held) for column, held in self._deleted if column is not None),
            mapping.insert,
            self._history,
        )

    def _fields(self) -> Iterator[tuple[str, Value]]:
        data = self._spec.data
        fields = {field.name: field for field in attrs.fields(data) if field.init}
        types = types_of(data)
        for name, declared in self._mapping.data.items():
            column = self._named.column(f"data[{name!r}]", declared.name)
            if name not in fields:
                self._named.problem(
                    declared.name,
                    f"{data.__name__} has no field {name!r}; it has {', '.join(fields)}",
                )
            elif column is not None:
                self._check_codes(declared.name, declared)
                value = value_of(
                    fields[name], types[name], column, declared, self._mapping.zone, self._dialect
                )
                if isinstance(value, str):
                    self._named.problem(declared.name, value)
                else:
                    yield name, value
        if self._mapping.strict:
            for name in fields:
                if name not in self._mapping.data:
                    self._named.problem(
                        "strict", f"the field {name!r} has no column; name one, or drop strict=True"
                    )

    def _insert(self) -> None:
        for name in self._mapping.insert:
            self._named.column(f"insert[{name!r}]", name)
        self._named.check_filled()

    def _check_key(self) -> None:
        names = set(self._mapping.id)
        if not names:
            self._named.problem("id", "names no column; give the key of the table")
        if len(self._key) < len(names):
            return
        keys = [set(self._mapping.table.primary_key.columns.keys())]
        keys += [
            set(constraint.columns.keys())
            for constraint in self._mapping.table.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        keys += [set(index.columns.keys()) for index in self._mapping.table.indexes if index.unique]
        keys += [{column.name} for column in self._key if column.unique]
        with_tenant = {*names, self._mapping.tenant}
        if not any(key and key <= with_tenant for key in keys):
            self._named.problem(
                "/".join(self._mapping.id), "is no key: nothing says that it is unique in the table"
            )
        for column in self._key:
            if not key_fits(column, self._dialect):
                self._named.problem(
                    column.name, f"is {column.type!r}; a key is of text or of whole numbers"
                )

    def _check_states(self) -> None:
        states = self._mapping.states
        leaves = self._spec.tree.all_leaves()
        name = self._mapping.state
        for state in leaves:
            if state not in states:
                self._named.problem(
                    name, f"the state {state!r} has no code; name it in states={{…}}"
                )
        for state in states:
            if state not in leaves:
                self._named.problem(
                    name,
                    f"{self._spec.name} has no state {state!r} to rest in; it has "
                    f"{', '.join(leaves)}",
                )
        self._check_codes(name, MappedColumn(name, codes=states))

    def _check_codes(self, where: str, declared: MappedColumn) -> None:
        column = self._columns.get(declared.name)
        seen: dict[tuple[type[object], object], Any] = {}
        for value, code in (declared.codes or {}).items():
            other = seen.setdefault(typed(code), value)
            if other is not value:
                self._named.problem(where, f"{other!r} and {value!r} have one code, {code!r}")
            if column is not None and not _takes(column, code):
                self._named.problem(where, f"the code {code!r} does not fit {column.type!r}")

    def _check_types(self) -> None:
        self._named.check_type("revision", self._revision, int, dt.datetime)
        self._named.check_type("updated", self._updated, dt.datetime)
        self._named.check_type("tenant", self._tenant, int, str)

    @property
    def _dated(self) -> bool:
        """Whether the revision is a column of moments."""
        return self._revision is not None and kind_of(self._revision) is dt.datetime

    def _moments(self) -> Moments | None:
        column = self._revision
        if column is None or not self._dated:
            return None
        return Moments(column, self._named.writes(column), unit_of(column, self._dialect))


def _takes(column: Column[Any], code: object) -> bool:
    """Whether a column can hold a code."""
    kind = kind_of(column)
    if isinstance(column.type, String) and isinstance(code, str):
        return column.type.length is None or len(code) <= column.type.length
    return kind is None or type(code) is kind or isinstance(code, kind)
