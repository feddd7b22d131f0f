"""Whether a durable step costs more in a larger table, or on a case with a longer history."""

from __future__ import annotations

import importlib
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import attrs

from benchmarks.harness import Batch, Ratio, Work, interleave
from benchmarks.report import Pending, Section, micro, missing, times

SIZES = (1_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 100_000)
HISTORIES = (10, 1_000)
HISTORY_CASES = 100
FLAT = 1.2
"""A ratio up to this counts as flat; read it beside the row that repeats the smallest table."""


class Durable(Protocol):
    """Orders in one SQLite file; `start` opens one, `steps` takes them in turn through it."""

    def start(self) -> str: ...

    def step(self, case_id: str) -> None:
        """Take one step: hold and resume by turns."""


def grow(file: Path, template: str, copies: int) -> list[str]:
    """Copy every row that belongs to one case, under new ids, and give the ids.

    It asks the database which tables hold the case's id and in which column, so that it needs to
    know nothing of the schema; opening a million cases one by one would take minutes.
    """
    with sqlite3.connect(file) as connection:
        numbers = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :copies)"
        )
        new_id = ":template || '-' || i"
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall():
            columns = _columns(connection, table)
            owners = [
                column
                for column in columns
                if connection.execute(
                    f'SELECT 1 FROM "{table}" WHERE "{column}" = ? LIMIT 1', (template,)
                ).fetchone()
            ]
            if not owners:
                continue
            listed = ", ".join(f'"{column}"' for column in columns)
            taken = ", ".join(new_id if column in owners else f't."{column}"' for column in columns)
            connection.execute(
                f'{numbers} INSERT INTO "{table}" ({listed})'
                f' SELECT {taken} FROM n, "{table}" AS t WHERE t."{owners[0]}" = :template',
                {"template": template, "copies": copies},
            )
    return [f"{template}-{number}" for number in range(1, copies + 1)]


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """Return the columns to copy: all but a lone integer key, which the database numbers."""
    described = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    keys = [name for _, name, _, _, _, key in described if key]
    numbered = [
        name
        for _, name, kind, _, _, key in described
        if key and len(keys) == 1 and kind.upper() == "INTEGER"
    ]
    return [name for _, name, *_ in described if name not in numbered]


def stepping(name: str, durable: Durable, ids: list[str]) -> Work:
    """Give durable steps as a work, on cases spread over the whole table."""

    def prepare(repeat: int) -> Batch:
        stride = max(1, len(ids) // repeat)
        chosen = (ids[::stride] * repeat)[:repeat]

        def batch() -> None:
            for case_id in chosen:
                durable.step(case_id)

        return batch

    return Work(name, prepare, 1)


def measure(seconds: float, sizes: Sequence[int] = SIZES) -> Section:
    """Time a durable step in tables of each size, and on cases with each length of history."""
    try:
        open_file = importlib.import_module("benchmarks.propflow_sqlite").make
    except ImportError as error:
        raise Pending(missing(error)) from error
    tables = grid(sizes)
    with tempfile.TemporaryDirectory() as folder:
        works: list[Work] = []
        for table in tables:
            file = Path(folder, f"{len(works)}.db")
            durable: Durable = open_file(file)
            template = durable.start()
            for _ in range(table.steps):
                durable.step(template)
            works.append(stepping(table.name, durable, grow(file, template, table.cases)))
        figures = interleave(works, seconds=seconds)
    rows = []
    for table, figure in zip(tables, figures, strict=True):
        ratio = Ratio.of(figure, figures[table.beside])
        verdict = "flat" if ratio.median <= FLAT else "NOT FLAT"
        rows.append((figure.name, micro(figure.median), *times(ratio), verdict))
    return Section(
        "SQLite: CPU time of a durable step, by table size and by length of history",
        ("table", "µs/step", "× smallest", "min–max", ""),
        tuple(rows),
        (f"the second row repeats the first in another file: the noise; flat is ≤ {FLAT} ×",),
    )


@attrs.frozen
class Grown:
    """A database to measure in: so many cases with so many steps, and the row to compare with."""

    name: str
    cases: int
    steps: int
    beside: int


def grid(sizes: Sequence[int]) -> list[Grown]:
    """Return the tables by size, the smallest twice, then those by length of history."""
    smallest, *larger = sizes
    by_size = [
        Grown(f"{smallest:,} cases", smallest, 0, 0),
        Grown(f"{smallest:,} cases, again", smallest, 0, 0),
        *(Grown(f"{size:,} cases", size, 0, 0) for size in larger),
    ]
    first = len(by_size)
    return by_size + [
        Grown(f"{HISTORY_CASES} cases, {steps:,} steps each", HISTORY_CASES, steps, first)
        for steps in HISTORIES
    ]
