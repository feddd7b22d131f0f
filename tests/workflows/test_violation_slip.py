"""The violation slip: its table, its guards, its way into the ledger and out of it again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from propflow import ANY, SAME, Actor, Engine, Event, Refused
from propflow.calendar import adjusted, weekdays
from propflow.decision import replay
from propflow.errors import InvalidPayload, UnknownWorkflow
from propflow.rulebooks import load
from propflow.scoring import (
    Account,
    Charge,
    LinkedComplaint,
    Shift,
    joint_liability,
    statement,
    statements,
    weekly_list,
)
from propflow.storage import MemoryStore
from propflow.testing import FakeClock
from propflow.workflows import (
    Issue,
    LedgerEntry,
    LedgerMonth,
    ViolationSlip,
    ViolationSlipSettings,
    handed_in,
    roles,
    slips_for,
)
from propflow.workflows.violation_slip_data import ViolationSlipData, hand_in_due
from tests.workflows.points import (
    APRIL,
    GUO,
    LIN,
    MA,
    P1,
    THURSDAY,
    UNIFORM,
    WARNED,
    ZHAO,
    entries,
    points,
)
from tests.workflows.walking import everyone, outcomes, pairs, roles_asked

MEETING = date(2026, 3, 9)
MONDAY = datetime(2026, 3, 9, 1, tzinfo=UTC)
SLIP = ViolationSlip.write(person="p1", conduct="未着工作服", charges=(UNIFORM, WARNED))
Appealable = ViolationSlip.with_settings(appeal_window=timedelta(days=3))

ACTIONS = {
    "issue": ViolationSlip.issue(),
    "hand_in": ViolationSlip.hand_in(),
    "announce": ViolationSlip.announce(meeting=date(2025, 6, 3)),
    "appeal": ViolationSlip.appeal(appealed_for="工作服在洗"),
    "uphold": ViolationSlip.uphold(reason="有照片"),
    "reduce": ViolationSlip.reduce(reason="初犯", charges=(UNIFORM,)),
    "settle": ViolationSlip.settle(month="2025-06"),
    "revoke": ViolationSlip.revoke(reason="认错人"),
}
TABLE = {
    ("draft", "issue"): "issued",
    ("issued", "hand_in"): "handed_in",
    ("handed_in", "announce"): "announced",
    ("under_appeal", "uphold"): "announced",
    ("under_appeal", "reduce"): "announced",
    ("announced", "settle"): "settled",
    **{
        (state, "revoke"): "revoked"
        for state in ("draft", "issued", "handed_in", "announced", "under_appeal", "settled")
    },
}
DATA = ViolationSlipData(
    person="p1",
    conduct="未着工作服",
    charges=(UNIFORM, WARNED),
    issuer="lin",
    handed_in_at=datetime(2025, 6, 2, tzinfo=UTC),
)


@pytest.mark.parametrize(
    ("state", "event"), [pair for pair in pairs(ViolationSlip, ACTIONS) if pair[1] != "appeal"]
)
def test_the_table_and_nothing_but_the_table(state, event):
    actor = everyone(ViolationSlip, "somebody")
    expected = TABLE.get((state, event), {"wrong_state"})
    assert outcomes(ViolationSlip, state, ACTIONS[event], actor, DATA) == expected


def test_who_may_ask():
    reviewers = {"project_general_manager", "office"}
    assert roles_asked(ViolationSlip) == {
        "write": {"inspector"},
        "issue": {"inspector", *reviewers},
        "hand_in": {"inspector", *reviewers},
        "announce": {"office"},
        "appeal": set(),
        "uphold": reviewers,
        "reduce": reviewers,
        "settle": {"office"},
        "revoke": reviewers,
    }


def refused(engine, case, action, by):
    with pytest.raises(Refused) as raised:
        engine.fire(case, action, by=by)
    return {reason.code for reason in raised.value.reasons}


@pytest.fixture
def clock():
    return FakeClock(THURSDAY)


@pytest.fixture
def engine(store, clock):
    return Engine(store, [Appealable, LedgerEntry, LedgerMonth], clock=clock)


@pytest.fixture
def announced(engine, clock):
    slip = engine.start(SLIP, by=LIN, id="slip-1")
    slip = engine.fire(slip, ViolationSlip.issue(), by=LIN)
    slip = engine.fire(slip, ViolationSlip.hand_in(), by=LIN)
    clock.set(MONDAY)
    return engine.fire(slip, ViolationSlip.announce(meeting=MEETING), by=GUO)


def settled(engine, clock, announced):
    clock.set(MONDAY + timedelta(days=4))
    return engine.fire(announced, ViolationSlip.settle(), by=GUO)


def test_a_slip_posts_each_charge_to_the_person_when_it_is_settled(engine, clock, announced):
    assert entries(engine) == []
    slip = settled(engine, clock, announced)
    assert (slip.state, slip.data.month, slip.data.late) == ("settled", "2026-03", False)
    first, second = entries(engine, source=slip.id)
    assert (first.id, first.state, first.data.account) == ("slip-1:1", "posted", Account.PERSON)
    assert (first.data.holder, first.data.rule, str(first.data.points)) == (
        "p1",
        "ded_no_uniform",
        "1.5",
    )
    assert (second.data.points, second.data.warnings) == (2, 1)
    assert first.data.noted_at == THURSDAY
    march = statement(
        [case.data for case in entries(engine, month="2026-03")],
        account=Account.PERSON,
        holder="p1",
        month="2026-03",
    )
    assert (str(march.points), march.warnings, march.slips) == ("3.5", 1, ("slip-1",))


def test_a_revocation_after_the_month_is_closed_is_posted_in_its_own_month(
    engine, clock, announced
):
    slip = settled(engine, clock, announced)
    clock.set(APRIL)
    engine.start(LedgerMonth.close(month="2026-03"), by=GUO)
    slip = engine.fire(slip, ViolationSlip.revoke(reason="认错人"), by=ZHAO)
    assert (slip.state, slip.data.revoked_by) == ("revoked", "zhao")
    assert (str(points(engine, month="2026-03")), str(points(engine, month="2026-04"))) == (
        "3.5",
        "-3.5",
    )
    assert points(engine) == 0
    assert [case.data.reverses for case in entries(engine, month="2026-04")] == [
        "slip-1:1",
        "slip-1:2",
    ]
    (april,) = statements([case.data for case in entries(engine)], month="2026-04")
    assert (april.charged, str(april.given_back), april.warnings) == (0, "3.5", -1)


def test_a_slip_that_was_never_settled_leaves_no_trace_in_the_ledger(engine, announced):
    slip = engine.fire(announced, ViolationSlip.revoke(reason="认错人"), by=ZHAO)
    assert (slip.state, entries(engine)) == ("revoked", [])


def test_a_closed_month_refuses_the_settlement_whole(engine, clock, announced):
    clock.set(APRIL)
    engine.start(LedgerMonth.close(month="2026-03"), by=GUO)
    action = ViolationSlip.settle(month="2026-03")
    assert refused(engine, announced, action, GUO) == {"month_closed"}
    assert engine.get("slip-1", ViolationSlip) == announced
    assert entries(engine) == []
    assert not engine.check(announced, action, by=GUO).accepted
    slip = engine.fire(announced, ViolationSlip.settle(), by=GUO)
    assert slip.data.month == "2026-04"


def test_a_month_to_come_or_none_is_refused(engine, clock, announced):
    clock.set(APRIL)
    action = ViolationSlip.settle(month="2026-05")
    assert refused(engine, announced, action, GUO) == {"month_has_begun"}
    assert refused(engine, announced, ViolationSlip.settle(month="April"), GUO) == {"a_month"}


def test_the_person_may_appeal_within_the_window_once(engine, clock, announced):
    appeal = ViolationSlip.appeal(appealed_for="工作服在洗")
    assert refused(engine, announced, appeal, MA) == {"by_the_person"}
    blank = ViolationSlip.appeal(appealed_for=" ")
    assert refused(engine, announced, blank, P1) == {"appeal_grounded"}
    slip = engine.fire(announced, appeal, by=P1)
    slip = engine.fire(slip, ViolationSlip.uphold(reason="有照片"), by=ZHAO)
    assert (slip.state, slip.data.heard_by) == ("announced", "zhao")
    assert refused(engine, slip, appeal, P1) == {"not_appealed_before"}
    engine.fire(slip, ViolationSlip.settle(), by=GUO)  # need not wait any more


def test_the_window_closes(engine, clock, announced):
    appeal = ViolationSlip.appeal(appealed_for="工作服在洗")
    clock.set(MONDAY + timedelta(days=3))
    assert engine.check(announced, appeal, by=P1).accepted
    assert refused(engine, announced, ViolationSlip.settle(), GUO) == {"appeal_window_over"}
    clock.turn(timedelta(microseconds=1))
    assert refused(engine, announced, appeal, P1) == {"within_the_appeal_window"}
    engine.fire(announced, ViolationSlip.settle(), by=GUO)


def test_without_a_window_there_are_no_appeals():
    actor = everyone(ViolationSlip, "p1")
    data = attrs.evolve(DATA, announced_at=datetime(2025, 6, 3, tzinfo=UTC))
    found = outcomes(ViolationSlip, "announced", ACTIONS["appeal"], actor, data)
    assert found == {"within_the_appeal_window"}


def test_neither_the_issuer_nor_the_person_decides(engine, announced):
    slip = engine.fire(announced, ViolationSlip.appeal(appealed_for="…"), by=P1)
    for who in ("lin", "p1"):
        actor = everyone(ViolationSlip, who)
        for event in ("uphold", "reduce", "revoke"):
            assert refused(engine, slip, ACTIONS[event], actor) == {"decided_by_another"}


def test_an_appeal_only_ever_makes_it_less(engine, announced):
    slip = engine.fire(announced, ViolationSlip.appeal(appealed_for="…"), by=P1)
    for charges in ((UNIFORM, WARNED), (Charge("a", 9),), (Charge("a", 1, warnings=2),)):
        action = ViolationSlip.reduce(reason="…", charges=charges)
        assert refused(engine, slip, action, ZHAO) == {"less_than_before"}
    slip = engine.fire(slip, ViolationSlip.reduce(reason="初犯", charges=(UNIFORM,)), by=ZHAO)
    engine.fire(slip, ViolationSlip.settle(), by=GUO)
    assert str(points(engine)) == "1.5"


def test_a_meeting_announces_what_was_handed_in_before_it_and_has_taken_place(engine, clock):
    slip = engine.start(SLIP, by=LIN)
    slip = engine.fire(slip, ViolationSlip.issue(), by=LIN)
    slip = engine.fire(slip, ViolationSlip.hand_in(), by=LIN)
    for day in (date(2026, 3, 4), date(2026, 3, 6)):
        action = ViolationSlip.announce(meeting=day)
        assert refused(engine, slip, action, GUO) == {"handed_in_before_the_meeting"}
    (read_out,) = weekly_list([handed_in(slip)], meeting=MONDAY)
    assert (read_out.slip, str(read_out.points), read_out.late) == (slip.id, "3.5", False)
    clock.set(MONDAY)
    engine.fire(slip, ViolationSlip.announce(meeting=MEETING), by=GUO)


def test_a_slip_that_was_not_handed_in_is_not_read_out(engine):
    with pytest.raises(ValueError, match="has not been handed in"):
        handed_in(engine.start(SLIP, by=LIN))


def test_a_slip_says_whom_what_and_on_what_ground(engine):
    def codes(**given):
        values = {"person": "p1", "conduct": "…", "charges": (UNIFORM,)} | given
        with pytest.raises(Refused) as raised:
            engine.start(ViolationSlip.write(**values), by=LIN)
        return {reason.code for reason in raised.value.reasons}

    assert codes(person=" ") == {"person_and_conduct_named"}
    assert codes(conduct="") == {"person_and_conduct_named"}
    assert codes(charges=()) == {"something_charged"}
    assert codes(charges=(Charge(" ", 1),)) == {"charges_grounded"}


def test_a_form_gives_points_as_text_and_no_float_gets_in(engine):
    def written(points):
        charges = [{"rule": "ded_no_uniform", "points": points}]
        given = {"person": "p1", "conduct": "…", "charges": charges}
        return engine.start(ViolationSlip.action("write", given), by=LIN)

    assert str(written("0.5").data.charges[0].points) == "0.5"
    with pytest.raises(InvalidPayload) as raised:
        written(0.5)
    assert raised.value.problems[0].where == "charges[0].points"


def test_nobody_issues_a_slip_against_themself_unless_the_host_says_so():
    lin = everyone(ViolationSlip, "p1")
    issue = ViolationSlip.issue()
    assert outcomes(ViolationSlip, "draft", issue, lin, DATA) == {"not_against_oneself"}
    loose = ViolationSlip.with_settings(four_eyes=False)
    assert outcomes(loose, "draft", issue, lin, DATA) == "issued"


def test_approval_is_the_hosts_to_ask_for():
    strict = ViolationSlip.with_settings(approval=True)
    issue = ViolationSlip.issue()
    assert outcomes(strict, "draft", issue, LIN, DATA) == {"approved"}
    assert outcomes(strict, "draft", issue, GUO, DATA) == "issued"


SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("issued", "due"),
    [
        (datetime(2026, 3, 5, 10, tzinfo=SHANGHAI), datetime(2026, 3, 6, 18, tzinfo=SHANGHAI)),
        # On Sunday evening the week's last working day is over: due already.
        (datetime(2026, 3, 8, 15, 59, tzinfo=UTC), datetime(2026, 3, 6, 18, tzinfo=SHANGHAI)),
        (datetime(2026, 3, 8, 16, tzinfo=UTC), datetime(2026, 3, 13, 18, tzinfo=SHANGHAI)),
    ],
)
def test_the_week_ends_on_its_last_working_day(issued, due):
    assert hand_in_due(issued, ViolationSlipSettings()) == due


def test_make_up_days_count_and_what_the_calendar_does_not_know_is_not_guessed():
    plain = weekdays({1, 2, 3, 4, 5}, last=date(2026, 12, 31))
    settings = ViolationSlipSettings(
        working_days=adjusted(plain, worked=[date(2026, 3, 8)]), hand_in_by=time(17, 30)
    )
    due = datetime(2026, 3, 8, 17, 30, tzinfo=SHANGHAI)
    assert hand_in_due(THURSDAY, settings) == due
    assert hand_in_due(datetime(2027, 3, 5, tzinfo=UTC), settings) is None
    week = [date(2026, 3, day) for day in range(2, 7)]
    off = ViolationSlipSettings(working_days=adjusted(plain, off=week))
    assert hand_in_due(THURSDAY, off) is None


@pytest.mark.parametrize(
    ("working_days", "late"),
    [(weekdays({1, 2, 3, 4, 5}), True), (weekdays({1}, last=date(2025, 1, 1)), None)],
)
def test_a_slip_handed_in_late_is_marked_and_never_refused(working_days, late):
    clock = FakeClock(THURSDAY)
    ours = ViolationSlip.with_settings(working_days=working_days)
    engine = Engine(MemoryStore(), [ours, LedgerEntry, LedgerMonth], clock=clock)
    slip = engine.start(SLIP, by=LIN)
    slip = engine.fire(slip, ViolationSlip.issue(), by=LIN)
    clock.set(MONDAY)
    assert engine.fire(slip, ViolationSlip.hand_in(), by=LIN).data.late is late


def test_settings_that_json_lacks_stand_in_the_definition_by_their_words():
    values = {each.name: each.value for each in ViolationSlip.definition().settings}
    assert values["working_days"] == '"the plain weekdays"'
    assert values["zone"] == '"Asia/Shanghai"'


def test_an_engine_without_the_ledger_settles_nothing(clock):
    engine = Engine(MemoryStore(), [ViolationSlip], clock=clock)
    slip = engine.start(SLIP, by=LIN)
    for action in (ViolationSlip.issue(), ViolationSlip.hand_in()):
        slip = engine.fire(slip, action, by=LIN)
    clock.set(MONDAY)
    slip = engine.fire(slip, ViolationSlip.announce(meeting=MEETING), by=GUO)
    with pytest.raises(UnknownWorkflow):
        engine.fire(slip, ViolationSlip.settle(), by=GUO)
    assert engine.get(slip.id, ViolationSlip).state == "announced"


def test_its_history_leads_to_it_again(engine, clock, announced):
    slip = settled(engine, clock, announced)
    assert replay(Appealable, slip.id, engine.history(slip.id)) == slip


# The slip against an inspector who is jointly liable (clause 4.3) ---------------------------------


@attrs.frozen
class Judged:
    """The payload of a judgement: what the host's call of `joint_liability` found."""

    verdict: str


REGULATION = load("patrol_regulation")
VERDICTS = {}


def _slips(case, payload, _context):
    verdict = VERDICTS[payload.verdict]
    yield from slips_for(verdict, conduct="未及时处理,遭到投诉", about=case.id, role="inspector")


class JudgedIssue(Issue):
    """An issue whose inspector may be held jointly liable."""

    name = "judged_issue"

    judge = Event(
        Judged,
        ANY >> SAME,
        zh="判定连带责任",
        en="Judge joint liability",
        by=roles.cs_supervisor,
        history_only=["verdict"],
        effects=_slips,
    )


@pytest.mark.parametrize("complained", [True, False])
def test_one_declared_effect_opens_the_slip_against_a_jointly_liable_inspector(store, complained):
    clock = FakeClock(THURSDAY)
    engine = Engine(store, [JudgedIssue, ViolationSlip, LedgerEntry, LedgerMonth], clock=clock)
    issue = engine.start(JudgedIssue.record(place="B1", description="渗水"), by=LIN)
    clock.turn(timedelta(hours=9))
    complaints = [LinkedComplaint("c1", issue.id, THURSDAY + timedelta(hours=1))]
    shift = Shift("lin", THURSDAY - timedelta(hours=1), THURSDAY + timedelta(hours=7))
    VERDICTS["v1"] = joint_liability(
        issue.id,
        engine.history(issue.id),
        inspector="lin",
        shift=shift,
        complaints=complaints if complained else [],
        at=clock(),
        consequences=[REGULATION.rule("joint_liability_double_penalty")],
        base=load("sheet_staff_image").rule("ded_no_uniform"),
        responsible="wang",
    )
    engine.fire(issue, JudgedIssue.judge(verdict="v1"), by=Actor("s", [roles.cs_supervisor]))
    slips = list(engine.find(ViolationSlip, where={"about": issue.id}))
    if not complained:
        assert slips == []
        return
    (slip,) = slips
    (charge,) = slip.data.charges
    assert (slip.state, slip.data.person, slip.data.issuer) == ("draft", "lin", "SYSTEM")
    assert (charge.rule, charge.points) == ("joint_liability_unhandled_complaint", 2)
    assert refused(engine, slip, ViolationSlip.issue(), LIN) == {"not_against_oneself"}
    assert engine.fire(slip, ViolationSlip.issue(), by=MA).data.issuer == "ma"
