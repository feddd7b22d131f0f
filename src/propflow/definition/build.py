"""Reading a workflow class: declarations in, a checked `WorkflowSpec` out."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, cast, get_args, get_origin

import attrs

from propflow.definition import checks, deadline_checks
from propflow.definition.deadline import Deadline
from propflow.definition.deadline_reading import read_deadlines, with_limits
from propflow.definition.event import Event
from propflow.definition.settings import Settings
from propflow.definition.spec import (
    EventSpec,
    StateTree,
    TransitionSpec,
    WorkflowSpec,
)
from propflow.definition.state import ANY, MARKERS, PREVIOUS, SAME, START, State, Transitions
from propflow.errors import InvalidDefinition, Problem


def build(owner: Any, hidden: Iterable[str]) -> WorkflowSpec:
    """Read and check a workflow class.

    Raises:
        InvalidDefinition: With every problem found, each with its place.
    """
    declared = _declarations(owner)
    states = {n: v for n, v in declared.items() if isinstance(v, State)}
    events: dict[str, Event[..., Any]] = {n: v for n, v in declared.items() if isinstance(v, Event)}
    tree = StateTree(states)
    at = owner.__name__
    drawing = _Drawing(at, states, tree)
    specs = {name: drawing.event(event) for name, event in events.items()}
    specs = drawing.with_ways_back(specs)
    problems: list[Problem] = []
    named = {n: v for n, v in declared.items() if isinstance(v, Deadline)}
    settings = _settings(owner, problems)
    timing: list[Problem] = []
    named = with_limits(at, named, settings, timing)
    timing += deadline_checks.problems(owner, named, tree, specs)
    timed = {} if timing else read_deadlines(at, named, tree, specs, settings, timing)
    spec = WorkflowSpec(
        name=declared["name"],
        version=declared["version"],
        zh=declared["zh"],
        en=declared["en"],
        doc=inspect.cleandoc(owner.__doc__ or ""),
        data=_data_class(owner),
        states=MappingProxyType(states),
        events=MappingProxyType(specs),
        deadlines=MappingProxyType(timed),
        needs=_tuple(declared["needs"]),
        indexed=_tuple(declared["indexed"]),
        settings=settings,
        tree=tree,
    )
    problems += [
        Problem(f"{at}.{name}", "declared twice; the second hides the first") for name in hidden
    ]
    problems += checks.name_problems(at, declared, states, events)
    nesting = list(checks.nesting_problems(at, states, tree))
    problems += [*nesting, *drawing.problems, *checks.problems(at, spec), *timing]
    if states and events and not nesting:  # what is reached depends on them
        problems += checks.graph_problems(at, spec)
    if problems:
        raise InvalidDefinition(f"the workflow {at}", problems)
    return spec


def _declarations(owner: type) -> dict[str, Any]:
    """Return the class attributes, a subclass's over its parents'."""
    found: dict[str, Any] = {}
    for kind in reversed(owner.__mro__):
        found.update(vars(kind))
    return found


def _tuple(written: Any) -> tuple[Any, ...]:
    return tuple(cast("Iterable[Any]", written)) if isinstance(written, tuple) else ()


def _settings(owner: type, problems: list[Problem]) -> object:
    """Return the values chosen, or the defaults of the class declared: whichever came last."""
    for kind in owner.__mro__:
        chosen = vars(kind).get("chosen_settings")
        if chosen is not None:
            return chosen
        for name, value in vars(kind).items():
            if isinstance(value, Settings):
                declared: Any = value.kind
                found = list(checks.settings_problems(f"{owner.__name__}.{name}", declared))
                problems += found
                return None if found else declared()
    return None


def _data_class(owner: type) -> Any:
    """Return what stands in the brackets of ``Workflow[…]``."""
    for kind in owner.__mro__:
        for base in vars(kind).get("__orig_bases__", ()):
            origin: Any = get_origin(base)
            if isinstance(origin, type) and isinstance(origin, type(owner)):
                return get_args(base)[0]
    return None


class _Drawing:
    """Spells out what was drawn with ``>>``: markers become plain transitions."""

    def __init__(self, at: str, states: Mapping[str, State], tree: StateTree) -> None:
        self._at = at
        self._states = states
        self._tree = tree
        self.problems: list[Problem] = []

    def event(self, event: Event[..., Any]) -> EventSpec:
        """Return the event with its transitions; those to `PREVIOUS` have that as target yet."""
        where = f"{self._at}.{event.name}"
        transitions: list[TransitionSpec] = []
        for edge in event.edges:
            if type(edge) is Transitions:
                transitions += self._transitions(where, edge)
            else:  # whatever was written
                self.problems.append(Problem(where, f"{edge!r} is no transition; draw one with >>"))
        return EventSpec(
            name=event.name,
            zh=event.zh,
            en=event.en,
            source=event.source,
            payload=event.payload,
            transitions=tuple(transitions),
            by=event.by,
            guards=event.guards,
            update=event.update,
            history_only=event.history_only,
            effects=event.effects,
        )

    def _transitions(self, where: str, edge: Transitions[Any]) -> Iterator[TransitionSpec]:
        known = edge.target not in (START, ANY) and self._is_ours(edge.target)
        if not known:
            self.problems.append(Problem(where, _unknown("target", edge.target)))
        target = None if edge.target is SAME else getattr(edge.target, "name", "")
        for source in edge.sources:
            if source in (PREVIOUS, SAME) or not self._is_ours(source):
                self.problems.append(Problem(where, _unknown("source", source)))
            elif not known:
                continue
            elif source is START and edge.target in MARKERS:
                self.problems.append(
                    Problem(where, f"an opening cannot lead to {target or SAME.name}")
                )
            elif source is ANY:
                for name in self._tree.all_leaves():
                    if not self._tree.is_final(name):
                        yield TransitionSpec(name, target, edge.guards)
            else:
                yield TransitionSpec(source.name, target, edge.guards)

    def _is_ours(self, state: Any) -> bool:
        if not isinstance(state, State):
            return False
        return state in MARKERS or self._states.get(state.name) is state

    def with_ways_back(self, events: Mapping[str, EventSpec]) -> dict[str, EventSpec]:
        """Replace transitions to `PREVIOUS` by one for each state that the case may come from."""
        origins = self._origins(events)
        return {
            name: attrs.evolve(
                event,
                transitions=tuple(
                    plain for drawn in event.transitions for plain in self._plain(drawn, origins)
                ),
            )
            for name, event in events.items()
        }

    def _plain(
        self, drawn: TransitionSpec, origins: Mapping[str, set[str]]
    ) -> Iterator[TransitionSpec]:
        if drawn.target != PREVIOUS.name:
            yield drawn
            return
        for leaf in self._tree.leaves(drawn.source):
            for origin in self._states:  # in declared order, so that the plan is stable
                if origin in origins.get(leaf, ()):
                    yield TransitionSpec(leaf, origin, drawn.guards, previous=origin)

    def _origins(self, events: Mapping[str, EventSpec]) -> dict[str, set[str]]:
        """Return, for each state, those from which it can be entered, ways back included."""
        origins: dict[str, set[str]] = {}
        backs: set[str] = set()
        for event in events.values():
            for drawn in event.transitions:
                if drawn.source == START.name or drawn.target is None:
                    continue
                leaves = self._tree.leaves(drawn.source)
                if drawn.target == PREVIOUS.name:
                    backs.update(leaves)
                else:
                    target = self._tree.entered(drawn.target)
                    origins.setdefault(target, set()).update(set(leaves) - {target})
        for leaf in backs:
            for origin in tuple(origins.get(leaf, ())):
                origins.setdefault(origin, set()).add(leaf)
        return origins


def _unknown(end: str, state: Any) -> str:
    if not isinstance(state, State):
        return f"the {end} {state!r} is no State"
    if state in MARKERS:
        return f"{state.name} cannot be the {end} of a transition"
    label = state.name or state.zh or state.en
    return (
        f"the {end} {label!r} is no state of this workflow; "
        "declare it in the class, or look for a later attribute of the same name"
    )
