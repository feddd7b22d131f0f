"""The emergency event: its table, its guards, its full walk."""

from __future__ import annotations

import pytest

from propflow.definition import Actor
from propflow.workflows import EmergencyEvent, EmergencyEventData, Severity, roles
from tests.workflows.walking import Walk, everyone, outcomes, pairs, roles_asked

LEADER = Actor("leader-1", [roles.plan_leader])
MANAGER = Actor("manager-1", [roles.project_general_manager])
ANYONE = Actor("passer-by")

ACTIONS = {
    "start_plan": EmergencyEvent.start_plan(plan="plan-fire", severity=Severity.B),
    "bring_under_control": EmergencyEvent.bring_under_control(),
    "recover": EmergencyEvent.recover(),
    "file_report": EmergencyEvent.file_report(report="doc-1"),
    "review": EmergencyEvent.review(lessons="check the pumps"),
}

TABLE = {
    ("reported", "start_plan"): "plan_started",
    ("plan_started", "bring_under_control"): "under_control",
    ("under_control", "recover"): "recovered",
    ("under_control", "file_report"): "under_control",
    ("recovered", "file_report"): "recovered",
    ("recovered", "review"): "reviewed",
}

DATA = EmergencyEventData(kind="fire", place="B1", description="smoke", report="doc-1")


def reported(**known: object) -> Walk:
    payload = {"kind": "fire", "place": "B1", "description": "smoke", **known}
    return Walk(EmergencyEvent, EmergencyEvent.action("report", payload), ANYONE)


@pytest.mark.parametrize(("state", "event"), pairs(EmergencyEvent, ACTIONS))
def test_the_table_and_nothing_but_the_table(state, event):
    actor = everyone(EmergencyEvent, "somebody")
    expected = TABLE.get((state, event), {"wrong_state"})
    assert outcomes(EmergencyEvent, state, ACTIONS[event], actor, DATA) == expected


def test_who_may_ask():
    leader = {"plan_leader"}
    assert roles_asked(EmergencyEvent) == {
        "report": set(),
        "start_plan": leader,
        "bring_under_control": leader,
        "recover": leader,
        "file_report": leader,
        "review": {"project_general_manager"},
    }


def test_the_whole_way():
    walk = reported().step(ACTIONS["start_plan"], LEADER)
    walk.step(ACTIONS["bring_under_control"], LEADER).step(ACTIONS["file_report"], LEADER)
    walk.step(ACTIONS["recover"], LEADER).step(ACTIONS["review"], MANAGER)
    assert walk.state == "reviewed"
    assert walk.data == EmergencyEventData(
        kind="fire",
        place="B1",
        description="smoke",
        plan="plan-fire",
        severity=Severity.B,
        reported_by="passer-by",
        led_by="leader-1",
        report="doc-1",
        reviewed_by="manager-1",
        lessons="check the pumps",
    )


def test_no_plan_starts_unnamed_or_unclassified():
    start = EmergencyEvent.start_plan
    assert reported().codes(start(), LEADER) == {"no_emergency_plan", "classified"}
    assert reported().codes(start(plan=" ", severity=Severity.C), LEADER) == {"no_emergency_plan"}
    assert reported().codes(start(plan="plan-fire"), LEADER) == {"classified"}


def test_what_the_report_said_need_not_be_said_again():
    walk = reported(plan="plan-fire", severity="A").step(EmergencyEvent.start_plan(), LEADER)
    assert (walk.data.plan, walk.data.severity) == ("plan-fire", Severity.A)


def test_the_plan_leader_may_correct_the_report():
    start = EmergencyEvent.start_plan(plan="plan-smoke", severity=Severity.C)
    walk = reported(plan="plan-fire", severity="A").step(start, LEADER)
    assert (walk.data.plan, walk.data.severity) == ("plan-smoke", Severity.C)


def test_the_written_report_is_a_document_and_comes_before_the_review():
    walk = reported().step(ACTIONS["start_plan"], LEADER)
    walk.step(ACTIONS["bring_under_control"], LEADER).step(ACTIONS["recover"], LEADER)
    assert walk.codes(EmergencyEvent.file_report(report=" "), LEADER) == {"report_attached"}
    assert walk.codes(ACTIONS["review"], MANAGER) == {"report_filed"}
