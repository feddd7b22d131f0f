"""日汇总: what it reports and to whom, and what is late (A21)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from propflow import Actor, Engine, Refused
from propflow.definition import SYSTEM, Case, Notify
from propflow.storage import MemoryStore
from propflow.testing import FakeClock
from propflow.workflows import (
    DailyDigest,
    DigestItem,
    DigestSettings,
    EmergencyEvent,
    Issue,
    IssueData,
    digest_items,
    roles,
)
from tests.workflows.walking import Walk

ASSISTANT = Actor("assistant-1", [roles.cs_assistant])
DAY = date(2025, 6, 3)
DUE = datetime(2025, 6, 3, 10, 30, tzinfo=UTC)  # 18:30 in Shanghai
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)

LAMP = DigestItem("i1", "engineering", "lobby", "lamp out", DUE - 3 * HOUR)
DIRT = DigestItem("i2", "cleaning", "roof", "dirty", DUE - 2 * HOUR)
LOOSE = DigestItem("i3", "", "gate", "loose", DUE - HOUR)


@pytest.fixture
def clock():
    return FakeClock(DUE - HOUR)


@pytest.fixture
def engine(clock):
    return Engine(MemoryStore(), [DailyDigest, Issue, EmergencyEvent], clock=clock)


def messages(workflow, *items):
    walk = Walk(workflow, DailyDigest.begin(day=DAY), ASSISTANT)
    walk.step(DailyDigest.compile(items=items), ASSISTANT)
    walk.step(DailyDigest.send(), ASSISTANT)
    assert all(isinstance(each, Notify) for each in walk.effects)
    return {
        (each.data["department"], *each.to): [item["issue_id"] for item in each.data["items"]]
        for each in walk.effects
    }


def test_each_head_has_the_own_part_and_the_supervisor_the_whole():
    heads = DailyDigest.with_settings(heads={"engineering": "u1", "security": "u3"})
    assert messages(heads, LAMP, DIRT, LOOSE) == {
        ("engineering", "u1"): ["i1"],
        ("cleaning", "department_head"): ["i2"],
        ("security", "u3"): [],
        ("", "cs_supervisor"): ["i1", "i2", "i3"],
    }


def test_nil_messages_are_sent_as_set():
    heads = {"engineering": "u1", "security": "u3"}
    said = DailyDigest.with_settings(heads=heads)
    assert messages(said) == {
        ("engineering", "u1"): [],
        ("security", "u3"): [],
        ("", "cs_supervisor"): [],
    }
    quiet = DailyDigest.with_settings(heads=heads, send_nil=False)
    assert messages(quiet) == {}
    assert list(messages(quiet, LAMP)) == [("engineering", "u1"), ("", "cs_supervisor")]


def test_a_message_says_all_that_a_mail_needs():
    walk = Walk(DailyDigest, DailyDigest.begin(day=DAY), ASSISTANT)
    late = attrs.evolve(LAMP, synced_late=True)
    walk.step(DailyDigest.compile(items=(late,)), ASSISTANT).step(DailyDigest.send(), ASSISTANT)
    part, _whole = walk.effects
    assert part.topic == "daily_digest"
    assert part.data == {
        "day": "2025-06-03",
        "department": "engineering",
        "items": [
            {
                "issue_id": "i1",
                "department": "engineering",
                "place": "lobby",
                "description": "lamp out",
                "found_at": "2025-06-03T07:30:00+00:00",
                "synced_late": True,
            }
        ],
        "nil": False,
        "late": False,
    }


@pytest.mark.parametrize(
    ("sent", "late"),
    [(DUE - MICROSECOND, False), (DUE, True), (DUE + 20 * HOUR, True), (DUE - 30 * HOUR, False)],
)
def test_it_is_on_time_strictly_before_half_past_six(engine, clock, sent, late):
    digest = engine.start(DailyDigest.begin(day=DAY), by=ASSISTANT)
    digest = engine.fire(digest, DailyDigest.compile(), by=ASSISTANT)
    clock.set(sent)
    digest = engine.fire(digest, DailyDigest.send(), by=ASSISTANT)
    assert (digest.state, digest.data.sent_at, digest.data.late) == ("sent", sent, late)


def test_time_and_zone_are_the_hosts_to_set():
    settings = DigestSettings(before="17:00", zone="Asia/Tokyo")
    assert settings.due(DAY) == datetime(2025, 6, 3, 8, 0, tzinfo=UTC)
    with pytest.raises(ValueError, match="no time of the day"):
        DailyDigest.with_settings(before="half past six")
    with pytest.raises(ValueError, match="no zone"):
        DailyDigest.with_settings(zone="Atlantis")


def test_it_is_compiled_before_it_is_sent_and_again_until_then(engine):
    digest = engine.start(DailyDigest.begin(day=DAY), by=SYSTEM)
    with pytest.raises(Refused) as refused:
        engine.fire(digest, DailyDigest.send(), by=SYSTEM)
    assert [reason.code for reason in refused.value.reasons] == ["compiled"]
    digest = engine.fire(digest, DailyDigest.compile(items=(LAMP,)), by=SYSTEM)
    digest = engine.fire(digest, DailyDigest.compile(items=(LAMP, DIRT)), by=SYSTEM)
    digest = engine.fire(digest, DailyDigest.send(), by=SYSTEM)
    assert digest.data.items == (LAMP, DIRT)
    with pytest.raises(Refused):
        engine.fire(digest, DailyDigest.compile(), by=SYSTEM)


def test_an_issue_stands_in_it_once(engine):
    digest = engine.start(DailyDigest.begin(day=DAY), by=ASSISTANT)
    with pytest.raises(Refused) as refused:
        engine.fire(digest, DailyDigest.compile(items=(LAMP, LAMP)), by=ASSISTANT)
    assert [reason.code for reason in refused.value.reasons] == ["items_differ"]


def test_an_issue_synced_late_appears_in_the_next_digest_marked_so(engine, clock):
    inspector = Actor("inspector-1", [roles.inspector])
    first = engine.start(Issue.record(place="roof", description="dirty"), by=inspector)
    engine.fire(first, Issue.refer(department="cleaning"), by=inspector)
    compiled_at = clock()
    monday = digest_items(engine.find(Issue), last=None)
    assert [(item.issue_id, item.synced_late) for item in monday] == [(first.id, False)]

    clock.turn(20 * HOUR)
    offline = engine.start(
        Issue.record(place="gate", description="loose"),
        by=inspector,
        occurred_at=compiled_at - HOUR,
    )
    fresh = engine.start(Issue.record(place="lobby", description="lamp out"), by=inspector)
    reported = {item.issue_id for item in monday}
    tuesday = digest_items(engine.find(Issue), last=compiled_at, reported=reported)
    assert [(item.issue_id, item.synced_late) for item in tuesday] == [
        (offline.id, True),
        (fresh.id, False),
    ]


def test_items_are_in_order_of_department_and_time():
    def issue(case_id, department, found_at):
        data = IssueData("p", "d", found_at=found_at, department=department)
        return Case(case_id, "found", None, data, 1, "issue", 1, DUE)

    issues = [issue("c", "x", DUE), issue("b", "x", None), issue("a", "y", DUE - HOUR)]
    items = digest_items([*issues, issue("d", "x", DUE - HOUR)], last=DUE)
    assert [item.issue_id for item in items] == ["d", "b", "c", "a"]
    assert [item.found_at for item in items][1] == DUE  # when it was opened
