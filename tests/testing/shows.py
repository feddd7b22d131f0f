"""The workflow of the planted faults: a repair of 11 states and 19 transitions.

The faults are switched on by the settings, so that each can be met alone, and without them the
proof holds.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs

from propflow.definition import (
    START,
    Actor,
    Case,
    Context,
    Entry,
    Event,
    Role,
    Settings,
    State,
    Workflow,
    guard,
)
from propflow.testing import Monitor, invariant

clerk = Role("clerk", zh="前台", en="Clerk")
worker = Role("worker", zh="维修工", en="Worker")
chief = Role("chief", zh="主管", en="Chief")

MOST_ROUNDS = 2
MOST_POINTS = 3
MOST_HOLDS = 2
MOST_WORK = timedelta(days=2)
NEVER = datetime.min.replace(tzinfo=UTC)


@attrs.frozen
class Job:
    what: str
    priced: bool = False
    worker: str = ""
    holds: int = 0
    rounds: int = 0
    points: int = 0
    signed_by: str = ""
    since: datetime = NEVER
    """When the clock of the work was last set going."""
    worked: timedelta = timedelta(0)
    """What it showed when it was last stopped."""


@attrs.frozen
class Asked:
    what: str


@attrs.frozen
class Faults:
    missing_guard: bool = False
    """The work may begin without a price."""
    grown_points: bool = False
    """Points are charged without their cap."""
    missing_four_eyes: bool = False
    """Who did the work may sign it."""
    off_by_one: bool = False
    """A third hold is let through where two are the most."""
    hold_restarts: bool = False
    """A hold restarts the clock of the work, instead of stopping it."""


@guard(zh="须先报价", en="a price must be agreed first")
def priced(case: Case[Job], context: Context) -> bool:
    return case.data.priced or context.settings(Faults).missing_guard


@guard(zh="维修人不得签收", en="whoever did the work may not sign it")
def another(case: Case[Job], context: Context) -> bool:
    return context.actor.id != case.data.worker or context.settings(Faults).missing_four_eyes


@guard(zh="挂起次数未满", en="holds are left")
def holds_left(case: Case[Job], context: Context) -> bool:
    return case.data.holds < MOST_HOLDS + context.settings(Faults).off_by_one


@guard(zh="未超期", en="the work took no more than two days")
def in_time(case: Case[Job], context: Context) -> bool:
    return case.data.worked + (context.now - case.data.since) <= MOST_WORK


@guard(zh="返工次数未满", en="rounds are left")
def rounds_left(case: Case[Job], context: Context) -> bool:
    return case.data.rounds < MOST_ROUNDS


def _agree(case, _payload, _context):
    return attrs.evolve(case.data, priced=True)


def _take(case, _payload, context):
    return attrs.evolve(case.data, worker=context.actor.id, since=context.now, worked=timedelta(0))


def _hold(case, _payload, context):
    worked = case.data.worked + (context.now - case.data.since)
    if context.settings(Faults).hold_restarts:
        worked = timedelta(0)
    return attrs.evolve(case.data, holds=case.data.holds + 1, worked=worked)


def _resume(case, _payload, context):
    return attrs.evolve(case.data, since=context.now)


def _charged(case, points, context):
    most = 2 * MOST_POINTS if context.settings(Faults).grown_points else MOST_POINTS
    return min(case.data.points + points, most)


def _fail(case, _payload, context):
    points = _charged(case, 2, context)
    return attrs.evolve(
        case.data,
        rounds=case.data.rounds + 1,
        points=points,
        since=context.now,
        worked=timedelta(0),
    )


def _late(case, _payload, context):
    return attrs.evolve(case.data, points=_charged(case, 1, context))


def _sign(case, _payload, context):
    return attrs.evolve(case.data, signed_by=context.actor.id)


class Repair(Workflow[Job]):
    with_settings = Settings(Faults)

    asked = State(zh="已报", en="Asked")
    checked = State(zh="已核", en="Checked")
    quoted = State(zh="已报价", en="Quoted")
    agreed = State(zh="已同意", en="Agreed")
    assigned = State(zh="已派", en="Assigned")
    working = State(zh="施工中", en="Working")
    held = State(zh="挂起", en="Held")
    done = State(zh="完工", en="Done")
    signed = State(zh="已签收", en="Signed")
    closed = State(zh="已结", en="Closed", final=True)
    dropped = State(zh="已弃", en="Dropped", final=True)

    ask = Event(Asked, START >> asked, zh="报", en="Ask")
    check = Event(asked >> checked, zh="核", en="Check", by=clerk)
    price = Event(checked >> quoted, zh="报价", en="Price", by=clerk)
    agree = Event(quoted >> agreed, zh="同意", en="Agree", by=clerk, update=_agree)
    haggle = Event(quoted >> checked, zh="议价", en="Haggle", by=clerk)
    assign = Event([checked, agreed] >> assigned, zh="派", en="Assign", by=chief, guards=[priced])
    begin = Event(assigned >> working, zh="开工", en="Begin", by=worker, update=_take)
    hold = Event(
        working >> held, zh="挂起", en="Hold", by=worker, guards=[holds_left], update=_hold
    )
    resume = Event(held >> working, zh="恢复", en="Resume", by=worker, update=_resume)
    late = Event(working >> assigned, zh="误期", en="Late", by=chief, update=_late)
    finish = Event(working >> done, zh="完工", en="Finish", by=worker, guards=[in_time])
    fail = Event(
        done >> working, zh="返工", en="Fail", by=chief, guards=[rounds_left], update=_fail
    )
    sign = Event(
        done >> signed, zh="签收", en="Sign", by=(chief, worker), guards=[another], update=_sign
    )
    close = Event(signed >> closed, zh="结", en="Close", by=clerk)
    drop = Event([asked, checked, quoted, agreed] >> dropped, zh="弃", en="Drop", by=clerk)


Faulty = Repair.with_settings(
    missing_guard=True,
    grown_points=True,
    missing_four_eyes=True,
    off_by_one=True,
    hold_restarts=True,
)

CLERK = Actor("clerk-1", [clerk])
WORKER = Actor("worker-1", [worker])
MATE = Actor("worker-2", [worker])
CHIEF = Actor("chief-1", [chief])
ACTORS = (CLERK, WORKER, MATE, CHIEF)
PAYLOADS = (Repair.ask("tap"),)


@invariant
def work_is_priced(case: Case[Job]) -> bool:
    """No work begins without a price."""
    return case.data.priced or not case.data.worker


@invariant
def points_are_capped(case: Case[Job]) -> bool:
    """A case never has more than three points."""
    return case.data.points <= MOST_POINTS


@invariant
def holds_are_limited(case: Case[Job]) -> bool:
    """A case is never held more than twice."""
    return case.data.holds <= MOST_HOLDS


def _signed(seen: tuple[str, bool], entry: Entry) -> tuple[str, bool]:
    name, broken = seen
    if entry.event == "begin":
        return entry.actor.id, broken
    return name, broken or (entry.event == "sign" and entry.actor.id == name)


def _by_two(seen: tuple[str, bool]) -> bool:
    return not seen[1]


four_eyes = Monitor(("", False), _signed, _by_two, name="four_eyes", says="two persons sign")


def _worked(
    seen: tuple[datetime, timedelta, bool], entry: Entry
) -> tuple[datetime, timedelta, bool]:
    since, worked, broken = seen
    if entry.event in {"begin", "fail"}:
        return entry.recorded_at, timedelta(0), broken
    if entry.event == "resume":
        return entry.recorded_at, worked, broken
    if entry.event in {"hold", "finish"}:
        worked += entry.recorded_at - since
        return NEVER, worked, broken or (entry.event == "finish" and worked > MOST_WORK)
    return NEVER, timedelta(0), broken


def _in_two_days(seen: tuple[datetime, timedelta, bool]) -> bool:
    return not seen[2]


within_two_days = Monitor(
    (NEVER, timedelta(0), False),
    _worked,
    _in_two_days,
    name="within_two_days",
    says="work is finished within two days, holds not counted",
)

INVARIANTS = (work_is_priced, points_are_capped, holds_are_limited)
MONITORS = (four_eyes, within_two_days)
