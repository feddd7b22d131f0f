"""Values as they are written and read: exact, strict, and the same after a trip."""

from __future__ import annotations

import datetime as dt
import enum
import json
import math
import uuid
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

import attrs
import pytest

from propflow.definition.payload import converter, problems_of


class Colour(enum.Enum):
    RED = "red"


class Level(enum.StrEnum):
    HIGH = "high"


class Kind(str, enum.Enum):  # noqa: UP042  # the way of writing it before StrEnum
    LEAK = "leak"


class Floor(enum.IntEnum):
    GROUND = 0
    FIRST = 1


@attrs.frozen(order=False)
class Photo:
    id: str
    size: int = 0


@attrs.frozen
class Everything:
    text: str = "表"
    number: int = 5
    yes: bool = True
    share: float = 0.5
    amount: Decimal = Decimal("1.50")
    at: dt.datetime = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
    day: dt.date = dt.date(2026, 3, 2)
    lasting: dt.timedelta = dt.timedelta(hours=1, microseconds=1)
    id: uuid.UUID = uuid.UUID(int=7)  # noqa: RUF009  # a value, and frozen
    colour: Colour = Colour.RED
    level: Level = Level.HIGH
    kind: Kind = Kind.LEAK
    floor: Floor = Floor.FIRST
    maybe: int | None = None
    names: frozenset[str] = frozenset({"b", "a"})
    photos: tuple[Photo, ...] = (Photo("p1"), Photo("p2"))


def written(value: object) -> Any:
    return json.loads(json.dumps(converter().unstructure(value), allow_nan=False))


def read(kind: Any, value: object) -> Any:
    return converter().structure(value, kind)


def faults(kind: Any, value: object) -> list[str]:
    with pytest.raises(Exception) as refused:  # noqa: PT011  # whatever cattrs makes of it
        read(kind, value)
    return [str(problem) for problem in problems_of(refused.value)]


def test_every_kind_of_value_comes_back_equal_and_of_its_own_type():
    back = read(Everything, written(Everything()))
    assert back == Everything()
    for field in attrs.fields(Everything):
        assert type(getattr(back, field.name)) is type(getattr(Everything(), field.name))


@pytest.mark.parametrize(("kind", "text"), [(Level, "high"), (Kind, "leak"), (Colour, "red")])
def test_text_becomes_the_enum_member_that_the_field_asks_for(kind: type, text: str):
    assert type(read(kind, text)) is kind


def test_a_number_and_a_number_as_text_become_the_int_enum_member():
    assert read(Floor, 1) is Floor.FIRST
    assert read(Floor, "0") is Floor.GROUND


@pytest.mark.parametrize("kind", [Level, Kind, Colour])
def test_what_is_no_member_of_an_enum_is_refused(kind: type):
    field = kind.__name__.lower()
    words = f"{field}: is not {kind.__name__}: '9' is not a valid {kind.__name__}"
    assert faults(Everything, {field: "9"}) == [words]


def test_an_enum_is_written_as_its_value():
    assert written({"a": Level.HIGH, "b": Kind.LEAK, "c": Floor.FIRST, "d": Colour.RED}) == {
        "a": "high",
        "b": "leak",
        "c": 1,
        "d": "red",
    }


@pytest.mark.parametrize(("field", "value"), [("level", "low"), ("floor", 5), ("colour", "red")])
def test_a_plain_value_in_the_place_of_an_enum_is_not_written(field: str, value: object):
    with pytest.raises(TypeError, match="is no member of its enum"):
        converter().unstructure(attrs.evolve(Everything(), **{field: value}))


@pytest.mark.parametrize("moment", ["2026-03-02T09:30:00", dt.datetime(2026, 3, 2, 9, 30)])  # noqa: DTZ001
def test_a_moment_without_an_offset_is_refused_as_text_and_as_a_value(moment: object):
    words = "2026-03-02T09:30:00 has no UTC offset"
    assert faults(Everything, {"at": moment}) == [f"at: is not datetime: {words}"]


def test_a_moment_without_an_offset_is_not_written():
    naive = attrs.evolve(Everything(), at=dt.datetime(2026, 3, 2, 9, 30))  # noqa: DTZ001
    with pytest.raises(ValueError, match="has no UTC offset"):
        converter().unstructure(naive)


class Nowhere(dt.tzinfo):
    """A time zone that does not know its offset."""

    def utcoffset(self, moment: dt.datetime | None) -> None:
        return None


def test_a_moment_whose_zone_knows_no_offset_has_none():
    moment = dt.datetime(2026, 3, 2, 9, 30, tzinfo=Nowhere())
    assert faults(Everything, {"at": moment}) == [
        "at: is not datetime: 2026-03-02T09:30:00 has no UTC offset"
    ]


def test_a_moment_keeps_its_offset():
    text = "2026-03-02T17:30:00+08:00"
    assert read(Everything, {"at": text}).at.isoformat() == text


@pytest.mark.parametrize(
    ("field", "number"),
    [("amount", "sNaN")]
    + [(field, n) for field in ("amount", "share") for n in ("NaN", "Infinity", "-Infinity")],
)
def test_a_number_that_is_not_finite_is_refused(field: str, number: str):
    (fault,) = faults(Everything, {field: number})
    assert fault.startswith(f"{field}: is not ")
    assert fault.endswith(" is not a finite number")


@pytest.mark.parametrize(("field", "number"), [("amount", Decimal("NaN")), ("share", math.inf)])
def test_a_number_that_is_not_finite_is_not_written(field: str, number: object):
    with pytest.raises(ValueError, match="is not a finite number"):
        converter().unstructure(attrs.evolve(Everything(), **{field: number}))


COLLECTIONS = [
    (tuple[str, ...], ("b", "a")),
    (list[str], ["b", "a"]),
    (set[str], {"a", "b"}),
    (frozenset[str], frozenset("ab")),
    (Sequence[str], ("b", "a")),
    (AbstractSet[str], frozenset("ab")),
]


@pytest.mark.parametrize(("kind", "expected"), COLLECTIONS)
def test_a_list_becomes_the_collection_that_the_field_asks_for(kind: Any, expected: object):
    found = read(kind, ["b", "a"])
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("value", ["ab", b"ab", {"a": 1}, 5, None])
@pytest.mark.parametrize("kind", [kind for kind, _ in COLLECTIONS])
def test_one_value_is_not_taken_for_many(kind: Any, value: object):
    with pytest.raises(TypeError, match=f" is {type(value).__name__}"):
        read(kind, value)


def test_a_fault_in_a_collection_is_reported_with_its_place():
    photos = [{"id": "p1"}, {"id": 2}, {"size": 0}, {"id": "p4"}]
    assert faults(Everything, {"photos": photos}) == [
        "photos[1].id: is not str: 2 is int",
        "photos[2].id: is missing",
    ]


def test_a_tuple_of_fixed_length_is_read_by_place():
    assert read(tuple[str, int], ["a", "1"]) == ("a", 1)
    assert read(tuple[()], []) == ()


FLOORS = {"1F": 1}


@attrs.frozen
class Place:
    floor: str = attrs.field(default="1F", validator=lambda _place, _field, name: FLOORS[name])
    code: str = attrs.field(default="", validator=attrs.validators.max_len(3))


def test_what_the_class_itself_refuses_is_reported_in_its_words():
    assert faults(Place, {"code": "ABCD"}) == ["$: Length of 'code' must be <= 3: 4"]


def test_a_lookup_that_fails_in_the_class_is_not_taken_for_a_missing_field():
    assert faults(Place, {"floor": "9F"}) == ["$: KeyError: '9F'"]


@pytest.mark.parametrize("field", ["text", "number", "amount", "names"])
def test_a_fault_shows_no_more_of_a_value_than_fits_in_a_line(field: str):
    huge = {"text": [0] * 10_000, "names": 10**4_000}.get(field, "x" * 10_000)
    assert all(len(fault) < 200 for fault in faults(Everything, {field: huge}))


def test_a_value_that_is_not_of_its_type_is_not_written_and_shown_in_one_line():
    with pytest.raises(TypeError, match="is not str") as refused:
        converter().unstructure(attrs.evolve(Everything(), text=[0] * 10_000))
    assert len(str(refused.value)) < 200


def test_sets_of_any_values_are_written_in_one_order():
    photos = {Photo("p2"), Photo("p1")}
    assert converter().unstructure(photos, set[Photo]) == [
        {"id": "p1", "size": 0},
        {"id": "p2", "size": 0},
    ]
    assert converter().unstructure({True, "b", None}) == converter().unstructure({None, "b", True})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("text", value) for value in (5, None, b"x", Colour.RED)),
        *(("number", value) for value in (True, "5", 5.0, Decimal(5))),
        *(("yes", value) for value in (1, "true")),
        *(("amount", value) for value in (1.5, 1, "1.5")),
        *(("share", value) for value in (1, "1", Decimal(1))),
        *(("at", value) for value in (dt.date(2026, 3, 2), "2026-03-02T09:30:00+08:00")),
        *(("day", value) for value in ("2026-03-02",)),
        *(("lasting", value) for value in (5, "PT1H")),
        *(("id", value) for value in (7, "x")),
    ],
)
def test_a_value_of_another_type_is_not_written(field: str, value: object):
    with pytest.raises(TypeError, match=" is not "):
        converter().unstructure(attrs.evolve(Everything(), **{field: value}))


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("number", "-12", -12),
        ("yes", "true", True),
        ("yes", "False", False),
        ("share", "0.25", 0.25),
        ("share", 2, 2.0),
        ("amount", "12.50", Decimal("12.50")),
        ("amount", 12, Decimal(12)),
        ("day", "2026-03-02", dt.date(2026, 3, 2)),
        ("lasting", 1_500_000, dt.timedelta(seconds=1.5)),
        ("maybe", "7", 7),
        ("maybe", None, None),
    ],
)
def test_text_and_whole_numbers_are_read_as_what_the_field_asks_for(
    field: str, text: object, value: object
):
    found = getattr(read(Everything, {field: text}), field)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("text", 5, "is not str: 5 is int"),
        ("text", None, "is not str: None is NoneType"),
        ("number", "five", "is not int: invalid literal for int() with base 10: 'five'"),
        ("number", 5.0, "is not int: 5.0 is float"),
        ("number", True, "is not int: True is bool"),
        ("yes", "yes", "is not bool: 'yes' is str"),
        ("yes", 1, "is not bool: 1 is int"),
        ("share", False, "is not float: False is bool"),
        ("share", "half", "is not float: could not convert string to float: 'half'"),
        ("amount", "a lot", "is not Decimal: 'a lot' is not a number"),
        ("amount", 1.5, "is not Decimal: 1.5 is float"),
        ("at", 0, "is not datetime: 0 is int"),
        ("at", "noon", "is not datetime: Invalid isoformat string: 'noon'"),
        ("day", dt.datetime(2026, 3, 2, tzinfo=dt.UTC), "is datetime"),
        ("lasting", "1h", "is not timedelta: '1h' is str"),
        ("lasting", True, "is not timedelta: True is bool"),
        ("id", 7, "is not UUID: 7 is int"),
        ("id", "seven", "is not UUID: badly formed hexadecimal UUID string"),
        ("maybe", True, "is not int | None: True is bool"),
    ],
)
def test_what_does_not_fit_a_field_is_refused_in_words(field: str, value: object, words: str):
    (fault,) = faults(Everything, {field: value})
    assert fault.startswith(f"{field}: is not ")
    assert fault.endswith(words)


def test_equal_sets_are_written_alike():
    names = [f"n{number}" for number in range(10, 60)]
    assert written(Everything(names=frozenset(reversed(names))))["names"] == names
