"""Payloads and data: which fields are handed over, and what keeps them from it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from propflow.decision import plan_of
from propflow.definition import START, SYSTEM, Case, Context, Event, State, Workflow
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item

if TYPE_CHECKING:
    from decimal import Decimal

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


@attrs.frozen
class Record:
    text: str = ""
    number: int = 0
    day: dt.date = dt.date(2026, 3, 2)
    maybe: int | str | None = None
    names: tuple[str, ...] = ()
    anything: Any = None


class Records(Workflow[Record]):
    """Keeps a record."""

    begun = State(zh="开", en="Open")
    done = State(zh="完", en="Done", final=True)

    begin = Event(START >> begun, zh="始", en="Begin")
    end = Event(begun >> done, zh="终", en="End")


def payload(**types: Any) -> Any:
    """Make a payload class with fields of these types."""
    return attrs.make_class(
        "Given", {name: attrs.field(type=t) for name, t in types.items()}, frozen=True
    )


@pytest.mark.parametrize(
    "types",
    [
        {"text": str, "number": int, "names": tuple[str, ...]},
        {"maybe": int},
        {"maybe": None | str},
        {"maybe": int | None | str},
        {"anything": bytes},
    ],
)
def test_a_field_takes_its_own_type_and_the_members_of_its_union(types: dict[str, Any]):
    class Good(Records):
        note = Event(payload(**types), Records.begun >> Records.done, zh="记", en="Note")

    assert Good.spec.events["note"].payload is not None


@pytest.mark.parametrize(
    ("types", "given", "wanted"),
    [
        ({"text": int}, "int", "str"),
        ({"number": bool}, "bool", "int"),  # True would come back from a store as a fault
        ({"day": dt.datetime}, "datetime", "date"),  # likewise
        ({"number": int | None}, "int | None", "int"),
        ({"maybe": int | bytes}, "int | bytes", "int | str | None"),
        ({"names": tuple[int, ...]}, "tuple[int, ...]", "tuple[str, ...]"),
    ],
)
def test_a_field_of_another_type_is_reported(types: dict[str, Any], given: str, wanted: str):
    def make() -> None:
        class Bad(Records):
            note = Event(payload(**types), Records.begun >> Records.done, zh="记", en="Note")

    (name,) = types
    assert faults_of(make) == [
        (
            f"Bad.note: the payload field {name!r} is {given} and Record.{name} is {wanted}: "
            "give them one type, or write update="
        )
    ]


@attrs.frozen
class Priced:
    price: Decimal  # which is imported for type checking alone
    name: str = ""


@pytest.mark.parametrize("note", ["payload", "data"])
def test_types_that_cannot_be_read_are_reported_instead_of_compared(note: str):
    def make() -> None:
        if note == "payload":

            class Bad(Flow):
                note = Event(Priced, Flow.begun >> Flow.done, zh="记", en="Note")

        else:

            class Worse(Workflow[Priced]):
                begun = State(zh="开", en="Open")
                done = State(zh="完", en="Done", final=True)

                begin = Event(Item, START >> begun, zh="始", en="Begin")
                end = Event(Item, begun >> done, zh="终", en="End")

    at = "Bad.note" if note == "payload" else "Worse"
    assert faults_of(make) == [
        (
            f"{at}: the types of Priced cannot be read: name 'Decimal' is not defined; "
            "import them where the class is written, and not for type checking alone"
        )
    ]


@attrs.frozen
class Stay:
    nights: int
    guest: str = ""
    long: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "long", self.nights > 7)


@attrs.frozen
class Longer:
    nights: int
    long: bool


class Stays(Workflow[Stay]):
    """Has data of which one field is computed from another."""

    begun = State(zh="开", en="Open")
    done = State(zh="完", en="Done", final=True)

    begin = Event(Stay, START >> begun, zh="始", en="Begin")
    book = Event(Stay, START >> begun, zh="订", en="Book", history_only=["guest"])
    change = Event(Stay, begun >> done, zh="改", en="Change", history_only=["guest"])


def stay_after(event: str, **values: Any) -> Any:
    """Return the data of a new case, or of one for one night after a change."""
    plan = plan_of(Stays)
    if event != "change":
        return plan.openers[event](Stay(**values))
    advance = plan.events["change"].advance
    assert advance is not None
    case: Case[Stay] = Case("s1", "begun", None, Stay(1, "Li"), 1, "stays", 1, NOON)
    return advance(case, Stay(**values), Context(SYSTEM, NOON, NOON))


def test_a_field_that_is_computed_is_computed_anew():
    assert stay_after("begin", nights=9, guest="Wu") == Stay(9, "Wu")
    assert stay_after("change", nights=9) == Stay(9, "Li")
    assert stay_after("change", nights=9).long


def test_history_keeps_a_field_of_the_payload_from_a_new_case_too():
    assert stay_after("book", nights=9, guest="Wu") == Stay(9)


def test_a_payload_cannot_give_a_field_that_is_computed():
    def make() -> None:
        class Bad(Stays):
            note = Event(Longer, Stays.begun >> Stays.done, zh="记", en="Note")

    assert faults_of(make) == [
        (
            "Bad.note: nothing takes the payload field 'long': add it to Stay, name it in "
            "history_only=, or write update="
        )
    ]


def test_an_opening_must_hand_over_what_the_data_require():
    def make() -> None:
        class Bad(Stays):
            keep = Event(Stay, START >> Stays.begun, zh="留", en="Keep", history_only=["nights"])
            guess = Event(Item, START >> Stays.begun, zh="猜", en="Guess", history_only=["name"])
            walk = Event(START >> Stays.begun, zh="走", en="Walk")

    words = "the opening gives no 'nights', which Stay requires: add it to the payload or give it"
    assert faults_of(make) == [
        f"Bad.keep: {words} a default",
        f"Bad.guess: {words} a default",
        f"Bad.walk: {words} a default",
    ]
