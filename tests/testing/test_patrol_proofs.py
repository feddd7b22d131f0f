"""Patrols and digests, proved: what the regulation says of every one that can be."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from propflow.calendar import JOINT_PATROL, Punctuality
from propflow.definition import SYSTEM, Actor, Case, Entry
from propflow.errors import ProofFailed
from propflow.testing import Monitor, invariant, open_only_to, prove
from propflow.workflows import (
    DailyDigest,
    DigestData,
    DigestItem,
    Evidence,
    Patrol,
    PatrolData,
    RoutePoint,
    roles,
)

INSPECTOR = Actor("inspector-1", [roles.inspector])
MANAGER = Actor("manager-1", [roles.project_general_manager, roles.inspector])
SUPERVISOR = Actor("supervisor-1", [roles.cs_supervisor])
ASSISTANT = Actor("assistant-1", [roles.cs_assistant])
HEAD = Actor("head-1", [roles.department_head])

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROUTE = (RoutePoint("gate", evidence=Evidence.QR), RoutePoint("roof"))

# 巡检 -------------------------------------------------------------------------------------------

PLANS = [
    Patrol.plan(schedule="daily", starts=NOW - HOUR / 2, ends=NOW + HOUR, route=ROUTE),
    Patrol.plan(schedule="daily", starts=NOW + HOUR, ends=NOW + 2 * HOUR, route=ROUTE[:1]),
    Patrol.plan(schedule="daily", starts=NOW - 2 * HOUR, ends=NOW - HOUR),
    Patrol.plan(schedule=JOINT_PATROL.id, starts=NOW - HOUR, ends=NOW + HOUR, leader="manager-1"),
    Patrol.plan(schedule=JOINT_PATROL.id, starts=NOW - HOUR, ends=NOW + HOUR),
    Patrol.plan(schedule="daily", starts=NOW, ends=NOW),
    Patrol.plan(schedule="daily", starts=NOW, ends=NOW + HOUR, route=(ROUTE[0], ROUTE[0])),
]
PATROL_PAYLOADS = [
    *PLANS,
    Patrol.begin(),
    Patrol.begin(present=("manager-1",)),
    Patrol.check_in(point="gate", evidence=Evidence.QR, reading="G-7"),
    Patrol.check_in(point="gate", evidence=Evidence.QR, reading=" "),
    Patrol.check_in(point="gate"),
    Patrol.check_in(point="roof"),
    Patrol.check_in(point="cellar"),
    Patrol.find(place="lobby", description="lamp out"),
    Patrol.cancel(reason="storm"),
    Patrol.cancel(reason=" "),
]


def patrol_in_short(data: PatrolData) -> Hashable:
    return (
        data.schedule,
        data.starts,
        data.leader,
        data.route,
        data.present,
        tuple(check.point for check in data.checks),
        min(len(data.issues), 1),
        data.punctuality,
    )


@invariant
def checked_on_the_route_once_each(case: Case[PatrolData]) -> bool:
    """Each check-in is at a point of the route, with the evidence it asks for, and there is one."""
    wanted = {point.id: point.evidence for point in case.data.route}
    points = [check.point for check in case.data.checks]
    return len(set(points)) == len(points) and all(
        check.evidence is wanted[check.point] or wanted[check.point] is Evidence.NONE
        for check in case.data.checks
    )


@invariant
def how_it_was_kept_is_known_in_the_end(case: Case[PatrolData]) -> bool:
    """A patrol that is over in time or not says how it was kept; no other does."""
    kept = case.data.punctuality
    if case.state == "missed":
        return kept is Punctuality.MISSED
    return (kept is not None) == (case.state == "completed") and kept is not Punctuality.MISSED


@invariant
def the_joint_patrol_has_its_leader(case: Case[PatrolData]) -> bool:
    """A joint patrol under way was begun with its leader there (clause 3.5.1)."""
    if case.data.schedule != JOINT_PATROL.id or case.data.began_at is None:
        return True
    return case.data.leader in case.data.present


@invariant
def every_point_was_checked(case: Case[PatrolData]) -> bool:
    """A completed patrol missed no point."""
    points = {check.point for check in case.data.checks}
    return case.state != "completed" or {point.id for point in case.data.route} == points


def _found(seen: tuple[bool, bool], entry: Entry) -> tuple[bool, bool]:
    under_way, ok = seen
    return entry.target == "in_progress", ok and (under_way or entry.event != "find")


found_under_way = Monitor((False, True), _found, lambda seen: seen[1])

PATROL_ROLES = open_only_to(
    {
        "plan": (roles.cs_supervisor, SYSTEM),
        "begin": roles.inspector,
        "check_in": roles.inspector,
        "complete": roles.inspector,
        "miss": (roles.cs_supervisor, SYSTEM),
        "cancel": roles.cs_supervisor,
    }
)


def proved_patrol(workflow, *more):
    return prove(
        workflow,
        actors=[INSPECTOR, MANAGER, SUPERVISOR, HEAD, SYSTEM],
        payloads=PATROL_PAYLOADS,
        invariants=[
            checked_on_the_route_once_each,
            how_it_was_kept_is_known_in_the_end,
            the_joint_patrol_has_its_leader,
            *more,
        ],
        monitors=[found_under_way, PATROL_ROLES],
        abstract=patrol_in_short,
        now=NOW,
    )


def test_patrol():
    proof = proved_patrol(Patrol)
    assert (proof.never_fired, proof.never_reached) == ((), ())


def test_patrol_with_every_setting():
    strict = Patrol.with_settings(every_point=True, in_order=True, min_participants=2)
    proof = proved_patrol(strict, every_point_was_checked)
    assert proof.never_reached == ()


def test_patrol_may_miss_points_unless_that_is_set():
    with pytest.raises(ProofFailed) as raised:
        proved_patrol(Patrol, every_point_was_checked)
    (failure,) = raised.value.failures
    assert (failure.name, len(failure.script)) == ("every_point_was_checked", 3)


def test_patrol_without_its_leader_fails_its_proof():
    with pytest.raises(ProofFailed) as raised:
        proved_patrol(Patrol.with_settings(leader_required=[]))
    assert {failure.name for failure in raised.value.failures} == {
        "the_joint_patrol_has_its_leader"
    }


# 日汇总 -----------------------------------------------------------------------------------------

ITEM = DigestItem("issue-1", "cleaning", "lobby", "dirty", NOW)
DIGEST_PAYLOADS = [
    *(DailyDigest.begin(day=date(2026, 3, day)) for day in (1, 2)),
    DailyDigest.compile(),
    DailyDigest.compile(items=(ITEM,)),
    DailyDigest.compile(items=(ITEM, attrs.evolve(ITEM, place="roof"))),
]


@invariant
def late_means_not_before_half_past_six(case: Case[DigestData]) -> bool:
    """A digest is late if, and only if, it was sent at 18:30 in Shanghai or later (4.10)."""
    sent, due = case.data.sent_at, datetime(2026, 3, case.data.day.day, 10, 30, tzinfo=UTC)
    return case.data.late == (sent is not None and sent >= due)


@invariant
def sent_means_compiled(case: Case[DigestData]) -> bool:
    """What was sent was put together before."""
    return case.state != "sent" or None not in (case.data.compiled_at, case.data.sent_at)


@pytest.mark.parametrize("now", [NOW, datetime(2026, 3, 2, 10, 30, tzinfo=UTC)])
def test_daily_digest(now):
    senders = (roles.cs_assistant, SYSTEM)
    proof = prove(
        DailyDigest,
        actors=[ASSISTANT, SUPERVISOR, SYSTEM],
        payloads=DIGEST_PAYLOADS,
        invariants=[late_means_not_before_half_past_six, sent_means_compiled],
        monitors=[open_only_to({"begin": senders, "compile": senders, "send": senders})],
        now=now,
    )
    assert (proof.never_fired, proof.never_reached) == ((), ())
