"""Payloads and data: which fields are handed over, and what keeps them from it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from propflow.definition import START, Case, Context, Event, State, Workflow
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item

if TYPE_CHECKING:
    from decimal import Decimal


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

    open = State(zh="开", en="Open")
    done = State(zh="完", en="Done", final=True)

    begin = Event(START >> open, zh="始", en="Begin")
    end = Event(open >> done, zh="终", en="End")


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
        note = Event(payload(**types), Records.open >> Records.done, zh="记", en="Note")

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
            note = Event(payload(**types), Records.open >> Records.done, zh="记", en="Note")

    (name,) = types
    assert faults_of(make) == [
        f"Bad.note: the payload field {name!r} is {given} and Record.{name} is {wanted}: "
        "give them one type, or write update="
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
                note = Event(Priced, Flow.open >> Flow.done, zh="记", en="Note")

        else:

            class Worse(Workflow[Priced]):
                open = State(zh="开", en="Open")
                done = State(zh="完", en="Done", final=True)

                begin = Event(Item, START >> open, zh="始", en="Begin")
                end = Event(Item, open >> done, zh="终", en="End")

    at = "Bad.note" if note == "payload" else "Worse"
    assert faults_of(make) == [
        f"{at}: the types of Priced cannot be read: name 'Decimal' is not defined; "
        "import them where the class is written, and not for type checking alone"
    ]
