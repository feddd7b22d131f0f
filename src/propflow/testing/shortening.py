"""Shortening a script that leads to a failure, until no step of it can be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any, TypeAlias, TypeVar

import attrs

from propflow.testing.play import Step

D = TypeVar("D")

Steps: TypeAlias = tuple[Step[D], ...]

_AT_ONCE = timedelta(0)
_FEW = 16
"""Up to so many steps, any two of them are left out together as well."""


def shortened(steps: Steps[D], fails: Callable[[Steps[D]], bool]) -> Steps[D]:
    """Return the steps without those that the failure does not need, by delta debugging.

    What is left can spare no step, no run of neighbouring steps and, where it is short, no two
    steps; and no time passes in it that does not matter.

    Args:
        steps: Steps that fail, the opening first, which stays.
        fails: Whether some of the steps still fail; asked a few hundred times.
    """
    before: Steps[Any] = ()
    while steps != before:
        before = steps
        steps = _first_to_fail(steps, fails, _shorter)
    for calmer in (_without_time, _sooner):
        steps = _first_to_fail(steps, fails, calmer)
    return steps


def _first_to_fail(
    steps: Steps[D],
    fails: Callable[[Steps[D]], bool],
    simpler: Callable[[Steps[D]], Iterator[Steps[D]]],
) -> Steps[D]:
    """Take the first simpler script that fails, and go on from there until none does."""
    found: Steps[D] | None = steps
    while found is not None:
        steps = found
        found = next((each for each in simpler(steps) if fails(each)), None)
    return steps


def _shorter(steps: Steps[D]) -> Iterator[Steps[D]]:
    places = range(1, len(steps))
    for size in range(len(steps) - 1, 0, -1):
        for start in range(1, len(steps) - size + 1):
            yield from _without(steps, set(range(start, start + size)))
    if len(steps) <= _FEW:
        for pair in combinations(places, 2):
            yield from _without(steps, set(pair))


def _without(steps: Steps[D], left_out: set[int]) -> Iterator[Steps[D]]:
    """Leave steps out: first such that the others stay when they were, then with their time."""
    kept: list[Step[D]] = []
    waited = _AT_ONCE
    for place, step in enumerate(steps):
        if place in left_out:
            waited += step.after
        else:
            kept.append(attrs.evolve(step, after=step.after + waited) if waited else step)
            waited = _AT_ONCE
    yield tuple(kept)
    if any(steps[place].after for place in left_out):
        yield tuple(step for place, step in enumerate(steps) if place not in left_out)


def _without_time(steps: Steps[D]) -> Iterator[Steps[D]]:
    if any(step.after or step.late for step in steps):
        yield tuple(attrs.evolve(step, after=_AT_ONCE, late=_AT_ONCE) for step in steps)


def _sooner(steps: Steps[D]) -> Iterator[Steps[D]]:
    for place, step in enumerate(steps):
        for name in ("after", "late"):
            if getattr(step, name):
                none: Any = {name: _AT_ONCE}
                yield (*steps[:place], attrs.evolve(step, **none), *steps[place + 1 :])
