"""A workflow with all that is tried on it and said of it, as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from propflow.definition import Action, Actor, Case, Workflow
from propflow.definition.context import NO_FACTS
from propflow.definition.fact import cases
from propflow.errors import NotFound
from propflow.storage import OwningStore
from propflow.testing.paths import Path, paths
from propflow.testing.play import MOMENT
from propflow.testing.properties import Invariant, Monitor
from propflow.testing.prove import Proof, everything, prove
from propflow.testing.samples import actors, payloads
from propflow.testing.stateful import stateful
from propflow.testing.telling import telling
from propflow.testing.timing import TimeLeft
from propflow.testing.trial import WEEK, Abstraction

if TYPE_CHECKING:
    from hypothesis.stateful import RuleBasedStateMachine

D = TypeVar("D")


@attrs.frozen(eq=False, kw_only=True)
class Suite(Generic[D]):
    """What `prove`, `paths` and `stateful` are given, written once.

    ``propflow prove your_package.proofs:KEY_LOAN`` proves the suite of this name. The fields are
    the arguments of `prove`.
    """

    workflow: type[Workflow[D]] = attrs.field(kw_only=False)
    actors: tuple[Actor, ...] = attrs.field(converter=tuple[Actor, ...])
    payloads: tuple[Action[Any, D], ...] = attrs.field(converter=tuple[Action[Any, Any], ...])
    invariants: tuple[Invariant[D], ...] = attrs.field(
        default=(), converter=tuple[Invariant[Any], ...]
    )
    monitors: tuple[Monitor[Any], ...] = attrs.field(default=(), converter=tuple[Monitor[Any], ...])
    abstract: Abstraction[D] = everything
    now: datetime = MOMENT
    facts: Mapping[str, Any] = NO_FACTS
    pauses: tuple[timedelta, ...] = attrs.field(default=(), converter=tuple[timedelta, ...])
    within: timedelta = WEEK
    deadlines: tuple[str, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(tuple[str, ...])
    )
    time_left: TimeLeft = "exact"

    def prove(self, *, max_states: int = 100_000, max_depth: int = 200) -> Proof:
        """Prove it; see `prove`.

        Raises:
            ProofFailed: With every property that does not hold.
            InvalidTrial: Something of the suite does not fit the workflow.
        """
        return prove(
            self.workflow,
            actors=self.actors,
            payloads=self.payloads,
            invariants=self.invariants,
            monitors=self.monitors,
            abstract=self.abstract,
            now=self.now,
            facts=self.facts,
            pauses=self.pauses,
            within=self.within,
            deadlines=self.deadlines,
            time_left=self.time_left,
            max_states=max_states,
            max_depth=max_depth,
        )

    def paths(self) -> list[Path[D]]:
        """Return few paths that take every transition; see `paths`."""
        return paths(
            self.workflow,
            actors=self.actors,
            payloads=self.payloads,
            abstract=self.abstract,
            now=self.now,
            facts=self.facts,
        )

    def stateful(self, store: Callable[[], OwningStore[Any]]) -> type[RuleBasedStateMachine]:
        """Make a state machine that walks at random on a store; see `stateful`.

        The suite's pauses are its limits, and its paths are what half of the walks start from.
        """
        return stateful(
            self.workflow,
            store=store,
            actors=self.actors,
            payloads=self.payloads,
            invariants=self.invariants,
            monitors=self.monitors,
            prefixes=self.paths(),
            limits=self.pauses,
        )


def suite_of(workflow: type[Workflow[D]]) -> Suite[D]:
    """Return a suite for a workflow of which nothing is known but its definition.

    Its actors and payloads are derived from roles and payload classes. Cases are told apart by the
    data that guards and deadlines look at, numbers up to three, and by which deadline
    comes first, and there are no other cases.
    It proves that no case gets stuck, that every case can end and that no function breaks, for
    these actors and payloads.

    Raises:
        InvalidTrial: A payload has a field of which no sample is known.
    """
    return Suite(
        workflow,
        actors=actors(workflow),
        payloads=payloads(workflow),
        abstract=telling(workflow.spec),
        time_left="order",
        facts={cases.name: NoCases()} if cases in workflow.spec.needs else NO_FACTS,
    )


class NoCases:
    """The fact `propflow.cases` where there is no other case."""

    def get(self, case_id: str, workflow: type[Workflow[D]]) -> Case[D]:
        """Raise `NotFound`."""
        raise NotFound(case_id)

    def find(self, workflow: type[Workflow[D]], **_query: Any) -> tuple[Case[D], ...]:
        """Return nothing."""
        return ()
