"""The laws of holds, on deadlines as they are declared: in every unit, of states and of events."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow import (
    SAME,
    START,
    Actor,
    Case,
    Context,
    Deadline,
    Engine,
    Event,
    Refused,
    Rung,
    State,
    Workflow,
)
from propflow.calendar import ServiceCalendar, Weekday, Window, weekdays
from propflow.decision.clocks import Clock, clocks
from propflow.decision.due import due
from propflow.definition import Entry
from propflow.storage import MemoryStore
from propflow.testing import FakeClock

HOUR = timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)  # 09:00 in Shanghai
WORKER = Actor("w1")
OFFICE = ServiceCalendar(
    [Window("08:30", "12:00"), Window("14:00", "18:00")],
    days=weekdays(list(Weekday)[:5], first=date(2026, 1, 1), last=date(2030, 12, 31)),
    zone="Asia/Shanghai",
)


@attrs.frozen
class Job:
    hours: int = 12
    days: int = 2


@attrs.frozen
class Limits:
    hours: int
    days: int


def _hours(data: Job, settings: object) -> timedelta:
    return timedelta(hours=data.hours)


def _days(data: Job, settings: object) -> int:
    return data.days


def _limits(case: Case[Job], payload: Limits, context: Context) -> Job:
    return Job(payload.hours, payload.days)


class Holding(Workflow[Job]):
    """Work that two things may hold up, timed in every unit."""

    at_work = State(zh="在办", en="At work")
    waiting = State(zh="待料", en="Waiting")
    suspended = State(zh="停工", en="Suspended")
    done = State(zh="已办", en="Done", final=True)

    begin = Event(Job, START >> at_work, zh="开", en="Begin")
    ask = Event(at_work >> SAME, zh="要", en="Ask")
    change = Event(
        Limits, [at_work, waiting, suspended] >> SAME, zh="改", en="Change", update=_limits
    )
    wait = Event([at_work, suspended] >> waiting, zh="待料", en="Wait")
    suspend = Event([at_work, waiting] >> suspended, zh="停工", en="Suspend")
    go_on = Event([waiting, suspended] >> at_work, zh="复工", en="Go on")
    finish = Event([at_work, waiting, suspended] >> done, zh="完", en="Finish")

    calendar = Deadline(
        at_work,
        after=_hours,
        pauses=[waiting, suspended],
        rungs=[Rung(share="0.8", to="head"), Rung(offset=HOUR, to="head")],
        zh="历",
        en="Calendar time",
    )
    service = Deadline(
        at_work,
        after=_hours,
        unit="service",
        calendar=OFFICE,
        pauses=[waiting, suspended],
        rungs=[Rung(share="0.8", to="head"), Rung(offset=-HOUR, to="head")],
        zh="时",
        en="Service time",
    )
    working = Deadline(
        at_work,
        after=_days,
        unit="working_days",
        calendar=OFFICE,
        pauses=[waiting, suspended],
        rungs=[Rung(offset=-1, to="head")],
        zh="日",
        en="Working days",
    )
    lapsing = Deadline(
        at_work,
        after=_hours,
        unit="service",
        calendar=OFFICE,
        pauses=[waiting, suspended],
        longest_pause=timedelta(days=1),
        rungs=[Rung(share="1", to="head")],
        zh="失",
        en="Lapsing",
    )
    asked = Deadline(
        ask,
        after=_hours,
        unit="service",
        calendar=OFFICE,
        pauses=[waiting, suspended],
        rungs=[Rung(share="1", to="head")],
        zh="要",
        en="Asked",
    )


_NEXT = {
    "at_work": ("ask", "change", "wait", "suspend"),
    "waiting": ("change", "suspend", "go_on"),
    "suspended": ("change", "wait", "go_on"),
}
_LEADS = {"wait": "waiting", "suspend": "suspended", "go_on": "at_work"}


@attrs.frozen
class Drawn:
    """A history with holds, the data after each step, and a moment to look at it."""

    entries: tuple[Entry, ...]
    data: tuple[Job, ...]
    now: datetime

    @property
    def unheld(self) -> tuple[Entry, ...]:
        """The same history without a hold: the same steps at the same moments, all at work."""
        return tuple(
            attrs.evolve(
                entry,
                event=entry.event if entry.event not in _LEADS else "change",
                source=entry.source if entry.source == "START" else "at_work",
                target="at_work",
            )
            for entry in self.entries
        )


@st.composite
def histories(draw: st.DrawFn, *, changes: bool) -> Drawn:
    """Steps up to four days apart, some of them told late."""
    gaps = st.timedeltas(timedelta(0), timedelta(days=4)) | st.integers(0, 48).map(
        lambda n: n * HOUR / 2
    )
    job = Job(draw(st.integers(1, 60)), draw(st.integers(1, 6)))
    entries = [Entry(WORKER, "begin", job, "START", "at_work", MONDAY, MONDAY, 1)]
    data = [job]
    for revision in range(2, draw(st.integers(2, 10))):
        source = entries[-1].target
        event = draw(st.sampled_from([e for e in _NEXT[source] if changes or e != "change"]))
        if event == "change":
            job = Job(draw(st.integers(1, 60)), draw(st.integers(1, 6)))
        recorded = entries[-1].recorded_at + draw(gaps)
        ago = draw(st.just(timedelta()) | st.timedeltas(timedelta(), timedelta(days=2)))
        target = _LEADS.get(event, source)
        entries.append(
            Entry(
                *(WORKER, event, job if event == "change" else None, source, target),
                *(max(MONDAY, recorded - ago), recorded, revision),
            )
        )
        data.append(job)
    return Drawn(tuple(entries), tuple(data), entries[-1].recorded_at + draw(gaps))


def shown(entries: tuple[Entry, ...], drawn: Drawn) -> dict[str, Clock]:
    found = clocks(Holding.spec, entries, drawn.data, drawn.now)
    return {clock.deadline: clock for clock in found}


@given(histories(changes=False))
def test_a_hold_never_makes_a_due_earlier(drawn: Drawn) -> None:
    held, unheld = shown(drawn.entries, drawn), shown(drawn.unheld, drawn)
    assert held.keys() == unheld.keys() >= {"calendar", "service", "working", "lapsing"}
    for name, clock in held.items():
        assert clock.due >= unheld[name].due
        assert clock.net + clock.held == unheld[name].net + unheld[name].held
        assert clock.net <= unheld[name].net
        assert clock.late <= unheld[name].late


@given(histories(changes=True))
def test_nor_does_it_where_limits_change(drawn: Drawn) -> None:
    held, unheld = shown(drawn.entries, drawn), shown(drawn.unheld, drawn)
    for name, clock in held.items():
        assert clock.due >= unheld[name].due


@given(histories(changes=True))
def test_nor_does_it_in_what_a_sweep_goes_by(drawn: Drawn) -> None:
    """The deadline and each of its rungs, as the index has them; on hold there is none."""
    held = {each.deadline: each for each in due(Holding.spec, drawn.entries, drawn.data)}
    unheld = {each.deadline: each for each in due(Holding.spec, drawn.unheld, drawn.data)}
    assert held.keys() <= unheld.keys()
    for name, each in held.items():
        assert each.at >= unheld[name].at
    if drawn.entries[-1].target != "at_work":
        assert all(name.startswith("lapsing") for name in held)


@given(histories(changes=True), st.timedeltas(timedelta(0), timedelta(days=20)))
def test_waiting_on_hold_never_makes_it_due_earlier(drawn: Drawn, longer: timedelta) -> None:
    earlier = shown(drawn.entries, drawn)
    later = shown(drawn.entries, attrs.evolve(drawn, now=drawn.now + longer))
    for name, clock in earlier.items():
        assert later[name].due >= clock.due
        if not clock.on_hold:
            assert later[name].due == clock.due


def test_holds_that_would_overlap_are_refused_or_are_one() -> None:
    clock = FakeClock(MONDAY)
    engine = Engine(MemoryStore(), [Holding], clock=clock)
    case = engine.start(Holding.begin(), by=WORKER)
    case = engine.fire(case, Holding.wait(), by=WORKER)
    with pytest.raises(Refused) as refused:
        engine.fire(case, Holding.wait(), by=WORKER)
    assert [reason.code for reason in refused.value.reasons] == ["wrong_state"]
    clock.turn(2 * HOUR)
    case = engine.fire(case, Holding.suspend(), by=WORKER)  # one reason after the other
    clock.turn(3 * HOUR)
    engine.fire(case, Holding.go_on(), by=WORKER)
    held: dict[str, Any] = {c.deadline: c.held for c in engine.clocks(case.id)}
    assert held["calendar"] == 5 * HOUR
    assert held["service"] == 3 * HOUR  # 09:00 to 12:00; the rest was lunch
