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
