"""Events: who may ask, what follows, and what is wrong with how they are written."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from propflow.definition import START, SYSTEM, Actor, Event, Fact, Notify, Role, State, Workflow
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item
from tests.definition.loans import KeyLoan, head, keeper, open_days


@pytest.mark.parametrize(
    ("by", "expected"),
    [((), ()), (keeper, (keeper,)), (SYSTEM, (SYSTEM,)), ([keeper, SYSTEM], (keeper, SYSTEM))],
)
def test_an_event_may_be_for_anyone_or_for_one_or_several(by: Any, expected: object):
    class Good(Flow):
        go = Event(Flow.begun >> Flow.done, zh="走", en="Go", by=by)

    assert Good.spec.events["go"].by == expected


@pytest.mark.parametrize("by", [[Actor("u7")], ["head"], [keeper, Actor("SYSTEM", roles=["x"])]])
def test_an_event_is_for_roles_or_the_system_alone(by: Any):
    def make() -> None:
        class Bad(Flow):
            go = Event(Flow.begun >> Flow.done, zh="走", en="Go", by=by)

    assert faults_of(make) == [f"Bad.go: by={by[-1]!r} is neither a Role nor SYSTEM"]


@pytest.mark.parametrize("by", ["desk", 5, None])
def test_what_is_no_role_is_one_problem_and_not_one_a_letter(by: Any):
    def make() -> None:
        class Bad(Flow):
            go = Event(Flow.begun >> Flow.done, zh="走", en="Go", by=by)

    assert faults_of(make) == [f"Bad.go: by={by!r} is neither a Role nor SYSTEM"]


def test_labels_are_given_in_both_languages():
    def make() -> None:
        class Bad(Workflow[Item]):
            begun = State(zh="开")
            done = State(en="Done", final=True)
            begin = Event(Item, START >> begun)
            finish = Event(begun >> done, zh="终", en="End", by=[Role("x"), Role("y", zh="乙")])

    assert faults_of(make) == [
        "Bad.begun: has no label in en",
        "Bad.done: has no label in zh",
        "Bad.begin: has no label in zh and en",
        "Bad.finish, role 'x': has no label in zh and en",
        "Bad.finish, role 'y': has no label in en",
    ]


@pytest.mark.parametrize("update", [5, "data", Item()])
def test_an_update_that_cannot_be_called_is_reported(update: Any):
    def make() -> None:
        class Bad(Flow):
            go = Event(Flow.begun >> Flow.done, zh="走", en="Go", update=update)

    assert faults_of(make) == [f"Bad.go: update={update!r} cannot be called"]


def test_effects_that_are_none_are_reported_one_by_one():
    effects: Any = [Notify("x", to="y"), 5, Notify]

    def make() -> None:
        class Bad(Flow):
            go = Event(Flow.begun >> Flow.done, zh="走", en="Go", effects=effects)

    assert faults_of(make) == [
        "Bad.go: the effect 5 is neither an Effect nor a function",
        f"Bad.go: the effect {Notify!r} is neither an Effect nor a function",
    ]


@pytest.mark.parametrize(
    ("effects", "says"),
    [
        (Notify("x", to="y"), "is one effect; write a list: effects=[…]"),
        ("tell", "is neither a list of effects nor a function"),
        (5, "is neither a list of effects nor a function"),
    ],
)
def test_effects_that_are_no_list_are_one_problem(effects: Any, says: str):
    def make() -> None:
        class Bad(Flow):
            go = Event(Flow.begun >> Flow.done, zh="走", en="Go", effects=effects)

    assert faults_of(make) == [f"Bad.go: effects={effects!r} {says}"]


@attrs.define
class Mutable:
    name: str = ""


@pytest.mark.parametrize("payload", [Mutable, dict, "Item", print])
def test_a_payload_is_a_frozen_attrs_class(payload: Any):
    def make() -> None:
        class Bad(Flow):
            go = Event(payload, Flow.begun >> Flow.done, zh="走", en="Go")

    assert faults_of(make) == [f"Bad.go: its payload {payload!r} must be a frozen attrs class"]


@pytest.mark.parametrize("data", [Mutable, dict])
def test_data_are_a_frozen_attrs_class(data: Any):
    def make() -> None:
        class Bad(Workflow[data]):
            begun = State(zh="开", en="Open")
            done = State(zh="完", en="Done", final=True)
            begin = Event(Item, START >> begun, zh="始", en="Begin")
            finish = Event(begun >> done, zh="终", en="Finish")

    assert faults_of(make) == [
        f"Bad: its data {data!r} must be a frozen attrs class: Workflow[Loan]"
    ]


def test_a_workflow_says_what_its_data_are():
    def make() -> None:
        class Bad(Workflow):  # type: ignore[type-arg]
            begun = State(zh="开", en="Open")
            done = State(zh="完", en="Done", final=True)
            begin = Event(START >> begun, zh="始", en="Begin")
            finish = Event(begun >> done, zh="终", en="Finish")

    assert faults_of(make) == ["Bad: its data None must be a frozen attrs class: Workflow[Loan]"]


def test_indexed_fields_are_fields_of_the_data():
    def make() -> None:
        class Bad(Flow):
            indexed = ("name", "colour", "size")

    assert faults_of(make) == [
        "Bad.indexed: Item has no field 'colour'",
        "Bad.indexed: Item has no field 'size'",
    ]


def test_needs_are_facts():
    def make() -> None:
        class Bad(Flow):
            needs = (open_days, "departments", Fact)  # type: ignore[assignment]

    assert faults_of(make) == [
        "Bad.needs: 'departments' is no Fact",
        f"Bad.needs: {Fact!r} is no Fact",
    ]


@attrs.frozen
class Wish:
    name: str
    colour: str


def test_a_field_of_the_payload_that_nothing_takes_is_reported():
    def make() -> None:
        class Bad(Flow):
            wish = Event(Wish, Flow.begun >> Flow.done, zh="愿", en="Wish")

    assert faults_of(make) == [
        (
            "Bad.wish: nothing takes the payload field 'colour': add it to Item, name it in "
            "history_only=, or write update="
        )
    ]


def test_an_update_or_the_history_takes_what_the_data_do_not():
    class Good(Flow):
        wish = Event(Wish, Flow.begun >> Flow.done, zh="愿", en="Wish", history_only=["colour"])
        make = Event(
            Wish,
            Flow.begun >> Flow.done,
            zh="做",
            en="Make",
            update=lambda case, payload, context: Item(payload.name + payload.colour),
        )

    assert Good.spec.events["wish"].history_only == ("colour",)


def test_the_history_keeps_fields_of_the_payload_alone():
    def make() -> None:
        class Bad(Flow):
            wish = Event(Item, Flow.begun >> Flow.done, zh="愿", en="Wish", history_only=["size"])

    assert faults_of(make) == [
        "Bad.wish: history_only names 'size', which the payload does not have"
    ]


def test_an_event_may_be_for_the_same_roles_as_another():
    assert KeyLoan.spec.events["hold"].by == (keeper, head)
