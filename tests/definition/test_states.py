"""States and the transitions between them, as they are written and as they are read."""

from __future__ import annotations

import attrs
import pytest

from propflow.definition import ANY, PREVIOUS, SAME, START, Event, State, Workflow
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item
from tests.definition.loans import KeyLoan, few_reminders, not_the_borrower


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


def test_a_state_shows_its_name_or_its_label():
    assert repr(KeyLoan.lent) == "State('lent')"
    assert repr(State(zh="甲")) == "State('甲')"


def test_a_state_is_the_same_value_wherever_its_workflow_is_subclassed():
    class Longer(KeyLoan):
        pass

    assert Longer.lent is KeyLoan.lent


def test_states_are_told_apart_by_identity():
    assert State(zh="甲", en="A") != State(zh="甲", en="A")


def test_guards_of_a_transition_add_up():
    drawn = (Flow.begun >> Flow.done).when(not_the_borrower).when(few_reminders)
    assert drawn.guards == (not_the_borrower, few_reminders)
    assert (drawn.sources, drawn.target) == ((Flow.begun,), Flow.done)


def test_a_transition_can_be_drawn_from_several_states():
    drawn = [KeyLoan.requested, KeyLoan.lent] >> KeyLoan.lost
    assert drawn.sources == (KeyLoan.requested, KeyLoan.lent)


def test_a_state_lies_within_one_of_its_own_workflow():
    def make() -> None:
        class Bad(Flow):
            inner = State(zh="内", en="Inner", within=KeyLoan.out, initial=True)

    assert "Bad.inner: lies within State('out'), which is no state of this workflow" in faults_of(
        make
    )


def test_a_state_to_enter_first_lies_within_another():
    def make() -> None:
        class Bad(Flow):
            first = State(zh="初", en="First", initial=True)
            go = Event(Flow.begun >> first, zh="走", en="Go")
            stop = Event(first >> Flow.done, zh="停", en="Stop")

    assert faults_of(make) == [
        "Bad.first: initial=True needs within=, the state that it is entered through"
    ]


@pytest.mark.parametrize("initial", [(False, False), (True, True)])
def test_exactly_one_of_the_states_within_another_is_entered_first(initial: tuple[bool, bool]):
    def make() -> None:
        class Bad(Flow):
            hall = State(zh="厅", en="Hall")
            left = State(zh="左", en="Left", within=hall, initial=initial[0])
            right = State(zh="右", en="Right", within=hall, initial=initial[1])
            enter = Event(Flow.begun >> hall, zh="进", en="Enter")
            leave = Event(hall >> Flow.done, zh="出", en="Leave")

    assert faults_of(make) == ["Bad.hall: exactly one of left, right must have initial=True"]


def test_a_state_that_holds_others_is_not_final():
    def make() -> None:
        class Bad(Flow):
            hall = State(zh="厅", en="Hall", final=True)
            left = State(zh="左", en="Left", within=hall, initial=True)
            enter = Event(Flow.begun >> hall, zh="进", en="Enter")
            leave = Event(left >> Flow.done, zh="出", en="Leave")

    assert faults_of(make) == ["Bad.hall: holds other states, so mark those final instead"]


def test_an_event_draws_a_transition():
    def make() -> None:
        class Bad(Flow):
            go = Event(Item, zh="走", en="Go")
            stop = Event(zh="停", en="Stop")

    assert faults_of(make) == ["Bad.go: has no transition", "Bad.stop: has no transition"]


def test_an_event_that_goes_back_from_where_nothing_came_draws_no_transition():
    def make() -> None:
        class Bad(Flow):
            back = Event(Flow.begun >> PREVIOUS, zh="回", en="Back")

    assert faults_of(make) == ["Bad.back: has no transition"]


def test_an_event_opens_a_case_or_moves_one():
    def make() -> None:
        class Bad(Flow):
            go = Event(Item, [START, Flow.begun] >> Flow.done, zh="走", en="Go")

    assert faults_of(make) == ["Bad.go: opens a case and moves one too; make two events of it"]


def test_a_workflow_without_an_opening_or_a_final_state_is_reported():
    def make() -> None:
        class Bad(Workflow[Item]):
            begun = State(zh="开", en="Open")
            go = Event(begun >> begun, zh="走", en="Go")

    assert faults_of(make) == ["Bad: no event opens a case; draw one from START"]


def test_a_workflow_without_a_final_state_is_reported():
    def make() -> None:
        class Bad(Workflow[Item]):
            one = State(zh="一", en="One")
            two = State(zh="二", en="Two")
            begin = Event(Item, START >> one, zh="始", en="Begin")
            go = Event(one >> two, zh="走", en="Go")
            back = Event(two >> one, zh="回", en="Back")

    assert faults_of(make) == ["Bad: no state is final, so no case can ever end"]


def test_a_state_that_nothing_leads_to_is_reported():
    def make() -> None:
        class Bad(Flow):
            lonely = State(zh="孤", en="Lonely")
            go = Event(lonely >> Flow.done, zh="走", en="Go")

    assert faults_of(make) == ["Bad.lonely: cannot be reached from START"]


def test_a_state_that_nothing_leads_out_of_is_reported():
    def make() -> None:
        class Bad(Flow):
            stuck = State(zh="卡", en="Stuck")
            go = Event(Flow.begun >> stuck, zh="走", en="Go")
            stay = Event(stuck >> stuck, zh="留", en="Stay")
            note = Event(stuck >> SAME, zh="记", en="Note")

    assert faults_of(make) == ["Bad.stuck: is a dead end; draw a transition out, or mark it final"]


def test_states_that_lead_to_each_other_alone_are_reported():
    def make() -> None:
        class Bad(Flow):
            tick = State(zh="滴", en="Tick")
            tock = State(zh="答", en="Tock")
            go = Event(Flow.begun >> tick, zh="走", en="Go")
            swing = Event(tick >> tock, zh="摆", en="Swing")
            back = Event(tock >> tick, zh="回", en="Back")

    assert faults_of(make) == [
        "Bad.tick: has no way to a final state",
        "Bad.tock: has no way to a final state",
    ]


def test_nested_states_are_reached_through_the_one_around_them():
    tree = KeyLoan.spec.tree
    assert tree.entered("out") == "lent"
    assert tree.leaves("out") == ("lent", "overdue")
    assert tree.path("overdue") == ["overdue", "out"]
    assert tree.all_leaves() == ("requested", "lent", "overdue", "held", "returned", "lost")


def test_a_way_back_leads_to_every_state_that_another_way_back_leads_from():
    class Paused(Workflow[Item]):
        begun = State(zh="开", en="Open")
        held = State(zh="停", en="Held")
        parked = State(zh="搁", en="Parked")
        done = State(zh="完", en="Done", final=True)

        begin = Event(Item, START >> begun, zh="始", en="Begin")
        hold = Event([begun, parked] >> held, zh="停", en="Hold")
        park = Event(held >> parked, zh="搁", en="Park")
        back = Event([held, parked] >> PREVIOUS, zh="回", en="Back")
        finish = Event(begun >> done, zh="终", en="Finish")

    ways = [(t.source, t.target) for t in Paused.spec.events["back"].transitions]
    assert ways == [("held", "begun"), ("held", "parked"), ("parked", "held")]


def test_a_state_that_leads_to_itself_is_not_where_its_case_came_from():
    class Held(Flow):
        held = State(zh="停", en="Held")
        hold = Event(Flow.begun >> held, zh="停", en="Hold")
        extend = Event(held >> held, zh="延", en="Extend")
        resume = Event(held >> PREVIOUS, zh="续", en="Resume")

    ways = Held.spec.events["resume"].transitions
    assert [(t.source, t.target) for t in ways] == [("held", "begun")]


def test_ways_back_lead_along_a_chain_of_holds_in_both_directions():
    class Chain(Flow):
        one = State(zh="一", en="One")
        two = State(zh="二", en="Two")
        three = State(zh="三", en="Three")
        first = Event(Flow.begun >> one, zh="一", en="First")
        second = Event(one >> two, zh="二", en="Second")
        third = Event(two >> three, zh="三", en="Third")
        back = Event([one, two, three] >> PREVIOUS, zh="回", en="Back")

    assert [(t.source, t.target) for t in Chain.spec.events["back"].transitions] == [
        ("one", "begun"),
        ("one", "two"),
        ("two", "one"),
        ("two", "three"),
        ("three", "two"),
    ]
