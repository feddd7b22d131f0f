"""Scoring in bulk beside hand-written SQL on DuckDB: 10⁶, 10⁷ and 10⁸ findings of both sheets.

Each contestant runs in a process of its own, with the same limit of memory, on the same Parquet
file, which DuckDB makes. They take turns; the figure is CPU time, so that other programs disturb
little. `python -m benchmarks.bulk CONTESTANT FILE` is what a process runs.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.assessing import sheets
from benchmarks.report import Pending, Section, against, missing

BAR = 1.3
MEMORY = "2GB"
SIZES = {10**6: 3, 10**7: 2, 10**8: 1}
"""How many findings, and how many turns each contestant takes."""

QUICK_SIZES = {10**6: 1}
EXCLUDED, BY = "ded_fire_control_log_incomplete", "ded_fire_control_log_missing"


def connect(folder: Path) -> Any:
    """A DuckDB with the limit, for those who write SQL."""
    import duckdb

    connection = duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "temp_directory": str(folder),
            "preserve_insertion_order": False,
        }
    )
    connection.execute("SET enable_progress_bar_print = false")  # the figures are printed there
    return connection


def make(file: Path, count: int) -> None:
    """Write findings of inspections of forty each, of 300 persons and 100 places."""
    rules = [(rule.id, rule.unit.value) for book in sheets() for rule in book.deductions]
    connection = connect(file.parent)
    connection.execute("CREATE TABLE rules (number INT, id VARCHAR, unit VARCHAR)")
    connection.executemany(
        "INSERT INTO rules VALUES (?, ?, ?)", [(n, *rule) for n, rule in enumerate(rules)]
    )
    connection.execute(
        f"""
        COPY (
            SELECT rules.id AS rule,
                   CASE WHEN unit = 'person' THEN 'p' || (hash(i, 1) % 300) END AS person,
                   CASE WHEN unit = 'place' THEN 'x' || (hash(i, 2) % 100) END AS place,
                   'i' || (i // 40) AS inspection,
                   'd' || (i // 40 % 20) AS department
            FROM range({count}) AS numbers (i)
            JOIN rules ON rules.number = hash(i, 3) % {len(rules)}
        ) TO '{file}' (FORMAT parquet)
        """
    )


def by_hand(file: Path) -> dict[str, tuple[int, Decimal]]:
    """The lines by a statement for these two sheets: what is counted, once; A59; the points."""
    rules = [rule for book in sheets() for rule in book.deductions]
    listed = {
        unit: ", ".join(f"'{rule.id}'" for rule in rules if rule.unit.value == unit)
        for unit in ("person", "place")
    }
    connection = connect(file.parent)
    connection.execute("CREATE TABLE points (rule VARCHAR, points DECIMAL(17, 1))")
    connection.executemany(
        "INSERT INTO points VALUES (?, ?)", [(rule.id, str(rule.points)) for rule in rules]
    )
    rows = connection.execute(
        f"""
        WITH charged AS (
            SELECT DISTINCT rule, inspection,
                   CASE WHEN rule IN ({listed["person"]}) THEN person
                        WHEN rule IN ({listed["place"]}) THEN place
                        ELSE department END AS subject
            FROM '{file}'
        ), kept AS (
            SELECT rule FROM charged WHERE rule <> '{EXCLUDED}'
            UNION ALL
            SELECT rule FROM charged AS one WHERE rule = '{EXCLUDED}' AND NOT EXISTS (
                SELECT 1 FROM charged AS other WHERE other.rule = '{BY}'
                AND other.inspection = one.inspection AND other.subject = one.subject
            )
        )
        SELECT rule, count(*), count(*) * points FROM kept JOIN points USING (rule)
        GROUP BY rule, points
        """
    ).fetchall()
    return {rule: (count, points) for rule, count, points in rows}


def by_propflow(file: Path) -> dict[str, tuple[int, Decimal]]:
    """The lines by propflow, which checks every row as well."""
    from propflow.integrations import bulk

    on = bulk.duckdb(MEMORY, spill_to=file.parent)
    result = bulk.assess(sheets(), file, on=on)
    return {line.rule: (line.count, line.points) for line in result.lines}


CONTESTANTS: dict[str, Callable[[Path], dict[str, tuple[int, Decimal]]]] = {
    "SQL by hand": by_hand,
    "propflow": by_propflow,
}


def turn(name: str, file: Path) -> dict[str, Any]:
    """Let one contestant score the file in a new process; what it found and what it took."""
    command = [sys.executable, "-m", "benchmarks.bulk", name, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
    return dict(json.loads(done.stdout))


def measure(sizes: dict[int, int]) -> Section:
    """Time both on every size."""
    try:
        for name in ("duckdb", "ibis"):
            importlib.import_module(name)
    except ImportError as error:
        raise Pending(missing(error)) from error
    title = f"bulk: lines of both sheets on DuckDB, with {MEMORY} of memory"
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory() as folder:
        for count, turns in sizes.items():
            file = Path(folder, "findings.parquet")
            make(file, count)
            taken: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTESTANTS}
            for _turn in range(turns):
                for name in CONTESTANTS:
                    taken[name].append(turn(name, file))
            found = [each["lines"] for all_turns in taken.values() for each in all_turns]
            if any(each != found[0] for each in found):
                return Section(title, ("different lines",), ((f"{count:,}",),), failed=True)
            rows += _rows(count, taken)
    columns = ("findings", "contestant", "CPU s", "wall s", "MiB", "× by hand", "")
    return Section(title, columns, tuple(rows), ("MiB is the most that the process ever held",))


def _rows(count: int, taken: dict[str, list[dict[str, Any]]]) -> list[tuple[str, ...]]:
    hand, ours = (
        {key: median(each[key] for each in turns) for key in ("cpu", "wall", "mib")}
        for turns in taken.values()
    )
    ratio = ours["cpu"] / hand["cpu"]
    figures = [
        (f"{each['cpu']:.1f}", f"{each['wall']:.1f}", f"{each['mib']:.0f}") for each in (hand, ours)
    ]
    return [
        (f"{count:,}", "SQL by hand", *figures[0], "1.00", ""),
        (
            f"{count:,}",
            "propflow",
            *figures[1],
            f"{ratio:.2f}",
            against(ratio, BAR) if count > 10**6 else "",
        ),
    ]


def main(name: str, file: str) -> None:
    """Score the file and print what came out, and what it took."""
    began, spent = time.perf_counter(), time.process_time()
    lines = CONTESTANTS[name](Path(file))
    taken = {
        "lines": {
            rule: [count, f"{points.normalize():f}"]
            for rule, (count, points) in sorted(lines.items())
        },
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - spent,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(taken))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
