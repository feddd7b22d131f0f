"""What random walks went through: counted, and never fed back into what they draw."""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs

from propflow.definition import Workflow
from propflow.testing.exploring import Transition
from propflow.testing.walk import Walk


@attrs.define(eq=False)
class Coverage:
    """What the walks of one state machine went through so far; it grows as they run.

    Attributes:
        workflow: Name of the workflow.
        every: The transitions of the workflow.
        states: Names of the states in which a case can rest.
        cases: How many cases were walked.
        accepted: How many steps were taken.
        refused: How many were refused.
        fired: How often each transition was taken.
    """

    workflow: str
    every: tuple[Transition, ...]
    states: tuple[str, ...]
    cases: int = 0
    accepted: int = 0
    refused: int = 0
    fired: Counter[Transition] = attrs.field(factory=Counter[Transition])

    @property
    def never_fired(self) -> tuple[Transition, ...]:
        """The transitions that no walk took."""
        return tuple(each for each in self.every if each not in self.fired)

    @property
    def never_reached(self) -> tuple[str, ...]:
        """The states in which no walk came to rest."""
        reached = {each.target for each in self.fired}
        return tuple(state for state in self.states if state not in reached)

    def add(self, walking: Walk[Any]) -> None:
        """Count the case that a walk is at."""
        self.cases += 1
        self.accepted += len(walking.entries)
        self.refused += walking.refused
        walking.refused = 0
        self.fired.update(
            Transition(entry.event, entry.source, entry.target) for entry in walking.entries
        )

    def __str__(self) -> str:
        fired = len(self.every) - len(self.never_fired)
        reached = len(self.states) - len(self.never_reached)
        whole = (
            f"{self.workflow}: {self.cases} cases with {self.accepted} steps and {self.refused} "
            f"refusals; {fired} of {len(self.every)} transitions, "
            f"{reached} of {len(self.states)} states"
        )
        lines = [whole]
        lines += [f"never fired: {each}" for each in self.never_fired]
        lines += [f"never reached: {each}" for each in self.never_reached]
        return "\n".join(lines)


def coverage_of(workflow: type[Workflow[Any]], every: tuple[Transition, ...]) -> Coverage:
    """Return a coverage in which nothing is counted yet."""
    spec = workflow.spec
    return Coverage(spec.name, every, spec.tree.all_leaves())
