"""The random walk: a Hypothesis state machine that drives an engine on a real store."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from propflow.definition import Action, Actor, Workflow
from propflow.errors import MissingExtra, ProofFailed
from propflow.runtime.operations import FactProvider
from propflow.storage import OwningStore
from propflow.testing.coverage import Coverage, coverage_of
from propflow.testing.exploring import drawn
from propflow.testing.paths import Path, paths
from propflow.testing.play import MOMENT, Step
from propflow.testing.properties import Invariant, Monitor, check_properties
from propflow.testing.prove import Failure
from propflow.testing.script import Ground
from propflow.testing.shortening import Steps
from propflow.testing.trial import Trial, trial_of
from propflow.testing.walk import Walk, shortest

if TYPE_CHECKING:
    from hypothesis.stateful import RuleBasedStateMachine
    from hypothesis.strategies import SearchStrategy

D = TypeVar("D")

_TICK = timedelta(microseconds=1)
_PAUSES = (timedelta(minutes=1), timedelta(hours=5), timedelta(days=3))
_DELAYS = (timedelta(minutes=1), timedelta(days=4))
_EXPLORED = 2_000
"""How many cases are looked through for ways to start from, if none are given."""


def stateful(
    workflow: type[Workflow[D]],
    *,
    store: Callable[[], OwningStore[Any]],
    actors: Iterable[Actor],
    payloads: Iterable[Action[Any, D]],
    invariants: Iterable[Invariant[D]] = (),
    monitors: Iterable[Monitor[Any]] = (),
    prefixes: Sequence[Path[D]] | None = None,
    limits: Iterable[timedelta] = (),
    beside: Iterable[type[Workflow[Any]]] = (),
    facts: FactProvider | None = None,
) -> type[RuleBasedStateMachine]:
    """Make a Hypothesis state machine with one rule for each event; its ``TestCase`` runs it.

    ``TestKeyLoan = stateful(KeyLoan, store=MemoryStore, …).TestCase``. Each walk has a store of
    its own. It takes steps that are open to state and role, and tries steps that are not; some
    time passes between them, some are reported late, and now and then another engine goes on with
    the store. After each step it is checked that a refused one changed nothing; that the store
    gives back what was written; that the history only grew, and replays to the case; that whoever
    comes too late loses; that a request that comes twice is carried out once; then the invariants
    and monitors. Where deadlines run, it sweeps just before, at and after the moment at which the
    next is due: nothing may fire early, or twice.

    What fails is shortened before it is shown, and printed as a test. ``machine.coverage`` counts
    what was taken, and `hypothesis-show-statistics` shows it; nothing is drawn by it.

    Args:
        workflow: The definition.
        store: Makes an empty store, tables included.
        actors: Who may try.
        payloads: Actions to try, at least one for each event with a payload.
        invariants: What holds of every case.
        monitors: What holds of every history.
        prefixes: Ways that half of the walks start from, whole or in part, as `paths` returns
            them. `None` for those that `paths` finds among the first 2,000 cases; without any, the
            far ends of a workflow are seldom reached.
        limits: Durations that rules turn on; steps are taken just before, at and just after them.
        beside: Workflows whose cases effects open or fire.
        facts: The engine's provider of facts.

    Raises:
        InvalidTrial: No actor is given, an event lacks a payload, or an action does not fit; an
            invariant or a monitor is none.
        MissingExtra: Hypothesis is not installed.
    """
    try:
        from hypothesis.stateful import RuleBasedStateMachine
    except ImportError as error:
        raise MissingExtra("testing", "hypothesis") from error
    trial = trial_of(workflow, actors, payloads, MOMENT, {}, deadlines=None)
    if prefixes is None:
        prefixes = paths(
            workflow, actors=trial.actors, payloads=trial.payloads, max_states=_EXPLORED
        )
    holding, watching = tuple(invariants), tuple(monitors)
    check_properties(workflow.spec.name, holding, watching)
    ground = Ground(store, holding, watching, tuple(beside), facts)
    machine: Any = type(
        f"{workflow.__name__}Walks",
        (RuleBasedStateMachine,),
        {
            **_ends_of_a_walk(trial, ground, _firsts(trial, prefixes)),
            **_rules(trial, _pauses(limits)),
            "coverage": coverage_of(workflow, tuple(drawn(trial))),
        },
    )
    _let_us_shorten(machine)
    made: type[RuleBasedStateMachine] = machine
    return made


def _let_us_shorten(machine: Any) -> None:
    """Leave Hypothesis's own shrinking out: it takes seconds where ours takes milliseconds."""
    from hypothesis import HealthCheck, Phase, settings

    every: Any = HealthCheck
    machine.TestCase.settings = settings(
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(every),
    )


def _pauses(limits: Iterable[timedelta]) -> SearchStrategy[timedelta]:
    """Draw no pause half of the time, else one that may matter."""
    from hypothesis import strategies as st

    edges = [limit + by for limit in limits for by in (-_TICK, timedelta(0), _TICK)]
    return st.one_of(st.just(timedelta(0)), st.sampled_from([*_PAUSES, *edges]))


def _ends_of_a_walk(
    trial: Trial[D], ground: Ground, firsts: SearchStrategy[Steps[D]]
) -> dict[str, Any]:
    """Return how a walk begins, how it goes on with another case, and how it ends."""
    from hypothesis import event
    from hypothesis.stateful import initialize, precondition, rule

    def begin(self: Any, first: Steps[D]) -> None:
        self.walk = Walk(trial.workflow, ground)
        for step in first:
            _take(self.walk, step)

    def begin_again(self: Any, first: Steps[D]) -> None:
        _count(self.walk, self.coverage)
        self.walk.leave()
        for step in first:
            _take(self.walk, step)

    def teardown(self: Any) -> None:
        if not hasattr(self, "walk"):  # nothing was begun, if Hypothesis gave up before
            return
        self.walk.close()
        _count(self.walk, self.coverage)

    def _count(walking: Walk[D], coverage: Coverage) -> None:
        coverage.add(walking)
        for entry in walking.entries:
            event(f"{entry.source} --{entry.event}--> {entry.target}")

    ends = frozenset(
        state
        for state in trial.choices
        if state != "START" and trial.plan.spec.tree.is_final(state)
    )
    return {
        "begin": initialize(first=firsts)(begin),
        "begin_again": precondition(_rests_in(ends))(rule(first=firsts)(begin_again)),
        "teardown": teardown,
    }


def _firsts(trial: Trial[D], prefixes: Iterable[Path[D]]) -> SearchStrategy[Steps[D]]:
    """Draw what a case begins with: half of the time an opening, else part of a way."""
    from hypothesis import strategies as st

    openings: list[Steps[D]] = [
        (step,)
        for step in _asked(trial)
        if trial.plan.events[step.action.event].opening and _admitted(trial, step)
    ]
    beginnings = _beginnings(prefixes)
    first = st.sampled_from(openings) if openings else st.just(())
    return st.one_of(first, st.sampled_from(beginnings)) if beginnings else first


def _beginnings(ways: Iterable[Path[D]]) -> list[Steps[D]]:
    """Return every part of the ways that starts with the opening, each once."""
    steps = [way.script.steps for way in ways]
    found = {way[:length]: None for way in steps for length in range(2, len(way) + 1)}
    return list(found)


def _rules(trial: Trial[D], pauses: SearchStrategy[timedelta]) -> dict[str, Any]:
    """Return a rule for each event, open where it is, one for what is not, and one to reload."""
    from hypothesis import strategies as st
    from hypothesis.stateful import precondition, rule

    every = _asked(trial)
    late = st.sampled_from([*[timedelta(0)] * 6, *_DELAYS])
    body: dict[str, Any] = {}
    for name, event in trial.plan.events.items():
        steps = [step for step in every if step.action.event == name]
        if set(event.moves) == {"START"} or not steps:  # it opens, or a deadline alone fires it
            continue
        right = [step for step in steps if _admitted(trial, step)]
        some = st.sampled_from(steps)
        chosen = st.one_of(st.sampled_from(right), st.sampled_from(right), some) if right else some
        made = rule(step=chosen, after=pauses, late=late)(_taking(name))
        body[f"take_{name}"] = precondition(_rests_in(frozenset(event.moves)))(made)
    running = frozenset(
        state for deadline in trial.plan.spec.deadlines.values() for state in deadline.within
    )
    if running:
        edges = st.sampled_from((-_TICK, timedelta(0), _TICK, *_DELAYS))
        body["wait_until_due"] = precondition(_rests_in(running))(rule(by=edges)(_wait_until_due))
    body["try_anything"] = rule(
        step=st.one_of(st.none(), st.sampled_from(every)), after=pauses, late=late
    )(_try_anything)
    return body


def _taking(name: str) -> Callable[[Any, Step[Any], timedelta, timedelta], None]:
    def take(self: Any, step: Step[Any], after: timedelta, late: timedelta) -> None:
        _take(self.walk, attrs.evolve(step, after=after, late=late))

    take.__name__ = name
    return take


def _try_anything(self: Any, step: Step[Any] | None, after: timedelta, late: timedelta) -> None:
    """Ask for a step that may well be closed, or let another engine go on."""
    if step is None:
        self.walk.reload()
    else:
        _take(self.walk, attrs.evolve(step, after=after, late=late))


def _wait_until_due(self: Any, by: timedelta) -> None:
    """Sweep just before, at or after the moment at which something is due."""
    left = self.walk.until_due()
    if left is not None:
        with _shortened():
            self.walk.sweep(max(left + by, timedelta(0)))


def _rests_in(states: frozenset[str]) -> Callable[[Any], bool]:
    return lambda self: self.walk.case is not None and self.walk.case.state in states


def _take(walking: Walk[D], step: Step[D]) -> None:
    with _shortened():
        walking.take(step)


@contextmanager
def _shortened() -> Generator[None]:
    """Show what fails with its steps shortened."""
    try:
        yield
    except ProofFailed as failed:
        found: Any = failed.failures
        shorter: list[Failure[Any]] = [shortest(failure) for failure in found]
        raise ProofFailed(failed.workflow, shorter) from None


def _asked(trial: Trial[D]) -> list[Step[D]]:
    return [Step(action, who) for action in trial.actions for who in trial.actors]


def _admitted(trial: Trial[D], step: Step[D]) -> bool:
    return trial.plan.events[step.action.event].admits(step.actor)
