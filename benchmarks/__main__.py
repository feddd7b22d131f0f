"""Run the measurements and print them: ``python -m benchmarks [--quick] [NAME …]``."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable

from benchmarks import (
    assessing,
    bulk,
    firing,
    imports,
    memory,
    options,
    scale,
    sweeping,
    walking,
    working_time,
)
from benchmarks.durable import due, many, steps
from benchmarks.report import Pending, Section

Measurement = Callable[[bool], Section]

MEASUREMENTS: dict[str, Measurement] = {
    "walk": lambda quick: walking.measure(5 if quick else 28),
    "fire": lambda quick: firing.measure(1 if quick else 5),
    "options": lambda quick: options.measure(1 if quick else 4),
    "add": lambda quick: working_time.measure(1 if quick else 6),
    "assess": lambda quick: assessing.measure(1 if quick else 6),
    "bulk": lambda quick: bulk.measure(bulk.QUICK_SIZES if quick else bulk.SIZES),
    "import": lambda quick: imports.measure(1 if quick else 5),
    "memory": lambda quick: memory.measure(10_000 if quick else 100_000),
    "durable": lambda quick: steps.on_sqlite(2 if quick else 10),
    "durable-postgresql": lambda quick: steps.on_postgresql(3 if quick else 15),
    "durable-network": lambda quick: steps.behind_a_network(3 if quick else 10),
    "durable-mariadb": lambda quick: steps.on_mariadb(3 if quick else 10),
    "many": lambda quick: many.on_sqlite(4 if quick else 15),
    "many-postgresql": lambda quick: many.on_postgresql(6 if quick else 30),
    "due": lambda quick: due.measure(1_000 if quick else 5_000, 2 if quick else 5),
    "scale": lambda quick: scale.measure(
        2 if quick else 8, scale.QUICK_SIZES if quick else scale.SIZES
    ),
    "sweep": lambda quick: sweeping.on_sqlite(
        4 if quick else 30, sweeping.QUICK_SIZES if quick else sweeping.SIZES
    ),
    "sweep-postgresql": lambda quick: sweeping.on_postgresql(
        6 if quick else 60, sweeping.QUICK_SIZES if quick else sweeping.SIZES
    ),
}

# These take many minutes, so they run only when they are named.
ON_REQUEST = {"bulk"}


def main() -> int:
    """Print every table as it is ready; 1 if propflow was not measured or a contestant failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--quick", action="store_true", help="a fifth of the time, more noise")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}")
    started = time.perf_counter()
    print(f"Python {platform.python_version()}, {platform.machine()}", flush=True)
    failed = False
    for name in asked.names or (name for name in MEASUREMENTS if name not in ON_REQUEST):
        try:
            section = MEASUREMENTS[name](asked.quick)
        except Pending as reason:
            print(f"\n{name}: not measured: {reason}", flush=True)
            failed = True
            continue
        print(f"\n{section}", flush=True)
        failed = failed or section.failed
    print(f"\n{time.perf_counter() - started:.0f} s")
    return int(failed)


sys.exit(main())
