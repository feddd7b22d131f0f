"""The random walk: a Hypothesis state machine that drives an engine on a real store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from propflow.decision import replay
from propflow.decision.plan import plan_of
from propflow.definition import Action, Actor, Case, Entry, Workflow
from propflow.errors import Conflict, MissingExtra, ProofFailed, Refused
from propflow.runtime import Engine
from propflow.runtime.operations import FactProvider
from propflow.storage import OwningStore
from propflow.testing.clock import FakeClock
from propflow.testing.paths import Path
from propflow.testing.play import MOMENT, Step
from propflow.testing.properties import Invariant, Monitor
from propflow.testing.prove import Failure, Kind
from propflow.testing.script import Claim, Script
from propflow.testing.trial import Trial, trial_of

if TYPE_CHECKING:
    from hypothesis.stateful import RuleBasedStateMachine

D = TypeVar("D")

_PAUSES = (timedelta(0), timedelta(minutes=1), timedelta(hours=5), timedelta(days=3))


def stateful(
    workflow: type[Workflow[D]],
    *,
    store: Callable[[], OwningStore[Any]],
    actors: Iterable[Actor],
    payloads: Iterable[Action[Any, D]],
    invariants: Iterable[Invariant[D]] = (),
    monitors: Iterable[Monitor[Any]] = (),
    prefixes: Sequence[Path[D]] = (),
    beside: Iterable[type[Workflow[Any]]] = (),
    facts: FactProvider | None = None,
) -> type[RuleBasedStateMachine]:
    """Make a Hypothesis state machine with one rule for each event; its ``TestCase`` runs it.

    ``TestKeyLoan = stateful(KeyLoan, store=MemoryStore, …).TestCase``. Each walk has a store of
    its own, takes steps that are open and steps that are not, by all actors, some time apart.
    After each it is checked that a refused step changed nothing, that the store gives back what
    was written, that the history replays to the case, and that whoever comes too late loses;
    then the invariants and monitors.

    Args:
        workflow: The definition.
        store: Makes an empty store, tables included.
        actors: Who may try.
        payloads: Actions to try, at least one for each event with a payload.
        invariants: What holds of every case.
        monitors: What holds of every history.
        prefixes: Ways to start from, whole or in part, as `paths` returns them; without them the
            far ends of a workflow are seldom reached.
        beside: Workflows whose cases effects open or fire.
        facts: The engine's provider of facts.

    Raises:
        InvalidTrial: No actor is given, an event lacks a payload, or an action does not fit.
        MissingExtra: Hypothesis is not installed.
    """
    try:
        from hypothesis import strategies as st
        from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
    except ImportError as error:
        raise MissingExtra("testing", "hypothesis") from error
    trial = trial_of(workflow, actors, payloads, MOMENT, {})
    claims = tuple(invariants), tuple(monitors)
    registered = (workflow, *beside)
    opening, others = _steps(trial)

    def begin(self: Any, first: tuple[Step[D], ...]) -> None:
        clock = FakeClock()
        self.store = store()
        engine = Engine(self.store, registered, facts=facts, clock=clock)
        self.walk = _Walk(trial, engine, clock, *claims)
        for step in first:
            self.walk.take(step)

    def teardown(self: Any) -> None:
        if hasattr(self, "store"):  # nothing was begun, if Hypothesis gave up before
            self.store.close()

    def step_of(name: str) -> Callable[[Any, Step[D], timedelta], None]:
        def take(self: Any, step: Step[D], after: timedelta) -> None:
            self.walk.clock.turn(after)
            self.walk.take(step)

        take.__name__ = name
        return take

    starts = initialize(first=st.sampled_from([*opening, *_beginnings(prefixes)]))
    body: dict[str, Any] = {"begin": starts(begin), "teardown": teardown}
    pauses = st.sampled_from(_PAUSES)
    for name, steps in others.items():
        body[f"take_{name}"] = rule(step=st.sampled_from(steps), after=pauses)(step_of(name))
    return type(f"{workflow.__name__}Walks", (RuleBasedStateMachine,), body)


def _beginnings(ways: Iterable[Path[D]]) -> list[tuple[Step[D], ...]]:
    """Return every part of the ways that starts with the opening, each once."""
    steps = [way.script.steps for way in ways]
    found = {way[:length]: None for way in steps for length in range(2, len(way) + 1)}
    return list(found)


def _steps(
    trial: Trial[D],
) -> tuple[list[tuple[Step[D], ...]], dict[str, list[Step[D]]]]:
    """Return the steps that open a case, and all by their events.

    Those whose roles are right stand there three times, so that most walks get somewhere.
    """
    plan = plan_of(trial.workflow)
    found: dict[str, list[Step[D]]] = {}
    for action in trial.actions:
        event = plan.events[action.event]
        for who in trial.actors:
            times = 3 if event.admits(who) else 1
            found.setdefault(action.event, []).extend([Step(action, who)] * times)
    opening: list[tuple[Step[D], ...]] = [
        (step,) for name, steps in found.items() if plan.events[name].opening for step in steps
    ]
    return opening, found


@attrs.define(eq=False)
class _Walk(Generic[D]):
    """One case in one store."""

    trial: Trial[D]
    engine: Engine
    clock: FakeClock
    invariants: tuple[Invariant[D], ...]
    monitors: tuple[Monitor[Any], ...]
    case: Case[D] | None = None
    entries: tuple[Entry, ...] = ()
    taken: tuple[Step[D], ...] = ()

    def take(self, step: Step[D]) -> None:
        """Ask for a step; what must hold is checked whichever way it goes."""
        before = self.case
        try:
            if before is None:
                if not self.trial.plan.events[step.action.event].opening:
                    return
                after = self.engine.start(step.action, by=step.actor)
            else:
                after = self.engine.fire(before, step.action, by=step.actor)
        except Refused:
            if before is not None:
                self._check_stored(before, step, "a refused step changed what is stored")
            return
        self.taken = (*self.taken, step)
        self.case = after
        self.entries = tuple(self.engine.history(after))
        self._check_stored(after, step, "what was returned is not what is stored")
        if before is not None:
            self._come_too_late(before, step)
        if replay(self.trial.workflow, after.id, self.entries) != after:
            self._fail("store", "replay", "the history does not lead to the case")
        self._check_claims(after)

    def _check_stored(self, case: Case[D], step: Step[D], says: str) -> None:
        stored = self.engine.get(case.id, self.trial.workflow)
        if stored != case or tuple(self.engine.history(case)) != self.entries:
            self._fail("store", step.action.event, says)

    def _come_too_late(self, before: Case[D], step: Step[D]) -> None:
        try:
            self.engine.fire(before, step.action, by=step.actor)
        except (Conflict, Refused):
            return
        self._fail("store", step.action.event, "two steps were taken from one revision")

    def _check_claims(self, case: Case[D]) -> None:
        for each in self.invariants:
            if not each.holds(case):
                self._fail("invariant", each.name, f"does not hold: {each.says}", each)
        for monitor in self.monitors:
            if monitor.check(self.entries) is not None:
                self._fail("monitor", monitor.name, f"does not hold: {monitor.says}", monitor)

    def _fail(self, kind: Kind, name: str, says: str, claim: Claim | None = None) -> None:
        script = Script(self.trial.workflow, self.taken, claim=claim)
        failure = Failure(kind, name, says, script)
        raise ProofFailed(self.trial.workflow.spec.name, [failure])
