"""One durable step: checked, timed and held against the bars."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.contest import WORKER
from benchmarks.durable import by_hand, ours, with_sqlalchemy
from benchmarks.durable.contest import EVENTS, Durable, check
from benchmarks.durable.databases import delayed, made_on_mariadb, made_on_postgresql
from benchmarks.harness import Batch, Clock, Ratio, Work, interleave
from benchmarks.report import Section, against, micro, times

ORDERS = 64
COLUMNS = ("contestant", "check", "µs/step", "× by hand", "min–max", "")

Bars = Mapping[str, float]


def stepping(contestant: Durable) -> Work:
    """Give durable steps as a work, on several orders by turns."""
    orders = [f"timed-{n}" for n in range(ORDERS)]
    states = dict.fromkeys(orders, "in_progress")
    for order in orders:
        contestant.open(order)
    turn = 0

    def prepare(repeat: int) -> Batch:
        nonlocal turn
        steps: list[tuple[str, str]] = []
        for _ in range(repeat):
            order = orders[turn % ORDERS]
            turn += 1
            event, states[order] = EVENTS[states[order]]
            steps.append((order, event))

        def batch() -> None:
            for order, event in steps:
                contestant.step(order, event, WORKER)

        return batch

    return Work(contestant.name, prepare, 1)


def compare(
    title: str,
    contestants: Sequence[Durable],
    bars: Bars,
    seconds: float,
    clock: Clock,
    notes: tuple[str, ...] = (),
) -> Section:
    """Check the contestants, time those that pass, and give ratios to the first of them."""
    problems = {one.name: check(one) for one in contestants}
    fit = [one for one in contestants if not problems[one.name]]
    figures = interleave([stepping(one) for one in fit], seconds=seconds, clock=clock)
    rows = []
    for figure in figures:
        ratio = Ratio.of(figure, figures[0])
        bar = bars.get(figure.name)
        verdict = "" if bar is None else against(ratio.median, bar)
        rows.append((figure.name, "passed", micro(figure.median), *times(ratio), verdict))
    for name, found in problems.items():
        if found:
            rows.append((name, "FAILED", "", "", "", found[0]))
    for one in contestants:
        one.close()
    return Section(title, COLUMNS, tuple(rows), notes, failed=any(problems.values()))


def on_sqlite(seconds: float) -> Section:
    with tempfile.TemporaryDirectory() as folder:
        made: list[Callable[[Path], Durable]] = [
            by_hand.sqlite,
            lambda file: ours.Ours(f"sqlite:///{file}"),
            lambda file: ours.Unsealed(f"sqlite:///{file}"),
            lambda file: ours.Joined(f"sqlite:///{file}"),
            lambda file: with_sqlalchemy.Core(f"sqlite:///{file}"),
            lambda file: with_sqlalchemy.ORM(f"sqlite:///{file}"),
        ]
        contestants = [make(Path(folder, f"{n}.db")) for n, make in enumerate(made)]
        return compare(
            "One durable step on SQLite: WAL, synchronous = NORMAL; CPU time",
            contestants,
            {ours.Ours.name: 2.5, ours.Joined.name: 4},
            seconds,
            time.process_time_ns,
        )


def on_postgresql(seconds: float) -> Section:
    with made_on_postgresql() as url:
        return compare(
            "One durable step on PostgreSQL, one client; wall time",
            [
                by_hand.postgresql(url),
                ours.Ours(url),
                ours.Unsealed(url),
                ours.Joined(url),
                with_sqlalchemy.Core(url),
                with_sqlalchemy.ORM(url),
            ],
            {ours.Ours.name: 1.0},
            seconds,
            time.perf_counter_ns,
        )


def behind_a_network(seconds: float) -> Section:
    with ExitStack() as stack:
        url = stack.enter_context(made_on_postgresql())
        far = stack.enter_context(delayed(url, milliseconds=0.5))
        return compare(
            "One durable step on PostgreSQL behind 0.5 ms of network; wall time",
            [by_hand.postgresql(far), ours.Ours(far), ours.Joined(far)],
            {ours.Ours.name: 0.45},
            seconds,
            time.perf_counter_ns,
            ("a proxy delays every packet by 0.25 ms each way: 0.5 ms a round trip",),
        )


def on_mariadb(seconds: float) -> Section:
    with made_on_mariadb() as url:
        return compare(
            "One durable step on MariaDB, one client; wall time",
            [by_hand.mariadb(url), ours.Ours(url), ours.Unsealed(url), ours.Joined(url)],
            {ours.Ours.name: 1.4},
            seconds,
            time.perf_counter_ns,
        )
