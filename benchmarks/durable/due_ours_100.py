"""propflow's sweep with a limit of 100 a call."""

from __future__ import annotations

from benchmarks.durable.due_ours import Sweep


class SmallSweep(Sweep):
    """`run_due(limit=100)`."""

    limit = 100


make = SmallSweep
