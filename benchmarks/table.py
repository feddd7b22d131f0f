"""The yardstick: what a careful developer writes by hand, without any library.

A dictionary from (state, event) to the target with its role and guard, and one function that
makes the new immutable case and the history entry.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from benchmarks.contest import (
    DATA,
    NOW,
    ROLE,
    TRANSITIONS,
    Refused,
    View,
    on_the_team,
)
from benchmarks.values import Actor, Case, Entry, Note, Repair

Guard = Callable[[Repair, Actor], bool]
Step = tuple[Case[Repair], Entry | None]

TABLE: dict[tuple[str, str], tuple[str, str, Guard]] = {
    (source, event): (target, ROLE, on_the_team) for source, event, target in TRANSITIONS
}


def take_step(case: Case[Repair], event: str, actor: Actor, now: datetime) -> Step:
    """Take one step without a payload."""
    row = TABLE.get((case.state, event))
    if row is None:
        raise Refused(f"{event} is not possible in {case.state}")
    target, role, guard = row
    if role not in actor.roles:
        raise Refused(f"{event} needs the role {role}")
    if not guard(case.data, actor):
        raise Refused(f"{event} is for the order's team")
    source = case.state
    revision = case.revision + 1
    return (
        Case(
            case.id,
            target,
            source,
            case.data,
            revision,
            case.workflow,
            case.version,
            case.opened_at,
        ),
        Entry(actor, event, None, source, target, now, now, revision, None, False),
    )


def take_noted_step(case: Case[Repair], event: str, note: str, actor: Actor, now: datetime) -> Step:
    """Take one step with a payload that is built here and copied into the data."""
    payload = Note(note)
    row = TABLE.get((case.state, event))
    if row is None:
        raise Refused(f"{event} is not possible in {case.state}")
    target, role, guard = row
    data = case.data
    if role not in actor.roles:
        raise Refused(f"{event} needs the role {role}")
    if not guard(data, actor):
        raise Refused(f"{event} is for the order's team")
    source = case.state
    revision = case.revision + 1
    return (
        Case(
            case.id,
            target,
            source,
            Repair(data.place, data.fault, data.team, payload.note),
            revision,
            case.workflow,
            case.version,
            case.opened_at,
        ),
        Entry(actor, event, payload, source, target, now, now, revision, None, False),
    )


class Table:
    """The hand-written table as a contestant; an order is the last step's case and entry."""

    name = "hand-written table"
    guards = True

    def open(self) -> Step:
        return Case("r-1", "reported", None, DATA, 1, "repair_order", 1, NOW), None

    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        return take_step(order[0], event, actor, now)

    def view(self, order: Step) -> View:
        case, entry = order
        return View(case.state, case.revision - 1, entry)
