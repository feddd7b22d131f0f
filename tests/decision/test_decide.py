"""Decisions: what a step makes of a case, or every reason why it may not be taken."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from propflow.decision import Accepted, decide, new_case, plan_of
from propflow.decision.decide import decide_step
from propflow.definition import (
    START,
    SYSTEM,
    Action,
    Actor,
    Case,
    Context,
    Entry,
    Event,
    Notify,
    Refusal,
    State,
    Workflow,
    guard,
)
from propflow.errors import InvalidPayload, Refused, UnknownEvent, WrongWorkflow
from tests.decision.steps import ANYONE, HEAD, KEEPER, NOON, accepted, codes, later, opened
from tests.definition.flows import Flow
from tests.definition.loans import KeyLoan, Loan, LoanSettings, Reason, Return, keeper

HOUR = timedelta(hours=1)
HAPPENED = NOON - 2 * HOUR
REQUEST = KeyLoan.request(key="B1", borrower="u7")


def loan_in(state: str, *, previous: str | None = None, **data: Any) -> Case[Loan]:
    values = {"key": "B1", "borrower": "u7"} | data
    return Case("c1", state, previous, Loan(**values), 4, "key_loan", 2, NOON)


def test_an_opening_makes_a_case_of_its_payload():
    step = opened(KeyLoan, REQUEST)
    assert step.case == Case("c1", "requested", None, Loan("B1", "u7"), 1, "key_loan", 2, NOON)
    assert step.entry == Entry(
        ANYONE, "request", REQUEST.payload, "START", "requested", NOON, NOON, 1
    )
    assert (step.accepted, step.reasons, step.effects) == (True, (), ())


def test_a_case_to_be_opened_has_no_revision_and_the_state_start():
    case = new_case(plan_of(KeyLoan), REQUEST, case_id="c1", opened_at=NOON)
    assert case == Case("c1", "START", None, Loan("B1", "u7"), 0, "key_loan", 2, NOON)


def test_a_step_makes_the_next_case_its_entry_and_its_effects():
    case = loan_in("overdue", previous="lent", reminders=2)
    step = accepted(KeyLoan, case, KeyLoan.give_back("good"), by=KEEPER, now=later(3))
    assert step.case == Case(
        "c1", "returned", "overdue", Loan("B1", "u7", "good", 2), 5, "key_loan", 2, NOON
    )
    assert step.entry == Entry(
        KEEPER, "give_back", Return("good"), "overdue", "returned", later(3), later(3), 5
    )
    assert step.effects == (Notify("key_returned", to="u7", data={"in": "good"}),)


def test_deciding_changes_nothing_and_gives_the_same_answer_again():
    case = loan_in("lent")
    before = attrs.evolve(case)
    first = accepted(KeyLoan, case, KeyLoan.give_back("good"), by=KEEPER)
    assert accepted(KeyLoan, case, KeyLoan.give_back("good"), by=KEEPER) == first
    assert case == before


def test_effects_that_are_values_follow_as_they_are():
    assert accepted(KeyLoan, loan_in("lent"), KeyLoan.lose()).effects == (
        Notify("key_lost", to="head"),
    )


def test_an_event_without_an_update_copies_the_payload_but_for_the_historys():
    step = accepted(KeyLoan, loan_in("lent"), KeyLoan.hold(reason="lost badge"), by=HEAD)
    assert step.case.data == Loan("B1", "u7")
    assert step.entry.payload == Reason("lost badge")


def test_every_reason_of_a_refusal_is_given_at_once():
    case = loan_in("requested", borrower="x1", reminders=3)
    answer = decide(KeyLoan, case, KeyLoan.lend(), Actor("x1"), NOON)
    assert isinstance(answer, Refused)
    assert (answer.workflow, answer.event, answer.case_id) == ("key_loan", "lend", "c1")
    assert answer.reasons == (
        Refusal("wrong_role", "只有钥匙管理员可以“发放”", "Lend: only for Key keeper"),
        Refusal(
            "not_the_borrower",
            "借用人不得给自己发钥匙",
            "a borrower may not hand the key to themself",
        ),
        Refusal("reminders_left", "催还次数未满", "reminders are left"),
    )
    assert "a borrower may not hand the key to themself [not_the_borrower] 借用人" in str(answer)


def test_in_a_wrong_state_the_other_reasons_are_given_too():
    case = loan_in("returned", borrower="x1")
    answer = decide(KeyLoan, case, KeyLoan.lend(), Actor("x1"), NOON)
    assert isinstance(answer, Refused)
    assert codes(answer) == ["wrong_role", "wrong_state", "not_the_borrower"]
    assert answer.reasons[1] == Refusal(
        "wrong_state",
        "“已归还”时不能“发放”;可在:待发放",
        "Lend: not in state Returned; possible in Requested",
    )


def test_a_wrong_state_is_answered_with_every_state_that_is_right():
    answer = decide(KeyLoan, loan_in("held"), KeyLoan.give_back("good"), KEEPER, NOON)
    assert isinstance(answer, Refused)
    assert answer.reasons[0].en == "Give back: not in state Held; possible in Lent, Overdue"
    assert answer.reasons[0].zh.endswith("可在:已借出、已逾期")


def test_a_case_in_a_state_that_the_definition_does_not_have_is_refused_by_its_name():
    answer = decide(KeyLoan, loan_in("vanished"), KeyLoan.lend(), KEEPER, NOON)
    assert isinstance(answer, Refused)
    assert answer.reasons[0].en.startswith("Lend: not in state vanished; ")


def test_an_opening_is_refused_for_a_case_that_is_open():
    answer = decide(KeyLoan, loan_in("lent"), REQUEST, ANYONE, NOON)
    assert isinstance(answer, Refused)
    assert answer.reasons[0].en == "Request: not in state Lent; possible in Start"


def test_an_event_that_opens_no_case_is_refused_without_one():
    case = new_case(plan_of(KeyLoan), KeyLoan.lend(), case_id="c9", opened_at=NOON)
    answer = decide(KeyLoan, case, KeyLoan.lend(), Actor("u7"), NOON)
    assert isinstance(answer, Refused)
    assert codes(answer) == ["wrong_role", "wrong_state"]
    assert answer.case_id == "c9"
    assert answer.reasons[1].zh == "“开始”时不能“发放”;可在:待发放"


def test_any_of_the_roles_may_ask():
    for actor in (KEEPER, HEAD, Actor("b1", roles=[keeper, "head"])):
        assert accepted(KeyLoan, loan_in("lent"), KeyLoan.hold("x"), by=actor).case.state == "held"


def test_a_role_is_refused_in_the_words_of_those_that_may_ask():
    answer = decide(KeyLoan, loan_in("lent"), KeyLoan.hold("x"), Actor("u7", ["cleaner"]), NOON)
    assert isinstance(answer, Refused)
    assert answer.reasons == (
        Refusal(
            "wrong_role",
            "只有钥匙管理员、部门负责人可以“暂停”",
            "Hold: only for Key keeper or Department head",
        ),
    )


@pytest.mark.parametrize("actor", [ANYONE, KEEPER, Actor("s", ["SYSTEM"]), Actor("SYSTEM", ["x"])])
def test_what_is_reserved_for_the_system_is_refused_to_everyone_else(actor: Actor):
    answer = decide(KeyLoan, loan_in("lent"), KeyLoan.expire(), actor, NOON)
    assert isinstance(answer, Refused)
    assert answer.reasons == (
        Refusal("wrong_role", "只有系统可以“逾期”", "Expire: only for the system"),
    )


def test_the_system_may_take_the_events_that_name_it_and_no_others_that_name_roles():
    held = loan_in("held", previous="lent")
    assert accepted(KeyLoan, loan_in("lent"), KeyLoan.expire(), by=SYSTEM).case.state == "overdue"
    assert accepted(KeyLoan, loan_in("lent"), KeyLoan.remind(), by=SYSTEM).case.state == "lent"
    assert codes(decide(KeyLoan, held, KeyLoan.resume(), SYSTEM, NOON)) == ["wrong_role"]


def test_settings_that_the_host_chose_are_what_guards_read():
    case = loan_in("requested", reminders=3)
    assert codes(decide(KeyLoan, case, KeyLoan.lend(), KEEPER, NOON)) == ["reminders_left"]
    patient = KeyLoan.with_settings(most_reminders=4)
    assert accepted(patient, case, KeyLoan.lend(), by=KEEPER).case.state == "lent"
    assert LoanSettings().most_reminders == 3


def test_acting_in_place_keeps_the_state_and_where_the_case_came_from():
    step = accepted(KeyLoan, loan_in("overdue", previous="held"), KeyLoan.remind(), by=KEEPER)
    assert (step.case.state, step.case.previous, step.case.revision) == ("overdue", "held", 5)
    assert (step.entry.source, step.entry.target) == ("overdue", "overdue")
    assert step.case.data.reminders == 1


@pytest.mark.parametrize("origin", ["requested", "lent", "overdue"])
def test_a_way_back_leads_to_where_the_case_came_from(origin: str):
    held = accepted(KeyLoan, loan_in(origin), KeyLoan.hold("x"), by=HEAD).case
    assert (held.state, held.previous) == ("held", origin)
    back = accepted(KeyLoan, held, KeyLoan.resume(), by=HEAD).case
    assert (back.state, back.previous) == (origin, "held")


@pytest.mark.parametrize("previous", [None, "returned", "vanished"])
def test_a_way_back_without_a_record_of_the_way_there_is_refused(previous: str | None):
    case = loan_in("held", previous=previous)
    answer = decide(KeyLoan, case, KeyLoan.resume(), HEAD, NOON)
    assert isinstance(answer, Refused)
    assert answer.reasons == (
        Refusal(
            "no_previous_state",
            "没有记录进入“暂停”之前的状态,无法“恢复”",
            "Resume: the state before Held is not on record",
        ),
    )


def test_a_transition_to_a_state_that_holds_others_leads_to_the_one_to_enter_first():
    assert accepted(KeyLoan, loan_in("requested"), KeyLoan.lend(), by=KEEPER).case.state == "lent"


@pytest.mark.parametrize("state", ["requested", "lent", "overdue", "held"])
def test_any_is_every_state_that_is_not_final(state: str):
    assert accepted(KeyLoan, loan_in(state), KeyLoan.lose()).case.state == "lost"


@pytest.mark.parametrize("state", ["returned", "lost"])
def test_any_is_no_final_state(state: str):
    assert codes(decide(KeyLoan, loan_in(state), KeyLoan.lose(), ANYONE, NOON)) == ["wrong_state"]


@attrs.frozen
class Points:
    points: int = 0


@guard(zh="不少于60分", en="60 points or more")
def passed(case: Case[Any], payload: Points, context: Context) -> bool:
    return payload.points >= 60


@guard(zh="不少于90分", en="90 points or more")
def praised(case: Case[Any], payload: Points, context: Context) -> bool | Refusal:
    if payload.points < 0:
        return Refusal("below_zero", "分数不能为负", "points cannot be below zero")
    return payload.points >= 90


@guard(zh="由本人", en="by oneself")
def by_oneself(case: Case[Any], context: Context) -> bool:
    return context.actor == ANYONE


class Exam(Workflow[Points]):
    """Leads to different states by the guards of its transitions."""

    sat = State(zh="已考", en="Sat")
    praise = State(zh="优秀", en="Excellent", final=True)
    ok = State(zh="合格", en="Passed", final=True)

    sit = Event(START >> sat, zh="考", en="Sit")
    grade = Event(
        Points,
        (sat >> praise).when(praised, by_oneself),
        (sat >> ok).when(passed, by_oneself),
        zh="评",
        en="Grade",
        history_only=["points"],
    )


SAT = Case("c1", "sat", None, Points(), 1, "exam", 1, NOON)


@pytest.mark.parametrize(("points", "state"), [(95, "praise"), (90, "praise"), (60, "ok")])
def test_the_first_transition_whose_guards_consent_is_taken(points: int, state: str):
    assert accepted(Exam, SAT, Exam.grade(points)).case.state == state


def test_where_no_transition_is_left_the_reasons_of_all_are_given_once_each():
    assert codes(decide(Exam, SAT, Exam.grade(59), KEEPER, NOON)) == [
        "praised",
        "by_oneself",
        "passed",
    ]


def test_a_guard_may_refuse_in_words_of_its_own():
    answer = decide(Exam, SAT, Exam.grade(-1), ANYONE, NOON)
    assert isinstance(answer, Refused)
    assert answer.reasons[0] == Refusal("below_zero", "分数不能为负", "points cannot be below zero")
    assert codes(answer) == ["below_zero", "passed"]


def test_a_step_that_happened_before_the_last_one_is_marked_late():
    plan, case = plan_of(KeyLoan), loan_in("lent")
    context = Context(KEEPER, NOON, HAPPENED, settings=LoanSettings())
    for last, late in [(None, False), (HAPPENED - HOUR, False), (HAPPENED, False), (NOON, True)]:
        answer = decide_step(plan, case, KeyLoan.remind(), context, key="k", last_occurred_at=last)
        assert isinstance(answer, Accepted)
        assert (answer.entry.late, answer.entry.key) == (late, "k")
        assert answer.entry.occurred_at == HAPPENED


def test_an_event_that_the_workflow_does_not_have_is_unknown():
    action: Action[Any, Loan] = Action("key_loan", "borrow", None)
    with pytest.raises(UnknownEvent, match="key_loan has no event 'borrow'; it has request, lend"):
        decide(KeyLoan, loan_in("lent"), action, KEEPER, NOON)


@pytest.mark.parametrize(
    ("event", "payload", "words"),
    [
        ("resume", Return("good"), "$: is Return, not NoneType"),
        ("give_back", None, "$: is NoneType, not Return"),
        ("give_back", {"returned_in": "good"}, "$: is dict, not Return"),
    ],
)
def test_a_payload_of_another_class_is_invalid(event: str, payload: object, words: str):
    with pytest.raises(InvalidPayload) as refused:
        decide(KeyLoan, loan_in("lent"), Action("key_loan", event, payload), KEEPER, NOON)
    assert [str(problem) for problem in refused.value.problems] == [words]


def test_an_action_of_another_workflow_is_named():
    case: Any = loan_in("lent")
    with pytest.raises(WrongWorkflow) as refused:
        decide(KeyLoan, case, Flow.finish(), ANYONE, NOON)  # type: ignore[arg-type]
    assert (refused.value.actual, refused.value.wanted) == ("flow", "key_loan")
    assert (
        str(refused.value)
        == "the action 'finish' belongs to the workflow 'flow', not to 'key_loan'"
    )


def test_a_case_of_another_workflow_is_named():
    case: Any = loan_in("lent")
    with pytest.raises(
        WrongWorkflow, match="the case 'c1' belongs to the workflow 'key_loan', not"
    ):
        decide(Flow, case, Flow.begin(name="x"), ANYONE, NOON)
