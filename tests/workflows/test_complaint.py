"""The complaint: its table, who may act, its guards both ways, and what it sends."""

from __future__ import annotations

from typing import Any

import pytest

from propflow.definition import SYSTEM, Action, Actor, FireCase, Notify
from propflow.workflows import Complaint, ComplaintData, ComplaintLevel, VisitResult, roles
from tests.workflows.walking import Walk, everyone, outcomes, pairs, roles_asked

DESK = Actor("desk-1", [roles.cs_assistant])
HANDLER = Actor("handler-1", [roles.related_department])
NEIGHBOUR = Actor("resident-1", [roles.resident])
STRANGER = Actor("resident-2", [roles.resident])

SATISFIED, DISSATISFIED, UNREACHABLE = VisitResult

RECEIVE = Complaint.receive(subject="noise", description="drilling at night")

ACTIONS: dict[str, Action[Any, ComplaintData]] = {
    "register": Complaint.register(),
    "acknowledge": Complaint.acknowledge(),
    "assign": Complaint.assign(department="security"),
    "transfer": Complaint.transfer(department="engineering", reason="their works"),
    "send_back": Complaint.send_back(reason="not ours"),
    "investigate": Complaint.investigate(),
    "hold": Complaint.hold(reason="the flat is empty"),
    "resume": Complaint.resume(),
    "respond": Complaint.respond(answer="the works have stopped"),
    "arrange_visit": Complaint.arrange_visit(),
    "visit": Complaint.visit(result=SATISFIED),
    "close": Complaint.close(),
    "dismiss": Complaint.dismiss(reason="permitted works", answer="they end at 18:00"),
    "merge": Complaint.merge(into="case-2"),
    "take_in": Complaint.take_in(case_id="case-2"),
    "withdraw": Complaint.withdraw(),
    "reopen": Complaint.reopen(reason="it goes on"),
    "urge": Complaint.urge(),
    "escalate": Complaint.escalate(reason="third night"),
}

BEFORE_ANSWER = ("received", "registered", "acknowledged", "assigned", "investigating")
OPEN = (*BEFORE_ANSWER, "on_hold", "responded", "follow_up")

TABLE = {
    ("received", "register"): "registered",
    ("registered", "acknowledge"): "acknowledged",
    ("acknowledged", "assign"): "assigned",
    ("assigned", "transfer"): "assigned",
    ("investigating", "transfer"): "assigned",
    ("assigned", "send_back"): "acknowledged",
    ("assigned", "investigate"): "investigating",
    ("assigned", "hold"): "on_hold",
    ("investigating", "hold"): "on_hold",
    ("on_hold", "resume"): "investigating",  # where the tests' case came from
    ("investigating", "respond"): "responded",
    ("merged", "respond"): "merged",
    ("responded", "arrange_visit"): "follow_up",
    ("follow_up", "visit"): "follow_up",
    ("merged", "visit"): "merged",
    ("responded", "close"): "closed",
    ("follow_up", "close"): "closed",
    ("closed", "reopen"): "assigned",
    ("invalid", "reopen"): "registered",
    ("on_hold", "withdraw"): "withdrawn",
    **{(state, "dismiss"): "invalid" for state in BEFORE_ANSWER[1:]},
    **{(state, "merge"): "merged" for state in BEFORE_ANSWER},
    **{(state, "withdraw"): "withdrawn" for state in BEFORE_ANSWER},
    **{(state, event): state for state in OPEN for event in ("urge", "escalate")},
}

DATA = ComplaintData(
    subject="noise",
    description="drilling at night",
    complainant="resident-1",
    department="security",
    visit_result=SATISFIED,
)


def received(workflow: Any = Complaint) -> Walk:
    return Walk(workflow, RECEIVE, NEIGHBOUR)


def assigned(workflow: Any = Complaint) -> Walk:
    walk = received(workflow)
    for event in ("register", "acknowledge", "assign"):
        walk.step(ACTIONS[event], DESK)
    return walk


def responded(workflow: Any = Complaint) -> Walk:
    walk = assigned(workflow).step(Complaint.investigate(), HANDLER)
    return walk.step(ACTIONS["respond"], HANDLER)


# The table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "event"), [pair for pair in pairs(Complaint, ACTIONS) if pair[1] != "take_in"]
)
def test_the_table_and_nothing_but_the_table(state, event):
    actor = everyone(Complaint, "somebody")
    expected = TABLE.get((state, event), {"wrong_state"})
    assert (
        outcomes(Complaint, state, ACTIONS[event], actor, DATA, previous="investigating")
        == expected
    )


@pytest.mark.parametrize("state", Complaint.spec.states)
def test_only_the_system_lets_an_open_complaint_take_in_another(state):
    expected = state if state in OPEN else {"wrong_state"}
    assert outcomes(Complaint, state, ACTIONS["take_in"], SYSTEM, DATA) == expected
    person = outcomes(Complaint, state, ACTIONS["take_in"], everyone(Complaint, "x"), DATA)
    assert "wrong_role" in person


def test_who_may_ask():
    desk = {"customer_service", "cs_supervisor", "cs_assistant"}
    department = {"related_department", "department_head"}
    assert roles_asked(Complaint) == {
        "receive": set(),
        "register": desk,
        "acknowledge": desk,
        "assign": desk,
        "transfer": desk | department,
        "send_back": department,
        "investigate": desk | department,
        "hold": desk | department,
        "resume": desk | department,
        "respond": desk | department,
        "arrange_visit": desk,
        "visit": desk,
        "close": desk,
        "dismiss": desk,
        "merge": desk,
        "take_in": set(),
        "withdraw": desk | {"resident"},
        "reopen": desk | {"resident"},
        "urge": desk | {"resident"},
        "escalate": desk | {"department_head"},
    }


def test_the_whole_way():
    walk = responded().step(Complaint.arrange_visit(), DESK)
    walk.step(ACTIONS["visit"], DESK).step(Complaint.close(), DESK)
    assert walk.state == "closed"
    assert (walk.data.complainant, walk.data.received_by) == ("resident-1", "resident-1")
    assert (walk.data.department, walk.data.handler) == ("security", "handler-1")
    assert (walk.data.answer, walk.data.answered_by) == ("the works have stopped", "handler-1")
    assert (walk.data.visits, walk.data.visit_result) == (1, SATISFIED)
    assert walk.data.visitor == "desk-1"


# Coming in -------------------------------------------------------------------------------------


def test_any_employee_takes_a_complaint_down_for_a_resident():
    action = Complaint.receive(subject="noise", description="…", complainant="resident-1")
    walk = Walk(Complaint, action, Actor("cleaner-1"))
    assert (walk.data.complainant, walk.data.received_by) == ("resident-1", "cleaner-1")


def test_registering_tells_the_manager_of_what_is_major_and_the_supervisor_of_repeats():
    action = Complaint.register(level=ComplaintLevel.MAJOR, repeat=True, category="noise")
    walk = received().step(action, DESK)
    assert (walk.data.level, walk.data.repeat) == (ComplaintLevel.MAJOR, True)
    assert walk.effects == (
        Notify("complaint_major", "project_general_manager", {"case_id": "case-1"}),
        Notify("complaint_repeated", "cs_supervisor", {"case_id": "case-1"}),
    )
    assert received().step(Complaint.register(), DESK).effects == ()


# The department --------------------------------------------------------------------------------


def test_the_department_must_be_named_and_a_transfer_moves():
    walk = assigned()
    move = Complaint.transfer
    assert walk.codes(move(department=" ", reason="x"), DESK) == {"department_named"}
    assert walk.codes(move(department="security", reason="x"), DESK) == {"another_department"}
    assert walk.codes(move(department="engineering", reason=""), DESK) == {"reason_given"}
    walk.step(Complaint.investigate(), HANDLER).step(ACTIONS["transfer"], HANDLER)
    assert (walk.data.department, walk.data.handler) == ("engineering", "")


def test_an_assignment_must_name_the_department():
    walk = received().step(Complaint.register(), DESK).step(Complaint.acknowledge(), DESK)
    assert walk.codes(Complaint.assign(department=""), DESK) == {"department_named"}


@pytest.mark.parametrize("event", ["send_back", "hold", "reopen", "escalate", "dismiss"])
def test_a_reason_is_needed(event):
    state = {"reopen": "closed"}.get(event, "assigned")
    payload = {"reason": " ", "answer": "…"} if event == "dismiss" else {"reason": " "}
    action = Complaint.action(event, payload)
    actor = everyone(Complaint, "somebody")
    assert outcomes(Complaint, state, action, actor, DATA) == {"reason_given"}


def test_bounces_escalate_from_the_limit_on():
    limited = assigned(Complaint.with_settings(max_bounces=1))
    limited.step(ACTIONS["send_back"], HANDLER)
    assert (limited.state, limited.data.department) == ("acknowledged", "")
    assert (limited.data.bounces, limited.data.escalation_level) == (1, 1)
    data = {"case_id": "case-1", "bounces": 1, "reason": "not ours"}
    assert limited.effects == (Notify("complaint_bounced", "cs_supervisor", data),)
    unlimited = assigned().step(ACTIONS["send_back"], HANDLER)
    assert (unlimited.data.bounces, unlimited.data.escalation_level) == (1, 0)
    assert unlimited.effects == ()


@pytest.mark.parametrize("origin", ["assigned", "investigating"])
def test_a_hold_ends_where_it_was_entered(origin):
    walk = assigned()
    if origin == "investigating":
        walk.step(Complaint.investigate(), HANDLER)
    walk.step(ACTIONS["hold"], HANDLER).step(Complaint.resume(), DESK)
    assert walk.state == origin


# Answer and visit ------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["respond", "dismiss"])
def test_the_complainant_is_told_something(event):
    payload = {"answer": " "} if event == "respond" else {"answer": " ", "reason": "…"}
    action = Complaint.action(event, payload)
    actor = everyone(Complaint, "somebody")
    assert outcomes(Complaint, "investigating", action, actor, DATA) == {"answer_given"}


def test_what_is_not_valid_is_explained_and_may_be_taken_up_again():
    walk = assigned().step(ACTIONS["dismiss"], DESK)
    assert walk.state == "invalid"
    assert (walk.data.answer, walk.data.answered_by) == ("they end at 18:00", "desk-1")
    assert walk.step(ACTIONS["reopen"], NEIGHBOUR).state == "registered"


def test_it_closes_only_after_a_visit_unless_the_host_says_so():
    assert responded().codes(Complaint.close(), DESK) == {"visited_if_required"}
    walk = responded().step(Complaint.arrange_visit(), DESK)
    assert walk.codes(Complaint.close(), DESK) == {"visited_if_required"}
    walk.step(Complaint.visit(result=UNREACHABLE), DESK)
    assert walk.step(Complaint.close(), DESK).state == "closed"
    relaxed = responded(Complaint.with_settings(visit_required=False))
    assert relaxed.step(Complaint.close(), DESK).state == "closed"


def test_a_visit_that_finds_the_complainant_dissatisfied_takes_the_matter_up_again():
    walk = responded().step(Complaint.arrange_visit(), DESK)
    walk.step(Complaint.visit(result=UNREACHABLE), DESK)
    assert (walk.state, walk.data.visits) == ("follow_up", 1)
    walk.step(Complaint.visit(result=DISSATISFIED), DESK)
    assert (walk.state, walk.data.visits) == ("investigating", 2)
    walk.step(ACTIONS["respond"], HANDLER)
    assert (walk.data.visits, walk.data.visit_result) == (0, None)
    assert walk.codes(Complaint.close(), DESK) == {"visited_if_required"}


def test_a_closed_complaint_that_is_reopened_needs_another_visit():
    walk = responded().step(Complaint.arrange_visit(), DESK).step(ACTIONS["visit"], DESK)
    walk.step(Complaint.close(), DESK).step(ACTIONS["reopen"], NEIGHBOUR)
    assert (walk.state, walk.data.reopenings) == ("assigned", 1)
    assert (walk.data.visits, walk.data.visit_result) == (0, None)


# Residents -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "state"), [("withdraw", "assigned"), ("reopen", "closed"), ("urge", "assigned")]
)
def test_a_resident_acts_on_complaints_of_their_own_alone(event, state):
    expected = TABLE[state, event]
    assert outcomes(Complaint, state, ACTIONS[event], STRANGER, DATA) == {"complainant_or_desk"}
    assert outcomes(Complaint, state, ACTIONS[event], NEIGHBOUR, DATA) == expected
    assert outcomes(Complaint, state, ACTIONS[event], DESK, DATA) == expected


def test_urging_reaches_whoever_has_it():
    walk = received().step(Complaint.urge(), NEIGHBOUR)
    first = {"case_id": "case-1", "urges": 1}
    assert walk.effects == (Notify("complaint_urged", "customer_service", first),)
    walk = assigned().step(Complaint.urge(), NEIGHBOUR)
    assert walk.effects == (Notify("complaint_urged", "security", first),)
    walk.step(Complaint.investigate(), HANDLER).step(Complaint.urge(), NEIGHBOUR)
    second = {"case_id": "case-1", "urges": 2}
    assert walk.effects == (Notify("complaint_urged", "handler-1", second),)


def test_escalating_reaches_the_general_manager():
    walk = assigned().step(ACTIONS["escalate"], DESK)
    assert walk.data.escalation_level == 1
    data = {"case_id": "case-1", "level": 1, "reason": "third night"}
    assert walk.effects == (Notify("complaint_escalated", "project_general_manager", data),)


# Merging ---------------------------------------------------------------------------------------


def test_merging_tells_the_other_complaint():
    walk = received().step(ACTIONS["merge"], DESK)
    assert (walk.state, walk.data.merged_into) == ("merged", "case-2")
    assert walk.effects == (FireCase("case-2", Complaint.take_in("case-1"), by=SYSTEM),)


def test_a_complaint_is_not_merged_into_itself():
    assert received().codes(Complaint.merge(into="case-1"), DESK) == {"into_another"}


def test_a_complaint_that_others_were_merged_into_goes_on_itself():
    walk = received().step(Complaint.take_in("case-3"), SYSTEM)
    assert walk.data.merged_ids == ("case-3",)
    assert walk.codes(ACTIONS["merge"], DESK) == {"nothing_merged_into_it"}


def test_a_merged_complainant_gets_an_answer_and_a_visit_of_their_own():
    walk = received().step(ACTIONS["merge"], DESK)
    walk.step(Complaint.respond(answer="we have stopped the works"), DESK)
    walk.step(Complaint.visit(result=DISSATISFIED), DESK)
    assert walk.state == "merged"
    assert walk.data.answer == "we have stopped the works"
    assert walk.data.visit_result is DISSATISFIED


def test_answering_reminds_of_the_complainants_merged_into_it():
    walk = assigned().step(Complaint.take_in("case-3"), SYSTEM)
    walk.step(Complaint.investigate(), HANDLER).step(ACTIONS["respond"], HANDLER)
    data = {"case_id": "case-1", "merged_ids": ["case-3"]}
    assert walk.effects == (Notify("complaint_merged_unanswered", "customer_service", data),)
    assert responded().effects == ()
