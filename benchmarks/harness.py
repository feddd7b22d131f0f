"""Interleaved timing: every work is timed once a round, A B C … A B C …, and compared by round.

What is timed is the CPU time of this process, so that other programs on the machine disturb
little; what disturbs all the same (clock speed, caches) hits neighbours in a round alike, which is
why a ratio is taken within each round and only then summed up.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence

import attrs

Batch = Callable[[], None]
Clock = Callable[[], int]


@attrs.frozen
class Work:
    """Something to time.

    `prepare(n)` makes, untimed, what `n` repetitions need and gives the batch that does them;
    one repetition is `units` steps (or answers, or whatever the figure counts).
    """

    name: str
    prepare: Callable[[int], Batch]
    units: int


@attrs.frozen
class Figure:
    """What a work cost: the seconds a unit, one figure a round."""

    name: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Seconds a unit, the median of the rounds."""
        return statistics.median(self.rounds)

    def ratios(self, yardstick: Figure) -> tuple[float, ...]:
        """Return how many times the yardstick this work cost, round by round."""
        return tuple(
            mine / theirs for mine, theirs in zip(self.rounds, yardstick.rounds, strict=True)
        )


@attrs.frozen
class Ratio:
    """A ratio summed up over the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, figure: Figure, yardstick: Figure) -> Ratio:
        """Compare two figures of one run."""
        ratios = figure.ratios(yardstick)
        return cls(statistics.median(ratios), min(ratios), max(ratios))


def interleave(
    works: Sequence[Work],
    *,
    seconds: float,
    least_rounds: int = 5,
    clock: Clock = time.process_time_ns,
    repeats: int | None = None,
) -> list[Figure]:
    """Time all works side by side for about `seconds` of wall time and give their figures.

    A batch takes a sixtieth of the time that the run has for one work, and never less than 2 ms,
    far above the resolution of the clock. The garbage collector runs between batches, never in
    one, and does not look again at what existed before the first. `clock` gives
    nanoseconds: of wall time where a work waits for a server. `repeats` fixes how often a batch
    repeats its work.
    """
    slice_ = max(0.002, seconds / len(works) / 60)
    gc.collect()
    gc.freeze()
    try:
        repetitions = [repeats or _calibrate(work, slice_, clock) for work in works]
        rounds: list[list[float]] = [[] for _ in works]
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or len(rounds[0]) < least_rounds:
            for work, repeat, taken in zip(works, repetitions, rounds, strict=True):
                taken.append(_time(work, repeat, clock) / repeat / work.units)
    finally:
        gc.unfreeze()
    return [Figure(work.name, tuple(taken)) for work, taken in zip(works, rounds, strict=True)]


def _calibrate(work: Work, slice_: float, clock: Clock) -> int:
    repeat = 1
    while (taken := _time(work, repeat, clock)) < slice_ / 4:
        repeat *= 2
    return max(1, round(repeat * slice_ / taken))


def _time(work: Work, repeat: int, clock: Clock) -> float:
    batch = work.prepare(repeat)
    gc.collect()
    gc.disable()
    try:
        start = clock()
        batch()
        return (clock() - start) / 1e9
    finally:
        gc.enable()
