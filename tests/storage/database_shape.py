"""What tables are in a database, as the database itself says it, for comparing two sets of them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, inspect, text

_POSTGRES = {
    "columns": """
        SELECT table_name, column_name, data_type, character_maximum_length, collation_name,
               is_nullable, column_default, datetime_precision
        FROM information_schema.columns
        WHERE table_schema = :schema AND starts_with(table_name, :prefix)""",
    "indexes": """
        SELECT indexdef FROM pg_indexes
        WHERE schemaname = :schema AND starts_with(tablename, :prefix)""",
    "constraints": """
        SELECT c.conname, pg_get_constraintdef(c.oid) FROM pg_constraint c
        JOIN pg_class t ON t.oid = c.conrelid
        WHERE c.connamespace = CAST(:schema AS regnamespace) AND starts_with(t.relname, :prefix)""",
}
_MARIADB = {
    "columns": """
        SELECT table_name, column_name, column_type, collation_name, is_nullable, column_default
        FROM information_schema.columns
        WHERE table_schema = :schema AND left(table_name, length(:prefix)) = :prefix""",
    "indexes": """
        SELECT table_name, index_name, seq_in_index, column_name, non_unique, sub_part
        FROM information_schema.statistics
        WHERE table_schema = :schema AND left(table_name, length(:prefix)) = :prefix""",
    "constraints": """
        SELECT table_name, constraint_name, ordinal_position, column_name, referenced_table_name,
               referenced_column_name
        FROM information_schema.key_column_usage
        WHERE table_schema = :schema AND left(table_name, length(:prefix)) = :prefix""",
    "tables": """
        SELECT table_name, engine, table_collation FROM information_schema.tables
        WHERE table_schema = :schema AND left(table_name, length(:prefix)) = :prefix""",
}


def shape_of(tx: Connection, prefix: str, schema: str | None = None) -> dict[str, list[str]]:
    """Return everything that tells one set of tables from another, without their prefix."""
    if tx.dialect.name == "sqlite":
        found = {"all": list(_of_sqlite(tx, prefix))}
    else:
        queries = _POSTGRES if tx.dialect.name == "postgresql" else _MARIADB
        given = {"schema": schema or inspect(tx).default_schema_name, "prefix": prefix}
        found = {what: list(tx.execute(text(sql), given)) for what, sql in queries.items()}
        assert all(found.values())
    return {
        what: sorted(str(row).replace(prefix, "") for row in rows) for what, rows in found.items()
    }


def _of_sqlite(tx: Connection, prefix: str) -> Iterator[object]:
    tables = inspect(tx).get_table_names()
    assert [name for name in tables if name.startswith(prefix)]
    for name in tables:
        if not name.startswith(prefix):
            continue
        quoted = f'"{name}"'
        sql = tx.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name})
        yield name, "WITHOUT ROWID" in sql, sorted(set(sql.split()) & {f"{name}_pk", f"{name}_key"})
        for row in tx.exec_driver_sql(f"PRAGMA table_xinfo({quoted})"):
            yield name, *row[1:]
        for row in tx.exec_driver_sql(f"PRAGMA foreign_key_list({quoted})"):
            yield name, *row
        for _, index, unique, origin, partial in tx.exec_driver_sql(f"PRAGMA index_list({quoted})"):
            columns = tx.exec_driver_sql(f'PRAGMA index_xinfo("{index}")')
            shown = "" if index.startswith("sqlite_autoindex") else index
            yield name, shown, unique, origin, partial, [row[2:] for row in columns]
