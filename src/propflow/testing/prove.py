"""The proof by exhaustion: every step from every case that can be, none of them drawn by lot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, TypeAlias, TypeVar

import attrs

from propflow.decision.due import parts
from propflow.definition import Action, Actor, Case, Entry, Workflow
from propflow.definition.context import NO_FACTS
from propflow.errors import InvalidTrial, Problem, ProofFailed
from propflow.testing.exploring import Explorer, Node, Transition, drawn, growing, leading_to
from propflow.testing.play import MOMENT, Step
from propflow.testing.properties import Invariant, Monitor, check_properties
from propflow.testing.script import Claim, Ends, Script
from propflow.testing.timing import TimeLeft
from propflow.testing.trial import WEEK, Abstraction, Trial, trial_of

D = TypeVar("D")

Kind: TypeAlias = Literal["invariant", "monitor", "dead end", "no end", "broken", "budget", "store"]


@attrs.frozen
class Failure(Generic[D]):
    """A property that does not hold.

    Attributes:
        kind: An ``invariant`` or ``monitor`` of the host's; a ``dead end``, which is no final
            state and has no way out; ``no end``, from where no final state can be reached; a
            ``broken`` function of the definition; a ``budget`` that was hit; a ``store`` that
            loses or changes something, which a walk on an engine may find.
        name: The property's name; the state, the event or the budget.
        says: What is wrong, in one line.
        script: The shortest way there.
    """

    kind: Kind
    name: str
    says: str
    script: Script[D]


@attrs.frozen
class Proof:
    """What a proof that held went through.

    Attributes:
        workflow: Name of the workflow.
        states: How many cases there are, up to what the abstraction leaves out.
        steps: How many steps were decided; those that state and roles rule out are not counted.
        depth: How many steps the farthest case needs.
        fired: The transitions that a case can take.
        never_fired: The others: closed by guards, or for want of an actor or a payload.
        never_reached: Names of the states in which no case came to rest.
        due: What came due: the deadlines that fired, and the rungs that a case waited up to, as
            ``overdue#0`` for the first rung of ``overdue``.
        never_due: The others.
    """

    workflow: str
    states: int
    steps: int
    depth: int
    fired: tuple[Transition, ...]
    never_fired: tuple[Transition, ...]
    never_reached: tuple[str, ...]
    due: tuple[str, ...] = ()
    never_due: tuple[str, ...] = ()

    def __str__(self) -> str:
        every = len(self.fired) + len(self.never_fired)
        whole = (
            f"{self.workflow}: proved over {self.states} states and {self.steps} steps, "
            f"at most {self.depth} deep; {len(self.fired)} of {every} transitions fired"
        )
        timed = len(self.due) + len(self.never_due)
        lines = [whole + (f"; {len(self.due)} of {timed} deadlines came due" if timed else "")]
        lines += [f"never fired: {each}" for each in self.never_fired]
        lines += [f"never reached: {each}" for each in self.never_reached]
        lines += [f"never due: {each}" for each in self.never_due]
        return "\n".join(lines)


def everything(data: D) -> D:
    """Return the data whole: the abstraction that leaves nothing out."""
    return data


def prove(
    workflow: type[Workflow[D]],
    *,
    actors: Iterable[Actor],
    payloads: Iterable[Action[Any, D]],
    invariants: Iterable[Invariant[D]] = (),
    monitors: Iterable[Monitor[Any]] = (),
    abstract: Abstraction[D] = everything,
    now: datetime = MOMENT,
    facts: Mapping[str, Any] = NO_FACTS,
    pauses: Iterable[timedelta] = (),
    within: timedelta = WEEK,
    deadlines: Iterable[str] | None = None,
    time_left: TimeLeft = "exact",
    max_states: int = 100_000,
    max_depth: int = 200,
) -> Proof:
    """Try every step from every case that can be reached, and prove what is said of them all.

    Beside the invariants and monitors it proves that no case is stuck, that every case can come
    to an end, and that no function of the definition breaks. Where a deadline runs, it is a step
    to wait until it is due and let it fire, as `Engine.run_due` would; what is on hold fires not.

    Args:
        workflow: The definition.
        actors: Who may try; one for each role, and two where it matters that they differ.
            Deadlines fire without being given an actor.
        payloads: Actions to try, ``KeyLoan.give_back(returned_in="good")``: at least one for each
            event with a payload. Events without one are tried of themselves.
        invariants: What holds of every case.
        monitors: What holds of every history.
        abstract: What of the data makes a difference, as a hashable value. Cases that agree in
            it, in state, in previous state and for the monitors count as one, and only the first
            of them is tried further; so what guards, updates and invariants look at belongs into
            it. Bound what counts up: ``min(data.rounds, 2)``.
        now: When a case is opened, an aware datetime, and every other step is tried, if no pauses
            are given and no deadline fires.
        facts: The host's answers by the names of the facts.
        pauses: Durations that may pass before a step, beside no time at all: those on both sides
            of each limit that the workflow knows.
        within: How long after the opening the last step may be, where time passes. What happens
            later is not tried, and nothing is said of it. Without pauses there is no such end.
        deadlines: Names of the deadlines that come due; if not given all of them, but for those
            that no engine would fire, for want of a calendar.
        time_left: Whether two cases differ in how long a deadline has ``exact`` still to go, or
            only in the ``order`` in which deadlines come. With the order there are fewer cases: of
            those that count as one, a deadline that begins later may come first in one alone.
        max_states: How many cases there may be, up to what the abstraction leaves out.
        max_depth: How many steps the farthest of them may need.

    Raises:
        ProofFailed: With every property that does not hold and a shortest script each. A budget
            that was hit is among them, with the name of what keeps growing.
        InvalidTrial: No actor is given, an event lacks a payload, an action does not fit, a pause
            is none, a deadline cannot come due, no case is opened, or the abstraction is not
            hashable.
        NaiveDatetime: `now` has no UTC offset.
    """
    timing: Any = {"pauses": pauses, "within": within, "deadlines": deadlines}
    trial = trial_of(workflow, actors, payloads, now, facts, **timing, time_left=time_left)
    watching, holding = tuple(monitors), tuple(invariants)
    check_properties(workflow.spec.name, holding, watching)
    explorer = Explorer(trial, abstract, watching, max_states, max_depth)
    broken = _first_broken(explorer, holding, watching)
    failures = [
        *_of_properties(trial, broken),
        *_of_functions(explorer),
        *_of_ends(explorer),
        *_of_budgets(explorer),
    ]
    if failures:
        raise ProofFailed(workflow.spec.name, failures)
    if not explorer.nodes:
        raise InvalidTrial(f"the trial of {workflow.spec.name}", _why_none_is_open(explorer))
    return _proof(explorer)


def _why_none_is_open(explorer: Explorer[Any]) -> list[Problem]:
    """Return why there is no case of which anything could be proved."""
    if not explorer.refused:
        return [Problem("actors", "none of them may open a case; give one with the role for it")]
    return [
        Problem(event, f"opens no case, so nothing is proved; give another payload: {refused}")
        for event, refused in explorer.refused.items()
    ]


def _first_broken(
    explorer: Explorer[D], invariants: Sequence[Invariant[D]], monitors: Sequence[Monitor[Any]]
) -> dict[Invariant[D] | Monitor[Any], Node[D]]:
    """Explore, and return the nearest node for each property that does not hold."""
    found: dict[Invariant[D] | Monitor[Any], Node[D]] = {}
    places = tuple(enumerate(monitors))
    for node in explorer.run():
        for each in invariants:
            if not each.function(node.case):
                found.setdefault(each, node)
        for place, monitor in places:
            if not monitor.ok(node.seen[place]):
                found.setdefault(monitor, node)
    return found


def _script(trial: Trial[D], steps: Sequence[Step[D]], claim: Claim | None = None) -> Script[D]:
    return Script(trial.workflow, tuple(steps), trial.now, trial.facts, claim)


def _of_properties(
    trial: Trial[D], broken: Mapping[Invariant[D] | Monitor[Any], Node[D]]
) -> list[Failure[D]]:
    return [
        Failure(
            "monitor" if isinstance(each, Monitor) else "invariant",
            each.name,
            f"does not hold: {each.says}",
            _script(trial, node.steps(), each),
        )
        for each, node in broken.items()
    ]


def _of_functions(explorer: Explorer[D]) -> list[Failure[D]]:
    return [
        Failure("broken", event, f"{error}", _script(explorer.trial, steps))
        for (event, *_), (steps, error) in explorer.broken.items()
    ]


def _of_ends(explorer: Explorer[D]) -> list[Failure[D]]:
    """Return where cases are stuck: at once, or in a circle without a way out.

    What was not tried in full, for a budget was hit or the time was over, may have a way out.
    """
    trial, nodes = explorer.trial, explorer.nodes
    tree = trial.plan.spec.tree
    ends = [node for node in nodes[: explorer.expanded] if tree.is_final(node.case.state)]
    safe = leading_to(nodes, [*ends, *explorer.cut_off, *nodes[explorer.expanded :]])
    lost = [node for node in nodes if node not in safe]
    stuck = [node for node in lost if all(after is node for after in node.after)]
    claim = Ends(trial, explorer.abstract)
    found: dict[str, Failure[D]] = {}
    for node in stuck:
        state = node.case.state
        says = "a case rests here without being at an end, and no step leads on"
        found.setdefault(
            state, Failure("dead end", state, says, _script(trial, node.steps(), claim))
        )
    doomed = leading_to(nodes, stuck)
    circling = next((node for node in lost if node not in doomed), None)
    failures = list(found.values())
    if circling is not None:
        says = "steps lead on from here, but none of them to an end"
        script = _script(trial, circling.steps(), claim)
        failures.append(Failure("no end", circling.case.state, says, script))
    return failures


def _of_budgets(explorer: Explorer[D]) -> list[Failure[D]]:
    if not explorer.spent:
        return []
    nodes = explorer.nodes
    limit = explorer.max_states if explorer.spent == "max_states" else explorer.max_depth
    grows = growing(nodes, explorer.monitors)
    says = (
        f"hit {explorer.spent}={limit} with {len(nodes)} states; what grows most is {grows}: "
        "bound it in abstract=, or raise the budget"
    )
    if "the time left of" in grows:
        says += '; time_left="order" tells fewer times apart, and deadlines= leaves some out'
    return [Failure("budget", explorer.spent, says, _script(explorer.trial, nodes[-1].steps()))]


def _proof(explorer: Explorer[Any]) -> Proof:
    trial = explorer.trial
    every = drawn(trial)
    fired = {Transition(*each) for each in explorer.fired}
    reached = {node.case.state for node in explorer.nodes}
    timed = [name for each in trial.plan.spec.deadlines.values() for name, _ in parts(each)]
    return Proof(
        workflow=trial.plan.spec.name,
        states=len(explorer.nodes),
        steps=explorer.decided,
        depth=max((node.depth for node in explorer.nodes), default=0),
        fired=tuple(each for each in every if each in fired),
        never_fired=tuple(each for each in every if each not in fired),
        never_reached=tuple(s for s in trial.plan.spec.tree.all_leaves() if s not in reached),
        due=tuple(name for name in timed if name in explorer.due),
        never_due=tuple(name for name in timed if name not in explorer.due),
    )


def can_end(
    workflow: type[Workflow[D]],
    case: Case[D],
    *,
    actors: Iterable[Actor],
    payloads: Iterable[Action[Any, D]],
    abstract: Abstraction[D] = everything,
    now: datetime = MOMENT,
    facts: Mapping[str, Any] = NO_FACTS,
    pauses: Iterable[timedelta] = (),
    within: timedelta = WEEK,
    deadlines: Iterable[str] | None = None,
    time_left: TimeLeft = "exact",
    history: Sequence[Entry] = (),
    max_states: int = 10_000,
) -> bool:
    """Whether some steps lead a case to a final state, among the first `max_states` cases.

    The arguments are those of `prove`, and the case's `history`, without which it is not known
    what of it comes due.

    Raises:
        InvalidTrial: No actor is given, an event lacks a payload, an action does not fit, a
            deadline cannot come due, or the abstraction is not hashable.
        NaiveDatetime: `now` has no UTC offset.
    """
    timing: Any = {"pauses": pauses, "within": within, "deadlines": deadlines}
    trial = trial_of(workflow, actors, payloads, now, facts, **timing, time_left=time_left)
    is_final = trial.plan.spec.tree.is_final
    if is_final(case.state):
        return True
    explorer = Explorer(trial, abstract, (), max_states, max_states)
    explorer.begin_at(case, history)
    return any(is_final(node.case.state) for node in explorer.run())
