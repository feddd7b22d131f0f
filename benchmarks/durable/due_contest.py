"""The common work of a sweep: cases that each have one due step, and what holds of a turn.

The step is that of `contest.py`, put on hold and no more. Jobs wait before the clock starts, and so
do workers, which have connected and taken a few steps already.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import attrs

DUE = "in_progress"
TAKEN = "on_hold"
WARM_UP = 20
"""How many steps a worker takes before the clock starts, of cases of its own."""


class Gate:
    """How a worker's process stands in step with the clock: by lines on its pipes."""

    def wait(self) -> None:
        """Say that the worker is warm, and wait until the clock starts."""
        print("ready", flush=True)
        if sys.stdin.readline() != "go\n":
            raise SystemExit

    def stay(self) -> None:
        """Wait until the turn is over."""
        sys.stdin.readline()


class Queue(Protocol):
    """One way to have due steps taken by workers.

    `install` makes what it needs in the database; `enqueue` adds a job for each order; `work` is
    what a worker's process does: it warms up, waits at the gate, and takes steps until none is
    left or the turn is over; `remove` takes away what is not in the database.
    """

    def install(self) -> None: ...

    def enqueue(self, orders: Sequence[str]) -> None: ...

    def work(self, gate: Gate) -> None: ...

    def remove(self) -> None: ...


@attrs.frozen
class Stored:
    """What a database holds of a case."""

    state: str
    revision: int
    entries: int
    messages: int


_STORED = """
SELECT c.id, c.state, c.revision, coalesce(h.n, 0), coalesce(o.n, 0)
FROM {0}case AS c
LEFT JOIN (SELECT case_id, count(*) AS n FROM {0}history GROUP BY 1) AS h ON h.case_id = c.id
LEFT JOIN (SELECT case_id, count(*) AS n FROM {0}outbox GROUP BY 1) AS o ON o.case_id = c.id
WHERE c.tenant = '' AND c.id LIKE 'due-%'"""
_LEFT = (
    "SELECT EXISTS (SELECT FROM {0}case WHERE tenant = '' AND id LIKE 'due-%' AND state = '{1}')"
)


def stored(connection: Any, prefix: str) -> dict[str, Stored]:
    """Read every case of the turns."""
    rows = connection.execute(_STORED.format(prefix)).fetchall()
    return {case: Stored(*values) for case, *values in rows}


def any_left(connection: Any, prefix: str) -> bool:
    """Tell whether a case has not been stepped yet."""
    left: bool = connection.execute(_LEFT.format(prefix, DUE)).fetchone()[0]
    return left


def faults(before: Mapping[str, Stored], after: Mapping[str, Stored]) -> list[str]:
    """Return which cases were not stepped exactly once, with one entry and one message each."""
    found = [f"{case} was not there before" for case in after.keys() - before.keys()]
    for case, was in before.items():
        wanted = Stored(TAKEN, was.revision + 1, was.entries + 1, was.messages + 1)
        if after.get(case) != wanted:
            found.append(f"{case} is {after.get(case)}, and must be {wanted}")
    return found
