"""States and the transitions between them, as they are written and as they are read."""

from __future__ import annotations

import attrs
import pytest

from propflow.definition import ANY, PREVIOUS, SAME, START, Event, State, Workflow
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item
from tests.definition.loans import KeyLoan


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(State)])
def test_nothing_of_a_state_can_be_set(name: str):
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(KeyLoan.lent, name, "x")


def test_what_is_no_state_can_be_neither_end_of_a_transition():
    def make() -> None:
        class Bad(Flow):
            one = Event(["begun", Flow.begun] >> Flow.done, zh="一", en="One")
            two = Event(Flow.begun >> "done", zh="二", en="Two")
            three = Event(Flow.begun >> [Flow.done], zh="三", en="Three")

    assert faults_of(make) == [
        "Bad.one: the source 'begun' is no State",
        "Bad.two: the target 'done' is no State",
        "Bad.three: the target [State('done')] is no State",
        "Bad.two: has no transition",
        "Bad.three: has no transition",
    ]


def test_both_ends_of_a_transition_are_reported_at_once():
    def make() -> None:
        class Bad(Flow):
            jump = Event(KeyLoan.lent >> KeyLoan.lost, zh="跳", en="Jump")

    words = "is no state of this workflow; declare it in the class, or look for a later attribute"
    assert faults_of(make) == [
        f"Bad.jump: the target 'lost' {words} of the same name",
        f"Bad.jump: the source 'lent' {words} of the same name",
        "Bad.jump: has no transition",
    ]


@pytest.mark.parametrize(
    ("source", "target", "end"),
    [
        (Flow.begun, START, "START cannot be the target"),
        (Flow.begun, ANY, "ANY cannot be the target"),
        (PREVIOUS, Flow.done, "PREVIOUS cannot be the source"),
        (SAME, Flow.done, "SAME cannot be the source"),
    ],
)
def test_a_marker_stands_at_its_own_end_alone(source: State, target: State, end: str):
    def make() -> None:
        class Bad(Flow):
            go = Event(source >> target, zh="走", en="Go")

    assert faults_of(make) == [f"Bad.go: {end} of a transition", "Bad.go: has no transition"]


@pytest.mark.parametrize("target", [SAME, PREVIOUS])
def test_an_opening_leads_to_a_state(target: State):
    def make() -> None:
        class Bad(Flow):
            go = Event(Item, START >> target, zh="走", en="Go")

    assert faults_of(make) == [
        f"Bad.go: an opening cannot lead to {target.name}",
        "Bad.go: has no transition",
    ]


def test_what_is_no_transition_is_reported():
    def make() -> None:
        class Bad(Flow):
            go = Event(Item, Flow.begun >> Flow.done, Flow.done, zh="走", en="Go")  # type: ignore[arg-type]

    assert faults_of(make) == ["Bad.go: State('done') is no transition; draw one with >>"]


def test_a_final_state_is_not_left_through_the_state_around_it():
    def make() -> None:
        class Bad(Flow):
            hall = State(zh="厅", en="Hall")
            left = State(zh="左", en="Left", within=hall, initial=True)
            ended = State(zh="终", en="Ended", within=hall, final=True)

            enter = Event(Flow.begun >> hall, zh="进", en="Enter")
            stop = Event(left >> ended, zh="止", en="Stop")
            leave = Event(hall >> Flow.done, zh="出", en="Leave")
            note = Event(hall >> SAME, zh="记", en="Note")

    assert faults_of(make) == [
        (
            "Bad.leave: leads out of 'hall' and so out of the final 'ended' within; "
            "draw it from the states that it is meant for"
        )
    ]


def test_a_final_state_can_be_left_by_its_own_name():
    class Good(Flow):
        reopen = Event(Flow.done >> Flow.begun, zh="重开", en="Reopen")

    assert Good.spec.events["reopen"].transitions[0].source == "done"
