"""Clock rules: the marks that a history makes, by the states that a case goes through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from propflow import Actor, Engine
from propflow.calendar import (
    CALENDAR_TIME,
    Held,
    Limited,
    Reopened,
    Resumed,
    Started,
    Stopped,
    read_clock,
)
from propflow.decision.clock_rule import ClockRule
from propflow.definition import Entry
from propflow.storage import MemoryStore
from propflow.testing import FakeClock
from propflow.workflows import EmergencyEvent, Issue, roles

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULE = ClockRule(limit=8 * HOUR, runs_in=["open", "active"], held_in="held")


@attrs.frozen
class Why:
    """Some payload."""

    reason: str = ""
    priority: str = ""


def history(*steps):
    """Entries from (hours, target) or (hours, target, event, payload)."""
    entries, source = [], "START"
    for revision, (hours, target, *more) in enumerate(steps, 1):
        event, payload = (*more, "step", None)[:2] if len(more) != 1 else (more[0], None)
        at = START + hours * HOUR
        entries.append(Entry(Actor("u1"), event, payload, source, target, at, at, revision))
        source = target
    return entries


def at(hours):
    return START + hours * HOUR


def test_it_runs_from_the_first_state_to_the_first_other():
    entries = history((0, "new"), (1, "open"), (2, "active"), (3, "done"), (4, "filed"))
    assert RULE.marks(entries) == (Started(at(1), 8 * HOUR), Stopped(at(3)))
    assert RULE.marks([]) == ()


def test_a_hold_keeps_its_reason_and_its_longest():
    rule = attrs.evolve(RULE, longest_hold=2 * HOUR)
    waiting = (1, "held", "hold", Why("no part"))
    entries = history((0, "open"), waiting, (2, "held"), (3, "active"), (4, "open"))
    assert rule.marks(entries) == (
        Started(at(0), 8 * HOUR),
        Held(at(1), "no part", 2 * HOUR),
        Resumed(at(3)),
    )


def test_a_hold_of_what_does_not_run_is_none():
    entries = history((0, "held"), (1, "open"), (2, "done"), (3, "held"))
    assert RULE.marks(entries) == (Started(at(1), 8 * HOUR), Stopped(at(2)))


def test_what_ends_on_hold_stops():
    entries = history((0, "open"), (1, "held"), (2, "void"))
    assert RULE.marks(entries)[-1] == Stopped(at(2))


def test_coming_back_goes_on_or_begins_anew():
    entries = history((0, "open"), (1, "done"), (2, "open"))
    assert RULE.marks(entries)[-1] == Reopened(at(2))
    anew = attrs.evolve(RULE, begins_anew=True)
    assert anew.marks(entries)[-1] == Started(at(2), 8 * HOUR)


def test_an_event_may_begin_it_from_nothing():
    rule = attrs.evolve(RULE, restarted_by=["transfer"])
    entries = history(
        (0, "open", "transfer"),
        (1, "open", "transfer"),
        (2, "held"),
        (3, "open", "transfer"),
        (4, "done"),
        (5, "open", "transfer"),
    )
    kinds = [type(mark) for mark in rule.marks(entries)]
    assert kinds == [Started, Started, Held, Started, Stopped, Reopened]


def test_a_step_may_set_another_limit():
    limits = {"urgent": 2 * HOUR, "plain": 8 * HOUR}
    rule = attrs.evolve(
        RULE, limit_after=lambda entry: limits.get(getattr(entry.payload, "priority", ""))
    )
    urgent, plain = Why(priority="urgent"), Why(priority="plain")
    entries = history(
        (0, "new", "report", plain),
        (1, "open", "take", urgent),
        (2, "open", "note", urgent),  # the same again
        (3, "open", "ease", plain),
        (4, "held", "hold", urgent),
        (5, "open"),
        (6, "done", "finish", plain),
    )
    assert rule.marks(entries) == (
        Started(at(1), 2 * HOUR),
        Limited(at(3), 8 * HOUR),
        Held(at(4)),
        Limited(at(4), 2 * HOUR),
        Resumed(at(5)),
        Stopped(at(6)),
        Limited(at(6), 8 * HOUR),
    )


def test_what_arrives_late_counts_from_the_mark_before_it():
    entries = history((5, "open"), (4, "held"), (3, "open"), (6, "done"))
    assert [mark.at for mark in RULE.marks(entries)] == [at(5), at(5), at(5), at(6)]


STATES = st.sampled_from(["new", "open", "active", "held", "done"])
EVENTS = st.sampled_from(["step", "transfer"])


@given(
    steps=st.lists(st.tuples(st.integers(0, 50), STATES, EVENTS), max_size=12),
    begins_anew=st.booleans(),
    longest=st.sampled_from([None, timedelta(), 3 * HOUR]),
)
def test_every_history_makes_marks_that_a_clock_takes(steps, begins_anew, longest):
    rule = ClockRule(
        limit=8 * HOUR,
        runs_in=["open", "active"],
        held_in="held",
        begins_anew=begins_anew,
        restarted_by=["transfer"],
        longest_hold=longest,
        limit_after=lambda entry: entry.revision * HOUR,
    )
    marks = rule.marks(history(*steps))
    reading = read_clock(marks, CALENDAR_TIME, at(60))
    assert (reading is None) == (not {"open", "active"} & {step[1] for step in steps})


def test_the_clock_of_a_department_reads_the_history_of_an_issue():
    clock = FakeClock(START)
    engine = Engine(MemoryStore(), [Issue, EmergencyEvent], clock=clock)
    inspector = Actor("i1", [roles.inspector])
    department = Actor("d1", [roles.related_department])
    rule = ClockRule(
        limit=8 * HOUR, runs_in=[Issue.referred, Issue.in_progress], held_in=Issue.on_hold
    )
    issue = engine.start(Issue.record(place="roof", description="dirty"), by=inspector)
    for hours, action, who in [
        (1, Issue.refer(department="cleaning"), inspector),
        (1, Issue.accept(), department),
        (2, Issue.hold(reason="rain"), department),
        (20, Issue.resume(), department),
        (3, Issue.rectify(rectification="swept"), department),
    ]:
        clock.turn(hours * HOUR)
        issue = engine.fire(issue, action, by=who)
    reading = read_clock(rule.marks(engine.history(issue.id)), CALENDAR_TIME, clock())
    assert (reading.net, reading.held, reading.late) == (6 * HOUR, 20 * HOUR, False)
    assert reading.due == at(1 + 8 + 20)
