"""A walk: steps of one case on a real store, with everything checked after each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Generic, NoReturn, TypeVar

import attrs

from propflow.decision import replay
from propflow.decision.due import fired_by
from propflow.definition import SYSTEM, Action, Actor, Case, Entry, Workflow
from propflow.errors import Conflict, FunctionRaised, InvalidPayload, ProofFailed, Refused
from propflow.runtime import Engine
from propflow.runtime.operations import FactProvider
from propflow.storage import OwningStore
from propflow.testing.clock import FakeClock
from propflow.testing.play import MOMENT, Step
from propflow.testing.properties import Invariant, Monitor, check_properties
from propflow.testing.prove import Failure, Kind
from propflow.testing.script import Claim, Ground, Script
from propflow.testing.shortening import Steps, shortened

D = TypeVar("D")


def walk(
    workflow: type[Workflow[D]],
    steps: Iterable[Step[D] | tuple[Action[Any, D], Actor]],
    *,
    store: Callable[[], OwningStore[Any]],
    invariants: Iterable[Invariant[D]] = (),
    monitors: Iterable[Monitor[Any]] = (),
    beside: Iterable[type[Workflow[Any]]] = (),
    facts: FactProvider | None = None,
    now: datetime = MOMENT,
) -> Case[D] | None:
    """Take steps on a new store, check everything after each, and return the case.

    What is checked is what `stateful` checks; a step that is refused is passed over.

    Args:
        workflow: The definition.
        steps: The actions with their actors, as pairs or as `Step`; the first opens the case.
        store: Makes an empty store, tables included.
        invariants: What holds of every case.
        monitors: What holds of every history.
        beside: Workflows whose cases effects open or fire.
        facts: The engine's provider of facts.
        now: When the first step is taken, an aware datetime.

    Raises:
        ProofFailed: With the first thing that does not hold, and the steps that lead to it.
        InvalidTrial: An invariant or a monitor is none.
        NaiveDatetime: `now` has no UTC offset.
    """
    holding, watching = tuple(invariants), tuple(monitors)
    check_properties(workflow.spec.name, holding, watching)
    ground = Ground(store, holding, watching, tuple(beside), facts)
    walking = Walk(workflow, ground, now)
    try:
        for step in steps:
            walking.take(step if isinstance(step, Step) else Step(*step))
        return walking.case
    finally:
        walking.close()


class Walk(Generic[D]):
    """One case in one store, step by step.

    Attributes:
        case: The case as it stands, `None` while none is open.
        entries: Its history.
        taken: The steps that were accepted.
        refused: How many were not.
    """

    def __init__(self, workflow: type[Workflow[D]], ground: Ground, now: datetime = MOMENT) -> None:
        self._workflow = workflow
        self._ground = ground
        self._now = now
        self._clock = FakeClock(now)
        self._store = ground.store()
        self._engine = self._started()
        self._waited = timedelta(0)
        self._left = 0
        self.refused = 0
        self.case: Case[D] | None = None
        self.entries: tuple[Entry, ...] = ()
        self.taken: Steps[D] = ()

    def leave(self) -> None:
        """Go on with another case in the same store."""
        self._left += 1
        self.case, self.entries, self.taken = None, (), ()

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def take(self, step: Step[D]) -> None:
        """Ask for a step, or sweep if a deadline takes it; what must hold is checked either way.

        Raises:
            ProofFailed: With the first thing that does not hold.
        """
        if step.deadline:
            self.sweep(step.after)
            return
        self._clock.turn(step.after)
        step = attrs.evolve(step, after=step.after + self._waited)
        before, key = self.case, f"{self._left}-{len(self.taken)}-{self.refused}"
        try:
            after = self._ask(before, step, key)
        except Refused:
            self.refused += 1
            self._waited = step.after
            self._check_stored(step, "a refused step changed what is stored")
            return
        except (FunctionRaised, InvalidPayload) as error:
            self._fail("broken", step, step.action.event, f"{error}")
        self._waited = timedelta(0)
        self._check_entry(after, step)
        self.case = after
        self.taken = (*self.taken, step)
        self._check_stored(None, "what was returned is not what is stored")
        self._come_too_late(before, step)
        self._come_twice(before, step, key)
        if replay(self._workflow, after.id, self.entries) != after:
            self._fail("store", None, "replay", "the history does not lead to the case")
        self._check_claims(after)

    def until_due(self) -> timedelta | None:
        """Return how long it is until something is due; `None` if nothing is, or can be here."""
        if not hasattr(self._store, "claim"):
            return None
        due = self._engine.next_due()
        return None if due is None else max(due - self._clock(), timedelta(0))

    def sweep(self, after: timedelta) -> None:
        """Let time pass and fire what is due, as a worker does.

        Raises:
            ProofFailed: With the first thing that does not hold.
        """
        self._clock.turn(after)
        self._waited += after
        self._engine.run_due()
        if self.case is None:
            return
        known, self.entries = self.entries, self._engine.history(self.case)
        if self.entries[: len(known)] != known:
            self._fail("store", None, "history", "a sweep did more to the history than add to it")
        self.case = self._engine.get(self.case.id, self._workflow)
        for entry in self.entries[len(known) :]:
            self._check_fired(entry)
        keys = [entry.key for entry in self.entries if entry.key is not None]
        if len(set(keys)) < len(keys):
            self._fail("store", None, "deadline", "a deadline fired twice")
        if replay(self._workflow, self.case.id, self.entries) != self.case:
            self._fail("store", None, "replay", "the history does not lead to the case")
        self._check_claims(self.case)

    def _check_fired(self, entry: Entry) -> None:
        """Hold what a sweep wrote against what may be due, and note it as a step."""
        if entry.actor != SYSTEM or entry.occurred_at > self._clock():
            self._fail("store", None, "deadline", f"a sweep wrote what was not due: {entry}")
        spec = self._workflow.spec
        name = next((name for name in spec.deadlines if fired_by(name, entry)), "")
        if name:  # else it tells somebody, or was computed anew
            action: Action[Any, D] = Action(spec.name, entry.event, entry.payload)
            self.taken = (*self.taken, Step(action, SYSTEM, self._waited, deadline=name))
            self._waited = timedelta(0)

    def reload(self) -> None:
        """Start another engine on the store, as a process does that was started anew."""
        self._engine = self._started()
        self._check_stored(None, "another engine finds something else in the store")

    def _started(self) -> Engine:
        workflows = (self._workflow, *self._ground.beside)
        return Engine(self._store, workflows, facts=self._ground.facts, clock=self._clock)

    def _ask(self, before: Case[D] | None, step: Step[D], key: str | None) -> Case[D]:
        occurred_at = self._clock() - step.late if step.late else None
        if before is None:
            return self._engine.start(step.action, by=step.actor, key=key, occurred_at=occurred_at)
        return self._engine.fire(
            before, step.action, by=step.actor, key=key, occurred_at=occurred_at
        )

    def _check_entry(self, after: Case[D], step: Step[D]) -> None:
        """Hold what was written against what was asked."""
        known, self.entries = self.entries, self._engine.history(after)
        if self.entries[:-1] != known:
            self._fail("store", step, "history", "a step did more to the history than add to it")
        entry, happened = self.entries[-1], self._clock() - step.late
        late = any(happened < each.occurred_at for each in known)
        asked = step.action.event, step.action.payload, step.actor, happened, late
        if (entry.event, entry.payload, entry.actor, entry.occurred_at, entry.late) != asked:
            self._fail("store", step, "history", f"the last entry is not the step: {entry}")

    def _check_stored(self, step: Step[D] | None, says: str) -> None:
        if self.case is None:
            same = len(list(self._engine.find(self._workflow, limit=1000))) == self._left
        else:
            stored = self._engine.get(self.case.id, self._workflow)
            same = (stored, self._engine.history(stored)) == (self.case, self.entries)
        if not same:
            self._fail("store", step, "stored", says)

    def _come_too_late(self, before: Case[D] | None, step: Step[D]) -> None:
        """Ask for the step from where the case was before, as somebody slower does."""
        if before is None:
            return
        try:
            self._ask(before, step, None)
        except (Conflict, Refused):
            self._check_stored(None, "who came too late changed what is stored")
            return
        self._fail("store", None, "conflict", "two steps were taken from one revision")

    def _come_twice(self, before: Case[D] | None, step: Step[D], key: str) -> None:
        """Send the request again, as a client does that got no answer."""
        try:
            again = self._ask(before, step, key)
        except (Conflict, Refused) as error:
            self._fail("store", None, "key", f"a request that came twice was refused: {error}")
        if again != self.case:
            self._fail("store", None, "key", "a request that came twice has another answer")
        self._check_stored(None, "a request that came twice was carried out twice")

    def _check_claims(self, case: Case[D]) -> None:
        for each in self._ground.invariants:
            if not each.holds(case):
                self._fail("invariant", None, each.name, f"does not hold: {each.says}", each)
        for monitor in self._ground.monitors:
            if monitor.check(self.entries) is not None:
                says = f"does not hold: {monitor.says}"
                self._fail("monitor", None, monitor.name, says, monitor)

    def _fail(
        self, kind: Kind, step: Step[D] | None, name: str, says: str, claim: Claim | None = None
    ) -> NoReturn:
        """Raise what was found; a claim that plain decisions break needs no store to show it."""
        steps = self.taken if step is None else (*self.taken, step)
        script = Script(self._workflow, steps, self._now, claim=claim or self._ground)
        if claim is not None and not _breaks(script):
            script = attrs.evolve(script, claim=self._ground)
        raise ProofFailed(self._workflow.spec.name, [Failure(kind, name, says, script)])


def shortest(failure: Failure[D]) -> Failure[D]:
    """Return a failure of a walk with its steps shortened."""
    script = failure.script

    def fails(steps: Steps[D]) -> bool:
        tried = attrs.evolve(script, steps=steps)
        return _breaks(tried) if not isinstance(script.claim, Ground) else _fails(tried, failure)

    return attrs.evolve(failure, script=attrs.evolve(script, steps=shortened(script.steps, fails)))


def _breaks(script: Script[Any]) -> bool:
    """Whether all the steps are taken, by decisions alone, and then the claim does not hold."""
    try:
        played = script.play()
    except (FunctionRaised, InvalidPayload):
        return False
    claim: Any = script.claim
    return played.refused is None and not played.keeps(claim)


def _fails(script: Script[Any], failure: Failure[Any]) -> bool:
    """Whether the steps end in the same failure, and in no other before."""
    ground: Any = script.claim
    walking = Walk(script.workflow, ground, script.now)
    try:
        for step in script.steps:
            walking.take(step)
    except ProofFailed as failed:
        (found,) = failed.failures
        return (found.kind, found.name) == (failure.kind, failure.name)
    finally:
        walking.close()
    return False
