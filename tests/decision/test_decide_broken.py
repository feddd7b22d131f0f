"""What is broken or wrong in a step: named errors that leave no trace."""

from __future__ import annotations

import attrs
import pytest

from propflow.decision import decide, new_case, plan_of
from propflow.definition import START, Event, State, Workflow
from propflow.errors import InvalidPayload
from tests.decision.steps import ANYONE, NOON, opened


@attrs.frozen
class Room:
    name: str = attrs.field(default="hall", validator=attrs.validators.min_len(1))


@attrs.frozen
class Rename:
    name: str


class Rooms(Workflow[Room]):
    """Has data that do not take every value that a payload may have."""

    open = State(zh="开", en="Open")
    done = State(zh="完", en="Done", final=True)

    begin = Event(Rename, START >> open, zh="始", en="Begin")
    rename = Event(Rename, open >> open, zh="改名", en="Rename")
    end = Event(open >> done, zh="终", en="End")


WORDS = "$: Room does not take it: Length of 'name' must be >= 1: 0"


def test_values_that_the_data_do_not_take_are_an_invalid_payload_when_a_case_is_opened():
    with pytest.raises(InvalidPayload) as refused:
        new_case(plan_of(Rooms), Rooms.begin(name=""), case_id="c1", opened_at=NOON)
    assert (refused.value.workflow, refused.value.event) == ("rooms", "begin")
    assert [str(problem) for problem in refused.value.problems] == [WORDS]


def test_values_that_the_data_do_not_take_are_an_invalid_payload_in_a_later_step():
    case = opened(Rooms, Rooms.begin(name="lobby")).case
    with pytest.raises(InvalidPayload) as refused:
        decide(Rooms, case, Rooms.rename(name=""), ANYONE, NOON)
    assert (refused.value.workflow, refused.value.event) == ("rooms", "rename")
    assert [str(problem) for problem in refused.value.problems] == [WORDS]
