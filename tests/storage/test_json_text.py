"""The short way of writing a value gives the text of the long way, and leaves the rest to it."""

import enum
from decimal import Decimal
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow import Notify
from propflow.definition.payload import converter
from propflow.storage.json_text import dump, writer_for


class Colour(enum.StrEnum):
    RED = "red"


@attrs.frozen(kw_only=True)
class Plain:
    text: str = "a"
    count: int = 1
    done: bool = True
    names: tuple[str, ...] = ()
    note: str | None = None
    size: int | None = None


@attrs.frozen
class One:
    text: str


@attrs.frozen
class Empty:
    pass


@attrs.frozen
class Mixed:
    text: str
    price: Decimal


@attrs.frozen
class Nested:
    text: str
    one: One
    many: tuple[Mixed, ...]
    colour: Colour


@attrs.frozen
class Computed:
    text: str
    length: int = attrs.field(init=False, default=0)


TEXTS = st.text(st.characters(exclude_categories=("Cs",)))


def long_way(value: Any) -> str:
    return dump(converter().unstructure(value))


@given(
    st.builds(
        Plain,
        text=TEXTS,
        count=st.integers(),
        done=st.booleans(),
        names=st.lists(TEXTS).map(tuple),
        note=st.none() | TEXTS,
        size=st.none() | st.integers(),
    )
)
def test_plain_fields_are_written_as_the_long_way_writes_them(value):
    assert writer_for(Plain)(value) == long_way(value)


@pytest.mark.parametrize(
    "value",
    [
        One('"\\\n\0{}%s\u2028😀'),
        Empty(),
        Mixed("a", Decimal("1.50")),
        Computed("a"),
        Plain(names=("b",)),
        Notify("hold", ["staff"], {"floors": (1, 2), "by": {"a": None}, "price": Decimal("1.0")}),
        Nested("a", One("b"), (Mixed("c", Decimal("2.0")),), Colour.RED),
    ],
)
def test_every_shape_of_class_is_written_alike(value):
    assert writer_for(type(value))(value) == long_way(value)


@pytest.mark.parametrize(
    "value",
    [
        Plain(text=1),
        Plain(count=True),
        Plain(count=1.0),
        Plain(done=1),
        Plain(names=("b", 2)),
        Plain(note=3),
        Plain(size="4"),
        Mixed("a", Decimal("NaN")),
        Mixed("a", 1.5),
        Notify("hold", (), {"by": float("nan")}),
        Notify("hold", (), {"by": object()}),
    ],
)
def test_what_is_not_of_its_type_is_refused_as_the_long_way_refuses_it(value):
    with pytest.raises(Exception) as expected:  # noqa: PT011 - compared below
        long_way(value)
    with pytest.raises(type(expected.value)) as given_:
        writer_for(type(value))(value)
    assert str(given_.value) == str(expected.value)


def test_a_subclass_of_text_and_a_list_for_a_tuple_go_the_long_way():
    value = Plain(text=Colour.RED, names=["b"])
    assert writer_for(Plain)(value) == long_way(value)
    assert writer_for(Plain)(value).startswith('{"text":"red"')


def test_a_writer_of_anything_writes_what_it_is_given():
    write = writer_for(None)
    assert write(Mixed("a", Decimal(2))) == '{"text":"a","price":"2"}'
    assert write(None) == "null"
