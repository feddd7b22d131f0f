"""A statement that SQLAlchemy compiles once for each engine, to be run as often as need be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, Executable, Select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

from propflow.storage.sqlalchemy.rows import Values

Convert = Callable[[Any], Any]


class Prepared:
    """A statement of SQLAlchemy's, and what it comes to on the drivers that it has been run on.

    Whatever it binds, it binds by name; a list to look in (``IN``) has no place in it.

    Attributes:
        statement: The statement itself.
    """

    def __init__(self, statement: Executable) -> None:
        self.statement = statement
        self._texts: WeakKeyDictionary[Dialect, Compiled] = WeakKeyDictionary()

    def on(self, dialect: Dialect) -> Compiled:
        """Return the statement as the driver of an engine takes it."""
        compiled = self._texts.get(dialect)
        if compiled is None:
            compiled = self._texts[dialect] = Compiled(self.statement, dialect)
        return compiled


class Compiled:
    """A statement as text, with what is bound to it and read from it.

    Attributes:
        text: The statement, with the placeholders of the driver.
    """

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = cast("SQLCompiler", cast("Any", statement).compile(dialect=dialect))
        names = (compiled.positiontup if compiled.positional else list(compiled.binds)) or ()
        self.text = compiled.string
        self._positional = compiled.positional
        self._binds = tuple(
            (name, _of(compiled.binds[name].type, dialect).bind_processor(dialect))
            for name in names
        )
        # What SQLAlchemy binds by itself, such as the offset that SQLite needs beside a limit.
        self._constants = {
            name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required
        }
        self._results: tuple[Convert | None, ...] = ()
        if isinstance(statement, Select):
            columns = cast("Select[Any]", statement).selected_columns
            self._results = tuple(
                _of(column.type, dialect).result_processor(dialect, None) for column in columns
            )
        self._as_read = not any(self._results)

    def bound(self, values: Values) -> tuple[Any, ...] | Values:
        """Return the values as the driver takes them."""
        if self._constants:
            values = {**self._constants, **values}
        if self._positional:
            return tuple(
                [
                    values[name] if convert is None else convert(values[name])
                    for name, convert in self._binds
                ]
            )
        return {
            name: values[name] if convert is None else convert(values[name])
            for name, convert in self._binds
        }

    def read(self, rows: Sequence[Sequence[Any]]) -> Sequence[Sequence[Any]]:
        """Return what the driver read, as the columns mean it."""
        if self._as_read:
            return rows
        return [
            [
                value if convert is None else convert(value)
                for value, convert in zip(row, self._results, strict=True)
            ]
            for row in rows
        ]


def _of(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)
