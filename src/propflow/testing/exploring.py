"""Every case that a workflow can have, found in the order of how few steps lead there."""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar, cast

import attrs

from propflow.decision.decide import Accepted, decide_step, new_case
from propflow.decision.due import Due, firing, key_of
from propflow.decision.replay import replay_each
from propflow.definition import START, SYSTEM, Action, Case, Context, Entry
from propflow.definition.spec import DeadlineSpec
from propflow.errors import FunctionRaised, InvalidPayload, InvalidTrial, Problem, Refused
from propflow.testing.play import CASE_ID, Step
from propflow.testing.properties import Monitor
from propflow.testing.timing import Timing
from propflow.testing.trial import Abstraction, Choice, Trial

D = TypeVar("D")

_NAMED = 3
"""How many of the parts that grow are named."""


@attrs.frozen(order=True)
class Transition:
    """One way that a case can go.

    Attributes:
        event: Name of the event.
        source: Name of the state before; ``START`` for an opening.
        target: Name of the state after.
    """

    event: str
    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} --{self.event}--> {self.target}"


@attrs.frozen(eq=False, slots=False)  # made for every case that is found: faster so, if larger
class Node(Generic[D]):
    """One case, up to what the abstraction leaves out.

    Attributes:
        case: The first case found of its kind; a real one, which its steps lead to.
        seen: What each monitor knows there.
        before: The node that it was found from, `None` for an opening.
        step: The step that led here.
        depth: How many steps led here, which is as few as can be.
        after: The nodes that one step leads to; it grows.
        key: What makes it differ from all others.
        now: When the last step was taken.
        entry: What the last step wrote, `None` if nothing is known of it.
        running: What fires when, if nothing happens.
    """

    case: Case[D]
    seen: tuple[Any, ...]
    before: Node[D] | None
    step: Step[D]
    depth: int
    after: list[Node[D]]
    key: tuple[Hashable, ...]
    now: datetime
    entry: Entry | None
    running: tuple[Due, ...]

    def steps(self) -> tuple[Step[D], ...]:
        """Return the steps that lead here."""
        found: list[Step[D]] = []
        node: Node[D] | None = self
        while node is not None:
            found.append(node.step)
            node = node.before
        return tuple(reversed(found))


@attrs.define(eq=False)
class Explorer(Generic[D]):
    """A search, breadth first, so that the way to each node is a shortest one.

    Attributes:
        nodes: What was found, the nearest first.
        expanded: How many of them were tried in full, from the first on.
        decided: How many steps were decided.
        fired: The steps that first took each transition.
        broken: The steps at which a function of the definition broke, with the first error each.
        spent: Name of the budget that was hit, empty if none was.
        cut_off: The nodes from which steps later than the last moment were left out.
        refused: Why no case was opened, by the names of the events.
        due: What came due: deadlines that fired, and rungs that a case waited up to.
    """

    trial: Trial[D]
    abstract: Abstraction[D]
    monitors: Sequence[Monitor[Any]]
    max_states: int
    max_depth: int
    nodes: list[Node[D]] = attrs.field(factory=list[Node[Any]], init=False)
    expanded: int = attrs.field(default=0, init=False)
    decided: int = attrs.field(default=0, init=False)
    fired: dict[tuple[str, str, str], tuple[Step[D], ...]] = attrs.field(
        factory=dict[Any, Any], init=False
    )
    broken: dict[tuple[str, ...], tuple[tuple[Step[D], ...], Exception]] = attrs.field(
        factory=dict[Any, Any], init=False
    )
    spent: str = attrs.field(default="", init=False)
    cut_off: list[Node[D]] = attrs.field(factory=list[Node[Any]], init=False)
    refused: dict[str, Refused] = attrs.field(factory=dict[str, Refused], init=False)
    due: set[str] = attrs.field(factory=set[str], init=False)
    _known: dict[tuple[Hashable, ...], Node[D]] = attrs.field(factory=dict[Any, Any], init=False)
    _past: tuple[tuple[Entry, ...], tuple[D, ...]] = attrs.field(default=((), ()), init=False)

    def begin_at(self, case: Case[D], history: Sequence[Entry] = ()) -> None:
        """Start from a case that is there; without its history nothing comes due on it."""
        step: Step[D] = Step(cast("Any", None), cast("Any", None))
        seen = tuple(monitor.init for monitor in self.monitors)
        now, timing = self.trial.now, self.trial.timing
        running: tuple[Due, ...] = ()
        if timing is not None and history:
            data = tuple(each.data for each in replay_each(self.trial.plan, case.id, history))
            self._past = tuple(history), data
            running = timing.whole(*self._past)
        key = self._key(case, seen, now, running)
        self._add(Node(case, seen, None, step, 0, [], key, now, None, running))

    def run(self) -> Iterator[Node[D]]:
        """Yield each node when it is found; stop at a budget."""
        if not self.nodes:
            for choice in self.trial.choices[START.name]:
                yield from self._open(choice)
        while self.expanded < len(self.nodes):
            node = self.nodes[self.expanded]
            for choice in self._choices(node):
                yield from self._take(node, node.case, node.seen, choice)
            if self.trial.timing is not None:
                yield from self._let_come_due(node, self.trial.timing)
            if self.spent:
                return
            self.expanded += 1

    def _choices(self, node: Node[D]) -> Iterable[Choice[D]]:
        """Return what can be tried next, each step after each pause if time passes."""
        choices = self.trial.choices[node.case.state]
        at_once = self.trial.until is None and node.now == self.trial.now
        return choices if at_once else self._later(node, choices)

    def _later(self, node: Node[D], choices: Iterable[Choice[D]]) -> Iterator[Choice[D]]:
        trial = self.trial
        pauses = (timedelta(0), *trial.pauses)
        moments = [(pause, node.now + pause) for pause in pauses if not self._is_over(node, pause)]
        for step, _ in choices:
            for pause, now in moments:
                settings = trial.plan.spec.settings
                context = Context(step.actor, now, now, trial.facts, settings)
                yield Step(step.action, step.actor, pause), context

    def _is_over(self, node: Node[D], pause: timedelta) -> bool:
        """Whether a pause leads beyond the last moment; then it is not known what comes of it."""
        over = self.trial.until is not None and node.now + pause > self.trial.until
        if over:
            self.cut_off.append(node)
        return over

    def _open(self, choice: Choice[D]) -> Iterator[Node[D]]:
        step, context = choice
        try:
            case = new_case(self.trial.plan, step.action, case_id=CASE_ID, opened_at=context.now)
        except InvalidPayload as error:
            self._break(None, step, error)
            return
        yield from self._take(None, case, tuple(m.init for m in self.monitors), choice)

    def _let_come_due(self, node: Node[D], timing: Timing) -> Iterator[Node[D]]:
        """Wait until something is due, and let it come; what is refused holds up nothing."""
        # Rungs are only counted, so none is looked for when all of them are.
        count = not timing.rungs.keys() <= self.due
        told = timing.told(*self._history(node)) if count else ()
        for at_once in timing.in_order((*node.running, *told)):
            came = False
            for each in at_once:
                now = max(node.now, each.not_before)
                if not timing.is_known(each):
                    self.cut_off.append(node)
                elif self._is_over(node, now - node.now):
                    return
                elif each.deadline in timing.rungs:
                    self.due.add(each.deadline)
                else:
                    came |= yield from self._fire(node, each, timing.fires[each.deadline], now)
            if came:
                return

    def _fire(
        self, node: Node[D], each: Due, deadline: DeadlineSpec, now: datetime
    ) -> Generator[Node[D], None, bool]:
        spec = self.trial.plan.spec
        action: Action[Any, D] = firing(spec, cast("str", deadline.event))
        step = Step(action, SYSTEM, now - node.now, deadline=each.deadline)
        context = Context(SYSTEM, now, each.at, self.trial.facts, spec.settings)
        came = yield from self._take(node, node.case, node.seen, (step, context), each)
        if came:
            self.due.add(each.deadline)
        return came

    def _take(
        self,
        node: Node[D] | None,
        before: Case[D],
        seen: tuple[Any, ...],
        choice: Choice[D],
        fired_by: Due | None = None,
    ) -> Generator[Node[D], None, bool]:
        """Take a step, yield what is new, and return whether it was taken."""
        step, context = choice
        self.decided += 1
        running: tuple[Due, ...] = ()
        try:
            answer = self._decided(node, before, choice, fired_by)
            if isinstance(answer, Refused):
                if node is None:
                    self.refused.setdefault(answer.event, answer)
                return False
            if self.trial.timing is not None:
                running = self._running(node, answer)
        except (FunctionRaised, InvalidPayload) as error:
            self._break(node, step, error)
            return False
        case, entry = answer.case, answer.entry
        fired = (entry.event, entry.source, entry.target)
        if fired not in self.fired:
            self.fired[fired] = _with(node, step)
        if self.monitors:
            pairs = zip(self.monitors, seen, strict=True)
            seen = tuple(monitor.step(state, entry) for monitor, state in pairs)
        key = self._key(case, seen, context.now, running)
        found = self._known_as(key)
        if found is None:
            depth = 1 if node is None else node.depth + 1
            if len(self.nodes) >= self.max_states or depth > self.max_depth:
                self.spent = "max_depth" if depth > self.max_depth else "max_states"
                return True
            found = Node(case, seen, node, step, depth, [], key, context.now, entry, running)
            self._add(found)
            yield found
        if node is not None:
            node.after.append(found)
        return True

    def _decided(
        self, node: Node[D] | None, before: Case[D], choice: Choice[D], fired_by: Due | None
    ) -> Accepted[D] | Refused:
        step, context = choice
        if fired_by is None:
            return decide_step(self.trial.plan, before, step.action, context)
        last = max((entry.occurred_at for entry in self._history(node)[0]), default=None)
        key = key_of(before.id, fired_by)
        return decide_step(
            self.trial.plan, before, step.action, context, key=key, last_occurred_at=last
        )

    def _running(self, node: Node[D] | None, answer: Accepted[D]) -> tuple[Due, ...]:
        timing = cast("Timing", self.trial.timing)
        known = () if node is None else node.running
        if timing.looking_back is None:
            return timing.after(known, (answer.entry,), ())
        entries, data = self._history(node)
        return timing.after(known, (*entries, answer.entry), (*data, answer.case.data))

    def _history(self, node: Node[D] | None) -> tuple[tuple[Entry, ...], tuple[D, ...]]:
        """Return the entries that lead to a node, and the data after each of them."""
        found: list[tuple[Entry, D]] = []
        while node is not None and node.entry is not None:
            found.append((node.entry, node.case.data))
            node = node.before
        entries, data = self._past
        found.reverse()
        return (*entries, *(e for e, _ in found)), (*data, *(d for _, d in found))

    def _key(
        self, case: Case[D], seen: tuple[Any, ...], now: datetime, running: tuple[Due, ...]
    ) -> tuple[Hashable, ...]:
        """Return what tells a case from others; of time, what is left to the deadlines.

        When the last step was is told apart only where pauses are tried.
        """
        key: tuple[Hashable, ...] = (case.state, case.previous, self.abstract(case.data), seen)
        if self.trial.until is not None:
            key = (*key, now)
        if running:
            return (*key, cast("Timing", self.trial.timing).told_apart(running, now))
        return key

    def _known_as(self, key: tuple[Hashable, ...]) -> Node[D] | None:
        try:
            return self._known.get(key)
        except TypeError as error:
            problem = Problem("abstract", f"{error}; return hashable values of what matters")
            what = f"the trial of {self.trial.plan.spec.name}"
            raise InvalidTrial(what, [problem]) from error

    def _add(self, node: Node[D]) -> None:
        self._known[node.key] = node
        self.nodes.append(node)

    def _break(
        self, node: Node[D] | None, step: Step[D], error: FunctionRaised | InvalidPayload
    ) -> None:
        role = (error.role, error.code) if isinstance(error, FunctionRaised) else ("payload", "")
        self.broken.setdefault((step.action.event, *role), (_with(node, step), error))


def _with(node: Node[D] | None, step: Step[D]) -> tuple[Step[D], ...]:
    return (step,) if node is None else (*node.steps(), step)


def leading_to(nodes: Sequence[Node[D]], goals: Iterable[Node[D]]) -> set[Node[D]]:
    """Return the nodes from which one of the goals can be reached, the goals included."""
    before: dict[Node[D], list[Node[D]]] = {}
    for node in nodes:
        for after in node.after:
            before.setdefault(after, []).append(node)
    found = set(goals)
    waiting = list(found)
    while waiting:
        for node in before.get(waiting.pop(), ()):
            if node not in found:
                found.add(node)
                waiting.append(node)
    return found


def drawn(trial: Trial[Any]) -> list[Transition]:
    """Return every transition of a workflow, states that may nest spelled out."""
    found = {
        Transition(name, source, move.target): None
        for name, event in trial.plan.events.items()
        for source, moves in event.moves.items()
        for move in moves
    }
    return list(found)


def growing(nodes: Sequence[Node[Any]], monitors: Sequence[Monitor[Any]]) -> str:
    """Return which parts of the nodes took the most values, and how many."""
    counts: dict[str, set[Hashable]] = {
        "the state": {node.case.state for node in nodes},
    }
    for node in nodes:
        for name, value in (*_times(node), *_parts(node.key[2])):
            counts.setdefault(name, set()).add(value)
        for monitor, state in zip(monitors, node.seen, strict=True):
            counts.setdefault(f"the monitor {monitor.name}", set()).add(state)
    first, *others = sorted(counts, key=lambda each: -len(counts[each]))[:_NAMED]
    text = f"{first}, with {len(counts[first])} values"
    more = [f"{name} with {len(counts[name])}" for name in others if len(counts[name]) > 1]
    return f"{text}, then {' and '.join(more)}" if more else text


def _times(node: Node[Any]) -> Iterator[tuple[str, Hashable]]:
    for part in node.key[4:]:
        if isinstance(part, frozenset):
            for name, left in cast("frozenset[tuple[str, timedelta]]", part):
                yield f"the time left of {name}", left
        elif isinstance(part, datetime):
            yield "the time", part
        else:
            yield "the order of deadlines", part


def _parts(key: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(key, tuple):
        names: Any = getattr(cast("Any", key), "_fields", None)  # of a named tuple
        for place, value in enumerate(cast("Any", key)):
            yield names[place] if names else f"abstract[{place}]", value
        return
    kind = cast("Any", type(key))
    if not attrs.has(kind):
        yield "abstract", key
        return
    for field in attrs.fields(kind):
        yield field.name, getattr(key, field.name)
