"""What holds for every workflow that ships."""

from __future__ import annotations

import re
from typing import Any

import pytest

from propflow.decision import plan_of
from propflow.definition import Guard, Role, Workflow
from propflow.definition.document import Definition
from propflow.workflows import (
    Complaint,
    ConcealmentInquiry,
    DailyDigest,
    EmergencyEvent,
    ImprovementPlan,
    InspectionSheet,
    Issue,
    LedgerEntry,
    LedgerMonth,
    Obstruction,
    Patrol,
    RepairOrder,
    ScorecardReview,
    ViolationSlip,
)

SHIPPED: list[type[Workflow[Any]]] = [
    Issue,
    Complaint,
    RepairOrder,
    EmergencyEvent,
    ViolationSlip,
    InspectionSheet,
    ScorecardReview,
    ImprovementPlan,
    ConcealmentInquiry,
    Obstruction,
    LedgerEntry,
    LedgerMonth,
    Patrol,
    DailyDigest,
]

STATES = {
    "issue": (
        "found fixed_on_site referred in_progress on_hold rectified emergency verified cancelled",
        "verified cancelled",
    ),
    "complaint": (
        """received registered acknowledged assigned investigating on_hold responded follow_up
        closed invalid merged withdrawn""",
        "closed invalid merged withdrawn",
    ),
    "repair_order": (
        """reported accepted pooled assigned en_route arrived quoted in_progress on_hold completed
        confirmed awaiting_payment follow_up closed declined cancelled force_closed""",
        "closed declined cancelled force_closed",
    ),
    "patrol": ("planned in_progress completed missed cancelled", "completed missed cancelled"),
    "daily_digest": ("unsent sent", "sent"),
    "emergency_event": ("reported plan_started under_control recovered reviewed", "reviewed"),
    "violation_slip": (
        "draft issued handed_in announced under_appeal settled revoked",
        "settled revoked",
    ),
    "inspection_sheet": ("draft signed disputed confirmed void", "confirmed void"),
    "scorecard_review": ("draft scored reviewed published archived", "archived"),
    "improvement_plan": ("required planned approved in_progress done verified", "verified"),
    "concealment_inquiry": ("reported investigating confirmed unfounded", "confirmed unfounded"),
    "obstruction": ("reported answered liable dismissed", "liable dismissed"),
    "ledger_entry": ("posted", "posted"),
    "ledger_month": ("closed", "closed"),
}

CLAUSES = (
    r"物业客服部巡检管理规程 [34]\.|物业客户服务手册 \d+\.\d"
    r"|服务质量检查评分标准 foot|住宅物业管理服务质量考核评分细则 note"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def parts(workflow: type[Workflow[Any]]) -> list[tuple[str, Any]]:
    """Return every state, event, role and guard with its place."""
    spec = workflow.spec
    found: list[tuple[str, Any]] = [*spec.states.items(), *spec.events.items()]
    for name, event in spec.events.items():
        guards = (*event.guards, *(guard for edge in event.transitions for guard in edge.guards))
        found += [(f"{name}: {guard.code}", guard) for guard in guards]
        found += [(f"{name}: {role.name}", role) for role in event.by if isinstance(role, Role)]
    return found


@pytest.mark.parametrize("workflow", SHIPPED)
def test_it_has_the_states_that_the_trade_knows(workflow):
    states, final = STATES[workflow.spec.name]
    assert list(workflow.spec.states) == states.split()
    assert [n for n, state in workflow.spec.states.items() if state.final] == final.split()


@pytest.mark.parametrize("workflow", SHIPPED)
def test_everything_people_see_is_chinese_and_english(workflow):
    spec = workflow.spec
    assert CHINESE.search(spec.zh)
    assert spec.en
    for where, part in parts(workflow):
        assert CHINESE.search(part.zh), where
        assert part.en, where
        assert not CHINESE.search(part.en), where


@pytest.mark.parametrize("workflow", SHIPPED)
def test_states_and_events_cite_their_clause_or_own_up_to_practice(workflow):
    for name, part in [*workflow.spec.states.items(), *workflow.spec.events.items()]:
        assert re.match(CLAUSES, part.source), name
        if part.source.startswith("物业客户服务手册"):
            assert part.source.endswith("(title only; trade practice)"), name


@pytest.mark.parametrize("workflow", SHIPPED)
def test_labels_within_a_workflow_differ(workflow):
    for kind in (workflow.spec.states, workflow.spec.events):
        for language in ("zh", "en"):
            labels = [getattr(part, language) for part in kind.values()]
            assert len(set(labels)) == len(labels), (language, sorted(labels))


@pytest.mark.parametrize("workflow", SHIPPED)
def test_a_reason_code_has_one_meaning_within_an_event(workflow):
    for name, event in workflow.spec.events.items():
        guards: list[Guard[Any, Any]] = [*event.guards]
        assert len({guard.code for guard in guards}) == len(guards), name


@pytest.mark.parametrize("workflow", SHIPPED)
def test_its_definition_goes_to_json_and_back(workflow):
    definition = workflow.definition()
    assert Definition.from_json(definition.to_json()) == definition


@pytest.mark.parametrize("workflow", SHIPPED)
def test_it_compiles(workflow):
    assert set(plan_of(workflow).events) == set(workflow.spec.events)
