"""What is broken or wrong in a step: named errors that leave no trace."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import attrs
import pytest

from propflow.decision import decide, new_case, plan_of
from propflow.definition import START, Event, State, Workflow
from propflow.errors import InvalidPayload, NaiveDatetime
from tests.decision.steps import ANYONE, NOON, accepted, opened


@attrs.frozen
class Room:
    name: str = attrs.field(default="hall", validator=attrs.validators.min_len(1))


@attrs.frozen
class Rename:
    name: str


class Rooms(Workflow[Room]):
    """Has data that do not take every value that a payload may have."""

    begun = State(zh="开", en="Open")
    done = State(zh="完", en="Done", final=True)

    begin = Event(Rename, START >> begun, zh="始", en="Begin")
    rename = Event(Rename, begun >> begun, zh="改名", en="Rename")
    end = Event(begun >> done, zh="终", en="End")


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


class Nowhere(tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, moment: datetime | None) -> None:
        return None


NAIVE = [datetime(2026, 3, 2, 12), datetime(2026, 3, 2, 12, tzinfo=Nowhere())]  # noqa: DTZ001


@pytest.mark.parametrize("moment", NAIVE)
def test_a_step_is_not_decided_at_a_moment_without_an_offset(moment: datetime):
    case = opened(Rooms, Rooms.begin(name="lobby")).case
    with pytest.raises(NaiveDatetime, match="now=2026-03-02T12:00:00 has no UTC offset; give an"):
        decide(Rooms, case, Rooms.end(), ANYONE, moment)


@pytest.mark.parametrize("moment", NAIVE)
def test_a_case_is_not_opened_at_a_moment_without_an_offset(moment: datetime):
    with pytest.raises(NaiveDatetime, match="opened_at=2026-03-02T12:00:00 has no UTC offset"):
        new_case(plan_of(Rooms), Rooms.begin(name="lobby"), case_id="c1", opened_at=moment)


def test_moments_are_kept_in_utc_whatever_their_zone():
    shanghai = NOON.astimezone(ZoneInfo("Asia/Shanghai"))
    case = new_case(plan_of(Rooms), Rooms.begin(name="lobby"), case_id="c1", opened_at=shanghai)
    step = accepted(Rooms, case, Rooms.begin(name="lobby"), now=shanghai)
    moments = (step.case.opened_at, step.entry.occurred_at, step.entry.recorded_at)
    assert [moment.isoformat() for moment in moments] == [NOON.isoformat()] * 3
