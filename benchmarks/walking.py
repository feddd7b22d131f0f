"""The walk, timed: propflow's pure decision beside the hand-written table and the peers."""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version

import attrs

from benchmarks.contest import (
    NOW,
    WALK_EVENTS,
    WORKER,
    Contestant,
    check,
    pairs_checked,
)
from benchmarks.harness import Batch, Figure, Ratio, Work, interleave
from benchmarks.peers import PEERS
from benchmarks.report import Section, against, micro, missing, times
from benchmarks.table import Table

BAR = 2.5
COLUMNS = ("contestant", "version", "check", "µs/step", "× table", "min–max", "")
OURS = "propflow, decide"


@attrs.frozen
class Candidate:
    """A contestant, or the reason why there is none."""

    name: str
    version: str
    contestant: Contestant | None
    problems: tuple[str, ...] = ()

    @property
    def fit(self) -> bool:
        """It is there, and does the common work as asked."""
        return self.contestant is not None and not self.problems


def gather() -> list[Candidate]:
    """Make every contestant and check it; the table is the first, propflow the second."""
    return [
        _checked("hand-written table", "", Table()),
        _import(OURS, "propflow", "benchmarks.propflow_decide"),
        *(_import(name, package, f"benchmarks.peers.{module}") for name, package, module in PEERS),
    ]


def _import(name: str, package: str, module: str) -> Candidate:
    try:
        installed = version(package)
    except PackageNotFoundError:
        installed = "-"
    try:
        contestant: Contestant = importlib.import_module(module).make()
    except ImportError as error:
        return Candidate(name, installed, None, (missing(error),))
    return _checked(name, installed, contestant)


def _checked(name: str, installed: str, contestant: Contestant) -> Candidate:
    return Candidate(name, installed, contestant, tuple(check(contestant)))


def walk(contestant: Contestant) -> Work:
    """Give the walk as a work; the orders are opened before the clock starts."""

    def prepare(repeat: int) -> Batch:
        orders = [contestant.open() for _ in range(repeat)]
        fire = contestant.fire

        def batch() -> None:
            for order in orders:
                latest = order
                for event in WALK_EVENTS:
                    latest = fire(latest, event, WORKER, NOW)

        return batch

    return Work(contestant.name, prepare, len(WALK_EVENTS))


def measure(seconds: float) -> Section:
    """Check every contestant, then time those that may be timed."""
    candidates = gather()
    fit = [candidate for candidate in candidates if candidate.fit]
    works = [walk(candidate.contestant) for candidate in fit if candidate.contestant]
    figures = dict(
        zip((candidate.name for candidate in fit), interleave(works, seconds=seconds), strict=True)
    )
    table = figures[candidates[0].name]
    ours = figures.get(OURS)
    return Section(
        f"The walk: {len(WALK_EVENTS)} steps of one repair order, without payloads",
        COLUMNS,
        tuple(
            _row(candidate, figures.get(candidate.name), table, ours) for candidate in candidates
        ),
        (
            f"{len(table.rounds)} rounds; a ratio is the median of the ratios within each round",
            *(['the peers: pip install -e ".[bench]"'] if any(map(_absent, candidates)) else []),
        ),
        failed=ours is None or any(one.contestant and one.problems for one in candidates),
    )


def _absent(candidate: Candidate) -> bool:
    return candidate.contestant is None and candidate.name != OURS


def _row(
    candidate: Candidate, figure: Figure | None, table: Figure, ours: Figure | None
) -> tuple[str, ...]:
    contestant = candidate.contestant
    if contestant is None:
        absent = f"not measured: {candidate.problems[0]}"
        return (candidate.name, candidate.version, "-", "-", "-", "-", absent)
    if figure is None:
        said = f"{len(candidate.problems)} problems, the first: {candidate.problems[0]}"
        return (candidate.name, candidate.version, "FAILED", "-", "-", "-", said)
    ratio = Ratio.of(figure, table)
    return (
        candidate.name,
        candidate.version,
        f"{pairs_checked(contestant)} ok",
        micro(figure.median),
        *times(ratio),
        _verdict(contestant, figure, ratio, ours),
    )


def _verdict(contestant: Contestant, figure: Figure, ratio: Ratio, ours: Figure | None) -> str:
    if contestant.name == Table.name:
        return "the yardstick"
    if figure is ours:
        return against(ratio.median, BAR)
    if not contestant.guards:
        return "no guards or roles: shown beside, not ranked"
    if ours is None:
        return ""
    ahead = Ratio.of(figure, ours).median
    return f"propflow is {'ahead' if ahead > 1 else 'BEHIND'}, {ahead:.2f} ×"
