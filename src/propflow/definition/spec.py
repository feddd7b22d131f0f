"""A workflow as it was read from its class: live functions, every transition spelled out.

The decision room compiles it; `document` turns it into plain data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs

from propflow.definition.actor import Actor
from propflow.definition.case import Case
from propflow.definition.context import Context
from propflow.definition.deadline import LimitOf, MomentOf, Rung, Unit
from propflow.definition.effect import Effect
from propflow.definition.fact import Fact
from propflow.definition.guard import Guard
from propflow.definition.role import Role
from propflow.definition.state import State

if TYPE_CHECKING:
    from propflow.calendar import ServiceCalendar, WorkingDayTime


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
class DeadlineSpec:
    """One deadline.

    Attributes:
        name: Its name.
        begun_by: Names of the events that it counts from; empty if it counts from its states.
        states: Names of its states; of one that counts from events, those that they lead to.
        within: Names of the states in which a case can rest while it runs.
        pauses: Names of the states that put it on hold.
        held: Names of the states in which a case can rest while it is on hold.
        until: Names of the events that end it, though the case stays where it is.
        longest_pause: After how much calendar time a hold lapses; `None` for never.
        unit: What is counted.
        limit: How long the case may be there; `None` where a function says.
        limit_of: The function of data and settings that says how long.
        moment_of: The function of data and settings that says when it is due.
        measure: What service time or working days are counted in; `None` where nobody has said
            so yet, and for calendar time.
        event: Name of the event that it fires, if any.
        rungs: Its rungs.
        acknowledged_by: Names of the events after which no further rung is climbed.
        calendar: The calendar that the measure comes from, if any.
        notify_in: When rungs may be delivered; `None` for any time.
        lacks: What the host has yet to choose, in words; empty if nothing.
        unset: The setting that would hold its limit, and is `Unspecified`; empty if it has one.
        zh: The Chinese label.
        en: The English label.
        source: The clause implemented.
    """

    name: str
    begun_by: tuple[str, ...]
    states: tuple[str, ...]
    within: frozenset[str]
    pauses: tuple[str, ...]
    held: frozenset[str]
    until: frozenset[str]
    longest_pause: timedelta | None
    unit: Unit
    limit: timedelta | None
    limit_of: LimitOf | None
    moment_of: MomentOf | None
    measure: ServiceCalendar | WorkingDayTime | None
    event: str | None
    rungs: tuple[Rung, ...]
    acknowledged_by: frozenset[str]
    calendar: ServiceCalendar | None
    notify_in: ServiceCalendar | None
    lacks: str
    unset: str
    zh: str
    en: str
    source: str

    @property
    def looks_back(self) -> bool:
        """Whether when it is due depends on more than the step by which it began."""
        return not self.unset and (bool(self.held) or self.limit is None)

    def begins_with(self, event: str, target: str, *, running: bool) -> bool:
        """Whether it begins, maybe anew, with a step of this event to this state."""
        if target not in self.within:
            return False
        return event in self.begun_by if self.begun_by else not running

    def ends_with(self, event: str, target: str) -> bool:
        """Whether a step of this event to this state ends it, if it runs."""
        if event in self.until or event in self.begun_by:
            return True
        return self.left_for(target)

    def left_for(self, state: str) -> bool:
        """Whether it neither runs nor is on hold in this state."""
        return state not in self.within and state not in self.held


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
    deadlines: Mapping[str, DeadlineSpec]
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

    def led_to(self, event: EventSpec) -> tuple[str, ...]:
        """Return the states in which a case can rest after an event, in the order of the class."""
        rests: set[str] = set()
        for transition in event.transitions:
            if transition.target is None:
                rests.update(self.leaves(transition.source))
            else:
                rests.add(self.entered(transition.target))
        return tuple(name for name in self.all_leaves() if name in rests)

    def all_leaves(self) -> tuple[str, ...]:
        """Return every state in which a case can rest."""
        return tuple(name for name in self.states if not self._children.get(name))

    def is_final(self, name: str) -> bool:
        """Whether a case may end in a state."""
        return self.states[name].final
