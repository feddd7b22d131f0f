"""The deduction sheet: its table, who may decide on it, and its one way into the ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest

from propflow import SYSTEM, Actor, Engine, Refused
from propflow.decision import replay
from propflow.rulebooks import load
from propflow.scoring import Account, Finding, assess, charges, statement
from propflow.testing import FakeClock
from propflow.workflows import InspectionSheet, LedgerEntry, LedgerMonth, roles
from propflow.workflows.inspection_sheet import InspectionSheetData
from tests.workflows.points import (
    APRIL,
    GUO,
    LIN,
    MA,
    THURSDAY,
    UNIFORM,
    WARNED,
    ZHAO,
    entries,
    points,
)
from tests.workflows.walking import NOW, everyone, outcomes, pairs, roles_asked

HEAD = Actor("head", [roles.department_head])
BOOK = load("sheet_staff_image")
FILLED = InspectionSheet.fill_in(book=BOOK.id, department="cleaning", charges=(UNIFORM, WARNED))

ACTIONS = {
    "amend": InspectionSheet.amend(charges=(UNIFORM,)),
    "sign": InspectionSheet.sign(),
    "confirm": InspectionSheet.confirm(),
    "deem_confirmed": InspectionSheet.deem_confirmed(),
    "raise_dispute": InspectionSheet.raise_dispute(reason="不属实"),
    "uphold": InspectionSheet.uphold(reason="有照片"),
    "reduce": InspectionSheet.reduce(reason="初犯", charges=(UNIFORM,)),
    "discard": InspectionSheet.discard(reason="填错"),
    "annul": InspectionSheet.annul(reason="填错"),
}
OWN = {"amend", "sign", "discard"}
TABLE = {
    ("draft", "amend"): "draft",
    ("draft", "sign"): "signed",
    ("draft", "discard"): "void",
    ("signed", "confirm"): "confirmed",
    ("signed", "deem_confirmed"): "confirmed",
    ("signed", "raise_dispute"): "disputed",
    ("disputed", "uphold"): "confirmed",
    ("disputed", "reduce"): "confirmed",
    ("signed", "annul"): "void",
    ("disputed", "annul"): "void",
    ("confirmed", "annul"): "void",
}
DATA = InspectionSheetData(
    book=BOOK.id, department="cleaning", charges=(UNIFORM, WARNED), inspector="lin", signed_at=NOW
)


@pytest.mark.parametrize(("state", "event"), pairs(InspectionSheet, ACTIONS))
def test_the_table_and_nothing_but_the_table(state, event):
    actor = everyone(InspectionSheet, "lin" if event in OWN else "somebody")
    expected = TABLE.get((state, event), {"wrong_state"})
    ours = InspectionSheet.with_settings(deemed_after=timedelta(0))
    assert outcomes(ours, state, ACTIONS[event], actor, DATA) == expected


def test_who_may_ask():
    reviewers = {"project_general_manager", "office"}
    asked = roles_asked(InspectionSheet)
    assert {asked[event].pop() for event in ("fill_in", *OWN)} == {"inspector"}
    assert asked["confirm"] == asked["raise_dispute"] == {"department_head"}
    assert asked["uphold"] == asked["reduce"] == asked["annul"] == reviewers
    assert asked["deem_confirmed"] == {"office"}


@pytest.fixture
def clock():
    return FakeClock(THURSDAY)


@pytest.fixture
def engine(store, clock):
    return Engine(store, [InspectionSheet, LedgerEntry, LedgerMonth], clock=clock)


def refused(engine, case, action, by):
    with pytest.raises(Refused) as raised:
        engine.fire(case, action, by=by)
    return {reason.code for reason in raised.value.reasons}


def signed(engine, opening=FILLED):
    sheet = engine.start(opening, by=LIN, id="sheet-1")
    assert entries(engine) == []
    return engine.fire(sheet, InspectionSheet.sign(), by=LIN)


def test_an_assessment_becomes_a_sheet_and_the_sheet_charges_the_department(engine):
    findings = [
        Finding("ded_no_uniform", persons=["p1", "p2"], department="cleaning"),
        Finding("ded_office_untidy", places=["R1"], department="cleaning"),
    ]
    (bill,) = assess(BOOK, findings).bills
    filled = InspectionSheet.fill_in(book=BOOK.id, department="cleaning", charges=charges(bill))
    sheet = engine.fire(signed(engine, filled), InspectionSheet.confirm(), by=HEAD)
    assert (sheet.state, sheet.data.confirmed_by, sheet.data.month) == (
        "confirmed",
        "head",
        "2026-03",
    )
    posted = [case.data for case in entries(engine, source=sheet.id)]
    march = statement(posted, account=Account.DEPARTMENT, holder="cleaning", month="2026-03")
    assert march.points == bill.total == 3
    assert {each.document for each in march.postings} == {"inspection_sheet"}
    assert replay(InspectionSheet, sheet.id, engine.history(sheet.id)) == sheet


def test_only_a_confirmed_sheet_is_posted_and_only_once(engine):
    sheet = signed(engine)
    sheet = engine.fire(sheet, InspectionSheet.raise_dispute(reason="不属实"), by=HEAD)
    assert (sheet.data.dispute, sheet.data.disputed_by) == ("不属实", "head")
    assert entries(engine) == []
    sheet = engine.fire(sheet, InspectionSheet.uphold(reason="有照片"), by=ZHAO)
    assert str(points(engine)) == "3.5"
    for event in ("confirm", "uphold", "deem_confirmed"):
        codes = refused(engine, sheet, ACTIONS[event], everyone(InspectionSheet, "x"))
        assert "wrong_state" in codes
    assert len(entries(engine)) == 2


def test_a_sheet_without_deductions_is_confirmed_and_posts_nothing(engine):
    filled = InspectionSheet.fill_in(book=BOOK.id, department="cleaning")
    sheet = engine.fire(signed(engine, filled), InspectionSheet.confirm(), by=HEAD)
    assert (sheet.state, entries(engine)) == ("confirmed", [])


def test_a_dispute_ends_in_less(engine):
    sheet = signed(engine)
    sheet = engine.fire(sheet, InspectionSheet.raise_dispute(reason="不属实"), by=HEAD)
    dearer = InspectionSheet.reduce(reason="…", charges=(UNIFORM, UNIFORM, WARNED))
    assert refused(engine, sheet, dearer, ZHAO) == {"less_than_before"}
    engine.fire(sheet, ACTIONS["reduce"], by=ZHAO)
    assert str(points(engine, holder="cleaning")) == "1.5"


def test_a_sheet_annulled_after_the_month_was_closed_is_taken_back_in_its_own_month(engine, clock):
    sheet = engine.fire(signed(engine), InspectionSheet.confirm(), by=HEAD)
    clock.set(APRIL)
    engine.start(LedgerMonth.close(month="2026-03"), by=GUO)
    sheet = engine.fire(sheet, InspectionSheet.annul(reason="填错部门"), by=GUO)
    assert (sheet.state, sheet.data.annulled_by) == ("void", "guo")
    assert (str(points(engine, month="2026-03")), str(points(engine, month="2026-04"))) == (
        "3.5",
        "-3.5",
    )


def test_a_sheet_annulled_before_it_was_confirmed_leaves_no_trace(engine):
    engine.fire(signed(engine), InspectionSheet.annul(reason="填错"), by=GUO)
    assert entries(engine) == []


def test_nobody_decides_on_their_own_matter(engine):
    sheet = signed(engine)
    lin, head = everyone(InspectionSheet, "lin"), everyone(InspectionSheet, "head")
    for event in ("confirm", "raise_dispute"):
        assert refused(engine, sheet, ACTIONS[event], lin) == {"not_the_inspector"}
    sheet = engine.fire(sheet, ACTIONS["raise_dispute"], by=head)
    for event in ("uphold", "reduce", "annul"):
        for who in (lin, head):
            assert refused(engine, sheet, ACTIONS[event], who) == {"neutral"}


def test_only_its_inspector_amends_signs_or_discards_a_draft(engine):
    sheet = engine.start(FILLED, by=LIN)
    for event in OWN:
        assert refused(engine, sheet, ACTIONS[event], MA) == {"own_sheet"}
    sheet = engine.fire(sheet, InspectionSheet.amend(charges=(UNIFORM,), remarks="更正"), by=LIN)
    assert (sheet.data.charges, sheet.data.remarks) == ((UNIFORM,), "更正")
    assert engine.fire(sheet, ACTIONS["discard"], by=LIN).state == "void"


def test_a_sheet_names_its_book_and_department(engine):
    with pytest.raises(Refused) as raised:
        engine.start(InspectionSheet.fill_in(book=" ", department="cleaning"), by=LIN)
    assert [reason.code for reason in raised.value.reasons] == ["sheet_named"]


def test_a_sheet_counts_as_confirmed_only_after_the_time_that_the_host_sets(store, clock):
    ours = InspectionSheet.with_settings(deemed_after=timedelta(days=3))
    engine = Engine(store, [ours, LedgerEntry, LedgerMonth], clock=clock)
    sheet = signed(engine)
    clock.turn(timedelta(days=3) - timedelta(microseconds=1))
    assert refused(engine, sheet, InspectionSheet.deem_confirmed(), SYSTEM) == {"deemed"}
    clock.turn(timedelta(microseconds=1))
    sheet = engine.fire(sheet, InspectionSheet.deem_confirmed(), by=SYSTEM)
    assert (sheet.state, sheet.data.confirmed_by) == ("confirmed", "SYSTEM")
    assert str(points(engine)) == "3.5"
