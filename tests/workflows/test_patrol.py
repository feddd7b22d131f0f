"""巡检任务: its steps and refusals, what is found on the way, and how it was kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from propflow import Actor, Engine, Refused
from propflow.calendar import JOINT_PATROL, Punctuality
from propflow.decision import replay
from propflow.definition import SYSTEM
from propflow.metrics import (
    Meaning,
    Period,
    Rate,
    Step,
    missed_points,
    patrol_completion,
    patrol_punctuality,
    trace,
)
from propflow.storage import MemoryStore
from propflow.storage.sqlalchemy import SQLStore
from propflow.testing import FakeClock
from propflow.workflows import EmergencyEvent, Evidence, Issue, Patrol, RoutePoint, roles
from propflow.workflows.patrol_data import CheckIn

INSPECTOR = Actor("inspector-1", [roles.inspector])
SUPERVISOR = Actor("supervisor-1", [roles.cs_supervisor])
OPENS = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai
CLOSES = OPENS + timedelta(minutes=30)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
ROUTE = (RoutePoint("gate", evidence=Evidence.QR), RoutePoint("lobby"), RoutePoint("roof"))


@pytest.fixture
def clock():
    return FakeClock(OPENS)


@pytest.fixture(params=["memory", "sqlite"])
def store(request, tmp_path):
    if request.param == "memory":
        made = MemoryStore()
    else:
        made = SQLStore(f"sqlite:///{tmp_path / 'cases.db'}")
        made.create_tables()
    yield made
    made.close()


@pytest.fixture
def engine(store, clock):
    return Engine(store, [Patrol, Issue, EmergencyEvent], clock=clock)


def planned(engine, **more):
    given = {"schedule": "daily", "starts": OPENS, "ends": CLOSES, "route": ROUTE}
    return engine.start(Patrol.plan(**(given | more)), by=SYSTEM)


def codes(refused):
    return [reason.code for reason in refused.value.reasons]


def test_a_patrol_with_check_ins_and_a_finding(engine, clock):
    patrol = planned(engine)
    patrol = engine.fire(patrol, Patrol.begin(present=("head-1",)), by=INSPECTOR)
    clock.turn(MINUTE)
    patrol = engine.fire(patrol, GATE, by=INSPECTOR)
    finding = Patrol.find(place="lobby", description="lamp out", category="light")
    patrol = engine.fire(patrol, finding, by=INSPECTOR)
    patrol = engine.fire(patrol, finding, by=INSPECTOR)
    patrol = engine.fire(patrol, Patrol.complete(), by=INSPECTOR)

    data = patrol.data
    assert (patrol.state, data.punctuality) == ("completed", Punctuality.ON_TIME)
    assert data.present == ("inspector-1", "head-1")
    (check,) = data.checks
    assert (check.point, check.by, check.at) == ("gate", "inspector-1", OPENS + MINUTE)
    assert (check.evidence, check.reading) == (Evidence.QR, "G-7")
    assert data.issues == (f"{patrol.id}:1", f"{patrol.id}:2")
    issue = engine.get(data.issues[0], Issue)
    assert (issue.state, issue.data.finder) == ("found", "inspector-1")
    assert (issue.data.found_at, issue.data.category) == (OPENS + MINUTE, "light")
    assert replay(Patrol, patrol.id, engine.history(patrol.id)) == patrol


def test_a_finding_that_makes_no_issue_changes_nothing(engine):
    patrol = engine.fire(planned(engine), Patrol.begin(), by=INSPECTOR)
    with pytest.raises(Refused) as refused:
        engine.fire(patrol, Patrol.find(place=" ", description="lamp"), by=INSPECTOR)
    assert codes(refused) == ["record_complete"]
    assert engine.get(patrol.id, Patrol) == patrol
    assert list(engine.find(Issue)) == []


@pytest.mark.parametrize(
    ("begins", "lasts", "kept"),
    [
        (timedelta(), timedelta(minutes=30), Punctuality.ON_TIME),  # both ends included
        (timedelta(), timedelta(minutes=30, microseconds=999_999), Punctuality.ON_TIME),
        (timedelta(), timedelta(minutes=30, seconds=1), Punctuality.LATE),
        (-SECOND, timedelta(minutes=5), Punctuality.EARLY),
        (timedelta(minutes=30), MINUTE, Punctuality.LATE),
    ],
)
def test_how_it_was_kept(engine, clock, begins, lasts, kept):
    patrol = planned(engine)
    clock.turn(begins)
    patrol = engine.fire(patrol, Patrol.begin(), by=INSPECTOR)
    clock.turn(lasts)
    patrol = engine.fire(patrol, Patrol.complete(), by=INSPECTOR)
    assert patrol.data.punctuality is kept
    assert patrol.data.completed_at == clock()


def test_what_has_not_begun_by_the_end_of_its_window_is_missed(engine, clock):
    patrol = planned(engine)
    clock.set(CLOSES)
    with pytest.raises(Refused) as refused:
        engine.fire(patrol, Patrol.miss(), by=SYSTEM)
    assert codes(refused) == ["is_over"]
    clock.turn(SECOND)
    with pytest.raises(Refused) as refused:
        engine.fire(patrol, Patrol.begin(), by=INSPECTOR)
    assert codes(refused) == ["window_over"]
    # What a phone that was offline reports later counts as of when it happened.
    offline = engine.fire(planned(engine), Patrol.begin(), by=INSPECTOR, occurred_at=CLOSES)
    assert offline.state == "in_progress"
    patrol = engine.fire(patrol, Patrol.miss(), by=SYSTEM)
    assert (patrol.state, patrol.data.punctuality) == ("missed", Punctuality.MISSED)


def test_a_tolerance_makes_the_window_wider(store, clock):
    tolerant = Patrol.with_settings(tolerance=5 * MINUTE)
    engine = Engine(store, [tolerant, Issue, EmergencyEvent], clock=clock)
    patrol = planned(engine)
    clock.set(CLOSES + 5 * MINUTE)
    patrol = engine.fire(patrol, Patrol.begin(), by=INSPECTOR)
    patrol = engine.fire(patrol, Patrol.complete(), by=INSPECTOR)
    assert patrol.data.punctuality is Punctuality.ON_TIME


GATE = Patrol.check_in(point="gate", evidence=Evidence.QR, reading="G-7")
LOBBY = Patrol.check_in(point="lobby")


@pytest.mark.parametrize(
    ("before", "check_in", "expected"),
    [
        ([], Patrol.check_in(point="cellar"), ["on_the_route", "in_order"]),
        ([], Patrol.check_in(point="gate"), ["evidence_fits"]),
        (
            [],
            Patrol.check_in(point="gate", evidence=Evidence.NFC, reading="x"),
            ["evidence_fits"],
        ),
        ([], attrs.evolve(GATE, payload=CheckIn("gate", Evidence.QR, " ")), ["evidence_fits"]),
        ([], LOBBY, ["in_order"]),
        ([GATE], Patrol.check_in(point="roof"), ["in_order", "stayed_long_enough"]),
        ([GATE, LOBBY], LOBBY, ["not_checked_yet", "in_order", "stayed_long_enough"]),
    ],
)
def test_check_ins_that_are_refused(store, clock, before, check_in, expected):
    strict = Patrol.with_settings(in_order=True, min_stay=MINUTE)
    engine = Engine(store, [strict, Issue, EmergencyEvent], clock=clock)
    patrol = engine.fire(planned(engine), Patrol.begin(), by=INSPECTOR)
    for action in before:
        clock.turn(MINUTE)
        patrol = engine.fire(patrol, action, by=INSPECTOR)
    with pytest.raises(Refused) as refused:
        engine.fire(patrol, check_in, by=INSPECTOR)
    assert codes(refused) == expected
    assert engine.get(patrol.id, Patrol) == patrol


def test_who_must_be_there(store, clock):
    quorum = Patrol.with_settings(min_participants=2)
    engine = Engine(store, [quorum, Issue, EmergencyEvent], clock=clock)
    patrol = planned(engine, schedule=JOINT_PATROL.id, leader="manager-1")
    with pytest.raises(Refused) as refused:
        engine.fire(patrol, Patrol.begin(present=("inspector-1",)), by=INSPECTOR)
    assert codes(refused) == ["too_few", "leader_there"]
    with pytest.raises(Refused) as refused:
        engine.fire(patrol, Patrol.begin(present=("head-1",)), by=INSPECTOR)
    assert codes(refused) == ["leader_there"]
    patrol = engine.fire(patrol, Patrol.begin(present=("manager-1",)), by=INSPECTOR)
    assert patrol.state == "in_progress"


def test_it_is_not_completed_before_it_began_nor_before_every_point_where_that_is_set(store, clock):
    whole = Patrol.with_settings(every_point=True)
    engine = Engine(store, [whole, Issue, EmergencyEvent], clock=clock)
    patrol = engine.fire(planned(engine), Patrol.begin(), by=INSPECTOR)
    with pytest.raises(Refused) as refused:
        engine.fire(patrol, Patrol.complete(), by=INSPECTOR, occurred_at=OPENS - SECOND)
    assert codes(refused) == ["not_before_it_began", "every_point_checked"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"ends": OPENS}, "window_in_order"),
        ({"starts": OPENS.replace(tzinfo=None)}, "window_in_order"),
        ({"route": (ROUTE[0], ROUTE[0])}, "points_differ"),
        ({"route": (RoutePoint(" "),)}, "points_differ"),
    ],
)
def test_plans_that_are_refused(engine, more, code):
    with pytest.raises(Refused) as refused:
        planned(engine, **more)
    assert codes(refused) == [code]


def test_a_patrol_is_cancelled_with_a_reason(engine):
    patrol = engine.fire(planned(engine), Patrol.begin(), by=INSPECTOR)
    with pytest.raises(Refused):
        engine.fire(patrol, Patrol.cancel(reason=" "), by=SUPERVISOR)
    patrol = engine.fire(patrol, Patrol.cancel(reason="storm"), by=SUPERVISOR)
    assert patrol.state == "cancelled"
    assert engine.history(patrol.id)[-1].payload.reason == "storm"


def test_the_figures_of_patrols_read_their_histories(engine, clock):
    patrols = [planned(engine) for _ in range(3)]
    for patrol, lasts in zip(patrols[:2], (29, 2), strict=True):
        begun = engine.fire(patrol, Patrol.begin(), by=INSPECTOR)
        begun = engine.fire(begun, Patrol.check_in(point="lobby"), by=INSPECTOR)
        clock.turn(lasts * MINUTE)
        engine.fire(begun, Patrol.complete(), by=INSPECTOR)
    engine.fire(patrols[2], Patrol.miss(), by=SYSTEM)
    steps = {
        Meaning.PLANNED: Step(events="plan", at="starts", count="route"),
        Meaning.PLANNED_END: Step(events="plan", at="ends"),
        Meaning.BEGUN: Step(events="begin"),
        Meaning.COMPLETED: Step(targets="completed"),
        Meaning.CHECKED_IN: Step(events="check_in", text="point"),
        Meaning.EXCLUDED: Step(targets="cancelled"),
    }
    traces = [trace(patrol.id, engine.history(patrol.id), steps) for patrol in patrols]
    day = Period(OPENS, OPENS + timedelta(days=1))
    assert patrol_completion(traces, day) == Rate(2, 3)
    assert patrol_punctuality(traces, day) == Rate(1, 3)
    assert missed_points(traces, day) == Rate(7, 9)
