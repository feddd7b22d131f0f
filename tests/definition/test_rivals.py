"""Transitions of one event from one state: told apart by guards, or reported."""

from __future__ import annotations

from propflow.definition import ANY, PREVIOUS, SAME, START, Case, Context, Event, State, guard
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item


@guard(zh="一", en="one")
def one(case: Case[Item], context: Context) -> bool:
    return True


@guard(zh="二", en="two")
def two(case: Case[Item], context: Context) -> bool:
    return True


class Halls(Flow):
    """Has nested states."""

    hall = State(zh="厅", en="Hall")
    left = State(zh="左", en="Left", within=hall, initial=True)
    right = State(zh="右", en="Right", within=hall)
    held = State(zh="停", en="Held")

    enter = Event(Flow.begun >> hall, zh="进", en="Enter")
    cross = Event(left >> right, zh="过", en="Cross")
    hold = Event(hall >> held, zh="停", en="Hold")
    resume = Event(held >> PREVIOUS, zh="续", en="Resume")
    leave = Event(hall >> Flow.done, zh="出", en="Leave")


def test_two_unguarded_rivals_are_reported():
    def make() -> None:
        class Bad(Halls):
            go = Event(Halls.left >> Halls.right, Halls.left >> Halls.held, zh="走", en="Go")

    assert faults_of(make) == [
        "Bad.go: leads from 'left' both to 'right' and to 'held'; tell them apart with .when(guard)"
    ]


def test_rivals_behind_the_same_guards_are_reported_even_if_another_stands_between():
    def make() -> None:
        class Bad(Halls):
            go = Event(
                (Halls.left >> Halls.right).when(one),
                (Halls.left >> Flow.done).when(two),
                (Halls.left >> Halls.held).when(one),
                zh="走",
                en="Go",
            )

    assert faults_of(make) == [
        "Bad.go: leads from 'left' both to 'right' and to 'held'; tell them apart with .when(guard)"
    ]


def test_a_rival_that_asks_for_more_than_an_earlier_one_is_reported():
    def make() -> None:
        class Bad(Halls):
            go = Event(
                (Halls.left >> Halls.right).when(one),
                (Halls.left >> Halls.held).when(one, two),
                Halls.left >> SAME,
                (Halls.left >> Flow.done).when(two),
                zh="走",
                en="Go",
            )

    assert faults_of(make) == [
        (
            "Bad.go: leads from 'left' both to 'right' and to 'held'; "
            "tell them apart with .when(guard)"
        ),
        "Bad.go: leads from 'left' both to 'left' and to 'done'; tell them apart with .when(guard)",
    ]


def test_guarded_rivals_and_an_unguarded_last_one_hold():
    class Good(Halls):
        go = Event(
            (Halls.left >> Flow.done).when(two, one),
            (Halls.left >> Halls.right).when(one),
            (Halls.left >> Halls.held).when(two),
            Halls.left >> SAME,
            zh="走",
            en="Go",
        )

    assert len(Good.spec.events["go"].transitions) == 4


def test_rivals_for_an_opening_are_reported():
    def make() -> None:
        class Bad(Halls):
            go = Event(Item, START >> Flow.begun, START >> Flow.done, zh="走", en="Go")

    assert faults_of(make) == [
        (
            "Bad.go: leads from 'START' both to 'begun' and to 'done'; "
            "tell them apart with .when(guard)"
        )
    ]


def test_ways_back_are_no_rivals_of_each_other_nor_of_a_last_resort():
    class Good(Halls):
        back = Event(Halls.held >> PREVIOUS, Halls.held >> Flow.begun, zh="回", en="Back")

    transitions = Good.spec.events["back"].transitions
    assert [(t.previous, t.target) for t in transitions] == [
        ("left", "left"),
        ("right", "right"),
        (None, "begun"),
    ]


def test_ways_back_behind_an_unguarded_transition_are_reported():
    def make() -> None:
        class Bad(Halls):
            back = Event(Halls.held >> Flow.begun, Halls.held >> PREVIOUS, zh="回", en="Back")

    words = "tell them apart with .when(guard)"
    assert faults_of(make) == [
        f"Bad.back: leads from 'held' both to 'begun' and to 'left'; {words}",
        f"Bad.back: leads from 'held' both to 'begun' and to 'right'; {words}",
    ]


def test_a_nested_state_may_do_otherwise_than_the_state_around_it():
    class Good(Halls):
        go = Event(Halls.hall >> Flow.done, Halls.left >> Halls.held, zh="走", en="Go")

    assert len(Good.spec.events["go"].transitions) == 2


def test_a_transition_that_every_state_within_hides_is_reported():
    def make() -> None:
        class Bad(Halls):
            go = Event(Halls.hall >> Flow.done, ANY >> Halls.held, zh="走", en="Go")

    assert faults_of(make) == [
        (
            "Bad.go: never leads from 'hall' to 'done': what is drawn from each state within comes "
            "first; tell them apart with .when(guard)"
        )
    ]


def test_a_transition_that_some_guard_within_lets_through_holds():
    class Good(Halls):
        go = Event(
            Halls.hall >> Flow.done,
            Halls.left >> Halls.held,
            (Halls.right >> Halls.held).when(one),
            zh="走",
            en="Go",
        )

    assert len(Good.spec.events["go"].transitions) == 3


def test_the_same_way_back_drawn_twice_is_reported_for_each_state_that_it_leads_to():
    def make() -> None:
        class Bad(Halls):
            back = Event(Halls.held >> PREVIOUS, Halls.held >> PREVIOUS, zh="回", en="Back")

    words = "tell them apart with .when(guard)"
    assert faults_of(make) == [
        f"Bad.back: leads from 'held' both to 'left' and to 'left'; {words}",
        f"Bad.back: leads from 'held' both to 'right' and to 'right'; {words}",
    ]
