"""Data and payloads as JSON text: exact, typed, and every fault by name."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import attrs
import pytest

from propflow.definition import START, Event, State, Workflow
from propflow.errors import InvalidPayload, UnreadableData
from propflow.storage.codec import Codec, canonical, is_immutable


class Level(enum.StrEnum):
    HIGH = "high"


@attrs.frozen
class Part:
    name: str
    price: Decimal | None = None


@attrs.frozen
class Order:
    name: str = ""
    level: Level = Level.HIGH
    parts: tuple[Part, ...] = ()
    due: dt.datetime = dt.datetime(2026, 3, 2, 1, 30, tzinfo=dt.UTC)


@attrs.frozen
class Loose:
    notes: dict[str, Any] = attrs.field(factory=dict[str, Any])


class Ordering(Workflow[Order]):
    indexed = ("name", "level", "due")
    opened = State(zh="开", en="Open", final=True)
    place = Event(Order, START >> opened, zh="下单", en="Place")


class Noting(Workflow[Loose]):
    opened = State(zh="开", en="Open", final=True)
    note = Event(Loose, START >> opened, zh="记", en="Note")


ORDER = Order("水泵🔧", parts=(Part("valve", Decimal("1.50")), Part("seal")))


def test_data_come_back_as_they_were():
    codec = Codec(Ordering.spec)
    text = codec.write_data("place", ORDER)
    assert text == (
        '{"name":"水泵🔧","level":"high","parts":[{"name":"valve","price":"1.50"},'
        '{"name":"seal","price":null}],"due":"2026-03-02T01:30:00+00:00"}'
    )
    assert codec.read_data(text) == ORDER
    assert codec.read_payload("place", codec.write_payload("place", ORDER)) == ORDER


def test_only_data_that_cannot_change_are_shared():
    assert Codec(Ordering.spec).shares_data
    assert not Codec(Noting.spec).shares_data


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (str, True),
        (Level, True),
        (Decimal | None, True),
        (tuple[Part, ...], True),
        (frozenset[int], True),
        (Order, True),
        (Loose, False),
        (list[int], False),
        (tuple[list[int], ...], False),
        (Any, False),
        (object, False),
    ],
)
def test_only_what_cannot_change_in_any_part_is_immutable(kind: Any, answer: object):
    assert is_immutable(kind) is answer


def test_text_that_no_longer_fits_is_named_field_by_field():
    codec = Codec(Ordering.spec)
    with pytest.raises(UnreadableData) as unreadable:
        codec.read_data('{"name":5,"level":"low","old":1}')
    assert unreadable.value.subject == "its data in ordering version 1"
    assert [problem.where for problem in unreadable.value.problems] == ["name", "level", "$"]
    with pytest.raises(UnreadableData, match="the payload of place"):
        codec.read_payload("place", "[]")
    with pytest.raises(UnreadableData, match=r"\$: "):
        codec.read_data("{")


def test_every_value_that_cannot_be_written_is_named():
    wrong: Any = Order(name=5, level="high", parts=(Part("x", 1.5),))  # type: ignore[arg-type]
    with pytest.raises(InvalidPayload) as invalid:
        Codec(Ordering.spec).write_data("place", wrong)
    assert [problem.where for problem in invalid.value.problems] == ["name", "level", "parts"]


def test_equal_values_have_one_text_to_look_for():
    assert canonical(Decimal("1.50")) == canonical(Decimal("1.5")) == "1.5"
    assert canonical(Decimal(100)) == "100"
    noon = dt.datetime(2026, 3, 2, 12, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert canonical(noon) == canonical(noon.astimezone(dt.UTC)) == "2026-03-02T04:00:00+00:00"
    assert canonical("7") == '"7'
    assert canonical(7) == "7"
    assert canonical(Level.HIGH) == '"high'
    assert canonical(None) == "null"
    codec = Codec(Ordering.spec)
    assert codec.indexed(ORDER) == (
        ("name", '"水泵🔧'),
        ("level", '"high'),
        ("due", "2026-03-02T01:30:00+00:00"),
    )


class Colour(enum.StrEnum):
    RED = "red"


def test_a_member_of_another_enum_is_not_written():
    wrong: Any = Order(level=Colour.RED)  # type: ignore[arg-type]
    with pytest.raises(InvalidPayload, match=r"level: <Colour.RED: 'red'> is no Level"):
        Codec(Ordering.spec).write_data("place", wrong)
