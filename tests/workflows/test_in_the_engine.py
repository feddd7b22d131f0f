"""The shipped workflows in the engine: what one case does to another, in the same commit."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from propflow import Actor, Engine, NotFound, Refused
from propflow.decision import replay
from propflow.storage import MemoryStore, OwningStore
from propflow.storage.sqlalchemy import SQLStore
from propflow.workflows import (
    Complaint,
    ComplaintLevel,
    EmergencyEvent,
    Issue,
    RepairKind,
    RepairOrder,
    roles,
)
from tests.workflows.walking import NOW

INSPECTOR = Actor("inspector-1", [roles.inspector])
DESK = Actor("desk-1", [roles.customer_service])
WORKER = Actor("worker-1", [roles.technician])
OWNER = Actor("owner-1", [roles.resident])

FireReady = Issue.with_settings(emergency_plans={"fire": "plan-fire"})


@pytest.fixture(params=["memory", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    store: OwningStore[Any]
    if request.param == "memory":
        store = MemoryStore()
    else:
        sql = SQLStore(f"sqlite:///{tmp_path / 'cases.db'}")
        sql.create_tables()
        store = sql
    yield Engine(store, [FireReady, EmergencyEvent, Complaint, RepairOrder], clock=lambda: NOW)
    store.close()


def test_declaring_an_emergency_opens_its_event_as_the_inspector(engine):
    issue = engine.start(Issue.record(place="B1", description="smoke"), by=INSPECTOR)
    issue = engine.fire(issue, Issue.declare_emergency(kind="fire"), by=INSPECTOR)
    (event,) = engine.find(EmergencyEvent, where={"issue_id": issue.id})
    assert issue.state == "emergency"
    assert (event.state, event.data.plan) == ("reported", "plan-fire")
    assert event.data.reported_by == "inspector-1"


def test_an_emergency_without_a_plan_changes_nothing(engine):
    issue = engine.start(Issue.record(place="B1", description="water"), by=INSPECTOR)
    with pytest.raises(Refused) as refused:
        engine.fire(issue, Issue.declare_emergency(kind="flood"), by=INSPECTOR)
    assert [reason.code for reason in refused.value.reasons] == ["no_emergency_plan"]
    assert engine.get(issue.id, Issue) == issue
    assert list(engine.find(EmergencyEvent)) == []


def complaint(engine: Engine, who: str) -> Any:
    return engine.start(Complaint.receive(subject="noise", description="…"), by=Actor(who))


def test_merging_keeps_both_complainants(engine):
    first, second = complaint(engine, "resident-1"), complaint(engine, "resident-2")
    second = engine.fire(second, Complaint.merge(into=first.id), by=DESK)
    first = engine.get(first.id, Complaint)
    assert (second.state, second.data.merged_into) == ("merged", first.id)
    assert (first.state, first.data.merged_ids) == ("received", (second.id,))
    assert [entry.event for entry in engine.history(first.id)] == ["receive", "take_in"]


def test_a_merge_into_what_is_merged_closed_or_unknown_changes_nothing(engine):
    first, second, third = (complaint(engine, f"resident-{n}") for n in (1, 2, 3))
    engine.fire(second, Complaint.merge(into=first.id), by=DESK)
    with pytest.raises(Refused) as refused:
        engine.fire(third, Complaint.merge(into=second.id), by=DESK)
    assert [reason.code for reason in refused.value.reasons] == ["wrong_state"]
    with pytest.raises(NotFound):
        engine.fire(third, Complaint.merge(into="nowhere"), by=DESK)
    assert engine.get(third.id, Complaint) == third


def test_enums_and_amounts_come_back_from_the_store_as_they_were(engine):
    order = engine.start(
        RepairOrder.report(place="3-502", description="tap", kind=RepairKind.PAID), by=OWNER
    )
    order = engine.fire(order, RepairOrder.accept(), by=DESK)
    order = engine.fire(order, RepairOrder.assign(worker="worker-1"), by=DESK)
    order = engine.fire(order, RepairOrder.arrive(), by=WORKER)
    order = engine.fire(order, RepairOrder.quote(quote=Decimal("120.50")), by=WORKER)
    stored = engine.get(order.id, RepairOrder)
    assert stored == order
    assert stored.data.kind is RepairKind.PAID
    assert stored.data.quote == Decimal("120.50")
    assert replay(RepairOrder, order.id, engine.history(order.id)) == order
    assert [case.id for case in engine.find(RepairOrder, where={"worker": "worker-1"})] == [
        order.id
    ]


def test_a_form_s_text_is_read_as_the_enums_that_it_names(engine):
    case = complaint(engine, "resident-1")
    action = Complaint.action("register", {"level": "major", "repeat": "true"})
    case = engine.fire(case, action, by=DESK)
    assert case.data.level is ComplaintLevel.MAJOR
    assert case.data.repeat is True


def test_an_owner_sees_what_is_to_do_next_in_both_languages(engine):
    case = complaint(engine, "resident-1")
    answers = {
        o.event: o.answer for o in engine.options(case, by=Actor("resident-1", ["resident"]))
    }
    assert answers["withdraw"] == "allowed"
    assert answers["register"] == "refused"
    others = engine.options(case, by=Actor("resident-2", ["resident"]))
    (withdraw,) = (option for option in others if option.event == "withdraw")
    assert [reason.code for reason in withdraw.reasons] == ["complainant_or_desk"]
