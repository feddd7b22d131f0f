"""Run the measurements and print them: ``python -m benchmarks [--quick] [NAME …]``."""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable

from benchmarks import firing, imports, memory, options, scale, walking, working_time
from benchmarks.report import Pending, Section

Measurement = Callable[[bool], Section]

MEASUREMENTS: dict[str, Measurement] = {
    "walk": lambda quick: walking.measure(5 if quick else 28),
    "fire": lambda quick: firing.measure(1 if quick else 5),
    "options": lambda quick: options.measure(1 if quick else 4),
    "add": lambda quick: working_time.measure(1 if quick else 6),
    "import": lambda quick: imports.measure(1 if quick else 5),
    "memory": lambda quick: memory.measure(10_000 if quick else 100_000),
    "scale": lambda quick: scale.measure(
        2 if quick else 8, scale.QUICK_SIZES if quick else scale.SIZES
    ),
}


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
    for name in asked.names or MEASUREMENTS:
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
