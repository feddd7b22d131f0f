"""A host's table of visits with deadlines: limits of the data, rungs, and a hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
from sqlalchemy import Column, Integer, MetaData, String, Table, update

from propflow import SAME, START, SYSTEM, Deadline, Event, Rung, State, Workflow
from propflow.storage.sqlalchemy import TableMapping

from .mapped_host import UTF8

HOUR = timedelta(hours=1)

VISITS = Table(
    "wy_visit",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("zt", String(2), nullable=False),
    Column("ver", Integer, nullable=False),
    Column("wz", String(20), nullable=False),
    Column("xs", Integer, nullable=False),
    Column("sc", Integer),
    **UTF8,
)


@attrs.frozen
class Visit:
    place: str
    hours: int = 4
    notes: int = 0


@attrs.frozen
class Hours:
    hours: int


def _noted(case: Any, payload: None, context: Any) -> Visit:
    if case.data.notes == case.data.hours:
        raise ValueError("a note for each hour, and no more")
    return attrs.evolve(case.data, notes=case.data.notes + 1)


class Visiting(Workflow[Visit]):
    """Somebody is to be seen: within hours that the data say, and in all within a day."""

    waiting = State(zh="待访", en="Waiting")
    visited = State(zh="已访", en="Visited")
    held = State(zh="挂起", en="Held")
    closed = State(zh="关闭", en="Closed", final=True)

    open = Event(Visit, START >> waiting, zh="开", en="Open")
    note = Event([waiting, visited, held] >> SAME, zh="备注", en="Note", update=_noted)
    extend = Event(
        Hours,
        waiting >> SAME,
        zh="延期",
        en="Extend",
        update=lambda case, payload, _: attrs.evolve(case.data, hours=payload.hours),
    )
    visit = Event(waiting >> visited, zh="访", en="Visit")
    again = Event(visited >> waiting, zh="再访", en="Again")
    hold = Event(waiting >> held, zh="挂起", en="Hold")
    resume = Event(held >> waiting, zh="恢复", en="Resume")
    give_up = Event(waiting >> closed, zh="放弃", en="Give up", by=SYSTEM)
    close = Event(visited >> closed, zh="关闭", en="Close")

    seeing = Deadline(
        waiting,
        after=lambda data, settings: data.hours * HOUR,
        fires=give_up,
        rungs=[Rung(share="0.5", to="head")],
        pauses=[held],
    )
    ending = Deadline(
        [waiting, visited],
        after=24 * HOUR,
        rungs=[Rung(share=1, to="boss")],
        zh="总限",
        en="In all",
    )


class Plain(Workflow[Visit]):
    """The same with a limit that looks at nothing."""

    waiting = State(zh="待访", en="Waiting")
    visited = State(zh="已访", en="Visited")
    closed = State(zh="关闭", en="Closed", final=True)

    open = Event(Visit, START >> waiting, zh="开", en="Open")
    note = Event([waiting, visited] >> SAME, zh="备注", en="Note")
    visit = Event(waiting >> visited, zh="访", en="Visit")
    give_up = Event(waiting >> closed, zh="放弃", en="Give up", by=SYSTEM)
    close = Event(visited >> closed, zh="关闭", en="Close")

    seeing = Deadline(waiting, after=4 * HOUR, fires=give_up)


STATES = {"waiting": "1", "visited": "2", "held": "3", "closed": "9"}


def visits(workflow: type[Workflow[Visit]], **changed: Any) -> TableMapping:
    """Return the mapping of the table for one of the two."""
    declared: dict[str, Any] = {
        "id": "id",
        "state": "zt",
        "states": {state: STATES[state] for state in workflow.spec.states},
        "revision": "ver",
        "data": {"place": "wz", "hours": "xs"},
        "deleted": {"sc": 1},
    }
    return TableMapping(VISITS, **declared | changed)


def write(database: Any, case_id: str, *, raising: bool = True, **cells: Any) -> None:
    """Write a row as the host does, raising its revision or not."""
    if raising:
        cells = {"ver": VISITS.c.ver + 1} | cells
    with database.begin() as connection:
        connection.execute(update(VISITS).where(VISITS.c.id == int(case_id)).values(**cells))
