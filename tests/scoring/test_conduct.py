"""Clauses 4.4 and 4.5."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest

from propflow.errors import InexactNumber, MissingParty, UnspecifiedPointsError
from propflow.rulebooks import load
from propflow.scoring import (
    ConcealmentReport,
    Unspecified,
    assess,
    concealment,
    obstruction,
)

REGULATION = load("patrol_regulation")
DEDUCTION = REGULATION.rule("concealment_deduction")
WARNING = REGULATION.rule("concealment_written_warning")
LIABILITY = REGULATION.rule("obstruction_liability")
NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)
REPORT = ConcealmentReport("r1", "q1", "cleaning", "cleaning", confirmed_at=NOON)
PARTIES = {"department_supervisor": "h1", "person_concerned": "p1"}


def outcome(report):
    return concealment(report, deduction=DEDUCTION, consequences=[WARNING])


def test_a_confirmed_concealment_costs_five_points_and_a_warning():
    found = outcome(REPORT)
    assert found.verdict.applies
    (penalty,) = found.verdict.penalties
    assert (penalty.party, penalty.warnings, penalty.points) == ("q1", 1, None)
    assert penalty.why.zh == "4.4 并书面警告一次。"
    assert assess(REGULATION, found.findings).total == 5
    assert found.verdict.points_of("q1") == 0  # the points are charged by the finding, not twice


def test_each_confirmed_case_is_charged_once_however_often_it_is_computed():
    again = attrs.evolve(REPORT, id="r2")
    findings = [*outcome(REPORT).findings, *outcome(REPORT).findings, *outcome(again).findings]
    assert assess(REGULATION, findings).total == 10


@pytest.mark.parametrize(
    ("change", "failing"),
    [
        ({"confirmed_at": None}, ["confirmed"]),
        ({"concealed_department": "security"}, ["own_department"]),
        (
            {"confirmed_at": None, "concealed_department": "security"},
            ["confirmed", "own_department"],
        ),
    ],
)
def test_a_report_that_is_not_confirmed_or_of_another_department_costs_nothing(change, failing):
    found = outcome(attrs.evolve(REPORT, **change))
    assert not found.verdict.applies
    assert [each.code for each in found.verdict.grounds if not each.holds] == failing
    assert found.findings == found.verdict.penalties == ()


def test_who_reported_it_has_no_place_in_the_report():
    names = {field.name for field in attrs.fields(ConcealmentReport)}
    assert names == {
        *("id", "inspector", "inspector_department", "concealed_department", "confirmed_at")
    }


def test_obstruction_names_both_parties_and_leaves_the_points_to_the_host():
    verdict = obstruction(LIABILITY, PARTIES)
    assert verdict.applies
    assert [(each.party, each.role, each.points) for each in verdict.penalties] == [
        ("h1", "department_supervisor", Unspecified),
        ("p1", "person_concerned", Unspecified),
    ]
    with pytest.raises(UnspecifiedPointsError, match="in points=") as refusal:
        verdict.points_of("h1")
    assert refusal.value.rules == ("obstruction_liability",)


def test_the_hosts_points_decide_obstruction_for_each_party():
    verdict = obstruction(LIABILITY, PARTIES, points={"department_supervisor": "2.5"})
    assert verdict.points_of("h1") == Decimal("2.5")
    assert verdict.penalties[0].why.zh.endswith("的责任。 2.5分（分值由使用单位设定）")
    with pytest.raises(UnspecifiedPointsError):
        verdict.points_of("p1")


def test_what_cannot_be_decided_is_refused():
    with pytest.raises(MissingParty) as missing:
        obstruction(LIABILITY, {"person_concerned": "p1"})
    assert missing.value.roles == ("department_supervisor",)
    with pytest.raises(InexactNumber):
        obstruction(LIABILITY, PARTIES, points={"person_concerned": 0.5})
