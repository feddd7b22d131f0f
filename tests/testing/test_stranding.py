"""Which cases of a store another version has no place for."""

from __future__ import annotations

import attrs
import pytest

from propflow import PREVIOUS, START, Actor, Engine, Event, State, Workflow
from propflow.storage import MemoryStore
from propflow.testing import diff, stranded_cases

WORKER = Actor("w1")


@attrs.frozen
class Job:
    n: int


class Old(Workflow[Job]):
    name = "job"

    planned = State(zh="计划", en="Planned")
    begun = State(zh="开始", en="Begun")
    held = State(zh="挂起", en="Held")
    done = State(zh="完成", en="Done", final=True)

    plan = Event(Job, START >> planned, zh="计划", en="Plan")
    begin = Event(planned >> begun, zh="开始", en="Begin")
    hold = Event([planned, begun] >> held, zh="挂起", en="Hold")
    resume = Event(held >> PREVIOUS, zh="恢复", en="Resume")
    finish = Event([planned, begun] >> done, zh="完成", en="Finish")


class New(Workflow[Job]):
    name = "job"
    version = 2

    planned = State(zh="计划", en="Planned")
    held = State(zh="挂起", en="Held")
    done = State(zh="完成", en="Done", final=True)

    plan = Event(Job, START >> planned, zh="计划", en="Plan")
    hold = Event(planned >> held, zh="挂起", en="Hold")
    resume = Event(held >> PREVIOUS, zh="恢复", en="Resume")
    finish = Event(planned >> done, zh="完成", en="Finish")


@pytest.fixture
def store():
    return MemoryStore()


def drive(engine, case_id, *actions):
    engine.start(Old.plan(n=1), by=WORKER, id=case_id)
    for action in actions:
        engine.fire(case_id, action, by=WORKER)


def test_each_stranded_case_is_named_and_no_other(store):
    old = Engine(store, [Old])
    drive(old, "planned")
    drive(old, "begun", Old.begin())
    drive(old, "held early", Old.hold())
    drive(old, "held late", Old.begin(), Old.hold())
    drive(old, "done", Old.begin(), Old.finish())
    drive(old.scoped("p2"), "elsewhere", Old.begin())
    new = Engine(store, [New])
    new.start(New.plan(n=2), by=WORKER, id="new")
    new.fire("new", New.hold(), by=WORKER)

    found = list(stranded_cases(Old, New, store))
    assert [(case.case_id, case.state, case.previous) for case in found] == [
        ("begun", "begun", "planned"),
        ("held late", "held", "begun"),
    ]
    assert [case.why for case in found] == [place.why for place in diff(Old, New).stranded]
    (other,) = stranded_cases(Old, New, store, tenant="p2")
    assert (other.tenant, other.case_id) == ("p2", "elsewhere")
    assert list(stranded_cases(Old, Old, store)) == []


def test_any_number_is_read_page_by_page(store):
    old = Engine(store, [Old])
    ids = [f"c{n:04}" for n in range(1100)]
    for case_id in ids:
        drive(old, case_id, Old.begin())
    assert sorted(case.case_id for case in stranded_cases(Old, New.definition(), store)) == ids
