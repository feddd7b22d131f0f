"""A workflow as it was read from its class: live functions, every transition spelled out.

The decision room compiles it; `document` turns it into plain data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from propflow.definition.actor import Actor
from propflow.definition.case import Case
from propflow.definition.context import Context
from propflow.definition.effect import Effect
from propflow.definition.fact import Fact
from propflow.definition.guard import Guard
from propflow.definition.role import Role
from propflow.definition.state import State


@attrs.frozen(eq=False, repr=False)
class TransitionSpec:
    """One transition from one state.

    Attributes:
        source: Name of the state, which may hold nested ones, or ``START``.
        target: Name of the state, or `None` for one that acts in place.
        guards: What must hold for this transition.
        previous: The state in which the case must have been before (a way back from a hold).
    """

    source: str
    target: str | None
    guards: tuple[Guard[Any, Any], ...] = ()
    previous: str | None = None


@attrs.frozen(eq=False, repr=False)
class EventSpec:
    """One event with its transitions in the order in which they are tried."""

    name: str
    zh: str
    en: str
    source: str
    payload: type | None
    transitions: tuple[TransitionSpec, ...]
    by: tuple[Role | Actor, ...]
    guards: tuple[Guard[Any, Any], ...]
    update: Callable[[Case[Any], Any, Context], Any] | None
    history_only: tuple[str, ...]
    effects: Sequence[Effect] | Callable[[Case[Any], Any, Context], Iterable[Effect]]

    @property
    def opening(self) -> bool:
        """Whether the event opens a case."""
        return any(t.source == "START" for t in self.transitions)


@attrs.frozen(eq=False, repr=False)
class WorkflowSpec:
    """One version of a workflow, checked."""

    name: str
    version: int
    zh: str
    en: str
    doc: str
    data: type
    states: Mapping[str, State]
    events: Mapping[str, EventSpec]
    needs: tuple[Fact[Any], ...]
    indexed: tuple[str, ...]
    settings: object
    tree: StateTree


class StateTree:
    """Which states lie within which.

    Attributes:
        states: All of them, by name.
    """

    def __init__(self, states: Mapping[str, State]) -> None:
        self.states = states
        self._children: dict[str, list[str]] = {}
        for name, state in states.items():
            if state.within is not None:
                self._children.setdefault(state.within.name, []).append(name)

    def children(self, name: str) -> Sequence[str]:
        """Return the states directly within one."""
        return self._children.get(name, ())

    def leaves(self, name: str) -> tuple[str, ...]:
        """Return the states in which a case can rest: the state, or the innermost within it."""
        children = self._children.get(name)
        if not children:
            return (name,)
        return tuple(leaf for child in children for leaf in self.leaves(child))

    def path(self, name: str) -> Sequence[str]:
        """Return a state and those that it lies in, from within: the order of asking."""
        found = [name]
        while name in self.states and (outer := self.states[name].within) is not None:
            name = outer.name
            found.append(name)
        return found

    def initials(self, name: str) -> Sequence[str]:
        """Return the children marked as the one to enter."""
        return [child for child in self.children(name) if self.states[child].initial]

    def entered(self, name: str) -> str:
        """Return the state in which a case rests after a transition to `name`."""
        while children := self.initials(name):
            name = children[0]
        return name

    def all_leaves(self) -> tuple[str, ...]:
        """Return every state in which a case can rest."""
        return tuple(name for name in self.states if not self._children.get(name))

    def is_final(self, name: str) -> bool:
        """Whether a case may end in a state."""
        return self.states[name].final
