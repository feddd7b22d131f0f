"""What is broken or wrong in a step: named errors that leave no trace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest

from propflow.decision import decide, new_case, plan_of
from propflow.definition import (
    START,
    Case,
    Context,
    Effect,
    Event,
    Notify,
    State,
    Workflow,
    guard,
)
from propflow.errors import FunctionRaised, InvalidPayload, MissingFact, NaiveDatetime
from tests.decision.steps import ANYONE, NOON, accepted, codes, opened
from tests.definition.loans import open_days


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


@guard(zh="坏", en="broken")
def broken_guard(case: Case[Any], context: Context) -> bool:
    raise ZeroDivisionError


class Undecided:
    def __bool__(self) -> bool:
        raise ZeroDivisionError


@guard(zh="未定", en="undecided")
def undecided(case: Case[Any], context: Context) -> object:
    return Undecided()


@guard(zh="守门", en="a door")
def door(case: Case[Any], context: Context) -> bool:
    return False


@guard(zh="问", en="asks")
def asks(case: Case[Any], context: Context) -> bool:
    return context.fact(open_days)


def _raises(case: Case[Any], payload: None, context: Context) -> Any:
    raise ZeroDivisionError


def _reads_a_fact(case: Case[Any], payload: None, context: Context) -> Room:
    return Room(str(context.fact(open_days)))


def _endless(case: Case[Any], payload: None, context: Context) -> Iterator[Effect]:
    yield Notify("x", to="y")
    raise ZeroDivisionError


class Broken(Rooms):
    """Has functions that are broken in every way."""

    guarded = Event(Rooms.begun >> Rooms.done, zh="一", en="1", guards=[broken_guard])
    vague = Event(Rooms.begun >> Rooms.done, zh="二", en="2", guards=[undecided])
    chosen = Event((Rooms.begun >> Rooms.done).when(broken_guard), zh="三", en="3")
    asking = Event(Rooms.begun >> Rooms.done, zh="四", en="4", guards=[asks])
    updated = Event(Rooms.begun >> Rooms.done, zh="五", en="5", update=_raises)
    curious = Event(Rooms.begun >> Rooms.done, zh="六", en="6", update=_reads_a_fact)
    untyped = Event(Rooms.begun >> Rooms.done, zh="七", en="7", update=lambda c, p, x: "room")
    followed = Event(Rooms.begun >> Rooms.done, zh="八", en="8", effects=_raises)
    endless = Event(Rooms.begun >> Rooms.done, zh="九", en="9", effects=_endless)
    nothing = Event(Rooms.begun >> Rooms.done, zh="十", en="10", effects=lambda c, p, x: None)  # type: ignore[arg-type, return-value]
    no_effect = Event(Rooms.begun >> Rooms.done, zh="百", en="11", effects=lambda c, p, x: [5])  # type: ignore[list-item]
    elsewhere = Event(Rooms.done >> Rooms.begun, zh="千", en="12", guards=[broken_guard, door])


ROOM = Case("c1", "begun", None, Room("hall"), 1, "broken", 1, NOON)
FACTS = {"open_days": True}


@pytest.mark.parametrize(
    ("event", "role", "code", "cause", "words"),
    [
        ("guarded", "guard", "broken_guard", ZeroDivisionError, "the guard 'broken_guard'"),
        ("vague", "guard", "undecided", ZeroDivisionError, "the guard 'undecided'"),
        ("chosen", "guard", "broken_guard", ZeroDivisionError, "the guard 'broken_guard'"),
        ("updated", "update", "", ZeroDivisionError, "the update function"),
        ("curious", "update", "", MissingFact, "the update function"),
        ("untyped", "update", "", TypeError, "the update function"),
        ("followed", "effects", "", ZeroDivisionError, "the effects function"),
        ("endless", "effects", "", ZeroDivisionError, "the effects function"),
        ("nothing", "effects", "", TypeError, "the effects function"),
        ("no_effect", "effects", "", TypeError, "the effects function"),
    ],
)
def test_a_broken_function_surfaces_by_name_and_leaves_no_trace(
    event: str, role: str, code: str, cause: type[Exception], words: str
):
    before = attrs.evolve(ROOM)
    with pytest.raises(FunctionRaised) as broken:
        decide(Broken, ROOM, Broken.action(event), ANYONE, NOON, facts=FACTS)
    raised = broken.value
    assert (raised.workflow, raised.event, raised.role, raised.code) == (
        "broken",
        event,
        role,
        code,
    )
    assert type(raised.__cause__) is cause
    assert str(raised) == (
        f"{words} of broken.{event} is broken; nothing was changed; see the cause above"
    )
    assert before == ROOM


def test_what_a_function_may_not_return_is_said():
    for event, words in [
        ("untyped", "it returned str, not Room"),
        ("no_effect", "it returned 5, which is no Effect"),
    ]:
        with pytest.raises(FunctionRaised) as broken:
            decide(Broken, ROOM, Broken.action(event), ANYONE, NOON)
        assert str(broken.value.__cause__) == words


def test_a_guard_that_raises_in_a_wrong_state_is_left_out_of_the_reasons():
    assert codes(decide(Broken, ROOM, Broken.elsewhere(), ANYONE, NOON)) == ["wrong_state", "door"]


def test_a_guard_may_read_facts_that_an_update_may_not():
    step = decide(Broken, ROOM, Broken.asking(), ANYONE, NOON, facts=FACTS)
    assert step.accepted
    with pytest.raises(FunctionRaised) as broken:
        decide(Broken, ROOM, Broken.asking(), ANYONE, NOON)
    assert isinstance(broken.value.__cause__, MissingFact)
