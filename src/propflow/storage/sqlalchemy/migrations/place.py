"""Where the tables are that a version changes: the prefix and the schema of the host's choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
from alembic import op
from sqlalchemy import Column, text
from sqlalchemy.sql.schema import SchemaItem

_MYSQL: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_default_charset": "utf8mb4",
    "mariadb_engine": "InnoDB",
    "mariadb_default_charset": "utf8mb4",
}


@attrs.frozen
class Place:
    """What the names of the tables begin with, and the schema that they are in."""

    prefix: str
    schema: str | None

    def create_table(self, name: str, *items: SchemaItem, **options: Any) -> None:
        """Create a table."""
        op.create_table(self.prefix + name, *items, schema=self.schema, **_MYSQL, **options)

    def create_index(self, name: str, table: str, columns: Sequence[str], where: str = "") -> None:
        """Create an index of a table, where the database can of some of its rows alone."""
        only: dict[str, Any] = {}
        if where:
            only = {"sqlite_where": text(where), "postgresql_where": text(where)}
        name, table = self.prefix + name, self.prefix + table
        op.create_index(name, table, columns, schema=self.schema, **only)

    def add_column(self, table: str, added: Column[Any]) -> None:
        """Add a column to a table."""
        op.add_column(self.prefix + table, added, schema=self.schema)


def place() -> Place:
    """Return where the tables are, as ``context.configure`` in the host's env.py says it."""
    given: dict[str, Any] = op.get_context().opts
    return Place(given.get("propflow_prefix", "propflow_"), given.get("propflow_schema"))
