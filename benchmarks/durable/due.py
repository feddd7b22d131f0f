"""Due steps: `run_due` beside queues of jobs, with one and two workers, each case exactly once."""

from __future__ import annotations

import importlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import attrs

from benchmarks.durable import by_hand
from benchmarks.durable.contest import check
from benchmarks.durable.databases import made_on_postgresql
from benchmarks.durable.due_by_hand import HandCases
from benchmarks.durable.due_contest import Queue, any_left, faults, stored
from benchmarks.durable.due_ours import OurCases
from benchmarks.harness import Figure, Ratio
from benchmarks.report import Section, missing, times

WORKERS = (1, 2)
POLL = 0.01
"""Seconds between two looks of the clock at whether a case is left; the same for everyone."""

LONGEST = 300
COLUMNS = (
    *("contestant", "version", "workers", "steps/s", "min–max"),
    *("× limit 500", "× limit 100", ""),
)

NOTE = (
    "×: how many times as many steps run_due takes, with its own limit of 500 and with 100;"
    " the median of the rounds, and the least and the most"
)


class Cases(Protocol):
    """The cases of one side, which are made due again before every turn."""

    prefix: str

    def make_due(self, connection: Any) -> None: ...

    def close(self) -> None: ...


@attrs.frozen
class Entrant:
    """Who takes part: the module that works, and the bar for propflow beside it."""

    name: str
    module: str
    distribution: str | None = None
    bar: float | None = None


OURS = (
    Entrant("propflow, run_due()", "benchmarks.durable.due_ours"),
    Entrant("propflow, run_due(limit=100)", "benchmarks.durable.due_ours_100"),
)
BY_HAND = (
    Entrant("by hand, no queue", "benchmarks.durable.due_by_hand"),
    Entrant("Celery (Redis)", "benchmarks.peers.due_celery", "celery", 10),
    Entrant("pgqueuer", "benchmarks.peers.due_pgqueuer", "pgqueuer", 4),
    Entrant("procrastinate", "benchmarks.peers.due_procrastinate", "procrastinate", 15),
)


class NotDone(Exception):
    """A contestant did not do the common work; the message says what was wrong."""


@contextmanager
def workers(module: str, url: str, count: int) -> Generator[Callable[[], None]]:
    """Start so many processes, wait until they are warm, and give what lets them begin.

    Raises:
        NotDone: One of them ended before it was warm, or did not end well.
    """
    command = [sys.executable, "-m", "benchmarks.durable.due_worker", module, url]
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [*command, str(number), str(count)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for number in range(count)
        ]
        try:
            for process in started:
                if process.stdout is None or "ready\n" not in process.stdout:
                    raise NotDone("a worker ended before it was warm")
            yield lambda: _go(started)
            for process in started:
                process.communicate(timeout=LONGEST)
                if process.returncode:
                    raise NotDone(f"a worker ended with {process.returncode}")
        finally:
            for process in started:
                process.kill()


def _go(started: Sequence[subprocess.Popen[str]]) -> None:
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def turn(connection: Any, url: str, module: str, cases: Cases, count: int) -> float:
    """Let one contestant step every case once; return the seconds that it took a case.

    Raises:
        NotDone: A case was not stepped exactly once, or not in time.
    """
    queue: Queue = importlib.import_module(module).make(url, 0, count)
    cases.make_due(connection)
    before = stored(connection, cases.prefix)
    queue.enqueue(sorted(before))
    connection.execute("VACUUM ANALYZE")
    with workers(module, url, count) as go:
        began = time.perf_counter()
        go()
        while any_left(connection, cases.prefix):
            if time.perf_counter() - began > LONGEST:
                raise NotDone(f"cases are left after {LONGEST} s")
            time.sleep(POLL)
        taken = time.perf_counter() - began
    found = faults(before, stored(connection, cases.prefix))
    if found:
        raise NotDone(f"{len(found)} of {len(before)} cases: {found[0]}")
    return taken / len(before)


@attrs.frozen
class Result:
    """What came of a contestant: the seconds a step by number of workers, or why there are none."""

    entrant: Entrant
    cases: Cases
    taken: Mapping[int, list[float]] = attrs.field(factory=lambda: {n: [] for n in WORKERS})
    problems: list[str] = attrs.field(factory=list)
    absent: list[str] = attrs.field(factory=list)

    def figure(self, count: int) -> Figure:
        return Figure(self.entrant.name, tuple(self.taken[count]))


def measure(count: int, rounds: int) -> Section:
    """Compare them on so many cases, by turns."""
    import psycopg

    with made_on_postgresql() as url, psycopg.connect(url, autocommit=True) as connection:
        hand = by_hand.postgresql(url)
        wrong = check(hand)
        hand.close()
        if wrong:
            raise AssertionError(wrong)
        orders = [f"due-{number:06}" for number in range(count)]
        ours, theirs = OurCases(url, orders), HandCases(url, orders)
        results = [Result(each, ours) for each in OURS]
        results += [Result(each, theirs) for each in BY_HAND]
        for result in results:
            _install(url, result)
        for _ in range(rounds):
            for workers_ in WORKERS:
                for result in results:
                    if not result.problems and not result.absent:
                        _take_turn(connection, url, result, workers_)
        for result in results:
            _remove(url, result)
        ours.close()
    return _section(results, count, rounds)


def _install(url: str, result: Result) -> None:
    """Let a contestant make what it needs; one that cannot is out."""
    try:
        importlib.import_module(result.entrant.module).make(url, 0, 1).install()
    except ImportError as error:
        result.absent.append(missing(error))
    except OSError as error:
        result.absent.append(f"{type(error).__name__}: {error}")


def _remove(url: str, result: Result) -> None:
    if not result.absent:
        importlib.import_module(result.entrant.module).make(url, 0, 1).remove()


def _take_turn(connection: Any, url: str, result: Result, count: int) -> None:
    try:
        taken = turn(connection, url, result.entrant.module, result.cases, count)
        result.taken[count].append(taken)
    except NotDone as error:
        result.problems.append(f"{count} workers: {error}")


def _section(results: Sequence[Result], count: int, rounds: int) -> Section:
    ours = results[: len(OURS)]
    return Section(
        f"Due steps on PostgreSQL: {count:,} cases, {rounds} rounds; wall time",
        COLUMNS,
        tuple(_row(result, ours, workers_) for workers_ in WORKERS for result in results),
        (NOTE,),
        failed=any(result.problems for result in results),
    )


def _row(result: Result, ours: Sequence[Result], workers_: int) -> tuple[str, ...]:
    entrant = result.entrant
    start = (entrant.name, _version(entrant.distribution), str(workers_))
    if result.absent:
        return (*start, "", "", "", "", f"not measured: {result.absent[0]}")
    if result.problems:
        return (*start, "", "", "", "", f"FAILED: {result.problems[0]}")
    rates = [1 / seconds for seconds in result.taken[workers_]]
    row = (*start, f"{statistics.median(rates):,.0f}", f"{min(rates):,.0f}–{max(rates):,.0f}")
    if any(each is result or each.problems for each in ours):
        return (*row, "", "", "")
    ratios = [Ratio.of(result.figure(workers_), each.figure(workers_)) for each in ours]
    shown = ["{} ({})".format(*times(ratio)) for ratio in ratios]
    return (*row, *shown, "" if entrant.bar is None else _held(ratios[0].median, entrant.bar))


def _held(ratio: float, bar: float) -> str:
    return f"bar ≥ {bar:g} ×: {'ok' if ratio >= bar else 'UNDER'}"


def _version(distribution: str | None) -> str:
    if distribution is None:
        return ""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "-"
