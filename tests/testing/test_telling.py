"""Which fields tell cases apart: read off the code, however it is written."""

from __future__ import annotations

import functools
from datetime import timedelta

import attrs
import pytest

from propflow.cli.loading import shipped
from propflow.definition import SAME, START, Case, Context, Deadline, Event, State, Workflow, guard
from propflow.testing import saturated, suite_of
from propflow.testing.telling import deciding_fields, telling
from propflow.workflows import Complaint, Issue, RepairOrder


@attrs.frozen
class Data:
    by_guard: int = 0
    by_property: int = 0
    by_helper: int = 0
    unread: int = 0
    by_closure: int = 0
    by_partial: int = 0
    by_lambda: int = 0
    by_limit: int = 0
    by_moment: int = 0
    behind: int = 0
    counted: int = 0
    note: str = ""
    noted: str = ""

    @property
    def half(self) -> float:
        return self.by_property / 2


@attrs.frozen
class Note:
    note: str = ""
    noted: str = ""


def helped(data: Data) -> bool:
    return data.by_helper >= 0


def limited(least: int, data: Data) -> bool:
    return data.by_partial >= least


@guard(zh="可", en="may")
def may(case: Case[Data], context: Context) -> bool:
    """Whether it may."""
    return case.data.by_guard >= 0 and case.data.half >= 0 and helped(case.data)


@guard(zh="写", en="is written")
def written(case: Case[Data], payload: Note, context: Context) -> bool:
    """Whether something is written; of the data nothing is read."""
    return bool(payload.note) or bool(payload.noted)


def _closing():
    def inner(data: Data) -> bool:
        return data.by_closure >= 0

    def outer(case: Case[Data], context: Context) -> bool:
        return inner(case.data)

    return outer


def _count(case: Case[Data], payload: Note, context: Context) -> Data:
    return attrs.evolve(case.data, counted=case.data.counted + 1, note=payload.note)


def _guarded_by_what_is_behind(case: Case[Data], payload: None, context: Context) -> Data:
    return attrs.evolve(case.data, by_guard=case.data.behind)


OTHERS = functools.partial(limited, 0)


class Told(Workflow[Data]):
    open_ = State(zh="开", en="Open")
    done = State(zh="终", en="Done", final=True)
    open = Event(Data, START >> open_, zh="开", en="Open")
    note = Event(Note, open_ >> SAME, zh="记", en="Note", guards=[written], update=_count)
    turn = Event(open_ >> SAME, zh="转", en="Turn", update=_guarded_by_what_is_behind)
    end = Event(
        open_ >> done,
        zh="结",
        en="End",
        guards=[
            may,
            guard(zh="一", en="one", code="one")(_closing()),
            guard(zh="二", en="two", code="two")(lambda case, context: OTHERS(case.data)),
            guard(zh="三", en="three", code="three")(
                lambda case, context: case.data.by_lambda >= 0
            ),
        ],
    )
    late = Deadline(
        open_, after=lambda data, settings: timedelta(days=1 + data.by_limit), fires=end
    )
    due = Deadline(open_, at=lambda data, settings: data.by_moment or None, zh="到", en="Due")


def test_what_guards_and_deadlines_look_at_and_what_that_comes_from():
    left_out = {"unread", "counted", "note", "noted"}
    assert deciding_fields(Told.spec) == tuple(
        field.name for field in attrs.fields(Data) if field.name not in left_out
    )


def test_cases_that_differ_in_the_rest_are_one():
    abstract = telling(Told.spec)
    assert abstract(Data(note="a", counted=2)) == abstract(Data())
    assert abstract(Data(behind=1)) != abstract(Data())
    assert abstract(Data(behind=9)) == abstract(Data(behind=3))


def _by_another_name(case: Case[Data], context: Context) -> bool:
    name = "un" + "read"
    return getattr(case.data, name) == 0


class Inspected(Told):
    name = "told"
    version = 2
    end = Event(
        Told.open_ >> Told.done,
        zh="结",
        en="End",
        guards=[
            guard(zh="有", en="has", code="has")(
                lambda case, context: getattr(case.data, "un" + "read") == 0
            )
        ],
    )
    late = Deadline(Told.open_, after=timedelta(days=1), fires=end)


def test_who_can_read_any_field_reads_them_all():
    assert deciding_fields(Inspected.spec) == tuple(field.name for field in attrs.fields(Data))


def test_what_the_shipped_workflows_only_keep_is_left_out():
    assert {"urges", "reopenings", "place"}.isdisjoint(deciding_fields(Complaint.spec))
    assert {"kind", "quote", "paid", "worker"} <= {*deciding_fields(RepairOrder.spec)}
    assert {"signature", "place", "rounds"}.isdisjoint(deciding_fields(RepairOrder.spec))
    assert {"fixer", "department", "rounds"} <= {*deciding_fields(Issue.spec)}


@pytest.mark.parametrize(
    "workflow",
    [each for each in shipped().values() if each not in {Complaint, RepairOrder}],
    ids=lambda workflow: workflow.spec.name,
)
def test_it_finds_what_all_fields_together_find(workflow):
    some = suite_of(workflow).prove()
    every = attrs.evolve(suite_of(workflow), abstract=saturated).prove()
    assert (some.fired, some.never_reached) == (every.fired, every.never_reached)
    assert some.states <= every.states
