"""What somebody with the right to write into the database could do to it behind propflow's back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st
from sqlalchemy import MetaData, delete, insert, select

from propflow.storage.sqlalchemy import SQLStore
from propflow.storage.sqlalchemy.tables import tables_in

TABLES = tables_in(MetaData(), "propflow_", None)
SEALED = {
    "case": list(TABLES.case.c.keys()),
    "history": list(TABLES.history.c.keys()),
    "outbox": ["tenant", "case_id", "revision", "index", "kind", "body", "recorded_at"],
    "indexed": list(TABLES.indexed.c.keys()),
}
"""The columns that seals cover; the others say how far a delivery has come."""

NULLABLE = ("payload", "key", "previous", "sent", "salt", "payload_hash")

Row = dict[str, Any]
Content = dict[str, list[Row]]


def content_of(store: SQLStore) -> Content:
    """Return every row of every table."""
    with store.begin(write=False) as tx:
        return {
            name: [dict(row) for row in tx.execute(select(getattr(TABLES, name))).mappings()]
            for name in SEALED
        }


CHECKS = {
    "sqlite": ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
    "postgresql": (
        "SET session_replication_role = replica",
        "SET session_replication_role = DEFAULT",
    ),
    "mariadb": ("SET foreign_key_checks = 0", "SET foreign_key_checks = 1"),
}
"""How the database's own checks are switched off, and on again."""


def put(store: SQLStore, content: Content) -> None:
    """Replace every row of every table, whatever the database's own checks would say."""
    with store._engine.connect() as tx:
        off, on = CHECKS[tx.dialect.name]
        tx.exec_driver_sql(off)
        try:
            for name in reversed(SEALED):
                tx.execute(delete(getattr(TABLES, name)))
            for name, rows in content.items():
                if rows:
                    tx.execute(insert(getattr(TABLES, name)), rows)
            tx.commit()
        finally:
            tx.rollback()
            tx.exec_driver_sql(on)
            tx.commit()


def other(draw: Callable[..., Any], column: str, rows: list[Row], value: Any) -> Any:
    """Return another value for a cell, of its kind or of another row of the table."""
    near: list[Any]
    if isinstance(value, bool):
        near = [not value]
    elif column == "redacted":
        near = [None, 1, 2, 99] if value is None else [None, value - 1, value + 1]
    elif isinstance(value, int):
        near = [value - 1, value + 1, value + 5]
    elif isinstance(value, datetime):
        near = [value + timedelta(microseconds=n) for n in (-1, 1, 3600 * 10**6)]
    elif column == "roles":
        near = ["[]", '["head"]', '["clerk", "head"]']
    else:
        near = ["x", value and value[:-1], value and value.swapcase(), value and value + " "]
        near += [None] if column in NULLABLE else []
    # Roles are text in the table alone: what reads as the same roles is the same.
    choice = [new for new in (*near, *(row[column] for row in rows)) if new != value]
    return draw(st.sampled_from(choice))


def tampered(draw: Callable[..., Any], content: Content) -> Content:
    """Return the content with one thing done to it."""
    changed = {name: [dict(row) for row in rows] for name, rows in content.items()}
    kind = draw(st.sampled_from(["cell", "cell", "cell", "removed", "inserted", "order"]))
    name = draw(st.sampled_from(["case", "history", "history", "outbox", "indexed"]))
    rows = changed[name]
    at = draw(st.integers(0, len(rows) - 1))
    row = rows[at]
    if kind == "cell":
        column = draw(st.sampled_from(SEALED[name]))
        row[column] = other(draw, column, rows, row[column])
    elif kind == "removed":
        del rows[at]
    elif kind == "inserted":
        copied = dict(row)
        place = {"case": "id", "history": "revision", "outbox": "index", "indexed": "field"}[name]
        copied[place] = other(draw, place, [], row[place])
        if name == "history":
            copied["key"] = None
            if draw(st.booleans()):  # those behind it make room
                copied["revision"] = row["revision"]
                for each in rows:
                    if place_of(each) == place_of(row) and each["revision"] >= row["revision"]:
                        each["revision"] += 1
        rows.append(copied)
    else:
        peers = [each for each in rows if each is not row and place_of(each) == place_of(row)]
        assume(peers)
        peer = draw(st.sampled_from(peers))
        columns = {"history": "revision", "outbox": "index", "indexed": "value"}.get(name, "id")
        columns = draw(st.sampled_from([columns, *SEALED[name]]))
        assume(row[columns] != peer[columns])
        row[columns], peer[columns] = peer[columns], row[columns]
    assume(changed != content)
    for table, listed in changed.items():
        assume(not doubled(table, listed))
    return changed


def place_of(row: Row) -> tuple[str, str]:
    return row["tenant"], row.get("case_id", row.get("id", ""))


def doubled(name: str, rows: Iterable[Row]) -> bool:
    """Whether two rows have one key, which the database would not take."""
    keys = [tuple(row[column.name] for column in getattr(TABLES, name).primary_key) for row in rows]
    named = [(row["tenant"], row["key"]) for row in rows if row.get("key") is not None]
    return len(set(keys)) < len(keys) or len(set(named)) < len(named)
