"""What a case costs in memory beyond its data."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from benchmarks.contest import DATA, NOW, WORKER
from benchmarks.report import Pending, Section, against, missing
from benchmarks.values import Repair

BAR_BYTES = 400
Keep = Callable[[Repair], object]
"""Makes a case around the data and gives what must live for it to live."""


def bytes_each(keep: Keep, count: int) -> float:
    """Return the bytes that a case takes, over `count` cases whose data existed before."""
    data = [Repair(f"room {n}", DATA.fault, DATA.team) for n in range(count)]
    kept: list[object] = [None] * count
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for at, datum in enumerate(data):
            kept[at] = keep(datum)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / count


def bare_case(data: Repair) -> object:
    """Make a case with an id and a moment of its own, as a store hands it out."""
    from propflow import Case

    moment = NOW + timedelta(seconds=1)
    return Case(uuid4().hex, "reported", None, data, 1, "repair_order", 1, moment)


def stored_case() -> Keep:
    """Start cases on a memory store, which keeps the case, its history and its indexes."""
    from benchmarks.propflow_orders import RepairOrder
    from propflow import Engine
    from propflow.storage import MemoryStore

    engine = Engine(MemoryStore(), [RepairOrder])

    def keep(data: Repair) -> object:
        opening = RepairOrder.report(place=data.place, fault=data.fault, team=data.team)
        return engine.start(opening, by=WORKER)

    return keep


def measure(count: int) -> Section:
    """Weigh a case, and what the memory store keeps of one."""
    try:
        bare = bytes_each(bare_case, count)
        stored = bytes_each(stored_case(), count // 10)
    except ImportError as error:
        raise Pending(missing(error)) from error
    return Section(
        f"Memory: bytes a case, over {count:,} cases",
        ("what", "bytes", ""),
        (
            ("a case, with its id and moment", f"{bare:.0f}", against(bare, BAR_BYTES, "bytes")),
            ("on the memory store, with data and opening entry", f"{stored:.0f}", "no bar"),
        ),
    )
