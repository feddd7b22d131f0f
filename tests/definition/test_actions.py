"""Actions: typed by calling the event, and from untyped values as a form or a file gives them."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import attrs
import pytest

from propflow.definition import START, Action, Event, State, Workflow
from propflow.errors import InvalidPayload, UnknownEvent
from tests.definition.loans import KeyLoan, Request, Return


def faults_of(workflow: type[Workflow[Any]], event: str, payload: Any) -> list[str]:
    with pytest.raises(InvalidPayload) as refused:
        workflow.action(event, payload)
    assert (refused.value.workflow, refused.value.event) == (workflow.name, event)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize("event", ["give_back", "resume"])
@pytest.mark.parametrize("payload", [[], ["returned_in"], "returned_in", 5, [("returned_in", "x")]])
def test_what_is_no_mapping_is_refused_whatever_the_event_takes(event: str, payload: Any):
    (fault,) = faults_of(KeyLoan, event, payload)
    assert fault.startswith("$: ")
    assert fault.endswith(f" is {type(payload).__name__}, not a mapping of the payload's fields")


@attrs.frozen
class Part:
    name: str = ""
    within: Part | None = None


class Assembly(Workflow[Part]):
    """Takes a payload that can nest."""

    begun = State(zh="开", en="Open")
    done = State(zh="完", en="Done", final=True)

    begin = Event(Part, START >> begun, zh="始", en="Begin")
    end = Event(begun >> done, zh="终", en="End")


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"within": found}
    return found


def test_values_may_nest_as_deep_as_their_class_does():
    assert Assembly.action("begin", nested(3)).payload == Part(
        within=Part(within=Part(within=Part()))
    )


@pytest.mark.parametrize("depth", [1_000, 20_000])
def test_absurdly_nested_values_are_refused_in_one_short_line(depth: int):
    (fault,) = faults_of(Assembly, "begin", nested(depth))
    assert fault.startswith("within.within.")
    assert fault.endswith(": is nested too deep; flatten it")
    assert len(fault) < 250


def test_an_absurdly_nested_value_for_a_plain_field_is_refused_in_one_short_line():
    value: list[Any] = []
    for _ in range(20_000):
        value = [value]
    (fault,) = faults_of(Assembly, "begin", {"name": value})
    assert fault == "name: is not str: [[[[[[[...]]]]]]] is list"


class Grade(enum.StrEnum):
    GOOD = "good"
    BAD = "bad"


@attrs.frozen
class Report:
    id: str
    count: int = 0
    amount: Decimal = Decimal(0)
    urgent: bool = False
    at: dt.datetime = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    grade: Grade = Grade.GOOD
    place: Part = Part()


class Reports(Workflow[Report]):
    """Takes a payload with a field of every kind that a form can fill."""

    begun = State(zh="开", en="Open")
    done = State(zh="完", en="Done", final=True)

    begin = Event(Report, START >> begun, zh="始", en="Begin")
    end = Event(begun >> done, zh="终", en="End")


def test_an_event_called_with_its_payloads_fields_makes_an_action():
    action = KeyLoan.give_back(returned_in="good")
    assert action == Action("key_loan", "give_back", Return("good"))
    assert KeyLoan.request("B1", borrower="u7") == Action(
        "key_loan", "request", Request("B1", "u7")
    )


def test_an_event_without_a_payload_makes_an_action_without_one():
    assert KeyLoan.resume() == Action("key_loan", "resume", None)


@pytest.mark.parametrize(("args", "kwargs"), [((5,), {}), ((), {"reason": "x"})])
def test_an_event_without_a_payload_takes_none(args: Any, kwargs: Any):
    with pytest.raises(TypeError, match="resume takes no payload"):
        KeyLoan.resume(*args, **kwargs)


@pytest.mark.parametrize("kwargs", [{}, {"returned_on": "Monday"}, {"returned_in": "x", "more": 1}])
def test_an_event_called_with_other_fields_says_so(kwargs: Any):
    with pytest.raises(TypeError, match="argument"):
        KeyLoan.give_back(**kwargs)


def test_an_event_of_a_workflow_shows_whose_it_is():
    assert repr(KeyLoan.give_back) == "<event key_loan.give_back>"
    assert repr(vars(KeyLoan)["give_back"]) == "Event('give_back')"
    assert (KeyLoan.give_back.workflow, KeyLoan.give_back.name) == ("key_loan", "give_back")


def test_the_untyped_entrance_makes_the_same_action_as_the_call():
    assert KeyLoan.action("give_back", {"returned_in": "good"}) == KeyLoan.give_back("good")
    assert KeyLoan.action("resume") == KeyLoan.action("resume", {}) == KeyLoan.resume()


def test_text_becomes_what_the_payloads_fields_ask_for():
    action = Reports.action(
        "begin",
        {
            "id": "r1",
            "count": "3",
            "amount": "12.50",
            "urgent": "true",
            "at": "2026-03-02T17:30:00+08:00",
            "grade": "bad",
            "place": {"name": "lift", "within": {"name": "B1"}},
        },
    )
    at = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
    place = Part("lift", within=Part("B1"))
    assert action.payload == Report("r1", 3, Decimal("12.50"), True, at, Grade.BAD, place)  # noqa: FBT003
    assert type(action.payload.grade) is Grade


def test_every_fault_of_a_payload_is_reported_at_once_with_its_field():
    payload = {
        "count": "three",
        "amount": "NaN",
        "urgent": "perhaps",
        "at": "2026-03-02T17:30:00",
        "grade": "fair",
        "place": {"name": 5, "beside": "x"},
        "colour": "red",
        "age": 1,
    }
    assert faults_of(Reports, "begin", payload) == [
        "id: is missing",
        "count: is not int: invalid literal for int() with base 10: 'three'",
        "amount: is not Decimal: NaN is not a finite number",
        "urgent: is not bool: 'perhaps' is str",
        "at: is not datetime: 2026-03-02T17:30:00 has no UTC offset",
        "grade: is not Grade: 'fair' is not a valid Grade",
        "place.name: is not str: 5 is int",
        "place: unknown fields beside",
        "$: unknown fields age, colour",
    ]


def test_values_for_an_event_without_a_payload_are_reported_one_by_one():
    assert faults_of(KeyLoan, "resume", {"reason": "x", "when": 5}) == [
        "reason: the event takes no payload",
        "when: the event takes no payload",
    ]


@pytest.mark.parametrize("payload", [None, {}])
def test_a_payload_that_is_not_given_lacks_its_fields(payload: Any):
    assert faults_of(KeyLoan, "give_back", payload) == ["returned_in: is missing"]


@pytest.mark.parametrize("payload", [None, {"key": "B1"}])
def test_an_unknown_event_is_refused_with_the_names_of_those_that_there_are(payload: Any):
    with pytest.raises(UnknownEvent) as refused:
        KeyLoan.action("borrow", payload)
    assert refused.value.known == tuple(KeyLoan.spec.events)
    assert str(refused.value) == (
        "key_loan has no event 'borrow'; it has request, lend, expire, remind, give_back, hold, "
        "resume, lose"
    )
