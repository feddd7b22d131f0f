"""The common durable step, and the check before any timing.

One step is one transaction: read the order, decide with guard and role, change it where it is still
at the revision that was read, add a history row and an outbox row, commit. The order is put on
hold and taken up again by turns.
"""

from __future__ import annotations

from typing import Protocol

import attrs

from benchmarks.contest import NO_ROLE, OFF_TEAM, WORKER, Refused
from benchmarks.values import Actor

EVENTS = {"in_progress": ("hold", "on_hold"), "on_hold": ("resume", "in_progress")}
"""By state: the event that leads on, and where to."""


@attrs.frozen
class Kept:
    """What a database holds of an order; the counts are of steps after the opening."""

    state: str
    entries: int
    messages: int


class Durable(Protocol):
    """Orders in one database.

    `open` makes an order in progress, `step` takes a step of it or raises `Refused`, `kept` reads
    what is stored, by a transaction of its own.
    """

    name: str

    def open(self, order: str) -> None: ...

    def step(self, order: str, event: str, actor: Actor) -> None: ...

    def kept(self, order: str) -> Kept: ...

    def close(self) -> None: ...


def check(contestant: Durable) -> list[str]:
    """Return what the contestant does wrong: nothing, if it may be timed."""
    problems: list[str] = []
    contestant.open("checked")
    state = "in_progress"
    for taken in range(4):
        wanted = Kept(state, taken, taken)
        event, target = EVENTS[state]
        other = "resume" if event == "hold" else "hold"
        for actor, asked in ((NO_ROLE, event), (OFF_TEAM, event), (WORKER, other)):
            try:
                contestant.step("checked", asked, actor)
            except Refused:
                if contestant.kept("checked") != wanted:
                    problems.append(f"{asked} in {state} was refused, but something has changed")
            else:
                return [*problems, f"{asked} in {state} by {actor} was accepted, must be refused"]
        try:
            contestant.step("checked", event, WORKER)
        except Refused:
            return [*problems, f"{event} in {state} was refused, must be accepted"]
        state = target
        found = contestant.kept("checked")
        if found != Kept(state, taken + 1, taken + 1):
            problems.append(f"after {event}: {found}")
    return problems
