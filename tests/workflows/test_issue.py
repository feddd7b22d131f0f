"""The issue: its transition table, cell by cell, and each of its guards both ways."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from propflow.decision import decide, new_case, plan_of, replay
from propflow.definition import Action, Actor, Notify, StartCase
from propflow.workflows import CancelReason, EmergencyEvent, Issue, IssueData, Severity, roles
from tests.workflows.walking import NOW, Walk, everyone, outcomes, pairs, roles_asked

Registered = Issue.with_settings(emergency_plans={"fire": "plan-fire"})

INSPECTOR = Actor("inspector-1", [roles.inspector])
FIXER = Actor("fixer-1", [roles.related_department])
DESK = Actor("desk-1", [roles.customer_service])
SUPERVISOR = Actor("supervisor-1", [roles.cs_supervisor])
LEADER = Actor("leader-1", [roles.plan_leader])
RECORD = Issue.record(place="B1 pump room", description="pipe leaks")

ACTIONS: dict[str, Action[Any, IssueData]] = {
    "fix_on_site": Issue.fix_on_site(rectification="wiped", after_photos=("p2",)),
    "refer": Issue.refer(department="engineering"),
    "declare_emergency": Issue.declare_emergency(kind="fire"),
    "stabilise": Issue.stabilise(report="doc-1"),
    "accept": Issue.accept(),
    "send_back": Issue.send_back(reason="not ours"),
    "hold": Issue.hold(reason="waiting for a part"),
    "resume": Issue.resume(),
    "rectify": Issue.rectify(rectification="sealed", after_photos=("p2",)),
    "verify_pass": Issue.verify_pass(),
    "verify_fail": Issue.verify_fail(reason="still wet"),
    "cancel": Issue.cancel(reason=CancelReason.NOT_A_PROBLEM),
}

TABLE = {
    ("found", "fix_on_site"): "fixed_on_site",
    ("found", "refer"): "referred",
    ("found", "declare_emergency"): "emergency",
    ("emergency", "stabilise"): "fixed_on_site",
    ("referred", "accept"): "in_progress",
    ("referred", "send_back"): "found",
    ("in_progress", "hold"): "on_hold",
    ("on_hold", "resume"): "in_progress",
    ("in_progress", "rectify"): "rectified",
    ("fixed_on_site", "verify_pass"): "verified",
    ("rectified", "verify_pass"): "verified",
    ("rectified", "verify_fail"): "in_progress",
    ("fixed_on_site", "verify_fail"): "referred",
    ("found", "cancel"): "cancelled",
    ("referred", "cancel"): "cancelled",
}

INSPECTORS = {"inspector"}
DEPARTMENT = {"related_department", "department_head"}
CUSTOMER_SERVICE = {"customer_service", "cs_supervisor", "cs_assistant"}

WHO = {
    "record": INSPECTORS,
    "fix_on_site": INSPECTORS | DEPARTMENT,
    "refer": INSPECTORS,
    "declare_emergency": INSPECTORS,
    "stabilise": {"plan_leader"},
    "accept": DEPARTMENT,
    "send_back": DEPARTMENT,
    "hold": DEPARTMENT,
    "resume": DEPARTMENT,
    "rectify": DEPARTMENT,
    "verify_pass": CUSTOMER_SERVICE,
    "verify_fail": CUSTOMER_SERVICE,
    "cancel": {"cs_supervisor"},
}

DATA = IssueData(place="B1 pump room", description="pipe leaks", fixer="fixer-1")


def opened(workflow: Any = Registered) -> Walk:
    return Walk(workflow, RECORD, INSPECTOR)


def referred(workflow: Any = Registered) -> Walk:
    return opened(workflow).step(Issue.refer(department="engineering"), INSPECTOR)


def in_progress(workflow: Any = Registered) -> Walk:
    return referred(workflow).step(Issue.accept(), FIXER)


def rectified(workflow: Any = Registered) -> Walk:
    return in_progress(workflow).step(Issue.rectify(), FIXER)


# The table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "event"), pairs(Issue, ACTIONS))
def test_the_table_and_nothing_but_the_table(state, event):
    actor = everyone(Issue, "somebody")
    expected = TABLE.get((state, event), {"wrong_state"})
    assert outcomes(Registered, state, ACTIONS[event], actor, DATA) == expected


def test_an_emergency_that_leaves_work_is_referred():
    action = Issue.stabilise(report="doc-1", refer_to="engineering")
    assert outcomes(Registered, "emergency", action, LEADER, DATA) == "referred"


def test_who_may_ask_is_as_in_the_table():
    assert roles_asked(Issue) == WHO


@pytest.mark.parametrize(("state", "event"), TABLE)
def test_only_the_roles_of_the_table_are_let_through(state, event):
    for role in sorted(set().union(*WHO.values())):
        actor = Actor("somebody", [role])
        expected = TABLE[state, event] if role in WHO[event] else {"wrong_role"}
        assert outcomes(Registered, state, ACTIONS[event], actor, DATA) == expected, role


# Recording ------------------------------------------------------------------------------------


def test_a_record_says_when_where_who_and_what():
    walk = opened()
    assert walk.state == "found"
    assert walk.data == IssueData(
        place="B1 pump room", description="pipe leaks", found_at=NOW, finder="inspector-1"
    )


def test_a_record_may_name_another_finder():
    walk = Walk(Issue, Issue.record(place="B1", description="leak", finder="i-7"), INSPECTOR)
    assert walk.data.finder == "i-7"


def refused_opening(workflow: Any, action: Action[Any, IssueData]) -> Any:
    case = new_case(plan_of(workflow), action, case_id="case-1", opened_at=NOW)
    (reason,) = decide(workflow, case, action, INSPECTOR, NOW).reasons
    return reason


def test_a_record_with_blanks_names_each_of_them_in_both_languages():
    reason = refused_opening(Issue, Issue.record(place=" ", description=""))
    assert reason.code == "record_complete"
    assert reason.zh == "巡检记录缺少:地点、问题描述"
    assert reason.en == "the patrol record lacks: place, description"


def test_the_host_chooses_what_a_record_must_have():
    strict = Issue.with_settings(min_fields=["place", "category", "photos"])
    reason = refused_opening(strict, Issue.record(place="B1", description=""))
    assert reason.en == "the patrol record lacks: photos, category"
    full = Issue.record(place="B1", description="", category="cleaning", photos=("p1",))
    assert Walk(strict, full, INSPECTOR).data.category == "cleaning"


# Evidence, referral, emergency -----------------------------------------------------------------


@pytest.mark.parametrize(("event", "state"), [("fix_on_site", "found"), ("rectify", "in_progress")])
def test_photos_of_the_result_are_asked_for_where_the_host_says_so(event, state):
    bare, blank = Issue.action(event), Issue.action(event, {"after_photos": [" "]})
    actor = everyone(Issue, "somebody")
    strict = Issue.with_settings(after_photos=[event])
    other = Issue.with_settings(after_photos={"fix_on_site", "rectify"} - {event})
    assert outcomes(strict, state, bare, actor, DATA) == {"after_photos_given"}
    assert outcomes(strict, state, blank, actor, DATA) == {"after_photos_given"}
    assert outcomes(strict, state, ACTIONS[event], actor, DATA) == TABLE[state, event]
    assert outcomes(other, state, bare, actor, DATA) == TABLE[state, event]


def test_a_fix_on_site_keeps_who_how_and_the_photos():
    walk = opened().step(ACTIONS["fix_on_site"], FIXER)
    assert (walk.data.fixer, walk.data.rectification) == ("fixer-1", "wiped")
    assert walk.data.after_photos == ("p2",)


def test_a_referral_names_the_department():
    assert opened().codes(Issue.refer(department=" "), INSPECTOR) == {"department_named"}
    assert referred().data.department == "engineering"


def test_an_emergency_without_a_registered_plan_is_refused():
    fire, flood = (Issue.declare_emergency(kind=kind) for kind in ("fire", "flood"))
    assert opened(Issue).codes(fire, INSPECTOR) == {"no_emergency_plan"}
    assert opened(Registered).codes(flood, INSPECTOR) == {"no_emergency_plan"}


def test_an_emergency_opens_the_event_that_follows_the_plan():
    action = Issue.declare_emergency(kind="fire", severity=Severity.A)
    walk = opened().step(action, INSPECTOR)
    assert walk.data.emergency_kind == "fire"
    assert walk.effects == (
        StartCase(
            EmergencyEvent.report(
                kind="fire",
                place="B1 pump room",
                description="pipe leaks",
                plan="plan-fire",
                issue_id="case-1",
                severity=Severity.A,
            )
        ),
    )


def test_an_emergency_may_be_described_anew():
    action = Issue.declare_emergency(kind="fire", description="smoke in B1")
    (effect,) = opened().step(action, INSPECTOR).effects
    assert isinstance(effect, StartCase)
    assert effect.action.payload.description == "smoke in B1"


def test_an_emergency_ends_with_its_report():
    walk = opened().step(ACTIONS["declare_emergency"], INSPECTOR)
    assert walk.codes(Issue.stabilise(report=" "), LEADER) == {"report_attached"}
    walk.step(Issue.stabilise(report="doc-1"), LEADER)
    assert (walk.data.emergency_report, walk.data.fixer) == ("doc-1", "leader-1")


def test_what_an_emergency_leaves_goes_to_the_department_named():
    walk = opened().step(ACTIONS["declare_emergency"], INSPECTOR)
    walk.step(Issue.stabilise(report="doc-1", refer_to="engineering"), LEADER)
    assert (walk.data.department, walk.data.fixer) == ("engineering", "")


# The department --------------------------------------------------------------------------------


def test_whoever_accepts_it_has_it():
    assert in_progress().data.handler == "fixer-1"


@pytest.mark.parametrize(
    ("state", "event"),
    [("referred", "send_back"), ("in_progress", "hold"), ("rectified", "verify_fail")],
)
def test_a_reason_is_needed(state, event):
    action = Issue.action(event, {"reason": " "})
    actor = everyone(Issue, "somebody")
    assert outcomes(Registered, state, action, actor, DATA) == {"reason_given"}


def test_bounces_are_counted_and_without_a_limit_nobody_is_told():
    walk = referred()
    for bounces in (1, 2, 3):
        walk.step(Issue.send_back(reason="not ours"), FIXER)
        assert (walk.data.bounces, walk.data.escalated, walk.effects) == (bounces, False, ())
        walk.step(Issue.refer(department="cleaning"), INSPECTOR)


def test_a_bounce_at_the_limit_escalates_and_is_still_accepted():
    walk = referred(Issue.with_settings(max_bounces=2))
    walk.step(Issue.send_back(reason="not ours"), FIXER)
    assert (walk.data.escalated, walk.effects) == (False, ())
    walk.step(Issue.refer(department="cleaning"), INSPECTOR)
    for bounces in (2, 3):
        walk.step(Issue.send_back(reason="nor ours"), FIXER)
        assert walk.state == "found"
        assert walk.data.escalated
        data = {"case_id": "case-1", "bounces": bounces, "reason": "nor ours"}
        assert walk.effects == (Notify("issue_bounced", "cs_supervisor", data),)
        walk.step(Issue.refer(department="cleaning"), INSPECTOR)


def test_a_hold_may_have_a_longest_time():
    limited = Issue.with_settings(max_hold=timedelta(days=7))
    walk = in_progress(limited)
    for until in (None, NOW + timedelta(days=7, microseconds=1)):
        held = Issue.hold(reason="waiting", held_until=until)
        assert walk.codes(held, FIXER) == {"within_the_longest_hold"}
    walk.step(Issue.hold(reason="waiting", held_until=NOW + timedelta(days=7)), FIXER)
    assert walk.data.held_until == NOW + timedelta(days=7)
    assert in_progress().step(Issue.hold(reason="waiting"), FIXER).data.held_until is None


def test_a_hold_ends_where_it_began():
    walk = in_progress().step(Issue.hold(reason="waiting"), FIXER).step(Issue.resume(), FIXER)
    assert walk.state == "in_progress"
    assert walk.case.previous == "on_hold"


# Verification ----------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["verify_pass", "verify_fail"])
@pytest.mark.parametrize("state", ["fixed_on_site", "rectified"])
def test_the_fixer_may_not_verify_unless_the_host_says_so(state, event):
    both = Actor("fixer-1", [roles.related_department, roles.customer_service])
    lenient = Issue.with_settings(four_eyes=False)
    assert outcomes(Issue, state, ACTIONS[event], both, DATA) == {"not_the_fixer"}
    assert outcomes(lenient, state, ACTIONS[event], both, DATA) == TABLE[state, event]
    assert outcomes(Issue, state, ACTIONS[event], DESK, DATA) == TABLE[state, event]


def test_a_pass_keeps_who_gave_it():
    assert rectified().step(Issue.verify_pass(), DESK).data.verifier == "desk-1"


def test_failing_goes_round_without_end_and_never_passes_by_itself():
    walk = rectified(Issue.with_settings(max_rounds=2))
    for rounds in range(1, 6):
        walk.step(Issue.verify_fail(reason="still wet"), DESK)
        assert (walk.state, walk.data.rounds) == ("in_progress", rounds)
        assert walk.data.escalated is (rounds >= 2)
        data = {"case_id": "case-1", "rounds": rounds, "reason": "still wet"}
        expected = (Notify("issue_failed_checks", "cs_supervisor", data),) if rounds >= 2 else ()
        assert walk.effects == expected
        walk.step(Issue.rectify(), FIXER)
    assert walk.step(Issue.verify_pass(), DESK).state == "verified"


def test_rounds_without_a_limit_tell_nobody():
    walk = rectified().step(Issue.verify_fail(reason="still wet"), DESK)
    assert (walk.data.rounds, walk.data.escalated, walk.effects) == (1, False, ())


def test_what_was_fixed_on_site_and_failed_goes_to_a_department():
    walk = opened().step(ACTIONS["fix_on_site"], INSPECTOR)
    walk.step(Issue.verify_fail(reason="still dirty", department="cleaning"), DESK)
    assert (walk.state, walk.data.department) == ("referred", "cleaning")
    assert walk.data.rounds == 1


def test_a_failure_keeps_the_department_that_is_known():
    walk = rectified().step(Issue.verify_fail(reason="still wet"), DESK)
    assert walk.data.department == "engineering"


# The end ---------------------------------------------------------------------------------------


def test_a_duplicate_names_the_other_issue():
    duplicate = CancelReason.DUPLICATE
    walk = opened()
    for other in ("", " ", "case-1"):
        action = Issue.cancel(reason=duplicate, duplicate_of=other)
        assert walk.codes(action, SUPERVISOR) == {"duplicate_named"}
    walk.step(Issue.cancel(reason=duplicate, duplicate_of="case-0"), SUPERVISOR)
    assert (walk.data.cancel_reason, walk.data.duplicate_of) == (duplicate, "case-0")


def test_a_recurrence_is_a_new_issue_that_names_the_old_one():
    action = Issue.record(place="B1", description="leaks again", recurrence_of="case-0")
    assert Walk(Issue, action, INSPECTOR).data.recurrence_of == "case-0"


def test_replaying_its_history_gives_the_case():
    workflow = Issue.with_settings(max_rounds=1)
    steps = [
        (RECORD, INSPECTOR),
        (Issue.refer(department="engineering"), INSPECTOR),
        (Issue.accept(), FIXER),
        (Issue.rectify(after_photos=("p2",)), FIXER),
        (Issue.verify_fail(reason="still wet"), DESK),
        (Issue.rectify(), FIXER),
        (Issue.verify_pass(), DESK),
    ]
    case: Any = new_case(plan_of(workflow), RECORD, case_id="case-1", opened_at=NOW)
    entries = []
    for minutes, (action, actor) in enumerate(steps):
        decision: Any = decide(workflow, case, action, actor, NOW + timedelta(minutes=minutes))
        case = decision.case
        entries.append(decision.entry)
    assert replay(workflow, "case-1", entries) == case
    assert case.data.escalated


# Settings --------------------------------------------------------------------------------------


def test_settings_make_another_definition_of_the_same_name():
    assert Registered is not Issue
    assert (Registered.spec.name, Registered.spec.version) == ("issue", 1)
    assert Issue.refer(department="x") == Registered.refer(department="x")
    assert Registered.spec.settings == attrs.evolve(
        Issue.spec.settings, emergency_plans={"fire": "plan-fire"}
    )
    assert Issue.spec.settings.emergency_plans == {}


def test_settings_are_kept_when_others_are_set():
    both = Registered.with_settings(max_rounds=3)
    assert both.spec.settings.emergency_plans == {"fire": "plan-fire"}
    assert both.spec.settings.max_rounds == 3


def test_plans_given_as_a_dictionary_cannot_be_changed_afterwards():
    plans = {"fire": "plan-fire"}
    workflow = Issue.with_settings(emergency_plans=plans)
    plans["flood"] = "plan-flood"
    assert workflow.spec.settings.emergency_plans == {"fire": "plan-fire"}
    with pytest.raises(TypeError):
        workflow.spec.settings.emergency_plans["flood"] = "plan-flood"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_fields": ["place", "weather"]}, "min_fields names weather; it may name found_at"),
        ({"after_photos": ["refer"]}, "after_photos names refer; it may name fix_on_site, rectify"),
        ({"max_rounds": 0}, "max_rounds"),
        ({"max_bounces": 0}, "max_bounces"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Issue.with_settings(**settings)
