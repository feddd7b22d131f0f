"""The common work: one repair order, the walk that is timed, and the check before any timing.

The order has 7 states, 10 events and 12 transitions. Every transition asks for one role (staff)
and one guard (the actor is on the order's team), and leaves one audit record.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise, product
from typing import Any, Protocol

import attrs

from benchmarks.values import Actor, Entry, Repair

TRANSITIONS: tuple[tuple[str, str, str], ...] = (
    ("reported", "assign", "assigned"),
    ("assigned", "send_back", "reported"),
    ("assigned", "begin", "in_progress"),
    ("in_progress", "transfer", "assigned"),
    ("in_progress", "hold", "on_hold"),
    ("on_hold", "resume", "in_progress"),
    ("in_progress", "complete", "completed"),
    ("completed", "reject", "in_progress"),
    ("completed", "close", "closed"),
    ("reported", "cancel", "cancelled"),
    ("assigned", "cancel", "cancelled"),
    ("on_hold", "cancel", "cancelled"),
)
"""Source, event, target; an event leads to the same target from each of its sources."""

STATES = ("reported", "assigned", "in_progress", "on_hold", "completed", "closed", "cancelled")
EVENTS = tuple(dict.fromkeys(event for _, event, _ in TRANSITIONS))
TARGETS = {(source, event): target for source, event, target in TRANSITIONS}

WALK: tuple[tuple[str, str], ...] = (
    ("assign", "assigned"),
    ("send_back", "reported"),
    ("assign", "assigned"),
    ("begin", "in_progress"),
    ("hold", "on_hold"),
    ("resume", "in_progress"),
    ("transfer", "assigned"),
    ("begin", "in_progress"),
    ("complete", "completed"),
    ("reject", "in_progress"),
    ("hold", "on_hold"),
    ("resume", "in_progress"),
    ("complete", "completed"),
    ("reject", "in_progress"),
    ("complete", "completed"),
    ("close", "closed"),
)
"""The events of the walk, each with the state in which it must end."""

WALK_EVENTS = tuple(event for event, _ in WALK)

ROUTES: dict[str, tuple[str, ...]] = {
    "reported": (),
    "assigned": ("assign",),
    "in_progress": ("assign", "begin"),
    "on_hold": ("assign", "begin", "hold"),
    "completed": ("assign", "begin", "complete"),
    "closed": ("assign", "begin", "complete", "close"),
    "cancelled": ("cancel",),
}
"""How the check brings a fresh order to each state."""

ROLE = "staff"
WORKER = Actor("w1", frozenset({ROLE, "plumber"}))
NO_ROLE = Actor("w1", frozenset({"resident"}))
OFF_TEAM = Actor("w9", frozenset({ROLE, "plumber"}))

DATA = Repair("building 3, room 1201", "no hot water", ("w0", "w1"))
NOW = datetime(2025, 3, 3, 9, 30, tzinfo=UTC)


def is_staff(actor: Actor) -> bool:
    """The role check."""
    return ROLE in actor.roles


def on_the_team(data: Repair, actor: Actor) -> bool:
    """The guard."""
    return actor.id in data.team


def record(
    history: list[Entry], actor: Actor, event: str, source: str, target: str, now: datetime
) -> None:
    """Append the audit record of one step to the history that a peer's order keeps.

    The opening is revision 1, and no peer records it; hence the first step is revision 2.
    """
    revision = len(history) + 2
    history.append(Entry(actor, event, None, source, target, now, now, revision, None, False))


class Refused(Exception):
    """A contestant refused the step, for whatever reason of the three."""


@attrs.frozen
class View:
    """What the check sees of an order: its state, its number of records, and the last of them."""

    state: str
    records: int
    last: Entry | None


class Contestant(Protocol):
    """One way to run the repair order.

    `open` gives a fresh order in `reported`; `fire` takes one step and gives the order after it
    (the same object where the library changes it in place), or raises `Refused`. `guards` is false
    for a library that has neither guards nor roles; it is shown beside the others, not ranked.
    """

    name: str
    guards: bool

    def open(self) -> Any: ...

    def fire(self, order: Any, event: str, actor: Actor, now: datetime) -> Any: ...

    def view(self, order: Any) -> View: ...


def check(contestant: Contestant) -> list[str]:
    """Return what the contestant does wrong: nothing, if it may be timed."""
    return [*_check_walk(contestant), *_check_matrix(contestant)]


def _check_walk(contestant: Contestant) -> list[str]:
    problems: list[str] = []
    order = contestant.open()
    opened = contestant.view(order)
    if (opened.state, opened.records) != ("reported", 0):
        problems.append(f"opens as {opened.state} with {opened.records} records")
    states = ("reported", *(state for _, state in WALK))
    for step, (event, (source, target)) in enumerate(
        zip(WALK_EVENTS, pairwise(states), strict=True), start=1
    ):
        try:
            order = contestant.fire(order, event, WORKER, NOW)
        except Refused:
            return [*problems, f"step {step} of the walk, {event} in {source}: refused"]
        seen = contestant.view(order)
        wanted = Entry(WORKER, event, None, source, target, NOW, NOW, step + 1)
        if seen.state != target:
            problems.append(f"step {step} of the walk, {event} in {source}: ends in {seen.state}")
        if (seen.records, seen.last) != (step, wanted):
            problems.append(f"step {step} of the walk, {event} in {source}: record {seen.last}")
    return problems


def _check_matrix(contestant: Contestant) -> list[str]:
    actors = {"a worker of the team": WORKER}
    if contestant.guards:
        actors |= {"an actor without the role": NO_ROLE, "an actor off the team": OFF_TEAM}
    return [
        f"{event} in {state} by {who}: {problem}"
        for state, event, (who, actor) in product(STATES, EVENTS, actors.items())
        if (problem := _check_one(contestant, state, event, actor))
    ]


def _check_one(contestant: Contestant, state: str, event: str, actor: Actor) -> str:
    order = contestant.open()
    try:
        for step in ROUTES[state]:
            order = contestant.fire(order, step, WORKER, NOW)
    except Refused:
        return f"{step} was refused on the way there"
    before = contestant.view(order)
    wanted = TARGETS.get((state, event)) if actor is WORKER else None
    try:
        after = contestant.view(contestant.fire(order, event, actor, NOW))
    except Refused:
        if wanted is not None:
            return "refused, must be accepted"
        return "" if contestant.view(order) == before else "refused, but the order has changed"
    if wanted is None:
        return f"accepted into {after.state}, must be refused"
    return "" if after.state == wanted else f"ends in {after.state}, must end in {wanted}"


def pairs_checked(contestant: Contestant) -> int:
    """Return how many combinations of state, event and actor `check` tries."""
    return len(STATES) * len(EVENTS) * (3 if contestant.guards else 1)


def sources_of(event: str) -> Sequence[str]:
    """Return the states in which the event is accepted."""
    return [source for source, name, _ in TRANSITIONS if name == event]


def target_of(event: str) -> str:
    """Return the one state to which the event leads."""
    return next(target for _, name, target in TRANSITIONS if name == event)
