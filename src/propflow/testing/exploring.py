"""Every case that a workflow can have, found in the order of how few steps lead there."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar, cast

import attrs

from propflow.decision.decide import decide_step, new_case
from propflow.definition import START, Case
from propflow.errors import FunctionRaised, InvalidPayload, InvalidTrial, Problem, Refused
from propflow.testing.play import CASE_ID, Step
from propflow.testing.properties import Monitor
from propflow.testing.trial import Abstraction, Choice, Trial

D = TypeVar("D")


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
    """

    case: Case[D]
    seen: tuple[Any, ...]
    before: Node[D] | None
    step: Step[D]
    depth: int
    after: list[Node[D]]
    key: tuple[Hashable, ...]

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
    _known: dict[tuple[Hashable, ...], Node[D]] = attrs.field(factory=dict[Any, Any], init=False)

    def begin_at(self, case: Case[D]) -> None:
        """Start from a case that is there, for which no history is known."""
        step: Step[D] = Step(cast("Any", None), cast("Any", None))
        seen = tuple(monitor.init for monitor in self.monitors)
        self._add(Node(case, seen, None, step, 0, [], self._key(case, seen)))

    def run(self) -> Iterator[Node[D]]:
        """Yield each node when it is found; stop at a budget."""
        if not self.nodes:
            for choice in self.trial.choices[START.name]:
                yield from self._open(choice)
        while self.expanded < len(self.nodes):
            node = self.nodes[self.expanded]
            for choice in self.trial.choices[node.case.state]:
                yield from self._take(node, node.case, node.seen, choice)
            if self.spent:
                return
            self.expanded += 1

    def _open(self, choice: Choice[D]) -> Iterator[Node[D]]:
        step, context = choice
        try:
            case = new_case(self.trial.plan, step.action, case_id=CASE_ID, opened_at=context.now)
        except InvalidPayload as error:
            self._break(None, step, error)
            return
        yield from self._take(None, case, tuple(m.init for m in self.monitors), choice)

    def _take(
        self, node: Node[D] | None, before: Case[D], seen: tuple[Any, ...], choice: Choice[D]
    ) -> Iterator[Node[D]]:
        step, context = choice
        self.decided += 1
        try:
            answer = decide_step(self.trial.plan, before, step.action, context)
        except (FunctionRaised, InvalidPayload) as error:
            self._break(node, step, error)
            return
        if isinstance(answer, Refused):
            return
        case, entry = answer.case, answer.entry
        fired = (entry.event, entry.source, entry.target)
        if fired not in self.fired:
            self.fired[fired] = _with(node, step)
        if self.monitors:
            pairs = zip(self.monitors, seen, strict=True)
            seen = tuple(monitor.step(state, entry) for monitor, state in pairs)
        key = self._key(case, seen)
        found = self._known_as(key)
        if found is None:
            depth = 1 if node is None else node.depth + 1
            if len(self.nodes) >= self.max_states or depth > self.max_depth:
                self.spent = "max_depth" if depth > self.max_depth else "max_states"
                return
            found = Node(case, seen, node, step, depth, [], key)
            self._add(found)
            yield found
        if node is not None:
            node.after.append(found)

    def _key(self, case: Case[D], seen: tuple[Any, ...]) -> tuple[Hashable, ...]:
        return (case.state, case.previous, self.abstract(case.data), seen)

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


def growing(nodes: Sequence[Node[Any]], monitors: Sequence[Monitor[Any]]) -> tuple[str, int]:
    """Return which part of the nodes took the most values, and how many."""
    counts: dict[str, set[Hashable]] = {"the state": {node.case.state for node in nodes}}
    for node in nodes:
        for name, value in _parts(node.key[2]):
            counts.setdefault(name, set()).add(value)
        for monitor, state in zip(monitors, node.seen, strict=True):
            counts.setdefault(f"the monitor {monitor.name}", set()).add(state)
    name = max(counts, key=lambda each: len(counts[each]))
    return name, len(counts[name])


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
