"""Enum fields of payloads and data: read strictly, kept as enums."""

from __future__ import annotations

import enum

import attrs
import pytest

from propflow.definition import START, Event, State, Workflow
from propflow.definition.payload import converter
from propflow.errors import InvalidPayload


class Colour(enum.StrEnum):
    RED = "red"
    GREEN = "green"


class Floor(enum.IntEnum):
    GROUND = 0
    FIRST = 1


class Shade(str, enum.Enum):  # noqa: UP042 - hosts still write these
    DARK = "dark"


@attrs.frozen
class Paint:
    colour: Colour
    floor: Floor = Floor.GROUND
    shade: Shade | None = None


class Painting(Workflow[Paint]):
    asked = State(zh="已申请", en="Asked")
    done = State(zh="已完成", en="Done", final=True)
    ask = Event(Paint, START >> asked, zh="申请", en="Ask")
    finish = Event(asked >> done, zh="完成", en="Finish")


def test_the_untyped_entrance_makes_enums():
    payload = Painting.action("ask", {"colour": "green", "floor": 1, "shade": "dark"}).payload
    assert payload.colour is Colour.GREEN
    assert payload.floor is Floor.FIRST
    assert payload.shade is Shade.DARK


def test_a_value_that_the_enum_does_not_have_is_refused():
    with pytest.raises(InvalidPayload) as refused:
        Painting.action("ask", {"colour": "blue", "floor": 7})
    assert [problem.where for problem in refused.value.problems] == ["colour", "floor"]


def test_enums_come_back_from_plain_data_as_enums():
    paint = Paint(Colour.RED, Floor.FIRST, Shade.DARK)
    plain = converter().unstructure(paint)
    assert plain == {"colour": "red", "floor": 1, "shade": "dark"}
    assert [type(value) for value in plain.values()] == [str, int, str]
    again = converter().structure(plain, Paint)
    assert again == paint
    assert type(again.colour) is Colour
    assert type(again.floor) is Floor
    assert type(again.shade) is Shade


def test_an_enum_of_numbers_is_read_from_text_like_any_number():
    assert Painting.action("ask", {"colour": "red", "floor": "1"}).payload.floor is Floor.FIRST
