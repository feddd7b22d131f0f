"""A workflow with deadlines, for the tests of sweeps."""

from __future__ import annotations

from datetime import timedelta

import attrs

from propflow import (
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Deadline,
    Event,
    Notify,
    State,
    Workflow,
    guard,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@attrs.frozen
class Job:
    place: str = ""
    locked: bool = False
    broken: bool = False
    urged: int = 0


@attrs.frozen
class Reason:
    why: str = "too late"


def _urge(case: Case[Job], payload: None, context: Context) -> Job:
    if case.data.broken:
        raise ValueError("out of order")
    return attrs.evolve(case.data, urged=case.data.urged + 1)


def _set(name: str, *, value: bool):
    return lambda case, payload, context: attrs.evolve(case.data, **{name: value})


@guard(zh="未锁定", en="the job is not locked")
def unlocked(case: Case[Job], context: Context) -> bool:
    return not case.data.locked


class Chore(Workflow[Job]):
    """Something to do: urged after an hour in work, given up after a day, closed after two."""

    waiting = State(zh="待办", en="Waiting")
    at_work = State(zh="在办", en="At work")
    planned = State(zh="计划", en="Planned", within=at_work, initial=True)
    started = State(zh="已开工", en="Started", within=at_work)
    held = State(zh="挂起", en="Held")
    given_up = State(zh="放弃", en="Given up")
    closed = State(zh="关闭", en="Closed", final=True)

    open = Event(Job, START >> waiting, zh="开", en="Open")
    plan = Event([waiting, given_up] >> at_work, zh="计划", en="Plan")
    begin = Event(planned >> started, zh="开工", en="Begin")
    note = Event([waiting, planned, started] >> SAME, zh="备注", en="Note")
    lock = Event(
        [waiting, planned, started] >> SAME, zh="锁", en="Lock", update=_set("locked", value=True)
    )
    unlock = Event(
        [waiting, planned, started] >> SAME,
        zh="解",
        en="Unlock",
        update=_set("locked", value=False),
    )
    hold = Event([waiting, planned, started] >> held, zh="挂起", en="Hold")
    resume = Event(held >> PREVIOUS, zh="恢复", en="Resume")
    urge = Event(
        at_work >> SAME, zh="催办", en="Urge", update=_urge, effects=[Notify("urge", to="head")]
    )
    give_up = Event(
        Reason,
        at_work >> given_up,
        zh="放弃",
        en="Give up",
        by=SYSTEM,
        guards=[unlocked],
        history_only=["why"],
    )
    close = Event([waiting, given_up] >> closed, zh="关闭", en="Close")

    urging = Deadline(at_work, after=HOUR, fires=urge)
    giving_up = Deadline(at_work, after=DAY, fires=give_up, source="7.2")
    closing = Deadline(given_up, after=2 * DAY, fires=close)


class Answered(Chore):
    """A chore whose plan somebody has to take up in two hours, or to urge."""

    answer = Deadline(Chore.plan, after=2 * HOUR, until=Chore.urge, zh="未应", en="Unanswered")
