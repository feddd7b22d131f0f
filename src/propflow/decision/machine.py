"""The `transitions` machine of a workflow: the authority on what an event does in a state.

The one file of propflow that imports `transitions`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from transitions import Machine, MachineError
from transitions.extensions.nesting import HierarchicalMachine, NestedState

from propflow.definition import START, SYSTEM, Context, Refusal, Role
from propflow.definition.spec import EventSpec, TransitionSpec, WorkflowSpec

__all__ = ["Machine", "Oracle", "build_machine", "host_machine", "path_of"]

Condition = Callable[..., bool]
Conditions = Callable[[EventSpec, TransitionSpec, int], Sequence[Condition]]

_SEPARATOR = "/"


class _PathState(NestedState):
    separator = _SEPARATOR


class _PathMachine(HierarchicalMachine):
    state_cls = _PathState


def build_machine(spec: WorkflowSpec, conditions: Conditions) -> Machine:
    """Return a machine of the workflow without a model, hierarchical where its states nest.

    Args:
        spec: The workflow.
        conditions: Gives the conditions of a transition, by its event and its place in it.
    """
    nested = any(state.within is not None for state in spec.states.values())
    make: Any = _PathMachine if nested else Machine
    states: list[Any] = [START.name]
    states += [_state(spec, n) for n, s in spec.states.items() if s.within is None]
    machine = make(
        model=None, states=states, initial=START.name, auto_transitions=False, send_event=True
    )
    for event in spec.events.values():
        for index, transition in enumerate(event.transitions):
            machine.add_transition(
                event.name,
                path_of(spec, transition.source),
                None if transition.target is None else path_of(spec, transition.target),
                conditions=list(conditions(event, transition, index)),
            )
    built: Machine = machine
    return built


def _state(spec: WorkflowSpec, name: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "final": spec.states[name].final}
    if children := spec.tree.children(name):
        made["children"] = [_state(spec, child) for child in children]
        made["initial"] = spec.tree.initials(name)[0]
    return made


def path_of(spec: WorkflowSpec, name: str) -> str:
    """Return a state's name in the machine: its own after those of the states that it lies in."""
    if name == START.name:
        return name
    outer = spec.states[name].within
    return name if outer is None else path_of(spec, outer.name) + _SEPARATOR + name


def host_machine(spec: WorkflowSpec) -> Machine:
    """Return a machine for diagrams and for objects of the host's own.

    ``machine.add_model(thing, initial="lent")`` gives a thing with the attributes of a case a
    method for each event; it takes ``context=`` and, where the event has one, ``payload=``, and
    asks the same roles and guards as a case's step. It returns False, and does not say why, where
    they refuse, and raises `transitions.MachineError` in a state that the event does not start
    from.

    The machine moves the thing's ``state`` alone, in which a nested state stands after those that
    it lies in: ``out/lent``. The thing keeps its own ``data``, and ``previous``, by which an event
    that goes back finds its way.
    """

    def conditions(event: EventSpec, transition: TransitionSpec, _: int) -> list[Condition]:
        return [_role_condition(event), _guard_condition(event, transition)]

    return build_machine(spec, conditions)


def _role_condition(event: EventSpec) -> Condition:
    names = {who.name for who in event.by if isinstance(who, Role)}

    def may(asked: Any) -> bool:
        actor = _context(asked).actor
        by_system = SYSTEM in event.by and actor == SYSTEM
        return not event.by or by_system or not names.isdisjoint(actor.roles)

    return may


def _guard_condition(event: EventSpec, transition: TransitionSpec) -> Condition:
    def holds(asked: Any) -> bool:
        if transition.previous is not None and asked.model.previous != transition.previous:
            return False
        for guard in (*event.guards, *transition.guards):
            extra = (asked.kwargs.get("payload"),) if guard.takes_payload else ()
            answer = guard.function(asked.model, *extra, _context(asked))
            if not answer or isinstance(answer, Refusal):
                return False
        return True

    return holds


def _context(asked: Any) -> Context:
    context: Context = asked.kwargs["context"]
    return context


class Oracle:
    """Asks the machine what each event does in each state, with a token for every guard."""

    def __init__(self, spec: WorkflowSpec) -> None:
        self._spec = spec
        self._asked: list[int] = []
        self._consenting: int | None = None
        self._machine: Any = build_machine(spec, lambda _e, _t, index: [self._token(index)])
        self._model: Any = type("Probe", (), {})()
        self._machine.add_model(self._model)

    def _token(self, index: int) -> Condition:
        def consents(_: Any) -> bool:
            self._asked.append(index)
            return index == self._consenting

        return consents

    def tried(self, event: str, state: str) -> tuple[int, ...]:
        """Return the places of the event's transitions that are tried in a state, in this order."""
        if not self._spec.events[event].transitions:  # of which the machine does not even know
            return ()
        try:
            self._fire(event, state, consenting=None)
        except MachineError:
            return ()
        return tuple(dict.fromkeys(self._asked))

    def target(self, event: str, state: str, index: int) -> str:
        """Return where the case rests if the transition at this place is taken."""
        self._fire(event, state, consenting=index)
        name: str = self._model.state
        return name.rpartition(_SEPARATOR)[2]

    def _fire(self, event: str, state: str, *, consenting: int | None) -> None:
        self._asked.clear()
        self._consenting = consenting
        self._machine.set_state(path_of(self._spec, state), model=self._model)
        self._model.trigger(event)
