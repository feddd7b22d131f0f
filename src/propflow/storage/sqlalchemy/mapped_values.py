"""What a column of the host's holds for a value, and back."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import NoneType
from typing import Any, cast

import attrs
from sqlalchemy import JSON, Column, Dialect, String, Uuid
from sqlalchemy.types import TypeDecorator

from propflow.definition.fields import members, shown
from propflow.definition.payload import converter, know_enums
from propflow.storage.json_text import dump
from propflow.storage.sqlalchemy.mapping import MappedColumn

Convert = Callable[[Any], Any]

NOTHING = object()
"""Stands for a code or a default that there is none of."""


class UnreadableValue(Exception):
    """A column holds what its field cannot; whoever knows the row says so to the host."""


def typed(code: object) -> tuple[type[object], object]:
    """Return a code so that it equals only one of its own type."""
    return type(code), code


@attrs.frozen(eq=False)
class Codes:
    """The codes of a column both ways, told apart by type too: `1` is not ``"1"``."""

    by_name: Mapping[Any, Any]
    by_code: Mapping[tuple[type[object], object], Any]

    @classmethod
    def of(cls, codes: Mapping[Any, Any]) -> Codes:
        """Return the codes; of two values with one code, the first has it."""
        back: dict[tuple[type[object], object], Any] = {}
        for name, code in codes.items():
            back.setdefault(typed(code), name)
        return cls(dict(codes), back)

    def name(self, code: Any) -> Any:
        """Return what a code stands for, or `NOTHING`."""
        try:
            return self.by_code.get(typed(code), NOTHING)
        except TypeError:
            return NOTHING  # not hashable, so none of ours


@attrs.frozen(eq=False)
class Value:
    """One field of the data in one column.

    Attributes:
        field: Name of the field.
        column: The column.
        write: Returns what the column holds for a value as it stands in the data's JSON.
        read: Returns the value for the data's JSON; raises `UnreadableValue`.
    """

    field: str
    column: Column[Any]
    write: Convert
    read: Convert


def value_of(
    field: attrs.Attribute[Any],
    kind: Any,
    column: Column[Any],
    declared: MappedColumn,
    zone: dt.tzinfo | None,
    dialect: Dialect,
) -> Value | str:
    """Return how a field is written to a column and read from it, or why it cannot be."""
    know_enums(kind)
    if declared.codes is not None:
        ways = _by_codes(declared.codes, kind)
    elif declared.write is not None and declared.read is not None:
        ways = declared.write, declared.read
    else:
        found = _plain_ways(kind, column, zone, dialect)
        if isinstance(found, str):
            return found
        ways = found
    return _through_json(field, kind, column, *ways)


def _through_json(
    field: attrs.Attribute[Any], kind: Any, column: Column[Any], write: Convert, read: Convert
) -> Value:
    """Return both ways between the data's JSON and the column."""
    takes_none = NoneType in members(kind)
    default: Any = field.default
    has_default = default is not attrs.NOTHING and not isinstance(default, _FACTORY)
    # In a column that may be empty, NULL stands for no text: a host's foreign key takes no ''.
    blank = column.nullable and not takes_none and default == ""

    def to_column(plain: Any) -> Any:
        value = converter(explains=False).structure(plain, kind)
        if value is None or (blank and value == ""):
            return None
        return write(value)

    def from_column(held: Any) -> Any:
        if held is None:
            value = default if has_default and not takes_none else None
        else:
            value = read(held)
            if value is NOTHING:
                raise UnreadableValue(held)
        if value is None and not takes_none:
            raise UnreadableValue(held)
        try:
            return converter().unstructure(value, unstructure_as=kind)
        except (TypeError, ValueError) as error:
            raise UnreadableValue(held) from error

    return Value(field.name, column, to_column, from_column)


def _by_codes(codes: Mapping[Any, Any], kind: Any) -> tuple[Convert, Convert]:
    of = _enum_in(kind)
    known = Codes.of({_member(name, of): code for name, code in codes.items()})

    def write(value: Any) -> Any:
        if value not in known.by_name:
            raise ValueError(f"{value!r} has no code")
        return known.by_name[value]

    return write, known.name


def _member(name: Any, of: type[enum.Enum] | None) -> Any:
    return of(name) if of is not None and not isinstance(name, of) else name


def _enum_in(kind: Any) -> type[enum.Enum] | None:
    return next(
        (part for part in members(kind) if isinstance(part, type) and issubclass(part, enum.Enum)),
        None,
    )


_FACTORY = cast("type[object]", attrs.Factory)
_SIMPLE = (str, bool, int, Decimal, dt.date, dt.datetime, uuid.UUID)


def _as_it_is(value: Any) -> Any:
    return value


def _plain_ways(
    kind: Any, column: Column[Any], zone: dt.tzinfo | None, dialect: Dialect
) -> tuple[Convert, Convert] | str:
    """Return both ways for a column that holds the value in a way of SQLAlchemy's."""
    parts = members(kind) - {NoneType}
    only = next(iter(parts)) if len(parts) == 1 else None
    held = _held_by(column)
    misfit = f"the column {column.name} holds {column.type!r}, which does not fit {shown(kind)}: "
    misfit += "give MappedColumn(name, codes={…}), or write= and read="
    if held is None:
        return _as_it_is, _as_it_is  # a type of the host's own: it knows
    if isinstance(only, type) and issubclass(only, enum.Enum) and not issubclass(held, enum.Enum):
        return (lambda value: value.value), _reading(only)
    if only in _SIMPLE:
        return _simple_ways(only, held, column, zone, dialect) or misfit
    if isinstance(column.type, JSON):
        return _plainly(kind), _structured(kind)
    if held is str:
        plainly, structured = _plainly(kind), _structured(kind)
        return (lambda value: dump(plainly(value))), (lambda text: structured(_loaded(text)))
    return _same(held, only) or misfit


def _simple_ways(
    only: Any, held: type, column: Column[Any], zone: dt.tzinfo | None, dialect: Dialect
) -> tuple[Convert, Convert] | str | None:
    if only is dt.datetime and held is dt.datetime:
        if getattr(column.type, "timezone", False) and dialect.name == "postgresql":
            return _as_it_is, _as_it_is
        if zone is None:
            return (
                f"the column {column.name} holds moments without a time zone; say which it is: "
                'TableMapping(…, zone=ZoneInfo("Asia/Shanghai"))'
            )
        return _in_zone(zone)
    if only is bool and held is int:
        return int, _flag
    return _same(held, only)


def _same(held: type, only: Any) -> tuple[Convert, Convert] | None:
    return (_as_it_is, _as_it_is) if held is only else None


def _held_by(column: Column[Any]) -> type | None:
    """Return the Python type of what a column holds, `None` for a type of the host's own."""
    if isinstance(column.type, TypeDecorator):
        return None
    try:
        held: type = column.type.python_type
    except NotImplementedError:
        return None
    return held


def _in_zone(zone: dt.tzinfo) -> tuple[Convert, Convert]:
    return (
        lambda moment: moment.astimezone(zone).replace(tzinfo=None),
        lambda held: held.replace(tzinfo=zone).astimezone(dt.UTC),
    )


def _flag(held: Any) -> Any:
    return {0: False, 1: True}.get(held, NOTHING)


def _reading(of: type[enum.Enum]) -> Convert:
    def read(held: Any) -> Any:
        try:
            return of(held)
        except ValueError:
            return NOTHING

    return read


def _plainly(kind: Any) -> Convert:
    return lambda value: converter().unstructure(value, unstructure_as=kind)


def _structured(kind: Any) -> Convert:
    def read(plain: Any) -> Any:
        try:
            return converter(explains=False).structure(plain, kind)
        except Exception as error:  # whatever a field's own class raises
            raise UnreadableValue(plain) from error

    return read


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UnreadableValue(text) from error


# Keys ---------------------------------------------------------------------------------------------


def key_fits(column: Column[Any], dialect: Dialect) -> bool:
    """Whether the text of a key in this column is the same for Python and the database."""
    if isinstance(column.type, Uuid):
        return dialect.name == "postgresql"
    return _held_by(column) is int or isinstance(column.type, String)


def key_text(parts: tuple[Any, ...]) -> str:
    """Return the id of the case with this key."""
    if len(parts) == 1:
        return str(parts[0])
    return "/".join(str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def key_parts(columns: tuple[Column[Any], ...], case_id: str) -> tuple[Any, ...] | None:
    """Return the key of the case with this id, `None` if no row can have it."""
    texts = [case_id]
    if len(columns) > 1:
        texts = [part.replace("~1", "/").replace("~0", "~") for part in case_id.split("/")]
    if len(texts) != len(columns):
        return None
    try:
        parts = tuple(
            column.type.python_type(text) for column, text in zip(columns, texts, strict=True)
        )
    except ValueError:
        return None
    return parts if key_text(parts) == case_id else None
