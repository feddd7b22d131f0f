"""What can be wrong with the deadlines of a workflow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any, cast, get_args

from propflow.definition import checks, fields
from propflow.definition.actor import SYSTEM
from propflow.definition.deadline import LONGEST, Deadline, Rung, Unit
from propflow.definition.event import BoundEvent, Event
from propflow.definition.role import Role
from propflow.definition.spec import EventSpec, StateTree
from propflow.definition.state import State
from propflow.errors import Problem

_UNITS = get_args(Unit)
_LARGEST_SHARE = 100


def problems(
    owner: Any,
    deadlines: Mapping[str, Deadline],
    tree: StateTree,
    events: Mapping[str, EventSpec],
) -> Iterator[Problem]:
    """Yield everything that is wrong with the deadlines of a class, each with its place."""
    for name, deadline in deadlines.items():
        where = f"{owner.__name__}.{name}"
        yield from checks.attribute_problems(where, "deadline", name, deadline.name)
        yield from _time_problems(where, deadline)
        yield from _rung_problems(where, deadline)
        yield from _label_problems(where, deadline)
        runs, problems = _begins(where, owner, deadline, tree, events)
        held = _named(deadline.pauses, tree)
        problems += (
            Problem(where, f"{state!r} is no state of this workflow")
            for state in deadline.pauses
            if _state_of(state, tree) is None
        )
        yield from problems or _pause_problems(where, deadline, runs, held)
        starts = runs if deadline.longest_pause is None else runs + held  # a hold may lapse there
        yield from _event_problems(where, owner, deadline, tree, events, dict.fromkeys(starts))


def _begins(
    where: str,
    owner: Any,
    deadline: Deadline,
    tree: StateTree,
    events: Mapping[str, EventSpec],
) -> tuple[list[str], list[Problem]]:
    """Return where it can run, as far as that is known, and what is wrong with what begins it."""
    problems = [
        Problem(where, f"{state!r} is no state of this workflow")
        for state in deadline.states
        if _state_of(state, tree) is None
    ]
    runs = _named(deadline.states, tree)
    for each in deadline.events:
        event = _event_of(owner, each, events)
        if event is None:
            problems.append(Problem(where, f"{each!r} is no event of this workflow"))
        else:
            runs += tree.led_to(event)
    if deadline.states and deadline.events:
        problems.append(Problem(where, "counts from states and events; make a deadline of each"))
    elif not deadline.states and not deadline.events:
        problems.append(Problem(where, "names no state"))
    if deadline.until and not deadline.events:
        why = "until= ends what an event began; this one ends as the case leaves its states"
        problems.append(Problem(where, why))
    problems += (
        Problem(where, f"until={each!r} is no event of this workflow")
        for each in deadline.until
        if _event_of(owner, each, events) is None
    )
    return runs, problems


def _named(states: Iterable[object], tree: StateTree) -> list[str]:
    """Return the states in which a case can rest within those of this workflow."""
    names = [name for state in states if (name := _state_of(state, tree)) is not None]
    return [leaf for name in names for leaf in tree.leaves(name)]


def _time_problems(where: str, deadline: Deadline) -> Iterator[Problem]:
    if deadline.unit not in _UNITS:
        yield Problem(where, f"unit={deadline.unit!r} is none of {', '.join(_UNITS)}")
        return
    if deadline.unset:
        return
    if (deadline.after is None) == (deadline.at is None):
        yield Problem(where, "needs after= or at=, one of them")
    elif deadline.after is None:
        if not callable(deadline.at):
            yield Problem(where, f"at={deadline.at!r} is no function of data and settings")
        if deadline.unit != "calendar" or deadline.pauses:
            yield Problem(where, "at= is a moment, which takes neither unit= nor pauses=")
    elif not callable(deadline.after):
        yield from _limit_problems(where, deadline.after, deadline.unit)
    if deadline.unit != "calendar" and deadline.calendar is None:
        yield Problem(where, f"counts {deadline.unit}; name the calendar: calendar=…")
    if deadline.unit == "calendar" and deadline.calendar is not None:
        yield Problem(where, "counts calendar time, and needs no calendar=")


def _limit_problems(where: str, after: object, unit: str) -> Iterator[Problem]:
    if not _is_amount(after, unit):
        yield Problem(where, f"after={after!r} is no {_amount(unit)}")
        return
    length = _length(after)
    if not timedelta(0) < length <= LONGEST:
        yield Problem(where, f"after={after} must be positive, and at most a hundred years")


def _is_amount(value: object, unit: str) -> bool:
    if unit == "working_days":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, timedelta)


def _amount(unit: str) -> str:
    return "number of working days" if unit == "working_days" else "timedelta"


def _length(amount: Any) -> timedelta:
    if isinstance(amount, timedelta):
        return amount
    return timedelta(days=max(-LONGEST.days - 1, min(amount, LONGEST.days + 1)))


def _rung_problems(where: str, deadline: Deadline) -> Iterator[Problem]:
    for number, rung in enumerate(cast("tuple[object, ...]", deadline.rungs)):
        place = f"{where}, rung {number}"
        if not isinstance(rung, Rung):
            yield Problem(place, f"{rung!r} is no Rung")
            continue
        if (rung.share is None) == (rung.offset is None):
            yield Problem(place, "needs share= or offset=, one of them")
        elif rung.share is None:
            if not _is_amount(rung.offset, deadline.unit):
                yield Problem(place, f"offset={rung.offset!r} is no {_amount(deadline.unit)}")
            elif not -LONGEST <= _length(rung.offset) <= LONGEST:
                yield Problem(place, f"offset={rung.offset} is more than a hundred years")
        elif not isinstance(cast("object", rung.share), Fraction):
            yield Problem(place, f"share={rung.share!r} is not exact; write it as text: '0.8'")
        elif deadline.at is not None:
            yield Problem(place, "a share of what? at= has no limit; give offset=")
        elif not 0 < rung.share <= _LARGEST_SHARE:
            yield Problem(place, f"share={rung.share} must be positive, and at most 100")
        yield from _who_problems(place, rung)


def _who_problems(place: str, rung: Rung) -> Iterator[Problem]:
    if not rung.to:
        yield Problem(place, "tells nobody; give to=")
    for who in cast("tuple[object, ...]", rung.to):
        if not isinstance(who, Role | str) or who == "":
            yield Problem(place, f"to={who!r} is neither a Role nor text")


def _label_problems(where: str, deadline: Deadline) -> Iterator[Problem]:
    if bool(deadline.zh) != bool(deadline.en):
        yield Problem(where, f"has no label in {'en' if deadline.zh else 'zh'}")
    elif not deadline.zh and deadline.fires is None:
        yield Problem(where, "fires no event, so it needs labels of its own in zh and en")


def _pause_problems(
    where: str, deadline: Deadline, runs: Iterable[str], held: Iterable[str]
) -> Iterator[Problem]:
    for leaf in sorted({*runs} & {*held}):
        yield Problem(where, f"both runs and pauses in {leaf!r}")
    longest: object = deadline.longest_pause
    if longest is None:
        return
    if not held:
        yield Problem(where, "longest_pause= without pauses=")
    if not isinstance(longest, timedelta):
        yield Problem(where, f"longest_pause={longest!r} is no timedelta")
    elif not timedelta(0) < longest <= LONGEST:
        yield Problem(where, f"longest_pause={longest} must be positive, at most a hundred years")


def _state_of(state: object, tree: StateTree) -> str | None:
    if isinstance(state, State) and tree.states.get(state.name) is state:
        return state.name
    return None


def _event_of(owner: Any, fires: Any, events: Mapping[str, EventSpec]) -> EventSpec | None:
    """Return the event; a subclass names those of the class above as ``Above.event``."""
    if not isinstance(fires, Event | BoundEvent):
        return None
    name: str = cast("Any", fires).name
    for kind in owner.__mro__:
        ours = cast("Mapping[str, Any]", vars(kind))
        bound: Mapping[str, object] = ours.get("bound_events", {})
        if fires in (ours.get(name), bound.get(name)):
            return events.get(name)
    return None


def _event_problems(
    where: str,
    owner: Any,
    deadline: Deadline,
    tree: StateTree,
    events: Mapping[str, EventSpec],
    starts: Iterable[str],
) -> Iterator[Problem]:
    for given in deadline.acknowledged_by:
        if _event_of(owner, given, events) is None:
            yield Problem(where, f"acknowledged_by={given!r} is no event of this workflow")
    if deadline.fires is None:
        return
    event = _event_of(owner, deadline.fires, events)
    if event is None:
        yield Problem(where, f"fires={deadline.fires!r} is no event of this workflow")
        return
    yield from _firing_problems(where, event)
    yield from _start_problems(where, event, starts, tree)


def _firing_problems(where: str, event: EventSpec) -> Iterator[Problem]:
    if event.payload is not None and fields.is_frozen(event.payload):
        needed = fields.required(event.payload)
        if needed:
            names = ", ".join(needed)
            yield Problem(
                where, f"fires {event.name!r}, whose payload needs {names}; nobody is there to say"
            )
    if event.by and SYSTEM not in event.by:
        yield Problem(where, f"fires {event.name!r}, which is not open to SYSTEM; add it to by=")


def _start_problems(
    where: str, event: EventSpec, starts: Iterable[str], tree: StateTree
) -> Iterator[Problem]:
    sources = {transition.source for transition in event.transitions}
    for leaf in starts:
        if sources.isdisjoint(tree.path(leaf)):
            yield Problem(where, f"fires {event.name!r}, which does not start from {leaf!r}")
