"""A suite is written once; one that is derived tries what the definition shows."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

import attrs
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from propflow.definition import START, SYSTEM, Event, State, Workflow
from propflow.errors import InvalidTrial, NotFound, ProofFailed, PropflowError
from propflow.storage import MemoryStore
from propflow.testing import Suite, actors, payloads, prove, saturated, suite_of
from propflow.testing.play import MOMENT
from propflow.workflows import Complaint, EmergencyEvent, Issue, LedgerEntry, Patrol
from tests.testing import shows
from tests.testing.shows import ACTORS, CLERK, INVARIANTS, MONITORS, PAYLOADS, Repair

GIVEN = {
    "actors": ACTORS,
    "payloads": PAYLOADS,
    "invariants": INVARIANTS,
    "monitors": MONITORS,
}
SUITE = Suite(Repair, **GIVEN)


def test_a_suite_proves_what_the_call_proves():
    assert SUITE.prove() == prove(Repair, **GIVEN)
    with pytest.raises(ProofFailed) as raised:
        Suite(shows.Faulty, **GIVEN).prove()
    assert len(raised.value.failures) == 4
    with pytest.raises(ProofFailed, match="max_states=10"):
        SUITE.prove(max_states=10)


def test_a_suite_walks_and_finds_paths():
    assert len({each for path in SUITE.paths() for each in path.covers}) == 18
    machine = SUITE.stateful(MemoryStore)
    run_state_machine_as_test(
        machine, settings=settings(machine.TestCase.settings, max_examples=5, database=None)
    )
    assert machine.coverage.cases >= 5


def test_there_is_an_actor_for_each_role_one_without_and_the_system():
    found = actors(Complaint)
    asked = {who.name for e in Complaint.spec.events.values() for who in e.by if who != SYSTEM}
    assert {name for actor in found for name in actor.roles} == asked
    assert [actor.roles for actor in found if not actor.roles] == [frozenset(), frozenset()]
    assert found[-1] == SYSTEM
    assert [actor.id for actor in actors(Repair)] == [
        "clerk-1",
        "chief-1",
        "worker-1",
        "nobody-1",
    ]


def test_a_workflow_of_which_nothing_is_said_is_tried_all_the_same():
    proof = suite_of(Repair).prove()
    assert len(proof.fired) == 18
    assert suite_of(EmergencyEvent).prove().never_fired == ()
    assert suite_of(Issue).prove().never_reached == ("emergency",)  # which asks for a plan


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@attrs.frozen
class Inner:
    text: str
    number: int = 0


@attrs.frozen
class Everything:
    text: str
    yes: bool
    colour: Colour
    amount: Decimal
    at: dt.datetime
    on: dt.date
    lasts: dt.timedelta
    who: uuid.UUID
    inner: Inner
    perhaps: str | None
    many: tuple[str, ...]
    some: frozenset[Colour]
    few: Sequence[int]
    word: Literal["a", "b"]
    strange: complex = 0


class Rich(Workflow[Everything]):
    first = State(zh="一", en="First")
    last = State(zh="终", en="Last", final=True)
    open = Event(Everything, START >> first, zh="开", en="Open")
    end = Event(first >> last, zh="结", en="End")


def test_there_are_samples_of_every_kind():
    fullest, blue, barest = [action.payload for action in payloads(Rich)]
    assert (fullest.text, fullest.yes, fullest.colour, fullest.perhaps) == (
        "a",
        True,
        Colour.RED,
        "a",
    )
    assert (fullest.many, fullest.some, fullest.inner) == (("a",), {Colour.RED}, Inner("a", 1))
    assert attrs.evolve(blue, colour=Colour.RED) == fullest
    assert (barest.text, barest.yes, barest.perhaps, barest.many) == ("", False, None, ())
    assert fullest.at.utcoffset() == dt.timedelta(0)
    assert attrs.evolve(suite_of(Rich), abstract=saturated).prove().states == 6
    assert suite_of(Rich).prove().states == 2  # no guard looks at any of it


@attrs.frozen
class Strange:
    text: str
    what: complex


@attrs.frozen
class Strict:
    text: str = attrs.field(validator=attrs.validators.min_len(2))


class Unknown(Workflow[Strange]):
    first = State(zh="一", en="First")
    last = State(zh="终", en="Last", final=True)
    open = Event(Strange, START >> first, zh="开", en="Open")
    end = Event(Strict, first >> last, zh="结", en="End", history_only=["text"])


def test_what_no_sample_is_known_of_is_named_at_once():
    with pytest.raises(InvalidTrial) as raised:
        payloads(Unknown)
    assert [problem.where for problem in raised.value.problems] == ["open.what", "end."]


@attrs.frozen
class Span:
    begins: dt.datetime
    ends: dt.datetime
    month: str
    paid_month: str
    points: int
    reverses: str

    def __attrs_post_init__(self) -> None:
        if not self.begins < self.ends or (self.points > 0) == bool(self.reverses):
            raise PropflowError("points are charged, or given back with what they reverse")


class Spans(Workflow[Span]):
    first = State(zh="一", en="First", final=True)
    open = Event(Span, START >> first, zh="开", en="Open")


def test_samples_are_the_nearest_that_the_class_takes():
    fullest, barest = [action.payload for action in payloads(Spans)]
    assert fullest.ends - fullest.begins == dt.timedelta(hours=1)
    assert (fullest.month, fullest.paid_month) == ("2025-12", "2025-12")
    assert (fullest.points, fullest.reverses) == (0, "a")
    assert (barest.points, barest.reverses) == (1, "")
    assert attrs.evolve(barest, month="m") == Span(fullest.begins, fullest.ends, "m", "", 1, "")


def test_no_case_is_no_proof():
    class Closed(Rich):
        open = Event(Everything, START >> Rich.first, zh="开", en="Open", by=SYSTEM)

    given = {"payloads": payloads(Closed)}
    with pytest.raises(InvalidTrial, match="actors: none of them may open a case"):
        prove(Closed, actors=[CLERK], **given)
    assert prove(Closed, actors=[SYSTEM], **given, abstract=saturated).states == 6
    empty = Patrol.plan(schedule="daily", starts=MOMENT, ends=MOMENT)
    others = [action for action in payloads(Patrol) if action.event != "plan"]
    with pytest.raises(InvalidTrial, match=r"plan: opens no case, so nothing is proved; give "):
        attrs.evolve(suite_of(Patrol), payloads=[empty, *others]).prove()


def test_a_derived_suite_knows_of_no_other_cases():
    known = suite_of(LedgerEntry).facts["cases"]
    assert known.find(LedgerEntry, where={"month": "2025-12"}, limit=1) == ()
    with pytest.raises(NotFound):
        known.get("e1", LedgerEntry)
    assert suite_of(Repair).facts == {}


def test_what_counts_up_is_bounded():
    nothing = attrs.evolve(payloads(Rich)[0].payload, amount=Decimal(-9), many=("x",) * 9)
    bounded = saturated(nothing)
    assert (bounded[3], bounded[6], bounded[10]) == (-3, 1, 3)
    assert saturated(attrs.evolve(nothing, amount=Decimal(-4))) == bounded
    assert saturated(None) is None
    assert hash(bounded) is not None
