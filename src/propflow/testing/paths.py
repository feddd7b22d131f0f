"""Paths that take every transition of a workflow at least once, as cases for tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar

import attrs

from propflow.definition import Action, Actor, Workflow
from propflow.definition.context import NO_FACTS
from propflow.testing.exploring import Explorer, Transition
from propflow.testing.play import MOMENT
from propflow.testing.prove import everything
from propflow.testing.script import Script
from propflow.testing.trial import Abstraction, trial_of

D = TypeVar("D")


@attrs.frozen
class Path(Generic[D]):
    """One way through a workflow.

    Attributes:
        script: The steps; ``path.script.play()`` takes them.
        transitions: What they take, in order.
        covers: The transitions that no path before this one took.
    """

    script: Script[D]
    transitions: tuple[Transition, ...]
    covers: tuple[Transition, ...]

    def __str__(self) -> str:
        return "-".join(each.event for each in self.transitions)


def paths(
    workflow: type[Workflow[D]],
    *,
    actors: Iterable[Actor],
    payloads: Iterable[Action[Any, D]],
    abstract: Abstraction[D] = everything,
    now: datetime = MOMENT,
    facts: Mapping[str, Any] = NO_FACTS,
    deadlines: Iterable[str] | None = None,
    max_states: int = 100_000,
    max_depth: int = 200,
) -> list[Path[D]]:
    """Return few paths that together take every transition that a case can take.

    For ``@pytest.mark.parametrize("path", paths(KeyLoan, …), ids=str)``. Of each transition the
    shortest way to it is known; the longest of these come first, and those that take nothing new
    are left out. What a deadline fires is waited for. The arguments are those of `prove`.

    Raises:
        InvalidTrial: No actor is given, an event lacks a payload, an action does not fit, a
            deadline cannot come due, or the abstraction is not hashable.
        NaiveDatetime: `now` has no UTC offset.
    """
    trial = trial_of(workflow, actors, payloads, now, facts, deadlines=deadlines, time_left="order")
    explorer = Explorer(trial, abstract, (), max_states, max_depth)
    for _ in explorer.run():
        pass
    covered: set[Transition] = set()
    found: list[Path[D]] = []
    for steps in sorted(explorer.fired.values(), key=len, reverse=True):
        path = _path(Script(workflow, steps, trial.now, trial.facts), covered)
        if path.covers:
            covered.update(path.covers)
            found.append(path)
    return found


def _path(script: Script[D], covered: set[Transition]) -> Path[D]:
    taken = tuple(
        Transition(entry.event, entry.source, entry.target) for entry in script.play().entries
    )
    new = tuple(each for each in dict.fromkeys(taken) if each not in covered)
    return Path(script, taken, new)
