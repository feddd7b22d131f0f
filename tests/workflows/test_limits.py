"""The limits of the shipped workflows: what the text gives, and what a host has to set."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from propflow import SYSTEM, Actor, Engine, Rung
from propflow.calendar import ServiceCalendar, Window, every_day
from propflow.definition import Deadline, TimeLimit, Workflow
from propflow.definition.document import Definition
from propflow.definition.own_step import Climb
from propflow.errors import InvalidDefinition, UnspecifiedRuleError
from propflow.storage import MemoryStore
from propflow.testing import FakeClock
from propflow.workflows import (
    Complaint,
    DailyDigest,
    EmergencyEvent,
    ImprovementPlan,
    InspectionSheet,
    Issue,
    Patrol,
    RepairOrder,
    ViolationSlip,
    roles,
)

HOUR = timedelta(hours=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
OFFICE = ServiceCalendar([Window("08:30", "18:00")], days=every_day(), zone="Asia/Shanghai")
NOON = datetime(2026, 3, 4, 12, tzinfo=SHANGHAI)  # a Wednesday
LIN = Actor("lin", [roles.inspector])
WANG = Actor("wang", [roles.related_department])
CHEN = Actor("chen", [roles.cs_assistant])
OPEN = {
    Issue: {"handling", "rectification", "verification"},
    Complaint: {"acknowledgement", "reply", "visiting"},
    RepairOrder: {"response", "arrival", "repair", "visiting"},
    EmergencyEvent: {"starting", "reviewing"},
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


def found(engine: Engine) -> str:
    return engine.start(Issue.record(place="lobby", description="dirty"), by=LIN).id


def engine_of(*workflows: type[Workflow[Any]], clock: FakeClock) -> Engine:
    return Engine(MemoryStore(), [*workflows, EmergencyEvent], clock=clock)


@pytest.mark.parametrize("workflow", OPEN, ids=lambda workflow: workflow.spec.name)
def test_what_no_source_gives_is_unset_and_asks_by_name(workflow: Any) -> None:
    deadlines = workflow.spec.deadlines
    assert set(deadlines) == OPEN[workflow]
    for deadline in deadlines.values():
        assert deadline.unset.endswith("_limit")
        assert deadline.source
        assert hasattr(workflow.spec.settings, deadline.unset)
    shown = {each.name: each.unset for each in workflow.definition().deadlines}
    assert shown == {name: deadline.unset for name, deadline in deadlines.items()}
    with pytest.raises(TypeError, match="handle_limit"):
        workflow.with_settings(handle_limit=TimeLimit(HOUR))


def test_what_is_unset_never_fires_and_its_clock_says_so(clock: FakeClock) -> None:
    engine = engine_of(Issue, clock=clock)
    case = found(engine)
    assert engine.next_due() is None
    clock.turn(timedelta(days=9999))
    assert engine.run_due().fired == 0
    (handling,) = engine.clocks(case)
    assert (handling.deadline, handling.unset) == ("handling", "handling_limit")
    assert not handling.provisional
    for ask in ("due", "limit", "remaining", "late", "net"):
        with pytest.raises(UnspecifiedRuleError, match=r"handling_limit for issue\.handling"):
            getattr(handling, ask)
    engine.fire(case, Issue.refer(department="cleaning"), by=LIN)
    assert [each.unset for each in engine.clocks(case) if not each.over] == ["rectification_limit"]


def test_a_limit_that_is_set_runs_each_round_anew_and_rests_on_hold(clock: FakeClock) -> None:
    told = Rung(share="0.5", to=roles.cs_supervisor)
    workflow = Issue.with_settings(rectification_limit=TimeLimit(8 * HOUR, OFFICE, [told]))
    engine = engine_of(workflow, clock=clock)
    case = found(engine)
    engine.fire(case, Issue.refer(department="cleaning"), by=LIN)
    engine.fire(case, Issue.accept(), by=WANG)
    clock.set(NOON + 2 * HOUR)
    engine.fire(case, Issue.hold(reason="rain"), by=WANG)
    clock.set(NOON + timedelta(days=1))
    engine.fire(case, Issue.resume(), by=WANG)
    shown = {each.deadline: each for each in engine.clocks(case)}["rectification"]
    assert (shown.net, shown.due) == (2 * HOUR, NOON + timedelta(days=1) + 6 * HOUR)
    clock.set(NOON + timedelta(days=1) + 2 * HOUR)
    assert engine.run_due().fired == 1
    assert isinstance(engine.history(case)[-1].payload, Climb)
    engine.fire(case, Issue.rectify(rectification="cleaned"), by=WANG)
    clock.set(NOON + timedelta(days=2))
    engine.fire(case, Issue.verify_fail(reason="still dirty"), by=CHEN)
    shown = {each.deadline: each for each in engine.clocks(case)}["rectification"]
    assert (shown.net, shown.due) == (0 * HOUR, NOON + timedelta(days=3, hours=-1.5))


@pytest.mark.parametrize(
    ("limit", "unit"),
    [
        (TimeLimit(HOUR), "calendar"),
        (TimeLimit(HOUR, OFFICE), "service"),
        (TimeLimit(3, OFFICE), "working_days"),
    ],
)
def test_a_limit_says_what_it_counts_and_goes_to_json(limit: TimeLimit, unit: str) -> None:
    definition = Complaint.with_settings(reply_limit=limit).definition()
    assert Definition.from_json(definition.to_json()) == definition
    reply = next(each for each in definition.deadlines if each.name == "reply")
    assert (reply.unit, reply.unset) == (unit, "")


@pytest.mark.parametrize(
    ("limit", "problem"),
    [
        (TimeLimit(3), "counts working_days; name the calendar"),
        (TimeLimit(-HOUR), "must be positive"),
        (TimeLimit(HOUR, rungs=[Rung(to="head")]), "rung 0: needs share= or offset="),
    ],
)
def test_a_limit_that_cannot_be_is_told(limit: Any, problem: str) -> None:
    with pytest.raises(InvalidDefinition, match=problem):
        Issue.with_settings(handling_limit=limit)


def test_a_duration_is_no_limit_yet() -> None:
    untyped: Any = HOUR
    with pytest.raises(
        TypeError, match=r"handling_limit=datetime.timedelta\(.* is not .*TimeLimit"
    ):
        Issue.with_settings(handling_limit=untyped)


def test_a_limit_of_the_host_takes_the_place_of_everything_else() -> None:
    with pytest.raises(InvalidDefinition, match="takes the place of after="):

        class Bad(Issue):
            handling = Deadline(
                Issue.found, limit="handling_limit", after=HOUR, zh="限", en="Limit"
            )

    with pytest.raises(InvalidDefinition, match="'no_limit' is no setting"):

        class Worse(Issue):
            handling = Deadline(Issue.found, limit="no_limit", zh="限", en="Limit")

    with pytest.raises(
        InvalidDefinition, match="'max_rounds' is no setting that holds a TimeLimit or Unspecified"
    ):

        class Worst(Issue):
            handling = Deadline(Issue.found, limit="max_rounds", zh="限", en="Limit")


def test_a_patrol_that_nobody_began_is_missed_after_its_window(clock: FakeClock) -> None:
    engine = Engine(
        MemoryStore(),
        [Patrol.with_settings(tolerance=timedelta(minutes=5)), Issue, EmergencyEvent],
        clock=clock,
    )
    plan = Patrol.plan(schedule="daily", starts=NOON, ends=NOON + HOUR, route=())
    patrol = engine.start(plan, by=SYSTEM)
    clock.set(NOON + HOUR + timedelta(minutes=5))  # the window is closed: it may still begin
    assert engine.run_due() == engine.run_due()
    assert engine.get(patrol.id, Patrol).state == "planned"
    clock.turn(timedelta(seconds=1))
    assert engine.run_due().fired == 1
    assert engine.get(patrol.id, Patrol).state == "missed"


def test_a_digest_is_late_from_half_past_six(clock: FakeClock) -> None:
    engine = Engine(MemoryStore(), [DailyDigest], clock=clock)
    digest = engine.start(DailyDigest.begin(day=date(2026, 3, 4)), by=SYSTEM)
    clock.set(NOON + 6.5 * HOUR - timedelta(microseconds=1))
    assert not engine.clocks(digest)[0].late
    clock.turn(timedelta(microseconds=1))
    assert engine.clocks(digest)[0].late
    assert engine.run_due().fired == 0


def test_a_plan_is_marked_overdue_once_its_day_is_over(clock: FakeClock) -> None:
    engine = Engine(MemoryStore(), [ImprovementPlan], clock=clock)
    required = ImprovementPlan.require(item="x", points=Decimal(1), maximum=Decimal(5))
    plan = engine.start(required, by=SYSTEM)
    head = Actor("h", [roles.department_head])
    engine.fire(
        plan,
        ImprovementPlan.plan(measures="train", owner="u1", due=date(2026, 3, 5)),
        by=head,
    )
    assert engine.next_due() == datetime.combine(date(2026, 3, 6), time(), SHANGHAI)
    clock.set(datetime(2026, 3, 6, 1, tzinfo=SHANGHAI))
    assert engine.run_due().fired == 1
    assert engine.get(plan.id, ImprovementPlan).data.overdue
    assert engine.next_due() is None


def test_a_slip_is_handed_in_by_the_end_of_the_week() -> None:
    deadline = ViolationSlip.spec.deadlines["handing_in"]
    assert deadline.source.endswith("4.2")
    moment_of: Any = deadline.moment_of
    data = type("Data", (), {"issued_at": NOON.astimezone(UTC)})
    friday = moment_of(data, ViolationSlip.spec.settings)
    assert friday == datetime(2026, 3, 6, 18, tzinfo=SHANGHAI)


def test_a_sheet_is_deemed_confirmed_only_where_the_host_has_set_it() -> None:
    moment_of: Any = InspectionSheet.spec.deadlines["deeming"].moment_of
    data = type("Data", (), {"signed_at": NOON})
    assert moment_of(data, InspectionSheet.spec.settings) is None
    three_days = InspectionSheet.with_settings(deemed_after=timedelta(days=3)).spec.settings
    assert moment_of(data, three_days) == NOON + timedelta(days=3)
