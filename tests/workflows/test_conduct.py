"""Concealment and obstruction: who may know and decide what, and the slips that follow."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import MetaData, create_engine, select

from propflow import Actor, Engine, Refused
from propflow.decision import replay
from propflow.errors import InexactNumber, InvalidPayload, InvalidPoints
from propflow.rulebooks import load
from propflow.storage import MemoryStore
from propflow.storage.sqlalchemy import SQLStore
from propflow.testing import FakeClock
from propflow.workflows import (
    ConcealmentInquiry,
    LedgerEntry,
    LedgerMonth,
    Obstruction,
    ViolationSlip,
    roles,
)
from tests.workflows.points import GUO, LIN, MA, THURSDAY, ZHAO, points
from tests.workflows.walking import everyone

HAN = Actor("han", [roles.report_officer])
WORKFLOWS = [ConcealmentInquiry, Obstruction, ViolationSlip, LedgerEntry, LedgerMonth]


@pytest.fixture
def engine(store):
    return Engine(store, WORKFLOWS, clock=FakeClock(THURSDAY))


def refused(engine, case, action, by):
    with pytest.raises(Refused) as raised:
        engine.fire(case, action, by=by)
    return {reason.code for reason in raised.value.reasons}


# 检举核查 (4.4) ---------------------------------------------------------------------------------


def reported(reporter: UUID | None = None, **given):
    values = {
        "inspector": "p1",
        "inspector_department": "cleaning",
        "concealed_department": "cleaning",
        "description": "三次漏检未记录",
        "reporter": reporter,
    }
    return ConcealmentInquiry.report(**(values | given))


def confirmed(engine, opening):
    inquiry = engine.start(opening, by=HAN)
    inquiry = engine.fire(inquiry, ConcealmentInquiry.investigate(), by=HAN)
    return engine.fire(inquiry, ConcealmentInquiry.confirm(reason="属实"), by=ZHAO)


def test_a_confirmed_report_drafts_one_slip_of_five_points_and_one_warning(engine):
    inquiry = confirmed(engine, reported())
    assert (inquiry.state, inquiry.data.decided_by) == ("confirmed", "zhao")
    (slip,) = engine.find(ViolationSlip, where={"about": inquiry.id})
    (charge,) = slip.data.charges
    assert (slip.state, slip.data.person, slip.data.department) == ("draft", "p1", "cleaning")
    assert (charge.rule, charge.points, charge.warnings) == ("concealment_deduction", 5, 1)
    rule = load("patrol_regulation").rule("concealment_deduction")
    assert rule.points == charge.points
    assert replay(ConcealmentInquiry, inquiry.id, engine.history(inquiry.id)) == inquiry


def test_another_department_is_not_covered(engine):
    inquiry = engine.start(reported(concealed_department="order"), by=HAN)
    inquiry = engine.fire(inquiry, ConcealmentInquiry.investigate(), by=HAN)
    action = ConcealmentInquiry.confirm(reason="属实")
    assert refused(engine, inquiry, action, ZHAO) == {"own_department"}
    inquiry = engine.fire(inquiry, ConcealmentInquiry.dismiss(reason="非本部门"), by=ZHAO)
    assert inquiry.state == "unfounded"
    assert list(engine.find(ViolationSlip)) == []


def test_whoever_is_reported_has_no_hand_in_it(engine):
    accused = everyone(ConcealmentInquiry, "p1")
    with pytest.raises(Refused):
        engine.start(reported(uuid4()), by=accused)
    inquiry = engine.start(reported(uuid4()), by=HAN)
    for action in (
        ConcealmentInquiry.disclose(reason="…"),
        ConcealmentInquiry.investigate(),
        ConcealmentInquiry.dismiss(reason="…"),
    ):
        assert refused(engine, inquiry, action, accused) == {"not_the_reported"}


def test_only_an_officer_opens_a_report_so_the_reporter_stands_in_no_history(engine):
    with pytest.raises(Refused) as raised:
        engine.start(reported(uuid4()), by=Actor("whistle-blower"))
    assert [reason.code for reason in raised.value.reasons] == ["wrong_role"]


def test_no_field_takes_the_id_of_a_person_for_the_reporter():
    given = {
        "inspector": "p1",
        "inspector_department": "cleaning",
        "concealed_department": "cleaning",
        "description": "…",
        "reporter": "whistle-blower",
    }
    with pytest.raises(InvalidPayload) as raised:
        ConcealmentInquiry.action("report", given)
    assert raised.value.problems[0].where == "reporter"


def test_the_name_is_read_by_officers_alone_and_every_reading_is_on_record(engine):
    inquiry = engine.start(reported(uuid4()), by=HAN)
    disclose = ConcealmentInquiry.disclose(reason="须向检举人核实时间")
    for actor in (LIN, GUO, ZHAO):
        assert "wrong_role" in refused(engine, inquiry, disclose, actor)
    assert "reason_given" in refused(engine, inquiry, ConcealmentInquiry.disclose(reason=""), HAN)
    inquiry = engine.fire(inquiry, disclose, by=HAN)
    assert (inquiry.state, inquiry.data.disclosures) == ("reported", 1)
    last = engine.history(inquiry.id)[-1]
    assert (last.actor.id, last.event, last.payload.reason) == (
        "han",
        "disclose",
        "须向检举人核实时间",
    )
    anonymous = engine.start(reported(), by=HAN)
    assert refused(engine, anonymous, disclose, HAN) == {"not_anonymous"}


def test_nothing_in_the_database_says_who_reported_it(tmp_path):
    url = f"sqlite:///{tmp_path / 'cases.db'}"
    store = SQLStore(url)
    store.create_tables()
    engine = Engine(store, WORKFLOWS, clock=FakeClock(THURSDAY))
    vault = {uuid4(): "whistle-blower"}
    (handle,) = vault
    inquiry = confirmed(engine, reported(handle))
    inquiry = engine.fire(inquiry, ConcealmentInquiry.disclose(reason="回访"), by=HAN)
    assert vault[inquiry.data.reporter] == "whistle-blower"
    store.close()

    database = create_engine(url)
    tables = MetaData()
    tables.reflect(database)
    with database.connect() as connection:
        rows = [
            str(row) for table in tables.sorted_tables for row in connection.execute(select(table))
        ]
    database.dispose()
    text = "\n".join(rows)
    assert "p1" in text
    assert str(handle) in text
    assert "whistle-blower" not in text
    slips = [row for row in rows if "violation_slip" in row]
    assert slips
    assert not any(str(handle) in row for row in slips)


@pytest.mark.parametrize(
    "blank", ["inspector", "inspector_department", "concealed_department", "description"]
)
def test_a_report_names_everything_but_the_reporter(engine, blank):
    with pytest.raises(Refused) as raised:
        engine.start(reported(**{blank: " "}), by=HAN)
    assert [reason.code for reason in raised.value.reasons] == ["report_complete"]


def test_the_points_are_the_texts_unless_the_host_sets_others():
    ours = ConcealmentInquiry.with_settings(points="7.5", warnings=2)
    engine = Engine(MemoryStore(), [ours, *WORKFLOWS[1:]], clock=FakeClock(THURSDAY))
    confirmed(engine, reported())
    (slip,) = engine.find(ViolationSlip)
    assert (str(slip.data.charges[0].points), slip.data.charges[0].warnings) == ("7.5", 2)
    with pytest.raises(InexactNumber):
        ConcealmentInquiry.with_settings(points=7.5)


# 抵触排斥 (4.5) ---------------------------------------------------------------------------------


def obstructed(supervisor="head"):
    return Obstruction.report(
        department="order", supervisor=supervisor, person="p1", description="拒绝检查"
    )


HELD = Obstruction.hold_liable(
    reason="查实", supervisor_points="2", person_points="1.5", person_warnings=1
)


def charged(engine, case):
    return {
        slip.data.person: (str(slip.data.charges[0].points), slip.data.charges[0].warnings)
        for slip in engine.find(ViolationSlip, where={"about": case.id})
    }


def test_both_parties_get_a_slip_with_the_points_that_somebody_set(engine):
    case = engine.start(obstructed(), by=LIN)
    case = engine.fire(case, Obstruction.respond(answer="误会"), by=Actor("head"))
    case = engine.fire(case, HELD, by=ZHAO)
    assert (case.state, case.data.decided_by, case.data.answered_by) == ("liable", "zhao", "head")
    assert charged(engine, case) == {"head": ("2", 0), "p1": ("1.5", 1)}
    assert replay(Obstruction, case.id, engine.history(case.id)) == case
    assert points(engine) == 0  # slips are drafts until somebody issues them


def test_whoever_is_both_gets_one_slip_and_the_dearer_of_each(engine):
    case = engine.fire(engine.start(obstructed("p1"), by=LIN), HELD, by=ZHAO)
    assert charged(engine, case) == {"p1": ("2", 1)}


def test_a_dismissed_report_drafts_nothing(engine):
    case = engine.start(obstructed(), by=LIN)
    case = engine.fire(case, Obstruction.dismiss(reason="误会"), by=GUO)
    assert (case.state, charged(engine, case)) == ("dismissed", {})


def test_no_side_decides_and_only_the_parties_answer(engine):
    case = engine.start(obstructed(), by=LIN)
    for who in ("lin", "head", "p1"):
        actor = everyone(Obstruction, who)
        assert refused(engine, case, HELD, actor) == {"decided_by_another"}
    answer = Obstruction.respond(answer="误会")
    assert refused(engine, case, answer, MA) == {"by_a_party"}
    blank = Obstruction.respond(answer=" ")
    assert refused(engine, case, blank, Actor("p1")) == {"answer_given"}
    with pytest.raises(Refused) as raised:
        engine.start(obstructed(" "), by=LIN)
    assert [reason.code for reason in raised.value.reasons] == ["parties_named"]


def test_there_is_no_default_for_the_points():
    with pytest.raises(InvalidPayload) as raised:
        Obstruction.action("hold_liable", {"reason": "查实"})
    assert {problem.where for problem in raised.value.problems} == {
        "supervisor_points",
        "person_points",
    }
    with pytest.raises(InvalidPoints):
        Obstruction.hold_liable(reason="查实", supervisor_points=-1, person_points=0)
