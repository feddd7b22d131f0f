"""The columns of a host's table that a mapping names, each for one thing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Dialect, Table

from propflow.errors import Problem


class NamedColumns:
    """Looks columns of one table up, and notes what is wrong.

    Attributes:
        all: The columns by name.
        problems: What is wrong.
    """

    def __init__(self, table: Table, zone: dt.tzinfo | None, dialect: Dialect) -> None:
        self._table = table
        self._zone = zone
        self._dialect = dialect
        self._named: dict[str, str] = {}  # what names each column
        self.all: Mapping[str, Column[Any]] = {c.name: c for c in table.columns}
        self.problems: list[Problem] = []

    def problem(self, where: str, message: str) -> None:
        """Note that something is wrong."""
        self.problems.append(Problem(where, message))

    def column(self, what: str, name: str | None) -> Column[Any] | None:
        """Look a column up, and note what it is for."""
        if name is None:
            return None
        column = self.all.get(name)
        if column is None:
            known = ", ".join(self.all)
            self.problem(name, f"is no column of the table, named by {what}; it has {known}")
        elif name in self._named:
            self.problem(name, f"is named by {self._named[name]} and by {what}; choose one")
        else:
            self._named[name] = what
        return column

    def check_filled(self) -> None:
        """Note the columns that must hold something, and to which nothing gives a value."""
        for name, column in self.all.items():
            given = name in self._named and not self._named[name].startswith("deleted")
            filled = column.default is not None or column.server_default is not None
            filled = filled or column is self._table.autoincrement_column
            if not (given or column.nullable or filled or column.identity or column.computed):
                self.problem(
                    name, "is NOT NULL and nothing gives it a value; name it in insert={…}"
                )

    def check_type(self, what: str, column: Column[Any] | None, *kinds: type) -> None:
        """Note that a column does not hold what it is for; moments need a zone."""
        if column is None:
            return
        kind = kind_of(column)
        if kind not in kinds:
            wanted = " or ".join(each.__name__ for each in kinds)
            self.problem(column.name, f"is {column.type!r}; {what} needs {wanted}")
        if kind is dt.datetime and not self._keeps_zone(column) and self._zone is None:
            self.problem(column.name, "holds no time zone; say which it is: zone=")

    def _keeps_zone(self, column: Column[Any]) -> bool:
        aware = getattr(column.type, "timezone", False)
        return bool(aware) and self._dialect.name == "postgresql"

    def writes(self, column: Column[Any]) -> Callable[[dt.datetime], dt.datetime]:
        """Return what makes of a moment what a column holds."""
        zone = self._zone
        if self._keeps_zone(column):
            return lambda moment: moment
        return lambda moment: moment.astimezone(zone).replace(tzinfo=None)

    def within(self, place: str) -> Iterator[Problem]:
        """Yield what is wrong, with the table before it."""
        for each in self.problems:
            yield Problem(f"{place}.{each.where}", each.message)


def kind_of(column: Column[Any]) -> type | None:
    """Return the type of what a column holds, `None` if SQLAlchemy does not say."""
    try:
        kind: type = column.type.python_type
    except NotImplementedError:
        return None
    return kind
