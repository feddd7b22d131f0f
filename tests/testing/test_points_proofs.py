"""The workflows that points go through, proved: who may take them, and how often."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
import pytest

from propflow.definition import SYSTEM, Actor, Case, Entry
from propflow.errors import NotFound, ProofFailed
from propflow.rulebooks import load
from propflow.scoring import Account, Charge, Posting, Score, evaluate
from propflow.testing import Monitor, invariant, open_only_to, prove
from propflow.testing.play import MOMENT
from propflow.workflows import (
    ConcealmentInquiry,
    ConcealmentInquiryData,
    ImprovementPlan,
    ImprovementPlanData,
    InspectionSheet,
    InspectionSheetData,
    LedgerEntry,
    LedgerMonth,
    Obstruction,
    ObstructionData,
    ScorecardReview,
    ScorecardReviewData,
    ViolationSlip,
    ViolationSlipData,
    roles,
)
from propflow.workflows.ledger_entry import MonthData
from propflow.workflows.roles import REVIEWERS
from tests.testing.test_shipped_proofs import after_an_end

LIN = Actor("lin", [roles.inspector])
OFFICE = Actor("guo", [roles.office])
MANAGER = Actor("zhao", [roles.project_general_manager])
HEAD = Actor("head", [roles.department_head])
OFFICER = Actor("han", [roles.report_officer])
P1 = Actor("p1")
ALL_ROLES = [role for role in vars(roles).values() if isinstance(role, roles.Role)]
LIN_OF_ALL = Actor("lin", ALL_ROLES)
P1_OF_ALL = Actor("p1", ALL_ROLES)
"""People whom every role was given: what guards alone keep from them."""

DEAR, CHEAP = Charge("ded_no_uniform", "1.5"), Charge("ded_no_uniform", "0.5")
TODAY = date(2026, 1, 1)
"""The day of `MOMENT`, at which every step of a proof is tried."""


# 违纪单 -----------------------------------------------------------------------------------------


SLIP_PAYLOADS = [
    ViolationSlip.write(person="p1", conduct="未着工作服", charges=(DEAR,)),
    ViolationSlip.write(person="p1", conduct=" ", charges=(DEAR,)),
    ViolationSlip.write(person="p1", conduct="未着工作服", charges=()),
    ViolationSlip.announce(meeting=TODAY),
    ViolationSlip.announce(meeting=TODAY - timedelta(days=1)),
    ViolationSlip.appeal(appealed_for="工作服在洗"),
    ViolationSlip.uphold(reason="有照片"),
    ViolationSlip.reduce(reason="初犯", charges=(CHEAP,)),
    ViolationSlip.reduce(reason="初犯", charges=(DEAR, CHEAP)),
    ViolationSlip.settle(),
    ViolationSlip.settle(month="January"),
    ViolationSlip.revoke(reason="认错人"),
    ViolationSlip.revoke(reason=" "),
]


def slip_in_short(data: ViolationSlipData) -> Hashable:
    return (data.issuer, data.charges, data.appeals, data.heard_by, data.month, data.announced_at)


@invariant
def settled_into_a_month(case: Case[ViolationSlipData]) -> bool:
    """A slip has a month once it is settled, and before that it has none."""
    reached = case.state == "settled" or case.previous == "settled"
    return bool(case.data.month) == reached


@invariant
def issued_against_another(case: Case[ViolationSlipData]) -> bool:
    """From its issue on a slip names an issuer, who is not the person."""
    return case.state in {"draft", "revoked"} or case.data.issuer not in {"", case.data.person}


@invariant
def an_appeal_costs_nothing(case: Case[ViolationSlipData]) -> bool:
    """Whatever is decided, the slip never charges more than it did when it was written."""
    return sum(each.points for each in case.data.charges) <= DEAR.points


def _heard(seen: tuple[str, str, bool], entry: Entry) -> tuple[str, str, bool]:
    issuer, person, ok = seen
    if entry.event == "issue":
        issuer = entry.actor.id
    mine = entry.event in {"uphold", "reduce"} and entry.actor.id in {issuer, person}
    return issuer, person, ok and not mine


heard_by_a_third = Monitor(
    ("", "p1", True),
    _heard,
    lambda seen: seen[2],
    says="an appeal is decided by neither the issuer nor the person (A50)",
)


def _announced(seen: tuple[bool, bool], entry: Entry) -> tuple[bool, bool]:
    announced, ok = seen
    return (
        announced or entry.event == "announce",
        ok and (entry.event != "settle" or announced),
    )


settled_means_announced = Monitor((False, True), _announced, lambda seen: seen[1])

SLIP_ROLES = open_only_to(
    {
        "write": (roles.inspector, SYSTEM),
        "announce": roles.office,
        "settle": roles.office,
        "revoke": REVIEWERS,
        "uphold": REVIEWERS,
    }
)


def proved_slip(workflow: Any) -> Any:
    return prove(
        workflow,
        actors=[LIN, OFFICE, MANAGER, P1, SYSTEM, LIN_OF_ALL, P1_OF_ALL],
        payloads=SLIP_PAYLOADS,
        invariants=[settled_into_a_month, issued_against_another, an_appeal_costs_nothing],
        monitors=[
            heard_by_a_third,
            settled_means_announced,
            SLIP_ROLES,
            after_an_end(ViolationSlip, {"settled": {"revoke"}}),
        ],
        abstract=slip_in_short,
    )


def test_violation_slip():
    proof = proved_slip(ViolationSlip.with_settings(appeal_window=timedelta(hours=1)))
    assert (proof.never_fired, proof.never_reached) == ((), ())


def test_violation_slip_without_appeals():
    proof = proved_slip(ViolationSlip)
    assert proof.never_reached == ("under_appeal",)
    assert {each.event for each in proof.never_fired} == {"appeal", "uphold", "reduce", "revoke"}


def test_violation_slip_without_four_eyes_fails_its_proof():
    with pytest.raises(ProofFailed) as raised:
        proved_slip(ViolationSlip.with_settings(four_eyes=False))
    assert {failure.name for failure in raised.value.failures} == {"issued_against_another"}


# 扣分表 -----------------------------------------------------------------------------------------


@invariant
def posted_once_it_is_confirmed(case: Case[InspectionSheetData]) -> bool:
    """Only a sheet that was confirmed has a month of the ledger."""
    return bool(case.data.month) == ("confirmed" in {case.state, case.previous})


@invariant
def confirmed_by_another(case: Case[InspectionSheetData]) -> bool:
    """A confirmed sheet was not confirmed by its inspector."""
    return case.state != "confirmed" or case.data.confirmed_by not in {"", case.data.inspector}


def _confirmations(count: int, entry: Entry) -> int:
    return count + (entry.target == "confirmed")


confirmed_once = Monitor(0, _confirmations, lambda count: count <= 1)


def sheet_in_short(data: InspectionSheetData) -> Hashable:
    return data.inspector, data.disputed_by, data.confirmed_by, data.month, data.charges


def test_inspection_sheet():
    proof = prove(
        InspectionSheet.with_settings(deemed_after=timedelta(0)),
        actors=[LIN, OFFICE, MANAGER, HEAD, SYSTEM, LIN_OF_ALL],
        payloads=[
            InspectionSheet.fill_in(book="b", department="d", charges=(DEAR,)),
            InspectionSheet.fill_in(book="b", department=" "),
            InspectionSheet.amend(charges=(DEAR, CHEAP)),
            InspectionSheet.raise_dispute(reason="不属实"),
            InspectionSheet.uphold(reason="有照片"),
            InspectionSheet.reduce(reason="初犯", charges=(CHEAP,)),
            InspectionSheet.discard(reason="填错"),
            InspectionSheet.annul(reason="填错"),
            InspectionSheet.annul(reason=""),
        ],
        invariants=[posted_once_it_is_confirmed, confirmed_by_another],
        monitors=[
            confirmed_once,
            open_only_to({"confirm": roles.department_head, "annul": REVIEWERS}),
            after_an_end(InspectionSheet, {"confirmed": {"annul"}}),
        ],
        abstract=sheet_in_short,
    )
    assert (proof.never_fired, proof.never_reached) == ((), ())


def test_a_sheet_is_never_deemed_confirmed_unless_the_host_says_after_how_long():
    proof = prove(
        InspectionSheet,
        actors=[LIN, OFFICE, MANAGER, HEAD, SYSTEM],
        payloads=[
            InspectionSheet.fill_in(book="b", department="d", charges=(DEAR,)),
            InspectionSheet.amend(charges=()),
            InspectionSheet.raise_dispute(reason="不属实"),
            InspectionSheet.uphold(reason="有照片"),
            InspectionSheet.reduce(reason="初犯", charges=()),
            InspectionSheet.discard(reason="填错"),
            InspectionSheet.annul(reason="填错"),
        ],
        abstract=sheet_in_short,
    )
    assert {each.event for each in proof.never_fired} == {"deem_confirmed"}


# 评分, 改进 -------------------------------------------------------------------------------------


CARD = load("residential_scorecard_130")
ITEMS = evaluate(CARD, {item.id: Score("1") for item in CARD.score_items}).items


@invariant
def published_means_reviewed(case: Case[ScorecardReviewData]) -> bool:
    """A published card is complete, and was reviewed by somebody other than who scored it."""
    if case.state not in {"published", "archived"}:
        return True
    data = case.data
    return data.total is not None and "" != data.reviewed_by != data.scored_by != ""


def test_scorecard_review():
    proof = prove(
        ScorecardReview,
        actors=[LIN, OFFICE, MANAGER, LIN_OF_ALL],
        payloads=[
            ScorecardReview.begin(book=CARD.id, period="2025-H1"),
            ScorecardReview.score(items=ITEMS),
            ScorecardReview.score(items=evaluate(CARD, {}).items),
            ScorecardReview.send_back(reason="重评"),
            ScorecardReview.publish(published_on=TODAY),
        ],
        invariants=[published_means_reviewed],
        monitors=[
            open_only_to({"publish": roles.office, "review": roles.project_general_manager}),
            after_an_end(ScorecardReview, {}),
        ],
        abstract=lambda data: (data.scored_by, data.reviewed_by, bool(data.items)),
    )
    assert (proof.never_fired, proof.never_reached) == ((), ())


@invariant
def verified_by_a_third(case: Case[ImprovementPlanData]) -> bool:
    """A verified plan had measures, an approval, and another to verify it."""
    data = case.data
    return case.state != "verified" or (
        bool(data.measures and data.approved_by and data.result)
        and data.verified_by not in {"", data.finished_by, data.owner}
    )


def test_improvement_plan():
    proof = prove(
        ImprovementPlan,
        actors=[HEAD, MANAGER, OFFICE, SYSTEM, Actor("head", ALL_ROLES)],
        payloads=[
            ImprovementPlan.require(item="i", points=Decimal(1), maximum=Decimal(10)),
            ImprovementPlan.plan(measures="培训", owner="guo", due=TODAY),
            ImprovementPlan.plan(measures="培训", owner="p9", due=TODAY - timedelta(days=1)),
            ImprovementPlan.plan(measures=" ", owner="guo", due=TODAY),
            ImprovementPlan.send_back(reason="太笼统"),
            ImprovementPlan.finish(result="已培训"),
            ImprovementPlan.finish(result=" "),
            ImprovementPlan.reject(reason="无效果"),
        ],
        invariants=[verified_by_a_third],
        monitors=[
            open_only_to({"require": (SYSTEM, roles.office), "plan": roles.department_head}),
            after_an_end(ImprovementPlan, {}),
        ],
        abstract=lambda data: attrs.evolve(data, rounds=min(data.rounds, 1)),
    )
    # A plan is overdue from its day on, and it has none before it is made.
    assert {(each.event, each.source) for each in proof.never_fired} <= {
        ("mark_overdue", "required")
    }
    assert proof.never_reached == ()


# 检举, 抵触 -------------------------------------------------------------------------------------


def _reported_acts(broken: str, entry: Entry) -> str:
    return entry.event if entry.actor.id == "p1" else broken


the_reported_has_no_hand_in_it = Monitor("", _reported_acts, lambda broken: not broken)


@invariant
def only_the_own_department(case: Case[ConcealmentInquiryData]) -> bool:
    """Only a report about the inspector's own department is confirmed (A16)."""
    data = case.data
    return case.state != "confirmed" or data.inspector_department == data.concealed_department


@pytest.mark.parametrize("department", ["cleaning", "order"])
def test_concealment_inquiry(department):
    proof = prove(
        ConcealmentInquiry,
        actors=[LIN, OFFICER, MANAGER, P1, P1_OF_ALL],
        payloads=[
            ConcealmentInquiry.report(
                inspector="p1",
                inspector_department="cleaning",
                concealed_department=department,
                description="瞒报",
                reporter=UUID(int=7),
            ),
            ConcealmentInquiry.confirm(reason="属实"),
            ConcealmentInquiry.dismiss(reason="不实"),
            ConcealmentInquiry.disclose(reason="调查需要"),
            ConcealmentInquiry.disclose(reason=" "),
        ],
        invariants=[only_the_own_department],
        monitors=[
            the_reported_has_no_hand_in_it,
            open_only_to({"report": roles.report_officer, "disclose": roles.report_officer}),
            after_an_end(
                ConcealmentInquiry, {"confirmed": {"disclose"}, "unfounded": {"disclose"}}
            ),
        ],
        abstract=lambda data: attrs.evolve(data, disclosures=0),
    )
    assert proof.never_reached == (() if department == "cleaning" else ("confirmed",))


@invariant
def decided_by_no_side(case: Case[ObstructionData]) -> bool:
    """Whoever decided is neither the inspector nor one of the parties."""
    data = case.data
    return data.decided_by not in {data.inspector, data.supervisor, data.person}


def test_obstruction():
    proof = prove(
        Obstruction,
        actors=[LIN, OFFICE, MANAGER, HEAD, P1, LIN_OF_ALL, P1_OF_ALL],
        payloads=[
            Obstruction.report(department="d", supervisor="head", person="p1", description="拒检"),
            Obstruction.report(department="d", supervisor="", person="p1", description="拒检"),
            Obstruction.respond(answer="不知情"),
            Obstruction.respond(answer=" "),
            Obstruction.hold_liable(reason="属实", supervisor_points=2, person_points=1),
            Obstruction.dismiss(reason="误会"),
        ],
        invariants=[decided_by_no_side],
        monitors=[
            open_only_to({"hold_liable": roles.project_general_manager}),
            after_an_end(Obstruction, {}),
        ],
    )
    assert (proof.never_fired, proof.never_reached) == ((), ())


# 台账 -------------------------------------------------------------------------------------------


@attrs.frozen
class Known:
    """The fact `cases` with what a proof says is there."""

    entries: Mapping[str, Case[Posting]]
    months: tuple[str, ...] = ()

    def get(self, case_id: str, _workflow: object) -> Case[Posting]:
        if case_id not in self.entries:
            raise NotFound(case_id)
        return self.entries[case_id]

    def find(self, workflow: type[Any], **query: Any) -> tuple[object, ...]:
        where = query["where"]
        if workflow is LedgerMonth:
            return tuple(month for month in self.months if month == where["month"])
        found = self.entries.values()
        return tuple(each for each in found if each.data.reverses == where["reverses"])


POSTED = Posting(account=Account.PERSON, holder="p1", month="2025-11", points=1, source="s1")


def of(posting: Posting) -> dict[str, Any]:
    return attrs.asdict(posting, recurse=False)


def test_ledger_entry():
    before = Case("e1", "posted", None, POSTED, 1, "ledger_entry", 1, MOMENT)
    months = ("2025-10", "2025-11", "2025-12", "2026-01", "2026-02")
    postings = [attrs.evolve(POSTED, month=month) for month in months]
    backs = [POSTED.reversal("e1", month=month, reason="revoked") for month in months]

    @invariant
    def in_an_open_month(case: Case[Posting]) -> bool:
        """Entries stand in months that have begun and are not closed."""
        return case.data.month in {"2025-12", "2026-01"}

    proof = prove(
        LedgerEntry,
        actors=[SYSTEM, OFFICE, MANAGER],
        payloads=[
            *(LedgerEntry.post(**of(each)) for each in [*postings, *backs]),
            *(LedgerEntry.reverse(**of(each)) for each in [*postings, *backs]),
            LedgerEntry.reverse(**of(attrs.evolve(backs[2], points="-0.5"))),
        ],
        invariants=[in_an_open_month],
        monitors=[open_only_to({"post": SYSTEM, "reverse": SYSTEM}), after_an_end(LedgerEntry, {})],
        facts={"cases": Known({"e1": before}, ("2025-10", "2025-11"))},
    )
    assert (proof.never_fired, proof.states) == ((), 4)


@invariant
def over_and_closed_by_somebody(case: Case[MonthData]) -> bool:
    """A month that is closed is over, was open until then, and names who closed it."""
    return case.data.month == "2025-12" and case.data.closed_by == OFFICE.id


def test_ledger_month():
    proof = prove(
        LedgerMonth,
        actors=[SYSTEM, OFFICE, MANAGER, LIN],
        payloads=[LedgerMonth.close(month=m) for m in ("2025-11", "2025-12", "2026-01", "", "May")],
        invariants=[over_and_closed_by_somebody],
        monitors=[open_only_to({"close": roles.office}), after_an_end(LedgerMonth, {})],
        facts={"cases": Known({}, ("2025-11",))},
    )
    assert (proof.never_fired, proof.states) == ((), 1)
