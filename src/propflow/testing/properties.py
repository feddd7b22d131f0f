"""What a host says of a workflow: of every case that there can be, and of every history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import attrs

from propflow.definition import SYSTEM, Actor, Case, Entry, Role
from propflow.errors import InvalidTrial, Problem

D = TypeVar("D")
S = TypeVar("S")


@attrs.frozen(eq=False)
class Invariant(Generic[D]):
    """What holds of every case after each of its steps; made with the decorator `invariant`.

    Attributes:
        function: Whether it holds of a case.
        name: The function's name.
        says: The first line of its docstring, or its name.
    """

    function: Callable[[Case[D]], object]
    name: str
    says: str

    def holds(self, case: Case[D]) -> bool:
        """Whether it holds of a case."""
        return bool(self.function(case))


def invariant(function: Callable[[Case[D]], object]) -> Invariant[D]:
    """Make an invariant of a pure function ``(case)`` that is truthy where it holds."""
    name = _name(function)
    says = (function.__doc__ or "").strip().partition("\n")[0]
    return Invariant(function, name, says or name)


def check_properties(of: str, invariants: Iterable[object], monitors: Iterable[object]) -> None:
    """Refuse what is no property, such as a function without its decorator.

    Args:
        of: Name of the workflow.
        invariants: What shall be invariants.
        monitors: What shall be monitors.

    Raises:
        InvalidTrial: With each that is none.
    """
    kinds: tuple[tuple[str, Iterable[object], type, str], ...] = (
        ("invariants", invariants, Invariant, "is no invariant; decorate the function: @invariant"),
        ("monitors", monitors, Monitor, "is no monitor; give Monitor(init, step, ok)"),
    )
    problems = [
        Problem(f"{name}[{place}]", f"{each!r} {why}")
        for name, given, kind, why in kinds
        for place, each in enumerate(given)
        if not isinstance(each, kind)
    ]
    if problems:
        raise InvalidTrial(f"the trial of {of}", problems)


def _name(function: object) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


@attrs.frozen(eq=False)
class Monitor(Generic[S]):
    """What holds of every history, as a fold over its entries.

    ``Monitor(init, step, ok)`` starts with `init`, goes on with ``step(state, entry)`` and holds
    while ``ok(state)`` is truthy. For `prove` its states must be hashable and finitely many.

    Attributes:
        init: What is known before the first entry.
        step: What is known after one more entry; a pure function.
        ok: Whether that may be so; a pure function.
        name: What it is called in reports; the name of `step` if none is given.
        says: What must hold, in one line; the name if none is given.
    """

    init: S
    step: Callable[[S, Entry], S]
    ok: Callable[[S], object]
    name: str = attrs.field(
        default=attrs.Factory(lambda self: _name(self.step), takes_self=True), kw_only=True
    )
    says: str = attrs.field(
        default=attrs.Factory(lambda self: self.name, takes_self=True), kw_only=True
    )

    def check(self, entries: Iterable[Entry]) -> Entry | None:
        """Return the first entry after which it does not hold, `None` if it always does.

        Takes any history, oldest entry first: that of a case in a store, as
        ``monitor.check(engine.history(case))``, one that was played, one of a file.
        """
        state = self.init
        for entry in entries:
            state = self.step(state, entry)
            if not self.ok(state):
                return entry
        return None


def open_only_to(
    events: Mapping[str, Role | Actor | Iterable[Role | Actor]], *, name: str = "open_only_to"
) -> Monitor[str]:
    """Make a monitor: no event is taken by an actor without one of the roles written down for it.

    Write the table down from the regulation, not from the definition: it is there to disagree.

    Args:
        events: By the names of events, the roles that may take them, or `SYSTEM`. Events that are
            not named are open to anyone.
        name: What it is called in reports.
    """
    table = {event: _allowed(who) for event, who in events.items()}

    def step(state: str, entry: Entry) -> str:
        allowed = table.get(entry.event)
        if allowed is None or _may(entry.actor, allowed):
            return state
        return f"{entry.event} by {entry.actor.id}"

    says = "no event is taken by a role that should not have it"
    return Monitor("", step, _is_empty, name=name, says=says)


def _is_empty(state: str) -> bool:
    return not state


def _allowed(who: Role | Actor | Iterable[Role | Actor]) -> tuple[Role | Actor, ...]:
    return (who,) if isinstance(who, Role | Actor) else tuple(who)


def _may(actor: Actor, allowed: tuple[Role | Actor, ...]) -> bool:
    if actor == SYSTEM:
        return SYSTEM in allowed
    return any(isinstance(who, Role) and who.name in actor.roles for who in allowed)


Property = Invariant[Any] | Monitor[Any]
"""What a failed proof may be about."""
