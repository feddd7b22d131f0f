"""An existing `transitions` machine, read into a workflow as far as it can be."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from types import new_class
from typing import Any, NoReturn

import attrs

from propflow.definition import SAME, START, Event, Guard, State, Workflow
from propflow.errors import Problem
from propflow.testing.machine_remains import remains

OPENING = "open_case"
"""The event that opens a case, which a machine does not have."""


@attrs.frozen
class Nothing:
    """The data of a workflow that was read from a machine, whose model is not read."""


@attrs.frozen
class ReadMachine:
    """A machine as a workflow.

    Attributes:
        workflow: The workflow; its labels are the names, and its data are empty.
        left_out: What the machine does and the workflow does not, each with its place: write it.
    """

    workflow: type[Workflow[Nothing]]
    left_out: tuple[Problem, ...]


def from_transitions(
    machine: Any, *, name: str, guards: Mapping[str, Guard[Any, Any]] | None = None
) -> ReadMachine:
    """Read a `transitions` machine, nested states included, into a workflow to start from.

    States, triggers, transitions, reflexive and internal ones, and the initial state are carried
    over; a state without a way out becomes final. A case is opened by ``open_case``. A condition
    becomes a guard of its name, which raises until it is written. Everything else is named in
    `left_out`: callbacks, labels, data, roles, and machine-wide options.

    Args:
        machine: A `transitions.Machine` or one of its extensions; it is not changed.
        name: Name of the workflow, which becomes the name of its class in capitals.
        guards: Guards that you have written, by the names of the conditions.

    Raises:
        InvalidDefinition: What was read cannot work, such as a state that nothing leads to; names
            every such place.
    """
    reading = _Reading(machine, {} if guards is None else guards)
    body: dict[str, Any] = {"name": name, "__doc__": f"Read from a machine of {name}."}
    body |= reading.states() | reading.events()
    kind = "".join(part.capitalize() for part in name.split("_"))
    workflow: Any = new_class(kind, (Workflow[Nothing],), {}, lambda made: made.update(body))
    return ReadMachine(workflow, (*reading.renamed, *remains(machine, set(reading.written))))


def unwritten(condition: str, *, negated: bool) -> Guard[Any, Any]:
    """Return the guard that stands for a condition which nobody has written yet."""

    def ask(_case: object, _context: object) -> NoReturn:
        raise NotImplementedError(f"write the guard {condition!r}, and pass it in guards=")

    words = f"not {condition}" if negated else condition
    return Guard(ask, words, words, words.replace(" ", "_"), "", takes_payload=False)


class _Reading:
    """Goes through one machine."""

    def __init__(self, machine: Any, guards: Mapping[str, Guard[Any, Any]]) -> None:
        self._machine = machine
        self._separator: str = getattr(machine.state_cls, "separator", "/")
        self._states: dict[str, State] = {}
        self._guards = dict(guards)
        self.written = dict(guards)
        self.renamed: list[Problem] = []

    def states(self) -> dict[str, State]:
        """Return the states by the names of the class body."""
        leaving = {
            source
            for trigger in self._triggers().values()
            for source, some in trigger.transitions.items()
            if any(each.dest not in (None, source) for each in some)
        }
        found: dict[str, State] = {}
        for path, initial, final in self._paths(self._machine.states, ""):
            outer = path.rpartition(self._separator)[0]
            parents = {path[: at.start()] for at in re.finditer(re.escape(self._separator), path)}
            stuck = leaving.isdisjoint({path, *parents}) and not self._children(path)
            state = State(
                zh=path,
                en=path,
                final=final or stuck,
                within=self._states.get(outer),
                initial=initial,
            )
            self._states[path] = state
            found[self._named(path, found)] = state
        return found

    def events(self) -> dict[str, Event[..., Any]]:
        """Return the events by the names of the class body."""
        taken: dict[str, object] = {self._named(path, {}): None for path in self._states}
        initial = self._states[str(_text(self._machine.initial))]
        found: dict[str, Any] = {OPENING: Event(START >> initial, zh=OPENING, en=OPENING)}
        for trigger, event in self._triggers().items():
            edges = [
                self._edge(source, each)
                for source, some in event.transitions.items()
                for each in some
            ]
            found[self._named(trigger, {**taken, **found})] = Event(*edges, zh=trigger, en=trigger)
        return found

    def _edge(self, source: str, each: Any) -> Any:
        target = SAME if each.dest is None else self._states[each.dest]
        guards = [self._guard(condition) for condition in each.conditions]
        edge = self._states[source] >> target
        return edge.when(*guards) if guards else edge

    def _guard(self, condition: Any) -> Guard[Any, Any]:
        name = condition.func if isinstance(condition.func, str) else condition.func.__name__
        negated = not condition.target
        key = f"not {name}" if negated else name
        if key not in self._guards:
            self._guards[key] = unwritten(name, negated=negated)
        return self._guards[key]

    def _triggers(self) -> dict[str, Any]:
        """Return the machine's events, without those that it made of itself."""
        names = {f"to_{path}" for path, *_ in self._paths(self._machine.states, "")}
        names |= {name.replace(self._separator, "_") for name in names}
        return {name: event for name, event in self._machine.events.items() if name not in names}

    def _paths(self, states: Mapping[Any, Any], outer: str) -> Iterator[tuple[str, bool, bool]]:
        """Yield each state's path, whether it is entered by default, and whether it is final."""
        for state in states.values():
            path = f"{outer}{state._name if outer else state.name}"  # noqa: SLF001 - its own name
            yield path, False, bool(getattr(state, "final", False))
            entered = _text(getattr(state, "initial", None))
            within: Any = getattr(state, "states", None)
            for name, _, final in self._paths(within or {}, path + self._separator):
                yield name, name == f"{path}{self._separator}{entered}", final

    def _children(self, path: str) -> bool:
        every = [name for name, *_ in self._paths(self._machine.states, "")]
        return any(name.startswith(path + self._separator) for name in every)

    def _named(self, name: str, taken: Mapping[str, object]) -> str:
        """Return a name for the class body, and say so where it had to be another."""
        made = re.sub(r"\W", "_", name).lower()
        if keyword.iskeyword(made) or not made.isidentifier() or hasattr(Workflow, made):
            made = f"_{made}".replace("__", "_") if made[:1].isdigit() else f"{made}_"
        while made in taken:
            made = f"do_{made}"
        if made != name:
            problem = Problem(name, f"is called {made!r} here")
            self.renamed += [problem] if problem not in self.renamed else []
        return made


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(getattr(value, "name", value))
