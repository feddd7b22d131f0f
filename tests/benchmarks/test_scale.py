"""The table of a million cases is a true copy of one case, under other ids."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from benchmarks.scale import grow


def test_growing_copies_every_row_of_the_case_and_no_other(tmp_path: Path) -> None:
    file = tmp_path / "orders.db"
    with sqlite3.connect(file) as connection:
        connection.executescript(
            """
            CREATE TABLE orders (id TEXT PRIMARY KEY, state TEXT);
            CREATE TABLE history (
                seq INTEGER PRIMARY KEY, order_id TEXT, revision INT, UNIQUE (order_id, revision)
            );
            CREATE TABLE settings (name TEXT PRIMARY KEY);
            INSERT INTO orders VALUES ('a', 'on_hold'), ('b', 'closed');
            INSERT INTO history (order_id, revision) VALUES ('a', 1), ('b', 1), ('a', 2);
            INSERT INTO settings VALUES ('x');
            """
        )

    assert grow(file, "a", 2) == ["a-1", "a-2"]

    with sqlite3.connect(file) as connection:
        orders = connection.execute("SELECT id, state FROM orders ORDER BY id").fetchall()
        history = connection.execute(
            "SELECT order_id, revision FROM history ORDER BY order_id, revision"
        ).fetchall()
        settings = connection.execute("SELECT name FROM settings").fetchall()
    assert orders == [("a", "on_hold"), ("a-1", "on_hold"), ("a-2", "on_hold"), ("b", "closed")]
    assert history == [
        ("a", 1),
        ("a", 2),
        ("a-1", 1),
        ("a-1", 2),
        ("a-2", 1),
        ("a-2", 2),
        ("b", 1),
    ]
    assert settings == [("x",)]
