"""What comes due on a case that is tried, computed as engines compute it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Literal, TypeAlias

import attrs

from propflow.decision.due import Due, changed, due, parts
from propflow.definition import Entry
from propflow.definition.spec import DeadlineSpec, WorkflowSpec
from propflow.errors import Problem

TimeLeft: TypeAlias = Literal["exact", "order"]
"""How deadlines tell cases apart: by how long each has still to go, or by which comes first."""


@attrs.frozen(eq=False)
class Timing:
    """The deadlines that come due in a trial.

    Attributes:
        workflow: The definition with what fires of these deadlines, and without their rungs.
        looking_back: The definition with those of them alone that look back, `None` if none does.
        telling: The definition with their rungs alone, `None` if there are none.
        fires: What fires an event: the names by which it is due.
        rungs: What only tells somebody, likewise.
        time_left: What of them tells cases apart.
    """

    workflow: WorkflowSpec
    looking_back: WorkflowSpec | None
    telling: WorkflowSpec | None
    fires: dict[str, DeadlineSpec]
    rungs: dict[str, DeadlineSpec]
    time_left: TimeLeft

    def told_apart(self, running: Iterable[Due], now: datetime) -> Hashable:
        """Return what of the running deadlines makes two cases differ."""
        if self.time_left == "exact":
            return frozenset((each.deadline, each.at - now) for each in running)
        return tuple(
            (frozenset(each.deadline for each in some), some[0].not_before <= now)
            for some in self.in_order(running)
        )

    def after(
        self, before: Iterable[Due], entries: Sequence[Entry], data: Sequence[Any]
    ) -> tuple[Due, ...]:
        """Return what is to fire after one more step, by what the step changes, as a store has it.

        Args:
            before: What ran before the step.
            entries: The history, the step included; only the step, if no deadline looks back.
            data: The data after each of them.

        Raises:
            FunctionRaised: A function that decides when a deadline is due is broken.
        """
        begun, ended = changed(self.workflow, entries[-1])
        found = {each.deadline: each for each in before if each.deadline not in ended}
        found |= {each.deadline: each for each in begun}
        if self.looking_back is not None:
            found = {name: each for name, each in found.items() if not self._looks_back(name)}
            found |= {each.deadline: each for each in due(self.looking_back, entries, data)}
        return tuple(found.values())

    def whole(self, entries: Sequence[Entry], data: Sequence[Any]) -> tuple[Due, ...]:
        """Return what is to fire after a history."""
        return due(self.workflow, entries, data)

    def told(self, entries: Sequence[Entry], data: Sequence[Any]) -> tuple[Due, ...]:
        """Return the rungs to be climbed after a history."""
        return () if self.telling is None else due(self.telling, entries, data)

    def in_order(self, running: Iterable[Due]) -> Iterator[tuple[Due, ...]]:
        """Yield what runs, the earliest first; what is due at one moment comes together."""
        for _, some in groupby(sorted(running, key=_moment), key=_moment):
            yield tuple(some)

    def is_known(self, each: Due) -> bool:
        """Whether its calendar reaches so far; if not, it comes in no engine either."""
        measure = self._deadline(each.deadline).measure
        return measure is None or each.at < measure.known_until

    def _looks_back(self, name: str) -> bool:
        return self._deadline(name).looks_back

    def _deadline(self, name: str) -> DeadlineSpec:
        return self.fires.get(name) or self.rungs[name]


def _moment(each: Due) -> datetime:
    return each.not_before


def timing_of(
    workflow: WorkflowSpec,
    chosen: Iterable[str] | None,
    problems: list[Problem],
    time_left: TimeLeft = "exact",
) -> Timing | None:
    """Return the deadlines that come due, `None` if there are none.

    Args:
        workflow: The definition.
        chosen: Their names; if not given all of them, without those that an engine would refuse
            because they lack a calendar.
        problems: What cannot be chosen is added.
        time_left: What of them tells cases apart.
    """
    known = workflow.deadlines
    names = [name for name, each in known.items() if not each.lacks]
    if chosen is not None:
        names = list(dict.fromkeys(chosen))
        for name in names:
            if name not in known:
                there = ", ".join(known) or "none"
                problems.append(Problem("deadlines", f"{name!r} is none; there is {there}"))
            elif known[name].lacks:
                problems.append(Problem(f"deadlines, {name!r}", known[name].lacks))
    taken = {name: known[name] for name in names if name in known}
    if not taken:
        return None
    firing = {n: attrs.evolve(each, rungs=()) for n, each in taken.items() if each.event}
    looking_back = {name: each for name, each in firing.items() if each.looks_back}
    telling = {n: attrs.evolve(each, event=None) for n, each in taken.items() if each.rungs}
    named = [(part, each, rung) for each in taken.values() for part, rung in parts(each)]
    return Timing(
        attrs.evolve(workflow, deadlines=firing),
        attrs.evolve(workflow, deadlines=looking_back) if looking_back else None,
        attrs.evolve(workflow, deadlines=telling) if telling else None,
        {part: each for part, each, rung in named if rung is None},
        {part: each for part, each, rung in named if rung is not None},
        time_left,
    )
